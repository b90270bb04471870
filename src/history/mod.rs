//! Who had what, when.
//!
//! **Does** keeps one row per event, with ids and facts side by side, and a flag for every item
//! that is damaged, in repair, lost or incomplete. Both are made from events alone and can be made
//! again at any time; no guard reads them. **Owns** `history`, `condition_flag`. **Publishes**
//! nothing. **Hears** every event; a kind that only a newer version knows becomes a plain row.

mod on_event;
mod table;

pub use on_event::{on_condition_event, on_event, truncate_flags, truncate_history};

use crate::kernel::{
    AssetTag, CustomerId, Fallible, ItemId, Moment, RentalId, ReservationId, ReservationNumber,
    StaffId, Text, TypeId,
};
use crate::store::Read;
use chrono::NaiveDate;

pub const HISTORY_TABLES: &[&str] = &["history"];
pub const FLAG_TABLES: &[&str] = &["condition_flag"];

/// One entry. The sentence and the names are made when it is shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub seq: i64,
    pub at: Moment,
    pub kind: String,
    pub item: Option<ItemId>,
    pub tag: Option<AssetTag>,
    pub type_id: Option<TypeId>,
    pub quantity: Option<i64>,
    pub customer: Option<CustomerId>,
    pub reservation: Option<ReservationId>,
    pub number: Option<ReservationNumber>,
    pub rental: Option<RentalId>,
    pub out_at: Option<Moment>,
    pub due_at: Option<Moment>,
    pub in_at: Option<Moment>,
    pub condition_before: Option<String>,
    pub condition_after: Option<String>,
    pub late_minutes: Option<i64>,
    pub staff: Option<StaffId>,
    pub detail: Option<String>,
    /// Of a return: the place, where it is another than it left from.
    pub location: Option<Text>,
    pub reverses: Option<String>,
    /// A later entry reverses it.
    pub undone: bool,
}

/// Which entries somebody asks for; everything given must hold.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Filter {
    pub item: Option<ItemId>,
    pub type_ids: Option<Vec<TypeId>>,
    pub customers: Option<Vec<CustomerId>>,
    pub number: Option<ReservationNumber>,
    pub staff: Option<StaffId>,
    pub from: Option<Moment>,
    pub to: Option<Moment>,
    pub kind: Option<&'static str>,
    /// Only check-ins after the due time.
    pub late: bool,
}

/// Where an item was at a moment.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Custody {
    pub customer: CustomerId,
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub rental: RentalId,
    pub out: Moment,
    /// As it was moved last.
    pub due: Moment,
    /// When it ended.
    pub back: Option<Moment>,
    /// It ended with a loss: the item did not come back.
    pub lost: bool,
    /// Where it was taken back, if that is another place than it left from.
    pub back_at: Option<Text>,
}

/// A mark on an item that is not simply good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flag {
    pub item: ItemId,
    pub flag: String,
    pub since: Moment,
    pub staff: Option<StaffId>,
    pub rental: Option<RentalId>,
}

/// What entries can be counted by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TallyBy {
    Type,
    Customer,
    Item,
}

/// Entries, newest first.
pub fn entries(db: Read<'_>, filter: &Filter, limit: i64, offset: i64) -> Fallible<Vec<Entry>> {
    table::entries(db, filter, limit, offset)
}

pub fn entry(db: Read<'_>, seq: i64) -> Fallible<Option<Entry>> {
    table::by_seq(db, seq)
}

pub fn count(db: Read<'_>, filter: &Filter) -> Fallible<i64> {
    table::count(db, filter)
}

/// The newest list printed of each day from `first` on, of those printed from a moment on.
pub fn pick_lists(
    db: Read<'_>,
    first: NaiveDate,
    printed_from: Moment,
) -> Fallible<Vec<(NaiveDate, Entry)>> {
    let newest = table::pick_lists(db, &first.to_string(), printed_from)?;
    Ok(newest
        .into_iter()
        .filter_map(|entry| Some((entry.detail.as_deref()?.parse().ok()?, entry)))
        .collect())
}

/// What was promised, promised otherwise or no longer after an event, oldest first; without changes
/// of the price alone.
pub fn promises_changed_since(db: Read<'_>, seq: i64) -> Fallible<Vec<Entry>> {
    table::promises_changed_since(db, seq)
}

/// How many entries there are for each type, customer or item, most first: its id and the count.
pub fn tally(db: Read<'_>, filter: &Filter, by: TallyBy, limit: i64) -> Fallible<Vec<(i64, i64)>> {
    table::tally(db, filter, by, limit)
}

/// Who had an item at a moment: the last check-out before it, unless that was undone, when it was
/// due as every later event moved it, and when it ended.
pub fn who_had(db: Read<'_>, item: ItemId, at: Moment) -> Fallible<Option<Custody>> {
    for out in table::check_outs_before(db, item, at, 50)? {
        let Some(rental) = out.rental else { continue };
        let Some(last) = table::last_of_rental(db, rental)? else {
            continue;
        };
        let ended = last.kind != "EquipmentCheckedOut";
        if last.kind == "EquipmentCheckedIn" && last.reverses.is_some() {
            continue; // the check-out was a mistake, taken back
        }
        let back = if ended {
            last.in_at.or(Some(last.at))
        } else {
            None
        };
        let due = table::due_of_rental(db, rental)?.or(out.due_at);
        if let (Some(customer), Some(reservation), Some(number), Some(out_at), Some(due)) =
            (out.customer, out.reservation, out.number, out.out_at, due)
        {
            return Ok(Some(Custody {
                customer,
                reservation,
                number,
                rental,
                out: out_at,
                due,
                back,
                lost: last.kind == "EquipmentLost",
                back_at: last.location.clone().filter(|_| ended),
            }));
        }
    }
    Ok(None)
}

pub fn flags(db: Read<'_>) -> Fallible<Vec<Flag>> {
    table::flags(db)
}

pub fn flags_of(db: Read<'_>, item: ItemId) -> Fallible<Vec<Flag>> {
    table::flags_of(db, item)
}
