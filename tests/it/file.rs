//! The shop's file among other files: places where it may not lie, schema steps, a full disk, a
//! guard that is gone, a clock set back.

use crate::properties::folder;
use rentdesk::customers::{self, ContactRules, CustomerRefusal, Profile};
use rentdesk::kernel::{Clock, CustomerId, Failure, Moment, Stop, Text};
use rentdesk::shop::{Shop, fresh_command};
use rentdesk::store::schema::{self, MIGRATIONS, Migration};
use rentdesk::store::{BackupKind, Store, StoreRefusal, Write, in_words, log};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const NOON: i64 = 1_763_721_720;

struct Filed {
    folder: TempDir,
    shop: Shop,
}

fn register(db: &mut Write<'_>, name: &str) -> Result<CustomerId, Failure<CustomerRefusal>> {
    customers::register(
        db,
        &Profile {
            name: Text::new(name),
            ..Profile::default()
        },
        ContactRules {
            email_required: false,
            phone_required: false,
        },
    )
}

impl Filed {
    fn new() -> Filed {
        let folder = folder();
        let mut shop = Shop::create(
            &folder.path().join("shop.db"),
            &[("timezone", "UTC")],
            Clock::Fixed(Moment(NOON)),
        )
        .expect("a shop");
        shop.write(|db| register(db, "Maya Chen"))
            .expect("a customer");
        Filed { folder, shop }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    fn close(self) -> TempDir {
        self.shop.close();
        self.folder
    }
}

fn open(path: &Path) -> Result<Shop, Stop> {
    Shop::open(path, Clock::Fixed(Moment(NOON)))
}

fn refusal(outcome: Result<Store, Failure<StoreRefusal>>) -> StoreRefusal {
    match outcome {
        Err(Failure::Refused(refusal)) => refusal,
        Err(Failure::Fault(fault)) => panic!("{fault:#}"),
        Ok(_) => panic!("it was not refused"),
    }
}

fn fault(outcome: Result<CustomerId, Stop>) -> anyhow::Error {
    match outcome {
        Err(Stop::Fault(fault)) => fault,
        other => panic!("no fault but {other:?}"),
    }
}

fn count(shop: &Shop) -> i64 {
    customers::count(shop.read()).expect("a count")
}

fn problems(shop: &Shop) -> Vec<String> {
    shop.check()
        .expect("a check")
        .into_iter()
        .map(|problem| format!("{}: {}", problem.invariant, problem.message))
        .collect()
}

// Where it may lie ------------------------------------------------------------------------------

#[cfg(unix)]
#[test]
fn a_second_name_is_refused_and_a_symbolic_link_is_not() {
    let folder = Filed::new().close();
    let (file, other) = (
        folder.path().join("shop.db"),
        folder.path().join("other.db"),
    );
    std::os::unix::fs::symlink(&file, &other).expect("a link");
    let shop = open(&other).expect("it opens under either name");
    assert_eq!(
        shop.store.path().expect("a path").file_name(),
        file.file_name(),
        "there is one log, beside the file itself"
    );
    drop(shop);
    fs::remove_file(&other).expect("the link");
    fs::hard_link(&file, &other).expect("a second name");
    for name in [&file, &other] {
        assert!(matches!(
            refusal(Store::open(name)),
            StoreRefusal::HardLinked(_)
        ));
    }
    fs::remove_file(&other).expect("the second name");
    open(&file).expect("it opens again");
}

#[cfg(unix)]
#[test]
fn a_folder_that_everybody_can_write_into_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Filed::new().close();
    let file = folder.path().join("shop.db");
    let allow = |mode| {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).expect("permissions")
    };
    allow(0o777);
    assert!(matches!(
        refusal(Store::open(&file)),
        StoreRefusal::OpenFolder(_)
    ));
    assert!(matches!(
        refusal(Store::create(&folder.path().join("new.db"), &[])),
        StoreRefusal::OpenFolder(_)
    ));
    assert!(
        !folder.path().join("new.db").exists(),
        "nothing was left behind"
    );
    allow(0o1777); // as /tmp is: others cannot take the file away
    open(&file).expect("it opens");
    allow(0o700);
    open(&file).expect("it opens");
}

#[cfg(unix)]
#[test]
fn the_file_and_all_beside_it_are_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let outer = folder();
    let inner = outer.path().join("rentals").join("north");
    let mut shop =
        Shop::create(&inner.join("shop.db"), &[], Clock::Fixed(Moment(NOON))).expect("a shop");
    shop.write(|db| register(db, "Maya Chen"))
        .expect("a customer");
    let made = shop.backup(None, BackupKind::Asked).expect("a copy");
    let copy = made.path;
    let mode = |path: &Path| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    for (path, expected) in [
        (inner.clone(), 0o700),
        (outer.path().join("rentals"), 0o700),
        (inner.join("shop.db"), 0o600),
        (inner.join("shop.db-wal"), 0o600),
        (inner.join("backup"), 0o700),
        (copy, 0o600),
    ] {
        assert_eq!(
            mode(&path),
            expected,
            "{} has mode {:o}",
            path.display(),
            mode(&path)
        );
    }
}

// Schema steps ----------------------------------------------------------------------------------

/// The steps of this version, and one that a newer version adds.
fn steps(sql: &'static str) -> Vec<Migration> {
    let known = MIGRATIONS.iter().map(|step| Migration {
        version: step.version,
        sql: step.sql,
    });
    known
        .chain([Migration {
            version: MIGRATIONS.len() as i64 + 1,
            sql,
        }])
        .collect()
}

const SHELF: &str = "CREATE TABLE shelf(id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT; INSERT INTO shelf(name) SELECT name FROM customer;";

fn copies(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder.join("backup"))
        .map(|entries| {
            entries
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.extension().is_some_and(|ending| ending == "db"))
                .collect()
        })
        .unwrap_or_default()
}

#[test]
fn an_older_file_is_copied_and_then_taken_to_the_new_schema() {
    let folder = Filed::new().close();
    let file = folder.path().join("shop.db");
    let store = Store::open_with(&file, &steps(SHELF)).expect("it migrates");
    assert!(store.reading_only().is_none());
    let names: Vec<String> = store
        .read()
        .rows("SELECT name FROM shelf", [], |row| row.get(0))
        .expect("rows");
    assert_eq!(names, ["Maya Chen"]);
    drop(store);
    drop(Store::open_with(&file, &steps(SHELF)).expect("it opens, with nothing left to do"));
    let copies = copies(folder.path());
    assert_eq!(copies.len(), 1, "one copy, from before the step");
    let copy = open(&copies[0]).expect("the copy is a shop");
    assert_eq!((problems(&copy), count(&copy)), (Vec::new(), 1));
    let older = open(&file).expect("the older program still reads it");
    let newest = schema::newest(MIGRATIONS);
    assert!(
        matches!(older.store.reading_only(), Some(StoreRefusal::Newer { found, known, .. }) if (*found, *known) == (newest + 1, newest))
    );
    assert_eq!(count(&older), 1);
}

#[test]
fn a_window_left_open_over_a_schema_step_says_so_and_writes_nothing() {
    let mut filed = Filed::new();
    drop(Store::open_with(&filed.path(), &steps(SHELF)).expect("another window migrates it"));
    let said = fault(filed.shop.write(|db| register(db, "Sam Okoro"))).to_string();
    let newer = schema::newest(MIGRATIONS) + 1;
    assert_eq!(
        said,
        format!(
            "the file was updated by a newer version (schema {newer}); please restart this window"
        )
    );
    assert_eq!(count(&filed.shop), 1, "and it can still be read");
}

#[test]
fn a_schema_step_that_fails_leaves_the_file_as_it_was() {
    for sql in [
        "CREATE TABLE shelf(id INTEGER PRIMARY KEY) STRICT; UPDATE customer SET name = 'x'; INSERT INTO nowhere VALUES (1);",
        "UPDATE customer SET name = 'x'; CREATE TABLE customer(id INTEGER);",
        "DROP TABLE condition_flag; THIS IS NO SQL;",
        "UPDATE outbox SET kind = 'x';",
    ] {
        let folder = Filed::new().close();
        let file = folder.path().join("shop.db");
        let Err(failure) = Store::open_with(&file, &steps(sql)) else {
            panic!("{sql} succeeded")
        };
        assert!(matches!(failure, Failure::Fault(_)), "{failure:?}");
        assert_eq!(copies(folder.path()).len(), 1);
        let mut shop = open(&file).expect("it opens as before");
        assert!(
            shop.store.reading_only().is_none(),
            "{sql}: {:?}",
            shop.store.reading_only()
        );
        assert_eq!(problems(&shop), [""; 0], "{sql}");
        assert_eq!(
            customers::named(shop.read(), &Text::new("Maya Chen"))
                .expect("customers")
                .len(),
            1
        );
        shop.write(|db| register(db, "Sam Okoro"))
            .expect("and it can be written");
    }
}

// What goes wrong with an open file -------------------------------------------------------------

#[test]
fn a_full_disk_saves_nothing_says_so_and_works_again_after() {
    let mut filed = Filed::new();
    let pages: i64 = filed
        .shop
        .read()
        .one("SELECT page_count FROM pragma_page_count", [], |row| {
            row.get(0)
        })
        .expect("a count");
    filed.shop.store.limit_pages(pages).expect("a limit");
    let events = |shop: &Shop| rentdesk::store::log::last_seq(shop.read()).expect("a number");
    let many = |db: &mut Write<'_>| {
        for number in 0..400 {
            register(db, &format!("Customer {number} of a long list"))?;
        }
        Ok(CustomerId(0))
    };
    let before = (count(&filed.shop), events(&filed.shop));
    assert_eq!(in_words(&fault(filed.shop.write(many))), "the disk is full");
    assert_eq!(
        (count(&filed.shop), events(&filed.shop)),
        before,
        "all or nothing"
    );
    let mut saved = 0;
    let said = loop {
        match filed.shop.write(|db| register(db, "One more")) {
            Ok(_) => saved += 1,
            other => break fault(other),
        }
        assert!(saved < 2000, "the disk is never full");
    };
    assert_eq!(in_words(&said), "the disk is full");
    assert_eq!(
        (count(&filed.shop), events(&filed.shop)),
        (before.0 + saved, before.1 + saved),
        "what was told as saved is there, and nothing else"
    );
    filed.shop.store.limit_pages(1_000_000).expect("room");
    filed
        .shop
        .write(|db| register(db, "The last"))
        .expect("it works again");
    filed.shop.drain_all().expect("derived work");
    assert_eq!(problems(&filed.shop), [""; 0]);
}

#[test]
fn a_file_without_one_of_its_guards_is_only_read() {
    let folder = Filed::new().close();
    let file = folder.path().join("shop.db");
    for guard in [
        "claim_no_overlap_insert",
        "outbox_no_delete",
        "reservation_state_step",
    ] {
        let raw = Connection::open(&file).expect("the file");
        let sql: String = raw
            .query_row(
                "SELECT sql FROM sqlite_schema WHERE name = ?1",
                [guard],
                |row| row.get(0),
            )
            .expect("the guard");
        raw.execute_batch(&format!("DROP TRIGGER {guard}"))
            .expect("no guard");
        let mut shop = open(&file).expect("it opens");
        let why = shop.store.reading_only().expect("for reading").to_string();
        assert!(
            why.ends_with("its schema was changed by another program; a guard may be missing"),
            "{why}"
        );
        assert!(
            matches!(
                shop.write(|db| register(db, "Sam Okoro")),
                Err(Stop::Refused(_))
            ),
            "nothing is written without its guards"
        );
        assert_eq!(
            problems(&shop),
            ["schema: the schema is not the one this version made: a guard may be missing"]
        );
        raw.execute_batch(&sql).expect("the guard is back");
        drop(raw);
        assert!(
            open(&file)
                .expect("it opens")
                .store
                .reading_only()
                .is_none()
        );
    }
    assert_eq!(count(&open(&file).expect("it opens")), 1);
}

#[test]
fn a_file_that_is_replaced_or_deleted_while_open_is_noticed_before_writing() {
    for deleted in [false, true] {
        let mut filed = Filed::new();
        let other = Filed::new().close();
        let theirs = other.path().join("shop.db");
        let bytes = fs::read(&theirs).expect("the other file");
        if deleted {
            fs::remove_file(filed.path()).expect("deleted")
        } else {
            fs::rename(&theirs, filed.path()).expect("replaced")
        }
        let said = fault(filed.shop.write(|db| register(db, "Sam Okoro"))).to_string();
        assert!(
            said.contains("shop.db was moved, replaced or deleted while it was open"),
            "{said}"
        );
        if !deleted {
            assert_eq!(
                fs::read(filed.path()).expect("the file"),
                bytes,
                "the file that took its place is as it was"
            );
        }
    }
}

/// As an account that may only read: the file, its folder, and no helper files beside it.
#[cfg(unix)]
#[test]
fn a_file_that_can_only_be_read_is_read() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let folder = Filed::new().close();
    let file = folder.path().join("shop.db");
    let allow = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("permissions")
    };
    allow(&file, 0o444);
    for beside in ["shop.db.lock", "shop.db.head"] {
        let path = folder.path().join(beside);
        if path.exists() {
            allow(&path, 0o444);
        }
    }
    allow(folder.path(), 0o555);
    let owner = fs::metadata(folder.path()).expect("the folder").uid();
    let place = tempfile::tempdir().expect("a folder");
    let mut program = PathBuf::from(env!("CARGO_BIN_EXE_rentdesk"));
    if owner == 0 {
        allow(place.path(), 0o755);
        program = place.path().join("rentdesk"); // where somebody else can reach it
        fs::copy(env!("CARGO_BIN_EXE_rentdesk"), &program).expect("a copy");
    }
    let run = |line: &[&str]| {
        let mut command = std::process::Command::new(&program);
        command
            .env_remove("RENTDESK_NOW")
            .env_remove("RENTDESK_DB")
            .current_dir("/")
            .arg("--db")
            .arg(&file)
            .args(line);
        if owner == 0 {
            command.uid(65534).gid(65534); // permissions mean nothing to root: somebody else has to try
        }
        let output = command.output().expect("the program");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let (code, listed, said) = run(&["customer", "list"]);
    assert!(
        code == Some(0) && listed.contains("Maya Chen"),
        "{code:?} {listed}{said}"
    );
    let (code, _, said) = run(&["staff", "add", "Ben"]);
    assert!(
        code == Some(1) && said.contains("shop.db cannot be written here"),
        "{code:?} {said}"
    );
    allow(folder.path(), 0o700);
    allow(&file, 0o600);
    assert_eq!(problems(&open(&file).expect("it opens")), [""; 0]);
}

// What is done once -----------------------------------------------------------------------------

#[test]
fn the_same_command_returns_its_first_result_also_after_a_restart() {
    let mut filed = Filed::new();
    let command = fresh_command();
    let first = filed
        .shop
        .write_once(command, |db| register(db, "Sam Okoro"))
        .expect("a customer");
    let again = filed
        .shop
        .write_once(command, |db| register(db, "Sam Okoro"))
        .expect("the first result");
    let path = filed.path();
    let folder = filed.close();
    let mut shop = open(&path).expect("the shop");
    let later = shop
        .write_once(command, |db| register(db, "Somebody else"))
        .expect("the first result");
    assert_eq!((again, later), (first, first));
    assert_eq!((count(&shop), problems(&shop)), (2, Vec::new()));
    drop(folder);
}

#[test]
fn a_command_that_was_refused_may_be_sent_again() {
    let mut filed = Filed::new();
    let command = fresh_command();
    for _ in 0..2 {
        assert!(matches!(
            filed.shop.write_once(command, |db| register(db, "")),
            Err(Stop::Refused(_))
        ));
    }
    filed
        .shop
        .write_once(command, |db| register(db, "Sam Okoro"))
        .expect("a customer");
    assert_eq!(count(&filed.shop), 2);
}

#[test]
fn a_clock_that_was_set_back_is_noticed_and_one_entry_ahead_of_it_is_no_trap() {
    fn noon() -> Moment {
        Moment(NOON)
    }
    fn a_little_earlier() -> Moment {
        Moment(NOON - 8 * 60)
    }
    fn much_earlier() -> Moment {
        Moment(NOON - 3600)
    }
    let mut filed = Filed::new();
    let shop = &mut filed.shop;
    shop.clock = Clock::Running(a_little_earlier);
    shop.write(|db| register(db, "Set right by the network"))
        .expect("some minutes are ordinary");
    shop.clock = Clock::Running(noon);
    shop.write(|db| register(db, "At noon"))
        .expect("a customer");
    shop.clock = Clock::Running(much_earlier);
    match shop.write(|db| register(db, "With an empty battery")) {
        Err(Stop::Refused(declined)) => assert_eq!(
            (declined.kind, declined.message.as_str()),
            (
                "clock",
                "The clock went back 1 hour since the last entry, Fri 21 Nov 10:42"
            )
        ),
        other => panic!("{other:?}"),
    }
    // Somebody dates an entry years ahead, notices, and dates the next one rightly: the machine's
    // clock counts again.
    for years in [20, 0] {
        shop.clock = Clock::Fixed(Moment(NOON + years * 365 * 86_400));
        shop.write(|db| register(db, "Dated by hand"))
            .expect("a customer");
    }
    shop.clock = Clock::Running(noon);
    shop.write(|db| register(db, "At noon again"))
        .expect("the counter goes on");
}

#[test]
fn the_schema_of_this_version_is_what_its_steps_make_and_what_the_program_expects() {
    let made = schema::made_fingerprint(MIGRATIONS).expect("a fingerprint");
    let expected = schema::expected(MIGRATIONS).expect("a fingerprint");
    assert_eq!(
        log::hex(&expected),
        log::hex(&made),
        "the steps have changed: the second belongs into store/schema.rs"
    );
    let filed = Filed::new();
    let raw = Connection::open(filed.path()).expect("the file");
    assert_eq!(schema::fingerprint(&raw).expect("a fingerprint"), made);
    assert_eq!(
        schema::version(&raw).expect("a version"),
        schema::newest(MIGRATIONS)
    );
}
