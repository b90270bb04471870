//! Seals of rows: what no event proves is sealed in the transaction that writes it, so that a row
//! that anything else changed, added or took away is found and named.
//!
//! A seal is a hash over a random salt and the row as SQLite stores it. It finds what was changed
//! by accident or past the program; whoever can write the file can seal anew, as they can chain
//! events anew (the seal of the log on the day's pick list is for that).

use super::Read;
use crate::kernel::Fallible;
use anyhow::Context;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

/// The schema under which rows began to be sealed.
pub(super) const SINCE: i64 = 9;

/// What another proof covers: the chain, and what is made again from it and compared.
pub const PROVED_OTHERWISE: &[&str] = &[
    "outbox",
    "history",
    "condition_flag",
    "shortage",
    "loyalty_entry",
    "customer_rental",
    "customer_rental_part",
    "lifetime_value",
    "out_span",
    "income",
    "gear",
    "fit_change",
    "loss",
    "quarter_figures",
];
/// What the seals themselves are kept in.
const OWN: &[&str] = &["row_seal", "sealed_table"];
const TOUCHED: &str = "touched";

/// Whether the rows of a table are sealed. Those of a search index are made from rows that are.
pub fn is_sealed(table: &str) -> bool {
    !PROVED_OTHERWISE.contains(&table)
        && !OWN.contains(&table)
        && table != TOUCHED
        && !table.contains("_search")
        && !table.starts_with("sqlite_")
}

type Keys = Arc<Mutex<Vec<(String, i64)>>>;

/// The rows that a transaction has written so far, and the tables they are of.
#[derive(Default)]
pub(super) struct Seals {
    written: Keys,
    tables: RefCell<BTreeMap<String, Rc<Table>>>,
}

struct Table {
    id: i64,
    /// What names a row of it.
    key: Vec<String>,
    select: String,
}

impl Seals {
    /// From now on takes note of every row that this connection writes.
    pub fn listen(connection: &mut Connection) -> Fallible<Seals> {
        let seals = Seals::default();
        let written = Arc::clone(&seals.written);
        connection.update_hook(Some(move |_, _: &str, table: &str, row: i64| {
            if is_sealed(table) || table == TOUCHED {
                let mut written = written.lock().unwrap_or_else(PoisonError::into_inner);
                written.push((table.to_owned(), row));
            }
        }))?;
        Ok(seals)
    }

    /// Nothing of it is kept.
    pub fn forget(&self) {
        self.take();
    }

    fn take(&self) -> Vec<(String, i64)> {
        std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Seals what the transaction has written, before it is committed.
    pub fn seal(&self, connection: &Connection) -> Fallible<()> {
        let written: BTreeSet<(String, i64)> = self.take().into_iter().collect();
        if written.is_empty() {
            return Ok(());
        }
        let salt: [u8; 8] = connection
            .prepare_cached("SELECT randomblob(8)")?
            .query_row([], |row| row.get(0))?;
        let mut tells_itself = false;
        for (name, row) in &written {
            if name == TOUCHED {
                tells_itself = true;
                continue;
            }
            if let Some(table) = self.table(connection, name)? {
                table.renew(connection, &[Value::Integer(*row)], salt)?;
            }
        }
        if tells_itself {
            for (name, key) in touched(connection)? {
                if let Some(table) = self.table(connection, &name)? {
                    table.renew(connection, &key, salt)?;
                }
            }
            connection
                .prepare_cached("DELETE FROM touched")?
                .execute([])?;
        }
        self.forget(); // its own rows
        Ok(())
    }

    /// None for a table of no schema step: its rows have no seals.
    fn table(&self, connection: &Connection, name: &str) -> Fallible<Option<Rc<Table>>> {
        if let Some(known) = self.tables.borrow().get(name) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(table) = Table::of(connection, name)?.map(Rc::new) else {
            return Ok(None);
        };
        self.tables
            .borrow_mut()
            .insert(name.to_owned(), Rc::clone(&table));
        Ok(Some(table))
    }
}

fn touched(connection: &Connection) -> Fallible<Vec<(String, Vec<Value>)>> {
    let mut statement =
        connection.prepare_cached("SELECT name, key_1, key_2, key_3, key_4 FROM touched")?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let mut key = Vec::new();
        for column in 1..=4 {
            match row.get::<_, Value>(column)? {
                Value::Null => break,
                value => key.push(value),
            }
        }
        found.push((row.get(0)?, key));
    }
    Ok(found)
}

impl Table {
    fn of(connection: &Connection, name: &str) -> Fallible<Option<Table>> {
        let id = connection
            .prepare_cached("SELECT id FROM sealed_table WHERE name = ?1")?
            .query_row([name], |row| row.get(0))
            .optional()?;
        let Some(id) = id else {
            return Ok(None);
        };
        let mut statement =
            connection.prepare_cached("SELECT name, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let columns: Vec<(String, i64)> = statement
            .query_map([name], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut key: Vec<&(String, i64)> = columns.iter().filter(|(_, place)| *place > 0).collect();
        key.sort_by_key(|(_, place)| *place);
        let key: Vec<String> = key.into_iter().map(|(name, _)| name.clone()).collect();
        let names: Vec<String> = columns
            .iter()
            .map(|(name, _)| format!("\"{name}\""))
            .collect();
        let select = format!("SELECT {} FROM \"{name}\"", names.join(", "));
        Ok(Some(Table { id, key, select }))
    }

    fn one(&self) -> String {
        let wanted: Vec<String> = self
            .key
            .iter()
            .enumerate()
            .map(|(place, name)| format!("\"{name}\" = ?{}", place + 1))
            .collect();
        format!("{} WHERE {}", self.select, wanted.join(" AND "))
    }

    /// Seals the row as it is now; of one that is gone the seal goes, too.
    fn renew(&self, connection: &Connection, key: &[Value], salt: [u8; 8]) -> Fallible<()> {
        let mut statement = connection.prepare_cached(&self.one())?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(key.iter()))?;
        let row_key = row_key(key)?;
        match rows.next()? {
            Some(row) => {
                let seal = seal_of(salt, self.id, row, columns)?;
                connection
                    .prepare_cached(
                        "INSERT INTO row_seal(table_id, row_key, salt, seal) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT(table_id, row_key) DO UPDATE SET salt = excluded.salt, seal = excluded.seal",
                    )?
                    .execute((self.id, row_key, salt.as_slice(), seal.as_slice()))?;
            }
            None => {
                connection
                    .prepare_cached("DELETE FROM row_seal WHERE table_id = ?1 AND row_key = ?2")?
                    .execute((self.id, row_key))?;
            }
        }
        Ok(())
    }
}

/// One column as it is, several as a JSON list.
fn row_key(key: &[Value]) -> Fallible<Value> {
    if let [one] = key {
        return Ok(one.clone());
    }
    let parts: Vec<serde_json::Value> = key
        .iter()
        .map(|part| match part {
            Value::Integer(number) => serde_json::Value::from(*number),
            Value::Text(text) => serde_json::Value::from(text.as_str()),
            _ => serde_json::Value::Null,
        })
        .collect();
    Ok(Value::Text(serde_json::to_string(&parts)?))
}

fn seal_of(
    salt: [u8; 8],
    table: i64,
    row: &rusqlite::Row<'_>,
    columns: usize,
) -> Fallible<[u8; 8]> {
    let mut hasher = Sha256::new();
    hasher.update(salt);
    hasher.update(table.to_be_bytes());
    for column in 0..columns {
        let (kind, bytes): (u8, &[u8]) = match row.get_ref(column)? {
            ValueRef::Null => (0, &[]),
            ValueRef::Integer(number) => {
                hasher.update([1]);
                hasher.update(number.to_be_bytes());
                continue;
            }
            ValueRef::Real(number) => {
                hasher.update([2]);
                hasher.update(number.to_be_bytes());
                continue;
            }
            ValueRef::Text(bytes) => (3, bytes),
            ValueRef::Blob(bytes) => (4, bytes),
        };
        hasher.update([kind]);
        hasher.update((bytes.len() as u64).to_be_bytes());
        hasher.update(bytes);
    }
    let mut seal = [0; 8];
    seal.copy_from_slice(&hasher.finalize()[..8]);
    Ok(seal)
}

/// Seals every row there is: after a schema step, and of what a new shop begins with.
pub(super) fn seal_all(connection: &Connection) -> Fallible<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let done = seal_tables(connection);
    connection.execute_batch(if done.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
    done
}

pub(super) fn seal_tables(connection: &Connection) -> Fallible<()> {
    connection.execute_batch("DELETE FROM row_seal; DELETE FROM touched;")?;
    let names: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let salt: [u8; 8] = connection.query_row("SELECT randomblob(8)", [], |row| row.get(0))?;
    for name in names.iter().filter(|name| is_sealed(name)) {
        connection.execute(
            "INSERT INTO sealed_table(name) VALUES (?1) ON CONFLICT DO NOTHING",
            [name],
        )?;
        let table = Table::of(connection, name)?.context("it has just been named")?;
        let mut statement = connection.prepare(&table.select)?;
        let columns = statement.column_count();
        let places = table.places(&statement)?;
        let mut insert = connection.prepare_cached(
            "INSERT INTO row_seal(table_id, row_key, salt, seal) VALUES (?1, ?2, ?3, ?4)",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let key = key_of(row, &places)?;
            let seal = seal_of(salt, table.id, row, columns)?;
            insert.execute((table.id, row_key(&key)?, salt.as_slice(), seal.as_slice()))?;
        }
    }
    Ok(())
}

impl Table {
    fn places(&self, statement: &rusqlite::Statement<'_>) -> Fallible<Vec<usize>> {
        self.key
            .iter()
            .map(|name| Ok(statement.column_index(name)?))
            .collect()
    }
}

fn key_of(row: &rusqlite::Row<'_>, places: &[usize]) -> Fallible<Vec<Value>> {
    places.iter().map(|place| Ok(row.get(*place)?)).collect()
}

/// What is wrong with a row.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wrong {
    Changed,
    Added,
    Removed,
}

/// A row that is not what this program wrote.
#[derive(Clone, PartialEq, Debug)]
pub struct Broken {
    pub table: String,
    /// Its key, where that is one whole number.
    pub id: Option<i64>,
    /// Its key in words.
    pub key: String,
    pub wrong: Wrong,
    /// What the row says it is about: its columns that are ids of others.
    pub links: Vec<(String, i64)>,
    /// What the row itself is called.
    pub name: Option<String>,
}

/// The most that is told of one table.
const TOLD_MAX: usize = 20;

/// Every row whose seal is not its own.
pub(super) fn broken(connection: &Connection) -> Fallible<Vec<Broken>> {
    let mut broken = Vec::new();
    let names: Vec<String> = connection
        .prepare("SELECT name FROM sealed_table ORDER BY id")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for name in names {
        let before = broken.len();
        let table = Table::of(connection, &name)?.context("it is one of those that are named")?;
        table.check(connection, &name, &mut broken)?;
        broken.truncate(before + TOLD_MAX);
    }
    Ok(broken)
}

impl Table {
    fn check(&self, connection: &Connection, name: &str, broken: &mut Vec<Broken>) -> Fallible<()> {
        let mut statement = connection.prepare(&self.select)?;
        let columns = statement.column_count();
        let places = self.places(&statement)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        let mut known = connection
            .prepare("SELECT salt, seal FROM row_seal WHERE table_id = ?1 AND row_key = ?2")?;
        let mut rows = statement.query([])?;
        let mut count = 0_i64;
        let tell = |key: &Value, wrong| Broken {
            table: name.to_owned(),
            id: if let Value::Integer(id) = key {
                Some(*id)
            } else {
                None
            },
            key: in_words(key),
            wrong,
            links: Vec::new(),
            name: None,
        };

        while let Some(row) = rows.next()? {
            let key = row_key(&key_of(row, &places)?)?;
            let sealed: Option<([u8; 8], [u8; 8])> = known
                .query_map((self.id, &key as &dyn ToSql), |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?
                .next()
                .transpose()
                .unwrap_or(Some(([0; 8], [0; 8])));
            let wrong = match sealed {
                None => Some(Wrong::Added),
                Some((salt, seal)) => {
                    count += 1;
                    (seal_of(salt, self.id, row, columns)? != seal).then_some(Wrong::Changed)
                }
            };
            if let Some(wrong) = wrong {
                broken.push(Broken {
                    links: links(&names, row),
                    name: called(&names, row),
                    ..tell(&key, wrong)
                });
            }
        }
        let sealed: i64 = connection.query_row(
            "SELECT count(*) FROM row_seal WHERE table_id = ?1",
            [self.id],
            |row| row.get(0),
        )?;
        if sealed != count {
            self.removed(connection, name, broken, tell)?;
        }
        Ok(())
    }

    fn removed(
        &self,
        connection: &Connection,
        name: &str,
        broken: &mut Vec<Broken>,
        tell: impl Fn(&Value, Wrong) -> Broken,
    ) -> Fallible<()> {
        let key = match self.key.as_slice() {
            [one] => format!("\"{one}\""),
            several => format!(
                "json_array({})",
                several
                    .iter()
                    .map(|column| format!("\"{column}\""))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        };
        let sql = format!(
            "SELECT row_key FROM row_seal WHERE table_id = ?1 AND row_key NOT IN (SELECT {key} FROM \"{name}\")"
        );
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([self.id])?;
        while let Some(row) = rows.next()? {
            broken.push(tell(&row.get(0)?, Wrong::Removed));
        }
        Ok(())
    }
}

/// The columns in which a row says what it is called.
const CALLED: [&str; 3] = ["name", "class", "tax_class"];

fn called(names: &[String], row: &rusqlite::Row<'_>) -> Option<String> {
    let place = names
        .iter()
        .position(|name| CALLED.contains(&name.as_str()))?;
    row.get(place).ok()
}

fn links(names: &[String], row: &rusqlite::Row<'_>) -> Vec<(String, i64)> {
    names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.ends_with("_id"))
        .filter_map(|(place, name)| Some((name.clone(), row.get::<_, i64>(place).ok()?)))
        .collect()
}

fn in_words(key: &Value) -> String {
    match key {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Blob(bytes) => super::log::hex(bytes),
        Value::Real(number) => number.to_string(),
        Value::Null => String::new(),
    }
}

/// How many rows are sealed: for a test that looks whether anything is.
pub fn count(db: Read<'_>) -> Fallible<i64> {
    db.one("SELECT count(*) FROM row_seal", [], |row| row.get(0))
}
