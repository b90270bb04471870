//! The SQL of `case_content`.

use super::Content;
use crate::kernel::{Fallible, ItemId, TypeId};
use crate::store::{Invariant, Read, Write};

pub(super) const INVARIANTS: &[Invariant] = &[Invariant {
    name: "cases",
    sql: "SELECT i.asset_tag || ' lies in a case as another type' FROM case_content c JOIN item i ON i.id = c.item_id WHERE i.type_id <> c.type_id
          UNION ALL SELECT i.asset_tag || ' is a case that lies in a case' FROM case_content c JOIN item i ON i.id = c.item_id
           WHERE EXISTS (SELECT 1 FROM case_content inner_content WHERE inner_content.case_item_id = c.item_id)
          UNION ALL SELECT i.asset_tag || ' is retired, and lies in a case or is one' FROM item i WHERE i.lifecycle = 'RETIRED'
           AND EXISTS (SELECT 1 FROM case_content c WHERE i.id IN (c.item_id, c.case_item_id))",
}];

pub(super) fn clear(db: &mut Write<'_>, case: ItemId) -> Fallible<()> {
    db.execute("DELETE FROM case_content WHERE case_item_id = ?1", [case])?;
    Ok(())
}

pub(super) fn take_out(db: &mut Write<'_>, id: ItemId) -> Fallible<()> {
    db.execute("DELETE FROM case_content WHERE item_id = ?1", [id])?;
    Ok(())
}

pub(super) fn insert(db: &mut Write<'_>, case: ItemId, id: ItemId) -> Fallible<()> {
    db.execute("INSERT INTO case_content(item_id, case_item_id, type_id, packed) SELECT id, ?1, type_id, 1 FROM item WHERE id = ?2", (case, id))?;
    Ok(())
}

pub(super) fn set_packed(db: &mut Write<'_>, id: ItemId, packed: bool) -> Fallible<()> {
    db.execute(
        "UPDATE case_content SET packed = ?2 WHERE item_id = ?1",
        (id, packed),
    )?;
    Ok(())
}

pub(super) fn contents(db: Read<'_>, case: ItemId) -> Fallible<Vec<Content>> {
    db.rows("SELECT c.item_id, i.asset_tag, c.type_id, c.packed FROM case_content c JOIN item i ON i.id = c.item_id WHERE c.case_item_id = ?1 ORDER BY i.tag_code", [case], |row| {
        Ok(Content { item: row.get(0)?, tag: row.get(1)?, type_id: row.get(2)?, packed: row.get(3)? })
    })
}

pub(super) fn case_of(db: Read<'_>, id: ItemId) -> Fallible<Option<(ItemId, bool)>> {
    db.maybe(
        "SELECT case_item_id, packed FROM case_content WHERE item_id = ?1",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn packed_items(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<ItemId>> {
    db.rows(
        "SELECT item_id FROM case_content WHERE type_id = ?1 AND packed = 1 ORDER BY item_id",
        [type_id],
        |row| row.get(0),
    )
}
