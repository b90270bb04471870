//! What it costs, through the facade and on the command line: versions by date, kits, tables,
//! taxes, discounts, and the same answer again.

use crate::cli::Counter;
use crate::counter::friday;
use crate::house::{House, days, hour};
use rentdesk::catalog::{self, NewType, Role, Tracking};
use rentdesk::kernel::{Currency, Failure, Moment, Money, Period, Refusal, Text, TypeId};
use rentdesk::pricing::{
    self, Ask, AskLine, Basis, ByHand, NewRule, Off, Only, Percent, Priced, PricedLine,
    PricingRefusal, Rate, RuleKind, Scope, why,
};
use rentdesk::store;

fn daily(amount: i64) -> Rate {
    Rate {
        daily: Some(Money(amount)),
        ..Rate::default()
    }
}

fn rate_from(house: &mut House, of: TypeId, rate: Rate, from: Moment) {
    house.must(|db, _| pricing::set_rate_from(db, of, rate, None, from));
}

fn rated(house: &mut House, name: &str, rate: Rate) -> TypeId {
    let made = house.kind(name, Tracking::Items, 0, Role::Primary);
    rate_from(house, made, rate, friday());
    made
}

#[track_caller]
fn price(house: &House, ask: &Ask) -> Priced {
    pricing::price(house.shop.read(), &house.shop.settings, ask).expect("a price")
}

fn refused(house: &House, ask: &Ask) -> PricingRefusal {
    match pricing::price(house.shop.read(), &house.shop.settings, ask) {
        Err(Failure::Refused(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn one(of: TypeId, window: Period) -> Ask {
    Ask::of(vec![AskLine::of(of, 1, window)], friday())
}

fn rule(name: &str, kind: RuleKind, percent: i64) -> NewRule {
    NewRule {
        name: Text::new(name),
        kind,
        code: None,
        tier: None,
        off: Off::Percent(Percent(percent * 100)),
        stackable: true,
        priority: 100,
        valid_from: None,
        valid_to: None,
        minimum_total: None,
        minimum_days: None,
        minimum_quantity: None,
        only: None,
    }
}

#[test]
fn case_62_a_later_rate_leaves_what_was_agreed_and_new_dates_take_the_rate_of_their_start() {
    let mut house = House::new();
    let camera = rated(&mut house, "Camera", daily(10_000));
    let asked = Ask {
        lines: vec![AskLine::of(camera, 2, days(5, 7))],
        ..one(camera, days(5, 7))
    };
    let agreed = price(&house, &asked);
    assert_eq!(agreed.total, Money(40_000));
    house.clock(hour(24));
    rate_from(&mut house, camera, daily(12_000), hour(24));
    rate_from(&mut house, camera, daily(15_000), hour(20 * 24));
    assert_eq!(
        price(&house, &asked),
        agreed,
        "agreed before the new rate was known: the same to the last step"
    );
    // Stored, read again, and priced today with what was agreed.
    let frozen = PricedLine::thaw(&agreed.lines[0].freeze()).unwrap();
    let today = Ask {
        agreed: hour(24),
        ..asked.clone()
    };
    let mut kept = today.clone();
    kept.lines[0].keep = frozen.kept_for(camera, days(5, 7));
    kept.prices = Some(frozen.prices);
    house.shop.change_setting("prices", "net").unwrap();
    house
        .shop
        .change_setting("price_table", "3-day week")
        .unwrap();
    house.must(|db, _| pricing::set_tax(db, &Text::new("standard"), Percent(1900), hour(-240)));
    assert_eq!(
        price(&house, &kept),
        agreed,
        "whatever the shop has changed since"
    );
    house.shop.change_setting("prices", "gross").unwrap();
    kept.lines[0].quantity = 3;
    assert_eq!(
        price(&house, &kept).total,
        Money(60_000),
        "one more at the price agreed"
    );
    let fresh = price(&house, &today);
    assert_eq!(fresh.total, Money(48_000));
    assert!(frozen.out_of_sync(&fresh.lines[0]) && !frozen.out_of_sync(&agreed.lines[0]));
    // New dates.
    assert_eq!(
        frozen.kept_for(camera, days(20, 22)),
        None,
        "nothing is kept for other dates"
    );
    assert_eq!(
        price(
            &house,
            &Ask {
                agreed: hour(24),
                ..one(camera, days(20, 22))
            }
        )
        .total,
        Money(30_000)
    );
    assert_eq!(
        price(
            &house,
            &Ask {
                agreed: hour(24),
                ..one(camera, days(19, 21))
            }
        )
        .total,
        Money(24_000),
        "the rate of the start holds to the end"
    );
    let versions = pricing::rates(house.shop.read(), camera).unwrap();
    assert_eq!(
        versions
            .iter()
            .map(|version| version.rate.daily.unwrap().0)
            .collect::<Vec<_>>(),
        [10_000, 12_000, 15_000]
    );
    // Said again for the same day, the later word counts from then on and the earlier one stays.
    house.clock(hour(25));
    rate_from(&mut house, camera, daily(16_000), hour(20 * 24));
    assert_eq!(
        price(
            &house,
            &Ask {
                agreed: hour(24),
                ..one(camera, days(20, 22))
            }
        )
        .total,
        Money(30_000)
    );
    assert_eq!(
        price(
            &house,
            &Ask {
                agreed: hour(25),
                ..one(camera, days(20, 22))
            }
        )
        .total,
        Money(32_000)
    );
}

#[test]
fn a_rate_set_only_afterwards_is_better_than_none() {
    let mut house = House::new();
    let camera = house.kind("Camera", Tracking::Items, 0, Role::Primary);
    let before = price(&house, &one(camera, days(-1, 1)));
    assert_eq!(
        (before.total, before.lines[0].list.basis),
        (Money(0), Basis::Unpriced),
        "what has no rate can still be rented"
    );
    rate_from(&mut house, camera, daily(10_000), friday());
    assert_eq!(
        price(&house, &one(camera, days(-1, 1))).total,
        Money(20_000),
        "gear that left before its rate was written down"
    );
}

#[test]
fn a_kit_has_a_price_as_a_set_or_by_its_parts() {
    let mut house = House::new();
    let (body, lens) = (
        rated(&mut house, "Body", daily(10_000)),
        rated(&mut house, "Lens", daily(3000)),
    );
    let kit = house.kind("Interview set", Tracking::Items, 0, Role::Primary);
    house.must(|db, _| catalog::set_components(db, kit, &[(body, 1), (lens, 2)]));
    let ask = || {
        Ask::of(
            pricing::lines_of(house.shop.read(), &[(kit, 2), (lens, 1)], days(0, 1)).unwrap(),
            friday(),
        )
    };
    let by_parts = price(&house, &ask());
    let basis = |priced: &Priced| {
        priced
            .lines
            .iter()
            .map(|line| (line.list.basis, line.total.0))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        basis(&by_parts),
        [
            (Basis::ByParts, 0),
            (Basis::Rates, 20_000),
            (Basis::Rates, 12_000),
            (Basis::Rates, 3000)
        ]
    );
    rate_from(&mut house, kit, daily(14_000), friday());
    let ask = Ask::of(
        pricing::lines_of(house.shop.read(), &[(kit, 2), (lens, 1)], days(0, 1)).unwrap(),
        friday(),
    );
    let set = price(&house, &ask);
    assert_eq!(
        basis(&set),
        [
            (Basis::Rates, 28_000),
            (Basis::Included, 0),
            (Basis::Included, 0),
            (Basis::Rates, 3000)
        ]
    );
    // What was agreed by parts stays by parts.
    let mut kept = ask.clone();
    for (line, before) in kept.lines.iter_mut().zip(&by_parts.lines) {
        line.keep = before.kept_for(line.type_id, line.window);
    }
    assert_eq!(price(&house, &kept), by_parts);
    // What goes along with a set is not in its price, a part of it is, also where it might go along
    // too.
    house.must(|db, _| catalog::set_accessory(db, kit, lens, 1, 1, true));
    let light = rated(&mut house, "Light", daily(500));
    house.must(|db, _| catalog::set_accessory(db, kit, light, 1, 1, true));
    let mut along = ask.clone();
    along.lines[3] = AskLine {
        parent: Some(0),
        ..AskLine::of(light, 2, days(0, 1))
    };
    assert_eq!(
        basis(&price(&house, &along)),
        [
            (Basis::Rates, 28_000),
            (Basis::Included, 0),
            (Basis::Included, 0),
            (Basis::Rates, 1000)
        ]
    );
    let mut by_hand = ask;
    by_hand.lines[0].manual = Some(ByHand {
        value: Money(9999),
        reason: Text::new("friend of the house"),
    });
    assert_eq!(
        basis(&price(&house, &by_hand)),
        [
            (Basis::Manual, 19_998),
            (Basis::Included, 0),
            (Basis::Included, 0),
            (Basis::Rates, 3000)
        ]
    );
}

#[test]
fn a_movie_costs_by_its_period_and_counts_begun_ones() {
    let mut house = House::new();
    let movie = house.must(|db, _| {
        let category = catalog::category_at_path(db, "Sports")?;
        catalog::add_type(
            db,
            &NewType {
                fixed_hours: Some(48),
                ..NewType::named(category, Text::new("Academy Dinosaur"), Tracking::Items)
            },
        )
    });
    rate_from(
        &mut house,
        movie,
        Rate {
            fixed: Some(Money(299)),
            ..Rate::default()
        },
        friday(),
    );
    for (window, expect) in [
        (days(0, 2), 299),
        (days(0, 3), 598),
        (days(0, 5), 897),
        (days(0, 1), 299),
    ] {
        assert_eq!(price(&house, &one(movie, window)).total, Money(expect));
    }
}

#[test]
fn a_table_is_that_of_the_type_its_category_or_the_shop() {
    let mut house = House::new();
    let camera = rated(&mut house, "Camera", daily(10_000));
    let total = |house: &House| price(house, &one(camera, days(0, 7))).total.0 / 10_000;
    assert_eq!(total(&house), 7);
    house
        .shop
        .change_setting("price_table", "5-day week")
        .unwrap();
    assert_eq!(total(&house), 5);
    let category = catalog::category_of(house.shop.read(), camera)
        .unwrap()
        .unwrap();
    house.must(|db, _| {
        pricing::use_price_table(
            db,
            Scope::Category,
            category.0,
            Some(&Text::new("4-day week")),
        )
    });
    assert_eq!(total(&house), 4);
    house.must(|db, _| {
        pricing::use_price_table(db, Scope::Type, camera.0, Some(&Text::new("3-day week")))
    });
    assert_eq!(total(&house), 3);
    house.must(|db, _| pricing::use_price_table(db, Scope::Type, camera.0, None));
    assert_eq!(total(&house), 4);
    let refusal = house.refused(|db, _| {
        pricing::use_price_table(db, Scope::Type, camera.0, Some(&Text::new("9-day week")))
    });
    assert!(refusal.contains("9-day week"), "{refusal}");
    assert!(
        house
            .shop
            .change_setting("price_table", "9-day week")
            .is_err(),
        "a table that is not there would charge more in silence"
    );
    let refusal = house.refused(|db, _| {
        pricing::add_price_table(db, &Text::new("4-day week"), "1=1, repeat").map(|_| ())
    });
    assert!(refusal.contains("already"), "{refusal}");
}

#[test]
fn taxes_hold_from_a_day_on_and_prices_are_gross_or_net() {
    let mut house = House::new();
    house.must(|db, _| {
        pricing::set_tax(db, &Text::new("standard"), Percent(1900), hour(-240))?;
        pricing::set_tax(db, &Text::new("standard"), Percent(2000), hour(240))?;
        pricing::set_tax(db, &Text::new("reduced"), Percent(700), hour(-240))
    });
    let camera = rated(&mut house, "Camera", daily(10_000));
    let book = house.kind("Handbook", Tracking::Items, 0, Role::Primary);
    house.must(|db, _| {
        pricing::set_rate_from(db, book, daily(1000), Some(&Text::new("reduced")), friday())
    });
    let ask = Ask::of(
        vec![
            AskLine::of(camera, 1, days(0, 1)),
            AskLine::of(book, 1, days(0, 1)),
            AskLine::of(camera, 1, days(11, 12)),
        ],
        friday(),
    );
    let facts = |priced: &Priced| {
        (
            priced.net.0,
            priced
                .taxes
                .iter()
                .map(|tax| (tax.percent.0, tax.tax.0))
                .collect::<Vec<_>>(),
            priced.total.0,
        )
    };
    assert_eq!(
        facts(&price(&house, &ask)),
        (17_671, vec![(700, 65), (1900, 1597), (2000, 1667)], 21_000)
    );
    house.shop.change_setting("prices", "net").unwrap();
    assert_eq!(
        facts(&price(&house, &ask)),
        (21_000, vec![(700, 70), (1900, 1900), (2000, 2000)], 24_970)
    );
    let refusal = house.refused(|db, _| {
        pricing::set_rate_from(db, book, daily(1000), Some(&Text::new("redcued")), friday())
    });
    assert!(refusal.contains("redcued"), "{refusal}");
}

#[test]
fn a_withdrawn_discount_stays_where_it_was_agreed() {
    let mut house = House::new();
    let camera = rated(&mut house, "Camera", daily(10_000));
    let parent = catalog::category_of(house.shop.read(), camera)
        .unwrap()
        .unwrap();
    let coupon = NewRule {
        code: Some(Text::new("nov 10")),
        only: Some(Only::Category(parent)),
        ..rule("November", RuleKind::Coupon, 10)
    };
    let id = house.must(|db, _| pricing::add_discount(db, &coupon));
    let refusal = house.refused(|db, _| pricing::add_discount(db, &coupon));
    assert!(refusal.contains("NOV10"), "{refusal}");
    let ask = Ask {
        coupons: vec![Text::new("Nov10")],
        ..one(camera, days(0, 1))
    };
    let agreed = price(&house, &ask);
    assert_eq!(
        (agreed.total, agreed.discounts[0].amount),
        (Money(9000), Money(1000))
    );
    house.clock(hour(1));
    house.must(|db, _| pricing::withdraw_discount(db, id));
    assert_eq!(price(&house, &ask), agreed);
    assert_eq!(
        refused(
            &house,
            &Ask {
                agreed: hour(1),
                ..ask
            }
        ),
        PricingRefusal::CouponUnknown(Text::new("NOV10"))
    );
    // A rule that came later does not reach back either.
    house.must(|db, _| pricing::add_discount(db, &rule("Everybody", RuleKind::Volume, 50)));
    assert_eq!(price(&house, &one(camera, days(0, 1))).total, Money(10_000));
    assert_eq!(
        price(
            &house,
            &Ask {
                agreed: hour(1),
                ..one(camera, days(0, 1))
            }
        )
        .total,
        Money(5000)
    );
    assert!(
        house
            .refused(|db, _| pricing::withdraw_discount(db, id))
            .contains("withdrawn")
    );
    assert!(
        house
            .refused(|db, _| pricing::withdraw_discount(db, 99))
            .contains("99")
    );
}

#[test]
fn what_is_by_hand_needs_a_reason_and_what_is_odd_is_refused() {
    let mut house = House::new();
    let camera = rated(&mut house, "Camera", daily(10_000));
    let ask = |change: &dyn Fn(&mut Ask)| {
        let mut ask = one(camera, days(0, 1));
        change(&mut ask);
        ask
    };
    let hand = |amount: i64, reason: &str| ByHand {
        value: Money(amount),
        reason: Text::new(reason),
    };
    assert_eq!(
        price(
            &house,
            &ask(&|ask| ask.lines[0].manual = Some(hand(4242, "demo")))
        )
        .total,
        Money(4242)
    );
    assert_eq!(
        price(
            &house,
            &ask(&|ask| ask.lines[0].manual = Some(hand(0, "a gift")))
        )
        .total,
        Money(0)
    );
    for (odd, expect) in [
        (
            ask(&|ask| ask.lines[0].manual = Some(hand(4242, " "))),
            PricingRefusal::ReasonMissing,
        ),
        (
            ask(&|ask| ask.lines[0].manual = Some(hand(-1, "x"))),
            PricingRefusal::ManualPrice,
        ),
        (
            ask(&|ask| ask.target = Some(hand(100, ""))),
            PricingRefusal::ReasonMissing,
        ),
        (
            ask(&|ask| ask.target = Some(hand(0, "x"))),
            PricingRefusal::Target,
        ),
        (
            ask(&|ask| {
                ask.off = Some(ByHand {
                    value: Off::Percent(Percent(10_001)),
                    reason: Text::new("x"),
                })
            }),
            PricingRefusal::Discount,
        ),
        (
            ask(&|ask| {
                ask.lines[0].off = Some(ByHand {
                    value: Off::Amount(Money(-1)),
                    reason: Text::new("x"),
                })
            }),
            PricingRefusal::Discount,
        ),
        // Case 63: a quantity below one.
        (
            ask(&|ask| ask.lines[0].quantity = 0),
            PricingRefusal::Quantity(0),
        ),
        (
            ask(&|ask| ask.lines[0].window.end = ask.lines[0].window.start),
            PricingRefusal::Window,
        ),
    ] {
        let refusal = refused(&house, &odd);
        assert_eq!(refusal, expect);
        assert!(!refusal.hint().is_empty());
    }
    for (rate, expect) in [
        (Rate::default(), "names a price"),
        (daily(0), "more than 0"),
        (daily(-5), "more than 0"),
        (
            Rate {
                minimum: Some(Money(5)),
                ..Rate::default()
            },
            "names a price",
        ),
    ] {
        let refusal =
            house.refused(|db, _| pricing::set_rate_from(db, camera, rate, None, friday()));
        assert!(refusal.contains(expect), "{refusal}");
    }
}

#[test]
fn thirty_lines_are_priced_with_two_questions_for_each_type() {
    let mut house = House::new();
    let types: Vec<TypeId> = (0..30)
        .map(|number| {
            rated(
                &mut house,
                &format!("Type {number:02}"),
                daily(1000 + number),
            )
        })
        .collect();
    house.must(|db, _| pricing::add_discount(db, &rule("Everybody", RuleKind::Volume, 10)));
    let ask = Ask::of(
        types
            .iter()
            .map(|of| AskLine::of(*of, 3, days(0, 4)))
            .collect(),
        friday(),
    );
    let (walked, before) = (store::rows_walked(), store::statements_run());
    let priced = price(&house, &ask);
    let statements = store::statements_run() - before;
    assert!(statements <= 2 * 30 + 5, "{statements} statements");
    let walked: Vec<String> = store::walked_since(walked)
        .into_iter()
        .filter(|sql| {
            ["FROM rate", "FROM equipment_type"]
                .iter()
                .any(|table| sql.contains(table))
        })
        .collect();
    assert!(walked.is_empty(), "{walked:?}");
    // Case 63: each line is its price of one × quantity, and the sum is that of the lines.
    for line in &priced.lines {
        assert_eq!(line.subtotal.0, line.list.each.0 * line.quantity);
    }
    assert_eq!(
        priced.sum.0,
        priced.lines.iter().map(|line| line.total.0).sum::<i64>()
    );
    let told = why::whole(
        &priced,
        Currency::parse("EUR").unwrap(),
        &vec!["x".to_owned(); 30],
    );
    assert!(told.len() > 120);
}

#[test]
fn prices_on_the_command_line() {
    let counter = Counter::open();
    let told = counter.transcript(&[
        r#"rate set "Sony FX6 body" --weekly 720 --minimum 100 --hourly 40"#,
        r#"rate set "V-lock 150" --daily 8 --from 2025-12-01"#,
        r#"rate set "V-lock 150" --daily 6 --hourly 0.20"#,
        r#"rate set "V-lock 150" --daily 0"#,
        r#"rate set "V-lock 150" --tax reduced"#,
        r#"tax set standard 19"#,
        r#"tax list"#,
        r#"rate show "V-lock 150""#,
        r#"rate list"#,
        r#"price-table use "4-day week" --category Power"#,
        r#"price-table add tiny "1=1, 3=2, repeat""#,
        r#"discount add "November" 10% --code "nov 10" --from 2025-11-01 --to 2025-11-30 --stackable"#,
        r#"discount add "Gold" 5% --tier gold --stackable"#,
        r#"discount add "Never" 5%"#,
        r#"discount list"#,
        r#"price --from "sat 9:00" --to "29 nov 9:00" --line "Sony FX6 body*2" --line "V-lock 150*4" --coupon NOV10 --tier Gold"#,
        r#"price --from "sat 9:00" --to "29 nov 9:00" --line "Sony FX6 body*2" --line "V-lock 150*4" --coupon NOV10 --tier Gold --why"#,
        r#"price --from "sat 9:00" --to "sun 9:00" --line "Sony FX6 body" --line "V-lock 150" --total 150 --reason "old friend""#,
        r#"price --from "sat 9:00" --to "sun 9:00" --line "Sony FX6 body" --coupon SPRING"#,
        r#"price --from "sat 9:00" --to "sun 9:00" --line "Sony FX6 body*0""#,
        r#"discount withdraw 1"#,
        r#"settings set price_table "9-day week""#,
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn the_names_of_prices_are_pinned() {
    let counter = Counter::open();
    for line in [
        r#"tax set standard 19"#,
        r#"discount add "November" 10% --code NOV10"#,
    ] {
        assert_eq!(counter.run(line).0, 0, "{line}");
    }
    let shapes: Vec<String> = [
        r#"rate set "Sony FX6 body" --weekly 720 --dry-run"#,
        r#"rate show "Sony FX6 body""#,
        "rate list",
        "tax set reduced 7 --dry-run",
        "tax list",
        "price-table list",
        r#"price-table show "4-day week""#,
        r#"price-table add tiny "1=1, repeat" --dry-run"#,
        r#"price-table use "4-day week" --category Camera --dry-run"#,
        "discount list",
        "discount withdraw 1 --dry-run",
        r#"price --from "sat 9:00" --to "sun 9:00" --line "Sony FX6 body" --coupon NOV10"#,
    ]
    .iter()
    .map(|line| format!("{line}: {}", crate::cli::shape(&counter.json(line))))
    .collect();
    insta::assert_snapshot!(shapes.join("\n"));
}

#[test]
fn what_sets_prices_can_be_rehearsed() {
    let counter = Counter::open();
    let state = || {
        (
            counter.json("rate list"),
            counter.json("tax list"),
            counter.json("price-table list"),
            counter.json("discount list"),
            counter.json("settings"),
        )
    };
    let before = state();
    for line in [
        r#"rate set "Sony FX6 body" --weekly 720"#,
        "tax set standard 19",
        r#"price-table add tiny "1=1, repeat""#,
        r#"price-table use "4-day week" --category Camera"#,
        r#"price-table use "4-day week""#,
        r#"discount add November 10% --code NOV10"#,
    ] {
        let (code, stdout, stderr) = counter.run(&format!("{line} --dry-run"));
        assert!(
            code == 0 && stderr.is_empty() && stdout.ends_with("Nothing was saved (dry run).\n"),
            "{line}: {code}\n{stdout}{stderr}"
        );
        assert_eq!(state(), before, "{line}");
    }
}
