//! `rentdesk kit`: types that are made of others.

use super::answer::{Table, counted, facts, length};
use super::view::View;
use super::{Answer, act};
use crate::catalog::{self, CatalogRefusal};
use crate::desk::{self, Final};
use crate::inventory;
use crate::kernel::{Fallible, Stop, TypeId};
use crate::shop::Shop;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Kit {
    /// Says what a kit is made of, in place of what it was: kit set "Interview set" "Aputure
    /// 600d*2" "C-stand*2" "Softbox".
    Set {
        /// A type without things of its own: rentdesk type add makes it.
        #[arg(value_name = "TYPE")]
        kit: String,
        /// A type and how many of it: "C-stand*2".
        #[arg(value_name = "TYPE*QTY", required = true)]
        components: Vec<String>,
    },
    /// Shows one kit: what it is made of, and what it is in the end.
    Show {
        #[arg(value_name = "TYPE")]
        kit: String,
    },
    /// Lists the kits.
    List,
    /// Makes a kit a plain type again; what is reserved stays as it is.
    Drop {
        #[arg(value_name = "TYPE")]
        kit: String,
    },
}

impl Kit {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Kit::Set { kit, components } => act(shop, |db, settings| {
                let view = View::within(db, settings);
                let kit = view.resolve_type(&kit)?.id;
                let components = components
                    .iter()
                    .map(|typed| read_component(&view, typed))
                    .collect::<Result<Vec<_>, Stop>>()?;
                inventory::make_kit(db, kit, &components)?;
                desk::remember_final(db, Final::Kit(kit))?;
                Ok(shown(&View::within(db, settings), kit)?)
            }),
            Kit::Show { kit } => {
                let view = View::of(shop);
                let kit = known_kit(&view, &kit)?;
                Ok(shown(&view, kit)?)
            }
            Kit::List => Ok(list(&View::of(shop))?),
            Kit::Drop { kit } => act(shop, |db, settings| {
                let view = View::within(db, settings);
                let kit = known_kit(&view, &kit)?;
                inventory::make_kit(db, kit, &[])?;
                desk::remember_final(db, Final::Kit(kit))?;
                let name = view.type_name(kit)?;
                Ok(Answer::new(
                    json!({"kit": name, "components": []}),
                    format!("\"{name}\" is a plain type now."),
                ))
            }),
        }
    }
}

fn known_kit(view: &View<'_>, typed: &str) -> Result<TypeId, Stop> {
    let found = view.resolve_type(typed)?;
    if catalog::is_kit(view.db, found.id)? {
        Ok(found.id)
    } else {
        Err(CatalogRefusal::NotKit(found.details.name).into())
    }
}

fn read_component(view: &View<'_>, typed: &str) -> Result<(TypeId, i64), Stop> {
    let (name, quantity) = split_quantity(typed);
    Ok((view.resolve_type(name)?.id, quantity))
}

/// `C-stand*2`: what was typed for a type, and how many; one where no number follows the star.
pub fn split_quantity(typed: &str) -> (&str, i64) {
    match typed
        .rsplit_once('*')
        .and_then(|(name, count)| Some((name, count.trim().parse::<i64>().ok()?)))
    {
        Some((name, quantity)) if !name.trim().is_empty() => (name.trim(), quantity),
        _ => (typed, 1),
    }
}

/// `2 Aputure 600d, 1 Softbox`
pub fn in_words(view: &View<'_>, parts: &[(TypeId, i64)]) -> Fallible<String> {
    Ok(parts
        .iter()
        .map(|(type_id, quantity)| Ok(format!("{quantity} {}", view.type_name(*type_id)?)))
        .collect::<Fallible<Vec<_>>>()?
        .join(", "))
}

/// The components of a type, one level down; empty where it is no kit.
pub fn parts_of(view: &View<'_>, type_id: TypeId) -> Fallible<Vec<(TypeId, i64)>> {
    Ok(catalog::components(view.db, type_id)?
        .into_iter()
        .map(|component| (component.type_id, component.quantity))
        .collect())
}

pub fn as_json(view: &View<'_>, parts: &[(TypeId, i64)]) -> Fallible<Value> {
    Ok(Value::Array(
        parts
            .iter()
            .map(|(type_id, quantity)| {
                Ok(json!({"type": view.type_name(*type_id)?, "quantity": quantity}))
            })
            .collect::<Fallible<Vec<_>>>()?,
    ))
}

fn shown(view: &View<'_>, kit: TypeId) -> Fallible<Answer> {
    let name = view.type_name(kit)?;
    let parts = parts_of(view, kit)?;
    let exploded = catalog::exploded(view.db, kit, 1)?;
    let within = catalog::kits_of(view.db, kit)?
        .into_iter()
        .map(|outer| view.type_name(outer))
        .collect::<Fallible<Vec<_>>>()?;
    let json = json!({"kit": name, "components": as_json(view, &parts)?, "exploded": as_json(view, &exploded)?, "part_of": within});
    let in_the_end = if exploded == parts {
        String::new()
    } else {
        in_words(view, &exploded)?
    };
    let within: Vec<String> = within.iter().map(ToString::to_string).collect();
    Ok(Answer::new(
        json,
        facts(
            &format!("{name} (kit)"),
            &[
                ("holds", in_words(view, &parts)?),
                ("in the end", in_the_end),
                ("part of", within.join(", ")),
            ],
        ),
    ))
}

fn list(view: &View<'_>) -> Fallible<Answer> {
    let mut table = Table::new(&["KIT", "HOLDS"]);
    let mut rows = Vec::new();
    for kit in catalog::kits(view.db)? {
        let (name, parts) = (view.type_name(kit)?, parts_of(view, kit)?);
        table.row([name.to_string(), in_words(view, &parts)?]);
        rows.push(json!({"kit": name, "components": as_json(view, &parts)?}));
    }
    let text = table.text_or(
        "No kits yet; rentdesk kit set TYPE COMPONENT*QTY makes one.",
        &counted(length(&rows), "kit", "kits"),
    );
    Ok(Answer::new(Value::Array(rows), text))
}

#[cfg(test)]
mod tests {
    use super::split_quantity;

    #[test]
    fn a_number_after_the_last_star_is_a_quantity() {
        for (typed, expect) in [
            ("C-stand*2", ("C-stand", 2)),
            ("C-stand", ("C-stand", 1)),
            ("Star* 9 * 3", ("Star* 9", 3)),
            ("Star*", ("Star*", 1)),
            ("*3", ("*3", 1)),
            ("A*-1", ("A", -1)),
        ] {
            assert_eq!(split_quantity(typed), expect, "{typed}");
        }
    }
}
