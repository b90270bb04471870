//! What is free when, who is in the way until when, and what else would do.

use super::super::availability::{Doors, Fit, Ledger, Wish, next_stay};
use super::super::model::ReservationState;
use super::super::wants::Piece;
use super::{Look, Span, ledger, ledger_of, table};
use crate::catalog;
use crate::inventory::{self, Why};
use crate::kernel::{
    AssetTag, CustomerId, Fallible, ItemId, Moment, Period, ReservationId, ReservationNumber,
    Settings, ShopZone, Text, TypeId,
};
use crate::pricing;
use crate::store::Read;
use chrono::Timelike;
use std::collections::{BTreeMap, BTreeSet};

/// How something is in the way.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum How {
    Out,
    Overdue,
    Hold,
    Confirmed,
    Bench,
    SetAside,
    Turnaround,
    Lost,
    InCase,
}

impl How {
    pub fn word(self) -> &'static str {
        match self {
            How::Out => "out",
            How::Overdue => "overdue",
            How::Hold => "hold",
            How::Confirmed => "confirmed",
            How::Bench => "on the bench",
            How::SetAside => "set aside",
            How::Turnaround => "in turnaround",
            How::Lost => "lost",
            How::InCase => "in a case",
        }
    }
}

/// Who, or what, has some of a type in a window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Blocker {
    pub how: How,
    pub reservation: Option<(ReservationId, ReservationNumber)>,
    pub customer: Option<CustomerId>,
    pub tag: Option<AssetTag>,
    /// None: nobody knows.
    pub until: Option<Moment>,
    /// So much of the time until then it rests before it may leave again.
    pub turnaround_minutes: i64,
    pub quantity: i64,
}

impl Blocker {
    /// What is away for itself, and with nobody.
    fn alone(how: How, tag: Option<AssetTag>, quantity: i64) -> Self {
        Blocker {
            how,
            reservation: None,
            customer: None,
            tag,
            until: None,
            turnaround_minutes: 0,
            quantity,
        }
    }
}

/// What is free of a type over a window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub type_id: TypeId,
    pub window: Period,
    pub quantity: i64,
    /// How many more could be promised for the whole window.
    pub remaining: i64,
    /// The most that is taken at one moment of it.
    pub peak: i64,
    pub total: i64,
    /// How many the shop has, wherever they are; of a kit, for how many it has parts.
    pub owned: i64,
    /// False where the search for an assignment was given up: nothing is promised on a guess.
    pub proven: bool,
    pub blockers: Vec<Blocker>,
    /// The nearest window of the same length in which the quantity fits, if it does not in this
    /// one.
    pub next_window: Option<Period>,
    /// What would do instead, with how many of it are free.
    pub instead: Vec<(TypeId, Text, i64)>,
}

impl Answer {
    pub fn is_available(&self) -> bool {
        self.remaining >= self.quantity
    }
}

/// How far ahead a window is looked for.
const DAYS_AHEAD: i64 = 400;
const BLOCKERS_MAX: usize = 12;
/// A window that is proposed begins by day.
const DAY_BEGINS: u32 = 7;
const DAY_ENDS: u32 = 21;

/// Whether `quantity` of a type, a kit among them, can be promised over a window; if not, why not,
/// and what else would do.
pub fn availability(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    quantity: i64,
    window: Period,
    except: Option<ReservationId>,
    now: Moment,
) -> Fallible<Answer> {
    db.at_once(|| {
        let look = Look::new(settings, now, except);
        let mut answer = count_free(db, type_id, quantity, window, look)?;
        if !answer.is_available() {
            for part in parts(db, type_id)? {
                let claimed = Period {
                    start: window.start,
                    end: window.end.plus_minutes(part.turnaround_minutes),
                };
                answer
                    .blockers
                    .extend(blockers(db, part.type_id, claimed, look)?);
            }
            answer.blockers = each_cause_first(std::mem::take(&mut answer.blockers));
            answer.blockers.truncate(BLOCKERS_MAX);
            answer.owned = owned(db, type_id)?;
            answer.next_window = next_for(db, settings, type_id, quantity, window, look)?;
            answer.instead = instead_of(db, type_id, quantity, window, look)?;
        }
        Ok(answer)
    })
}

/// How many of a type the shop has, wherever they are; of a kit, for how many it has parts.
pub(super) fn owned(db: Read<'_>, type_id: TypeId) -> Fallible<i64> {
    let parts = parts(db, type_id)?;
    let each = parts
        .iter()
        .map(|part| Ok(inventory::owned(db, part.type_id)? / part.each))
        .collect::<Fallible<Vec<i64>>>()?;
    Ok(each.into_iter().min().unwrap_or(0))
}

/// Where not all are told, every kind of cause is: one of each comes before the second of any.
pub fn each_cause_first(blockers: Vec<Blocker>) -> Vec<Blocker> {
    let mut seen = BTreeSet::new();
    let (mut first, others): (Vec<Blocker>, Vec<Blocker>) = blockers
        .into_iter()
        .partition(|blocker| seen.insert(blocker.how));
    first.extend(others);
    first
}

/// How many of a type are free over a window, and nothing else: the question that a screen asks for
/// every row it shows.
pub fn free_count(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    window: Period,
    except: Option<ReservationId>,
    now: Moment,
) -> Fallible<i64> {
    db.at_once(|| {
        Ok(count_free(db, type_id, 1, window, Look::new(settings, now, except))?.remaining)
    })
}

fn count_free(
    db: Read<'_>,
    type_id: TypeId,
    quantity: i64,
    window: Period,
    look: Look,
) -> Fallible<Answer> {
    let mut answer = Answer {
        type_id,
        window,
        quantity,
        remaining: i64::MAX,
        peak: 0,
        total: i64::MAX,
        owned: i64::MAX,
        proven: true,
        blockers: Vec::new(),
        next_window: None,
        instead: Vec::new(),
    };
    for part in parts(db, type_id)? {
        let claimed = Period {
            start: window.start,
            end: window.end.plus_minutes(part.turnaround_minutes),
        };
        let ledger = ledger_of(
            db,
            part.type_id,
            part.withdrawn,
            Span::Window(claimed),
            look,
        )?;
        let most = ledger.most(claimed);
        answer.remaining = answer.remaining.min(most.quantity / part.each);
        answer.total = answer.total.min(ledger.total / part.each);
        answer.peak = answer
            .peak
            .max((ledger.total - ledger.free(claimed) + part.each - 1) / part.each);
        answer.proven &= most.proven;
    }
    Ok(answer)
}

/// A type that really claims, and how many of it one of the asked type takes.
pub(super) struct ForOne {
    pub type_id: TypeId,
    pub each: i64,
    pub turnaround_minutes: i64,
    pub withdrawn: bool,
}

/// What really claims: a kit's components, or the type itself.
pub(super) fn parts(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<ForOne>> {
    let of = |type_id: TypeId, each: i64| -> Fallible<(ForOne, bool)> {
        let terms = known_terms(db, type_id)?;
        Ok((
            ForOne {
                type_id,
                each,
                turnaround_minutes: terms.turnaround_minutes,
                withdrawn: terms.withdrawn,
            },
            terms.is_kit,
        ))
    };
    let (itself, is_kit) = of(type_id, 1)?;
    if !is_kit {
        return Ok(vec![itself]);
    }
    catalog::exploded(db, type_id, 1)?
        .into_iter()
        .map(|(part, each)| Ok(of(part, each)?.0))
        .collect()
}

/// A type that is named in the shop's own rows exists.
fn known_terms(db: Read<'_>, type_id: TypeId) -> Fallible<catalog::Terms> {
    catalog::terms(db, type_id).map_err(|failure| match failure {
        crate::kernel::Failure::Fault(fault) => fault,
        crate::kernel::Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
    })
}

/// Who and what has some of the type in the window: gear that is out first, then promises, then
/// what is away for itself.
pub(super) fn blockers(
    db: Read<'_>,
    type_id: TypeId,
    window: Period,
    look: Look,
) -> Fallible<Vec<Blocker>> {
    let mut found = Vec::new();
    let tag_of = |item: ItemId| -> Fallible<Option<AssetTag>> { inventory::tag_of(db, item) };
    for out in table::out_of_type(db, type_id)? {
        let overdue = out.due_at < look.now;
        let until = if overdue {
            out.free_at.max(look.overdue_until)
        } else {
            out.free_at
        };
        if until <= window.start {
            continue;
        }
        let number = super::lines_table::number_of(db, out.reservation)?;
        let tag = out.item.map(tag_of).transpose()?.flatten();
        let how = if overdue { How::Overdue } else { How::Out };
        let turnaround_minutes = if until == out.free_at {
            out.free_at.minutes_after(out.due_at)
        } else {
            0
        };
        found.push(Blocker {
            how,
            reservation: Some((out.reservation, number)),
            customer: Some(out.customer),
            tag,
            until: Some(until),
            turnaround_minutes,
            quantity: out.quantity,
        });
    }
    for promise in table::promises(db, type_id, look.now)?
        .into_iter()
        .filter(|promise| {
            look.except != Some(promise.reservation) && promise.window.overlaps(&window)
        })
    {
        let Some(reservation) = super::lines_table::reservation(db, promise.reservation)? else {
            continue;
        };
        let how = if reservation.state == ReservationState::Hold {
            How::Hold
        } else {
            How::Confirmed
        };
        let tag = promise.pin.map(tag_of).transpose()?.flatten();
        found.push(Blocker {
            how,
            reservation: Some((reservation.id, reservation.number)),
            customer: reservation.customer,
            tag,
            until: Some(promise.window.end),
            turnaround_minutes: super::lines_table::line(db, promise.line)?
                .map_or(0, |line| line.turnaround_minutes),
            quantity: promise.quantity,
        });
    }
    let capacity = inventory::capacity(db, type_id, look.now, look.overdue_until)?;
    for absence in capacity
        .absences
        .iter()
        .filter(|absence| absence.window.overlaps(&window))
    {
        let how = match absence.why {
            Why::Bench => How::Bench,
            Why::SetAside => How::SetAside,
            Why::Turnaround => How::Turnaround,
        };
        let tag = absence.item.map(tag_of).transpose()?.flatten();
        let until = (absence.window.end < crate::kernel::MOMENT_MAX).then_some(absence.window.end);
        found.push(Blocker {
            until,
            ..Blocker::alone(how, tag, absence.quantity)
        });
    }
    let mut in_cases: BTreeSet<ItemId> =
        inventory::packed_items(db, type_id)?.into_iter().collect();
    for missing in inventory::missing_items(db, type_id)?
        .into_iter()
        .filter(|missing| !capacity.items.contains(&missing.item))
    {
        in_cases.remove(&missing.item);
        let how = if missing.state == "lost" {
            How::Lost
        } else {
            How::Bench
        };
        found.push(Blocker::alone(how, Some(missing.tag), 1));
    }
    if !in_cases.is_empty() {
        found.push(Blocker::alone(
            How::InCase,
            None,
            i64::try_from(in_cases.len()).unwrap_or(i64::MAX),
        ));
    }
    Ok(found)
}

/// A line that does not fit.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Shortfall {
    /// Which of the pieces it is.
    pub piece: usize,
    pub type_id: TypeId,
    pub type_name: Text,
    pub wanted: i64,
    pub free: i64,
    pub total: i64,
    /// How many the shop has, wherever they are.
    pub owned: i64,
    pub proven: bool,
    pub blockers: Vec<Blocker>,
}

/// Everything of these pieces that does not fit beside what is promised already, all together, each
/// with its causes.
pub fn shortfalls(
    db: Read<'_>,
    settings: &Settings,
    pieces: &[Piece],
    except: Option<ReservationId>,
    now: Moment,
) -> Fallible<Vec<Shortfall>> {
    let look = Look::new(settings, now, except);
    let mut by_type: BTreeMap<TypeId, Vec<usize>> = BTreeMap::new();
    for (place, piece) in pieces.iter().enumerate().filter(|(_, piece)| !piece.is_kit) {
        by_type.entry(piece.type_id).or_default().push(place);
    }
    // A single wish that names no item needs no more of the calendar than its window.
    let single = |places: &[usize]| {
        matches!(places, [place] if pieces[*place].pin.is_none()) && except.is_none()
    };
    let singles: Vec<TypeId> = by_type
        .iter()
        .filter(|(_, places)| single(places))
        .map(|(type_id, _)| *type_id)
        .collect();
    let windows = || {
        by_type
            .values()
            .filter(|places| single(places))
            .flatten()
            .map(|place| pieces[*place].wish().window)
    };
    let mut ledgers = match (
        windows().map(|window| window.start).min(),
        windows().map(|window| window.end).max(),
    ) {
        (Some(start), Some(end)) => super::ledgers(
            db,
            &catalog::terms_of_many(db, &singles)?,
            Period { start, end },
            look,
        )?,
        _ => BTreeMap::new(),
    };
    let mut short = Vec::new();
    for (type_id, places) in by_type {
        let wishes: Vec<Wish> = places.iter().map(|place| pieces[*place].wish()).collect();
        let ledger = match ledgers.remove(&type_id) {
            Some((_, ledger)) => ledger,
            None => ledger(db, type_id, Span::All, look)?,
        };
        if ledger.fits(&wishes) == Fit::Yes {
            continue;
        }
        let mut kept: Vec<Wish> = Vec::new();
        for place in places {
            let (wish, piece) = (pieces[place].wish(), &pieces[place]);
            let (free, proven) = most_beside(&ledger, &kept, &wish);
            if free < wish.quantity {
                short.push(Shortfall {
                    piece: place,
                    type_id,
                    type_name: piece.type_name.clone(),
                    wanted: wish.quantity,
                    free,
                    total: ledger.total,
                    owned: inventory::owned(db, type_id)?,
                    proven,
                    blockers: each_cause_first(blockers(db, type_id, wish.window, look)?),
                });
            }
            if free > 0 {
                kept.push(Wish {
                    quantity: free,
                    ..wish
                });
            }
        }
    }
    short.sort_by_key(|short| short.piece);
    Ok(short)
}

/// How many of a wish fit beside those that are kept, and whether that is proven.
fn most_beside(ledger: &Ledger, kept: &[Wish], wish: &Wish) -> (i64, bool) {
    let mut proven = true;
    let mut fits = |quantity: i64| {
        let all: Vec<Wish> = kept
            .iter()
            .copied()
            .chain([Wish { quantity, ..*wish }])
            .collect();
        match ledger.fits(&all) {
            Fit::Yes => true,
            Fit::Short { .. } => false,
            Fit::Unproven { .. } => {
                proven = false;
                false
            }
        }
    };
    // The largest that fits, by halves: more never fits where fewer does not.
    let (mut fit, mut too_many) = (0, wish.quantity + 1);
    while too_many - fit > 1 {
        let middle = (fit + too_many) / 2;
        if fits(middle) {
            fit = middle
        } else {
            too_many = middle
        }
    }
    (fit, proven)
}

/// What a shop can do about a line that is short.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum WayOut {
    Instead {
        type_id: TypeId,
        name: Text,
        free: i64,
    },
    Window(Period),
    Fewer(i64),
    KeepShort,
}

/// The nearest window, from a moment on, in which all the pieces fit: it starts and ends while the
/// shop is open, and is as long as was asked or as little longer as that takes.
pub fn next_window(
    db: Read<'_>,
    settings: &Settings,
    pieces: &[Piece],
    except: Option<ReservationId>,
    now: Moment,
) -> Fallible<Option<Period>> {
    let look = Look::new(settings, now, except);
    let Some(window) = pieces.first().map(|piece| to_the_minute(piece.window)) else {
        return Ok(None);
    };
    let mut by_type: BTreeMap<TypeId, Vec<&Piece>> = BTreeMap::new();
    for piece in pieces.iter().filter(|piece| !piece.is_kit) {
        by_type.entry(piece.type_id).or_default().push(piece);
    }
    let mut ledgers = Vec::new();
    for (type_id, wanted) in by_type {
        ledgers.push((ledger(db, type_id, Span::All, look)?, wanted));
    }
    let after = window.start.max(look.now.ceil_minute());
    let until = after.plus_minutes(DAYS_AHEAD * 24 * 60);
    // Nobody fetches gear at night: a start that falls there moves to the time of day that was
    // asked for.
    let asked_at = settings.zone.local(window.start).time();
    let by_day = |moment: Moment| {
        let wall = settings.zone.local(moment);
        match wall.hour() {
            DAY_BEGINS..DAY_ENDS => moment,
            hour => settings
                .zone
                .moment_or_later(
                    (wall.date() + chrono::Duration::days(i64::from(hour >= DAY_ENDS)))
                        .and_time(asked_at),
                )
                .max(moment),
        }
    };
    let doors = Doors {
        leaves: |moment: Moment| {
            settings.hours.next_open(
                &settings.zone,
                if moment == after {
                    moment
                } else {
                    by_day(moment)
                },
            )
        },
        comes_back: |moment: Moment| settings.hours.next_open(&settings.zone, moment),
    };
    // A stay is as long as the clock on the wall says: where a clock change falls into it, it takes
    // an hour more or less.
    let mut from = after;
    for (to, shift) in stretches(&settings.zone, window, after, until) {
        let wishes: Vec<Vec<Wish>> = ledgers
            .iter()
            .map(|(_, wanted)| wanted.iter().map(|piece| moved_end(piece, shift)).collect())
            .collect();
        let asked: Vec<(&Ledger, &[Wish])> = ledgers
            .iter()
            .zip(&wishes)
            .map(|((ledger, _), wishes)| (ledger, wishes.as_slice()))
            .collect();
        if let Some(found) = next_stay(
            &asked,
            Period {
                end: Moment(window.end.0 + shift),
                ..window
            },
            from,
            to,
            &doors,
        ) {
            return Ok(Some(found));
        }
        from = to;
    }
    Ok(None)
}

fn to_the_minute(window: Period) -> Period {
    Period {
        start: window.start.floor_minute(),
        end: window.end.ceil_minute(),
    }
}

fn moved_end(piece: &Piece, seconds: i64) -> Wish {
    let wish = piece.wish();
    let window = to_the_minute(wish.window);
    Wish {
        window: Period {
            start: window.start,
            end: Moment(window.end.0 + seconds),
        },
        ..wish
    }
}

/// By how many seconds the end of a stay that begins at a moment differs from the wish moved there,
/// so that it ends at the same time by the wall. An end that a clock change skips keeps the length
/// instead.
fn shift_at(zone: &ShopZone, window: Period, start: Moment) -> i64 {
    let kept = Moment(window.end.0 + start.0 - window.start.0);
    let by_the_wall = zone.local(start) + (zone.local(window.end) - zone.local(window.start));
    if zone.local(kept) == by_the_wall {
        0
    } else {
        zone.moment(by_the_wall).map_or(0, |end| end.0 - kept.0)
    }
}

/// The search from `after` to `until`, cut where that difference changes: until when, and what it
/// is there. It changes only where the start or the end passes a clock change.
fn stretches(zone: &ShopZone, window: Period, after: Moment, until: Moment) -> Vec<(Moment, i64)> {
    const HOURS_NEAR: i64 = 3;
    let length = (zone.local(window.end) - zone.local(window.start)).num_seconds();
    let mut near = vec![after, until];
    for change in zone.changes(after, Moment(until.0 + length)) {
        for middle in [change.0, change.0 - length] {
            near.extend(
                (-HOURS_NEAR * 4..=HOURS_NEAR * 4)
                    .map(|quarter| Moment(middle + quarter * 15 * 60)),
            );
        }
    }
    near.retain(|at| (after..=until).contains(at));
    near.sort_unstable();
    near.dedup();
    let mut found = Vec::new();
    let mut shift = shift_at(zone, window, after);
    for pair in near.windows(2) {
        let then = shift_at(zone, window, pair[1]);
        if then != shift {
            let (mut same, mut other) = (pair[0], pair[1]);
            while other.0 - same.0 > 60 {
                let middle = Moment(same.0 + (other.0 - same.0) / 120 * 60);
                if shift_at(zone, window, middle) == shift {
                    same = middle
                } else {
                    other = middle
                }
            }
            found.push((other, shift));
            shift = then;
        }
    }
    found.push((until, shift));
    found
}

fn next_for(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    quantity: i64,
    window: Period,
    look: Look,
) -> Fallible<Option<Period>> {
    let pieces: Vec<Piece> = parts(db, type_id)?
        .into_iter()
        .map(|part| Piece {
            want: 0,
            parent: None,
            type_id: part.type_id,
            type_name: Text::default(),
            quantity: quantity * part.each,
            pin: None,
            window,
            turnaround_minutes: part.turnaround_minutes,
            is_kit: false,
            is_counted: false,
        })
        .collect();
    next_window(db, settings, &pieces, look.except, look.now)
}

const INSTEAD_MAX: usize = 3;
/// How many types of a category are read, and how many of those that are alike are looked at for
/// one that is free.
const SIBLINGS_MAX: i64 = 2000;
const ALIKE_MAX: usize = 40;

/// Types that would do, with enough free in the window: those listed as substitutes first, then
/// those of the same category that are of the same kind and about as dear, the most alike first.
pub(super) fn instead_of(
    db: Read<'_>,
    type_id: TypeId,
    quantity: i64,
    window: Period,
    look: Look,
) -> Fallible<Vec<(TypeId, Text, i64)>> {
    let listed = catalog::substitutes(db, type_id)?;
    let mut found = Vec::new();
    for candidate in &listed {
        found.extend(free_instead(db, *candidate, quantity, window, look)?);
    }
    let worth = worth_of(db, type_id, look.now)?;
    for candidate in alike(db, type_id)?
        .into_iter()
        .filter(|candidate| !listed.contains(candidate))
        .take(ALIKE_MAX)
    {
        if found.len() >= INSTEAD_MAX {
            break;
        }
        if is_alike(worth, worth_of(db, candidate, look.now)?) {
            found.extend(free_instead(db, candidate, quantity, window, look)?);
        }
    }
    found.truncate(INSTEAD_MAX);
    Ok(found)
}

/// The types of its category that are rented by themselves and are of the same kind, the most alike
/// first.
fn alike(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<TypeId>> {
    let (Some(category), Some(name)) = (
        catalog::category_of(db, type_id)?,
        catalog::names(db, [type_id])?.remove(&type_id),
    ) else {
        return Ok(Vec::new());
    };
    let siblings = catalog::list(db, Some(category), SIBLINGS_MAX, 0)?;
    let may_do = siblings.iter().filter(|sibling| {
        sibling.id != type_id
            && !sibling.withdrawn
            && sibling.details.role == catalog::Role::Primary
    });
    let mut alike: Vec<(i64, TypeId)> = may_do
        .filter_map(|sibling| {
            Some((
                catalog::likeness(name.as_str(), sibling.details.name.as_str())?,
                sibling.id,
            ))
        })
        .collect();
    alike.sort_by_key(|(likeness, _)| std::cmp::Reverse(*likeness));
    Ok(alike.into_iter().map(|(_, id)| id).collect())
}

fn free_instead(
    db: Read<'_>,
    candidate: TypeId,
    quantity: i64,
    window: Period,
    look: Look,
) -> Fallible<Option<(TypeId, Text, i64)>> {
    if catalog::is_withdrawn(db, candidate)? {
        return Ok(None);
    }
    let free = count_free(db, candidate, quantity, window, look)?.remaining;
    let name = catalog::names(db, [candidate])?
        .remove(&candidate)
        .unwrap_or_default();
    Ok((free >= quantity).then_some((candidate, name, free)))
}

/// What a day of it costs, else what it is worth: how much alike two types of a category are.
fn worth_of(db: Read<'_>, type_id: TypeId, now: Moment) -> Fallible<Option<i64>> {
    let rate = pricing::rate_at(db, type_id, now)?
        .and_then(|rate| rate.daily.or(rate.fixed).or(rate.hourly).or(rate.weekly));
    Ok(rate.map(|rate| rate.0))
}

fn is_alike(one: Option<i64>, other: Option<i64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => {
            one <= other.saturating_mul(2) && other <= one.saturating_mul(2)
        }
        (None, None) => true,
        _ => false,
    }
}

/// The ways out of one shortfall: a substitute, the nearest window for everything, fewer, or keep
/// it short.
pub fn ways_out(
    db: Read<'_>,
    settings: &Settings,
    pieces: &[Piece],
    short: &Shortfall,
    except: Option<ReservationId>,
    now: Moment,
) -> Fallible<Vec<WayOut>> {
    let look = Look::new(settings, now, except);
    let mut ways = Vec::new();
    let piece = &pieces[short.piece];
    if let Some((type_id, name, free)) =
        instead_of(db, short.type_id, short.wanted, piece.window, look)?
            .into_iter()
            .next()
    {
        ways.push(WayOut::Instead {
            type_id,
            name,
            free,
        });
    }
    if let Some(window) = next_window(db, settings, pieces, except, now)? {
        ways.push(WayOut::Window(window));
    }
    if short.free > 0 {
        ways.push(WayOut::Fewer(short.free));
    }
    if settings.value("short") != "forbid" {
        ways.push(WayOut::KeepShort);
    }
    Ok(ways)
}
