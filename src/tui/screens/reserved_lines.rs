//! The lines of a reservation on Check-out: what is needed, what is in hand, which tags would do.
//!
//! ```text
//! -- LINE ------------------------ NEED HAVE -- TAGS ---------------
//!    ok  1  Sony FX6 body             2    2    CAM-0012 CAM-0013
//!    <>  2  Sony 24-70 GM II          1    1    LEN-0044 swapped
//!    --  3  Sennheiser G4 set         1    0    B2: AUD-0007 AUD-0009
//! ```

use crate::booking::{self, LineState, Thing};
use crate::desk::InHand;
use crate::inventory;
use crate::kernel::{Failure, Fallible, ItemId, ReservationId};
use crate::shop::Shop;
use crate::tui::place::{Row, RowKey, Section, Tone, column, number_column};

/// The section, and what it comes to: lines complete, lines in all, swaps.
pub struct Reserved {
    pub section: Section,
    pub complete: usize,
    pub all: usize,
    pub swaps: usize,
}

/// None where nothing was promised, or all of it went out.
pub fn reserved(shop: &Shop, id: ReservationId, in_hand: &InHand) -> Fallible<Option<Reserved>> {
    let db = shop.read();
    let things: Vec<Thing> = in_hand
        .things
        .iter()
        .map(|thing| {
            thing
                .item
                .map_or(Thing::Bulk(thing.type_id, thing.quantity), Thing::Item)
        })
        .collect();
    let placed = match booking::placed_on(db, id, &things, &in_hand.swaps) {
        Ok(placed) => placed,
        Err(Failure::Fault(fault)) => return Err(fault),
        Err(Failure::Refused(_)) => return Ok(None),
    };
    let all = booking::lines(db, id)?;
    let lines: Vec<booking::Line> = all
        .iter()
        .filter(|line| line.state != LineState::Dropped && !line.is_kit && line.rank > 0)
        .cloned()
        .collect();
    if !lines.iter().any(booking::Line::is_open) {
        return Ok(None);
    }
    let mut told = Reserved {
        section: Section::new("LINE", &[]),
        complete: 0,
        all: 0,
        swaps: 0,
    };
    let mut rows = Vec::new();
    for line in &lines {
        let number = booking::line_number(&all, line.id).unwrap_or_default();
        let (handed, _) = booking::handed(db, line.id)?;
        let need = line.quantity - handed;
        let mut have = 0;
        let mut tags = Vec::new();
        let mut swapped = false;
        let mut cases = Vec::new();
        for (thing, parts) in in_hand.things.iter().zip(&placed) {
            let part: i64 = parts
                .iter()
                .filter(|(on, _)| *on == Some(line.id))
                .map(|(_, count)| count)
                .sum();
            if part == 0 {
                continue;
            }
            have += part;
            let swap = in_hand
                .swaps
                .iter()
                .any(|(item, on)| Some(*item) == thing.item && *on == line.id);
            swapped |= swap;
            tags.push(if thing.item.is_none() {
                format!("{part} counted")
            } else {
                format!("{}{}", thing.tag, if swap { " swapped" } else { "" })
            });
            cases.extend(
                thing
                    .item
                    .map(|item| contents(shop, item))
                    .transpose()?
                    .flatten()
                    .map(|words| format!("        case {} must hold: {words}", thing.tag)),
            );
        }
        told.all += 1;
        told.swaps += usize::from(swapped);
        let (mark, tone) = match (need <= 0, have >= need, swapped) {
            (true, ..) => ("--", Tone::Past),
            (_, true, true) => ("<>", Tone::Attention),
            (_, true, false) => ("ok", Tone::Plain),
            _ => ("--", Tone::Plain),
        };
        told.complete += usize::from(have >= need);
        if need <= 0 {
            tags.push(format!("{handed} went out"));
        } else if have < need {
            tags.push(would_do(shop, line, in_hand)?);
        }
        let name = format!("{mark}{number:>3}  {}", line.type_name);
        rows.push(
            Row::new(
                RowKey::Line(line.id),
                [name, need.to_string(), have.to_string(), tags.join("  ")],
            )
            .toned(tone),
        );
        rows.extend(
            cases
                .into_iter()
                .map(|words| Row::wide(RowKey::Line(line.id), words)),
        );
    }
    let columns = [
        column(24, 46, 0),
        number_column(4, 4, 1),
        number_column(4, 4, 0),
        column(16, 40, 2),
    ];
    told.section = Section::new("LINE", &columns)
        .titled(&["NEED", "HAVE", "TAGS"])
        .rows(rows);
    Ok(Some(told))
}

/// The tags that the plan proposes, with their shelf; a named one is the only one that will do.
fn would_do(shop: &Shop, line: &booking::Line, in_hand: &InHand) -> Fallible<String> {
    let db = shop.read();
    if let Some(Ok(item)) = line.pin.map(|item| inventory::known(db, item)) {
        let shelf = item
            .location
            .map(|location| format!("{location}: "))
            .unwrap_or_default();
        return Ok(format!("{shelf}{} only", item.tag));
    }
    if let Some(bulk) = inventory::bulk_of_type(db, line.type_id)? {
        return Ok(format!(
            "{}{} (count)",
            bulk.location
                .map(|location| format!("{location}: "))
                .unwrap_or_default(),
            bulk.tag
        ));
    }
    let planned = booking::plan_of(db, &shop.settings, line.type_id, shop.now())?
        .remove(&line.id)
        .unwrap_or_default();
    let mut tags = Vec::new();
    let mut shelf = None;
    for item in planned
        .into_iter()
        .filter(|item| !in_hand.things.iter().any(|thing| thing.item == Some(*item)))
    {
        if let Ok(item) = inventory::known(db, item) {
            shelf = shelf.or(item.location);
            tags.push(if item.out {
                format!("{} (still out)", item.tag)
            } else {
                item.tag.to_string()
            });
        }
    }
    tags.sort();
    if tags.is_empty() {
        return Ok("none is free".to_owned());
    }
    Ok(format!(
        "{}{}",
        shelf.map(|shelf| format!("{shelf}: ")).unwrap_or_default(),
        tags.join(" ")
    ))
}

/// What a case must hold; none where it is no case.
fn contents(shop: &Shop, item: ItemId) -> Fallible<Option<String>> {
    let db = shop.read();
    let held = inventory::contents(db, item)?;
    if held.is_empty() {
        return Ok(None);
    }
    Ok(Some(
        held.iter()
            .map(|content| content.tag.to_string())
            .collect::<Vec<_>>()
            .join(", "),
    ))
}
