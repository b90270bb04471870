//! The SQL of the outbox's own tables: cursors, failures, skips.

use super::FailureState;
use crate::kernel::{Fallible, Moment, Text};
use crate::store::{Invariant, Read, Write, log};
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

pub(super) const INVARIANTS: &[Invariant] = &[Invariant {
    name: "cursors",
    sql: "SELECT consumer || ' stands at ' || last_seq || ', beyond the last event' FROM consumer_cursor WHERE last_seq > (SELECT coalesce(max(seq), 0) FROM outbox)",
}];

/// The last event a subscriber has heard, and the process that is inside a slice.
pub(super) fn cursor(db: Read<'_>, consumer: &str) -> Fallible<(i64, Option<[u8; 16]>)> {
    Ok(db
        .maybe(
            "SELECT last_seq, trying_by FROM consumer_cursor WHERE consumer = ?1",
            [consumer],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .unwrap_or((0, None)))
}

pub(super) fn set_trying(
    db: &mut Write<'_>,
    consumer: &str,
    token: Option<&[u8; 16]>,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO consumer_cursor(consumer, last_seq, trying_by) VALUES (?1, 0, ?2) ON CONFLICT(consumer) DO UPDATE SET trying_by = excluded.trying_by",
        (consumer, token.map(<[u8; 16]>::as_slice)),
    )?;
    Ok(())
}

pub(super) fn move_cursor(db: &mut Write<'_>, consumer: &str, seq: i64) -> Fallible<()> {
    db.execute(
        "INSERT INTO consumer_cursor(consumer, last_seq, trying_by) VALUES (?1, ?2, NULL) ON CONFLICT(consumer) DO UPDATE SET last_seq = excluded.last_seq, trying_by = NULL",
        (consumer, seq),
    )?;
    Ok(())
}

pub(super) fn failure(db: Read<'_>, consumer: &str) -> Fallible<Option<FailureState>> {
    db.maybe("SELECT seq, attempts, crashes, next_attempt_at, last_error, parked FROM consumer_failure WHERE consumer = ?1", [consumer], |row| {
        Ok(FailureState { seq: row.get(0)?, attempts: row.get(1)?, crashes: row.get(2)?, next_attempt_at: row.get(3)?, last_error: row.get(4)?, parked: row.get(5)? })
    })
}

/// A process died inside this subscriber's slice.
pub(super) fn note_crash(
    db: &mut Write<'_>,
    consumer: &str,
    now: Moment,
    crashes_max: i64,
) -> Fallible<()> {
    let seq = cursor(db.read(), consumer)?.0 + 1;
    if seq > log::last_seq(db.read())? {
        return Ok(()); // it died after its work was done
    }
    db.execute(
        "INSERT INTO consumer_failure(consumer, seq, attempts, crashes, next_attempt_at, last_error, parked) VALUES (?1, ?2, 0, 1, ?3, 'the program ended in it', 0)
         ON CONFLICT(consumer) DO UPDATE SET crashes = CASE WHEN seq = excluded.seq THEN crashes + 1 ELSE 1 END, seq = excluded.seq, next_attempt_at = excluded.next_attempt_at",
        (consumer, seq, now),
    )?;
    db.execute(
        "UPDATE consumer_failure SET parked = 1 WHERE consumer = ?1 AND crashes >= ?2",
        (consumer, crashes_max),
    )?;
    Ok(())
}

pub(super) fn note_attempt(
    db: &mut Write<'_>,
    consumer: &str,
    seq: i64,
    attempts: i64,
    next: Moment,
    error: &Text,
    parked: bool,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO consumer_failure(consumer, seq, attempts, crashes, next_attempt_at, last_error, parked) VALUES (?1, ?2, ?3, 0, ?4, ?5, ?6)
         ON CONFLICT(consumer) DO UPDATE SET seq = excluded.seq, attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at, last_error = excluded.last_error, parked = excluded.parked",
        (consumer, seq, attempts, next, error, parked),
    )?;
    Ok(())
}

pub(super) fn clear_failure(db: &mut Write<'_>, consumer: &str) -> Fallible<()> {
    db.execute(
        "DELETE FROM consumer_failure WHERE consumer = ?1",
        [consumer],
    )?;
    Ok(())
}

pub(super) fn note_skip(
    db: &mut Write<'_>,
    consumer: &str,
    seq: i64,
    reason: &Text,
) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute("INSERT INTO consumer_skip(consumer, seq, staff_id, reason, at) VALUES (?1, ?2, ?3, ?4, ?5)", (consumer, seq, staff, reason, now))?;
    Ok(())
}

pub(super) fn skipped_after(db: Read<'_>, consumer: &str, seq: i64) -> Fallible<BTreeSet<i64>> {
    Ok(db
        .rows(
            "SELECT seq FROM consumer_skip WHERE consumer = ?1 AND seq > ?2",
            (consumer, seq),
            |row| row.get(0),
        )?
        .into_iter()
        .collect())
}

/// SHA-256 over every cell of a table, in the order of its key, each with its type and length.
pub(super) fn seal(db: Read<'_>, table: &str) -> Fallible<String> {
    let key = db
        .rows(
            "SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk",
            [table],
            |row| row.get::<_, String>(0),
        )?
        .join(", ");
    let columns = db.rows(
        "SELECT name FROM pragma_table_info(?1) ORDER BY cid",
        [table],
        |row| row.get::<_, String>(0),
    )?;
    let mut hasher = Sha256::new();
    db.rows(
        &format!("SELECT {} FROM {table} ORDER BY {key}", columns.join(", ")),
        [],
        |row| {
            for position in 0..columns.len() {
                let (kind, bytes) = match row.get_ref(position)? {
                    ValueRef::Null => (0_u8, Vec::new()),
                    ValueRef::Integer(value) => (1, value.to_be_bytes().to_vec()),
                    ValueRef::Real(value) => (2, value.to_be_bytes().to_vec()),
                    ValueRef::Text(value) => (3, value.to_vec()),
                    ValueRef::Blob(value) => (4, value.to_vec()),
                };
                hasher.update([kind]);
                hasher.update((bytes.len() as u64).to_be_bytes());
                hasher.update(bytes);
            }
            Ok(())
        },
    )?;
    Ok(log::hex(&hasher.finalize()))
}
