//! What reviewers found wrong with promises and their undo, each as the shop would meet it.

use crate::house::{House, days, hour};
use rentdesk::booking::{self, Change, Edit, Extension, ReservationState, Thing, Want};
use rentdesk::desk::{self, Judgement};
use rentdesk::inventory::{self, Condition};
use rentdesk::kernel::{Failure, Text};
use std::process::Command;

#[test]
fn a_pin_goes_with_its_claim_when_a_repair_takes_longer() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.report(items[0], Condition::UnderMaintenance, Some(hour(24)));
    let reservation = house.confirmed(days(2, 3), &[Want::item(kind, items[0])]);
    house.must(|db, _| desk::expect_back(db, items[0], Some(hour(24 * 10))));
    assert_eq!(
        (house.lines(reservation)[0].pin, house.short()),
        (None, vec![])
    );
}

#[test]
fn a_pin_goes_with_its_claim_when_a_repair_is_undone() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.must(|db, _| {
        desk::judge(
            db,
            items[0],
            None,
            &Judgement::UnderMaintenance(Text::new("fan"), None),
        )
    });
    house.must(|db, _| desk::judge(db, items[0], None, &Judgement::Good));
    let reservation = house.confirmed(days(2, 3), &[Want::item(kind, items[0])]);
    // The reservation's own step is not in the way: the repair is undone in its turn.
    house.must(|db, _| {
        Ok::<_, Failure<desk::UndoRefusal>>(
            db.execute("DELETE FROM undo_step WHERE act LIKE '%Reserve%'", [])
                .map(|_| ())?,
        )
    });
    house.undo().unwrap();
    assert_eq!(
        (house.lines(reservation)[0].pin, house.short()),
        (None, vec![])
    );
    house.check();
}

/// The command line over the house's file, at the house's first moment.
fn rentdesk(house: &House, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rentdesk"))
        .args(arguments)
        .env("RENTDESK_DB", house.path())
        .env("RENTDESK_NOW", "2025-11-21T09:42:00Z")
        .env("RENTDESK_STAFF", "Ana")
        .output()
        .unwrap();
    let told = [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .concat();
    (output.status.success(), told)
}

#[track_caller]
pub(crate) fn done(house: &House, arguments: &[&str]) -> String {
    let (success, told) = rentdesk(house, arguments);
    assert!(success, "{arguments:?}: {told}");
    told
}

#[test]
fn blocks_of_the_command_line_are_steps_to_undo() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    let cables = house.counted("Cable", 5);
    let older = house.confirmed(days(2, 3), &[Want::of(kind, 1)]);
    let tag = house.known(items[0]).tag.to_string();
    let cable = inventory::bulk_of_type(house.shop.read(), cables)
        .unwrap()
        .unwrap()
        .tag
        .to_string();
    let blocks = |house: &House| {
        inventory::open_blocks(house.shop.read(), house.shop.now())
            .unwrap()
            .len()
    };
    // The end is the first such day after the beginning.
    let told = done(
        &house,
        &[
            "item",
            "block",
            &tag,
            "--from",
            "fri 9:00",
            "--to",
            "mon 10:00",
            "--reason",
            "fair",
            "--dry-run",
            "--now",
            "2025-11-22T09:00:00Z",
        ],
    );
    assert!(
        told.contains("from Fri 28 Nov 09:00 to Mon 1 Dec 10:00"),
        "{told}"
    );
    done(&house, &["item", "block", &tag, "--reason", "fair"]);
    done(
        &house,
        &["item", "block", &cable, "--qty", "2", "--reason", "fair"],
    );
    done(&house, &["item", "unblock", &cable]);
    assert_eq!(blocks(&house), 1);
    for expect in [2, 1, 0] {
        done(&house, &["undo"]);
        assert_eq!(blocks(&house), expect);
    }
    done(
        &house,
        &["item", "condition", &tag, "maintenance", "--note", "fan"],
    );
    done(
        &house,
        &[
            "item",
            "condition",
            &tag,
            "maintenance",
            "--expected-back",
            "fri",
        ],
    );
    let back = |house: &House| {
        inventory::open_job(house.shop.read(), items[0])
            .unwrap()
            .map(|job| job.expected_back.is_some())
    };
    assert_eq!(back(&house), Some(true));
    done(&house, &["undo"]);
    assert_eq!(
        (back(&house), house.state(older)),
        (Some(false), ReservationState::Confirmed)
    );
    house.check();
}

#[test]
fn what_cannot_be_undone_stands_in_the_way_of_what_is_older() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    let cables = house.counted("Cable", 5);
    let older = house.confirmed(days(2, 3), &[Want::of(kind, 1)]);
    let tags: Vec<String> = items
        .iter()
        .map(|item| house.known(*item).tag.to_string())
        .collect();
    assert!(cables != kind);
    for (act, refused) in [
        (
            vec!["item", "retire", &tags[0], "--reason", "worn"],
            format!("{} retired at ", tags[0]),
        ),
        (
            vec!["type", "edit", "Cable", "--quantity", "4"],
            "Cable counted anew at ".to_owned(),
        ),
        (
            vec!["type", "withdraw", "Cable", "--reason", "old"],
            "Cable withdrawn at ".to_owned(),
        ),
        (
            vec!["customer", "suspend", "Maya Chen", "--reason", "owes"],
            "Maya Chen suspended at ".to_owned(),
        ),
        (
            vec!["customer", "reinstate", "Maya Chen"],
            "Maya Chen reinstated at ".to_owned(),
        ),
        (
            vec!["item", "case", &tags[1], &tags[2]],
            format!("{} packed otherwise at ", tags[1]),
        ),
        (
            vec!["item", "unpack", &tags[2]],
            format!("{} packed otherwise at ", tags[1]),
        ),
    ] {
        done(&house, &act);
        let (success, told) = rentdesk(&house, &["undo"]);
        assert!(
            !success && told.contains(&refused) && told.contains("this cannot be undone"),
            "{act:?}: {told}"
        );
    }
    assert_eq!(house.state(older), ReservationState::Confirmed);
    let kept: i64 = house
        .shop
        .read()
        .one(
            "SELECT count(*) FROM undo_step WHERE act LIKE '%Chen%'",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(kept, 0);
}

#[test]
fn packing_is_a_step_to_undo() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 3);
    let older = house.confirmed(days(2, 3), &[Want::of(kind, 2)]);
    let number = booking::number_of(house.shop.read(), older)
        .unwrap()
        .to_string();
    done(&house, &["pack", &number, "1=1"]);
    done(&house, &["pack", &number, "1=2"]);
    for expect in [1, 0] {
        done(&house, &["undo"]);
        assert_eq!(
            (house.lines(older)[0].packed, house.state(older)),
            (expect, ReservationState::Confirmed)
        );
    }
}

#[test]
fn what_was_extended_by_itself_keeps_its_time_when_the_end_moves() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    let reservation = house.confirmed(days(0, 2), &[Want::of(kind, 2)]);
    house.out(reservation, &[Thing::Item(items[0])]);
    let extension = Extension {
        reservation,
        rentals: None,
        due: hour(24 * 5),
        keep_short: false,
    };
    house.must(|db, settings| desk::extend(db, settings, &extension));
    let end = |house: &House| {
        booking::reservation(house.shop.read(), reservation)
            .unwrap()
            .end
    };
    let due = |house: &House| house.open(items[0]).unwrap().due_at;
    assert_eq!((end(&house), due(&house)), (hour(24 * 5), hour(24 * 5)));
    house.undo().unwrap();
    assert_eq!((end(&house), due(&house)), (hour(48), hour(48)));
    // One of two is to come back earlier: a later end leaves it so.
    house.out(reservation, &[Thing::Item(items[1])]);
    let rental = house.open(items[0]).unwrap().id;
    let sooner = Extension {
        reservation,
        rentals: Some(vec![rental]),
        due: hour(24),
        keep_short: false,
    };
    house.must(|db, settings| desk::extend(db, settings, &sooner));
    let change = Change {
        window: Some(days(0, 4)),
        ..Change::default()
    };
    house.must(|db, settings| desk::change(db, settings, reservation, &change));
    assert_eq!(
        (
            due(&house),
            house.open(items[1]).unwrap().due_at,
            end(&house)
        ),
        (hour(24), hour(24 * 4), hour(24 * 4))
    );
    house.check();
}

#[test]
fn a_stay_is_extended_from_now_on() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 1);
    let reservation = house.walk_in(&[Thing::Item(items[0])], hour(24 * 300));
    house.clock(hour(24 * 290));
    let extension = Extension {
        reservation,
        rentals: None,
        due: hour(24 * 500),
        keep_short: false,
    };
    house.must(|db, settings| desk::extend(db, settings, &extension));
    assert_eq!(house.open(items[0]).unwrap().due_at, hour(24 * 500));
}

#[test]
fn an_undone_return_is_a_fact_and_whom_it_hurts_is_short() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    house.walk_in(&[Thing::Item(items[0])], hour(24 * 5));
    house.back(items[0]);
    let promised = house.confirmed(days(2, 3), &[Want::of(kind, 1)]);
    house.must(|db, _| {
        Ok::<_, Failure<desk::UndoRefusal>>(
            db.execute("DELETE FROM undo_step WHERE act LIKE '%Reserve%'", [])
                .map(|_| ())?,
        )
    });
    let told = done(&house, &["undo"]);
    assert!(
        told.contains("!! R-1002 Maya Chen") && told.contains("short 1 x Camera"),
        "{told}"
    );
    assert_eq!(house.short(), [(promised, 1)]);
    house.check();
}

#[test]
fn a_quantity_below_what_went_out_is_not_restored() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    let reservation = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.out(reservation, &[Thing::Item(items[2])]);
    let before = booking::said(house.shop.read(), reservation).unwrap();
    let line = house.lines(reservation)[0].id;
    let change = Change {
        edits: vec![Edit::Quantity(line, 2)],
        ..Change::default()
    };
    house.must(|db, settings| desk::change(db, settings, reservation, &change));
    let after = booking::said(house.shop.read(), reservation).unwrap();
    house.out(reservation, &[Thing::Item(items[1])]);
    house.back(items[1]);
    let refused = house.refused(|db, settings| {
        booking::restore(
            db,
            settings,
            &booking::Altered {
                before: &before,
                after: &after,
                told: &[],
                short: &[],
            },
        )
    });
    assert!(refused.contains("2 x Camera went out since"), "{refused}");
    house.check();
}

#[test]
fn nothing_is_packed_into_a_case_that_is_out() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 2);
    house.must(|db, _| inventory::set_case(db, items[0], &items[1..]));
    house.must(|db, _| inventory::unpack(db, items[1]));
    house.walk_in(&[Thing::Item(items[0])], hour(24));
    let refused = house.refused(|db, _| inventory::pack(db, items[1]));
    assert!(refused.contains("is out"), "{refused}");
}

#[test]
fn of_two_blocks_the_one_that_still_has_its_time_keeps_it_when_the_other_gives_way() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 1);
    let reason = Text::new("fair");
    house.must(|db, _| inventory::block_item(db, items[0], hour(2), Some(hour(30)), &reason));
    house.must(|db, _| inventory::block_item(db, items[0], hour(10), Some(hour(20)), &reason));
    // It is seen to leave, and is due before the second begins.
    let command = booking::CheckOut {
        due: Some(hour(5)),
        aside: vec![items[0]],
        take_anyway: true,
        ..booking::CheckOut::plain(
            booking::Recipient::WalkIn(house.sam),
            vec![Thing::Item(items[0])],
        )
    };
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    house.check();
    house.back(items[0]);
    house.check();
}
