//! The rules of prices: the requirements' cases with their figures, days over every clock change,
//! and any price against a naive model.

mod by_hand;

use super::days::{count, hours, periods};
use super::*;
use crate::kernel::money::spread;
use crate::kernel::{CategoryId, Currency, Money, OpenHours, ShopZone};
use chrono::{NaiveDateTime, NaiveTime};
use proptest::prelude::*;

const PLAIN: DayRules = DayRules {
    partial: Partial::Half,
    grace_minutes: 0,
    pickup_after: None,
    return_until: None,
    charge_closed: true,
    weekend_as_one: false,
};
const IGNORE: DayRules = DayRules {
    partial: Partial::Ignore,
    ..PLAIN
};
const ANY: DayRules = DayRules {
    partial: Partial::Any,
    ..PLAIN
};

fn zone(name: &str) -> ShopZone {
    ShopZone::parse(name).expect("a zone")
}

fn eur() -> Currency {
    Currency::parse("EUR").expect("a currency")
}

fn at(zone: &ShopZone, wall: &str) -> Moment {
    zone.moment_or_later(NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").expect("a time"))
}

fn window(zone: &ShopZone, from: &str, to: &str) -> Period {
    Period::new(at(zone, from), at(zone, to)).expect("an end after its start")
}

fn days_in(zone_name: &str, rules: DayRules, from: &str, to: &str) -> i64 {
    let zone = zone(zone_name);
    count(&zone, &OpenHours::default(), rules, window(&zone, from, to)).days
}

fn days(rules: DayRules, from: &str, to: &str) -> i64 {
    days_in("Europe/Berlin", rules, from, to)
}

fn clock(time: &str) -> Option<NaiveTime> {
    crate::kernel::settings::clock_time(time)
}

#[test]
fn case_56_hours_and_days_with_each_rule_for_what_is_left_over() {
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        hours(window(&berlin, "2025-05-11 08:00", "2025-05-11 09:30")),
        (90, 2)
    );
    for (rules, expect) in [(IGNORE, 2), (ANY, 3), (PLAIN, 2)] {
        assert_eq!(
            days(rules, "2025-05-11 08:00", "2025-05-13 09:00"),
            expect,
            "{:?}",
            rules.partial
        );
    }
    for (to, expect) in [
        ("2025-05-12 20:00", 1),
        ("2025-05-12 20:01", 2),
        ("2025-05-13 20:00", 2),
    ] {
        assert_eq!(days(PLAIN, "2025-05-11 08:00", to), expect, "{to}");
    }
    for rules in [IGNORE, ANY, PLAIN] {
        assert_eq!(
            days(rules, "2025-05-11 08:00", "2025-05-11 08:30"),
            1,
            "at least one"
        );
    }
}

#[test]
fn case_57_a_weekend_is_one_day_by_the_dates_of_the_shop() {
    let weekend = |rules| DayRules {
        weekend_as_one: true,
        ..rules
    };
    assert_eq!(
        days(weekend(PLAIN), "2025-05-16 10:00", "2025-05-19 10:00"),
        2
    );
    assert_eq!(days(PLAIN, "2025-05-16 10:00", "2025-05-19 10:00"), 3);
    assert_eq!(
        days(weekend(PLAIN), "2025-05-17 10:00", "2025-05-18 10:00"),
        1
    );
    assert_eq!(
        days(weekend(PLAIN), "2025-05-17 10:00", "2025-05-19 10:00"),
        1
    );
    assert_eq!(
        days(weekend(IGNORE), "2025-05-16 10:00", "2025-05-19 11:00"),
        2
    );
    for rules in [IGNORE, ANY, PLAIN] {
        assert_eq!(
            days_in(
                "America/Sao_Paulo",
                weekend(rules),
                "2025-05-16 23:30",
                "2025-05-19 09:00"
            ),
            2,
            "{:?}",
            rules.partial
        );
    }
    assert_eq!(
        days(weekend(PLAIN), "2025-05-18 10:00", "2025-05-19 10:00"),
        1,
        "a Sunday alone is a day"
    );
    assert_eq!(
        days(weekend(PLAIN), "2025-05-12 10:00", "2025-05-26 10:00"),
        12,
        "two weekends"
    );
}

/// Zone, from, to; whole days, and the minutes that really pass after them.
const CALENDAR: &[(&str, &str, &str, i64, i64)] = &[
    // Case 58: the same wall-clock time over a clock change is whole days.
    (
        "Europe/Berlin",
        "2025-03-29 10:00",
        "2025-03-30 10:00",
        1,
        0,
    ),
    (
        "Europe/Berlin",
        "2025-03-29 10:00",
        "2025-03-31 10:00",
        2,
        0,
    ),
    (
        "Europe/Berlin",
        "2025-03-29 10:00",
        "2025-03-30 09:00",
        0,
        22 * 60,
    ),
    (
        "Europe/Berlin",
        "2025-03-29 02:30",
        "2025-03-30 03:00",
        1,
        0,
    ), // 02:30 does not exist on the next day
    (
        "Europe/Berlin",
        "2025-10-25 10:00",
        "2025-10-27 10:00",
        2,
        0,
    ),
    (
        "Europe/Berlin",
        "2025-10-25 12:00",
        "2025-10-26 11:00",
        0,
        24 * 60,
    ), // 23 hours by the clock
    (
        "Europe/Berlin",
        "2025-10-25 12:00",
        "2025-10-26 12:00",
        1,
        0,
    ),
    (
        "America/New_York",
        "2025-03-08 10:00",
        "2025-03-10 10:00",
        2,
        0,
    ),
    (
        "America/New_York",
        "2025-03-08 12:00",
        "2025-03-09 11:00",
        0,
        22 * 60,
    ),
    (
        "America/New_York",
        "2025-11-01 10:00",
        "2025-11-03 10:00",
        2,
        0,
    ),
    (
        "America/New_York",
        "2025-11-01 12:00",
        "2025-11-02 11:00",
        0,
        24 * 60,
    ),
    // Half an hour.
    (
        "Australia/Lord_Howe",
        "2025-04-05 10:00",
        "2025-04-07 10:00",
        2,
        0,
    ),
    (
        "Australia/Lord_Howe",
        "2025-04-05 12:00",
        "2025-04-06 11:00",
        0,
        23 * 60 + 30,
    ),
    (
        "Australia/Lord_Howe",
        "2025-10-04 10:00",
        "2025-10-06 10:00",
        2,
        0,
    ),
    (
        "Australia/Lord_Howe",
        "2025-10-04 12:00",
        "2025-10-05 11:00",
        0,
        22 * 60 + 30,
    ),
    // At midnight: 7 September begins at 01:00, the last hour of 5 April comes twice.
    (
        "America/Santiago",
        "2025-09-06 00:00",
        "2025-09-07 01:00",
        1,
        0,
    ),
    (
        "America/Santiago",
        "2025-09-05 10:00",
        "2025-09-08 10:00",
        3,
        0,
    ),
    (
        "America/Santiago",
        "2025-04-05 23:30",
        "2025-04-06 23:30",
        1,
        0,
    ),
    (
        "America/Santiago",
        "2025-04-05 12:00",
        "2025-04-06 11:00",
        0,
        24 * 60,
    ),
    // No clock change at all.
    (
        "Asia/Kolkata",
        "2025-03-29 10:00",
        "2025-03-31 11:00",
        2,
        60,
    ),
    (
        "UTC",
        "2025-10-25 10:00",
        "2025-10-27 09:59",
        1,
        23 * 60 + 59,
    ),
    // Month ends, leap days, the year's end.
    (
        "Europe/Berlin",
        "2025-01-31 10:00",
        "2025-02-28 10:00",
        28,
        0,
    ),
    (
        "Europe/Berlin",
        "2025-01-31 10:00",
        "2025-03-01 10:00",
        29,
        0,
    ),
    (
        "America/New_York",
        "2024-02-28 10:00",
        "2024-03-01 10:00",
        2,
        0,
    ),
    (
        "America/New_York",
        "2025-02-28 10:00",
        "2025-03-01 10:00",
        1,
        0,
    ),
    (
        "Australia/Lord_Howe",
        "2024-02-29 10:00",
        "2025-02-28 10:00",
        365,
        0,
    ),
    ("Asia/Kolkata", "2025-12-31 10:00", "2026-01-01 10:00", 1, 0),
    (
        "America/Santiago",
        "2025-04-30 18:00",
        "2025-05-01 06:00",
        0,
        12 * 60,
    ),
];

#[test]
fn case_58_days_are_days_of_the_calendar_over_every_clock_change() {
    for (name, from, to, whole, partial_minutes) in CALENDAR {
        let zone = zone(name);
        let found = count(&zone, &OpenHours::default(), PLAIN, window(&zone, from, to));
        assert_eq!(
            (found.whole, found.partial_minutes),
            (*whole, *partial_minutes),
            "{name}: {from} to {to}"
        );
        assert_eq!(
            found.days,
            (whole + i64::from(*partial_minutes > 720)).max(1),
            "{name}: {from} to {to}"
        );
    }
    let berlin = zone("Europe/Berlin");
    assert_eq!(
        hours(window(&berlin, "2025-03-29 22:00", "2025-03-30 04:00")),
        (300, 5),
        "hours are those that pass"
    );
}

#[test]
fn grace_comes_off_once_and_cut_offs_move_the_ends() {
    let grace = DayRules {
        grace_minutes: 30,
        ..ANY
    };
    assert_eq!(days(grace, "2025-05-16 10:00", "2025-05-19 10:30"), 3);
    assert_eq!(days(grace, "2025-05-16 10:00", "2025-05-19 10:31"), 4);
    let cut = DayRules {
        pickup_after: clock("16:00"),
        return_until: clock("10:30"),
        ..PLAIN
    };
    for (from, to, expect) in [
        ("2025-05-16 16:30", "2025-05-17 18:00", 1),
        ("2025-05-16 16:30", "2025-05-18 10:00", 1),
        ("2025-05-16 16:30", "2025-05-18 15:00", 2),
        ("2025-05-16 15:59", "2025-05-17 18:00", 1),
        ("2025-05-16 09:00", "2025-05-18 10:30", 2),
        ("2025-05-16 18:00", "2025-05-18 10:31", 1),
        ("2025-05-16 18:00", "2025-05-16 20:00", 1),
    ] {
        assert_eq!(days(cut, from, to), expect, "{from} to {to}");
    }
    assert_eq!(
        days(
            DayRules {
                partial: Partial::Any,
                ..cut
            },
            "2025-05-16 09:00",
            "2025-05-18 10:30"
        ),
        2,
        "back by 10:30"
    );
    assert_eq!(
        days(
            DayRules {
                partial: Partial::Any,
                ..cut
            },
            "2025-05-16 09:00",
            "2025-05-18 10:31"
        ),
        3
    );
}

#[test]
fn days_on_which_the_shop_does_not_open_can_be_free() {
    let berlin = zone("Europe/Berlin");
    let hours = OpenHours::parse("mon-sat 9-18", "12-25..12-26").expect("hours");
    let over_christmas = window(&berlin, "2025-12-23 10:00", "2025-12-29 10:00");
    let free = DayRules {
        charge_closed: false,
        ..PLAIN
    };
    let found = count(&berlin, &hours, free, over_christmas);
    assert_eq!(
        (found.closed, found.days),
        (3, 3),
        "two holidays and a Sunday"
    );
    assert_eq!(count(&berlin, &hours, PLAIN, over_christmas).days, 6);
    let both = count(
        &berlin,
        &hours,
        DayRules {
            weekend_as_one: true,
            ..free
        },
        over_christmas,
    );
    assert_eq!(
        (both.weekends, both.days),
        (0, 3),
        "its Sunday is free already"
    );
    assert_eq!(
        count(
            &berlin,
            &hours,
            free,
            window(&berlin, "2025-12-25 10:00", "2025-12-26 10:00")
        )
        .days,
        1,
        "at least one"
    );
}

#[test]
fn a_fixed_period_is_counted_in_days_of_the_calendar_where_it_can_be() {
    let berlin = zone("Europe/Berlin");
    for (from, to, hours, expect) in [
        ("2025-05-16 18:00", "2025-05-18 18:00", 48, 1),
        ("2025-05-16 18:00", "2025-05-18 18:01", 48, 2),
        ("2025-05-16 18:00", "2025-05-22 17:00", 48, 3),
        ("2025-03-29 18:00", "2025-03-31 18:00", 48, 1),
        ("2025-10-25 18:00", "2025-10-27 18:00", 48, 1),
        ("2025-05-16 18:00", "2025-05-16 19:00", 48, 1),
        ("2025-05-16 08:00", "2025-05-16 14:01", 6, 2),
    ] {
        assert_eq!(
            periods(&berlin, PLAIN, window(&berlin, from, to), hours),
            expect,
            "{from} to {to}, {hours} h"
        );
    }
    assert_eq!(
        periods(
            &berlin,
            DayRules {
                grace_minutes: 60,
                ..PLAIN
            },
            window(&berlin, "2025-05-16 18:00", "2025-05-18 19:00"),
            48
        ),
        1
    );
}

#[test]
fn a_price_table_charges_fewer_days_than_there_are() {
    let table = |rule: &str| PriceTable::parse(&Text::new("t"), rule);
    let four = table("1=1,2=2, 3=3 , 4-7=4,repeat").expect("a table");
    assert_eq!(four.rule(), "1=1, 2=2, 3=3, 4-7=4, repeat");
    for (days, charged) in [
        (1, 100),
        (3, 300),
        (4, 400),
        (7, 400),
        (8, 500),
        (10, 700),
        (11, 800),
        (14, 800),
        (15, 900),
        (0, 0),
    ] {
        assert_eq!(four.charged(days), Units(charged), "{days}");
    }
    let month = table("1=1, 2=2, 3=3, 4-7=4, 8=5, 9=6, 10=7, 11-30=8, repeat").expect("a table");
    for (days, charged) in [
        (7, 400),
        (10, 700),
        (11, 800),
        (30, 800),
        (31, 900),
        (60, 1600),
    ] {
        assert_eq!(month.charged(days), Units(charged), "{days}");
    }
    let falling = table("1=1, 2=1.7, 3=2.4, then 0.5").expect("a table");
    for (days, charged) in [(2, 170), (3, 240), (5, 340)] {
        assert_eq!(falling.charged(days), Units(charged), "{days}");
    }
    assert!(
        table("weekend, 1=1, repeat")
            .expect("a table")
            .weekend_as_one
    );
    for (rule, why) in [
        ("", "charges nothing"),
        ("1=1, 2=2", "what comes after"),
        ("2=2, repeat", "day 1 comes next"),
        ("1=1, 3=3, repeat", "day 2 comes next"),
        ("1=2, 2=1, repeat", "more days"),
        ("1=1, x, repeat", "not like"),
        ("1=0, repeat", "not like"),
        ("1=1, repeat, 2=2", "nothing comes after"),
        ("1=1, then x", "no number"),
        ("1-9999=1, repeat", "not like"),
        ("1=-1, repeat", "not like"),
    ] {
        let said = table(rule).expect_err(rule);
        assert!(said.contains(why), "{rule}: {said}");
    }
}

fn terms<'a>(zone: &'a ShopZone, hours: &'a OpenHours, table: Option<&'a PriceTable>) -> Terms<'a> {
    Terms {
        zone,
        hours,
        rules: PLAIN,
        table,
        fixed_hours: None,
        tax_class: Text::new("standard"),
        tax_percent: Percent(1900),
    }
}

fn rate(hourly: i64, daily: i64, weekly: i64) -> Rate {
    let set = |amount: i64| (amount > 0).then_some(Money(amount));
    Rate {
        hourly: set(hourly),
        daily: set(daily),
        weekly: set(weekly),
        ..Rate::default()
    }
}

fn used(list: &ListPrice) -> Vec<(ChargeUnit, i64)> {
    list.charges
        .iter()
        .map(|charge| (charge.unit, charge.units.0))
        .collect()
}

#[test]
fn case_59_the_cheaper_of_hour_and_day_is_taken_and_said() {
    let (berlin, always) = (zone("Europe/Berlin"), OpenHours::default());
    let terms = terms(&berlin, &always, None);
    let list = |rate: Rate, to: &str| {
        terms
            .list_price(Some(rate), window(&berlin, "2025-05-12 10:00", to))
            .expect("in range")
    };
    let three_hours = list(rate(1000, 4000, 0), "2025-05-12 12:30");
    assert_eq!(
        (three_hours.each, used(&three_hours)),
        (Money(3000), vec![(ChargeUnit::Hour, 300)])
    );
    let five_hours = list(rate(1000, 4000, 0), "2025-05-12 15:00");
    assert_eq!(
        (five_hours.each, used(&five_hours)),
        (Money(4000), vec![(ChargeUnit::Day, 100)])
    );
    let same = list(rate(1000, 4000, 0), "2025-05-12 14:00");
    assert_eq!(
        (same.each, used(&same)),
        (Money(4000), vec![(ChargeUnit::Day, 100)]),
        "both cost the same: the line says day"
    );
    assert!(same.steps.iter().any(|step| matches!(step, Step::Dearer { units, each: Money(4000) } if units == &[ChargeUnit::Hour])));
    let minimum = list(
        Rate {
            minimum: Some(Money(2500)),
            ..rate(1000, 4000, 0)
        },
        "2025-05-12 11:00",
    );
    assert_eq!(
        (minimum.each, used(&minimum)),
        (Money(2500), vec![(ChargeUnit::Hour, 100)]),
        "at least the minimum, and still by the hour"
    );
    let nine_days = list(rate(0, 1000, 4500), "2025-05-21 10:00");
    assert_eq!(
        (nine_days.each, used(&nine_days)),
        (
            Money(6500),
            vec![(ChargeUnit::Week, 100), (ChargeUnit::Day, 200)]
        )
    );
    let thirteen = list(rate(0, 1000, 4500), "2025-05-25 10:00");
    assert_eq!(
        (thirteen.each, used(&thirteen)),
        (Money(9000), vec![(ChargeUnit::Week, 200)]),
        "two weeks cost less than a week and six days"
    );
    assert_eq!(
        terms
            .list_price(
                None,
                window(&berlin, "2025-05-12 10:00", "2025-05-13 10:00")
            )
            .map(|list| list.basis),
        Some(Basis::Unpriced)
    );
    assert_eq!(
        terms.list_price(
            Some(rate(0, 900_000_000_000, 0)),
            window(&berlin, "2025-05-12 10:00", "2025-06-13 10:00")
        ),
        None,
        "beyond what can be charged"
    );
}

#[test]
fn a_table_is_looked_into_before_the_price_is_multiplied() {
    let (berlin, always) = (zone("Europe/Berlin"), OpenHours::default());
    let table =
        PriceTable::parse(&Text::new("falling"), "1=1, 2=1.7, 3=2.35, then 0.5").expect("a table");
    let terms = terms(&berlin, &always, Some(&table));
    let list = terms
        .list_price(
            Some(rate(0, 3333, 0)),
            window(&berlin, "2025-05-12 10:00", "2025-05-15 10:00"),
        )
        .expect("in range");
    assert_eq!(
        (list.days, list.each, used(&list)),
        (3, Money(7833), vec![(ChargeUnit::Day, 235)]),
        "33.33 x 2.35 = 78.3255"
    );
    let weekend = PriceTable::parse(&Text::new("w"), "weekend, 1=1, repeat").expect("a table");
    let list = Terms {
        table: Some(&weekend),
        ..terms
    }
    .list_price(
        Some(rate(0, 1000, 0)),
        window(&berlin, "2025-05-16 10:00", "2025-05-19 10:00"),
    )
    .expect("in range");
    assert_eq!(list.each, Money(2000));
}

// Settling --------------------------------------------------------------------------------------

const AGREED: Moment = Moment(1_763_718_120);

fn list_of(each: i64, class: &str, percent: i64) -> ListPrice {
    let charge = Charge {
        unit: ChargeUnit::Day,
        unit_price: Money(each),
        units: Units(100),
        amount: Money(each),
    };
    ListPrice {
        basis: Basis::Rates,
        charges: vec![charge],
        each: Money(each),
        days: 1,
        tax_class: Text::new(class),
        tax_percent: Percent(percent),
        steps: vec![Step::Charged { charge }],
    }
}

fn ask_of(quantities: &[i64]) -> Ask {
    let window = Period::new(AGREED, AGREED.plus_minutes(24 * 60)).expect("a day");
    Ask::of(
        quantities
            .iter()
            .zip(1..)
            .map(|(quantity, id)| AskLine::of(TypeId(id), *quantity, window))
            .collect(),
        AGREED,
    )
}

fn settled(
    ask: &Ask,
    lists: &[ListPrice],
    rules: &[DiscountRule],
    prices: Prices,
) -> Result<Priced, PricingRefusal> {
    let listed = lists
        .iter()
        .map(|list| Listed {
            list: list.clone(),
            apart: Vec::new(),
            categories: vec![CategoryId(1)],
        })
        .collect();
    settle(ask, listed, rules, prices, &zone("UTC"))
}

fn volume(id: i64, off: Off, stackable: bool, priority: i64) -> DiscountRule {
    let rule = NewRule {
        name: Text::new(&format!("rule {id}")),
        kind: RuleKind::Volume,
        code: None,
        tier: None,
        off,
        stackable,
        priority,
        valid_from: None,
        valid_to: None,
        minimum_total: None,
        minimum_days: None,
        minimum_quantity: None,
        only: None,
    };
    DiscountRule {
        id,
        rule,
        created_at: Moment(0),
        withdrawn_at: None,
    }
}

fn percent(id: i64, percent: i64, stackable: bool, priority: i64) -> DiscountRule {
    volume(
        id,
        Off::Percent(Percent(percent * 100)),
        stackable,
        priority,
    )
}

#[test]
fn case_60_stackable_discounts_add_up_and_the_best_of_the_others_stands_alone() {
    let off = |rules: &[DiscountRule]| {
        let priced = settled(
            &ask_of(&[1]),
            &[list_of(10_000, "s", 0)],
            rules,
            Prices::Gross,
        )
        .expect("a price");
        let names: Vec<String> = priced
            .discounts
            .iter()
            .map(|total| total.name.to_string())
            .collect();
        (priced.subtotal.0 - priced.total.0, names.join(", "))
    };
    assert_eq!(
        off(&[percent(1, 10, true, 1), percent(2, 5, true, 2)]),
        (1500, "rule 1, rule 2".to_owned())
    );
    assert_eq!(
        off(&[percent(1, 20, true, 1), percent(2, 15, false, 2)]),
        (2000, "rule 1".to_owned())
    );
    assert_eq!(
        off(&[percent(1, 15, true, 1), percent(2, 20, false, 2)]),
        (2000, "rule 2".to_owned())
    );
    assert_eq!(
        off(&[percent(1, 20, false, 7), percent(2, 20, false, 3)]),
        (2000, "rule 2".to_owned()),
        "the lower number"
    );
    assert_eq!(
        off(&[percent(1, 0, true, 1)]),
        (0, String::new()),
        "0 % adds no line"
    );
    assert_eq!(
        off(&[percent(1, 60, true, 1), percent(2, 70, true, 1)]).0,
        10_000,
        "never below zero"
    );
    assert_eq!(
        off(&[volume(1, Off::Amount(Money(25_000)), true, 1)]).0,
        10_000
    );
}

#[test]
fn case_61_a_total_by_hand_is_spread_to_the_cent() {
    let lists = [
        list_of(30_000, "s", 0),
        list_of(20_000, "s", 0),
        list_of(10_000, "s", 0),
    ];
    let to = |total: i64| {
        let ask = Ask {
            target: Some(ByHand {
                value: Money(total),
                reason: Text::new("old friend"),
            }),
            ..ask_of(&[1, 1, 1])
        };
        settled(&ask, &lists, &[percent(1, 10, true, 1)], Prices::Gross).map(|priced| {
            priced
                .lines
                .iter()
                .map(|line| line.total.0)
                .collect::<Vec<_>>()
        })
    };
    assert_eq!(to(40_000), Ok(vec![20_000, 13_333, 6667]));
    assert_eq!(
        to(90_000),
        Ok(vec![45_000, 30_000, 15_000]),
        "above the subtotal is allowed"
    );
    assert_eq!(to(0), Err(PricingRefusal::Target));
    assert_eq!(to(-100), Err(PricingRefusal::Target));
    let ask = Ask {
        target: Some(ByHand {
            value: Money(100),
            reason: Text::new("x"),
        }),
        ..ask_of(&[1])
    };
    assert_eq!(
        settled(&ask, &[list_of(0, "s", 0)], &[], Prices::Gross),
        Err(PricingRefusal::TargetOverNothing)
    );
}

#[test]
fn taxes_are_counted_once_per_class_from_the_sum() {
    let lists = [
        list_of(333, "standard", 1900),
        list_of(333, "standard", 1900),
        list_of(1000, "reduced", 700),
        list_of(500, "none", 0),
    ];
    let net = settled(&ask_of(&[1, 1, 1, 1]), &lists, &[], Prices::Net).expect("a price");
    let taxes: Vec<_> = net
        .taxes
        .iter()
        .map(|tax| (tax.class.as_str(), tax.net.0, tax.tax.0))
        .collect();
    assert_eq!(
        taxes,
        [("reduced", 1000, 70), ("standard", 666, 127)],
        "19 % of 6.66 = 1.2654; of each 3.33 it would be 1.26"
    );
    assert_eq!(
        (net.sum, net.net, net.total),
        (Money(2166), Money(2166), Money(2363))
    );
    let gross = settled(
        &ask_of(&[1]),
        &[list_of(30_600, "standard", 1900)],
        &[],
        Prices::Gross,
    )
    .expect("a price");
    assert_eq!(
        (gross.total, gross.net, gross.taxes[0].tax),
        (Money(30_600), Money(25_714), Money(4886)),
        "306.00 with 48.86 in it"
    );
}

#[test]
fn a_discount_asks_for_what_it_needs() {
    let lists = [list_of(10_000, "s", 0), list_of(5000, "s", 0)];
    let total = |change: &dyn Fn(&mut NewRule), change_ask: &dyn Fn(&mut Ask)| {
        let mut known = percent(1, 10, true, 1);
        change(&mut known.rule);
        let mut ask = ask_of(&[1, 2]);
        change_ask(&mut ask);
        settled(&ask, &lists, &[known], Prices::Gross)
            .map(|priced| (priced.total.0, priced.unused.len()))
    };
    let plain = |_: &mut Ask| {};
    assert_eq!(total(&|_| {}, &plain), Ok((18_000, 0)));
    assert_eq!(
        total(&|rule| rule.only = Some(Only::Type(TypeId(2))), &plain),
        Ok((19_000, 0))
    );
    assert_eq!(
        total(
            &|rule| rule.only = Some(Only::Category(CategoryId(1))),
            &plain
        ),
        Ok((18_000, 0))
    );
    assert_eq!(
        total(
            &|rule| rule.only = Some(Only::Category(CategoryId(9))),
            &plain
        ),
        Ok((20_000, 0))
    );
    assert_eq!(
        total(&|rule| rule.minimum_days = Some(2), &plain),
        Ok((20_000, 0))
    );
    assert_eq!(
        total(&|rule| rule.minimum_quantity = Some(4), &plain),
        Ok((20_000, 0))
    );
    assert_eq!(
        total(&|rule| rule.minimum_quantity = Some(3), &plain),
        Ok((18_000, 0))
    );
    assert_eq!(
        total(&|rule| rule.minimum_total = Some(Money(20_001)), &plain),
        Ok((20_000, 0))
    );
    let season = |rule: &mut NewRule| {
        (rule.kind, rule.valid_from, rule.valid_to) =
            (RuleKind::Season, Some(AGREED), Some(AGREED.plus_minutes(1)))
    };
    assert_eq!(total(&season, &plain), Ok((18_000, 0)));
    assert_eq!(
        total(&season, &|ask| ask.lines[0].window.start =
            AGREED.plus_minutes(1)),
        Ok((19_000, 0)),
        "each line by its own start"
    );
    let tier =
        |rule: &mut NewRule| (rule.kind, rule.tier) = (RuleKind::Loyalty, Some(Text::new("GOLD")));
    assert_eq!(total(&tier, &plain), Ok((20_000, 0)));
    assert_eq!(
        total(&tier, &|ask| ask.tier = Some(Text::new("Gold"))),
        Ok((18_000, 0))
    );
    let coupon =
        |rule: &mut NewRule| (rule.kind, rule.code) = (RuleKind::Coupon, Some(Text::new("NOV10")));
    let named = |ask: &mut Ask| ask.coupons = vec![Text::new("nov 10")];
    assert_eq!(total(&coupon, &plain), Ok((20_000, 0)));
    assert_eq!(total(&coupon, &named), Ok((18_000, 0)));
    assert_eq!(
        total(&|_| {}, &named),
        Err(PricingRefusal::CouponUnknown(Text::new("NOV10")))
    );
    let over = |rule: &mut NewRule| {
        coupon(rule);
        rule.valid_to = Some(AGREED);
    };
    assert!(matches!(
        total(&over, &named),
        Err(PricingRefusal::CouponNotValid { .. })
    ));
    let long = |rule: &mut NewRule| {
        coupon(rule);
        rule.minimum_days = Some(7);
    };
    assert_eq!(
        total(&long, &named),
        Ok((20_000, 1)),
        "it is said that the coupon takes nothing off"
    );
    let by_hand = |ask: &mut Ask| {
        ask.off = Some(ByHand {
            value: Off::Amount(Money(1000)),
            reason: Text::new("late van"),
        })
    };
    assert_eq!(
        total(&|_| {}, &by_hand),
        Ok((17_000, 0)),
        "by hand comes on top"
    );
}

// Any price -------------------------------------------------------------------------------------

/// Half-up, the long way.
fn rounded(times: i128, per: i128) -> i128 {
    let (whole, rest) = (times / per, times % per);
    if rest * 2 >= per { whole + 1 } else { whole }
}

type Line = (i64, i64, bool, i64);

fn any_line() -> impl Strategy<Value = Line> {
    (0..2_000_000_i64, 1..40_i64, any::<bool>(), 0..=3000_i64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    /// Against a model of its own: each line to the cent, the sum, each tax, and the same again.
    #[test]
    fn a_total_is_the_sum_of_its_lines_for_any_rates_discounts_and_taxes(
        lines in prop::collection::vec(any_line(), 1..12),
        percents in prop::collection::vec(0..6000_i64, 0..4),
        amount in prop::option::of(1..500_000_i64),
        (standard, reduced) in (0..3000_i64, 0..1500_i64),
        gross in any::<bool>(),
    ) {
        let prices = if gross { Prices::Gross } else { Prices::Net };
        let mut ask = ask_of(&lines.iter().map(|(_, quantity, ..)| *quantity).collect::<Vec<_>>());
        for (line, (.., off)) in ask.lines.iter_mut().zip(&lines) {
            line.off = Some(ByHand { value: Off::Percent(Percent(*off)), reason: Text::new("by hand") });
        }
        let lists: Vec<ListPrice> = lines.iter().map(|(each, _, is_reduced, _)| if *is_reduced { list_of(*each, "reduced", reduced) } else { list_of(*each, "standard", standard) }).collect();
        let mut rules: Vec<DiscountRule> = percents.iter().zip(1..).map(|(percent, id)| volume(id, Off::Percent(Percent(*percent)), true, id)).collect();
        rules.extend(amount.map(|amount| volume(99, Off::Amount(Money(amount)), true, 99)));
        let priced = settled(&ask, &lists, &rules, prices).expect("a price");

        let bases: Vec<i128> = lines.iter().map(|(each, quantity, _, off)| {
            let subtotal = i128::from(*each) * i128::from(*quantity);
            subtotal - rounded(subtotal * i128::from(*off), 10_000)
        }).collect();
        let all: i128 = bases.iter().sum();
        let all_percents = i128::from(percents.iter().sum::<i64>());
        let shared = i128::from(amount.unwrap_or(0)).min(all);
        for (line, base) in priced.lines.iter().zip(&bases) {
            let exact_share = if all > 0 { shared * base / all } else { 0 };
            let least = (base - rounded(base * all_percents, 10_000) - exact_share - 1).max(0);
            let most = (base - rounded(base * all_percents, 10_000) - exact_share).max(0);
            prop_assert!((least..=most).contains(&i128::from(line.total.0)), "{} is not {least} to {most}", line.total.0);
            prop_assert_eq!(line.subtotal.0 - line.discounts.iter().map(|off| off.amount.0).sum::<i64>(), line.total.0);
        }
        prop_assert_eq!(priced.sum.0, priced.lines.iter().map(|line| line.total.0).sum::<i64>());
        prop_assert_eq!(priced.subtotal.0 - priced.discounts.iter().map(|off| off.amount.0).sum::<i64>(), priced.sum.0);
        for (class, percent) in [("standard", standard), ("reduced", reduced)] {
            let of: i128 = priced.lines.iter().filter(|line| line.list.tax_class.as_str() == class).map(|line| i128::from(line.total.0)).sum();
            let percent = i128::from(percent);
            let tax = if gross { rounded(of * percent, 10_000 + percent) } else { rounded(of * percent, 10_000) };
            let found: i64 = priced.taxes.iter().filter(|tax| tax.class.as_str() == class).map(|tax| tax.tax.0).sum();
            prop_assert_eq!(i128::from(found), tax);
        }
        let taxes: i64 = priced.taxes.iter().map(|tax| tax.tax.0).sum();
        prop_assert_eq!(priced.net.0 + taxes, priced.total.0);
        prop_assert_eq!(if gross { priced.total } else { priced.net }, priced.sum);
        prop_assert_eq!(pencil_of(&priced), priced.lines.iter().map(|line| line.total.0).collect::<Vec<_>>());

        // Agreed, stored, read again and priced with what was agreed: nothing moves.
        let mut again = ask.clone();
        for (line, priced) in again.lines.iter_mut().zip(&priced.lines) {
            let thawed = PricedLine::thaw(&priced.freeze()).expect("it reads");
            prop_assert_eq!(&thawed, priced);
            line.keep = thawed.kept_for(line.type_id, line.window);
            line.off = thawed.off_by_hand();
        }
        let kept: Vec<ListPrice> = again.lines.iter().map(|line| line.keep.clone().expect("the same line")).collect();
        prop_assert_eq!(settled(&again, &kept, &rules, prices).expect("a price"), priced);
    }

    #[test]
    fn a_split_is_exact_fair_and_always_the_same(amount in 1..10_000_000_000_i64, weights in prop::collection::vec(0..1_000_000_i64, 1..40)) {
        let all: i64 = weights.iter().sum();
        let Some(shares) = spread(Money(amount), &weights) else {
            prop_assert_eq!(all, 0);
            return Ok(());
        };
        prop_assert_eq!(shares.iter().map(|share| share.0).sum::<i64>(), amount);
        for (share, weight) in shares.iter().zip(&weights) {
            let exact = i128::from(amount) * i128::from(*weight);
            prop_assert!((i128::from(share.0) * i128::from(all) - exact).abs() < i128::from(all), "never a whole cent away");
        }
        prop_assert_eq!(spread(Money(amount), &weights), Some(shares));
    }

    /// The cheapest of all ways, each counted the slow way.
    #[test]
    fn a_piece_costs_the_least_that_its_rate_allows(
        start in 0..600_000_i64, minutes in 1..60_000_i64, hourly in 0..5000_i64, daily in 0..20_000_i64, weekly in 0..90_000_i64, minimum in 0..30_000_i64,
    ) {
        let (berlin, always) = (zone("Europe/Berlin"), OpenHours::default());
        let from = Moment(1_740_000_000).plus_minutes(start).floor_minute();
        let window = Period::new(from, from.plus_minutes(minutes)).expect("a window");
        let rate = Rate { minimum: (minimum > 0).then_some(Money(minimum)), ..rate(hourly, daily, weekly) };
        let list = terms(&berlin, &always, None).list_price(Some(rate), window).expect("in range");
        let wall = berlin.local(from);
        let mut whole = 0;
        while berlin.moment_or_later(wall + chrono::Duration::days(whole + 1)) <= window.end {
            whole += 1;
        }
        let since = if whole == 0 { from } else { berlin.moment_or_later(wall + chrono::Duration::days(whole)) };
        let days = (whole + i64::from(window.end.0 - since.0 > 12 * 3600)).max(1);
        let mut ways = Vec::new();
        if hourly > 0 { ways.push((minutes + 59) / 60 * hourly); }
        if daily > 0 { ways.push(days * daily); }
        if weekly > 0 { ways.push((days + 6) / 7 * weekly); }
        if weekly > 0 && daily > 0 { ways.push(days / 7 * weekly + days % 7 * daily); }
        let expect = ways.into_iter().min().map_or(0, |least| least.max(minimum));
        prop_assert_eq!(list.each.0, expect);
        prop_assert_eq!(list.basis == Basis::Unpriced, rate.is_empty());
        if !rate.is_empty() {
            let line = settled(&Ask::of(vec![AskLine::of(TypeId(1), 3, window)], from), &[list], &[], Prices::Gross).expect("a price");
            prop_assert_eq!(pencil_of(&line), vec![expect * 3]);
        }
    }
}

// With a pencil ---------------------------------------------------------------------------------

/// The total of each line from nothing but its own derivation.
fn pencil_of(priced: &Priced) -> Vec<i64> {
    priced
        .lines
        .iter()
        .map(|line| pencil(&why::line(line, eur())))
        .collect()
}

fn cents(text: &str) -> i128 {
    let digits = text.replace([' ', '.'], "");
    let value: i128 = digits
        .parse()
        .unwrap_or_else(|_| panic!("\"{text}\" is no amount"));
    if text.contains('.') {
        value
    } else {
        value * 100
    }
}

/// Follows the words step by step; every sum in them has to be right.
fn pencil(words: &[String]) -> i64 {
    let mut value = 0_i128;
    let mut off = 0_i128;
    for line in words {
        if let Some((price, rest)) = ["hour", "day", "week", "period"]
            .iter()
            .find_map(|unit| line.split_once(&format!(" a {unit} x ")))
        {
            let (units, amount) = rest.split_once(" = ").expect("a result");
            let (whole, part) = units.split_once('.').unwrap_or((units, ""));
            let units: i128 = format!("{whole}{part:0<2}").parse().expect("units");
            value = rounded(cents(price) * units, 100);
            assert_eq!(cents(amount), value, "{line}");
        } else if let Some(least) = line.strip_prefix("at least ") {
            assert!(cents(least) > value, "{line}");
            value = cents(least);
        } else if let Some(by_hand) = line.strip_prefix("price by hand: ") {
            value = cents(by_hand.split_once(" for ").expect("a price").0);
        } else if let Some((names, rest)) = line.split_once(" % of ") {
            let percent = names.rsplit_once(": ").expect("a percentage").1;
            let (base, amount) = rest.split_once(" = ").expect("a result");
            let amount = cents(amount.trim_end_matches(" off"));
            let full = rounded(cents(base) * cents(&two_digits(percent)), 10_000);
            assert!(
                amount == full || amount < full && value - off - amount <= cents(base),
                "{line}"
            );
            off += amount;
        } else if let Some((_, share)) = line.split_once(" off, this line's share ") {
            off += cents(share);
        } else if let Some(rest) = line.strip_prefix("total by hand (") {
            value = cents(rest.rsplit_once(" = ").expect("a result").1);
        } else if let Some((sum, total)) = line
            .split_once(" = ")
            .filter(|(sum, _)| sum.contains(" x "))
        {
            let (each, quantity) = sum.split_once(" x ").expect("a product");
            assert_eq!(cents(each), value, "{line}");
            value = cents(each) * quantity.parse::<i128>().expect("a quantity");
            assert_eq!(cents(total), value, "{line}");
        } else if let Some((sum, total)) = line
            .split_once(" = ")
            .filter(|(sum, _)| sum.contains(" + ") && !sum.contains("whole"))
        {
            value = sum.split(" + ").map(cents).sum();
            assert_eq!(cents(total), value, "{line}");
        } else if let Some((sum, total)) = line
            .split_once(" = ")
            .filter(|(sum, _)| sum.contains(" - ") && !sum.contains("whole"))
        {
            let mut parts = sum.split(" - ").map(cents);
            assert_eq!(parts.next(), Some(value), "{line}");
            let parts: i128 = parts.sum();
            assert_eq!(parts, off, "{line}");
            value -= parts;
            assert_eq!(cents(total), value, "{line}");
        }
    }
    i64::try_from(value).expect("in range")
}

fn two_digits(percent: &str) -> String {
    let (whole, part) = percent.split_once('.').unwrap_or((percent, ""));
    format!("{whole}.{part:0<2}")
}

#[test]
fn a_price_is_told_so_that_a_pencil_gets_it_too() {
    let (berlin, hours) = (
        zone("Europe/Berlin"),
        OpenHours::parse("mon-sat 9-18", "").expect("hours"),
    );
    let table = PriceTable::parse(&Text::new("4-day week"), "1=1, 2=2, 3=3, 4-7=4, repeat")
        .expect("a table");
    let rules = DayRules {
        grace_minutes: 30,
        charge_closed: false,
        ..PLAIN
    };
    let terms = Terms {
        rules,
        table: Some(&table),
        ..terms(&berlin, &hours, None)
    };
    let window = window(&berlin, "2025-05-16 10:00", "2025-05-23 09:00");
    let list = terms
        .list_price(
            Some(Rate {
                hourly: Some(Money(3000)),
                daily: Some(Money(18_000)),
                ..Rate::default()
            }),
            window,
        )
        .expect("in range");
    let mut ask = Ask::of(vec![AskLine::of(TypeId(1), 2, window)], AGREED);
    ask.lines[0].off = Some(ByHand {
        value: Off::Percent(Percent(750)),
        reason: Text::new("scratched"),
    });
    let rules = [
        percent(1, 10, true, 1),
        percent(2, 5, true, 2),
        volume(3, Off::Amount(Money(2000)), true, 3),
    ];
    let priced = settled(&ask, &[list], &rules, Prices::Net).expect("a price");
    let told = why::whole(&priced, eur(), &["Sony FX6 body".to_owned()]);
    assert_eq!(
        told,
        [
            "1. 2 x Sony FX6 body",
            "   30 min grace off, 6 whole days + 1 begun (22:30 h over, more than half a day) - 1 closed = 6 days",
            "   table \"4-day week\": 6 days charged as 4",
            "   180.00 a day x 4 = 720.00",
            "   by the hour it would be 5 010.00",
            "   720.00 x 2 = 1 440.00",
            "   scratched: 7.5 % of 1 440.00 = 108.00 off",
            "   rule 1 10 % + rule 2 5 %: 15 % of 1 332.00 = 199.80 off",
            "   rule 3: of 20.00 off, this line's share 20.00",
            "   1 440.00 - 108.00 - 133.20 - 66.60 - 20.00 = 1 112.20",
            "sum: 1 112.20 = 1 112.20",
            "tax standard: 19 % of 1 112.20 = 211.32",
            "total: 1 112.20 + 211.32 = 1 323.52",
        ]
    );
    assert_eq!(pencil_of(&priced), [111_220]);
}

#[test]
fn rates_taxes_and_percentages_are_read_as_people_write_them() {
    for (typed, expect) in [
        ("19", Some(1900)),
        ("7.5", Some(750)),
        ("7,5 %", Some(750)),
        ("100%", Some(10_000)),
        ("100.01", None),
        ("-1", None),
        ("x", None),
        ("1.234", None),
        ("", None),
    ] {
        assert_eq!(Percent::read(typed), expect.map(Percent), "{typed}");
    }
    assert_eq!(
        (
            Units(170).number(),
            Units(400).number(),
            Units(1).number(),
            Units(1000).number()
        ),
        (
            "1.7".to_owned(),
            "4".to_owned(),
            "0.01".to_owned(),
            "10".to_owned()
        )
    );
}
