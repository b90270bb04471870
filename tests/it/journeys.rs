//! A day at the counter, told by keys and screens. The numbers of presses are the budgets of the
//! interface: raising one needs a reason.

use crate::counter::{Counter, holder, item};
use rentdesk::kernel::Moment;
use rentdesk::{booking, customers, desk, history, inventory};

#[test]
fn a_tag_typed_by_hand_on_gear_opens_its_item() {
    let mut counter = Counter::demo();
    for (typed, tag) in [
        ("LGT-0032", "LGT-0032"),
        ("cam-0012", "CAM-0012"),
        ("cam12", "CAM-0012"),
    ] {
        counter.keys("<f7>").keys(typed).keys("<ret>");
        assert_eq!(
            counter.app.place(),
            &rentdesk::tui::place::Place::Item(item(&counter, tag).id),
            "{typed}: {}",
            counter.verdict()
        );
        assert_eq!(holder(&counter, tag), None, "it was only looked at");
    }
    counter.keys("<f7>no-such-tag<ret>");
    assert!(
        counter
            .verdict()
            .contains("nothing matches \"no-such-tag\""),
        "{}",
        counter.verdict()
    );
}

fn entries(counter: &Counter, tag: &str, kind: &'static str) -> i64 {
    let filter = history::Filter {
        item: Some(item(counter, tag).id),
        kind: Some(kind),
        ..history::Filter::default()
    };
    history::count(counter.app.shop.read(), &filter).expect("it counts")
}

#[test]
fn job_1_walk_in_of_three_items_costs_three_scans_and_seven_keys() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012");
    assert_eq!(
        counter.verdict(),
        "OK IN HAND   CAM-0012  Sony FX6 body · who takes it?"
    );
    counter.scan("LGT0031").scan("LEN-0049");
    assert!(counter.screen().contains("who? type a name or scan a card"));
    counter.keys("chen<ret>");
    assert!(
        counter.verdict().contains("assistant Leo may collect"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert!(counter.screen().contains("-- HAND OVER"));
    assert_eq!(
        holder(&counter, "CAM-0012"),
        None,
        "the first Enter only shows what will happen"
    );
    counter.keys("<ret>");
    assert_eq!((counter.scans, counter.presses), (3, 7));
    assert_eq!(
        counter.verdict(),
        "OK OUT 3 items to Maya Chen, due Sat 22 Nov 10:42 · R-1021 · Ctrl+Z"
    );
    for tag in ["CAM-0012", "LGT-0031", "LEN-0049"] {
        assert_eq!(holder(&counter, tag).as_deref(), Some("Maya Chen"));
    }
    assert!(counter.screen().contains("DESK") && counter.app.box_text().is_empty());
    assert!(
        desk::unfinished(counter.app.shop.read())
            .expect("it reads")
            .is_empty(),
        "what was in hand is gone when finished"
    );
    counter.check();
}

#[test]
fn job_3_taking_everything_back_costs_five_scans_and_one_key() {
    let mut counter = Counter::demo();
    let before = entries(&counter, "CAM-0021", "EquipmentCheckedIn");
    for tag in ["CAM-0021", "LEN-0050", "TRI-0006", "GIM-0003", "GIM-0002"] {
        counter.scan(tag);
        assert!(
            counter.verdict().starts_with("OK BACK"),
            "{}",
            counter.verdict()
        );
        assert_eq!(holder(&counter, tag), None, "saved at the scan");
    }
    assert!(
        counter.screen().contains("5 back now · 4 customers"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert_eq!((counter.scans, counter.presses), (5, 1));
    assert!(counter.screen().contains("DESK"));
    assert_eq!(
        entries(&counter, "CAM-0021", "EquipmentCheckedIn"),
        before + 1,
        "the outbox has written its row"
    );
    counter.check();
}

#[test]
fn job_4_part_of_it_back_and_one_damaged_costs_three_scans_and_four_keys() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0021").scan("LEN-0050").scan("TRI-0006");
    let note = "pan lock broken";
    counter.keys("!");
    assert!(
        counter.screen().contains(
            "CONDITION  TRI-0006 Sachtler Ace XL tripod · R-1009 Kite Studio · it left: good"
        ),
        "{}",
        counter.screen()
    );
    counter.keys("3").keys(note).keys("<ret>");
    assert_eq!(
        counter.verdict(),
        "OK TRI-0006 UNUSABLE, \"pan lock broken\" · bench job B-0005 · Ctrl+Z"
    );
    assert!(counter.screen().contains("BENCH"));
    counter.keys("<ret>");
    assert_eq!((counter.scans, counter.presses - note.len()), (3, 4));
    assert_eq!(item(&counter, "TRI-0006").state(), "UNUSABLE");
    counter
        .app
        .shop
        .drain_all()
        .expect("what a busy machine leaves for the tick");
    let flags = history::flags_of(counter.app.shop.read(), item(&counter, "TRI-0006").id)
        .expect("it reads");
    assert_eq!(
        flags
            .iter()
            .map(|flag| flag.flag.as_str())
            .collect::<Vec<_>>(),
        ["UNUSABLE"]
    );
    counter.scan("TRI-0006");
    assert!(counter.verdict().starts_with("BAD TRI-0006 Sachtler Ace XL tripod is on the bench since today 10:42: pan lock broken · not added"), "{}", counter.verdict());
    assert_eq!(counter.hint(), "TRI-0005 is free, shelf D1");
    counter.check();
}

#[test]
fn job_8_a_new_customer_inside_a_check_out_costs_three_keys_and_the_data() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0013");
    let (name, phone) = ("Ana Ruiz", "0612 555 999");
    counter.keys(name).keys("<ret>");
    assert!(
        counter.screen().contains("+ new customer \"Ana Ruiz\""),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>").keys(phone).keys("<ret>");
    assert_eq!(counter.presses - name.len() - phone.len(), 3);
    assert_eq!(counter.verdict(), "OK C-0016 Ana Ruiz added");
    counter.keys("<ret><ret>");
    assert_eq!(holder(&counter, "CAM-0013").as_deref(), Some("Ana Ruiz"));
    counter.check();
}

#[test]
fn job_9_who_had_it_then_costs_thirteen_keys() {
    let mut counter = Counter::demo();
    counter.keys("cam12 13 oct<ret>");
    assert_eq!(counter.presses, 13);
    assert_eq!(
        counter.verdict(),
        "OK CAM-0012 on Mon 13 Oct 2025: OUT with Kite Studio R-1001, Sun 12 Oct 09:10 to Wed 15 Oct 11:52"
    );
    counter.keys("cam12 20 oct<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK CAM-0012 on Mon 20 Oct 2025: IN; last out with Kite Studio"),
        "{}",
        counter.verdict()
    );
    counter.keys("<f7>").scan("CAM-0012").keys("13 oct<ret>");
    assert!(
        counter.verdict().contains("OUT with Kite Studio R-1001"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        holder(&counter, "CAM-0012"),
        None,
        "scanning on Gear only looks"
    );
}

#[test]
fn a_doubled_scan_has_one_effect() {
    let mut counter = Counter::demo();
    counter.burst("CAM-0021");
    counter.burst("CAM-0021");
    assert!(
        counter.verdict().contains("same tag again, counted once"),
        "{}",
        counter.verdict()
    );
    assert_eq!(entries(&counter, "CAM-0021", "EquipmentCheckedIn"), 1);
    counter.scan("CAM-0012").scan("CAM-0012");
    assert_eq!(
        counter.verdict(),
        "!! CAM-0012 was not out (last: back Wed 15 Oct 11:52, shelf A3)",
        "it comes to the Check-in screen, where nothing changes"
    );
}

#[test]
fn a_return_is_never_refused_late_or_not_and_says_how_late() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0020");
    assert_eq!(
        counter.verdict(),
        "!! BACK   CAM-0020  Sony FX3 body · R-1007 Sam Okoro · 1 still out · 2 days late"
    );
    assert_eq!(counter.hint(), "shelf A3");
    counter.scan("CAM-9999");
    assert_eq!(
        counter.verdict(),
        "BAD \"CAM-9999\" is no tag, reservation or card here"
    );
    counter.scan("TRI-0005");
    assert!(
        counter
            .verdict()
            .starts_with("!! TRI-0005 was not out (last: back"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn returned_earlier_counts_from_then_until_the_screen_is_left() {
    let mut counter = Counter::demo();
    counter.keys("<f3><c-d>").keys("thu 18:00<ret>");
    assert!(
        counter.screen().contains("Returned Thu 20 Nov 18:00 >"),
        "{}",
        counter.screen()
    );
    counter.scan("CAM-0031");
    let id = item(&counter, "CAM-0031").id;
    let back = booking::last_return(counter.app.shop.read(), id)
        .expect("it reads")
        .and_then(|rental| rental.in_at)
        .expect("it is back");
    assert_eq!(
        counter.app.shop.settings.zone.wall(back),
        "2025-11-20 18:00:00"
    );
    counter.keys("<ret><f3>");
    assert!(
        !counter.screen().contains("Returned"),
        "the mode ended with the screen"
    );
    counter.keys("<c-d>").keys("tmr 9:00<ret>");
    assert!(
        counter.verdict().starts_with("BAD"),
        "a time ahead of the clock is asked again: {}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn counted_stock_goes_out_and_comes_back_in_parts() {
    let mut counter = Counter::demo();
    counter.keys("4*bat-v150<ret>");
    assert!(
        counter.verdict().starts_with("OK IN HAND   4 x BAT-V150"),
        "{}",
        counter.verdict()
    );
    counter.keys("+");
    assert_eq!(counter.verdict(), "OK 5 x BAT-V150");
    counter.keys("weber<ret><ret><ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK OUT 5 items to Jonas Weber"),
        "{}",
        counter.verdict()
    );
    counter.keys("<f3>").scan("BAT-V150");
    assert!(
        counter
            .verdict()
            .starts_with("?? BAT-V150 V-mount battery 150 Wh is out to"),
        "several have some: {}",
        counter.verdict()
    );
    counter.keys("weber<ret>");
    assert_eq!(counter.verdict(), "?? how many of 5 came back?");
    counter.keys("<bs>3<ret>");
    assert!(
        counter.verdict().starts_with("OK BACK   3 x BAT-V150"),
        "{}",
        counter.verdict()
    );
    let stock = inventory::resolve(counter.app.shop.read(), "BAT-V150").expect("it is there");
    let inventory::Stock::Bulk(bulk) = stock else {
        panic!("it is counted")
    };
    assert_eq!(
        (bulk.quantity, bulk.out),
        (24, 10),
        "2 with Weber, 2 with Brandt, 2 with Fox, 4 with Kite Studio"
    );
    counter.keys("<c-z>");
    assert!(
        counter
            .verdict()
            .starts_with("OK UNDONE back 3 x BAT-V150 (Jonas Weber)"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn undo_names_its_step_crosses_screens_and_refuses_where_something_stands_on_it() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("weber<ret><ret><ret>");
    counter.keys("<f7><c-z>");
    assert_eq!(counter.verdict(), "OK UNDONE out 1 item to Jonas Weber");
    assert_eq!(holder(&counter, "CAM-0012"), None);
    counter.keys("<esc><esc>").scan("LEN-0050");
    let mut counter = counter.killed_and_opened();
    counter.keys("<c-z>");
    assert_eq!(
        counter.verdict(),
        "OK UNDONE back LEN-0050 (Dana Fox)",
        "it survives a restart"
    );
    assert_eq!(holder(&counter, "LEN-0050").as_deref(), Some("Dana Fox"));
    counter.keys("<c-z>");
    assert_eq!(counter.verdict(), "BAD There is nothing of today to undo");
    counter.check();
}

#[test]
fn an_item_that_is_out_to_somebody_else_is_taken_back_and_added_in_one_key() {
    let mut counter = Counter::demo();
    counter.keys("<f2>").scan("CAM-0020");
    assert!(
        counter.verdict().starts_with(
            "?? CAM-0020 Sony FX3 body is still out to Sam Okoro R-1007, due Wed 19 Nov 10:00"
        ),
        "{}",
        counter.verdict()
    );
    assert!(
        counter.hint().contains("CAM-0022 is free, shelf A3"),
        "a free one is named: {}",
        counter.hint()
    );
    counter.keys("b");
    assert!(
        counter.verdict().starts_with("OK IN HAND   CAM-0020"),
        "{}",
        counter.verdict()
    );
    assert_eq!(holder(&counter, "CAM-0020"), None);
    counter.check();
}

#[test]
fn a_suspended_customer_gets_nothing_and_can_bring_everything() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("briain<ret>");
    assert!(
        counter
            .verdict()
            .contains("SUSPENDED: deposit still open since the spring"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret><ret>");
    assert!(
        counter.verdict().starts_with(
            "BAD C-0015 Tomás Ó Briain is suspended: deposit still open since the spring"
        ),
        "{}",
        counter.verdict()
    );
    assert_eq!(holder(&counter, "CAM-0012"), None);
    assert!(
        counter.screen().contains("IN HAND  1 item"),
        "nothing that was scanned is lost"
    );
}

#[test]
fn an_unfinished_check_out_survives_a_kill_and_stands_on_the_desk() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").scan("CAM-0013").keys("lecka<ret>");
    let mut counter = counter.killed_and_opened();
    let words: Vec<String> = counter
        .screen()
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert!(
        words
            .iter()
            .any(|line| line.contains("! unfinished Żofia Łęcka 2 items in hand since 10:42")),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(counter.screen().contains("CAM-0013") && counter.screen().contains("Żofia Łęcka"));
    counter.keys("<ret><ret>");
    assert_eq!(holder(&counter, "CAM-0013").as_deref(), Some("Żofia Łęcka"));
    counter.check();
}

#[test]
fn half_typed_words_come_back_after_a_kill() {
    let mut counter = Counter::demo();
    counter.keys("<f6>kite st");
    counter.app.tick().expect("a tick");
    let mut counter = counter.killed_and_opened();
    assert_eq!(counter.app.box_text(), "kite st");
    counter
        .keys("<esc>")
        .keys(":newcus<ret>")
        .keys("Nora Lam<tab>0612");
    counter.app.tick().expect("a tick");
    let mut counter = counter.killed_and_opened();
    let screen = counter.screen();
    assert!(
        screen.contains("name         > Nora Lam") && screen.contains("phone        > 0612"),
        "{screen}"
    );
}

#[test]
fn marked_rows_come_back_with_f3() {
    let mut counter = Counter::demo();
    counter.keys("kite<ret>*");
    assert!(counter.verdict().ends_with("marked · F3 takes them back"));
    counter.keys("<f3><ret>");
    let customer = customers::resolve(counter.app.shop.read(), "Kite Studio").expect("they exist");
    assert!(
        booking::out_to(counter.app.shop.read(), customer.id)
            .expect("it reads")
            .is_empty()
    );
    counter.check();
}

#[test]
fn lost_gear_is_found_when_it_comes_back() {
    let mut counter = Counter::demo();
    counter.keys("okoro<ret>!6never answered<ret>");
    assert!(
        counter.verdict().contains("counts as LOST"),
        "{}",
        counter.verdict()
    );
    assert_eq!(item(&counter, "CAM-0020").state(), "LOST");
    counter.keys("<esc><esc>").scan("CAM-0020");
    assert!(
        counter.verdict().contains("BACK   CAM-0020"),
        "{}",
        counter.verdict()
    );
    assert_eq!(item(&counter, "CAM-0020").state(), "IN");
    counter.check();
}

#[test]
fn the_bench_is_cleared_with_two_keys() {
    let mut counter = Counter::demo();
    counter.keys("<f8>");
    assert!(counter.screen().contains("OPEN  1"), "{}", counter.screen());
    counter.scan("CAM-0014").keys("1<ret>");
    assert_eq!(counter.verdict(), "OK CAM-0014 good again · Ctrl+Z");
    assert!(
        counter.screen().contains("OPEN  0") && counter.screen().contains("DONE THIS WEEK  1"),
        "{}",
        counter.screen()
    );
    assert_eq!(item(&counter, "CAM-0014").state(), "IN");
    counter.check();
}

#[test]
fn a_new_item_is_added_where_its_tag_was_scanned() {
    let mut counter = Counter::demo();
    counter.scan("MON-0001").keys("mon-0001<ret><ret>");
    assert!(
        counter.screen().contains("-- NEW ITEM"),
        "{}",
        counter.screen()
    );
    counter.keys("SmallHD Cine 7<tab>Monitors<ret>");
    assert_eq!(counter.verdict(), "OK MON-0001 SmallHD Cine 7 added");
    counter.scan("MON-0001");
    assert!(
        counter.verdict().starts_with("OK IN HAND"),
        "{}",
        counter.verdict()
    );
}

#[test]
fn a_date_that_does_not_exist_is_refused_with_its_neighbours() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("<c-d>2026-03-29 02:30<ret>");
    assert_eq!(
        counter.verdict(),
        "BAD the clock change skips 2026-03-29 02:30: 01:59 or 03:00 exist"
    );
    assert_eq!(
        counter.app.box_text(),
        "2026-03-29 02:30",
        "nothing typed is lost"
    );
    counter.keys("<c-u>mon 10:00<ret>");
    assert_eq!(counter.verdict(), "OK due Mon 24 Nov 10:00");
    counter.keys("weber<ret><ret><ret>");
    let rental = booking::open_rental(counter.app.shop.read(), item(&counter, "CAM-0012").id)
        .expect("it reads")
        .expect("it is out");
    assert_eq!(rental.due_at, Moment(1_763_974_800));
}
