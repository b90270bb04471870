//! `rentdesk outbox`, `rebuild`, `events`, `check` and `backup`: what keeps a shop's file sound.

use super::answer::{Table, counted, facts, grouped, length};
use super::view::{View, stamp};
use super::{Answer, REFUSED, act, usage};
use crate::kernel::{StaffNumber, Stop, Text};
use crate::outbox::{self, ConsumerState};
use crate::shop::{SUBSCRIBERS, Shop};
use crate::store::log;
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Subcommand, Debug)]
pub enum Outbox {
    /// Tells how far each subscriber has heard.
    Status,
    /// Lets every subscriber hear what is left.
    Drain,
    /// Lets a stopped subscriber try its event again.
    Retry { name: String },
    /// Steps over the event a subscriber is stopped before, and keeps the reason.
    Skip {
        name: String,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Args, Debug)]
pub struct Rebuild {
    /// A subscriber's name, or all.
    name: String,
}

#[derive(Args, Debug)]
pub struct Events {
    /// Only events after this number.
    #[arg(long, value_name = "SEQ", default_value_t = 0)]
    after: i64,
    /// The most to print; 0 prints all.
    #[arg(long, default_value_t = 1000)]
    limit: i64,
}

#[derive(Args, Debug)]
pub struct Backup {
    /// The folder for the copy; without it, backup/ beside the file.
    dir: Option<PathBuf>,
}

impl Outbox {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Outbox::Status => status(shop),
            Outbox::Drain => {
                shop.drain_all()?;
                status(shop)
            }
            Outbox::Retry { name } => {
                act(shop, |db, _| {
                    outbox::retry(db, SUBSCRIBERS, &name)?;
                    Ok(Answer::new(json!({"retried": name}), ""))
                })?;
                shop.drain_all()?;
                status(shop)
            }
            Outbox::Skip { name, reason } => act(shop, |db, _| {
                let seq = outbox::skip(db, SUBSCRIBERS, &name, &Text::new(&reason))?;
                Ok(Answer::new(
                    json!({"consumer": name, "skipped": seq}),
                    format!("{name} has stepped over event {seq}"),
                ))
            }),
        }
    }
}

fn status(shop: &Shop) -> Result<Answer, Stop> {
    let events = log::last_seq(shop.read())?;
    let consumers = shop.consumers()?;
    let mut table = Table::new(&["SUBSCRIBER", ">HEARD", ">LAG", "STATE"]);
    let mut rows = Vec::new();
    for consumer in &consumers {
        let error = consumer.failure.as_ref().map(|failure| &failure.last_error);
        let state = state_of(consumer);
        let why = error.map_or_else(String::new, |error| format!(": {error}"));
        table.row([
            consumer.name.clone(),
            grouped(consumer.last_seq),
            grouped(consumer.lag),
            format!("{}{why}", state.to_lowercase()),
        ]);
        rows.push(json!({"name": consumer.name, "last_seq": consumer.last_seq, "lag": consumer.lag, "state": state, "attempts": consumer.failure.as_ref().map_or(0, |failure| failure.attempts), "last_error": error}));
    }
    Ok(Answer::new(
        json!({"events": events, "consumers": rows}),
        format!("{}{}", table.text(), counted(events, "event", "events")),
    ))
}

fn state_of(consumer: &ConsumerState) -> &'static str {
    match &consumer.failure {
        Some(failure) if failure.parked => "PARKED",
        Some(_) => "STOPPED",
        None if consumer.lag > 0 => "BEHIND",
        None => "OK",
    }
}

/// What writes beside the rehearsed transaction cannot be rehearsed.
fn refuse_rehearsal(shop: &Shop, hint: &str) -> Result<(), Stop> {
    if shop.store.is_rehearsing() {
        Err(usage("This cannot be rehearsed", hint))
    } else {
        Ok(())
    }
}

impl Rebuild {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        refuse_rehearsal(
            shop,
            "rentdesk check makes the derived tables again on a copy and compares",
        )?;
        let made = shop.rebuild(&self.name)?;
        let rows: Vec<Value> = made
            .iter()
            .map(|(name, events)| json!({"name": name, "events": events}))
            .collect();
        let text = made
            .iter()
            .map(|(name, events)| {
                format!(
                    "{name} was made again from {}.\n",
                    counted(*events, "event", "events")
                )
            })
            .collect::<String>();
        Ok(Answer::new(json!({"rebuilt": rows}), text))
    }
}

impl Events {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let events = log::events_after(
            view.db,
            self.after,
            if self.limit > 0 { self.limit } else { i64::MAX },
        )?;
        let mut table = Table::new(&[">SEQ", "WHEN", "EVENT", "ABOUT"]);
        let mut rows = Vec::new();
        for event in &events {
            table.row([
                event.seq.to_string(),
                view.show(event.at),
                event.kind.clone(),
                format!("{} {}", event.aggregate, event.aggregate_id),
            ]);
            let payload: Value = serde_json::from_str(&event.payload).unwrap_or(Value::Null);
            rows.push(json!({
                "seq": event.seq, "id": event.event_id.to_string(), "kind": event.kind, "version": event.version, "aggregate": event.aggregate, "aggregate_id": event.aggregate_id,
                "at": stamp(Some(event.at)), "staff": event.staff.map(|id| StaffNumber(id.0)), "payload": payload,
            }));
        }
        let all = log::last_seq(view.db)?;
        let last = format!(
            "{} of {}",
            grouped(length(&events)),
            counted(all, "event", "events")
        );
        Ok(Answer::new(
            Value::Array(rows),
            table.text_or(
                &format!("No events after {}, of {} in all", self.after, grouped(all)),
                &last,
            ),
        ))
    }
}

pub fn check(shop: &Shop) -> Result<Answer, Stop> {
    if let Some(newer @ crate::store::StoreRefusal::Newer { .. }) = shop.store.reading_only() {
        return Err(newer.clone().into()); // its rules are not known here
    }
    shop.drain_all()?;
    let problems = shop.check()?;
    let rows: Vec<Value> = problems
        .iter()
        .map(|problem| json!({"invariant": problem.invariant, "message": problem.message}))
        .collect();
    let json = json!({"ok": problems.is_empty(), "problems": rows});
    if problems.is_empty() {
        return Ok(Answer::new(
            json,
            format!(
                "The books are right: {} proved.",
                counted(log::last_seq(shop.read())?, "event", "events")
            ),
        ));
    }
    let found: Vec<(&str, String)> = problems
        .iter()
        .map(|problem| (problem.invariant, Text::new(&problem.message).to_string()))
        .collect();
    Ok(Answer::new(
        json,
        facts(&counted(length(&problems), "problem:", "problems:"), &found),
    )
    .with_code(REFUSED))
}

impl Backup {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        refuse_rehearsal(
            shop,
            "leave out --dry-run; a copy changes nothing in the shop",
        )?;
        let path = shop.store.backup(self.dir.as_deref())?;
        let shown = Text::new(&path.to_string_lossy());
        Ok(Answer::new(
            json!({"backup": shown}),
            format!("Copied and proved: {shown}"),
        ))
    }
}
