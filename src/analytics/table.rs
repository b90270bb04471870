//! The SQL of spans, income and counts.

use super::{DayFigures, Idle, Income, Lateness, Loss, Of, Span, TypeUse};
use crate::events::Paid;
use crate::kernel::{
    CustomerId, Fallible, ItemId, MOMENT_MAX, Moment, Money, Period, RentalId, TypeId,
};
use crate::store::{Read, Write};
use rusqlite::{Row, named_params};

/// What is counted by the quarter of an hour.
#[derive(Clone, Copy)]
pub(super) enum Figure {
    Reservations,
    Confirmed,
    Cancelled,
    Expired,
    CheckOuts,
    CheckIns,
    LateReturns,
    Revenue,
}

impl Figure {
    fn column(self) -> &'static str {
        match self {
            Figure::Reservations => "reservations",
            Figure::Confirmed => "confirmed",
            Figure::Cancelled => "cancelled",
            Figure::Expired => "expired",
            Figure::CheckOuts => "check_outs",
            Figure::CheckIns => "check_ins",
            Figure::LateReturns => "late_returns",
            Figure::Revenue => "revenue",
        }
    }
}

const QUARTER_SECONDS: i64 = 900;

pub(super) fn add(db: &mut Write<'_>, at: Moment, figure: Figure, count: i64) -> Fallible<()> {
    if count != 0 {
        let column = figure.column();
        db.execute(
            &format!("INSERT INTO quarter_figures(quarter, {column}) VALUES (?1, ?2) ON CONFLICT(quarter) DO UPDATE SET {column} = {column} + excluded.{column}"),
            (at.0.div_euclid(QUARTER_SECONDS), count),
        )?;
    }
    Ok(())
}

/// Of each of these periods.
pub(super) fn figures(db: Read<'_>, periods: &[Period]) -> Fallible<Vec<DayFigures>> {
    db.rows(
        "SELECT coalesce(sum(q.reservations), 0), coalesce(sum(q.confirmed), 0), coalesce(sum(q.cancelled), 0), coalesce(sum(q.expired), 0),
                coalesce(sum(q.check_outs), 0), coalesce(sum(q.check_ins), 0), coalesce(sum(q.late_returns), 0), coalesce(sum(q.revenue), 0)
           FROM json_each(?1) p LEFT JOIN quarter_figures q ON q.quarter >= p.value ->> 0 AND q.quarter < p.value ->> 1
          GROUP BY p.key ORDER BY p.key",
        [json_of(periods, QUARTER_SECONDS)?],
        |row| {
            Ok(DayFigures {
                reservations: row.get(0)?,
                confirmed: row.get(1)?,
                cancelled: row.get(2)?,
                expired: row.get(3)?,
                check_outs: row.get(4)?,
                check_ins: row.get(5)?,
                late_returns: row.get(6)?,
                revenue: row.get(7)?,
            })
        },
    )
}

fn json_of(periods: &[Period], per: i64) -> Fallible<String> {
    let pairs: Vec<[i64; 2]> = periods
        .iter()
        .map(|period| [period.start.0.div_euclid(per), period.end.0.div_euclid(per)])
        .collect();
    Ok(serde_json::to_string(&pairs)?)
}

const SPAN: &str = "rental_id, item_id, type_id, quantity, customer_id, reservation_id, number, out_at, due_at, back_at, late_minutes, lost, ended_at";

fn a_span(row: &Row<'_>) -> rusqlite::Result<Span> {
    Ok(Span {
        rental: row.get(0)?,
        item: row.get(1)?,
        type_id: row.get(2)?,
        quantity: row.get(3)?,
        customer: row.get(4)?,
        reservation: row.get(5)?,
        number: row.get(6)?,
        out: row.get(7)?,
        due: row.get(8)?,
        back: row.get(9)?,
        late_minutes: row.get(10)?,
        lost: row.get(11)?,
        ended: row.get(12)?,
    })
}

pub(super) fn span(db: Read<'_>, rental: RentalId) -> Fallible<Option<Span>> {
    db.maybe(
        &format!("SELECT {SPAN} FROM out_span WHERE rental_id = ?1"),
        [rental],
        a_span,
    )
}

pub(super) fn still_out(db: Read<'_>, item: ItemId) -> Fallible<Vec<Span>> {
    db.rows(
        &format!(
            "SELECT {SPAN} FROM out_span WHERE item_id = ?1 AND ended_at = ?2 ORDER BY rental_id"
        ),
        (item, MOMENT_MAX),
        a_span,
    )
}

pub(super) fn set_span(db: &mut Write<'_>, span: &Span) -> Fallible<()> {
    db.execute(
        "INSERT INTO out_span(rental_id, item_id, type_id, quantity, customer_id, reservation_id, number, out_at, due_at, back_at, late_minutes, lost, ended_at)
         VALUES (:rental, :item, :type, :quantity, :customer, :reservation, :number, :out, :due, :back, :late, :lost, :ended)
         ON CONFLICT(rental_id) DO UPDATE SET quantity = excluded.quantity, due_at = excluded.due_at, back_at = excluded.back_at, late_minutes = excluded.late_minutes,
                lost = excluded.lost, ended_at = excluded.ended_at",
        named_params! {
            ":rental": span.rental, ":item": span.item, ":type": span.type_id, ":quantity": span.quantity, ":customer": span.customer, ":reservation": span.reservation,
            ":number": span.number, ":out": span.out, ":due": span.due, ":back": span.back, ":late": span.late_minutes, ":lost": span.lost, ":ended": span.ended,
        },
    )?;
    Ok(())
}

/// So many fewer are out with the rest of the count.
pub(super) fn split_span(db: &mut Write<'_>, part: &Span) -> Fallible<()> {
    db.execute(
        "UPDATE out_span SET quantity = quantity - :quantity
          WHERE rental_id = (SELECT min(rental_id) FROM out_span
                              WHERE reservation_id = :reservation AND type_id = :type AND item_id IS NULL AND out_at = :out AND ended_at = :never AND quantity > :quantity)",
        named_params! {":reservation": part.reservation, ":type": part.type_id, ":out": part.out, ":quantity": part.quantity, ":never": MOMENT_MAX},
    )?;
    Ok(())
}

pub(super) fn forget_span(db: &mut Write<'_>, rental: RentalId) -> Fallible<()> {
    db.execute("DELETE FROM out_span WHERE rental_id = ?1", [rental])?;
    Ok(())
}

pub(super) fn set_due(db: &mut Write<'_>, rental: RentalId, due: Moment) -> Fallible<()> {
    db.execute(
        "UPDATE out_span SET due_at = ?2 WHERE rental_id = ?1",
        (rental, due),
    )?;
    Ok(())
}

pub(super) fn end(
    db: &mut Write<'_>,
    rental: RentalId,
    back: Option<Moment>,
    late_minutes: i64,
    lost: bool,
    ended: Moment,
) -> Fallible<()> {
    db.execute("UPDATE out_span SET back_at = ?2, late_minutes = ?3, lost = ?4, ended_at = ?5 WHERE rental_id = ?1", (rental, back, late_minutes, lost, ended))?;
    Ok(())
}

pub(super) fn insert_gear(
    db: &mut Write<'_>,
    item: ItemId,
    type_id: TypeId,
    good: bool,
    since: Moment,
) -> Fallible<()> {
    db.execute("INSERT INTO gear(item_id, type_id, in_service, good, since, idle_since) VALUES (?1, ?2, 1, ?3, ?4, ?4) ON CONFLICT DO NOTHING", (item, type_id, good, since))?;
    Ok(())
}

pub(super) fn set_good(db: &mut Write<'_>, item: ItemId, good: bool) -> Fallible<()> {
    db.execute("UPDATE gear SET good = ?2 WHERE item_id = ?1", (item, good))?;
    Ok(())
}

pub(super) fn set_in_service(db: &mut Write<'_>, item: ItemId, in_service: bool) -> Fallible<()> {
    db.execute(
        "UPDATE gear SET in_service = ?2 WHERE item_id = ?1",
        (item, in_service),
    )?;
    Ok(())
}

/// Its type, and whether it is fit to go out.
pub(super) fn gear(db: Read<'_>, item: ItemId) -> Fallible<Option<(TypeId, bool)>> {
    db.maybe(
        "SELECT type_id, in_service = 1 AND good = 1 FROM gear WHERE item_id = ?1",
        [item],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Since when nobody has it.
pub(super) fn settle_idle(db: &mut Write<'_>, item: ItemId) -> Fallible<()> {
    db.execute("UPDATE gear SET idle_since = coalesce((SELECT max(ended_at) FROM out_span WHERE item_id = ?1), since) WHERE item_id = ?1", [item])?;
    Ok(())
}

/// What was rented was owned.
pub(super) fn owned_since(
    db: &mut Write<'_>,
    item: Option<ItemId>,
    type_id: TypeId,
    since: Moment,
) -> Fallible<()> {
    match item {
        Some(item) => {
            if db.execute(
                "UPDATE gear SET since = ?2 WHERE item_id = ?1 AND since > ?2",
                (item, since),
            )? > 0
            {
                db.execute("UPDATE fit_change SET at = ?2 WHERE seq = (SELECT min(seq) FROM fit_change WHERE item_id = ?1) AND at > ?2", (item, since))?;
            }
        }
        None => {
            db.execute("UPDATE fit_change SET at = ?2 WHERE seq = (SELECT min(seq) FROM fit_change WHERE type_id = ?1 AND item_id IS NULL) AND at > ?2", (type_id, since))?;
        }
    }
    Ok(())
}

pub(super) fn fit_of(db: Read<'_>, item: ItemId) -> Fallible<i64> {
    db.one(
        "SELECT coalesce(sum(quantity), 0) FROM fit_change WHERE item_id = ?1",
        [item],
        |row| row.get(0),
    )
}

pub(super) fn insert_fit(
    db: &mut Write<'_>,
    seq: i64,
    type_id: TypeId,
    item: Option<ItemId>,
    at: Moment,
    quantity: i64,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO fit_change(seq, type_id, item_id, at, quantity) VALUES (?1, ?2, ?3, ?4, ?5)",
        (seq, type_id, item, at, quantity),
    )?;
    Ok(())
}

pub(super) fn insert_loss(
    db: &mut Write<'_>,
    seq: i64,
    at: Moment,
    item: Option<ItemId>,
    type_id: TypeId,
    quantity: i64,
    rental: Option<RentalId>,
) -> Fallible<()> {
    db.execute("INSERT INTO loss(seq, at, item_id, type_id, quantity, rental_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", (seq, at, item, type_id, quantity, rental))?;
    Ok(())
}

pub(super) fn forget_loss(db: &mut Write<'_>, item: ItemId) -> Fallible<()> {
    db.execute("DELETE FROM loss WHERE item_id = ?1", [item])?;
    Ok(())
}

pub(super) fn insert_income(
    db: &mut Write<'_>,
    seq: i64,
    share: i64,
    at: Moment,
    type_id: Option<TypeId>,
    paid: &Paid,
    amount: Money,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO income(seq, share, at, type_id, customer_id, reservation_id, amount) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        (seq, share, at, type_id, paid.customer_id, paid.reservation_id, amount),
    )?;
    Ok(())
}

/// From the first hand-over or payment to the last one, or the last return.
pub(super) fn extent(db: Read<'_>) -> Fallible<Option<Period>> {
    let found: (Option<i64>, Option<i64>) =
        db.one("SELECT (SELECT min(quarter) FROM quarter_figures) * 900, (SELECT max(quarter) FROM quarter_figures) * 900 + 900", [], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(match found {
        (Some(first), Some(last)) => Some(Period {
            start: Moment(first),
            end: Moment(last),
        }),
        _ => None,
    })
}

pub(super) fn use_by_type(db: Read<'_>, period: Period) -> Fallible<Vec<TypeUse>> {
    db.rows(
        "SELECT f.type_id, coalesce(o.seconds, 0), f.seconds, coalesce(o.rentals, 0)
           FROM (SELECT type_id, sum(quantity * (:to - max(:from, at))) AS seconds FROM fit_change WHERE at < :to GROUP BY type_id) f
           LEFT JOIN (SELECT type_id, sum(quantity * (min(ended_at, :to) - max(out_at, :from))) AS seconds, count(*) AS rentals
                        FROM out_span INDEXED BY out_span_ended WHERE ended_at > :from AND out_at < :to GROUP BY type_id) o ON o.type_id = f.type_id
          ORDER BY f.type_id",
        named_params! {":from": period.start, ":to": period.end},
        |row| Ok(TypeUse { type_id: row.get(0)?, out_seconds: row.get(1)?, fit_seconds: row.get(2)?, rentals: row.get(3)? }),
    )
}

pub(super) fn spans(db: Read<'_>, of: Of, period: Period, limit: i64) -> Fallible<Vec<Span>> {
    let narrowed = match (of.type_id, of.customer) {
        (Some(_), _) => "type_id = :type AND (:customer IS NULL OR customer_id = :customer) AND",
        (None, _) => "(:type IS NULL) AND (:customer IS NULL OR customer_id = :customer) AND",
    };
    db.rows(
        &format!("SELECT {SPAN} FROM out_span WHERE {narrowed} ended_at > :from AND out_at < :to ORDER BY out_at DESC, rental_id DESC LIMIT :limit"),
        named_params! {":type": of.type_id, ":customer": of.customer, ":from": period.start, ":to": period.end, ":limit": limit},
        a_span,
    )
}

pub(super) fn spans_by_type(
    db: Read<'_>,
    period: Period,
) -> Fallible<Vec<(TypeId, Moment, Moment, i64)>> {
    db.rows(
        "SELECT type_id, out_at, ended_at, quantity FROM out_span INDEXED BY out_span_ended WHERE ended_at > ?1 AND out_at < ?2 ORDER BY type_id, out_at",
        (period.start, period.end),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )
}

pub(super) fn fit_changes(db: Read<'_>, until: Moment) -> Fallible<Vec<(TypeId, Moment, i64)>> {
    db.rows(
        "SELECT type_id, at, quantity FROM fit_change WHERE at < ?1 ORDER BY type_id, at",
        [until],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn income_by_type(
    db: Read<'_>,
    period: Period,
) -> Fallible<Vec<(Option<TypeId>, Money, i64)>> {
    db.rows("SELECT type_id, sum(amount), count(DISTINCT seq) FROM income WHERE at >= ?1 AND at < ?2 GROUP BY type_id ORDER BY 2 DESC, 1", (period.start, period.end), |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

/// Every share, with the payment it is of.
pub(super) fn income_shares(
    db: Read<'_>,
    period: Period,
) -> Fallible<Vec<(i64, Option<TypeId>, Money)>> {
    db.rows(
        "SELECT seq, type_id, amount FROM income WHERE at >= ?1 AND at < ?2",
        (period.start, period.end),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn income_by_customer(
    db: Read<'_>,
    period: Period,
) -> Fallible<Vec<(CustomerId, Money, i64)>> {
    db.rows(
        "SELECT customer_id, sum(amount), count(DISTINCT seq) FROM income WHERE at >= ?1 AND at < ?2 GROUP BY customer_id ORDER BY 2 DESC, 1",
        (period.start, period.end),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn income_in(db: Read<'_>, periods: &[Period]) -> Fallible<Vec<(Money, i64)>> {
    db.rows(
        "SELECT coalesce(sum(i.amount), 0), count(DISTINCT i.seq) FROM json_each(?1) p LEFT JOIN income i ON i.at >= p.value ->> 0 AND i.at < p.value ->> 1 GROUP BY p.key ORDER BY p.key",
        [json_of(periods, 1)?],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn an_income(row: &Row<'_>) -> rusqlite::Result<Income> {
    Ok(Income {
        at: row.get(0)?,
        type_id: row.get(1)?,
        customer: row.get(2)?,
        reservation: row.get(3)?,
        amount: row.get(4)?,
    })
}

pub(super) fn income(
    db: Read<'_>,
    types: Option<&[Option<TypeId>]>,
    customer: Option<CustomerId>,
    period: Period,
    limit: i64,
) -> Fallible<Vec<Income>> {
    let of_types = if types.is_some() {
        "AND coalesce(type_id, 0) IN (SELECT value FROM json_each(:types))"
    } else {
        "AND :types IS NULL"
    };
    let of_customer = if customer.is_some() {
        "AND customer_id = :customer"
    } else {
        "AND :customer IS NULL"
    };
    let types = types
        .map(|types| {
            serde_json::to_string(
                &types
                    .iter()
                    .map(|id| id.map_or(0, |id| id.0))
                    .collect::<Vec<_>>(),
            )
        })
        .transpose()?;
    db.rows(
        &format!("SELECT at, type_id, customer_id, reservation_id, amount FROM income WHERE at >= :from AND at < :to {of_types} {of_customer} ORDER BY at DESC, seq DESC, share LIMIT :limit"),
        named_params! {":from": period.start, ":to": period.end, ":types": types, ":customer": customer, ":limit": limit},
        an_income,
    )
}

pub(super) fn late_by_customer(db: Read<'_>, period: Period) -> Fallible<Vec<Lateness>> {
    db.rows(
        "SELECT customer_id, count(*), sum(late_minutes), max(late_minutes) FROM out_span
          WHERE late_minutes > 0 AND back_at IS NOT NULL AND back_at >= ?1 AND back_at < ?2 GROUP BY customer_id ORDER BY 2 DESC, 3 DESC, 1",
        (period.start, period.end),
        |row| Ok(Lateness { customer: row.get(0)?, returns: row.get(1)?, minutes: row.get(2)?, worst_minutes: row.get(3)? }),
    )
}

pub(super) fn late_returns(
    db: Read<'_>,
    period: Period,
) -> Fallible<Vec<(CustomerId, Moment, Moment)>> {
    db.rows(
        "SELECT customer_id, due_at, back_at FROM out_span WHERE late_minutes > 0 AND back_at IS NOT NULL AND back_at >= ?1 AND back_at < ?2",
        (period.start, period.end),
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

pub(super) fn late_spans(
    db: Read<'_>,
    customer: CustomerId,
    period: Period,
    limit: i64,
) -> Fallible<Vec<Span>> {
    db.rows(
        &format!(
            "SELECT {SPAN} FROM out_span WHERE late_minutes > 0 AND back_at IS NOT NULL AND customer_id = ?1 AND back_at >= ?2 AND back_at < ?3
              ORDER BY back_at DESC, rental_id DESC LIMIT ?4"
        ),
        (customer, period.start, period.end, limit),
        a_span,
    )
}

pub(super) fn idle(db: Read<'_>, not_since: Moment) -> Fallible<Vec<Idle>> {
    db.rows("SELECT item_id, type_id, idle_since FROM gear WHERE in_service = 1 AND idle_since < ?1 ORDER BY idle_since, item_id", [not_since], |row| {
        Ok(Idle { item: row.get(0)?, type_id: row.get(1)?, since: row.get(2)? })
    })
}

pub(super) fn losses(db: Read<'_>, period: Period) -> Fallible<Vec<Loss>> {
    db.rows("SELECT at, item_id, type_id, quantity, rental_id FROM loss WHERE at >= ?1 AND at < ?2 ORDER BY at DESC, seq DESC", (period.start, period.end), |row| {
        Ok(Loss { at: row.get(0)?, item: row.get(1)?, type_id: row.get(2)?, quantity: row.get(3)?, rental: row.get(4)? })
    })
}

pub(super) fn truncate(db: &mut Write<'_>) -> Fallible<()> {
    for sql in [
        "DELETE FROM out_span",
        "DELETE FROM income",
        "DELETE FROM gear",
        "DELETE FROM fit_change",
        "DELETE FROM loss",
        "DELETE FROM quarter_figures",
    ] {
        db.execute(sql, [])?;
    }
    Ok(())
}
