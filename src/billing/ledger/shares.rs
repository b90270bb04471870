//! For which types money came in, and of which it goes back: what the report on income by type adds
//! up.

use super::table;
use crate::billing::model::{InvoiceLine, split};
use crate::billing::table::{lines, notes_of, of_customer};
use crate::events::{Event, TypeShare};
use crate::kernel::{CustomerId, Fallible, InvoiceId, Money, ReservationId, TypeId};
use crate::store::{Read, log};
use std::collections::BTreeMap;

type ByType = BTreeMap<Option<TypeId>, i64>;

/// An amount shared out over the types of some lines, by what each comes to in the end: a type of
/// which something is credited on them has a share below zero. What is more than the lines ask for
/// is of those that ask for something.
pub(super) fn shares_of(amount: Money, lines: &[InvoiceLine]) -> Vec<TypeShare> {
    let mut asked: Vec<(Option<TypeId>, i64)> = Vec::new();
    for line in lines {
        match asked
            .iter_mut()
            .find(|(type_id, _)| *type_id == line.type_id)
        {
            Some((_, sum)) => *sum += line.total().0,
            None => asked.push((line.type_id, line.total().0)),
        }
    }
    let spread = |amount: i64, asked: &[(Option<TypeId>, i64)]| {
        let weights: Vec<i64> = asked.iter().map(|(_, sum)| *sum).collect();
        asked
            .iter()
            .zip(split(amount, &weights))
            .map(|((type_id, _), share)| TypeShare {
                type_id: *type_id,
                amount: Money(share),
            })
            .collect::<Vec<_>>()
    };
    let within = amount
        .0
        .min(asked.iter().map(|(_, sum)| *sum).sum::<i64>())
        .max(0);
    let mut shares = if within > 0 {
        spread(within, &asked)
    } else {
        Vec::new()
    };
    let beyond = amount.0 - within;
    asked.retain(|(_, sum)| *sum > 0);
    match (beyond, asked.is_empty()) {
        (0, _) => {}
        (_, true) => shares.push(TypeShare {
            type_id: None,
            amount: Money(beyond),
        }),
        (_, false) => shares.extend(spread(beyond, &asked)),
    }
    shares
}

/// The lines of an invoice, and what credit notes took of them.
pub(super) fn left_lines(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<InvoiceLine>> {
    let mut left = lines(db, id)?;
    for note in notes_of(db, id)? {
        left.extend(lines(db, note)?);
    }
    Ok(left)
}

/// One share a type, in the order they came.
pub(super) fn joined(shares: Vec<TypeShare>) -> Vec<TypeShare> {
    let mut all: Vec<TypeShare> = Vec::new();
    for share in shares.into_iter().filter(|share| share.amount.0 != 0) {
        match all.iter_mut().find(|known| known.type_id == share.type_id) {
            Some(known) => known.amount.0 += share.amount.0,
            None => all.push(share),
        }
    }
    all
}

/// Of which types a refund is: of each, what was paid for it and did not go back yet, beyond what
/// is kept for invoices that stand. Of the reservation with which the money lies, or of all that
/// the customer paid.
pub(super) fn given_back(
    db: Read<'_>,
    customer: CustomerId,
    reservation: Option<ReservationId>,
    amount: Money,
) -> Fallible<Vec<TypeShare>> {
    let mut free = came_in_for(db, customer, reservation)?;
    for (type_id, kept) in kept_for(db, customer, reservation)? {
        *free.entry(type_id).or_default() -= kept;
    }
    let mut shares: Vec<(Option<TypeId>, i64)> =
        free.into_iter().filter(|(_, sum)| *sum != 0).collect();
    if shares.iter().map(|(_, sum)| *sum).sum::<i64>() != amount.0 {
        shares.retain(|(_, sum)| *sum > 0); // a part of it, from where there is any
        let weights: Vec<i64> = shares.iter().map(|(_, sum)| *sum).collect();
        shares
            .iter_mut()
            .zip(split(amount.0, &weights))
            .for_each(|(known, share)| known.1 = share);
    }
    if shares.is_empty() {
        shares.push((None, amount.0));
    }
    Ok(shares
        .into_iter()
        .map(|(type_id, share)| TypeShare {
            type_id,
            amount: Money(share),
        })
        .collect())
}

/// What came in for each type, less what went back, as it was told.
fn came_in_for(
    db: Read<'_>,
    customer: CustomerId,
    reservation: Option<ReservationId>,
) -> Fallible<ByType> {
    let mut sums = ByType::new();
    let old: Vec<_> = table::payments_of_customer(db, customer)?
        .into_iter()
        .filter(|paid| paid.taken_over)
        .map(|paid| paid.id)
        .collect();
    for id in table::events_of_customer(db, customer)? {
        let (sign, paid) = match log::event(db, id)?.and_then(|recorded| recorded.event) {
            Some(Event::PaymentReceived(paid)) => (1, paid),
            Some(Event::PaymentRefunded(paid)) => (-1, paid),
            _ => continue,
        };
        if !old.contains(&paid.payment_id)
            && reservation.is_none_or(|of| paid.reservation_id == Some(of))
        {
            paid.shares
                .iter()
                .for_each(|share| *sums.entry(share.type_id).or_default() += sign * share.amount.0);
        }
    }
    Ok(sums)
}

/// What of it is kept: what is paid on each invoice that stands, shared out over what is left of
/// it; what a further one below zero gave back is of its types.
fn kept_for(
    db: Read<'_>,
    customer: CustomerId,
    reservation: Option<ReservationId>,
) -> Fallible<ByType> {
    let mut all = of_customer(db, customer, i64::MAX)?;
    all.retain(|invoice| {
        invoice.paid.0 != 0 && reservation.is_none_or(|of| invoice.reservation == Some(of))
    });
    let mut kept = ByType::new();
    for invoice in all.iter().filter(|invoice| invoice.credits.is_none()) {
        let notes = all.iter().filter(|note| note.credits == Some(invoice.id));
        let paid = invoice.paid.0 + notes.map(|note| note.paid.0).sum::<i64>();
        let (sign, of) = if paid < 0 {
            (
                -1,
                lines(db, invoice.id)?
                    .iter()
                    .map(InvoiceLine::credited)
                    .collect(),
            )
        } else {
            (1, left_lines(db, invoice.id)?)
        };
        shares_of(Money(sign * paid), &of)
            .iter()
            .for_each(|share| *kept.entry(share.type_id).or_default() += sign * share.amount.0);
    }
    Ok(kept)
}
