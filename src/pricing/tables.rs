//! Price tables: charged days for days, as film shops live by them. Pure.

use super::model::Units;
use crate::kernel::Text;

/// The last day that a table may name: two years.
const DAYS_MAX: i64 = 732;

/// A table. Days beyond its last band go by `beyond`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PriceTable {
    pub name: Text,
    /// A Saturday with its Sunday is one day before the table is looked into.
    pub weekend_as_one: bool,
    bands: Vec<Band>,
    beyond: Beyond,
}

/// Up to and with day `to`, from where the band before it ends, so much is charged in all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Band {
    to: i64,
    charged: Units,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Beyond {
    /// The table begins again.
    Repeat,
    /// Each further day.
    Each(Units),
}

impl PriceTable {
    /// Reads `1=1, 2=2, 3=3, 4-7=4, repeat`, `1=1, 2=1.7, 3=2.4, then 0.5`, `weekend, 1=1, repeat`.
    /// The error is what is wrong with it.
    pub fn parse(name: &Text, rule: &str) -> Result<Self, String> {
        let mut table = PriceTable {
            name: name.clone(),
            weekend_as_one: false,
            bands: Vec::new(),
            beyond: Beyond::Repeat,
        };
        let mut ended = false;
        for entry in rule
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            if ended {
                return Err(format!(
                    "nothing comes after repeat or then, not \"{entry}\""
                ));
            }
            if entry.eq_ignore_ascii_case("weekend") {
                table.weekend_as_one = true;
            } else if entry.eq_ignore_ascii_case("repeat") {
                ended = true;
            } else if let Some(each) = entry.strip_prefix("then ") {
                table.beyond = Beyond::Each(
                    Units::read(each).ok_or_else(|| format!("\"{each}\" is no number of days"))?,
                );
                ended = true;
            } else {
                let band = table.next_band(entry)?;
                table.bands.push(band);
            }
        }
        match (ended, table.bands.is_empty()) {
            (_, true) => Err("it charges nothing yet".to_owned()),
            (false, _) => Err("it does not say what comes after its last day".to_owned()),
            _ => Ok(table),
        }
    }

    fn next_band(&self, entry: &str) -> Result<Band, String> {
        let strange = || format!("\"{entry}\" is not like 3=3 or 4-7=4");
        let (days, charged) = entry.split_once('=').ok_or_else(strange)?;
        let (from, to) = days.split_once('-').unwrap_or((days, days));
        let number = |text: &str| {
            text.trim()
                .parse::<i64>()
                .ok()
                .filter(|days| (1..=DAYS_MAX).contains(days))
        };
        let (from, to) = number(from).zip(number(to)).ok_or_else(strange)?;
        let charged = Units::read(charged)
            .filter(|charged| charged.0 > 0)
            .ok_or_else(strange)?;
        let last = self.bands.last();
        let next = last.map_or(1, |band| band.to + 1);
        if from != next || to < from {
            return Err(format!("day {next} comes next, not \"{entry}\""));
        }
        if last.is_some_and(|band| band.charged > charged) {
            return Err(format!(
                "more days may not be charged as fewer: \"{entry}\""
            ));
        }
        Ok(Band { to, charged })
    }

    /// As it is read, in one spelling.
    pub fn rule(&self) -> String {
        let mut words: Vec<String> = if self.weekend_as_one {
            vec!["weekend".to_owned()]
        } else {
            Vec::new()
        };
        let mut from = 1;
        for band in &self.bands {
            let days = if band.to == from {
                from.to_string()
            } else {
                format!("{from}-{}", band.to)
            };
            words.push(format!("{days}={}", band.charged.number()));
            from = band.to + 1;
        }
        words.push(match self.beyond {
            Beyond::Repeat => "repeat".to_owned(),
            Beyond::Each(each) => format!("then {}", each.number()),
        });
        words.join(", ")
    }

    /// Charged days for so many days; none for none.
    pub fn charged(&self, days: i64) -> Units {
        let (length, all) = self
            .bands
            .last()
            .map_or((1, Units(100)), |band| (band.to, band.charged));
        let within = |days: i64| {
            self.bands
                .iter()
                .find(|band| days <= band.to)
                .map_or(Units(0), |band| band.charged)
        };
        match self.beyond {
            _ if days <= 0 => Units(0),
            _ if days <= length => within(days),
            Beyond::Repeat => Units(
                days / length * all.0
                    + if days % length == 0 {
                        0
                    } else {
                        within(days % length).0
                    },
            ),
            Beyond::Each(each) => Units(all.0 + (days - length) * each.0),
        }
    }
}
