//! A reservation that is being written: nothing of it counts until it is saved, and nothing of it
//! is lost before.

use super::promised::{self, Verb};
use super::{table, tiers};
use crate::booking::{
    self, Bargain, BookingRefusal, Change, Edit, Firmness, LineState, NewReservation, Piece,
    ReservationState, Shortfall, Want,
};
use crate::kernel::{
    CustomerId, Failure, Fallible, LineId, Moment, Money, Period, ReservationId, ReservationNumber,
    Settings, Text,
};
use crate::pricing::{ByHand, Off};
use crate::store::{Read, Write};
use serde::{Deserialize, Serialize};

type Outcome<T> = Result<T, Failure<BookingRefusal>>;

/// The reservation that is changed, as it was read.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Changing {
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub version: i64,
    pub firmness: Firmness,
    pub window: Period,
    pub customer: Option<CustomerId>,
    pub note: Option<Text>,
    /// Gear of it is out: its start stands.
    pub active: bool,
    /// How many lines it has, whatever became of them.
    #[serde(default)]
    pub lines: usize,
}

/// What is wanted of one thing.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DraftLine {
    /// The line as it stands; None: a new one.
    pub line: Option<LineId>,
    pub want: Want,
    /// The quantity that stands.
    pub was: i64,
    pub dropped: bool,
    /// Somebody was told that it is short, and keeps it so.
    pub keep_short: bool,
    /// The number of the line as it stands.
    #[serde(default)]
    pub number: Option<usize>,
    /// What is said of its price; none: as it was.
    #[serde(default)]
    pub price: Option<HandPrice>,
}

/// What one piece of a line costs for the whole time.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum HandPrice {
    /// As the rates say, and nothing off it.
    Rates,
    Amount(ByHand<Money>),
    /// What it costs anyway, less this.
    Off(ByHand<Off>),
}

impl HandPrice {
    /// Says it of the line with this number.
    fn say(&self, number: usize, bargain: &mut Bargain) {
        match self {
            HandPrice::Rates => {
                bargain.lines.insert(number, None);
                bargain.line_offs.insert(number, None);
            }
            HandPrice::Amount(price) => drop(bargain.lines.insert(number, Some(price.clone()))),
            HandPrice::Off(off) => drop(bargain.line_offs.insert(number, Some(off.clone()))),
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ReservationDraft {
    /// The draft in the file and its version, as this window last saw it.
    #[serde(skip)]
    pub id: Option<i64>,
    #[serde(skip)]
    pub version: i64,
    /// None: a new reservation.
    pub of: Option<Changing>,
    pub customer: Option<CustomerId>,
    pub window: Period,
    pub firmness: Firmness,
    pub note: Option<Text>,
    pub lines: Vec<DraftLine>,
    /// What is said of the whole price; of a line it stands with the line.
    #[serde(default)]
    pub bargain: Bargain,
    /// Somebody typed into it: it is kept until it is saved.
    pub touched: bool,
    pub since: Option<Moment>,
}

impl ReservationDraft {
    pub fn new(window: Period) -> Self {
        ReservationDraft {
            id: None,
            version: 0,
            of: None,
            customer: None,
            window,
            firmness: Firmness::Hold(None),
            note: None,
            lines: Vec::new(),
            bargain: Bargain::default(),
            touched: false,
            since: None,
        }
    }

    /// Adds what is wanted, to a line of the same type where there is one. Which line; none where
    /// that very item is on it already.
    pub fn add(&mut self, want: Want) -> Option<usize> {
        if want.pin.is_some()
            && self
                .lines
                .iter()
                .any(|line| !line.dropped && line.want.pin == want.pin)
        {
            return None;
        }
        let same = self.lines.iter().position(|line| {
            !line.dropped
                && want.pin.is_none()
                && line.want.pin.is_none()
                && line.want.type_id == want.type_id
        });
        match same {
            Some(place) => {
                let wanted = &mut self.lines[place].want;
                wanted.quantity = wanted.quantity.saturating_add(want.quantity);
                self.lines[place].keep_short = false;
                Some(place)
            }
            None => {
                self.lines.push(DraftLine {
                    line: None,
                    want,
                    was: 0,
                    dropped: false,
                    keep_short: false,
                    number: None,
                    price: None,
                });
                Some(self.lines.len() - 1)
            }
        }
    }

    /// The lines that are wanted, with their places.
    pub fn wanted(&self) -> impl Iterator<Item = (usize, &DraftLine)> {
        self.lines
            .iter()
            .enumerate()
            .filter(|(_, line)| !line.dropped)
    }

    /// The number that a line has, or will have once it is saved: those of what belongs to it are
    /// counted too.
    pub fn number_of(&self, place: usize, weighed: &Weighed) -> usize {
        let stands = self.of.as_ref().map_or(0, |of| of.lines);
        let is_new = |piece: &&Piece| {
            self.lines
                .get(piece.want)
                .is_some_and(|line| line.line.is_none())
        };
        let new = || {
            weighed
                .pieces
                .iter()
                .filter(is_new)
                .position(|piece| piece.want == place)
                .map(|before| stands + before + 1)
        };
        self.lines
            .get(place)
            .and_then(|line| line.number)
            .or_else(new)
            .unwrap_or_default()
    }

    /// What is said of the price of all of it and of the lines that stand.
    pub fn said_of_price(&self) -> Bargain {
        let mut bargain = self.bargain.clone();
        for (number, price) in self
            .wanted()
            .filter_map(|(_, line)| Some((line.number?, line.price.as_ref()?)))
        {
            price.say(number, &mut bargain);
        }
        bargain
    }

    /// All that is said of its price, by the numbers of the lines.
    fn bargain(&self, weighed: &Weighed) -> Bargain {
        let mut bargain = self.bargain.clone();
        for (place, line) in self.wanted() {
            if let Some(price) = &line.price {
                price.say(self.number_of(place, weighed), &mut bargain);
            }
        }
        bargain
    }

    fn change(&self, changing: &Changing, weighed: &Weighed, keep_short: bool) -> Change {
        let mut edits = Vec::new();
        for line in &self.lines {
            match line.line {
                Some(id) if line.dropped => edits.push(Edit::Drop(id)),
                Some(id) if line.want.quantity != line.was => {
                    edits.push(Edit::Quantity(id, line.want.quantity))
                }
                None if !line.dropped => edits.push(Edit::Add(line.want.clone())),
                _ => {}
            }
        }
        Change {
            window: (self.window != changing.window).then_some(self.window),
            edits,
            customer: self
                .customer
                .filter(|customer| Some(*customer) != changing.customer),
            note: (self.note != changing.note).then(|| self.note.clone()),
            keep_short,
            bargain: self.bargain(weighed),
            seen: Some(changing.version),
        }
    }
}

/// A draft that changes what stands.
pub fn draft_of(db: Read<'_>, id: ReservationId) -> Outcome<ReservationDraft> {
    let found = booking::reservation(db, id)?;
    let firmness = match found.state {
        ReservationState::Quote => Firmness::Quote,
        ReservationState::Hold => Firmness::Hold(found.hold_lapses_at),
        ReservationState::Confirmed | ReservationState::Active => Firmness::Confirmed,
        _ => {
            return Err(BookingRefusal::NotNow {
                number: found.number,
                state: found.state.shown(),
                verb: "changed",
            }
            .into());
        }
    };
    let all = booking::lines(db, id)?;
    let lines = all
        .iter()
        .filter(|line| line.parent.is_none() && line.state != LineState::Dropped)
        .map(|line| DraftLine {
            line: Some(line.id),
            want: Want {
                type_id: line.type_id,
                quantity: line.quantity,
                pin: line.pin,
                with_accessories: true,
            },
            was: line.quantity,
            dropped: false,
            keep_short: false,
            number: booking::line_number(&all, line.id),
            price: None,
        })
        .collect();
    let window = Period {
        start: found.start,
        end: found.end,
    };
    let changing = Changing {
        reservation: id,
        number: found.number,
        version: found.version,
        firmness,
        window,
        customer: found.customer,
        note: found.note.clone(),
        active: found.state == ReservationState::Active,
        lines: all.len(),
    };
    Ok(ReservationDraft {
        of: Some(changing),
        customer: found.customer,
        firmness,
        note: found.note,
        lines,
        ..ReservationDraft::new(window)
    })
}

/// A draft taken apart, and what of it cannot be had. A piece's `want` is the place of its line in
/// the draft.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Weighed {
    pub pieces: Vec<Piece>,
    pub short: Vec<Shortfall>,
}

impl Weighed {
    /// What is short of a line of the draft, in its own type or in what belongs to it.
    pub fn short_of(&self, line: usize) -> impl Iterator<Item = &Shortfall> {
        self.short
            .iter()
            .filter(move |short| self.pieces[short.piece].want == line)
    }
}

pub fn weigh(
    db: Read<'_>,
    settings: &Settings,
    draft: &ReservationDraft,
    now: Moment,
) -> Outcome<Weighed> {
    let pieces = pieces(db, draft)?;
    let short = booking::shortfalls(
        db,
        settings,
        &pieces,
        draft.of.as_ref().map(|of| of.reservation),
        now,
    )?;
    Ok(Weighed { pieces, short })
}

/// What it would cost if it were saved now, each row with the place of its line in the draft; none
/// where it would have no price.
pub fn price_draft(
    db: Read<'_>,
    settings: &Settings,
    draft: &ReservationDraft,
    weighed: &Weighed,
    now: Moment,
) -> Outcome<Option<booking::Quoted>> {
    let new: Vec<(usize, Want)> = draft
        .wanted()
        .filter(|(_, line)| line.line.is_none())
        .map(|(place, line)| (place, line.want.clone()))
        .collect();
    let quoted = match &draft.of {
        Some(of) => {
            let change = tiers::of_change(
                db,
                settings,
                of.reservation,
                &draft.change(of, weighed, true),
                now,
            )?;
            booking::quote_change(db, settings, of.reservation, &change, now)?
        }
        None if new.is_empty() => None,
        None => {
            let wants: Vec<Want> = new.iter().map(|(_, want)| want.clone()).collect();
            let bargain =
                tiers::of_new(db, settings, draft.customer, &draft.bargain(weighed), now)?;
            booking::quote_new(db, settings, &wants, draft.window, &bargain, now)?
        }
    };
    let Some(mut quoted) = quoted else {
        return Ok(None);
    };
    let mut top = None;
    for row in &mut quoted.rows {
        row.want = match (row.want, row.line) {
            (Some(want), _) => new.get(want).map(|(place, _)| *place),
            (None, Some(line)) => draft
                .lines
                .iter()
                .position(|known| known.line == Some(line))
                .or(top),
            (None, None) => None,
        };
        top = row.want;
    }
    Ok(Some(quoted))
}

fn pieces(db: Read<'_>, draft: &ReservationDraft) -> Outcome<Vec<Piece>> {
    let mut pieces = standing(db, draft)?;
    let new: Vec<(usize, Want)> = draft
        .wanted()
        .filter(|(_, line)| line.line.is_none())
        .map(|(place, line)| (place, line.want.clone()))
        .collect();
    let wants: Vec<Want> = new.iter().map(|(_, want)| want.clone()).collect();
    let first = pieces.len();
    for piece in pieces_beside(db, draft, &wants)? {
        pieces.push(Piece {
            want: new[piece.want].0,
            parent: piece.parent.map(|parent| parent + first),
            ..piece
        });
    }
    Ok(pieces)
}

/// What is left to hand over of the lines that stand.
fn standing(db: Read<'_>, draft: &ReservationDraft) -> Outcome<Vec<Piece>> {
    let Some(of) = &draft.of else {
        return Ok(Vec::new());
    };
    let lines = booking::lines(db, of.reservation)?;
    let mut pieces: Vec<Piece> = Vec::new();
    for (place, wanted) in draft.wanted() {
        let Some(top) = lines.iter().find(|line| Some(line.id) == wanted.line) else {
            continue;
        };
        let parent = pieces.len();
        for line in lines
            .iter()
            .filter(|line| line.id == top.id || line.parent == Some(top.id))
        {
            let quantity = if line.id == top.id {
                wanted.want.quantity
            } else {
                line.quantity
                    .saturating_mul(wanted.want.quantity)
                    .saturating_add(wanted.was - 1)
                    / wanted.was.max(1)
            };
            let (handed, _) = booking::handed(db, line.id)?;
            if line.state == LineState::Dropped || (quantity <= handed && !line.is_kit) {
                continue;
            }
            // As the change itself will do it: only what went with the reservation's times goes
            // with the new ones.
            let start = if handed > 0 || line.start != of.window.start {
                line.start
            } else {
                draft.window.start
            };
            let end = if line.end == of.window.end || line.end > draft.window.end {
                draft.window.end
            } else {
                line.end
            };
            pieces.push(Piece {
                want: place,
                parent: (line.id != top.id && pieces.len() > parent).then_some(parent),
                type_id: line.type_id,
                type_name: line.type_name.clone(),
                quantity: quantity - handed,
                pin: line.pin,
                window: Period { start, end },
                turnaround_minutes: line.turnaround_minutes,
                is_kit: line.is_kit,
                is_counted: false,
            });
        }
    }
    Ok(pieces)
}

/// What goes along with other gear may follow what stands already.
fn pieces_beside(db: Read<'_>, draft: &ReservationDraft, wants: &[Want]) -> Outcome<Vec<Piece>> {
    if wants.is_empty() {
        return Ok(Vec::new());
    }
    let outcome = booking::pieces(db, wants, draft.window);
    let stands = draft.wanted().find(|(_, line)| line.line.is_some());
    match (outcome, stands) {
        (Err(Failure::Refused(BookingRefusal::OnlyAccessory { .. })), Some((_, first))) => {
            let beside: Vec<Want> = [Want {
                with_accessories: false,
                ..Want::of(first.want.type_id, 1)
            }]
            .into_iter()
            .chain(wants.iter().cloned())
            .collect();
            let all = booking::pieces(db, &beside, draft.window)?;
            let skipped = all
                .iter()
                .position(|piece| piece.want > 0)
                .unwrap_or(all.len());
            Ok(all
                .into_iter()
                .skip(skipped)
                .map(|piece| Piece {
                    want: piece.want - 1,
                    parent: piece.parent.map(|parent| parent - skipped),
                    ..piece
                })
                .collect())
        }
        (outcome, _) => outcome,
    }
}

/// Saves all of it as one step, or nothing: a line that is short and that nobody chose to keep so
/// refuses the whole.
pub fn save_reservation(
    db: &mut Write<'_>,
    settings: &Settings,
    draft: &ReservationDraft,
) -> Outcome<ReservationId> {
    let now = db.now();
    let weighed = weigh(db.read(), settings, draft, now)?;
    let keep_short = !weighed.short.is_empty()
        && weighed
            .short
            .iter()
            .all(|short| draft.lines[weighed.pieces[short.piece].want].keep_short);
    let Some(changing) = &draft.of else {
        let new = NewReservation {
            customer: draft.customer,
            window: draft.window,
            wants: draft.wanted().map(|(_, line)| line.want.clone()).collect(),
            firmness: draft.firmness,
            note: draft.note.clone(),
            keep_short,
            reference: None,
            bargain: draft.bargain(&weighed),
        };
        return promised::reserve(db, settings, &new);
    };
    let id = changing.reservation;
    let change = tiers::of_change(
        db.read(),
        settings,
        id,
        &draft.change(changing, &weighed, keep_short),
        now,
    )?;
    let nothing = change.window.is_none()
        && change.edits.is_empty()
        && change.customer.is_none()
        && change.note.is_none()
        && change.bargain.is_nothing();
    let firmer = changing.firmness != draft.firmness;
    let verb = match draft.firmness {
        Firmness::Confirmed if firmer => Verb::Confirmed,
        Firmness::Hold(_) if firmer => Verb::Held,
        _ => Verb::Changed,
    };
    promised::altered(db, settings, id, verb, |db| {
        if !nothing || !firmer {
            super::money::refuse_other_customer(db.read(), id, change.customer)?;
            booking::change(db, settings, id, &change)?;
        }
        match draft.firmness {
            Firmness::Confirmed if firmer => booking::confirm(db, settings, id, keep_short),
            Firmness::Hold(until) if firmer => booking::hold(db, settings, id, until, keep_short),
            _ => Ok(()),
        }
    })?;
    Ok(id)
}

/// Writes the draft down: its id and its new version. `None` where another window went on with it,
/// or saved it.
pub fn keep_reservation(
    db: &mut Write<'_>,
    draft: &ReservationDraft,
) -> Fallible<Option<(i64, i64)>> {
    let since = draft.since.unwrap_or(db.now());
    let body = serde_json::to_string(draft)?;
    match draft.id {
        None => Ok(Some((
            table::insert_draft(db, table::RESERVATION, &body, since)?,
            1,
        ))),
        Some(id) if table::update_draft(db, table::RESERVATION, id, draft.version, &body)? => {
            Ok(Some((id, draft.version + 1)))
        }
        Some(_) => Ok(None),
    }
}

/// Saved, or given up. False where another window went on with it meanwhile.
pub fn forget_reservation(db: &mut Write<'_>, id: i64, version: i64) -> Fallible<bool> {
    table::delete_draft(db, table::RESERVATION, id, version)
}

pub fn reservation_draft(db: Read<'_>, id: i64) -> Fallible<Option<ReservationDraft>> {
    table::draft(db, table::RESERVATION, id)?
        .map(|(version, body)| read(id, version, &body))
        .transpose()
}

/// Every reservation that was begun and not saved, oldest first.
pub fn reservation_drafts(db: Read<'_>) -> Fallible<Vec<ReservationDraft>> {
    table::drafts(db, table::RESERVATION)?
        .into_iter()
        .map(|(id, version, body)| read(id, version, &body))
        .collect()
}

fn read(id: i64, version: i64, body: &str) -> Fallible<ReservationDraft> {
    let mut draft: ReservationDraft = serde_json::from_str(body)?;
    (draft.id, draft.version) = (Some(id), version);
    Ok(draft)
}
