//! The SQL of what is promised: the three index ranges of the sweep, and the shortages made of
//! them.

use super::super::availability::Promise;
use crate::kernel::{CustomerId, Fallible, ItemId, LineId, Moment, Period, ReservationId, TypeId};
use crate::store::{Read, Write};
use std::collections::BTreeSet;

/// What is handed over, as the calendar sees it.
pub(super) struct Out {
    pub due_at: Moment,
    pub free_at: Moment,
    pub quantity: i64,
    pub item: Option<ItemId>,
    pub out_at: Moment,
    pub reservation: ReservationId,
    pub customer: CustomerId,
}

/// When it is due, when it is free again, how many, which item.
pub(super) type OutNow = (Moment, Moment, i64, Option<ItemId>);

/// What is out now, overdue gear included: by type, not by time.
pub(super) fn out_now(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<OutNow>> {
    db.rows("SELECT due_at, free_at, quantity, item_id FROM rental WHERE state = 'OUT' AND type_id = ?1", [type_id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))
}

/// As [`out_now`], with whose it is and since when.
pub(super) fn out_of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Out>> {
    db.rows("SELECT due_at, free_at, quantity, item_id, out_at, reservation_id, customer_id FROM rental WHERE state = 'OUT' AND type_id = ?1", [type_id], |row| {
        Ok(Out { due_at: row.get(0)?, free_at: row.get(1)?, quantity: row.get(2)?, item: row.get(3)?, out_at: row.get(4)?, reservation: row.get(5)?, customer: row.get(6)? })
    })
}

/// What is promised in a window; `None` where a line of the type names its item, so that counting
/// does not decide. Where nothing is promised in the window no pin bears on it. The index's own
/// condition stands here literally (`>= 1` would be a scan).
pub(super) fn demand(
    db: Read<'_>,
    type_id: TypeId,
    window: Period,
) -> Fallible<Option<Vec<(Period, i64)>>> {
    let mut pinned = false;
    let found = db.rows(
        "SELECT start_at, free_at, claimed_qty, (SELECT EXISTS (SELECT 1 FROM reservation_line WHERE claimed_qty > 0 AND pinned_item_id IS NOT NULL AND type_id = ?1))
           FROM reservation_line WHERE claimed_qty > 0 AND type_id = ?1 AND free_at > ?2 AND start_at < ?3",
        (type_id, window.start, window.end),
        |row| {
            pinned |= row.get::<_, bool>(3)?;
            Ok((Period { start: row.get(0)?, end: row.get(1)? }, row.get(2)?))
        },
    )?;
    Ok((!pinned).then_some(found))
}

/// What is promised of many types in a window, in the order of the types; `types` is a JSON list.
pub(super) fn demand_of(
    db: Read<'_>,
    types: &str,
    window: Period,
) -> Fallible<Vec<(TypeId, (Period, i64))>> {
    db.rows(
        "SELECT l.type_id, l.start_at, l.free_at, l.claimed_qty FROM json_each(?1) AS t CROSS JOIN reservation_line l
          WHERE l.claimed_qty > 0 AND l.type_id = t.value AND l.free_at > ?2 AND l.start_at < ?3",
        (types, window.start, window.end),
        |row| Ok((row.get(0)?, (Period { start: row.get(1)?, end: row.get(2)? }, row.get(3)?))),
    )
}

/// Those of many types of which a line names its item.
pub(super) fn pinned_of(db: Read<'_>, types: &str) -> Fallible<BTreeSet<TypeId>> {
    let found = db.rows(
        "SELECT t.value FROM json_each(?1) AS t WHERE EXISTS (SELECT 1 FROM reservation_line l WHERE l.claimed_qty > 0 AND l.pinned_item_id IS NOT NULL AND l.type_id = t.value)",
        [types],
        |row| row.get(0),
    )?;
    Ok(found.into_iter().collect())
}

/// As [`out_now`], of many types at once.
pub(super) fn out_now_of(db: Read<'_>, types: &str) -> Fallible<Vec<(TypeId, OutNow)>> {
    db.rows("SELECT r.type_id, due_at, free_at, quantity, item_id FROM json_each(?1) AS t CROSS JOIN rental r WHERE r.state = 'OUT' AND r.type_id = t.value", [types], |row| {
        Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
    })
}

/// Every open promise that is not over, first promised first.
pub(super) fn promises(db: Read<'_>, type_id: TypeId, from: Moment) -> Fallible<Vec<Promise>> {
    db.rows(
        "SELECT id, reservation_id, start_at, free_at, claimed_qty, pinned_item_id FROM reservation_line WHERE claimed_qty > 0 AND type_id = ?1 AND free_at > ?2 ORDER BY rank, id",
        (type_id, from),
        |row| Ok(Promise { line: row.get(0)?, reservation: row.get(1)?, window: Period { start: row.get(2)?, end: row.get(3)? }, quantity: row.get(4)?, pin: row.get(5)? }),
    )
}

pub(super) fn has_pins(db: Read<'_>, type_id: TypeId) -> Fallible<bool> {
    db.one("SELECT EXISTS (SELECT 1 FROM reservation_line WHERE claimed_qty > 0 AND pinned_item_id IS NOT NULL AND type_id = ?1)", [type_id], |row| row.get(0))
}

/// Whether anything of the type was short when it was last counted.
pub(super) fn was_short(db: Read<'_>, type_id: TypeId) -> Fallible<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM shortage WHERE type_id = ?1)",
        [type_id],
        |row| row.get(0),
    )
}

pub(super) fn has_promises(db: Read<'_>, type_id: TypeId) -> Fallible<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM reservation_line WHERE claimed_qty > 0 AND type_id = ?1)",
        [type_id],
        |row| row.get(0),
    )
}

/// Types of which something is out past its due time: by the index of due times, or every check-out
/// that is open would be walked.
pub(super) fn overdue_types(db: Read<'_>, now: Moment) -> Fallible<Vec<TypeId>> {
    db.rows("SELECT DISTINCT type_id FROM rental INDEXED BY rental_due WHERE state = 'OUT' AND due_at < ?1", [now], |row| row.get(0))
}

pub(super) struct Row {
    pub type_id: TypeId,
    pub line: LineId,
    pub reservation: ReservationId,
    pub during: Period,
    pub missing: i64,
    pub cause: String,
}

pub(super) fn clear(db: &mut Write<'_>, type_id: TypeId) -> Fallible<()> {
    db.execute("DELETE FROM shortage WHERE type_id = ?1", [type_id])?;
    Ok(())
}

pub(super) fn insert(db: &mut Write<'_>, row: &Row) -> Fallible<()> {
    db.execute(
        "INSERT INTO shortage(type_id, line_id, reservation_id, start_at, end_at, missing, cause) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (row.type_id, row.line, row.reservation, row.during.start, row.during.end, row.missing, &row.cause),
    )?;
    Ok(())
}

pub(super) fn all(db: Read<'_>) -> Fallible<Vec<Row>> {
    db.rows("SELECT type_id, line_id, reservation_id, start_at, end_at, missing, cause FROM shortage ORDER BY start_at, line_id", [], |row| {
        Ok(Row {
            type_id: row.get(0)?,
            line: row.get(1)?,
            reservation: row.get(2)?,
            during: Period { start: row.get(3)?, end: row.get(4)? },
            missing: row.get(5)?,
            cause: row.get(6)?,
        })
    })
}

pub(super) fn truncate(db: &mut Write<'_>) -> Fallible<()> {
    db.execute("DELETE FROM shortage", [])?;
    Ok(())
}
