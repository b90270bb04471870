//! What was said wrongly once, or not at all: what a cancellation leaves, what follows a hand-over,
//! how much is counted.

use crate::cli::Counter as CommandLine;
use crate::counter::Counter;
use crate::house::{House, days};
use crate::quoting::rated;
use rentdesk::booking::Want;
use rentdesk::desk;

fn must(counter: &CommandLine, words: &str) -> String {
    let (status, out, err) = counter.run(words);
    assert_eq!(status, 0, "{words}: {err}");
    out
}

fn refused(counter: &CommandLine, words: &str) -> String {
    let (status, _, err) = counter.run(words);
    assert_eq!(status, 1, "{words}: {err}");
    err
}

#[test]
fn a_cancellation_says_what_there_is_to_give_back() {
    let mut counter = Counter::demo();
    counter.keys("1014<ret>:pay 51 cash<ret><ret><esc>1014<ret>:deposit 100 cash<ret><ret><esc>1014<ret><del>");
    assert!(
        counter
            .screen()
            .contains("51.00 and a deposit of 100.00 to give back"),
        "{}",
        counter.screen()
    );
    counter.keys("c");
    assert!(
        counter
            .verdict()
            .contains("CANCELLED R-1014 (customer) · 51.00 and a deposit of 100.00 to give back"),
        "{}",
        counter.verdict()
    );
    let counter = CommandLine::open();
    must(
        &counter,
        r#"reserve --customer C-0001 --reference Q-1 --confirm --from "mon 9:00" --to "wed 9:00" --line "Sony FX6 body""#,
    );
    must(&counter, "pay Q-1 20 --method cash");
    let said = must(&counter, "cancel Q-1 --reason customer --dry-run");
    assert!(said.contains("!! 20.00 to give back"), "{said}");
}

#[test]
fn what_becomes_of_a_paper_stands_behind_what_was_handed_over_and_paid() {
    let mut counter = Counter::demo();
    counter.app.shop.change_setting("printer", "desk").unwrap();
    counter.app.spooler.programs = Vec::new();
    counter.scan("CAM-0012").keys("chen<ret><ret>");
    counter.keys("all cash<ret>");
    crate::plan_keys::until_told(&mut counter, "not printed");
    let said = counter.verdict();
    assert!(
        said.contains("OUT 1 item to Maya Chen")
            && said.contains("paid ")
            && said.contains(" · paper not printed: "),
        "{said}"
    );
    assert!(!said.contains("contract printing"), "{said}");
}

#[test]
fn pieces_are_counted_and_not_the_tags_and_heaps_they_come_in() {
    let mut house = House::new();
    let (panel, panels) = house.items("Panel", 3);
    let bags = house.counted("Sandbag", 10);
    let id = house.confirmed(days(0, 1), &[Want::of(panel, 3), Want::of(bags, 4)]);
    let mut things: Vec<_> = panels
        .iter()
        .map(|item| rentdesk::booking::Thing::Item(*item))
        .collect();
    things.push(rentdesk::booking::Thing::Bulk(bags, 4));
    house.out(id, &things);
    let board = desk::board(
        house.shop.read(),
        &house.shop.settings,
        &[],
        house.shop.now(),
    )
    .unwrap();
    let all: Vec<usize> = board
        .back_today
        .iter()
        .chain(&board.tomorrow)
        .map(|row| row.out)
        .collect();
    assert_eq!(all, [7]);
}

#[test]
fn what_is_said_of_a_price_is_taken_behind_its_command() {
    let mut counter = Counter::demo();
    counter.keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>lgt-0031<ret>");
    counter.keys(":discount 10% regular customer<ret>");
    assert!(
        counter.verdict().starts_with("OK total ")
            && counter.screen().contains("regular customer -"),
        "{}",
        counter.screen()
    );
    counter.keys(":target 99 old friend<ret>");
    assert!(
        counter.verdict().starts_with("OK total 99.00"),
        "{}",
        counter.verdict()
    );
    counter.keys(":price 50 demo day<ret>");
    assert!(
        counter.verdict().starts_with("OK total "),
        "{}",
        counter.verdict()
    );
}

#[test]
fn an_example_of_money_never_reads_like_what_is_owed() {
    let mut counter = Counter::demo();
    counter.keys("1014<ret>:pay nothing<ret>");
    assert!(
        !counter.hint().contains("306") && counter.hint().contains(" cash, "),
        "{}",
        counter.hint()
    );
}

#[test]
fn the_command_line_says_that_there_is_nothing_to_give_back() {
    let counter = CommandLine::open();
    let said = refused(&counter, "refund C-0001 --method cash");
    assert!(
        said.contains("nothing to get back") || said.contains("nothing to give back"),
        "{said}"
    );
}

#[test]
fn a_discount_stands_once_under_its_name() {
    let counter = CommandLine::open();
    must(&counter, r#"discount add Gold 10% --tier gold"#);
    let said = refused(&counter, r#"discount add gold 10% --tier gold"#);
    assert!(
        said.contains("There is a discount \"gold\" already") && said.contains("withdraw it first"),
        "{said}"
    );
    must(&counter, "discount withdraw 1");
    must(&counter, r#"discount add Gold 10% --tier gold"#);
}

#[test]
fn a_bar_is_found_by_its_number_without_its_hyphen_and_by_its_month_in_figures() {
    let counter = CommandLine::open();
    must(
        &counter,
        r#"reserve --customer C-0001 --reference Q-1 --confirm --from "mon 9:00" --to "wed 9:00" --line "Sony FX6 body""#,
    );
    must(&counter, "pay Q-1 20 --method cash");
    assert_eq!(
        must(&counter, "report money --rows 2025-11"),
        must(&counter, r#"report money --rows "Nov 2025""#)
    );
    assert_eq!(
        must(&counter, "report customers --rows c0001"),
        must(&counter, "report customers --rows C-0001")
    );
}

#[test]
fn use_shows_the_days_its_percent_comes_from_and_judges_nothing_on_three_of_them() {
    let mut house = House::new();
    let camera = rated(&mut house, "Camera", 10_000, 1);
    let items = rentdesk::inventory::of_type(house.shop.read(), camera).unwrap();
    house.walk_in(
        &[rentdesk::booking::Thing::Item(items[0].id)],
        crate::house::hour(60),
    );
    let report = |house: &mut House, hours: i64| {
        house.clock(crate::house::hour(hours));
        house.shop.drain_all().unwrap();
        let asked = desk::Asked {
            kind: desk::ReportKind::Use,
            by: desk::By::Month,
            span: None,
        };
        desk::report(
            house.shop.read(),
            &house.shop.settings,
            asked,
            house.shop.now(),
        )
        .unwrap()
    };
    let made = report(&mut house, 53);
    assert_eq!(
        made.bars[0].figures[..3],
        [
            desk::Figure::Percent(Some(1000)),
            desk::Figure::Tenths(53 * 3600),
            desk::Figure::Tenths(53 * 3600)
        ]
    );
    assert_eq!(
        made.advice,
        ["Too few days to say what to buy or sell: it takes 14."]
    );
    let made = report(&mut house, 20 * 24);
    assert!(
        made.advice[0].contains("20.0 of 20.0 days, 100 %: buy one more"),
        "{:?}",
        made.advice
    );
}

#[test]
fn a_capped_late_fee_names_its_days_and_rate_where_the_screen_is_small() {
    let mut counter = Counter::demo();
    counter
        .app
        .shop
        .change_setting("late_fee_max", "1d")
        .unwrap();
    counter.scan("AUD-0003").scan("CAM-0020");
    let screen = counter.screen_at(80, 24);
    assert!(
        screen.contains("CAM-0020 late 2 days x 55.00, capped = 55.00"),
        "{screen}"
    );
    counter.keys("<tab><ret>");
    let screen = counter.screen_at(80, 24);
    assert!(
        screen.contains("late 2 days x 55.00, capped  ") && screen.contains("Enter, or Esc"),
        "{screen}"
    );
}
