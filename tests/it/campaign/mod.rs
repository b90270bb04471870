//! Everything that may happen to a shop's file, under one roof: kills, power cuts, failing calls,
//! full disks, races, deleted logs, bit flips, rows changed by hand.
//!
//! `cargo test --test it campaign` runs a short form; `RENTDESK_CAMPAIGN=long` the whole of it,
//! `RENTDESK_CAMPAIGN=500` five hundred of each at the most. It prints one table: what, how many,
//! lost, wrong, found.

mod damage;
mod power;
mod scene;
mod shim;

use crate::properties::Dice;
use scene::{ACTS, Stage, Winners};
use shim::Meddling;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many of each in the short form and in the long one.
struct Count {
    short: usize,
    long: usize,
}

const CALL_KILLS: Count = Count {
    short: 60,
    long: 10_000,
};
const CUTS: Count = Count {
    short: 40,
    long: 5_000,
};
const FAILURES: Count = Count {
    short: 48,
    long: 2_000,
};
const SYNC_FAILURES: Count = Count {
    short: 12,
    long: 400,
};
const FULL: Count = Count { short: 3, long: 60 };
const RACES: Count = Count {
    short: 12,
    long: 2_000,
};
const LOGS: Count = Count {
    short: 3,
    long: 100,
};
const FLIPS: Count = Count {
    short: 60,
    long: 5_000,
};
const EDITS: Count = Count {
    short: 40,
    long: 500,
};

impl Count {
    fn now(&self) -> usize {
        match std::env::var("RENTDESK_CAMPAIGN") {
            Ok(word) if word == "long" => self.long,
            Ok(number) => number.parse().unwrap_or(self.short).min(self.long),
            Err(_) => self.short,
        }
    }
}

/// What came of a part of the campaign.
#[derive(Default)]
struct Tally {
    tried: usize,
    /// Told as saved, and not there.
    lost: Vec<String>,
    /// Half an act, something said that is not so, a file that `check` refuses.
    wrong: Vec<String>,
    /// Of damage: what was found. Of the rest, nothing is to be found.
    found: usize,
    /// Of damage: what changes nothing that a row or an index says.
    harmless: usize,
}

impl Tally {
    fn row(&self, what: &str) -> String {
        format!(
            "{what:<34} {:>7} {:>6} {:>6} {:>7} {:>9}\n",
            self.tried,
            self.lost.len(),
            self.wrong.len(),
            self.found,
            self.harmless
        )
    }

    fn told(&self) -> impl Iterator<Item = &String> {
        self.lost.iter().chain(&self.wrong).take(5)
    }
}

fn dice(salt: u64) -> Dice {
    Dice(0x5EED_0011 ^ salt)
}

/// Rows of the table.
type Part = Vec<(&'static str, Tally)>;

fn not_run() -> Part {
    vec![("NOT RUN: no C compiler, or no Linux", Tally::default())]
}

const PARTS: &[fn() -> Part] = &[
    an_act_that_is_killed_at_any_call_is_there_or_not,
    a_call_that_fails_loses_nothing_and_nothing_wrong_is_said_of_it,
    a_power_cut_keeps_what_was_told_as_saved,
    of_eight_at_once_as_many_succeed_as_may_and_the_file_is_whole,
    on_a_full_disk_reading_goes_on_and_the_cause_is_said,
    a_log_that_is_deleted_after_a_kill_is_missed,
    a_bit_that_flips_in_what_a_row_or_an_index_says_is_found,
    a_row_that_is_changed_by_hand_is_found,
];

#[test]
fn nothing_that_may_happen_to_the_file_loses_what_was_saved_or_goes_unnoticed() {
    let next = AtomicUsize::new(0);
    let rows: Mutex<Vec<(usize, Part)>> = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((place, part)) = PARTS
                    .iter()
                    .enumerate()
                    .nth(next.fetch_add(1, Ordering::Relaxed))
                {
                    let done = part();
                    rows.lock()
                        .expect("nobody panics in it")
                        .push((place, done));
                }
            });
        }
    });
    let mut rows = rows.into_inner().expect("nobody panics in it");
    rows.sort_by_key(|(place, _)| *place);
    let rows: Part = rows.into_iter().flat_map(|(_, part)| part).collect();
    let mut table = format!(
        "\n{:<34} {:>7} {:>6} {:>6} {:>7} {:>9}\n",
        "WHAT", "TRIED", "LOST", "WRONG", "FOUND", "HARMLESS"
    );
    for (what, tally) in &rows {
        table.push_str(&tally.row(what));
    }
    // Past the harness, which keeps what a test prints to itself.
    let _ = std::io::stderr().write_all(table.as_bytes());
    let told: Vec<String> = rows
        .iter()
        .flat_map(|(what, tally)| tally.told().map(move |told| format!("{what}: {told}")))
        .collect();
    assert!(told.is_empty(), "{told:#?}");
}

/// What an act comes to when nothing meddles with it, and how many calls it makes.
struct Whole {
    before: Option<Vec<String>>,
    after: Option<Vec<String>>,
    calls: u64,
}

impl Whole {
    fn of(stage: &Stage, act: &scene::Act) -> Whole {
        let before = stage.set(act).says();
        let whole = stage.set(act);
        let count = whole.folder.path().with_extension("calls");
        let (code, said) = whole.run(Some(Meddling::Count));
        assert_eq!(code, 0, "{}: {said}", act.name);
        let calls = std::fs::read_to_string(&count)
            .expect("a count")
            .trim()
            .parse()
            .expect("a number");
        let _ = std::fs::remove_file(count);
        Whole {
            before,
            after: whole.says(),
            calls,
        }
    }

    /// What is wrong with a file after an act that was meddled with.
    fn judge(&self, tally: &mut Tally, about: &str, done: &scene::Try, code: i32, said: &str) {
        tally.tried += 1;
        let is = done.says();
        let (is_before, is_after) = (is == self.before, is == self.after);
        if code == 0 && !is_after {
            tally
                .lost
                .push(format!("{about}: told as done, and is not: {said}"));
        } else if !is_before && !is_after {
            tally.wrong.push(format!("{about}: half of it: {is:?}"));
        } else if code > 0 && said.contains("Not saved") && !is_before {
            tally
                .wrong
                .push(format!("{about}: told as not saved, and is: {said}"));
        } else if code > 0 && said.contains("Saved, but") && !is_after {
            tally
                .wrong
                .push(format!("{about}: told as saved, and is not: {said}"));
        } else if said.contains("panicked") {
            tally.wrong.push(format!("{about}: {said}"));
        }
        let problems = done.problems();
        if !problems.is_empty() {
            tally.wrong.push(format!("{about}: {problems:?}: {said}"));
        }
    }
}

fn an_act_that_is_killed_at_any_call_is_there_or_not() -> Part {
    if shim::built().is_none() {
        return not_run();
    }
    let stage = Stage::new();
    let mut tally = Tally::default();
    let mut dice = dice(1);
    let each = CALL_KILLS.now().div_ceil(ACTS.len());
    for act in ACTS {
        let whole = Whole::of(&stage, act);
        for _ in 0..each {
            let call = 1 + dice.below(whole.calls as usize) as u64;
            let one = stage.set(act);
            let (code, said) = one.run(Some(Meddling::KillAt(call)));
            whole.judge(
                &mut tally,
                &format!("{} killed at call {call}", act.name),
                &one,
                code,
                &said,
            );
        }
    }
    vec![("killed at the Nth system call", tally)]
}

fn a_call_that_fails_loses_nothing_and_nothing_wrong_is_said_of_it() -> Part {
    if shim::built().is_none() {
        return not_run();
    }
    const EIO: i32 = 5;
    const ENOSPC: i32 = 28;
    let stage = Stage::new();
    let (mut tally, mut syncs) = (Tally::default(), Tally::default());
    let mut dice = dice(2);
    let each = FAILURES.now().div_ceil(ACTS.len());
    for act in ACTS {
        let whole = Whole::of(&stage, act);
        for _ in 0..each {
            let call = 1 + dice.below(whole.calls as usize) as u64;
            let errno = if dice.one_in(2) { EIO } else { ENOSPC };
            let more = if dice.one_in(2) { 0 } else { 100_000 };
            let one = stage.set(act);
            let (code, said) = one.run(Some(Meddling::FailAt { call, more, errno }));
            let about = format!(
                "{}: call {call} and {more} more fail with {errno}",
                act.name
            );
            whole.judge(&mut tally, &about, &one, code, &said);
        }
        for _ in 0..SYNC_FAILURES.now().div_ceil(ACTS.len()) {
            let call = 1 + dice.below(6) as u64;
            let one = stage.set(act);
            let (code, said) = one.run(Some(Meddling::FailSyncAt(call)));
            let about = format!("{}: sync {call} fails", act.name);
            whole.judge(&mut syncs, &about, &one, code, &said);
        }
    }
    vec![
        ("a call fails (EIO, ENOSPC)", tally),
        ("a sync fails", syncs),
    ]
}

fn a_power_cut_keeps_what_was_told_as_saved() -> Part {
    if shim::built().is_none() {
        return not_run();
    }
    let stage = Stage::new();
    let mut tally = Tally::default();
    let mut dice = dice(3);
    // A morning, recorded call by call; each line it prints is a promise.
    let morning = stage.set(&ACTS[0]);
    let log = morning.folder.path().with_extension("log");
    let mut files = BTreeMap::new();
    for ending in ["", ".head"] {
        let path = morning.folder.path().join(format!("shop.db{ending}"));
        files.insert(
            path.canonicalize()
                .expect("a path")
                .to_string_lossy()
                .into_owned(),
            std::fs::read(&path).expect("the file"),
        );
    }
    let lines = [
        "out|--customer|Ann Lee|--due|mon 10:00|CAM-0001",
        "in|CAM-0003",
        "pay|R-1001|20|--method|cash",
        "reserve|--customer|Ann Lee|--from|sat 10:00|--to|sun 10:00|--line|Sony FX6|--confirm",
        "out|--customer|Bob Orr|--due|mon 10:00|CAM-0002",
        "undo",
        "in|CAM-0001",
        "deposit|take|R-1001|100|--method|card",
        "item|condition|CAM-0001|unusable|--note|fan",
    ];
    // A window that stays open keeps the log beside the file, as at a counter.
    let mut window = std::process::Command::new(env!("CARGO_BIN_EXE_rentdesk"))
        .arg("--plain")
        .env("RENTDESK_DB", morning.file())
        .env("RENTDESK_NOW", scene::NOW)
        .env("LD_PRELOAD", shim::built().expect("the shim"))
        .env("RENTDESK_SHIM_DIR", morning.folder.path())
        .env("RENTDESK_SHIM_LOG", &log)
        .env("RENTDESK_SHIM_SILENT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("a window");
    let mut events = Vec::new();
    let mut said = 0;
    for (number, line) in lines.iter().enumerate() {
        if number == 5 {
            drop(window.stdin.take());
            window.wait().expect("its end"); // from here on each command moves the log into the file
        }
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_rentdesk"));
        command
            .args(line.split('|'))
            .env("RENTDESK_DB", morning.file())
            .env("RENTDESK_NOW", scene::NOW)
            .env("LD_PRELOAD", shim::built().expect("the shim"))
            .env("RENTDESK_SHIM_DIR", morning.folder.path())
            .env("RENTDESK_SHIM_LOG", &log);
        let output = command.output().expect("the program");
        assert!(
            output.status.success(),
            "{line}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let file = rusqlite::Connection::open(morning.file()).expect("the file");
        let newest: i64 = file
            .query_row("SELECT max(seq) FROM outbox", [], |row| row.get(0))
            .expect("a number");
        drop(file);
        said += 1;
        events.push((said, newest));
    }
    window.wait().expect("its end");
    let calls = power::read(&log);
    let _ = std::fs::remove_file(&log);
    for _ in 0..CUTS.now() {
        tally.tried += 1;
        let count = 1 + dice.below(calls.len());
        let (after, promised) = power::cut(&files, &calls[..count], &mut dice);
        let folder = crate::properties::folder();
        for (path, bytes) in &after {
            let name = std::path::Path::new(path).file_name().expect("a name");
            if !name.to_string_lossy().ends_with("-shm") {
                std::fs::write(folder.path().join(name), bytes).expect("a file");
            }
        }
        let one = scene::Try {
            folder,
            words: Vec::new(),
        };
        let promised_lines = promised
            .iter()
            .filter(|line| !line.trim().is_empty())
            .count();
        let wanted = events
            .iter()
            .filter(|(line, _)| *line <= promised_lines)
            .map(|(_, newest)| *newest)
            .max()
            .unwrap_or(0);
        // What subscribers tell is told again when it is missing: only what the command itself
        // told counts, which comes before it.
        let is = one.says().map_or(0, |says| says.len() as i64);
        if is < wanted {
            tally
                .lost
                .push(format!("cut after call {count}: {is} of {wanted} events"));
        }
        let problems = one.problems();
        if !problems.is_empty() {
            tally
                .wrong
                .push(format!("cut after call {count}: {problems:?}"));
        }
    }
    vec![("power cut", tally)]
}

fn of_eight_at_once_as_many_succeed_as_may_and_the_file_is_whole() -> Part {
    let stage = Stage::new();
    let mut tally = Tally::default();
    let each = RACES.now().div_ceil(ACTS.len());
    for act in ACTS {
        for _ in 0..each {
            tally.tried += 1;
            let one = stage.set(act);
            let children: Vec<_> = (0..8)
                .map(|_| {
                    one.command()
                        .stdout(Stdio::piped())
                        .stderr(Stdio::piped())
                        .spawn()
                        .expect("the program")
                })
                .collect();
            let ended: Vec<(i32, String)> = children
                .into_iter()
                .map(|child| crate::file_truth::told(child.wait_with_output().expect("its end")))
                .collect();
            let won = ended.iter().filter(|(code, _)| *code == 0).count();
            let fits = match act.winners {
                Winners::One => won == 1,
                Winners::Some => won >= 1,
                Winners::All => won == 8,
            };
            let fault = ended.iter().find(|(code, _)| !(0..=3).contains(code));
            if !fits || fault.is_some() {
                tally
                    .wrong
                    .push(format!("{}: {won} won: {ended:?}", act.name));
            }
            let problems = one.problems();
            if !problems.is_empty() {
                tally.wrong.push(format!("{}: {problems:?}", act.name));
            }
        }
    }
    vec![("eight at once", tally)]
}

/// A file system that is full: mounted where this account may, else the disk is full by the shim.
fn on_a_full_disk_reading_goes_on_and_the_cause_is_said() -> Part {
    let stage = Stage::new();
    let mut tally = Tally::default();
    let mut is_mounted = false;
    for _ in 0..FULL.now() {
        let mounted = damage::SmallDisk::mount();
        is_mounted = mounted.is_some();
        damage::full_disk(&stage, mounted.as_ref(), &mut tally);
    }
    let what = if is_mounted {
        "full disk (a file system of 4 MB)"
    } else {
        "full disk (ENOSPC by the shim)"
    };
    vec![(what, tally)]
}

fn a_log_that_is_deleted_after_a_kill_is_missed() -> Part {
    let stage = Stage::new();
    let mut tally = Tally::default();
    for _ in 0..LOGS.now() {
        damage::deleted_log(&stage, &mut tally);
    }
    vec![("deleted -wal and -shm", tally)]
}

fn a_bit_that_flips_in_what_a_row_or_an_index_says_is_found() -> Part {
    let mut tally = Tally::default();
    damage::flips(&Stage::new(), FLIPS.now(), &mut dice(5), &mut tally);
    vec![("bit flips", tally)]
}

fn a_row_that_is_changed_by_hand_is_found() -> Part {
    let mut tally = Tally::default();
    damage::edits(&Stage::new(), EDITS.now(), &mut dice(6), &mut tally);
    vec![("rows changed by hand", tally)]
}
