//! What somebody new to the counter stumbled over: words for times, questions about another day,
//! lists that left something out.

use crate::cli::Counter;
use serde_json::Value;

/// Two cameras and a third of another type, two customers; it is Fri 21 Nov 2025, 10:42.
fn shop() -> Counter {
    let counter = Counter::empty();
    for line in [
        r#"init --name "North Light" --timezone Europe/Berlin --preset film"#,
        r#"type add "Sony FX6 body" --category Camera"#,
        r#"type add "Sony FX3 body" --category Camera"#,
        r#"item add "Sony FX6 body" --tag CAM-0012"#,
        r#"item add "Sony FX6 body" --tag CAM-0013"#,
        r#"item add "Sony FX3 body" --tag CAM-0020"#,
        r#"customer add "Maya Chen" --phone "0612 555 120""#,
        r#"customer add "Sam Okoro" --phone "0612 555 121""#,
    ] {
        done(&counter, line);
    }
    counter
}

fn done(counter: &Counter, line: &str) -> String {
    let (code, stdout, stderr) = counter.run(line);
    assert_eq!((code, stderr.as_str()), (0, ""), "{line}: {stdout}");
    stdout
}

fn json(counter: &Counter, line: &str) -> Value {
    serde_json::from_str(&done(counter, &format!("{line} --json"))).unwrap()
}

#[test]
fn the_same_words_for_a_time_mean_the_same_time_however_often_they_are_said() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "2025-11-28 09:00" --to "2025-12-01 18:00" --line "Sony FX6 body" --confirm"#,
    );
    for (line, to) in [
        (r#"change R-1001 --to "tue 10:00""#, "2025-12-02T09:00:00Z"),
        (r#"change R-1001 --to "tue 10:00""#, "2025-12-02T09:00:00Z"),
        (
            r#"change R-1001 --from "fri 9:00" --to "mon 10:00""#,
            "2025-12-01T09:00:00Z",
        ),
        (r#"change R-1001 --to +1d"#, "2025-12-02T09:00:00Z"),
        (r#"change R-1001 --to "30 nov""#, "2025-11-30T09:00:00Z"),
    ] {
        assert_eq!(json(&counter, line)["to"], to, "{line}");
    }
    assert_eq!(
        json(&counter, "show R-1001")["from"],
        "2025-11-28T08:00:00Z"
    );
    // A stay of two days, from the day it begins.
    let made = json(
        &counter,
        r#"reserve --customer C-0002 --from "tomorrow 10:00" --to +2d --line "Sony FX3 body" --hold"#,
    );
    assert_eq!(
        (&made["from"], &made["to"]),
        (
            &"2025-11-22T09:00:00Z".into(),
            &"2025-11-24T09:00:00Z".into()
        )
    );
    done(
        &counter,
        r#"out --customer C-0002 --due "sat 12:00" CAM-0013"#,
    );
    for _ in 0..2 {
        assert_eq!(
            json(&counter, r#"extend CAM-0013 --to "mon 18:00""#)["to"],
            "2025-11-24T17:00:00Z"
        );
    }
}

#[test]
fn a_question_about_a_later_time_sees_what_has_lapsed_by_then_and_keeps_nothing_of_it() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "mon 9:00" --to "tue 9:00" --line "Sony FX3 body" --hold 4h"#,
    );
    let later = r#"--now "2025-11-22 09:00""#;
    assert_eq!(
        json(
            &counter,
            &format!(
                r#"free "Sony FX3 body" --from "2025-11-24 09:00" --to "2025-11-25 09:00" {later}"#
            )
        )["remaining"],
        1
    );
    assert_eq!(
        json(&counter, &format!("show R-1001 {later}"))["state"],
        "EXPIRED"
    );
    let rehearsed = format!(
        r#"reserve --customer C-0002 --from "2025-11-24 09:00" --to "2025-11-25 09:00" --line "Sony FX3 body" --confirm --dry-run {later}"#
    );
    assert_eq!(json(&counter, &rehearsed)["state"], "CONFIRMED");
    assert_eq!(json(&counter, &format!("check {later}"))["ok"], true);
    // It is still this morning.
    assert_eq!(json(&counter, "show R-1001")["state"], "HOLD");
    assert_eq!(
        json(
            &counter,
            r#"free "Sony FX3 body" --from "mon 9:00" --to "tue 9:00""#
        )["remaining"],
        0
    );
    assert_eq!(json(&counter, "check")["ok"], true);
}

#[test]
fn a_type_that_was_withdrawn_by_mistake_is_brought_back_with_all_that_is_promised_of_it() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "mon 9:00" --to "tue 9:00" --line "Sony FX3 body" --confirm"#,
    );
    assert!(
        done(&counter, r#"type withdraw "Sony FX3 body" --reason oops"#)
            .contains("short 1 x Sony FX3 body")
    );
    let (code, _, stderr) = counter.run("undo");
    assert!(
        code == 1 && stderr.contains("rentdesk type reinstate"),
        "{stderr}"
    );
    let (_, _, stderr) = counter.run(r#"out --customer C-0002 --due sat CAM-0020"#);
    assert!(stderr.contains("rentdesk type reinstate"), "{stderr}");
    assert!(
        done(&counter, r#"type reinstate "Sony FX3 body""#).contains("no longer: R-1001 Maya Chen")
    );
    assert_eq!(json(&counter, "shortages"), Value::Array(Vec::new()));
    let (code, _, stderr) = counter.run(r#"type reinstate "Sony FX3 body""#);
    assert!(code == 1 && stderr.contains("is not withdrawn"), "{stderr}");
}

#[test]
fn the_pick_list_names_what_is_in_the_house_before_what_is_late() {
    let counter = shop();
    done(
        &counter,
        r#"out --customer C-0002 --due "today 12:00" CAM-0012"#,
    );
    done(
        &counter,
        r#"reserve --customer C-0001 --from "2025-11-27 09:00" --to "2025-11-28 09:00" --line "Sony FX6 body" --confirm"#,
    );
    let list = done(
        &counter,
        r#"pick-list --date 2025-11-27 --text --now "2025-11-22 09:00""#,
    );
    assert!(
        list.contains("CAM-0013") && !list.contains("CAM-0012"),
        "{list}"
    );
    // What is late already stands on the list of today, with the word.
    let list = done(&counter, r#"returns-list --text --now "2025-11-22 09:00""#);
    assert!(
        list.contains("LATE, was due Fri 21 Nov 12:00") && list.contains("CAM-0012"),
        "{list}"
    );
    let list = done(
        &counter,
        r#"returns-list --date 2025-11-27 --text --now "2025-11-22 09:00""#,
    );
    assert!(list.contains("Nothing is due back"), "{list}");
}

#[test]
fn what_a_setting_takes_is_shown_by_an_example_that_wipes_nothing_out() {
    let counter = shop();
    for (name, hint) in [
        (
            "open_hours",
            r#"settings set open_hours "mon-fri 9:00-18:00, sat 10-14""#,
        ),
        (
            "closed_days",
            r#"settings set closed_days "2025-12-24..2025-12-26, 01-01""#,
        ),
    ] {
        let (code, _, stderr) = counter.run(&format!("settings set {name} nonsense"));
        assert!(code == 1 && stderr.contains(hint), "{stderr}");
    }
}

#[test]
fn what_lies_in_a_case_is_where_the_case_is_and_stands_on_its_checklist() {
    let counter = shop();
    for line in [
        "category add Cases",
        r#"type add "Peli case" --category Cases"#,
        r#"item add "Peli case" --tag CAS-1"#,
        "item case CAS-1 CAM-0012 CAM-0013",
        r#"reserve --customer C-0001 --from today --to "mon 10:00" --line CAS-1 --confirm"#,
        "out --reservation R-1001 CAS-1",
    ] {
        done(&counter, line);
    }
    let shown = json(&counter, "item show CAM-0012");
    assert_eq!(
        (&shown["state"], &shown["held_by"], &shown["reservation"]),
        (&"OUT".into(), &"C-0001".into(), &"R-1001".into())
    );
    assert!(done(&counter, "item show CAM-0012").contains("in CAS-1, out to Maya Chen"));
    assert!(
        done(&counter, "who CAM-0012")
            .starts_with("CAM-0012, in CAS-1, is with Maya Chen C-0001, R-1001")
    );
    let list = done(&counter, "checklist R-1001 --text");
    assert!(
        list.contains("CAM-0012") && list.contains("CAM-0013"),
        "{list}"
    );
    let (code, _, stderr) = counter.run("out --customer C-0002 --due sat CAM-0012");
    assert!(
        code == 1 && stderr.contains("lies in case CAS-1, which is out"),
        "{stderr}"
    );
    done(&counter, "in CAS-1");
    assert_eq!(json(&counter, "item show CAM-0012")["state"], "IN");
}
