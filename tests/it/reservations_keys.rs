//! Reservations by keys: written, changed, extended, cancelled, handed over; with the budgets of
//! presses.

use crate::counter::{Counter, demo_shop, friday, holder, item};
use rentdesk::booking::{self, Firmness, NewReservation, Reservation, ReservationState, Want};
use rentdesk::desk;
use rentdesk::kernel::{Clock, Moment, Period};
use rentdesk::shop::Shop;
use rentdesk::{catalog, customers};

/// `2025-11-22 09:00` in Berlin, as days from Friday.
fn at(days: i64, hour: i64) -> Moment {
    Moment(friday().0 + days * 86_400 - (10 - hour) * 3600 - 42 * 60)
}

/// A reservation made as another program would make it.
fn reserved(
    shop: &mut Shop,
    who: &str,
    from: Moment,
    to: Moment,
    lines: &[(&str, i64)],
    firmness: Firmness,
) -> Reservation {
    let settings = shop.settings.clone();
    let customer = customers::resolve(shop.read(), who).unwrap().id;
    let wants = lines
        .iter()
        .map(|(name, quantity)| {
            Want::of(
                catalog::resolve_type(shop.read(), name).unwrap().id,
                *quantity,
            )
        })
        .collect();
    let new = NewReservation {
        customer: Some(customer),
        window: Period {
            start: from,
            end: to,
        },
        wants,
        firmness,
        note: None,
        keep_short: false,
        reference: None,
        bargain: rentdesk::booking::Bargain::default(),
    };
    let id = shop.write(|db| desk::reserve(db, &settings, &new)).unwrap();
    booking::reservation(shop.read(), id).unwrap()
}

fn again(counter: &Counter, found: &Reservation) -> Reservation {
    booking::reservation(counter.app.shop.read(), found.id).unwrap()
}

fn shown(counter: &Counter, moment: Moment) -> String {
    counter.app.shop.settings.zone.show(moment, friday())
}

/// The newest reservation and its lines as `quantity x name`.
fn newest(counter: &Counter) -> (Reservation, Vec<String>) {
    let db = counter.app.shop.read();
    let found = booking::list(db, None, 1000)
        .unwrap()
        .into_iter()
        .max_by_key(|found| found.number)
        .unwrap();
    let lines = booking::lines(db, found.id).unwrap();
    let lines = lines
        .iter()
        .filter(|line| line.state != booking::LineState::Dropped)
        .map(|line| format!("{} x {}", line.quantity, line.type_name))
        .collect();
    (found, lines)
}

#[test]
fn a_reservation_is_written_saved_and_undone() {
    let mut counter = Counter::demo();
    counter.keys("<f4>");
    assert!(
        counter.screen().contains("RESERVATION  new"),
        "{}",
        counter.screen()
    );
    counter.keys("ines<ret>");
    assert!(
        counter
            .screen()
            .contains("-- WHO   Ines Duarte · 0612 555 770"),
        "{}",
        counter.screen()
    );
    counter.keys("<c-d>sat 9..mon 10");
    assert!(
        counter
            .screen()
            .contains("Sat 22 Nov 09:00 -> Mon 24 Nov 10:00"),
        "it is echoed before Enter: {}",
        counter.screen()
    );
    counter.keys("<ret>2*sachtler<ret>4*bat-v150<ret>");
    assert_eq!(counter.verdict(), "OK line 2: 4 x V-mount battery 150 Wh");
    counter.keys("+").scan("LEN-0049");
    assert_eq!(
        counter.verdict(),
        "OK line 3: 1 x LEN-0049 Sony 24-70 f/2.8 GM II, exactly this one"
    );
    let screen = counter.screen();
    assert!(
        screen.contains("ok  2  V-mount battery 150 Wh")
            && screen.contains("LEN-0049 only")
            && screen.contains("S22 S23 M24"),
        "{screen}"
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK HOLD R-1021 until Sat 22 Nov 09:00 · 3 lines · total 170.00 · Ctrl+Z"),
        "{}",
        counter.verdict()
    );
    let (found, lines) = newest(&counter);
    assert_eq!(
        (found.state, shown(&counter, found.end).as_str()),
        (ReservationState::Hold, "Mon 24 Nov 10:00")
    );
    assert_eq!(
        lines,
        [
            "2 x Sachtler Ace XL tripod",
            "5 x V-mount battery 150 Wh",
            "1 x Sony 24-70 f/2.8 GM II"
        ]
    );
    assert!(
        desk::reservation_drafts(counter.app.shop.read())
            .unwrap()
            .is_empty(),
        "the draft is gone when saved"
    );
    counter.keys("<c-z>");
    assert!(
        counter.verdict().starts_with("OK UNDONE R-1021 made"),
        "{}",
        counter.verdict()
    );
    assert_eq!(again(&counter, &found).state, ReservationState::Cancelled);
    counter.check();
}

#[test]
fn a_scan_on_its_page_hands_it_over_and_before_its_day_a_reason_is_needed() {
    let (mut shop, folder) = demo_shop();
    let made = reserved(
        &mut shop,
        "Maya Chen",
        at(5, 14),
        at(7, 10),
        &[("Sony FX6 body", 1)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("1021<ret>").scan("CAM-0012");
    assert!(
        counter.verdict().contains("IN HAND   CAM-0012") && counter.verdict().contains("line 1"),
        "{}",
        counter.verdict()
    );
    let screen = counter.screen();
    assert!(
        screen.contains("CHECK-OUT") && screen.contains("Maya Chen"),
        "{screen}"
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().contains("why does it leave now?"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().starts_with("BAD a reason is needed"),
        "{}",
        counter.verdict()
    );
    counter.keys("the van leaves tonight<ret><ret><ret>");
    assert!(
        counter.verdict().contains("OUT 1 item to Maya Chen")
            && counter.verdict().contains("R-1021"),
        "{}",
        counter.verdict()
    );
    assert_eq!(again(&counter, &made).state, ReservationState::Active);
    counter.check();
}

#[test]
fn the_answer_to_what_is_free_says_who_is_in_the_way_and_what_was_not_understood() {
    let (mut shop, folder) = demo_shop();
    reserved(
        &mut shop,
        "Maya Chen",
        at(0, 14),
        at(3, 10),
        &[("Sony FX6 body", 1)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("4*fx6 fri..mon<ret>");
    assert!(
        counter
            .verdict()
            .contains("2 of 3 free · CAM-0015 confirmed R-1020 Kite Studio until"),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-u>3*fx6 fri..mon<ret>");
    assert!(
        counter.verdict().contains("R-1020 Kite Studio until")
            && counter.verdict().contains(" · fits "),
        "{}",
        counter.verdict()
    );
    for (typed, expect) in [
        ("0*fx6 fri..mon", "BAD a quantity is 1 to 10000"),
        ("9223372036854775807*fx6", "BAD a quantity is 1 to 10000"),
        ("99999999999999999999*bat", "BAD a quantity is 1 to 10000"),
        ("fx6 31 nov..5 dec", "BAD \"31 nov\" is not a date or time"),
        ("xqz fri..mon", "BAD no type is called \"xqz\""),
        ("fx6 mon..sat 22.11.2025", "BAD "),
    ] {
        counter.keys("<c-u>").keys(typed).keys("<ret>");
        assert!(
            counter.verdict().starts_with(expect),
            "{typed}: {}",
            counter.verdict()
        );
        assert!(
            !counter.screen().contains("+ new customer"),
            "{typed}: {}",
            counter.screen()
        );
    }
    counter.keys("<c-u>").keys("2*fx6 fri..mon<ret>").check();
}

#[test]
fn what_stands_ready_is_marked_and_the_desk_says_so() {
    let (mut shop, folder) = demo_shop();
    let made = reserved(
        &mut shop,
        "Maya Chen",
        at(0, 14),
        at(2, 10),
        &[("Sony FX6 body", 1), ("V-mount battery 150 Wh", 4)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys(":pack<ret>");
    assert_eq!(counter.verdict(), "!! open a reservation first");
    counter.keys("1021<ret>:pack<ret>");
    let lines = booking::lines(counter.app.shop.read(), made.id).unwrap();
    assert!(
        lines
            .iter()
            .filter(|line| !line.is_kit)
            .all(|line| line.packed == line.quantity),
        "{lines:?}"
    );
    let all: i64 = lines
        .iter()
        .filter(|line| !line.is_kit)
        .map(|line| line.quantity)
        .sum();
    assert_eq!(
        counter.verdict(),
        format!("OK PACKED R-1021: {all} items ready")
    );
    assert!(
        counter.screen().contains("packed 4/4"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc>");
    assert!(
        counter.screen().contains(&format!("packed {all}/{all}")),
        "{}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn job_5_extending_to_monday_costs_ten_keys() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("chen<ret><ret><ret>");
    counter.presses = 0;
    counter.keys("chen<ret><c-e>mon");
    assert!(
        counter.screen().contains("until Mon 24 Nov 10:42"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert_eq!(counter.presses, 10);
    assert_eq!(
        counter.verdict(),
        "OK R-1021 extended: 1 item due Mon 24 Nov 10:42 · 160.00 more, total 240.00 · Ctrl+Z"
    );
    let rental = booking::open_rental(counter.app.shop.read(), item(&counter, "CAM-0012").id)
        .unwrap()
        .unwrap();
    assert_eq!(shown(&counter, rental.due_at), "Mon 24 Nov 10:42");
    counter.keys("<c-e><ret>");
    assert_eq!(
        counter.verdict(),
        "OK R-1021 extended: 1 item due Tue 25 Nov 10:42 · 80.00 more, total 320.00 · Ctrl+Z",
        "+1 stands in the box"
    );
    counter.keys("<c-z>");
    let rental = booking::open_rental(counter.app.shop.read(), item(&counter, "CAM-0012").id)
        .unwrap()
        .unwrap();
    assert_eq!(shown(&counter, rental.due_at), "Mon 24 Nov 10:42");
    counter.check();
}

#[test]
fn what_is_marked_or_looked_at_is_extended_alone() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .scan("CAM-0013")
        .scan("CAM-0015")
        .keys("chen<ret><ret><ret>");
    let due = |counter: &Counter, tag: &str| {
        let rental = booking::open_rental(counter.app.shop.read(), item(counter, tag).id)
            .unwrap()
            .unwrap();
        shown(counter, rental.due_at)
    };
    counter.keys("chen<ret> <c-e>");
    assert!(
        counter.verdict().contains("R-1021, 1 item of it, due"),
        "{}",
        counter.verdict()
    );
    counter.keys("mon<ret>");
    assert!(
        counter
            .verdict()
            .contains("extended: 1 item due Mon 24 Nov 10:42 · 160.00 more, total 400.00"),
        "{}",
        counter.verdict()
    );
    let later = ["CAM-0012", "CAM-0013", "CAM-0015"]
        .into_iter()
        .filter(|tag| due(&counter, tag) == "Mon 24 Nov 10:42")
        .count();
    assert_eq!(later, 1);
    // On the page of a thing: that one.
    let other = ["CAM-0012", "CAM-0013", "CAM-0015"]
        .into_iter()
        .find(|tag| due(&counter, tag) != "Mon 24 Nov 10:42")
        .unwrap();
    counter.keys(&format!("<esc><esc><f7>{other}<ret><c-e>sun<ret>"));
    assert!(
        counter
            .verdict()
            .contains("extended: 1 item due Sun 23 Nov 10:42"),
        "{}",
        counter.verdict()
    );
    assert_eq!(due(&counter, other), "Sun 23 Nov 10:42");
    counter.check();
}

#[test]
fn an_extension_that_hurts_others_asks_first() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .scan("CAM-0013")
        .scan("CAM-0015")
        .keys("chen<ret><ret><ret>");
    let hurt = reserved(
        &mut counter.app.shop,
        "Ines Duarte",
        at(2, 9),
        at(4, 10),
        &[("Sony FX6 body", 2)],
        Firmness::Confirmed,
    );
    counter.keys("chen<ret><c-e>mon<ret>");
    assert!(
        counter.screen().contains("OTHERS WOULD GO SHORT"),
        "{}",
        counter.screen()
    );
    assert!(
        counter.verdict().contains("R-1022 Ines Duarte") && counter.verdict().contains("not saved"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>");
    let rental = booking::open_rental(counter.app.shop.read(), item(&counter, "CAM-0012").id)
        .unwrap()
        .unwrap();
    assert_eq!(
        shown(&counter, rental.due_at),
        "Sat 22 Nov 10:42",
        "nothing changed"
    );
    counter.keys("<c-e>mon<ret>a");
    assert!(
        counter
            .verdict()
            .contains("extended: 3 items due Mon 24 Nov 10:42"),
        "{}",
        counter.verdict()
    );
    let settings = counter.app.shop.settings.clone();
    let short = booking::shortages(counter.app.shop.read(), &settings, friday()).unwrap();
    assert!(short.iter().any(|short| short.reservation == hurt.id));
    counter.check();
}

#[test]
fn job_6_cancelling_costs_seven_keys() {
    let (mut shop, folder) = demo_shop();
    let made = reserved(
        &mut shop,
        "Maya Chen",
        at(1, 9),
        at(3, 10),
        &[("Sony FX6 body", 1)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("1021<ret><del>");
    assert!(
        counter.screen().contains("CANCEL R-1021 Maya Chen")
            && counter.screen().contains("[C] the customer"),
        "{}",
        counter.screen()
    );
    assert_eq!(
        again(&counter, &made).state,
        ReservationState::Confirmed,
        "Del alone cancels nothing"
    );
    counter.keys("c");
    assert_eq!(counter.presses, 7);
    assert_eq!(
        counter.verdict(),
        "OK CANCELLED R-1021 (customer) · Ctrl+Z brings it back"
    );
    let found = again(&counter, &made);
    assert_eq!(
        (found.state, found.cancel_reason.unwrap().as_str()),
        (ReservationState::Cancelled, "customer")
    );
    counter.keys("<c-z>");
    assert_eq!(again(&counter, &made).state, ReservationState::Confirmed);
    counter.check();
}

#[test]
fn job_7_changing_the_dates_costs_fifteen_keys() {
    let (mut shop, folder) = demo_shop();
    let made = reserved(
        &mut shop,
        "Maya Chen",
        at(5, 14),
        at(7, 10),
        &[("Sony FX6 body", 1), ("Sachtler Ace XL tripod", 2)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("1021<ret><c-d>fri..mon<ret>");
    assert_eq!(counter.presses, 15);
    assert_eq!(
        counter.verdict(),
        "OK R-1021 out Fri 21 Nov 14:00, back Mon 24 Nov 10:00 · 110.00 more, total 330.00 · Ctrl+Z"
    );
    let found = again(&counter, &made);
    assert_eq!(
        (shown(&counter, found.start), shown(&counter, found.end)),
        ("Fri 21 Nov 14:00".to_owned(), "Mon 24 Nov 10:00".to_owned())
    );
    counter.keys("<c-z>");
    assert_eq!(
        shown(&counter, again(&counter, &made).start),
        "Wed 26 Nov 14:00"
    );
    counter.check();
}

#[test]
fn new_dates_that_do_not_fit_open_the_editor_with_the_ways_out() {
    let (mut shop, folder) = demo_shop();
    reserved(
        &mut shop,
        "Blue Door Films",
        at(1, 9),
        at(3, 10),
        &[("Sony FX6 body", 3)],
        Firmness::Confirmed,
    );
    let made = reserved(
        &mut shop,
        "Maya Chen",
        at(10, 9),
        at(12, 10),
        &[("Sony FX6 body", 2)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("1022<ret><c-d>sat..mon<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD 2 x Sony FX6 body wanted, 0 of 3 free"),
        "{}",
        counter.verdict()
    );
    assert!(
        counter.verdict().ends_with("not saved"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        shown(&counter, again(&counter, &made).start),
        "Mon 1 Dec 09:00"
    );
    counter.keys("<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("LINE 1 IS SHORT 2: Sony FX6 body")
            && screen.contains("[a] 2 x")
            && screen.contains("[b]")
            && screen.contains("keep short"),
        "{screen}"
    );
    counter.keys("b<ret>");
    assert!(
        counter.verdict().starts_with("OK CONFIRMED R-1022"),
        "{}",
        counter.verdict()
    );
    assert_ne!(
        shown(&counter, again(&counter, &made).start),
        "Mon 1 Dec 09:00"
    );
    counter.check();
}

/// All three cameras that work are promised from Saturday to Monday.
fn taken() -> Counter {
    let (mut shop, folder) = demo_shop();
    reserved(
        &mut shop,
        "Blue Door Films",
        at(1, 9),
        at(3, 10),
        &[("Sony FX6 body", 2)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>2*fx6<ret>");
    counter
}

#[test]
fn a_short_line_shows_its_causes_and_each_way_out_works() {
    let mut counter = taken();
    assert_eq!(
        counter.verdict(),
        "!! line 1 is short 1: 1 of 2 Sony FX6 body free"
    );
    let screen = counter.screen();
    assert!(
        screen.contains("SHORT 1: 2 confirmed R-1021 Blue Door Films until Mon 24 Nov 10:00")
            && screen.contains("CAM-0014 on the bench"),
        "{screen}"
    );
    assert!(
        screen.contains("try:  a) 2 x ")
            && screen.contains("c) take 1")
            && screen.contains("d) keep short"),
        "{screen}"
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD line 1 is short: 2 x Sony FX6 body wanted, 1 of 3 free"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("LINE 1 IS SHORT 1"),
        "Enter shows the ways out: {}",
        counter.screen()
    );
    counter.keys("d<ret>");
    assert!(
        counter.verdict().starts_with(
            "OK HOLD R-1022 until Sat 22 Nov 09:00 · 1 line · 1 kept short · total 320.00 · Ctrl+Z"
        ),
        "{}",
        counter.verdict()
    );
    assert!(
        counter.screen().contains("SHORT 1: "),
        "{}",
        counter.screen()
    );
    for (letter, wanted) in [
        ("a", "2 x "),
        ("b", "2 x Sony FX6 body"),
        ("c", "1 x Sony FX6 body"),
    ] {
        let mut counter = taken();
        counter.keys("!").keys(letter).keys("<ret>");
        assert!(
            counter.verdict().starts_with("OK HOLD R-1022"),
            "{letter}: {}",
            counter.verdict()
        );
        let (found, lines) = newest(&counter);
        assert!(lines[0].starts_with(wanted), "{letter}: {lines:?}");
        assert_eq!(
            lines[0] == "2 x Sony FX6 body",
            letter == "b",
            "{letter}: {lines:?}"
        );
        assert_eq!(
            shown(&counter, found.start) == "Sat 22 Nov 09:00",
            letter != "b"
        );
        counter.check();
    }
    let mut counter = taken();
    counter.keys(":quote<ret><ret>");
    assert!(
        counter.verdict().starts_with("OK QUOTE R-1022"),
        "a quote saves as it is: {}",
        counter.verdict()
    );
}

#[test]
fn what_another_window_takes_meanwhile_is_said_and_refused() {
    let mut counter = Counter::demo();
    counter.keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>1*sachtler<ret>3*fx6<ret>");
    assert_eq!(counter.verdict(), "OK line 2: 3 x Sony FX6 body");
    let mut other = Shop::open(
        &counter.folder.path().join("shop.db"),
        Clock::Fixed(friday()),
    )
    .unwrap();
    reserved(
        &mut other,
        "Film School 2B",
        at(2, 9),
        at(3, 10),
        &[("Sony FX6 body", 1)],
        Firmness::Confirmed,
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().starts_with(
            "BAD line 2 went short while you were typing: 3 x Sony FX6 body wanted, 2 of 3 free"
        ),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        booking::list(counter.app.shop.read(), Some(ReservationState::Hold), 10)
            .unwrap()
            .len(),
        1,
        "nothing was saved beside the one that stood"
    );
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("[b] take 2") && counter.screen().contains("[c] keep short"),
        "the letters have no gap: {}",
        counter.screen()
    );
    counter.app.bells = 0;
    counter.keys("d");
    assert!(
        counter.app.has_overlay() && counter.app.bells > 0,
        "a letter that chooses nothing rings"
    );
    counter.keys("b");
    assert_eq!(counter.verdict(), "OK line 2: 2 x Sony FX6 body");
    reserved(
        &mut other,
        "Film School 2B",
        at(1, 9),
        at(2, 10),
        &[("Sachtler Ace XL tripod", 3)],
        Firmness::Confirmed,
    );
    counter.app.tick().unwrap();
    counter.keys("<up>");
    reserved(
        &mut other,
        "Jonas Weber",
        at(1, 9),
        at(2, 9),
        &[("Sony FX6 body", 2)],
        Firmness::Confirmed,
    );
    counter.app.tick().unwrap();
    assert_eq!(
        counter.verdict(),
        "!! line 2 became short",
        "{}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn what_was_being_written_survives_esc_and_a_kill() {
    let mut counter = Counter::demo();
    counter.keys("<f4>ines<ret>2*fx6<ret><c-n>covers, please<ret><esc>");
    assert_eq!(counter.verdict(), "!! not saved: it waits on the Desk");
    assert!(
        counter.screen().contains("! not saved") && counter.screen().contains("Ines Duarte"),
        "{}",
        counter.screen()
    );
    counter.keys("<f4>");
    assert!(
        counter.screen().contains("Sony FX6 body")
            && counter.screen().contains("note: covers, please"),
        "{}",
        counter.screen()
    );
    let mut counter = counter.killed_and_opened();
    assert!(
        counter.screen().contains("! not saved"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret><ret>");
    assert!(
        counter.verdict().starts_with("OK HOLD R-1021"),
        "{}",
        counter.verdict()
    );
    assert_eq!(newest(&counter).1, ["2 x Sony FX6 body"]);
    counter.keys("<esc><esc><f4><esc>");
    assert!(
        !counter.screen().contains("! not saved"),
        "what nobody touched leaves nothing behind: {}",
        counter.screen()
    );
    counter.keys("<f4>dana<ret><esc>");
    assert!(
        counter.screen().contains("! not saved"),
        "{}",
        counter.screen()
    );
    counter.keys("<del>g");
    assert!(
        !counter.screen().contains("! not saved"),
        "{}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn a_line_that_stands_is_changed_and_dropped_and_copied() {
    let (mut shop, folder) = demo_shop();
    let made = reserved(
        &mut shop,
        "Maya Chen",
        at(1, 9),
        at(3, 10),
        &[("Sony FX3 body", 1), ("Sachtler Ace XL tripod", 2)],
        Firmness::Hold(None),
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("1021<ret><ret>++<down><del>2*sandbag<ret>:confirm<ret><ret>");
    assert!(
        counter.verdict().starts_with("BAD line 1 is short"),
        "{}",
        counter.verdict()
    );
    counter.keys("--<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK CONFIRMED R-1021 · Sat 22 Nov 09:00 to Mon 24 Nov 10:00 · 2 lines"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        newest(&counter).1,
        ["1 x Sony FX3 body", "2 x Sandbag 10 kg"]
    );
    counter.keys("<c-z>");
    assert_eq!(
        (again(&counter, &made).state, newest(&counter).1),
        (
            ReservationState::Hold,
            vec![
                "1 x Sony FX3 body".to_owned(),
                "2 x Sachtler Ace XL tripod".to_owned()
            ]
        )
    );
    counter.keys(":copy<ret><c-d>+7<ret><ret>");
    assert!(
        counter.verdict().starts_with("OK HOLD R-1022"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        newest(&counter).1,
        ["1 x Sony FX3 body", "2 x Sachtler Ace XL tripod"]
    );
    counter.check();
}

#[test]
fn job_2_a_reservation_of_five_with_one_swapped_costs_six_scans_and_three_keys() {
    let (mut shop, folder) = demo_shop();
    let lines = [
        ("Sony FX6 body", 2),
        ("Sony 24-70 f/2.8 GM II", 1),
        ("Aputure LS 600d Pro", 1),
        ("Sachtler Ace XL tripod", 1),
    ];
    let made = reserved(
        &mut shop,
        "Pedro Nunes",
        at(0, 12),
        at(3, 10),
        &lines,
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.scan("R1021");
    assert_eq!(counter.verdict(), "OK R-1021 Pedro Nunes: 4 lines to go");
    assert!(
        counter.screen().contains("A3: CAM-0012 CAM-0015"),
        "the planned tags stand on the line: {}",
        counter.screen()
    );
    counter.scan("CAM-0012").scan("CAM-0013");
    assert!(
        counter.verdict().ends_with("· line 1"),
        "{}",
        counter.verdict()
    );
    counter.scan("LEN-0044");
    assert_eq!(
        counter.verdict(),
        "?? LEN-0044 Sigma 24-70 f/2.8 Art is not on R-1021"
    );
    assert_eq!(
        counter.hint(),
        "[S]wap for line 2 · [A]dd as extra · [Esc] put it back"
    );
    counter.keys("s").scan("LGT-0033").scan("TRI-0007");
    let screen = counter.screen();
    assert!(
        screen.contains("4 of 4 lines in hand · 1 swapped")
            && screen.contains("<>  2  Sony 24-70 f/2.8 GM II"),
        "{screen}"
    );
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("4 of 4 lines in hand · complete"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert_eq!((counter.scans, counter.presses), (6, 3));
    assert_eq!(
        counter.verdict(),
        "OK OUT 5 items to Pedro Nunes, due Mon 24 Nov 10:00 · R-1021 · Ctrl+Z"
    );
    assert_eq!(again(&counter, &made).state, ReservationState::Active);
    for tag in ["CAM-0012", "CAM-0013", "LEN-0044", "LGT-0033", "TRI-0007"] {
        assert_eq!(
            holder(&counter, tag).as_deref(),
            Some("Pedro Nunes"),
            "{tag}"
        );
    }
    let lines = booking::lines(counter.app.shop.read(), made.id).unwrap();
    assert_eq!(lines.len(), 4, "the swap stands on line 2, not beside it");
    assert!(
        lines
            .iter()
            .all(|line| line.state == booking::LineState::Out)
    );
    counter.keys("<c-z>");
    assert_eq!(
        (again(&counter, &made).state, holder(&counter, "LEN-0044")),
        (ReservationState::Confirmed, None)
    );
    counter.check();
}

#[test]
fn a_part_goes_out_now_and_the_rest_later() {
    let (mut shop, folder) = demo_shop();
    let made = reserved(
        &mut shop,
        "Pedro Nunes",
        at(0, 12),
        at(3, 10),
        &[("Sony FX6 body", 2), ("V-mount battery 150 Wh", 3)],
        Firmness::Hold(None),
    );
    let mut counter = Counter::over(shop, folder);
    counter.keys("1021<ret><f2>");
    assert_eq!(
        counter.verdict(),
        "!! R-1021 Pedro Nunes: 2 lines to go; it is a hold"
    );
    counter.scan("CAM-0012").keys("2*bat-v150<ret><ret>");
    assert!(
        counter
            .screen()
            .contains("open: 1 x Sony FX6 body, 1 x V-mount battery 150 Wh"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK OUT 3 items to Pedro Nunes"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        again(&counter, &made).state,
        ReservationState::Active,
        "a hold is confirmed in the same stroke"
    );
    counter.scan("R-1021");
    assert!(
        counter.screen().contains("CHECK-OUT  R-1021"),
        "{}",
        counter.screen()
    );
    counter
        .scan("CAM-0013")
        .keys("bat-v150<ret><ret><ret><ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK OUT 2 items to Pedro Nunes"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        booking::rentals_of(counter.app.shop.read(), made.id)
            .unwrap()
            .iter()
            .map(|rental| rental.quantity)
            .sum::<i64>(),
        5
    );
    counter.check();
}

#[test]
fn what_is_promised_to_others_is_asked_about_at_the_scan() {
    let (mut shop, folder) = demo_shop();
    let hurt = reserved(
        &mut shop,
        "Ines Duarte",
        at(0, 15),
        at(3, 10),
        &[("Sony FX6 body", 3)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.scan("CAM-0012");
    assert!(
        counter
            .verdict()
            .starts_with("!! CAM-0012 Sony FX6 body is promised to R-1021 Ines Duarte"),
        "{}",
        counter.verdict()
    );
    assert!(
        counter.hint().contains("[T]ake anyway"),
        "{}",
        counter.hint()
    );
    counter.keys("<esc>");
    assert!(
        !counter.screen().contains("IN HAND  1"),
        "it was put back: {}",
        counter.screen()
    );
    counter.scan("CAM-0012").keys("t");
    assert!(
        counter.verdict().starts_with("OK IN HAND   CAM-0012"),
        "{}",
        counter.verdict()
    );
    counter.keys("chen<ret><ret><ret>");
    assert!(
        counter.verdict().starts_with("OK OUT 1 item to Maya Chen"),
        "{}",
        counter.verdict()
    );
    let settings = counter.app.shop.settings.clone();
    assert!(
        booking::shortages(counter.app.shop.read(), &settings, friday())
            .unwrap()
            .iter()
            .any(|short| short.reservation == hurt.id)
    );
    counter.keys("<esc><f2>").scan("CAM-0015");
    assert!(
        counter.verdict().contains("is promised to R-1021"),
        "the next one too: {}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn what_leaves_before_its_day_needs_a_reason() {
    let (mut shop, folder) = demo_shop();
    let made = reserved(
        &mut shop,
        "Pedro Nunes",
        at(1, 9),
        at(3, 10),
        &[("Sony FX6 body", 1)],
        Firmness::Confirmed,
    );
    let mut counter = Counter::over(shop, folder);
    counter.scan("R1021");
    assert!(
        counter.screen().contains("RESERVATION  R-1021"),
        "its day has not come: {}",
        counter.screen()
    );
    counter.keys("<f2>").scan("CAM-0013").keys("<ret>");
    assert_eq!(
        counter.verdict(),
        "?? R-1021 begins Sat 22 Nov 09:00: why does it leave now?"
    );
    counter.keys("leaves tonight by train<ret>");
    assert_eq!(
        counter.verdict(),
        "?? hand over?",
        "the reason is known: the finish goes on"
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK OUT 1 item to Pedro Nunes"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        again(&counter, &made).note.unwrap().as_str(),
        "leaves tonight by train"
    );
    counter.check();
}

#[test]
fn a_question_on_the_phone_is_answered_in_the_box_and_enter_reserves_it() {
    let mut counter = Counter::demo();
    counter.keys("fx6 sat..mon<ret>");
    assert_eq!(
        counter.verdict(),
        "OK Sony FX6 body Sat 22 Nov 09:00 to Mon 24 Nov 09:00: 3 of 3 free"
    );
    assert_eq!(counter.hint(), "Enter reserves it");
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("RESERVATION  new")
            && counter.screen().contains("ok  1  Sony FX6 body"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc>4*fx6 sat..mon<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("!! Sony FX6 body Sat 22 Nov 09:00 to Mon 24 Nov 09:00: 3 of 3 free"),
        "{}",
        counter.verdict()
    );
    counter.keys("<down><ret>");
    assert!(
        !counter.screen().contains("RESERVATION  new"),
        "whoever did something else meanwhile means something else"
    );
}

#[test]
fn the_desk_shows_the_day_and_what_needs_somebody() {
    let screen = Counter::demo().screen();
    for wanted in [
        "! shortage     R-1016 Ines Duarte",
        "tomorrow needs 2 x GoPro Hero 12, 1 free (overdue +1 more)",
        "! hold lapses  R-1018 Żofia Łęcka",
        "-- GOING OUT TODAY  2 --",
        "R-1014  Maya Chen       8 items",
        "needed Sat!",
        "2 out · 2 back",
    ] {
        assert!(screen.contains(wanted), "{wanted}\n{screen}");
    }
    let (mut shop, folder) = demo_shop();
    let late = reserved(
        &mut shop,
        "Pedro Nunes",
        at(0, 11),
        at(3, 10),
        &[("Sony FX6 body", 1)],
        Firmness::Confirmed,
    );
    shop.clock = Clock::Fixed(at(0, 13));
    let mut counter = Counter::over(shop, folder);
    assert!(
        counter
            .screen()
            .contains("! not picked up  R-1021 Pedro Nunes"),
        "{}",
        counter.screen()
    );
    counter.app.shop.clock = Clock::Fixed(at(0, 19));
    counter.app.tick().unwrap();
    assert!(
        !counter.screen().contains("hold lapses"),
        "the hold has lapsed on the tick: {}",
        counter.screen()
    );
    let held = booking::list(counter.app.shop.read(), Some(ReservationState::Expired), 10).unwrap();
    assert_eq!(held.len(), 1);
    assert_eq!(again(&counter, &late).state, ReservationState::Confirmed);
    counter.check();
}
