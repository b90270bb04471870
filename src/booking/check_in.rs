//! Taking back: a fact, saved at the scan, never refused because it is late, broken or brought by
//! somebody else.

use super::model::{self, Rental, RentalState, ReservationState};
use super::refusal::BookingRefusal;
use super::{Outcome, change, claims, table};
use crate::events::{Event, OfRental};
use crate::inventory::{self, Condition, Lifecycle};
use crate::kernel::{AssetTag, Failure, Fallible, Moment, RentalId, ReservationId, Settings, Text};
use crate::pricing;
use crate::store::{Read, Write, log};
use uuid::Uuid;

/// What came back, and how.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct CheckIn {
    pub rental: RentalId,
    /// Of a count, how many; None: all of it.
    pub quantity: Option<i64>,
    /// When it really came (drop box, weekend); None: now.
    pub at: Option<Moment>,
    /// None: as it left.
    pub condition: Option<Condition>,
    pub note: Option<Text>,
    /// The parts that did not come back; the customer stays liable.
    pub missing: Option<Text>,
    /// Where it was taken back; None: where it belongs. An item stays where it was taken back, a
    /// count keeps its shelf.
    pub location: Option<Text>,
}

impl CheckIn {
    pub fn plain(rental: RentalId) -> Self {
        CheckIn {
            rental,
            quantity: None,
            at: None,
            condition: None,
            note: None,
            missing: None,
            location: None,
        }
    }
}

/// The time somebody gave for a return: not ahead of the clock, not before the check-out.
pub fn may_come_back(
    settings: &Settings,
    rental: &Rental,
    at: Moment,
    now: Moment,
) -> Result<(), BookingRefusal> {
    let show = |moment: Moment| settings.zone.show(moment, now);
    if at > now.plus_minutes(5) {
        return Err(BookingRefusal::InFuture { time: show(at) });
    }
    if at < rental.out_at {
        return Err(BookingRefusal::BeforeOut {
            time: show(at),
            out: show(rental.out_at),
        });
    }
    Ok(())
}

/// Closes that very rental, or part of a count. A lost item that comes back after all is found.
pub fn check_in(db: &mut Write<'_>, settings: &Settings, command: &CheckIn) -> Outcome<RentalId> {
    let rental = table::rental(db.read(), command.rental)?
        .ok_or_else(|| anyhow::anyhow!("there is no rental {}", command.rental.0))?;
    let tag = tag_of(db.read(), &rental)?;
    if rental.state == RentalState::Returned {
        return Err(BookingRefusal::NotOut {
            tag,
            last: String::new(),
        }
        .into());
    }
    // Without a given time nothing is refused: a clock that was set back dates it like the
    // hand-over.
    let at = command.at.unwrap_or(db.now().max(rental.out_at));
    if command.at.is_some() {
        may_come_back(settings, &rental, at, db.now())?;
    }
    let back = command.quantity.unwrap_or(rental.quantity);
    if back < 1 || back > rental.quantity {
        return Err(BookingRefusal::FewerOut {
            tag,
            out: rental.quantity,
            wanted: back,
        }
        .into());
    }
    let (condition, home) = match rental.item {
        Some(item) => {
            let now = inventory::known(db.read(), item)
                .map_err(|failure| failure.map(BookingRefusal::Stock))?;
            (
                Some(command.condition.unwrap_or(now.condition)),
                now.location,
            )
        }
        None => (
            None,
            inventory::bulk_of_type(db.read(), rental.type_id)?.and_then(|bulk| bulk.location),
        ),
    };
    let late = pricing::late(settings, rental.due_at, at).map_or(0, |late| late.minutes);
    let outcome = model::outcome(
        late,
        rental.condition_out,
        condition,
        command.missing.is_some(),
    );
    let staff_in = db.staff();
    let closed = table::Closing {
        in_at: at,
        outcome: Some(outcome),
        condition_in: condition,
        missing: command.missing.as_ref(),
        note: command.note.as_ref(),
        staff_in,
        location: command.location.as_ref().or(home.as_ref()),
    };
    let id = if back < rental.quantity {
        table::split_returned(db, &rental, back, &closed)?
    } else {
        table::close_rental(db, rental.id, &closed)?
    };
    match rental.item {
        Some(_) => inventory::release_out(db, rental.id)?,
        None => inventory::release_bulk(db, rental.id, rental.quantity - back)?,
    }
    inventory::rest(
        db,
        rental.type_id,
        rental.item,
        back,
        at,
        rental.turnaround_minutes(),
        id,
    )?;
    let number = super::reservation(db.read(), rental.reservation)?.number;
    let event = table::written(db.read(), id)?.came_back(settings, tag, number);
    db.publish(&event)?;
    if let Some(item) = rental.item {
        if let Some(place) = &command.location {
            inventory::put_at(db, item, Some(place))
                .map_err(|failure| failure.map(BookingRefusal::Stock))?;
        }
        let of = table::written(db.read(), id)?.named(number);
        after_return(db, item, of, command)?;
    }
    close_what_is_complete(db, &rental)?;
    claims::guard_again(db, rental.type_id)?;
    Ok(id)
}

/// What the return says about the item itself: a lost one is found, whatever its rental said; a
/// retired one stays retired.
fn after_return(
    db: &mut Write<'_>,
    item: crate::kernel::ItemId,
    rental: OfRental,
    command: &CheckIn,
) -> Outcome<()> {
    let lift = |failure: Failure<inventory::InventoryRefusal>| failure.map(BookingRefusal::Stock);
    let known = inventory::known(db.read(), item).map_err(lift)?;
    if known.lifecycle == Lifecycle::Lost {
        inventory::found(db, item, known.condition, None, Some(rental), None).map_err(lift)?;
    }
    let incomplete = command.missing.is_some();
    if let Some(after) = command
        .condition
        .filter(|after| *after != known.condition || command.note.is_some())
        .or(incomplete.then_some(known.condition))
    {
        let note = command.note.clone().or_else(|| command.missing.clone());
        inventory::report_condition(
            db,
            item,
            &inventory::Report {
                after,
                note,
                expected_back: None,
                cost: None,
                rental: Some(rental),
                incomplete,
            },
        )
        .map_err(lift)?;
        super::let_go_of(db, item)?;
    }
    Ok(())
}

/// The gear never came back: the rental ends as lost and the customer stays liable.
pub fn report_lost(db: &mut Write<'_>, rental: RentalId, reason: &Text) -> Outcome<()> {
    lose(db, rental, reason, None)
}

/// It was not found after all: lost with its rental as before.
pub fn lost_again(
    db: &mut Write<'_>,
    rental: RentalId,
    reason: &Text,
    undone: Option<Uuid>,
) -> Outcome<()> {
    lose(db, rental, reason, undone)
}

fn lose(db: &mut Write<'_>, rental: RentalId, reason: &Text, undone: Option<Uuid>) -> Outcome<()> {
    let rental =
        table::rental(db.read(), rental)?.ok_or_else(|| anyhow::anyhow!("no such rental"))?;
    let tag = tag_of(db.read(), &rental)?;
    let (RentalState::Out, Some(item)) = (rental.state, rental.item) else {
        return Err(BookingRefusal::NotOut {
            tag,
            last: String::new(),
        }
        .into());
    };
    table::lose_rental(db, rental.id)?;
    inventory::release_out(db, rental.id)?;
    claims::lose_pins(db, item, None)?;
    let of = super::of_rental(db.read(), &rental)?;
    match undone {
        Some(_) => inventory::lost_again(db, item, reason, Some(of), undone),
        None => inventory::report_lost(db, item, reason, Some(of)),
    }
    .map_err(|failure| failure.map(BookingRefusal::Stock))?;
    close_what_is_complete(db, &rental)
}

/// A line is closed once all of it went out and is back, a reservation once no line is left open.
pub(super) fn close_what_is_complete(db: &mut Write<'_>, rental: &Rental) -> Outcome<()> {
    let found = super::reservation(db.read(), rental.reservation)?;
    claims::settle_line(db, &found, rental.line)?;
    change::complete_if_nothing_is_left(db, rental.reservation)
}

/// Takes a completed reservation back to active, because something of it is out again: what is
/// reversed is that it was complete, told with the return or loss that is undone or after it.
pub(super) fn reopen(db: &mut Write<'_>, rental: &Rental, undone: Option<Uuid>) -> Outcome<()> {
    let found = super::reservation(db.read(), rental.reservation)?;
    if found.state == ReservationState::Completed {
        table::set_state(db, rental.reservation, ReservationState::Active)?;
        let active = Event::ReservationActivated {
            reservation_id: found.id,
            number: found.number,
            customer_id: rental.customer,
            first_out_at: rental.out_at,
            also_undone: Vec::new(),
        };
        let completed = undone
            .map(|event| log::last_since(db.read(), event, "ReservationCompleted", found.id.0))
            .transpose()?
            .flatten();
        db.publish_reversing(&active, completed)?;
    }
    let found = super::reservation(db.read(), rental.reservation)?;
    Ok(claims::settle_line(db, &found, rental.line)?)
}

pub(super) fn tag_of(db: Read<'_>, rental: &Rental) -> Fallible<AssetTag> {
    match rental.item {
        Some(item) => match inventory::known(db, item) {
            Ok(item) => Ok(item.tag),
            Err(Failure::Fault(fault)) => Err(fault),
            Err(Failure::Refused(refusal)) => Err(anyhow::anyhow!("{refusal}")),
        },
        None => Ok(inventory::bulk_of_type(db, rental.type_id)?
            .map(|bulk| bulk.tag)
            .ok_or_else(|| anyhow::anyhow!("rental {} has neither item nor stock", rental.id.0))?),
    }
}

pub(super) fn number_of(
    db: Read<'_>,
    id: ReservationId,
) -> Outcome<crate::kernel::ReservationNumber> {
    Ok(super::reservation(db, id)?.number)
}
