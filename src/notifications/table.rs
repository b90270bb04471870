//! The SQL of `message`.

use super::NewMessage;
use super::model::{Channel, Message, MessageState, Template};
use crate::kernel::{CustomerId, Fallible, MessageId, Moment, ReservationId, Text};
use crate::store::{AsWord, Invariant, Read, Write};
use rusqlite::{Row, named_params};
use uuid::Uuid;

pub(super) const INVARIANTS: &[Invariant] = &[Invariant {
    name: "messages",
    sql: "SELECT 'message ' || id || ' was sent without a try' FROM message WHERE state = 'SENT' AND attempts = 0",
}];

macro_rules! message_where {
    ($rest:literal) => {
        concat!("SELECT id, event_id, template, channel, customer_id, reservation_id, state, attempts, sending, next_attempt_at, sent_at, error, created_at FROM message ", $rest)
    };
}

fn a_message(row: &Row<'_>) -> rusqlite::Result<Message> {
    Ok(Message {
        id: row.get(0)?,
        event: Uuid::from_bytes(row.get(1)?),
        template: row.get::<_, AsWord<Template>>(2)?.0,
        channel: row.get::<_, AsWord<Channel>>(3)?.0,
        customer: row.get(4)?,
        reservation: row.get(5)?,
        state: row.get::<_, AsWord<MessageState>>(6)?.0,
        attempts: row.get(7)?,
        sending: row.get(8)?,
        next_attempt_at: row.get(9)?,
        sent_at: row.get(10)?,
        error: row.get(11)?,
        created_at: row.get(12)?,
    })
}

/// Not twice for the same event. `told_by`: what makes it needless.
pub(super) fn insert(db: &mut Write<'_>, new: &NewMessage, told_by: Option<&str>) -> Fallible<()> {
    let now = db.now();
    let state = if told_by.is_some() {
        MessageState::Suppressed
    } else {
        MessageState::Pending
    };
    db.execute(
        "INSERT INTO message(event_id, kind, template, channel, customer_id, reservation_id, state, attempts, sending, error, created_at)
         VALUES (:event, :kind, :template, 'EMAIL', :customer, :reservation, :state, 0, 0, :error, :now)
         ON CONFLICT (event_id, template, coalesce(reservation_id, 0)) DO NOTHING",
        named_params! {
            ":event": new.event.as_bytes().as_slice(), ":kind": AsWord(new.template.kind()), ":template": AsWord(new.template), ":customer": new.customer, ":reservation": new.reservation,
            ":state": AsWord(state), ":error": told_by, ":now": now,
        },
    )?;
    Ok(())
}

/// What waits, and is not in a sender's hands.
pub(super) fn unsent_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Message>> {
    db.rows(message_where!("WHERE reservation_id = ?1 AND state IN ('PENDING','FAILED') AND sending = 0 ORDER BY id"), [reservation], a_message)
}

pub(super) fn suppress_of_event(db: &mut Write<'_>, event: Uuid) -> Fallible<()> {
    db.execute(
        "UPDATE message SET state = 'SUPPRESSED', error = 'undone', next_attempt_at = NULL WHERE event_id = ?1 AND state IN ('PENDING','FAILED','DEAD') AND sending = 0",
        [event.as_bytes().as_slice()],
    )?;
    Ok(())
}

pub(super) fn suppress_of_reservation(
    db: &mut Write<'_>,
    reservation: ReservationId,
) -> Fallible<()> {
    db.execute(
        "UPDATE message SET state = 'SUPPRESSED', error = 'undone', next_attempt_at = NULL WHERE reservation_id = ?1 AND state IN ('PENDING','FAILED','DEAD') AND sending = 0",
        [reservation],
    )?;
    Ok(())
}

/// It was sent, or is just being.
pub(super) fn was_told(db: Read<'_>, event: Uuid) -> Fallible<bool> {
    db.one("SELECT EXISTS (SELECT 1 FROM message WHERE event_id = ?1 AND (state = 'SENT' OR sending = 1))", [event.as_bytes().as_slice()], |row| row.get(0))
}

pub(super) fn was_written_to(db: Read<'_>, reservation: ReservationId) -> Fallible<bool> {
    db.one("SELECT EXISTS (SELECT 1 FROM message WHERE reservation_id = ?1 AND (state = 'SENT' OR sending = 1))", [reservation], |row| row.get(0))
}

/// A clock that jumped back must not keep one waiting for years.
pub(super) fn due(db: Read<'_>, now: Moment) -> Fallible<Vec<Message>> {
    db.rows(
        message_where!(
            "WHERE sending = 0 AND (state = 'PENDING' OR (state = 'FAILED' AND next_attempt_at IS NOT NULL AND (next_attempt_at <= ?1 OR next_attempt_at > ?1 + 86400))) ORDER BY id"
        ),
        [now],
        a_message,
    )
}

pub(super) fn begin(
    db: &mut Write<'_>,
    id: MessageId,
    now: Moment,
    next: Option<Moment>,
) -> Fallible<bool> {
    let begun = db.execute(
        "UPDATE message SET sending = 1, attempts = attempts + 1, next_attempt_at = ?3 WHERE id = ?1 AND sending = 0
            AND (state = 'PENDING' OR (state = 'FAILED' AND next_attempt_at IS NOT NULL AND (next_attempt_at <= ?2 OR next_attempt_at > ?2 + 86400)))",
        (id, now, next),
    )?;
    Ok(begun == 1)
}

pub(super) fn sent(db: &mut Write<'_>, id: MessageId) -> Fallible<()> {
    let now = db.now();
    db.execute("UPDATE message SET state = 'SENT', sending = 0, sent_at = ?2, next_attempt_at = NULL, error = NULL WHERE id = ?1", (id, now))?;
    Ok(())
}

pub(super) fn failed(
    db: &mut Write<'_>,
    id: MessageId,
    state: MessageState,
    why: &Text,
) -> Fallible<()> {
    db.execute(
        "UPDATE message SET state = ?2, sending = 0, error = ?3, next_attempt_at = CASE WHEN ?2 = 'FAILED' THEN next_attempt_at END WHERE id = ?1",
        (id, AsWord(state), why),
    )?;
    Ok(())
}

pub(super) fn interrupted(db: &mut Write<'_>, why: &str) -> Fallible<usize> {
    db.execute("UPDATE message SET state = 'FAILED', sending = 0, next_attempt_at = NULL, error = ?1 WHERE sending = 1", [why])
}

pub(super) fn was_interrupted(db: Read<'_>) -> Fallible<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM message WHERE state IN ('PENDING','FAILED') AND sending = 1)",
        [],
        |row| row.get(0),
    )
}

/// Only the last thousand are looked at: what was left alone so long is nobody's business any more,
/// and the shop's age does not show.
pub(super) fn stuck(db: Read<'_>, limit: i64) -> Fallible<Vec<Message>> {
    db.rows(
        message_where!(
            "WHERE id > (SELECT coalesce(max(id), 0) FROM message) - 1000 AND sending = 0 AND (state = 'DEAD' OR (state = 'FAILED' AND next_attempt_at IS NULL)) ORDER BY id DESC LIMIT ?1"
        ),
        [limit],
        a_message,
    )
}

pub(super) fn suppress(db: &mut Write<'_>, id: MessageId, why: &Text) -> Fallible<()> {
    db.execute("UPDATE message SET state = 'SUPPRESSED', error = ?2, next_attempt_at = NULL WHERE id = ?1 AND state <> 'SENT' AND sending = 0", (id, why))?;
    Ok(())
}

pub(super) fn retry(db: &mut Write<'_>, id: MessageId) -> Fallible<()> {
    db.execute("UPDATE message SET state = 'PENDING', attempts = 0, next_attempt_at = NULL, error = NULL WHERE id = ?1", [id])?;
    Ok(())
}

pub(super) fn message(db: Read<'_>, id: MessageId) -> Fallible<Option<Message>> {
    db.maybe(message_where!("WHERE id = ?1"), [id], a_message)
}

pub(super) fn list(
    db: Read<'_>,
    state: Option<MessageState>,
    customer: Option<CustomerId>,
    limit: i64,
) -> Fallible<Vec<Message>> {
    db.rows(message_where!("WHERE (?1 IS NULL OR state = ?1) AND (?2 IS NULL OR customer_id = ?2) ORDER BY id DESC LIMIT ?3"), (state.map(AsWord), customer, limit), a_message)
}

pub(super) fn count(db: Read<'_>) -> Fallible<(i64, i64)> {
    db.one(
        "SELECT coalesce(sum(state = 'PENDING' OR (state = 'FAILED' AND next_attempt_at IS NOT NULL)), 0),
                coalesce(sum(state = 'DEAD' OR (state = 'FAILED' AND next_attempt_at IS NULL AND sending = 0)), 0) FROM message WHERE state IN ('PENDING','FAILED','DEAD')",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
