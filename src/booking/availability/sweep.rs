//! The sweep: demand as a sum that rises where something is claimed and falls where it is released.

use crate::inventory::plan::Claim;
use crate::kernel::{Moment, Period};

/// The highest sum of demands at one moment of the window. At one moment releases come before
/// claims.
pub fn peak_of(window: Period, demands: impl Iterator<Item = (Period, i64)>) -> i64 {
    let (mut sum, changes) = changes_in(window, demands);
    let mut peak = sum;
    for (_, change) in changes {
        sum += change;
        peak = peak.max(sum);
    }
    peak
}

/// The highest sum in each of many windows, in one pass: they are in order and do not overlap. As
/// [`peak_of`] for each.
pub fn peaks_of(windows: &[Period], demands: impl Iterator<Item = (Period, i64)>) -> Vec<i64> {
    let (Some(first), Some(last)) = (windows.first(), windows.last()) else {
        return Vec::new();
    };
    let span = Period {
        start: first.start,
        end: last.end,
    };
    let (mut sum, changes) = changes_in(span, demands);
    let mut changes = changes.into_iter().peekable();
    windows
        .iter()
        .map(|window| {
            while let Some((_, change)) = changes.next_if(|(at, _)| *at <= window.start) {
                sum += change;
            }
            let mut peak = sum;
            while let Some((_, change)) = changes.next_if(|(at, _)| *at < window.end) {
                sum += change;
                peak = peak.max(sum);
            }
            peak
        })
        .collect()
}

/// From each moment of a window at which the sum changes, what it is from then on; at its start
/// first.
pub fn steps_of(
    window: Period,
    demands: impl Iterator<Item = (Period, i64)>,
) -> Vec<(Moment, i64)> {
    let (mut sum, changes) = changes_in(window, demands);
    let mut steps = vec![(window.start, sum)];
    for (at, change) in changes.into_iter().filter(|(at, _)| *at < window.end) {
        sum += change;
        match steps.last_mut() {
            Some(last) if last.0 == at => last.1 = sum,
            _ => steps.push((at, sum)),
        }
    }
    steps.dedup_by_key(|step| step.1);
    steps
}

/// The sum at the start of a window, and every change in it, in order: at one moment releases
/// before claims.
fn changes_in(
    window: Period,
    demands: impl Iterator<Item = (Period, i64)>,
) -> (i64, Vec<(Moment, i64)>) {
    let mut sum = 0;
    let mut changes: Vec<(Moment, i64)> = Vec::new();
    for (period, quantity) in demands.filter(|(period, _)| period.overlaps(&window)) {
        if period.start <= window.start {
            sum += quantity;
        } else {
            changes.push((period.start, quantity));
        }
        if period.end < window.end {
            changes.push((period.end, -quantity));
        }
    }
    changes.sort_unstable();
    (sum, changes)
}

/// The most by which demands and wishes together exceed the total at one moment of a wish; 0 or
/// less where all is well.
pub fn excess(total: i64, demands: impl Iterator<Item = (Period, i64)>, wishes: &[Claim]) -> i64 {
    let wishes = || {
        wishes
            .iter()
            .filter(|wish| wish.quantity > 0)
            .map(|wish| (wish.window, wish.quantity))
    };
    let (Some(start), Some(end)) = (
        wishes().map(|(window, _)| window.start).min(),
        wishes().map(|(window, _)| window.end).max(),
    ) else {
        return i64::MIN;
    };
    let span = Period { start, end };
    // What changes, by how much, and whether a wish begins or ends with it.
    let mut changes: Vec<(Moment, i64, i64)> = Vec::new();
    let mut sum = 0;
    for (period, quantity) in demands.filter(|(period, _)| period.overlaps(&span)) {
        if period.start <= start {
            sum += quantity;
        } else {
            changes.push((period.start, quantity, 0));
        }
        if period.end < end {
            changes.push((period.end, -quantity, 0));
        }
    }
    for (window, quantity) in wishes() {
        changes.push((window.start, quantity, 1));
        changes.push((window.end, -quantity, -1));
    }
    changes.sort_unstable_by_key(|change| change.0);
    let (mut wished, mut most) = (0, i64::MIN);
    for (index, (at, change, wish)) in changes.iter().enumerate() {
        sum += change;
        wished += wish;
        let settled = changes.get(index + 1).is_none_or(|next| next.0 > *at);
        if wished > 0 && settled {
            most = most.max(sum - total);
        }
    }
    most
}
