//! Random days at the counter against a naive shop: plain lists of what should have happened, which
//! share nothing with the program but its identities. After every act both must give the same
//! answer; now and then, and at the end, everything they know must be equal.
//!
//! `RENTDESK_SIM_SEED=N` replays a run, `RENTDESK_SIM_OPS=N` makes it longer. The random numbers
//! are our own, so a seed means the same run for ever (as long as the acts below are not changed).

use rentdesk::booking::{self, BookingRefusal, CheckIn, CheckOut, Recipient, Thing};
use rentdesk::catalog::{self, NewType, Tracking};
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::desk::{self, Judgement};
use rentdesk::history;
use rentdesk::inventory::{self, Condition, NewItem, Stock};
use rentdesk::kernel::{
    AssetTag, Clock, CustomerId, Failure, ItemId, Moment, Refusal, RentalId, ReservationId, Stop,
    Text, TypeId,
};
use rentdesk::outbox;
use rentdesk::shop::{SUBSCRIBERS, Shop};
use rentdesk::store::{Signature, Write, log};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use uuid::Uuid;

const DAY: i64 = 86_400;
const STAY_MAX: i64 = 400 * DAY;
/// How far ahead of the clock a time may lie that somebody gives.
const AHEAD_MAX: i64 = 5 * 60;
/// How far ahead of the clock the last return may lie (a clock that was set right) before a
/// hand-over without a time is refused.
const SET_RIGHT_MAX: i64 = 15 * 60;

/// splitmix64
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n.max(1) as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        low + (self.next() % (high - low + 1) as u64) as i64
    }

    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        if from.is_empty() {
            None
        } else {
            Some(&from[self.below(from.len())])
        }
    }

    fn uuid(&mut self) -> Uuid {
        Uuid::from_u128((u128::from(self.next()) << 64) | u128::from(self.next()))
    }
}

/// A seed and a length from the environment, or of this moment and the given one.
pub fn seed_and_length(seed: &str, length: &str, usual: usize) -> (u64, usize) {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok())
    };
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(1, |time| time.as_nanos() as u64);
    (
        number(seed).unwrap_or(now),
        number(length).map_or(usual, |value| value as usize),
    )
}

/// In memory where the machine has such a place: the files are real, the disk is not what is tested
/// here.
pub fn folder() -> TempDir {
    let shm = PathBuf::from("/dev/shm");
    tempfile::Builder::new()
        .prefix("rentdesk-test")
        .tempdir_in(if shm.is_dir() {
            shm
        } else {
            std::env::temp_dir()
        })
        .expect("a folder")
}

// The naive shop --------------------------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Life {
    Here,
    Lost,
    Retired,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Out,
    Back,
    Lost,
    /// Handed over by mistake, and taken back as if it had not been.
    Undone,
}

const GOOD: &str = "GOOD";
const UNUSABLE: &str = "UNUSABLE";
const MAINTENANCE: &str = "UNDER_MAINTENANCE";

struct NaiveType {
    id: TypeId,
    tag: AssetTag,
    /// How many there are, of what is counted.
    count: Option<i64>,
    minutes: i64,
}

struct NaiveItem {
    id: ItemId,
    tag: AssetTag,
    kind: usize,
    life: Life,
    condition: &'static str,
    job: bool,
    rentals: Vec<usize>,
}

struct NaiveCustomer {
    id: CustomerId,
    suspended: bool,
}

#[derive(Clone)]
struct NaiveRental {
    reservation: usize,
    kind: usize,
    item: Option<usize>,
    customer: usize,
    count: i64,
    out: i64,
    due: i64,
    back: Option<i64>,
    lost_at: Option<i64>,
    fate: Fate,
    condition_out: Option<&'static str>,
    missing: bool,
    /// The fact that told of its hand-over.
    told: usize,
}

struct NaiveReservation {
    customer: usize,
    state: &'static str,
    rentals: Vec<usize>,
}

/// What an entry of the history must say.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
struct Fact {
    kind: &'static str,
    at: i64,
    item: Option<ItemId>,
    tag: Option<AssetTag>,
    type_id: Option<TypeId>,
    count: Option<i64>,
    customer: Option<CustomerId>,
    number: Option<i64>,
    rental: Option<i64>,
    out: Option<i64>,
    due: Option<i64>,
    back: Option<i64>,
    before: Option<&'static str>,
    after: Option<&'static str>,
    late: Option<i64>,
    detail: Option<&'static str>,
    reverses: Option<usize>,
}

enum Step {
    Out {
        reservation: usize,
        rentals: Vec<usize>,
        created: Option<usize>,
    },
    In {
        rental: usize,
        fact: usize,
        report: Option<usize>,
        before: Option<&'static str>,
        /// That it was found, where it was lost.
        found: Option<usize>,
    },
    Judged {
        item: usize,
        before: &'static str,
        after: &'static str,
        rental: Option<usize>,
        was_missing: bool,
        fact: usize,
    },
    Lost {
        item: usize,
        rental: Option<usize>,
        fact: usize,
    },
}

#[derive(Default)]
struct Naive {
    now: i64,
    kinds: Vec<NaiveType>,
    items: Vec<NaiveItem>,
    customers: Vec<NaiveCustomer>,
    rentals: Vec<NaiveRental>,
    reservations: Vec<NaiveReservation>,
    facts: Vec<Fact>,
    /// Each with the time it was done; `None` once it was undone.
    steps: Vec<(i64, Option<Step>)>,
    /// The rentals that are out.
    open: Vec<usize>,
    flags: BTreeMap<(ItemId, &'static str), i64>,
}

type Answer<T> = Result<T, &'static str>;

fn late_minutes(due: i64, at: i64) -> i64 {
    if at > due { (at - due + 59) / 60 } else { 0 }
}

impl Naive {
    fn tell(&mut self, fact: Fact) -> usize {
        self.facts.push(fact);
        self.facts.len() - 1
    }

    fn about_reservation(
        &mut self,
        kind: &'static str,
        reservation: usize,
        detail: Option<&'static str>,
        reverses: Option<usize>,
    ) -> usize {
        let customer = self.customers[self.reservations[reservation].customer].id;
        self.tell(Fact {
            kind,
            at: self.now,
            customer: Some(customer),
            number: Some(1001 + reservation as i64),
            detail,
            reverses,
            ..Fact::default()
        })
    }

    fn about_item(&self, kind: &'static str, item: usize) -> Fact {
        let it = &self.items[item];
        Fact {
            kind,
            at: self.now,
            item: Some(it.id),
            tag: Some(it.tag.clone()),
            type_id: Some(self.kinds[it.kind].id),
            ..Fact::default()
        }
    }

    /// A fact about an item, and whose custody it was in.
    fn about_item_of(&self, kind: &'static str, item: usize, rental: Option<usize>) -> Fact {
        let of = rental.map(|rental| &self.rentals[rental]);
        Fact {
            customer: of.map(|of| self.customers[of.customer].id),
            number: of.map(|of| 1001 + of.reservation as i64),
            ..self.about_item(kind, item)
        }
    }

    fn about_rental(&self, kind: &'static str, rental: usize) -> Fact {
        let it = &self.rentals[rental];
        let (item, tag) = match it.item {
            Some(item) => (Some(self.items[item].id), self.items[item].tag.clone()),
            None => (None, self.kinds[it.kind].tag.clone()),
        };
        Fact {
            kind,
            at: it.out,
            item,
            tag: Some(tag),
            type_id: Some(self.kinds[it.kind].id),
            count: Some(it.count),
            customer: Some(self.customers[it.customer].id),
            number: Some(1001 + it.reservation as i64),
            rental: Some(rental as i64 + 1),
            out: Some(it.out),
            due: Some(it.due),
            before: it.condition_out,
            ..Fact::default()
        }
    }

    fn open_rental(&self, item: usize) -> Option<usize> {
        self.open
            .iter()
            .copied()
            .find(|rental| self.rentals[*rental].item == Some(item))
    }

    /// The rental with which an item was seen last; what was undone never was.
    fn last_rental(&self, item: usize) -> Option<usize> {
        self.items[item]
            .rentals
            .iter()
            .rev()
            .copied()
            .find(|rental| self.rentals[*rental].fate != Fate::Undone)
    }

    fn count_out(&self, kind: usize) -> i64 {
        self.open
            .iter()
            .map(|rental| &self.rentals[*rental])
            .filter(|rental| rental.kind == kind && rental.item.is_none())
            .map(|rental| rental.count)
            .sum()
    }

    fn anything_out(&self, reservation: usize) -> bool {
        self.open
            .iter()
            .any(|rental| self.rentals[*rental].reservation == reservation)
    }

    fn remember(&mut self, step: Step) {
        self.steps.push((self.now, Some(step)));
    }

    fn ends(&mut self, rental: usize, fate: Fate, back: Option<i64>) {
        let it = &mut self.rentals[rental];
        (it.fate, it.back) = (fate, back);
        self.open.retain(|open| *open != rental);
    }

    fn hand_over(&mut self, out: &Out) -> Answer<usize> {
        if out.things.is_empty() {
            return Err("nothing in hand");
        }
        let asked = out.at.unwrap_or(self.now);
        if asked > self.now + AHEAD_MAX {
            return Err("ahead of the clock");
        }
        let customer = match out.to {
            To::New(customer) => customer,
            To::Known(reservation) if self.reservations[reservation].state != "ACTIVE" => {
                return Err("not active");
            }
            To::Known(reservation) => self.reservations[reservation].customer,
        };
        if self.customers[customer].suspended {
            return Err("suspended");
        }
        let mut counted: BTreeMap<usize, i64> = BTreeMap::new();
        for (position, thing) in out.things.iter().enumerate() {
            match *thing {
                What::Item(item) => {
                    let it = &self.items[item];
                    if out.things[..position]
                        .iter()
                        .any(|other| matches!(other, What::Item(other) if *other == item))
                    {
                        return Err("twice");
                    }
                    if it.life != Life::Here
                        || it.condition != GOOD
                        || self.open_rental(item).is_some()
                    {
                        return Err("cannot leave");
                    }
                }
                What::Counted(kind, count) => *counted.entry(kind).or_default() += count,
            }
        }
        for (kind, count) in &counted {
            if *count < 1
                || *count > self.kinds[*kind].count.expect("it is counted") - self.count_out(*kind)
            {
                return Err("too few");
            }
        }
        // Nobody can have had it twice at one time.
        let items: Vec<usize> = out
            .things
            .iter()
            .filter_map(|thing| {
                if let What::Item(item) = thing {
                    Some(*item)
                } else {
                    None
                }
            })
            .collect();
        let lasts: Vec<&NaiveRental> = items
            .iter()
            .filter_map(|item| self.last_rental(*item))
            .map(|rental| &self.rentals[rental])
            .collect();
        let last_back = lasts
            .iter()
            .filter_map(|last| last.back)
            .max()
            .unwrap_or(i64::MIN);
        let at = if out.at.is_none() && last_back > asked && last_back <= asked + SET_RIGHT_MAX {
            last_back
        } else {
            asked
        };
        if last_back > at
            || lasts
                .iter()
                .any(|last| last.fate == Fate::Lost && last.out >= at)
        {
            return Err("was with somebody else then");
        }
        // Nobody is late by seconds that no screen shows: what was not asked for is due on a whole
        // minute.
        let due = |kind: usize| {
            out.due
                .unwrap_or((at + self.kinds[kind].minutes * 60 + 59).div_euclid(60) * 60)
        };
        // By type, and within one in the order in which they were laid down; what is counted stands
        // where it was first named.
        let mut lines: BTreeMap<TypeId, Vec<(usize, Option<usize>, i64)>> = BTreeMap::new();
        for thing in &out.things {
            match *thing {
                What::Item(item) => lines
                    .entry(self.kinds[self.items[item].kind].id)
                    .or_default()
                    .push((self.items[item].kind, Some(item), 1)),
                What::Counted(kind, _) => {
                    if let Some(count) = counted.remove(&kind) {
                        lines
                            .entry(self.kinds[kind].id)
                            .or_default()
                            .push((kind, None, count));
                    }
                }
            }
        }
        for line in lines.values() {
            let due = due(line[0].0);
            if due <= at || due - at > STAY_MAX {
                return Err("due");
            }
        }
        let dues: Vec<i64> = lines.values().map(|line| due(line[0].0)).collect();
        let mut created = None;
        let reservation = match out.to {
            To::New(_) => {
                self.reservations.push(NaiveReservation {
                    customer,
                    state: "ACTIVE",
                    rentals: Vec::new(),
                });
                let reservation = self.reservations.len() - 1;
                created = Some(self.about_reservation(
                    "ReservationCreated",
                    reservation,
                    Some("CONFIRMED"),
                    None,
                ));
                self.about_reservation("ReservationConfirmed", reservation, None, None);
                reservation
            }
            To::Known(reservation) => reservation,
        };
        let mut rentals = Vec::new();
        for (things, due) in lines.into_values().zip(dues) {
            for (kind, item, count) in things {
                let rental = self.rentals.len();
                let condition_out = item.map(|item| self.items[item].condition);
                let told = self.facts.len();
                self.rentals.push(NaiveRental {
                    reservation,
                    kind,
                    item,
                    customer,
                    count,
                    out: at,
                    due,
                    back: None,
                    lost_at: None,
                    fate: Fate::Out,
                    condition_out,
                    missing: false,
                    told,
                });
                self.tell(self.about_rental("EquipmentCheckedOut", rental));
                self.open.push(rental);
                self.reservations[reservation].rentals.push(rental);
                if let Some(item) = item {
                    self.items[item].rentals.push(rental);
                }
                rentals.push(rental);
            }
        }
        if matches!(out.to, To::New(_)) {
            self.about_reservation("ReservationActivated", reservation, None, None);
        }
        self.remember(Step::Out {
            reservation,
            rentals,
            created,
        });
        Ok(reservation)
    }

    /// What a scan at the check-in means.
    fn scanned(&self, what: What, customer: Option<usize>) -> Answer<usize> {
        match what {
            What::Item(item) => match (self.open_rental(item), self.last_rental(item)) {
                (Some(open), _) => Ok(open),
                (None, Some(last))
                    if self.items[item].life != Life::Here
                        && self.rentals[last].fate == Fate::Lost =>
                {
                    Ok(last)
                }
                _ => Err("not out"),
            },
            What::Counted(kind, _) => {
                let mut open: Vec<usize> = self
                    .open
                    .iter()
                    .copied()
                    .filter(|rental| {
                        self.rentals[*rental].item.is_none() && self.rentals[*rental].kind == kind
                    })
                    .collect();
                open.retain(|rental| {
                    customer.is_none_or(|customer| self.rentals[*rental].customer == customer)
                });
                if open
                    .iter()
                    .any(|rental| self.rentals[*rental].customer != self.rentals[open[0]].customer)
                {
                    return Err("who brings it?");
                }
                open.into_iter()
                    .min_by_key(|rental| (self.rentals[*rental].due, *rental))
                    .ok_or("none out")
            }
        }
    }

    fn take_back(&mut self, rental: usize, back: &Back) -> Answer<usize> {
        let it = self.rentals[rental].clone();
        if matches!(it.fate, Fate::Back | Fate::Undone) {
            return Err("not out");
        }
        let at = back.at.unwrap_or(self.now.max(it.out));
        if (back.at.is_some() && at > self.now + AHEAD_MAX) || at < it.out {
            return Err("time");
        }
        let count = back.count.unwrap_or(it.count);
        if count < 1 || count > it.count {
            return Err("count");
        }
        let was_lost = it
            .item
            .is_some_and(|item| self.items[item].life == Life::Lost);
        let before = it.item.map(|item| self.items[item].condition);
        let after = before.map(|before| back.condition.unwrap_or(before));
        let reports = it.item.is_some()
            && (back.missing
                || back
                    .condition
                    .is_some_and(|after| Some(after) != before || back.note));
        if reports && after != Some(GOOD) && !back.note && !back.missing {
            return Err("a note is missing");
        }
        let id = if count < it.count {
            self.rentals[rental].count -= count;
            self.rentals.push(NaiveRental {
                count,
                ..it.clone()
            });
            let part = self.rentals.len() - 1;
            self.reservations[it.reservation].rentals.push(part);
            part
        } else {
            rental
        };
        self.ends(id, Fate::Back, Some(at));
        self.rentals[id].missing = back.missing;
        let late = late_minutes(it.due, at);
        let worse = after.is_some_and(|after| after != GOOD) && it.condition_out != after;
        let detail = if late > 0 || worse || back.missing {
            "FLAGGED"
        } else {
            "FINE"
        };
        let fact = self.tell(Fact {
            at,
            back: Some(at),
            after,
            late: Some(late),
            detail: Some(detail),
            ..self.about_rental("EquipmentCheckedIn", id)
        });
        let (mut report, mut found) = (None, None);
        if let (Some(item), Some(before), Some(after)) = (it.item, before, after) {
            if was_lost {
                self.items[item].life = Life::Here;
                self.flags.remove(&(self.items[item].id, "LOST"));
                found = Some(self.tell(Fact {
                    count: Some(1),
                    after: Some(before),
                    detail: Some("with a rental"),
                    ..self.about_item_of("EquipmentFound", item, Some(id))
                }));
            }
            if reports {
                report = Some(self.report(item, after, Some(id), back.missing, None));
            }
        }
        self.complete(it.reservation);
        self.remember(Step::In {
            rental: id,
            fact,
            report,
            before,
            found,
        });
        Ok(id)
    }

    fn complete(&mut self, reservation: usize) {
        if self.reservations[reservation].state == "ACTIVE" && !self.anything_out(reservation) {
            self.reservations[reservation].state = "COMPLETED";
            self.about_reservation("ReservationCompleted", reservation, None, None);
        }
    }

    fn report(
        &mut self,
        item: usize,
        after: &'static str,
        rental: Option<usize>,
        incomplete: bool,
        reverses: Option<usize>,
    ) -> usize {
        let before = self.items[item].condition;
        let fact = Fact {
            before: Some(before),
            after: Some(after),
            rental: rental.map(|rental| rental as i64 + 1),
            detail: incomplete.then_some("incomplete"),
            reverses,
            ..self.about_item_of("EquipmentConditionUpdated", item, rental)
        };
        let it = &mut self.items[item];
        (it.condition, it.job) = (after, after != GOOD);
        let id = it.id;
        for flag in [UNUSABLE, MAINTENANCE, "INCOMPLETE"] {
            self.flags.remove(&(id, flag));
        }
        if after != GOOD {
            self.flags.insert((id, after), self.now);
        }
        if incomplete {
            self.flags.insert((id, "INCOMPLETE"), self.now);
        }
        self.tell(fact)
    }

    fn judge(&mut self, item: usize, rental: Option<usize>, said: Said) -> Answer<()> {
        let rental = rental.or_else(|| self.open_rental(item));
        let before = self.items[item].condition;
        let (after, incomplete) = match said {
            Said::Good | Said::GoodButNote => (GOOD, false),
            Said::Unusable => (UNUSABLE, false),
            Said::Maintenance => (MAINTENANCE, false),
            Said::PartMissing => (before, true),
            Said::Lost => return self.lose(item, self.open_rental(item)),
        };
        let fact = self.report(item, after, rental, incomplete, None);
        let returned =
            rental.filter(|rental| matches!(self.rentals[*rental].fate, Fate::Back | Fate::Undone));
        let was_missing = returned.is_some_and(|returned| self.rentals[returned].missing);
        if let Some(returned) = returned {
            self.rentals[returned].missing |= incomplete;
        }
        self.remember(Step::Judged {
            item,
            before,
            after,
            rental: returned,
            was_missing,
            fact,
        });
        Ok(())
    }

    fn lose(&mut self, item: usize, open: Option<usize>) -> Answer<()> {
        if self.items[item].life != Life::Here
            || (open.is_none() && self.open_rental(item).is_some())
        {
            return Err("not here");
        }
        let fact = self.becomes_lost(item, open, None);
        self.remember(Step::Lost {
            item,
            rental: open,
            fact,
        });
        Ok(())
    }

    fn becomes_lost(&mut self, item: usize, open: Option<usize>, reverses: Option<usize>) -> usize {
        self.items[item].life = Life::Lost;
        self.flags.insert((self.items[item].id, "LOST"), self.now);
        let detail = if open.is_some() {
            "never came back"
        } else {
            "missing"
        };
        let fact = Fact {
            count: Some(1),
            rental: open.map(|rental| rental as i64 + 1),
            detail: Some(detail),
            reverses,
            ..self.about_item_of("EquipmentLost", item, open)
        };
        let fact = self.tell(fact);
        if let Some(open) = open {
            self.ends(open, Fate::Lost, None);
            self.rentals[open].lost_at = Some(self.now);
            self.complete(self.rentals[open].reservation);
        }
        fact
    }

    fn found(
        &mut self,
        item: usize,
        condition: &'static str,
        rental: Option<usize>,
        reverses: Option<usize>,
    ) -> Answer<()> {
        if self.items[item].life != Life::Lost {
            return Err("not lost");
        }
        self.items[item].life = Life::Here;
        self.flags.remove(&(self.items[item].id, "LOST"));
        let detail = rental.map(|_| "with a rental");
        self.tell(Fact {
            count: Some(1),
            after: Some(condition),
            detail,
            reverses,
            ..self.about_item_of("EquipmentFound", item, rental)
        });
        if condition != self.items[item].condition {
            self.report(item, condition, None, false, None);
        }
        Ok(())
    }

    fn retire(&mut self, item: usize) -> Answer<()> {
        if self.items[item].life == Life::Retired || self.open_rental(item).is_some() {
            return Err("cannot be retired");
        }
        (self.items[item].life, self.items[item].job) = (Life::Retired, false);
        let id = self.items[item].id;
        self.flags.retain(|(known, _), _| *known != id);
        self.tell(Fact {
            detail: Some("by hand"),
            ..self.about_item("EquipmentRetired", item)
        });
        Ok(())
    }

    fn bench_done(&mut self, item: usize) -> Answer<()> {
        if !self.items[item].job {
            return Err("no job");
        }
        let before = self.items[item].condition;
        let fact = self.report(item, GOOD, None, false, None);
        self.remember(Step::Judged {
            item,
            before,
            after: GOOD,
            rental: None,
            was_missing: false,
            fact,
        });
        Ok(())
    }

    fn suspend(&mut self, customer: usize, suspended: bool) -> Answer<()> {
        if self.customers[customer].suspended == suspended {
            return Err("already");
        }
        self.customers[customer].suspended = suspended;
        let (kind, detail) = if suspended {
            ("CustomerSuspended", Some("by hand"))
        } else {
            ("CustomerReinstated", None)
        };
        self.tell(Fact {
            kind,
            at: self.now,
            customer: Some(self.customers[customer].id),
            detail,
            ..Fact::default()
        });
        Ok(())
    }

    fn set_count(&mut self, kind: usize, count: i64) -> Answer<()> {
        let before = self.kinds[kind].count.expect("it is counted");
        if count < self.count_out(kind) {
            return Err("below what is out");
        }
        if count != before {
            let (told, detail) = if count > before {
                ("EquipmentAdded", None)
            } else {
                ("EquipmentLost", Some("counted"))
            };
            let (type_id, tag) = (self.kinds[kind].id, self.kinds[kind].tag.clone());
            self.tell(Fact {
                kind: told,
                at: self.now,
                tag: Some(tag),
                type_id: Some(type_id),
                count: Some((count - before).abs()),
                detail,
                ..Fact::default()
            });
            self.kinds[kind].count = Some(count);
        }
        Ok(())
    }

    /// The newest step of today that was not undone, of all or of the return of one rental.
    fn newest_step(&self, of: Option<usize>) -> Option<usize> {
        let today = self.now.div_euclid(DAY) * DAY;
        self.steps.iter().rposition(|(at, step)| {
            *at >= today
                && match (step, of) {
                    (None, _) => false,
                    (Some(_), None) => true,
                    (Some(Step::In { rental, .. }), Some(of)) => *rental == of,
                    _ => false,
                }
        })
    }

    fn undo(&mut self, of: Option<usize>) -> Answer<()> {
        let position = self.newest_step(of).ok_or("nothing to undo")?;
        let step = self.steps[position].1.take().expect("it is not undone");
        let outcome = self.reverse(&step);
        if outcome.is_err() {
            self.steps[position].1 = Some(step);
            return outcome;
        }
        // What was said of that very return since goes with it.
        if let Some(of) = of {
            let said = |step: &Step| matches!(step, Step::Judged { rental: Some(rental), .. } if *rental == of);
            for (_, later) in self.steps[position..]
                .iter_mut()
                .filter(|(_, step)| step.as_ref().is_some_and(said))
            {
                *later = None;
            }
        }
        outcome
    }

    fn reverse(&mut self, step: &Step) -> Answer<()> {
        match step {
            Step::Out {
                reservation,
                rentals,
                created,
            } => {
                // A count of which part came back and went out again lies in two rentals by now.
                let known = &self.reservations[*reservation].rentals;
                let told: Vec<usize> = rentals
                    .iter()
                    .map(|rental| self.rentals[*rental].told)
                    .collect();
                let parts: Vec<usize> = known
                    .iter()
                    .copied()
                    .filter(|rental| {
                        !rentals.contains(rental) && told.contains(&self.rentals[*rental].told)
                    })
                    .collect();
                if rentals
                    .iter()
                    .chain(&parts)
                    .any(|rental| self.rentals[*rental].fate != Fate::Out)
                {
                    return Err("has come back since");
                }
                for rental in rentals.iter().chain(&parts).copied() {
                    let back = self.now.max(self.rentals[rental].out);
                    self.ends(rental, Fate::Undone, Some(back));
                    let fact = self.about_rental("EquipmentCheckedIn", rental);
                    self.tell(Fact {
                        at: self.now,
                        back: Some(back),
                        after: fact.before,
                        late: Some(0),
                        reverses: Some(self.rentals[rental].told),
                        ..fact
                    });
                }
                if self.reservations[*reservation].state == "ACTIVE"
                    && !self.anything_out(*reservation)
                {
                    if self.reservations[*reservation]
                        .rentals
                        .iter()
                        .all(|rental| self.rentals[*rental].fate == Fate::Undone)
                    {
                        self.reservations[*reservation].state = "CANCELLED";
                        self.about_reservation(
                            "ReservationCancelled",
                            *reservation,
                            Some("undone"),
                            *created,
                        );
                    } else {
                        self.complete(*reservation);
                    }
                }
                Ok(())
            }
            Step::In {
                rental,
                fact,
                report,
                before,
                found,
            } => {
                if !matches!(self.rentals[*rental].fate, Fate::Back) {
                    return Err("not back any more");
                }
                let missing = self.rentals[*rental].missing;
                self.out_again(*rental, *fact)?;
                if let (Some(item), Some(before)) = (self.rentals[*rental].item, before) {
                    if self.items[item].condition != *before || missing {
                        self.report(item, before, None, false, *report);
                    }
                    if found.is_some() {
                        self.becomes_lost(item, Some(*rental), *found);
                    }
                }
                Ok(())
            }
            Step::Judged {
                item,
                before,
                after,
                rental,
                was_missing,
                fact,
            } => {
                if self.items[*item].condition != *after {
                    return Err("reported otherwise since");
                }
                self.report(*item, before, *rental, *was_missing, Some(*fact));
                if let Some(rental) = rental {
                    self.rentals[*rental].missing = *was_missing;
                }
                Ok(())
            }
            Step::Lost {
                item,
                rental: None,
                fact,
            } => self.found(*item, self.items[*item].condition, None, Some(*fact)),
            Step::Lost {
                item,
                rental: Some(rental),
                fact,
            } => {
                if self.rentals[*rental].fate != Fate::Lost || self.items[*item].life != Life::Lost
                {
                    return Err("not lost any more");
                }
                if self.last_rental(*item) != Some(*rental) {
                    return Err("out again since");
                }
                self.found(
                    *item,
                    self.items[*item].condition,
                    Some(*rental),
                    Some(*fact),
                )?;
                self.out_again(*rental, *fact)
            }
        }
    }

    fn out_again(&mut self, rental: usize, fact: usize) -> Answer<()> {
        let it = &self.rentals[rental];
        match it.item {
            Some(item)
                if self.items[item].life != Life::Here
                    || self.last_rental(item) != Some(rental) =>
            {
                return Err("gone, or out again since");
            }
            Some(_) => {}
            None if self.kinds[it.kind].count.expect("it is counted") - self.count_out(it.kind)
                < it.count =>
            {
                return Err("gone out again");
            }
            None => {}
        }
        let reservation = it.reservation;
        let it = &mut self.rentals[rental];
        (it.fate, it.back, it.lost_at, it.missing) = (Fate::Out, None, None, false);
        self.open.push(rental);
        let told = Fact {
            at: self.now,
            reverses: Some(fact),
            ..self.about_rental("EquipmentCheckedOut", rental)
        };
        self.tell(told);
        if self.reservations[reservation].state == "COMPLETED" {
            self.reservations[reservation].state = "ACTIVE";
            let number = Some(1001 + reservation as i64);
            let completed = (fact + 1..self.facts.len()).rev().find(|told| {
                self.facts[*told].kind == "ReservationCompleted"
                    && self.facts[*told].number == number
            });
            self.about_reservation("ReservationActivated", reservation, None, completed);
        }
        Ok(())
    }

    /// Who had an item at a moment: the rental, and when it ended.
    fn who_had(&self, item: usize, at: i64) -> Option<(usize, Option<i64>)> {
        let rentals = self.items[item].rentals.iter().rev().copied();
        let had = rentals
            .filter(|rental| self.rentals[*rental].fate != Fate::Undone)
            .find(|rental| self.rentals[*rental].out <= at)?;
        Some((had, self.rentals[had].back.or(self.rentals[had].lost_at)))
    }
}

// What happens at the counter -------------------------------------------------------------------

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum What {
    Item(usize),
    Counted(usize, i64),
}

#[derive(Clone, Copy, Debug)]
enum To {
    New(usize),
    Known(usize),
}

#[derive(Clone, Debug)]
struct Out {
    to: To,
    things: Vec<What>,
    due: Option<i64>,
    at: Option<i64>,
}

#[derive(Clone, Debug)]
struct Back {
    what: What,
    customer: Option<usize>,
    count: Option<i64>,
    at: Option<i64>,
    condition: Option<&'static str>,
    note: bool,
    missing: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Said {
    Good,
    GoodButNote,
    Unusable,
    Maintenance,
    PartMissing,
    Lost,
}

#[derive(Clone, Debug)]
enum Act {
    Out(Out),
    Back(Back),
    Judge(usize, Option<usize>, Said),
    BenchDone(usize),
    Found(usize, &'static str),
    Retire(usize),
    NewItem(usize),
    Suspend(usize, bool),
    SetCount(usize, i64),
    Undo,
    UndoReturn(usize),
}

/// How the program ends in the middle of its work.
#[derive(Clone, Copy, Debug)]
enum Crash {
    /// The file as it lies on the disk right after the commit, before anything derived was written.
    BeforeDrain,
    /// As it lies when some subscribers have heard and others have not.
    MidDrain,
    /// The program just stops.
    Dropped,
    /// It ends as it should.
    Closed,
}

struct Sim {
    dice: Dice,
    seed: u64,
    folder: TempDir,
    files: usize,
    shop: Option<Shop>,
    naive: Naive,
    /// Facts that were compared, and the identities of their events.
    compared: usize,
    event_ids: Vec<Uuid>,
    crash: Option<Crash>,
    recent: Vec<String>,
    undoing: bool,
    acts: usize,
    accepted: usize,
    crashes: usize,
    doubled: usize,
}

fn condition(word: &str) -> Condition {
    Condition::from_word(word).expect("a condition")
}

fn names(name: &str) -> Text {
    Text::new(name)
}

impl Sim {
    fn new(seed: u64) -> Sim {
        let folder = folder();
        let mut dice = Dice(seed);
        let start = 1_760_000_000 + dice.between(0, DAY);
        let path = folder.path().join("shop-0.db");
        let mut shop = Shop::create(
            &path,
            &[("name", "Simulated"), ("timezone", "UTC")],
            Clock::Fixed(Moment(start)),
        )
        .expect("a shop");
        let mut naive = Naive {
            now: start,
            ..Naive::default()
        };
        let made = shop.write(|db| set_up(db, &mut naive));
        made.expect("stock and customers");
        let mut sim = Sim {
            dice,
            seed,
            folder,
            files: 0,
            shop: Some(shop),
            naive,
            compared: 0,
            event_ids: Vec::new(),
            crash: None,
            recent: Vec::new(),
            undoing: false,
            acts: 0,
            accepted: 0,
            crashes: 0,
            doubled: 0,
        };
        sim.compare_facts();
        sim
    }

    fn shop(&self) -> &Shop {
        self.shop.as_ref().expect("a shop")
    }

    fn fail(&self, why: &str) -> ! {
        let recent = self.recent.join("\n  ");
        panic!(
            "{why}\nat act {} of seed {}: RENTDESK_SIM_SEED={} RENTDESK_SIM_OPS={} replays it; the last acts:\n  {recent}",
            self.acts, self.seed, self.seed, self.acts
        )
    }

    fn same<T: PartialEq + Debug>(&self, what: &str, found: &T, expected: &T) {
        if found != expected {
            self.fail(&format!(
                "{what}\n   the shop says {found:?}\n   it should be  {expected:?}"
            ));
        }
    }

    fn clock_goes_on(&mut self) {
        let step = match self.dice.below(100) {
            0..50 => self.dice.between(0, 20 * 60),
            50..80 => self.dice.between(0, 4 * 3600),
            80..95 => self.dice.between(0, 20 * 3600),
            95..97 => self.dice.between(-900, 0),
            97 => self.dice.between(-3 * DAY, 0),
            98 => self.dice.between(0, 20 * DAY),
            _ => 0,
        };
        self.naive.now += step;
        let now = Moment(self.naive.now);
        self.shop.as_mut().expect("a shop").clock = Clock::Fixed(now);
    }

    fn any_item(&mut self) -> usize {
        self.dice.below(self.naive.items.len())
    }

    /// One that satisfies it, if a few tries find it; else any.
    fn item_that(&mut self, wanted: impl Fn(&Naive, usize) -> bool) -> usize {
        for _ in 0..12 {
            let item = self.any_item();
            if wanted(&self.naive, item) {
                return item;
            }
        }
        self.any_item()
    }

    fn counted_kind(&mut self) -> usize {
        loop {
            let kind = self.dice.below(self.naive.kinds.len());
            if self.naive.kinds[kind].count.is_some() {
                return kind;
            }
        }
    }

    fn a_time(&mut self) -> Option<i64> {
        let now = self.naive.now;
        match self.dice.below(10) {
            0 => Some(now - self.dice.between(0, 3 * DAY)),
            1 => Some(now - self.dice.between(0, 3600)),
            2 if self.dice.one_in(4) => Some(now + self.dice.between(0, 2 * AHEAD_MAX)),
            _ => None,
        }
    }

    fn next_act(&mut self) -> Act {
        if self.undoing && self.dice.one_in(2) {
            return Act::Undo; // who undoes one step often undoes the one before it too
        }
        match self.dice.below(100) {
            0..28 => Act::Out(self.next_out()),
            28..62 => Act::Back(self.next_back()),
            62..76 => {
                let item = self.item_that(|naive, item| naive.items[item].life != Life::Retired);
                let last = self.naive.last_rental(item).filter(|_| self.dice.one_in(2));
                let said = [
                    Said::Good,
                    Said::GoodButNote,
                    Said::Unusable,
                    Said::Maintenance,
                    Said::PartMissing,
                    Said::Lost,
                ][self.dice.below(6)];
                let said = if said == Said::Lost && !self.dice.one_in(3) {
                    Said::Good
                } else {
                    said
                };
                Act::Judge(item, last, said)
            }
            76..81 => Act::BenchDone(self.item_that(|naive, item| naive.items[item].job)),
            81..84 => {
                let item = self.item_that(|naive, item| naive.items[item].life == Life::Lost);
                Act::Found(item, [GOOD, GOOD, UNUSABLE][self.dice.below(3)])
            }
            84 if self.dice.one_in(3) => Act::Retire(self.any_item()),
            84 => Act::NewItem(self.dice.below(self.naive.kinds.len())),
            85..87 => {
                let customer = self.dice.below(self.naive.customers.len());
                // Most may rent, most of the time.
                let suspended = !self.naive.customers[customer].suspended && self.dice.one_in(2);
                Act::Suspend(customer, suspended)
            }
            87 => {
                let kind = self.counted_kind();
                Act::SetCount(kind, self.dice.between(0, 40))
            }
            88..96 => Act::Undo,
            _ => {
                let newest = self.naive.rentals.len();
                Act::UndoReturn(newest.saturating_sub(1 + self.dice.below(12)))
            }
        }
    }

    fn next_out(&mut self) -> Out {
        let to = match self.dice.pick(&self.naive.open).copied() {
            Some(open) if self.dice.one_in(5) => To::Known(self.naive.rentals[open].reservation),
            _ if self.dice.one_in(40) && !self.naive.reservations.is_empty() => {
                To::Known(self.dice.below(self.naive.reservations.len()))
            }
            _ => To::New(self.dice.below(self.naive.customers.len())),
        };
        let mut things = Vec::new();
        for _ in 0..self.dice.below(4) + usize::from(!self.dice.one_in(30)) {
            things.push(if self.dice.one_in(4) {
                let (kind, fewest) = (
                    self.counted_kind(),
                    if self.dice.one_in(20) { 0 } else { 1 },
                );
                What::Counted(kind, self.dice.between(fewest, 8))
            } else if self.dice.one_in(15) {
                What::Item(self.any_item())
            } else {
                let laid: Vec<What> = if self.dice.one_in(20) {
                    Vec::new()
                } else {
                    things.clone()
                };
                What::Item(self.item_that(move |naive, item| {
                    naive.items[item].life == Life::Here
                        && naive.items[item].condition == GOOD
                        && naive.open_rental(item).is_none()
                        && !laid.contains(&What::Item(item))
                }))
            });
        }
        let due = match self.dice.below(8) {
            // What joins a reservation is due with it unless somebody says otherwise; here somebody
            // does.
            0..3 if matches!(to, To::New(_)) => None,
            7 if self.dice.one_in(6) => Some(self.naive.now + self.dice.between(-DAY, 420 * DAY)),
            _ => Some(self.naive.now + self.dice.between(1, 6 * DAY)),
        };
        Out {
            to,
            things,
            due,
            at: self.a_time(),
        }
    }

    fn next_back(&mut self) -> Back {
        let open = if self.dice.one_in(5) {
            self.naive.open.last().copied()
        } else {
            self.dice.pick(&self.naive.open).copied()
        };
        let open = open.filter(|_| !self.dice.one_in(12));
        let (what, customer) = match open.map(|open| &self.naive.rentals[open]) {
            Some(NaiveRental {
                item: Some(item), ..
            }) => (What::Item(*item), None),
            Some(rental) => (What::Counted(rental.kind, 0), Some(rental.customer)),
            None if self.dice.one_in(4) => (What::Counted(self.counted_kind(), 0), None),
            None if self.dice.one_in(2) => (
                What::Item(self.item_that(|naive, item| naive.items[item].life == Life::Lost)),
                None,
            ),
            None => (What::Item(self.any_item()), None),
        };
        let count = if matches!(what, What::Counted(..)) && self.dice.one_in(2) {
            Some(self.dice.between(0, 5))
        } else {
            None
        };
        let condition = match self.dice.below(10) {
            0 => Some(UNUSABLE),
            1 => Some(MAINTENANCE),
            2 => Some(GOOD),
            _ => None,
        };
        let note = condition.is_some() && !self.dice.one_in(8);
        Back {
            what,
            customer: customer.filter(|_| !self.dice.one_in(6)),
            count,
            at: self.a_time(),
            condition,
            note,
            missing: self.dice.one_in(12),
        }
    }

    /// One command: sent once, twice or three times, and now and then the program ends before its
    /// derived work is done.
    fn send<T, R>(
        &mut self,
        command: impl Fn(&mut Write<'_>) -> Result<T, Failure<R>>,
    ) -> Result<T, String>
    where
        T: Serialize + DeserializeOwned + PartialEq + Debug,
        R: Refusal,
    {
        let id = self.dice.uuid();
        let times = if self.dice.one_in(8) {
            1 + self.dice.between(1, 2)
        } else {
            1
        };
        let crash = self.crash;
        let now = Moment(self.naive.now);
        let shop = self.shop.as_mut().expect("a shop");
        let mut first: Option<Result<T, String>> = None;
        for time in 0..times {
            let outcome = if crash.is_some() {
                shop.store
                    .write(
                        Signature {
                            at: now,
                            staff: None,
                            command: id,
                        },
                        &command,
                    )
                    .map_err(Stop::from)
            } else {
                shop.write_once(id, &command)
            };
            let outcome = match outcome {
                Ok(value) => Ok(value),
                Err(Stop::Refused(refusal)) => Err(refusal.message),
                Err(Stop::Fault(fault)) => Err(format!("FAULT {fault:#}")),
            };
            if let Some(first) = &first {
                if *first != outcome {
                    self.fail(&format!(
                        "the same command sent {} times answers {outcome:?} after {first:?}",
                        time + 1
                    ));
                }
                self.doubled += 1;
                continue;
            }
            first = Some(outcome);
        }
        let outcome = first.expect("it was sent");
        if let Err(fault) = &outcome
            && fault.starts_with("FAULT")
        {
            self.fail(fault);
        }
        outcome
    }

    fn perform(&mut self, act: &Act) {
        let settings = self.shop().settings.clone();
        let rental_id = |rental: usize| RentalId(rental as i64 + 1);
        let (found, expected): (Result<i64, String>, Answer<i64>) = match act {
            Act::Out(out) => {
                let to = match out.to {
                    To::New(customer) => Recipient::WalkIn(self.naive.customers[customer].id),
                    To::Known(reservation) => {
                        Recipient::Reservation(ReservationId(reservation as i64 + 1))
                    }
                };
                let things = out.things.iter().map(|thing| match *thing {
                    What::Item(item) => Thing::Item(self.naive.items[item].id),
                    What::Counted(kind, count) => Thing::Bulk(self.naive.kinds[kind].id, count),
                });
                let things: Vec<Thing> = things.collect();
                let aside = |thing: &Thing| match thing {
                    Thing::Item(item) => Some(*item),
                    Thing::Bulk(..) => None,
                };
                let aside_count = |thing: &Thing| match thing {
                    Thing::Item(_) => None,
                    Thing::Bulk(type_id, _) => Some(*type_id),
                };
                // Whoever hands over was told what needs its turnaround still.
                let command = CheckOut {
                    due: out.due.map(Moment),
                    at: out.at.map(Moment),
                    extras: true,
                    aside: things.iter().filter_map(aside).collect(),
                    aside_counts: things.iter().filter_map(aside_count).collect(),
                    ..CheckOut::plain(to, things)
                };
                let found = self.send(|db| desk::hand_over(db, &settings, &command));
                (
                    found.map(|id| id.0),
                    self.naive
                        .hand_over(out)
                        .map(|reservation| reservation as i64 + 1),
                )
            }
            Act::Back(back) => {
                let now = Moment(self.naive.now);
                let customer = back
                    .customer
                    .map(|customer| self.naive.customers[customer].id);
                let tag = match back.what {
                    What::Item(item) => &self.naive.items[item].tag,
                    What::Counted(kind, _) => &self.naive.kinds[kind].tag,
                };
                let tag = tag.code();
                let command = CheckIn {
                    rental: RentalId(0),
                    quantity: back.count,
                    at: back.at.map(Moment),
                    condition: back.condition.map(condition),
                    note: back.note.then(|| names("seen at the counter")),
                    missing: back.missing.then(|| names("the strap")),
                    location: None,
                };
                let found = self.send(|db| {
                    let stock: Stock =
                        inventory::by_code(db.read(), &tag)?.expect("the tag is known");
                    let rental = desk::rental_of(db.read(), &settings, &stock, customer, now)?;
                    desk::take_back(
                        db,
                        &settings,
                        &CheckIn {
                            rental: rental.id,
                            ..command.clone()
                        },
                    )
                });
                let expected = self
                    .naive
                    .scanned(back.what, back.customer)
                    .and_then(|rental| self.naive.take_back(rental, back));
                (
                    found.map(|id| id.0),
                    expected.map(|rental| rental as i64 + 1),
                )
            }
            Act::Judge(item, rental, said) => {
                let note = || names("looked at");
                let judgement = match said {
                    Said::Good => Judgement::Good,
                    Said::GoodButNote => Judgement::GoodButNote(note()),
                    Said::Unusable => Judgement::Unusable(note()),
                    Said::Maintenance => {
                        Judgement::UnderMaintenance(note(), Some(Moment(self.naive.now + DAY)))
                    }
                    Said::PartMissing => Judgement::PartMissing(note()),
                    Said::Lost => Judgement::Lost(note()),
                };
                let id = self.naive.items[*item].id;
                let found = self.send(|db| desk::judge(db, id, rental.map(rental_id), &judgement));
                (
                    found.map(|()| 0),
                    self.naive.judge(*item, *rental, *said).map(|()| 0),
                )
            }
            Act::BenchDone(item) => {
                let id = self.naive.items[*item].id;
                (
                    self.send(|db| desk::bench_done(db, id, None, None))
                        .map(|()| 0),
                    self.naive.bench_done(*item).map(|()| 0),
                )
            }
            Act::Found(item, how) => {
                let id = self.naive.items[*item].id;
                let note = names("behind the shelf");
                let found = self.send(|db| match booking::lost_rental(db.read(), id)? {
                    Some(lost) => desk::take_back(
                        db,
                        &settings,
                        &CheckIn {
                            condition: Some(condition(how)),
                            note: Some(note.clone()),
                            ..CheckIn::plain(lost.id)
                        },
                    )
                    .map(|_| ()),
                    None => inventory::found(db, id, condition(how), Some(&note), None, None)
                        .map_err(|failure| failure.map(BookingRefusal::Stock)),
                });
                let lost = self
                    .naive
                    .last_rental(*item)
                    .filter(|last| self.naive.rentals[*last].fate == Fate::Lost);
                let expected = match lost {
                    Some(lost) => {
                        let back = Back {
                            what: What::Item(*item),
                            customer: None,
                            count: None,
                            at: None,
                            condition: Some(how),
                            note: true,
                            missing: false,
                        };
                        self.naive.take_back(lost, &back).map(|_| ())
                    }
                    None => self.naive.found(*item, how, None, None),
                };
                (found.map(|()| 0), expected.map(|()| 0))
            }
            Act::Retire(item) => {
                let id = self.naive.items[*item].id;
                (
                    self.send(|db| inventory::retire(db, id, &names("worn out")))
                        .map(|()| 0),
                    self.naive.retire(*item).map(|()| 0),
                )
            }
            Act::NewItem(kind) => {
                let type_id = self.naive.kinds[*kind].id;
                let found = self.send(|db| inventory::add_item(db, &NewItem::good(type_id, None)));
                let expected = if self.naive.kinds[*kind].count.is_some() {
                    Err("counted")
                } else {
                    Ok(self.naive.items.len() as i64 + 1)
                };
                if expected.is_ok() {
                    let id = ItemId(self.naive.items.len() as i64 + 1);
                    let tag = inventory::known(self.shop().read(), id)
                        .map(|item| item.tag)
                        .unwrap_or_else(|_| self.fail("the new item is not there"));
                    self.naive.items.push(NaiveItem {
                        id,
                        tag,
                        kind: *kind,
                        life: Life::Here,
                        condition: GOOD,
                        job: false,
                        rentals: Vec::new(),
                    });
                    let fact = Fact {
                        count: Some(1),
                        after: Some(GOOD),
                        ..self
                            .naive
                            .about_item("EquipmentAdded", self.naive.items.len() - 1)
                    };
                    self.naive.tell(fact);
                }
                (found.map(|id| id.0), expected)
            }
            Act::Suspend(customer, suspended) => {
                let id = self.naive.customers[*customer].id;
                let found = self.send(|db| {
                    if *suspended {
                        customers::suspend(db, id, &names("unpaid"))
                    } else {
                        customers::reinstate(db, id)
                    }
                });
                (
                    found.map(|()| 0),
                    self.naive.suspend(*customer, *suspended).map(|()| 0),
                )
            }
            Act::SetCount(kind, count) => {
                let id = self.naive.kinds[*kind].id;
                (
                    self.send(|db| inventory::set_bulk_quantity(db, id, *count))
                        .map(|()| 0),
                    self.naive.set_count(*kind, *count).map(|()| 0),
                )
            }
            Act::Undo => (
                self.send(|db| desk::undo(db, &settings, desk::Whose::Anyones))
                    .map(|_| 0),
                self.naive.undo(None).map(|()| 0),
            ),
            Act::UndoReturn(rental) => (
                self.send(|db| desk::undo_return(db, &settings, rental_id(*rental)))
                    .map(|_| 0),
                self.naive.undo(Some(*rental)).map(|()| 0),
            ),
        };
        match (&found, &expected) {
            (Ok(found), Ok(expected)) => {
                self.accepted += 1;
                self.same("the number of what was made", found, expected);
            }
            (Err(_), Err(_)) => {}
            _ => self.fail(&format!(
                "the answer to {act:?}\n   the shop says {found:?}\n   it should be  {expected:?}"
            )),
        }
    }

    /// The program ends, and is opened again on what it left.
    fn crash_now(&mut self, crash: Crash) {
        self.crashes += 1;
        let shop = self.shop.take().expect("a shop");
        let old = shop.store.path().expect("a file").to_owned();
        let mut path = old.clone();
        if let Crash::MidDrain = crash {
            for _ in 0..=self.dice.below(3) {
                outbox::drain(&shop.store, SUBSCRIBERS, &shop.clock, Duration::ZERO)
                    .expect("a slice");
            }
        }
        if let Crash::BeforeDrain | Crash::MidDrain = crash {
            // What lies on the disk while the program runs is what a kill leaves: the file and its
            // log.
            self.files += 1;
            path = self.folder.path().join(format!("shop-{}.db", self.files));
            for ending in ["", "-wal"] {
                let from = PathBuf::from(format!("{}{ending}", old.display()));
                if from.exists() {
                    std::fs::copy(&from, format!("{}{ending}", path.display()))
                        .expect("a copy of what lies there");
                }
            }
        }
        match crash {
            Crash::Closed => shop.close(),
            _ => drop(shop),
        }
        if path != old {
            for ending in ["", "-wal", "-shm", ".lock", ".head"] {
                let _ = std::fs::remove_file(format!("{}{ending}", old.display()));
            }
        }
        match Shop::open(&path, Clock::Fixed(Moment(self.naive.now))) {
            Ok(shop) => self.shop = Some(shop),
            Err(stop) => self.fail(&format!("it does not open again after {crash:?}: {stop:?}")),
        }
        self.shop().drain_all().expect("derived work");
    }

    fn run(&mut self, acts: usize) {
        let checks_at: Vec<usize> = (1..=4).map(|part| acts * part / 4).collect();
        while self.acts < acts {
            self.acts += 1;
            self.clock_goes_on();
            let act = self.next_act();
            self.undoing = matches!(act, Act::Undo);
            let crash = if self.dice.one_in(250) {
                Some(
                    [
                        Crash::BeforeDrain,
                        Crash::MidDrain,
                        Crash::Dropped,
                        Crash::Closed,
                    ][self.dice.below(4)],
                )
            } else {
                None
            };
            self.crash =
                crash.filter(|crash| matches!(crash, Crash::BeforeDrain | Crash::MidDrain));
            if self.recent.len() == 12 {
                self.recent.remove(0);
            }
            self.recent.push(format!(
                "{}: at {} {act:?}{}",
                self.acts,
                self.naive.now,
                crash.map_or_else(String::new, |crash| format!(", then {crash:?}"))
            ));
            self.perform(&act);
            if let Some(crash) = crash {
                self.crash_now(crash);
            }
            self.compare_facts();
            if self.acts.is_multiple_of(25) {
                self.compare_state();
            }
            if checks_at.contains(&self.acts) {
                self.compare_state();
                self.prove();
            }
        }
    }

    /// Every entry of the history against the list of facts, and the events behind them.
    fn compare_facts(&mut self) {
        self.shop().drain_all().expect("derived work");
        let events =
            log::events_after(self.shop().read(), self.compared as i64, i64::MAX).expect("events");
        self.event_ids
            .extend(events.iter().map(|event| event.event_id));
        for event in events {
            let Some(expected) = self.naive.facts.get(self.compared) else {
                self.fail(&format!("an event too many: {event:?}"))
            };
            let entry = match history::entry(self.shop().read(), event.seq) {
                Ok(Some(entry)) => entry,
                other => self.fail(&format!(
                    "event {} has no entry in the history: {other:?}",
                    event.seq
                )),
            };
            let reverses = entry.reverses.as_ref().map(|id| {
                self.event_ids
                    .iter()
                    .rposition(|known| known.to_string() == *id)
                    .unwrap_or_else(|| self.fail("it undoes an unknown event"))
            });
            let word = |word: Option<String>| {
                word.map(|word| {
                    if word.is_empty() {
                        ""
                    } else {
                        [GOOD, UNUSABLE, MAINTENANCE]
                            .into_iter()
                            .find(|known| *known == word)
                            .unwrap_or("?")
                    }
                })
            };
            let found = Fact {
                kind: if entry.kind == expected.kind {
                    expected.kind
                } else {
                    self.fail(&format!(
                        "entry {} is {entry:?}, not {expected:?}",
                        entry.seq
                    ))
                },
                at: entry.at.0,
                item: entry.item,
                tag: entry.tag.clone(),
                type_id: entry.type_id,
                count: entry.quantity,
                customer: entry.customer,
                number: entry.number.map(|number| number.0),
                rental: entry.rental.map(|rental| rental.0),
                out: entry.out_at.map(|at| at.0),
                due: entry.due_at.map(|at| at.0),
                back: entry.in_at.map(|at| at.0),
                before: word(entry.condition_before.clone()),
                after: word(entry.condition_after.clone()),
                late: entry.late_minutes,
                detail: match (&entry.detail, expected.detail) {
                    (Some(found), Some(expected)) if found == expected => Some(expected),
                    (None, _) => None,
                    (Some(_), _) => Some("another detail"),
                },
                reverses,
            };
            self.same(
                &format!("entry {} of the history", entry.seq),
                &found,
                expected,
            );
            self.compared += 1;
        }
        self.same(
            "the number of events",
            &self.compared,
            &self.naive.facts.len(),
        );
    }

    /// Who has what, what it is like, what the flags say.
    fn compare_state(&mut self) {
        let db = self.shop().read();
        for (position, expected) in self.naive.items.iter().enumerate() {
            let found = inventory::known(db, expected.id).expect("the item");
            let life = match expected.life {
                Life::Here => "IN_SERVICE",
                Life::Lost => "LOST",
                Life::Retired => "RETIRED",
            };
            self.same(
                &format!("the life of {}", found.tag),
                &found.lifecycle.word(),
                &life,
            );
            self.same(
                &format!("the condition of {}", found.tag),
                &found.condition.word(),
                &expected.condition,
            );
            self.same(
                &format!("the bench job of {}", found.tag),
                &inventory::open_job(db, expected.id)
                    .expect("a job")
                    .is_some(),
                &expected.job,
            );
            let open = booking::open_rental(db, expected.id).expect("a rental");
            self.same(
                &format!("who has {}", found.tag),
                &open.as_ref().map(|open| open.id.0),
                &self.naive.open_rental(position).map(|open| open as i64 + 1),
            );
            self.same(
                &format!("whether {} is out", found.tag),
                &found.out,
                &open.is_some(),
            );
        }
        for expected in self.naive.kinds.iter() {
            let Some(count) = expected.count else {
                continue;
            };
            let found = inventory::bulk_of_type(db, expected.id)
                .expect("stock")
                .expect("stock");
            let kind = self
                .naive
                .kinds
                .iter()
                .position(|kind| kind.id == expected.id)
                .expect("a kind");
            self.same(
                &format!("how many {} there are, and are out", found.tag),
                &(found.quantity, found.out),
                &(count, self.naive.count_out(kind)),
            );
        }
        for (position, customer) in self.naive.customers.iter().enumerate() {
            let found: Vec<(i64, i64, i64, i64)> = booking::out_to(db, customer.id)
                .expect("rentals")
                .iter()
                .map(|rental| {
                    (
                        rental.id.0,
                        rental.quantity,
                        rental.out_at.0,
                        rental.due_at.0,
                    )
                })
                .collect();
            let mut expected: Vec<(i64, i64, i64, i64)> = self
                .naive
                .open
                .iter()
                .map(|open| (*open, &self.naive.rentals[*open]))
                .filter(|(_, rental)| rental.customer == position)
                .map(|(open, rental)| (open as i64 + 1, rental.count, rental.out, rental.due))
                .collect();
            expected.sort_by_key(|(id, _, _, due)| (*due, *id));
            self.same(
                &format!("what customer {} has", customer.id.0),
                &found,
                &expected,
            );
            let suspended = customers::known(db, customer.id)
                .expect("the customer")
                .suspended_reason
                .is_some();
            self.same(
                "whether they are suspended",
                &suspended,
                &customer.suspended,
            );
        }
        let mut found: Vec<(ItemId, String, i64)> = history::flags(db)
            .expect("flags")
            .into_iter()
            .map(|flag| (flag.item, flag.flag, flag.since.0))
            .collect();
        found.sort();
        let mut expected: Vec<(ItemId, String, i64)> = self
            .naive
            .flags
            .iter()
            .map(|((item, flag), since)| (*item, (*flag).to_owned(), *since))
            .collect();
        expected.sort();
        self.same("the condition flags", &found, &expected);
        let (item, ago) = (self.any_item(), self.dice.between(0, 10 * DAY));
        self.compare_custody(item, self.naive.now - ago);
        for back in 0..self.naive.rentals.len().min(20) {
            self.compare_rental(self.naive.rentals.len() - 1 - back);
        }
        for back in 0..self.naive.reservations.len().min(10) {
            self.compare_reservation(self.naive.reservations.len() - 1 - back);
        }
    }

    fn compare_custody(&self, item: usize, at: i64) {
        let found = history::who_had(self.shop().read(), self.naive.items[item].id, Moment(at))
            .expect("an answer");
        let found = found.map(|had| {
            (
                had.rental.0,
                had.customer.0,
                had.out.0,
                had.due.0,
                had.back.map(|back| back.0),
            )
        });
        let expected = self.naive.who_had(item, at).map(|(rental, back)| {
            let it = &self.naive.rentals[rental];
            (
                rental as i64 + 1,
                self.naive.customers[it.customer].id.0,
                it.out,
                it.due,
                back,
            )
        });
        self.same(
            &format!("who had {} at {at}", self.naive.items[item].tag),
            &found,
            &expected,
        );
    }

    fn compare_rental(&self, rental: usize) {
        let expected = &self.naive.rentals[rental];
        let found = booking::rental(self.shop().read(), RentalId(rental as i64 + 1))
            .expect("rentals")
            .expect("the rental");
        let fate = match (found.state.word(), found.outcome) {
            ("OUT", _) => Fate::Out,
            ("LOST", _) => Fate::Lost,
            (_, None) => Fate::Undone,
            (_, Some(_)) => Fate::Back,
        };
        let found = (
            fate,
            found.quantity,
            found.customer,
            found.item,
            found.out_at.0,
            found.due_at.0,
            found.in_at.map(|at| at.0),
            found.missing.is_some(),
        );
        let item = expected.item.map(|item| self.naive.items[item].id);
        let expected = (
            expected.fate,
            expected.count,
            self.naive.customers[expected.customer].id,
            item,
            expected.out,
            expected.due,
            expected.back,
            expected.missing,
        );
        self.same(&format!("rental {}", rental + 1), &found, &expected);
    }

    fn compare_reservation(&self, reservation: usize) {
        let found = booking::reservation(self.shop().read(), ReservationId(reservation as i64 + 1))
            .expect("the reservation");
        let expected = &self.naive.reservations[reservation];
        let customer = self.naive.customers[expected.customer].id;
        self.same(
            &format!("R-{}", 1001 + reservation),
            &(found.state.word(), found.customer, found.number.0),
            &(expected.state, Some(customer), 1001 + reservation as i64),
        );
        let rentals = booking::rentals_of(self.shop().read(), found.id)
            .expect("rentals")
            .len();
        self.same("its rentals", &rentals, &expected.rentals.len());
    }

    /// The books are right, and everything derived comes out of the events again, byte for byte.
    fn prove(&mut self) {
        let problems = self.shop().check().expect("a check");
        if !problems.is_empty() {
            self.fail(&format!("the books are wrong: {problems:?}"));
        }
        let seals = |shop: &Shop| {
            SUBSCRIBERS
                .iter()
                .map(|subscriber| outbox::seal(shop.read(), subscriber).expect("a seal"))
                .collect::<Vec<_>>()
        };
        let before = seals(self.shop());
        self.shop().rebuild("all").expect("a rebuild");
        self.same(
            "the derived tables after a rebuild",
            &seals(self.shop()),
            &before,
        );
        self.same(
            "what is left to hear",
            &self
                .shop()
                .consumers()
                .expect("consumers")
                .iter()
                .map(|consumer| consumer.lag)
                .sum::<i64>(),
            &0,
        );
    }

    /// Everything there ever was.
    fn compare_all(&mut self) {
        self.compare_state();
        for rental in 0..self.naive.rentals.len() {
            self.compare_rental(rental);
        }
        for reservation in 0..self.naive.reservations.len() {
            self.compare_reservation(reservation);
        }
        for _ in 0..self.naive.items.len() {
            let item = self.any_item();
            let first = self.naive.items[item]
                .rentals
                .first()
                .map_or(self.naive.now, |rental| self.naive.rentals[*rental].out);
            let at = self
                .dice
                .between(first.min(self.naive.now), self.naive.now.max(first));
            self.compare_custody(item, at);
        }
        self.same(
            "the number of rentals",
            &(booking::rental(
                self.shop().read(),
                RentalId(self.naive.rentals.len() as i64 + 1),
            )
            .expect("rentals")
            .is_none()),
            &true,
        );
        let entries =
            history::count(self.shop().read(), &history::Filter::default()).expect("a count");
        self.same(
            "the number of entries",
            &entries,
            &(self.naive.facts.len() as i64),
        );
    }
}

fn set_up(db: &mut Write<'_>, naive: &mut Naive) -> Result<(), Failure<catalog::CatalogRefusal>> {
    let fault = |why: String| Failure::<catalog::CatalogRefusal>::Fault(anyhow::anyhow!("{why}"));
    let category = catalog::add_category(db, &names("Camera"), None, Some("CAM"))?;
    let tracked = [
        ("Body", None, 0),
        ("Lens", Some(48), 60),
        ("Tripod", Some(5), 0),
        ("Cable", None, 0),
        ("Battery", None, 30),
        ("Sandbag", Some(72), 0),
    ];
    for (position, (name, fixed_hours, turnaround_minutes)) in tracked.into_iter().enumerate() {
        let counted = position >= 3;
        let tracking = if counted {
            Tracking::Bulk
        } else {
            Tracking::Items
        };
        let new = NewType {
            fixed_hours,
            turnaround_minutes,
            ..NewType::named(category, names(name), tracking)
        };
        let id = catalog::add_type(db, &new)?;
        let tag = AssetTag::parse(&format!("BULK-{position}")).expect("a tag");
        let kind = naive.kinds.len();
        naive.kinds.push(NaiveType {
            id,
            tag: tag.clone(),
            count: None,
            minutes: fixed_hours.map_or(24 * 60, |hours| hours * 60),
        });
        naive.tell(Fact {
            kind: "EquipmentTypeAdded",
            at: naive.now,
            type_id: Some(id),
            ..Fact::default()
        });
        if counted {
            naive.kinds[kind].count = Some(20);
            inventory::add_bulk(db, id, 20, Some(&tag), None)
                .map_err(|failure| fault(format!("{failure:?}")))?;
            naive.tell(Fact {
                kind: "EquipmentAdded",
                at: naive.now,
                tag: Some(tag),
                type_id: Some(id),
                count: Some(20),
                ..Fact::default()
            });
            continue;
        }
        for _ in 0..8 {
            let item = inventory::add_item(db, &NewItem::good(id, None))
                .map_err(|failure| fault(format!("{failure:?}")))?;
            let tag = inventory::known(db.read(), item)
                .map_err(|failure| fault(format!("{failure:?}")))?
                .tag;
            naive.items.push(NaiveItem {
                id: item,
                tag,
                kind,
                life: Life::Here,
                condition: GOOD,
                job: false,
                rentals: Vec::new(),
            });
            naive.tell(Fact {
                count: Some(1),
                after: Some(GOOD),
                ..naive.about_item("EquipmentAdded", naive.items.len() - 1)
            });
        }
    }
    for number in 1..=7 {
        let profile = Profile {
            name: names(&format!("Customer {number}")),
            ..Profile::default()
        };
        let id = customers::register(
            db,
            &profile,
            ContactRules {
                email_required: false,
                phone_required: false,
            },
        )
        .map_err(|failure| fault(format!("{failure:?}")))?;
        naive.customers.push(NaiveCustomer {
            id,
            suspended: false,
        });
        naive.tell(Fact {
            kind: "CustomerRegistered",
            at: naive.now,
            customer: Some(id),
            ..Fact::default()
        });
    }
    Ok(())
}

#[test]
fn a_random_life_of_the_shop_is_what_a_naive_shop_remembers() {
    let (seed, acts) = seed_and_length("RENTDESK_SIM_SEED", "RENTDESK_SIM_OPS", 3000);
    println!("RENTDESK_SIM_SEED={seed} RENTDESK_SIM_OPS={acts}");
    let started = Instant::now();
    let mut sim = Sim::new(seed);
    sim.run(acts);
    sim.compare_all();
    println!(
        "seed {seed}: {acts} acts, {} accepted, {} sent again, {} ends in the middle, {} rentals, {} events, {:.1} s",
        sim.accepted,
        sim.doubled,
        sim.crashes,
        sim.naive.rentals.len(),
        sim.compared,
        started.elapsed().as_secs_f64()
    );
}
