//! The promise of a type, on the shop's own rows: what is free, who is in the way, what else would do.
//!
//! Everything here is computed when it is asked for, inside the transaction that writes where one does; nothing is read from a
//! projection. The arithmetic is in [`super::availability`].

mod answer;
mod shortages;
mod table;
mod timeline;

pub use answer::{Answer, Blocker, How, Shortfall, WayOut, availability, free_count, next_window, shortfalls, ways_out};
pub use shortages::{Cause, Shortage, on_event, plan_of, shortages, shortages_of, truncate};
pub use timeline::{Bar, DayDetail, ItemBars, TypeDays, bars, day_detail, timeline};

use super::availability::{Ledger, Promise};
use super::table as lines_table;
use crate::catalog;
use crate::inventory::{self, plan::Shelf};
use crate::kernel::{Fallible, ItemId, Moment, Period, ReservationId, Settings, TypeId};
use crate::store::Read;

/// How much of a type's calendar somebody needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Span {
    /// What bears on this window, as long as the count alone decides.
    Window(Period),
    All,
}

/// What a look at the calendar leaves out, and from when it looks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Look {
    pub now: Moment,
    /// Whose promises are left out; what is out of it is out for itself as well.
    pub except: Option<ReservationId>,
    /// Gear past its due time is taken to stay away until then.
    pub overdue_until: Moment,
}

impl Look {
    pub fn new(settings: &Settings, now: Moment, except: Option<ReservationId>) -> Self {
        Look { now: now.floor_minute(), except, overdue_until: settings.overdue_until(now) }
    }

    /// Of the promises alone: as if nothing were ever late, so that it depends on no clock.
    pub fn timeless() -> Self {
        Look { now: crate::kernel::time::MOMENT_MIN, except: None, overdue_until: crate::kernel::time::MOMENT_MIN }
    }
}

/// Everything that bears on one type.
pub(super) fn ledger(db: Read<'_>, type_id: TypeId, span: Span, look: Look) -> Fallible<Ledger> {
    ledger_of(db, type_id, catalog::is_withdrawn(db, type_id)?, span, look)
}

/// As [`ledger`], of a type that is known to be withdrawn or not.
pub(super) fn ledger_of(db: Read<'_>, type_id: TypeId, withdrawn: bool, span: Span, look: Look) -> Fallible<Ledger> {
    if let (Span::Window(window), None) = (span, look.except)
        && let Some(ledger) = plain_ledger(db, type_id, withdrawn, window, look)?
    {
        return Ok(ledger);
    }
    let capacity = inventory::capacity(db, type_id, look.now, look.overdue_until)?;
    let mut busy: Vec<(ItemId, Period)> = Vec::new();
    let mut counted: Vec<(Period, i64)> = Vec::new();
    for absence in &capacity.absences {
        match absence.item {
            Some(item) => busy.push((item, absence.window)),
            None => counted.push((absence.window, absence.quantity)),
        }
    }
    let exact_by_count = !table::has_pins(db, type_id)? && !inventory::has_future_absence(&capacity, look.now);
    let bare = matches!(span, Span::Window(_)) && exact_by_count && look.except.is_none();
    let mut away = |window: Option<Period>, item: Option<ItemId>, quantity: i64| match (window, item) {
        // An item that is out and not in the count (it is unusable) is missed once, not twice.
        (Some(window), Some(item)) if capacity.items.contains(&item) => busy.push((item, window)),
        (Some(window), None) => counted.push((window, quantity)),
        _ => {}
    };
    let until = |due: Moment, free: Moment| if due < look.now { free.max(look.overdue_until) } else { free };
    if bare {
        for (due, free, quantity, item) in table::out_now(db, type_id)? {
            away(Period::new(look.now, until(due, free)), item, quantity);
        }
    } else {
        for out in table::out_of_type(db, type_id)? {
            away(Period::new(out.out_at.floor_minute(), until(out.due_at, out.free_at)), out.item, out.quantity);
        }
    }
    let mut promises: Vec<Promise> = Vec::new();
    match span {
        Span::Window(window) if bare => counted.extend(table::demand(db, type_id, window)?.unwrap_or_default()),
        _ => {
            promises = table::promises(db, type_id, look.now)?;
            promises.retain(|promise| Some(promise.reservation) != look.except);
        }
    }
    let total = if withdrawn { 0 } else { capacity.total };
    let shelves = if total == 0 { Vec::new() } else { shelves(&capacity.items, busy) };
    Ok(Ledger { from: look.now, total, shelves, counted, promises })
}

/// While every item of a type is as good as another and none is named, the counts are all there is to know: three index ranges.
fn plain_ledger(db: Read<'_>, type_id: TypeId, withdrawn: bool, window: Period, look: Look) -> Fallible<Option<Ledger>> {
    let outline = inventory::outline(db, type_id)?;
    if !outline.is_plain {
        return Ok(None);
    }
    let Some(mut counted) = table::demand(db, type_id, window)? else { return Ok(None) };
    let mut busy: Vec<(ItemId, Period)> = Vec::new();
    for absence in if outline.has_absences { inventory::absences(db, type_id)? } else { Vec::new() } {
        match absence.item {
            Some(_) if absence.window.start > look.now => return Ok(None), // which item serves whom matters
            Some(item) => busy.push((item, absence.window)),
            None => counted.push((absence.window, absence.quantity)),
        }
    }
    for (due, free, quantity, item) in table::out_now(db, type_id)? {
        let until = if due < look.now { free.max(look.overdue_until) } else { free };
        match (Period::new(look.now, until), item) {
            (Some(away), Some(item)) => busy.push((item, away)),
            (Some(away), None) => counted.push((away, quantity)),
            (None, _) => {}
        }
    }
    counted.extend(each_once(busy));
    let total = if withdrawn { 0 } else { outline.total };
    Ok(Some(Ledger { from: look.now, total, shelves: Vec::new(), counted, promises: Vec::new() }))
}

/// The times that items are away, with those of one item that overlap made one: whoever is out and rests is missed once.
fn each_once(mut busy: Vec<(ItemId, Period)>) -> Vec<(Period, i64)> {
    busy.sort_unstable_by_key(|(item, window)| (*item, window.start));
    let mut away: Vec<(ItemId, Period)> = Vec::with_capacity(busy.len());
    for (item, window) in busy {
        match away.last_mut() {
            Some((last, until)) if *last == item && window.start <= until.end => until.end = until.end.max(window.end),
            _ => away.push((item, window)),
        }
    }
    away.into_iter().map(|(_, window)| (window, 1)).collect()
}

/// The items with the times they are away, overlapping ones made one.
fn shelves(items: &[ItemId], mut busy: Vec<(ItemId, Period)>) -> Vec<Shelf> {
    busy.sort_unstable_by_key(|(item, window)| (*item, window.start));
    let mut shelves: Vec<Shelf> = items.iter().map(|item| Shelf { item: *item, busy: Vec::new() }).collect();
    for (item, window) in busy {
        let Ok(place) = shelves.binary_search_by_key(&item, |shelf| shelf.item) else { continue };
        match shelves[place].busy.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => shelves[place].busy.push(window),
        }
    }
    shelves
}
