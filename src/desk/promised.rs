//! The acts on what is promised: each is one command and one step that can be undone; and what an
//! act on the stock does to promises.

use super::money;
use super::tiers;
use super::undo::{self, Act, Again};
use crate::booking::{self, BookingRefusal, CancelReason, Change, Extension, Harm, NewReservation};
use crate::kernel::{
    Failure, Fallible, ItemId, LineId, Moment, ReservationId, Settings, Text, TypeId,
};
use crate::store::{Read, Write};
use serde::{Deserialize, Serialize};

type Outcome<T> = Result<T, Failure<BookingRefusal>>;

/// What was done to a reservation, for the words of an undo.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Verb {
    Confirmed,
    Held,
    Changed,
    Cancelled,
    Extended,
    Lapsed,
    Repriced,
}

impl Verb {
    pub fn word(self) -> &'static str {
        match self {
            Verb::Confirmed => "confirmed",
            Verb::Held => "held",
            Verb::Changed => "changed",
            Verb::Cancelled => "cancelled",
            Verb::Extended => "extended",
            Verb::Lapsed => "lapsed",
            Verb::Repriced => "priced anew",
        }
    }
}

pub fn reserve(
    db: &mut Write<'_>,
    settings: &Settings,
    new: &NewReservation,
) -> Outcome<ReservationId> {
    undo::repeatable(db, Again::Reserve(new.clone()), |db| {
        let published = db.published().len();
        let bargain = tiers::of_new(db.read(), settings, new.customer, &new.bargain, db.now())?;
        let reservation = booking::reserve(
            db,
            settings,
            &NewReservation {
                bargain,
                ..new.clone()
            },
        )?;
        let events = db.published().split_off(published);
        let after = Some(booking::said_but_price(db.read(), reservation)?);
        undo::remember(
            db,
            Act::Reserve {
                reservation,
                after,
                event: None,
                events,
            },
        )?;
        Ok(reservation)
    })
}

pub(super) fn altered(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    verb: Verb,
    act: impl FnOnce(&mut Write<'_>) -> Outcome<()>,
) -> Outcome<()> {
    let published = db.published().len();
    let before = booking::said(db.read(), id)?;
    let types = booking::types_of(db.read(), id)?;
    let short =
        booking::before_harm(db.read(), settings, types.iter().copied(), db.now())?.missing();
    undo::remembering(db, types, |db| {
        act(db)?;
        let after = booking::said(db.read(), id)?;
        let events = db.published().split_off(published);
        let altered = before != after;
        Ok((
            (),
            altered.then_some(Act::Reservation {
                verb,
                before,
                after,
                events,
                short,
            }),
        ))
    })
}

pub fn confirm(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    keep_short: bool,
) -> Outcome<()> {
    undo::repeatable(
        db,
        Again::Confirm {
            reservation: id,
            keep_short,
        },
        |db| {
            altered(db, settings, id, Verb::Confirmed, |db| {
                booking::confirm(db, settings, id, keep_short)
            })
        },
    )
}

pub fn hold(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    until: Option<Moment>,
    keep_short: bool,
) -> Outcome<()> {
    undo::repeatable(
        db,
        Again::Hold {
            reservation: id,
            until,
            keep_short,
        },
        |db| {
            altered(db, settings, id, Verb::Held, |db| {
                booking::hold(db, settings, id, until, keep_short)
            })
        },
    )
}

pub fn change(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    change: &Change,
) -> Outcome<()> {
    undo::repeatable(
        db,
        Again::Change {
            reservation: id,
            change: Change {
                seen: None,
                ..change.clone()
            },
        },
        |db| {
            money::refuse_other_customer(db.read(), id, change.customer)?;
            let change = tiers::of_change(db.read(), settings, id, change, db.now())?;
            altered(db, settings, id, Verb::Changed, |db| {
                booking::change(db, settings, id, &change)
            })
        },
    )
}

/// Prices it by the rates and discounts of now; what was said by hand stays.
pub fn reprice(db: &mut Write<'_>, settings: &Settings, id: ReservationId) -> Outcome<()> {
    undo::repeatable(db, Again::Reprice(id), |db| {
        let anew = Change {
            bargain: booking::Bargain {
                anew: true,
                ..booking::Bargain::default()
            },
            ..Change::default()
        };
        let change = tiers::of_change(db.read(), settings, id, &anew, db.now())?;
        altered(db, settings, id, Verb::Repriced, |db| {
            booking::change(db, settings, id, &change)
        })
    })
}

pub fn cancel(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    reason: CancelReason,
    note: Option<&Text>,
) -> Outcome<()> {
    undo::repeatable(
        db,
        Again::Cancel {
            reservation: id,
            reason,
            note: note.cloned(),
        },
        |db| {
            altered(db, settings, id, Verb::Cancelled, |db| {
                booking::cancel(db, id, reason, note)
            })
        },
    )
}

pub fn extend(db: &mut Write<'_>, settings: &Settings, extension: &Extension) -> Outcome<()> {
    undo::repeatable(db, Again::Extend(extension.clone()), |db| {
        altered(db, settings, extension.reservation, Verb::Extended, |db| {
            booking::extend(db, settings, extension)
        })
    })
}

/// Holds whose time is over and reservations that nobody came for stop claiming, each a step of its
/// own. How many.
pub fn lapse(db: &mut Write<'_>, settings: &Settings) -> Outcome<usize> {
    let lapsing = booking::lapsing(db.read(), settings, db.now())?;
    for id in &lapsing {
        let state = booking::reservation(db.read(), *id)?.state;
        altered(db, settings, *id, Verb::Lapsed, |db| match state {
            booking::ReservationState::Active => {
                booking::complete_without_the_rest(db, settings, *id)
            }
            _ => booking::expire(db, *id),
        })?;
    }
    Ok(lapsing.len())
}

/// How many of each line stand ready.
pub fn pack(
    db: &mut Write<'_>,
    reservation: ReservationId,
    lines: &[(LineId, i64)],
) -> Outcome<()> {
    undo::repeatable(
        db,
        Again::Pack {
            reservation,
            lines: lines.to_vec(),
        },
        |db| {
            let known = booking::lines(db.read(), reservation)?;
            let before = known
                .iter()
                .filter(|line| lines.iter().any(|(id, _)| *id == line.id))
                .map(|line| (line.id, line.packed))
                .collect();
            for (line, packed) in lines {
                booking::pack(db, reservation, *line, *packed)?;
            }
            Ok(undo::remember(
                db,
                Act::Packed {
                    reservation,
                    before,
                },
            )?)
        },
    )
}

/// What an act on the stock did to what is promised.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Consequence {
    /// Reservations that are short by it, each in words.
    pub hurts: Vec<String>,
    /// Those that were short and are not any more.
    pub mends: Vec<String>,
}

impl Consequence {
    pub fn is_nothing(&self) -> bool {
        self.hurts.is_empty() && self.mends.is_empty()
    }
}

/// Does something to the stock of some types, which is never refused for what it breaks, and tells
/// what it broke and what it mended: who goes short, and who no longer has the item that was named.
pub fn watched<T, R>(
    db: &mut Write<'_>,
    settings: &Settings,
    types: &[TypeId],
    act: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
) -> Result<(T, Consequence), Failure<R>> {
    let now = db.now();
    let lift = |fault: anyhow::Error| Failure::Fault(fault);
    let before =
        booking::before_harm(db.read(), settings, types.iter().copied(), now).map_err(lift)?;
    let named = booking::named(db.read(), types.iter().copied()).map_err(lift)?;
    let aside = booking::out_into_blocks(db.read(), types).map_err(lift)?;
    let done = act(db)?;
    let words = |read: Read<'_>, all: Vec<Harm>| {
        all.iter()
            .map(|harm| booking::harm_in_words(read, settings, harm, now))
            .collect::<Fallible<Vec<String>>>()
    };
    let harm = before.harm(db.read(), settings, None, now).map_err(lift)?;
    // Whoever goes short has worse to hear than that.
    let short: Vec<ReservationId> = harm.iter().map(|harm| harm.reservation).collect();
    let mut hurts = words(db.read(), harm).map_err(lift)?;
    for (line, item) in booking::unnamed(db.read(), &named).map_err(lift)? {
        if booking::line(db.read(), line)
            .map_err(lift)?
            .is_some_and(|line| !short.contains(&line.reservation))
        {
            hurts.push(
                booking::unnamed_in_words(db.read(), settings, (line, item), now).map_err(lift)?,
            );
        }
    }
    for one in booking::out_into_blocks(db.read(), types).map_err(lift)? {
        if !aside.contains(&one) {
            hurts.push(
                booking::out_into_block_in_words(db.read(), settings, one, now).map_err(lift)?,
            );
        }
    }
    let mends = before
        .mended(db.read(), settings, now)
        .and_then(|harm| words(db.read(), harm))
        .map_err(lift)?;
    Ok((done, Consequence { hurts, mends }))
}

/// An item broke, was lost or retired: lines that named it keep their promise of the type. Which
/// lines.
pub fn let_go(db: &mut Write<'_>, item: ItemId) -> Fallible<Vec<LineId>> {
    booking::let_go_of(db, item)
}
