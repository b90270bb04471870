//! The history has no hole: every event names whom and what it is about, a change says what changed,
//! and what takes something back points at what it takes back.

use crate::guards::one_of_each;
use crate::house::{House, asked, days, hour};
use crate::quoting::rate;
use rentdesk::booking::{
    self, Bargain, Change, CheckOut, Edit, Extension, Firmness, Recipient, Thing, Want,
};
use rentdesk::desk::{self, Judgement};
use rentdesk::events::{Event, Recorded};
use rentdesk::history::{self, Entry, Filter};
use rentdesk::kernel::{Failure, Money, Text};
use rentdesk::pricing::ByHand;
use rentdesk::store::log;
use uuid::Uuid;

/// What an entry of a kind must name.
#[derive(Clone, Copy, Default)]
struct Names {
    customer: bool,
    reservation: bool,
    item: bool,
    kind: bool,
}

const RESERVATION: Names = Names {
    customer: true,
    reservation: true,
    item: false,
    kind: false,
};
const RENTAL: Names = Names {
    customer: true,
    reservation: true,
    item: true,
    kind: true,
};
const ITEM: Names = Names {
    customer: false,
    reservation: false,
    item: true,
    kind: true,
};
const TYPE: Names = Names {
    customer: false,
    reservation: false,
    item: false,
    kind: true,
};
const CUSTOMER: Names = Names {
    customer: true,
    reservation: false,
    item: false,
    kind: false,
};
const NOBODY: Names = Names {
    customer: false,
    reservation: false,
    item: false,
    kind: false,
};

fn names(kind: &str) -> Names {
    match kind {
        "ReservationCreated"
        | "ReservationConfirmed"
        | "ReservationChanged"
        | "ReservationCancelled"
        | "ReservationExpired"
        | "ReservationActivated"
        | "ReservationCompleted" => RESERVATION,
        "EquipmentCheckedOut" | "EquipmentCheckedIn" | "RentalExtended" | "RentalOverdue" => RENTAL,
        // Of these the sample belongs to a rental.
        "EquipmentConditionUpdated" | "EquipmentLost" | "EquipmentFound" => RENTAL,
        "EquipmentAdded" | "EquipmentRetired" | "EquipmentBlocked" | "EquipmentUnblocked" => ITEM,
        "InvoiceIssued" | "InvoicePaid" | "InvoiceVoided" | "InvoiceCredited"
        | "PaymentReceived" | "PaymentRefunded" | "DepositTaken" | "DepositReturned" => RESERVATION,
        "NotificationSent" | "NotificationFailed" => RESERVATION,
        "EquipmentTypeAdded" | "EquipmentTypeChanged" | "EquipmentTypeWithdrawn" => TYPE,
        "CustomerRegistered"
        | "CustomerUpdated"
        | "CustomerSuspended"
        | "CustomerReinstated"
        | "CommunicationPreferencesUpdated" => CUSTOMER,
        "TillClosed" | "FileAccepted" | "PickListPrinted" | "StaffAdded" => NOBODY,
        other => panic!("{other}: say whom and what it is about"),
    }
}

fn recorded(seq: i64, version: i64, kind: &str, payload: &str) -> Recorded {
    Recorded {
        seq,
        event_id: Uuid::from_u128(seq.unsigned_abs().into()),
        kind: kind.to_owned(),
        version,
        aggregate: String::new(),
        aggregate_id: String::new(),
        at: hour(0),
        staff: None,
        payload: payload.to_owned(),
        event: Event::decode(kind, payload).unwrap(),
        broken: None,
    }
}

/// The entries that a shop's history makes of these events, oldest first.
fn entries_of(events: &[(String, String)], version: i64) -> Vec<Entry> {
    let mut house = House::new();
    house.shop.drain_all().unwrap();
    let first = house.seq() + 1;
    house.must(|db, _| {
        for (place, (kind, payload)) in events.iter().enumerate() {
            let seq = first + i64::try_from(place).unwrap();
            history::on_event(db, &recorded(seq, version, kind, payload))
                .map_err(Failure::<booking::BookingRefusal>::Fault)?;
        }
        Ok(())
    });
    let mut entries = history::entries(house.shop.read(), &Filter::default(), i64::MAX, 0).unwrap();
    entries.retain(|entry| entry.seq >= first);
    entries.sort_by_key(|entry| entry.seq);
    entries
}

/// Whoever asks for the history of a customer, a reservation or an item gets all of it: what an
/// event of the first version did not say is known from earlier ones of the same thing.
#[test]
fn every_kind_of_event_names_whom_and_what_it_is_about() {
    let now: Vec<(String, String)> = one_of_each()
        .iter()
        .map(|event| event.encode().unwrap())
        .collect();
    let first_version: Vec<(String, String)> = include_str!("data/events_of_version_1.txt")
        .lines()
        .map(|line: &str| line.split_once(' ').unwrap())
        .map(|(kind, payload)| (kind.to_owned(), payload.to_owned()))
        .collect();
    for (version, events) in [(Event::VERSION, now), (1, first_version)] {
        let entries = entries_of(&events, version);
        let settings = House::new().shop.settings;
        assert_eq!(entries.len(), events.len());
        for entry in entries {
            let must = names(&entry.kind);
            let what = format!("{} of version {version}", entry.kind);
            assert!(
                !must.customer || entry.customer.is_some(),
                "{what}: customer"
            );
            assert!(
                !must.reservation || (entry.reservation.is_some() && entry.number.is_some()),
                "{what}: reservation"
            );
            assert!(!must.item || entry.item.is_some(), "{what}: item");
            assert!(!must.kind || entry.type_id.is_some(), "{what}: type");
            let words = desk::sentence(&settings, &entry);
            assert!(!words.contains(&entry.kind), "{what} has no words: {words}");
        }
    }
}

/// What cannot be known stays empty, and is never filled from how things stand now.
#[test]
fn what_no_event_tells_stays_empty() {
    let cancelled = (
        "ReservationCancelled".to_owned(),
        r#"{"reservation_id":1,"number":"R-1001","previous_state":"HOLD","reason_kind":"customer"}"#.to_owned(),
    );
    let mut house = House::new();
    let (kind, _) = house.items("Camera", 1);
    house.confirmed(days(1, 2), &[Want::of(kind, 1)]); // there is a reservation of that id by now
    let entries = entries_of(&[cancelled], 1);
    assert_eq!(entries[0].customer, None);
}

fn told_of(house: &House, number: &str) -> Vec<String> {
    house.shop.drain_all().unwrap();
    let db = house.shop.read();
    let filter = Filter {
        number: rentdesk::kernel::ReservationNumber::parse(number),
        ..Filter::default()
    };
    let mut told = desk::tell(db, history::entries(db, &filter, 100, 0).unwrap()).unwrap();
    told.sort_by_key(|told| told.entry.seq);
    told.into_iter().map(|told| told.what).collect()
}

type Act = fn(&mut House, booking::Reservation);

/// A change of a reservation says what changed, in words of its own, and of its note only that.
#[test]
fn history_says_what_changed() {
    fn change(house: &mut House, id: rentdesk::kernel::ReservationId, change: Change) {
        house.must(|db, settings| desk::change(db, settings, id, &change));
    }
    let cases: &[(Act, &str)] = &[
        (
            |house, of| {
                house.must(|db, settings| desk::hold(db, settings, of.id, Some(hour(20)), false))
            },
            "reservation changed: hold time",
        ),
        (
            |house, of| {
                let sam = house.sam;
                change(
                    house,
                    of.id,
                    Change {
                        customer: Some(sam),
                        ..Change::default()
                    },
                );
            },
            "reservation changed: customer",
        ),
        (
            |house, of| {
                change(
                    house,
                    of.id,
                    Change {
                        note: Some(Some(Text::new("secret"))),
                        ..Change::default()
                    },
                )
            },
            "its note changed",
        ),
        (
            |house, of| {
                change(
                    house,
                    of.id,
                    Change {
                        window: Some(days(2, 4)),
                        ..Change::default()
                    },
                )
            },
            "reservation changed: dates",
        ),
        (
            |house, of| {
                let line = house.lines(of.id)[0].id;
                change(
                    house,
                    of.id,
                    Change {
                        edits: vec![Edit::Quantity(line, 2)],
                        ..Change::default()
                    },
                );
            },
            "reservation changed: lines",
        ),
        (
            |house, of| {
                let sam = house.sam;
                change(
                    house,
                    of.id,
                    Change {
                        customer: Some(sam),
                        note: Some(Some(Text::new("secret"))),
                        window: Some(days(2, 4)),
                        ..Change::default()
                    },
                );
            },
            "reservation changed: customer, dates, note",
        ),
        (
            |house, of| {
                let bargain = Bargain {
                    target: Some(ByHand {
                        value: Money(4_200),
                        reason: Text::new("friend"),
                    }),
                    ..Bargain::default()
                };
                change(
                    house,
                    of.id,
                    Change {
                        bargain,
                        ..Change::default()
                    },
                );
            },
            "reservation changed: price",
        ),
    ];
    for (act, words) in cases {
        let mut house = House::new();
        let (kind, _) = house.items("Camera", 2);
        rate(&mut house, kind, 10_000);
        let id = house.reserve(
            Firmness::Hold(Some(hour(10))),
            days(1, 2),
            &[Want::of(kind, 1)],
        );
        let found = booking::reservation(house.shop.read(), id).unwrap();
        act(&mut house, found);
        let told = told_of(&house, "R-1001");
        assert_eq!(told.last().map(String::as_str), Some(*words), "{told:?}");
        assert!(!told.concat().contains("secret"));
    }
}

/// Every event that takes another back points at the one it is the opposite of, about the same
/// thing.
#[track_caller]
pub fn reversals_point_at_what_they_take_back(house: &House) {
    let events = log::events_after(house.shop.read(), 0, i64::MAX).unwrap();
    for event in &events {
        for id in event.undoes() {
            let Some(first) = events.iter().find(|first| first.event_id == id) else {
                panic!("{} takes back what is not there", event.kind)
            };
            assert!(first.seq < event.seq);
            let opposite = match event.kind.as_str() {
                "EquipmentCheckedIn" => first.kind == "EquipmentCheckedOut",
                // What is not lost after all is out again.
                "EquipmentCheckedOut" => {
                    ["EquipmentCheckedIn", "EquipmentLost"].contains(&first.kind.as_str())
                }
                "EquipmentFound" => first.kind == "EquipmentLost",
                "EquipmentLost" => first.kind == "EquipmentFound",
                "EquipmentBlocked" => first.kind == "EquipmentUnblocked",
                "EquipmentUnblocked" => first.kind == "EquipmentBlocked",
                "EquipmentConditionUpdated" | "RentalExtended" => first.kind == event.kind,
                "ReservationActivated" => first.kind == "ReservationCompleted",
                "ReservationCancelled" | "ReservationChanged" => {
                    first.kind.starts_with("Reservation")
                }
                "PaymentRefunded" => first.kind == "PaymentReceived",
                "PaymentReceived" => first.kind == "PaymentRefunded",
                "DepositReturned" => first.kind == "DepositTaken",
                other => panic!("{other} takes back {}", first.kind),
            };
            assert!(opposite, "{} takes back {}", event.kind, first.kind);
            if !event.kind.starts_with("Payment") {
                assert_eq!(
                    (&event.aggregate, &event.aggregate_id),
                    (&first.aggregate, &first.aggregate_id),
                    "{}",
                    event.kind
                );
            }
        }
    }
}

/// An item of a case that is taken alone changes its case's type first: the undo points at the
/// hand-over all the same.
#[test]
fn an_undo_points_at_the_events_it_takes_back_whatever_was_told_before_them() {
    let mut house = House::new();
    let (_, cases) = house.items("Case", 1);
    let (kind, items) = house.items("Camera", 1);
    let reservation = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
    house.must(|db, _| rentdesk::inventory::set_case(db, cases[0], &[items[0]]));
    let command = CheckOut {
        take_anyway: true,
        aside: vec![items[0]],
        ..CheckOut::plain(
            Recipient::Reservation(reservation),
            vec![Thing::Item(items[0])],
        )
    };
    house.must(|db, settings| desk::hand_over(db, settings, &command));
    house.undo().unwrap();
    reversals_point_at_what_they_take_back(&house);
    let told = told_of(&house, "R-1001");
    assert!(
        told.iter().any(|what| what == "out, good (undone)"),
        "{told:?}"
    );
}

/// Whatever an act told is marked once it is taken back, each entry in its own words.
#[test]
fn what_is_undone_is_marked_and_named() {
    type Scene = fn(&mut House) -> Vec<&'static str>;
    let scenes: &[Scene] = &[
        |house| {
            let (_, items) = house.items("Camera", 1);
            house.walk_in(&[Thing::Item(items[0])], hour(24));
            house.undo().unwrap();
            vec![
                "reservation made (undone)",
                "confirmed (undone)",
                "out, good (undone)",
                "begun (undone)",
                "undone: out",
                "undone: reservation made",
            ]
        },
        |house| {
            let (kind, _) = house.items("Camera", 1);
            let new = asked(
                Some(house.maya),
                Firmness::Confirmed,
                days(1, 2),
                &[Want::of(kind, 1)],
            );
            house.must(|db, settings| desk::reserve(db, settings, &new));
            house.undo().unwrap();
            vec![
                "reservation made (undone)",
                "confirmed (undone)",
                "undone: reservation made",
            ]
        },
        |house| {
            let (kind, _) = house.items("Camera", 1);
            let id = house.confirmed(days(1, 2), &[Want::of(kind, 1)]);
            house.must(|db, settings| {
                desk::cancel(db, settings, id, booking::CancelReason::Customer, None)
            });
            house.undo().unwrap();
            vec![
                "reservation made",
                "confirmed",
                "cancelled, customer (undone)",
                "undone: cancelled, customer",
            ]
        },
        |house| {
            let (kind, items) = house.items("Camera", 1);
            let id = house.confirmed(days(0, 2), &[Want::of(kind, 1)]);
            house.out(id, &[Thing::Item(items[0])]);
            let extension = Extension {
                reservation: id,
                rentals: None,
                due: hour(72),
                keep_short: false,
            };
            house.must(|db, settings| desk::extend(db, settings, &extension));
            house.undo().unwrap();
            house
                .must(|db, _| desk::judge(db, items[0], None, &Judgement::Lost(Text::new("gone"))));
            house.undo().unwrap();
            vec![
                "reservation made",
                "confirmed",
                "out, good",
                "begun",
                "extended, due Mon 24 Nov 10:42 (undone)",
                "undone: extended, due Sun 23 Nov 10:42",
                "lost, never came back: gone (undone)",
                "complete (undone)",
                "undone: lost, never came back",
                "undone: back",
                "undone: complete",
            ]
        },
    ];
    for scene in scenes {
        let mut house = House::new();
        let expect = scene(&mut house);
        assert_eq!(told_of(&house, "R-1001"), expect);
        reversals_point_at_what_they_take_back(&house);
        house.check();
    }
}
