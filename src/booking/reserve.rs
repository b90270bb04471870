//! Making a reservation, and what becomes of it before anything goes out: confirmed, held,
//! cancelled, lapsed.

use super::claims;
use super::model::{Line, LineState, Reservation, ReservationState};
use super::prices::{self, Bargain};
use super::promises::{Blocker, How, Shortfall, WayOut, shortages_of, shortfalls, ways_out};
use super::refusal::{BookingRefusal, Lacking};
use super::wants::{Piece, Want, pieces};
use super::{Outcome, table};
use crate::customers;
use crate::events::{Agreed, Event, LineFact};
use crate::kernel::time::length_words;
use crate::kernel::{
    CustomerId, Fallible, ItemId, LineId, Moment, Money, Period, ReservationId, ReservationNumber,
    Settings, Text,
};
use crate::store::{Read, Write};
use uuid::Uuid;

/// How firm the promise is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Firmness {
    /// Claims nothing.
    Quote,
    /// Claims until it lapses; None: the shop's usual time.
    Hold(Option<Moment>),
    Confirmed,
}

#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub struct NewReservation {
    /// Only a quote may lack one.
    pub customer: Option<CustomerId>,
    pub window: Period,
    pub wants: Vec<Want>,
    pub firmness: Firmness,
    pub note: Option<Text>,
    /// Save although something is short, because somebody was told and chose it.
    pub keep_short: bool,
    /// What another program called it.
    pub reference: Option<Text>,
    /// What is said of its price beside the rates.
    pub bargain: Bargain,
}

/// A start may lie so far back: the customer stands at the counter while it is typed.
const START_GRACE_MINUTES: i64 = 10;
/// A stay longer than this is a typing mistake, or wants to be extended on the way.
pub(super) const STAY_DAYS_MAX: i64 = 400;

/// The window of a new promise: in the right order, not over, not longer than a shop can mean.
pub fn may_begin(settings: &Settings, window: Period, now: Moment) -> Result<(), BookingRefusal> {
    let show = |moment: Moment| settings.zone.show(moment, now);
    may_last(settings, window, now)?;
    if window.start < now.plus_minutes(-START_GRACE_MINUTES).floor_minute() {
        return Err(BookingRefusal::StartPast {
            start: show(window.start),
        });
    }
    Ok(())
}

/// A stay may last so long; of gear that is out, counted from now.
pub(super) fn may_last(
    settings: &Settings,
    window: Period,
    now: Moment,
) -> Result<(), BookingRefusal> {
    let show = |moment: Moment| settings.zone.show(moment, now);
    if window.end <= window.start {
        return Err(BookingRefusal::EndBeforeStart {
            start: show(window.start),
            end: show(window.end),
        });
    }
    let days = STAY_DAYS_MAX * 86_400;
    // A month of turnaround at the most still ends inside what the file can name.
    if window.end.0 - window.start.0 > days
        || !window.start.in_range()
        || !window.end.plus_minutes(43_200).in_range()
    {
        return Err(BookingRefusal::WindowTooLong {
            start: show(window.start),
            end: show(window.end),
        });
    }
    Ok(())
}

/// Makes a reservation; its id. All of it, or nothing.
pub fn reserve(
    db: &mut Write<'_>,
    settings: &Settings,
    new: &NewReservation,
) -> Outcome<ReservationId> {
    let now = db.now();
    let window = Period {
        start: new.window.start.floor_minute(),
        end: new.window.end.ceil_minute(),
    };
    may_begin(settings, window, now)?;
    if new.wants.is_empty() {
        return Err(BookingRefusal::NoLines.into());
    }
    match new.customer {
        Some(customer) => may_have_more(db.read(), Some(customer))?,
        None if new.firmness == Firmness::Quote => {}
        None => return Err(BookingRefusal::CustomerMissing.into()),
    }
    let pieces = pieces(db.read(), &new.wants, window)?;
    let hold_lapses_at = match new.firmness {
        Firmness::Hold(until) => Some(lapse(settings, until, window.start, now)?),
        _ => None,
    };
    if new.firmness != Firmness::Quote {
        must_fit(db.read(), settings, &pieces, None, new.keep_short, now)?;
    }
    let number = ReservationNumber(db.next_number("reservation", 1001)?);
    let state = match new.firmness {
        Firmness::Quote => ReservationState::Quote,
        // A confirmed one is made and confirmed in one breath; a walk-in is born active.
        Firmness::Hold(_) => ReservationState::Hold,
        Firmness::Confirmed => ReservationState::Confirmed,
    };
    let head = table::NewReservation {
        number,
        customer: new.customer,
        state,
        start: window.start,
        end: window.end,
        hold_lapses_at,
        note: new.note.as_ref(),
        reference: new.reference.as_ref(),
    };
    let id = table::insert_reservation(db, &head)?;
    let lines = insert_lines(db, id, &pieces, state.claims())?;
    let lines = match price_new(db, settings, id, &new.bargain)? {
        Some(_) => facts(db.read(), id)?,
        None => lines,
    };
    db.publish(&Event::ReservationCreated {
        reservation_id: id,
        number,
        customer_id: new.customer,
        state: state.word().to_owned(),
        hold_lapses_at,
        lines: lines.clone(),
    })?;
    if let (Firmness::Confirmed, Some(customer_id)) = (new.firmness, new.customer) {
        db.publish(&Event::ReservationConfirmed {
            reservation_id: id,
            number,
            customer_id,
            confirmed_at: now,
            lines,
        })?;
    }
    Ok(id)
}

/// Freezes the price of a reservation that was just written; nothing where the shop has no rates
/// and nothing was said of the price.
pub(super) fn price_new(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    bargain: &Bargain,
) -> Outcome<Option<Money>> {
    if bargain.is_nothing() && !crate::pricing::has_rates(db.read())? {
        return Ok(None);
    }
    let found = super::reservation(db.read(), id)?;
    prices::price(
        db,
        settings,
        &Reservation {
            state: ReservationState::Quote,
            ..found
        },
        bargain,
    )
}

/// Writes the lines of these pieces, those that belong under another one under it; as facts.
pub(super) fn insert_lines(
    db: &mut Write<'_>,
    reservation: ReservationId,
    pieces: &[Piece],
    claims: bool,
) -> Fallible<Vec<LineFact>> {
    let mut lines: Vec<LineFact> = Vec::new();
    let rank = claims::next_rank(db)?;
    for piece in pieces {
        let parent = piece
            .parent
            .and_then(|parent| lines.get(parent))
            .map(|line| line.line_id);
        let claimed = if claims && !piece.is_kit {
            piece.quantity
        } else {
            0
        };
        let line_id = table::insert_line(
            db,
            &table::NewLine {
                reservation,
                type_id: piece.type_id,
                type_name: &piece.type_name,
                quantity: piece.quantity,
                start: piece.window.start,
                end: piece.window.end,
                turnaround_minutes: piece.turnaround_minutes,
                state: LineState::Open,
                parent,
                is_kit: piece.is_kit,
                pin: piece.pin,
                rank,
                claimed,
            },
        )?;
        if claimed > 0 && (piece.pin.is_some() || piece.is_counted) {
            claims::guard(
                db,
                line_id,
                piece.type_id,
                piece.pin,
                claimed,
                piece.claimed(),
            )?;
        }
        lines.push(LineFact {
            line_id,
            type_id: piece.type_id,
            quantity: piece.quantity,
            start: piece.window.start,
            end: piece.window.end,
            turnaround_minutes: piece.turnaround_minutes,
            parent_line_id: parent,
            pinned_item_id: piece.pin,
            price: None,
        });
    }
    Ok(lines)
}

/// When a hold lapses: as asked, else after the shop's usual time, and never past its start.
pub(super) fn lapse(
    settings: &Settings,
    until: Option<Moment>,
    start: Moment,
    now: Moment,
) -> Outcome<Moment> {
    let lapses = until
        .unwrap_or_else(|| {
            now.plus_minutes(settings.hold_minutes())
                .ceil_minute()
                .min(start)
        })
        .ceil_minute();
    if lapses.0 - now.0 < 60 || lapses > start {
        let show = |moment: Moment| settings.zone.show(moment, now);
        return Err(BookingRefusal::HoldTime {
            lapses: show(lapses),
            start: show(start),
        }
        .into());
    }
    Ok(lapses)
}

/// Refuses what does not fit, all of it together, each line with its causes and the ways out;
/// unless somebody was told and chose to keep it short, and the shop allows that.
pub(super) fn must_fit(
    db: Read<'_>,
    settings: &Settings,
    pieces: &[Piece],
    except: Option<ReservationId>,
    keep_short: bool,
    now: Moment,
) -> Outcome<()> {
    let policy = settings.value("short");
    if policy == "warn" || (keep_short && policy != "forbid") {
        return Ok(());
    }
    let short = shortfalls(db, settings, pieces, except, now)?;
    let Some(first) = short.first() else {
        return Ok(());
    };
    let sentences = short
        .iter()
        .map(|short| sentence(db, settings, pieces, short, now))
        .collect::<Fallible<Vec<_>>>()?;
    let ways = ways_out(db, settings, pieces, first, except, now)?;
    let in_words = ways_in_words(settings, &ways, first, now);
    Err(BookingRefusal::Short(sentences, in_words, Box::new(Lacking { short, ways })).into())
}

/// One shortfall in words: how many, of what, who has it until when, what is broken.
pub fn sentence(
    db: Read<'_>,
    settings: &Settings,
    pieces: &[Piece],
    short: &Shortfall,
    now: Moment,
) -> Fallible<String> {
    let part = match pieces
        .get(short.piece)
        .and_then(|piece| piece.parent)
        .and_then(|parent| pieces.get(parent))
    {
        Some(parent) if parent.is_kit => format!(", part of {}", parent.type_name),
        Some(parent) => format!(", goes along with {}", parent.type_name),
        None => String::new(),
    };
    let pin = pieces
        .get(short.piece)
        .and_then(|piece| piece.pin.map(|item| (item, piece.window)));
    let mut words = match pin {
        Some((item, window)) => {
            let tag =
                crate::inventory::tag_of(db, item)?.map_or_else(String::new, |tag| tag.to_string());
            let others =
                super::promises::free_count(db, settings, short.type_id, window, None, now)?;
            let instead = if others > 0 {
                format!("; another {} would do, {others} free", short.type_name)
            } else {
                String::new()
            };
            format!(
                "{tag} {}{part} cannot be had then{instead}",
                short.type_name
            )
        }
        None => format!(
            "{} x {}{part} wanted, {} of {} free",
            short.wanted, short.type_name, short.free, short.total
        ),
    };
    if short.wanted > short.owned {
        words.push_str(&format!(", the shop owns {}", short.owned));
    }
    if !short.proven {
        words.push_str(" that could be proven to fit");
    }
    let blockers = in_the_way_of(db, short, pin.map(|(item, _)| item))?;
    let causes = blockers
        .iter()
        .take(4)
        .map(|blocker| blocker_words(db, settings, blocker, now))
        .collect::<Fallible<Vec<_>>>()?;
    if !causes.is_empty() {
        words = format!("{words}: {}", causes.join(", "));
    }
    if blockers.len() > 4 {
        words = format!("{words}, and {} more", blockers.len() - 4);
    }
    Ok(words)
}

/// Of a named item what keeps that very item, if anything does; else all.
fn in_the_way_of(db: Read<'_>, short: &Shortfall, pin: Option<ItemId>) -> Fallible<Vec<Blocker>> {
    let tag = pin
        .map(|item| crate::inventory::tag_of(db, item))
        .transpose()?
        .flatten();
    let own: Vec<Blocker> = short
        .blockers
        .iter()
        .filter(|blocker| tag.is_some() && blocker.tag == tag)
        .cloned()
        .collect();
    Ok(if own.is_empty() {
        short.blockers.clone()
    } else {
        own
    })
}

/// `CAM-0012 out R-1042 Maya Chen until Mon 24 Nov 12:00, 2 h turnaround included`
pub fn blocker_words(
    db: Read<'_>,
    settings: &Settings,
    blocker: &Blocker,
    now: Moment,
) -> Fallible<String> {
    if blocker.how == How::InCase {
        let (lie, cases) = if blocker.quantity == 1 {
            ("lies", "a case")
        } else {
            ("lie", "cases")
        };
        return Ok(format!(
            "{} {lie} in {cases}, taken with the case",
            blocker.quantity
        ));
    }
    let mut words = Vec::new();
    match &blocker.tag {
        Some(tag) => words.push(tag.to_string()),
        None => words.push(blocker.quantity.to_string()),
    }
    words.push(blocker.how.word().to_owned());
    if let Some((_, number)) = blocker.reservation {
        words.push(number.to_string());
    }
    if let Some(customer) = blocker.customer
        && let Some(name) = customers::names(db, [customer])?.remove(&customer)
    {
        words.push(name.to_string());
    }
    if let Some(until) = blocker.until {
        let rests = Some(blocker.turnaround_minutes)
            .filter(|minutes| *minutes > 0)
            .map(|minutes| format!(", {} turnaround included", length_words(minutes)));
        words.push(format!(
            "until {}{}",
            settings.zone.show(until, now),
            rests.unwrap_or_default()
        ));
    }
    Ok(words.join(" "))
}

/// `1 x Sony FX3 body instead (2 free), or Mon 24 Nov 10:00 to Wed 26 Nov 11:00 for all of it, or
/// take 1, or keep it short`
pub fn ways_in_words(
    settings: &Settings,
    ways: &[WayOut],
    short: &Shortfall,
    now: Moment,
) -> String {
    let words: Vec<String> = ways
        .iter()
        .map(|way| match way {
            WayOut::Instead { name, free, .. } => {
                format!("{} x {name} instead ({free} free)", short.wanted)
            }
            WayOut::Window(window) => format!(
                "{} to {} for all of it",
                settings.zone.show(window.start, now),
                settings.zone.show(window.end, now)
            ),
            WayOut::Fewer(count) => format!("take {count}"),
            WayOut::KeepShort => "keep it short (--keep-short)".to_owned(),
        })
        .collect();
    if words.is_empty() {
        "ask for other dates, or for less".to_owned()
    } else {
        words.join(", or ")
    }
}

/// What its lines say now, as facts.
pub fn facts(db: Read<'_>, id: ReservationId) -> Fallible<Vec<LineFact>> {
    Ok(table::lines(db, id)?
        .iter()
        .filter(|line| line.state != LineState::Dropped)
        .map(Line::fact)
        .collect())
}

/// What a reservation says now, as a fact.
pub(super) fn agreed(db: Read<'_>, found: &Reservation) -> Fallible<Agreed> {
    Ok(Agreed {
        state: found.state.word().to_owned(),
        customer_id: found.customer,
        start: found.start,
        end: found.end,
        hold_lapses_at: found.hold_lapses_at,
        lines: facts(db, found.id)?,
        total: found.total,
        note: found.note.clone(),
    })
}

pub(super) fn not_now(found: &Reservation, verb: &'static str) -> BookingRefusal {
    BookingRefusal::NotNow {
        number: found.number,
        state: found.state.shown(),
        verb,
    }
}

/// Firm from now on.
pub fn confirm(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    keep_short: bool,
) -> Outcome<()> {
    let found = super::reservation(db.read(), id)?;
    if !matches!(
        found.state,
        ReservationState::Quote | ReservationState::Hold
    ) {
        return Err(not_now(&found, "confirmed").into());
    }
    let customer_id = becomes_firm(db, settings, &found, keep_short)?;
    table::set_agreement(
        db,
        &Reservation {
            state: ReservationState::Confirmed,
            hold_lapses_at: None,
            ..found.clone()
        },
    )?;
    claims::settle(db, id)?;
    if found.total.is_none() {
        prices::price(db, settings, &found, &Bargain::default())?;
    }
    let (confirmed_at, lines) = (db.now(), facts(db.read(), id)?);
    db.publish(&Event::ReservationConfirmed {
        reservation_id: id,
        number: found.number,
        customer_id,
        confirmed_at,
        lines,
    })?;
    Ok(())
}

/// What a promise asks of a reservation that exists: a customer who may rent, a start to come, and
/// room.
fn becomes_firm(
    db: &mut Write<'_>,
    settings: &Settings,
    found: &Reservation,
    keep_short: bool,
) -> Outcome<CustomerId> {
    let now = db.now();
    let customer = found.customer.ok_or(BookingRefusal::CustomerMissing)?;
    may_have_more(db.read(), Some(customer))?;
    may_begin(
        settings,
        Period {
            start: found.start,
            end: found.end,
        },
        now,
    )?;
    let lines = table::lines(db.read(), found.id)?;
    for line in lines.iter().filter(|line| line.is_open()) {
        if crate::catalog::is_withdrawn(db.read(), line.type_id)? {
            return Err(BookingRefusal::Withdrawn {
                type_name: line.type_name.clone(),
            }
            .into());
        }
    }
    if found.state.claims() {
        stays_whole(db, settings, found, &lines, keep_short)?;
    } else {
        must_fit(
            db.read(),
            settings,
            &claims::pieces_of(&lines, db.read())?,
            Some(found.id),
            keep_short,
            now,
        )?;
    }
    if !found.state.claims() {
        let rank = claims::next_rank(db)?;
        for line in lines.into_iter().filter(|line| line.is_open()) {
            table::set_terms(db, &Line { rank, ..line })?;
        }
    }
    Ok(customer)
}

/// A reservation that claims already keeps what it has, whoever was promised more since; refused is
/// what is short of it by now, weighed with all it wants of the types that are short.
fn stays_whole(
    db: &Write<'_>,
    settings: &Settings,
    found: &Reservation,
    lines: &[Line],
    keep_short: bool,
) -> Outcome<()> {
    let now = db.now();
    let mut short = shortages_of(
        db.read(),
        settings,
        lines
            .iter()
            .filter(|line| line.claimed > 0)
            .map(|line| line.type_id),
        now,
    )?;
    short.retain(|short| short.reservation == found.id);
    let of_these: Vec<Line> = lines
        .iter()
        .filter(|line| short.iter().any(|short| short.type_id == line.type_id))
        .cloned()
        .collect();
    must_fit(
        db.read(),
        settings,
        &claims::pieces_of(&of_these, db.read())?,
        Some(found.id),
        keep_short,
        now,
    )
}

/// A quote begins to claim, or a hold lasts longer.
pub fn hold(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
    until: Option<Moment>,
    keep_short: bool,
) -> Outcome<()> {
    let found = super::reservation(db.read(), id)?;
    if !matches!(
        found.state,
        ReservationState::Quote | ReservationState::Hold
    ) {
        return Err(not_now(&found, "held").into());
    }
    may_have_more(db.read(), found.customer)?;
    let lapses = lapse(settings, until, found.start, db.now())?;
    let before = agreed(db.read(), &found)?;
    if found.state == ReservationState::Quote {
        becomes_firm(db, settings, &found, keep_short)?;
    }
    let mut after = Reservation {
        state: ReservationState::Hold,
        hold_lapses_at: Some(lapses),
        ..found
    };
    table::set_agreement(db, &after)?;
    claims::settle(db, id)?;
    if after.total.is_none() {
        after.total = prices::price(db, settings, &after, &Bargain::default())?;
    }
    tell_change(db, before, &after, "hold", &[])
}

/// Whether somebody may get more than they have: more gear, or for longer. Whoever is suspended may
/// not, whatever door asks.
pub(super) fn may_have_more(db: Read<'_>, customer: Option<CustomerId>) -> Outcome<()> {
    if let Some(customer) = customer {
        customers::may_rent(db, customer)
            .map_err(|failure| failure.map(BookingRefusal::Customer))?;
    }
    Ok(())
}

/// Publishes what a change made of a reservation, or what taking one back did.
pub(super) fn tell_change(
    db: &mut Write<'_>,
    before: Agreed,
    after: &Reservation,
    reason_kind: &str,
    undone: &[Uuid],
) -> Outcome<()> {
    let price_delta = match (before.total, after.total) {
        (None, None) => None,
        (was, is) => Some(Money(is.unwrap_or_default().0 - was.unwrap_or_default().0)),
    };
    let said = agreed(db.read(), after)?;
    let changed = before.changed(&said);
    let event = Event::ReservationChanged {
        reservation_id: after.id,
        number: after.number,
        customer_id: after.customer,
        before,
        after: said,
        price_delta,
        reason_kind: reason_kind.to_owned(),
        changed: changed.iter().map(|what| what.word().to_owned()).collect(),
        also_undone: undone.iter().skip(1).copied().collect(),
    };
    db.publish_reversing(&event, undone.first().copied())?;
    Ok(())
}

crate::words_in_columns! {
    /// Why a reservation was cancelled.
    CancelReason { Customer = "customer", Shop = "shop", Duplicate = "duplicate", Declined = "declined", Other = "other" }
}

/// Gives everything it claims back.
pub fn cancel(
    db: &mut Write<'_>,
    id: ReservationId,
    reason: CancelReason,
    note: Option<&Text>,
) -> Outcome<()> {
    let found = super::reservation(db.read(), id)?;
    if !matches!(
        found.state,
        ReservationState::Quote | ReservationState::Hold | ReservationState::Confirmed
    ) {
        return Err(not_now(&found, "cancelled").into());
    }
    let lines = facts(db.read(), id)?;
    claims::release_all(db, id)?;
    let kept = table::lines(db.read(), id)?;
    claims::guard_again_of(db, &kept)?;
    let note = match (found.note.as_ref(), note) {
        (Some(old), Some(new)) => Some(Text::new(&format!("{old} · {new}"))),
        (old, new) => new.or(old).cloned(),
    };
    let after = Reservation {
        state: ReservationState::Cancelled,
        hold_lapses_at: None,
        cancel_reason: Some(Text::new(reason.word())),
        note,
        ..found.clone()
    };
    table::set_agreement(db, &after)?;
    db.publish(&Event::ReservationCancelled {
        reservation_id: id,
        number: found.number,
        customer_id: found.customer,
        previous_state: found.state.word().to_owned(),
        reason_kind: reason.word().to_owned(),
        lines,
        also_undone: Vec::new(),
    })?;
    Ok(())
}

/// How many lapse in one go; the rest on the next tick.
const LAPSE_AT_ONCE: i64 = 50;

/// Holds whose time is over, and confirmed reservations that nobody came for: what [`expire`] is to
/// be told of.
pub fn lapsing(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<Vec<ReservationId>> {
    let holds = table::lapsed_holds(db, now, LAPSE_AT_ONCE)?;
    let no_shows = table::no_shows(
        db,
        now.plus_minutes(-settings.no_show_minutes()),
        LAPSE_AT_ONCE,
    )?;
    let left_overs = table::left_overs(
        db,
        now.plus_minutes(-settings.no_show_minutes()),
        LAPSE_AT_ONCE,
    )?;
    Ok(holds
        .into_iter()
        .chain(no_shows)
        .chain(left_overs)
        .map(|found| found.id)
        .collect())
}

/// Confirmed reservations whose time to be picked up came some minutes ago, and what was begun, is
/// over and back, and has something that never left: both wait until they lapse.
pub fn not_picked_up(
    db: Read<'_>,
    now: Moment,
    patience_minutes: i64,
    limit: i64,
) -> Fallible<Vec<Reservation>> {
    let mut waiting = table::waited_for(db, now.plus_minutes(-patience_minutes), limit)?;
    waiting.extend(table::left_overs(db, now, limit)?);
    Ok(waiting)
}

/// The lines of which something never left, and how many of each.
pub fn never_left(db: Read<'_>, id: ReservationId) -> Fallible<Vec<(super::Line, i64)>> {
    let mut left = Vec::new();
    for line in table::lines(db, id)? {
        let (handed, _) = table::handed(db, line.id)?;
        if line.is_open() && !line.is_kit && handed < line.quantity {
            let count = line.quantity - handed;
            left.push((line, count));
        }
    }
    Ok(left)
}

/// It was begun, is over, and nothing of it is out: what never left is dropped, and it is complete.
pub fn complete_without_the_rest(
    db: &mut Write<'_>,
    settings: &Settings,
    id: ReservationId,
) -> Outcome<()> {
    let lines = table::lines(db.read(), id)?;
    let mut handed = std::collections::BTreeMap::new();
    for line in &lines {
        let count = table::handed(db.read(), line.id)?.0;
        *handed.entry(line.id).or_insert(0) += count;
        if let Some(parent) = line.parent.filter(|_| count > 0) {
            *handed.entry(parent).or_insert(0) += 1; // a kit of which a part left is begun
        }
    }
    let of = |line: &super::Line| handed.get(&line.id).copied().unwrap_or(0);
    let mut dropped = std::collections::BTreeSet::new();
    let mut edits = Vec::new();
    for line in lines.iter().filter(|line| line.state != LineState::Dropped) {
        if line.parent.is_some_and(|parent| dropped.contains(&parent)) {
            dropped.insert(line.id);
        } else if of(line) == 0 {
            dropped.insert(line.id);
            edits.push(super::Edit::Drop(line.id));
        } else if !line.is_kit && of(line) < line.quantity {
            edits.push(super::Edit::Quantity(line.id, of(line)));
        }
    }
    let rest = super::Change {
        edits,
        ..super::Change::default()
    };
    super::change::change_because(db, settings, id, &rest, "no-show")
}

/// Its time is over, or nobody came for it: it stops claiming.
pub fn expire(db: &mut Write<'_>, id: ReservationId) -> Outcome<()> {
    let found = super::reservation(db.read(), id)?;
    let kind = match found.state {
        ReservationState::Hold => "hold",
        ReservationState::Confirmed => "no-show",
        _ => return Err(not_now(&found, "lapsed").into()),
    };
    let Some(customer_id) = found.customer else {
        return Ok(());
    };
    let lines = facts(db.read(), id)?;
    claims::release_all(db, id)?;
    let kept = table::lines(db.read(), id)?;
    claims::guard_again_of(db, &kept)?;
    let number = found.number;
    table::set_agreement(
        db,
        &Reservation {
            state: ReservationState::Expired,
            ..found
        },
    )?; // when a hold lapsed stays written
    db.publish(&Event::ReservationExpired {
        reservation_id: id,
        number,
        customer_id,
        kind: kind.to_owned(),
        lines,
    })?;
    Ok(())
}

/// So many are told of in one go; the rest on the next tick.
const OVERDUE_AT_ONCE: i64 = 50;

/// How much became overdue that nobody was told of: asked on every tick, a range of an index that
/// is empty as a rule.
pub fn untold_overdue(db: Read<'_>, now: Moment) -> Fallible<usize> {
    Ok(table::untold_overdue(db, now, OVERDUE_AT_ONCE)?.len())
}

/// Tells once of everything that is out past its due time; anew only for another due time.
pub fn tell_overdue(db: &mut Write<'_>, settings: &Settings) -> Fallible<()> {
    for rental in table::untold_overdue(db.read(), db.now(), OVERDUE_AT_ONCE)? {
        table::set_told(db, rental.id)?;
        let event = Event::RentalOverdue {
            rental_id: rental.id,
            item_id: rental.item,
            asset_tag: super::check_in::tag_of(db.read(), &rental)?,
            type_id: rental.type_id,
            count: rental.quantity,
            reservation_id: rental.reservation,
            number: table::number_of(db.read(), rental.reservation)?,
            customer_id: rental.customer,
            due_at: rental.due_at,
            day: settings.zone.day(db.now()).to_string(),
        };
        db.publish(&event)?;
    }
    Ok(())
}

/// Whether anything waits for [`expire`]: asked on every tick, so that a tick with nothing to do
/// writes nothing.
pub fn has_lapsed(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<usize> {
    let ended_by = now.plus_minutes(-settings.no_show_minutes());
    Ok(table::lapsed_holds(db, now, LAPSE_AT_ONCE)?.len()
        + table::no_shows(db, ended_by, LAPSE_AT_ONCE)?.len()
        + table::left_overs(db, ended_by, LAPSE_AT_ONCE)?.len())
}

/// How many of a line stand ready for the hand-over. A mark, not a state.
pub fn pack(db: &mut Write<'_>, id: ReservationId, line: LineId, packed: i64) -> Outcome<()> {
    let found = super::reservation(db.read(), id)?;
    if !matches!(
        found.state,
        ReservationState::Hold | ReservationState::Confirmed | ReservationState::Active
    ) {
        return Err(not_now(&found, "packed").into());
    }
    let lines = table::lines(db.read(), id)?;
    let Some(place) = lines
        .iter()
        .position(|known| known.id == line && known.state != LineState::Dropped)
    else {
        return Err(BookingRefusal::NoLine {
            number: found.number,
            line: line.0,
        }
        .into());
    };
    if !(0..=lines[place].quantity).contains(&packed) {
        return Err(BookingRefusal::PackedTooMany {
            line: place as i64 + 1,
            packed,
            quantity: lines[place].quantity,
        }
        .into());
    }
    Ok(table::set_packed(db, line, packed)?)
}

/// Days of the window on which the shop is closed for the hand-over or the return: worth a word,
/// never a refusal.
pub fn closed_at(settings: &Settings, window: Period) -> Vec<(Moment, Moment)> {
    [window.start, window.end]
        .into_iter()
        .filter(|moment| !settings.hours.is_open(&settings.zone, *moment))
        .map(|moment| (moment, settings.hours.next_open(&settings.zone, moment)))
        .collect()
}
