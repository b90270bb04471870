//! A season of a rental house, day by day, through the product's own commands: reserved, changed,
//! cancelled, picked up, brought back late and damaged, repaired. The ordinary run is short;
//! `RENTDESK_SEASON=5000` makes it a year, `RENTDESK_SEASON_SEED=N` picks its dice, and
//! `RENTDESK_SEASON_OUT=FOLDER` keeps the shop's file and the pick list of its busiest day.

use crate::counter::friday;
use crate::exchange::real;
use crate::properties::{Dice, folder, seed_and_length};
use rentdesk::booking::{
    self, BookingRefusal, CancelReason, Change, CheckIn, CheckOut, Edit, Extension, Firmness,
    LineState, NewReservation, Recipient, ReservationState, Thing, Want,
};
use rentdesk::exchange::columns::ListKind;
use rentdesk::exchange::import::{ImportOptions, import};
use rentdesk::inventory::{self, Condition};
use rentdesk::kernel::{
    Clock, CustomerId, Failure, ItemId, Moment, Period, Refusal, ReservationId, Settings, Stop,
    Text, TypeId,
};
use rentdesk::shop::Shop;
use rentdesk::store::Write;
use rentdesk::{catalog, customers, desk, print};
use serde::{Serialize, de::DeserializeOwned};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

const DAY: i64 = 86_400;

/// What is going to happen, soonest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Coming {
    Repaired(i64),
    Back(i64),
    PickUp(i64),
    Confirm(i64),
    Change(i64),
    Cancel(i64),
    Reserve(usize),
}

#[derive(Default, Debug)]
struct Tally {
    reserved: usize,
    refused: usize,
    kept_short: usize,
    moved: usize,
    confirmed: usize,
    changed: usize,
    cancelled: usize,
    picked_up: usize,
    short_at_pick_up: usize,
    nothing_here: usize,
    not_theirs: usize,
    no_shows: usize,
    back: usize,
    late: usize,
    damaged: usize,
    repaired: usize,
    extended: usize,
}

struct Season {
    shop: Shop,
    dice: Dice,
    types: Vec<TypeId>,
    people: Vec<CustomerId>,
    coming: BinaryHeap<Reverse<(i64, Coming)>>,
    tally: Tally,
    /// The pick list of the day on which most went out, as it was that morning: how many
    /// reservations, text, PDF.
    busiest: (usize, String, Vec<u8>),
}

fn act<T: Serialize + DeserializeOwned, R: Refusal>(
    shop: &mut Shop,
    act: impl FnOnce(&mut Write<'_>, &Settings) -> Result<T, Failure<R>>,
) -> Result<T, String> {
    let settings = shop.settings.clone();
    match shop.write(|db| act(db, &settings)) {
        Ok(done) => Ok(done),
        Err(Stop::Refused(declined)) => Err(declined.kind.to_owned()),
        Err(Stop::Fault(fault)) => panic!("{fault:#}"),
    }
}

impl Season {
    fn new(seed: u64, list: &[u8], path: &std::path::Path) -> Self {
        let mut shop = Shop::create(
            path,
            &[
                ("name", "Season"),
                ("timezone", "Europe/Berlin"),
                ("open_hours", "mon-fri 9:00-18:00, sat 10:00-14:00"),
            ],
            Clock::Fixed(friday()),
        )
        .unwrap();
        import(&mut shop, ListKind::Items, list, &ImportOptions::default()).unwrap();
        import(
            &mut shop,
            ListKind::Customers,
            include_bytes!("../../assets/demo/customers.csv"),
            &ImportOptions::default(),
        )
        .unwrap();
        // What there is more of is asked for more often.
        let mut types = Vec::new();
        for found in catalog::all_types(shop.read()).unwrap() {
            let owned = inventory::counts(shop.read(), found.id)
                .unwrap()
                .owned
                .clamp(1, 12);
            types.extend(std::iter::repeat_n(found.id, owned as usize));
        }
        let people = customers::list(shop.read(), None, 1000)
            .unwrap()
            .into_iter()
            .map(|customer| customer.id)
            .collect();
        Season {
            shop,
            dice: Dice(seed),
            types,
            people,
            coming: BinaryHeap::new(),
            tally: Tally::default(),
            busiest: (0, String::new(), Vec::new()),
        }
    }

    fn at(&mut self, when: i64, what: Coming) {
        self.coming.push(Reverse((when, what)));
    }

    /// A morning or an afternoon hour of a day from now.
    fn hour_of(&mut self, days: i64) -> i64 {
        let day = friday().0 - friday().0 % DAY + days * DAY;
        day + (8 + self.dice.below(9) as i64) * 3600 + self.dice.below(4) as i64 * 900
    }

    fn wants(&mut self) -> Vec<Want> {
        let count = 1 + self.dice.below(6);
        let mut wants = Vec::new();
        for _ in 0..count {
            let type_id = self.types[self.dice.below(self.types.len())];
            if wants.iter().any(|want: &Want| want.type_id == type_id) {
                continue;
            }
            let items = inventory::of_type(self.shop.read(), type_id).unwrap();
            wants.push(match items.first() {
                Some(item) if self.dice.one_in(20) => Want::item(type_id, item.id),
                _ if items.len() > 3 || items.is_empty() => {
                    Want::of(type_id, 1 + self.dice.below(3) as i64)
                }
                _ => Want::of(type_id, 1),
            });
        }
        wants
    }

    fn run(&mut self, year: i64, count: usize) {
        for number in 0..count {
            let created = self.hour_of(number as i64 * year / count as i64);
            self.at(created, Coming::Reserve(number));
        }
        while let Some(Reverse((when, what))) = self.coming.pop() {
            let (before, now) = (self.shop.now(), Moment(when.max(self.shop.now().0)));
            self.shop.clock = Clock::Fixed(now);
            if self.shop.settings.zone.day(before) != self.shop.settings.zone.day(now) {
                self.print_if_busiest();
            }
            self.tally.no_shows += self.shop.lapse().unwrap();
            match what {
                Coming::Reserve(_) => self.reserve(),
                Coming::Confirm(id) => {
                    let confirmed = act(&mut self.shop, |db, settings| {
                        desk::confirm(db, settings, ReservationId(id), false)
                    });
                    self.tally.confirmed += usize::from(confirmed.is_ok());
                }
                Coming::Change(id) => self.change(ReservationId(id)),
                Coming::Cancel(id) => self.cancel(ReservationId(id)),
                Coming::PickUp(id) => self.pick_up(ReservationId(id)),
                Coming::Back(id) => self.back(ReservationId(id)),
                Coming::Repaired(item) => self.repaired(ItemId(item)),
            }
        }
    }

    fn reserve(&mut self) {
        let now = self.shop.now();
        let lead = self.dice.below(45) as i64;
        let start = Moment(
            (now.0 + lead * DAY + self.dice.below(20) as i64 * 1800).div_euclid(900) * 900 + 900,
        );
        let end = Moment(start.0 + (1 + self.dice.below(7) as i64) * DAY);
        let firmness = if self.dice.one_in(5) && lead > 3 {
            Firmness::Hold(None)
        } else {
            Firmness::Confirmed
        };
        let customer = Some(self.people[self.dice.below(self.people.len())]);
        let mut new = NewReservation {
            customer,
            window: Period { start, end },
            wants: self.wants(),
            firmness,
            note: None,
            keep_short: false,
            reference: None,
            bargain: rentdesk::booking::Bargain::default(),
        };
        let mut made = act(&mut self.shop, |db, settings| {
            desk::reserve(db, settings, &new)
        });
        if made == Err("shortage".to_owned()) {
            self.tally.refused += 1;
            if self.dice.one_in(8) {
                new.keep_short = true;
                self.tally.kept_short += 1;
            } else {
                // Most take the window that is offered instead; it was computed, so it must be
                // good.
                let pieces = booking::pieces(self.shop.read(), &new.wants, new.window)
                    .unwrap_or_else(|_| panic!("it was asked for before"));
                let Some(window) =
                    booking::next_window(self.shop.read(), &self.shop.settings, &pieces, None, now)
                        .unwrap()
                else {
                    return;
                };
                new.window = window;
                self.tally.moved += 1;
            }
            made = Ok(act(&mut self.shop, |db, settings| {
                desk::reserve(db, settings, &new)
            })
            .expect("the window that was offered holds"));
        }
        let Ok(id) = made else { return };
        let start = new.window.start;
        self.tally.reserved += 1;
        if matches!(new.firmness, Firmness::Hold(_)) && !self.dice.one_in(6) {
            let when = now.0 + self.dice.below(DAY as usize) as i64;
            self.at(when, Coming::Confirm(id.0));
        }
        if self.dice.one_in(6) {
            let when = now.0 + self.dice.below(1 + (start.0 - now.0) as usize) as i64;
            self.at(when, Coming::Change(id.0));
        }
        match self.dice.below(20) {
            0 | 1 => {
                let when = now.0 + self.dice.below(1 + (start.0 - now.0) as usize) as i64;
                self.at(when, Coming::Cancel(id.0));
            }
            2 => {}
            _ => {
                let when = start.0 + self.dice.below(3600) as i64;
                self.at(when, Coming::PickUp(id.0));
            }
        }
    }

    fn change(&mut self, id: ReservationId) {
        let found =
            booking::reservation(self.shop.read(), id).unwrap_or_else(|_| panic!("it exists"));
        if !matches!(
            found.state,
            ReservationState::Hold | ReservationState::Confirmed
        ) {
            return;
        }
        let shift = self.dice.below(4) as i64 * DAY;
        let line = booking::lines(self.shop.read(), id)
            .unwrap()
            .into_iter()
            .find(|line| line.parent.is_none() && line.pin.is_none());
        let edits = match line {
            Some(line) if self.dice.one_in(2) => {
                vec![Edit::Quantity(line.id, 1 + self.dice.below(4) as i64)]
            }
            _ => vec![Edit::Add(Want::of(
                self.types[self.dice.below(self.types.len())],
                1,
            ))],
        };
        let window = Some(Period {
            start: Moment(found.start.0 + shift),
            end: Moment(found.end.0 + shift),
        });
        let change = Change {
            window,
            edits,
            ..Change::default()
        };
        if act(&mut self.shop, |db, settings| {
            desk::change(db, settings, id, &change)
        })
        .is_ok()
        {
            self.tally.changed += 1;
            self.at(found.start.0 + shift + 60, Coming::PickUp(id.0));
        }
    }

    fn cancel(&mut self, id: ReservationId) {
        if act(&mut self.shop, |db, settings| {
            desk::cancel(db, settings, id, CancelReason::Customer, None)
        })
        .is_ok()
        {
            self.tally.cancelled += 1;
        }
    }

    /// What is on the shelf of what was promised; what is not there stays open and is dropped.
    fn pick_up(&mut self, id: ReservationId) {
        let found =
            booking::reservation(self.shop.read(), id).unwrap_or_else(|_| panic!("it exists"));
        let now = self.shop.now();
        if !matches!(
            found.state,
            ReservationState::Hold | ReservationState::Confirmed
        ) || found.start > now
            || found.end <= now
        {
            self.tally.not_theirs += 1;
            return;
        }
        let mut things: Vec<Thing> = Vec::new();
        let mut wanted = 0;
        for line in booking::lines(self.shop.read(), id)
            .unwrap()
            .into_iter()
            .filter(|line| line.is_open() && !line.is_kit)
        {
            wanted += line.quantity;
            if let Some(bulk) = inventory::bulk_of_type(self.shop.read(), line.type_id).unwrap() {
                let here = (bulk.quantity - bulk.out).min(line.quantity);
                if here > 0 {
                    things.push(Thing::Bulk(line.type_id, here));
                }
                continue;
            }
            let plan =
                booking::plan_of(self.shop.read(), &self.shop.settings, line.type_id, now).unwrap();
            for item in plan.get(&line.id).into_iter().flatten() {
                let item = inventory::known(self.shop.read(), *item)
                    .unwrap_or_else(|_| panic!("it exists"));
                if item.can_leave() {
                    things.push(Thing::Item(item.id));
                }
            }
        }
        if things.is_empty() {
            self.tally.nothing_here += 1;
            return;
        }
        let command = CheckOut {
            confirm: true,
            ..CheckOut::plain(Recipient::Reservation(id), things.clone())
        };
        let mut out = act(&mut self.shop, |db, settings| {
            desk::hand_over(db, settings, &command)
        });
        if out == Err("shortage".to_owned()) {
            let insists = CheckOut {
                take_anyway: true,
                ..command
            };
            out = act(&mut self.shop, |db, settings| {
                desk::hand_over(db, settings, &insists)
            });
        }
        if let Err(kind) = out {
            panic!("R-{} cannot be picked up: {kind}", found.number.0);
        }
        self.tally.picked_up += 1;
        let handed: i64 = things
            .iter()
            .map(|thing| {
                if let Thing::Bulk(_, count) = thing {
                    *count
                } else {
                    1
                }
            })
            .sum();
        self.tally.short_at_pick_up += usize::from(handed < wanted);
        for line in booking::lines(self.shop.read(), id)
            .unwrap()
            .into_iter()
            .filter(|line| line.state == LineState::Open && line.parent.is_none())
        {
            let change = Change {
                edits: vec![Edit::Drop(line.id)],
                ..Change::default()
            };
            act(&mut self.shop, |db, settings| {
                desk::change(db, settings, id, &change)
            })
            .unwrap();
        }
        if self.dice.one_in(15) {
            let due = Moment(found.end.0 + DAY);
            let extension = Extension {
                reservation: id,
                rentals: None,
                due,
                keep_short: false,
            };
            self.tally.extended += usize::from(
                act(&mut self.shop, |db, settings| {
                    desk::extend(db, settings, &extension)
                })
                .is_ok(),
            );
        }
        let late = if self.dice.one_in(10) {
            self.dice.below(2 * DAY as usize) as i64
        } else {
            -(self.dice.below(4 * 3600) as i64)
        };
        self.tally.late += usize::from(late > 0);
        self.at((found.end.0 + late).max(now.0 + 60), Coming::Back(id.0));
    }

    fn back(&mut self, id: ReservationId) {
        for rental in booking::rentals_of(self.shop.read(), id)
            .unwrap()
            .into_iter()
            .filter(|rental| rental.state == booking::RentalState::Out)
        {
            let broken = rental.item.is_some() && self.dice.one_in(40);
            let how = if self.dice.one_in(2) {
                Condition::Unusable
            } else {
                Condition::UnderMaintenance
            };
            let condition = broken.then_some(how);
            let command = CheckIn {
                condition,
                note: broken.then(|| Text::new("dropped")),
                ..CheckIn::plain(rental.id)
            };
            act(&mut self.shop, |db, settings| {
                desk::take_back(db, settings, &command)
            })
            .unwrap();
            self.tally.back += 1;
            if let (true, Some(item)) = (broken, rental.item) {
                self.tally.damaged += 1;
                let days = 2 + self.dice.below(8) as i64;
                if how == Condition::UnderMaintenance {
                    let until = Moment(self.shop.now().0 + days * DAY);
                    act(&mut self.shop, |db, _| {
                        inventory::set_expected_back(db, item, Some(until)).map(|_| ())
                    })
                    .unwrap();
                }
                self.at(self.shop.now().0 + days * DAY, Coming::Repaired(item.0));
            }
        }
        for line in booking::lines(self.shop.read(), id)
            .unwrap()
            .into_iter()
            .filter(|line| line.is_open() && line.parent.is_none())
        {
            let change = Change {
                edits: vec![Edit::Drop(line.id)],
                ..Change::default()
            };
            act(&mut self.shop, |db, settings| {
                desk::change(db, settings, id, &change)
            })
            .unwrap();
        }
    }

    fn repaired(&mut self, item: ItemId) {
        if act(
            &mut self.shop,
            |db, _| -> Result<(), Failure<BookingRefusal>> {
                desk::bench_done(db, item, None, None)
            },
        )
        .is_ok()
        {
            self.tally.repaired += 1;
        }
    }

    /// A morning's pick list, if no morning before had a longer one.
    fn print_if_busiest(&mut self) {
        let (now, settings) = (self.shop.now(), &self.shop.settings);
        let day = settings.zone.day(now);
        let starting = booking::starting_in(
            self.shop.read(),
            ReservationState::Confirmed,
            settings.zone.day_period(day),
        )
        .unwrap()
        .len();
        if starting > self.busiest.0 {
            let paper = desk::pick_list(self.shop.read(), settings, day, now).unwrap();
            let list = print::day_list(
                settings,
                print::DayKind::Pick,
                day,
                &paper,
                now,
                print::printed_by(settings, now, None),
            )
            .document();
            let pdf = print::pdf(&list, print::PaperSize::A4).unwrap();
            assert!(
                pdf.missing.is_empty(),
                "every letter has a shape: {:?}",
                pdf.missing
            );
            self.busiest = (starting, print::text(&list, 80), pdf.bytes);
        }
    }

    /// The day on which most begins, and how much that is.
    fn busiest_day(&self) -> (chrono::NaiveDate, usize) {
        let mut days: BTreeMap<chrono::NaiveDate, usize> = BTreeMap::new();
        for found in booking::list(self.shop.read(), None, i64::MAX).unwrap() {
            if matches!(
                found.state,
                ReservationState::Completed
                    | ReservationState::Active
                    | ReservationState::Confirmed
            ) {
                *days
                    .entry(self.shop.settings.zone.day(found.start))
                    .or_default() += 1;
            }
        }
        days.into_iter()
            .max_by_key(|(day, count)| (*count, Reverse(*day)))
            .unwrap()
    }
}

#[test]
fn a_season_is_reserved_changed_picked_up_and_brought_back_and_the_books_are_right() {
    let (seed, count) = seed_and_length("RENTDESK_SEASON_SEED", "RENTDESK_SEASON", 150);
    println!("RENTDESK_SEASON_SEED={seed} RENTDESK_SEASON={count}");
    let kept = std::env::var_os("RENTDESK_SEASON_OUT").map(std::path::PathBuf::from);
    let temporary = folder();
    let path = kept
        .as_deref()
        .unwrap_or(temporary.path())
        .join("season.db");
    let list = real("film-gear/equipment.csv")
        .filter(|_| count > 1000)
        .unwrap_or_else(|| include_bytes!("../../assets/demo/items.csv").to_vec());
    let mut season = Season::new(seed, &list, &path);
    season.run(if count > 1000 { 365 } else { 40 }, count);
    season.shop.drain_all().unwrap();
    if let Some(folder) = &kept {
        std::fs::write(folder.join("busiest.txt"), &season.busiest.1).unwrap();
        std::fs::write(folder.join("busiest.pdf"), &season.busiest.2).unwrap();
    }
    assert!(
        season.busiest.1.contains("PICK LIST"),
        "{}",
        season.busiest.1
    );
    println!("{:?}; busiest day {:?}", season.tally, season.busiest_day());
    assert_eq!(
        season.shop.check().unwrap(),
        [],
        "RENTDESK_SEASON_SEED={seed} RENTDESK_SEASON={count} replays it"
    );
    let tally = &season.tally;
    assert!(
        tally.picked_up > count / 4
            && tally.back > tally.picked_up / 2
            && tally.changed > 0
            && tally.cancelled > 0,
        "a season in which things happened: {tally:?}"
    );
    let open = booking::count_out(season.shop.read()).unwrap();
    assert_eq!(open, 0, "everything came back");
}
