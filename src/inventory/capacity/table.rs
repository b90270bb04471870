//! The SQL of what can be promised: index ranges over `item`, `item_block`, `case_content`,
//! `bulk_stock`.

use super::super::model::{Condition, Item};
use super::{Absence, Outline, Why};
use crate::kernel::{AssetTag, Fallible, ItemId, Moment, Period, TypeId};
use crate::store::{AsWord, Read};
use rusqlite::Row;

/// The columns of an outline, of the type that `$type` names.
macro_rules! outline_of {
    ($type:literal) => {
        concat!(
            "SELECT (SELECT count(*) FROM item WHERE type_id = ",
            $type,
            " AND lifecycle = 'IN_SERVICE' AND condition = 'GOOD'), (SELECT quantity FROM bulk_stock WHERE type_id = ",
            $type,
            "), (SELECT count(*) FROM item WHERE type_id = ",
            $type,
            " AND lifecycle = 'IN_SERVICE' AND condition IN ('UNUSABLE', 'UNDER_MAINTENANCE')), (SELECT count(*) FROM item WHERE type_id = ",
            $type,
            " AND lifecycle = 'LOST'), EXISTS (SELECT 1 FROM case_content WHERE packed = 1 AND type_id = ",
            $type,
            "), EXISTS (SELECT 1 FROM item_block WHERE live = 1 AND type_id = ",
            $type,
            "), ",
            $type
        )
    };
}

fn an_outline(row: &Row<'_>) -> rusqlite::Result<Outline> {
    let (good, stock, off, lost): (i64, Option<i64>, i64, i64) =
        (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
    let (packed, has_absences): (bool, bool) = (row.get(4)?, row.get(5)?);
    // What is set aside of an item that is lost takes nothing from the count: the lost one is not
    // in it.
    let odd = off > 0 || packed || (lost > 0 && has_absences);
    let items = good + off + lost;
    Ok(Outline {
        total: good + stock.unwrap_or(0),
        owned: items + stock.unwrap_or(0),
        is_plain: !odd,
        has_absences,
    })
}

pub(super) fn outline(db: Read<'_>, type_id: TypeId) -> Fallible<Outline> {
    db.one(outline_of!("?1"), [type_id], an_outline)
}

/// Of many types at once; `types` is a JSON list.
pub(super) fn outlines(db: Read<'_>, types: &str) -> Fallible<Vec<(TypeId, Outline)>> {
    db.rows(
        concat!(outline_of!("t.value"), " FROM json_each(?1) AS t"),
        [types],
        |row| Ok((row.get(6)?, an_outline(row)?)),
    )
}

pub(super) fn items_in_service(
    db: Read<'_>,
    type_id: TypeId,
) -> Fallible<Vec<(ItemId, Condition)>> {
    db.rows("SELECT id, condition FROM item WHERE type_id = ?1 AND lifecycle = 'IN_SERVICE' AND condition IN ('GOOD', 'UNDER_MAINTENANCE')", [type_id], |row| {
        Ok((row.get(0)?, row.get::<_, AsWord<Condition>>(1)?.0))
    })
}

pub(super) fn packed_items(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<ItemId>> {
    db.rows(
        "SELECT item_id FROM case_content WHERE packed = 1 AND type_id = ?1",
        [type_id],
        |row| row.get(0),
    )
}

/// The index's own condition stands here literally, or the plan becomes a scan.
pub(super) fn live_blocks(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Absence>> {
    db.rows("SELECT item_id, quantity, start_at, end_at, kind FROM item_block WHERE live = 1 AND type_id = ?1", [type_id], an_absence)
}

/// Of many types at once; `types` is a JSON list.
pub(super) fn live_blocks_of(db: Read<'_>, types: &str) -> Fallible<Vec<(TypeId, Absence)>> {
    db.rows(
        "SELECT item_id, quantity, start_at, end_at, b.kind, b.type_id FROM json_each(?1) AS t CROSS JOIN item_block b WHERE live = 1 AND b.type_id = t.value",
        [types],
        |row| Ok((row.get(5)?, an_absence(row)?)),
    )
}

fn an_absence(row: &Row<'_>) -> rusqlite::Result<Absence> {
    let why = match row.get_ref(4)?.as_str()? {
        "MAINTENANCE" => Why::Bench,
        "TURNAROUND" => Why::Turnaround,
        _ => Why::SetAside,
    };
    Ok(Absence {
        item: row.get(0)?,
        quantity: row.get(1)?,
        window: Period {
            start: row.get(2)?,
            end: row.get(3)?,
        },
        why,
    })
}

pub(super) fn stock(db: Read<'_>, type_id: TypeId) -> Fallible<i64> {
    Ok(db
        .maybe(
            "SELECT quantity FROM bulk_stock WHERE type_id = ?1",
            [type_id],
            |row| row.get(0),
        )?
        .unwrap_or(0))
}

pub(super) fn items_off(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Item>> {
    let all = super::super::table::of_type(db, type_id)?;
    Ok(all
        .into_iter()
        .filter(|item| {
            item.lifecycle != super::super::Lifecycle::Retired
                && (item.lifecycle == super::super::Lifecycle::Lost
                    || item.condition != Condition::Good)
        })
        .collect())
}

pub(super) fn types_still_on_bench(db: Read<'_>, now: Moment) -> Fallible<Vec<TypeId>> {
    db.rows("SELECT DISTINCT type_id FROM item_block WHERE live = 1 AND kind = 'MAINTENANCE' AND end_at <= ?1", [now], |row| row.get(0))
}

pub(super) fn is_counted(db: Read<'_>, type_id: TypeId) -> Fallible<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM bulk_stock WHERE type_id = ?1)",
        [type_id],
        |row| row.get(0),
    )
}

/// `items`: a JSON array.
pub(super) fn tags(db: Read<'_>, items: &str) -> Fallible<Vec<(ItemId, AssetTag)>> {
    db.rows(
        "SELECT i.id, i.asset_tag FROM json_each(?1) AS w CROSS JOIN item i ON i.id = w.value",
        [items],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn tag_of(db: Read<'_>, item: ItemId) -> Fallible<Option<AssetTag>> {
    db.maybe("SELECT asset_tag FROM item WHERE id = ?1", [item], |row| {
        row.get(0)
    })
}
