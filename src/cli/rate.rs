//! `rentdesk rate`, `rentdesk price-table` and `rentdesk tax`: what prices are made of.

use super::answer::{Table, counted, length};
use super::view::{View, stamp};
use super::{Answer, act, usage};
use crate::catalog;
use crate::desk::{Final, remember_final};
use crate::kernel::when::{Lean, When};
use crate::kernel::{Fallible, Moment, Money, Stop, Text, TypeId};
use crate::pricing::{self, Percent, PriceTable, PricingRefusal, Rate, RateVersion, Scope};
use crate::shop::Shop;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Rates {
    /// Sets what one piece costs; what is not named stays as it was: rate set "Sony FX6 body"
    /// --daily 180 --minimum 50.
    Set {
        #[arg(value_name = "TYPE")]
        of: String,
        /// By the begun hour; empty takes it away.
        #[arg(long, value_name = "N", allow_hyphen_values = true)]
        hourly: Option<String>,
        #[arg(long, value_name = "N", allow_hyphen_values = true)]
        daily: Option<String>,
        #[arg(long, value_name = "N", allow_hyphen_values = true)]
        weekly: Option<String>,
        /// For the type's fixed rental period.
        #[arg(long, value_name = "N", allow_hyphen_values = true)]
        fixed: Option<String>,
        /// What one piece costs at least.
        #[arg(long, value_name = "N", allow_hyphen_values = true)]
        minimum: Option<String>,
        /// The tax class; empty: the shop's usual one.
        #[arg(long, value_name = "CLASS")]
        tax: Option<String>,
        /// From when on; without it from now on. Earlier rates stay for what starts before.
        #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
        from: Option<String>,
    },
    /// Shows every rate a type has had and will have.
    Show {
        #[arg(value_name = "TYPE")]
        of: String,
    },
    /// Lists the rates that hold now.
    List,
}

#[derive(Subcommand, Debug)]
pub enum Tables {
    /// Adds a table: price-table add "4-day week" "1=1, 2=2, 3=3, 4-7=4, repeat".
    Add {
        name: String,
        /// Charged days for days; then "repeat", or "then 0.5" for each further day. "weekend"
        /// first: a weekend is one day.
        rule: String,
    },
    /// Lists the tables and what they are used for.
    List,
    /// Shows what a table charges for 1 to 31 days.
    Show { name: String },
    /// Chooses the table for a type, a category, or the whole shop: price-table use "4-day week"
    /// --category Camera.
    Use {
        /// Empty: none of its own any more.
        name: String,
        #[arg(long = "type", value_name = "TYPE", conflicts_with = "category")]
        of: Option<String>,
        #[arg(long)]
        category: Option<String>,
    },
}

#[derive(Subcommand, Debug)]
pub enum Tax {
    /// Sets the tax of a class: tax set standard 19, tax set reduced 7 --from 2026-01-01.
    Set {
        class: String,
        #[arg(value_name = "PERCENT", allow_hyphen_values = true)]
        percent: String,
        /// From when on; without it from the beginning of today on.
        #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
        from: Option<String>,
    },
    /// Lists every class with its rates.
    List,
}

impl Rates {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Rates::Set {
                of,
                hourly,
                daily,
                weekly,
                fixed,
                minimum,
                tax,
                from,
            } => act(shop, |db, settings| {
                let view = View::within(db, settings);
                let found = view.resolve_type(&of)?.id;
                let from = from
                    .as_deref()
                    .map(|typed| first_moment(&view, typed))
                    .transpose()?
                    .unwrap_or(view.now);
                let before = pricing::version_at(db.read(), found, from)?;
                let (rate, class) = before.map_or((Rate::default(), None), |version| {
                    (version.rate, version.tax_class)
                });
                let rate = Rate {
                    hourly: amount(&view, hourly.as_ref(), rate.hourly)?,
                    daily: amount(&view, daily.as_ref(), rate.daily)?,
                    weekly: amount(&view, weekly.as_ref(), rate.weekly)?,
                    fixed: amount(&view, fixed.as_ref(), rate.fixed)?,
                    minimum: amount(&view, minimum.as_ref(), rate.minimum)?,
                };
                let class = super::view::revised(tax.as_ref(), class);
                pricing::set_rate_from(db, found, rate, class.as_ref(), from)?;
                remember_final(db, Final::Rate(found))?;
                let view = View::within(db, settings);
                let version = pricing::version_at(view.db, found, from)?
                    .ok_or_else(|| anyhow::anyhow!("the rate that was just set is not there"))?;
                let warning = pricing::rate_warning(&rate);
                let mut json = version_json(&view, &version)?;
                if let Some(fields) = json.as_object_mut() {
                    fields.insert("warning".to_owned(), json!(warning));
                }
                let warned = warning
                    .map(|warning| format!("\n!! {warning}"))
                    .unwrap_or_default();
                Ok(Answer::new(
                    json,
                    format!(
                        "{} costs {} from {} on.{warned}",
                        view.type_name(found)?,
                        rate_words(&view, &rate),
                        view.show(from)
                    ),
                ))
            }),
            Rates::Show { of } => {
                let view = View::of(shop);
                let found = view.resolve_type(&of)?.id;
                let versions = pricing::rates(view.db, found)?;
                let mut table = Table::new(&[
                    "FROM",
                    ">HOUR",
                    ">DAY",
                    ">WEEK",
                    ">PERIOD",
                    ">AT LEAST",
                    "TAX",
                    "SET",
                ]);
                for version in &versions {
                    let mut cells = vec![view.show(version.from)];
                    cells.extend(amounts(&version.rate).map(|amount| view.money_text(amount)));
                    cells.extend([class_of(&view, version), view.show(version.known_since)]);
                    table.row(cells);
                }
                let json = versions
                    .iter()
                    .map(|version| version_json(&view, version))
                    .collect::<Fallible<Vec<_>>>()?;
                let name = view.type_name(found)?;
                Ok(Answer::new(
                    Value::Array(json),
                    table.text_or(
                        &format!("{name} has no rate yet; rentdesk rate set."),
                        &counted(length(&versions), "rate", "rates"),
                    ),
                ))
            }
            Rates::List => {
                let view = View::of(shop);
                let mut table = Table::new(&[
                    "TYPE",
                    ">HOUR",
                    ">DAY",
                    ">WEEK",
                    ">PERIOD",
                    ">AT LEAST",
                    "TAX",
                ]);
                let mut rows = Vec::new();
                for found in catalog::list(view.db, None, i64::MAX, 0)? {
                    let Some(version) = pricing::version_at(view.db, found.id, view.now)? else {
                        continue;
                    };
                    let mut cells = vec![found.details.name.to_string()];
                    cells.extend(amounts(&version.rate).map(|amount| view.money_text(amount)));
                    cells.push(class_of(&view, &version));
                    table.row(cells);
                    rows.push(version_json(&view, &version)?);
                }
                let text = table.text_or(
                    "No type has a rate yet; rentdesk rate set TYPE --daily N.",
                    &counted(length(&rows), "type", "types"),
                );
                Ok(Answer::new(Value::Array(rows), text))
            }
        }
    }
}

fn amounts(rate: &Rate) -> [Option<Money>; 5] {
    [
        rate.hourly,
        rate.daily,
        rate.weekly,
        rate.fixed,
        rate.minimum,
    ]
}

/// An amount as typed: none typed leaves it, an empty one takes it away.
fn amount(
    view: &View<'_>,
    typed: Option<&String>,
    before: Option<Money>,
) -> Result<Option<Money>, Stop> {
    let Some(typed) = typed else {
        return Ok(before);
    };
    if view
        .settings
        .currency
        .read(typed)
        .is_some_and(|amount| amount.0 <= 0)
    {
        return Err(PricingRefusal::NotPositive.into());
    }
    view.read_money(typed)
}

/// `180.00 a day, 720.00 a week, at least 50.00`
fn rate_words(view: &View<'_>, rate: &Rate) -> String {
    let units = [
        ("an hour", rate.hourly),
        ("a day", rate.daily),
        ("a week", rate.weekly),
        ("a period", rate.fixed),
    ];
    let mut words: Vec<String> = units
        .iter()
        .filter_map(|(unit, amount)| {
            amount.map(|amount| format!("{} {unit}", view.money_text(Some(amount))))
        })
        .collect();
    words.extend(
        rate.minimum
            .map(|minimum| format!("at least {}", view.money_text(Some(minimum)))),
    );
    words.join(", ")
}

fn class_of(view: &View<'_>, version: &RateVersion) -> String {
    version.tax_class.as_ref().map_or_else(
        || view.settings.value("tax_class").to_owned(),
        Text::to_string,
    )
}

fn version_json(view: &View<'_>, version: &RateVersion) -> Fallible<Value> {
    let [hourly, daily, weekly, fixed, minimum] =
        amounts(&version.rate).map(|amount| view.money(amount));
    Ok(json!({
        "type": view.type_name(version.type_id)?, "from": stamp(Some(version.from)), "hourly": hourly, "daily": daily, "weekly": weekly, "fixed": fixed, "minimum": minimum,
        "tax_class": class_of(view, version), "currency": view.settings.currency.code(), "set": stamp(Some(version.known_since)),
    }))
}

/// The moment from which something holds: a day from its beginning.
pub fn first_moment(view: &View<'_>, typed: &str) -> Result<Moment, Stop> {
    Ok(match view.when(typed, Lean::Ahead)? {
        When::Day(day) => view.settings.zone.day_start(day),
        When::Time(moment) => moment,
    })
}

impl Tables {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Tables::Add { name, rule } => act(shop, |db, _| {
                let made = pricing::add_price_table(db, &Text::new(&name), &rule)?;
                remember_final(db, Final::PriceTable)?;
                Ok(Answer::new(
                    json!({"table": made.name, "rule": made.rule()}),
                    format!("\"{}\" is a price table now: {}.", made.name, made.rule()),
                ))
            }),
            Tables::List => {
                let view = View::of(shop);
                let tables = pricing::price_tables(view.db)?;
                let uses = pricing::price_table_uses(view.db)?;
                let paths = catalog::category_paths(view.db)?;
                let mut shown = Table::new(&["TABLE", "CHARGED DAYS", "USED FOR"]);
                let mut rows = Vec::new();
                for table in &tables {
                    let mut used = Vec::new();
                    if view.settings.value("price_table") == table.name.as_str() {
                        used.push("the shop".to_owned());
                    }
                    for (scope, of, _) in uses.iter().filter(|(.., name)| *name == table.name) {
                        used.push(match scope {
                            Scope::Type => view.type_name(TypeId(*of))?.to_string(),
                            Scope::Category => paths
                                .get(&crate::kernel::CategoryId(*of))
                                .map_or_else(String::new, Text::to_string),
                        });
                    }
                    shown.row([table.name.to_string(), table.rule(), used.join(", ")]);
                    rows.push(json!({"table": table.name, "rule": table.rule(), "used_for": used}));
                }
                Ok(Answer::new(
                    Value::Array(rows),
                    shown.text_or(
                        "No price tables.",
                        &counted(length(&tables), "table", "tables"),
                    ),
                ))
            }
            Tables::Show { name } => {
                let table = known_table(shop, &name)?;
                let days: Vec<(i64, String)> = (1..=31)
                    .map(|days| (days, table.charged(days).number()))
                    .collect();
                let mut shown = Table::new(&[">DAYS", ">CHARGED"]);
                for (days, charged) in &days {
                    shown.row([days.to_string(), charged.clone()]);
                }
                let json = json!({
                    "table": table.name, "rule": table.rule(),
                    "charged": days.iter().map(|(days, charged)| json!({"days": days, "charged": charged.parse::<f64>().unwrap_or_default()})).collect::<Vec<_>>(),
                });
                Ok(Answer::new(
                    json,
                    format!("{}: {}\n{}", table.name, table.rule(), shown.text()),
                ))
            }
            Tables::Use { name, of, category } => {
                use_table(shop, &name, of.as_deref(), category.as_deref())
            }
        }
    }
}

fn known_table(shop: &Shop, name: &str) -> Result<PriceTable, Stop> {
    Ok(pricing::price_table(shop.read(), Text::new(name).as_str())?
        .ok_or_else(|| PricingRefusal::TableUnknown(Text::new(name)))?)
}

fn use_table(
    shop: &mut Shop,
    name: &str,
    of: Option<&str>,
    category: Option<&str>,
) -> Result<Answer, Stop> {
    let name = Text::filled(name);
    let told = |whose: &str| match &name {
        Some(name) => format!("{whose} is priced by \"{name}\" now."),
        None => format!("{whose} has no price table of its own now."),
    };
    match (of, category) {
        (None, None) => {
            shop.change_setting("price_table", name.as_ref().map_or("", Text::as_str))?;
            Ok(Answer::new(
                json!({"table": name, "type": null, "category": null}),
                told("The shop"),
            ))
        }
        (Some(of), _) => act(shop, |db, settings| {
            let found = View::within(db, settings).resolve_type(of)?;
            pricing::use_price_table(db, Scope::Type, found.id.0, name.as_ref())?;
            remember_final(db, Final::PriceTable)?;
            Ok(Answer::new(
                json!({"table": name, "type": found.details.name, "category": null}),
                told(found.details.name.as_str()),
            ))
        }),
        (None, Some(category)) => act(shop, |db, _| {
            let found = catalog::resolve_category(db.read(), category)?;
            pricing::use_price_table(db, Scope::Category, found.id.0, name.as_ref())?;
            remember_final(db, Final::PriceTable)?;
            Ok(Answer::new(
                json!({"table": name, "type": null, "category": found.name}),
                told(found.name.as_str()),
            ))
        }),
    }
}

impl Tax {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Tax::Set {
                class,
                percent,
                from,
            } => act(shop, |db, settings| {
                let view = View::within(db, settings);
                let read = Percent::read(&percent).ok_or_else(|| {
                    usage(
                        format!("\"{}\" is not a tax of 0 to 100 %", Text::new(&percent)),
                        "for example 19 or 7.5",
                    )
                })?;
                let today = settings.zone.day_start(settings.zone.day(view.now));
                let from = from
                    .as_deref()
                    .map(|typed| first_moment(&view, typed))
                    .transpose()?
                    .unwrap_or(today);
                let class = Text::new(&class);
                pricing::set_tax(db, &class, read, from)?;
                remember_final(db, Final::Tax)?;
                let json = json!({"class": class, "percent": read.number().parse::<f64>().unwrap_or_default(), "from": stamp(Some(from))});
                Ok(Answer::new(
                    json,
                    format!(
                        "Tax {class} is {} % from {} on.",
                        read.number(),
                        View::within(db, settings).show(from)
                    ),
                ))
            }),
            Tax::List => {
                let view = View::of(shop);
                let taxes = pricing::taxes(view.db)?;
                let mut table = Table::new(&["CLASS", ">PERCENT", "FROM"]);
                for tax in &taxes {
                    table.row([
                        tax.class.to_string(),
                        tax.percent.number(),
                        view.show(tax.from),
                    ]);
                }
                let json: Value = taxes
                    .iter()
                    .map(|tax| json!({"class": tax.class, "percent": tax.percent.number().parse::<f64>().unwrap_or_default(), "from": stamp(Some(tax.from))}))
                    .collect();
                Ok(Answer::new(
                    json,
                    table.text_or(
                        "No tax is set; rentdesk tax set standard 19.",
                        &counted(length(&taxes), "rate", "rates"),
                    ),
                ))
            }
        }
    }
}
