//! Reservations, their lines and the rentals under them. Pure.

use crate::events::{CheckedIn, CheckedOut, Event};
use crate::inventory::Condition;
use crate::kernel::{AssetTag, CustomerId, ItemId, LineId, Moment, Refusal, RentalId, ReservationId, ReservationNumber, StaffId, Text, TypeId};

crate::words_in_columns! {
    ReservationState { Quote = "QUOTE", Hold = "HOLD", Confirmed = "CONFIRMED", Active = "ACTIVE", Completed = "COMPLETED", Cancelled = "CANCELLED", Expired = "EXPIRED" }
}

crate::words_in_columns! {
    LineState { Open = "OPEN", PartlyOut = "PARTLY_OUT", Out = "OUT", Closed = "CLOSED", Dropped = "DROPPED" }
}

crate::words_in_columns! {
    RentalState { Out = "OUT", Returned = "RETURNED", Lost = "LOST" }
}

crate::words_in_columns! {
    /// How a rental ended: flagged if late, damaged or incomplete.
    RentalOutcome { Fine = "FINE", Flagged = "FLAGGED", Forgiven = "FORGIVEN" }
}

/// The agreement.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Reservation {
    pub id: ReservationId,
    pub number: ReservationNumber,
    pub customer: Option<CustomerId>,
    pub state: ReservationState,
    pub start: Moment,
    pub end: Moment,
    pub cancel_reason: Option<Text>,
    pub note: Option<Text>,
    pub reference: Option<Text>,
}

/// Type × quantity within a reservation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Line {
    pub id: LineId,
    pub reservation: ReservationId,
    pub type_id: TypeId,
    pub type_name: Text,
    pub quantity: i64,
    pub start: Moment,
    pub end: Moment,
    pub state: LineState,
}

/// One item, or a count of bulk stock, handed over: out → back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rental {
    pub id: RentalId,
    pub line: LineId,
    pub reservation: ReservationId,
    pub customer: CustomerId,
    pub type_id: TypeId,
    pub item: Option<ItemId>,
    pub quantity: i64,
    pub out_at: Moment,
    pub due_at: Moment,
    pub free_at: Moment,
    pub in_at: Option<Moment>,
    pub state: RentalState,
    pub outcome: Option<RentalOutcome>,
    pub condition_out: Option<Condition>,
    pub condition_in: Option<Condition>,
    pub missing: Option<Text>,
    pub note: Option<Text>,
    pub staff_out: Option<StaffId>,
    pub staff_in: Option<StaffId>,
    pub reference: Option<Text>,
}

impl Rental {
    /// How late it is, or was when it came back; a begun minute counts.
    pub fn late_minutes(&self, now: Moment) -> i64 {
        self.in_at.unwrap_or(now).minutes_after(self.due_at)
    }

    pub fn turnaround_minutes(&self) -> i64 {
        (self.free_at.0 - self.due_at.0) / 60
    }

    /// Its hand-over, as a fact.
    pub(super) fn went_out(&self, tag: AssetTag, number: ReservationNumber) -> Event {
        Event::EquipmentCheckedOut(CheckedOut {
            rental_id: self.id,
            item_id: self.item,
            asset_tag: tag,
            type_id: self.type_id,
            count: self.quantity,
            reservation_id: self.reservation,
            number,
            line_id: self.line,
            customer_id: self.customer,
            out_at: self.out_at,
            due_at: self.due_at,
            turnaround_minutes: self.turnaround_minutes(),
            condition_out: word(self.condition_out),
        })
    }

    /// Its return, as a fact, once it is closed. An undone hand-over has no outcome and was never late.
    pub(super) fn came_back(&self, tag: AssetTag, number: ReservationNumber) -> Event {
        let in_at = self.in_at.unwrap_or(self.out_at);
        Event::EquipmentCheckedIn(CheckedIn {
            rental_id: self.id,
            item_id: self.item,
            asset_tag: tag,
            type_id: self.type_id,
            count: self.quantity,
            reservation_id: self.reservation,
            number,
            customer_id: self.customer,
            out_at: self.out_at,
            due_at: self.due_at,
            in_at,
            late_minutes: self.outcome.map_or(0, |_| in_at.minutes_after(self.due_at)),
            condition_out: word(self.condition_out),
            condition_in: word(self.condition_in),
            outcome: self.outcome.map(|outcome| outcome.word().to_owned()),
        })
    }
}

fn word(condition: Option<Condition>) -> Option<String> {
    condition.map(|condition| condition.word().to_owned())
}

/// How a rental that ends so is called.
pub fn outcome(late_minutes: i64, before: Option<Condition>, after: Option<Condition>, incomplete: bool) -> RentalOutcome {
    let worse = after.is_some_and(|after| after != Condition::Good) && before != after;
    if late_minutes > 0 || worse || incomplete { RentalOutcome::Flagged } else { RentalOutcome::Fine }
}

/// Another item of the type that is on its shelf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instead {
    pub tag: AssetTag,
    pub location: Option<Text>,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BookingRefusal {
    #[error("There is no reservation \"{0}\"")]
    Unknown(Text),
    #[error("{0}")]
    Customer(#[from] crate::customers::CustomerRefusal),
    #[error("{0}")]
    Stock(#[from] crate::inventory::InventoryRefusal),
    #[error("{0}")]
    Catalogue(#[from] crate::catalog::CatalogRefusal),
    #[error("{tag} {type_name} is on the bench since {since}: {trouble}")]
    OnBench { tag: AssetTag, type_name: Text, since: String, trouble: Text, instead: Option<Instead> },
    #[error("{tag} {type_name} is still out to {customer} {number}, due {due}")]
    StillOut { tag: AssetTag, type_name: Text, customer: Text, number: ReservationNumber, due: String, instead: Option<Instead> },
    #[error("{tag} {type_name} is {state}")]
    Gone { tag: AssetTag, type_name: Text, state: &'static str, instead: Option<Instead> },
    #[error("{type_name} is withdrawn")]
    Withdrawn { type_name: Text },
    #[error("{tag} {type_name}: {left} of {total} are here, {wanted} wanted")]
    TooFew { tag: AssetTag, type_name: Text, left: i64, total: i64, wanted: i64 },
    #[error("{0} is on the list twice")]
    Twice(AssetTag),
    #[error("Nothing is in hand")]
    NothingInHand,
    #[error("Due {due} is not after {out}")]
    DueBeforeOut { due: String, out: String },
    #[error("Due {due} is more than 400 days away")]
    DueTooFar { due: String },
    #[error("{time} is ahead of the clock")]
    InFuture { time: String },
    #[error("{time} is before it went out, {out}")]
    BeforeOut { time: String, out: String },
    #[error("{tag} was not out{last}")]
    NotOut { tag: AssetTag, last: String },
    #[error("{0} is not out, and nothing of it was lost")]
    NoneOut(AssetTag),
    #[error("{tag}: {out} are out, not {wanted}")]
    FewerOut { tag: AssetTag, out: i64, wanted: i64 },
    #[error("{tag} {type_name} is out to {who}")]
    WhoBrings { tag: AssetTag, type_name: Text, who: Text },
    #[error("{number} is {state}")]
    NotActive { number: ReservationNumber, state: &'static str },
    #[error("{tag} was out to {customer} from {from} to {until}")]
    OutThen { tag: AssetTag, customer: Text, from: String, until: String },
    #[error("Another window went on with this check-out, or finished it")]
    DraftElsewhere,
    #[error("{0}")]
    CannotUndo(Text),
}

impl Refusal for BookingRefusal {
    fn hint(&self) -> String {
        use BookingRefusal::*;
        let or_else = |instead: &Option<Instead>, otherwise: &str| match instead {
            Some(Instead { tag, location: Some(location) }) => format!("{tag} is free, shelf {location}"),
            Some(Instead { tag, location: None }) => format!("{tag} is free"),
            None => otherwise.to_owned(),
        };
        match self {
            Unknown(_) => "rentdesk list shows them".to_owned(),
            Customer(refusal) => refusal.hint(),
            Stock(refusal) => refusal.hint(),
            Catalogue(refusal) => refusal.hint(),
            OnBench { tag, instead, .. } => or_else(instead, &format!("no other is in; when it works again: rentdesk item condition {tag} good")),
            StillOut { tag, instead, .. } => or_else(instead, &format!("take it back first: rentdesk in {tag}")),
            Gone { tag, state, instead, .. } if *state == "lost" => or_else(instead, &format!("it is in your hand? rentdesk item found {tag}")),
            Gone { instead, .. } => or_else(instead, "put it aside and ask"),
            Withdrawn { .. } => "it is no longer rented; choose another type".to_owned(),
            TooFew { left, .. } => {
                if *left > 0 {
                    format!("take {left}")
                } else {
                    "none is on the shelf".to_owned()
                }
            }
            Twice(_) => "take one off".to_owned(),
            NothingInHand => "scan something first".to_owned(),
            DueBeforeOut { .. } => "give a later due time".to_owned(),
            DueTooFar { .. } => "give an earlier due time, and extend it later".to_owned(),
            InFuture { .. } => "give a time that is past".to_owned(),
            BeforeOut { .. } => "give a later time".to_owned(),
            NotOut { tag, .. } => format!("nothing changed; rentdesk history --item {tag} tells its story"),
            NoneOut(_) => "nothing changed; count the shelf if in doubt".to_owned(),
            FewerOut { out, .. } => format!("take back {out}"),
            WhoBrings { .. } => "say who brings it: --customer".to_owned(),
            NotActive { .. } => "make a new check-out".to_owned(),
            OutThen { .. } => "check the times of both".to_owned(),
            DraftElsewhere => "nothing went out here; what is unfinished stands on the Desk".to_owned(),
            CannotUndo(_) => "mend it by hand".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        use BookingRefusal::*;
        match self {
            Customer(refusal) => refusal.kind(),
            Stock(refusal) => refusal.kind(),
            Catalogue(refusal) => refusal.kind(),
            OnBench { .. } | Gone { .. } | Withdrawn { .. } => "not_rentable",
            StillOut { .. } | TooFew { .. } => "out",
            NotOut { .. } | NoneOut(_) | FewerOut { .. } => "not_out",
            CannotUndo(_) => "undo",
            _ => "booking",
        }
    }

    fn not_found(&self) -> bool {
        match self {
            BookingRefusal::Unknown(_) => true,
            BookingRefusal::Customer(refusal) => refusal.not_found(),
            BookingRefusal::Stock(refusal) => refusal.not_found(),
            BookingRefusal::Catalogue(refusal) => refusal.not_found(),
            _ => false,
        }
    }
}
