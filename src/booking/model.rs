//! Reservations, their lines and the rentals under them. Pure.

use crate::events::{CheckedIn, CheckedOut, Event, LineFact, LinePrice, OfRental};
use crate::inventory::Condition;
use crate::kernel::{
    AssetTag, CustomerId, ItemId, LineId, Moment, Money, Period, RentalId, ReservationId,
    ReservationNumber, Settings, StaffId, Text, TypeId,
};
use crate::pricing::{self, Late};

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
    /// When a hold lapses.
    pub hold_lapses_at: Option<Moment>,
    pub cancel_reason: Option<Text>,
    pub note: Option<Text>,
    pub reference: Option<Text>,
    pub version: i64,
    /// What is to be paid, tax included, as it was agreed; none: nothing is agreed about its price.
    pub total: Option<Money>,
}

impl ReservationState {
    /// Whether its open lines keep gear from others.
    pub fn claims(self) -> bool {
        matches!(
            self,
            ReservationState::Hold | ReservationState::Confirmed | ReservationState::Active
        )
    }

    /// Whether anything can still become of it.
    pub fn is_open(self) -> bool {
        self == ReservationState::Quote || self.claims()
    }

    /// As it stands in a sentence.
    pub fn shown(self) -> &'static str {
        match self {
            ReservationState::Quote => "a quote",
            ReservationState::Hold => "a hold",
            ReservationState::Confirmed => "confirmed",
            ReservationState::Active => "active",
            ReservationState::Completed => "completed",
            ReservationState::Cancelled => "cancelled",
            ReservationState::Expired => "expired",
        }
    }
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
    pub turnaround_minutes: i64,
    pub state: LineState,
    /// What it still keeps from others.
    pub claimed: i64,
    /// The kit it is part of, or what it goes along with.
    pub parent: Option<LineId>,
    pub is_kit: bool,
    pub pin: Option<ItemId>,
    /// How many stand ready for the hand-over.
    pub packed: i64,
    /// Who was promised first; 0: never promised, it was made at the hand-over.
    pub rank: i64,
    /// As it was agreed.
    pub price: Option<LinePrice>,
}

impl Line {
    /// The time it keeps gear from others, turnaround included.
    pub fn claimed_window(&self) -> Period {
        Period {
            start: self.start,
            end: self.end.plus_minutes(self.turnaround_minutes),
        }
    }

    pub fn is_open(&self) -> bool {
        matches!(self.state, LineState::Open | LineState::PartlyOut)
    }

    pub(super) fn fact(&self) -> LineFact {
        LineFact {
            line_id: self.id,
            type_id: self.type_id,
            quantity: self.quantity,
            start: self.start,
            end: self.end,
            turnaround_minutes: self.turnaround_minutes,
            parent_line_id: self.parent,
            pinned_item_id: self.pin,
            price: self.price.clone(),
        }
    }
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
    /// Where it lay before it left.
    pub out_location: Option<Text>,
    /// Where it was taken back.
    pub in_location: Option<Text>,
}

impl Rental {
    /// How late it is, or was when it came back ([`pricing::late`]).
    pub fn late(&self, settings: &Settings, now: Moment) -> Option<Late> {
        pricing::late(settings, self.due_at, self.in_at.unwrap_or(now))
    }

    pub fn late_minutes(&self, settings: &Settings, now: Moment) -> i64 {
        self.late(settings, now).map_or(0, |late| late.minutes)
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
            location: self.out_location.clone(),
        })
    }

    /// As events about its item name it.
    pub(super) fn named(&self, number: ReservationNumber) -> OfRental {
        OfRental {
            rental_id: self.id,
            reservation_id: self.reservation,
            number,
            customer_id: self.customer,
        }
    }

    /// Its return, as a fact, once it is closed. An undone hand-over has no outcome and was never
    /// late.
    pub(super) fn came_back(
        &self,
        settings: &Settings,
        tag: AssetTag,
        number: ReservationNumber,
    ) -> Event {
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
            late_minutes: self
                .outcome
                .map_or(0, |_| self.late_minutes(settings, in_at)),
            condition_out: word(self.condition_out),
            condition_in: word(self.condition_in),
            outcome: self.outcome.map(|outcome| outcome.word().to_owned()),
            location: self.in_location.clone(),
            out_location: self.out_location.clone(),
        })
    }
}

fn word(condition: Option<Condition>) -> Option<String> {
    condition.map(|condition| condition.word().to_owned())
}

/// How a rental that ends so is called.
pub fn outcome(
    late_minutes: i64,
    before: Option<Condition>,
    after: Option<Condition>,
    incomplete: bool,
) -> RentalOutcome {
    let worse = after.is_some_and(|after| after != Condition::Good) && before != after;
    if late_minutes > 0 || worse || incomplete {
        RentalOutcome::Flagged
    } else {
        RentalOutcome::Fine
    }
}
