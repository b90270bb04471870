//! The shop's settings: one table, read by the program, by `rentdesk settings` and by the manual.

use super::money::Currency;
use super::text::Text;
use super::time::ShopZone;
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

/// Every setting there is. The order is that of the list a person reads.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "name",
        default: "Rentdesk",
        meaning: "the shop's name, in the title of every screen",
        accepts: |v| !v.is_empty() && v.chars().count() <= 60,
        takes: "1 to 60 characters",
    },
    Setting { name: "currency", default: "EUR", meaning: "the one currency of every amount", accepts: |v| Currency::parse(v).is_some(), takes: "three letters, like EUR" },
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
        accepts: |v| super::when::length_minutes(v).is_some_and(|m| m > 0),
        takes: "a length, like 4h or 1d",
    },
    Setting {
        name: "desk_scan",
        default: "act",
        meaning: "what a scan on the Desk does: act at once, or look and wait for Enter",
        accepts: |v| matches!(v, "act" | "look"),
        takes: "act or look",
    },
    Setting { name: "fast_finish", default: "off", meaning: "on: one Enter hands over when nothing is open", accepts: is_switch, takes: "on or off" },
    Setting { name: "email_required", default: "off", meaning: "on: a customer cannot be added without an e-mail address", accepts: is_switch, takes: "on or off" },
    Setting { name: "phone_required", default: "on", meaning: "on: a customer cannot be added without a phone number", accepts: is_switch, takes: "on or off" },
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
    Setting { name: "sound", default: "on", meaning: "the bell on !! and BAD", accepts: is_switch, takes: "on or off" },
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
    Setting { name: "ascii", default: "off", meaning: "on: only ASCII on the screen", accepts: is_switch, takes: "on or off" },
];

/// Typed into an empty box these command something, so a scan must not begin with them.
fn is_command_character(character: char) -> bool {
    " .!?*+-:/".contains(character)
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
    Value { name: &'static str, takes: &'static str, value: Text },
}

impl super::Refusal for SettingRefusal {
    fn hint(&self) -> String {
        match self {
            SettingRefusal::Unknown(_) => "rentdesk settings lists them".to_owned(),
            SettingRefusal::Value { name, .. } => format!("try: rentdesk settings set {name} {}", setting(name).map_or("", |s| s.default)),
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

/// A value for a setting, checked.
pub fn checked(name: &str, value: &str) -> Result<(&'static str, Text), SettingRefusal> {
    let setting = setting(name).ok_or_else(|| SettingRefusal::Unknown(Text::new(name)))?;
    let value = Text::new(value);
    if (setting.accepts)(value.as_str()) { Ok((setting.name, value)) } else { Err(SettingRefusal::Value { name: setting.name, takes: setting.takes, value }) }
}

/// The settings of one shop, ready to use: read from the file once and again when another window changed it.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    values: BTreeMap<String, String>,
    pub currency: Currency,
    pub zone: ShopZone,
    pub due_after_minutes: i64,
    pub hours: super::hours::OpenHours,
}

impl Settings {
    /// Values the file lacks, or holds but cannot mean, are the defaults: a shop must always open.
    pub fn from_values(values: BTreeMap<String, String>) -> Self {
        let value =
            |name: &str| values.get(name).filter(|value| setting(name).is_some_and(|s| (s.accepts)(value))).map_or_else(|| setting(name).map_or("", |s| s.default), String::as_str);
        Settings {
            currency: Currency::parse(value("currency")).or_else(|| Currency::parse("EUR")).expect("EUR is a currency"),
            zone: ShopZone::parse(value("timezone")).unwrap_or(ShopZone(chrono_tz::UTC)),
            due_after_minutes: super::when::length_minutes(value("due_after")).unwrap_or(24 * 60),
            hours: Default::default(),
            values,
        }
    }

    pub fn value(&self, name: &str) -> &str {
        let known = setting(name);
        self.values.get(name).map(String::as_str).filter(|value| known.is_some_and(|s| (s.accepts)(value))).unwrap_or_else(|| known.map_or("", |s| s.default))
    }

    pub fn overdue_until(&self, now: super::Moment) -> super::Moment {
        self.zone.day_start(self.zone.day(now) + chrono::Duration::days(2))
    }
    pub fn hold_minutes(&self) -> i64 {
        48 * 60
    }
    pub fn no_show_minutes(&self) -> i64 {
        120
    }
    pub fn early_from(&self, start: super::Moment) -> super::Moment {
        self.zone.day_start(self.zone.day(start))
    }
    pub fn on(&self, name: &str) -> bool {
        self.value(name) == "on"
    }
}
