//! Who will be disappointed, when, by how many, and why; and the soft plan of tags.

use super::super::model::ReservationState;
use super::answer::{Blocker, each_cause_first};
use super::{Look, Span, ledger, lines_table, table};
use crate::events::{Event, Recorded};
use crate::inventory;
use crate::kernel::text::width;
use crate::kernel::{Fallible, ItemId, LineId, Moment, Period, ReservationId, Settings, TypeId};
use crate::store::{Read, Write};
use std::collections::{BTreeMap, BTreeSet};

crate::words_in_columns! {
    /// What made a promise too many.
    Cause { Withdrawn = "WITHDRAWN", Overdue = "OVERDUE", Bench = "BENCH", Lost = "LOST", SetAside = "SET_ASIDE", Out = "OUT", Promised = "PROMISED" }
}

impl Cause {
    /// As short as it can be said.
    pub fn short_word(self) -> &'static str {
        match self {
            Cause::Withdrawn => "withdrawn",
            Cause::Overdue => "overdue",
            Cause::Bench => "on the bench",
            Cause::Lost => "lost",
            Cause::SetAside => "set aside",
            Cause::Out => "out",
            Cause::Promised => "promised",
        }
    }

    /// What comes first among several says what they are of: gear.
    fn in_sentence(self) -> &'static str {
        match self {
            Cause::Withdrawn => "the type is withdrawn",
            Cause::Out => "out with others until then",
            Cause::Promised => "more is promised than there is",
            _ => self.short_word(),
        }
    }
}

/// A line of which not everything can be had.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shortage {
    pub type_id: TypeId,
    pub line: LineId,
    pub reservation: ReservationId,
    pub during: Period,
    pub missing: i64,
    /// Every one there is, what weighs most first; never none.
    pub causes: Vec<Cause>,
}

impl Shortage {
    /// What weighs most.
    pub fn cause(&self) -> Cause {
        self.causes.first().copied().unwrap_or(Cause::Promised)
    }

    /// `gear is overdue, on the bench`
    pub fn why(&self) -> String {
        let words: Vec<&str> = self
            .causes
            .iter()
            .map(|cause| cause.in_sentence())
            .collect();
        let alone = matches!(self.cause(), Cause::Withdrawn | Cause::Promised);
        format!(
            "{}{}",
            if alone { "" } else { "gear is " },
            words.join(", ")
        )
    }

    /// The same in a column: `overdue, on the bench +2 more` where it has no room for all of it.
    pub fn why_within(&self, columns: usize) -> String {
        let whole = self.why();
        if width(&whole) <= columns {
            return whole;
        }
        let words: Vec<&str> = self.causes.iter().map(|cause| cause.short_word()).collect();
        let told = |count: usize| match words.len() - count {
            0 => words.join(", "),
            more => format!("{} +{more} more", words[..count].join(", ")),
        };
        (1..=words.len())
            .rev()
            .map(told)
            .find(|told| width(told) <= columns)
            .unwrap_or_else(|| told(1.min(words.len())))
    }
}

/// Everything that is short at this moment, what overdue gear adds included, soonest first.
pub fn shortages(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<Vec<Shortage>> {
    db.at_once(|| {
        let look = Look::new(settings, now, None);
        let mut types: BTreeSet<TypeId> =
            table::all(db)?.into_iter().map(|row| row.type_id).collect();
        types.extend(table::overdue_types(db, look.now)?);
        types.extend(inventory::types_still_on_bench(db, look.now)?);
        let mut found = Vec::new();
        for type_id in types {
            found.extend(of_type(db, type_id, look)?);
        }
        found.sort_by_key(|short| (short.during.start, short.line));
        Ok(found)
    })
}

/// What of these reservations is short.
pub fn shortages_of(
    db: Read<'_>,
    settings: &Settings,
    type_ids: impl IntoIterator<Item = TypeId>,
    now: Moment,
) -> Fallible<Vec<Shortage>> {
    db.at_once(|| {
        let look = Look::new(settings, now, None);
        let types: BTreeSet<TypeId> = type_ids.into_iter().collect();
        let mut found = Vec::new();
        for type_id in types {
            found.extend(of_type(db, type_id, look)?);
        }
        found.sort_by_key(|short| (short.during.start, short.line));
        Ok(found)
    })
}

fn of_type(db: Read<'_>, type_id: TypeId, look: Look) -> Fallible<Vec<Shortage>> {
    if !table::has_promises(db, type_id)? {
        return Ok(Vec::new());
    }
    let short = ledger(db, type_id, Span::All, look)?.shortfall();
    let mut found = Vec::new();
    for short in short {
        let causes = causes_of(db, type_id, short.reservation, short.during, look)?;
        found.push(Shortage {
            type_id,
            line: short.line,
            reservation: short.reservation,
            during: short.during,
            missing: short.missing,
            causes,
        });
    }
    Ok(found)
}

fn causes_of(
    db: Read<'_>,
    type_id: TypeId,
    own: ReservationId,
    during: Period,
    look: Look,
) -> Fallible<Vec<Cause>> {
    if crate::catalog::is_withdrawn(db, type_id)? {
        return Ok(vec![Cause::Withdrawn]);
    }
    let out = table::out_of_type(db, type_id)?;
    let is_late = |out: &table::Out| out.due_at < look.now && look.overdue_until > during.start;
    let capacity = inventory::capacity(db, type_id, look.now, look.overdue_until)?;
    let away = |why: inventory::Why| {
        capacity
            .absences
            .iter()
            .any(|absence| absence.why == why && absence.window.overlaps(&during))
    };
    let missing = inventory::missing_items(db, type_id)?;
    let with_others = |out: &&table::Out| {
        out.reservation != own && out.out_at < during.end && out.free_at > during.start
    };
    let causes = [
        (Cause::Overdue, out.iter().any(is_late)),
        (
            Cause::Bench,
            away(inventory::Why::Bench) || missing.iter().any(|item| item.state != "lost"),
        ),
        (
            Cause::SetAside,
            away(inventory::Why::SetAside) || away(inventory::Why::Turnaround),
        ),
        (Cause::Lost, missing.iter().any(|item| item.state == "lost")),
        (
            Cause::Out,
            out.iter().filter(with_others).any(|out| !is_late(out)),
        ),
    ];
    let found: Vec<Cause> = causes
        .into_iter()
        .filter_map(|(cause, is_one)| is_one.then_some(cause))
        .collect();
    Ok(if found.is_empty() {
        vec![Cause::Promised]
    } else {
        found
    })
}

/// Who and what is in the way of a line that is short: one of every cause first.
pub fn in_the_way(
    db: Read<'_>,
    settings: &Settings,
    short: &Shortage,
    now: Moment,
) -> Fallible<Vec<Blocker>> {
    let look = Look::new(settings, now, Some(short.reservation));
    let mut found = super::answer::blockers(db, short.type_id, short.during, look)?;
    found.retain(|blocker| {
        blocker
            .reservation
            .is_none_or(|(id, _)| id != short.reservation)
    });
    Ok(each_cause_first(found))
}

/// Which tags would serve which lines of a type, as things stand: a proposal for the pick list,
/// made anew whenever it is asked for.
pub fn plan_of(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    now: Moment,
) -> Fallible<BTreeMap<LineId, Vec<ItemId>>> {
    let look = Look::new(settings, now, None);
    let ledger = ledger(db, type_id, Span::All, look)?;
    let plan = ledger.plan();
    let late: Vec<ItemId> = table::out_now(db, type_id)?
        .into_iter()
        .filter(|(due, ..)| *due < look.now)
        .filter_map(|(.., item)| item)
        .collect();
    if late.is_empty() {
        return Ok(plan);
    }
    // Nobody knows when what is late comes: it is counted on only where the others do not do.
    let mut surer = ledger;
    surer.shelves.retain(|shelf| !late.contains(&shelf.item));
    surer.total = i64::try_from(surer.shelves.len())?;
    let surer = surer.plan();
    // Others served by as many is not as good: who comes first is served first.
    let serves = |line: &LineId| surer.get(line).map_or(0, Vec::len);
    Ok(
        if plan.iter().all(|(line, items)| serves(line) == items.len()) {
            surer
        } else {
            plan
        },
    )
}

/// Subscriber `shortages`: whatever may change what a type has, or has promised, counts that type
/// again. The rows are a function of the promises alone, not of the clock, so that making them
/// again gives the same rows; what the clock adds is added when they are read.
pub fn on_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let Some(fact) = &event.event else {
        return Ok(());
    };
    let mut types = touched(fact);
    types.extend(line_fulfilled(db.read(), fact)?);
    for type_id in types {
        if table::was_short(db.read(), type_id)? {
            table::clear(db, type_id)?;
        }
        // Most of what happens happens to types that nobody waits for.
        for short in of_type(db.read(), type_id, Look::timeless())? {
            let row = table::Row {
                type_id,
                line: short.line,
                reservation: short.reservation,
                during: short.during,
                missing: short.missing,
                cause: short.cause().word().to_owned(),
            };
            table::insert(db, &row)?;
        }
    }
    Ok(())
}

/// The type that was promised where another went out in its place, or came back from there.
fn line_fulfilled(db: Read<'_>, fact: &Event) -> Fallible<Option<TypeId>> {
    let line = match fact {
        Event::EquipmentCheckedOut(out) => Some(out.line_id),
        Event::EquipmentCheckedIn(back) => {
            lines_table::rental(db, back.rental_id)?.map(|rental| rental.line)
        }
        _ => None,
    };
    Ok(line
        .map(|line| lines_table::line(db, line))
        .transpose()?
        .flatten()
        .map(|line| line.type_id))
}

/// The types whose promises or whose stock an event may have changed.
fn touched(fact: &Event) -> BTreeSet<TypeId> {
    use Event::*;
    match fact {
        // Made and confirmed in one breath: the fact that follows counts once for both.
        ReservationCreated { state, .. } if state == ReservationState::Confirmed.word() => {
            BTreeSet::new()
        }
        ReservationCreated { lines, .. }
        | ReservationCancelled { lines, .. }
        | ReservationExpired { lines, .. } => lines.iter().map(|line| line.type_id).collect(),
        ReservationConfirmed { lines, .. } => lines.iter().map(|line| line.type_id).collect(),
        ReservationChanged { before, after, .. } => before
            .lines
            .iter()
            .chain(&after.lines)
            .map(|line| line.type_id)
            .collect(),
        EquipmentCheckedOut(out) => BTreeSet::from([out.type_id]),
        EquipmentCheckedIn(back) => BTreeSet::from([back.type_id]),
        EquipmentConditionUpdated { type_id, .. }
        | EquipmentAdded { type_id, .. }
        | EquipmentLost { type_id, .. }
        | EquipmentFound { type_id, .. }
        | EquipmentRetired { type_id, .. }
        | EquipmentBlocked { type_id, .. }
        | EquipmentUnblocked { type_id, .. }
        | RentalExtended { type_id, .. }
        | EquipmentTypeChanged { type_id, .. }
        | EquipmentTypeWithdrawn { type_id, .. } => BTreeSet::from([*type_id]),
        _ => BTreeSet::new(),
    }
}

pub fn truncate(db: &mut Write<'_>) -> Fallible<()> {
    table::truncate(db)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_names_as_many_causes_as_it_has_room_for() {
        let short = |causes: &[Cause]| Shortage {
            type_id: TypeId(1),
            line: LineId(1),
            reservation: ReservationId(1),
            during: Period::ALL,
            missing: 1,
            causes: causes.to_vec(),
        };
        let many = [Cause::Overdue, Cause::Bench, Cause::Lost, Cause::Out];
        for (causes, columns, expect) in [
            (&many[..1], 40, "gear is overdue"),
            (&many[..1], 10, "overdue"),
            (&many[..2], 40, "gear is overdue, on the bench"),
            (
                &many[..],
                70,
                "gear is overdue, on the bench, lost, out with others until then",
            ),
            (&many[..], 36, "overdue, on the bench, lost, out"),
            (&many[..], 30, "overdue, on the bench +2 more"),
            (&many[..], 5, "overdue +3 more"),
            (&[Cause::Promised], 40, "more is promised than there is"),
            (&[Cause::Withdrawn], 40, "the type is withdrawn"),
        ] {
            assert_eq!(
                short(causes).why_within(columns),
                expect,
                "{causes:?} in {columns}"
            );
        }
        assert_eq!(
            short(&many).why(),
            "gear is overdue, on the bench, lost, out with others until then"
        );
    }
}
