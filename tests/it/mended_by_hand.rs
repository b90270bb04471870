//! What was agreed by hand, and went once without a word: it stays where nothing of its line
//! changes, and is named where it cannot.

use crate::cli::Counter as CommandLine;
use crate::counter::Counter;
use crate::house::{House, days};
use crate::quoting::{frozen, rated, total};
use rentdesk::booking::{Bargain, Change, Edit, Want};
use rentdesk::desk;
use rentdesk::kernel::{Money, Text};
use rentdesk::pricing::ByHand;

fn by_hand(minor: i64) -> Option<ByHand<Money>> {
    Some(ByHand {
        value: Money(minor),
        reason: Text::new("regular"),
    })
}

fn edits(edits: Vec<Edit>) -> Change {
    Change {
        edits,
        ..Change::default()
    }
}

#[test]
fn lines_keep_their_shares_of_a_total_by_hand_when_others_join_change_or_go() {
    let mut house = House::new();
    let [a, b, c] = [("A", 30_000), ("B", 20_000), ("C", 10_000)]
        .map(|(name, daily)| rated(&mut house, name, daily, 4));
    let id = house.confirmed(days(5, 6), &[Want::of(a, 1), Want::of(b, 1)]);
    let target = Bargain {
        target: by_hand(40_000),
        ..Bargain::default()
    };
    house.must(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &Change {
                bargain: target.clone(),
                ..Change::default()
            },
        )
    });
    let shares = |house: &House| {
        house
            .lines(id)
            .iter()
            .map(|line| line.price.as_ref().unwrap().total.0)
            .collect::<Vec<_>>()
    };
    assert_eq!(shares(&house), [24_000, 16_000]);
    house.must(|db, settings| {
        desk::change(db, settings, id, &edits(vec![Edit::Add(Want::of(c, 1))]))
    });
    assert_eq!(
        (shares(&house), total(&house, id)),
        (vec![24_000, 16_000, 10_000], 50_000),
        "what joins costs what the rates say"
    );
    let lines = house.lines(id);
    house.must(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &edits(vec![Edit::Quantity(lines[1].id, 2)]),
        )
    });
    assert_eq!(shares(&house), [24_000, 40_000, 10_000]);
    house.must(|db, settings| desk::reprice(db, settings, id));
    assert_eq!(shares(&house)[0], 24_000, "what was said by hand stays");
    let none = Bargain {
        target: Some(ByHand {
            value: Money(0),
            reason: Text::new("never mind"),
        }),
        ..Bargain::default()
    };
    house.must(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &Change {
                bargain: none,
                ..Change::default()
            },
        )
    });
    assert_eq!(total(&house, id), 80_000, "0 takes it away from every line");
    for _ in 0..3 {
        house.undo().unwrap();
    }
    assert_eq!(
        (
            total(&house, id),
            frozen(&house, id).unwrap().agreement.target.is_some()
        ),
        (40_000, true)
    );
    house.check();
}

#[test]
fn what_was_by_hand_and_is_not_any_more_is_named_on_the_command_line() {
    let counter = CommandLine::open();
    let must = |words: &str| {
        let (status, out, err) = counter.run(words);
        assert_eq!(status, 0, "{words}: {err}");
        out
    };
    must(r#"rate set "V-lock 150" --daily 8"#);
    must(
        r#"reserve --quote --reference Q-1 --from "mon 9:00" --to "wed 9:00" --line "Sony FX6 body" --line "V-lock 150*2" --price 2=15 --reason regular --no-accessories"#,
    );
    for dry in [" --dry-run", ""] {
        let said = must(&format!(r#"change Q-1 --to "thu 9:00"{dry}"#));
        assert!(
            said.contains("!! line 2 was 15.00 by hand (regular), now 24.00 by the rates"),
            "{said}"
        );
    }
    must(r#"change Q-1 --target 300 --reason regular"#);
    let said = must(r#"change Q-1 --line "V-lock 150*1" --no-accessories"#);
    assert!(
        !said.contains("by hand") && said.contains("total 324.00"),
        "what was agreed for the others stays: {said}"
    );
    let said = must(r#"change Q-1 --to "fri 9:00""#);
    assert!(
        said.contains("!! all of it was 300.00 by hand (regular), now "),
        "{said}"
    );
    let said = must(r#"change Q-1 --target 100 --reason "a friend""#);
    let again = must(r#"change Q-1 --target 0 --reason "no friend""#);
    assert!(
        !said.contains("!!") && !again.contains("!!"),
        "what the change itself says is not told again: {said}{again}"
    );
}

#[test]
fn the_question_of_dates_and_the_verdict_name_what_was_by_hand() {
    let mut counter = Counter::demo();
    counter
        .keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>lgt-0031<ret>:price<ret>50 demo day<ret><ret>");
    assert!(
        counter.verdict().contains(" · total 50.00 · Ctrl+Z"),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-d>..wed 10");
    counter.screen();
    assert!(
        counter
            .screen()
            .contains("line 1 was 50.00 by hand (demo day), now"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .contains("line 1 was 50.00 by hand (demo day), now"),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-z><ret><f4><c-d>..wed 10<ret>");
    assert!(
        counter
            .screen()
            .contains("!! line 1 was 50.00 by hand (demo day), now"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .contains("line 1 was 50.00 by hand (demo day), now"),
        "{}",
        counter.verdict()
    );
    counter.check();
}
