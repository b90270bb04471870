//! Dates and times as people type them: `fri`, `fri 9:00`, `+3d`, `24/11`, `12 oct`, `2026-11-24`,
//! `tmr`, `fri..mon`, `25-27 nov`.

use super::time::{Moment, Period, ShopZone, Skipped};
use chrono::{DateTime, Datelike, Duration, Months, NaiveDate, NaiveDateTime, NaiveTime, Weekday};

/// Which way a day without a year, or a weekday, lies.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lean {
    /// The next such day, today included: due times.
    Ahead,
    /// The last such day, today included: returns, history.
    Back,
}

/// A time as it was understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    Day(NaiveDate),
    Time(Moment),
}

/// Why a time could not be taken: one sentence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NotATime(pub String);

impl When {
    /// The instant meant: of a day alone, the given time of day.
    pub fn at(self, zone: &ShopZone, time: NaiveTime) -> Moment {
        match self {
            When::Day(day) => zone.moment_or_later(day.and_time(time)),
            When::Time(moment) => moment,
        }
    }

    pub fn day(self, zone: &ShopZone) -> NaiveDate {
        match self {
            When::Day(day) => day,
            When::Time(moment) => zone.day(moment),
        }
    }
}

/// Reads what was typed. Words for days and months are English, as the screens are.
pub fn read(text: &str, now: Moment, zone: &ShopZone, lean: Lean) -> Result<When, NotATime> {
    let typed = text.trim();
    let refuse = || NotATime(format!("\"{typed}\" is not a date or time"));
    if typed.is_empty() || typed.chars().count() > 40 {
        return Err(refuse());
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(typed) {
        return ranged(Moment(time.timestamp()), typed);
    }
    let lower = typed.to_lowercase().replace(',', " ");
    let lower = split_iso(&lower);
    let local = zone.local(now);
    if lower == "now" {
        return Ok(When::Time(now));
    }
    if let Some(moved) = shifted(&lower, local) {
        return match moved {
            Shift::Days(day) => Ok(When::Day(day)),
            Shift::Exact(minutes) => ranged(now.plus_minutes(minutes), typed),
        };
    }
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    let time = match words.last().and_then(|word| time_of_day(word)) {
        // `12 oct`, `oct 12`: the number is a day of a month unless a day was already named before
        // it.
        Some(time) if words.len() > 1 && !(words.len() == 2 && month(words[0]).is_some()) => {
            words.pop();
            Some(time)
        }
        Some(time) if words.len() == 1 && lower.contains([':', 'm']) => {
            words.pop();
            Some(time)
        }
        _ => None,
    };
    let day = match words.as_slice() {
        [] => local.date(),
        [first, rest @ ..] if weekday(first).is_some() && !rest.is_empty() => {
            named_day(rest, local.date(), lean).ok_or_else(refuse)?
        }
        [first, rest @ ..] if weekday(first).is_some() && rest.is_empty() => {
            let wanted = weekday(first).ok_or_else(refuse)?;
            nearest(wanted, local, time, lean)
        }
        words => named_day(words, local.date(), lean).ok_or_else(refuse)?,
    };
    match time {
        None => Ok(When::Day(day)),
        Some(time) => {
            let moment = zone
                .moment(day.and_time(time))
                .map_err(|gap| skipped(typed, gap))?;
            ranged(moment, typed)
        }
    }
}

/// Reads `fri..mon`, `10 oct..14 oct`, `25-27 nov`, or one day, which is the range of that day.
/// Both days belong to it.
pub fn read_days(
    text: &str,
    now: Moment,
    zone: &ShopZone,
    lean: Lean,
) -> Result<(NaiveDate, NaiveDate), NotATime> {
    let Some((first, last)) = halves(text, now, zone)? else {
        let day = read(text, now, zone, lean)?.day(zone);
        return Ok((day, day));
    };
    let (first, last) = (
        read(&first, now, zone, lean)?.day(zone),
        read(&last, now, zone, lean)?.day(zone),
    );
    if last < first {
        return Err(NotATime(format!(
            "{} is before {}",
            zone.show_day(last),
            zone.show_day(first)
        )));
    }
    Ok((first, last))
}

/// Reads `fri..mon`, `fri 9..mon 18`, `tue 14:00 - thu 10:00`, `25-27 nov`, `..mon`, `+3`: a window
/// in the place of another one. A day alone keeps the time of day that stood there; an end alone
/// keeps the start, a start alone the length.
pub fn read_window(
    text: &str,
    was: Period,
    now: Moment,
    zone: &ShopZone,
) -> Result<Period, NotATime> {
    let (first, last) =
        halves(text, now, zone)?.unwrap_or_else(|| (text.to_owned(), String::new()));
    if first.trim().is_empty() && last.trim().is_empty() {
        return Err(NotATime(format!(
            "\"{}\" is not a date or time",
            text.trim()
        )));
    }
    let start = if first.trim().is_empty() {
        was.start
    } else {
        read_ahead(&first, was.start, now, zone)?
    };
    if last.trim().is_empty() {
        let length = zone.local(was.end) - zone.local(was.start);
        return Ok(Period {
            start,
            end: zone.moment_or_later(zone.local(start) + length),
        });
    }
    Ok(Period {
        start,
        end: read_ahead(&last, was.end, start.max(now), zone)?,
    })
}

/// Both ends of a window as they were typed, each readable by itself; `None` where one time was
/// typed. What can be meant in two ways is refused with ways to type either.
pub fn halves(
    text: &str,
    now: Moment,
    zone: &ShopZone,
) -> Result<Option<(String, String)>, NotATime> {
    let typed = text.trim().to_lowercase();
    if let Some((first, last)) = typed.split_once("..") {
        return Ok(Some(years_shared(
            first.trim().to_owned(),
            last.trim().to_owned(),
        )));
    }
    let reads = |half: &str| read(half, now, zone, Lean::Ahead).is_ok();
    if !typed.contains(['-', '\u{2013}', '\u{2014}'])
        && !typed.contains(" to ")
        && !typed.contains(" until ")
    {
        return Ok(None);
    }
    if reads(&typed) {
        let bare = |part: &str| {
            (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit())
        };
        return match typed.split_once('-') {
            Some((one, other)) if bare(one) && bare(other) => Err(two_ways(
                text,
                &format!("{one}-{other} nov, tue {one} - tue {other}, or {one}.{other}."),
            )),
            _ => Ok(None),
        };
    }
    let mut found: Vec<(String, String)> = Vec::new();
    for (first, last) in splits(&typed) {
        match completed(text, first, last).map(|(first, last)| years_shared(first, last)) {
            Ok(halves) if reads(&halves.0) && reads(&halves.1) => found.push(halves),
            Err(why) if reads(first) => return Err(why),
            _ => {}
        }
    }
    match found.len() {
        0 | 1 => Ok(found.pop()),
        _ => Err(two_ways(text, &format!("{} .. {}", found[0].0, found[0].1))),
    }
}

fn two_ways(typed: &str, like: &str) -> NotATime {
    NotATime(format!(
        "\"{}\" can be meant in two ways: type {like}",
        typed.trim()
    ))
}

/// Every place at which a window could be cut in two: a sign between spaces, or a word, before one
/// inside a word.
fn splits(typed: &str) -> Vec<(&str, &str)> {
    for mark in [
        " - ",
        " \u{2013} ",
        " \u{2014} ",
        "\u{2013}",
        "\u{2014}",
        " to ",
        " until ",
    ] {
        if typed.contains(mark) {
            return cut_at(typed, mark);
        }
    }
    cut_at(typed, "-")
}

fn cut_at<'a>(typed: &'a str, mark: &str) -> Vec<(&'a str, &'a str)> {
    let halves = |(place, mark): (usize, &str)| {
        let (first, rest) = typed.split_at_checked(place)?;
        Some((first.trim(), rest.strip_prefix(mark)?.trim()))
    };
    typed.match_indices(mark).filter_map(halves).collect()
}

/// What one half leaves to the other: `25 - 27 nov` the month, `nov 25-27` likewise, `tue 9-17` the
/// day.
fn completed(typed: &str, first: &str, last: &str) -> Result<(String, String), NotATime> {
    let words = |half: &str| {
        half.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<String>>()
    };
    let (one, other) = (words(first), words(last));
    let is_bare = |words: &[String]| matches!(words, [word] if number(word).is_some());
    let month_of = |words: &[String]| words.iter().find(|word| month(word).is_some()).cloned();
    let is_day_and_time = |words: &[String]| {
        words.len() > 1 && words.last().is_some_and(|word| time_of_day(word).is_some())
    };
    if is_bare(&one) {
        // `tue 9` has no month: the day before it can only be guessed.
        return Ok((
            month_of(&other)
                .map_or_else(|| first.to_owned(), |month| format!("{} {month}", one[0])),
            last.to_owned(),
        ));
    }
    let starts_with_weekday = one.first().is_some_and(|word| weekday(word).is_some());
    if starts_with_weekday && is_bare(&one[1..]) && other.len() == 2 && month_of(&other).is_some() {
        let (day, month) = (&one[1], month_of(&other).unwrap_or_default());
        return Err(two_ways(
            typed,
            &format!("{} {day}:00 - {last}, or {day} {month} - {last}", one[0]),
        ));
    }
    if let ([month_name, _], [day, year]) = (one.as_slice(), other.as_slice())
        && month(month_name).is_some()
        && number(day).is_some()
        && year.len() == 4
    {
        return Ok((first.to_owned(), format!("{month_name} {day} {year}")));
    }
    if !is_bare(&other) {
        return Ok((first.to_owned(), last.to_owned()));
    }
    match month_of(&one) {
        Some(month) if one.len() == 2 && month == one[0] => {
            Ok((first.to_owned(), format!("{month} {}", other[0])))
        }
        _ if is_day_and_time(&one) && time_of_day(&other[0]).is_some() => {
            Ok((first.to_owned(), format!("{}:00", other[0])))
        }
        _ => Err(two_ways(
            typed,
            &format!(
                "{first} - {first} {}:00, or {first} - {} nov",
                other[0], other[0]
            ),
        )),
    }
}

/// The year that one half names is meant of the other as well: `25 nov - 27 nov 2027`, `28 dec - 3
/// jan 2028`.
fn years_shared(first: String, last: String) -> (String, String) {
    match (dated(&first), dated(&last)) {
        (Some((from, None)), Some((until, Some(year)))) => (
            with_year(&first, if from > until { year - 1 } else { year }),
            last,
        ),
        (Some((from, Some(year))), Some((until, None))) => {
            let last = with_year(&last, if until < from { year + 1 } else { year });
            (first, last)
        }
        _ => (first, last),
    }
}

/// The month that a date names, and its year where that stands there, too.
fn dated(half: &str) -> Option<(u32, Option<i32>)> {
    let words: Vec<&str> = half.split_whitespace().collect();
    if let Some(place) = words.iter().position(|word| month(word).is_some()) {
        let year = words
            .iter()
            .skip(place + 1)
            .take(2)
            .find(|word| word.len() == 4)
            .and_then(|word| year_of(word));
        return Some((month(words[place])?, year));
    }
    words.iter().find_map(|word| {
        let mark = word.chars().find(|c| matches!(c, '/' | '.'))?;
        match word
            .trim_end_matches(mark)
            .split(mark)
            .collect::<Vec<&str>>()
            .as_slice()
        {
            [day, month] if number(day).is_some() => Some((number(month)?, None)),
            [day, month, year] if number(day).is_some() => {
                Some((number(month)?, Some(year_of(year)?)))
            }
            _ => None,
        }
    })
}

/// A date without a year, in that year.
fn with_year(half: &str, year: i32) -> String {
    let mut words: Vec<String> = half.split_whitespace().map(str::to_owned).collect();
    if let Some(place) = words.iter().position(|word| month(word).is_some()) {
        let after = if place > 0 && number(&words[place - 1]).is_some() {
            place + 1
        } else {
            place + 2
        };
        words.insert(after.min(words.len()), year.to_string());
    } else if let Some(word) = words.iter_mut().find(|word| dated(word).is_some()) {
        let mark = word.chars().find(|c| matches!(c, '/' | '.')).unwrap_or('.');
        *word = format!("{}{mark}{year}", word.trim_end_matches(mark));
    }
    words.join(" ")
}

/// A time after another one. A day alone takes the time of day of what stood there; a weekday whose
/// time is over is the next one.
pub fn read_ahead(
    text: &str,
    was: Moment,
    from: Moment,
    zone: &ShopZone,
) -> Result<Moment, NotATime> {
    const QUARTER: i64 = 900;
    let day = match read(text, from, zone, Lean::Ahead)? {
        When::Time(moment) => return Ok(moment),
        When::Day(day) => day,
    };
    let time = zone.local(was).time();
    let moment = zone.moment_or_later(day.and_time(time));
    if moment > from || day != zone.day(from) {
        return Ok(moment);
    }
    if text
        .split_whitespace()
        .next()
        .is_some_and(|word| weekday(&word.to_lowercase()).is_some())
    {
        return Ok(zone.moment_or_later((day + Duration::days(7)).and_time(time)));
    }
    Ok(Moment((from.0 + QUARTER - 1).div_euclid(QUARTER) * QUARTER))
}

/// `90m`, `4h`, `3d`, `2w`: a length, in minutes.
pub fn length_minutes(text: &str) -> Option<i64> {
    let text = text.trim();
    let number: String = text.chars().take_while(char::is_ascii_digit).collect();
    let unit: String = text.chars().skip(number.len()).collect();
    let count: i64 = number.parse().ok().filter(|count| *count <= 100_000)?;
    let minutes = match unit.trim() {
        "m" | "min" | "minutes" => 1,
        "h" | "hour" | "hours" => 60,
        "d" | "day" | "days" | "" => 24 * 60,
        "w" | "week" | "weeks" => 7 * 24 * 60,
        _ => return None,
    };
    Some(count * minutes)
}

fn ranged(moment: Moment, typed: &str) -> Result<When, NotATime> {
    if moment.in_range() {
        Ok(When::Time(moment))
    } else {
        Err(NotATime(format!(
            "\"{typed}\" is outside the years 2000 to 2099"
        )))
    }
}

fn skipped(typed: &str, gap: Skipped) -> NotATime {
    NotATime(format!(
        "the clock change skips {typed}: {} or {} exist",
        gap.before.format("%H:%M"),
        gap.after.format("%H:%M")
    ))
}

/// `2026-11-24t09:00` with its `t` as a space; other words are left alone.
fn split_iso(lower: &str) -> String {
    let bytes = lower.as_bytes();
    if bytes.len() > 11 && bytes[4] == b'-' && bytes[7] == b'-' && bytes[10] == b't' {
        lower.replacen('t', " ", 1)
    } else {
        lower.to_owned()
    }
}

enum Shift {
    Days(NaiveDate),
    Exact(i64),
}

fn shifted(lower: &str, local: NaiveDateTime) -> Option<Shift> {
    let (sign, rest) = match lower.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let minutes = length_minutes(rest)? * sign;
    let unit = rest.trim_start_matches(|c: char| c.is_ascii_digit()).trim();
    if unit.starts_with('h') || unit.starts_with('m') {
        return Some(Shift::Exact(minutes));
    }
    local
        .date()
        .checked_add_signed(Duration::minutes(minutes))
        .map(Shift::Days)
}

fn weekday(word: &str) -> Option<Weekday> {
    (word.len() >= 3).then(|| word.parse().ok())?
}

fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.');
    (word.len() >= 3).then(|| {
        MONTHS
            .iter()
            .position(|name| name.starts_with(word))
            .map(|position| position as u32 + 1)
    })?
}

fn time_of_day(word: &str) -> Option<NaiveTime> {
    let (digits, shift) = if let Some(digits) = word.strip_suffix("am") {
        (digits, Some(0))
    } else if let Some(digits) = word.strip_suffix("pm") {
        (digits, Some(12))
    } else {
        (word, None)
    };
    let mut parts = digits.split(':');
    let mut part = |required: bool| match parts.next() {
        None if !required => Some(0),
        None => None,
        Some(text)
            if (1..=2).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            text.parse::<u32>().ok()
        }
        Some(_) => None,
    };
    let (hour, minute, second) = (part(true)?, part(false)?, part(false)?);
    if parts.next().is_some() {
        return None;
    }
    let hour = match shift {
        None => hour,
        Some(_) if hour == 0 || hour > 12 => return None,
        Some(shift) => hour % 12 + shift,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}

fn nearest(
    wanted: Weekday,
    local: NaiveDateTime,
    time: Option<NaiveTime>,
    lean: Lean,
) -> NaiveDate {
    let today = local.date();
    let ahead = i64::from(wanted.days_since(today.weekday()));
    match lean {
        Lean::Ahead if ahead == 0 && time.is_some_and(|time| time <= local.time()) => {
            today + Duration::days(7)
        }
        Lean::Ahead => today + Duration::days(ahead),
        Lean::Back if ahead == 0 && time.is_none_or(|time| time <= local.time()) => today,
        Lean::Back => today - Duration::days(7 - ahead),
    }
}

fn named_day(words: &[&str], today: NaiveDate, lean: Lean) -> Option<NaiveDate> {
    match words {
        ["today"] => Some(today),
        ["tmr" | "tomorrow"] => Some(today + Duration::days(1)),
        ["yesterday"] => Some(today - Duration::days(1)),
        ["eom"] => today
            .with_day(1)?
            .checked_add_months(Months::new(1))?
            .pred_opt(),
        [one] => numeric_day(one, today, lean),
        [day, month_name] if month(month_name).is_some() => {
            yearless(number(day)?, month(month_name)?, today, lean)
        }
        [month_name, day] if month(month_name).is_some() => {
            yearless(number(day)?, month(month_name)?, today, lean)
        }
        [day, month_name, year] | [month_name, day, year] if month(month_name).is_some() => {
            day_of(year_of(year)?, month(month_name)?, number(day)?)
        }
        _ => None,
    }
}

/// `2026-11-24`, `24/11`, `24.11.`, `24.11.2026`: the day stands first where no year leads.
fn numeric_day(word: &str, today: NaiveDate, lean: Lean) -> Option<NaiveDate> {
    let mark = word.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let parts: Vec<&str> = word.trim_end_matches(mark).split(mark).collect();
    match parts.as_slice() {
        [year, month, day] if year.len() == 4 => {
            day_of(year_of(year)?, number(month)?, number(day)?)
        }
        [day, month, year] => day_of(year_of(year)?, number(month)?, number(day)?),
        [day, month] => yearless(number(day)?, number(month)?, today, lean),
        _ => None,
    }
}

fn number(word: &str) -> Option<u32> {
    let digits = word.trim_end_matches('.');
    (digits.len() <= 2 && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())?
}

fn year_of(word: &str) -> Option<i32> {
    match word.len() {
        4 => word.parse().ok(),
        2 => word.parse::<i32>().ok().map(|year| 2000 + year),
        _ => None,
    }
}

fn day_of(year: i32, month: u32, day: u32) -> Option<NaiveDate> {
    (2000..2100)
        .contains(&year)
        .then(|| NaiveDate::from_ymd_opt(year, month, day))?
}

const SLIP_DAYS: i64 = 60;

fn yearless(day: u32, month: u32, today: NaiveDate, lean: Lean) -> Option<NaiveDate> {
    let this = day_of(today.year(), month, day);
    match (this, lean) {
        (Some(found), Lean::Ahead) if found >= today => Some(found),
        (Some(found), Lean::Back) if found <= today => Some(found),
        // Weeks ago, said of what is to come, is a slip and not next year: whoever asked is told
        // that it is over.
        (Some(found), Lean::Ahead) if today - found <= chrono::Duration::days(SLIP_DAYS) => {
            Some(found)
        }
        // 29 February is looked for up to eight years away (1896–1904 had none in between,
        // 2096–2104 neither).
        _ => (1..=8).find_map(|years| {
            day_of(
                if lean == Lean::Ahead {
                    today.year() + years
                } else {
                    today.year() - years
                },
                month,
                day,
            )
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, lean: Lean, expect: &str) {
        let zone = ShopZone::parse("Europe/Berlin").expect("a zone");
        let now = zone.moment_or_later(
            NaiveDate::from_ymd_opt(2025, 11, 21)
                .expect("a day")
                .and_hms_opt(10, 42, 0)
                .expect("a time"),
        );
        let found = match read(text, now, &zone, lean) {
            Ok(When::Day(day)) => day.to_string(),
            Ok(When::Time(moment)) => zone.wall(moment),
            Err(NotATime(why)) => format!("! {why}"),
        };
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn a_window_keeps_what_was_not_typed() {
        let zone = ShopZone::parse("Europe/Berlin").expect("a zone");
        let at = |day: u32, hour: u32, minute: u32| {
            zone.moment_or_later(
                NaiveDate::from_ymd_opt(2025, 11, day)
                    .expect("a day")
                    .and_hms_opt(hour, minute, 0)
                    .expect("a time"),
            )
        };
        let (now, was) = (
            at(21, 10, 42),
            Period {
                start: at(26, 14, 0),
                end: at(28, 10, 0),
            },
        );
        for (text, expect) in [
            ("fri..mon", "2025-11-21 14:00:00 2025-11-24 10:00:00"),
            ("fri 9..mon 18", "2025-11-28 09:00:00 2025-12-01 18:00:00"),
            ("sat 9..+2", "2025-11-22 09:00:00 2025-11-24 10:00:00"),
            ("..sun", "2025-11-26 14:00:00 2025-11-30 10:00:00"),
            ("thu..", "2025-11-27 14:00:00 2025-11-29 10:00:00"),
            ("thu", "2025-11-27 14:00:00 2025-11-29 10:00:00"),
            ("tmr 9..18:00", "2025-11-22 09:00:00 2025-11-22 18:00:00"),
            ("..", "\"..\" is not a date or time"),
            (
                "tue 14:00 - thu 10:00",
                "2025-11-25 14:00:00 2025-11-27 10:00:00",
            ),
            ("tue 14 - thu 10", "2025-11-25 14:00:00 2025-11-27 10:00:00"),
            ("tue 14-thu 10", "2025-11-25 14:00:00 2025-11-27 10:00:00"),
            (
                "Tue 2pm to Thu 10am",
                "2025-11-25 14:00:00 2025-11-27 10:00:00",
            ),
            (
                "25 nov 9:00 - 27 nov 18:00",
                "2025-11-25 09:00:00 2025-11-27 18:00:00",
            ),
            (
                "25 nov 9:00\u{2013}27 nov 18:00",
                "2025-11-25 09:00:00 2025-11-27 18:00:00",
            ),
            ("mon-fri", "2025-11-24 14:00:00 2025-11-28 10:00:00"),
            ("25-27 nov", "2025-11-25 14:00:00 2025-11-27 10:00:00"),
            (
                "25 - 27 nov 18:00",
                "2025-11-25 14:00:00 2025-11-27 18:00:00",
            ),
            ("nov 25-27", "2025-11-25 14:00:00 2025-11-27 10:00:00"),
            ("25 nov - 2 dec", "2025-11-25 14:00:00 2025-12-02 10:00:00"),
            (
                "25-27 november 2027",
                "2027-11-25 14:00:00 2027-11-27 10:00:00",
            ),
            (
                "25 nov 9:00 - 27 nov 2027 18:00",
                "2027-11-25 09:00:00 2027-11-27 18:00:00",
            ),
            ("nov 25-27 2027", "2027-11-25 14:00:00 2027-11-27 10:00:00"),
            (
                "25 nov 2027 - 2 jan",
                "2027-11-25 14:00:00 2028-01-02 10:00:00",
            ),
            (
                "28 dec..3 jan 2028",
                "2027-12-28 14:00:00 2028-01-03 10:00:00",
            ),
            (
                "24.11.-27.11.2027",
                "2027-11-24 14:00:00 2027-11-27 10:00:00",
            ),
            ("24/11-27/11", "2025-11-24 14:00:00 2025-11-27 10:00:00"),
            ("24.11.-27.11.", "2025-11-24 14:00:00 2025-11-27 10:00:00"),
            (
                "2025-11-24-2025-11-27",
                "2025-11-24 14:00:00 2025-11-27 10:00:00",
            ),
            (
                "2025-11-24 9:00 - 2025-11-27 18:00",
                "2025-11-24 09:00:00 2025-11-27 18:00:00",
            ),
            ("tue 9-17", "2025-11-25 09:00:00 2025-11-25 17:00:00"),
            (
                "tue 9:00 - 17:30",
                "2025-11-25 09:00:00 2025-11-25 17:30:00",
            ),
            ("tmr 9 - 18", "2025-11-22 09:00:00 2025-11-22 18:00:00"),
            ("2025-11-24", "2025-11-24 14:00:00 2025-11-26 10:00:00"),
            (
                "10-12",
                "\"10-12\" can be meant in two ways: type 10-12 nov, tue 10 - tue 12, or 10.12.",
            ),
            (
                "tue - 17",
                "\"tue - 17\" can be meant in two ways: type tue - tue 17:00, or tue - 17 nov",
            ),
            (
                "tue 9 - 12 dec",
                "\"tue 9 - 12 dec\" can be meant in two ways: type tue 9:00 - 12 dec, or 9 dec - 12 dec",
            ),
            ("25-99 nov", "\"25-99 nov\" is not a date or time"),
            ("fri - never", "\"fri - never\" is not a date or time"),
        ] {
            let found = match read_window(text, was, now, &zone) {
                Ok(window) => format!("{} {}", zone.wall(window.start), zone.wall(window.end)),
                Err(NotATime(why)) => why,
            };
            assert_eq!(found, expect, "{text}");
        }
        assert_eq!(
            zone.wall(read_ahead("fri", at(21, 9, 0), now, &zone).expect("a time")),
            "2025-11-28 09:00:00",
            "today's nine o'clock is over"
        );
        assert_eq!(
            zone.wall(read_ahead("today", at(21, 9, 0), now, &zone).expect("a time")),
            "2025-11-21 10:45:00"
        );
    }

    #[test]
    fn what_people_type_is_understood() {
        use Lean::{Ahead, Back};
        for (text, lean, expect) in [
            ("fri", Ahead, "2025-11-21"),
            ("fri 9", Ahead, "2025-11-28 09:00:00"),
            ("fri 18:00", Ahead, "2025-11-21 18:00:00"),
            ("mon 9:30", Ahead, "2025-11-24 09:30:00"),
            ("thu 18:00", Back, "2025-11-20 18:00:00"),
            ("fri 18:00", Back, "2025-11-14 18:00:00"),
            ("fri 9am", Back, "2025-11-21 09:00:00"),
            ("+3", Ahead, "2025-11-24"),
            ("+3d", Ahead, "2025-11-24"),
            ("+2w", Ahead, "2025-12-05"),
            ("+4h", Ahead, "2025-11-21 14:42:00"),
            ("-1d", Back, "2025-11-20"),
            ("24/11", Ahead, "2025-11-24"),
            ("24.11.", Ahead, "2025-11-24"),
            ("20.11.", Ahead, "2025-11-20"),
            ("12 oct", Back, "2025-10-12"),
            ("oct 12", Back, "2025-10-12"),
            ("12 oct 2024", Back, "2024-10-12"),
            ("sun 12 oct", Back, "2025-10-12"),
            ("12 oct 14:00", Back, "2025-10-12 14:00:00"),
            ("24 dec", Back, "2024-12-24"),
            ("29 feb", Ahead, "2028-02-29"),
            ("2025-11-24", Ahead, "2025-11-24"),
            ("2025-11-24 10:00", Ahead, "2025-11-24 10:00:00"),
            ("2025-11-24T10:00:05", Ahead, "2025-11-24 10:00:05"),
            ("2025-11-24T10:00:00Z", Ahead, "2025-11-24 11:00:00"),
            ("tmr 9", Ahead, "2025-11-22 09:00:00"),
            ("eom", Ahead, "2025-11-30"),
            ("18:00", Ahead, "2025-11-21 18:00:00"),
            ("hello", Ahead, "! \"hello\" is not a date or time"),
            ("31.2.", Ahead, "! \"31.2.\" is not a date or time"),
            ("25:00", Ahead, "! \"25:00\" is not a date or time"),
            (
                "1999-01-01",
                Ahead,
                "! \"1999-01-01\" is not a date or time",
            ),
            (
                "2026-03-29 02:30",
                Ahead,
                "! the clock change skips 2026-03-29 02:30: 01:59 or 03:00 exist",
            ),
        ] {
            check(text, lean, expect);
        }
    }
}
