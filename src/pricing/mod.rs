//! What it costs.
//!
//! **Does** keeps the rates of a type, taxes, price tables and discounts, each valid from a moment
//! on, and answers what something costs, with every step. An answer is a value: nothing is saved,
//! whoever agrees to it freezes it on the line. **Owns** `rate`, `tax_rate`, `price_table`,
//! `price_table_use`, `discount_rule`. **Publishes** nothing. **Hears** nothing.

mod days;
mod discounts;
mod late;
mod model;
mod quote;
mod refusal;
mod settle;
mod table;
mod tables;
mod unit;
pub mod why;

#[cfg(test)]
mod tests;

pub use days::{
    DayCount, DayRules, Partial, count as count_days, hours as count_hours,
    periods as count_periods,
};
pub use discounts::{code_of, validity};
pub use late::{Late, charged_late, late, late_words};
pub use model::{
    Apart, Ask, AskLine, Basis, ByHand, Charge, ChargeUnit, DiscountRule, DiscountTotal,
    FROZEN_VERSION, LineOff, ListPrice, NewRule, Off, OffKind, Only, Percent, Priced, PricedLine,
    Prices, Rate, RateVersion, RuleKind, Step, TargetShare, TaxRate, TaxTotal, Units, Unused,
};
pub use quote::{Scope, table_of};
pub use refusal::PricingRefusal;
pub use settle::{Listed, again, settle};
pub use tables::PriceTable;
pub use unit::Terms;

use crate::kernel::text::folded;
use crate::kernel::{Failure, Fallible, Moment, Period, Settings, Text, TypeId};
use crate::store::{Read, Write};

type Outcome<T> = Result<T, Failure<PricingRefusal>>;

// What it costs ---------------------------------------------------------------------------------

/// What the lines of a question cost. Seven statements however many lines, and two for each kit
/// that is priced as a set.
pub fn price(db: Read<'_>, settings: &Settings, ask: &Ask) -> Outcome<Priced> {
    quote::price(db, settings, ask)
}

/// The lines of a question for types and quantities over a window: a kit is followed by its parts.
pub fn lines_of(db: Read<'_>, wants: &[(TypeId, i64)], window: Period) -> Outcome<Vec<AskLine>> {
    quote::lines_of(db, wants, window)
}

// Rates -----------------------------------------------------------------------------------------

/// Sets the rate of a type from now on, its tax class as it was; an earlier one stays for what was
/// agreed under it. For amounts that were checked already.
pub fn set_rate(db: &mut Write<'_>, of: TypeId, rate: Rate) -> Fallible<()> {
    let from = db.now();
    let tax_class = version_at(db.read(), of, from)?.and_then(|version| version.tax_class);
    table::insert_rate(db, of, rate, tax_class.as_ref(), from)
}

/// Sets the rate of a type from a moment on, which may lie ahead or back; the versions before and
/// after it stay.
pub fn set_rate_from(
    db: &mut Write<'_>,
    of: TypeId,
    rate: Rate,
    tax_class: Option<&Text>,
    from: Moment,
) -> Outcome<()> {
    if rate.is_empty() {
        return Err(PricingRefusal::RateEmpty.into());
    }
    if [
        rate.hourly,
        rate.daily,
        rate.weekly,
        rate.fixed,
        rate.minimum,
    ]
    .into_iter()
    .flatten()
    .any(|amount| amount.0 <= 0)
    {
        return Err(PricingRefusal::NotPositive.into());
    }
    if let Some(class) = tax_class {
        known_class(db.read(), class)?;
    }
    Ok(table::insert_rate(db, of, rate, tax_class, from)?)
}

/// Whether a tax of that class was ever set.
pub fn has_class(db: Read<'_>, class: &Text) -> Fallible<bool> {
    match known_class(db, class) {
        Ok(_) => Ok(true),
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refused(_)) => Ok(false),
    }
}

/// The rate valid at that moment.
pub fn rate_at(db: Read<'_>, of: TypeId, at: Moment) -> Fallible<Option<Rate>> {
    table::rate_at(db, of, at)
}

/// The rate valid at that moment, with its tax class and since when it holds.
pub fn version_at(db: Read<'_>, of: TypeId, at: Moment) -> Fallible<Option<RateVersion>> {
    Ok(table::rates(db, of)?
        .into_iter()
        .rfind(|version| version.from <= at))
}

/// Every version of a type's rate, the oldest first; of two from the same moment on, the later one
/// counts.
pub fn rates(db: Read<'_>, of: TypeId) -> Fallible<Vec<RateVersion>> {
    table::rates(db, of)
}

/// What is odd about a rate, though it may be meant.
pub fn rate_warning(rate: &Rate) -> Option<String> {
    quote::warning(rate)
}

/// Whether a price may depend on the customer's tier.
pub fn asks_for_tier(db: Read<'_>) -> Fallible<bool> {
    table::any_for_tiers(db)
}

/// Whether any amount was ever set.
pub fn has_rates(db: Read<'_>) -> Fallible<bool> {
    table::any_amount(db)
}

// Taxes -----------------------------------------------------------------------------------------

/// Sets the tax of a class from a moment on; the class is made by it.
pub fn set_tax(db: &mut Write<'_>, class: &Text, percent: Percent, from: Moment) -> Outcome<()> {
    if class.is_empty() || class.length() > 40 {
        return Err(PricingRefusal::TaxName.into());
    }
    Ok(table::insert_tax(db, class, percent, from)?)
}

/// Every tax rate, by class, the oldest first.
pub fn taxes(db: Read<'_>) -> Fallible<Vec<TaxRate>> {
    table::taxes(db)
}

fn known_class(db: Read<'_>, class: &Text) -> Outcome<()> {
    if table::taxes(db)?.iter().any(|tax| tax.class == *class) {
        Ok(())
    } else {
        Err(quote::lift(PricingRefusal::TaxUnknown(class.clone())))
    }
}

// Price tables ----------------------------------------------------------------------------------

/// Adds a table. One that prices were agreed by is never changed.
pub fn add_price_table(db: &mut Write<'_>, name: &Text, rule: &str) -> Outcome<PriceTable> {
    let made = PriceTable::parse(name, rule).map_err(PricingRefusal::TableRule)?;
    if name.is_empty() || name.length() > 40 {
        return Err(PricingRefusal::TableRule("its name has 1 to 40 characters".to_owned()).into());
    }
    if price_table(db.read(), name.as_str())?.is_some() {
        return Err(PricingRefusal::TableKnown(name.clone()).into());
    }
    table::insert_table(db, name, &made.rule())?;
    Ok(made)
}

pub fn price_tables(db: Read<'_>) -> Fallible<Vec<PriceTable>> {
    quote::tables(db)
}

pub fn price_table(db: Read<'_>, name: &str) -> Fallible<Option<PriceTable>> {
    Ok(quote::tables(db)?
        .into_iter()
        .find(|table| table.name.as_str() == name))
}

/// Chooses the table of a type or a category; with none, that of what stands above it counts again.
pub fn use_price_table(
    db: &mut Write<'_>,
    scope: Scope,
    of: i64,
    name: Option<&Text>,
) -> Outcome<()> {
    if let Some(name) = name
        && price_table(db.read(), name.as_str())?.is_none()
    {
        return Err(PricingRefusal::TableUnknown(name.clone()).into());
    }
    Ok(table::use_table(db, scope, of, name)?)
}

/// What has a table of its own: the scope, the key of the type or category, the table's name.
pub fn price_table_uses(db: Read<'_>) -> Fallible<Vec<(Scope, i64, Text)>> {
    table::uses(db)
}

// Discounts -------------------------------------------------------------------------------------

/// Adds a rule; its number.
pub fn add_discount(db: &mut Write<'_>, rule: &NewRule) -> Outcome<i64> {
    if rule.name.is_empty() || rule.name.length() > 100 {
        return Err(PricingRefusal::RuleName.into());
    }
    checked_off(rule.off)?;
    if matches!(rule.off, Off::Amount(amount) if amount.0 == 0) {
        return Err(PricingRefusal::NotPositive.into());
    }
    if rule
        .valid_from
        .zip(rule.valid_to)
        .is_some_and(|(from, to)| to <= from)
    {
        return Err(PricingRefusal::RuleDays.into());
    }
    if rule.kind == RuleKind::Season && (rule.valid_from.is_none() || rule.valid_to.is_none()) {
        return Err(PricingRefusal::SeasonDays.into());
    }
    let counts = [
        rule.minimum_total.map(|total| total.0),
        rule.minimum_days,
        rule.minimum_quantity,
    ];
    if counts.into_iter().flatten().any(|count| count <= 0) {
        return Err(PricingRefusal::Condition.into());
    }
    let rule = NewRule {
        code: rule.code.as_ref().map(|code| code_of(code.as_str())),
        tier: rule.tier.as_ref().map(|tier| code_of(tier.as_str())),
        ..rule.clone()
    };
    let standing: Vec<DiscountRule> = table::rules(db.read())?
        .into_iter()
        .filter(|known| known.withdrawn_at.is_none())
        .collect();
    let taken = standing
        .iter()
        .any(|known| known.rule.code.is_some() && known.rule.code == rule.code);
    match rule.code {
        Some(code) if taken => Err(PricingRefusal::CodeKnown(code).into()),
        _ if standing
            .iter()
            .any(|known| folded(known.rule.name.as_str()) == folded(rule.name.as_str())) =>
        {
            Err(PricingRefusal::RuleKnown(rule.name).into())
        }
        _ => Ok(table::insert_rule(db, &rule)?),
    }
}

/// From now on it takes nothing off; what was agreed under it stays.
pub fn withdraw_discount(db: &mut Write<'_>, id: i64) -> Outcome<()> {
    let known = table::rules(db.read())?
        .into_iter()
        .find(|known| known.id == id)
        .ok_or(PricingRefusal::RuleUnknown(id))?;
    if known.withdrawn_at.is_some() {
        return Err(PricingRefusal::RuleWithdrawn(known.rule.name).into());
    }
    Ok(table::withdraw_rule(db, id)?)
}

/// Every rule, withdrawn ones included, in the order they were added.
pub fn discounts(db: Read<'_>) -> Fallible<Vec<DiscountRule>> {
    table::rules(db)
}

/// What may come off: 0 to 100 %, or an amount that is not negative.
fn checked_off(off: Off) -> Result<(), PricingRefusal> {
    match off {
        Off::Percent(percent) if (0..=Percent::WHOLE).contains(&percent.0) => Ok(()),
        Off::Amount(amount) if amount.0 >= 0 => Ok(()),
        _ => Err(PricingRefusal::Discount),
    }
}
