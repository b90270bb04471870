//! The SQL of `kit_component`, `type_accessory`, `type_substitute`.

use super::{Accessory, Component};
use crate::kernel::{Fallible, TypeId};
use crate::store::{Invariant, Read, Write};

pub(super) const INVARIANTS: &[Invariant] = &[Invariant {
    name: "kits",
    sql: "WITH RECURSIVE inside(kit, type, level) AS (SELECT kit_type_id, component_type_id, 1 FROM kit_component
            UNION SELECT i.kit, k.component_type_id, i.level + 1 FROM inside i JOIN kit_component k ON k.kit_type_id = i.type WHERE i.level <= 3)
          SELECT 'kit ' || kit || ' lies deeper than 3 levels, or inside itself' FROM inside WHERE level > 3 GROUP BY kit",
}];

pub(super) fn replace_components(
    db: &mut Write<'_>,
    kit: TypeId,
    components: &[Component],
) -> Fallible<()> {
    db.execute("DELETE FROM kit_component WHERE kit_type_id = ?1", [kit])?;
    for component in components {
        db.execute("INSERT INTO kit_component(kit_type_id, component_type_id, quantity) VALUES (?1, ?2, ?3)", (kit, component.type_id, component.quantity))?;
    }
    Ok(())
}

pub(super) fn components(db: Read<'_>, kit: TypeId) -> Fallible<Vec<Component>> {
    db.rows("SELECT component_type_id, quantity FROM kit_component WHERE kit_type_id = ?1 ORDER BY component_type_id", [kit], |row| {
        Ok(Component { type_id: row.get(0)?, quantity: row.get(1)? })
    })
}

pub(super) fn is_kit(db: Read<'_>, type_id: TypeId) -> Fallible<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM kit_component WHERE kit_type_id = ?1)",
        [type_id],
        |row| row.get(0),
    )
}

pub(super) fn kits_of(db: Read<'_>, component: TypeId) -> Fallible<Vec<TypeId>> {
    db.rows(
        "SELECT kit_type_id FROM kit_component WHERE component_type_id = ?1 ORDER BY kit_type_id",
        [component],
        |row| row.get(0),
    )
}

pub(super) fn kits(db: Read<'_>) -> Fallible<Vec<TypeId>> {
    db.rows("SELECT id FROM equipment_type WHERE withdrawn_at IS NULL AND id IN (SELECT kit_type_id FROM kit_component) ORDER BY name_key, id", [], |row| row.get(0))
}

pub(super) fn put_accessory(
    db: &mut Write<'_>,
    type_id: TypeId,
    accessory: &Accessory,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO type_accessory(type_id, accessory_type_id, quantity, per, by_default) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(type_id, accessory_type_id) DO UPDATE SET quantity = excluded.quantity, per = excluded.per, by_default = excluded.by_default",
        (type_id, accessory.type_id, accessory.quantity, accessory.per, accessory.by_default),
    )?;
    Ok(())
}

pub(super) fn drop_accessory(
    db: &mut Write<'_>,
    type_id: TypeId,
    accessory: TypeId,
) -> Fallible<()> {
    db.execute(
        "DELETE FROM type_accessory WHERE type_id = ?1 AND accessory_type_id = ?2",
        (type_id, accessory),
    )?;
    Ok(())
}

pub(super) fn accessories(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Accessory>> {
    db.rows("SELECT accessory_type_id, quantity, per, by_default FROM type_accessory WHERE type_id = ?1 ORDER BY accessory_type_id", [type_id], |row| {
        Ok(Accessory { type_id: row.get(0)?, quantity: row.get(1)?, per: row.get(2)?, by_default: row.get(3)? })
    })
}

pub(super) fn insert_substitute(
    db: &mut Write<'_>,
    type_id: TypeId,
    substitute: TypeId,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO type_substitute(type_id, substitute_type_id) VALUES (?1, ?2)",
        (type_id, substitute),
    )?;
    Ok(())
}

pub(super) fn drop_substitute(
    db: &mut Write<'_>,
    type_id: TypeId,
    substitute: TypeId,
) -> Fallible<()> {
    db.execute(
        "DELETE FROM type_substitute WHERE type_id = ?1 AND substitute_type_id = ?2",
        (type_id, substitute),
    )?;
    Ok(())
}

pub(super) fn substitutes(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<TypeId>> {
    db.rows("SELECT substitute_type_id FROM type_substitute WHERE type_id = ?1 ORDER BY substitute_type_id", [type_id], |row| row.get(0))
}
