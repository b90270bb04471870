//! What reviewers found wrong in credit notes, each as the shop would meet it. Goal: no more goes
//! out than came in, and nobody is asked for what was given up. Method: a shop on a real file, or
//! the program itself, the books looked at after each act.

use crate::billing::{agreed, cancel, cost, income, issue, pay, rented, told};
use crate::cli;
use crate::counter::Counter;
use crate::house::{House, days};
use rentdesk::billing::{
    self, InvoiceKind, InvoiceState, LineKind, Method, NewCharge, Part, PayFor, Refund, Take,
};
use rentdesk::booking::{self, Want};
use rentdesk::desk::{self, Given, MoneyAct, Settling};
use rentdesk::events::Event;
use rentdesk::kernel::{InvoiceId, Money, ReservationId, Text};

fn credit(house: &mut House, id: InvoiceId, part: Part) {
    house.must(|db, settings| billing::credit(db, settings, id, part, &Text::new("goodwill")));
}

fn refund(house: &mut House, id: ReservationId, amount: i64) {
    let refund = Refund {
        customer: house.maya,
        reservation: Some(id),
        amount: Money(amount),
        method: Method::Cash,
        reference: None,
    };
    house.must(|db, settings| billing::refund(db, settings, &refund));
}

fn to_get_back(house: &House) -> i64 {
    billing::may_refund(house.shop.read(), house.maya).map_or(0, |back| back.0)
}

fn owed(house: &House, id: ReservationId) -> (i64, i64) {
    let of = desk::money_of(house.shop.read(), id).unwrap();
    let owes = billing::balance(
        house.shop.read(),
        &house.shop.settings,
        house.maya,
        house.shop.now(),
    )
    .unwrap()
    .owes;
    let sums = desk::paid_of_each(house.shop.read(), &[id])
        .unwrap()
        .remove(&id)
        .unwrap_or_default();
    assert_eq!(sums, (of.total, of.paid), "lists say the same");
    (of.owed().0, owes.0)
}

#[test]
fn crediting_an_invoice_takes_back_what_was_given_back_of_it() {
    let (mut house, id) = rented(&[20_000, 3_333]);
    let first = issue(&mut house, id);
    let maya = house.maya;
    pay(&mut house, PayFor::Reservation(id, maya), 23_333).unwrap();
    cost(&mut house, id, &[10_000, 3_333]);
    let second = issue(&mut house, id);
    let shown = house.must(|db, settings| desk::may_credit(db.read(), settings, first, Part::All));
    assert_eq!(shown, Money(13_333), "what is left of it");
    credit(&mut house, first, Part::All);
    assert_eq!(
        billing::known(house.shop.read(), second).unwrap().state,
        InvoiceState::Credited
    );
    assert_eq!(to_get_back(&house), 23_333);
    house.check();
    refund(&mut house, id, 23_333);
    cancel(&mut house, id);
    assert_eq!((to_get_back(&house), owed(&house, id)), (0, (0, 0)));
    house.check();
}

#[test]
fn a_draft_gives_back_nothing_that_is_credited_already() {
    for part in [Part::All, Part::Line(1)] {
        let (mut house, id) = rented(&[20_000, 3_333]);
        let first = issue(&mut house, id);
        pay(&mut house, PayFor::Invoice(first), 23_333).unwrap();
        cost(&mut house, id, &[10_000, 3_333]);
        credit(&mut house, first, part);
        assert!(crate::billing::draft(&house, id).is_none(), "{part:?}");
        house.check();
    }
}

fn hood(house: &House, reservation: ReservationId, amount: i64) -> NewCharge {
    NewCharge {
        reservation,
        customer: house.maya,
        rental: None,
        type_id: None,
        kind: LineKind::Damage,
        description: Text::new("Hood"),
        quantity: 1,
        each: Money(amount),
        reason: None,
    }
}

/// 80.00 of damage is open, then 233.33 of rent, of which 100.00 are given back: they pay the
/// damage first.
fn damaged_first(damage: i64) -> (House, ReservationId, InvoiceId) {
    let mut house = House::new();
    let wants: Vec<Want> = (0..2)
        .map(|place| Want::of(house.items(&format!("Lamp {place}"), 2).0, 2))
        .collect();
    let id = house.confirmed(days(1, 3), &wants);
    let charge = hood(&house, id, damage);
    house.must(|db, settings| billing::charge(db, settings, &charge));
    issue(&mut house, id);
    cost(&mut house, id, &[20_000, 3_333]);
    let rent = issue(&mut house, id);
    cost(&mut house, id, &[10_000, 3_333]);
    issue(&mut house, id);
    (house, id, rent)
}

#[test]
fn what_paid_for_something_else_is_asked_for_again_and_open() {
    for (damage, is_paid) in [(8_000, true), (20_000, false)] {
        let (mut house, id, rent) = damaged_first(damage);
        if is_paid {
            credit(&mut house, rent, Part::All);
        } else {
            house.must(|db, settings| billing::void(db, settings, rent, &Text::new("mistake")));
        }
        assert_eq!(
            (to_get_back(&house), owed(&house, id)),
            (0, (damage, damage)),
            "the damage is owed"
        );
        let open = billing::open_invoices(house.shop.read()).unwrap();
        assert!(
            open.iter()
                .any(|note| note.kind == InvoiceKind::CreditNote && note.total == Money(10_000)),
            "{open:?}"
        );
        house.check();
        let maya = house.maya;
        pay(&mut house, PayFor::Reservation(id, maya), damage).unwrap();
        assert_eq!(owed(&house, id), (0, 0));
        house.check();
        cancel(&mut house, id);
        assert_eq!((to_get_back(&house), owed(&house, id).1), (damage, 0));
        house.check();
    }
}

#[test]
fn rent_of_what_is_completed_is_given_up_for_good() {
    for acts in [
        &[
            "pay R-1002 --issue --method cash",
            "invoice credit I-0001 --reason goodwill",
            "refund C-0002 --method cash",
        ][..],
        &[
            "pay R-1002 --issue --method cash",
            "invoice credit I-0001 --line 1 --reason goodwill",
            "refund C-0002 --method cash",
        ],
        &[
            "invoice issue R-1002",
            "invoice void I-0001 --reason goodwill",
        ],
        &["invoice void R-1002 --reason goodwill"],
    ] {
        let shop = cli::Counter::open();
        let mut said = String::new();
        for act in [
            r#"out --customer C-0002 CAM-0013 --due "sat 10:00""#,
            "in CAM-0013",
        ]
        .iter()
        .chain(acts)
        {
            let (code, stdout, stderr) = shop.run(act);
            assert_eq!((code, stderr.as_str()), (0, ""), "{act}");
            said.push_str(&stdout);
        }
        assert!(
            said.contains(
                "The rent of R-1002 is let go: it is completed, nobody is asked for it again."
            ),
            "{said}"
        );
        let (_, today, _) = shop.run("today");
        assert!(!today.contains("owes"), "{today}");
        assert_eq!(shop.json("balance C-0002")["drafted"], 0.0, "{acts:?}");
        assert_eq!(shop.json("check")["problems"], serde_json::json!([]));
    }
}

#[test]
fn rent_that_can_still_change_is_drafted_again() {
    let shop = cli::Counter::open();
    shop.run("pay R-1001 --issue --method cash");
    let (_, said, _) = shop.run("invoice credit I-0001 --reason mistake");
    assert!(!said.contains("let go"), "{said}");
    assert_eq!(shop.json("invoice show R-1001")["total"], 540.0);
}

#[test]
fn what_goes_back_after_several_credit_notes_goes_back_of_each_type() {
    let (mut house, id) = rented(&[20_000, 3_333]);
    let first = issue(&mut house, id);
    pay(&mut house, PayFor::Invoice(first), 23_333).unwrap();
    assert_eq!(income(&house, id), [20_000, 3_333, 0]);
    credit(&mut house, first, Part::Line(1));
    credit(&mut house, first, Part::Line(2));
    cancel(&mut house, id);
    refund(&mut house, id, 10_000);
    assert_eq!(
        income(&house, id),
        [11_428, 1_905, 0],
        "a part of it is of both"
    );
    refund(&mut house, id, 13_333);
    assert_eq!(income(&house, id), [0, 0, 0]);
    house.check();
}

#[test]
fn what_is_paid_after_a_line_was_credited_came_in_for_the_rest() {
    let (mut house, id) = rented(&[20_000, 3_333]);
    let first = issue(&mut house, id);
    pay(&mut house, PayFor::Invoice(first), 10_000).unwrap();
    credit(&mut house, first, Part::Line(1));
    assert_eq!(to_get_back(&house), 6_667);
    refund(&mut house, id, 6_667);
    assert_eq!(income(&house, id), [0, 3_333, 0]);
    let (mut house, id) = rented(&[20_000, 3_333]);
    let first = issue(&mut house, id);
    credit(&mut house, first, Part::Line(1));
    pay(&mut house, PayFor::Invoice(first), 3_333).unwrap();
    assert_eq!(income(&house, id), [0, 3_333, 0]);
    house.check();
}

#[test]
fn the_lines_above_a_total_sum_to_it_after_a_credit() {
    for gross in [true, false] {
        let (mut house, id) = rented(&[20_000, 3_333]);
        let mut after = agreed(&house, id, &[20_000, 3_333]);
        after
            .lines
            .iter_mut()
            .filter_map(|line| line.price.as_mut())
            .for_each(|price| price.gross = gross);
        let found = booking::reservation(house.shop.read(), id).unwrap();
        let (before, customer_id) = (after.clone(), found.customer);
        told(
            &mut house,
            &Event::ReservationChanged {
                reservation_id: id,
                number: found.number,
                customer_id,
                before,
                after,
                reason_kind: "by hand".to_owned(),
                price_delta: None,
                changed: Vec::new(),
                also_undone: Vec::new(),
            },
        );
        let first = issue(&mut house, id);
        pay(&mut house, PayFor::Invoice(first), 1_000).unwrap();
        let above = |house: &House| {
            let lines = desk::money_lines(house.shop.read(), id, None)
                .unwrap()
                .unwrap();
            let sum: i64 = lines.asked.iter().map(|(_, amount)| amount.0).sum();
            assert_eq!(sum, lines.total.0, "{:?}", lines.rows());
            let in_it: i64 = lines.tax_in_it.iter().map(|(_, tax)| tax.0).sum();
            let taxed: i64 = billing::standing(house.shop.read(), id)
                .unwrap()
                .iter()
                .map(|invoice| invoice.tax.0)
                .sum();
            assert_eq!(in_it, if gross { taxed } else { 0 });
            lines.total.0
        };
        credit(&mut house, first, Part::Line(2));
        assert_eq!(above(&house), if gross { 20_000 } else { 23_800 });
        credit(&mut house, first, Part::All);
        assert_eq!(above(&house), 0);
    }
}

#[test]
fn the_same_charge_made_twice_is_refused_at_the_counter() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:charge 50 cleaning<ret><ret>");
    assert!(
        counter.verdict().starts_with("OK DONE"),
        "{}",
        counter.verdict()
    );
    counter.keys(":charge 50 cleaning<ret>");
    assert!(
        counter
            .verdict()
            .contains("cleaning is charged already: 50.00 EUR")
            && counter.hint().contains("say what it is for"),
        "{} {}",
        counter.verdict(),
        counter.hint()
    );
    counter.keys("<c-u>50 cleaning of the second one<ret><ret>");
    assert!(
        counter.verdict().starts_with("OK DONE"),
        "{}",
        counter.verdict()
    );
    // The settle strip says it, too, and so does the write.
    counter.keys(":settle<ret>");
    for _ in 0..10 {
        if counter
            .screen()
            .lines()
            .any(|line| line.trim_start().starts_with("> ") && line.contains("something else"))
        {
            break;
        }
        counter.keys("<tab>");
    }
    counter.keys("50 cleaning<ret>");
    assert!(
        counter
            .verdict()
            .contains("cleaning is charged already: 50.00 EUR")
            && counter.verdict().contains("says what it is for"),
        "{}",
        counter.verdict()
    );
    counter.check();
    let (mut house, id) = rented(&[10_000]);
    let (new, maya) = (hood(&house, id, 5_000), house.maya);
    let act = MoneyAct::Charge(new.clone());
    house.must(|db, settings| desk::act_on_money(db, settings, &act));
    assert!(
        house
            .refused(|db, settings| desk::act_on_money(db, settings, &act))
            .starts_with("Hood is charged already: 50.00 EUR")
    );
    let settling = |house: &House| Settling {
        charges: vec![new.clone()],
        ..Settling::of(id, maya, desk::money_of(house.shop.read(), id).unwrap())
    };
    let what = settling(&house);
    assert!(
        house
            .refused(|db, settings| desk::settle(db, settings, &what))
            .starts_with("Hood is charged already: 50.00 EUR")
    );
}

#[test]
fn an_act_on_money_holds_every_amount_that_was_shown() {
    let (mut house, id) = rented(&[20_000, 3_333]);
    let customer = house.maya;
    let given = |amount: i64| Given {
        amount: Money(amount),
        method: Method::Cash,
        reference: None,
    };
    let reason = Text::new("so it was");
    let day = house.shop.settings.zone.day(house.shop.now());
    let draft = crate::billing::draft(&house, id).unwrap().id;
    let deposit = house.must(|db, settings| {
        billing::take_deposit(
            db,
            settings,
            &Take {
                reservation: id,
                customer,
                amount: Money(30_000),
                method: Method::Cash,
                reference: None,
            },
        )
    });
    // What was shown wrongly, and what was shown right, one after the other.
    let pay = |beyond: i64| MoneyAct::Pay {
        towards: PayFor::Reservation(id, customer),
        customer,
        given: given(25_000),
        beyond: Money(beyond),
    };
    let issue = |total: i64| MoneyAct::Issue {
        invoice: draft,
        customer,
        total: Money(total),
        over_limit: false,
    };
    let refund = |then: i64| MoneyAct::Refund {
        customer,
        reservation: Some(id),
        given: given(1_000),
        then_owes: Money(then),
    };
    let back = |stays: i64| MoneyAct::GiveDepositBack {
        deposits: vec![(deposit, Money(10_000))],
        customer,
        stays: Money(stays),
        method: None,
    };
    let credit = |total: i64| MoneyAct::Credit {
        invoice: draft,
        customer,
        called: "I-0001".to_owned(),
        part: Part::Line(2),
        total: Money(total),
        reason: reason.clone(),
    };
    let close = |expected: i64| MoneyAct::CloseTill {
        day,
        counted: Money(44_000),
        expected: Money(expected),
    };
    for (wrong, right) in [
        (issue(23_334), issue(23_333)),
        (pay(0), pay(1_667)),
        (refund(0), refund(-667)),
        (back(0), back(20_000)),
        (credit(3_000), credit(3_333)),
        (close(0), close(44_000)),
    ] {
        let seq = house.seq();
        let said = house.refused(|db, settings| desk::act_on_money(db, settings, &wrong));
        assert!(
            said.starts_with("The money stands otherwise than it was shown"),
            "{wrong:?}: {said}"
        );
        assert_eq!(house.seq(), seq, "{wrong:?} did nothing");
        house.must(|db, settings| desk::act_on_money(db, settings, &right));
    }
    house.check();
}

#[test]
fn a_cancelled_reservation_asks_for_nothing_and_gives_back_its_own_money_alone() {
    let shop = crate::bookings_cli::shop();
    let done = |line: &str| crate::bookings_cli::done(&shop, line);
    for number in ["R-1001", "R-1002", "R-1003"] {
        done(
            r#"reserve --customer C-0001 --from "mon 9:00" --to "tue 9:00" --line "Sony FX6 body" --keep-short --confirm"#,
        );
        assert!(shop.json(&format!("show {number}"))["total"] == serde_json::json!(180.0));
    }
    done("pay R-1001 40 --method cash");
    done("pay C-0001 10 --method cash");
    for number in ["R-1001", "R-1002"] {
        done(&format!("cancel {number} --reason customer"));
    }
    let refused = crate::bookings_cli::refused(&shop, "refund R-1002 --method cash").to_string();
    assert!(
        refused.contains("This reservation has nothing to get back"),
        "{refused}"
    );
    assert_eq!(
        shop.json("refund R-1001 --method cash --dry-run")["amount"],
        40.0,
        "what lies with no reservation stays"
    );
    let folder = shop.folder;
    let opened = rentdesk::shop::Shop::open(
        &folder.path().join("shop.db"),
        rentdesk::kernel::Clock::Fixed(crate::counter::friday()),
    )
    .unwrap();
    let mut counter = Counter::over(opened, folder);
    counter.keys("R-1002<ret>");
    assert!(!counter.screen().contains("owes"), "{}", counter.screen());
    counter.keys("<esc>R-1001<ret>");
    assert!(
        counter.screen().contains("to get back")
            && counter.screen().contains("40.00")
            && !counter.screen().contains("owes"),
        "{}",
        counter.screen()
    );
    counter.keys(":refund<ret>all cash");
    assert!(
        counter.screen().contains("give back 40.00 EUR in cash"),
        "{}",
        counter.screen()
    );
}
