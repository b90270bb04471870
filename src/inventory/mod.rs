//! The things themselves.
//!
//! **Does** keeps items by tag with their lifecycle, condition and custody, bulk stock by count,
//! condition reports, the bench, and the claims that stop one item being promised twice, what is
//! blocked, what lies in a case. **Owns** `item`, `bulk_stock`, `claim`, `bulk_claim`,
//! `condition_report`, `bench_job`, `item_change`, `item_block`, `case_content`. **Publishes**
//! `EquipmentAdded`, `EquipmentConditionUpdated`, `EquipmentLost`, `EquipmentFound`,
//! `EquipmentRetired`, `EquipmentBlocked`, `EquipmentUnblocked`. **Hears** nothing.

mod capacity;
mod model;
mod claims;
mod blocks;
pub mod plan;
mod cases;
mod reports;
mod table;

pub use blocks::{
    Block, BlockKind, block, block_count, block_count_reversing, block_item, block_item_reversing,
    blocks_of_item, blocks_of_type, end_rest, end_rest_of_item, open_blocks, rest, resume_rest,
    tag_of as tag_of_block, unblock, unblock_reversing,
};
pub use capacity::{
    Absence, Capacity, Missing, Outline, Why, absences, absences_of, capacity, has_future_absence,
    is_counted, missing_items, outline, outlines, owned, tag_of, tags, types_still_on_bench,
};
pub use cases::{Content, case_of, contents, gone_with_case, pack, packed_items, set_case, unpack};
pub use claims::{
    bulk_room, can_be_named, claim_bulk, claim_out, make_room, pin, pinned_among, pins_in,
    pins_in_type, promise_bulk, release_bulk, release_bulk_promise, release_out, release_pins,
    unpin,
};

pub use model::{
    BenchJob, BulkStock, Condition, ConditionReport, Counts, InventoryRefusal, Item, Lifecycle,
    LifecycleChange, NewItem, Stock,
};

pub use reports::{
    Report, report_condition, report_reversing, set_expected_back, set_expected_back_reversing,
};

use crate::catalog::{self, Tracking};
use crate::events::{Event, OfRental};
use crate::kernel::{AssetTag, Failure, Fallible, ItemId, Moment, Period, ReportId, Text, TypeId};
use crate::store::{Invariant, Read, Write};
use uuid::Uuid;

type Outcome<T> = Result<T, Failure<InventoryRefusal>>;

/// The one shop of this file; a chain numbers its shops.
pub const SHOP: i64 = 1;

pub fn add_item(db: &mut Write<'_>, new: &NewItem) -> Outcome<ItemId> {
    let details = known_type(db.read(), new.type_id)?;
    if details.tracking == Tracking::Bulk {
        return Err(InventoryRefusal::CountedType(details.name).into());
    }
    no_kit(db.read(), new.type_id, &details)?;
    if new.condition != Condition::Good && new.note.is_none() {
        return Err(InventoryRefusal::NoteMissing {
            condition: new.condition.shown(),
        }
        .into());
    }
    if let Some(serial) = &new.serial
        && let Some(other) = table::of_type_with_serial(db.read(), new.type_id, serial)?
    {
        return Err(InventoryRefusal::SerialTaken {
            serial: serial.clone(),
            tag: other.tag,
        }
        .into());
    }
    let tag = free_tag(db, new.tag.as_ref(), &details)?;
    let id = table::insert_item(db, new, &tag)?;
    db.publish(&Event::EquipmentAdded {
        item_id: Some(id),
        asset_tag: tag,
        type_id: new.type_id,
        condition: Some(new.condition.word().to_owned()),
        count: 1,
    })?;
    if new.condition != Condition::Good {
        let report = Report {
            after: new.condition,
            note: new.note.clone(),
            expected_back: None,
            cost: None,
            rental: None,
            incomplete: false,
        };
        report_condition(db, id, &report)?;
    }
    Ok(id)
}

/// Puts a count of a type on the shelf, under one label.
pub fn add_bulk(
    db: &mut Write<'_>,
    type_id: TypeId,
    quantity: i64,
    tag: Option<&AssetTag>,
    location: Option<&Text>,
) -> Outcome<()> {
    let details = known_type(db.read(), type_id)?;
    if details.tracking == Tracking::Items {
        return Err(InventoryRefusal::TaggedType(details.name).into());
    }
    no_kit(db.read(), type_id, &details)?;
    if !(1..=100_000).contains(&quantity) {
        return Err(InventoryRefusal::Quantity(quantity).into());
    }
    let tag = free_tag(db, tag, &details)?;
    table::insert_bulk(db, type_id, quantity, &tag, location)?;
    db.publish(&Event::EquipmentAdded {
        item_id: None,
        asset_tag: tag,
        type_id,
        condition: None,
        count: quantity,
    })?;
    Ok(())
}

/// The count after a purchase, or after a loss that somebody noticed: promises that no longer fit
/// shrink, what is out does not.
pub fn set_bulk_quantity(db: &mut Write<'_>, type_id: TypeId, quantity: i64) -> Outcome<()> {
    let details = known_type(db.read(), type_id)?;
    let stock = table::bulk_of_type(db.read(), type_id)?
        .ok_or_else(|| InventoryRefusal::TaggedType(details.name.clone()))?;
    no_kit(db.read(), type_id, &details)?;
    if !(0..=100_000).contains(&quantity) {
        return Err(InventoryRefusal::Quantity(quantity).into());
    }
    if quantity < stock.out {
        return Err(InventoryRefusal::BelowOut {
            tag: stock.tag,
            out: stock.out,
            wanted: quantity,
        }
        .into());
    }
    if quantity == stock.quantity {
        return Ok(());
    }
    if quantity < stock.quantity {
        claims::make_room(db, type_id, Period::ALL, stock.quantity - quantity)?;
    }
    table::set_bulk_quantity(db, type_id, quantity)?;
    let count = (quantity - stock.quantity).abs();
    let event = if quantity > stock.quantity {
        Event::EquipmentAdded {
            item_id: None,
            asset_tag: stock.tag,
            type_id,
            condition: None,
            count,
        }
    } else {
        Event::EquipmentLost {
            item_id: None,
            asset_tag: stock.tag,
            type_id,
            count,
            rental_id: None,
            reason_kind: "counted".to_owned(),
            reservation_id: None,
            number: None,
            customer_id: None,
        }
    };
    db.publish(&event)?;
    Ok(())
}

fn known_type(db: Read<'_>, id: TypeId) -> Outcome<catalog::NewType> {
    match catalog::type_details(db, id) {
        Ok(found) => Ok(found.details),
        Err(Failure::Fault(fault)) => Err(Failure::Fault(fault)),
        Err(Failure::Refused(refusal)) => Err(Failure::Fault(anyhow::anyhow!("{refusal}"))),
    }
}

/// A kit has no things of its own: they would be promised beside its components.
fn no_kit(db: Read<'_>, id: TypeId, details: &catalog::NewType) -> Outcome<()> {
    if catalog::is_kit(db, id)? {
        Err(InventoryRefusal::KitType(details.name.clone()).into())
    } else {
        Ok(())
    }
}

/// Says what a kit is made of ([`catalog::set_components`]); refused for a type that has things of
/// its own. An empty list makes it a plain type again.
pub fn make_kit(db: &mut Write<'_>, kit: TypeId, components: &[(TypeId, i64)]) -> Outcome<()> {
    let owned = table::counts(db.read(), kit)?.owned;
    if owned > 0 && !components.is_empty() {
        return Err(InventoryRefusal::KitWithStock {
            name: known_type(db.read(), kit)?.name,
            owned,
        }
        .into());
    }
    catalog::set_components(db, kit, components)
        .map_err(|failure| failure.map(InventoryRefusal::Catalog))
}

/// The wanted tag if nobody has it, or the next free one in the category's letters.
fn free_tag(
    db: &mut Write<'_>,
    wanted: Option<&AssetTag>,
    details: &catalog::NewType,
) -> Outcome<AssetTag> {
    if let Some(tag) = wanted {
        return match by_code(db.read(), &tag.code())? {
            None => Ok(tag.clone()),
            Some(owner) => {
                let owner = known_type(db.read(), owner.type_id())?.name;
                Err(InventoryRefusal::TagTaken {
                    tag: tag.clone(),
                    owner,
                }
                .into())
            }
        };
    }
    let letters =
        catalog::category(db.read(), details.category).map_err(|failure| match failure {
            Failure::Fault(fault) => fault,
            Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
        })?;
    loop {
        let number = db.next_number(&format!("tag:{}", letters.letters), 1)?;
        let tag = AssetTag::numbered(&letters.letters, number);
        if by_code(db.read(), &tag.code())?.is_none() {
            return Ok(tag);
        }
    }
}

/// Takes care that tags generated later do not meet one that came with a list.
pub fn note_tag_seen(db: &mut Write<'_>, tag: &AssetTag) -> Fallible<()> {
    match crate::kernel::tag::short_form(tag.as_str()) {
        Some((letters, number)) if letters.len() <= 4 && number < 1_000_000 => {
            db.number_taken(&format!("tag:{letters}"), number)
        }
        _ => Ok(()),
    }
}

/// Changes what is written about an item; none of it is an axis of its state.
pub fn edit_item(
    db: &mut Write<'_>,
    id: ItemId,
    serial: Option<&Text>,
    location: Option<&Text>,
    note: Option<&Text>,
) -> Outcome<()> {
    let item = known(db.read(), id)?;
    if let Some(serial) = serial
        && let Some(other) = table::of_type_with_serial(db.read(), item.type_id, serial)?
        && other.id != id
    {
        return Err(InventoryRefusal::SerialTaken {
            serial: serial.clone(),
            tag: other.tag,
        }
        .into());
    }
    Ok(table::edit_item(db, id, serial, location, note)?)
}

/// Where an item lies from now on.
pub fn put_at(db: &mut Write<'_>, id: ItemId, location: Option<&Text>) -> Outcome<()> {
    let item = known(db.read(), id)?;
    Ok(table::edit_item(
        db,
        id,
        item.serial.as_ref(),
        location,
        item.note.as_ref(),
    )?)
}

/// The item is gone, and its pins with it ([`pins_in`]). Its custody, if it has one, is booking's
/// to close first.
pub fn report_lost(
    db: &mut Write<'_>,
    id: ItemId,
    reason: &Text,
    rental: Option<OfRental>,
) -> Outcome<()> {
    lose(db, id, reason, rental, None)
}

/// It was not found after all: lost as before.
pub fn lost_again(
    db: &mut Write<'_>,
    id: ItemId,
    reason: &Text,
    rental: Option<OfRental>,
    undone: Option<Uuid>,
) -> Outcome<()> {
    lose(db, id, reason, rental, undone)
}

fn lose(
    db: &mut Write<'_>,
    id: ItemId,
    reason: &Text,
    rental: Option<OfRental>,
    undone: Option<Uuid>,
) -> Outcome<()> {
    let item = known(db.read(), id)?;
    match item.lifecycle {
        Lifecycle::InService => {}
        Lifecycle::Lost => {
            return Err(InventoryRefusal::NotInService {
                tag: item.tag,
                state: "lost",
            }
            .into());
        }
        Lifecycle::Retired => {
            return Err(InventoryRefusal::NotInService {
                tag: item.tag,
                state: "retired",
            }
            .into());
        }
    }
    if reason.is_empty() {
        return Err(InventoryRefusal::ReasonMissing {
            tag: item.tag,
            what: "lost",
        }
        .into());
    }
    if item.out {
        return Err(InventoryRefusal::Out(item.tag).into());
    }
    table::set_lifecycle(db, &item, Lifecycle::Lost, Some(reason))?;
    blocks::follow_bench(db, id)?;
    claims::release_pins(db, id, None)?;
    let reason_kind = if rental.is_some() {
        "never came back"
    } else {
        "missing"
    };
    let event = Event::EquipmentLost {
        item_id: Some(id),
        asset_tag: item.tag,
        type_id: item.type_id,
        count: 1,
        rental_id: rental.map(|of| of.rental_id),
        reason_kind: reason_kind.to_owned(),
        reservation_id: rental.map(|of| of.reservation_id),
        number: rental.map(|of| of.number),
        customer_id: rental.map(|of| of.customer_id),
    };
    db.publish_reversing(&event, undone)?;
    Ok(())
}

/// A lost item is here again.
pub fn found(
    db: &mut Write<'_>,
    id: ItemId,
    condition: Condition,
    note: Option<&Text>,
    rental: Option<OfRental>,
    undone: Option<Uuid>,
) -> Outcome<()> {
    let item = known(db.read(), id)?;
    if item.lifecycle != Lifecycle::Lost {
        return Err(InventoryRefusal::NotLost(item.tag).into());
    }
    table::set_lifecycle(db, &item, Lifecycle::InService, None)?;
    blocks::follow_bench(db, id)?;
    let event = Event::EquipmentFound {
        item_id: Some(id),
        asset_tag: item.tag,
        type_id: item.type_id,
        count: 1,
        rental_id: rental.map(|of| of.rental_id),
        condition: condition.word().to_owned(),
        reservation_id: rental.map(|of| of.reservation_id),
        number: rental.map(|of| of.number),
        customer_id: rental.map(|of| of.customer_id),
    };
    db.publish_reversing(&event, undone)?;
    if condition != item.condition {
        report_condition(
            db,
            id,
            &Report {
                after: condition,
                note: note.cloned(),
                expected_back: None,
                cost: None,
                rental,
                incomplete: false,
            },
        )?;
    }
    Ok(())
}

/// Takes an item out of the shop for good; its pins and blocks end, and it leaves its case.
pub fn retire(db: &mut Write<'_>, id: ItemId, reason: &Text) -> Outcome<()> {
    let item = known(db.read(), id)?;
    if item.lifecycle == Lifecycle::Retired {
        return Err(InventoryRefusal::NotInService {
            tag: item.tag,
            state: "retired",
        }
        .into());
    }
    if reason.is_empty() {
        return Err(InventoryRefusal::ReasonMissing {
            tag: item.tag,
            what: "retired",
        }
        .into());
    }
    if item.out {
        return Err(InventoryRefusal::Out(item.tag).into());
    }
    table::set_lifecycle(db, &item, Lifecycle::Retired, Some(reason))?;
    table::close_job(db, id, None, Some(reason))?;
    blocks::end_all_of_item(db, id)?;
    claims::release_pins(db, id, None)?;
    db.publish(&Event::EquipmentRetired {
        item_id: id,
        asset_tag: item.tag,
        type_id: item.type_id,
        reason_kind: "by hand".to_owned(),
    })?;
    cases::forget(db, id)
}

pub fn known(db: Read<'_>, id: ItemId) -> Outcome<Item> {
    table::item(db, id)?
        .ok_or_else(|| InventoryRefusal::TagUnknown(Text::new(&id.0.to_string())).into())
}

/// Many items, in one question; what is not there is left out.
pub fn known_of(db: Read<'_>, ids: &[ItemId]) -> Fallible<Vec<Item>> {
    table::items(db, &serde_json::to_string(ids)?)
}

/// What the code of a tag stands for.
pub fn by_code(db: Read<'_>, code: &str) -> Fallible<Option<Stock>> {
    if let Some(item) = table::by_code(db, code)? {
        return Ok(Some(Stock::Item(item)));
    }
    Ok(table::bulk_by_code(db, code)?.map(Stock::Bulk))
}

/// What a tag, a short tag (`cam12`) or a serial number stands for, if it is exactly one thing.
pub fn resolve(db: Read<'_>, typed: &str) -> Outcome<Stock> {
    let mut found = candidates(db, typed)?;
    if found.len() == 1 {
        Ok(found.remove(0))
    } else {
        Err(InventoryRefusal::TagUnknown(Text::new(typed)).into())
    }
}

/// As [`resolve`], for a thing that has a tag of its own.
pub fn resolve_item(db: Read<'_>, typed: &str) -> Outcome<Item> {
    match resolve(db, typed)? {
        Stock::Item(item) => Ok(item),
        Stock::Bulk(bulk) => Err(InventoryRefusal::CountedStock(bulk.tag).into()),
    }
}

/// Everything a typed or scanned code could mean, an exact tag before a serial number before a
/// short tag.
pub fn candidates(db: Read<'_>, typed: &str) -> Fallible<Vec<Stock>> {
    let code = crate::kernel::tag::code_of(typed);
    if code.is_empty() {
        return Ok(Vec::new());
    }
    if let Some(stock) = by_code(db, &code)? {
        return Ok(vec![stock]);
    }
    let by_serial: Vec<Stock> = table::with_serial(db, &Text::new(typed))?
        .into_iter()
        .map(Stock::Item)
        .collect();
    if !by_serial.is_empty() {
        return Ok(by_serial);
    }
    match crate::kernel::tag::short_form(typed) {
        Some((letters, number)) => table::with_short_tag(db, &letters, number),
        None => Ok(Vec::new()),
    }
}

/// Items whose tag begins so, for a list under the box.
pub fn tags_beginning(db: Read<'_>, typed: &str, limit: i64) -> Fallible<Vec<Item>> {
    let code = crate::kernel::tag::code_of(typed);
    if code.is_empty() {
        Ok(Vec::new())
    } else {
        table::tags_beginning(db, &code, limit)
    }
}

pub fn of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Item>> {
    table::of_type(db, type_id)
}

pub fn bulk_of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Option<BulkStock>> {
    table::bulk_of_type(db, type_id)
}

/// All items, by tag: for lists and exports.
pub fn all_items(db: Read<'_>) -> Fallible<Vec<Item>> {
    table::all_items(db)
}

/// All bulk stock, in the order it was added: for exports.
pub fn all_bulk(db: Read<'_>) -> Fallible<Vec<BulkStock>> {
    table::all_bulk(db)
}

pub fn counts(db: Read<'_>, type_id: TypeId) -> Fallible<Counts> {
    table::counts(db, type_id)
}

pub fn count_items(db: Read<'_>) -> Fallible<i64> {
    table::count_items(db)
}

/// Another thing of the type that could leave right now.
pub fn free_sibling(db: Read<'_>, type_id: TypeId, except: &[ItemId]) -> Fallible<Option<Item>> {
    Ok(of_type(db, type_id)?
        .into_iter()
        .find(|item| item.can_leave() && !except.contains(&item.id)))
}

/// The last change of whether the shop has an item at all: since when it is lost or retired, why,
/// and who said so.
pub fn latest_change(db: Read<'_>, id: ItemId) -> Fallible<Option<LifecycleChange>> {
    table::latest_change(db, id)
}

/// When an item was last called lost.
pub fn lost_at(db: Read<'_>, id: ItemId) -> Fallible<Option<Moment>> {
    table::lost_at(db, id)
}

/// Why an item was called lost or retired at that moment.
pub fn reason_at(db: Read<'_>, id: ItemId, after: Lifecycle, at: Moment) -> Fallible<Option<Text>> {
    table::reason_at(db, id, after, at)
}

/// What was said of an item when its condition was reported at that moment.
pub fn note_at(db: Read<'_>, id: ItemId, after: Condition, at: Moment) -> Fallible<Option<Text>> {
    table::note_at(db, id, after, at)
}

pub fn latest_report(db: Read<'_>, id: ItemId) -> Fallible<Option<ConditionReport>> {
    table::latest_report(db, id)
}

pub fn report(db: Read<'_>, id: ReportId) -> Fallible<Option<ConditionReport>> {
    table::report(db, id)
}

pub fn open_job(db: Read<'_>, id: ItemId) -> Fallible<Option<BenchJob>> {
    table::open_job(db, id)
}

pub fn open_jobs(db: Read<'_>) -> Fallible<Vec<BenchJob>> {
    table::open_jobs(db)
}

pub fn jobs_closed_since(db: Read<'_>, since: Moment) -> Fallible<Vec<BenchJob>> {
    table::jobs_closed_since(db, since)
}

/// Repairs that began in a period, the latest first.
pub fn jobs_opened_in(db: Read<'_>, period: Period) -> Fallible<Vec<BenchJob>> {
    table::jobs_opened_in(db, period)
}

pub fn jobs_of(db: Read<'_>, id: ItemId) -> Fallible<Vec<BenchJob>> {
    table::jobs_of(db, id)
}

pub const INVARIANTS: &[Invariant] = table::INVARIANTS;
pub const BLOCK_INVARIANTS: &[Invariant] = blocks::INVARIANTS;
pub const CASE_INVARIANTS: &[Invariant] = cases::INVARIANTS;
