//! Handing over: an agreement, made in one transaction at the finish.

use super::harm;
use super::model::{LineState, Reservation, ReservationState};
use super::placing::{Placed, place};
use super::prices::{self, Bargain};
use super::refusal::{BookingRefusal, Instead};
use super::reserve::{agreed, price_new, tell_change};
use super::{Outcome, claims, table};
use crate::catalog;
use crate::customers;
use crate::events::Event;
use crate::inventory::{self, BlockKind, BulkStock, Condition, Item, Lifecycle, Stock};
use crate::kernel::{
    AssetTag, CustomerId, Failure, Fallible, ItemId, LineId, Moment, Period, ReservationId,
    ReservationNumber, Settings, Text, TypeId,
};
use crate::pricing;
use crate::store::{Read, Write};
use std::collections::BTreeMap;

/// What is handed over.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Thing {
    Item(ItemId),
    Bulk(TypeId, i64),
}

/// Who takes it, under what.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Recipient {
    /// A reservation that becomes active at once.
    WalkIn(CustomerId),
    Reservation(ReservationId),
}

#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct CheckOut {
    pub to: Recipient,
    pub things: Vec<Thing>,
    /// None: as the reservation says; without one each type's fixed rental period, else the shop's
    /// usual length.
    pub due: Option<Moment>,
    /// A hand-over that nobody recorded at the time; None: now.
    pub at: Option<Moment>,
    pub note: Option<Text>,
    /// Things that go in the place of a line that asked for another type.
    pub swaps: Vec<(ItemId, LineId)>,
    /// What is on no line of the reservation joins it as an extra.
    pub extras: bool,
    /// Somebody was told that it is promised to others, and takes it all the same.
    pub take_anyway: bool,
    /// A hold is confirmed first, in the same stroke.
    pub confirm: bool,
    /// Why it may leave before its day.
    pub early_reason: Option<Text>,
    /// What leaves although it is set aside, or lies in a case: somebody was told, and takes it all
    /// the same.
    pub aside: Vec<ItemId>,
    /// The same of counts, by their types.
    pub aside_counts: Vec<TypeId>,
    /// The customer's loyalty tier, for a price that is agreed by it.
    pub tier: Option<Text>,
}

impl CheckOut {
    pub fn plain(to: Recipient, things: Vec<Thing>) -> Self {
        CheckOut {
            to,
            things,
            due: None,
            at: None,
            note: None,
            swaps: Vec::new(),
            extras: false,
            take_anyway: false,
            confirm: false,
            early_reason: None,
            aside: Vec::new(),
            aside_counts: Vec::new(),
            tier: None,
        }
    }

    /// What it says of the price of what is agreed by it.
    pub(super) fn says(&self) -> Bargain {
        Bargain {
            tier: Some(self.tier.clone()),
            ..Bargain::default()
        }
    }
}

/// Hands everything over, or nothing.
pub fn check_out(
    db: &mut Write<'_>,
    settings: &Settings,
    command: &CheckOut,
) -> Outcome<ReservationId> {
    if command.things.is_empty() {
        return Err(BookingRefusal::NothingInHand.into());
    }
    let now = db.now();
    let asked = command.at.unwrap_or(now);
    if asked > now.plus_minutes(5) {
        return Err(BookingRefusal::InFuture {
            time: settings.zone.show(asked, now),
        }
        .into());
    }
    let recipient = recipient(db, settings, command, asked)?;
    let handed = stock_of(db.read(), settings, &command.things, asked)?;
    let at = after_last_returns(db.read(), settings, &handed, command.at, now)?;
    let on = match &recipient {
        Known::Reservation(found, _) => Some(found),
        Known::WalkIn(_) => None,
    };
    let placed = place(db.read(), on, &command.swaps, command.extras, &handed)?;
    let was = harm::before(
        db.read(),
        settings,
        handed.iter().map(|(stock, _)| stock.type_id()),
        now,
    )?;
    let (reservation, number, customer) = match &recipient {
        Known::Reservation(found, customer) => (found.id, found.number, *customer),
        Known::WalkIn(customer) => {
            let due = dues(db.read(), settings, command, &placed, None, at)?
                .into_iter()
                .max()
                .unwrap_or(at);
            check_due(settings, at, at, due, now)?;
            let number = ReservationNumber(db.next_number("reservation", 1001)?);
            let new = table::NewReservation {
                number,
                customer: Some(*customer),
                state: ReservationState::Active,
                start: at,
                end: due,
                hold_lapses_at: None,
                note: command.note.as_ref(),
                reference: None,
            };
            (table::insert_reservation(db, &new)?, number, *customer)
        }
    };
    let found = match &recipient {
        Known::Reservation(found, _) => Some(found),
        Known::WalkIn(_) => None,
    };
    // What goes out without a price is agreed at the counter; what was agreed is for longer, or for
    // more, by what goes out now.
    let before = match found {
        Some(found)
            if found.total.is_some()
                || (found.state != ReservationState::Active && pricing::has_rates(db.read())?) =>
        {
            Some(agreed(db.read(), found)?)
        }
        _ => None,
    };
    let parts = lines_for(db, settings, command, placed, found, reservation, at)?;
    if found.is_none() {
        price_new(db, settings, reservation, &command.says())?;
        let lines = super::reserve::facts(db.read(), reservation)?;
        let state = ReservationState::Confirmed.word().to_owned();
        db.publish(&Event::ReservationCreated {
            reservation_id: reservation,
            number,
            customer_id: Some(customer),
            state,
            hold_lapses_at: None,
            lines: lines.clone(),
        })?;
        db.publish(&Event::ReservationConfirmed {
            reservation_id: reservation,
            number,
            customer_id: customer,
            confirmed_at: at,
            lines,
        })?;
    }
    let first = found.is_none_or(|found| found.state != ReservationState::Active);
    if found.is_some() && first {
        table::set_state(db, reservation, ReservationState::Active)?;
    }
    for part in &parts {
        let (stock, mut quantity) = (&part.thing.0, part.thing.1);
        if matches!(stock, Stock::Bulk(_)) {
            // On however many lines it leaves: one question about all of it.
            quantity = handed
                .iter()
                .filter(|(other, _)| same(other, stock))
                .map(|(_, all)| *all)
                .sum();
        }
        let told = match stock {
            Stock::Item(item) => command.aside.contains(&item.id),
            Stock::Bulk(bulk) => command.aside_counts.contains(&bulk.type_id),
        };
        if !told {
            may_go_alone(
                db.read(),
                settings,
                stock,
                quantity,
                Period {
                    start: at,
                    end: part.due,
                },
                now,
            )?;
        }
        let handing = Handing {
            reservation,
            number,
            customer,
            line: part.line,
            at,
            due: part.due,
            turnaround_minutes: part.turnaround_minutes,
            take_anyway: command.take_anyway,
        };
        hand_over(db, settings, &handing, &part.thing)?;
    }
    for (stock, _) in &handed {
        take_out_of_case(db, stock, &handed)?;
    }
    claims::settle(db, reservation)?;
    let lines = table::lines(db.read(), reservation)?;
    claims::guard_again_of(db, &lines)?;
    if let Some(end) = parts.iter().map(|part| part.due).max() {
        table::lengthen(db, reservation, end)?;
    }
    if first {
        db.publish(&Event::ReservationActivated {
            reservation_id: reservation,
            number,
            customer_id: customer,
            first_out_at: at,
            also_undone: Vec::new(),
        })?;
    }
    if let (Some(before), Some(found)) = (before, found) {
        prices::price(
            db,
            settings,
            found,
            &if found.total.is_none() {
                command.says()
            } else {
                Bargain::default()
            },
        )?;
        let after = super::reservation(db.read(), reservation)?;
        if after.total != before.total {
            tell_change(db, before, &after, "handed over", &[])?;
        }
    }
    refuse_promised(
        db,
        settings,
        &was,
        reservation,
        &handed,
        command.take_anyway,
    )?;
    Ok(reservation)
}

/// What leaves without the case it lay in lies there no longer.
fn take_out_of_case(db: &mut Write<'_>, stock: &Stock, handed: &[(Stock, i64)]) -> Outcome<()> {
    let Stock::Item(item) = stock else {
        return Ok(());
    };
    match inventory::case_of(db.read(), item.id)? {
        Some((case, true))
            if !handed
                .iter()
                .any(|(other, _)| matches!(other, Stock::Item(other) if other.id == case)) =>
        {
            inventory::unpack(db, item.id).map_err(|failure| failure.map(BookingRefusal::Stock))
        }
        _ => Ok(()),
    }
}

/// Who takes it, looked up and allowed to.
enum Known {
    WalkIn(CustomerId),
    Reservation(Reservation, CustomerId),
}

fn recipient(
    db: &mut Write<'_>,
    settings: &Settings,
    command: &CheckOut,
    at: Moment,
) -> Outcome<Known> {
    let may_rent =
        |db: &Write<'_>, customer| super::reserve::may_have_more(db.read(), Some(customer));
    let id = match command.to {
        Recipient::WalkIn(customer) => {
            may_rent(db, customer)?;
            return Ok(Known::WalkIn(customer));
        }
        Recipient::Reservation(id) => id,
    };
    let mut found = super::reservation(db.read(), id)?;
    if found.state == ReservationState::Hold && command.confirm {
        super::reserve::confirm(db, settings, id, command.take_anyway)?;
        found = super::reservation(db.read(), id)?;
    }
    if !matches!(
        found.state,
        ReservationState::Confirmed | ReservationState::Active
    ) {
        return Err(super::reserve::not_now(&found, "handed over").into());
    }
    let customer = found.customer.ok_or(BookingRefusal::CustomerMissing)?;
    may_rent(db, customer)?;
    let from = settings.early_out_from(found.start);
    if at < from && found.state == ReservationState::Confirmed && command.early_reason.is_none() {
        let show = |moment: Moment| settings.zone.show(moment, at);
        return Err(BookingRefusal::TooEarly {
            number: found.number,
            start: show(found.start),
            from: show(from),
        }
        .into());
    }
    if let Some(reason) = command.early_reason.as_ref().or(command.note.as_ref()) {
        let note = found.note.as_ref().map_or_else(
            || reason.clone(),
            |old| Text::new(&format!("{old} · {reason}")),
        );
        found.note = Some(note);
        table::set_agreement(db, &found)?;
    }
    Ok(Known::Reservation(found, customer))
}

/// When each placed thing is due.
pub(super) fn dues(
    db: Read<'_>,
    settings: &Settings,
    command: &CheckOut,
    placed: &[Placed],
    found: Option<&Reservation>,
    at: Moment,
) -> Outcome<Vec<Moment>> {
    placed
        .iter()
        .map(|part| {
            if let Some(due) = command.due {
                return Ok(due);
            }
            if let Some(end) = part
                .line
                .as_ref()
                .map(|line| line.end)
                .or(found.map(|found| found.end))
                .filter(|end| *end > at)
            {
                return Ok(end);
            }
            let details = catalog::type_details(db, part.thing.0.type_id())
                .map_err(|failure| failure.map(BookingRefusal::Catalogue))?
                .details;
            Ok(due_of(settings, details.fixed_hours, None, at))
        })
        .collect()
}

/// Due after it leaves, and no longer than a stay may last, which counts from a moment of its own.
fn check_due(
    settings: &Settings,
    at: Moment,
    counted_from: Moment,
    due: Moment,
    now: Moment,
) -> Outcome<()> {
    let show = |moment: Moment| settings.zone.show(moment, now);
    if due <= at {
        return Err(BookingRefusal::DueBeforeOut {
            due: show(due),
            out: show(at),
        }
        .into());
    }
    if due.0 - counted_from.0 > super::reserve::STAY_DAYS_MAX * 86_400 || !due.in_range() {
        return Err(BookingRefusal::DueTooFar { due: show(due) }.into());
    }
    Ok(())
}

/// A thing that leaves, on its line.
struct Part {
    line: LineId,
    thing: (Stock, i64),
    due: Moment,
    turnaround_minutes: i64,
}

/// The lines that things go out on; those without one get one per type and due time.
fn lines_for(
    db: &mut Write<'_>,
    settings: &Settings,
    command: &CheckOut,
    placed: Vec<Placed>,
    found: Option<&Reservation>,
    reservation: ReservationId,
    at: Moment,
) -> Outcome<Vec<Part>> {
    let dues = dues(db.read(), settings, command, &placed, found, at)?;
    let mut extra: BTreeMap<(TypeId, Moment), (LineId, i64)> = BTreeMap::new();
    let mut sums: BTreeMap<(TypeId, Moment), i64> = BTreeMap::new();
    for (part, due) in placed
        .iter()
        .zip(&dues)
        .filter(|(part, _)| part.line.is_none())
    {
        *sums.entry((part.thing.0.type_id(), *due)).or_default() += part.thing.1;
    }
    let now = db.now();
    for ((type_id, due), quantity) in sums {
        check_due(settings, at, at, due, now)?;
        let details = catalog::type_details(db.read(), type_id)
            .map_err(|failure| failure.map(BookingRefusal::Catalogue))?
            .details;
        let new = table::NewLine {
            reservation,
            type_id,
            type_name: &details.name,
            quantity,
            start: at,
            end: due,
            turnaround_minutes: details.turnaround_minutes,
            state: LineState::Out,
            parent: None,
            is_kit: false,
            pin: None,
            rank: 0,
            claimed: 0,
        };
        extra.insert(
            (type_id, due),
            (table::insert_line(db, &new)?, details.turnaround_minutes),
        );
    }
    let mut parts = Vec::new();
    for (part, due) in placed.into_iter().zip(dues) {
        // What was agreed may be handed over early: its length counts from the agreed start.
        check_due(
            settings,
            at,
            part.line.as_ref().map_or(at, |line| line.start.max(at)),
            due,
            now,
        )?;
        let type_id = part.thing.0.type_id();
        let (line, turnaround_minutes) = match &part.line {
            // What goes in another's place needs the turnaround of its own type.
            Some(line) if line.type_id == type_id => (line.id, line.turnaround_minutes),
            Some(line) => (line.id, catalog::turnaround_of(db.read(), type_id)?),
            None => extra
                .get(&(type_id, due))
                .copied()
                .ok_or_else(|| anyhow::anyhow!("no line for type {}", type_id.0))?,
        };
        parts.push(Part {
            line,
            thing: part.thing,
            due,
            turnaround_minutes,
        });
    }
    parts.sort_by_key(|part| part.line);
    Ok(parts)
}

/// Refuses what others were promised: the item itself, or, the last of its type.
fn refuse_promised(
    db: &mut Write<'_>,
    settings: &Settings,
    was: &harm::Before,
    own: ReservationId,
    handed: &[(Stock, i64)],
    take_anyway: bool,
) -> Outcome<()> {
    let now = db.now();
    if take_anyway && settings.value("short") != "forbid" || settings.value("short") == "warn" {
        return Ok(());
    }
    let harm = was.harm(db.read(), settings, Some(own), now)?;
    let Some(first) = harm.first() else {
        return Ok(());
    };
    let Some((stock, _)) = handed
        .iter()
        .find(|(stock, _)| stock.type_id() == first.type_id)
    else {
        return Ok(());
    };
    let who = harm::in_words(db.read(), settings, first, now)?;
    let type_name = catalog::names(db.read(), [first.type_id])?
        .remove(&first.type_id)
        .unwrap_or_default();
    Err(BookingRefusal::PromisedTo {
        tag: stock.tag().clone(),
        type_name,
        who,
        instead: None,
    }
    .into())
}

/// Refuses to take an item that is named on somebody else's line in the window.
pub(super) fn refuse_pinned(
    db: &mut Write<'_>,
    settings: &Settings,
    item: ItemId,
    window: Period,
    own: Option<ReservationId>,
    take_anyway: bool,
) -> Outcome<()> {
    if take_anyway && settings.value("short") != "forbid" {
        return Ok(());
    }
    let now = db.now();
    match pinned_to_others(db.read(), settings, item, window, own, now)? {
        Some(refusal) => Err(refusal.into()),
        None => Ok(()),
    }
}

/// Whose line names the item in the window, if it is somebody else's.
pub(super) fn pinned_to_others(
    db: Read<'_>,
    settings: &Settings,
    item: ItemId,
    window: Period,
    own: Option<ReservationId>,
    now: Moment,
) -> Outcome<Option<BookingRefusal>> {
    for (line, _) in inventory::pins_in(db, item, window)? {
        let Some(line) = table::line(db, line)?.filter(|line| Some(line.reservation) != own) else {
            continue;
        };
        let holder = super::reservation(db, line.reservation)?;
        let name = match holder.customer {
            Some(customer) => customers::names(db, [customer])?
                .remove(&customer)
                .unwrap_or_default(),
            None => Text::default(),
        };
        let item =
            inventory::known(db, item).map_err(|failure| failure.map(BookingRefusal::Stock))?;
        let instead = alone_instead(db, &item, window)?;
        let who = format!(
            "{} {} {name}",
            holder.number,
            settings.zone.show_near(line.start, now)
        );
        return Ok(Some(BookingRefusal::PromisedTo {
            tag: item.tag,
            type_name: line.type_name,
            who,
            instead,
        }));
    }
    Ok(None)
}

/// Everything that is handed over, looked up and allowed to leave.
fn stock_of(
    db: Read<'_>,
    settings: &Settings,
    things: &[Thing],
    now: Moment,
) -> Outcome<Vec<(Stock, i64)>> {
    let mut handed: Vec<(Stock, i64)> = Vec::new();
    for thing in things {
        let (stock, quantity) = match *thing {
            Thing::Item(id) => (
                Stock::Item(
                    inventory::known(db, id)
                        .map_err(|failure| failure.map(BookingRefusal::Stock))?,
                ),
                1,
            ),
            Thing::Bulk(type_id, quantity) => {
                let bulk = inventory::bulk_of_type(db, type_id)?
                    .ok_or_else(|| Failure::Refused(BookingRefusal::NothingInHand))?;
                (Stock::Bulk(bulk), quantity)
            }
        };
        match handed.iter_mut().find(|(known, _)| same(known, &stock)) {
            Some((Stock::Item(item), _)) => {
                return Err(BookingRefusal::Twice(item.tag.clone()).into());
            }
            Some((_, count)) => *count += quantity,
            None => handed.push((stock, quantity)),
        }
    }
    for (stock, quantity) in &handed {
        may_leave(db, settings, stock, *quantity, now)?;
    }
    Ok(handed)
}

/// How far a return may lie ahead of the clock that was set right since (ten minutes) or was typed
/// so (five).
const SET_RIGHT_MINUTES_MAX: i64 = 15;

/// When the gear leaves: as given, else now. Nothing can have been with two customers at one time,
/// so a time before a return is refused; only a clock that was set right by some minutes moves the
/// hand-over to that return.
fn after_last_returns(
    db: Read<'_>,
    settings: &Settings,
    handed: &[(Stock, i64)],
    given: Option<Moment>,
    now: Moment,
) -> Outcome<Moment> {
    let asked = given.unwrap_or(now);
    let mut at = asked;
    let mut in_the_way = None;
    for (stock, _) in handed {
        let Stock::Item(item) = stock else { continue };
        let Some(other) = table::held_after(db, item.id, asked)? else {
            continue;
        };
        let back = other
            .in_at
            .filter(|back| given.is_none() && *back <= now.plus_minutes(SET_RIGHT_MINUTES_MAX));
        match back {
            Some(back) => at = at.max(back),
            None => in_the_way = in_the_way.or(Some((item.tag.clone(), other))),
        }
    }
    let Some((tag, other)) = in_the_way else {
        return Ok(at);
    };
    let customer = customers::known(db, other.customer)
        .map_err(|failure| failure.map(BookingRefusal::Customer))?
        .profile
        .name;
    let until = other
        .in_at
        .map_or_else(|| "it was lost".to_owned(), |back| settings.zone.wall(back));
    Err(BookingRefusal::OutThen {
        tag,
        customer,
        from: settings.zone.wall(other.out_at),
        until,
    }
    .into())
}

fn same(one: &Stock, other: &Stock) -> bool {
    match (one, other) {
        (Stock::Item(one), Stock::Item(other)) => one.id == other.id,
        (Stock::Bulk(one), Stock::Bulk(other)) => one.type_id == other.type_id,
        _ => false,
    }
}

/// Whether a thing could leave right now; if not, why, and what could go in its place.
pub fn may_leave(
    db: Read<'_>,
    settings: &Settings,
    stock: &Stock,
    quantity: i64,
    now: Moment,
) -> Outcome<()> {
    let type_id = stock.type_id();
    let found = catalog::type_details(db, type_id)
        .map_err(|failure| failure.map(BookingRefusal::Catalogue))?;
    if found.withdrawn {
        return Err(BookingRefusal::Withdrawn {
            type_name: found.details.name,
        }
        .into());
    }
    match stock {
        Stock::Item(item) => item_may_leave(db, settings, item, found.details.name, now),
        Stock::Bulk(bulk) => bulk_may_leave(bulk, found.details.name, quantity),
    }
}

fn item_may_leave(
    db: Read<'_>,
    settings: &Settings,
    item: &Item,
    type_name: Text,
    now: Moment,
) -> Outcome<()> {
    if item.can_leave() {
        return Ok(());
    }
    let tag = item.tag.clone();
    let instead = alone_instead(
        db,
        item,
        Period {
            start: now,
            end: now.plus_minutes(settings.due_after_minutes.max(1)),
        },
    )?;
    if item.lifecycle != Lifecycle::InService {
        let state = if item.lifecycle == Lifecycle::Lost {
            "lost"
        } else {
            "retired"
        };
        return Err(BookingRefusal::Gone {
            tag,
            type_name,
            state,
            instead,
        }
        .into());
    }
    if let Some(rental) = table::open_rental(db, item.id)? {
        let customer = customers::known(db, rental.customer)
            .map_err(|failure| failure.map(BookingRefusal::Customer))?
            .profile
            .name;
        let number = super::reservation(db, rental.reservation)?.number;
        return Err(BookingRefusal::StillOut {
            tag,
            type_name,
            customer,
            number,
            due: settings.zone.show_near(rental.due_at, now),
            instead,
        }
        .into());
    }
    let job = inventory::open_job(db, item.id)?;
    let since = job.as_ref().map_or_else(
        || "now".to_owned(),
        |job| settings.zone.show_near(job.opened_at, now),
    );
    let trouble = job
        .and_then(|job| job.trouble)
        .unwrap_or_else(|| Text::new(item.condition.shown()));
    Err(BookingRefusal::OnBench {
        tag,
        type_name,
        since,
        trouble,
        instead,
    }
    .into())
}

/// Whether a thing may leave by itself while it would be out: it does not lie in a case, is not set
/// aside, and had its turnaround. If not, why. Asked at the scan; the hand-over asks again.
pub fn may_go_alone(
    db: Read<'_>,
    settings: &Settings,
    stock: &Stock,
    quantity: i64,
    window: Period,
    now: Moment,
) -> Outcome<()> {
    let item = match stock {
        Stock::Item(item) => item,
        Stock::Bulk(bulk) => return count_may_go(db, settings, bulk, quantity, window, now),
    };
    let named = || -> Fallible<(AssetTag, Text)> {
        Ok((
            item.tag.clone(),
            catalog::names(db, [item.type_id])?
                .remove(&item.type_id)
                .unwrap_or_default(),
        ))
    };
    if let Some((case, true)) = inventory::case_of(db, item.id)? {
        let case =
            inventory::known(db, case).map_err(|failure| failure.map(BookingRefusal::Stock))?;
        let (tag, type_name) = named()?;
        return Err(BookingRefusal::InCase {
            tag,
            type_name,
            is_out: if case.out { ", which is out" } else { "" },
            case: case.tag,
            instead: alone_instead(db, item, window)?,
        }
        .into());
    }
    let aside = inventory::blocks_of_item(db, item.id)?
        .into_iter()
        .find(|block| block.kind != BlockKind::Maintenance && block.overlaps(&window));
    let Some(block) = aside else { return Ok(()) };
    let from = if block.start > now {
        format!(" from {}", settings.zone.show(block.start, now))
    } else {
        String::new()
    };
    let until = block.end.map_or_else(
        || " until somebody ends it".to_owned(),
        |end| format!(" until {}", settings.zone.show(end, now)),
    );
    let (tag, type_name) = named()?;
    let (what, reason) = kept_by(block.kind, block.reason);
    Err(BookingRefusal::SetAside {
        tag,
        type_name,
        what,
        when: format!("{from}{until}"),
        reason,
        instead: alone_instead(db, item, window)?,
    }
    .into())
}

/// What a block makes of a thing, and why.
pub(super) fn kept_by(kind: BlockKind, reason: Option<Text>) -> (&'static str, Text) {
    match kind {
        BlockKind::Turnaround => ("not ready", Text::new("its turnaround")),
        _ => ("set aside", reason.unwrap_or_default()),
    }
}

/// Of counted stock, as many as are not set aside at any moment of the window.
fn count_may_go(
    db: Read<'_>,
    settings: &Settings,
    bulk: &BulkStock,
    wanted: i64,
    window: Period,
    now: Moment,
) -> Outcome<()> {
    let mut blocks = inventory::blocks_of_type(db, bulk.type_id)?;
    blocks.retain(|block| {
        block.item.is_none() && block.kind != BlockKind::Maintenance && block.overlaps(&window)
    });
    let aside_at = |moment: Moment| {
        blocks
            .iter()
            .filter(|block| block.start <= moment && block.end.is_none_or(|end| end > moment))
            .map(|block| block.quantity)
            .sum::<i64>()
    };
    let most = blocks
        .iter()
        .map(|block| aside_at(block.start.max(window.start)))
        .max()
        .unwrap_or(0);
    let left = (bulk.quantity - bulk.out - most).max(0);
    let Some(first) = blocks.first().filter(|_| wanted > left) else {
        return Ok(());
    };
    let from = if first.start > now {
        format!(" from {}", settings.zone.show(first.start, now))
    } else {
        String::new()
    };
    let until = first.end.map_or_else(
        || " until somebody ends it".to_owned(),
        |end| format!(" until {}", settings.zone.show(end, now)),
    );
    let type_name = catalog::names(db, [bulk.type_id])?
        .remove(&bulk.type_id)
        .unwrap_or_default();
    let (what, reason) = kept_by(first.kind, first.reason.clone());
    Err(BookingRefusal::CountAside {
        tag: bulk.tag.clone(),
        type_name,
        left,
        wanted,
        aside: most,
        what,
        when: format!("{from}{until}"),
        reason,
    }
    .into())
}

/// Another item of the type that may leave by itself.
fn alone_instead(db: Read<'_>, item: &Item, window: Period) -> Fallible<Option<Instead>> {
    let free = free_alone(db, item.type_id, window)?
        .into_iter()
        .find(|other| other.id != item.id);
    Ok(free.map(|other| Instead {
        tag: other.tag,
        location: other.location,
    }))
}

/// Items of a type that may leave by themselves right now, and stay away for the window: good, in
/// no case, not set aside, on nobody's line by name.
pub fn free_alone(db: Read<'_>, type_id: TypeId, window: Period) -> Fallible<Vec<Item>> {
    let mut except = inventory::packed_items(db, type_id)?;
    let blocks = inventory::blocks_of_type(db, type_id)?;
    except.extend(
        blocks
            .iter()
            .filter(|block| block.overlaps(&window))
            .filter_map(|block| block.item),
    );
    except.extend(inventory::pins_in_type(db, type_id, window)?);
    Ok(inventory::of_type(db, type_id)?
        .into_iter()
        .filter(|item| item.can_leave() && !except.contains(&item.id))
        .collect())
}

fn bulk_may_leave(bulk: &BulkStock, type_name: Text, wanted: i64) -> Outcome<()> {
    let left = bulk.quantity - bulk.out;
    if wanted < 1 {
        return Err(BookingRefusal::Stock(inventory::InventoryRefusal::Quantity(wanted)).into());
    }
    if wanted > left {
        return Err(BookingRefusal::TooFew {
            tag: bulk.tag.clone(),
            type_name,
            left,
            total: bulk.quantity,
            wanted,
        }
        .into());
    }
    Ok(())
}

/// When a thing handed over now is due: as asked, else after the type's fixed period, else after
/// the shop's usual length. A length in whole days keeps the wall-clock time over a clock change.
/// What nobody said is not due while the shop is closed: of days it is due when the shop opens next,
/// of hours when it closes.
pub fn due_of(
    settings: &Settings,
    fixed_hours: Option<i64>,
    asked: Option<Moment>,
    at: Moment,
) -> Moment {
    if let Some(due) = asked {
        return due;
    }
    let minutes = fixed_hours.map_or(settings.due_after_minutes, |hours| hours * 60);
    // Screens show minutes: nobody is late by seconds that nobody saw.
    let due = settings.after(at, minutes).ceil_minute();
    let (hours, zone) = (&settings.hours, &settings.zone);
    if hours.is_open(zone, due) {
        return due;
    }
    let closing = hours
        .last_close(zone, at, due)
        .filter(|_| minutes < 24 * 60);
    closing.unwrap_or_else(|| hours.next_open(zone, due))
}

struct Handing {
    reservation: ReservationId,
    number: ReservationNumber,
    customer: CustomerId,
    line: LineId,
    at: Moment,
    due: Moment,
    turnaround_minutes: i64,
    take_anyway: bool,
}

fn hand_over(
    db: &mut Write<'_>,
    settings: &Settings,
    handing: &Handing,
    (stock, quantity): &(Stock, i64),
) -> Outcome<()> {
    let type_id = stock.type_id();
    let (item, condition, location): (Option<ItemId>, Option<Condition>, Option<&Text>) =
        match stock {
            Stock::Item(item) => (Some(item.id), Some(item.condition), item.location.as_ref()),
            Stock::Bulk(bulk) => (None, None, bulk.location.as_ref()),
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
            location,
        },
    )?;
    let window = Period {
        start: handing.at,
        end: free_at,
    };
    match item {
        Some(item) => {
            // Its own promise gives way; another's only if somebody chose so.
            refuse_pinned(
                db,
                settings,
                item,
                window,
                Some(handing.reservation),
                handing.take_anyway,
            )?;
            for line in inventory::release_pins(db, item, Some(window))? {
                let foreign = table::line(db.read(), line)?
                    .is_some_and(|line| line.reservation != handing.reservation);
                if foreign {
                    table::unpin(db, line)?;
                }
            }
            inventory::end_rest_of_item(db, item)?;
            inventory::claim_out(db, item, rental, window)?;
        }
        None => {
            // Its own promise first, or it would take from somebody else's.
            inventory::release_bulk_promise(db, handing.line)?;
            inventory::claim_bulk(db, type_id, rental, *quantity, window)?;
        }
    }
    let event = table::written(db.read(), rental)?.went_out(stock.tag().clone(), handing.number);
    db.publish(&event)?;
    Ok(())
}
