//! How an event becomes an entry, and how it sets or clears a flag.

use super::{Entry, table};
use crate::events::{Agreed, Changed, Event, Recorded};
use crate::kernel::{Currency, Fallible, Money, RentalId};
use crate::store::{Read, Write, log};

/// Subscriber `history`: one row per event.
pub fn on_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let mut row = Entry {
        seq: event.seq,
        at: event.at,
        kind: event.kind.clone(),
        item: None,
        tag: None,
        type_id: None,
        quantity: None,
        customer: None,
        reservation: None,
        number: None,
        rental: None,
        out_at: None,
        due_at: None,
        in_at: None,
        condition_before: None,
        condition_after: None,
        late_minutes: None,
        staff: event.staff,
        detail: None,
        location: None,
        reverses: event.reverses().map(|id| id.to_string()),
        undone: false,
    };
    if let Some(fact) = &event.event {
        fill(&mut row, fact);
    }
    let rental = match &event.event {
        Some(Event::EquipmentFound { rental_id, .. }) => *rental_id,
        _ => row.rental,
    };
    complete(db.read(), &mut row, rental)?;
    if let Some(Event::ReservationChanged {
        before,
        after,
        changed,
        ..
    }) = &event.event
    {
        row.detail = Some(what_changed(db.read(), &row, before, after, changed)?);
    }
    if row.reverses.is_some() {
        row.at = event.at; // an undo happened when it was done, whatever time the thing undone bears
    }
    table::insert(db, &row)?;
    for undone in event.undoes() {
        if let Some(seq) = log::seq_of(db.read(), undone)? {
            table::mark_undone(db, seq)?;
        }
    }
    Ok(())
}

/// What an event does not say itself is known from earlier ones of the same rental or reservation,
/// never from how things stand now. What none of them says stays empty.
fn complete(db: Read<'_>, row: &mut Entry, rental: Option<RentalId>) -> Fallible<()> {
    if let Some(rental) = rental.filter(|_| row.customer.is_none() || row.number.is_none())
        && let Some(known) = table::known_of_rental(db, rental, row.seq)?
    {
        row.customer = row.customer.or(known.customer);
        row.reservation = row.reservation.or(known.reservation);
        row.number = row.number.or(known.number);
    }
    if let Some(reservation) = row.reservation {
        if row.number.is_none() {
            row.number = table::number_of(db, reservation, row.customer, row.seq)?;
        }
        if row.customer.is_none() && row.kind != "ReservationCreated" {
            row.customer = table::customer_of(db, reservation, row.seq)?;
        }
    }
    Ok(())
}

fn fill(row: &mut Entry, fact: &Event) {
    match fact {
        Event::ReservationCreated {
            reservation_id,
            number,
            customer_id,
            state,
            ..
        } => {
            (row.reservation, row.number, row.customer, row.detail) = (
                Some(*reservation_id),
                Some(*number),
                *customer_id,
                Some(state.clone()),
            );
        }
        Event::ReservationConfirmed {
            reservation_id,
            number,
            customer_id,
            ..
        }
        | Event::ReservationActivated {
            reservation_id,
            number,
            customer_id,
            ..
        }
        | Event::ReservationCompleted {
            reservation_id,
            number,
            customer_id,
            ..
        } => {
            (row.reservation, row.number, row.customer) =
                (Some(*reservation_id), Some(*number), Some(*customer_id));
        }
        Event::ReservationChanged {
            reservation_id,
            number,
            customer_id,
            ..
        } => {
            (row.reservation, row.number, row.customer) =
                (Some(*reservation_id), Some(*number), *customer_id);
        }
        Event::ReservationExpired {
            reservation_id,
            number,
            customer_id,
            kind,
            ..
        } => {
            (row.reservation, row.number, row.customer, row.detail) = (
                Some(*reservation_id),
                Some(*number),
                Some(*customer_id),
                Some(kind.clone()),
            );
        }
        Event::ReservationCancelled {
            reservation_id,
            number,
            customer_id,
            reason_kind,
            ..
        } => {
            (row.reservation, row.number, row.customer, row.detail) = (
                Some(*reservation_id),
                Some(*number),
                *customer_id,
                Some(reason_kind.clone()),
            );
        }
        Event::EquipmentCheckedOut(out) => {
            (row.item, row.tag, row.type_id, row.quantity) = (
                out.item_id,
                Some(out.asset_tag.clone()),
                Some(out.type_id),
                Some(out.count),
            );
            (row.customer, row.reservation, row.number, row.rental) = (
                Some(out.customer_id),
                Some(out.reservation_id),
                Some(out.number),
                Some(out.rental_id),
            );
            (row.at, row.out_at, row.due_at, row.condition_before) = (
                out.out_at,
                Some(out.out_at),
                Some(out.due_at),
                out.condition_out.clone(),
            );
        }
        Event::EquipmentCheckedIn(back) => {
            (row.item, row.tag, row.type_id, row.quantity) = (
                back.item_id,
                Some(back.asset_tag.clone()),
                Some(back.type_id),
                Some(back.count),
            );
            (row.customer, row.reservation, row.number, row.rental) = (
                Some(back.customer_id),
                Some(back.reservation_id),
                Some(back.number),
                Some(back.rental_id),
            );
            (row.at, row.out_at, row.due_at, row.in_at) = (
                back.in_at,
                Some(back.out_at),
                Some(back.due_at),
                Some(back.in_at),
            );
            (
                row.condition_before,
                row.condition_after,
                row.late_minutes,
                row.detail,
            ) = (
                back.condition_out.clone(),
                back.condition_in.clone(),
                Some(back.late_minutes),
                back.outcome.clone(),
            );
            row.location = back
                .location
                .clone()
                .filter(|_| back.location != back.out_location);
        }
        Event::EquipmentConditionUpdated {
            item_id,
            asset_tag,
            type_id,
            before,
            after,
            rental_id,
            incomplete,
            reservation_id,
            number,
            customer_id,
            ..
        } => {
            (row.reservation, row.number, row.customer) = (*reservation_id, *number, *customer_id);
            (row.item, row.tag, row.type_id, row.rental) = (
                Some(*item_id),
                Some(asset_tag.clone()),
                Some(*type_id),
                *rental_id,
            );
            (row.condition_before, row.condition_after, row.detail) = (
                Some(before.clone()),
                Some(after.clone()),
                incomplete.then(|| "incomplete".to_owned()),
            );
        }
        Event::EquipmentAdded {
            item_id,
            asset_tag,
            type_id,
            condition,
            count,
        } => {
            (
                row.item,
                row.tag,
                row.type_id,
                row.quantity,
                row.condition_after,
            ) = (
                *item_id,
                Some(asset_tag.clone()),
                Some(*type_id),
                Some(*count),
                condition.clone(),
            );
        }
        Event::EquipmentLost {
            item_id,
            asset_tag,
            type_id,
            count,
            rental_id,
            reason_kind,
            reservation_id,
            number,
            customer_id,
        } => {
            (row.reservation, row.number, row.customer) = (*reservation_id, *number, *customer_id);
            (
                row.item,
                row.tag,
                row.type_id,
                row.quantity,
                row.rental,
                row.detail,
            ) = (
                *item_id,
                Some(asset_tag.clone()),
                Some(*type_id),
                Some(*count),
                *rental_id,
                Some(reason_kind.clone()),
            );
        }
        Event::EquipmentFound {
            item_id,
            asset_tag,
            type_id,
            count,
            rental_id,
            condition,
            reservation_id,
            number,
            customer_id,
        } => {
            (row.reservation, row.number, row.customer) = (*reservation_id, *number, *customer_id);
            // A find that belongs to a rental is told by that rental's own return.
            (
                row.item,
                row.tag,
                row.type_id,
                row.quantity,
                row.condition_after,
            ) = (
                *item_id,
                Some(asset_tag.clone()),
                Some(*type_id),
                Some(*count),
                Some(condition.clone()),
            );
            row.detail = rental_id.map(|_| "with a rental".to_owned());
        }
        Event::EquipmentRetired {
            item_id,
            asset_tag,
            type_id,
            reason_kind,
        } => {
            (row.item, row.tag, row.type_id, row.detail) = (
                Some(*item_id),
                Some(asset_tag.clone()),
                Some(*type_id),
                Some(reason_kind.clone()),
            );
        }
        Event::EquipmentBlocked {
            item_id,
            asset_tag,
            type_id,
            count,
            kind,
            start,
            end,
            ..
        } => {
            (row.item, row.tag, row.type_id, row.quantity) = (
                *item_id,
                Some(asset_tag.clone()),
                Some(*type_id),
                Some(*count),
            );
            (row.out_at, row.due_at, row.detail) = (Some(*start), *end, Some(kind.clone()));
        }
        Event::EquipmentUnblocked {
            item_id,
            asset_tag,
            type_id,
            ..
        } => (row.item, row.tag, row.type_id) = (*item_id, Some(asset_tag.clone()), Some(*type_id)),
        Event::RentalExtended {
            rental_id,
            item_id,
            asset_tag,
            type_id,
            count,
            reservation_id,
            number,
            customer_id,
            new_due,
            ..
        } => {
            (row.item, row.tag, row.type_id, row.quantity) = (
                *item_id,
                Some(asset_tag.clone()),
                Some(*type_id),
                Some(*count),
            );
            (
                row.customer,
                row.reservation,
                row.number,
                row.rental,
                row.due_at,
            ) = (
                Some(*customer_id),
                Some(*reservation_id),
                Some(*number),
                Some(*rental_id),
                Some(*new_due),
            );
        }
        Event::RentalOverdue {
            rental_id,
            item_id,
            asset_tag,
            type_id,
            count,
            reservation_id,
            number,
            customer_id,
            due_at,
            ..
        } => {
            (row.item, row.tag, row.type_id, row.quantity) = (
                *item_id,
                Some(asset_tag.clone()),
                Some(*type_id),
                Some(*count),
            );
            (
                row.customer,
                row.reservation,
                row.number,
                row.rental,
                row.due_at,
            ) = (
                Some(*customer_id),
                Some(*reservation_id),
                Some(*number),
                Some(*rental_id),
                Some(*due_at),
            );
        }
        Event::InvoiceIssued {
            number,
            reservation_id,
            customer_id,
            total,
            currency,
            ..
        } => {
            (row.reservation, row.customer, row.detail) = (
                *reservation_id,
                Some(*customer_id),
                Some(format!("{number} {}", amount(*total, currency))),
            );
        }
        Event::InvoicePaid(fact) | Event::InvoiceVoided(fact) | Event::InvoiceCredited(fact) => {
            let number = fact
                .number
                .map_or_else(String::new, |number| format!("{number} "));
            (row.reservation, row.customer, row.detail) = (
                fact.reservation_id,
                Some(fact.customer_id),
                Some(format!("{number}{}", amount(fact.amount, &fact.currency))),
            );
        }
        Event::PaymentReceived(paid) | Event::PaymentRefunded(paid) => {
            let of = paid
                .invoice_number
                .map_or_else(String::new, |number| format!(", {number}"));
            (row.reservation, row.customer, row.detail) = (
                paid.reservation_id.or(paid.invoice_reservation_id),
                Some(paid.customer_id),
                Some(format!(
                    "{} {}{of}",
                    amount(paid.amount, &paid.currency),
                    paid.method.to_lowercase()
                )),
            );
        }
        Event::DepositTaken(deposit) | Event::DepositReturned(deposit) => {
            // A keeping gives nothing back; what went back tells nothing of what was kept before.
            let detail = match deposit.kept.filter(|_| deposit.amount.0 == 0) {
                Some(kept) => format!("{} kept", amount(kept, &deposit.currency)),
                None => format!(
                    "{} {}",
                    amount(deposit.amount, &deposit.currency),
                    deposit.method.to_lowercase()
                ),
            };
            (row.reservation, row.customer, row.detail) = (
                Some(deposit.reservation_id),
                Some(deposit.customer_id),
                Some(detail),
            );
        }
        Event::TillClosed {
            expected,
            counted,
            currency,
            ..
        } => {
            let difference = match counted.0 - expected.0 {
                0 => String::new(),
                more if more > 0 => format!(", {} too much", amount(Money(more), currency)),
                less => format!(", {} missing", amount(Money(-less), currency)),
            };
            row.detail = Some(format!(
                "{} counted{difference}",
                amount(*counted, currency)
            ));
        }
        Event::FileAccepted {
            how,
            noted_seq,
            last_seq,
            ..
        } => row.detail = Some(format!("{how} {noted_seq} {last_seq}")),
        Event::PickListPrinted { date, .. } => row.detail = Some(date.clone()),
        Event::EquipmentTypeAdded { type_id, .. } => row.type_id = Some(*type_id),
        Event::EquipmentTypeChanged { type_id, changed } => {
            (row.type_id, row.detail) = (Some(*type_id), Some(changed.join(", ")))
        }
        Event::EquipmentTypeWithdrawn {
            type_id,
            reason_kind,
        } => (row.type_id, row.detail) = (Some(*type_id), Some(reason_kind.clone())),
        Event::CustomerRegistered { customer_id, .. }
        | Event::CustomerReinstated { customer_id } => row.customer = Some(*customer_id),
        Event::CustomerUpdated {
            customer_id,
            changed,
            ..
        } => (row.customer, row.detail) = (Some(*customer_id), Some(changed.join(", "))),
        Event::CustomerSuspended {
            customer_id,
            reason_kind,
        } => (row.customer, row.detail) = (Some(*customer_id), Some(reason_kind.clone())),
        Event::CommunicationPreferencesUpdated {
            customer_id,
            before,
            after,
        } => {
            let word = |name: &str, was: bool, is: bool| {
                (was != is).then(|| format!("{name} {}", if is { "on" } else { "off" }))
            };
            let words = [
                word("marketing", before.marketing_email, after.marketing_email),
                word("sms", before.sms, after.sms),
                word("newsletter", before.newsletter, after.newsletter),
            ];
            (row.customer, row.detail) = (
                Some(*customer_id),
                Some(words.into_iter().flatten().collect::<Vec<_>>().join(", ")),
            );
        }
        Event::NotificationSent(fact) | Event::NotificationFailed(fact) => {
            (row.customer, row.reservation, row.detail) = (
                fact.customer_id,
                fact.reservation_id,
                Some(fact.template.to_lowercase()),
            );
        }
        Event::StaffAdded { staff_id } => row.detail = Some(format!("S-{:04}", staff_id.0)),
    }
}

/// `402.00 EUR`
fn amount(amount: Money, currency: &str) -> String {
    let shown = Currency::parse(currency)
        .map_or_else(|| amount.0.to_string(), |currency| currency.plain(amount));
    format!("{shown} {currency}")
}

/// What a change of a reservation was about, in a few words that name nobody. The first version
/// told only its two sides: of it the customer is held against what was known before, and a change
/// that neither shows stays unnamed.
fn what_changed(
    db: Read<'_>,
    row: &Entry,
    before: &Agreed,
    after: &Agreed,
    told: &[String],
) -> Fallible<String> {
    let mut changed = before.changed(after);
    if told.is_empty() {
        let was = match row.reservation {
            Some(reservation) => table::customer_of(db, reservation, row.seq)?,
            None => None,
        };
        let other = was.is_some() && row.customer.is_some() && was != row.customer;
        changed.retain(|what| *what != Changed::Customer || other);
        if other && !changed.contains(&Changed::Customer) {
            changed.push(Changed::Customer);
        }
    } else {
        changed = Changed::ALL
            .iter()
            .copied()
            .filter(|what| told.iter().any(|word| word == what.word()))
            .collect();
    }
    // What is agreed for other times, or of other things, costs something else.
    let moved = changed.contains(&Changed::Dates) || changed.contains(&Changed::Lines);
    let moved = moved || changed.contains(&Changed::State);
    Ok(changed
        .iter()
        .filter(|what| **what != Changed::Price || !moved)
        .map(|what| match what {
            Changed::State => format!("{} -> {}", before.state, after.state),
            what => what.word().to_owned(),
        })
        .collect::<Vec<_>>()
        .join(", "))
}

/// Subscriber `condition-flags`: what is not simply good.
pub fn on_condition_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    match &event.event {
        Some(Event::EquipmentConditionUpdated {
            item_id,
            after,
            report_id,
            rental_id,
            expected_back,
            incomplete,
            ..
        }) => {
            table::clear_condition_flags(db, *item_id)?;
            let flag = table::NewFlag {
                item: *item_id,
                since: event.at,
                staff: event.staff,
                report: Some(*report_id),
                rental: *rental_id,
                expected_back: *expected_back,
            };
            if after != "GOOD" {
                table::set_flag(db, after, &flag)?;
            }
            if *incomplete {
                table::set_flag(db, "INCOMPLETE", &flag)?;
            }
            Ok(())
        }
        Some(Event::EquipmentLost {
            item_id: Some(item),
            rental_id,
            ..
        }) => table::set_flag(
            db,
            "LOST",
            &table::NewFlag {
                item: *item,
                since: event.at,
                staff: event.staff,
                report: None,
                rental: *rental_id,
                expected_back: None,
            },
        ),
        Some(Event::EquipmentFound {
            item_id: Some(item),
            ..
        }) => table::clear_flag(db, *item, "LOST"),
        Some(Event::EquipmentRetired { item_id, .. }) => {
            table::clear_condition_flags(db, *item_id)?;
            table::clear_flag(db, *item_id, "LOST")
        }
        _ => Ok(()),
    }
}

pub fn truncate_history(db: &mut Write<'_>) -> Fallible<()> {
    table::truncate(db, "history")
}

pub fn truncate_flags(db: &mut Write<'_>) -> Fallible<()> {
    table::truncate(db, "condition_flag")
}
