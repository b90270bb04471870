//! What went in another type's place is seen afterwards, wherever the reservation and its gear are
//! told of.

use crate::bookings_cli::{books_are_right, done, shop};
use crate::counter;
use rentdesk::kernel::Clock;
use rentdesk::shop::Shop;
use serde_json::json;

#[test]
fn a_swap_is_told_on_the_reservation_and_in_the_history() {
    let shop = shop();
    done(
        &shop,
        r#"reserve --customer C-0001 --from "today 12:00" --to "mon 10:00" --line "Sony FX6 body*2" --confirm"#,
    );
    done(&shop, "out --reservation R-1001 CAM-0012 --swap CAM-0020=1");
    let line = shop.json("show R-1001")["lines"][0].clone();
    assert_eq!(
        (line["tags"].clone(), line["swaps"].clone()),
        (
            json!(["CAM-0012", "CAM-0020"]),
            json!([{"tag": "CAM-0020", "type": "Sony FX3 body"}])
        )
    );
    let shown = done(&shop, "show R-1001");
    assert!(
        shown.contains("CAM-0020 Sony FX3 body went in its place"),
        "{shown}"
    );
    assert!(shown.contains("out, in place of Sony FX6 body"), "{shown}");
    assert_eq!(
        shown.matches("in place of").count(),
        1,
        "the other is what was asked for: {shown}"
    );
    let summary = |line: &str| {
        shop.json(line)
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["summary"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let told = summary("history --item CAM-0020");
    assert!(
        told.iter()
            .any(|told| told
                .contains("CAM-0020 Sony FX3 body: out, good, in place of Sony FX6 body")),
        "{told:?}"
    );
    let told = summary("history --item CAM-0012");
    assert!(
        told.iter().all(|told| !told.contains("in place of")),
        "{told:?}"
    );
    done(&shop, "undo");
    let told = summary("history --item CAM-0020");
    assert!(
        told.iter()
            .any(|told| told.contains("in place of Sony FX6 body (undone)")),
        "{told:?}"
    );
    done(&shop, "out --reservation R-1001 CAM-0012 --swap CAM-0020=1");
    books_are_right(&shop);
    let folder = shop.folder;
    let opened = Shop::open(
        &folder.path().join("shop.db"),
        Clock::Fixed(counter::friday()),
    )
    .unwrap();
    let mut counter = counter::Counter::over(opened, folder);
    counter.keys("R-1001<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("<> Sony FX3 body in place of Sony FX6 body"),
        "{screen}"
    );
}
