//! What a line claims: kept in step with its reservation's state and with what was handed over, and
//! guarded again in the file.

use super::model::{Line, LineState, Reservation};
use super::table;
use crate::inventory;
use crate::kernel::{Failure, Fallible, ItemId, LineId, Period, ReservationId, TypeId};
use crate::store::{Read, Write};
use std::collections::BTreeSet;

/// Brings one line's state and claim up to date.
pub(super) fn settle_line(
    db: &mut Write<'_>,
    reservation: &Reservation,
    id: LineId,
) -> Fallible<()> {
    let Some(line) = table::line(db.read(), id)? else {
        return Ok(());
    };
    if line.is_kit {
        return settle_kit(db, &line);
    }
    let (handed, out) = table::handed(db.read(), id)?;
    let state = match line.state {
        LineState::Dropped if handed == 0 => LineState::Dropped,
        _ if handed == 0 => LineState::Open,
        _ if handed < line.quantity => LineState::PartlyOut,
        _ if out > 0 => LineState::Out,
        _ => LineState::Closed,
    };
    let open = matches!(state, LineState::Open | LineState::PartlyOut);
    let claimed = if open && reservation.state.claims() {
        line.quantity - handed
    } else {
        0
    };
    write_claim(db, &line, state, claimed)?;
    match line.parent {
        Some(parent) => settle_line(db, reservation, parent),
        None => Ok(()),
    }
}

/// A kit's line stands where its components stand.
fn settle_kit(db: &mut Write<'_>, kit: &Line) -> Fallible<()> {
    let parts: Vec<LineState> = table::lines(db.read(), kit.reservation)?
        .into_iter()
        .filter(|line| line.parent == Some(kit.id))
        .map(|line| line.state)
        .collect();
    let all = |state: LineState| {
        parts
            .iter()
            .all(|part| *part == state || *part == LineState::Dropped)
    };
    let state = if all(LineState::Dropped) {
        LineState::Dropped
    } else if all(LineState::Closed) {
        LineState::Closed
    } else if all(LineState::Open) {
        LineState::Open
    } else if parts.iter().all(|part| {
        matches!(
            part,
            LineState::Out | LineState::Closed | LineState::Dropped
        )
    }) {
        LineState::Out
    } else {
        LineState::PartlyOut
    };
    table::set_claim(db, kit.id, state, 0)
}

/// The line's own row, and the row that guards it in the file. What a fact took from it meanwhile
/// is not claimed a second time: such a line is short, and claims as much as there is.
fn write_claim(db: &mut Write<'_>, line: &Line, state: LineState, claimed: i64) -> Fallible<()> {
    inventory::unpin(db, line.id)?;
    inventory::release_bulk_promise(db, line.id)?;
    table::set_claim(db, line.id, state, claimed)?;
    if claimed == 0 {
        return Ok(());
    }
    guard(
        db,
        line.id,
        line.type_id,
        line.pin,
        claimed,
        line.claimed_window(),
    )
}

/// The rows that guard a claim in the file: a pin's item, and a count.
pub(super) fn guard(
    db: &mut Write<'_>,
    line: LineId,
    type_id: TypeId,
    pin: Option<ItemId>,
    claimed: i64,
    window: Period,
) -> Fallible<()> {
    if let Some(item) = pin {
        match inventory::pin(db, item, line, window) {
            // Kept short by choice, or taken by a fact: the line waits for its item without a claim
            // on it.
            Ok(()) | Err(Failure::Refused(_)) => return Ok(()),
            Err(Failure::Fault(fault)) => return Err(fault),
        }
    }
    if inventory::is_counted(db.read(), type_id)? {
        let room = inventory::bulk_room(db.read(), type_id, window)?.min(claimed);
        if room > 0 {
            inventory::promise_bulk(db, type_id, line, room, window)?;
        }
    }
    Ok(())
}

/// Brings every line of a reservation up to date. Whoever is about to take the reservation out of
/// its claiming states calls [`release_all`] first: the file refuses to keep claims of one that
/// claims nothing.
pub(super) fn settle(db: &mut Write<'_>, id: ReservationId) -> Fallible<()> {
    let Some(reservation) = table::reservation(db.read(), id)? else {
        return Ok(());
    };
    let lines = table::lines(db.read(), id)?;
    for line in lines.iter().filter(|line| !line.is_kit) {
        settle_line(db, &reservation, line.id)?;
    }
    for kit in lines.iter().filter(|line| line.is_kit) {
        settle_kit(db, kit)?;
    }
    Ok(())
}

/// Nothing of it is claimed any more.
pub(super) fn release_all(db: &mut Write<'_>, id: ReservationId) -> Fallible<()> {
    for line in table::lines(db.read(), id)?
        .into_iter()
        .filter(|line| line.claimed > 0)
    {
        write_claim(db, &line, line.state, 0)?;
    }
    Ok(())
}

/// A fact took these items out of the count, or into other hands: lines that named one of them keep
/// their promise of the type.
pub(super) fn lose_pins(
    db: &mut Write<'_>,
    item: ItemId,
    window: Option<Period>,
) -> Fallible<Vec<LineId>> {
    let lines = inventory::release_pins(db, item, window)?;
    for line in &lines {
        table::unpin(db, *line)?;
    }
    Ok(lines)
}

/// Guards what lost its guard to an obstacle that is gone: open lines that name an item of the
/// type, first promised first. What is still in the way keeps its line waiting.
pub(super) fn guard_again(db: &mut Write<'_>, type_id: TypeId) -> Fallible<()> {
    let lines = table::pinned_lines(db.read(), type_id)?;
    let guarded = inventory::pinned_among(
        db.read(),
        &lines.iter().map(|line| line.id).collect::<Vec<_>>(),
    )?;
    for line in lines.iter().filter(|line| !guarded.contains(&line.id)) {
        let Some(item) = line.pin else { continue };
        if !inventory::can_be_named(db.read(), item)? {
            continue;
        }
        match inventory::pin(db, item, line.id, line.claimed_window()) {
            Ok(()) | Err(Failure::Refused(_)) => {}
            Err(Failure::Fault(fault)) => return Err(fault),
        }
    }
    Ok(())
}

/// As [`guard_again`], for every type of these lines: what one reservation gave up may be
/// another's.
pub(super) fn guard_again_of(db: &mut Write<'_>, lines: &[Line]) -> Fallible<()> {
    for type_id in lines
        .iter()
        .map(|line| line.type_id)
        .collect::<BTreeSet<_>>()
    {
        guard_again(db, type_id)?;
    }
    Ok(())
}

/// A place in the order of promises.
pub(super) fn next_rank(db: &mut Write<'_>) -> Fallible<i64> {
    db.next_number("promise", 1)
}

/// The open lines of a reservation as pieces, to be weighed against the calendar again.
pub(super) fn pieces_of(lines: &[Line], read: Read<'_>) -> Fallible<Vec<super::wants::Piece>> {
    let mut pieces = Vec::new();
    for line in lines.iter().filter(|line| line.is_open() && !line.is_kit) {
        let (handed, _) = table::handed(read, line.id)?;
        pieces.push(super::wants::Piece {
            want: pieces.len(),
            parent: None,
            type_id: line.type_id,
            type_name: line.type_name.clone(),
            quantity: line.quantity - handed,
            pin: line.pin,
            window: Period {
                start: line.start,
                end: line.end,
            },
            turnaround_minutes: line.turnaround_minutes,
            is_kit: false,
            is_counted: false,
        });
    }
    Ok(pieces)
}
