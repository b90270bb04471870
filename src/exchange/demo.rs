//! The demo shop: its stock and customers come in by the importer, its week happens through the
//! same commands as at the counter, each at its own time, relative to today.

use super::columns::ListKind;
use super::demo_money::{self, Paid};
use super::import::{self, ImportOptions};
use crate::booking::{
    self, Bargain, BookingRefusal, CheckIn, CheckOut, Firmness, NewReservation, Recipient, Thing,
    Want,
};
use crate::catalog::{NewType, Tracking};
use crate::inventory::{self, Condition, Report, Stock};
use crate::kernel::settings::CLOCK_AHEAD;
use crate::kernel::{Clock, Failure, Fallible, Moment, Period, Settings, ShopZone, Stop, Text};
use crate::pricing::{self, NewRule, Off, Percent, RuleKind};
use crate::shop::Shop;
use crate::{catalog, customers, staff};
use anyhow::Context;
use chrono::{Duration, NaiveTime};
use std::path::Path;

const ITEMS: &[u8] = include_bytes!("../../assets/demo/items.csv");
const CUSTOMERS: &[u8] = include_bytes!("../../assets/demo/customers.csv");
const WEEK: &str = include_str!("../../assets/demo/week.csv");

/// One line of the week.
struct Act {
    day: i64,
    time: NaiveTime,
    what: String,
    whom: Text,
    things: Vec<(String, Option<i64>)>,
    due: Option<(i64, NaiveTime)>,
    words: Text,
    start: Option<(i64, NaiveTime)>,
}

/// What happens at one time.
enum Step<'a> {
    /// Its place among the acts says who does it.
    Gear(usize, &'a Act),
    Money(&'a Paid),
}

/// Makes the shop and lets its week happen up to the clock's present, money and all.
pub fn make(path: &Path, clock: Clock) -> Result<Shop, Stop> {
    happen(path, clock, demo_money::acts()?)
}

/// The same, but nobody pays anything: for whoever wants to take the money himself.
pub fn make_unpaid(path: &Path, clock: Clock) -> Result<Shop, Stop> {
    happen(path, clock, Vec::new())
}

const SETTINGS: [(&str, &str); 4] = [
    ("name", "North Light Rentals"),
    ("currency", "EUR"),
    ("timezone", "Europe/Berlin"),
    ("due_after", "1d"),
];
/// When the demo's day begins, whatever the hour: before the shop opens, with the week behind it.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(8, 40, 0).expect("a time of day");

/// What the demo shop is like before anything has happened in it.
pub fn settings() -> Settings {
    Settings::from_values(
        SETTINGS
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    )
}

/// A clock that runs stands at the morning of its day and runs on from there; a time that was given
/// stays.
fn morning(clock: Clock, zone: &ShopZone) -> (Clock, i64) {
    let Clock::Running(read) = clock else {
        return (clock, 0);
    };
    let now = clock.now();
    let ahead = zone.moment_or_later(zone.day(now).and_time(MORNING)).0 - now.0;
    (Clock::Ahead(read, ahead), ahead)
}

fn happen(path: &Path, clock: Clock, payments: Vec<Paid>) -> Result<Shop, Stop> {
    let (clock, ahead) = morning(clock, &settings().zone);
    let ahead = ahead.to_string();
    let settings: Vec<(&str, &str)> = SETTINGS
        .into_iter()
        .chain((ahead != "0").then_some((CLOCK_AHEAD, ahead.as_str())))
        .collect();
    Shop::create_filled(path, &settings, clock, |shop| week_of(shop, payments))
}

/// Lets the week happen up to the clock's present.
fn week_of(shop: &mut Shop, payments: Vec<Paid>) -> Result<(), Stop> {
    let clock = shop.clock;
    let now = shop.now();
    let zone = shop.settings.zone;
    let today = zone.day(now);
    let acts = week()?;
    let first = acts.iter().map(|act| act.day).min().unwrap_or(0);
    shop.clock = Clock::Fixed(
        zone.moment_or_later((today + Duration::days(first - 1)).and_time(NaiveTime::MIN)),
    );
    import::import(shop, ListKind::Items, ITEMS, &ImportOptions::default())?;
    import::import(
        shop,
        ListKind::Customers,
        CUSTOMERS,
        &ImportOptions::default(),
    )?;
    for name in ["Ana", "Ben"] {
        let name = Text::new(name);
        shop.write(|db| staff::add(db, &name))?;
    }
    // What everything costs is in the list; what comes on top, and what comes off.
    let class = Text::new(shop.settings.value("tax_class"));
    shop.write(|db| pricing::set_tax(db, &class, Percent(1900), db.now()))?;
    shop.write(|db| pricing::add_discount(db, &long_rentals()).map(drop))?;
    let moment = |day: i64, time: NaiveTime| {
        zone.moment_or_later((today + Duration::days(day)).and_time(time))
    };
    let mut steps: Vec<(Moment, Step<'_>)> = acts
        .iter()
        .enumerate()
        .map(|(position, act)| (moment(act.day, act.time), Step::Gear(position, act)))
        .collect();
    steps.extend(
        payments
            .iter()
            .map(|paid| (moment(paid.day, paid.time), Step::Money(paid))),
    );
    steps.sort_by_key(|(at, _)| *at);
    for (at, step) in steps.into_iter().filter(|(at, _)| *at < now) {
        shop.clock = Clock::Fixed(at);
        match step {
            Step::Gear(position, act) => {
                shop.sign(if position % 3 == 2 { "Ben" } else { "Ana" })?;
                perform(shop, act, moment)?;
            }
            Step::Money(paid) => {
                shop.sign("Ana")?;
                demo_money::perform(shop, paid)?;
            }
        }
    }
    shop.clock = clock;
    shop.staff = None;
    Ok(())
}

/// A tenth off what is away for five days or more.
fn long_rentals() -> NewRule {
    NewRule {
        name: Text::new("Five days or more"),
        kind: RuleKind::Volume,
        code: None,
        tier: None,
        off: Off::Percent(Percent(1000)),
        stackable: true,
        priority: 100,
        valid_from: None,
        valid_to: None,
        minimum_total: None,
        minimum_days: Some(5),
        minimum_quantity: None,
        only: None,
    }
}

fn perform(
    shop: &mut Shop,
    act: &Act,
    moment: impl Fn(i64, NaiveTime) -> Moment,
) -> Result<(), Stop> {
    let settings = shop.settings.clone();
    if act.what == "suspend" {
        let customer = customers::resolve(shop.read(), act.whom.as_str())?.id;
        return shop.write(|db| customers::suspend(db, customer, &act.words));
    }
    if act.what == "kit" {
        return make_kit(shop, act);
    }
    if let (Some(start), Some(end)) = (act.start, act.due) {
        return promise(
            shop,
            act,
            Period {
                start: moment(start.0, start.1),
                end: moment(end.0, end.1),
            },
        );
    }
    let mut stocks = Vec::new();
    for (tag, count) in &act.things {
        stocks.push((inventory::resolve(shop.read(), tag)?, *count));
    }
    if act.what == "out" {
        let customer = customers::resolve(shop.read(), act.whom.as_str())?.id;
        let things = stocks
            .iter()
            .map(|(stock, count)| thing(stock, *count))
            .collect();
        let due = act.due.map(|(day, time)| moment(day, time));
        let command = CheckOut {
            due,
            ..CheckOut::plain(Recipient::WalkIn(customer), things)
        };
        return shop
            .write(|db| booking::check_out(db, &settings, &command))
            .map(drop);
    }
    for (stock, count) in stocks {
        match (act.what.as_str(), stock) {
            ("in", stock) => {
                let rental = open_rental(shop, &stock)?;
                let command = CheckIn {
                    quantity: count,
                    ..CheckIn::plain(rental)
                };
                shop.write(|db| booking::check_in(db, &settings, &command))?;
            }
            (what, Stock::Item(item)) => {
                let condition = match what {
                    "unusable" => Condition::Unusable,
                    "maintenance" => Condition::UnderMaintenance,
                    _ => Condition::Good,
                };
                let report = Report {
                    incomplete: what == "missing",
                    ..Report::plain(condition, Some(act.words.clone()))
                };
                shop.write(|db| inventory::report_condition(db, item.id, &report))?;
            }
            (_, Stock::Bulk(bulk)) => {
                return Err(Stop::Fault(anyhow::anyhow!(
                    "{} is counted and has no condition",
                    bulk.tag
                )));
            }
        }
    }
    Ok(())
}

/// A kit of one of each, in the category of its first component.
fn make_kit(shop: &mut Shop, act: &Act) -> Result<(), Stop> {
    let mut components = Vec::new();
    for (tag, count) in &act.things {
        components.push((
            inventory::resolve(shop.read(), tag)?.type_id(),
            count.unwrap_or(1),
        ));
    }
    let Some((first, _)) = components.first() else {
        return Ok(());
    };
    let category = catalog::type_details(shop.read(), *first)?.details.category;
    let new = NewType::named(category, act.whom.clone(), Tracking::Items);
    let kit = shop.write(|db| catalog::add_type(db, &new))?;
    shop.write(|db| inventory::make_kit(db, kit, &components))
}

/// A reservation made ahead.
fn promise(shop: &mut Shop, act: &Act, window: Period) -> Result<(), Stop> {
    let mut wants = Vec::new();
    for (word, count) in &act.things {
        let quantity = count.unwrap_or(1);
        wants.push(match word.strip_prefix('=') {
            Some(tag) => booking::want_of(shop.read(), tag, 1)?,
            None => match inventory::resolve(shop.read(), word) {
                Ok(stock) => Want::of(stock.type_id(), quantity),
                Err(_) => booking::want_of(shop.read(), &word.replace('_', " "), quantity)?,
            },
        });
    }
    let firmness = match act.what.as_str() {
        "quote" => Firmness::Quote,
        "hold" => Firmness::Hold(Some(
            shop.settings
                .zone
                .day_start(shop.settings.zone.day(shop.now()))
                .plus_minutes(18 * 60),
        )),
        _ => Firmness::Confirmed,
    };
    let customer = Some(customers::resolve(shop.read(), act.whom.as_str())?.id);
    let note = Some(act.words.clone()).filter(|words| !words.is_empty());
    let new = NewReservation {
        customer,
        window,
        wants,
        firmness,
        note,
        keep_short: act.what == "keep",
        reference: None,
        bargain: Bargain::default(),
    };
    let settings = shop.settings.clone();
    shop.write(|db| booking::reserve(db, &settings, &new))
        .map(drop)
}

fn thing(stock: &Stock, count: Option<i64>) -> Thing {
    match stock {
        Stock::Item(item) => Thing::Item(item.id),
        Stock::Bulk(bulk) => Thing::Bulk(bulk.type_id, count.unwrap_or(1)),
    }
}

fn open_rental(shop: &Shop, stock: &Stock) -> Result<crate::kernel::RentalId, Stop> {
    let open = match stock {
        Stock::Item(item) => booking::open_rental(shop.read(), item.id)?,
        Stock::Bulk(bulk) => booking::open_bulk_rentals(shop.read(), bulk.type_id)?
            .into_iter()
            .next(),
    };
    open.map(|rental| rental.id)
        .ok_or_else(|| Failure::Refused(BookingRefusal::NoneOut(stock.tag().clone())).into())
}

fn week() -> Fallible<Vec<Act>> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .flexible(true)
        .from_reader(WEEK.as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record?;
            let cell = |position: usize| record.get(position).unwrap_or_default();
            let time = |text: &str| {
                NaiveTime::parse_from_str(text, "%H:%M")
                    .with_context(|| format!("\"{text}\" in the demo's week"))
            };
            let at = |position: usize| -> Fallible<Option<(i64, NaiveTime)>> {
                if cell(position).is_empty() {
                    Ok(None)
                } else {
                    Ok(Some((cell(position).parse()?, time(cell(position + 1))?)))
                }
            };
            let (due, start) = (at(5)?, at(8)?);
            let things = cell(4)
                .split_whitespace()
                .map(|word| match word.split_once('*') {
                    Some((count, tag)) => (tag.to_owned(), count.parse().ok()),
                    None => (word.to_owned(), None),
                })
                .collect();
            Ok(Act {
                day: cell(0).parse()?,
                time: time(cell(1))?,
                what: cell(2).to_owned(),
                whom: Text::new(cell(3)),
                things,
                due,
                words: Text::new(cell(7)),
                start,
            })
        })
        .collect()
}
