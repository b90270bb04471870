//! From the price of each piece to the total: × quantity, discounts, the sum, the tax of each
//! class. Pure.

use super::discounts::{self, Candidate};
use super::model::{
    Apart, Ask, AskLine, Basis, DiscountRule, DiscountTotal, FROZEN_VERSION, LineOff, ListPrice,
    Off, OffKind, Percent, Priced, PricedLine, Prices, TargetShare, TaxTotal,
};
use super::refusal::PricingRefusal;
use crate::kernel::money::{MONEY_MAX, share, spread};
use crate::kernel::{CategoryId, Money, ShopZone, Text};
use std::collections::BTreeMap;

/// A line of the question with the price of one piece.
pub struct Listed {
    pub list: ListPrice,
    /// Of each number of pieces that is kept for another time, in the order of the question.
    pub apart: Vec<ListPrice>,
    /// From the type's own category upwards.
    pub categories: Vec<CategoryId>,
}

/// The answer. `listed` has a price for each line of the question, in its order.
pub fn settle(
    ask: &Ask,
    listed: Vec<Listed>,
    rules: &[DiscountRule],
    prices: Prices,
    zone: &ShopZone,
) -> Result<Priced, PricingRefusal> {
    let mut lines = Vec::with_capacity(listed.len());
    for (line, found) in ask.lines.iter().zip(&listed) {
        lines.push(by_itself(line, found, prices)?);
    }
    let subtotal = sum(lines.iter().map(|line| line.subtotal))?;
    let mut unused = Vec::new();
    match &ask.target {
        Some(target) => {
            let bases: Vec<i64> = lines.iter().map(|line| line.total.0).collect();
            let of = sum(lines.iter().map(|line| line.total))?;
            if target.value.0 <= 0 || target.value.0 > MONEY_MAX {
                return Err(PricingRefusal::Target);
            }
            let shares = spread(target.value, &bases).ok_or(PricingRefusal::TargetOverNothing)?;
            for (line, share) in lines.iter_mut().zip(shares) {
                line.target = Some(TargetShare {
                    total: target.value,
                    of,
                    base: line.total,
                    share,
                    reason: target.reason.clone(),
                });
                line.total = share;
            }
        }
        None => {
            keep_shares(&mut lines, ask);
            let candidates: Vec<Candidate<'_>> = ask
                .lines
                .iter()
                .zip(&listed)
                .zip(&lines)
                .map(|((asked, found), line)| Candidate {
                    type_id: asked.type_id,
                    categories: &found.categories,
                    quantity: asked.quantity,
                    days: found.list.days,
                    start: asked.window.start,
                    by_hand: found.list.basis == Basis::Manual,
                    // Nothing comes off what was agreed by hand.
                    base: if line.target.is_some() {
                        Money(0)
                    } else {
                        line.total
                    },
                })
                .collect();
            let taken = discounts::take(&candidates, rules, ask, zone)?;
            unused = taken.unused;
            for (line, offs) in lines.iter_mut().zip(taken.lines) {
                line.total = Money(line.total.0 - offs.iter().map(|off| off.amount.0).sum::<i64>());
                line.discounts.extend(offs);
            }
        }
    }
    let sum = sum(lines.iter().map(|line| line.total))?;
    let (net, taxes, total) = taxed(&lines, prices, sum)?;
    Ok(Priced {
        prices,
        discounts: totals(&lines),
        lines,
        subtotal,
        unused,
        sum,
        net,
        taxes,
        total,
    })
}

/// What is left of a total by hand: each line that it still holds for costs its share, and together
/// they are what it comes to.
fn keep_shares(lines: &mut [PricedLine], ask: &Ask) {
    let kept = || {
        ask.lines
            .iter()
            .zip(0..)
            .filter_map(|(asked, place): (&AskLine, usize)| Some((place, asked.share.as_ref()?)))
    };
    let (of, total) = kept().fold((Money(0), Money(0)), |(of, total), (place, share)| {
        (
            Money(of.0 + lines[place].total.0),
            Money(total.0 + share.share.0),
        )
    });
    for (place, share) in kept() {
        let line = &mut lines[place];
        line.target = Some(TargetShare {
            total,
            of,
            base: line.total,
            ..share.clone()
        });
        line.total = share.share;
    }
}

/// The answer that frozen lines gave, summed up again.
pub fn again(lines: Vec<PricedLine>, prices: Prices) -> Result<Priced, PricingRefusal> {
    let (subtotal, sum) = (
        sum(lines.iter().map(|line| line.subtotal))?,
        sum(lines.iter().map(|line| line.total))?,
    );
    let (net, taxes, total) = taxed(&lines, prices, sum)?;
    Ok(Priced {
        prices,
        discounts: totals(&lines),
        lines,
        subtotal,
        unused: Vec::new(),
        sum,
        net,
        taxes,
        total,
    })
}

/// A line with its own discount, before what comes off the reservation.
fn by_itself(
    asked: &AskLine,
    found: &Listed,
    prices: Prices,
) -> Result<PricedLine, PricingRefusal> {
    let apart: Vec<Apart> = asked
        .apart
        .iter()
        .zip(&found.apart)
        .map(|((quantity, window, _), list)| Apart {
            quantity: *quantity,
            window: *window,
            list: list.clone(),
        })
        .collect();
    let together = asked.quantity - apart.iter().map(|apart| apart.quantity).sum::<i64>();
    let times = [(together, &found.list)]
        .into_iter()
        .chain(apart.iter().map(|apart| (apart.quantity, &apart.list)));
    let amounts = times
        .map(|(quantity, list)| share(list.each, quantity, 1))
        .collect::<Option<Vec<_>>>()
        .ok_or(PricingRefusal::TooMuch)?;
    let subtotal = sum(amounts.into_iter())?;
    let mut line = PricedLine {
        version: FROZEN_VERSION,
        type_id: asked.type_id,
        quantity: asked.quantity,
        window: asked.window,
        parent: asked.parent,
        prices,
        list: found.list.clone(),
        apart,
        subtotal,
        discounts: Vec::new(),
        target: None,
        total: subtotal,
    };
    if let Some(off) = asked.off.as_ref().filter(|off| !off.value.is_nothing()) {
        let amount = match off.value {
            Off::Percent(percent) => {
                share(subtotal, percent.0, Percent::WHOLE).ok_or(PricingRefusal::TooMuch)?
            }
            Off::Amount(amount) => amount.min(subtotal),
        };
        line.discounts.push(LineOff {
            kind: OffKind::Line,
            name: off.reason.clone(),
            off: off.value,
            base: subtotal,
            amount,
        });
        line.total = Money(subtotal.0 - amount.0);
    }
    Ok(line)
}

fn sum(amounts: impl Iterator<Item = Money>) -> Result<Money, PricingRefusal> {
    let sum: i128 = amounts.map(|amount| i128::from(amount.0)).sum();
    i64::try_from(sum)
        .ok()
        .filter(|sum| *sum <= MONEY_MAX)
        .map(Money)
        .ok_or(PricingRefusal::TooMuch)
}

/// Net, the tax per class and rate from the sum of its lines, and what is to be paid.
fn taxed(
    lines: &[PricedLine],
    prices: Prices,
    sum: Money,
) -> Result<(Money, Vec<TaxTotal>, Money), PricingRefusal> {
    let mut sums: BTreeMap<(Text, Percent), i64> = BTreeMap::new();
    for line in lines
        .iter()
        .filter(|line| line.list.tax_percent.0 > 0 && line.total.0 > 0)
    {
        *sums
            .entry((line.list.tax_class.clone(), line.list.tax_percent))
            .or_default() += line.total.0;
    }
    let mut taxes = Vec::with_capacity(sums.len());
    for ((class, percent), of) in sums {
        let (times, per) = match prices {
            Prices::Net => (percent.0, Percent::WHOLE),
            Prices::Gross => (percent.0, Percent::WHOLE + percent.0),
        };
        let tax = share(Money(of), times, per).ok_or(PricingRefusal::TooMuch)?;
        let net = if prices == Prices::Net {
            Money(of)
        } else {
            Money(of - tax.0)
        };
        taxes.push(TaxTotal {
            class,
            percent,
            net,
            tax,
        });
    }
    let all: i64 = taxes.iter().map(|tax| tax.tax.0).sum();
    Ok(match prices {
        Prices::Net => (sum, taxes, Money(sum.0 + all)),
        Prices::Gross => (Money(sum.0 - all), taxes, sum),
    })
}

/// What each discount takes off in all, in the order of the lines.
fn totals(lines: &[PricedLine]) -> Vec<DiscountTotal> {
    let mut totals: Vec<DiscountTotal> = Vec::new();
    for off in lines.iter().flat_map(|line| &line.discounts) {
        match totals
            .iter_mut()
            .find(|total| total.kind == off.kind && total.name == off.name)
        {
            Some(total) => total.amount.0 += off.amount.0,
            None => totals.push(DiscountTotal {
                kind: off.kind,
                name: off.name.clone(),
                amount: off.amount,
            }),
        }
    }
    totals
}
