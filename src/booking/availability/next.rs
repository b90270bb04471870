//! When it fits next: the earliest start at which all wishes of all types do.
//!
//! Every ledger turns into the starts that it rules out: a wish that cannot run while too little is free cannot begin shortly before
//! or during that time. One pass over those spans, all in order, finds the first start that none rules out. Where items are not
//! interchangeable, the planner has the last word on it.

use super::{Fit, Ledger, Weighed, Wish};
use crate::kernel::{Moment, Period};

/// The earliest start from `after` on, and before `until`, at which all wishes fit, each moved by as much as `first` moves there.
/// `open` moves a start forward to when the shop is open.
pub fn next_start(ledgers: &[(&Ledger, &[Wish])], first: Moment, after: Moment, until: Moment, open: impl Fn(Moment) -> Moment) -> Option<Moment> {
    let mut ruled_out: Vec<Spans> = ledgers.iter().flat_map(|(ledger, wishes)| ruled_out(ledger, wishes, first, after, until)).collect();
    let planned: Vec<Candidates<'_>> =
        ledgers.iter().filter(|(ledger, wishes)| !ledger.counts_for(wishes)).map(|(ledger, wishes)| Candidates::new(ledger, wishes, first)).collect();
    let mut start = after;
    while start < until {
        let opened = open(start);
        if opened >= until {
            break;
        }
        start = ruled_out.iter_mut().fold(opened, |start, spans| spans.leave(start));
        if start > opened {
            continue;
        }
        match planned.iter().find(|planned| !planned.fits(start)) {
            None => return Some(start),
            Some(planned) => start = planned.after(start)?,
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

/// Per level of the wishes, the starts at which too little is free by count.
fn ruled_out(ledger: &Ledger, wishes: &[Wish], first: Moment, after: Moment, until: Moment) -> Vec<Spans> {
    let steps = levels_of(wishes, first);
    let (Some(lead), Some(tail)) = (steps.first().map(|step| step.from), steps.last().map(|step| step.to)) else { return Vec::new() };
    let horizon = Period { start: Moment(after.0 + lead).max(ledger.from), end: Moment(until.0.saturating_add(tail)) };
    if horizon.end <= horizon.start {
        return Vec::new();
    }
    let free = free_over(ledger, horizon);
    let spans = |step: &Step| {
        let mut spans: Vec<(Moment, Moment)> = Vec::new();
        for (from, to, free) in &free {
            if *free < step.quantity {
                let span = (Moment(from.0 - step.to), if to.0 == i64::MAX { *to } else { Moment(to.0 - step.from) });
                match spans.last_mut() {
                    Some(last) if last.1 > span.0 => last.1 = last.1.max(span.1),
                    _ => spans.push(span),
                }
            }
        }
        Spans { spans, passed: 0 }
    };
    steps.iter().filter(|step| step.quantity > 0).map(spans).collect()
}

/// What the wishes take together between two offsets from the start, in seconds.
struct Step {
    from: i64,
    to: i64,
    quantity: i64,
}

fn levels_of(wishes: &[Wish], first: Moment) -> Vec<Step> {
    let mut changes: Vec<(i64, i64)> = Vec::new();
    for wish in wishes.iter().filter(|wish| wish.quantity > 0) {
        changes.push((wish.window.start.0 - first.0, wish.quantity));
        changes.push((wish.window.end.0 - first.0, -wish.quantity));
    }
    changes.sort_unstable();
    let mut quantity = 0;
    let step = |pair: &[(i64, i64)]| {
        quantity += pair[0].1;
        Step { from: pair[0].0, to: pair[1].0, quantity }
    };
    let steps: Vec<Step> = changes.windows(2).map(step).collect();
    steps.into_iter().filter(|step| step.to > step.from).collect()
}

/// What is free from the start of the horizon on, as steps in order; the last goes on for ever.
fn free_over(ledger: &Ledger, horizon: Period) -> Vec<(Moment, Moment, i64)> {
    let mut free = ledger.total;
    let mut changes: Vec<(Moment, i64)> = Vec::new();
    for (period, quantity) in ledger.demands().filter(|(period, _)| period.overlaps(&horizon)) {
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
    let (Some(least), Some(most), true) = (range().min(), range().max(), changes.len() > 200) else {
        changes.sort_unstable_by_key(|change| change.0);
        return changes;
    };
    let shift = ((most - least) / (changes.len() as i64 / 4) + 1).ilog2();
    let stretch = |at: Moment| ((at.0 - least) >> shift) as usize;
    let mut ends = vec![0; stretch(Moment(most)) + 1];
    changes.iter().for_each(|change| ends[stretch(change.0)] += 1);
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
        let mut offsets: Vec<i64> = wishes.iter().map(|wish| wish.window.start.0 - first.0).collect();
        offsets.sort_unstable();
        offsets.dedup();
        let mut starts: Vec<Moment> = ledger.demands().flat_map(|(period, _)| offsets.iter().map(move |offset| Moment(period.end.0.saturating_sub(*offset)))).collect();
        starts.sort_unstable();
        starts.dedup();
        Candidates { weighed: ledger.weigh(wishes), wishes, first, starts }
    }

    fn fits(&self, start: Moment) -> bool {
        let by = start.0 - self.first.0;
        let moved = |wish: &Wish| Wish { window: Period { start: Moment(wish.window.start.0 + by), end: Moment(wish.window.end.0 + by) }, ..*wish };
        let wishes: Vec<Wish> = self.wishes.iter().map(moved).collect();
        self.weighed.fits(&wishes) == Fit::Yes
    }

    fn after(&self, start: Moment) -> Option<Moment> {
        self.starts.get(self.starts.partition_point(|known| *known <= start)).copied()
    }
}
