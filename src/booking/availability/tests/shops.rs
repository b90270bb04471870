//! What is free at the sizes of real shops, and beyond.

use super::super::*;
use super::{counted, items, minute, next_start, period, promise, wish};

#[test]
fn twenty_thousand_promises_are_answered() {
    let promises = (0..20_000)
        .map(|index| (index, index * 7 % 90_000 - 5_000))
        .map(|(index, start)| promise(index, start, start + 400 + index % 3_000, 1))
        .collect();
    let ledger = counted(300, vec![], promises);
    let found = next_start(
        &[(&ledger, &[wish(0, 600, 50)])],
        minute(0),
        minute(0),
        minute(200_000),
    )
    .expect("it ends");
    assert!(ledger.free(period(found.0 / 60, found.0 / 60 + 600)) >= 50);
    assert!(ledger.free(period(found.0 / 60 - 1, found.0 / 60 + 599)) < 50);
    let kept: i64 = 20_000
        - ledger
            .shortfall()
            .iter()
            .map(|short| short.missing)
            .sum::<i64>();
    assert!((300..20_000).contains(&kept), "{kept}");
}

#[test]
fn among_many_promises_the_first_release_that_leaves_enough_is_found() {
    let mut random = Random(11);
    let promises = (0..600)
        .map(|index| (index, random.below(20_000), 60 + random.below(900)))
        .map(|(index, start, length)| promise(index, start, start + length, 1))
        .collect();
    let ledger = counted(40, vec![], promises);
    let mut starts: Vec<Moment> = ledger
        .promises
        .iter()
        .map(|promise| promise.window.end)
        .chain([minute(900)])
        .filter(|start| *start >= minute(900))
        .collect();
    starts.sort_unstable();
    for (length, quantity) in [
        (60, 12),
        (60, 20),
        (60, 28),
        (300, 18),
        (1200, 14),
        (1200, 30),
    ] {
        let expect = starts.iter().copied().find(|start| {
            ledger.free(Period {
                start: *start,
                end: start.plus_minutes(length),
            }) >= quantity
        });
        assert_eq!(
            next_start(
                &[(&ledger, &[wish(900, 900 + length, quantity)])],
                minute(900),
                minute(900),
                minute(90_000)
            ),
            expect,
            "{quantity} for {length}"
        );
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

    /// Hours within two months.
    fn window(&mut self, longest: i64) -> Period {
        let start = self.below(60 * 24) * 60;
        period(start, start + (1 + self.below(longest)) * 60)
    }
}

/// Fifty items, five blocks, twenty pins, and promises for as long as the count allows: full to the
/// brim.
fn full_shop(random: &mut Random, longest: i64) -> Ledger {
    let mut shop = items(50, vec![]);
    for _ in 0..5 {
        shop.shelves[random.below(50) as usize].busy = vec![random.window(240)];
    }
    for line in 0..300 {
        let window = random.window(longest);
        let pin = (line % 15 == 0).then(|| ItemId(1 + line * 7 % 50));
        let quantity = if pin.is_some() {
            1
        } else {
            1 + random.below(3)
        };
        if shop.free(window) >= quantity {
            shop.promises.push(Promise {
                line: LineId(line),
                reservation: ReservationId(line),
                window,
                quantity,
                pin,
            });
        }
    }
    shop
}

#[test]
fn at_the_sizes_of_a_shop_full_to_the_brim_every_answer_is_proven() {
    let mut random = Random(2026);
    let (mut found, mut impossible) = (0, 0);
    for round in 0..200 {
        let shop = full_shop(&mut random, 72 + round * 2);
        let whole: Vec<i64> = shop
            .promises
            .iter()
            .map(|promise| promise.quantity)
            .collect();
        match plan::assign(&shop.shelves, &shop.claims(&whole), plan::STEPS) {
            Assignment::Found(_) => found += 1,
            Assignment::Impossible => impossible += 1,
            Assignment::Unproven => panic!("not proven in round {round}"),
        }
        if round % 20 == 0 {
            let start = random.window(1).start;
            let window = Period {
                start,
                end: start.plus_minutes(60 * 72),
            };
            let most = shop.most(window);
            assert!(
                most.proven && most.quantity <= shop.free(window).max(0),
                "{round}"
            );
            assert_eq!(
                shop.fits(&[Wish {
                    window,
                    quantity: most.quantity,
                    pin: None
                }]),
                Fit::Yes
            );
            assert!(matches!(
                shop.fits(&[Wish {
                    window,
                    quantity: most.quantity + 1,
                    pin: None
                }]),
                Fit::Short { .. }
            ));
        }
    }
    assert!(
        found > 20 && impossible > 20,
        "{found} found, {impossible} impossible"
    );
}
