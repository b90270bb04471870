//! What goes out on a day: one row per reservation that waits to be picked up, for the Desk and for
//! `rentdesk today`.

use crate::booking::{
    self, BookingRefusal, Line, LineState, Reservation, ReservationState, Shortage,
};
use crate::customers;
use crate::kernel::{
    CustomerId, Failure, Fallible, Moment, Period, ReservationId, ReservationNumber, Settings, Text,
};
use crate::store::{Read, Write};
use chrono::NaiveDate;

/// A reservation that goes out, or what of it is not out yet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutRow {
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub customer: Option<CustomerId>,
    pub name: Text,
    pub phone: Option<Text>,
    pub start: Moment,
    pub end: Moment,
    /// Pieces that are still to be handed over.
    pub items: i64,
    /// How many of them stand ready.
    pub packed: i64,
    /// `Sony FX6 body x2, Tripod`
    pub what: String,
    pub state: ReservationState,
    /// When a hold lapses.
    pub lapses: Option<Moment>,
    /// How many pieces cannot be had.
    pub short: i64,
}

/// Everything promised that begins on a day and is not all out yet, in the order it begins. Of
/// today also what began earlier and was not picked up: it may be fetched any minute.
pub fn going_out(
    db: Read<'_>,
    settings: &Settings,
    day: NaiveDate,
    now: Moment,
) -> Fallible<Vec<OutRow>> {
    let short = booking::shortages(db, settings, now)?;
    waiting(db, settings, day, now)?
        .into_iter()
        .map(|(found, lines)| row(db, found, &lines, &short))
        .collect()
}

/// The reservations of [`going_out`] with their lines.
pub(super) fn waiting(
    db: Read<'_>,
    settings: &Settings,
    day: NaiveDate,
    now: Moment,
) -> Fallible<Vec<(Reservation, Vec<Line>)>> {
    let whole = settings.zone.day_period(day);
    let window = if day == settings.zone.day(now) {
        Period {
            start: Period::ALL.start,
            ..whole
        }
    } else {
        whole
    };
    let mut found = Vec::new();
    for state in [
        ReservationState::Hold,
        ReservationState::Confirmed,
        ReservationState::Active,
    ] {
        for reservation in booking::starting_in(db, state, window)? {
            if reservation.end <= now && reservation.start < whole.start {
                continue; // nobody came: it lapses by itself
            }
            let lines = booking::lines(db, reservation.id)?;
            if lines.iter().any(|line| line.is_open() && !line.is_kit) {
                found.push((reservation, lines));
            }
        }
    }
    found.sort_by_key(|(reservation, _)| (reservation.start, reservation.number));
    Ok(found)
}

fn row(db: Read<'_>, found: Reservation, lines: &[Line], short: &[Shortage]) -> Fallible<OutRow> {
    let person = found
        .customer
        .map(|id| super::views::refused_is_fault(customers::known(db, id)))
        .transpose()?;
    let (mut items, mut packed) = (0, 0);
    for line in lines.iter().filter(|line| line.is_open() && !line.is_kit) {
        let (left, ready) = left_of(db, line)?;
        items += left;
        packed += ready;
    }
    Ok(OutRow {
        reservation: found.id,
        number: found.number,
        customer: found.customer,
        name: person
            .as_ref()
            .map(|person| person.profile.name.clone())
            .unwrap_or_default(),
        phone: person.and_then(|person| person.profile.phone),
        start: found.start,
        end: found.end,
        items,
        packed,
        what: in_words(lines),
        state: found.state,
        lapses: found
            .hold_lapses_at
            .filter(|_| found.state == ReservationState::Hold),
        short: short
            .iter()
            .filter(|short| short.reservation == found.id)
            .map(|short| short.missing)
            .sum(),
    })
}

/// How many of a line are still to be handed over, and how many of those stand ready.
pub(super) fn left_of(db: Read<'_>, line: &Line) -> Fallible<(i64, i64)> {
    let (handed, _) = booking::handed(db, line.id)?;
    let left = (line.quantity - handed).max(0);
    Ok((left, (line.packed - handed).clamp(0, left)))
}

/// All that is still to be handed over of a reservation stands ready: how many.
pub fn pack_all(db: &mut Write<'_>, id: ReservationId) -> Result<i64, Failure<BookingRefusal>> {
    let (mut ready, mut packed) = (0, Vec::new());
    for line in booking::lines(db.read(), id)?
        .iter()
        .filter(|line| line.is_open() && !line.is_kit)
    {
        packed.push((line.id, line.quantity));
        ready += left_of(db.read(), line)?.0;
    }
    super::promised::pack(db, id, &packed)?;
    Ok(ready)
}

/// What is still to go, as it was asked for: a kit by its own name, what goes along with something
/// left out beside it.
pub fn in_words(lines: &[Line]) -> String {
    let open = |line: &Line| line.is_open() && !line.is_kit;
    let shown = |line: &Line| match line.parent {
        None if line.is_kit => {
            line.state != LineState::Dropped
                && lines
                    .iter()
                    .any(|part| part.parent == Some(line.id) && open(part))
        }
        None => open(line),
        Some(parent) => {
            open(line)
                && !lines.iter().any(|above| {
                    above.id == parent
                        && above.state != LineState::Dropped
                        && (above.is_kit || open(above))
                })
        }
    };
    let words = lines.iter().filter(|line| shown(line)).map(|line| {
        if line.quantity > 1 {
            format!("{} x{}", line.type_name, line.quantity)
        } else {
            line.type_name.to_string()
        }
    });
    words.collect::<Vec<_>>().join(", ")
}
