//! What a reservation costs, through the product's own commands: agreed, kept, changed, explained,
//! taken back.

use crate::cli::Counter as CommandLine;
use crate::counter::{Counter, friday};
use crate::house::{House, asked, days, hour};
use rentdesk::booking::{self, Bargain, Change, Edit, Extension, Firmness, Frozen, Thing, Want};
use rentdesk::catalog::{Role, Tracking};
use rentdesk::desk::{self, ReservationDraft};
use rentdesk::events::Event;
use rentdesk::kernel::{Money, Period, ReservationId, Text, TypeId};
use rentdesk::pricing::{self, ByHand, NewRule, Off, Percent, Rate, RuleKind};
use rentdesk::store::{self, log};
use serde_json::json;

pub(crate) fn rated(house: &mut House, name: &str, daily: i64, count: usize) -> TypeId {
    let (kind, _) = house.items(name, count);
    rate(house, kind, daily);
    kind
}

pub(crate) fn rate(house: &mut House, kind: TypeId, daily: i64) {
    let from = house.shop.now();
    house.must(|db, _| {
        pricing::set_rate_from(
            db,
            kind,
            Rate {
                daily: Some(Money(daily)),
                ..Rate::default()
            },
            None,
            from,
        )
    });
}

pub(crate) fn frozen(house: &House, id: ReservationId) -> Option<Frozen> {
    let found = booking::reservation(house.shop.read(), id).unwrap();
    booking::frozen(house.shop.read(), &found).unwrap()
}

pub(crate) fn total(house: &House, id: ReservationId) -> i64 {
    let total = booking::reservation(house.shop.read(), id)
        .unwrap()
        .total
        .expect("a price")
        .0;
    let sum: i64 = house
        .lines(id)
        .iter()
        .filter(|line| line.state != booking::LineState::Dropped)
        .map(|line| line.price.as_ref().expect("a price").total.0)
        .sum();
    assert_eq!(total, sum, "the total is the sum of the lines");
    total
}

pub(crate) fn stale(house: &House, id: ReservationId) -> usize {
    let found = booking::reservation(house.shop.read(), id).unwrap();
    booking::out_of_sync(
        house.shop.read(),
        &house.shop.settings,
        &found,
        house.shop.now(),
    )
    .unwrap()
    .len()
}

fn change(house: &mut House, id: ReservationId, change: Change) {
    house.must(|db, settings| desk::change(db, settings, id, &change));
}

fn moved(window: Period) -> Change {
    Change {
        window: Some(window),
        ..Change::default()
    }
}

fn by_hand<T>(value: T) -> ByHand<T> {
    ByHand {
        value,
        reason: Text::new("old friend"),
    }
}

#[test]
fn case_62_what_was_agreed_stays_and_new_dates_are_priced_anew() {
    let mut house = House::new();
    let camera = rated(&mut house, "Camera", 10_000, 3);
    let id = house.confirmed(days(5, 7), &[Want::of(camera, 2)]);
    assert_eq!(total(&house, id), 40_000);
    let agreed = frozen(&house, id);
    house.clock(hour(24));
    rate(&mut house, camera, 12_000);
    house.must(|db, _| {
        pricing::set_rate_from(
            db,
            camera,
            Rate {
                daily: Some(Money(15_000)),
                ..Rate::default()
            },
            None,
            hour(20 * 24),
        )
    });
    change(
        &mut house,
        id,
        Change {
            note: Some(Text::filled("bring tape")),
            ..Change::default()
        },
    );
    assert_eq!(
        (frozen(&house, id), stale(&house, id)),
        (agreed.clone(), 1),
        "a later rate and a note leave it alone; that it is out of sync is seen"
    );
    // One more at the price that was agreed.
    let line = house.lines(id)[0].id;
    change(
        &mut house,
        id,
        Change {
            edits: vec![Edit::Quantity(line, 3)],
            ..Change::default()
        },
    );
    assert_eq!(total(&house, id), 60_000);
    house.undo().unwrap();
    assert_eq!(
        frozen(&house, id),
        agreed,
        "an undo brings the price back to the last step"
    );
    // Other dates: the rate of the new start.
    change(&mut house, id, moved(days(6, 8)));
    assert_eq!((total(&house, id), stale(&house, id)), (48_000, 0));
    change(&mut house, id, moved(days(20, 22)));
    assert_eq!(total(&house, id), 60_000);
    house.undo().unwrap();
    house.undo().unwrap();
    assert_eq!(frozen(&house, id), agreed);
    // Pulled in on demand; once more changes nothing.
    house.must(|db, settings| desk::reprice(db, settings, id));
    assert_eq!((total(&house, id), stale(&house, id)), (48_000, 0));
    let now = frozen(&house, id);
    house.must(|db, settings| desk::reprice(db, settings, id));
    assert_eq!(frozen(&house, id), now);
    house.undo().unwrap();
    assert_eq!(frozen(&house, id), agreed);
    house.check();
}

#[test]
fn case_61_a_total_by_hand_is_spread_exactly() {
    let mut house = House::new();
    let wants: Vec<Want> = [("A", 30_000), ("B", 20_000), ("C", 10_000)]
        .map(|(name, daily)| Want::of(rated(&mut house, name, daily, 1), 1))
        .to_vec();
    let new = |target: i64| {
        let plain = asked(None, Firmness::Quote, days(1, 2), &wants);
        booking::NewReservation {
            bargain: Bargain {
                target: Some(by_hand(Money(target))),
                ..Bargain::default()
            },
            ..plain
        }
    };
    let (low, high) = (new(40_000), new(70_000));
    let id = house.must(|db, settings| desk::reserve(db, settings, &low));
    let totals = |house: &House, id| {
        house
            .lines(id)
            .iter()
            .map(|line| line.price.clone().unwrap().total.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        (totals(&house, id), total(&house, id)),
        (vec![20_000, 13_333, 6_667], 40_000)
    );
    let above = house.must(|db, settings| desk::reserve(db, settings, &high));
    assert_eq!(
        total(&house, above),
        70_000,
        "above the subtotal is allowed"
    );
    for nothing in [0, -100] {
        let new = new(nothing);
        assert!(
            house
                .refused(|db, settings| desk::reserve(db, settings, &new))
                .contains("A total by hand is more than 0")
        );
    }
    // It was said of these lines for that long: it stays with other dates, not with another
    // quantity.
    change(&mut house, id, moved(days(3, 4)));
    assert_eq!(total(&house, id), 40_000);
    change(&mut house, id, moved(days(3, 5)));
    assert_eq!(total(&house, id), 120_000);
    house.undo().unwrap();
    assert_eq!(total(&house, id), 40_000);
    let target = Bargain {
        target: Some(by_hand(Money(0))),
        ..Bargain::default()
    };
    change(
        &mut house,
        id,
        Change {
            bargain: target,
            ..Change::default()
        },
    );
    assert_eq!(total(&house, id), 60_000, "0 takes it away");
    house.check();
}

#[test]
fn a_shop_without_rates_stays_as_it_was_for_one_question_more() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 3);
    let new = asked(
        Some(house.maya),
        Firmness::Confirmed,
        days(1, 3),
        &[Want::of(kind, 1)],
    );
    house.must(|db, settings| desk::reserve(db, settings, &new));
    let questions = |house: &mut House, new: &booking::NewReservation| {
        // Of the command itself: what hears of it, and drafts its invoice, does so after it is
        // saved.
        let mut asked = 0;
        let id = house.must(|db, settings| {
            let before = store::statements_run();
            let made = desk::reserve(db, settings, new);
            asked = store::statements_run() - before;
            made
        });
        (id, asked)
    };
    let (id, without) = questions(&mut house, &new);
    assert_eq!(
        (
            booking::reservation(house.shop.read(), id).unwrap().total,
            house.lines(id)[0].price.clone()
        ),
        (None, None)
    );
    rate(&mut house, kind, 10_000);
    let (id, with) = questions(&mut house, &new);
    assert_eq!(total(&house, id), 20_000);
    assert!(
        with - without <= 15,
        "{without} questions without rates, {with} with them"
    );
    house.check();
}

#[test]
fn thirty_lines_are_quoted_live_with_as_many_questions_as_one() {
    let mut house = House::new();
    let types: Vec<TypeId> = (0..30)
        .map(|number| rated(&mut house, &format!("Type {number:02}"), 1000 + number, 1))
        .collect();
    let questions = |count: usize| {
        let mut draft = ReservationDraft::new(days(1, 3));
        for of in types.iter().take(count) {
            draft.add(Want::of(*of, 1));
        }
        let weighed =
            desk::weigh(house.shop.read(), &house.shop.settings, &draft, friday()).unwrap();
        let before = store::statements_run();
        let quoted = desk::price_draft(
            house.shop.read(),
            &house.shop.settings,
            &draft,
            &weighed,
            friday(),
        )
        .unwrap()
        .unwrap();
        assert_eq!(quoted.rows.len(), count);
        store::statements_run() - before
    };
    assert_eq!(questions(1), questions(30));
    assert!(questions(30) <= 12, "{}", questions(30));
    // The same in the command: what thirty lines cost is frozen with a handful of questions more
    // than one line.
    let wants: Vec<Want> = types.iter().map(|of| Want::of(*of, 1)).collect();
    let id = house.reserve(Firmness::Quote, days(1, 3), &wants);
    assert_eq!(
        total(&house, id),
        (0..30).map(|number| 2 * (1000 + number)).sum::<i64>()
    );
}

#[test]
fn what_leaves_over_the_counter_has_a_price_and_longer_costs_more() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    rate(&mut house, kind, 10_000);
    let walk_in = house.walk_in(&[Thing::Item(items[0])], hour(24));
    assert_eq!(total(&house, walk_in), 10_000);
    let agreed = frozen(&house, walk_in);
    let seq = house.seq();
    house.must(|db, settings| {
        desk::extend(
            db,
            settings,
            &Extension {
                reservation: walk_in,
                rentals: None,
                due: hour(72),
                keep_short: false,
            },
        )
    });
    assert_eq!(total(&house, walk_in), 30_000);
    let events = log::events_after(house.shop.read(), seq, i64::MAX).unwrap();
    let delta = events.iter().find_map(|event| {
        if let Some(Event::RentalExtended { price_delta, .. }) = &event.event {
            *price_delta
        } else {
            None
        }
    });
    assert_eq!(delta, Some(Money(20_000)));
    let after = events.iter().find_map(|event| {
        if let Some(Event::ReservationChanged { after, .. }) = &event.event {
            after.lines[0].price.clone()
        } else {
            None
        }
    });
    assert_eq!(
        after.map(|price| price.total),
        Some(Money(30_000)),
        "whoever hears of the change hears what the line costs"
    );
    house.undo().unwrap();
    assert_eq!(frozen(&house, walk_in), agreed);
    // An extra joins what was reserved, and goes again with the undo.
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    let before = total(&house, id);
    let command = booking::CheckOut {
        extras: true,
        ..booking::CheckOut::plain(
            booking::Recipient::Reservation(id),
            vec![Thing::Item(items[1]), Thing::Item(items[2])],
        )
    };
    let quoted =
        booking::quote_hand_over(house.shop.read(), &house.shop.settings, &command, friday())
            .unwrap()
            .unwrap();
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    assert_eq!(
        (before, total(&house, id), quoted.priced.total.0),
        (20_000, 40_000, 40_000),
        "the finish shows what is agreed by it"
    );
    house.undo().unwrap();
    assert_eq!(total(&house, id), 20_000);
    house.check();
}

#[test]
fn the_tier_of_the_customer_takes_its_discount_off_and_is_kept_with_the_agreement() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    rate(&mut house, kind, 300_000);
    // 600 points, a completed rental of 6,000.00 ago.
    let first = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.out(first, &[Thing::Item(items[0])]);
    house.clock(hour(47));
    house.back(items[0]);
    let rule = NewRule {
        name: Text::new("Gold"),
        kind: RuleKind::Loyalty,
        code: None,
        tier: Some(Text::new("GOLD")),
        off: Off::Percent(Percent(1_000)),
        stackable: true,
        priority: 1,
        valid_from: None,
        valid_to: None,
        minimum_total: None,
        minimum_days: None,
        minimum_quantity: None,
        only: None,
    };
    house.must(|db, _| pricing::add_discount(db, &rule));
    let maya = booking::reservation(house.shop.read(), first)
        .unwrap()
        .customer;
    // What is shown while it is written is what is agreed.
    let draft = ReservationDraft {
        customer: maya,
        lines: vec![desk::DraftLine {
            line: None,
            want: Want::of(kind, 1),
            was: 0,
            dropped: false,
            keep_short: false,
            number: None,
            price: None,
        }],
        ..ReservationDraft::new(days(5, 6))
    };
    let weighed = desk::weigh(
        house.shop.read(),
        &house.shop.settings,
        &draft,
        house.shop.now(),
    )
    .unwrap();
    let quoted = desk::price_draft(
        house.shop.read(),
        &house.shop.settings,
        &draft,
        &weighed,
        house.shop.now(),
    )
    .unwrap()
    .unwrap();
    let id = house.confirmed(days(5, 6), &[Want::of(kind, 1)]);
    assert_eq!(
        (quoted.priced.total.0, total(&house, id)),
        (270_000, 270_000)
    );
    assert_eq!(
        frozen(&house, id).unwrap().agreement.tier,
        Some(Text::new("GOLD"))
    );
    let quote = crate::mended_promises::done(
        &house,
        &[
            "price",
            "--from",
            "2025-11-28",
            "--to",
            "2025-11-29",
            "--line",
            "Camera",
            "--customer",
            "Maya Chen",
            "--now",
            "2025-11-23T09:00:00Z",
        ],
    );
    assert!(
        quote.contains("Gold") && quote.contains("2 700.00"),
        "{quote}"
    );
    // Over the counter too.
    let walk_in = booking::CheckOut {
        due: Some(hour(72)),
        ..booking::CheckOut::plain(
            booking::Recipient::WalkIn(house.sam),
            vec![Thing::Item(items[1])],
        )
    };
    let sams = desk::quote_hand_over(
        house.shop.read(),
        &house.shop.settings,
        &walk_in,
        house.shop.now(),
    )
    .unwrap()
    .unwrap();
    let mayas = booking::CheckOut {
        to: booking::Recipient::WalkIn(maya.unwrap()),
        ..walk_in
    };
    let out = house.must(|db, settings| desk::hand_over(db, settings, &mayas));
    assert_eq!(
        (sams.priced.total.0 * 9 / 10, sams.agreement.tier),
        (total(&house, out), Some(Text::new("BRONZE")))
    );
    // A year later the points have lapsed: what was agreed keeps its tier until somebody prices it
    // anew.
    house.clock(hour(24 * 4));
    house.must(|db, settings| desk::change(db, settings, id, &moved(days(500, 501))));
    assert_eq!(total(&house, id), 270_000);
    house.clock(hour(24 * 400));
    house.must(|db, settings| desk::reprice(db, settings, id));
    assert_eq!(
        (
            total(&house, id),
            frozen(&house, id).unwrap().agreement.tier
        ),
        (300_000, Some(Text::new("BRONZE")))
    );
    house.undo().unwrap();
    // Another customer is another tier.
    let sam = house.sam;
    house.must(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &Change {
                customer: Some(sam),
                ..Change::default()
            },
        )
    });
    assert_eq!(total(&house, id), 300_000);
    house.check();
}

#[test]
fn a_quote_from_before_the_rates_is_priced_when_it_becomes_firm() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 1);
    let id = house.reserve(Firmness::Quote, days(1, 3), &[Want::of(kind, 1)]);
    rate(&mut house, kind, 10_000);
    house.must(|db, settings| desk::confirm(db, settings, id, false));
    assert_eq!(total(&house, id), 20_000);
    house.undo().unwrap();
    assert_eq!(
        booking::reservation(house.shop.read(), id).unwrap().total,
        None
    );
    house.check();
}

/// Numbers as they come, the same in each run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % u64::try_from(below).unwrap()).unwrap()
    }
}

#[test]
fn pricing_again_without_a_change_changes_nothing_and_totals_are_sums() {
    let mut house = House::new();
    let mut dice = Dice(7);
    let types: Vec<TypeId> = (0..4)
        .map(|number| house.kind(&format!("Type {number}"), Tracking::Items, 0, Role::Primary))
        .collect();
    for kind in &types {
        let daily = 1 + dice.roll(20_000);
        let hourly = Some(Money(1 + dice.roll(3000))).filter(|_| daily % 2 == 0);
        house.must(|db, _| {
            pricing::set_rate_from(
                db,
                *kind,
                Rate {
                    daily: Some(Money(daily)),
                    hourly,
                    ..Rate::default()
                },
                None,
                friday(),
            )
        });
    }
    house.must(|db, _| pricing::set_tax(db, &Text::new("standard"), Percent(1925), friday()));
    let rule = NewRule {
        name: Text::new("Long"),
        kind: RuleKind::Volume,
        code: None,
        tier: None,
        off: Off::Percent(Percent(733)),
        stackable: true,
        priority: 1,
        valid_from: None,
        valid_to: None,
        minimum_total: None,
        minimum_days: Some(3),
        minimum_quantity: None,
        only: None,
    };
    house.must(|db, _| pricing::add_discount(db, &rule));
    for round in 0..40 {
        let start = 1 + dice.roll(9);
        let window = Period {
            start: hour(start * 24 + dice.roll(24)),
            end: hour((start + 1 + dice.roll(9)) * 24 + dice.roll(24)),
        };
        let wants: Vec<Want> = types
            .iter()
            .take(1 + usize::try_from(dice.roll(4)).unwrap())
            .map(|kind| Want::of(*kind, 1 + dice.roll(5)))
            .collect();
        let mut bargain = Bargain::default();
        match dice.roll(4) {
            0 => bargain.off = Some(by_hand(Off::Percent(Percent(dice.roll(10_000))))),
            1 => bargain.off = Some(by_hand(Off::Amount(Money(dice.roll(50_000))))),
            2 => bargain.target = Some(by_hand(Money(1 + dice.roll(90_000)))),
            _ => drop(
                bargain
                    .lines
                    .insert(1, Some(by_hand(Money(dice.roll(9000))))),
            ),
        }
        let new = booking::NewReservation {
            bargain,
            ..asked(None, Firmness::Quote, window, &wants)
        };
        let id = house.must(|db, settings| desk::reserve(db, settings, &new));
        let made = (frozen(&house, id), total(&house, id));
        house.must(|db, settings| desk::reprice(db, settings, id));
        assert_eq!(
            (frozen(&house, id), total(&house, id)),
            made,
            "round {round}"
        );
        let maya = house.maya;
        change(
            &mut house,
            id,
            Change {
                window: Some(window),
                customer: Some(maya),
                ..Change::default()
            },
        );
        assert_eq!(
            (frozen(&house, id), total(&house, id)),
            made,
            "round {round}"
        );
        let line = house.lines(id)[0].id;
        change(
            &mut house,
            id,
            Change {
                edits: vec![Edit::Quantity(line, 6 + dice.roll(5))],
                ..Change::default()
            },
        );
        total(&house, id);
        house.undo().unwrap();
        assert_eq!(
            (frozen(&house, id), total(&house, id)),
            made,
            "round {round}"
        );
    }
    house.check();
}

#[test]
fn prices_of_reservations_on_the_command_line() {
    let counter = CommandLine::open();
    let told = counter.transcript(&[
        "tax set standard 19",
        "undo",
        r#"discount add "November" 10% --code NOV10"#,
        "undo",
        r#"rate set "V-lock 150" --daily 8"#,
        r#"reserve --quote --reference Q-1 --from "mon 9:00" --to "wed 9:00" --line "Sony FX6 body" --line "V-lock 150*2" --discount 20.00 --reason "scratched case" --why"#,
        r#"change Q-1 --discount 0 --reason "new case" --why"#,
        r#"change R-1001 --coupon NOV10"#,
        r#"change R-1001 --coupon NOV11"#,
        r#"change R-1001 --discount 5%"#,
        r#"change R-1001 --target 400 --reason "old friend""#,
        r#"change R-1001 --target 0 --reason "back to the rates" --price 1=150.00 --why"#,
        r#"change R-1001 --price 9=150.00 --reason "old friend""#,
        r#"change R-1001 --price 1=rate --reason "back to the rates""#,
        r#"rate set "Sony FX6 body" --daily 200 --minimum 50"#,
        "show R-1001 --why",
        "reprice R-1001",
        "reprice R-1001",
        "undo",
        r#"change R-1001 --to "fri 9:00""#,
        "show R-1001",
        r#"type show "Sony FX6 body""#,
        "check",
    ]);
    insta::assert_snapshot!(told);
    let shown = counter.json("show R-1001");
    assert_eq!(shown["currency"], json!("EUR"));
    let lines: f64 = shown["lines"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|line| line["total"].as_f64())
        .sum();
    assert!(
        (shown["total"].as_f64().unwrap() - lines).abs() < 0.005,
        "{shown}"
    );
}

#[test]
fn a_price_is_said_by_hand_and_explained_at_the_counter() {
    let mut counter = Counter::demo();
    counter.keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>lgt-0031<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("PRICE") && screen.contains("total "),
        "{screen}"
    );
    counter.keys(":discount<ret>10%<ret>");
    assert!(
        counter.verdict().contains("a reason is needed"),
        "{}",
        counter.verdict()
    );
    counter.keys(" regular customer<ret>");
    assert!(
        counter.verdict().starts_with("OK total "),
        "{}",
        counter.verdict()
    );
    assert!(
        counter.screen().contains("regular customer -"),
        "{}",
        counter.screen()
    );
    counter.keys(":coupon<ret>nope<ret>");
    assert!(
        counter.verdict().contains("There is no coupon"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>:target<ret>99.00 old friend<ret>");
    assert!(
        counter.verdict().starts_with("OK total 99.00"),
        "{}",
        counter.verdict()
    );
    counter.keys(":target<ret>0 never mind<ret>:price<ret>50 demo day<ret>");
    assert!(
        counter.verdict().starts_with("OK total "),
        "{}",
        counter.verdict()
    );
    counter.keys(":why<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("WHY THIS PRICE")
            && screen.contains("price by hand: 50.00 for the whole time (demo day)"),
        "{screen}"
    );
    counter.keys("<esc><ret>");
    assert!(
        counter.verdict().contains(" · total 50.00 · Ctrl+Z"),
        "{}",
        counter.verdict()
    );
    let screen = counter.screen();
    assert!(screen.contains("total 50.00 EUR"), "{screen}");
    counter.keys(":why<ret>");
    assert!(
        counter.screen().contains("(demo day)"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc>:reprice<ret>");
    assert!(
        counter.verdict().contains("total 50.00"),
        "what is by hand stays: {}",
        counter.verdict()
    );
    counter.check();
}
