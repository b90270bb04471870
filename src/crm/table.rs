//! The SQL of what is known of customers.

use super::on_event::{Change, Said};
use super::{CustomerRental, LifetimeValue};
use crate::kernel::{
    CustomerId, Fallible, ItemId, Moment, Money, RentalId, ReservationId, ReservationNumber, TypeId,
};
use crate::store::{Read, Write};
use rusqlite::{Row, named_params};

/// A thing that was handed over.
pub(super) struct Part {
    pub rental: RentalId,
    pub reservation: ReservationId,
    pub item: Option<ItemId>,
    pub type_id: TypeId,
    pub quantity: i64,
    pub out: Moment,
    pub due: Moment,
}

/// How it ended.
pub(super) struct Ended {
    pub at: Moment,
    pub late_minutes: i64,
    pub damaged: bool,
}

pub(super) fn insert(
    db: &mut Write<'_>,
    id: ReservationId,
    number: ReservationNumber,
    customer: Option<CustomerId>,
    state: &str,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO customer_rental(reservation_id, customer_id, number, state, type_ids, start_at, end_at, net, rentals, late_minutes, damaged, is_old_record)
         VALUES (:id, :customer, :number, :state, '[]', 0, 0, NULL, 0, 0, 0, 0) ON CONFLICT DO NOTHING",
        named_params! {":id": id, ":customer": customer, ":number": number, ":state": state},
    )?;
    Ok(())
}

/// Of a reservation that nothing told of before.
pub(super) fn insert_old_record(
    db: &mut Write<'_>,
    id: ReservationId,
    number: ReservationNumber,
    customer: CustomerId,
    out: Moment,
    due: Moment,
) -> Fallible<()> {
    db.execute(
        "INSERT INTO customer_rental(reservation_id, customer_id, number, state, type_ids, start_at, end_at, net, rentals, late_minutes, damaged, is_old_record)
         VALUES (:id, :customer, :number, 'ACTIVE', '[]', :out, :due, NULL, 0, 0, 0, 1) ON CONFLICT DO NOTHING",
        named_params! {":id": id, ":customer": customer, ":number": number, ":out": out, ":due": due},
    )?;
    Ok(())
}

pub(super) fn set_lines(db: &mut Write<'_>, id: ReservationId, said: &Said) -> Fallible<()> {
    let types = serde_json::to_string(&said.types)?;
    db.execute(
        "UPDATE customer_rental SET type_ids = :types, start_at = coalesce(:start, start_at), end_at = coalesce(:end, end_at), net = :net, is_old_record = 0
          WHERE reservation_id = :id",
        named_params! {":id": id, ":types": types, ":start": said.start, ":end": said.end, ":net": said.net},
    )?;
    Ok(())
}

pub(super) fn set_state(
    db: &mut Write<'_>,
    id: ReservationId,
    customer: Option<CustomerId>,
    state: &str,
) -> Fallible<()> {
    db.execute("UPDATE customer_rental SET state = ?2, customer_id = coalesce(?3, customer_id) WHERE reservation_id = ?1", (id, state, customer))?;
    Ok(())
}

/// What its things come to; an old record is nothing but its things.
pub(super) fn sum_up(db: &mut Write<'_>, id: ReservationId) -> Fallible<()> {
    db.execute(
        "UPDATE customer_rental SET rentals = p.rentals, late_minutes = p.late, damaged = p.damaged,
                state    = CASE WHEN is_old_record = 0 THEN state WHEN p.open > 0 THEN 'ACTIVE' ELSE 'COMPLETED' END,
                start_at = CASE WHEN is_old_record = 0 THEN start_at ELSE coalesce(p.out_at, start_at) END,
                end_at   = CASE WHEN is_old_record = 0 THEN end_at ELSE coalesce(p.due_at, end_at) END,
                type_ids = CASE WHEN is_old_record = 0 THEN type_ids ELSE p.types END
           FROM (SELECT count(*) AS rentals, coalesce(max(late_minutes), 0) AS late, coalesce(sum(damaged), 0) AS damaged, coalesce(sum(ended_at IS NULL), 0) AS open,
                        min(out_at) AS out_at, max(due_at) AS due_at, json_group_array(DISTINCT type_id) AS types
                   FROM (SELECT type_id, late_minutes, damaged, ended_at, out_at, due_at FROM customer_rental_part WHERE reservation_id = ?1 ORDER BY type_id)) p
          WHERE reservation_id = ?1",
        [id],
    )?;
    Ok(())
}

pub(super) fn sum_up_of(db: &mut Write<'_>, rental: RentalId) -> Fallible<()> {
    let of: Option<ReservationId> = db.read().maybe(
        "SELECT reservation_id FROM customer_rental_part WHERE rental_id = ?1",
        [rental],
        |row| row.get(0),
    )?;
    of.map_or(Ok(()), |id| sum_up(db, id))
}

/// It is out; one that was back, or was lost, is out again as it was.
pub(super) fn set_part(db: &mut Write<'_>, part: &Part) -> Fallible<()> {
    db.execute(
        "INSERT INTO customer_rental_part(rental_id, reservation_id, item_id, type_id, quantity, out_at, due_at, ended_at, late_minutes, damaged)
         VALUES (:rental, :reservation, :item, :type, :quantity, :out, :due, NULL, 0, 0)
         ON CONFLICT(rental_id) DO UPDATE SET quantity = excluded.quantity, due_at = excluded.due_at, ended_at = NULL, late_minutes = 0, damaged = 0",
        named_params! {
            ":rental": part.rental, ":reservation": part.reservation, ":item": part.item, ":type": part.type_id, ":quantity": part.quantity, ":out": part.out, ":due": part.due,
        },
    )?;
    Ok(())
}

pub(super) fn is_part(db: Read<'_>, rental: RentalId) -> Fallible<bool> {
    Ok(db
        .maybe(
            "SELECT 1 FROM customer_rental_part WHERE rental_id = ?1",
            [rental],
            |_| Ok(()),
        )?
        .is_some())
}

/// So many fewer are out with the rest of the count.
pub(super) fn split_part(db: &mut Write<'_>, part: &Part) -> Fallible<()> {
    db.execute(
        "UPDATE customer_rental_part SET quantity = quantity - :quantity
          WHERE rental_id = (SELECT min(rental_id) FROM customer_rental_part
                              WHERE reservation_id = :reservation AND type_id = :type AND item_id IS NULL AND out_at = :out AND ended_at IS NULL AND quantity > :quantity)",
        named_params! {":reservation": part.reservation, ":type": part.type_id, ":out": part.out, ":quantity": part.quantity},
    )?;
    Ok(())
}

pub(super) fn forget_part(db: &mut Write<'_>, rental: RentalId) -> Fallible<()> {
    db.execute(
        "DELETE FROM customer_rental_part WHERE rental_id = ?1",
        [rental],
    )?;
    Ok(())
}

pub(super) fn set_due(db: &mut Write<'_>, rental: RentalId, due: Moment) -> Fallible<()> {
    db.execute(
        "UPDATE customer_rental_part SET due_at = ?2 WHERE rental_id = ?1",
        (rental, due),
    )?;
    Ok(())
}

pub(super) fn end(db: &mut Write<'_>, rental: RentalId, ended: &Ended) -> Fallible<()> {
    db.execute("UPDATE customer_rental_part SET ended_at = ?2, late_minutes = ?3, damaged = ?4 WHERE rental_id = ?1", (rental, ended.at, ended.late_minutes, ended.damaged))?;
    Ok(())
}

pub(super) fn set_damaged(db: &mut Write<'_>, rental: RentalId, damaged: bool) -> Fallible<()> {
    db.execute(
        "UPDATE customer_rental_part SET damaged = ?2 WHERE rental_id = ?1",
        (rental, damaged),
    )?;
    Ok(())
}

/// With whom an item is out: rental, reservation, due, out.
pub(super) fn still_out(
    db: Read<'_>,
    item: ItemId,
) -> Fallible<Vec<(RentalId, ReservationId, Moment, Moment)>> {
    db.rows("SELECT rental_id, reservation_id, due_at, out_at FROM customer_rental_part WHERE item_id = ?1 AND ended_at IS NULL ORDER BY rental_id", [item], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
    })
}

/// Customer, state and net rent of a reservation.
type Standing = (Option<CustomerId>, String, Option<Money>);

pub(super) fn standing(db: Read<'_>, id: ReservationId) -> Fallible<Option<Standing>> {
    db.maybe(
        "SELECT customer_id, state, net FROM customer_rental WHERE reservation_id = ?1",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )
}

/// What a reservation has given so far, and the time of its newest entry.
pub(super) fn given(db: Read<'_>, id: ReservationId) -> Fallible<(i64, Option<Moment>)> {
    let entries: Vec<(i64, Moment)> = db.rows(
        "SELECT net, at FROM loyalty_entry WHERE reservation_id = ?1 ORDER BY seq",
        [id],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok((
        entries.iter().map(|(net, _)| net).sum(),
        entries.last().map(|(_, at)| *at),
    ))
}

pub(super) fn insert_entry(
    db: &mut Write<'_>,
    seq: i64,
    customer: CustomerId,
    reservation: ReservationId,
    net: Money,
    at: Moment,
) -> Fallible<()> {
    db.execute("INSERT INTO loyalty_entry(seq, customer_id, reservation_id, net, at) VALUES (?1, ?2, ?3, ?4, ?5)", (seq, customer, reservation, net, at))?;
    Ok(())
}

/// The points of each reservation that counts, with the time it was completed.
pub(super) fn earned(
    db: Read<'_>,
    customer: CustomerId,
    from: Moment,
    per_point: i64,
) -> Fallible<Vec<(Moment, i64)>> {
    db.rows(
        "SELECT max(at), sum(net) / ?3 FROM loyalty_entry WHERE customer_id = ?1 AND at >= ?2 GROUP BY reservation_id HAVING sum(net) <> 0 ORDER BY reservation_id",
        (customer, from, per_point),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

fn a_rental(row: &Row<'_>) -> rusqlite::Result<CustomerRental> {
    let types: String = row.get(3)?;
    Ok(CustomerRental {
        reservation: row.get(0)?,
        number: row.get(1)?,
        state: row.get(2)?,
        types: serde_json::from_str(&types).unwrap_or_default(),
        start: row.get(4)?,
        end: row.get(5)?,
        net: row.get(6)?,
        rentals: row.get(7)?,
        late_minutes: row.get(8)?,
        damaged: row.get(9)?,
    })
}

pub(super) fn rentals(
    db: Read<'_>,
    customer: CustomerId,
    before: Option<(Moment, ReservationId)>,
    limit: i64,
) -> Fallible<Vec<CustomerRental>> {
    let (start, id) = before.unwrap_or((crate::kernel::MOMENT_MAX, ReservationId(i64::MAX)));
    db.rows(
        "SELECT reservation_id, number, state, type_ids, start_at, end_at, net, rentals, late_minutes, damaged FROM customer_rental
          WHERE customer_id = ?1 AND (start_at, reservation_id) < (?2, ?3) ORDER BY start_at DESC, reservation_id DESC LIMIT ?4",
        (customer, start, id, limit),
        a_rental,
    )
}

pub(super) fn count_rentals(db: Read<'_>, customer: CustomerId) -> Fallible<i64> {
    db.one(
        "SELECT coalesce(sum(rentals), 0) FROM customer_rental WHERE customer_id = ?1",
        [customer],
        |row| row.get(0),
    )
}

pub(super) fn truncate_loyalty(db: &mut Write<'_>) -> Fallible<()> {
    db.execute("DELETE FROM customer_rental", [])?;
    db.execute("DELETE FROM customer_rental_part", [])?;
    db.execute("DELETE FROM loyalty_entry", [])?;
    Ok(())
}

pub(super) fn add_value(db: &mut Write<'_>, change: &Change) -> Fallible<()> {
    db.execute(
        "INSERT INTO lifetime_value(customer_id, paid, refunded, value, payments, first_at, last_at)
         VALUES (:customer, :paid, :refunded, :paid - :refunded, :payments, :at, :at)
         ON CONFLICT(customer_id) DO UPDATE SET paid = paid + :paid, refunded = refunded + :refunded, value = value + :paid - :refunded, payments = payments + :payments,
                first_at = min(first_at, :at), last_at = max(last_at, :at)",
        named_params! {":customer": change.customer, ":paid": change.paid, ":refunded": change.refunded, ":payments": change.payments, ":at": change.at},
    )?;
    Ok(())
}

const VALUE: &str = "customer_id, paid, refunded, value, payments, first_at, last_at";

fn a_value(row: &Row<'_>) -> rusqlite::Result<LifetimeValue> {
    Ok(LifetimeValue {
        customer: row.get(0)?,
        paid: row.get(1)?,
        refunded: row.get(2)?,
        value: row.get(3)?,
        payments: row.get(4)?,
        first_at: row.get(5)?,
        last_at: row.get(6)?,
    })
}

pub(super) fn value(db: Read<'_>, customer: CustomerId) -> Fallible<Option<LifetimeValue>> {
    db.maybe(
        &format!("SELECT {VALUE} FROM lifetime_value WHERE customer_id = ?1"),
        [customer],
        a_value,
    )
}

pub(super) fn most(
    db: Read<'_>,
    after: Option<(Money, CustomerId)>,
    limit: i64,
) -> Fallible<Vec<LifetimeValue>> {
    let (value, id) = after.unwrap_or((Money(i64::MAX), CustomerId(0)));
    db.rows(
        &format!("SELECT {VALUE} FROM lifetime_value WHERE value <= ?1 AND (value < ?1 OR customer_id > ?2) ORDER BY value DESC, customer_id LIMIT ?3"),
        (value, id, limit),
        a_value,
    )
}

/// What the least of the best paying tenth paid.
pub(super) fn line_of_top_tenth(db: Read<'_>) -> Fallible<Option<Money>> {
    db.maybe(
        "SELECT value FROM lifetime_value WHERE value > 0 ORDER BY value DESC, customer_id LIMIT 1 OFFSET ((SELECT count(*) FROM lifetime_value WHERE value > 0) - 1) / 10",
        [],
        |row| row.get(0),
    )
}

pub(super) fn truncate_value(db: &mut Write<'_>) -> Fallible<()> {
    db.execute("DELETE FROM lifetime_value", [])?;
    Ok(())
}
