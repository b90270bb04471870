//! The self-check engine: runs every invariant on a copy, so that the counter goes on meanwhile.

use super::{Store, log, schema, seal};
use crate::kernel::Fallible;
use rusqlite::Connection;
use std::time::Duration;

/// One invariant: a question whose every row is a problem, told in its first column.
pub struct Invariant {
    pub name: &'static str,
    pub sql: &'static str,
}

/// A broken invariant, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub invariant: &'static str,
    pub message: String,
}

impl Store {
    /// A private copy of the file in memory, of one instant, to prove things on.
    pub fn copy_in_memory(&self) -> Fallible<Store> {
        self.stop_supposing()?;
        let mut copy = Connection::open_in_memory()?;
        rusqlite::backup::Backup::new(&self.connection, &mut copy)?.run_to_completion(
            4096,
            Duration::ZERO,
            None,
        )?;
        Store::over(copy)
    }

    /// The invariants of the file itself: SQLite's own checks, the schema, the chain, and the given
    /// questions.
    pub fn problems(&self, invariants: &[&[Invariant]]) -> Fallible<Vec<Problem>> {
        let mut problems = Vec::new();
        let mut add = |invariant: &'static str, message: String| {
            problems.push(Problem { invariant, message })
        };
        let connection = &self.connection;
        let integrity: Vec<String> = connection
            .prepare("PRAGMA integrity_check(20)")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for message in integrity.into_iter().filter(|message| message != "ok") {
            add("integrity", message);
        }
        let orphans: i64 =
            connection.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
                row.get(0)
            })?;
        if orphans > 0 {
            add(
                "foreign keys",
                format!("{orphans} rows name something that is not there"),
            );
        }
        if schema::fingerprint(connection)? != schema::expected(schema::MIGRATIONS)? {
            add(
                "schema",
                "the schema is not the one this version made: a guard may be missing".to_owned(),
            );
        }
        if let Some(message) = log::verify(self.read())? {
            add("chain", message);
        }
        if let Some(alarm) = self.alarm()? {
            add("high-water mark", alarm.to_string());
        }
        for invariant in invariants.iter().copied().flatten() {
            for message in self
                .read()
                .rows(invariant.sql, [], |row| row.get::<_, String>(0))?
                .into_iter()
                .take(20)
            {
                add(invariant.name, message);
            }
        }
        Ok(problems)
    }

    /// Whether every proof of this version is at home in the file.
    pub fn is_of_this_version(&self) -> Fallible<bool> {
        Ok(schema::version(&self.connection)? == schema::newest(schema::MIGRATIONS))
    }

    /// Rows that are not what this program wrote; none in a file whose rows are not sealed yet.
    pub fn broken_seals(&self) -> Fallible<Vec<seal::Broken>> {
        if schema::version(&self.connection)? < seal::SINCE {
            return Ok(Vec::new());
        }
        seal::broken(&self.connection)
    }
}

/// What the store itself owns and promises.
pub const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "numbers of events",
        sql: "SELECT 'the next event would not be number ' || (max(seq) + 1) FROM outbox HAVING max(seq) IS NOT (SELECT seq FROM sqlite_sequence WHERE name = 'outbox')",
    },
    Invariant {
        name: "commands",
        sql: "SELECT 'command ' || lower(hex(command_id)) || ' published events but has no result' FROM outbox WHERE command_id NOT IN (SELECT command_id FROM command_log) GROUP BY command_id",
    },
];

/// What binds tables of two owners together, which neither of them can ask alone.
pub const BINDING_INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "rentals and claims",
        sql: "SELECT 'rental ' || r.id || ' is out without its claim' FROM rental r WHERE r.state = 'OUT' AND r.item_id IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.kind = 'out' AND c.source = r.id AND c.item_id = r.item_id AND c.live = 1)
              UNION ALL SELECT 'claim ' || c.id || ' stands for no rental' FROM claim c WHERE c.kind = 'out' AND c.live = 1
                 AND NOT EXISTS (SELECT 1 FROM rental r WHERE r.id = c.source AND r.state = 'OUT')
              UNION ALL SELECT 'rental ' || r.id || ' is out without its count' FROM rental r WHERE r.state = 'OUT' AND r.item_id IS NULL
                 AND r.quantity IS NOT (SELECT sum(c.quantity) FROM bulk_claim c WHERE c.kind = 'out' AND c.source = r.id AND c.live = 1)
              UNION ALL SELECT 'count ' || c.id || ' stands for no rental' FROM bulk_claim c WHERE c.kind = 'out' AND c.live = 1
                 AND NOT EXISTS (SELECT 1 FROM rental r WHERE r.id = c.source AND r.type_id = c.type_id AND r.item_id IS NULL AND r.state = 'OUT')
              UNION ALL SELECT 'rental ' || r.id || ' is claimed for another time than it is out' FROM rental r JOIN claim c ON c.kind = 'out' AND c.source = r.id AND c.live = 1
               WHERE r.state = 'OUT' AND (c.start_at > r.out_at OR c.end_at < r.free_at)
              UNION ALL SELECT 'rental ' || r.id || ' is counted for another time than it is out' FROM rental r JOIN bulk_claim c ON c.kind = 'out' AND c.source = r.id AND c.live = 1
               WHERE r.state = 'OUT' AND (c.start_at > r.out_at OR c.end_at < r.free_at)",
    },
    Invariant {
        name: "promises and claims",
        sql: "SELECT 'claim ' || c.id || ' pins an item to line ' || c.source || ', which does not ask for it' FROM claim c WHERE c.kind = 'pin' AND c.live = 1
                 AND NOT EXISTS (SELECT 1 FROM reservation_line l WHERE l.id = c.source AND l.claimed_qty > 0 AND l.pinned_item_id = c.item_id)
              UNION ALL SELECT 'line ' || c.source || ' is promised ' || sum(c.quantity) || ' of type ' || c.type_id || ', more than it claims' FROM bulk_claim c
               WHERE c.kind = 'line' AND c.live = 1 GROUP BY c.source, c.type_id
              HAVING sum(c.quantity) > coalesce((SELECT l.claimed_qty FROM reservation_line l WHERE l.id = c.source AND l.type_id = c.type_id), 0)
              UNION ALL SELECT 'line ' || l.id || ' names ' || i.asset_tag || ', which is free then and not kept for it' FROM reservation_line l JOIN item i ON i.id = l.pinned_item_id
               WHERE l.claimed_qty > 0 AND i.lifecycle = 'IN_SERVICE' AND i.condition = 'GOOD'
                 AND NOT EXISTS (SELECT 1 FROM claim c WHERE c.item_id = i.id AND c.live = 1 AND ((c.kind = 'pin' AND c.source = l.id)
                       OR (c.start_at < (l.free_at + 59) / 60 * 60 AND c.end_at > l.start_at - l.start_at % 60)))
                 AND NOT EXISTS (SELECT 1 FROM item_block b WHERE b.item_id = i.id AND b.live = 1 AND b.start_at < (l.free_at + 59) / 60 * 60 AND b.end_at > l.start_at - l.start_at % 60)",
    },
    Invariant {
        name: "what is out is in service",
        sql: "SELECT i.asset_tag || ' is ' || i.lifecycle || ', and out with rental ' || r.id FROM rental r JOIN item i ON i.id = r.item_id WHERE r.state = 'OUT' AND i.lifecycle <> 'IN_SERVICE'",
    },
    Invariant {
        name: "messages and events",
        sql: "SELECT 'message ' || id || ' tells of an event that is not there' FROM message WHERE event_id NOT IN (SELECT event_id FROM outbox)",
    },
    Invariant {
        name: "what was found was brought back",
        sql: "SELECT i.asset_tag || ' is here, but never came back from rental ' || r.id || '; rentdesk item found ' || i.asset_tag || ' closes it' FROM rental r JOIN item i ON i.id = r.item_id
               WHERE r.state = 'LOST' AND i.lifecycle = 'IN_SERVICE' AND NOT EXISTS (SELECT 1 FROM rental l WHERE l.item_id = r.item_id AND (l.state <> 'RETURNED' OR l.outcome IS NOT NULL)
                 AND (l.out_at, l.id) > (r.out_at, r.id))",
    },
];
