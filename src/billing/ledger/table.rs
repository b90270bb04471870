//! The SQL of `payment`, `settlement`, `deposit`, `deposit_return`, `journal`, `posting`,
//! `till_count`.

use crate::billing::model::{Deposit, DepositReturn, Method, Payment, PaymentKind, Settlement};
use crate::kernel::{
    CustomerId, DepositId, Fallible, InvoiceId, Moment, Money, PaymentId, Period, ReservationId,
    StaffId, Text,
};
use crate::store::{AsWord, Invariant, Read, Write};
use rusqlite::{Row, named_params};
use std::collections::BTreeMap;
use uuid::Uuid;

pub(in crate::billing) const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "journals",
        sql: "SELECT 'journal ' || j.id || ' sums to ' || coalesce(sum(p.amount), 'nothing') FROM journal j LEFT JOIN posting p ON p.journal_id = j.id GROUP BY j.id HAVING sum(p.amount) IS NOT 0
              UNION ALL SELECT 'journal ' || id || ' is not sealed' FROM journal WHERE sealed = 0",
    },
    Invariant {
        name: "what customers owe",
        sql: "SELECT 'customer ' || c.id || ' owes ' || coalesce(r.sum, 0) || ' by the journals, ' || (coalesce(i.sum, 0) - coalesce(p.sum, 0)) || ' by invoices and payments'
                FROM (SELECT customer_id AS id FROM journal UNION SELECT customer_id FROM invoice UNION SELECT customer_id FROM payment) c
                LEFT JOIN (SELECT j.customer_id, sum(p.amount) AS sum FROM journal j JOIN posting p ON p.journal_id = j.id WHERE p.account = 'RECEIVABLE' GROUP BY j.customer_id) r ON r.customer_id = c.id
                LEFT JOIN (SELECT customer_id, sum(total) AS sum FROM invoice WHERE state NOT IN ('DRAFT','VOID') GROUP BY customer_id) i ON i.customer_id = c.id
                LEFT JOIN (SELECT customer_id, sum(CASE kind WHEN 'REFUND' THEN -amount ELSE amount END) AS sum FROM payment WHERE taken_over = 0 GROUP BY customer_id) p ON p.customer_id = c.id
               WHERE coalesce(r.sum, 0) <> coalesce(i.sum, 0) - coalesce(p.sum, 0)",
    },
    Invariant {
        name: "credit",
        sql: "SELECT 'customer ' || c.id || ' has used more than was paid' FROM (SELECT customer_id AS id FROM invoice UNION SELECT customer_id FROM payment) c
               WHERE (SELECT coalesce(sum(CASE kind WHEN 'REFUND' THEN -amount ELSE amount END), 0) FROM payment WHERE customer_id = c.id AND taken_over = 0)
                   < (SELECT coalesce(sum(s.amount), 0) FROM settlement s JOIN invoice i ON i.id = s.invoice_id WHERE i.customer_id = c.id)",
    },
    Invariant {
        name: "deposits",
        sql: "SELECT 'deposits are ' || -coalesce(p.sum, 0) || ' by the journals, ' || d.sum || ' by themselves' FROM (SELECT coalesce(sum(amount - kept - returned), 0) AS sum FROM deposit) d,
                (SELECT sum(amount) AS sum FROM posting WHERE account = 'DEPOSITS') p WHERE d.sum <> -coalesce(p.sum, 0)
              UNION ALL SELECT 'deposit ' || d.id || ' went back with ' || d.returned || ', in parts ' || coalesce(sum(r.amount), 0) FROM deposit d LEFT JOIN deposit_return r ON r.deposit_id = d.id
               GROUP BY d.id HAVING d.returned <> coalesce(sum(r.amount), 0)",
    },
];

const PAYMENTS: &str = "SELECT id, kind, invoice_id, reservation_id, customer_id, amount, method, reference, at, staff_id, taken_over FROM payment";

fn a_payment(row: &Row<'_>) -> rusqlite::Result<Payment> {
    Ok(Payment {
        id: row.get(0)?,
        kind: row.get::<_, AsWord<PaymentKind>>(1)?.0,
        invoice: row.get(2)?,
        reservation: row.get(3)?,
        customer: row.get(4)?,
        amount: row.get(5)?,
        method: row.get::<_, AsWord<Method>>(6)?.0,
        reference: row.get(7)?,
        at: row.get(8)?,
        staff: row.get(9)?,
        taken_over: row.get(10)?,
    })
}

/// `payment.id` is made by the file.
pub(in crate::billing) fn insert_payment(
    db: &mut Write<'_>,
    payment: &Payment,
) -> Fallible<PaymentId> {
    Ok(PaymentId(db.insert(
        "INSERT INTO payment(kind, invoice_id, reservation_id, customer_id, amount, method, reference, at, staff_id, taken_over)
         VALUES (:kind, :invoice, :reservation, :customer, :amount, :method, :reference, :at, :staff, :taken_over)",
        named_params! {
            ":kind": AsWord(payment.kind), ":invoice": payment.invoice, ":reservation": payment.reservation, ":customer": payment.customer, ":amount": payment.amount,
            ":method": AsWord(payment.method), ":reference": payment.reference, ":at": payment.at, ":staff": payment.staff, ":taken_over": payment.taken_over,
        },
    )?))
}

pub(in crate::billing) fn payments_of_reservation(
    db: Read<'_>,
    reservation: ReservationId,
) -> Fallible<Vec<Payment>> {
    db.rows(
        &format!("{PAYMENTS} WHERE reservation_id = ?1 ORDER BY at, id"),
        [reservation],
        a_payment,
    )
}

pub(in crate::billing) fn payments_of_customer(
    db: Read<'_>,
    customer: CustomerId,
) -> Fallible<Vec<Payment>> {
    db.rows(
        &format!("{PAYMENTS} WHERE customer_id = ?1 ORDER BY at, id"),
        [customer],
        a_payment,
    )
}

pub(in crate::billing) fn all_payments(db: Read<'_>) -> Fallible<Vec<Payment>> {
    db.rows(&format!("{PAYMENTS} ORDER BY id"), [], a_payment)
}

pub(in crate::billing) fn payments_in(db: Read<'_>, window: Period) -> Fallible<Vec<Payment>> {
    db.rows(
        &format!("{PAYMENTS} WHERE at >= ?1 AND at < ?2 ORDER BY at, id"),
        (window.start, window.end),
        a_payment,
    )
}

/// Every payment that came from another program.
pub(in crate::billing) fn taken_over(db: Read<'_>) -> Fallible<Vec<Payment>> {
    db.rows(
        &format!("{PAYMENTS} WHERE taken_over = 1 ORDER BY id"),
        [],
        a_payment,
    )
}

/// What of an invoice was settled when, and how: by a payment, or by credit.
pub(in crate::billing) fn settlements(
    db: Read<'_>,
    invoice: InvoiceId,
) -> Fallible<Vec<Settlement>> {
    db.rows("SELECT s.amount, s.at, p.method, p.reference FROM settlement s LEFT JOIN payment p ON p.id = s.payment_id WHERE s.invoice_id = ?1 ORDER BY s.id", [invoice], |row| {
        Ok(Settlement { amount: row.get(0)?, at: row.get(1)?, method: row.get::<_, Option<AsWord<Method>>>(2)?.map(|method| method.0), reference: row.get(3)? })
    })
}

/// How much of invoices a payment settled itself.
pub(in crate::billing) fn settled_by(db: Read<'_>, payment: PaymentId) -> Fallible<Money> {
    db.one(
        "SELECT coalesce(sum(amount), 0) FROM settlement WHERE payment_id = ?1",
        [payment],
        |row| row.get(0),
    )
}

pub(in crate::billing) fn settle(
    db: &mut Write<'_>,
    invoice: InvoiceId,
    payment: Option<PaymentId>,
    amount: Money,
) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "INSERT INTO settlement(invoice_id, payment_id, amount, at) VALUES (?1, ?2, ?3, ?4)",
        (invoice, payment, amount, now),
    )?;
    Ok(())
}

/// What a customer paid and has not used.
pub(in crate::billing) fn credit(db: Read<'_>, customer: CustomerId) -> Fallible<Money> {
    db.one(
        "SELECT (SELECT coalesce(sum(CASE kind WHEN 'REFUND' THEN -amount ELSE amount END), 0) FROM payment WHERE customer_id = ?1 AND taken_over = 0)
              - (SELECT coalesce(sum(s.amount), 0) FROM invoice i JOIN settlement s ON s.invoice_id = i.id WHERE i.customer_id = ?1)",
        [customer],
        |row| row.get(0),
    )
}

/// What a customer paid, less what they got back.
pub(in crate::billing) fn came_in(db: Read<'_>, customer: CustomerId) -> Fallible<Money> {
    db.one("SELECT coalesce(sum(CASE kind WHEN 'REFUND' THEN -amount ELSE amount END), 0) FROM payment WHERE customer_id = ?1 AND taken_over = 0", [customer], |row| row.get(0))
}

/// The reservations with which money of a customer may lie, the oldest first.
pub(in crate::billing) fn reservations_of_money(
    db: Read<'_>,
    customer: CustomerId,
) -> Fallible<Vec<ReservationId>> {
    db.rows(
        "SELECT reservation_id FROM payment WHERE customer_id = ?1 AND reservation_id IS NOT NULL AND taken_over = 0
          UNION SELECT reservation_id FROM invoice WHERE customer_id = ?1 AND reservation_id IS NOT NULL ORDER BY 1",
        [customer],
        |row| row.get(0),
    )
}

/// What was paid for a reservation and not used for its invoices.
pub(in crate::billing) fn prepaid(db: Read<'_>, reservation: ReservationId) -> Fallible<Money> {
    db.one(
        "SELECT (SELECT coalesce(sum(CASE kind WHEN 'REFUND' THEN -amount ELSE amount END), 0) FROM payment WHERE reservation_id = ?1 AND taken_over = 0)
              - (SELECT coalesce(sum(s.amount), 0) FROM invoice i JOIN settlement s ON s.invoice_id = i.id WHERE i.reservation_id = ?1)",
        [reservation],
        |row| row.get(0),
    )
}

/// The same of many, never below nothing. `ids`: a JSON array.
pub(in crate::billing) fn prepaid_of_each(
    db: Read<'_>,
    ids: &str,
) -> Fallible<BTreeMap<ReservationId, Money>> {
    let rows = db.rows(
        "SELECT w.value, max(0, (SELECT coalesce(sum(CASE kind WHEN 'REFUND' THEN -amount ELSE amount END), 0) FROM payment WHERE reservation_id = w.value AND taken_over = 0)
              - (SELECT coalesce(sum(s.amount), 0) FROM invoice i JOIN settlement s ON s.invoice_id = i.id WHERE i.reservation_id = w.value)) FROM json_each(?1) AS w",
        [ids],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(rows.into_iter().collect())
}

// deposits --------------------------------------------------------------------------------------

const DEPOSITS: &str = "SELECT id, reservation_id, customer_id, amount, method, reference, taken_at, kept, returned, returned_at, return_method FROM deposit";

fn a_deposit(row: &Row<'_>) -> rusqlite::Result<Deposit> {
    Ok(Deposit {
        id: row.get(0)?,
        reservation: row.get(1)?,
        customer: row.get(2)?,
        amount: row.get(3)?,
        method: row.get::<_, AsWord<Method>>(4)?.0,
        reference: row.get(5)?,
        taken_at: row.get(6)?,
        kept: row.get(7)?,
        returned: row.get(8)?,
        returned_at: row.get(9)?,
        return_method: row
            .get::<_, Option<AsWord<Method>>>(10)?
            .map(|method| method.0),
    })
}

pub(in crate::billing) fn insert_deposit(
    db: &mut Write<'_>,
    reservation: ReservationId,
    customer: CustomerId,
    amount: Money,
    method: Method,
    reference: Option<&Text>,
) -> Fallible<DepositId> {
    let (now, staff) = (db.now(), db.staff());
    Ok(DepositId(db.insert(
        "INSERT INTO deposit(reservation_id, customer_id, amount, method, reference, taken_at, staff_id, kept, returned) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, 0)",
        (reservation, customer, amount, AsWord(method), reference, now, staff),
    )?))
}

pub(in crate::billing) fn keep_of_deposit(
    db: &mut Write<'_>,
    deposit: DepositId,
    amount: Money,
) -> Fallible<()> {
    db.execute(
        "UPDATE deposit SET kept = kept + ?2 WHERE id = ?1",
        (deposit, amount),
    )?;
    Ok(())
}

pub(in crate::billing) fn return_deposit(
    db: &mut Write<'_>,
    deposit: DepositId,
    amount: Money,
    method: Method,
) -> Fallible<()> {
    let (now, staff) = (db.now(), db.staff());
    db.execute("UPDATE deposit SET returned = returned + ?2, return_method = ?3, returned_at = ?4, returned_by = ?5 WHERE id = ?1", (deposit, amount, AsWord(method), now, staff))?;
    db.execute("INSERT INTO deposit_return(deposit_id, amount, method, at, staff_id) VALUES (?1, ?2, ?3, ?4, ?5)", (deposit, amount, AsWord(method), now, staff))?;
    Ok(())
}

pub(in crate::billing) fn deposit(db: Read<'_>, id: DepositId) -> Fallible<Option<Deposit>> {
    db.maybe(&format!("{DEPOSITS} WHERE id = ?1"), [id], a_deposit)
}

pub(in crate::billing) fn deposits_of(
    db: Read<'_>,
    reservation: ReservationId,
) -> Fallible<Vec<Deposit>> {
    db.rows(
        &format!("{DEPOSITS} WHERE reservation_id = ?1 ORDER BY id"),
        [reservation],
        a_deposit,
    )
}

pub(in crate::billing) fn deposits_of_customer(
    db: Read<'_>,
    customer: CustomerId,
) -> Fallible<Vec<Deposit>> {
    db.rows(
        &format!("{DEPOSITS} WHERE customer_id = ?1 ORDER BY id"),
        [customer],
        a_deposit,
    )
}

/// Newest first.
pub(in crate::billing) fn deposits(db: Read<'_>) -> Fallible<Vec<Deposit>> {
    db.rows(&format!("{DEPOSITS} ORDER BY id DESC"), [], a_deposit)
}

/// The parts in which deposits of a reservation went back, in their order.
pub(in crate::billing) fn deposit_returns(
    db: Read<'_>,
    reservation: ReservationId,
) -> Fallible<Vec<DepositReturn>> {
    db.rows("SELECT r.amount, r.method, r.at FROM deposit d JOIN deposit_return r ON r.deposit_id = d.id WHERE d.reservation_id = ?1 ORDER BY r.at, r.id", [reservation], |row| {
        Ok(DepositReturn { amount: row.get(0)?, method: row.get::<_, AsWord<Method>>(1)?.0, at: row.get(2)? })
    })
}

/// Deposits that came in, and those that went back, in a window: method and amount.
pub(in crate::billing) fn deposit_moves(
    db: Read<'_>,
    window: Period,
) -> Fallible<Vec<(Method, Money)>> {
    let mut moves = db.rows(
        "SELECT method, amount FROM deposit WHERE taken_at >= ?1 AND taken_at < ?2",
        (window.start, window.end),
        |row| Ok((row.get::<_, AsWord<Method>>(0)?.0, row.get::<_, Money>(1)?)),
    )?;
    moves.extend(db.rows(
        "SELECT method, -amount FROM deposit_return WHERE at >= ?1 AND at < ?2",
        (window.start, window.end),
        |row| Ok((row.get::<_, AsWord<Method>>(0)?.0, row.get::<_, Money>(1)?)),
    )?);
    Ok(moves)
}

// the books -------------------------------------------------------------------------------------

/// One move of money, whole: the file refuses to seal what does not sum to zero.
pub(in crate::billing) fn post(
    db: &mut Write<'_>,
    event: Uuid,
    customer: Option<CustomerId>,
    invoice: Option<InvoiceId>,
    at: Moment,
    postings: &[(String, Money)],
) -> Fallible<()> {
    if postings.iter().all(|(_, amount)| amount.0 == 0) {
        return Ok(());
    }
    let journal =
        db.insert("INSERT INTO journal(event_id, customer_id, invoice_id, at, sealed) VALUES (?1, ?2, ?3, ?4, 0)", (event.as_bytes().as_slice(), customer, invoice, at))?;
    for (account, amount) in postings.iter().filter(|(_, amount)| amount.0 != 0) {
        db.execute(
            "INSERT INTO posting(journal_id, account, amount) VALUES (?1, ?2, ?3)",
            (journal, account, amount),
        )?;
    }
    db.execute("UPDATE journal SET sealed = 1 WHERE id = ?1", [journal])?;
    Ok(())
}

/// What issuing an invoice posted.
pub(in crate::billing) fn postings_of(
    db: Read<'_>,
    invoice: InvoiceId,
) -> Fallible<Vec<(String, Money)>> {
    db.rows("SELECT p.account, p.amount FROM posting p WHERE p.journal_id = (SELECT min(id) FROM journal WHERE invoice_id = ?1) ORDER BY p.id", [invoice], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// The events by which money of a customer moved, oldest first.
pub(in crate::billing) fn events_of_customer(
    db: Read<'_>,
    customer: CustomerId,
) -> Fallible<Vec<Uuid>> {
    db.rows(
        "SELECT event_id FROM journal WHERE customer_id = ?1 ORDER BY id",
        [customer],
        |row| row.get::<_, [u8; 16]>(0).map(Uuid::from_bytes),
    )
}

/// Every account and what stands on it.
pub(in crate::billing) fn accounts(db: Read<'_>) -> Fallible<Vec<(String, Money)>> {
    db.rows(
        "SELECT account, sum(amount) FROM posting GROUP BY account ORDER BY account",
        [],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}

// the till --------------------------------------------------------------------------------------

pub(in crate::billing) struct Counted {
    pub day: String,
    pub expected: Money,
    /// Of it what moved after the closing before.
    pub carried: Money,
    pub counted: Money,
    pub closed_at: Moment,
    pub staff: Option<StaffId>,
}

fn a_count(row: &Row<'_>) -> rusqlite::Result<Counted> {
    Ok(Counted {
        day: row.get(0)?,
        expected: row.get(1)?,
        carried: row.get(2)?,
        counted: row.get(3)?,
        closed_at: row.get(4)?,
        staff: row.get(5)?,
    })
}

pub(in crate::billing) fn till_count(db: Read<'_>, day: &str) -> Fallible<Option<Counted>> {
    db.maybe("SELECT day, expected, carried, counted, closed_at, staff_id FROM till_count WHERE day = ?1", [day], a_count)
}

/// The newest day before this one whose till was closed by then.
pub(in crate::billing) fn till_count_before(
    db: Read<'_>,
    day: &str,
    by: Moment,
) -> Fallible<Option<Counted>> {
    let sql = "SELECT day, expected, carried, counted, closed_at, staff_id FROM till_count WHERE day < ?1 AND closed_at <= ?2 ORDER BY day DESC LIMIT 1";
    db.maybe(sql, (day, by), a_count)
}

pub(in crate::billing) fn is_counted_after(db: Read<'_>, day: &str) -> Fallible<bool> {
    db.one(
        "SELECT EXISTS (SELECT 1 FROM till_count WHERE day > ?1)",
        [day],
        |row| row.get(0),
    )
}

pub(in crate::billing) fn insert_till_count(
    db: &mut Write<'_>,
    day: &str,
    expected: Money,
    carried: Money,
    counted: Money,
) -> Fallible<i64> {
    let (now, staff) = (db.now(), db.staff());
    db.insert("INSERT INTO till_count(day, expected, carried, counted, closed_at, staff_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", (day, expected, carried, counted, now, staff))
}
