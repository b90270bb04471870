//! What a command says: what was agreed, all causes of a no, and what the no is not about.

use crate::bookings_cli::{books_are_right, done, shop};
use crate::cli::Counter;
use std::fs;

fn no(counter: &Counter, line: &str) -> String {
    let (code, stdout, stderr) = counter.run(line);
    assert_eq!(code, 1, "{line}: {stdout}{stderr}");
    stderr
}

#[test]
fn what_was_agreed_is_repeated_with_its_days_lines_and_total() {
    let counter = shop();
    let told = counter.transcript(&[
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Camera kit" --line CAM-0020"#,
        r#"confirm R-1001"#,
        r#"change R-1001 --to "tue 12:00" --set 4=1"#,
        r#"reserve --from "1 dec 9:00" --to "2 dec 10:00" --line "V-lock 150*3" --quote"#,
        r#"cancel R-1001 --reason shop --dry-run"#,
        r#"out --reservation R-1001 --early "night shoot" CAM-0020"#,
        r#"extend R-1001 CAM-0020 --to "wed 9:00""#,
    ]);
    insta::assert_snapshot!(told);
}

#[test]
fn a_hold_whose_dates_move_lapses_with_its_start_at_the_latest_and_says_so() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "6 dec 9:00" --to "8 dec 12:00" --line "Sony FX6 body" --hold "5 dec 12:00""#,
    );
    let said = done(
        &counter,
        r#"change R-1001 --from "4 dec 9:00" --to "5 dec 9:00""#,
    );
    assert!(said.starts_with("HOLD R-1001 until Thu 4 Dec 09:00 · changed, lapses Thu 4 Dec 09:00 with its start, was Fri 5 Dec 12:00\n"), "{said}");
    assert_eq!(
        counter.json("show R-1001")["hold_lapses"],
        "2025-12-04T08:00:00Z"
    );
    let said = done(
        &counter,
        r#"change R-1001 --from "10 dec 9:00" --to "12 dec 9:00""#,
    );
    assert!(
        said.starts_with("HOLD R-1001 until Thu 4 Dec 09:00 · changed\n"),
        "later dates give no longer hold: {said}"
    );
    done(&counter, "undo");
    done(&counter, "undo");
    assert_eq!(
        counter.json("show R-1001")["hold_lapses"],
        "2025-12-05T11:00:00Z",
        "and its undo brings the time back"
    );
    let said = no(
        &counter,
        r#"change R-1001 --from "today 10:42" --to "5 dec 9:00""#,
    );
    assert!(
        said.starts_with("Refused: A hold cannot end Fri 21 Nov 10:42"),
        "{said}"
    );
    books_are_right(&counter);
}

#[test]
fn every_cause_of_a_no_is_named() {
    let counter = shop();
    done(
        &counter,
        r#"out --customer C-0002 CAM-0012 --due "mon 10:00""#,
    );
    done(
        &counter,
        r#"item condition CAM-0013 maintenance --note fan --expected-back "tue 12:00""#,
    );
    let said = no(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "sun 10:00" --line "Sony FX6 body""#,
    );
    assert!(
        said.contains("CAM-0012 out R-1001")
            && said.contains("CAM-0013 on the bench until Tue 25 Nov 12:00"),
        "{said}"
    );
    // Many of one cause do not hide the one of another.
    for day in [
        "sat 9:00",
        "sat 10:00",
        "sat 11:00",
        "sat 12:00",
        "sat 13:00",
    ] {
        done(
            &counter,
            &format!(
                r#"reserve --customer C-0003 --from "{day}" --to "sun 10:00" --line "V-lock 150*3" --confirm"#
            ),
        );
    }
    done(&counter, r#"item block BAT-V150 --qty 2 --reason fair"#);
    let said = no(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "sun 10:00" --line "V-lock 150*9""#,
    );
    assert!(
        said.contains("2 set aside") && said.contains("and 2 more"),
        "{said}"
    );
    // Of a named item only what keeps that very item is the cause.
    let said = no(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "sun 10:00" --line CAM-0013"#,
    );
    assert!(
        said.contains("CAM-0013 on the bench") && !said.contains("CAM-0012"),
        "{said}"
    );
    books_are_right(&counter);
}

#[test]
fn what_rests_after_its_return_says_so() {
    let counter = shop();
    done(&counter, r#"type edit "Sony FX6 body" --turnaround 2h"#);
    done(
        &counter,
        r#"out --customer C-0002 CAM-0012 --due "mon 10:00""#,
    );
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 11:00" --line "Sony FX6 body" --confirm"#,
    );
    let (_, said, _) = counter.run(r#"free "Sony FX6 body" --from "sat 9:00" --to "sun 10:00""#);
    assert!(
        said.contains(
            "CAM-0012 out R-1001 Sam Okoro until Mon 24 Nov 12:00, 2 h turnaround included"
        ),
        "{said}"
    );
    assert!(
        said.contains("until Mon 24 Nov 13:00, 2 h turnaround included"),
        "{said}"
    );
    // What is overdue stays away for a guessed while, and that is no turnaround.
    let (_, said, _) = counter.run(r#"free "Sony FX6 body" --from "today 13:00" --to "today 17:00" --qty 2 --now "2025-11-24 12:30""#);
    assert!(
        said.contains("CAM-0012 overdue")
            && !said
                .lines()
                .any(|line| line.contains("overdue") && line.contains("turnaround")),
        "{said}"
    );
}

#[test]
fn what_lies_in_cases_and_what_the_shop_does_not_own_is_said() {
    let counter = shop();
    done(&counter, r#"item case CAM-0020 CAM-0013"#);
    let (code, said, _) =
        counter.run(r#"free "Sony FX6 body" --from "sat 9:00" --to "sun 10:00" --qty 2"#);
    assert_eq!(code, 0, "a question has an answer");
    assert!(
        said.contains("1 of 1 free")
            && said.contains("1 lies in a case, taken with the case")
            && !said.contains("The shop owns"),
        "{said}"
    );
    let said = no(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "sun 10:00" --line "Sony FX6 body*3""#,
    );
    assert!(said.contains("3 x Sony FX6 body wanted, 1 of 1 free, the shop owns 2: 1 lies in a case, taken with the case"), "{said}");
    let (_, said, _) =
        counter.run(r#"free "Sony FX6 body" --from "sat 9:00" --to "sun 10:00" --qty 3"#);
    assert!(
        said.contains("The shop owns 2") && !said.contains("Next:"),
        "{said}"
    );
    let (_, said, _) =
        counter.run(r#"free "V-lock 150" --from "sat 9:00" --to "sun 10:00" --qty 21"#);
    assert!(said.contains("The shop owns 20"), "{said}");
    books_are_right(&counter);
}

#[test]
fn a_file_is_written_over_only_if_somebody_says_so_and_never_the_shop() {
    let counter = shop();
    for (make, file) in [
        ("export items --to list.csv", "list.csv"),
        ("pick-list --pdf day.pdf", "day.pdf"),
        ("history --csv told.csv", "told.csv"),
        ("report use --csv use.csv", "use.csv"),
    ] {
        let path = counter.folder.path().join(file);
        done(&counter, make);
        fs::write(&path, "mine").unwrap();
        for line in [make.to_owned(), format!("{make} --dry-run")] {
            let said = no(&counter, &line);
            assert_eq!(
                said,
                format!(
                    "Refused: There is a file already at {file}.\nHint: name another file, or write over it (--overwrite)\n"
                ),
                "{line}"
            );
        }
        done(&counter, &format!("{make} --overwrite --dry-run"));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
        done(&counter, &format!("{make} --overwrite"));
        assert_ne!(fs::read(&path).unwrap(), b"mine", "{make}");
    }
    for file in ["shop.db", "shop.db.lock", "."] {
        let said = no(&counter, &format!("export items --to {file} --overwrite"));
        assert!(said.contains("is not written over"), "{said}");
    }
    let left: Vec<_> = fs::read_dir(counter.folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".new"))
        .collect();
    assert_eq!(left, Vec::<String>::new());
    books_are_right(&counter);
}

#[test]
fn whoever_loses_the_item_they_named_is_told_of_when_it_is_taken_anyway() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line CAM-0012 --confirm"#,
    );
    let said = no(
        &counter,
        r#"out --customer C-0002 CAM-0012 --due "sun 12:00""#,
    );
    assert!(
        said.contains("CAM-0012 Sony FX6 body is promised to R-1001"),
        "{said}"
    );
    let loses = "R-1001 Maya Chen Sat 22 Nov 09:00 without the CAM-0012 it named";
    let said = done(
        &counter,
        r#"out --customer C-0002 CAM-0012 --due "sun 12:00" --take-anyway --dry-run"#,
    );
    assert!(said.contains(&format!("!! {loses}")), "{said}");
    let answer = counter.json(r#"out --customer C-0002 CAM-0012 --due "sun 12:00" --take-anyway"#);
    assert_eq!(answer["warnings"], serde_json::json!([loses]));
    assert_eq!(
        counter.json("show R-1001")["lines"][0]["pin"],
        serde_json::json!(null)
    );
    // The last of a type leaves somebody short, as before.
    let said = done(
        &counter,
        r#"out --customer C-0003 CAM-0013 --due "sun 12:00" --take-anyway"#,
    );
    assert!(
        said.contains("!! R-1001 Maya Chen Sat 22 Nov 09:00 short 1 x Sony FX6 body")
            && !said.contains("without the"),
        "{said}"
    );
    books_are_right(&counter);
}

#[test]
fn a_quote_of_nobody_is_cancelled_and_comes_back() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --from "sat 9:00" --to "mon 10:00" --line "V-lock 150" --quote"#,
    );
    let listed = |state: &str| {
        counter
            .json(&format!("list --state {state}"))
            .as_array()
            .unwrap()
            .len()
    };
    done(&counter, "cancel R-1001 --reason customer");
    assert_eq!(
        (
            counter.json("show R-1001")["state"].clone(),
            listed("QUOTE"),
            listed("CANCELLED")
        ),
        ("CANCELLED".into(), 0, 1)
    );
    let said = no(&counter, "change R-1001 --customer C-0001");
    assert!(said.contains("R-1001 is cancelled"), "{said}");
    books_are_right(&counter);
    done(&counter, "undo");
    assert_eq!(
        (
            counter.json("show R-1001")["state"].clone(),
            listed("QUOTE"),
            listed("CANCELLED")
        ),
        ("QUOTE".into(), 1, 0)
    );
    // That it was made is taken back as well.
    done(&counter, "undo");
    assert_eq!(
        (
            counter.json("show R-1001")["state"].clone(),
            listed("QUOTE")
        ),
        ("CANCELLED".into(), 0)
    );
    done(
        &counter,
        r#"reserve --from "sat 9:00" --to "mon 10:00" --line "V-lock 150" --quote"#,
    );
    done(&counter, "change R-1002 --customer C-0001");
    done(&counter, "cancel R-1002 --reason customer");
    assert_eq!(listed("CANCELLED"), 2);
    books_are_right(&counter);
}
