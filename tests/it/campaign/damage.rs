//! Damage to a file that lies still, and disks that have no room.

use super::Tally;
use super::scene::{self, ACTS, Stage};
use super::shim::{self, Meddling};
use crate::file_truth::{told, try_edit};
use crate::properties::Dice;
use rusqlite::Connection;
use rusqlite::types::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

// Full disks -------------------------------------------------------------------------------------

pub struct SmallDisk {
    place: TempDir,
}

impl SmallDisk {
    pub fn mount() -> Option<SmallDisk> {
        let place = tempfile::tempdir().ok()?;
        let done = Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs"])
            .arg(place.path())
            .stderr(Stdio::null())
            .status()
            .ok()?;
        done.success().then_some(SmallDisk { place })
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(self.place.path()).status();
    }
}

pub fn full_disk(stage: &Stage, disk: Option<&SmallDisk>, tally: &mut Tally) {
    let one = stage.set(&ACTS[1]);
    let file = match disk {
        Some(disk) => {
            let file = disk.place.path().join("shop.db");
            fs::copy(one.file(), &file).expect("a copy");
            fill(disk.place.path());
            file
        }
        None => one.file(),
    };
    let run = |words: &[&str], is_full: bool| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
        command
            .args(words)
            .env("RENTDESK_DB", &file)
            .env("RENTDESK_NOW", scene::NOW);
        if is_full && disk.is_none() && shim::built().is_some() {
            let all = Meddling::FailAt {
                call: 1,
                more: 1_000_000,
                errno: 28,
            };
            shim::over(&mut command, file.parent().expect("a folder"), all);
        }
        told(command.output().expect("the program"))
    };
    tally.tried += 1;
    let (code, said) = run(&["who", "CAM-0003"], true);
    if code != 0 || !said.contains("Bob Orr") {
        tally
            .wrong
            .push(format!("reading on a full disk: {code} {said}"));
    }
    let (code, said) = run(
        &[
            "out",
            "--customer",
            "Ann Lee",
            "--due",
            "mon 10:00",
            "CAM-0001",
        ],
        true,
    );
    if code == 0 || !said.contains("disk is full") {
        tally
            .wrong
            .push(format!("writing on a full disk: {code} {said}"));
    }
    let list = file.with_file_name("list.csv");
    let (code, said) = run(
        &["export", "customers", list.to_str().expect("a path")],
        true,
    );
    if code == 0 || list.exists() {
        tally
            .wrong
            .push(format!("a list on a full disk: {code} {said}"));
    }
    if disk.is_some() {
        let _ = fs::remove_file(file.with_file_name("filler"));
    }
    let (code, said) = run(
        &[
            "out",
            "--customer",
            "Ann Lee",
            "--due",
            "mon 10:00",
            "CAM-0001",
        ],
        false,
    );
    if code != 0 {
        tally.wrong.push(format!("with room again: {code} {said}"));
    }
    let (code, said) = run(&["check"], false);
    if code != 0 {
        tally
            .wrong
            .push(format!("checked with room again: {code} {said}"));
    }
}

fn fill(folder: &Path) {
    use std::io::Write;
    let mut filler = fs::File::create(folder.join("filler")).expect("a filler");
    let mut size = 1 << 16;
    while size > 0 {
        if filler.write_all(&vec![7; size]).is_err() {
            size /= 2;
        }
    }
}

// Deleted logs -----------------------------------------------------------------------------------

pub fn deleted_log(stage: &Stage, tally: &mut Tally) {
    tally.tried += 1;
    let one = stage.set(&ACTS[1]);
    let mut window = Command::new(env!("CARGO_BIN_EXE_rentdesk"))
        .arg("--plain")
        .env("RENTDESK_DB", one.file())
        .env("RENTDESK_NOW", scene::NOW)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a window");
    {
        use std::io::{BufRead, Write};
        let says = window.stdin.as_mut().expect("its ear");
        says.write_all(b"CAM-0001\nC-0001\n\n\n:log\n")
            .expect("lines");
        let mut out = std::io::BufReader::new(window.stdout.as_mut().expect("its mouth"));
        let (mut line, mut is_out) = (String::new(), false);
        // The line after the one that says it is saved: by then it is noted.
        while out.read_line(&mut line).expect("a line") > 0 {
            if is_out && line.contains("> ") {
                break;
            }
            is_out |= line.contains("OUT 1 item");
            line.clear();
        }
        assert!(is_out, "the window handed it over");
    }
    window.kill().expect("killed");
    window.wait().expect("its end");
    for ending in ["-wal", "-shm"] {
        let _ = fs::remove_file(PathBuf::from(format!("{}{ending}", one.file().display())));
    }
    if one
        .problems()
        .iter()
        .any(|problem| problem.contains("missing"))
    {
        tally.found += 1;
    } else {
        tally.wrong.push("a deleted log was not missed".to_owned());
    }
}

// Bits and rows ----------------------------------------------------------------------------------

/// All that the rows of a file say; none where it cannot be read.
fn dump(file: &Path) -> Option<Vec<String>> {
    let raw = Connection::open(file).ok()?;
    let tables: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name")
        .ok()?
        .query_map([], |row| row.get(0))
        .ok()?
        .collect::<Result<_, _>>()
        .ok()?;
    let mut lines = Vec::new();
    for table in tables {
        let mut statement = raw.prepare(&format!("SELECT * FROM \"{table}\"")).ok()?;
        let columns = statement.column_count();
        let mut rows = statement.query([]).ok()?;
        while let Some(row) = rows.next().ok()? {
            let values: Vec<String> = (0..columns)
                .map(|column| {
                    row.get::<_, Value>(column)
                        .map(|value| format!("{value:?}"))
                })
                .collect::<Result<_, _>>()
                .ok()?;
            lines.push(format!("{table} {}", values.join("|")));
        }
    }
    lines.sort();
    Some(lines)
}

fn is_sound(file: &Path) -> bool {
    Connection::open(file)
        .and_then(|raw| {
            raw.query_row("PRAGMA integrity_check(1)", [], |row| {
                row.get::<_, String>(0)
            })
        })
        .is_ok_and(|verdict| verdict == "ok")
}

pub fn flips(stage: &Stage, count: usize, dice: &mut Dice, tally: &mut Tally) {
    let whole = dump(&stage.ready.file()).expect("the file");
    let bytes = fs::read(stage.ready.file()).expect("the file");
    for _ in 0..count {
        tally.tried += 1;
        let mut flipped = bytes.clone();
        // Most of a young file is empty: every other flip is where something is written.
        let mut place = dice.below(bytes.len());
        while bytes[place] == 0 && tally.tried.is_multiple_of(2) {
            place = dice.below(bytes.len());
        }
        let bit = dice.below(8);
        flipped[place] ^= 1 << bit;
        let one = stage.set(&ACTS[0]);
        fs::write(one.file(), &flipped).expect("the file");
        // Looked at on a copy: looking must not change what is judged.
        let copy = one.folder.path().join("copy.db");
        fs::write(&copy, &flipped).expect("a copy");
        let says_the_same = dump(&copy).as_ref() == Some(&whole) && is_sound(&copy);
        let (code, said) = one.also(&["check"]);
        if said.contains("panicked") || !(0..=70).contains(&code) {
            tally
                .wrong
                .push(format!("byte {place} bit {bit}: {code} {said}"));
        } else if code != 0 {
            tally.found += 1;
        } else if says_the_same {
            tally.harmless += 1;
        } else {
            tally
                .wrong
                .push(format!("byte {place} bit {bit} was not found"));
        }
    }
}

pub fn edits(stage: &Stage, count: usize, dice: &mut Dice, tally: &mut Tally) {
    let raw = Connection::open(stage.ready.file()).expect("the file");
    let tables: Vec<String> = raw
        .prepare("SELECT name FROM sealed_table ORDER BY id")
        .expect("tables")
        .query_map([], |row| row.get(0))
        .expect("rows")
        .collect::<Result<_, _>>()
        .expect("rows");
    let mut places = Vec::new();
    for table in tables
        .iter()
        .map(String::as_str)
        .chain(["outbox", "history", "shortage", "income"])
    {
        let rows: i64 = raw
            .query_row(&format!("SELECT count(*) FROM \"{table}\""), [], |row| {
                row.get(0)
            })
            .expect("a count");
        let columns: Vec<(String, String, i64)> = raw
            .prepare("SELECT name, type, pk FROM pragma_table_info(?1)")
            .expect("columns")
            .query_map([table], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .expect("rows")
            .collect::<Result<_, _>>()
            .expect("rows");
        if rows > 0 {
            places.push((table.to_owned(), rows, columns));
        }
    }
    drop(raw);
    let whole = dump(&stage.ready.file()).expect("the file");
    let of_table = |lines: &[String], table: &str| -> Vec<String> {
        let begins = format!("{table} ");
        lines
            .iter()
            .filter(|line| line.starts_with(&begins))
            .cloned()
            .collect()
    };
    for _ in 0..count {
        let (table, rows, columns) = &places[dice.below(places.len())];
        let (column, kind, _) = &columns[dice.below(columns.len())];
        let row = dice.below(*rows as usize);
        let key: Vec<&str> = columns
            .iter()
            .filter(|(_, _, place)| *place > 0)
            .map(|(name, ..)| name.as_str())
            .collect();
        let key = key.join(", ");
        let value = match kind.as_str() {
            "INTEGER" => format!("coalesce(\"{column}\", 0) + 1"),
            "BLOB" => format!("zeroblob(coalesce(length(\"{column}\"), 0) + 1)"),
            _ => format!("coalesce(\"{column}\", '') || 'x'"),
        };
        let sql = format!(
            "UPDATE \"{table}\" SET \"{column}\" = {value} WHERE ({key}) IN (SELECT {key} FROM \"{table}\" ORDER BY {key} LIMIT 1 OFFSET {row})"
        );
        let one = stage.set(&ACTS[0]);
        // Some values no index or no foreign key would take, even so.
        if try_edit(&one.file(), &sql).ok() != Some(1) {
            continue;
        }
        tally.tried += 1;
        let (code, said) = one.also(&["check"]);
        let now = dump(&one.file()).unwrap_or_default();
        if code != 0 {
            tally.found += 1;
        } else if of_table(&now, table) == of_table(&whole, table) {
            tally.harmless += 1; // what is noted about derived tables is put right by the next window
        } else {
            tally.wrong.push(format!("{sql}: {said}"));
        }
    }
}
