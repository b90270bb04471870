//! What is set aside: a blackout somebody asked for, the time on the bench until an item is
//! expected back, the turnaround after a return. A block takes its things out of what can be
//! promised; what was promised before stays, and is short.

mod table;

use super::claims::{self, whole_minutes};
use super::model::{Condition, InventoryRefusal, Lifecycle};
use super::{Outcome, bulk_of_type, known, known_type, open_job};
use crate::events::Event;
use crate::kernel::time::{MOMENT_MAX, MOMENT_MIN};
use crate::kernel::{AssetTag, BlockId, Fallible, ItemId, Moment, Period, RentalId, Text, TypeId};
use crate::store::{Invariant, Read, Write};
use uuid::Uuid;

crate::words_in_columns! {
    /// Why things are set aside.
    BlockKind { Maintenance = "MAINTENANCE", Blackout = "BLACKOUT", Turnaround = "TURNAROUND" }
}

impl BlockKind {
    /// As it stands in a sentence: the item is …
    pub fn shown(self) -> &'static str {
        match self {
            BlockKind::Maintenance => "under maintenance",
            BlockKind::Blackout => "blocked",
            BlockKind::Turnaround => "in turnaround",
        }
    }
}

/// An item, or a count of counted stock, that is set aside for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
    pub id: BlockId,
    pub type_id: TypeId,
    /// None: of counted stock.
    pub item: Option<ItemId>,
    pub quantity: i64,
    pub kind: BlockKind,
    pub start: Moment,
    /// None: until somebody ends it.
    pub end: Option<Moment>,
    pub reason: Option<Text>,
    pub live: bool,
}

impl Block {
    pub fn window(&self) -> Period {
        Period {
            start: self.start,
            end: self.end.unwrap_or(MOMENT_MAX),
        }
    }

    pub fn overlaps(&self, window: &Period) -> bool {
        self.window().overlaps(window)
    }
}

/// Sets an item aside, until a time or until somebody ends it. Always accepted while the item is in
/// service: who is promised the item, or has it, shows as short.
pub fn block_item(
    db: &mut Write<'_>,
    id: ItemId,
    start: Moment,
    end: Option<Moment>,
    reason: &Text,
) -> Outcome<BlockId> {
    block_item_reversing(db, id, start, end, reason, None)
}

/// As [`block_item`], as the opposite of its end.
pub fn block_item_reversing(
    db: &mut Write<'_>,
    id: ItemId,
    start: Moment,
    end: Option<Moment>,
    reason: &Text,
    undone: Option<Uuid>,
) -> Outcome<BlockId> {
    let item = known(db.read(), id)?;
    if item.lifecycle != Lifecycle::InService {
        return Err(InventoryRefusal::NotInService {
            tag: item.tag,
            state: item.lifecycle.shown(),
        }
        .into());
    }
    let window = block_window(start, end, db.now())?;
    let new = table::NewBlock {
        type_id: item.type_id,
        item: Some(id),
        quantity: 1,
        kind: BlockKind::Blackout,
        window,
        reason: Some(reason),
        rental: None,
    };
    let block = set_aside(db, &new, item.tag, undone)?;
    claims::claim_block(db, id, block.0, window)?;
    Ok(block)
}

/// Sets part of a count aside.
pub fn block_count(
    db: &mut Write<'_>,
    type_id: TypeId,
    quantity: i64,
    start: Moment,
    end: Option<Moment>,
    reason: &Text,
) -> Outcome<BlockId> {
    block_count_reversing(db, type_id, quantity, start, end, reason, None)
}

/// As [`block_count`], as the opposite of its end.
pub fn block_count_reversing(
    db: &mut Write<'_>,
    type_id: TypeId,
    quantity: i64,
    start: Moment,
    end: Option<Moment>,
    reason: &Text,
    undone: Option<Uuid>,
) -> Outcome<BlockId> {
    let name = known_type(db.read(), type_id)?.name;
    let stock = bulk_of_type(db.read(), type_id)?.ok_or(InventoryRefusal::TaggedType(name))?;
    if !(1..=stock.quantity).contains(&quantity) {
        return Err(InventoryRefusal::BlockQuantity {
            tag: stock.tag,
            owned: stock.quantity,
            wanted: quantity,
        }
        .into());
    }
    let window = block_window(start, end, db.now())?;
    let new = table::NewBlock {
        type_id,
        item: None,
        quantity,
        kind: BlockKind::Blackout,
        window,
        reason: Some(reason),
        rental: None,
    };
    set_aside(db, &new, stock.tag, undone)
}

fn block_window(
    start: Moment,
    end: Option<Moment>,
    now: Moment,
) -> Result<Period, InventoryRefusal> {
    let (start, end) = (
        start.floor_minute(),
        end.map_or(MOMENT_MAX, Moment::ceil_minute),
    );
    if start < MOMENT_MIN || end > MOMENT_MAX || end <= now {
        return Err(InventoryRefusal::BlockWindow);
    }
    Period::new(start, end).ok_or(InventoryRefusal::BlockWindow)
}

fn set_aside(
    db: &mut Write<'_>,
    new: &table::NewBlock<'_>,
    tag: AssetTag,
    undone: Option<Uuid>,
) -> Outcome<BlockId> {
    if new.reason.is_none_or(|reason| reason.is_empty()) {
        return Err(InventoryRefusal::ReasonMissing {
            tag,
            what: "blocked",
        }
        .into());
    }
    let id = table::insert(db, new)?;
    let event = Event::EquipmentBlocked {
        block_id: id,
        item_id: new.item,
        asset_tag: tag,
        type_id: new.type_id,
        count: new.quantity,
        kind: new.kind.word().to_owned(),
        start: new.window.start,
        end: Some(new.window.end).filter(|end| *end < MOMENT_MAX),
    };
    db.publish_reversing(&event, undone)?;
    Ok(id)
}

/// Ends a block. The time on the bench ends with the next report instead.
pub fn unblock(db: &mut Write<'_>, id: BlockId) -> Outcome<()> {
    unblock_reversing(db, id, None)
}

/// As [`unblock`], as the opposite of the blocking.
pub fn unblock_reversing(db: &mut Write<'_>, id: BlockId, undone: Option<Uuid>) -> Outcome<()> {
    let block = block(db.read(), id)?
        .filter(|block| block.live)
        .ok_or_else(|| InventoryRefusal::BlockUnknown(Text::new(&id.0.to_string())))?;
    let asset_tag = tag_of(db.read(), &block)?;
    if block.kind == BlockKind::Maintenance {
        return Err(InventoryRefusal::OnBench(asset_tag).into());
    }
    table::end(db, id)?;
    claims::release_block(db, id.0)?;
    let at = db.now();
    db.publish_reversing(
        &Event::EquipmentUnblocked {
            block_id: id,
            item_id: block.item,
            asset_tag,
            type_id: block.type_id,
            at,
        },
        undone,
    )?;
    Ok(())
}

/// The tag of what is blocked: the item's own, or that of its counted stock.
pub fn tag_of(db: Read<'_>, block: &Block) -> Outcome<AssetTag> {
    match block.item {
        Some(item) => Ok(known(db, item)?.tag),
        None => Ok(bulk_of_type(db, block.type_id)?
            .map(|bulk| bulk.tag)
            .ok_or_else(|| anyhow::anyhow!("block {} has neither item nor stock", block.id.0))?),
    }
}

/// Makes the block of an item on the bench what its job says: from now until it is expected back,
/// none without a date ahead of now. The report that was written just before is the event of it.
pub(super) fn follow_bench(db: &mut Write<'_>, id: ItemId) -> Outcome<()> {
    let item = known(db.read(), id)?;
    let job = if item.lifecycle == Lifecycle::InService
        && item.condition == Condition::UnderMaintenance
    {
        open_job(db.read(), id)?
    } else {
        None
    };
    let start = db.now().floor_minute();
    let wanted =
        job.and_then(|job| Period::new(start, job.expected_back?.ceil_minute().min(MOMENT_MAX)));
    let before = blocks_of_item(db.read(), id)?
        .into_iter()
        .find(|block| block.kind == BlockKind::Maintenance);
    if before.as_ref().and_then(|block| block.end) == wanted.map(|window| window.end) {
        return Ok(());
    }
    if let Some(before) = before {
        table::end(db, before.id)?;
    }
    if let Some(window) = wanted {
        table::insert(
            db,
            &table::NewBlock {
                type_id: item.type_id,
                item: Some(id),
                quantity: 1,
                kind: BlockKind::Maintenance,
                window,
                reason: None,
                rental: None,
            },
        )?;
    }
    Ok(())
}

/// A retired item needs none of its blocks any more.
pub(super) fn end_all_of_item(db: &mut Write<'_>, id: ItemId) -> Fallible<()> {
    for block in blocks_of_item(db.read(), id)? {
        table::end(db, block.id)?;
        claims::release_block(db, block.id.0)?;
    }
    Ok(())
}

/// Lets what came back rest for its turnaround. Rests of the type that are over are ended on the
/// way, so that few are live.
pub fn rest(
    db: &mut Write<'_>,
    type_id: TypeId,
    item: Option<ItemId>,
    quantity: i64,
    from: Moment,
    minutes: i64,
    rental: RentalId,
) -> Fallible<()> {
    table::end_rests_over(db, type_id)?;
    let window = whole_minutes(Period {
        start: from,
        end: from.plus_minutes(minutes),
    });
    if minutes > 0 && window.end > db.now() {
        table::insert(
            db,
            &table::NewBlock {
                type_id,
                item,
                quantity,
                kind: BlockKind::Turnaround,
                window,
                reason: None,
                rental: Some(rental),
            },
        )?;
    }
    Ok(())
}

/// Ends the rest that follows a rental: its return is undone.
pub fn end_rest(db: &mut Write<'_>, rental: RentalId) -> Fallible<()> {
    table::end_rest(db, rental)
}

/// Ends an item's rest: it is handed out early.
pub fn end_rest_of_item(db: &mut Write<'_>, id: ItemId) -> Fallible<()> {
    table::end_rest_of_item(db, id)
}

/// An item's rest goes on: the hand-over that ended it is undone.
pub fn resume_rest(db: &mut Write<'_>, id: BlockId) -> Fallible<()> {
    table::resume_rest(db, id)
}

pub fn block(db: Read<'_>, id: BlockId) -> Fallible<Option<Block>> {
    table::block(db, id)
}

/// An item's live blocks, earliest first.
pub fn blocks_of_item(db: Read<'_>, id: ItemId) -> Fallible<Vec<Block>> {
    table::of_item(db, id)
}

/// A type's live blocks, of its items and of its count, earliest first.
pub fn blocks_of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Block>> {
    table::of_type(db, type_id)
}

/// The live blocks that are not over, of everything, earliest first.
pub fn open_blocks(db: Read<'_>, now: Moment) -> Fallible<Vec<Block>> {
    table::open(db, now)
}

pub(super) const INVARIANTS: &[Invariant] = table::INVARIANTS;
