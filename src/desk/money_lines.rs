//! How the money of a reservation adds up, a line each, for somebody with a pencil: rent, what
//! comes off, fees, taxes, the total, what was paid, and what is left. The deposit stands apart: it
//! is the customer's.

use super::money::{MoneyOf, money_of};
use super::prices::AgreedPrice;
use crate::billing::{self, InvoiceLine, LineKind, TaxRow};
use crate::booking::{self, ReservationState};
use crate::kernel::{Fallible, Money, ReservationId};
use crate::pricing::{Priced, Prices};
use crate::store::Read;

/// What stands in front of an amount, and the amount.
type Rows = Vec<(String, Money)>;

/// Every line above the total comes to the total; the total less what was paid is the last.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MoneyLines {
    pub asked: Rows,
    pub total: Money,
    /// Where the prices hold the tax: how much of the total it is.
    pub tax_in_it: Rows,
    pub money: MoneyOf,
}

impl MoneyLines {
    pub fn rows(&self) -> Rows {
        let mut rows = self.asked.clone();
        rows.push(("total".to_owned(), self.total));
        rows.extend(
            self.tax_in_it
                .iter()
                .map(|(words, tax)| (format!("  of it {words}"), *tax)),
        );
        if self.money.paid.0 != 0 {
            rows.push(("paid".to_owned(), Money(-self.money.paid.0)));
        }
        let left = self.total.0 - self.money.paid.0;
        rows.push(match left {
            0 => ("owes nothing".to_owned(), Money(0)),
            owed if owed > 0 => ("owes".to_owned(), Money(owed)),
            back => ("to get back".to_owned(), Money(-back)),
        });
        if self.money.deposit_held.0 > 0 {
            rows.push((
                "deposit held, the customer's".to_owned(),
                self.money.deposit_held,
            ));
        }
        rows
    }
}

/// None where neither a price was agreed nor anything was charged or paid.
pub fn money_lines(
    db: Read<'_>,
    id: ReservationId,
    price: Option<&AgreedPrice>,
) -> Fallible<Option<MoneyLines>> {
    let money = money_of(db, id)?;
    let (mut lines, mut taxes) = (Vec::new(), Vec::new());
    for invoice in billing::standing(db, id)? {
        lines.extend(billing::lines(db, invoice.id)?);
        taxes.extend(billing::taxes(db, invoice.id)?);
    }
    // What was billed and taken back whole is asked for no more, whatever was agreed.
    let was_billed = billing::invoices_of(db, id)?
        .iter()
        .any(|invoice| invoice.number.is_some());
    let priced = price.map(|price| &price.quoted.priced);
    if !lines.is_empty() || was_billed {
        let (on_top, tax_in_it) = taxes_of(&taxes);
        let asked = [asked_for(&lines, priced), on_top].concat();
        return Ok(Some(MoneyLines {
            asked,
            total: money.total,
            tax_in_it,
            money,
        }));
    }
    // What is off asks for nothing beyond what was billed.
    let is_off = booking::reservation(db, id).is_ok_and(|found| {
        matches!(
            found.state,
            ReservationState::Cancelled | ReservationState::Expired
        )
    });
    if let Some(priced) = priced.filter(|_| !is_off) {
        let taxes: Rows = priced
            .taxes
            .iter()
            .map(|tax| (format!("tax {} %", tax.percent.number()), tax.tax))
            .collect();
        let (on_top, tax_in_it) = if priced.prices == Prices::Net {
            (taxes, Vec::new())
        } else {
            (Vec::new(), taxes)
        };
        return Ok(Some(MoneyLines {
            asked: [rent_of(priced), on_top].concat(),
            total: priced.total,
            tax_in_it,
            money,
        }));
    }
    Ok(
        (money.paid.0 != 0 || money.deposit_held.0 != 0).then(|| MoneyLines {
            money,
            ..MoneyLines::default()
        }),
    )
}

/// The rent as it was agreed, with what came off it.
fn rent_of(priced: &Priced) -> Rows {
    let mut rows = vec![("rent".to_owned(), priced.subtotal)];
    rows.extend(
        priced
            .discounts
            .iter()
            .map(|off| (off.name.to_string(), Money(-off.amount.0))),
    );
    rows.extend(
        priced
            .lines
            .iter()
            .find_map(|line| line.target.as_ref())
            .map(|target| {
                (
                    format!("by hand ({})", target.reason),
                    Money(target.total.0 - target.of.0),
                )
            }),
    );
    rows
}

/// What stands on the invoices, a row for each kind; the rent step by step where it is what was
/// agreed.
fn asked_for(lines: &[InvoiceLine], priced: Option<&Priced>) -> Rows {
    let sum = |is_meant: &dyn Fn(&InvoiceLine) -> bool| {
        lines
            .iter()
            .filter(|line| is_meant(line))
            .map(|line| line.total().0)
            .sum::<i64>()
    };
    let of_kind = |kind: LineKind| sum(&|line| line.kind == kind);
    let rent = of_kind(LineKind::Rent);
    let steps = priced
        .map(rent_of)
        .filter(|steps| steps.iter().map(|(_, amount)| amount.0).sum::<i64>() == rent);
    let mut rows = steps.unwrap_or_else(|| vec![("rent".to_owned(), Money(rent))]);
    for (kind, word) in [
        (LineKind::Late, "late fee"),
        (LineKind::Damage, "damage"),
        (LineKind::Loss, "loss"),
        (LineKind::Extra, "other charges"),
    ] {
        rows.push((word.to_owned(), Money(of_kind(kind))));
    }
    rows.push((
        "taken off the rent".to_owned(),
        Money(sum(&|line| {
            line.kind == LineKind::Credit && line.line.is_some()
        })),
    ));
    rows.push((
        "charges taken back".to_owned(),
        Money(sum(&|line| {
            line.kind == LineKind::Credit && line.line.is_none()
        })),
    ));
    rows.retain(|(word, amount)| amount.0 != 0 || word == "rent");
    rows
}

/// Taxes that come on top of the lines, and those that are in them.
fn taxes_of(taxes: &[TaxRow]) -> (Rows, Rows) {
    let sums = |gross: bool| {
        let mut sums: Vec<(i64, i64)> = Vec::new();
        for row in taxes
            .iter()
            .filter(|row| row.taxed.gross == gross && row.tax.0 != 0)
        {
            match sums
                .iter_mut()
                .find(|(percent, _)| *percent == row.taxed.percent)
            {
                Some((_, sum)) => *sum += row.tax.0,
                None => sums.push((row.taxed.percent, row.tax.0)),
            }
        }
        sums.into_iter()
            .map(|(percent, sum)| {
                (
                    format!("tax {} %", crate::pricing::Percent(percent).number()),
                    Money(sum),
                )
            })
            .filter(|(_, sum)| sum.0 != 0)
            .collect::<Rows>()
    };
    (sums(false), sums(true))
}
