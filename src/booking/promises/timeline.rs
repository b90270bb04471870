//! The Plan's questions: how many of some types are free on each day, what one day of one type
//! looks like, which item is where.
//!
//! Each type is one range of each index over the days in sight, and one pass over what was found:
//! however many days or types the shop has, a screen reads what it shows.

use super::super::availability::{Ledger, Promise};
use super::super::model::ReservationState;
use super::answer::{Blocker, How, blockers, parts};
use super::{Look, Span, ledger, ledger_of, table};
use crate::catalog;
use crate::inventory::{self, Lifecycle, Why};
use crate::kernel::{
    AssetTag, CustomerId, Fallible, ItemId, MOMENT_MAX, Moment, Period, ReservationId,
    ReservationNumber, Settings, TypeId,
};
use crate::store::Read;
use std::collections::BTreeMap;

/// A type over some days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeDays {
    pub type_id: TypeId,
    pub own: i64,
    /// Per day the number free all day: the day's worst, to the minute; negative when short. A day
    /// that is over has them all.
    pub free: Vec<i64>,
}

/// The number free on each of these days, which are in order and apart. Of a kit: what its
/// components make.
pub fn timeline(
    db: Read<'_>,
    settings: &Settings,
    type_ids: &[TypeId],
    days: &[Period],
    now: Moment,
) -> Fallible<Vec<TypeDays>> {
    let look = Look::new(settings, now, None);
    let (Some(first), Some(last)) = (days.first(), days.last()) else {
        return Ok(Vec::new());
    };
    let span = Period {
        start: first.start.max(look.now),
        end: last.end.max(look.now),
    };
    db.at_once(|| {
        let mut terms = catalog::terms_of_many(db, type_ids)?;
        let mut parts: BTreeMap<TypeId, Vec<(TypeId, i64)>> = BTreeMap::new();
        for kit in terms
            .iter()
            .filter(|(_, terms)| terms.is_kit)
            .map(|(id, _)| *id)
            .collect::<Vec<TypeId>>()
        {
            parts.insert(kit, catalog::exploded(db, kit, 1)?);
        }
        let components: Vec<TypeId> = parts
            .values()
            .flatten()
            .map(|(part, _)| *part)
            .filter(|part| !terms.contains_key(part))
            .collect();
        terms.extend(catalog::terms_of_many(db, &components)?);
        terms.retain(|id, _| !parts.contains_key(id));
        let ledgers = super::ledgers(db, &terms, span, look)?;
        let days_of: BTreeMap<TypeId, (i64, Vec<i64>)> = ledgers
            .iter()
            .map(|(id, (own, ledger))| (*id, (*own, ledger.free_in_each(days))))
            .collect();
        let found = type_ids.iter().map(|&type_id| {
            let itself = [(type_id, 1)];
            let (mut own, mut free) = (i64::MAX, vec![i64::MAX; days.len()]);
            for (part, each) in parts.get(&type_id).map_or(itself.as_slice(), Vec::as_slice) {
                let Some((owned, of_part)) = days_of.get(part) else {
                    continue;
                };
                own = own.min(owned.div_euclid(*each));
                free.iter_mut()
                    .zip(of_part)
                    .for_each(|(least, free)| *least = (*least).min(free.div_euclid(*each)));
            }
            TypeDays { type_id, own, free }
        });
        Ok(found.collect())
    })
}

/// One type on one day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayDetail {
    /// From each moment at which it changes, how many are free from then on; nothing where the day
    /// is over.
    pub steps: Vec<(Moment, i64)>,
    /// Who and what has some of it on that day.
    pub blockers: Vec<Blocker>,
}

pub fn day_detail(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    day: Period,
    now: Moment,
) -> Fallible<DayDetail> {
    db.at_once(|| {
        let look = Look::new(settings, now, None);
        let (mut steps_of_parts, mut all_blockers) = (Vec::new(), Vec::new());
        for part in parts(db, type_id)? {
            let steps =
                ledger_of(db, part.type_id, part.withdrawn, Span::Window(day), look)?.steps(day);
            steps_of_parts.push(
                steps
                    .into_iter()
                    .map(|(at, free)| (at, free.div_euclid(part.each)))
                    .collect::<Vec<(Moment, i64)>>(),
            );
            all_blockers.extend(blockers(db, part.type_id, day, look)?);
        }
        let mut moments: Vec<Moment> = steps_of_parts.iter().flatten().map(|(at, _)| *at).collect();
        moments.sort_unstable();
        moments.dedup();
        let at = |moment: Moment| {
            steps_of_parts
                .iter()
                .filter_map(|steps| steps.iter().rfind(|(from, _)| *from <= moment))
                .map(|(_, free)| *free)
                .min()
        };
        let mut steps: Vec<(Moment, i64)> = moments
            .into_iter()
            .filter_map(|moment| Some((moment, at(moment)?)))
            .collect();
        steps.dedup_by_key(|step| step.1);
        Ok(DayDetail {
            steps,
            blockers: all_blockers,
        })
    })
}

/// A stretch of time for which something has an item, or some of a count.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bar {
    pub how: How,
    /// Turnaround included.
    pub window: Period,
    pub reservation: Option<(ReservationId, ReservationNumber)>,
    pub customer: Option<CustomerId>,
    /// The line names this very item.
    pub pinned: bool,
}

/// One row below a type: an item, or what has none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemBars {
    /// None: counted, or promised to the type and without a tag yet.
    pub item: Option<(ItemId, AssetTag)>,
    /// An item's state; for what has none, whether it cannot be had.
    pub state: &'static str,
    /// How many: 1 for an item.
    pub quantity: i64,
    pub short: bool,
    pub bars: Vec<Bar>,
}

/// What each item of a type does over a span of days, with promises on the items of the soft plan;
/// then what has no item. The plan is made anew each time it is asked for: tags are chosen at the
/// scan, so bars move between items by themselves.
pub fn bars(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    span: Period,
    now: Moment,
) -> Fallible<Vec<ItemBars>> {
    db.at_once(|| {
        let look = Look::new(settings, now, None);
        let ledger = ledger(db, type_id, Span::All, look)?;
        let capacity = inventory::capacity(db, type_id, look.now, look.overdue_until)?;
        let mut by_item: BTreeMap<ItemId, Vec<Bar>> = BTreeMap::new();
        let mut without = Vec::new();
        for out in table::out_of_type(db, type_id)? {
            let overdue = out.due_at < look.now;
            let until = if overdue {
                out.free_at.max(look.overdue_until)
            } else {
                out.free_at
            };
            let Some(window) = Period::new(out.out_at, until.max(look.now))
                .filter(|window| window.overlaps(&span))
            else {
                continue;
            };
            let number = super::lines_table::number_of(db, out.reservation)?;
            let how = if overdue { How::Overdue } else { How::Out };
            let bar = Bar {
                how,
                window,
                reservation: Some((out.reservation, number)),
                customer: Some(out.customer),
                pinned: false,
            };
            match out.item {
                Some(item) => by_item.entry(item).or_default().push(bar),
                None => without.push(ItemBars {
                    item: None,
                    state: "out",
                    quantity: out.quantity,
                    short: false,
                    bars: vec![bar],
                }),
            }
        }
        for absence in capacity
            .absences
            .iter()
            .filter(|absence| absence.window.overlaps(&span))
        {
            let how = match absence.why {
                Why::Bench => How::Bench,
                Why::SetAside => How::SetAside,
                Why::Turnaround => How::Turnaround,
            };
            let bar = Bar {
                how,
                window: absence.window,
                reservation: None,
                customer: None,
                pinned: false,
            };
            match absence.item {
                Some(item) => by_item.entry(item).or_default().push(bar),
                None => without.push(ItemBars {
                    item: None,
                    state: how.word(),
                    quantity: absence.quantity,
                    short: false,
                    bars: vec![bar],
                }),
            }
        }
        promised(db, &ledger, span, &mut by_item, &mut without)?;
        let mut rows = Vec::new();
        for item in inventory::of_type(db, type_id)?
            .into_iter()
            .filter(|item| item.lifecycle != Lifecycle::Retired)
        {
            let mut bars = by_item.remove(&item.id).unwrap_or_default();
            if !item.out && !capacity.items.contains(&item.id) {
                let how = if item.lifecycle == Lifecycle::Lost {
                    How::Lost
                } else {
                    How::Bench
                };
                bars.push(Bar {
                    how,
                    window: Period {
                        start: look.now,
                        end: MOMENT_MAX,
                    },
                    reservation: None,
                    customer: None,
                    pinned: false,
                });
            }
            bars.sort_by_key(|bar| bar.window.start);
            let state = if item.lifecycle == Lifecycle::Lost {
                "lost"
            } else {
                item.condition.shown()
            };
            rows.push(ItemBars {
                item: Some((item.id, item.tag)),
                state,
                quantity: 1,
                short: false,
                bars,
            });
        }
        rows.extend(without);
        Ok(rows)
    })
}

/// The promises: on the items that would serve them, and what is left of them on rows of their own.
fn promised(
    db: Read<'_>,
    ledger: &Ledger,
    span: Period,
    by_item: &mut BTreeMap<ItemId, Vec<Bar>>,
    without: &mut Vec<ItemBars>,
) -> Fallible<()> {
    let plan = ledger.plan();
    let short = ledger.shortfall();
    for promise in ledger
        .promises
        .iter()
        .filter(|promise| promise.window.overlaps(&span))
    {
        let Some(bar) = bar_of(db, promise)? else {
            continue;
        };
        let items = plan.get(&promise.line).map_or(&[][..], Vec::as_slice);
        for item in items {
            by_item.entry(*item).or_default().push(Bar {
                pinned: promise.pin == Some(*item),
                ..bar.clone()
            });
        }
        let left = promise.quantity - i64::try_from(items.len()).unwrap_or(0);
        let missing = short
            .iter()
            .find(|short| short.line == promise.line)
            .map_or(0, |short| short.missing.min(left));
        for (quantity, short) in [(left - missing, false), (missing, true)] {
            if quantity > 0 {
                without.push(ItemBars {
                    item: None,
                    state: bar.how.word(),
                    quantity,
                    short,
                    bars: vec![bar.clone()],
                });
            }
        }
    }
    Ok(())
}

fn bar_of(db: Read<'_>, promise: &Promise) -> Fallible<Option<Bar>> {
    let Some(reservation) = super::lines_table::reservation(db, promise.reservation)? else {
        return Ok(None);
    };
    let how = if reservation.state == ReservationState::Hold {
        How::Hold
    } else {
        How::Confirmed
    };
    Ok(Some(Bar {
        how,
        window: promise.window,
        reservation: Some((reservation.id, reservation.number)),
        customer: reservation.customer,
        pinned: false,
    }))
}

#[cfg(test)]
mod tests;
