//! A list of customers. The shop has a customer already if their reference is known, else their
//! e-mail address, else their number under the same name, else a record with nothing but the same
//! name and telephone.

use super::cells::{self, DateOrder};
use super::import::{Created, List, Problems, RowCells, rows_have, said};
use crate::customers::{self, Customer, CustomerRefusal, OldRecord, Profile};
use crate::kernel::text::folded;
use crate::kernel::{CustomerNumber, Fallible, Text};
use crate::store::{Read, Write};
use std::collections::HashMap;

/// Stands where a list only says that somebody may not rent.
const INACTIVE: &str = "inactive in the imported list";

pub(super) struct CustomersPlan {
    records: Vec<(usize, OldRecord)>,
    pub skipped: usize,
}

/// In which row something stood first that may stand only once.
#[derive(Default)]
struct Seen {
    references: HashMap<String, usize>,
    emails: HashMap<String, usize>,
    numbers: HashMap<i64, usize>,
}

impl CustomersPlan {
    pub fn of(list: &List<'_>, problems: &mut Problems, notes: &mut Vec<String>) -> Fallible<Self> {
        let (order, note) = DateOrder::of_with_note(list.column("since"));
        notes.extend(note);
        let mut plan = CustomersPlan {
            records: Vec::new(),
            skipped: 0,
        };
        let mut seen = Seen::default();
        let mut renumbered = 0_usize;
        for row in list.rows(problems) {
            let mut cells = RowCells::new(list.columns, row, problems);
            let mut record = record(&mut cells, list, order);
            refuse_doubles(&mut cells, &record, &mut seen);
            if !cells.is_sound {
                continue;
            }
            if is_known(list.db, &mut cells, &record)? {
                plan.skipped += usize::from(cells.is_sound);
                continue;
            }
            if let Some(number) = record.number
                && customers::by_number(list.db, number)?.is_some()
            {
                record.number = None;
                renumbered += 1;
            }
            plan.records.push((row.row, record));
        }
        if renumbered > 0 {
            notes.push(format!(
                "{} a customer number that is taken in this shop; those customers get new ones",
                rows_have(renumbered)
            ));
        }
        Ok(plan)
    }

    pub fn carry_out(&mut self, db: &mut Write<'_>, problems: &mut Problems) -> Fallible<Created> {
        let mut created = Created::default();
        // A number that stands further down must not be given to somebody above.
        if let Some(highest) = self
            .records
            .iter()
            .filter_map(|(_, record)| record.number)
            .max()
        {
            db.number_taken("customer", highest.0)?;
        }
        for (row, record) in &self.records {
            match said(customers::take_over(db, record))? {
                Ok(_) => created.customers += 1,
                Err(message) => problems.add(*row, "", message),
            }
        }
        Ok(created)
    }
}

fn record(cells: &mut RowCells<'_, '_>, list: &List<'_>, order: DateOrder) -> OldRecord {
    let profile = Profile {
        name: name(cells),
        company: cells.text("company"),
        email: cells.text("email"),
        phone: cells.text("phone"),
        street: cells.text("street"),
        city: cells.text("city"),
        region: cells.text("state"),
        postal_code: cells.text("postal_code"),
        country: cells.text("country"),
        note: cells.text("note"),
    };
    if let Err(refusal) = profile.well_formed() {
        let field = match &refusal {
            CustomerRefusal::EmailForm(_) => "email",
            CustomerRefusal::PhoneTooLong(_) => "phone",
            _ if list.columns.has("name") => "name",
            _ => "last_name",
        };
        cells.refuse(field, refusal.to_string());
    }
    let is_active = cells.read("active", cells::switch);
    let reason = cells.text("suspended_reason");
    let suspended_reason = match is_active {
        Some(true) => None,
        Some(false) => Some(reason.unwrap_or(Text::new(INACTIVE))),
        None => reason,
    };
    OldRecord {
        number: cells.read("number", |cell| number(cell).map(CustomerNumber)),
        profile,
        reference: cells.text("reference"),
        registered_at: cells.read("since", |cell| {
            cells::time(cell, order, &list.settings.zone)
        }),
        suspended_reason,
    }
}

/// The name as it came; where there is none, first and last name, or the company.
fn name(cells: &RowCells<'_, '_>) -> Text {
    let full = || {
        Text::filled(&format!(
            "{} {}",
            cells.cell("first_name"),
            cells.cell("last_name")
        ))
    };
    cells
        .text("name")
        .or_else(full)
        .or_else(|| cells.text("company"))
        .unwrap_or_default()
}

/// `C-0007` or `7`.
fn number(cell: &str) -> Result<i64, String> {
    let digits = || cell.parse::<i64>().ok().map(CustomerNumber);
    let number = CustomerNumber::parse(cell)
        .or_else(digits)
        .filter(|number| (1..1_000_000_000).contains(&number.0));
    number.map(|number| number.0).ok_or_else(|| format!("\"{cell}\" is not a customer number like C-0007; --map COLUMN=reference keeps it as the other program's"))
}

fn refuse_doubles(cells: &mut RowCells<'_, '_>, record: &OldRecord, seen: &mut Seen) {
    let row = cells.row.row;
    if let Some(reference) = &record.reference
        && let Some(first) = seen.references.insert(reference.to_string(), row)
    {
        cells.refuse(
            "reference",
            format!("\"{reference}\" stands in row {first} already"),
        );
    }
    if let Some(email) = &record.profile.email
        && let Some(first) = seen.emails.insert(email.as_str().to_lowercase(), row)
    {
        cells.refuse("email", format!("{email} stands in row {first} already"));
    }
    if let Some(number) = record.number
        && let Some(first) = seen.numbers.insert(number.0, row)
    {
        cells.refuse("number", format!("{number} stands in row {first} already"));
    }
}

/// Whether the shop has this customer. Somebody else's e-mail address is a problem of the row.
fn is_known(db: Read<'_>, cells: &mut RowCells<'_, '_>, record: &OldRecord) -> Fallible<bool> {
    if let Some(reference) = &record.reference
        && customers::by_reference(db, reference)?.is_some()
    {
        return Ok(true);
    }
    let profile = &record.profile;
    if let Some(email) = &profile.email
        && let Some(other) = customers::by_email(db, email)?
    {
        if record.reference.is_some() && other.reference.is_some() {
            cells.refuse(
                "email",
                format!(
                    "{email} belongs to {} {} already",
                    other.number, other.profile.name
                ),
            );
        }
        return Ok(true);
    }
    let is_named_so =
        |other: &Customer| folded(other.profile.name.as_str()) == folded(profile.name.as_str());
    if let Some(number) = record.number
        && let Some(other) = customers::by_number(db, number)?
        && is_named_so(&other)
        && other.reference == record.reference
    {
        return Ok(true);
    }
    if record.reference.is_some() || profile.email.is_some() || record.number.is_some() {
        return Ok(false);
    }
    let is_same = |other: &Customer| {
        other.reference.is_none()
            && other.profile.email.is_none()
            && other.profile.phone == profile.phone
            && other.profile.company == profile.company
    };
    Ok(customers::named(db, &profile.name)?.iter().any(is_same))
}
