//! The specification, minute by minute and item by item: slow, simple, sharing no code with what it
//! judges.

use super::super::{Ledger, Promise, Short, Wish};
use crate::kernel::{ItemId, Moment, Period};

/// The first 64 minutes of a window, one bit each, from `from` on.
fn minutes(window: Period, from: Moment) -> u64 {
    (0..64)
        .filter(|minute| {
            minute * 60 >= from.0 && window.start.0 <= minute * 60 && minute * 60 < window.end.0
        })
        .fold(0, |bits, minute| bits | 1 << minute)
}

fn running(window: Period, at: i64) -> bool {
    window.start.0 <= at * 60 && at * 60 < window.end.0
}

fn busy_at(ledger: &Ledger, at: i64) -> i64 {
    let items = ledger
        .shelves
        .iter()
        .filter(|shelf| shelf.busy.iter().any(|busy| running(*busy, at)))
        .count() as i64;
    items
        + ledger
            .counted
            .iter()
            .filter(|(period, _)| running(*period, at))
            .map(|(_, quantity)| quantity)
            .sum::<i64>()
}

pub fn demand(ledger: &Ledger, at: i64) -> i64 {
    busy_at(ledger, at)
        + ledger
            .promises
            .iter()
            .filter(|promise| running(promise.window, at))
            .map(|promise| promise.quantity)
            .sum::<i64>()
}

/// The most by which the wishes exceed what there is, at one minute of a wish.
pub fn excess(ledger: &Ledger, wishes: &[Wish]) -> i64 {
    let at_minute = |at: i64| {
        let wished: i64 = wishes
            .iter()
            .filter(|wish| running(wish.window, at))
            .map(|wish| wish.quantity)
            .sum();
        (wished > 0).then(|| demand(ledger, at) + wished - ledger.total)
    };
    (ledger.from.0 / 60..200)
        .filter_map(at_minute)
        .max()
        .unwrap_or(i64::MIN)
}

/// Whether items are interchangeable: no pins, and each item is taken from the first minute on, in
/// one piece, if at all.
pub fn exact(ledger: &Ledger, wishes: &[Wish]) -> bool {
    let pins = ledger.promises.iter().any(|promise| promise.pin.is_some())
        || wishes.iter().any(|wish| wish.pin.is_some());
    let in_one_piece = |bits: u64| {
        (bits >> (ledger.from.0 / 60))
            .wrapping_add(1)
            .is_power_of_two()
    };
    let taken = |busy: &[Period]| {
        busy.iter()
            .fold(0, |bits, period| bits | minutes(*period, ledger.from))
    };
    ledger.shelves.is_empty()
        || (!pins
            && ledger
                .shelves
                .iter()
                .all(|shelf| in_one_piece(taken(&shelf.busy))))
}

/// Whether every unit finds an item: window, count and pin of each.
fn assignable(ledger: &Ledger, wanted: &[(Period, i64, Option<ItemId>)]) -> bool {
    let mut taken: Vec<u64> = ledger
        .shelves
        .iter()
        .map(|shelf| {
            shelf
                .busy
                .iter()
                .fold(0, |bits, period| bits | minutes(*period, ledger.from))
        })
        .collect();
    let units: Vec<(u64, Option<ItemId>)> = wanted
        .iter()
        .map(|(window, quantity, pin)| (minutes(*window, ledger.from), *quantity, *pin))
        .filter(|(bits, ..)| *bits != 0)
        .flat_map(|(bits, quantity, pin)| (0..quantity).map(move |_| (bits, pin)))
        .collect();
    fn rest(ledger: &Ledger, units: &[(u64, Option<ItemId>)], taken: &mut Vec<u64>) -> bool {
        let Some(((bits, pin), others)) = units.split_first() else {
            return true;
        };
        for index in 0..taken.len() {
            if taken[index] & bits == 0 && pin.is_none_or(|pin| ledger.shelves[index].item == pin) {
                taken[index] |= bits;
                if rest(ledger, others, taken) {
                    return true;
                }
                taken[index] &= !bits;
            }
        }
        false
    }
    rest(ledger, &units, &mut taken)
}

/// Per promise, the units kept, in the order of the promises.
fn kept(ledger: &Ledger) -> Vec<i64> {
    let mut kept: Vec<i64> = Vec::new();
    for promise in &ledger.promises {
        let fits = |quantity: i64| {
            let so_far: Vec<(Period, i64, Option<ItemId>)> = ledger
                .promises
                .iter()
                .zip(kept.iter().copied().chain([quantity]))
                .map(|(promise, quantity)| (promise.window, quantity, promise.pin))
                .collect();
            if !exact(ledger, &[]) {
                return assignable(ledger, &so_far);
            }
            let load = |at: i64| {
                busy_at(ledger, at)
                    + so_far
                        .iter()
                        .filter(|(window, ..)| running(*window, at))
                        .map(|(_, quantity, _)| quantity)
                        .sum::<i64>()
            };
            (ledger.from.0 / 60..200)
                .filter(|at| running(promise.window, *at))
                .all(|at| load(at) <= ledger.total)
        };
        let most = (1..=promise.quantity)
            .rev()
            .find(|quantity| fits(*quantity))
            .unwrap_or(0);
        kept.push(if promise.window.end <= ledger.from {
            promise.quantity
        } else {
            most
        });
    }
    kept
}

/// Whether the wishes find items beside what is kept.
pub fn placeable(ledger: &Ledger, wishes: &[Wish]) -> bool {
    let promised = ledger
        .promises
        .iter()
        .zip(kept(ledger))
        .map(|(promise, kept)| (promise.window, kept, promise.pin));
    let wished = wishes
        .iter()
        .map(|wish| (wish.window, wish.quantity, wish.pin));
    assignable(ledger, &promised.chain(wished).collect::<Vec<_>>())
}

pub fn fits(ledger: &Ledger, wishes: &[Wish]) -> bool {
    excess(ledger, wishes) <= 0 && (exact(ledger, wishes) || placeable(ledger, wishes))
}

pub fn shortfall(ledger: &Ledger) -> Vec<Short> {
    let kept = kept(ledger);
    let mut shorts = Vec::new();
    for (
        index,
        Promise {
            line,
            reservation,
            window,
            quantity,
            ..
        },
    ) in ledger.promises.iter().enumerate()
    {
        if kept[index] == *quantity {
            continue;
        }
        let mut during = Period {
            start: window.start.max(ledger.from),
            end: window.end,
        };
        if exact(ledger, &[]) {
            let before = |at: i64| {
                busy_at(ledger, at)
                    + ledger.promises[..index]
                        .iter()
                        .zip(&kept)
                        .filter(|(promise, _)| running(promise.window, at))
                        .map(|(_, kept)| kept)
                        .sum::<i64>()
            };
            let short = |at: &i64| before(*at) + quantity > ledger.total;
            let start = (during.start.0 / 60..during.end.0 / 60)
                .find(short)
                .expect("it is short somewhere");
            let end = (start..during.end.0 / 60)
                .find(|at| !short(at))
                .unwrap_or(during.end.0 / 60);
            during = Period {
                start: Moment(start * 60),
                end: Moment(end * 60),
            };
        }
        shorts.push(Short {
            line: *line,
            reservation: *reservation,
            missing: quantity - kept[index],
            during,
        });
    }
    shorts
}

/// Minute by minute, the first open one at which everything fits until the shop is open when the
/// stay ends.
pub fn next(
    ledgers: &[(&Ledger, &[Wish])],
    stay: Period,
    after: i64,
    until: i64,
    open: impl Fn(Moment) -> Moment,
) -> Option<Period> {
    let moved = |wish: &Wish, by: i64, longer: i64| Wish {
        window: Period {
            start: Moment(wish.window.start.0 + by),
            end: Moment(wish.window.end.0 + by + longer),
        },
        ..*wish
    };
    (after..until)
        .map(|at| Moment(at * 60))
        .filter(|at| open(*at) == *at)
        .find_map(|start| {
            let (by, ends) = (
                start.0 - stay.start.0,
                Moment(stay.end.0 + start.0 - stay.start.0),
            );
            let longer = open(ends).0 - ends.0;
            let all_fit = ledgers.iter().all(|(ledger, wishes)| {
                fits(
                    ledger,
                    &wishes
                        .iter()
                        .map(|wish| moved(wish, by, longer))
                        .collect::<Vec<_>>(),
                )
            });
            all_fit.then_some(Period {
                start,
                end: open(ends),
            })
        })
}
