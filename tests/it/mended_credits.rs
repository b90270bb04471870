//! What reviewers found wrong in credit notes, each as the shop would meet it. Goal: no more goes out than came in, and nobody is asked for
//! what was given up. Method: a shop on a real file, or the program itself, the books looked at after each act.

use crate::billing::{cancel, cost, issue, pay, rented};
use crate::house::{House, days};
use rentdesk::billing::{self, InvoiceKind, InvoiceState, LineKind, Method, NewCharge, Part, PayFor, Refund};
use rentdesk::booking::Want;
use rentdesk::desk;
use rentdesk::kernel::{InvoiceId, Money, ReservationId, Text};

fn credit(house: &mut House, id: InvoiceId, part: Part) {
    house.must(|db, settings| billing::credit(db, settings, id, part, &Text::new("goodwill")));
}

fn refund(house: &mut House, id: ReservationId, amount: i64) {
    let refund = Refund { customer: house.maya, reservation: Some(id), amount: Money(amount), method: Method::Cash, reference: None };
    house.must(|db, settings| billing::refund(db, settings, &refund));
}

fn to_get_back(house: &House) -> i64 {
    billing::may_refund(house.shop.read(), house.maya).map_or(0, |back| back.0)
}

fn owed(house: &House, id: ReservationId) -> (i64, i64) {
    let of = desk::money_of(house.shop.read(), id).unwrap();
    let owes = billing::balance(house.shop.read(), &house.shop.settings, house.maya, house.shop.now()).unwrap().owes;
    let sums = desk::paid_of_each(house.shop.read(), &[id]).unwrap().remove(&id).unwrap_or_default();
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
    assert_eq!(billing::known(house.shop.read(), second).unwrap().state, InvoiceState::Credited);
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

/// 80.00 of damage is open, then 233.33 of rent, of which 100.00 are given back: they pay the damage first.
fn damaged_first(damage: i64) -> (House, ReservationId, InvoiceId) {
    let mut house = House::new();
    let wants: Vec<Want> = (0..2).map(|place| Want::of(house.items(&format!("Lamp {place}"), 2).0, 2)).collect();
    let id = house.confirmed(days(1, 3), &wants);
    let charge = NewCharge {
        reservation: id,
        customer: house.maya,
        rental: None,
        type_id: None,
        kind: LineKind::Damage,
        description: Text::new("Hood"),
        quantity: 1,
        each: Money(damage),
        reason: None,
    };
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
        assert_eq!((to_get_back(&house), owed(&house, id)), (0, (damage, damage)), "the damage is owed");
        let open = billing::open_invoices(house.shop.read()).unwrap();
        assert!(open.iter().any(|note| note.kind == InvoiceKind::CreditNote && note.total == Money(10_000)), "{open:?}");
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
