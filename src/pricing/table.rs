//! The SQL of `rate`, `tax_rate`, `price_table`, `price_table_use`, `discount_rule`.

use super::model::{
    DiscountRule, NewRule, Off, Only, Percent, Rate, RateVersion, RuleKind, TaxRate,
};
use super::quote::Scope;
use crate::kernel::{CategoryId, Fallible, Moment, Text, TypeId};
use crate::store::{AsWord, Read, Write};

pub(super) fn insert_rate(
    db: &mut Write<'_>,
    of: TypeId,
    rate: Rate,
    tax_class: Option<&Text>,
    from: Moment,
) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute(
        "INSERT INTO rate(type_id, hourly, daily, weekly, fixed, minimum, tax_class, effective_from, created_at, staff_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT(type_id, effective_from, created_at) DO UPDATE SET hourly = excluded.hourly, daily = excluded.daily, weekly = excluded.weekly, fixed = excluded.fixed,
           minimum = excluded.minimum, tax_class = excluded.tax_class, staff_id = excluded.staff_id",
        (of, rate.hourly, rate.daily, rate.weekly, rate.fixed, rate.minimum, tax_class, from, now, staff),
    )?;
    Ok(())
}

pub(super) fn rate_at(db: Read<'_>, of: TypeId, at: Moment) -> Fallible<Option<Rate>> {
    db.maybe(
        "SELECT hourly, daily, weekly, fixed, minimum FROM rate WHERE type_id = ?1 AND effective_from <= ?2 ORDER BY effective_from DESC, created_at DESC LIMIT 1",
        (of, at),
        |row| Ok(Rate { hourly: row.get(0)?, daily: row.get(1)?, weekly: row.get(2)?, fixed: row.get(3)?, minimum: row.get(4)? }),
    )
}

/// Every version of a type's rate, the oldest first.
pub(super) fn rates(db: Read<'_>, of: TypeId) -> Fallible<Vec<RateVersion>> {
    db.rows("SELECT hourly, daily, weekly, fixed, minimum, tax_class, effective_from, created_at FROM rate WHERE type_id = ?1 ORDER BY effective_from, created_at", [of], |row| {
        Ok(RateVersion {
            type_id: of,
            rate: Rate { hourly: row.get(0)?, daily: row.get(1)?, weekly: row.get(2)?, fixed: row.get(3)?, minimum: row.get(4)? },
            tax_class: row.get(5)?,
            from: row.get(6)?,
            known_since: row.get(7)?,
        })
    })
}

/// Every version of the rates of many types, of each the oldest first.
pub(super) fn rates_of_many(db: Read<'_>, types: &[TypeId]) -> Fallible<Vec<RateVersion>> {
    db.rows(
        "SELECT hourly, daily, weekly, fixed, minimum, tax_class, effective_from, created_at, type_id FROM json_each(?1) AS t CROSS JOIN rate r WHERE r.type_id = t.value
          ORDER BY type_id, effective_from, created_at",
        [serde_json::to_string(types)?],
        |row| {
            Ok(RateVersion {
                type_id: row.get(8)?,
                rate: Rate { hourly: row.get(0)?, daily: row.get(1)?, weekly: row.get(2)?, fixed: row.get(3)?, minimum: row.get(4)? },
                tax_class: row.get(5)?,
                from: row.get(6)?,
                known_since: row.get(7)?,
            })
        },
    )
}

pub(super) fn any_amount(db: Read<'_>) -> Fallible<bool> {
    db.one("SELECT EXISTS (SELECT 1 FROM rate) OR EXISTS (SELECT 1 FROM discount_rule WHERE amount IS NOT NULL OR minimum_total IS NOT NULL)", [], |row| row.get(0))
}

/// Whether any discount that stands is for a tier.
pub(super) fn any_for_tiers(db: Read<'_>) -> Fallible<bool> {
    db.one("SELECT EXISTS (SELECT 1 FROM discount_rule WHERE tier IS NOT NULL AND withdrawn_at IS NULL)", [], |row| row.get(0))
}

pub(super) fn insert_tax(
    db: &mut Write<'_>,
    class: &Text,
    percent: Percent,
    from: Moment,
) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute(
        "INSERT INTO tax_rate(class, percent, effective_from, created_at, staff_id) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(class, effective_from, created_at) DO UPDATE SET percent = excluded.percent, staff_id = excluded.staff_id",
        (class, percent.0, from, now, staff),
    )?;
    Ok(())
}

pub(super) fn taxes(db: Read<'_>) -> Fallible<Vec<TaxRate>> {
    db.rows("SELECT class, percent, effective_from, created_at FROM tax_rate ORDER BY class, effective_from, created_at", [], |row| {
        Ok(TaxRate { class: row.get(0)?, percent: Percent(row.get(1)?), from: row.get(2)?, known_since: row.get(3)? })
    })
}

pub(super) fn insert_table(db: &mut Write<'_>, name: &Text, rule: &str) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute(
        "INSERT INTO price_table(name, rule, created_at, staff_id) VALUES (?1, ?2, ?3, ?4)",
        (name, rule, now, staff),
    )?;
    Ok(())
}

/// Name and rule of every table.
pub(super) fn tables(db: Read<'_>) -> Fallible<Vec<(Text, String)>> {
    db.rows(
        "SELECT name, rule FROM price_table ORDER BY name",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn use_table(
    db: &mut Write<'_>,
    scope: Scope,
    of: i64,
    name: Option<&Text>,
) -> Fallible<()> {
    match name {
        Some(name) => db.execute(
            "INSERT INTO price_table_use(scope, of_id, table_name) VALUES (?1, ?2, ?3) ON CONFLICT(scope, of_id) DO UPDATE SET table_name = excluded.table_name",
            (AsWord(scope), of, name),
        )?,
        None => db.execute("DELETE FROM price_table_use WHERE scope = ?1 AND of_id = ?2", (AsWord(scope), of))?,
    };
    Ok(())
}

pub(super) fn uses(db: Read<'_>) -> Fallible<Vec<(Scope, i64, Text)>> {
    db.rows(
        "SELECT scope, of_id, table_name FROM price_table_use ORDER BY scope, of_id",
        [],
        |row| Ok((row.get::<_, AsWord<Scope>>(0)?.0, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn insert_rule(db: &mut Write<'_>, rule: &NewRule) -> Fallible<i64> {
    let (now, staff) = (db.now(), db.staff());
    let (percent, amount) = match rule.off {
        Off::Percent(percent) => (Some(percent.0), None),
        Off::Amount(amount) => (None, Some(amount)),
    };
    let (type_id, category_id) = match rule.only {
        Some(Only::Type(id)) => (Some(id), None),
        Some(Only::Category(id)) => (None, Some(id)),
        None => (None, None),
    };
    let id = db.insert(
        "INSERT INTO discount_rule(name, kind, code, tier, percent, amount, stackable, priority, valid_from, valid_to, minimum_total, minimum_days, minimum_quantity, created_at, staff_id)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)",
        (
            &rule.name,
            AsWord(rule.kind),
            &rule.code,
            &rule.tier,
            percent,
            amount,
            rule.stackable,
            rule.priority,
            rule.valid_from,
            rule.valid_to,
            rule.minimum_total,
            rule.minimum_days,
            rule.minimum_quantity,
            now,
            staff,
        ),
    )?;
    db.execute(
        "UPDATE discount_rule SET type_id = ?2, category_id = ?3 WHERE id = ?1",
        (id, type_id, category_id),
    )?;
    Ok(id)
}

pub(super) fn withdraw_rule(db: &mut Write<'_>, id: i64) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "UPDATE discount_rule SET withdrawn_at = ?2 WHERE id = ?1",
        (id, now),
    )?;
    Ok(())
}

/// Every rule, withdrawn ones included, because what was agreed under them stays.
pub(super) fn rules(db: Read<'_>) -> Fallible<Vec<DiscountRule>> {
    db.rows(
        "SELECT id, name, kind, code, tier, percent, amount, stackable, priority, valid_from, valid_to, minimum_total, minimum_days, minimum_quantity, type_id, category_id, created_at, withdrawn_at
           FROM discount_rule ORDER BY id",
        [],
        |row| {
            let percent: Option<i64> = row.get(5)?;
            let only = match (row.get::<_, Option<TypeId>>(14)?, row.get::<_, Option<CategoryId>>(15)?) {
                (Some(id), _) => Some(Only::Type(id)),
                (None, Some(id)) => Some(Only::Category(id)),
                (None, None) => None,
            };
            Ok(DiscountRule {
                id: row.get(0)?,
                rule: NewRule {
                    name: row.get(1)?,
                    kind: row.get::<_, AsWord<RuleKind>>(2)?.0,
                    code: row.get(3)?,
                    tier: row.get(4)?,
                    off: match percent {
                        Some(percent) => Off::Percent(Percent(percent)),
                        None => Off::Amount(row.get(6)?),
                    },
                    stackable: row.get(7)?,
                    priority: row.get(8)?,
                    valid_from: row.get(9)?,
                    valid_to: row.get(10)?,
                    minimum_total: row.get(11)?,
                    minimum_days: row.get(12)?,
                    minimum_quantity: row.get(13)?,
                    only,
                },
                created_at: row.get(16)?,
                withdrawn_at: row.get(17)?,
            })
        },
    )
}
