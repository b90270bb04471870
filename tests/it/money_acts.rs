//! The acts that take money back or in part. Goal: what is said of money stays true after each. Method: a shop on a real file or the demo
//! shop, the books looked at after each act.

use crate::billing::{cancel, cost, draft, issue, pay, rented};
use crate::cli;
use crate::counter::Counter;
use crate::house::{House, days};
use rentdesk::billing::{self, InvoiceState, Method, PayFor, PaymentKind, Refund};
use rentdesk::booking::{self, Want};
use rentdesk::desk;
use rentdesk::kernel::{Money, ReservationId, Text};

fn owed(house: &House, id: ReservationId) -> i64 {
    desk::money_of(house.shop.read(), id).unwrap().owed().0
}

fn refund(house: &mut House, reservation: Option<ReservationId>, amount: i64) {
    let refund = Refund { customer: house.maya, reservation, amount: Money(amount), method: Method::Cash, reference: None };
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
    assert_eq!([owed(&house, first), owed(&house, second), owed(&house, standing)], [-5_000, -3_000, 3_000]);
    refund(&mut house, None, 6_000);
    assert_eq!([owed(&house, first), owed(&house, second), owed(&house, standing)], [0, -2_000, 3_000], "the oldest first");
    // Of another reservation's refund what is its own goes first, then the same order; what stands is touched last.
    refund(&mut house, Some(first), 3_500);
    assert_eq!([owed(&house, first), owed(&house, second), owed(&house, standing)], [0, 0, 3_500]);
    let told = |id| billing::payments_of(house.shop.read(), id).unwrap().into_iter().filter(|paid| paid.kind == PaymentKind::Refund).map(|paid| paid.amount.0).collect::<Vec<_>>();
    assert_eq!([told(first), told(second), told(standing)], [vec![5_000], vec![1_000, 2_000], vec![500]], "each entry names its reservation");
    house.check();
}

#[test]
fn what_a_reservation_still_says_is_drafted_anew_when_its_invoice_is_taken_back() {
    let cases = [("invoice void I-0001", false), ("invoice credit I-0001", true)];
    for (act, paid) in cases {
        let shop = cli::Counter::open();
        shop.run("invoice issue R-1001");
        if paid {
            shop.run("pay I-0001 100 --method cash");
        }
        shop.run("charge R-1001 --extra 25 --note cleaning");
        let (code, _, stderr) = shop.run(&format!("{act} --reason mistake --dry-run"));
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert_eq!(shop.json("invoice show R-1001")["total"], 25.0, "{act}: a rehearsal drafts nothing");
        shop.run(&format!("{act} --reason mistake"));
        let draft = shop.json("invoice show R-1001");
        assert_eq!((&draft["state"], &draft["total"]), (&"DRAFT".into(), &565.0.into()), "{act}: {draft}");
        assert_eq!(shop.json("check")["problems"], serde_json::json!([]));
    }
}

#[test]
fn a_cancelled_reservation_gets_no_rent_drafted() {
    let (mut house, id) = rented(&[9_000]);
    let issued = issue(&mut house, id);
    cancel(&mut house, id);
    assert_eq!(billing::known(house.shop.read(), issued).unwrap().state, InvoiceState::Void);
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
    assert!(counter.verdict().starts_with("BAD The draft holds the rent of R-1007, which stands"), "{}", counter.verdict());
    counter.keys(":credit<ret>");
    assert_eq!(counter.verdict(), "!! R-1007 has no invoice that stands");
    counter.keys(":refund<ret>");
    assert_eq!(counter.verdict(), "BAD Sam Okoro has nothing to get back");
    counter.keys(":issue<ret><ret><esc><esc>1007<ret>:credit<ret>");
    assert!(counter.verdict().starts_with("BAD I-0001 is issued: it cannot be credited"), "{}", counter.verdict());
    // The only invoice of the reservation is meant.
    counter.keys(":void<ret>");
    assert!(counter.verdict().starts_with("?? void I-0001 over "), "{}", counter.verdict());
    counter.keys("<esc>:charge 25 cleaning<ret><ret><esc><esc>1007<ret>:void<ret>");
    assert_eq!(counter.verdict(), "?? R-1007 has 2 invoices: which one?");
    assert!(counter.app.page().title.starts_with("INVOICES") && counter.screen().contains("2 listed"), "{}", counter.screen());
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
