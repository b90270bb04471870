//! Changing what was agreed, all of it or nothing: dates, quantities, lines, the customer, the
//! note. A decrease always passes, an increase is weighed against everything but the reservation
//! itself.

use super::claims;
use super::extend;
use super::harm;
use super::model::{Line, LineState, Reservation, ReservationState};
use super::prices::{self, Bargain};
use super::refusal::BookingRefusal;
use super::reserve::{agreed, insert_lines, may_begin, may_last, must_fit, not_now, tell_change};
use super::wants::{Piece, Want, pieces};
use super::{Outcome, table};
use crate::catalog::Role;
use crate::events::Event;
use crate::kernel::{
    CustomerId, Fallible, ItemId, LineId, Moment, Period, ReservationId, Settings, Text, TypeId,
};
use crate::store::{Read, Write};

/// One thing that changes on a line.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Edit {
    Add(Want),
    Quantity(LineId, i64),
    Pin(LineId, Option<ItemId>),
    Drop(LineId),
}

#[derive(Clone, PartialEq, Eq, Default, Debug, serde::Serialize, serde::Deserialize)]
pub struct Change {
    pub window: Option<Period>,
    pub edits: Vec<Edit>,
    pub customer: Option<CustomerId>,
    /// Some(None) takes the note away.
    pub note: Option<Option<Text>>,
    pub keep_short: bool,
    /// What is said of its price beside the rates.
    pub bargain: Bargain,
    /// The version that whoever changes it was looking at.
    pub seen: Option<i64>,
}

/// Changes a reservation. While gear is out: its end, new lines, lines not yet picked.
pub fn change(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    change: &Change,
) -> Outcome<()> {
    change_because(db, settings, id, change, "by hand")
}

pub(super) fn change_because(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    change: &Change,
    reason: &str,
) -> Outcome<()> {
    let now = db.now();
    let found = super::reservation(db.read(), id)?;
    if !found.state.is_open() {
        return Err(not_now(&found, "changed").into());
    }
    if change.seen.is_some_and(|seen| seen != found.version) {
        return Err(BookingRefusal::ChangedElsewhere {
            number: found.number,
        }
        .into());
    }
    let before = agreed(db.read(), &found)?;
    let old_window = Period {
        start: found.start,
        end: found.end,
    };
    let window = change.window.map_or(old_window, |asked| Period {
        start: asked.start.floor_minute(),
        end: asked.end.ceil_minute(),
    });
    check_window(settings, &found, window, now)?;
    let stands = table::lines(db.read(), id)?;
    let is_more = |of: LineId, wanted: i64| {
        !stands
            .iter()
            .any(|line| line.id == of && wanted <= line.quantity)
    };
    let grows = change.edits.iter().any(|edit| match edit {
        Edit::Add(_) => true,
        Edit::Quantity(of, wanted) => is_more(*of, *wanted),
        Edit::Pin(..) | Edit::Drop(_) => false,
    });
    if found.state == ReservationState::Active && grows && window.end <= now {
        return Err(BookingRefusal::DuePast {
            due: settings.zone.show(window.end, now),
        }
        .into());
    }
    if let Some(customer) = change.customer {
        if found.state == ReservationState::Active && Some(customer) != found.customer {
            return Err(BookingRefusal::GearOut {
                number: found.number,
            }
            .into());
        }
        super::reserve::may_have_more(db.read(), Some(customer))?;
    }
    let old_lines = table::lines(db.read(), id)?;
    // What is back counts no more: what is open of it may end sooner than the reservation once was
    // to.
    let ends = ends_by_now(db.read(), &found)?;
    let mut target = moved(db.read(), &old_lines, &found, ends, window)?;
    let mut wants = Vec::new();
    for edit in &change.edits {
        apply(db.read(), &found, &mut target, &mut wants, window, edit)?;
    }
    // Gear that joins a reservation that has begun begins now.
    let joins = if found.state == ReservationState::Active {
        Period {
            start: window.start.max(now.floor_minute()),
            ..window
        }
    } else {
        window
    };
    let new_pieces = pieces_to_add(db.read(), &target, &wants, joins)?;
    drop_empty_kits(&mut target);
    let gone = |line: &Line| line.state == LineState::Dropped;
    if new_pieces.is_empty() && target.iter().all(gone) && found.state != ReservationState::Active {
        return Err(BookingRefusal::LastLine {
            number: found.number,
        }
        .into());
    }
    // What goes along needs something to go along with.
    let to_go = |line: &Line| line.is_open() && !line.is_kit;
    if has_main_line(db.read(), &old_lines)?
        && !has_main_line(db.read(), &target)?
        && target.iter().any(to_go)
        && !adds_main_line(db.read(), &new_pieces)?
    {
        return Err(BookingRefusal::OnlyAccessoriesLeft {
            number: found.number,
        }
        .into());
    }
    let mut touched = harm::types_of(db.read(), id)?;
    touched.extend(new_pieces.iter().map(|piece| piece.type_id));
    let was = harm::before(db.read(), settings, touched, now)?;
    let lapses = new_lapse(settings, &found, window, now)?;
    let mut after = Reservation {
        start: window.start,
        end: window.end,
        hold_lapses_at: lapses,
        customer: change.customer.or(found.customer),
        note: change.note.clone().unwrap_or_else(|| found.note.clone()),
        ..found.clone()
    };
    claims::release_all(db, id)?;
    let rank = claims::next_rank(db)?;
    for (old, new) in old_lines
        .iter()
        .zip(&target)
        .filter(|(old, new)| old != new)
    {
        let rank = if is_increase(old, new) {
            rank
        } else {
            old.rank
        };
        table::set_terms(
            db,
            &Line {
                rank,
                ..new.clone()
            },
        )?;
        if new.state == LineState::Dropped {
            table::set_claim(db, new.id, LineState::Dropped, 0)?;
        }
    }
    insert_lines(db, id, &new_pieces, false)?;
    table::set_agreement(db, &after)?;
    claims::settle(db, id)?;
    let moves_due = found.state == ReservationState::Active && window.end != old_window.end;
    let (extended, against) = if moves_due {
        extend::move_due(db, settings, &found, ends, window.end, change.keep_short)?
    } else {
        Default::default()
    };
    // Once it is written: what is out of it for longer is in its own way too.
    if found.state.claims() {
        check_increase(
            db,
            settings,
            &found,
            &old_lines,
            &target,
            &new_pieces,
            (change.customer.or(found.customer), change.keep_short),
        )?;
    }
    // Where nothing that is out moved, what was given back went to the first who waits: nobody
    // counted on it.
    if !extended.is_empty() {
        harm::refuse_harm(db, settings, &was, against, change.keep_short)?; // its own lines that wait are hurt as others' are
    }
    let lines = table::lines(db.read(), id)?;
    claims::guard_again_of(db, &lines)?;
    // A note changes no price; another customer is another tier, where a price was agreed.
    if window != old_window
        || !change.edits.is_empty()
        || !change.bargain.is_nothing()
        || (change.bargain.tier.is_some() && found.total.is_some())
    {
        after.total = prices::price(db, settings, &found, &change.bargain)?;
    }
    extend::tell(db, extended, None)?;
    tell_change(db, before, &after, reason, &[])?;
    complete_if_nothing_is_left(db, id)
}

/// What a reservation would cost after a change; none where it would have no price.
pub fn quote_change(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    change: &Change,
    now: Moment,
) -> Outcome<Option<prices::Quoted>> {
    let found = super::reservation(db, id)?;
    let window = change.window.map_or(
        Period {
            start: found.start,
            end: found.end,
        },
        |asked| Period {
            start: asked.start.floor_minute(),
            end: asked.end.ceil_minute(),
        },
    );
    let mut target = moved(
        db,
        &table::lines(db, id)?,
        &found,
        ends_by_now(db, &found)?,
        window,
    )?;
    let mut wants = Vec::new();
    for edit in &change.edits {
        apply(db, &found, &mut target, &mut wants, window, edit)?;
    }
    let joins = if found.state == ReservationState::Active {
        Period {
            start: window.start.max(now.floor_minute()),
            ..window
        }
    } else {
        window
    };
    let pieces = pieces_to_add(db, &target, &wants, joins)?;
    drop_empty_kits(&mut target);
    prices::quote_with(
        db,
        settings,
        Some((&target, &found, &[])),
        &pieces,
        &change.bargain,
        now,
    )
}

/// When what is open of a reservation ends: the end that a change moves.
fn ends_by_now(db: Read<'_>, found: &Reservation) -> Fallible<Moment> {
    Ok(if found.state == ReservationState::Active {
        table::end_of_open(db, found.id)?.unwrap_or(found.end)
    } else {
        found.end
    })
}

/// Before anything went out every window will do; afterwards the start stands.
fn check_window(
    settings: &Settings,
    found: &Reservation,
    window: Period,
    now: Moment,
) -> Outcome<()> {
    if window
        == (Period {
            start: found.start,
            end: found.end,
        })
    {
        return Ok(());
    }
    if found.state == ReservationState::Active {
        if window.start != found.start {
            return Err(BookingRefusal::StartFixed {
                number: found.number,
            }
            .into());
        }
        if window.end <= now {
            return Err(BookingRefusal::DuePast {
                due: settings.zone.show(window.end, now),
            }
            .into());
        }
        // As for an extension: what is out may stay so much longer, counted from now.
        return Ok(may_last(
            settings,
            Period {
                start: now.max(window.start),
                end: window.end,
            },
            now,
        )?);
    }
    if window.start == found.start {
        Ok(may_last(settings, window, now)?)
    } else {
        Ok(may_begin(settings, window, now)?)
    }
}

fn new_lapse(
    settings: &Settings,
    found: &Reservation,
    window: Period,
    now: Moment,
) -> Outcome<Option<Moment>> {
    match found.hold_lapses_at {
        Some(lapses) if found.state == ReservationState::Hold && lapses > window.start => Ok(Some(
            super::reserve::lapse(settings, Some(window.start), window.start, now)?,
        )),
        lapses => Ok(lapses),
    }
}

/// The lines over the new window: those that are not picked up yet move with it.
fn moved(
    db: Read<'_>,
    lines: &[Line],
    found: &Reservation,
    ends: Moment,
    window: Period,
) -> Fallible<Vec<Line>> {
    let mut target = lines.to_vec();
    for line in target.iter_mut().filter(|line| line.is_open()) {
        let handed = table::handed(db, line.id)?.0;
        if handed == 0 && line.start == found.start {
            line.start = window.start;
        }
        if line.end == ends || line.end == found.end || line.end > window.end {
            line.end = window.end;
        }
    }
    Ok(target)
}

fn apply(
    db: Read<'_>,
    found: &Reservation,
    lines: &mut [Line],
    wants: &mut Vec<Want>,
    window: Period,
    edit: &Edit,
) -> Outcome<()> {
    let place = |lines: &[Line], id: LineId| {
        lines
            .iter()
            .position(|line| line.id == id && line.state != LineState::Dropped)
            .ok_or(BookingRefusal::NoLine {
                number: found.number,
                line: super::line_number(lines, id).map_or(id.0, |number| number as i64),
            })
    };
    match edit {
        Edit::Add(want) => {
            wants.push(want.clone());
            Ok(())
        }
        Edit::Pin(id, pin) => {
            let place = place(lines, *id)?;
            if let Some(item) = pin {
                if !lines[place].is_open() {
                    let (handed, _) = table::handed(db, *id)?;
                    return Err(BookingRefusal::LineHanded {
                        number: found.number,
                        line: place as i64 + 1,
                        handed,
                    }
                    .into());
                }
                let want = Want {
                    type_id: lines[place].type_id,
                    quantity: lines[place].quantity,
                    pin: Some(*item),
                    with_accessories: false,
                };
                pieces(
                    db,
                    &[want],
                    Period {
                        start: found.start,
                        end: found.end,
                    },
                )?;
            }
            lines[place].pin = *pin;
            Ok(())
        }
        Edit::Quantity(id, quantity) => {
            let place = place(lines, *id)?;
            if !(1..=10_000).contains(quantity) {
                return Err(BookingRefusal::Quantity {
                    type_name: lines[place].type_name.clone(),
                    quantity: *quantity,
                }
                .into());
            }
            set_quantity(db, found, lines, place, *quantity, window)
        }
        Edit::Drop(id) => {
            let place = place(lines, *id)?;
            drop_at(db, found, lines, place)
        }
    }
}

/// A new quantity, and with it that of a kit's components and of what goes along.
fn set_quantity(
    db: Read<'_>,
    found: &Reservation,
    lines: &mut [Line],
    place: usize,
    quantity: i64,
    window: Period,
) -> Outcome<()> {
    let (id, old) = (lines[place].id, lines[place].quantity);
    let (handed, _) = table::handed(db, id)?;
    if quantity < handed || (handed > 0 && lines[place].is_kit) {
        return Err(BookingRefusal::LineHanded {
            number: found.number,
            line: place as i64 + 1,
            handed,
        }
        .into());
    }
    if lines[place].pin.is_some() && quantity != 1 {
        lines[place].pin = None;
    }
    let along = if lines[place].is_kit {
        Vec::new()
    } else {
        crate::catalog::accessories(db, lines[place].type_id)?
    };
    for (below, part) in lines.iter_mut().enumerate() {
        if part.parent == Some(id) && part.state != LineState::Dropped {
            // What goes along keeps its ratio; a kit's parts, and what goes along no more, grow
            // with the line.
            let scaled = match along
                .iter()
                .find(|accessory| accessory.type_id == part.type_id)
            {
                Some(accessory) => accessory.needed(quantity),
                None => (part.quantity * quantity + old - 1) / old,
            };
            let (handed, _) = table::handed(db, part.id)?;
            if scaled < handed {
                return Err(BookingRefusal::LineHanded {
                    number: found.number,
                    line: below as i64 + 1,
                    handed,
                }
                .into());
            }
            set_part(part, scaled, handed, window);
        }
    }
    set_part(&mut lines[place], quantity, handed, window);
    Ok(())
}

/// A line of which everything went out waits for something again once it is for more.
fn set_part(line: &mut Line, quantity: i64, handed: i64, window: Period) {
    line.quantity = quantity;
    if handed > 0 && quantity > handed {
        if !line.is_open() {
            line.end = window.end;
        }
        line.state = LineState::PartlyOut;
    }
}

/// Takes a line off, or what is left of it once everything of it that went out is back.
fn drop_at(db: Read<'_>, found: &Reservation, lines: &mut [Line], place: usize) -> Outcome<()> {
    let id = lines[place].id;
    for at in (0..lines.len())
        .filter(|at| *at == place || lines[*at].parent == Some(id))
        .collect::<Vec<_>>()
    {
        let (handed, out) = table::handed(db, lines[at].id)?;
        if out > 0 {
            return Err(BookingRefusal::LineHanded {
                number: found.number,
                line: at as i64 + 1,
                handed: out,
            }
            .into());
        }
        if handed == 0 {
            lines[at].state = LineState::Dropped;
        } else {
            lines[at].quantity = handed;
        }
    }
    Ok(())
}

/// A kit of which no part is left is dropped with them.
fn drop_empty_kits(lines: &mut [Line]) {
    for at in 0..lines.len() {
        let id = lines[at].id;
        let empty = lines[at].is_kit
            && lines
                .iter()
                .filter(|part| part.parent == Some(id))
                .all(|part| part.state == LineState::Dropped);
        if empty {
            lines[at].state = LineState::Dropped;
        }
    }
}

/// Whether anything is on it that does not merely go along with other gear.
fn has_main_line(db: Read<'_>, lines: &[Line]) -> Outcome<bool> {
    for line in lines
        .iter()
        .filter(|line| line.parent.is_none() && line.state != LineState::Dropped)
    {
        if is_main(db, line.type_id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn adds_main_line(db: Read<'_>, pieces: &[Piece]) -> Outcome<bool> {
    for piece in pieces.iter().filter(|piece| piece.parent.is_none()) {
        if is_main(db, piece.type_id)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn is_main(db: Read<'_>, type_id: TypeId) -> Outcome<bool> {
    Ok(crate::catalog::terms(db, type_id)
        .map_err(|failure| failure.map(BookingRefusal::Catalogue))?
        .role
        == Role::Primary)
}

fn pieces_to_add(
    db: Read<'_>,
    target: &[Line],
    wants: &[Want],
    window: Period,
) -> Outcome<Vec<Piece>> {
    if wants.is_empty() {
        return Ok(Vec::new());
    }
    match pieces(db, wants, window) {
        // What goes along with other gear may follow it later.
        Err(crate::kernel::Failure::Refused(BookingRefusal::OnlyAccessory { .. }))
            if target
                .iter()
                .any(|line| line.state != LineState::Dropped && line.parent.is_none()) =>
        {
            let beside: Vec<Want> = target
                .iter()
                .find(|line| line.parent.is_none() && line.state != LineState::Dropped)
                .map(|line| Want {
                    with_accessories: false,
                    ..Want::of(line.type_id, 1)
                })
                .into_iter()
                .chain(wants.iter().cloned())
                .collect();
            let all = pieces(db, &beside, window)?;
            let first = all
                .iter()
                .position(|piece| piece.want > 0)
                .unwrap_or(all.len());
            Ok(all
                .into_iter()
                .skip(first)
                .map(|piece| Piece {
                    want: piece.want - 1,
                    parent: piece.parent.map(|parent| parent - first),
                    ..piece
                })
                .collect())
        }
        outcome => outcome,
    }
}

/// How much of a line there is: a dropped one is nothing.
fn quantity_of(line: &Line) -> i64 {
    if line.state == LineState::Dropped {
        0
    } else {
        line.quantity
    }
}

fn is_increase(old: &Line, new: &Line) -> bool {
    new.state != LineState::Dropped
        && (new.quantity > quantity_of(old)
            || new.start < old.start
            || new.end > old.end
            || (new.pin.is_some() && new.pin != old.pin))
}

/// What grows is weighed, together with everything else of its type on this reservation that is
/// still to go out. What is out of it stays in its own way.
pub(super) fn check_increase(
    db: &Write<'_>,
    settings: &Settings,
    found: &Reservation,
    old: &[Line],
    target: &[Line],
    added: &[Piece],
    (customer, keep_short): (Option<CustomerId>, bool),
) -> Outcome<()> {
    let grows: std::collections::BTreeSet<_> = old
        .iter()
        .zip(target)
        .filter(|(old, new)| is_increase(old, new))
        .map(|(_, new)| new.type_id)
        .chain(added.iter().map(|piece| piece.type_id))
        .collect();
    if !grows.is_empty() {
        super::reserve::may_have_more(db.read(), customer)?;
    }
    let kept: Vec<Line> = target
        .iter()
        .filter(|line| line.is_open() && grows.contains(&line.type_id))
        .cloned()
        .collect();
    let mut all = claims::pieces_of(&kept, db.read())?;
    let first = all.len();
    all.extend(added.iter().map(|piece| Piece {
        parent: piece.parent.map(|parent| parent + first),
        ..piece.clone()
    }));
    must_fit(
        db.read(),
        settings,
        &all,
        Some(found.id),
        keep_short,
        db.now(),
    )
}

/// With nothing out and no line open any more, what had begun is over.
pub(super) fn complete_if_nothing_is_left(db: &mut Write<'_>, id: ReservationId) -> Outcome<()> {
    let found = super::reservation(db.read(), id)?;
    let (ReservationState::Active, Some(customer_id)) = (found.state, found.customer) else {
        return Ok(());
    };
    if table::has_open_lines(db.read(), id)? {
        return Ok(());
    }
    table::set_state(db, id, ReservationState::Completed)?;
    let completed_at = db.now();
    db.publish(&Event::ReservationCompleted {
        reservation_id: id,
        number: found.number,
        customer_id,
        completed_at,
    })?;
    Ok(())
}

/// What an earlier reservation asked for, to be asked for again: its lines as wants, withdrawn
/// types left out.
pub fn wants_of(db: Read<'_>, id: ReservationId) -> Outcome<Vec<Want>> {
    let mut wants = Vec::new();
    for line in table::lines(db, id)?
        .into_iter()
        .filter(|line| line.parent.is_none() && line.state != LineState::Dropped)
    {
        if !crate::catalog::is_withdrawn(db, line.type_id)? {
            wants.push(Want::of(line.type_id, line.quantity));
        }
    }
    Ok(wants)
}
