//! The outbox as a log: append-only, gapless, hash-chained. It is also the audit trail.

use super::access::{Read, Write};
use crate::events::{Event, Recorded};
use crate::kernel::{Fallible, Moment, StaffId};
use anyhow::{Context, bail};
use rusqlite::Row;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The newest link of the chain.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Head {
    pub seq: i64,
    pub hash: [u8; 32],
}

impl Head {
    /// `4711 3fa2c0de91b7aa05`: what a pick list prints, so that a rewritten file betrays itself.
    pub fn seal(&self) -> String {
        format!("{} {}", self.seq, hex(&self.hash[..8]))
    }
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) struct Envelope {
    pub id: Uuid,
    pub at: Moment,
    pub staff: Option<StaffId>,
    pub command: Uuid,
    pub reverses: Option<Uuid>,
}

/// The newest link; before the first event it is seeded with the shop's id, so that two shops'
/// chains never match.
pub fn head(db: Read<'_>) -> Fallible<Head> {
    if let Some(head) = db.maybe(
        "SELECT seq, hash FROM outbox ORDER BY seq DESC LIMIT 1",
        [],
        |row| {
            Ok(Head {
                seq: row.get(0)?,
                hash: row.get(1)?,
            })
        },
    )? {
        return Ok(head);
    }
    Ok(Head {
        seq: 0,
        hash: seed(db)?,
    })
}

fn seed(db: Read<'_>) -> Fallible<[u8; 32]> {
    Ok(Sha256::digest(shop_id(db)?.as_bytes()).into())
}

/// What tells this shop's file from every other, for as long as it lives.
pub fn shop_id(db: Read<'_>) -> Fallible<String> {
    db.one(
        "SELECT value FROM setting WHERE name = 'shop_id'",
        [],
        |row| row.get(0),
    )
    .context("the file has no shop id")
}

pub(super) fn append(
    db: &mut Write<'_>,
    head: Head,
    event: &Event,
    envelope: &Envelope,
) -> Fallible<Head> {
    let (kind, mut payload) = event.encode()?;
    if let Some(undone) = envelope.reverses {
        let mut value: serde_json::Value = serde_json::from_str(&payload)?;
        value["reverses"] = serde_json::Value::String(undone.to_string());
        payload = serde_json::to_string(&value)?;
    }
    let (aggregate, aggregate_id) = event.aggregate();
    let aggregate_id = aggregate_id.to_string();
    let seq = head.seq + 1;
    let hash = link(
        &head.hash,
        &Link {
            seq,
            id: &envelope.id,
            kind: &kind,
            version: Event::VERSION,
            aggregate,
            aggregate_id: &aggregate_id,
            at: envelope.at,
            staff: envelope.staff,
            command: &envelope.command,
            payload: &payload,
        },
    );
    db.execute(
        "INSERT INTO outbox(seq, event_id, kind, version, aggregate, aggregate_id, occurred_at, staff_id, command_id, payload, hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        rusqlite::params![
            seq,
            envelope.id.as_bytes().as_slice(),
            kind,
            Event::VERSION,
            aggregate,
            aggregate_id,
            envelope.at,
            envelope.staff,
            envelope.command.as_bytes().as_slice(),
            payload,
            hash.as_slice()
        ],
    )?;
    Ok(Head { seq, hash })
}

struct Link<'a> {
    seq: i64,
    id: &'a Uuid,
    kind: &'a str,
    version: i64,
    aggregate: &'a str,
    aggregate_id: &'a str,
    at: Moment,
    staff: Option<StaffId>,
    command: &'a Uuid,
    payload: &'a str,
}

/// SHA-256 over the previous link and every other column, each prefixed with its length, numbers as
/// eight bytes, big-endian.
fn link(previous: &[u8; 32], event: &Link<'_>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    let mut column = |bytes: &[u8]| {
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    };
    column(previous);
    column(&event.seq.to_be_bytes());
    column(event.id.as_bytes());
    column(event.kind.as_bytes());
    column(&event.version.to_be_bytes());
    column(event.aggregate.as_bytes());
    column(event.aggregate_id.as_bytes());
    column(&event.at.0.to_be_bytes());
    match event.staff {
        Some(staff) => column(&staff.0.to_be_bytes()),
        None => column(&[]),
    }
    column(event.command.as_bytes());
    column(event.payload.as_bytes());
    hasher.finalize().into()
}

const COLUMNS: &str =
    "seq, event_id, kind, version, aggregate, aggregate_id, occurred_at, staff_id, payload";

fn recorded(row: &Row<'_>) -> rusqlite::Result<Recorded> {
    let id: [u8; 16] = row.get(1)?;
    let (kind, payload): (String, String) = (row.get(2)?, row.get(8)?);
    let (event, broken) = match Event::decode(&kind, &payload) {
        Ok(event) => (event, None),
        Err(error) => (None, Some(error.to_string())),
    };
    Ok(Recorded {
        seq: row.get(0)?,
        event_id: Uuid::from_bytes(id),
        kind,
        version: row.get(3)?,
        aggregate: row.get(4)?,
        aggregate_id: row.get(5)?,
        at: row.get(6)?,
        staff: row.get(7)?,
        payload,
        event,
        broken,
    })
}

/// Up to `limit` events after `seq`, oldest first.
pub fn events_after(db: Read<'_>, seq: i64, limit: i64) -> Fallible<Vec<Recorded>> {
    db.rows(
        &format!("SELECT {COLUMNS} FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT ?2"),
        (seq, limit),
        recorded,
    )
}

/// One event, by its id.
pub fn event(db: Read<'_>, id: Uuid) -> Fallible<Option<Recorded>> {
    db.maybe(
        &format!("SELECT {COLUMNS} FROM outbox WHERE event_id = ?1"),
        [id.as_bytes().as_slice()],
        recorded,
    )
}

/// The number of an event, by its id.
pub fn seq_of(db: Read<'_>, id: Uuid) -> Fallible<Option<i64>> {
    db.maybe(
        "SELECT seq FROM outbox WHERE event_id = ?1",
        [id.as_bytes().as_slice()],
        |row| row.get(0),
    )
}

/// The last event of a kind about a thing that was told since another one: a range of the log, for
/// the undoing of what was done lately.
pub fn last_since(db: Read<'_>, since: Uuid, kind: &str, thing: i64) -> Fallible<Option<Uuid>> {
    let id: Option<[u8; 16]> = db.maybe(
        "SELECT event_id FROM outbox WHERE seq > (SELECT seq FROM outbox WHERE event_id = ?1) AND kind = ?2 AND aggregate_id = ?3 ORDER BY seq DESC LIMIT 1",
        (since.as_bytes().as_slice(), kind, thing.to_string()),
        |row| row.get(0),
    )?;
    Ok(id.map(Uuid::from_bytes))
}

/// The number of the newest event, 0 before the first.
pub fn last_seq(db: Read<'_>) -> Fallible<i64> {
    db.one("SELECT coalesce(max(seq), 0) FROM outbox", [], |row| {
        row.get(0)
    })
}

/// When the newest event was written down; `None` before the first. Imported facts carry their own,
/// older times, so its command's counts.
pub fn last_written_at(db: Read<'_>) -> Fallible<Option<Moment>> {
    db.maybe("SELECT at FROM command_log WHERE command_id = (SELECT command_id FROM outbox ORDER BY seq DESC LIMIT 1)", [], |row| row.get(0))
}

/// Proves the whole chain: no gap, every hash right. The first thing wrong, as a sentence.
pub fn verify(db: Read<'_>) -> Fallible<Option<String>> {
    let mut head = Head {
        seq: 0,
        hash: seed(db)?,
    };
    loop {
        let rows = db.rows(
            "SELECT seq, event_id, kind, version, aggregate, aggregate_id, occurred_at, staff_id, payload, command_id, hash FROM outbox WHERE seq > ?1 ORDER BY seq LIMIT 1000",
            [head.seq],
            |row| {
                let command: [u8; 16] = row.get(9)?;
                let hash: [u8; 32] = row.get(10)?;
                Ok((recorded(row)?, Uuid::from_bytes(command), hash))
            },
        )?;
        if rows.is_empty() {
            return Ok(None);
        }
        for (event, command, hash) in rows {
            if event.seq != head.seq + 1 {
                return Ok(Some(format!(
                    "events {} to {} are missing",
                    head.seq + 1,
                    event.seq - 1
                )));
            }
            let expected = link(
                &head.hash,
                &Link {
                    seq: event.seq,
                    id: &event.event_id,
                    kind: &event.kind,
                    version: event.version,
                    aggregate: &event.aggregate,
                    aggregate_id: &event.aggregate_id,
                    at: event.at,
                    staff: event.staff,
                    command: &command,
                    payload: &event.payload,
                },
            );
            if expected != hash {
                return Ok(Some(format!(
                    "event {} ({}) was altered after it was written",
                    event.seq, event.kind
                )));
            }
            head = Head {
                seq: event.seq,
                hash,
            };
        }
    }
}

/// The hash of one event, to compare with a head that was noted elsewhere.
pub fn hash_of(db: Read<'_>, seq: i64) -> Fallible<Option<[u8; 32]>> {
    db.maybe("SELECT hash FROM outbox WHERE seq = ?1", [seq], |row| {
        row.get(0)
    })
}

/// Reads a head that was noted beside the file; `None` if it is another shop's. Earlier notes do
/// not say whose they are.
///
/// A fourth word, where there is one, says where the file ended when it was first seen to be behind.
pub(super) fn parse_head(text: &str, shop: &str) -> Fallible<Option<(Head, Option<i64>)>> {
    let mut words = text.split_whitespace();
    let (seq, hash) = words
        .next()
        .zip(words.next())
        .context("the head file has no two words")?;
    if words.next().is_some_and(|noted| noted != shop) {
        return Ok(None);
    }
    let ended = words.next().and_then(|ended| ended.parse().ok());
    let head = Head {
        seq: seq.parse()?,
        hash: unhex(hash)?,
    };
    Ok(Some((head, ended)))
}

/// A hash as it is written out; an error where it is cut.
pub(super) fn unhex(hash: &str) -> Fallible<[u8; 32]> {
    if hash.len() != 64 || !hash.is_ascii() {
        bail!("a hash is cut");
    }
    let mut bytes = [0; 32];
    for (position, pair) in hash.as_bytes().chunks(2).enumerate() {
        bytes[position] = u8::from_str_radix(std::str::from_utf8(pair)?, 16)?;
    }
    Ok(bytes)
}
