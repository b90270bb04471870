//! What somebody saw on an item: its condition, the bench job that anything but good opens, and
//! when it is expected back.

use super::blocks::{self, Block, BlockKind};
use super::model::{Condition, InventoryRefusal};
use super::{Outcome, claims, known, open_job, table};
use crate::events::{Event, OfRental};
use crate::kernel::{BenchNumber, ItemId, Moment, Money, ReportId, Text};
use crate::store::Write;
use uuid::Uuid;

/// What is reported of an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    pub after: Condition,
    pub note: Option<Text>,
    pub expected_back: Option<Moment>,
    /// What the repair cost, when it ends one.
    pub cost: Option<Money>,
    /// The rental it was seen at.
    pub rental: Option<OfRental>,
    /// Parts of it did not come back; the item itself may go out again.
    pub incomplete: bool,
}

impl Report {
    pub fn plain(after: Condition, note: Option<Text>) -> Self {
        Report {
            after,
            note,
            expected_back: None,
            cost: None,
            rental: None,
            incomplete: false,
        }
    }
}

/// Records what somebody saw. Always accepted, wherever the item is; anything but good needs a note
/// and opens a bench job, good closes it. Pins on a thing that does not work are taken off
/// ([`super::pins_in`]): all, or those before it is expected back from the bench.
pub fn report_condition(db: &mut Write<'_>, id: ItemId, report: &Report) -> Outcome<ReportId> {
    report_reversing(db, id, report, None)
}

/// As [`report_condition`], as the opposite of an earlier report.
pub fn report_reversing(
    db: &mut Write<'_>,
    id: ItemId,
    report: &Report,
    undone: Option<Uuid>,
) -> Outcome<ReportId> {
    let item = known(db.read(), id)?;
    if report.after != Condition::Good && report.note.is_none() {
        return Err(InventoryRefusal::NoteMissing {
            condition: report.after.shown(),
        }
        .into());
    }
    let report_id = table::insert_report(db, &item, report)?;
    if item.condition != report.after {
        table::set_condition(db, &item, report.after, report.note.as_ref())?;
    }
    if report.after == Condition::Good {
        table::close_job(db, id, report.cost, report.note.as_ref())?;
    } else if table::open_job(db.read(), id)?.is_none() {
        let number = BenchNumber(db.next_number("bench", 1)?);
        table::insert_job(db, number, id, report_id, report.expected_back)?;
    } else if report.expected_back.is_some() {
        table::set_expected_back(db, id, report.expected_back)?;
    }
    blocks::follow_bench(db, id)?;
    let expected_back = release_broken(db, id, report)?;
    let event = Event::EquipmentConditionUpdated {
        item_id: id,
        asset_tag: item.tag,
        type_id: item.type_id,
        before: item.condition.word().to_owned(),
        after: report.after.word().to_owned(),
        report_id,
        rental_id: report.rental.map(|of| of.rental_id),
        expected_back,
        incomplete: report.incomplete,
        reservation_id: report.rental.map(|of| of.reservation_id),
        number: report.rental.map(|of| of.number),
        customer_id: report.rental.map(|of| of.customer_id),
    };
    db.publish_reversing(&event, undone)?;
    Ok(report_id)
}

/// Takes the pins off an item that does not work, those of the time when it will not; when it is
/// expected back.
fn release_broken(db: &mut Write<'_>, id: ItemId, report: &Report) -> Outcome<Option<Moment>> {
    if report.after == Condition::Good {
        return Ok(None);
    }
    let on_bench = blocks::blocks_of_item(db.read(), id)?
        .into_iter()
        .find(|block| block.kind == BlockKind::Maintenance);
    claims::release_pins(db, id, on_bench.as_ref().map(Block::window))?;
    let job = if report.after == Condition::UnderMaintenance {
        open_job(db.read(), id)?
    } else {
        None
    };
    Ok(report.expected_back.or_else(|| job?.expected_back))
}

/// Says anew when an item on the bench is expected back, or that nobody knows: the same condition,
/// reported again.
pub fn set_expected_back(
    db: &mut Write<'_>,
    id: ItemId,
    expected_back: Option<Moment>,
) -> Outcome<ReportId> {
    set_expected_back_reversing(db, id, expected_back, None)
}

/// As [`set_expected_back`], as the opposite of an earlier saying.
pub fn set_expected_back_reversing(
    db: &mut Write<'_>,
    id: ItemId,
    expected_back: Option<Moment>,
    undone: Option<Uuid>,
) -> Outcome<ReportId> {
    let item = known(db.read(), id)?;
    let Some(job) =
        open_job(db.read(), id)?.filter(|_| item.condition == Condition::UnderMaintenance)
    else {
        return Err(InventoryRefusal::NotOnBench {
            tag: item.tag,
            condition: item.condition.shown(),
        }
        .into());
    };
    table::set_expected_back(db, id, expected_back)?;
    let note = job.trouble.or_else(|| Text::filled("expected back"));
    report_reversing(
        db,
        id,
        &Report {
            expected_back,
            ..Report::plain(item.condition, note)
        },
        undone,
    )
}
