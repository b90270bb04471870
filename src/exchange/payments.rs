//! A list of payments that were taken before the shop used this program.
//!
//! Their rentals were billed elsewhere, so they settle nothing here: each is taken over at its own
//! time, for the types its rental was of, and stands in the books as income of before.

use super::cells::{self, DateOrder};
use super::import::{Created, List, Problems, RowCells, rows_have, said};
use super::rentals::find_customer;
use crate::billing::{self, Method, OldPayment};
use crate::booking::{self, Rental};
use crate::events::TypeShare;
use crate::kernel::text::folded;
use crate::kernel::{
    CustomerId, Fallible, Moment, Money, ReservationId, ReservationNumber, Settings, StaffId, Text,
};
use crate::staff;
use crate::store::Write;
use std::collections::HashMap;

pub(super) struct PaymentsPlan {
    records: Vec<Record>,
    pub skipped: usize,
}

struct Record {
    row: usize,
    old: OldPayment,
    staff: Option<Text>,
}

/// What makes two records without a number the same one.
type Sameness = (CustomerId, Option<ReservationId>, Moment, Money);

struct Reader<'a, 'l> {
    list: &'l List<'a>,
    order: DateOrder,
    rentals: HashMap<Text, Vec<Rental>>,
    customers: HashMap<String, Result<CustomerId, String>>,
    /// What the shop has, by the other program's number, else by what it was.
    known: HashMap<Text, usize>,
    unnumbered: HashMap<Sameness, usize>,
    seen: HashMap<Text, usize>,
    ahead: Vec<usize>,
    strange_methods: Vec<usize>,
    /// Paid by somebody else than who rented.
    others: Vec<usize>,
}

impl PaymentsPlan {
    pub fn of(list: &List<'_>, problems: &mut Problems, notes: &mut Vec<String>) -> Fallible<Self> {
        let (order, note) = DateOrder::of_with_note(list.column("at"));
        notes.extend(note);
        let mut reader = Reader::new(list, order)?;
        let mut plan = PaymentsPlan {
            records: Vec::with_capacity(list.sheet.rows.len()),
            skipped: 0,
        };
        for row in list.rows(problems) {
            let mut cells = RowCells::new(list.columns, row, problems);
            let Some(record) = reader.record(&mut cells)?.filter(|_| cells.is_sound) else {
                continue;
            };
            if reader.has(&record.old) {
                plan.skipped += 1;
            } else {
                plan.records.push(record);
            }
        }
        plan.records.sort_by_key(|record| record.old.at);
        if let Some(first) = reader.ahead.first() {
            notes.push(format!(
                "{} times ahead of the clock, first row {first}",
                rows_have(reader.ahead.len())
            ));
        }
        if let Some(first) = reader.others.first() {
            notes.push(format!(
                "{} paid by somebody else than who rented, first row {first}; the payer is kept",
                if reader.others.len() == 1 {
                    "1 row was".to_owned()
                } else {
                    format!("{} rows were", reader.others.len())
                }
            ));
        }
        if let Some(first) = reader.strange_methods.first() {
            notes.push(format!("{} say in words that are not known here how they were paid, first row {first}; they are kept as \"other\"", counted(reader.strange_methods.len())));
        }
        Ok(plan)
    }

    pub fn carry_out(
        &mut self,
        db: &mut Write<'_>,
        settings: &Settings,
        problems: &mut Problems,
    ) -> Fallible<Created> {
        let mut created = Created::default();
        let mut members: HashMap<Text, Result<StaffId, String>> = HashMap::new();
        for record in &mut self.records {
            if let Some(name) = &record.staff {
                if !members.contains_key(name) {
                    members.insert(name.clone(), said(staff::find_or_add(db, name))?);
                }
                match members.get(name) {
                    Some(Ok(id)) => record.old.staff = Some(*id),
                    Some(Err(message)) => {
                        problems.add(record.row, "", message.clone());
                        continue;
                    }
                    None => {}
                }
            }
            match said(billing::take_over(db, settings, &record.old))? {
                Ok(_) => created.payments += 1,
                Err(message) => problems.add(record.row, "", message),
            }
        }
        Ok(created)
    }
}

fn counted(rows: usize) -> String {
    if rows == 1 {
        "1 row".to_owned()
    } else {
        format!("{rows} rows")
    }
}

impl<'a, 'l> Reader<'a, 'l> {
    fn new(list: &'l List<'a>, order: DateOrder) -> Fallible<Self> {
        let mut rentals: HashMap<Text, Vec<Rental>> = HashMap::new();
        for rental in booking::all_rentals(list.db)? {
            if let Some(reference) = &rental.reference {
                rentals.entry(reference.clone()).or_default().push(rental);
            }
        }
        let (mut known, mut unnumbered) = (HashMap::new(), HashMap::new());
        for payment in billing::taken_over(list.db)? {
            match payment.reference {
                Some(reference) => *known.entry(reference).or_insert(0) += 1,
                None => {
                    *unnumbered
                        .entry((
                            payment.customer,
                            payment.reservation,
                            payment.at,
                            payment.amount,
                        ))
                        .or_insert(0) += 1
                }
            }
        }
        let empty = (HashMap::new(), HashMap::new());
        Ok(Reader {
            list,
            order,
            rentals,
            customers: empty.0,
            known,
            unnumbered,
            seen: empty.1,
            ahead: Vec::new(),
            strange_methods: Vec::new(),
            others: Vec::new(),
        })
    }

    fn has(&mut self, old: &OldPayment) -> bool {
        let count = match &old.reference {
            Some(reference) => self.known.get_mut(reference),
            None => self
                .unnumbered
                .get_mut(&(old.customer, old.reservation, old.at, old.amount)),
        };
        match count {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        }
    }

    fn record(&mut self, cells: &mut RowCells<'_, '_>) -> Fallible<Option<Record>> {
        let (order, settings) = (self.order, self.list.settings);
        let rentals = self.rentals_of(cells)?;
        let customer = self.customer(cells)?;
        let amount = cells.required("amount", "amount", |cell| {
            cells::price(cell, settings.currency)
        });
        let at = cells.required("at", "time it was paid", |cell| {
            cells::time(cell, order, &settings.zone)
        });
        let reference = cells.text("reference");
        if let Some(reference) = &reference
            && let Some(first) = self.seen.insert(reference.clone(), cells.row.row)
        {
            cells.refuse(
                "reference",
                format!("\"{reference}\" stands in row {first} already"),
            );
        }
        if customer.is_none() && rentals.is_empty() && cells.is_sound {
            cells.refuse("customer", "neither a customer nor a rental says who paid");
        }
        let Some(customer) = customer.or_else(|| rentals.first().map(|rental| rental.customer))
        else {
            return Ok(None);
        };
        if rentals.iter().any(|rental| rental.customer != customer) {
            self.others.push(cells.row.row); // a friend may pay
        }
        let (Some(amount), Some(at), true) = (amount, at, cells.is_sound) else {
            return Ok(None);
        };
        if at > self.list.now.plus_minutes(5) {
            if self.list.is_clock_running {
                cells.refuse(
                    "at",
                    format!("{} is ahead of the clock", settings.zone.wall(at)),
                );
                return Ok(None);
            }
            self.ahead.push(cells.row.row);
        }
        let method = self.method(cells);
        let weights: Vec<i64> = rentals.iter().map(|rental| rental.quantity).collect();
        let mut shares: Vec<TypeShare> = Vec::new();
        for (rental, share) in rentals.iter().zip(billing::split(amount.0, &weights)) {
            match shares
                .iter_mut()
                .find(|known| known.type_id == Some(rental.type_id))
            {
                Some(known) => known.amount.0 += share,
                None => shares.push(TypeShare {
                    type_id: Some(rental.type_id),
                    amount: Money(share),
                }),
            }
        }
        if shares.is_empty() {
            shares.push(TypeShare {
                type_id: None,
                amount,
            });
        }
        let reservation = rentals.first().map(|rental| rental.reservation);
        let old = OldPayment {
            customer,
            reservation,
            shares,
            amount,
            method,
            reference,
            at,
            staff: None,
        };
        Ok(Some(Record {
            row: cells.row.row,
            old,
            staff: cells.text("staff"),
        }))
    }

    /// What was rented under the number that the row names: the other program's, or a reservation
    /// of this shop.
    fn rentals_of(&mut self, cells: &mut RowCells<'_, '_>) -> Fallible<Vec<Rental>> {
        let cell = cells.cell("rental");
        if cell.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(found) = self.rentals.get(&Text::new(cell)) {
            return Ok(found.clone());
        }
        let reservation = ReservationNumber::parse(cell)
            .map(|number| booking::by_number(self.list.db, number))
            .transpose()?
            .flatten();
        let Some(reservation) = reservation else {
            cells.refuse("rental", format!("there is no rental \"{cell}\""));
            return Ok(Vec::new());
        };
        booking::rentals_of(self.list.db, reservation.id)
    }

    fn customer(&mut self, cells: &mut RowCells<'_, '_>) -> Fallible<Option<CustomerId>> {
        let cell = cells.cell("customer");
        if cell.is_empty() {
            return Ok(None);
        }
        if !self.customers.contains_key(cell) {
            let found = find_customer(self.list.db, cell)?;
            self.customers.insert(cell.to_owned(), found);
        }
        Ok(cells.read("customer", |cell| {
            self.customers
                .get(cell)
                .cloned()
                .unwrap_or_else(|| Err(format!("there is no customer \"{cell}\"")))
        }))
    }

    fn method(&mut self, cells: &RowCells<'_, '_>) -> Method {
        match folded(cells.cell("method")).as_str() {
            "" | "other" => Method::Other,
            "cash" | "bar" => Method::Cash,
            "card" | "credit card" | "debit card" | "creditcard" | "visa" | "mastercard"
            | "karte" | "ec" => Method::Card,
            "transfer" | "bank transfer" | "wire" | "bank" | "uberweisung" => Method::Transfer,
            _ => {
                self.strange_methods.push(cells.row.row);
                Method::Other
            }
        }
    }
}
