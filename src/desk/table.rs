//! The SQL of `draft`, `undo_step` and `unsettled`.

use crate::kernel::{Fallible, MOMENT_MAX, Moment, ReservationId};
use crate::store::{Read, Write};

pub(super) const CHECK_OUT: &str = "check-out";
pub(super) const RESERVATION: &str = "reservation";

pub(super) fn insert_draft(
    db: &mut Write<'_>,
    kind: &str,
    body: &str,
    since: Moment,
) -> Fallible<i64> {
    let (now, staff) = (db.now(), db.staff());
    db.insert("INSERT INTO draft(version, kind, body, staff_id, started_at, saved_at) VALUES (1, ?5, ?1, ?2, ?3, ?4)", (body, staff, since, now, kind))
}

pub(super) fn update_draft(
    db: &mut Write<'_>,
    kind: &str,
    id: i64,
    version: i64,
    body: &str,
) -> Fallible<bool> {
    let (now, staff) = (db.now(), db.staff());
    Ok(db.execute(
        "UPDATE draft SET version = version + 1, body = ?3, staff_id = ?4, saved_at = ?5 WHERE id = ?1 AND version = ?2 AND kind = ?6",
        (id, version, body, staff, now, kind),
    )? == 1)
}

pub(super) fn delete_draft(
    db: &mut Write<'_>,
    kind: &str,
    id: i64,
    version: i64,
) -> Fallible<bool> {
    Ok(db.execute(
        "DELETE FROM draft WHERE id = ?1 AND version = ?2 AND kind = ?3",
        (id, version, kind),
    )? == 1)
}

pub(super) fn draft(db: Read<'_>, kind: &str, id: i64) -> Fallible<Option<(i64, String)>> {
    db.maybe(
        "SELECT version, body FROM draft WHERE id = ?1 AND kind = ?2",
        (id, kind),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(super) fn drafts(db: Read<'_>, kind: &str) -> Fallible<Vec<(i64, i64, String)>> {
    db.rows(
        "SELECT id, version, body FROM draft WHERE kind = ?1 ORDER BY id",
        [kind],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn insert_step(db: &mut Write<'_>, act: &str) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    let window = db.window();
    db.execute(
        "INSERT INTO undo_step(at, staff_id, window, act) VALUES (?1, ?2, ?3, ?4)",
        (now, staff, window.as_slice(), act),
    )?;
    Ok(())
}

/// Steps of a day that stand, newest first: their id, whether another window made them, and what
/// they were.
pub(super) fn steps(db: Read<'_>, since: Moment) -> Fallible<Vec<Step>> {
    db.rows("SELECT id, at, window, act FROM undo_step WHERE undone_at IS NULL AND at >= ?1 ORDER BY id DESC", [since], |row| {
        Ok(Step { id: row.get(0)?, at: row.get(1)?, window: row.get(2)?, act: row.get(3)? })
    })
}

pub(super) struct Step {
    pub id: i64,
    pub at: Moment,
    pub window: [u8; 16],
    pub act: String,
}

/// The newest step there is, undone or not; 0 before the first.
pub(super) fn newest_of_all(db: Read<'_>) -> Fallible<i64> {
    db.one("SELECT coalesce(max(id), 0) FROM undo_step", [], |row| {
        row.get(0)
    })
}

/// What a step that was undone was.
pub(super) fn undone_step(db: Read<'_>, id: i64) -> Fallible<Option<String>> {
    db.maybe(
        "SELECT act FROM undo_step WHERE id = ?1 AND undone_at IS NOT NULL",
        [id],
        |row| row.get(0),
    )
}

pub(super) fn set_act(db: &mut Write<'_>, id: i64, act: &str) -> Fallible<()> {
    db.execute("UPDATE undo_step SET act = ?2 WHERE id = ?1", (id, act))?;
    Ok(())
}

pub(super) fn act_of(db: Read<'_>, id: i64) -> Fallible<Option<String>> {
    db.maybe("SELECT act FROM undo_step WHERE id = ?1", [id], |row| {
        row.get(0)
    })
}

pub(super) fn mark_undone(db: &mut Write<'_>, id: i64) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "UPDATE undo_step SET undone_at = ?2 WHERE id = ?1",
        (id, now),
    )?;
    Ok(())
}

pub(super) fn save_typing(db: &mut Write<'_>, body: Option<&str>) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute("DELETE FROM draft WHERE kind = 'typing'", [])?;
    if let Some(body) = body {
        db.execute("INSERT INTO draft(version, kind, body, staff_id, started_at, saved_at) VALUES (1, 'typing', ?1, ?2, ?3, ?3)", (body, staff, now))?;
    }
    Ok(())
}

pub(super) fn typing(db: Read<'_>) -> Fallible<Option<String>> {
    db.maybe(
        "SELECT body FROM draft WHERE kind = 'typing' ORDER BY id DESC LIMIT 1",
        [],
        |row| row.get(0),
    )
}

/// The newest first.
pub(super) fn unsettled(db: Read<'_>, limit: usize) -> Fallible<Vec<(ReservationId, Moment)>> {
    db.rows("SELECT reservation_id, since FROM unsettled WHERE since < ?2 ORDER BY since DESC, reservation_id DESC LIMIT ?1", (i64::try_from(limit)?, MOMENT_MAX), |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

pub(super) fn mark_unsettled(
    db: &mut Write<'_>,
    reservation: ReservationId,
    since: Moment,
) -> Fallible<()> {
    db.execute("INSERT INTO unsettled(reservation_id, since) VALUES (?1, ?2) ON CONFLICT(reservation_id) DO UPDATE SET since = excluded.since", (reservation, since))?;
    Ok(())
}

/// The same for one return among others: the last of them counts.
pub(super) fn mark_return(
    db: &mut Write<'_>,
    reservation: ReservationId,
    since: Moment,
) -> Fallible<()> {
    let sql = "INSERT INTO unsettled(reservation_id, since) VALUES (?1, ?2) ON CONFLICT(reservation_id) DO UPDATE SET since = max(since, excluded.since)";
    db.execute(sql, (reservation, since))?;
    Ok(())
}

/// Something more of it came back; where nothing is marked, nothing is.
pub(super) fn move_mark(
    db: &mut Write<'_>,
    reservation: ReservationId,
    since: Moment,
) -> Fallible<()> {
    db.execute(
        "UPDATE unsettled SET since = ?2 WHERE reservation_id = ?1 AND since < ?2",
        (reservation, since),
    )?;
    Ok(())
}

pub(super) fn mark_settled(db: &mut Write<'_>, reservation: ReservationId) -> Fallible<()> {
    db.execute(
        "DELETE FROM unsettled WHERE reservation_id = ?1",
        [reservation],
    )?;
    Ok(())
}
