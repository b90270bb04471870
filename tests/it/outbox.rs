//! The outbox through its facade, with subscribers that fail, break off and die, and a log that
//! somebody tampers with.

use crate::properties::folder;
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::events::Recorded;
use rentdesk::history;
use rentdesk::kernel::{Clock, Failure, Fallible, Moment, Text};
use rentdesk::outbox::{self, OutboxRefusal, Subscriber};
use rentdesk::shop::{SUBSCRIBERS, Shop, fresh_command};
use rentdesk::store::{Signature, Store, Write, log};
use rusqlite::Connection;
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;
use uuid::Uuid;

const NOON: i64 = 1_763_721_720;
const LONG: Duration = Duration::from_secs(600);
const YEARS: i64 = 10 * 366 * 86_400;

/// What goes wrong at an event, and how often; for the subscriber `troubled`.
#[derive(Clone, Copy)]
enum Trouble {
    Fails(u32),
    BreaksOff(u32),
}

thread_local! {
    static TROUBLE: RefCell<BTreeMap<i64, Trouble>> = const { RefCell::new(BTreeMap::new()) };
}

fn trouble_at(seq: i64, trouble: Trouble) {
    TROUBLE.with_borrow_mut(|all| all.insert(seq, trouble));
}

/// The row comes first, so that a failure after it has something to take back. A second row for one
/// event is an error of its own.
fn hear_troubled(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    db.execute(
        "INSERT INTO heard_troubled(seq, kind) VALUES (?1, ?2)",
        (event.seq, &event.kind),
    )?;
    let now = TROUBLE.with_borrow_mut(|all| match all.get_mut(&event.seq) {
        Some(Trouble::Fails(left)) | Some(Trouble::BreaksOff(left)) if *left == 0 => None,
        Some(Trouble::Fails(left)) => {
            *left -= 1;
            Some(false)
        }
        Some(Trouble::BreaksOff(left)) => {
            *left -= 1;
            Some(true)
        }
        None => None,
    });
    match now {
        Some(true) => panic!("no such shelf"),
        Some(false) => anyhow::bail!("the printer is\u{1b}[31m out of paper"),
        None => Ok(()),
    }
}

fn hear_steady(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    db.execute(
        "INSERT INTO heard_steady(seq, kind) VALUES (?1, ?2)",
        (event.seq, &event.kind),
    )?;
    Ok(())
}

fn empty_troubled(db: &mut Write<'_>) -> Fallible<()> {
    db.execute("DELETE FROM heard_troubled", []).map(drop)
}

fn empty_steady(db: &mut Write<'_>) -> Fallible<()> {
    db.execute("DELETE FROM heard_steady", []).map(drop)
}

const TROUBLED: Subscriber = Subscriber {
    name: "troubled",
    on_event: hear_troubled,
    truncate: empty_troubled,
    tables: &["heard_troubled"],
};
const STEADY: Subscriber = Subscriber {
    name: "steady",
    on_event: hear_steady,
    truncate: empty_steady,
    tables: &["heard_steady"],
};
const BOTH: &[Subscriber] = &[TROUBLED, STEADY];

/// A shop whose only events are registered customers.
struct Told {
    folder: TempDir,
    shop: Shop,
}

impl Told {
    fn of(events: usize) -> Told {
        let folder = folder();
        let shop = Shop::create(
            &folder.path().join("shop.db"),
            &[("timezone", "UTC")],
            Clock::Fixed(Moment(NOON)),
        )
        .expect("a shop");
        let mut told = Told { folder, shop };
        told.tell(events);
        let tables = |db: &mut Write<'_>| {
            db.execute(
                "CREATE TABLE heard_troubled(seq INTEGER PRIMARY KEY, kind TEXT)",
                [],
            )?;
            db.execute(
                "CREATE TABLE heard_steady(seq INTEGER PRIMARY KEY, kind TEXT)",
                [],
            )
            .map(drop)
        };
        told.shop
            .store
            .project(Moment(NOON), tables)
            .expect("tables");
        told
    }

    fn tell(&mut self, events: usize) {
        for _ in 0..events {
            let profile = Profile {
                name: Text::new("Maya Chen"),
                ..Profile::default()
            };
            self.shop
                .write(|db| {
                    customers::register(
                        db,
                        &profile,
                        ContactRules {
                            email_required: false,
                            phone_required: false,
                        },
                    )
                })
                .expect("a customer");
        }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn drain(&self, at: i64) {
        assert!(
            outbox::drain(&self.shop.store, BOTH, &Clock::Fixed(Moment(at)), LONG)
                .expect("a drain"),
            "nothing more can be done now"
        );
    }

    fn heard(&self, table: &str) -> Vec<i64> {
        self.shop
            .read()
            .rows(
                &format!("SELECT seq FROM heard_{table} ORDER BY seq"),
                [],
                |row| row.get(0),
            )
            .expect("rows")
    }

    fn failure(&self) -> Option<outbox::FailureState> {
        outbox::status(self.shop.read(), BOTH)
            .expect("a status")
            .into_iter()
            .find(|state| state.name == "troubled")
            .and_then(|state| state.failure)
    }

    fn refused<T: serde::Serialize + serde::de::DeserializeOwned>(
        &self,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<OutboxRefusal>>,
    ) -> OutboxRefusal {
        let signature = Signature {
            at: Moment(NOON),
            staff: None,
            command: fresh_command(),
        };
        match self.shop.store.write(signature, command) {
            Err(Failure::Refused(refusal)) => refusal,
            Err(Failure::Fault(fault)) => panic!("{fault:#}"),
            Ok(_) => panic!("it was not refused"),
        }
    }

    fn command<T: serde::Serialize + serde::de::DeserializeOwned>(
        &self,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<OutboxRefusal>>,
    ) -> T {
        let signature = Signature {
            at: Moment(NOON),
            staff: None,
            command: fresh_command(),
        };
        self.shop
            .store
            .write(signature, command)
            .unwrap_or_else(|failure| panic!("{failure:?}"))
    }

    fn problems(&self) -> Vec<String> {
        self.shop
            .check()
            .expect("a check")
            .into_iter()
            .map(|problem| format!("{}: {}", problem.invariant, problem.message))
            .collect()
    }
}

#[test]
fn what_fails_once_is_tried_again_and_the_others_go_on() {
    let told = Told::of(6);
    trouble_at(3, Trouble::Fails(2)); // once within the batch, once alone
    told.drain(NOON);
    assert_eq!(
        (told.heard("troubled"), told.heard("steady")),
        (vec![1, 2], vec![1, 2, 3, 4, 5, 6]),
        "it stops before the event; what it wrote is taken back"
    );
    let failure = told.failure().expect("a failure");
    assert_eq!(
        (
            failure.seq,
            failure.attempts,
            failure.crashes,
            failure.parked
        ),
        (3, 1, 0, false)
    );
    assert_eq!(
        failure.last_error.as_str(),
        "the printer is [31m out of paper",
        "what it says is harmless on any terminal"
    );
    told.drain(NOON);
    assert_eq!(
        told.failure().expect("a failure").attempts,
        1,
        "not before its time"
    );
    told.drain(NOON + 2);
    assert_eq!(
        (told.heard("troubled"), told.failure()),
        (vec![1, 2, 3, 4, 5, 6], None)
    );
}

#[test]
fn draining_twice_changes_nothing() {
    let told = Told::of(70);
    let sealed = |told: &Told| {
        BOTH.iter()
            .chain(SUBSCRIBERS)
            .map(|one| outbox::seal(told.shop.read(), one).expect("a seal"))
            .collect::<Vec<_>>()
    };
    told.drain(NOON);
    let before = sealed(&told);
    told.drain(NOON + 5);
    told.shop.drain_all().expect("a drain");
    assert_eq!(sealed(&told), before);
    for subscriber in BOTH {
        assert_eq!(
            outbox::rebuild(&told.shop.store, subscriber, Moment(NOON)).expect("a rebuild"),
            70
        );
    }
    assert_eq!(
        sealed(&told),
        before,
        "made again from the first event, every byte is the same"
    );
}

#[test]
fn what_always_fails_is_parked_after_eight_attempts() {
    let told = Told::of(4);
    trouble_at(2, Trouble::Fails(u32::MAX));
    let mut at = NOON;
    for attempt in 1..=8_i64 {
        told.drain(at);
        let failure = told.failure().expect("a failure");
        assert_eq!(
            (failure.seq, failure.attempts, failure.parked),
            (2, attempt, attempt == 8)
        );
        let (pause, usual) = (failure.next_attempt_at.0 - at, attempt.pow(4));
        assert!(
            (pause - usual).abs() * 10 <= usual,
            "after attempt {attempt} it waits {pause} s, about {usual}"
        );
        at = failure.next_attempt_at.0;
    }
    told.drain(at + YEARS);
    assert_eq!(
        (
            told.failure().expect("a failure").attempts,
            told.heard("troubled"),
            told.heard("steady")
        ),
        (8, vec![1], vec![1, 2, 3, 4]),
        "parked, it waits for somebody"
    );

    let unknown = told.refused(|db| outbox::retry(db, BOTH, "nobody"));
    assert_eq!(unknown, OutboxRefusal::Unknown(Text::new("nobody")));
    assert_eq!(
        told.refused(|db| outbox::retry(db, BOTH, "steady")),
        OutboxRefusal::NotStopped(Text::new("steady"))
    );
    assert_eq!(
        told.refused(|db| outbox::skip(db, BOTH, "troubled", &Text::default())),
        OutboxRefusal::NoReason
    );

    told.command(|db| outbox::retry(db, BOTH, "troubled"));
    told.drain(at);
    let failure = told.failure().expect("a failure");
    assert_eq!(
        (failure.attempts, failure.parked),
        (1, false),
        "it has a clean slate, and fails again"
    );

    assert_eq!(
        told.command(|db| outbox::skip(db, BOTH, "troubled", &Text::new("printed by hand"))),
        2
    );
    told.drain(at);
    assert_eq!(
        (told.heard("troubled"), told.failure()),
        (vec![1, 3, 4], None)
    );
    let reason: String = told
        .shop
        .read()
        .one(
            "SELECT reason FROM consumer_skip WHERE consumer = 'troubled' AND seq = 2",
            [],
            |row| row.get(0),
        )
        .expect("a reason");
    assert_eq!(reason, "printed by hand");
    let before = outbox::seal(told.shop.read(), &TROUBLED).expect("a seal");
    outbox::rebuild(&told.shop.store, &TROUBLED, Moment(at))
        .expect("a rebuild leaves out what was skipped");
    assert_eq!(
        outbox::seal(told.shop.read(), &TROUBLED).expect("a seal"),
        before
    );
}

#[test]
fn what_is_made_again_slice_by_slice_keeps_nobody_waiting_and_passes_by_what_was_stepped_over() {
    let mut told = Told::of(160);
    trouble_at(2, Trouble::Fails(u32::MAX));
    told.drain(NOON);
    told.command(|db| outbox::skip(db, BOTH, "troubled", &Text::new("printed by hand")));
    told.drain(NOON);
    let before = outbox::seal(told.shop.read(), &TROUBLED).expect("a seal");
    told.shop
        .store
        .project(Moment(NOON), |db| outbox::begin_again(db, &TROUBLED))
        .expect("it begins again");
    assert_eq!(told.heard("troubled"), [] as [i64; 0]);
    told.tell(1);
    // One slice: who is up to date goes first.
    outbox::drain(
        &told.shop.store,
        BOTH,
        &Clock::Fixed(Moment(NOON)),
        Duration::ZERO,
    )
    .expect("a slice");
    assert_eq!(
        (told.heard("steady").len(), told.heard("troubled").len()),
        (161, 0)
    );
    outbox::drain(
        &told.shop.store,
        BOTH,
        &Clock::Fixed(Moment(NOON)),
        Duration::ZERO,
    )
    .expect("a slice");
    let part = told.heard("troubled").len();
    assert!(part > 0 && part < 161, "{part}");
    told.drain(NOON);
    told.shop
        .store
        .project(Moment(NOON), |db| {
            db.execute("DELETE FROM heard_troubled WHERE seq = 161", [])
                .map(drop)
        })
        .expect("without the last");
    assert_eq!(
        outbox::seal(told.shop.read(), &TROUBLED).expect("a seal"),
        before
    );
}

#[test]
fn a_handler_that_breaks_off_stops_alone() {
    let told = Told::of(5);
    trouble_at(4, Trouble::BreaksOff(2));
    told.drain(NOON);
    assert_eq!(
        (told.heard("troubled"), told.heard("steady")),
        (vec![1, 2, 3], vec![1, 2, 3, 4, 5])
    );
    assert_eq!(
        told.failure().expect("a failure").last_error.as_str(),
        "it broke off: no such shelf"
    );
    told.drain(NOON + 2);
    assert_eq!(
        (told.heard("troubled"), told.failure()),
        (vec![1, 2, 3, 4, 5], None)
    );
}

#[test]
fn a_clock_that_jumps_does_not_freeze_the_next_attempt() {
    for jump in [-YEARS, YEARS] {
        let told = Told::of(2);
        trouble_at(1, Trouble::Fails(4));
        told.drain(NOON);
        told.drain(NOON + 2);
        assert_eq!(told.failure().expect("a failure").attempts, 2);
        told.drain(NOON + 2 + jump);
        assert_eq!(
            told.failure().expect("a failure").attempts,
            3,
            "after a jump of {jump} s it is tried at once"
        );
        told.drain(NOON + 200 + jump);
        assert_eq!((told.heard("troubled"), told.failure()), (vec![1, 2], None));
    }
}

/// Dies at event 3 while the file says that it should.
fn hear_deadly(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let heard: i64 = db.read().one(
        "SELECT count(*) FROM setting WHERE name = ?1",
        [format!("heard {}", event.seq)],
        |row| row.get(0),
    )?;
    anyhow::ensure!(heard == 0, "event {} is heard twice", event.seq);
    db.set_setting(&format!("heard {}", event.seq), "yes")?;
    if event.seq == 3 && std::env::var_os(CHILD).is_some() {
        std::process::exit(DIED);
    }
    Ok(())
}

const DEADLY: &[Subscriber] = &[Subscriber {
    name: "deadly",
    on_event: hear_deadly,
    truncate: |_| Ok(()),
    tables: &[],
}];
const CHILD: &str = "RENTDESK_TEST_CHILD";
const DIED: i32 = 99;

/// Not a test by itself: another test runs it as a process of its own, which may die.
#[test]
fn child_of_the_test_of_deaths() {
    let Some(path) = std::env::var_os(CHILD) else {
        return;
    };
    let store = Store::open(Path::new(&path)).expect("the shop");
    outbox::drain(&store, DEADLY, &Clock::Fixed(Moment(NOON)), LONG).expect("a drain");
}

#[test]
fn an_event_that_kills_the_process_is_parked_after_three_deaths() {
    let folder = folder();
    let path = folder.path().join("shop.db");
    let mut told = Told {
        shop: Shop::create(&path, &[], Clock::Fixed(Moment(NOON))).expect("a shop"),
        folder,
    };
    told.tell(6);
    let live = || {
        let mut child = Command::new(std::env::current_exe().expect("this program"));
        child
            .args(["--exact", "outbox::child_of_the_test_of_deaths"])
            .env(CHILD, &path)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        child.status().expect("a child").code()
    };
    let mut deaths = 0;
    while live() == Some(DIED) {
        deaths += 1;
        assert!(deaths < 10, "it dies for ever");
    }
    let status = || {
        outbox::status(told.shop.read(), DEADLY)
            .expect("a status")
            .remove(0)
    };
    let failure = status().failure.expect("a failure");
    assert_eq!(
        (
            deaths,
            status().last_seq,
            failure.seq,
            failure.crashes,
            failure.parked
        ),
        (4, 2, 3, 3, true),
        "one death among the whole batch, three at the event itself"
    );
    assert_eq!(failure.last_error.as_str(), "the program ended in it");
    told.command(|db| outbox::retry(db, DEADLY, "deadly"));
    assert!(
        outbox::drain(&told.shop.store, DEADLY, &Clock::Fixed(Moment(NOON)), LONG)
            .expect("a drain")
    );
    assert_eq!(
        (status().last_seq, status().failure),
        (6, None),
        "mended, it goes on where it was, and nothing was heard twice"
    );
}

#[test]
fn two_processes_that_drain_hear_each_event_once() {
    let told = Told::of(400);
    let path = told.path();
    let drain = |path: PathBuf| {
        let store = Store::open(&path).expect("the shop");
        outbox::drain_all(&store, BOTH, &Clock::Fixed(Moment(NOON))).expect("a drain");
    };
    let others: Vec<_> = (0..3)
        .map(|_| {
            std::thread::spawn({
                let path = path.clone();
                move || drain(path)
            })
        })
        .collect();
    drain(path);
    for other in others {
        other.join().expect("it ends");
    }
    told.drain(NOON);
    let all: Vec<i64> = (1..=400).collect();
    assert_eq!(
        (told.heard("troubled"), told.heard("steady")),
        (all.clone(), all)
    );
    for state in outbox::status(told.shop.read(), BOTH).expect("a status") {
        assert_eq!(
            (state.lag, state.failure.map(|failure| failure.last_error)),
            (0, None),
            "{}",
            state.name
        );
    }
}

/// As RELIABILITY.md describes a link: the previous one and every column, each with its length
/// before it.
fn link(previous: &[u8], columns: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for column in std::iter::once(&previous).chain(columns) {
        hasher.update((column.len() as u64).to_be_bytes());
        hasher.update(column);
    }
    hasher.finalize().into()
}

#[test]
fn a_kind_that_only_a_newer_version_knows_becomes_a_plain_entry() {
    let told = Told::of(2);
    told.shop.drain_all().expect("a drain");
    let head = log::head(told.shop.read()).expect("a head");
    let (id, command, payload) = (
        Uuid::from_u128(77),
        fresh_command(),
        r#"{"drone_id":4,"altitude":120}"#,
    );
    let (seq, version, at) = (head.seq + 1, 9_i64, NOON + 60);
    let hash = link(
        &head.hash,
        &[
            &seq.to_be_bytes(),
            id.as_bytes(),
            b"DroneLaunched",
            &version.to_be_bytes(),
            b"drone",
            b"4",
            &at.to_be_bytes(),
            &[],
            command.as_bytes(),
            payload.as_bytes(),
        ],
    );
    let raw = Connection::open(told.path()).expect("the file");
    raw.execute(
        "INSERT INTO command_log(command_id, at, result) VALUES (?1, ?2, 'null')",
        (command.as_bytes().as_slice(), at),
    )
    .expect("a command");
    raw.execute(
        "INSERT INTO outbox(seq, event_id, kind, version, aggregate, aggregate_id, occurred_at, command_id, payload, hash) VALUES (?1, ?2, 'DroneLaunched', ?3, 'drone', '4', ?4, ?5, ?6, ?7)",
        rusqlite::params![seq, id.as_bytes().as_slice(), version, at, command.as_bytes().as_slice(), payload, hash.as_slice()],
    )
    .expect("an event");
    told.shop.drain_all().expect("a drain");
    let entry = history::entry(told.shop.read(), seq)
        .expect("entries")
        .expect("the entry");
    assert_eq!(
        (
            entry.kind.as_str(),
            entry.at.0,
            entry.item,
            entry.customer,
            entry.detail
        ),
        ("DroneLaunched", at, None, None, None)
    );
    assert!(
        told.shop
            .consumers()
            .expect("consumers")
            .iter()
            .all(|consumer| consumer.lag == 0 && consumer.failure.is_none()),
        "the cursors go on"
    );
    assert_eq!(log::verify(told.shop.read()).expect("a proof"), None);
}

#[test]
fn the_log_takes_nothing_but_the_next_event() {
    let told = Told::of(3);
    let raw = Connection::open(told.path()).expect("the file");
    const COPY: &str = "event_id, kind, version, aggregate, aggregate_id, occurred_at, staff_id, command_id, payload, hash FROM outbox WHERE seq = 2";
    let other = "randomblob(16), kind, version, aggregate, aggregate_id, occurred_at, staff_id, command_id, payload, hash FROM outbox WHERE seq = 2";
    for sql in [
        "UPDATE outbox SET payload = '{}' WHERE seq = 2".to_owned(),
        "UPDATE OR REPLACE outbox SET seq = 1 WHERE seq = 2".to_owned(),
        "DELETE FROM outbox WHERE seq = 3".to_owned(),
        "DELETE FROM outbox".to_owned(),
        format!("INSERT OR REPLACE INTO outbox SELECT 2, {COPY}"),
        format!("INSERT OR REPLACE INTO outbox SELECT 4, {COPY}"),
        format!("INSERT OR REPLACE INTO outbox SELECT 2, {other}"),
        format!("REPLACE INTO outbox SELECT 5, {other}"),
        format!("INSERT INTO outbox SELECT 0, {other}"),
        format!(
            "INSERT INTO outbox SELECT 2, {other} ON CONFLICT(seq) DO UPDATE SET payload = '{{}}'"
        ),
    ] {
        let sql = if sql.contains("ON CONFLICT") {
            sql.replace("WHERE seq = 2 ON", "WHERE seq = 2 AND true ON")
        } else {
            sql
        };
        let said = raw.execute(&sql, []).expect_err(&sql).to_string();
        assert_eq!(said, "outbox_append_only", "{sql}");
    }
    assert_eq!(log::last_seq(told.shop.read()).expect("a number"), 3);
    assert_eq!(log::verify(told.shop.read()).expect("a proof"), None);
}

/// Takes a guard away, tampers, and puts the guard back as it was.
fn behind(path: &Path, guard: &str, tamper: &str) {
    let raw = Connection::open(path).expect("the file");
    let sql: String = raw
        .query_row(
            "SELECT sql FROM sqlite_schema WHERE name = ?1",
            [guard],
            |row| row.get(0),
        )
        .expect("the guard");
    raw.execute_batch(&format!("DROP TRIGGER {guard}; {tamper}; {sql}"))
        .expect("the tampering");
}

fn plain_shop(events: usize) -> Told {
    let folder = folder();
    let shop = Shop::create(
        &folder.path().join("shop.db"),
        &[],
        Clock::Fixed(Moment(NOON)),
    )
    .expect("a shop");
    let mut told = Told { folder, shop };
    told.tell(events);
    assert_eq!(told.problems(), [""; 0]);
    told
}

#[test]
fn the_chain_tells_of_what_was_altered() {
    for (guard, tamper, says) in [
        (
            "outbox_no_update",
            "UPDATE outbox SET payload = replace(payload, '3', '4') WHERE seq = 3",
            "chain: event 3 (CustomerRegistered) was altered after it was written",
        ),
        (
            "outbox_no_update",
            "UPDATE outbox SET occurred_at = occurred_at + 1 WHERE seq = 1",
            "chain: event 1 (CustomerRegistered) was altered after it was written",
        ),
        (
            "outbox_no_update",
            "UPDATE outbox SET staff_id = 1 WHERE seq = 5",
            "chain: event 5 (CustomerRegistered) was altered after it was written",
        ),
        (
            "outbox_no_delete",
            "DELETE FROM outbox WHERE seq IN (2, 3)",
            "chain: events 2 to 3 are missing",
        ),
        (
            "outbox_no_delete",
            "DELETE FROM outbox WHERE seq > 3",
            "high-water mark: 2 events are missing: the file ended at 3, the note beside it at 5",
        ),
    ] {
        let told = plain_shop(5);
        told.shop.store.note_head().expect("a note");
        behind(&told.path(), guard, tamper);
        let problems = told.problems();
        assert!(
            problems.iter().any(|problem| problem == says),
            "{tamper}: {problems:?}"
        );
    }
}

#[test]
fn a_deleted_log_is_noticed_by_the_note_beside_the_file() {
    let mut told = plain_shop(4);
    told.shop.store.checkpoint().expect("a checkpoint");
    told.tell(3);
    told.shop.store.note_head().expect("a note");
    // What a tidy person leaves of a running shop: the file and the note, without the -wal.
    let tidied = told.folder.path().join("tidied.db");
    std::fs::copy(told.path(), &tidied).expect("a copy");
    std::fs::copy(
        told.folder.path().join("shop.db.head"),
        told.folder.path().join("tidied.db.head"),
    )
    .expect("a copy");
    let shop = Shop::open(&tidied, Clock::Fixed(Moment(NOON))).expect("it opens");
    let problems = shop.check().expect("a check");
    assert!(
        problems.iter().any(|problem| problem.message
            == "3 events are missing: the file ended at 4, the note beside it at 7"),
        "{problems:?}"
    );
}

#[test]
fn the_note_beside_the_file_never_goes_back() {
    let told = plain_shop(3);
    let head = told.folder.path().join("shop.db.head");
    std::fs::write(&head, format!("9 {}\n", "ab".repeat(32))).expect("a note");
    told.shop.store.note_head().expect("a note");
    assert!(
        std::fs::read_to_string(&head)
            .expect("the note")
            .starts_with("9 ")
    );
    assert_eq!(
        told.problems().len(),
        1,
        "events are missing, and it says so"
    );
    std::fs::write(&head, "what a full disk left").expect("a note");
    told.shop.store.note_head().expect("a note");
    assert!(
        std::fs::read_to_string(&head)
            .expect("the note")
            .starts_with("3 "),
        "a note that cannot be read is written anew"
    );
}
