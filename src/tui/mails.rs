//! Messages from the counter: what waits is handed to the mail program on a worker, one at a time;
//! the counter is never kept waiting, and writes on its tick what became of it.

use crate::desk::{self, Ready};
use crate::kernel::settings::words_of;
use crate::kernel::{Failure, Fallible, MessageId, Stop};
use crate::notifications::{self, Message, NotificationRefusal};
use crate::shop::Shop;
use std::fs::File;
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, channel};
use std::time::Duration;

/// How long the mail program may think about one mail.
const PATIENCE: Duration = Duration::from_secs(60);
/// What was done at this counter waits so long, so that what is undone at once is never told.
const SECOND_THOUGHTS_MINUTES: i64 = 2;
/// Whoever leaves the counter waits so long for a mail that is on its way.
const LAST_MAIL: Duration = Duration::from_secs(3);

/// A message on its way, and the right to be the one sender until it is known what became of it.
pub struct Sending {
    message: MessageId,
    outcome: Receiver<Result<(), String>>,
    /// What became of it, where that is known and could not be written yet.
    known: Option<Result<(), String>>,
    _alone: File,
}

impl Sending {
    /// What became of it, once it is known.
    fn outcome(&mut self) -> Option<Result<(), String>> {
        self.known.take().or_else(|| match self.outcome.try_recv() {
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(given_up()),
            Ok(outcome) => Some(outcome),
        })
    }
}

fn given_up() -> Result<(), String> {
    Err("the sender was given up".to_owned())
}

/// Goes on with the messages: marks the one that was on its way, begins the next. True where
/// something was written.
pub fn go_on(shop: &mut Shop, sending: &mut Option<Sending>) -> Result<bool, Stop> {
    if let Some(mut on_its_way) = sending.take() {
        let Some(outcome) = on_its_way.outcome() else {
            *sending = Some(on_its_way);
            return Ok(false);
        };
        // Until it is marked nobody else may be the sender: another would take it for one that was
        // interrupted.
        if let Err(stop) = mark(shop, on_its_way.message, &outcome) {
            on_its_way.known = Some(outcome);
            *sending = Some(on_its_way);
            return Err(stop);
        }
        return Ok(true);
    }
    let Some(program) = program_of(shop) else {
        return Ok(false);
    };
    let Some(message) = next(shop)? else {
        return Ok(false);
    };
    let Some(alone) = shop.store.sender()? else {
        return Ok(false);
    }; // another program sends
    if notifications::was_interrupted(shop.read())? {
        shop.write(notifications::interrupted)?;
        return Ok(true);
    }
    *sending = begin(shop, program, &message, alone)?;
    Ok(true)
}

/// The counter is being left: a mail that is nearly through is marked as sent, so that nobody has
/// to ask whether it was.
pub fn finish(shop: &mut Shop, sending: Option<Sending>) {
    if let Some(mut on_its_way) = sending
        && let Some(outcome) =
            on_its_way
                .known
                .take()
                .or_else(|| match on_its_way.outcome.recv_timeout(LAST_MAIL) {
                    Ok(outcome) => Some(outcome),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => Some(given_up()),
                })
    {
        let _ = mark(shop, on_its_way.message, &outcome); // what cannot be written is asked about at the next start
    }
}

fn mark(shop: &mut Shop, id: MessageId, outcome: &Result<(), String>) -> Result<(), Stop> {
    shop.write(|db| notifications::done(db, id, outcome.as_ref().copied().map_err(String::as_str)))
}

/// The mail program, where the shop has one and this window may write.
fn program_of(shop: &Shop) -> Option<Vec<String>> {
    let settings = &shop.settings;
    let may = !shop.store.is_rehearsing()
        && shop.store.reading_only().is_none()
        && !settings.value("mail_from").is_empty();
    words_of(settings.value("mail_command")).filter(|words| may && !words.is_empty())
}

fn next(shop: &Shop) -> Fallible<Option<Message>> {
    let now = shop.now();
    let settled = |message: &Message| {
        message.attempts > 0 || now.minutes_after(message.created_at) >= SECOND_THOUGHTS_MINUTES
    };
    Ok(notifications::due(shop.read(), now)?
        .into_iter()
        .find(settled))
}

/// Looks at it, notes that it is begun, and hands it over. None where there is nothing to wait for.
fn begin(
    shop: &mut Shop,
    program: Vec<String>,
    message: &Message,
    alone: File,
) -> Result<Option<Sending>, Stop> {
    let (id, now) = (message.id, shop.now());
    let (envelope, letter) = match desk::letter(shop.read(), &shop.settings, message, now)? {
        Ready::Send(envelope, letter) => (envelope, letter),
        Ready::Not(why) => {
            shop.write(|db| notifications::suppress(db, id, why))?;
            return Ok(None);
        }
    };
    let (subject, text) = notifications::render(&letter);
    if !shop.write(|db| notifications::begin(db, id))? {
        return Ok(None);
    }
    let mail = match notifications::mail(message, &envelope, &subject, &text) {
        Ok(mail) => mail,
        Err(why) => {
            mark(shop, id, &Err(why))?;
            return Ok(None);
        }
    };
    let (says, outcome) = channel();
    std::thread::Builder::new()
        .name("mail".to_owned())
        .spawn(move || {
            let _ = says.send(notifications::deliver(
                &program,
                &mail,
                PATIENCE,
                &[&envelope.to, &envelope.name],
            )); // nobody listens when the counter was left meanwhile
        })
        .map_err(|error| Stop::from(Failure::<NotificationRefusal>::Fault(error.into())))?;
    Ok(Some(Sending {
        message: id,
        outcome,
        known: None,
        _alone: alone,
    }))
}
