//! The shop's settings: one table, read by the program, by `rentdesk settings` and by the manual.

use super::Fallible;
use super::hours::OpenHours;
use super::money::{Currency, Money};
use super::text::Text;
use super::time::{Moment, ShopZone};
use super::when::length_minutes;
use std::collections::BTreeMap;

/// One setting: what a shop may write, what it means, where it bites.
pub struct Setting {
    pub name: &'static str,
    pub default: &'static str,
    pub meaning: &'static str,
    accepts: fn(&str) -> bool,
    /// What `accepts` takes, for the refusal.
    pub takes: &'static str,
}

const NEXT_OPEN_DAY: &str = "next open day";
const SAME_DAY: &str = "same day";

/// Every setting there is. The order is that of the list a person reads.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "name",
        default: "Rentdesk",
        meaning: "the shop's name, in the title of every screen",
        accepts: |v| !v.is_empty() && v.chars().count() <= 60,
        takes: "1 to 60 characters",
    },
    Setting {
        name: "currency",
        default: "EUR",
        meaning: "the one currency of every amount",
        accepts: |v| Currency::parse(v).is_some(),
        takes: "three letters, like EUR",
    },
    Setting {
        name: "timezone",
        default: "UTC",
        meaning: "the shop's time zone; the machine's is never used",
        accepts: |v| ShopZone::parse(v).is_some(),
        takes: "an IANA name, like Europe/Berlin",
    },
    Setting {
        name: "due_after",
        default: "1d",
        meaning: "how long a walk-in keeps the gear unless a due time is set",
        accepts: |v| length_minutes(v).is_some_and(|m| m > 0),
        takes: "a length, like 4h or 1d",
    },
    Setting {
        name: "open_hours",
        default: "",
        meaning: "when the shop is open; empty: around the clock",
        accepts: |v| OpenHours::parse(v, "").is_some(),
        takes: "weekdays and times, like mon-fri 9:00-18:00, sat 10-14",
    },
    Setting {
        name: "closed_days",
        default: "",
        meaning: "the days the shop stays closed; without a year: every year",
        accepts: |v| OpenHours::parse("", v).is_some(),
        takes: "days, like 2025-12-24..2025-12-26, 01-01",
    },
    Setting {
        name: "overdue_horizon",
        default: NEXT_OPEN_DAY,
        meaning: "how long gear that is late is expected to stay away: until the next open day closes, or a length",
        accepts: |v| v == NEXT_OPEN_DAY || is_length(v, 1),
        takes: "next open day, or a length, like 24h",
    },
    Setting {
        name: "hold_for",
        default: "48h",
        meaning: "how long a hold claims its gear before it lapses",
        accepts: |v| is_length(v, 1),
        takes: "a length, like 48h or 3d",
    },
    Setting {
        name: "no_show_after",
        default: "2h",
        meaning: "how long after its end a reservation that nobody picked up expires",
        accepts: |v| is_length(v, 0),
        takes: "a length, like 2h or 1d",
    },
    Setting {
        name: "short",
        default: "ask",
        meaning: "what happens to a line that stays short: ask first, forbid, or only warn",
        accepts: |v| matches!(v, "ask" | "forbid" | "warn"),
        takes: "ask, forbid or warn",
    },
    Setting {
        name: "early_out",
        default: SAME_DAY,
        meaning: "how long before its start a reservation may be handed over: on the same day, or a length",
        accepts: |v| v == SAME_DAY || is_length(v, 0),
        takes: "same day, or a length, like 2h",
    },
    Setting {
        name: "prices",
        default: "gross",
        meaning: "gross: rates and prices hold the tax; net: it is added to them",
        accepts: |v| matches!(v, "gross" | "net"),
        takes: "gross or net",
    },
    Setting {
        name: "tax_class",
        default: "standard",
        meaning: "the tax class of a rate that names none",
        accepts: |v| (1..=40).contains(&v.chars().count()),
        takes: "1 to 40 characters",
    },
    Setting {
        name: "partial_day",
        default: "half",
        meaning: "a begun day that is left over: ignore it, charge it above half a day (half), or charge any",
        accepts: |v| matches!(v, "ignore" | "half" | "any"),
        takes: "ignore, half or any",
    },
    Setting {
        name: "grace",
        default: "0m",
        meaning: "taken once off the whole length before days are counted; hours are counted without it",
        accepts: |v| is_length(v, 0),
        takes: "a length, like 30m or 2h",
    },
    Setting {
        name: "pickup_after",
        default: "",
        meaning: "gear that leaves at this time or later is charged from the next day on; empty: from when it leaves",
        accepts: |v| v.is_empty() || clock_time(v).is_some(),
        takes: "a time of day, like 16:00, or nothing",
    },
    Setting {
        name: "return_until",
        default: "",
        meaning: "gear that is back by this time of day is not charged for the begun day; empty: as partial_day says",
        accepts: |v| v.is_empty() || clock_time(v).is_some(),
        takes: "a time of day, like 10:30, or nothing",
    },
    Setting {
        name: "charge_closed",
        default: "on",
        meaning: "off: days on which the shop does not open are not charged",
        accepts: is_switch,
        takes: "on or off",
    },
    Setting {
        name: "weekend_as_one",
        default: "off",
        meaning: "on: a Saturday with its Sunday is charged as one day",
        accepts: is_switch,
        takes: "on or off",
    },
    Setting {
        name: "price_table",
        default: "",
        meaning: "the price table of what has none of its own; empty: a day is a day",
        accepts: |v| v.chars().count() <= 40,
        takes: "a name from rentdesk price-table list, or nothing",
    },
    Setting {
        name: "paper",
        default: "a4",
        meaning: "the paper of what is printed: a4 or letter",
        accepts: |v| matches!(v, "a4" | "letter"),
        takes: "a4 or letter",
    },
    Setting {
        name: "printer",
        default: "",
        meaning: "the printer's name; empty: the one the system prints to",
        accepts: |v| v.chars().count() <= 127,
        takes: "a name of at most 127 characters",
    },
    Setting {
        name: "desk_scan",
        default: "act",
        meaning: "what a scan on the Desk does: act at once, or look and wait for Enter",
        accepts: |v| matches!(v, "act" | "look"),
        takes: "act or look",
    },
    Setting {
        name: "mail_command",
        default: "",
        meaning: "the program that mails are handed to on its input, like msmtp -t; empty: messages wait",
        accepts: |v| {
            v.chars().count() <= 400
                && (v.is_empty() || words_of(v).is_some_and(|words| !words.is_empty()))
        },
        takes: "a program with its arguments, quotes closed, or nothing",
    },
    Setting {
        name: "mail_from",
        default: "",
        meaning: "the shop's own e-mail address, from which messages come",
        accepts: |v| {
            v.is_empty()
                || (v.len() <= 254
                    && !v.contains(char::is_whitespace)
                    && v.split_once('@')
                        .is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')))
        },
        takes: "an address, like desk@northlight.example, or nothing",
    },
    Setting {
        name: "mail_about",
        default: "confirmed, changed, cancelled, lapsed, missed, overdue, short",
        meaning: "what customers are written about; thanks can be added: it goes only to those who want marketing mail",
        accepts: |v| v.is_empty() || list_of(v).all(|word| MAIL_ABOUT.contains(&word)),
        takes: "any of confirmed, changed, cancelled, lapsed, missed, overdue, short, thanks",
    },
    Setting {
        name: "fast_finish",
        default: "off",
        meaning: "on: one Enter hands over when nothing is open",
        accepts: is_switch,
        takes: "on or off",
    },
    Setting {
        name: "email_required",
        default: "off",
        meaning: "on: a customer cannot be added without an e-mail address",
        accepts: is_switch,
        takes: "on or off",
    },
    Setting {
        name: "phone_required",
        default: "on",
        meaning: "on: a customer cannot be added without a phone number",
        accepts: is_switch,
        takes: "on or off",
    },
    Setting {
        name: "scan_gap_ms",
        default: "40",
        meaning: "the longest pause inside a scan, in milliseconds",
        accepts: |v| v.parse().is_ok_and(|n: u64| (15..=120).contains(&n)),
        takes: "15 to 120",
    },
    Setting {
        name: "scan_length",
        default: "4",
        meaning: "the fewest characters that count as a scan",
        accepts: |v| v.parse().is_ok_and(|n: usize| (2..=12).contains(&n)),
        takes: "2 to 12",
    },
    Setting {
        name: "scan_prefix",
        default: "",
        meaning: "a character your scanner sends first; with it a scan is certain at any speed",
        accepts: |v| v.chars().count() <= 1 && !v.contains(is_command_character),
        takes: "one character that is no command: not . ! ? * + - : / or a space",
    },
    Setting {
        name: "sound",
        default: "on",
        meaning: "the bell on !! and BAD",
        accepts: is_switch,
        takes: "on or off",
    },
    Setting {
        name: "keybar",
        default: "both",
        meaning: "which key rows stand at the foot: both, context or off",
        accepts: |v| matches!(v, "both" | "context" | "off"),
        takes: "both, context or off",
    },
    Setting {
        name: "keys",
        default: "fkeys",
        meaning: "words: the key bar names :out instead of F2, for keyboards without an F-row",
        accepts: |v| matches!(v, "fkeys" | "words"),
        takes: "fkeys or words",
    },
    Setting {
        name: "invoice_due",
        default: "14d",
        meaning: "how long after its date an invoice is due",
        accepts: |v| is_length(v, 0),
        takes: "a length, like 14d",
    },
    Setting {
        name: "late_fee",
        default: "100%",
        meaning: "what a day late costs: a share of the type's day rate, or an amount for each piece",
        accepts: |v| is_percent(v, 1000) || is_amount(v),
        takes: "a percentage like 100%, or an amount like 5.00",
    },
    Setting {
        name: "late_grace",
        default: "30m",
        meaning: "how late gear may come back without a fee",
        accepts: |v| is_length(v, 0),
        takes: "a length, like 30m",
    },
    Setting {
        name: "late_fee_max",
        default: "",
        meaning: "the most a late fee comes to: so many days, or a share of what the thing costs new; empty: no limit",
        accepts: |v| v.is_empty() || is_percent(v, 1000) || is_length(v, 24 * 60),
        takes: "days like 10d, or a percentage like 100%",
    },
    Setting {
        name: "deposit",
        default: "",
        meaning: "the deposit that a hand-over suggests: an amount, or a share of what the gear costs new; empty: none",
        accepts: |v| v.is_empty() || is_percent(v, 100) || is_amount(v),
        takes: "an amount like 200, or a percentage like 10%, or nothing",
    },
    Setting {
        name: "credit_limit",
        default: "",
        meaning: "how much a customer may owe before another invoice asks; empty: no limit",
        accepts: |v| v.is_empty() || is_amount(v),
        takes: "an amount, like 2000",
    },
    Setting {
        name: "address",
        default: "",
        meaning: "the shop's address, at the head of invoices and contracts",
        accepts: |v| v.chars().count() <= 200,
        takes: "at most 200 characters",
    },
    Setting {
        name: "tax_number",
        default: "",
        meaning: "the shop's tax number, on invoices",
        accepts: |v| v.chars().count() <= 60,
        takes: "at most 60 characters",
    },
    Setting {
        name: "terms",
        default: "",
        meaning: "the terms on the rental contract; | begins a new line",
        accepts: |v| v.chars().count() <= 2000 && v.split('|').count() <= 12,
        takes: "at most 2000 characters in 12 lines",
    },
    Setting {
        name: "backup_second_folder",
        default: "",
        meaning: "a second folder for each daily backup, on another disk; empty: none",
        accepts: |v| {
            v.is_empty() || (v.chars().count() <= 1000 && std::path::Path::new(v).is_absolute())
        },
        takes: "a whole path, like /media/stick/rentdesk",
    },
    Setting {
        name: "backup_months",
        default: "0",
        meaning: "how many monthly backups stay beside 7 daily and 4 weekly ones; they keep forgotten names longer",
        accepts: |v| v.parse().is_ok_and(|n: usize| n <= 120),
        takes: "a number from 0 to 120",
    },
    Setting {
        name: "ascii",
        default: "off",
        meaning: "on: only ASCII on the screen",
        accepts: is_switch,
        takes: "on or off",
    },
];

/// Typed into an empty box these command something, so a scan must not begin with them.
fn is_command_character(character: char) -> bool {
    " .!?*+-:/".contains(character)
}

/// A length of at most a year.
fn is_length(value: &str, least: i64) -> bool {
    length_minutes(value).is_some_and(|minutes| (least..=366 * 24 * 60).contains(&minutes))
}

/// What customers can be written about.
pub const MAIL_ABOUT: &[&str] = &[
    "confirmed",
    "changed",
    "cancelled",
    "lapsed",
    "missed",
    "overdue",
    "short",
    "thanks",
];

/// `confirmed, changed` word by word.
pub fn list_of(value: &str) -> impl Iterator<Item = &str> {
    value
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

/// A program and its arguments: words at spaces, quotes around what has some; no shell ever reads
/// them. None where a quote stays open.
pub fn words_of(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let (mut word, mut quote): (Option<String>, Option<char>) = (None, None);
    for c in line.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => word.get_or_insert_default().push(c),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c.is_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// `16:00`
pub fn clock_time(value: &str) -> Option<chrono::NaiveTime> {
    chrono::NaiveTime::parse_from_str(value.trim(), "%H:%M").ok()
}

/// A share, or an amount of money: what a setting says that may be either.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sum {
    Percent(i64),
    Amount(Money),
}

/// Reads `100%`: the one reader of whole percents.
fn percent_of(value: &str) -> Option<i64> {
    value
        .strip_suffix('%')
        .and_then(|number| number.trim().parse::<i64>().ok())
}

fn is_percent(value: &str, most: i64) -> bool {
    percent_of(value).is_some_and(|percent| (0..=most).contains(&percent))
}

/// Settings that may hold an amount of the shop's currency.
const AMOUNTS: &[&str] = &["late_fee", "deposit", "credit_limit"];

/// An amount in some currency; that of the shop is asked by [`fits`].
fn is_amount(value: &str) -> bool {
    ["JPY", "EUR", "KWD"]
        .iter()
        .filter_map(|code| Currency::parse(code))
        .any(|currency| {
            currency
                .read_exactly(value)
                .is_some_and(|amount| amount.0 >= 0)
        })
}

/// Whether a value can be read as the shop's money, where it is any: an amount is read by the one
/// reader of amounts, with the digits that the currency has.
fn fits(name: &str, value: &str, currency: Currency) -> bool {
    !AMOUNTS.contains(&name)
        || value.is_empty()
        || percent_of(value).is_some()
        || currency
            .read_exactly(value)
            .is_some_and(|amount| amount.0 >= 0)
}

fn is_switch(value: &str) -> bool {
    matches!(value, "on" | "off")
}

/// Why a setting could not be changed.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SettingRefusal {
    #[error("there is no setting \"{0}\"")]
    Unknown(Text),
    #[error("{name} takes {takes}, not \"{value}\"")]
    Value {
        name: &'static str,
        takes: &'static str,
        value: Text,
    },
}

impl super::Refusal for SettingRefusal {
    fn hint(&self) -> String {
        match self {
            SettingRefusal::Unknown(_) => "rentdesk settings lists them".to_owned(),
            SettingRefusal::Value { name, .. } => {
                // An empty word would wipe out what is set: what it takes has an example where the
                // default is none.
                let example = setting(name).map_or("", |s| {
                    if s.default.is_empty() {
                        s.takes
                            .split_once("like ")
                            .map_or("", |(_, like)| like.trim_end_matches(", or nothing"))
                    } else {
                        s.default
                    }
                });
                match example {
                    "" => "it stays as it was (rentdesk settings shows it)".to_owned(),
                    example if example.contains(' ') => {
                        format!("for example: rentdesk settings set {name} \"{example}\"")
                    }
                    example => format!("for example: rentdesk settings set {name} {example}"),
                }
            }
        }
    }
    fn kind(&self) -> &'static str {
        "setting"
    }
    fn not_found(&self) -> bool {
        matches!(self, SettingRefusal::Unknown(_))
    }
}

pub fn setting(name: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.name == name)
}

/// A value for a setting of a shop with this currency, checked.
pub fn checked(
    name: &str,
    value: &str,
    currency: Currency,
) -> Result<(&'static str, Text), SettingRefusal> {
    let setting = setting(name).ok_or_else(|| SettingRefusal::Unknown(Text::new(name)))?;
    let value = Text::new(value);
    if (setting.accepts)(value.as_str()) && fits(setting.name, value.as_str(), currency) {
        Ok((setting.name, value))
    } else {
        Err(SettingRefusal::Value {
            name: setting.name,
            takes: setting.takes,
            value,
        })
    }
}

/// The settings of one shop, ready to use: read from the file once and again when another window
/// changed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    values: BTreeMap<String, String>,
    pub currency: Currency,
    pub zone: ShopZone,
    pub due_after_minutes: i64,
    pub hours: OpenHours,
    /// How far the shop's clock is ahead of the machine's: of a demo alone.
    pub clock_ahead_seconds: i64,
}

/// Under this name a demo's file keeps how far its clock is ahead; no setting of a shop's own.
pub const CLOCK_AHEAD: &str = "clock_ahead_seconds";

impl Settings {
    /// Values the file lacks, or holds but cannot mean, are the defaults: a shop must always open.
    pub fn from_values(values: BTreeMap<String, String>) -> Self {
        let value = |name: &str| {
            values
                .get(name)
                .filter(|value| setting(name).is_some_and(|s| (s.accepts)(value)))
                .map_or_else(|| setting(name).map_or("", |s| s.default), String::as_str)
        };
        Settings {
            currency: Currency::parse(value("currency"))
                .or_else(|| Currency::parse("EUR"))
                .expect("EUR is a currency"),
            zone: ShopZone::parse(value("timezone")).unwrap_or(ShopZone(chrono_tz::UTC)),
            due_after_minutes: length_minutes(value("due_after")).unwrap_or(24 * 60),
            hours: OpenHours::parse(value("open_hours"), value("closed_days")).unwrap_or_default(),
            clock_ahead_seconds: values
                .get(CLOCK_AHEAD)
                .and_then(|seconds| seconds.parse().ok())
                .unwrap_or(0),
            values,
        }
    }

    pub fn value(&self, name: &str) -> &str {
        let known = setting(name);
        self.values
            .get(name)
            .map(String::as_str)
            .filter(|value| known.is_some_and(|s| (s.accepts)(value)))
            .unwrap_or_else(|| known.map_or("", |s| s.default))
    }

    /// What is written of the settings and cannot be read: its default holds, or, where it is an
    /// amount, what asks for it says so and stops.
    pub fn unreadable(&self) -> Vec<(&'static str, Text)> {
        SETTINGS
            .iter()
            .filter_map(|setting| {
                let value = self.values.get(setting.name)?;
                let is_read = (setting.accepts)(value) && fits(setting.name, value, self.currency);
                (!is_read).then(|| (setting.name, Text::new(value)))
            })
            .collect()
    }

    /// A share or an amount, as it is written; none where nothing is. What cannot be read is a
    /// breakdown that is said: it never counts as nothing.
    pub fn sum(&self, name: &str) -> Fallible<Option<Sum>> {
        let value = self.values.get(name).map_or_else(
            || setting(name).map_or("", |setting| setting.default),
            String::as_str,
        );
        if value.is_empty() {
            return Ok(None);
        }
        let read = percent_of(value)
            .map(Sum::Percent)
            .or_else(|| self.currency.read_exactly(value).map(Sum::Amount));
        match read.filter(|_| setting(name).is_some_and(|known| (known.accepts)(value))) {
            Some(sum) => Ok(Some(sum)),
            None => Err(anyhow::anyhow!(
                "the setting {name} says \"{}\", which is no amount in {}: set it again (rentdesk settings set {name})",
                Text::new(value),
                self.currency.code()
            )),
        }
    }

    /// So long after a moment. A length in whole days is one of calendar days: it keeps the
    /// wall-clock time over a clock change.
    pub fn after(&self, moment: Moment, minutes: i64) -> Moment {
        if minutes % (24 * 60) == 0 {
            let wall = self.zone.local(moment) + chrono::Duration::minutes(minutes);
            self.zone.moment_or_later(wall)
        } else {
            moment.plus_minutes(minutes)
        }
    }

    /// When an invoice of that moment falls due.
    pub fn invoice_due(&self, issued: Moment) -> Moment {
        self.after(
            issued,
            length_minutes(self.value("invoice_due")).unwrap_or(14 * 24 * 60),
        )
    }

    pub fn on(&self, name: &str) -> bool {
        self.value(name) == "on"
    }

    /// Until when gear that is late still counts as out, on a whole minute.
    pub fn overdue_until(&self, now: Moment) -> Moment {
        let until = match length_minutes(self.value("overdue_horizon")) {
            Some(minutes) => now.plus_minutes(minutes),
            None => self.hours.end_of_next_open_day(&self.zone, now),
        };
        until.ceil_minute()
    }

    /// From when on what was due at a time is late: where the shop is closed then, from when it opens.
    pub fn late_from(&self, due: Moment) -> Moment {
        self.hours.next_open(&self.zone, due)
    }

    pub fn hold_minutes(&self) -> i64 {
        length_minutes(self.value("hold_for")).unwrap_or(48 * 60)
    }

    pub fn no_show_minutes(&self) -> i64 {
        length_minutes(self.value("no_show_after")).unwrap_or(2 * 60)
    }

    /// From when on a reservation with this start may be handed over.
    pub fn early_out_from(&self, start: Moment) -> Moment {
        match length_minutes(self.value("early_out")) {
            Some(minutes) => start.plus_minutes(-minutes),
            None => self.zone.day_start(self.zone.day(start)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn eur() -> Currency {
        Currency::parse("EUR").expect("a currency")
    }

    fn settings(values: &[(&str, &str)]) -> Settings {
        Settings::from_values(
            values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    /// Friday 21 November 2025, 10:42:07 in Berlin.
    const NOW: Moment = Moment(1_763_718_127);

    #[test]
    fn every_default_is_accepted_by_its_own_setting() {
        for setting in SETTINGS {
            assert!((setting.accepts)(setting.default), "{}", setting.name);
        }
    }

    #[test]
    fn the_overdue_horizon_is_the_end_of_the_next_open_day_or_a_length() {
        let until = |values: &[(&str, &str)]| {
            let settings = settings(&[values, &[("timezone", "Europe/Berlin")]].concat());
            settings.zone.wall(settings.overdue_until(NOW))
        };
        assert_eq!(until(&[]), "2025-11-23 00:00:00");
        assert_eq!(
            until(&[("open_hours", "mon-fri 9-18")]),
            "2025-11-24 18:00:00"
        );
        assert_eq!(
            until(&[("open_hours", "mon-fri 9-18"), ("closed_days", "11-24")]),
            "2025-11-25 18:00:00"
        );
        assert_eq!(until(&[("overdue_horizon", "24h")]), "2025-11-22 10:43:00");
        // What cannot be meant is the default.
        assert_eq!(
            until(&[("overdue_horizon", "soon"), ("open_hours", "whenever")]),
            "2025-11-23 00:00:00"
        );
    }

    #[test]
    fn lengths_of_holds_no_shows_and_early_hand_overs() {
        let standard = settings(&[("timezone", "Europe/Berlin")]);
        assert_eq!(
            (standard.hold_minutes(), standard.no_show_minutes()),
            (48 * 60, 120)
        );
        assert_eq!(
            standard.zone.wall(standard.early_out_from(NOW)),
            "2025-11-21 00:00:00"
        );
        let own = settings(&[
            ("hold_for", "3d"),
            ("no_show_after", "0m"),
            ("early_out", "90m"),
        ]);
        assert_eq!(
            (
                own.hold_minutes(),
                own.no_show_minutes(),
                own.early_out_from(NOW)
            ),
            (3 * 24 * 60, 0, Moment(NOW.0 - 5400))
        );
        for (name, value) in [
            ("hold_for", "0h"),
            ("hold_for", "400d"),
            ("no_show_after", "-1h"),
            ("short", "maybe"),
            ("paper", "a5"),
            ("early_out", "never"),
            ("overdue_horizon", "0m"),
        ] {
            assert!(checked(name, value, eur()).is_err(), "{name} {value}");
        }
    }
}
