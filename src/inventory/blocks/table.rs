//! The SQL of `item_block`.

use super::super::SHOP;
use super::{Block, BlockKind};
use crate::kernel::time::MOMENT_MAX;
use crate::kernel::{BlockId, Fallible, ItemId, Moment, Period, RentalId, Text, TypeId};
use crate::store::{AsWord, Invariant, Read, Write};
use rusqlite::{Row, named_params};

pub(super) const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "blocks and claims",
        sql: "SELECT 'claim ' || c.id || ' stands for no block' FROM claim c WHERE c.kind = 'block' AND c.live = 1
               AND NOT EXISTS (SELECT 1 FROM item_block b WHERE b.id = c.source AND b.item_id = c.item_id AND b.kind = 'BLACKOUT' AND b.live = 1)",
    },
    Invariant {
        name: "blocks",
        sql: "SELECT i.asset_tag || ' is ' || i.lifecycle || ' and ' || i.condition || ', and blocked for maintenance' FROM item_block b JOIN item i ON i.id = b.item_id
               WHERE b.live = 1 AND b.kind = 'MAINTENANCE' AND (i.lifecycle <> 'IN_SERVICE' OR i.condition <> 'UNDER_MAINTENANCE')
              UNION ALL SELECT i.asset_tag || ' is blocked for maintenance twice' FROM item_block b JOIN item i ON i.id = b.item_id
               WHERE b.live = 1 AND b.kind = 'MAINTENANCE' GROUP BY b.item_id HAVING count(*) > 1
              UNION ALL SELECT 'block ' || b.id || ' is of another type than its item' FROM item_block b JOIN item i ON i.id = b.item_id WHERE b.live = 1 AND b.type_id <> i.type_id
              UNION ALL SELECT 'block ' || b.id || ' has no claim, and nothing has its item in the meantime' FROM item_block b WHERE b.live = 1 AND b.kind = 'BLACKOUT' AND b.item_id IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.item_id = b.item_id AND c.live = 1 AND c.start_at < b.end_at AND c.end_at > b.start_at)",
    },
];

macro_rules! block_where {
    ($rest:literal) => {
        concat!("SELECT id, type_id, item_id, quantity, kind, start_at, end_at, reason, live FROM item_block ", $rest)
    };
}

pub(super) struct NewBlock<'a> {
    pub type_id: TypeId,
    pub item: Option<ItemId>,
    pub quantity: i64,
    pub kind: BlockKind,
    pub window: Period,
    pub reason: Option<&'a Text>,
    pub rental: Option<RentalId>,
}

fn a_block(row: &Row<'_>) -> rusqlite::Result<Block> {
    let end: Moment = row.get(6)?;
    Ok(Block {
        id: row.get(0)?,
        type_id: row.get(1)?,
        item: row.get(2)?,
        quantity: row.get(3)?,
        kind: row.get::<_, AsWord<BlockKind>>(4)?.0,
        start: row.get(5)?,
        end: (end < MOMENT_MAX).then_some(end),
        reason: row.get(7)?,
        live: row.get(8)?,
    })
}

pub(super) fn insert(db: &mut Write<'_>, new: &NewBlock<'_>) -> Fallible<BlockId> {
    let (now, staff) = (db.now(), db.staff());
    Ok(BlockId(db.insert(
        "INSERT INTO item_block(shop_id, type_id, item_id, quantity, kind, start_at, end_at, reason, rental_id, live, created_at, staff_id)
         VALUES (:shop, :type, :item, :quantity, :kind, :start, :end, :reason, :rental, 1, :now, :staff)",
        named_params! {
            ":shop": SHOP, ":type": new.type_id, ":item": new.item, ":quantity": new.quantity, ":kind": AsWord(new.kind), ":start": new.window.start, ":end": new.window.end,
            ":reason": new.reason, ":rental": new.rental, ":now": now, ":staff": staff,
        },
    )?))
}

pub(super) fn end(db: &mut Write<'_>, id: BlockId) -> Fallible<()> {
    db.execute("UPDATE item_block SET live = 0 WHERE id = ?1", [id])?;
    Ok(())
}

pub(super) fn end_rests_over(db: &mut Write<'_>, type_id: TypeId) -> Fallible<()> {
    let now = db.now();
    db.execute("UPDATE item_block SET live = 0 WHERE type_id = ?1 AND kind = 'TURNAROUND' AND live = 1 AND end_at <= ?2", (type_id, now))?;
    Ok(())
}

pub(super) fn end_rest(db: &mut Write<'_>, rental: RentalId) -> Fallible<()> {
    db.execute(
        "UPDATE item_block SET live = 0 WHERE rental_id = ?1 AND kind = 'TURNAROUND' AND live = 1",
        [rental],
    )?;
    Ok(())
}

pub(super) fn end_rest_of_item(db: &mut Write<'_>, id: ItemId) -> Fallible<()> {
    db.execute(
        "UPDATE item_block SET live = 0 WHERE item_id = ?1 AND kind = 'TURNAROUND' AND live = 1",
        [id],
    )?;
    Ok(())
}

pub(super) fn resume_rest(db: &mut Write<'_>, id: BlockId) -> Fallible<()> {
    let now = db.now();
    db.execute("UPDATE item_block SET live = 1 WHERE id = ?1 AND kind = 'TURNAROUND' AND live = 0 AND end_at > ?2", (id, now))?;
    Ok(())
}

pub(super) fn block(db: Read<'_>, id: BlockId) -> Fallible<Option<Block>> {
    db.maybe(block_where!("WHERE id = ?1"), [id], a_block)
}

pub(super) fn of_item(db: Read<'_>, id: ItemId) -> Fallible<Vec<Block>> {
    db.rows(
        block_where!("WHERE item_id = ?1 AND live = 1 ORDER BY start_at, id"),
        [id],
        a_block,
    )
}

pub(super) fn of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Block>> {
    db.rows(
        block_where!("WHERE type_id = ?1 AND live = 1 ORDER BY start_at, id"),
        [type_id],
        a_block,
    )
}

pub(super) fn open(db: Read<'_>, now: Moment) -> Fallible<Vec<Block>> {
    db.rows(
        block_where!(
            "WHERE live = 1 AND (end_at > ?1 OR kind = 'MAINTENANCE') ORDER BY start_at, id"
        ),
        [now],
        a_block,
    )
}
