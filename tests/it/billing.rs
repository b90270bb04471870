//! What is owed, paid and held. Goal: an invoice says what the reservation says until it is issued
//! and never changes after; money moves only in journals that sum to zero. Method: a shop on a real
//! file; prices are put into the events here, whoever agrees on them.

use crate::house::{House, days};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use rentdesk::billing::{
    self, BillingRefusal, Invoice, InvoiceState, Issue, Kept, LineKind, Method, NewCharge, Part,
    Pay, PayFor, PaymentKind, Refund, Take,
};
use rentdesk::booking::{self, CancelReason, Firmness, Thing, Want};
use rentdesk::desk;
use rentdesk::events::{Agreed, Event, LineFact, LinePrice};
use rentdesk::kernel::{Failure, InvoiceId, Money, ReservationId, Text, TypeId};
use rentdesk::store::{Write, log};

fn price(total: i64, quantity: i64) -> LinePrice {
    LinePrice {
        subtotal: None,
        each: Money((total + quantity - 1) / quantity),
        total: Money(total),
        gross: true,
        tax_class: "standard".to_owned(),
        tax_percent: 1900,
    }
}

/// A reservation, as its events would tell it with these totals for its lines.
pub fn agreed(house: &House, id: ReservationId, totals: &[i64]) -> Agreed {
    let found = booking::reservation(house.shop.read(), id).unwrap();
    let lines = house
        .lines(id)
        .into_iter()
        .zip(totals)
        .map(|(line, total)| LineFact {
            line_id: line.id,
            type_id: line.type_id,
            quantity: line.quantity,
            start: line.start,
            end: line.end,
            turnaround_minutes: 0,
            parent_line_id: None,
            pinned_item_id: None,
            price: Some(price(*total, line.quantity)),
        });
    Agreed {
        state: found.state.word().to_owned(),
        customer_id: found.customer,
        note: None,
        start: found.start,
        end: found.end,
        hold_lapses_at: None,
        lines: lines.collect(),
        total: None,
    }
}

pub fn told(house: &mut House, event: &Event) {
    house.must(|db: &mut Write<'_>, _| Ok::<_, Failure<BillingRefusal>>(db.publish(event)?));
    house.shop.drain_all().unwrap();
}

/// The lines of a reservation cost so much from now on.
pub fn cost(house: &mut House, id: ReservationId, totals: &[i64]) {
    let after = agreed(house, id, totals);
    let found = booking::reservation(house.shop.read(), id).unwrap();
    let before = after.clone();
    told(
        house,
        &Event::ReservationChanged {
            reservation_id: id,
            number: found.number,
            customer_id: found.customer,
            before,
            after,
            reason_kind: "by hand".to_owned(),
            price_delta: None,
            changed: Vec::new(),
            also_undone: Vec::new(),
        },
    );
}

/// A shop with lamps and a confirmed reservation of one line each, at these totals.
pub fn rented(totals: &[i64]) -> (House, ReservationId) {
    let mut house = House::new();
    let wants: Vec<Want> = totals
        .iter()
        .enumerate()
        .map(|(place, _)| Want::of(house.items(&format!("Lamp {place}"), 2).0, 2))
        .collect();
    let id = house.confirmed(days(1, 3), &wants);
    cost(&mut house, id, totals);
    (house, id)
}

pub fn draft(house: &House, id: ReservationId) -> Option<Invoice> {
    billing::draft_of(house.shop.read(), id).unwrap()
}

pub fn issue(house: &mut House, id: ReservationId) -> InvoiceId {
    let draft = draft(house, id).expect("a draft").id;
    house.must(|db, settings| billing::issue(db, settings, draft, Issue::default()));
    draft
}

pub fn pay(house: &mut House, towards: PayFor, amount: i64) -> Result<(), String> {
    house.try_to(|db, settings| {
        billing::pay(
            db,
            settings,
            &Pay {
                towards,
                amount: Money(amount),
                method: Method::Cash,
                reference: None,
            },
        )
        .map(|_| ())
    })
}

fn state(house: &House, id: InvoiceId) -> (InvoiceState, i64, i64) {
    let invoice = billing::known(house.shop.read(), id).unwrap();
    (invoice.state, invoice.total.0, invoice.paid.0)
}

pub fn cancel(house: &mut House, id: ReservationId) {
    house.must(|db, settings| desk::cancel(db, settings, id, CancelReason::Customer, None));
    house.shop.drain_all().unwrap();
}

fn balance(house: &House) -> (i64, i64) {
    let balance = billing::balance(
        house.shop.read(),
        &house.shop.settings,
        house.maya,
        house.shop.now(),
    )
    .unwrap();
    (balance.owes.0, balance.credit.0)
}

/// Everything that stands in the tables of billing, but for when it was written.
fn everything(house: &House) -> Vec<(Invoice, Vec<billing::InvoiceLine>, Vec<billing::TaxRow>)> {
    let db = house.shop.read();
    billing::invoices(db, i64::MAX)
        .unwrap()
        .into_iter()
        .map(|invoice| {
            (
                invoice.clone(),
                billing::lines(db, invoice.id).unwrap(),
                billing::taxes(db, invoice.id).unwrap(),
            )
        })
        .collect()
}

#[test]
fn a_draft_follows_its_reservation_until_it_is_issued_and_a_further_one_after() {
    let (mut house, id) = rented(&[10_000, 5_000]);
    let first = draft(&house, id).unwrap();
    assert_eq!(
        (first.state, first.total, first.tax, first.number),
        (InvoiceState::Draft, Money(15_000), Money(2_395), None)
    );
    cost(&mut house, id, &[12_000, 5_000]);
    assert_eq!(
        (
            draft(&house, id).unwrap().id,
            draft(&house, id).unwrap().total
        ),
        (first.id, Money(17_000))
    );
    let issued = issue(&mut house, id);
    // More is a further draft of the difference alone, less is a credit on one; the issued invoice
    // stays as it is.
    cost(&mut house, id, &[12_000, 6_000]);
    let more = draft(&house, id).unwrap();
    assert_eq!(
        (
            more.total,
            billing::lines(house.shop.read(), more.id).unwrap().len()
        ),
        (Money(1_000), 1)
    );
    cost(&mut house, id, &[12_000, 5_000]);
    assert_eq!(draft(&house, id), None, "nothing is left to be asked for");
    cost(&mut house, id, &[8_000, 5_000]);
    assert_eq!(draft(&house, id).unwrap().total, Money(-4_000));
    let less = issue(&mut house, id);
    assert_eq!(
        state(&house, issued),
        (InvoiceState::PartlyPaid, 17_000, 4_000),
        "what is given back is used for what is open"
    );
    assert_eq!(state(&house, less), (InvoiceState::Paid, -4_000, -4_000));
    let maya = house.maya;
    pay(&mut house, PayFor::Reservation(id, maya), 13_000).unwrap();
    assert_eq!(
        (state(&house, issued).0, balance(&house)),
        (InvoiceState::Paid, (0, 0))
    );
    house.check();
}

#[test]
fn without_a_price_nothing_is_drafted() {
    let mut house = House::new();
    let (kind, items) = house.items("Lamp", 2);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.out(id, &[Thing::Item(items[0])]);
    house.back(items[0]);
    assert!(billing::invoices(house.shop.read(), 10).unwrap().is_empty());
    house.check();
}

#[test]
fn case_19_a_cancelled_reservation_voids_its_draft_once() {
    let (mut house, id) = rented(&[10_000]);
    let invoice = draft(&house, id).unwrap().id;
    cancel(&mut house, id);
    assert_eq!(state(&house, invoice).0, InvoiceState::Void);
    assert!(house.kinds_since(0).contains(&"InvoiceVoided".to_owned()));
    // Taken back, it is asked for anew.
    house.undo().unwrap();
    cost(&mut house, id, &[10_000]);
    assert_eq!(draft(&house, id).unwrap().total, Money(10_000));
    house.check();
}

#[test]
fn an_issued_invoice_of_which_nothing_is_paid_is_void_and_keeps_its_number() {
    let (mut house, id) = rented(&[10_000]);
    let invoice = issue(&mut house, id);
    assert_eq!(balance(&house), (10_000, 0));
    cancel(&mut house, id);
    let found = billing::known(house.shop.read(), invoice).unwrap();
    assert_eq!(
        (found.state, found.number.unwrap().0, balance(&house)),
        (InvoiceState::Void, 1, (0, 0))
    );
    house.check();
}

#[test]
fn case_21_a_paid_reservation_that_is_cancelled_is_credited_with_the_refund_due() {
    for paid in [10_000, 4_000] {
        let (mut house, id) = rented(&[10_000]);
        let invoice = issue(&mut house, id);
        pay(&mut house, PayFor::Invoice(invoice), paid).unwrap();
        cancel(&mut house, id);
        assert_eq!(
            state(&house, invoice).0,
            InvoiceState::Credited,
            "never silently void"
        );
        let note = billing::credit_note_of(house.shop.read(), invoice)
            .unwrap()
            .unwrap();
        assert_eq!(
            (
                note.number.unwrap().0,
                note.total,
                note.state,
                balance(&house)
            ),
            (2, Money(-10_000), InvoiceState::Paid, (0, paid))
        );
        let refund = |amount| Refund {
            customer: house.maya,
            reservation: Some(id),
            amount: Money(amount),
            method: Method::Cash,
            reference: None,
        };
        let (too_much, due) = (refund(paid + 1), refund(paid));
        assert!(
            house
                .refused(|db, settings| billing::refund(db, settings, &too_much))
                .contains("Maya Chen has")
        );
        house.must(|db, settings| billing::refund(db, settings, &due));
        assert_eq!(balance(&house), (0, 0));
        let refunded = log::events_after(house.shop.read(), 0, i64::MAX)
            .unwrap()
            .into_iter()
            .find_map(|event| match event.event {
                Some(Event::PaymentRefunded(paid)) => Some(paid),
                _ => None,
            });
        assert!(
            refunded.unwrap().shares[0].type_id.is_some(),
            "it names the type whose rent goes back"
        );
        house.check();
    }
}

#[test]
fn what_was_given_back_before_is_not_given_back_twice() {
    let (mut house, id) = rented(&[10_000]);
    let invoice = issue(&mut house, id);
    pay(&mut house, PayFor::Invoice(invoice), 10_000).unwrap();
    cost(&mut house, id, &[8_000]);
    issue(&mut house, id);
    let refund = Refund {
        customer: house.maya,
        reservation: Some(id),
        amount: Money(2_000),
        method: Method::Cash,
        reference: None,
    };
    house.must(|db, settings| billing::refund(db, settings, &refund));
    cancel(&mut house, id);
    assert_eq!(balance(&house), (0, 8_000));
    house.check();
}

#[test]
fn case_63_a_total_is_its_lines_to_the_cent_and_a_quantity_is_one_or_more() {
    let (mut house, id) = rented(&[10_001, 3_333, 7]);
    let invoice = draft(&house, id).unwrap();
    let lines = billing::lines(house.shop.read(), invoice.id).unwrap();
    assert_eq!(
        lines
            .iter()
            .map(|line| line.quantity * line.unit_price.0 - line.discount.0)
            .sum::<i64>(),
        invoice.total.0
    );
    let charge = |quantity| NewCharge {
        reservation: id,
        customer: house.maya,
        rental: None,
        type_id: None,
        kind: LineKind::Extra,
        description: Text::new("gaffer tape"),
        quantity,
        each: Money(1_250),
        reason: None,
    };
    let (none, three) = (charge(0), charge(3));
    assert!(
        house
            .refused(|db, settings| billing::charge(db, settings, &none))
            .starts_with("A quantity is 1 or more, not 0")
    );
    house.must(|db, settings| billing::charge(db, settings, &three));
    assert_eq!(
        draft(&house, id).unwrap().total.0,
        10_001 + 3_333 + 7 + 3_750
    );
    house.check();
}

#[test]
fn every_command_does_what_its_state_allows() {
    use InvoiceState::{Credited, Draft, Issued, Paid, PartlyPaid, Void};
    type Act = fn(&mut House, InvoiceId) -> Result<(), String>;
    let part: Act = |house, id| pay(house, PayFor::Invoice(id), 4_000);
    let full: Act = |house, id| {
        let open = billing::known(house.shop.read(), id)
            .unwrap()
            .open()
            .0
            .max(1);
        pay(house, PayFor::Invoice(id), open)
    };
    let issue: Act = |house, id| {
        house.try_to(|db, settings| billing::issue(db, settings, id, Issue::default()).map(|_| ()))
    };
    let void: Act = |house, id| {
        house.try_to(|db, settings| billing::void(db, settings, id, &Text::new("wrong")))
    };
    let credit: Act = |house, id| {
        house.try_to(|db, settings| {
            billing::credit(db, settings, id, Part::All, &Text::new("wrong")).map(|_| ())
        })
    };
    // The invoice table of the requirements: draft, issued, partly paid, paid, void, credited.
    let table: [(&str, Act, [Option<InvoiceState>; 6]); 5] = [
        ("issue", issue, [Some(Issued), None, None, None, None, None]),
        (
            "pay in part",
            part,
            [None, Some(PartlyPaid), Some(PartlyPaid), None, None, None],
        ),
        (
            "pay in full",
            full,
            [None, Some(Paid), Some(Paid), None, None, None],
        ),
        (
            "void",
            void,
            [Some(Void), Some(Void), None, None, None, None],
        ),
        (
            "credit",
            credit,
            [None, None, Some(Credited), Some(Credited), None, None],
        ),
    ];
    for (name, act, after) in table {
        for (before, after) in [Draft, Issued, PartlyPaid, Paid, Void, Credited]
            .into_iter()
            .zip(after)
        {
            let (mut house, reservation) = rented(&[10_000]);
            let id = draft(&house, reservation).unwrap().id;
            let way: &[Act] = match before {
                Draft => &[],
                Issued => &[issue],
                PartlyPaid => &[issue, part],
                Paid => &[issue, full],
                Void => &[void],
                Credited => &[issue, full, credit],
            };
            for step in way {
                step(&mut house, id).unwrap();
            }
            let stood = everything(&house);
            let done = act(&mut house, id);
            assert_eq!(
                (done.is_ok(), state(&house, id).0),
                (after.is_some(), after.unwrap_or(before)),
                "{name} {before:?}: {done:?}"
            );
            if after.is_none() {
                assert_eq!(everything(&house), stood, "{name} {before:?}");
            }
            house.check();
        }
    }
}

#[test]
fn more_than_was_asked_for_is_credit_and_pays_the_next_invoice() {
    let (mut house, id) = rented(&[10_000]);
    let first = issue(&mut house, id);
    pay(&mut house, PayFor::Invoice(first), 12_500).unwrap();
    assert_eq!(
        (state(&house, first), balance(&house)),
        ((InvoiceState::Paid, 10_000, 10_000), (0, 2_500))
    );
    let lamp = house.items("Other lamp", 1).0;
    let other = house.confirmed(days(1, 3), &[Want::of(lamp, 1)]);
    cost(&mut house, other, &[4_000]);
    let second = issue(&mut house, other);
    assert_eq!(
        state(&house, second),
        (InvoiceState::Issued, 4_000, 0),
        "credit of one reservation is used for another only when somebody says so"
    );
    assert!(
        house
            .refused(|db, settings| billing::use_credit(db, settings, second, Some(Money(3_000))))
            .contains("25.00 EUR of credit")
    );
    house.must(|db, settings| billing::use_credit(db, settings, second, None));
    assert_eq!(
        (state(&house, second), balance(&house)),
        ((InvoiceState::PartlyPaid, 4_000, 2_500), (1_500, 0))
    );
    let maya = house.maya;
    pay(&mut house, PayFor::Customer(maya), 1_500).unwrap();
    assert_eq!(
        (state(&house, second).0, balance(&house)),
        (InvoiceState::Paid, (0, 0))
    );
    house.check();
}

#[test]
fn money_paid_ahead_pays_the_invoice_when_it_is_issued() {
    let (mut house, id) = rented(&[10_000]);
    let maya = house.maya;
    pay(&mut house, PayFor::Reservation(id, maya), 3_000).unwrap();
    let invoice = issue(&mut house, id);
    assert_eq!(
        state(&house, invoice),
        (InvoiceState::PartlyPaid, 10_000, 3_000)
    );
    house.check();
}

#[test]
fn deposits_are_held_apart_and_pay_only_what_is_kept() {
    let (mut house, id) = rented(&[10_000]);
    let invoice = issue(&mut house, id);
    let take = Take {
        reservation: id,
        customer: house.maya,
        amount: Money(50_000),
        method: Method::Card,
        reference: Some(Text::new("4471")),
    };
    let deposit = house.must(|db, settings| billing::take_deposit(db, settings, &take));
    assert_eq!(balance(&house), (10_000, 0), "a deposit pays nothing");
    let kept = Kept {
        description: Text::new("Lens hood"),
        reason: Text::new("broken"),
        ..Kept::default()
    };
    let paid = house.must(|db, settings| billing::keep(db, settings, deposit, Money(8_000), &kept));
    assert_eq!(
        state(&house, paid),
        (InvoiceState::Paid, 8_000, 8_000),
        "nothing else waits: it is issued and paid at once"
    );
    assert!(
        house
            .refused(|db, settings| billing::keep(db, settings, deposit, Money(42_001), &kept))
            .starts_with("420.00 EUR of the deposit is held")
    );
    assert_eq!(
        house.must(|db, settings| billing::give_back(db, settings, deposit, None, None)),
        Money(42_000)
    );
    assert!(
        house
            .refused(|db, settings| billing::give_back(db, settings, deposit, None, None))
            .contains("settled already")
    );
    let till = billing::till(
        house.shop.read(),
        &house.shop.settings,
        house.shop.settings.zone.day(house.shop.now()),
    )
    .unwrap();
    assert_eq!(
        (
            till.rows[1].deposits_taken,
            till.rows[1].deposits_returned,
            till.rows[1].received
        ),
        (Money(50_000), Money(42_000), Money(0))
    );
    assert_eq!(state(&house, invoice).0, InvoiceState::Issued);
    house.check();
}

#[test]
fn a_return_that_is_undone_takes_its_charges_back() {
    for is_issued in [false, true] {
        let mut house = House::new();
        let (kind, items) = house.items("Lamp", 1);
        let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
        house.must(|db, _| {
            Ok::<_, Failure<BillingRefusal>>(rentdesk::pricing::set_rate(
                db,
                kind,
                rentdesk::pricing::Rate {
                    daily: Some(Money(4_500)),
                    ..Default::default()
                },
            )?)
        });
        house.out(id, &[Thing::Item(items[0])]);
        house.clock(crate::house::hour(24 * 4 + 2));
        house.back(items[0]);
        let proposals = desk::to_settle(house.shop.read(), &house.shop.settings, id).unwrap();
        assert_eq!(
            (
                proposals.len(),
                proposals[0].charge.kind,
                proposals[0].charge.amount()
            ),
            (1, LineKind::Late, Money(9_000))
        );
        let charge = proposals[0].charge.clone();
        house.must(|db, settings| billing::charge(db, settings, &charge));
        assert!(
            house
                .refused(|db, settings| billing::charge(db, settings, &charge))
                .starts_with("This was charged already")
        );
        assert!(
            desk::to_settle(house.shop.read(), &house.shop.settings, id)
                .unwrap()
                .is_empty()
        );
        // Voided, it is to be settled again.
        let first = draft(&house, id).unwrap().id;
        house.must(|db, settings| billing::void(db, settings, first, &Text::new("typed wrong")));
        assert_eq!(
            desk::to_settle(house.shop.read(), &house.shop.settings, id)
                .unwrap()
                .len(),
            1
        );
        house.must(|db, settings| billing::charge(db, settings, &charge));
        if is_issued {
            issue(&mut house, id);
        }
        house.undo().unwrap();
        house.shop.drain_all().unwrap();
        let after = draft(&house, id).map(|draft| draft.total.0);
        assert_eq!(
            after,
            is_issued.then_some(-9_000),
            "off the draft, or given back on a further one"
        );
        house.check();
    }
}

#[test]
fn a_waived_fee_says_why_and_is_not_asked_for_again() {
    let mut house = House::new();
    let (kind, items) = house.items("Lamp", 1);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.must(|db, _| {
        Ok::<_, Failure<BillingRefusal>>(rentdesk::pricing::set_rate(
            db,
            kind,
            rentdesk::pricing::Rate {
                daily: Some(Money(4_500)),
                ..Default::default()
            },
        )?)
    });
    house.out(id, &[Thing::Item(items[0])]);
    house.clock(crate::house::hour(24 * 3));
    house.back(items[0]);
    let mut charge = desk::to_settle(house.shop.read(), &house.shop.settings, id)
        .unwrap()
        .remove(0)
        .charge;
    assert!(
        house
            .refused(|db, _| billing::waive(db, &charge))
            .starts_with("Waiving a charge needs a reason")
    );
    charge.reason = Some(Text::new("our own truck was late"));
    house.must(|db, _| billing::waive(db, &charge));
    assert!(
        desk::to_settle(house.shop.read(), &house.shop.settings, id)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        billing::charges_of(house.shop.read(), id).unwrap()[0].reason,
        Some(Text::new("our own truck was late"))
    );
    house.check();
}

#[test]
fn a_customer_at_the_limit_is_asked_about_first() {
    let (mut house, id) = rented(&[10_000]);
    house.shop.change_setting("credit_limit", "99.99").unwrap();
    let draft = draft(&house, id).unwrap().id;
    assert!(
        house
            .refused(|db, settings| billing::issue(db, settings, draft, Issue::default()))
            .starts_with("Maya Chen would owe 100.00 EUR, above the limit of 99.99 EUR")
    );
    house.must(|db, settings| billing::issue(db, settings, draft, Issue { over_limit: true }));
    house.check();
}

#[test]
fn what_the_file_guards_by_itself() {
    let (mut house, id) = rented(&[10_000]);
    let invoice = issue(&mut house, id).0;
    pay(&mut house, PayFor::Invoice(InvoiceId(invoice)), 4_000).unwrap();
    cost(&mut house, id, &[11_000]);
    for (sql, guard) in [
        (
            "UPDATE invoice SET total = 1, net = 1, tax = 0 WHERE number = 1",
            "invoice_issued",
        ),
        (
            "UPDATE invoice SET customer_id = 2 WHERE number = 1",
            "invoice_issued",
        ),
        (
            "UPDATE invoice SET due_at = 0 WHERE number = 1",
            "invoice_issued",
        ),
        (
            "UPDATE invoice SET number = 5 WHERE number = 1",
            "invoice_number",
        ),
        (
            "UPDATE invoice SET number = NULL, issued_at = NULL, state = 'DRAFT' WHERE number = 1",
            "invoice_",
        ),
        (
            "UPDATE invoice SET number = 7, issued_at = 1, state = 'ISSUED' WHERE number IS NULL",
            "invoice_number",
        ),
        (
            "UPDATE invoice SET state = 'VOID', paid = 0 WHERE number = 1",
            "illegal_state",
        ),
        ("DELETE FROM invoice WHERE number IS NULL", "invoice_kept"),
        (
            "DELETE FROM invoice_line WHERE invoice_id = 1",
            "invoice_issued",
        ),
        (
            "UPDATE invoice_line SET unit_price = 1, total = quantity - discount WHERE invoice_id = 1",
            "invoice_issued",
        ),
        (
            "INSERT INTO invoice_line SELECT NULL, invoice_id, kind, description, type_id, line_id, rental_id, quantity, unit_price, discount, total, gross, tax_class, tax_percent, NULL FROM invoice_line WHERE invoice_id = 1",
            "invoice_issued",
        ),
        (
            "INSERT INTO invoice_line SELECT NULL, (SELECT id FROM invoice WHERE number IS NULL), kind, description, type_id, line_id, rental_id, quantity, unit_price, discount, total, gross, tax_class, tax_percent, id FROM invoice_line WHERE invoice_id = 1",
            "invoice_credit",
        ),
        (
            "DELETE FROM invoice_tax WHERE invoice_id = 1",
            "invoice_issued",
        ),
        ("UPDATE payment SET amount = 1", "payment_kept"),
        ("DELETE FROM payment", "payment_kept"),
        ("DELETE FROM settlement", "settlement_kept"),
        ("UPDATE posting SET amount = -amount", "journal_sealed"),
        ("DELETE FROM posting", "journal_sealed"),
        ("DELETE FROM journal", "journal_sealed"),
        (
            "INSERT INTO posting(journal_id, account, amount) VALUES (1, 'CASH', 1)",
            "journal_sealed",
        ),
        (
            "INSERT INTO journal(event_id, customer_id, at, sealed) VALUES (randomblob(16), 1, 1, 1)",
            "journal_open_first",
        ),
    ] {
        let failed = house.shop.write(|db| {
            db.execute(sql, [])
                .map(|_| ())
                .map_err(Failure::<BillingRefusal>::Fault)
        });
        let said = format!("{failed:?}");
        assert!(failed.is_err() && said.contains(guard), "{sql}: {said}");
    }
    let unbalanced = house.shop.write(|db| {
        db.execute("INSERT INTO journal(event_id, customer_id, at, sealed) VALUES (randomblob(16), 1, 1, 0)", [])?;
        db.execute("INSERT INTO posting(journal_id, account, amount) VALUES ((SELECT max(id) FROM journal), 'CASH', 1)", [])?;
        db.execute("UPDATE journal SET sealed = 1 WHERE sealed = 0", [])?;
        Ok::<(), Failure<BillingRefusal>>(())
    });
    assert!(format!("{unbalanced:?}").contains("journal_unbalanced"));
    house.check();
}

/// One step of a random day of money.
#[derive(Clone, Debug)]
enum Step {
    Cost(usize, i64),
    Issue(usize),
    Pay(usize, i64),
    PayInvoice(usize, i64),
    Refund(i64),
    Void(usize),
    Credit(usize),
    CreditLine(usize, usize),
    UseCredit(usize),
    Deposit(usize, i64),
    Keep(i64),
    GiveBack,
    GivePartBack(i64),
    CloseTill(i64, i64),
    Charge(usize, i64),
    Cancel(usize),
    /// Paid, made cheaper, and the first invoice credited whole.
    PaidCheaperCredited(usize, i64),
    Undo,
}

fn step() -> impl Strategy<Value = Step> {
    let amount = prop_oneof![1_i64..20, 100_i64..30_000];
    prop_oneof![
        4 => (0_usize..3, 0_i64..30_000).prop_map(|(at, total)| Step::Cost(at, total)),
        4 => (0_usize..3).prop_map(Step::Issue),
        3 => (0_usize..3, amount.clone()).prop_map(|(at, amount)| Step::Pay(at, amount)),
        4 => (0_usize..8, amount.clone()).prop_map(|(at, amount)| Step::PayInvoice(at, amount)),
        2 => amount.clone().prop_map(Step::Refund),
        2 => (0_usize..8).prop_map(Step::Void),
        2 => (0_usize..8).prop_map(Step::Credit),
        4 => (0_usize..8, 1_usize..4).prop_map(|(at, line)| Step::CreditLine(at, line)),
        2 => (0_usize..8).prop_map(Step::UseCredit),
        2 => (0_usize..3, amount.clone()).prop_map(|(at, amount)| Step::Deposit(at, amount)),
        2 => amount.clone().prop_map(Step::Keep),
        1 => Just(Step::GiveBack),
        2 => amount.clone().prop_map(Step::GivePartBack),
        1 => (0_i64..2, amount.clone()).prop_map(|(back, counted)| Step::CloseTill(back, counted)),
        2 => (0_usize..3, amount).prop_map(|(at, amount)| Step::Charge(at, amount)),
        1 => (0_usize..3).prop_map(Step::Cancel),
        3 => (0_usize..3, 300_i64..30_000).prop_map(|(at, total)| Step::PaidCheaperCredited(at, total)),
        1 => Just(Step::Undo),
    ]
}

fn walk(house: &mut House, reservations: &[ReservationId], step: &Step) {
    let all: Vec<InvoiceId> = billing::invoices(house.shop.read(), 100)
        .unwrap()
        .iter()
        .rev()
        .map(|invoice| invoice.id)
        .collect();
    let nth = |at: usize| all.get(at).copied();
    let deposit = billing::deposits(house.shop.read())
        .unwrap()
        .first()
        .map(|deposit| deposit.id);
    let maya = house.maya;
    let why = Text::new("so it was");
    match step {
        Step::Cost(at, total) => {
            if house.state(reservations[*at]).claims() {
                cost(house, reservations[*at], &[*total, total / 3]);
            }
        }
        Step::Issue(at) => {
            if let Some(draft) = draft(house, reservations[*at]) {
                let _ = house.try_to(|db, settings| {
                    billing::issue(db, settings, draft.id, Issue::default())
                });
            }
        }
        Step::Pay(at, amount) => {
            pay(house, PayFor::Reservation(reservations[*at], maya), *amount).unwrap()
        }
        Step::PayInvoice(at, amount) => {
            if let Some(id) = nth(*at) {
                let _ = pay(house, PayFor::Invoice(id), *amount);
            }
        }
        Step::Refund(amount) => {
            let refund = Refund {
                customer: maya,
                reservation: None,
                amount: Money(*amount),
                method: Method::Card,
                reference: None,
            };
            let _ = house.try_to(|db, settings| billing::refund(db, settings, &refund));
        }
        Step::Void(at) => {
            if let Some(id) = nth(*at) {
                let _ = house.try_to(|db, settings| billing::void(db, settings, id, &why));
            }
        }
        Step::Credit(at) => {
            if let Some(id) = nth(*at) {
                let _ =
                    house.try_to(|db, settings| billing::credit(db, settings, id, Part::All, &why));
            }
        }
        Step::CreditLine(at, line) => {
            if let Some(id) = nth(*at) {
                let total = billing::known(house.shop.read(), id).unwrap().total;
                if house
                    .try_to(|db, settings| {
                        billing::credit(db, settings, id, Part::Line(*line), &why)
                    })
                    .is_ok()
                {
                    let notes = billing::invoices(house.shop.read(), 100)
                        .unwrap()
                        .into_iter()
                        .filter(|note| note.credits == Some(id))
                        .map(|note| note.total.0)
                        .sum::<i64>();
                    assert!(-notes <= total.0, "never more than it asked for");
                    let again = house.try_to(|db, settings| {
                        billing::credit(db, settings, id, Part::Line(*line), &why)
                    });
                    assert!(again.is_err(), "no line twice");
                }
            }
        }
        Step::UseCredit(at) => {
            if let Some(id) = nth(*at) {
                let _ = house.try_to(|db, settings| billing::use_credit(db, settings, id, None));
            }
        }
        Step::Deposit(at, amount) => {
            let take = Take {
                reservation: reservations[*at],
                customer: maya,
                amount: Money(*amount),
                method: Method::Cash,
                reference: None,
            };
            house.must(|db, settings| billing::take_deposit(db, settings, &take));
        }
        Step::Keep(amount) => {
            if let Some(id) = deposit {
                let _ = house.try_to(|db, settings| {
                    billing::keep(
                        db,
                        settings,
                        id,
                        Money(*amount),
                        &Kept {
                            description: why.clone(),
                            reason: why.clone(),
                            ..Kept::default()
                        },
                    )
                });
            }
        }
        Step::GiveBack => {
            if let Some(id) = deposit {
                let _ =
                    house.try_to(|db, settings| billing::give_back(db, settings, id, None, None));
            }
        }
        Step::GivePartBack(amount) => {
            if let Some(id) = deposit {
                let _ = house.try_to(|db, settings| {
                    billing::give_back(db, settings, id, Some(Money(*amount)), None)
                });
            }
        }
        Step::CloseTill(back, counted) => {
            let today = house.shop.settings.zone.day(house.shop.now());
            let day = today
                .checked_sub_days(chrono::Days::new(u64::try_from(*back).unwrap()))
                .unwrap();
            let _ = house
                .try_to(|db, settings| billing::close_till(db, settings, day, Money(*counted)));
        }
        Step::Charge(at, amount) => {
            let charge = NewCharge {
                reservation: reservations[*at],
                customer: maya,
                rental: None,
                type_id: None,
                kind: LineKind::Damage,
                description: why.clone(),
                quantity: 1,
                each: Money(*amount),
                reason: None,
            };
            house.must(|db, settings| billing::charge(db, settings, &charge));
        }
        Step::Cancel(at) => {
            if house.state(reservations[*at]).claims() {
                cancel(house, reservations[*at]);
            }
        }
        Step::PaidCheaperCredited(at, total) => {
            let first = all.len();
            for next in [
                Step::Cost(*at, *total),
                Step::Issue(*at),
                Step::PayInvoice(first, *total),
                Step::Cost(*at, *total / 2),
                Step::Issue(*at),
                Step::Credit(first),
            ] {
                walk(house, reservations, &next);
            }
        }
        Step::Undo => {
            let _ = house.undo();
            house.shop.drain_all().unwrap();
        }
    }
}

fn takes_back(step: &Step) -> bool {
    matches!(
        step,
        Step::Void(_)
            | Step::Credit(_)
            | Step::CreditLine(..)
            | Step::Refund(_)
            | Step::Cancel(_)
            | Step::PaidCheaperCredited(..)
            | Step::Undo
    )
}

/// What came in over the counter, and what went out, as somebody with a pencil adds it up.
fn cash(house: &House) -> (i64, i64) {
    let (db, maya) = (house.shop.read(), house.maya);
    let (payments, deposits) = (
        billing::payments_of_customer(db, maya).unwrap(),
        billing::deposits_of_customer(db, maya).unwrap(),
    );
    let of = |kind: PaymentKind| {
        payments
            .iter()
            .filter(|paid| paid.kind == kind && paid.method != Method::Deposit)
            .map(|paid| paid.amount.0)
            .sum::<i64>()
    };
    let held: (i64, i64) = deposits.iter().fold((0, 0), |(taken, back), deposit| {
        (taken + deposit.amount.0, back + deposit.returned.0)
    });
    (
        of(PaymentKind::Payment) + held.0,
        of(PaymentKind::Refund) + held.1,
    )
}

#[test]
fn whatever_is_billed_paid_refunded_credited_and_held_the_books_sum_to_zero() {
    let mut runner = TestRunner::new(Config {
        cases: 16,
        failure_persistence: None,
        ..Config::default()
    });
    runner
        .run(&prop::collection::vec(step(), 1..40), |steps| {
            let mut house = House::new();
            let kinds: Vec<TypeId> = (0..2)
                .map(|place| house.items(&format!("Lamp {place}"), 3).0)
                .collect();
            let wants: Vec<Want> = kinds.iter().map(|kind| Want::of(*kind, 1)).collect();
            let reservations: Vec<ReservationId> = (0..3)
                .map(|_| house.reserve(Firmness::Confirmed, days(1, 3), &wants))
                .collect();
            for step in &steps {
                let stood: Vec<_> = everything(&house)
                    .into_iter()
                    .filter(|(invoice, ..)| invoice.number.is_some())
                    .collect();
                walk(&mut house, &reservations, step);
                let accounts: i64 = billing::accounts(house.shop.read())
                    .unwrap()
                    .iter()
                    .map(|(_, amount)| amount.0)
                    .sum();
                prop_assert_eq!(accounts, 0);
                let (came, went) = cash(&house);
                prop_assert!(went <= came, "{} came in, {} went out", came, went);
                let back =
                    billing::may_refund(house.shop.read(), house.maya).map_or(0, |back| back.0);
                let credit = balance(&house).1;
                prop_assert_eq!(
                    back,
                    credit.max(0),
                    "what is the customer's is what came in"
                );
                for id in &reservations {
                    let lines = desk::money_lines(house.shop.read(), *id, None)
                        .unwrap()
                        .unwrap_or_default();
                    prop_assert_eq!(
                        lines.asked.iter().map(|(_, amount)| amount.0).sum::<i64>(),
                        lines.total.0,
                        "{:?}",
                        lines.rows()
                    );
                }
                if takes_back(step) {
                    prop_assert_eq!(house.shop.check().unwrap(), []);
                }
                for (before, lines, taxes) in stood {
                    let after = billing::known(house.shop.read(), before.id).unwrap();
                    prop_assert_eq!(
                        (after.number, after.total, after.issued_at),
                        (before.number, before.total, before.issued_at),
                        "an issued invoice changed"
                    );
                    prop_assert_eq!(
                        (
                            billing::lines(house.shop.read(), before.id).unwrap(),
                            billing::taxes(house.shop.read(), before.id).unwrap()
                        ),
                        (lines, taxes)
                    );
                }
            }
            prop_assert_eq!(house.shop.check().unwrap(), []);
            // Every event told again: the same invoices, to the last row.
            let (stood, accounts) = (
                everything(&house),
                billing::accounts(house.shop.read()).unwrap(),
            );
            for event in log::events_after(house.shop.read(), 0, i64::MAX).unwrap() {
                house.shop.keep(|db| billing::on_event(db, &event)).unwrap();
            }
            prop_assert!(
                house.shop.rebuild("billing").is_err(),
                "what it wrote is kept, not made again"
            );
            prop_assert_eq!(
                (
                    everything(&house),
                    billing::accounts(house.shop.read()).unwrap()
                ),
                (stood, accounts)
            );
            Ok(())
        })
        .unwrap();
}

/// What came in for each type, in the order of the lines, and for no type.
pub fn income(house: &House, id: ReservationId) -> Vec<i64> {
    house.shop.drain_all().unwrap();
    let found =
        rentdesk::analytics::income_by_type(house.shop.read(), rentdesk::kernel::Period::ALL)
            .unwrap();
    let of = |type_id: Option<TypeId>| {
        found
            .iter()
            .filter(|(known, ..)| *known == type_id)
            .map(|(_, amount, _)| amount.0)
            .sum::<i64>()
    };
    house
        .lines(id)
        .iter()
        .map(|line| of(Some(line.type_id)))
        .chain([of(None)])
        .collect()
}

#[test]
fn what_is_given_back_is_taken_from_the_types_it_came_in_for() {
    let give_back = |house: &mut House, reservation: Option<ReservationId>, amount: i64| {
        let customer = house.maya;
        house.must(|db, settings| {
            billing::refund(
                db,
                settings,
                &Refund {
                    customer,
                    reservation,
                    amount: Money(amount),
                    method: Method::Cash,
                    reference: None,
                },
            )
        });
    };
    // More than was asked: it is of what was asked, to the cent, and goes back from there.
    let (mut house, id) = rented(&[10_000, 5_000]);
    issue(&mut house, id);
    let maya = house.maya;
    pay(&mut house, PayFor::Reservation(id, maya), 15_100).unwrap();
    assert_eq!(income(&house, id), [10_067, 5_033, 0]);
    give_back(&mut house, Some(id), 100);
    assert_eq!(income(&house, id), [10_000, 5_000, 0]);
    // One line is dropped: what goes back is of that line, though nobody says of which reservation.
    cost(&mut house, id, &[10_000, 2_000]);
    issue(&mut house, id);
    assert_eq!(
        income(&house, id),
        [10_000, 5_000, 0],
        "a credit is no payment"
    );
    give_back(&mut house, None, 3_000);
    assert_eq!(income(&house, id), [10_000, 2_000, 0]);
    // Cancelled: all of it goes back, in two parts.
    cancel(&mut house, id);
    give_back(&mut house, Some(id), 5_000);
    give_back(&mut house, Some(id), 7_000);
    assert_eq!(income(&house, id).iter().sum::<i64>(), 0);
    assert_eq!(income(&house, id)[2], 0);
    house.check();
}

#[test]
fn what_is_credited_on_an_invoice_is_taken_from_its_type_when_the_rest_is_paid() {
    let (mut house, id) = rented(&[10_000, 10_000]);
    issue(&mut house, id);
    let maya = house.maya;
    pay(&mut house, PayFor::Reservation(id, maya), 20_000).unwrap();
    cost(&mut house, id, &[25_000, 0]);
    issue(&mut house, id);
    pay(&mut house, PayFor::Reservation(id, maya), 5_000).unwrap();
    assert_eq!(income(&house, id), [25_000, 0, 0]);
    house.check();
}
