//! Cases: an item whose contents are fixed items that travel with it. While packed, an item is
//! nobody's but the case's; whoever counts what is free leaves it out ([`packed_items`]). A case
//! lies in no other case.

mod table;

use super::model::{InventoryRefusal, Item, Lifecycle};
use super::{Outcome, known};
use crate::events::Event;
use crate::kernel::{AssetTag, Fallible, ItemId, TypeId};
use crate::store::{Invariant, Read, Write};
use std::collections::BTreeSet;

/// One item of a case's contents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Content {
    pub item: ItemId,
    pub tag: AssetTag,
    pub type_id: TypeId,
    /// Whether it lies in the case, and is not to be had by itself.
    pub packed: bool,
}

/// Says what belongs into a case, in place of what did before; all of it is packed. An empty list
/// makes it a plain item again.
pub fn set_case(db: &mut Write<'_>, case: ItemId, items: &[ItemId]) -> Outcome<()> {
    let itself = at_hand(db.read(), case)?;
    if let Some((outer, _)) = case_of(db.read(), case)? {
        return Err(InventoryRefusal::InCase {
            tag: itself.tag,
            case: known(db.read(), outer)?.tag,
        }
        .into());
    }
    for id in items {
        let item = at_hand(db.read(), *id)?;
        if *id == case || !contents(db.read(), *id)?.is_empty() {
            return Err(InventoryRefusal::CaseInCase(item.tag).into());
        }
        if let Some((other, _)) = case_of(db.read(), *id)?.filter(|(other, _)| *other != case) {
            return Err(InventoryRefusal::InCase {
                tag: item.tag,
                case: known(db.read(), other)?.tag,
            }
            .into());
        }
    }
    let before = contents(db.read(), case)?;
    table::clear(db, case)?;
    for id in items.iter().collect::<BTreeSet<_>>() {
        table::insert(db, case, *id)?;
    }
    let after = contents(db.read(), case)?;
    let moved = before
        .iter()
        .filter(|content| !after.contains(content))
        .chain(after.iter().filter(|content| !before.contains(content)));
    tell(db, moved.map(|content| content.type_id))
}

/// An item that is in the shop.
fn at_hand(db: Read<'_>, id: ItemId) -> Outcome<Item> {
    let item = known(db, id)?;
    if item.lifecycle != Lifecycle::InService {
        return Err(InventoryRefusal::NotInService {
            tag: item.tag,
            state: item.lifecycle.shown(),
        }
        .into());
    }
    if item.out {
        Err(InventoryRefusal::Out(item.tag).into())
    } else {
        Ok(item)
    }
}

/// Takes an item out of its case for a while: it can be had by itself. Always accepted, as whoever
/// did it saw it.
pub fn unpack(db: &mut Write<'_>, id: ItemId) -> Outcome<()> {
    set_packed(db, id, false)
}

/// Puts an item back into its case, which is in the shop.
pub fn pack(db: &mut Write<'_>, id: ItemId) -> Outcome<()> {
    at_hand(db.read(), id)?;
    if let Some((case, false)) = case_of(db.read(), id)? {
        at_hand(db.read(), case)?;
    }
    set_packed(db, id, true)
}

fn set_packed(db: &mut Write<'_>, id: ItemId, packed: bool) -> Outcome<()> {
    let item = known(db.read(), id)?;
    let Some((_, before)) = case_of(db.read(), id)? else {
        return Err(InventoryRefusal::NoCase(item.tag).into());
    };
    if before == packed {
        return Ok(());
    }
    table::set_packed(db, id, packed)?;
    tell(db, [item.type_id])
}

/// A retired item belongs to no case, and holds nothing.
pub(super) fn forget(db: &mut Write<'_>, id: ItemId) -> Outcome<()> {
    let freed = contents(db.read(), id)?;
    table::clear(db, id)?;
    table::take_out(db, id)?;
    tell(db, freed.iter().map(|content| content.type_id))
}

/// What is free of these types is to be counted anew.
fn tell(db: &mut Write<'_>, types: impl IntoIterator<Item = TypeId>) -> Outcome<()> {
    for type_id in types.into_iter().collect::<BTreeSet<_>>() {
        db.publish(&Event::EquipmentTypeChanged {
            type_id,
            changed: vec!["case".to_owned()],
        })?;
    }
    Ok(())
}

/// What belongs into a case, by tag; nothing where the item is no case.
pub fn contents(db: Read<'_>, case: ItemId) -> Fallible<Vec<Content>> {
    table::contents(db, case)
}

/// The case that an item belongs into, and whether it lies there.
/// The case that an item lies in while that case is out.
pub fn gone_with_case(db: Read<'_>, id: ItemId) -> Outcome<Option<Item>> {
    match case_of(db, id)? {
        Some((case, true)) => Ok(Some(known(db, case)?).filter(|case| case.out)),
        _ => Ok(None),
    }
}

pub fn case_of(db: Read<'_>, id: ItemId) -> Fallible<Option<(ItemId, bool)>> {
    table::case_of(db, id)
}

/// The items of a type that lie in cases, and are not to be had by themselves.
pub fn packed_items(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<ItemId>> {
    table::packed_items(db, type_id)
}

pub(super) const INVARIANTS: &[Invariant] = table::INVARIANTS;
