//! What one frame of the Plan costs on a film house's list: 1,328 types, 60 days, with promises on
//! the types in sight.
//!
//! `cargo bench --bench plan`. It prints the time from a key to the drawn frame, and fails above
//! the limit.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rentdesk::booking::{Firmness, NewReservation, Want};
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::exchange::columns::ListKind;
use rentdesk::exchange::import::{self, ImportOptions};
use rentdesk::kernel::{Clock, Moment, Period, Text};
use rentdesk::shop::Shop;
use rentdesk::tui::app::App;
use rentdesk::tui::input::Input;
use rentdesk::tui::theme::Theme;
use rentdesk::{catalog, desk};
use std::path::Path;
use std::time::{Duration, Instant};

const NOW: Moment = Moment(1_763_718_120);
const LIMIT: Duration = Duration::from_millis(16);

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut shop = Shop::create(
        &folder.path().join("shop.db"),
        &[("timezone", "Europe/Berlin"), ("currency", "USD")],
        Clock::Fixed(NOW),
    )
    .expect("a shop");
    let list = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/film-gear/equipment.csv");
    let items = std::fs::read(list).unwrap_or_else(|_| made_list().into_bytes());
    import::import(
        &mut shop,
        ListKind::Items,
        &items,
        &ImportOptions::default(),
    )
    .expect("it imports");
    let promised = promise(&mut shop);
    let types = catalog::count_types(shop.read()).expect("it reads");
    let mut app = App::new(
        shop,
        Theme {
            colour: true,
            ascii: false,
        },
        "Ana".to_owned(),
    )
    .expect("the counter opens");
    let mut worst = Duration::ZERO;
    for (columns, rows) in [(220, 60), (100, 30), (80, 24)] {
        let mut terminal = Terminal::new(TestBackend::new(columns, rows)).expect("a terminal");
        terminal.draw(|frame| app.draw(frame)).expect("a frame");
        press(&mut app, KeyCode::F(5));
        let mut times: Vec<Duration> = (0..200)
            .map(|step| {
                let begun = Instant::now();
                press(
                    &mut app,
                    if step % 3 == 0 {
                        KeyCode::PageDown
                    } else if step % 3 == 1 {
                        KeyCode::PageUp
                    } else {
                        KeyCode::Down
                    },
                );
                terminal.draw(|frame| app.draw(frame)).expect("a frame");
                begun.elapsed()
            })
            .collect();
        times.sort_unstable();
        println!(
            "plan {columns}x{rows}, {types} types, {promised} reservations: key to frame p50 {:?}, p99 {:?}",
            times[100], times[197]
        );
        worst = worst.max(times[100]);
    }
    if worst > LIMIT {
        eprintln!("above {LIMIT:?}");
        std::process::exit(1);
    }
}

fn press(app: &mut App, code: KeyCode) {
    app.input(
        Instant::now(),
        Input::Key(KeyEvent::new(code, KeyModifiers::NONE)),
    );
}

fn made_list() -> String {
    let rows = (0..1328).map(|number| {
        format!(
            "S{number:05},Thing number {number:04},Category {},{},10.00,\n",
            number % 16,
            1 + number % 9
        )
    });
    std::iter::once("SKU,Name,Category,Quantity,Day rate,Contents\n".to_owned())
        .chain(rows)
        .collect()
}

/// Ten reservations of each of the first sixty types, over the next two months.
fn promise(shop: &mut Shop) -> usize {
    let profile = Profile {
        name: Text::new("Maya Chen"),
        phone: Text::filled("0612"),
        ..Profile::default()
    };
    let customer = shop
        .write(|db| {
            customers::register(
                db,
                &profile,
                ContactRules {
                    email_required: false,
                    phone_required: false,
                },
            )
        })
        .expect("a customer");
    let settings = shop.settings.clone();
    let types = catalog::list(shop.read(), None, 60, 0).expect("it reads");
    let mut made = 0;
    for round in 0..10 {
        for found in types.chunks(6) {
            let start = NOW.plus_minutes(60 + round * 8500);
            let wants = found.iter().map(|found| Want::of(found.id, 1)).collect();
            let window = Period {
                start,
                end: start.plus_minutes(4000),
            };
            let new = NewReservation {
                customer: Some(customer),
                window,
                wants,
                firmness: Firmness::Confirmed,
                note: None,
                keep_short: true,
                reference: None,
                bargain: rentdesk::booking::Bargain::default(),
            };
            made += usize::from(shop.write(|db| desk::reserve(db, &settings, &new)).is_ok());
        }
    }
    made
}
