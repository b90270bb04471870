//! `rentdesk outbox`, `rebuild`, `events`, `check`, `backup` and `restore`: what keeps a shop's file
//! sound.

use super::answer::{Table, counted, facts, grouped, length};
use super::view::{View, stamp};
use super::{Answer, Globals, REFUSED, act, file, usage};
use crate::kernel::{Settings, StaffNumber, Stop, Text};
use crate::outbox::{self, ConsumerState};
use crate::shop::{SUBSCRIBERS, Shop};
use crate::store::{
    self, BackupKind, Problem, Signature, Store, backup_folder, backups_in, kind_in_words, log,
};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

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
pub struct Check {
    /// Also looks whether the file has the event of this seal, from a pick list: '4711
    /// 3fa2c0de91b7aa05'.
    #[arg(long, value_name = "SEAL")]
    seal: Option<String>,
    /// Goes on without events that are missing, for this reason; the history keeps it.
    #[arg(long, value_name = "REASON")]
    accept: Option<String>,
}

#[derive(Args, Debug)]
pub struct Restore {
    /// The backup; without it, the backups there are.
    file: Option<PathBuf>,
    /// Takes a backup in which something is wrong, where there is no better one.
    #[arg(long)]
    with_errors: bool,
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
    shop.store.stop_supposing()?;
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
        shop.store.stop_supposing()?; // what never was is in no log
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

impl Check {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        if let Some(newer @ crate::store::StoreRefusal::Newer { .. }) = shop.store.reading_only() {
            return Err(newer.clone().into()); // its rules are not known here
        }
        shop.store.stop_supposing()?;
        if let Some(reason) = &self.accept {
            return accept(shop, reason);
        }
        let _ = shop.drain_all(); // what cannot be written now is looked at as it is
        let mut problems = shop.check()?;
        if let Some(seal) = &self.seal {
            problems.extend(against_seal(shop, seal)?);
        }
        let rows = rows_of(&problems);
        let json = json!({"ok": problems.is_empty(), "problems": rows});
        if problems.is_empty() {
            return Ok(Answer::new(json, proved(shop)?));
        }
        Ok(Answer::new(json, told(&problems)).with_code(REFUSED))
    }
}

fn proved(shop: &Shop) -> Result<String, Stop> {
    let mut text = format!(
        "The books are right: {} proved.\n",
        counted(log::last_seq(shop.read())?, "event", "events")
    );
    match shop.backups().first() {
        Some(newest) => text.push_str(&format!(
            "The newest backup is of {}.\n",
            View::of(shop).show(newest.at)
        )),
        None => text.push_str("There is no backup yet (rentdesk backup).\n"),
    }
    if let Some(warning) = shop.store.place_warning() {
        text.push_str(&format!("{warning}.\n"));
    }
    Ok(text)
}

fn rows_of(problems: &[Problem]) -> Vec<Value> {
    problems
        .iter()
        .map(|problem| json!({"invariant": problem.invariant, "message": problem.message}))
        .collect()
}

fn told(problems: &[Problem]) -> String {
    let found: Vec<(&str, String)> = problems
        .iter()
        .map(|problem| (problem.invariant, Text::new(&problem.message).to_string()))
        .collect();
    facts(&counted(length(problems), "problem:", "problems:"), &found)
}

fn accept(shop: &mut Shop, reason: &str) -> Result<Answer, Stop> {
    refuse_rehearsal(shop, "leave out --dry-run, or look first: rentdesk check")?;
    let alarm = shop.accept_gap(&Text::new(reason))?;
    Ok(Answer::new(
        json!({"accepted": alarm.to_string()}),
        format!("Accepted: {alarm}.\nThe history keeps it, with your reason."),
    ))
}

/// `4711 3fa2c0de91b7aa05`, as it stands on a pick list.
fn against_seal(shop: &Shop, seal: &str) -> Result<Option<Problem>, Stop> {
    let (seq, hash) = seal
        .split_once(' ')
        .and_then(|(seq, hash)| Some((seq.trim().parse::<i64>().ok()?, hash.trim().to_lowercase())))
        .filter(|(_, hash)| hash.len() >= 16)
        .ok_or_else(|| {
            usage(
                format!("\"{}\" is no seal", Text::new(seal)),
                "it is a number and 16 letters and digits, as on the pick list: --seal '4711 3fa2c0de91b7aa05'",
            )
        })?;
    let has = match seq {
        0 => true,
        seq => log::hash_of(shop.read(), seq)?.is_some_and(|own| log::hex(&own).starts_with(&hash)),
    };
    Ok((!has).then(|| Problem {
        invariant: "seal",
        message: format!("event {seq} is not the one that was printed: the file was put back or written anew since"),
    }))
}

impl Backup {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        refuse_rehearsal(
            shop,
            "leave out --dry-run; a copy changes nothing in the shop",
        )?;
        shop.store.stop_supposing()?;
        let made = shop.backup(self.dir.as_deref(), BackupKind::Asked)?;
        let shown = Text::new(&made.path.to_string_lossy());
        let json = json!({"backup": shown, "ok": made.problems.is_empty(), "events": made.events, "problems": rows_of(&made.problems)});
        if made.problems.is_empty() {
            return Ok(Answer::new(
                json,
                format!(
                    "Copied: {shown}\nChecked in the copy: the file, every row and every rule, the chain of {}, and every table that is made from them. Nothing is wrong.",
                    counted(made.events, "event", "events")
                ),
            ));
        }
        Ok(Answer::new(
            json,
            format!(
                "Copied as it is: {shown}\nThe copy has what is wrong in the shop's file:\n{}",
                told(&made.problems)
            ),
        )
        .with_code(REFUSED))
    }
}

impl Restore {
    /// Without a file it tells which backups there are.
    pub fn run(self, globals: &Globals) -> Result<Answer, Stop> {
        let path = store::real_path(&file(globals)?);
        let Some(backup) = &self.file else {
            return list(globals, &path);
        };
        let shown = Text::new(&backup.to_string_lossy());
        let copy = Store::look(backup).ok();
        let settings = copy.as_ref().and_then(|copy| copy.settings().ok());
        let clock = super::clock(
            globals,
            &settings.unwrap_or_else(|| Settings::from_values(Default::default())),
        )?;
        let head = if self.with_errors {
            Store::prove_backup(&path, backup)?
        } else {
            crate::shop::prove_backup(&path, backup, &clock)?
        };
        if globals.dry_run {
            return Ok(Answer::new(
                json!({"restored": shown, "events": head.seq}),
                format!(
                    "{shown} is whole, with {}. {}",
                    counted(head.seq, "event", "events"),
                    match Store::look(&path)
                        .ok()
                        .and_then(|store| store.lost_by(backup).ok())
                    {
                        Some(lost) =>
                            format!("It would take away: {}.", crate::desk::lost_in_words(&lost)),
                        None => "The file that is there cannot be read.".to_owned(),
                    }
                ),
            ));
        }
        let copy = Store::look(backup)?;
        let now = clock.now();
        let staff = match &globals.staff {
            Some(name) => Some(crate::staff::by_name(copy.read(), name)?.id),
            None => None,
        };
        drop(copy);
        let signature = Signature {
            at: now,
            staff,
            command: crate::shop::fresh_command(),
        };
        let restored = Store::restore(&path, backup, signature)?;
        let shop = super::open(globals).map_err(crate::shop::saved_already)?;
        let told = crate::desk::restored_in_words(&shop.settings, shop.now(), &restored);
        shop.close();
        Ok(Answer::new(
            json!({
                "restored": shown, "events": restored.head.seq,
                "before": restored.before.map(|head| head.seq),
                "lost": restored.lost.as_ref().map(|lost| lost.kinds.iter().map(|(kind, count)| json!({"event": kind, "count": count})).collect::<Vec<_>>()),
                "aside": restored.aside.as_ref().map(|path| Text::new(&path.to_string_lossy())),
            }),
            told,
        ))
    }
}

fn list(globals: &Globals, path: &Path) -> Result<Answer, Stop> {
    let settings = Store::look(path)?.settings()?;
    let mut folders = vec![backup_folder(path)];
    folders.extend(
        Some(settings.value("backup_second_folder"))
            .filter(|named| !named.is_empty())
            .map(PathBuf::from),
    );
    let now = super::clock(globals, &settings)?.now();
    let mut table = Table::new(&["WHEN", ">EVENTS", ">SIZE", "WHY", "FILE"]);
    let mut rows = Vec::new();
    for copy in backups_in(path, &folders) {
        let shown = Text::new(&copy.path.to_string_lossy());
        table.row([
            settings.zone.show(copy.at, now),
            grouped(copy.seq),
            format!(
                "{} kB",
                grouped(i64::try_from(copy.bytes / 1000).unwrap_or(i64::MAX))
            ),
            kind_in_words(copy.kind).to_string(),
            shown.to_string(),
        ]);
        rows.push(json!({"at": stamp(Some(copy.at)), "events": copy.seq, "bytes": copy.bytes, "file": shown}));
    }
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or(
            "No backups yet (rentdesk backup makes one)",
            "rentdesk restore FILE puts one in the place of the shop's file",
        ),
    ))
}
