//! How events become spans, income and counts.

use super::{Span, table};
use crate::events::{CheckedIn, CheckedOut, Event, Paid, Recorded};
use crate::kernel::{Fallible, ItemId, MOMENT_MAX, Moment, Money, TypeId};
use crate::store::{Write, log};
use table::Figure;

const GOOD: &str = "GOOD";

/// Subscriber `analytics`.
pub fn on_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let Some(fact) = &event.event else {
        return Ok(());
    };
    match fact {
        Event::EquipmentCheckedOut(out) => went_out(db, out),
        Event::EquipmentCheckedIn(back) => came_back(db, back, event.reverses().is_some()),
        Event::RentalExtended {
            rental_id, new_due, ..
        } => table::set_due(db, *rental_id, *new_due),
        Event::EquipmentAdded {
            item_id: Some(item),
            type_id,
            condition,
            ..
        } => {
            table::insert_gear(
                db,
                *item,
                *type_id,
                condition.as_ref().is_none_or(|condition| condition == GOOD),
                event.at,
            )?;
            fit(db, event, *item)
        }
        Event::EquipmentAdded {
            item_id: None,
            type_id,
            count,
            ..
        } => table::insert_fit(db, event.seq, *type_id, None, event.at, *count),
        Event::EquipmentConditionUpdated { item_id, after, .. } => {
            table::set_good(db, *item_id, after == GOOD)?;
            fit(db, event, *item_id)
        }
        Event::EquipmentLost {
            item_id,
            type_id,
            count,
            rental_id,
            ..
        } => {
            table::insert_loss(
                db, event.seq, event.at, *item_id, *type_id, *count, *rental_id,
            )?;
            if let Some(span) = rental_id
                .map(|rental| table::span(db.read(), rental))
                .transpose()?
                .flatten()
            {
                give_up(db, &span, event.at)?;
            }
            leaves(db, event, *item_id, *type_id, *count)
        }
        Event::EquipmentFound {
            item_id,
            type_id,
            count,
            condition,
            ..
        } => match item_id {
            Some(item) => {
                table::forget_loss(db, *item)?;
                table::set_in_service(db, *item, true)?;
                table::set_good(db, *item, condition == GOOD)?;
                fit(db, event, *item)
            }
            None => table::insert_fit(db, event.seq, *type_id, None, event.at, *count),
        },
        Event::EquipmentRetired {
            item_id, type_id, ..
        } => leaves(db, event, Some(*item_id), *type_id, 1),
        Event::PaymentReceived(paid) => earned(db, event, paid, 1),
        Event::PaymentRefunded(paid) => earned(db, event, paid, -1),
        _ => count_reservation(db, event, fact),
    }
}

/// What was taken for a mistake counts for the time of that mistake, so that the two are nothing
/// together.
fn time_of(db: &Write<'_>, event: &Recorded) -> Fallible<(Moment, Option<String>)> {
    let Some(undone) = event.reverses() else {
        return Ok((event.at, None));
    };
    let Some(seq) = log::seq_of(db.read(), undone)? else {
        return Ok((event.at, None));
    };
    Ok(log::events_after(db.read(), seq - 1, 1)?
        .pop()
        .map_or((event.at, None), |first| (first.at, Some(first.kind))))
}

fn count_reservation(db: &mut Write<'_>, event: &Recorded, fact: &Event) -> Fallible<()> {
    let (at, undone) = time_of(db, event)?;
    match (fact, undone.as_deref()) {
        (Event::ReservationCreated { .. }, _) => table::add(db, at, Figure::Reservations, 1),
        (Event::ReservationConfirmed { .. }, _) => table::add(db, at, Figure::Confirmed, 1),
        (Event::ReservationCancelled { previous_state, .. }, Some("ReservationCreated")) => {
            table::add(db, at, Figure::Reservations, -1)?;
            if previous_state == "CONFIRMED" {
                table::add(db, at, Figure::Confirmed, -1)
            } else {
                Ok(())
            }
        }
        (Event::ReservationCancelled { reason_kind, .. }, _) if reason_kind != "undone" => {
            table::add(db, at, Figure::Cancelled, 1)
        }
        (Event::ReservationExpired { .. }, _) => table::add(db, at, Figure::Expired, 1),
        (Event::ReservationChanged { .. }, Some("ReservationConfirmed")) => {
            table::add(db, at, Figure::Confirmed, -1)
        }
        (Event::ReservationChanged { .. }, Some("ReservationCancelled")) => {
            table::add(db, at, Figure::Cancelled, -1)
        }
        (Event::ReservationChanged { .. }, Some("ReservationExpired")) => {
            table::add(db, at, Figure::Expired, -1)
        }
        _ => Ok(()),
    }
}

/// It leaves the shop for good, or until it is found.
fn leaves(
    db: &mut Write<'_>,
    event: &Recorded,
    item: Option<ItemId>,
    type_id: TypeId,
    count: i64,
) -> Fallible<()> {
    match item {
        Some(item) => {
            table::set_in_service(db, item, false)?;
            fit(db, event, item)
        }
        None => table::insert_fit(db, event.seq, type_id, None, event.at, -count),
    }
}

/// An item is one of its type that is fit, or none.
fn fit(db: &mut Write<'_>, event: &Recorded, item: ItemId) -> Fallible<()> {
    let Some((type_id, is_fit)) = table::gear(db.read(), item)? else {
        return Ok(());
    };
    let change = i64::from(is_fit) - table::fit_of(db.read(), item)?;
    if change == 0 {
        Ok(())
    } else {
        table::insert_fit(db, event.seq, type_id, Some(item), event.at, change)
    }
}

/// Nobody knows how long lost gear was with whom: it counts as out until it was due.
fn give_up(db: &mut Write<'_>, span: &Span, known_at: Moment) -> Fallible<()> {
    let ended = known_at.min(span.due).max(span.out);
    table::end(db, span.rental, None, 0, true, ended)?;
    span.item
        .map_or(Ok(()), |item| table::settle_idle(db, item))
}

fn went_out(db: &mut Write<'_>, out: &CheckedOut) -> Fallible<()> {
    match table::span(db.read(), out.rental_id)? {
        // Its return was taken back.
        Some(before) => {
            if let Some(back) = before.back {
                table::add(db, back, Figure::CheckIns, -1)?;
                table::add(
                    db,
                    back,
                    Figure::LateReturns,
                    -i64::from(before.late_minutes > 0),
                )?;
            }
        }
        None => table::add(db, out.out_at, Figure::CheckOuts, 1)?,
    }
    if let Some(item) = out.item_id {
        // What goes out again never came back from before.
        for span in table::still_out(db.read(), item)?
            .into_iter()
            .filter(|span| span.rental != out.rental_id)
        {
            give_up(db, &span, out.out_at)?;
        }
    }
    table::set_span(
        db,
        &Span {
            rental: out.rental_id,
            item: out.item_id,
            type_id: out.type_id,
            quantity: out.count,
            customer: out.customer_id,
            reservation: out.reservation_id,
            number: out.number,
            out: out.out_at,
            due: out.due_at,
            back: None,
            late_minutes: 0,
            lost: false,
            ended: MOMENT_MAX,
        },
    )?;
    table::owned_since(db, out.item_id, out.type_id, out.out_at)?;
    out.item_id
        .map_or(Ok(()), |item| table::settle_idle(db, item))
}

/// A hand-over that was taken back has never been. Part of a count that comes back is a rental of
/// its own from then on.
fn came_back(db: &mut Write<'_>, back: &CheckedIn, undone: bool) -> Fallible<()> {
    let known = table::span(db.read(), back.rental_id)?;
    if undone {
        if known.is_some() {
            table::forget_span(db, back.rental_id)?;
            table::add(db, back.out_at, Figure::CheckOuts, -1)?;
        }
    } else {
        let span = Span {
            rental: back.rental_id,
            item: back.item_id,
            type_id: back.type_id,
            quantity: back.count,
            customer: back.customer_id,
            reservation: back.reservation_id,
            number: back.number,
            out: back.out_at,
            due: back.due_at,
            back: Some(back.in_at),
            late_minutes: back.late_minutes.max(0),
            lost: false,
            ended: back.in_at,
        };
        if known.is_none() && back.item_id.is_none() {
            table::split_span(db, &span)?;
        }
        table::set_span(db, &span)?;
        table::add(db, back.in_at, Figure::CheckIns, 1)?;
        table::add(
            db,
            back.in_at,
            Figure::LateReturns,
            i64::from(back.late_minutes > 0),
        )?;
    }
    back.item_id
        .map_or(Ok(()), |item| table::settle_idle(db, item))
}

/// By type; what no share tells of is of no type.
fn earned(db: &mut Write<'_>, event: &Recorded, paid: &Paid, sign: i64) -> Fallible<()> {
    let (at, _) = time_of(db, event)?;
    let told: i64 = paid.shares.iter().map(|share| share.amount.0).sum();
    let rest = (told != paid.amount.0).then_some((None, Money(paid.amount.0 - told)));
    for (number, (type_id, amount)) in (0..).zip(
        paid.shares
            .iter()
            .map(|share| (share.type_id, share.amount))
            .chain(rest),
    ) {
        table::insert_income(
            db,
            event.seq,
            number,
            at,
            type_id,
            paid,
            Money(sign * amount.0),
        )?;
    }
    table::add(db, at, Figure::Revenue, sign * paid.amount.0)
}

pub fn truncate(db: &mut Write<'_>) -> Fallible<()> {
    table::truncate(db)
}
