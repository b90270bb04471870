//! What reviewers found wrong with promises and their undo, each as the shop would meet it.

use crate::house::{House, days, hour};
use rentdesk::booking::{self, ReservationState, Want};
use rentdesk::desk::{self, Judgement};
use rentdesk::inventory::{self, Condition};
use rentdesk::kernel::Text;
use std::process::Command;

#[test]
fn a_pin_goes_with_its_claim_when_a_repair_takes_longer() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.report(items[0], Condition::UnderMaintenance, Some(hour(24)));
    let reservation = house.confirmed(days(2, 3), &[Want::item(kind, items[0])]);
    house.must(|db, _| desk::expect_back(db, items[0], Some(hour(24 * 10))));
    assert_eq!((house.lines(reservation)[0].pin, house.short()), (None, vec![]));
}

#[test]
fn a_pin_goes_with_its_claim_when_a_repair_is_undone() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.must(|db, _| desk::judge(db, items[0], None, &Judgement::UnderMaintenance(Text::new("fan"), None)));
    house.must(|db, _| desk::judge(db, items[0], None, &Judgement::Good));
    let reservation = house.confirmed(days(2, 3), &[Want::item(kind, items[0])]);
    // The reservation's own step is not in the way: the repair is undone in its turn.
    house.must(|db, _| Ok::<_, rentdesk::kernel::Failure<rentdesk::desk::UndoRefusal>>(db.execute("DELETE FROM undo_step WHERE act LIKE '%Reserve%'", []).map(|_| ())?));
    house.undo().unwrap();
    assert_eq!((house.lines(reservation)[0].pin, house.short()), (None, vec![]));
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
    let told = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    (output.status.success(), told)
}

#[track_caller]
fn done(house: &House, arguments: &[&str]) -> String {
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
    let cable = inventory::bulk_of_type(house.shop.read(), cables).unwrap().unwrap().tag.to_string();
    let blocks = |house: &House| inventory::open_blocks(house.shop.read(), house.shop.now()).unwrap().len();
    done(&house, &["item", "block", &tag, "--reason", "fair"]);
    done(&house, &["item", "block", &cable, "--qty", "2", "--reason", "fair"]);
    done(&house, &["item", "unblock", &cable]);
    assert_eq!(blocks(&house), 1);
    for expect in [2, 1, 0] {
        done(&house, &["undo"]);
        assert_eq!(blocks(&house), expect);
    }
    done(&house, &["item", "condition", &tag, "maintenance", "--note", "fan"]);
    done(&house, &["item", "condition", &tag, "maintenance", "--expected-back", "fri"]);
    let back = |house: &House| inventory::open_job(house.shop.read(), items[0]).unwrap().map(|job| job.expected_back.is_some());
    assert_eq!(back(&house), Some(true));
    done(&house, &["undo"]);
    assert_eq!((back(&house), house.state(older)), (Some(false), ReservationState::Confirmed));
    house.check();
}

#[test]
fn what_cannot_be_undone_stands_in_the_way_of_what_is_older() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    let cables = house.counted("Cable", 5);
    let older = house.confirmed(days(2, 3), &[Want::of(kind, 1)]);
    let tags: Vec<String> = items.iter().map(|item| house.known(*item).tag.to_string()).collect();
    assert!(cables != kind);
    for (act, refused) in [
        (vec!["item", "retire", &tags[0], "--reason", "worn"], format!("{} retired: this cannot be undone", tags[0])),
        (vec!["type", "edit", "Cable", "--quantity", "4"], "Cable counted anew: this cannot be undone".to_owned()),
        (vec!["type", "withdraw", "Cable", "--reason", "old"], "Cable withdrawn: this cannot be undone".to_owned()),
        (vec!["customer", "suspend", "Maya Chen", "--reason", "owes"], "Maya Chen suspended: this cannot be undone".to_owned()),
        (vec!["customer", "reinstate", "Maya Chen"], "Maya Chen reinstated: this cannot be undone".to_owned()),
        (vec!["item", "case", &tags[1], &tags[2]], format!("{} packed otherwise: this cannot be undone", tags[1])),
        (vec!["item", "unpack", &tags[2]], format!("{} packed otherwise: this cannot be undone", tags[1])),
    ] {
        done(&house, &act);
        let (success, told) = rentdesk(&house, &["undo"]);
        assert!(!success && told.contains(&refused), "{act:?}: {told}");
    }
    assert_eq!(house.state(older), ReservationState::Confirmed);
    let kept: i64 = house.shop.read().one("SELECT count(*) FROM undo_step WHERE act LIKE '%Chen%'", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 0);
}

#[test]
fn packing_is_a_step_to_undo() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 3);
    let older = house.confirmed(days(2, 3), &[Want::of(kind, 2)]);
    let number = booking::number_of(house.shop.read(), older).unwrap().to_string();
    done(&house, &["pack", &number, "1=1"]);
    done(&house, &["pack", &number, "1=2"]);
    for expect in [1, 0] {
        done(&house, &["undo"]);
        assert_eq!((house.lines(older)[0].packed, house.state(older)), (expect, ReservationState::Confirmed));
    }
}
