//! An invoice taken back: void where nothing is paid of it, else credited. What its reservation still says is drafted anew in the same act.

use super::money::{MoneyRefusal, Outcome, lift};
use crate::billing::{self, Invoice, InvoiceKind, InvoiceState, LineKind, Part};
use crate::booking::{self, Reservation, ReservationState};
use crate::kernel::{Fallible, InvoiceId, InvoiceNumber, Money, ReservationId, Settings, Text};
use crate::store::{Read, Write};

/// Whether an invoice can be voided. Not the draft that holds the rent of a reservation that stands: nothing would ask for it any more.
pub fn may_void(db: Read<'_>, id: InvoiceId) -> Outcome<Invoice> {
    let invoice = billing::may_void(db, id).map_err(lift)?;
    if let (InvoiceState::Draft, Some(of)) = (invoice.state, invoice.reservation) {
        let found = booking::reservation(db, of).map_err(|failure| failure.map(MoneyRefusal::Booking))?;
        if stands(&found) && billing::lines(db, id)?.iter().any(|line| line.kind == LineKind::Rent) {
            return Err(MoneyRefusal::RentStands(found.number).into());
        }
    }
    Ok(invoice)
}

/// What it says is asked for; of one that is off only what was charged by itself.
fn stands(found: &Reservation) -> bool {
    found.state.claims() || found.state == ReservationState::Completed
}

/// Whether so much of an invoice can be credited, and what it comes to.
pub fn may_credit(db: Read<'_>, settings: &Settings, id: InvoiceId, part: Part) -> Outcome<Money> {
    Ok(billing::may_credit(db, settings, id, part).map_err(lift)?.1)
}

/// The invoices of a reservation that stand, the draft among them, oldest first.
pub fn standing_invoices(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Invoice>> {
    let mut standing = billing::standing(db, reservation)?;
    standing.retain(|invoice| invoice.kind == InvoiceKind::Invoice && invoice.state != InvoiceState::Credited);
    Ok(standing)
}

/// Voids an invoice.
pub fn void(db: &mut Write<'_>, settings: &Settings, id: InvoiceId, reason: &Text) -> Outcome<()> {
    let invoice = may_void(db.read(), id)?;
    billing::void(db, settings, id, reason).map_err(lift)?;
    draft_again(db, &invoice)
}

/// Credits an invoice, or a line of it. The credit note.
pub fn credit(db: &mut Write<'_>, settings: &Settings, id: InvoiceId, part: Part, reason: &Text) -> Outcome<InvoiceNumber> {
    let invoice = billing::known(db.read(), id).map_err(lift)?;
    let note = billing::credit(db, settings, id, part, reason).map_err(lift)?;
    draft_again(db, &invoice)?;
    Ok(note)
}

/// What the reservation says and no invoice asks for any more stands on its draft.
fn draft_again(db: &mut Write<'_>, taken_back: &Invoice) -> Outcome<()> {
    let Some(id) = taken_back.reservation else { return Ok(()) };
    let found = booking::reservation(db.read(), id).map_err(|failure| failure.map(MoneyRefusal::Booking))?;
    if let (Some(customer), true) = (found.customer, stands(&found)) {
        let said = booking::facts(db.read(), id)?;
        billing::follow(db, id, customer, &said)?;
    }
    Ok(())
}
