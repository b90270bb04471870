//! What a return leaves to be settled. Goal: it stays in sight on the Desk and in `today` until it
//! is settled, and goes then; what was never agreed about money is not in it. Method: journeys on
//! the demo shop, a shop of its own for the ways money moves without an event.

use crate::billing::cost;
use crate::counter::Counter;
use crate::guards::GROWING;
use crate::house::{House, days};
use rentdesk::billing::{self, Method, Pay, PayFor, Take};
use rentdesk::booking::{BookingRefusal, CheckIn, Thing, Want};
use rentdesk::desk::{self, Settling};
use rentdesk::kernel::{Failure, Money, ReservationId, Text};
use rentdesk::outbox;
use rentdesk::pricing;
use rentdesk::shop::SUBSCRIBERS;
use rentdesk::store;

/// The lines of the Desk below TO SETTLE.
fn lane(counter: &mut Counter) -> Vec<String> {
    counter.app.refresh();
    let screen = counter.screen_at(100, 60);
    screen
        .lines()
        .skip_while(|line| !line.contains("TO SETTLE"))
        .skip(1)
        .take_while(|line| !line.starts_with("--") && !line.is_empty())
        .map(str::to_owned)
        .collect()
}

fn of(counter: &mut Counter, number: &str) -> Option<String> {
    lane(counter).into_iter().find(|line| line.contains(number))
}

#[test]
fn what_a_return_leaves_stays_on_the_desk_until_it_is_settled_and_enter_opens_it() {
    let mut counter = Counter::demo();
    assert_eq!(of(&mut counter, "R-1007"), None, "all of it is out");
    counter
        .keys("1007<ret>:deposit 300 cash<ret><ret><esc>")
        .scan("AUD-0003");
    counter.keys("<ret><esc><f1>");
    counter.scan("CAM-0020").keys("<esc><esc><esc><esc>");
    let line =
        of(&mut counter, "R-1007").unwrap_or_else(|| panic!("{}", counter.screen_at(100, 60)));
    assert!(
        line.contains("today")
            && line.contains("Sam Okoro")
            && line.contains("2 fees not settled · owes ")
            && line.contains("deposit held 300.00"),
        "{line}"
    );
    // Enter opens TO SETTLE of it.
    for _ in 0..40 {
        if counter
            .screen_at(100, 60)
            .lines()
            .any(|line| line.starts_with(" >") && line.contains("R-1007") && line.contains("fees"))
        {
            break;
        }
        counter.keys("<down>");
    }
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("SETTLE  R-1007  Sam Okoro"),
        "{}",
        counter.screen()
    );
    counter
        .keys("<c-u>waive regular<tab><c-u>waive regular<tab><tab><tab>all card 4471<tab>all<ret>");
    assert!(
        counter.verdict().starts_with("OK SETTLED"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc><esc>");
    assert_eq!(of(&mut counter, "R-1007"), None, "it is settled");
    counter.check();
}

/// Maya's lamp is back in time; it cost 100.00.
fn lamp_is_back() -> (House, ReservationId) {
    let mut house = House::new();
    let (kind, items) = house.items("Lamp", 1);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    cost(&mut house, id, &[10_000]);
    house.out(id, &[Thing::Item(items[0])]);
    assert_eq!(left(&house), [] as [String; 0], "it is out");
    house.back(items[0]);
    (house, id)
}

fn left(house: &House) -> Vec<String> {
    house.shop.drain_all().unwrap();
    let (left, _) = desk::unsettled(house.shop.read(), &house.shop.settings).unwrap();
    left.iter()
        .map(|left| left.in_words(house.shop.settings.currency))
        .collect()
}

#[test]
fn it_goes_with_the_last_cent_and_comes_back_with_a_charge_or_a_deposit() {
    let (mut house, id) = lamp_is_back();
    assert_eq!(left(&house), ["owes 100.00"]);
    let maya = house.maya;
    let pay = |house: &mut House, amount: i64| {
        house.must(|db, settings| {
            billing::pay(
                db,
                settings,
                &Pay {
                    towards: PayFor::Reservation(id, maya),
                    amount: Money(amount),
                    method: Method::Cash,
                    reference: None,
                },
            )
        });
    };
    pay(&mut house, 4_000);
    assert_eq!(left(&house), ["owes 60.00"]);
    pay(&mut house, 6_000);
    assert_eq!(left(&house), [] as [String; 0]);
    let deposit = house.must(|db, settings| {
        billing::take_deposit(
            db,
            settings,
            &Take {
                reservation: id,
                customer: maya,
                amount: Money(30_000),
                method: Method::Cash,
                reference: None,
            },
        )
    });
    assert_eq!(left(&house), ["deposit held 300.00"]);
    house.must(|db, settings| billing::give_back(db, settings, deposit, None, None));
    assert_eq!(left(&house), [] as [String; 0]);
    // A charge and a waiver have no event of their own.
    let stood = desk::money_of(house.shop.read(), id).unwrap();
    let extra = billing::NewCharge {
        reservation: id,
        customer: maya,
        rental: None,
        type_id: None,
        kind: billing::LineKind::Extra,
        description: Text::new("cleaning"),
        quantity: 1,
        each: Money(2_500),
        reason: None,
    };
    let settling = Settling {
        charges: vec![extra],
        ..Settling::of(id, maya, stood)
    };
    house.must(|db, settings| desk::settle(db, settings, &settling));
    assert_eq!(left(&house), ["owes 25.00"]);
    house.check();
}

#[test]
fn of_what_nothing_was_agreed_nothing_is_to_be_settled() {
    let mut house = House::new();
    let (kind, items) = house.items("Lamp", 1);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.out(id, &[Thing::Item(items[0])]);
    house.clock(crate::house::hour(24 * 9));
    house.back(items[0]);
    assert_eq!(left(&house), [] as [String; 0]);
}

#[test]
fn a_frame_of_the_desk_reads_what_is_left_by_an_index() {
    let mut counter = Counter::demo();
    let before = store::rows_walked();
    counter.app.refresh();
    assert!(!lane(&mut counter).is_empty());
    let growing = [
        GROWING,
        &[
            "unsettled",
            "invoice",
            "invoice_line",
            "payment",
            "settlement",
            "deposit",
            "charge",
        ],
    ]
    .concat();
    let walked: Vec<String> = store::walked_since(before)
        .into_iter()
        .filter(|sql| {
            growing
                .iter()
                .any(|table| sql.contains(&format!("FROM {table} ")))
        })
        .collect();
    assert!(walked.is_empty(), "{walked:#?}");
}

#[test]
fn today_tells_what_is_left_to_settle() {
    let counter = crate::cli::Counter::open();
    let told = |lines: &[&str]| counter.transcript(lines);
    assert!(
        !told(&[
            "deposit take R-1001 500 --method card --reference 4471",
            "today"
        ])
        .contains("To settle"),
        "it is out"
    );
    let after = told(&[
        r#"in CAM-0012 4*BAT-V150 --now "2025-11-26 18:00""#,
        r#"today --now "2025-11-26 18:00""#,
    ]);
    let lane = "To settle: 1 reservation\nBACK         R- NO.  CUSTOMER   LEFT TO SETTLE\ntoday 18:00  R-1001  Maya Chen  late fee 360.00 open · owes 540.00 · deposit held 500.00";
    assert!(after.contains(lane), "{after}");
    let json = counter.json(r#"today --now "2025-11-26 18:05""#);
    let expected = serde_json::json!([{
        "reservation": "R-1001", "customer": "C-0001", "name": "Maya Chen", "since": "2025-11-26T17:00:00Z", "fees": [{"kind": "LATE", "amount": 360.0}], "owes": 540.0,
        "deposit_held": 500.0, "currency": "EUR",
    }]);
    assert_eq!(json["to_settle"], expected);
    told(&[
        r#"charge R-1001 --waive "an old customer" --now "2025-11-26 18:05""#,
        r#"pay R-1001 --issue --method cash --now "2025-11-26 18:05""#,
        r#"deposit return R-1001 --now "2025-11-26 18:05""#,
    ]);
    let json = counter.json(r#"today --now "2025-11-26 18:05""#);
    assert_eq!(
        (
            json["to_settle"].as_array().map(Vec::len),
            &json["more_to_settle"]
        ),
        (Some(0), &serde_json::json!(false))
    );
}

/// A shop with a light at 100.00 and a stand at 66.66 a day, handed to Maya until Sunday while the
/// drafts were stopped after the light. She paid 100.00, and both are back.
fn returned_while_the_drafts_were_stopped() -> crate::cli::Counter {
    let shop = crate::cli::Counter::open();
    for line in [
        "type add Light --category Camera --daily 100",
        "type add Stand --category Camera --daily 66.66",
        "item add Light --tag L-0001",
        "item add Stand --tag S-0001",
        r#"reserve --customer C-0001 --from "2025-11-22 10:00" --to "2025-11-23 10:00" --line Light --confirm"#,
        "invoice list",
    ] {
        done(&shop, line);
    }
    let file = rusqlite::Connection::open(shop.file()).unwrap();
    let parked = "INSERT INTO consumer_failure(consumer, seq, attempts, crashes, next_attempt_at, last_error, parked)
                  SELECT consumer, last_seq + 1, 8, 0, 0, 'out of paper', 1 FROM consumer_cursor WHERE consumer = 'billing'";
    assert_eq!(file.execute(parked, []).unwrap(), 1);
    drop(file);
    for line in [
        "change R-1002 --line Stand",
        r#"out --reservation R-1002 L-0001 S-0001 --now "2025-11-22 10:00""#,
        r#"pay R-1002 100 --method cash --now "2025-11-22 10:00""#,
        r#"in L-0001 S-0001 --now "2025-11-23 09:30""#,
    ] {
        done(&shop, line);
    }
    shop
}

#[track_caller]
fn done(shop: &crate::cli::Counter, line: &str) {
    let (code, said, error) = shop.run(line);
    assert_eq!(code, 0, "{line}: {said}{error}");
}

fn marks(shop: &crate::cli::Counter) -> i64 {
    rusqlite::Connection::open(shop.file())
        .unwrap()
        .query_row("SELECT count(*) FROM unsettled", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn what_is_owed_is_seen_once_the_drafts_that_were_stopped_go_on() {
    let shop = returned_while_the_drafts_were_stopped();
    let left = || shop.json(r#"today --now "2025-11-23 09:40""#)["to_settle"].clone();
    assert_eq!(
        left(),
        serde_json::json!([]),
        "of the draft that is stopped all is paid"
    );
    done(&shop, "outbox retry billing");
    done(&shop, "outbox drain");
    assert_eq!(
        (&left()[0]["reservation"], &left()[0]["owes"]),
        (&"R-1002".into(), &66.66.into())
    );
}

#[test]
fn a_mark_that_was_set_to_be_sure_goes_once_the_drafts_say_that_nothing_is_left() {
    let shop = returned_while_the_drafts_were_stopped();
    done(
        &shop,
        r#"pay R-1002 66.66 --method cash --now "2025-11-23 09:35""#,
    );
    assert_eq!(marks(&shop), 1);
    done(&shop, "outbox retry billing");
    done(&shop, "outbox drain");
    assert_eq!(
        (
            shop.json(r#"today --now "2025-11-23 09:40""#)["to_settle"].clone(),
            marks(&shop)
        ),
        (serde_json::json!([]), 0)
    );
    // On the counter the tick does it.
    rusqlite::Connection::open(shop.file()).unwrap().execute("INSERT INTO unsettled(reservation_id, since) SELECT id, 0 FROM reservation WHERE number = 1002", []).unwrap();
    let mut open = rentdesk::shop::Shop::open(
        &shop.file(),
        rentdesk::kernel::Clock::Fixed(crate::counter::friday()),
    )
    .unwrap();
    assert_eq!(marks(&shop), 1);
    open.tick().unwrap();
    assert_eq!(marks(&shop), 0);
}

/// What a return of so many lamps of one reservation asks of the file once it is saved, and what a
/// frame of the Desk asks then.
fn asked_for(count: usize, is_late: bool, missing: Option<&str>) -> (usize, usize) {
    let mut house = House::new();
    let (kind, items) = house.items("Lamp", count);
    let daily = pricing::Rate {
        daily: Some(Money(4_500)),
        ..Default::default()
    };
    house
        .must(|db, _| pricing::set_rate(db, kind, daily).map_err(Failure::<BookingRefusal>::Fault));
    let id = house.confirmed(days(0, 2), &[Want::of(kind, i64::try_from(count).unwrap())]);
    cost(&mut house, id, &[10_000]);
    house.out(
        id,
        &items
            .iter()
            .map(|item| Thing::Item(*item))
            .collect::<Vec<_>>(),
    );
    house.shop.drain_all().unwrap();
    house.clock(crate::house::hour(if is_late { 24 * 4 } else { 24 }));
    let at = house.shop.now();
    let rentals: Vec<_> = items
        .iter()
        .map(|item| house.open(*item).unwrap().id)
        .collect();
    let settings = house.shop.settings.clone();
    let signature = store::Signature {
        at,
        staff: None,
        command: rentdesk::shop::fresh_command(),
    };
    let back = house.shop.store.write(signature, |db| {
        rentals.iter().try_for_each(|rental| {
            desk::take_back(
                db,
                &settings,
                &CheckIn {
                    missing: missing.map(Text::new),
                    ..CheckIn::plain(*rental)
                },
            )
            .map(drop)
        })
    });
    assert!(back.is_ok(), "{back:?}");
    let unsettled: Vec<_> = SUBSCRIBERS
        .iter()
        .filter(|one| ["billing", "unsettled"].contains(&one.name))
        .copied()
        .collect();
    let before = store::statements_run();
    outbox::drain(
        &house.shop.store,
        &unsettled,
        &house.shop.clock,
        std::time::Duration::MAX,
    )
    .unwrap();
    let drained = store::statements_run() - before;
    let before = store::statements_run();
    let (left, _) = desk::unsettled(house.shop.read(), &house.shop.settings).unwrap();
    assert_eq!(
        (left.len(), left[0].fees.len()),
        (
            1,
            if is_late || missing.is_some() {
                count
            } else {
                0
            }
        )
    );
    (drained, store::statements_run() - before)
}

#[test]
fn a_return_of_many_asks_as_much_for_the_last_as_for_the_first() {
    for (is_late, missing) in [(false, None), (true, None), (false, Some("lens cap"))] {
        let [few, some, many] = [10, 20, 40].map(|count| asked_for(count, is_late, missing));
        let (first, second) = (some.0 - few.0, many.0 - some.0);
        assert!(
            second <= 2 * first + 20,
            "late {is_late}, missing {missing:?}: {few:?} {some:?} {many:?}"
        );
        match is_late || missing.is_some() {
            true => assert!(many.1 <= 2 * some.1, "{some:?} {many:?}"),
            false => assert_eq!(
                (few.1, some.1),
                (many.1, many.1),
                "what is back in time costs a frame nothing"
            ),
        }
    }
}

#[test]
fn beyond_so_many_marks_it_is_said_that_there_may_be_more() {
    let (house, id) = lamp_is_back();
    assert_eq!(left(&house), ["owes 100.00"]);
    let mut house = house;
    let kind = house.kind(
        "Panel",
        rentdesk::catalog::Tracking::Items,
        0,
        rentdesk::catalog::Role::Primary,
    );
    for _ in 0..45 {
        house.item(kind);
        let _ = house.confirmed(days(3, 4), &[Want::of(kind, 1)]);
    }
    let shown = |house: &House| {
        desk::unsettled(house.shop.read(), &house.shop.settings)
            .map(|(left, more)| (left.len(), more))
            .unwrap()
    };
    assert_eq!(shown(&house), (1, false));
    let file = rusqlite::Connection::open(house.path()).unwrap();
    file.execute("INSERT INTO unsettled(reservation_id, since) SELECT id, 4000000000 FROM reservation WHERE id <> ?1", [id.0]).unwrap();
    assert_eq!(
        shown(&house),
        (0, true),
        "the marks that say nothing hide it"
    );
    house.shop.tick().unwrap();
    house.shop.tick().unwrap();
    assert_eq!(shown(&house), (1, false), "and go");
}
