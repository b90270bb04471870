//! What was promised and never picked up stays in sight until it ends: under NEEDS YOU first, and
//! after the no-show time it expires, or is completed without what never left.

use crate::house::{House, days, hour};
use crate::quoting::rate;
use rentdesk::booking::{ReservationState, Thing, Want};
use rentdesk::desk::{self, Need};
use rentdesk::history::{self, Filter};

fn waiting(house: &House) -> Vec<(String, Option<String>)> {
    let board = desk::board(
        house.shop.read(),
        &house.shop.settings,
        &house.shop.consumers().unwrap(),
        house.shop.now(),
    )
    .unwrap();
    board
        .needs
        .into_iter()
        .filter_map(|need| match need {
            Need::Uncollected { number, rest, .. } => Some((number.to_string(), rest)),
            _ => None,
        })
        .collect()
}

#[test]
fn a_reservation_that_nobody_picked_up_is_in_sight_until_it_expires() {
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 1);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    // After an hour, on the next day, and when its window is over.
    for (hours, in_sight) in [(0, false), (2, true), (30, true), (49, true)] {
        house.clock(hour(hours));
        let expect: Vec<_> = in_sight
            .then(|| ("R-1001".to_owned(), None))
            .into_iter()
            .collect();
        assert_eq!(waiting(&house), expect, "after {hours} hours");
    }
    house.clock(hour(51));
    house.shop.lapse().unwrap();
    assert_eq!(house.state(id), ReservationState::Expired);
    assert_eq!(waiting(&house), []);
}

#[test]
fn what_never_left_is_dropped_once_the_window_is_over() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 3);
    rate(&mut house, kind, 10_000);
    let id = house.confirmed(days(0, 2), &[Want::of(kind, 3)]);
    house.out(id, &[Thing::Item(items[0]), Thing::Item(items[1])]);
    house.clock(hour(24));
    house.back(items[0]);
    house.clock(hour(49));
    assert_eq!(waiting(&house), []); // one is out still: it is overdue, and in that list
    house.back(items[1]);
    assert_eq!(
        waiting(&house),
        [("R-1001".to_owned(), Some("1 x Camera".to_owned()))]
    );
    assert_eq!(house.shop.lapse().unwrap(), 0); // not yet
    house.clock(hour(51));
    assert_eq!(house.shop.lapse().unwrap(), 1);
    assert_eq!(house.state(id), ReservationState::Completed);
    assert_eq!(waiting(&house), []);
    assert_eq!(house.lines(id)[0].quantity, 2);
    house.shop.drain_all().unwrap();
    let told = desk::tell(
        house.shop.read(),
        history::entries(house.shop.read(), &Filter::default(), 3, 0).unwrap(),
    )
    .unwrap();
    let told: Vec<&str> = told.iter().map(|told| told.what.as_str()).collect();
    assert!(told.contains(&"reservation changed: lines"), "{told:?}");
    assert!(told.contains(&"complete"), "{told:?}");
    house.check();
}
