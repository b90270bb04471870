//! What was found in bookings that were looked at a second time, each as a clerk would meet it.

use crate::house::{House, days, hour, hours};
use rentdesk::booking::{
    self, Change, CheckOut, Edit, Extension, Firmness, NewReservation, Recipient, ReservationState,
    Thing, Want,
};
use rentdesk::catalog::{self, Role, Tracking};
use rentdesk::desk::{self, Judgement};
use rentdesk::history::{self, Filter};
use rentdesk::inventory::{self, Condition};
use rentdesk::kernel::{Failure, ItemId, Moment, Period, ReservationId, Text};

fn edits(edits: Vec<Edit>) -> Change {
    Change {
        edits,
        ..Change::default()
    }
}

/// Whether the line that names the item has it: nobody else can have it then.
fn is_kept(house: &House, item: ItemId) -> bool {
    !inventory::pins_in(house.shop.read(), item, Period::ALL)
        .unwrap()
        .is_empty()
}

/// A reservation that names the item although something is in the way.
fn named(house: &mut House, window: Period, want: Want) -> ReservationId {
    let new = NewReservation {
        customer: Some(house.maya),
        window,
        wants: vec![want],
        firmness: Firmness::Confirmed,
        note: None,
        keep_short: true,
        reference: None,
        bargain: rentdesk::booking::Bargain::default(),
    };
    house.must(|db, settings| desk::reserve(db, settings, &new))
}

// A named item that is free again is kept again -------------------------------------------------

#[test]
fn a_named_item_is_kept_again_once_it_is_no_longer_set_aside() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let block = house.must(|db, _| {
        desk::set_aside(db, cameras[0], hour(20), Some(hour(40)), &Text::new("fair"))
    });
    named(&mut house, hours(24, 30), Want::item(camera, cameras[0]));
    assert!(!is_kept(&house, cameras[0]));
    house.must(|db, _| desk::end_set_aside(db, block));
    assert!(is_kept(&house, cameras[0]));
    house.check();
}

#[test]
fn a_named_item_is_kept_again_once_setting_aside_is_undone() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let id = house.reserve(
        Firmness::Quote,
        hours(24, 30),
        &[Want::item(camera, cameras[0])],
    );
    house.must(|db, settings| booking::hold(db, settings, id, Some(hour(20)), false));
    let other = house.must(|db, _| {
        inventory::block_item(db, cameras[0], hour(24), Some(hour(26)), &Text::new("fair"))
    });
    house.must(|db, settings| {
        booking::change(
            db,
            settings,
            id,
            &Change {
                note: Some(Text::filled("later")),
                ..Change::default()
            },
        )
    });
    assert!(!is_kept(&house, cameras[0]), "set aside meanwhile");
    house.must(|db, _| desk::end_set_aside(db, other));
    assert!(is_kept(&house, cameras[0]));
    house.undo().unwrap();
    house.must(|db, settings| {
        booking::change(
            db,
            settings,
            id,
            &Change {
                note: Some(Text::filled("again")),
                ..Change::default()
            },
        )
    });
    assert!(!is_kept(&house, cameras[0]), "set aside again");
    house.check();
}

#[test]
fn a_named_item_is_kept_again_once_it_is_back_found_or_good() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    house.walk_in(&[Thing::Item(cameras[0])], hour(40));
    let id = named(&mut house, hours(24, 30), Want::item(camera, cameras[0]));
    assert!(!is_kept(&house, cameras[0]));
    house.clock(hour(2));
    house.back(cameras[0]);
    assert!(is_kept(&house, cameras[0]), "back early");
    house.must(|db, settings| desk::cancel(db, settings, id, booking::CancelReason::Other, None));
    // On the bench beyond its start, and good again.
    house.report(cameras[0], Condition::UnderMaintenance, Some(hour(26)));
    named(&mut house, hours(24, 30), Want::item(camera, cameras[0]));
    assert!(!is_kept(&house, cameras[0]));
    house.must(|db, _| desk::bench_done(db, cameras[0], None, None));
    assert!(is_kept(&house, cameras[0]), "good again");
    house.check();
}

#[test]
fn a_named_item_that_one_gives_up_is_kept_for_the_next_who_named_it() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 2);
    let first = house.confirmed(hours(24, 30), &[Want::item(camera, cameras[0])]);
    let second = named(&mut house, hours(24, 30), Want::item(camera, cameras[0]));
    house.must(|db, settings| {
        desk::cancel(db, settings, first, booking::CancelReason::Customer, None)
    });
    let line = house.lines(second)[0].id;
    assert!(
        inventory::pinned_among(house.shop.read(), &[line])
            .unwrap()
            .contains(&line)
    );
    house.check();
}

// The check finds what has come apart -----------------------------------------------------------

#[test]
fn a_file_in_which_rentals_and_claims_came_apart_is_told_of() {
    let breaks = [
        (
            "UPDATE claim SET live = 0 WHERE kind = 'out'",
            "is out without its claim",
        ),
        (
            "UPDATE claim SET source = 999 WHERE kind = 'out'",
            "stands for no rental",
        ),
        (
            "UPDATE claim SET end_at = end_at - 3600 WHERE kind = 'out'",
            "is claimed for another time",
        ),
        (
            "UPDATE bulk_claim SET live = 0 WHERE kind = 'out'",
            "is out without its count",
        ),
        (
            "UPDATE bulk_claim SET source = 999 WHERE kind = 'out'",
            "stands for no rental",
        ),
        (
            "UPDATE bulk_claim SET end_at = end_at - 3600 WHERE kind = 'out'",
            "is counted for another time",
        ),
        (
            "UPDATE claim SET live = 0 WHERE kind = 'pin'",
            "which is free then and not kept for it",
        ),
        (
            "UPDATE claim SET source = 999 WHERE kind = 'pin'",
            "which does not ask for it",
        ),
        (
            "UPDATE bulk_claim SET source = 999 WHERE kind = 'line'",
            "more than it claims",
        ),
    ];
    for (sql, told) in breaks {
        let mut house = House::new();
        let (camera, cameras) = house.items("Camera", 2);
        let cable = house.counted("Cable", 9);
        house.walk_in(&[Thing::Item(cameras[0]), Thing::Bulk(cable, 3)], hour(10));
        house.confirmed(
            days(2, 3),
            &[Want::item(camera, cameras[1]), Want::of(cable, 4)],
        );
        house.check();
        rusqlite::Connection::open(house.path())
            .unwrap()
            .execute(sql, [])
            .unwrap();
        let problems: Vec<String> = house
            .shop
            .check()
            .unwrap()
            .into_iter()
            .map(|problem| problem.message)
            .collect();
        assert!(
            problems.iter().any(|problem| problem.contains(told)),
            "{sql}: {problems:?}"
        );
    }
}

// What lies in a case, or is set aside, does not leave alone unasked ------------------------------

#[test]
fn what_lies_in_a_case_is_asked_about_before_it_leaves_alone() {
    let mut house = House::new();
    let (_, cases) = house.items("Case", 1);
    let (_, lenses) = house.items("Lens", 1);
    house.must(|db, _| inventory::set_case(db, cases[0], &lenses));
    let command = CheckOut {
        due: Some(hour(10)),
        ..CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(lenses[0])])
    };
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &command));
    assert!(
        said.contains("LIG-0002 Lens lies in case LIG-0001") && said.contains("--take-anyway"),
        "{said}"
    );
    house.must(|db, settings| {
        desk::hand_over(
            db,
            settings,
            &CheckOut {
                aside: vec![lenses[0]],
                ..command
            },
        )
    });
    assert!(house.open(lenses[0]).is_some());
    house.check();
}

#[test]
fn what_is_set_aside_is_asked_about_before_it_leaves() {
    let mut house = House::new();
    let (_, cameras) = house.items("Camera", 2);
    house
        .must(|db, _| desk::set_aside(db, cameras[0], hour(5), Some(hour(40)), &Text::new("fair")));
    let until = |due: i64, aside: Vec<ItemId>, house: &House| CheckOut {
        due: Some(hour(due)),
        aside,
        take_anyway: true,
        ..CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(cameras[0])])
    };
    let command = until(10, vec![], &house);
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &command));
    assert!(said.contains("LIG-0001 Camera is set aside from Fri 21 Nov 15:42 until Sun 23 Nov 02:42: fair / LIG-0002 is free"), "{said}");
    let command = until(4, vec![], &house);
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    house.back(cameras[0]);
    let command = until(10, vec![cameras[0]], &house);
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    house.check();
}

#[test]
fn a_count_that_is_set_aside_is_asked_about_before_it_leaves() {
    let mut house = House::new();
    let cable = house.counted("Cable", 9);
    house.must(|db, _| {
        desk::set_count_aside(db, cable, 5, hour(2), Some(hour(40)), &Text::new("fair"))
    });
    let ask = |house: &House, count, due, aside_counts| CheckOut {
        due: Some(hour(due)),
        aside_counts,
        take_anyway: true,
        ..CheckOut::plain(
            Recipient::WalkIn(house.sam),
            vec![Thing::Bulk(cable, count)],
        )
    };
    let command = ask(&house, 5, 10, vec![]);
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &command));
    assert!(said.contains("4 of LIG-0001 Cable may leave, 5 wanted: 5 are set aside from Fri 21 Nov 12:42 until Sun 23 Nov 02:42: fair / take 4"), "{said}");
    for command in [
        ask(&house, 5, 1, vec![]),
        ask(&house, 4, 10, vec![]),
        ask(&house, 5, 10, vec![cable]),
    ] {
        house.must(|db, settings| desk::hand_over(db, settings, &command));
        house.undo().unwrap();
    }
    house.check();
    let House { shop, folder, .. } = house;
    let mut counter = crate::counter::Counter::over(shop, folder);
    counter.keys("<f2>").scan("LIG-0001").keys("6<ret>");
    assert!(
        counter
            .verdict()
            .contains("4 of LIG-0001 Cable may leave, 6 wanted")
            && counter.verdict().contains("not added"),
        "{}",
        counter.verdict()
    );
    counter.keys("t");
    assert!(
        counter.verdict().contains("IN HAND   6 x LIG-0001"),
        "{}",
        counter.verdict()
    );
    counter.keys("sam<ret><ret><ret>");
    assert!(
        counter.verdict().contains("OUT 6 items to Sam Okoro"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn what_leaves_without_its_case_lies_there_no_longer_until_that_is_undone() {
    let mut house = House::new();
    let (_, cases) = house.items("Case", 1);
    let (lens, lenses) = house.items("Lens", 2);
    house.must(|db, _| inventory::set_case(db, cases[0], &lenses[..1]));
    let lies = |house: &House| inventory::case_of(house.shop.read(), lenses[0]).unwrap();
    let command = CheckOut {
        due: Some(hour(10)),
        aside: vec![lenses[0]],
        ..CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(lenses[0])])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    assert_eq!(
        (lies(&house), house.free(lens, hours(1, 2))),
        (Some((cases[0], false)), 1)
    );
    house.check();
    house.undo().unwrap();
    assert_eq!(
        (lies(&house), house.open(lenses[0])),
        (Some((cases[0], true)), None)
    );
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    house.back(lenses[0]);
    assert_eq!(
        (lies(&house), house.free(lens, hours(1, 2))),
        (Some((cases[0], false)), 2),
        "back on the shelf, it can be had by itself until somebody packs it"
    );
    // With its case it stays in it.
    house.must(|db, _| inventory::pack(db, lenses[0]));
    let both = CheckOut {
        things: vec![Thing::Item(cases[0]), Thing::Item(lenses[0])],
        ..command
    };
    house.must(|db, settings| desk::hand_over(db, settings, &both));
    assert_eq!(lies(&house), Some((cases[0], true)));
    house.check();
}

#[test]
fn what_is_named_as_free_is_neither_packed_nor_set_aside() {
    let mut house = House::new();
    let (_, cases) = house.items("Case", 1);
    let (_, lenses) = house.items("Lens", 4);
    house.must(|db, _| inventory::set_case(db, cases[0], &lenses[1..2]));
    house.must(|db, _| desk::set_aside(db, lenses[2], hour(0), None, &Text::new("for Ines")));
    house.report(lenses[0], Condition::Unusable, None);
    let command = CheckOut {
        due: Some(hour(10)),
        ..CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(lenses[0])])
    };
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &command));
    assert!(said.contains("LIG-0005 is free"), "{said}");
    house.walk_in(&[Thing::Item(lenses[3])], hour(10));
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &command));
    assert!(!said.contains("is free"), "{said}");
}

#[test]
fn a_derived_table_that_only_lags_is_not_called_wrong() {
    let mut house = House::new();
    let (dvd, _) = house.items("Alien, DVD", 1);
    house.confirmed(days(1, 2), &[Want::of(dvd, 1)]);
    house.must(|db, _| rentdesk::catalog::withdraw_type(db, dvd, &Text::new("the rights ended")));
    assert_eq!(house.short().len(), 1);
    // As a window that was killed between its command and what follows from it.
    house
        .shop
        .store
        .project(house.shop.now(), |db| {
            db.execute("DELETE FROM shortage", [])?;
            db.execute(
                "UPDATE consumer_cursor SET last_seq = last_seq - 1 WHERE consumer = 'shortages'",
                [],
            )
        })
        .unwrap();
    house.check();
    assert_eq!(house.short().len(), 1);
    let file = rusqlite::Connection::open(house.path()).unwrap();
    file.execute_batch("DELETE FROM shortage").unwrap();
    assert!(
        house.shop.check().unwrap()[0]
            .message
            .contains("rentdesk rebuild shortages mends it"),
        "what is wrong is still found"
    );
}

#[test]
fn a_scan_of_what_lies_in_a_case_asks_and_each_thing_is_asked_about_by_itself() {
    let mut house = House::new();
    let (_, cases) = house.items("Case", 1);
    let (_, lenses) = house.items("Lens", 2);
    house.must(|db, _| inventory::set_case(db, cases[0], &lenses[..1]));
    house.must(|db, _| desk::set_aside(db, lenses[1], hour(0), None, &Text::new("for Ines")));
    let House { shop, folder, .. } = house;
    let mut counter = crate::counter::Counter::over(shop, folder);
    counter.keys("<f2>").scan("LIG-0002");
    assert!(
        counter
            .verdict()
            .contains("LIG-0002 Lens lies in case LIG-0001 · not added"),
        "{}",
        counter.verdict()
    );
    counter.keys("t");
    assert!(
        counter.verdict().contains("IN HAND   LIG-0002"),
        "{}",
        counter.verdict()
    );
    counter.scan("LIG-0003");
    assert!(
        counter
            .verdict()
            .contains("LIG-0003 Lens is set aside until somebody ends it: for Ines · not added"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>");
    counter.keys("sam<ret><ret><ret>");
    assert_eq!(
        (
            crate::counter::holder(&counter, "LIG-0002").as_deref(),
            crate::counter::holder(&counter, "LIG-0003")
        ),
        (Some("Sam Okoro"), None)
    );
}

#[test]
fn the_command_line_leaves_what_lies_in_a_case_unless_it_is_told_to_take_it() {
    let mut house = House::new();
    let (_, cases) = house.items("Case", 1);
    let (_, lenses) = house.items("Lens", 2);
    house.must(|db, _| inventory::set_case(db, cases[0], &lenses[..1]));
    let rentdesk = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rentdesk"))
            .args(arguments)
            .env("RENTDESK_DB", house.path())
            .env("RENTDESK_NOW", "2025-11-21T09:42:00Z")
            .output()
            .unwrap();
        let told = [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .concat();
        (output.status.code(), told)
    };
    let (code, told) = rentdesk(&["out", "--customer", "Sam Okoro", "LIG-0002", "LIG-0003"]);
    assert_eq!(code, Some(1));
    assert!(told.contains("1 item out") && told.contains("Not out:\n  LIG-0002 Lens lies in case LIG-0001; LIG-0003 is free, or take it anyway (--take-anyway)"), "{told}");
    let (code, told) = rentdesk(&[
        "out",
        "--customer",
        "Sam Okoro",
        "LIG-0002",
        "--take-anyway",
    ]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn an_undo_that_finds_a_hold_lapsed_just_now_says_so_first() {
    let mut house = House::new();
    let (camera, _) = house.items("Camera", 1);
    house.reserve(
        Firmness::Hold(Some(hour(2))),
        days(3, 4),
        &[Want::of(camera, 1)],
    );
    let undo = || {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rentdesk"))
            .arg("undo")
            .env("RENTDESK_DB", house.path())
            .env("RENTDESK_NOW", "2025-11-21T14:00:00Z")
            .output()
            .unwrap();
        [output.stdout, output.stderr]
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .concat()
    };
    let told = undo();
    assert!(
        told.contains("R-1001 lapsed just now; nothing was undone"),
        "{told}"
    );
    let told = undo();
    assert!(told.contains("Undone: R-1001 lapsed"), "{told}");
}

// Lines that are dropped ------------------------------------------------------------------------

#[test]
fn accessories_do_not_stay_without_what_they_go_along_with() {
    let mut house = House::new();
    let (body, bodies) = house.items("Body", 2);
    let (lamp, lamps) = house.items("Lamp", 1);
    let charger = house.kind("Charger", Tracking::Items, 0, Role::Accessory);
    let chargers = [house.item(charger), house.item(charger)];
    house.must(|db, _| catalog::set_accessory(db, body, charger, 1, 1, true));
    let id = house.confirmed(
        hours(0, 10),
        &[Want::of(body, 1), Want::of(lamp, 1), Want::of(charger, 1)],
    );
    let line = |house: &House, kind, of_main: bool| {
        house
            .lines(id)
            .into_iter()
            .find(|line| line.type_id == kind && line.parent.is_some() == of_main)
            .map(|line| line.id)
            .unwrap()
    };
    let (bodies_line, lamps_line) = (line(&house, body, false), line(&house, lamp, false));
    house
        .must(|db, settings| desk::change(db, settings, id, &edits(vec![Edit::Drop(bodies_line)])));
    let open: Vec<_> = house
        .lines(id)
        .into_iter()
        .filter(|line| line.is_open())
        .map(|line| (line.type_id, line.parent))
        .collect();
    assert_eq!(
        open,
        [(lamp, None), (charger, None)],
        "its own charger went with it"
    );
    let said = house.refused(|db, settings| {
        desk::change(db, settings, id, &edits(vec![Edit::Drop(lamps_line)]))
    });
    assert!(
        said.ends_with(
            "would be left with accessories only / drop what goes along too, or cancel it instead"
        ),
        "{said}"
    );
    let own = line(&house, charger, false);
    let said = house.refused(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &edits(vec![Edit::Drop(lamps_line), Edit::Drop(own)]),
        )
    });
    assert!(said.ends_with("cancel it instead"), "{said}");
    let _ = (bodies, lamps, chargers);
    house.check();
}

#[test]
fn a_kit_of_which_every_part_is_dropped_is_dropped_too() {
    let mut house = House::new();
    let (lamp, _) = house.items("Lamp", 1);
    let kit = house.kind("Kit", Tracking::Items, 0, Role::Primary);
    house.must(|db, _| catalog::set_components(db, kit, &[(lamp, 1)]));
    let id = house.confirmed(hours(0, 10), &[Want::of(kit, 1)]);
    let part = house.lines(id)[1].id;
    let said = house
        .refused(|db, settings| desk::change(db, settings, id, &edits(vec![Edit::Drop(part)])));
    assert!(
        said.ends_with("would have no line left / cancel it instead"),
        "{said}"
    );
}

// What is over, ends ----------------------------------------------------------------------------

#[test]
fn a_reservation_ends_when_nothing_is_out_and_nothing_is_left_to_pick_up() {
    let begun = |lost: bool| {
        let mut house = House::new();
        let (camera, cameras) = house.items("Camera", 1);
        let (lamp, _) = house.items("Lamp", 1);
        let kit = house.kind("Kit", Tracking::Items, 0, Role::Primary);
        house.must(|db, _| catalog::set_components(db, kit, &[(lamp, 1)]));
        let id = house.confirmed(hours(0, 10), &[Want::of(camera, 1), Want::of(kit, 1)]);
        house.out(id, &[Thing::Item(cameras[0])]);
        if lost {
            house.must(|db, _| {
                desk::judge(
                    db,
                    cameras[0],
                    Some(house_rental(db, cameras[0])),
                    &Judgement::Lost(Text::new("stolen")),
                )
            });
        } else {
            house.back(cameras[0]);
        }
        assert_eq!(
            house.state(id),
            ReservationState::Active,
            "the kit is left to pick up"
        );
        (house, id)
    };
    for lost in [false, true] {
        for drop_part in [false, true] {
            let (mut house, id) = begun(lost);
            let line = house
                .lines(id)
                .into_iter()
                .find(|line| {
                    if drop_part {
                        line.parent.is_some()
                    } else {
                        line.is_kit
                    }
                })
                .unwrap()
                .id;
            house.must(|db, settings| {
                desk::change(db, settings, id, &edits(vec![Edit::Drop(line)]))
            });
            assert_eq!(house.state(id), ReservationState::Completed);
            house.undo().unwrap();
            assert_eq!(
                house.state(id),
                ReservationState::Active,
                "the drop is undone"
            );
            house.check();
        }
    }
}

fn house_rental(db: &rentdesk::store::Write<'_>, item: ItemId) -> rentdesk::kernel::RentalId {
    booking::open_rental(db.read(), item).unwrap().unwrap().id
}

// How long a stay may last ----------------------------------------------------------------------

#[test]
fn a_stay_that_was_extended_beyond_400_days_can_still_be_changed() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let (lamp, _) = house.items("Lamp", 1);
    let id = house.confirmed(days(0, 300), &[Want::of(camera, 1)]);
    house.out(id, &[Thing::Item(cameras[0])]);
    house.clock(hour(200 * 24));
    let extension = Extension {
        reservation: id,
        rentals: None,
        due: hour(500 * 24),
        keep_short: false,
    };
    house.must(|db, settings| desk::extend(db, settings, &extension));
    let window = |day: i64| {
        Some(Period {
            start: hour(0),
            end: hour(day * 24),
        })
    };
    let longer = Change {
        window: window(510),
        edits: vec![Edit::Add(Want::of(lamp, 1))],
        ..Change::default()
    };
    house.must(|db, settings| desk::change(db, settings, id, &longer));
    let said = house.refused(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &Change {
                window: window(601),
                ..Change::default()
            },
        )
    });
    assert!(said.contains("longer than 400 days"), "{said}");
    house.check();
}

// The next window keeps the times on the wall ---------------------------------------------------

#[test]
fn the_next_window_keeps_the_times_on_the_wall_over_a_clock_change() {
    for (now, wish, out_until, next) in [
        (
            "2026-10-20 10:00",
            ("2026-10-21 09:00", "2026-10-23 09:00"),
            "2026-10-24 09:00",
            ("2026-10-24 09:00", "2026-10-26 09:00"),
        ),
        (
            "2027-03-22 10:00",
            ("2027-03-23 09:00", "2027-03-25 09:00"),
            "2027-03-27 09:00",
            ("2027-03-27 09:00", "2027-03-29 09:00"),
        ),
        (
            "2026-10-20 10:00",
            ("2026-10-24 09:00", "2026-10-26 09:00"),
            "2026-10-27 09:00",
            ("2026-10-27 09:00", "2026-10-29 09:00"),
        ),
    ] {
        let zone = rentdesk::kernel::ShopZone::parse("Europe/Berlin").unwrap();
        let at = |wall: &str| {
            zone.moment(chrono::NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").unwrap())
                .unwrap()
        };
        let mut house = House::at(at(now));
        let (camera, cameras) = house.items("Camera", 1);
        house.walk_in(&[Thing::Item(cameras[0])], at(out_until));
        let odd = Period {
            start: Moment(at(wish.0).0 + 7),
            end: Moment(at(wish.1).0),
        };
        let found = house.asked(camera, 1, odd).next_window.unwrap();
        assert_eq!(
            (zone.wall(found.start), zone.wall(found.end)),
            (format!("{}:00", next.0), format!("{}:00", next.1)),
            "{now}"
        );
        house.confirmed(found, &[Want::of(camera, 1)]);
    }
}

#[test]
fn a_window_that_a_clock_change_makes_longer_must_fit_as_it_is() {
    let zone = rentdesk::kernel::ShopZone::parse("Europe/Berlin").unwrap();
    let at = |wall: &str| {
        zone.moment(chrono::NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").unwrap())
            .unwrap()
    };
    let mut house = House::at(at("2026-10-20 10:00"));
    let (camera, cameras) = house.items("Camera", 1);
    house.walk_in(&[Thing::Item(cameras[0])], at("2026-10-24 09:00"));
    // 48 hours from Saturday 9:00 end on Monday 8:00; to Monday 9:00 it is an hour more, which
    // somebody has.
    house.confirmed(
        Period {
            start: at("2026-10-26 08:00"),
            end: at("2026-10-26 18:00"),
        },
        &[Want::of(camera, 1)],
    );
    let found = house
        .asked(
            camera,
            1,
            Period {
                start: at("2026-10-21 09:00"),
                end: at("2026-10-23 09:00"),
            },
        )
        .next_window
        .unwrap();
    assert_eq!(
        (
            zone.wall(found.start).as_str(),
            zone.wall(found.end).as_str()
        ),
        ("2026-10-26 18:00:00", "2026-10-28 18:00:00")
    );
    house.confirmed(found, &[Want::of(camera, 1)]);
}

// One number for a line -------------------------------------------------------------------------

#[test]
fn a_line_keeps_its_number_whatever_becomes_of_the_others() {
    let mut house = House::new();
    let (lamp, _) = house.items("Lamp", 1);
    let (camera, _) = house.items("Camera", 1);
    let kit = house.kind("Kit", Tracking::Items, 0, Role::Primary);
    house.must(|db, _| catalog::set_components(db, kit, &[(lamp, 1)]));
    let id = house.confirmed(hours(1, 10), &[Want::of(kit, 1), Want::of(camera, 1)]);
    let (first, last) = (house.lines(id)[0].id, house.lines(id)[2].id);
    house.must(|db, settings| desk::change(db, settings, id, &edits(vec![Edit::Drop(first)])));
    assert_eq!(booking::line_number(&house.lines(id), last), Some(3));
    let number = booking::reservation(house.shop.read(), id).unwrap().number;
    let House { shop, folder, .. } = house;
    let mut counter = crate::counter::Counter::over(shop, folder);
    counter.keys(&format!("{number}<ret>"));
    assert!(
        counter.screen().contains("ok  3  Camera"),
        "{}",
        counter.screen()
    );
    let draft = desk::draft_of(counter.app.shop.read(), id).unwrap();
    let weighed = desk::weigh(
        counter.app.shop.read(),
        &counter.app.shop.settings,
        &draft,
        counter.app.shop.now(),
    )
    .unwrap();
    assert_eq!(draft.number_of(0, &weighed), 3);
}

// A look ahead that fails says so ---------------------------------------------------------------

#[test]
fn a_look_ahead_that_breaks_down_is_no_look_that_found_nothing() {
    let house = House::new();
    let refused: Option<()> = house
        .shop
        .foresee(|_| Err(Failure::Refused(booking::BookingRefusal::NoLines)))
        .unwrap();
    assert_eq!(refused, None);
    let broken = house.shop.foresee::<(), booking::BookingRefusal>(|_| {
        Err(Failure::Fault(anyhow::anyhow!("the disk is gone")))
    });
    assert_eq!(broken.unwrap_err().to_string(), "the disk is gone");
}

// What an undo of a hand-over puts back ---------------------------------------------------------

#[test]
fn the_undo_of_a_hand_over_leaves_an_end_that_was_agreed_since() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let (lamp, lamps) = house.items("Lamp", 1);
    let id = house.confirmed(hours(0, 10), &[Want::of(camera, 1), Want::of(lamp, 1)]);
    house.out(id, &[Thing::Item(cameras[0])]);
    let command = CheckOut {
        due: Some(hour(30)),
        ..CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(lamps[0])])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    let end = |house: &House| booking::reservation(house.shop.read(), id).unwrap().end;
    assert_eq!(end(&house), hour(30));
    house.undo().unwrap();
    assert_eq!(end(&house), hour(10), "as it was before");
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    // Another window agrees on another end, past what is a step here.
    let window = Some(Period {
        start: hour(0),
        end: hour(50),
    });
    house.must(|db, settings| {
        booking::change(
            db,
            settings,
            id,
            &Change {
                window,
                ..Change::default()
            },
        )
    });
    house.undo().unwrap();
    assert_eq!(end(&house), hour(50), "agreed since");
    house.check();
}

// What lapsed -----------------------------------------------------------------------------------

#[test]
fn a_hold_that_lapsed_is_brought_back_by_undo_if_it_still_fits() {
    let mut house = House::new();
    let (camera, _) = house.items("Camera", 1);
    let (lamp, _) = house.items("Lamp", 1);
    let held = house.reserve(
        Firmness::Hold(Some(hour(2))),
        days(3, 4),
        &[Want::of(camera, 1)],
    );
    let other = house.confirmed(days(3, 4), &[Want::of(lamp, 1)]);
    house.clock(hour(3));
    house.shop.lapse().unwrap();
    assert_eq!(house.state(held), ReservationState::Expired);
    let seq = house.seq();
    house.undo().unwrap();
    assert_eq!(
        (house.state(held), house.state(other)),
        (ReservationState::Hold, ReservationState::Confirmed),
        "not the older step"
    );
    assert_eq!(house.kinds_since(seq), ["ReservationChanged"]);
    assert!(
        booking::reservation(house.shop.read(), held)
            .unwrap()
            .hold_lapses_at
            .unwrap()
            > hour(3)
    );
    house.check();
}

#[test]
fn a_lapse_is_not_undone_once_somebody_else_has_the_gear() {
    let mut house = House::new();
    let (camera, _) = house.items("Camera", 1);
    let held = house.reserve(
        Firmness::Hold(Some(hour(2))),
        days(3, 4),
        &[Want::of(camera, 1)],
    );
    house.clock(hour(3));
    house.shop.lapse().unwrap();
    let new = crate::house::asked(
        Some(house.sam),
        Firmness::Confirmed,
        days(3, 4),
        &[Want::of(camera, 1)],
    );
    house.must(|db, settings| booking::reserve(db, settings, &new));
    let said = house.refused(|db, settings| desk::undo(db, settings, desk::Whose::Anyones));
    assert!(said.contains("0 of 1 free"), "{said}");
    assert_eq!(house.state(held), ReservationState::Expired);
}

#[test]
fn what_lapsed_for_good_is_named_when_an_undo_reaches_past_it() {
    let mut house = House::new();
    let (camera, _) = house.items("Camera", 1);
    let (lamp, _) = house.items("Lamp", 1);
    let missed = house.confirmed(hours(1, 2), &[Want::of(camera, 1)]);
    let older = house.confirmed(days(3, 4), &[Want::of(lamp, 1)]);
    house.clock(hour(5));
    house.shop.lapse().unwrap();
    assert_eq!(house.state(missed), ReservationState::Expired);
    let step = desk::last_step(
        house.shop.read(),
        &house.shop.settings,
        house.shop.now(),
        house.shop.store.token(),
        desk::Whose::Anyones,
    )
    .unwrap()
    .unwrap();
    assert_eq!(
        step.words,
        "R-1002 made (nobody came for R-1001, and its end, Fri 21 Nov 12:42, is over)"
    );
    house.undo().unwrap();
    assert_eq!(
        (house.state(missed), house.state(older)),
        (ReservationState::Expired, ReservationState::Cancelled)
    );
    house.check();
}

// What is overdue is told once ------------------------------------------------------------------

#[test]
fn what_becomes_overdue_is_told_once_for_each_due_time() {
    let mut house = House::new();
    let (_, cameras) = house.items("Camera", 2);
    let id = house.walk_in(&[Thing::Item(cameras[0])], hour(10));
    house.clock(hour(10));
    let told = |house: &mut House| {
        let seq = house.seq();
        assert_eq!(house.shop.lapse().unwrap(), 0);
        house.kinds_since(seq)
    };
    assert_eq!(told(&mut house), [""; 0], "due is not overdue");
    house.clock(hour(24 * 3));
    assert_eq!(
        told(&mut house),
        ["RentalOverdue"],
        "also for the days on which the shop was closed"
    );
    assert_eq!(told(&mut house), [""; 0], "once");
    house.clock(hour(24 * 5));
    assert_eq!(told(&mut house), [""; 0]);
    let extension = Extension {
        reservation: id,
        rentals: None,
        due: hour(24 * 6),
        keep_short: false,
    };
    house.must(|db, settings| desk::extend(db, settings, &extension));
    assert_eq!(told(&mut house), [""; 0]);
    house.clock(hour(24 * 7));
    assert_eq!(told(&mut house), ["RentalOverdue"], "overdue again");
    house.back(cameras[0]);
    house.undo().unwrap();
    assert_eq!(told(&mut house), [""; 0], "still the same due time");
    house.shop.drain_all().unwrap();
    let entries = history::entries(
        house.shop.read(),
        &Filter {
            item: Some(cameras[0]),
            kind: Some("RentalOverdue"),
            ..Filter::default()
        },
        10,
        0,
    )
    .unwrap();
    let story = desk::tell(house.shop.read(), entries).unwrap();
    assert_eq!(
        story
            .iter()
            .map(|told| (told.what.as_str(), told.who.as_str()))
            .collect::<Vec<_>>(),
        [("overdue", "Sam Okoro"); 2]
    );
    house.check();
}
