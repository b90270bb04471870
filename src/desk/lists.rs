//! The papers of a day, composed: what to take from which shelf, what is due back, what belongs to
//! one reservation. Tags are proposed from the soft plan, made anew each time; nothing here is
//! kept.

use super::day::{left_of, waiting};
use super::picking::{Plans, ToPick, Walk};
use super::views::refused_is_fault;
use crate::booking::{
    self, Line, LineState, Rental, RentalState, Reservation, ReservationState, Shortage,
};
use crate::catalog;
use crate::customers;
use crate::events::Event;
use crate::inventory;
use crate::kernel::{
    AssetTag, Fallible, ItemId, LineId, Moment, ReservationId, ReservationNumber, Settings, Text,
    TypeId,
};
use crate::store::{Read, Write};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// The paper of one day.
#[derive(Clone, Default, Debug)]
pub struct DayPaper {
    /// One for each reservation, soonest first.
    pub blocks: Vec<PaperBlock>,
    /// What is short on the day, a sentence each.
    pub short: Vec<String>,
    /// What must come back before it can go out, a sentence each.
    pub first_back: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct PaperBlock {
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub customer: Text,
    pub phone: Option<Text>,
    /// When it goes out, or is due.
    pub time: Moment,
    /// When it is due, or went out.
    pub other: Moment,
    pub rows: Vec<PaperRow>,
    pub notes: Vec<Text>,
}

#[derive(Clone, Default, Debug)]
pub struct PaperRow {
    pub shelf: Option<Text>,
    pub quantity: i64,
    pub thing: Text,
    /// To pick: the items that would do. To come back: those that are out.
    pub tags: Vec<AssetTag>,
    /// Counted stock, without tags.
    pub counted: bool,
    pub note: Option<Text>,
    pub packed: i64,
    /// Only that item will do.
    pub pinned: bool,
    /// The line it fulfils.
    pub line: Option<LineId>,
    /// The kit it is a part of, or the gear it goes along with.
    pub of: Option<Above>,
    /// To pick: how many of the quantity cannot be had at all.
    pub short: i64,
    /// To pick: how many of the quantity must come back first.
    pub to_come: i64,
}

/// A line that others belong to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Above {
    pub line: LineId,
    pub quantity: i64,
    pub name: Text,
}

/// What goes out on a day: what of it lies where, and what stands in the way.
pub fn pick_list(
    db: Read<'_>,
    settings: &Settings,
    day: NaiveDate,
    now: Moment,
) -> Fallible<DayPaper> {
    let mut paper = DayPaper::default();
    let mut walk = Walk::new(db, settings, now);
    let of_day = waiting(db, settings, day, now)?;
    let own: BTreeSet<ReservationId> = of_day.iter().map(|(found, _)| found.id).collect();
    let mut short = booking::shortages(db, settings, now)?;
    short.retain(|short| own.contains(&short.reservation));
    for (found, lines) in of_day {
        let mut block = block_of(db, &found, found.start, found.end)?;
        for line in lines.iter().filter(|line| line.is_open() && !line.is_kit) {
            let (left, packed) = left_of(db, line)?;
            if left > 0 {
                let short = short
                    .iter()
                    .filter(|short| short.line == line.id)
                    .map(|short| short.missing)
                    .sum();
                block.rows.push(walk.row(&ToPick {
                    found: &found,
                    line,
                    lines: &lines,
                    left,
                    packed,
                    short,
                })?);
            }
        }
        if let (ReservationState::Hold, Some(lapses)) = (found.state, found.hold_lapses_at) {
            block.notes.push(Text::new(&format!(
                "only a hold, until {}: to be confirmed",
                settings.zone.show(lapses, now)
            )));
        }
        block
            .notes
            .extend(short_of(&short, found.id, &lines).map(|words| Text::new(&words)));
        paper.blocks.push(block);
    }
    paper.first_back = walk.first_back;
    for harm in &short {
        paper.short.push(format!(
            "{}: {}",
            booking::harm_in_words(db, settings, harm, now)?,
            harm.why()
        ));
    }
    Ok(paper)
}

fn block_of(
    db: Read<'_>,
    found: &Reservation,
    time: Moment,
    other: Moment,
) -> Fallible<PaperBlock> {
    let person = found
        .customer
        .map(|id| refused_is_fault(customers::known(db, id)))
        .transpose()?;
    Ok(PaperBlock {
        reservation: found.id,
        number: found.number,
        customer: person
            .as_ref()
            .map(|person| person.profile.name.clone())
            .unwrap_or_default(),
        phone: person.and_then(|person| person.profile.phone),
        time,
        other,
        rows: Vec::new(),
        notes: found.note.iter().cloned().collect(),
    })
}

fn short_of<'a>(
    short: &'a [Shortage],
    id: ReservationId,
    lines: &'a [Line],
) -> impl Iterator<Item = String> + 'a {
    short
        .iter()
        .filter(move |short| short.reservation == id)
        .map(|short| {
            let name = lines
                .iter()
                .find(|line| line.id == short.line)
                .map(|line| line.type_name.to_string())
                .unwrap_or_default();
            format!("{} x {name} short: {}", short.missing, short.why())
        })
}

/// What is due back on a day and still out, by the time it is due; today before all what is late
/// already. What is to leave and come back that same day stands there too, and that it is not out
/// yet.
pub fn returns_list(
    db: Read<'_>,
    settings: &Settings,
    day: NaiveDate,
    now: Moment,
) -> Fallible<DayPaper> {
    let window = settings.zone.day_period(day);
    let mut due: Vec<Rental> = Vec::new();
    if window.contains(now) {
        // What is late already may come on any day: it stands on today's, the latest first.
        due.extend(
            booking::overdue(db, now)?
                .into_iter()
                .filter(|rental| rental.due_at < window.start),
        );
    }
    due.extend(booking::due_in(db, window)?);
    let names = catalog::names(db, due.iter().map(|rental| rental.type_id))?;
    let mut paper = DayPaper::default();
    for rental in due {
        let place = match paper
            .blocks
            .iter()
            .position(|block| block.reservation == rental.reservation)
        {
            Some(place) => place,
            None => {
                let found = refused_is_fault(booking::reservation(db, rental.reservation))?;
                let mut block = block_of(db, &found, rental.due_at, rental.out_at)?;
                if rental.due_at < now {
                    block.notes.insert(
                        0,
                        Text::new(&format!(
                            "LATE, was due {}",
                            settings.zone.show(rental.due_at, now)
                        )),
                    );
                }
                paper.blocks.push(block);
                paper.blocks.len() - 1
            }
        };
        let (tag, shelf) = match rental.item {
            Some(item) => refused_is_fault(inventory::known(db, item))
                .map(|item| (Some(item.tag), item.location))?,
            None => (
                None,
                inventory::bulk_of_type(db, rental.type_id)?.and_then(|bulk| bulk.location),
            ),
        };
        let thing = names.get(&rental.type_id).cloned().unwrap_or_default();
        let counted = rental.item.is_none();
        let rows = &mut paper.blocks[place].rows;
        match rows
            .iter_mut()
            .find(|row| row.thing == thing && row.counted == counted && row.shelf == shelf)
        {
            Some(row) => {
                row.quantity += rental.quantity;
                row.tags.extend(tag);
            }
            None => rows.push(PaperRow {
                shelf,
                quantity: rental.quantity,
                thing,
                tags: tag.into_iter().collect(),
                counted,
                ..PaperRow::default()
            }),
        }
    }
    for (found, lines) in not_out_yet(db, settings, day, now)? {
        add_not_out(db, settings, &mut paper, &found, &lines, now)?;
    }
    Ok(paper)
}

/// What is promised to leave on a day and to come back on it.
fn not_out_yet(
    db: Read<'_>,
    settings: &Settings,
    day: NaiveDate,
    now: Moment,
) -> Fallible<Vec<(Reservation, Vec<Line>)>> {
    let mut of_day = waiting(db, settings, day, now)?;
    let whole = settings.zone.day_period(day);
    of_day.retain(|(found, _)| {
        found.state != ReservationState::Hold
            && whole.contains(found.start)
            && whole.contains(found.end)
            && found.end > now
    });
    of_day.sort_by_key(|(found, _)| (found.end, found.number));
    Ok(of_day)
}

fn add_not_out(
    db: Read<'_>,
    settings: &Settings,
    paper: &mut DayPaper,
    found: &Reservation,
    lines: &[Line],
    now: Moment,
) -> Fallible<()> {
    let mut rows = Vec::new();
    for line in lines.iter().filter(|line| line.is_open() && !line.is_kit) {
        let (left, _) = left_of(db, line)?;
        if left < 1 {
            continue;
        }
        let bulk = inventory::bulk_of_type(db, line.type_id)?;
        let (counted, shelf) = (bulk.is_some(), bulk.and_then(|bulk| bulk.location));
        rows.push(PaperRow {
            shelf,
            quantity: left,
            thing: line.type_name.clone(),
            counted,
            note: Some(Text::new("not out yet")),
            ..PaperRow::default()
        });
    }
    if let Some(block) = paper
        .blocks
        .iter_mut()
        .find(|block| block.reservation == found.id)
    {
        block.rows.extend(rows);
        return Ok(());
    }
    let mut block = block_of(db, found, found.end, found.start)?;
    block.notes.insert(
        0,
        Text::new(&format!(
            "not out yet: leaves {}",
            settings.zone.show(found.start, now)
        )),
    );
    block.rows = rows;
    let place = paper
        .blocks
        .iter()
        .position(|known| known.time > found.end)
        .unwrap_or(paper.blocks.len());
    paper.blocks.insert(place, block);
    Ok(())
}

/// Writes down that a pick list is on paper or in a file, and how much it knew: somebody walks by
/// it.
pub fn note_pick_list(
    db: &mut Write<'_>,
    date: NaiveDate,
    reservation_ids: Vec<ReservationId>,
    through_seq: i64,
) -> Fallible<()> {
    db.publish(&Event::PickListPrinted {
        date: date.to_string(),
        reservation_ids,
        through_seq,
    })?;
    Ok(())
}

/// What belongs to one reservation, thing by thing: what is out or was, then what is still to go.
#[derive(Clone, Debug)]
pub struct CheckPaper {
    pub number: ReservationNumber,
    pub customer: Text,
    pub out: Moment,
    pub back: Moment,
    pub rows: Vec<CheckThing>,
}

#[derive(Clone, Default, Debug)]
pub struct CheckThing {
    /// Nothing: any of the type will do.
    pub tag: Option<AssetTag>,
    pub thing: Text,
    pub serial: Option<Text>,
    pub quantity: i64,
    pub contents: Vec<Text>,
    pub is_out: bool,
    pub is_back: bool,
    pub wrong: Option<Text>,
}

pub fn checklist(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    now: Moment,
) -> Fallible<CheckPaper> {
    let found = refused_is_fault(booking::reservation(db, id))?;
    let mut rentals = booking::rentals_of(db, id)?;
    rentals.retain(|rental| rental.state != RentalState::Returned || rental.outcome.is_some());
    let mut rows = Vec::new();
    for rental in &rentals {
        let wrong = match (&rental.missing, rental.state) {
            (Some(missing), _) => Some(Text::new(&format!("missing: {missing}"))),
            (None, RentalState::Lost) => Some(Text::new("lost")),
            (None, _) => rental.note.clone(),
        };
        let is_back = rental.state == RentalState::Returned;
        rows.push(CheckThing {
            quantity: rental.quantity,
            is_out: true,
            is_back,
            wrong,
            ..thing(db, rental.type_id, rental.item)?
        });
    }
    let mut plans = Plans::new(db, settings, now);
    for line in booking::lines(db, id)?
        .iter()
        .filter(|line| line.is_open() && line.state != LineState::Dropped && !line.is_kit)
    {
        let (left, _) = left_of(db, line)?;
        if left < 1 {
            continue;
        }
        if inventory::is_counted(db, line.type_id)? {
            rows.push(CheckThing {
                quantity: left,
                ..thing(db, line.type_id, None)?
            });
            continue;
        }
        // The very item is only known where the line names it: another may be scanned.
        let pin = line.pin.into_iter().chain(if line.pin.is_none() {
            plans.of(line)?
        } else {
            Vec::new()
        });
        let mut known: Vec<Option<ItemId>> = pin.map(Some).collect();
        known.resize(usize::try_from(left).unwrap_or_default(), None);
        for item in known {
            rows.push(CheckThing {
                quantity: 1,
                ..thing(db, line.type_id, item)?
            });
        }
    }
    let person = found
        .customer
        .map(|id| refused_is_fault(customers::known(db, id)))
        .transpose()?;
    Ok(CheckPaper {
        number: found.number,
        customer: person.map(|person| person.profile.name).unwrap_or_default(),
        out: rentals
            .iter()
            .map(|rental| rental.out_at)
            .min()
            .unwrap_or(found.start),
        back: found.end,
        rows,
    })
}

fn thing(db: Read<'_>, type_id: TypeId, item: Option<ItemId>) -> Fallible<CheckThing> {
    let details = refused_is_fault(catalog::type_details(db, type_id))?.details;
    let item = item
        .map(|id| refused_is_fault(inventory::known(db, id)))
        .transpose()?;
    let tag = match &item {
        Some(item) => Some(item.tag.clone()),
        None => inventory::bulk_of_type(db, type_id)?.map(|bulk| bulk.tag),
    };
    let mut parts = details.contents;
    if let Some(case) = &item {
        let packed: Vec<inventory::Content> = inventory::contents(db, case.id)?
            .into_iter()
            .filter(|content| content.packed)
            .collect();
        let names = catalog::names(db, packed.iter().map(|content| content.type_id))?;
        parts.extend(packed.iter().map(|content| {
            Text::new(&format!(
                "{} {}",
                content.tag,
                names.get(&content.type_id).map_or("", Text::as_str)
            ))
        }));
    }
    Ok(CheckThing {
        tag,
        thing: details.name,
        serial: item.and_then(|item| item.serial),
        contents: parts,
        ..CheckThing::default()
    })
}
