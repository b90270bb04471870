//! The SQL of `item`, `bulk_stock`, `condition_report`, `bench_job`, `item_change`.

use super::model::{
    BenchJob, BulkStock, Condition, ConditionReport, Counts, Item, Lifecycle, LifecycleChange,
    NewItem, Stock,
};
use super::{Report, SHOP};
use crate::kernel::{
    AssetTag, BenchNumber, Fallible, ItemId, Moment, Money, Period, ReportId, Text, TypeId,
};
use crate::store::{AsWord, Invariant, Read, Write};
use rusqlite::{Row, named_params};

pub(super) const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "claims",
        sql: "SELECT 'item ' || item_id || ' is claimed twice at ' || start_at FROM (SELECT item_id, start_at, max(end_at) OVER (PARTITION BY item_id ORDER BY start_at, id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM claim WHERE live = 1) WHERE before > start_at",
    },
    Invariant {
        name: "bulk claims",
        sql: "SELECT 'type ' || type_id || ' has more out or promised than there are' FROM bulk_claim c WHERE live = 1 GROUP BY type_id
                HAVING max((SELECT sum(o.quantity) FROM bulk_claim o WHERE o.type_id = c.type_id AND o.live = 1 AND o.start_at <= c.start_at AND o.end_at > c.start_at))
                     > (SELECT quantity FROM bulk_stock s WHERE s.type_id = c.type_id)",
    },
    Invariant { name: "tags", sql: "SELECT 'tag ' || i.asset_tag || ' stands for two things' FROM item i JOIN bulk_stock b USING (tag_code)" },
    Invariant {
        name: "conditions",
        sql: "SELECT asset_tag || ' is ' || condition || ', its last report says otherwise' FROM item i
               WHERE condition <> coalesce((SELECT after FROM condition_report r WHERE r.item_id = i.id ORDER BY r.id DESC LIMIT 1), 'GOOD')",
    },
    Invariant {
        name: "bench",
        sql: "SELECT asset_tag || ' is ' || condition || ' without a bench job' FROM item i WHERE condition <> 'GOOD' AND lifecycle <> 'RETIRED'
                 AND NOT EXISTS (SELECT 1 FROM bench_job b WHERE b.item_id = i.id AND b.closed_at IS NULL)",
    },
];

macro_rules! item_where {
    ($rest:literal) => {
        concat!(
            "SELECT id, type_id, asset_tag, serial, lifecycle, condition, location, note, reference, EXISTS (SELECT 1 FROM claim WHERE claim.item_id = item.id AND live = 1 AND kind = 'out') FROM item ",
            $rest
        )
    };
}

macro_rules! bulk_where {
    ($rest:literal) => {
        concat!("SELECT type_id, asset_tag, quantity, location, (SELECT coalesce(sum(c.quantity), 0) FROM bulk_claim c WHERE c.type_id = bulk_stock.type_id AND c.live = 1 AND c.kind = 'out') FROM bulk_stock ", $rest)
    };
}

macro_rules! job_where {
    ($rest:literal) => {
        concat!(
            "SELECT b.number, b.item_id, i.asset_tag, i.type_id, i.condition, r.note, b.opened_at, b.expected_back, b.cost, b.outcome, b.closed_at, b.closed_by, r.rental_id,
                    (SELECT said.note FROM condition_report said WHERE said.item_id = b.item_id AND said.id > b.report_id AND said.after <> 'GOOD' AND said.note IS NOT NULL
                        AND (b.closed_at IS NULL OR said.at <= b.closed_at) ORDER BY said.id DESC LIMIT 1)
               FROM bench_job b JOIN item i ON i.id = b.item_id JOIN condition_report r ON r.id = b.report_id ",
            $rest
        )
    };
}

fn an_item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        id: row.get(0)?,
        type_id: row.get(1)?,
        tag: row.get(2)?,
        serial: row.get(3)?,
        lifecycle: row.get::<_, AsWord<Lifecycle>>(4)?.0,
        condition: row.get::<_, AsWord<Condition>>(5)?.0,
        location: row.get(6)?,
        note: row.get(7)?,
        reference: row.get(8)?,
        out: row.get(9)?,
    })
}

fn a_bulk(row: &Row<'_>) -> rusqlite::Result<BulkStock> {
    Ok(BulkStock {
        type_id: row.get(0)?,
        tag: row.get(1)?,
        quantity: row.get(2)?,
        location: row.get(3)?,
        out: row.get(4)?,
    })
}

fn a_job(row: &Row<'_>) -> rusqlite::Result<BenchJob> {
    Ok(BenchJob {
        number: row.get(0)?,
        item: row.get(1)?,
        tag: row.get(2)?,
        type_id: row.get(3)?,
        condition: row.get::<_, AsWord<Condition>>(4)?.0,
        trouble: trouble(row.get(5)?, row.get(13)?),
        opened_at: row.get(6)?,
        expected_back: row.get(7)?,
        cost: row.get(8)?,
        outcome: row.get(9)?,
        closed_at: row.get(10)?,
        closed_by: row.get(11)?,
        rental: row.get(12)?,
    })
}

/// What was wrong when the job was opened, and what was found out since; where that repeats the
/// first, it says both.
fn trouble(first: Option<Text>, since: Option<Text>) -> Option<Text> {
    match (first, since) {
        (Some(first), Some(since)) if !since.as_str().contains(first.as_str()) => {
            Some(Text::new(&format!("{first} · {since}")))
        }
        (first, since) => since.or(first),
    }
}

fn a_report(row: &Row<'_>) -> rusqlite::Result<ConditionReport> {
    Ok(ConditionReport {
        id: row.get(0)?,
        item: row.get(1)?,
        before: row.get::<_, AsWord<Condition>>(2)?.0,
        after: row.get::<_, AsWord<Condition>>(3)?.0,
        note: row.get(4)?,
        at: row.get(5)?,
    })
}

pub(super) fn insert_item(db: &mut Write<'_>, new: &NewItem, tag: &AssetTag) -> Fallible<ItemId> {
    let now = db.now();
    // A condition other than good is written by the report that follows at once, so that the report
    // tells of a change.
    Ok(ItemId(db.insert(
        "INSERT INTO item(shop_id, type_id, asset_tag, tag_code, serial, lifecycle, condition, location, note, version, reference, created_at)
         VALUES (:shop, :type, :tag, :code, :serial, 'IN_SERVICE', 'GOOD', :location, :note, 1, :reference, :now)",
        named_params! { ":shop": SHOP, ":type": new.type_id, ":tag": tag, ":code": tag.code(), ":serial": new.serial, ":location": new.location, ":note": new.note, ":reference": new.reference, ":now": now },
    )?))
}

pub(super) fn edit_item(
    db: &mut Write<'_>,
    id: ItemId,
    serial: Option<&Text>,
    location: Option<&Text>,
    note: Option<&Text>,
) -> Fallible<()> {
    db.execute("UPDATE item SET serial = ?2, location = ?3, note = ?4, version = version + 1 WHERE id = ?1", (id, serial, location, note))?;
    Ok(())
}

pub(super) fn insert_bulk(
    db: &mut Write<'_>,
    type_id: TypeId,
    quantity: i64,
    tag: &AssetTag,
    location: Option<&Text>,
) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "INSERT INTO bulk_stock(type_id, shop_id, asset_tag, tag_code, quantity, location, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (type_id, SHOP, tag, tag.code(), quantity, location, now),
    )?;
    Ok(())
}

pub(super) fn set_bulk_quantity(
    db: &mut Write<'_>,
    type_id: TypeId,
    quantity: i64,
) -> Fallible<()> {
    db.execute(
        "UPDATE bulk_stock SET quantity = ?2 WHERE type_id = ?1",
        (type_id, quantity),
    )?;
    Ok(())
}

pub(super) fn set_condition(
    db: &mut Write<'_>,
    item: &Item,
    after: Condition,
    reason: Option<&Text>,
) -> Fallible<()> {
    db.execute(
        "UPDATE item SET condition = ?2, version = version + 1 WHERE id = ?1",
        (item.id, AsWord(after)),
    )?;
    note_change(
        db,
        item.id,
        "CONDITION",
        item.condition.word(),
        after.word(),
        reason,
    )
}

pub(super) fn set_lifecycle(
    db: &mut Write<'_>,
    item: &Item,
    after: Lifecycle,
    reason: Option<&Text>,
) -> Fallible<()> {
    db.execute(
        "UPDATE item SET lifecycle = ?2, version = version + 1 WHERE id = ?1",
        (item.id, AsWord(after)),
    )?;
    note_change(
        db,
        item.id,
        "LIFECYCLE",
        item.lifecycle.word(),
        after.word(),
        reason,
    )
}

fn note_change(
    db: &mut Write<'_>,
    id: ItemId,
    axis: &str,
    before: &str,
    after: &str,
    reason: Option<&Text>,
) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute("INSERT INTO item_change(item_id, axis, before, after, reason, at, staff_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", (id, axis, before, after, reason, now, staff))?;
    Ok(())
}

pub(super) fn insert_report(
    db: &mut Write<'_>,
    item: &Item,
    report: &Report,
) -> Fallible<ReportId> {
    let (now, staff) = (db.now(), db.staff());
    Ok(ReportId(db.insert(
        "INSERT INTO condition_report(item_id, rental_id, before, after, note, expected_back, at, staff_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        (item.id, report.rental.map(|of| of.rental_id), AsWord(item.condition), AsWord(report.after), &report.note, report.expected_back, now, staff),
    )?))
}

pub(super) fn latest_change(db: Read<'_>, id: ItemId) -> Fallible<Option<LifecycleChange>> {
    db.maybe("SELECT after, reason, at, staff_id FROM item_change WHERE item_id = ?1 AND axis = 'LIFECYCLE' ORDER BY id DESC LIMIT 1", [id], |row| {
        Ok(LifecycleChange { after: row.get::<_, AsWord<Lifecycle>>(0)?.0, reason: row.get(1)?, at: row.get(2)?, staff: row.get(3)? })
    })
}

pub(super) fn lost_at(db: Read<'_>, id: ItemId) -> Fallible<Option<Moment>> {
    db.maybe(
        "SELECT at FROM item_change WHERE item_id = ?1 AND axis = 'LIFECYCLE' AND after = 'LOST' ORDER BY id DESC LIMIT 1",
        [id],
        |row| row.get(0),
    )
}

pub(super) fn reason_at(
    db: Read<'_>,
    id: ItemId,
    after: Lifecycle,
    at: Moment,
) -> Fallible<Option<Text>> {
    let found: Option<Option<Text>> =
        db.maybe("SELECT reason FROM item_change WHERE item_id = ?1 AND axis = 'LIFECYCLE' AND after = ?2 AND at = ?3 ORDER BY id DESC LIMIT 1", (id, AsWord(after), at), |row| {
            row.get(0)
        })?;
    Ok(found.flatten())
}

pub(super) fn note_at(
    db: Read<'_>,
    id: ItemId,
    after: Condition,
    at: Moment,
) -> Fallible<Option<Text>> {
    let found: Option<Option<Text>> =
        db.maybe("SELECT note FROM condition_report WHERE item_id = ?1 AND after = ?2 AND at = ?3 ORDER BY id DESC LIMIT 1", (id, AsWord(after), at), |row| row.get(0))?;
    Ok(found.flatten())
}

pub(super) fn insert_job(
    db: &mut Write<'_>,
    number: BenchNumber,
    id: ItemId,
    report: ReportId,
    expected_back: Option<Moment>,
) -> Fallible<()> {
    let now = db.now();
    db.execute("INSERT INTO bench_job(number, item_id, report_id, opened_at, expected_back) VALUES (?1, ?2, ?3, ?4, ?5)", (number, id, report, now, expected_back))?;
    Ok(())
}

pub(super) fn set_expected_back(
    db: &mut Write<'_>,
    id: ItemId,
    expected_back: Option<Moment>,
) -> Fallible<()> {
    db.execute(
        "UPDATE bench_job SET expected_back = ?2 WHERE item_id = ?1 AND closed_at IS NULL",
        (id, expected_back),
    )?;
    Ok(())
}

pub(super) fn close_job(
    db: &mut Write<'_>,
    id: ItemId,
    cost: Option<Money>,
    outcome: Option<&Text>,
) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute("UPDATE bench_job SET closed_at = ?2, closed_by = ?3, cost = ?4, outcome = ?5 WHERE item_id = ?1 AND closed_at IS NULL", (id, now, staff, cost, outcome))?;
    Ok(())
}

pub(super) fn item(db: Read<'_>, id: ItemId) -> Fallible<Option<Item>> {
    db.maybe(item_where!("WHERE id = ?1"), [id], an_item)
}

/// `ids` is a JSON list.
pub(super) fn items(db: Read<'_>, ids: &str) -> Fallible<Vec<Item>> {
    db.rows(
        item_where!("WHERE id IN (SELECT value FROM json_each(?1))"),
        [ids],
        an_item,
    )
}

pub(super) fn by_code(db: Read<'_>, code: &str) -> Fallible<Option<Item>> {
    db.maybe(item_where!("WHERE tag_code = ?1"), [code], an_item)
}

pub(super) fn with_serial(db: Read<'_>, serial: &Text) -> Fallible<Vec<Item>> {
    db.rows(item_where!("WHERE serial = ?1 LIMIT 10"), [serial], an_item)
}

pub(super) fn of_type_with_serial(
    db: Read<'_>,
    type_id: TypeId,
    serial: &Text,
) -> Fallible<Option<Item>> {
    db.maybe(
        item_where!("WHERE type_id = ?1 AND serial = ?2"),
        (type_id, serial),
        an_item,
    )
}

pub(super) fn with_short_tag(db: Read<'_>, letters: &str, number: i64) -> Fallible<Vec<Stock>> {
    let digits = number.to_string();
    let mut found: Vec<Stock> = db
        .rows(
            item_where!("WHERE tag_code >= ?1 || '0' AND tag_code < ?1 || ':' AND ltrim(substr(tag_code, length(?1) + 1), '0') = ltrim(?2, '0') LIMIT 10"),
            (letters, &digits),
            an_item,
        )?
        .into_iter()
        .map(Stock::Item)
        .collect();
    found.extend(
        db.rows(
            bulk_where!("WHERE tag_code >= ?1 || '0' AND tag_code < ?1 || ':' AND ltrim(substr(tag_code, length(?1) + 1), '0') = ltrim(?2, '0') LIMIT 10"),
            (letters, &digits),
            a_bulk,
        )?
        .into_iter()
        .map(Stock::Bulk),
    );
    Ok(found)
}

pub(super) fn tags_beginning(db: Read<'_>, code: &str, limit: i64) -> Fallible<Vec<Item>> {
    db.rows(
        item_where!("WHERE tag_code >= ?1 AND tag_code < ?1 || '~' ORDER BY tag_code LIMIT ?2"),
        (code, limit),
        an_item,
    )
}

pub(super) fn of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Item>> {
    db.rows(
        item_where!("WHERE type_id = ?1 ORDER BY tag_code"),
        [type_id],
        an_item,
    )
}

pub(super) fn all_items(db: Read<'_>) -> Fallible<Vec<Item>> {
    db.rows(item_where!("ORDER BY id"), [], an_item)
}

pub(super) fn count_items(db: Read<'_>) -> Fallible<i64> {
    db.one(
        "SELECT count(*) FROM item WHERE lifecycle <> 'RETIRED'",
        [],
        |row| row.get(0),
    )
}

pub(super) fn bulk_by_code(db: Read<'_>, code: &str) -> Fallible<Option<BulkStock>> {
    db.maybe(bulk_where!("WHERE tag_code = ?1"), [code], a_bulk)
}

pub(super) fn bulk_of_type(db: Read<'_>, type_id: TypeId) -> Fallible<Option<BulkStock>> {
    db.maybe(bulk_where!("WHERE type_id = ?1"), [type_id], a_bulk)
}

pub(super) fn all_bulk(db: Read<'_>) -> Fallible<Vec<BulkStock>> {
    db.rows(bulk_where!("ORDER BY type_id"), [], a_bulk)
}

pub(super) fn counts(db: Read<'_>, type_id: TypeId) -> Fallible<Counts> {
    let mut counts = Counts::default();
    for item in of_type(db, type_id)? {
        match item.state() {
            "RETIRED" => continue,
            "LOST" => counts.lost += 1,
            "OUT" => counts.out += 1,
            "IN" => counts.on_shelf += 1,
            _ => counts.bench += 1,
        }
        counts.owned += 1;
    }
    if let Some(bulk) = bulk_of_type(db, type_id)? {
        counts.owned += bulk.quantity;
        counts.out += bulk.out;
        counts.on_shelf += bulk.quantity - bulk.out;
    }
    Ok(counts)
}

pub(super) fn latest_report(db: Read<'_>, id: ItemId) -> Fallible<Option<ConditionReport>> {
    db.maybe("SELECT id, item_id, before, after, note, at FROM condition_report WHERE item_id = ?1 ORDER BY id DESC LIMIT 1", [id], a_report)
}

pub(super) fn report(db: Read<'_>, id: ReportId) -> Fallible<Option<ConditionReport>> {
    db.maybe(
        "SELECT id, item_id, before, after, note, at FROM condition_report WHERE id = ?1",
        [id],
        a_report,
    )
}

pub(super) fn open_job(db: Read<'_>, id: ItemId) -> Fallible<Option<BenchJob>> {
    db.maybe(
        job_where!("WHERE b.item_id = ?1 AND b.closed_at IS NULL"),
        [id],
        a_job,
    )
}

pub(super) fn open_jobs(db: Read<'_>) -> Fallible<Vec<BenchJob>> {
    db.rows(
        job_where!("WHERE b.closed_at IS NULL ORDER BY b.opened_at DESC, b.number DESC"),
        [],
        a_job,
    )
}

pub(super) fn jobs_closed_since(db: Read<'_>, since: Moment) -> Fallible<Vec<BenchJob>> {
    db.rows(
        job_where!("WHERE b.closed_at >= ?1 ORDER BY b.closed_at DESC"),
        [since],
        a_job,
    )
}

pub(super) fn jobs_opened_in(db: Read<'_>, period: Period) -> Fallible<Vec<BenchJob>> {
    db.rows(
        job_where!(
            "WHERE b.opened_at >= ?1 AND b.opened_at < ?2 ORDER BY b.opened_at DESC, b.number DESC"
        ),
        [period.start, period.end],
        a_job,
    )
}

pub(super) fn jobs_of(db: Read<'_>, id: ItemId) -> Fallible<Vec<BenchJob>> {
    db.rows(
        job_where!("WHERE b.item_id = ?1 ORDER BY b.opened_at DESC"),
        [id],
        a_job,
    )
}
