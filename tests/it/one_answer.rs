//! One fact has one answer: who has a thing, since when, until when, whoever is asked.

use crate::counter::Counter;
use crate::house::{House, days, hour};
use crate::mended_promises::done;
use rentdesk::booking::{self, Change, Extension, Thing, Want};
use rentdesk::desk::{self, Judgement};
use rentdesk::history;
use rentdesk::kernel::{Failure, ItemId, Moment, Period, ReservationId, Text};

/// Asks the item's own rental and the history, now, and holds the two against each other.
#[track_caller]
fn holder(house: &House, item: ItemId) -> Option<history::Custody> {
    house.shop.drain_all().unwrap();
    let (db, now) = (house.shop.read(), house.shop.now());
    let span = Period {
        start: now,
        end: Moment(now.0 + 1),
    };
    let own = desk::had_in(db, item, span, now).unwrap();
    let told = history::who_had(db, item, now).unwrap();
    assert_eq!(own, told, "the item's own rental, and the history");
    let open = booking::open_rental(db, item).unwrap();
    assert_eq!(
        own.as_ref()
            .filter(|own| own.back.is_none())
            .map(|own| (own.rental, own.due)),
        open.map(|open| (open.id, open.due_at)),
    );
    own
}

type Act = fn(&mut House, ReservationId, ItemId);
/// What was done, and the due time and whether it ended, as every question must tell them.
type Case<'a> = (&'a str, &'a [Act], Option<(i64, bool)>);

fn extend_to(house: &mut House, reservation: ReservationId, due: Moment) {
    let extension = Extension {
        reservation,
        rentals: None,
        due,
        keep_short: false,
    };
    house.must(|db, settings| desk::extend(db, settings, &extension));
}

fn undo(house: &mut House, _: ReservationId, _: ItemId) {
    house.undo().unwrap();
}

/// Every act that moves custody is heard by every question about it.
#[test]
fn every_act_that_moves_custody_is_heard_by_every_question() {
    let extended: Act = |house, reservation, _| extend_to(house, reservation, hour(72));
    let back: Act = |house, _, item| {
        house.back(item);
    };
    let lost: Act = |house, _, item| {
        house.must(|db, _| desk::judge(db, item, None, &Judgement::Lost(Text::new("gone"))));
    };
    let changed: Act = |house, reservation, _| {
        let change = Change {
            window: Some(days(0, 4)),
            ..Change::default()
        };
        house.must(|db, settings| desk::change(db, settings, reservation, &change));
    };
    let found: Act = |house, _, item| {
        house.must(|db, settings| desk::find(db, settings, item, None, None));
    };
    let gone = |custody: Option<history::Custody>| custody.map(|one| (one.due, one.back.is_some()));
    let cases: &[Case<'_>] = &[
        ("out", &[], Some((48, false))),
        ("extended", &[extended], Some((72, false))),
        ("the extension undone", &[extended, undo], Some((48, false))),
        ("another end", &[changed], Some((96, false))),
        ("that undone", &[changed, undo], Some((48, false))),
        ("extended and back", &[extended, back], Some((72, true))),
        (
            "the return undone",
            &[extended, back, undo],
            Some((72, false)),
        ),
        ("extended and lost", &[extended, lost], Some((72, true))),
        (
            "the loss undone",
            &[extended, lost, undo],
            Some((72, false)),
        ),
        ("found", &[extended, lost, found], Some((72, true))),
        (
            "the find undone",
            &[extended, lost, found, undo],
            Some((72, true)),
        ),
        ("never out", &[undo], None),
    ];
    for (what, acts, expect) in cases {
        let mut house = House::new();
        let (kind, items) = house.items("Camera", 1);
        let reservation = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
        house.out(reservation, &[Thing::Item(items[0])]);
        for act in *acts {
            act(&mut house, reservation, items[0]);
        }
        let expect = expect.map(|(due, ended)| (hour(due), ended));
        assert_eq!(gone(holder(&house, items[0])), expect, "{what}");
        house.check();
    }
}

/// The due time is said as it stands, now and of the past.
#[test]
fn who_says_the_due_time_as_it_stands() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    let tag = house.known(items[0]).tag.to_string();
    let reservation = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.out(reservation, &[Thing::Item(items[0])]);
    extend_to(&mut house, reservation, hour(72));
    for arguments in [
        vec!["who", &tag],
        vec!["who", &tag, "--on", "today"],
        vec!["who", &tag, "--on", "2025-11-21 10:42"],
    ] {
        let told = done(&house, &arguments);
        assert!(told.contains("due Mon 24 Nov"), "{arguments:?}: {told}");
    }
    let told = done(&house, &["history", "--item", &tag]);
    assert!(told.contains("extended, due Mon 24 Nov 10:42"), "{told}");
}

fn stopped(house: &mut House, name: &'static str, attempts: i64, parked: bool) {
    house.shop.drain_all().unwrap();
    let seq = house.seq() + 1;
    house.must(|db, _| {
        let next = db.now().plus_minutes(1);
        db.execute(
            "INSERT INTO consumer_failure(consumer, seq, attempts, crashes, next_attempt_at, last_error, parked) VALUES (?1, ?2, ?3, 0, ?4, 'a bad event', ?5)",
            (name, seq, attempts, next, parked),
        )
        .map(drop)
        .map_err(Failure::<booking::BookingRefusal>::Fault)
    });
}

/// A history that stands still does not say "never out" of what is out: the present is known by
/// the item's own rental, and of the past it is said up to where it is known.
#[test]
fn a_history_that_stands_still_says_how_far_it_knows() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 2);
    let tag = house.known(items[0]).tag.to_string();
    stopped(&mut house, "history", 8, true);
    let known = house.seq();
    let reservation = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.out(reservation, &[Thing::Item(items[0])]);
    let lag = format!(
        "The history knows everything up to event {known} of {}.",
        house.seq()
    );
    let now = done(&house, &["who", &tag]);
    assert!(now.contains("is with Maya Chen"), "{now}");
    assert!(!now.contains("knows everything"), "{now}");
    for arguments in [
        vec!["who", &tag, "--on", "2025-11-21 10:41"],
        vec!["history", "--item", &tag],
        vec!["history"],
    ] {
        let told = done(&house, &arguments);
        assert!(told.contains(&lag), "{arguments:?}: {told}");
    }
    let mut counter = Counter::over(house.shop, house.folder);
    counter.keys(":history<ret>");
    let screen = counter.screen_at(120, 30);
    assert!(screen.contains(&lag), "{screen}");
    counter.keys(&format!("<esc>{tag} 20 nov<ret>"));
    assert!(counter.verdict().contains(&lag), "{}", counter.verdict());
}

/// A subscriber that stops is told of at its first failure, not only once it is parked.
#[test]
fn a_subscriber_that_stops_needs_somebody_at_once() {
    for (attempts, parked, json, words) in [
        (1, false, "STOPPED", "tried again by itself"),
        (8, true, "PARKED", "before event"),
    ] {
        let mut house = House::new();
        stopped(&mut house, "history", attempts, parked);
        let told = done(&house, &["today", "--json"]);
        assert!(told.contains(json), "{told}");
        let mut counter = Counter::over(house.shop, house.folder);
        let screen = counter.screen_at(120, 30);
        assert!(screen.contains("! stopped"), "{screen}");
        assert!(screen.contains(words), "{screen}");
    }
}
