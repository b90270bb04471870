//! The only place that opens SQLite.
//!
//! **Does** opens, creates, locks, migrates, copies and proves the shop's file; hands out [`Read`]
//! and [`Write`]; keeps the outbox as a hash-chained log, the log of commands, the settings and the
//! numbers. **Owns** `outbox`, `command_log`, `setting`, `sequence`. **Publishes** nothing of its
//! own. **Hears** nothing.

mod access;
mod backup;
pub mod check;
mod codec;
mod place;
mod refusal;
pub mod log;
pub mod schema;

pub use access::{Read, Signature, Write, rows_walked, statements_run, walked_since};
pub use check::{Invariant, Problem};
pub use codec::{AsWord, Word};
pub use refusal::StoreRefusal;

use place::{
    beside, connect, connect_reading, identity, is_foreign, make_folder, refuse_file, refuse_place,
    restrict, shown, take_lock,
};

use crate::kernel::{Failure, Fallible, Moment, Refusal, Settings, Text};
use anyhow::{Context, anyhow};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde::{Serialize, de::DeserializeOwned};
use std::cell::Cell;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The shop's file, open.
pub struct Store {
    connection: Connection,
    path: Option<PathBuf>,
    reading_only: Option<StoreRefusal>,
    /// Tells this process from others inside the file.
    token: [u8; 16],
    rehearsing: bool,
    identity: Option<(u64, u64)>,
    alone: bool,
    /// What `synchronous` was last set to here.
    durability: Cell<Option<Durability>>,
    /// Something is supposed that is not kept; see [`Store::suppose`].
    supposing: Cell<bool>,
    _lock: Option<File>,
}

impl<R: Refusal> From<rusqlite::Error> for Failure<R> {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Fault(error.into())
    }
}

impl Store {
    /// Makes a new shop. Only this creates a file; nothing is ever written over.
    pub fn create(path: &Path, settings: &[(&str, &str)]) -> Result<Store, Failure<StoreRefusal>> {
        let shown = shown(path);
        if path.exists() {
            return Err(StoreRefusal::Exists(shown).into());
        }
        make_folder(path)?;
        refuse_place(path)?;
        let (lock, alone) = take_lock(path)?;
        let connection = connect(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
        )
        .map_err(|_| StoreRefusal::ReadOnly(shown.clone()))?;
        restrict(path)?;
        let set_up = || -> Fallible<()> {
            connection.execute_batch("PRAGMA journal_mode = WAL")?;
            schema::migrate(&connection, schema::MIGRATIONS)?;
            connection.execute(
                "INSERT INTO setting(name, value) VALUES ('shop_id', ?1)",
                [fresh_identity().to_string()],
            )?;
            for (name, value) in settings {
                connection.execute(
                    "INSERT INTO setting(name, value) VALUES (?1, ?2)",
                    [name, value],
                )?;
            }
            Ok(())
        };
        if let Err(fault) = set_up() {
            drop(connection);
            let _ = fs::remove_file(path); // half a shop is worse than none, and it was made a moment ago
            return Err(Failure::Fault(
                fault.context(format!("while making {shown}")),
            ));
        }
        let store = Store {
            connection,
            path: Some(path.to_owned()),
            reading_only: None,
            token: token(),
            rehearsing: false,
            identity: identity(path),
            alone,
            durability: Cell::new(None),
            supposing: Cell::new(false),
            _lock: Some(lock),
        };
        if beside(path, "head").exists() {
            store.write_head(&log::head(store.read())?)?; // it is of a shop that is gone
        }
        Ok(store)
    }

    /// Opens a shop, migrating an older file after a backup. A newer or read-only file opens for
    /// reading.
    pub fn open(path: &Path) -> Result<Store, Failure<StoreRefusal>> {
        Self::open_with(path, schema::MIGRATIONS)
    }

    /// As [`Self::open`], with the schema steps given: tests take a file through a step of their
    /// own.
    pub fn open_with(
        path: &Path,
        migrations: &[schema::Migration],
    ) -> Result<Store, Failure<StoreRefusal>> {
        let path = fs::canonicalize(path).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => StoreRefusal::Missing(shown(path)),
            _ => StoreRefusal::Unreadable {
                path: shown(path),
                why: Text::new(&error.to_string()),
            },
        })?;
        let name = shown(&path);
        refuse_file(&path)?;
        refuse_place(&path)?;
        let (lock, alone) = take_lock(&path)?;
        let mut reading_only = None;
        let connection = match connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
            Ok(connection) if !connection.is_readonly("main").unwrap_or(false) => connection,
            _ => {
                reading_only = Some(StoreRefusal::ReadOnly(name.clone()));
                connect_reading(&path).map_err(|failure| {
                    if is_foreign(&failure) {
                        StoreRefusal::Foreign(name.clone()).into()
                    } else {
                        failure
                    }
                })?
            }
        };
        let unreadable = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreRefusal::Foreign(name.clone()),
            _ => StoreRefusal::Unreadable {
                path: name.clone(),
                why: Text::new(&error.to_string()),
            },
        };
        let application: i64 = connection
            .query_row("PRAGMA application_id", [], |row| row.get(0))
            .map_err(unreadable)?;
        if application != schema::APPLICATION_ID {
            return Err(StoreRefusal::Foreign(name).into());
        }
        let found = schema::version(&connection)?;
        let known = schema::newest(migrations);
        if found > known {
            reading_only = Some(StoreRefusal::Newer {
                path: name.clone(),
                found,
                known,
            });
        }
        let mut store = Store {
            connection,
            identity: identity(&path),
            path: Some(path),
            reading_only,
            token: token(),
            rehearsing: false,
            alone,
            durability: Cell::new(None),
            supposing: Cell::new(false),
            _lock: Some(lock),
        };
        if found < known && store.reading_only.is_none() {
            store
                .backup(None)
                .context("the backup before the schema step")
                .map_err(Failure::Fault)?;
            schema::migrate(&store.connection, migrations).map_err(Failure::Fault)?;
        }
        if found <= known {
            let expected = schema::expected_fingerprint(migrations)?;
            if schema::fingerprint(&store.connection)? != expected {
                store.reading_only.get_or_insert(StoreRefusal::Unreadable {
                    path: name,
                    why: Text::new(
                        "its schema was changed by another program; a guard may be missing",
                    ),
                });
            }
        }
        Ok(store)
    }

    /// A second look at a file that this process has open: it only reads, and all its reads are of
    /// one moment. For worker threads.
    pub fn look(path: &Path) -> Result<Store, Failure<StoreRefusal>> {
        let connection = connect_reading(path)?;
        connection
            .execute_batch("BEGIN")
            .context("while beginning to read")
            .map_err(Failure::Fault)?;
        let reading_only = Some(StoreRefusal::ReadOnly(shown(path)));
        Ok(Store {
            connection,
            identity: None,
            path: Some(path.to_owned()),
            reading_only,
            token: token(),
            rehearsing: false,
            alone: false,
            durability: Cell::new(None),
            supposing: Cell::new(false),
            _lock: None,
        })
    }

    fn over_copy(connection: Connection) -> Store {
        Store {
            connection,
            path: None,
            reading_only: None,
            token: token(),
            rehearsing: false,
            identity: None,
            alone: true,
            durability: Cell::new(None),
            supposing: Cell::new(false),
            _lock: None,
        }
    }

    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Why writing is refused, where it is.
    pub fn reading_only(&self) -> Option<&StoreRefusal> {
        self.reading_only.as_ref()
    }

    /// From now on nothing is kept: every command runs, answers and is rolled back (`--dry-run`).
    pub fn rehearse(&mut self) {
        self.rehearsing = true;
    }

    pub fn is_rehearsing(&self) -> bool {
        self.rehearsing
    }

    /// Whether no other window had the file open when this one opened it.
    pub fn was_alone(&self) -> bool {
        self.alone
    }

    pub fn token(&self) -> &[u8; 16] {
        &self.token
    }

    pub fn read(&self) -> Read<'_> {
        Read::new(&self.connection)
    }

    pub fn settings(&self) -> Fallible<Settings> {
        self.read().settings()
    }

    /// Changes with every commit of another process.
    pub fn data_version(&self) -> Fallible<i64> {
        Ok(self
            .connection
            .query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// One command: BEGIN IMMEDIATE, commits only on `Ok`, takes everything back on any error. A
    /// command id that was seen before returns its first result and changes nothing.
    pub fn write<T, R>(
        &self,
        signature: Signature,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
    ) -> Result<T, Failure<R>>
    where
        T: Serialize + DeserializeOwned,
    {
        if let Some(refusal) = &self.reading_only {
            return Err(Failure::Fault(anyhow!("{refusal}; {}", refusal.hint())));
        }
        self.begin(Durability::Full).map_err(Failure::Fault)?;
        let outcome = self.run(signature, command);
        match &outcome {
            Ok(_) if !self.rehearsing => self.end("COMMIT").map_err(Failure::Fault)?,
            _ => self.end("ROLLBACK").map_err(Failure::Fault)?,
        }
        outcome
    }

    fn run<T, R>(
        &self,
        signature: Signature,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
    ) -> Result<T, Failure<R>>
    where
        T: Serialize + DeserializeOwned,
    {
        let fault = |error: anyhow::Error| Failure::Fault(error);
        let known = self
            .read()
            .maybe(
                "SELECT result FROM command_log WHERE command_id = ?1",
                [signature.command.as_bytes().as_slice()],
                |row| row.get::<_, String>(0),
            )
            .map_err(fault)?;
        if let Some(result) = known {
            return serde_json::from_str(&result)
                .context("while reading the first result of a repeated command")
                .map_err(fault);
        }
        let mut db = Write::new(&self.connection, signature, self.token);
        let value = command(&mut db)?;
        let result = serde_json::to_string(&value).map_err(|error| fault(error.into()))?;
        db.execute(
            "INSERT INTO command_log(command_id, at, staff_id, result) VALUES (?1, ?2, ?3, ?4)",
            rusqlite::params![
                signature.command.as_bytes().as_slice(),
                signature.at,
                signature.staff,
                result
            ],
        )
        .map_err(fault)?;
        Ok(value)
    }

    /// One slice of derived work: can be done again from the log, so it need not survive a power
    /// cut. What it publishes is a command of its own.
    pub fn project<T>(
        &self,
        at: Moment,
        work: impl FnOnce(&mut Write<'_>) -> Fallible<T>,
    ) -> Fallible<T> {
        self.begin(Durability::Normal)?;
        let mut db = Write::new(
            &self.connection,
            Signature {
                at,
                staff: None,
                command: fresh_identity(),
            },
            self.token,
        );
        let outcome = work(&mut db).and_then(|value| {
            if !db.published().is_empty() {
                let command = db.command();
                db.execute(
                    "INSERT INTO command_log(command_id, at, result) VALUES (?1, ?2, 'null')",
                    (command.as_bytes().as_slice(), at),
                )?;
            }
            Ok(value)
        });
        self.end(if outcome.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        })?;
        if outcome.is_ok() && !db.published().is_empty() {
            // A fact that somebody may have on paper already must survive a power cut: moving pages
            // out of the log makes it durable first.
            self.checkpoint()?;
        }
        outcome
    }

    /// Does something that whoever reads from now on sees as done, and that is never kept: it ends
    /// with the next command, or with the store.
    pub fn suppose<R>(
        &self,
        at: Moment,
        work: impl FnOnce(&mut Write<'_>) -> Result<(), Failure<R>>,
    ) -> Result<(), Failure<R>> {
        self.begin(Durability::Full).map_err(Failure::Fault)?;
        let outcome = work(&mut Write::new(
            &self.connection,
            Signature {
                at,
                staff: None,
                command: Uuid::nil(),
            },
            self.token,
        ));
        self.supposing.set(true);
        if outcome.is_err() {
            self.stop_supposing().map_err(Failure::Fault)?;
        }
        outcome
    }

    pub fn stop_supposing(&self) -> Fallible<()> {
        if self.supposing.replace(false) {
            self.end("ROLLBACK")
        } else {
            Ok(())
        }
    }

    fn begin(&self, durability: Durability) -> Fallible<()> {
        self.stop_supposing()?;
        if self.identity.is_some() && self.path.as_deref().and_then(identity) != self.identity {
            let refusal =
                StoreRefusal::Replaced(self.path.as_deref().map(shown).unwrap_or_default());
            return Err(anyhow!("{refusal}; {}", refusal.hint()));
        }
        // `synchronous` can only be changed between transactions.
        if self.durability.replace(Some(durability)) != Some(durability) {
            self.connection.execute_batch(match durability {
                Durability::Full => "PRAGMA synchronous = FULL",
                Durability::Normal => "PRAGMA synchronous = NORMAL",
            })?;
        }
        self.connection
            .prepare_cached("BEGIN IMMEDIATE")?
            .execute([])?;
        let checked = match schema::version(&self.connection) {
            Ok(found) if found > schema::newest(schema::MIGRATIONS) => Err(anyhow!(
                "the file was updated by a newer version (schema {found}); please restart this window"
            )),
            Ok(_) => Ok(()),
            Err(fault) => Err(fault.into()),
        };
        if checked.is_err() {
            let _ = self.connection.execute_batch("ROLLBACK"); // the fault is what is told; nothing was written
        }
        checked
    }

    fn end(&self, how: &str) -> Fallible<()> {
        if self.connection.is_autocommit() {
            // SQLite has rolled back by itself, as it does when the disk is full.
            return if how == "COMMIT" {
                Err(anyhow!("the change was rolled back"))
            } else {
                Ok(())
            };
        }
        if let Err(error) = self
            .connection
            .prepare_cached(how)
            .and_then(|mut end| end.execute([]))
        {
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            return Err(anyhow::Error::new(error));
        }
        Ok(())
    }

    /// The right to be the one sender of this shop: freed by the kernel when the process dies, so
    /// that nobody has to guess. None: another process has it.
    pub fn sender(&self) -> Fallible<Option<File>> {
        let path = self
            .path
            .as_deref()
            .ok_or_else(|| anyhow!("a copy in memory sends nothing"))?;
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(beside(path, "sender"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(fs::TryLockError::WouldBlock) => Ok(None),
            Err(fs::TryLockError::Error(error)) => Err(error.into()),
        }
    }

    /// Moves finished pages from the log into the file, without waiting for anyone: for idle
    /// moments.
    pub fn checkpoint(&self) -> Fallible<()> {
        self.connection
            .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Notes the newest event beside the file, so that a lost log is noticed. Never backwards.
    pub fn note_head(&self) -> Fallible<()> {
        if self.reading_only.is_some() || self.rehearsing {
            return Ok(());
        }
        let head = log::head(self.read())?;
        if self
            .noted_head()?
            .is_some_and(|noted| noted.seq >= head.seq)
        {
            return Ok(());
        }
        self.write_head(&head)
    }

    /// `seq hash shop`: a note of another shop must not be taken for this one's.
    fn write_head(&self, head: &log::Head) -> Fallible<()> {
        let Some(path) = self.path.as_deref() else {
            return Ok(());
        };
        let target = beside(path, "head");
        let temporary = beside(path, "head.new");
        fs::write(
            &temporary,
            format!(
                "{} {} {}\n",
                head.seq,
                log::hex(&head.hash),
                log::shop_id(self.read())?
            ),
        )?;
        fs::rename(&temporary, &target)?;
        Ok(())
    }

    fn noted_head(&self) -> Fallible<Option<log::Head>> {
        let Some(path) = self.path.as_deref() else {
            return Ok(None);
        };
        match fs::read_to_string(beside(path, "head")) {
            Ok(text) => Ok(log::parse_head(&text, &log::shop_id(self.read())?).unwrap_or(None)),
            Err(_) => Ok(None),
        }
    }

    /// Stops growing at this many pages: the disk that is full, for tests.
    pub fn limit_pages(&self, pages: i64) -> Fallible<i64> {
        Ok(self
            .connection
            .query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| {
                row.get(0)
            })?)
    }

    /// The last words: everything into the file, the head noted.
    pub fn close(self) {
        let _ = self.stop_supposing();
        if self.reading_only.is_none() {
            let _ = self.note_head(); // best effort: the note only ever lags, and the next start writes it
            let _ = self
                .connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Full,
    Normal,
}

/// What went wrong with the file, in words for the person at the counter.
pub fn in_words(fault: &anyhow::Error) -> String {
    let code = fault
        .chain()
        .find_map(|cause| cause.downcast_ref::<rusqlite::Error>())
        .and_then(rusqlite::Error::sqlite_error_code);
    match code {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            "another window is saving; try again".to_owned()
        }
        Some(ErrorCode::ReadOnly) => "the file is read-only".to_owned(),
        Some(ErrorCode::SystemIoFailure) => "the disk does not answer".to_owned(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            "the file is damaged; run rentdesk check, then restore a backup".to_owned()
        }
        _ => Text::new(&fault.to_string()).to_string(),
    }
}

fn token() -> [u8; 16] {
    *fresh_identity().as_bytes()
}

/// An identity for this file or this process; events have theirs from [`Write::publish`].
fn fresh_identity() -> Uuid {
    Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext))
}

/// What somebody types, as a question for the search index: every word quoted, each a beginning.
/// `None` where no word is left.
pub fn match_words(typed: &str) -> Option<String> {
    let words: Vec<String> = typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .take(8)
        .map(|word| format!("\"{word}\"*"))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}
