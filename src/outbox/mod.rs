//! Drains the outbox: runs subscribers in order, one cursor each.
//!
//! **Does** hands every event to every subscriber, in order, exactly once: a subscriber's rows and
//! its cursor move in one transaction. A failing event stops that subscriber alone; it is tried
//! again with growing pauses and parked after eight attempts, or after three that took the process
//! down, until someone retries or skips it. **Owns** `consumer_cursor`, `consumer_failure`,
//! `consumer_skip`. **Publishes** nothing. **Hears** everything.

mod table;

use crate::events::Recorded;
use crate::kernel::{Clock, Fallible, Moment, Refusal, Text};
use crate::store::{Invariant, Read, Store, Write, log};
use anyhow::anyhow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

/// Who hears: derived rows, made from events alone.
#[derive(Clone, Copy)]
pub struct Subscriber {
    pub name: &'static str,
    pub on_event: fn(&mut Write<'_>, &Recorded) -> Fallible<()>,
    /// Empties the subscriber's tables, so that they can be made again from the first event.
    pub truncate: fn(&mut Write<'_>) -> Fallible<()>,
    /// Its tables, for comparing a rebuild with what is there; none: what it writes is kept, and
    /// never made again.
    pub tables: &'static [&'static str],
}

/// Events in one transaction: few where keys are waiting, many where only other windows are.
const BATCH: i64 = 50;
const BATCH_ALONE: i64 = 500;
/// How long the command line writes before it lets other windows in.
const STRETCH: Duration = Duration::from_millis(20);
const ATTEMPTS_MAX: i64 = 8;
const CRASHES_MAX: i64 = 3;
/// Every background writer leaves the lock alone for a moment between two transactions, so that the
/// counter of another window gets in.
const PAUSE: Duration = Duration::from_millis(5);

impl Subscriber {
    /// Whether its rows can be made again from the first event.
    pub fn is_projection(&self) -> bool {
        !self.tables.is_empty()
    }
}

/// How a subscriber stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConsumerState {
    pub name: String,
    pub last_seq: i64,
    pub lag: i64,
    pub failure: Option<FailureState>,
}

/// What keeps a subscriber before its next event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FailureState {
    pub seq: i64,
    pub attempts: i64,
    pub crashes: i64,
    pub next_attempt_at: Moment,
    pub last_error: Text,
    pub parked: bool,
}

/// Why an outbox command was refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OutboxRefusal {
    #[error("There is no subscriber \"{0}\"")]
    Unknown(Text),
    #[error("\"{0}\" is not stopped before any event")]
    NotStopped(Text),
    #[error("What \"{0}\" writes is kept, not made again")]
    Kept(Text),
    #[error("Skipping an event needs a reason")]
    NoReason,
}

impl Refusal for OutboxRefusal {
    fn hint(&self) -> String {
        match self {
            OutboxRefusal::Unknown(_) | OutboxRefusal::NotStopped(_) => "look which there are (rentdesk outbox status)".to_owned(),
            OutboxRefusal::Kept(_) => "only what is derived is made again; look at what it wrote (rentdesk messages list, rentdesk invoice list)".to_owned(),
            OutboxRefusal::NoReason => "say why (--reason)".to_owned(),
        }
    }
    fn kind(&self) -> &'static str {
        "outbox"
    }
    fn not_found(&self) -> bool {
        matches!(self, OutboxRefusal::Unknown(_))
    }
}

/// Runs what is left, until the budget is spent. `Ok(true)` when nothing more can be done now.
pub fn drain(
    store: &Store,
    subscribers: &[Subscriber],
    clock: &Clock,
    budget: Duration,
) -> Fallible<bool> {
    drain_in(store, subscribers, clock, budget, BATCH)
}

fn drain_in(
    store: &Store,
    subscribers: &[Subscriber],
    clock: &Clock,
    budget: Duration,
    batch: i64,
) -> Fallible<bool> {
    let started = Instant::now();
    let mut lately = Lately::default();
    loop {
        let Some(waiting) = waiting(store, subscribers, clock.now())? else {
            return Ok(true);
        };
        for subscriber in waiting {
            slice(store, &mut lately, subscriber, clock.now(), batch)?;
            if started.elapsed() >= budget {
                return Ok(false);
            }
        }
    }
}

/// As [`drain`], to the end, with pauses in which other windows can write: for the command line.
pub fn drain_all(store: &Store, subscribers: &[Subscriber], clock: &Clock) -> Fallible<()> {
    while !drain_in(store, subscribers, clock, STRETCH, BATCH_ALONE)? {
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

/// The subscribers that have something to hear and may try, who has the least left first: what is
/// made again from the first event keeps nobody waiting who is up to date. `None` if there are
/// none.
fn waiting<'s>(
    store: &Store,
    subscribers: &'s [Subscriber],
    now: Moment,
) -> Fallible<Option<Vec<&'s Subscriber>>> {
    let head = log::last_seq(store.read())?;
    let mut waiting = Vec::new();
    for subscriber in subscribers {
        let lag = head - table::cursor(store.read(), subscriber.name)?.0;
        if lag > 0
            && table::failure(store.read(), subscriber.name)?
                .is_none_or(|failure| may_try(&failure, now))
        {
            waiting.push((lag, subscriber));
        }
    }
    waiting.sort_by_key(|(lag, _)| *lag); // stable: among equals the order is that of the table
    Ok((!waiting.is_empty()).then(|| {
        waiting
            .into_iter()
            .map(|(_, subscriber)| subscriber)
            .collect()
    }))
}

fn may_try(failure: &FailureState, now: Moment) -> bool {
    // A clock that jumped back must not keep the next attempt waiting for years.
    let longest = pause_seconds(ATTEMPTS_MAX, failure.seq);
    !failure.parked
        && (failure.next_attempt_at <= now || failure.next_attempt_at.0 - now.0 > longest)
}

/// attempt⁴ seconds, a tenth more or less, so that several stopped subscribers do not march in
/// step.
fn pause_seconds(attempt: i64, salt: i64) -> i64 {
    let base = attempt.pow(4);
    base + base * (salt.rem_euclid(21) - 10) / 100
}

fn slice(
    store: &Store,
    lately: &mut Lately,
    subscriber: &Subscriber,
    now: Moment,
    batch: i64,
) -> Fallible<()> {
    let (_, trying_by) = table::cursor(store.read(), subscriber.name)?;
    let stopped = table::failure(store.read(), subscriber.name)?;
    let died_inside = trying_by.is_some_and(|token| token != *store.token());
    // The attempt is noted before the run: a process that dies in it leaves the note behind.
    store.project(now, |db| {
        if died_inside {
            table::note_crash(db, subscriber.name, now, CRASHES_MAX)?;
        }
        table::set_trying(db, subscriber.name, Some(store.token()))
    })?;
    if died_inside
        && table::failure(store.read(), subscriber.name)?.is_some_and(|failure| failure.parked)
    {
        return store.project(now, |db| table::set_trying(db, subscriber.name, None));
    }
    let carefully = died_inside || stopped.is_some();
    if !carefully && attempt(store, lately, subscriber, now, batch).is_ok() {
        return Ok(());
    }
    // Nobody knows how many the process had taken on that died.
    one_by_one(
        store,
        lately,
        subscriber,
        now,
        if died_inside { BATCH_ALONE } else { batch },
    )
}

/// The events among which one fails or a process died, each noted before its run, so that the next
/// death is counted against the one that causes it.
fn one_by_one(
    store: &Store,
    lately: &mut Lately,
    subscriber: &Subscriber,
    now: Moment,
    count: i64,
) -> Fallible<()> {
    for _ in 0..count {
        if table::cursor(store.read(), subscriber.name)?.0 >= log::last_seq(store.read())? {
            return store.project(now, |db| table::set_trying(db, subscriber.name, None));
        }
        store.project(now, |db| {
            table::set_trying(db, subscriber.name, Some(store.token()))
        })?;
        if let Err(error) = attempt(store, lately, subscriber, now, 1) {
            return note_failure(store, subscriber, now, &error);
        }
    }
    Ok(())
}

/// The events that were read last. Subscribers that stand at the same place hear the same ones, and
/// what is in the log never changes.
#[derive(Default)]
struct Lately {
    asked: Option<(i64, i64)>,
    events: Vec<Recorded>,
}

impl Lately {
    fn after(&mut self, db: Read<'_>, seq: i64, limit: i64) -> Fallible<&[Recorded]> {
        if self.asked != Some((seq, limit)) || self.events.is_empty() {
            self.events = log::events_after(db, seq, limit)?;
            self.asked = Some((seq, limit));
        }
        Ok(&self.events)
    }
}

/// Up to `limit` events and the cursor, in one transaction.
fn attempt(
    store: &Store,
    lately: &mut Lately,
    subscriber: &Subscriber,
    now: Moment,
    limit: i64,
) -> Fallible<()> {
    store.project(now, |db| {
        let (last, _) = table::cursor(db.read(), subscriber.name)?;
        let events = lately.after(db.read(), last, limit)?;
        let Some(newest) = events.last().map(|event| event.seq) else {
            return table::set_trying(db, subscriber.name, None);
        };
        // What is made again from the first event passes by what somebody stepped over.
        let skipped = table::skipped_after(db.read(), subscriber.name, last)?;
        for event in events.iter().filter(|event| !skipped.contains(&event.seq)) {
            hear(db, subscriber, event)?;
        }
        table::move_cursor(db, subscriber.name, newest)?;
        table::clear_failure(db, subscriber.name)
    })
}

fn hear(db: &mut Write<'_>, subscriber: &Subscriber, event: &Recorded) -> Fallible<()> {
    if let Some(why) = &event.broken {
        return Err(anyhow!(
            "event {} ({}) cannot be read: {why}",
            event.seq,
            event.kind
        ));
    }
    catch_unwind(AssertUnwindSafe(|| (subscriber.on_event)(db, event))).unwrap_or_else(|panic| {
        let why = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned());
        Err(anyhow!(
            "it broke off: {}",
            why.unwrap_or_else(|| "no reason given".to_owned())
        ))
    })
}

fn note_failure(
    store: &Store,
    subscriber: &Subscriber,
    now: Moment,
    error: &anyhow::Error,
) -> Fallible<()> {
    let said = Text::new(&format!("{error:#}"));
    store.project(now, |db| {
        let seq = table::cursor(db.read(), subscriber.name)?.0 + 1;
        let attempts =
            table::failure(db.read(), subscriber.name)?.map_or(0, |failure| failure.attempts) + 1;
        let next = Moment(now.0 + pause_seconds(attempts, seq));
        table::note_attempt(
            db,
            subscriber.name,
            seq,
            attempts,
            next,
            &said,
            attempts >= ATTEMPTS_MAX,
        )?;
        table::set_trying(db, subscriber.name, None)
    })
}

/// The last event that a subscriber has heard.
pub fn heard(db: Read<'_>, name: &str) -> Fallible<i64> {
    Ok(table::cursor(db, name)?.0)
}

/// How every subscriber stands.
pub fn status(db: Read<'_>, subscribers: &[Subscriber]) -> Fallible<Vec<ConsumerState>> {
    let head = log::last_seq(db)?;
    subscribers
        .iter()
        .map(|subscriber| {
            let (last_seq, _) = table::cursor(db, subscriber.name)?;
            Ok(ConsumerState {
                name: subscriber.name.to_owned(),
                last_seq,
                lag: head - last_seq,
                failure: table::failure(db, subscriber.name)?,
            })
        })
        .collect()
}

/// Lets a stopped subscriber try its event again, with a clean slate.
pub fn retry(
    db: &mut Write<'_>,
    subscribers: &[Subscriber],
    name: &str,
) -> Result<(), crate::kernel::Failure<OutboxRefusal>> {
    stopped_at(db, subscribers, name)?;
    Ok(table::clear_failure(db, name)?)
}

/// Steps over the event a subscriber is stopped before, for a reason that is kept.
pub fn skip(
    db: &mut Write<'_>,
    subscribers: &[Subscriber],
    name: &str,
    reason: &Text,
) -> Result<i64, crate::kernel::Failure<OutboxRefusal>> {
    let seq = stopped_at(db, subscribers, name)?;
    if reason.is_empty() {
        return Err(OutboxRefusal::NoReason.into());
    }
    table::note_skip(db, name, seq, reason)?;
    table::move_cursor(db, name, seq)?;
    table::clear_failure(db, name)?;
    Ok(seq)
}

fn stopped_at(
    db: &Write<'_>,
    subscribers: &[Subscriber],
    name: &str,
) -> Result<i64, crate::kernel::Failure<OutboxRefusal>> {
    if !subscribers.iter().any(|subscriber| subscriber.name == name) {
        return Err(OutboxRefusal::Unknown(Text::new(name)).into());
    }
    let failure = table::failure(db.read(), name)?
        .ok_or_else(|| OutboxRefusal::NotStopped(Text::new(name)))?;
    Ok(failure.seq)
}

/// Makes a subscriber's tables again from the first event, leaving out what was skipped for a
/// reason.
pub fn rebuild(store: &Store, subscriber: &Subscriber, now: Moment) -> Fallible<i64> {
    store.project(now, |db| {
        let until = table::cursor(db.read(), subscriber.name)?.0;
        let skipped = table::skipped_after(db.read(), subscriber.name, 0)?;
        (subscriber.truncate)(db)?;
        let mut last = 0;
        while last < until {
            let events = log::events_after(db.read(), last, 1000.min(until - last))?;
            let Some(newest) = events.last().map(|event| event.seq) else {
                break;
            };
            for event in events.iter().filter(|event| !skipped.contains(&event.seq)) {
                hear(db, subscriber, event)?;
            }
            last = newest;
        }
        Ok(last)
    })
}

/// Empties a subscriber's tables and puts it before the first event: they are made again slice by
/// slice. What stopped it is tried anew.
pub fn begin_again(db: &mut Write<'_>, subscriber: &Subscriber) -> Fallible<()> {
    (subscriber.truncate)(db)?;
    hear_again(db, subscriber)
}

/// Puts a subscriber before the first event with its tables as they are: for one whose every event
/// counts anew what it touches.
pub fn hear_again(db: &mut Write<'_>, subscriber: &Subscriber) -> Fallible<()> {
    table::move_cursor(db, subscriber.name, 0)?;
    table::clear_failure(db, subscriber.name)
}

/// The tables of a subscriber as one hash: two that are equal have the same bytes in every cell.
pub fn seal(db: Read<'_>, subscriber: &Subscriber) -> Fallible<String> {
    subscriber
        .tables
        .iter()
        .map(|name| table::seal(db, name))
        .collect::<Fallible<Vec<_>>>()
        .map(|seals| seals.join(" "))
}

pub const INVARIANTS: &[Invariant] = table::INVARIANTS;
