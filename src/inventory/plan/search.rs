//! The exact search: the most constrained unit first, into the item that the others miss least.
//!
//! Four things keep it short. A moment at which the units do not even fit the gaps of that moment ends it at once. A unit with more
//! items to choose from than neighbours in time can always be placed last, so it is set aside. Of items that are the same to all that
//! is left, one is tried. What failed for a unit fails for every unit of the same window.

use super::{FOREVER, Unit};
use crate::kernel::Period;

pub enum Outcome {
    /// Per unit, its row.
    Placed(Vec<usize>),
    Impossible,
    /// No answer within the steps.
    Spent,
}

/// Places all units of a stretch in the gaps of the rows.
pub fn place(rows: &[Vec<Period>], units: &[Unit], steps: &mut u32) -> Outcome {
    if !fits_every_moment(rows, units) {
        return Outcome::Impossible;
    }
    let mut search = Search::new(rows, units, *steps);
    let answer = search.run();
    *steps = search.steps;
    match answer {
        Some(true) => Outcome::Placed(search.placed),
        Some(false) => Outcome::Impossible,
        None => Outcome::Spent,
    }
}

/// Whether at the start of each unit all units then running find gaps, one each, that hold them whole. Taking them by start, the gap
/// that ends soonest is never a wrong choice: who comes later could begin in any gap that was open to an earlier one.
fn fits_every_moment(rows: &[Vec<Period>], units: &[Unit]) -> bool {
    let mut gaps: Vec<Period> = Vec::with_capacity(rows.len());
    for (index, at) in units.iter().map(|unit| unit.window.start).enumerate() {
        if index + 1 < units.len() && units[index + 1].window.start == at {
            continue;
        }
        gaps.clear();
        gaps.extend(rows.iter().filter_map(|row| {
            let next = row.partition_point(|busy| busy.end <= at);
            let start = next.checked_sub(1).map_or(FOREVER.start, |before| row[before].end);
            let end = row.get(next).map_or(FOREVER.end, |busy| busy.start);
            (end > at).then_some(Period { start, end })
        }));
        for unit in units[..=index].iter().filter(|unit| unit.window.end > at) {
            let holds = |gap: &Period| gap.start <= unit.window.start && unit.window.end <= gap.end;
            let Some((found, _)) = gaps.iter().enumerate().filter(|(_, gap)| holds(gap)).min_by_key(|(_, gap)| gap.end) else { return false };
            gaps.swap_remove(found);
        }
    }
    true
}

/// A set of units.
#[derive(Clone, PartialEq, Eq)]
struct Set(Vec<u64>);

impl Set {
    fn empty(size: usize) -> Self {
        Set(vec![0; size.div_ceil(64)])
    }
    fn has(&self, unit: usize) -> bool {
        self.0[unit / 64] >> (unit % 64) & 1 == 1
    }
    fn add(&mut self, unit: usize) {
        self.0[unit / 64] |= 1 << (unit % 64);
    }
    fn remove(&mut self, unit: usize) {
        self.0[unit / 64] &= !(1 << (unit % 64));
    }
    fn and(&self, other: &Set) -> Set {
        Set(self.0.iter().zip(&other.0).map(|(a, b)| a & b).collect())
    }
    fn without(&self, other: &Set) -> Set {
        Set(self.0.iter().zip(&other.0).map(|(a, b)| a & !b).collect())
    }
    fn shared(&self, other: &Set) -> usize {
        self.0.iter().zip(&other.0).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }
    fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(word, bits)| (0..64).filter(move |bit| bits >> bit & 1 == 1).map(move |bit| word * 64 + bit))
    }
}

struct Search {
    /// Per unit, those that run at the same time.
    neighbours: Vec<Set>,
    /// Per unit, those of the very same window.
    twins: Vec<Set>,
    /// Per row, the units it could still hold.
    holds: Vec<Set>,
    /// Per unit, how many rows could still hold it.
    choices: Vec<usize>,
    /// The units yet to be placed, less those set aside.
    open: Set,
    placed: Vec<usize>,
    steps: u32,
}

impl Search {
    fn new(rows: &[Vec<Period>], units: &[Unit], steps: u32) -> Self {
        let size = units.len();
        let set = |belongs: &dyn Fn(usize) -> bool| {
            let mut set = Set::empty(size);
            (0..size).filter(|&unit| belongs(unit)).for_each(|unit| set.add(unit));
            set
        };
        let free = |row: &[Period], window: Period| row.get(row.partition_point(|busy| busy.end <= window.start)).is_none_or(|busy| busy.start >= window.end);
        let holds: Vec<Set> = rows.iter().map(|row| set(&|unit| free(row, units[unit].window))).collect();
        Search {
            neighbours: (0..size).map(|unit| set(&|other| other != unit && units[other].window.overlaps(&units[unit].window))).collect(),
            twins: (0..size).map(|unit| set(&|other| other != unit && units[other].window == units[unit].window)).collect(),
            choices: (0..size).map(|unit| holds.iter().filter(|row| row.has(unit)).count()).collect(),
            holds,
            open: set(&|_| true),
            placed: vec![0; size],
            steps,
        }
    }

    /// Whether what is open can be placed; None when the steps are spent. What does not succeed leaves everything as it was.
    fn run(&mut self) -> Option<bool> {
        let before = self.open.clone();
        let aside = self.set_aside();
        let done = match self.most_constrained() {
            None => Some(true),
            Some(unit) => self.branch(unit),
        };
        if done == Some(true) {
            for unit in aside.into_iter().rev() {
                let row = (0..self.holds.len()).find(|&row| self.holds[row].has(unit)).expect("more items than neighbours were left to it");
                self.put(unit, row);
            }
        } else {
            self.open = before;
        }
        done
    }

    /// Takes out what can always be placed last, and what that makes easy in turn.
    fn set_aside(&mut self) -> Vec<usize> {
        let mut aside = Vec::new();
        loop {
            let easy: Vec<usize> = self.open.iter().filter(|&unit| self.choices[unit] > self.neighbours[unit].shared(&self.open)).collect();
            if easy.is_empty() {
                return aside;
            }
            for unit in easy {
                self.open.remove(unit);
                aside.push(unit);
            }
        }
    }

    fn most_constrained(&self) -> Option<usize> {
        self.open.iter().min_by_key(|&unit| (self.choices[unit], usize::MAX - self.neighbours[unit].shared(&self.open)))
    }

    fn branch(&mut self, unit: usize) -> Option<bool> {
        let mut refused: Vec<(usize, usize)> = Vec::new();
        let mut done = Some(false);
        for same in self.candidates(unit) {
            let row = same[0];
            if self.steps == 0 {
                done = None;
                break;
            }
            self.steps -= 1;
            self.open.remove(unit);
            let lost = self.put(unit, row);
            if lost.iter().all(|other| self.choices[other] > 0 || !self.open.has(other)) {
                done = self.run();
            }
            if done == Some(true) {
                return done;
            }
            self.take_back(row, &lost);
            self.open.add(unit);
            if done.is_none() || !self.refuse_twins(unit, &same, &mut refused) {
                break;
            }
        }
        for (other, row) in refused {
            self.holds[row].add(other);
            self.choices[other] += 1;
        }
        done
    }

    /// The rows that could hold a unit, those together that are the same to all that is open; first what the others miss least.
    fn candidates(&self, unit: usize) -> Vec<Vec<usize>> {
        let mut classes: Vec<(usize, Set, Vec<usize>)> = Vec::new();
        for row in (0..self.holds.len()).filter(|&row| self.holds[row].has(unit)) {
            let left = self.holds[row].and(&self.open);
            match classes.iter_mut().find(|(_, known, _)| *known == left) {
                Some((_, _, rows)) => rows.push(row),
                None => classes.push((left.shared(&self.neighbours[unit]), left, vec![row])),
            }
        }
        classes.sort_by_key(|(missed, _, rows)| (*missed, rows[0]));
        classes.into_iter().map(|(_, _, rows)| rows).collect()
    }

    /// Puts a unit into a row; gives back what the row can no longer hold.
    fn put(&mut self, unit: usize, row: usize) -> Set {
        let lost = self.holds[row].and(&self.neighbours[unit]);
        self.holds[row] = self.holds[row].without(&lost);
        for other in lost.iter() {
            self.choices[other] -= 1;
        }
        self.placed[unit] = row;
        lost
    }

    fn take_back(&mut self, row: usize, lost: &Set) {
        for other in lost.iter() {
            self.holds[row].add(other);
            self.choices[other] += 1;
        }
    }

    /// What failed for a unit fails for its twins; whether each of them still has a choice.
    fn refuse_twins(&mut self, unit: usize, rows: &[usize], refused: &mut Vec<(usize, usize)>) -> bool {
        let mut all_can = true;
        for twin in self.twins[unit].and(&self.open).iter() {
            for &row in rows.iter().filter(|&&row| self.holds[row].has(twin)) {
                refused.push((twin, row));
            }
        }
        for &(twin, row) in refused.iter() {
            if self.holds[row].has(twin) {
                self.holds[row].remove(twin);
                self.choices[twin] -= 1;
                all_can &= self.choices[twin] > 0;
            }
        }
        all_can
    }
}
