//! When the shop is open: the spans of each weekday, and the days it stays closed.

use super::time::{Moment, Period, ShopZone};
use chrono::{Datelike, Days, NaiveDate, NaiveTime, Weekday};

/// A search for an open day ends here; a shop that never opens is asked no more.
const DAYS_AHEAD: u64 = 2 * 366;
const MIDNIGHT: u32 = 24 * 60;

/// When the shop is open. Without hours it is open around the clock, but for its closed days.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OpenHours {
    /// From Monday on: sorted, apart, none over midnight.
    week: [Vec<Span>; 7],
    closed: Vec<Closed>,
}

/// From one minute of a day to a later one; 24:00 is the last.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Span {
    from: u32,
    to: u32,
}

/// Days on which the shop stays closed, the last included.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Closed {
    Once(NaiveDate, NaiveDate),
    /// Month and day; the last may lie in the next year.
    EveryYear((u32, u32), (u32, u32)),
}

impl Default for OpenHours {
    fn default() -> Self {
        OpenHours {
            week: std::array::from_fn(|_| {
                vec![Span {
                    from: 0,
                    to: MIDNIGHT,
                }]
            }),
            closed: Vec::new(),
        }
    }
}

impl OpenHours {
    /// Reads `mon-fri 9:00-18:00, sat 10-14` and `2025-12-24..2025-12-26, 2026-01-01, 12-25`.
    /// Nothing: always open, never closed. A day may have several spans (`mon, wed 9-13 14-18`);
    /// none reaches past midnight.
    pub fn parse(hours: &str, closed: &str) -> Option<Self> {
        Some(OpenHours {
            week: week(hours)?,
            closed: entries(closed).map(closed_days).collect::<Option<_>>()?,
        })
    }

    /// Whether the shop is open; at closing time it still is, so that gear can come back.
    pub fn is_open(&self, zone: &ShopZone, at: Moment) -> bool {
        let day = zone.day(at);
        // Until 24:00 of the day before is still that day's.
        let days = [day.pred_opt(), Some(day)].into_iter().flatten();
        days.flat_map(|day| self.spans(zone, day))
            .any(|span| span.start <= at && at.floor_minute() <= span.end)
    }

    /// When the shop is next open: at once where it is open now. A shop that never opens is taken
    /// to be open.
    pub fn next_open(&self, zone: &ShopZone, at: Moment) -> Moment {
        if self.is_open(zone, at) {
            return at;
        }
        days_from(zone.day(at))
            .flat_map(|day| self.spans(zone, day))
            .map(|span| span.start)
            .find(|start| *start > at)
            .unwrap_or(at)
    }

    /// The last closing time after a moment and not after another one.
    pub fn last_close(&self, zone: &ShopZone, after: Moment, until: Moment) -> Option<Moment> {
        let (first, last) = (zone.day(after), zone.day(until));
        first
            .iter_days()
            .take_while(|day| *day <= last)
            .flat_map(|day| self.spans(zone, day))
            .map(|span| span.end)
            .filter(|end| *end > after && *end <= until)
            .last()
    }

    /// Whether a day is among the closed days; a weekday without hours is not.
    pub fn is_closed_day(&self, day: NaiveDate) -> bool {
        self.closed.iter().any(|closed| closed.holds(day))
    }

    /// Whether the shop opens at all on a day: it is no closed day, and its weekday has hours.
    pub fn opens_on(&self, day: NaiveDate) -> bool {
        !self.is_closed_day(day)
            && !self.week[day.weekday().num_days_from_monday() as usize].is_empty()
    }

    /// The closing time of the first open day after today: until then gear that is late counts as
    /// out.
    pub fn end_of_next_open_day(&self, zone: &ShopZone, now: Moment) -> Moment {
        let today = zone.day(now);
        let end = days_from(today)
            .skip(1)
            .find_map(|day| self.spans(zone, day).last().map(|span| span.end));
        end.unwrap_or_else(|| zone.day_period(today + Days::new(1)).end)
    }

    /// The spans of a day as instants: a time that the clock change skips is the next that exists.
    fn spans(&self, zone: &ShopZone, day: NaiveDate) -> impl Iterator<Item = Period> {
        let spans: &[Span] = if self.is_closed_day(day) {
            &[]
        } else {
            &self.week[day.weekday().num_days_from_monday() as usize]
        };
        let at = move |minute: u32| match NaiveTime::from_num_seconds_from_midnight_opt(
            minute * 60,
            0,
        ) {
            Some(time) => zone.moment_or_later(day.and_time(time)),
            None => zone.day_period(day).end,
        };
        spans
            .iter()
            .filter_map(move |span| Period::new(at(span.from), at(span.to)))
    }
}

impl Closed {
    fn holds(self, day: NaiveDate) -> bool {
        match self {
            Closed::Once(first, last) => first <= day && day <= last,
            Closed::EveryYear(first, last) => {
                let day = (day.month(), day.day());
                if first <= last {
                    first <= day && day <= last
                } else {
                    first <= day || day <= last
                }
            }
        }
    }
}

fn days_from(day: NaiveDate) -> impl Iterator<Item = NaiveDate> {
    day.iter_days().take(DAYS_AHEAD as usize)
}

fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.split(',')
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
}

fn week(hours: &str) -> Option<[Vec<Span>; 7]> {
    let mut week: [Vec<Span>; 7] = Default::default();
    let mut days: Vec<Weekday> = Vec::new();
    for entry in entries(hours) {
        let mut words = entry.split_whitespace();
        days.extend(weekdays(words.next()?)?);
        let spans = words.map(span).collect::<Option<Vec<_>>>()?;
        if spans.is_empty() {
            // `mon, wed 9-18`: the spans stand with the last of the days.
            continue;
        }
        for day in days.drain(..) {
            week[day.num_days_from_monday() as usize].extend(&spans);
        }
    }
    for spans in &mut week {
        spans.sort_by_key(|span| span.from);
        if spans.windows(2).any(|pair| pair[1].from < pair[0].to) {
            return None;
        }
    }
    match week.iter().all(Vec::is_empty) {
        true => {
            (days.is_empty() && entries(hours).next().is_none()).then(|| OpenHours::default().week)
        }
        false => days.is_empty().then_some(week),
    }
}

/// `mon`, `mon-fri`, `fri-mon`.
fn weekdays(word: &str) -> Option<Vec<Weekday>> {
    let (first, last) = word.split_once('-').unwrap_or((word, word));
    let (first, last): (Weekday, Weekday) = (first.parse().ok()?, last.parse().ok()?);
    let mut days = vec![first];
    while days.last() != Some(&last) {
        days.push(days.last()?.succ());
    }
    Some(days)
}

/// `9:00-18:00`, `10-14`.
fn span(word: &str) -> Option<Span> {
    let (from, to) = word.split_once('-')?;
    let (from, to) = (minute_of_day(from)?, minute_of_day(to)?);
    (from < to).then_some(Span { from, to })
}

fn minute_of_day(time: &str) -> Option<u32> {
    let (hour, minute) = time.split_once(':').unwrap_or((time, "00"));
    let minutes =
        number(hour, 1..=2)? * 60 + number(minute, 2..=2).filter(|minute| *minute < 60)?;
    (minutes <= MIDNIGHT).then_some(minutes)
}

fn number(digits: &str, length: std::ops::RangeInclusive<usize>) -> Option<u32> {
    (length.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

fn closed_days(entry: &str) -> Option<Closed> {
    let (first, last) = entry
        .split_once("..")
        .map_or((entry, entry), |(first, last)| (first.trim(), last.trim()));
    if let (Some(first), Some(last)) = (date(first), date(last)) {
        return (first <= last).then_some(Closed::Once(first, last));
    }
    Some(Closed::EveryYear(month_day(first)?, month_day(last)?))
}

/// `2026-01-01`
fn date(text: &str) -> Option<NaiveDate> {
    let (year, rest) = text.split_once('-')?;
    let (month, day) = month_day(rest)?;
    NaiveDate::from_ymd_opt(number(year, 4..=4)?.try_into().ok()?, month, day)
}

/// `12-25`; 29 February is a day of some years.
fn month_day(text: &str) -> Option<(u32, u32)> {
    let (month, day) = text.split_once('-')?;
    let (month, day) = (number(month, 1..=2)?, number(day, 1..=2)?);
    NaiveDate::from_ymd_opt(2000, month, day).map(|_| (month, day))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn berlin() -> ShopZone {
        ShopZone::parse("Europe/Berlin").expect("a zone")
    }

    fn at(wall: &str) -> Moment {
        let wall = chrono::NaiveDateTime::parse_from_str(wall, "%Y-%m-%d %H:%M").expect("a time");
        berlin().moment_or_later(wall)
    }

    fn shop(hours: &str, closed: &str) -> OpenHours {
        OpenHours::parse(hours, closed).expect("hours")
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        for (hours, closed, expect) in [
            ("", "", true),
            ("mon-fri 9:00-18:00, sat 10-14", "", true),
            ("Mon-Fri 09:00-18:00 , Saturday 10-14", "", true),
            ("mon, wed, fri 9-13 14-18", "", true),
            ("mon 9-13, mon 13-18", "", true),
            ("fri-mon 0-24", "", true),
            ("sun 20:00-24:00", "", true),
            ("", "2025-12-24..2025-12-26, 2026-01-01, 12-25", true),
            ("", "12-30..01-02, 02-29", true),
            ("mon", "", false),
            ("9-18", "", false),
            ("mon 9-18, tue", "", false),
            ("mon 18-9", "", false),
            ("fri 20-2", "", false),
            ("mon 9-9", "", false),
            ("mon 9-25", "", false),
            ("mon 9:60-18", "", false),
            ("mon 9-24:01", "", false),
            ("mon 9-13 12-18", "", false),
            ("mun 9-18", "", false),
            ("mon 9–18", "", false),
            ("", "2025-12-26..2025-12-24", false),
            ("", "2025-02-29", false),
            ("", "2025-12-24..12-26", false),
            ("", "13-01", false),
            ("", "christmas", false),
        ] {
            assert_eq!(
                OpenHours::parse(hours, closed).is_some(),
                expect,
                "{hours:?} {closed:?}"
            );
        }
        assert_eq!(shop(" , ", ""), OpenHours::default());
    }

    #[test]
    fn the_door_opens_on_the_minute_and_closing_time_is_still_open() {
        let shop = shop(
            "mon-fri 9:00-13:00 14-18, sat 10-14",
            "2025-12-24..2025-12-26, 01-01",
        );
        for (wall, open, next) in [
            ("2025-11-21 08:59", false, "2025-11-21 09:00"),
            ("2025-11-21 09:00", true, "2025-11-21 09:00"),
            ("2025-11-21 13:00", true, "2025-11-21 13:00"),
            ("2025-11-21 13:01", false, "2025-11-21 14:00"),
            ("2025-11-21 18:00", true, "2025-11-21 18:00"),
            ("2025-11-21 18:01", false, "2025-11-22 10:00"),
            ("2025-11-22 14:01", false, "2025-11-24 09:00"),
            ("2025-12-23 19:00", false, "2025-12-27 10:00"),
            ("2025-12-25 10:00", false, "2025-12-27 10:00"),
            ("2026-01-01 10:00", false, "2026-01-02 09:00"),
            ("2031-01-01 10:00", false, "2031-01-02 09:00"),
        ] {
            assert_eq!(
                (
                    shop.is_open(&berlin(), at(wall)),
                    berlin().wall(shop.next_open(&berlin(), at(wall)))
                ),
                (open, format!("{next}:00")),
                "{wall}"
            );
        }
        assert!(shop.is_open(&berlin(), Moment(at("2025-11-21 18:00").0 + 59)));
        assert!(shop.is_closed_day(NaiveDate::from_ymd_opt(2027, 1, 1).expect("a day")));
        assert!(!shop.is_closed_day(NaiveDate::from_ymd_opt(2025, 11, 23).expect("a Sunday")));
    }

    #[test]
    fn without_hours_only_closed_days_are_closed() {
        let always = OpenHours::default();
        assert!(always.is_open(&berlin(), at("2025-11-23 03:12")));
        let shop = shop("", "2025-12-25, 12-31..01-01");
        assert!(!shop.is_open(&berlin(), at("2025-12-25 12:00")));
        // Midnight is the closing time of the day before.
        assert!(shop.is_open(&berlin(), at("2025-12-25 00:00")));
        assert_eq!(
            shop.next_open(&berlin(), at("2025-12-31 09:00")),
            at("2026-01-02 00:00")
        );
        let never = OpenHours::parse("", "01-01..12-31").expect("hours");
        assert_eq!(
            never.next_open(&berlin(), at("2025-12-31 09:00")),
            at("2025-12-31 09:00")
        );
        assert_eq!(
            never.end_of_next_open_day(&berlin(), at("2025-12-31 09:00")),
            at("2026-01-02 00:00")
        );
    }

    #[test]
    fn late_gear_counts_as_out_until_the_next_open_day_closes() {
        let shop = shop("mon-fri 9-18, sat 10-14", "2025-12-25..2025-12-26");
        for (now, end) in [
            ("2025-11-20 10:00", "2025-11-21 18:00"),
            ("2025-11-20 23:59", "2025-11-21 18:00"),
            ("2025-11-21 10:00", "2025-11-22 14:00"),
            ("2025-11-22 10:00", "2025-11-24 18:00"),
            ("2025-12-24 10:00", "2025-12-27 14:00"),
        ] {
            assert_eq!(
                berlin().wall(shop.end_of_next_open_day(&berlin(), at(now))),
                format!("{end}:00"),
                "{now}"
            );
        }
        assert_eq!(
            OpenHours::default().end_of_next_open_day(&berlin(), at("2025-11-20 10:00")),
            at("2025-11-22 00:00")
        );
    }

    #[test]
    fn the_clock_changes_move_no_opening_time() {
        // 2026-03-29 has no 02:30, 2025-10-26 and 2026-10-25 have it twice.
        let day = shop("mon-sun 9-18", "");
        for (now, next) in [
            ("2026-03-28 20:00", "2026-03-29 09:00"),
            ("2026-03-29 01:00", "2026-03-29 09:00"),
            ("2026-10-25 01:00", "2026-10-25 09:00"),
            ("2026-10-24 18:30", "2026-10-25 09:00"),
        ] {
            assert_eq!(
                berlin().wall(day.next_open(&berlin(), at(now))),
                format!("{next}:00"),
                "{now}"
            );
        }
        assert_eq!(
            day.next_open(&berlin(), at("2026-03-28 20:00")).0 - at("2026-03-28 20:00").0,
            12 * 3600
        );
        assert_eq!(
            day.next_open(&berlin(), at("2026-10-24 20:00")).0 - at("2026-10-24 20:00").0,
            14 * 3600
        );
        let night = shop("sun 2:30-4", "");
        assert_eq!(
            berlin().wall(night.next_open(&berlin(), at("2026-03-29 01:00"))),
            "2026-03-29 03:00:00"
        );
        // Both half past twos: open from the first on.
        let first = night.next_open(&berlin(), at("2026-10-25 01:00"));
        assert_eq!(berlin().wall_exact(first), "2026-10-25T02:30:00+02:00");
        assert!(
            night.is_open(&berlin(), first.plus_minutes(60))
                && night.is_open(&berlin(), first.plus_minutes(150))
                && !night.is_open(&berlin(), first.plus_minutes(151))
        );
        // Skipped whole, it is not opened at all that day.
        assert_eq!(
            berlin().wall(shop("sun 2:10-2:50", "").next_open(&berlin(), at("2026-03-29 01:00"))),
            "2026-04-05 02:10:00"
        );
        assert_eq!(
            berlin().wall(
                shop("sat-sun 0-24", "").end_of_next_open_day(&berlin(), at("2026-03-28 12:00"))
            ),
            "2026-03-30 00:00:00"
        );
    }
}
