//! Every released schema opens and keeps its data: what an older version left can be gone on with.

use crate::house::{House, days, hour};
use rentdesk::booking::{self, Want};
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::inventory::Condition;
use rentdesk::kernel::{Clock, Text};
use rentdesk::shop::Shop;
use rentdesk::store::Store;
use rentdesk::store::schema::{self, MIGRATIONS};
use rusqlite::Connection;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

struct Old {
    folder: TempDir,
}

impl Old {
    /// A shop in use, one day after these commands.
    fn after(lines: &[&[&str]]) -> Self {
        let old = Old {
            folder: tempfile::tempdir().unwrap(),
        };
        for line in lines {
            let (code, said) = old.run(line);
            assert_eq!(code, 0, "{line:?}: {said}");
        }
        old
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        let file = self.folder.path().join("shop.db");
        let output = Command::new(env!("CARGO_BIN_EXE_rentdesk"))
            .args(arguments)
            .env("RENTDESK_DB", file)
            .env("RENTDESK_NOW", "2025-11-21T09:42:00Z")
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        )
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let (_, said) = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{arguments:?}: {error}\n{said}"))
    }

    /// Makes the file one that a version with only the first so many schema steps has written: its
    /// schema, and the rows it has room for.
    fn aged(self, steps: usize) -> Self {
        let (file, aged) = (
            self.folder.path().join("shop.db"),
            self.folder.path().join("aged.db"),
        );
        drop(
            Connection::open(&file)
                .unwrap()
                .execute_batch("PRAGMA wal_checkpoint(TRUNCATE)"),
        );
        write_aged(&file, &aged, steps);
        std::fs::rename(&aged, &file).unwrap();
        let _ = std::fs::remove_file(self.folder.path().join("shop.db-wal"));
        let _ = std::fs::remove_file(self.folder.path().join("shop.db-shm"));
        assert!(
            Store::open_with(&file, &MIGRATIONS[..steps])
                .unwrap()
                .reading_only()
                .is_none(),
            "the older version takes it for its own"
        );
        self
    }
}

fn write_aged(file: &Path, aged: &Path, steps: usize) {
    let made = Connection::open(aged).unwrap();
    made.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
    for step in &MIGRATIONS[..steps] {
        made.execute_batch(step.sql).unwrap();
    }
    made.execute("ATTACH ?1 AS newer", [file.to_str().unwrap()])
        .unwrap();
    let names = |sql: &str, of: &str| -> Vec<String> {
        made.prepare(sql)
            .unwrap()
            .query_map([of], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    let tables = "SELECT name FROM pragma_table_list WHERE schema = ?1 AND type IN ('table', 'virtual') AND name NOT LIKE 'sqlite_%' AND name NOT IN ('reservation_step', 'invoice_step')";
    // The money guards its rows as they come into being; these are there already.
    let guards = "SELECT sql FROM main.sqlite_schema WHERE type = 'trigger' AND ?1 = 'main'";
    let (guards, guarding) = (
        names(guards, "main"),
        names(
            "SELECT name FROM main.sqlite_schema WHERE type = 'trigger' AND ?1 = 'main'",
            "main",
        ),
    );
    for guard in &guarding {
        made.execute_batch(&format!("DROP TRIGGER {guard}"))
            .unwrap();
    }
    for table in names(tables, "main") {
        let mut columns = names("SELECT name FROM pragma_table_info(?1)", &table).join(", ");
        if table.ends_with("_search") {
            columns = format!("rowid, {columns}");
        }
        // Some steps bring rows along, which the shop has, too.
        made.execute_batch(&format!("DELETE FROM main.{table}; INSERT INTO main.{table}({columns}) SELECT {columns} FROM newer.{table} ORDER BY 1")).unwrap();
    }
    for guard in &guards {
        made.execute_batch(guard).unwrap();
    }
    // An older version noted nothing of what it derived.
    made.execute_batch("DELETE FROM setting WHERE name = 'derived_under_schema'")
        .unwrap();
    // Whoever hears since a later step had not heard anything.
    if steps < 5 {
        made.execute_batch("DELETE FROM consumer_cursor WHERE consumer NOT IN ('history', 'condition-flags', 'shortages')").unwrap();
    }
    made.pragma_update(None, "user_version", schema::newest(&MIGRATIONS[..steps]))
        .unwrap();
    made.pragma_update(None, "application_id", schema::APPLICATION_ID)
        .unwrap();
}

#[test]
fn what_was_out_under_schema_1_comes_back_under_the_newest() {
    let old = Old::after(&[
        &[
            "init",
            "--name",
            "North Light",
            "--timezone",
            "Europe/Berlin",
            "--preset",
            "film",
        ],
        &[
            "type",
            "add",
            "Sony FX6 body",
            "--category",
            "Camera",
            "--turnaround",
            "60",
        ],
        &[
            "type",
            "add",
            "V-lock 150",
            "--category",
            "Power",
            "--bulk",
            "--quantity",
            "20",
            "--tag",
            "BAT-V150",
        ],
        &["item", "add", "Sony FX6 body", "--tag", "CAM-0012"],
        &["item", "add", "Sony FX6 body", "--tag", "CAM-0013"],
        &["item", "add", "Sony FX6 body", "--tag", "CAM-0014"],
        &["customer", "add", "Maya Chen", "--phone", "0612 555 120"],
        &["customer", "add", "Sam Okoro", "--phone", "0612 555 121"],
        &[
            "out",
            "--customer",
            "C-0001",
            "--due",
            "mon 10:00",
            "CAM-0012",
            "4*BAT-V150",
        ],
        &[
            "out",
            "--customer",
            "C-0002",
            "--due",
            "tue 10:00",
            "CAM-0013",
            "6*BAT-V150",
        ],
        &["in", "CAM-0013"],
        &[
            "item",
            "condition",
            "CAM-0014",
            "maintenance",
            "--note",
            "fan noise",
            "--expected-back",
            "fri 28 nov",
        ],
    ])
    .aged(1);
    assert_eq!(
        old.json(&["check"]),
        serde_json::json!({"ok": true, "problems": []})
    );
    assert_eq!(
        old.json(&["messages", "list"]),
        serde_json::json!([]),
        "what happened before there were messages is told to nobody"
    );
    let shelf = old.json(&["item", "show", "BAT-V150"]);
    assert_eq!(
        (&shelf["quantity"], &shelf["out"]),
        (&Value::from(20), &Value::from(10))
    );
    assert_eq!(
        old.json(&["type", "show", "Sony FX6 body"])["role"],
        "PRIMARY"
    );
    let blocked = old.json(&["item", "blocks", "CAM-0014"]);
    assert_eq!(
        (&blocked[0]["kind"], &blocked[0]["to"]),
        (&"MAINTENANCE".into(), &"2025-11-27T23:00:00Z".into()),
        "what was on the bench until a date is blocked until then"
    );
    let (code, said) = old.run(&[
        "out",
        "--customer",
        "C-0001",
        "--due",
        "mon 10:00",
        "11*BAT-V150",
    ]);
    assert_eq!(code, 1, "ten are left: {said}");
    for line in [
        &["in", "CAM-0012"][..],
        &["in", "4*BAT-V150", "--customer", "C-0001"],
        &["in", "2*BAT-V150", "--customer", "C-0002"],
    ] {
        let (code, said) = old.run(line);
        assert_eq!(code, 0, "{line:?}: {said}");
    }
    assert_eq!(old.json(&["item", "show", "BAT-V150"])["out"], 4);
    assert_eq!(old.json(&["item", "show", "CAM-0012"])["state"], "IN");
    for line in [
        &["type", "edit", "V-lock 150", "--quantity", "4"][..],
        &[
            "out",
            "--customer",
            "C-0001",
            "--due",
            "mon 10:00",
            "CAM-0012",
            "--take-anyway", // an hour of turnaround is not over
        ],
        &["item", "condition", "CAM-0014", "good"],
    ] {
        let (code, said) = old.run(line);
        assert_eq!(code, 0, "{line:?}: {said}");
    }
    assert_eq!(
        old.json(&["check"]),
        serde_json::json!({"ok": true, "problems": []})
    );
    assert_eq!(
        std::fs::read_dir(old.folder.path().join("backup"))
            .unwrap()
            .flatten()
            .filter(|entry| entry
                .path()
                .extension()
                .is_some_and(|ending| ending == "db"))
            .count(),
        1,
        "and a copy from before the step lies beside it"
    );
}

#[test]
fn rates_of_schema_2_price_what_is_asked_under_the_newest() {
    let old = Old::after(&[
        &[
            "init",
            "--name",
            "North Light",
            "--timezone",
            "Europe/Berlin",
            "--preset",
            "film",
        ],
        &[
            "type",
            "add",
            "Sony FX6 body",
            "--category",
            "Camera",
            "--daily",
            "180",
            "--weekly",
            "720",
        ],
        &[
            "type",
            "edit",
            "Sony FX6 body",
            "--daily",
            "190",
            "--now",
            "2025-11-22 10:00",
        ],
    ])
    .aged(2);
    let total = |now: &str| {
        old.json(&[
            "price",
            "--from",
            "2025-11-24 9:00",
            "--to",
            "2025-11-26 9:00",
            "--line",
            "Sony FX6 body",
            "--now",
            now,
        ])["total"]
            .clone()
    };
    assert_eq!(
        (total("2025-11-21 11:00"), total("2025-11-22 10:30")),
        (360.0.into(), 380.0.into()),
        "what was known then"
    );
    let versions = old.json(&["rate", "show", "Sony FX6 body"]);
    assert_eq!(
        (
            &versions[0]["daily"],
            &versions[1]["daily"],
            &versions[1]["minimum"]
        ),
        (&180.0.into(), &190.0.into(), &Value::Null)
    );
    let (code, said) = old.run(&[
        "rate",
        "set",
        "Sony FX6 body",
        "--minimum",
        "500",
        "--now",
        "2025-11-22 11:00",
    ]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(total("2025-11-22 12:00"), 500.0);
    assert_eq!(
        old.json(&["check"]),
        serde_json::json!({"ok": true, "problems": []})
    );
}

#[test]
fn the_money_of_schema_5_is_gone_on_with_under_the_newest() {
    let old = Old::after(&[
        &[
            "init",
            "--name",
            "North Light",
            "--timezone",
            "Europe/Berlin",
            "--preset",
            "film",
        ],
        &[
            "type",
            "add",
            "Sony FX6 body",
            "--category",
            "Camera",
            "--daily",
            "180",
        ],
        &["item", "add", "Sony FX6 body", "--tag", "CAM-0012"],
        &["customer", "add", "Maya Chen", "--phone", "0612 555 120"],
        &[
            "out",
            "--customer",
            "C-0001",
            "--due",
            "mon 10:00",
            "CAM-0012",
        ],
        &["charge", "R-1001", "--extra", "25", "--note", "cleaning"],
        &["deposit", "take", "R-1001", "300", "--method", "cash"],
        &["deposit", "take", "R-1001", "100", "--method", "card"],
        &["deposit", "return", "#2"],
        &["pay", "R-1001", "--issue", "--method", "card"],
        &["charge", "R-1001", "--extra", "10", "--note", "tape"],
        &["pay", "R-1001", "--issue", "--method", "cash"],
        &["invoice", "credit", "I-0002", "--reason", "goodwill"],
    ])
    .aged(5);
    let till = old.json(&["till"]);
    assert_eq!(
        old.json(&["check"]),
        serde_json::json!({"ok": true, "problems": []})
    );
    assert_eq!(
        (
            &till["methods"][0]["expected"],
            &till["methods"][1]["deposits_returned"]
        ),
        (&310.0.into(), &100.0.into()),
        "what went back before still did"
    );
    for line in [
        &["deposit", "return", "R-1001", "120"][..],
        &[
            "invoice", "credit", "I-0001", "--line", "2", "--reason", "clean",
        ],
        &["till", "--counted", "180"],
        &["refund", "C-0001", "--method", "card"],
    ] {
        let (code, said) = old.run(line);
        assert_eq!(code, 0, "{line:?}: {said}");
    }
    assert_eq!(old.json(&["deposit", "list"])[0]["held"], 180.0);
    assert_eq!(
        old.json(&["check"]),
        serde_json::json!({"ok": true, "problems": []})
    );
}

#[test]
fn what_an_older_version_derived_in_other_words_is_made_again_and_nobody_is_written_to_twice() {
    let old = Old::after(&[
        &[
            "init",
            "--name",
            "North Light",
            "--timezone",
            "Europe/Berlin",
            "--preset",
            "film",
        ],
        &[
            "type",
            "add",
            "Sony FX6 body",
            "--category",
            "Camera",
            "--daily",
            "180",
        ],
        &["item", "add", "Sony FX6 body", "--tag", "CAM-0012"],
        &[
            "customer",
            "add",
            "Maya Chen",
            "--phone",
            "0612 555 120",
            "--email",
            "maya@kite.example",
        ],
        &[
            "reserve",
            "--customer",
            "C-0001",
            "--from",
            "fri 10:45",
            "--to",
            "mon 10:00",
            "--line",
            "Sony FX6 body*2",
            "--confirm",
            "--keep-short",
        ],
        &["deposit", "take", "R-1001", "100", "--method", "cash"],
        &["deposit", "return", "R-1001"],
        &[
            "out",
            "--reservation",
            "R-1001",
            "CAM-0012",
            "--now",
            "2025-11-21T10:00:00Z",
        ],
        &["messages", "list"],
        &["invoice", "list"],
    ])
    .aged(5);
    let file = || Connection::open(old.folder.path().join("shop.db")).unwrap();
    let cause = || {
        file()
            .query_row("SELECT cause FROM shortage", [], |row| {
                row.get::<_, String>(0)
            })
            .unwrap()
    };
    let now = cause();
    assert_eq!(
        file()
            .execute("UPDATE shortage SET cause = 'OUT'", [])
            .unwrap(),
        1
    );
    assert_eq!(file().execute("UPDATE history SET detail = '100.00 EUR cash, 0.00 EUR kept' WHERE kind = 'DepositReturned'", []).unwrap(), 1);
    assert_ne!(now, "OUT", "the reservation's own gear is in nobody's way");
    let kept = |old: &Old| {
        (
            old.json(&["messages", "list"]),
            old.json(&["invoice", "list"]),
            old.json(&["balance", "C-0001"]),
        )
    };
    let heard = |name: &str| {
        file()
            .query_row(
                "SELECT last_seq FROM consumer_cursor WHERE consumer = ?1",
                [name],
                |row| row.get::<_, i64>(0),
            )
            .unwrap()
    };
    let billing = heard("billing");
    assert_eq!(
        old.json(&["check"]),
        serde_json::json!({"ok": true, "problems": []})
    );
    assert!(
        heard("billing") >= billing,
        "what is kept hears nothing again"
    );
    let before = kept(&old);
    assert_eq!(
        (
            before.0.as_array().map(Vec::len),
            before.1.as_array().map(Vec::len)
        ),
        (Some(1), Some(1)),
        "{before:?}"
    );
    let (_, told) = old.run(&["history", "--limit", "20"]);
    assert!(
        told.contains("deposit given back, 100.00 EUR cash") && !told.contains("kept"),
        "{told}"
    );
    assert_eq!((cause(), kept(&old)), (now, before));
    assert_eq!(
        old.json(&["check"]),
        serde_json::json!({"ok": true, "problems": []})
    );
    // Once made, they are not made again at every opening.
    file()
        .execute(
            "UPDATE history SET detail = 'by hand' WHERE kind = 'DepositReturned'",
            [],
        )
        .unwrap();
    assert_eq!(old.json(&["check"])["ok"], false);
}

#[test]
fn who_goes_short_stays_in_sight_while_what_is_derived_is_made_again() {
    let mut house = House::new();
    house.must(|db, _| {
        let rules = ContactRules {
            email_required: false,
            phone_required: false,
        };
        (0..400).try_for_each(|_| {
            customers::register(
                db,
                &Profile {
                    name: Text::new("Lena Brandt"),
                    ..Profile::default()
                },
                rules,
            )
            .map(drop)
        })
    });
    let (kind, items) = house.items("Lamp", 1);
    let id = house.confirmed(days(1, 2), &[Want::of(kind, 1)]);
    house.report(items[0], Condition::Unusable, None);
    assert_eq!(house.short(), [(id, 1)]);
    let House { shop, folder, .. } = house;
    let path = folder.path().join("shop.db");
    shop.close();
    assert_eq!(
        Connection::open(&path)
            .unwrap()
            .execute(
                "DELETE FROM setting WHERE name = 'derived_under_schema'",
                []
            )
            .unwrap(),
        1
    );
    let shop = Shop::open(&path, Clock::Fixed(hour(0))).unwrap();
    let short = |shop: &Shop| {
        booking::shortages(shop.read(), &shop.settings, shop.now())
            .unwrap()
            .into_iter()
            .map(|short| (short.reservation, short.missing))
            .collect::<Vec<_>>()
    };
    assert_eq!(short(&shop), [(id, 1)], "at once");
    assert_eq!(shop.check().unwrap(), [], "what lags is not wrong");
    shop.drain_all().unwrap();
    assert_eq!(short(&shop), [(id, 1)]);
    assert_eq!(shop.check().unwrap(), []);
}

// Files of every released schema -----------------------------------------------------------------

/// A shop in use: gear and counted stock out, back and broken.
fn in_use() -> Old {
    let lines: Vec<Vec<&str>> = [
        "init|--name|North Light|--timezone|Europe/Berlin|--preset|film",
        "settings|set|phone_required|off",
        "type|add|Sony FX6|--category|Camera|--daily|100|--turnaround|60",
        "type|add|V-lock 150|--category|Power|--bulk|--quantity|20|--tag|BAT-V150",
        "item|add|Sony FX6|--tag|CAM-0001",
        "item|add|Sony FX6|--tag|CAM-0002",
        "item|add|Sony FX6|--tag|CAM-0003",
        "customer|add|Ann Lee",
        "customer|add|Bob Orr",
        "out|--customer|Ann Lee|--due|mon 10:00|CAM-0001|4*BAT-V150",
        "out|--customer|Bob Orr|--due|tue 10:00|CAM-0002",
        "in|CAM-0002",
        "item|condition|CAM-0003|maintenance|--note|fan noise",
    ]
    .into_iter()
    .map(|line| line.split('|').collect())
    .collect();
    Old::after(&lines.iter().map(Vec::as_slice).collect::<Vec<_>>())
}

fn fixture(steps: usize) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/data/schema-{steps}.db"))
}

/// Eight programs come to the door of an old file at once: one takes it forward, the others wait,
/// and all of them find everything in it. `RENTDESK_FIXTURES=1` makes the files anew.
#[test]
fn an_old_file_is_taken_forward_once_however_many_come_to_its_door_and_keeps_everything() {
    for steps in 1..MIGRATIONS.len() {
        if std::env::var_os("RENTDESK_FIXTURES").is_some() {
            let aged = in_use().aged(steps);
            let file = Connection::open(aged.folder.path().join("shop.db")).unwrap();
            file.execute_batch("PRAGMA journal_mode = DELETE; VACUUM")
                .unwrap();
            drop(file);
            std::fs::copy(aged.folder.path().join("shop.db"), fixture(steps)).unwrap();
        }
        let old = Old {
            folder: tempfile::tempdir().unwrap(),
        };
        std::fs::copy(fixture(steps), old.folder.path().join("shop.db")).unwrap();
        let doors: Vec<_> = (0..8)
            .map(|_| {
                Command::new(env!("CARGO_BIN_EXE_rentdesk"))
                    .args(["who", "CAM-0001"])
                    .env("RENTDESK_DB", old.folder.path().join("shop.db"))
                    .env("RENTDESK_NOW", "2025-11-21T09:45:00Z")
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for door in doors {
            let output = door.wait_with_output().unwrap();
            let said = format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
            assert!(
                output.status.success() && said.contains("Ann Lee"),
                "schema {steps}: {said}"
            );
        }
        let copies = std::fs::read_dir(old.folder.path().join("backup"))
            .unwrap()
            .flatten()
            .filter(|entry| {
                entry
                    .path()
                    .extension()
                    .is_some_and(|ending| ending == "db")
            })
            .count();
        assert_eq!(copies, 1, "schema {steps}: one copy, from before the step");
        assert_eq!(
            old.json(&["check"]),
            serde_json::json!({"ok": true, "problems": []}),
            "schema {steps}"
        );
        let shelf = old.json(&["item", "show", "BAT-V150"]);
        assert_eq!((&shelf["quantity"], &shelf["out"]), (&20.into(), &4.into()));
        assert_eq!(old.json(&["item", "show", "CAM-0002"])["state"], "IN");
        assert_eq!(
            old.json(&["item", "show", "CAM-0003"])["condition"],
            "UNDER_MAINTENANCE"
        );
        let (code, said) = old.run(&["in", "CAM-0001"]);
        assert_eq!(code, 0, "schema {steps}: {said}");
    }
}
