//! The loyalty tier of the customer, handed to whoever agrees on a price: it is frozen with the
//! agreement, and asked for again only where the price is made anew or the customer is another one.

use crate::booking::{Bargain, BookingRefusal, Change, CheckOut, Recipient};
use crate::kernel::{CustomerId, Failure, Fallible, Moment, ReservationId, Settings, Text};
use crate::store::Read;
use crate::{booking, crm, pricing};

type Outcome<T> = Result<T, Failure<BookingRefusal>>;

/// Nothing where no discount asks for a tier.
pub fn tier_of(
    db: Read<'_>,
    settings: &Settings,
    customer: Option<CustomerId>,
    now: Moment,
) -> Fallible<Option<Text>> {
    match customer {
        Some(customer) if pricing::asks_for_tier(db)? => Ok(Some(Text::new(
            crm::loyalty(db, settings, customer, now)?.tier.word(),
        ))),
        _ => Ok(None),
    }
}

/// What is said of the price of something new.
pub(super) fn of_new(
    db: Read<'_>,
    settings: &Settings,
    customer: Option<CustomerId>,
    bargain: &Bargain,
    now: Moment,
) -> Fallible<Bargain> {
    Ok(Bargain {
        tier: Some(tier_of(db, settings, customer, now)?),
        ..bargain.clone()
    })
}

/// The same change, with the tier where it is asked for again.
pub(super) fn of_change(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    change: &Change,
    now: Moment,
) -> Outcome<Change> {
    if change.customer.is_none() && !change.bargain.anew {
        return Ok(change.clone());
    }
    let customer = match change.customer {
        Some(customer) => Some(customer),
        None => booking::reservation(db, id)?.customer,
    };
    Ok(Change {
        bargain: of_new(db, settings, customer, &change.bargain, now)?,
        ..change.clone()
    })
}

/// The same hand-over, with the tier for what is agreed by it.
pub(super) fn of_hand_over(
    db: Read<'_>,
    settings: &Settings,
    command: &CheckOut,
    now: Moment,
) -> Outcome<CheckOut> {
    let customer = match command.to {
        Recipient::WalkIn(customer) => Some(customer),
        Recipient::Reservation(id) => Some(booking::reservation(db, id)?)
            .filter(|found| found.total.is_none())
            .and_then(|found| found.customer),
    };
    Ok(CheckOut {
        tier: tier_of(db, settings, customer, now)?,
        ..command.clone()
    })
}
