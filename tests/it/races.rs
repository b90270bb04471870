//! Two who want to promise the last item at the same instant: one gets it, the other hears who has
//! it. Through the real program, two processes on one file, and through the library, two shops
//! opened on one file. `RENTDESK_RACES=N` makes it longer.

use crate::house::{House, asked};
use rentdesk::booking::{Firmness, Want};
use rentdesk::desk;
use rentdesk::kernel::{Clock, Moment, Period, Stop};
use rentdesk::shop::Shop;
use std::process::{Command, Output, Stdio};
use std::sync::Barrier;

/// A file is used so often, then a new one is made, so that promises stay few.
const TRIES_PER_FILE: usize = 50;

fn tries() -> usize {
    std::env::var("RENTDESK_RACES")
        .ok()
        .and_then(|tries| tries.parse().ok())
        .unwrap_or(20)
}

/// A window of its own for each try, so that nothing has to be taken back between them.
fn window(house: &House, number: usize) -> Period {
    let start = house
        .shop
        .now()
        .floor_minute()
        .plus_minutes(24 * 60 + 120 * (number % TRIES_PER_FILE) as i64);
    Period {
        start,
        end: start.plus_minutes(60),
    }
}

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// Who of the two won, if exactly one did; what the other heard must name the winner, and nothing
/// of locks.
#[track_caller]
fn one_wins(won: [bool; 2], heard: [&str; 2], names: [&str; 2]) {
    let winner = match won {
        [true, false] => 0,
        [false, true] => 1,
        _ => panic!("exactly one wins: {won:?}\n{}\n{}", heard[0], heard[1]),
    };
    let lost = heard[1 - winner];
    assert!(
        lost.contains("1 x Sony FX6 wanted, 0 of 1 free: 1 confirmed R-")
            && lost.contains(names[winner]),
        "it names who has it: {lost}"
    );
    assert!(
        !lost.contains("locked") && !lost.contains("busy") && !lost.contains("another window"),
        "{lost}"
    );
}

#[test]
fn of_two_processes_that_promise_the_last_item_one_does() {
    let mut held: Option<House> = None;
    for number in 0..tries() {
        if number % TRIES_PER_FILE == 0 {
            let mut house = House::new();
            house.items("Sony FX6", 1);
            held = Some(house);
        }
        let house = held.as_mut().expect("a shop");
        let window = window(house, number);
        // One time in two it is two quotes that are confirmed.
        let quotes = (number % 2 == 1).then(|| {
            ["Maya Chen", "Sam Okoro"].map(|name| {
                let customer = if name == "Maya Chen" {
                    house.maya
                } else {
                    house.sam
                };
                let type_id = rentdesk::catalog::all_types(house.shop.read()).unwrap()[0].id;
                let id = house.must(|db, settings| {
                    desk::reserve(
                        db,
                        settings,
                        &asked(
                            Some(customer),
                            Firmness::Quote,
                            window,
                            &[Want::of(type_id, 1)],
                        ),
                    )
                });
                rentdesk::booking::number_of(house.shop.read(), id)
                    .unwrap()
                    .to_string()
            })
        });
        let names = ["Maya Chen", "Sam Okoro"];
        let want = |place: usize| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
            command
                .env_remove("RENTDESK_DB")
                .env("RENTDESK_NOW", house.shop.now().rfc3339())
                .arg("--db")
                .arg(house.path());
            match &quotes {
                Some(numbers) => command.args(["confirm", &numbers[place]]),
                None => command.args([
                    "reserve",
                    "--confirm",
                    "--customer",
                    names[place],
                    "--line",
                    "Sony FX6*1",
                    "--from",
                    &window.start.rfc3339(),
                    "--to",
                    &window.end.rfc3339(),
                ]),
            };
            command
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .expect("the program")
        };
        let both = [want(0), want(1)].map(|child| child.wait_with_output().expect("its end"));
        let codes = both.each_ref().map(|output| output.status.code());
        assert!(
            codes.iter().all(|code| matches!(code, Some(0 | 1))),
            "{codes:?} {} {}",
            said(&both[0]),
            said(&both[1])
        );
        let heard = both.each_ref().map(said);
        one_wins(
            codes.map(|code| code == Some(0)),
            [&heard[0], &heard[1]],
            names,
        );
        if (number + 1) % 1000 == 0 {
            println!("{} of {} races", number + 1, tries());
        }
        if number + 1 == tries() || (number + 1) % TRIES_PER_FILE == 0 {
            house.check();
            let claims: i64 = house
                .shop
                .read()
                .one(
                    "SELECT count(*) FROM reservation_line WHERE claimed_qty > 0",
                    [],
                    |row| row.get(0),
                )
                .unwrap();
            assert_eq!(
                claims as usize,
                number % TRIES_PER_FILE + 1,
                "one promise each time"
            );
        }
    }
    println!("{} races of processes, one winner each", tries());
}

#[test]
fn of_two_shops_on_one_file_that_promise_the_last_item_one_does() {
    let mut house = House::new();
    let (fx6, _) = house.items("Sony FX6", 1);
    let (path, now) = (house.path(), house.shop.now());
    let rounds = tries();
    let barrier = Barrier::new(2);
    let windows: Vec<Period> = (0..rounds)
        .map(|number| Period {
            start: day(now, number),
            end: day(now, number).plus_minutes(60),
        })
        .collect();
    let race = |customer| {
        let mut shop = Shop::open(&path, Clock::Fixed(now)).expect("it opens");
        let settings = shop.settings.clone();
        windows
            .iter()
            .map(|window| {
                let new = asked(
                    Some(customer),
                    Firmness::Confirmed,
                    *window,
                    &[Want::of(fx6, 1)],
                );
                barrier.wait();
                match shop.write(|db| desk::reserve(db, &settings, &new)) {
                    Ok(_) => Ok(()),
                    Err(Stop::Refused(refusal)) => Err(refusal.message),
                    Err(Stop::Fault(fault)) => panic!("{fault:?}"),
                }
            })
            .collect::<Vec<Result<(), String>>>()
    };
    let (maya, sam) = (house.maya, house.sam);
    let [one, other] = std::thread::scope(|scope| {
        let [one, other] = [maya, sam].map(|customer| scope.spawn(move || race(customer)));
        [
            one.join().expect("no panic"),
            other.join().expect("no panic"),
        ]
    });
    for (one, other) in one.iter().zip(&other) {
        let heard = [one, other].map(|outcome| outcome.as_ref().err().map_or("", String::as_str));
        one_wins(
            [one.is_ok(), other.is_ok()],
            heard,
            ["Maya Chen", "Sam Okoro"],
        );
    }
    house.check();
}

fn day(now: Moment, number: usize) -> Moment {
    now.floor_minute()
        .plus_minutes(24 * 60 + 120 * number as i64)
}
