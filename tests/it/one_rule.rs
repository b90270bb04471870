//! One rule at every door: what stands against an act is the same question, whichever command, key
//! or list asks it. Facts are never refused; promises are, naming what settles it.

use crate::counter::Counter;
use crate::house::{House, asked, days, hour, hours};
use rentdesk::booking::{
    self, Change, CheckOut, Edit, Extension, Firmness, Recipient, Thing, Want,
};
use rentdesk::catalog::{Role, Tracking};
use rentdesk::customers;
use rentdesk::desk;
use rentdesk::kernel::{ItemId, ReservationId, Text, TypeId};

/// A type whose things need a day after each return, with one item that came back just now.
fn just_back() -> (House, TypeId, ItemId) {
    let mut house = House::new();
    let kind = house.kind("Camera", Tracking::Items, 24 * 60, Role::Primary);
    let item = house.item(kind);
    house.walk_in(&[Thing::Item(item)], hour(2));
    house.clock(hour(1));
    house.back(item);
    (house, kind, item)
}

#[test]
fn what_needs_its_turnaround_is_asked_about_at_every_door() {
    let (mut house, kind, item) = just_back();
    // Promises refuse it.
    let refused = house.no_room(hours(1, 5), &[Want::of(kind, 1)]);
    assert!(refused.contains("0 of 1 free"), "{refused}");
    // So does the hand-over, naming until when and what settles it.
    let sam = house.sam;
    let out = |aside: Vec<ItemId>| CheckOut {
        due: Some(hour(5)),
        aside,
        ..CheckOut::plain(Recipient::WalkIn(sam), vec![Thing::Item(item)])
    };
    let refused = house.refused(|db, settings| desk::hand_over(db, settings, &out(Vec::new())));
    assert!(
        refused.contains("not ready until Sat 22 Nov 11:42: its turnaround"),
        "{refused}"
    );
    assert!(refused.contains("--take-anyway"), "{refused}");
    // Whoever was told may take it.
    house.must(|db, settings| desk::hand_over(db, settings, &out(vec![item])));
    house.undo().unwrap();
    // The scan at the counter asks the same.
    let tag = house.known(item).tag.to_string();
    let mut counter = Counter::over(house.shop, house.folder);
    counter.keys("<f2>").keys("sam<ret>").scan(&tag);
    let screen = counter.screen_at(120, 30);
    assert!(screen.contains("not ready until"), "{screen}");
}

#[test]
fn counted_stock_needs_its_turnaround_too() {
    let mut house = House::new();
    let kind = house.kind("Cable", Tracking::Bulk, 24 * 60, Role::Primary);
    house.must(|db, _| rentdesk::inventory::add_bulk(db, kind, 5, None, None));
    house.walk_in(&[Thing::Bulk(kind, 4)], hour(2));
    house.clock(hour(1));
    let rental = booking::open_bulk_rentals(house.shop.read(), kind).unwrap()[0].id;
    house.must(|db, settings| desk::take_back(db, settings, &booking::CheckIn::plain(rental)));
    let sam = house.sam;
    let out = |count: i64| CheckOut {
        due: Some(hour(5)),
        ..CheckOut::plain(Recipient::WalkIn(sam), vec![Thing::Bulk(kind, count)])
    };
    let refused = house.refused(|db, settings| desk::hand_over(db, settings, &out(2)));
    assert!(refused.contains("not ready"), "{refused}");
    house.must(|db, settings| desk::hand_over(db, settings, &out(1)));
}

type Door = fn(&mut House, ReservationId) -> Result<(), String>;

/// Whoever is suspended gets nothing more, whatever door is tried; less is always given.
#[test]
fn a_suspended_customer_gets_no_more_at_any_door() {
    fn change(house: &mut House, id: ReservationId, change: &Change) -> Result<(), String> {
        house.try_to(|db, settings| desk::change(db, settings, id, change))
    }
    fn extended(house: &mut House, id: ReservationId, hours: i64) -> Result<(), String> {
        let extension = Extension {
            reservation: id,
            rentals: None,
            due: hour(hours),
            keep_short: true,
        };
        house.try_to(|db, settings| desk::extend(db, settings, &extension))
    }
    // Where it stands: a quote, a hold, confirmed, out. Whether the door is open to them.
    let doors: &[(&str, &str, Door, bool)] = &[
        ("extend", "out", |house, id| extended(house, id, 72), false),
        ("shorten", "out", |house, id| extended(house, id, 24), true),
        (
            "another end",
            "out",
            |house, id| {
                change(
                    house,
                    id,
                    &Change {
                        window: Some(days(0, 3)),
                        ..Change::default()
                    },
                )
            },
            false,
        ),
        (
            "confirm",
            "hold",
            |house, id| house.try_to(|db, settings| desk::confirm(db, settings, id, false)),
            false,
        ),
        (
            "confirm a quote",
            "quote",
            |house, id| house.try_to(|db, settings| desk::confirm(db, settings, id, false)),
            false,
        ),
        (
            "hold a quote",
            "quote",
            |house, id| house.try_to(|db, settings| desk::hold(db, settings, id, None, false)),
            false,
        ),
        (
            "hold for longer",
            "hold",
            |house, id| {
                house.try_to(|db, settings| desk::hold(db, settings, id, Some(hour(20)), false))
            },
            false,
        ),
        (
            "one more",
            "confirmed",
            |house, id| {
                let line = house.lines(id)[0].id;
                change(
                    house,
                    id,
                    &Change {
                        edits: vec![Edit::Quantity(line, 2)],
                        ..Change::default()
                    },
                )
            },
            false,
        ),
        (
            "longer",
            "confirmed",
            |house, id| {
                change(
                    house,
                    id,
                    &Change {
                        window: Some(days(1, 4)),
                        ..Change::default()
                    },
                )
            },
            false,
        ),
        (
            "shorter",
            "confirmed",
            |house, id| {
                change(
                    house,
                    id,
                    &Change {
                        window: Some(hours(24, 30)),
                        ..Change::default()
                    },
                )
            },
            true,
        ),
        (
            "a note",
            "confirmed",
            |house, id| {
                change(
                    house,
                    id,
                    &Change {
                        note: Some(Text::filled("called")),
                        ..Change::default()
                    },
                )
            },
            true,
        ),
        (
            "another reservation",
            "confirmed",
            |house, _| {
                let kind = rentdesk::kernel::TypeId(1);
                let new = asked(
                    Some(house.maya),
                    Firmness::Confirmed,
                    days(8, 9),
                    &[Want::of(kind, 1)],
                );
                house
                    .try_to(|db, settings| desk::reserve(db, settings, &new))
                    .map(drop)
            },
            false,
        ),
        (
            "cancelled, undone",
            "cancelled",
            |house, _| house.undo().map(drop),
            false,
        ),
        (
            "back",
            "out",
            |house, id| {
                let rental = booking::rentals_of(house.shop.read(), id).unwrap()[0].id;
                house
                    .try_to(|db, settings| {
                        desk::take_back(db, settings, &booking::CheckIn::plain(rental))
                    })
                    .map(drop)
            },
            true,
        ),
    ];
    for (what, stands, door, is_open) in doors {
        let mut house = House::new();
        let (kind, items) = house.items("Camera", 3);
        let want = [Want::of(kind, 1)];
        let id = match *stands {
            "quote" => house.reserve(Firmness::Quote, days(1, 2), &want),
            "hold" => house.reserve(Firmness::Hold(Some(hour(10))), days(1, 2), &want),
            "out" => {
                let id = house.confirmed(days(0, 2), &want);
                house.out(id, &[Thing::Item(items[0])]);
                id
            }
            _ => house.confirmed(days(1, 2), &want),
        };
        if *stands == "cancelled" {
            house.must(|db, settings| {
                desk::cancel(db, settings, id, booking::CancelReason::Customer, None)
            });
        }
        let maya = house.maya;
        house.must(|db, _| customers::suspend(db, maya, &Text::new("owes 300")));
        let answer = door(&mut house, id);
        assert_eq!(answer.is_ok(), *is_open, "{what}: {answer:?}");
        if let Err(why) = answer {
            assert!(why.contains("suspended"), "{what}: {why}");
        }
    }
}

/// What is out beyond the start of a block of its own is named, whichever of the two was there
/// first.
#[test]
fn what_stands_against_a_longer_stay_is_named() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 2);
    let reservation = house.walk_in(&[Thing::Item(items[0])], hour(24));
    let tag = house.known(items[0]).tag.to_string();
    let fair = Text::new("fair");
    house.must(|db, _| desk::set_aside(db, items[0], hour(48), Some(hour(96)), &fair));
    let longer = |keep_short: bool| Extension {
        reservation,
        rentals: None,
        due: hour(72),
        keep_short,
    };
    let refused = house.refused(|db, settings| desk::extend(db, settings, &longer(false)));
    assert!(
        refused.contains(&format!("{tag} is set aside from Sun 23 Nov 10:42: fair")),
        "{refused}"
    );
    assert!(refused.contains("--keep-short"), "{refused}");
    let change = Change {
        window: Some(hours(0, 72)),
        ..Change::default()
    };
    let refused = house.refused(|db, settings| desk::change(db, settings, reservation, &change));
    assert!(refused.contains("set aside from"), "{refused}");
    house.must(|db, settings| desk::extend(db, settings, &longer(true)));

    // The other way round: it is out until then, and is set aside from before that.
    let other = house.walk_in(&[Thing::Item(items[1])], hour(72));
    let _ = other;
    let kind = house.known(items[1]).type_id;
    let settings = house.shop.settings.clone();
    let (_, consequence) = house.must(|db, _| {
        desk::watched(db, &settings, &[kind], |db| {
            desk::set_aside(db, items[1], hour(48), None, &fair)
        })
    });
    let tag = house.known(items[1]).tag.to_string();
    assert_eq!(
        consequence.hurts,
        [format!(
            "{tag} is out to Sam Okoro, R-1002, until Mon 24 Nov 10:42"
        )]
    );
}

/// What is overdue and yet counted as free is named wherever somebody relies on it.
#[test]
fn an_overdue_item_that_is_counted_as_free_is_named() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    house.walk_in(&[Thing::Item(items[0])], hour(24));
    house.clock(hour(72));
    let words = "1 of 1 Camera is overdue since Sat 22 Nov 10:42 (Sam Okoro)";
    let ahead = ["--from", "2025-12-01 10:00", "--to", "2025-12-03 10:00"];
    let told = |house: &House, arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rentdesk"))
            .args(arguments)
            .env("RENTDESK_DB", house.path())
            .env("RENTDESK_NOW", "2025-11-24T09:42:00Z")
            .output()
            .unwrap();
        [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .concat()
    };
    let free = told(&house, &[&["free", "Camera"][..], &ahead].concat());
    assert!(free.contains(words), "{free}");
    let line = ["--customer", "C-0001", "--line", "Camera*1"];
    for firmness in ["--quote", "--hold", "--confirm"] {
        let said = told(
            &house,
            &[&["reserve"][..], &ahead, &line, &[firmness, "--dry-run"]].concat(),
        );
        assert!(said.contains(words), "{firmness}: {said}");
    }
    told(
        &house,
        &[&["reserve"][..], &ahead, &line, &["--hold"]].concat(),
    );
    for arguments in [
        vec!["confirm", "R-1002"],
        vec!["change", "R-1002", "--to", "2025-12-04 10:00"],
    ] {
        let said = told(&house, &arguments);
        assert!(said.contains(words), "{arguments:?}: {said}");
    }
    // With enough beside it nobody relies on it.
    house.item(kind);
    house.item(kind);
    let said = told(&house, &["change", "R-1002", "--to", "2025-12-05 10:00"]);
    assert!(!said.contains("overdue"), "{said}");
    let mut counter = Counter::over(house.shop, house.folder);
    counter.keys("camera 1 dec..3 dec<ret>");
    assert!(
        counter.verdict().contains("overdue since"),
        "{}",
        counter.verdict()
    );
}

/// A tag that is named twice is one, at every door that takes several.
#[test]
fn a_tag_named_twice_is_one() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 1);
    let tag = house.known(items[0]).tag.to_string();
    let lower = tag.to_lowercase();
    let said = |house: &House, arguments: &[&str]| crate::mended_promises::done(house, arguments);
    let out = said(
        &house,
        &["out", "--customer", "C-0002", "--due", "+2d", &tag, &lower],
    );
    assert!(out.contains("1 item"), "{out}");
    let extended = said(&house, &["extend", &tag, &tag, "--to", "+3d"]);
    assert!(extended.contains("1 item due"), "{extended}");
    let back = said(&house, &["in", &tag, &lower]);
    assert!(back.contains("1 item back"), "{back}");
}

/// What was shown of one customer is not done to another: settled in one window while another gives
/// the reservation to somebody else.
#[test]
fn money_is_moved_for_whom_it_was_shown() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 1);
    crate::quoting::rate(&mut house, kind, 10_000);
    let id = house.confirmed(days(1, 2), &[Want::of(kind, 1)]);
    let (maya, sam) = (house.maya, house.sam);
    let stood = desk::money_of(house.shop.read(), id).unwrap();
    let given = desk::Given {
        amount: rentdesk::kernel::Money(5_000),
        method: rentdesk::billing::Method::Cash,
        reference: None,
    };
    let mut settling = desk::Settling::of(id, maya, stood);
    settling.pays = Some(given.clone());
    let deposit = desk::MoneyAct::TakeDeposit {
        reservation: id,
        customer: maya,
        given,
    };
    let change = Change {
        customer: Some(sam),
        ..Change::default()
    };
    house.must(|db, settings| desk::change(db, settings, id, &change));
    let refused = house.refused(|db, settings| desk::settle(db, settings, &settling));
    assert!(refused.contains("stands otherwise"), "{refused}");
    let refused = house.refused(|db, settings| desk::act_on_money(db, settings, &deposit));
    assert!(refused.contains("stands otherwise"), "{refused}");
}
