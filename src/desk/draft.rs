//! What is in hand: scans staged for a check-out that is not finished. They claim nothing, and
//! survive a crash.

use super::table;
use crate::booking::{self, CheckOut, Recipient, Thing};
use crate::customers;
use crate::inventory;
use crate::kernel::{
    AssetTag, CustomerId, Fallible, ItemId, LineId, Moment, ReservationId, Text, TypeId,
};
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
    /// The draft in the file and its version, as this window last saw it.
    #[serde(skip)]
    pub id: Option<i64>,
    #[serde(skip)]
    pub version: i64,
    pub customer: Option<CustomerId>,
    pub reservation: Option<ReservationId>,
    /// As somebody set it; None: the shop's usual length.
    pub due: Option<Moment>,
    pub note: Option<Text>,
    pub things: Vec<Staged>,
    pub since: Option<Moment>,
    /// Items that go in the place of a line that asked for another type.
    #[serde(default)]
    pub swaps: Vec<(ItemId, LineId)>,
    /// Somebody was told that others were promised some of it, and takes it all the same.
    #[serde(default)]
    pub take_anyway: bool,
    /// What goes although it is set aside or lies in a case, because somebody said so.
    #[serde(default)]
    pub aside: Vec<ItemId>,
    /// The same of counts, by their types.
    #[serde(default)]
    pub aside_counts: Vec<TypeId>,
    /// Why it leaves before its day.
    #[serde(default)]
    pub early_reason: Option<Text>,
    /// What was typed at the finish.
    #[serde(default)]
    pub finish: Finish,
}

/// The fields of the finish as they were typed; nothing of it is taken before it is done.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Finish {
    /// `306 card 4471`
    pub pays: Text,
    pub deposit: Text,
    pub collected_by: Text,
    /// Whether it is printed; None: as the shop does it.
    pub contract: Option<bool>,
    pub receipt: Option<bool>,
}

impl InHand {
    /// What the finish would hand over; nothing before it is known to whom.
    pub fn command(&self) -> Option<CheckOut> {
        let customer = self.customer?;
        let things = self
            .things
            .iter()
            .map(|thing| {
                thing
                    .item
                    .map_or(Thing::Bulk(thing.type_id, thing.quantity), Thing::Item)
            })
            .collect();
        let to = self
            .reservation
            .map_or(Recipient::WalkIn(customer), Recipient::Reservation);
        let collected = &self.finish.collected_by;
        let with_collector = |words: &Option<Text>| match words {
            words if collected.is_empty() => words.clone(),
            Some(words) => Some(Text::new(&format!("{words} · collected by {collected}"))),
            None => Some(Text::new(&format!("collected by {collected}"))),
        };
        Some(CheckOut {
            due: self.due,
            note: with_collector(&self.note),
            swaps: self.swaps.clone(),
            extras: true,
            take_anyway: self.take_anyway,
            confirm: true,
            // Where it leaves before its day, the reason is what is noted.
            early_reason: self
                .early_reason
                .as_ref()
                .and_then(|_| with_collector(&self.early_reason)),
            aside: self.aside.clone(),
            aside_counts: self.aside_counts.clone(),
            ..CheckOut::plain(to, things)
        })
    }

    pub fn is_empty(&self) -> bool {
        self.things.is_empty() && self.customer.is_none()
    }

    /// Pieces: of what is counted as many as are in hand.
    pub fn count(&self) -> usize {
        self.things
            .iter()
            .map(|thing| usize::try_from(thing.quantity).unwrap_or_default())
            .sum()
    }
}

/// Why a thing in hand cannot leave any more: it went out in another window since it was laid down.
/// `R-1005 Sam Okoro has it`
pub fn gone_meanwhile(db: Read<'_>, thing: &Staged) -> Fallible<Option<String>> {
    let Some(item) = thing.item else {
        let here = inventory::bulk_of_type(db, thing.type_id)?
            .map_or(0, |bulk| (bulk.quantity - bulk.out).max(0));
        return Ok((here < thing.quantity).then(|| format!("only {here} are here now")));
    };
    let Some(rental) = booking::open_rental(db, item)? else {
        return Ok(None);
    };
    let name = customers::names(db, [rental.customer])?
        .remove(&rental.customer)
        .unwrap_or_default();
    Ok(Some(format!(
        "{} {name} has it",
        booking::number_of(db, rental.reservation)?
    )))
}

/// Writes it down: its id and its new version. `None` where another window went on with it, or
/// finished it: nothing is written then.
pub fn save(db: &mut Write<'_>, draft: &InHand) -> Fallible<Option<(i64, i64)>> {
    let since = draft.since.unwrap_or(db.now());
    let body = serde_json::to_string(draft)?;
    match draft.id {
        None => Ok(Some((
            table::insert_draft(db, table::CHECK_OUT, &body, since)?,
            1,
        ))),
        Some(id) if table::update_draft(db, table::CHECK_OUT, id, draft.version, &body)? => {
            Ok(Some((id, draft.version + 1)))
        }
        Some(_) => Ok(None),
    }
}

/// Finished, or put back on the shelf. False where another window went on with it meanwhile.
pub fn forget(db: &mut Write<'_>, id: i64, version: i64) -> Fallible<bool> {
    table::delete_draft(db, table::CHECK_OUT, id, version)
}

pub fn in_hand(db: Read<'_>, id: i64) -> Fallible<Option<InHand>> {
    table::draft(db, table::CHECK_OUT, id)?
        .map(|(version, body)| read(id, version, &body))
        .transpose()
}

/// Every check-out that was begun and not finished, oldest first.
pub fn unfinished(db: Read<'_>) -> Fallible<Vec<InHand>> {
    table::drafts(db, table::CHECK_OUT)?
        .into_iter()
        .map(|(id, version, body)| read(id, version, &body))
        .collect()
}

fn read(id: i64, version: i64, body: &str) -> Fallible<InHand> {
    let mut draft: InHand = serde_json::from_str(body)?;
    (draft.id, draft.version) = (Some(id), version);
    Ok(draft)
}

/// What is half typed in a window, as that window wrote it; None: nothing any more.
pub fn keep_typing(db: &mut Write<'_>, body: Option<&str>) -> Fallible<()> {
    table::save_typing(db, body)
}

pub fn typing(db: Read<'_>) -> Fallible<Option<String>> {
    table::typing(db)
}
