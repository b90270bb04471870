//! When: reservations, what they promise, and the gear that is out.
//!
//! **Does** reserves, confirms, changes, cancels and lets lapse; freezes the price of what is
//! agreed; says what is free, who is in the way and who goes short; hands over and takes back,
//! extends, closes what is complete, reverses what was done by mistake, takes over old records.
//! **Owns** `reservation`, `reservation_line`, `reservation_step`, `rental`, `shortage`.
//! **Publishes** `Reservation…`, `EquipmentCheckedOut`, `EquipmentCheckedIn`, `RentalExtended`,
//! `RentalOverdue`. **Hears** whatever may change what a type has or has promised, for `shortages`
//! alone: what the next key press may depend on is written in the command itself.

mod availability;
mod change;
mod check_in;
mod check_out;
mod claims;
mod extend;
mod harm;
mod model;
mod overdue;
mod placing;
mod prices;
mod promises;
mod quoting;
mod refusal;
mod rentals;
mod reserve;
mod reverse;
mod table;
mod take_over;
mod told;
mod wants;

pub use availability::{Doors, Fit, Ledger, Most, Promise, Short, Wish, next_stay, peak_of};
pub use change::{Change, Edit, change, quote_change, wants_of};
pub use check_in::{CheckIn, check_in, lost_again, may_come_back, report_lost};
pub use check_out::{
    CheckOut, Recipient, Thing, check_out, due_of, free_alone, may_go_alone, may_leave,
};
pub use extend::{Extension, extend};
pub use harm::{
    Before, Harm, Named, before as before_harm, in_words as harm_in_words, name_again, named,
    out_into_block_in_words, out_into_blocks, types_of, unnamed, unnamed_in_words,
};
pub use model::{
    Line, LineState, Rental, RentalOutcome, RentalState, Reservation, ReservationState, outcome,
};
pub use overdue::{CountedOn, counted_on, counted_on_in_words, relies_on};
pub use placing::{Parts, placed_on, swap_for, would_hurt};
pub use prices::{
    Agreement, Bargain, Frozen, Quoted, QuotedRow, agreed_price, frozen, quote_new,
    today as out_of_sync,
};
pub use promises::{
    Answer, Bar, Blocker, Cause, DayDetail, How, ItemBars, Shortage, Shortfall, TypeDays, WayOut,
    availability, bars, day_detail, free_count, in_the_way, next_window,
    on_event as on_promise_event, plan_of, shortages, shortages_of, shortfalls, timeline,
    truncate as truncate_shortages, ways_out,
};
pub use quoting::quote_hand_over;
pub use refusal::{BookingRefusal, Instead, Lacking};
pub use reserve::{
    CancelReason, Firmness, NewReservation, blocker_words, cancel, closed_at,
    complete_without_the_rest, confirm, expire, facts, has_lapsed, hold, lapsing, may_begin,
    never_left, not_picked_up, pack, reserve, sentence as shortfall_in_words, tell_overdue,
    untold_overdue, ways_in_words,
};
pub use reverse::{
    Altered, HandedOver, Said, restore, restore_revision, revise_check_in, said, said_but_price,
    stays_lapsed, undo_check_in, undo_check_out, undo_lost, undo_reserve,
};
pub use take_over::{OldRental, TakenOver, take_over};
pub use told::Told;
pub use wants::{Piece, Want, pieces, want_of};

/// An item broke, was lost or retired: open lines that named it keep their promise of the type.
/// Which lines. One that is good again, or back earlier, is kept for those that still name it.
pub fn let_go_of(db: &mut Write<'_>, item: ItemId) -> Fallible<Vec<LineId>> {
    let found = match inventory::known(db.read(), item) {
        Ok(found) => found,
        Err(Failure::Fault(fault)) => return Err(fault),
        Err(Failure::Refused(_)) => return Ok(Vec::new()),
    };
    claims::guard_again(db, found.type_id)?;
    if found.lifecycle == Lifecycle::InService && found.condition == Condition::Good {
        return Ok(Vec::new());
    }
    let still: Vec<LineId> = inventory::pins_in(db.read(), item, Period::ALL)?
        .into_iter()
        .map(|(line, _)| line)
        .collect();
    let mut lines = table::lines_pinned_to(db.read(), found.type_id, item)?;
    lines.retain(|line| !still.contains(line));
    for line in &lines {
        table::unpin(db, *line)?;
    }
    Ok(lines)
}

/// What was in the way of a type's items is gone: lines that name one of them have it again.
pub fn guard_again(db: &mut Write<'_>, type_id: TypeId) -> Fallible<()> {
    claims::guard_again(db, type_id)
}

/// Reservations that were promised something of a type, and still wait for it.
pub fn promised(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<ReservationId>> {
    table::promised(db, type_id)
}

/// Reservations of a state that begin in a window, soonest first.
pub fn starting_in(
    db: Read<'_>,
    state: ReservationState,
    window: Period,
) -> Fallible<Vec<Reservation>> {
    table::starting_in(db, state, window)
}

/// Holds that lapse before a moment, soonest first.
pub fn holds_lapsing_by(db: Read<'_>, moment: Moment) -> Fallible<Vec<Reservation>> {
    table::lapsed_holds(db, moment, 1000)
}

/// How many of a line went out, and how many of those are out; an undone hand-over counts for
/// nothing.
pub fn handed(db: Read<'_>, line: LineId) -> Fallible<(i64, i64)> {
    table::handed(db, line)
}

/// The number of a line as everybody counts them: its place among all lines of its reservation,
/// those of a kit and those that were dropped included, so that it keeps it whatever becomes of the
/// others.
pub fn line_number(lines: &[Line], id: LineId) -> Option<usize> {
    lines
        .iter()
        .position(|line| line.id == id)
        .map(|place| place + 1)
}

/// A line by its key.
pub fn line(db: Read<'_>, id: LineId) -> Fallible<Option<Line>> {
    table::line(db, id)
}

pub const SHORTAGE_TABLES: &[&str] = &["shortage"];

use crate::events::OfRental;
use crate::inventory::{self, Condition, Lifecycle};
use crate::kernel::{
    CustomerId, Failure, Fallible, ItemId, LineId, Moment, Period, RentalId, ReservationId,
    ReservationNumber, Settings, Text, TypeId,
};
use crate::pricing;
use crate::store::{Invariant, Read, Write};
use std::collections::BTreeMap;

type Outcome<T> = Result<T, Failure<BookingRefusal>>;

pub fn reservation(db: Read<'_>, id: ReservationId) -> Outcome<Reservation> {
    table::reservation(db, id)?
        .ok_or_else(|| BookingRefusal::Unknown(Text::new(&id.0.to_string())).into())
}

pub fn by_number(db: Read<'_>, number: ReservationNumber) -> Fallible<Option<Reservation>> {
    table::by_number(db, number)
}

/// The reservation of a number (`R-1042`, `1042`) or of another program's reference.
pub fn resolve(db: Read<'_>, typed: &str) -> Outcome<Reservation> {
    let text = Text::new(typed);
    let digits = (!text.is_empty() && text.as_str().bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.as_str().parse().ok())
        .flatten()
        .map(ReservationNumber);
    if let Some(number) = ReservationNumber::parse(text.as_str()).or(digits)
        && let Some(found) = table::by_number(db, number)?
    {
        return Ok(found);
    }
    table::by_reference(db, &text)?.ok_or_else(|| BookingRefusal::Unknown(text).into())
}

pub fn lines(db: Read<'_>, id: ReservationId) -> Fallible<Vec<Line>> {
    table::lines(db, id)
}

pub fn rental(db: Read<'_>, id: RentalId) -> Fallible<Option<Rental>> {
    table::rental(db, id)
}

/// Of these rentals those that went in another type's place, each with the name of what its line
/// asked for.
pub fn in_place_of(
    db: Read<'_>,
    rentals: impl IntoIterator<Item = RentalId>,
) -> Fallible<BTreeMap<RentalId, Text>> {
    table::in_place_of(
        db,
        &serde_json::to_string(&rentals.into_iter().collect::<Vec<_>>())?,
    )
}

pub fn rentals_of(db: Read<'_>, id: ReservationId) -> Fallible<Vec<Rental>> {
    table::rentals_of(db, id)
}

pub fn open_rental(db: Read<'_>, item: ItemId) -> Fallible<Option<Rental>> {
    table::open_rental(db, item)
}

/// The rental under which an item was lost, unless it has been with somebody else since.
pub fn lost_rental(db: Read<'_>, item: ItemId) -> Fallible<Option<Rental>> {
    Ok(table::last_out(db, item)?.filter(|last| last.state == RentalState::Lost))
}

/// Open rentals of counted stock, oldest first.
pub fn open_bulk_rentals(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Rental>> {
    table::open_bulk_rentals(db, type_id)
}

/// Everything of a type that is out, what is due first on top.
pub fn open_rentals_of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Rental>> {
    table::open_rentals_of_type(db, type_id)
}

pub fn out_to(db: Read<'_>, customer: CustomerId) -> Fallible<Vec<Rental>> {
    table::out_to(db, customer)
}

/// What a customer brought back, newest first.
pub fn past_of(db: Read<'_>, customer: CustomerId, limit: i64) -> Fallible<Vec<Rental>> {
    table::past_of(db, customer, limit)
}

/// Everything out that is due in the window, by due time.
pub fn due_in(db: Read<'_>, window: Period) -> Fallible<Vec<Rental>> {
    table::due_in(db, window)
}

/// Everything out whose due time is past.
pub fn overdue(db: Read<'_>, now: Moment) -> Fallible<Vec<Rental>> {
    table::overdue(db, now)
}

pub fn count_out(db: Read<'_>) -> Fallible<i64> {
    table::count_out(db)
}

/// Everything that was out at that moment.
pub fn out_at(db: Read<'_>, moment: Moment) -> Fallible<Vec<Rental>> {
    table::out_at(db, moment)
}

/// Everything that was out at some time of the window.
pub fn out_during(db: Read<'_>, window: Period) -> Fallible<Vec<Rental>> {
    table::out_during(db, window)
}

/// The rental under which an item left last, whatever became of it; none that was undone.
pub fn last_out(db: Read<'_>, item: ItemId) -> Fallible<Option<Rental>> {
    table::last_out(db, item)
}

pub fn last_return(db: Read<'_>, item: ItemId) -> Fallible<Option<Rental>> {
    table::last_return(db, item)
}

/// How often an item was out, and for how many minutes in all.
pub fn life_of(db: Read<'_>, item: ItemId, now: Moment) -> Fallible<(i64, i64)> {
    table::life_of(db, item, now)
}

pub fn reservations_of(
    db: Read<'_>,
    customer: CustomerId,
    limit: i64,
) -> Fallible<Vec<Reservation>> {
    table::reservations_of(db, customer, limit)
}

pub fn list(
    db: Read<'_>,
    state: Option<ReservationState>,
    limit: i64,
) -> Fallible<Vec<Reservation>> {
    table::list(db, state, limit)
}

pub fn count_of_customer(
    db: Read<'_>,
    settings: &Settings,
    customer: CustomerId,
) -> Fallible<(i64, i64)> {
    let (rentals, past_due) = table::count_of_customer(db, customer)?;
    let late = past_due
        .iter()
        .filter(|(due, back)| pricing::late(settings, *due, *back).is_some())
        .count();
    Ok((rentals, i64::try_from(late).unwrap_or(i64::MAX)))
}

/// What people call a reservation.
pub fn number_of(db: Read<'_>, id: ReservationId) -> Fallible<ReservationNumber> {
    table::number_of(db, id)
}

/// A rental with whose it is, as events name it.
pub fn of_rental(db: Read<'_>, rental: &Rental) -> Fallible<OfRental> {
    Ok(rental.named(table::number_of(db, rental.reservation)?))
}

/// The numbers of many, in one question.
pub fn numbers_of(
    db: Read<'_>,
    ids: &[ReservationId],
) -> Fallible<BTreeMap<ReservationId, ReservationNumber>> {
    table::numbers_of(db, &serde_json::to_string(ids)?)
}

/// Every rental in the order it was handed over: for exports.
pub fn all_rentals(db: Read<'_>) -> Fallible<Vec<Rental>> {
    table::all_rentals(db)
}

/// Customers with gear out, those whose gear is due first on top.
pub fn customers_with_gear(db: Read<'_>, limit: i64) -> Fallible<Vec<(CustomerId, i64, Moment)>> {
    table::customers_with_gear(db, limit)
}

pub const INVARIANTS: &[Invariant] = table::INVARIANTS;
