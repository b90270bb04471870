//! What is in hand: scans staged for a check-out that is not finished. They claim nothing, and survive a crash.

use super::table;
use crate::kernel::{AssetTag, CustomerId, Fallible, ItemId, Moment, ReservationId, Text, TypeId};
use crate::store::{Read, Write};
use serde::{Deserialize, Serialize};

/// One thing, or a count, on the counter.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Staged {
    pub tag: AssetTag,
    pub item: Option<ItemId>,
    pub type_id: TypeId,
    pub quantity: i64,
    pub at: Moment,
}

/// A check-out before its finish.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct InHand {
    #[serde(skip)]
    pub id: Option<i64>,
    pub customer: Option<CustomerId>,
    pub reservation: Option<ReservationId>,
    /// As somebody set it; None: the shop's usual length.
    pub due: Option<Moment>,
    pub note: Option<Text>,
    pub things: Vec<Staged>,
    pub since: Option<Moment>,
}

impl InHand {
    pub fn is_empty(&self) -> bool {
        self.things.is_empty() && self.customer.is_none()
    }

    /// Things counted one by one, and each count as one.
    pub fn count(&self) -> usize {
        self.things.len()
    }
}

/// Writes it down; a new one gets its id.
pub fn save(db: &mut Write<'_>, draft: &InHand) -> Fallible<i64> {
    let since = draft.since.unwrap_or(db.now());
    table::save_draft(db, draft.id, &serde_json::to_string(draft)?, since)
}

/// Finished, or put back on the shelf.
pub fn forget(db: &mut Write<'_>, id: i64) -> Fallible<()> {
    table::delete_draft(db, id)
}

pub fn in_hand(db: Read<'_>, id: i64) -> Fallible<Option<InHand>> {
    table::draft(db, id)?.map(|body| read(id, &body)).transpose()
}

/// Every check-out that was begun and not finished, oldest first.
pub fn unfinished(db: Read<'_>) -> Fallible<Vec<InHand>> {
    table::drafts(db)?.into_iter().map(|(id, body)| read(id, &body)).collect()
}

fn read(id: i64, body: &str) -> Fallible<InHand> {
    let mut draft: InHand = serde_json::from_str(body)?;
    draft.id = Some(id);
    Ok(draft)
}

/// What is half typed in a window, as that window wrote it; None: nothing any more.
pub fn keep_typing(db: &mut Write<'_>, body: Option<&str>) -> Fallible<()> {
    table::save_typing(db, body)
}

pub fn typing(db: Read<'_>) -> Fallible<Option<String>> {
    table::typing(db)
}
