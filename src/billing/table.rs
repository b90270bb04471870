//! The SQL of `invoice`, `invoice_line`, `invoice_tax`, `invoice_step`, `charge`, `billing_heard`.

use super::model::{
    Charge, ChargeState, Invoice, InvoiceKind, InvoiceLine, InvoiceState, LineKind, TaxRow, Taxed,
    tax_rows,
};
use crate::kernel::{
    CustomerId, Fallible, InvoiceId, InvoiceNumber, LineId, Moment, Money, RentalId, ReservationId,
    Text, TypeId,
};
use crate::store::{AsWord, Invariant, Read, Write};
use rusqlite::{Row, named_params};
use std::collections::BTreeMap;

pub(super) const INVARIANTS: &[Invariant] = &[
    Invariant {
        name: "invoice totals",
        sql: "SELECT 'invoice ' || i.id || ' says ' || i.total || ', its lines and taxes ' || coalesce(t.total, 0) FROM invoice i LEFT JOIN (SELECT invoice_id, sum(net + tax) AS total FROM invoice_tax GROUP BY invoice_id) t ON t.invoice_id = i.id
               WHERE i.total <> coalesce(t.total, 0)
              UNION ALL SELECT 'line ' || id || ' of invoice ' || invoice_id || ' is not its quantity times its price' FROM invoice_line WHERE total <> quantity * unit_price - discount",
    },
    Invariant {
        name: "invoice taxes",
        sql: "SELECT 'invoice ' || l.invoice_id || ' sums up ' || l.lines || ' at ' || l.tax_class || ', its tax is of ' || coalesce(t.lines, 0)
                FROM (SELECT invoice_id, tax_class, tax_percent, gross, sum(total) AS lines FROM invoice_line GROUP BY invoice_id, tax_class, tax_percent, gross) l
                LEFT JOIN invoice_tax t ON t.invoice_id = l.invoice_id AND t.tax_class = l.tax_class AND t.tax_percent = l.tax_percent AND t.gross = l.gross
               WHERE l.lines IS NOT t.lines
              UNION ALL SELECT 'the tax of invoice ' || t.invoice_id || ' at ' || t.tax_class || ' is not ' || t.tax_percent || ' hundredths of a percent' FROM invoice_tax t JOIN invoice i ON i.id = t.invoice_id
               WHERE abs(CASE t.gross WHEN 1 THEN t.net * (10000 + t.tax_percent) - t.lines * 10000 ELSE t.tax * 10000 - t.lines * t.tax_percent END) * 2
                   > (10000 + CASE t.gross WHEN 1 THEN t.tax_percent ELSE 0 END) * CASE i.kind WHEN 'CREDIT_NOTE' THEN 3 ELSE 1 END", // a note is the rounded whole less the rounded rest
    },
    Invariant {
        name: "invoice numbers",
        sql: "SELECT 'invoice numbers run to ' || max(number) || ', but there are ' || count(number) FROM invoice HAVING max(number) <> count(number)",
    },
    Invariant {
        name: "invoices paid",
        sql: "SELECT 'invoice ' || i.id || ' is paid ' || i.paid || ', settled ' || coalesce(sum(s.amount), 0) FROM invoice i LEFT JOIN settlement s ON s.invoice_id = i.id GROUP BY i.id HAVING i.paid <> coalesce(sum(s.amount), 0)
              UNION ALL SELECT 'invoice ' || id || ' is ' || state || ' with ' || paid || ' of ' || total || ' paid' FROM invoice
               WHERE state <> CASE WHEN state IN ('DRAFT','VOID','CREDITED') THEN state WHEN paid = total THEN 'PAID' WHEN paid = 0 THEN 'ISSUED' ELSE 'PARTLY_PAID' END",
    },
    Invariant {
        name: "credit notes",
        sql: "SELECT 'invoice ' || i.id || ' is credited, but not by credit notes of its total' FROM invoice i
               WHERE i.state = 'CREDITED' AND i.total IS NOT (SELECT -sum(c.total) FROM invoice c WHERE c.credits_id = i.id AND c.number IS NOT NULL)
              UNION ALL SELECT 'credit note ' || c.id || ' does not say which lines of invoice ' || i.id || ' it takes back' FROM invoice c JOIN invoice i ON i.id = c.credits_id
               WHERE i.state <> 'CREDITED' AND EXISTS (SELECT 1 FROM invoice_line l WHERE l.invoice_id = c.id AND l.credits_line_id IS NULL)
              UNION ALL SELECT 'invoice ' || i.id || ' is credited with more than it asks for' FROM invoice i
               WHERE i.state <> 'CREDITED' AND i.total < (SELECT -sum(c.total) FROM invoice c WHERE c.credits_id = i.id AND i.total >= 0)",
    },
];

macro_rules! invoice_where {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, kind, credits_id, reservation_id, customer_id, state, net, tax, total, paid, issued_at, due_at, issued_by, reason, created_at, customer_version FROM invoice ",
            $rest
        )
    };
}

fn an_invoice(row: &Row<'_>) -> rusqlite::Result<Invoice> {
    Ok(Invoice {
        id: row.get(0)?,
        number: row.get(1)?,
        kind: row.get::<_, AsWord<InvoiceKind>>(2)?.0,
        credits: row.get(3)?,
        reservation: row.get(4)?,
        customer: row.get(5)?,
        state: row.get::<_, AsWord<InvoiceState>>(6)?.0,
        net: row.get(7)?,
        tax: row.get(8)?,
        total: row.get(9)?,
        paid: row.get(10)?,
        issued_at: row.get(11)?,
        due_at: row.get(12)?,
        issued_by: row.get(13)?,
        reason: row.get(14)?,
        created_at: row.get(15)?,
        customer_version: row.get(16)?,
    })
}

pub(super) fn invoice(db: Read<'_>, id: InvoiceId) -> Fallible<Option<Invoice>> {
    db.maybe(invoice_where!("WHERE id = ?1"), [id], an_invoice)
}

pub(super) fn by_number(db: Read<'_>, number: InvoiceNumber) -> Fallible<Option<Invoice>> {
    db.maybe(invoice_where!("WHERE number = ?1"), [number], an_invoice)
}

pub(super) fn draft_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Option<Invoice>> {
    db.maybe(
        invoice_where!("WHERE reservation_id = ?1 AND state = 'DRAFT' AND kind = 'INVOICE'"),
        [reservation],
        an_invoice,
    )
}

/// Oldest first.
pub(super) fn of_reservation(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Invoice>> {
    db.rows(
        invoice_where!("WHERE reservation_id = ?1 ORDER BY id"),
        [reservation],
        an_invoice,
    )
}

/// Newest first.
pub(super) fn of_customer(
    db: Read<'_>,
    customer: CustomerId,
    limit: i64,
) -> Fallible<Vec<Invoice>> {
    db.rows(
        invoice_where!("WHERE customer_id = ?1 ORDER BY id DESC LIMIT ?2"),
        (customer, limit),
        an_invoice,
    )
}

/// Newest first.
pub(super) fn list(db: Read<'_>, limit: i64) -> Fallible<Vec<Invoice>> {
    db.rows(
        invoice_where!("ORDER BY id DESC LIMIT ?1"),
        [limit],
        an_invoice,
    )
}

/// What is still asked for, the longest due first.
pub(super) fn open(db: Read<'_>) -> Fallible<Vec<Invoice>> {
    db.rows(
        invoice_where!("WHERE state IN ('ISSUED','PARTLY_PAID') ORDER BY due_at, id"),
        [],
        an_invoice,
    )
}

/// Newest first. Each is of a reservation; the draft of a credit note lives no longer than its
/// command.
pub(super) fn drafts(db: Read<'_>) -> Fallible<Vec<Invoice>> {
    db.rows(invoice_where!("WHERE state = 'DRAFT' AND kind = 'INVOICE' AND reservation_id IS NOT NULL ORDER BY id DESC"), [], an_invoice)
}

/// Newest first.
pub(super) fn closed(db: Read<'_>, limit: i64) -> Fallible<Vec<Invoice>> {
    db.rows(invoice_where!("WHERE number IS NOT NULL AND state IN ('PAID','VOID','CREDITED') ORDER BY id DESC LIMIT ?1"), [limit], an_invoice)
}

/// `ids`: a JSON array; one that stands in it twice counts once.
pub(super) fn sums_of_each(
    db: Read<'_>,
    ids: &str,
) -> Fallible<BTreeMap<ReservationId, (Money, Money)>> {
    let rows = db.rows(
        "SELECT i.reservation_id, sum(i.total), sum(i.paid) FROM (SELECT DISTINCT value FROM json_each(?1)) AS w CROSS JOIN invoice i ON i.reservation_id = w.value
           LEFT JOIN invoice of ON of.id = i.credits_id
          WHERE i.state <> 'VOID' AND (coalesce(of.state, i.state) <> 'CREDITED'
             OR EXISTS (SELECT 1 FROM invoice n WHERE n.credits_id = coalesce(of.id, i.id) AND n.state IN ('ISSUED','PARTLY_PAID'))) GROUP BY i.reservation_id",
        [ids],
        |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))),
    )?;
    Ok(rows.into_iter().collect())
}

pub(super) fn credit_note_of(db: Read<'_>, id: InvoiceId) -> Fallible<Option<Invoice>> {
    db.maybe(
        invoice_where!("WHERE credits_id = ?1 ORDER BY id DESC LIMIT 1"),
        [id],
        an_invoice,
    )
}

pub(super) fn lines(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<InvoiceLine>> {
    Ok(numbered_lines(db, id)?
        .into_iter()
        .map(|(_, line)| line)
        .collect())
}

pub(super) fn notes_of(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<InvoiceId>> {
    db.rows(
        "SELECT id FROM invoice WHERE credits_id = ?1 AND number IS NOT NULL ORDER BY id",
        [id],
        |row| row.get(0),
    )
}

/// The lines of an invoice that credit notes took back.
pub(super) fn credited_lines(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<i64>> {
    db.rows("SELECT l.credits_line_id FROM invoice c JOIN invoice_line l ON l.invoice_id = c.id WHERE c.credits_id = ?1 AND l.credits_line_id IS NOT NULL", [id], |row| row.get(0))
}

/// Each with its id.
pub(super) fn numbered_lines(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<(i64, InvoiceLine)>> {
    db.rows(
        "SELECT kind, description, type_id, line_id, rental_id, quantity, unit_price, discount, gross, tax_class, tax_percent, id FROM invoice_line WHERE invoice_id = ?1 ORDER BY id",
        [id],
        |row| {
            let line = InvoiceLine {
                kind: row.get::<_, AsWord<LineKind>>(0)?.0,
                description: row.get(1)?,
                type_id: row.get(2)?,
                line: row.get(3)?,
                rental: row.get(4)?,
                quantity: row.get(5)?,
                unit_price: row.get(6)?,
                discount: row.get(7)?,
                taxed: Taxed { gross: row.get(8)?, class: row.get(9)?, percent: row.get(10)? },
            };
            Ok((row.get(11)?, line))
        },
    )
}

pub(super) fn taxes(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<TaxRow>> {
    db.rows("SELECT tax_class, tax_percent, gross, lines, net, tax FROM invoice_tax WHERE invoice_id = ?1 ORDER BY tax_percent DESC, tax_class", [id], |row| {
        Ok(TaxRow { taxed: Taxed { class: row.get(0)?, percent: row.get(1)?, gross: row.get(2)? }, lines: row.get(3)?, net: row.get(4)?, tax: row.get(5)? })
    })
}

/// What is billed of each line of a reservation on invoices that stand.
pub(super) fn billed(
    db: Read<'_>,
    reservation: ReservationId,
) -> Fallible<Vec<(LineId, Money, InvoiceLine)>> {
    let mut billed: Vec<(LineId, Money, InvoiceLine)> = Vec::new();
    for invoice in super::standing(db, reservation)?
        .into_iter()
        .filter(|invoice| invoice.state != InvoiceState::Draft)
    {
        for line in lines(db, invoice.id)? {
            let (Some(id), LineKind::Rent | LineKind::Credit) = (line.line, line.kind) else {
                continue;
            };
            let total = line.total();
            match billed.iter_mut().find(|(known, ..)| *known == id) {
                Some((_, sum, _)) => sum.0 += total.0,
                None => billed.push((id, total, line)),
            }
        }
    }
    Ok(billed)
}

pub(super) struct NewInvoice {
    pub kind: InvoiceKind,
    pub credits: Option<InvoiceId>,
    pub reservation: Option<ReservationId>,
    pub customer: CustomerId,
}

pub(super) fn insert(db: &mut Write<'_>, new: &NewInvoice, at: Moment) -> Fallible<InvoiceId> {
    Ok(InvoiceId(db.insert(
        "INSERT INTO invoice(kind, credits_id, reservation_id, customer_id, customer_version, state, net, tax, total, paid, created_at) VALUES (?1, ?2, ?3, ?4, 0, 'DRAFT', 0, 0, 0, 0, ?5)",
        (AsWord(new.kind), new.credits, new.reservation, new.customer, at),
    )?))
}

pub(super) fn add_line(
    db: &mut Write<'_>,
    invoice: InvoiceId,
    line: &InvoiceLine,
) -> Fallible<i64> {
    insert_line(db, invoice, line, None)
}

/// On a credit note, what takes another line back.
pub(super) fn add_credit_line(
    db: &mut Write<'_>,
    note: InvoiceId,
    line: &InvoiceLine,
    of: i64,
) -> Fallible<i64> {
    insert_line(db, note, line, Some(of))
}

fn insert_line(
    db: &mut Write<'_>,
    invoice: InvoiceId,
    line: &InvoiceLine,
    credits: Option<i64>,
) -> Fallible<i64> {
    db.insert(
        "INSERT INTO invoice_line(invoice_id, kind, description, type_id, line_id, rental_id, quantity, unit_price, discount, total, gross, tax_class, tax_percent, credits_line_id)
         VALUES (:invoice, :kind, :description, :type_id, :line, :rental, :quantity, :unit_price, :discount, :total, :gross, :class, :percent, :credits)",
        named_params! {
            ":invoice": invoice, ":kind": AsWord(line.kind), ":description": line.description, ":type_id": line.type_id, ":line": line.line, ":rental": line.rental,
            ":quantity": line.quantity, ":unit_price": line.unit_price, ":discount": line.discount, ":total": line.total(), ":gross": line.taxed.gross,
            ":class": line.taxed.class, ":percent": line.taxed.percent, ":credits": credits,
        },
    )
}

/// Takes the agreed lines off a draft; what was charged beside them stays.
pub(super) fn clear_agreed(db: &mut Write<'_>, invoice: InvoiceId) -> Fallible<()> {
    db.execute(
        "DELETE FROM invoice_line WHERE invoice_id = ?1 AND line_id IS NOT NULL",
        [invoice],
    )?;
    Ok(())
}

pub(super) fn remove_line(db: &mut Write<'_>, invoice: InvoiceId, line: i64) -> Fallible<()> {
    db.execute(
        "DELETE FROM invoice_line WHERE invoice_id = ?1 AND id = ?2",
        (invoice, line),
    )?;
    Ok(())
}

/// Adds a draft up anew.
pub(super) fn add_up(db: &mut Write<'_>, invoice: InvoiceId) -> Fallible<()> {
    let rows = tax_rows(&lines(db.read(), invoice)?);
    set_taxes(db, invoice, &rows)
}

pub(super) fn set_taxes(db: &mut Write<'_>, invoice: InvoiceId, rows: &[TaxRow]) -> Fallible<()> {
    db.execute("DELETE FROM invoice_tax WHERE invoice_id = ?1", [invoice])?;
    for row in rows {
        db.execute(
            "INSERT INTO invoice_tax(invoice_id, tax_class, tax_percent, gross, lines, net, tax) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (invoice, &row.taxed.class, row.taxed.percent, row.taxed.gross, row.lines, row.net, row.tax),
        )?;
    }
    let (net, tax): (i64, i64) = rows
        .iter()
        .fold((0, 0), |(net, tax), row| (net + row.net.0, tax + row.tax.0));
    db.execute(
        "UPDATE invoice SET net = ?2, tax = ?3, total = ?2 + ?3 WHERE id = ?1",
        (invoice, net, tax),
    )?;
    Ok(())
}

pub(super) fn set_customer(
    db: &mut Write<'_>,
    invoice: InvoiceId,
    customer: CustomerId,
) -> Fallible<()> {
    db.execute(
        "UPDATE invoice SET customer_id = ?2 WHERE id = ?1 AND customer_id <> ?2",
        (invoice, customer),
    )?;
    Ok(())
}

/// The number after the last one; only a draft takes it.
pub(super) fn give_number(
    db: &mut Write<'_>,
    invoice: InvoiceId,
    version: i64,
    due_at: Moment,
) -> Fallible<InvoiceNumber> {
    let (now, staff) = (db.now(), db.staff());
    let number: InvoiceNumber = db.read().one(
        "SELECT coalesce(max(number), 0) + 1 FROM invoice",
        [],
        |row| row.get(0),
    )?;
    db.execute(
        "UPDATE invoice SET number = ?2, state = 'ISSUED', customer_version = ?3, issued_at = ?4, due_at = ?5, issued_by = ?6 WHERE id = ?1",
        (invoice, number, version, now, due_at, staff),
    )?;
    Ok(number)
}

pub(super) fn end(
    db: &mut Write<'_>,
    invoice: InvoiceId,
    state: InvoiceState,
    reason: Option<&Text>,
) -> Fallible<()> {
    db.execute(
        "UPDATE invoice SET state = ?2, reason = ?3 WHERE id = ?1",
        (invoice, AsWord(state), reason),
    )?;
    Ok(())
}

pub(super) fn set_paid(
    db: &mut Write<'_>,
    invoice: InvoiceId,
    paid: Money,
    state: InvoiceState,
) -> Fallible<()> {
    db.execute(
        "UPDATE invoice SET paid = ?2, state = ?3 WHERE id = ?1",
        (invoice, paid, AsWord(state)),
    )?;
    Ok(())
}

/// How the rent of a type is taxed on a reservation's invoices.
pub(super) fn taxed_of(
    db: Read<'_>,
    reservation: ReservationId,
    type_id: TypeId,
) -> Fallible<Option<Taxed>> {
    db.maybe(
        "SELECT l.tax_class, l.tax_percent, l.gross FROM invoice i JOIN invoice_line l ON l.invoice_id = i.id
          WHERE i.reservation_id = ?1 AND l.kind = 'RENT' ORDER BY l.type_id = ?2 DESC, l.id DESC LIMIT 1",
        (reservation, type_id),
        |row| Ok(Taxed { class: row.get(0)?, percent: row.get(1)?, gross: row.get(2)? }),
    )
}

// charges ---------------------------------------------------------------------------------------

const CHARGES: &str = "SELECT id, reservation_id, rental_id, kind, state, amount, invoice_id, reason, at, staff_id, line_id FROM charge";

fn a_charge(row: &Row<'_>) -> rusqlite::Result<(Charge, Option<i64>)> {
    let charge = Charge {
        id: row.get(0)?,
        reservation: row.get(1)?,
        rental: row.get(2)?,
        kind: row.get::<_, AsWord<LineKind>>(3)?.0,
        state: row.get::<_, AsWord<ChargeState>>(4)?.0,
        amount: row.get(5)?,
        invoice: row.get(6)?,
        reason: row.get(7)?,
        at: row.get(8)?,
        staff: row.get(9)?,
    };
    Ok((charge, row.get(10)?))
}

pub(super) fn charges_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Charge>> {
    let rows = db.rows(
        &format!("{CHARGES} WHERE reservation_id = ?1 ORDER BY id"),
        [reservation],
        a_charge,
    )?;
    Ok(rows.into_iter().map(|(charge, _)| charge).collect())
}

/// What was charged of a kind for one rental and stands, with its line on the invoice.
pub(super) fn charges_of_rental(
    db: Read<'_>,
    rental: RentalId,
) -> Fallible<Vec<(Charge, Option<i64>)>> {
    db.rows(
        &format!("{CHARGES} WHERE rental_id = ?1 AND state <> 'TAKEN_BACK' ORDER BY id"),
        [rental],
        a_charge,
    )
}

/// What was charged last by a line of an invoice; a line that a draft lost may have left its id to
/// another of another kind.
pub(super) fn charge_on(db: Read<'_>, line: i64, kind: LineKind) -> Fallible<Option<Charge>> {
    Ok(db
        .maybe(
            &format!("{CHARGES} WHERE line_id = ?1 AND kind = ?2 ORDER BY id DESC LIMIT 1"),
            (line, AsWord(kind)),
            a_charge,
        )?
        .map(|(charge, _)| charge))
}

pub(super) fn insert_charge(
    db: &mut Write<'_>,
    charge: &Charge,
    line: Option<i64>,
) -> Fallible<i64> {
    db.insert(
        "INSERT INTO charge(reservation_id, rental_id, kind, state, amount, invoice_id, line_id, reason, at, staff_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        (charge.reservation, charge.rental, AsWord(charge.kind), AsWord(charge.state), charge.amount, charge.invoice, line, &charge.reason, charge.at, charge.staff),
    )
}

pub(super) fn take_charge_back(db: &mut Write<'_>, charge: i64) -> Fallible<()> {
    // A waiver that is taken back never was on an invoice: it is as if nothing had been said.
    db.execute(
        "UPDATE charge SET state = 'TAKEN_BACK' WHERE id = ?1 AND state = 'CHARGED'",
        [charge],
    )?;
    Ok(())
}

/// An invoice that is off takes the charges on it back: they are to be settled again, or waived.
pub(super) fn take_charges_back(db: &mut Write<'_>, invoice: InvoiceId) -> Fallible<()> {
    db.execute(
        "UPDATE charge SET state = 'TAKEN_BACK' WHERE invoice_id = ?1 AND state = 'CHARGED'",
        [invoice],
    )?;
    Ok(())
}

// what was heard --------------------------------------------------------------------------------

pub(super) fn heard(db: Read<'_>) -> Fallible<i64> {
    Ok(db
        .maybe(
            "SELECT last_seq FROM billing_heard WHERE id = 1",
            [],
            |row| row.get(0),
        )?
        .unwrap_or(0))
}

pub(super) fn set_heard(db: &mut Write<'_>, seq: i64) -> Fallible<()> {
    db.execute("INSERT INTO billing_heard(id, last_seq) VALUES (1, ?1) ON CONFLICT(id) DO UPDATE SET last_seq = excluded.last_seq", [seq])?;
    Ok(())
}

pub(super) fn drafted_sum(db: Read<'_>, customer: CustomerId) -> Fallible<Money> {
    db.one(
        "SELECT coalesce(sum(total), 0) FROM invoice WHERE customer_id = ?1 AND state = 'DRAFT'",
        [customer],
        |row| row.get(0),
    )
}

/// What is open on a customer's invoices, and of it what is past its due date.
pub(super) fn open_sums(
    db: Read<'_>,
    customer: CustomerId,
    now: Moment,
) -> Fallible<(Money, Money)> {
    db.one(
        "SELECT coalesce(sum(total - paid), 0), coalesce(sum(CASE WHEN due_at < ?2 THEN total - paid ELSE 0 END), 0) FROM invoice
          WHERE customer_id = ?1 AND state IN ('ISSUED','PARTLY_PAID')",
        (customer, now),
        |row| Ok((row.get(0)?, row.get(1)?)),
    )
}
