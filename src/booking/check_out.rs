//! Handing over: an agreement, made in one transaction at the finish.

use super::model::{BookingRefusal, Instead, LineState, ReservationState};
use super::{Outcome, table};
use crate::catalog;
use crate::customers;
use crate::events::{Event, LineFact};
use crate::inventory::{self, BulkStock, Condition, Item, Lifecycle, Stock};
use crate::kernel::{CustomerId, Failure, Fallible, ItemId, Moment, Period, ReservationId, ReservationNumber, Settings, Text, TypeId};
use crate::store::{Read, Write};
use std::collections::BTreeMap;

/// What is handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Thing {
    Item(ItemId),
    Bulk(TypeId, i64),
}

/// Who takes it, under what.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recipient {
    /// A reservation that becomes active at once.
    WalkIn(CustomerId),
    Reservation(ReservationId),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckOut {
    pub to: Recipient,
    pub things: Vec<Thing>,
    /// None: each type's fixed rental period, else the shop's usual length.
    pub due: Option<Moment>,
    /// A hand-over that nobody recorded at the time; None: now.
    pub at: Option<Moment>,
    pub note: Option<Text>,
}

/// A stay longer than this is a typing mistake, or wants to be extended on the way.
const STAY_DAYS_MAX: i64 = 400;

/// Hands everything over, or nothing.
pub fn check_out(db: &mut Write<'_>, settings: &Settings, command: &CheckOut) -> Outcome<ReservationId> {
    if command.things.is_empty() {
        return Err(BookingRefusal::NothingInHand.into());
    }
    let now = db.now();
    let asked = command.at.unwrap_or(now);
    let show = |moment: Moment| settings.zone.show(moment, now);
    if asked > now.plus_minutes(5) {
        return Err(BookingRefusal::InFuture { time: show(asked) }.into());
    }
    let (reservation, number, customer, is_new) = recipient(db, command.to)?;
    let handed = stock_of(db.read(), settings, &command.things, asked)?;
    let at = after_last_returns(db.read(), settings, &handed, command.at, now)?;
    let lines = lines_for(db.read(), settings, &handed, command.due, at)?;
    let end = lines.iter().map(|line| line.due).max().unwrap_or(at);
    for line in &lines {
        if line.due <= at {
            return Err(BookingRefusal::DueBeforeOut { due: show(line.due), out: show(at) }.into());
        }
        if line.due.0 - at.0 > STAY_DAYS_MAX * 86_400 || !line.due.in_range() {
            return Err(BookingRefusal::DueTooFar { due: show(line.due) }.into());
        }
    }
    let reservation = match reservation {
        Some(id) => {
            table::lengthen(db, id, end)?;
            id
        }
        None => table::insert_reservation(
            db,
            &table::NewReservation { number, customer, state: ReservationState::Active, start: at, end, note: command.note.as_ref(), reference: None },
        )?,
    };
    let mut facts = Vec::new();
    let mut line_ids = Vec::new();
    for line in &lines {
        let id = table::insert_line(
            db,
            &table::NewLine {
                reservation,
                type_id: line.type_id,
                type_name: &line.type_name,
                quantity: line.quantity,
                start: at,
                end: line.due,
                turnaround_minutes: line.turnaround_minutes,
                state: LineState::Out,
            },
        )?;
        line_ids.push(id);
        facts.push(LineFact {
            line_id: id,
            type_id: line.type_id,
            quantity: line.quantity,
            start: at,
            end: line.due,
            turnaround_minutes: line.turnaround_minutes,
            parent_line_id: None,
            pinned_item_id: None,
        });
    }
    if is_new {
        db.publish(&Event::ReservationCreated {
            reservation_id: reservation,
            number,
            customer_id: Some(customer),
            state: ReservationState::Confirmed.word().to_owned(),
            hold_lapses_at: None,
            lines: facts,
        })?;
        db.publish(&Event::ReservationConfirmed { reservation_id: reservation, number, customer_id: customer, confirmed_at: at })?;
    }
    for (line, line_id) in lines.iter().zip(line_ids) {
        for thing in &line.things {
            hand_over(db, settings, &Handing { reservation, number, customer, line: line_id, at, due: line.due, turnaround_minutes: line.turnaround_minutes }, thing)?;
        }
    }
    if is_new {
        db.publish(&Event::ReservationActivated { reservation_id: reservation, number, customer_id: customer, first_out_at: at })?;
    }
    Ok(reservation)
}

/// The reservation to add to, if there is one already, its number, its customer, and whether it is new.
fn recipient(db: &mut Write<'_>, to: Recipient) -> Outcome<(Option<ReservationId>, ReservationNumber, CustomerId, bool)> {
    match to {
        Recipient::WalkIn(customer) => {
            customers::may_rent(db.read(), customer).map_err(|failure| failure.map(BookingRefusal::Customer))?;
            Ok((None, ReservationNumber(db.next_number("reservation", 1001)?), customer, true))
        }
        Recipient::Reservation(id) => {
            let found = super::reservation(db.read(), id)?;
            let not_active = || BookingRefusal::NotActive { number: found.number, state: found.state.word() };
            if found.state != ReservationState::Active {
                return Err(not_active().into());
            }
            let customer = found.customer.ok_or_else(not_active)?;
            customers::may_rent(db.read(), customer).map_err(|failure| failure.map(BookingRefusal::Customer))?;
            Ok((Some(id), found.number, customer, false))
        }
    }
}

/// Everything that is handed over, looked up and allowed to leave.
fn stock_of(db: Read<'_>, settings: &Settings, things: &[Thing], now: Moment) -> Outcome<Vec<(Stock, i64)>> {
    let mut handed: Vec<(Stock, i64)> = Vec::new();
    for thing in things {
        let (stock, quantity) = match *thing {
            Thing::Item(id) => (Stock::Item(inventory::known(db, id).map_err(|failure| failure.map(BookingRefusal::Stock))?), 1),
            Thing::Bulk(type_id, quantity) => {
                let bulk = inventory::bulk_of_type(db, type_id)?.ok_or_else(|| Failure::Refused(BookingRefusal::NothingInHand))?;
                (Stock::Bulk(bulk), quantity)
            }
        };
        match handed.iter_mut().find(|(known, _)| same(known, &stock)) {
            Some((Stock::Item(item), _)) => return Err(BookingRefusal::Twice(item.tag.clone()).into()),
            Some((_, count)) => *count += quantity,
            None => handed.push((stock, quantity)),
        }
    }
    for (stock, quantity) in &handed {
        may_leave(db, settings, stock, *quantity, now)?;
    }
    Ok(handed)
}

/// How far a return may lie ahead of the clock that was set right since (ten minutes) or was typed so (five).
const SET_RIGHT_MINUTES_MAX: i64 = 15;

/// When the gear leaves: as given, else now. Nothing can have been with two customers at one time, so a time before a return is
/// refused; only a clock that was set right by some minutes moves the hand-over to that return.
fn after_last_returns(db: Read<'_>, settings: &Settings, handed: &[(Stock, i64)], given: Option<Moment>, now: Moment) -> Outcome<Moment> {
    let asked = given.unwrap_or(now);
    let mut at = asked;
    let mut in_the_way = None;
    for (stock, _) in handed {
        let Stock::Item(item) = stock else { continue };
        let Some(other) = table::held_after(db, item.id, asked)? else { continue };
        let back = other.in_at.filter(|back| given.is_none() && *back <= now.plus_minutes(SET_RIGHT_MINUTES_MAX));
        match back {
            Some(back) => at = at.max(back),
            None => in_the_way = in_the_way.or(Some((item.tag.clone(), other))),
        }
    }
    let Some((tag, other)) = in_the_way else { return Ok(at) };
    let customer = customers::known(db, other.customer).map_err(|failure| failure.map(BookingRefusal::Customer))?.profile.name;
    let until = other.in_at.map_or_else(|| "it was lost".to_owned(), |back| settings.zone.wall(back));
    Err(BookingRefusal::OutThen { tag, customer, from: settings.zone.wall(other.out_at), until }.into())
}

fn same(one: &Stock, other: &Stock) -> bool {
    match (one, other) {
        (Stock::Item(one), Stock::Item(other)) => one.id == other.id,
        (Stock::Bulk(one), Stock::Bulk(other)) => one.type_id == other.type_id,
        _ => false,
    }
}

/// Whether a thing could leave right now; if not, why, and what could go in its place.
pub fn may_leave(db: Read<'_>, settings: &Settings, stock: &Stock, quantity: i64, now: Moment) -> Outcome<()> {
    let type_id = stock.type_id();
    let found = catalog::type_details(db, type_id).map_err(|failure| failure.map(BookingRefusal::Catalogue))?;
    if found.withdrawn {
        return Err(BookingRefusal::Withdrawn { type_name: found.details.name }.into());
    }
    match stock {
        Stock::Item(item) => item_may_leave(db, settings, item, found.details.name, now),
        Stock::Bulk(bulk) => bulk_may_leave(bulk, found.details.name, quantity),
    }
}

fn item_may_leave(db: Read<'_>, settings: &Settings, item: &Item, type_name: Text, now: Moment) -> Outcome<()> {
    if item.can_leave() {
        return Ok(());
    }
    let tag = item.tag.clone();
    let instead = inventory::free_sibling(db, item.type_id, &[item.id])?.map(|other| Instead { tag: other.tag, location: other.location });
    if item.lifecycle != Lifecycle::InService {
        let state = if item.lifecycle == Lifecycle::Lost { "lost" } else { "retired" };
        return Err(BookingRefusal::Gone { tag, type_name, state, instead }.into());
    }
    if let Some(rental) = table::open_rental(db, item.id)? {
        let customer = customers::known(db, rental.customer).map_err(|failure| failure.map(BookingRefusal::Customer))?.profile.name;
        let number = super::reservation(db, rental.reservation)?.number;
        return Err(BookingRefusal::StillOut { tag, type_name, customer, number, due: settings.zone.show_near(rental.due_at, now), instead }.into());
    }
    let job = inventory::open_job(db, item.id)?;
    let since = job.as_ref().map_or_else(|| "now".to_owned(), |job| settings.zone.show_near(job.opened_at, now));
    let trouble = job.and_then(|job| job.trouble).unwrap_or_else(|| Text::new(item.condition.shown()));
    Err(BookingRefusal::OnBench { tag, type_name, since, trouble, instead }.into())
}

fn bulk_may_leave(bulk: &BulkStock, type_name: Text, wanted: i64) -> Outcome<()> {
    let left = bulk.quantity - bulk.out;
    if wanted < 1 {
        return Err(BookingRefusal::Stock(inventory::InventoryRefusal::Quantity(wanted)).into());
    }
    if wanted > left {
        return Err(BookingRefusal::TooFew { tag: bulk.tag.clone(), type_name, left, total: bulk.quantity, wanted }.into());
    }
    Ok(())
}

struct NewLine {
    type_id: TypeId,
    type_name: Text,
    quantity: i64,
    due: Moment,
    turnaround_minutes: i64,
    things: Vec<(Stock, i64)>,
}

fn lines_for(db: Read<'_>, settings: &Settings, handed: &[(Stock, i64)], due: Option<Moment>, at: Moment) -> Outcome<Vec<NewLine>> {
    let mut lines: BTreeMap<TypeId, NewLine> = BTreeMap::new();
    for (stock, quantity) in handed {
        let type_id = stock.type_id();
        if let std::collections::btree_map::Entry::Vacant(slot) = lines.entry(type_id) {
            let details = catalog::type_details(db, type_id).map_err(|failure| failure.map(BookingRefusal::Catalogue))?.details;
            let due = due_of(settings, details.fixed_hours, due, at);
            slot.insert(NewLine { type_id, type_name: details.name, quantity: 0, due, turnaround_minutes: details.turnaround_minutes, things: Vec::new() });
        }
        if let Some(line) = lines.get_mut(&type_id) {
            line.quantity += quantity;
            line.things.push((stock.clone(), *quantity));
        }
    }
    Ok(lines.into_values().collect())
}

/// When a thing handed over now is due: as asked, else after the type's fixed period, else after the shop's usual length. A length in
/// whole days keeps the wall-clock time over a clock change.
pub fn due_of(settings: &Settings, fixed_hours: Option<i64>, asked: Option<Moment>, at: Moment) -> Moment {
    if let Some(due) = asked {
        return due;
    }
    let minutes = fixed_hours.map_or(settings.due_after_minutes, |hours| hours * 60);
    // Screens show minutes: nobody is late by seconds that nobody saw.
    if minutes % (24 * 60) == 0 {
        let wall = settings.zone.local(at) + chrono::Duration::minutes(minutes);
        settings.zone.moment_or_later(wall).ceil_minute()
    } else {
        at.plus_minutes(minutes).ceil_minute()
    }
}

struct Handing {
    reservation: ReservationId,
    number: ReservationNumber,
    customer: CustomerId,
    line: crate::kernel::LineId,
    at: Moment,
    due: Moment,
    turnaround_minutes: i64,
}

fn hand_over(db: &mut Write<'_>, settings: &Settings, handing: &Handing, (stock, quantity): &(Stock, i64)) -> Fallible<()> {
    let type_id = stock.type_id();
    let (item, condition): (Option<ItemId>, Option<Condition>) = match stock {
        Stock::Item(item) => (Some(item.id), Some(item.condition)),
        Stock::Bulk(_) => (None, None),
    };
    let free_at = handing.due.plus_minutes(handing.turnaround_minutes);
    let staff_out = db.staff();
    let rental = table::insert_rental(
        db,
        &table::NewRental {
            line: handing.line,
            reservation: handing.reservation,
            customer: handing.customer,
            type_id,
            item,
            quantity: *quantity,
            out_at: handing.at,
            due_at: handing.due,
            due_wall: &settings.zone.wall(handing.due),
            free_at,
            condition_out: condition,
            staff_out,
            reference: None,
        },
    )?;
    let window = Period { start: handing.at, end: free_at };
    match item {
        Some(item) => inventory::claim_out(db, item, rental, window)?,
        None => inventory::claim_bulk(db, type_id, rental, *quantity, window)?,
    }
    let event = table::written(db.read(), rental)?.went_out(stock.tag().clone(), handing.number);
    db.publish(&event)?;
    Ok(())
}
