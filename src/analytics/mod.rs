//! How the business goes: what was out and for how long, what came in for it, what was late, lost
//! or idle.
//!
//! **Does** keeps a row per rental with its times, a row per share of a payment, what is owned and
//! fit from when on, losses, and counts by the quarter of an hour. All of it is made from events
//! alone; neither a clock nor a setting is in it, so that it can be made again. **Owns**
//! `out_span`, `income`, `gear`, `fit_change`, `loss`, `quarter_figures`. **Publishes** nothing.
//! **Hears** hand-overs and returns, gear added, lost, found, retired, its condition, reservations,
//! payments and refunds.

mod model;
mod on_event;
mod table;

pub use model::nothing_left;
pub use on_event::{on_event, truncate};

use crate::kernel::{
    CustomerId, Fallible, ItemId, Moment, Money, Period, RentalId, ReservationId,
    ReservationNumber, ShopZone, TypeId,
};
use crate::store::Read;
use chrono::NaiveDate;

pub const TABLES: &[&str] = &[
    "out_span",
    "income",
    "gear",
    "fit_change",
    "loss",
    "quarter_figures",
];

/// One rental, from its check-out to its end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Span {
    pub rental: RentalId,
    pub item: Option<ItemId>,
    pub type_id: TypeId,
    pub quantity: i64,
    pub customer: CustomerId,
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub out: Moment,
    pub due: Moment,
    pub back: Option<Moment>,
    pub late_minutes: i64,
    pub lost: bool,
    /// Back, or given up; the end of time while it is out.
    pub ended: Moment,
}

/// How a type was used in a period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TypeUse {
    pub type_id: TypeId,
    pub out_seconds: i64,
    /// Owned and fit to go out.
    pub fit_seconds: i64,
    pub rentals: i64,
}

/// A share of a payment; what was given back is negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Income {
    pub at: Moment,
    pub type_id: Option<TypeId>,
    pub customer: CustomerId,
    pub reservation: Option<ReservationId>,
    pub amount: Money,
}

/// Whose late returns, how many, and how late in all and at worst.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Lateness {
    pub customer: CustomerId,
    pub returns: i64,
    pub minutes: i64,
    pub worst_minutes: i64,
}

/// An item in service that is not out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Idle {
    pub item: ItemId,
    pub type_id: TypeId,
    pub since: Moment,
}

/// Gear that was reported lost and not found again.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loss {
    pub at: Moment,
    pub item: Option<ItemId>,
    pub type_id: TypeId,
    pub quantity: i64,
    pub rental: Option<RentalId>,
}

/// What of the shop's days is asked about.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Of {
    pub type_id: Option<TypeId>,
    pub customer: Option<CustomerId>,
}

/// The counts of a day.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct DayFigures {
    pub reservations: i64,
    pub confirmed: i64,
    pub cancelled: i64,
    pub expired: i64,
    pub check_outs: i64,
    pub check_ins: i64,
    pub late_returns: i64,
    pub revenue: Money,
}

/// From the first thing that happened to the last one known.
pub fn extent(db: Read<'_>) -> Fallible<Option<Period>> {
    table::extent(db)
}

/// Every type that was owned in the period.
pub fn use_by_type(db: Read<'_>, period: Period) -> Fallible<Vec<TypeUse>> {
    table::use_by_type(db, period)
}

/// What was out in a period, the latest first.
pub fn spans(db: Read<'_>, of: Of, period: Period, limit: i64) -> Fallible<Vec<Span>> {
    table::spans(db, of, period, limit)
}

/// Everything that was out in a period, by type and time.
pub fn spans_by_type(db: Read<'_>, period: Period) -> Fallible<Vec<(TypeId, Moment, Moment, i64)>> {
    table::spans_by_type(db, period)
}

/// How many more or fewer of a type were fit, from when on, by type and time.
pub fn fit_changes(db: Read<'_>, until: Moment) -> Fallible<Vec<(TypeId, Moment, i64)>> {
    table::fit_changes(db, until)
}

pub fn income_by_type(db: Read<'_>, period: Period) -> Fallible<Vec<(Option<TypeId>, Money, i64)>> {
    table::income_by_type(db, period)
}

pub fn income_by_customer(db: Read<'_>, period: Period) -> Fallible<Vec<(CustomerId, Money, i64)>> {
    table::income_by_customer(db, period)
}

/// Every share, with the payment it is of.
pub fn income_shares(db: Read<'_>, period: Period) -> Fallible<Vec<(i64, Option<TypeId>, Money)>> {
    table::income_shares(db, period)
}

/// The income of each of these periods, and of how many payments it is made.
pub fn income_in(db: Read<'_>, periods: &[Period]) -> Fallible<Vec<(Money, i64)>> {
    table::income_in(db, periods)
}

/// The shares of payments, the latest first; `types` none: of any type, or of none.
pub fn income(
    db: Read<'_>,
    types: Option<&[Option<TypeId>]>,
    customer: Option<CustomerId>,
    period: Period,
    limit: i64,
) -> Fallible<Vec<Income>> {
    table::income(db, types, customer, period, limit)
}

/// Whose returns of a period were late, most first.
pub fn late_by_customer(db: Read<'_>, period: Period) -> Fallible<Vec<Lateness>> {
    table::late_by_customer(db, period)
}

/// Every late return of a period: whose it was, when it was due and when it came.
pub fn late_returns(db: Read<'_>, period: Period) -> Fallible<Vec<(CustomerId, Moment, Moment)>> {
    table::late_returns(db, period)
}

/// The late returns of a period, the latest first.
pub fn late_spans(
    db: Read<'_>,
    customer: CustomerId,
    period: Period,
    limit: i64,
) -> Fallible<Vec<Span>> {
    table::late_spans(db, customer, period, limit)
}

/// Items in service that have not been out since, the longest idle first.
pub fn idle(db: Read<'_>, not_since: Moment) -> Fallible<Vec<Idle>> {
    table::idle(db, not_since)
}

pub fn losses(db: Read<'_>, period: Period) -> Fallible<Vec<Loss>> {
    table::losses(db, period)
}

pub fn span(db: Read<'_>, rental: RentalId) -> Fallible<Option<Span>> {
    table::span(db, rental)
}

/// What happened on each of the days from the first to the last, both included.
pub fn daily_figures(
    db: Read<'_>,
    zone: &ShopZone,
    first: NaiveDate,
    last: NaiveDate,
) -> Fallible<Vec<(NaiveDate, DayFigures)>> {
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| *day <= last).collect();
    let periods: Vec<Period> = days.iter().map(|day| zone.day_period(*day)).collect();
    Ok(days
        .into_iter()
        .zip(table::figures(db, &periods)?)
        .collect())
}
