//! Credit notes: an issued invoice, or one line of it, is taken back by a note with a number of its
//! own. The invoice's rows never change.

use super::further::{self, Further};
use super::invoices::{fact, number_it, postings};
use super::ledger::{self, table as money};
use super::model::{
    Charge, ChargeState, Invoice, InvoiceKind, InvoiceLine, InvoiceState, TaxRow, tax_rows,
};
use super::refusal::BillingRefusal;
use super::{Outcome, known, shown, table};
use crate::events::Event;
use crate::kernel::{Fallible, InvoiceId, InvoiceNumber, Money, Settings, Text};
use crate::store::{Read, Write};

/// What of an invoice is taken back: all that is left of it, or one line, by its place from 1.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Part {
    All,
    Line(usize),
}

/// Whether something of an invoice can be credited.
pub fn may_credit_part(db: Read<'_>, id: InvoiceId) -> Outcome<Invoice> {
    let invoice = known(db, id)?;
    if invoice.kind == InvoiceKind::CreditNote || (invoice.total.0 < 0 && invoice.number.is_some())
    {
        return Err(BillingRefusal::CreditNote(invoice.called()).into());
    }
    if !matches!(
        invoice.state,
        InvoiceState::Issued | InvoiceState::PartlyPaid | InvoiceState::Paid
    ) {
        return Err(BillingRefusal::NotNow {
            called: invoice.called(),
            state: invoice.state,
            verb: "credited",
        }
        .into());
    }
    Ok(invoice)
}

/// The invoice and what crediting this part of it gives back, less what was given back of the same
/// on further invoices. Whole, only where something is paid: else it is voided.
pub fn may_credit(
    db: Read<'_>,
    settings: &Settings,
    id: InvoiceId,
    part: Part,
) -> Outcome<(Invoice, Money)> {
    let invoice = may_credit_part(db, id)?;
    let left = left_of(db, &invoice)?;
    let all = total(
        &left
            .iter()
            .map(|(_, line)| line.clone())
            .collect::<Vec<_>>(),
    );
    match part {
        Part::All if invoice.state == InvoiceState::Issued => Err(BillingRefusal::NotNow {
            called: invoice.called(),
            state: invoice.state,
            verb: "credited",
        }
        .into()),
        Part::All => {
            let before = further::given_back(db, &invoice, &left)?;
            Ok((invoice, Money(all.0 + before.asks_again(db)?.0)))
        }
        Part::Line(place) => {
            let id = one_line(db, settings, &invoice, &left, place)?;
            let rest: Vec<InvoiceLine> = left
                .iter()
                .filter(|(known, _)| *known != id)
                .map(|(_, line)| line.clone())
                .collect();
            let (wanted, rest) = (Money(all.0 - total(&rest).0), total(&rest));
            if rest.0 < 0 {
                return Err(BillingRefusal::MoreThanLeft {
                    called: invoice.called(),
                    left: shown(settings.currency, all),
                    wanted: shown(settings.currency, wanted),
                }
                .into());
            }
            Ok((invoice, wanted))
        }
    }
}

/// Takes an invoice back, or a line of it; what was paid of that is owed back. What is still asked
/// for is asked for no more.
pub fn credit(
    db: &mut Write<'_>,
    settings: &Settings,
    id: InvoiceId,
    part: Part,
    reason: &Text,
) -> Outcome<InvoiceNumber> {
    let (invoice, _) = may_credit(db.read(), settings, id, part)?;
    if reason.is_empty() {
        return Err(BillingRefusal::NoReason("Crediting an invoice").into());
    }
    let left = left_of(db.read(), &invoice)?;
    let taken: Vec<(i64, InvoiceLine)> = match part {
        Part::All => left,
        Part::Line(place) => {
            let line = one_line(db.read(), settings, &invoice, &left, place)?;
            left.into_iter().filter(|(id, _)| *id == line).collect()
        }
    };
    let before = further::given_back(db.read(), &invoice, &taken)?;
    let note = take_back(db, settings, &invoice, &taken, reason)?;
    if part != Part::All {
        let_go(db, &taken[0], reason)?;
    }
    ask_again(db, settings, &invoice, &before, reason)?;
    Ok(note)
}

/// All that is left of an invoice.
pub(super) fn credit_whole(
    db: &mut Write<'_>,
    settings: &Settings,
    invoice: &Invoice,
    reason: &Text,
) -> Fallible<InvoiceNumber> {
    let left = left_of(db.read(), invoice)?;
    take_back(db, settings, invoice, &left, reason)
}

/// What was given back before of what is taken back now is asked for again: it would be given back
/// twice.
pub(super) fn ask_again(
    db: &mut Write<'_>,
    settings: &Settings,
    of: &Invoice,
    before: &Further,
    reason: &Text,
) -> Fallible<()> {
    before.leave_draft(db)?;
    for (further, lines) in &before.issued {
        take_back(db, settings, further, lines, reason)?;
    }
    of.reservation.map_or(Ok(()), |reservation| {
        ledger::settle_notes(db, settings, reservation)
    })
}

/// What taking these lines of an invoice back gives back.
pub(super) fn comes_to(
    db: Read<'_>,
    invoice: &Invoice,
    lines: &[(i64, InvoiceLine)],
) -> Fallible<Money> {
    let left = left_of(db, invoice)?;
    let is_taken = |id: &i64| lines.iter().any(|(taken, _)| taken == id);
    let rest: Vec<InvoiceLine> = left
        .iter()
        .filter(|(id, _)| !is_taken(id))
        .map(|(_, line)| line.clone())
        .collect();
    Ok(Money(
        total(&left.into_iter().map(|(_, line)| line).collect::<Vec<_>>()).0 - total(&rest).0,
    ))
}

/// The lines that no credit note took back, each with its id.
pub(super) fn left_of(db: Read<'_>, invoice: &Invoice) -> Fallible<Vec<(i64, InvoiceLine)>> {
    let gone = table::credited_lines(db, invoice.id)?;
    let mut left = table::numbered_lines(db, invoice.id)?;
    left.retain(|(id, _)| !gone.contains(id));
    Ok(left)
}

/// The id of a line that can be taken back alone: it asks for something, and nothing of it was
/// given back on this or a later invoice.
fn one_line(
    db: Read<'_>,
    settings: &Settings,
    invoice: &Invoice,
    left: &[(i64, InvoiceLine)],
    place: usize,
) -> Outcome<i64> {
    let all = table::numbered_lines(db, invoice.id)?;
    let called = format!("line {place} of {}", invoice.called());
    let Some((id, line)) = place.checked_sub(1).and_then(|at| all.get(at)) else {
        return Err(BillingRefusal::NoLine {
            called: invoice.called(),
            place,
            lines: all.len(),
        }
        .into());
    };
    let given_back = table::charge_on(db, *id, line.kind)?
        .is_some_and(|charge| charge.state != ChargeState::Charged);
    if given_back || !left.iter().any(|(known, _)| known == id) {
        return Err(BillingRefusal::LineDone(called).into());
    }
    if line.total().0 <= 0 {
        return Err(BillingRefusal::LineAsksNothing(called).into());
    }
    if let (Some(of), Some(reservation)) = (line.line, invoice.reservation) {
        let billed = table::billed(db, reservation)?
            .into_iter()
            .find(|(known, ..)| *known == of)
            .map_or(Money(0), |(_, sum, _)| sum);
        if line.total() > billed {
            return Err(BillingRefusal::MoreThanLeft {
                called,
                left: shown(settings.currency, billed),
                wanted: shown(settings.currency, line.total()),
            }
            .into());
        }
    }
    Ok(*id)
}

fn total(lines: &[InvoiceLine]) -> Money {
    Money(
        tax_rows(lines)
            .iter()
            .map(|row| row.net.0 + row.tax.0)
            .sum(),
    )
}

/// Of each tax class that the lines are of, what it was before less what it is after: so the rest
/// is taxed right to the cent.
fn given_back(
    lines: &[(i64, InvoiceLine)],
    before: &[InvoiceLine],
    after: &[InvoiceLine],
) -> Vec<TaxRow> {
    let (before, after) = (tax_rows(before), tax_rows(after));
    let of_lines = before
        .into_iter()
        .filter(|row| lines.iter().any(|(_, line)| line.taxed == row.taxed));
    of_lines
        .map(|row| {
            let rest = after
                .iter()
                .find(|rest| rest.taxed == row.taxed)
                .map_or((0, 0, 0), |rest| (rest.lines.0, rest.net.0, rest.tax.0));
            TaxRow {
                taxed: row.taxed,
                lines: Money(rest.0 - row.lines.0),
                net: Money(rest.1 - row.net.0),
                tax: Money(rest.2 - row.tax.0),
            }
        })
        .collect()
}

fn take_back(
    db: &mut Write<'_>,
    settings: &Settings,
    invoice: &Invoice,
    lines: &[(i64, InvoiceLine)],
    reason: &Text,
) -> Fallible<InvoiceNumber> {
    let left = left_of(db.read(), invoice)?;
    let after: Vec<InvoiceLine> = left
        .iter()
        .filter(|(id, _)| !lines.iter().any(|(taken, _)| taken == id))
        .map(|(_, line)| line.clone())
        .collect();
    let before: Vec<InvoiceLine> = left.into_iter().map(|(_, line)| line).collect();
    let now = db.now();
    let new = table::NewInvoice {
        kind: InvoiceKind::CreditNote,
        credits: Some(invoice.id),
        reservation: invoice.reservation,
        customer: invoice.customer,
    };
    let note = table::insert(db, &new, now)?;
    for (id, line) in lines {
        table::add_credit_line(db, note, &line.credited(), *id)?;
    }
    table::set_taxes(db, note, &given_back(lines, &before, &after))?;
    let draft = table::invoice(db.read(), note)?
        .ok_or_else(|| anyhow::anyhow!("credit note {} is not there", note.0))?;
    let number = number_it(db, settings, &draft)?;
    let taken = Money(-draft.total.0);
    let event = db.publish(&Event::InvoiceCredited(fact(
        settings,
        &Invoice {
            number: Some(number),
            ..draft
        },
        taken,
    )))?;
    let mut opposite = postings(&after);
    for (account, amount) in postings(&before) {
        *opposite.entry(account).or_default() -= amount;
    }
    let opposite: Vec<(String, Money)> = opposite
        .into_iter()
        .map(|(account, amount)| (account, Money(amount)))
        .collect();
    money::post(
        db,
        event,
        Some(invoice.customer),
        Some(note),
        now,
        &opposite,
    )?;
    let is_over = after.iter().all(|line| line.total().0 == 0);
    settle(db, settings, invoice, taken, is_over)?;
    if is_over {
        table::end(db, invoice.id, InvoiceState::Credited, Some(reason))?;
        table::take_charges_back(db, invoice.id)?;
    }
    // What gives nothing back but asks again is open until money pays it.
    let state = if taken.0 < 0 {
        InvoiceState::Issued
    } else {
        InvoiceState::Paid
    };
    if state == InvoiceState::Paid {
        if taken.0 != 0 {
            money::settle(db, note, None, Money(-taken.0))?;
        }
        table::set_paid(db, note, Money(-taken.0), state)?;
    }
    if !is_over {
        table::end(db, note, state, Some(reason))?; // of a whole invoice its own row says why
    }
    Ok(number)
}

/// The note and what is still open of its invoice settle each other; what was paid beyond that is
/// free again.
fn settle(
    db: &mut Write<'_>,
    settings: &Settings,
    invoice: &Invoice,
    taken: Money,
    is_over: bool,
) -> Fallible<()> {
    let open = Money(invoice.total.0 - invoice.paid.0);
    let settled = open.min(taken.max(Money(0)));
    if settled.0 == 0 {
        return Ok(());
    }
    money::settle(db, invoice.id, None, settled)?;
    let state = if settled == open {
        InvoiceState::Paid
    } else {
        InvoiceState::PartlyPaid
    };
    table::set_paid(db, invoice.id, Money(invoice.paid.0 + settled.0), state)?;
    if state == InvoiceState::Paid && !is_over {
        db.publish(&Event::InvoicePaid(fact(settings, invoice, invoice.total)))?;
    }
    Ok(())
}

/// What a line charged is let go, for the reason of its credit: nobody is asked to charge it again.
fn let_go(db: &mut Write<'_>, (id, line): &(i64, InvoiceLine), reason: &Text) -> Fallible<()> {
    let Some(charge) = table::charge_on(db.read(), *id, line.kind)? else {
        return Ok(());
    };
    table::take_charge_back(db, charge.id)?;
    let (at, staff) = (db.now(), db.staff());
    table::insert_charge(
        db,
        &Charge {
            state: ChargeState::Waived,
            invoice: None,
            reason: Some(reason.clone()),
            at,
            staff,
            ..charge
        },
        None,
    )?;
    Ok(())
}
