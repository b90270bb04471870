//! The SQL of `claim` and `bulk_claim`.

use crate::kernel::{ClaimId, Fallible, ItemId, LineId, Moment, Period, RentalId, TypeId};
use crate::store::{Read, Write};

/// A live promise of a count.
pub(super) struct Promise {
    pub id: ClaimId,
    pub line: LineId,
    pub quantity: i64,
}

pub(super) fn insert(
    db: &mut Write<'_>,
    id: ItemId,
    kind: &str,
    source: i64,
    window: Period,
) -> Fallible<()> {
    db.execute("INSERT INTO claim(item_id, kind, source, start_at, end_at, live) VALUES (?1, ?2, ?3, ?4, ?5, 1)", (id, kind, source, window.start, window.end))?;
    Ok(())
}

/// The item that something has.
pub(super) fn item_of(db: Read<'_>, kind: &str, source: i64) -> Fallible<Option<ItemId>> {
    db.maybe(
        "SELECT item_id FROM claim WHERE kind = ?1 AND source = ?2 AND live = 1",
        (kind, source),
        |row| row.get(0),
    )
}

pub(super) fn release(db: &mut Write<'_>, kind: &str, source: i64) -> Fallible<()> {
    db.execute(
        "UPDATE claim SET live = 0 WHERE kind = ?1 AND source = ?2 AND live = 1",
        (kind, source),
    )?;
    Ok(())
}

pub(super) fn release_overlapping(
    db: &mut Write<'_>,
    id: ItemId,
    kind: &str,
    window: Period,
) -> Fallible<()> {
    db.execute("UPDATE claim SET live = 0 WHERE item_id = ?1 AND kind = ?2 AND live = 1 AND start_at < ?4 AND end_at > ?3", (id, kind, window.start, window.end))?;
    Ok(())
}

/// What has an item in a window, earliest first.
pub(super) fn overlapping(db: Read<'_>, id: ItemId, window: Period) -> Fallible<Vec<String>> {
    db.rows("SELECT kind FROM claim WHERE item_id = ?1 AND live = 1 AND start_at < ?3 AND end_at > ?2 ORDER BY start_at", (id, window.start, window.end), |row| row.get(0))
}

pub(super) fn pins(db: Read<'_>, id: ItemId, window: Period) -> Fallible<Vec<(LineId, Period)>> {
    db.rows(
        "SELECT source, start_at, end_at FROM claim WHERE item_id = ?1 AND kind = 'pin' AND live = 1 AND start_at < ?3 AND end_at > ?2 ORDER BY start_at",
        (id, window.start, window.end),
        |row| Ok((row.get(0)?, Period { start: row.get(1)?, end: row.get(2)? })),
    )
}

/// `lines` is a JSON list.
pub(super) fn pinned_among(db: Read<'_>, lines: &str) -> Fallible<Vec<LineId>> {
    db.rows("SELECT c.source FROM json_each(?1) AS w CROSS JOIN claim c WHERE c.kind = 'pin' AND c.source = w.value AND c.live = 1", [lines], |row| row.get(0))
}

pub(super) fn pinned_of_type(
    db: Read<'_>,
    type_id: TypeId,
    window: Period,
) -> Fallible<Vec<ItemId>> {
    db.rows(
        "SELECT DISTINCT c.item_id FROM item i JOIN claim c ON c.item_id = i.id WHERE i.type_id = ?1 AND c.kind = 'pin' AND c.live = 1 AND c.start_at < ?3 AND c.end_at > ?2",
        (type_id, window.start, window.end),
        |row| row.get(0),
    )
}

pub(super) fn insert_bulk(
    db: &mut Write<'_>,
    type_id: TypeId,
    kind: &str,
    source: i64,
    quantity: i64,
    window: Period,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO bulk_claim(type_id, kind, source, quantity, start_at, end_at, live) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)",
        (type_id, kind, source, quantity, window.start, window.end),
    )?;
    Ok(())
}

pub(super) fn lower_bulk(db: &mut Write<'_>, rental: RentalId, left: i64) -> Fallible<()> {
    if left > 0 {
        db.execute(
            "UPDATE bulk_claim SET quantity = ?2 WHERE kind = 'out' AND source = ?1 AND live = 1",
            (rental, left),
        )?;
    } else {
        db.execute(
            "UPDATE bulk_claim SET live = 0 WHERE kind = 'out' AND source = ?1 AND live = 1",
            [rental],
        )?;
    }
    Ok(())
}

pub(super) fn release_bulk_promise(db: &mut Write<'_>, line: LineId) -> Fallible<()> {
    db.execute(
        "UPDATE bulk_claim SET live = 0 WHERE kind = 'line' AND source = ?1 AND live = 1",
        [line],
    )?;
    Ok(())
}

/// How many are out or promised at the start of a window and wherever one more begins inside it, as
/// the guard in the file counts.
pub(super) fn sums(db: Read<'_>, type_id: TypeId, window: Period) -> Fallible<Vec<(Moment, i64)>> {
    db.rows(
        "SELECT p.t, (SELECT coalesce(sum(c.quantity), 0) FROM bulk_claim c WHERE c.type_id = ?1 AND c.live = 1 AND c.start_at <= p.t AND c.end_at > p.t)
           FROM (SELECT ?2 AS t UNION SELECT start_at FROM bulk_claim WHERE type_id = ?1 AND live = 1 AND start_at > ?2 AND start_at < ?3) p ORDER BY p.t",
        (type_id, window.start, window.end),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn sum_at(db: Read<'_>, type_id: TypeId, at: Moment) -> Fallible<i64> {
    db.one("SELECT coalesce(sum(quantity), 0) FROM bulk_claim WHERE type_id = ?1 AND live = 1 AND start_at <= ?2 AND end_at > ?2", (type_id, at), |row| row.get(0))
}

/// The promises that hold at an instant, newest first.
pub(super) fn promises_at(db: Read<'_>, type_id: TypeId, at: Moment) -> Fallible<Vec<Promise>> {
    db.rows(
        "SELECT id, source, quantity FROM bulk_claim WHERE type_id = ?1 AND live = 1 AND kind = 'line' AND start_at <= ?2 AND end_at > ?2 ORDER BY id DESC",
        (type_id, at),
        |row| Ok(Promise { id: row.get(0)?, line: row.get(1)?, quantity: row.get(2)? }),
    )
}

pub(super) fn shrink_promise(db: &mut Write<'_>, promise: &Promise, less: i64) -> Fallible<()> {
    if less < promise.quantity {
        db.execute(
            "UPDATE bulk_claim SET quantity = ?2 WHERE id = ?1",
            (promise.id, promise.quantity - less),
        )?;
    } else {
        db.execute("UPDATE bulk_claim SET live = 0 WHERE id = ?1", [promise.id])?;
    }
    Ok(())
}
