//! The four properties of the source, each naming file and line: what may import what, who owns
//! which table, rules without machinery, and no key with two meanings (that one is in `laws.rs`,
//! beside the others of the interface).

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const CORE: &[&str] = &["kernel", "events", "store", "files"];

/// What a room may name. `ARCHITECTURE.md` shows the same table.
fn may_import(room: &str) -> Option<Vec<&'static str>> {
    let with = |more: &[&'static str]| Some(CORE.iter().chain(more).copied().collect());
    match room {
        "kernel" => Some(vec![]),
        "events" => Some(vec!["kernel"]),
        "files" => Some(vec![]),
        "store" => Some(vec!["kernel", "events", "files"]),
        "outbox" | "customers" | "catalog" | "staff" | "history" | "crm" | "analytics" => with(&[]),
        "programs" => Some(vec!["kernel"]),
        "notifications" => with(&["customers", "programs"]),
        "pricing" | "inventory" => with(&["catalog"]),
        "booking" => with(&["customers", "catalog", "inventory", "pricing"]),
        "billing" => with(&["customers", "catalog", "pricing"]),
        "desk" => with(&[
            "customers",
            "catalog",
            "staff",
            "inventory",
            "pricing",
            "booking",
            "billing",
            "history",
            "crm",
            "analytics",
            "notifications",
            "outbox",
        ]),
        "shop" => with(&[
            "customers",
            "catalog",
            "staff",
            "inventory",
            "pricing",
            "booking",
            "billing",
            "history",
            "crm",
            "analytics",
            "notifications",
            "desk",
            "outbox",
        ]),
        "print" => Some(vec!["kernel", "desk", "files", "programs"]),
        "exchange" => with(&[
            "customers",
            "catalog",
            "staff",
            "inventory",
            "pricing",
            "booking",
            "billing",
            "history",
            "shop",
        ]),
        "tui" => with(&[
            "customers",
            "catalog",
            "staff",
            "inventory",
            "pricing",
            "booking",
            "billing",
            "history",
            "crm",
            "analytics",
            "notifications",
            "desk",
            "shop",
            "exchange",
            "outbox",
            "print",
        ]),
        "cli" => with(&[
            "customers",
            "catalog",
            "staff",
            "inventory",
            "pricing",
            "booking",
            "billing",
            "history",
            "crm",
            "analytics",
            "notifications",
            "desk",
            "shop",
            "exchange",
            "outbox",
            "print",
            "tui",
        ]),
        _ => None,
    }
}

/// Whose each table is: the only files whose SQL may name it.
const OWNERS: &[(&str, &[&str])] = &[
    (
        "outbox",
        &[
            "setting",
            "sequence",
            "command_log",
            "outbox",
            "consumer_cursor",
            "consumer_failure",
            "consumer_skip",
            "sealed_table",
            "row_seal",
            "touched",
            "file_note",
        ],
    ),
    ("staff", &["staff_member"]),
    ("notifications", &["message"]),
    (
        "customers",
        &[
            "customer_preference",
            "customer",
            "customer_version",
            "customer_search",
        ],
    ),
    (
        "catalog",
        &[
            "category",
            "equipment_type",
            "type_search",
            "kit_component",
            "type_accessory",
            "type_substitute",
        ],
    ),
    (
        "pricing",
        &[
            "rate",
            "tax_rate",
            "price_table",
            "price_table_use",
            "discount_rule",
        ],
    ),
    (
        "inventory",
        &[
            "item",
            "bulk_stock",
            "claim",
            "bulk_claim",
            "condition_report",
            "bench_job",
            "item_change",
            "item_block",
            "case_content",
        ],
    ),
    (
        "booking",
        &[
            "reservation",
            "reservation_step",
            "reservation_line",
            "rental",
            "shortage",
        ],
    ),
    (
        "billing",
        &[
            "invoice",
            "invoice_line",
            "invoice_tax",
            "invoice_step",
            "payment",
            "settlement",
            "deposit",
            "deposit_return",
            "journal",
            "posting",
            "charge",
            "till_count",
            "billing_heard",
        ],
    ),
    ("history", &["history", "condition_flag"]),
    (
        "crm",
        &[
            "customer_rental",
            "customer_rental_part",
            "loyalty_entry",
            "lifetime_value",
        ],
    ),
    (
        "analytics",
        &[
            "out_span",
            "income",
            "gear",
            "fit_change",
            "loss",
            "quarter_figures",
        ],
    ),
    ("desk", &["draft", "undo_step", "unsettled"]),
];

/// What a price comes from is pure, too.
const PRICING_RULES: &[&str] = &[
    "pricing/days.rs",
    "pricing/tables.rs",
    "pricing/unit.rs",
    "pricing/discounts.rs",
    "pricing/settle.rs",
    "pricing/why.rs",
];

/// What the store itself owns, and may therefore name outside a `table.rs`.
const STORE_TABLES: &[&str] = &[
    "setting",
    "sequence",
    "command_log",
    "outbox",
    "sealed_table",
    "row_seal",
    "touched",
    "file_note",
];

struct Source {
    /// `booking/table.rs`
    name: String,
    room: String,
    lines: Vec<String>,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .expect("below src")
                .to_string_lossy()
                .replace('\\', "/");
            let room = name
                .split('/')
                .next()
                .expect("a first part")
                .trim_end_matches(".rs")
                .to_owned();
            let lines = fs::read_to_string(&path)
                .expect("it reads")
                .lines()
                .map(str::to_owned)
                .collect();
            Source { name, room, lines }
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

fn is_test(source: &Source) -> bool {
    source.name.ends_with("tests.rs")
}

/// The code of a line: no comment, and nothing once the file's tests begin.
fn code(source: &Source) -> impl Iterator<Item = (usize, &str)> {
    let end = source
        .lines
        .iter()
        .position(|line| line.trim() == "#[cfg(test)]" && !source.name.ends_with("mod.rs"))
        .unwrap_or(source.lines.len());
    source
        .lines
        .iter()
        .take(end)
        .enumerate()
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(number, line)| (number + 1, line.as_str()))
}

fn rooms_named(line: &str) -> Vec<String> {
    let mut rooms = Vec::new();
    let mut parts = line.split("crate::");
    let mut before = parts.next().and_then(|part| part.chars().next_back());
    for rest in parts {
        let joined = before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '$');
        before = rest.chars().next_back();
        if joined {
            continue;
        }
        if let Some(list) = rest.strip_prefix('{') {
            let list = list.split('}').next().unwrap_or(list);
            rooms.extend(list.split(',').map(|part| {
                part.trim()
                    .split("::")
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            }));
        } else {
            rooms.push(
                rest.chars()
                    .take_while(|c| c.is_alphanumeric() || *c == '_')
                    .collect(),
            );
        }
    }
    rooms.retain(|room| !room.is_empty() && room.chars().next().is_some_and(char::is_lowercase));
    rooms
}

#[test]
fn rooms_import_only_what_they_may() {
    let mut wrong = Vec::new();
    for source in sources()
        .iter()
        .filter(|source| !matches!(source.room.as_str(), "lib" | "main") && !is_test(source))
    {
        let Some(allowed) = may_import(&source.room) else {
            wrong.push(format!(
                "src/{}: the room \"{}\" is not in the import table",
                source.name, source.room
            ));
            continue;
        };
        for (number, line) in code(source) {
            for room in rooms_named(line) {
                // A macro of the crate stands at its root.
                if room != source.room
                    && room != "words_in_columns"
                    && !allowed.contains(&room.as_str())
                {
                    wrong.push(format!(
                        "src/{}:{number}: {} may not import {room}",
                        source.name, source.room
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_table_is_named_only_by_its_owner() {
    let owner_of: BTreeMap<&str, &str> = OWNERS
        .iter()
        .flat_map(|(owner, tables)| tables.iter().map(move |table| (*table, *owner)))
        .collect();
    for line in rentdesk::store::schema::MIGRATIONS
        .iter()
        .flat_map(|step| step.sql.lines())
    {
        if let Some(rest) = line
            .strip_prefix("CREATE TABLE ")
            .or_else(|| line.strip_prefix("CREATE VIRTUAL TABLE "))
        {
            let table: String = rest
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            // A step that builds a table anew calls it so until it takes the old one's place.
            let table = table.trim_end_matches("_new");
            assert!(
                owner_of.contains_key(table),
                "{table} has no owner in this test"
            );
        }
    }
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !is_test(source)) {
        let in_table_file = source.name.ends_with("/table.rs");
        for (number, line) in code(source) {
            for table in tables_named(line) {
                let Some(owner) = owner_of.get(table.as_str()) else {
                    continue;
                };
                let own = in_table_file && source.room == *owner;
                let store = source.room == "store"
                    && (STORE_TABLES.contains(&table.as_str()) || source.name == "store/check.rs");
                if !own && !store {
                    wrong.push(format!(
                        "src/{}:{number}: names {table}, which is {owner}'s",
                        source.name
                    ));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The words behind FROM, JOIN, INTO, UPDATE and the like, in upper case as SQL is written here.
fn tables_named(line: &str) -> Vec<String> {
    let words: Vec<&str> = line
        .split(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | '"' | ','))
        .filter(|word| !word.is_empty())
        .collect();
    words
        .windows(2)
        .filter(|pair| matches!(pair[0], "FROM" | "JOIN" | "INTO" | "UPDATE" | "TABLE"))
        .map(|pair| {
            pair[1]
                .trim_matches(|c: char| !c.is_alphanumeric() && c != '_')
                .to_owned()
        })
        .collect()
}

#[test]
fn sqlite_and_the_terminal_stay_in_their_rooms() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| !is_test(source)) {
        for (number, line) in code(source) {
            if line.contains("rusqlite")
                && source.room != "store"
                && !source.name.ends_with("/table.rs")
            {
                wrong.push(format!(
                    "src/{}:{number}: rusqlite outside store/ and table.rs",
                    source.name
                ));
            }
            if (line.contains("ratatui") || line.contains("crossterm")) && source.room != "tui" {
                wrong.push(format!(
                    "src/{}:{number}: the terminal outside tui/",
                    source.name
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn rules_touch_no_machinery() {
    const MACHINERY: &[&str] = &[
        "SELECT ",
        "INSERT ",
        "Utc::now",
        "Local::now",
        "Instant::now",
        "SystemTime",
        "std::fs",
        "std::env",
        "File::",
        "std::io",
        "println!",
        "rusqlite",
    ];
    let mut wrong = Vec::new();
    for source in sources() {
        let is_rule = source.name.ends_with("/model.rs")
            || PRICING_RULES.contains(&source.name.as_str())
            || matches!(source.room.as_str(), "kernel" | "events");
        for (number, line) in code(&source).filter(|_| is_rule) {
            for word in MACHINERY.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("src/{}:{number}: a rule names {word}", source.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whoever reads for long must keep nobody waiting: the only way in which the log is moved into the
/// file is the one that takes what it can.
#[test]
fn no_checkpoint_waits_for_a_reader() {
    for source in sources() {
        for (number, line) in code(&source) {
            let waits =
                line.contains("wal_checkpoint") && !line.contains("wal_checkpoint(PASSIVE)");
            assert!(!waits, "{}:{number}: {line}", source.name);
        }
    }
}
