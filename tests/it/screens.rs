//! Every screen at four sizes, drawn on the demo shop with a fixed clock: read these in review like
//! prose.

use crate::counter::Counter;

const SIZES: &[(u16, u16)] = &[(100, 30), (80, 24), (60, 18), (40, 6)];

fn check(name: &str, prepare: impl Fn(&mut Counter)) {
    let mut counter = Counter::demo();
    prepare(&mut counter);
    // What is derived follows in slices of some milliseconds: a screen drawn before the last would
    // say how far it has come.
    counter.app.shop.drain_all().unwrap();
    counter.app.refresh();
    for (columns, rows) in SIZES {
        let drawn = counter.screen_at(*columns, *rows);
        insta::assert_snapshot!(format!("{name}_{columns}x{rows}"), drawn);
    }
}

#[test]
fn desk() {
    check("desk", |_| {});
}

#[test]
fn desk_found() {
    check("desk_found", |counter| {
        counter.keys("sony");
    });
}

#[test]
fn check_out() {
    check("check_out", |counter| {
        counter
            .scan("CAM-0012")
            .scan("LGT-0031")
            .scan("CAM-0014")
            .keys("chen<ret>");
    });
}

#[test]
fn hand_over_strip() {
    check("hand_over", |counter| {
        counter.scan("CAM-0012").keys("chen<ret><ret>all card 4471");
    });
}

#[test]
fn check_in() {
    check("check_in", |counter| {
        counter.scan("CAM-0020").scan("TRI-0006").scan("LEN-0050");
    });
}

#[test]
fn settle_strip() {
    check("settle", |counter| {
        counter
            .keys("1007<ret>:deposit 300 cash<ret><ret><esc>")
            .scan("AUD-0003")
            .scan("CAM-0020")
            .keys("!3lens mount<ret><tab><ret><tab>80 lens mount");
    });
}

#[test]
fn invoices() {
    check("invoices", |counter| {
        counter.keys("1007<ret>:issue<ret><ret>:pay 100 card 4471<ret><ret>:invoices<ret>");
    });
    check("invoice", |counter| {
        counter
            .keys("1007<ret>:issue<ret><ret>:pay 100 card 4471<ret><ret>:invoices<ret>1007<ret>");
    });
}

#[test]
fn condition_strip() {
    check("condition", |counter| {
        counter.scan("TRI-0006").keys("!3pan lock");
    });
}

#[test]
fn customers() {
    check("customers", |counter| {
        counter.keys("<f6>");
    });
}

#[test]
fn customer() {
    check("customer", |counter| {
        counter.keys("kite<ret>");
    });
}

#[test]
fn gear() {
    check("gear", |counter| {
        counter.keys("<f7>fx");
    });
}

#[test]
fn item() {
    check("item", |counter| {
        counter.keys("<f7>").scan("TRI-0008");
    });
}

#[test]
fn bench() {
    check("bench", |counter| {
        counter.keys("<f8>");
    });
}

#[test]
fn plan() {
    let prepare = |counter: &mut Counter| {
        crate::plan_keys::promise(counter);
        counter.keys("<f5>cameras<ret>");
        crate::plan_keys::open_type(counter, "Sony FX6 body");
        counter.keys("<right><right><right>");
    };
    check("plan", prepare);
    let mut counter = Counter::demo();
    prepare(&mut counter);
    insta::assert_snapshot!("plan_220x50", counter.screen_at(220, 50));
}

#[test]
fn history() {
    check("history", |counter| {
        counter.keys(":history<ret>fx3 fox");
    });
}

#[test]
fn reports() {
    let prepare = |counter: &mut Counter| {
        crate::reports::pay(counter);
        counter.keys("<f12>");
    };
    check("reports", prepare);
    let mut counter = Counter::demo();
    prepare(&mut counter);
    for (name, keys) in [
        ("late", "<tab>"),
        ("damage", "<tab>"),
        ("customers", "<tab>"),
        ("idle", "<tab>"),
        ("short", "<tab>"),
        ("money", "<tab>"),
        ("by_type", "<tab><tab><tab>"),
    ] {
        counter.keys(keys);
        insta::assert_snapshot!(format!("reports_{name}_100x30"), counter.screen_at(100, 30));
    }
    counter.keys("<ret>");
    insta::assert_snapshot!("reports_rows_100x30", counter.screen_at(100, 30));
    insta::assert_snapshot!("reports_rows_80x24", counter.screen_at(80, 24));
}

#[test]
fn reservation() {
    check("reservation", |counter| {
        counter.keys("1009<ret>");
    });
}

#[test]
fn reservation_to_come() {
    check("reserved", |counter| {
        counter.keys("1016<ret>");
    });
}

#[test]
fn reservation_editor() {
    check("editor", |counter| {
        counter
            .keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>5*fx6<ret>interview<ret>4*bat<ret>")
            .scan("LEN-0049")
            .keys("<c-n>shooting in rain, wants covers<ret>");
    });
}

#[test]
fn reservation_editor_searching() {
    check("editor_found", |counter| {
        counter.keys("<f4>ines<ret>2*son");
    });
}

#[test]
fn ways_out_strip() {
    check("ways_out", |counter| {
        counter.keys("<f4>ines<ret><c-d>sat 9..mon 10<ret>5*fx6<ret>!");
    });
}

#[test]
fn check_out_of_a_reservation() {
    check("check_out_reserved", |counter| {
        counter
            .scan("R-1014")
            .scan("LGT-0031")
            .scan("AUD-0009")
            .scan("LEN-0049")
            .keys("s");
    });
}

#[test]
fn help_and_palette() {
    check("help", |counter| {
        counter.keys("?");
    });
    check("palette", |counter| {
        counter.keys(":").keys("un");
    });
}

#[test]
fn ascii_screens_hold_only_ascii() {
    let mut counter = Counter::demo();
    counter.app.theme.ascii = true;
    counter.scan("CAM-0012").keys("weber<ret>");
    let drawn = counter.screen();
    assert!(drawn.is_ascii(), "{drawn}");
}
