//! The quick refusal: one moment alone shows that it cannot be.

use super::{FOREVER, Unit};
use crate::kernel::Period;

/// Whether at the start of each unit all units then running find gaps, one each, that hold them
/// whole. Taking them by start, the gap that ends soonest is never a wrong choice: who comes later
/// could begin in any gap that was open to an earlier one.
pub fn each_fits(rows: &[Vec<Period>], units: &[Unit]) -> bool {
    let mut gaps: Vec<Period> = Vec::with_capacity(rows.len());
    for (index, at) in units.iter().map(|unit| unit.window.start).enumerate() {
        if index + 1 < units.len() && units[index + 1].window.start == at {
            continue;
        }
        gaps.clear();
        gaps.extend(rows.iter().filter_map(|row| {
            let next = row.partition_point(|busy| busy.end <= at);
            let start = next
                .checked_sub(1)
                .map_or(FOREVER.start, |before| row[before].end);
            let end = row.get(next).map_or(FOREVER.end, |busy| busy.start);
            (end > at).then_some(Period { start, end })
        }));
        for unit in units[..=index].iter().filter(|unit| unit.window.end > at) {
            let holds = |gap: &Period| gap.start <= unit.window.start && unit.window.end <= gap.end;
            let Some((found, _)) = gaps
                .iter()
                .enumerate()
                .filter(|(_, gap)| holds(gap))
                .min_by_key(|(_, gap)| gap.end)
            else {
                return false;
            };
            gaps.swap_remove(found);
        }
    }
    true
}
