//! The bench: first what makes a reservation short, then the other open repairs, what is set aside,
//! and what was mended this week.
//!
//! ```text
//! -- HURTS SOON  1  (a reservation is short until this is fixed) ----------
//!  > B-0210  CAM-0014  Sony FX6 body   fan noise   needed Sat 22 Nov R-1047
//! -- OPEN  2 ---------------------------------------------------------------
//!    B-0209  LGT-0012  Nanlite 300     flickers    back ~28 Nov
//! ```

use crate::booking::{self, Shortage};
use crate::desk::{self, BenchRow};
use crate::inventory::{self, BlockKind, Condition};
use crate::kernel::{Fallible, Moment, TypeId};
use crate::shop::Shop;
use crate::tui::place::{Column, Page, Row, RowKey, Section, Tone, column};
use std::collections::BTreeMap;

const JOB: &[Column] = &[
    column(6, 8, 4),
    column(9, 11, 0),
    column(10, 28, 2),
    column(8, 30, 1),
    column(7, 20, 3),
    column(17, 30, 0),
];

pub fn page(shop: &Shop) -> Fallible<Page> {
    let db = shop.read();
    let now = shop.now();
    let open = desk::bench_rows(db, inventory::open_jobs(db)?)?;
    let done = desk::bench_rows(
        db,
        inventory::jobs_closed_since(db, Moment(now.0 - 7 * 86_400))?,
    )?;
    let needed = needed(shop, &open)?;
    let (mut hurts, mut others) = (Vec::new(), Vec::new());
    for row in &open {
        match needed.get(&row.job.type_id) {
            Some(short) => hurts.push((short.during.start, hurting_row(shop, row, short)?)),
            None => others.push(open_row(shop, row)),
        }
    }
    hurts.sort_by_key(|(start, _)| *start);
    let hurts: Vec<Row> = hurts.into_iter().map(|(_, row)| row).collect();
    let done_rows: Vec<Row> = done.iter().map(|row| done_row(shop, row)).collect();
    let aside = aside_rows(shop)?;
    Ok(Page {
        title: "BENCH".to_owned(),
        label: "Scan".to_owned(),
        hint: "scan an item: report on it, or make it good again".to_owned(),
        sections: vec![
            Section::new(
                format!(
                    "HURTS SOON  {}  (a reservation is short until this is fixed)",
                    hurts.len()
                ),
                JOB,
            )
            .rows(hurts)
            .empty("no repair keeps anybody waiting"),
            Section::new(format!("OPEN  {}", others.len()), JOB)
                .rows(others)
                .empty(if open.is_empty() {
                    "everything works"
                } else {
                    "nothing else is broken"
                }),
            Section::new(
                format!("SET ASIDE  {}", aside.len()),
                &[
                    column(9, 11, 0),
                    column(10, 28, 2),
                    column(8, 34, 1),
                    column(12, 40, 0),
                ],
            )
            .rows(aside)
            .empty("nothing is set aside   :block sets the selected item aside"),
            Section::new(format!("DONE THIS WEEK  {}", done_rows.len()), JOB)
                .rows(done_rows)
                .empty("nothing was mended this week"),
        ],
        ..Page::default()
    })
}

/// Of each type on the bench, the soonest promise that is short, whatever made it so: a repair
/// would mend it.
fn needed(shop: &Shop, open: &[BenchRow]) -> Fallible<BTreeMap<TypeId, Shortage>> {
    let mut needed = BTreeMap::new();
    for short in booking::shortages_of(
        shop.read(),
        &shop.settings,
        open.iter().map(|row| row.job.type_id),
        shop.now(),
    )? {
        needed.entry(short.type_id).or_insert(short);
    }
    Ok(needed)
}

fn job_cells(shop: &Shop, row: &BenchRow, about: String) -> Row {
    let job = &row.job;
    let zone = &shop.settings.zone;
    let since = match (zone.day(shop.now()) - zone.day(job.opened_at)).num_days() {
        ..=0 => "today".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    };
    let trouble = job.trouble.clone().unwrap_or_default().to_string();
    Row::new(
        RowKey::Item(job.item),
        [
            job.number.to_string(),
            job.tag.to_string(),
            row.thing.to_string(),
            trouble,
            since,
            about,
        ],
    )
}

fn hurting_row(shop: &Shop, row: &BenchRow, short: &Shortage) -> Fallible<Row> {
    let found = booking::number_of(shop.read(), short.reservation)?;
    let zone = &shop.settings.zone;
    let (today, day) = (zone.day(shop.now()), zone.day(short.during.start));
    // Within a week the weekday says it all.
    let day = day.format(if (day - today).num_days() < 7 {
        "%a"
    } else {
        "%a %-d %b"
    });
    Ok(job_cells(shop, row, format!("needed {day} {found}")).toned(Tone::Bad))
}

fn open_row(shop: &Shop, row: &BenchRow) -> Row {
    let job = &row.job;
    let about = match (&job.expected_back, &row.from) {
        (Some(back), _) if *back < shop.now() => format!(
            "was to be back {}",
            shop.settings.zone.day(*back).format("%-d %b")
        ),
        (Some(back), _) => format!("back ~{}", shop.settings.zone.day(*back).format("%-d %b")),
        (None, Some((customer, number))) => format!("from {customer} {number}"),
        (None, None) if job.condition == Condition::UnderMaintenance => {
            "under maintenance".to_owned()
        }
        _ => String::new(),
    };
    job_cells(shop, row, about).toned(Tone::Bench)
}

fn done_row(shop: &Shop, row: &BenchRow) -> Row {
    let cost = row
        .job
        .cost
        .map(|cost| shop.settings.currency.show(cost))
        .unwrap_or_default();
    let when = row
        .job
        .closed_at
        .map(|at| shop.settings.zone.show(at, shop.now()))
        .unwrap_or_default();
    let outcome = row
        .job
        .outcome
        .clone()
        .or(row.job.trouble.clone())
        .unwrap_or_default();
    Row::new(
        RowKey::Item(row.job.item),
        [
            row.job.number.to_string(),
            row.job.tag.to_string(),
            row.thing.to_string(),
            outcome.to_string(),
            when,
            cost,
        ],
    )
    .toned(Tone::Past)
}

/// What somebody set aside and nobody has put back.
fn aside_rows(shop: &Shop) -> Fallible<Vec<Row>> {
    let (db, now, zone) = (shop.read(), shop.now(), &shop.settings.zone);
    let blocks: Vec<inventory::Block> = inventory::open_blocks(db, now)?
        .into_iter()
        .filter(|block| block.kind == BlockKind::Blackout)
        .collect();
    let names = crate::catalog::names(db, blocks.iter().map(|block| block.type_id))?;
    let mut rows = Vec::new();
    for block in blocks {
        let tag = match block.item {
            Some(item) => inventory::tag_of(db, item)?.map(|tag| tag.to_string()),
            None => inventory::bulk_of_type(db, block.type_id)?.map(|bulk| bulk.tag.to_string()),
        };
        let count = if block.item.is_none() {
            format!("{} x ", block.quantity)
        } else {
            String::new()
        };
        let from = if block.start > now {
            format!("from {} ", zone.show(block.start, now))
        } else {
            String::new()
        };
        let until = block.end.map_or_else(
            || "until somebody ends it".to_owned(),
            |end| format!("until {}", zone.show(end, now)),
        );
        let name = names.get(&block.type_id).cloned().unwrap_or_default();
        let key = block.item.map_or(RowKey::Type(block.type_id), RowKey::Item);
        rows.push(
            Row::new(
                key,
                [
                    tag.unwrap_or_default(),
                    format!("{count}{name}"),
                    block.reason.clone().unwrap_or_default().to_string(),
                    format!("{from}{until}"),
                ],
            )
            .toned(Tone::Bench),
        );
    }
    Ok(rows)
}
