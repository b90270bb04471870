//! Each kind of step reversed: by opposite entries, never by taking rows away.

use super::super::money;
use super::{Act, Outcome, UndoRefusal};
use crate::booking::{self, Altered, BookingRefusal};
use crate::inventory::{self, Condition, InventoryRefusal, Report};
use crate::kernel::{BlockId, Failure, Fallible, ItemId, Settings, Text};
use crate::store::Write;
use uuid::Uuid;

pub(super) fn reverse(db: &mut Write<'_>, settings: &Settings, act: &Act) -> Outcome<()> {
    let stock_says = |failure: Failure<InventoryRefusal>| failure.map(UndoRefusal::Stock);
    let booking_says = |failure: Failure<BookingRefusal>| failure.map(UndoRefusal::Booking);
    match act {
        Act::CheckOut(done) | Act::CheckOutPaid { out: done, .. } => {
            if let Act::CheckOutPaid {
                payment, deposit, ..
            } = act
            {
                money::give_back_taken(db, settings, done.reservation, *payment, *deposit)
                    .map_err(|failure| failure.map(UndoRefusal::Money))?;
            }
            booking::undo_check_out(db, settings, done).map_err(booking_says)?;
            for item in &done.unpacked {
                back_into_case(db, *item)?;
            }
            Ok(())
        }
        Act::CheckIn {
            rental,
            events,
            condition_before,
            was_lost,
            moved,
        } => {
            let returned = booking::rental(db.read(), *rental)?;
            let told = booking::Told::of(db.read(), events)?;
            booking::undo_check_in(db, settings, *rental, told.back(*rental))
                .map_err(booking_says)?;
            if let (Some(item), Some(moved)) =
                (returned.as_ref().and_then(|rental| rental.item), moved)
            {
                // Carried elsewhere since: there it stays.
                if inventory::known(db.read(), item)
                    .map_err(stock_says)?
                    .location
                    .as_ref()
                    == Some(&moved.to)
                {
                    inventory::put_at(db, item, moved.from.as_ref()).map_err(stock_says)?;
                }
            }
            let incomplete = returned
                .as_ref()
                .is_some_and(|rental| rental.missing.is_some());
            if let (Some(item), Some(before)) =
                (returned.and_then(|rental| rental.item), condition_before)
            {
                back_to(db, item, *before, incomplete, told.condition(item))?;
                if *was_lost {
                    booking::lost_again(db, *rental, &Text::new("undone"), told.found(item))
                        .map_err(booking_says)?;
                }
            }
            Ok(())
        }
        Act::Condition {
            item,
            before,
            after,
            note_before,
            trouble,
            revised,
            event,
            events,
        } => {
            let now = inventory::known(db.read(), *item)
                .map_err(|failure| failure.map(UndoRefusal::Stock))?;
            if now.condition != *after {
                return Err(UndoRefusal::ReportedSince {
                    tag: now.tag,
                    now: now.condition.shown(),
                }
                .into());
            }
            inventory::edit_item(
                db,
                *item,
                now.serial.as_ref(),
                now.location.as_ref(),
                note_before.as_ref(),
            )
            .map_err(|failure| failure.map(UndoRefusal::Stock))?;
            if let Some(said) = revised {
                booking::restore_revision(
                    db,
                    said.rental,
                    said.outcome,
                    said.condition,
                    said.note.as_ref(),
                    said.missing.as_ref(),
                )
                .map_err(booking_says)?;
            }
            let note = (*before != Condition::Good)
                .then(|| trouble.clone().unwrap_or_else(|| Text::new("undone")));
            let incomplete = revised.as_ref().is_some_and(|said| said.missing.is_some());
            let again = Report {
                rental: revised
                    .as_ref()
                    .map(|said| booking::rental(db.read(), said.rental))
                    .transpose()?
                    .flatten()
                    .map(|rental| booking::of_rental(db.read(), &rental))
                    .transpose()?,
                incomplete,
                ..Report::plain(*before, note)
            };
            let told = booking::Told::of(db.read(), events)?;
            inventory::report_reversing(db, *item, &again, event.or(told.condition(*item)))
                .map_err(|failure| failure.map(UndoRefusal::Stock))?;
            booking::let_go_of(db, *item)?;
            Ok(())
        }
        Act::SetAside { block, events } => {
            // Ended since, and set aside again by an undo: that one stands for it.
            let again = |known: &inventory::Block| -> Fallible<Option<BlockId>> {
                if known.live {
                    return Ok(None);
                }
                let all = match known.item {
                    Some(item) => inventory::blocks_of_item(db.read(), item)?,
                    None => inventory::blocks_of_type(db.read(), known.type_id)?,
                };
                let same = |other: &inventory::Block| {
                    other.kind == known.kind
                        && (other.item, other.quantity) == (known.item, known.quantity)
                        && (other.start, other.end) == (known.start, known.end)
                };
                Ok(all.into_iter().find(same).map(|other| other.id))
            };
            let stands = match inventory::block(db.read(), *block)? {
                Some(known) => again(&known)?,
                None => None,
            };
            let ended = stands.unwrap_or(*block);
            let told = booking::Told::of(db.read(), events)?;
            inventory::unblock_reversing(db, ended, told.blocked(*block)).map_err(stock_says)?;
            if let Some(block) = inventory::block(db.read(), ended)? {
                booking::guard_again(db, block.type_id)?;
            }
            Ok(())
        }
        Act::NotAside {
            item,
            type_id,
            quantity,
            start,
            end,
            reason,
            events,
        } => {
            let reason = reason.clone().unwrap_or_else(|| Text::new("undone"));
            let undone = booking::Told::of(db.read(), events)?.unblocked();
            match item {
                Some(item) => {
                    inventory::block_item_reversing(db, *item, *start, *end, &reason, undone)
                }
                None => inventory::block_count_reversing(
                    db, *type_id, *quantity, *start, *end, &reason, undone,
                ),
            }
            .map_err(stock_says)?;
            Ok(())
        }
        Act::ExpectedBack {
            item,
            before,
            after,
            events,
        } => {
            let now = inventory::known(db.read(), *item).map_err(stock_says)?;
            if inventory::open_job(db.read(), *item)?.and_then(|job| job.expected_back) != *after {
                return Err(UndoRefusal::ReportedSince {
                    tag: now.tag,
                    now: now.condition.shown(),
                }
                .into());
            }
            let undone = booking::Told::of(db.read(), events)?.condition(*item);
            inventory::set_expected_back_reversing(db, *item, *before, undone)
                .map_err(stock_says)?;
            booking::let_go_of(db, *item)?;
            Ok(())
        }
        Act::Packed {
            reservation,
            before,
        } => {
            let lines = booking::lines(db.read(), *reservation)?;
            for (line, packed) in before {
                let most = lines
                    .iter()
                    .find(|known| known.id == *line)
                    .map_or(*packed, |known| known.quantity);
                booking::pack(db, *reservation, *line, (*packed).min(most))
                    .map_err(booking_says)?;
            }
            Ok(())
        }
        // Nobody asks for it: whoever reverses a step has looked what it is.
        Act::Final(what) => Err(anyhow::anyhow!("{what:?} has no undo").into()),
        Act::Found {
            item,
            before,
            reason,
            events,
        } => {
            let told = booking::Told::of(db.read(), events)?;
            back_to(db, *item, *before, false, told.condition(*item))?;
            let reason = reason.clone().unwrap_or_else(|| Text::new("undone"));
            inventory::lost_again(db, *item, &reason, None, told.found(*item))
                .map_err(stock_says)?;
            booking::let_go_of(db, *item)?;
            Ok(())
        }
        Act::Reserve {
            reservation,
            after,
            event,
            events,
        } => {
            let told: Vec<Uuid> = event.iter().chain(events).copied().collect();
            booking::undo_reserve(db, *reservation, after.as_ref(), &told).map_err(booking_says)
        }
        Act::Reservation {
            before,
            after,
            events,
            short,
            ..
        } => {
            if before.customer() != after.customer() {
                money::refuse_other_customer(db.read(), before.reservation(), before.customer())
                    .map_err(booking_says)?;
            }
            booking::restore(
                db,
                settings,
                &Altered {
                    before,
                    after,
                    told: events,
                    short,
                },
            )
            .map_err(booking_says)
        }
        Act::Lost {
            item,
            rental,
            event,
            events,
        } => {
            let undone = event.or(booking::Told::of(db.read(), events)?.lost(*item));
            if let Some(rental) = rental {
                return booking::undo_lost(db, settings, *rental, undone).map_err(booking_says);
            }
            {
                let condition = inventory::known(db.read(), *item)
                    .map_err(|failure| failure.map(UndoRefusal::Stock))?
                    .condition;
                inventory::found(db, *item, condition, None, None, undone)
                    .map_err(|failure| failure.map(UndoRefusal::Stock))?;
                booking::let_go_of(db, *item)?;
                Ok(())
            }
        }
    }
}

/// Into its case again, unless that was given other contents or is away by now.
fn back_into_case(db: &mut Write<'_>, item: ItemId) -> Outcome<()> {
    if let Some((case, false)) = inventory::case_of(db.read(), item)? {
        let case =
            inventory::known(db.read(), case).map_err(|failure| failure.map(UndoRefusal::Stock))?;
        if !case.out && case.lifecycle == inventory::Lifecycle::InService {
            inventory::pack(db, item).map_err(|failure| failure.map(UndoRefusal::Stock))?;
        }
    }
    Ok(())
}

/// The condition an item had, if it is another one now, or if parts of it were called missing.
fn back_to(
    db: &mut Write<'_>,
    item: ItemId,
    before: Condition,
    incomplete: bool,
    event: Option<Uuid>,
) -> Outcome<()> {
    let now =
        inventory::known(db.read(), item).map_err(|failure| failure.map(UndoRefusal::Stock))?;
    if now.condition == before && !incomplete {
        Ok(())
    } else {
        report(db, item, before, event)
    }
}

fn report(db: &mut Write<'_>, item: ItemId, before: Condition, event: Option<Uuid>) -> Outcome<()> {
    let note = (before != Condition::Good).then(|| Text::new("undone"));
    inventory::report_reversing(db, item, &Report::plain(before, note), event)
        .map_err(|failure| failure.map(UndoRefusal::Stock))?;
    booking::let_go_of(db, item)?;
    Ok(())
}
