//! What can be rented.
//!
//! **Does** keeps the tree of categories and the equipment types with their specs, their kits,
//! accessories and substitutes; finds them as somebody types. **Owns** `category`,
//! `equipment_type`, `type_search`, `kit_component`, `type_accessory`, `type_substitute`.
//! **Publishes** `EquipmentTypeAdded`, `EquipmentTypeChanged`, `EquipmentTypeWithdrawn`. **Hears**
//! nothing.

mod kits;
mod likeness;
mod model;
mod table;

pub use kits::{
    Accessory, Component, KIT_LEVELS_MAX, accessories, components, drop_accessory, drop_substitute,
    exploded, is_kit, kits, kits_of, set_accessory, set_components, set_substitute, substitutes,
};
pub use likeness::likeness;
pub use model::{CatalogRefusal, Category, EquipmentType, NewType, Role, Terms, Tracking};

use crate::events::Event;
use crate::kernel::text::folded;
use crate::kernel::{CategoryId, Failure, Fallible, Text, TypeId};
use crate::store::{Invariant, Read, Write};
use std::collections::BTreeMap;

type Outcome<T> = Result<T, Failure<CatalogRefusal>>;

/// Stands between the names of a path: `Lighting > LED`.
pub const PATH_MARK: &str = " > ";

pub fn add_category(
    db: &mut Write<'_>,
    name: &Text,
    parent: Option<CategoryId>,
    letters: Option<&str>,
) -> Outcome<CategoryId> {
    if name.is_empty() || name.length() > 100 {
        return Err(CatalogRefusal::CategoryName.into());
    }
    if table::category_named(db.read(), parent, name)?.is_some() {
        return Err(CatalogRefusal::CategoryKnown(name.clone()).into());
    }
    let letters = match letters {
        Some(letters) => wanted_letters(db.read(), letters)?,
        None => free_letters(db.read(), name)?,
    };
    Ok(table::insert_category(db, name, parent, &letters)?)
}

fn wanted_letters(db: Read<'_>, letters: &str) -> Outcome<String> {
    let wanted = letters.trim().to_ascii_uppercase();
    if !(2..=4).contains(&wanted.len()) || !wanted.bytes().all(|byte| byte.is_ascii_uppercase()) {
        return Err(CatalogRefusal::Letters(Text::new(letters)).into());
    }
    match table::category_with_letters(db, &wanted)? {
        Some(owner) => Err(CatalogRefusal::LettersTaken {
            letters: Text::new(&wanted),
            owner: owner.name,
        }
        .into()),
        None => Ok(wanted),
    }
}

fn free_letters(db: Read<'_>, name: &Text) -> Outcome<String> {
    for candidate in model::letter_candidates(name.as_str()) {
        if table::category_with_letters(db, &candidate)?.is_none() {
            return Ok(candidate);
        }
    }
    Err(CatalogRefusal::Letters(name.clone()).into())
}

/// The category of a path like `Lighting > LED`, made where it is not there yet.
pub fn category_at_path(db: &mut Write<'_>, path: &str) -> Outcome<CategoryId> {
    let mut parent = None;
    for name in path.split(PATH_MARK.trim()).map(Text::new) {
        let found = table::category_named(db.read(), parent, &name)?;
        parent = Some(match found {
            Some(category) => category.id,
            None => add_category(db, &name, parent, None)?,
        });
    }
    parent.ok_or_else(|| CatalogRefusal::CategoryName.into())
}

pub fn rename_category(db: &mut Write<'_>, id: CategoryId, name: &Text) -> Outcome<()> {
    if name.is_empty() || name.length() > 100 {
        return Err(CatalogRefusal::CategoryName.into());
    }
    let category = category(db.read(), id)?;
    if table::category_named(db.read(), category.parent, name)?.is_some_and(|other| other.id != id)
    {
        return Err(CatalogRefusal::CategoryKnown(name.clone()).into());
    }
    table::rename_category(db, id, name)?;
    Ok(table::index_category(db, id)?)
}

pub fn move_category(
    db: &mut Write<'_>,
    id: CategoryId,
    parent: Option<CategoryId>,
) -> Outcome<()> {
    let moved = category(db.read(), id)?;
    let mut above = parent;
    while let Some(next) = above {
        if next == id {
            return Err(CatalogRefusal::CategoryLoop(moved.name).into());
        }
        above = category(db.read(), next)?.parent;
    }
    if table::category_named(db.read(), parent, &moved.name)?.is_some_and(|other| other.id != id) {
        return Err(CatalogRefusal::CategoryKnown(moved.name).into());
    }
    Ok(table::move_category(db, id, parent)?)
}

/// Only an empty category can be withdrawn.
pub fn withdraw_category(db: &mut Write<'_>, id: CategoryId) -> Outcome<()> {
    let found = category(db.read(), id)?;
    let count = table::category_holds(db.read(), id)?;
    if count > 0 {
        return Err(CatalogRefusal::CategoryFull {
            name: found.name,
            count,
        }
        .into());
    }
    Ok(table::withdraw_category(db, id)?)
}

pub fn category(db: Read<'_>, id: CategoryId) -> Outcome<Category> {
    table::category(db, id)?
        .ok_or_else(|| CatalogRefusal::CategoryUnknown(Text::new(&id.0.to_string())).into())
}

/// The category of a name or of a whole path.
pub fn resolve_category(db: Read<'_>, text: &str) -> Outcome<Category> {
    let wanted = folded(text.trim());
    let paths = category_paths(db)?;
    let mut found: Vec<Category> = categories(db)?
        .into_iter()
        .filter(|category| !category.withdrawn)
        .collect();
    found.retain(|category| {
        folded(category.name.as_str()) == wanted
            || paths
                .get(&category.id)
                .is_some_and(|path| folded(path.as_str()) == wanted)
    });
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(CatalogRefusal::CategoryUnknown(Text::new(text)).into()),
        _ => {
            let candidates = found
                .iter()
                .filter_map(|category| paths.get(&category.id))
                .map(Text::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            Err(CatalogRefusal::Ambiguous {
                text: Text::new(text),
                candidates: Text::new(&candidates),
            }
            .into())
        }
    }
}

pub fn categories(db: Read<'_>) -> Fallible<Vec<Category>> {
    table::categories(db)
}

/// `Lighting > LED` for every category.
pub fn category_paths(db: Read<'_>) -> Fallible<BTreeMap<CategoryId, Text>> {
    let all: BTreeMap<CategoryId, Category> = table::categories(db)?
        .into_iter()
        .map(|category| (category.id, category))
        .collect();
    let path = |category: &Category| {
        let mut names = vec![category.name.to_string()];
        let mut above = category.parent;
        while let Some(next) = above.and_then(|id| all.get(&id)) {
            names.push(next.name.to_string());
            above = next.parent;
        }
        names.reverse();
        Text::new(&names.join(PATH_MARK))
    };
    Ok(all
        .values()
        .map(|category| (category.id, path(category)))
        .collect())
}

pub fn add_type(db: &mut Write<'_>, new: &NewType) -> Outcome<TypeId> {
    new.checked()?;
    category(db.read(), new.category)?;
    if table::types_named(db.read(), &folded(new.name.as_str()))?
        .iter()
        .any(|other| other.details.category == new.category && !other.withdrawn)
    {
        return Err(CatalogRefusal::TypeKnown(new.name.clone()).into());
    }
    let id = table::insert_type(db, new)?;
    db.publish(&Event::EquipmentTypeAdded {
        type_id: id,
        category_id: new.category,
        tracking: new.tracking.word().to_owned(),
        turnaround_minutes: new.turnaround_minutes,
    })?;
    Ok(id)
}

/// Changes a type; how its things are tracked stays, because they exist.
pub fn edit_type(db: &mut Write<'_>, id: TypeId, changed: &NewType) -> Outcome<()> {
    changed.checked()?;
    let before = type_details(db.read(), id)?;
    let details = NewType {
        tracking: before.details.tracking,
        ..changed.clone()
    };
    if table::types_named(db.read(), &folded(details.name.as_str()))?
        .iter()
        .any(|other| {
            other.id != id && other.details.category == details.category && !other.withdrawn
        })
    {
        return Err(CatalogRefusal::TypeKnown(details.name).into());
    }
    let fields = [
        ("category", before.details.category != details.category),
        ("name", before.details.name != details.name),
        (
            "description",
            before.details.description != details.description,
        ),
        ("specs", before.details.specs != details.specs),
        ("contents", before.details.contents != details.contents),
        (
            "fixed_hours",
            before.details.fixed_hours != details.fixed_hours,
        ),
        (
            "turnaround_minutes",
            before.details.turnaround_minutes != details.turnaround_minutes,
        ),
        (
            "replacement_value",
            before.details.replacement_value != details.replacement_value,
        ),
        ("reference", before.details.reference != details.reference),
        ("role", before.details.role != details.role),
    ];
    let changed: Vec<String> = fields
        .iter()
        .filter(|(_, differs)| *differs)
        .map(|(name, _)| (*name).to_owned())
        .collect();
    if changed.is_empty() {
        return Ok(());
    }
    table::update_type(db, id, &details)?;
    db.publish(&Event::EquipmentTypeChanged {
        type_id: id,
        changed,
    })?;
    Ok(())
}

/// Takes a type out of the catalogue: what is out still comes back, history stays, new lines are
/// refused.
pub fn withdraw_type(db: &mut Write<'_>, id: TypeId, reason: &Text) -> Outcome<()> {
    if reason.is_empty() {
        return Err(CatalogRefusal::ReasonMissing.into());
    }
    let found = type_details(db.read(), id)?;
    if found.withdrawn {
        return Err(CatalogRefusal::Withdrawn(found.details.name).into());
    }
    table::withdraw_type(db, id)?;
    db.publish(&Event::EquipmentTypeWithdrawn {
        type_id: id,
        reason_kind: "by hand".to_owned(),
    })?;
    Ok(())
}

/// Takes a withdrawal back: the type may be promised again, and what it was promised for is counted
/// anew.
pub fn reinstate_type(db: &mut Write<'_>, id: TypeId) -> Outcome<()> {
    let found = type_details(db.read(), id)?;
    if !found.withdrawn {
        return Err(CatalogRefusal::InCatalogue(found.details.name).into());
    }
    table::reinstate_type(db, id)?;
    db.publish(&Event::EquipmentTypeChanged {
        type_id: id,
        changed: vec!["withdrawn".to_owned()],
    })?;
    Ok(())
}

pub fn type_details(db: Read<'_>, id: TypeId) -> Outcome<EquipmentType> {
    table::equipment_type(db, id)?
        .ok_or_else(|| CatalogRefusal::TypeUnknown(Text::new(&id.0.to_string())).into())
}

/// What a promise asks of a type.
pub fn terms(db: Read<'_>, id: TypeId) -> Outcome<Terms> {
    table::terms(db, id)?
        .ok_or_else(|| CatalogRefusal::TypeUnknown(Text::new(&id.0.to_string())).into())
}

/// Of many types at once; one that does not exist has none.
pub fn terms_of_many(db: Read<'_>, ids: &[TypeId]) -> Fallible<BTreeMap<TypeId, Terms>> {
    Ok(table::terms_of_many(db, &serde_json::to_string(ids)?)?
        .into_iter()
        .collect())
}

/// Whether nothing of the type may be promised any more.
pub fn is_withdrawn(db: Read<'_>, id: TypeId) -> Fallible<bool> {
    Ok(table::terms(db, id)?.is_some_and(|terms| terms.withdrawn))
}

/// The minutes a thing of the type needs after coming back, as the catalogue says today.
pub fn turnaround_of(db: Read<'_>, id: TypeId) -> Fallible<i64> {
    Ok(table::terms(db, id)?.map_or(0, |terms| terms.turnaround_minutes))
}

pub fn category_of(db: Read<'_>, id: TypeId) -> Fallible<Option<CategoryId>> {
    Ok(table::terms(db, id)?.map(|terms| terms.category))
}

/// The type of a reference of another program or an exact name.
pub fn resolve_type(db: Read<'_>, text: &str) -> Outcome<EquipmentType> {
    let text = Text::new(text);
    let mut found = table::types_with_reference(db, &text)?;
    if found.is_empty() {
        found = types_named(db, text.as_str())?;
    }
    found.retain(|found| !found.withdrawn);
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(CatalogRefusal::TypeUnknown(text).into()),
        _ => {
            let paths = category_paths(db)?;
            let candidates = found
                .iter()
                .take(5)
                .map(|found| {
                    format!(
                        "{} in {}",
                        found.details.name,
                        paths.get(&found.details.category).map_or("?", Text::as_str)
                    )
                })
                .collect::<Vec<_>>()
                .join(", ");
            Err(CatalogRefusal::Ambiguous {
                text,
                candidates: Text::new(&candidates),
            }
            .into())
        }
    }
}

/// Types of exactly this name, in any letter case, withdrawn ones included.
pub fn types_named(db: Read<'_>, name: &str) -> Fallible<Vec<EquipmentType>> {
    table::types_named(db, &folded(name.trim()))
}

pub fn types_with_reference(db: Read<'_>, reference: &Text) -> Fallible<Vec<EquipmentType>> {
    table::types_with_reference(db, reference)
}

/// Types whose name, category, description or reference has words that begin so, best first: a name
/// that begins with what was typed, then one with a word that does, then the rest.
pub fn search(db: Read<'_>, words: &str, limit: i64) -> Fallible<Vec<EquipmentType>> {
    let typed = folded(words.trim());
    let mut found = table::search(db, words, limit)?;
    found.sort_by_key(|found| {
        let name = folded(found.details.name.as_str());
        let rank = if name.starts_with(&typed) {
            0
        } else {
            1 + i32::from(!name.split_whitespace().any(|word| word.starts_with(&typed)))
        };
        (found.withdrawn, rank, name)
    });
    Ok(found)
}

/// Every type, by name, from `after` on.
pub fn list(
    db: Read<'_>,
    category: Option<CategoryId>,
    limit: i64,
    offset: i64,
) -> Fallible<Vec<EquipmentType>> {
    table::list(db, category, limit, offset)
}

/// Types in the order of their names, a page of them, and no more of each than its name; with
/// words, those that these find, by name, category, description or reference.
pub fn names_page(
    db: Read<'_>,
    words: &str,
    limit: i64,
    offset: i64,
) -> Fallible<Vec<(TypeId, Text)>> {
    table::names_page(db, words, limit, offset)
}

/// Names that begin so, without regard to case and marks.
pub fn names_beginning(db: Read<'_>, beginning: &str, limit: i64) -> Fallible<Vec<Text>> {
    table::names_beginning(db, &folded(beginning), limit)
}

/// How many types [`names_page`] would give in all.
pub fn count_found(db: Read<'_>, words: &str) -> Fallible<i64> {
    table::count_found(db, words)
}

/// Every type, withdrawn ones included, in the order they were added: for exports.
pub fn all_types(db: Read<'_>) -> Fallible<Vec<EquipmentType>> {
    table::all(db)
}

/// Whether any replacement value was written down.
pub fn has_values(db: Read<'_>) -> Fallible<bool> {
    table::has_values(db)
}

pub fn count_types(db: Read<'_>) -> Fallible<i64> {
    table::count_types(db)
}

/// Names for showing, by id.
pub fn names(
    db: Read<'_>,
    ids: impl IntoIterator<Item = TypeId>,
) -> Fallible<BTreeMap<TypeId, Text>> {
    table::names(db, ids)
}

pub const INVARIANTS: &[Invariant] = table::INVARIANTS;
pub const KIT_INVARIANTS: &[Invariant] = kits::INVARIANTS;
