//! What is spoken for: an item that is out, pinned or blocked, and how many of a count are out or
//! promised. The guards in the file refuse whatever would promise a thing twice, even if a rule
//! here were wrong; a rule here asks first, so that a refusal has a sentence.
//!
//! **A fact wins over a promise**: before a count goes out, or is found to be smaller, promises are
//! shrunk until it fits ([`make_room`]). Who goes short of it is the shortage's to say: a line
//! keeps its promise of the type.

mod table;

use super::model::{Condition, InventoryRefusal};
use super::{Lifecycle, Outcome, blocks, bulk_of_type, known};
use crate::kernel::{Failure, Fallible, ItemId, LineId, Period, RentalId, TypeId};
use crate::store::{Read, Write};
use std::collections::BTreeSet;

/// What a claim of a kind says of the item.
fn taken_by(kind: &str) -> &'static str {
    match kind {
        "pin" => "promised to another reservation",
        "out" => "out",
        _ => "blocked",
    }
}

/// A window in whole minutes, as the guards want it: nothing of it is cut off.
pub(super) fn whole_minutes(window: Period) -> Period {
    Period {
        start: window.start.floor_minute(),
        end: window.end.ceil_minute(),
    }
}

/// Claims an item for a rental, turnaround included. A block of the item gives way, because the
/// item is seen to leave; a pin does not: whoever hands out a pinned item takes the pin off first
/// ([`pins_in`], [`release_pins`]).
pub fn claim_out(db: &mut Write<'_>, id: ItemId, rental: RentalId, window: Period) -> Fallible<()> {
    table::release_overlapping(db, id, "block", whole_minutes(window))?;
    table::insert(db, id, "out", rental.0, whole_minutes(window))?;
    // One block may have been in the shade of another that gave way.
    claim_blocks_again(db, id)
}

/// The item is nobody's any more; what sets it aside has its time again.
pub fn release_out(db: &mut Write<'_>, rental: RentalId) -> Fallible<()> {
    release(db, "out", rental.0)
}

/// Releases a claim, and lets the blocks of its item have what it kept from them.
fn release(db: &mut Write<'_>, kind: &str, source: i64) -> Fallible<()> {
    let Some(item) = table::item_of(db.read(), kind, source)? else {
        return Ok(());
    };
    table::release(db, kind, source)?;
    claim_blocks_again(db, item)
}

/// An item's blocks that lost their claim to a fact or a pin have it again where nothing else has
/// the item.
fn claim_blocks_again(db: &mut Write<'_>, id: ItemId) -> Fallible<()> {
    for block in blocks::blocks_of_item(db.read(), id)?
        .into_iter()
        .filter(|block| block.kind == blocks::BlockKind::Blackout)
    {
        claim_block(db, id, block.id.0, block.window())?;
    }
    Ok(())
}

/// Keeps an item's time for its block, unless a fact or a pin has it: whether there is such a claim
/// or not, the block holds.
pub(super) fn claim_block(
    db: &mut Write<'_>,
    id: ItemId,
    block: i64,
    window: Period,
) -> Fallible<()> {
    if table::overlapping(db.read(), id, window)?.is_empty() {
        table::insert(db, id, "block", block, window)
    } else {
        Ok(())
    }
}

/// Its block was ended; another one may have been in its shade.
pub(super) fn release_block(db: &mut Write<'_>, block: i64) -> Fallible<()> {
    release(db, "block", block)
}

/// Promises one very item to a line, turnaround included.
pub fn pin(db: &mut Write<'_>, id: ItemId, line: LineId, window: Period) -> Outcome<()> {
    let item = known(db.read(), id)?;
    if item.lifecycle != Lifecycle::InService {
        return Err(InventoryRefusal::NotInService {
            tag: item.tag,
            state: item.lifecycle.shown(),
        }
        .into());
    }
    let window = whole_minutes(window);
    if let Some(kind) = table::overlapping(db.read(), id, window)?.first() {
        return Err(InventoryRefusal::Claimed {
            tag: item.tag,
            by: taken_by(kind),
        }
        .into());
    }
    if let Some(block) = blocks::blocks_of_item(db.read(), id)?
        .iter()
        .find(|block| block.overlaps(&window))
    {
        return Err(InventoryRefusal::Claimed {
            tag: item.tag,
            by: block.kind.shown(),
        }
        .into());
    }
    Ok(table::insert(db, id, "pin", line.0, window)?)
}

/// The line may have any item of its type.
pub fn unpin(db: &mut Write<'_>, line: LineId) -> Fallible<()> {
    release(db, "pin", line.0)
}

/// The lines that an item is pinned to in a window, and when.
///
/// An item that breaks, is lost or is retired loses its pins by itself
/// ([`super::report_condition`], [`super::report_lost`], [`super::retire`]). Inventory does not
/// know the lines: whoever reports such a thing asks here before and after, and takes the pin off
/// the lines that are gone from the answer.
pub fn pins_in(db: Read<'_>, id: ItemId, window: Period) -> Fallible<Vec<(LineId, Period)>> {
    table::pins(db, id, whole_minutes(window))
}

/// Which of these lines have the item that they name.
pub fn pinned_among(db: Read<'_>, lines: &[LineId]) -> Fallible<BTreeSet<LineId>> {
    Ok(table::pinned_among(db, &serde_json::to_string(lines)?)?
        .into_iter()
        .collect())
}

/// Whether a line may wait for that very item: it works, or is expected back from the bench.
pub fn can_be_named(db: Read<'_>, id: ItemId) -> Fallible<bool> {
    let item = match known(db, id) {
        Ok(item) => item,
        Err(Failure::Fault(fault)) => return Err(fault),
        Err(Failure::Refused(_)) => return Ok(false),
    };
    let expected = || -> Fallible<bool> {
        Ok(blocks::blocks_of_item(db, id)?
            .iter()
            .any(|block| block.kind == blocks::BlockKind::Maintenance))
    };
    Ok(
        item.lifecycle == Lifecycle::InService
            && (item.condition == Condition::Good || expected()?),
    )
}

/// The items of a type that are pinned to some line in a window.
pub fn pins_in_type(db: Read<'_>, type_id: TypeId, window: Period) -> Fallible<Vec<ItemId>> {
    table::pinned_of_type(db, type_id, whole_minutes(window))
}

/// Takes an item's pins off, all or those that overlap a window; the lines that had it.
pub fn release_pins(
    db: &mut Write<'_>,
    id: ItemId,
    window: Option<Period>,
) -> Fallible<Vec<LineId>> {
    let window = window.map_or(Period::ALL, whole_minutes);
    let lines: Vec<LineId> = table::pins(db.read(), id, window)?
        .into_iter()
        .map(|(line, _)| line)
        .collect();
    if lines.is_empty() {
        return Ok(lines);
    }
    table::release_overlapping(db, id, "pin", window)?;
    claim_blocks_again(db, id)?;
    Ok(lines)
}

/// Takes so many of a count out, turnaround included; promises of others give way. The promise of
/// the line that it fulfils is released by the caller first, or it would stand beside it.
pub fn claim_bulk(
    db: &mut Write<'_>,
    type_id: TypeId,
    rental: RentalId,
    quantity: i64,
    window: Period,
) -> Fallible<()> {
    make_room(db, type_id, window, quantity)?;
    table::insert_bulk(
        db,
        type_id,
        "out",
        rental.0,
        quantity,
        whole_minutes(window),
    )
}

/// Gives back part of a count that is out, or all of it.
pub fn release_bulk(db: &mut Write<'_>, rental: RentalId, left: i64) -> Fallible<()> {
    table::lower_bulk(db, rental, left)
}

/// Promises so many of a count to a line, turnaround included. No more than [`bulk_room`] says:
/// what does not fit is the line's shortage.
pub fn promise_bulk(
    db: &mut Write<'_>,
    type_id: TypeId,
    line: LineId,
    quantity: i64,
    window: Period,
) -> Fallible<()> {
    if quantity > 0 {
        table::insert_bulk(db, type_id, "line", line.0, quantity, whole_minutes(window))
    } else {
        Ok(())
    }
}

pub fn release_bulk_promise(db: &mut Write<'_>, line: LineId) -> Fallible<()> {
    table::release_bulk_promise(db, line)
}

/// How many of a count are neither out nor promised at any moment of a window: what the guard would
/// let in. Blocks are not looked at.
pub fn bulk_room(db: Read<'_>, type_id: TypeId, window: Period) -> Fallible<i64> {
    let owned = bulk_of_type(db, type_id)?.map_or(0, |bulk| bulk.quantity);
    let peak = table::sums(db, type_id, whole_minutes(window))?
        .into_iter()
        .map(|(_, sum)| sum)
        .max()
        .unwrap_or(0);
    Ok(owned - peak)
}

/// Shrinks promises, the newest first and only where they are in the way, until so many more fit
/// into a window. The lines that lost something. What is out gives way to nothing.
pub fn make_room(
    db: &mut Write<'_>,
    type_id: TypeId,
    window: Period,
    quantity: i64,
) -> Fallible<Vec<LineId>> {
    let window = whole_minutes(window);
    let owned = bulk_of_type(db.read(), type_id)?.map_or(0, |bulk| bulk.quantity);
    let mut shrunk = Vec::new();
    for (moment, _) in table::sums(db.read(), type_id, window)? {
        let mut excess = quantity + table::sum_at(db.read(), type_id, moment)? - owned;
        for promise in table::promises_at(db.read(), type_id, moment)? {
            if excess <= 0 {
                break;
            }
            let less = promise.quantity.min(excess);
            table::shrink_promise(db, &promise, less)?;
            excess -= less;
            shrunk.push(promise.line);
        }
    }
    shrunk.sort_unstable();
    shrunk.dedup();
    Ok(shrunk)
}
