//! What customers are written about.
//!
//! **Does** keeps a row for each message that an event asks for, and what became of it; makes a
//! letter of it from a template, a mail of the letter, and hands that to the shop's mail program.
//! Writing a row is a subscriber's work; sending is never done there, but by a sender ([`due`],
//! [`begin`], [`done`]), at least once. Rows are state: keyed by event, never made again. A row
//! holds ids and a template's name; the name, the address and the text are put together when it is
//! sent. **Owns** `message`. **Publishes** `NotificationSent`, `NotificationFailed`. **Hears**,
//! through the desk, which knows whom it is about: reservations, what is overdue, withdrawn types.

mod deliver;
mod mail;
mod model;
mod table;

pub use deliver::deliver;
pub use mail::{Envelope, mail};
pub use model::{
    Channel, Kind, Letter, Message, MessageState, NotificationRefusal, Template, Told, render,
    told_by,
};

use crate::events::{Event, NotificationFact};
use crate::kernel::{CustomerId, Failure, Fallible, MessageId, Moment, ReservationId, Text};
use crate::store::{Invariant, Read, Write};
use uuid::Uuid;

type Outcome<T> = Result<T, Failure<NotificationRefusal>>;

/// So often a message is tried before it is given up.
pub const ATTEMPTS_MAX: i64 = 8;

/// A message to be written: about what, to whom, because of which event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewMessage {
    pub event: Uuid,
    pub template: Template,
    pub customer: Option<CustomerId>,
    pub reservation: Option<ReservationId>,
}

/// Writes a message, once for each event and reservation. What a waiting one will say anyhow is not
/// said twice.
pub fn write(db: &mut Write<'_>, new: &NewMessage) -> Fallible<()> {
    let says_it = match new.reservation {
        Some(reservation) => table::unsent_of(db.read(), reservation)?
            .into_iter()
            .find(|waiting| waiting.template.says(new.template) && waiting.event != new.event),
        None => None,
    };
    table::insert(
        db,
        new,
        says_it
            .map(|waiting| format!("message {} tells it", waiting.id.0))
            .as_deref(),
    )
}

/// The event is undone: what was not sent of it is not sent any more. Whether something was.
pub fn take_back(db: &mut Write<'_>, event: Uuid) -> Fallible<bool> {
    table::suppress_of_event(db, event)?;
    table::was_told(db.read(), event)
}

/// The whole reservation is undone. Whether anything of it was told.
pub fn take_back_all(db: &mut Write<'_>, reservation: ReservationId) -> Fallible<bool> {
    table::suppress_of_reservation(db, reservation)?;
    table::was_written_to(db.read(), reservation)
}

/// What a sender has to try now, oldest first.
pub fn due(db: Read<'_>, now: Moment) -> Fallible<Vec<Message>> {
    table::due(db, now)
}

/// A sender begins with one: noted first, so that a process that dies in it leaves the note behind.
/// False if it is no longer to be sent.
pub fn begin(db: &mut Write<'_>, id: MessageId) -> Outcome<bool> {
    let now = db.now();
    let next = table::message(db.read(), id)?
        .map(|message| model::next_attempt(now, message.attempts + 1, id));
    Ok(table::begin(db, id, now, next)?)
}

/// What became of a try. `Err`: why not, in words.
pub fn done(db: &mut Write<'_>, id: MessageId, outcome: Result<(), &str>) -> Outcome<()> {
    let message = known(db.read(), id)?;
    if !message.sending {
        return Ok(()); // somebody dropped it meanwhile
    }
    match outcome {
        Ok(()) => table::sent(db, id)?,
        Err(why) => table::failed(
            db,
            id,
            if message.attempts >= ATTEMPTS_MAX {
                MessageState::Dead
            } else {
                MessageState::Failed
            },
            &Text::new(why),
        )?,
    }
    let fact = NotificationFact {
        message_id: id,
        customer_id: message.customer,
        reservation_id: message.reservation,
        channel: message.channel.word().to_owned(),
        template: message.template.word().to_owned(),
        attempts: message.attempts,
    };
    db.publish(&if outcome.is_ok() {
        Event::NotificationSent(fact)
    } else {
        Event::NotificationFailed(fact)
    })?;
    Ok(())
}

/// What a sender that died was at: nobody knows whether it went, so somebody is asked. How many.
pub fn interrupted(db: &mut Write<'_>) -> Outcome<usize> {
    Ok(table::interrupted(
        db,
        "the sender ended in the middle of it: it may have been sent",
    )?)
}

/// Whether a sender died in the middle of one, seen by whoever has the right to send.
pub fn was_interrupted(db: Read<'_>) -> Fallible<bool> {
    table::was_interrupted(db)
}

/// What nobody will send unless somebody says so: given up, or perhaps sent. Newest first, of the
/// last ones.
pub fn stuck(db: Read<'_>, limit: i64) -> Fallible<Vec<Message>> {
    table::stuck(db, limit)
}

/// It is not to be sent: no longer true, not wanted, or nobody to send it to.
pub fn suppress(db: &mut Write<'_>, id: MessageId, why: &str) -> Outcome<()> {
    Ok(table::suppress(db, id, &Text::new(why))?)
}

/// Tries a message again that failed, was given up or dropped: with a clean slate, at the next
/// sending.
pub fn retry(db: &mut Write<'_>, id: MessageId) -> Outcome<()> {
    let message = known(db.read(), id)?;
    match message.state {
        MessageState::Sent => Err(NotificationRefusal::SentAlready(id).into()),
        MessageState::Pending => Err(NotificationRefusal::WaitsAlready(id).into()),
        _ if message.sending => Err(NotificationRefusal::Sending(id).into()),
        _ => Ok(table::retry(db, id)?),
    }
}

/// Somebody decides that it is not sent.
pub fn drop_message(db: &mut Write<'_>, id: MessageId, reason: &Text) -> Outcome<()> {
    let message = known(db.read(), id)?;
    if reason.is_empty() {
        return Err(NotificationRefusal::ReasonMissing.into());
    }
    match message.state {
        MessageState::Sent => Err(NotificationRefusal::SentAlready(id).into()),
        MessageState::Suppressed => Err(NotificationRefusal::DroppedAlready(id).into()),
        _ if message.sending => Err(NotificationRefusal::Sending(id).into()),
        _ => Ok(table::suppress(db, id, reason)?),
    }
}

pub fn known(db: Read<'_>, id: MessageId) -> Outcome<Message> {
    table::message(db, id)?.ok_or_else(|| NotificationRefusal::Unknown(id).into())
}

/// Messages, newest first.
pub fn list(
    db: Read<'_>,
    state: Option<MessageState>,
    customer: Option<CustomerId>,
    limit: i64,
) -> Fallible<Vec<Message>> {
    table::list(db, state, customer, limit)
}

/// How many wait to be sent, and how many were given up or wait for somebody's answer.
pub fn count(db: Read<'_>) -> Fallible<(i64, i64)> {
    table::count(db)
}

pub const INVARIANTS: &[Invariant] = table::INVARIANTS;
