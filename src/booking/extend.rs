//! Moving the due time of gear that is out.

use super::harm;
use super::model::{Rental, RentalState, Reservation, ReservationState};
use super::prices::{self, Bargain};
use super::refusal::BookingRefusal;
use super::reserve::{agreed, not_now, tell_change};
use super::{Outcome, claims, table};
use crate::events::Event;
use crate::inventory;
use crate::kernel::{Fallible, Moment, Money, Period, RentalId, ReservationId, Settings};
use crate::store::{Read, Write};

/// What is to be brought back at another time.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
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
        return Err(BookingRefusal::DuePast {
            due: settings.zone.show(due, now),
        }
        .into());
    }
    super::reserve::may_last(
        settings,
        Period {
            start: now,
            end: due,
        },
        now,
    )?;
    let mut open: Vec<Rental> = table::rentals_of(db.read(), found.id)?
        .into_iter()
        .filter(|rental| rental.state == RentalState::Out)
        .collect();
    if let Some(only) = &extension.rentals {
        open.retain(|rental| only.contains(&rental.id));
    }
    if open.is_empty() {
        return Err(BookingRefusal::NothingOut {
            number: found.number,
        }
        .into());
    }
    let was = harm::before(
        db.read(),
        settings,
        open.iter().map(|rental| rental.type_id),
        now,
    )?;
    let before = agreed(db.read(), &found)?;
    let (mut extended, mut against) = (Vec::new(), Vec::new());
    for rental in &open {
        against.extend(stands_against(db.read(), settings, rental, due, now)?);
        extended.extend(set_due(
            db,
            settings,
            &found,
            rental,
            due,
            takes_named(settings, extension.keep_short),
        )?);
    }
    table::end_with_what_is_open(db, found.id)?;
    let total = prices::price(db, settings, &found, &Bargain::default())?;
    let delta = total.map(|total| Money(total.0 - found.total.unwrap_or_default().0));
    tell(db, extended, delta)?;
    if delta.is_some_and(|delta| delta.0 != 0) {
        let after = super::reservation(db.read(), found.id)?;
        tell_change(db, before, &after, "extended", &[])?;
    }
    // The reservation's own lines that still wait are hurt as others' are.
    harm::refuse_harm(db, settings, &was, against, extension.keep_short)
}

/// What stands against it that a thing stays out so long: it is set aside from a time before that.
pub(super) fn stands_against(
    db: Read<'_>,
    settings: &Settings,
    rental: &Rental,
    due: Moment,
    now: Moment,
) -> Outcome<Option<String>> {
    let Some(longer) = Period::new(rental.due_at, due) else {
        return Ok(None);
    };
    let blocks = match rental.item {
        Some(item) => inventory::blocks_of_item(db, item)?,
        None => return Ok(None), // a count is weighed as a count
    };
    let Some(block) = blocks
        .into_iter()
        .find(|block| block.kind != inventory::BlockKind::Maintenance && block.overlaps(&longer))
    else {
        return Ok(None);
    };
    let tag = super::check_in::tag_of(db, rental)?;
    let (what, reason) = super::check_out::kept_by(block.kind, block.reason);
    Ok(Some(format!(
        "{tag} is {what} from {}: {reason}",
        settings.zone.show(block.start, now)
    )))
}

/// Whether it takes what is named on another's line: somebody chose so, or the shop only warns.
fn takes_named(settings: &Settings, keep_short: bool) -> bool {
    keep_short || settings.value("short") == "warn"
}

/// What is out of a reservation until its end, or beyond the new one, to the new end. What was
/// extended by itself stays so.
pub(super) fn move_due(
    db: &mut Write<'_>,
    settings: &Settings,
    found: &Reservation,
    ends: Moment,
    due: Moment,
    keep_short: bool,
) -> Outcome<(Vec<Event>, Vec<String>)> {
    let (mut extended, mut against) = (Vec::new(), Vec::new());
    let now = db.now();
    for rental in table::rentals_of(db.read(), found.id)?
        .into_iter()
        .filter(|rental| {
            rental.state == RentalState::Out && (rental.due_at == ends || rental.due_at > due)
        })
    {
        against.extend(stands_against(db.read(), settings, &rental, due, now)?);
        extended.extend(set_due(
            db,
            settings,
            found,
            &rental,
            due,
            takes_named(settings, keep_short),
        )?);
    }
    Ok((extended, against))
}

/// Publishes what was extended, once it is known what it costs; the first says all of it.
pub(super) fn tell(
    db: &mut Write<'_>,
    extended: Vec<Event>,
    mut delta: Option<Money>,
) -> Fallible<()> {
    for mut event in extended {
        if let Event::RentalExtended { price_delta, .. } = &mut event {
            *price_delta = delta;
            delta = delta.map(|_| Money(0));
        }
        db.publish(&event)?;
    }
    Ok(())
}

/// The event that tells of it is the caller's to publish ([`tell`]).
pub(super) fn set_due(
    db: &mut Write<'_>,
    settings: &Settings,
    found: &Reservation,
    rental: &Rental,
    due: Moment,
    takes_named: bool,
) -> Outcome<Option<Event>> {
    if due <= rental.out_at {
        let show = |moment: Moment| settings.zone.show(moment, moment);
        return Err(BookingRefusal::DueBeforeOut {
            due: show(due),
            out: show(rental.out_at),
        }
        .into());
    }
    if due == rental.due_at {
        return Ok(None);
    }
    if due > rental.due_at {
        super::reserve::may_have_more(db.read(), Some(rental.customer))?;
    }
    let free_at = due.plus_minutes(rental.turnaround_minutes());
    let window = Period {
        start: rental.out_at,
        end: free_at,
    };
    let tag = super::check_in::tag_of(db.read(), rental)?;
    match rental.item {
        Some(item) => {
            inventory::release_out(db, rental.id)?;
            super::check_out::refuse_pinned(
                db,
                settings,
                item,
                window,
                Some(found.id),
                takes_named,
            )?;
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
    Ok(Some(Event::RentalExtended {
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
        price_delta: None,
    }))
}
