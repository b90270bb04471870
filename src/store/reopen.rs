//! After a commit that failed in such a way that only the disk knows what it kept: the connection is
//! closed and opened again, and what is there is read.

use super::place::{connect, connect_reading};
use super::{Signature, Store, StoreRefusal, seal::Seals, shown};
use crate::kernel::{Fallible, Text};
use anyhow::{Context, ensure};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

impl Store {
    /// Whether a commit failed and nobody knows yet what became of it.
    pub fn is_in_doubt(&self) -> bool {
        self.in_doubt.get()
    }

    /// Opens the file again, proves it, and moves what its log holds into the file, which writes
    /// anew what a disk may have dropped. Until that has succeeded nothing is written.
    pub fn reopen(&mut self) -> Fallible<()> {
        let path = self.path.clone().context("a copy is not opened again")?;
        match self.opened_anew(&path) {
            Ok(()) => {
                self.in_doubt.set(false);
                if matches!(self.reading_only, Some(StoreRefusal::Doubtful { .. })) {
                    self.reading_only = None;
                }
                Ok(())
            }
            Err(fault) => {
                // Reading goes on where it can.
                if let Ok(connection) = connect_reading(&path) {
                    self.connection = connection;
                }
                self.reading_only.get_or_insert(StoreRefusal::Doubtful {
                    path: shown(&path),
                    why: Text::new(&super::in_words(&fault)),
                });
                Err(fault)
            }
        }
    }

    fn opened_anew(&mut self, path: &std::path::Path) -> Fallible<()> {
        // A connection that ends would move its log into the file by what it believes is in it.
        let _ = self
            .connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true);
        self.connection = Connection::open_in_memory()?;
        self.durability.set(None);
        self.supposing.set(false);
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        let verdict: String =
            connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        ensure!(verdict == "ok", "the file is not whole: {verdict}");
        connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |row| {
            row.get::<_, i64>(0)
        })?;
        self.seals = Seals::listen(&mut connection)?;
        self.connection = connection;
        Ok(())
    }

    /// What a command that failed to be committed answered, if it was kept all the same.
    pub fn result_of(&self, signature: &Signature) -> Fallible<Option<String>> {
        self.read().maybe(
            "SELECT result FROM command_log WHERE command_id = ?1",
            [signature.command.as_bytes().as_slice()],
            |row| row.get(0),
        )
    }
}
