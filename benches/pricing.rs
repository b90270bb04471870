//! What a quote costs: 30 lines of 30 types, with tables, taxes and discounts, on a shop with 500
//! types of four rates each.
//!
//! `cargo bench --bench pricing`. It prints absolutes and fails above the limit.

use rentdesk::catalog::{self, NewType, Tracking};
use rentdesk::kernel::{Clock, Failure, Moment, Money, Period, Text, TypeId};
use rentdesk::pricing::{
    self, Ask, AskLine, NewRule, Off, Percent, PricingRefusal, Rate, RuleKind,
};
use rentdesk::shop::Shop;
use std::time::{Duration, Instant};

const QUOTE_MAX: Duration = Duration::from_millis(5);
const TYPES: i64 = 500;
const LINES: usize = 30;
const NOW: Moment = Moment(1_763_718_120);

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let settings = [("timezone", "Europe/Berlin"), ("price_table", "4-day week")];
    let mut shop =
        Shop::create(&folder.path().join("shop.db"), &settings, Clock::Fixed(NOW)).expect("a shop");
    let types = filled(&mut shop);
    let mut took: Vec<Duration> = (0..200)
        .map(|round| {
            let start = NOW.plus_minutes(60 * round);
            let window = Period::new(start, start.plus_minutes(60 * 24 * (1 + round % 20)))
                .expect("a window");
            let lines = (0..LINES)
                .map(|line| {
                    AskLine::of(
                        types[(line * 17 + usize::try_from(round).expect("small")) % types.len()],
                        2,
                        window,
                    )
                })
                .collect();
            let ask = Ask::of(lines, NOW);
            let started = Instant::now();
            pricing::price(shop.read(), &shop.settings, &ask).expect("a price");
            started.elapsed()
        })
        .collect();
    took.sort_unstable();
    let ms = |duration: Duration| duration.as_secs_f64() * 1000.0;
    let (middle, worst) = (took[took.len() / 2], took[took.len() * 99 / 100]);
    println!(
        "a quote of {LINES} lines: p50 {:.3} ms, p99 {:.3} ms over {}; limit {} ms",
        ms(middle),
        ms(worst),
        took.len(),
        QUOTE_MAX.as_millis()
    );
    if worst > QUOTE_MAX {
        std::process::exit(1);
    }
}

/// Types with a rate of each year and one to come, taxes, and ten discounts.
fn filled(shop: &mut Shop) -> Vec<TypeId> {
    let done = shop.write(|db| {
        let lift =
            |failure: Failure<catalog::CatalogRefusal>| failure.map(PricingRefusal::Catalogue);
        let category = catalog::category_at_path(db, "Lighting > LED").map_err(lift)?;
        pricing::set_tax(
            db,
            &Text::new("standard"),
            Percent(1900),
            NOW.plus_minutes(-60 * 24 * 365),
        )?;
        let mut types = Vec::new();
        for number in 0..TYPES {
            let new = NewType::named(
                category,
                Text::new(&format!("Type {number:03}")),
                Tracking::Items,
            );
            let made = catalog::add_type(db, &new).map_err(lift)?;
            for year in -2..2 {
                let price = |of: i64| Some(Money(of * (10 + number + year)));
                let rate = Rate {
                    hourly: price(20),
                    daily: price(100),
                    weekly: price(420),
                    fixed: None,
                    minimum: price(50),
                };
                pricing::set_rate_from(
                    db,
                    made,
                    rate,
                    None,
                    NOW.plus_minutes(year * 60 * 24 * 365),
                )?;
            }
            types.push(made);
        }
        for number in 0..10 {
            let rule = NewRule {
                name: Text::new(&format!("Rule {number}")),
                kind: RuleKind::Volume,
                code: None,
                tier: None,
                off: Off::Percent(Percent(100 * number)),
                stackable: number % 2 == 0,
                priority: number,
                valid_from: None,
                valid_to: None,
                minimum_total: None,
                minimum_days: Some(1 + number),
                minimum_quantity: None,
                only: None,
            };
            pricing::add_discount(db, &rule)?;
        }
        Ok::<_, Failure<PricingRefusal>>(types)
    });
    done.expect("it is filled")
}
