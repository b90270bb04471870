//! A shop's records as lists for other programs.
//!
//! The column names are the import's own field names, so that a list comes back as it was:
//! exported, imported into an empty shop with the same settings and exported again, it is the same
//! to the byte. In CSV times are the shop's wall clock and text that a spreadsheet would run is
//! made safe; JSON has RFC 3339 times and amounts as numbers.

use super::columns::ListKind;
use super::sheet::{SPEC_MARK, header_key, header_words, safe_cell};
use crate::booking::{self, Line, LineState, RentalState, Reservation};
use crate::catalog::{self, EquipmentType, Tracking};
use crate::customers::{self, Customer};
use crate::history;
use crate::inventory::{self, BulkStock, Condition, Item};
use crate::kernel::{
    CategoryId, CustomerId, Fallible, ItemId, Moment, Money, Period, Settings, StaffId, Text,
    TypeId,
};
use crate::pricing::{self, Rate};
use crate::shop::Shop;
use crate::staff;
use crate::store::Read;
use anyhow::Context;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashSet};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ExportKind {
    Items,
    Customers,
    Rentals,
    /// Every entry, newest first; it cannot be imported.
    History,
    /// What was agreed, in the order it begins; it cannot be imported.
    Reservations,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Csv,
    Json,
}

pub fn export(shop: &Shop, kind: ExportKind, format: Format) -> Fallible<Vec<u8>> {
    export_in(shop, kind, format, Period::ALL)
}

/// As [`export`]; of reservations only those that touch a window.
pub fn export_in(
    shop: &Shop,
    kind: ExportKind,
    format: Format,
    window: Period,
) -> Fallible<Vec<u8>> {
    let table = match kind {
        ExportKind::Items => items(shop.read(), shop.now())?,
        ExportKind::Customers => customers(shop.read())?,
        ExportKind::Rentals => rentals(shop.read())?,
        ExportKind::History => history(shop.read())?,
        ExportKind::Reservations => reservations(shop.read(), window)?,
    };
    match format {
        Format::Csv => table.csv(&shop.settings),
        Format::Json => table.json(&shop.settings),
    }
}

/// A value on its way into a cell.
enum Cell {
    Nothing,
    Text(Text),
    Word(&'static str),
    Number(i64),
    Switch(bool),
    Money(Money),
    Time(Moment),
    /// How long a rental lasts.
    Hours(i64),
    Parts(Vec<Text>),
}

/// Rows under their column names; the facts of types stand behind the columns that every list has.
struct Table {
    columns: &'static [&'static str],
    rows: Vec<Row>,
}

/// The cells of a row, and the facts of its type.
type Row = (Vec<Cell>, Vec<(Text, Text)>);

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Nothing, Into::into)
    }
}

macro_rules! cells_of {
    ($($from:ty => $cell:ident($value:ident => $into:expr)),* $(,)?) => {$(
        impl From<$from> for Cell {
            fn from($value: $from) -> Self {
                Cell::$cell($into)
            }
        }
    )*};
}

cells_of! {
    Text => Text(text => text),
    &Text => Text(text => text.clone()),
    String => Text(text => Text::new(&text)),
    &'static str => Word(word => word),
    i64 => Number(number => number),
    Money => Money(money => money),
    Moment => Time(moment => moment),
}

const ITEM_COLUMNS: &[&str] = &[
    "tag",
    "serial",
    "type",
    "category",
    "description",
    "quantity",
    "daily_rate",
    "hourly_rate",
    "weekly_rate",
    "period_rate",
    "minimum_charge",
    "tax_class",
    "rental_days",
    "replacement_value",
    "contents",
    "reference",
    "location",
    "condition",
    "note",
    "lifecycle",
    "bulk",
    "code",
    "turnaround_minutes",
    "trouble",
    "type_reference",
    "withdrawn",
];

/// Items in the order they were added, then what is counted, then types of which there is nothing.
fn items(db: Read<'_>, now: Moment) -> Fallible<Table> {
    let paths = catalog::category_paths(db)?;
    let mut types = BTreeMap::new();
    for found in catalog::all_types(db)? {
        let (rate, class) = pricing::version_at(db, found.id, now)?
            .map(|version| (version.rate, version.tax_class))
            .unwrap_or_default();
        types.insert(found.id, (found, (rate, class)));
    }
    let mut without: BTreeSet<TypeId> = types.keys().copied().collect();
    let mut rows = Vec::new();
    let known = |id: TypeId| {
        types
            .get(&id)
            .with_context(|| format!("there is no type {}", id.0))
    };
    for item in inventory::all_items(db)? {
        let (of, rate) = known(item.type_id)?;
        without.remove(&item.type_id);
        let trouble = if item.condition == Condition::Good {
            None
        } else {
            inventory::latest_report(db, item.id)?.and_then(|report| report.note)
        };
        rows.push(item_row(of, rate, &paths, &Stocked::Item(&item, trouble)));
    }
    for bulk in inventory::all_bulk(db)? {
        let (of, rate) = known(bulk.type_id)?;
        without.remove(&bulk.type_id);
        rows.push(item_row(of, rate, &paths, &Stocked::Bulk(&bulk)));
    }
    for id in without {
        let (of, rate) = known(id)?;
        rows.push(item_row(of, rate, &paths, &Stocked::Nothing));
    }
    Ok(Table {
        columns: ITEM_COLUMNS,
        rows,
    })
}

/// What a row of the list of items stands for.
enum Stocked<'a> {
    /// With what is wrong with it.
    Item(&'a Item, Option<Text>),
    Bulk(&'a BulkStock),
    Nothing,
}

fn item_row(
    of: &EquipmentType,
    (rate, class): &(Rate, Option<Text>),
    paths: &BTreeMap<CategoryId, Text>,
    stocked: &Stocked<'_>,
) -> Row {
    let (item, trouble, bulk) = match stocked {
        Stocked::Item(item, trouble) => (Some(*item), trouble.clone(), None),
        Stocked::Bulk(bulk) => (None, None, Some(*bulk)),
        Stocked::Nothing => (None, None, None),
    };
    let details = &of.details;
    let quantity = bulk.map_or(i64::from(item.is_some()), |bulk| bulk.quantity);
    let location = item.map_or_else(
        || bulk.and_then(|bulk| bulk.location.clone()),
        |item| item.location.clone(),
    );
    let contents = if details.contents.is_empty() {
        Cell::Nothing
    } else {
        Cell::Parts(details.contents.clone())
    };
    let cells = vec![
        item.map(|item| item.tag.to_string()).into(),
        item.and_then(|item| item.serial.clone()).into(),
        (&details.name).into(),
        paths.get(&details.category).into(),
        details.description.clone().into(),
        quantity.into(),
        rate.daily.into(),
        rate.hourly.into(),
        rate.weekly.into(),
        rate.fixed.into(),
        rate.minimum.into(),
        class.clone().into(),
        details.fixed_hours.map_or(Cell::Nothing, Cell::Hours),
        details.replacement_value.into(),
        contents,
        item.and_then(|item| item.reference.clone()).into(),
        location.into(),
        item.map(|item| item.condition.word()).into(),
        item.and_then(|item| item.note.clone()).into(),
        item.map(|item| item.lifecycle.word()).into(),
        Cell::Switch(details.tracking == Tracking::Bulk),
        bulk.map(|bulk| bulk.tag.to_string()).into(),
        details.turnaround_minutes.into(),
        trouble.into(),
        details.reference.clone().into(),
        Cell::Switch(of.withdrawn),
    ];
    (cells, details.specs.clone())
}

const CUSTOMER_COLUMNS: &[&str] = &[
    "number",
    "reference",
    "name",
    "company",
    "email",
    "phone",
    "street",
    "city",
    "state",
    "postal_code",
    "country",
    "active",
    "suspended_reason",
    "since",
    "note",
];

fn customers(db: Read<'_>) -> Fallible<Table> {
    let row = |customer: Customer| {
        let profile = customer.profile;
        let cells = vec![
            customer.number.to_string().into(),
            customer.reference.into(),
            profile.name.into(),
            profile.company.into(),
            profile.email.into(),
            profile.phone.into(),
            profile.street.into(),
            profile.city.into(),
            profile.region.into(),
            profile.postal_code.into(),
            profile.country.into(),
            Cell::Switch(customer.suspended_reason.is_none()),
            customer.suspended_reason.into(),
            customer.registered_at.into(),
            profile.note.into(),
        ];
        (cells, Vec::new())
    };
    Ok(Table {
        columns: CUSTOMER_COLUMNS,
        rows: customers::list(db, None, i64::MAX)?
            .into_iter()
            .map(row)
            .collect(),
    })
}

const RENTAL_COLUMNS: &[&str] = &[
    "number",
    "reference",
    "tag",
    "customer",
    "out",
    "due",
    "back",
    "staff",
    "staff_in",
    "quantity",
    "missing",
    "condition_out",
    "condition_in",
    "outcome",
    "note",
];

/// Rentals in the order they went out.
fn rentals(db: Read<'_>) -> Fallible<Table> {
    let tags: BTreeMap<ItemId, String> = inventory::all_items(db)?
        .into_iter()
        .map(|item| (item.id, item.tag.into()))
        .collect();
    let labels: BTreeMap<TypeId, String> = inventory::all_bulk(db)?
        .into_iter()
        .map(|bulk| (bulk.type_id, bulk.tag.into()))
        .collect();
    let names = customer_names(db)?;
    let staff = staff::names(db)?;
    let name = |id: Option<StaffId>| Cell::from(id.and_then(|id| staff.get(&id)));
    let mut numbers = BTreeMap::new();
    let mut rows = Vec::new();
    for rental in booking::all_rentals(db)? {
        let number = match numbers.get(&rental.reservation) {
            Some(number) => *number,
            None => {
                let number = booking::number_of(db, rental.reservation)?;
                *numbers.entry(rental.reservation).or_insert(number)
            }
        };
        let outcome = if rental.state == RentalState::Lost {
            Some("LOST")
        } else {
            rental.outcome.map(booking::RentalOutcome::word)
        };
        let cells = vec![
            number.to_string().into(),
            rental.reference.into(),
            rental
                .item
                .map_or_else(|| labels.get(&rental.type_id), |item| tags.get(&item))
                .cloned()
                .into(),
            names.get(&rental.customer).into(),
            rental.out_at.into(),
            rental.due_at.into(),
            rental.in_at.into(),
            name(rental.staff_out),
            name(rental.staff_in),
            rental.quantity.into(),
            rental.missing.into(),
            rental.condition_out.map(Condition::word).into(),
            rental.condition_in.map(Condition::word).into(),
            outcome.into(),
            rental.note.into(),
        ];
        rows.push((cells, Vec::new()));
    }
    Ok(Table {
        columns: RENTAL_COLUMNS,
        rows,
    })
}

const RESERVATION_COLUMNS: &[&str] = &[
    "number",
    "reference",
    "state",
    "customer",
    "customer_name",
    "from",
    "to",
    "hold_lapses",
    "items",
    "lines",
    "note",
    "cancel_reason",
];

/// Reservations whose window touches the one asked for, in the order they begin.
pub(super) fn reservations_in(db: Read<'_>, window: Period) -> Fallible<Vec<Reservation>> {
    let mut found = booking::list(db, None, i64::MAX)?;
    found.retain(|found| {
        window.overlaps(&Period {
            start: found.start,
            end: found.end,
        })
    });
    found.sort_by_key(|found| (found.start, found.number));
    Ok(found)
}

/// `2 x Sony FX6 body`, a kit by its own name.
pub(super) fn asked_for(lines: &[Line]) -> Vec<Text> {
    let shown = lines
        .iter()
        .filter(|line| line.parent.is_none() && line.state != LineState::Dropped);
    shown
        .map(|line| {
            if line.quantity > 1 {
                Text::new(&format!("{} x {}", line.quantity, line.type_name))
            } else {
                line.type_name.clone()
            }
        })
        .collect()
}

fn reservations(db: Read<'_>, window: Period) -> Fallible<Table> {
    let people: BTreeMap<CustomerId, (String, Text)> = customers::list(db, None, i64::MAX)?
        .into_iter()
        .map(|customer| {
            (
                customer.id,
                (customer.number.to_string(), customer.profile.name),
            )
        })
        .collect();
    let mut rows = Vec::new();
    for found in reservations_in(db, window)? {
        let lines = booking::lines(db, found.id)?;
        let items: i64 = lines
            .iter()
            .filter(|line| !line.is_kit && line.state != LineState::Dropped)
            .map(|line| line.quantity)
            .sum();
        let person = found.customer.and_then(|id| people.get(&id));
        let cells = vec![
            found.number.to_string().into(),
            found.reference.into(),
            found.state.word().into(),
            person.map(|(number, _)| number.clone()).into(),
            person.map(|(_, name)| name).into(),
            found.start.into(),
            found.end.into(),
            found.hold_lapses_at.into(),
            items.into(),
            Cell::Parts(asked_for(&lines)),
            found.note.into(),
            found.cancel_reason.into(),
        ];
        rows.push((cells, Vec::new()));
    }
    Ok(Table {
        columns: RESERVATION_COLUMNS,
        rows,
    })
}

/// What each customer is found by again: the reference, else the number, unless it is somebody
/// else's reference.
fn customer_names(db: Read<'_>) -> Fallible<BTreeMap<CustomerId, Text>> {
    let all = customers::list(db, None, i64::MAX)?;
    let references: HashSet<Text> = all
        .iter()
        .filter_map(|customer| customer.reference.clone())
        .collect();
    let name = |customer: Customer| {
        let number = Text::new(&customer.number.to_string());
        let free = Some(number).filter(|number| !references.contains(number));
        (
            customer.id,
            customer
                .reference
                .or(free)
                .or(customer.profile.email)
                .unwrap_or(customer.profile.name),
        )
    };
    Ok(all.into_iter().map(name).collect())
}

const HISTORY_COLUMNS: &[&str] = &[
    "seq",
    "at",
    "event",
    "tag",
    "type",
    "quantity",
    "customer",
    "customer_name",
    "reservation",
    "out",
    "due",
    "back",
    "late_minutes",
    "condition_before",
    "condition_after",
    "staff",
    "detail",
];

/// Every entry with the names that were true at its time.
fn history(db: Read<'_>) -> Fallible<Table> {
    let entries = history::entries(db, &history::Filter::default(), i64::MAX, 0)?;
    let types = catalog::names(db, entries.iter().filter_map(|entry| entry.type_id))?;
    let numbers: BTreeMap<CustomerId, String> = customers::list(db, None, i64::MAX)?
        .into_iter()
        .map(|customer| (customer.id, customer.number.to_string()))
        .collect();
    let staff = staff::names(db)?;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let customer_name = entry
            .customer
            .map(|customer| customers::name_at(db, customer, entry.at))
            .transpose()?
            .flatten();
        let cells = vec![
            entry.seq.into(),
            entry.at.into(),
            entry.kind.into(),
            entry.tag.map(String::from).into(),
            entry.type_id.and_then(|id| types.get(&id)).into(),
            entry.quantity.into(),
            entry
                .customer
                .and_then(|id| numbers.get(&id))
                .cloned()
                .into(),
            customer_name.into(),
            entry.number.map(|number| number.to_string()).into(),
            entry.out_at.into(),
            entry.due_at.into(),
            entry.in_at.into(),
            entry.late_minutes.into(),
            entry.condition_before.into(),
            entry.condition_after.into(),
            entry.staff.and_then(|id| staff.get(&id)).into(),
            entry.detail.into(),
        ];
        rows.push((cells, Vec::new()));
    }
    Ok(Table {
        columns: HISTORY_COLUMNS,
        rows,
    })
}

impl Table {
    fn csv(&self, settings: &Settings) -> Fallible<Vec<u8>> {
        let specs: BTreeSet<&Text> = self
            .rows
            .iter()
            .flat_map(|(_, specs)| specs)
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, _)| name)
            .collect();
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        let headers = self
            .columns
            .iter()
            .map(|name| (*name).to_owned())
            .chain(spec_headers(&specs));
        writer.write_record(headers.map(|name| safe_cell(&name)))?;
        for (cells, facts) in &self.rows {
            for cell in cells {
                writer.write_field(safe_cell(&cell.plain(settings)))?;
            }
            for name in &specs {
                writer.write_field(
                    facts
                        .iter()
                        .find(|(other, _)| other == *name)
                        .map_or(String::new(), |(_, value)| safe_cell(value.as_str())),
                )?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer
            .into_inner()
            .map_err(|error| anyhow::anyhow!("the list could not be finished: {error}"))
    }

    fn json(&self, settings: &Settings) -> Fallible<Vec<u8>> {
        let mut rows = Vec::with_capacity(self.rows.len());
        for (cells, specs) in &self.rows {
            let mut row = Map::new();
            for (name, cell) in self.columns.iter().zip(cells) {
                row.insert((*name).to_owned(), cell.json(settings));
            }
            if self.columns == ITEM_COLUMNS {
                row.insert("currency".to_owned(), settings.currency.code().into());
                row.insert(
                    "specs".to_owned(),
                    Value::Object(
                        specs
                            .iter()
                            .map(|(name, value)| (name.to_string(), value.as_str().into()))
                            .collect(),
                    ),
                );
            }
            rows.push(Value::Object(row));
        }
        Ok(serde_json::to_vec_pretty(&rows)?)
    }
}

/// The facts of types keep their names as headers, except those that the import could take for
/// something else, or for one another.
fn spec_headers(specs: &BTreeSet<&Text>) -> Vec<String> {
    let known: HashSet<String> = ListKind::Items
        .fields()
        .iter()
        .flat_map(|field| field.headers)
        .map(|name| header_key(name))
        .collect();
    let mut keys: BTreeMap<String, usize> = BTreeMap::new();
    for name in specs {
        *keys.entry(header_key(name.as_str())).or_default() += 1;
    }
    let header = |name: &&Text| {
        let key = header_key(name.as_str());
        let is_plain = !known.contains(&key)
            && keys.get(&key) == Some(&1)
            && !header_words(name.as_str()).is_empty()
            && !name.as_str().contains('@')
            && !name.as_str().starts_with(SPEC_MARK);
        if is_plain {
            name.to_string()
        } else {
            format!("{SPEC_MARK}{name}")
        }
    };
    specs.iter().map(header).collect()
}

impl Cell {
    fn plain(&self, settings: &Settings) -> String {
        match self {
            Cell::Nothing => String::new(),
            Cell::Text(text) => text.to_string(),
            Cell::Word(word) => (*word).to_owned(),
            Cell::Number(number) => number.to_string(),
            Cell::Switch(is_on) => if *is_on { "yes" } else { "no" }.to_owned(),
            Cell::Money(money) => settings.currency.plain(*money),
            Cell::Time(moment) => settings.zone.wall_exact(*moment),
            Cell::Hours(hours) if hours % 24 == 0 => (hours / 24).to_string(),
            Cell::Hours(hours) => format!("{hours} hours"),
            Cell::Parts(parts) => listed(parts),
        }
    }

    fn json(&self, settings: &Settings) -> Value {
        match self {
            Cell::Nothing => Value::Null,
            Cell::Number(number) => (*number).into(),
            Cell::Switch(is_on) => (*is_on).into(),
            Cell::Money(money) => settings
                .currency
                .plain(*money)
                .parse::<f64>()
                .map_or(Value::Null, Into::into),
            Cell::Time(moment) => moment.rfc3339().into(),
            Cell::Parts(parts) => parts.iter().map(Text::as_str).collect(),
            Cell::Text(_) | Cell::Word(_) | Cell::Hours(_) => self.plain(settings).into(),
        }
    }
}

/// `body | lens`: as the import divides it. A single part with a semicolon in it gets a mark behind
/// it, so that it stays one.
fn listed(parts: &[Text]) -> String {
    let joined = parts
        .iter()
        .map(Text::as_str)
        .collect::<Vec<_>>()
        .join(" | ");
    if parts.len() == 1 && joined.contains(';') {
        format!("{joined} |")
    } else {
        joined
    }
}
