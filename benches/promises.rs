//! What a promise costs, as ratios against the bare SQL of the same rows in the same run,
//! interleaved.
//!
//! `cargo bench --bench promises`. It fails on ratios, which a busy machine does not move, and
//! prints absolutes beside their targets. The shop is made here: 500 types, 20,000 open lines of
//! which the hottest type has 900, 2,000 things out, 600 blocks, and a history of 10,000 or of
//! 1,000,000 finished lines.

use rentdesk::booking::{self, Firmness, NewReservation, Piece, Want};
use rentdesk::catalog::{self, NewType, Tracking};
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::inventory::{self, NewItem};
use rentdesk::kernel::{Clock, CustomerId, Failure, Fallible, Moment, Period, Text, TypeId};
use rentdesk::shop::Shop;
use rentdesk::store::Write;
use rusqlite::{Connection, params};
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

const NOW: i64 = 1_763_718_120;
const DAY: i64 = 86_400;
const ROUNDS: usize = 7;
const TYPES: usize = 500;
const OPEN_LINES: usize = 20_000;
const HOT_LINES: usize = 900;
const OUT: usize = 2_000;
const BLOCKS: usize = 600;
const TIMELINE_RATIO_MAX: f64 = 2.5;

fn main() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut ok = create(
        &folder.path().join("disk.db"),
        "on this disk, at FULL",
        2.0,
        1.3,
    );
    let memory =
        tempfile::tempdir_in("/dev/shm").unwrap_or_else(|_| tempfile::tempdir().expect("a folder"));
    ok &= create(
        &memory.path().join("memory.db"),
        "in memory, where a sync costs nothing",
        2.75,
        1.6,
    );
    let short = Season::new(&memory.path().join("short.db"), 10_000);
    let long = Season::new(&memory.path().join("long.db"), 1_000_000);
    ok &= availability(&short, &long);
    ok &= timeline(&long);
    if !ok {
        std::process::exit(1);
    }
}

/// Numbers that look like dice and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: i64) -> i64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as i64) % n.max(1)
    }
}

fn stock(shop: &mut Shop, types: usize, each: usize) -> (Vec<TypeId>, CustomerId) {
    let made = shop.write(|db: &mut Write<'_>| -> Result<(Vec<TypeId>, CustomerId), Failure<catalog::CatalogRefusal>> {
        let category = catalog::category_at_path(db, "Bench")?;
        let mut ids = Vec::new();
        for number in 0..types {
            let id = catalog::add_type(db, &NewType { turnaround_minutes: 60, ..NewType::named(category, Text::new(&format!("Type {number}")), Tracking::Items) })?;
            for _ in 0..if number == 0 { 60 } else { each } {
                drop(inventory::add_item(db, &NewItem::good(id, None)));
            }
            ids.push(id);
        }
        let rules = ContactRules { email_required: false, phone_required: false };
        let customer = customers::register(db, &Profile { name: Text::new("Maya Chen"), ..Profile::default() }, rules);
        Ok((ids, customer.unwrap_or_else(|_| unreachable!("a name is enough"))))
    });
    made.unwrap_or_else(|stop| panic!("{stop:?}"))
}

// A reservation of three lines ------------------------------------------------------------------

/// The command with its rules, three availability checks, rows and events, against the bare inserts
/// of the same rows.
fn create(path: &Path, what: &str, limit: f64, target: f64) -> bool {
    const EACH: i64 = 120;
    let mut shop =
        Shop::create(path, &[("name", "Bench")], Clock::Fixed(Moment(NOW))).expect("a shop");
    let (types, customer) = stock(&mut shop, 30, 40);
    let settings = shop.settings.clone();
    let mut dice = Dice(7);
    let mut ratios = Vec::new();
    let (mut product_all, mut bare_all) = (Vec::new(), Vec::new());
    let bare = Bare::like(path, &path.with_extension("bare"));
    for round in 0..ROUNDS {
        let (mut product, mut raw) = (Duration::ZERO, Duration::ZERO);
        for _ in 0..EACH {
            let start = Moment((NOW + (1 + dice.below(300)) * DAY).div_euclid(60) * 60);
            let window = Period {
                start,
                end: Moment(start.0 + 2 * DAY),
            };
            let first = dice.below(27) as usize;
            let wants: Vec<Want> = (0..3)
                .map(|line| Want::of(types[first + line], 1))
                .collect();
            let new = NewReservation {
                customer: Some(customer),
                window,
                wants,
                firmness: Firmness::Confirmed,
                note: None,
                keep_short: false,
                reference: None,
                bargain: rentdesk::booking::Bargain::default(),
            };
            let begun = Instant::now();
            let made = shop.store.write(
                rentdesk::store::Signature {
                    at: Moment(NOW),
                    staff: None,
                    command: rentdesk::shop::fresh_command(),
                },
                |db| booking::reserve(db, &settings, &new),
            );
            product += begun.elapsed();
            let id = made.unwrap_or_else(|failure| panic!("{failure:?}"));
            raw += bare.insert_rows_of(id.0);
        }
        shop.drain_all().expect("it drains");
        // As the counter does whenever nobody types: a log that has been moved is written over, one
        // that grows costs the disk more.
        shop.store.checkpoint().expect("it is moved");
        bare.bare
            .execute_batch("PRAGMA wal_checkpoint(PASSIVE)")
            .expect("it is moved");
        if round > 0 {
            ratios.push(ms(product) / ms(raw));
            product_all.push(ms(product) / EACH as f64);
            bare_all.push(ms(raw) / EACH as f64);
        }
    }
    let ratio = median(&mut ratios);
    println!(
        "a reservation of 3 lines {what}: {:.3} ms, its bare rows {:.3} ms; ratio {ratio:.2}, limit {limit}, target {target}",
        median(&mut product_all),
        median(&mut bare_all)
    );
    ratio <= limit
}

/// The same tables with the same indexes, without guards, hashes or rules, durable in the same way.
/// What it reads from stays open: a file opened anew each time leaves the allocator a heap of
/// crumbs, and the next command would pay for sweeping them up.
struct Bare {
    source: Connection,
    bare: Connection,
}

const TABLES: &[&str] = &[
    "reservation",
    "reservation_line",
    "outbox",
    "command_log",
    "sequence",
];

impl Bare {
    fn like(path: &Path, target: &Path) -> Self {
        let source = Connection::open(path).expect("the file");
        let connection = Connection::open(target).expect("a file");
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = OFF; PRAGMA wal_autocheckpoint = 16000;").expect("settings");
        let names = serde_json::to_string(TABLES).expect("names");
        let mut statement = source
            .prepare("SELECT sql FROM sqlite_schema WHERE tbl_name IN (SELECT value FROM json_each(?1)) AND type IN ('table', 'index') AND sql IS NOT NULL ORDER BY type DESC")
            .expect("the schema");
        for sql in statement
            .query_map([names], |row| row.get::<_, String>(0))
            .expect("the schema")
        {
            connection
                .execute_batch(&sql.expect("a table"))
                .expect("a table");
        }
        drop(statement);
        source.set_prepared_statement_cache_capacity(64);
        Bare {
            source,
            bare: connection,
        }
    }

    /// Reads what the command wrote, then writes it again; only the writing is timed.
    fn insert_rows_of(&self, reservation: i64) -> Duration {
        let rows = |table: &str, condition: &str| {
            let columns = columns(&self.source, table);
            let mut statement = self
                .source
                .prepare_cached(&format!("SELECT {columns} FROM {table} WHERE {condition}"))
                .expect("a table");
            let count = statement.column_count();
            let given = if statement.parameter_count() == 1 {
                vec![reservation.to_string()]
            } else {
                Vec::new()
            };
            let rows: Vec<Vec<rusqlite::types::Value>> = statement
                .query_map(rusqlite::params_from_iter(given), |row| {
                    (0..count).map(|column| row.get(column)).collect()
                })
                .expect("rows")
                .collect::<Result<_, _>>()
                .expect("rows");
            (
                format!(
                    "INSERT INTO {table}({columns}) VALUES ({})",
                    vec!["?"; count].join(", ")
                ),
                rows,
            )
        };
        let all = [
            rows("reservation", "id = ?1"),
            rows("reservation_line", "reservation_id = ?1"),
            rows("outbox", "aggregate = 'reservation' AND aggregate_id = ?1"),
            rows(
                "command_log",
                "command_id = (SELECT command_id FROM outbox ORDER BY seq DESC LIMIT 1)",
            ),
        ];
        let begun = Instant::now();
        self.bare
            .execute_batch("BEGIN IMMEDIATE")
            .expect("it begins");
        for (sql, rows) in &all {
            let mut insert = self.bare.prepare_cached(sql).expect("an insert");
            for row in rows {
                insert
                    .execute(rusqlite::params_from_iter(row))
                    .expect("it fits");
            }
        }
        for kind in ["reservation", "promise"] {
            let mut next = self.bare.prepare_cached("INSERT INTO sequence(kind, last) VALUES (?1, 1) ON CONFLICT(kind) DO UPDATE SET last = last + 1").expect("an insert");
            next.execute([kind]).expect("it counts");
        }
        self.bare.execute_batch("COMMIT").expect("it commits");
        begun.elapsed()
    }
}

fn columns(connection: &Connection, table: &str) -> String {
    let mut statement = connection
        .prepare_cached("SELECT name FROM pragma_table_xinfo(?1) WHERE hidden = 0")
        .expect("the columns");
    statement
        .query_map([table], |row| row.get::<_, String>(0))
        .expect("columns")
        .collect::<Result<Vec<_>, _>>()
        .expect("columns")
        .join(", ")
}

// What is free ----------------------------------------------------------------------------------

struct Season {
    shop: Shop,
    hot: TypeId,
    types: Vec<TypeId>,
    raw: Connection,
}

impl Season {
    fn new(path: &Path, finished: usize) -> Self {
        let mut shop =
            Shop::create(path, &[("name", "Bench")], Clock::Fixed(Moment(NOW))).expect("a shop");
        let (types, customer) = stock(&mut shop, TYPES, 8);
        let mut raw = Connection::open(path).expect("the file");
        let transaction = raw.transaction().expect("a transaction");
        fill(&transaction, &types, customer, finished);
        transaction.commit().expect("it commits");
        raw.execute_batch("ANALYZE; PRAGMA wal_checkpoint(TRUNCATE);")
            .expect("statistics");
        Season {
            hot: types[0],
            shop,
            types,
            raw,
        }
    }
}

/// Rows as a shop of many years has them, written past the commands: only reading is measured on
/// them.
fn fill(db: &Connection, types: &[TypeId], customer: CustomerId, finished: usize) {
    let mut dice = Dice(11);
    let mut reservation = db.prepare("INSERT INTO reservation(number, customer_id, state, start_at, end_at, version, created_at) VALUES (?1, ?2, ?3, ?4, ?5, 1, ?4)").expect("sql");
    let mut line = db
        .prepare("INSERT INTO reservation_line(reservation_id, shop_id, type_id, type_name, quantity, start_at, end_at, turnaround_minutes, claimed_qty, state, rank) VALUES (?1, 1, ?2, 'x', 1, ?3, ?4, 60, ?5, ?6, ?1)")
        .expect("sql");
    let minute = |at: i64| at.div_euclid(60) * 60;
    for number in 0..OPEN_LINES {
        let start = minute(NOW + dice.below(60 * DAY) - DAY);
        let end = start + 3600 + dice.below(6 * DAY).div_euclid(60) * 60;
        reservation
            .execute(params![
                number as i64 + 1,
                customer.0,
                "CONFIRMED",
                start,
                end
            ])
            .expect("a row");
        let type_id = if number < HOT_LINES {
            types[0]
        } else {
            types[1 + dice.below(types.len() as i64 - 1) as usize]
        };
        line.execute(params![
            db.last_insert_rowid(),
            type_id.0,
            start,
            end,
            1,
            "OPEN"
        ])
        .expect("a row");
    }
    let mut closed = 0;
    while closed < finished {
        let start = minute(NOW - 10 * DAY - dice.below(3000 * DAY));
        reservation
            .execute(params![
                (OPEN_LINES + closed) as i64 + 1,
                customer.0,
                "COMPLETED",
                start,
                start + 2 * DAY
            ])
            .expect("a row");
        let id = db.last_insert_rowid();
        for _ in 0..10 {
            let type_id = if dice.below(22) == 0 {
                types[0]
            } else {
                types[dice.below(types.len() as i64) as usize]
            };
            line.execute(params![id, type_id.0, start, start + 2 * DAY, 0, "CLOSED"])
                .expect("a row");
            closed += 1;
        }
    }
    let items: Vec<(i64, i64)> = db
        .prepare("SELECT id, type_id FROM item ORDER BY type_id = ?1 DESC, id")
        .expect("sql")
        .query_map([types[0].0], |row| Ok((row.get(0)?, row.get(1)?)))
        .expect("items")
        .collect::<Result<_, _>>()
        .expect("items");
    let mut rental = db
        .prepare("INSERT INTO rental(line_id, reservation_id, customer_id, type_id, item_id, quantity, out_at, due_at, due_wall, free_at, state) VALUES (1, 1, ?1, ?2, ?3, 1, ?4, ?5, '', ?6, 'OUT')")
        .expect("sql");
    for (item, type_id) in items.iter().step_by(2).take(OUT) {
        let due = minute(NOW + dice.below(8 * DAY) - DAY);
        rental
            .execute(params![
                customer.0,
                type_id,
                item,
                NOW - 3 * DAY,
                due,
                due + 3600
            ])
            .expect("a row");
    }
    let mut block = db
        .prepare("INSERT INTO item_block(shop_id, type_id, item_id, quantity, kind, start_at, end_at, live, created_at) VALUES (1, ?1, ?2, 1, 'TURNAROUND', ?3, ?4, 1, ?3)")
        .expect("sql");
    for (item, type_id) in items.iter().skip(1).step_by(4).take(BLOCKS) {
        block
            .execute(params![
                type_id,
                item,
                minute(NOW - DAY),
                minute(NOW + dice.below(5 * DAY))
            ])
            .expect("a row");
    }
}

fn windows(count: usize) -> Vec<Period> {
    let mut dice = Dice(23);
    (0..count)
        .map(|_| {
            let start = (NOW + dice.below(60 * DAY)).div_euclid(60) * 60;
            Period {
                start: Moment(start),
                end: Moment(start + 3600 + dice.below(5 * DAY).div_euclid(60) * 60),
            }
        })
        .collect()
}

fn availability(short: &Season, long: &Season) -> bool {
    let windows = windows(600);
    let ask = |season: &Season, window: &Period| -> Duration {
        let begun = Instant::now();
        black_box(
            booking::free_count(
                season.shop.read(),
                &season.shop.settings,
                season.hot,
                *window,
                None,
                Moment(NOW),
            )
            .expect("an answer"),
        );
        begun.elapsed()
    };
    let (mut against_bare, mut by_history) = (Vec::new(), Vec::new());
    let mut all: Vec<Duration> = Vec::new();
    for round in 0..ROUNDS {
        let (mut product, mut bare, mut young) = (Vec::new(), Vec::new(), Vec::new());
        for window in &windows {
            product.push(ask(long, window));
            bare.push(bare_ranges(&long.raw, &[long.hot], *window));
            young.push(ask(short, window));
        }
        if round > 0 {
            all.extend(&product);
            against_bare.push(us(middle(&mut product)) / us(middle(&mut bare)));
            by_history.push(us(middle(&mut product)) / us(middle(&mut young)));
        }
    }
    let differences = windows
        .iter()
        .step_by(3)
        .filter(|window| differs(long, **window))
        .count();
    all.sort_unstable();
    let (p50, p99) = (us(all[all.len() / 2]), us(all[all.len() * 99 / 100]));
    let (bare, history) = (median(&mut against_bare), median(&mut by_history));
    println!(
        "what is free of the hottest of {TYPES} types, {OPEN_LINES} open lines, 1,000,000 finished: p50 {p50:.1} us (target 50), p99 {p99:.1} us (target 200); {bare:.2} times the bare index ranges (limit 1.75, target 1.5); {history:.2} times the same with 10,000 finished (limit 1.3); {differences} of 200 windows differ from a count by hand"
    );
    bare <= 1.75 && history <= 1.3 && differences == 0
}

/// The same rows, read by the bare index ranges in one transaction, as the product reads them, and
/// swept by nobody.
fn bare_ranges(raw: &Connection, types: &[TypeId], window: Period) -> Duration {
    let begun = Instant::now();
    raw.prepare_cached("BEGIN")
        .and_then(|mut begin| begin.execute([]))
        .expect("it begins");
    types
        .iter()
        .for_each(|type_id| bare_ranges_of(raw, *type_id, window));
    raw.prepare_cached("COMMIT")
        .and_then(|mut end| end.execute([]))
        .expect("it ends");
    begun.elapsed()
}

fn bare_ranges_of(raw: &Connection, type_id: TypeId, window: Period) {
    let mut sum = 0_i64;
    let mut add = |sql: &str, values: &[i64]| {
        let mut statement = raw.prepare_cached(sql).expect("sql");
        let mut rows = statement
            .query(rusqlite::params_from_iter(values))
            .expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            for column in 0..3 {
                sum += row.get::<_, i64>(column).expect("a number");
            }
        }
    };
    add(
        "SELECT start_at, free_at, claimed_qty FROM reservation_line WHERE claimed_qty > 0 AND type_id = ?1 AND free_at > ?2 AND start_at < ?3",
        &[type_id.0, window.start.0, window.end.0 + 3600],
    );
    add(
        "SELECT due_at, free_at, quantity FROM rental WHERE state = 'OUT' AND type_id = ?1",
        &[type_id.0],
    );
    add(
        "SELECT start_at, end_at, quantity FROM item_block WHERE live = 1 AND type_id = ?1",
        &[type_id.0],
    );
    add(
        "SELECT id, type_id, shop_id FROM item WHERE type_id = ?1",
        &[type_id.0],
    );
    black_box(sum);
}

/// Counts every moment at which something begins or ends, each item once.
fn differs(season: &Season, window: Period) -> bool {
    let end = window.end.0 + 3600;
    let raw = &season.raw;
    let overdue = season.shop.settings.overdue_until(Moment(NOW)).0;
    let rows = |sql: &str| -> Vec<(i64, i64, i64)> {
        raw.prepare(sql)
            .expect("sql")
            .query_map([season.hot.0], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })
            .expect("rows")
            .collect::<Result<_, _>>()
            .expect("rows")
    };
    let lines = rows(
        "SELECT start_at, end_at + turnaround_minutes * 60, claimed_qty FROM reservation_line WHERE type_id = ?1 AND claimed_qty > 0",
    );
    let mut away =
        rows("SELECT due_at, free_at, item_id FROM rental WHERE type_id = ?1 AND state = 'OUT'");
    for (due, free, _) in &mut away {
        (*due, *free) = (
            0,
            if *due < NOW.div_euclid(60) * 60 {
                (*free).max(overdue)
            } else {
                *free
            },
        );
    }
    away.extend(rows(
        "SELECT start_at, end_at, item_id FROM item_block WHERE type_id = ?1 AND live = 1",
    ));
    let total = rows("SELECT id, 0, 0 FROM item WHERE type_id = ?1").len() as i64;
    let moments = lines
        .iter()
        .chain(&away)
        .map(|(start, ..)| *start)
        .filter(|at| *at > window.start.0 && *at < end)
        .chain([window.start.0]);
    let worst = moments
        .map(|at| {
            let wanted: i64 = lines
                .iter()
                .filter(|(start, free, _)| *start <= at && at < *free)
                .map(|(.., count)| count)
                .sum();
            let items: std::collections::BTreeSet<i64> = away
                .iter()
                .filter(|(start, free, _)| *start <= at && at < *free)
                .map(|(.., item)| *item)
                .collect();
            total - wanted - items.len() as i64
        })
        .min()
        .unwrap_or(total);
    let told = booking::free_count(
        season.shop.read(),
        &season.shop.settings,
        season.hot,
        window,
        None,
        Moment(NOW),
    )
    .expect("an answer");
    told != worst.max(0)
}

// The plan across days --------------------------------------------------------------------------

fn timeline(season: &Season) -> bool {
    let db = season.shop.read();
    let settings = &season.shop.settings;
    let today = settings.zone.day(Moment(NOW));
    let days: Vec<Period> = (0..30)
        .map(|day| {
            settings
                .zone
                .day_period(today + chrono::Duration::days(day))
        })
        .collect();
    let (mut frames, mut bare) = (Vec::new(), Vec::new());
    let span = Period {
        start: days[0].start,
        end: days[days.len() - 1].end,
    };
    for _ in 0..ROUNDS {
        for first in [0, 40, 200, 400] {
            let begun = Instant::now();
            black_box(
                booking::timeline(
                    db,
                    settings,
                    &season.types[first..first + 40],
                    &days,
                    Moment(NOW),
                )
                .expect("days"),
            );
            frames.push(begun.elapsed());
            bare.push(bare_ranges(
                &season.raw,
                &season.types[first..first + 40],
                span,
            ));
        }
    }
    let against_bare = us(middle(&mut frames)) / us(middle(&mut bare));
    let frame = us(middle(&mut frames)) / 1000.0;
    let mut whole = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        black_box(
            booking::timeline(db, settings, &season.types, &days, Moment(NOW)).expect("days"),
        );
        whole.push(begun.elapsed());
    }
    let whole = us(middle(&mut whole)) / 1000.0;
    let wish = |type_id: TypeId, window: Period| Piece {
        want: 0,
        parent: None,
        type_id,
        type_name: Text::default(),
        quantity: 20,
        pin: None,
        window,
        turnaround_minutes: 60,
        is_kit: false,
        is_counted: false,
    };
    let mut found = Vec::new();
    for window in windows(100) {
        let pieces = [wish(
            season.hot,
            Period {
                start: window.start,
                end: Moment(window.start.0 + 3 * DAY),
            },
        )];
        let begun = Instant::now();
        black_box(next(season, &pieces).expect("an answer"));
        found.push(begun.elapsed());
    }
    let next = us(middle(&mut found)) / 1000.0;
    println!(
        "40 types x 30 days: {frame:.2} ms (target 0.5), {against_bare:.2} times the bare index ranges of those types (limit {TIMELINE_RATIO_MAX}); all {TYPES} types with their {OPEN_LINES} open lines x 30 days: {whole:.1} ms (target 10); the next window of 3 days for 20 of the hottest: {next:.2} ms (target 0.5)"
    );
    against_bare <= TIMELINE_RATIO_MAX
}

fn next(season: &Season, pieces: &[Piece]) -> Fallible<Option<Period>> {
    booking::next_window(
        season.shop.read(),
        &season.shop.settings,
        pieces,
        None,
        Moment(NOW),
    )
}

fn middle(all: &mut [Duration]) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

fn us(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000_000.0
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
