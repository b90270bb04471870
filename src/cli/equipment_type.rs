//! `rentdesk type`: what can be rented, with its specs and its rates.

use super::answer::{Table, counted, facts, grouped, length};
use super::view::{View, filled, plain, revised, stamp};
use super::{Answer, act, kit, read_word, usage, watched, with_consequence};
use crate::catalog::{self, Accessory, EquipmentType, NewType, Role, Tracking};
use crate::desk::{self, Final};
use crate::inventory::{self, InventoryRefusal};
use crate::kernel::when::length_minutes;
use crate::kernel::{AssetTag, Fallible, Stop, Text, TypeId};
use crate::pricing::{self, Rate, RateVersion};
use crate::shop::Shop;
use crate::store::Write;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

#[derive(Subcommand, Debug)]
pub enum Type {
    /// Adds a type: type add "Sony FX6 body" --category Camera --daily 180 --spec Mount=E.
    Add {
        name: String,
        /// The category it hangs in, by name or path.
        #[arg(long)]
        category: String,
        /// Its things are counted, not tagged: cables, sandbags.
        #[arg(long, requires = "quantity")]
        bulk: bool,
        /// The label on the shelf of a counted type; without it the next free one.
        #[arg(long, requires = "bulk")]
        tag: Option<String>,
        /// The shelf of a counted type.
        #[arg(long, requires = "bulk")]
        location: Option<String>,
        #[command(flatten)]
        fields: Fields,
    },
    /// Changes a type; what is not named stays, and an empty word clears: type edit "Sony FX6 body"
    /// --value "".
    Edit {
        #[arg(value_name = "TYPE")]
        equipment_type: String,
        #[arg(long)]
        name: Option<String>,
        #[arg(long)]
        category: Option<String>,
        /// What goes along with it no longer.
        #[arg(long = "no-accessory", value_name = "TYPE")]
        no_accessories: Vec<String>,
        /// What is taken in its place no longer.
        #[arg(long = "no-substitute", value_name = "TYPE")]
        no_substitutes: Vec<String>,
        #[command(flatten)]
        fields: Fields,
    },
    /// Lists the types, all or those that have words beginning so: type list fx6.
    List {
        words: Vec<String>,
        /// Only this category and those in it.
        #[arg(long)]
        category: Option<String>,
    },
    /// Shows one type with its rates, counts and items.
    Show {
        #[arg(value_name = "TYPE")]
        equipment_type: String,
    },
    /// Takes a type out of the catalogue; what is out still comes back.
    Withdraw {
        #[arg(value_name = "TYPE")]
        equipment_type: String,
        #[arg(long)]
        reason: String,
    },
    /// Takes a withdrawal back: it may be promised and handed out again.
    Reinstate {
        #[arg(value_name = "TYPE")]
        equipment_type: String,
    },
}

/// What may be said of a type, new or known.
#[derive(Args, Debug, Default)]
pub struct Fields {
    #[arg(long)]
    description: Option<String>,
    /// A property, as often as needed: --spec Mount=E --spec Weight="890 g".
    #[arg(long = "spec", value_name = "NAME=VALUE", value_parser = read_spec)]
    specs: Vec<(String, String)>,
    /// A part that belongs to it, as often as needed; the list replaces the one there was.
    #[arg(long = "content", value_name = "PART")]
    contents: Vec<String>,
    /// How many of a counted type there are.
    #[arg(long)]
    quantity: Option<i64>,
    /// A rental lasts so many hours unless a due time is given: 48 for a movie.
    #[arg(long, value_name = "HOURS")]
    fixed_hours: Option<i64>,
    /// What it needs on the bench between two rentals: 60 (minutes), 2h, 1d.
    #[arg(long, value_parser = read_turnaround, value_name = "LENGTH")]
    turnaround: Option<i64>,
    /// What replacing one costs.
    #[arg(long, value_name = "AMOUNT")]
    value: Option<String>,
    /// Its number in another program.
    #[arg(long)]
    reference: Option<String>,
    /// primary, or accessory: it only goes along with others, and is not reserved alone.
    #[arg(long, value_parser = |typed: &str| read_word(Role::ALL, typed))]
    role: Option<Role>,
    /// What goes along with it unless somebody says no: "Battery*3" for each one, "Charger*1/4" for
    /// each begun four.
    #[arg(long = "accessory", value_name = "TYPE*QTY[/PER]")]
    accessories: Vec<String>,
    /// What goes along with it when somebody asks for it.
    #[arg(long = "accessory-on-request", value_name = "TYPE*QTY[/PER]")]
    accessories_on_request: Vec<String>,
    /// A type that may be taken in its place.
    #[arg(long = "substitute", value_name = "TYPE")]
    substitutes: Vec<String>,
    /// What one piece costs by the hour.
    #[arg(long, value_name = "AMOUNT")]
    hourly: Option<String>,
    /// What one piece costs by the day.
    #[arg(long, value_name = "AMOUNT")]
    daily: Option<String>,
    /// What one piece costs by the week.
    #[arg(long, value_name = "AMOUNT")]
    weekly: Option<String>,
    /// What one piece costs for the fixed rental period.
    #[arg(long, value_name = "AMOUNT")]
    fixed: Option<String>,
}

fn read_spec(typed: &str) -> Result<(String, String), String> {
    typed
        .split_once('=')
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| "it is NAME=VALUE".to_owned())
}

fn read_turnaround(typed: &str) -> Result<i64, String> {
    typed
        .trim()
        .parse()
        .ok()
        .or_else(|| length_minutes(typed))
        .ok_or_else(|| "it is a number of minutes, or a length like 2h".to_owned())
}

/// `Battery*3/2`: what was typed for a type, how many, for how many; one where nothing else is
/// said.
fn split_ratio(typed: &str) -> (&str, i64, i64) {
    let with_per = typed
        .rsplit_once('*')
        .filter(|(name, _)| !name.trim().is_empty())
        .and_then(|(name, ratio)| {
            let (quantity, per) = ratio.split_once('/')?;
            Some((
                name.trim(),
                quantity.trim().parse().ok()?,
                per.trim().parse().ok()?,
            ))
        });
    with_per.unwrap_or_else(|| {
        let (name, quantity) = kit::split_quantity(typed);
        (name, quantity, 1)
    })
}

impl Fields {
    /// What a type is made of once these were said of it.
    fn applied(&self, view: &View<'_>, before: NewType) -> Result<NewType, Stop> {
        let mut specs = before.specs;
        for (name, value) in &self.specs {
            let name = Text::new(name);
            let value = Text::filled(value);
            match (specs.iter_mut().find(|(known, _)| *known == name), value) {
                (Some(known), Some(value)) => known.1 = value,
                (None, Some(value)) => specs.push((name, value)),
                (_, None) => specs.retain(|(known, _)| *known != name),
            }
        }
        let contents = self
            .contents
            .iter()
            .filter_map(|part| Text::filled(part))
            .collect();
        Ok(NewType {
            description: revised(self.description.as_ref(), before.description),
            specs,
            contents: if self.contents.is_empty() {
                before.contents
            } else {
                contents
            },
            fixed_hours: self.fixed_hours.or(before.fixed_hours),
            turnaround_minutes: self.turnaround.unwrap_or(before.turnaround_minutes),
            replacement_value: match &self.value {
                Some(typed) => view.read_money(typed)?,
                None => before.replacement_value,
            },
            reference: revised(self.reference.as_ref(), before.reference),
            category: before.category,
            name: before.name,
            tracking: before.tracking,
            role: self.role.unwrap_or(before.role),
        })
    }

    fn set_along(
        &self,
        db: &mut Write<'_>,
        settings: &crate::kernel::Settings,
        of: TypeId,
    ) -> Result<(), Stop> {
        for (typed, by_default) in self.accessories.iter().map(|typed| (typed, true)).chain(
            self.accessories_on_request
                .iter()
                .map(|typed| (typed, false)),
        ) {
            let (name, quantity, per) = split_ratio(typed);
            let accessory = View::within(db, settings).resolve_type(name)?.id;
            catalog::set_accessory(db, of, accessory, quantity, per, by_default)?;
        }
        for typed in &self.substitutes {
            let substitute = View::within(db, settings).resolve_type(typed)?.id;
            catalog::set_substitute(db, of, substitute)?;
        }
        Ok(())
    }

    fn set_rates(
        &self,
        db: &mut Write<'_>,
        settings: &crate::kernel::Settings,
        of: TypeId,
    ) -> Result<bool, Stop> {
        let typed = [&self.hourly, &self.daily, &self.weekly, &self.fixed];
        if typed.iter().all(|typed| typed.is_none()) {
            return Ok(false);
        }
        let view = View::within(db, settings);
        let before = pricing::rate_at(db.read(), of, db.now())?.unwrap_or_default();
        let read = |typed: &Option<String>, before| match typed {
            Some(typed) => view
                .read_money(typed)
                .map(|amount| amount.filter(|amount| amount.0 > 0)),
            None => Ok(before),
        };
        let rate = Rate {
            hourly: read(&self.hourly, before.hourly)?,
            daily: read(&self.daily, before.daily)?,
            weekly: read(&self.weekly, before.weekly)?,
            fixed: read(&self.fixed, before.fixed)?,
            minimum: before.minimum,
        };
        if rate == before {
            return Ok(false);
        }
        if rate == Rate::default() {
            return Err(usage(
                "A type that had a rate keeps at least one",
                "give another with --hourly, --daily, --weekly or --fixed",
            ));
        }
        pricing::set_rate(db, of, rate)?;
        Ok(true)
    }
}

impl Type {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Type::Add {
                name,
                category,
                bulk,
                tag,
                location,
                fields,
            } => act(shop, |db, settings| {
                if fields.quantity.is_some() && !bulk {
                    return Err(usage(
                        "A quantity belongs to a type that is counted",
                        "add --bulk, or add each item: rentdesk item add",
                    ));
                }
                let category = catalog::resolve_category(db.read(), &category)?.id;
                let tracking = if bulk {
                    Tracking::Bulk
                } else {
                    Tracking::Items
                };
                let new = fields.applied(
                    &View::within(db, settings),
                    NewType::named(category, Text::new(&name), tracking),
                )?;
                let id = catalog::add_type(db, &new)?;
                if let Some(quantity) = fields.quantity {
                    let tag = tag.as_deref().map(read_tag).transpose()?;
                    inventory::add_bulk(
                        db,
                        id,
                        quantity,
                        tag.as_ref(),
                        filled(location.as_ref()).as_ref(),
                    )?;
                }
                fields.set_rates(db, settings, id)?;
                fields.set_along(db, settings, id)?;
                shown(&View::within(db, settings), id)
            }),
            Type::Edit {
                equipment_type,
                name,
                category,
                no_accessories,
                no_substitutes,
                fields,
            } => act(shop, |db, settings| {
                let view = View::within(db, settings);
                let found = view.resolve_type(&equipment_type)?;
                let mut changed = fields.applied(&view, found.details)?;
                if let Some(name) = &name {
                    changed.name = Text::new(name);
                }
                if let Some(category) = &category {
                    changed.category = catalog::resolve_category(db.read(), category)?.id;
                }
                let ((), consequence) = watched(db, settings, &[found.id], |db| {
                    catalog::edit_type(db, found.id, &changed)?;
                    if let Some(quantity) = fields.quantity {
                        let before =
                            inventory::bulk_of_type(db.read(), found.id)?.map(|bulk| bulk.quantity);
                        inventory::set_bulk_quantity(db, found.id, quantity)?;
                        if before != Some(quantity) {
                            desk::remember_final(db, Final::Counted(found.id))?;
                        }
                    }
                    Ok(())
                })?;
                if fields.set_rates(db, settings, found.id)? {
                    desk::remember_final(db, Final::Rate(found.id))?;
                }
                for typed in &no_accessories {
                    let known: Vec<TypeId> = catalog::accessories(db.read(), found.id)?
                        .iter()
                        .map(|along| along.type_id)
                        .collect();
                    let accessory = one_of(&View::within(db, settings), typed, &known)?;
                    catalog::drop_accessory(db, found.id, accessory)?;
                }
                for typed in &no_substitutes {
                    let known = catalog::substitutes(db.read(), found.id)?;
                    let substitute = one_of(&View::within(db, settings), typed, &known)?;
                    catalog::drop_substitute(db, found.id, substitute)?;
                }
                fields.set_along(db, settings, found.id)?;
                Ok(with_consequence(
                    shown(&View::within(db, settings), found.id)?,
                    &consequence,
                ))
            }),
            Type::List { words, category } => list(shop, &words.join(" "), category.as_deref()),
            Type::Show { equipment_type } => {
                let view = View::of(shop);
                let found = view.resolve_any_type(&equipment_type)?;
                let one = if found.len() == 1 {
                    found.first().map(|found| found.id)
                } else {
                    None
                };
                match one {
                    Some(id) => shown(&view, id),
                    None => shown(&view, view.resolve_type(&equipment_type)?.id),
                }
            }
            Type::Withdraw {
                equipment_type,
                reason,
            } => act(shop, |db, settings| {
                let found = View::within(db, settings).resolve_type(&equipment_type)?;
                let ((), consequence) = watched(db, settings, &[found.id], |db| {
                    catalog::withdraw_type(db, found.id, &Text::new(&reason))?;
                    Ok(desk::remember_final(db, Final::Withdrawn(found.id))?)
                })?;
                let name = found.details.name;
                let answer = Answer::new(
                    json!({"type": name, "withdrawn": true}),
                    format!("\"{name}\" is withdrawn; what is out still comes back."),
                );
                Ok(with_consequence(answer, &consequence))
            }),
            Type::Reinstate { equipment_type } => act(shop, |db, settings| {
                let view = View::within(db, settings);
                let named = view.resolve_any_type(&equipment_type)?;
                let found = match named.into_iter().find(|found| found.withdrawn) {
                    Some(found) => found,
                    None => view.resolve_type(&equipment_type)?,
                };
                let ((), consequence) = watched(db, settings, &[found.id], |db| {
                    catalog::reinstate_type(db, found.id)?;
                    Ok(desk::remember_final(db, Final::BroughtBack(found.id))?)
                })?;
                let name = found.details.name;
                let answer = Answer::new(
                    json!({"type": name, "withdrawn": false}),
                    format!("\"{name}\" can be promised and handed out again."),
                );
                Ok(with_consequence(answer, &consequence))
            }),
        }
    }
}

/// The type of a name, one of the known ones before any other: a withdrawn one can be named too, to
/// be rid of it.
fn one_of(view: &View<'_>, typed: &str, known: &[TypeId]) -> Result<TypeId, Stop> {
    let named = view.resolve_any_type(typed)?;
    match named.iter().find(|found| known.contains(&found.id)) {
        Some(found) => Ok(found.id),
        None => Ok(view.resolve_type(typed)?.id),
    }
}

pub fn read_tag(typed: &str) -> Result<AssetTag, Stop> {
    AssetTag::parse(typed).ok_or_else(|| InventoryRefusal::TagForm(Text::new(typed)).into())
}

fn list(shop: &Shop, words: &str, category: Option<&str>) -> Result<Answer, Stop> {
    let view = View::of(shop);
    let category = category
        .map(|category| catalog::resolve_category(view.db, category))
        .transpose()?;
    let mut types = catalog::list(view.db, category.map(|category| category.id), i64::MAX, 0)?;
    if !words.trim().is_empty() {
        let found = catalog::search(view.db, words, 10_000)?;
        let within: std::collections::BTreeSet<TypeId> =
            types.iter().map(|found| found.id).collect();
        types = found
            .into_iter()
            .filter(|found| within.contains(&found.id))
            .collect();
    }
    let paths = catalog::category_paths(view.db)?;
    let mut table = Table::new(&[
        "TYPE", "CATEGORY", ">OWNED", ">IN", ">OUT", ">BENCH", ">BY DAY",
    ]);
    let mut rows = Vec::new();
    for found in &types {
        let counts = inventory::counts(view.db, found.id)?;
        let rate = pricing::rate_at(view.db, found.id, view.now)?.unwrap_or_default();
        let path = paths
            .get(&found.details.category)
            .cloned()
            .unwrap_or_default();
        table.row([
            found.details.name.to_string(),
            path.to_string(),
            counts.owned.to_string(),
            counts.on_shelf.to_string(),
            counts.out.to_string(),
            counts.bench.to_string(),
            view.money_text(rate.daily),
        ]);
        rows.push(json!({
            "type": found.details.name, "category": path, "tracking": found.details.tracking.word(), "owned": counts.owned, "in": counts.on_shelf, "out": counts.out, "bench": counts.bench,
            "lost": counts.lost, "daily": view.money(rate.daily), "currency": view.settings.currency.code(), "reference": found.details.reference,
        }));
    }
    let empty = if words.trim().is_empty() {
        "No types yet; rentdesk type add NAME --category CATEGORY adds one.".to_owned()
    } else {
        format!("No type matches \"{}\".", Text::new(words))
    };
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or(&empty, &counted(length(&types), "type", "types")),
    ))
}

fn shown(view: &View<'_>, id: TypeId) -> Result<Answer, Stop> {
    let found = catalog::type_details(view.db, id)?;
    let version = pricing::version_at(view.db, id, view.now)?;
    let tags: Vec<AssetTag> = inventory::of_type(view.db, id)?
        .into_iter()
        .map(|item| item.tag)
        .collect();
    Ok(Answer::new(
        as_json(view, &found, version.as_ref(), &tags)?,
        as_text(view, &found, version.as_ref(), &tags)?,
    ))
}

fn as_json(
    view: &View<'_>,
    found: &EquipmentType,
    version: Option<&RateVersion>,
    tags: &[AssetTag],
) -> Fallible<Value> {
    let rate = version.map(|version| version.rate).unwrap_or_default();
    let details = &found.details;
    let counts = inventory::counts(view.db, found.id)?;
    let bulk = inventory::bulk_of_type(view.db, found.id)?;
    let parts = kit::parts_of(view, found.id)?;
    let accessories = catalog::accessories(view.db, found.id)?
        .into_iter()
        .map(|along| Ok(json!({"type": view.type_name(along.type_id)?, "quantity": along.quantity, "per": along.per, "by_default": along.by_default})));
    let substitutes = catalog::substitutes(view.db, found.id)?
        .into_iter()
        .map(|other| view.type_name(other))
        .collect::<Fallible<Vec<_>>>()?;
    let specs: Map<String, Value> = details
        .specs
        .iter()
        .map(|(name, value)| (name.to_string(), json!(value)))
        .collect();
    Ok(json!({
        "type": details.name, "category": view.path_of(found)?, "description": details.description, "specs": specs, "contents": details.contents, "tracking": details.tracking.word(),
        "fixed_hours": details.fixed_hours, "turnaround_minutes": details.turnaround_minutes, "value": view.money(details.replacement_value),
        "rates": {"hourly": view.money(rate.hourly), "daily": view.money(rate.daily), "weekly": view.money(rate.weekly), "fixed": view.money(rate.fixed), "minimum": view.money(rate.minimum)},
        "tax_class": version.map(|version| tax_class(view, version)), "rates_from": stamp(version.map(|version| version.from)),
        "currency": view.settings.currency.code(), "owned": counts.owned, "in": counts.on_shelf, "out": counts.out, "bench": counts.bench, "lost": counts.lost,
        "tag": bulk.as_ref().map(|bulk| &bulk.tag), "location": bulk.as_ref().and_then(|bulk| bulk.location.as_ref()), "items": tags, "withdrawn": found.withdrawn, "reference": details.reference,
        "role": details.role.word(), "components": kit::as_json(view, &parts)?, "accessories": accessories.collect::<Fallible<Vec<_>>>()?, "substitutes": substitutes,
    }))
}

/// `3 V-lock 150 for each, 1 Charger for every 4 (on request)`
fn along_words(view: &View<'_>, along: &[Accessory]) -> Fallible<String> {
    let words = along.iter().map(|along| {
        let per = if along.per == 1 {
            "each".to_owned()
        } else {
            format!("every {}", along.per)
        };
        let asked = if along.by_default {
            ""
        } else {
            " (on request)"
        };
        Ok(format!(
            "{} {} for {per}{asked}",
            along.quantity,
            view.type_name(along.type_id)?
        ))
    });
    Ok(words.collect::<Fallible<Vec<_>>>()?.join(", "))
}

fn tax_class(view: &View<'_>, version: &RateVersion) -> String {
    version.tax_class.as_ref().map_or_else(
        || view.settings.value("tax_class").to_owned(),
        Text::to_string,
    )
}

fn as_text(
    view: &View<'_>,
    found: &EquipmentType,
    version: Option<&RateVersion>,
    tags: &[AssetTag],
) -> Fallible<String> {
    let rate = version.map(|version| version.rate).unwrap_or_default();
    let details = &found.details;
    let counts = inventory::counts(view.db, found.id)?;
    let code = view.settings.currency.code();
    let money = |amount| {
        if let Some(amount) = amount {
            format!("{} {code}", view.settings.currency.show(amount))
        } else {
            String::new()
        }
    };
    // Where no tax is set, nobody needs to hear of its class.
    let taxed = !pricing::taxes(view.db)?.is_empty();
    let tax = version
        .filter(|_| taxed)
        .map_or_else(String::new, |version| tax_class(view, version));
    let rates: Vec<String> = [
        ("by the hour", rate.hourly),
        ("by the day", rate.daily),
        ("by the week", rate.weekly),
        ("for the fixed period", rate.fixed),
        ("at least", rate.minimum),
    ]
    .iter()
    .filter(|(_, amount)| amount.is_some())
    .map(|(unit, amount)| format!("{} {unit}", money(*amount)))
    .collect();
    let shelf = inventory::bulk_of_type(view.db, found.id)?;
    let join = |parts: Vec<String>| parts.join(", ");
    let substitutes = catalog::substitutes(view.db, found.id)?
        .into_iter()
        .map(|other| Ok(view.type_name(other)?.to_string()))
        .collect::<Fallible<Vec<_>>>()?;
    Ok(facts(
        &format!(
            "{}{}",
            details.name,
            if found.withdrawn { " (withdrawn)" } else { "" }
        ),
        &[
            ("category", view.path_of(found)?.to_string()),
            ("about", plain(details.description.as_ref())),
            (
                "specs",
                join(
                    details
                        .specs
                        .iter()
                        .map(|(name, value)| format!("{name} {value}"))
                        .collect(),
                ),
            ),
            (
                "contents",
                join(details.contents.iter().map(Text::to_string).collect()),
            ),
            (
                "role",
                if details.role == Role::Accessory {
                    "accessory only".to_owned()
                } else {
                    String::new()
                },
            ),
            (
                "holds",
                kit::in_words(view, &kit::parts_of(view, found.id)?)?,
            ),
            (
                "along",
                along_words(view, &catalog::accessories(view.db, found.id)?)?,
            ),
            ("instead", join(substitutes)),
            (
                "rates",
                if rates.is_empty() {
                    "none yet".to_owned()
                } else {
                    join(rates)
                },
            ),
            ("tax", tax),
            (
                "fixed",
                details
                    .fixed_hours
                    .map_or_else(String::new, |hours| format!("{hours} hours")),
            ),
            (
                "turnaround",
                if details.turnaround_minutes > 0 {
                    format!("{} min", grouped(details.turnaround_minutes))
                } else {
                    String::new()
                },
            ),
            ("value", money(details.replacement_value)),
            (
                "stock",
                format!(
                    "{} owned, {} in, {} out, {} on the bench, {} lost",
                    counts.owned, counts.on_shelf, counts.out, counts.bench, counts.lost
                ),
            ),
            (
                "label",
                shelf.map_or_else(String::new, |bulk| {
                    format!(
                        "{}{}",
                        bulk.tag,
                        bulk.location
                            .map_or_else(String::new, |shelf| format!(", shelf {shelf}"))
                    )
                }),
            ),
            (
                "items",
                join(tags.iter().map(AssetTag::to_string).collect()),
            ),
            ("reference", plain(details.reference.as_ref())),
        ],
    ))
}
