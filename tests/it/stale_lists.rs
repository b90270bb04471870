//! A pick list on paper is true as long as nothing on it changes: case 19.

use crate::bookings_cli::{books_are_right, done, shop};
use crate::cli::Counter;
use crate::counter;
use rentdesk::kernel::{Clock, Moment};
use rentdesk::shop::Shop;
use serde_json::{Value, json};

/// What stands on the Desk of a day's pick list, in words and for programs.
fn stale(counter: &Counter, now: &str) -> (Option<String>, Vec<Value>) {
    let text = done(counter, &format!("today --now \"{now}\""));
    let line = text
        .lines()
        .find(|line| line.starts_with("the pick list"))
        .map(str::to_owned);
    let needs = counter.json(&format!("today --now \"{now}\""))["needs"].clone();
    let needs: Vec<Value> = needs
        .as_array()
        .unwrap()
        .iter()
        .filter(|need| need["need"] == "STALE_PICK_LIST")
        .cloned()
        .collect();
    assert_eq!(line.is_some(), !needs.is_empty(), "{text}");
    (line, needs)
}

#[test]
fn case_19_a_printed_pick_list_that_does_not_know_of_a_change_is_told_of() {
    let counter = shop();
    done(
        &counter,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body" --confirm"#,
    );
    done(
        &counter,
        r#"reserve --customer C-0002 --from "sat 10:00" --to "mon 10:00" --line "Sony FX3 body" --confirm"#,
    );
    done(
        &counter,
        r#"reserve --customer C-0003 --from "tue 10:00" --to "wed 10:00" --line "Sony FX3 body" --confirm"#,
    );
    done(&counter, r#"change R-1001 --note "before it was printed""#);
    done(
        &counter,
        r#"pick-list --date sat --pdf sat.pdf --now "2025-11-21 11:02""#,
    );
    let at = "2025-11-21 11:30";
    assert_eq!(stale(&counter, at).0, None, "it is as it was printed");
    done(&counter, r#"change R-1003 --note "of another day""#);
    assert_eq!(
        stale(&counter, at).0,
        None,
        "what is not of that day changes nothing on it"
    );
    // Cancelled, and taken back: the paper is right again.
    done(
        &counter,
        &format!("cancel R-1001 --reason customer --now \"{at}\""),
    );
    let (line, needs) = stale(&counter, at);
    assert_eq!(
        line.unwrap(),
        "the pick list of Sat 22 Nov was printed 11:02; R-1001 cancelled since (rentdesk pick-list --date 2025-11-22 --print)"
    );
    assert_eq!(
        needs,
        [
            json!({"need": "STALE_PICK_LIST", "date": "2025-11-22", "printed": "2025-11-21T10:02:00Z", "changed": [{"reservation": "R-1001", "what": "CANCELLED"}]})
        ]
    );
    done(&counter, &format!("undo --now \"{at}\""));
    assert_eq!(
        stale(&counter, at).0,
        None,
        "what was undone since is as it was"
    );
    // Changed, new, moved away, and gone: all of it is told, and the list itself says it too.
    done(&counter, &format!("change R-1001 --set 1=2 --now \"{at}\""));
    done(
        &counter,
        &format!(
            r#"reserve --customer C-0003 --from "sat 12:00" --to "sun 10:00" --line "V-lock 150" --confirm --now "{at}""#
        ),
    );
    done(
        &counter,
        &format!(r#"change R-1002 --from "sun 10:00" --now "{at}""#),
    );
    let (line, _) = stale(&counter, "2025-11-22 08:00");
    let said = "the pick list of Sat 22 Nov was printed Fri 21 Nov 11:02; R-1001 changed, R-1004 new, R-1002 changed since";
    assert!(line.unwrap().starts_with(said));
    let shown = done(&counter, "pick-list --now \"2025-11-22 08:00\"");
    assert!(
        shown
            .trim_end()
            .ends_with(&format!("!! {said}: --print makes it anew")),
        "{shown}"
    );
    assert_eq!(
        counter.json("pick-list --now \"2025-11-22 08:00\"")["stale"]["changed"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    // A newer list takes its place, and says so.
    let made = done(
        &counter,
        "pick-list --pdf again.pdf --now \"2025-11-22 08:00\"",
    );
    assert!(made.contains("put this one in its place"), "{made}");
    assert_eq!(stale(&counter, "2025-11-22 08:01").0, None);
    assert_eq!(
        counter.json("pick-list --now \"2025-11-22 08:01\"")["stale"],
        json!(null)
    );
    // What is handed over by the list is no change of it, and nobody walks by the list of a day
    // that is over.
    done(
        &counter,
        "out --reservation R-1001 CAM-0012 CAM-0013 --now \"2025-11-22 09:00\"",
    );
    assert_eq!(stale(&counter, "2025-11-22 09:01").0, None);
    done(
        &counter,
        "cancel R-1004 --reason shop --now \"2025-11-22 09:02\"",
    );
    assert!(stale(&counter, "2025-11-22 09:03").0.is_some());
    assert_eq!(stale(&counter, "2025-11-23 09:03").0, None);
    books_are_right(&counter);
}

#[test]
fn the_desk_shows_a_pick_list_that_went_stale() {
    let shop = shop();
    done(
        &shop,
        r#"reserve --customer C-0001 --from "sat 9:00" --to "mon 10:00" --line "Sony FX6 body" --confirm"#,
    );
    done(&shop, "pick-list --date sat --pdf sat.pdf");
    done(&shop, "change R-1001 --set 1=2 --now \"2025-11-21 11:30\"");
    let folder = shop.folder;
    let now = Moment(counter::friday().0 + 3600);
    let opened = Shop::open(&folder.path().join("shop.db"), Clock::Fixed(now)).unwrap();
    let mut counter = counter::Counter::over(opened, folder);
    let screen = counter.screen();
    assert!(
        screen.contains("! pick list")
            && screen.contains("list of Sat 22 Nov is on paper")
            && screen.contains("printed 10:42; R-1001 changed since"),
        "{screen}"
    );
    let small = counter.screen_at(80, 24);
    assert!(
        small.contains("of Sat 22 Nov") && small.contains("R-1001 changed since"),
        "{small}"
    );
}
