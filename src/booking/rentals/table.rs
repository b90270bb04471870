//! The SQL of `rental`: what is out, and what came back.

use super::super::model::{Rental, RentalOutcome, RentalState};
use crate::inventory::Condition;
use crate::kernel::{
    CustomerId, Fallible, ItemId, LineId, Moment, Period, RentalId, ReservationId, StaffId, Text,
    TypeId,
};
use crate::store::{AsWord, Read, Write};
use rusqlite::{Row, named_params};
use std::collections::BTreeMap;

macro_rules! rental_where {
    ($rest:literal) => {
        concat!(
            "SELECT id, line_id, reservation_id, customer_id, type_id, item_id, quantity, out_at, due_at, free_at, in_at, state, outcome, condition_out, condition_in, missing, note, staff_out, staff_in, reference, out_location, in_location FROM rental ",
            $rest
        )
    };
}

fn a_rental(row: &Row<'_>) -> rusqlite::Result<Rental> {
    Ok(Rental {
        id: row.get(0)?,
        line: row.get(1)?,
        reservation: row.get(2)?,
        customer: row.get(3)?,
        type_id: row.get(4)?,
        item: row.get(5)?,
        quantity: row.get(6)?,
        out_at: row.get(7)?,
        due_at: row.get(8)?,
        free_at: row.get(9)?,
        in_at: row.get(10)?,
        state: row.get::<_, AsWord<RentalState>>(11)?.0,
        outcome: row
            .get::<_, Option<AsWord<RentalOutcome>>>(12)?
            .map(|word| word.0),
        condition_out: row
            .get::<_, Option<AsWord<Condition>>>(13)?
            .map(|word| word.0),
        condition_in: row
            .get::<_, Option<AsWord<Condition>>>(14)?
            .map(|word| word.0),
        missing: row.get(15)?,
        note: row.get(16)?,
        staff_out: row.get(17)?,
        staff_in: row.get(18)?,
        reference: row.get(19)?,
        out_location: row.get(20)?,
        in_location: row.get(21)?,
    })
}

pub(in crate::booking) struct NewRental<'a> {
    pub line: LineId,
    pub reservation: ReservationId,
    pub customer: CustomerId,
    pub type_id: TypeId,
    pub item: Option<ItemId>,
    pub quantity: i64,
    pub out_at: Moment,
    pub due_at: Moment,
    pub due_wall: &'a str,
    pub free_at: Moment,
    pub condition_out: Option<Condition>,
    pub staff_out: Option<StaffId>,
    pub reference: Option<&'a Text>,
    pub location: Option<&'a Text>,
}

/// How a rental ends.
pub(in crate::booking) struct Closing<'a> {
    pub in_at: Moment,
    pub outcome: Option<RentalOutcome>,
    pub condition_in: Option<Condition>,
    pub missing: Option<&'a Text>,
    pub note: Option<&'a Text>,
    pub staff_in: Option<StaffId>,
    pub location: Option<&'a Text>,
}

/// What is known of a return after its scan.
pub(in crate::booking) struct Revision<'a> {
    pub outcome: Option<RentalOutcome>,
    pub condition: Option<Condition>,
    pub note: Option<&'a Text>,
    pub missing: Option<&'a Text>,
}

pub(in crate::booking) fn insert_rental(
    db: &mut Write<'_>,
    new: &NewRental<'_>,
) -> Fallible<RentalId> {
    Ok(RentalId(db.insert(
        "INSERT INTO rental(line_id, reservation_id, customer_id, type_id, item_id, quantity, out_at, due_at, due_wall, free_at, state, condition_out, staff_out, reference, out_location)
         VALUES (:line, :reservation, :customer, :type, :item, :quantity, :out, :due, :wall, :free, 'OUT', :condition, :staff, :reference, :location)",
        named_params! {
            ":line": new.line, ":reservation": new.reservation, ":customer": new.customer, ":type": new.type_id, ":item": new.item, ":quantity": new.quantity, ":out": new.out_at,
            ":due": new.due_at, ":wall": new.due_wall, ":free": new.free_at, ":condition": new.condition_out.map(AsWord), ":staff": new.staff_out, ":reference": new.reference, ":location": new.location,
        },
    )?))
}

pub(in crate::booking) fn close_rental(
    db: &mut Write<'_>,
    id: RentalId,
    closing: &Closing<'_>,
) -> Fallible<RentalId> {
    db.execute(
        "UPDATE rental SET state = 'RETURNED', in_at = ?2, outcome = ?3, condition_in = ?4, missing = ?5, note = ?6, staff_in = ?7, in_location = ?8 WHERE id = ?1",
        (id, closing.in_at, closing.outcome.map(AsWord), closing.condition_in.map(AsWord), closing.missing, closing.note, closing.staff_in, closing.location),
    )?;
    Ok(id)
}

/// Part of a count came back: it becomes a row of its own, the rest stays out.
pub(in crate::booking) fn split_returned(
    db: &mut Write<'_>,
    rental: &Rental,
    back: i64,
    closing: &Closing<'_>,
) -> Fallible<RentalId> {
    db.execute(
        "UPDATE rental SET quantity = quantity - ?2 WHERE id = ?1",
        (rental.id, back),
    )?;
    let id = RentalId(db.insert(
        "INSERT INTO rental(line_id, reservation_id, customer_id, type_id, item_id, quantity, out_at, due_at, due_wall, free_at, state, condition_out, staff_out, reference, told_due, out_location)
         SELECT line_id, reservation_id, customer_id, type_id, item_id, ?2, out_at, due_at, due_wall, free_at, 'OUT', condition_out, staff_out, reference, told_due, out_location FROM rental WHERE id = ?1",
        (rental.id, back),
    )?);
    close_rental(db, id, closing)
}

pub(in crate::booking) fn reopen_rental(db: &mut Write<'_>, id: RentalId) -> Fallible<()> {
    db.execute(
        "UPDATE rental SET state = 'OUT', in_at = NULL, outcome = NULL, condition_in = NULL, missing = NULL, note = NULL, staff_in = NULL, in_location = NULL WHERE id = ?1",
        [id],
    )?;
    Ok(())
}

pub(in crate::booking) fn lose_rental(db: &mut Write<'_>, id: RentalId) -> Fallible<()> {
    db.execute(
        "UPDATE rental SET state = 'LOST', outcome = 'FLAGGED' WHERE id = ?1",
        [id],
    )?;
    Ok(())
}

/// What a return was found to be, exactly so.
pub(in crate::booking) fn revise(
    db: &mut Write<'_>,
    id: RentalId,
    to: &Revision<'_>,
) -> Fallible<()> {
    db.execute(
        "UPDATE rental SET outcome = ?2, condition_in = ?3, note = ?4, missing = ?5 WHERE id = ?1",
        (
            id,
            to.outcome.map(AsWord),
            to.condition.map(AsWord),
            to.note,
            to.missing,
        ),
    )?;
    Ok(())
}

/// How many of a line were handed over, and how many of those are out; an undone hand-over counts
/// for nothing.
pub(in crate::booking) fn handed(db: Read<'_>, line: LineId) -> Fallible<(i64, i64)> {
    db.one(
        "SELECT coalesce(sum(quantity), 0), coalesce(sum(quantity) FILTER (WHERE state = 'OUT'), 0) FROM rental WHERE line_id = ?1 AND (state <> 'RETURNED' OR outcome IS NOT NULL)",
        [line],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

pub(in crate::booking) fn set_due(
    db: &mut Write<'_>,
    id: RentalId,
    due: Moment,
    wall: &str,
    free_at: Moment,
) -> Fallible<()> {
    db.execute(
        "UPDATE rental SET due_at = ?2, due_wall = ?3, free_at = ?4 WHERE id = ?1",
        (id, due, wall, free_at),
    )?;
    Ok(())
}

pub(in crate::booking) fn rental(db: Read<'_>, id: RentalId) -> Fallible<Option<Rental>> {
    db.maybe(rental_where!("WHERE id = ?1"), [id], a_rental)
}

/// One that was just written.
pub(in crate::booking) fn written(db: Read<'_>, id: RentalId) -> Fallible<Rental> {
    db.one(rental_where!("WHERE id = ?1"), [id], a_rental)
}

pub(in crate::booking) fn rentals_of(db: Read<'_>, id: ReservationId) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!("WHERE reservation_id = ?1 ORDER BY id"),
        [id],
        a_rental,
    )
}

pub(in crate::booking) fn open_rental(db: Read<'_>, item: ItemId) -> Fallible<Option<Rental>> {
    db.maybe(
        rental_where!("WHERE item_id = ?1 AND state = 'OUT'"),
        [item],
        a_rental,
    )
}

pub(in crate::booking) fn open_bulk_rentals(
    db: Read<'_>,
    type_id: TypeId,
) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!(
            "WHERE type_id = ?1 AND state = 'OUT' AND item_id IS NULL ORDER BY due_at, id"
        ),
        [type_id],
        a_rental,
    )
}

pub(in crate::booking) fn open_rentals_of_type(
    db: Read<'_>,
    type_id: TypeId,
) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!("WHERE type_id = ?1 AND state = 'OUT' ORDER BY due_at, id"),
        [type_id],
        a_rental,
    )
}

pub(in crate::booking) fn out_to(db: Read<'_>, customer: CustomerId) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!("WHERE customer_id = ?1 AND state = 'OUT' ORDER BY due_at, id"),
        [customer],
        a_rental,
    )
}

pub(in crate::booking) fn past_of(
    db: Read<'_>,
    customer: CustomerId,
    limit: i64,
) -> Fallible<Vec<Rental>> {
    db.rows(rental_where!("WHERE customer_id = ?1 AND state <> 'OUT' AND outcome IS NOT NULL ORDER BY out_at DESC, id DESC LIMIT ?2"), (customer, limit), a_rental)
}

pub(in crate::booking) fn due_in(db: Read<'_>, window: Period) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!("WHERE state = 'OUT' AND due_at >= ?1 AND due_at < ?2 ORDER BY due_at, id"),
        (window.start, window.end),
        a_rental,
    )
}

pub(in crate::booking) fn overdue(db: Read<'_>, now: Moment) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!("WHERE state = 'OUT' AND due_at < ?1 ORDER BY due_at, id"),
        [now],
        a_rental,
    )
}

/// What is out past its due time and was not told of for that time yet: a range of an index of its
/// own, whose condition stands here literally.
pub(in crate::booking) fn untold_overdue(
    db: Read<'_>,
    now: Moment,
    limit: i64,
) -> Fallible<Vec<Rental>> {
    db.rows(rental_where!("INDEXED BY rental_untold WHERE state = 'OUT' AND due_at < ?1 AND told_due IS NOT due_at ORDER BY due_at, id LIMIT ?2"), (now, limit), a_rental)
}

pub(in crate::booking) fn set_told(db: &mut Write<'_>, id: RentalId) -> Fallible<()> {
    db.execute("UPDATE rental SET told_due = due_at WHERE id = ?1", [id])?;
    Ok(())
}

pub(in crate::booking) fn count_out(db: Read<'_>) -> Fallible<i64> {
    db.one(
        "SELECT coalesce(sum(quantity), 0) FROM rental WHERE state = 'OUT'",
        [],
        |row| row.get(0),
    )
}

/// Undone check-outs, which have no outcome, are left out.
pub(in crate::booking) fn out_at(db: Read<'_>, moment: Moment) -> Fallible<Vec<Rental>> {
    db.rows(rental_where!("WHERE out_at <= ?1 AND (state = 'OUT' OR (state = 'RETURNED' AND in_at > ?1 AND outcome IS NOT NULL)) ORDER BY due_at, id"), [moment], a_rental)
}

pub(in crate::booking) fn out_during(db: Read<'_>, window: Period) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!("WHERE out_at < ?2 AND (state = 'OUT' OR (state = 'RETURNED' AND in_at > ?1 AND outcome IS NOT NULL)) ORDER BY due_at, id"),
        (window.start, window.end),
        a_rental,
    )
}

pub(in crate::booking) fn last_return(db: Read<'_>, item: ItemId) -> Fallible<Option<Rental>> {
    db.maybe(
        rental_where!("WHERE item_id = ?1 AND state = 'RETURNED' ORDER BY out_at DESC LIMIT 1"),
        [item],
        a_rental,
    )
}

pub(in crate::booking) fn last_out(db: Read<'_>, item: ItemId) -> Fallible<Option<Rental>> {
    db.maybe(rental_where!("WHERE item_id = ?1 AND (state <> 'RETURNED' OR outcome IS NOT NULL) ORDER BY out_at DESC, id DESC LIMIT 1"), [item], a_rental)
}

/// Of an item that is not out: the rental that lasted longest beyond a moment.
pub(in crate::booking) fn held_after(
    db: Read<'_>,
    item: ItemId,
    moment: Moment,
) -> Fallible<Option<Rental>> {
    db.maybe(
        rental_where!("WHERE item_id = ?1 AND ((state = 'RETURNED' AND in_at > ?2 AND outcome IS NOT NULL) OR (state = 'LOST' AND out_at >= ?2)) ORDER BY in_at DESC LIMIT 1"),
        (item, moment),
        a_rental,
    )
}

pub(in crate::booking) fn overlapping(
    db: Read<'_>,
    item: ItemId,
    out: Moment,
    back: Option<Moment>,
) -> Fallible<Option<Rental>> {
    db.maybe(
        rental_where!("WHERE item_id = ?1 AND (state <> 'RETURNED' OR outcome IS NOT NULL) AND out_at < coalesce(?3, 4102444800) AND CASE state WHEN 'LOST' THEN due_at ELSE coalesce(in_at, 4102444800) END > ?2 LIMIT 1"),
        (item, out, back),
        a_rental,
    )
}

pub(in crate::booking) fn life_of(db: Read<'_>, item: ItemId, now: Moment) -> Fallible<(i64, i64)> {
    db.one(
        "SELECT count(*), coalesce(sum(coalesce(in_at, ?2) - out_at), 0) / 60 FROM rental WHERE item_id = ?1 AND (state = 'OUT' OR (state = 'RETURNED' AND outcome IS NOT NULL))",
        (item, now),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// How many rentals, and when those were due and came back that came back past their due time.
pub(in crate::booking) fn count_of_customer(
    db: Read<'_>,
    customer: CustomerId,
) -> Fallible<(i64, Vec<(Moment, Moment)>)> {
    let all = db.one(
        "SELECT count(*) FROM rental WHERE customer_id = ?1 AND (state <> 'RETURNED' OR outcome IS NOT NULL)",
        [customer],
        |row| row.get(0),
    )?;
    let past_due = db.rows(
        "SELECT due_at, in_at FROM rental WHERE customer_id = ?1 AND state = 'RETURNED' AND outcome IS NOT NULL AND in_at > due_at",
        [customer],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok((all, past_due))
}

pub(in crate::booking) fn all_rentals(db: Read<'_>) -> Fallible<Vec<Rental>> {
    db.rows(
        rental_where!("WHERE state <> 'RETURNED' OR outcome IS NOT NULL ORDER BY out_at, id"),
        [],
        a_rental,
    )
}

pub(in crate::booking) fn customers_with_gear(
    db: Read<'_>,
    limit: i64,
) -> Fallible<Vec<(CustomerId, i64, Moment)>> {
    db.rows("SELECT customer_id, sum(quantity), min(due_at) FROM rental WHERE state = 'OUT' GROUP BY customer_id ORDER BY min(due_at), customer_id LIMIT ?1", [limit], |row| {
        Ok((row.get(0)?, row.get(1)?, row.get(2)?))
    })
}

/// Of these rentals those that went in another type's place: by what their lines asked for. `ids`
/// is a JSON list.
pub(in crate::booking) fn in_place_of(
    db: Read<'_>,
    ids: &str,
) -> Fallible<BTreeMap<RentalId, Text>> {
    let rows = db.rows(
        "SELECT r.id, l.type_name FROM json_each(?1) AS w CROSS JOIN rental r ON r.id = w.value JOIN reservation_line l ON l.id = r.line_id WHERE l.type_id <> r.type_id",
        [ids],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(rows.into_iter().collect())
}
