//! The shop's published language: one enum of past-tense facts.
//!
//! A payload holds ids and facts, never a person's name, phone, mail address or typed text: what
//! cannot be in the log need not be erased from it. A golden file pins every name and field,
//! because other programs and every later version read them.

use crate::kernel::{
    AssetTag, BlockId, CategoryId, CustomerId, CustomerNumber, DepositId, InvoiceId, InvoiceNumber,
    ItemId, LineId, MessageId, Moment, Money, PaymentId, RentalId, ReportId, ReservationId,
    ReservationNumber, StaffId, Text, TypeId,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What has happened. Variants are never renamed or removed; a field that is added has a default.
///
/// `also_undone`: of an event that undoes another, what else the same act had told of the
/// reservation, and is undone with it.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub enum Event {
    ReservationCreated {
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: Option<CustomerId>,
        state: String,
        #[serde(default)]
        hold_lapses_at: Option<Moment>,
        lines: Vec<LineFact>,
    },
    ReservationConfirmed {
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: CustomerId,
        confirmed_at: Moment,
        #[serde(default)]
        lines: Vec<LineFact>,
    },
    ReservationChanged {
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: Option<CustomerId>,
        before: Agreed,
        after: Agreed,
        /// What it costs more by it, or less; none: nothing is agreed about its price.
        #[serde(default)]
        price_delta: Option<Money>,
        reason_kind: String,
        /// What changed, as [`Changed`] words; empty in the first version, whose two sides tell
        /// most of it.
        #[serde(default)]
        changed: Vec<String>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also_undone: Vec<Uuid>,
    },
    ReservationCancelled {
        reservation_id: ReservationId,
        number: ReservationNumber,
        /// None: a quote of nobody yet, or told by the first version.
        #[serde(default)]
        customer_id: Option<CustomerId>,
        previous_state: String,
        reason_kind: String,
        #[serde(default)]
        lines: Vec<LineFact>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also_undone: Vec<Uuid>,
    },
    ReservationExpired {
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: CustomerId,
        /// `hold` or `no-show`.
        kind: String,
        lines: Vec<LineFact>,
    },
    ReservationActivated {
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: CustomerId,
        first_out_at: Moment,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        also_undone: Vec<Uuid>,
    },
    ReservationCompleted {
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: CustomerId,
        completed_at: Moment,
    },
    EquipmentCheckedOut(CheckedOut),
    EquipmentCheckedIn(CheckedIn),
    EquipmentConditionUpdated {
        item_id: ItemId,
        asset_tag: AssetTag,
        type_id: TypeId,
        before: String,
        after: String,
        report_id: ReportId,
        rental_id: Option<RentalId>,
        expected_back: Option<Moment>,
        /// Parts that did not come back: the item is good, and incomplete.
        #[serde(default)]
        incomplete: bool,
        /// Whose custody it was in, where a rental is named.
        #[serde(default)]
        reservation_id: Option<ReservationId>,
        #[serde(default)]
        number: Option<ReservationNumber>,
        #[serde(default)]
        customer_id: Option<CustomerId>,
    },
    EquipmentAdded {
        item_id: Option<ItemId>,
        asset_tag: AssetTag,
        type_id: TypeId,
        condition: Option<String>,
        count: i64,
    },
    EquipmentLost {
        item_id: Option<ItemId>,
        asset_tag: AssetTag,
        type_id: TypeId,
        count: i64,
        rental_id: Option<RentalId>,
        reason_kind: String,
        /// Whose custody it was in, where a rental is named.
        #[serde(default)]
        reservation_id: Option<ReservationId>,
        #[serde(default)]
        number: Option<ReservationNumber>,
        #[serde(default)]
        customer_id: Option<CustomerId>,
    },
    EquipmentFound {
        item_id: Option<ItemId>,
        asset_tag: AssetTag,
        type_id: TypeId,
        count: i64,
        rental_id: Option<RentalId>,
        condition: String,
        /// Whose custody it was in, where a rental is named.
        #[serde(default)]
        reservation_id: Option<ReservationId>,
        #[serde(default)]
        number: Option<ReservationNumber>,
        #[serde(default)]
        customer_id: Option<CustomerId>,
    },
    EquipmentRetired {
        item_id: ItemId,
        asset_tag: AssetTag,
        type_id: TypeId,
        reason_kind: String,
    },
    EquipmentBlocked {
        block_id: BlockId,
        item_id: Option<ItemId>,
        asset_tag: AssetTag,
        type_id: TypeId,
        count: i64,
        kind: String,
        start: Moment,
        end: Option<Moment>,
    },
    EquipmentUnblocked {
        block_id: BlockId,
        item_id: Option<ItemId>,
        asset_tag: AssetTag,
        type_id: TypeId,
        at: Moment,
    },
    RentalExtended {
        rental_id: RentalId,
        item_id: Option<ItemId>,
        asset_tag: AssetTag,
        type_id: TypeId,
        count: i64,
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: CustomerId,
        old_due: Moment,
        new_due: Moment,
        /// What the extension adds; of several rentals in one act the first carries all of it. The
        /// reservation's own change says it too.
        #[serde(default)]
        price_delta: Option<Money>,
    },
    /// Out past its due time: once for each due time.
    RentalOverdue {
        rental_id: RentalId,
        item_id: Option<ItemId>,
        asset_tag: AssetTag,
        type_id: TypeId,
        count: i64,
        reservation_id: ReservationId,
        number: ReservationNumber,
        customer_id: CustomerId,
        due_at: Moment,
        /// The day in the shop's zone on which it was seen, `2025-11-21`.
        day: String,
    },
    InvoiceIssued {
        invoice_id: InvoiceId,
        number: InvoiceNumber,
        reservation_id: Option<ReservationId>,
        customer_id: CustomerId,
        net: Money,
        tax: Money,
        total: Money,
        currency: String,
    },
    InvoicePaid(InvoiceFact),
    InvoiceVoided(InvoiceFact),
    /// The amount of a credit note, which is an invoice of its own with a number of its own.
    InvoiceCredited(InvoiceFact),
    PaymentReceived(Paid),
    PaymentRefunded(Paid),
    DepositTaken(DepositFact),
    DepositReturned(DepositFact),
    /// The cash of a day was counted; the difference stands in the books.
    TillClosed {
        till_id: i64,
        /// The day in the shop's zone, `2025-11-21`.
        day: String,
        expected: Money,
        counted: Money,
        currency: String,
    },
    /// The file ends before events that were known of, and that was accepted; or a backup took its
    /// place. Why stands in the note.
    FileAccepted {
        note_id: i64,
        /// `accepted` or `restored`.
        how: String,
        /// The newest event that was known of before.
        noted_seq: i64,
        last_seq: i64,
    },
    PickListPrinted {
        /// The day in the shop's zone, `2025-11-21`.
        date: String,
        reservation_ids: Vec<ReservationId>,
        /// What it shows is the state after this event.
        through_seq: i64,
    },
    EquipmentTypeAdded {
        type_id: TypeId,
        category_id: CategoryId,
        tracking: String,
        turnaround_minutes: i64,
    },
    EquipmentTypeChanged {
        type_id: TypeId,
        changed: Vec<String>,
    },
    EquipmentTypeWithdrawn {
        type_id: TypeId,
        reason_kind: String,
    },
    CustomerRegistered {
        customer_id: CustomerId,
        number: CustomerNumber,
    },
    CustomerUpdated {
        customer_id: CustomerId,
        version: i64,
        changed: Vec<String>,
    },
    CustomerSuspended {
        customer_id: CustomerId,
        reason_kind: String,
    },
    CustomerReinstated {
        customer_id: CustomerId,
    },
    CommunicationPreferencesUpdated {
        customer_id: CustomerId,
        before: Preferences,
        after: Preferences,
    },
    NotificationSent(NotificationFact),
    NotificationFailed(NotificationFact),
    StaffAdded {
        staff_id: StaffId,
    },
}

/// What a customer wants to be written about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Preferences {
    pub marketing_email: bool,
    pub sms: bool,
    pub newsletter: bool,
}

/// A message that was sent, or was tried to be.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct NotificationFact {
    pub message_id: MessageId,
    pub customer_id: Option<CustomerId>,
    pub reservation_id: Option<ReservationId>,
    /// `EMAIL`, `SMS`, `NOTICE`.
    pub channel: String,
    pub template: String,
    pub attempts: i64,
}

/// A line of a reservation, as a fact.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct LineFact {
    pub line_id: LineId,
    pub type_id: TypeId,
    pub quantity: i64,
    pub start: Moment,
    pub end: Moment,
    pub turnaround_minutes: i64,
    /// The kit it is part of, or what it goes along with.
    #[serde(default)]
    pub parent_line_id: Option<LineId>,
    #[serde(default)]
    pub pinned_item_id: Option<ItemId>,
    /// None: nothing was agreed about its price.
    #[serde(default)]
    pub price: Option<LinePrice>,
}

/// What a line costs as it was agreed, in minor units of the shop's currency.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LinePrice {
    /// One piece for the whole window, before discounts.
    pub each: Money,
    /// The whole line before discounts, where its pieces are kept for different times; none: `each`
    /// for every piece.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subtotal: Option<Money>,
    /// The whole line, after every discount.
    pub total: Money,
    /// Whether the amounts hold the tax.
    pub gross: bool,
    pub tax_class: String,
    /// In hundredths: 19 % is 1900.
    pub tax_percent: i64,
}

/// What became of an invoice, and the amount that is about.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct InvoiceFact {
    pub invoice_id: InvoiceId,
    /// None: it was never issued.
    pub number: Option<InvoiceNumber>,
    pub reservation_id: Option<ReservationId>,
    pub customer_id: CustomerId,
    pub amount: Money,
    pub currency: String,
}

/// Money received, or given back; never a deposit.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Paid {
    pub payment_id: PaymentId,
    pub invoice_id: Option<InvoiceId>,
    /// Its number, where it had one by then.
    #[serde(default)]
    pub invoice_number: Option<InvoiceNumber>,
    /// Whose rent it asks for, where the payment itself names no reservation.
    #[serde(default)]
    pub invoice_reservation_id: Option<ReservationId>,
    pub reservation_id: Option<ReservationId>,
    pub customer_id: CustomerId,
    /// What it was for, the whole of it: by type, and what belongs to none (a fee) apart.
    pub shares: Vec<TypeShare>,
    pub amount: Money,
    pub currency: String,
    /// `CASH`, `CARD`, `TRANSFER`.
    pub method: String,
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TypeShare {
    pub type_id: Option<TypeId>,
    pub amount: Money,
}

/// A deposit: held for the customer, never revenue but for what is kept of it.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DepositFact {
    pub deposit_id: DepositId,
    pub reservation_id: ReservationId,
    pub customer_id: CustomerId,
    /// Taken, or given back.
    pub amount: Money,
    /// Kept by this act, of which nothing goes back. A file of before told it with the rest that
    /// went back, too.
    #[serde(default)]
    pub kept: Option<Money>,
    pub currency: String,
    pub method: String,
}

/// What a reservation says, before or after a change.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Agreed {
    pub state: String,
    /// None in the first version, and where nobody was named.
    #[serde(default)]
    pub customer_id: Option<CustomerId>,
    pub start: Moment,
    pub end: Moment,
    pub hold_lapses_at: Option<Moment>,
    pub lines: Vec<LineFact>,
    /// To be paid, tax included.
    #[serde(default)]
    pub total: Option<Money>,
    /// Never told: only whether it changed is ([`Changed::Note`]).
    #[serde(skip)]
    pub note: Option<Text>,
}

/// What can change of a reservation, in the words that the log keeps.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Changed {
    State,
    Customer,
    Dates,
    Lines,
    HoldTime,
    Price,
    Note,
}

impl Changed {
    pub const ALL: &[Changed] = &[
        Changed::State,
        Changed::Customer,
        Changed::Dates,
        Changed::Lines,
        Changed::HoldTime,
        Changed::Price,
        Changed::Note,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Changed::State => "state",
            Changed::Customer => "customer",
            Changed::Dates => "dates",
            Changed::Lines => "lines",
            Changed::HoldTime => "hold time",
            Changed::Price => "price",
            Changed::Note => "note",
        }
    }
}

impl Agreed {
    /// What differs between the two. Every field is named: one that is added must say here what a
    /// change of it is called.
    pub fn changed(&self, after: &Agreed) -> Vec<Changed> {
        let Agreed {
            state,
            customer_id,
            start,
            end,
            hold_lapses_at,
            lines,
            total,
            note,
        } = self;
        let things = |lines: &[LineFact]| lines.iter().map(LineFact::thing).collect::<Vec<_>>();
        let windows = |lines: &[LineFact]| lines.iter().map(LineFact::window).collect::<Vec<_>>();
        let is_same_things = things(lines) == things(&after.lines);
        // A line that comes or goes brings its own times and price.
        let is_same_windows = !is_same_things || windows(lines) == windows(&after.lines);
        let prices = lines.iter().map(LineFact::price);
        let is_same_prices = prices.eq(after.lines.iter().map(LineFact::price));
        [
            (Changed::State, *state == after.state),
            (Changed::Customer, *customer_id == after.customer_id),
            (
                Changed::Dates,
                (*start, *end) == (after.start, after.end) && is_same_windows,
            ),
            (Changed::Lines, is_same_things),
            // It ends with being a hold.
            (
                Changed::HoldTime,
                *hold_lapses_at == after.hold_lapses_at || *state != after.state,
            ),
            (Changed::Price, *total == after.total && is_same_prices),
            (Changed::Note, *note == after.note),
        ]
        .into_iter()
        .filter_map(|(what, is_same)| (!is_same).then_some(what))
        .collect()
    }
}

impl LineFact {
    /// What is wanted: every field but the times and the price.
    fn thing(&self) -> (LineId, TypeId, i64, i64, Option<LineId>, Option<ItemId>) {
        let LineFact {
            line_id,
            type_id,
            quantity,
            start: _,
            end: _,
            turnaround_minutes,
            parent_line_id,
            pinned_item_id,
            price: _,
        } = self;
        (
            *line_id,
            *type_id,
            *quantity,
            *turnaround_minutes,
            *parent_line_id,
            *pinned_item_id,
        )
    }

    fn window(&self) -> (LineId, Moment, Moment) {
        (self.line_id, self.start, self.end)
    }

    fn price(&self) -> (LineId, Option<&LinePrice>) {
        (self.line_id, self.price.as_ref())
    }
}

/// The rental that a fact about an item belongs to, and whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OfRental {
    pub rental_id: RentalId,
    pub reservation_id: ReservationId,
    pub number: ReservationNumber,
    pub customer_id: CustomerId,
}

/// One item, or a count of bulk stock, was handed over.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CheckedOut {
    pub rental_id: RentalId,
    pub item_id: Option<ItemId>,
    pub asset_tag: AssetTag,
    pub type_id: TypeId,
    pub count: i64,
    pub reservation_id: ReservationId,
    pub number: ReservationNumber,
    pub line_id: LineId,
    pub customer_id: CustomerId,
    pub out_at: Moment,
    pub due_at: Moment,
    pub turnaround_minutes: i64,
    pub condition_out: Option<String>,
    /// Where it lay.
    #[serde(default)]
    pub location: Option<Text>,
}

/// One item, or a count of bulk stock, came back.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct CheckedIn {
    pub rental_id: RentalId,
    pub item_id: Option<ItemId>,
    pub asset_tag: AssetTag,
    pub type_id: TypeId,
    pub count: i64,
    pub reservation_id: ReservationId,
    pub number: ReservationNumber,
    pub customer_id: CustomerId,
    pub out_at: Moment,
    pub due_at: Moment,
    pub in_at: Moment,
    pub late_minutes: i64,
    pub condition_out: Option<String>,
    pub condition_in: Option<String>,
    pub outcome: Option<String>,
    /// Where it was taken back, and where it lay before it left.
    #[serde(default)]
    pub location: Option<Text>,
    #[serde(default)]
    pub out_location: Option<Text>,
}

impl Event {
    /// The version of this build's payloads.
    pub const VERSION: i64 = 2;

    /// The names of all kinds; a golden test holds them against the variants.
    pub const KINDS: &[&str] = &[
        "ReservationCreated",
        "ReservationConfirmed",
        "ReservationChanged",
        "ReservationCancelled",
        "ReservationExpired",
        "ReservationActivated",
        "ReservationCompleted",
        "EquipmentCheckedOut",
        "EquipmentCheckedIn",
        "EquipmentConditionUpdated",
        "EquipmentAdded",
        "EquipmentLost",
        "EquipmentFound",
        "EquipmentRetired",
        "EquipmentBlocked",
        "EquipmentUnblocked",
        "RentalExtended",
        "RentalOverdue",
        "InvoiceIssued",
        "InvoicePaid",
        "InvoiceVoided",
        "InvoiceCredited",
        "PaymentReceived",
        "PaymentRefunded",
        "DepositTaken",
        "DepositReturned",
        "TillClosed",
        "FileAccepted",
        "PickListPrinted",
        "EquipmentTypeAdded",
        "EquipmentTypeChanged",
        "EquipmentTypeWithdrawn",
        "CustomerRegistered",
        "CustomerUpdated",
        "CustomerSuspended",
        "CustomerReinstated",
        "CommunicationPreferencesUpdated",
        "NotificationSent",
        "NotificationFailed",
        "StaffAdded",
    ];

    /// The thing the event is about: its kind and its id, so that one thing's story can be
    /// followed.
    pub fn aggregate(&self) -> (&'static str, i64) {
        use Event::*;
        match self {
            ReservationCreated { reservation_id, .. }
            | ReservationConfirmed { reservation_id, .. }
            | ReservationChanged { reservation_id, .. }
            | ReservationCancelled { reservation_id, .. }
            | ReservationExpired { reservation_id, .. }
            | ReservationActivated { reservation_id, .. }
            | ReservationCompleted { reservation_id, .. } => ("reservation", reservation_id.0),
            EquipmentCheckedOut(fact) => fact
                .item_id
                .map_or(("type", fact.type_id.0), |item| ("item", item.0)),
            EquipmentCheckedIn(fact) => fact
                .item_id
                .map_or(("type", fact.type_id.0), |item| ("item", item.0)),
            EquipmentConditionUpdated { item_id, .. } | EquipmentRetired { item_id, .. } => {
                ("item", item_id.0)
            }
            EquipmentBlocked {
                item_id, type_id, ..
            }
            | EquipmentUnblocked {
                item_id, type_id, ..
            }
            | RentalExtended {
                item_id, type_id, ..
            }
            | RentalOverdue {
                item_id, type_id, ..
            } => item_id.map_or(("type", type_id.0), |item| ("item", item.0)),
            InvoiceIssued { invoice_id, .. } => ("invoice", invoice_id.0),
            InvoicePaid(fact) | InvoiceVoided(fact) | InvoiceCredited(fact) => {
                ("invoice", fact.invoice_id.0)
            }
            PaymentReceived(fact) | PaymentRefunded(fact) => ("payment", fact.payment_id.0),
            DepositTaken(fact) | DepositReturned(fact) => ("deposit", fact.deposit_id.0),
            TillClosed { till_id, .. } => ("till", *till_id),
            FileAccepted { note_id, .. } => ("file", *note_id),
            PickListPrinted { through_seq, .. } => ("pick-list", *through_seq),
            EquipmentAdded {
                item_id, type_id, ..
            }
            | EquipmentLost {
                item_id, type_id, ..
            }
            | EquipmentFound {
                item_id, type_id, ..
            } => item_id.map_or(("type", type_id.0), |item| ("item", item.0)),
            EquipmentTypeAdded { type_id, .. }
            | EquipmentTypeChanged { type_id, .. }
            | EquipmentTypeWithdrawn { type_id, .. } => ("type", type_id.0),
            CustomerRegistered { customer_id, .. }
            | CustomerUpdated { customer_id, .. }
            | CustomerSuspended { customer_id, .. }
            | CustomerReinstated { customer_id }
            | CommunicationPreferencesUpdated { customer_id, .. } => ("customer", customer_id.0),
            NotificationSent(fact) | NotificationFailed(fact) => ("message", fact.message_id.0),
            StaffAdded { staff_id } => ("staff", staff_id.0),
        }
    }

    /// The name under which it is published, and its payload as JSON.
    pub fn encode(&self) -> serde_json::Result<(String, String)> {
        let whole = serde_json::to_string(self)?; // {"Kind":{…}}
        let parts = whole
            .strip_prefix("{\"")
            .and_then(|rest| rest.strip_suffix('}'))
            .and_then(|rest| rest.split_once("\":"));
        let (kind, payload) = parts.ok_or_else(|| {
            <serde_json::Error as serde::ser::Error>::custom("an event without fields")
        })?;
        Ok((kind.to_owned(), payload.to_owned()))
    }

    /// `None` where a newer version published a kind that this one does not know; an error where a
    /// known kind cannot be read.
    pub fn decode(kind: &str, payload: &str) -> serde_json::Result<Option<Event>> {
        if !Self::KINDS.contains(&kind) {
            return Ok(None);
        }
        serde_json::from_str(&format!("{{\"{kind}\":{payload}}}")).map(Some)
    }
}

/// An event as the outbox keeps it.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub seq: i64,
    pub event_id: Uuid,
    pub kind: String,
    pub version: i64,
    pub aggregate: String,
    pub aggregate_id: String,
    pub at: Moment,
    pub staff: Option<StaffId>,
    pub payload: String,
    /// `None` for a kind that only a newer version knows.
    pub event: Option<Event>,
    /// Why an event of a known kind cannot be read: nobody may hear it as if it said nothing.
    pub broken: Option<String>,
}

impl Recorded {
    /// The event that this one undoes.
    pub fn reverses(&self) -> Option<Uuid> {
        // Every subscriber asks this of every event, and hardly one undoes anything.
        if !self.payload.contains("\"reverses\"") {
            return None;
        }
        let payload: serde_json::Value = serde_json::from_str(&self.payload).ok()?;
        payload.get("reverses")?.as_str()?.parse().ok()
    }

    /// The events that this one undoes: the one it is the opposite of, and what was told with it.
    pub fn undoes(&self) -> Vec<Uuid> {
        let also = match &self.event {
            Some(
                Event::ReservationCancelled { also_undone, .. }
                | Event::ReservationChanged { also_undone, .. }
                | Event::ReservationActivated { also_undone, .. },
            ) => also_undone.as_slice(),
            _ => &[],
        };
        self.reverses()
            .into_iter()
            .chain(also.iter().copied())
            .collect()
    }
}
