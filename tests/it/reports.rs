//! What is known of customers and of the business: from events alone, with the figures of real
//! lists.

use crate::exchange::{Counter, counter, real};
use crate::house::House;
use rentdesk::booking::Thing;
use rentdesk::crm::{self, LoyaltyTier};
use rentdesk::desk::{self, Asked, BarKey, By, Figure, Report, ReportKind};
use rentdesk::events::{DepositFact, Event, LineFact, LinePrice, Paid, TypeShare};
use rentdesk::exchange::columns::ListKind;
use rentdesk::kernel::{
    CustomerId, DepositId, Failure, LineId, Moment, Money, PaymentId, ReservationId,
    ReservationNumber, TypeId,
};
use rentdesk::shop::{SUBSCRIBERS, Shop};
use rentdesk::store::{self, Write};
use rentdesk::{analytics, booking, catalog, customers, outbox};
use std::collections::HashMap;
use std::time::Instant;

const DAY: i64 = 86_400;

/// Facts as other rooms will tell them.
fn tell(shop: &mut Shop, at: Moment, facts: impl FnOnce(&mut dyn FnMut(&Event))) {
    shop.write(
        |db: &mut Write<'_>| -> Result<(), Failure<booking::BookingRefusal>> {
            let mut failed = None;
            facts(&mut |event| failed = db.publish_past(event, at, None).err().or(failed.take()));
            failed.map_or(Ok(()), |fault| Err(Failure::Fault(fault)))
        },
    )
    .unwrap();
    shop.drain_all().unwrap();
}

fn line(net: i64) -> LineFact {
    LineFact {
        line_id: LineId(1),
        type_id: TypeId(1),
        quantity: 1,
        start: Moment(1_700_000_000),
        end: Moment(1_700_086_400),
        turnaround_minutes: 0,
        parent_line_id: None,
        pinned_item_id: None,
        price: Some(LinePrice {
            subtotal: None,
            each: Money(net),
            total: Money(net),
            gross: false,
            tax_class: "standard".to_owned(),
            tax_percent: 1900,
        }),
    }
}

/// A reservation of so much net rent, made and completed.
fn completed(shop: &mut Shop, number: i64, customer: CustomerId, lines: Vec<LineFact>, at: Moment) {
    let (reservation_id, number) = (
        ReservationId(900_000 + number),
        ReservationNumber(900_000 + number),
    );
    tell(shop, at, |say| {
        say(&Event::ReservationCreated {
            reservation_id,
            number,
            customer_id: Some(customer),
            state: "CONFIRMED".to_owned(),
            hold_lapses_at: None,
            lines: lines.clone(),
        });
        say(&Event::ReservationConfirmed {
            reservation_id,
            number,
            customer_id: customer,
            confirmed_at: at,
            lines: lines.clone(),
        });
        say(&Event::ReservationActivated {
            reservation_id,
            number,
            customer_id: customer,
            first_out_at: at,
            also_undone: Vec::new(),
        });
        say(&Event::ReservationCompleted {
            reservation_id,
            number,
            customer_id: customer,
            completed_at: at,
        });
    });
}

fn points(shop: &Shop, customer: CustomerId) -> i64 {
    crm::loyalty(shop.read(), &shop.settings, customer, shop.now())
        .unwrap()
        .points
}

#[test]
fn case_64_points_tiers_and_the_day_a_tier_lapses() {
    let mut house = House::new();
    let (maya, now) = (house.maya, house.shop.now());
    completed(&mut house.shop, 1, maya, vec![line(9_999)], now);
    assert_eq!(points(&house.shop, maya), 9, "99.99 net");

    let tier = |points: i64| {
        let mut house = House::new();
        let (maya, now) = (house.maya, house.shop.now());
        completed(&mut house.shop, 1, maya, vec![line(points * 1000)], now);
        crm::loyalty(house.shop.read(), &house.shop.settings, maya, now)
            .unwrap()
            .tier
    };
    assert_eq!(
        [100, 101, 500, 501].map(tier),
        [
            LoyaltyTier::Bronze,
            LoyaltyTier::Silver,
            LoyaltyTier::Silver,
            LoyaltyTier::Gold
        ]
    );

    // Cancelled gives none.
    let sam = house.sam;
    let (reservation_id, number) = (ReservationId(910_000), ReservationNumber(910_000));
    tell(&mut house.shop, now, |say| {
        say(&Event::ReservationCreated {
            reservation_id,
            number,
            customer_id: Some(sam),
            state: "CONFIRMED".to_owned(),
            hold_lapses_at: None,
            lines: vec![line(100_000)],
        });
        say(&Event::ReservationCancelled {
            reservation_id,
            number,
            customer_id: Some(sam),
            also_undone: Vec::new(),
            previous_state: "CONFIRMED".to_owned(),
            reason_kind: "customer".to_owned(),
            lines: vec![line(100_000)],
        });
    });
    assert_eq!(points(&house.shop, sam), 0);

    // Taxes are no rent: 119.00 with 19 % is 100.00; two lines are added before the points are
    // counted.
    let gross = LineFact {
        price: Some(LinePrice {
            subtotal: None,
            each: Money(11_900),
            total: Money(11_900),
            gross: true,
            tax_class: "standard".to_owned(),
            tax_percent: 1900,
        }),
        ..line(0)
    };
    completed(
        &mut house.shop,
        2,
        sam,
        vec![gross, line(999), line(1)],
        now,
    );
    assert_eq!(points(&house.shop, sam), 11);

    // Two completions, 200 days apart: the tier lapses when the first no longer counts, 365 days
    // after it.
    let anna = house.customer("Anna Lind");
    completed(
        &mut house.shop,
        3,
        anna,
        vec![line(300_000)],
        Moment(now.0 - 300 * DAY),
    );
    completed(
        &mut house.shop,
        4,
        anna,
        vec![line(300_000)],
        Moment(now.0 - 100 * DAY),
    );
    let standing = desk::standing(house.shop.read(), &house.shop.settings, anna, now).unwrap();
    let first = house.shop.settings.zone.day(Moment(now.0 - 300 * DAY));
    assert_eq!(
        (standing.loyalty.tier, standing.loyalty.points),
        (LoyaltyTier::Gold, 600)
    );
    assert_eq!(
        standing.loyalty.lapses,
        Some((first + chrono::Duration::days(365), LoyaltyTier::Silver))
    );
    assert_eq!(
        standing.in_words(&house.shop.settings),
        format!(
            "Gold · 600 points · 0.00 · 0 rentals · Silver from {}",
            (first + chrono::Duration::days(365)).format("%-d %b %Y")
        )
    );
    let on = |day: i64| {
        crm::loyalty(
            house.shop.read(),
            &house.shop.settings,
            anna,
            Moment(now.0 + day * DAY),
        )
        .unwrap()
        .tier
    };
    assert_eq!(
        (on(64), on(65), on(265)),
        (LoyaltyTier::Gold, LoyaltyTier::Silver, LoyaltyTier::Bronze)
    );
    rebuilt_the_same(&house.shop);
}

#[test]
fn points_of_a_completion_that_is_taken_back_are_taken_back_by_an_opposite_entry() {
    let mut house = House::new();
    let (maya, now) = (house.maya, house.shop.now());
    completed(
        &mut house.shop,
        1,
        maya,
        vec![line(50_000)],
        Moment(now.0 - 10 * DAY),
    );
    let (reservation_id, number) = (ReservationId(900_001), ReservationNumber(900_001));
    tell(&mut house.shop, now, |say| {
        say(&Event::ReservationActivated {
            reservation_id,
            number,
            customer_id: maya,
            first_out_at: now,
            also_undone: Vec::new(),
        })
    });
    assert_eq!(points(&house.shop, maya), 0);
    let later = Moment(now.0 + 400 * DAY);
    assert_eq!(
        crm::loyalty(house.shop.read(), &house.shop.settings, maya, later)
            .unwrap()
            .points,
        0,
        "it lapses with what it took back"
    );
    tell(&mut house.shop, now, |say| {
        say(&Event::ReservationCompleted {
            reservation_id,
            number,
            customer_id: maya,
            completed_at: now,
        })
    });
    assert_eq!(points(&house.shop, maya), 50);
    let history = crm::rental_history(house.shop.read(), maya, None, 10).unwrap();
    assert_eq!(
        (history.len(), history[0].net, history[0].state.as_str()),
        (1, Some(Money(50_000)), "COMPLETED")
    );
    rebuilt_the_same(&house.shop);
}

#[test]
fn case_65_lifetime_value_is_paid_less_refunded_without_deposits() {
    let mut house = House::new();
    let (maya, now) = (house.maya, house.shop.now());
    let paid = |id: i64, amount: i64| Paid {
        payment_id: PaymentId(id),
        invoice_id: None,
        invoice_number: None,
        invoice_reservation_id: None,
        reservation_id: None,
        customer_id: maya,
        shares: vec![TypeShare {
            type_id: None,
            amount: Money(amount),
        }],
        amount: Money(amount),
        currency: "EUR".to_owned(),
        method: "CASH".to_owned(),
    };
    let deposit = DepositFact {
        deposit_id: DepositId(1),
        reservation_id: ReservationId(1),
        customer_id: maya,
        amount: Money(50_000),
        kept: None,
        currency: "EUR".to_owned(),
        method: "CARD".to_owned(),
    };
    tell(&mut house.shop, now, |say| {
        say(&Event::PaymentReceived(paid(1, 40_200)));
        say(&Event::DepositTaken(deposit.clone()));
        say(&Event::PaymentReceived(paid(2, 10_000)));
        say(&Event::PaymentRefunded(paid(3, 5_200)));
        say(&Event::DepositReturned(deposit.clone()));
    });
    let value = crm::lifetime_value(house.shop.read(), maya)
        .unwrap()
        .unwrap();
    assert_eq!(
        (value.paid, value.refunded, value.value, value.payments),
        (Money(50_200), Money(5_200), Money(45_000), 2)
    );
    let standing = desk::standing(house.shop.read(), &house.shop.settings, maya, now).unwrap();
    assert_eq!(
        standing.in_words(&house.shop.settings),
        "Bronze · 0 points · 450.00 · 0 rentals"
    );

    // A payment that was a mistake was never paid, and no income of its day.
    let mistake = house
        .shop
        .write(|db| {
            Ok::<_, Failure<booking::BookingRefusal>>(
                db.publish(&Event::PaymentReceived(paid(4, 99_900)))?,
            )
        })
        .unwrap();
    house
        .shop
        .write(|db| {
            Ok::<_, Failure<booking::BookingRefusal>>(
                db.publish_reversing(&Event::PaymentRefunded(paid(4, 99_900)), Some(mistake))?,
            )
        })
        .unwrap();
    house.shop.drain_all().unwrap();
    let value = crm::lifetime_value(house.shop.read(), maya)
        .unwrap()
        .unwrap();
    assert_eq!(
        (value.paid, value.refunded, value.payments),
        (Money(50_200), Money(5_200), 2)
    );
    let day = house.shop.settings.zone.day(now);
    let figures =
        analytics::daily_figures(house.shop.read(), &house.shop.settings.zone, day, day).unwrap();
    assert_eq!(figures[0].1.revenue, Money(45_000));

    // No projection holds a name: an anonymised customer keeps the sums.
    let db = house.shop.read();
    for table in SUBSCRIBERS.iter().flat_map(|one| one.tables) {
        let rows: Vec<String> = db
            .rows(&format!("SELECT * FROM {table}"), [], |row| {
                let cells: Vec<String> = (0..row.as_ref().column_count())
                    .map(|cell| format!("{:?}", row.get_ref(cell)))
                    .collect();
                Ok(cells.join(" "))
            })
            .unwrap();
        assert!(!rows.concat().contains("Maya"), "{table}");
    }
    rebuilt_the_same(&house.shop);
}

#[test]
fn what_lags_says_up_to_which_event_it_is_known() {
    let house = House::new();
    let maya = house.maya;
    let known = rentdesk::store::log::last_seq(house.shop.read()).unwrap();
    house.shop.drain_all().unwrap();
    house
        .shop
        .store
        .write(
            rentdesk::store::Signature {
                at: house.shop.now(),
                staff: None,
                command: rentdesk::shop::fresh_command(),
            },
            |db| {
                Ok::<(), Failure<booking::BookingRefusal>>(
                    db.publish(&Event::CustomerReinstated { customer_id: maya })
                        .map(|_| ())?,
                )
            },
        )
        .unwrap();
    let standing = desk::standing(
        house.shop.read(),
        &house.shop.settings,
        maya,
        house.shop.now(),
    )
    .unwrap();
    assert_eq!(
        standing.in_words(&house.shop.settings),
        format!("Bronze · 0 points · 0.00 · 0 rentals · up to event {known}")
    );
}

/// Hand-overs, returns, losses and finds at the counter, each undone: what is known of them
/// follows.
#[test]
fn what_is_undone_has_never_been() {
    let mut house = House::new();
    let (kind, items) = house.items("Panel", 2);
    let maya = house.maya;
    let (settings, due) = (house.shop.settings.clone(), crate::house::hour(48));
    let at = |hours: i64| crate::house::hour(hours);
    let (db_day, zone) = (settings.zone.day(at(0)), settings.zone);
    let figures = |house: &House| {
        analytics::daily_figures(house.shop.read(), &zone, db_day, db_day).unwrap()[0].1
    };
    let out = |house: &mut House| {
        let command = booking::CheckOut {
            due: Some(due),
            ..booking::CheckOut::plain(
                booking::Recipient::WalkIn(maya),
                vec![Thing::Item(items[0])],
            )
        };
        house.must(|db, settings| desk::hand_over(db, settings, &command))
    };
    let undo = |house: &mut House| {
        house.undo().unwrap();
        house.shop.drain_all().unwrap();
    };
    out(&mut house);
    house.shop.drain_all().unwrap();
    assert_eq!(
        (
            figures(&house).check_outs,
            crm::count_rentals(house.shop.read(), maya).unwrap()
        ),
        (1, 1)
    );
    undo(&mut house);
    assert_eq!(
        (
            figures(&house).check_outs,
            crm::count_rentals(house.shop.read(), maya).unwrap()
        ),
        (0, 0)
    );
    let history = crm::rental_history(house.shop.read(), maya, None, 10).unwrap();
    assert_eq!(
        history
            .iter()
            .map(|rental| rental.state.as_str())
            .collect::<Vec<_>>(),
        ["CANCELLED"]
    );
    assert_eq!(
        analytics::use_by_type(house.shop.read(), crate::house::days(0, 1)).unwrap()[0].out_seconds,
        0
    );

    out(&mut house);
    house.clock(at(72));
    let rental = booking::open_rental(house.shop.read(), items[0])
        .unwrap()
        .unwrap()
        .id;
    house.must(|db, settings| desk::take_back(db, settings, &booking::CheckIn::plain(rental)));
    house.shop.drain_all().unwrap();
    let late =
        analytics::late_by_customer(house.shop.read(), rentdesk::kernel::Period::ALL).unwrap();
    assert_eq!((late.len(), late[0].minutes), (1, 24 * 60));
    let used = analytics::use_by_type(house.shop.read(), crate::house::days(0, 10)).unwrap();
    assert_eq!(
        (used[0].type_id, used[0].out_seconds, used[0].fit_seconds),
        (kind, 3 * DAY, 20 * DAY)
    );
    undo(&mut house);
    assert!(
        analytics::late_by_customer(house.shop.read(), rentdesk::kernel::Period::ALL)
            .unwrap()
            .is_empty()
    );
    assert_eq!(
        crm::rental_history(house.shop.read(), maya, None, 1).unwrap()[0].state,
        "ACTIVE"
    );

    house.must(|db, settings| {
        let _ = settings;
        booking::report_lost(db, rental, &rentdesk::kernel::Text::new("stolen"))
    });
    house.shop.drain_all().unwrap();
    assert_eq!(
        analytics::losses(house.shop.read(), rentdesk::kernel::Period::ALL)
            .unwrap()
            .len(),
        1
    );
    let span = analytics::span(house.shop.read(), rental).unwrap().unwrap();
    assert_eq!((span.lost, span.ended), (true, due), "out until it was due");
    assert_eq!(
        crm::rental_history(house.shop.read(), maya, None, 1).unwrap()[0].damaged,
        1
    );
    rebuilt_the_same(&house.shop);
}

/// Made again from the first event, every derived table is the same, byte for byte.
#[track_caller]
fn rebuilt_the_same(shop: &Shop) {
    let seals = || {
        SUBSCRIBERS
            .iter()
            .map(|one| outbox::seal(shop.read(), one).unwrap())
            .collect::<Vec<_>>()
    };
    let before = seals();
    shop.rebuild("all").unwrap();
    assert_eq!(seals(), before);
}

fn at(text: &str) -> Moment {
    Moment(
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
            .unwrap()
            .and_utc()
            .timestamp(),
    )
}

/// The movie shop with its payments, each told as billing tells it.
fn movie_shop() -> Option<Counter> {
    let [items, people, rentals, payments] = ["items", "customers", "rentals", "payments"]
        .map(|name| real(&format!("movie-shop/{name}.csv")));
    let (items, people, rentals, payments) = (items?, people?, rentals?, payments?);
    let mut counter = counter("UTC", at("2006-02-22 00:00:00"));
    counter.import(ListKind::Items, &items);
    counter.import(ListKind::Customers, &people);
    counter.import(ListKind::Rentals, &rentals);
    let known: HashMap<String, (TypeId, ReservationId)> = booking::all_rentals(counter.shop.read())
        .unwrap()
        .into_iter()
        .filter_map(|rental| {
            Some((
                rental.reference?.to_string(),
                (rental.type_id, rental.reservation),
            ))
        })
        .collect();
    let mut facts = Vec::new();
    for row in csv::Reader::from_reader(payments.as_slice())
        .records()
        .map(|row| row.unwrap())
    {
        let amount = counter.shop.settings.currency.read(&row[3]).unwrap();
        let of = known.get(&row[1]);
        let customer_id =
            customers::by_reference(counter.shop.read(), &rentdesk::kernel::Text::new(&row[2]))
                .unwrap()
                .unwrap()
                .id;
        let paid = Paid {
            payment_id: PaymentId(row[0].parse().unwrap()),
            invoice_id: None,
            invoice_number: None,
            invoice_reservation_id: None,
            reservation_id: of.map(|(_, reservation)| *reservation),
            customer_id,
            shares: vec![TypeShare {
                type_id: of.map(|(type_id, _)| *type_id),
                amount,
            }],
            amount,
            currency: "USD".to_owned(),
            method: "CASH".to_owned(),
        };
        facts.push((at(&row[4]), Event::PaymentReceived(paid)));
    }
    counter
        .shop
        .write(|db| -> Result<(), Failure<booking::BookingRefusal>> {
            for (at, fact) in &facts {
                db.publish_past(fact, *at, None)?;
            }
            Ok(())
        })
        .unwrap();
    counter.drain();
    Some(counter)
}

fn asked(kind: ReportKind, by: By) -> Asked {
    Asked {
        kind,
        by,
        span: None,
    }
}

fn first_two(made: &Report) -> Vec<(String, String, Figure)> {
    made.bars
        .iter()
        .take(2)
        .map(|bar| (bar.code.clone(), bar.name.to_string(), bar.figures[0]))
        .collect()
}

#[test]
fn the_movie_shop_is_told_by_its_reports() {
    let Some(counter) = movie_shop() else { return };
    let shop = &counter.shop;
    let (db, settings, now) = (shop.read(), &shop.settings, shop.now());
    let money = |amount: i64| Figure::Money(Some(Money(amount)));
    let mut times = Vec::new();
    let mut made = |asked: Asked| {
        let (begun, asked_before, walked) = (
            Instant::now(),
            store::statements_run(),
            store::rows_walked(),
        );
        let made = desk::report(db, settings, asked, now).unwrap();
        times.push((
            format!("{:?} {:?}", asked.kind, asked.by),
            begun.elapsed(),
            store::statements_run() - asked_before,
        ));
        let growing: Vec<String> = store::walked_since(walked)
            .into_iter()
            .filter(|sql| {
                crate::guards::GROWING
                    .iter()
                    .any(|table| sql.contains(&format!("FROM {table} ")))
            })
            .collect();
        assert!(growing.is_empty(), "{growing:#?}");
        made
    };

    let by_category = made(asked(ReportKind::Money, By::Category));
    assert_eq!(
        first_two(&by_category),
        [
            (String::new(), "Sports".to_owned(), money(531_421)),
            (String::new(), "Sci-Fi".to_owned(), money(475_698))
        ]
    );
    let by_customer = made(asked(ReportKind::Customers, By::Month));
    assert_eq!(
        by_customer
            .bars
            .iter()
            .take(2)
            .map(|bar| bar.figures[0])
            .collect::<Vec<_>>(),
        [money(22_155), money(21_654)]
    );
    let references: Vec<String> = by_customer
        .bars
        .iter()
        .take(2)
        .map(|bar| match bar.key {
            BarKey::Customer(id) => customers::known(db, id)
                .unwrap()
                .reference
                .unwrap()
                .to_string(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(references, ["C0526", "C0148"]);
    let best = crm::high_value(db, None, 2).unwrap();
    assert_eq!(
        best.iter().map(|one| one.value).collect::<Vec<_>>(),
        [Money(22_155), Money(21_654)]
    );
    assert_eq!(
        crm::high_value(db, Some((best[0].value, best[0].customer)), 1).unwrap(),
        best[1..]
    );
    for by in [By::Week, By::Month, By::Category, By::Type] {
        let told = made(asked(ReportKind::Money, by));
        assert_eq!(told.total, Some(Money(6_741_651)), "{by:?}");
        assert!(
            told.advice.len() == 2
                && told.advice[1].starts_with("Counted is what was paid, on the day it came"),
            "{:?}",
            told.advice
        );
        sums_up(shop, &told, 3);
    }
    assert_eq!(by_customer.total, Some(Money(6_741_651)));
    sums_up(shop, &by_customer, 2);

    let late = made(asked(ReportKind::Late, By::Month));
    let returns: i64 = late
        .bars
        .iter()
        .map(|bar| {
            if let Figure::Count(count) = bar.figures[0] {
                count
            } else {
                0
            }
        })
        .sum();
    assert_eq!(returns, 8_121);
    sums_up(shop, &late, 3);

    // C0148 rented most often: 46 times.
    let most = customers::by_reference(db, &rentdesk::kernel::Text::new("C0148"))
        .unwrap()
        .unwrap()
        .id;
    assert_eq!(
        (
            crm::count_rentals(db, most).unwrap(),
            booking::count_of_customer(db, &db.settings().unwrap(), most)
                .unwrap()
                .0
        ),
        (46, 46)
    );
    let page = crm::rental_history(db, most, None, 40).unwrap();
    let last = page.last().map(|rental| (rental.start, rental.reservation));
    assert_eq!(
        (
            page.len(),
            crm::rental_history(db, most, last, 40).unwrap().len()
        ),
        (40, 6)
    );

    let july = Some(rentdesk::kernel::Period {
        start: at("2005-07-01 00:00:00"),
        end: at("2005-08-01 00:00:00"),
    });
    let used = made(Asked {
        span: july,
        ..asked(ReportKind::Use, By::Month)
    });
    let days = |figure: &Figure| {
        if let Figure::Tenths(seconds) = figure {
            *seconds
        } else {
            0
        }
    };
    let out: i64 = used.bars.iter().map(|bar| days(&bar.figures[1])).sum();
    assert!(
        out > 0
            && used
                .bars
                .iter()
                .all(|bar| days(&bar.figures[1]) <= days(&bar.figures[2])),
        "never out longer than owned"
    );
    sums_up(shop, &used, 3);
    let idle = made(asked(ReportKind::Idle, By::Month));
    assert!(!idle.bars.is_empty() && idle.advice.len() == 1);
    sums_up(shop, &idle, 3);
    let short = made(Asked {
        span: july,
        ..asked(ReportKind::Short, By::Month)
    });
    assert!(!short.bars.is_empty() && short.advice.len() == 1);
    let damage = made(asked(ReportKind::Damage, By::Month));
    assert!(damage.bars.is_empty());

    for (name, took, statements) in &times {
        println!("{name}: {took:?}, {statements} statements");
        assert!(
            took.as_secs_f64() < if cfg!(debug_assertions) { 4.0 } else { 1.0 },
            "{name}: {took:?}"
        );
        // What is overdue is asked about type by type: 183 discs are.
        let most = if name.starts_with("Short") { 200 } else { 12 };
        assert!(*statements <= most, "{name}: {statements} statements");
    }
    let day = settings.zone.day(at("2005-07-15 12:00:00"));
    let figures = analytics::daily_figures(db, &settings.zone, day, day).unwrap()[0].1;
    let sum: i64 = desk::report(
        db,
        settings,
        Asked {
            kind: ReportKind::Money,
            by: By::Week,
            span: Some(settings.zone.day_period(day)),
        },
        now,
    )
    .unwrap()
    .total
    .unwrap()
    .0;
    assert_eq!(figures.revenue, Money(sum));
    let begun = Instant::now();
    rebuilt_the_same(shop);
    println!("rebuilt in {:?}", begun.elapsed());
}

/// No number without its rows: those behind the first bars come to what the bars say.
#[track_caller]
fn sums_up(shop: &Shop, made: &Report, bars: usize) {
    for bar in made.bars.iter().take(bars) {
        let rows = desk::behind(
            shop.read(),
            &shop.settings,
            made.asked,
            bar.key,
            i64::MAX,
            shop.now(),
        )
        .unwrap();
        let sum = |of: fn(&Figure) -> i64| rows.iter().map(|row| of(&row.figure)).sum::<i64>();
        match made.asked.kind {
            ReportKind::Money | ReportKind::Customers => {
                assert_eq!(
                    bar.figures[0],
                    Figure::Money(Some(Money(sum(|figure| {
                        if let Figure::Money(Some(amount)) = figure {
                            amount.0
                        } else {
                            0
                        }
                    })))),
                    "{}",
                    bar.name
                );
            }
            ReportKind::Late | ReportKind::Idle => assert_eq!(
                bar.figures[0],
                Figure::Count(i64::try_from(rows.len()).unwrap()),
                "{}",
                bar.name
            ),
            ReportKind::Use => assert_eq!(
                bar.figures[1],
                Figure::Tenths(sum(|figure| if let Figure::Tenths(seconds) = figure {
                    *seconds
                } else {
                    0
                })),
                "{}",
                bar.name
            ),
            ReportKind::Damage | ReportKind::Short => {}
        }
    }
}

/// Payments of the weeks before the demo's Friday, for what was rented then and for a fee.
pub fn pay(counter: &mut crate::counter::Counter) {
    let (friday, shop) = (crate::counter::friday(), &mut counter.app.shop);
    let rentals: Vec<_> = booking::all_rentals(shop.read())
        .unwrap()
        .into_iter()
        .filter(|rental| rental.out_at > Moment(friday.0 - 60 * DAY))
        .collect();
    shop.write(|db| -> Result<(), Failure<booking::BookingRefusal>> {
        for (number, rental) in (1..).zip(&rentals) {
            let amount = Money(4_000 + number % 7 * 3_500);
            let paid = Paid {
                payment_id: PaymentId(number),
                invoice_id: None,
                invoice_number: None,
                invoice_reservation_id: None,
                reservation_id: Some(rental.reservation),
                customer_id: rental.customer,
                shares: vec![TypeShare {
                    type_id: (number % 9 > 0).then_some(rental.type_id),
                    amount,
                }],
                amount,
                currency: "EUR".to_owned(),
                method: "CARD".to_owned(),
            };
            db.publish_past(&Event::PaymentReceived(paid), rental.out_at, None)?;
        }
        Ok(())
    })
    .unwrap();
    shop.drain_all().unwrap();
    counter.app.refresh();
}

#[test]
fn a_report_is_walked_by_keys_and_saved_by_one() {
    let mut counter = crate::counter::Counter::demo();
    pay(&mut counter);
    counter.keys("<f12><tab><tab><tab>");
    assert!(counter.screen().contains("[Customers]"));
    counter.keys("<left>");
    assert!(
        counter.screen().contains("CUSTOMERS BY VALUE  Oct 2025"),
        "{}",
        counter.screen()
    );
    counter.keys("2025<ret>");
    assert!(
        counter.screen().contains("CUSTOMERS BY VALUE  2025"),
        "{}",
        counter.screen()
    );
    counter.keys("<c-t><end>");
    let last = counter
        .screen()
        .lines()
        .find(|line| line.starts_with(" > "))
        .unwrap()
        .to_owned();
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("CUSTOMERS  "),
        "{last}: {}",
        counter.screen()
    );
    counter.keys("<c-o>");
    assert!(
        counter.verdict().contains("saved as"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc><c-o>");
    let verdict = counter.verdict();
    assert!(
        verdict.contains("customers-2025-11-01-2025-11-30-2.csv"),
        "{verdict}"
    );
    let written = std::fs::read_to_string(
        counter
            .app
            .shop
            .store
            .path()
            .unwrap()
            .parent()
            .unwrap()
            .join("reports/customers-2025-11-01-2025-11-30-2.csv"),
    )
    .unwrap();
    assert!(
        written.starts_with("code,name,value,percent,payments\nC-"),
        "{written}"
    );
    counter.app.theme.ascii = true;
    let drawn = counter.screen();
    assert!(drawn.is_ascii() && drawn.contains("####"), "{drawn}");
    counter.keys("feb 2031<ret>");
    assert!(
        counter
            .screen()
            .contains("no payments in Feb 2031; the last entry is of"),
        "{}",
        counter.screen()
    );
    counter.keys("<esc>");
    // The money of this shop is told and nothing else: its payments have no rows.
    let problems = counter.app.shop.check().expect("a check");
    assert!(
        problems
            .iter()
            .all(|problem| problem.invariant == "rows and events"),
        "{problems:?}"
    );
}

#[test]
fn a_report_on_the_command_line_prints_writes_and_lists_what_is_behind() {
    let mut counter = crate::counter::Counter::demo();
    pay(&mut counter);
    counter
        .app
        .shop
        .write(|db| {
            let category = catalog::category_at_path(db, "=Evil")?;
            catalog::add_type(
                db,
                &catalog::NewType::named(
                    category,
                    rentdesk::kernel::Text::new("=1+1"),
                    catalog::Tracking::Items,
                ),
            )
            .map(|_| ())
        })
        .unwrap();
    let evil = catalog::resolve_type(counter.app.shop.read(), "=1+1")
        .unwrap()
        .id;
    let (friday, customer) = (crate::counter::friday(), CustomerId(1));
    tell(&mut counter.app.shop, friday, |say| {
        say(&Event::PaymentReceived(Paid {
            payment_id: PaymentId(999),
            invoice_id: None,
            invoice_number: None,
            invoice_reservation_id: None,
            reservation_id: None,
            customer_id: customer,
            shares: vec![TypeShare {
                type_id: Some(evil),
                amount: Money(100),
            }],
            amount: Money(100),
            currency: "EUR".to_owned(),
            method: "CASH".to_owned(),
        }));
    });
    let file = counter.app.shop.store.path().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_rentdesk"))
            .args(arguments)
            .env("RENTDESK_DB", &file)
            .env("RENTDESK_NOW", "2025-11-21T09:42:00Z")
            .output()
            .unwrap();
        (
            output.status.code().unwrap(),
            format!(
                "{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            ),
        )
    };
    for kind in [
        "use",
        "money",
        "late",
        "customers",
        "idle",
        "short",
        "damage",
    ] {
        let (code, said) = run(&["report", kind, "--from", "2025-10-01", "--to", "2025-11-21"]);
        assert_eq!(code, 0, "{kind}: {said}");
        let (_, said) = run(&["report", kind, "--json"]);
        let json: serde_json::Value = serde_json::from_str(&said).unwrap();
        assert_eq!(json["report"], kind);
    }
    let (_, said) = run(&["report", "money", "--by", "type", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&said).unwrap();
    let sum: f64 = json["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["income"].as_f64().unwrap())
        .sum();
    assert!(
        (sum - json["total"].as_f64().unwrap()).abs() < 0.001,
        "{json}"
    );
    let (_, said) = run(&["report", "money", "--by", "type", "--rows", "=1+1"]);
    assert!(
        said.contains("1.00") && said.contains("1 row behind =1+1"),
        "{said}"
    );
    let csv = counter
        .app
        .shop
        .store
        .path()
        .unwrap()
        .with_file_name("types.csv");
    let (code, said) = run(&[
        "report",
        "money",
        "--by",
        "type",
        "--csv",
        csv.to_str().unwrap(),
    ]);
    assert_eq!(code, 0, "{said}");
    let written = std::fs::read_to_string(&csv).unwrap();
    assert!(
        written.starts_with("name,income,owned,value,return_percent,payments\n")
            && written.contains("\n'=1+1,1.00,0,,,1\n"),
        "{written}"
    );
    assert_eq!(run(&["report", "use", "--by", "week"]).0, 2);
    assert_eq!(run(&["report", "money", "--rows", "nothing"]).0, 1);
    let (_, said) = run(&["customer", "show", "C-0004"]);
    assert!(
        said.contains("standing   Bronze · ")
            && said.contains(" points · ")
            && said.contains(" rentals"),
        "{said}"
    );
}
