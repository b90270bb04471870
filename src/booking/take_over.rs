//! Old records: rentals that happened before the shop used this program. They are not compared with
//! now, only with one another.

use super::model::{LineState, Rental, RentalOutcome, ReservationState, outcome};
use super::refusal::BookingRefusal;
use super::{Outcome, table};
use crate::customers;
use crate::inventory::{self, Condition, Lifecycle};
use crate::kernel::{
    AssetTag, CustomerId, Failure, Fallible, ItemId, Moment, Period, ReservationNumber, Settings,
    StaffId, Text, TypeId,
};
use crate::store::Write;

/// One record, as another program kept it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OldRental {
    /// Records with one number become one reservation; without a number each is its own.
    pub number: Option<ReservationNumber>,
    pub reference: Option<Text>,
    pub customer: CustomerId,
    pub item: Option<ItemId>,
    pub tag: AssetTag,
    pub type_id: TypeId,
    pub type_name: Text,
    pub quantity: i64,
    pub out: Moment,
    pub due: Moment,
    pub back: Option<Moment>,
    pub lost: bool,
    pub condition_out: Option<Condition>,
    pub condition_in: Option<Condition>,
    pub missing: Option<Text>,
    pub note: Option<Text>,
    pub forgiven: bool,
    pub staff_out: Option<StaffId>,
    pub staff_in: Option<StaffId>,
}

/// A record that was taken over and whose return is still to be told, in the order of time.
pub struct TakenOver {
    rental: Rental,
    number: ReservationNumber,
}

/// Writes the record down and tells of its check-out; [`TakenOver::tell_return`] tells of the rest
/// when its time comes.
pub fn take_over(db: &mut Write<'_>, settings: &Settings, old: &OldRental) -> Outcome<TakenOver> {
    let show = |moment: Moment| settings.zone.show(moment, old.out);
    if old.due <= old.out {
        return Err(BookingRefusal::DueBeforeOut {
            due: show(old.due),
            out: show(old.out),
        }
        .into());
    }
    if let Some(back) = old.back.filter(|back| *back < old.out) {
        return Err(BookingRefusal::BeforeOut {
            time: show(back),
            out: show(old.out),
        }
        .into());
    }
    refuse_double(db, settings, old)?;
    let is_out = old.back.is_none() && !old.lost;
    if let Some(item) = old.item.filter(|_| is_out) {
        refuse_gone(db, item, old)?;
    }
    let reservation_state = if is_out {
        ReservationState::Active
    } else {
        ReservationState::Completed
    };
    let end = old.due.max(old.back.unwrap_or(old.due));
    let (reservation, number) = match old
        .number
        .map(|number| table::by_number(db.read(), number))
        .transpose()?
        .flatten()
    {
        Some(known) => {
            table::lengthen(db, known.id, end)?;
            if is_out && known.state == ReservationState::Completed {
                table::set_state(db, known.id, ReservationState::Active)?;
            }
            (known.id, known.number)
        }
        None => {
            let number = match old.number {
                Some(number) => {
                    db.number_taken("reservation", number.0)?;
                    number
                }
                None => ReservationNumber(db.next_number("reservation", 1001)?),
            };
            let new = table::NewReservation {
                number,
                customer: Some(old.customer),
                state: reservation_state,
                start: old.out,
                end,
                hold_lapses_at: None,
                note: None,
                reference: old.reference.as_ref(),
            };
            (table::insert_reservation(db, &new)?, number)
        }
    };
    let line_state = if is_out {
        LineState::Out
    } else {
        LineState::Closed
    };
    let line = table::insert_line(
        db,
        &table::NewLine {
            reservation,
            type_id: old.type_id,
            type_name: &old.type_name,
            quantity: old.quantity,
            start: old.out,
            end: old.due,
            turnaround_minutes: 0,
            state: line_state,
            parent: None,
            is_kit: false,
            pin: None,
            rank: 0,
            claimed: 0,
        },
    )?;
    let rental = table::insert_rental(
        db,
        &table::NewRental {
            line,
            reservation,
            customer: old.customer,
            type_id: old.type_id,
            item: old.item,
            quantity: old.quantity,
            out_at: old.out,
            due_at: old.due,
            due_wall: &settings.zone.wall(old.due),
            free_at: old.due,
            condition_out: old.condition_out,
            staff_out: old.staff_out,
            reference: old.reference.as_ref(),
            location: None,
        },
    )?;
    if let Some(back) = old.back {
        let how = outcome(
            back.minutes_after(old.due),
            old.condition_out,
            old.condition_in,
            old.missing.is_some(),
        );
        let how = if old.forgiven {
            RentalOutcome::Forgiven
        } else {
            how
        };
        table::close_rental(
            db,
            rental,
            &table::Closing {
                in_at: back,
                outcome: Some(how),
                condition_in: old.condition_in,
                missing: old.missing.as_ref(),
                note: old.note.as_ref(),
                staff_in: old.staff_in,
                location: None,
            },
        )?;
    } else if old.lost {
        table::lose_rental(db, rental)?;
    } else {
        let window = Period {
            start: old.out,
            end: old.due,
        };
        match old.item {
            Some(item) => {
                super::claims::lose_pins(db, item, Some(window))?;
                inventory::claim_out(db, item, rental, window)?;
            }
            None => inventory::claim_bulk(db, old.type_id, rental, old.quantity, window)?,
        }
    }
    let rental = table::written(db.read(), rental)?;
    let event = rental.went_out(old.tag.clone(), number);
    db.publish_past(&event, old.out, old.staff_out)?;
    Ok(TakenOver { rental, number })
}

impl TakenOver {
    /// The reservation that the record became, or joined.
    pub fn number(&self) -> ReservationNumber {
        self.number
    }

    pub fn tell_return(
        &self,
        db: &mut Write<'_>,
        settings: &Settings,
        old: &OldRental,
    ) -> Fallible<()> {
        let Some(back) = old.back else { return Ok(()) };
        db.publish_past(
            &self
                .rental
                .came_back(settings, old.tag.clone(), self.number),
            back,
            old.staff_in,
        )?;
        Ok(())
    }

    /// Once all records are written: what never came back is lost, unless a later record shows that
    /// it was found again. When the loss was noticed no list tells, so the shop learns of it now.
    pub fn tell_loss(&self, db: &mut Write<'_>, old: &OldRental, reason: &Text) -> Outcome<()> {
        let Some(item) = old.item.filter(|_| old.lost) else {
            return Ok(());
        };
        let is_last =
            super::lost_rental(db.read(), item)?.is_some_and(|last| last.id == self.rental.id);
        let lift =
            |failure: Failure<inventory::InventoryRefusal>| failure.map(BookingRefusal::Stock);
        if is_last
            && inventory::known(db.read(), item).map_err(lift)?.lifecycle == Lifecycle::InService
        {
            let of = self.rental.named(self.number);
            inventory::report_lost(db, item, reason, Some(of)).map_err(lift)?;
        }
        Ok(())
    }
}

/// What is out belongs to the shop.
fn refuse_gone(db: &Write<'_>, item: ItemId, old: &OldRental) -> Outcome<()> {
    let state = match inventory::known(db.read(), item)
        .map_err(|failure| failure.map(BookingRefusal::Stock))?
        .lifecycle
    {
        Lifecycle::InService => return Ok(()),
        Lifecycle::Lost => "lost",
        Lifecycle::Retired => "retired",
    };
    Err(BookingRefusal::Gone {
        tag: old.tag.clone(),
        type_name: old.type_name.clone(),
        state,
        instead: None,
    }
    .into())
}

/// One thing cannot have been with two people.
fn refuse_double(db: &Write<'_>, settings: &Settings, old: &OldRental) -> Outcome<()> {
    let Some(item) = old.item else {
        if old.back.is_none() && !old.lost {
            let bulk = inventory::bulk_of_type(db.read(), old.type_id)?
                .ok_or_else(|| anyhow::anyhow!("no stock of type {}", old.type_id.0))?;
            if bulk.quantity - bulk.out < old.quantity {
                return Err(BookingRefusal::TooFew {
                    tag: bulk.tag,
                    type_name: old.type_name.clone(),
                    left: bulk.quantity - bulk.out,
                    total: bulk.quantity,
                    wanted: old.quantity,
                }
                .into());
            }
        }
        return Ok(());
    };
    let until = if old.lost { Some(old.due) } else { old.back };
    let Some(other) = table::overlapping(db.read(), item, old.out, until)? else {
        return Ok(());
    };
    let customer = match customers::known(db.read(), other.customer) {
        Ok(customer) => customer.profile.name,
        Err(Failure::Fault(fault)) => return Err(fault.into()),
        Err(Failure::Refused(refusal)) => return Err(BookingRefusal::Customer(refusal).into()),
    };
    let until = other.in_at.map_or_else(
        || "now, and is not back".to_owned(),
        |back| settings.zone.wall(back),
    );
    Err(BookingRefusal::OutThen {
        tag: old.tag.clone(),
        customer,
        from: settings.zone.wall(other.out_at),
        until,
    }
    .into())
}
