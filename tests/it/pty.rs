//! The real program on a pseudo-terminal: a scanner's bursts, signals, a line that is cut, a crash,
//! odd sizes, odd text.
#![cfg(unix)]

use super::terminal::{AFTER_SCAN, Shop, rentdesk};
use rustix::process::Signal;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

/// Within so long, what is typed has been kept.
const TICKS: Duration = Duration::from_millis(1000);

// ---- the scanner
// ------------------------------------------------------------------------------------------------

#[test]
fn a_scan_is_one_scan_whatever_ends_it() {
    for end in ["\r", "\n", "\r\n", "\t", "\x03"] {
        let shop = Shop::demo();
        let mut counter = shop.open();
        counter.wait_for("DESK");
        counter.send(format!("CAM-0012{end}"));
        counter.wait_for("1 item in hand");
        counter.fence();
        counter.wait_for("IN HAND   CAM-0012");
        counter.lacks("2 items");
        counter.send(format!("CAM-0013{end}"));
        counter.wait_for("2 items in hand");
        counter.fence();
        counter.lacks("HAND OVER");
    }
}

#[test]
fn five_hundred_tags_come_back_in_one_burst_in_their_order() {
    let shop = Shop::empty();
    let tags: Vec<String> = (0..500)
        .map(|number| format!("BOX-{:04}", (number * 7) % 500 + 1))
        .collect();
    let rows: String = tags
        .iter()
        .map(|tag| format!("{tag},Box,Boxes\n"))
        .collect();
    shop.import("items", &format!("tag,type,category\n{rows}"));
    shop.import("customers", "name,phone\nAna Ruiz,0612 555 000\n");
    let mut out = vec!["--now", "2025-11-20 09:00", "out", "--customer", "Ana Ruiz"];
    out.extend(tags.iter().map(String::as_str));
    shop.run(&out);
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.press("\x1bOR"); // F3
    counter.wait_for("CHECK-IN");
    counter.send(
        tags.iter()
            .map(|tag| format!("{tag}\r"))
            .collect::<String>(),
    );
    counter.wait_for("500 back now");
    counter.leave();
    assert_eq!(shop.tags("in"), tags);
}

#[test]
fn five_hundred_tags_go_out_in_one_burst_in_their_order() {
    let shop = Shop::empty();
    let tags: Vec<String> = (0..500)
        .map(|number| format!("BOX-{:04}", (number * 7) % 500 + 1))
        .collect();
    let rows: String = tags
        .iter()
        .map(|tag| format!("{tag},Box,Boxes\n"))
        .collect();
    shop.import("items", &format!("tag,type,category\n{rows}"));
    shop.import("customers", "name,phone\nAna Ruiz,0612 555 000\n");
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send(
        tags.iter()
            .map(|tag| format!("{tag}\r"))
            .collect::<String>(),
    );
    counter.wait_for("500 items in hand");
    counter.fence();
    counter.type_slowly("ana");
    counter.press("\r");
    counter.wait_for("Ana Ruiz takes 500 items");
    counter.press("\r");
    counter.wait_for("hand over?");
    counter.press("\r");
    counter.wait_for("OUT 500 items to Ana Ruiz");
    counter.leave();
    assert_eq!(shop.tags("out"), tags);
}

#[test]
fn the_scanners_etx_does_not_leave_and_ctrl_c_twice_does() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("CAM-0012\x03");
    counter.wait_for("1 item in hand");
    counter.send("CAM-0013\r\x03");
    counter.wait_for("2 items in hand");
    counter.fence();
    counter.lacks("leaves");
    thread::sleep(AFTER_SCAN);
    counter.press("\x03");
    counter.wait_for("it stays on the Desk");
    counter.send("\x03");
    assert_eq!(counter.ended(Duration::from_secs(5)).code, 0);
}

#[test]
fn esc_and_a_key_in_one_packet_are_two_keys() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.press("x");
    counter.send("\x1b\x1b[15~"); // Esc and F5, as a slow line brings them
    counter.wait_for("PLAN");
    counter.fence();
    counter.lacks("15~");
    counter.send("\x1b\x1bOQ"); // Esc and F2
    counter.wait_for("CHECK-OUT");
    counter.fence();
    counter.lacks("OQ");
}

#[test]
fn a_scan_during_a_strip_waits_in_sight_and_comes_after_esc() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("CAM-0012\r");
    counter.wait_for("1 item in hand");
    counter.type_slowly("leo");
    counter.press("\r");
    counter.wait_for("Leo Park takes 1 item");
    counter.press("\r");
    counter.wait_for("HAND OVER");
    counter.send("CAM-0013\r\n"); // its Enter does not hand over
    counter.wait_for("1 scan waiting");
    counter.send("CAM-0015\t");
    counter.wait_for("2 scans waiting");
    counter.fence();
    counter.wait_for("HAND OVER");
    counter.escape();
    counter.wait_for("3 items in hand");
    assert!(!shop.is_out("CAM-0012"));

    counter.press("!"); // the newest of them is selected
    counter.wait_for("CONDITION");
    counter.send("LEN-0049\r\n"); // the digits of its tag choose nothing
    counter.wait_for("1 scan waiting");
    counter.fence();
    counter.lacks("note >");
    counter.press("2");
    counter.wait_for("note >");
    counter.type_slowly("dusty");
    counter.send("LEN-0044\r");
    counter.wait_for("2 scans waiting");
    counter.fence();
    counter.wait_for("note > dusty");
    counter.lacks("LEN-0044");
    counter.escape();
    counter.wait_for("5 items in hand");
}

#[test]
fn a_scans_letters_never_answer_a_question() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("CAM-0012\r");
    counter.wait_for("1 item in hand");
    counter.send("AUD-0003\r"); // out with somebody else
    counter.wait_for("AUD-0003 IS STILL OUT");
    counter.send("BAT-V150\r\n"); // B takes it back, Enter confirms: not from a scanner
    counter.wait_for("1 scan waiting");
    counter.send("B\r"); // nor as a stray burst
    counter.fence();
    counter.wait_for("AUD-0003 IS STILL OUT");
    assert!(shop.is_out("AUD-0003"));
    counter.press("b"); // a hand does
    counter.wait_for("How many"); // and the counted stock that waited asks its question
    assert_eq!(shop.tags("in").last().map(String::as_str), Some("AUD-0003"));
}

#[test]
fn a_burst_that_meets_a_question_waits_whole_and_goes_on_after_it() {
    let shop = Shop::empty();
    let tags: Vec<String> = (1..=200).map(|number| format!("BOX-{number:04}")).collect();
    let rows: String = tags
        .iter()
        .map(|tag| format!("{tag},Box,Boxes\n"))
        .collect();
    shop.import("items", &format!("tag,type,category\n{rows}"));
    shop.import("customers", "name,phone\nAna Ruiz,0612 555 000\n");
    shop.run(&[
        "--now",
        "2025-11-20 09:00",
        "out",
        "--customer",
        "Ana Ruiz",
        "BOX-0010",
    ]);
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send(
        tags.iter()
            .map(|tag| format!("{tag}\r"))
            .collect::<String>(),
    );
    counter.wait_for("BOX-0010 IS STILL OUT");
    counter.wait_for("190 scans waiting");
    counter.escape();
    counter.wait_for("199 items in hand");
}

#[test]
fn several_pasted_lines_are_codes_and_one_is_text() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("\x1b[200~CAM-0012\r\nNO-SUCH-TAG\r\nCAM-0013\nCAM-0015\x1b[201~");
    counter.wait_for("3 items in hand");
    counter.wait_for("4 codes: 3 found, 1 unknown");
    counter.wait_for("\"NO-SUCH-TAG\" is no tag");
    counter.send("\x1b[200~LEN-0049\r\x1b[201~"); // its end does not submit
    counter.fence();
    counter.wait_for("Scan > LEN-0049");
    counter.wait_for("3 items in hand");
    counter.press("\r");
    counter.wait_for("4 items in hand");
}

#[test]
fn a_megabyte_in_one_line_is_cut_and_hangs_nothing() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send(format!("\x1b[200~{}\x1b[201~", "paste ".repeat(175_000)));
    counter.wait_for("Scan > ");
    counter.fence();
    counter.wait_for("paste paste");
    counter.wait_for("only the first 4096 characters");
    counter.press("\x15"); // Ctrl+U
    counter.wait_for("COMING BACK TODAY");
    counter.send("CAM-0012\r");
    counter.wait_for("1 item in hand");
    counter.leave();
}

#[test]
fn a_paste_whose_end_is_lost_is_noticed_and_commands_nothing() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("\x1b[200~CAM");
    counter.wait_for("input waits for the end of a paste");
    counter.send("-00\x03\x03");
    counter.send("\x1b[200~12\x1b[201~"); // once more, as it says
    counter.fence();
    counter.lacks("leaves");
    counter.press("\x15");
    counter.send("CAM-0013\r");
    counter.wait_for("1 item in hand");
}

#[test]
fn a_key_costs_little_on_a_slow_line() {
    let shop = Shop::demo();
    let mut counter = shop.open_with(&[], &[], (80, 24));
    counter.wait_for("DESK");
    for key in ["m", "a", "y", "\x1b[B", "\x15", "\x1b[17~", "\x1b[B"] {
        let before = counter.bytes().len();
        counter.press(key);
        let cost = counter.bytes().len() - before;
        assert!(cost < 2560, "{key:?} costs {cost} bytes"); // a list that changes whole is a screen of letters
    }
}

#[test]
fn a_typed_count_takes_the_place_of_the_proposed_one() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("BAT-V150\r");
    counter.wait_for("How many > 1");
    counter.send("CAM-0012\r"); // a scan in between leaves it as it was
    counter.wait_for("1 scan waiting");
    thread::sleep(AFTER_SCAN);
    counter.press("4");
    counter.wait_for("How many > 4");
    counter.press("\r");
    counter.wait_for("5 items in hand");
    counter.wait_for("4 x BAT-V150");
    counter.wait_for("IN HAND   CAM-0012");
}

#[test]
fn arrows_pass_a_customer_who_stands_on_the_desk_twice() {
    let shop = Shop::demo();
    shop.run(&[
        "--now",
        "2025-11-20 09:00",
        "out",
        "--customer",
        "Dana Fox",
        "--due",
        "fri 12:00",
        "CAM-0012",
    ]);
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.wait_for("COMING BACK TODAY  4");
    let mut seen = Vec::new();
    for _ in 0..8 {
        let chosen: Vec<String> = counter
            .screen()
            .lines()
            .filter(|row| row.starts_with(" > "))
            .map(str::to_owned)
            .collect();
        assert_eq!(chosen.len(), 1, "one row is chosen: {chosen:?}");
        seen.extend(chosen);
        counter.press("\x1b[B");
    }
    let mut rows = seen.clone();
    rows.dedup();
    assert_eq!(rows.len(), 8, "{seen:?}");
}

#[test]
fn a_refused_scan_stays_refused_when_the_trigger_is_held() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("CAM-0014\rCAM-0014\r"); // on the bench
    counter.wait_for("BAD");
    counter.fence();
    counter.wait_for("BAD");
    counter.send("CAM-0012\rCAM-0012\r");
    counter.wait_for("same tag again, counted once");
    counter.wait_for("1 item in hand");
}

#[test]
fn a_narrow_window_shows_the_end_of_a_long_note_while_it_is_typed() {
    let shop = Shop::demo();
    let mut counter = shop.open_with(&[], &[], (40, 6));
    counter.wait_for("Scan >");
    counter.send("CAM-0020\r");
    counter.wait_for("CAM-0020");
    counter.press("!");
    counter.wait_for("CONDITION");
    counter.press("3");
    counter.wait_for("note >");
    counter.send("\x1b[200~the pan lock is broken and so is the plate\x1b[201~");
    counter.wait_for("so is the plate");
}

// ---- the end
// ------------------------------------------------------------------------------------------------

#[test]
fn a_closed_terminal_ends_the_counter_at_once_and_keeps_what_was_typed() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("CAM-0012\r");
    counter.wait_for("1 item in hand");
    counter.type_slowly("hallo");
    let before = counter.cpu();
    counter.hang_up();
    let ended = counter.ended(Duration::from_secs(2));
    assert!(
        ended.cpu - before < Duration::from_millis(300),
        "{ended:?}, {before:?} before"
    );
    shop.run(&["check"]);
    let mut counter = shop.open();
    counter.wait_for("Scan > hallo");
    counter.escape();
    counter.wait_for("! unfinished");
    counter.leave();
}

#[test]
fn a_signal_gives_the_terminal_back() {
    for (signal, code) in [
        (Signal::TERM, 128 + 15),
        (Signal::INT, 128 + 2),
        (Signal::HUP, 128 + 1),
    ] {
        let shop = Shop::demo();
        let mut counter = shop.open();
        counter.wait_for("DESK");
        counter.type_slowly("half");
        counter.signal(signal);
        assert_eq!(counter.ended(Duration::from_secs(5)).code, code);
        for given_back in ["\x1b[?1049l", "\x1b[?2004l", "\x1b[?1004l", "\x1b[?25h"] {
            assert!(counter.wrote(given_back), "{given_back:?} after {signal:?}");
        }
        shop.open().wait_for("Scan > half");
    }
}

#[test]
fn killed_in_the_middle_of_a_hand_over_it_goes_on_where_it_was() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send("CAM-0012\rCAM-0013\rCAM-0015\r");
    counter.wait_for("3 items in hand");
    counter.kill();
    let mut counter = shop.open();
    counter.wait_for("! unfinished");
    counter.wait_for("3 items in hand");
    counter.press("\r");
    counter.wait_for("CHECK-OUT");
    for tag in ["CAM-0012", "CAM-0013", "CAM-0015"] {
        counter.wait_for(tag);
    }
    counter.type_slowly("leo");
    counter.press("\r");
    counter.wait_for("Leo Park takes 3 items");
    counter.press("\r");
    counter.wait_for("HAND OVER");
    thread::sleep(TICKS);
    counter.kill(); // and with the strip open
    let mut counter = shop.open();
    counter.wait_for("3 items in hand");
    counter.press("\r");
    counter.wait_for("CHECK-OUT");
    counter.press("\r");
    counter.wait_for("HAND OVER");
    counter.press("\r");
    counter.wait_for("OUT 3 items to Leo Park");
    counter.lacks("unfinished");
    shop.run(&["check"]);
    assert_eq!(
        shop.tags("out")
            .split_last_chunk::<3>()
            .map(|(_, last)| last.to_vec()),
        Some(vec![
            "CAM-0012".to_owned(),
            "CAM-0013".to_owned(),
            "CAM-0015".to_owned()
        ])
    );
}

#[test]
fn what_was_half_typed_survives_a_kill() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.type_slowly("zeppelin");
    thread::sleep(TICKS);
    counter.kill();

    let mut counter = shop.open(); // the box
    counter.wait_for("Scan > zeppelin");
    counter.wait_for("what was being typed is back");
    counter.press("\r");
    counter.wait_for("new customer \"zeppelin\"");
    counter.press("\r");
    counter.wait_for("NEW CUSTOMER");
    counter.type_slowly("0699");
    counter.press("\t");
    counter.type_slowly("ze@pp.example");
    thread::sleep(TICKS);
    counter.kill();

    let mut counter = shop.open(); // the form, and the field the cursor was in
    counter.wait_for("NEW CUSTOMER");
    counter.wait_for("> 0699");
    counter.type_slowly(".org");
    counter.wait_for("ze@pp.example.org");
    counter.press("\r");
    counter.wait_for("zeppelin added");
    assert!(
        shop.run(&["customer", "list"])
            .contains("ze@pp.example.org")
    );

    counter.press("\x0e"); // the customer's note
    counter.wait_for("Note >");
    counter.type_slowly("pays cash");
    thread::sleep(TICKS);
    counter.kill();

    let mut counter = shop.open();
    counter.wait_for("Note > pays cash");
    counter.press("\r");
    counter.wait_for("note kept");
    assert!(
        shop.run(&["customer", "show", "zeppelin"])
            .contains("pays cash")
    );

    counter.send("CAM-0012\r");
    counter.wait_for("1 item in hand");
    counter.press("\x04"); // Ctrl+D
    counter.wait_for("Due >");
    counter.type_slowly("mon 9:00");
    thread::sleep(TICKS);
    counter.kill();

    let mut counter = shop.open();
    counter.wait_for("Due > mon 9:00");
    counter.press("\r");
    counter.wait_for("due Mon 24 Nov 09:00");
    counter.wait_for("1 item in hand");
    counter.press("!");
    counter.wait_for("CONDITION");
    counter.press("3");
    counter.type_slowly("cracked");
    thread::sleep(TICKS);
    counter.kill();

    let mut counter = shop.open();
    counter.wait_for("CONDITION  CAM-0012");
    counter.wait_for("note > cracked");
    counter.press("\r");
    counter.wait_for("UNUSABLE, \"cracked\"");
}

#[cfg(target_os = "linux")]
#[test]
fn stopped_and_continued_it_draws_everything_again() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.signal(Signal::TSTP);
    counter.wait_stopped();
    counter.wait_wrote("\x1b[?1049l");
    counter.resize((90, 28));
    counter.signal(Signal::CONT);
    counter.wait_for("COMING BACK TODAY");
    counter.wait_for("F2Out");
    counter.send("CAM-0012\r"); // raw again: its Enter is a key
    counter.wait_for("1 item in hand");
    counter.signal(Signal::STOP); // nobody is told of this one
    counter.wait_stopped();
    counter.signal(Signal::CONT);
    counter.send("CAM-0013\r");
    counter.wait_for("2 items in hand");
    counter.leave();
}

// ---- the window
// ------------------------------------------------------------------------------------------------

#[test]
fn a_storm_of_sizes_leaves_the_screen_as_it_was() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.fence();
    let before = counter.screen();
    let mut seed: u32 = 20251121;
    let mut random = |below: u32| {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        u16::try_from((seed >> 16) % below).expect("a size is small")
    };
    for round in 0..100 {
        let size = match round {
            30 => (1, 1),
            31 => (65_535, 1),
            60 => (2, 200),
            _ => (1 + random(140), 1 + random(50)),
        };
        counter.resize(size);
        thread::sleep(Duration::from_millis(u64::from(random(8))));
        if round % 10 == 0 {
            counter.send("x");
        }
    }
    counter.resize((100, 30));
    counter.wait_for("F2 Out");
    counter.press("\x15");
    counter.wait_for("COMING BACK TODAY");
    counter.press("\x0c");
    counter.fence();
    assert_eq!(counter.screen(), before);
    counter.leave();
}

#[test]
fn without_colour_no_colour_is_written() {
    for environment in [[("NO_COLOR", "1")], [("TERM", "dumb")]] {
        let shop = Shop::demo();
        let mut counter = shop.open_with(&[], &environment, (80, 24));
        counter.wait_for("OVERDUE");
        counter.send("NO-SUCH-TAG\r");
        counter.wait_for("BAD");
        counter.send("CAM-0012\r");
        counter.wait_for("1 item in hand");
        counter.send("AUD-0003\r");
        counter.wait_for("IS STILL OUT");
        counter.escape();
        counter.press("\x1b[19~"); // F8
        counter.wait_for("BENCH");
        let colours = colours(&counter.bytes());
        assert!(colours.is_empty(), "{environment:?}: {colours:?}");
        counter.leave();
    }
}

/// The SGR sequences that set a colour, resets of it left out.
fn colours(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let sequences = text
        .split("\x1b[")
        .skip(1)
        .filter_map(|rest| rest.split_once('m').map(|(inner, _)| inner));
    let is_colour = |part: &str| {
        part.parse::<u16>()
            .is_ok_and(|code| matches!(code, 30..=38 | 40..=48 | 58 | 90..=107))
    };
    let set = sequences
        .filter(|inner| {
            inner
                .chars()
                .all(|c| c.is_ascii_digit() || c == ';' || c == ':')
        })
        .filter(|inner| inner.split([';', ':']).any(is_colour));
    set.map(str::to_owned).collect()
}

#[test]
fn with_ascii_only_ascii_is_written() {
    let shop = Shop::demo();
    let mut counter = shop.open_with(&["--ascii"], &[], (100, 30));
    counter.wait_for("DESK");
    counter.send("CAM-0012\r");
    counter.wait_for("1 item in hand");
    counter.type_slowly("leo");
    counter.press("\r");
    counter.press("\r");
    counter.wait_for("HAND OVER");
    counter.escape();
    counter.escape();
    for (key, title) in [
        ("\x1b[17~", "CUSTOMERS"),
        ("\x1b[18~", "GEAR"),
        ("\x1b[19~", "BENCH"),
        ("?", "HELP"),
    ] {
        counter.press(key);
        counter.wait_for(title);
    }
    let odd: String = String::from_utf8_lossy(&counter.bytes())
        .chars()
        .filter(|c| !c.is_ascii())
        .collect();
    assert_eq!(odd, "");
}

#[test]
fn without_a_terminal_it_says_so_in_one_line() {
    let shop = Shop::demo();
    let run = |command: &mut Command| {
        command
            .stdin(Stdio::null())
            .output()
            .expect("the program starts")
    };
    let output = run(rentdesk().arg("--db").arg(shop.path()));
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "");
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "Refused: The counter needs a terminal, and there is none here.\nHint: use --plain, or a subcommand: rentdesk --help\n"
    );
    let closed = format!(
        "exec '{}' --db '{}' <&- >&- 2>&-",
        super::terminal::RENTDESK,
        shop.path().display()
    );
    assert_eq!(
        run(Command::new("sh").args(["-c", &closed])).status.code(),
        Some(2)
    );
}

// ---- odd text
// ------------------------------------------------------------------------------------------------

#[test]
fn accents_and_cjk_are_typed_saved_and_shown() {
    let shop = Shop::demo();
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.press("\x0b"); // Ctrl+K
    counter.type_slowly("newcustomer");
    counter.press("\r");
    counter.wait_for("NEW CUSTOMER");
    counter.type_slowly("Żófia Ñandú 山田太郎");
    counter.press("\t");
    counter.type_slowly("0699 1");
    counter.press("\r");
    counter.wait_for("Żófia Ñandú 山田太郎 added");
    counter.escape();
    counter.press("\x1b[17~");
    counter.wait_for("CUSTOMERS");
    counter.type_slowly("山田");
    counter.wait_for("Żófia Ñandú 山田太郎");
    assert!(
        shop.run(&["customer", "list"])
            .contains("Żófia Ñandú 山田太郎")
    );
}

#[test]
fn hostile_names_reach_the_screen_harmless() {
    let shop = Shop::demo();
    let hostile = "Mallory\u{1b}]52;c;ZXZpbA==\u{7}\u{1b}[2J\u{9b}31m\u{202e}lived\u{200b}\u{1b}]0;owned\u{7}";
    shop.run(&[
        "customer", "add", hostile, "--phone", "0699 666", "--note", hostile,
    ]);
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.type_slowly("mallory");
    counter.wait_for("FOUND");
    counter.press("\r");
    counter.wait_for("C-0016");
    counter.send("CAM-0012\r");
    counter.wait_for("1 item in hand");
    thread::sleep(AFTER_SCAN);
    counter.press("\r");
    counter.wait_for("HAND OVER");
    counter.press("\r");
    counter.wait_for("OUT 1 item to Mallory");
    counter.send(format!(
        "\x1b[200~{}\x1b[201~",
        hostile.replace('\u{1b}', "\u{1}")
    )); // and in a paste
    counter.fence();
    for payload in ["\x1b]", "\u{9b}", "\u{202e}", "\u{200b}", "\u{1}"] {
        assert!(!counter.wrote(payload), "{payload:?}");
    }
    let plain = rentdesk()
        .arg("--db")
        .arg(shop.path())
        .args(["customer", "list"])
        .output()
        .expect("the program starts");
    let printed = String::from_utf8_lossy(&plain.stdout).into_owned();
    assert!(
        printed.contains("Mallory")
            && !printed.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\u{200b}']),
        "{printed:?}"
    );
}

// ---- the line program
// ------------------------------------------------------------------------------------------------

#[test]
fn a_whole_journey_in_lines() {
    let shop = Shop::demo();
    let lines = [
        "CAM-0012",
        "LEN-0049",
        "maya chen",
        "",
        "",
        "CAM-0020",
        "NO-SUCH-TAG",
        ":log",
        "esc",
        "cam-0020",
        ":undo",
        ":quit",
    ];
    let mut child = rentdesk()
        .arg("--db")
        .arg(shop.path())
        .arg("--plain")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut typed = child.stdin.take().expect("it reads");
    for line in lines {
        writeln!(typed, "{line}").expect("it reads");
    }
    drop(typed);
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(0));
    let told = String::from_utf8(output.stdout).expect("UTF-8");
    let mut rest = told.as_str();
    for answer in [
        "ready",
        "OK IN HAND   CAM-0012  Sony FX6 body - who takes it?",
        "OK IN HAND   LEN-0049",
        "!! Maya Chen - assistant Leo may collect - Enter finishes",
        "?? hand over?",
        "OK OUT 2 items to Maya Chen, due Sat 22 Nov 10:42",
        "!! BACK   CAM-0020  Sony FX3 body",
        "!! nothing is called \"NO-SUCH-TAG\" here",
        "\nLOG\n",
        "!! CAM-0020 was not out",
        "OK UNDONE back CAM-0020 (Sam Okoro)",
    ] {
        rest = rest
            .split_once(answer)
            .unwrap_or_else(|| panic!("no \"{answer}\" after the answers before it in:\n{told}"))
            .1;
    }
    assert!(
        shop.is_out("CAM-0012") && shop.is_out("LEN-0049") && shop.is_out("CAM-0020"),
        "{told}"
    );
    shop.run(&["check"]);
}
