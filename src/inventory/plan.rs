//! Which item serves which claim, where items are not interchangeable: pins and blocks of single
//! items. Pure.
//!
//! Pins are placed first. The rest goes by start into the item whose gap it fills tightest; only
//! where that fails does the exact search of [`pools`] decide, one connected stretch of time after
//! another.

mod moments;
mod pools;
#[cfg(test)]
mod tests;

use crate::kernel::{ItemId, Moment, Period};

/// How much the exact search may try before it gives up: milliseconds.
pub const STEPS: u32 = 20_000;

/// An item and when it is taken already (out, set aside): sorted, disjoint.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shelf {
    pub item: ItemId,
    pub busy: Vec<Period>,
}

/// Gear wanted for a whole window by one line; a pin names the item (quantity is 1 then).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Claim {
    pub window: Period,
    pub quantity: i64,
    pub pin: Option<ItemId>,
}

/// Whether all claims can be served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Assignment {
    /// Per claim, its items.
    Found(Vec<Vec<ItemId>>),
    Impossible,
    /// The steps ran out before an answer was certain.
    Unproven,
}

const FOREVER: Period = Period {
    start: Moment(i64::MIN),
    end: Moment(i64::MAX),
};

/// One unit of a claim, to be served by one item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Unit {
    window: Period,
    claim: usize,
}

/// Serves all claims, each item serving a claim for its whole window, or says that it cannot be
/// done.
pub fn assign(shelves: &[Shelf], claims: &[Claim], steps: u32) -> Assignment {
    let mut found: Vec<Vec<ItemId>> = vec![Vec::new(); claims.len()];
    let mut rows: Vec<Vec<Period>> = shelves.iter().map(|shelf| shelf.busy.clone()).collect();
    for (claim, items) in claims
        .iter()
        .zip(&mut found)
        .filter(|(claim, _)| claim.quantity > 0)
    {
        let Some(pin) = claim.pin else { continue };
        let Some(row) = shelves.iter().position(|shelf| shelf.item == pin) else {
            return Assignment::Impossible;
        };
        if claim.quantity > 1 || !take(&mut rows[row], claim.window) {
            return Assignment::Impossible;
        }
        items.push(pin);
    }
    if claims
        .iter()
        .any(|claim| claim.quantity > shelves.len() as i64)
    {
        return Assignment::Impossible;
    }
    let units = units(claims, shelves.len());
    let (mut steps, mut proven) = (steps, true);
    for stretch in stretches(&units) {
        let placed = tightest(&rows, stretch);
        let placed = if placed.contains(&None) {
            if !moments::each_fits(&rows, stretch) {
                return Assignment::Impossible;
            }
            match pools::place(&rows, stretch, &mut steps) {
                pools::Outcome::Placed(placed) => placed.into_iter().map(Some).collect(),
                pools::Outcome::Impossible => return Assignment::Impossible,
                pools::Outcome::Spent => {
                    // A later stretch may still prove that it cannot be.
                    proven = false;
                    continue;
                }
            }
        } else {
            placed
        };
        for (unit, row) in stretch.iter().zip(placed) {
            found[unit.claim].extend(row.map(|row| shelves[row].item));
        }
    }
    if proven {
        Assignment::Found(found)
    } else {
        Assignment::Unproven
    }
}

/// As much of every claim as goes in at the first try, pins first: for a plan that must say
/// something.
pub fn assign_some(shelves: &[Shelf], claims: &[Claim]) -> Vec<Vec<ItemId>> {
    let mut found: Vec<Vec<ItemId>> = vec![Vec::new(); claims.len()];
    let mut rows: Vec<Vec<Period>> = shelves.iter().map(|shelf| shelf.busy.clone()).collect();
    for (claim, items) in claims
        .iter()
        .zip(&mut found)
        .filter(|(claim, _)| claim.quantity > 0)
    {
        let row = claim
            .pin
            .and_then(|pin| shelves.iter().position(|shelf| shelf.item == pin));
        if let Some(row) = row
            && take(&mut rows[row], claim.window)
        {
            items.push(shelves[row].item);
        }
    }
    let units = units(claims, shelves.len());
    for (unit, row) in units.iter().zip(tightest(&rows, &units)) {
        found[unit.claim].extend(row.map(|row| shelves[row].item));
    }
    found
}

/// Takes a window of a row, unless it is taken already.
fn take(row: &mut Vec<Period>, window: Period) -> bool {
    let at = row.partition_point(|busy| busy.end <= window.start);
    let free = row.get(at).is_none_or(|busy| busy.start >= window.end);
    if free {
        row.insert(at, window);
    }
    free
}

/// The units of the claims without a pin, by start; of each claim no more than there are items.
fn units(claims: &[Claim], items: usize) -> Vec<Unit> {
    let free = claims
        .iter()
        .enumerate()
        .filter(|(_, claim)| claim.pin.is_none());
    let mut units: Vec<Unit> = free
        .flat_map(|(index, claim)| {
            (0..claim.quantity.min(items as i64)).map(move |_| Unit {
                window: claim.window,
                claim: index,
            })
        })
        .collect();
    units.sort_by_key(|unit| (unit.window.start, unit.window.end, unit.claim));
    units
}

/// Cuts units, which are sorted by start, where none of them goes on: what lies apart is decided
/// apart.
fn stretches(units: &[Unit]) -> Vec<&[Unit]> {
    let mut end = FOREVER.start;
    let mut cuts = Vec::new();
    for (index, unit) in units.iter().enumerate() {
        if unit.window.start >= end {
            cuts.push(index);
        }
        end = end.max(unit.window.end);
    }
    let ends = cuts.iter().skip(1).copied().chain([units.len()]);
    cuts.iter()
        .zip(ends)
        .map(|(&start, end)| &units[start..end])
        .collect()
}

/// Each unit, by start, into the row whose gap ends soonest behind it; of equal rows into the
/// first.
fn tightest(rows: &[Vec<Period>], units: &[Unit]) -> Vec<Option<usize>> {
    /// How far a row has been filled, and its next busy period.
    struct Filled {
        until: Moment,
        next: usize,
    }
    let mut filled: Vec<Filled> = rows
        .iter()
        .map(|_| Filled {
            until: FOREVER.start,
            next: 0,
        })
        .collect();
    let mut placed = Vec::with_capacity(units.len());
    for Unit { window, .. } in units {
        let mut best: Option<(Moment, usize)> = None;
        for (index, (row, filled)) in rows.iter().zip(&mut filled).enumerate() {
            while row
                .get(filled.next)
                .is_some_and(|busy| busy.end <= window.start)
            {
                filled.next += 1;
            }
            let gap_end = row.get(filled.next).map_or(FOREVER.end, |busy| busy.start);
            let fits = filled.until <= window.start && window.end <= gap_end;
            if fits && best.is_none_or(|(end, _)| gap_end < end) {
                best = Some((gap_end, index));
            }
        }
        if let Some((_, index)) = best {
            filled[index].until = window.end;
        }
        placed.push(best.map(|(_, index)| index));
    }
    placed
}
