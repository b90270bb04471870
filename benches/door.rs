//! What it costs to come in: `rentdesk who TAG` on the movie shop as a whole process, against the
//! same process that only says its version, and SQLite's own opening of the file with the same
//! question, all in one run, in turns.
//!
//! `cargo bench --bench door`. It fails above twice the bare cost, and prints absolutes.

use rentdesk::exchange::columns::ListKind;
use rentdesk::exchange::import::{self, ImportOptions};
use rentdesk::kernel::{Clock, Moment};
use rentdesk::shop::Shop;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 60;
const RATIO_MAX: f64 = 2.0;
const TAG: &str = "M00367";

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shop.db");
    let Some(lists) = lists() else {
        println!("not run: the lists of the movie shop do not lie beside the repository");
        return;
    };
    let settings = [
        ("timezone", "UTC"),
        ("phone_required", "off"),
        ("due_after", "2d"),
    ];
    let clock = Clock::Fixed(Moment(1_140_566_400)); // 22 Feb 2006
    let mut shop = Shop::create(&file, &settings, clock).expect("a shop");
    for (kind, bytes) in lists {
        import::import(&mut shop, kind, &bytes, &ImportOptions::default()).expect("a list");
    }
    shop.drain_all().expect("derived");
    shop.close();
    let (mut who, mut version, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        who.push(process(&["who", TAG], &file));
        version.push(process(&["--version"], &file));
        bare.push(timed(|| opened(&file)));
    }
    let (who, version, bare) = (least(&who), least(&version), least(&bare));
    let ratio = who.as_secs_f64() / (version + bare).as_secs_f64();
    println!(
        "who {TAG}: {:.2} ms; --version {:.2} ms and a bare open with the same question {:.2} ms: {ratio:.2} times (limit {RATIO_MAX})",
        millis(who),
        millis(version),
        millis(bare)
    );
    if ratio > RATIO_MAX {
        std::process::exit(1);
    }
}

fn lists() -> Option<Vec<(ListKind, Vec<u8>)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/movie-shop");
    [
        (ListKind::Items, "items.csv"),
        (ListKind::Customers, "customers.csv"),
        (ListKind::Rentals, "rentals.csv"),
    ]
    .into_iter()
    .map(|(kind, name)| Some((kind, std::fs::read(folder.join(name)).ok()?)))
    .collect()
}

fn process(words: &[&str], file: &Path) -> Duration {
    timed(|| {
        let status = Command::new(env!("CARGO_BIN_EXE_rentdesk"))
            .args(words)
            .env("RENTDESK_DB", file)
            .env("RENTDESK_NOW", "2006-02-22 00:00")
            .stdout(Stdio::null())
            .status()
            .expect("the program");
        assert!(status.success(), "{words:?}");
    })
}

/// What SQLite itself needs: the file opened, its schema read, the item and its rental found.
fn opened(file: &Path) {
    let bare = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_WRITE).expect("open");
    let found: i64 = bare
        .query_row(
            "SELECT count(*) FROM item i JOIN rental r ON r.item_id = i.id WHERE i.asset_tag = ?1 AND r.state = 'OUT'",
            [TAG],
            |row| row.get(0),
        )
        .expect("an answer");
    assert!(found <= 1);
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// The least is what it costs; the rest is what else the machine did.
fn least(times: &[Duration]) -> Duration {
    times.iter().copied().min().unwrap_or_default()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
