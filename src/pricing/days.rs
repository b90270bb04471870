//! How many days are charged. A day runs from a wall-clock time to the same time of the next date
//! in the shop's zone, so a clock change neither makes nor takes one; what is left over is the
//! partial day, in the minutes that really pass. Pure.

use crate::kernel::settings::clock_time;
use crate::kernel::when::length_minutes;
use crate::kernel::{Moment, OpenHours, Period, Settings, ShopZone};
use chrono::{Datelike, Days, NaiveDate, NaiveDateTime, NaiveTime, Weekday};
use serde::{Deserialize, Serialize};

const HALF_DAY_MINUTES: i64 = 12 * 60;

/// What a begun day that is left over costs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Partial {
    Ignore,
    /// A day, if it is longer than twelve hours.
    Half,
    /// A day, however short.
    Any,
}

/// How a shop counts days.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DayRules {
    pub partial: Partial,
    /// Taken once off the whole length.
    pub grace_minutes: i64,
    /// What leaves at this time or later is charged from the next day on.
    pub pickup_after: Option<NaiveTime>,
    /// What is back by this time is not charged for the begun day.
    pub return_until: Option<NaiveTime>,
    pub charge_closed: bool,
    pub weekend_as_one: bool,
}

impl DayRules {
    pub fn of(settings: &Settings) -> Self {
        DayRules {
            partial: match settings.value("partial_day") {
                "ignore" => Partial::Ignore,
                "any" => Partial::Any,
                _ => Partial::Half,
            },
            grace_minutes: length_minutes(settings.value("grace")).unwrap_or(0),
            pickup_after: clock_time(settings.value("pickup_after")),
            return_until: clock_time(settings.value("return_until")),
            charge_closed: settings.on("charge_closed"),
            weekend_as_one: settings.on("weekend_as_one"),
        }
    }
}

/// A count with what it comes from.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DayCount {
    /// Whole days from the start.
    pub whole: i64,
    /// What is left over, after grace.
    pub partial_minutes: i64,
    pub partial: Partial,
    pub grace_minutes: i64,
    /// Counting began with the next day, because the gear left after this time.
    pub late_pickup: Option<NaiveTime>,
    /// The begun day was dropped, because the gear is back by this time.
    pub early_return: Option<NaiveTime>,
    /// Days not charged, because the shop does not open on them.
    pub closed: i64,
    /// Saturdays and Sundays that count as one.
    pub weekends: i64,
    /// Charged days before any table: at least one.
    pub days: i64,
}

impl DayCount {
    /// Whether the begun day counts as one.
    pub fn partial_counts(&self) -> bool {
        self.early_return.is_none()
            && match self.partial {
                Partial::Ignore => false,
                Partial::Half => self.partial_minutes > HALF_DAY_MINUTES,
                Partial::Any => self.partial_minutes > 0,
            }
    }
}

/// Counts the days of a window.
pub fn count(zone: &ShopZone, hours: &OpenHours, rules: DayRules, window: Period) -> DayCount {
    let end = after_grace(window, rules.grace_minutes);
    let (start, wall, late_pickup) = counted_from(zone, rules, window.start, end);
    let (whole, since) = whole_days(zone, start, wall, end);
    let mut found = DayCount {
        whole,
        partial_minutes: end.minutes_after(since),
        partial: rules.partial,
        grace_minutes: rules.grace_minutes,
        late_pickup,
        early_return: None,
        closed: 0,
        weekends: 0,
        days: 0,
    };
    found.early_return = rules
        .return_until
        .filter(|until| found.partial_minutes > 0 && zone.local(window.end).time() <= *until);
    let begun = (whole + i64::from(found.partial_counts())).max(1);
    let mut charged: Vec<NaiveDate> = wall
        .date()
        .iter_days()
        .take(usize::try_from(begun).unwrap_or(1))
        .collect();
    if !rules.charge_closed {
        charged.retain(|day| hours.opens_on(*day));
        found.closed = begun - i64::try_from(charged.len()).unwrap_or(begun);
    }
    if rules.weekend_as_one {
        let pairs = charged
            .windows(2)
            .filter(|pair| pair[0].weekday() == Weekday::Sat && pair[0].succ_opt() == Some(pair[1]))
            .count();
        found.weekends = i64::try_from(pairs).unwrap_or(0);
    }
    found.days = (begun - found.closed - found.weekends).max(1);
    found
}

/// How many of a type's fixed periods a window takes, a begun one counted. A period of whole days
/// is counted in days of the calendar.
pub fn periods(zone: &ShopZone, rules: DayRules, window: Period, period_hours: i64) -> i64 {
    let end = after_grace(window, rules.grace_minutes);
    let (begun, length) = if period_hours % 24 == 0 {
        let (whole, since) = whole_days(zone, window.start, zone.local(window.start), end);
        (whole + i64::from(end > since), period_hours / 24)
    } else {
        (end.minutes_after(window.start), period_hours * 60)
    };
    (begun / length + i64::from(begun % length > 0)).max(1)
}

/// Begun hours that really pass, and the minutes they come from. Grace is for days: an hour is
/// short enough to be counted.
pub fn hours(window: Period) -> (i64, i64) {
    let minutes = window.end.minutes_after(window.start);
    (minutes, (minutes / 60 + i64::from(minutes % 60 > 0)).max(1))
}

fn after_grace(window: Period, grace_minutes: i64) -> Moment {
    window.end.plus_minutes(-grace_minutes).max(window.start)
}

/// Where counting begins: with the next day, if the gear leaves late and the window reaches into
/// it.
fn counted_from(
    zone: &ShopZone,
    rules: DayRules,
    start: Moment,
    end: Moment,
) -> (Moment, NaiveDateTime, Option<NaiveTime>) {
    let wall = zone.local(start);
    let late = rules.pickup_after.filter(|after| wall.time() >= *after);
    if let (Some(after), Some(next)) = (late, wall.date().checked_add_days(Days::new(1))) {
        let first = zone.day_start(next);
        if first < end {
            return (first, next.and_time(NaiveTime::MIN), Some(after));
        }
    }
    (start, wall, None)
}

/// Whole days up to `end`, and the instant at which the last of them is over.
fn whole_days(zone: &ShopZone, start: Moment, wall: NaiveDateTime, end: Moment) -> (i64, Moment) {
    let after = |days: i64| match u64::try_from(days) {
        Ok(days) if days > 0 => wall
            .checked_add_days(Days::new(days))
            .map_or(end, |wall| zone.moment_or_later(wall)),
        _ => start,
    };
    let mut whole = (zone.day(end) - wall.date()).num_days().max(0);
    while whole > 0 && after(whole) > end {
        whole -= 1;
    }
    (whole, after(whole))
}
