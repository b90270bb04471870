//! Who has what, promises, items and money, made anew from the events alone and held against the
//! rows: what a row says and no event told is found, and named by thing and person.
//!
//! It reads the log once and each table once. What an event of an older version did not say is not
//! held against anything.

use crate::billing::{self, PaymentKind};
use crate::booking::{self, RentalState};
use crate::events::{Event, Recorded};
use crate::inventory;
use crate::kernel::{
    AssetTag, CustomerId, DepositId, Fallible, ItemId, Moment, Money, PaymentId, RentalId,
    ReservationId, TypeId,
};
use crate::store::{Read, log, seal};
use std::collections::{BTreeMap, BTreeSet};

const SLICE: i64 = 2000;
/// The most that is told of one table.
const TOLD_MAX: usize = 20;

#[derive(Default)]
struct ByEvents {
    rentals: BTreeMap<RentalId, RentalTold>,
    reservations: BTreeMap<ReservationId, ReservationTold>,
    items: BTreeMap<ItemId, ItemTold>,
    /// The newest rental of each.
    newest: BTreeMap<ItemId, RentalId>,
    payments: BTreeMap<PaymentId, PaymentTold>,
    deposits: BTreeMap<DepositId, DepositTold>,
}

struct RentalTold {
    item: Option<ItemId>,
    type_id: TypeId,
    reservation: ReservationId,
    customer: CustomerId,
    out_at: Moment,
    due_at: Moment,
    in_at: Option<Moment>,
    state: RentalState,
    /// Its check-out was taken back: the row is kept, and says nothing any more.
    undone: bool,
    /// A later check-out of the same item shows that it was found, which old records do not tell.
    left_behind: bool,
}

struct ReservationTold {
    customer: Option<CustomerId>,
    state: String,
    start: Option<Moment>,
    /// Until gear of it moves it: from then on it follows the due times.
    end: Option<Moment>,
}

struct ItemTold {
    tag: AssetTag,
    type_id: TypeId,
    condition: String,
    lifecycle: &'static str,
}

struct PaymentTold {
    customer: CustomerId,
    amount: Money,
    method: String,
    is_refund: bool,
}

struct DepositTold {
    reservation: ReservationId,
    customer: CustomerId,
    amount: Money,
    method: String,
}

impl ByEvents {
    fn hear(&mut self, event: &Recorded) {
        let Some(fact) = &event.event else {
            return;
        };
        let moved_by = match fact {
            Event::EquipmentCheckedOut(out) => Some(out.reservation_id),
            Event::EquipmentCheckedIn(back) => Some(back.reservation_id),
            Event::RentalExtended { reservation_id, .. } => Some(*reservation_id),
            _ => None,
        };
        if let Some(moved) = moved_by.and_then(|id| self.reservations.get_mut(&id)) {
            moved.end = None;
        }
        match fact {
            Event::EquipmentCheckedOut(out) => {
                if let Some(item) = out.item_id
                    && let Some(before) = self.newest.insert(item, out.rental_id)
                    && before != out.rental_id
                    && let Some(before) = self.rentals.get_mut(&before)
                {
                    before.left_behind = true;
                }
                self.rentals.insert(
                    out.rental_id,
                    RentalTold {
                        item: out.item_id,
                        type_id: out.type_id,
                        reservation: out.reservation_id,
                        customer: out.customer_id,
                        out_at: out.out_at,
                        due_at: out.due_at,
                        in_at: None,
                        state: RentalState::Out,
                        undone: false,
                        left_behind: false,
                    },
                );
            }
            Event::EquipmentCheckedIn(back) => {
                let rental = self.rentals.entry(back.rental_id).or_insert(RentalTold {
                    item: back.item_id,
                    type_id: back.type_id,
                    reservation: back.reservation_id,
                    customer: back.customer_id,
                    out_at: back.out_at,
                    due_at: back.due_at,
                    in_at: None,
                    state: RentalState::Out,
                    undone: false,
                    left_behind: false,
                });
                rental.undone = event.reverses().is_some();
                (rental.state, rental.in_at) = (RentalState::Returned, Some(back.in_at));
                rental.due_at = back.due_at;
            }
            Event::RentalExtended {
                rental_id, new_due, ..
            } => {
                if let Some(rental) = self.rentals.get_mut(rental_id) {
                    rental.due_at = *new_due;
                }
            }
            Event::EquipmentLost {
                item_id, rental_id, ..
            } => {
                if let Some(item) = item_id.and_then(|id| self.items.get_mut(&id)) {
                    item.lifecycle = "LOST";
                }
                if let Some(rental) = rental_id.and_then(|id| self.rentals.get_mut(&id)) {
                    rental.state = RentalState::Lost;
                }
            }
            Event::EquipmentFound {
                item_id, condition, ..
            } => {
                if let Some(item) = item_id.and_then(|id| self.items.get_mut(&id)) {
                    (item.lifecycle, item.condition) = ("IN_SERVICE", condition.clone());
                }
            }
            Event::EquipmentAdded {
                item_id: Some(id),
                asset_tag,
                type_id,
                condition,
                ..
            } => {
                self.items.insert(
                    *id,
                    ItemTold {
                        tag: asset_tag.clone(),
                        type_id: *type_id,
                        condition: condition.clone().unwrap_or_default(),
                        lifecycle: "IN_SERVICE",
                    },
                );
            }
            Event::EquipmentConditionUpdated { item_id, after, .. } => {
                if let Some(item) = self.items.get_mut(item_id) {
                    item.condition.clone_from(after);
                }
            }
            Event::EquipmentRetired { item_id, .. } => {
                if let Some(item) = self.items.get_mut(item_id) {
                    item.lifecycle = "RETIRED";
                }
            }
            Event::PaymentReceived(paid) | Event::PaymentRefunded(paid) => {
                self.payments.insert(
                    paid.payment_id,
                    PaymentTold {
                        customer: paid.customer_id,
                        amount: paid.amount,
                        method: paid.method.clone(),
                        is_refund: matches!(fact, Event::PaymentRefunded(_)),
                    },
                );
            }
            Event::DepositTaken(deposit) => {
                self.deposits.insert(
                    deposit.deposit_id,
                    DepositTold {
                        reservation: deposit.reservation_id,
                        customer: deposit.customer_id,
                        amount: deposit.amount,
                        method: deposit.method.clone(),
                    },
                );
            }
            _ => self.hear_of_promise(fact),
        }
    }

    fn hear_of_promise(&mut self, fact: &Event) {
        let mut state = |id: &ReservationId, word: &str, customer: Option<CustomerId>| {
            let told = self.reservations.entry(*id).or_insert(ReservationTold {
                customer,
                state: String::new(),
                start: None,
                end: None,
            });
            told.state = word.to_owned();
            told.customer = customer.or(told.customer);
        };
        match fact {
            Event::ReservationCreated {
                reservation_id,
                customer_id,
                state: word,
                ..
            } => state(reservation_id, word, *customer_id),
            Event::ReservationConfirmed {
                reservation_id,
                customer_id,
                ..
            } => state(reservation_id, "CONFIRMED", Some(*customer_id)),
            Event::ReservationActivated {
                reservation_id,
                customer_id,
                ..
            } => state(reservation_id, "ACTIVE", Some(*customer_id)),
            Event::ReservationCompleted {
                reservation_id,
                customer_id,
                ..
            } => state(reservation_id, "COMPLETED", Some(*customer_id)),
            Event::ReservationCancelled { reservation_id, .. } => {
                state(reservation_id, "CANCELLED", None)
            }
            Event::ReservationExpired { reservation_id, .. } => {
                state(reservation_id, "EXPIRED", None)
            }
            Event::ReservationChanged {
                reservation_id,
                customer_id,
                after,
                ..
            } => {
                state(reservation_id, &after.state, *customer_id);
                if let Some(told) = self.reservations.get_mut(reservation_id) {
                    (told.start, told.end) = (Some(after.start), Some(after.end));
                }
            }
            _ => {}
        }
    }
}

/// What a row says against the events: a table, its key, and what differs.
struct Differences<'a> {
    db: Read<'a>,
    found: Vec<String>,
    of_table: usize,
}

impl Differences<'_> {
    fn next_table(&mut self) {
        self.of_table = 0;
    }

    fn add(&mut self, table: &str, id: i64, what: &str) -> Fallible<()> {
        self.add_of(table, id, Vec::new(), what)
    }

    fn add_of(
        &mut self,
        table: &str,
        id: i64,
        links: Vec<(String, i64)>,
        what: &str,
    ) -> Fallible<()> {
        self.of_table += 1;
        if self.of_table > TOLD_MAX {
            return Ok(());
        }
        let row = seal::Broken {
            table: table.to_owned(),
            id: Some(id),
            key: id.to_string(),
            wrong: seal::Wrong::Changed,
            links,
            name: None,
        };
        let named = super::broken_rows::row_in_words(self.db, &row);
        self.found.push(format!("{named}: {what}"));
        Ok(())
    }

    /// Every row that was told of is there, and every row that is there was told of.
    fn match_up<K: Ord + Copy>(
        &mut self,
        table: &str,
        told: impl Iterator<Item = K>,
        rows: &BTreeSet<K>,
        id: impl Fn(K) -> i64,
        about: impl Fn(K) -> Vec<(&'static str, i64)>,
    ) -> Fallible<()> {
        let told: BTreeSet<K> = told.collect();
        for missing in told.difference(rows) {
            let links = about(*missing)
                .into_iter()
                .map(|(column, id)| (column.to_owned(), id))
                .collect();
            let what = "the events tell of it, and it is not there";
            self.add_of(table, id(*missing), links, what)?;
        }
        for extra in rows.difference(&told) {
            self.add(table, id(*extra), "it is there, and no event tells of it")?;
        }
        Ok(())
    }
}

/// Everything in which the rows are not what the events make of them.
pub fn against_events(db: Read<'_>) -> Fallible<Vec<String>> {
    let mut told = ByEvents::default();
    let mut seq = 0;
    loop {
        let events = log::events_after(db, seq, SLICE)?;
        let Some(last) = events.last() else {
            break;
        };
        seq = last.seq;
        events.iter().for_each(|event| told.hear(event));
    }
    let mut differences = Differences {
        db,
        found: Vec::new(),
        of_table: 0,
    };
    rentals(&told, &mut differences)?;
    reservations(&told, &mut differences)?;
    items(&told, &mut differences)?;
    money(&told, &mut differences)?;
    Ok(differences.found)
}

fn rentals(told: &ByEvents, differences: &mut Differences<'_>) -> Fallible<()> {
    differences.next_table();
    let rows = booking::all_rentals(differences.db)?;
    // Of counted stock a return in parts is told of by counts, which have invariants of their own.
    let ids = rows
        .iter()
        .filter(|row| row.item.is_some())
        .map(|row| row.id);
    let named = told
        .rentals
        .iter()
        .filter(|(_, rental)| rental.item.is_some() && !rental.undone);
    let about = |id: RentalId| {
        let rental = &told.rentals[&id];
        let item = rental.item.map(|item| ("item_id", item.0));
        let of = [
            ("reservation_id", rental.reservation.0),
            ("customer_id", rental.customer.0),
        ];
        item.into_iter().chain(of).collect()
    };
    let ids = ids.collect();
    differences.match_up("rental", named.map(|(id, _)| *id), &ids, |id| id.0, about)?;
    let items = &told.items;
    for row in &rows {
        let Some(told) = told.rentals.get(&row.id) else {
            continue;
        };
        let mut what = Vec::new();
        let mut note = |same: bool, words: &str| {
            if !same {
                what.push(words.to_owned());
            }
        };
        note(row.customer == told.customer, "another customer");
        note(row.reservation == told.reservation, "another reservation");
        note(row.type_id == told.type_id, "another type");
        note(row.item == told.item, "another item");
        if told.item.is_some() {
            // Old records of what never came back tell of the loss with the item alone.
            let was_lost = told
                .item
                .and_then(|id| items.get(&id))
                .is_some_and(|item| item.lifecycle == "LOST");
            let is_lost = row.state == RentalState::Lost && (was_lost || told.left_behind);
            note(row.state == told.state || is_lost, "another state");
            note(row.out_at == told.out_at, "another time of check-out");
            note(row.due_at == told.due_at, "another due time");
            let is_back = told.state == RentalState::Returned;
            note(
                !is_back || row.in_at == told.in_at,
                "another time of return",
            );
        }
        if !what.is_empty() {
            let what = format!("{} than the events tell", what.join(", "));
            differences.add("rental", row.id.0, &what)?;
        }
    }
    Ok(())
}

fn reservations(told: &ByEvents, differences: &mut Differences<'_>) -> Fallible<()> {
    differences.next_table();
    let rows = booking::list(differences.db, None, i64::MAX)?;
    let mut with_event = BTreeSet::new();
    for row in &rows {
        let Some(told) = told.reservations.get(&row.id) else {
            continue; // a walk-in's is told of with its gear
        };
        with_event.insert(row.id);
        let mut what = Vec::new();
        if told.customer.is_some() && row.customer != told.customer {
            what.push("another customer");
        }
        if row.state.word() != told.state {
            what.push("another state");
        }
        let differs = |told: Option<Moment>, row| told.is_some_and(|told| told != row);
        if differs(told.start, row.start) || differs(told.end, row.end) {
            what.push("other dates");
        }
        if !what.is_empty() {
            let what = format!("{} than the events tell", what.join(", "));
            differences.add("reservation", row.id.0, &what)?;
        }
    }
    let told = told.reservations.keys().copied();
    differences.match_up("reservation", told, &with_event, |id| id.0, |_| Vec::new())
}

fn items(told: &ByEvents, differences: &mut Differences<'_>) -> Fallible<()> {
    differences.next_table();
    let rows = inventory::all_items(differences.db)?;
    let ids = rows.iter().map(|row| row.id).collect();
    let named = told.items.keys().copied();
    let about = |id: ItemId| vec![("type_id", told.items[&id].type_id.0)];
    differences.match_up("item", named, &ids, |id| id.0, about)?;
    for row in &rows {
        let Some(told) = told.items.get(&row.id) else {
            continue;
        };
        let mut what = Vec::new();
        if row.tag != told.tag {
            what.push("another tag");
        }
        if row.type_id != told.type_id {
            what.push("another type");
        }
        if row.condition.word() != told.condition {
            what.push("another condition");
        }
        if row.lifecycle.word() != told.lifecycle {
            what.push("lost, found or retired otherwise");
        }
        if !what.is_empty() {
            let what = format!("{} than the events tell", what.join(", "));
            differences.add("item", row.id.0, &what)?;
        }
    }
    Ok(())
}

fn money(told: &ByEvents, differences: &mut Differences<'_>) -> Fallible<()> {
    differences.next_table();
    let rows = billing::all_payments(differences.db)?;
    let ids = rows.iter().map(|row| row.id).collect();
    let named = told.payments.keys().copied();
    let about = |id: PaymentId| vec![("customer_id", told.payments[&id].customer.0)];
    differences.match_up("payment", named, &ids, |id| id.0, about)?;
    for row in &rows {
        let Some(told) = told.payments.get(&row.id) else {
            continue;
        };
        let same = row.customer == told.customer
            && row.amount == told.amount
            && row.method.word() == told.method
            && (row.kind == PaymentKind::Refund) == told.is_refund;
        if !same {
            let what = "another customer, amount or method than the events tell";
            differences.add("payment", row.id.0, what)?;
        }
    }
    differences.next_table();
    let rows = billing::deposits(differences.db)?;
    let ids = rows.iter().map(|row| row.id).collect();
    let named = told.deposits.keys().copied();
    let about = |id: DepositId| {
        let deposit = &told.deposits[&id];
        vec![
            ("reservation_id", deposit.reservation.0),
            ("customer_id", deposit.customer.0),
        ]
    };
    differences.match_up("deposit", named, &ids, |id| id.0, about)?;
    for row in &rows {
        let Some(told) = told.deposits.get(&row.id) else {
            continue;
        };
        let same = row.customer == told.customer
            && row.reservation == told.reservation
            && row.amount == told.amount
            && row.method.word() == told.method;
        if !same {
            let what = "another customer, reservation, amount or method than the events tell";
            differences.add("deposit", row.id.0, what)?;
        }
    }
    Ok(())
}
