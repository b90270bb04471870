//! The life of an invoice: drafted from what was agreed, issued with the next number, then void or
//! credited but never changed.

use super::ledger::{self, table as money};
use super::model::{Invoice, InvoiceKind, InvoiceLine, InvoiceState, LineKind, split, tax_rows};
use super::refusal::BillingRefusal;
use super::{Outcome, crediting, customer_name, further, known, shown, table};
use crate::events::{Event, InvoiceFact, LineFact};
use crate::kernel::{
    CustomerId, Failure, Fallible, InvoiceId, InvoiceNumber, Money, ReservationId, Settings, Text,
};
use crate::store::{Read, Write};
use crate::{catalog, customers};
use std::collections::BTreeMap;

/// How a draft is issued.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Issue {
    /// Although the customer would owe more than the shop's limit.
    pub over_limit: bool,
}

pub(super) fn fact(settings: &Settings, invoice: &Invoice, amount: Money) -> InvoiceFact {
    InvoiceFact {
        invoice_id: invoice.id,
        number: invoice.number,
        reservation_id: invoice.reservation,
        customer_id: invoice.customer,
        amount,
        currency: settings.currency.code().to_owned(),
    }
}

/// Gives a draft the next number; from here on it never changes. What was paid ahead for its
/// reservation is used for it.
pub fn issue(
    db: &mut Write<'_>,
    settings: &Settings,
    id: InvoiceId,
    how: Issue,
) -> Outcome<InvoiceNumber> {
    let draft = known(db.read(), id)?;
    if draft.state != InvoiceState::Draft {
        return Err(BillingRefusal::NotNow {
            called: draft.called(),
            state: draft.state,
            verb: "issued",
        }
        .into());
    }
    if table::lines(db.read(), id)?.is_empty() {
        return Err(BillingRefusal::Empty.into());
    }
    if !how.over_limit {
        refuse_over_limit(db, settings, &draft)?;
    }
    let number = number_it(db, settings, &draft)?;
    let issued = known(db.read(), id)?;
    let event = db.publish(&Event::InvoiceIssued {
        invoice_id: id,
        number,
        reservation_id: issued.reservation,
        customer_id: issued.customer,
        net: issued.net,
        tax: issued.tax,
        total: issued.total,
        currency: settings.currency.code().to_owned(),
    })?;
    let now = db.now();
    let postings: Vec<(String, Money)> = postings(&table::lines(db.read(), id)?)
        .into_iter()
        .map(|(account, amount)| (account, Money(amount)))
        .collect();
    money::post(db, event, Some(issued.customer), Some(id), now, &postings)?;
    if issued.total.0 <= 0 {
        ledger::settle(db, settings, id, None, issued.total)?; // what it gives back is the customer's credit from now on
    }
    if let Some(reservation) = issued.reservation {
        ledger::use_prepaid(db, settings, reservation)?;
    }
    Ok(number)
}

fn refuse_over_limit(db: &Write<'_>, settings: &Settings, draft: &Invoice) -> Outcome<()> {
    let balance = super::balance(db.read(), settings, draft.customer, db.now())?;
    let would = Money(balance.balance().0 + draft.total.0);
    match balance.limit {
        Some(limit) if would > limit && draft.total.0 > 0 => {
            let customer = customer_name(db.read(), draft.customer)?;
            Err(BillingRefusal::OverLimit {
                customer,
                would: shown(settings.currency, would),
                limit: shown(settings.currency, limit),
            }
            .into())
        }
        _ => Ok(()),
    }
}

pub(super) fn number_it(
    db: &mut Write<'_>,
    settings: &Settings,
    draft: &Invoice,
) -> Fallible<InvoiceNumber> {
    let version = match customers::known(db.read(), draft.customer) {
        Ok(customer) => customer.version,
        Err(Failure::Fault(fault)) => return Err(fault),
        Err(Failure::Refused(refusal)) => anyhow::bail!("{refusal}"),
    };
    let due_at = settings.invoice_due(db.now());
    table::give_number(db, draft.id, version, due_at)
}

/// What lines come to in the books: owed by the customer; earned by kind, and the tax of each class
/// apart.
pub(super) fn postings(lines: &[InvoiceLine]) -> BTreeMap<String, i64> {
    let mut postings = BTreeMap::new();
    let mut post = |account: String, amount: i64| *postings.entry(account).or_default() += amount;
    for row in tax_rows(lines) {
        post("RECEIVABLE".to_owned(), row.net.0 + row.tax.0);
        post("TAX".to_owned(), -row.tax.0);
        let of_kind = |kind: LineKind| {
            lines
                .iter()
                .filter(|line| line.kind == kind && line.taxed == row.taxed)
                .map(|line| line.total().0)
                .sum::<i64>()
        };
        let sums: Vec<i64> = LineKind::ALL.iter().map(|kind| of_kind(*kind)).collect();
        for (kind, share) in LineKind::ALL.iter().zip(split(row.net.0, &sums)) {
            post(format!("REVENUE {}", kind.word()), -share);
        }
    }
    postings
}

/// Whether an invoice can be voided: a draft, or one of which nothing is paid.
pub fn may_void(db: Read<'_>, id: InvoiceId) -> Outcome<Invoice> {
    let invoice = known(db, id)?;
    if invoice.kind == InvoiceKind::CreditNote {
        return Err(BillingRefusal::CreditNote(invoice.called()).into());
    }
    if !matches!(invoice.state, InvoiceState::Draft | InvoiceState::Issued) {
        return Err(BillingRefusal::NotNow {
            called: invoice.called(),
            state: invoice.state,
            verb: "voided",
        }
        .into());
    }
    Ok(invoice)
}

/// Takes back an invoice of which nothing is paid, with what was given back of it since.
pub fn void(db: &mut Write<'_>, settings: &Settings, id: InvoiceId, reason: &Text) -> Outcome<()> {
    let invoice = may_void(db.read(), id)?;
    if reason.is_empty() {
        return Err(BillingRefusal::NoReason("Voiding an invoice").into());
    }
    let lines = if invoice.state == InvoiceState::Issued {
        crediting::left_of(db.read(), &invoice)?
    } else {
        Vec::new()
    };
    let before = further::given_back(db.read(), &invoice, &lines)?;
    end_unpaid(db, settings, &invoice, reason)?;
    crediting::ask_again(db, settings, &invoice, &before, reason)?;
    Ok(())
}

/// It is void from now on. A number that was given stays with it.
fn end_unpaid(
    db: &mut Write<'_>,
    settings: &Settings,
    invoice: &Invoice,
    reason: &Text,
) -> Fallible<()> {
    table::end(db, invoice.id, InvoiceState::Void, Some(reason))?;
    table::take_charges_back(db, invoice.id)?;
    let event = db.publish(&Event::InvoiceVoided(fact(
        settings,
        invoice,
        invoice.total,
    )))?;
    if invoice.state == InvoiceState::Issued {
        post_opposite(db, event, invoice, invoice.id)?;
    }
    Ok(())
}

fn post_opposite(
    db: &mut Write<'_>,
    event: uuid::Uuid,
    of: &Invoice,
    under: InvoiceId,
) -> Fallible<()> {
    let opposite: Vec<(String, Money)> = money::postings_of(db.read(), of.id)?
        .into_iter()
        .map(|(account, amount)| (account, Money(-amount.0)))
        .collect();
    let now = db.now();
    money::post(db, event, Some(of.customer), Some(under), now, &opposite)
}

/// Whether the rent of a reservation can still change.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Rent {
    Open,
    /// What of it was taken back is let go: nothing is asked for anew, but what was billed beyond
    /// it goes back.
    Over,
}

/// Makes the draft of a reservation what its lines say now, beyond what is billed of them already.
pub fn follow(
    db: &mut Write<'_>,
    reservation: ReservationId,
    customer: CustomerId,
    facts: &[LineFact],
    rent: Rent,
) -> Fallible<()> {
    let priced: Vec<&LineFact> = facts.iter().filter(|fact| fact.price.is_some()).collect();
    if priced.is_empty() && !facts.is_empty() {
        return Ok(()); // nobody agreed on a price
    }
    let billed = table::billed(db.read(), reservation)?;
    let mut wanted = Vec::new();
    for fact in &priced {
        let Some(line) = InvoiceLine::rent(fact, &type_name(db, fact)?) else {
            continue;
        };
        match billed.iter().find(|(id, ..)| *id == fact.line_id) {
            Some((_, sum, _)) => wanted.extend(line.beyond(*sum)),
            None => wanted.push(line),
        }
    }
    for (id, sum, line) in billed
        .iter()
        .filter(|(id, sum, _)| sum.0 != 0 && !facts.iter().any(|fact| fact.line_id == *id))
    {
        let description = Text::new(&format!("{}, dropped", line.description));
        wanted.push(InvoiceLine {
            kind: LineKind::Credit,
            description,
            line: Some(*id),
            quantity: 1,
            unit_price: Money(-sum.0),
            discount: Money(0),
            ..line.clone()
        });
    }
    let draft = table::draft_of(db.read(), reservation)?;
    if rent == Rent::Over {
        let asked = draft
            .as_ref()
            .map_or(Ok(Vec::new()), |draft| table::lines(db.read(), draft.id))?;
        wanted.retain(|line| line.total().0 < 0);
        wanted.extend(
            asked
                .into_iter()
                .filter(|line| line.line.is_some() && line.total().0 > 0),
        );
    }
    let draft = match draft {
        Some(draft) => {
            table::clear_agreed(db, draft.id)?;
            table::set_customer(db, draft.id, customer)?;
            draft.id
        }
        None if wanted.is_empty() => return Ok(()),
        None => new_draft(db, reservation, customer)?,
    };
    for line in &wanted {
        table::add_line(db, draft, line)?;
    }
    table::add_up(db, draft)?;
    end_if_empty(db, draft)
}

pub(super) fn new_draft(
    db: &mut Write<'_>,
    reservation: ReservationId,
    customer: CustomerId,
) -> Fallible<InvoiceId> {
    let now = db.now();
    table::insert(
        db,
        &table::NewInvoice {
            kind: InvoiceKind::Invoice,
            credits: None,
            reservation: Some(reservation),
            customer,
        },
        now,
    )
}

/// A draft on which nothing is left asks for nothing, and nobody was told of it.
pub(super) fn end_if_empty(db: &mut Write<'_>, draft: InvoiceId) -> Fallible<()> {
    if table::lines(db.read(), draft)?.is_empty() {
        table::end(db, draft, InvoiceState::Void, None)?;
    }
    Ok(())
}

fn type_name(db: &Write<'_>, fact: &LineFact) -> Fallible<Text> {
    match catalog::terms(db.read(), fact.type_id) {
        Ok(terms) => Ok(terms.name),
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refused(refusal)) => Err(anyhow::anyhow!("{refusal}")),
    }
}

/// The reservation is off: what is not paid is void, what is paid is credited and owed back; never
/// one for the other.
pub(super) fn call_off(
    db: &mut Write<'_>,
    settings: &Settings,
    reservation: ReservationId,
    reason: &Text,
) -> Fallible<()> {
    let mut standing = table::of_reservation(db.read(), reservation)?;
    standing.retain(|invoice| {
        invoice.kind == InvoiceKind::Invoice
            && !matches!(invoice.state, InvoiceState::Void | InvoiceState::Credited)
    });
    // What gave something back is taken back last, from what the others free.
    standing.sort_by_key(|invoice| (invoice.total.0 < 0, invoice.id));
    for invoice in standing {
        match invoice.state {
            InvoiceState::Draft | InvoiceState::Issued => {
                end_unpaid(db, settings, &invoice, reason)?
            }
            _ => {
                crediting::credit_whole(db, settings, &invoice, reason)?;
            }
        }
    }
    ledger::settle_notes(db, settings, reservation)
}
