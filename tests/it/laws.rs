//! The laws of the interface, each a test.

use crate::counter::Counter;
use rentdesk::outbox;
use rentdesk::shop::SUBSCRIBERS;
use rentdesk::store::log;
use rentdesk::tui::keymap::{BINDINGS, Class, FIXED};
use rentdesk::tui::verdict::Severity;
use std::collections::BTreeMap;

/// Opens each screen and each overlay in turn.
const WAYS: &[(&str, &str)] = &[
    ("desk", ""),
    ("check-out", "<f2>"),
    ("check-in", "<f3>"),
    ("customers", "<f6>"),
    ("customer", "kite<ret>"),
    ("gear", "<f7>"),
    ("item", "<f7>cam-0012<ret><down><ret>"),
    ("bench", "<f8>"),
    ("plan", "<f5>+"),
    ("history", ":history<ret>"),
    ("reservation", "1009<ret>"),
    ("reserved", "1016<ret>"),
    ("editor", "<f4>ines<ret>2*fx6<ret>"),
    ("invoices", ":invoices<ret>"),
    ("invoice", "1007<ret>:invoices<ret>1007<ret>"),
    ("log", ":log<ret>"),
];

fn events(counter: &Counter) -> i64 {
    log::last_seq(counter.app.shop.read()).expect("it reads")
}

#[test]
fn l1_no_letter_or_digit_commands_anything() {
    for (screen, way) in WAYS {
        let mut counter = Counter::demo();
        counter.keys(way);
        let (place, before) = (counter.app.place().clone(), events(&counter));
        for character in ('a'..='z').chain('A'..='Z').chain('0'..='9') {
            counter.keys(&character.to_string());
            assert_eq!(counter.app.place(), &place, "{character} on {screen}");
            assert!(!counter.app.has_overlay(), "{character} on {screen}");
            counter.keys("<c-u>");
        }
        assert_eq!(events(&counter), before, "{screen}");
    }
}

#[test]
fn l2_a_key_has_one_meaning() {
    let mut meanings = BTreeMap::new();
    for binding in BINDINGS {
        for key in binding.keys {
            let before = meanings.insert(format!("{key:?}"), binding.verb);
            assert_eq!(before, None, "{key:?} does two things");
        }
        assert!(
            !binding.keys.is_empty() || binding.class == Class::Typed,
            "{:?} has no key",
            binding.verb
        );
    }
    let mut words = BTreeMap::new();
    for binding in BINDINGS {
        if let Some(word) = binding.word {
            assert_eq!(
                words.insert(word, binding.verb),
                None,
                ":{word} means two things"
            );
        }
    }
}

#[test]
fn l3_a_scan_is_its_exact_code_whatever_is_highlighted() {
    let mut counter = Counter::demo();
    counter.keys("<f2>cam-001<down><down>");
    counter.scan("LGT-0032");
    assert!(
        counter.verdict().starts_with("OK IN HAND   LGT-0032"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        counter.app.box_text(),
        "cam-001",
        "what was being typed is still there"
    );
}

#[test]
fn l4_a_scan_never_confirms_closes_or_submits() {
    for (open, closes_with) in [
        ("<f2>", ""),
        ("okoro<ret>!", "<esc>"),
        ("okoro<ret>!3half a note", "<esc>"),
        (":newcus<ret>Bo", "<esc>"),
        ("?", "<esc>"),
        (":", "<esc>"),
        ("<f9>", "<esc>"),
        ("1007<ret>:settle<ret>", "<esc>"),
        ("1007<ret>:pay<ret>40 ca", "<esc>"),
    ] {
        let mut counter = Counter::demo();
        counter.keys(open);
        let (overlay, before) = (counter.app.has_overlay(), events(&counter));
        counter.scan("CAM-0012");
        assert_eq!(counter.app.has_overlay(), overlay, "{open}");
        assert_eq!(events(&counter), before, "{open}: {}", counter.verdict());
        if overlay {
            assert!(
                counter.screen().contains("1 scan waiting"),
                "{open}\n{}",
                counter.screen()
            );
            counter.keys(closes_with);
            assert!(
                counter.verdict().contains("CAM-0012"),
                "it is delivered: {}",
                counter.verdict()
            );
        }
    }
}

#[test]
fn l4_a_scan_at_the_finish_waits_and_does_not_hand_over() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("weber<ret><ret>");
    let before = events(&counter);
    counter.scan("CAM-0013");
    assert_eq!(events(&counter), before);
    assert!(
        counter.screen().contains("HAND OVER") && counter.screen().contains("1 scan waiting"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc>");
    assert!(
        counter.screen().contains("IN HAND  2 items"),
        "{}",
        counter.screen()
    );
}

#[test]
fn l4_the_letters_of_a_scan_do_not_answer_a_question() {
    let mut counter = Counter::demo();
    counter.keys("<f2>").scan("CAM-0020");
    assert!(counter.app.has_overlay());
    counter.scan("BAT-V150");
    assert!(
        counter.app.has_overlay(),
        "the B of a tag is not the answer B"
    );
    assert!(counter.screen().contains("1 scan waiting"));
}

#[test]
fn l4_a_command_card_is_a_deliberate_answer() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("weber<ret>");
    counter.scan("X-FINISH").scan("X-FINISH");
    assert!(
        counter
            .verdict()
            .starts_with("OK OUT 1 item to Jonas Weber"),
        "{}",
        counter.verdict()
    );
    counter.scan("CAM-0021").scan("X-COND3");
    assert!(counter.screen().contains("note >"), "{}", counter.screen());
    counter.keys("smells of smoke<ret>");
    assert!(
        counter.verdict().starts_with("OK CAM-0021 UNUSABLE"),
        "{}",
        counter.verdict()
    );
}

#[test]
fn l6_every_command_has_its_row_in_the_palette_and_the_help() {
    let mut counter = Counter::demo();
    for binding in BINDINGS {
        let Some(word) = binding.word else { continue };
        counter.keys(":").keys(word);
        let screen = counter.screen();
        let row = screen
            .lines()
            .find(|line| line.starts_with(" > "))
            .unwrap_or_else(|| panic!("{word}: {screen}"));
        assert!(
            row.contains(word) && row.contains(binding.shown),
            "{word}: {row}"
        );
        counter.keys("<esc>");
    }
    counter.keys("?");
    let help = counter.screen_at(80, 120);
    for binding in BINDINGS {
        assert!(help.contains(binding.long), "{}\n{help}", binding.long);
    }
}

#[test]
fn l8_l5_every_refusal_says_what_next() {
    let mut counter = Counter::demo();
    for (way, act) in [
        ("<f2>", "<ret>"),
        ("", "CAM-9999"),
        ("<f2>", "CAM-0014"),
        ("<f3>", "TRI-0005"),
        ("", "<c-z>"),
    ] {
        counter.keys(way);
        if act.starts_with('<') {
            counter.keys(act)
        } else {
            counter.scan(act)
        };
        let verdict = counter.app.verdict();
        assert!(
            verdict.severity >= Severity::Attention && !verdict.hint.is_empty(),
            "{way}{act}: {verdict:?}"
        );
        counter.keys("<esc><esc>");
    }
}

#[test]
fn l10_the_frame_stays_where_it_is() {
    for (screen, way) in WAYS {
        let mut counter = Counter::demo();
        counter.keys(way);
        let drawn = counter.screen();
        let lines: Vec<&str> = drawn.lines().collect();
        assert!(
            lines[0].contains("North Light Rentals") && lines[0].contains("10:42"),
            "{screen}: {}",
            lines[0]
        );
        assert!(lines[1].contains(" > "), "{screen}: {}", lines[1]);
        assert!(
            lines[29].contains("F2 Out") && lines[29].ends_with("? help"),
            "{screen}: {}",
            lines[29]
        );
    }
}

#[test]
fn l12_every_screen_at_every_size_draws_without_a_panic() {
    for (_, way) in WAYS {
        let mut counter = Counter::demo();
        counter.keys(way);
        for columns in (0..=40).chain([59, 60, 79, 80, 100, 200]) {
            for rows in (0..=14).chain([17, 18, 23, 24, 30, 60]) {
                if columns > 0 && rows > 0 {
                    counter.screen_at(columns, rows);
                }
            }
        }
        counter.keys("<c-o>");
        for (columns, rows) in [(1, 1), (20, 5), (40, 6), (60, 18), (80, 24)] {
            counter.screen_at(columns, rows);
        }
    }
}

#[test]
fn l12_the_fixed_keys_fit_eighty_columns() {
    let mut counter = Counter::demo();
    let screen = counter.screen_at(80, 24);
    let last = screen.lines().last().expect("a last row");
    for verb in FIXED {
        let binding = BINDINGS
            .iter()
            .find(|binding| binding.verb == *verb)
            .expect("it is bound");
        assert!(last.contains(binding.short), "{last}");
    }
}

#[test]
fn a_stopped_subscriber_stands_on_the_desk_and_can_be_retried_there() {
    let mut counter = Counter::demo();
    let broken = [outbox::Subscriber {
        name: SUBSCRIBERS[0].name,
        on_event: |_, _| anyhow::bail!("a row did not fit"),
        truncate: |_| Ok(()),
        tables: &[],
    }];
    let shop = &counter.app.shop;
    let published = shop.store.write(
        rentdesk::store::Signature {
            at: shop.now(),
            staff: None,
            command: rentdesk::shop::fresh_command(),
        },
        |db| rentdesk::staff::add(db, &rentdesk::kernel::Text::new("Cleo")),
    );
    assert!(published.is_ok());
    for attempt in 0..8 {
        let clock = rentdesk::kernel::Clock::Fixed(shop.now().plus_minutes(attempt * 600));
        outbox::drain(
            &shop.store,
            &broken,
            &clock,
            std::time::Duration::from_millis(5),
        )
        .expect("it drains");
    }
    counter.app.refresh();
    let screen = counter.screen();
    assert!(
        screen.contains("! stopped") && screen.contains("a row did not fit"),
        "{screen}"
    );
    counter.keys("<up><ret>r");
    assert!(
        counter.verdict().contains("history tries again"),
        "{}",
        counter.verdict()
    );
    counter.app.tick().expect("a tick");
    counter.check();
}

#[test]
fn l9_colour_only_repeats_what_a_word_says() {
    for (screen, way) in WAYS {
        let mut counter = Counter::demo();
        counter.keys(way);
        let plain = counter.screen();
        counter.app.theme.colour = true;
        assert_eq!(counter.screen(), plain, "{screen}");
    }
    let mut counter = Counter::demo();
    counter.keys("<f7>fx6<ret>");
    let screen = counter.screen();
    for (tag, word) in [("CAM-0012", "IN"), ("CAM-0014", "BENCH")] {
        assert!(
            screen
                .lines()
                .any(|line| line.contains(tag) && line.contains(word)),
            "{tag} {word}\n{screen}"
        );
    }
}

#[test]
fn l7_a_verdict_says_saved_only_of_what_is_in_the_file() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0021");
    assert!(counter.verdict().starts_with("OK BACK"));
    let before = events(&counter);
    let counter = counter.killed_and_opened();
    assert_eq!(events(&counter), before);
}
