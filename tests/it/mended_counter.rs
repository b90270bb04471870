//! What a clerk at the counter, or a program beside it, is told: names that are almost right, whom
//! an act hurts, closed days, what lapsed, what stands in the way of an undo.

use crate::cli;
use crate::counter::{Counter, demo_shop, item};
use rentdesk::kernel::{Failure, Text};
use rentdesk::{booking, catalog, customers, desk, inventory};
use serde_json::{Value, json};

/// Two cameras, a third of another type, counted batteries, three customers; open Mon to Fri 9 to
/// 18.
fn shop() -> cli::Counter {
    let counter = cli::Counter::empty();
    for line in [
        r#"init --name "North Light" --timezone Europe/Berlin --preset film"#,
        r#"settings set open_hours "mon-fri 9-18""#,
        r#"type add "Sony FX6 body" --category Camera --daily 180"#,
        r#"type add "Sony FX3 body" --category Camera --daily 120"#,
        r#"type add "V-lock 150" --category Power --bulk --quantity 20 --tag BAT-V150"#,
        r#"item add "Sony FX6 body" --tag CAM-0012"#,
        r#"item add "Sony FX6 body" --tag CAM-0013"#,
        r#"item add "Sony FX3 body" --tag CAM-0020"#,
        r#"customer add "Maya Chen" --phone "0612 555 120""#,
        r#"customer add "Sam Okoro" --phone "0612 555 121""#,
        r#"customer add "Ines Duarte" --phone "0612 555 122""#,
    ] {
        done(&counter, line);
    }
    counter
}

fn done(counter: &cli::Counter, line: &str) -> String {
    let (code, stdout, stderr) = counter.run(line);
    assert_eq!((code, stderr.as_str()), (0, ""), "{line}: {stdout}");
    stdout
}

fn refused(counter: &cli::Counter, line: &str) -> (i32, Value) {
    let (code, stdout, stderr) = counter.run(&format!("{line} --json"));
    assert_eq!(stdout, "", "{line}: {stderr}");
    (
        code,
        serde_json::from_str::<Value>(&stderr).unwrap()["refused"].clone(),
    )
}

#[test]
fn a_name_that_is_almost_right_is_refused_with_what_is_called_so() {
    let counter = shop();
    for (line, hint) in [
        (
            r#"free FX6 --from sat --to mon"#,
            r#"did you mean "Sony FX6 body"?"#,
        ),
        (
            r#"free "Sony FX bodi" --from sat --to mon"#,
            r#"did you mean "Sony FX3 body" or "Sony FX6 body"?"#,
        ),
        (
            r#"type show sonny"#,
            r#"did you mean "Sony FX3 body" or "Sony FX6 body"?"#,
        ),
        (
            r#"reserve --customer C-0001 --from sat --to mon --line "fx6*2""#,
            r#"did you mean "Sony FX6 body"?"#,
        ),
        (r#"customer show chen"#, "did you mean C-0001 Maya Chen?"),
        (
            r#"customer show "Maja Chen""#,
            "did you mean C-0001 Maya Chen?",
        ),
        (
            r#"reserve --customer okr --from sat --to mon --line CAM-0012"#,
            "did you mean C-0002 Sam Okoro?",
        ),
        (
            r#"item show CAM-0021"#,
            "did you mean CAM-0020 Sony FX3 body?",
        ),
        (r#"item show BAT-150"#, "did you mean BAT-V150 V-lock 150?"),
        (
            r#"out --customer C-0001 CAM-00112"#,
            "did you mean CAM-0012 Sony FX6 body or CAM-0013 Sony FX6 body?",
        ),
        (
            r#"free CAM-0099 --from sat --to mon"#,
            "did you mean CAM-0012 Sony FX6 body, CAM-0013 Sony FX6 body or CAM-0020 Sony FX3 body?",
        ),
    ] {
        let (code, no) = refused(&counter, line);
        assert_eq!((code, no["hint"].as_str()), (3, Some(hint)), "{line}");
        assert!(!no["candidates"].as_array().unwrap().is_empty(), "{line}");
    }
    assert_eq!(
        refused(&counter, "customer show chen").1["candidates"],
        json!([{"customer": "C-0001", "name": "Maya Chen"}])
    );
    assert_eq!(
        refused(&counter, "free fx6 --from sat --to mon").1["candidates"],
        json!([{"type": "Sony FX6 body"}])
    );
    assert_eq!(
        refused(&counter, "item show BAT-150").1["candidates"],
        json!([{"tag": "BAT-V150", "type": "V-lock 150", "serial": null}])
    );
    // Nothing is like it: the old hint, and an empty list.
    let (_, no) = refused(&counter, "customer show xqz");
    assert_eq!(
        (no["hint"].as_str(), &no["candidates"]),
        (
            Some("look among the customers: F6 (rentdesk customer list)"),
            &json!([])
        )
    );
    // Two of one name are told apart by their numbers, for a program too.
    done(
        &counter,
        r#"customer add "Maya Chen" --phone "0612 555 199""#,
    );
    let (code, no) = refused(&counter, r#"customer show "Maya Chen""#);
    assert_eq!(
        (code, no["candidates"].as_array().map(Vec::len)),
        (1, Some(2))
    );
    // One of several tags is unknown: its reason names what may have been meant.
    let (code, stdout, _) = counter.run("out --customer C-0002 CAM-0012 BAT-150 --json");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (code, answer["not_out"][0]["candidates"][0]["tag"].as_str()),
        (1, Some("BAT-V150"))
    );
}

#[test]
fn an_act_that_hurts_others_repeats_whom() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0003 --from "mon 9:00" --to "wed 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    // Taken anyway: who goes short, how many, until when.
    let told = done(
        &counter,
        r#"out --customer C-0001 CAM-0012 --due "tue 10:00" --take-anyway"#,
    );
    assert!(
        told.contains(
            "!! R-1001 Ines Duarte Mon 24 Nov 09:00 short 1 x Sony FX6 body until Tue 25 Nov 10:00"
        ),
        "{told}"
    );
    let answer = counter.json(r#"extend CAM-0012 --to "wed 9:00" --keep-short"#);
    assert_eq!(answer["hurts"], json!([]), "{answer}"); // as many as before
    let answer = counter.json(r#"out --customer C-0001 CAM-0013 --due "tue 10:00" --take-anyway"#);
    assert_eq!(
        answer["hurts"],
        json!([
            "R-1001 Ines Duarte Mon 24 Nov 09:00 short 1 x Sony FX6 body until Wed 26 Nov 09:00"
        ])
    );
    assert_eq!(
        (
            answer["short"][0]["reservation"].as_str(),
            answer["short"][0]["missing"].as_i64()
        ),
        (Some("R-1001"), Some(1))
    );
    // Kept short: the reservation's own lines, each with its time.
    let told = done(
        &counter,
        r#"reserve --customer C-0002 --from "mon 9:00" --to "tue 9:00" --line "Sony FX6 body" --keep-short"#,
    );
    assert!(told.contains("1 kept short\n") && told.contains("total 180.00 EUR\n!! R-1004 Sam Okoro Mon 24 Nov 09:00 short 1 x Sony FX6 body until"), "{told}");
}

#[test]
fn closed_hours_are_said_where_they_matter() {
    let counter = shop();
    let told = done(
        &counter,
        r#"free "Sony FX6 body" --from "sat 9:00" --to "mon 8:00""#,
    );
    assert!(
        told.contains(
            "!! it would leave Sat 22 Nov 09:00, when the shop is closed; it opens Mon 24 Nov 09:00"
        ),
        "{told}"
    );
    assert!(told.contains("!! it would be back Mon 24 Nov 08:00, when the shop is closed; it opens Mon 24 Nov 09:00"), "{told}");
    let answer = counter.json(r#"out --customer C-0001 CAM-0012 --due "sun 12:00""#);
    assert_eq!(
        answer["warnings"],
        json!(["due Sun 23 Nov 12:00, when the shop is closed; it opens Mon 24 Nov 09:00"])
    );
    // What is out has left already: only its end is of interest.
    let (code, told, _) =
        counter.run(r#"extend CAM-0012 --to "sat 29 nov 12:00" --now "2025-11-22 12:00""#);
    assert_eq!(code, 0);
    assert!(
        told.contains("!! it is due back Sat 29 Nov 12:00, when the shop is closed"),
        "{told}"
    );
    assert!(!told.contains("leaves"), "{told}");
    let answer = counter.json(r#"extend CAM-0012 --to "fri 28 nov 12:00""#);
    assert_eq!(answer["warnings"], json!([]));
}

#[test]
fn a_program_hears_what_was_wrong_with_its_arguments() {
    let counter = shop();
    let (code, no) = refused(&counter, r#"free "Sony FX6 body""#);
    assert_eq!((code, no["kind"].as_str()), (2, Some("usage")));
    assert_eq!(
        no["message"],
        "the following required arguments were not provided: --from <TIME>"
    );
    assert_eq!(no["hint"], "rentdesk free --help");
    let (code, no) = refused(&counter, "fre");
    assert_eq!(code, 2);
    assert!(no["hint"].as_str().unwrap().contains("free"), "{no}");
    assert!(!no["tips"].as_array().unwrap().is_empty(), "{no}");
    let (_, no) = refused(&counter, "history --event never");
    assert!(
        no["message"]
            .as_str()
            .unwrap()
            .contains("possible values: out, in"),
        "{no}"
    );
}

#[test]
fn times_that_cannot_be_meant_are_refused() {
    let counter = shop();
    let (code, no) = refused(
        &counter,
        r#"item condition CAM-0012 maintenance --note "fan noise" --expected-back "2025-11-20""#,
    );
    assert_eq!(
        (code, no["message"].as_str()),
        (
            1,
            Some("Thu 20 Nov 00:00 is over: nothing can be expected back by then")
        )
    );
    assert_eq!(counter.json("item show CAM-0012")["condition"], "GOOD");
    done(
        &counter,
        r#"item condition CAM-0012 maintenance --note "fan noise" --expected-back "today""#,
    );
    for line in [
        r#"export reservations --from 2025-12-01 --until 2025-11-01"#,
        r#"history --from 2025-11-20 --to 2025-11-10"#,
    ] {
        let (code, no) = refused(&counter, line);
        assert_eq!(
            (code, no["kind"].as_str(), no["hint"].as_str()),
            (1, Some("booking"), Some("give a later end")),
            "{line}"
        );
    }
}

#[test]
fn a_part_of_a_count_is_set_aside_as_it_is_handed_out() {
    let counter = shop();
    assert_eq!(
        counter.json(r#"item block 4*BAT-V150 --reason "trade fair""#)["quantity"],
        4
    );
    assert_eq!(
        refused(&counter, r#"item block BAT-V150 --reason "trade fair""#).1["hint"],
        "say how many: 4*BAT-V150, or --qty 4"
    );
    assert_eq!(
        refused(&counter, r#"item block 2*CAM-0012 --reason "trade fair""#).0,
        2
    );
    assert_eq!(
        refused(
            &counter,
            r#"item block 4*BAT-V150 --qty 5 --reason "trade fair""#
        )
        .0,
        2
    );
}

#[test]
fn what_was_found_and_lost_is_taken_back_step_by_step() {
    let counter = shop();
    let state = |tag: &str| {
        counter.json(&format!("item show {tag}"))["state"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    // Missing from the shelf.
    done(
        &counter,
        r#"item lost CAM-0012 --reason "not on its shelf""#,
    );
    done(
        &counter,
        r#"item found CAM-0012 --condition unusable --note "wet""#,
    );
    assert_eq!(state("CAM-0012"), "UNUSABLE");
    assert_eq!(
        done(&counter, "undo"),
        "Undone: CAM-0012 found. The step before: CAM-0012 lost\n"
    );
    let shown = counter.json("item show CAM-0012");
    assert_eq!(
        (
            &shown["state"],
            &shown["condition"],
            &shown["lifecycle_reason"]
        ),
        (&json!("LOST"), &json!("GOOD"), &json!("not on its shelf"))
    );
    assert_eq!(done(&counter, "undo"), "Undone: CAM-0012 lost\n");
    assert_eq!(state("CAM-0012"), "IN");
    // Never brought back.
    done(
        &counter,
        r#"out --customer C-0001 CAM-0013 --due "mon 10:00""#,
    );
    done(&counter, r#"item lost CAM-0013 --reason "left in a taxi""#);
    done(&counter, "item found CAM-0013");
    let steps = [
        ("back CAM-0013 (Maya Chen)", "LOST"),
        ("CAM-0013 lost", "OUT"),
        ("out 1 item to Maya Chen", "IN"),
    ];
    for (place, (undone, then)) in steps.iter().enumerate() {
        let before = steps
            .get(place + 1)
            .map_or_else(String::new, |(before, _)| {
                format!(". The step before: {before}")
            });
        assert_eq!(
            done(&counter, "undo"),
            format!("Undone: {undone}{before}\n")
        );
        assert_eq!(state("CAM-0013"), *then);
    }
    assert_eq!(counter.json("check"), json!({"ok": true, "problems": []}));
}

#[test]
fn what_has_no_undo_is_named_with_its_time_and_what_can_be_done() {
    let counter = shop();
    done(
        &counter,
        r#"out --customer C-0001 CAM-0013 --due "mon 10:00""#,
    );
    done(
        &counter,
        r#"item retire CAM-0012 --reason "worn out" --now "2025-11-21 11:05""#,
    );
    let (code, no) = refused(&counter, r#"undo --now "2025-11-21 11:06""#);
    assert_eq!(
        (code, no["message"].as_str()),
        (1, Some("CAM-0012 retired at 11:05: this cannot be undone"))
    );
    let before = "undo --step-before leaves that, and takes back the step before it: out 1 item to Maya Chen";
    assert_eq!(
        no["hint"],
        format!("add it again with its tag if it is here after all (rentdesk item add); {before}")
    );
    assert_eq!(counter.json("item show CAM-0013")["state"], "OUT");
    // Why, since when: for a person, a program, and in the history.
    let shown = done(&counter, "item show CAM-0012");
    assert!(
        shown.contains("retired    Fri 21 Nov 11:05: worn out"),
        "{shown}"
    );
    assert!(done(&counter, "history --item CAM-0012").contains("retired: worn out"));
}

#[test]
fn at_the_counter_the_step_before_what_has_no_undo_can_be_taken_back() {
    let mut counter = Counter::demo();
    let customer = counter
        .app
        .shop
        .write(|db| customers::register(db, &profile("Nora Lam"), rules()))
        .unwrap();
    let [kept, retired] = two_on_the_shelf(&counter);
    let to = booking::Recipient::WalkIn(customer);
    let settings = counter.app.shop.settings.clone();
    counter
        .app
        .shop
        .write(|db| {
            desk::hand_over(
                db,
                &settings,
                &booking::CheckOut::plain(to, vec![booking::Thing::Item(kept.id)]),
            )
        })
        .unwrap();
    counter
        .app
        .shop
        .write(|db| {
            inventory::retire(db, retired.id, &Text::new("worn out"))?;
            Ok::<_, Failure<inventory::InventoryRefusal>>(desk::remember_final(
                db,
                desk::Final::Retired(retired.id),
            )?)
        })
        .unwrap();
    counter.keys("<c-z>");
    assert_eq!(
        counter.verdict(),
        format!(
            "BAD {} retired at 10:42: this cannot be undone",
            retired.tag
        )
    );
    let screen = counter.screen();
    assert!(
        screen.contains("[U] leave that, and undo the step before it: out 1 item to Nora Lam"),
        "{screen}"
    );
    counter.keys("<esc>");
    assert!(item(&counter, kept.tag.as_str()).out);
    counter.keys("<c-z>u");
    assert_eq!(counter.verdict(), "OK UNDONE out 1 item to Nora Lam");
    assert!(!item(&counter, kept.tag.as_str()).out);
    // The item's own page tells the reason.
    counter.keys("<esc><f7>").scan(retired.tag.as_str());
    let screen = counter.screen();
    assert!(
        screen.contains("RETIRED, good since Fri 21 Nov 10:42 by Ana: worn out"),
        "{screen}"
    );
    counter.check();
}

#[test]
fn what_lapsed_since_yesterday_stands_on_the_desk() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "mon 9:00" --to "tue 9:00" --line CAM-0012 --hold "2025-11-21 14:00""#,
    );
    done(
        &counter,
        r#"reserve --customer C-0002 --from "fri 12:00" --to "fri 16:00" --line CAM-0013 --confirm"#,
    );
    assert!(!done(&counter, "today").contains("lapsed"));
    done(
        &counter,
        r#"item add "Sony FX6 body" --tag CAM-0014 --now "2025-11-21 23:00""#,
    ); // whatever writes lets it lapse
    let told = done(&counter, r#"today --now "2025-11-21 23:00""#);
    assert!(
        told.contains("lapsed: R-1001 Maya Chen: hold lapsed today 14:00, 0612 555 120"),
        "{told}"
    );
    assert!(
        told.contains("lapsed: R-1002 Sam Okoro: nobody came today 12:00, 0612 555 121"),
        "{told}"
    );
    let (_, stdout, _) = counter.run(r#"today --now "2025-11-21 23:00" --json"#);
    let needs = serde_json::from_str::<Value>(&stdout).unwrap()["needs"].clone();
    assert_eq!(
        needs[0],
        json!({"need": "LAPSED", "reservation": "R-1002", "kind": "NO_SHOW", "at": "2025-11-21T11:00:00Z"})
    );
    assert!(
        done(&counter, r#"today --now "2025-11-22 17:00""#)
            .contains("lapsed: R-1001 Maya Chen: hold lapsed Fri 21 Nov 14:00")
    );
    assert!(!done(&counter, r#"today --now "2025-11-23 09:00""#).contains("lapsed"));
}

#[test]
fn what_is_back_and_wanted_again_soon_stands_on_the_desk_until_it_is_packed() {
    let counter = shop();
    done(
        &counter,
        r#"out --customer C-0001 CAM-0012 CAM-0020 --due "fri 12:00""#,
    );
    done(
        &counter,
        r#"reserve --customer C-0003 --from "fri 17:00" --to "mon 10:00" --line "Sony FX3 body" --line "Sony FX6 body" --confirm"#,
    );
    assert!(!done(&counter, "today").contains("wanted again"));
    done(&counter, "in CAM-0012 CAM-0020");
    // Another FX6 lies on the shelf all the time: only the FX3 must not wait on the floor.
    let told = done(&counter, "today");
    assert!(
        told.contains(
            "wanted again: CAM-0020 Sony FX3 body is back, R-1002 Ines Duarte needs it today 17:00"
        ),
        "{told}"
    );
    assert!(!told.contains("CAM-0012"), "{told}");
    done(&counter, "pack R-1002 1");
    assert!(!done(&counter, "today").contains("wanted again"));
}

#[test]
fn the_hand_over_says_when_the_due_time_is_closed() {
    let mut counter = Counter::demo();
    counter
        .app
        .shop
        .change_setting("open_hours", "mon-fri 9-18")
        .unwrap();
    let [thing, _] = two_on_the_shelf(&counter);
    counter.scan(thing.tag.as_str()).keys("<c-d>sun 12:00<ret>");
    assert_eq!(
        (counter.verdict(), counter.hint()),
        (
            "!! due Sun 23 Nov 12:00: closed, opens Mon 24 Nov 09:00".to_owned(),
            "Ctrl+D moves it".to_owned()
        )
    );
    counter.keys("chen<ret><ret>");
    let screen = counter.screen_at(80, 24);
    assert!(
        screen
            .contains("!! due Sun 23 Nov 12:00: closed, opens Mon 24 Nov 09:00 (Ctrl+D moves it)"),
        "{screen}"
    );
}

fn profile(name: &str) -> customers::Profile {
    customers::Profile {
        name: Text::new(name),
        phone: Some(Text::new("0612 555 200")),
        ..customers::Profile::default()
    }
}

fn rules() -> customers::ContactRules {
    customers::ContactRules {
        email_required: false,
        phone_required: false,
    }
}

/// Two things of different types that lie on their shelves.
fn two_on_the_shelf(counter: &Counter) -> [inventory::Item; 2] {
    let all: Vec<inventory::Item> = inventory::all_items(counter.app.shop.read())
        .unwrap()
        .into_iter()
        .filter(inventory::Item::can_leave)
        .collect();
    let first = all[0].clone();
    let second = all
        .iter()
        .find(|item| item.type_id != first.type_id)
        .unwrap()
        .clone();
    [first, second]
}

#[test]
fn the_counter_names_keys_where_the_command_line_names_commands() {
    let mut counter = Counter::demo();
    let [missing, _] = two_on_the_shelf(&counter);
    counter
        .app
        .shop
        .write(|db| {
            desk::judge(
                db,
                missing.id,
                None,
                &desk::Judgement::Lost(Text::new("not on its shelf")),
            )
        })
        .unwrap();
    counter.keys("<f2>").scan(missing.tag.as_str());
    assert!(
        !counter.hint().contains("rentdesk") && !counter.screen().contains("rentdesk"),
        "{}",
        counter.screen()
    );
    // In the hand again: F3 and a scan, and a step of its own.
    counter.keys("<esc><f3>").scan(missing.tag.as_str());
    assert_eq!(
        counter.verdict(),
        format!("OK FOUND  {} is no longer lost · Ctrl+Z", missing.tag)
    );
    counter.keys("<c-z>");
    assert_eq!(
        counter.verdict(),
        format!("OK UNDONE {} found", missing.tag)
    );
    assert_eq!(item(&counter, missing.tag.as_str()).state(), "LOST");
}

#[test]
fn enter_on_a_days_heading_shows_it_in_steps_of_four_hours() {
    let mut counter = Counter::demo();
    counter.screen_at(80, 24);
    counter.keys("<f5>fx6<ret>+<up>");
    assert_eq!(
        counter.verdict(),
        "Fri 21 Nov 2025 · Enter shows it in steps of 4 hours"
    );
    counter.keys("<right><ret>");
    let screen = counter.screen_at(80, 24);
    let line = |start: &str| {
        screen
            .lines()
            .find(|line| line.trim_start().starts_with(start))
            .unwrap_or_else(|| panic!("{screen}"))
            .to_owned()
    };
    assert!(
        line("TYPE / ITEM").ends_with("Sat 22            Sun 23            Mon 24"),
        "{screen}"
    );
    assert!(
        screen
            .lines()
            .any(|line| line.trim() == "0  4  8 12 16 20  0  4  8 12 16 20  0  4  8"),
        "{screen}"
    );
    assert!(
        counter.verdict().starts_with("Sat 22 00:00: "),
        "{}",
        counter.verdict()
    );
    counter.keys("<right><right>");
    assert!(
        counter.verdict().starts_with("Sat 22 08:00: "),
        "{}",
        counter.verdict()
    );
    counter.keys("<pgdn>");
    assert!(
        counter.verdict().starts_with("Sun 23 08:00: "),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>");
    assert!(
        counter.verdict().starts_with("Sun 23: "),
        "whole days again: {}",
        counter.verdict()
    );
    assert_eq!(
        counter
            .screen_at(80, 24)
            .lines()
            .filter(|line| line.starts_with(" >"))
            .count(),
        1
    );
}

#[test]
fn a_line_whose_answer_changed_stands_out_once() {
    let (shop, folder) = demo_shop();
    let mut other = rentdesk::shop::Shop::open(
        &folder.path().join("shop.db"),
        rentdesk::kernel::Clock::Fixed(crate::counter::friday()),
    )
    .unwrap();
    let mut counter = Counter::over(shop, folder);
    counter.keys("<f4>").keys("sony fx3<ret>");
    assert_eq!(
        reversed(&mut counter, "Sony FX3"),
        Some(false),
        "{}",
        counter.screen()
    );
    let type_id = catalog::search(other.read(), "Sony FX3", 1).unwrap()[0].id;
    let taken = inventory::of_type(other.read(), type_id)
        .unwrap()
        .into_iter()
        .find(inventory::Item::can_leave)
        .unwrap();
    other
        .write(|db| {
            desk::judge(
                db,
                taken.id,
                None,
                &desk::Judgement::Unusable(Text::new("wet")),
            )
        })
        .unwrap();
    counter.app.tick().unwrap();
    assert_eq!(
        reversed(&mut counter, "Sony FX3"),
        Some(true),
        "{}",
        counter.screen()
    );
    assert!(counter.app.tick().unwrap(), "it is drawn once more");
    assert_eq!(reversed(&mut counter, "Sony FX3"), Some(false));
}

/// Whether the line that holds these words stands out.
fn reversed(counter: &mut Counter, words: &str) -> Option<bool> {
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(100, 30)).unwrap();
    terminal.draw(|frame| counter.app.draw(frame)).unwrap();
    let buffer = terminal.backend().buffer().clone();
    let text = |y: u16| {
        (0..100)
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    let line = (5..30).find(|y| text(*y).contains(words) && text(*y).contains(" 1  "))?;
    Some(
        buffer[(12, line)]
            .modifier
            .contains(ratatui::style::Modifier::REVERSED | ratatui::style::Modifier::BOLD),
    )
}

#[test]
fn nothing_that_matters_is_cut_at_eighty_columns() {
    let mut counter = Counter::demo();
    let lane = |screen: &str| {
        screen
            .lines()
            .skip_while(|line| !line.contains("NEEDS YOU"))
            .skip(1)
            .take_while(|line| !line.starts_with("--"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let screen = counter.screen_at(80, 24);
    assert!(
        lane(&screen).iter().all(|line| !line.contains('~')),
        "{screen}"
    );
    assert!(
        screen.contains("needs 2 x Nanlite Forza 300, 1 free"),
        "{screen}"
    );
    counter.keys("<f8>");
    let screen = counter.screen_at(80, 24);
    assert!(
        screen.lines().any(|line| line.contains("B-0002")
            && line.contains("12 days")
            && line.ends_with("needed Sat R-1016")),
        "{screen}"
    );
    // A question is read to its end, whatever it takes.
    counter
        .keys("<esc><f4>")
        .keys("gopro<ret>")
        .keys("5*nanlite<ret>!");
    let screen = counter.screen_at(80, 24);
    let asked: Vec<&str> = screen
        .lines()
        .skip_while(|line| !line.starts_with("-- LINE 2 IS SHORT"))
        .take_while(|line| !line.contains("a letter chooses   "))
        .collect();
    assert!(
        asked.len() > 3 && asked.iter().all(|line| !line.contains('~')),
        "{screen}"
    );
    // What a command says when it cannot be run is not cut either.
    counter.keys("<esc><esc><esc>:");
    let screen = counter.screen_at(80, 24);
    assert!(
        screen.contains("cond          !         (no thing is selected)")
            || !screen
                .lines()
                .any(|line| line.contains("cond ") && line.contains('~')),
        "{screen}"
    );
}
