//! What a return leaves to be settled. Goal: it stays in sight on the Desk and in `today` until it is settled, and goes then; what was
//! never agreed about money is not in it. Method: journeys on the demo shop, a shop of its own for the ways money moves without an event.

use crate::billing::cost;
use crate::counter::Counter;
use crate::guards::GROWING;
use crate::house::{House, days};
use rentdesk::billing::{self, Method, Pay, PayFor, Take};
use rentdesk::booking::{Thing, Want};
use rentdesk::desk::{self, Settling};
use rentdesk::kernel::{Money, ReservationId, Text};
use rentdesk::store;

/// The lines of the Desk below TO SETTLE.
fn lane(counter: &mut Counter) -> Vec<String> {
    counter.app.refresh();
    let screen = counter.screen_at(100, 60);
    screen.lines().skip_while(|line| !line.contains("TO SETTLE")).skip(1).take_while(|line| !line.starts_with("--") && !line.is_empty()).map(str::to_owned).collect()
}

fn of(counter: &mut Counter, number: &str) -> Option<String> {
    lane(counter).into_iter().find(|line| line.contains(number))
}

#[test]
fn what_a_return_leaves_stays_on_the_desk_until_it_is_settled_and_enter_opens_it() {
    let mut counter = Counter::demo();
    assert_eq!(of(&mut counter, "R-1007"), None, "all of it is out");
    counter.keys("1007<ret>:deposit 300 cash<ret><ret><esc>").scan("AUD-0003");
    counter.keys("<ret><esc><f1>");
    counter.scan("CAM-0020").keys("<esc><esc><esc><esc>");
    let line = of(&mut counter, "R-1007").unwrap_or_else(|| panic!("{}", counter.screen_at(100, 60)));
    assert!(line.contains("today") && line.contains("Sam Okoro") && line.contains("2 fees not settled · owes ") && line.contains("deposit held 300.00"), "{line}");
    // Enter opens TO SETTLE of it.
    for _ in 0..40 {
        if counter.screen_at(100, 60).lines().any(|line| line.starts_with(" >") && line.contains("R-1007") && line.contains("fees")) {
            break;
        }
        counter.keys("<down>");
    }
    counter.keys("<ret>");
    assert!(counter.screen().contains("SETTLE  R-1007  Sam Okoro"), "{}", counter.screen());
    counter.keys("<c-u>waive regular<tab><c-u>waive regular<tab><tab><tab>all card 4471<tab>all<ret>");
    assert!(counter.verdict().starts_with("OK SETTLED"), "{}", counter.verdict());
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
    left.iter().map(|left| left.in_words(house.shop.settings.currency)).collect()
}

#[test]
fn it_goes_with_the_last_cent_and_comes_back_with_a_charge_or_a_deposit() {
    let (mut house, id) = lamp_is_back();
    assert_eq!(left(&house), ["owes 100.00"]);
    let maya = house.maya;
    let pay = |house: &mut House, amount: i64| {
        house.must(|db, settings| billing::pay(db, settings, &Pay { towards: PayFor::Reservation(id, maya), amount: Money(amount), method: Method::Cash, reference: None }));
    };
    pay(&mut house, 4_000);
    assert_eq!(left(&house), ["owes 60.00"]);
    pay(&mut house, 6_000);
    assert_eq!(left(&house), [] as [String; 0]);
    let deposit =
        house.must(|db, settings| billing::take_deposit(db, settings, &Take { reservation: id, customer: maya, amount: Money(30_000), method: Method::Cash, reference: None }));
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
    let settling = Settling { charges: vec![extra], ..Settling::of(id, maya, stood) };
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
    let growing = [GROWING, &["unsettled", "invoice", "invoice_line", "payment", "settlement", "deposit", "charge"]].concat();
    let walked: Vec<String> = store::walked_since(before).into_iter().filter(|sql| growing.iter().any(|table| sql.contains(&format!("FROM {table} ")))).collect();
    assert!(walked.is_empty(), "{walked:#?}");
}

#[test]
fn today_tells_what_is_left_to_settle() {
    let counter = crate::cli::Counter::open();
    let told = |lines: &[&str]| counter.transcript(lines);
    assert!(!told(&["deposit take R-1001 500 --method card --reference 4471", "today"]).contains("To settle"), "it is out");
    let after = told(&[r#"in CAM-0012 4*BAT-V150 --now "2025-11-26 18:00""#, r#"today --now "2025-11-26 18:00""#]);
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
    assert_eq!((json["to_settle"].as_array().map(Vec::len), &json["more_to_settle"]), (Some(0), &serde_json::json!(false)));
}
