//! On which line of a reservation a thing goes out, and whether others were promised it.

use super::check_out::pinned_to_others;
use super::model::{Line, Reservation};
use super::promises::{Look, Shortage, Span, ledger};
use super::refusal::BookingRefusal;
use super::{Outcome, Thing, harm, table};
use crate::catalog;
use crate::inventory::{self, Stock};
use crate::kernel::{Failure, Fallible, ItemId, LineId, Moment, Period, ReservationId, Settings};
use crate::store::Read;

/// A thing, and the line it fulfils; none: a line of its own.
pub(super) struct Placed {
    /// Which of the things it is.
    pub of: usize,
    pub thing: (Stock, i64),
    pub line: Option<Line>,
}

/// Finds the line of each thing: the one that names it, else an open one of its type, else the one
/// it is swapped in for, else it is an extra, if somebody said so. A count that exceeds one line
/// goes on to the next.
pub(super) fn place(
    db: Read<'_>,
    on: Option<&Reservation>,
    swaps: &[(ItemId, LineId)],
    extras: bool,
    handed: &[(Stock, i64)],
) -> Outcome<Vec<Placed>> {
    let Some(found) = on else {
        return Ok(handed
            .iter()
            .enumerate()
            .map(|(of, thing)| Placed {
                of,
                thing: thing.clone(),
                line: None,
            })
            .collect());
    };
    let mut open: Vec<(Line, i64)> = Vec::new();
    for line in table::lines(db, found.id)?
        .into_iter()
        .filter(|line| line.is_open() && !line.is_kit)
    {
        let left = line.quantity - table::handed(db, line.id)?.0;
        open.push((line, left));
    }
    let mut placed = Vec::new();
    for (of, (stock, quantity)) in handed.iter().enumerate() {
        let item = match stock {
            Stock::Item(item) => Some(item.id),
            Stock::Bulk(_) => None,
        };
        let mut left = *quantity;
        let fits = |line: &Line| {
            line.type_id == stock.type_id() && (line.pin.is_none() || line.pin == item)
        };
        let swap = item
            .and_then(|item| swaps.iter().find(|(swapped, _)| *swapped == item))
            .map(|(_, line)| *line);
        let mut order: Vec<usize> = (0..open.len())
            .filter(|at| {
                open[*at].1 > 0
                    && (swap == Some(open[*at].0.id) || (swap.is_none() && fits(&open[*at].0)))
            })
            .collect();
        order.sort_by_key(|at| open[*at].0.pin != item || open[*at].0.pin.is_none());
        for at in order {
            let part = left.min(open[at].1);
            if part > 0 {
                placed.push(Placed {
                    of,
                    thing: (stock.clone(), part),
                    line: Some(open[at].0.clone()),
                });
                open[at].1 -= part;
                left -= part;
            }
        }
        if left > 0 && !extras {
            return Err(not_on(db, found, stock, &open)?.into());
        }
        if left > 0 {
            placed.push(Placed {
                of,
                thing: (stock.clone(), left),
                line: None,
            });
        }
    }
    Ok(placed)
}

/// The thing is on no open line: it could stand in for one of a listed substitute, or of the same
/// category.
fn not_on(
    db: Read<'_>,
    found: &Reservation,
    stock: &Stock,
    open: &[(Line, i64)],
) -> Fallible<BookingRefusal> {
    let type_name = catalog::names(db, [stock.type_id()])?
        .remove(&stock.type_id())
        .unwrap_or_default();
    let category = catalog::category_of(db, stock.type_id())?;
    let mut swap_for = None;
    for (line, left) in open.iter().filter(|(_, left)| *left > 0) {
        let listed = catalog::substitutes(db, line.type_id)?.contains(&stock.type_id());
        if *left > 0
            && swap_for.is_none()
            && (listed
                || line.type_id == stock.type_id()
                || catalog::category_of(db, line.type_id)? == category)
        {
            swap_for = super::line_number(&table::lines(db, found.id)?, line.id)
                .map(|number| number as i64);
        }
    }
    Ok(BookingRefusal::NotOnReservation {
        tag: stock.tag().clone(),
        type_name,
        number: found.number,
        swap_for,
    })
}

/// The lines of one thing, each with how many of it go out there; none: a line of its own, as an
/// extra.
pub type Parts = Vec<(Option<LineId>, i64)>;

/// On which lines each thing would go out, with how many; none: on a line of its own, as an extra.
pub fn placed_on(
    db: Read<'_>,
    id: ReservationId,
    things: &[Thing],
    swaps: &[(ItemId, LineId)],
) -> Outcome<Vec<Parts>> {
    let found = super::reservation(db, id)?;
    let mut of_thing: Vec<Parts> = vec![Vec::new(); things.len()];
    for placed in place(db, Some(&found), swaps, true, &looked_up(db, things)?)? {
        of_thing[placed.of].push((placed.line.map(|line| line.id), placed.thing.1));
    }
    Ok(of_thing)
}

/// The line that the last of these things could stand in for, if it is on none itself.
pub fn swap_for(
    db: Read<'_>,
    id: ReservationId,
    things: &[Thing],
    swaps: &[(ItemId, LineId)],
) -> Outcome<Option<LineId>> {
    let found = super::reservation(db, id)?;
    match place(db, Some(&found), swaps, false, &looked_up(db, things)?) {
        Err(Failure::Refused(BookingRefusal::NotOnReservation {
            swap_for: Some(line),
            ..
        })) => {
            let place = usize::try_from(line - 1).unwrap_or(usize::MAX);
            Ok(table::lines(db, id)?.get(place).map(|line| line.id))
        }
        Err(Failure::Fault(fault)) => Err(Failure::Fault(fault)),
        _ => Ok(None),
    }
}

fn looked_up(db: Read<'_>, things: &[Thing]) -> Outcome<Vec<(Stock, i64)>> {
    things
        .iter()
        .map(|thing| match *thing {
            Thing::Item(id) => Ok((
                Stock::Item(
                    inventory::known(db, id)
                        .map_err(|failure| failure.map(BookingRefusal::Stock))?,
                ),
                1,
            )),
            Thing::Bulk(type_id, quantity) => Ok((
                Stock::Bulk(
                    inventory::bulk_of_type(db, type_id)?.ok_or(BookingRefusal::NothingInHand)?,
                ),
                quantity,
            )),
        })
        .collect()
}

/// Refuses the last of these things if others were promised it: by its tag, or because without it
/// there would be too few of its type. Asked at the scan; the hand-over asks again.
pub fn would_hurt(
    db: Read<'_>,
    settings: &Settings,
    things: &[Thing],
    due: Moment,
    own: Option<ReservationId>,
    now: Moment,
) -> Outcome<()> {
    let stocks = looked_up(db, things)?;
    let Some((last, _)) = stocks.last() else {
        return Ok(());
    };
    let type_id = last.type_id();
    let window = Period {
        start: now.floor_minute(),
        end: due.plus_minutes(catalog::turnaround_of(db, type_id)?),
    };
    if let Stock::Item(item) = last
        && let Some(refusal) = pinned_to_others(db, settings, item.id, window, own, now)?
    {
        return Err(refusal.into());
    }
    if settings.value("short") == "warn" {
        return Ok(());
    }
    let taken: Vec<&(Stock, i64)> = stocks
        .iter()
        .filter(|(stock, _)| stock.type_id() == type_id)
        .collect();
    let before = ledger(db, type_id, Span::All, Look::new(settings, now, None))?;
    let mut after = before.clone();
    let mut kept: i64 = taken.iter().map(|(_, quantity)| quantity).sum();
    for promise in after
        .promises
        .iter_mut()
        .filter(|promise| Some(promise.reservation) == own)
    {
        let served = kept.min(promise.quantity);
        promise.quantity -= served;
        kept -= served;
    }
    after.promises.retain(|promise| promise.quantity > 0);
    for (stock, quantity) in taken {
        match stock {
            Stock::Item(item) => {
                if let Some(shelf) = after.shelves.iter_mut().find(|shelf| shelf.item == item.id) {
                    shelf.busy.push(window);
                    shelf.busy.sort_unstable_by_key(|busy| busy.start);
                    let apart =
                        shelf
                            .busy
                            .drain(..)
                            .fold(Vec::new(), |mut apart: Vec<Period>, next| {
                                match apart.last_mut() {
                                    Some(last) if next.start <= last.end => {
                                        last.end = last.end.max(next.end)
                                    }
                                    _ => apart.push(next),
                                }
                                apart
                            });
                    shelf.busy = apart;
                }
            }
            Stock::Bulk(_) => after.counted.push((window, *quantity)),
        }
    }
    let known = before.shortfall();
    let hurt = after
        .shortfall()
        .into_iter()
        .filter(|short| Some(short.reservation) != own)
        .find(|short| {
            let before = known
                .iter()
                .find(|known| known.line == short.line)
                .map_or(0, |known| known.missing);
            short.missing > before
        });
    let Some(hurt) = hurt else { return Ok(()) };
    let shortage = Shortage {
        type_id,
        line: hurt.line,
        reservation: hurt.reservation,
        during: hurt.during,
        missing: hurt.missing,
        causes: vec![super::Cause::Promised],
    };
    let who = harm::in_words(db, settings, &shortage, now)?;
    let type_name = catalog::names(db, [type_id])?
        .remove(&type_id)
        .unwrap_or_default();
    Err(BookingRefusal::PromisedTo {
        tag: last.tag().clone(),
        type_name,
        who,
        instead: None,
    }
    .into())
}
