//! `rentdesk history`: what happened, newest first.

use super::Answer;
use super::answer::{Table, counted, grouped, length};
use super::new_file::Overwriting;
use super::view::{View, stamp};
use crate::booking;
use crate::customers;
use crate::desk::{self, Told};
use crate::history::{self, Filter, TallyBy};
use crate::inventory;
use crate::kernel::{CustomerId, Fallible, ItemId, Stop, Text, TypeId};
use crate::shop::Shop;
use crate::staff;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct History {
    /// Only this item, by its tag.
    #[arg(long, value_name = "TAG")]
    item: Option<String>,
    /// Only this customer.
    #[arg(long)]
    customer: Option<String>,
    /// Only items of this type.
    #[arg(long = "type", value_name = "TYPE")]
    equipment_type: Option<String>,
    /// Only this reservation.
    #[arg(long)]
    reservation: Option<String>,
    /// Only from this day or instant on.
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<String>,
    /// Only up to this day or instant, which still counts.
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    to: Option<String>,
    /// Only what was this.
    #[arg(long, value_enum)]
    event: Option<Kind>,
    /// Only what came back after its due time.
    #[arg(long)]
    late: bool,
    /// Only what this staff member did.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// The most to list; 0 lists all [default: 50; all with --csv].
    #[arg(long)]
    limit: Option<i64>,
    /// Counts instead of listing, most first: history --event out --tally type.
    #[arg(long, value_enum)]
    tally: Option<Tally>,
    /// Writes the entries to a new file instead of printing them.
    #[arg(long, value_name = "FILE", conflicts_with = "tally")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    over: Overwriting,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Kind {
    Out,
    In,
    Condition,
    Added,
    Lost,
    Found,
    Retired,
    Created,
    Confirmed,
    Changed,
    Cancelled,
    Expired,
    Extended,
    Overdue,
    Blocked,
    Unblocked,
    InvoiceIssued,
    InvoicePaid,
    InvoiceVoided,
    InvoiceCredited,
    Paid,
    Refunded,
    DepositTaken,
    DepositReturned,
    TillClosed,
    Printed,
    Activated,
    Completed,
    Registered,
    Updated,
    Suspended,
    Reinstated,
    TypeAdded,
    TypeChanged,
    TypeWithdrawn,
    Preferences,
    Sent,
    NotSent,
    StaffAdded,
}

impl Kind {
    fn published(self) -> &'static str {
        match self {
            Kind::Out => "EquipmentCheckedOut",
            Kind::In => "EquipmentCheckedIn",
            Kind::Condition => "EquipmentConditionUpdated",
            Kind::Added => "EquipmentAdded",
            Kind::Lost => "EquipmentLost",
            Kind::Found => "EquipmentFound",
            Kind::Retired => "EquipmentRetired",
            Kind::Created => "ReservationCreated",
            Kind::Confirmed => "ReservationConfirmed",
            Kind::Changed => "ReservationChanged",
            Kind::Cancelled => "ReservationCancelled",
            Kind::Expired => "ReservationExpired",
            Kind::Extended => "RentalExtended",
            Kind::Overdue => "RentalOverdue",
            Kind::Blocked => "EquipmentBlocked",
            Kind::Unblocked => "EquipmentUnblocked",
            Kind::InvoiceIssued => "InvoiceIssued",
            Kind::InvoicePaid => "InvoicePaid",
            Kind::InvoiceVoided => "InvoiceVoided",
            Kind::InvoiceCredited => "InvoiceCredited",
            Kind::Paid => "PaymentReceived",
            Kind::Refunded => "PaymentRefunded",
            Kind::DepositTaken => "DepositTaken",
            Kind::DepositReturned => "DepositReturned",
            Kind::TillClosed => "TillClosed",
            Kind::Printed => "PickListPrinted",
            Kind::Activated => "ReservationActivated",
            Kind::Completed => "ReservationCompleted",
            Kind::Registered => "CustomerRegistered",
            Kind::Updated => "CustomerUpdated",
            Kind::Suspended => "CustomerSuspended",
            Kind::Reinstated => "CustomerReinstated",
            Kind::TypeAdded => "EquipmentTypeAdded",
            Kind::TypeChanged => "EquipmentTypeChanged",
            Kind::TypeWithdrawn => "EquipmentTypeWithdrawn",
            Kind::Preferences => "CommunicationPreferencesUpdated",
            Kind::Sent => "NotificationSent",
            Kind::NotSent => "NotificationFailed",
            Kind::StaffAdded => "StaffAdded",
        }
    }
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Tally {
    Type,
    Customer,
    Item,
}

impl History {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        let view = View::of(shop);
        let filter = self.filter(&view)?;
        if let (Some(from), Some(to)) = (filter.from, filter.to)
            && to <= from
        {
            return Err(booking::BookingRefusal::EndBeforeStart {
                start: view.show(from),
                end: view.show(to),
            }
            .into());
        }
        let limit = match self.limit {
            Some(0) => i64::MAX,
            Some(limit) => limit,
            None if self.csv.is_some() => i64::MAX,
            None => 50,
        };
        if let Some(by) = self.tally {
            return tallied(&view, &filter, by, limit);
        }
        let entries = desk::tell(view.db, history::entries(view.db, &filter, limit, 0)?)?;
        let rows = entries
            .iter()
            .map(|told| as_json(told, &view))
            .collect::<Fallible<Vec<Value>>>()?;
        if let Some(path) = &self.csv {
            if shop.store.is_rehearsing() {
                self.over.check(path)?;
            } else {
                self.over.write(path, &as_csv(&rows)?)?;
            }
            let (shown, count) = (Text::new(&path.to_string_lossy()), length(&rows));
            return Ok(Answer::new(
                json!({"csv": shown, "entries": count}),
                format!("{} in {shown}", counted(count, "entry", "entries")),
            ));
        }
        let all = history::count(view.db, &filter)?;
        let mut table = Table::new(&["WHEN", "WHAT", "ITEM", "WHO", "R- NO.", "BY"]);
        for told in &entries {
            let number = told
                .entry
                .number
                .map_or_else(String::new, |number| number.to_string());
            table.row([
                view.show(told.entry.at),
                Text::new(&told.what).to_string(),
                told.thing.clone(),
                told.who.clone(),
                number,
                told.by.clone(),
            ]);
        }
        let empty = format!(
            "No entry matches; there are {} in all.",
            grouped(history::count(view.db, &Filter::default())?)
        );
        let lag = desk::history_lag_words(view.db)?
            .map_or_else(String::new, |words| format!("\n{words}"));
        Ok(Answer::new(
            Value::Array(rows),
            table.text_or(
                &format!("{empty}{lag}"),
                &format!(
                    "{} of {}{lag}",
                    grouped(length(&entries)),
                    counted(all, "entry", "entries")
                ),
            ),
        ))
    }

    fn filter(&self, view: &View<'_>) -> Result<Filter, Stop> {
        let customer = self
            .customer
            .as_deref()
            .map(|typed| customers::resolve(view.db, typed))
            .transpose()?;
        let types = self
            .equipment_type
            .as_deref()
            .map(|typed| view.resolve_any_type(typed))
            .transpose()?;
        Ok(Filter {
            item: self
                .item
                .as_deref()
                .map(|typed| inventory::resolve_item(view.db, typed))
                .transpose()?
                .map(|item| item.id),
            type_ids: types.map(|types| types.iter().map(|found| found.id).collect()),
            customers: customer.map(|customer| vec![customer.id]),
            number: self
                .reservation
                .as_deref()
                .map(|typed| booking::resolve(view.db, typed).map_err(Stop::from))
                .transpose()?
                .map(|found| found.number),
            staff: self
                .by
                .as_deref()
                .map(|name| staff::by_name(view.db, name))
                .transpose()?
                .map(|member| member.id),
            from: self
                .from
                .as_deref()
                .map(|typed| view.span(typed))
                .transpose()?
                .map(|span| span.start),
            to: self
                .to
                .as_deref()
                .map(|typed| view.span(typed))
                .transpose()?
                .map(|span| span.end),
            kind: self.event.map(Kind::published),
            late: self.late,
        })
    }
}

fn tallied(view: &View<'_>, filter: &Filter, by: Tally, limit: i64) -> Result<Answer, Stop> {
    let (word, by) = match by {
        Tally::Type => ("type", TallyBy::Type),
        Tally::Customer => ("customer", TallyBy::Customer),
        Tally::Item => ("tag", TallyBy::Item),
    };
    let mut table = Table::new(&[">COUNT", "OF"]);
    let mut rows = Vec::new();
    for (id, count) in history::tally(view.db, filter, by, limit)? {
        let (json, text) = match by {
            TallyBy::Type => (
                json!(view.type_name(TypeId(id))?),
                view.type_name(TypeId(id))?.to_string(),
            ),
            TallyBy::Customer => (
                json!(view.customer(CustomerId(id))?.0),
                view.person(CustomerId(id))?,
            ),
            TallyBy::Item => {
                let item = inventory::known(view.db, ItemId(id))?;
                (
                    json!(item.tag),
                    format!("{} {}", item.tag, view.type_name(item.type_id)?),
                )
            }
        };
        table.row([grouped(count), text]);
        rows.push(json!({word: json, "count": count}));
    }
    let last = counted(length(&rows), "row", "rows");
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or("No entry matches.", &last),
    ))
}

const CSV_COLUMNS: [&str; 11] = [
    "seq",
    "at",
    "event",
    "tag",
    "type",
    "customer",
    "reservation",
    "staff",
    "condition_before",
    "condition_after",
    "summary",
];

fn as_json(told: &Told, view: &View<'_>) -> Fallible<Value> {
    let entry = &told.entry;
    let customer = entry
        .customer
        .map(|id| view.customer(id))
        .transpose()?
        .map(|(number, _)| number);
    let who = [
        customer.map(|number| format!("{} {number}", told.who)),
        entry.number.map(|number| number.to_string()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(", ");
    let summary = match (told.thing.is_empty(), who.is_empty()) {
        (false, false) => format!("{}: {} ({who})", told.thing, told.what),
        (false, true) => format!("{}: {}", told.thing, told.what),
        (true, false) => format!("{who}: {}", told.what),
        (true, true) => told.what.clone(),
    };
    Ok(json!({
        "seq": entry.seq, "at": stamp(Some(entry.at)), "event": entry.kind, "tag": entry.tag, "type": entry.type_id.map(|id| view.type_name(id)).transpose()?, "customer": customer,
        "reservation": entry.number, "staff": view.staff_name(entry.staff)?, "condition_before": entry.condition_before, "condition_after": entry.condition_after,
        "due": stamp(entry.due_at), "late_minutes": entry.late_minutes, "summary": Text::new(&summary),
    }))
}

fn as_csv(rows: &[Value]) -> Fallible<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(CSV_COLUMNS)?;
    for row in rows {
        writer.write_record(
            CSV_COLUMNS.map(|column| cell(row.get(column).unwrap_or(&Value::Null))),
        )?;
    }
    Ok(writer.into_inner()?)
}

/// Text that a spreadsheet would take for a formula gets an apostrophe.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) if text.starts_with(['=', '+', '-', '@']) => format!("'{text}"),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
