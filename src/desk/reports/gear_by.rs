//! How gear is used, what it costs when it breaks or is gone, what lies idle, and what there is too
//! little of.

use super::money_by::worth;
use super::{
    About, Bar, BarKey, DAY_SECONDS, Figure, IDLE_DAYS, Made, counted, day_tenths, days_of,
    percent, span_shown, tenths_shown, whole_percent,
};
use crate::analytics::{self, nothing_left};
use crate::booking;
use crate::inventory;
use crate::kernel::{Fallible, ItemId, Moment, Money, Period, Text, TypeId};
use chrono::NaiveDate;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// From here on a type is out so much that one more would go out too; below the other it is hardly
/// asked for.
const BUSY_PERCENT: i64 = 75;
const SLACK_PERCENT: i64 = 20;
/// Fewer days than that say nothing of a type.
const JUDGED_DAYS: i64 = 14;

/// `3 of 10 days, 30 %`
fn days_out(bar: &Bar) -> String {
    match bar.figures.as_slice() {
        [
            Figure::Percent(Some(tenths)),
            Figure::Tenths(out),
            Figure::Tenths(fit),
            ..,
        ] => {
            format!(
                "{} of {} days, {} %",
                tenths_shown(*out),
                tenths_shown(*fit),
                whole_percent(*tenths)
            )
        }
        _ => "0 days".to_owned(),
    }
}

pub(super) fn used(about: &About<'_>) -> Fallible<Made> {
    let types = about.types()?;
    let found = about.past().map_or(Ok(Vec::new()), |past| {
        analytics::use_by_type(about.db, past)
    })?;
    let mut bars: Vec<Bar> = found
        .iter()
        .filter(|used| used.fit_seconds > 0 || used.out_seconds > 0)
        .map(|used| {
            // The percent comes from the days as they stand beside it.
            let share = percent(day_tenths(used.out_seconds), day_tenths(used.fit_seconds));
            Bar {
                key: BarKey::Type(Some(used.type_id)),
                code: String::new(),
                name: types
                    .get(&used.type_id)
                    .map(|details| details.name.clone())
                    .unwrap_or_default(),
                length: 0,
                figures: vec![
                    Figure::Percent(share),
                    Figure::Tenths(used.out_seconds),
                    Figure::Tenths(used.fit_seconds),
                    Figure::Count(used.rentals),
                ],
            }
        })
        .collect();
    let of = |bar: &Bar| match bar.figures.first() {
        Some(Figure::Percent(Some(tenths))) => *tenths,
        _ => 0,
    };
    bars.sort_by_key(|bar| (Reverse(of(bar)), bar.name.to_string()));
    let was_out = bars.iter().any(|bar| of(bar) > 0);
    let median = bars
        .get(bars.len() / 2)
        .map_or(0, |bar| whole_percent(of(bar)));
    let mut advice = Vec::new();
    // What was here for a few days only says nothing of what to buy.
    let judged: Vec<&Bar> = bars.iter().filter(|bar| matches!(bar.figures.get(2), Some(Figure::Tenths(fit)) if *fit >= JUDGED_DAYS * DAY_SECONDS)).collect();
    let is_long = about
        .past()
        .is_some_and(|past| past.end.0 - past.start.0 >= JUDGED_DAYS * DAY_SECONDS);
    if was_out && (!is_long || judged.is_empty()) {
        advice.push(format!(
            "Too few days to say what to buy or sell: it takes {JUDGED_DAYS}."
        ));
    } else if let Some(top) = judged.first().filter(|_| was_out) {
        advice.push(match whole_percent(of(top)) {
            BUSY_PERCENT.. => format!(
                "{} was out {}: buy one more, or hire one in.",
                top.name,
                days_out(top)
            ),
            _ => format!(
                "{} was out most, {}: nothing is so busy that you must buy.",
                top.name,
                days_out(top)
            ),
        });
        let slack: Vec<&Bar> = judged
            .iter()
            .copied()
            .filter(|bar| whole_percent(of(bar)) < SLACK_PERCENT)
            .collect();
        match slack.as_slice() {
            [] => {}
            [one] => advice.push(format!("{} was out only {}: offer it with something else, or sell some.", one.name, days_out(one))),
            [.., least] => advice.push(format!(
                "{} types were out on less than {SLACK_PERCENT} % of their days, {} on {}: offer them with something else, or sell some.",
                slack.len(),
                least.name,
                days_out(least)
            )),
        }
    }
    if !was_out {
        bars.clear();
    }
    Ok(Made {
        title: format!(
            "USE BY TYPE  days out / days owned and fit  {} · half up to {median} %",
            span_shown(about.settings, about.span)
        ),
        columns: &["percent", "days_out", "days_fit", "rentals"],
        bars,
        total: None,
        advice,
    })
}

#[derive(Default)]
struct Harm {
    repairs: i64,
    cost: i64,
    unknown: i64,
    lost: i64,
    value: i64,
}

pub(super) fn damage(about: &About<'_>) -> Fallible<Made> {
    let types = about.types()?;
    // Counted stock has no item of its own: what is lost of it stands under its type.
    let mut harms: BTreeMap<(TypeId, Option<ItemId>), Harm> = BTreeMap::new();
    for job in inventory::jobs_opened_in(about.db, about.span)? {
        let harm = harms.entry((job.type_id, Some(job.item))).or_default();
        harm.repairs += 1;
        harm.cost += job.cost.map_or(0, |cost| cost.0);
        harm.unknown += i64::from(job.cost.is_none());
    }
    for loss in analytics::losses(about.db, about.span)? {
        let harm = harms.entry((loss.type_id, loss.item)).or_default();
        harm.lost += loss.quantity;
        harm.value += loss.quantity
            * types
                .get(&loss.type_id)
                .and_then(|details| details.replacement_value)
                .map_or(0, |value| value.0);
    }
    let tags = inventory::tags(about.db, harms.keys().filter_map(|(_, item)| *item))?;
    let total: i64 = harms.values().map(|harm| harm.cost + harm.value).sum();
    let unknown: i64 = harms.values().map(|harm| harm.unknown).sum();
    let mut bars: Vec<Bar> = harms
        .iter()
        .map(|((type_id, item), harm)| Bar {
            key: item.map_or(BarKey::Type(Some(*type_id)), BarKey::Item),
            code: item
                .and_then(|item| tags.get(&item))
                .map(ToString::to_string)
                .unwrap_or_default(),
            name: types
                .get(type_id)
                .map(|details| details.name.clone())
                .unwrap_or_default(),
            length: 0,
            figures: vec![
                Figure::Money(Some(Money(harm.cost + harm.value))),
                Figure::Count(harm.repairs),
                Figure::Money(Some(Money(harm.cost))),
                Figure::Count(harm.lost),
                Figure::Money(Some(Money(harm.value))),
            ],
        })
        .collect();
    let cost = |bar: &Bar| {
        if let Some(Figure::Money(Some(amount))) = bar.figures.first() {
            *amount
        } else {
            Money(0)
        }
    };
    let repairs = |bar: &Bar| {
        if let Some(Figure::Count(count)) = bar.figures.get(1) {
            *count
        } else {
            0
        }
    };
    bars.sort_by_key(|bar| (Reverse(cost(bar)), Reverse(repairs(bar)), bar.code.clone()));
    let mut advice = Vec::new();
    if let Some(worst) = bars.first() {
        let name = format!("{} {}", worst.code, worst.name);
        advice.push(if cost(worst).0 > 0 {
            let lost = if let Some(Figure::Count(count)) = worst.figures.get(3) {
                *count
            } else {
                0
            };
            match (lost, repairs(worst)) {
                (0, repairs) => {
                    format!(
                        "{} cost most, {} for {}: weigh a new one against the next repair.",
                        name.trim(),
                        about.money(cost(worst)),
                        counted(repairs, "repair", "repairs")
                    )
                }
                (lost, _) => format!(
                    "{} cost most, {} with {lost} lost: ask for a deposit that covers it.",
                    name.trim(),
                    about.money(cost(worst))
                ),
            }
        } else {
            format!(
                "{} was on the bench most, {}: write down what repairs cost when they are done.",
                name.trim(),
                counted(repairs(worst), "repair", "repairs")
            )
        });
    }
    if unknown > 0 && total > 0 {
        advice.push(format!(
            "What {} cost is not written down yet.",
            counted(unknown, "repair", "repairs")
        ));
    }
    Ok(Made {
        title: format!(
            "LOST AND DAMAGED  {}",
            span_shown(about.settings, about.span)
        ),
        columns: &["cost", "repairs", "repair_cost", "lost", "lost_value"],
        bars,
        total: Some(Money(total)),
        advice,
    })
}

/// What stands still has done so until now, or until the end of a time that is over.
pub(super) fn idle_before(span: Period, now: Moment) -> Moment {
    Moment(span.end.min(now).0 - IDLE_DAYS * DAY_SECONDS)
}

pub(super) fn idle(about: &About<'_>) -> Fallible<Made> {
    let types = about.types()?;
    let mut of: BTreeMap<TypeId, (i64, Moment)> = BTreeMap::new();
    let found = analytics::idle(about.db, idle_before(about.span, about.now))?;
    for idle in &found {
        let one = of.entry(idle.type_id).or_insert((0, idle.since));
        *one = (one.0 + 1, one.1.min(idle.since));
    }
    let ids: Vec<TypeId> = of.keys().copied().collect();
    let worth = worth(about, &types, &ids)?;
    let mut bars: Vec<Bar> = of
        .into_iter()
        .map(|(type_id, (count, since))| {
            let details = types.get(&type_id);
            let value = details
                .and_then(|details| details.replacement_value)
                .map(|each| Money(each.0 * count));
            Bar {
                key: BarKey::Type(Some(type_id)),
                code: String::new(),
                name: details
                    .map(|details| details.name.clone())
                    .unwrap_or_default(),
                length: 0,
                figures: vec![
                    Figure::Count(count),
                    Figure::Count(worth.get(&type_id).map_or(0, |(owned, _)| *owned)),
                    Figure::Days(about.now.0 - since.0),
                    Figure::Money(value),
                ],
            }
        })
        .collect();
    let value = |bar: &Bar| {
        if let Some(Figure::Money(Some(amount))) = bar.figures.last() {
            *amount
        } else {
            Money(0)
        }
    };
    let count = |bar: &Bar| {
        if let Some(Figure::Count(count)) = bar.figures.first() {
            *count
        } else {
            0
        }
    };
    let days = |bar: &Bar| {
        if let Some(Figure::Days(seconds)) = bar.figures.get(2) {
            days_of(*seconds)
        } else {
            0
        }
    };
    bars.sort_by_key(|bar| {
        (
            Reverse(value(bar)),
            Reverse(count(bar)),
            Reverse(days(bar)),
            bar.name.to_string(),
        )
    });
    let mut advice = Vec::new();
    if let Some(first) = bars.first() {
        let total: i64 = bars.iter().map(|bar| value(bar).0).sum();
        let worth = if total > 0 {
            format!("; new they cost {}", about.money(Money(total)))
        } else {
            String::new()
        };
        advice.push(format!(
            "{} not been out for {IDLE_DAYS} days{worth}. Look at {} first: {} of {} stand still, the longest for {}. Offer them, or sell.",
            counted(i64::try_from(found.len()).unwrap_or(0), "thing has", "things have"),
            first.name,
            count(first),
            if let Some(Figure::Count(owned)) = first.figures.get(1) { *owned } else { 0 },
            counted(days(first), "day", "days")
        ));
    }
    Ok(Made {
        title: format!("IDLE GEAR  not out for {IDLE_DAYS} days"),
        columns: &["idle", "owned", "days_idle", "value"],
        bars,
        total: None,
        advice,
    })
}

#[derive(Default)]
struct Need {
    short_days: BTreeSet<NaiveDate>,
    reservations: BTreeSet<crate::kernel::ReservationId>,
    missing: i64,
    empty_days: BTreeSet<NaiveDate>,
}

/// What is promised and cannot be kept, and when everything there is of a type was out: what to buy
/// next. What was refused at the counter leaves no entry, so it is not in here.
pub(super) fn short(about: &About<'_>) -> Fallible<Made> {
    let zone = &about.settings.zone;
    let mut needs: BTreeMap<TypeId, Need> = BTreeMap::new();
    for short in booking::shortages(about.db, about.settings, about.now)? {
        let need = needs.entry(short.type_id).or_default();
        need.short_days.extend(days_in(zone, short.during));
        need.reservations.insert(short.reservation);
        need.missing = need.missing.max(short.missing);
    }
    if let Some(past) = about.past() {
        for (type_id, times) in empty_times(about, past)? {
            let need = needs.entry(type_id).or_default();
            need.empty_days.extend(
                times
                    .into_iter()
                    .flat_map(|time| days_in(zone, time).collect::<Vec<_>>()),
            );
        }
    }
    let types = about.types()?;
    let mut bars: Vec<Bar> = needs
        .into_iter()
        .map(|(type_id, need)| {
            let count = |days: usize| i64::try_from(days).unwrap_or(0);
            Bar {
                key: BarKey::Type(Some(type_id)),
                code: String::new(),
                name: types
                    .get(&type_id)
                    .map(|details| details.name.clone())
                    .unwrap_or_default(),
                length: 0,
                figures: vec![
                    Figure::Count(count(
                        need.short_days.len()
                            + need.empty_days.difference(&need.short_days).count(),
                    )),
                    Figure::Count(count(need.short_days.len())),
                    Figure::Count(need.missing),
                    Figure::Count(count(need.reservations.len())),
                    Figure::Count(count(need.empty_days.len())),
                ],
            }
        })
        .collect();
    let figure = |bar: &Bar, position: usize| {
        if let Some(Figure::Count(count)) = bar.figures.get(position) {
            *count
        } else {
            0
        }
    };
    bars.sort_by_key(|bar| {
        (
            Reverse(figure(bar, 0)),
            Reverse(figure(bar, 1)),
            bar.name.to_string(),
        )
    });
    let mut advice = Vec::new();
    let shortest = bars
        .iter()
        .filter(|bar| figure(bar, 1) > 0)
        .max_by_key(|bar| figure(bar, 1));
    if let Some(first) = shortest.or(bars.first()) {
        advice.push(if figure(first, 1) > 0 {
            format!(
                "{} is short on {}: {} missing for {}. Buy it next, or hire it in.",
                first.name,
                counted(figure(first, 1), "day", "days"),
                counted(figure(first, 2), "piece is", "pieces are"),
                counted(figure(first, 3), "reservation", "reservations")
            )
        } else {
            format!(
                "Every promise can be kept. Every {} was out on {}: buy that next.",
                first.name,
                counted(figure(first, 4), "day", "days")
            )
        });
    }
    Ok(Made {
        title: format!(
            "SHORT DAYS  promises that cannot be kept, and days with nothing left  {}",
            span_shown(about.settings, about.span)
        ),
        columns: &[
            "days",
            "days_short",
            "missing",
            "reservations",
            "days_empty",
        ],
        bars,
        total: None,
        advice,
    })
}

fn days_in(
    zone: &crate::kernel::ShopZone,
    time: Period,
) -> impl Iterator<Item = NaiveDate> + use<> {
    let (first, last) = (zone.day(time.start), zone.day(Moment(time.end.0 - 1)));
    first.iter_days().take_while(move |day| *day <= last)
}

/// Of each type, when all that was fit was out.
fn empty_times(about: &About<'_>, past: Period) -> Fallible<BTreeMap<TypeId, Vec<Period>>> {
    let mut outs: BTreeMap<TypeId, Vec<(Moment, Moment, i64)>> = BTreeMap::new();
    for (type_id, from, until, count) in analytics::spans_by_type(about.db, past)? {
        outs.entry(type_id).or_default().push((from, until, count));
    }
    let mut fit: BTreeMap<TypeId, Vec<(Moment, i64)>> = BTreeMap::new();
    for (type_id, at, count) in analytics::fit_changes(about.db, past.end)? {
        fit.entry(type_id).or_default().push((at, count));
    }
    let times = outs.into_iter().map(|(type_id, outs)| {
        (
            type_id,
            nothing_left(&outs, fit.get(&type_id).map_or(&[], Vec::as_slice), past),
        )
    });
    Ok(times
        .filter(|(_, times): &(TypeId, Vec<Period>)| !times.is_empty())
        .collect())
}

/// The name of a type that may be gone from the list.
pub(super) fn name_of(names: &BTreeMap<TypeId, Text>, id: TypeId) -> Text {
    names.get(&id).cloned().unwrap_or_default()
}
