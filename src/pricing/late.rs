//! How late a thing is: one count for every place that says it or charges it. Lateness begins with
//! the due time, or, where the shop is closed then, when it opens next. Its days are counted as days
//! of rent are. Pure.

use super::days::{DayRules, count};
use super::model::Units;
use super::tables::PriceTable;
use crate::kernel::time::lateness;
use crate::kernel::when::length_minutes;
use crate::kernel::{Moment, Period, Settings};

/// How late.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Late {
    /// Since it should have been back; a begun minute counts.
    pub minutes: i64,
    /// As rent counts them: one at least.
    pub days: i64,
}

impl Late {
    /// `3 hours`, `2 days`: in the one unit that matters.
    pub fn words(self) -> String {
        match self.minutes {
            minutes if minutes < 24 * 60 => lateness(minutes),
            _ if self.days == 1 => "1 day".to_owned(),
            _ => format!("{} days", self.days),
        }
    }
}

/// What was due then and is back, or still out, at a moment. None: it is not late.
pub fn late(settings: &Settings, due: Moment, at: Moment) -> Option<Late> {
    counted(settings, rules(settings), due, at)
}

/// The same as [`late`], in words; nothing where it is not late.
pub fn late_words(settings: &Settings, due: Moment, at: Moment) -> Option<String> {
    late(settings, due, at).map(Late::words)
}

/// The days of a lateness as its price table charges them; a day is a day where it has none.
pub fn charged_late(
    settings: &Settings,
    table: Option<&PriceTable>,
    due: Moment,
    at: Moment,
) -> Units {
    let Some(table) = table else {
        return Units::whole(late(settings, due, at).map_or(0, |late| late.days));
    };
    let rules = rules(settings);
    let rules = DayRules {
        weekend_as_one: rules.weekend_as_one || table.weekend_as_one,
        ..rules
    };
    table.charged(counted(settings, rules, due, at).map_or(0, |late| late.days))
}

/// Of rent, but for when gear leaves, which it did; the grace is that of being late.
fn rules(settings: &Settings) -> DayRules {
    DayRules {
        grace_minutes: length_minutes(settings.value("late_grace")).unwrap_or(0),
        pickup_after: None,
        ..DayRules::of(settings)
    }
}

fn counted(settings: &Settings, rules: DayRules, due: Moment, at: Moment) -> Option<Late> {
    let start = settings.late_from(due);
    let window = Period::new(start, at)?;
    Some(Late {
        minutes: at.minutes_after(start),
        days: count(&settings.zone, &settings.hours, rules, window).days,
    })
}
