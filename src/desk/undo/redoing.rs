//! Redo: what was taken back last is done once more, by the command that did it and with all that
//! it asks: it is an act of now, and a step of its own.

use super::super::counter::{self, Judgement};
use super::super::{promised, set_aside};
use super::{Kept, describe, describe_bare, table, types_of};
use crate::booking::{
    BookingRefusal, CancelReason, Change, CheckIn, CheckOut, Extension, NewReservation,
};
use crate::kernel::{
    Failure, Fallible, ItemId, LineId, Moment, Refusal, RentalId, ReservationId, Settings, Text,
    TypeId,
};
use crate::store::{Read, Write};
use serde::{Deserialize, Serialize};

/// A command, as it was given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::desk) enum Again {
    HandOver(CheckOut),
    TakeBack(CheckIn),
    Judge {
        item: ItemId,
        rental: Option<RentalId>,
        judgement: Judgement,
    },
    Reserve(NewReservation),
    Confirm {
        reservation: ReservationId,
        keep_short: bool,
    },
    Hold {
        reservation: ReservationId,
        until: Option<Moment>,
        keep_short: bool,
    },
    Change {
        reservation: ReservationId,
        change: Change,
    },
    Reprice(ReservationId),
    Cancel {
        reservation: ReservationId,
        reason: CancelReason,
        note: Option<Text>,
    },
    Extend(Extension),
    Pack {
        reservation: ReservationId,
        lines: Vec<(LineId, i64)>,
    },
    SetAside {
        item: ItemId,
        start: Moment,
        end: Option<Moment>,
        reason: Text,
    },
    SetCountAside {
        type_id: TypeId,
        quantity: i64,
        start: Moment,
        end: Option<Moment>,
        reason: Text,
    },
    ExpectBack {
        item: ItemId,
        at: Option<Moment>,
    },
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RedoRefusal {
    #[error("Nothing was undone here that could be done again")]
    Nothing,
    #[error("{0}: this cannot be done again by itself")]
    ByHand(String),
    #[error("{0}")]
    Booking(#[from] BookingRefusal),
}

impl Refusal for RedoRefusal {
    fn hint(&self) -> String {
        match self {
            RedoRefusal::Nothing => ":history shows what was done (rentdesk history)".to_owned(),
            RedoRefusal::ByHand(_) => "do it by hand".to_owned(),
            RedoRefusal::Booking(refusal) => refusal.hint(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            RedoRefusal::Booking(refusal) => refusal.kind(),
            _ => "undo",
        }
    }
}

/// Does something and, if it is remembered as a step, keeps with it how to do it again.
pub(in crate::desk) fn repeatable<T, R>(
    db: &mut Write<'_>,
    again: Again,
    act: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
) -> Result<T, Failure<R>> {
    let before = table::newest_of_all(db.read()).map_err(Failure::Fault)?;
    let done = act(db)?;
    keep_again(db, before, again).map_err(Failure::Fault)?;
    Ok(done)
}

fn keep_again(db: &mut Write<'_>, before: i64, again: Again) -> Fallible<()> {
    let id = table::newest_of_all(db.read())?;
    if id > before
        && let Some(step) = table::act_of(db.read(), id)?
    {
        let kept = Kept {
            again: Some(again),
            ..Kept::read(&step)?
        };
        table::set_act(db, id, &kept.written()?)?;
    }
    Ok(())
}

/// The newest step there is, undone or not: whoever kept it knows later whether something was done
/// since.
pub fn newest_of_all(db: Read<'_>) -> Fallible<i64> {
    table::newest_of_all(db)
}

/// What a step that was undone was, in words, and the types whose promises it may touch.
pub fn undone_words(db: Read<'_>, id: i64) -> Fallible<Option<(String, Vec<TypeId>)>> {
    let Some(step) = table::undone_step(db, id)? else {
        return Ok(None);
    };
    let kept = Kept::read(&step)?;
    Ok(Some((describe(db, &kept.act)?, types_of(db, &kept.act)?)))
}

/// What a step is, in words.
pub fn step_in_words(db: Read<'_>, id: i64) -> Fallible<String> {
    table::act_of(db, id)?.map_or(Ok(String::new()), |act| {
        describe(db, &Kept::read(&act)?.act)
    })
}

/// A step that was done again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Redone {
    /// The step that it is now.
    pub step: i64,
    /// It made something anew: what was done to the one before cannot be done again to this one.
    pub anew: bool,
}

/// Does a step that was undone once more, if `newest` is still the newest step there is.
pub fn redo(
    db: &mut Write<'_>,
    settings: &Settings,
    id: i64,
    newest: i64,
) -> Result<Redone, Failure<RedoRefusal>> {
    if table::newest_of_all(db.read())? != newest {
        return Err(RedoRefusal::Nothing.into());
    }
    let step = table::undone_step(db.read(), id)?.ok_or(RedoRefusal::Nothing)?;
    let Kept { act, again, .. } = Kept::read(&step)?;
    let Some(again) = again else {
        return Err(RedoRefusal::ByHand(describe_bare(db.read(), &act)?).into());
    };
    let anew = matches!(again, Again::Reserve(_) | Again::HandOver(_));
    perform(db, settings, again).map_err(|failure| failure.map(RedoRefusal::Booking))?;
    Ok(Redone {
        step: table::newest_of_all(db.read())?,
        anew,
    })
}

fn perform(
    db: &mut Write<'_>,
    settings: &Settings,
    again: Again,
) -> Result<(), Failure<BookingRefusal>> {
    match again {
        Again::HandOver(command) => counter::hand_over(db, settings, &command).map(drop),
        Again::TakeBack(command) => counter::take_back(db, settings, &command).map(drop),
        Again::Judge {
            item,
            rental,
            judgement,
        } => counter::judge(db, item, rental, &judgement),
        Again::Reserve(new) => promised::reserve(db, settings, &new).map(drop),
        Again::Confirm {
            reservation,
            keep_short,
        } => promised::confirm(db, settings, reservation, keep_short),
        Again::Hold {
            reservation,
            until,
            keep_short,
        } => promised::hold(db, settings, reservation, until, keep_short),
        Again::Change {
            reservation,
            change,
        } => promised::change(db, settings, reservation, &change),
        Again::Reprice(reservation) => promised::reprice(db, settings, reservation),
        Again::Cancel {
            reservation,
            reason,
            note,
        } => promised::cancel(db, settings, reservation, reason, note.as_ref()),
        Again::Extend(extension) => promised::extend(db, settings, &extension),
        Again::Pack { reservation, lines } => promised::pack(db, reservation, &lines),
        Again::SetAside {
            item,
            start,
            end,
            reason,
        } => set_aside::set_aside(db, item, start, end, &reason).map(drop),
        Again::SetCountAside {
            type_id,
            quantity,
            start,
            end,
            reason,
        } => set_aside::set_count_aside(db, type_id, quantity, start, end, &reason).map(drop),
        Again::ExpectBack { item, at } => set_aside::expect_back(db, item, at),
    }
}
