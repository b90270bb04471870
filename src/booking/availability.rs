//! Whether gear is free: what is promised and out of one type, and what more could be promised.
//! Pure.
//!
//! The count decides while items are interchangeable: at no moment may more be wanted than there
//! is. A pin, or an item that is set aside later, ends that; then [`plan`] decides whether an
//! assignment of items to all claims exists.

mod levels;
mod next;
mod sweep;
#[cfg(test)]
mod tests;

pub use next::{Doors, next_stay};
pub use sweep::peak_of;

use crate::inventory::plan::{self, Assignment, Claim, Shelf};
use crate::kernel::{ItemId, LineId, Moment, Period, ReservationId};
use levels::Levels;
use std::collections::BTreeMap;

/// A promise already made: an open line's claim (turnaround included in the window).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Promise {
    pub line: LineId,
    pub reservation: ReservationId,
    pub window: Period,
    pub quantity: i64,
    pub pin: Option<ItemId>,
}

/// New gear wanted, turnaround included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Wish {
    pub window: Period,
    pub quantity: i64,
    pub pin: Option<ItemId>,
}

/// Everything that bears on one type from `from` on.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// Nothing before it matters; all windows are clipped to it.
    pub from: Moment,
    /// The base count.
    pub total: i64,
    /// The items of the base with their busy periods; empty for counted stock.
    pub shelves: Vec<Shelf>,
    /// Counted stock that is out or set aside.
    pub counted: Vec<(Period, i64)>,
    /// First promised first.
    pub promises: Vec<Promise>,
}

/// Whether wishes can be promised.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fit {
    Yes,
    Short {
        missing: i64,
    },
    /// The planner ran out of steps; the pins are those in the way.
    Unproven {
        pins: Vec<ItemId>,
    },
}

/// How many more could be promised.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Most {
    pub quantity: i64,
    /// False: more might fit, but the planner ran out of steps.
    pub proven: bool,
}

/// A promise that cannot be kept whole.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Short {
    pub line: LineId,
    pub reservation: ReservationId,
    pub missing: i64,
    pub during: Period,
}

impl Ledger {
    /// The highest demand at one moment of the window.
    pub fn peak(&self, window: Period) -> i64 {
        self.clip(window)
            .map_or(0, |window| peak_of(window, self.demands()))
    }

    /// What is left for the whole window; negative where more is promised than there is.
    pub fn free(&self, window: Period) -> i64 {
        self.total - self.peak(window)
    }

    /// What is left in each of many windows, in order and apart: as [`Self::free`] for each, in one
    /// pass.
    pub fn free_in_each(&self, windows: &[Period]) -> Vec<i64> {
        let clipped: Vec<Period> = windows
            .iter()
            .filter_map(|window| self.clip(*window))
            .collect();
        let peaks = sweep::peaks_of(&clipped, self.demands());
        let past = windows.len() - clipped.len();
        std::iter::repeat_n(self.total, past)
            .chain(peaks.into_iter().map(|peak| self.total - peak))
            .collect()
    }

    /// From each moment of a window at which it changes, how many are free from then on.
    pub fn steps(&self, window: Period) -> Vec<(Moment, i64)> {
        self.clip(window).map_or_else(Vec::new, |window| {
            sweep::steps_of(window, self.demands())
                .into_iter()
                .map(|(at, taken)| (at, self.total - taken))
                .collect()
        })
    }

    /// Whether all wishes fit together, beside everything promised.
    pub fn fits(&self, wishes: &[Wish]) -> Fit {
        self.weigh(wishes).fits(wishes)
    }

    /// How many more could be promised for the whole window.
    pub fn most(&self, window: Period) -> Most {
        let counted = self.free(window).max(0);
        if self.counts() || self.clip(window).is_none() {
            return Most {
                quantity: counted,
                proven: true,
            };
        }
        let weighed = self.weigh(&[]);
        let mut proven = true;
        let fits = |quantity| {
            let answer = weighed.fits(&[Wish {
                window,
                quantity,
                pin: None,
            }]);
            // What was refused last bounds the answer.
            proven = match answer {
                Fit::Yes => proven,
                Fit::Short { .. } => true,
                Fit::Unproven { .. } => false,
            };
            answer == Fit::Yes
        };
        let quantity = largest(counted, fits);
        Most { quantity, proven }
    }

    /// Who goes short: promises are kept in their order, each with as many units as still go beside
    /// those before it.
    pub fn shortfall(&self) -> Vec<Short> {
        let kept = self.kept();
        if self
            .promises
            .iter()
            .zip(&kept)
            .all(|(promise, kept)| *kept >= promise.quantity)
        {
            return Vec::new();
        }
        let mut levels = self.counts().then(|| self.levels());
        let mut shorts = Vec::new();
        for (promise, kept) in self.promises.iter().zip(&kept) {
            let Some(window) = self.clip(promise.window) else {
                continue;
            };
            let missing = promise.quantity - kept;
            if missing > 0 {
                let during = levels
                    .as_ref()
                    .and_then(|levels| levels.first_above(window, self.total - promise.quantity))
                    .unwrap_or(window);
                shorts.push(Short {
                    line: promise.line,
                    reservation: promise.reservation,
                    missing,
                    during,
                });
            }
            if let Some(levels) = &mut levels {
                levels.add(window, *kept);
            }
        }
        shorts
    }

    /// A soft plan of which items serve which line: what is kept is served, pins are respected,
    /// earlier shelves are preferred.
    pub fn plan(&self) -> BTreeMap<LineId, Vec<ItemId>> {
        if self.shelves.is_empty() {
            return BTreeMap::new();
        }
        let claims = self.claims(&self.kept());
        let items = match plan::assign(&self.shelves, &claims, plan::STEPS) {
            Assignment::Found(items) => items,
            Assignment::Impossible | Assignment::Unproven => {
                plan::assign_some(&self.shelves, &claims)
            }
        };
        self.promises
            .iter()
            .map(|promise| promise.line)
            .zip(items)
            .filter(|(_, items)| !items.is_empty())
            .collect()
    }

    /// Whether the count alone decides: no pin, and nothing taken later than from the first moment
    /// on.
    fn counts(&self) -> bool {
        self.shelves.is_empty()
            || (self.promises.iter().all(|promise| promise.pin.is_none())
                && self
                    .shelves
                    .iter()
                    .all(|shelf| self.free_from_some_moment(shelf)))
    }

    fn free_from_some_moment(&self, shelf: &Shelf) -> bool {
        let mut until = self.from;
        for busy in shelf.busy.iter().filter(|busy| busy.end > self.from) {
            if busy.start > until {
                return false;
            }
            until = busy.end;
        }
        true
    }

    fn clip(&self, window: Period) -> Option<Period> {
        Period::new(window.start.max(self.from), window.end)
    }

    /// What is out and set aside; as everywhere here not clipped, since a sweep begins at its own
    /// window.
    fn taken(&self) -> impl Iterator<Item = (Period, i64)> {
        let busy = self
            .shelves
            .iter()
            .flat_map(|shelf| shelf.busy.iter().map(|busy| (*busy, 1)));
        busy.chain(self.counted.iter().copied())
    }

    fn promised(&self) -> impl Iterator<Item = (Period, i64)> {
        self.promises
            .iter()
            .map(|promise| (promise.window, promise.quantity))
    }

    fn demands(&self) -> impl Iterator<Item = (Period, i64)> {
        self.taken().chain(self.promised())
    }

    /// Per promise, what is left of it in its claim: nothing where it has passed.
    fn claims(&self, kept: &[i64]) -> Vec<Claim> {
        let claim = |(promise, kept): (&Promise, &i64)| match self.clip(promise.window) {
            Some(window) => Claim {
                window,
                quantity: *kept,
                pin: promise.pin,
            },
            None => Claim {
                window: promise.window,
                quantity: 0,
                pin: None,
            },
        };
        self.promises.iter().zip(kept).map(claim).collect()
    }

    /// Per promise, how much of it is kept. What could not be proven either way counts as kept: it
    /// stays promised.
    fn kept(&self) -> Vec<i64> {
        let whole: Vec<i64> = self
            .promises
            .iter()
            .map(|promise| promise.quantity)
            .collect();
        if self.counts() {
            self.kept_by_count(whole)
        } else {
            self.kept_by_plan(whole)
        }
    }

    fn kept_by_count(&self, whole: Vec<i64>) -> Vec<i64> {
        let everything = Period {
            start: self.from,
            end: Moment(i64::MAX),
        };
        if self.total >= peak_of(everything, self.demands()) {
            return whole;
        }
        let mut levels = self.levels();
        let keep = |promise: &Promise| {
            let Some(window) = self.clip(promise.window) else {
                return promise.quantity;
            };
            let kept = (self.total - levels.highest(window)).clamp(0, promise.quantity.max(0));
            levels.add(window, kept);
            kept
        };
        self.promises.iter().map(keep).collect()
    }

    fn kept_by_plan(&self, whole: Vec<i64>) -> Vec<i64> {
        let shelves = self.clipped_shelves();
        let mut claims = self.claims(&whole);
        let fits = |claims: &[Claim]| {
            plan::assign(&shelves, claims, plan::STEPS) != Assignment::Impossible
        };
        let mut done = 0;
        while !fits(&claims) {
            // The first that does not fit whole: all before it do, together.
            let ends: Vec<usize> = (done + 1..=claims.len()).collect();
            let short = done + ends.partition_point(|&end| fits(&claims[..end]));
            let wanted = claims[short].quantity;
            let kept = largest(wanted - 1, |quantity| {
                claims[short].quantity = quantity;
                fits(&claims[..=short])
            });
            claims[short].quantity = kept;
            done = short + 1;
        }
        let passed = |promise: &Promise| self.clip(promise.window).is_none();
        self.promises
            .iter()
            .zip(claims)
            .map(|(promise, claim)| {
                if passed(promise) {
                    promise.quantity
                } else {
                    claim.quantity
                }
            })
            .collect()
    }

    fn clipped_shelves(&self) -> Vec<Shelf> {
        let clip = |shelf: &Shelf| Shelf {
            item: shelf.item,
            busy: shelf
                .busy
                .iter()
                .filter_map(|busy| self.clip(*busy))
                .collect(),
        };
        self.shelves.iter().map(clip).collect()
    }

    /// The demand of what is out and set aside, ready to take promises.
    fn levels(&self) -> Levels {
        let mut levels = Levels::new(self.demands().filter_map(|(window, _)| self.clip(window)));
        for (window, quantity) in self.taken() {
            if let Some(window) = self.clip(window) {
                levels.add(window, quantity);
            }
        }
        levels
    }

    /// Whether the count alone decides about these wishes.
    fn counts_for(&self, wishes: &[Wish]) -> bool {
        self.counts() && (self.shelves.is_empty() || wishes.iter().all(|wish| wish.pin.is_none()))
    }

    /// The ledger with what is kept of it worked out, for more than one question about such wishes.
    fn weigh(&self, wishes: &[Wish]) -> Weighed<'_> {
        let planned = || Planned {
            shelves: self.clipped_shelves(),
            claims: self.claims(&self.kept()),
        };
        Weighed {
            ledger: self,
            planned: (!self.counts_for(wishes)).then(planned),
        }
    }
}

/// The largest number up to `most` that fits, where all smaller ones fit too; 0 always does. The
/// largest is tried first.
fn largest(most: i64, mut fits: impl FnMut(i64) -> bool) -> i64 {
    let (mut yes, mut no, mut next) = (0, most.max(0) + 1, most);
    while no - yes > 1 {
        if fits(next) {
            yes = next;
        } else {
            no = next;
        }
        next = yes.midpoint(no);
    }
    yes
}

/// What the planner starts from: the items, and what is kept of the promises.
struct Planned {
    shelves: Vec<Shelf>,
    claims: Vec<Claim>,
}

struct Weighed<'a> {
    ledger: &'a Ledger,
    /// None: the count decides.
    planned: Option<Planned>,
}

impl Weighed<'_> {
    fn fits(&self, wishes: &[Wish]) -> Fit {
        let claim = |wish: &Wish| {
            self.ledger.clip(wish.window).map(|window| Claim {
                window,
                quantity: wish.quantity,
                pin: wish.pin,
            })
        };
        let wishes: Vec<Claim> = wishes
            .iter()
            .filter(|wish| wish.quantity > 0)
            .filter_map(claim)
            .collect();
        let excess = sweep::excess(self.ledger.total, self.ledger.demands(), &wishes);
        let Some(planned) = &self.planned else {
            return if excess > 0 {
                Fit::Short { missing: excess }
            } else {
                Fit::Yes
            };
        };
        match planned.answer(&wishes) {
            Assignment::Impossible => Fit::Short {
                missing: excess.max(planned.missing(&wishes)),
            },
            _ if excess > 0 => Fit::Short { missing: excess },
            Assignment::Unproven => Fit::Unproven {
                pins: planned.pins_near(&wishes),
            },
            Assignment::Found(_) => Fit::Yes,
        }
    }
}

impl Planned {
    fn answer(&self, wishes: &[Claim]) -> Assignment {
        plan::assign(&self.shelves, &[&self.claims, wishes].concat(), plan::STEPS)
    }

    /// The units that find no item, where each wish in turn takes what it can.
    fn missing(&self, wishes: &[Claim]) -> i64 {
        let mut placed: Vec<Claim> = Vec::with_capacity(wishes.len());
        let mut missing = 0;
        for wish in wishes {
            placed.push(*wish);
            let last = placed.len() - 1;
            let found = largest(wish.quantity, |quantity| {
                placed[last].quantity = quantity;
                matches!(self.answer(&placed), Assignment::Found(_))
            });
            placed[last].quantity = found;
            missing += wish.quantity - found;
        }
        missing.max(1)
    }

    /// The pins that share a stretch of time with the wishes.
    fn pins_near(&self, wishes: &[Claim]) -> Vec<ItemId> {
        let mut near: Vec<Claim> = wishes.to_vec();
        let mut far: Vec<Claim> = self
            .claims
            .iter()
            .filter(|claim| claim.quantity > 0)
            .copied()
            .collect();
        loop {
            let (reached, rest): (Vec<Claim>, Vec<Claim>) = far.into_iter().partition(|claim| {
                near.iter()
                    .any(|other| other.window.overlaps(&claim.window))
            });
            if reached.is_empty() {
                break;
            }
            near.extend(reached);
            far = rest;
        }
        let mut pins: Vec<ItemId> = near.iter().filter_map(|claim| claim.pin).collect();
        pins.sort_unstable();
        pins.dedup();
        pins
    }
}
