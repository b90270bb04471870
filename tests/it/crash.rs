//! The real program, killed at any moment (SIGKILL, no clean-up of any kind), and two of them at
//! once.
//!
//! The counter runs as a line program. Every verdict it printed is a promise: after the kill the
//! file must hold all of them, and at most the one act more that was saved and not yet told.
//! `RENTDESK_KILLS=N` makes the campaign longer, `RENTDESK_KILL_SEED=N` picks its dice.

use crate::properties::{Dice, folder, seed_and_length};
use rentdesk::booking;
use rentdesk::catalog::{self, CatalogRefusal, NewType, Tracking};
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::desk;
use rentdesk::history;
use rentdesk::inventory::{self, Condition, NewItem};
use rentdesk::kernel::{AssetTag, Clock, Failure, ItemId, Moment, Text, TypeId};
use rentdesk::shop::Shop;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const ITEMS: i64 = 24;
const CUSTOMERS: usize = 5;
const COUNTED: i64 = 30;
const COUNTED_TAG: &str = "BAT-V150";
/// A file is used so often, then a new one is made, so that proving it stays quick.
const KILLS_PER_FILE: usize = 40;

fn now() -> Moment {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock");
    Moment(since.as_secs() as i64)
}

fn tag(item: i64) -> String {
    format!("CAM-{item:04}")
}

fn name(customer: usize) -> String {
    [
        "Maya Chen",
        "Sam Okoro",
        "Ana Ruiz",
        "Kite Studio",
        "Ben Adler",
    ][customer]
        .to_owned()
}

fn make(path: &Path) {
    let mut shop = Shop::create(path, &[("timezone", "UTC")], Clock::Running(now)).expect("a shop");
    let made: Result<(), _> = shop.write(|db| {
        let category = catalog::add_category(db, &Text::new("Camera"), None, Some("CAM"))?;
        let body = catalog::add_type(
            db,
            &NewType::named(category, Text::new("Sony FX6 body"), Tracking::Items),
        )?;
        let battery = catalog::add_type(
            db,
            &NewType::named(category, Text::new("V-lock 150"), Tracking::Bulk),
        )?;
        let fault = |why: &dyn std::fmt::Debug| {
            Failure::<CatalogRefusal>::Fault(anyhow::anyhow!("{why:?}"))
        };
        for _ in 0..ITEMS {
            inventory::add_item(db, &NewItem::good(body, None))
                .map_err(|failure| fault(&failure))?;
        }
        inventory::add_bulk(
            db,
            battery,
            COUNTED,
            AssetTag::parse(COUNTED_TAG).as_ref(),
            None,
        )
        .map_err(|failure| fault(&failure))?;
        for customer in 0..CUSTOMERS {
            let profile = Profile {
                name: Text::new(&name(customer)),
                ..Profile::default()
            };
            customers::register(
                db,
                &profile,
                ContactRules {
                    email_required: false,
                    phone_required: false,
                },
            )
            .map_err(|failure| fault(&failure))?;
        }
        Ok::<(), Failure<CatalogRefusal>>(())
    });
    made.expect("stock and customers");
    shop.close();
}

// What the file must say ------------------------------------------------------------------------

/// What the clerk believes, from the verdicts alone.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Believed {
    /// Items that are out, and the customer who has them.
    out: BTreeMap<i64, usize>,
    /// Counted stock that is out: to whom, how many.
    counted: Option<(usize, i64)>,
    unusable: BTreeSet<i64>,
    /// What is in hand and not handed over: tags and counts.
    in_hand: Vec<(String, i64)>,
    /// Whom it is for, if that was said.
    whom: Option<usize>,
}

/// One line typed, what its verdict must begin with, and what is true once that was printed.
struct Line {
    typed: String,
    says: String,
    then: Believed,
}

struct Script {
    lines: Vec<Line>,
    now: Believed,
}

impl Script {
    fn line(&mut self, typed: &str, says: impl Into<String>, change: impl FnOnce(&mut Believed)) {
        change(&mut self.now);
        self.lines.push(Line {
            typed: typed.to_owned(),
            says: says.into(),
            then: self.now.clone(),
        });
    }

    /// A few hand-overs and returns, as they could happen from here.
    fn random(dice: &mut Dice, from: &Believed) -> Script {
        let mut script = Script {
            lines: Vec::new(),
            now: Believed {
                in_hand: Vec::new(),
                whom: None,
                ..from.clone()
            },
        };
        for _ in 0..3 + dice.below(5) {
            let (out, free) = (script.now.out.len(), script.free().len());
            if out < 4 || (free > 6 && dice.one_in(2)) {
                script.hand_over(dice)
            } else {
                script.take_back(dice)
            }
        }
        script
    }

    fn free(&self) -> Vec<i64> {
        (1..=ITEMS)
            .filter(|item| !self.now.out.contains_key(item) && !self.now.unusable.contains(item))
            .collect()
    }

    fn hand_over(&mut self, dice: &mut Dice) {
        let free = self.free();
        let first = dice.below(free.len());
        let chosen: Vec<i64> = free
            .iter()
            .cycle()
            .skip(first)
            .take(1 + dice.below(3))
            .copied()
            .collect();
        for item in &chosen {
            self.line(&tag(*item), format!("OK IN HAND   {}", tag(*item)), |now| {
                now.in_hand.push((tag(*item), 1))
            });
        }
        let mut things = chosen.len();
        let mut count = 0;
        if self.now.counted.is_none() && dice.one_in(2) {
            let pieces = 1 + dice.below(9);
            things += pieces;
            count = pieces as i64;
            self.line(
                &format!("{count}*{COUNTED_TAG}"),
                format!("OK IN HAND   {count} x {COUNTED_TAG}"),
                |now| now.in_hand.push((COUNTED_TAG.to_owned(), count)),
            );
        }
        let customer = dice.below(CUSTOMERS);
        let items = if things == 1 { "item" } else { "items" };
        self.line(
            &format!("C-{:04}", customer + 1),
            format!("OK {} takes {things} {items}", name(customer)),
            |now| now.whom = Some(customer),
        );
        self.line("", "?? hand over?", |_| {});
        self.line(
            "",
            format!("OK OUT {things} {items} to {}", name(customer)),
            |now| {
                now.out.extend(chosen.iter().map(|item| (*item, customer)));
                if count > 0 {
                    now.counted = Some((customer, count));
                }
                (now.in_hand, now.whom) = (Vec::new(), None);
            },
        );
    }

    fn take_back(&mut self, dice: &mut Dice) {
        // On the Desk a scan of what is out brings it back; what is counted comes back on its own
        // screen only.
        let on_its_screen = dice.one_in(2);
        if on_its_screen {
            self.line(":in", "ready", |_| {});
        }
        let mut broken = false;
        for _ in 0..1 + dice.below(4) {
            let out: Vec<i64> = self.now.out.keys().copied().collect();
            if let Some((customer, left)) =
                self.now.counted.filter(|_| on_its_screen && dice.one_in(3))
            {
                let count = 1 + dice.below(left as usize) as i64;
                self.line(
                    &format!("{count}*{COUNTED_TAG}"),
                    format!("OK BACK   {count} x {COUNTED_TAG}"),
                    |now| {
                        now.counted = (left > count).then_some((customer, left - count));
                    },
                );
            } else {
                let item = out[dice.below(out.len())];
                self.line(&tag(item), format!("OK BACK   {}", tag(item)), |now| {
                    now.out.retain(|out, _| *out != item)
                });
                if dice.one_in(3) {
                    self.line("!", "ready", |_| {});
                    self.line("3", "ready", |_| {});
                    self.line(
                        "front element scratched",
                        format!("OK {} UNUSABLE", tag(item)),
                        |now| now.unusable.extend([item]),
                    );
                    if !dice.one_in(4) || self.now.unusable.len() > 6 {
                        self.line("!", "ready", |_| {});
                        self.line("1", "ready", |_| {});
                        self.line("", format!("OK {} good again", tag(item)), |now| {
                            now.unusable.retain(|unusable| *unusable != item)
                        });
                    } else {
                        broken = true; // damage is left to be settled, which the end says
                    }
                }
            }
        }
        self.line("", if broken { "!! " } else { "OK " }, |_| {});
    }
}

fn unfinished(shop: &Shop) -> Vec<desk::InHand> {
    desk::unfinished(shop.read()).expect("drafts")
}

/// What the file says, in the clerk's terms.
fn truth(shop: &Shop, items: &[ItemId], battery: TypeId) -> Believed {
    let db = shop.read();
    let mut truth = Believed::default();
    for (item, id) in (1..).zip(items) {
        if inventory::known(db, *id).expect("the item").condition != Condition::Good {
            truth.unusable.insert(item);
        }
        if let Some(open) = booking::open_rental(db, *id).expect("a rental") {
            truth.out.insert(item, open.customer.0 as usize - 1);
        }
    }
    for open in booking::open_bulk_rentals(db, battery).expect("rentals") {
        let count = truth.counted.map_or(0, |(_, count)| count);
        truth.counted = Some((open.customer.0 as usize - 1, count + open.quantity));
    }
    if let Some(draft) = unfinished(shop).pop() {
        truth.in_hand = draft
            .things
            .iter()
            .map(|thing| (thing.tag.to_string(), thing.quantity))
            .collect();
        truth.whom = draft.customer.map(|id| id.0 as usize - 1);
    }
    truth
}

/// Everything derived stands there exactly once, and the books are right.
fn prove(shop: &Shop, about: &str) {
    let db = shop.read();
    let none = |what: &str, sql: &str| {
        let wrong: Vec<i64> = db.rows(sql, [], |row| row.get(0)).expect("rows");
        assert_eq!(wrong, [0_i64; 0], "{about}: {what}");
    };
    none(
        "events without their one entry",
        "SELECT o.seq FROM outbox o LEFT JOIN history h ON h.seq = o.seq AND h.kind = o.kind WHERE h.seq IS NULL",
    );
    none(
        "entries without an event",
        "SELECT seq FROM history WHERE seq NOT IN (SELECT seq FROM outbox)",
    );
    none(
        "rentals whose hand-over or return is not told exactly once",
        "SELECT r.id FROM rental r WHERE r.item_id IS NOT NULL AND (1 <> (SELECT count(*) FROM history h WHERE h.rental_id = r.id AND h.kind = 'EquipmentCheckedOut')
            OR (r.state = 'RETURNED') <> (SELECT count(*) FROM history h WHERE h.rental_id = r.id AND h.kind = 'EquipmentCheckedIn'))",
    );
    none(
        "reports that are not told exactly once",
        "SELECT c.id FROM condition_report c WHERE (SELECT count(*) FROM condition_report x WHERE x.item_id = c.item_id) <> (SELECT count(*) FROM history h WHERE h.item_id = c.item_id AND h.kind = 'EquipmentConditionUpdated')",
    );
    none(
        "counts that do not add up",
        "SELECT 1 WHERE (SELECT coalesce(sum(CASE kind WHEN 'EquipmentCheckedOut' THEN quantity WHEN 'EquipmentCheckedIn' THEN -quantity END), 0) FROM history WHERE item_id IS NULL)
            <> (SELECT coalesce(sum(quantity), 0) FROM rental WHERE item_id IS NULL AND state = 'OUT')",
    );
    let flags: BTreeSet<(ItemId, String)> = history::flags(db)
        .expect("flags")
        .into_iter()
        .map(|flag| (flag.item, flag.flag))
        .collect();
    let damaged = inventory::all_items(db)
        .expect("items")
        .into_iter()
        .filter(|item| item.condition != Condition::Good);
    assert_eq!(
        flags,
        damaged
            .map(|item| (item.id, item.condition.word().to_owned()))
            .collect(),
        "{about}: the condition flags"
    );
    let problems = shop.check().expect("a check");
    assert!(problems.is_empty(), "{about}: {problems:?}");
}

// The program that is killed --------------------------------------------------------------------

fn program(path: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
    command
        .env_remove("RENTDESK_NOW")
        .env_remove("RENTDESK_DB")
        .arg("--db")
        .arg(path);
    command
}

/// The verdicts of a transcript: each stands behind a prompt, at the beginning of its line. The
/// first, before any input, is not there.
fn verdicts(text: &str) -> Vec<String> {
    // The last line may be cut; what was not printed to its end was not promised.
    let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
    let behind_prompt = |line: &str| {
        let (prompt, verdict) = line.split_once("> ")?;
        let is_prompt = !prompt.is_empty()
            && prompt.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            || prompt == "how many"
            || prompt == "take off";
        is_prompt.then(|| verdict.to_owned())
    };
    whole.lines().filter_map(behind_prompt).collect()
}

struct Running {
    child: Child,
    text: Receiver<Vec<u8>>,
    printed: Vec<u8>,
}

impl Running {
    fn start(path: &Path, lines: &[Line]) -> Running {
        let mut child = program(path)
            .arg("--plain")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let typed: String = lines
            .iter()
            .map(|line| format!("{}\n", line.typed))
            .collect();
        let stdin = child.stdin.as_mut().expect("its input");
        stdin.write_all(typed.as_bytes()).expect("lines"); // shorter than a pipe is long
        let mut stdout = child.stdout.take().expect("its output");
        let (send, text) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = stdout.read(&mut buffer) {
                if send.send(buffer[..count].to_vec()).is_err() {
                    break;
                }
            }
        });
        Running {
            child,
            text,
            printed: Vec::new(),
        }
    }

    fn verdicts(&self) -> Vec<String> {
        verdicts(&String::from_utf8_lossy(&self.printed))
    }

    fn wait_for(&mut self, count: usize) {
        while self.verdicts().len() < count {
            match self.text.recv_timeout(Duration::from_secs(60)) {
                Ok(bytes) => self.printed.extend(bytes),
                Err(_) => panic!(
                    "no verdict {count} came:\n{}",
                    String::from_utf8_lossy(&self.printed)
                ),
            }
        }
    }

    /// Kills it, and returns all that it had printed.
    fn kill(mut self) -> Vec<String> {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("its end");
        while let Ok(bytes) = self.text.recv() {
            self.printed.extend(bytes);
        }
        self.verdicts()
    }
}

/// Spins, because a sleep is too coarse for a moment between two system calls.
fn spin(micros: u64) {
    let until = Instant::now() + Duration::from_micros(micros);
    while Instant::now() < until {
        std::hint::spin_loop();
    }
}

struct Campaign {
    _folder: TempDir,
    path: PathBuf,
    items: Vec<ItemId>,
    battery: TypeId,
    believed: Believed,
}

impl Campaign {
    fn new() -> Campaign {
        let folder = folder();
        let path = folder.path().join("shop.db");
        make(&path);
        let shop = Shop::open(&path, Clock::Running(now)).expect("the shop");
        let items = inventory::all_items(shop.read())
            .expect("items")
            .into_iter()
            .map(|item| item.id)
            .collect();
        let battery = inventory::all_bulk(shop.read()).expect("stock")[0].type_id;
        Campaign {
            _folder: folder,
            path,
            items,
            battery,
            believed: Believed::default(),
        }
    }
}

#[test]
fn whatever_was_told_is_there_after_a_kill() {
    let (seed, kills) = seed_and_length("RENTDESK_KILL_SEED", "RENTDESK_KILLS", 25);
    println!("RENTDESK_KILL_SEED={seed} RENTDESK_KILLS={kills}");
    let started = Instant::now();
    let mut dice = Dice(seed);
    let mut campaign = Campaign::new();
    let (mut promised, mut saved_untold, mut undrained, mut in_hand) = (0, 0, 0, 0);
    for kill in 1..=kills {
        if kill % KILLS_PER_FILE == 0 {
            campaign = Campaign::new();
        }
        let script = Script::random(&mut dice, &campaign.believed);
        let mut running = Running::start(&campaign.path, &script.lines);
        if dice.one_in(12) {
            spin(dice.next() % 30_000); // while it opens
        } else {
            running.wait_for(1 + dice.below(script.lines.len()));
            spin(dice.next() % 12_000);
        }
        let told = running.kill();
        let about = format!(
            "kill {kill} of seed {seed}, after line {} of {:?}",
            told.len(),
            script
                .lines
                .iter()
                .map(|line| line.typed.as_str())
                .collect::<Vec<_>>()
        );
        for (verdict, line) in told.iter().zip(&script.lines) {
            assert!(
                verdict.starts_with(&line.says),
                "{about}: \"{}\" was answered \"{verdict}\", not \"{}\"",
                line.typed,
                line.says
            );
        }
        promised += told.len();

        let lag: i64 = {
            let raw = rusqlite::Connection::open(&campaign.path).expect("the file");
            raw.query_row("SELECT (SELECT coalesce(max(seq), 0) FROM outbox) - (SELECT coalesce(min(last_seq), 0) FROM consumer_cursor)", [], |row| row.get(0)).expect("a lag")
        };
        undrained += usize::from(lag > 0);
        let shop = Shop::open(&campaign.path, Clock::Running(now))
            .unwrap_or_else(|stop| panic!("{about}: it does not open: {stop:?}"));
        shop.drain_all().expect("derived work");

        let before = Believed {
            in_hand: Vec::new(),
            whom: None,
            ..campaign.believed.clone()
        };
        let last = told
            .len()
            .checked_sub(1)
            .map_or(&before, |last| &script.lines[last].then);
        let found = truth(&shop, &campaign.items, campaign.battery);
        if found != *last {
            let next = script.lines.get(told.len()).map(|line| &line.then);
            assert_eq!(
                Some(&found),
                next,
                "{about}: the file is neither what was told nor one act further"
            );
            saved_untold += 1;
        }
        in_hand += usize::from(!found.in_hand.is_empty());
        let drafts = unfinished(&shop);
        assert!(drafts.len() <= 1, "{about}: {drafts:?}");
        for draft in drafts {
            shop.keep(|db| desk::forget(db, draft.id.expect("an id"), draft.version))
                .expect("put back on the shelf");
        }
        prove(&shop, &about);
        campaign.believed = Believed {
            in_hand: Vec::new(),
            whom: None,
            ..found
        };
    }
    println!(
        "seed {seed}: {kills} kills, {promised} verdicts all kept, {saved_untold} times one act was saved and not told, {undrained} times between commit and drain, {in_hand} times with something in hand, {:.1} s",
        started.elapsed().as_secs_f64()
    );
}

#[test]
fn of_two_who_want_the_last_item_one_gets_it_and_the_other_hears_who() {
    let tries = std::env::var("RENTDESK_RACES")
        .ok()
        .and_then(|tries| tries.parse().ok())
        .unwrap_or(20);
    let folder = folder();
    let path = folder.path().join("shop.db");
    make(&path);
    let run = |line: &[&str]| {
        program(&path)
            .args(line)
            .stdin(Stdio::null())
            .output()
            .expect("the program")
    };
    for _ in 0..tries {
        let want = |customer: &str| {
            let mut command = program(&path);
            command
                .args(["out", "CAM-0001", "--customer", customer])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            command.spawn().expect("the program")
        };
        let both = [want("C-0001"), want("C-0002")]
            .map(|child| child.wait_with_output().expect("its end"));
        let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
        let (winner, loser) = match both.each_ref().map(|output| output.status.code()) {
            [Some(0), Some(1)] => (0, 1),
            [Some(1), Some(0)] => (1, 0),
            codes => panic!(
                "exactly one wins: {codes:?}\n{}\n{}",
                said(&both[0]),
                said(&both[1])
            ),
        };
        let heard = said(&both[loser]);
        let expected = format!(
            "Refused: CAM-0001 Sony FX6 body is still out to {} R-",
            name(winner)
        );
        assert!(
            heard.starts_with(&expected),
            "{heard}\nshould begin {expected}"
        );
        assert!(
            !heard.contains("locked")
                && !heard.contains("busy")
                && !heard.contains("another window"),
            "{heard}"
        );
        let back = run(&["in", "CAM-0001"]);
        assert_eq!(back.status.code(), Some(0), "{}", said(&back));
    }
    let shop = Shop::open(&path, Clock::Running(now)).expect("the shop");
    shop.drain_all().expect("derived work");
    let rentals: i64 = shop
        .read()
        .one("SELECT count(*) FROM rental", [], |row| row.get(0))
        .expect("a count");
    assert_eq!(rentals, tries, "one hand-over each time");
    prove(&shop, "after the races");
}
