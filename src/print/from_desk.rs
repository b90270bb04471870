//! The papers as the desk composes them, made into pages.

use super::checklist::{CheckRow, Checklist};
use super::day_list::{Above, Block, DayKind, DayList, Row};
use super::walk::shelf_totals;
use crate::desk::{CheckPaper, DayPaper};
use crate::kernel::{AssetTag, Moment, ReservationNumber, Settings, Text};
use chrono::NaiveDate;

/// Who prints, and when: `Fri 08:02 Ana`.
pub fn printed_by(settings: &Settings, now: Moment, staff: Option<&Text>) -> String {
    let when = settings.zone.local(now).format("%a %H:%M").to_string();
    staff.map_or_else(|| when.clone(), |name| format!("{when} {name}"))
}

/// What a scanner shall read: the number with letters and digits alone.
fn bars(number: ReservationNumber) -> String {
    number
        .to_string()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

fn text(tag: &AssetTag) -> Text {
    Text::new(tag.as_str())
}

pub fn day_list(
    settings: &Settings,
    kind: DayKind,
    day: NaiveDate,
    paper: &DayPaper,
    now: Moment,
    printed: String,
) -> DayList {
    let zone = &settings.zone;
    let blocks: Vec<Block> = paper
        .blocks
        .iter()
        .map(|block| {
            // What began on another day, or ended on one, says which.
            let time = if zone.day(block.time) == day {
                zone.show_clock(block.time)
            } else {
                zone.show(block.time, now)
            };
            let other = zone.show(block.other, now);
            Block {
                number: block.number.to_string(),
                bars: bars(block.number),
                time,
                customer: block.customer.clone(),
                phone: block.phone.clone(),
                other_time: match kind {
                    DayKind::Pick => format!("back {other}"),
                    DayKind::Returns => format!("out since {other}"),
                },
                rows: block.rows.iter().map(row).collect(),
                notes: block.notes.clone(),
            }
        })
        .collect();
    let rows = || paper.blocks.iter().flat_map(|block| &block.rows);
    let shelves = shelf_totals(
        rows().map(|row| (row.shelf.as_ref(), row.quantity - row.short - row.to_come)),
    );
    let lines = |lines: &[String]| lines.iter().map(|line| Text::new(line)).collect();
    DayList {
        kind,
        shop: Text::new(settings.value("name")),
        day: zone.show_day(day),
        printed,
        blocks,
        shelves,
        short_items: rows().map(|row| row.short).sum(),
        items_to_come: rows().map(|row| row.to_come).sum(),
        short: lines(&paper.short),
        first_back: lines(&paper.first_back),
    }
}

fn row(row: &crate::desk::PaperRow) -> Row {
    Row {
        line: row.line.map(|line| line.0),
        of: row.of.as_ref().map(|above| Above {
            line: above.line.0,
            quantity: above.quantity,
            name: above.name.clone(),
        }),
        shelf: row.shelf.clone(),
        quantity: row.quantity,
        thing: row.thing.clone(),
        tags: row.tags.iter().map(text).collect(),
        counted: row.counted,
        // What it belongs to stands above it.
        note: row.note.clone().filter(|_| row.of.is_none()),
        packed: row.packed,
        pinned: row.pinned,
    }
}

pub fn checklist(
    settings: &Settings,
    paper: &CheckPaper,
    now: Moment,
    printed: String,
) -> Checklist {
    Checklist {
        shop: Text::new(settings.value("name")),
        number: paper.number.to_string(),
        bars: bars(paper.number),
        customer: paper.customer.clone(),
        out: settings.zone.show(paper.out, now),
        back: settings.zone.show(paper.back, now),
        rows: paper
            .rows
            .iter()
            .map(|thing| CheckRow {
                tag: thing
                    .tag
                    .as_ref()
                    .map_or_else(|| Text::new("________"), text),
                thing: thing.thing.clone(),
                serial: thing.serial.clone(),
                quantity: thing.quantity,
                contents: thing.contents.clone(),
                out_ok: thing.is_out,
                back_ok: thing.is_back,
                wrong: thing.wrong.clone(),
            })
            .collect(),
        foot: vec![Text::new("Something damaged or missing? Please tell us.")],
        printed,
    }
}
