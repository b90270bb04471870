//! A list of rentals that happened before the shop used this program, those that are still out
//! among them.
//!
//! They are told in the order of time, check-outs and returns mixed, so that the outbox reads as if
//! the shop had kept it all along. A day without a time is its first minute, for a due day its
//! last.

use super::cells::{self, DateOrder};
use super::import::{Created, List, Problems, RowCells, rows_have, said};
use super::items::{IMPORTED, condition_of};
use crate::booking::{self, OldRental, Reservation, ReservationState, TakenOver};
use crate::customers::{self, CustomerRefusal};
use crate::inventory::{self, Stock};
use crate::kernel::text::folded;
use crate::kernel::{
    AssetTag, CustomerId, Failure, Fallible, ItemId, Moment, ReservationNumber, Settings, StaffId,
    Text, TypeId,
};
use crate::store::{Read, Write};
use crate::{catalog, staff};
use chrono::NaiveTime;
use std::collections::HashMap;

pub(super) struct RentalsPlan {
    records: Vec<Record>,
    /// Numbers of the list that the shop has given already, with the new ones once they are known.
    renumbered: HashMap<ReservationNumber, Option<ReservationNumber>>,
    pub skipped: usize,
}

struct Record {
    row: usize,
    old: OldRental,
    staff_out: Option<Text>,
    staff_in: Option<Text>,
}

/// What a tag of the list stands for.
#[derive(Clone)]
struct Thing {
    item: Option<ItemId>,
    tag: AssetTag,
    type_id: TypeId,
    type_name: Text,
    fixed_hours: Option<i64>,
}

/// What makes two records the same one. Counted stock may go out twice in one moment, so records
/// are counted, too.
type Sameness = (
    Option<ItemId>,
    TypeId,
    Option<CustomerId>,
    Moment,
    Option<Text>,
);

fn sameness(
    item: Option<ItemId>,
    type_id: TypeId,
    customer: CustomerId,
    out: Moment,
    reference: Option<&Text>,
) -> Sameness {
    (
        item,
        type_id,
        item.is_none().then_some(customer),
        out,
        reference.cloned(),
    )
}

/// Looks up what the cells name, each name once.
struct Reader<'a, 'l> {
    list: &'l List<'a>,
    order: DateOrder,
    things: HashMap<String, Result<Thing, String>>,
    customers: HashMap<String, Result<CustomerId, String>>,
    types: HashMap<TypeId, (Text, Option<i64>)>,
    known: HashMap<Sameness, usize>,
    /// Who has a reservation number of the list, and the first row that says so.
    numbers: HashMap<ReservationNumber, (CustomerId, usize)>,
    ahead: Vec<usize>,
    strange_outcomes: Vec<usize>,
}

impl RentalsPlan {
    pub fn of(list: &List<'_>, problems: &mut Problems, notes: &mut Vec<String>) -> Fallible<Self> {
        let (order, note) = DateOrder::of_with_note(
            ["out", "due", "back"]
                .iter()
                .flat_map(|field| list.column(field)),
        );
        notes.extend(note);
        let mut reader = Reader::new(list, order)?;
        let mut plan = RentalsPlan {
            records: Vec::with_capacity(list.sheet.rows.len()),
            renumbered: HashMap::new(),
            skipped: 0,
        };
        for row in list.rows(problems) {
            let mut cells = RowCells::new(list.columns, row, problems);
            let Some(record) = reader.record(&mut cells)?.filter(|_| cells.is_sound) else {
                continue;
            };
            let old = &record.old;
            match reader.known.get_mut(&sameness(
                old.item,
                old.type_id,
                old.customer,
                old.out,
                old.reference.as_ref(),
            )) {
                Some(count) if *count > 0 => {
                    *count -= 1;
                    plan.skipped += 1;
                }
                _ => plan.records.push(record),
            }
        }
        plan.records.sort_by_key(|record| record.old.out);
        for number in plan.records.iter().filter_map(|record| record.old.number) {
            if plan.renumbered.contains_key(&number) {
                continue;
            }
            // More of an agreement that was taken over before joins it; a number that is another's
            // is given anew.
            let customer = reader.numbers.get(&number).map(|(customer, _)| *customer);
            let may_join = |known: &Reservation| {
                known.customer == customer
                    && matches!(
                        known.state,
                        ReservationState::Active | ReservationState::Completed
                    )
            };
            if booking::by_number(list.db, number)?.is_some_and(|known| !may_join(&known)) {
                plan.renumbered.insert(number, None);
            }
        }
        let taken = plan
            .records
            .iter()
            .filter(|record| {
                record
                    .old
                    .number
                    .is_some_and(|number| plan.renumbered.contains_key(&number))
            })
            .count();
        reader.note(taken, notes);
        Ok(plan)
    }

    pub fn carry_out(
        &mut self,
        db: &mut Write<'_>,
        settings: &Settings,
        problems: &mut Problems,
    ) -> Fallible<Created> {
        self.name_staff(db, problems)?;
        let respected = self
            .records
            .iter()
            .filter_map(|record| record.old.number)
            .filter(|number| !self.renumbered.contains_key(number));
        if let Some(highest) = respected.max() {
            db.number_taken("reservation", highest.0)?;
        }
        let mut created = Created::default();
        let mut taken: Vec<Option<TakenOver>> = self.records.iter().map(|_| None).collect();
        for (_, phase, at) in self.steps() {
            if phase != OUT {
                if let Some(taken) = &taken[at] {
                    taken.tell_return(db, settings, &self.records[at].old)?;
                }
                continue;
            }
            let record = &mut self.records[at];
            let listed = record.old.number;
            if let Some(given) = listed.and_then(|number| self.renumbered.get(&number)) {
                record.old.number = *given;
            }
            match said(booking::take_over(db, settings, &record.old))? {
                Ok(over) => {
                    if let Some(given) = listed.and_then(|number| self.renumbered.get_mut(&number))
                    {
                        *given = Some(over.number());
                    }
                    taken[at] = Some(over);
                    created.rentals += 1;
                }
                Err(message) => problems.add(record.row, "", message),
            }
        }
        let reason = Text::new(IMPORTED);
        for (record, over) in self.records.iter().zip(&taken) {
            if let Some(over) = over
                && let Err(message) = said(over.tell_loss(db, &record.old, &reason))?
            {
                problems.add(record.row, "", message);
            }
        }
        Ok(created)
    }

    fn name_staff(&mut self, db: &mut Write<'_>, problems: &mut Problems) -> Fallible<()> {
        let mut members: HashMap<Text, Result<StaffId, String>> = HashMap::new();
        let mut find = |name: &Option<Text>| -> Fallible<Result<Option<StaffId>, String>> {
            let Some(name) = name else {
                return Ok(Ok(None));
            };
            if !members.contains_key(name) {
                members.insert(name.clone(), said(staff::find_or_add(db, name))?);
            }
            Ok(members.get(name).cloned().transpose())
        };
        // A row that is reported as left out stays out.
        let mut named = Vec::with_capacity(self.records.len());
        for mut record in self.records.drain(..) {
            match (find(&record.staff_out)?, find(&record.staff_in)?) {
                (Ok(out), Ok(back)) => {
                    (record.old.staff_out, record.old.staff_in) = (out, back);
                    named.push(record);
                }
                (Err(message), _) | (_, Err(message)) => problems.add(record.row, "", message),
            }
        }
        self.records = named;
        Ok(())
    }

    /// What happened when, as moment, phase and record. In one moment things come back before they
    /// go out again, except those that came back in the moment they left.
    fn steps(&self) -> Vec<(Moment, u8, usize)> {
        let mut steps = Vec::with_capacity(self.records.len() * 2);
        for (at, record) in self.records.iter().enumerate() {
            steps.push((record.old.out, OUT, at));
            if let Some(back) = record.old.back {
                steps.push((
                    back,
                    if back > record.old.out {
                        BACK
                    } else {
                        BACK_AT_ONCE
                    },
                    at,
                ));
            }
        }
        steps.sort_unstable();
        steps
    }
}

const BACK: u8 = 0;
const OUT: u8 = 1;
const BACK_AT_ONCE: u8 = 2;

impl<'a, 'l> Reader<'a, 'l> {
    fn new(list: &'l List<'a>, order: DateOrder) -> Fallible<Self> {
        let mut known = HashMap::new();
        for rental in booking::all_rentals(list.db)? {
            *known
                .entry(sameness(
                    rental.item,
                    rental.type_id,
                    rental.customer,
                    rental.out_at,
                    rental.reference.as_ref(),
                ))
                .or_insert(0) += 1;
        }
        Ok(Reader {
            list,
            order,
            things: HashMap::new(),
            customers: HashMap::new(),
            types: HashMap::new(),
            known,
            numbers: HashMap::new(),
            ahead: Vec::new(),
            strange_outcomes: Vec::new(),
        })
    }

    fn note(self, renumbered: usize, notes: &mut Vec<String>) {
        if renumbered > 0 {
            notes.push(format!("{} a reservation number that is taken in this shop; those reservations get new ones", rows_have(renumbered)));
        }
        if let Some(first) = self.ahead.first() {
            notes.push(format!(
                "{} times ahead of the clock, first row {first}",
                rows_have(self.ahead.len())
            ));
        }
        if let Some(first) = self.strange_outcomes.first() {
            notes.push(format!(
                "{} rows say how the rental ended in words that are not known here, first row {first}; the times and conditions decide",
                self.strange_outcomes.len()
            ));
        }
    }

    fn record(&mut self, cells: &mut RowCells<'_, '_>) -> Fallible<Option<Record>> {
        let thing = self.thing(cells)?;
        let customer = self.customer(cells)?;
        let (order, zone) = (self.order, self.list.settings.zone);
        let out = cells.required("out", "time it went out", |cell| {
            cells::time(cell, order, &zone)
        });
        let due = cells.read("due", |cell| due_time(cell, order, self.list.settings));
        let back = cells.read("back", |cell| cells::time(cell, order, &zone));
        let number = cells.read("number", reservation_number);
        let quantity = cells.read("quantity", cells::quantity).unwrap_or(1);
        let condition_out = cells
            .read("condition_out", cells::condition)
            .map(condition_of);
        let condition_in = cells
            .read("condition_in", cells::condition)
            .map(condition_of);
        let (Some(thing), Some(customer), Some(out), true) = (thing, customer, out, cells.is_sound)
        else {
            return Ok(None);
        };
        if thing.item.is_some() && quantity != 1 {
            cells.refuse(
                "quantity",
                format!("{} is one thing, not {quantity}", thing.tag),
            );
        }
        // A day alone is its first minute, which lies before a hand-over in the course of that day.
        let back = back.map(|back| {
            if back < out
                && cells::is_day_alone(cells.cell("back"))
                && zone.day(back) == zone.day(out)
            {
                out
            } else {
                back
            }
        });
        self.refuse_future(cells, out, back);
        self.refuse_two_customers(cells, number, customer);
        let outcome = folded(cells.cell("outcome"));
        let (lost, forgiven) = (outcome == "lost" && back.is_none(), outcome == "forgiven");
        if !matches!(
            outcome.as_str(),
            "" | "fine" | "flagged" | "lost" | "forgiven"
        ) {
            self.strange_outcomes.push(cells.row.row);
        }
        let old = OldRental {
            number,
            reference: cells.text("reference"),
            customer,
            item: thing.item,
            tag: thing.tag,
            type_id: thing.type_id,
            type_name: thing.type_name,
            quantity,
            out,
            due: booking::due_of(self.list.settings, thing.fixed_hours, due, out),
            back,
            lost,
            condition_out,
            condition_in,
            missing: cells.text("missing"),
            note: cells.text("note"),
            forgiven,
            staff_out: None,
            staff_in: None,
        };
        Ok(Some(Record {
            row: cells.row.row,
            old,
            staff_out: cells.text("staff"),
            staff_in: cells.text("staff_in"),
        }))
    }

    fn refuse_future(&mut self, cells: &mut RowCells<'_, '_>, out: Moment, back: Option<Moment>) {
        let now = self.list.now.plus_minutes(5);
        let ahead = [("out", Some(out)), ("back", back)]
            .into_iter()
            .find(|(_, moment)| moment.is_some_and(|moment| moment > now));
        match ahead {
            Some((field, Some(moment))) if self.list.is_clock_running => cells.refuse(
                field,
                format!(
                    "{} is ahead of the clock",
                    self.list.settings.zone.wall(moment)
                ),
            ),
            Some(_) => self.ahead.push(cells.row.row),
            None => {}
        }
    }

    fn refuse_two_customers(
        &mut self,
        cells: &mut RowCells<'_, '_>,
        number: Option<ReservationNumber>,
        customer: CustomerId,
    ) {
        let Some(number) = number else { return };
        let (known, row) = *self
            .numbers
            .entry(number)
            .or_insert((customer, cells.row.row));
        if known != customer {
            cells.refuse(
                "number",
                format!("{number} belongs to another customer in row {row}"),
            );
        }
    }

    fn thing(&mut self, cells: &mut RowCells<'_, '_>) -> Fallible<Option<Thing>> {
        let cell = cells.cell("tag");
        if !self.things.contains_key(cell) && !cell.is_empty() {
            let found = self.find_thing(cell)?;
            self.things.insert(cell.to_owned(), found);
        }
        Ok(cells.required("tag", "tag", |cell| {
            self.things
                .get(cell)
                .cloned()
                .unwrap_or_else(|| Err(format!("no item has the tag \"{cell}\"")))
        }))
    }

    fn find_thing(&mut self, cell: &str) -> Fallible<Result<Thing, String>> {
        let mut found = inventory::candidates(self.list.db, cell)?;
        if found.len() > 1 {
            let tags = found
                .iter()
                .take(5)
                .map(|stock| stock.tag().to_string())
                .collect::<Vec<_>>()
                .join(", ");
            return Ok(Err(format!("\"{cell}\" could be {tags}")));
        }
        let Some(stock) = found.pop() else {
            return Ok(Err(format!("no item has the tag \"{cell}\"")));
        };
        let (item, tag, type_id) = match stock {
            Stock::Item(item) => (Some(item.id), item.tag, item.type_id),
            Stock::Bulk(bulk) => (None, bulk.tag, bulk.type_id),
        };
        if !self.types.contains_key(&type_id) {
            match said(catalog::type_details(self.list.db, type_id))? {
                Ok(found) => self
                    .types
                    .insert(type_id, (found.details.name, found.details.fixed_hours)),
                Err(message) => return Ok(Err(message)),
            };
        }
        let (type_name, fixed_hours) = self.types.get(&type_id).cloned().unwrap_or_default();
        Ok(Ok(Thing {
            item,
            tag,
            type_id,
            type_name,
            fixed_hours,
        }))
    }

    fn customer(&mut self, cells: &mut RowCells<'_, '_>) -> Fallible<Option<CustomerId>> {
        let cell = cells.cell("customer");
        if !self.customers.contains_key(cell) && !cell.is_empty() {
            let found = find_customer(self.list.db, cell)?;
            self.customers.insert(cell.to_owned(), found);
        }
        Ok(cells.required("customer", "customer", |cell| {
            self.customers
                .get(cell)
                .cloned()
                .unwrap_or_else(|| Err(format!("there is no customer \"{cell}\"")))
        }))
    }
}

pub(super) fn find_customer(db: Read<'_>, cell: &str) -> Fallible<Result<CustomerId, String>> {
    if let Some(customer) = customers::by_reference(db, &Text::new(cell))? {
        return Ok(Ok(customer.id));
    }
    match customers::resolve(db, cell) {
        Ok(customer) => Ok(Ok(customer.id)),
        Err(Failure::Refused(CustomerRefusal::Unknown(_))) => {
            Ok(Err(format!("there is no customer \"{cell}\"")))
        }
        Err(Failure::Refused(refusal)) => Ok(Err(refusal.to_string())),
        Err(Failure::Fault(fault)) => Err(fault),
    }
}

/// Gear that is due on a day is due at its end.
fn due_time(cell: &str, order: DateOrder, settings: &Settings) -> Result<Moment, String> {
    if !cells::is_day_alone(cell) {
        return cells::time(cell, order, &settings.zone);
    }
    let end = NaiveTime::from_hms_opt(23, 59, 0).unwrap_or(NaiveTime::MIN);
    Ok(settings
        .zone
        .moment_or_later(cells::day(cell, order)?.and_time(end)))
}

/// `R-1042` or `1042`.
fn reservation_number(cell: &str) -> Result<ReservationNumber, String> {
    let digits = || cell.parse::<i64>().ok().map(ReservationNumber);
    ReservationNumber::parse(cell)
        .or_else(digits)
        .filter(|number| (1..1_000_000_000).contains(&number.0))
        .ok_or_else(|| format!("\"{cell}\" is not a reservation number like R-1042; --map COLUMN=reference keeps it as the other program's"))
}
