//! The acts that take money back or in part. Goal: what is said of money stays true after each.
//! Method: a shop on a real file or the demo shop, the books looked at after each act.

use crate::billing::{cancel, cost, draft, issue, pay, rented};
use crate::cli;
use crate::counter::Counter;
use crate::house::{House, days};
use crate::two_windows::second_window;
use rentdesk::billing::{self, InvoiceState, Method, Part, PayFor, PaymentKind, Refund};
use rentdesk::booking::{self, Want};
use rentdesk::desk;
use rentdesk::kernel::{Money, ReservationId, Text};

fn owed(house: &House, id: ReservationId) -> i64 {
    desk::money_of(house.shop.read(), id).unwrap().owed().0
}

fn refund(house: &mut House, reservation: Option<ReservationId>, amount: i64) {
    let refund = Refund {
        customer: house.maya,
        reservation,
        amount: Money(amount),
        method: Method::Cash,
        reference: None,
    };
    house.must(|db, settings| billing::refund(db, settings, &refund));
}

#[test]
fn what_goes_back_to_a_customer_is_not_to_get_back_on_a_reservation_any_more() {
    let (mut house, first) = rented(&[9_000]);
    let kind = house.items("Stand", 4).0;
    let second = house.confirmed(days(1, 3), &[Want::of(kind, 1)]);
    let standing = house.confirmed(days(4, 6), &[Want::of(kind, 1)]);
    cost(&mut house, standing, &[7_000]);
    let maya = house.maya;
    for (id, amount) in [(first, 5_000), (second, 3_000), (standing, 4_000)] {
        pay(&mut house, PayFor::Reservation(id, maya), amount).unwrap();
    }
    pay(&mut house, PayFor::Customer(maya), 1_000).unwrap();
    cancel(&mut house, first);
    cancel(&mut house, second);
    assert_eq!(
        [
            owed(&house, first),
            owed(&house, second),
            owed(&house, standing)
        ],
        [-5_000, -3_000, 3_000]
    );
    refund(&mut house, None, 6_000);
    assert_eq!(
        [
            owed(&house, first),
            owed(&house, second),
            owed(&house, standing)
        ],
        [0, -2_000, 3_000],
        "the oldest first"
    );
    // Of another reservation's refund what is its own goes first, then the same order; what stands
    // is touched last.
    refund(&mut house, Some(first), 3_500);
    assert_eq!(
        [
            owed(&house, first),
            owed(&house, second),
            owed(&house, standing)
        ],
        [0, 0, 3_500]
    );
    let told = |id| {
        billing::payments_of(house.shop.read(), id)
            .unwrap()
            .into_iter()
            .filter(|paid| paid.kind == PaymentKind::Refund)
            .map(|paid| paid.amount.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        [told(first), told(second), told(standing)],
        [vec![5_000], vec![1_000, 2_000], vec![500]],
        "each entry names its reservation"
    );
    house.check();
}

#[test]
fn what_a_reservation_still_says_is_drafted_anew_when_its_invoice_is_taken_back() {
    let cases = [
        ("invoice void I-0001", false),
        ("invoice credit I-0001", true),
    ];
    for (act, paid) in cases {
        let shop = cli::Counter::open();
        shop.run("invoice issue R-1001");
        if paid {
            shop.run("pay I-0001 100 --method cash");
        }
        shop.run("charge R-1001 --extra 25 --note cleaning");
        let (code, _, stderr) = shop.run(&format!("{act} --reason mistake --dry-run"));
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert_eq!(
            shop.json("invoice show R-1001")["total"],
            25.0,
            "{act}: a rehearsal drafts nothing"
        );
        shop.run(&format!("{act} --reason mistake"));
        let draft = shop.json("invoice show R-1001");
        assert_eq!(
            (&draft["state"], &draft["total"]),
            (&"DRAFT".into(), &565.0.into()),
            "{act}: {draft}"
        );
        assert_eq!(shop.json("check")["problems"], serde_json::json!([]));
    }
}

#[test]
fn a_cancelled_reservation_gets_no_rent_drafted() {
    let (mut house, id) = rented(&[9_000]);
    let issued = issue(&mut house, id);
    cancel(&mut house, id);
    assert_eq!(
        billing::known(house.shop.read(), issued).unwrap().state,
        InvoiceState::Void
    );
    let charge = billing::NewCharge {
        reservation: id,
        customer: house.maya,
        rental: None,
        type_id: None,
        kind: billing::LineKind::Extra,
        description: Text::new("Cancelled late"),
        quantity: 1,
        each: Money(2_000),
        reason: None,
    };
    house.must(|db, settings| billing::charge(db, settings, &charge));
    let fee = issue(&mut house, id);
    house.must(|db, settings| desk::void(db, settings, fee, &Text::new("let go")));
    assert!(draft(&house, id).is_none());
    house.check();
}

#[test]
fn what_would_be_refused_is_refused_before_anybody_is_asked_why() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:void<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD The draft holds the rent of R-1007, which stands"),
        "{}",
        counter.verdict()
    );
    counter.keys(":credit<ret>");
    assert_eq!(counter.verdict(), "!! R-1007 has no invoice that stands");
    counter.keys(":refund<ret>");
    assert_eq!(counter.verdict(), "BAD Sam Okoro has nothing to get back");
    counter.keys(":issue<ret><ret><esc><esc>1007<ret>:credit<ret>");
    assert!(
        counter.verdict().starts_with("?? credit of I-0001 over ")
            && counter
                .verdict()
                .contains("which line, and why? Nothing is paid"),
        "{}",
        counter.verdict()
    );
    counter.keys("mistake<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD I-0001 is issued: it cannot be credited"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>");
    // The only invoice of the reservation is meant.
    counter.keys(":void<ret>");
    assert!(
        counter.verdict().starts_with("?? void I-0001 over "),
        "{}",
        counter.verdict()
    );
    counter.keys("mistake<ret><ret>");
    assert!(
        counter.verdict().starts_with("OK DONE  I-0001 over ")
            && counter
                .verdict()
                .contains(" · on the draft of its reservation: "),
        "{}",
        counter.verdict()
    );
    counter.keys(":issue<ret><ret><esc><esc>1007<ret>:charge 25 cleaning<ret><ret><esc><esc>1007<ret>:void<ret>");
    assert_eq!(counter.verdict(), "?? R-1007 has 2 invoices: which one?");
    assert!(
        counter.app.page().title.starts_with("INVOICES") && counter.screen().contains("3 listed"),
        "{}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn what_costs_nothing_does_not_keep_a_draft_of_nothing() {
    let (mut house, id) = rented(&[9_000, 0]);
    issue(&mut house, id);
    cost(&mut house, id, &[11_000, 0]);
    assert_eq!(draft(&house, id).unwrap().total, Money(2_000));
    cost(&mut house, id, &[9_000, 0]);
    assert!(draft(&house, id).is_none(), "what it came from is undone");
    assert_eq!(booking::lines(house.shop.read(), id).unwrap().len(), 2);
    house.check();
}

/// Maya's camera came back late, and the fee stands on an invoice with the rent.
fn late_fee_billed() -> cli::Counter {
    let shop = cli::Counter::open();
    shop.run(r#"in CAM-0012 --now "2025-11-26 18:00""#);
    shop.run("charge R-1001 --late");
    shop.run("invoice issue R-1001");
    assert_eq!(shop.json("invoice show I-0001")["lines"][2]["total"], 360.0);
    shop
}

#[test]
fn a_late_fee_is_let_go_alone_after_the_invoice_was_issued() {
    for paid in [0.0, 700.0, 900.0] {
        let shop = late_fee_billed();
        if paid > 0.0 {
            shop.run(&format!("pay I-0001 {paid} --method card"));
        }
        let before = shop.json("invoice show I-0001");
        let (code, stdout, _) = shop.run("invoice credit I-0001 --line 3 --reason storm --dry-run");
        assert!(code == 0 && stdout.contains("-360.00"), "{stdout}");
        shop.run("invoice credit I-0001 --line 3 --reason storm");
        let after = shop.json("invoice show I-0001");
        assert_eq!(
            (&after["lines"], &after["total"], &after["taxes"]),
            (&before["lines"], &before["total"], &before["taxes"]),
            "its own rows never change"
        );
        let note = shop.json("invoice show I-0002");
        assert_eq!(
            (&note["total"], &note["reason"], &note["credits"]),
            (&(-360.0).into(), &"storm".into(), &"I-0001".into())
        );
        // It is asked for no more; what was paid of it is the customer's.
        let balance = shop.json("balance C-0001");
        let (owes, credit) = ((540.0_f64 - paid).max(0.0), (paid - 540.0).max(0.0));
        assert_eq!(
            (&balance["owes"], &balance["credit"]),
            (&owes.into(), &credit.into()),
            "paid {paid}"
        );
        let charges = shop.json("charge R-1001");
        assert_eq!(
            charges["to_settle"],
            serde_json::json!([]),
            "nobody is asked to charge it again"
        );
        assert!(
            charges["settled"].to_string().contains("WAIVED"),
            "{charges}"
        );
        for (line, why) in [
            (3, "line 3 of I-0001 is given back already"),
            (2, "line 2 of I-0001 asks for nothing"),
            (9, "I-0001 has 3 lines, none of number 9"),
        ] {
            let (code, _, stderr) = shop.run(&format!(
                "invoice credit I-0001 --line {line} --reason again"
            ));
            assert!(
                code == 1 && stderr.contains(why) && stderr.contains("rentdesk invoice show"),
                "{stderr}"
            );
        }
        assert!(
            shop.run("invoice show R-1001").1.contains("I-000"),
            "the rent stands on its invoice and is not drafted again"
        );
        // The rest goes with the whole.
        if paid > 0.0 {
            shop.run("invoice credit I-0001 --reason goodwill");
            assert_eq!(
                (
                    &shop.json("invoice show I-0001")["state"],
                    &shop.json("invoice show I-0003")["total"]
                ),
                (&"CREDITED".into(), &(-540.0).into())
            );
            assert_eq!(shop.json("balance C-0001")["credit"], paid);
        }
        assert_eq!(shop.json("check")["problems"], serde_json::json!([]));
    }
}

#[test]
fn the_tax_of_lines_given_back_one_by_one_is_that_of_the_invoice_to_the_cent() {
    let (mut house, id) = rented(&[333, 333, 334]);
    let invoice = issue(&mut house, id);
    let maya = house.maya;
    pay(&mut house, PayFor::Reservation(id, maya), 1_000).unwrap();
    for line in [2, 1, 3] {
        house.must(|db, settings| {
            billing::credit(
                db,
                settings,
                invoice,
                Part::Line(line),
                &Text::new("one by one"),
            )
        });
        house.check();
    }
    let all = billing::invoices_of(house.shop.read(), id).unwrap();
    assert_eq!(
        all.iter()
            .map(|invoice| (invoice.net.0, invoice.tax.0))
            .fold((0, 0), |(net, tax), (n, t)| (net + n, tax + t)),
        (0, 0),
        "{all:?}"
    );
    assert_eq!(
        billing::known(house.shop.read(), invoice).unwrap().state,
        InvoiceState::Credited
    );
    assert!(
        billing::accounts(house.shop.read())
            .unwrap()
            .iter()
            .all(|(account, sum)| sum.0 == 0 || account == "CASH" || account == "RECEIVABLE")
    );
    assert_eq!(
        billing::may_refund(house.shop.read(), maya).unwrap(),
        Money(1_000)
    );
}

#[test]
fn a_line_is_credited_at_the_counter_by_its_number() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:charge 25 cleaning<ret><ret>:issue<ret><ret><esc><esc>1007<ret>:invoices<ret>1007<ret>");
    let line = counter
        .screen()
        .lines()
        .find(|line| line.contains("  cleaning"))
        .map(|line| line.split_whitespace().next().unwrap().to_owned());
    let line = line.unwrap_or_else(|| panic!("{}", counter.screen()));
    counter.keys(&format!(":credit<ret>{line} was clean<ret>"));
    assert!(
        counter.verdict().starts_with(&format!(
            "?? credit line {line} of I-0001, 25.00 EUR (was clean) · Sam Okoro?"
        )),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().contains("credit note I-0002"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn a_deposit_goes_back_in_parts_and_never_more_than_is_held() {
    let mut first = Counter::demo();
    first.keys("1007<ret>:deposit 300 cash<ret><ret>");
    let mut second = second_window(&first);
    for window in [&mut first, &mut second] {
        window.keys("<esc><esc>1007<ret>:deposit 200 back<ret>");
        assert!(
            window.verdict().starts_with(
                "?? give back 200.00 EUR of the deposit, 100.00 EUR stays held · Sam Okoro?"
            ),
            "{}",
            window.verdict()
        );
    }
    second.keys("<ret>");
    assert!(
        second.verdict().starts_with("OK DONE  200.00 EUR"),
        "{}",
        second.verdict()
    );
    first.keys("<ret>");
    assert!(
        first
            .verdict()
            .starts_with("BAD 100.00 EUR of the deposit is held, not 200.00 EUR"),
        "{}",
        first.verdict()
    );
    first.keys("<esc><esc>1007<ret>:deposit back 60 card<ret><ret>");
    let held = |counter: &Counter| {
        desk::money_of(
            counter.app.shop.read(),
            booking::resolve(counter.app.shop.read(), "R-1007")
                .unwrap()
                .id,
        )
        .unwrap()
        .deposit_held
    };
    assert_eq!(held(&first), Money(4_000), "{}", first.verdict());
    let till = billing::till(
        first.app.shop.read(),
        &first.app.shop.settings,
        first.app.shop.settings.zone.day(first.app.shop.now()),
    )
    .unwrap();
    assert_eq!(
        till.rows
            .iter()
            .map(|row| row.deposits_returned.0)
            .collect::<Vec<_>>(),
        [20_000, 6_000, 0],
        "each part as it went"
    );
    first.keys("<esc><esc>1007<ret>:deposit back<ret><ret>");
    assert_eq!(held(&first), Money(0));
    first.check();
}

#[test]
fn the_same_damage_is_charged_once_by_two_processes() {
    let shop = cli::Counter::open();
    shop.run(r#"in CAM-0012 --condition unusable --note "lens mount bent""#);
    let start = || {
        shop.command()
            .args(["charge", "R-1001", "--damage", "80"])
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap()
    };
    let told: Vec<(bool, String)> = [start(), start()]
        .into_iter()
        .map(|process| process.wait_with_output().unwrap())
        .map(|output| {
            (
                output.status.success(),
                String::from_utf8_lossy(&output.stderr).into_owned(),
            )
        })
        .collect();
    assert_eq!(told.iter().filter(|(done, _)| *done).count(), 1, "{told:?}");
    assert!(
        told.iter().any(|(_, said)| said
            .contains("Damage: Sony FX6 body CAM-0012 is charged already: 80.00 EUR")
            && said.contains("--note")),
        "{told:?}"
    );
    let charged = || {
        shop.json("charge R-1001")["settled"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(charged(), 1);
    // More damage is found later: it says what it is.
    let (code, _, stderr) = shop.run(r#"charge R-1001 --damage 80 --note "viewfinder, too""#);
    assert_eq!((code, charged()), (0, 2), "{stderr}");
    let (code, _, stderr) = shop.run(r#"charge R-1001 --damage 80 --note "viewfinder, too""#);
    assert!(code == 1 && stderr.contains("charged already"), "{stderr}");
}

#[test]
fn what_the_till_lacks_stands_in_the_books_and_not_in_the_next_day() {
    let shop = cli::Counter::open();
    shop.run("pay C-0001 40 --method cash");
    shop.run("till --counted 38.50");
    let told = shop.json("history --limit 5").to_string();
    assert!(
        told.contains("till closed, 38.50 EUR counted, 1.50 EUR missing"),
        "{told}"
    );
    let (code, _, stderr) = shop.run("till --counted 38.50");
    assert!(code == 1 && stderr.contains("closed already"), "{stderr}");
    let next = shop.json(r#"till --now "2025-11-22 10:00""#);
    assert_eq!(
        (&next["methods"][0]["expected"], &next["closed"]),
        (&0.0.into(), &serde_json::Value::Null)
    );
    let (_, stdout, _) = shop.run("till");
    assert!(stdout.contains("1.50 missing"), "{stdout}");
    assert_eq!(shop.json("check")["problems"], serde_json::json!([]));

    let mut house = House::new();
    let maya = house.maya;
    pay(&mut house, PayFor::Customer(maya), 4_000).unwrap();
    let today = house.shop.settings.zone.day(house.shop.now());
    house.must(|db, settings| billing::close_till(db, settings, today, Money(4_200)));
    let account = |name: &str| {
        billing::accounts(house.shop.read())
            .unwrap()
            .into_iter()
            .find(|(known, _)| known == name)
            .map(|(_, sum)| sum.0)
    };
    assert_eq!(
        (account("CASH"), account("TILL DIFFERENCE")),
        (Some(4_200), Some(-200)),
        "the books have the cash that is there"
    );
    house.check();
}

#[test]
fn cash_that_came_after_the_till_was_closed_is_expected_by_the_next_till_once() {
    let shop = cli::Counter::open();
    let run = |line: &str| {
        let (code, said, error) = shop.run(line);
        assert_eq!(code, 0, "{line}: {error}");
        said
    };
    let cash = |now: &str| shop.json(&format!("till --now \"{now}\""));
    run(r#"pay C-0001 100 --method cash --now "2025-11-21 12:00""#);
    run(r#"till --counted 100 --now "2025-11-21 18:00""#);
    // In the minute of the closing, too: what counts is the order, not the clock.
    run(r#"pay C-0001 50 --method cash --now "2025-11-21 18:00""#);
    run(r#"refund C-0001 10 --method cash --now "2025-11-21 18:20""#);
    run(r#"pay C-0001 7 --method card --now "2025-11-21 18:20""#);
    assert!(run(r#"till --now "2025-11-21 18:30""#).contains("40.00 of cash moved since"));
    run(r#"pay C-0001 60 --method cash --now "2025-11-24 09:00""#);
    let told = run(r#"till --now "2025-11-24 10:00""#);
    assert!(
        told.contains("\nafter the till of Fri was closed  40.00\ncash expected  100.00\n"),
        "{told}"
    );
    let json = cash("2025-11-24 10:00");
    assert_eq!(
        (&json["carried"], &json["cash_expected"]),
        (
            &serde_json::json!({"after": "2025-11-21", "amount": 40.0}),
            &100.0.into()
        )
    );
    assert_eq!(json["methods"][0]["expected"], 60.0, "the day's own");
    let told = run(r#"till --counted 100 --now "2025-11-24 18:00""#);
    assert!(
        told.contains("100.00, as expected")
            && told.contains("after the till of Fri was closed  40.00"),
        "{told}"
    );
    // It was counted: no day expects it again, neither the next nor one that is closed late.
    for day in ["2025-11-25 10:00", "2025-11-23 10:00", "2025-11-22 10:00"] {
        let json = cash(day);
        assert_eq!(
            (&json["carried"], &json["cash_expected"]),
            (&serde_json::Value::Null, &0.0.into()),
            "{day}"
        );
    }
    // A fortnight later the name of a weekday says nothing.
    run(r#"pay C-0001 5 --method cash --now "2025-11-24 19:00""#);
    assert!(
        run(r#"till --now "2025-12-08 10:00""#)
            .contains("after the till of Mon 24 Nov was closed  5.00")
    );
    assert_eq!(shop.json("check")["problems"], serde_json::json!([]));
}

#[test]
fn the_counter_asks_for_the_cash_with_what_came_after_the_last_closing() {
    let (mut shop, folder) = crate::counter::demo_shop();
    let settings = shop.settings.clone();
    let (maya, day) = (
        rentdesk::kernel::CustomerId(1),
        settings.zone.day(shop.now()),
    );
    let take = |shop: &mut rentdesk::shop::Shop, amount: i64| {
        shop.write(|db| {
            billing::pay(
                db,
                &settings,
                &billing::Pay {
                    towards: PayFor::Customer(maya),
                    amount: Money(amount),
                    method: billing::Method::Cash,
                    reference: None,
                },
            )
        })
        .unwrap();
    };
    shop.write(|db| billing::close_till(db, &settings, day, Money(0)))
        .unwrap();
    take(&mut shop, 4_000);
    shop.clock = rentdesk::kernel::Clock::Fixed(shop.now().plus_minutes(24 * 60));
    take(&mut shop, 8_000);
    let mut counter = Counter::over(shop, folder);
    counter.keys(":till<ret>");
    let screen = counter
        .screen_at(80, 24)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    assert!(
        screen.contains("after the till of Fri was closed 40.00 · 120.00 cash expected")
            && screen.contains("how much cash is in it?"),
        "{screen}"
    );
    counter.keys("120<ret>");
    assert!(
        counter
            .screen()
            .contains("120.00 EUR expected: as expected"),
        "{}",
        counter.screen()
    );
}

#[test]
fn what_is_billed_to_a_customer_is_not_moved_to_another() {
    for paid in [0, 4_000, 9_000] {
        let (mut house, id) = rented(&[9_000]);
        let invoice = issue(&mut house, id);
        if paid > 0 {
            pay(&mut house, PayFor::Invoice(invoice), paid).unwrap();
        }
        let to_sam = booking::Change {
            customer: Some(house.sam),
            ..booking::Change::default()
        };
        let said = house.refused(|db, settings| desk::change(db, settings, id, &to_sam));
        assert!(
            said.starts_with(
                "R-1001 is billed to Maya Chen by I-0001, which names nobody else any more"
            ),
            "{said}"
        );
        if paid == 0 {
            house.must(|db, settings| desk::void(db, settings, invoice, &Text::new("other name")));
            house.must(|db, settings| desk::change(db, settings, id, &to_sam));
        }
        house.check();
    }
}

#[test]
fn a_fee_that_is_typed_replaces_the_one_that_stands() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0020").keys("1007<ret>:settle<ret>");
    let field = |counter: &mut Counter| {
        let screen = counter.screen();
        let row = screen
            .lines()
            .find(|line| line.starts_with(" > CAM-0020 late fee"))
            .and_then(|line| line.rsplit_once("> "))
            .map(|(_, typed)| typed.trim().to_owned());
        row.unwrap_or_else(|| panic!("{screen}"))
    };
    assert_eq!(field(&mut counter), "110.00", "{}", counter.screen());
    counter.keys("5");
    assert_eq!(field(&mut counter), "5", "{}", counter.screen());
    counter.keys("0<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK SETTLED  charge 50.00 EUR"),
        "{}",
        counter.verdict()
    );
    counter.check();
}
