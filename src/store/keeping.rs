//! Which of the daily backups stay: one a day for a week, one a week for a month, one a month for as
//! many as the shop says. Only what the program made by itself is ever cleared away.

use chrono::{Datelike, NaiveDate};
use std::collections::BTreeSet;

/// How many are kept of each.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keep {
    pub days: usize,
    pub weeks: usize,
    pub months: usize,
}

impl Default for Keep {
    fn default() -> Self {
        Keep {
            days: 7,
            weeks: 4,
            months: 0,
        }
    }
}

/// Which of these go, by their place: of a day, a week and a month the newest counts.
/// `days` are in the order of their making.
pub fn to_drop(days: &[NaiveDate], keep: Keep) -> Vec<usize> {
    let mut stays = BTreeSet::new();
    let mut stay = |count: usize, span: &dyn Fn(NaiveDate) -> (i32, u32)| {
        let mut seen = BTreeSet::new();
        for (place, day) in days.iter().enumerate().rev() {
            if seen.len() == count && !seen.contains(&span(*day)) {
                break;
            }
            if count > 0 && seen.insert(span(*day)) {
                stays.insert(place);
            }
        }
    };
    stay(keep.days, &|day| (day.year(), day.ordinal()));
    stay(keep.weeks, &|day| {
        let week = day.iso_week();
        (week.year(), week.week())
    });
    stay(keep.months, &|day| (day.year(), day.month()));
    (0..days.len())
        .filter(|place| !stays.contains(place))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn a_week_of_days_a_month_of_weeks_and_the_months_that_are_asked_for_stay() {
        let days: Vec<NaiveDate> = day("2025-09-01").iter_days().take(92).collect(); // to 1 Dec
        let kept = |keep| {
            let gone: BTreeSet<usize> = to_drop(&days, keep).into_iter().collect();
            days.iter()
                .enumerate()
                .filter(|(place, _)| !gone.contains(place))
                .map(|(_, day)| day.format("%d.%m").to_string())
                .collect::<Vec<_>>()
        };
        let week = [
            "25.11", "26.11", "27.11", "28.11", "29.11", "30.11", "01.12",
        ];
        assert_eq!(
            kept(Keep {
                days: 7,
                weeks: 0,
                months: 0
            }),
            week
        );
        assert_eq!(
            kept(Keep::default()),
            [&["16.11", "23.11"][..], &week].concat(),
            "the newest of each week: 1 Dec, 30 Nov, 23 Nov, 16 Nov"
        );
        assert_eq!(
            kept(Keep {
                days: 1,
                weeks: 0,
                months: 12
            }),
            ["30.09", "31.10", "30.11", "01.12"]
        );
    }

    #[test]
    fn of_one_day_the_newest_stays() {
        let days = [day("2025-11-20"), day("2025-11-21"), day("2025-11-21")];
        assert_eq!(
            to_drop(
                &days,
                Keep {
                    days: 2,
                    weeks: 0,
                    months: 0
                }
            ),
            [1]
        );
        assert_eq!(to_drop(&[], Keep::default()), [0; 0]);
    }
}
