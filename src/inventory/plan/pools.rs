//! The exact search, over pools of gaps.
//!
//! Gaps that are open at the beginning of a stretch can be filled backwards in time without a wrong
//! choice, gaps that stay open at its end forwards. So it only matters how many units run in either
//! pool at each moment, and which unit goes to which pool is a flow along time, found or refuted in
//! no time. Where no item is busy twice, that is the answer. Otherwise the gaps between two busy
//! periods are tried one after the other, unit by unit, as long as the flow still goes with what is
//! left; it takes a gap not yet filled as open at its end, so it never refutes what can be.

use super::{FOREVER, Unit, tightest};
use crate::kernel::{Moment, Period};
use std::collections::VecDeque;

/// What asking the flow costs, against one unit tried.
const FLOW_STEPS: u32 = 4;

pub enum Outcome {
    /// Per unit, its row.
    Placed(Vec<usize>),
    Impossible,
    /// No answer within the steps.
    Spent,
}

/// Which gap between two busy periods is filled first.
#[derive(Clone, Copy)]
enum Order {
    ByStart,
    ByLength,
}

/// Places all units of a stretch in the gaps of the rows. Which way through time and which order of
/// the gaps is short differs from case to case and cannot be told before, so each has its share of
/// the steps.
pub fn place(rows: &[Vec<Period>], units: &[Unit], steps: &mut u32) -> Outcome {
    let rows_back: Vec<Vec<Period>> = rows
        .iter()
        .map(|row| row.iter().rev().map(back).collect())
        .collect();
    let units_back: Vec<Unit> = units
        .iter()
        .map(|unit| Unit {
            window: back(&unit.window),
            ..*unit
        })
        .collect();
    let share = *steps / 4;
    for order in [Order::ByStart, Order::ByLength] {
        for (rows, units) in [(rows, units), (&rows_back, &units_back)] {
            let mut pools = Pools::new(units, Gaps::of(rows, units, order), share);
            let answer = pools.fill(0, None);
            *steps -= share - pools.steps;
            match answer {
                Some(true) => return Outcome::Placed(pools.rows(rows.len(), units)),
                Some(false) => return Outcome::Impossible,
                None => {}
            }
        }
    }
    Outcome::Spent
}

/// As seen from the end of time.
fn back(period: &Period) -> Period {
    let turned = |moment: Moment| Moment(moment.0.saturating_neg());
    Period {
        start: turned(period.end),
        end: turned(period.start),
    }
}

/// A time that a row is free within the stretch.
#[derive(Clone, Copy)]
struct Gap {
    row: usize,
    open: Period,
}

/// The gaps of a stretch by what bounds them; one that nothing bounds is among the first.
struct Gaps {
    first: Vec<Gap>,
    last: Vec<Gap>,
    middle: Vec<Gap>,
}

impl Gaps {
    fn of(rows: &[Vec<Period>], units: &[Unit], order: Order) -> Self {
        let start = units
            .iter()
            .map(|unit| unit.window.start)
            .min()
            .unwrap_or(FOREVER.start);
        let end = units
            .iter()
            .map(|unit| unit.window.end)
            .max()
            .unwrap_or(FOREVER.end);
        let mut gaps = Gaps {
            first: Vec::new(),
            last: Vec::new(),
            middle: Vec::new(),
        };
        for (index, row) in rows.iter().enumerate() {
            let begins = [FOREVER.start]
                .into_iter()
                .chain(row.iter().map(|busy| busy.end));
            let ends = row.iter().map(|busy| busy.start).chain([FOREVER.end]);
            for open in begins
                .zip(ends)
                .filter_map(|(from, to)| Period::new(from.max(start), to.min(end)))
            {
                let kind = if open.start == start {
                    &mut gaps.first
                } else if open.end == end {
                    &mut gaps.last
                } else {
                    &mut gaps.middle
                };
                kind.push(Gap { row: index, open });
            }
        }
        match order {
            Order::ByStart => gaps
                .middle
                .sort_by_key(|gap| (gap.open.start, gap.open.end)),
            Order::ByLength => gaps
                .middle
                .sort_by_key(|gap| (gap.open.end.0 - gap.open.start.0, gap.open.start)),
        }
        gaps
    }
}

struct Pools {
    gaps: Gaps,
    /// Per unit, the parts of time it runs over.
    spans: Vec<(usize, usize)>,
    /// Per unit not in a middle gap, whether it goes to the last gaps.
    chosen: Vec<bool>,
    /// Per unit, the middle gap it is in.
    middle: Vec<Option<usize>>,
    /// The moments at which anything changes; a part lies between two of them.
    moments: Vec<Moment>,
    starts: Vec<Vec<usize>>,
    ends: Vec<Vec<usize>>,
    /// Per part: units outside middle gaps, those chosen among them, first gaps, last gaps with the
    /// middle ones that are to be filled.
    running: Vec<i64>,
    held: Vec<i64>,
    first: Vec<i64>,
    last: Vec<i64>,
    steps: u32,
}

/// How the search for a way through time came to a moment.
#[derive(Clone, Copy)]
enum Came {
    Not,
    By { from: usize, unit: Option<usize> },
}

impl Pools {
    fn new(units: &[Unit], gaps: Gaps, steps: u32) -> Self {
        let periods = || {
            gaps.first
                .iter()
                .chain(&gaps.last)
                .chain(&gaps.middle)
                .map(|gap| gap.open)
                .chain(units.iter().map(|unit| unit.window))
        };
        let mut moments: Vec<Moment> = periods()
            .flat_map(|period| [period.start, period.end])
            .collect();
        moments.sort_unstable();
        moments.dedup();
        let size = moments.len();
        let mut pools = Pools {
            spans: Vec::new(),
            chosen: vec![false; units.len()],
            middle: vec![None; units.len()],
            starts: vec![Vec::new(); size],
            ends: vec![Vec::new(); size],
            running: vec![0; size],
            held: vec![0; size],
            first: vec![0; size],
            last: vec![0; size],
            moments,
            gaps,
            steps,
        };
        for gap in &pools.gaps.first {
            let (from, to) = pools.span(gap.open);
            pools.first[from..to]
                .iter_mut()
                .for_each(|count| *count += 1);
        }
        for gap in pools.gaps.last.iter().chain(&pools.gaps.middle) {
            let (from, to) = pools.span(gap.open);
            pools.last[from..to]
                .iter_mut()
                .for_each(|count| *count += 1);
        }
        for (index, unit) in units.iter().enumerate() {
            let (from, to) = pools.span(unit.window);
            pools.spans.push((from, to));
            pools.starts[from].push(index);
            pools.ends[to].push(index);
            pools.running[from..to]
                .iter_mut()
                .for_each(|count| *count += 1);
            if pools.held[from] < pools.last[from] {
                pools.turn(index);
            }
        }
        pools
    }

    fn span(&self, period: Period) -> (usize, usize) {
        let at = |moment: Moment| self.moments.partition_point(|known| *known < moment);
        (at(period.start), at(period.end))
    }

    /// Fills the middle gaps from one on, the first of them from a part of time on if it is begun.
    /// Filling never harms, so no gap is left idle where a unit goes in. What fails leaves
    /// everything as it was; None when the steps are spent.
    fn fill(&mut self, gap: usize, from: Option<usize>) -> Option<bool> {
        if from.is_none() && self.goes_without(gap)? {
            return Some(true);
        }
        let Some(open) = self.gaps.middle.get(gap).map(|gap| gap.open) else {
            return Some(false);
        };
        let (start, end) = self.span(open);
        let from = from.unwrap_or(start);
        let candidates = self.candidates(from, end);
        if candidates.is_empty() {
            self.open_last((from, end), -1);
            let done = if self.goes()? {
                self.fill(gap + 1, None)
            } else {
                Some(false)
            };
            if done != Some(true) {
                self.open_last((from, end), 1);
            }
            return done;
        }
        for unit in candidates {
            let until = self.spans[unit].1;
            self.put(unit, gap);
            self.open_last((from, until), -1);
            let done = if self.goes()? {
                self.fill(gap, Some(until))
            } else {
                Some(false)
            };
            if done != Some(false) {
                return done;
            }
            self.open_last((from, until), 1);
            self.take_back(unit);
        }
        Some(false)
    }

    /// The units that could be next in a middle gap: those before which no other goes in. Of equal
    /// ones, one.
    fn candidates(&self, from: usize, to: usize) -> Vec<usize> {
        let within = |unit: &usize| self.middle[*unit].is_none() && self.spans[*unit].1 <= to;
        let mut found: Vec<usize> = self.starts[from..to]
            .iter()
            .flatten()
            .copied()
            .filter(within)
            .collect();
        let soonest = found
            .iter()
            .map(|unit| self.spans[*unit].1)
            .min()
            .unwrap_or(to);
        found.retain(|unit| self.spans[*unit].0 < soonest);
        found.sort_by_key(|unit| (self.spans[*unit], *unit));
        found.dedup_by_key(|unit| self.spans[*unit]);
        found.sort_by_key(|unit| (!self.chosen[*unit], self.spans[*unit].0));
        found
    }

    fn put(&mut self, unit: usize, gap: usize) {
        self.middle[unit] = Some(gap);
        self.count(unit, -1);
    }

    fn take_back(&mut self, unit: usize) {
        self.middle[unit] = None;
        self.count(unit, 1);
    }

    fn count(&mut self, unit: usize, change: i64) {
        let (from, to) = self.spans[unit];
        self.running[from..to]
            .iter_mut()
            .for_each(|count| *count += change);
        if self.chosen[unit] {
            self.held[from..to]
                .iter_mut()
                .for_each(|count| *count += change);
        }
    }

    fn open_last(&mut self, (from, to): (usize, usize), change: i64) {
        self.last[from..to]
            .iter_mut()
            .for_each(|count| *count += change);
    }

    /// Whether what is left goes into the first and last gaps alone, without the middle ones from
    /// one on.
    fn goes_without(&mut self, gap: usize) -> Option<bool> {
        let left: Vec<(usize, usize)> = self.gaps.middle[gap..]
            .iter()
            .map(|gap| self.span(gap.open))
            .collect();
        left.iter().for_each(|span| self.open_last(*span, -1));
        let goes = self.goes();
        if goes != Some(true) {
            left.iter().for_each(|span| self.open_last(*span, 1));
        }
        goes
    }

    /// The fewest and the most that the last gaps may hold in a part of time.
    fn bounds(&self, part: usize) -> (i64, i64) {
        (
            (self.running[part] - self.first[part]).max(0),
            self.running[part].min(self.last[part]),
        )
    }

    /// Whether units can be chosen for the last gaps so that in every part of time they hold them,
    /// and the first gaps the others.
    fn goes(&mut self) -> Option<bool> {
        self.steps = self.steps.checked_sub(FLOW_STEPS)?;
        let parts = 0..self.moments.len().saturating_sub(1);
        if parts
            .clone()
            .any(|part| self.bounds(part).0 > self.bounds(part).1)
        {
            return Some(false);
        }
        for part in parts {
            let (low, high) = self.bounds(part);
            while self.held[part] < low {
                if !self.mend(part, part + 1) {
                    return Some(false);
                }
            }
            while self.held[part] > high {
                if !self.mend(part + 1, part) {
                    return Some(false);
                }
            }
        }
        Some(true)
    }

    /// Chooses one more unit in the part between two moments, or one fewer (the other way round),
    /// by turning others as well, without harm to any other part.
    fn mend(&mut self, from: usize, to: usize) -> bool {
        let mut came = vec![Came::Not; self.moments.len()];
        let mut queue = VecDeque::from([from]);
        came[from] = Came::By { from, unit: None };
        while let Some(at) = queue.pop_front() {
            if at == to {
                break;
            }
            let mut reach = |next: usize, unit: Option<usize>| {
                if matches!(came[next], Came::Not) {
                    came[next] = Came::By { from: at, unit };
                    queue.push_back(next);
                }
            };
            let free = |unit: &&usize| self.middle[**unit].is_none();
            self.starts[at]
                .iter()
                .filter(free)
                .filter(|unit| !self.chosen[**unit])
                .for_each(|unit| reach(self.spans[*unit].1, Some(*unit)));
            self.ends[at]
                .iter()
                .filter(free)
                .filter(|unit| self.chosen[**unit])
                .for_each(|unit| reach(self.spans[*unit].0, Some(*unit)));
            if at + 1 < self.moments.len() && self.held[at] > self.bounds(at).0 {
                reach(at + 1, None);
            }
            if at > 0 && self.held[at - 1] < self.bounds(at - 1).1 {
                reach(at - 1, None);
            }
        }
        let mut at = to;
        while at != from {
            let Came::By { from: before, unit } = came[at] else {
                return false;
            };
            unit.into_iter().for_each(|unit| self.turn(unit));
            at = before;
        }
        true
    }

    fn turn(&mut self, unit: usize) {
        let (from, to) = self.spans[unit];
        let change = if self.chosen[unit] { -1 } else { 1 };
        self.chosen[unit] = !self.chosen[unit];
        self.held[from..to]
            .iter_mut()
            .for_each(|count| *count += change);
    }

    /// Gives every unit its row: the last gaps filled forwards, the first ones backwards.
    fn rows(&self, size: usize, units: &[Unit]) -> Vec<usize> {
        let mut placed: Vec<usize> = self
            .middle
            .iter()
            .map(|gap| gap.map_or(0, |gap| self.gaps.middle[gap].row))
            .collect();
        let mut fill = |chosen: bool, gaps: &[Gap], turn: &dyn Fn(&Period) -> Period| {
            let mut rows = vec![vec![FOREVER]; size];
            for gap in gaps {
                rows[gap.row] = vec![Period {
                    end: turn(&gap.open).start,
                    ..FOREVER
                }];
            }
            let pool = (0..units.len())
                .filter(|unit| self.middle[*unit].is_none() && self.chosen[*unit] == chosen);
            let mut pool: Vec<Unit> = pool
                .map(|unit| Unit {
                    window: turn(&units[unit].window),
                    claim: unit,
                })
                .collect();
            pool.sort_by_key(|unit| (unit.window.start, unit.window.end));
            for (unit, row) in pool.iter().zip(tightest(&rows, &pool)) {
                placed[unit.claim] = row.expect("no more units than gaps in any part of time");
            }
        };
        fill(true, &self.gaps.last, &|period| *period);
        fill(false, &self.gaps.first, &back);
        placed
    }
}
