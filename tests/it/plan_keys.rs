//! The Plan, the Bench and the print menu by keys.

use crate::counter::{Counter, friday};
use rentdesk::booking::{self, Firmness, NewReservation, Want};
use rentdesk::kernel::{Moment, Period, ReservationId, TypeId};
use rentdesk::tui::place::{Place, PlaceKind};
use rentdesk::{catalog, customers, desk};

fn type_named(counter: &Counter, name: &str) -> TypeId {
    catalog::types_named(counter.app.shop.read(), name).expect("it reads").first().unwrap_or_else(|| panic!("no {name}")).id
}

/// Hours from Friday 10:42.
fn window(from_hours: i64, to_hours: i64) -> Period {
    let at = |hours: i64| friday().plus_minutes(hours * 60);
    Period { start: at(from_hours), end: at(to_hours) }
}

pub fn reserve(counter: &mut Counter, who: &str, what: &str, quantity: i64, window: Period, firmness: Firmness) -> ReservationId {
    let customer = customers::resolve(counter.app.shop.read(), who).expect("they exist").id;
    let settings = counter.app.shop.settings.clone();
    let wants = vec![Want::of(type_named(counter, what), quantity)];
    let new = NewReservation { customer: Some(customer), window, wants, firmness, note: None, keep_short: true, reference: None };
    let id = counter.app.shop.write(|db| desk::reserve(db, &settings, &new)).expect("it is reserved");
    counter.app.refresh();
    id
}

/// The week of the drawing: two confirmed, one hold that is short. The shop has three FX6 that work and one on the bench.
pub fn promise(counter: &mut Counter) -> (ReservationId, ReservationId) {
    let chen = reserve(counter, "Maya Chen", "Sony FX6 body", 2, window(2, 71), Firmness::Confirmed);
    reserve(counter, "Blue Door Films", "Sony FX6 body", 3, window(7 * 24, 10 * 24), Firmness::Confirmed);
    let short = reserve(counter, "Jonas Weber", "Sony FX6 body", 2, window(22, 74), Firmness::Hold(None));
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
        if screen.lines().any(|line| line.starts_with(" >") && line.contains(name)) {
            return;
        }
        counter.keys("<down>");
    }
    panic!("{name} is not on the Plan\n{}", counter.screen());
}

fn row(counter: &mut Counter, part: &str) -> String {
    let screen = counter.screen();
    screen.lines().find(|line| line.contains(part)).unwrap_or_else(|| panic!("no {part}\n{screen}")).to_owned()
}

#[test]
fn the_plan_says_who_is_short_when_and_why() {
    let mut counter = Counter::demo();
    promise(&mut counter);
    counter.keys("<f5>fx6<ret>");
    assert!(counter.screen().contains("PLAN  fx6"), "{}", counter.screen());
    assert!(row(&mut counter, "+ Sony FX6 body").contains(" 4  -1"), "{}", counter.screen());
    counter.keys("<right>");
    let said = counter.app.verdict().text.clone();
    assert!(said.starts_with("Sat 22: Sony FX6 body 1 free to 08:42, then short 1 · confirmed R-1014, hold R-1016"), "{said}");
    counter.keys("<right><right>");
    let said = counter.app.verdict().text.clone();
    assert!(said.starts_with("Mon 24: Sony FX6 body short 1 to 09:42, 1 free to 12:42, then 3 free"), "{said}");
    counter.keys("+");
    let screen = counter.screen();
    assert!(screen.contains("- Sony FX6 body") && screen.contains("CAM-0014 bench") && screen.contains("no tag yet, SHORT"), "{screen}");
    assert!(row(&mut counter, "CAM-0014 bench").contains("x  x  x"), "{screen}");
    assert!(row(&mut counter, "CAM-0012 good").contains("R==R==R==R"), "{screen}");
    assert!(row(&mut counter, "no tag yet").contains("r==r==r"), "{screen}");
    counter.check();
}

#[test]
fn a_day_is_counted_as_free_is() {
    let mut counter = Counter::demo();
    promise(&mut counter);
    let type_id = type_named(&counter, "Sony FX6 body");
    let shop = &counter.app.shop;
    let zone = shop.settings.zone;
    let days: Vec<Period> = (0..14).map(|day| zone.day_period(zone.day(shop.now()) + chrono::Duration::days(day))).collect();
    let found = booking::timeline(shop.read(), &shop.settings, &[type_id], &days, shop.now()).expect("it reads").remove(0);
    for (day, free) in days.iter().zip(found.free) {
        let window = Period { start: Moment(day.start.0.max(shop.now().0)), end: day.end };
        let asked = booking::availability(shop.read(), &shop.settings, type_id, 1, window, None, shop.now()).expect("it reads");
        assert_eq!(asked.total - asked.peak, free, "{day:?}");
    }
}

#[test]
fn enter_opens_the_reservation_the_list_or_the_item() {
    let mut counter = Counter::demo();
    let (chen, short) = promise(&mut counter);
    counter.keys("<f5>fx6<ret><ret>");
    assert_eq!(counter.app.place(), &Place::Reservation(chen), "one reservation today");
    counter.keys("<esc>");
    assert_eq!(counter.app.place().kind(), PlaceKind::Plan);
    assert!(counter.screen().contains("PLAN  fx6"), "the filter is as it was: {}", counter.screen());
    counter.keys("<right><ret>");
    assert!(counter.screen().contains("WHO HAS IT") && counter.screen().contains("[2] hold 2 x"), "{}", counter.screen());
    counter.keys("2");
    assert_eq!(counter.app.place(), &Place::Reservation(short));
    counter.keys("<esc>+<down><down><down><ret>");
    assert!(matches!(counter.app.place(), Place::Item(_)), "CAM-0014 is on the bench: {}", counter.screen());
}

#[test]
fn a_date_jumps_words_filter_and_esc_goes_one_step() {
    let mut counter = Counter::demo();
    promise(&mut counter);
    counter.keys("<f5>12 jan");
    assert!(counter.screen().contains("Enter jumps to Mon 12 Jan"), "{}", counter.screen());
    counter.keys("<ret>");
    assert!(counter.screen().contains("12 Jan..1 Feb") && counter.app.verdict().text.starts_with("Mon 12:"), "{}", counter.screen());
    counter.keys("<pgdn>");
    assert!(counter.screen().contains("19 Jan..8 Feb"), "{}", counter.screen());
    counter.keys("<pgup><c-t>");
    assert!(counter.screen().contains("21 Nov..11 Dec"), "{}", counter.screen());
    counter.keys("<left>");
    assert!(counter.screen().contains("20 Nov..10 Dec") && counter.app.verdict().text.ends_with("over"), "{}", counter.screen());
    counter.keys("<c-t>short<ret>");
    assert!(counter.screen().contains("PLAN  short") && counter.screen().contains("Sony FX6 body") && !counter.screen().contains("Sony FX3 body"), "{}", counter.screen());
    counter.keys("<esc>bench<ret>");
    let screen = counter.screen();
    assert!(screen.contains("PLAN  bench") && screen.contains("Sony FX6 body") && !screen.contains("Sony FX3 body"), "{screen}");
    counter.keys("<esc>xqzz");
    assert!(counter.screen().contains("no type matches \"xqzz\"   Esc clears"), "{}", counter.screen());
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
    assert!(counter.screen().lines().any(|line| line.starts_with(" >+ Sony FX6 body")), "the cursor is on the type again: {}", counter.screen());
    counter.keys(" ");
    assert!(counter.screen().lines().any(|line| line.starts_with("*>+ Sony FX6 body")), "{}", counter.screen());
    counter.keys("<end>");
    let last = counter.screen().lines().rfind(|line| line.get(1..2) == Some(">")).expect("a cursor").to_owned();
    counter.keys("<down>");
    assert!(counter.screen().lines().any(|line| line == last), "there is nothing below the last row");
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
                assert_eq!(drawn.lines().filter(|line| line.starts_with(" >")).count(), 1, "{columns}x{rows} {key}\n{drawn}");
            }
        }
        assert!(counter.screen_at(columns, rows).lines().any(|line| line.starts_with(" >-")), "the first row, which is open\n{}", counter.screen_at(columns, rows));
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
    assert!(lines[4].trim_end().ends_with("30  1  2  3  4  5"), "fifteen days\n{drawn}");
    assert!(lines[21].contains("-1 = short") && lines[22].contains("Ctrl+T today") && lines[23].ends_with("?help"), "{drawn}");
}
