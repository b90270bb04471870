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
mod head;
mod keeping;
mod opening;
mod place;
mod refusal;
mod reopen;
mod restore;
pub mod seal;
pub mod log;
pub mod schema;

pub use access::{Read, Signature, Write, rows_walked, statements_run, walked_since};
pub use backup::{
    BackupFile, BackupKind, Copied, backup_folder, backups_in, copy_again, drop_backup,
    kind_in_words,
};
pub use check::{Invariant, Problem};
pub use codec::{AsWord, Word};
pub use head::{Alarm, GapRefusal, note_restored};
pub use keeping::{Keep, to_drop};
pub use place::real_path;
pub use refusal::StoreRefusal;
pub use restore::{Lost, RestoreRefusal, Restored};

use place::{Identities, beside, make_folders, others_may_write, path_bytes, shown};

use crate::files::{self, Draft, Existing};
use crate::kernel::{Failure, Fallible, Moment, Refusal, Settings, Text};
use anyhow::{Context, anyhow};
use rusqlite::{Connection, ErrorCode};
use serde::{Serialize, de::DeserializeOwned};
use std::cell::{Cell, RefCell};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// SQLite needs so much beside a file to read and write it.
const ROOM_MIN: u64 = 256 * 1024;

/// The shop's file, open.
pub struct Store {
    connection: Connection,
    path: Option<PathBuf>,
    reading_only: Option<StoreRefusal>,
    /// Tells this process from others inside the file.
    token: [u8; 16],
    rehearsing: bool,
    /// It is being made, and nobody else sees it.
    is_draft: bool,
    identities: Cell<Identities>,
    /// Which of its files went away or became another while it was open, by its ending.
    lost: Cell<Option<&'static str>>,
    /// A commit failed in such a way that only the disk knows whether it was saved.
    in_doubt: Cell<bool>,
    alone: bool,
    /// What `synchronous` was last set to here.
    durability: Cell<Option<Durability>>,
    /// Something is supposed that is not kept; see [`Store::suppose`].
    supposing: Cell<bool>,
    /// The newest event that is really there, while something is supposed.
    head_before: Cell<Option<log::Head>>,
    /// Where a copy of what this window knew was put.
    rescued: RefCell<Option<PathBuf>>,
    seals: seal::Seals,
    /// Of a look: the note as it was before it, which others may have renewed since.
    noted_then: Option<Option<String>>,
    lock: Option<File>,
}

impl<R: Refusal> From<rusqlite::Error> for Failure<R> {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Fault(error.into())
    }
}

impl Store {
    /// Nothing at all, for the moment in which a shop's file has no place.
    pub fn in_memory() -> Fallible<Store> {
        Store::over(Connection::open_in_memory()?)
    }

    /// Over a file of nobody else's: a draft, a copy in memory.
    fn over(mut connection: Connection) -> Fallible<Store> {
        let seals = seal::Seals::listen(&mut connection)?;
        Ok(Store {
            connection,
            path: None,
            reading_only: None,
            token: token(),
            rehearsing: false,
            is_draft: false,
            identities: Cell::new(Identities::default()),
            lost: Cell::new(None),
            in_doubt: Cell::new(false),
            alone: true,
            durability: Cell::new(None),
            supposing: Cell::new(false),
            head_before: Cell::new(None),
            rescued: RefCell::new(None),
            seals,
            noted_then: None,
            lock: None,
        })
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

    /// What the owner should know about where the file lies.
    pub fn place_warning(&self) -> Option<Text> {
        let path = self.path.as_deref().filter(|path| others_may_write(path))?;
        Some(Text::new(&format!(
            "Others may write into {}, the folder of the shop's file",
            files::folder_of(path).to_string_lossy()
        )))
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
        let known = self.result_of(&signature).map_err(fault)?;
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
        self.stop_supposing().map_err(Failure::Fault)?;
        let before = log::head(self.read()).map_err(Failure::Fault)?;
        self.head_before.set(Some(before));
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

    /// The newest event that is in the file, whatever is supposed.
    pub fn head(&self) -> Fallible<log::Head> {
        match self.head_before.get() {
            Some(before) if self.supposing.get() => Ok(before),
            _ => log::head(self.read()),
        }
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
        self.refuse_lost()?;
        // `synchronous` can only be changed between transactions.
        if !self.is_draft && self.durability.replace(Some(durability)) != Some(durability) {
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
            self.seals.forget();
            // SQLite has rolled back by itself, as it does when the disk is full.
            return if how == "COMMIT" {
                Err(anyhow!("the change was rolled back"))
            } else {
                Ok(())
            };
        }
        if how == "COMMIT" {
            if let Err(fault) = self.seals.seal(&self.connection) {
                let _ = self.connection.execute_batch("ROLLBACK"); // the fault is what is told
                return Err(fault.context("while sealing what was written"));
            }
        } else {
            self.seals.forget();
        }
        if let Err(error) = self
            .connection
            .prepare_cached(how)
            .and_then(|mut end| end.execute([]))
        {
            if how == "COMMIT" && error.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) {
                self.in_doubt.set(true);
            }
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            return Err(anyhow::Error::new(error));
        }
        Ok(())
    }

    /// The file with its log and index still are what was opened: otherwise what is saved here
    /// would be seen by nobody, and lost with this window.
    pub fn refuse_lost(&self) -> Fallible<()> {
        let Some(path) = self.path.as_deref().filter(|_| self.lock.is_some()) else {
            return Ok(());
        };
        let (was, now) = (self.identities.get(), Identities::of(path));
        if self.lost.get().is_none() {
            self.lost.set(was.lost(&now));
            self.identities.set(was.with(&now));
        }
        let Some(ending) = self.lost.get() else {
            return Ok(());
        };
        let refusal = StoreRefusal::Replaced(Text::new(&format!(
            "{}{ending}",
            path.file_name().unwrap_or_default().to_string_lossy()
        )));
        let rescued = match self.rescue(path) {
            Ok(rescued) => format!(
                "nothing more is saved; all that this window knew of is in backup/{}: close all windows, then restore it",
                rescued.file_name().unwrap_or_default().to_string_lossy()
            ),
            Err(fault) => format!(
                "{}; what this window knew could not be copied: {fault:#}",
                refusal.hint()
            ),
        };
        Err(anyhow!("{refusal}; {rescued}"))
    }

    /// What is in the log that has no name any more can be read through this connection alone.
    fn rescue(&self, path: &Path) -> Fallible<PathBuf> {
        if let Some(made) = self.rescued.borrow().as_ref() {
            return Ok(made.clone());
        }
        let folder = backup_folder(path);
        make_folders(&folder)?;
        let head = log::head(self.read())?;
        let name = backup::name(path, Moment(system_seconds()), &head, BackupKind::Rescued);
        let target = folder.join(name);
        let draft = Draft::beside(&target)?;
        self.connection
            .execute("VACUUM INTO CAST(?1 AS TEXT)", [path_bytes(draft.path())])?;
        draft.keep(&target, Existing::Stays)?;
        self.rescued.replace(Some(target.clone()));
        Ok(target)
    }

    /// The right to be the one sender of this shop: freed by the kernel when the process dies, so
    /// that nobody has to guess. None: another process has it.
    pub fn sender(&self) -> Fallible<Option<File>> {
        let path = self
            .path
            .as_deref()
            .ok_or_else(|| anyhow!("a copy in memory sends nothing"))?;
        let file = files::open_lock(&beside(path, "sender"))?;
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
        if self.reading_only.is_none() && self.lost.get().is_none() {
            let _ = self.note_head(); // best effort: the note only ever lags, and the next start writes it
            // Whoever reads for long keeps nobody waiting here: SQLite moves the rest when the last
            // window closes.
            let _ = self.checkpoint();
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Durability {
    Full,
    Normal,
}

fn cannot_write(path: &Path, error: &std::io::Error) -> StoreRefusal {
    StoreRefusal::NotWritten {
        path: shown(path),
        why: Text::new(&files::in_words(error)),
        hint: files::hint(error),
    }
}

/// For what happens to the file itself, whatever time the shop believes it is.
fn system_seconds() -> i64 {
    std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| {
            i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
        })
}

/// The act is saved; what was to follow it is not done.
#[derive(Debug, thiserror::Error)]
#[error("this was saved, but what follows from it could not be finished")]
pub struct SavedAlready;

/// The disk failed while an act was saved, and does not tell what it kept.
#[derive(Debug, thiserror::Error)]
#[error(
    "the disk failed while this was saved, and nobody knows yet whether it was; nothing more is saved until the file is proved"
)]
pub struct InDoubt;

/// What a fault means for what was being saved, as the beginning of a sentence.
pub fn verdict_of(fault: &anyhow::Error) -> &'static str {
    if fault.downcast_ref::<SavedAlready>().is_some() {
        "saved, but what follows is not finished"
    } else if fault.downcast_ref::<InDoubt>().is_some() {
        "not known whether it is saved"
    } else {
        "not saved"
    }
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
