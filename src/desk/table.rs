//! The SQL of `draft` and `undo_step`.

use crate::kernel::{Fallible, Moment};
use crate::store::{Read, Write};

pub(super) fn save_draft(db: &mut Write<'_>, id: Option<i64>, body: &str, since: Moment) -> Fallible<i64> {
    let (now, staff) = (db.now(), db.staff());
    match id {
        Some(id) => {
            db.execute(
                "INSERT INTO draft(id, kind, body, staff_id, started_at, saved_at) VALUES (?1, 'check-out', ?2, ?3, ?4, ?5)
                 ON CONFLICT(id) DO UPDATE SET body = excluded.body, staff_id = excluded.staff_id, saved_at = excluded.saved_at",
                (id, body, staff, since, now),
            )?;
            Ok(id)
        }
        None => db.insert("INSERT INTO draft(kind, body, staff_id, started_at, saved_at) VALUES ('check-out', ?1, ?2, ?3, ?4)", (body, staff, since, now)),
    }
}

pub(super) fn delete_draft(db: &mut Write<'_>, id: i64) -> Fallible<()> {
    db.execute("DELETE FROM draft WHERE id = ?1", [id])?;
    Ok(())
}

pub(super) fn draft(db: Read<'_>, id: i64) -> Fallible<Option<String>> {
    db.maybe("SELECT body FROM draft WHERE id = ?1 AND kind = 'check-out'", [id], |row| row.get(0))
}

pub(super) fn drafts(db: Read<'_>) -> Fallible<Vec<(i64, String)>> {
    db.rows("SELECT id, body FROM draft WHERE kind = 'check-out' ORDER BY id", [], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn insert_step(db: &mut Write<'_>, act: &str) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute("INSERT INTO undo_step(at, staff_id, act) VALUES (?1, ?2, ?3)", (now, staff, act))?;
    Ok(())
}

pub(super) fn last_step(db: Read<'_>, since: Moment) -> Fallible<Option<(i64, String)>> {
    db.maybe("SELECT id, act FROM undo_step WHERE undone_at IS NULL AND at >= ?1 ORDER BY id DESC LIMIT 1", [since], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn steps(db: Read<'_>, since: Moment) -> Fallible<Vec<(i64, String)>> {
    db.rows("SELECT id, act FROM undo_step WHERE undone_at IS NULL AND at >= ?1 ORDER BY id DESC", [since], |row| Ok((row.get(0)?, row.get(1)?)))
}

pub(super) fn mark_undone(db: &mut Write<'_>, id: i64) -> Fallible<()> {
    let now = db.now();
    db.execute("UPDATE undo_step SET undone_at = ?2 WHERE id = ?1", (id, now))?;
    Ok(())
}

pub(super) fn save_typing(db: &mut Write<'_>, body: Option<&str>) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute("DELETE FROM draft WHERE kind = 'typing'", [])?;
    if let Some(body) = body {
        db.execute("INSERT INTO draft(kind, body, staff_id, started_at, saved_at) VALUES ('typing', ?1, ?2, ?3, ?3)", (body, staff, now))?;
    }
    Ok(())
}

pub(super) fn typing(db: Read<'_>) -> Fallible<Option<String>> {
    db.maybe("SELECT body FROM draft WHERE kind = 'typing' ORDER BY id DESC LIMIT 1", [], |row| row.get(0))
}
