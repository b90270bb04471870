//! The SQL of `history` and `condition_flag`.

use super::{Entry, Filter, Flag, TallyBy};
use crate::kernel::{
    CustomerId, Fallible, ItemId, Moment, RentalId, ReportId, ReservationId, ReservationNumber,
    StaffId,
};
use crate::store::{Read, Write};
use rusqlite::types::Value;
use rusqlite::{Row, named_params, params_from_iter};

const COLUMNS: &str = "seq, at, kind, item_id, asset_tag, type_id, quantity, customer_id, reservation_id, number, rental_id, out_at, due_at, in_at,
    condition_before, condition_after, late_minutes, staff_id, detail, reverses, undone, location";

/// What was undone, and the undoing, count for nothing.
const STANDS: &str = "undone = 0 AND reverses IS NULL";

fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        seq: row.get(0)?,
        at: row.get(1)?,
        kind: row.get(2)?,
        item: row.get(3)?,
        tag: row.get(4)?,
        type_id: row.get(5)?,
        quantity: row.get(6)?,
        customer: row.get(7)?,
        reservation: row.get(8)?,
        number: row.get(9)?,
        rental: row.get(10)?,
        out_at: row.get(11)?,
        due_at: row.get(12)?,
        in_at: row.get(13)?,
        condition_before: row.get(14)?,
        condition_after: row.get(15)?,
        late_minutes: row.get(16)?,
        staff: row.get(17)?,
        detail: row.get(18)?,
        reverses: row.get(19)?,
        undone: row.get(20)?,
        location: row.get(21)?,
    })
}

pub(super) fn insert(db: &mut Write<'_>, row: &Entry) -> Fallible<()> {
    db.execute(
        "INSERT INTO history(seq, at, kind, item_id, asset_tag, type_id, quantity, customer_id, reservation_id, number, rental_id, out_at, due_at, in_at,
                             condition_before, condition_after, late_minutes, staff_id, detail, reverses, undone, location)
         VALUES (:seq, :at, :kind, :item, :tag, :type, :quantity, :customer, :reservation, :number, :rental, :out, :due, :in, :before, :after, :late, :staff, :detail, :reverses, 0, :location)",
        named_params! {
            ":seq": row.seq, ":at": row.at, ":kind": row.kind, ":item": row.item, ":tag": row.tag, ":type": row.type_id, ":quantity": row.quantity, ":customer": row.customer,
            ":reservation": row.reservation, ":number": row.number, ":rental": row.rental, ":out": row.out_at, ":due": row.due_at, ":in": row.in_at, ":before": row.condition_before,
            ":after": row.condition_after, ":late": row.late_minutes, ":staff": row.staff, ":detail": row.detail, ":reverses": row.reverses, ":location": row.location,
        },
    )?;
    Ok(())
}

/// A later entry has reversed that one.
pub(super) fn mark_undone(db: &mut Write<'_>, seq: i64) -> Fallible<()> {
    db.execute("UPDATE history SET undone = 1 WHERE seq = ?1", [seq])?;
    Ok(())
}

/// The conditions of a filter, with their values in order.
fn conditions(filter: &Filter) -> (String, Vec<Value>) {
    let mut clauses: Vec<String> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut equals = |column: &str, value: i64| {
        clauses.push(format!("{column} = ?"));
        values.push(Value::Integer(value));
    };
    if let Some(item) = filter.item {
        equals("item_id", item.0);
    }
    if let Some(number) = filter.number {
        equals("number", number.0);
    }
    if let Some(staff) = filter.staff {
        equals("staff_id", staff.0);
    }
    let mut one_of = |column: &str, ids: Vec<i64>| {
        clauses.push(format!("{column} IN ({})", vec!["?"; ids.len()].join(", ")));
        values.extend(ids.into_iter().map(Value::Integer));
    };
    if let Some(customers) = &filter.customers {
        one_of("customer_id", customers.iter().map(|id| id.0).collect());
    }
    if let Some(types) = &filter.type_ids {
        one_of("type_id", types.iter().map(|id| id.0).collect());
    }
    if let Some(from) = filter.from {
        clauses.push("at >= ?".to_owned());
        values.push(Value::Integer(from.0));
    }
    if let Some(to) = filter.to {
        clauses.push("at < ?".to_owned());
        values.push(Value::Integer(to.0));
    }
    if let Some(kind) = filter.kind {
        clauses.push("kind = ?".to_owned());
        values.push(Value::Text(kind.to_owned()));
    }
    if filter.late {
        clauses.push(format!("late_minutes > 0 AND {STANDS}"));
    }
    let sql = if clauses.is_empty() {
        String::new()
    } else {
        format!("WHERE {}", clauses.join(" AND "))
    };
    (sql, values)
}

pub(super) fn entries(
    db: Read<'_>,
    filter: &Filter,
    limit: i64,
    offset: i64,
) -> Fallible<Vec<Entry>> {
    let (conditions, mut values) = conditions(filter);
    values.extend([Value::Integer(limit), Value::Integer(offset)]);
    db.rows(
        &format!(
            "SELECT {COLUMNS} FROM history {conditions} ORDER BY at DESC, seq DESC LIMIT ? OFFSET ?"
        ),
        params_from_iter(values),
        entry,
    )
}

pub(super) fn by_seq(db: Read<'_>, seq: i64) -> Fallible<Option<Entry>> {
    db.maybe(
        &format!("SELECT {COLUMNS} FROM history WHERE seq = ?1"),
        [seq],
        entry,
    )
}

/// A day is written so that later ones sort after earlier ones.
pub(super) fn pick_lists(
    db: Read<'_>,
    first_day: &str,
    printed_from: Moment,
) -> Fallible<Vec<Entry>> {
    db.rows(
        &format!(
            "SELECT {COLUMNS} FROM history
             WHERE seq IN (SELECT max(seq) FROM history WHERE at >= ?1 AND kind = 'PickListPrinted' AND detail >= ?2 GROUP BY detail) ORDER BY detail"
        ),
        (printed_from, first_day),
        entry,
    )
}

pub(super) fn promises_changed_since(db: Read<'_>, seq: i64) -> Fallible<Vec<Entry>> {
    db.rows(
        &format!(
            "SELECT {COLUMNS} FROM history
             WHERE seq > ?1 AND kind IN ('ReservationCreated', 'ReservationConfirmed', 'ReservationChanged', 'ReservationCancelled', 'ReservationExpired')
               AND (kind <> 'ReservationChanged' OR detail IS NOT 'price') ORDER BY seq"
        ),
        [seq],
        entry,
    )
}

pub(super) fn count(db: Read<'_>, filter: &Filter) -> Fallible<i64> {
    let (conditions, values) = conditions(filter);
    db.one(
        &format!("SELECT count(*) FROM history {conditions}"),
        params_from_iter(values),
        |row| row.get(0),
    )
}

pub(super) fn tally(
    db: Read<'_>,
    filter: &Filter,
    by: TallyBy,
    limit: i64,
) -> Fallible<Vec<(i64, i64)>> {
    let column = match by {
        TallyBy::Type => "type_id",
        TallyBy::Customer => "customer_id",
        TallyBy::Item => "item_id",
    };
    let (conditions, mut values) = conditions(filter);
    let glue = if conditions.is_empty() {
        "WHERE"
    } else {
        "AND"
    };
    values.push(Value::Integer(limit));
    db.rows(
        &format!(
            "SELECT {column}, sum(coalesce(quantity, 1)) FROM history {conditions} {glue} {column} IS NOT NULL AND {STANDS} GROUP BY {column} ORDER BY 2 DESC, {column} LIMIT ?"
        ),
        params_from_iter(values),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

/// Hand-overs by their own time; the undoing of a return, which stands at the time it was done, is
/// none.
pub(super) fn check_outs_before(
    db: Read<'_>,
    item: ItemId,
    at: Moment,
    limit: i64,
) -> Fallible<Vec<Entry>> {
    db.rows(
        &format!("SELECT {COLUMNS} FROM history WHERE item_id = ?1 AND at <= ?2 AND kind = 'EquipmentCheckedOut' AND reverses IS NULL ORDER BY at DESC, seq DESC LIMIT ?3"),
        (item, at, limit),
        entry,
    )
}

/// What was last said of a rental's custody.
pub(super) fn last_of_rental(db: Read<'_>, rental: RentalId) -> Fallible<Option<Entry>> {
    db.maybe(
        &format!("SELECT {COLUMNS} FROM history WHERE rental_id = ?1 AND kind IN ('EquipmentCheckedOut', 'EquipmentCheckedIn', 'EquipmentLost') ORDER BY seq DESC LIMIT 1"),
        [rental],
        entry,
    )
}

/// The due time that was last said of a rental: going out, an extension, the undo of either, and
/// coming back say it.
pub(super) fn due_of_rental(db: Read<'_>, rental: RentalId) -> Fallible<Option<Moment>> {
    db.maybe(
        "SELECT due_at FROM history WHERE rental_id = ?1 AND due_at IS NOT NULL AND kind IN ('EquipmentCheckedOut', 'RentalExtended', 'EquipmentCheckedIn') ORDER BY seq DESC LIMIT 1",
        [rental],
        |row| row.get(0),
    )
}

/// What earlier entries of a thing say about whom it is about.
pub(super) struct Known {
    pub customer: Option<CustomerId>,
    pub reservation: Option<ReservationId>,
    pub number: Option<ReservationNumber>,
}

pub(super) fn known_of_rental(
    db: Read<'_>,
    rental: RentalId,
    before: i64,
) -> Fallible<Option<Known>> {
    db.maybe(
        "SELECT customer_id, reservation_id, number FROM history WHERE rental_id = ?1 AND seq < ?2 AND customer_id IS NOT NULL AND number IS NOT NULL ORDER BY seq DESC LIMIT 1",
        (rental, before),
        |row| {
            Ok(Known {
                customer: row.get(0)?,
                reservation: row.get(1)?,
                number: row.get(2)?,
            })
        },
    )
}

/// The number of a reservation, as an earlier entry of it says; asked of its customer's entries
/// first, which are few.
pub(super) fn number_of(
    db: Read<'_>,
    reservation: ReservationId,
    customer: Option<CustomerId>,
    before: i64,
) -> Fallible<Option<ReservationNumber>> {
    if let Some(customer) = customer {
        let known = db.maybe(
            "SELECT number FROM history WHERE customer_id = ?1 AND reservation_id = ?2 AND seq < ?3 AND number IS NOT NULL LIMIT 1",
            (customer, reservation, before),
            |row| row.get(0),
        )?;
        if known.is_some() {
            return Ok(known);
        }
    }
    db.maybe(
        "SELECT number FROM history WHERE reservation_id = ?1 AND seq < ?2 AND number IS NOT NULL ORDER BY seq DESC LIMIT 1",
        (reservation, before),
        |row| row.get(0),
    )
}

/// Whose a reservation was before an entry.
pub(super) fn customer_of(
    db: Read<'_>,
    reservation: ReservationId,
    before: i64,
) -> Fallible<Option<CustomerId>> {
    db.maybe(
        "SELECT customer_id FROM history WHERE reservation_id = ?1 AND seq < ?2 AND customer_id IS NOT NULL AND kind LIKE 'Reservation%' ORDER BY seq DESC LIMIT 1",
        (reservation, before),
        |row| row.get(0),
    )
}

pub(super) struct NewFlag {
    pub item: ItemId,
    pub since: Moment,
    pub staff: Option<StaffId>,
    pub report: Option<ReportId>,
    pub rental: Option<RentalId>,
    pub expected_back: Option<Moment>,
}

pub(super) fn set_flag(db: &mut Write<'_>, flag: &str, new: &NewFlag) -> Fallible<()> {
    db.execute(
        "INSERT INTO condition_flag(item_id, flag, since, staff_id, report_id, rental_id, expected_back) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT(item_id, flag) DO UPDATE SET since = excluded.since, staff_id = excluded.staff_id, report_id = excluded.report_id, rental_id = excluded.rental_id, expected_back = excluded.expected_back",
        (new.item, flag, new.since, new.staff, new.report, new.rental, new.expected_back),
    )?;
    Ok(())
}

pub(super) fn clear_flag(db: &mut Write<'_>, item: ItemId, flag: &str) -> Fallible<()> {
    db.execute(
        "DELETE FROM condition_flag WHERE item_id = ?1 AND flag = ?2",
        (item, flag),
    )?;
    Ok(())
}

pub(super) fn clear_condition_flags(db: &mut Write<'_>, item: ItemId) -> Fallible<()> {
    db.execute(
        "DELETE FROM condition_flag WHERE item_id = ?1 AND flag <> 'LOST'",
        [item],
    )?;
    Ok(())
}

fn a_flag(row: &Row<'_>) -> rusqlite::Result<Flag> {
    Ok(Flag {
        item: row.get(0)?,
        flag: row.get(1)?,
        since: row.get(2)?,
        staff: row.get(3)?,
        rental: row.get(4)?,
    })
}

pub(super) fn flags(db: Read<'_>) -> Fallible<Vec<Flag>> {
    db.rows("SELECT item_id, flag, since, staff_id, rental_id FROM condition_flag ORDER BY since DESC, item_id", [], a_flag)
}

pub(super) fn flags_of(db: Read<'_>, item: ItemId) -> Fallible<Vec<Flag>> {
    db.rows("SELECT item_id, flag, since, staff_id, rental_id FROM condition_flag WHERE item_id = ?1 ORDER BY flag", [item], a_flag)
}

pub(super) fn truncate(db: &mut Write<'_>, table: &'static str) -> Fallible<()> {
    db.execute(&format!("DELETE FROM {table}"), [])?;
    Ok(())
}
