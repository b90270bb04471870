//! Subscriber `billing`: keeps the drafts true to what the reservations say, and ends the invoices
//! of those that are off.
//!
//! Invoices are state, so an event that was heard before is not heard again, neither by a repeated
//! drain nor by a rebuild.

use super::invoices::Rent;
use super::model::LineKind;
use super::{charges, invoices, table};
use crate::events::{Event, Recorded};
use crate::kernel::{Fallible, Text};
use crate::store::Write;

pub fn on_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let Some(fact) = event.event.as_ref().filter(|fact| concerns(fact, event)) else {
        return Ok(());
    };
    if event.seq <= table::heard(db.read())? {
        return Ok(());
    }
    table::set_heard(db, event.seq)?;
    db.on_behalf_of(event.staff); // what follows from it, follows from whoever did it
    match fact {
        Event::ReservationCreated {
            reservation_id,
            customer_id: Some(customer),
            state,
            lines,
            ..
        } if claims(state) => invoices::follow(db, *reservation_id, *customer, lines, Rent::Open),
        Event::ReservationConfirmed {
            reservation_id,
            customer_id,
            lines,
            ..
        } if !lines.is_empty() => {
            invoices::follow(db, *reservation_id, *customer_id, lines, Rent::Open)
        }
        // A word about what is over asks for nothing anew.
        Event::ReservationChanged { before, after, .. }
            if after.state == "COMPLETED" && before.lines == after.lines =>
        {
            Ok(())
        }
        Event::ReservationChanged {
            reservation_id,
            customer_id: Some(customer),
            after,
            ..
        } if claims(&after.state) => {
            invoices::follow(db, *reservation_id, *customer, &after.lines, Rent::Open)
        }
        Event::ReservationChanged { reservation_id, .. } => {
            call_off(db, *reservation_id, "not agreed any more")
        }
        Event::ReservationCancelled { reservation_id, .. } => {
            call_off(db, *reservation_id, "cancelled")
        }
        Event::ReservationExpired { reservation_id, .. } => {
            call_off(db, *reservation_id, "expired")
        }
        Event::EquipmentCheckedOut(out) => charges::take_back(db, out.rental_id, LineKind::ALL),
        Event::EquipmentFound {
            rental_id: Some(rental),
            ..
        } => charges::take_back(db, *rental, &[LineKind::Loss]),
        _ => Ok(()),
    }
}

/// Whether an event can have to do with money at all.
fn concerns(fact: &Event, event: &Recorded) -> bool {
    match fact {
        Event::ReservationCreated { lines, .. } => lines.iter().any(|line| line.price.is_some()),
        Event::ReservationConfirmed { .. }
        | Event::ReservationChanged { .. }
        | Event::ReservationCancelled { .. }
        | Event::ReservationExpired { .. } => true,
        // The return is undone: the rental is out again.
        Event::EquipmentCheckedOut(_) => event.reverses().is_some(),
        Event::EquipmentFound { rental_id, .. } => rental_id.is_some(),
        _ => false,
    }
}

fn claims(state: &str) -> bool {
    matches!(state, "HOLD" | "CONFIRMED" | "ACTIVE" | "COMPLETED")
}

fn call_off(
    db: &mut Write<'_>,
    reservation: crate::kernel::ReservationId,
    why: &str,
) -> Fallible<()> {
    if table::of_reservation(db.read(), reservation)?.is_empty() {
        return Ok(());
    }
    let settings = db.read().settings()?;
    invoices::call_off(db, &settings, reservation, &Text::new(why))
}
