//! `rentdesk discount`: coupons, seasons, loyalty tiers, volume.

use super::answer::{Table, counted, length};
use super::rate::first_moment;
use super::view::{View, filled, stamp};
use super::{Answer, act, usage};
use crate::catalog;
use crate::kernel::when::{Lean, When};
use crate::kernel::{Fallible, Moment, Stop, Text};
use crate::pricing::{self, DiscountRule, NewRule, Off, Only, Percent, RuleKind};
use crate::shop::Shop;
use chrono::Days;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Discount {
    /// Adds one: discount add "Winter" 10% --from 2025-12-01 --to 2026-02-28, discount add
    /// "Opening" 20.00 --code OPEN20.
    Add(Box<Add>),
    /// Lists them, withdrawn ones last.
    List,
    /// Takes one out of use; what was agreed under it stays.
    Withdraw {
        /// Its number in the list.
        #[arg(value_name = "NO.")]
        number: i64,
    },
}

#[derive(Args, Debug)]
pub struct Add {
    name: String,
    /// 10% or 20.00.
    #[arg(value_name = "OFF", allow_hyphen_values = true)]
    off: String,
    /// A coupon: it takes off where somebody names this code.
    #[arg(long, conflicts_with = "tier")]
    code: Option<String>,
    /// Customers of this loyalty tier.
    #[arg(long)]
    tier: Option<String>,
    /// The first day. Of a coupon, tier or volume the day of the agreement counts, of a season the
    /// day the rental starts.
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<String>,
    /// The last day.
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    to: Option<String>,
    /// Adds to other stackable ones; without it, it stands alone and the best one counts.
    #[arg(long)]
    stackable: bool,
    /// The lower number wins where two take off the same.
    #[arg(
        long,
        value_name = "N",
        default_value_t = 100,
        allow_hyphen_values = true
    )]
    priority: i64,
    /// What it is for costs at least this much.
    #[arg(long, value_name = "N")]
    minimum_total: Option<String>,
    /// Lines of at least so many days.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    minimum_days: Option<i64>,
    /// At least so many pieces.
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    minimum_quantity: Option<i64>,
    /// Only this type.
    #[arg(long = "type", value_name = "TYPE", conflicts_with = "category")]
    of: Option<String>,
    /// Only this category and what is below it.
    #[arg(long)]
    category: Option<String>,
}

impl Discount {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Discount::Add(add) => act(shop, |db, settings| {
                let rule = add.rule(&View::within(db, settings))?;
                let number = pricing::add_discount(db, &rule)?;
                crate::desk::remember_final(db, crate::desk::Final::Discount)?;
                let view = View::within(db, settings);
                let made = known(&view, number)?;
                Ok(Answer::new(
                    as_json(&view, &made)?,
                    format!(
                        "Discount {number}: {} takes off {}, {}.",
                        rule.name,
                        rule.off.words(settings.currency),
                        conditions(&view, &rule)?
                    ),
                ))
            }),
            Discount::List => list(&View::of(shop)),
            Discount::Withdraw { number } => act(shop, |db, settings| {
                pricing::withdraw_discount(db, number)?;
                crate::desk::remember_final(db, crate::desk::Final::Discount)?;
                let view = View::within(db, settings);
                let gone = known(&view, number)?;
                Ok(Answer::new(
                    as_json(&view, &gone)?,
                    format!("{} takes nothing off any more.", gone.rule.name),
                ))
            }),
        }
    }
}

fn known(view: &View<'_>, number: i64) -> Result<DiscountRule, Stop> {
    let found = pricing::discounts(view.db)?
        .into_iter()
        .find(|known| known.id == number);
    Ok(found.ok_or(pricing::PricingRefusal::RuleUnknown(number))?)
}

/// `10%` or `20.00`
pub fn read_off(view: &View<'_>, typed: &str) -> Result<Off, Stop> {
    let read = match typed.trim().strip_suffix('%') {
        Some(percent) => Percent::read(percent).map(Off::Percent),
        None => view
            .settings
            .currency
            .read(typed)
            .filter(|amount| amount.0 >= 0)
            .map(Off::Amount),
    };
    read.ok_or_else(|| {
        usage(
            format!(
                "\"{}\" is neither 0 to 100 % nor an amount",
                Text::new(typed)
            ),
            "for example 10% or 20.00",
        )
    })
}

impl Add {
    fn rule(&self, view: &View<'_>) -> Result<NewRule, Stop> {
        let code = filled(self.code.as_ref());
        let tier = filled(self.tier.as_ref());
        let has_condition = self.minimum_total.is_some()
            || self.minimum_days.is_some()
            || self.minimum_quantity.is_some();
        let kind = match (&code, &tier) {
            (Some(_), _) => RuleKind::Coupon,
            (None, Some(_)) => RuleKind::Loyalty,
            (None, None) if has_condition => RuleKind::Volume,
            (None, None) => RuleKind::Season,
        };
        let only = match (&self.of, &self.category) {
            (Some(of), _) => Some(Only::Type(view.resolve_type(of)?.id)),
            (None, Some(category)) => Some(Only::Category(
                catalog::resolve_category(view.db, category)?.id,
            )),
            (None, None) => None,
        };
        Ok(NewRule {
            name: Text::new(&self.name),
            kind,
            code,
            tier,
            off: read_off(view, &self.off)?,
            stackable: self.stackable,
            priority: self.priority,
            valid_from: self
                .from
                .as_deref()
                .map(|typed| first_moment(view, typed))
                .transpose()?,
            valid_to: self
                .to
                .as_deref()
                .map(|typed| end_of(view, typed))
                .transpose()?,
            minimum_total: self
                .minimum_total
                .as_deref()
                .map(|typed| view.read_money(typed))
                .transpose()?
                .flatten(),
            minimum_days: self.minimum_days,
            minimum_quantity: self.minimum_quantity,
            only,
        })
    }
}

/// The end of a day that is named, or the moment itself.
fn end_of(view: &View<'_>, typed: &str) -> Result<Moment, Stop> {
    Ok(match view.when(typed, Lean::Ahead)? {
        When::Day(day) => view.settings.zone.day_start(day + Days::new(1)),
        When::Time(moment) => moment,
    })
}

/// `with code OPEN20, until Wed 31 Dec 2025, from 7 days on`
fn conditions(view: &View<'_>, rule: &NewRule) -> Fallible<String> {
    let mut words = Vec::new();
    words.extend(rule.code.as_ref().map(|code| format!("code {code}")));
    words.extend(rule.tier.as_ref().map(|tier| format!("tier {tier}")));
    words.push(pricing::validity(rule, &view.settings.zone));
    words.extend(
        rule.minimum_days
            .map(|days| format!("{} or more", counted(days, "day", "days"))),
    );
    words.extend(
        rule.minimum_quantity
            .map(|quantity| format!("{} or more", counted(quantity, "piece", "pieces"))),
    );
    words.extend(
        rule.minimum_total
            .map(|total| format!("{} or more", view.money_text(Some(total)))),
    );
    words.extend(only_words(view, rule)?.map(|only| format!("only {only}")));
    words.push(
        if rule.stackable {
            "together with other stackable ones"
        } else {
            "alone"
        }
        .to_owned(),
    );
    Ok(words.join(", "))
}

fn only_words(view: &View<'_>, rule: &NewRule) -> Fallible<Option<String>> {
    Ok(match rule.only {
        Some(Only::Type(id)) => Some(view.type_name(id)?.to_string()),
        Some(Only::Category(id)) => catalog::category_paths(view.db)?
            .remove(&id)
            .map(|path| path.to_string()),
        None => None,
    })
}

fn as_json(view: &View<'_>, known: &DiscountRule) -> Fallible<Value> {
    let rule = &known.rule;
    let (percent, amount) = match rule.off {
        Off::Percent(percent) => (
            json!(percent.number().parse::<f64>().unwrap_or_default()),
            Value::Null,
        ),
        Off::Amount(amount) => (Value::Null, view.money(Some(amount))),
    };
    Ok(json!({
        "discount": known.id, "name": rule.name, "kind": rule.kind.word(), "code": rule.code, "tier": rule.tier, "percent": percent, "amount": amount, "stackable": rule.stackable,
        "priority": rule.priority, "from": stamp(rule.valid_from), "to": stamp(rule.valid_to), "minimum_total": view.money(rule.minimum_total), "minimum_days": rule.minimum_days,
        "minimum_quantity": rule.minimum_quantity, "only": only_words(view, rule)?, "withdrawn": known.withdrawn_at.is_some(), "currency": view.settings.currency.code(),
    }))
}

fn list(view: &View<'_>) -> Result<Answer, Stop> {
    let mut rules = pricing::discounts(view.db)?;
    rules.sort_by_key(|known| (known.withdrawn_at.is_some(), known.id));
    let mut table = Table::new(&[">NO.", "NAME", ">OFF", "KIND", "", "WHEN"]);
    for known in &rules {
        let gone = if known.withdrawn_at.is_some() {
            "withdrawn"
        } else {
            ""
        };
        table.row([
            known.id.to_string(),
            known.rule.name.to_string(),
            known.rule.off.words(view.settings.currency),
            known.rule.kind.word().to_lowercase(),
            gone.to_owned(),
            conditions(view, &known.rule)?,
        ]);
    }
    let json = rules
        .iter()
        .map(|known| as_json(view, known))
        .collect::<Fallible<Vec<_>>>()?;
    Ok(Answer::new(
        Value::Array(json),
        table.text_or(
            "No discounts; rentdesk discount add.",
            &counted(length(&rules), "discount", "discounts"),
        ),
    ))
}
