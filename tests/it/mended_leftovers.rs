//! What reviews found, each mended: an undo that took the wrong thing back, questions that were
//! asked once for each thing.

use crate::house::{House, days, hour};
use rentdesk::booking::{BookingRefusal, CancelReason, Thing, Want};
use rentdesk::desk;
use rentdesk::events::Event;
use rentdesk::inventory;
use rentdesk::kernel::Failure;
use rentdesk::store::{self, log};

#[test]
fn an_undone_return_takes_back_that_the_reservation_was_complete() {
    let mut house = House::new();
    let (_, items) = house.items("Camera", 2);
    house.walk_in(&[Thing::Item(items[0]), Thing::Item(items[1])], hour(24));
    house.back(items[0]);
    house.back(items[1]);
    let seq = house.seq();
    house.undo().unwrap();
    let events = log::events_after(house.shop.read(), 0, i64::MAX).unwrap();
    let completed = events
        .iter()
        .rev()
        .find(|event| event.kind == "ReservationCompleted")
        .unwrap();
    let active = events
        .iter()
        .find(|event| {
            event.seq > seq && matches!(event.event, Some(Event::ReservationActivated { .. }))
        })
        .unwrap();
    assert_eq!(active.reverses(), Some(completed.event_id));
    let told = rentdesk::history::entry(house.shop.read(), completed.seq)
        .unwrap()
        .unwrap();
    assert!(
        told.undone,
        "the history says that it was not complete after all"
    );
    house.check();
}

#[test]
fn the_desk_asks_as_much_about_twenty_returns_as_about_two() {
    let questions = |count: usize| {
        let mut house = House::new();
        let (_, items) = house.items("Camera", 20);
        let things: Vec<Thing> = items
            .iter()
            .take(count)
            .map(|item| Thing::Item(*item))
            .collect();
        house.walk_in(&things, hour(24));
        for item in items.iter().take(count) {
            house.back(*item);
        }
        house.shop.drain_all().unwrap();
        let before = store::statements_run();
        desk::board(
            house.shop.read(),
            &house.shop.settings,
            &house.shop.consumers().unwrap(),
            house.shop.now(),
        )
        .unwrap();
        store::statements_run() - before
    };
    assert_eq!(questions(2), questions(20));
}

#[test]
fn lines_that_have_the_item_they_name_cost_no_question_each_when_another_is_cancelled() {
    let questions = |count: i64| {
        let mut house = House::new();
        let (camera, items) = house.items("Camera", 2);
        for number in 0..count {
            house.confirmed(
                days(10 + 2 * number, 11 + 2 * number),
                &[Want {
                    pin: Some(items[0]),
                    ..Want::of(camera, 1)
                }],
            );
        }
        let other = house.confirmed(days(1, 2), &[Want::of(camera, 1)]);
        let lines = house.lines(other);
        assert_eq!(
            inventory::pinned_among(house.shop.read(), &[lines[0].id])
                .unwrap()
                .len(),
            0
        );
        // Only the command: how much of the derived work fits into its slice of time is the
        // machine's affair.
        house.must(|db, settings| {
            let before = store::statements_run();
            desk::cancel(db, settings, other, CancelReason::Customer, None)?;
            Ok::<usize, Failure<BookingRefusal>>(store::statements_run() - before)
        })
    };
    let (few, many) = (questions(2), questions(12));
    assert!(
        many <= few + 2,
        "{few} questions beside two named items, {many} beside twelve"
    );
}
