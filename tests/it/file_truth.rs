//! The file tells the truth: what was saved is not lost, and what was lost is not forgotten. With
//! real files, real processes and real kills.

use crate::properties::folder;
use rusqlite::Connection;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

const NOW: &str = "2025-11-21T09:42:00Z";

/// A shop in a folder of its own, driven by the real program.
pub struct Place {
    pub folder: TempDir,
}

impl Place {
    pub fn empty() -> Self {
        Place { folder: folder() }
    }

    /// Two cameras, two customers.
    pub fn shop() -> Self {
        let place = Place::empty();
        place.lines(&[
            "init|--name|North Light|--timezone|Europe/Berlin|--preset|film",
            "settings|set|phone_required|off",
            "type|add|Sony FX6|--category|Camera|--daily|100",
            "item|add|Sony FX6|--tag|CAM-0001",
            "item|add|Sony FX6|--tag|CAM-0002",
            "customer|add|Ann Lee|--phone|0612 555 120",
            "customer|add|Bob Orr|--phone|0612 555 121",
        ]);
        place
    }

    pub fn file(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub fn beside(&self, ending: &str) -> PathBuf {
        self.folder.path().join(format!("shop.db{ending}"))
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
        command
            .args(words)
            .env("RENTDESK_DB", self.file())
            .env("RENTDESK_NOW", NOW)
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, words: &[&str]) -> (i32, String) {
        told(self.command(words).output().expect("the program"))
    }

    /// Each must succeed; words are parted by a bar.
    pub fn lines(&self, lines: &[&str]) {
        for line in lines {
            let (code, said) = self.run(&line.split('|').collect::<Vec<_>>());
            assert_eq!(code, 0, "{line}: {said}");
        }
    }

    pub fn json(&self, words: &[&str]) -> Value {
        let output = self
            .command(&[words, &["--json"]].concat())
            .output()
            .expect("the program");
        let said = String::from_utf8_lossy(&output.stdout);
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{words:?}: {error}: {said}"))
    }

    /// What `check` finds.
    pub fn problems(&self) -> Vec<String> {
        self.json(&["check"])["problems"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|problem| format!("{}: {}", problem["invariant"], problem["message"]))
            .collect()
    }

    pub fn events(&self) -> i64 {
        self.json(&["outbox", "status"])["events"]
            .as_i64()
            .expect("a number")
    }

    pub fn backups(&self) -> Vec<PathBuf> {
        let mut found: Vec<PathBuf> = fs::read_dir(self.folder.path().join("backup"))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        found.retain(|path| path.extension().is_some_and(|ending| ending == "db"));
        found.sort();
        found
    }

    /// All files of the folder, but for what every shop has.
    fn strays(&self) -> Vec<String> {
        let usual = [
            "shop.db",
            "shop.db-wal",
            "shop.db-shm",
            "shop.db.lock",
            "shop.db.head",
            "shop.db.turn",
            "backup",
        ];
        let mut names: Vec<String> = fs::read_dir(self.folder.path())
            .expect("the folder")
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !usual.contains(&name.as_str()))
            .collect();
        names.sort();
        names
    }
}

pub fn told(output: Output) -> (i32, String) {
    (
        output.status.code().unwrap_or(-1),
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        ),
    )
}

/// So many of the same at once; how each ended.
pub fn at_once(
    place: &Place,
    count: usize,
    words: impl Fn(usize) -> Vec<String>,
) -> Vec<(i32, String)> {
    let children: Vec<_> = (0..count)
        .map(|number| {
            let words = words(number);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            place
                .command(&words)
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program")
        })
        .collect();
    children
        .into_iter()
        .map(|child| told(child.wait_with_output().expect("its end")))
        .collect()
}

fn words(line: &str) -> Vec<String> {
    line.split('|').map(str::to_owned).collect()
}

/// A paper's seal is of events whose ids differ from run to run.
pub fn without_seal(text: &str) -> String {
    text.split_inclusive('\n')
        .map(|line| match line.find("seal ") {
            Some(place) if line.contains("check --seal") => {
                let words: Vec<&str> = line
                    .get(place..)
                    .unwrap_or_default()
                    .split(' ')
                    .take(3)
                    .collect();
                line.replace(&words.join(" "), "seal N")
            }
            _ => line.to_owned(),
        })
        .collect()
}

// What is lost is not forgotten ------------------------------------------------------------------

/// An older copy in the place of the file, then as many new events as are missing.
#[test]
fn an_alarm_of_missing_events_stays_until_somebody_says_why() {
    let place = Place::shop();
    let older = place.folder.path().join("older.db");
    fs::copy(place.file(), &older).expect("a copy");
    place.lines(&["customer|add|Cy Ng", "customer|add|Di Fox"]);
    let before = place.events();
    fs::copy(&older, place.file()).expect("put back");
    let note = fs::read_to_string(place.beside(".head")).expect("the note");
    let (_, said) = place.run(&["customer", "list"]);
    assert!(
        said.contains("2 events are missing: the file ended at 5, the note beside it at 7"),
        "told at open: {said}"
    );
    assert_eq!(before, 7);
    // Going on does not end it.
    place.lines(&[
        "customer|add|Eve Ray",
        "customer|add|Flo Dee",
        "customer|add|Gus Oh",
    ]);
    let later = fs::read_to_string(place.beside(".head")).expect("the note");
    assert!(
        later.starts_with(note.trim_end()),
        "the note is the witness, and nothing writes over it: {later}"
    );
    let alarm = "\"high-water mark\": \"2 events are missing: the file ended at 5, the note beside it at 7\"";
    assert_eq!(place.problems(), [alarm]);
    let (code, said) = place.run(&["check", "--accept", ""]);
    assert!(code == 1 && said.contains("needs a reason"), "{said}");
    let (code, said) = place.run(&["check", "--accept", "the laptop was lost"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(place.problems(), [""; 0]);
    let (_, history) = place.run(&["history"]);
    assert!(
        history.contains("missing events accepted: 7 known, 8 here"),
        "{history}"
    );
    let (code, said) = place.run(&["check", "--accept", "again"]);
    assert!(
        code == 1 && said.contains("No event is missing here"),
        "{said}"
    );
}

#[test]
fn the_seal_on_the_pick_list_tells_a_file_that_was_put_back_although_its_note_was_too() {
    let place = Place::shop();
    let older = place.folder.path().join("older.db");
    fs::copy(place.file(), &older).expect("a copy");
    fs::copy(
        place.beside(".head"),
        place.folder.path().join("older.head"),
    )
    .expect("a copy");
    place.lines(&[
        "reserve|--customer|Ann Lee|--from|fri 12:00|--to|sat 10:00|--line|Sony FX6|--confirm",
    ]);
    let (_, paper) = place.run(&["pick-list", "--text"]);
    let seal = paper
        .lines()
        .find_map(|line| line.split("seal ").nth(1))
        .map(|rest| {
            rest.split_whitespace()
                .take(2)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .unwrap_or_else(|| panic!("a seal on the paper: {paper}"));
    let (code, said) = place.run(&["check", "--seal", &seal]);
    assert_eq!(code, 0, "{said}");
    fs::copy(&older, place.file()).expect("put back");
    fs::copy(
        place.folder.path().join("older.head"),
        place.beside(".head"),
    )
    .expect("put back");
    place.lines(&[
        "customer|add|Cy Ng",
        "customer|add|Di Fox",
        "customer|add|Eve Ray",
    ]);
    assert_eq!(place.problems(), [""; 0], "the file alone cannot know");
    let (code, said) = place.run(&["check", "--seal", &seal]);
    assert!(
        code == 1 && said.contains("is not the one that was printed"),
        "{said}"
    );
    let (code, said) = place.run(&["check", "--seal", "banana"]);
    assert!(code == 2 && said.contains("is no seal"), "{said}");
}

// The way back -----------------------------------------------------------------------------------

#[test]
fn a_backup_takes_the_place_of_the_file_and_what_was_lost_since_is_said() {
    let place = Place::shop();
    place.lines(&["backup"]);
    let backup = place.backups().remove(0);
    assert!(
        fs::read_to_string(format!("{}.sha256", backup.display()))
            .expect("its sum")
            .ends_with(&format!(
                "  {}\n",
                backup.file_name().unwrap().to_string_lossy()
            ))
    );
    place.lines(&[
        "out|--customer|Ann Lee|--due|mon 10:00|CAM-0001",
        "pay|R-1001|50|--method|cash",
    ]);
    let (code, listed) = place.run(&["restore"]);
    assert!(code == 0 && listed.contains("asked for"), "{listed}");
    let (code, said) = place.run(&["restore", backup.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.contains("Lost since, from Fri 21 Nov 10:42 to Fri 21 Nov 10:42:")
            && said.contains("1 check-out")
            && said.contains("1 payment"),
        "{said}"
    );
    assert_eq!(
        place.problems(),
        [""; 0],
        "the note is renewed with the file"
    );
    assert_eq!(place.json(&["item", "show", "CAM-0001"])["state"], "IN");
    let (_, history) = place.run(&["history"]);
    assert!(history.contains("a backup was restored"), "{history}");
    // What was there is whole, under its own name.
    let aside = place
        .strays()
        .into_iter()
        .find(|name| {
            name.contains("before-restore")
                && !name.contains(".head")
                && !name.ends_with("-wal")
                && !name.ends_with("-shm")
        })
        .expect("the file that was there");
    let (_, shown) = place.run(&[
        "item",
        "show",
        "CAM-0001",
        "--db",
        place.folder.path().join(aside).to_str().unwrap(),
    ]);
    assert!(shown.contains("Ann Lee"), "{shown}");
}

/// The log of a killed process lies beside the file: under the restored one it would be poison.
#[test]
fn a_killed_shops_log_does_not_get_into_the_file_that_is_restored() {
    let place = Place::shop();
    place.lines(&["backup"]);
    let backup = place.backups().remove(0);
    let mut counter = place
        .command(&["--plain"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("the counter");
    place.lines(&["customer|add|Cy Ng", "customer|add|Di Fox"]);
    counter.kill().expect("killed");
    counter.wait().expect("its end");
    assert!(fs::metadata(place.beside("-wal")).is_ok_and(|about| about.len() > 0));
    let (code, said) = place.run(&["restore", backup.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("2 new customers"), "{said}");
    assert_eq!(place.problems(), [""; 0]);
    assert_eq!(
        place.json(&["customer", "list"]).as_array().unwrap().len(),
        2
    );
}

#[test]
fn a_file_that_is_open_elsewhere_is_not_replaced_and_the_window_is_named() {
    let place = Place::shop();
    place.lines(&["backup"]);
    let backup = place.backups().remove(0);
    let mut counter = place
        .command(&["--plain"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the counter");
    wait_for_line(&mut counter);
    let (code, said) = place.run(&["restore", backup.to_str().unwrap()]);
    assert!(
        code == 1 && said.contains("The shop is open elsewhere"),
        "{said}"
    );
    if cfg!(target_os = "linux") {
        assert!(
            said.contains(&format!("process {}", counter.id())),
            "{said}"
        );
    }
    drop(counter.stdin.take());
    counter.wait().expect("its end");
    let (code, said) = place.run(&["restore", backup.to_str().unwrap()]);
    assert_eq!(code, 0, "{said}");
}

/// Until the counter has said its first line.
fn wait_for_line(counter: &mut std::process::Child) {
    use std::io::BufRead;
    let out = counter.stdout.as_mut().expect("what it says");
    let mut line = String::new();
    std::io::BufReader::new(out)
        .read_line(&mut line)
        .expect("a line");
}

#[test]
fn what_cannot_take_the_place_of_the_file_is_refused_and_nothing_moves() {
    let place = Place::shop();
    place.lines(&["backup"]);
    let backup = place.backups().remove(0);
    let other = Place::shop();
    let name = |path: &Path| path.to_str().unwrap().to_owned();
    let garbage = place.folder.path().join("garbage.db");
    fs::write(&garbage, "<html>no shop</html>".repeat(400)).unwrap();
    let empty = place.folder.path().join("empty.db");
    fs::write(&empty, "").unwrap();
    let altered = place.folder.path().join("backup").join("altered.db");
    fs::copy(&backup, &altered).unwrap();
    fs::write(format!("{}.sha256", name(&altered)), "00  altered.db\n").unwrap();
    for (file, why) in [
        (
            name(&place.folder.path().join("nowhere.db")),
            "There is no shop at",
        ),
        (name(place.folder.path()), "is a folder"),
        (name(&place.file()), "is the shop's own file"),
        (name(&garbage), "is not"),
        (name(&empty), "is not"),
        (name(&altered), "its SHA-256 is another one"),
        (name(&other.file()), "is of another shop"),
    ] {
        let (code, said) = place.run(&["restore", &file]);
        assert!(code != 0 && said.contains(why), "{file}: {code} {said}");
        assert_eq!(place.problems(), [""; 0], "{file}");
        assert!(
            !place
                .strays()
                .iter()
                .any(|name| name.contains("before-restore"))
        );
    }
}

// Nobody deletes what another makes --------------------------------------------------------------

#[test]
fn backups_of_one_moment_are_all_whole() {
    let place = Place::shop();
    for (code, said) in at_once(&place, 8, |_| words("backup")) {
        assert_eq!(code, 0, "{said}");
        let path = said
            .lines()
            .find_map(|line| line.strip_prefix("Copied: "))
            .expect("its name");
        let (code, checked) = place.run(&["check", "--db", path]);
        assert_eq!(code, 0, "{path}: {checked}");
    }
    assert_eq!(place.strays(), [""; 0]);
}

#[test]
fn of_six_who_make_a_shop_one_does_and_nobody_takes_it_away() {
    for _ in 0..3 {
        let place = Place::empty();
        let ended = at_once(&place, 6, |number| {
            words(&format!(
                "init|--name|Shop {number}|--timezone|Europe/Berlin|--preset|film"
            ))
        });
        let made: Vec<_> = ended.iter().filter(|(code, _)| *code == 0).collect();
        assert_eq!(made.len(), 1, "{ended:?}");
        for (code, said) in ended.iter().filter(|(code, _)| *code != 0) {
            assert!(
                *code == 1 && said.contains("There is a file already"),
                "{code} {said}"
            );
        }
        let (_, settings) = place.run(&["settings"]);
        let winner = made[0].1.split(" is open").next().expect("its name");
        assert!(settings.contains(winner), "{winner}: {settings}");
        assert_eq!(
            place.json(&["category", "list"]).as_array().unwrap().len(),
            8
        );
        assert_eq!(place.problems(), [""; 0]);
        assert_eq!(place.strays(), [""; 0]);
    }
}

#[test]
fn a_shop_that_is_killed_while_it_is_made_is_none() {
    for nap in [1, 2, 4, 8, 12, 16, 24] {
        let place = Place::empty();
        let mut child = place
            .command(
                &words("init|--name|North Light|--preset|film")
                    .iter()
                    .map(String::as_str)
                    .collect::<Vec<_>>(),
            )
            .stdout(Stdio::null())
            .spawn()
            .expect("the program");
        std::thread::sleep(std::time::Duration::from_millis(nap));
        let _ = child.kill();
        let _ = child.wait();
        if place.file().exists() {
            assert_eq!(
                place.json(&["category", "list"]).as_array().unwrap().len(),
                8
            );
            assert_eq!(place.problems(), [""; 0]);
        } else {
            place.lines(&["init|--name|North Light|--preset|film"]);
        }
    }
}

// What was taken away under an open window -------------------------------------------------------

#[test]
fn a_log_that_is_deleted_beside_an_open_window_stops_it_and_loses_nothing() {
    for gone in ["-wal", "-shm", ""] {
        let place = Place::shop();
        let mut counter = place
            .command(&["--plain"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the counter");
        use std::io::{BufRead, Write};
        let mut says = counter.stdin.take().expect("its ear");
        let mut hears = std::io::BufReader::new(counter.stdout.take().expect("its mouth"));
        let mut until = |wanted: &str| {
            let mut all = String::new();
            loop {
                let mut line = String::new();
                let read = hears.read_line(&mut line).expect("a line");
                all.push_str(&line);
                assert!(read > 0, "{wanted} was never said: {all}");
                if line.contains(wanted) {
                    return all;
                }
            }
        };
        writeln!(says, "CAM-0001").unwrap();
        until("IN HAND");
        writeln!(says, "C-0001").unwrap();
        until("takes 1 item");
        writeln!(says).unwrap();
        until("Enter");
        writeln!(says).unwrap();
        until("OUT");
        fs::remove_file(place.beside(gone)).expect("deleted");
        writeln!(says, "CAM-0002").unwrap();
        writeln!(says, "C-0002").unwrap();
        writeln!(says).unwrap();
        writeln!(says).unwrap();
        let told = until("was moved, replaced or deleted while it was open");
        assert!(
            told.contains("all that this window knew of is in"),
            "{gone}: {told}"
        );
        drop(says);
        let _ = counter.wait();
        let rescued = place
            .backups()
            .into_iter()
            .find(|path| path.to_string_lossy().contains(".rescued"))
            .expect("a copy of what the window knew");
        let (code, said) = place.run(&["restore", rescued.to_str().unwrap()]);
        assert_eq!(code, 0, "{gone}: {said}");
        assert_eq!(
            place.json(&["item", "show", "CAM-0001"])["state"],
            "OUT",
            "{gone}: what was told as saved is there"
        );
        assert_eq!(place.problems(), [""; 0], "{gone}");
    }
}

// Planted links and folders ------------------------------------------------------------------------

#[cfg(unix)]
#[test]
fn no_planted_link_is_followed() {
    use std::os::unix::fs::symlink;
    let place = Place::shop();
    let victim = place.folder.path().join("victim");
    for ending in [".head.new", ".head", ".lock", ".turn", ".sender"] {
        fs::write(&victim, "precious").unwrap();
        let _ = fs::remove_file(place.beside(ending));
        symlink(&victim, place.beside(ending)).unwrap();
        place.lines(&["customer|add|Cy Ng", "backup"]);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "precious", "{ending}");
        let _ = fs::remove_file(place.beside(ending));
    }
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_may_write_to_is_warned_of() {
    use std::os::unix::fs::PermissionsExt;
    let place = Place::shop();
    let (_, said) = place.run(&["check"]);
    assert!(!said.contains("Others may write"), "{said}");
    fs::set_permissions(place.folder.path(), fs::Permissions::from_mode(0o1777)).unwrap();
    let (_, said) = place.run(&["check"]);
    assert!(said.contains("Others may write into"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_folder_whose_name_is_no_text_has_backups_too() {
    use std::os::unix::ffi::OsStrExt;
    let place = Place::empty();
    let odd = place
        .folder
        .path()
        .join(std::ffi::OsStr::from_bytes(b"sh\xffop"));
    fs::create_dir(&odd).unwrap();
    let file = odd.join("shop.db");
    let run = |words: &[&str]| {
        let mut command = place.command(words);
        told(
            command
                .env("RENTDESK_DB", &file)
                .output()
                .expect("the program"),
        )
    };
    for words in [
        &["init", "--name", "Odd"][..],
        &["staff", "add", "Ann Lee"],
        &["backup"],
        &["check"],
    ] {
        let (code, said) = run(words);
        assert_eq!(code, 0, "{words:?}: {said}");
    }
    let copies = fs::read_dir(odd.join("backup")).unwrap().count();
    assert_eq!(copies, 2, "the copy and its sum");
}

// What backup says ---------------------------------------------------------------------------------

#[test]
fn a_backup_of_a_file_that_check_refuses_says_so() {
    let place = Place::shop();
    place.lines(&["out|--customer|Ann Lee|--due|mon 10:00|CAM-0001"]);
    edit(&place.file(), "UPDATE rental SET due_at = due_at + 86400");
    let (code, said) = place.run(&["backup"]);
    assert!(
        code == 1 && said.contains("Copied as it is:") && said.contains("CAM-0001"),
        "{code} {said}"
    );
}

/// As somebody does who has dropped the guards first, and put them back; how many rows changed.
pub fn try_edit(file: &Path, sql: &str) -> rusqlite::Result<usize> {
    let raw = Connection::open(file)?;
    let guards: Vec<(String, String)> = raw
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON")?;
    for (name, _) in &guards {
        raw.execute_batch(&format!("DROP TRIGGER {name}"))?;
    }
    let changed = raw.execute(sql, [])?;
    for (_, sql) in &guards {
        raw.execute_batch(sql)?;
    }
    Ok(changed)
}

fn edit(file: &Path, sql: &str) -> usize {
    try_edit(file, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
}

#[test]
fn every_row_that_is_changed_by_hand_is_found_and_named() {
    let place = Place::shop();
    place.lines(&[
        "type|add|V-lock 150|--category|Power|--bulk|--quantity|20|--tag|BAT-V150",
        "tax|set|standard|19",
        "out|--customer|Ann Lee|--due|mon 10:00|CAM-0001|4*BAT-V150",
        "reserve|--customer|Bob Orr|--from|sat 10:00|--to|sun 10:00|--line|Sony FX6|--confirm",
        "pay|R-1001|50|--method|cash",
        "deposit|take|R-1001|200|--method|card",
        "charge|R-1001|--extra|25|--note|cleaning",
        "in|CAM-0001",
        "item|condition|CAM-0002|unusable|--note|fan",
        "settings|set|late_fee|50%",
    ]);
    assert_eq!(place.problems(), [""; 0]);
    let whole = place.folder.path().join("whole.db");
    fs::copy(place.file(), &whole).unwrap();
    for (sql, named) in [
        (
            "UPDATE rental SET state = 'OUT', in_at = NULL WHERE item_id IS NOT NULL",
            "CAM-0001",
        ),
        (
            "UPDATE rental SET state = 'RETURNED', in_at = out_at WHERE item_id IS NULL",
            "V-lock 150",
        ),
        (
            "UPDATE rental SET customer_id = 2 WHERE item_id IS NOT NULL",
            "R-1001",
        ),
        (
            "UPDATE rental SET due_at = due_at + 3600 WHERE item_id IS NULL",
            "Ann Lee",
        ),
        (
            "UPDATE rental SET quantity = 3 WHERE item_id IS NULL",
            "Ann Lee",
        ),
        (
            "UPDATE reservation SET start_at = start_at + 3600 WHERE number = 1002",
            "R-1002",
        ),
        (
            "UPDATE reservation SET customer_id = 1 WHERE number = 1002",
            "R-1002",
        ),
        (
            "UPDATE reservation SET state = 'CANCELLED' WHERE number = 1002",
            "R-1002",
        ),
        (
            "UPDATE reservation_line SET quantity = 2 WHERE reservation_id = 2",
            "R-1002",
        ),
        (
            "UPDATE item SET asset_tag = 'CAM-0009' WHERE asset_tag = 'CAM-0002'",
            "CAM-0009",
        ),
        (
            "UPDATE item SET condition = 'GOOD' WHERE asset_tag = 'CAM-0002'",
            "CAM-0002",
        ),
        (
            "UPDATE item SET location = 'shelf Z'  WHERE asset_tag = 'CAM-0001'",
            "CAM-0001",
        ),
        ("UPDATE bulk_stock SET quantity = 19", "V-lock 150"),
        ("UPDATE payment SET method = 'CARD'", "Ann Lee"),
        ("UPDATE payment SET amount = amount - 1", "Ann Lee"),
        ("UPDATE deposit SET reservation_id = 2", "R-1002"),
        ("UPDATE charge SET amount = 1 WHERE amount = 2500", "R-1001"),
        ("UPDATE rate SET daily = 1", "Sony FX6"),
        (
            "UPDATE setting SET value = '5%' WHERE name = 'late_fee'",
            "late_fee",
        ),
        (
            "UPDATE customer SET name = 'Ann Leigh' WHERE id = 1",
            "C-0001",
        ),
        ("UPDATE customer SET phone = '1' WHERE id = 2", "C-0002"),
        (
            "UPDATE equipment_type SET turnaround_minutes = 5 WHERE name = 'Sony FX6'",
            "Sony FX6",
        ),
        ("UPDATE tax_rate SET percent = 100", "standard"),
        ("UPDATE condition_report SET note = 'nothing'", "CAM-0002"),
        (
            "UPDATE undo_step SET at = at + 1 WHERE id = 1",
            "undo step 1",
        ),
        (
            "UPDATE command_log SET result = '1' WHERE command_id = (SELECT min(command_id) FROM command_log)",
            "command log",
        ),
        (
            "UPDATE sequence SET last = 7 WHERE kind = 'customer'",
            "customer",
        ),
        ("DELETE FROM payment", "payment 1"),
        ("DELETE FROM rental WHERE item_id IS NOT NULL", "rental 1"),
        ("DELETE FROM rate", "rate 1"),
        (
            "INSERT INTO staff_member(id, name, name_key, active, created_at) VALUES (99, 'Nobody', 'nobody', 1, 1763718120)",
            "staff member 99",
        ),
    ] {
        fs::copy(&whole, place.file()).unwrap();
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(place.beside(ending));
        }
        assert!(edit(&place.file(), sql) > 0, "{sql}");
        let problems = place.problems();
        assert!(
            problems.iter().any(|problem| problem.contains(named)),
            "{sql}: {problems:#?}"
        );
    }
}

#[test]
fn a_byte_that_is_no_text_is_read_as_it_can_be_and_the_counter_goes_on() {
    use std::io::Write;
    let place = Place::shop();
    let mut counter = place
        .command(&["--plain"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the counter");
    let mut says = counter.stdin.take().expect("its ear");
    says.write_all(b"caf\xe9\n\nCAM-0001\n").expect("lines");
    drop(says);
    let (code, said) = told(counter.wait_with_output().expect("its end"));
    assert!(code == 0 && said.contains("IN HAND"), "{code} {said}");
}
