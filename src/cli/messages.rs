//! `rentdesk messages`: what customers are written about, and the sender.

use super::answer::{Table, counted, length};
use super::view::{View, stamp};
use super::{Answer, act, read_word};
use crate::customers;
use crate::desk::{self, Ready};
use crate::kernel::settings::words_of;
use crate::kernel::{Declined, Fallible, MessageId, Stop, Text};
use crate::notifications::{self, Message, MessageState, NotificationRefusal};
use crate::shop::Shop;
use clap::Subcommand;
use serde_json::{Value, json};
use std::time::Duration;

/// How long the mail program may think about one mail.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Subcommand, Debug)]
pub enum Messages {
    /// Lists messages, newest first: messages list --state failed.
    List {
        /// pending, sent, failed, dead or suppressed
        #[arg(long, value_parser = |typed: &str| read_word(MessageState::ALL, typed))]
        state: Option<MessageState>,
        #[arg(long)]
        customer: Option<String>,
        /// The most to list; 0 lists all.
        #[arg(long, default_value_t = 50)]
        limit: i64,
    },
    /// Hands what waits to the mail program that the setting mail_command names; with --dry-run,
    /// shows it.
    Send,
    /// Tries a message again that failed, was given up or dropped.
    Retry { id: i64 },
    /// Decides that a message is not sent.
    Drop {
        id: i64,
        #[arg(long)]
        reason: String,
    },
}

impl Messages {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        // What was done a moment ago asks for its message too.
        shop.drain_all()?;
        match self {
            Messages::List {
                state,
                customer,
                limit,
            } => list(shop, state, customer.as_deref(), limit),
            Messages::Send => send(shop),
            Messages::Retry { id } => act(shop, |db, settings| {
                notifications::retry(db, MessageId(id))?;
                one(
                    &View::within(db, settings),
                    MessageId(id),
                    "waits to be sent",
                )
            }),
            Messages::Drop { id, reason } => act(shop, |db, settings| {
                notifications::drop_message(db, MessageId(id), &Text::new(&reason))?;
                one(&View::within(db, settings), MessageId(id), "is not sent")
            }),
        }
    }
}

fn one(view: &View<'_>, id: MessageId, what: &str) -> Result<Answer, Stop> {
    Ok(Answer::new(
        as_json(view, &notifications::known(view.db, id)?)?,
        format!("Message {} {what}.", id.0),
    ))
}

fn as_json(view: &View<'_>, message: &Message) -> Fallible<Value> {
    Ok(json!({
        "message": message.id.0, "template": message.template.word(), "kind": message.template.kind().word(), "channel": message.channel.word(), "state": message.state.word(),
        "customer": message.customer.map(|id| view.customer(id)).transpose()?.map(|(number, _)| number), "reservation": message.reservation.map(|id| view.number(id)).transpose()?,
        "event": message.event.to_string(), "attempts": message.attempts, "next_attempt": stamp(message.next_attempt_at), "sent": stamp(message.sent_at), "why": message.error,
        "written": stamp(Some(message.created_at)),
    }))
}

fn list(
    shop: &Shop,
    state: Option<MessageState>,
    customer: Option<&str>,
    limit: i64,
) -> Result<Answer, Stop> {
    shop.drain_all()?;
    let view = View::of(shop);
    let customer = customer
        .map(|typed| customers::resolve(view.db, typed))
        .transpose()?
        .map(|customer| customer.id);
    let found = notifications::list(
        view.db,
        state,
        customer,
        if limit > 0 { limit } else { i64::MAX },
    )?;
    let mut table = Table::new(&[
        ">NO.", "WRITTEN", "ABOUT", "R- NO.", "CUSTOMER", "STATE", ">TRIES", "WHY",
    ]);
    let mut rows = Vec::new();
    for message in &found {
        let again = message
            .next_attempt_at
            .filter(|_| message.state == MessageState::Failed)
            .map_or_else(String::new, |next| format!("; again {}", view.near(next)));
        table.row([
            message.id.0.to_string(),
            view.show(message.created_at),
            message.template.name(),
            message
                .reservation
                .map(|id| view.number(id))
                .transpose()?
                .map_or_else(String::new, |number| number.to_string()),
            message
                .customer
                .map(|id| view.person(id))
                .transpose()?
                .unwrap_or_default(),
            message.state.word().to_lowercase(),
            message.attempts.to_string(),
            format!("{}{again}", message.error.as_ref().map_or("", Text::as_str)),
        ]);
        rows.push(as_json(&view, message)?);
    }
    let (waiting, stuck) = notifications::count(view.db)?;
    let program = if shop.settings.value("mail_command").is_empty() && waiting > 0 {
        format!("; {NO_PROGRAM}")
    } else {
        String::new()
    };
    let stuck = if stuck > 0 {
        format!(", {stuck} for somebody to answer (messages retry, messages drop)")
    } else {
        String::new()
    };
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or(
            "No messages.",
            &format!(
                "{} to be sent{stuck}{program}",
                counted(waiting, "message waits", "messages wait")
            ),
        ),
    ))
}

const NO_PROGRAM: &str =
    "no mail program is set, so nothing is sent (rentdesk settings set mail_command \"msmtp -t\")";

/// What became of the messages that were due.
#[derive(Default)]
struct Sending {
    sent: Vec<Value>,
    failed: Vec<Value>,
    suppressed: Vec<Value>,
    shown: String,
}

fn send(shop: &mut Shop) -> Result<Answer, Stop> {
    shop.drain_all()?;
    let rehearsing = shop.store.is_rehearsing();
    let Some(program) =
        words_of(shop.settings.value("mail_command")).filter(|words| !words.is_empty())
    else {
        let (waiting, _) = notifications::count(shop.read())?;
        let json = json!({"sent": [], "failed": [], "suppressed": [], "waiting": waiting, "mail_command": ""});
        return Ok(Answer::new(
            json,
            format!(
                "{}: {NO_PROGRAM}.",
                counted(waiting, "message waits", "messages wait")
            ),
        ));
    };
    if shop.settings.value("mail_from").is_empty() {
        return Err(Declined::new(
            "message",
            "The shop has no address to write from",
            "rentdesk settings set mail_from desk@your-shop.example",
        )
        .into());
    }
    let mut done = Sending::default();
    let _alone = if rehearsing {
        None
    } else {
        Some(
            shop.store
                .sender()?
                .ok_or(NotificationRefusal::SenderBusy)?,
        )
    };
    if !rehearsing {
        shop.write(notifications::interrupted)?;
    }
    for message in notifications::due(shop.read(), shop.now())? {
        send_one(shop, &program, &message, &mut done)?;
    }
    let (waiting, stuck) = notifications::count(shop.read())?;
    let text = format!(
        "{}{}, {} failed, {} not sent any more; {waiting} left{}.",
        done.shown,
        counted(
            length(&done.sent),
            if rehearsing {
                "message would be sent"
            } else {
                "message sent"
            },
            if rehearsing {
                "messages would be sent"
            } else {
                "messages sent"
            }
        ),
        done.failed.len(),
        done.suppressed.len(),
        if stuck > 0 {
            format!(", {stuck} for somebody to answer (rentdesk messages list)")
        } else {
            String::new()
        }
    );
    let all_well = done.failed.is_empty();
    let json = json!({"sent": done.sent, "failed": done.failed, "suppressed": done.suppressed, "waiting": waiting, "mail_command": shop.settings.value("mail_command")});
    let answer = Answer::new(json, text);
    Ok(if all_well {
        answer
    } else {
        answer.with_code(super::REFUSED)
    })
}

/// One message: looked at, begun, handed over, marked, each in a transaction of its own and none
/// held while the program runs.
fn send_one(
    shop: &mut Shop,
    program: &[String],
    message: &Message,
    done: &mut Sending,
) -> Result<(), Stop> {
    let (id, now) = (message.id, shop.now());
    let told = |why: &str| json!({"message": id.0, "why": why});
    let (envelope, letter) = match desk::letter(shop.read(), &shop.settings, message, now)? {
        Ready::Send(envelope, letter) => (envelope, letter),
        Ready::Not(why) => {
            shop.write(|db| notifications::suppress(db, id, why))?;
            done.suppressed.push(told(why));
            return Ok(());
        }
    };
    let (subject, text) = notifications::render(&letter);
    if shop.store.is_rehearsing() {
        done.shown.push_str(&format!(
            "To: {} <{}>\nSubject: {subject}\n\n{text}\n",
            envelope.name, envelope.to
        ));
        done.sent
            .push(json!({"message": id.0, "to": envelope.to, "subject": subject, "text": text}));
        return Ok(());
    }
    if !shop.write(|db| notifications::begin(db, id))? {
        return Ok(());
    }
    let outcome = notifications::mail(message, &envelope, &subject, &text).and_then(|mail| {
        notifications::deliver(program, &mail, PATIENCE, &[&envelope.to, &envelope.name])
    });
    shop.write(|db| {
        notifications::done(db, id, outcome.as_ref().copied().map_err(String::as_str))
    })?;
    match outcome {
        Ok(()) => done.sent.push(json!({"message": id.0})),
        Err(why) => {
            done.shown.push_str(&format!("Message {}: {why}\n", id.0));
            done.failed.push(told(&why));
        }
    }
    Ok(())
}
