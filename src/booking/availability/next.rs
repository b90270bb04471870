//! When it fits next: the earliest start at which all wishes of all types do.
//!
//! Every ledger turns into the starts that it rules out: a wish that cannot run while too little is
//! free cannot begin shortly before or during that time. One pass over those spans, all in order,
//! finds the first start that none rules out. Where the shop is closed at the end of it, the stay
//! lasts until it opens, and only that time more is looked at. Where items are not interchangeable,
//! the planner has the last word on it.

use super::{Fit, Ledger, Weighed, Wish};
use crate::kernel::{Moment, Period};

/// When the shop can be come to: each moves a moment forward to one that will do, the later the
/// moment the later.
pub struct Doors<L, B> {
    pub leaves: L,
    pub comes_back: B,
}

/// The earliest stay that begins from `after` on, and before `until`, at which all wishes fit, each
/// moved by as much as the start of `stay` moves there. It is as long as `stay`, or longer where
/// the shop would be closed when it ends; every wish lasts as much longer.
pub fn next_stay<L, B>(
    ledgers: &[(&Ledger, &[Wish])],
    stay: Period,
    after: Moment,
    until: Moment,
    doors: &Doors<L, B>,
) -> Option<Period>
where
    L: Fn(Moment) -> Moment,
    B: Fn(Moment) -> Moment,
{
    let length = stay.end.0 - stay.start.0;
    // So much longer the stay of the last start may be, and no other ends later.
    let longest = (doors.comes_back)(Moment(until.0 + length)).0 - until.0 - length;
    let counts: Vec<Counts<'_>> = ledgers
        .iter()
        .filter_map(|(ledger, wishes)| {
            Counts::new(
                ledger,
                wishes,
                stay.start,
                Period {
                    start: after,
                    end: until,
                },
                longest,
            )
        })
        .collect();
    let mut ruled_out: Vec<Spans> = counts.iter().flat_map(Counts::ruled_out).collect();
    let planned: Vec<Candidates<'_>> = ledgers
        .iter()
        .filter(|(ledger, wishes)| !ledger.counts_for(wishes))
        .map(|(ledger, wishes)| Candidates::new(ledger, wishes, stay.start))
        .collect();
    let mut start = after;
    while start < until {
        let opened = (doors.leaves)(start);
        if opened >= until {
            break;
        }
        start = ruled_out
            .iter_mut()
            .fold(opened, |start, spans| spans.leave(start));
        if start > opened {
            continue;
        }
        let end = (doors.comes_back)(Moment(start.0 + length));
        let longer = end.0 - start.0 - length;
        // Whoever starts before then has to wait for the same door.
        let same_door = (longer > 0).then_some(Moment(start.0 + longer));
        if let Some(better) = counts
            .iter()
            .find_map(|counts| counts.in_the_way(start, longer))
        {
            start = same_door.map_or(better, |same_door| same_door.min(better));
            continue;
        }
        match planned.iter().find(|planned| !planned.fits(start, longer)) {
            None => return Some(Period { start, end }),
            Some(planned) => {
                start = planned
                    .after(start)
                    .into_iter()
                    .chain(planned.parted(start, longer))
                    .chain(same_door)
                    .min()?
            }
        }
    }
    None
}

/// Spans of starts that are ruled out, in order; a start at either end of one is not.
struct Spans {
    spans: Vec<(Moment, Moment)>,
    passed: usize,
}

impl Spans {
    /// The start itself, or the end of the spans that rule it out. Starts only ever grow.
    fn leave(&mut self, start: Moment) -> Moment {
        let mut start = start;
        while let Some((from, to)) = self.spans.get(self.passed) {
            if *to <= start {
                self.passed += 1;
            } else if *from < start {
                start = *to;
            } else {
                break;
            }
        }
        start
    }
}

/// What is free by count while the wishes could run, and what they take together.
struct Counts<'a> {
    wishes: &'a [Wish],
    first: Moment,
    steps: Vec<Step>,
    free: Vec<(Moment, Moment, i64)>,
}

impl<'a> Counts<'a> {
    /// `None` where nothing can be in the way: nothing is wished, or all of it is over.
    fn new(
        ledger: &Ledger,
        wishes: &'a [Wish],
        first: Moment,
        starts: Period,
        longest: i64,
    ) -> Option<Self> {
        let steps = levels_of(wishes, first, 0);
        let (lead, tail) = (steps.first()?.from, steps.last()?.to);
        let horizon = Period::new(
            Moment(starts.start.0 + lead).max(ledger.from),
            Moment(starts.end.0.saturating_add(tail + longest)),
        )?;
        Some(Counts {
            wishes,
            first,
            steps,
            free: free_over(ledger, horizon),
        })
    }

    /// Per level of the wishes, the starts at which too little is free.
    fn ruled_out(&self) -> impl Iterator<Item = Spans> {
        self.steps
            .iter()
            .filter(|step| step.quantity > 0)
            .map(|step| {
                let mut spans: Vec<(Moment, Moment)> = Vec::new();
                for (from, to, free) in &self.free {
                    if *free < step.quantity {
                        let span = (
                            Moment(from.0 - step.to),
                            if to.0 == i64::MAX {
                                *to
                            } else {
                                Moment(to.0 - step.from)
                            },
                        );
                        match spans.last_mut() {
                            Some(last) if last.1 > span.0 => last.1 = last.1.max(span.1),
                            _ => spans.push(span),
                        }
                    }
                }
                Spans { spans, passed: 0 }
            })
    }

    /// Of wishes that fit from a start on: where they do not if each lasts so many seconds more,
    /// the first start that may do better.
    fn in_the_way(&self, start: Moment, longer: i64) -> Option<Moment> {
        if longer == 0 {
            return None;
        }
        let same_until = self
            .wishes
            .iter()
            .map(|wish| wish.window.end.0 - self.first.0)
            .min()?;
        levels_of(self.wishes, self.first, longer)
            .iter()
            .filter(|step| step.quantity > 0 && step.to > same_until)
            .find_map(|step| {
                let (from, to) = (
                    Moment(start.0 + step.from.max(same_until)),
                    Moment(start.0 + step.to),
                );
                let place = self.free.partition_point(|known| known.1 <= from);
                let short = self.free[place..]
                    .iter()
                    .take_while(|known| known.0 < to)
                    .find(|known| known.2 < step.quantity)?;
                Some(Moment(short.1.min(to).0 - step.from))
            })
    }
}

/// What the wishes take together between two offsets from the start, in seconds.
struct Step {
    from: i64,
    to: i64,
    quantity: i64,
}

fn levels_of(wishes: &[Wish], first: Moment, longer: i64) -> Vec<Step> {
    let mut changes: Vec<(i64, i64)> = Vec::new();
    for wish in wishes.iter().filter(|wish| wish.quantity > 0) {
        changes.push((wish.window.start.0 - first.0, wish.quantity));
        changes.push((wish.window.end.0 - first.0 + longer, -wish.quantity));
    }
    changes.sort_unstable();
    let mut quantity = 0;
    let step = |pair: &[(i64, i64)]| {
        quantity += pair[0].1;
        Step {
            from: pair[0].0,
            to: pair[1].0,
            quantity,
        }
    };
    let steps: Vec<Step> = changes.windows(2).map(step).collect();
    steps
        .into_iter()
        .filter(|step| step.to > step.from)
        .collect()
}

/// What is free from the start of the horizon on, as steps in order; the last goes on for ever.
fn free_over(ledger: &Ledger, horizon: Period) -> Vec<(Moment, Moment, i64)> {
    let mut free = ledger.total;
    let mut changes: Vec<(Moment, i64)> = Vec::new();
    for (period, quantity) in ledger
        .demands()
        .filter(|(period, _)| period.overlaps(&horizon))
    {
        if period.start <= horizon.start {
            free -= quantity;
        } else {
            changes.push((period.start, -quantity));
        }
        if period.end < horizon.end {
            changes.push((period.end, quantity));
        }
    }
    let changes = in_order(changes);
    let mut steps = Vec::with_capacity(changes.len() + 1);
    let mut from = horizon.start;
    for (at, change) in changes {
        if at > from {
            steps.push((from, at, free));
            from = at;
        }
        free += change;
    }
    steps.push((from, Moment(i64::MAX), free));
    steps
}

/// By moment. Many are first spread over stretches of equal length, a few to each: half the time.
fn in_order(mut changes: Vec<(Moment, i64)>) -> Vec<(Moment, i64)> {
    let range = || changes.iter().map(|change| change.0.0);
    let (Some(least), Some(most), true) = (range().min(), range().max(), changes.len() > 200)
    else {
        changes.sort_unstable_by_key(|change| change.0);
        return changes;
    };
    let shift = ((most - least) / (changes.len() as i64 / 4) + 1).ilog2();
    let stretch = |at: Moment| ((at.0 - least) >> shift) as usize;
    let mut ends = vec![0; stretch(Moment(most)) + 1];
    changes
        .iter()
        .for_each(|change| ends[stretch(change.0)] += 1);
    let mut sum = 0;
    for end in &mut ends {
        sum += *end;
        *end = sum;
    }
    let mut places = ends.clone();
    let mut spread = changes.clone();
    for change in changes {
        let place = &mut places[stretch(change.0)];
        *place -= 1;
        spread[*place] = change;
    }
    let mut start = 0;
    for end in ends {
        spread[start..end].sort_unstable_by_key(|change| change.0);
        start = end;
    }
    spread
}

/// A ledger whose answer needs the planner, with the starts at which it may change for the better.
struct Candidates<'a> {
    weighed: Weighed<'a>,
    wishes: &'a [Wish],
    first: Moment,
    starts: Vec<Moment>,
}

impl<'a> Candidates<'a> {
    fn new(ledger: &'a Ledger, wishes: &'a [Wish], first: Moment) -> Self {
        let mut offsets: Vec<i64> = wishes
            .iter()
            .map(|wish| wish.window.start.0 - first.0)
            .collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut starts: Vec<Moment> = ledger
            .demands()
            .flat_map(|(period, _)| {
                offsets
                    .iter()
                    .map(move |offset| Moment(period.end.0.saturating_sub(*offset)))
            })
            .collect();
        starts.sort_unstable();
        starts.dedup();
        Candidates {
            weighed: ledger.weigh(wishes),
            wishes,
            first,
            starts,
        }
    }

    fn fits(&self, start: Moment, longer: i64) -> bool {
        let by = start.0 - self.first.0;
        let moved = |wish: &Wish| Wish {
            window: Period {
                start: Moment(wish.window.start.0 + by),
                end: Moment(wish.window.end.0 + by + longer),
            },
            ..*wish
        };
        let wishes: Vec<Wish> = self.wishes.iter().map(moved).collect();
        self.weighed.fits(&wishes) == Fit::Yes
    }

    /// Where each lasts so much longer, the next start at which one wish begins no sooner than
    /// another ends.
    fn parted(&self, start: Moment, longer: i64) -> Option<Moment> {
        let ends = self.wishes.iter().map(|wish| wish.window.end.0 + longer);
        let starts = ends.flat_map(|end| {
            self.wishes
                .iter()
                .map(move |wish| Moment(start.0 + end - wish.window.start.0))
        });
        starts.filter(|parted| longer > 0 && *parted > start).min()
    }

    fn after(&self, start: Moment) -> Option<Moment> {
        self.starts
            .get(self.starts.partition_point(|known| *known <= start))
            .copied()
    }
}
