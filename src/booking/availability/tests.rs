//! What is free: the cases, and everything against an oracle that looks at each minute and tries
//! each item.

mod oracle;
mod shops;

use super::*;
use oracle::{exact, fits, next, shortfall};
use proptest::prelude::*;

fn minute(minute: i64) -> Moment {
    Moment(minute * 60)
}

fn period(start: i64, end: i64) -> Period {
    Period {
        start: minute(start),
        end: minute(end),
    }
}

fn shelf(item: i64, busy: &[(i64, i64)]) -> Shelf {
    Shelf {
        item: ItemId(item),
        busy: busy
            .iter()
            .map(|(start, end)| period(*start, *end))
            .collect(),
    }
}

fn promise(line: i64, start: i64, end: i64, quantity: i64) -> Promise {
    Promise {
        line: LineId(line),
        reservation: ReservationId(line * 10),
        window: period(start, end),
        quantity,
        pin: None,
    }
}

fn pinned(line: i64, start: i64, end: i64, item: i64) -> Promise {
    Promise {
        pin: Some(ItemId(item)),
        ..promise(line, start, end, 1)
    }
}

fn wish(start: i64, end: i64, quantity: i64) -> Wish {
    Wish {
        window: period(start, end),
        quantity,
        pin: None,
    }
}

fn wish_for(start: i64, end: i64, item: i64) -> Wish {
    Wish {
        pin: Some(ItemId(item)),
        ..wish(start, end, 1)
    }
}

/// A type with so many items, none of them out, seen from minute 0.
fn items(count: i64, promises: Vec<Promise>) -> Ledger {
    Ledger {
        from: minute(0),
        total: count,
        shelves: (1..=count).map(|item| shelf(item, &[])).collect(),
        counted: Vec::new(),
        promises,
    }
}

fn counted(total: i64, taken: Vec<(Period, i64)>, promises: Vec<Promise>) -> Ledger {
    Ledger {
        from: minute(0),
        total,
        shelves: Vec::new(),
        counted: taken,
        promises,
    }
}

/// When it fits next in a shop that is always open.
fn next_start(
    ledgers: &[(&Ledger, &[Wish])],
    first: Moment,
    after: Moment,
    until: Moment,
) -> Option<Moment> {
    next_in(
        ledgers,
        Period {
            start: first,
            end: first,
        },
        after,
        until,
        |at| at,
    )
    .map(|found| found.start)
}

fn next_in(
    ledgers: &[(&Ledger, &[Wish])],
    stay: Period,
    after: Moment,
    until: Moment,
    open: impl Fn(Moment) -> Moment + Copy,
) -> Option<Period> {
    next_stay(
        ledgers,
        stay,
        after,
        until,
        &Doors {
            leaves: open,
            comes_back: open,
        },
    )
}

fn check(ledger: &Ledger, wishes: &[Wish], expect: Fit) {
    assert_eq!(ledger.fits(wishes), expect, "{ledger:?} {wishes:?}");
}

const fn short(missing: i64) -> Fit {
    Fit::Short { missing }
}

#[test]
fn case_1_all_of_an_idle_type_are_free() {
    let ledger = items(3, vec![]);
    check(&ledger, &[wish(10, 12, 3)], Fit::Yes);
    assert_eq!(
        (ledger.free(period(10, 12)), ledger.most(period(10, 12))),
        (
            3,
            Most {
                quantity: 3,
                proven: true
            }
        )
    );
    let three = items(3, vec![promise(1, 10, 12, 3)]).plan();
    assert_eq!(three[&LineId(1)], [ItemId(1), ItemId(2), ItemId(3)]);
}

#[test]
fn case_2_and_3_what_is_claimed_is_not_free() {
    let two = items(3, vec![promise(1, 10, 12, 1), promise(2, 11, 13, 1)]);
    check(&two, &[wish(10, 12, 3)], short(2));
    assert_eq!(two.free(period(10, 12)), 1);
    let all = items(3, vec![promise(1, 10, 12, 3)]);
    check(&all, &[wish(11, 12, 1)], short(1));
    assert_eq!(
        all.most(period(11, 12)),
        Most {
            quantity: 0,
            proven: true
        }
    );
}

#[test]
fn case_6_a_block_takes_its_item_before_and_after_it_is_free() {
    let ledger = Ledger {
        shelves: vec![shelf(1, &[(10, 12)])],
        ..items(1, vec![])
    };
    check(&ledger, &[wish(8, 10, 1)], Fit::Yes);
    check(&ledger, &[wish(9, 11, 1)], short(1));
    check(&ledger, &[wish(11, 13, 1)], short(1));
    check(&ledger, &[wish(12, 14, 1)], Fit::Yes);
}

#[test]
fn case_7_back_to_back_never_collides() {
    let ledger = items(1, vec![promise(1, 8, 10, 1), promise(2, 12, 14, 1)]);
    check(&ledger, &[wish(10, 12, 1)], Fit::Yes);
    check(&ledger, &[wish(9, 12, 1)], short(1));
    check(&ledger, &[wish(10, 13, 1)], short(1));
    // A turnaround of 60 minutes is part of the claim.
    let turned = items(1, vec![promise(1, 480, 600 + 60, 1)]);
    check(&turned, &[wish(600, 720, 1)], short(1));
    assert_eq!(
        next_start(
            &[(&turned, &[wish(600, 720, 1)])],
            minute(600),
            minute(600),
            minute(9000)
        ),
        Some(minute(660))
    );
}

#[test]
fn case_8_two_claims_that_never_meet_leave_one_free() {
    let ledger = items(2, vec![promise(1, 1, 3, 1), promise(2, 5, 7, 1)]);
    check(&ledger, &[wish(2, 6, 1)], Fit::Yes);
    check(&ledger, &[wish(2, 6, 2)], short(1));
}

#[test]
fn case_9_releases_come_before_claims() {
    assert_eq!(
        peak_of(
            period(0, 9),
            [(period(1, 5), 1), (period(5, 9), 1)].into_iter()
        ),
        1
    );
    assert_eq!(
        peak_of(
            period(0, 9),
            [(period(5, 9), 3), (period(1, 5), 3)].into_iter()
        ),
        3
    );
    assert_eq!(peak_of(period(5, 9), [(period(1, 5), 3)].into_iter()), 0);
    let ledger = items(2, vec![promise(1, 0, 5, 1), promise(2, 5, 9, 1)]);
    assert_eq!(
        (ledger.peak(period(0, 9)), ledger.free(period(0, 9))),
        (1, 1)
    );
}

#[test]
fn case_11_pins() {
    check(&items(2, vec![]), &[wish_for(10, 12, 2)], Fit::Yes);
    let taken = items(3, vec![pinned(1, 10, 12, 2)]);
    check(&taken, &[wish_for(11, 13, 2)], short(1));
    check(&taken, &[wish_for(11, 13, 1)], Fit::Yes);
    check(&taken, &[wish(11, 13, 2)], Fit::Yes);
    check(&taken, &[wish_for(11, 13, 9)], short(1));
    // A pin moves a promise that did not name its item.
    check(
        &items(2, vec![promise(1, 10, 12, 1)]),
        &[wish_for(10, 12, 1)],
        Fit::Yes,
    );
    // Two items, one pinned Monday to Wednesday, the other Thursday to Saturday: nothing is left
    // for the whole week.
    let week = items(2, vec![pinned(1, 1, 4, 1), pinned(2, 4, 7, 2)]);
    assert_eq!(week.free(period(1, 7)), 1);
    check(&week, &[wish(1, 7, 1)], short(1));
    check(&week, &[wish(1, 4, 1), wish(4, 7, 1)], Fit::Yes);
    assert_eq!(
        week.most(period(1, 7)),
        Most {
            quantity: 0,
            proven: true
        }
    );
    assert_eq!(
        week.most(period(1, 4)),
        Most {
            quantity: 1,
            proven: true
        }
    );
    assert_eq!(
        next_start(
            &[(&week, &[wish(1, 7, 1)])],
            minute(1),
            minute(1),
            minute(99)
        ),
        Some(minute(4))
    );
}

#[test]
fn case_12a_what_is_out_is_not_offered_until_it_is_expected() {
    let out = Ledger {
        from: minute(100),
        shelves: vec![shelf(1, &[(0, 200)]), shelf(2, &[])],
        ..items(2, vec![promise(1, 150, 160, 1)])
    };
    check(&out, &[wish(150, 155, 1)], short(1));
    check(&out, &[wish(100, 150, 1)], Fit::Yes);
    check(&out, &[wish(200, 210, 2)], Fit::Yes);
    assert_eq!(out.plan()[&LineId(1)], [ItemId(2)]);
    let stock = counted(20, vec![(period(0, 50), 15)], vec![promise(1, 40, 60, 5)]);
    check(&stock, &[wish(49, 50, 1)], short(1));
    check(&stock, &[wish(50, 60, 15)], Fit::Yes);
    assert!(stock.plan().is_empty());
}

#[test]
fn what_was_promised_first_is_kept() {
    let ledger = items(
        2,
        vec![
            promise(1, 10, 20, 1),
            promise(2, 12, 16, 2),
            promise(3, 14, 30, 1),
            promise(4, 20, 25, 1),
        ],
    );
    let expect = [
        Short {
            line: LineId(2),
            reservation: ReservationId(20),
            missing: 1,
            during: period(12, 16),
        },
        Short {
            line: LineId(3),
            reservation: ReservationId(30),
            missing: 1,
            during: period(14, 16),
        },
    ];
    assert_eq!(ledger.shortfall(), expect);
    // What is short still counts as promised.
    assert_eq!(ledger.free(period(14, 16)), -2);
    check(&ledger, &[wish(14, 15, 1)], short(3));
    check(&ledger, &[], Fit::Yes);
    let lines: Vec<(i64, usize)> = ledger
        .plan()
        .iter()
        .map(|(line, items)| (line.0, items.len()))
        .collect();
    assert_eq!(lines, [(1, 1), (2, 1), (4, 1)]);
}

#[test]
fn a_pin_on_an_item_that_is_out_goes_short_alone() {
    let out = Ledger {
        shelves: vec![shelf(1, &[(0, 50)]), shelf(2, &[])],
        ..items(2, vec![pinned(1, 40, 60, 1), promise(2, 40, 60, 1)])
    };
    assert_eq!(
        out.shortfall(),
        [Short {
            line: LineId(1),
            reservation: ReservationId(10),
            missing: 1,
            during: period(40, 60)
        }]
    );
    assert_eq!(out.plan(), BTreeMap::from([(LineId(2), vec![ItemId(2)])]));
}

#[test]
fn the_next_start_waits_for_the_last_of_several_types_and_for_the_door() {
    let lights = items(2, vec![promise(1, 0, 50, 1), promise(2, 60, 70, 1)]);
    let stands = counted(4, vec![], vec![promise(3, 0, 40, 4)]);
    let wanted: [(&Ledger, &[Wish]); 2] =
        [(&lights, &[wish(0, 10, 2)]), (&stands, &[wish(0, 10, 1)])];
    assert_eq!(
        next_start(&wanted, minute(0), minute(0), minute(999)),
        Some(minute(50))
    );
    // The shop opens every hour for ten minutes: what would end after them lasts until the next
    // ones.
    let open = |at: Moment| {
        if at.0 / 60 % 60 < 10 {
            at
        } else {
            minute((at.0 / 3600 + 1) * 60)
        }
    };
    assert_eq!(
        next_in(&wanted, period(0, 5), minute(0), minute(999), open),
        Some(period(120, 125))
    );
    assert_eq!(
        next_in(&wanted, period(0, 5), minute(0), minute(120), open),
        None
    );
    let stands_only = &wanted[1..];
    assert_eq!(
        next_in(stands_only, period(0, 10), minute(55), minute(999), open),
        Some(period(60, 120))
    );
    // Too little is free until that door opens: then the first start that reaches the door after
    // it.
    let later = counted(1, vec![(period(100, 110), 1)], vec![]);
    assert_eq!(
        next_in(
            &[(&later, &[wish(0, 10, 1)])],
            period(0, 10),
            minute(60),
            minute(999),
            open
        ),
        Some(period(120, 180))
    );
    assert_eq!(
        next_in(
            &[(&later, &[wish(0, 5, 1)])],
            period(0, 5),
            minute(60),
            minute(999),
            open
        ),
        Some(period(60, 65))
    );
    let never: [(&Ledger, &[Wish]); 1] = [(&lights, &[wish(0, 10, 3)])];
    assert_eq!(next_start(&never, minute(0), minute(0), minute(999)), None);
}

/// Up to four items, or counted stock; what is out, set aside later, promised, pinned: all within
/// half an hour.
fn ledgers(pins: bool) -> impl Strategy<Value = Ledger> {
    let pin = prop::option::weighted(0.3, 1i64..=4).prop_map(move |pin| pin.filter(|_| pins));
    let one =
        (0i64..20, 1i64..9, 1i64..=2, pin).prop_map(|(start, length, quantity, pin)| match pin {
            Some(item) => pinned(0, start, start + length, item),
            None => promise(0, start, start + length, quantity),
        });
    let promises = prop::collection::vec(one, 0..=6);
    let out = prop::collection::vec(prop::option::of(6i64..20), 1..=4);
    let blocks = prop::collection::vec(
        (0usize..4, 1i64..8, 1i64..6),
        if pins { 0..=3 } else { 0..=0 },
    );
    let stock = prop::option::weighted(
        0.25,
        prop::collection::vec((0i64..20, 1i64..9, 1i64..=2), 0..4),
    );
    (promises, out, blocks, stock).prop_map(|(mut promises, out, blocks, stock)| {
        promises
            .iter_mut()
            .zip(1..)
            .for_each(|(promise, line)| promise.line = LineId(line));
        let total = out.len() as i64;
        if let Some(stock) = stock {
            let taken = stock
                .into_iter()
                .map(|(start, length, quantity)| (period(start, start + length), quantity))
                .collect();
            promises.iter_mut().for_each(|promise| promise.pin = None);
            return Ledger {
                from: minute(5),
                ..counted(total, taken, promises)
            };
        }
        let mut shelves: Vec<Shelf> = out
            .iter()
            .zip(1..)
            .map(|(until, item)| {
                shelf(
                    item,
                    &until
                        .map(|until| (2, until))
                        .into_iter()
                        .collect::<Vec<_>>(),
                )
            })
            .collect();
        for (index, gap, length) in blocks {
            let busy = &mut shelves[index % out.len()].busy;
            let start = busy.last().map_or(0, |last| last.end.0 / 60) + gap - 1;
            busy.push(period(start, start + length));
        }
        Ledger {
            from: minute(5),
            total,
            shelves,
            counted: Vec::new(),
            promises,
        }
    })
}

fn wishes(pins: bool) -> impl Strategy<Value = Vec<Wish>> {
    let pin = prop::option::weighted(0.2, 1i64..=4).prop_map(move |pin| pin.filter(|_| pins));
    let one =
        (3i64..20, 1i64..9, 1i64..=2, pin).prop_map(|(start, length, quantity, pin)| match pin {
            Some(item) => wish_for(start, start + length, item),
            None => wish(start, start + length, quantity),
        });
    prop::collection::vec(one, 1..=3)
}

fn plain(ledger: &Ledger) -> bool {
    !ledger.shelves.is_empty()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Case 13: the sweep equals a look at every minute.
    #[test]
    fn case_13_the_sweep_equals_every_minute(ledger in ledgers(true), start in 0i64..25, length in 1i64..12) {
        let window = period(start, start + length);
        let peak = (start.max(5)..start + length).map(|at| oracle::demand(&ledger, at)).max().unwrap_or(0);
        prop_assert_eq!(ledger.peak(window), peak);
        prop_assert_eq!(ledger.free(window), ledger.total - peak);
    }

    #[test]
    fn many_windows_in_one_pass_are_each_window_alone(ledger in ledgers(true), first in 0i64..12, lengths in prop::collection::vec((1i64..5, 0i64..3), 1..8)) {
        let mut start = first;
        let windows: Vec<Period> = lengths.iter().map(|(length, gap)| { let window = period(start, start + length); start += length + gap; window }).collect();
        let each: Vec<i64> = windows.iter().map(|window| ledger.free(*window)).collect();
        prop_assert_eq!(ledger.free_in_each(&windows), each);
        for window in windows.iter().filter(|window| window.end > ledger.from) {
            let steps = ledger.steps(*window);
            for at in window.start.0.max(ledger.from.0) / 60..window.end.0 / 60 {
                let known = steps.iter().rfind(|(from, _)| *from <= minute(at)).map(|(_, free)| *free);
                prop_assert_eq!(known, Some(ledger.total - oracle::demand(&ledger, at)));
            }
        }
    }

    #[test]
    fn wishes_fit_exactly_when_the_oracle_finds_room(ledger in ledgers(true), wishes in wishes(true)) {
        let wishes: Vec<Wish> = wishes.into_iter().map(|wish| if plain(&ledger) { wish } else { Wish { pin: None, ..wish } }).collect();
        let answer = ledger.fits(&wishes);
        prop_assert_eq!(answer == Fit::Yes, fits(&ledger, &wishes), "{:?}", answer);
        let excess = oracle::excess(&ledger, &wishes);
        match answer {
            Fit::Short { missing } if exact(&ledger, &wishes) => prop_assert_eq!(missing, excess),
            Fit::Short { missing } => {
                prop_assert!(missing >= excess.max(1));
                if let [wish] = wishes[..] && wish.pin.is_none() {
                    let placed = (0..=wish.quantity).rev().find(|quantity| oracle::placeable(&ledger, &[Wish { quantity: *quantity, ..wish }])).unwrap_or(0);
                    prop_assert_eq!(missing, excess.max(wish.quantity - placed));
                }
            }
            Fit::Yes => {}
            Fit::Unproven { .. } => prop_assert!(false, "the steps ran out"),
        }
    }

    /// Case 13: without pins and later blocks the planner succeeds exactly when the peak is not
    /// above what there is.
    #[test]
    fn case_13_without_pins_the_planner_says_what_the_sweep_says(ledger in ledgers(false)) {
        if !plain(&ledger) {
            return Ok(());
        }
        prop_assert!(exact(&ledger, &[]));
        let claims = ledger.claims(&ledger.promises.iter().map(|promise| promise.quantity).collect::<Vec<_>>());
        let found = matches!(plan::assign(&ledger.clipped_shelves(), &claims, plan::STEPS), Assignment::Found(_));
        prop_assert_eq!(found, ledger.peak(period(0, 60)) <= ledger.total);
    }

    #[test]
    fn who_goes_short_is_whom_the_oracle_names(ledger in ledgers(true)) {
        prop_assert_eq!(ledger.shortfall(), shortfall(&ledger));
    }

    #[test]
    fn the_most_is_the_largest_that_fits(ledger in ledgers(true), start in 0i64..25, length in 1i64..12) {
        let window = period(start, start + length);
        let most = ledger.most(window);
        prop_assert!(most.proven);
        let largest = if start + length <= 5 { ledger.total } else { (1..=9).take_while(|quantity| fits(&ledger, &[Wish { window, quantity: *quantity, pin: None }])).count() as i64 };
        prop_assert_eq!(most.quantity, largest);
    }

    /// Every line gets what is kept of it, pins theirs, and no item is in two places.
    #[test]
    fn the_plan_serves_what_is_kept(ledger in ledgers(true)) {
        let plan = ledger.plan();
        prop_assert_eq!(&plan, &ledger.plan());
        let missing: BTreeMap<LineId, i64> = shortfall(&ledger).iter().map(|short| (short.line, short.missing)).collect();
        let mut used: Vec<(ItemId, Period)> = ledger.clipped_shelves().iter().flat_map(|shelf| shelf.busy.iter().map(|busy| (shelf.item, *busy))).collect();
        for promise in ledger.promises.iter().filter(|promise| plain(&ledger) && promise.window.end > ledger.from) {
            let items = plan.get(&promise.line).cloned().unwrap_or_default();
            prop_assert_eq!(items.len() as i64, promise.quantity - missing.get(&promise.line).unwrap_or(&0));
            for item in items {
                prop_assert!(promise.pin.is_none_or(|pin| pin == item));
                let window = ledger.clip(promise.window).unwrap();
                prop_assert!(used.iter().all(|(other, taken)| *other != item || !taken.overlaps(&window)));
                used.push((item, window));
            }
        }
    }

    #[test]
    fn the_next_start_is_the_first_minute_that_fits(one in ledgers(true), other in ledgers(true), wanted in (wishes(true), wishes(false)), after in 5i64..20, hours in 1i64..7, length in 0i64..6) {
        let wanted = [(&one, wanted.0), (&other, wanted.1)].map(|(ledger, wishes)| (ledger, wishes.into_iter().map(|wish| if plain(ledger) { wish } else { Wish { pin: None, ..wish } }).collect::<Vec<_>>()));
        let wanted: Vec<(&Ledger, &[Wish])> = wanted.iter().map(|(ledger, wishes)| (*ledger, &wishes[..])).collect();
        // Open in every other stretch of so many minutes.
        let open = |at: Moment| if at.0 / 60 / hours % 2 == 0 { at } else { minute((at.0 / 60 / hours + 1) * hours) };
        for wanted in [&wanted[..1], &wanted[..]] {
            prop_assert_eq!(next_in(wanted, period(3, 3 + length), minute(after), minute(36), open), next(wanted, period(3, 3 + length), after, 36, open));
        }
    }
}
