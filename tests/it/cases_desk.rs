//! The acceptance cases at the desk and after it, by their numbers: 33 to 46, and 52, 53 and 55.
//!
//! 38 and 45 go through the program itself. 54 (mail) is in `messages.rs`. 47 to 51 are in
//! `outbox.rs` and `crash.rs`, and 53 is the golden file in `guards.rs`.

use crate::counter::{Counter, holder, item};
use crate::house::{House, days, hour, hours};
use rentdesk::booking::{
    self, CheckIn, CheckOut, Recipient, RentalOutcome, RentalState, ReservationState, Thing, Want,
};
use rentdesk::inventory::{self, Condition, Stock};
use rentdesk::kernel::Text;
use rentdesk::notifications::{self, MessageState, Template};
use rentdesk::{catalog, desk, history};
use std::process::{Command, Stdio};

#[test]
fn case_33_a_scan_closes_the_rental_of_that_very_tag() {
    let mut house = House::new();
    let (fx6, items) = house.items("Sony FX6", 2);
    let id = house.walk_in(&[Thing::Item(items[0]), Thing::Item(items[1])], hour(5));
    let scanned = Stock::Item(house.known(items[1]));
    let found = desk::rental_of(
        house.shop.read(),
        &house.shop.settings,
        &scanned,
        None,
        house.shop.now(),
    )
    .unwrap();
    assert_eq!(found.item, Some(items[1]));
    house.back(items[1]);
    let open: Vec<_> = booking::rentals_of(house.shop.read(), id)
        .unwrap()
        .into_iter()
        .filter(|rental| rental.state == RentalState::Out)
        .map(|rental| rental.item)
        .collect();
    assert_eq!(
        (open, house.free(fx6, hours(0, 2))),
        (vec![Some(items[0])], 1)
    );
    house.check();
}

#[test]
fn case_34_a_late_return_is_accepted_and_flagged() {
    let mut house = House::new();
    let (_, items) = house.items("Sony FX6", 1);
    house.walk_in(&[Thing::Item(items[0])], hour(5));
    house.clock(hour(7));
    let rental = house.back(items[0]);
    let rental = booking::rental(house.shop.read(), rental).unwrap().unwrap();
    assert_eq!(
        (
            rental.outcome,
            rental.late_minutes(&house.shop.settings, hour(7)),
            rental.state
        ),
        (Some(RentalOutcome::Flagged), 120, RentalState::Returned)
    );
    let filter = history::Filter {
        late: true,
        ..history::Filter::default()
    };
    assert_eq!(
        history::entries(house.shop.read(), &filter, 10, 0).unwrap()[0].late_minutes,
        Some(120)
    );
}

#[test]
fn case_35_what_is_not_out_has_three_sentences_and_no_event() {
    let mut counter = Counter::demo();
    let events =
        |counter: &Counter| rentdesk::store::log::last_seq(counter.app.shop.read()).unwrap();
    let before = events(&counter);
    counter.keys("<f3>");
    let mut said = Vec::new();
    for tag in ["CAM-9999", "TRI-0005"] {
        counter.scan(tag);
        said.push(counter.verdict());
    }
    assert_eq!(events(&counter), before);
    counter.scan("CAM-0021").scan("CAM-0021");
    said.push(counter.verdict());
    assert!(
        said[0].starts_with("BAD")
            && said[1].contains("was not out")
            && said[2].contains("CAM-0021"),
        "{said:?}"
    );
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 3);
    assert_eq!(
        events(&counter),
        before + 1,
        "one return, the doubled scan told nothing"
    );
    let screen = counter.scan("LEN-0050").verdict();
    assert!(
        screen.starts_with("OK BACK"),
        "the screen keeps scanning: {screen}"
    );
}

#[test]
fn case_36_a_count_that_a_customer_never_had_is_not_taken_back_from_him() {
    let mut house = House::new();
    let cable = house.counted("Cable", 9);
    house.walk_in(&[Thing::Bulk(cable, 4)], hour(5));
    let stock = Stock::Bulk(
        inventory::bulk_of_type(house.shop.read(), cable)
            .unwrap()
            .unwrap(),
    );
    let ask = |house: &House, customer| {
        desk::rental_of(
            house.shop.read(),
            &house.shop.settings,
            &stock,
            customer,
            house.shop.now(),
        )
    };
    assert!(ask(&house, Some(house.maya)).is_err());
    assert_eq!(ask(&house, Some(house.sam)).unwrap().quantity, 4);
}

#[test]
fn case_36_a_tag_that_a_customer_never_had_is_not_taken_back_from_them() {
    let counter = crate::cli::Counter::open();
    let before = counter.json("outbox status")["events"].clone();
    let (code, told, _) = counter.run("in CAM-0012 --customer C-0002");
    assert!(
        code == 1 && told.contains("CAM-0012 is out to Maya Chen C-0001, not to Sam Okoro C-0002"),
        "{told}"
    );
    assert_eq!(
        counter.json("outbox status")["events"],
        before,
        "nothing changed"
    );
    assert_eq!(counter.run("in CAM-0012 --customer C-0001").0, 0);
}

#[test]
fn case_37_the_same_tag_twice_is_one_check_in() {
    let mut counter = Counter::demo();
    counter.burst("CAM-0021");
    counter.burst("CAM-0021");
    assert!(
        counter.verdict().contains("same tag again, counted once"),
        "{}",
        counter.verdict()
    );
    let id = item(&counter, "CAM-0021").id;
    let filter = history::Filter {
        item: Some(id),
        kind: Some("EquipmentCheckedIn"),
        ..history::Filter::default()
    };
    assert_eq!(
        (
            history::count(counter.app.shop.read(), &filter).unwrap(),
            holder(&counter, "CAM-0021")
        ),
        (1, None)
    );
}

/// The program on a house's file: its exit code, and all it said.
fn run(house: &House, arguments: &[&str]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
    command
        .env_remove("RENTDESK_DB")
        .env("RENTDESK_NOW", house.shop.now().rfc3339())
        .arg("--db")
        .arg(house.path())
        .args(arguments)
        .stdin(Stdio::null());
    let output = command.output().unwrap();
    (
        output.status.code().unwrap(),
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    )
}

#[test]
fn case_38_the_time_of_a_return_is_read_checked_and_kept() {
    let mut house = House::new();
    let (_, items) = house.items("Sony FX6", 2);
    house.walk_in(&[Thing::Item(items[0]), Thing::Item(items[1])], hour(5));
    let [one, two] = [0, 1].map(|place| house.known(items[place]).tag.to_string());
    let (seq, at) = (house.seq(), hour(-1));
    house.clock(hour(3));
    assert_eq!(
        run(&house, &["in", &one, "--at", "hello"]).0,
        2,
        "a usage error"
    );
    for (time, word) in [(at, "before it went out"), (hour(4), "ahead of the clock")] {
        let (code, said) = run(&house, &["in", &one, "--at", &time.rfc3339()]);
        assert!(code == 1 && said.contains(word), "{code} {said}");
    }
    assert_eq!(house.seq(), seq);
    let (code, said) = run(&house, &["in", &one, "--at", &hour(2).rfc3339()]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(run(&house, &["in", &two]).0, 0);
    let backs = [0, 1].map(|place| {
        booking::last_return(house.shop.read(), items[place])
            .unwrap()
            .unwrap()
            .in_at
    });
    assert_eq!(backs, [Some(hour(2)), Some(hour(3))]);
}

#[test]
fn case_39_what_is_taken_back_at_another_place_stays_there_and_its_hand_over_says_where_it_left_from()
 {
    let mut house = House::new();
    let (_, items) = house.items("Sony FX6", 1);
    let cable = house.counted("Cable", 9);
    let place = |house: &House| {
        house
            .known(items[0])
            .location
            .map(|place| place.to_string())
    };
    house.must(|db, _| inventory::put_at(db, items[0], Some(&Text::new("A3"))));
    let id = house.walk_in(&[Thing::Item(items[0]), Thing::Bulk(cable, 4)], hour(5));
    let rentals = booking::rentals_of(house.shop.read(), id).unwrap();
    let (camera, cables) = (
        rentals
            .iter()
            .find(|rental| rental.item.is_some())
            .unwrap()
            .id,
        rentals
            .iter()
            .find(|rental| rental.item.is_none())
            .unwrap()
            .id,
    );
    let elsewhere = |rental| CheckIn {
        location: Some(Text::new("Harbour office")),
        ..CheckIn::plain(rental)
    };
    house.must(|db, settings| desk::take_back(db, settings, &elsewhere(camera)));
    let places = |house: &House, rental| {
        let rental = booking::rental(house.shop.read(), rental).unwrap().unwrap();
        (
            rental.out_location.map(|place| place.to_string()),
            rental.in_location.map(|place| place.to_string()),
        )
    };
    assert_eq!(
        places(&house, camera),
        (Some("A3".to_owned()), Some("Harbour office".to_owned()))
    );
    assert_eq!(
        place(&house).as_deref(),
        Some("Harbour office"),
        "the item is where it was taken back"
    );
    let filter = history::Filter {
        item: Some(items[0]),
        ..history::Filter::default()
    };
    let told = desk::tell(
        house.shop.read(),
        history::entries(house.shop.read(), &filter, 1, 0).unwrap(),
    )
    .unwrap();
    assert_eq!(told[0].what, "back, good, at Harbour office");
    // Undone, it is out again and belongs where it did; taken back without a word it is there.
    house.undo().unwrap();
    assert_eq!(
        (places(&house, camera).1, place(&house).as_deref()),
        (None, Some("A3"))
    );
    house.back(items[0]);
    assert_eq!(
        (
            places(&house, camera).1.as_deref(),
            place(&house).as_deref()
        ),
        (Some("A3"), Some("A3"))
    );
    // Part of a count, too, and its shelf stays.
    house.must(|db, settings| {
        desk::take_back(
            db,
            settings,
            &CheckIn {
                quantity: Some(1),
                ..elsewhere(cables)
            },
        )
    });
    let part = booking::rentals_of(house.shop.read(), id)
        .unwrap()
        .into_iter()
        .find(|rental| rental.item.is_none() && rental.in_at.is_some())
        .unwrap();
    assert_eq!(
        (part.quantity, part.in_location.unwrap().as_str()),
        (1, "Harbour office")
    );
    assert_eq!(
        inventory::bulk_of_type(house.shop.read(), cable)
            .unwrap()
            .unwrap()
            .location,
        None
    );
    house.check();
}

#[test]
fn case_39_the_command_line_says_where_it_was_taken_back() {
    let counter = crate::cli::Counter::open();
    let back = counter.json(r#"in CAM-0012 --location "Harbour office""#);
    assert_eq!(
        (
            &back["back"][0]["location"],
            &counter.json("item show CAM-0012")["location"]
        ),
        (&"Harbour office".into(), &"Harbour office".into())
    );
    let who = counter.json(r#"who CAM-0012 --on "fri 10:42""#);
    assert_eq!(
        (&who["state"], &who["customer"]),
        (&"IN".into(), &serde_json::Value::Null)
    );
    let (_, told, _) = counter.run("who CAM-0012");
    assert!(told.contains("at Harbour office"), "{told}");
    let events = counter.json("events");
    let payload = |kind: &str| {
        events
            .as_array()
            .unwrap()
            .iter()
            .find(|event| event["kind"] == kind)
            .unwrap()["payload"]
            .clone()
    };
    assert_eq!(payload("EquipmentCheckedOut")["location"], "A3");
    assert_eq!(
        (
            &payload("EquipmentCheckedIn")["location"],
            &payload("EquipmentCheckedIn")["out_location"]
        ),
        (&"Harbour office".into(), &"A3".into())
    );
}

#[test]
fn case_40_what_does_not_work_does_not_leave_even_before_the_outbox_is_drained() {
    let mut house = House::new();
    let (fx6, items) = house.items("Sony FX6", 2);
    let id = house.confirmed(hours(0, 5), &[Want::of(fx6, 1)]);
    for (condition, back) in [
        (Condition::Unusable, None),
        (Condition::UnderMaintenance, Some(hour(48))),
    ] {
        house.report(items[0], condition, back);
        let command = CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(items[0])]);
        let said = house.refused(|db, settings| desk::hand_over(db, settings, &command));
        assert!(
            said.contains("is on the bench since")
                && said.contains(house.known(items[1]).tag.as_str()),
            "{said}"
        );
    }
    // In the very transaction that reports it: no subscriber has heard of it yet.
    let walk_in = CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(items[1])]);
    let said = house.refused(|db, settings| {
        inventory::report_condition(
            db,
            items[1],
            &inventory::Report::plain(Condition::Unusable, Some(Text::new("bent"))),
        )
        .map_err(|failure| failure.map(booking::BookingRefusal::Stock))?;
        desk::hand_over(db, settings, &walk_in)
    });
    assert!(said.contains("is on the bench since"), "{said}");
}

#[test]
fn case_41_any_item_of_the_type_serves_and_a_warning_comes_before_a_broken_promise() {
    let mut house = House::new();
    let (fx6, items) = house.items("Sony FX6", 2);
    let first = house.confirmed(hours(0, 10), &[Want::of(fx6, 1)]);
    let second = house.confirmed(hours(0, 10), &[Want::of(fx6, 1)]);
    let planned = |house: &House, id| {
        booking::plan_of(
            house.shop.read(),
            &house.shop.settings,
            fx6,
            house.shop.now(),
        )
        .unwrap()
        .get(&house.lines(id)[0].id)
        .cloned()
    };
    let for_first = planned(&house, first).unwrap()[0];
    house.out(second, &[Thing::Item(for_first)]);
    let other = items
        .iter()
        .copied()
        .find(|item| *item != for_first)
        .unwrap();
    assert_eq!(
        planned(&house, first),
        Some(vec![other]),
        "the plan is made anew"
    );
    let walk_in = CheckOut {
        due: Some(hour(5)),
        ..CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(other)])
    };
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &walk_in));
    assert!(said.contains("is promised to R-1001 Maya Chen"), "{said}");
    house.must(|db, settings| {
        desk::hand_over(
            db,
            settings,
            &CheckOut {
                take_anyway: true,
                ..walk_in
            },
        )
    });
    assert_eq!(house.short(), [(first, 1)]);
    // Pinned for another.
    let (fx3, items) = house.items("Sony FX3", 2);
    house.confirmed(hours(1, 10), &[Want::item(fx3, items[0])]);
    let walk_in = CheckOut {
        due: Some(hour(5)),
        ..CheckOut::plain(Recipient::WalkIn(house.sam), vec![Thing::Item(items[0])])
    };
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &walk_in));
    assert!(
        said.contains("is promised to R-1004")
            && said.contains(&format!("{} is free", house.known(items[1]).tag)),
        "{said}"
    );
    house.check();
}

#[test]
fn case_42_what_is_not_on_the_reservation_is_swapped_or_added_never_taken_in_silence() {
    let mut house = House::new();
    let (fx6, _) = house.items("Sony FX6", 1);
    let (fx3, others) = house.items("Sony FX3", 2);
    house.must(|db, _| catalog::set_substitute(db, fx6, fx3));
    let id = house.confirmed(hours(0, 10), &[Want::of(fx6, 1)]);
    let out = CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(others[0])]);
    let said = house.refused(|db, settings| desk::hand_over(db, settings, &out));
    assert!(
        said.ends_with(
            "is not on R-1001 / swap it for line 1 (--swap TAG=1), or add it as an extra (--extra)"
        ),
        "{said}"
    );
    let line = house.lines(id)[0].id;
    house.must(|db, settings| {
        desk::hand_over(
            db,
            settings,
            &CheckOut {
                swaps: vec![(others[0], line)],
                ..out
            },
        )
    });
    assert_eq!(
        (
            house.lines(id).len(),
            house.lines(id)[0].claimed,
            house.free(fx6, hours(0, 10))
        ),
        (1, 0, 1),
        "the line is fulfilled by it"
    );
    let extra = CheckOut {
        extras: true,
        ..CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(others[1])])
    };
    house.must(|db, settings| desk::hand_over(db, settings, &extra));
    assert_eq!(house.lines(id).len(), 2);
    house.check();
}

#[test]
fn case_43_gear_that_comes_back_broken_is_not_free_and_leaves_somebody_short() {
    let mut house = House::new();
    let (fx6, items) = house.items("Sony FX6", 1);
    house.walk_in(&[Thing::Item(items[0])], hour(5));
    let later = house.confirmed(days(1, 2), &[Want::of(fx6, 1)]);
    let rental = house.open(items[0]).unwrap().id;
    let command = CheckIn {
        condition: Some(Condition::Unusable),
        note: Some(Text::new("mount bent")),
        ..CheckIn::plain(rental)
    };
    house.must(|db, settings| desk::take_back(db, settings, &command));
    assert_eq!(
        (house.free(fx6, hours(1, 5)), house.short()),
        (0, vec![(later, 1)])
    );
    assert_eq!(history::flags(house.shop.read()).unwrap().len(), 1);
    let filter = history::Filter {
        item: Some(items[0]),
        kind: Some("EquipmentConditionUpdated"),
        ..history::Filter::default()
    };
    let entry = &history::entries(house.shop.read(), &filter, 1, 0).unwrap()[0];
    assert_eq!(
        (
            entry.condition_before.as_deref(),
            entry.condition_after.as_deref()
        ),
        (Some("GOOD"), Some("UNUSABLE"))
    );
    house.check();
}

#[test]
fn case_44_the_last_return_completes_the_reservation() {
    let mut house = House::new();
    let (fx6, items) = house.items("Sony FX6", 3);
    let id = house.confirmed(hours(0, 5), &[Want::of(fx6, 3)]);
    house.out(
        id,
        &items
            .iter()
            .map(|item| Thing::Item(*item))
            .collect::<Vec<_>>(),
    );
    house.back(items[0]);
    house.back(items[1]);
    assert_eq!(
        (
            house.state(id),
            booking::out_to(house.shop.read(), house.maya)
                .unwrap()
                .len()
        ),
        (ReservationState::Active, 1)
    );
    let seq = house.seq();
    house.back(items[2]);
    assert_eq!(
        (house.state(id), house.kinds_since(seq)),
        (
            ReservationState::Completed,
            vec![
                "EquipmentCheckedIn".to_owned(),
                "ReservationCompleted".to_owned()
            ]
        )
    );
    house.check();
}

#[test]
fn case_45_what_is_not_there_is_exit_code_three_and_an_empty_list_is_success() {
    let house = House::new();
    for arguments in [
        &["item", "show", "CAM-9999"][..],
        &["show", "R-9999"],
        &["out", "--reservation", "R-9999", "CAM-9999"],
    ] {
        let (code, said) = run(&house, arguments);
        assert_eq!(code, 3, "{arguments:?}: {said}");
    }
    let (code, said) = run(&house, &["customer", "rentals", "Maya Chen", "--json"]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn case_46_reasons_are_asked_and_what_is_retired_stays_so() {
    let mut house = House::new();
    let (_, items) = house.items("Sony FX6", 3);
    let nothing = Text::default();
    assert!(
        house
            .refused(|db, _| inventory::report_condition(
                db,
                items[0],
                &inventory::Report::plain(Condition::UnderMaintenance, None)
            ))
            .contains("note")
    );
    house.refused(|db, _| inventory::report_lost(db, items[0], &nothing, None));
    house.refused(|db, _| inventory::retire(db, items[0], &nothing));
    house.must(|db, _| inventory::report_lost(db, items[0], &Text::new("not on the shelf"), None));
    house.must(|db, _| inventory::found(db, items[0], Condition::Good, None, None, None));
    assert!(house.known(items[0]).can_leave());
    house.must(|db, _| inventory::retire(db, items[0], &Text::new("worn out")));
    house.refused(|db, _| inventory::found(db, items[0], Condition::Good, None, None, None));
    house.refused(|db, _| inventory::retire(db, items[0], &Text::new("again")));
    house.refused(|db, _| inventory::report_lost(db, items[0], &Text::new("gone"), None));
    let dated = house.shop.read().one(
        "SELECT count(*) FROM item_change WHERE item_id = ?1 AND at = ?2 AND staff_id IS ?3",
        (items[0], house.shop.now(), house.shop.staff),
        |row| row.get::<_, i64>(0),
    );
    assert_eq!(dated.unwrap(), 3, "when, and who");
    let changes: Vec<(String, String, Option<String>)> = house
        .shop
        .read()
        .rows(
            "SELECT before, after, reason FROM item_change WHERE item_id = ?1 ORDER BY id",
            [items[0]],
            |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
        )
        .unwrap();
    let said: Vec<(&str, &str, Option<&str>)> = changes
        .iter()
        .map(|(from, to, reason)| (from.as_str(), to.as_str(), reason.as_deref()))
        .collect();
    assert_eq!(
        said,
        [
            ("IN_SERVICE", "LOST", Some("not on the shelf")),
            ("LOST", "IN_SERVICE", None),
            ("IN_SERVICE", "RETIRED", Some("worn out"))
        ]
    );
}

#[test]
fn case_52_a_command_tells_each_fact_once_and_reading_tells_none() {
    let mut house = House::new();
    let (fx6, _) = house.items("Sony FX6", 1);
    let seq = house.seq();
    let id = house.confirmed(days(1, 2), &[Want::of(fx6, 1)]);
    assert_eq!(
        house.kinds_since(seq),
        ["ReservationCreated", "ReservationConfirmed"]
    );
    let seq = house.seq();
    booking::reservation(house.shop.read(), id).unwrap();
    house.lines(id);
    house.free(fx6, days(1, 2));
    assert_eq!(house.seq(), seq);
}

#[test]
fn case_55_a_withdrawn_type_with_1_out_and_2_reserved_leaves_2_shortages_and_2_messages() {
    let mut house = House::new();
    let (dvd, items) = house.items("Alien, DVD", 3);
    house.walk_in(&[Thing::Item(items[0])], hour(5));
    let first = house.confirmed(days(1, 2), &[Want::of(dvd, 1)]);
    let second = house.confirmed(days(1, 3), &[Want::of(dvd, 1)]);
    house.must(|db, _| catalog::withdraw_type(db, dvd, &Text::new("the rights ended")));
    assert_eq!(house.short(), [(first, 1), (second, 1)], "2 shortages");
    let told = notifications::list(house.shop.read(), None, None, 10).unwrap();
    let told: Vec<_> = told
        .into_iter()
        .filter(|message| message.template == Template::Short)
        .map(|message| (message.reservation, message.state))
        .collect();
    assert_eq!(
        told,
        [
            (Some(second), MessageState::Pending),
            (Some(first), MessageState::Pending)
        ],
        "2 messages"
    );
    assert!(
        house
            .no_room(days(1, 2), &[Want::of(dvd, 1)])
            .contains("is withdrawn")
    );
    house.back(items[0]);
    let filter = history::Filter {
        item: Some(items[0]),
        ..history::Filter::default()
    };
    let told: Vec<String> = history::entries(house.shop.read(), &filter, 10, 0)
        .unwrap()
        .into_iter()
        .map(|entry| entry.kind)
        .collect();
    assert_eq!(
        told,
        [
            "EquipmentCheckedIn",
            "EquipmentCheckedOut",
            "EquipmentAdded"
        ]
    );
    house.check();
}
