//! The planner against a search that shares no code with it, and at the sizes of a shop.

use super::*;
use proptest::prelude::*;

fn period(start: i64, end: i64) -> Period {
    Period {
        start: Moment(start * 60),
        end: Moment(end * 60),
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

fn claim(start: i64, end: i64, quantity: i64) -> Claim {
    Claim {
        window: period(start, end),
        quantity,
        pin: None,
    }
}

fn pinned(start: i64, end: i64, item: i64) -> Claim {
    Claim {
        window: period(start, end),
        quantity: 1,
        pin: Some(ItemId(item)),
    }
}

/// Whether an assignment exists: every item for every unit, one after another, minute by minute.
fn exists(shelves: &[Shelf], claims: &[Claim]) -> bool {
    let mut taken = Vec::new();
    for shelf in shelves {
        for busy in &shelf.busy {
            for minute in busy.start.0 / 60..busy.end.0 / 60 {
                taken.push((shelf.item, minute));
            }
        }
    }
    let mut wanted = Vec::new();
    for claim in claims {
        for _ in 0..claim.quantity {
            wanted.push(*claim);
        }
    }
    if claims
        .iter()
        .any(|claim| claim.pin.is_some() && claim.quantity > 1)
    {
        return false;
    }
    fn rest(shelves: &[Shelf], wanted: &[Claim], taken: &mut Vec<(ItemId, i64)>) -> bool {
        let Some((first, others)) = wanted.split_first() else {
            return true;
        };
        let minutes: Vec<i64> = (first.window.start.0 / 60..first.window.end.0 / 60).collect();
        for shelf in shelves {
            let allowed = first.pin.is_none_or(|pin| pin == shelf.item);
            if allowed
                && minutes
                    .iter()
                    .all(|minute| !taken.contains(&(shelf.item, *minute)))
            {
                let before = taken.len();
                taken.extend(minutes.iter().map(|minute| (shelf.item, *minute)));
                if rest(shelves, others, taken) {
                    return true;
                }
                taken.truncate(before);
            }
        }
        false
    }
    rest(shelves, &wanted, &mut taken)
}

/// Whether what was found is an assignment: the right number of different items, each free for the
/// whole window.
fn holds(shelves: &[Shelf], claims: &[Claim], found: &[Vec<ItemId>]) -> bool {
    let mut used: Vec<(ItemId, Period)> = shelves
        .iter()
        .flat_map(|shelf| shelf.busy.iter().map(|busy| (shelf.item, *busy)))
        .collect();
    for (claim, items) in claims.iter().zip(found) {
        if items.len() as i64 != claim.quantity.max(0)
            || claim
                .pin
                .is_some_and(|pin| items.iter().any(|item| *item != pin))
        {
            return false;
        }
        for item in items {
            let clash = used
                .iter()
                .any(|(other, window)| other == item && window.overlaps(&claim.window));
            if clash || !shelves.iter().any(|shelf| shelf.item == *item) {
                return false;
            }
            used.push((*item, claim.window));
        }
    }
    found.len() == claims.len()
}

/// "1 2 | 2": the items of each claim; or the word for there being none.
fn check(shelves: &[Shelf], claims: &[Claim], expect: &str) {
    let said = match assign(shelves, claims, STEPS) {
        Assignment::Found(found) => found
            .iter()
            .map(|items| {
                items
                    .iter()
                    .map(|item| item.0.to_string())
                    .collect::<Vec<_>>()
                    .join(" ")
            })
            .collect::<Vec<_>>()
            .join(" | "),
        other => format!("{other:?}"),
    };
    assert_eq!(said, expect, "{shelves:?} {claims:?}");
}

#[test]
fn items_are_chosen_pins_first_tightest_gap_then_shelf_order() {
    let three = [shelf(1, &[]), shelf(2, &[]), shelf(3, &[])];
    check(&three, &[claim(10, 12, 3)], "1 2 3");
    check(&three, &[claim(10, 12, 4)], "Impossible");
    check(&three, &[claim(10, 12, 1_000_000_000)], "Impossible");
    check(&three, &[], "");
    check(&three, &[claim(10, 12, 0)], "");
    check(&three, &[claim(10, 12, 1), claim(12, 14, 1)], "1 | 1");
    check(&three, &[claim(10, 12, 1), pinned(11, 13, 1)], "2 | 1");
    check(&three, &[claim(10, 11, 1), pinned(11, 13, 2)], "2 | 2");
    check(
        &three,
        &[pinned(10, 12, 1), pinned(11, 13, 1)],
        "Impossible",
    );
    check(&three, &[pinned(10, 12, 9)], "Impossible");
    check(
        &three,
        &[Claim {
            quantity: 2,
            ..pinned(10, 12, 1)
        }],
        "Impossible",
    );
    check(&[shelf(1, &[(10, 12)])], &[pinned(12, 14, 1)], "1");
    check(&[shelf(1, &[(10, 12)])], &[pinned(11, 14, 1)], "Impossible");
    check(
        &[shelf(1, &[(5, 6), (10, 12)])],
        &[claim(6, 10, 1), claim(12, 20, 1)],
        "1 | 1",
    );
    check(
        &[shelf(1, &[(5, 6), (10, 12)])],
        &[claim(6, 11, 1)],
        "Impossible",
    );
}

#[test]
fn case_11_two_pins_leave_no_item_for_the_whole_time() {
    let two = [shelf(1, &[]), shelf(2, &[])];
    check(&two, &[pinned(0, 3, 1), pinned(3, 6, 2)], "1 | 2");
    check(
        &two,
        &[pinned(0, 3, 1), pinned(3, 6, 2), claim(0, 6, 1)],
        "Impossible",
    );
    check(
        &two,
        &[
            pinned(0, 3, 1),
            pinned(3, 6, 2),
            claim(0, 3, 1),
            claim(3, 6, 1),
        ],
        "1 | 2 | 2 | 1",
    );
}

#[test]
fn where_the_tightest_gap_misleads_the_search_still_finds_it() {
    // By start, 0..4 takes the gap of 1 that ends at 5, so 1..5 finds none; the other way round
    // both go in.
    let shelves = [
        shelf(1, &[(5, 6)]),
        shelf(2, &[(4, 5), (7, 9)]),
        shelf(3, &[(0, 1), (5, 9)]),
    ];
    for claims in [
        vec![claim(0, 4, 1), claim(0, 3, 1), claim(1, 5, 1)],
        vec![
            claim(0, 3, 1),
            claim(0, 5, 1),
            claim(1, 4, 1),
            claim(3, 4, 1),
        ],
    ] {
        let found = matches!(assign(&shelves, &claims, STEPS), Assignment::Found(found) if holds(&shelves, &claims, &found));
        assert_eq!(found, exists(&shelves, &claims), "{claims:?}");
    }
}

#[test]
fn without_steps_nothing_is_guessed() {
    let (shelves, claims) = hard();
    assert_eq!(assign(&shelves, &claims, 0), Assignment::Unproven);
    assert!(
        matches!(assign(&shelves, &claims, STEPS), Assignment::Found(found) if holds(&shelves, &claims, &found))
    );
}

/// An instance that needs the search: the first of a fixed run of random ones.
fn hard() -> (Vec<Shelf>, Vec<Claim>) {
    let mut random = Random(7);
    let instance = || {
        let shelves: Vec<Shelf> = (1..=4)
            .map(|item| (item, 6 + random.below(12)))
            .map(|(item, start)| shelf(item, &[(start, start + 3)]))
            .collect();
        let claims: Vec<Claim> = (0..11)
            .map(|_| (random.below(20), 2 + random.below(7)))
            .map(|(start, length)| claim(start, start + length, 1))
            .collect();
        (shelves, claims)
    };
    let needs_steps = |(shelves, claims): &(Vec<Shelf>, Vec<Claim>)| {
        assign(shelves, claims, 0) == Assignment::Unproven
            && assign(shelves, claims, STEPS) != Assignment::Impossible
    };
    std::iter::repeat_with(instance)
        .take(20_000)
        .find(needs_steps)
        .expect("one of them is hard")
}

fn shelves() -> impl Strategy<Value = Vec<Shelf>> {
    let busy = prop::collection::vec((0i64..4, 1i64..5), 0..3);
    prop::collection::vec(busy, 1..=4).prop_map(|rows| {
        let row = |(index, steps): (usize, Vec<(i64, i64)>)| {
            let mut at = 0;
            let periods: Vec<(i64, i64)> = steps
                .iter()
                .map(|(gap, length)| {
                    (at + gap, {
                        at += gap + length;
                        at
                    })
                })
                .collect();
            shelf(index as i64 + 1, &periods)
        };
        rows.into_iter().enumerate().map(row).collect()
    })
}

fn claims() -> impl Strategy<Value = Vec<Claim>> {
    let one = (
        0i64..12,
        1i64..7,
        1i64..=2,
        prop::option::weighted(0.25, 1i64..=4),
    );
    prop::collection::vec(
        one.prop_map(|(start, length, quantity, pin)| {
            if let Some(pin) = pin {
                pinned(start, start + length, pin)
            } else {
                claim(start, start + length, quantity)
            }
        }),
        0..=7,
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Case 13: accepted exactly when an assignment exists, and then what is given is one.
    #[test]
    fn case_13_the_planner_equals_brute_force(shelves in shelves(), claims in claims()) {
        match assign(&shelves, &claims, STEPS) {
            Assignment::Found(found) => prop_assert!(holds(&shelves, &claims, &found), "{found:?}"),
            Assignment::Impossible => prop_assert!(!exists(&shelves, &claims)),
            Assignment::Unproven => prop_assert!(false, "the steps ran out"),
        }
        prop_assert_eq!(assign(&shelves, &claims, STEPS), assign(&shelves, &claims, STEPS));
    }

    /// The same for what greedy does not solve, by the search alone.
    #[test]
    fn case_13_the_search_alone_equals_brute_force(shelves in shelves(), claims in claims()) {
        let claims: Vec<Claim> = claims.into_iter().filter(|claim| claim.pin.is_none()).collect();
        let rows: Vec<Vec<Period>> = shelves.iter().map(|shelf| shelf.busy.clone()).collect();
        let units = units(&claims, 9);
        let mut steps = STEPS;
        match pools::place(&rows, &units, &mut steps) {
            pools::Outcome::Placed(placed) => {
                let mut found: Vec<Vec<ItemId>> = vec![Vec::new(); claims.len()];
                for (unit, row) in units.iter().zip(placed) {
                    found[unit.claim].push(shelves[row].item);
                }
                prop_assert!(holds(&shelves, &claims, &found));
            }
            pools::Outcome::Impossible => prop_assert!(!exists(&shelves, &claims)),
            pools::Outcome::Spent => prop_assert!(false, "the steps ran out"),
        }
    }

    /// A first try never takes what is taken.
    #[test]
    fn what_goes_in_at_the_first_try_holds(shelves in shelves(), claims in claims()) {
        let some = assign_some(&shelves, &claims);
        let served: Vec<Claim> = claims.iter().zip(&some).map(|(claim, items)| Claim { quantity: items.len() as i64, ..*claim }).collect();
        prop_assert!(holds(&shelves, &served, &some));
    }
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as i64 % limit
    }
}

#[test]
fn at_the_sizes_of_a_shop_every_answer_is_proven() {
    const HOUR: i64 = 60;
    let mut random = Random(2025);
    let mut counts = [0; 3];
    for round in 0..200 {
        let mut shelves: Vec<Shelf> = (1..=50).map(|item| shelf(item, &[])).collect();
        for _ in 0..5 {
            let start = random.below(60 * 24) * HOUR;
            shelves[random.below(50) as usize].busy =
                vec![period(start, start + (1 + random.below(240)) * HOUR)];
        }
        // From a quiet shop to one that is fuller than full.
        let longest = 48 + round * 2;
        let mut window = |length: i64| {
            let start = random.below(60 * 24);
            (start * HOUR, (start + 4 + random.below(length)) * HOUR)
        };
        let mut claims: Vec<Claim> = Vec::new();
        while claims.len() < 20 {
            let (start, end) = window(longest);
            let pin = pinned(start, end, 1 + (claims.len() as i64 * 7 + round) % 50);
            if matches!(
                assign(&shelves, &[&claims[..], &[pin]].concat(), STEPS),
                Assignment::Found(_)
            ) {
                claims.push(pin);
            }
        }
        for index in 0..280 {
            let (start, end) = window(longest);
            claims.push(claim(
                start,
                end,
                1 + i64::from(index % 4 == 0) + i64::from(index % 9 == 0),
            ));
        }
        match assign(&shelves, &claims, STEPS) {
            Assignment::Found(found) => {
                assert!(holds(&shelves, &claims, &found));
                counts[0] += 1;
            }
            Assignment::Impossible => counts[1] += 1,
            Assignment::Unproven => counts[2] += 1,
        }
    }
    assert_eq!(counts[2], 0, "found, impossible, unproven: {counts:?}");
    assert!(counts[0] > 20 && counts[1] > 20, "both kinds: {counts:?}");
}
