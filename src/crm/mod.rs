//! What the shop knows of its customers: what they rented, what they earned, what they paid.
//!
//! **Does** keeps a row per reservation of a customer, the entries that points are counted from,
//! and what was paid and refunded. All of it is made from events alone and can be made again, or
//! taken out, without a trace elsewhere; no guard reads it. Points, tier and the day it lapses are
//! counted when they are asked for. **Owns** `customer_rental`, `customer_rental_part`,
//! `loyalty_entry`, `lifetime_value`. **Publishes** nothing. **Hears** reservations, hand-overs and
//! returns, conditions, payments and refunds.

mod model;
mod on_event;
mod table;

pub use model::{COUNTS_DAYS, CustomerSegment, Loyalty, LoyaltyTier, UNITS_PER_POINT};
pub use on_event::{on_loyalty_event, on_value_event, truncate_loyalty, truncate_value};

use crate::kernel::{
    CustomerId, Fallible, Moment, Money, ReservationId, ReservationNumber, Settings, TypeId,
};
use crate::store::Read;

pub const LOYALTY_TABLES: &[&str] = &["customer_rental", "customer_rental_part", "loyalty_entry"];
pub const VALUE_TABLES: &[&str] = &["lifetime_value"];

/// One reservation of a customer, as it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerRental {
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub state: String,
    pub types: Vec<TypeId>,
    pub start: Moment,
    pub end: Moment,
    /// Rent without tax; none where nothing was agreed.
    pub net: Option<Money>,
    /// Things that were handed over.
    pub rentals: i64,
    /// Of the thing that was latest.
    pub late_minutes: i64,
    /// Things that came back worse, or not at all.
    pub damaged: i64,
}

/// What a customer paid in all, deposits left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LifetimeValue {
    pub customer: CustomerId,
    pub paid: Money,
    pub refunded: Money,
    /// Paid less refunded.
    pub value: Money,
    pub payments: i64,
    pub first_at: Moment,
    pub last_at: Moment,
}

/// Points and tier today.
pub fn loyalty(
    db: Read<'_>,
    settings: &Settings,
    customer: CustomerId,
    now: Moment,
) -> Fallible<Loyalty> {
    let zone = &settings.zone;
    let today = zone.day(now);
    let unit = settings.currency.read("1").map_or(100, |one| one.0).max(1);
    let entries = table::earned(
        db,
        customer,
        zone.day_start(model::counts_from(today)),
        UNITS_PER_POINT * unit,
    )?;
    let earned: Vec<_> = entries
        .into_iter()
        .map(|(at, points)| (zone.day(at), points))
        .collect();
    Ok(model::loyalty(&earned, today))
}

/// Nothing where the customer never paid.
pub fn lifetime_value(db: Read<'_>, customer: CustomerId) -> Fallible<Option<LifetimeValue>> {
    table::value(db, customer)
}

/// Reservations of a customer, the latest first; `before` is the last one of the page before.
pub fn rental_history(
    db: Read<'_>,
    customer: CustomerId,
    before: Option<(Moment, ReservationId)>,
    limit: i64,
) -> Fallible<Vec<CustomerRental>> {
    table::rentals(db, customer, before, limit)
}

/// How many things a customer was ever handed.
pub fn count_rentals(db: Read<'_>, customer: CustomerId) -> Fallible<i64> {
    table::count_rentals(db, customer)
}

/// Who paid most, first; `after` is the last one of the page before.
pub fn high_value(
    db: Read<'_>,
    after: Option<(Money, CustomerId)>,
    limit: i64,
) -> Fallible<Vec<LifetimeValue>> {
    table::most(db, after, limit)
}

pub fn segment(db: Read<'_>, customer: CustomerId) -> Fallible<CustomerSegment> {
    let Some(own) = table::value(db, customer)?.filter(|own| own.value.0 > 0) else {
        return Ok(CustomerSegment::None);
    };
    let line = table::line_of_top_tenth(db)?;
    Ok(if line.is_some_and(|line| own.value >= line) {
        CustomerSegment::HighValue
    } else {
        CustomerSegment::Regular
    })
}
