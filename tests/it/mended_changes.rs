//! What went wrong once with changes and hand-overs of what is promised, and must not again.

use crate::house::{House, hour, hours};
use rentdesk::booking::{self, Change, CheckOut, Edit, Recipient, Thing, Want};
use rentdesk::catalog::{self, Role, Tracking};
use rentdesk::desk;
use rentdesk::inventory;
use rentdesk::kernel::{Period, Text};

fn edits(edits: Vec<Edit>) -> Change {
    Change {
        edits,
        ..Change::default()
    }
}

#[test]
fn nothing_is_added_to_a_window_that_is_over() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let (lamp, lamps) = house.items("Lamp", 1);
    let id = house.confirmed(hours(0, 10), &[Want::of(camera, 1)]);
    house.out(id, &[Thing::Item(cameras[0])]);
    house.walk_in(&[Thing::Item(lamps[0])], hour(100));
    house.clock(hour(20));
    let change = edits(vec![Edit::Add(Want::of(lamp, 1))]);
    let said = house.refused(|db, settings| desk::change(db, settings, id, &change));
    assert!(said.contains("is over"), "{said}");
    house.check();
}

#[test]
fn what_joins_gear_that_is_out_begins_now_and_is_weighed() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let (lamp, lamps) = house.items("Lamp", 1);
    let id = house.confirmed(hours(0, 100), &[Want::of(camera, 1)]);
    house.out(id, &[Thing::Item(cameras[0])]);
    house.walk_in(&[Thing::Item(lamps[0])], hour(50));
    house.clock(hour(10));
    let change = edits(vec![Edit::Add(Want::of(lamp, 1))]);
    let said = house.refused(|db, settings| desk::change(db, settings, id, &change));
    assert!(said.contains("0 of 1 free"), "{said}");
    house.clock(hour(60));
    house.back(lamps[0]);
    house.must(|db, settings| desk::change(db, settings, id, &change));
    assert_eq!(house.lines(id)[1].start, hour(60));
    house.check();
}

#[test]
fn more_of_a_line_that_is_back_is_promised_until_the_new_end_and_weighed() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let (lamp, lamps) = house.items("Lamp", 1);
    let id = house.confirmed(hours(0, 24), &[Want::of(camera, 1), Want::of(lamp, 1)]);
    house.out(id, &[Thing::Item(cameras[0]), Thing::Item(lamps[0])]);
    let window = Some(Period {
        start: hour(0),
        end: hour(100),
    });
    house.must(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &Change {
                window,
                ..Change::default()
            },
        )
    });
    house.clock(hour(20));
    house.back(cameras[0]);
    house.walk_in(&[Thing::Item(cameras[0])], hour(90));
    house.clock(hour(30));
    let line = house.lines(id)[0].id;
    let said = house.refused(|db, settings| {
        desk::change(db, settings, id, &edits(vec![Edit::Quantity(line, 2)]))
    });
    assert!(said.contains("Camera wanted"), "{said}");
    house.check();
}

#[test]
fn gear_that_is_out_stays_with_whoever_took_it() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 1);
    let id = house.confirmed(hours(0, 10), &[Want::of(camera, 1)]);
    house.out(id, &[Thing::Item(cameras[0])]);
    let sam = house.sam;
    let said = house.refused(|db, settings| {
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
    assert!(said.contains("has gear out"), "{said}");
}

#[test]
fn a_count_that_goes_out_leaves_the_guards_of_others() {
    let mut house = House::new();
    let cable = house.counted("Cable", 10);
    let first = house.confirmed(hours(0, 10), &[Want::of(cable, 5)]);
    let second = house.confirmed(hours(0, 10), &[Want::of(cable, 5)]);
    house.out(first, &[Thing::Bulk(cable, 5)]);
    let guarded: i64 = house
        .shop
        .read()
        .one("SELECT coalesce(sum(quantity), 0) FROM bulk_claim WHERE kind = 'line' AND live = 1 AND source = ?1", [house.lines(second)[0].id], |row| row.get(0))
        .unwrap();
    assert_eq!(guarded, 5);
    house.check();
}

#[test]
fn a_shop_that_forbids_it_takes_no_pinned_item_from_anybody() {
    let mut house = House::new();
    house.shop.change_setting("short", "forbid").unwrap();
    let (camera, cameras) = house.items("Camera", 2);
    let id = house.confirmed(hours(0, 10), &[Want::item(camera, cameras[0])]);
    let insists = CheckOut {
        due: Some(hour(5)),
        take_anyway: true,
        ..CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(cameras[0])])
    };
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &insists));
    assert!(said.contains("promised to R-"), "{said}");
    assert_eq!(house.lines(id)[0].pin, Some(cameras[0]));
}

#[test]
fn what_goes_along_keeps_its_ratio_when_a_line_grows() {
    let mut house = House::new();
    let (body, _) = house.items("Body", 4);
    let charger = house.kind("Charger", Tracking::Items, 0, Role::Accessory);
    house.item(charger);
    house.must(|db, _| catalog::set_accessory(db, body, charger, 1, 4, true));
    let id = house.confirmed(hours(0, 10), &[Want::of(body, 1)]);
    let line = house.lines(id)[0].id;
    house
        .must(|db, settings| desk::change(db, settings, id, &edits(vec![Edit::Quantity(line, 4)])));
    assert_eq!(
        house
            .lines(id)
            .iter()
            .map(|line| line.quantity)
            .collect::<Vec<_>>(),
        [4, 1]
    );
    assert_eq!(house.short(), []);
}

#[test]
fn what_was_set_aside_of_a_lost_item_takes_nothing_from_the_others() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 2);
    let reason = Text::new("trade fair");
    house.must(|db, _| inventory::block_item(db, cameras[1], hour(-1), Some(hour(50)), &reason));
    house.must(|db, _| inventory::report_lost(db, cameras[1], &reason, None));
    assert_eq!(house.free(camera, hours(1, 10)), 1);
    house.confirmed(hours(1, 10), &[Want::of(camera, 1)]);
    assert_eq!(house.short(), []);
}

#[test]
fn a_kit_does_not_go_along_with_another_type() {
    let mut house = House::new();
    let (body, _) = house.items("Body", 1);
    let (lamp, _) = house.items("Lamp", 1);
    let kit = house.kind("Kit", Tracking::Items, 0, Role::Primary);
    house.must(|db, _| catalog::set_components(db, kit, &[(lamp, 1)]));
    let said = house.refused(|db, _| catalog::set_accessory(db, body, kit, 1, 1, true));
    assert!(said.contains("is a kit"), "{said}");
}

#[test]
fn a_pinned_line_that_cannot_be_had_says_that_another_would_do() {
    let mut house = House::new();
    let (camera, cameras) = house.items("Camera", 2);
    house.confirmed(hours(0, 10), &[Want::item(camera, cameras[0])]);
    let said = house.no_room(hours(0, 10), &[Want::item(camera, cameras[0])]);
    assert!(said.contains("another Camera would do, 1 free"), "{said}");
    assert_eq!(
        booking::free_count(
            house.shop.read(),
            &house.shop.settings,
            camera,
            hours(0, 10),
            None,
            hour(0)
        )
        .unwrap(),
        1
    );
}
