//! The SQL of `category`, `equipment_type`, `type_search`.

use super::model::{Category, EquipmentType, NewType, Role, Terms, Tracking};
use crate::kernel::text::folded;
use crate::kernel::{CategoryId, Fallible, Text, TypeId};
use crate::store::{AsWord, Invariant, Read, Write, match_words};
use rusqlite::{Row, named_params};
use std::collections::BTreeMap;

pub(super) const INVARIANTS: &[Invariant] = &[Invariant {
    name: "type search",
    sql: "SELECT 'type ' || id || ' cannot be found by name' FROM equipment_type WHERE id NOT IN (SELECT rowid FROM type_search)",
}];

macro_rules! category_where {
    ($rest:literal) => {
        concat!(
            "SELECT id, parent_id, name, letters, withdrawn_at IS NOT NULL FROM category ",
            $rest
        )
    };
}

macro_rules! type_where {
    ($rest:literal) => {
        concat!("SELECT id, category_id, name, description, specs, contents, tracking, fixed_hours, turnaround_minutes, replacement_value, reference, withdrawn_at IS NOT NULL, role FROM equipment_type ", $rest)
    };
}

fn a_category(row: &Row<'_>) -> rusqlite::Result<Category> {
    Ok(Category {
        id: row.get(0)?,
        parent: row.get(1)?,
        name: row.get(2)?,
        letters: row.get(3)?,
        withdrawn: row.get(4)?,
    })
}

fn a_type(row: &Row<'_>) -> rusqlite::Result<EquipmentType> {
    let (specs, contents): (String, String) = (row.get(4)?, row.get(5)?);
    let specs: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(&specs).unwrap_or_default();
    let contents: Vec<Text> = serde_json::from_str(&contents).unwrap_or_default();
    let details = NewType {
        category: row.get(1)?,
        name: row.get(2)?,
        description: row.get(3)?,
        specs: specs
            .into_iter()
            .map(|(name, value)| {
                (
                    Text::new(&name),
                    Text::new(value.as_str().unwrap_or(&value.to_string())),
                )
            })
            .collect(),
        contents,
        tracking: row.get::<_, AsWord<Tracking>>(6)?.0,
        role: row.get::<_, AsWord<Role>>(12)?.0,
        fixed_hours: row.get(7)?,
        turnaround_minutes: row.get(8)?,
        replacement_value: row.get(9)?,
        reference: row.get(10)?,
    };
    Ok(EquipmentType {
        id: row.get(0)?,
        details,
        withdrawn: row.get(11)?,
    })
}

pub(super) fn insert_category(
    db: &mut Write<'_>,
    name: &Text,
    parent: Option<CategoryId>,
    letters: &str,
) -> Fallible<CategoryId> {
    let now = db.now();
    Ok(CategoryId(db.insert(
        "INSERT INTO category(parent_id, name, letters, created_at) VALUES (?1, ?2, ?3, ?4)",
        (parent, name, letters, now),
    )?))
}

pub(super) fn rename_category(db: &mut Write<'_>, id: CategoryId, name: &Text) -> Fallible<()> {
    db.execute("UPDATE category SET name = ?2 WHERE id = ?1", (id, name))?;
    Ok(())
}

pub(super) fn move_category(
    db: &mut Write<'_>,
    id: CategoryId,
    parent: Option<CategoryId>,
) -> Fallible<()> {
    db.execute(
        "UPDATE category SET parent_id = ?2 WHERE id = ?1",
        (id, parent),
    )?;
    Ok(())
}

pub(super) fn withdraw_category(db: &mut Write<'_>, id: CategoryId) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "UPDATE category SET withdrawn_at = ?2 WHERE id = ?1",
        (id, now),
    )?;
    Ok(())
}

pub(super) fn category(db: Read<'_>, id: CategoryId) -> Fallible<Option<Category>> {
    db.maybe(category_where!("WHERE id = ?1"), [id], a_category)
}

pub(super) fn category_named(
    db: Read<'_>,
    parent: Option<CategoryId>,
    name: &Text,
) -> Fallible<Option<Category>> {
    db.maybe(
        category_where!("WHERE coalesce(parent_id, 0) = coalesce(?1, 0) AND name = ?2"),
        (parent, name),
        a_category,
    )
}

pub(super) fn category_with_letters(db: Read<'_>, letters: &str) -> Fallible<Option<Category>> {
    db.maybe(category_where!("WHERE letters = ?1"), [letters], a_category)
}

pub(super) fn category_holds(db: Read<'_>, id: CategoryId) -> Fallible<i64> {
    db.one(
        "SELECT (SELECT count(*) FROM category WHERE parent_id = ?1 AND withdrawn_at IS NULL) + (SELECT count(*) FROM equipment_type WHERE category_id = ?1 AND withdrawn_at IS NULL)",
        [id],
        |row| row.get(0),
    )
}

pub(super) fn categories(db: Read<'_>) -> Fallible<Vec<Category>> {
    db.rows(category_where!("ORDER BY name"), [], a_category)
}

pub(super) fn insert_type(db: &mut Write<'_>, new: &NewType) -> Fallible<TypeId> {
    let now = db.now();
    let id = TypeId(db.insert(
        "INSERT INTO equipment_type(category_id, name, name_key, description, specs, contents, tracking, fixed_hours, turnaround_minutes, replacement_value, reference, role, created_at)
         VALUES (:category, :name, :key, :description, :specs, :contents, :tracking, :fixed_hours, :turnaround, :value, :reference, :role, :now)",
        named_params! {
            ":category": new.category, ":name": new.name, ":key": folded(new.name.as_str()), ":description": new.description, ":specs": specs_json(new)?,
            ":contents": serde_json::to_string(&new.contents)?, ":tracking": AsWord(new.tracking), ":fixed_hours": new.fixed_hours, ":turnaround": new.turnaround_minutes,
            ":value": new.replacement_value, ":reference": new.reference, ":role": AsWord(new.role), ":now": now,
        },
    )?);
    index_type(db, id)?;
    Ok(id)
}

pub(super) fn update_type(db: &mut Write<'_>, id: TypeId, details: &NewType) -> Fallible<()> {
    db.execute(
        "UPDATE equipment_type SET category_id = :category, name = :name, name_key = :key, description = :description, specs = :specs, contents = :contents,
                fixed_hours = :fixed_hours, turnaround_minutes = :turnaround, replacement_value = :value, reference = :reference, role = :role WHERE id = :id",
        named_params! {
            ":category": details.category, ":name": details.name, ":key": folded(details.name.as_str()), ":description": details.description, ":specs": specs_json(details)?,
            ":contents": serde_json::to_string(&details.contents)?, ":fixed_hours": details.fixed_hours, ":turnaround": details.turnaround_minutes,
            ":value": details.replacement_value, ":reference": details.reference, ":role": AsWord(details.role), ":id": id,
        },
    )?;
    index_type(db, id)
}

pub(super) fn reinstate_type(db: &mut Write<'_>, id: TypeId) -> Fallible<()> {
    db.execute(
        "UPDATE equipment_type SET withdrawn_at = NULL WHERE id = ?1",
        [id],
    )?;
    Ok(())
}

pub(super) fn withdraw_type(db: &mut Write<'_>, id: TypeId) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "UPDATE equipment_type SET withdrawn_at = ?2 WHERE id = ?1",
        (id, now),
    )?;
    Ok(())
}

fn specs_json(new: &NewType) -> Fallible<String> {
    let specs: serde_json::Map<String, serde_json::Value> = new
        .specs
        .iter()
        .map(|(name, value)| {
            (
                name.to_string(),
                serde_json::Value::String(value.to_string()),
            )
        })
        .collect();
    Ok(serde_json::to_string(&specs)?)
}

fn index_type(db: &mut Write<'_>, id: TypeId) -> Fallible<()> {
    db.execute("DELETE FROM type_search WHERE rowid = ?1", [id])?;
    db.execute(
        "INSERT INTO type_search(rowid, name, category, description, reference)
         SELECT t.id, t.name, c.name, coalesce(t.description, ''), coalesce(t.reference, '') FROM equipment_type t JOIN category c ON c.id = t.category_id WHERE t.id = ?1",
        [id],
    )?;
    Ok(())
}

/// The types of a category found by its name.
pub(super) fn index_category(db: &mut Write<'_>, id: CategoryId) -> Fallible<()> {
    for found in db.read().rows(
        "SELECT id FROM equipment_type WHERE category_id = ?1",
        [id],
        |row| row.get(0),
    )? {
        index_type(db, found)?;
    }
    Ok(())
}

macro_rules! terms_of {
    ($rest:literal) => {
        concat!(
            "SELECT name, category_id, turnaround_minutes, withdrawn_at IS NOT NULL, role, tracking, EXISTS (SELECT 1 FROM kit_component WHERE kit_type_id = e.id),
                    EXISTS (SELECT 1 FROM type_accessory WHERE type_id = e.id), e.id, fixed_hours ",
            $rest
        )
    };
}

pub(super) fn terms(db: Read<'_>, id: TypeId) -> Fallible<Option<Terms>> {
    db.maybe(
        terms_of!("FROM equipment_type e WHERE id = ?1"),
        [id],
        the_terms,
    )
}

/// Of many types at once; `types` is a JSON list.
pub(super) fn terms_of_many(db: Read<'_>, types: &str) -> Fallible<Vec<(TypeId, Terms)>> {
    db.rows(
        terms_of!("FROM json_each(?1) AS t CROSS JOIN equipment_type e WHERE e.id = t.value"),
        [types],
        |row| Ok((row.get(8)?, the_terms(row)?)),
    )
}

fn the_terms(row: &Row<'_>) -> rusqlite::Result<Terms> {
    Ok(Terms {
        name: row.get(0)?,
        category: row.get(1)?,
        turnaround_minutes: row.get(2)?,
        withdrawn: row.get(3)?,
        role: row.get::<_, AsWord<Role>>(4)?.0,
        tracking: row.get::<_, AsWord<Tracking>>(5)?.0,
        is_kit: row.get(6)?,
        has_accessories: row.get(7)?,
        fixed_hours: row.get(9)?,
    })
}

pub(super) fn equipment_type(db: Read<'_>, id: TypeId) -> Fallible<Option<EquipmentType>> {
    db.maybe(type_where!("WHERE id = ?1"), [id], a_type)
}

pub(super) fn types_named(db: Read<'_>, key: &str) -> Fallible<Vec<EquipmentType>> {
    db.rows(type_where!("WHERE name_key = ?1"), [key], a_type)
}

pub(super) fn types_with_reference(db: Read<'_>, reference: &Text) -> Fallible<Vec<EquipmentType>> {
    db.rows(type_where!("WHERE reference = ?1"), [reference], a_type)
}

pub(super) fn search(db: Read<'_>, words: &str, limit: i64) -> Fallible<Vec<EquipmentType>> {
    let Some(question) = match_words(words) else {
        return Ok(Vec::new());
    };
    db.rows(
        type_where!(
            "WHERE id IN (SELECT rowid FROM type_search WHERE type_search MATCH ?1 LIMIT ?2)"
        ),
        (question, limit),
        a_type,
    )
}

pub(super) fn list(
    db: Read<'_>,
    category: Option<CategoryId>,
    limit: i64,
    offset: i64,
) -> Fallible<Vec<EquipmentType>> {
    match category {
        None => db.rows(type_where!("WHERE withdrawn_at IS NULL ORDER BY name_key, id LIMIT ?1 OFFSET ?2"), (limit, offset), a_type),
        Some(category) => db.rows(
            type_where!(
                "WHERE withdrawn_at IS NULL AND category_id IN (WITH RECURSIVE below(id) AS (SELECT ?1 UNION SELECT c.id FROM category c JOIN below ON c.parent_id = below.id) SELECT id FROM below)
                 ORDER BY name_key, id LIMIT ?2 OFFSET ?3"
            ),
            (category, limit, offset),
            a_type,
        ),
    }
}

pub(super) fn names_page(
    db: Read<'_>,
    words: &str,
    limit: i64,
    offset: i64,
) -> Fallible<Vec<(TypeId, Text)>> {
    let a_name = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    match match_words(words) {
        None => db.rows("SELECT id, name FROM equipment_type WHERE withdrawn_at IS NULL ORDER BY name_key, id LIMIT ?1 OFFSET ?2", (limit, offset), a_name),
        Some(question) => db.rows(
            "SELECT id, name FROM equipment_type WHERE withdrawn_at IS NULL AND id IN (SELECT rowid FROM type_search WHERE type_search MATCH ?1) ORDER BY name_key, id LIMIT ?2 OFFSET ?3",
            (question, limit, offset),
            a_name,
        ),
    }
}

/// By the index of names: whatever begins so stands between it and what follows all of that.
pub(super) fn names_beginning(db: Read<'_>, key: &str, limit: i64) -> Fallible<Vec<Text>> {
    db.rows("SELECT name FROM equipment_type WHERE name_key >= ?1 AND name_key < ?1 || char(1114111) ORDER BY name_key, id LIMIT ?2", (key, limit), |row| row.get(0))
}

pub(super) fn count_found(db: Read<'_>, words: &str) -> Fallible<i64> {
    match match_words(words) {
        None => count_types(db),
        Some(question) => {
            db.one("SELECT count(*) FROM equipment_type WHERE withdrawn_at IS NULL AND id IN (SELECT rowid FROM type_search WHERE type_search MATCH ?1)", [question], |row| {
                row.get(0)
            })
        }
    }
}

pub(super) fn all(db: Read<'_>) -> Fallible<Vec<EquipmentType>> {
    db.rows(type_where!("ORDER BY id"), [], a_type)
}

pub(super) fn has_values(db: Read<'_>) -> Fallible<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM equipment_type WHERE replacement_value IS NOT NULL)",
        [],
        |row| row.get(0),
    )
}

pub(super) fn count_types(db: Read<'_>) -> Fallible<i64> {
    db.one(
        "SELECT count(*) FROM equipment_type WHERE withdrawn_at IS NULL",
        [],
        |row| row.get(0),
    )
}

pub(super) fn names(
    db: Read<'_>,
    ids: impl IntoIterator<Item = TypeId>,
) -> Fallible<BTreeMap<TypeId, Text>> {
    let mut names = BTreeMap::new();
    for id in ids {
        if let std::collections::btree_map::Entry::Vacant(slot) = names.entry(id)
            && let Some(name) = db.maybe(
                "SELECT name FROM equipment_type WHERE id = ?1",
                [id],
                |row| row.get::<_, Text>(0),
            )?
        {
            slot.insert(name);
        }
    }
    Ok(names)
}
