//! Pieces of one line that are kept for different times: each is paid for until it is due.

use crate::counter::friday;
use crate::house::{House, days, hour};
use crate::quoting::{frozen, rate, stale, total};
use rentdesk::booking::{self, Bargain, Change, Extension, Thing, Want};
use rentdesk::catalog::{self, Role, Tracking};
use rentdesk::desk;
use rentdesk::kernel::{ItemId, Money, RentalId, ReservationId, Text};
use rentdesk::pricing::ByHand;

#[test]
fn one_of_two_kept_longer_is_paid_for_longer_and_the_other_is_not() {
    let mut house = House::new();
    let (kind, items) = house.items("Aputure 600d", 2);
    rate(&mut house, kind, 10_000);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 2)]);
    assert_eq!(total(&house, id), 40_000);
    house.out(id, &[Thing::Item(items[0]), Thing::Item(items[1])]);
    let agreed = frozen(&house, id);
    let rental = booking::rentals_of(house.shop.read(), id).unwrap()[0].id;
    let longer = |days: i64| Extension {
        reservation: id,
        rentals: Some(vec![rental]),
        due: hour(days * 24),
        keep_short: false,
    };
    house.must(|db, settings| desk::extend(db, settings, &longer(3)));
    assert_eq!(
        (total(&house, id), stale(&house, id)),
        (50_000, 0),
        "two days and three days"
    );
    let line = booking::lines(house.shop.read(), id).unwrap()[0]
        .price
        .clone()
        .unwrap();
    assert_eq!(
        (line.each, line.subtotal),
        (Money(10_000 * 2), Some(Money(50_000)))
    );
    // The rates of later do not reach what was agreed; the piece that moves again does.
    house.clock(hour(1));
    rate(&mut house, kind, 12_000);
    house.must(|db, settings| desk::extend(db, settings, &longer(5)));
    assert_eq!(
        total(&house, id),
        70_000,
        "the rental began under the old rate"
    );
    let found = booking::reservation(house.shop.read(), id).unwrap();
    let said = desk::agreed_price(
        house.shop.read(),
        &house.shop.settings,
        &found,
        house.shop.now(),
    )
    .unwrap()
    .unwrap();
    let why = desk::derivation(&said.quoted, house.shop.settings.currency).join("\n");
    assert!(
        why.contains("1 of 2 for another time:") && why.contains("200.00 + 500.00 = 700.00"),
        "{why}"
    );
    house.shop.drain_all().unwrap();
    let draft = rentdesk::billing::invoices_of(house.shop.read(), id).unwrap();
    assert_eq!(draft[0].total, Money(70_000), "the draft follows");
    house.undo().unwrap();
    assert_eq!(total(&house, id), 50_000);
    house.undo().unwrap();
    assert_eq!(frozen(&house, id), agreed);
    // Both of them: one line, one price again.
    house.must(|db, settings| {
        desk::extend(
            db,
            settings,
            &Extension {
                reservation: id,
                rentals: None,
                due: hour(72),
                keep_short: false,
            },
        )
    });
    assert_eq!(
        (
            total(&house, id),
            frozen(&house, id)
                .unwrap()
                .lines
                .values()
                .all(|line| line.apart.is_empty())
        ),
        (60_000, true)
    );
    house.check();
}

#[test]
fn the_finish_shows_what_it_comes_to_when_one_of_two_stays_longer() {
    let mut house = House::new();
    let (kind, items) = house.items("Aputure 600d", 2);
    rate(&mut house, kind, 10_000);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 2)]);
    let command = booking::CheckOut {
        due: Some(hour(96)),
        ..booking::CheckOut::plain(
            booking::Recipient::Reservation(id),
            vec![Thing::Item(items[0])],
        )
    };
    let quoted =
        booking::quote_hand_over(house.shop.read(), &house.shop.settings, &command, friday())
            .unwrap()
            .unwrap();
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    assert_eq!(
        (quoted.priced.total.0, total(&house, id)),
        (60_000, 60_000),
        "four days and two"
    );
    house.check();
}

#[test]
fn the_papers_of_pieces_kept_for_different_times_name_no_common_price_and_each_due() {
    use rentdesk::print::{self, text};
    let mut house = House::new();
    let (kind, items) = house.items("Aputure 600d", 2);
    rate(&mut house, kind, 10_000);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 2)]);
    house.out(id, &[Thing::Item(items[0]), Thing::Item(items[1])]);
    let rows = |house: &House| desk::contract_paper(house.shop.read(), id).unwrap().rows;
    house.shop.drain_all().unwrap();
    let plain = rows(&house);
    assert_eq!(
        (
            plain[0].each,
            plain[0].tags.iter().all(|tag| tag.due.is_none())
        ),
        (Some(Money(20_000)), true),
        "one due, one price of each"
    );
    let rental = booking::rentals_of(house.shop.read(), id).unwrap()[0].id;
    house.must(|db, settings| {
        desk::extend(
            db,
            settings,
            &Extension {
                reservation: id,
                rentals: Some(vec![rental]),
                due: hour(72),
                keep_short: false,
            },
        )
    });
    house.shop.drain_all().unwrap();
    let apart = rows(&house);
    assert_eq!((apart[0].each, apart[0].price), (None, Some(Money(50_000))));
    let end = booking::reservation(house.shop.read(), id).unwrap().end;
    let dues: Vec<_> = booking::rentals_of(house.shop.read(), id)
        .unwrap()
        .iter()
        .map(|rental| Some(rental.due_at).filter(|due| *due != end))
        .collect();
    assert_eq!(
        (
            apart[0].tags.iter().map(|tag| tag.due).collect::<Vec<_>>(),
            dues.iter().flatten().count()
        ),
        (dues, 1)
    );
    let paper = desk::contract_paper(house.shop.read(), id).unwrap();
    let contract = text(
        &print::contract(&house.shop.settings, &paper, friday(), "Ana"),
        100,
    );
    assert!(
        contract.contains("1 of 2 for another time:") && !contract.contains(":;"),
        "{contract}"
    );
    assert_eq!(contract.matches("due ").count(), 2, "{contract}");
}

/// Moves the due time of these pieces, or of all.
fn until(house: &mut House, id: ReservationId, of: &[RentalId], hours: i64) {
    let rentals = (!of.is_empty()).then(|| of.to_vec());
    house.must(|db, settings| {
        desk::extend(
            db,
            settings,
            &Extension {
                reservation: id,
                rentals: rentals.clone(),
                due: hour(hours),
                keep_short: false,
            },
        )
    });
}

/// A reservation of these, all of it handed over, and its rentals.
fn handed(house: &mut House, want: Want, items: &[ItemId]) -> (ReservationId, Vec<RentalId>) {
    let id = house.confirmed(days(0, 1), &[want]);
    house.out(
        id,
        &items
            .iter()
            .map(|item| Thing::Item(*item))
            .collect::<Vec<_>>(),
    );
    (
        id,
        booking::rentals_of(house.shop.read(), id)
            .unwrap()
            .into_iter()
            .map(|rental| rental.id)
            .collect(),
    )
}

#[test]
fn what_it_costs_is_told_by_the_due_times_however_they_came_about() {
    let mut house = House::new();
    let (kind, items) = house.items("Light", 2);
    rate(&mut house, kind, 9_000);
    let (id, rentals) = handed(&mut house, Want::of(kind, 2), &items);
    assert_eq!(total(&house, id), 18_000);
    // The first for six days, the second for three: by extending one, by shortening one, by both at
    // once and back.
    let ways: [&[(&[usize], i64)]; 3] = [
        &[(&[1], 72), (&[0], 144)],
        &[(&[], 144), (&[1], 72)],
        &[(&[], 72), (&[], 240), (&[1], 72), (&[0], 144)],
    ];
    for way in ways {
        until(&mut house, id, &[], 24);
        for (of, hours) in way {
            let of: Vec<RentalId> = of.iter().map(|place| rentals[*place]).collect();
            until(&mut house, id, &of, *hours);
        }
        assert_eq!(total(&house, id), 9_000 * 9, "{way:?}");
    }
    house.check();
}

#[test]
fn of_two_kits_the_one_that_is_kept_longer_costs_more() {
    let mut house = House::new();
    let (light, lights) = house.items("Light", 2);
    let (cable, cables) = house.items("Cable reel", 4);
    let kit = house.kind("Light kit", Tracking::Items, 0, Role::Primary);
    house.must(|db, _| catalog::set_components(db, kit, &[(light, 1), (cable, 2)]));
    rate(&mut house, kit, 10_000);
    let items: Vec<ItemId> = lights.iter().chain(&cables).copied().collect();
    let (id, rentals) = handed(&mut house, Want::of(kit, 2), &items);
    assert_eq!(total(&house, id), 20_000);
    until(&mut house, id, &[rentals[0], rentals[2]], 72);
    assert_eq!(total(&house, id), 40_000, "one for a day, one for three");
    until(&mut house, id, &[rentals[3]], 72);
    assert_eq!(total(&house, id), 40_000, "the second reel of the same kit");
    until(&mut house, id, &[rentals[4]], 72);
    assert_eq!(total(&house, id), 60_000, "a reel of the other kit");
    house.check();
}

#[test]
fn a_price_by_hand_is_of_every_piece() {
    let mut house = House::new();
    let (kind, items) = house.items("Light", 3);
    rate(&mut house, kind, 4_500);
    let (id, rentals) = handed(&mut house, Want::of(kind, 3), &items);
    until(&mut house, id, &rentals[..1], 72);
    assert_eq!(total(&house, id), 4_500 * 5);
    let said = |price: Option<i64>| {
        let price = price.map(|price| ByHand {
            value: Money(price),
            reason: Text::new("old friend"),
        });
        Change {
            bargain: Bargain {
                lines: [(1, price)].into(),
                ..Bargain::default()
            },
            ..Change::default()
        }
    };
    house.must(|db, settings| desk::change(db, settings, id, &said(Some(1_000))));
    assert_eq!(total(&house, id), 3_000);
    house.must(|db, settings| desk::reprice(db, settings, id));
    assert_eq!(total(&house, id), 3_000, "what was said by hand stays");
    house.must(|db, settings| desk::change(db, settings, id, &said(None)));
    assert_eq!(total(&house, id), 4_500 * 5, "by the rates again");
    house.check();
}

#[test]
fn another_customer_prices_nothing_that_was_agreed_without_a_price() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 1);
    let id = house.confirmed(days(1, 3), &[Want::of(kind, 1)]);
    rate(&mut house, kind, 9_000);
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
    assert_eq!(
        booking::reservation(house.shop.read(), id).unwrap().total,
        None
    );
}
