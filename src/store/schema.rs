//! Schema versions: forward only, never edited after a release, each file named by its number.

use super::access::{Read, Write};
use crate::kernel::Fallible;
use anyhow::{Context, bail, ensure};
use rusqlite::Connection;
use sha2::{Digest, Sha256};

/// Marks a file as a shop: `RENT` in the header that SQLite keeps for programs.
pub const APPLICATION_ID: i64 = 0x5245_4E54;

/// One step forward.
pub struct Migration {
    pub version: i64,
    pub sql: &'static str,
}

/// Every step there has been, in order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        sql: include_str!("../../assets/schema/0001_first.sql"),
    },
    Migration {
        version: 2,
        sql: include_str!("../../assets/schema/0002_promises.sql"),
    },
    Migration {
        version: 3,
        sql: include_str!("../../assets/schema/0003_money.sql"),
    },
    Migration {
        version: 4,
        sql: include_str!("../../assets/schema/0004_billing.sql"),
    },
    Migration {
        version: 5,
        sql: include_str!("../../assets/schema/0005_crm.sql"),
    },
    Migration {
        version: 6,
        sql: include_str!("../../assets/schema/0006_parts.sql"),
    },
    Migration {
        version: 7,
        sql: include_str!("../../assets/schema/0007_unsettled.sql"),
    },
    Migration {
        version: 8,
        sql: include_str!("../../assets/schema/0008_carried.sql"),
    },
    Migration {
        version: 9,
        sql: include_str!("../../assets/schema/0009_truth.sql"),
    },
];

/// The version that the last of these steps leads to.
pub fn newest(migrations: &[Migration]) -> i64 {
    migrations.last().map_or(0, |step| step.version)
}

pub fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection
        .prepare_cached("PRAGMA user_version")?
        .query_row([], |row| row.get(0))
}

/// Takes the file to the newest version in one transaction: the version is read again inside it,
/// the rules of the result are proved before the commit, and any error leaves the file as it was.
pub fn migrate(connection: &Connection, migrations: &[Migration]) -> Fallible<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    match steps(connection, migrations) {
        Ok(()) => Ok(connection.execute_batch("COMMIT")?),
        Err(error) => {
            connection.execute_batch("ROLLBACK")?;
            Err(error)
        }
    }
}

fn steps(connection: &Connection, migrations: &[Migration]) -> Fallible<()> {
    let found = version(connection)?;
    if found > newest(migrations) {
        bail!(
            "the file has schema {found}, newer than {}",
            newest(migrations)
        );
    }
    for step in migrations.iter().filter(|step| step.version > found) {
        connection
            .execute_batch(step.sql)
            .with_context(|| format!("schema step {}", step.version))?;
    }
    ensure!(
        connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get::<_, i64>(0)
        })? == 0,
        "rows without their owner after the schema steps"
    );
    let found = fingerprint(connection)?;
    let expected = expected(migrations)?;
    ensure!(
        found == expected,
        "the schema after the steps is not the expected one"
    );
    // In the same transaction: a file of this version whose rows bear no seals would hide what is
    // done to it.
    if newest(migrations) >= super::seal::SINCE {
        super::seal::seal_tables(connection)?;
    }
    connection.pragma_update(None, "user_version", newest(migrations))?;
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    Ok(())
}

/// What is noted among the settings: under which schema the derived tables were begun.
const DERIVED_UNDER: &str = "derived_under_schema";

/// Whether the derived tables were begun under this schema; those of an older one may say the same
/// in other words.
pub fn is_derived_under(db: Read<'_>, version: i64) -> Fallible<bool> {
    let noted = db.maybe(
        "SELECT value FROM setting WHERE name = ?1",
        [DERIVED_UNDER],
        |row| row.get::<_, String>(0),
    )?;
    Ok(noted.is_some_and(|noted| noted == version.to_string()))
}

pub fn note_derived_under(db: &mut Write<'_>, version: i64) -> Fallible<()> {
    db.set_setting(DERIVED_UNDER, &version.to_string())
}

/// SHA-256 over the sorted SQL of the schema: a lost trigger or an added table changes it.
pub fn fingerprint(connection: &Connection) -> Fallible<[u8; 32]> {
    let mut statement = connection.prepare("SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name")?;
    let mut hasher = Sha256::new();
    for line in statement.query_map([], |row| row.get::<_, String>(0))? {
        let line = line?;
        hasher.update((line.len() as u64).to_be_bytes());
        hasher.update(line.as_bytes());
    }
    Ok(hasher.finalize().into())
}

/// The fingerprint that [`MIGRATIONS`] lead to. Making it anew costs each start more than all the
/// rest of it; a test holds it against [`made_fingerprint`].
const FINGERPRINT: &str = "74659fcc32255ab1022b351b6cc59a5b4cb51d4a8d25aad276aea6ebeecd9341";

/// What the schema must be after these steps.
pub fn expected(migrations: &[Migration]) -> Fallible<[u8; 32]> {
    if newest(migrations) == newest(MIGRATIONS) {
        return super::log::unhex(FINGERPRINT);
    }
    made_fingerprint(migrations)
}

/// That of an empty file taken through the same steps.
pub fn made_fingerprint(migrations: &[Migration]) -> Fallible<[u8; 32]> {
    let fresh = Connection::open_in_memory()?;
    for step in migrations {
        fresh.execute_batch(step.sql)?;
    }
    fingerprint(&fresh)
}
