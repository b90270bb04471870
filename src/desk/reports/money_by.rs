//! Income by week, month, category or type, and what it returns on the gear.

use super::{
    About, Bar, BarKey, By, Figure, Made, days_within, percent, span_shown, whole_percent,
};
use crate::kernel::{CategoryId, Fallible, Money, Period, Settings, Text, TypeId};
use crate::{analytics, catalog, inventory};
use chrono::{Datelike, Days, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// The one rule for all four: so a week, a month, a type and a category come to the same.
const COUNTED: &str = "Counted is what was paid, on the day it came, less what was given back. What is paid ahead counts once, then; a deposit only when it is kept.";

/// More bars than that are no chart.
const BARS_MAX: usize = 1_200;

pub(super) fn money(about: &About<'_>, by: By) -> Fallible<Made> {
    let mut made = match by {
        By::Week | By::Month => by_time(about, by)?,
        By::Category => by_category(about)?,
        By::Type => by_type(about)?,
    };
    made.advice
        .extend((!made.bars.is_empty()).then(|| COUNTED.to_owned()));
    made.title = format!(
        "INCOME BY {}  {}",
        by.word().to_uppercase(),
        span_shown(about.settings, about.span)
    );
    made.total = Some(
        made.bars
            .iter()
            .fold(Money(0), |sum, bar| Money(sum.0 + income_of(bar).0)),
    );
    Ok(made)
}

fn income_of(bar: &Bar) -> Money {
    match bar.figures.first() {
        Some(Figure::Money(Some(amount))) => *amount,
        _ => Money(0),
    }
}

/// The weeks, from Monday, or the months that a time touches, each cut to it.
fn buckets(settings: &Settings, span: Period, by: By) -> Vec<(NaiveDate, Period)> {
    let (first, last) = days_within(settings, span);
    let mut day = match by {
        By::Month => first.with_day(1).unwrap_or(first),
        _ => first
            .checked_sub_days(Days::new(u64::from(first.weekday().num_days_from_monday())))
            .unwrap_or(first),
    };
    let mut found = Vec::new();
    while day <= last && found.len() < BARS_MAX {
        let next = if by == By::Month {
            day.checked_add_months(chrono::Months::new(1))
        } else {
            day.checked_add_days(Days::new(7))
        };
        let Some(next) = next else { break };
        let whole = Period {
            start: settings.zone.day_start(day),
            end: settings.zone.day_start(next),
        };
        found.extend(
            Period::new(whole.start.max(span.start), whole.end.min(span.end))
                .map(|part| (day, part)),
        );
        day = next;
    }
    found
}

fn by_time(about: &About<'_>, by: By) -> Fallible<Made> {
    let buckets = buckets(about.settings, about.past().unwrap_or(about.span), by);
    let periods: Vec<Period> = buckets.iter().map(|(_, period)| *period).collect();
    let bars: Vec<Bar> = buckets
        .iter()
        .zip(analytics::income_in(about.db, &periods)?)
        .map(|((day, period), (amount, shares))| Bar {
            key: BarKey::Time(*period),
            code: String::new(),
            name: Text::new(&if by == By::Month {
                day.format("%b %Y").to_string()
            } else {
                format!("{} w{:02}", day.iso_week().year(), day.iso_week().week())
            }),
            length: 0,
            figures: vec![Figure::Money(Some(amount)), Figure::Count(shares)],
        })
        .collect();
    let advice = best_and_weakest(about, by, &buckets, &bars)
        .into_iter()
        .collect();
    Ok(Made {
        columns: &["income", "payments"],
        bars,
        advice,
        ..Made::default()
    })
}

/// What is not over yet is no weak time.
fn best_and_weakest(
    about: &About<'_>,
    by: By,
    buckets: &[(NaiveDate, Period)],
    bars: &[Bar],
) -> Option<String> {
    let called = |day: NaiveDate| {
        if by == By::Month {
            day.format("%b %Y").to_string()
        } else {
            format!("the week from {}", day.format("%-d %b %Y"))
        }
    };
    let filled: Vec<(&Bar, &(NaiveDate, Period))> = bars
        .iter()
        .zip(buckets)
        .filter(|(bar, _)| income_of(bar).0 != 0)
        .collect();
    let (best, (best_day, _)) = filled.iter().max_by_key(|(bar, _)| income_of(bar))?;
    let over = filled
        .iter()
        .filter(|(_, (_, period))| period.end < about.now);
    let weakest = over
        .min_by_key(|(bar, _)| income_of(bar))
        .filter(|(_, (day, _))| day != best_day);
    Some(match weakest {
        Some((weakest, (day, _))) => format!(
            "Most came in {}: {}. The weakest was {} with {}: plan repairs and days off for times like that.",
            called(*best_day),
            about.money(income_of(best)),
            called(*day),
            about.money(income_of(weakest))
        ),
        None if filled.len() > 1 => format!(
            "Most came in {}: {}.",
            called(*best_day),
            about.money(income_of(best))
        ),
        None => format!(
            "All of it came in {}: compare it with a longer time before you decide.",
            called(*best_day)
        ),
    })
}

fn by_category(about: &About<'_>) -> Fallible<Made> {
    let types = about.types()?;
    let paths = catalog::category_paths(about.db)?;
    // A payment for two types of one category is one payment of that category.
    let mut sums: BTreeMap<Option<CategoryId>, (i64, BTreeSet<i64>)> = BTreeMap::new();
    for (payment, type_id, amount) in analytics::income_shares(about.db, about.span)? {
        let sum = sums
            .entry(
                type_id
                    .and_then(|id| types.get(&id))
                    .map(|details| details.category),
            )
            .or_default();
        sum.0 += amount.0;
        sum.1.insert(payment);
    }
    let total: i64 = sums.values().map(|(amount, _)| amount).sum();
    let mut bars: Vec<Bar> = sums
        .into_iter()
        .map(|(category, (amount, payments))| Bar {
            key: BarKey::Category(category),
            code: String::new(),
            name: category
                .and_then(|id| paths.get(&id).cloned())
                .unwrap_or_else(|| Text::new("of no category")),
            length: 0,
            figures: vec![
                Figure::Money(Some(Money(amount))),
                Figure::Percent(percent(amount, total)),
                Figure::Count(i64::try_from(payments.len()).unwrap_or(i64::MAX)),
            ],
        })
        .collect();
    bars.sort_by_key(|bar| (std::cmp::Reverse(income_of(bar)), bar.name.to_string()));
    let mut advice = Vec::new();
    let named: Vec<&Bar> = bars
        .iter()
        .filter(|bar| bar.key != BarKey::Category(None))
        .collect();
    if let Some(best) = named.first() {
        let share = percent(income_of(best).0, total).map_or(0, whole_percent);
        let least = named.last().filter(|least| least.key != best.key);
        let least = least.map_or_else(String::new, |least| {
            format!(
                " {} brought least, {}.",
                least.name,
                about.money(income_of(least))
            )
        });
        advice.push(format!(
            "{} brought {} of {}, {share} %: look there first when you buy.{least}",
            best.name,
            about.money(income_of(best)),
            about.money(Money(total))
        ));
    }
    Ok(Made {
        columns: &["income", "percent", "payments"],
        bars,
        advice,
        ..Made::default()
    })
}

/// What the shop has of each type, at its replacement value.
pub(super) fn worth(
    about: &About<'_>,
    types: &BTreeMap<TypeId, catalog::NewType>,
    of: &[TypeId],
) -> Fallible<BTreeMap<TypeId, (i64, Option<Money>)>> {
    let outlines = inventory::outlines(about.db, of)?;
    let value = |id: TypeId, owned: i64| {
        types
            .get(&id)
            .and_then(|details| details.replacement_value)
            .map(|each| Money(each.0.saturating_mul(owned)))
    };
    Ok(outlines
        .into_iter()
        .map(|(id, outline)| (id, (outline.owned, value(id, outline.owned))))
        .collect())
}

/// `30 % of what it costs new`, `11 times what it costs new`
fn of_new(tenths: i64) -> String {
    match whole_percent(tenths) {
        percent @ 200.. => format!("{} times what it costs new", percent / 100),
        percent => format!("{percent} % of what it costs new"),
    }
}

fn by_type(about: &About<'_>) -> Fallible<Made> {
    let types = about.types()?;
    let found = analytics::income_by_type(about.db, about.span)?;
    let of: Vec<TypeId> = found.iter().filter_map(|(id, ..)| *id).collect();
    let worth = worth(about, &types, &of)?;
    let bars: Vec<Bar> = found
        .into_iter()
        .map(|(type_id, amount, shares)| {
            let (owned, value) = type_id
                .and_then(|id| worth.get(&id).copied())
                .unwrap_or((0, None));
            let value = value.filter(|value| value.0 > 0);
            Bar {
                key: BarKey::Type(type_id),
                code: String::new(),
                name: type_id.map_or_else(
                    || Text::new("of no type: fees and the rest"),
                    |id| {
                        types
                            .get(&id)
                            .map(|details| details.name.clone())
                            .unwrap_or_default()
                    },
                ),
                length: 0,
                figures: vec![
                    Figure::Money(Some(amount)),
                    Figure::Count(owned),
                    Figure::Money(value),
                    Figure::Percent(value.and_then(|value| percent(amount.0, value.0))),
                    Figure::Count(shares),
                ],
            }
        })
        .collect();
    let on_cost = |bar: &&Bar| match bar.figures.get(3) {
        Some(Figure::Percent(Some(tenths))) => Some(*tenths),
        _ => None,
    };
    let mut advice = Vec::new();
    let with_cost: Vec<&Bar> = bars.iter().filter(|bar| on_cost(bar).is_some()).collect();
    if let (Some(best), Some(least)) = (
        with_cost.iter().max_by_key(|bar| on_cost(bar)),
        with_cost.iter().min_by_key(|bar| on_cost(bar)),
    ) {
        let earned = |bar: &Bar| {
            format!(
                "{}, {}",
                about.money(income_of(bar)),
                of_new(on_cost(&bar).unwrap_or(0))
            )
        };
        advice.push(if best.key == least.key {
            format!("{} earned {}.", best.name, earned(best))
        } else {
            format!("{} earned {}; {} only {}: buy more like the first, sell what stays like the second.", best.name, earned(best), least.name, earned(least))
        });
    } else if let Some(best) = bars.first() {
        advice.push(format!("{} brought most, {}. Say what types cost new, and you see what pays for itself (type edit --value).", best.name, about.money(income_of(best))));
    }
    Ok(Made {
        columns: &["income", "owned", "value", "return_percent", "payments"],
        bars,
        advice,
        ..Made::default()
    })
}
