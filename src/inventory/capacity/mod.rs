//! What a type has to promise with: its items in service that work, or will at a known time, or its
//! count.

mod table;

use super::Condition;
use crate::kernel::{Fallible, ItemId, MOMENT_MAX, Moment, Period, Text, TypeId};
use crate::store::Read;

/// Why something that is owned cannot be had for a while.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Why {
    /// On the bench, and expected back.
    Bench,
    /// Set aside by somebody, with a reason.
    SetAside,
    /// It came back and is being cleaned, charged, looked over.
    Turnaround,
}

/// An item, or a count, that cannot be had for a while.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Absence {
    pub item: Option<ItemId>,
    pub quantity: i64,
    pub window: Period,
    pub why: Why,
}

/// What there is to promise with.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Capacity {
    /// Items and counted stock together. A type has the one or the other; whoever asks need not
    /// know which.
    pub total: i64,
    /// The items among them, by tag.
    pub items: Vec<ItemId>,
    pub absences: Vec<Absence>,
}

/// A first look at a type: the counts, and whether anything makes one item of it different from
/// another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Outline {
    /// Items in service that are good, and counted stock.
    pub total: i64,
    /// How many the shop has, wherever they are: items that are not retired, and counted stock.
    pub owned: i64,
    /// Nothing is on the bench or packed: whatever is in service counts.
    pub is_plain: bool,
    /// Something is set aside, or rests.
    pub has_absences: bool,
}

pub fn outline(db: Read<'_>, type_id: TypeId) -> Fallible<Outline> {
    table::outline(db, type_id)
}

/// Of many types at once, with the type of each.
pub fn outlines(db: Read<'_>, types: &[TypeId]) -> Fallible<Vec<(TypeId, Outline)>> {
    table::outlines(db, &serde_json::to_string(types)?)
}

/// Of many types at once, with the type of each.
pub fn absences_of(db: Read<'_>, types: &[TypeId]) -> Fallible<Vec<(TypeId, Absence)>> {
    table::live_blocks_of(db, &serde_json::to_string(types)?)
}

/// What is set aside or rests, of a type of which every item counts.
pub fn absences(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Absence>> {
    table::live_blocks(db, type_id)
}

/// An item is in the count if it is in service, not packed in a case, and good, or under
/// maintenance with a time it is expected back: until then it is absent. One that is still on the
/// bench past that time stays absent until `overdue_until`.
pub fn capacity(
    db: Read<'_>,
    type_id: TypeId,
    now: Moment,
    overdue_until: Moment,
) -> Fallible<Capacity> {
    let packed = table::packed_items(db, type_id)?;
    let blocks = table::live_blocks(db, type_id)?;
    let back = |item: ItemId| {
        blocks.iter().any(|block| {
            block.item == Some(item) && block.why == Why::Bench && block.window.end < MOMENT_MAX
        })
    };
    let mut items = table::items_in_service(db, type_id)?;
    items.retain(|(id, condition)| {
        !packed.contains(id)
            && (*condition == Condition::Good
                || (*condition == Condition::UnderMaintenance && back(*id)))
    });
    let mut items: Vec<ItemId> = items.into_iter().map(|(id, _)| id).collect();
    items.sort_unstable();
    let mut absences = blocks;
    absences.retain(|absence| absence.item.is_none_or(|item| items.contains(&item)));
    for absence in &mut absences {
        if absence.why == Why::Bench && absence.window.end <= now {
            absence.window.end = overdue_until;
        }
    }
    Ok(Capacity {
        total: items.len() as i64 + table::stock(db, type_id)?,
        items,
        absences,
    })
}

/// Whether some item of the type is set aside for a time to come: then which item serves whom
/// matters.
pub fn has_future_absence(capacity: &Capacity, now: Moment) -> bool {
    capacity
        .absences
        .iter()
        .any(|absence| absence.item.is_some() && absence.window.start > now)
}

/// What is wrong with the items that are not in the count: the causes of a shortage.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Missing {
    pub item: ItemId,
    pub tag: crate::kernel::AssetTag,
    pub state: &'static str,
    pub trouble: Option<Text>,
}

/// Items of the type that are on the bench or lost.
pub fn missing_items(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Missing>> {
    let mut missing = Vec::new();
    for item in table::items_off(db, type_id)? {
        let state = if item.lifecycle == super::Lifecycle::Lost {
            "lost"
        } else {
            item.condition.shown()
        };
        let trouble = super::open_job(db, item.id)?.and_then(|job| job.trouble);
        missing.push(Missing {
            item: item.id,
            tag: item.tag,
            state,
            trouble,
        });
    }
    Ok(missing)
}

/// Types of which something is still on the bench past the time it was expected back.
pub fn types_still_on_bench(db: Read<'_>, now: Moment) -> Fallible<Vec<TypeId>> {
    table::types_still_on_bench(db, now)
}

/// Whether things of the type are counted, and some stock of it was ever written down.
pub fn is_counted(db: Read<'_>, type_id: TypeId) -> Fallible<bool> {
    table::is_counted(db, type_id)
}

/// How many of a type the shop has, wherever they are: items that are not retired, and counted
/// stock.
pub fn owned(db: Read<'_>, type_id: TypeId) -> Fallible<i64> {
    Ok(table::outline(db, type_id)?.owned)
}

/// The tags of many items, in one question.
pub fn tags(
    db: Read<'_>,
    items: impl IntoIterator<Item = ItemId>,
) -> Fallible<std::collections::BTreeMap<ItemId, crate::kernel::AssetTag>> {
    let items: std::collections::BTreeSet<ItemId> = items.into_iter().collect();
    Ok(table::tags(db, &serde_json::to_string(&items)?)?
        .into_iter()
        .collect())
}

pub fn tag_of(db: Read<'_>, item: ItemId) -> Fallible<Option<crate::kernel::AssetTag>> {
    table::tag_of(db, item)
}
