//! What reviews found of reservations, the hand-over and their papers, each mended: windows that
//! nobody can come to, one cause named of several, pieces told as lines, warnings that are out of
//! date.

use crate::bookings_cli::{done, shop};
use crate::counter::{Counter, friday, holder};
use crate::two_windows::second_window;
use rentdesk::desk;
use rentdesk::kernel::Clock;
use rentdesk::shop::Shop;
use serde_json::json;

/// The counter over the shop of the command line, some minutes after Friday 10:42.
fn counter_of(shop: crate::cli::Counter, minutes: i64) -> Counter {
    let folder = shop.folder;
    let opened = Shop::open(
        &folder.path().join("shop.db"),
        Clock::Fixed(friday().plus_minutes(minutes)),
    )
    .unwrap();
    Counter::over(opened, folder)
}

#[test]
fn the_next_window_starts_and_ends_while_the_shop_is_open() {
    let shop = shop();
    done(&shop, r#"settings set open_hours "mon-fri 9-18""#);
    done(&shop, r#"settings set closed_days "2025-11-27""#);
    done(
        &shop,
        r#"reserve --customer C-0001 --from "mon 9:00" --to "mon 12:00" --line "Sony FX6 body*2" --confirm"#,
    );
    let next = |from: &str, to: &str| {
        let free = shop.json(&format!(
            r#"free "Sony FX6 body" --from "{from}" --to "{to}""#
        ));
        (
            free["next_window"]["from"].as_str().unwrap().to_owned(),
            free["next_window"]["to"].as_str().unwrap().to_owned(),
        )
    };
    let window = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(
        next("mon 10:00", "mon 15:00"),
        window("2025-11-24T11:00:00Z", "2025-11-24T16:00:00Z")
    );
    // Eight hours from noon end at night: it lasts until the morning.
    assert_eq!(
        next("mon 9:00", "mon 17:00"),
        window("2025-11-24T11:00:00Z", "2025-11-25T08:00:00Z")
    );
    // Nobody can come on the closed day either.
    assert_eq!(
        next("mon 9:00", "thu 9:00"),
        window("2025-11-24T11:00:00Z", "2025-11-28T08:00:00Z")
    );
    // What is taken meanwhile is not there until the morning: then it is the next day.
    done(
        &shop,
        r#"reserve --customer C-0002 --from "tue 8:00" --to "tue 8:30" --line "Sony FX6 body*2" --confirm"#,
    );
    assert_eq!(
        next("mon 9:00", "mon 17:00"),
        window("2025-11-25T08:00:00Z", "2025-11-25T16:00:00Z")
    );
    let mut counter = counter_of(shop, 0);
    counter.keys("<f4>ines<ret><c-d>mon 9 - 17<ret>fx6<ret>!");
    assert!(
        counter
            .screen()
            .contains("Tue 25 Nov 09:00 to Tue 25 Nov 17:00"),
        "the editor says the same: {}",
        counter.screen()
    );
}

#[test]
fn every_cause_of_a_shortage_is_named() {
    let shop = shop();
    done(
        &shop,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    done(
        &shop,
        r#"out --customer C-0002 CAM-0012 --due "fri 11:00" --take-anyway"#,
    );
    done(
        &shop,
        r#"item condition CAM-0013 maintenance --note "fan noise""#,
    );
    let later = r#"--now "2025-11-21 12:00""#;
    let short = shop.json(&format!("shortages {later}"));
    assert_eq!(
        (&short[0]["cause"], &short[0]["causes"]),
        (&json!("OVERDUE"), &json!(["OVERDUE", "BENCH"]))
    );
    let told = done(&shop, &format!("shortages {later}"));
    assert!(told.contains("gear is overdue, on the bench"), "{told}");
    let mut counter = counter_of(shop, 78);
    assert!(
        counter
            .screen_at(140, 40)
            .contains("needs 2 x Sony FX6 body, 0 free (gear is overdue, on the bench)"),
        "{}",
        counter.screen_at(140, 40)
    );
    counter.keys("R-1001<ret>");
    let screen = counter.screen_at(140, 40);
    for cause in [
        "SHORT 2: gear is overdue, on the bench",
        "CAM-0012 overdue R-1002 Sam Okoro",
        "CAM-0013 on the bench",
    ] {
        assert!(screen.contains(cause), "{cause}: {screen}");
    }
}

#[test]
fn both_ends_of_a_window_are_typed_at_once() {
    let shop = shop();
    for (typed, from, to) in [
        (
            "tue 14:00 - thu 10:00",
            "2025-11-25T13:00:00Z",
            "2025-11-27T09:00:00Z",
        ),
        (
            "tue 14 - thu 10",
            "2025-11-25T13:00:00Z",
            "2025-11-27T09:00:00Z",
        ),
        (
            "25 nov 9:00 - 27 nov 18:00",
            "2025-11-25T08:00:00Z",
            "2025-11-27T17:00:00Z",
        ),
        ("25-27 nov", "2025-11-24T23:00:00Z", "2025-11-26T23:00:00Z"),
    ] {
        let free = shop.json(&format!(r#"free "Sony FX6 body" --from "{typed}""#));
        assert_eq!(
            (free["from"].as_str(), free["to"].as_str()),
            (Some(from), Some(to)),
            "{typed}"
        );
    }
    done(
        &shop,
        r#"reserve --customer C-0001 --from "tue 14 - thu 10" --line "Sony FX6 body" --confirm"#,
    );
    done(&shop, r#"change R-1001 --from "wed 9 - fri 18""#);
    let told = shop.json("show R-1001");
    assert_eq!(
        (&told["from"], &told["to"]),
        (
            &json!("2025-11-26T08:00:00Z"),
            &json!("2025-11-28T17:00:00Z")
        )
    );
    let (code, _, said) = shop.run(r#"free "Sony FX6 body" --from "10-12""#);
    assert!(
        code == 2
            && said.contains(
                r#""10-12" can be meant in two ways: type 10-12 nov, tue 10 - tue 12, or 10.12."#
            ),
        "{said}"
    );
    let (code, _, said) = shop.run(r#"free "Sony FX6 body" --from tue"#);
    assert!(
        code == 2 && said.contains("It is not said when it comes back"),
        "{said}"
    );
    let mut counter = counter_of(shop, 0);
    counter.keys("fx6 tue 14 - thu 10<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK Sony FX6 body Tue 25 Nov 14:00 to Thu 27 Nov 10:00: 1 of 2 free"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret><c-d>25-27 nov");
    assert!(
        counter
            .screen()
            .contains("Tue 25 Nov 14:00 -> Thu 27 Nov 10:00"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret><c-d>10-12<ret>");
    assert!(
        counter.verdict().contains("can be meant in two ways"),
        "{}",
        counter.verdict()
    );
}

#[test]
fn the_counter_tells_pieces_and_not_lines() {
    let mut counter = Counter::demo();
    counter.keys("<f2>").scan("GRP-SAND").keys("<bs>3<ret>");
    assert!(
        counter.screen().contains("IN HAND  3 items"),
        "{}",
        counter.screen()
    );
    counter.keys("chen<ret><ret><ret>");
    assert!(
        counter.verdict().starts_with("OK OUT 3 items to Maya Chen"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn what_went_out_elsewhere_meanwhile_is_told_when_the_check_out_is_gone_on_with() {
    let mut first = Counter::demo();
    first
        .scan("CAM-0012")
        .scan("LEN-0049")
        .keys("chen<ret><esc>");
    let mut second = second_window(&first);
    second
        .keys("<f2>")
        .scan("CAM-0012")
        .keys("weber<ret><ret><ret>");
    assert!(
        second.verdict().starts_with("OK OUT 1 item to Jonas Weber"),
        "{}",
        second.verdict()
    );
    first.keys("<up><ret>");
    let verdict = first.verdict();
    assert!(
        verdict.starts_with("!! 2 in hand, as it was left, but CAM-0012 R-")
            && verdict.ends_with("Jonas Weber has it"),
        "{verdict}"
    );
    assert!(
        first.screen().lines().any(|line| line.contains("CAM-0012")
            && line.contains("NOT HERE")
            && line.contains("Jonas Weber has it")),
        "{}",
        first.screen()
    );
}

#[test]
fn a_form_that_is_edited_after_its_warning_weighs_again() {
    let shop = shop();
    done(
        &shop,
        r#"reserve --customer C-0001 --from "mon 9:00" --to "tue 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    done(
        &shop,
        r#"reserve --customer C-0002 --from "wed 9:00" --to "thu 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    let mut counter = counter_of(shop, 0);
    counter
        .keys("<f7>")
        .scan("CAM-0012")
        .keys(":block<ret>tue 12:00<tab>fair<ret>");
    assert!(
        counter.screen().contains("R-1001 Maya Chen") && !counter.screen().contains("R-1002"),
        "{}",
        counter.screen()
    );
    counter.keys("<tab><tab><bs><bs><bs><bs><bs><bs><bs><bs><bs>thu 12:00<ret>");
    assert!(
        counter.screen().contains("R-1002 Sam Okoro"),
        "whom it hurts now is said before it is saved: {}",
        counter.screen()
    );
    let blocks = |counter: &Counter| {
        let item = crate::counter::item(counter, "CAM-0012").id;
        rentdesk::inventory::blocks_of_item(counter.app.shop.read(), item)
            .unwrap()
            .len()
    };
    assert_eq!(blocks(&counter), 0);
    counter.keys("<ret>");
    assert_eq!(blocks(&counter), 1, "{}", counter.verdict());
}

#[test]
fn what_leaves_and_comes_back_the_same_day_stands_on_its_returns_list() {
    let shop = shop();
    done(
        &shop,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "sat 17:00" --line "Sony FX6 body" --line "V-lock 150*4" --confirm"#,
    );
    done(
        &shop,
        r#"reserve --customer C-0002 --from "sat 9:00" --to "mon 17:00" --line "Sony FX6 body" --confirm"#,
    );
    done(
        &shop,
        r#"reserve --customer C-0002 --from "sat 10:00" --to "sat 12:00" --line "V-lock 150" --hold"#,
    );
    done(&shop, r#"out --customer C-0003 CAM-0020 --due "sat 12:00""#);
    let list = shop.json("returns-list --date sat");
    let told: Vec<_> = list["reservations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|block| {
            (
                block["reservation"].as_str().unwrap(),
                block["notes"].clone(),
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("R-1004", json!([])),
            ("R-1001", json!(["not out yet: leaves Sat 22 Nov 09:00"]))
        ],
        "in the order they are due"
    );
    let lines = &list["reservations"][1]["lines"];
    assert_eq!(
        (&lines[0]["type"], &lines[0]["note"], &lines[1]["quantity"]),
        (&json!("Sony FX6 body"), &json!("not out yet"), &json!(4))
    );
    let paper = done(&shop, "returns-list --date sat");
    assert!(
        paper.contains("! not out yet: leaves Sat 22 Nov 09:00"),
        "{paper}"
    );
    // Of what is out by then it tells the item, and what still waits beside it.
    done(
        &shop,
        r#"out --reservation R-1001 CAM-0012 --now "2025-11-22 09:00""#,
    );
    let list = shop.json(r#"returns-list --date sat --now "2025-11-22 09:05""#);
    let lines = list["reservations"]
        .as_array()
        .unwrap()
        .iter()
        .find(|block| block["reservation"] == "R-1001")
        .unwrap()["lines"]
        .clone();
    assert_eq!(
        (
            &lines[0]["tags"],
            &lines[0]["note"],
            &lines[1]["type"],
            &lines[1]["note"]
        ),
        (
            &json!(["CAM-0012"]),
            &json!(null),
            &json!("V-lock 150"),
            &json!("not out yet")
        )
    );
}

#[test]
fn types_with_names_alike_differ_on_the_plan() {
    let shop = shop();
    for name in [
        "Aputure Light Storm 600d Pro LED kit",
        "Aputure Light Storm 600x Pro LED kit",
    ] {
        done(&shop, &format!(r#"type add "{name}" --category Light"#));
        done(&shop, &format!(r#"item add "{name}""#));
    }
    let mut counter = counter_of(shop, 0);
    counter.keys("<f5>");
    let names = |screen: &str| -> Vec<String> {
        let rows = screen
            .lines()
            .filter_map(|line| line.split_once('+'))
            .filter(|(_, name)| name.contains("Aputure"));
        rows.map(|(_, name)| name.trim_start().split("   ").next().unwrap().to_owned())
            .collect()
    };
    let shown = names(&counter.screen_at(80, 24));
    assert!(
        shown.len() == 2
            && shown[0] != shown[1]
            && shown[0].contains("600d")
            && shown[1].contains("600x"),
        "{shown:?}"
    );
    counter.keys("600x");
    assert_eq!(
        names(&counter.screen_at(80, 24)),
        shown[1..],
        "alone it is cut as it was beside the other"
    );
}

#[test]
fn what_is_wrong_with_the_books_is_listed_at_the_counter() {
    let mut counter = Counter::demo();
    let file = counter.app.shop.store.path().unwrap().to_owned();
    let books = rusqlite::Connection::open(file).unwrap();
    books
        .execute_batch("PRAGMA ignore_check_constraints = ON; UPDATE reservation_line SET claimed_qty = claimed_qty + 1 WHERE claimed_qty > 0 AND pinned_item_id IS NULL")
        .unwrap();
    counter.keys(":check<ret>");
    let screen = counter.screen();
    assert!(
        counter
            .verdict()
            .starts_with("BAD the books are not whole:")
            && screen.contains("WHAT IS WRONG WITH THE BOOKS")
            && !screen.contains("rentdesk check"),
        "{screen}"
    );
    counter.keys("<esc>:why<ret>");
    assert!(
        !counter.screen().contains("rentdesk rate"),
        "{}",
        counter.screen()
    );
}

#[test]
fn what_was_undone_is_done_again() {
    let mut counter = Counter::demo();
    counter.keys("<c-y>");
    assert_eq!(
        counter.verdict(),
        "!! nothing was undone here that could be done again"
    );
    counter
        .scan("CAM-0012")
        .keys("chen<ret><ret><ret>")
        .scan("AUD-0003")
        .keys("<c-z><c-z>");
    assert!(
        counter
            .verdict()
            .starts_with("OK UNDONE out 1 item to Maya Chen"),
        "{}",
        counter.verdict()
    );
    assert_eq!(holder(&counter, "CAM-0012"), None);
    counter.keys("<c-y>");
    assert_eq!(
        counter.verdict(),
        "OK DONE AGAIN out 1 item to Maya Chen · Ctrl+Z"
    );
    assert_eq!(holder(&counter, "CAM-0012").as_deref(), Some("Maya Chen"));
    counter.keys("<c-y>");
    assert!(
        counter.verdict().starts_with("OK DONE AGAIN back AUD-0003"),
        "{}",
        counter.verdict()
    );
    assert_eq!(holder(&counter, "AUD-0003"), None);
    // It is a step of its own, and undone and done again as any other.
    counter.keys("<c-z>:redo<ret>");
    assert!(
        counter.verdict().starts_with("OK DONE AGAIN back AUD-0003"),
        "{}",
        counter.verdict()
    );
    counter
        .keys("<c-z><esc><esc><f2>")
        .scan("LGT-0031")
        .keys("weber<ret><ret><ret>");
    assert!(
        counter.verdict().starts_with("OK OUT"),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-y>");
    assert_eq!(
        counter.verdict(),
        "!! nothing was undone here that could be done again",
        "something else was done since"
    );
    counter.check();
}

#[test]
fn a_reservation_that_was_undone_is_made_again_and_its_changes_too() {
    let shop = shop();
    done(
        &shop,
        r#"reserve --customer C-0001 --from "mon 9:00" --to "tue 10:00" --line "Sony FX6 body" --hold"#,
    );
    let mut counter = counter_of(shop, 0);
    let state = |counter: &Counter, number: &str| {
        let found = rentdesk::booking::resolve(counter.app.shop.read(), number).unwrap();
        (
            found.state.shown(),
            counter.app.shop.settings.zone.wall(found.end),
        )
    };
    counter.keys("R-1001<ret>:confirm<ret>");
    counter.keys("<c-d>..wed 12<ret>:cancel<ret>c");
    let cancelled = state(&counter, "R-1001");
    assert_eq!(cancelled.0, "cancelled", "{}", counter.screen());
    counter.keys("<c-z><c-z><c-z>");
    assert_eq!(
        state(&counter, "R-1001"),
        ("a hold", "2025-11-25 10:00:00".to_owned()),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-y><c-y>");
    assert_eq!(
        state(&counter, "R-1001"),
        ("confirmed", "2025-11-26 12:00:00".to_owned()),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-y>");
    assert_eq!(state(&counter, "R-1001"), cancelled);
    counter.check();
}

#[test]
fn what_is_done_again_asks_what_the_act_asks() {
    let mut first = Counter::demo();
    first.scan("CAM-0012").keys("chen<ret><ret><ret><c-z>");
    let step = desk::newest_of_all(first.app.shop.read()).unwrap();
    let mut second = second_window(&first);
    second.scan("CAM-0012").keys("weber<ret><ret><ret>");
    first.keys("<c-y>");
    assert_eq!(
        first.verdict(),
        "!! nothing was undone here that could be done again",
        "another window did something since"
    );
    let settings = first.app.shop.settings.clone();
    let refused = first
        .app
        .shop
        .write(|db| {
            desk::redo(db, &settings, step, desk::newest_of_all(db.read())?)
                .map(|redone| redone.step)
        })
        .unwrap_err();
    assert!(
        matches!(&refused, rentdesk::kernel::Stop::Refused(declined) if declined.message.contains("is still out to Jonas Weber")),
        "{refused:?}"
    );
    // Money that was given back is taken by hand.
    first
        .scan("LEN-0049")
        .keys("chen<ret><ret>20 cash<ret><c-z>u<c-y>");
    assert_eq!(
        first.verdict(),
        "BAD out 1 item to Maya Chen: this cannot be done again by itself"
    );
    first.check();
}

#[test]
fn what_is_made_again_is_another_one_and_nothing_waits_behind_what_was_done_to_the_first() {
    let shop = shop();
    let mut counter = counter_of(shop, 0);
    counter.keys("<f4>chen<ret>fx6<ret><c-d>mon 9..tue 10<ret><ret><ret><ret>");
    let made = counter.verdict();
    assert!(made.contains("R-1001"), "{made}");
    counter.keys("<esc><esc>R-1001<ret>:confirm<ret>");
    assert!(counter.verdict().starts_with("OK"), "{}", counter.verdict());
    counter.keys("<c-z><c-z><c-y>");
    assert!(
        counter.verdict().starts_with("OK DONE AGAIN R-1002 made"),
        "it is called by its own number: {}",
        counter.verdict()
    );
    counter.keys("<c-y>");
    assert!(
        counter.verdict().contains("R-1001")
            && counter
                .screen()
                .contains("what Ctrl+Y made anew is not what"),
        "{}",
        counter.screen()
    );
    counter.keys("<c-y>");
    assert_eq!(
        counter.verdict(),
        "!! nothing was undone here that could be done again"
    );
    counter.check();
}

#[test]
fn a_discount_on_one_line_is_agreed_kept_and_taken_away() {
    let shop = shop();
    done(
        &shop,
        r#"reserve --customer C-0001 --from "mon 9:00" --to "tue 9:00" --line "Sony FX6 body" --confirm"#,
    );
    let total = || shop.json("show R-1001")["total"].clone();
    assert_eq!(total(), json!(180.0));
    done(
        &shop,
        r#"change R-1001 --line-discount 1=10% --reason "scratched case""#,
    );
    assert_eq!(total(), json!(162.0));
    done(&shop, r#"change R-1001 --to "wed 9:00""#);
    assert_eq!(total(), json!(324.0), "for longer, and the discount stays");
    done(
        &shop,
        r#"change R-1001 --line-discount 1=0 --reason "it was mended""#,
    );
    assert_eq!(total(), json!(360.0));
    // The same at the counter: a percent in the place of a price.
    let mut counter = counter_of(shop, 0);
    counter.keys("R-1001<ret>:price<ret>10% scratched case<ret>");
    assert_eq!(
        counter.verdict(),
        "OK total 324.00 · :why shows how",
        "{}",
        counter.screen()
    );
    counter.keys(":price<ret>rate<ret>");
    assert_eq!(
        counter.verdict(),
        "OK total 360.00 · :why shows how",
        "{}",
        counter.screen()
    );
    counter.keys(":price<ret>10% scratched case<ret><ret>");
    let saved = rentdesk::booking::resolve(counter.app.shop.read(), "R-1001").unwrap();
    assert_eq!(
        saved.total,
        Some(rentdesk::kernel::Money(32_400)),
        "{}",
        counter.screen()
    );
}

#[test]
fn the_editor_understands_what_the_command_line_does() {
    let mut counter = counter_of(shop(), 0);
    counter.keys("<f4>chen<ret>fx6*2<ret>");
    assert!(
        counter.screen().contains("Sony FX6 body")
            && counter.verdict().contains("2 x Sony FX6 body"),
        "{}",
        counter.screen()
    );
    counter.keys("tue 9:00 - wed 17:00<ret>");
    assert_eq!(
        counter.verdict(),
        "OK out Tue 25 Nov 09:00, back Wed 26 Nov 17:00",
        "{}",
        counter.screen()
    );
}

#[test]
fn ctrl_z_takes_back_the_scan_before_what_was_saved() {
    let mut counter = Counter::demo();
    counter
        .keys("R-1014<ret><f2>")
        .scan("LGT-0031")
        .scan("AUD-0007")
        .keys("<c-z>");
    assert!(
        counter.verdict().starts_with("OK AUD-0007 taken off"),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-z>");
    assert!(
        counter.verdict().starts_with("OK LGT-0031 taken off"),
        "{}",
        counter.verdict()
    );
    // What was saved after the scan goes first.
    counter.scan("LGT-0031").keys("!u2 fan<ret>");
    let judged = counter.verdict();
    counter.keys("<c-z>");
    assert!(
        counter.verdict().starts_with("OK UNDONE LGT-0031"),
        "{judged} / {}",
        counter.verdict()
    );
}
