//! Setting things aside, and saying when they are expected back: each is one step that can be
//! undone.

use super::undo::{self, Act, Again};
use crate::booking::{self, BookingRefusal};
use crate::inventory::{self, InventoryRefusal};
use crate::kernel::{BlockId, Failure, ItemId, Moment, Text, TypeId};
use crate::store::Write;

type Outcome<T> = Result<T, Failure<BookingRefusal>>;

fn lift(failure: Failure<InventoryRefusal>) -> Failure<BookingRefusal> {
    failure.map(BookingRefusal::Stock)
}

/// Sets an item aside for a while, or until somebody ends it. Whom it hurts is [`super::watched`]'s
/// to say.
pub fn set_aside(
    db: &mut Write<'_>,
    item: ItemId,
    start: Moment,
    end: Option<Moment>,
    reason: &Text,
) -> Outcome<BlockId> {
    undo::repeatable(
        db,
        Again::SetAside {
            item,
            start,
            end,
            reason: reason.clone(),
        },
        |db| {
            let published = db.published().len();
            let block = inventory::block_item(db, item, start, end, reason).map_err(lift)?;
            let events = db.published().split_off(published);
            undo::remember(db, Act::SetAside { block, events })?;
            Ok(block)
        },
    )
}

/// Sets part of a count aside.
pub fn set_count_aside(
    db: &mut Write<'_>,
    type_id: TypeId,
    quantity: i64,
    start: Moment,
    end: Option<Moment>,
    reason: &Text,
) -> Outcome<BlockId> {
    undo::repeatable(
        db,
        Again::SetCountAside {
            type_id,
            quantity,
            start,
            end,
            reason: reason.clone(),
        },
        |db| {
            let published = db.published().len();
            let block =
                inventory::block_count(db, type_id, quantity, start, end, reason).map_err(lift)?;
            let events = db.published().split_off(published);
            undo::remember(db, Act::SetAside { block, events })?;
            Ok(block)
        },
    )
}

/// Ends a block before its time.
pub fn end_set_aside(db: &mut Write<'_>, block: BlockId) -> Outcome<()> {
    let found = inventory::block(db.read(), block)?.ok_or_else(|| {
        lift(InventoryRefusal::BlockUnknown(Text::new(&block.0.to_string())).into())
    })?;
    let published = db.published().len();
    inventory::unblock(db, block).map_err(lift)?;
    let events = db.published().split_off(published);
    booking::guard_again(db, found.type_id)?;
    let again = Act::NotAside {
        item: found.item,
        type_id: found.type_id,
        quantity: found.quantity,
        start: found.start,
        end: found.end,
        reason: found.reason,
        events,
    };
    Ok(undo::remember(db, again)?)
}

/// When an item under maintenance is expected back; None: nobody knows.
pub fn expect_back(db: &mut Write<'_>, item: ItemId, at: Option<Moment>) -> Outcome<()> {
    undo::repeatable(db, Again::ExpectBack { item, at }, |db| {
        let before = inventory::open_job(db.read(), item)?.and_then(|job| job.expected_back);
        let type_id = inventory::known(db.read(), item).map_err(lift)?.type_id;
        let published = db.published().len();
        undo::remembering(db, [type_id], |db| {
            inventory::set_expected_back(db, item, at).map_err(lift)?;
            let events = db.published().split_off(published);
            booking::let_go_of(db, item)?;
            Ok((
                (),
                Some(Act::ExpectedBack {
                    item,
                    before,
                    after: at,
                    events,
                }),
            ))
        })
    })
}
