//! What a reservation costs: frozen on its lines when it is agreed. A line whose type and window
//! stay keeps its price; what is new, or moves to other dates, is priced by the rates of now for
//! its start. Discounts are those of the agreement, until somebody prices it anew.

use super::model::{Line, LineState, Rental, RentalState, Reservation, ReservationState};
use super::refusal::BookingRefusal;
use super::wants::{Piece, Want, pieces};
use super::{Outcome, table};
use crate::kernel::{
    Failure, Fallible, LineId, Moment, Money, Period, ReservationId, Settings, Text, TypeId,
};
use crate::pricing::{
    self, Ask, AskLine, Basis, ByHand, ListPrice, Off, Priced, PricedLine, Prices, PricingRefusal,
};
use crate::store::{Read, Write};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is said about the price beside the rates; what is not said stays as it was agreed.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Bargain {
    /// The codes that were named.
    pub coupons: Option<Vec<Text>>,
    /// Off the whole reservation; 0 takes it away.
    pub off: Option<ByHand<Off>>,
    /// What all lines together shall cost; 0 takes it away.
    pub target: Option<ByHand<Money>>,
    /// What one piece of a line costs for the whole time, by the line's number; none: by the rates
    /// again.
    pub lines: BTreeMap<usize, Option<ByHand<Money>>>,
    /// What comes off one line, by the line's number; none: nothing any more.
    #[serde(default)]
    pub line_offs: BTreeMap<usize, Option<ByHand<Off>>>,
    /// By the rates and discounts of now, whatever was agreed. What was said by hand stays.
    pub anew: bool,
    /// The customer's tier as it stands now, or that there is none.
    #[serde(default)]
    pub tier: Option<Option<Text>>,
}

/// What was agreed about the price of a reservation as a whole.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Agreement {
    /// When: what was known then counts for its discounts.
    pub agreed: Moment,
    pub tier: Option<Text>,
    pub coupons: Vec<Text>,
    pub off: Option<ByHand<Off>>,
    pub target: Option<ByHand<Money>>,
    pub prices: Prices,
    /// All lines before discounts.
    pub subtotal: Money,
    pub tax: Money,
    /// To be paid, tax included.
    pub total: Money,
}

/// Everything that is frozen about the price of a reservation.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Frozen {
    pub agreement: Agreement,
    pub lines: BTreeMap<LineId, PricedLine>,
}

/// A line as it is to be priced.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct ToPrice {
    /// As everybody counts the lines.
    pub number: usize,
    pub type_id: TypeId,
    pub quantity: i64,
    pub window: Period,
    /// Those of its pieces that are due at another time than the line says: how many, and for how
    /// long.
    pub apart: Vec<(i64, Period)>,
    pub is_kit: bool,
    /// The place of the line above it in the same question.
    pub parent: Option<usize>,
    /// Its price as it was agreed.
    pub frozen: Option<PricedLine>,
}

impl Bargain {
    /// Whether nothing is said. A tier alone says nothing: it only chooses among the discounts.
    pub fn is_nothing(&self) -> bool {
        Bargain {
            tier: None,
            ..self.clone()
        } == Bargain::default()
    }
}

impl Agreement {
    /// The same, said again by the prices that came of it.
    fn of(ask: &Ask, priced: &Priced) -> Agreement {
        Agreement {
            agreed: ask.agreed,
            tier: ask.tier.clone(),
            coupons: ask.coupons.clone(),
            off: ask.off.clone(),
            target: ask.target.clone(),
            prices: priced.prices,
            subtotal: priced.subtotal,
            tax: Money(priced.total.0 - priced.net.0),
            total: priced.total,
        }
    }
}

/// The price of these lines and what is agreed by it: by what was agreed before, and what is said
/// now.
pub(super) fn quote(
    db: Read<'_>,
    settings: &Settings,
    lines: &[ToPrice],
    before: Option<&Frozen>,
    bargain: &Bargain,
    now: Moment,
) -> Outcome<(Priced, Agreement)> {
    let mut ask = ask_of(lines, before, bargain, now)?;
    loop {
        match pricing::price(db, settings, &ask) {
            Ok(priced) => {
                let agreement = Agreement::of(&ask, &priced);
                return Ok((priced, agreement));
            }
            // A coupon that was agreed once and is over by now takes nothing off an agreement that
            // is made anew.
            Err(Failure::Refused(
                PricingRefusal::CouponNotValid { code, .. } | PricingRefusal::CouponUnknown(code),
            )) if bargain.coupons.is_none()
                && ask.coupons.iter().any(|known| is_code(known, &code)) =>
            {
                ask.coupons.retain(|known| !is_code(known, &code));
            }
            // What a total by hand was spread over is gone.
            Err(Failure::Refused(PricingRefusal::TargetOverNothing))
                if bargain.target.is_none() =>
            {
                ask.target = None
            }
            Err(failure) => return Err(failure.map(BookingRefusal::Pricing)),
        }
    }
}

/// The price that was agreed for pieces kept for that time; what was said by hand stays also where
/// all is priced anew.
fn kept_apart(line: &ToPrice, window: Period, bargain: &Bargain) -> Option<ListPrice> {
    let kept = line.frozen.as_ref()?.kept_for(line.type_id, window)?;
    Some(kept).filter(|kept| {
        !bargain.lines.contains_key(&line.number) && (!bargain.anew || kept.basis == Basis::Manual)
    })
}

fn is_code(known: &Text, code: &Text) -> bool {
    pricing::code_of(known.as_str()) == pricing::code_of(code.as_str())
}

fn ask_of(
    lines: &[ToPrice],
    before: Option<&Frozen>,
    bargain: &Bargain,
    now: Moment,
) -> Result<Ask, BookingRefusal> {
    if let Some(unknown) = bargain
        .lines
        .keys()
        .chain(bargain.line_offs.keys())
        .find(|number| !lines.iter().any(|line| line.number == **number))
    {
        return Err(BookingRefusal::NoLineToPrice { line: *unknown });
    }
    // A total by hand was said of certain lines for that long: of others it says nothing, and each
    // of those keeps its share.
    let stays = |before: &Frozen| {
        before.lines.len() == lines.len()
            && lines.iter().all(|line| {
                line.frozen
                    .as_ref()
                    .is_some_and(|frozen| is_same(frozen, line))
            })
    };
    let shares_stay = bargain.target.is_none() && bargain.off.is_none();
    let asked = lines.iter().map(|line| {
        let frozen = line.frozen.as_ref();
        let by_hand = match bargain.lines.get(&line.number) {
            Some(said) => said.clone(),
            None => frozen
                .and_then(PricedLine::manual)
                .filter(|_| frozen.is_some_and(|frozen| as_long(frozen, line))),
        };
        let taken_away = bargain.lines.get(&line.number).is_some_and(Option::is_none);
        let share = before
            .filter(|_| shares_stay)
            .and_then(|_| frozen.filter(|frozen| is_same(frozen, line)))
            .and_then(|frozen| frozen.target.clone());
        let keep = frozen
            .filter(|_| !bargain.anew && !taken_away)
            .and_then(|frozen| frozen.kept_for(line.type_id, line.window));
        AskLine {
            is_kit: line.is_kit,
            parent: line.parent,
            // What stays by hand is kept with its steps; what is said now, or moved, is said again.
            manual: by_hand.filter(|_| {
                keep.as_ref().is_none_or(|kept| kept.basis != Basis::Manual)
                    || bargain.lines.contains_key(&line.number)
            }),
            off: match bargain.line_offs.get(&line.number) {
                Some(said) => said.clone().filter(|off| !off.value.is_nothing()),
                None => frozen.and_then(PricedLine::off_by_hand),
            },
            keep,
            known: Some(now),
            manual_for_all: bargain.lines.contains_key(&line.number),
            apart: line
                .apart
                .iter()
                .map(|(quantity, window)| (*quantity, *window, kept_apart(line, *window, bargain)))
                .collect(),
            share: share.filter(|_| !bargain.lines.contains_key(&line.number)),
            ..AskLine::of(line.type_id, line.quantity, line.window)
        }
    });
    let mut ask = Ask::of(
        asked.collect(),
        before
            .filter(|_| !bargain.anew)
            .map_or(now, |before| before.agreement.agreed),
    );
    if let Some(frozen) = before {
        let before = &frozen.agreement;
        ask.tier.clone_from(&before.tier);
        ask.coupons.clone_from(&before.coupons);
        ask.off.clone_from(&before.off);
        ask.target = before.target.clone().filter(|_| stays(frozen));
        ask.prices = Some(before.prices).filter(|_| !bargain.anew);
    }
    if let Some(tier) = &bargain.tier {
        ask.tier.clone_from(tier);
    }
    if let Some(coupons) = &bargain.coupons {
        ask.coupons.clone_from(coupons);
    }
    if let Some(off) = &bargain.off {
        ask.off = Some(off.clone()).filter(|off| !off.value.is_nothing());
        ask.target = None;
    }
    if let Some(target) = &bargain.target {
        // Of what was agreed, 0 takes it away; nothing new is agreed for 0.
        ask.target = Some(target.clone()).filter(|target| target.value.0 != 0 || before.is_none());
        ask.off = None;
    }
    Ok(ask)
}

/// Whether it is of the same type and for as long as when its price was agreed.
fn as_long(frozen: &PricedLine, line: &ToPrice) -> bool {
    frozen.type_id == line.type_id
        && frozen.window.end.0 - frozen.window.start.0 == line.window.end.0 - line.window.start.0
}

/// Whether it is so many for as long as when its price was agreed.
fn is_same(frozen: &PricedLine, line: &ToPrice) -> bool {
    let apart: Vec<(i64, Period)> = frozen
        .apart
        .iter()
        .map(|apart| (apart.quantity, apart.window))
        .collect();
    as_long(frozen, line) && frozen.quantity == line.quantity && apart == line.apart
}

/// What is frozen, if anything was agreed.
pub fn frozen(db: Read<'_>, found: &Reservation) -> Fallible<Option<Frozen>> {
    if found.total.is_none() {
        return Ok(None);
    }
    let Some(agreement) = table::agreement(db, found.id)? else {
        return Ok(None);
    };
    Ok(Some(Frozen {
        agreement,
        lines: table::frozen_lines(db, found.id)?,
    }))
}

/// Pieces of a line that leave now: how many, and until when.
pub(super) type Leaving = (LineId, i64, Moment);

/// How long the pieces of something are paid for: the shortest time first, each with its number of
/// pieces.
type Stays = Vec<(Moment, i64)>;

/// Each piece that is out, or was, is paid for until it is due, the rest as the line says.
fn stays(line: &Line, out: &[Leaving]) -> Stays {
    // What went out early, and is due before its time begins, is paid for as it was agreed.
    let until = |due: Moment| if due > line.start { due } else { line.end };
    let mut ends: Vec<(Moment, i64)> = out
        .iter()
        .filter(|(of, ..)| *of == line.id)
        .map(|(_, quantity, due)| (until(*due), *quantity))
        .collect();
    let left = line.quantity - ends.iter().map(|(_, quantity)| *quantity).sum::<i64>();
    ends.push((line.end, left.max(0)));
    longest(ends, line.quantity)
}

/// So many of them, those that are kept longest: what went out twice on one line is paid for once.
fn longest(mut ends: Vec<(Moment, i64)>, mut left: i64) -> Stays {
    ends.sort_unstable_by_key(|(end, _)| std::cmp::Reverse(*end));
    let mut stays = Stays::new();
    for (end, quantity) in ends {
        let quantity = quantity.min(left);
        left -= quantity;
        match stays.first_mut() {
            _ if quantity == 0 => {}
            Some((known, sum)) if *known == end => *sum += quantity,
            _ => stays.insert(0, (end, quantity)),
        }
    }
    stays
}

/// A kit is away for as long as the last of its parts: of several kits, the one with what is kept
/// longest is kept longest itself.
fn kit_stays(kit: &Line, parts: &[(i64, Stays)]) -> Stays {
    let nth_longest = |stays: &Stays, place: i64| {
        let mut before = 0;
        let found = stays.iter().rev().find(|(_, quantity)| {
            before += quantity;
            place < before
        });
        found.or(stays.first()).map(|(end, _)| *end)
    };
    let end = |kit_place: i64| {
        parts
            .iter()
            .filter_map(|(quantity, stays)| {
                nth_longest(stays, kit_place * quantity / kit.quantity.max(1))
            })
            .max()
    };
    longest(
        (0..kit.quantity)
            .map(|place| (end(place).unwrap_or(kit.end), 1))
            .collect(),
        kit.quantity,
    )
}

/// The lines of a reservation that cost something, in their order, each with its key; with what
/// leaves now.
pub(super) fn lines_to_price(
    db: Read<'_>,
    lines: &[Line],
    frozen: &BTreeMap<LineId, PricedLine>,
    found: &Reservation,
    leaving: &[Leaving],
) -> Fallible<Vec<(LineId, ToPrice)>> {
    let mut out = leaving.to_vec();
    if !matches!(
        found.state,
        ReservationState::Quote | ReservationState::Hold
    ) {
        let counts =
            |rental: &Rental| rental.state != RentalState::Returned || rental.outcome.is_some();
        out.extend(
            table::rentals_of(db, found.id)?
                .into_iter()
                .filter(counts)
                .map(|rental| (rental.line, rental.quantity, rental.due_at)),
        );
    }
    let live: Vec<&Line> = lines
        .iter()
        .filter(|line| line.state != LineState::Dropped)
        .collect();
    let mut to_price: Vec<(LineId, ToPrice)> = Vec::with_capacity(live.len());
    for line in &live {
        let stays = if line.is_kit {
            let parts = live.iter().filter(|part| part.parent == Some(line.id));
            kit_stays(
                line,
                &parts
                    .map(|part| (part.quantity, stays(part, &out)))
                    .collect::<Vec<_>>(),
            )
        } else {
            stays(line, &out)
        };
        let window = |end: Moment| Period {
            start: line.start,
            end,
        };
        to_price.push((
            line.id,
            ToPrice {
                number: super::line_number(lines, line.id).unwrap_or_default(),
                type_id: line.type_id,
                quantity: line.quantity,
                window: window(stays.first().map_or(line.end, |(end, _)| *end)),
                apart: stays
                    .iter()
                    .skip(1)
                    .map(|(end, quantity)| (*quantity, window(*end)))
                    .collect(),
                is_kit: line.is_kit,
                parent: line
                    .parent
                    .and_then(|parent| live.iter().position(|known| known.id == parent)),
                frozen: frozen.get(&line.id).cloned(),
            },
        ));
    }
    Ok(to_price)
}

/// The lines that the rates of now would price otherwise than it was agreed. Prices by hand never
/// are.
pub fn today(
    db: Read<'_>,
    settings: &Settings,
    found: &Reservation,
    now: Moment,
) -> Outcome<Vec<LineId>> {
    let Some(frozen) = frozen(db, found)? else {
        return Ok(Vec::new());
    };
    let lines = table::lines(db, found.id)?;
    let (keys, asked): (Vec<LineId>, Vec<ToPrice>) =
        lines_to_price(db, &lines, &frozen.lines, found, &[])?
            .into_iter()
            .unzip();
    let (priced, _) = quote(
        db,
        settings,
        &asked,
        Some(&frozen),
        &Bargain {
            anew: true,
            ..Bargain::default()
        },
        now,
    )?;
    Ok(keys
        .into_iter()
        .zip(&priced.lines)
        .filter(|(key, today)| {
            frozen
                .lines
                .get(key)
                .is_some_and(|line| line.out_of_sync(today))
        })
        .map(|(key, _)| key)
        .collect())
}

/// The whole price as it was agreed, without looking at any rate: for showing it and how it came
/// about.
pub fn agreed_price(db: Read<'_>, found: &Reservation) -> Outcome<Option<Priced>> {
    let Some(frozen) = frozen(db, found)? else {
        return Ok(None);
    };
    let lines = table::lines(db, found.id)?
        .into_iter()
        .filter(|line| line.state != LineState::Dropped)
        .filter_map(|line| frozen.lines.get(&line.id).cloned())
        .collect();
    Ok(Some(
        pricing::again(lines, frozen.agreement.prices).map_err(BookingRefusal::Pricing)?,
    ))
}

/// Prices a reservation and freezes it; what it comes to. Where the shop has no rates and nothing
/// is said of the price, or where gear went out before anything was agreed, nothing is agreed now
/// either.
pub(super) fn price(
    db: &mut Write<'_>,
    settings: &Settings,
    found: &Reservation,
    bargain: &Bargain,
) -> Outcome<Option<Money>> {
    let now = db.now();
    if found.total.is_none()
        && bargain.is_nothing()
        && (found.state == ReservationState::Active || !pricing::has_rates(db.read())?)
    {
        return Ok(None);
    }
    let before = frozen(db.read(), found)?;
    let lines = table::lines(db.read(), found.id)?;
    let none = BTreeMap::new();
    let known = before.as_ref().map_or(&none, |before| &before.lines);
    let (keys, asked): (Vec<LineId>, Vec<ToPrice>) =
        lines_to_price(db.read(), &lines, known, found, &[])?
            .into_iter()
            .unzip();
    let (priced, agreement) = quote(db.read(), settings, &asked, before.as_ref(), bargain, now)?;
    let after: BTreeMap<LineId, PricedLine> = keys.into_iter().zip(priced.lines).collect();
    write(
        db,
        found.id,
        before.as_ref(),
        Some(&Frozen {
            agreement,
            lines: after,
        }),
    )?;
    Ok(Some(priced.total))
}

/// What something that is not saved would cost.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quoted {
    pub priced: Priced,
    pub agreement: Agreement,
    /// Whose each priced line is.
    pub rows: Vec<QuotedRow>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QuotedRow {
    pub number: usize,
    pub name: Text,
    pub type_id: TypeId,
    /// The line that stands; none: it would be new.
    pub line: Option<LineId>,
    /// Which of the wants it comes from.
    pub want: Option<usize>,
    /// It belongs to another line.
    pub part: bool,
}

/// What these pieces would cost, after lines that stand.
pub(super) fn quote_with(
    db: Read<'_>,
    settings: &Settings,
    standing: Option<(&[Line], &Reservation, &[Leaving])>,
    pieces: &[Piece],
    bargain: &Bargain,
    now: Moment,
) -> Outcome<Option<Quoted>> {
    let before = match standing {
        Some((_, found, _)) => frozen(db, found)?,
        None => None,
    };
    let has_begun = standing.is_some_and(|(_, found, _)| found.state == ReservationState::Active);
    if before.is_none() && bargain.is_nothing() && (has_begun || !pricing::has_rates(db)?) {
        return Ok(None);
    }
    let none = BTreeMap::new();
    let known = before.as_ref().map_or(&none, |before| &before.lines);
    let (mut asked, mut rows) = (Vec::new(), Vec::new());
    if let Some((lines, found, leaving)) = standing {
        for (key, line) in lines_to_price(db, lines, known, found, leaving)? {
            let own = lines.iter().find(|line| line.id == key);
            rows.push(QuotedRow {
                number: line.number,
                name: own.map(|own| own.type_name.clone()).unwrap_or_default(),
                type_id: line.type_id,
                line: Some(key),
                want: None,
                part: line.parent.is_some(),
            });
            asked.push(line);
        }
    }
    let (first, stand) = (asked.len(), standing.map_or(0, |(lines, ..)| lines.len()));
    for (place, piece) in pieces.iter().enumerate() {
        let number = stand + place + 1;
        rows.push(QuotedRow {
            number,
            name: piece.type_name.clone(),
            type_id: piece.type_id,
            line: None,
            want: Some(piece.want),
            part: piece.parent.is_some(),
        });
        let parent = piece.parent.map(|parent| parent + first);
        asked.push(ToPrice {
            number,
            type_id: piece.type_id,
            quantity: piece.quantity,
            window: piece.window,
            apart: Vec::new(),
            is_kit: piece.is_kit,
            parent,
            frozen: None,
        });
    }
    let (priced, agreement) = quote(db, settings, &asked, before.as_ref(), bargain, now)?;
    Ok(Some(Quoted {
        priced,
        agreement,
        rows,
    }))
}

/// What a new reservation of these wants would cost; none where the shop has no rates and nothing
/// is said of the price.
pub fn quote_new(
    db: Read<'_>,
    settings: &Settings,
    wants: &[Want],
    window: Period,
    bargain: &Bargain,
    now: Moment,
) -> Outcome<Option<Quoted>> {
    if bargain.is_nothing() && !pricing::has_rates(db)? {
        return Ok(None);
    }
    let window = Period {
        start: window.start.floor_minute(),
        end: window.end.ceil_minute(),
    };
    quote_with(
        db,
        settings,
        None,
        &pieces(db, wants, window)?,
        bargain,
        now,
    )
}

/// Writes what differs: all lines in one statement.
fn write(
    db: &mut Write<'_>,
    id: ReservationId,
    before: Option<&Frozen>,
    after: Option<&Frozen>,
) -> Fallible<()> {
    let none = BTreeMap::new();
    let (was, is) = (
        before.map_or(&none, |before| &before.lines),
        after.map_or(&none, |after| &after.lines),
    );
    let changed: Vec<(LineId, Option<&PricedLine>)> = was
        .keys()
        .chain(is.keys().filter(|key| !was.contains_key(key)))
        .map(|key| (*key, is.get(key)))
        .filter(|(key, line)| was.get(key) != *line)
        .collect();
    if !changed.is_empty() {
        table::freeze_lines(db, &changed)?;
    }
    let agreement = after.map(|after| &after.agreement);
    if before.map(|before| &before.agreement) != agreement {
        table::set_agreed_price(db, id, agreement)?;
    }
    Ok(())
}

/// The prices as they were said before.
pub(super) fn restore(
    db: &mut Write<'_>,
    found: &Reservation,
    said: Option<&Frozen>,
) -> Fallible<()> {
    let now = frozen(db.read(), found)?;
    write(db, found.id, now.as_ref(), said)
}
