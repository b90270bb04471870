//! What a reviewer found wrong with undo and with due times, each as a clerk would meet it.

use crate::counter::Counter;
use crate::house::{House, asked, days, hour, hours};
use rentdesk::booking::{
    self, CancelReason, Change, CheckIn, CheckOut, Edit, Extension, Firmness, Recipient,
    ReservationState, Thing, Want,
};
use rentdesk::catalog::{Role, Tracking};
use rentdesk::desk::{self, Consequence, Judgement, StepWords, Whose};
use rentdesk::inventory;
use rentdesk::kernel::{Clock, Failure, ItemId, RentalId, ReservationId, Text, TypeId};
use rentdesk::shop::Shop;
use rentdesk::store::log;
use std::process::Command;

/// What an undo would name.
fn newest(house: &House, whose: Whose) -> Option<StepWords> {
    desk::last_step(
        house.shop.read(),
        &house.shop.settings,
        house.shop.now(),
        house.shop.store.token(),
        whose,
    )
    .unwrap()
}

/// Takes the newest step back, and says whom that hurts.
#[track_caller]
fn undone(house: &mut House) -> Consequence {
    let types = newest(house, Whose::Anyones).expect("a step").types;
    house.must(|db, settings| {
        desk::watched(db, settings, &types, |db| {
            desk::undo(db, settings, Whose::Anyones)
        })
        .map(|(_, told)| told)
    })
}

fn due(house: &House, item: ItemId) -> i64 {
    (house.open(item).unwrap().due_at.0 - hour(0).0) / 3600
}

fn end(house: &House, id: ReservationId) -> i64 {
    (booking::reservation(house.shop.read(), id).unwrap().end.0 - hour(0).0) / 3600
}

fn note(house: &House, id: ReservationId) -> Option<String> {
    booking::reservation(house.shop.read(), id)
        .unwrap()
        .note
        .map(|note| note.to_string())
}

fn extension(reservation: ReservationId, to: i64, rentals: Option<Vec<RentalId>>) -> Extension {
    Extension {
        reservation,
        rentals,
        due: hour(to),
        keep_short: false,
    }
}

fn until(hours_on: i64) -> Change {
    Change {
        window: Some(hours(0, hours_on)),
        ..Change::default()
    }
}

/// An act of another window on the same file.
fn elsewhere<T: serde::Serialize + serde::de::DeserializeOwned, R: rentdesk::kernel::Refusal>(
    house: &House,
    act: impl FnOnce(
        &mut rentdesk::store::Write<'_>,
        &rentdesk::kernel::Settings,
    ) -> Result<T, Failure<R>>,
) -> T {
    let mut shop = Shop::open(&house.path(), Clock::Fixed(house.shop.now())).unwrap();
    let settings = shop.settings.clone();
    shop.write(|db| act(db, &settings)).unwrap()
}

/// Two of Type A, one of Type B.
fn shop() -> (House, TypeId, Vec<ItemId>, TypeId, ItemId) {
    let mut house = House::new();
    let (a, of_a) = house.items("Type A", 2);
    let (b, of_b) = house.items("Type B", 1);
    (house, a, of_a, b, of_b[0])
}

/// Anna's reservation of Type A, of which the one of Type B went out in its place.
fn swapped(house: &mut House, a: TypeId, b1: ItemId) -> ReservationId {
    let id = house.confirmed(hours(0, 48), &[Want::of(a, 1)]);
    let line = house.lines(id)[0].id;
    let out = CheckOut {
        swaps: vec![(b1, line)],
        ..CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(b1)])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &out));
    id
}

#[test]
fn a_later_end_is_weighed_for_what_went_out_in_anothers_place() {
    let (mut house, a, _, b, b1) = shop();
    let id = swapped(&mut house, a, b1);
    let bob = house.confirmed(hours(60, 80), &[Want::of(b, 1)]);
    let said = house.refused(|db, settings| desk::change(db, settings, id, &until(70)));
    assert!(said.contains("R-1002") && said.contains("Type B"), "{said}");
    let said = house.refused(|db, settings| desk::extend(db, settings, &extension(id, 70, None)));
    assert!(said.contains("R-1002") && said.contains("Type B"), "{said}");
    assert_eq!(
        (house.short(), house.state(bob)),
        (vec![], ReservationState::Confirmed)
    );
}

#[test]
fn undoing_an_earlier_end_is_weighed_for_what_went_out_in_anothers_place() {
    let (mut house, a, _, b, b1) = shop();
    let id = swapped(&mut house, a, b1);
    house.must(|db, settings| desk::change(db, settings, id, &until(24)));
    let bob = asked(
        Some(house.sam),
        Firmness::Confirmed,
        hours(30, 40),
        &[Want::of(b, 1)],
    );
    house.must(|db, settings| booking::reserve(db, settings, &bob));
    let said = house.refused(|db, settings| desk::undo(db, settings, Whose::Anyones));
    assert!(said.contains("R-1002") && said.contains("Type B"), "{said}");
}

#[test]
fn a_return_of_overdue_gear_scanned_by_mistake_is_taken_back() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    house.walk_in(&[Thing::Item(items[0])], hour(2));
    let bob = house.confirmed(hours(4, 8), &[Want::of(kind, 1)]);
    house.clock(hour(3));
    assert_eq!(house.short(), [(bob, 1)], "it is overdue");
    house.back(items[0]);
    assert_eq!(house.short(), []);
    let told = undone(&mut house);
    assert!(
        told.hurts[0].contains("R-1002 Maya Chen") && told.hurts[0].contains("short 1 x Camera"),
        "{told:?}"
    );
    assert!(house.open(items[0]).is_some());
    house.check();
}

#[test]
fn an_undone_return_tells_who_loses_the_item_he_named() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.walk_in(&[Thing::Item(items[0])], hour(48));
    house.back(items[0]);
    let bob = asked(
        Some(house.sam),
        Firmness::Confirmed,
        hours(3, 24),
        &[Want::item(kind, items[0])],
    );
    let bob = house.must(|db, settings| booking::reserve(db, settings, &bob));
    let told = undone(&mut house);
    let tag = house.known(items[0]).tag;
    assert_eq!(
        told.hurts,
        [format!(
            "R-1002 Sam Okoro Fri 21 Nov 13:42 without the {tag} it named"
        )]
    );
    assert_eq!((house.lines(bob)[0].pin, house.short()), (None, vec![]));
    house.check();
}

#[test]
fn undo_takes_back_the_step_that_it_named_or_none() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 2);
    house.walk_in(&[Thing::Item(items[0])], hour(24));
    let named = newest(&house, Whose::Anyones).unwrap();
    let sam = house.sam;
    let out = CheckOut {
        due: Some(hour(24)),
        ..CheckOut::plain(Recipient::WalkIn(sam), vec![Thing::Item(items[1])])
    };
    elsewhere(&house, |db, settings| desk::hand_over(db, settings, &out));
    let said = house.refused(|db, settings| desk::undo_named(db, settings, Whose::Anyones, &named));
    assert!(
        said.starts_with("Meanwhile: out 1 item to Sam Okoro; nothing was undone"),
        "{said}"
    );
    // Of this window's own it is the last one still.
    house.must(|db, settings| desk::undo_named(db, settings, Whose::Mine { until: 0 }, &named));
    assert!(house.open(items[0]).is_none() && house.open(items[1]).is_some());
}

#[test]
fn undoing_a_new_reservation_keeps_what_others_did_to_it() {
    for act in ["confirm", "note", "pack"] {
        let mut house = House::new();
        let (kind, _) = house.items("Camera", 2);
        let id = house.reserve(Firmness::Hold(None), days(2, 3), &[Want::of(kind, 1)]);
        let line = house.lines(id)[0].id;
        elsewhere(&house, |db, settings| match act {
            "confirm" => desk::confirm(db, settings, id, false),
            "note" => desk::change(
                db,
                settings,
                id,
                &Change {
                    note: Some(Some(Text::new("pays in advance"))),
                    ..Change::default()
                },
            ),
            _ => desk::pack(db, id, &[(line, 1)]),
        });
        let said = house.refused(|db, settings| desk::undo(db, settings, Whose::Mine { until: 0 }));
        let expect = ["confirmed", "changed", "packed"][["confirm", "note", "pack"]
            .iter()
            .position(|known| *known == act)
            .unwrap()];
        assert!(
            said.starts_with(&format!("R-1001 {expect} since")),
            "{said}"
        );
        // Without a step of its own it is kept as well.
        house.must(|db, _| {
            Ok::<_, Failure<desk::UndoRefusal>>(
                db.execute("DELETE FROM undo_step WHERE act NOT LIKE '%Reserve\"%'", [])
                    .map(|_| ())?,
            )
        });
        let kept = house.try_to(|db, settings| desk::undo(db, settings, Whose::Mine { until: 0 }));
        assert_eq!(kept.is_err(), act != "pack", "{act}: {kept:?}");
    }
}

#[test]
fn what_lapsed_by_itself_is_not_the_clerks_last_act() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    let held = house.reserve(
        Firmness::Hold(Some(hour(2))),
        days(3, 4),
        &[Want::of(kind, 1)],
    );
    house.walk_in(&[Thing::Item(items[0])], hour(24));
    house.clock(hour(3));
    house.shop.lapse().unwrap();
    let mine = Whose::Mine { until: 0 };
    assert_eq!(
        newest(&house, Whose::Anyones).map(|step| (step.words, step.lapse, step.here)),
        Some(("R-1001 lapsed".to_owned(), true, true))
    );
    assert_eq!(
        newest(&house, mine).map(|step| step.words),
        Some("out 1 item to Sam Okoro".to_owned())
    );
    house.must(|db, settings| desk::undo(db, settings, mine));
    assert_eq!(
        (house.open(items[0]), house.state(held)),
        (None, ReservationState::Expired)
    );
}

#[test]
fn the_screen_asks_before_it_takes_a_lapse_back() {
    let mut counter = Counter::demo();
    let (maya, fx6) = {
        let read = counter.app.shop.read();
        (
            rentdesk::customers::resolve(read, "Maya Chen").unwrap().id,
            crate::counter::item(&counter, "CAM-0012").type_id,
        )
    };
    let (settings, now) = (counter.app.shop.settings.clone(), counter.app.shop.now());
    let far = rentdesk::kernel::Period {
        start: now.plus_minutes(60 * 24 * 60),
        end: now.plus_minutes(61 * 24 * 60),
    };
    let hold = asked(
        Some(maya),
        Firmness::Hold(Some(now.plus_minutes(60))),
        far,
        &[Want {
            with_accessories: false,
            ..Want::of(fx6, 1)
        }],
    );
    let held = counter
        .app
        .shop
        .write(|db| desk::reserve(db, &settings, &hold))
        .unwrap();
    counter.scan("CAM-0012").keys("chen<ret><ret><ret>");
    counter.app.shop.clock = Clock::Fixed(now.plus_minutes(90));
    counter.app.shop.lapse().unwrap();
    let state = |counter: &Counter| {
        booking::reservation(counter.app.shop.read(), held)
            .unwrap()
            .state
    };
    assert_eq!(state(&counter), ReservationState::Expired);
    counter.keys("<c-z>");
    let screen = counter.screen();
    assert!(
        screen.contains("LAPSED SINCE")
            && screen.contains("[L] bring it back")
            && screen.contains("[U] undo what was done here: out 1 item to Maya"),
        "{screen}"
    );
    assert_eq!(state(&counter), ReservationState::Expired);
    counter.keys("u");
    assert!(
        counter
            .verdict()
            .starts_with("OK UNDONE out 1 item to Maya Chen"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        (
            crate::counter::holder(&counter, "CAM-0012"),
            state(&counter)
        ),
        (None, ReservationState::Expired)
    );
    counter.keys("<c-z>l");
    assert_eq!(
        state(&counter),
        ReservationState::Hold,
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn a_later_end_moves_what_was_due_at_the_end_by_then() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    let id = house.confirmed(hours(0, 96), &[Want::of(kind, 1)]);
    house.out(id, &[Thing::Item(items[0])]);
    house.must(|db, settings| desk::extend(db, settings, &extension(id, 72, None)));
    assert_eq!((due(&house, items[0]), end(&house, id)), (72, 72));
    house.must(|db, settings| desk::change(db, settings, id, &until(120)));
    assert_eq!((due(&house, items[0]), end(&house, id)), (120, 120));
    house.check();
}

#[test]
fn what_is_back_no_longer_holds_the_end() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    let (lamp, lamps) = house.items("Lamp", 1);
    let id = house.confirmed(hours(0, 96), &[Want::of(kind, 1), Want::of(lamp, 1)]);
    house.out(id, &[Thing::Item(items[0]), Thing::Item(lamps[0])]);
    house.back(lamps[0]);
    house.must(|db, settings| desk::extend(db, settings, &extension(id, 72, None)));
    assert_eq!((due(&house, items[0]), end(&house, id)), (72, 72));
    house.must(|db, settings| desk::change(db, settings, id, &until(120)));
    assert_eq!((due(&house, items[0]), end(&house, id)), (120, 120));
    // What was extended by itself, and is the last of it out: a later end moves it too.
    let other = house.confirmed(hours(0, 96), &[Want::of(kind, 1), Want::of(lamp, 1)]);
    house.out(other, &[Thing::Item(items[1]), Thing::Item(lamps[0])]);
    let camera = house.open(items[1]).unwrap().id;
    house
        .must(|db, settings| desk::extend(db, settings, &extension(other, 48, Some(vec![camera]))));
    house.back(lamps[0]);
    house.must(|db, settings| desk::change(db, settings, other, &until(120)));
    assert_eq!((due(&house, items[1]), end(&house, other)), (120, 120));
    house.check();
}

#[test]
fn a_kit_ends_with_its_parts() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    let (lamp, lamps) = house.items("Lamp", 1);
    let kit = house.kind("Set", Tracking::Items, 0, Role::Primary);
    house.must(|db, _| rentdesk::catalog::set_components(db, kit, &[(kind, 1), (lamp, 1)]));
    let id = house.confirmed(hours(0, 96), &[Want::of(kit, 1)]);
    house.out(id, &[Thing::Item(items[0]), Thing::Item(lamps[0])]);
    house.must(|db, settings| desk::extend(db, settings, &extension(id, 72, None)));
    assert_eq!(end(&house, id), 72);
    assert!(
        house.lines(id).iter().all(|line| line.end == hour(72)),
        "{:?}",
        house.lines(id)
    );
    house.must(|db, settings| desk::change(db, settings, id, &until(120)));
    assert_eq!(
        (
            due(&house, items[0]),
            due(&house, lamps[0]),
            end(&house, id)
        ),
        (120, 120, 120)
    );
    house.check();
}

/// A line of Sam's that names the first of two cameras, two days from now.
fn named() -> (House, TypeId, Vec<ItemId>, ReservationId) {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    let bob = asked(
        Some(house.sam),
        Firmness::Confirmed,
        hours(24, 48),
        &[Want::item(kind, items[0])],
    );
    let bob = house.must(|db, settings| booking::reserve(db, settings, &bob));
    (house, kind, items, bob)
}

type OnItem = fn(&mut House, ItemId);

#[test]
fn an_undo_names_again_what_its_step_took_off() {
    let acts: [(&str, OnItem); 4] = [
        ("taken anyway", |house, item| {
            let out = CheckOut {
                due: Some(hour(30)),
                take_anyway: true,
                ..CheckOut::plain(Recipient::WalkIn(house.maya), vec![Thing::Item(item)])
            };
            house.must(|db, settings| desk::hand_over(db, settings, &out));
        }),
        ("broken", |house, item| {
            house.must(|db, _| desk::judge(db, item, None, &Judgement::Unusable(Text::new("fell"))))
        }),
        ("on the bench for long", |house, item| {
            house.must(|db, _| {
                desk::judge(
                    db,
                    item,
                    None,
                    &Judgement::UnderMaintenance(Text::new("fan"), Some(hour(72))),
                )
            });
        }),
        ("lost", |house, item| {
            house.must(|db, _| desk::judge(db, item, None, &Judgement::Lost(Text::new("gone"))))
        }),
    ];
    for (what, act) in acts {
        let (mut house, _, items, bob) = named();
        act(&mut house, items[0]);
        assert_eq!(house.lines(bob)[0].pin, None, "{what}");
        house.undo().unwrap();
        assert_eq!(house.lines(bob)[0].pin, Some(items[0]), "{what}");
        let settings = house.shop.settings.clone();
        let window = house.lines(bob)[0].claimed_window();
        assert_eq!(
            inventory::pins_in(house.shop.read(), items[0], window)
                .unwrap()
                .len(),
            1,
            "{what}: {}",
            settings.value("short")
        );
        house.check();
    }
}

#[test]
fn an_undo_names_again_what_came_back_broken_or_stayed_longer() {
    let (mut house, _, items, bob) = named();
    house.walk_in(&[Thing::Item(items[0])], hour(12));
    let rental = house.open(items[0]).unwrap();
    let broken = CheckIn {
        condition: Some(inventory::Condition::Unusable),
        note: Some(Text::new("fell")),
        ..CheckIn::plain(rental.id)
    };
    house.must(|db, settings| desk::take_back(db, settings, &broken));
    assert_eq!(house.lines(bob)[0].pin, None);
    house.undo().unwrap();
    assert_eq!(house.lines(bob)[0].pin, Some(items[0]));
    let longer = Extension {
        keep_short: true,
        ..extension(rental.reservation, 30, None)
    };
    house.must(|db, settings| desk::extend(db, settings, &longer));
    assert_eq!(house.lines(bob)[0].pin, None);
    house.undo().unwrap();
    assert_eq!(house.lines(bob)[0].pin, Some(items[0]));
    house.check();
}

#[test]
fn nothing_is_named_again_that_others_have_by_now() {
    let (mut house, kind, items, bob) = named();
    house.must(|db, _| desk::judge(db, items[0], None, &Judgement::Unusable(Text::new("fell"))));
    house.must(|db, _| {
        inventory::report_condition(
            db,
            items[0],
            &inventory::Report::plain(inventory::Condition::Good, None),
        )
    });
    let maya = asked(
        Some(house.maya),
        Firmness::Confirmed,
        hours(30, 40),
        &[Want::item(kind, items[0])],
    );
    house.must(|db, settings| booking::reserve(db, settings, &maya));
    house.must(|db, _| {
        inventory::report_condition(
            db,
            items[0],
            &inventory::Report::plain(inventory::Condition::Unusable, Some(Text::new("again"))),
        )
    });
    house.undo().unwrap();
    assert_eq!((house.lines(bob)[0].pin, house.short()), (None, vec![]));
    house.check();
}

#[test]
fn an_undone_hand_over_leaves_the_rest_and_the_block_as_they_were() {
    let mut house = House::new();
    let kind = house.kind("Camera", Tracking::Items, 12 * 60, Role::Primary);
    let item = house.item(kind);
    house.walk_in(&[Thing::Item(item)], hour(2));
    house.clock(hour(1));
    house.back(item);
    let block =
        house.must(|db, _| desk::set_aside(db, item, hour(20), Some(hour(30)), &Text::new("fair")));
    let before = (
        inventory::blocks_of_item(house.shop.read(), item).unwrap(),
        house.free(kind, hours(2, 5)),
    );
    assert_eq!(before.0.len(), 2, "its rest, and the fair");
    let out = CheckOut {
        due: Some(hour(24)),
        aside: vec![item],
        take_anyway: true,
        ..CheckOut::plain(Recipient::WalkIn(house.maya), vec![Thing::Item(item)])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &out));
    house.undo().unwrap();
    assert_eq!(
        (
            inventory::blocks_of_item(house.shop.read(), item).unwrap(),
            house.free(kind, hours(2, 5))
        ),
        before
    );
    let claimed: i64 = house
        .shop
        .read()
        .one(
            "SELECT count(*) FROM claim WHERE kind = 'block' AND source = ?1 AND live = 1",
            [block],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(claimed, 1);
    house.check();
    // Back by a scan, the fair has its item again as well.
    house.must(|db, settings| desk::hand_over(db, settings, &out));
    house.back(item);
    house.check();
}

#[test]
fn the_books_say_when_a_block_has_lost_its_item() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 1);
    let block = house
        .must(|db, _| desk::set_aside(db, items[0], hour(20), Some(hour(30)), &Text::new("fair")));
    house.must(|db, _| {
        Ok::<_, Failure<desk::UndoRefusal>>(
            db.execute("UPDATE claim SET live = 0 WHERE kind = 'block'", [])
                .map(|_| ())?,
        )
    });
    let problems = house.shop.check().unwrap();
    assert!(
        problems.iter().any(|problem| problem
            .message
            .starts_with(&format!("block {} has no claim", block.0))),
        "{problems:?}"
    );
}

#[test]
fn an_undone_hand_over_tells_who_goes_short_by_it() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    let id = house.confirmed(hours(0, 48), &[Want::of(kind, 1)]);
    let out = CheckOut {
        due: Some(hour(12)),
        ..CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(items[0])])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &out));
    let bob = asked(
        Some(house.sam),
        Firmness::Confirmed,
        hours(24, 40),
        &[Want::of(kind, 1)],
    );
    house.must(|db, settings| booking::reserve(db, settings, &bob));
    let told = undone(&mut house);
    assert!(
        told.hurts.len() == 1 && told.hurts[0].contains("short 1 x Camera"),
        "{told:?}"
    );
}

#[test]
fn what_lapsed_for_good_stands_in_the_way_of_nothing() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    house.walk_in(&[Thing::Item(items[0])], hour(24));
    let held = house.reserve(
        Firmness::Hold(Some(hour(1))),
        hours(2, 4),
        &[Want::of(kind, 1)],
    );
    let line = house.lines(held)[0].id;
    house.must(|db, _| desk::pack(db, held, &[(line, 1)]));
    house.must(|db, settings| desk::hold(db, settings, held, Some(hour(2)), false));
    house.clock(hour(3));
    house.shop.lapse().unwrap();
    let step = newest(&house, Whose::Anyones).unwrap();
    assert_eq!(
        step.words,
        "out 1 item to Sam Okoro (the hold of R-1002 lapsed, and its start, Fri 21 Nov 12:42, is over)"
    );
    house.undo().unwrap();
    assert_eq!(
        (house.open(items[0]), house.state(held)),
        (None, ReservationState::Expired)
    );
}

#[test]
fn what_was_kept_short_and_cancelled_comes_back_as_short() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 1);
    house.confirmed(days(2, 3), &[Want::of(kind, 1)]);
    let short = booking::NewReservation {
        keep_short: true,
        ..asked(
            Some(house.sam),
            Firmness::Confirmed,
            days(2, 3),
            &[Want::of(kind, 1)],
        )
    };
    let short = house.must(|db, settings| desk::reserve(db, settings, &short));
    house.must(|db, settings| {
        desk::cancel(
            db,
            settings,
            short,
            CancelReason::Shop,
            Some(&Text::new("we closed")),
        )
    });
    assert_eq!(house.short(), []);
    house.undo().unwrap();
    assert_eq!(
        (house.state(short), house.short(), note(&house, short)),
        (ReservationState::Confirmed, vec![(short, 1)], None)
    );
    // Shorter than it was it does not come back.
    let two = booking::NewReservation {
        keep_short: true,
        ..asked(
            Some(house.sam),
            Firmness::Confirmed,
            days(5, 6),
            &[Want::of(kind, 2)],
        )
    };
    let two = house.must(|db, settings| desk::reserve(db, settings, &two));
    house.must(|db, settings| desk::cancel(db, settings, two, CancelReason::Shop, None));
    let other = asked(
        Some(house.maya),
        Firmness::Confirmed,
        days(5, 6),
        &[Want::of(kind, 1)],
    );
    house.must(|db, settings| booking::reserve(db, settings, &other));
    let said = house.refused(|db, settings| desk::undo(db, settings, Whose::Anyones));
    assert!(said.contains("2 x Camera wanted, 0 of 1 free"), "{said}");
    house.check();
}

#[test]
fn an_undo_brings_packing_and_notes_back() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 3);
    let id = house.confirmed(hours(24, 48), &[Want::of(kind, 3)]);
    let line = house.lines(id)[0].id;
    house.must(|db, _| desk::pack(db, id, &[(line, 3)]));
    let change = Change {
        edits: vec![Edit::Quantity(line, 1)],
        note: Some(Some(Text::new("only one"))),
        ..Change::default()
    };
    house.must(|db, settings| desk::change(db, settings, id, &change));
    house.undo().unwrap();
    assert_eq!(
        (
            house.lines(id)[0].quantity,
            house.lines(id)[0].packed,
            note(&house, id)
        ),
        (3, 3, None)
    );
    // A note alone is a step too.
    house.must(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &Change {
                note: Some(Some(Text::new("van"))),
                ..Change::default()
            },
        )
    });
    house.undo().unwrap();
    assert_eq!(note(&house, id), None);
    house.check();
}

#[test]
fn the_reason_of_an_early_hand_over_goes_with_its_undo() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    let id = house.confirmed(days(5, 6), &[Want::of(kind, 1)]);
    let out = CheckOut {
        early_reason: Some(Text::new("flight")),
        ..CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(items[0])])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &out));
    assert_eq!(note(&house, id).as_deref(), Some("flight"));
    house.undo().unwrap();
    assert_eq!(
        (note(&house, id), house.state(id)),
        (None, ReservationState::Confirmed)
    );
}

#[test]
fn each_entry_of_an_undo_says_which_it_reverses() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    let id = house.confirmed(hours(0, 24), &[Want::of(kind, 2)]);
    house.out(id, &[Thing::Item(items[0]), Thing::Item(items[1])]);
    let mark = house.seq();
    house.must(|db, settings| desk::extend(db, settings, &extension(id, 30, None)));
    house.must(|db, settings| desk::change(db, settings, id, &until(36)));
    house.undo().unwrap();
    house.undo().unwrap();
    let told = log::events_after(house.shop.read(), mark, i64::MAX).unwrap();
    let kinds: Vec<&str> = told.iter().map(|event| event.kind.as_str()).collect();
    let (moved, changed) = ("RentalExtended", "ReservationChanged");
    assert_eq!(
        kinds,
        [
            moved, moved, moved, moved, changed, moved, moved, changed, moved, moved
        ]
    );
    let place = |id: uuid::Uuid| told.iter().position(|event| event.event_id == id);
    let reversed: Vec<Option<usize>> = told
        .iter()
        .map(|event| event.reverses().and_then(place))
        .collect();
    assert_eq!(
        reversed,
        [
            None,
            None,
            None,
            None,
            None,
            Some(2),
            Some(3),
            Some(4),
            Some(0),
            Some(1)
        ]
    );
    // The hand-over: the reservation is confirmed again, a walk-in is cancelled.
    for walk_in in [false, true] {
        if walk_in {
            house.walk_in(&[Thing::Item(items[2])], hour(24));
        }
        let mark = house.seq();
        house.undo().unwrap();
        let told = log::events_after(house.shop.read(), mark, i64::MAX).unwrap();
        assert!(
            told.len() > 1 && told.iter().all(|event| event.reverses().is_some()),
            "{told:?}"
        );
        let last = told.last().unwrap();
        assert_eq!(
            last.kind,
            if walk_in {
                "ReservationCancelled"
            } else {
                changed
            }
        );
    }
    house.check();
}

#[test]
fn overdue_is_told_once_for_one_due_time_whatever_was_undone() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 1);
    let id = house.walk_in(&[Thing::Item(items[0])], hour(1));
    house.clock(hour(2));
    let told = |house: &mut House| {
        let seq = house.seq();
        house.shop.lapse().unwrap();
        house.kinds_since(seq).len()
    };
    assert_eq!(told(&mut house), 1);
    house.must(|db, settings| desk::extend(db, settings, &extension(id, 5, None)));
    house.undo().unwrap();
    assert_eq!(told(&mut house), 0, "of that time everybody knows");
    house.must(|db, settings| desk::extend(db, settings, &extension(id, 5, None)));
    house.clock(hour(6));
    assert_eq!(told(&mut house), 1, "of the new one nobody does");
}

#[test]
fn what_leaves_early_may_be_due_before_its_agreed_start() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    let id = house.confirmed(days(5, 6), &[Want::of(kind, 1)]);
    let out = CheckOut {
        early_reason: Some(Text::new("test shots")),
        due: Some(hour(24)),
        ..CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(items[0])])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &out));
    assert_eq!(due(&house, items[0]), 24);
    house.check();
}

#[test]
fn a_shop_that_only_warns_extends_onto_a_named_item() {
    let (mut house, _, items, bob) = named();
    house.shop.change_setting("short", "warn").unwrap();
    house.walk_in(&[Thing::Item(items[0])], hour(12));
    let id = house.open(items[0]).unwrap().reservation;
    house.must(|db, settings| desk::extend(db, settings, &extension(id, 30, None)));
    assert_eq!((due(&house, items[0]), house.lines(bob)[0].pin), (30, None));
    house.check();
}

/// The command line over the house's file, at the house's first moment.
fn rentdesk(house: &House, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rentdesk"))
        .args(arguments)
        .env("RENTDESK_DB", house.path())
        .env("RENTDESK_NOW", "2025-11-21T09:42:00Z")
        .env("RENTDESK_STAFF", "Ana")
        .output()
        .unwrap();
    [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .concat()
}

#[test]
fn every_undo_names_the_step_before_it() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 2);
    house.walk_in(&[Thing::Item(items[0]), Thing::Item(items[1])], hour(24));
    let tags: Vec<String> = items
        .iter()
        .map(|item| house.known(*item).tag.to_string())
        .collect();
    rentdesk(&house, &["in", &tags[0], &tags[1]]);
    let told = rentdesk(&house, &["undo"]);
    assert_eq!(
        told.trim(),
        format!(
            "Undone: back {} (Sam Okoro). The step before: back {} (Sam Okoro)",
            tags[1], tags[0]
        )
    );
    let told = rentdesk(&house, &["undo"]);
    assert_eq!(
        told.trim(),
        format!(
            "Undone: back {} (Sam Okoro). The step before: out 2 items to Sam Okoro",
            tags[0]
        )
    );
    let told = rentdesk(&house, &["undo"]);
    assert_eq!(told.trim(), "Undone: out 2 items to Sam Okoro");
}

#[test]
fn the_command_line_takes_back_the_step_before_what_has_no_undo() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 1);
    let (_, lamps) = house.items("Lamp", 1);
    house.walk_in(&[Thing::Item(items[0])], hour(24));
    let lamp = house.known(lamps[0]).tag.to_string();
    rentdesk(&house, &["item", "retire", &lamp, "--reason", "old"]);
    let told = rentdesk(&house, &["undo"]);
    assert!(told.contains("this cannot be undone") && told.contains("undo --step-before leaves that, and takes back the step before it: out 1 item to Sam Okoro"), "{told}");
    let told = rentdesk(&house, &["undo", "--step-before"]);
    assert_eq!(told.trim(), "Undone: out 1 item to Sam Okoro");
    assert!(house.open(items[0]).is_none());
    let told = rentdesk(&house, &["undo", "--step-before"]);
    assert!(told.contains("No step stands before it"), "{told}");
}
