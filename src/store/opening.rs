//! How a shop's file comes into being, and how it is opened: made beside its place and moved into it,
//! locked, looked at, and taken forward by one process while the others wait.

use super::place::{
    Identities, answers, beside, connect, connect_reading, is_foreign, make_folder, refuse_file,
    refuse_place, shown, take_lock,
};
use super::{
    BackupKind, Copied, ROOM_MIN, Store, StoreRefusal, cannot_write, fresh_identity, in_words,
    schema, seal,
};
use crate::files::{self, Draft, Existing};
use crate::kernel::{Failure, Fallible, Text};
use anyhow::{Context, anyhow};
use rusqlite::{ErrorCode, OpenFlags};
use std::cell::Cell;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

const LOG_TRIES: usize = 300;

impl Store {
    /// Begins a new shop beside its place, where nobody sees it: [`Self::put_in_place`] makes it
    /// the shop, or it never was.
    pub fn begin_new(
        path: &Path,
        settings: &[(&str, &str)],
    ) -> Result<(Store, Draft), Failure<StoreRefusal>> {
        let name = shown(path);
        Self::finish_interrupted_restore(path)?;
        if fs::symlink_metadata(path).is_ok() {
            return Err(StoreRefusal::Exists(name).into());
        }
        make_folder(path)?;
        refuse_place(path)?;
        files::sweep(files::folder_of(path));
        let draft = Draft::beside(path).map_err(|error| cannot_write(path, &error))?;
        let connection = connect(draft.path(), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let set_up = || -> Fallible<()> {
            // Nothing of it need survive a death before it is whole, and no log is left behind.
            connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")?;
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
            seal::seal_all(&connection)
        };
        set_up()
            .with_context(|| format!("while making {name}"))
            .map_err(Failure::Fault)?;
        let store = Store {
            is_draft: true,
            ..Store::over(connection).map_err(Failure::Fault)?
        };
        Ok((store, draft))
    }

    /// The new shop takes its place, whole, if nobody has taken it meanwhile.
    pub fn put_in_place(
        store: Store,
        draft: Draft,
        path: &Path,
    ) -> Result<(), Failure<StoreRefusal>> {
        store.stop_supposing().map_err(Failure::Fault)?;
        drop(store);
        draft
            .keep(path, Existing::Stays)
            .map_err(|error| match error.kind() {
                ErrorKind::AlreadyExists => StoreRefusal::Exists(shown(path)),
                _ => cannot_write(path, &error),
            })?;
        // A note of a shop that is gone says nothing of this one.
        let _ = fs::remove_file(beside(path, "head"));
        Ok(())
    }

    /// Makes a new shop, empty but for its settings. Nothing is ever written over.
    pub fn create(path: &Path, settings: &[(&str, &str)]) -> Result<Store, Failure<StoreRefusal>> {
        let (store, draft) = Self::begin_new(path, settings)?;
        Self::put_in_place(store, draft, path)?;
        Self::open(path)
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
        Self::finish_interrupted_restore(path)?;
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
        let connection = match connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE).and_then(answers) {
            Ok(connection) if !connection.is_readonly("main").unwrap_or(false) => connection,
            tried => {
                reading_only = Some(match files::free_bytes(files::folder_of(&path)) {
                    Some(free) if tried.is_err() && free < ROOM_MIN => StoreRefusal::NotWritten {
                        path: name.clone(),
                        why: Text::new("the disk is full"),
                        hint: "free some space, then try again; reading still works",
                    },
                    _ => StoreRefusal::ReadOnly(name.clone()),
                });
                connect_reading(&path).map_err(|failure| {
                    if is_foreign(&failure) {
                        return StoreRefusal::Foreign(name.clone()).into();
                    }
                    match failure {
                        Failure::Fault(fault) => Failure::Refused(StoreRefusal::Unreadable {
                            path: name.clone(),
                            why: Text::new(&in_words(&fault)),
                        }),
                        refused => refused,
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
            identities: Cell::new(Identities::of(&path)),
            path: Some(path),
            reading_only,
            alone,
            lock: Some(lock),
            ..Store::over(connection).map_err(Failure::Fault)?
        };
        if store.reading_only.is_none() {
            store.keep_log().map_err(Failure::Fault)?;
            if found < known {
                match store.step_forward(migrations) {
                    Err(Failure::Refused(refusal)) => store.reading_only = Some(refusal),
                    outcome => outcome?,
                }
            }
        }
        if found <= known
            && schema::version(&store.connection)? == known
            && schema::fingerprint(&store.connection)? != schema::expected(migrations)?
        {
            store.reading_only.get_or_insert(StoreRefusal::Unreadable {
                path: name,
                why: Text::new("its schema was changed by another program; a guard may be missing"),
            });
        }
        Ok(store)
    }

    /// A file that was copied keeps no log of its own yet.
    fn keep_log(&self) -> Fallible<()> {
        let mode = |sql: &str| -> rusqlite::Result<String> {
            self.connection.query_row(sql, [], |row| row.get(0))
        };
        if mode("PRAGMA journal_mode")? == "wal" {
            return Ok(());
        }
        // It needs the file for itself for an instant, which others may just be reading.
        for _ in 0..LOG_TRIES {
            match mode("PRAGMA journal_mode = WAL") {
                Ok(mode) if mode == "wal" => return Ok(()),
                Ok(_) => {}
                Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {}
                Err(error) => return Err(error.into()),
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(anyhow!("another window keeps the file from having a log"))
    }

    /// One process takes the file forward, after a backup; who comes meanwhile waits, and finds it
    /// done.
    fn step_forward(&self, migrations: &[schema::Migration]) -> Result<(), Failure<StoreRefusal>> {
        let path = self.path.as_deref().unwrap_or(Path::new(""));
        let turn =
            files::open_lock(&beside(path, "turn")).map_err(|error| cannot_write(path, &error))?;
        turn.lock().map_err(|error| Failure::Fault(error.into()))?;
        if schema::version(&self.connection)? >= schema::newest(migrations) {
            return Ok(());
        }
        let copied = self
            .copy(None, BackupKind::BeforeUpgrade, None)
            .and_then(Copied::keep);
        if let Err(fault) = copied {
            return Err(StoreRefusal::NotWritten {
                path: shown(path),
                why: Text::new(&format!(
                    "an update needs a copy of it first, and {}",
                    in_words(&fault)
                )),
                hint: "free some space, then open it again; reading still works where it can",
            }
            .into());
        }
        schema::migrate(&self.connection, migrations).map_err(Failure::Fault)
    }

    /// A second look at a file that this process has open: it only reads, and all its reads are of
    /// one moment. For worker threads.
    pub fn look(path: &Path) -> Result<Store, Failure<StoreRefusal>> {
        let noted = fs::read_to_string(beside(path, "head")).ok(); // before the moment that is looked at
        let connection = connect_reading(path)?;
        connection
            .execute_batch("BEGIN")
            .context("while beginning to read")
            .map_err(Failure::Fault)?;
        Ok(Store {
            path: Some(path.to_owned()),
            reading_only: Some(StoreRefusal::ReadOnly(shown(path))),
            alone: false,
            noted_then: Some(noted),
            ..Store::over(connection).map_err(Failure::Fault)?
        })
    }
}
