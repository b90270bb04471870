//! Demand over time that grows promise by promise, with its highest level over any window in
//! logarithmic time.

use crate::kernel::{Moment, Period};

/// A tree over the stretches between the moments at which anything begins or ends.
pub struct Levels {
    moments: Vec<Moment>,
    nodes: Vec<Node>,
    /// The stretches, rounded up to a power of two.
    width: usize,
}

/// Of all stretches below it: the highest and the lowest level, and what was added to all of them
/// alike.
#[derive(Clone, Copy, Default)]
struct Node {
    highest: i64,
    lowest: i64,
    added: i64,
}

impl Levels {
    /// Levels of zero that know the moments of these windows.
    pub fn new(windows: impl Iterator<Item = Period>) -> Self {
        let mut moments: Vec<Moment> = windows
            .flat_map(|window| [window.start, window.end])
            .collect();
        moments.sort_unstable();
        moments.dedup();
        let width = moments.len().next_power_of_two();
        Levels {
            moments,
            nodes: vec![Node::default(); 2 * width],
            width,
        }
    }

    /// The stretches of a window whose moments are known.
    fn stretches(&self, window: Period) -> (usize, usize) {
        let at = |moment: Moment| self.moments.partition_point(|known| *known < moment);
        (at(window.start), at(window.end))
    }

    pub fn add(&mut self, window: Period, quantity: i64) {
        let (start, end) = self.stretches(window);
        self.add_below(1, (0, self.width), (start, end), quantity);
    }

    fn add_below(
        &mut self,
        node: usize,
        (low, high): (usize, usize),
        range: (usize, usize),
        quantity: i64,
    ) {
        if range.1 <= low || high <= range.0 {
            return;
        }
        if range.0 <= low && high <= range.1 {
            let node = &mut self.nodes[node];
            *node = Node {
                highest: node.highest + quantity,
                lowest: node.lowest + quantity,
                added: node.added + quantity,
            };
            return;
        }
        let middle = low.midpoint(high);
        self.add_below(2 * node, (low, middle), range, quantity);
        self.add_below(2 * node + 1, (middle, high), range, quantity);
        let (left, right, added) = (
            self.nodes[2 * node],
            self.nodes[2 * node + 1],
            self.nodes[node].added,
        );
        self.nodes[node] = Node {
            highest: left.highest.max(right.highest) + added,
            lowest: left.lowest.min(right.lowest) + added,
            added,
        };
    }

    pub fn highest(&self, window: Period) -> i64 {
        self.highest_below(1, (0, self.width), self.stretches(window))
            .unwrap_or(0)
    }

    fn highest_below(
        &self,
        node: usize,
        (low, high): (usize, usize),
        range: (usize, usize),
    ) -> Option<i64> {
        if range.1 <= low || high <= range.0 {
            return None;
        }
        if range.0 <= low && high <= range.1 {
            return Some(self.nodes[node].highest);
        }
        let middle = low.midpoint(high);
        let left = self.highest_below(2 * node, (low, middle), range);
        left.max(self.highest_below(2 * node + 1, (middle, high), range))
            .map(|level| level + self.nodes[node].added)
    }

    /// The first part of a window in which the level stands above a limit throughout.
    pub fn first_above(&self, window: Period, limit: i64) -> Option<Period> {
        let (start, end) = self.stretches(window);
        let from = self
            .first(
                1,
                (0, self.width),
                start,
                &|node, above| node.highest + above > limit,
                0,
            )
            .filter(|from| *from < end)?;
        let until = self
            .first(
                1,
                (0, self.width),
                from,
                &|node, above| node.lowest + above <= limit,
                0,
            )
            .map_or(end, |until| until.min(end));
        Period::new(self.moments[from], self.moments[until])
    }

    /// The first stretch from `start` on that holds; `holds` says of a node whether one below it
    /// does.
    fn first(
        &self,
        node: usize,
        (low, high): (usize, usize),
        start: usize,
        holds: &dyn Fn(&Node, i64) -> bool,
        above: i64,
    ) -> Option<usize> {
        if high <= start || !holds(&self.nodes[node], above) {
            return None;
        }
        if high - low == 1 {
            return Some(low);
        }
        let (middle, above) = (low.midpoint(high), above + self.nodes[node].added);
        self.first(2 * node, (low, middle), start, holds, above)
            .or_else(|| self.first(2 * node + 1, (middle, high), start, holds, above))
    }
}
