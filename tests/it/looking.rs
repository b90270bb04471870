//! Looking never changes a shop, a clock that jumped is asked about, and the demo's morning begins
//! when somebody looks.

use crate::counter::Counter;
use crate::file_truth::Place;
use rentdesk::exchange::demo;
use rentdesk::kernel::{Clock, Moment, ShopZone};
use rentdesk::shop::Shop;
use rentdesk::store::{BackupKind, log};

/// Six holds of an hour, and a customer who would be written to.
fn holds(count: usize) -> Place {
    let place = Place::shop();
    for number in 0..count {
        let (code, said) = place.run(&[
            "reserve",
            "--customer",
            "Ann Lee",
            "--from",
            &format!("2026-02-{:02} 10:00", 1 + number),
            "--to",
            &format!("2026-02-{:02} 18:00", 1 + number),
            "--line",
            "Sony FX6",
            "--hold",
            "1h",
        ]);
        assert_eq!(code, 0, "{said}");
    }
    place
}

#[test]
fn who_looks_at_another_time_changes_nothing_and_sees_what_has_expired_by_then() {
    let place = holds(6);
    let before = place.events();
    for words in [
        &["today"][..],
        &["list"],
        &["late"],
        &["shortages"],
        &["show", "R-1001"],
        &[
            "free",
            "Sony FX6",
            "--from",
            "2026-02-01 10:00",
            "--to",
            "2026-02-01 18:00",
            "--qty",
            "2",
        ],
        &["history"],
        &["messages", "list"],
        &["outbox", "status"],
        &["check"],
        &[
            "reserve",
            "--customer",
            "Nobody",
            "--from",
            "fri 10:00",
            "--to",
            "sat 10:00",
            "--line",
            "Sony FX6",
        ],
        &["out", "--customer", "Ann Lee", "CAM-0099"],
    ] {
        for now in ["2026-11-21T09:42:00Z", "2026-01-30T09:00:00Z"] {
            let output = place
                .command(words)
                .env("RENTDESK_NOW", now)
                .output()
                .expect("the program");
            assert!(output.status.code() != Some(70), "{words:?}");
        }
        assert_eq!(place.events(), before, "{words:?}");
    }
    let output = place
        .command(&["show", "R-1001"])
        .env("RENTDESK_NOW", "2026-01-30T09:00:00Z")
        .output()
        .expect("the program");
    let said = String::from_utf8_lossy(&output.stdout).to_lowercase();
    assert!(
        said.contains("expired") || said.contains("lapsed"),
        "it claims nothing when it is read: {said}"
    );
}

const NOON: i64 = 1_763_718_120; // Fri 21 Nov 2025 09:42 UTC

fn an_hour_later() -> Moment {
    Moment(NOON + 2 * 3600)
}

fn eight_days_later() -> Moment {
    Moment(NOON + 8 * 86_400)
}

#[test]
fn what_would_expire_after_a_jump_of_the_clock_or_in_great_number_is_asked_about() {
    type Reads = fn() -> Moment;
    for (count, reads, asks) in [
        (3, an_hour_later as Reads, false),
        (3, eight_days_later as Reads, true),
        (20, an_hour_later as Reads, false),
        (21, an_hour_later as Reads, true),
    ] {
        let place = holds(count);
        let mut shop = Shop::open(&place.file(), Clock::Running(reads)).expect("the shop");
        assert_eq!(
            shop.lapse_waits().expect("an answer"),
            asks.then_some(count),
            "{count} holds"
        );
        let lapsed = shop.lapse().expect("it runs");
        assert_eq!(lapsed, if asks { 0 } else { count });
        shop.accept_clock().expect("somebody looked");
        assert_eq!(shop.lapse().expect("it runs"), if asks { count } else { 0 });
    }
}

// The demo's morning -------------------------------------------------------------------------------

fn wall(hour: u32, minute: u32) -> Moment {
    let zone = ShopZone::parse("Europe/Berlin").expect("a zone");
    let day = chrono::NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day");
    zone.moment(day.and_hms_opt(hour, minute, 0).expect("a time"))
        .expect("it exists")
}

#[test]
fn the_demos_day_begins_at_0840_whatever_the_hour_and_runs_on_from_there() {
    let times: [fn() -> Moment; 4] = [
        || wall(0, 30),
        || wall(7, 29),
        || wall(8, 40),
        || wall(23, 30),
    ];
    for now in times {
        let folder = crate::properties::folder();
        let path = folder.path().join("demo.db");
        let shop = demo::make(&path, Clock::Running(now)).expect("the demo");
        let zone = shop.settings.zone;
        let shown = |moment: Moment| zone.local(moment).format("%Y-%m-%d %H:%M").to_string();
        assert_eq!(shown(shop.now()), "2026-12-01 08:40");
        let ahead = shop.settings.clock_ahead_seconds;
        assert_eq!(ahead, wall(8, 40).0 - now().0, "kept in its file");
        let number = rentdesk::kernel::ReservationNumber::parse("R-1014").expect("a number");
        assert!(
            rentdesk::booking::by_number(shop.read(), number)
                .expect("an answer")
                .is_some(),
            "what README hands out is there"
        );
        shop.close();
        let later = Clock::Ahead(now, ahead + 60);
        let shop = Shop::open(&path, later).expect("the demo");
        assert_eq!(shown(shop.now()), "2026-12-01 08:41");
    }
}

#[test]
fn a_program_that_opens_the_demos_file_goes_by_its_clock_and_a_given_time_wins() {
    let place = Place::empty();
    let now: fn() -> Moment = || {
        let since = std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .expect("a clock");
        Moment(since.as_secs() as i64)
    };
    let shop = demo::make(&place.file(), Clock::Running(now)).expect("the demo");
    let zone = shop.settings.zone;
    shop.close();
    let till = |fixed: Option<&str>| {
        let mut command = place.command(&["till", "--json"]);
        command.env_remove("RENTDESK_NOW");
        if let Some(fixed) = fixed {
            command.env("RENTDESK_NOW", fixed);
        }
        let output = command.output().expect("the program");
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).expect("a document");
        json["day"].as_str().expect("a day").to_owned()
    };
    assert_eq!(till(None), zone.day(now()).to_string());
    assert_eq!(till(Some("2026-03-05 12:00")), "2026-03-05");
}

// The way back, by keys ----------------------------------------------------------------------------

#[test]
fn an_owner_restores_yesterdays_backup_by_keys_alone_and_reads_what_happened() {
    let mut counter = Counter::demo();
    let made = counter
        .app
        .shop
        .backup(None, BackupKind::Daily)
        .expect("a backup");
    assert_eq!(made.problems, []);
    counter.scan("CAM-0012").keys("chen<ret><ret><ret>");
    assert!(
        counter.verdict().contains("OUT 1 item"),
        "{}",
        counter.verdict()
    );
    let before = log::last_seq(counter.app.shop.read()).expect("a number");
    counter.keys(":restore<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("BACKUPS") && screen.contains("daily"),
        "{screen}"
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().contains("restore this backup")
            && counter.verdict().contains("1 check-out"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>");
    assert_eq!(
        log::last_seq(counter.app.shop.read()).expect("a number"),
        before,
        "Esc leaves everything"
    );
    counter.keys(":restore<ret><ret><ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("A BACKUP WAS RESTORED")
            && screen.contains("Lost since")
            && screen.contains("1 check-out"),
        "{screen}"
    );
    assert_eq!(crate::counter::holder(&counter, "CAM-0012"), None);
    counter.check();
    counter.keys("<esc>").scan("CAM-0012");
    assert!(
        counter.verdict().contains("IN HAND"),
        "the counter goes on: {}",
        counter.verdict()
    );
}

#[test]
fn missing_events_are_accepted_at_the_counter_with_a_reason() {
    let mut counter = Counter::demo();
    let head = log::head(counter.app.shop.read()).expect("a head");
    let shop = log::shop_id(counter.app.shop.read()).expect("an id");
    std::fs::write(
        counter.folder.path().join("shop.db.head"),
        format!("{} {} {shop}\n", head.seq + 3, "ab".repeat(32)),
    )
    .expect("a note of more than there is");
    counter.keys("<esc>").keys("<f5><esc>");
    let screen = counter.screen();
    assert!(
        screen.contains("! file") && screen.contains("3 events are missing"),
        "{screen}"
    );
    counter.keys(":accept<ret>");
    assert!(
        counter.verdict().contains("Why do you go on without"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().contains("needs a reason"),
        "{}",
        counter.verdict()
    );
    counter.keys("the disk was changed<ret>");
    assert!(
        counter.verdict().contains("accepted"),
        "{}",
        counter.verdict()
    );
    assert!(!counter.screen().contains("! file"));
    counter.check();
}
