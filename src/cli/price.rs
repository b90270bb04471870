//! `rentdesk price`: a quote in one breath, saved nowhere.

use super::answer::Table;
use super::discount::read_off;
use super::kit::split_quantity;
use super::promise_times::window;
use super::view::{View, stamp};
use super::{Answer, usage};
use crate::customers;
use crate::desk;
use crate::kernel::{Fallible, Money, Stop, Text};
use crate::pricing::{self, Ask, AskLine, Basis, ByHand, Priced, PricedLine, why};
use crate::shop::Shop;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct Price {
    /// When the gear leaves: "fri 9:00"; a day alone means when the shop opens. Both ends at once:
    /// "tue 14 - thu 10".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: String,
    /// When it is back: "mon 10:00"; a day alone means the time of day it leaves.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,
    /// A type, a kit among them, with a quantity: --line 'Sony FX6 body*2'.
    #[arg(long = "line", value_name = "TYPE*QTY", required = true)]
    lines: Vec<String>,
    /// A coupon's code.
    #[arg(long = "coupon", value_name = "CODE")]
    coupons: Vec<String>,
    /// For whom, whose loyalty tier counts: number, phone, e-mail or name.
    #[arg(long, value_name = "CUSTOMER")]
    customer: Option<String>,
    /// As for a customer of this loyalty tier.
    #[arg(long, conflicts_with = "customer")]
    tier: Option<String>,
    /// What one piece of a line costs for the whole time, by hand: --price 1=150.00.
    #[arg(long = "price", value_name = "LINE=N", requires = "reason")]
    prices: Vec<String>,
    /// Off a line, by hand: --line-discount 1=10%.
    #[arg(long = "line-discount", value_name = "LINE=OFF", requires = "reason")]
    line_discounts: Vec<String>,
    /// Off all of it, by hand: 10% or 20.00.
    #[arg(long, value_name = "OFF", requires = "reason")]
    discount: Option<String>,
    /// What all lines together shall cost, by hand.
    #[arg(
        long,
        alias = "total",
        value_name = "N",
        requires = "reason",
        conflicts_with = "discount",
        allow_hyphen_values = true
    )]
    target: Option<String>,
    /// Why something is priced by hand.
    #[arg(long)]
    reason: Option<String>,
    /// Tells how each figure comes about.
    #[arg(long)]
    why: bool,
}

impl Price {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let ask = self.ask(&view)?;
        let priced = pricing::price(view.db, view.settings, &ask)?;
        let names = ask
            .lines
            .iter()
            .map(|line| Ok(view.type_name(line.type_id)?.to_string()))
            .collect::<Fallible<Vec<_>>>()?;
        let text = if self.why {
            why::whole(&priced, view.settings.currency, &names).join("\n")
        } else {
            as_text(&view, &priced, &names)
        };
        let mut json = as_json(&view, &priced, &names);
        if let (Some(fields), Some(first)) = (json.as_object_mut(), ask.lines.first()) {
            fields.insert("from".to_owned(), stamp(Some(first.window.start)));
            fields.insert("to".to_owned(), stamp(Some(first.window.end)));
        }
        Ok(Answer::new(json, text))
    }

    fn ask(&self, view: &View<'_>) -> Result<Ask, Stop> {
        let window = window(view, &self.from, self.to.as_deref())?;
        let mut wants = Vec::new();
        for typed in &self.lines {
            let (name, quantity) = split_quantity(typed);
            wants.push((view.resolve_type(name)?.id, quantity));
        }
        let mut ask = Ask::of(pricing::lines_of(view.db, &wants, window)?, view.now);
        let reason = Text::new(self.reason.as_deref().unwrap_or_default());
        for typed in &self.prices {
            let (line, price) = line_of(&mut ask.lines, typed)?;
            let value = view.settings.currency.read(price).ok_or_else(|| {
                usage(
                    format!("\"{}\" is not an amount", Text::new(price)),
                    "for example 1=150.00",
                )
            })?;
            line.manual = Some(ByHand {
                value,
                reason: reason.clone(),
            });
        }
        for typed in &self.line_discounts {
            let (line, off) = line_of(&mut ask.lines, typed)?;
            line.off = Some(ByHand {
                value: read_off(view, off)?,
                reason: reason.clone(),
            });
        }
        ask.coupons = self.coupons.iter().map(|code| Text::new(code)).collect();
        ask.tier = match &self.customer {
            Some(typed) => desk::tier_of(
                view.db,
                view.settings,
                Some(customers::resolve(view.db, typed)?.id),
                view.now,
            )?,
            None => self.tier.as_deref().and_then(Text::filled),
        };
        if let Some(off) = &self.discount {
            ask.off = Some(ByHand {
                value: read_off(view, off)?,
                reason: reason.clone(),
            });
        }
        if let Some(total) = &self.target {
            let value = view.settings.currency.read(total).ok_or_else(|| {
                usage(
                    format!("\"{}\" is not an amount", Text::new(total)),
                    "for example 400.00",
                )
            })?;
            ask.target = Some(ByHand { value, reason });
        }
        Ok(ask)
    }
}

/// `1=150.00`: the line with that number, and what is said of it.
fn line_of<'a, 'b>(
    lines: &'a mut [AskLine],
    typed: &'b str,
) -> Result<(&'a mut AskLine, &'b str), Stop> {
    let said = typed.split_once('=').and_then(|(number, rest)| {
        Some((
            number.trim().parse::<usize>().ok()?.checked_sub(1)?,
            rest.trim(),
        ))
    });
    let (place, rest) = said.ok_or_else(|| {
        usage(
            format!("\"{}\" does not name a line", Text::new(typed)),
            "for example 1=150.00",
        )
    })?;
    let count = lines.len();
    let line = lines.get_mut(place).ok_or_else(|| {
        usage(
            format!("There is no line {}, only 1 to {count}", place + 1),
            "rentdesk price shows the numbers",
        )
    })?;
    Ok((line, rest))
}

/// `2 days`, `1 week + 2 days`, `in the set`: the unit really used.
fn units(line: &PricedLine) -> String {
    let charged = line.list.charges.iter().map(|charge| {
        let number = charge.units.number();
        format!(
            "{number} {}{}",
            charge.unit.word(),
            if number == "1" { "" } else { "s" }
        )
    });
    match line.list.basis {
        Basis::Rates => charged.collect::<Vec<_>>().join(" + "),
        Basis::Manual => "by hand".to_owned(),
        Basis::Included => "in the set".to_owned(),
        Basis::ByParts => "by its parts".to_owned(),
        Basis::Unpriced => "no rate".to_owned(),
    }
}

fn as_text(view: &View<'_>, priced: &Priced, names: &[String]) -> String {
    let show = |amount: Money| view.money_text(Some(amount));
    let mut table = Table::new(&[">LINE", "TYPE", ">QTY", "CHARGED", ">EACH", ">PRICE"]);
    for (number, line) in priced.lines.iter().enumerate() {
        let name = names.get(number).cloned().unwrap_or_default();
        let name = if line.parent.is_some() {
            format!("- {name}")
        } else {
            name
        };
        table.row([
            (number + 1).to_string(),
            name,
            line.quantity.to_string(),
            units(line),
            show(line.list.each),
            show(line.subtotal),
        ]);
    }
    let mut words = crate::desk::totals_in_words(priced, view.settings.currency);
    if priced.subtotal == priced.total {
        words.insert(0, format!("subtotal {}", show(priced.subtotal)));
    }
    let unused: String = priced
        .unused
        .iter()
        .map(|unused| format!("\nnot used: {}: {}", unused.name, unused.why))
        .collect();
    format!("{}{}{unused}", table.text(), words.join(" · "))
}

fn as_json(view: &View<'_>, priced: &Priced, names: &[String]) -> Value {
    let currency = view.settings.currency;
    let money = |amount: Money| view.money(Some(amount));
    let number = |text: String| text.parse::<f64>().unwrap_or_default();
    let lines: Vec<Value> = priced
        .lines
        .iter()
        .enumerate()
        .map(|(place, line)| {
            let charges = line
                .list
                .charges
                .iter()
                .map(|charge| json!({"unit": charge.unit, "unit_price": money(charge.unit_price), "units": number(charge.units.number()), "amount": money(charge.amount)}));
            json!({
                "line": place + 1, "type": names.get(place), "quantity": line.quantity, "part_of": line.parent.map(|parent| parent + 1), "basis": line.list.basis,
                "charges": charges.collect::<Vec<_>>(), "each": money(line.list.each), "subtotal": money(line.subtotal),
                "discounts": line.discounts.iter().map(|off| json!({"name": off.name, "kind": off.kind, "amount": money(off.amount)})).collect::<Vec<_>>(),
                "total": money(line.total), "tax_class": line.list.tax_class, "tax_percent": number(line.list.tax_percent.number()), "why": why::line(line, currency),
            })
        })
        .collect();
    json!({
        "lines": lines, "subtotal": money(priced.subtotal), "discounts": priced.discounts.iter().map(|off| json!({"name": off.name, "kind": off.kind, "amount": money(off.amount)})).collect::<Vec<_>>(),
        "unused": priced.unused, "sum": money(priced.sum), "net": money(priced.net),
        "taxes": priced.taxes.iter().map(|tax| json!({"class": tax.class, "percent": number(tax.percent.number()), "net": money(tax.net), "tax": money(tax.tax)})).collect::<Vec<_>>(),
        "total": money(priced.total), "currency": currency.code(), "prices": priced.prices, "why": why::total(priced, currency),
    })
}
