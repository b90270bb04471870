//! Moving the due time of gear that is out.

use super::harm;
use super::model::{Rental, RentalState, Reservation, ReservationState};
use super::refusal::BookingRefusal;
use super::reserve::not_now;
use super::{Outcome, claims, table};
use crate::events::Event;
use crate::inventory;
use crate::kernel::{Moment, Period, RentalId, ReservationId, Settings};
use crate::store::Write;
use uuid::Uuid;

/// What is to be brought back at another time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Extension {
    pub reservation: ReservationId,
    /// None: everything of it that is out.
    pub rentals: Option<Vec<RentalId>>,
    pub due: Moment,
    /// Although others go short by it.
    pub keep_short: bool,
}

/// Moves due times. Longer is weighed against what is promised to others; shorter always passes.
pub fn extend(db: &mut Write<'_>, settings: &Settings, extension: &Extension) -> Outcome<()> {
    let found = super::reservation(db.read(), extension.reservation)?;
    if found.state != ReservationState::Active {
        return Err(not_now(&found, "extended").into());
    }
    let now = db.now();
    let due = extension.due.ceil_minute();
    if due <= now {
        return Err(BookingRefusal::DuePast { due: settings.zone.show(due, now) }.into());
    }
    super::reserve::may_last(settings, Period { start: now, end: due }, now)?;
    let mut open: Vec<Rental> = table::rentals_of(db.read(), found.id)?.into_iter().filter(|rental| rental.state == RentalState::Out).collect();
    if let Some(only) = &extension.rentals {
        open.retain(|rental| only.contains(&rental.id));
    }
    if open.is_empty() {
        return Err(BookingRefusal::NothingOut { number: found.number }.into());
    }
    let was = harm::before(db.read(), settings, open.iter().map(|rental| rental.type_id), now)?;
    for rental in &open {
        set_due(db, settings, &found, rental, due, &Moving::longer(settings, extension.keep_short))?;
    }
    table::end_with_what_is_open(db, found.id)?;
    // The reservation's own lines that still wait are hurt as others' are.
    harm::refuse_harm(db, settings, &was, None, extension.keep_short)
}

/// How a due time is moved.
pub(super) struct Moving {
    /// It takes what is named on another's line: somebody chose so, or the shop only warns.
    takes_named: bool,
    /// The extension that it takes back.
    reverses: Option<Uuid>,
}

impl Moving {
    pub fn longer(settings: &Settings, keep_short: bool) -> Self {
        Moving { takes_named: keep_short || settings.value("short") == "warn", reverses: None }
    }

    pub fn back(reverses: Option<Uuid>) -> Self {
        Moving { takes_named: false, reverses }
    }
}

/// What is out of a reservation until its end, or beyond the new one, to the new end. What was extended by itself stays so.
pub(super) fn move_due(db: &mut Write<'_>, settings: &Settings, found: &Reservation, ends: Moment, due: Moment, keep_short: bool) -> Outcome<()> {
    for rental in table::rentals_of(db.read(), found.id)?.into_iter().filter(|rental| rental.state == RentalState::Out && (rental.due_at == ends || rental.due_at > due)) {
        set_due(db, settings, found, &rental, due, &Moving::longer(settings, keep_short))?;
    }
    Ok(())
}

pub(super) fn set_due(db: &mut Write<'_>, settings: &Settings, found: &Reservation, rental: &Rental, due: Moment, moving: &Moving) -> Outcome<()> {
    if due <= rental.out_at {
        let show = |moment: Moment| settings.zone.show(moment, moment);
        return Err(BookingRefusal::DueBeforeOut { due: show(due), out: show(rental.out_at) }.into());
    }
    if due == rental.due_at {
        return Ok(());
    }
    let free_at = due.plus_minutes(rental.turnaround_minutes());
    let window = Period { start: rental.out_at, end: free_at };
    let tag = super::check_in::tag_of(db.read(), rental)?;
    match rental.item {
        Some(item) => {
            inventory::release_out(db, rental.id)?;
            super::check_out::refuse_pinned(db, settings, item, window, Some(found.id), moving.takes_named)?;
            claims::lose_pins(db, item, Some(window))?;
            inventory::claim_out(db, item, rental.id, window)?;
        }
        None => {
            inventory::release_bulk(db, rental.id, 0)?;
            inventory::claim_bulk(db, rental.type_id, rental.id, rental.quantity, window)?;
        }
    }
    table::set_due(db, rental.id, due, &settings.zone.wall(due), free_at)?;
    table::line_ends_with_rentals(db, rental.line)?;
    table::kit_ends_with_parts(db, rental.line)?;
    claims::guard_again(db, rental.type_id)?;
    let moved = Event::RentalExtended {
        rental_id: rental.id,
        item_id: rental.item,
        asset_tag: tag,
        type_id: rental.type_id,
        count: rental.quantity,
        reservation_id: found.id,
        number: found.number,
        customer_id: rental.customer,
        old_due: rental.due_at,
        new_due: due,
    };
    db.publish_reversing(&moved, moving.reverses)?;
    Ok(())
}
