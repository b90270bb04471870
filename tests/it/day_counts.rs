//! Days are counted in one way: how late a thing is, wherever it is said and charged; when what
//! nobody said is due; when an invoice falls due.

use crate::counter::Counter;
use crate::house::House;
use crate::quoting::rate;
use rentdesk::booking::{self, CheckIn, Thing};
use rentdesk::desk;
use rentdesk::kernel::{Moment, Settings, ShopZone};
use rentdesk::pricing;
use std::process::Command;

fn berlin() -> ShopZone {
    ShopZone::parse("Europe/Berlin").unwrap()
}

/// `2025-11-21 17:00` in Berlin. The 21st is a Friday.
pub fn at(wall: &str) -> Moment {
    let wall = chrono::NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").unwrap();
    berlin().moment(wall).unwrap()
}

pub fn settings(pairs: &[(&str, &str)]) -> Settings {
    let pairs = [("timezone", "Europe/Berlin")].iter().chain(pairs);
    Settings::from_values(
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

const WEEKDAYS: (&str, &str) = ("open_hours", "mon-fri 9:00-18:00");

#[test]
fn a_lateness_is_counted_as_rent_is_and_begins_while_the_shop_is_open() {
    // Settings, due, back; minutes and days.
    type Case<'a> = (
        &'a [(&'a str, &'a str)],
        &'a str,
        &'a str,
        Option<(i64, i64)>,
    );
    let cases: &[Case<'_>] = &[
        (
            &[WEEKDAYS],
            "2025-11-21 17:00",
            "2025-11-24 09:10",
            Some((3850, 3)),
        ),
        (
            &[WEEKDAYS, ("charge_closed", "off")],
            "2025-11-21 17:00",
            "2025-11-24 09:10",
            Some((3850, 1)),
        ),
        // Due while the shop is closed: late from when it opens.
        (&[WEEKDAYS], "2025-11-22 10:00", "2025-11-24 09:00", None),
        (
            &[WEEKDAYS],
            "2025-11-22 10:00",
            "2025-11-24 09:10",
            Some((10, 1)),
        ),
        (
            &[WEEKDAYS],
            "2025-11-21 20:00",
            "2025-11-25 09:00",
            Some((1440, 1)),
        ),
        // A begun day as partial_day says.
        (&[], "2025-11-21 10:00", "2025-11-23 00:00", Some((2280, 2))),
        (&[], "2025-11-21 10:00", "2025-11-22 21:00", Some((2100, 1))),
        (
            &[("partial_day", "any")],
            "2025-11-21 10:00",
            "2025-11-22 21:00",
            Some((2100, 2)),
        ),
        (
            &[("partial_day", "ignore")],
            "2025-11-21 10:00",
            "2025-11-23 00:00",
            Some((2280, 1)),
        ),
        (
            &[("return_until", "10:30"), ("partial_day", "any")],
            "2025-11-21 09:00",
            "2025-11-24 10:00",
            Some((4380, 3)),
        ),
        (
            &[("weekend_as_one", "on")],
            "2025-11-21 10:00",
            "2025-11-24 10:00",
            Some((4320, 2)),
        ),
        // The grace comes off once.
        (
            &[("partial_day", "any")],
            "2025-11-21 10:00",
            "2025-11-22 10:30",
            Some((1470, 1)),
        ),
        (&[], "2025-11-21 10:00", "2025-11-21 10:00", None),
        (&[], "2025-11-21 10:00", "2025-11-21 09:00", None),
    ];
    for (pairs, due, back, expect) in cases {
        let late = pricing::late(&settings(pairs), at(due), at(back));
        assert_eq!(
            late.map(|late| (late.minutes, late.days)),
            *expect,
            "{pairs:?} {due} {back}"
        );
    }
}

fn rentdesk(house: &House, now: &str, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rentdesk"))
        .args(arguments)
        .env("RENTDESK_DB", house.path())
        .env("RENTDESK_NOW", now)
        .output()
        .unwrap();
    [output.stdout, output.stderr]
        .map(|bytes| String::from_utf8(bytes).unwrap())
        .concat()
}

/// The same lateness has one length: on the counter, on every list, in the history, in the reports,
/// and as it is charged.
#[test]
fn the_same_lateness_has_one_length_wherever_it_is_said() {
    for (charge_closed, words, fee) in [("on", "3 days", 30_000), ("off", "1 day", 10_000)] {
        let mut house = House::at(at("2025-11-21 09:30"));
        house.must(|db, _| {
            db.set_setting("open_hours", WEEKDAYS.1)
                .and_then(|()| db.set_setting("charge_closed", charge_closed))
                .map_err(rentdesk::kernel::Failure::<booking::BookingRefusal>::Fault)
        });
        house.shop.settings = house.shop.store.settings().unwrap();
        let (kind, items) = house.items("Camera", 1);
        rate(&mut house, kind, 10_000);
        house.walk_in(&[Thing::Item(items[0])], at("2025-11-21 17:00"));
        let tag = house.known(items[0]).tag.to_string();
        house.clock(at("2025-11-24 09:10"));
        let now = "2025-11-24T09:10:00+01:00";
        let late = format!("{words} late");
        for (arguments, said) in [
            (vec!["late"], words),
            (vec!["item", "show", &tag], late.as_str()),
            (vec!["customer", "show", "C-0002"], late.as_str()),
            (vec!["show", "R-1001"], late.as_str()),
        ] {
            let told = rentdesk(&house, now, &arguments);
            assert!(told.contains(said), "{arguments:?}: {told}");
        }
        let so_far = desk::late_so_far(
            house.shop.read(),
            &house.shop.settings,
            &house.open(items[0]).unwrap(),
            house.shop.now(),
        );
        assert_eq!(so_far.unwrap().unwrap().amount.0, fee);
        house.must(|db, settings| {
            let rental = booking::open_rental(db.read(), items[0])?.unwrap().id;
            desk::take_back(db, settings, &CheckIn::plain(rental))
        });
        house.shop.drain_all().unwrap();
        for (arguments, said) in [
            (vec!["history", "--item", &tag], late.as_str()),
            (vec!["customer", "rentals", "C-0002"], late.as_str()),
            (vec!["report", "late"], words),
            (vec!["charge", "R-1001"], late.as_str()),
        ] {
            let told = rentdesk(&house, now, &arguments);
            assert!(told.contains(said), "{arguments:?}: {told}");
        }
        let proposed = desk::to_settle(
            house.shop.read(),
            &house.shop.settings,
            booking::resolve(house.shop.read(), "R-1001").unwrap().id,
        )
        .unwrap();
        assert_eq!(proposed[0].charge.amount().0, fee);
        let mut counter = Counter::over(house.shop, house.folder);
        counter.keys("<f6>sam<ret>");
        let screen = counter.screen_at(120, 30);
        assert!(screen.contains(&late), "{screen}");
    }
}

/// A price table charges days of lateness as it charges days of rent.
#[test]
fn a_price_table_counts_for_lateness_too() {
    let mut house = House::at(at("2025-11-17 10:00"));
    let (kind, items) = house.items("Camera", 1);
    rate(&mut house, kind, 10_000);
    rentdesk(
        &house,
        "2025-11-17T10:00:00+01:00",
        &[
            "price-table",
            "set",
            "4-day week",
            "1=1, 2=2, 3=3, 4-7=4, repeat",
        ],
    );
    rentdesk(
        &house,
        "2025-11-17T10:00:00+01:00",
        &["settings", "set", "price_table", "4-day week"],
    );
    house.shop.settings = house.shop.store.settings().unwrap();
    house.walk_in(&[Thing::Item(items[0])], at("2025-11-18 10:00"));
    house.clock(at("2025-11-24 10:00"));
    let fee = desk::late_so_far(
        house.shop.read(),
        &house.shop.settings,
        &house.open(items[0]).unwrap(),
        house.shop.now(),
    )
    .unwrap()
    .unwrap();
    assert_eq!(
        (fee.days, fee.amount.0, fee.days_words()),
        (6, 40_000, "6 days, charged as 4".to_owned())
    );
}

/// What nobody said is not due while the shop is closed.
#[test]
fn an_assumed_due_time_is_one_at_which_the_shop_is_open() {
    // Hours, due_after, out; due.
    for (hours, due_after, out, due) in [
        ("mon-fri 9-18", "1d", "2025-11-21 10:00", "2025-11-24 09:00"),
        ("mon-fri 9-18", "1d", "2025-11-20 10:00", "2025-11-21 10:00"),
        ("mon-fri 9-18", "4h", "2025-11-21 16:00", "2025-11-21 18:00"),
        (
            "mon-fri 9-13 14-18",
            "2h",
            "2025-11-21 11:30",
            "2025-11-21 13:00",
        ),
        ("mon-fri 9-18", "4h", "2025-11-21 19:00", "2025-11-24 09:00"),
        ("", "1d", "2025-11-21 10:00", "2025-11-22 10:00"),
    ] {
        let settings = settings(&[("open_hours", hours), ("due_after", due_after)]);
        assert_eq!(
            booking::due_of(&settings, None, None, at(out)),
            at(due),
            "{hours} {due_after} {out}"
        );
        // A time that somebody gave is that time.
        let asked = at("2025-11-23 03:00");
        assert_eq!(
            booking::due_of(&settings, None, Some(asked), at(out)),
            asked
        );
    }
}

/// An invoice falls due on a day of the calendar, whatever the clock does until then.
#[test]
fn an_invoice_falls_due_so_many_calendar_days_later() {
    for (due, issued, falls_due) in [
        ("14d", "2025-10-20 00:15", "2025-11-03 00:15"),
        ("14d", "2026-03-20 23:30", "2026-04-03 23:30"),
        ("30d", "2025-11-01 12:00", "2025-12-01 12:00"),
        ("0m", "2025-10-20 00:15", "2025-10-20 00:15"),
        ("36h", "2025-10-25 12:00", "2025-10-26 23:00"),
    ] {
        let settings = settings(&[("invoice_due", due)]);
        assert_eq!(
            settings.invoice_due(at(issued)),
            at(falls_due),
            "{due} {issued}"
        );
    }
}
