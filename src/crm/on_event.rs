//! How events become what is known of a customer.

use super::table::{self, Ended, Part};
use crate::events::{CheckedIn, CheckedOut, Event, LineFact, Paid, Recorded};
use crate::kernel::money::share;
use crate::kernel::{CustomerId, Fallible, Moment, Money, ReservationId, TypeId};
use crate::store::Write;
use std::collections::BTreeSet;

const COMPLETED: &str = "COMPLETED";
const GOOD: &str = "GOOD";

/// Subscriber `loyalty`: a row per reservation, and the entries that its points are counted from.
pub fn on_loyalty_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let Some(fact) = &event.event else {
        return Ok(());
    };
    match fact {
        Event::ReservationCreated {
            reservation_id,
            number,
            customer_id,
            state,
            lines,
            ..
        } => {
            table::insert(db, *reservation_id, *number, *customer_id, state)?;
            table::set_lines(db, *reservation_id, &Said::of(lines))
        }
        Event::ReservationConfirmed {
            reservation_id,
            customer_id,
            lines,
            ..
        } => {
            if !lines.is_empty() {
                table::set_lines(db, *reservation_id, &Said::of(lines))?;
            }
            table::set_state(db, *reservation_id, Some(*customer_id), "CONFIRMED")
        }
        Event::ReservationChanged {
            reservation_id,
            customer_id,
            after,
            ..
        } => {
            table::set_lines(
                db,
                *reservation_id,
                &Said {
                    start: Some(after.start),
                    end: Some(after.end),
                    ..Said::of(&after.lines)
                },
            )?;
            table::set_state(db, *reservation_id, *customer_id, &after.state)?;
            count(db, event, *reservation_id)
        }
        Event::ReservationCancelled { reservation_id, .. } => {
            table::set_state(db, *reservation_id, None, "CANCELLED")?;
            count(db, event, *reservation_id)
        }
        Event::ReservationExpired { reservation_id, .. } => {
            table::set_state(db, *reservation_id, None, "EXPIRED")
        }
        Event::ReservationActivated {
            reservation_id,
            customer_id,
            ..
        } => {
            table::set_state(db, *reservation_id, Some(*customer_id), "ACTIVE")?;
            count(db, event, *reservation_id)
        }
        Event::ReservationCompleted {
            reservation_id,
            customer_id,
            ..
        } => {
            table::set_state(db, *reservation_id, Some(*customer_id), COMPLETED)?;
            count(db, event, *reservation_id)
        }
        Event::EquipmentCheckedOut(out) => went_out(db, out),
        Event::EquipmentCheckedIn(back) => came_back(db, back, event.reverses().is_some()),
        Event::RentalExtended {
            rental_id,
            reservation_id,
            new_due,
            ..
        } => {
            table::set_due(db, *rental_id, *new_due)?;
            table::sum_up(db, *reservation_id)
        }
        Event::EquipmentLost {
            rental_id: Some(rental),
            ..
        } => {
            table::end(
                db,
                *rental,
                &Ended {
                    at: event.at,
                    late_minutes: 0,
                    damaged: true,
                },
            )?;
            table::sum_up_of(db, *rental)
        }
        Event::EquipmentConditionUpdated {
            before,
            after,
            rental_id: Some(rental),
            incomplete,
            ..
        } => {
            if *incomplete || (after != GOOD && before == GOOD) {
                table::set_damaged(db, *rental, true)?;
            } else if event.reverses().is_some() && after == GOOD {
                table::set_damaged(db, *rental, false)?;
            }
            table::sum_up_of(db, *rental)
        }
        _ => Ok(()),
    }
}

/// What the lines of a reservation come to.
pub(super) struct Said {
    pub types: BTreeSet<TypeId>,
    pub start: Option<Moment>,
    pub end: Option<Moment>,
    pub net: Option<Money>,
}

impl Said {
    fn of(lines: &[LineFact]) -> Self {
        let nets: Vec<i64> = lines.iter().filter_map(net).collect();
        Said {
            types: lines.iter().map(|line| line.type_id).collect(),
            start: lines.iter().map(|line| line.start).min(),
            end: lines.iter().map(|line| line.end).max(),
            net: (!nets.is_empty()).then(|| {
                Money(
                    nets.iter()
                        .fold(0, |sum: i64, net| sum.saturating_add(*net)),
                )
            }),
        }
    }
}

/// The rent of a line without its tax.
fn net(line: &LineFact) -> Option<i64> {
    let price = line.price.as_ref()?;
    let without = if price.gross {
        share(price.total, 10_000, 10_000 + price.tax_percent)?
    } else {
        price.total
    };
    Some(without.0)
}

/// A completed reservation has given what it comes to, any other has given nothing: an entry makes
/// up the difference.
fn count(db: &mut Write<'_>, event: &Recorded, reservation: ReservationId) -> Fallible<()> {
    let Some((customer, state, net)) = table::standing(db.read(), reservation)? else {
        return Ok(());
    };
    let (Some(customer), target) = (
        customer,
        if state == COMPLETED {
            net.unwrap_or(Money(0)).0
        } else {
            0
        },
    ) else {
        return Ok(());
    };
    let (given, last_at) = table::given(db.read(), reservation)?;
    if given == target {
        return Ok(());
    }
    let at = match (given, last_at) {
        (0, _) | (_, None) => completed_at(event),
        (_, Some(at)) => at,
    };
    table::insert_entry(
        db,
        event.seq,
        customer,
        reservation,
        Money(target - given),
        at,
    )
}

fn completed_at(event: &Recorded) -> Moment {
    match &event.event {
        Some(Event::ReservationCompleted { completed_at, .. }) => *completed_at,
        _ => event.at,
    }
}

/// Old records tell of hand-overs alone: the reservation is made of them. A thing that goes out
/// again never came back from before.
fn went_out(db: &mut Write<'_>, out: &CheckedOut) -> Fallible<()> {
    if let Some(item) = out.item_id {
        for (rental, reservation, due, began) in table::still_out(db.read(), item)?
            .into_iter()
            .filter(|(rental, ..)| *rental != out.rental_id)
        {
            table::end(
                db,
                rental,
                &Ended {
                    at: due.min(out.out_at).max(began),
                    late_minutes: 0,
                    damaged: true,
                },
            )?;
            table::sum_up(db, reservation)?;
        }
    }
    table::insert_old_record(
        db,
        out.reservation_id,
        out.number,
        out.customer_id,
        out.out_at,
        out.due_at,
    )?;
    table::set_part(
        db,
        &Part {
            rental: out.rental_id,
            reservation: out.reservation_id,
            item: out.item_id,
            type_id: out.type_id,
            quantity: out.count,
            out: out.out_at,
            due: out.due_at,
        },
    )?;
    table::sum_up(db, out.reservation_id)
}

/// A hand-over that was taken back has never been. Part of a count that comes back is a rental of
/// its own from then on.
fn came_back(db: &mut Write<'_>, back: &CheckedIn, undone: bool) -> Fallible<()> {
    if undone {
        table::forget_part(db, back.rental_id)?;
        return table::sum_up(db, back.reservation_id);
    }
    let part = Part {
        rental: back.rental_id,
        reservation: back.reservation_id,
        item: back.item_id,
        type_id: back.type_id,
        quantity: back.count,
        out: back.out_at,
        due: back.due_at,
    };
    if back.item_id.is_none() && !table::is_part(db.read(), back.rental_id)? {
        table::split_part(db, &part)?;
    }
    table::set_part(db, &part)?;
    let worse = back.condition_in.as_ref().is_some_and(|condition| {
        condition != GOOD && back.condition_out.as_ref() != Some(condition)
    });
    table::end(
        db,
        back.rental_id,
        &Ended {
            at: back.in_at,
            late_minutes: back.late_minutes.max(0),
            damaged: worse,
        },
    )?;
    table::sum_up(db, back.reservation_id)
}

pub fn truncate_loyalty(db: &mut Write<'_>) -> Fallible<()> {
    table::truncate_loyalty(db)
}

/// Subscriber `lifetime-value`: what a customer paid and got back. A payment that was a mistake and
/// is taken back was never paid.
pub fn on_value_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let undone = event.reverses().is_some();
    match &event.event {
        Some(Event::PaymentReceived(paid)) if undone => table::add_value(
            db,
            &Change {
                refunded: Money(-paid.amount.0),
                ..Change::of(paid, event)
            },
        ),
        Some(Event::PaymentReceived(paid)) => table::add_value(
            db,
            &Change {
                paid: paid.amount,
                payments: 1,
                ..Change::of(paid, event)
            },
        ),
        Some(Event::PaymentRefunded(paid)) if undone => table::add_value(
            db,
            &Change {
                paid: Money(-paid.amount.0),
                payments: -1,
                ..Change::of(paid, event)
            },
        ),
        Some(Event::PaymentRefunded(paid)) => table::add_value(
            db,
            &Change {
                refunded: paid.amount,
                ..Change::of(paid, event)
            },
        ),
        _ => Ok(()),
    }
}

/// What an event adds.
pub(super) struct Change {
    pub customer: CustomerId,
    pub paid: Money,
    pub refunded: Money,
    pub payments: i64,
    pub at: Moment,
}

impl Change {
    fn of(paid: &Paid, event: &Recorded) -> Self {
        Change {
            customer: paid.customer_id,
            paid: Money(0),
            refunded: Money(0),
            payments: 0,
            at: event.at,
        }
    }
}

pub fn truncate_value(db: &mut Write<'_>) -> Fallible<()> {
    table::truncate_value(db)
}
