//! How a price came about, in plain lines: each sum stands as `a x b = c`, so that a person with a
//! pencil gets the same figures. Pure.

use super::days::{DayCount, Partial};
use super::model::{
    ChargeUnit, LineOff, ListPrice, Off, OffKind, Percent, Priced, PricedLine, Prices, Step,
};
use crate::kernel::{Currency, Money};

/// The derivation of a whole price: each line under its name, then the sum, the taxes, the total.
pub fn whole(priced: &Priced, currency: Currency, names: &[String]) -> Vec<String> {
    numbered(
        priced,
        currency,
        &names
            .iter()
            .enumerate()
            .map(|(place, name)| (place + 1, name.clone()))
            .collect::<Vec<_>>(),
    )
}

/// As [`whole`], where lines have numbers of their own.
pub fn numbered(priced: &Priced, currency: Currency, names: &[(usize, String)]) -> Vec<String> {
    let mut words = Vec::new();
    for (priced, (number, name)) in priced.lines.iter().zip(names) {
        words.push(format!("{number}. {} x {name}", priced.quantity));
        words.extend(
            line(priced, currency)
                .into_iter()
                .map(|step| format!("   {step}")),
        );
    }
    words.extend(total(priced, currency));
    words
}

/// What stands under the lines.
pub fn total(priced: &Priced, currency: Currency) -> Vec<String> {
    let show = |amount: Money| currency.show(amount);
    let charged: Vec<String> = priced
        .lines
        .iter()
        .filter(|line| line.total.0 > 0)
        .map(|line| show(line.total))
        .collect();
    let mut words = Vec::new();
    words.push(format!(
        "sum: {} = {}",
        if charged.is_empty() {
            show(Money(0))
        } else {
            charged.join(" + ")
        },
        show(priced.sum)
    ));
    for tax in &priced.taxes {
        let percent = tax.percent.number();
        words.push(match priced.prices {
            Prices::Net => format!(
                "tax {}: {percent} % of {} = {}",
                tax.class,
                show(tax.net),
                show(tax.tax)
            ),
            Prices::Gross => {
                format!(
                    "tax {} in it: {} x {percent} / {} = {}",
                    tax.class,
                    show(Money(tax.net.0 + tax.tax.0)),
                    Percent(Percent::WHOLE + tax.percent.0).number(),
                    show(tax.tax)
                )
            }
        });
    }
    if priced.prices == Prices::Net && !priced.taxes.is_empty() {
        let taxes: Vec<String> = priced.taxes.iter().map(|tax| show(tax.tax)).collect();
        words.push(format!(
            "total: {} + {} = {}",
            show(priced.net),
            taxes.join(" + "),
            show(priced.total)
        ));
    }
    words.extend(
        priced
            .unused
            .iter()
            .map(|unused| format!("not used: {}: {}", unused.name, unused.why)),
    );
    words
}

/// The derivation of one line.
pub fn line(line: &PricedLine, currency: Currency) -> Vec<String> {
    let show = |amount: Money| currency.show(amount);
    let mut words: Vec<String> = line
        .list
        .steps
        .iter()
        .map(|known| step(known, currency))
        .collect();
    if line.apart.is_empty() {
        words.push(format!(
            "{} x {} = {}",
            show(line.list.each),
            line.quantity,
            show(line.subtotal)
        ));
    } else {
        words.extend(apart(line, currency));
    }
    let (by_hand, by_rule): (Vec<&LineOff>, Vec<&LineOff>) = line
        .discounts
        .iter()
        .partition(|off| off.kind == OffKind::Line);
    for offs in [by_hand, by_rule] {
        words.extend(percents(&offs, currency));
        for off in offs.iter().filter(|off| matches!(off.off, Off::Amount(_))) {
            words.push(format!(
                "{}: of {} off, this line's share {}",
                off.name,
                off.off.words(currency),
                show(off.amount)
            ));
        }
    }
    if let Some(target) = &line.target {
        let reason = &target.reason;
        words.push(format!(
            "total by hand ({reason}): {} x {} / {} = {}",
            show(target.total),
            show(target.base),
            show(target.of),
            show(target.share)
        ));
    } else if !line.discounts.is_empty() {
        let offs: Vec<String> = line.discounts.iter().map(|off| show(off.amount)).collect();
        words.push(format!(
            "{} - {} = {}",
            show(line.subtotal),
            offs.join(" - "),
            show(line.total)
        ));
    }
    words
}

/// Pieces that are kept for other times, each time counted by itself and then added up.
fn apart(line: &PricedLine, currency: Currency) -> Vec<String> {
    let show = |amount: Money| currency.show(amount);
    let times = |list: &ListPrice, quantity: i64| Money(list.each.0 * quantity);
    let mut amounts = vec![show(times(&line.list, line.together()))];
    let mut words = vec![format!(
        "{} x {} = {}",
        show(line.list.each),
        line.together(),
        amounts[0]
    )];
    for apart in &line.apart {
        words.push(format!(
            "{} of {} for another time:",
            apart.quantity, line.quantity
        ));
        words.extend(apart.list.steps.iter().map(|known| step(known, currency)));
        amounts.push(show(times(&apart.list, apart.quantity)));
        words.push(format!(
            "{} x {} = {}",
            show(apart.list.each),
            apart.quantity,
            show(times(&apart.list, apart.quantity))
        ));
    }
    words.push(format!("{} = {}", amounts.join(" + "), show(line.subtotal)));
    words
}

/// Percentages of one line are added up before they are counted, so that it is rounded once.
fn percents(offs: &[&LineOff], currency: Currency) -> Option<String> {
    let of: Vec<(&LineOff, Percent)> = offs
        .iter()
        .filter_map(|off| match off.off {
            Off::Percent(percent) => Some((*off, percent)),
            Off::Amount(_) => None,
        })
        .collect();
    let first = of.first()?.0;
    let names: Vec<String> = match of.as_slice() {
        [(only, _)] => vec![only.name.to_string()],
        several => several
            .iter()
            .map(|(off, percent)| format!("{} {} %", off.name, percent.number()))
            .collect(),
    };
    let percent = Percent(of.iter().map(|(_, percent)| percent.0).sum());
    let amount = Money(of.iter().map(|(off, _)| off.amount.0).sum());
    Some(format!(
        "{}: {} % of {} = {} off",
        names.join(" + "),
        percent.number(),
        currency.show(first.base),
        currency.show(amount)
    ))
}

/// One step towards the price of a piece.
pub fn step(step: &Step, currency: Currency) -> String {
    let show = |amount: Money| currency.show(amount);
    match step {
        Step::Days { count } => days(count),
        Step::Table {
            name,
            days,
            charged,
        } => format!(
            "table \"{name}\": {} charged as {}",
            counted(*days, "day"),
            charged.number()
        ),
        Step::Hours { minutes, hours } => format!(
            "{}:{:02} h, begun hours count = {}",
            minutes / 60,
            minutes % 60,
            counted(*hours, "hour")
        ),
        Step::Periods {
            hours: Some(hours),
            periods,
        } => format!(
            "periods of {hours} h, a begun one counts = {}",
            counted(*periods, "period")
        ),
        Step::Periods { hours: None, .. } => "one price, however long".to_owned(),
        Step::Weeks { weeks, days: 0 } => {
            format!("begun weeks count = {}", counted(*weeks, "week"))
        }
        Step::Weeks { weeks, days } => {
            format!("{} and {}", counted(*weeks, "week"), counted(*days, "day"))
        }
        Step::Charged { charge } => format!(
            "{} a {} x {} = {}",
            show(charge.unit_price),
            charge.unit.word(),
            charge.units.number(),
            show(charge.amount)
        ),
        Step::Sum { parts, each } => format!(
            "{} = {}",
            parts
                .iter()
                .map(|part| show(*part))
                .collect::<Vec<_>>()
                .join(" + "),
            show(*each)
        ),
        Step::Dearer { units, each } => format!("{} it would be {}", by(units), show(*each)),
        Step::Minimum { minimum } => format!("at least {}", show(*minimum)),
        Step::Manual { each, reason } => format!(
            "price by hand: {} for the whole time ({reason}); no season, tier or volume takes anything off it",
            show(*each)
        ),
        Step::Included => "part of the set, in its price".to_owned(),
        Step::ByParts => "priced by its parts".to_owned(),
        Step::Unpriced => "no rate is set: nothing is charged".to_owned(),
    }
}

/// `by the week and the day`
fn by(units: &[ChargeUnit]) -> String {
    format!(
        "by the {}",
        units
            .iter()
            .map(|unit| unit.word())
            .collect::<Vec<_>>()
            .join(" and the ")
    )
}

/// `3 whole days + 1 begun (13:00 h over, more than half a day) - 1 for a weekend as one = 3 days`
fn days(count: &DayCount) -> String {
    let mut words = Vec::new();
    if let Some(after) = count.late_pickup {
        words.push(format!(
            "left at {} or later, counted from the next day:",
            after.format("%H:%M")
        ));
    }
    if count.grace_minutes > 0 {
        words.push(format!("{} min grace off,", count.grace_minutes));
    }
    words.push(counted(count.whole, "whole day"));
    if count.partial_minutes > 0 {
        let over = format!(
            "{}:{:02} h over",
            count.partial_minutes / 60,
            count.partial_minutes % 60
        );
        let why = match (count.early_return, count.partial, count.partial_counts()) {
            (Some(until), ..) => format!("back by {}", until.format("%H:%M")),
            (None, Partial::Ignore, _) => "begun days are not charged".to_owned(),
            (None, Partial::Half, false) => "half a day or less".to_owned(),
            (None, Partial::Half, true) => "more than half a day".to_owned(),
            (None, Partial::Any, _) => "begun days count".to_owned(),
        };
        words.push(format!(
            "+ {} begun ({over}, {why})",
            i64::from(count.partial_counts())
        ));
    }
    let begun = count.whole + i64::from(count.partial_counts());
    if begun == 0 {
        words.push("at least 1".to_owned());
    }
    if count.closed > 0 {
        words.push(format!("- {} closed", count.closed));
    }
    if count.weekends > 0 {
        words.push(format!(
            "- {} for Saturday and Sunday as one",
            count.weekends
        ));
    }
    if begun.max(1) - count.closed - count.weekends < 1 {
        words.push("at least 1".to_owned());
    }
    format!("{} = {}", words.join(" "), counted(count.days, "day"))
}

fn counted(number: i64, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}
