//! Reversing entries: an undo never erases, it publishes the opposite, and refuses where something
//! later stands on what was done.

use super::check_in::{number_of, reopen, tag_of};
use super::harm;
use super::model::{
    self, Line, LineState, Rental, RentalOutcome, RentalState, Reservation, ReservationState,
};
use super::prices::{self, Bargain, Frozen};
use super::refusal::BookingRefusal;
use super::reserve::{agreed, must_fit, not_now, tell_change};
use super::told::Told;
use super::{Outcome, claims, table};
use crate::events::{Event, LineFact};
use crate::inventory::{self, Condition, Lifecycle};
use crate::kernel::{
    BlockId, CustomerId, Failure, Fallible, ItemId, LineId, Moment, Period, RentalId,
    ReservationId, Settings, Text,
};
use crate::store::Write;
use uuid::Uuid;

fn cannot(why: String) -> Failure<BookingRefusal> {
    BookingRefusal::CannotUndo(Text::new(&why)).into()
}

fn known(db: &Write<'_>, id: RentalId) -> Outcome<Rental> {
    table::rental(db.read(), id)?.ok_or_else(|| cannot(format!("there is no rental {}", id.0)))
}

/// A hand-over, as an undo needs to know it. Ids and facts only.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct HandedOver {
    pub reservation: ReservationId,
    pub rentals: Vec<RentalId>,
    /// What told of it; of an older step only what told of the rentals.
    pub events: Vec<Uuid>,
    /// The end of the reservation before it and after it.
    #[serde(default)]
    pub end: Option<(Moment, Moment)>,
    /// Its note before it and after it.
    #[serde(default)]
    pub note: Option<(Option<Text>, Option<Text>)>,
    /// What told that the reservation was made for it, and that it became active by it.
    #[serde(default)]
    pub created: Option<Uuid>,
    #[serde(default)]
    pub activated: Option<Uuid>,
    /// The rests that it ended.
    #[serde(default)]
    pub rests: Vec<BlockId>,
    /// What lay in a case until then; the desk puts it back.
    #[serde(default)]
    pub unpacked: Vec<ItemId>,
}

/// Takes a hand-over back as if it had not been: no outcome, no charge. An agreement of which
/// nothing ever was out is cancelled with it. What was agreed since stands.
pub fn undo_check_out(db: &mut Write<'_>, settings: &Settings, done: &HandedOver) -> Outcome<()> {
    let HandedOver {
        reservation,
        ref rentals,
        end,
        ..
    } = *done;
    let told = Told::of(db.read(), &done.events)?;
    for (rental, event) in handed_over(db, reservation, rentals, &told)? {
        let tag = tag_of(db.read(), &rental)?;
        if rental.state != RentalState::Out {
            return Err(cannot(format!("{tag} has come back since")));
        }
        let in_at = db.now().max(rental.out_at);
        let staff_in = db.staff();
        table::close_rental(
            db,
            rental.id,
            &table::Closing {
                in_at,
                outcome: None,
                condition_in: rental.condition_out,
                missing: None,
                note: None,
                staff_in,
                location: rental.out_location.as_ref(),
            },
        )?;
        match rental.item {
            Some(_) => inventory::release_out(db, rental.id)?,
            None => inventory::release_bulk(db, rental.id, 0)?,
        }
        let number = number_of(db.read(), rental.reservation)?;
        let event_in = table::written(db.read(), rental.id)?.came_back(settings, tag, number);
        db.publish_reversing(&event_in, event)?;
        // A line that was made at the hand-over goes with it; one that was promised before is open
        // again.
        if let Some(line) = table::line(db.read(), rental.line)?.filter(|line| line.rank == 0) {
            match table::handed(db.read(), line.id)?.0 {
                0 => table::set_claim(db, line.id, LineState::Dropped, 0)?,
                left => table::set_terms(
                    db,
                    &Line {
                        quantity: left,
                        ..line
                    },
                )?,
            }
        }
    }
    for rest in &done.rests {
        inventory::resume_rest(db, *rest)?;
    }
    claims::settle(db, reservation)?;
    let lines = table::lines(db.read(), reservation)?;
    claims::guard_again_of(db, &lines)?;
    for rental in rentals
        .iter()
        .filter_map(|id| table::rental(db.read(), *id).transpose())
        .collect::<Fallible<Vec<_>>>()?
    {
        claims::guard_again(db, rental.type_id)?;
    }
    let now_ends = super::reservation(db.read(), reservation)?.end;
    table::put_end_back(
        db,
        reservation,
        end.filter(|(_, after)| *after == now_ends)
            .map_or(now_ends, |(before, _)| before),
    )?;
    let mut found = super::reservation(db.read(), reservation)?;
    if let Some((before, _)) = done
        .note
        .as_ref()
        .filter(|(before, after)| before != after && *after == found.note)
    {
        found.note.clone_from(before);
        table::set_agreement(db, &found)?;
    }
    if found.total.is_some() {
        found.total = prices::price(db, settings, &found, &Bargain::default())?;
    }
    if found.state != ReservationState::Active {
        return Ok(());
    }
    let never_out = table::rentals_of(db.read(), reservation)?
        .iter()
        .all(|rental| rental.state == RentalState::Returned && rental.outcome.is_none());
    if table::has_open_lines(db.read(), reservation)? {
        if never_out {
            let before = agreed(db.read(), &found)?;
            let after = Reservation {
                state: ReservationState::Confirmed,
                ..found
            };
            table::set_agreement(db, &after)?;
            claims::settle(db, reservation)?;
            // That it became active is taken back, and what the hand-over changed of it; a hold
            // that it confirmed stays confirmed.
            let mut undone: Vec<Uuid> = done
                .activated
                .or_else(|| told.activated(reservation))
                .into_iter()
                .collect();
            undone.extend(told.changes_of(reservation));
            tell_change(db, before, &after, "undone", &undone)?;
        }
        return Ok(());
    }
    match table::rentals_of(db.read(), reservation)?
        .into_iter()
        .find(|rental| rental.outcome.is_some())
    {
        Some(ended) => {
            table::set_state(db, reservation, ReservationState::Completed)?;
            let completed_at = db.now();
            let over = Event::ReservationCompleted {
                reservation_id: reservation,
                number: found.number,
                customer_id: ended.customer,
                completed_at,
            };
            db.publish(&over)?; // it is complete: nothing that was told of it is taken back
        }
        None => {
            table::cancel(db, reservation, "undone")?;
            let undone = done.created.into_iter().chain(done.activated);
            never_made(
                db,
                &found,
                Vec::new(),
                undone.chain(told.of_reservation(reservation)),
            )?;
        }
    }
    Ok(())
}

/// Tells that a reservation should not have been made: all that was told of it is taken back, first
/// of all its making.
fn never_made(
    db: &mut Write<'_>,
    found: &Reservation,
    lines: Vec<LineFact>,
    told: impl IntoIterator<Item = Uuid>,
) -> Fallible<()> {
    let mut undone: Vec<Uuid> = Vec::new();
    for event in told {
        if !undone.contains(&event) {
            undone.push(event);
        }
    }
    let over = Event::ReservationCancelled {
        reservation_id: found.id,
        number: found.number,
        customer_id: found.customer,
        previous_state: found.state.word().to_owned(),
        reason_kind: "undone".to_owned(),
        lines,
        also_undone: undone.iter().skip(1).copied().collect(),
    };
    db.publish_reversing(&over, undone.first().copied())?;
    Ok(())
}

/// The rentals of one hand-over, each with the event that told of it. A count of which a part was
/// taken back, and that return undone, lies in two rows of its line by now.
fn handed_over(
    db: &Write<'_>,
    reservation: ReservationId,
    rentals: &[RentalId],
    told: &Told,
) -> Outcome<Vec<(Rental, Option<Uuid>)>> {
    let mut handed = rentals
        .iter()
        .map(|id| Ok((known(db, *id)?, told.out(*id))))
        .collect::<Outcome<Vec<_>>>()?;
    for part in table::rentals_of(db.read(), reservation)?
        .into_iter()
        .filter(|part| part.item.is_none() && !rentals.contains(&part.id))
    {
        if let Some(event) = handed
            .iter()
            .find(|(whole, _)| whole.line == part.line)
            .map(|(_, event)| *event)
        {
            handed.push((part, event));
        }
    }
    Ok(handed)
}

/// The same rental is out again, as it was. Whoever scanned a return that was none tells a fact: it
/// is never refused for what it breaks, the caller tells whom it hurts.
pub fn undo_check_in(
    db: &mut Write<'_>,
    settings: &Settings,
    id: RentalId,
    undone: Option<Uuid>,
) -> Outcome<()> {
    let rental = known(db, id)?;
    let tag = tag_of(db.read(), &rental)?;
    if rental.state != RentalState::Returned {
        return Err(cannot(format!("{tag} is not back any more")));
    }
    out_again(db, settings, &rental, undone)
}

/// A rental that was reported lost is out again.
pub fn undo_lost(
    db: &mut Write<'_>,
    settings: &Settings,
    id: RentalId,
    undone: Option<Uuid>,
) -> Outcome<()> {
    let rental = known(db, id)?;
    let tag = tag_of(db.read(), &rental)?;
    let (RentalState::Lost, Some(item)) = (rental.state, rental.item) else {
        return Err(cannot(format!("{tag} is not lost any more")));
    };
    let lift = |failure: Failure<inventory::InventoryRefusal>| failure.map(BookingRefusal::Stock);
    let condition = inventory::known(db.read(), item).map_err(lift)?.condition;
    let of = super::of_rental(db.read(), &rental)?;
    inventory::found(db, item, condition, None, Some(of), undone).map_err(lift)?;
    out_again(db, settings, &rental, undone)
}

fn out_again(
    db: &mut Write<'_>,
    settings: &Settings,
    rental: &Rental,
    undone: Option<Uuid>,
) -> Outcome<()> {
    let tag = tag_of(db.read(), rental)?;
    match rental.item {
        Some(item) => {
            if let Some(later) = table::open_rental(db.read(), item)? {
                let when = settings.zone.show_clock(later.out_at);
                return Err(cannot(format!("{tag} has gone out again at {when}")));
            }
            let now = inventory::known(db.read(), item)
                .map_err(|failure| failure.map(BookingRefusal::Stock))?;
            if now.lifecycle != Lifecycle::InService {
                return Err(cannot(format!(
                    "{tag} is {} since",
                    now.state().to_lowercase()
                )));
            }
            if let Some(later) = table::last_out(db.read(), item)?
                .filter(|later| later.id != rental.id && later.out_at >= rental.out_at)
            {
                return Err(cannot(format!(
                    "{tag} has been out again since, {}",
                    settings.zone.show(later.out_at, later.out_at)
                )));
            }
        }
        None => {
            let bulk = inventory::bulk_of_type(db.read(), rental.type_id)?
                .ok_or_else(|| cannot(format!("{tag} is no counted stock any more")))?;
            if bulk.quantity - bulk.out < rental.quantity {
                return Err(cannot(format!("{tag}: they have gone out again")));
            }
        }
    }
    table::reopen_rental(db, rental.id)?;
    inventory::end_rest(db, rental.id)?;
    let window = Period {
        start: rental.out_at,
        end: rental.free_at,
    };
    match rental.item {
        Some(item) => {
            claims::lose_pins(db, item, Some(window))?;
            inventory::claim_out(db, item, rental.id, window)?;
        }
        None => inventory::claim_bulk(db, rental.type_id, rental.id, rental.quantity, window)?,
    }
    let number = number_of(db.read(), rental.reservation)?;
    let event = rental.went_out(tag, number);
    db.publish_reversing(&event, undone)?;
    reopen(db, rental, undone)
}

/// What was found out about a return after its scan: another condition, or parts that are missing.
/// What was said of it before and is not said anew still holds: whoever brought it without its
/// charger stays liable for the charger.
pub fn revise_check_in(
    db: &mut Write<'_>,
    id: RentalId,
    condition: Condition,
    note: Option<&Text>,
    missing: Option<&Text>,
) -> Outcome<()> {
    let rental = known(db, id)?;
    if let Some(item) = rental.item {
        let lift =
            |failure: Failure<inventory::InventoryRefusal>| failure.map(BookingRefusal::Stock);
        let report = inventory::Report {
            after: condition,
            note: note.or(missing).cloned(),
            expected_back: None,
            cost: None,
            rental: Some(super::of_rental(db.read(), &rental)?),
            incomplete: missing.is_some(),
        };
        inventory::report_condition(db, item, &report).map_err(lift)?;
        super::let_go_of(db, item)?;
    }
    let (note, missing) = (
        note.or(rental.note.as_ref()),
        missing.or(rental.missing.as_ref()),
    );
    let late = rental.in_at.map_or(0, |at| at.minutes_after(rental.due_at));
    // A hand-over that was undone has no outcome, and gets none by this.
    let outcome = rental.outcome.map(|_| {
        model::outcome(
            late,
            rental.condition_out,
            Some(condition),
            missing.is_some(),
        )
    });
    Ok(table::revise(
        db,
        id,
        &table::Revision {
            outcome,
            condition: Some(condition),
            note,
            missing,
        },
    )?)
}

/// Takes a later judgement of a return back: these values stood before it. The item's own report is
/// the caller's ([`inventory::report_reversing`]).
pub fn restore_revision(
    db: &mut Write<'_>,
    id: RentalId,
    outcome: Option<RentalOutcome>,
    condition: Option<Condition>,
    note: Option<&Text>,
    missing: Option<&Text>,
) -> Outcome<()> {
    known(db, id)?;
    Ok(table::revise(
        db,
        id,
        &table::Revision {
            outcome,
            condition,
            note,
            missing,
        },
    )?)
}

/// What a reservation said, to be said again by an undo. Ids and facts only.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct Said {
    reservation: ReservationId,
    state: ReservationState,
    customer: Option<CustomerId>,
    start: Moment,
    end: Moment,
    hold_lapses_at: Option<Moment>,
    #[serde(default)]
    note: Option<Text>,
    lines: Vec<SaidLine>,
    dues: Vec<(RentalId, Moment)>,
    #[serde(default)]
    price: Option<Box<Frozen>>,
}

#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
struct SaidLine {
    line: LineId,
    quantity: i64,
    start: Moment,
    end: Moment,
    pin: Option<ItemId>,
    rank: i64,
    dropped: bool,
    #[serde(default)]
    packed: i64,
}

impl Said {
    /// All but the marks on it, which stand for themselves: its note, what stands ready, and which
    /// items it names, as a fact may take a name off.
    fn but_marks(&self) -> Said {
        Said {
            note: None,
            lines: self
                .lines
                .iter()
                .map(|line| SaidLine {
                    pin: None,
                    packed: 0,
                    ..line.clone()
                })
                .collect(),
            ..self.clone()
        }
    }

    /// How many due times are others than these.
    fn moved_dues(&self, before: &Said) -> Vec<RentalId> {
        self.dues
            .iter()
            .filter(|(id, due)| {
                before
                    .dues
                    .iter()
                    .any(|(known, was)| known == id && was != due)
            })
            .map(|(id, _)| *id)
            .collect()
    }

    pub fn customer(&self) -> Option<CustomerId> {
        self.customer
    }

    pub fn reservation(&self) -> ReservationId {
        self.reservation
    }

    pub fn state(&self) -> ReservationState {
        self.state
    }
}

/// What it says now.
pub fn said(db: crate::store::Read<'_>, id: ReservationId) -> Outcome<Said> {
    let found = super::reservation(db, id)?;
    let price = prices::frozen(db, &found)?.map(Box::new);
    Ok(Said {
        price,
        ..said_but_price(db, id)?
    })
}

/// What it says now, its price left out.
pub fn said_but_price(db: crate::store::Read<'_>, id: ReservationId) -> Outcome<Said> {
    let found = super::reservation(db, id)?;
    let lines = table::lines(db, id)?
        .into_iter()
        .map(|line| SaidLine {
            line: line.id,
            quantity: line.quantity,
            start: line.start,
            end: line.end,
            pin: line.pin,
            rank: line.rank,
            dropped: line.state == LineState::Dropped,
            packed: line.packed,
        })
        .collect();
    let dues = table::rentals_of(db, id)?
        .into_iter()
        .filter(|rental| rental.state == RentalState::Out)
        .map(|rental| (rental.id, rental.due_at))
        .collect();
    let Reservation {
        state,
        customer,
        start,
        end,
        hold_lapses_at,
        note,
        ..
    } = found;
    Ok(Said {
        reservation: id,
        state,
        customer,
        start,
        end,
        hold_lapses_at,
        note,
        lines,
        dues,
        price: None,
    })
}

/// A reservation that should not have been made: cancelled, as undone. `after`: as it was made;
/// what others did to it since is not swept away.
pub fn undo_reserve(
    db: &mut Write<'_>,
    id: ReservationId,
    after: Option<&Said>,
    told: &[Uuid],
) -> Outcome<()> {
    let found = super::reservation(db.read(), id)?;
    let is_since = || cannot(format!("{} is {} since", found.number, found.state.shown()));
    if !matches!(
        found.state,
        ReservationState::Quote | ReservationState::Hold | ReservationState::Confirmed
    ) {
        return Err(is_since());
    }
    if let Some(after) = after {
        // A hold that an undo brought back past its time lasts anew, or is a quote: that is
        // nobody's doing.
        let by_itself =
            (found.state, after.state) == (ReservationState::Quote, ReservationState::Hold);
        if found.state != after.state && !by_itself {
            return Err(is_since());
        }
        let now_said = Said {
            state: after.state,
            hold_lapses_at: after.hold_lapses_at,
            price: after.price.clone(),
            ..said_but_price(db.read(), id)?
        };
        let noted = found.note.is_some() && found.note != after.note;
        if now_said.but_marks() != after.but_marks() || noted {
            return Err(cannot(format!("{} was changed since", found.number)));
        }
    }
    let lines = super::reserve::facts(db.read(), id)?;
    claims::release_all(db, id)?;
    let kept = table::lines(db.read(), id)?;
    claims::guard_again_of(db, &kept)?;
    table::cancel(db, id, "undone")?;
    Ok(never_made(db, &found, lines, told.iter().copied())?)
}

/// What an act made of a reservation, as an undo needs to know it.
#[derive(Clone, Copy, Debug)]
pub struct Altered<'a> {
    pub before: &'a Said,
    pub after: &'a Said,
    /// What told of it.
    pub told: &'a [Uuid],
    /// Which lines of its types were short before it, and by how many: that much may be short
    /// again.
    pub short: &'a [(LineId, i64)],
}

/// Takes a reservation back to what it said before, weighed again where that claims more. What went
/// out or came back since stands in the way.
pub fn restore(db: &mut Write<'_>, settings: &Settings, altered: &Altered<'_>) -> Outcome<()> {
    let Altered {
        before: said,
        after,
        told,
        short,
    } = *altered;
    let nothing_told = told.is_empty();
    let told = Told::of(db.read(), told)?;
    let found = super::reservation(db.read(), said.reservation)?;
    let now_said = self::said(db.read(), said.reservation)?;
    if now_said.but_marks() != after.but_marks() {
        return Err(cannot(format!(
            "{} is {} since, or was changed again",
            found.number,
            found.state.shown()
        )));
    }
    let before = agreed(db.read(), &found)?;
    let now = db.now();
    if let Some(why) = stays_lapsed(settings, &found, said.state, now) {
        return Err(cannot(why));
    }
    let mut target = Reservation {
        state: said.state,
        customer: said.customer,
        start: said.start,
        end: said.end,
        hold_lapses_at: said.hold_lapses_at,
        cancel_reason: if said.state == ReservationState::Cancelled {
            found.cancel_reason.clone()
        } else {
            None
        },
        note: if found.note == after.note {
            said.note.clone()
        } else {
            found.note.clone()
        },
        ..found.clone()
    };
    if target.state == ReservationState::Hold
        && target.hold_lapses_at.is_none_or(|lapses| lapses <= now)
    {
        // A hold whose time is over gets a new one, unless it was confirmed meanwhile; past its
        // start it can only be a quote.
        let lapse = if found.state == ReservationState::Confirmed {
            Err(not_now(&found, "held").into())
        } else {
            super::reserve::lapse(settings, None, target.start, now)
        };
        match lapse {
            Ok(lapses) => target.hold_lapses_at = Some(lapses),
            Err(Failure::Refused(_)) => {
                (target.state, target.hold_lapses_at) = (ReservationState::Quote, None)
            }
            Err(fault) => return Err(fault),
        }
    }
    let lines = table::lines(db.read(), found.id)?;
    let wanted = lines
        .iter()
        .map(|line| as_said(db.read(), line, said, after))
        .collect::<Outcome<Vec<Line>>>()?;
    for line in &wanted {
        let (handed, _) = table::handed(db.read(), line.id)?;
        let most = if line.state == LineState::Dropped {
            0
        } else {
            line.quantity
        };
        if handed > most {
            return Err(cannot(format!(
                "{}: {handed} x {} went out since",
                found.number, line.type_name
            )));
        }
    }
    let weighed = match (target.state.claims(), found.state.claims()) {
        (true, true) => super::change::check_increase(
            db,
            settings,
            &found,
            &lines,
            &wanted,
            &[],
            (target.customer, false),
        ),
        (true, false) => super::reserve::may_have_more(db.read(), target.customer).and_then(|()| {
            must_fit(
                db.read(),
                settings,
                &claims::pieces_of(&wanted, db.read())?,
                Some(found.id),
                false,
                now,
            )
        }),
        (false, _) => Ok(()),
    };
    // What was kept short before may be so again, by as much.
    let misfit = match weighed {
        Err(Failure::Refused(no)) if !short.is_empty() => Some(no),
        weighed => weighed.map(|()| None)?,
    };
    let was = harm::before(
        db.read(),
        settings,
        harm::types_of(db.read(), found.id)?,
        now,
    )?;
    claims::release_all(db, found.id)?;
    for line in &wanted {
        table::set_terms(db, line)?;
        table::set_packed(db, line.id, line.packed)?;
        table::set_claim(db, line.id, line.state, 0)?;
    }
    table::set_agreement(db, &target)?;
    claims::settle(db, found.id)?;
    let moved = after.moved_dues(said);
    if said.dues != after.dues {
        let mut against = Vec::new();
        for (id, due) in &said.dues {
            let rental = known(db, *id)?;
            against.extend(super::extend::stands_against(
                db.read(),
                settings,
                &rental,
                *due,
                now,
            )?);
            if let Some(extended) =
                super::extend::set_due(db, settings, &target, &rental, *due, false)?
            {
                db.publish_reversing(&extended, told.extended(*id))?;
            }
        }
        if !against.is_empty() || !was.no_shorter(db.read(), settings, short, now)? {
            harm::refuse_harm(db, settings, &was, against, false)?;
        }
    }
    if let Some(no) = misfit
        && !was.no_shorter(db.read(), settings, short, now)?
    {
        return Err(no.into());
    }
    claims::guard_again_of(db, &wanted)?;
    prices::restore(db, &found, said.price.as_deref())?;
    target.total = said.price.as_ref().map(|price| price.agreement.total);
    // An extension is told by its rentals, and so is its undo.
    let own = told.of_reservation(found.id);
    if moved.is_empty() || !own.is_empty() || nothing_told {
        tell_change(db, before, &target, "undone", &own)?;
    }
    super::change::complete_if_nothing_is_left(db, found.id)
}

/// Why a reservation that lapsed stays so: it would lapse again at once.
pub fn stays_lapsed(
    settings: &Settings,
    found: &Reservation,
    before: ReservationState,
    now: Moment,
) -> Option<String> {
    let show = |moment: Moment| settings.zone.show(moment, now);
    match before {
        ReservationState::Active
            if found.state == ReservationState::Completed
                && found.end.plus_minutes(settings.no_show_minutes()) <= now =>
        {
            Some(format!(
                "what never left of {} was dropped, and its end, {}, is over",
                found.number,
                show(found.end)
            ))
        }
        _ if found.state != ReservationState::Expired => None,
        ReservationState::Hold if found.start.0 - now.0 < 60 => Some(format!(
            "the hold of {} lapsed, and its start, {}, is over",
            found.number,
            show(found.start)
        )),
        ReservationState::Confirmed
            if found.end.plus_minutes(settings.no_show_minutes()) <= now =>
        {
            Some(format!(
                "nobody came for {}, and its end, {}, is over",
                found.number,
                show(found.end)
            ))
        }
        _ => None,
    }
}

/// A line as it was said; one that was not there yet is dropped. A pin that a fact took off
/// meanwhile stays off.
fn as_said(db: crate::store::Read<'_>, line: &Line, said: &Said, after: &Said) -> Outcome<Line> {
    let of = |said: &Said| said.lines.iter().find(|old| old.line == line.id).cloned();
    let Some(old) = of(said) else {
        return Ok(Line {
            state: LineState::Dropped,
            ..line.clone()
        });
    };
    let pin = match old.pin {
        Some(_) if of(after).is_some_and(|after| after.pin == old.pin) => line.pin,
        Some(item) => {
            let known =
                inventory::known(db, item).map_err(|failure| failure.map(BookingRefusal::Stock))?;
            (known.lifecycle == Lifecycle::InService).then_some(item)
        }
        None => None,
    };
    let state = if old.dropped {
        LineState::Dropped
    } else {
        LineState::Open
    };
    // What somebody made ready, or put back, since stands.
    let packed = if of(after).is_none_or(|after| after.packed == line.packed) {
        old.packed
    } else {
        line.packed
    };
    Ok(Line {
        quantity: old.quantity,
        start: old.start,
        end: old.end,
        pin,
        rank: old.rank,
        state,
        packed: packed.min(old.quantity),
        ..line.clone()
    })
}
