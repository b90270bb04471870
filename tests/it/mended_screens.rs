//! What the screens say and do in the clerk's words: counts of a reservation, scans and only scans,
//! notes of the bench, what is packed, withdrawn and counted, swaps, and names that are alike.

use crate::counter::{Counter, item};
use rentdesk::kernel::Text;
use rentdesk::kernel::text::{cut_inside, several, width};
use rentdesk::print::{Above, Block, DayKind, DayList, Row, text};
use rentdesk::{catalog, inventory};

fn count_here(counter: &Counter) -> i64 {
    let id = catalog::types_named(counter.app.shop.read(), "V-mount battery 150 Wh").unwrap()[0].id;
    let bulk = inventory::bulk_of_type(counter.app.shop.read(), id)
        .unwrap()
        .unwrap();
    bulk.quantity - bulk.out
}

/// The rows under a section's rule.
fn under(counter: &mut Counter, title: &str) -> String {
    let screen = counter.screen();
    let rows: Vec<&str> = screen
        .lines()
        .skip_while(|line| !line.contains(title))
        .skip(1)
        .take_while(|line| !line.starts_with("--"))
        .collect();
    rows.join("\n")
}

#[test]
fn a_scan_of_counted_stock_offers_what_is_reserved() {
    let mut counter = Counter::demo();
    let here = count_here(&counter);
    counter.scan("R-1014").scan("BAT-V150");
    assert_eq!(
        counter.verdict(),
        format!("?? BAT-V150: 4 to go, how many of the {here} here?")
    );
    assert!(
        counter.screen().contains("How many > 4"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert_eq!(
        counter.verdict(),
        "OK IN HAND   4 x BAT-V150  V-mount battery 150 Wh · line 4"
    );
    counter.scan("BAT-V150");
    assert!(
        counter.screen().contains("How many > 1"),
        "nothing of it is to go any more: {}",
        counter.screen()
    );
    counter.keys("<esc>");
    counter.check();
}

#[test]
fn more_than_is_reserved_is_asked_about_in_words() {
    let mut counter = Counter::demo();
    counter.scan("R-1014").keys("9*bat-v150<ret>");
    assert_eq!(
        counter.verdict(),
        "?? BAT-V150 V-mount battery 150 Wh: 4 are reserved on R-1014, 9 wanted; 5 more as an extra?"
    );
    assert_eq!(
        counter.hint(),
        "[A]dd 5 as extra · [O]nly the 4 · [Esc] none"
    );
    counter.keys("<esc>");
    assert!(
        under(&mut counter, "IN HAND").contains("scan what goes out"),
        "{}",
        counter.screen()
    );
    counter.keys("9*bat-v150<ret>o");
    assert_eq!(
        counter.verdict(),
        "OK IN HAND   4 x BAT-V150  V-mount battery 150 Wh · line 4"
    );
    counter.keys("<del>9*bat-v150<ret>a");
    assert_eq!(
        counter.verdict(),
        "OK IN HAND   9 x BAT-V150  V-mount battery 150 Wh · line 4, and 5 extra"
    );
    counter.check();
}

#[test]
fn only_scans_and_typed_tags_stand_among_the_last_scans() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .keys("leo<ret>")
        .scan("CAM-0014")
        .scan("NO-SUCH-1")
        .keys("cam15<ret>:stay<ret><c-n>careful<ret>");
    let scans = under(&mut counter, "LAST SCANS");
    let lines: Vec<&str> = scans
        .lines()
        .filter(|line| !line.trim().is_empty() && line.contains(":42:"))
        .collect();
    assert_eq!(lines.len(), 4, "{scans}");
    assert!(
        lines[0].contains("CAM-0015")
            && lines[1].contains("NO-SUCH-1")
            && lines[2].contains("on the bench")
            && lines[3].contains("CAM-0012"),
        "{scans}"
    );
    assert!(
        !scans.contains("Leo Park takes") && !scans.contains("note kept"),
        "{scans}"
    );
    // A question gives its place to the answer.
    let mut counter = Counter::demo();
    counter.scan("R-1014").scan("LEN-0049");
    assert!(
        under(&mut counter, "LAST SCANS").contains("??"),
        "{}",
        counter.screen()
    );
    counter.keys("s");
    let scans = under(&mut counter, "LAST SCANS");
    assert!(
        !scans.contains("??")
            && scans.contains("LEN-0049  Sony 24-70 f/2.8 GM II · swapped for line 3"),
        "{scans}"
    );
    counter
        .keys("<esc><esc><f3>")
        .scan("LEN-0050")
        .scan("NO-SUCH-1");
    let scans = under(&mut counter, "LAST SCANS");
    assert!(
        scans.contains("NO-SUCH-1") && scans.contains("BACK   LEN-0050"),
        "{}",
        counter.screen()
    );
}

#[test]
fn what_is_said_under_maintenance_stands_on_the_bench_and_in_the_story() {
    let mut counter = Counter::demo();
    counter
        .keys("<f8>")
        .scan("CAM-0014")
        .keys("4waits for a new fan<ret>");
    assert!(
        counter
            .screen_at(120, 30)
            .contains("fan noise · waits for a new fan"),
        "{}",
        counter.screen_at(120, 30)
    );
    counter.keys("<f7>").scan("CAM-0014");
    let screen = counter.screen_at(120, 30);
    assert!(
        screen.contains("unusable -> under maintenance: waits for a new fan"),
        "{screen}"
    );
    counter.keys("<esc><f8><c-z>");
    assert!(
        !counter.screen_at(120, 30).contains("waits for a new fan"),
        "{}",
        counter.screen_at(120, 30)
    );
    counter.check();
}

#[test]
fn questions_name_the_keys_and_no_options_of_the_command_line() {
    let mut counter = Counter::demo();
    counter
        .keys("<f7>")
        .scan("CAM-0012")
        .keys(":block<ret>")
        .keys("+4d<tab>trade fair<ret>:desk<ret>")
        .scan("CAM-0012");
    let said = format!(
        "{} {} {}",
        counter.verdict(),
        counter.hint(),
        counter.screen()
    );
    assert!(
        said.contains("is set aside")
            && counter
                .hint()
                .ends_with("[T]ake anyway · [Esc] put it back"),
        "{said}"
    );
    assert!(
        !said.contains("--take")
            && !said.contains("take it anyway, or")
            && !said.contains("rentdesk "),
        "{said}"
    );
    assert_eq!(counter.verdict().matches("CAM-0012").count(), 1, "{said}");
}

#[test]
fn a_swap_and_the_lapse_of_a_hold_stand_on_the_reservation() {
    let mut counter = Counter::demo();
    counter.scan("R-1014").scan("LEN-0049").keys("s<ret><ret>");
    assert!(
        counter.verdict().starts_with("OK OUT 1 item"),
        "{}",
        counter.verdict()
    );
    counter.keys("1014<ret>");
    assert!(
        counter
            .screen()
            .contains("<> Sony 24-70 f/2.8 GM II in place of Sony 70-200 f/2.8 GM II"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc><f4>ines<ret><c-d>sat 9..mon 10<ret>sachtler<ret><ret>1021<ret>");
    assert!(
        counter.screen().contains("HOLD, lapses Sat 22 Nov 09:00"),
        "{}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn a_reservation_is_packed_line_by_line() {
    let mut counter = Counter::demo();
    counter.keys("1014<ret> ");
    assert_eq!(
        counter.verdict(),
        "OK PACKED 2 of 2  Aputure LS 600d Pro · Ctrl+Z"
    );
    assert!(
        counter.screen().contains("packed 2/2"),
        "{}",
        counter.screen()
    );
    counter.keys("-");
    assert_eq!(
        counter.verdict(),
        "OK PACKED 1 of 2  Aputure LS 600d Pro · Ctrl+Z"
    );
    counter.keys("<down><down><down>++");
    assert_eq!(
        counter.verdict(),
        "OK PACKED 2 of 4  V-mount battery 150 Wh · Ctrl+Z"
    );
    counter.keys("<esc>");
    assert!(
        counter.screen().contains("packed 3/8"),
        "{}",
        counter.screen()
    );
    counter.keys("<c-z>");
    assert!(
        counter.verdict().starts_with("OK UNDONE"),
        "{}",
        counter.verdict()
    );
    counter.keys("1014<ret>");
    assert!(
        counter.screen().contains("packed 1/4"),
        "{}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn a_count_is_set_on_gear_and_says_first_whom_it_hurts() {
    let mut counter = Counter::demo();
    counter.keys("<f7>v-mount<ret>:count<ret>");
    assert!(
        counter
            .screen()
            .contains("HOW MANY BAT-V150 V-mount battery 150 Wh THERE ARE  (8 out, 16 here)"),
        "{}",
        counter.screen()
    );
    counter.keys("<bs><bs>many<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD \"many\" is not a number"),
        "{}",
        counter.verdict()
    );
    counter.keys("<bs><bs><bs><bs>5<ret>");
    assert!(
        counter.verdict().starts_with("BAD") && !counter.hint().contains("rentdesk"),
        "{}",
        counter.verdict()
    );
    counter.keys("<bs>8<ret>");
    assert_eq!(counter.verdict(), "?? this makes somebody short");
    assert!(
        counter.screen().contains("warns: R-1014 Maya Chen"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("!! 8 x V-mount battery 150 Wh in all · now short: R-1014 Maya Chen"),
        "{}",
        counter.verdict()
    );
    counter.keys(":count<ret><bs>30<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK 30 x V-mount battery 150 Wh in all · R-1014 is no longer short"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>fx6<ret>:count<ret>");
    assert!(
        counter
            .verdict()
            .contains("is not counted: each has its tag"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn a_type_is_withdrawn_and_brought_back_on_gear() {
    let mut counter = Counter::demo();
    counter.keys("<f7>rs 4<ret><c-o>withdraw<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("WITHDRAW DJI RS 4 Pro") && screen.contains("warns: R-1016 Ines Duarte"),
        "whom it hurts stands there before it is asked: {screen}"
    );
    counter.keys("sold off<ret>");
    assert!(
        counter.verdict().starts_with(
            "!! DJI RS 4 Pro is withdrawn · :withdraw once more brings it back · now short: R-1016"
        ),
        "{}",
        counter.verdict()
    );
    assert!(
        counter.screen().contains("DJI RS 4 Pro  WITHDRAWN"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc><esc><f7>rs 4<ret>:withdraw<ret>");
    assert!(
        counter.verdict().starts_with(
            "OK DJI RS 4 Pro can be promised and handed out again · R-1016 is no longer short"
        ),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn what_a_retirement_breaks_is_said_before_it_is_asked() {
    let mut counter = Counter::demo();
    counter
        .keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>")
        .scan("CAM-0012")
        .keys("<ret><f7>")
        .scan("CAM-0012")
        .keys(":retire<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("RETIRE CAM-0012 FOR GOOD")
            && screen.contains("Ines Duarte Sat 22 Nov 09:00 which named it"),
        "{screen}"
    );
    counter.keys("fell off a bridge<ret>");
    assert_eq!(
        counter.verdict().matches("CAM-0012").count(),
        1,
        "{}",
        counter.verdict()
    );
    assert_eq!(
        item(&counter, "CAM-0012").lifecycle,
        inventory::Lifecycle::Retired
    );
    counter.check();
}

#[test]
fn names_that_are_alike_stay_apart_when_they_are_cut() {
    let (one, other) = ("Sony FE 24-70mm f/2.8 GM II", "Sony FE 24-70mm f/2.8 GM");
    assert_eq!(
        (cut_inside(one, 21), cut_inside(other, 21)),
        (
            "Sony FE 24-7~.8 GM II".to_owned(),
            "Sony FE 24-7~f/2.8 GM".to_owned()
        )
    );
    for columns in 0..40 {
        assert!(
            width(&cut_inside(one, columns)) <= columns
                && width(&cut_inside("東京スタジオ照明セット大型", columns)) <= columns
        );
    }
    assert_eq!(
        (
            several(1, "rental"),
            several(0, "rental"),
            several(2, "rental")
        ),
        (
            "1 rental".to_owned(),
            "0 rentals".to_owned(),
            "2 rentals".to_owned()
        )
    );
}

#[test]
fn a_kits_parts_stand_together_on_the_pick_list_and_a_long_list_of_contents_takes_a_line() {
    let row = |line: i64, shelf: &str, thing: &str| Row {
        shelf: Text::filled(shelf),
        quantity: 1,
        thing: Text::new(thing),
        line: Some(line),
        ..Row::default()
    };
    let kit = Above {
        line: 1,
        quantity: 1,
        name: Text::new("Interview kit"),
    };
    let of = |row: Row, above: &Above| Row {
        of: Some(above.clone()),
        ..row
    };
    let body = Above {
        line: 9,
        quantity: 1,
        name: Text::new("Sony FX6 body"),
    };
    let contents: Vec<String> = (1..=20).map(|number| format!("part {number}")).collect();
    let block = Block {
        number: "R-1042".to_owned(),
        bars: "R1042".to_owned(),
        time: "10:00".to_owned(),
        customer: Text::new("Maya Chen"),
        rows: vec![
            of(row(2, "D1", "Tripod"), &kit),
            row(9, "A3", "Sony FX6 body"),
            of(row(3, "B2", "Wireless set"), &kit),
            of(row(10, "Z9", "V-lock battery"), &body),
            Row {
                note: Text::filled(&format!("+ {}", contents.join(", "))),
                ..row(11, "C1", "Lamp")
            },
        ],
        ..Block::default()
    };
    let list = DayList {
        kind: DayKind::Pick,
        shop: Text::new("North Light"),
        day: "Fri 21 Nov 2025".to_owned(),
        printed: String::new(),
        blocks: vec![block],
        shelves: Vec::new(),
        short_items: 0,
        items_to_come: 0,
        short: Vec::new(),
        first_back: Vec::new(),
    };
    let set = text(&list.document(), 80);
    let places: Vec<usize> = [
        "Sony FX6 body",
        "+ V-lock battery",
        "Interview kit:",
        "+ Wireless set",
        "+ Tripod",
        "Lamp",
        "and 15 more",
    ]
    .iter()
    .map(|part| set.find(part).unwrap_or_else(|| panic!("no {part}\n{set}")))
    .collect();
    assert!(places.is_sorted(), "{set}");
}

#[test]
fn a_slip_after_the_colon_runs_nothing() {
    let mut counter = Counter::demo();
    counter.keys(":foo");
    assert!(
        counter.screen().contains("no command matches; Esc closes"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(
        !counter.verdict().starts_with("OK"),
        "{}",
        counter.verdict()
    );
    // Letters may be left out of a word, and what a command does is found by its words.
    counter.keys("<esc><esc>:xtnd");
    assert!(
        counter.screen().contains(" > extend"),
        "{}",
        counter.screen()
    );
    counter.check();
}
