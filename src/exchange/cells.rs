//! Values as other programs write them: counts, switches, conditions, amounts, kit contents, dates.
//! What cannot be read is refused with one sentence, which the import shows beside the cell.

use crate::kernel::{Currency, Moment, Money, ShopZone, Text, text};
use chrono::{NaiveDate, NaiveTime};

/// The most of one type that a list may name; above it the cell is a typing mistake.
pub const QUANTITY_MAX: i64 = 10_000;

/// A cell as a sentence quotes it.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", text::cut(Text::new(cell).as_str(), 40))
}

/// `2`, `2.0`, `1,000`, `3 pcs`: how many, 1 to 10,000.
pub fn quantity(cell: &str) -> Result<i64, String> {
    match whole(cell)? {
        count @ 1..=QUANTITY_MAX => Ok(count),
        count @ ..=0 => Err(format!("the quantity is {count}; it must be 1 or more")),
        count => Err(format!(
            "the quantity is {count}; at most {QUANTITY_MAX} of a type are kept"
        )),
    }
}

/// As [`quantity`], for what the shop has: 0 to `most`.
pub fn stock(cell: &str, most: i64) -> Result<i64, String> {
    match whole(cell)? {
        count if (0..=most).contains(&count) => Ok(count),
        count if count < 0 => Err(format!("the quantity is {count}; it must be 0 or more")),
        count => Err(format!(
            "the quantity is {count}; at most {most} of a type are kept"
        )),
    }
}

/// `6`, `6 days`, `1.5`, `36 h`: how long a rental lasts, in hours. A bare number counts days.
pub fn rental_hours(cell: &str) -> Result<i64, String> {
    let refuse = || format!("{} is not a number of days", quoted(cell));
    let lower = cell.trim().to_lowercase();
    let (number, unit) = lower
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',')))
        .and_then(|at| lower.split_at_checked(at))
        .unwrap_or((&lower, ""));
    let hours_each = match unit.trim() {
        "" | "d" | "day" | "days" | "tag" | "tage" => 24.0,
        "h" | "hour" | "hours" | "std" | "stunden" => 1.0,
        "w" | "week" | "weeks" | "woche" | "wochen" => 168.0,
        _ => return Err(refuse()),
    };
    let number: f64 = number.replace(',', ".").parse().map_err(|_| refuse())?;
    let hours = number * hours_each;
    if (1.0..=8_784.0).contains(&hours) && hours.fract() == 0.0 {
        Ok(hours as i64)
    } else {
        Err(refuse())
    }
}

fn whole(cell: &str) -> Result<i64, String> {
    let refuse = || format!("{} is not a whole number", quoted(cell));
    let lower = cell.trim().to_lowercase();
    let number = [
        "pieces", "piece", "units", "unit", "pcs.", "pcs", "pc", "stück", "stk.", "stk", "ea", "x",
    ]
    .iter()
    .find_map(|unit| lower.strip_suffix(unit))
    .unwrap_or(&lower)
    .trim();
    if number.is_empty() {
        return Err(if lower.is_empty() {
            "the quantity is empty".to_owned()
        } else {
            refuse()
        });
    }
    let whole = match number.rsplit_once(['.', ',']) {
        // A point before three digits divides thousands in one country and fractions in another; a
        // comma there means thousands.
        Some((_, behind)) if behind.len() == 3 && number.contains('.') && !number.contains(',') => {
            return Err(format!(
                "{} can be read in two ways; write it without the point",
                quoted(cell)
            ));
        }
        Some((_, behind)) if behind.len() != 3 && behind.bytes().all(|byte| byte == b'0') => number
            .rsplit_once(['.', ','])
            .map_or(number, |(whole, _)| whole),
        _ => number,
    };
    ungrouped(whole)
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(refuse)
}

/// Digits with a sign, without the marks between groups of three.
fn ungrouped(number: &str) -> Option<String> {
    let (sign, digits) = number
        .strip_prefix('-')
        .map_or(("", number.strip_prefix('+').unwrap_or(number)), |digits| {
            ("-", digits)
        });
    let groups: Vec<&str> = digits
        .split([',', '\'', ' ', '\u{a0}', '\u{202f}'])
        .collect();
    let is_group = |(place, group): (usize, &&str)| {
        group.bytes().all(|byte| byte.is_ascii_digit())
            && !group.is_empty()
            && (place == 0 || group.len() == 3)
    };
    let sound = groups.iter().enumerate().all(is_group)
        && digits.len() <= 18
        && (groups.len() == 1 || groups.first().is_some_and(|first| first.len() <= 3));
    sound.then(|| format!("{sign}{}", groups.concat()))
}

/// Yes or no, as lists say it. An empty cell says neither; ask for it before.
pub fn switch(cell: &str) -> Result<bool, String> {
    match text::folded(cell.trim()).as_str() {
        "1" | "1.0" | "yes" | "y" | "true" | "t" | "on" | "x" | "✓" | "✔" | "☑" | "active"
        | "enabled" | "ja" | "j" | "aktiv" | "wahr" | "oui" | "o" | "vrai" | "actif" | "si" => {
            Ok(true)
        }
        "0" | "0.0" | "no" | "n" | "false" | "f" | "off" | "-" | "✗" | "✘" | "☐" | "inactive"
        | "disabled" | "nein" | "inaktiv" | "falsch" | "non" | "faux" | "inactif" => Ok(false),
        "" => Err("the cell is empty, which is neither yes nor no".to_owned()),
        _ => Err(format!("{} is neither yes nor no", quoted(cell))),
    }
}

/// The condition of an item, as a list names it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ConditionWord {
    Good,
    Unusable,
    UnderMaintenance,
}

impl ConditionWord {
    /// As it is stored and exported.
    pub fn as_str(self) -> &'static str {
        match self {
            ConditionWord::Good => "GOOD",
            ConditionWord::Unusable => "UNUSABLE",
            ConditionWord::UnderMaintenance => "UNDER_MAINTENANCE",
        }
    }
}

pub fn condition(cell: &str) -> Result<ConditionWord, String> {
    let words = text::folded(cell.trim()).replace(['_', '-'], " ");
    match words.as_str() {
        "good" | "ok" | "okay" | "fine" | "new" | "as new" | "like new" | "excellent"
        | "very good" | "fair" | "used" | "working" | "usable" | "available" | "gut" | "bon"
        | "neu" => Ok(ConditionWord::Good),
        "unusable" | "damaged" | "broken" | "defective" | "defect" | "faulty" | "bad"
        | "not working" | "out of order" | "dead" | "defekt" | "kaputt" | "casse" => {
            Ok(ConditionWord::Unusable)
        }
        "under maintenance" | "maintenance" | "in maintenance" | "repair" | "in repair"
        | "under repair" | "out for repair" | "service" | "in service" | "servicing"
        | "in reparatur" | "reparatur" | "wartung" | "in wartung" => {
            Ok(ConditionWord::UnderMaintenance)
        }
        _ => Err(format!(
            "{} is not a condition; good, unusable and under maintenance are",
            quoted(cell)
        )),
    }
}

/// An amount of either sign in the shop's currency.
pub fn amount(cell: &str, currency: Currency) -> Result<Money, String> {
    let refuse = || format!("{} is not an amount in {}", quoted(cell), currency.code());
    let letters: String = cell
        .chars()
        .filter(char::is_ascii_alphabetic)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    if letters.len() == 3 && letters != currency.code() {
        return Err(format!(
            "{} is in {letters}, the shop's amounts are in {}",
            quoted(cell),
            currency.code()
        ));
    }
    // The kernel reads three digits behind a mark as thousands; behind a single 0 they can only be
    // a fraction.
    let digits: String = cell
        .chars()
        .filter(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-'))
        .collect();
    let is_fraction = digits
        .trim_start_matches('-')
        .strip_prefix('0')
        .is_some_and(|rest| rest.starts_with(['.', ',']) && rest.len() == 4);
    if !is_fraction || currency.exponent == 3 {
        return currency.read(cell).ok_or_else(refuse);
    }
    let short = digits.strip_suffix('0').ok_or_else(refuse)?;
    currency.read(short).ok_or_else(refuse)
}

/// An amount that something costs: not below zero.
pub fn price(cell: &str, currency: Currency) -> Result<Money, String> {
    let price = amount(cell, currency)?;
    if price.0 < 0 {
        Err(format!("{} is below zero", quoted(cell)))
    } else {
        Ok(price)
    }
}

/// What a kit holds: divided at `|`, or where there is none at `;` and line ends.
pub fn contents(cell: &str) -> Vec<Text> {
    let marks: &[char] = if cell.contains('|') {
        &['|']
    } else {
        &[';', '\n', '\r']
    };
    cell.split(marks)
        .filter_map(|part| Text::filled(part.trim().trim_start_matches(['•', '*', '·'])))
        .collect()
}

/// Which part of `03/04/2025` is the day; one answer for a whole column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DateOrder {
    /// Every date leads with its year.
    Iso,
    DayFirst,
    MonthFirst,
}

impl DateOrder {
    pub fn of<'a>(cells: impl Iterator<Item = &'a str>) -> DateOrder {
        DateOrder::of_with_note(cells).0
    }

    /// The order, and a sentence where the column leaves it open or contradicts itself. A part
    /// above 12 decides; where none is, the day stands first.
    pub fn of_with_note<'a>(cells: impl Iterator<Item = &'a str>) -> (DateOrder, Option<String>) {
        let (mut day_first, mut month_first, mut open) = (0_usize, 0_usize, None);
        let mut seen = false;
        for cell in cells {
            let Some((mark, [Some(first), Some(second), Some(third)])) = cell
                .split_whitespace()
                .next()
                .map(|date| date.trim_end_matches(','))
                .and_then(numbers)
            else {
                continue;
            };
            match (mark, first, second) {
                (_, first, _) if first.digits > 2 => {}
                // Nobody writes a date in dots with the month first.
                ('.', ..) => seen = true,
                (_, first, second) if first.value > 12 && second.value <= 12 => day_first += 1,
                (_, first, second) if second.value > 12 && first.value <= 12 => month_first += 1,
                _ if third.digits < 2 => {}
                (_, first, second) if first.value != second.value => open = open.or(Some(cell)),
                _ => seen = true,
            }
        }
        if day_first > 0 && month_first > 0 {
            let order = if month_first > day_first {
                DateOrder::MonthFirst
            } else {
                DateOrder::DayFirst
            };
            let said = if order == DateOrder::DayFirst {
                "day"
            } else {
                "month"
            };
            return (
                order,
                Some(format!(
                    "{day_first} dates have the day first and {month_first} the month; all were read with the {said} first"
                )),
            );
        }
        match (day_first, month_first, open) {
            (0, 0, None) if !seen => (DateOrder::Iso, None),
            (0, 0, Some(cell)) => {
                let read = stamp(cell, DateOrder::DayFirst)
                    .map(|stamp| stamp.day.format("%-d %b").to_string());
                (
                    DateOrder::DayFirst,
                    read.ok()
                        .map(|day| format!("{} was read as {day}", quoted(cell))),
                )
            }
            (0, 0, None) | (_, 0, _) => (DateOrder::DayFirst, None),
            _ => (DateOrder::MonthFirst, None),
        }
    }
}

/// The instant a cell names. Wall clock without a zone is the shop's; a date alone is its first
/// minute. A time that the clock change skips becomes the first that exists, one that exists twice
/// its first: an import must not fail on an old record.
pub fn time(cell: &str, order: DateOrder, zone: &ShopZone) -> Result<Moment, String> {
    let stamp = stamp(cell, order)?;
    let wall = stamp.day.and_time(stamp.time.unwrap_or(NaiveTime::MIN));
    let moment = match stamp.offset_seconds {
        Some(offset) => Moment(wall.and_utc().timestamp() - offset),
        None => zone.moment_or_later(wall),
    };
    if moment.in_range() {
        Ok(moment)
    } else {
        Err(format!(
            "{} is outside the years 2000 to 2099 in UTC",
            quoted(cell)
        ))
    }
}

/// The day a cell names, its time of day left out.
pub fn day(cell: &str, order: DateOrder) -> Result<NaiveDate, String> {
    Ok(stamp(cell, order)?.day)
}

/// Whether the cell names a date alone, so that the caller may mean the day's end by it.
pub fn is_day_alone(cell: &str) -> bool {
    stamp(cell, DateOrder::DayFirst)
        .or_else(|_| stamp(cell, DateOrder::MonthFirst))
        .is_ok_and(|stamp| stamp.time.is_none())
}

struct Stamp {
    day: NaiveDate,
    time: Option<NaiveTime>,
    offset_seconds: Option<i64>,
}

fn stamp(cell: &str, order: DateOrder) -> Result<Stamp, String> {
    let refuse = || format!("{} is not a date", quoted(cell));
    if cell.len() > 60 {
        return Err(refuse());
    }
    let spaced = spaced(cell.trim());
    let mut words: Vec<&str> = spaced
        .split([' ', '\u{a0}', '\u{202f}'])
        .filter(|word| !word.is_empty())
        .collect();
    if let [number] = words.as_slice()
        && number
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
        && number.split('.').next().is_some_and(|days| days.len() == 5)
        && number.split('.').count() <= 2
    {
        return Err(format!(
            "{} is a spreadsheet's number for a day; format the column as a date and save again",
            quoted(cell)
        ));
    }
    let (time, offset_seconds) = clock(&mut words)
        .ok_or_else(|| format!("{} has no time of day that exists", quoted(cell)))?;
    if words.len() > 1 && words.first().is_some_and(|word| is_weekday(word)) {
        words.remove(0);
    }
    let (year, month, day) = match words.as_slice() {
        [date] => one_word_date(date, order),
        [first, second, year] => month_of(second)
            .map(|month| (*year, month, *first))
            .or_else(|| month_of(first).map(|month| (*year, month, *second)))
            .and_then(named_date),
        _ => None,
    }
    .ok_or_else(refuse)?;
    if year < 2000 {
        return Err(format!(
            "{} is before the year 2000; the shop's file keeps 2000 to 2099",
            quoted(cell)
        ));
    }
    if year > 2099 {
        return Err(format!(
            "{} is after the year 2099; the shop's file keeps 2000 to 2099",
            quoted(cell)
        ));
    }
    let day = NaiveDate::from_ymd_opt(year, month, day).ok_or_else(|| match month {
        1..=12 => format!("{} is not a day of the calendar", quoted(cell)),
        _ => format!(
            "{} has no month {month}; the other dates of the column have the {} first",
            quoted(cell),
            if order == DateOrder::MonthFirst {
                "month"
            } else {
                "day"
            }
        ),
    })?;
    Ok(Stamp {
        day,
        time,
        offset_seconds,
    })
}

/// The cell with its `T` between date and time as a space, lower case, commas as spaces.
fn spaced(cell: &str) -> String {
    let mut before = [' '; 2];
    let mut spaced = String::with_capacity(cell.len());
    let mut characters = cell.chars().peekable();
    while let Some(c) = characters.next() {
        let divides = matches!(c, 'T' | 't')
            && before[1].is_ascii_digit()
            && characters.peek().is_some_and(char::is_ascii_digit);
        spaced.push(if divides || c == ',' {
            ' '
        } else {
            c.to_ascii_lowercase()
        });
        before = [before[1], c];
    }
    spaced
}

/// Takes the time of day and the zone off the end: `22:53`, `10:53 pm`, `22:53:30.000z`, `22:53
/// +02:00`. The outer `None` is a time that does not exist.
fn clock(words: &mut Vec<&str>) -> Option<(Option<NaiveTime>, Option<i64>)> {
    if !words.iter().any(|word| word.contains(':')) {
        // `22 pm` is no time anyone exports; what is left over makes the date unreadable.
        return Some((None, None));
    }
    let mut offset = None;
    let mut half = None;
    let last = *words.last()?;
    if !last.contains(':') || last.starts_with(['+', '-']) {
        if let Some(hour) = half_of(last) {
            half = Some(hour);
        } else {
            offset = Some(offset_of(last)?);
        }
        words.pop();
    }
    let mut time = words.pop()?;
    if let Some(bare) = time.strip_suffix('z') {
        (time, offset) = (bare, Some(0));
    } else if let Some(at) = time.find(['+', '-']) {
        let (bare, zone) = time.split_at_checked(at)?;
        (time, offset) = (bare, Some(offset_of(zone)?));
    } else if let Some((bare, hour)) = ["am", "pm", "a.m.", "p.m."]
        .iter()
        .find_map(|suffix| Some((time.strip_suffix(suffix)?, half_of(suffix)?)))
    {
        (time, half) = (bare, Some(hour));
    }
    let mut parts = time.split(':');
    let mut part = || {
        parts
            .next()
            .map(|part| part.split('.').next().unwrap_or(part))
    };
    let two = |part: &str| {
        ((1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())?
    };
    let (hour, minute, second) = (two(part()?)?, two(part()?)?, part().map_or(Some(0), two)?);
    let hour = match half {
        Some(_) if hour == 0 || hour > 12 => return None,
        Some(shift) => hour % 12 + shift,
        None => hour,
    };
    parts.next().is_none().then_some(())?;
    Some((Some(NaiveTime::from_hms_opt(hour, minute, second)?), offset))
}

fn half_of(word: &str) -> Option<u32> {
    match word {
        "am" | "a.m." => Some(0),
        "pm" | "p.m." => Some(12),
        _ => None,
    }
}

/// `z`, `utc`, `+02:00`, `+0200`, `+02`, in seconds.
fn offset_of(word: &str) -> Option<i64> {
    if matches!(word, "z" | "utc" | "gmt") {
        return Some(0);
    }
    let (sign, digits) = word
        .strip_prefix('+')
        .map(|digits| (1, digits))
        .or_else(|| word.strip_prefix('-').map(|digits| (-1, digits)))?;
    let digits = digits.replace(':', "");
    if !matches!(digits.len(), 2 | 4) || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = digits.parse().ok()?;
    let (hours, minutes) = if digits.len() == 2 {
        (number, 0)
    } else {
        (number / 100, number % 100)
    };
    (hours <= 14 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

fn is_weekday(word: &str) -> bool {
    let word = word.trim_end_matches('.');
    word.len() >= 3
        && [
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
        ]
        .iter()
        .any(|day| day.starts_with(word))
}

fn month_of(word: &str) -> Option<u32> {
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
    let word = if word == "sept" { "sep" } else { word };
    (word.len() >= 3).then(|| {
        (1..)
            .zip(MONTHS)
            .find(|(_, name)| name.starts_with(word))
            .map(|(month, _)| month)
    })?
}

#[derive(Clone, Copy)]
struct Part {
    value: u32,
    digits: usize,
}

fn part(text: &str) -> Option<Part> {
    let sound = (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| {
        text.parse().ok().map(|value| Part {
            value,
            digits: text.len(),
        })
    })?
}

/// The three parts of `24.05.2005` and the mark between them; a part that is no number (a month's
/// name) is `None`.
fn numbers(date: &str) -> Option<(char, [Option<Part>; 3])> {
    let mark = date.chars().find(|c| matches!(c, '-' | '/' | '.'))?;
    let mut parts = date.split(mark);
    let three = [
        part(parts.next()?),
        part(parts.next()?),
        part(parts.next()?),
    ];
    parts.next().is_none().then_some((mark, three))
}

fn one_word_date(date: &str, order: DateOrder) -> Option<(i32, u32, u32)> {
    let (mark, parts) = numbers(date)?;
    match parts {
        [Some(first), Some(second), Some(third)] if first.digits == 4 && third.digits <= 2 => {
            Some((i32::try_from(first.value).ok()?, second.value, third.value))
        }
        [Some(first), Some(second), Some(third)] if first.digits <= 2 && second.digits <= 2 => {
            let year = year_of(third)?;
            if order == DateOrder::MonthFirst && mark != '.' {
                Some((year, first.value, second.value))
            } else {
                Some((year, second.value, first.value))
            }
        }
        [_, None, _] => {
            let mut words = date.split(mark);
            let (day, month, year) = (words.next()?, words.next()?, words.next()?);
            named_date((year, month_of(month)?, day))
        }
        _ => None,
    }
}

fn named_date((year, month, day): (&str, u32, &str)) -> Option<(i32, u32, u32)> {
    let day = part(day.trim_end_matches(['.', 's', 't', 'h', 'n', 'd', 'r']))
        .filter(|day| day.digits <= 2)?;
    Some((year_of(part(year)?)?, month, day.value))
}

/// Two digits from 70 on are of the last century, as spreadsheets read them.
fn year_of(part: Part) -> Option<i32> {
    let value = i32::try_from(part.value).ok()?;
    match part.digits {
        4 => Some(value),
        2 if value >= 70 => Some(1900 + value),
        2 => Some(2000 + value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check<T: std::fmt::Debug>(found: Result<T, String>, expect: &str) {
        assert_eq!(
            found.map_or_else(|why| format!("! {why}"), |value| format!("{value:?}")),
            expect
        );
    }

    #[test]
    fn a_rental_lasts_days_or_hours() {
        for (cell, hours) in [
            ("6", 144),
            ("6 days", 144),
            ("1.5", 36),
            ("1,5 d", 36),
            ("36 hours", 36),
            ("2 weeks", 336),
        ] {
            assert_eq!(rental_hours(cell), Ok(hours), "{cell}");
        }
        for cell in ["0", "-1", "1.01", "soon", "3 pcs", "400", "1e3", ""] {
            assert!(rental_hours(cell).is_err(), "{cell}");
        }
        assert_eq!(stock("0", 5), Ok(0));
        assert_eq!(
            stock("-1", 5),
            Err("the quantity is -1; it must be 0 or more".to_owned())
        );
        assert_eq!(
            stock("6", 5),
            Err("the quantity is 6; at most 5 of a type are kept".to_owned())
        );
    }

    #[test]
    fn quantities_are_whole_and_above_zero() {
        for (cell, expect) in [
            ("2", "2"),
            ("2.0", "2"),
            ("2,00", "2"),
            ("1,000", "1000"),
            ("1 000", "1000"),
            ("10,000", "10000"),
            (" 3 pcs", "3"),
            ("4x", "4"),
            ("1,000.00", "1000"),
            ("", "! the quantity is empty"),
            (
                "1.000",
                "! \"1.000\" can be read in two ways; write it without the point",
            ),
            ("0", "! the quantity is 0; it must be 1 or more"),
            ("-2", "! the quantity is -2; it must be 1 or more"),
            (
                "10001",
                "! the quantity is 10001; at most 10000 of a type are kept",
            ),
            ("2.5", "! \"2.5\" is not a whole number"),
            ("1,00,0", "! \"1,00,0\" is not a whole number"),
            ("1,,000", "! \"1,,000\" is not a whole number"),
            ("two", "! \"two\" is not a whole number"),
            ("pcs", "! \"pcs\" is not a whole number"),
            (
                "99999999999999999999",
                "! \"99999999999999999999\" is not a whole number",
            ),
        ] {
            check(quantity(cell), expect);
        }
    }

    #[test]
    fn yes_and_no_have_many_words() {
        for (cell, expect) in [
            ("1", "true"),
            ("Yes", "true"),
            ("x", "true"),
            ("JA", "true"),
            ("active", "true"),
            ("0", "false"),
            ("Non", "false"),
            ("inactive", "false"),
            ("", "! the cell is empty, which is neither yes nor no"),
            ("perhaps", "! \"perhaps\" is neither yes nor no"),
        ] {
            check(switch(cell), expect);
        }
    }

    #[test]
    fn conditions_are_three() {
        for (cell, expect) in [
            ("GOOD", "Good"),
            ("ok", "Good"),
            ("Damaged", "Unusable"),
            ("under_maintenance", "UnderMaintenance"),
            ("In Repair", "UnderMaintenance"),
            (
                "lost",
                "! \"lost\" is not a condition; good, unusable and under maintenance are",
            ),
        ] {
            check(condition(cell), expect);
        }
    }

    #[test]
    fn amounts_are_in_the_shops_currency() {
        let euro = Currency::parse("EUR").expect("a currency");
        for (cell, expect) in [
            ("0.99", "Money(99)"),
            ("$350.00", "Money(35000)"),
            ("1.550,00 €", "Money(155000)"),
            ("12 EUR", "Money(1200)"),
            ("-5", "Money(-500)"),
            ("0.990", "Money(99)"),
            ("-0.500 €", "Money(-50)"),
            ("0.500", "Money(50)"),
            ("0.9900", "Money(99)"),
            ("0.125", "! \"0.125\" is not an amount in EUR"),
            (
                "5 USD",
                "! \"5 USD\" is in USD, the shop's amounts are in EUR",
            ),
            ("call us", "! \"call us\" is not an amount in EUR"),
            ("", "! \"\" is not an amount in EUR"),
        ] {
            check(amount(cell, euro), expect);
        }
        check(price("-5", euro), "! \"-5\" is below zero");
        check(price("5", euro), "Money(500)");
    }

    #[test]
    fn contents_are_divided() {
        for (cell, expect) in [
            ("body | lens |  | cap; black", "body/lens/cap; black"),
            ("body; lens", "body/lens"),
            ("• body\r\n• lens", "body/lens"),
            ("body, lens", "body, lens"),
            ("", ""),
        ] {
            assert_eq!(
                contents(cell)
                    .iter()
                    .map(Text::as_str)
                    .collect::<Vec<_>>()
                    .join("/"),
                expect
            );
        }
    }

    #[test]
    fn a_column_decides_its_order() {
        for (cells, expect) in [
            (&["2005-05-24 22:53:30", ""][..], "Iso"),
            (&["03/04/2025", "13/04/2025"], "DayFirst"),
            (&["03/04/2025", "04/13/2025 10:00 PM"], "MonthFirst"),
            (&["03.04.2025"], "DayFirst"),
            (
                &["", "03/04/2025", "05/06/2025"],
                "DayFirst (\"03/04/2025\" was read as 3 Apr)",
            ),
            (&["04/04/2025"], "DayFirst"),
            (
                &["13/04/2025", "04/13/2025", "04/14/2025"],
                "MonthFirst (1 dates have the day first and 2 the month; all were read with the month first)",
            ),
            (&["24 May 2005"], "Iso"),
        ] {
            let (order, note) = DateOrder::of_with_note(cells.iter().copied());
            assert_eq!(
                format!(
                    "{order:?}{}",
                    note.map_or(String::new(), |note| format!(" ({note})"))
                ),
                expect
            );
        }
    }

    #[test]
    fn times_of_every_make_are_read() {
        let zone = ShopZone::parse("Europe/Berlin").expect("a zone");
        use DateOrder::{DayFirst, Iso, MonthFirst};
        for (cell, order, expect) in [
            ("2005-05-24 22:53:30", Iso, "2005-05-24 22:53:30"),
            ("2005-05-24T22:53:30Z", Iso, "2005-05-25 00:53:30"),
            ("2005-05-24T22:53:30.123+02:00", Iso, "2005-05-24 22:53:30"),
            ("2005-05-24 22:53:30+00", Iso, "2005-05-25 00:53:30"),
            ("2005-05-24 22:53 UTC", Iso, "2005-05-25 00:53:00"),
            ("2005-05-24 22:53:30 -0400", Iso, "2005-05-25 04:53:30"),
            ("2005-05-24", Iso, "2005-05-24 00:00:00"),
            ("2005/5/4", MonthFirst, "2005-05-04 00:00:00"),
            ("24.05.2005 22:53", DayFirst, "2005-05-24 22:53:00"),
            ("24.05.2005 22:53", MonthFirst, "2005-05-24 22:53:00"),
            ("5/24/2005 10:53 PM", MonthFirst, "2005-05-24 22:53:00"),
            ("5/24/2005, 12:05:07am", MonthFirst, "2005-05-24 00:05:07"),
            ("3/4/25", DayFirst, "2025-04-03 00:00:00"),
            ("24 May 2005", Iso, "2005-05-24 00:00:00"),
            ("24-May-05 9:00", Iso, "2005-05-24 09:00:00"),
            ("Tue, May 24th, 2005 10:53 p.m.", Iso, "2005-05-24 22:53:00"),
            ("2026-03-29 02:30", Iso, "2026-03-29 03:00:00"),
            ("2025-10-26 02:30", Iso, "2025-10-26 02:30:00"),
            (
                "1999-12-31",
                Iso,
                "! \"1999-12-31\" is before the year 2000; the shop's file keeps 2000 to 2099",
            ),
            (
                "24.05.98",
                DayFirst,
                "! \"24.05.98\" is before the year 2000; the shop's file keeps 2000 to 2099",
            ),
            (
                "2100-01-01",
                Iso,
                "! \"2100-01-01\" is after the year 2099; the shop's file keeps 2000 to 2099",
            ),
            (
                "2000-01-01",
                Iso,
                "! \"2000-01-01\" is outside the years 2000 to 2099 in UTC",
            ),
            (
                "30.02.2025",
                DayFirst,
                "! \"30.02.2025\" is not a day of the calendar",
            ),
            (
                "5/24/2005",
                DayFirst,
                "! \"5/24/2005\" has no month 24; the other dates of the column have the day first",
            ),
            (
                "2005-05-24 25:00",
                Iso,
                "! \"2005-05-24 25:00\" has no time of day that exists",
            ),
            (
                "38496.95",
                Iso,
                "! \"38496.95\" is a spreadsheet's number for a day; format the column as a date and save again",
            ),
            ("soon", Iso, "! \"soon\" is not a date"),
            ("22:53", Iso, "! \"22:53\" is not a date"),
            ("", Iso, "! \"\" is not a date"),
        ] {
            let found = time(cell, order, &zone)
                .map_or_else(|why| format!("! {why}"), |moment| zone.wall(moment));
            assert_eq!(found, expect);
        }
        // The hour that exists twice is its first, which is summer time.
        check(
            time("2025-10-26 02:30", Iso, &zone).map(Moment::rfc3339),
            "\"2025-10-26T00:30:00Z\"",
        );
        check(day("24.05.2005 22:53", Iso), "2005-05-24");
        assert!(
            is_day_alone("5/24/2005") && !is_day_alone("2005-05-24 00:00") && !is_day_alone("soon")
        );
    }

    proptest::proptest! {
        #[test]
        fn no_cell_breaks_a_reader(cell in "\\PC{0,20}|[0-9apmTZ:./ +-]{0,24}") {
            let zone = ShopZone::parse("Europe/Berlin").expect("a zone");
            let euro = Currency::parse("EUR").expect("a currency");
            let order = DateOrder::of(std::iter::once(cell.as_str()));
            let _ = (time(&cell, order, &zone), quantity(&cell), amount(&cell, euro), switch(&cell), condition(&cell), contents(&cell));
        }
    }
}
