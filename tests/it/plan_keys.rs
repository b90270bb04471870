//! The Plan, the Bench and the print menu by keys.

use crate::counter::{Counter, friday};
use rentdesk::booking::{self, Firmness, NewReservation, Want};
use rentdesk::kernel::{Moment, Period, ReservationId, TypeId};
use rentdesk::tui::place::{Place, PlaceKind};
use rentdesk::{catalog, customers, desk};

fn type_named(counter: &Counter, name: &str) -> TypeId {
    catalog::types_named(counter.app.shop.read(), name)
        .expect("it reads")
        .first()
        .unwrap_or_else(|| panic!("no {name}"))
        .id
}

/// Hours from Friday 10:42.
fn window(from_hours: i64, to_hours: i64) -> Period {
    let at = |hours: i64| friday().plus_minutes(hours * 60);
    Period {
        start: at(from_hours),
        end: at(to_hours),
    }
}

pub fn reserve(
    counter: &mut Counter,
    who: &str,
    what: &str,
    quantity: i64,
    window: Period,
    firmness: Firmness,
) -> ReservationId {
    let customer = customers::resolve(counter.app.shop.read(), who)
        .expect("they exist")
        .id;
    let settings = counter.app.shop.settings.clone();
    let wants = vec![Want::of(type_named(counter, what), quantity)];
    let new = NewReservation {
        customer: Some(customer),
        window,
        wants,
        firmness,
        note: None,
        keep_short: true,
        reference: None,
        bargain: rentdesk::booking::Bargain::default(),
    };
    let id = counter
        .app
        .shop
        .write(|db| desk::reserve(db, &settings, &new))
        .expect("it is reserved");
    counter.app.refresh();
    id
}

/// The week of the drawing: two confirmed, one hold that is short. The shop has three FX6 that work
/// and one on the bench.
pub fn promise(counter: &mut Counter) -> (ReservationId, ReservationId) {
    let chen = reserve(
        counter,
        "Maya Chen",
        "Sony FX6 body",
        2,
        window(2, 71),
        Firmness::Confirmed,
    );
    reserve(
        counter,
        "Blue Door Films",
        "Sony FX6 body",
        3,
        window(7 * 24, 10 * 24),
        Firmness::Confirmed,
    );
    let short = reserve(
        counter,
        "Jonas Weber",
        "Sony FX6 body",
        2,
        window(22, 74),
        Firmness::Hold(None),
    );
    (chen, short)
}

/// Moves the cursor to a type in sight and opens it.
pub fn open_type(counter: &mut Counter, name: &str) {
    to_row(counter, name);
    counter.keys("+");
}

fn to_row(counter: &mut Counter, name: &str) {
    counter.keys("<home>");
    for _ in 0..60 {
        let screen = counter.screen();
        if screen
            .lines()
            .any(|line| line.starts_with(" >") && line.contains(name))
        {
            return;
        }
        counter.keys("<down>");
    }
    panic!("{name} is not on the Plan\n{}", counter.screen());
}

fn row(counter: &mut Counter, part: &str) -> String {
    let screen = counter.screen();
    screen
        .lines()
        .find(|line| line.contains(part))
        .unwrap_or_else(|| panic!("no {part}\n{screen}"))
        .to_owned()
}

#[test]
fn the_plan_says_who_is_short_when_and_why() {
    let mut counter = Counter::demo();
    let (chen, short) = promise(&mut counter);
    let number =
        |id: ReservationId| booking::number_of(counter.app.shop.read(), id).expect("it reads");
    let (chen, short) = (number(chen), number(short));
    counter.keys("<f5>fx6<ret>");
    assert!(
        counter.screen().contains("PLAN  fx6"),
        "{}",
        counter.screen()
    );
    assert!(
        row(&mut counter, "+ Sony FX6 body").contains(" 4  -1"),
        "{}",
        counter.screen()
    );
    counter.keys("<right>");
    let said = counter.app.verdict().text.clone();
    assert!(
        said.starts_with(&format!(
            "Sat 22: Sony FX6 body 1 free to 08:42, then short 1 · confirmed {chen}, hold {short}"
        )),
        "{said}"
    );
    counter.keys("<right><right>");
    let said = counter.app.verdict().text.clone();
    assert!(
        said.starts_with("Mon 24: Sony FX6 body short 1 to 09:42, 1 free to 12:42, then 3 free"),
        "{said}"
    );
    counter.keys("+");
    let screen = counter.screen();
    assert!(
        screen.contains("- Sony FX6 body")
            && screen.contains("CAM-0014 bench")
            && screen.contains("no tag yet, SHORT"),
        "{screen}"
    );
    assert!(
        row(&mut counter, "CAM-0014 bench").contains("x  x  x"),
        "{screen}"
    );
    assert!(
        row(&mut counter, "CAM-0012 good").contains("R==R==R==R"),
        "{screen}"
    );
    assert!(
        screen
            .lines()
            .any(|line| line.contains("no tag yet, SHORT") && line.contains("r==r==r")),
        "{screen}"
    );
    counter.check();
}

#[test]
fn a_day_is_counted_as_free_is() {
    let mut counter = Counter::demo();
    promise(&mut counter);
    let type_id = type_named(&counter, "Sony FX6 body");
    let shop = &counter.app.shop;
    let zone = shop.settings.zone;
    let days: Vec<Period> = (0..14)
        .map(|day| zone.day_period(zone.day(shop.now()) + chrono::Duration::days(day)))
        .collect();
    let found = booking::timeline(shop.read(), &shop.settings, &[type_id], &days, shop.now())
        .expect("it reads")
        .remove(0);
    for (day, free) in days.iter().zip(found.free) {
        let window = Period {
            start: Moment(day.start.0.max(shop.now().0)),
            end: day.end,
        };
        let asked = booking::availability(
            shop.read(),
            &shop.settings,
            type_id,
            1,
            window,
            None,
            shop.now(),
        )
        .expect("it reads");
        assert_eq!(asked.total - asked.peak, free, "{day:?}");
    }
}

#[test]
fn enter_opens_the_reservation_the_list_or_the_item() {
    let mut counter = Counter::demo();
    let (chen, short) = promise(&mut counter);
    counter.keys("<f5>fx6<ret><ret>");
    assert_eq!(
        counter.app.place(),
        &Place::Reservation(chen),
        "one reservation today"
    );
    counter.keys("<esc>");
    assert_eq!(counter.app.place().kind(), PlaceKind::Plan);
    assert!(
        counter.screen().contains("PLAN  fx6"),
        "the filter is as it was: {}",
        counter.screen()
    );
    counter.keys("<right><ret>");
    assert!(
        counter.screen().contains("WHO HAS IT") && counter.screen().contains("[2] hold 2 x"),
        "{}",
        counter.screen()
    );
    counter.keys("2");
    assert_eq!(counter.app.place(), &Place::Reservation(short));
    counter.keys("<esc>+<down><down><down><ret>");
    assert!(
        matches!(counter.app.place(), Place::Item(_)),
        "CAM-0014 is on the bench: {}",
        counter.screen()
    );
}

#[test]
fn a_date_jumps_words_filter_and_esc_goes_one_step() {
    let mut counter = Counter::demo();
    promise(&mut counter);
    counter.keys("<f5>12 jan");
    assert!(
        counter.screen().contains("Enter jumps to Mon 12 Jan"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("12 Jan..1 Feb")
            && counter.app.verdict().text.starts_with("Mon 12:"),
        "{}",
        counter.screen()
    );
    counter.keys("<pgdn>");
    assert!(
        counter.screen().contains("19 Jan..8 Feb"),
        "{}",
        counter.screen()
    );
    counter.keys("<pgup><c-t>");
    assert!(
        counter.screen().contains("21 Nov..11 Dec"),
        "{}",
        counter.screen()
    );
    counter.keys("<left>");
    assert!(
        counter.screen().contains("20 Nov..10 Dec") && counter.app.verdict().text.ends_with("over"),
        "{}",
        counter.screen()
    );
    counter.keys("<c-t>short<ret>");
    assert!(
        counter.screen().contains("PLAN  short")
            && counter.screen().contains("Sony FX6 body")
            && !counter.screen().contains("Sony FX3 body"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc>bench<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("PLAN  bench")
            && screen.contains("Sony FX6 body")
            && !screen.contains("Sony FX3 body"),
        "{screen}"
    );
    counter.keys("<esc>xqzz");
    assert!(
        counter
            .screen()
            .contains("no type matches \"xqzz\"   Esc clears"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert_eq!(
        (counter.verdict().as_str(), counter.hint().as_str()),
        ("!! no type matches \"xqzz\"", "Esc clears")
    );
    assert!(!counter.screen().contains("+ new"), "{}", counter.screen());
    counter.keys("<esc>");
    assert_eq!(counter.app.place().kind(), PlaceKind::Plan);
    counter.keys("<esc>");
    assert_eq!(counter.app.place().kind(), PlaceKind::Desk);
}

#[test]
fn rows_open_close_and_are_marked() {
    let mut counter = Counter::demo();
    counter.keys("<f5>cameras<ret>");
    open_type(&mut counter, "Sony FX6 body");
    counter.keys("<down><down>-");
    assert!(
        counter
            .screen()
            .lines()
            .any(|line| line.starts_with(" >+ Sony FX6 body")),
        "the cursor is on the type again: {}",
        counter.screen()
    );
    counter.keys(" ");
    assert!(
        counter
            .screen()
            .lines()
            .any(|line| line.starts_with("*>+ Sony FX6 body")),
        "{}",
        counter.screen()
    );
    counter.keys("<end>");
    let last = counter
        .screen()
        .lines()
        .rfind(|line| line.get(1..2) == Some(">"))
        .expect("a cursor")
        .to_owned();
    counter.keys("<down>");
    assert!(
        counter.screen().lines().any(|line| line == last),
        "there is nothing below the last row"
    );
}

#[test]
fn the_cursor_walks_over_every_row_and_back_at_every_size() {
    for (columns, rows) in [(100, 30), (80, 24), (60, 18), (40, 12)] {
        let mut counter = Counter::demo();
        counter.screen_at(columns, rows);
        counter.keys("<f5>");
        for key in ["+<down><down>+<down>", "<down>", "<up>"] {
            for _ in 0..if key.len() > 6 { 6 } else { 60 } {
                counter.keys(key);
                let drawn = counter.screen_at(columns, rows);
                assert_eq!(
                    drawn.lines().filter(|line| line.starts_with(" >")).count(),
                    1,
                    "{columns}x{rows} {key}\n{drawn}"
                );
            }
        }
        counter.keys("<down>"); // from the headings, which are above the first row
        assert!(
            counter
                .screen_at(columns, rows)
                .lines()
                .any(|line| line.starts_with(" >-")),
            "the first row, which is open\n{}",
            counter.screen_at(columns, rows)
        );
    }
}

#[test]
fn nothing_of_the_plan_is_cut_at_eighty_columns() {
    let mut counter = Counter::demo();
    promise(&mut counter);
    counter.screen_at(80, 24);
    counter.keys("<f5>cameras<ret>+");
    let drawn = counter.screen_at(80, 24);
    let lines: Vec<&str> = drawn.lines().collect();
    assert!(
        lines[4].trim_end().ends_with("30  1  2  3  4  5"),
        "fifteen days\n{drawn}"
    );
    assert!(
        lines[21].contains("-1 = short")
            && lines[22].contains("Ctrl+T today")
            && lines[23].ends_with("?help"),
        "{drawn}"
    );
}

#[test]
fn the_bench_says_what_hurts_and_what_it_mended() {
    let mut counter = Counter::demo();
    let lines = |counter: &Counter| {
        counter
            .app
            .overlay_lines()
            .unwrap_or_default()
            .into_iter()
            .map(|line| line.text)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let id = reserve(
        &mut counter,
        "Kite Studio",
        "Sony FX6 body",
        4,
        window(400, 424),
        Firmness::Confirmed,
    );
    let number = booking::number_of(counter.app.shop.read(), id).expect("it reads");
    counter.keys("<f8>");
    let screen = counter.screen();
    assert!(
        screen.contains("-- HURTS SOON  3")
            && row(&mut counter, "fan noise").contains(&format!("needed Mon 8 Dec {number}")),
        "{screen}"
    );
    counter.scan("CAM-0014").keys("1");
    assert!(
        lines(&counter).contains(&format!("mends: {number} Kite Studio")),
        "before it is saved: {}",
        lines(&counter)
    );
    counter.keys("<ret>");
    assert_eq!(
        counter.verdict(),
        format!("OK CAM-0014 good again · {number} is no longer short · Ctrl+Z")
    );
    assert!(
        counter.screen().contains("-- HURTS SOON  2"),
        "{}",
        counter.screen()
    );
    counter.scan("CAM-0014").keys("3");
    assert!(
        lines(&counter).contains(&format!("warns: {number} Kite Studio")),
        "{}",
        lines(&counter)
    );
    counter.keys("fan again<ret>");
    assert!(counter.verdict().starts_with(&format!("!! CAM-0014 UNUSABLE, \"fan again\" · bench job B-0005 · now short: {number} Kite Studio")), "{}", counter.verdict());
    counter.keys("<c-z>");
    assert_eq!(counter.verdict(), "OK UNDONE CAM-0014 unusable");
    counter.check();
}

#[test]
fn an_item_under_maintenance_has_a_day_it_is_expected_back() {
    let mut counter = Counter::demo();
    counter
        .keys("<f8>")
        .scan("CAM-0014")
        .keys("4new fan<ret><esc>");
    counter.keys("<f8>");
    to_selected(&mut counter, "CAM-0014");
    counter.keys("<c-d>");
    assert!(
        counter.screen().contains("Back on >"),
        "{}",
        counter.screen()
    );
    counter.keys("28 nov<ret>");
    assert_eq!(
        counter.verdict(),
        "OK CAM-0014 expected back Fri 28 Nov 09:00 · Ctrl+Z"
    );
    assert!(
        row(&mut counter, "fan noise").contains("back ~28 Nov"),
        "{}",
        counter.screen()
    );
    counter.keys("<f5>fx6<ret>+");
    assert!(
        row(&mut counter, "CAM-0014 bench").contains("x  x  x  x  x  x  x  x  .  ."),
        "{}",
        counter.screen()
    );
    counter.keys("<esc><esc><f8><c-z>");
    assert_eq!(counter.verdict(), "OK UNDONE CAM-0014 expected back");
    assert!(
        !counter.screen().contains("back ~28 Nov"),
        "{}",
        counter.screen()
    );
    counter.check();
}

fn to_selected(counter: &mut Counter, part: &str) {
    for _ in 0..20 {
        let screen = counter.screen();
        if screen
            .lines()
            .any(|line| line.starts_with(" >") && line.contains(part))
        {
            return;
        }
        counter.keys("<down>");
    }
    panic!("{part} is not on the screen\n{}", counter.screen());
}

#[test]
fn an_item_is_set_aside_and_put_back_with_a_warning_first() {
    let mut counter = Counter::demo();
    let id = reserve(
        &mut counter,
        "Kite Studio",
        "Sony FX6 body",
        3,
        window(48, 72),
        Firmness::Confirmed,
    );
    let number = booking::number_of(counter.app.shop.read(), id).expect("it reads");
    counter
        .keys("<f7>")
        .scan("CAM-0012")
        .keys(":block<ret>")
        .keys("+4d<tab>trade fair<ret>");
    assert!(
        counter
            .screen()
            .contains(&format!("warns: {number} Kite Studio")),
        "{}",
        counter.screen()
    );
    assert!(counter.verdict().starts_with("??"), "{}", counter.verdict());
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("!! CAM-0012 set aside until Tue 25 Nov"),
        "{}",
        counter.verdict()
    );
    assert!(
        counter.screen().contains("SET ASIDE until Tue 25 Nov"),
        "{}",
        counter.screen()
    );
    counter.keys("<f8>");
    assert!(
        counter.screen().contains("-- SET ASIDE  1")
            && row(&mut counter, "trade fair").contains("until Tue 25 Nov"),
        "{}",
        counter.screen()
    );
    to_selected(&mut counter, "CAM-0012");
    counter.keys(":unblock<ret>");
    assert_eq!(
        counter.verdict(),
        format!("OK CAM-0012 is no longer set aside · {number} is no longer short · Ctrl+Z")
    );
    counter.keys("<c-z>");
    assert!(
        counter.verdict().starts_with(&format!(
            "!! UNDONE CAM-0012 no longer set aside · now short: {number}"
        )),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-z>");
    assert_eq!(counter.verdict(), "OK UNDONE CAM-0012 set aside");
    counter.check();
}

#[test]
fn retiring_says_whom_it_hurts_before_and_after() {
    let mut counter = Counter::demo();
    let id = reserve(
        &mut counter,
        "Kite Studio",
        "Sony FX6 body",
        3,
        window(48, 72),
        Firmness::Confirmed,
    );
    let number = booking::number_of(counter.app.shop.read(), id).expect("it reads");
    counter.keys("<f7>").scan("CAM-0012").keys(":retire<ret>");
    assert!(
        counter.screen().contains("RETIRE CAM-0012 FOR GOOD")
            && counter.screen().contains(&format!("warns: {number}")),
        "{}",
        counter.screen()
    );
    counter.keys("<esc>");
    assert_eq!(
        crate::counter::item(&counter, "CAM-0012").state(),
        "IN",
        "looking changed nothing"
    );
    counter.keys(":retire<ret>worn out<ret>");
    assert!(
        counter
            .verdict()
            .starts_with(&format!("!! CAM-0012 retired · now short: {number}")),
        "{}",
        counter.verdict()
    );
    counter.check();
}

/// A spooler that is a script, or none at all.
fn printer(counter: &mut Counter, script: Option<&str>) {
    use std::os::unix::fs::PermissionsExt;
    let path = counter.folder.path().join("lp");
    if let Some(script) = script {
        std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("it is written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
            .expect("it may run");
    }
    counter.app.spooler = rentdesk::print::Spooler {
        programs: vec![path],
        patience: std::time::Duration::from_secs(20),
    };
}

pub(crate) fn until_told(counter: &mut Counter, part: &str) {
    for _ in 0..400 {
        counter.app.tick().expect("a tick");
        if counter.verdict().contains(part) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(25));
    }
    panic!("never told {part}: {}", counter.verdict());
}

fn pick_lists(counter: &Counter) -> usize {
    let events =
        rentdesk::store::log::events_after(counter.app.shop.read(), 0, 100_000).expect("it reads");
    events
        .iter()
        .filter(|event| event.kind == "PickListPrinted")
        .count()
}

#[test]
fn job_10_today_s_pick_list_costs_two_keys() {
    let mut counter = Counter::demo();
    printer(&mut counter, Some("cp \"$1\" \"$0.printed\""));
    counter.keys("<f9><ret>");
    assert_eq!(counter.presses, 2);
    until_told(&mut counter, "printed");
    assert_eq!(counter.verdict(), "OK pick list for Fri 21 Nov printed");
    assert!(
        std::fs::read(counter.folder.path().join("lp.printed"))
            .expect("it was printed")
            .starts_with(b"%PDF")
    );
    assert!(
        counter
            .folder
            .path()
            .join("paper/pick-list-2025-11-21.pdf")
            .exists(),
        "it is saved as well"
    );
    assert_eq!(pick_lists(&counter), 1);
    counter.keys("<c-r>");
    until_told(&mut counter, "printed");
    assert_eq!(pick_lists(&counter), 2);
    counter.keys("<c-p>2");
    until_told(&mut counter, "returns list for Fri 21 Nov printed");
    assert_eq!(pick_lists(&counter), 2, "a returns list is no pick list");
    counter.check();
}

#[test]
fn a_list_of_another_day_is_printed_by_its_date_or_from_the_plan() {
    let mut counter = Counter::demo();
    printer(&mut counter, Some("cp \"$1\" \"$0.printed\""));
    counter.keys("<f9>");
    assert!(
        counter.screen().contains("   pick list of another day"),
        "{}",
        counter.screen()
    );
    counter.keys("mon");
    assert!(
        counter.screen().contains("Of > mon") && counter.screen().contains("Mon 24 Nov 2025"),
        "what is understood is echoed: {}",
        counter.screen()
    );
    counter.keys("<ret>");
    until_told(&mut counter, "pick list for Mon 24 Nov printed");
    counter.keys(&format!("<f9>{}<ret>sat<ret>", "<down>".repeat(10)));
    until_told(&mut counter, "returns list for Sat 22 Nov printed");
    counter.keys("<f9><down>soon<ret>");
    assert!(
        counter.verdict().starts_with("BAD"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc><f5><right><right><right><right><f9>4");
    until_told(&mut counter, "pick list for Tue 25 Nov printed");
    assert_eq!(pick_lists(&counter), 2);
    counter.check();
}

#[test]
fn a_paper_that_is_not_printed_is_saved_and_says_why() {
    let mut counter = Counter::demo();
    printer(
        &mut counter,
        Some("echo 'no default destination' >&2; exit 1"),
    );
    counter.keys("<f9><ret>");
    until_told(&mut counter, "paper not printed");
    assert!(
        counter
            .verdict()
            .starts_with("!! paper not printed: lp says \"no default destination\" · saved as "),
        "{}",
        counter.verdict()
    );
    assert_eq!(counter.hint(), "Ctrl+R tries again");
    assert!(
        counter
            .folder
            .path()
            .join("paper/pick-list-2025-11-21.pdf")
            .exists()
    );
    let mut counter = Counter::demo();
    printer(&mut counter, None);
    counter.keys("<f7><f9>4");
    assert_eq!(counter.verdict(), "!! open a reservation first");
    counter.keys("<esc><esc>").keys("1009<ret><f9>4");
    until_told(&mut counter, "paper not printed");
    assert!(
        counter
            .verdict()
            .contains("this machine has no lp · saved as")
            && counter.verdict().contains("checklist-R-1009.pdf"),
        "{}",
        counter.verdict()
    );
    assert_eq!(pick_lists(&counter), 0);
}

#[test]
fn the_items_of_the_last_row_in_sight_come_into_sight() {
    let mut counter = Counter::demo();
    counter.keys("<f5>");
    counter.screen();
    counter.keys("<home>");
    let rows = counter
        .app
        .page()
        .grid
        .as_ref()
        .expect("a grid")
        .lines
        .len();
    for _ in 1..rows {
        counter.keys("<down>");
    }
    let id = counter.app.page().grid.as_ref().expect("a grid").lines[rows - 1].type_id;
    counter.keys("+");
    let grid = counter.app.page().grid.clone().expect("a grid");
    assert_eq!(
        (grid.lines[grid.row].type_id, grid.lines[grid.row].sign),
        (id, Some('-')),
        "the cursor stays on the type"
    );
    let items = grid
        .lines
        .iter()
        .filter(|line| line.type_id == id && line.sign.is_none())
        .count();
    assert!(items > 0, "{}", counter.screen());
    counter.check();
}

#[test]
fn pages_of_commands_and_an_emptied_field() {
    let mut counter = Counter::demo();
    counter.screen();
    counter.keys(":<pgdn>");
    let chosen = |counter: &Counter| {
        counter
            .app
            .overlay_lines()
            .expect("a list")
            .iter()
            .position(|line| line.chosen)
            .expect("one is chosen")
    };
    let far = chosen(&counter);
    assert!(far > 5, "{far}");
    counter.keys("<pgup>");
    assert_eq!(chosen(&counter), 1);
    counter.keys("<esc>:newcustomer<ret>Ana<c-u>Bo");
    let field = counter.app.overlay_lines().expect("a form")[0].text.clone();
    assert!(field.ends_with("> Bo"), "{field}");
}
