//! The SQL of `reservation`, `reservation_line`, `reservation_step`, `rental`.

use super::model::{Line, LineState, Reservation, ReservationState};
use super::prices::Agreement;
use crate::events::LinePrice;
use crate::inventory::SHOP;
use crate::kernel::{
    CustomerId, Fallible, ItemId, LineId, Moment, Money, Period, ReservationId, ReservationNumber,
    Text, TypeId,
};
use crate::pricing::{ByHand, Off, Percent, PricedLine, Prices};
use crate::store::{AsWord, Invariant, Read, Write};
use rusqlite::{Row, named_params};
use std::collections::BTreeMap;

pub(super) use super::rentals::*;

pub(super) const INVARIANTS: &[Invariant] = &[
    Invariant { name: "rentals", sql: "SELECT 'item ' || item_id || ' is out twice' FROM rental WHERE state = 'OUT' AND item_id IS NOT NULL GROUP BY item_id HAVING count(*) > 1" },
    Invariant {
        name: "overlapping rentals",
        sql: "SELECT 'item ' || item_id || ' was with two customers at ' || out_at FROM (SELECT item_id, out_at, max(coalesce(in_at, 4102444800)) OVER (PARTITION BY item_id ORDER BY out_at, coalesce(in_at, 4102444800), id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM rental WHERE item_id IS NOT NULL AND state <> 'LOST' AND (state = 'OUT' OR outcome IS NOT NULL)) WHERE before > out_at",
    },
    Invariant {
        name: "lines",
        sql: "SELECT 'line ' || l.id || ' of reservation ' || l.reservation_id || ' counts ' || l.quantity || ', its rentals ' || coalesce(sum(r.quantity), 0)
                FROM reservation_line l LEFT JOIN rental r ON r.line_id = l.id AND (r.state <> 'RETURNED' OR r.outcome IS NOT NULL) WHERE l.is_kit = 0 AND l.state IN ('OUT','CLOSED') GROUP BY l.id HAVING l.quantity <> coalesce(sum(r.quantity), 0)",
    },
    Invariant {
        name: "promises",
        sql: "SELECT 'line ' || l.id || ' of reservation ' || l.reservation_id || ' claims ' || l.claimed_qty || ' of ' || l.quantity || ', ' || v.state FROM reservation_line l JOIN reservation v ON v.id = l.reservation_id
                LEFT JOIN (SELECT line_id, sum(quantity) AS handed FROM rental WHERE state <> 'RETURNED' OR outcome IS NOT NULL GROUP BY line_id) r ON r.line_id = l.id
               WHERE l.claimed_qty <> CASE WHEN v.state IN ('HOLD','CONFIRMED','ACTIVE') AND l.state IN ('OPEN','PARTLY_OUT') AND l.is_kit = 0 THEN l.quantity - coalesce(r.handed, 0) ELSE 0 END",
    },
    Invariant {
        name: "states",
        sql: "SELECT 'R-' || number || ' is ' || state || ' although gear of it is out' FROM reservation v WHERE state <> 'ACTIVE' AND EXISTS (SELECT 1 FROM rental r WHERE r.reservation_id = v.id AND r.state = 'OUT')
              UNION ALL SELECT 'R-' || number || ' is ACTIVE although nothing of it is out' FROM reservation v WHERE state = 'ACTIVE' AND NOT EXISTS (SELECT 1 FROM rental r WHERE r.reservation_id = v.id AND r.state = 'OUT')
                 AND NOT EXISTS (SELECT 1 FROM reservation_line l WHERE l.reservation_id = v.id AND l.state IN ('OPEN','PARTLY_OUT'))",
    },
    Invariant {
        name: "prices",
        sql: "SELECT 'R-' || v.number || ' costs ' || v.total || ', its lines ' || coalesce(sum(l.price_total), 0) || CASE v.prices WHEN 'NET' THEN ' and the tax ' || v.tax ELSE '' END
                FROM reservation v LEFT JOIN reservation_line l ON l.reservation_id = v.id AND l.state <> 'DROPPED' WHERE v.total IS NOT NULL GROUP BY v.id
              HAVING v.total <> coalesce(sum(l.price_total), 0) + CASE v.prices WHEN 'NET' THEN v.tax ELSE 0 END OR count(*) FILTER (WHERE l.id IS NOT NULL AND l.price IS NULL) > 0",
    },
];

macro_rules! reservation_where {
    ($rest:literal) => {
        concat!("SELECT id, number, customer_id, state, start_at, end_at, hold_lapses_at, cancel_reason, note, reference, version, total FROM reservation ", $rest)
    };
}

/// The file keeps no ended reservation without its customer: a quote of nobody that was cancelled
/// stays `QUOTE` there, with its reason.
fn in_file(found: &Reservation) -> ReservationState {
    match found.customer {
        None if found.state == ReservationState::Cancelled => ReservationState::Quote,
        _ => found.state,
    }
}

fn a_reservation(row: &Row<'_>) -> rusqlite::Result<Reservation> {
    Ok(Reservation {
        id: row.get(0)?,
        number: row.get(1)?,
        customer: row.get(2)?,
        state: match row.get::<_, AsWord<ReservationState>>(3)?.0 {
            ReservationState::Quote if row.get::<_, Option<Text>>(7)?.is_some() => {
                ReservationState::Cancelled
            }
            state => state,
        },
        start: row.get(4)?,
        end: row.get(5)?,
        hold_lapses_at: row.get(6)?,
        cancel_reason: row.get(7)?,
        note: row.get(8)?,
        reference: row.get(9)?,
        version: row.get(10)?,
        total: row.get(11)?,
    })
}

pub(super) struct NewReservation<'a> {
    pub number: ReservationNumber,
    pub customer: Option<CustomerId>,
    pub state: ReservationState,
    pub start: Moment,
    pub end: Moment,
    pub hold_lapses_at: Option<Moment>,
    pub note: Option<&'a Text>,
    pub reference: Option<&'a Text>,
}

pub(super) struct NewLine<'a> {
    pub reservation: ReservationId,
    pub type_id: TypeId,
    pub type_name: &'a Text,
    pub quantity: i64,
    pub start: Moment,
    pub end: Moment,
    pub turnaround_minutes: i64,
    pub state: LineState,
    pub parent: Option<LineId>,
    pub is_kit: bool,
    pub pin: Option<ItemId>,
    pub rank: i64,
    /// What it keeps from others from the start.
    pub claimed: i64,
}

pub(super) fn insert_reservation(
    db: &mut Write<'_>,
    new: &NewReservation<'_>,
) -> Fallible<ReservationId> {
    let now = db.now();
    Ok(ReservationId(db.insert(
        "INSERT INTO reservation(number, customer_id, state, start_at, end_at, hold_lapses_at, note, version, reference, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 1, ?8, ?9)",
        (new.number, new.customer, AsWord(new.state), new.start, new.end, new.hold_lapses_at, new.note, new.reference, now),
    )?))
}

pub(super) fn lengthen(db: &mut Write<'_>, id: ReservationId, end: Moment) -> Fallible<()> {
    db.execute(
        "UPDATE reservation SET end_at = max(end_at, ?2), version = version + 1 WHERE id = ?1",
        (id, end),
    )?;
    Ok(())
}

/// The end as it was before a hand-over that is undone, or, where that was changed since, as it is;
/// never before what is still out.
pub(super) fn put_end_back(db: &mut Write<'_>, id: ReservationId, end: Moment) -> Fallible<()> {
    db.execute(
        "UPDATE reservation SET end_at = max(?2, coalesce((SELECT max(r.due_at) FROM rental r WHERE r.reservation_id = ?1 AND r.state = 'OUT'), 0)), version = version + 1 WHERE id = ?1",
        (id, end),
    )?;
    Ok(())
}

/// The end of what a reservation still is about: of what waits the longest, or is out the longest;
/// None where nothing of it does.
pub(super) fn end_of_open(db: Read<'_>, id: ReservationId) -> Fallible<Option<Moment>> {
    db.one(
        "SELECT max(t) FROM (SELECT max(end_at) AS t FROM reservation_line WHERE reservation_id = ?1 AND is_kit = 0 AND state IN ('OPEN','PARTLY_OUT')
                             UNION ALL SELECT max(due_at) FROM rental WHERE reservation_id = ?1 AND state = 'OUT')",
        [id],
        |row| row.get(0),
    )
}

/// The end after gear was extended: that of what is open of it, or as it was if nothing is. What is
/// back counts no more.
pub(super) fn end_with_what_is_open(db: &mut Write<'_>, id: ReservationId) -> Fallible<()> {
    let end = end_of_open(db.read(), id)?;
    db.execute("UPDATE reservation SET end_at = max(start_at + 60, coalesce(?2, end_at)), version = version + 1 WHERE id = ?1", (id, end))?;
    Ok(())
}

/// A kit ends with the last of its parts.
pub(super) fn kit_ends_with_parts(db: &mut Write<'_>, part: LineId) -> Fallible<()> {
    db.execute(
        "UPDATE reservation_line SET end_at = coalesce((SELECT max(p.end_at) FROM reservation_line p WHERE p.reservation_id = reservation_line.reservation_id AND p.parent_line_id = reservation_line.id AND p.state <> 'DROPPED'), end_at)
          WHERE is_kit = 1 AND id = (SELECT parent_line_id FROM reservation_line WHERE id = ?1)",
        [part],
    )?;
    Ok(())
}

/// A line of which everything is handed over ends when the last of it is due.
pub(super) fn line_ends_with_rentals(db: &mut Write<'_>, id: LineId) -> Fallible<()> {
    db.execute(
        "UPDATE reservation_line SET end_at = max(start_at + 60, (SELECT max(due_at) FROM rental WHERE line_id = ?1 AND state = 'OUT')) WHERE id = ?1 AND state = 'OUT'",
        [id],
    )?;
    Ok(())
}

pub(super) fn set_state(
    db: &mut Write<'_>,
    id: ReservationId,
    state: ReservationState,
) -> Fallible<()> {
    db.execute(
        "UPDATE reservation SET state = ?2, version = version + 1 WHERE id = ?1",
        (id, AsWord(state)),
    )?;
    Ok(())
}

pub(super) fn cancel(db: &mut Write<'_>, id: ReservationId, reason: &str) -> Fallible<()> {
    db.execute(
        "UPDATE reservation SET state = iif(customer_id IS NULL, 'QUOTE', 'CANCELLED'), cancel_reason = ?2, hold_lapses_at = NULL, version = version + 1 WHERE id = ?1",
        (id, reason),
    )?;
    Ok(())
}

pub(super) fn insert_line(db: &mut Write<'_>, new: &NewLine<'_>) -> Fallible<LineId> {
    Ok(LineId(db.insert(
        "INSERT INTO reservation_line(reservation_id, shop_id, type_id, type_name, quantity, start_at, end_at, turnaround_minutes, claimed_qty, state, parent_line_id, is_kit, pinned_item_id, rank)
         VALUES (:reservation, :shop, :type, :name, :quantity, :start, :end, :turnaround, :claimed, :state, :parent, :kit, :pin, :rank)",
        named_params! {
            ":reservation": new.reservation, ":shop": SHOP, ":type": new.type_id, ":name": new.type_name, ":quantity": new.quantity, ":start": new.start, ":end": new.end,
            ":turnaround": new.turnaround_minutes, ":claimed": new.claimed, ":state": AsWord(new.state), ":parent": new.parent, ":kit": new.is_kit, ":pin": new.pin, ":rank": new.rank,
        },
    )?))
}

pub(super) fn reservation(db: Read<'_>, id: ReservationId) -> Fallible<Option<Reservation>> {
    db.maybe(reservation_where!("WHERE id = ?1"), [id], a_reservation)
}

pub(super) fn by_number(db: Read<'_>, number: ReservationNumber) -> Fallible<Option<Reservation>> {
    db.maybe(
        reservation_where!("WHERE number = ?1"),
        [number],
        a_reservation,
    )
}

/// Whose open lines ask for a type.
pub(super) fn promised(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<ReservationId>> {
    db.rows("SELECT DISTINCT reservation_id FROM reservation_line WHERE claimed_qty > 0 AND type_id = ?1 ORDER BY reservation_id", [type_id], |row| row.get(0))
}

pub(super) fn number_of(db: Read<'_>, id: ReservationId) -> Fallible<ReservationNumber> {
    db.one(
        "SELECT number FROM reservation WHERE id = ?1",
        [id],
        |row| row.get(0),
    )
}

/// `ids`: a JSON array.
pub(super) fn numbers_of(
    db: Read<'_>,
    ids: &str,
) -> Fallible<BTreeMap<ReservationId, ReservationNumber>> {
    let rows = db.rows(
        "SELECT r.id, r.number FROM json_each(?1) AS w CROSS JOIN reservation r ON r.id = w.value",
        [ids],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(rows.into_iter().collect())
}

pub(super) fn by_reference(db: Read<'_>, reference: &Text) -> Fallible<Option<Reservation>> {
    db.maybe(
        reservation_where!("WHERE reference = ?1"),
        [reference],
        a_reservation,
    )
}

pub(super) fn reservations_of(
    db: Read<'_>,
    customer: CustomerId,
    limit: i64,
) -> Fallible<Vec<Reservation>> {
    db.rows(
        reservation_where!("WHERE customer_id = ?1 ORDER BY start_at DESC, id DESC LIMIT ?2"),
        (customer, limit),
        a_reservation,
    )
}

pub(super) fn list(
    db: Read<'_>,
    state: Option<ReservationState>,
    limit: i64,
) -> Fallible<Vec<Reservation>> {
    match state {
        None => db.rows(reservation_where!("ORDER BY id DESC LIMIT ?1"), [limit], a_reservation),
        Some(ReservationState::Cancelled) => db.rows(
            reservation_where!("WHERE state = 'CANCELLED' OR (state = 'QUOTE' AND cancel_reason IS NOT NULL) ORDER BY start_at DESC, id DESC LIMIT ?1"),
            [limit],
            a_reservation,
        ),
        Some(state) => db.rows(
            reservation_where!("WHERE state = ?1 AND (state <> 'QUOTE' OR cancel_reason IS NULL) ORDER BY start_at DESC, id DESC LIMIT ?2"),
            (AsWord(state), limit),
            a_reservation,
        ),
    }
}

macro_rules! line_where {
    ($rest:literal) => {
        concat!(
            "SELECT id, reservation_id, type_id, type_name, quantity, start_at, end_at, turnaround_minutes, state, claimed_qty, parent_line_id, is_kit, pinned_item_id, packed, rank, price_each, price_total, price_gross, tax_class, tax_percent, CASE WHEN price ->> '$.apart' IS NOT NULL THEN price ->> '$.subtotal' END FROM reservation_line ",
            $rest
        )
    };
}

fn a_line(row: &Row<'_>) -> rusqlite::Result<Line> {
    Ok(Line {
        id: row.get(0)?,
        reservation: row.get(1)?,
        type_id: row.get(2)?,
        type_name: row.get(3)?,
        quantity: row.get(4)?,
        start: row.get(5)?,
        end: row.get(6)?,
        turnaround_minutes: row.get(7)?,
        state: row.get::<_, AsWord<LineState>>(8)?.0,
        claimed: row.get(9)?,
        parent: row.get(10)?,
        is_kit: row.get(11)?,
        pin: row.get(12)?,
        packed: row.get(13)?,
        rank: row.get(14)?,
        price: match row.get::<_, Option<Money>>(15)? {
            Some(each) => Some(LinePrice {
                each,
                subtotal: row.get(20)?,
                total: row.get(16)?,
                gross: row.get(17)?,
                tax_class: row.get(18)?,
                tax_percent: row.get(19)?,
            }),
            None => None,
        },
    })
}

pub(super) fn lines(db: Read<'_>, id: ReservationId) -> Fallible<Vec<Line>> {
    db.rows(
        line_where!("WHERE reservation_id = ?1 ORDER BY id"),
        [id],
        a_line,
    )
}

pub(super) fn line(db: Read<'_>, id: LineId) -> Fallible<Option<Line>> {
    db.maybe(line_where!("WHERE id = ?1"), [id], a_line)
}

/// Of these lines, a JSON list, those that are open and name no item.
pub(super) fn open_without_name(db: Read<'_>, lines: &str) -> Fallible<Vec<LineId>> {
    db.rows("SELECT id FROM reservation_line WHERE id IN (SELECT value FROM json_each(?1)) AND claimed_qty > 0 AND pinned_item_id IS NULL", [lines], |row| row.get(0))
}

/// Open lines that name an item.
pub(super) fn lines_pinned_to(
    db: Read<'_>,
    type_id: TypeId,
    item: ItemId,
) -> Fallible<Vec<LineId>> {
    db.rows("SELECT id FROM reservation_line WHERE claimed_qty > 0 AND pinned_item_id IS NOT NULL AND type_id = ?1 AND pinned_item_id = ?2", (type_id, item), |row| row.get(0))
}

/// Open lines of a type that name an item, first promised first.
pub(super) fn pinned_lines(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Line>> {
    db.rows(line_where!("WHERE claimed_qty > 0 AND pinned_item_id IS NOT NULL AND type_id = ?1 ORDER BY rank, id"), [type_id], a_line)
}

pub(super) fn set_claim(
    db: &mut Write<'_>,
    id: LineId,
    state: LineState,
    claimed: i64,
) -> Fallible<()> {
    db.execute(
        "UPDATE reservation_line SET state = ?2, claimed_qty = ?3 WHERE id = ?1",
        (id, AsWord(state), claimed),
    )?;
    Ok(())
}

/// What a line says: its quantity, window, pin and place in the order of promises.
pub(super) fn set_terms(db: &mut Write<'_>, line: &Line) -> Fallible<()> {
    db.execute(
        "UPDATE reservation_line SET quantity = ?2, start_at = ?3, end_at = ?4, pinned_item_id = ?5, rank = ?6, packed = min(packed, ?2) WHERE id = ?1",
        (line.id, line.quantity, line.start, line.end, line.pin, line.rank),
    )?;
    Ok(())
}

pub(super) fn set_packed(db: &mut Write<'_>, id: LineId, packed: i64) -> Fallible<()> {
    db.execute(
        "UPDATE reservation_line SET packed = ?2 WHERE id = ?1",
        (id, packed),
    )?;
    Ok(())
}

pub(super) fn unpin(db: &mut Write<'_>, id: LineId) -> Fallible<()> {
    set_pin(db, id, None)
}

pub(super) fn set_pin(db: &mut Write<'_>, id: LineId, item: Option<ItemId>) -> Fallible<()> {
    db.execute(
        "UPDATE reservation_line SET pinned_item_id = ?2 WHERE id = ?1",
        (id, item),
    )?;
    Ok(())
}

/// What was agreed about the price as a whole.
pub(super) fn agreement(db: Read<'_>, id: ReservationId) -> Fallible<Option<Agreement>> {
    db.maybe(
        "SELECT agreed_at, tier, coupons, off_percent, off_amount, target, hand_reason, prices, subtotal, tax, total FROM reservation WHERE id = ?1 AND agreed_at IS NOT NULL",
        [id],
        |row| {
            let reason: Option<Text> = row.get(6)?;
            let off = row.get::<_, Option<i64>>(3)?.map(|percent| Off::Percent(Percent(percent))).or(row.get::<_, Option<Money>>(4)?.map(Off::Amount));
            Ok(Agreement {
                agreed: row.get(0)?,
                tier: row.get(1)?,
                coupons: row.get::<_, Option<String>>(2)?.and_then(|coupons| serde_json::from_str(&coupons).ok()).unwrap_or_default(),
                off: off.zip(reason.clone()).map(|(value, reason)| ByHand { value, reason }),
                target: row.get::<_, Option<Money>>(5)?.zip(reason).map(|(value, reason)| ByHand { value, reason }),
                prices: row.get::<_, AsWord<Prices>>(7)?.0,
                subtotal: row.get(8)?,
                tax: row.get(9)?,
                total: row.get(10)?,
            })
        },
    )
}

pub(super) fn set_agreed_price(
    db: &mut Write<'_>,
    id: ReservationId,
    agreement: Option<&Agreement>,
) -> Fallible<()> {
    let off = agreement.and_then(|agreement| agreement.off.as_ref());
    let target = agreement.and_then(|agreement| agreement.target.as_ref());
    let (percent, amount) = match off.map(|off| off.value) {
        Some(Off::Percent(percent)) => (Some(percent.0), None),
        Some(Off::Amount(amount)) => (None, Some(amount)),
        None => (None, None),
    };
    let coupons = agreement
        .filter(|agreement| !agreement.coupons.is_empty())
        .map(|agreement| serde_json::to_string(&agreement.coupons))
        .transpose()?;
    db.execute(
        "UPDATE reservation SET agreed_at = :agreed, tier = :tier, coupons = :coupons, off_percent = :percent, off_amount = :amount, target = :target, hand_reason = :reason,
                prices = :prices, subtotal = :subtotal, tax = :tax, total = :total WHERE id = :id",
        named_params! {
            ":id": id, ":agreed": agreement.map(|agreement| agreement.agreed), ":tier": agreement.and_then(|agreement| agreement.tier.as_ref()), ":coupons": coupons,
            ":percent": percent, ":amount": amount, ":target": target.map(|target| target.value), ":reason": off.map(|off| &off.reason).or(target.map(|target| &target.reason)),
            ":prices": agreement.map(|agreement| AsWord(agreement.prices)), ":subtotal": agreement.map(|agreement| agreement.subtotal), ":tax": agreement.map(|agreement| agreement.tax),
            ":total": agreement.map(|agreement| agreement.total),
        },
    )?;
    Ok(())
}

/// The prices of its lines with every step.
pub(super) fn frozen_lines(
    db: Read<'_>,
    id: ReservationId,
) -> Fallible<BTreeMap<LineId, PricedLine>> {
    let rows: Vec<(LineId, String)> =
        db.rows("SELECT id, price FROM reservation_line WHERE reservation_id = ?1 AND price IS NOT NULL ORDER BY id", [id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.into_iter()
        .map(|(line, price)| Ok((line, PricedLine::thaw(&serde_json::from_str(&price)?)?)))
        .collect()
}

/// Writes the prices of lines, or takes them away, all in one statement.
pub(super) fn freeze_lines(
    db: &mut Write<'_>,
    lines: &[(LineId, Option<&PricedLine>)],
) -> Fallible<()> {
    let rows: Vec<serde_json::Value> = lines
        .iter()
        .map(|(id, price)| serde_json::json!({"id": id, "price": price.map(PricedLine::freeze)}))
        .collect();
    db.execute(
        "UPDATE reservation_line SET price = new.price, price_each = new.price ->> '$.list.each', price_total = new.price ->> '$.total',
                price_gross = CASE WHEN new.price IS NOT NULL THEN new.price ->> '$.prices' = 'GROSS' END,
                tax_class = new.price ->> '$.list.tax_class', tax_percent = new.price ->> '$.list.tax_percent'
           FROM (SELECT value ->> '$.id' AS id, CASE WHEN json_type(value, '$.price') = 'object' THEN value -> '$.price' END AS price FROM json_each(?1)) AS new
          WHERE reservation_line.id = new.id",
        [serde_json::to_string(&rows)?],
    )?;
    Ok(())
}

/// What a reservation says as a whole.
pub(super) fn set_agreement(db: &mut Write<'_>, found: &Reservation) -> Fallible<()> {
    db.execute(
        "UPDATE reservation SET state = ?2, customer_id = ?3, start_at = ?4, end_at = ?5, hold_lapses_at = ?6, cancel_reason = ?7, note = ?8, version = version + 1 WHERE id = ?1",
        (found.id, AsWord(in_file(found)), found.customer, found.start, found.end, found.hold_lapses_at, &found.cancel_reason, &found.note),
    )?;
    Ok(())
}

pub(super) fn lapsed_holds(db: Read<'_>, now: Moment, limit: i64) -> Fallible<Vec<Reservation>> {
    db.rows(
        reservation_where!(
            "WHERE state = 'HOLD' AND hold_lapses_at <= ?1 ORDER BY hold_lapses_at, id LIMIT ?2"
        ),
        (now, limit),
        a_reservation,
    )
}

pub(super) fn no_shows(db: Read<'_>, ended_by: Moment, limit: i64) -> Fallible<Vec<Reservation>> {
    db.rows(
        reservation_where!(
            "WHERE state = 'CONFIRMED' AND end_at <= ?1 ORDER BY end_at, id LIMIT ?2"
        ),
        (ended_by, limit),
        a_reservation,
    )
}

/// What was begun and is over, with nothing out and something that never left.
pub(super) fn left_overs(db: Read<'_>, ended_by: Moment, limit: i64) -> Fallible<Vec<Reservation>> {
    db.rows(
        reservation_where!(
            "WHERE state = 'ACTIVE' AND state IN ('QUOTE','HOLD','CONFIRMED','ACTIVE') AND start_at < ?1 AND end_at <= ?1 AND NOT EXISTS (SELECT 1 FROM rental r WHERE r.reservation_id = reservation.id AND r.state = 'OUT') ORDER BY end_at, id LIMIT ?2"
        ),
        (ended_by, limit),
        a_reservation,
    )
}

/// Confirmed, and its time to be picked up has come.
pub(super) fn waited_for(db: Read<'_>, since: Moment, limit: i64) -> Fallible<Vec<Reservation>> {
    db.rows(
        reservation_where!(
            "WHERE state = 'CONFIRMED' AND state IN ('QUOTE','HOLD','CONFIRMED','ACTIVE') AND start_at < ?1 ORDER BY start_at, id LIMIT ?2"
        ),
        (since, limit),
        a_reservation,
    )
}

/// Reservations in a state that begin in a window, soonest first.
pub(super) fn starting_in(
    db: Read<'_>,
    state: ReservationState,
    window: Period,
) -> Fallible<Vec<Reservation>> {
    db.rows(
        reservation_where!("WHERE state = ?1 AND state IN ('QUOTE','HOLD','CONFIRMED','ACTIVE') AND (state <> 'QUOTE' OR cancel_reason IS NULL) AND start_at >= ?2 AND start_at < ?3 ORDER BY start_at, id"),
        (AsWord(state), window.start, window.end),
        a_reservation,
    )
}

pub(super) fn has_open_lines(db: Read<'_>, id: ReservationId) -> Fallible<bool> {
    db.one("SELECT EXISTS (SELECT 1 FROM reservation_line WHERE reservation_id = ?1 AND state IN ('OPEN','PARTLY_OUT','OUT'))", [id], |row| row.get(0))
}
