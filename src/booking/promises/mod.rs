//! The promise of a type, on the shop's own rows: what is free, who is in the way, what else would
//! do.
//!
//! Everything here is computed when it is asked for, inside the transaction that writes where one
//! does; nothing is read from a projection. The arithmetic is in [`super::availability`].

mod answer;
mod shortages;
mod table;
mod timeline;

pub use answer::{
    Answer, Blocker, How, Shortfall, WayOut, availability, free_count, next_window, shortfalls,
    ways_out,
};
pub use shortages::{
    Cause, Shortage, in_the_way, on_event, plan_of, shortages, shortages_of, truncate,
};
pub use timeline::{Bar, DayDetail, ItemBars, TypeDays, bars, day_detail, timeline};

use super::availability::{Ledger, Promise};
use super::table as lines_table;
use crate::catalog;
use crate::inventory::{self, plan::Shelf};
use crate::kernel::{Fallible, ItemId, Moment, Period, ReservationId, Settings, TypeId};
use crate::store::Read;
use std::collections::BTreeMap;

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
        Look {
            now: now.floor_minute(),
            except,
            overdue_until: settings.overdue_until(now),
        }
    }

    /// Of the promises alone: as if nothing were ever late, so that it depends on no clock.
    pub fn timeless() -> Self {
        Look {
            now: crate::kernel::time::MOMENT_MIN,
            except: None,
            overdue_until: crate::kernel::time::MOMENT_MIN,
        }
    }
}

/// Everything that bears on one type.
pub(super) fn ledger(db: Read<'_>, type_id: TypeId, span: Span, look: Look) -> Fallible<Ledger> {
    ledger_of(db, type_id, catalog::is_withdrawn(db, type_id)?, span, look)
}

/// As [`ledger`], of a type that is known to be withdrawn or not.
pub(super) fn ledger_of(
    db: Read<'_>,
    type_id: TypeId,
    withdrawn: bool,
    span: Span,
    look: Look,
) -> Fallible<Ledger> {
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
    let exact_by_count =
        !table::has_pins(db, type_id)? && !inventory::has_future_absence(&capacity, look.now);
    let bare = matches!(span, Span::Window(_)) && exact_by_count && look.except.is_none();
    let mut away =
        |window: Option<Period>, item: Option<ItemId>, quantity: i64| match (window, item) {
            // An item that is out and not in the count (it is unusable) is missed once, not twice.
            (Some(window), Some(item)) if capacity.items.contains(&item) => {
                busy.push((item, window))
            }
            (Some(window), None) => counted.push((window, quantity)),
            _ => {}
        };
    let until = |due: Moment, free: Moment| {
        if due < look.now {
            free.max(look.overdue_until)
        } else {
            free
        }
    };
    if bare {
        for (due, free, quantity, item) in table::out_now(db, type_id)? {
            away(Period::new(look.now, until(due, free)), item, quantity);
        }
    } else {
        for out in table::out_of_type(db, type_id)? {
            away(
                Period::new(out.out_at.floor_minute(), until(out.due_at, out.free_at)),
                out.item,
                out.quantity,
            );
        }
    }
    let mut promises: Vec<Promise> = Vec::new();
    match span {
        Span::Window(window) if bare => {
            counted.extend(table::demand(db, type_id, window)?.unwrap_or_default())
        }
        _ => {
            promises = table::promises(db, type_id, look.now)?;
            promises.retain(|promise| Some(promise.reservation) != look.except);
        }
    }
    let total = if withdrawn { 0 } else { capacity.total };
    let shelves = if total == 0 {
        Vec::new()
    } else {
        shelves(&capacity.items, busy)
    };
    Ok(Ledger {
        from: look.now,
        total,
        shelves,
        counted,
        promises,
    })
}

/// While every item of a type is as good as another and none is named, the counts are all there is
/// to know: three index ranges.
fn plain_ledger(
    db: Read<'_>,
    type_id: TypeId,
    withdrawn: bool,
    window: Period,
    look: Look,
) -> Fallible<Option<Ledger>> {
    let outline = inventory::outline(db, type_id)?;
    if !outline.is_plain {
        return Ok(None);
    }
    let Some(counted) = table::demand(db, type_id, window)? else {
        return Ok(None);
    };
    let absences = if outline.has_absences {
        inventory::absences(db, type_id)?
    } else {
        Vec::new()
    };
    let mut plain = Plain {
        total: if withdrawn { 0 } else { outline.total },
        counted,
        busy: Vec::new(),
        decides: true,
    };
    absences
        .into_iter()
        .for_each(|absence| plain.absent(absence, look));
    table::out_now(db, type_id)?
        .into_iter()
        .for_each(|out| plain.out(out, look));
    Ok(plain.ledger(look))
}

/// A ledger in which only counts matter, while it is gathered.
struct Plain {
    total: i64,
    counted: Vec<(Period, i64)>,
    busy: Vec<(ItemId, Period)>,
    /// False where the counts are not all there is to know.
    decides: bool,
}

impl Plain {
    fn absent(&mut self, absence: inventory::Absence, look: Look) {
        match absence.item {
            Some(_) if absence.window.start > look.now => self.decides = false, // which item serves whom matters
            Some(item) => self.busy.push((item, absence.window)),
            None => self.counted.push((absence.window, absence.quantity)),
        }
    }

    fn out(&mut self, (due, free, quantity, item): table::OutNow, look: Look) {
        let until = if due < look.now {
            free.max(look.overdue_until)
        } else {
            free
        };
        match (Period::new(look.now, until), item) {
            (Some(away), Some(item)) => self.busy.push((item, away)),
            (Some(away), None) => self.counted.push((away, quantity)),
            (None, _) => {}
        }
    }

    fn ledger(mut self, look: Look) -> Option<Ledger> {
        self.counted.extend(each_once(self.busy));
        self.decides.then_some(Ledger {
            from: look.now,
            total: self.total,
            shelves: Vec::new(),
            counted: self.counted,
            promises: Vec::new(),
        })
    }
}

/// The ledgers of many types over a window, and how many the shop has of each: one range of each
/// index for all of them together, and a look of its own only at a type where the counts do not
/// decide. A type is withdrawn where `terms` say so.
pub(super) fn ledgers(
    db: Read<'_>,
    terms: &BTreeMap<TypeId, catalog::Terms>,
    window: Period,
    look: Look,
) -> Fallible<BTreeMap<TypeId, (i64, Ledger)>> {
    let types: Vec<TypeId> = terms.keys().copied().collect();
    let listed = serde_json::to_string(&types)?;
    let pinned = table::pinned_of(db, &listed)?;
    let mut gathered: BTreeMap<TypeId, (i64, Plain)> = BTreeMap::new();
    let withdrawn = |type_id: TypeId| terms.get(&type_id).is_some_and(|terms| terms.withdrawn);
    for (type_id, outline) in inventory::outlines(db, &types)? {
        let decides = outline.is_plain && !pinned.contains(&type_id);
        gathered.insert(
            type_id,
            (
                outline.owned,
                Plain {
                    total: if withdrawn(type_id) { 0 } else { outline.total },
                    counted: Vec::new(),
                    busy: Vec::new(),
                    decides,
                },
            ),
        );
    }
    for (type_id, demand) in table::demand_of(db, &listed, window)? {
        gathered
            .entry(type_id)
            .and_modify(|(_, plain)| plain.counted.push(demand));
    }
    for (type_id, absence) in inventory::absences_of(db, &types)? {
        gathered
            .entry(type_id)
            .and_modify(|(_, plain)| plain.absent(absence, look));
    }
    for (type_id, out) in table::out_now_of(db, &listed)? {
        gathered
            .entry(type_id)
            .and_modify(|(_, plain)| plain.out(out, look));
    }
    let mut found = BTreeMap::new();
    for (type_id, (owned, plain)) in gathered {
        let ledger = match plain.ledger(look) {
            Some(ledger) => ledger,
            None => ledger_of(db, type_id, withdrawn(type_id), Span::Window(window), look)?,
        };
        found.insert(type_id, (owned, ledger));
    }
    Ok(found)
}

/// The times that items are away, with those of one item that overlap made one: whoever is out and
/// rests is missed once.
fn each_once(mut busy: Vec<(ItemId, Period)>) -> Vec<(Period, i64)> {
    busy.sort_unstable_by_key(|(item, window)| (*item, window.start));
    let mut away: Vec<(ItemId, Period)> = Vec::with_capacity(busy.len());
    for (item, window) in busy {
        match away.last_mut() {
            Some((last, until)) if *last == item && window.start <= until.end => {
                until.end = until.end.max(window.end)
            }
            _ => away.push((item, window)),
        }
    }
    away.into_iter().map(|(_, window)| (window, 1)).collect()
}

/// The items with the times they are away, overlapping ones made one.
fn shelves(items: &[ItemId], mut busy: Vec<(ItemId, Period)>) -> Vec<Shelf> {
    busy.sort_unstable_by_key(|(item, window)| (*item, window.start));
    let mut shelves: Vec<Shelf> = items
        .iter()
        .map(|item| Shelf {
            item: *item,
            busy: Vec::new(),
        })
        .collect();
    for (item, window) in busy {
        let Ok(place) = shelves.binary_search_by_key(&item, |shelf| shelf.item) else {
            continue;
        };
        match shelves[place].busy.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => shelves[place].busy.push(window),
        }
    }
    shelves
}
