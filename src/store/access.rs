//! The two ways to touch the file: [`Read`], which cannot change it, and [`Write`], which is one
//! transaction of one command.

use super::log;
use crate::events::Event;
use crate::kernel::{Fallible, Moment, Settings, StaffId};
use anyhow::Context;
use rusqlite::{Connection, Params, Row, Statement, StatementStatus};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A view of the file that cannot write: every statement it runs is asserted to be read-only, and
/// its connection stays private (SQLite counts BEGIN and COMMIT among the read-only statements).
#[derive(Clone, Copy)]
pub struct Read<'a> {
    connection: &'a Connection,
}

impl<'a> Read<'a> {
    pub(super) fn new(connection: &'a Connection) -> Self {
        Read { connection }
    }

    /// Every row of a question.
    pub fn rows<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Fallible<Vec<T>> {
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .with_context(|| format!("while preparing: {sql}"))?;
        assert!(statement.readonly(), "a query may not write: {sql}");
        let rows = statement
            .query_map(params, map)?
            .collect::<rusqlite::Result<Vec<T>>>()
            .with_context(|| format!("while reading: {sql}"))?;
        note_walk(&statement, sql);
        Ok(rows)
    }

    /// The shop's settings as this view has them.
    pub fn settings(&self) -> Fallible<Settings> {
        let values: BTreeMap<String, String> = self
            .rows("SELECT name, value FROM setting", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?
            .into_iter()
            .collect();
        Ok(Settings::from_values(values))
    }

    /// The first row, if there is one.
    pub fn maybe<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Fallible<Option<T>> {
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .with_context(|| format!("while preparing: {sql}"))?;
        assert!(statement.readonly(), "a query may not write: {sql}");
        let mut rows = statement.query(params)?;
        let found = match rows
            .next()
            .with_context(|| format!("while reading: {sql}"))?
        {
            Some(row) => Some(map(row).with_context(|| format!("while reading: {sql}"))?),
            None => None,
        };
        drop(rows);
        note_walk(&statement, sql);
        Ok(found)
    }

    /// A question of several statements, all answered as of one moment, whatever another window
    /// writes meanwhile. Inside a transaction that is so already.
    pub fn at_once<T>(&self, question: impl FnOnce() -> Fallible<T>) -> Fallible<T> {
        if !self.connection.is_autocommit() {
            return question();
        }
        let moment = OneMoment::begin(self.connection)?;
        let answer = question();
        drop(moment);
        answer
    }

    /// The one row that must be there.
    pub fn one<T>(
        &self,
        sql: &str,
        params: impl Params,
        map: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Fallible<T> {
        self.maybe(sql, params, map)?
            .with_context(|| format!("no row for: {sql}"))
    }
}

/// A read transaction; it ends with its question, however that ends.
struct OneMoment<'a>(&'a Connection);

impl<'a> OneMoment<'a> {
    fn begin(connection: &'a Connection) -> Fallible<Self> {
        connection
            .prepare_cached("BEGIN")?
            .execute([])
            .context("while beginning to read")?;
        Ok(OneMoment(connection))
    }
}

impl Drop for OneMoment<'_> {
    fn drop(&mut self) {
        // Nothing was written: there is nothing that could fail to be kept. A transaction that
        // stays open would turn the next command away.
        let ended = self
            .0
            .prepare_cached("COMMIT")
            .and_then(|mut end| end.execute([]));
        if ended.is_err() && !self.0.is_autocommit() {
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
    /// The questions of this thread that walked through a table without an index, and how many
    /// rows: for the tests that guard hot paths.
    static WALKED: RefCell<Vec<(String, i32)>> = const { RefCell::new(Vec::new()) };
}

/// How many questions have walked through a table so far on this thread; counted in debug builds
/// only.
pub fn rows_walked() -> usize {
    WALKED.with_borrow(Vec::len)
}

/// How many questions were asked so far on this thread; counted in debug builds only.
pub fn statements_run() -> usize {
    ASKED.get()
}

/// The questions that have done so since.
pub fn walked_since(mark: usize) -> Vec<String> {
    WALKED.with_borrow(|walked| {
        walked
            .iter()
            .skip(mark)
            .map(|(sql, rows)| format!("{rows} rows: {sql}"))
            .collect()
    })
}

fn note_walk(statement: &Statement<'_>, sql: &str) {
    if cfg!(debug_assertions) {
        ASKED.set(ASKED.get() + 1);
        let rows = statement.get_status(StatementStatus::FullscanStep);
        statement.reset_status(StatementStatus::FullscanStep);
        if rows > 0 {
            WALKED.with_borrow_mut(|walked| walked.push((sql.to_owned(), rows)));
        }
    }
}

/// Who writes, when, under which command.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    pub at: Moment,
    pub staff: Option<StaffId>,
    pub command: Uuid,
}

/// One transaction. What it changed is visible to others only after the commit; any error takes all
/// of it back.
pub struct Write<'a> {
    connection: &'a Connection,
    signature: Signature,
    window: [u8; 16],
    published: RefCell<Vec<Uuid>>,
    head: Cell<Option<log::Head>>,
}

impl<'a> Write<'a> {
    pub(super) fn new(connection: &'a Connection, signature: Signature, window: [u8; 16]) -> Self {
        Write {
            connection,
            signature,
            window,
            published: RefCell::new(Vec::new()),
            head: Cell::new(None),
        }
    }

    pub fn read(&self) -> Read<'a> {
        Read {
            connection: self.connection,
        }
    }

    pub fn now(&self) -> Moment {
        self.signature.at
    }

    pub fn staff(&self) -> Option<StaffId> {
        self.signature.staff
    }

    /// From here on what is written is put down to whoever brought it about: for a subscriber that
    /// acts on what somebody did.
    pub fn on_behalf_of(&mut self, staff: Option<StaffId>) {
        self.signature.staff = staff;
    }

    pub fn command(&self) -> Uuid {
        self.signature.command
    }

    /// The window, or other process, that writes.
    pub fn window(&self) -> [u8; 16] {
        self.window
    }

    /// Runs one statement; the number of rows it changed.
    pub fn execute(&mut self, sql: &str, params: impl Params) -> Fallible<usize> {
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .with_context(|| format!("while preparing: {sql}"))?;
        statement
            .execute(params)
            .with_context(|| format!("while writing: {sql}"))
    }

    /// Inserts a row; its key.
    pub fn insert(&mut self, sql: &str, params: impl Params) -> Fallible<i64> {
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .with_context(|| format!("while preparing: {sql}"))?;
        statement
            .insert(params)
            .with_context(|| format!("while writing: {sql}"))
    }

    /// Appends a fact to the outbox, in this transaction.
    pub fn publish(&mut self, event: &Event) -> Fallible<Uuid> {
        self.append(event, self.signature.at, self.signature.staff, None)
    }

    /// The opposite of an earlier fact.
    pub fn publish_reversing(&mut self, event: &Event, undone: Option<Uuid>) -> Fallible<Uuid> {
        self.append(event, self.signature.at, self.signature.staff, undone)
    }

    /// A fact that happened long ago, at another's hand: for the import of old records alone.
    pub fn publish_past(
        &mut self,
        event: &Event,
        at: Moment,
        staff: Option<StaffId>,
    ) -> Fallible<Uuid> {
        self.append(event, at, staff, None)
    }

    fn append(
        &mut self,
        event: &Event,
        at: Moment,
        staff: Option<StaffId>,
        reverses: Option<Uuid>,
    ) -> Fallible<Uuid> {
        let head = match self.head.get() {
            Some(head) => head,
            None => log::head(self.read())?,
        };
        let id = Uuid::new_v7(uuid::Timestamp::from_unix(
            uuid::NoContext,
            self.signature.at.0.unsigned_abs(),
            0,
        ));
        let next = log::append(
            self,
            head,
            event,
            &log::Envelope {
                id,
                at,
                staff,
                command: self.signature.command,
                reverses,
            },
        )?;
        self.head.set(Some(next));
        self.published.borrow_mut().push(id);
        Ok(id)
    }

    /// What this transaction has published so far, oldest first.
    pub fn published(&self) -> Vec<Uuid> {
        self.published.borrow().clone()
    }

    /// The next number of a kind (`reservation`, `customer`, `tag:CAM`, …), never given twice.
    pub fn next_number(&mut self, kind: &str, first: i64) -> Fallible<i64> {
        let sql = "INSERT INTO sequence(kind, last) VALUES (?1, ?2) ON CONFLICT(kind) DO UPDATE SET last = last + 1 RETURNING last";
        let mut statement = self
            .connection
            .prepare_cached(sql)
            .with_context(|| format!("while preparing: {sql}"))?;
        statement
            .query_row((kind, first), |row| row.get(0))
            .with_context(|| format!("while writing: {sql}"))
    }

    /// Takes note of a number that came from outside, so that it is not given again.
    pub fn number_taken(&mut self, kind: &str, number: i64) -> Fallible<()> {
        self.execute("INSERT INTO sequence(kind, last) VALUES (?1, ?2) ON CONFLICT(kind) DO UPDATE SET last = max(last, excluded.last)", (kind, number))?;
        Ok(())
    }

    pub fn set_setting(&mut self, name: &str, value: &str) -> Fallible<()> {
        self.execute("INSERT INTO setting(name, value) VALUES (?1, ?2) ON CONFLICT(name) DO UPDATE SET value = excluded.value", (name, value))?;
        Ok(())
    }
}
