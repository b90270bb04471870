//! Two windows on one file, mistakes and second thoughts: what a review of the counter found, as
//! journeys.

use crate::counter::{Counter, friday, holder, item};
use rentdesk::kernel::{AssetTag, Clock, Text};
use rentdesk::shop::Shop;
use rentdesk::{booking, customers, desk, inventory};

/// A second window on the same file.
pub fn second_window(first: &Counter) -> Counter {
    let path = first.app.shop.store.path().expect("a file").to_owned();
    let shop = Shop::open(&path, Clock::Fixed(friday())).expect("it opens twice");
    Counter::over(shop, tempfile::tempdir().expect("a folder"))
}

fn staged(counter: &Counter) -> Vec<String> {
    desk::unfinished(counter.app.shop.read())
        .expect("it reads")
        .iter()
        .flat_map(|draft| {
            draft
                .things
                .iter()
                .map(|thing| thing.tag.to_string())
                .collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn gear_goes_to_the_customer_whom_the_strip_names() {
    let mut counter = Counter::demo();
    counter.keys("<f2>").keys("1013<ret>");
    assert_eq!(counter.verdict(), "OK adding to R-1013");
    counter.scan("CAM-0012").keys("chen<ret><ret><ret>");
    assert!(
        counter.verdict().contains("to Maya Chen"),
        "{}",
        counter.verdict()
    );
    assert_eq!(holder(&counter, "CAM-0012").as_deref(), Some("Maya Chen"));
    counter.check();
}

#[test]
fn a_stray_scan_at_the_strip_does_not_take_the_gear_straight_back() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .keys("chen<ret><ret>")
        .scan("CAM-0012");
    assert!(
        counter.verdict().contains("CAM-0012 is in hand already"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert_eq!(holder(&counter, "CAM-0012").as_deref(), Some("Maya Chen"));
}

#[test]
fn what_is_scanned_at_the_strip_belongs_to_that_check_out() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .keys("chen<ret><ret>")
        .scan("LGT-0031")
        .keys("<ret>");
    assert!(
        counter.verdict().contains("1 scan scanned meanwhile"),
        "{}",
        counter.verdict()
    );
    assert_eq!(holder(&counter, "CAM-0012"), None);
    counter.keys("<esc><ret><ret>");
    assert_eq!(holder(&counter, "LGT-0031").as_deref(), Some("Maya Chen"));
}

#[test]
fn what_is_put_back_is_no_longer_in_hand() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .keys(":desk<ret>")
        .keys("<up><up><del>p");
    assert!(
        counter.verdict().contains("put back"),
        "{}",
        counter.verdict()
    );
    counter.keys("<f2>");
    assert!(
        counter.screen().contains("0 items in hand"),
        "{}",
        counter.screen()
    );
}

#[test]
fn a_check_out_that_another_window_goes_on_with_loses_no_scan() {
    let mut first = Counter::demo();
    first.scan("CAM-0012");
    let mut second = second_window(&first);
    second.keys("<up><ret>");
    assert!(second.screen().contains("CAM-0012"), "{}", second.screen());
    first.scan("LEN-0049").scan("LGT-0031");
    second.scan("CAM-0013");
    assert!(
        second
            .verdict()
            .starts_with("BAD another window went on with this check-out"),
        "{}",
        second.verdict()
    );
    assert_eq!(staged(&first), ["CAM-0012", "LEN-0049", "LGT-0031"]);
    first.keys("chen<ret><ret><ret>");
    assert_eq!(holder(&first, "LGT-0031").as_deref(), Some("Maya Chen"));
    assert!(staged(&second).is_empty());
}

#[test]
fn one_check_out_is_finished_once() {
    let mut first = Counter::demo();
    first.scan("CAM-0012").keys("chen<ret>");
    let mut second = second_window(&first);
    second.keys("<up><ret>").keys("<ret><ret>");
    assert!(
        second.verdict().starts_with("OK OUT 1 item"),
        "{}",
        second.verdict()
    );
    first.keys("<ret><ret>");
    assert!(first.verdict().starts_with("BAD"), "{}", first.verdict());
    first.check();
}

#[test]
fn undo_takes_back_this_windows_step_and_asks_about_anothers() {
    let mut first = Counter::demo();
    let mut second = second_window(&first);
    second.scan("AUD-0003");
    first.scan("CAM-0012").keys("chen<ret><ret><ret>");
    second.keys("<c-z>");
    assert!(
        second.verdict().starts_with("OK UNDONE back AUD-0003"),
        "{}",
        second.verdict()
    );
    assert_eq!(holder(&first, "CAM-0012").as_deref(), Some("Maya Chen"));
    second.keys("<c-z>");
    assert!(
        second.screen().contains("ANOTHER WINDOW'S STEP")
            && second.screen().contains("out 1 item to Maya Chen"),
        "{}",
        second.screen()
    );
    second.keys("<esc>");
    assert_eq!(holder(&first, "CAM-0012").as_deref(), Some("Maya Chen"));
}

#[test]
fn no_name_is_kept_with_a_command() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("chen<ret><ret><ret><c-z>");
    assert!(counter.verdict().contains("Maya Chen"));
    let log = rusqlite::Connection::open(counter.app.shop.store.path().expect("a file"))
        .expect("it opens");
    let kept: i64 = log
        .query_row(
            "SELECT count(*) FROM command_log WHERE result LIKE '%Chen%'",
            [],
            |row| row.get(0),
        )
        .expect("it counts");
    assert_eq!(kept, 0);
}

#[test]
fn no_name_is_kept_with_a_report_that_hurts() {
    let mut counter = Counter::demo();
    let fx6 = item(&counter, "CAM-0012").type_id;
    let settings = counter.app.shop.settings.clone();
    let maya = customers::resolve(counter.app.shop.read(), "Maya Chen").expect("she exists");
    let owned = inventory::counts(counter.app.shop.read(), fx6)
        .expect("it counts")
        .owned;
    let window = rentdesk::kernel::Period {
        start: crate::counter::friday().plus_minutes(60 * 24 * 60),
        end: crate::counter::friday().plus_minutes(61 * 24 * 60),
    };
    let free = booking::free_count(
        counter.app.shop.read(),
        &settings,
        fx6,
        window,
        None,
        counter.app.shop.now(),
    )
    .expect("it counts");
    assert!(free > 0 && free <= owned);
    let wants = [booking::Want {
        with_accessories: false,
        ..booking::Want::of(fx6, free)
    }];
    let new = crate::house::asked(Some(maya.id), booking::Firmness::Confirmed, window, &wants);
    counter
        .app
        .shop
        .write(|db| rentdesk::desk::reserve(db, &settings, &new))
        .expect("it is free");
    counter.keys("<f8>").scan("CAM-0012").keys("!3cracked<ret>");
    assert!(
        counter.verdict().contains("now short:") && counter.verdict().contains("Maya Chen"),
        "{}",
        counter.verdict()
    );
    let log = rusqlite::Connection::open(counter.app.shop.store.path().expect("a file"))
        .expect("it opens");
    let kept: i64 = log
        .query_row(
            "SELECT count(*) FROM command_log WHERE result LIKE '%Chen%' OR result LIKE '%short%'",
            [],
            |row| row.get(0),
        )
        .expect("it counts");
    assert_eq!(kept, 0);
}

#[test]
fn lost_counts_for_whoever_has_it_now() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .keys("chen<ret><ret><ret>")
        .scan("CAM-0012")
        .keys("<ret>");
    counter.scan("CAM-0012").keys("kite<ret><ret><ret>");
    counter.keys("1021<ret>!6gone<ret>");
    assert_eq!(item(&counter, "CAM-0012").state(), "LOST");
    counter.check();
    counter.keys("<esc><esc><esc>").scan("CAM-0012");
    assert_eq!(
        item(&counter, "CAM-0012").state(),
        "IN",
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn an_undone_repair_is_on_the_bench_with_its_trouble() {
    let mut counter = Counter::demo();
    counter.keys("<f8>").scan("CAM-0014").keys("1<ret><c-z>");
    let job = inventory::open_job(counter.app.shop.read(), item(&counter, "CAM-0014").id)
        .expect("it reads")
        .expect("it is on the bench");
    assert_eq!(job.trouble, Some(Text::new("fan noise")));
}

#[test]
fn a_return_undone_by_its_row_leaves_nothing_that_blocks_the_next_undo() {
    let mut counter = Counter::demo();
    counter.scan("LGT-0031").keys("weber<ret><ret><ret>");
    counter.scan("CAM-0021").keys("!3cracked<ret><del>");
    assert!(
        counter.verdict().starts_with("OK UNDONE back CAM-0021"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        item(&counter, "CAM-0021").condition,
        inventory::Condition::Good
    );
    counter.keys("<c-z>");
    assert!(
        counter
            .verdict()
            .starts_with("OK UNDONE out 1 item to Jonas Weber"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn one_customers_count_comes_back_over_two_reservations() {
    let mut counter = Counter::demo();
    counter
        .keys("<f2>3*bat-v150<ret>weber<ret><ret><ret>")
        .keys("<f2>2*bat-v150<ret>weber<ret><ret><ret>");
    counter.keys("<f3>5*bat-v150<ret>weber<ret>");
    assert!(
        counter.verdict().starts_with("OK BACK"),
        "{}",
        counter.verdict()
    );
    let weber = customers::resolve(counter.app.shop.read(), "Jonas Weber").expect("he exists");
    assert!(
        booking::out_to(counter.app.shop.read(), weber.id)
            .expect("it reads")
            .is_empty()
    );
    counter.check();
}

#[test]
fn a_scan_on_a_customers_page_is_for_that_customer() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .keys("chen<ret>")
        .keys("<f6>kite<ret>")
        .scan("LEN-0049");
    counter.keys("<ret><ret>");
    assert_eq!(holder(&counter, "LEN-0049").as_deref(), Some("Kite Studio"));
    assert_eq!(
        staged(&counter),
        ["CAM-0012"],
        "what was in hand for the other waits on the Desk"
    );
}

#[test]
fn a_scan_behind_the_palette_comes_when_it_closes() {
    let mut counter = Counter::demo();
    counter.keys(":").scan("CAM-0012").keys("gear<ret>");
    assert!(
        counter.verdict().contains("CAM-0012"),
        "{}",
        counter.verdict()
    );
    assert!(!counter.screen().contains("waiting"));
}

#[test]
fn a_note_that_is_left_half_way_is_kept() {
    let mut counter = Counter::demo();
    counter
        .scan("CAM-0012")
        .keys("<c-n>handle with care<f6><f2>");
    assert!(
        counter.screen().contains("note: handle with care"),
        "{}",
        counter.screen()
    );
}

#[test]
fn a_label_of_digits_is_a_tag_before_it_is_a_number() {
    let mut counter = Counter::demo();
    let kind = item(&counter, "CAM-0012").type_id;
    counter
        .app
        .shop
        .write(|db| {
            inventory::add_item(db, &inventory::NewItem::good(kind, AssetTag::parse("1009")))
        })
        .expect("it is added");
    counter.scan("1009");
    assert!(
        counter.verdict().starts_with("OK IN HAND   1009"),
        "{}",
        counter.verdict()
    );
}

#[test]
fn undoing_an_addition_gives_the_reservation_its_end_back() {
    let mut counter = Counter::demo();
    let end = |counter: &Counter| {
        booking::resolve(counter.app.shop.read(), "R-1013")
            .expect("it exists")
            .end
    };
    let before = end(&counter);
    counter
        .keys("<f2>1013<ret>")
        .scan("CAM-0012")
        .keys("<c-d>+30d<ret><ret><ret>");
    assert!(end(&counter) > before, "{}", counter.verdict());
    counter.keys("<c-z>");
    assert_eq!(end(&counter), before);
}

#[test]
fn a_clock_that_went_back_asks_before_it_writes() {
    let mut counter = Counter::demo();
    let earlier = friday().plus_minutes(-3 * 24 * 60);
    fn three_days_ago() -> rentdesk::kernel::Moment {
        friday().plus_minutes(-3 * 24 * 60)
    }
    counter.scan("CAM-0021");
    counter.app.shop.clock = Clock::Running(three_days_ago);
    assert_eq!(counter.app.shop.now(), earlier);
    counter.keys("<esc>").scan("LEN-0050");
    assert!(
        counter
            .verdict()
            .starts_with("BAD The clock went back 3 days since the last entry"),
        "{}",
        counter.verdict()
    );
    counter.keys(":clock<ret>").scan("LEN-0050");
    assert!(
        counter.verdict().contains("BACK   LEN-0050"),
        "{} {}",
        counter.verdict(),
        counter.hint()
    );
}

#[test]
fn a_count_before_a_name_counts_and_a_missing_part_is_said_before_it_goes() {
    let mut counter = Counter::demo();
    counter.keys("<f2>4*bat<ret>");
    assert!(
        counter.verdict().starts_with("OK IN HAND   4 x BAT-V150"),
        "{}",
        counter.verdict()
    );
    counter.scan("TRI-0008");
    assert!(
        counter
            .verdict()
            .starts_with("!! IN HAND   TRI-0008  Sachtler Ace XL tripod · PART MISSING"),
        "{}",
        counter.verdict()
    );
}

#[test]
fn what_was_undone_counts_for_nothing_in_the_history() {
    use rentdesk::history::{self, Filter, TallyBy};
    let mut counter = Counter::demo();
    let late = |counter: &Counter| {
        history::count(
            counter.app.shop.read(),
            &Filter {
                late: true,
                ..Filter::default()
            },
        )
        .expect("it counts")
    };
    let outs = |counter: &Counter| {
        history::tally(
            counter.app.shop.read(),
            &Filter {
                kind: Some("EquipmentCheckedOut"),
                ..Filter::default()
            },
            TallyBy::Item,
            100,
        )
        .expect("it counts")
    };
    let (late_before, outs_before) = (late(&counter), outs(&counter));
    counter.scan("AUD-0003").keys("<c-z>");
    assert_eq!(late(&counter), late_before, "it never came back");
    assert_eq!(outs(&counter), outs_before, "it went out once");
    let id = item(&counter, "AUD-0003").id;
    let told = desk::tell(
        counter.app.shop.read(),
        history::entries(
            counter.app.shop.read(),
            &Filter {
                item: Some(id),
                ..Filter::default()
            },
            2,
            0,
        )
        .expect("it reads"),
    )
    .expect("it reads");
    assert_eq!(
        told.iter()
            .map(|told| told.what.as_str())
            .collect::<Vec<_>>(),
        ["undone: back", "back, good, 2 days late (undone)"]
    );
    counter.check();
}

#[test]
fn a_check_out_with_nothing_in_it_is_not_unfinished() {
    let mut counter = Counter::demo();
    counter.keys("<f2>").scan("CAM-0012").keys("<del><esc>");
    assert!(
        desk::unfinished(counter.app.shop.read())
            .expect("it reads")
            .is_empty()
    );
    assert!(
        !counter.screen().contains("! unfinished"),
        "{}",
        counter.screen()
    );
}

#[test]
fn a_count_typed_before_a_scan_is_its_count() {
    let mut counter = Counter::demo();
    counter.keys("<f2>3*").scan("BAT-V150");
    assert!(
        counter.verdict().starts_with("OK IN HAND   3 x BAT-V150"),
        "{}",
        counter.verdict()
    );
    assert_eq!(counter.app.box_text(), "");
}

#[test]
fn a_second_word_on_a_return_keeps_the_missing_part_and_undo_gives_back_the_first() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0021").keys("!5charger<ret>");
    let missing = |counter: &Counter| {
        booking::last_return(counter.app.shop.read(), item(counter, "CAM-0021").id)
            .expect("it reads")
            .expect("it is back")
            .missing
    };
    assert_eq!(missing(&counter), Some(Text::new("charger")));
    counter.keys("!3cracked<ret>");
    assert_eq!(
        missing(&counter),
        Some(Text::new("charger")),
        "the customer stays liable"
    );
    counter.keys("<c-z>");
    assert_eq!(
        (missing(&counter), item(&counter, "CAM-0021").condition),
        (Some(Text::new("charger")), inventory::Condition::Good)
    );
    counter.keys("<c-z>");
    assert_eq!(missing(&counter), None);
    counter.check();
}

#[test]
fn a_dry_run_of_the_counter_keeps_nothing() {
    let mut counter = Counter::demo();
    counter.app.shop.store.rehearse();
    let path = counter.app.shop.store.path().expect("a file").to_owned();
    counter.scan("CAM-0012").keys("chen<ret><ret><ret>");
    assert!(
        counter.verdict().starts_with("OK OUT 1 item to Maya Chen"),
        "{}",
        counter.verdict()
    );
    counter.keys("half a name");
    counter.app.tick().expect("a tick");
    let kept = rusqlite::Connection::open(path)
        .expect("it opens")
        .query_row("SELECT count(*) FROM draft", [], |row| row.get::<_, i64>(0))
        .expect("it counts");
    assert_eq!((kept, holder(&counter, "CAM-0012")), (0, None));
}

#[test]
fn a_retired_item_that_was_lost_comes_back_at_the_desk_and_stays_retired() {
    let mut counter = Counter::demo();
    counter.keys("okoro<ret>!6never answered<ret>");
    let id = item(&counter, "CAM-0020").id;
    counter
        .app
        .shop
        .write(|db| inventory::retire(db, id, &Text::new("written off")))
        .expect("it is retired");
    counter.keys("<esc><esc>").scan("CAM-0020");
    assert!(
        counter.verdict().contains("BACK   CAM-0020"),
        "{}",
        counter.verdict()
    );
    assert_eq!(item(&counter, "CAM-0020").state(), "RETIRED");
    counter.check();
}
