//! Who is late, and who is worth how much.

use super::{About, Bar, BarKey, Figure, Made, counted, percent, span_shown, whole_percent};
use crate::kernel::{CustomerId, Fallible, Money};
use crate::pricing::{self, Late};
use crate::{analytics, customers};
use std::collections::BTreeMap;

const NEVER: Late = Late {
    minutes: 0,
    days: 0,
};

/// The days of each customer's late returns, as they were told and charged, and the worst of them.
fn days_late(about: &About<'_>) -> Fallible<BTreeMap<CustomerId, (i64, Late)>> {
    let mut counts: BTreeMap<CustomerId, (i64, Late)> = BTreeMap::new();
    for (customer, due, back) in analytics::late_returns(about.db, about.span)? {
        let Some(late) = pricing::late(about.settings, due, back) else {
            continue;
        };
        let (days, worst) = counts.entry(customer).or_insert((0, NEVER));
        *days += late.days;
        if late.minutes > worst.minutes {
            *worst = late;
        }
    }
    Ok(counts)
}

pub(super) fn late(about: &About<'_>) -> Fallible<Made> {
    let found = analytics::late_by_customer(about.db, about.span)?;
    let labels = customers::labels(about.db, found.iter().map(|late| late.customer))?;
    let counts = days_late(about)?;
    let count = |id| counts.get(&id).copied().unwrap_or((0, NEVER));
    let bars: Vec<Bar> = found
        .iter()
        .map(|late| {
            let (number, name) = labels
                .get(&late.customer)
                .cloned()
                .map_or_else(Default::default, |(number, name)| {
                    (number.to_string(), name)
                });
            Bar {
                key: BarKey::Customer(late.customer),
                code: number,
                name,
                length: 0,
                figures: vec![
                    Figure::Count(late.returns),
                    Figure::Count(count(late.customer).0),
                    Figure::Late(count(late.customer).1),
                ],
            }
        })
        .collect();
    let all: i64 = found.iter().map(|late| late.returns).sum();
    let mut advice = Vec::new();
    if let (Some(worst), Some(bar)) = (found.first(), bars.first()) {
        advice.push(format!(
            "{} brought back {} late, the latest by {}: call the day before, or ask for a deposit. In all there were {} by {}.",
            bar.name,
            counted(worst.returns, "thing", "things"),
            count(worst.customer).1.words(),
            counted(all, "late return", "late returns"),
            counted(i64::try_from(found.len()).unwrap_or(i64::MAX), "customer", "customers"),
        ));
    }
    Ok(Made {
        title: format!(
            "LATE RETURNS BY CUSTOMER  {}",
            span_shown(about.settings, about.span)
        ),
        columns: &["late_returns", "days_late", "worst"],
        bars,
        total: None,
        advice,
    })
}

pub(super) fn value(about: &About<'_>) -> Fallible<Made> {
    let found = analytics::income_by_customer(about.db, about.span)?;
    let labels = customers::labels(about.db, found.iter().map(|(id, ..)| *id))?;
    let total: i64 = found.iter().map(|(_, amount, _)| amount.0).sum();
    let bars: Vec<Bar> = found
        .iter()
        .map(|(id, amount, shares)| {
            let (number, name) = labels
                .get(id)
                .cloned()
                .map_or_else(Default::default, |(number, name)| {
                    (number.to_string(), name)
                });
            Bar {
                key: BarKey::Customer(*id),
                code: number,
                name,
                length: 0,
                figures: vec![
                    Figure::Money(Some(*amount)),
                    Figure::Percent(percent(amount.0, total)),
                    Figure::Count(*shares),
                ],
            }
        })
        .collect();
    let mut advice = Vec::new();
    let tenth = found.len().div_ceil(10);
    if let Some(best) = bars.first() {
        let of_tenth: i64 = found
            .iter()
            .take(tenth)
            .map(|(_, amount, _)| amount.0)
            .sum();
        let share = percent(of_tenth, total).map_or(0, whole_percent);
        advice.push(if tenth > 1 {
            format!("{} brought most. The best {tenth} of {} customers brought {share} % of the income: ring them first when it is quiet.", best.name, found.len())
        } else {
            format!("{} brought most, {share} % of the income: ring them first when it is quiet.", best.name)
        });
    }
    Ok(Made {
        title: format!(
            "CUSTOMERS BY VALUE  {}",
            span_shown(about.settings, about.span)
        ),
        columns: &["value", "percent", "payments"],
        bars,
        total: Some(Money(total)),
        advice,
    })
}
