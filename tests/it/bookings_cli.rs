//! Reservations from the command line, on the real binary: what is said, what is refused, and the
//! shapes that programs rely on.

use crate::cli::{Counter, shape};
use serde_json::{Value, json};

/// Three cameras of two types, batteries, a kit, three customers; nothing is out.
pub(crate) fn shop() -> Counter {
    let counter = Counter::empty();
    for line in [
        r#"init --name "North; Light, Rentals" --timezone Europe/Berlin --preset film"#,
        r#"type add "Sony FX6 body" --category Camera --daily 180 --content charger --content strap"#,
        r#"type add "Sony FX3 body" --category Camera --daily 120"#,
        r#"type add "V-lock 150" --category Power --bulk --quantity 20 --tag BAT-V150 --location B2"#,
        r#"item add "Sony FX6 body" --tag CAM-0012 --serial 4011207 --location A3"#,
        r#"item add "Sony FX6 body" --tag CAM-0013 --location A10"#,
        r#"item add "Sony FX3 body" --tag CAM-0020 --location A4"#,
        r#"type add "Camera kit" --category Camera"#,
        r#"kit set "Camera kit" "Sony FX6 body" "V-lock 150*3""#,
        r#"customer add "Maya Chen" --phone "0612 555 120""#,
        r#"customer add "Sam Okoro" --phone "0612 555 121""#,
        r#"customer add "Ines Duarte" --phone "0612 555 122""#,
        r#"staff add Ana"#,
    ] {
        done(&counter, line);
    }
    counter
}

pub(crate) fn done(counter: &Counter, line: &str) -> String {
    let (code, stdout, stderr) = counter.run(line);
    assert_eq!((code, stderr.as_str()), (0, ""), "{line}: {stdout}");
    stdout
}

pub(crate) fn refused(counter: &Counter, line: &str) -> Value {
    let (code, stdout, stderr) = counter.run(&format!("{line} --json"));
    assert_eq!((code, stdout.as_str()), (1, ""), "{line}: {stderr}");
    serde_json::from_str::<Value>(&stderr).unwrap()["refused"].clone()
}

pub(crate) fn books_are_right(counter: &Counter) {
    assert_eq!(counter.json("check"), json!({"ok": true, "problems": []}));
}

#[test]
fn a_reservation_is_made_changed_handed_over_and_extended() {
    let counter = shop();
    let told = counter.transcript(&[
        r#"free "Sony FX6 body" --from "sat 9:00" --to "mon 10:00""#,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body" --line "V-lock 150*4" --note "Leo may collect""#,
        r#"reserve --customer C-0003 --from "sat 9:00" --to "mon 10:00" --line CAM-0012 --confirm"#,
        r#"free "Sony FX6 body" --from "sat 9:00" --to "mon 10:00""#,
        r#"free CAM-0012 --from "sat 9:00" --to "mon 10:00""#,
        r#"reserve --customer C-0002 --from "sat 12:00" --to "sun 10:00" --line "Camera kit*2""#,
        r#"reserve --customer C-0002 --from "sat 12:00" --to "sun 10:00" --line "Camera kit*2" --hold 4h --keep-short"#,
        r#"shortages"#,
        r#"today"#,
        r#"cancel R-1003 --reason customer --note "he called""#,
        r#"change R-1001 --line CAM-0020 --drop 2 --to "tue 10:00""#,
        r#"pack R-1001 1 3=1"#,
        r#"confirm R-1001 --staff Ana"#,
        r#"show R-1001"#,
        r#"list"#,
        r#"pick-list --date sat"#,
        r#"out --reservation R-1001 CAM-0013 CAM-0020 --early "flight at noon""#,
        r#"extend R-1001 CAM-0020 --to wed"#,
        r#"extend CAM-0013 --to "wed 9:00""#,
        r#"checklist R-1001"#,
        r#"returns-list --date wed"#,
        r#"undo"#,
        r#"show R-1001"#,
        r#"check"#,
    ]);
    let told = crate::file_truth::without_seal(&told);
    insta::assert_snapshot!(told);
}

#[test]
fn a_shortage_is_a_refusal_with_every_fact() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --line "V-lock 150*18" --confirm"#,
    );
    let no = refused(
        &counter,
        r#"reserve --customer C-0002 --from "sat 12:00" --to "sun 10:00" --line "Camera kit" --line "Sony FX3 body""#,
    );
    assert_eq!(no["kind"], "shortage");
    assert_eq!(
        no["short"],
        json!([
            {"line": 2, "type": "Sony FX6 body", "wanted": 1, "free": 0, "total": 2, "proven": true, "blockers": [
                {"reservation": "R-1001", "customer": "C-0001", "tag": null, "until": "2025-11-24T09:00:00Z", "quantity": 2, "how": "CONFIRMED"}]},
            {"line": 3, "type": "V-lock 150", "wanted": 3, "free": 2, "total": 20, "proven": true, "blockers": [
                {"reservation": "R-1001", "customer": "C-0001", "tag": null, "until": "2025-11-24T09:00:00Z", "quantity": 18, "how": "CONFIRMED"}]},
        ])
    );
    assert_eq!(
        no["ways"],
        json!([{"way": "INSTEAD", "type": "Sony FX3 body", "free": 1}, {"way": "WINDOW", "from": "2025-11-24T09:00:00Z", "to": "2025-11-25T07:00:00Z"}, {"way": "KEEP_SHORT"}])
    );
    // A refusal leaves nothing: no reservation, no number used up, no event.
    assert_eq!(counter.json("list").as_array().unwrap().len(), 1);
    done(
        &counter,
        r#"reserve --customer C-0002 --from "sat 12:00" --to "sun 10:00" --line "Sony FX3 body""#,
    );
    // A change that does not fit names its lines by the numbers they would have, and leaves all as
    // it was.
    let before = counter.json("show R-1002");
    let no = refused(
        &counter,
        r#"change R-1002 --line "Sony FX6 body" --set 1=2"#,
    );
    assert_eq!(
        no["short"]
            .as_array()
            .unwrap()
            .iter()
            .map(|short| short["line"].clone())
            .collect::<Vec<_>>(),
        [json!(1), json!(2)]
    );
    assert_eq!(counter.json("show R-1002"), before);
    books_are_right(&counter);
}

#[test]
fn free_answers_whether_or_not() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2""#,
    );
    let answer =
        counter.json(r#"free "Sony FX6 body" --from "sat 12:00" --to "sun 12:00" --qty 2"#);
    assert_eq!(
        answer,
        json!({
            "type": "Sony FX6 body", "tag": null, "from": "2025-11-22T11:00:00Z", "to": "2025-11-23T11:00:00Z", "quantity": 2, "is_available": false, "remaining": 0, "peak": 2,
            "total": 2, "proven": true,
            "blockers": [{"reservation": "R-1001", "customer": "C-0001", "tag": null, "until": "2025-11-24T09:00:00Z", "quantity": 2, "how": "HOLD"}],
            "next_window": {"from": "2025-11-24T09:00:00Z", "to": "2025-11-25T09:00:00Z"}, "instead": [], "warnings": [],
        })
    );
    assert_eq!(
        counter
            .run(r#"free "Sony FX6 body" --from "sat 12:00" --to "sun 12:00""#)
            .0,
        0
    );
    let kit = counter.json(r#"free "Camera kit" --from "mon 10:00" --to "tue 10:00" --qty 2"#);
    assert_eq!(
        (
            kit["is_available"].clone(),
            kit["remaining"].clone(),
            kit["next_window"].clone()
        ),
        (json!(true), json!(2), json!(null))
    );
    for (line, code) in [
        (r#"free Nothing --from sat --to mon"#, 3),
        (r#"free "Sony FX6 body" --from "29 nov" --to "27 nov""#, 1),
        (r#"free "Sony FX6 body" --from mon --to sat --qty 0"#, 2),
        (r#"free "Sony FX6 body" --from sat --to mon --qty 0"#, 2),
        (r#"free "Sony FX6 body" --from whenever --to mon"#, 2),
        (r#"free "Sony FX6 body" --from sat"#, 2),
    ] {
        assert_eq!(counter.run(line).0, code, "{line}: {}", counter.run(line).2);
    }
}

#[test]
fn what_is_wrong_is_said_with_its_code() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Camera kit" --reference WEB-7"#,
    );
    done(
        &counter,
        r#"out --customer C-0002 --due "sun 10:00" CAM-0020"#,
    );
    for (line, code, says) in [
        (
            "reserve --from sat --to mon --line CAM-0020",
            1,
            "Refused: Nobody is named who takes it.\nHint: name a customer; only a quote may lack one\n",
        ),
        (
            "reserve --customer C-0001 --from sat --to mon",
            2,
            "error: the following required arguments were not provided:",
        ),
        (
            "reserve --customer C-0001 --from sat --to mon --line Nothing",
            3,
            "Refused: There is no type \"Nothing\".",
        ),
        (
            "reserve --customer C-0001 --from \"20 nov 2025\" --to mon --line CAM-0020",
            1,
            "Refused: The start, Thu 20 Nov 00:00, is over.\n",
        ),
        (
            "reserve --customer C-0001 --from sat --to mon --line CAM-0012*2",
            1,
            "Refused: CAM-0012 is one item, not 2.\n",
        ),
        (
            "reserve --customer C-0001 --from sat --to mon --line CAM-0020 --hold --confirm",
            2,
            "error: the argument '--hold",
        ),
        (
            "confirm R-9",
            3,
            "Refused: There is no reservation \"R-9\".\nHint: check the number (rentdesk list)\n",
        ),
        ("show R-9", 3, "Refused: There is no reservation"),
        ("checklist R-9", 3, "Refused: There is no reservation"),
        ("change WEB-7", 2, "Refused: Nothing is to change.\n"),
        (
            "change WEB-7 --set one=2",
            2,
            "Refused: \"one=2\" names no line.\n",
        ),
        (
            "change WEB-7 --set 1=many",
            2,
            "Refused: \"many\" is not a number of pieces.\n",
        ),
        (
            "change WEB-7 --drop 9",
            1,
            "Refused: R-1001 has no line 9.\nHint: look at its lines (rentdesk show R-1001)\n",
        ),
        (
            "change WEB-7 --drop 1",
            1,
            "Refused: R-1001 would have no line left.\nHint: cancel it instead\n",
        ),
        (
            "hold R-1001 --for soon",
            2,
            "Refused: \"soon\" is not a length.\n",
        ),
        (
            "hold R-1001 --for 9d",
            1,
            "Refused: A hold cannot end Sun 30 Nov 10:42: it must be later than now and no later than the start, Sat 22 Nov 09:00.\n",
        ),
        (
            "cancel R-1001",
            2,
            "error: the following required arguments were not provided:",
        ),
        (
            "cancel R-1001 --reason weather",
            2,
            "error: invalid value 'weather' for '--reason <REASON>': it is one of customer, shop, duplicate, declined, other",
        ),
        (
            "cancel R-1002 --reason shop",
            1,
            "Refused: R-1002 is active: it cannot be cancelled.\nHint: take the gear back first\n",
        ),
        (
            "extend R-1001 --to wed",
            1,
            "Refused: R-1001 is a hold: it cannot be extended.\n",
        ),
        (
            "extend CAM-0012 --to wed",
            1,
            "Refused: CAM-0012 was not out.\n",
        ),
        (
            "extend R-1002 CAM-0012 --to wed",
            1,
            "Refused: CAM-0012 is not out with R-1002\nHint: rentdesk show R-1002 lists what is\n",
        ),
        (
            "extend R-1002 --to \"20 nov 2025\"",
            1,
            "Refused: Thu 20 Nov 10:00 is over.\n",
        ),
        (
            "pack R-1001",
            2,
            "error: the following required arguments were not provided:",
        ),
        (
            "pack R-1001 1",
            2,
            "Refused: A kit is packed by its parts.\n",
        ),
        (
            "pack R-1001 3=4",
            1,
            "Refused: Line 3: 4 cannot be packed of 3.\n",
        ),
        (
            "out --reservation R-1001 CAM-0012",
            1,
            "Refused: R-1001 is a hold: it cannot be handed over.\nHint: confirm it first\n",
        ),
        (
            "out --reservation R-1001 --confirm CAM-0012",
            1,
            "Refused: R-1001 begins Sat 22 Nov 09:00; it can be handed over from Sat 22 Nov 00:00.\nHint: give a reason to hand it over earlier (--early)\n",
        ),
        (
            "out --reservation R-1001 --confirm CAM-0013*2",
            1,
            "Refused: CAM-0013 is one item, not 2.\n",
        ),
        (
            "export reservations --format ics --from never",
            2,
            "Refused: \"never\" is not a date or time.\n",
        ),
        (
            "export items --format ics",
            2,
            "Refused: Only reservations are a calendar.\n",
        ),
    ] {
        let (found, _, stderr) = counter.run(line);
        assert!(
            found == code && stderr.starts_with(says),
            "{line}: {found}\n{stderr}"
        );
    }
    books_are_right(&counter);
}

#[test]
fn what_is_not_on_the_reservation_is_left_and_the_rest_goes() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "today 12:00" --to "mon 10:00" --line "Sony FX6 body" --confirm"#,
    );
    let (code, stdout, _) =
        counter.run("out --reservation R-1001 CAM-0012 CAM-0020 2*BAT-V150 --json");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, answer["out"].clone()), (1, json!(["CAM-0012"])));
    let left: Vec<&str> = answer["not_out"]
        .as_array()
        .unwrap()
        .iter()
        .map(|left| left["tag"].as_str().unwrap())
        .collect();
    assert_eq!(left, ["CAM-0020", "2*BAT-V150"]);
    done(
        &counter,
        "out --reservation R-1001 CAM-0020 2*BAT-V150 --extra",
    );
    done(&counter, "undo");
    done(&counter, "undo");
    done(&counter, "out --reservation R-1001 --swap CAM-0020=1");
    assert_eq!(
        counter.json("show R-1001")["lines"][0]["tags"],
        json!(["CAM-0020"])
    );
    assert_eq!(
        counter.run("out --reservation R-1001 CAM-0012").0,
        1,
        "nothing of its type is left to go"
    );
    books_are_right(&counter);
}

#[test]
fn what_is_promised_to_others_is_taken_only_knowingly() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    let (code, _, stderr) = counter.run(r#"out --customer C-0002 CAM-0012 --due "sat 12:00""#);
    assert_eq!(
        (code, stderr.as_str()),
        (
            1,
            "Refused: CAM-0012 Sony FX6 body is promised to R-1001 Maya Chen Sat 22 Nov 09:00 short 1 x Sony FX6 body.\nHint: take it anyway (--take-anyway), or put it back\n"
        )
    );
    assert_eq!(counter.json("shortages"), json!([]));
    done(
        &counter,
        r#"out --customer C-0002 CAM-0012 --due "sat 12:00" --take-anyway"#,
    );
    let short = counter.json("shortages --date sat");
    assert_eq!(short[0]["reservation"], "R-1001");
    assert_eq!(
        (
            short[0]["missing"].clone(),
            counter.json("shortages --date sun")
        ),
        (json!(1), json!([]))
    );
    // Back in time, it is well again; back broken, it is not.
    let back = counter.json("in CAM-0012 --dry-run");
    assert_eq!(
        back["back"][0]["mends"],
        json!(["R-1001 Maya Chen Sat 22 Nov 09:00 short 1 x Sony FX6 body"])
    );
    let broken = counter.json("in CAM-0012 --condition unusable --note bent --dry-run");
    assert_eq!(broken["back"][0]["mends"], json!([]));
    books_are_right(&counter);
}

#[test]
fn an_act_on_stock_says_whom_it_hurts_before_it_is_saved() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line CAM-0012 --line "Sony FX6 body" --line "V-lock 150*10" --confirm"#,
    );
    let camera = "R-1001 Maya Chen Sat 22 Nov 09:00 short 1 x Sony FX6 body";
    for (line, hurt) in [
        ("item retire CAM-0012 --reason sold", camera),
        ("item lost CAM-0013 --reason stolen", camera),
        ("item condition CAM-0012 unusable --note bent", camera),
        (
            "item condition CAM-0013 maintenance --note fan --expected-back \"mon 12:00\"",
            camera,
        ),
        ("item block CAM-0013 --reason fair", camera),
        (
            "item block BAT-V150 --qty 12 --reason fair",
            "R-1001 Maya Chen Sat 22 Nov 09:00 short 2 x V-lock 150",
        ),
        (
            "type edit \"V-lock 150\" --quantity 7",
            "R-1001 Maya Chen Sat 22 Nov 09:00 short 3 x V-lock 150",
        ),
        ("item case CAM-0020 CAM-0013", camera),
    ] {
        let before = counter.json("events --limit 0");
        assert_eq!(
            counter.json(&format!("{line} --dry-run"))["hurts"],
            json!([hurt]),
            "{line}"
        );
        let (code, stdout, _) = counter.run(&format!("{line} --dry-run"));
        assert!(
            code == 0 && stdout.contains(&format!("!! {hurt}\n")),
            "{line}: {stdout}"
        );
        assert_eq!(
            (counter.json("events --limit 0"), counter.json("shortages")),
            (before, json!([])),
            "{line}"
        );
    }
    let withdrawn = counter.json("type withdraw \"Sony FX6 body\" --reason old --dry-run");
    assert_eq!(withdrawn["hurts"].as_array().unwrap().len(), 2);
    // It is a fact, and never refused; what mends it says so.
    done(&counter, "item condition CAM-0012 unusable --note bent");
    assert_eq!(
        counter.json("show R-1001")["lines"][0]["pin"],
        json!(null),
        "it may be any of the type now"
    );
    let mended = counter.json("item condition CAM-0012 good");
    assert_eq!(
        (mended["hurts"].clone(), mended["mends"].clone()),
        (json!([]), json!([camera]))
    );
    // Names are joined when the answer is shown: nothing that is kept has them.
    let log = std::fs::read(counter.folder.path().join("shop.db")).unwrap();
    assert!(!String::from_utf8_lossy(&log).contains("Maya Chen Sat 22 Nov"));
    books_are_right(&counter);
}

#[test]
fn holds_lapse_before_a_command_runs_and_a_question_keeps_nothing_of_it() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --hold 2h"#,
    );
    let late = "--now 2025-11-21T12:00:00Z";
    // A time that was given for a question is the time of the answer, and nothing is kept of it;
    // the next command that writes lapses it.
    assert_eq!(
        counter.json(&format!("show R-1001 {late} --dry-run"))["state"],
        "EXPIRED"
    );
    assert_eq!(counter.json(&format!("list {late}"))[0]["state"], "EXPIRED");
    assert_eq!(counter.json("show R-1001")["state"], "HOLD");
    done(
        &counter,
        &format!(r#"customer add "Ida Voss" --phone "0612 555 001" {late}"#),
    );
    assert_eq!(counter.json(&format!("list {late}"))[0]["state"], "EXPIRED");
    let told = counter.json(&format!("history {late}"));
    let event = told
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["event"] == "ReservationExpired")
        .expect("it is told");
    assert_eq!(event["staff"], json!(null));
    assert_eq!(
        counter.json(&format!(
            r#"free "Sony FX6 body" --from "sat 9:00" --to "mon 10:00" {late}"#
        ))["remaining"],
        2
    );
    books_are_right(&counter);
}

#[test]
fn each_act_is_undone_and_a_doubled_change_of_mind_is_said() {
    let counter = shop();
    for (line, state) in [
        (
            r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Camera kit" --quote"#,
            "QUOTE",
        ),
        ("hold R-1001", "HOLD"),
        ("confirm R-1001", "CONFIRMED"),
        (r#"change R-1001 --to "tue 10:00" --set 1=2"#, "CONFIRMED"),
        ("cancel R-1001 --reason shop", "CANCELLED"),
    ] {
        done(&counter, line);
        assert_eq!(counter.json("show R-1001")["state"], state, "{line}");
    }
    for state in ["CONFIRMED", "CONFIRMED", "HOLD", "QUOTE", "CANCELLED"] {
        done(&counter, "undo");
        assert_eq!(counter.json("show R-1001")["state"], state);
    }
    books_are_right(&counter);
}

#[test]
fn a_copy_asks_for_the_same_again() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Camera kit*2" --line CAM-0020 --confirm"#,
    );
    let copy =
        counter.json(r#"reserve --copy R-1001 --from "1 dec 9:00" --to "3 dec 10:00" --quote"#);
    let lines: Vec<(&str, i64)> = copy["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| {
            (
                line["type"].as_str().unwrap(),
                line["quantity"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            ("Camera kit", 2),
            ("Sony FX6 body", 2),
            ("V-lock 150", 6),
            ("Sony FX3 body", 1)
        ]
    );
    assert_eq!(
        (copy["customer"].clone(), copy["state"].clone()),
        (json!("C-0001"), json!("QUOTE"))
    );
}

#[test]
fn paper_is_saved_and_said() {
    let counter = shop();
    done(
        &counter,
        "customer edit C-0001 --name \"Ma\u{16a0}ya Chen\"",
    );
    done(
        &counter,
        r#"reserve --customer C-0001 --from "today 12:00" --to "mon 10:00" --line "Camera kit" --confirm"#,
    );
    let printed = |counter: &Counter| {
        let events = counter.json("events --limit 0");
        events
            .as_array()
            .unwrap()
            .iter()
            .filter(|event| event["kind"] == "PickListPrinted")
            .map(|event| event["payload"].clone())
            .collect::<Vec<Value>>()
    };
    for line in [
        "pick-list",
        "pick-list --text",
        "returns-list",
        "checklist R-1001",
        "pick-list --pdf a.pdf --dry-run",
    ] {
        done(&counter, line);
    }
    assert_eq!(
        (
            printed(&counter).len(),
            counter.folder.path().join("a.pdf").exists()
        ),
        (0, false)
    );
    let made = counter.json("pick-list --pdf a.pdf");
    assert_eq!(
        (
            made["pages"].clone(),
            made["file"].clone(),
            made["printed"].clone()
        ),
        (json!(1), json!("a.pdf"), json!(null))
    );
    assert!(
        std::fs::read(counter.folder.path().join("a.pdf"))
            .unwrap()
            .starts_with(b"%PDF-")
    );
    let facts = printed(&counter);
    assert_eq!(
        (
            facts.len(),
            facts[0]["date"].clone(),
            facts[0]["reservation_ids"].as_array().unwrap().len()
        ),
        (1, json!("2025-11-21"), 1)
    );
    let (code, _, stderr) = counter.run("pick-list --pdf a.pdf");
    assert!(
        code == 1 && stderr.starts_with("Refused: There is a file already at a.pdf"),
        "{stderr}"
    );
    assert_eq!(made["missing_characters"], json!(["\u{16a0}"]));
    // No printer here, or one that refuses: the paper is saved, and that is said; the command has
    // done its part.
    let output = counter
        .command()
        .args(["checklist", "R-1001", "--print"])
        .env("PATH", "/nowhere")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        said.starts_with("!! paper not printed: this machine has no lp and no lpr · saved as ")
            && said
                .contains("checklist-R-1001.pdf\n!! No font on this machine has \u{16a0} (U+16A0)"),
        "{said}"
    );
    assert!(
        counter
            .folder
            .path()
            .join("paper/checklist-R-1001.pdf")
            .exists()
    );
    books_are_right(&counter);
}

#[test]
fn a_pick_list_says_what_must_come_back_first() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --line "15*BAT-V150" --confirm"#,
    );
    done(
        &counter,
        r#"out --customer C-0002 CAM-0013 --due "sat 8:00""#,
    );
    done(
        &counter,
        r#"out --customer C-0003 10*BAT-V150 --due "sat 8:30""#,
    );
    let list = counter.json("pick-list --date sat");
    assert_eq!(
        list["first_back"],
        json!([
            "CAM-0013 Sony FX6 body: Sam Okoro 0612 555 121 (R-1002), due Sat 22 Nov 08:00; for R-1001 Maya Chen",
            "5 x V-lock 150: Ines Duarte 0612 555 122 (R-1003), due Sat 22 Nov 08:30; for R-1001 Maya Chen"
        ])
    );
    // The walk gives what lies on the shelves; what does not is said apart.
    let lines = &list["reservations"][0]["lines"];
    assert_eq!(
        (
            &lines[0]["quantity"],
            &lines[0]["to_come"],
            &lines[0]["short"],
            &lines[1]["to_come"]
        ),
        (&json!(2), &json!(1), &json!(0), &json!(5))
    );
    let paper = done(&counter, "pick-list --date sat");
    assert!(
        paper.contains("not there, to come back first: 6 items") && paper.contains("A3: 1 item"),
        "{paper}"
    );
    assert_eq!(
        (
            list["short"].clone(),
            list["reservations"][0]["lines"][0]["tags"].clone()
        ),
        (json!([]), json!(["CAM-0012", "CAM-0013"]))
    );
    // Once it is overdue it keeps the line short, and the paper says so.
    let late = counter.json("pick-list --now \"2025-11-22 08:20\"");
    assert_eq!(
        late["short"],
        json!(["R-1001 Maya Chen Sat 22 Nov 09:00 short 1 x Sony FX6 body: gear is overdue"])
    );
    assert_eq!(
        (
            &late["first_back"].as_array().unwrap().len(),
            &late["reservations"][0]["lines"][0]["short"]
        ),
        (&2, &json!(1))
    );
    assert!(
        late["first_back"][0]
            .as_str()
            .unwrap()
            .contains("overdue since Sat 22 Nov 08:00"),
        "{late}"
    );
    let today = counter.json("today --now \"2025-11-22 08:20\"");
    assert_eq!(
        (
            today["going_out"][0]["short"].clone(),
            today["going_out"][0]["items"].clone(),
            today["short"][0]["cause"].clone()
        ),
        (json!(1), json!(17), json!("OVERDUE"))
    );
}

#[test]
fn an_undone_cancellation_is_as_short_as_it_was() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    done(
        &counter,
        r#"reserve --customer C-0002 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body" --keep-short"#,
    );
    done(&counter, "cancel R-1002 --reason customer");
    done(&counter, "undo");
    assert_eq!(counter.json("show R-1002")["state"], "HOLD");
    books_are_right(&counter);
}

/// An iCalendar reader of its own: unfolds, takes the names and values apart, undoes the escapes.
fn read_calendar(text: &str) -> Vec<Vec<(String, String)>> {
    for line in text.split("\r\n") {
        assert!(
            line.len() <= 75 && !line.contains(['\r', '\n']),
            "{line:?} is {} bytes long",
            line.len()
        );
    }
    assert!(text.ends_with("END:VCALENDAR\r\n") && text.starts_with("BEGIN:VCALENDAR\r\n"));
    let mut events = Vec::new();
    for line in text.replace("\r\n ", "").lines() {
        let (name, value) = line.split_once(':').unwrap();
        let mut plain = String::new();
        let mut characters = value.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => plain.push(match characters.next().unwrap() {
                    'n' | 'N' => '\n',
                    other => other,
                }),
                other => plain.push(other),
            }
        }
        match (name, value) {
            ("BEGIN", "VEVENT") => events.push(Vec::new()),
            _ => events
                .last_mut()
                .map_or((), |event| event.push((name.to_owned(), plain))),
        }
    }
    events
}

#[test]
fn reservations_stand_in_a_calendar() {
    let counter = shop();
    done(
        &counter,
        "customer edit C-0001 --name \"Chen, Maya; \u{738b}\u{5c0f}\u{660e} \\ Sons and Daughters of the Long Name in the North of the Country\"",
    );
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --line "V-lock 150*4""#,
    );
    done(
        &counter,
        r#"reserve --customer C-0002 --from "1 dec 9:00" --to "3 dec 10:00" --line "Camera kit" --confirm"#,
    );
    done(
        &counter,
        r#"reserve --from "1 dec 9:00" --to "3 dec 10:00" --line "Camera kit" --quote"#,
    );
    done(
        &counter,
        r#"reserve --customer C-0003 --from "5 dec 9:00" --to "6 dec 10:00" --line CAM-0020"#,
    );
    done(&counter, "cancel R-1004 --reason shop");
    let text = done(&counter, "export reservations --format ics -");
    assert!(
        text.contains("\r\nX-WR-CALNAME:North\\; Light\\, Rentals\r\n"),
        "{text}"
    );
    let events = read_calendar(&text);
    let value = |event: &[(String, String)], name: &str| {
        event
            .iter()
            .find(|(known, _)| known == name)
            .map(|(_, value)| value.clone())
            .unwrap_or_default()
    };
    assert_eq!(events.len(), 2);
    assert_eq!(
        value(&events[0], "SUMMARY"),
        "R-1001 Chen, Maya; 王小明 \\ Sons and Daughters of the Long Name in the North of the Country: 2 x Sony FX6 body, 4 x V-lock 150"
    );
    assert_eq!(
        (value(&events[0], "DTSTART"), value(&events[0], "DTEND")),
        ("20251122T080000Z".to_owned(), "20251124T090000Z".to_owned())
    );
    assert_eq!(
        (value(&events[0], "STATUS"), value(&events[1], "STATUS")),
        ("TENTATIVE".to_owned(), "CONFIRMED".to_owned())
    );
    assert_eq!(
        (
            value(&events[0], "CATEGORIES"),
            value(&events[1], "CATEGORIES")
        ),
        ("Hold".to_owned(), "Confirmed".to_owned())
    );
    assert_eq!(value(&events[0], "DTSTAMP"), "20251121T094200Z");
    assert!(
        value(&events[0], "UID").starts_with("R-1001.")
            && value(&events[0], "UID").ends_with("@rentdesk")
    );
    // A calendar that takes the file again replaces its events; a window leaves the others out.
    let again = read_calendar(&done(
        &counter,
        "export reservations --format ics --from \"30 nov\" --until \"1 dec\"",
    ));
    assert_eq!(
        (again.len(), value(&again[0], "UID")),
        (1, value(&events[1], "UID"))
    );
    done(&counter, "export reservations --format ics shop.ics");
    assert_eq!(
        std::fs::read_to_string(counter.folder.path().join("shop.ics")).unwrap(),
        text
    );
    // The same as lists.
    let rows = counter.json("export reservations");
    assert_eq!(
        (rows.as_array().unwrap().len(), rows[0]["lines"].clone()),
        (4, json!(["2 x Sony FX6 body", "4 x V-lock 150"]))
    );
    assert!(done(&counter, "export reservations --format csv").starts_with("number,reference,state,customer,customer_name,from,to,hold_lapses,items,lines,note,cancel_reason\r\n"));
}

#[test]
fn the_names_of_reservations_are_pinned() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    done(
        &counter,
        r#"out --customer C-0002 CAM-0012 --due "sat 12:00" --take-anyway"#,
    );
    done(
        &counter,
        r#"reserve --customer C-0003 --from "today 12:00" --to "sun 10:00" --line "Sony FX3 body" --hold 1h"#,
    );
    let golden: String = [
        r#"free "Sony FX6 body" --from "sat 9:00" --to "mon 10:00""#,
        r#"reserve --customer C-0003 --from "1 dec" --to "2 dec" --line CAM-0013 --dry-run"#,
        "confirm R-1003 --dry-run",
        "hold R-1003 --dry-run",
        "change R-1003 --note x --dry-run",
        "cancel R-1003 --reason shop --dry-run",
        "extend R-1002 --to \"sat 8:00\" --dry-run",
        "pack R-1003 --all --dry-run",
        "show R-1003",
        "list",
        "shortages",
        "today",
        "pick-list",
        "returns-list --date sat",
        "checklist R-1002",
        "export reservations",
        "item block CAM-0013 --reason fair --dry-run",
        "in CAM-0012 --dry-run",
    ]
    .iter()
    .map(|line| format!("{line}: {}\n", shape(&counter.json(line))))
    .collect();
    insta::assert_snapshot!(golden.trim_end());
}
