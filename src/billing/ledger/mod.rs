//! Money that moves: payments, refunds, credit, deposits, the till. Each move is one journal.

pub(super) mod deposits;
mod shares;
pub(super) mod table;
pub(super) mod till;

use super::model::{Invoice, InvoiceKind, InvoiceLine, InvoiceState, Method, Payment, PaymentKind};
use super::refusal::BillingRefusal;
use super::{Outcome, checked_amount, customer_name, invoices, known, shown};
use crate::events::{Event, Paid, TypeShare};
use crate::kernel::{
    CustomerId, Fallible, InvoiceId, Moment, Money, PaymentId, ReservationId, Settings, StaffId,
    Text,
};
use crate::store::{Read, Write};
use shares::{joined, left_lines, shares_of};
use std::collections::BTreeMap;

/// What a payment is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum PayFor {
    /// What is more than it asks for is the customer's credit.
    Invoice(InvoiceId),
    /// Its open invoices, the oldest first; what is left waits for its draft.
    Reservation(ReservationId, CustomerId),
    /// The customer's open invoices, the oldest first; what is left is their credit.
    Customer(CustomerId),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pay {
    pub towards: PayFor,
    pub amount: Money,
    pub method: Method,
    /// Of the card's slip, or of the transfer.
    pub reference: Option<Text>,
}

/// Takes money.
pub fn pay(db: &mut Write<'_>, settings: &Settings, pay: &Pay) -> Outcome<PaymentId> {
    checked_amount(settings, pay.amount)?;
    if !matches!(pay.method, Method::Cash | Method::Card | Method::Transfer) {
        return Err(BillingRefusal::Method(pay.method.word()).into());
    }
    receive(db, settings, pay)
}

/// As [`pay`], by whatever method.
pub(super) fn receive(db: &mut Write<'_>, settings: &Settings, pay: &Pay) -> Outcome<PaymentId> {
    let (invoice, reservation, customer, open) = match pay.towards {
        PayFor::Invoice(id) => {
            let invoice = known(db.read(), id)?;
            if !invoice.state.is_open() {
                return Err(BillingRefusal::NotNow {
                    called: invoice.called(),
                    state: invoice.state,
                    verb: "paid",
                }
                .into());
            }
            (
                Some(id),
                invoice.reservation,
                invoice.customer,
                vec![invoice],
            )
        }
        PayFor::Reservation(id, customer) => (
            None,
            Some(id),
            customer,
            super::table::of_reservation(db.read(), id)?,
        ),
        PayFor::Customer(customer) => {
            let mut all = super::table::of_customer(db.read(), customer, i64::MAX)?;
            all.reverse();
            (None, None, customer, all)
        }
    };
    let mut left = pay.amount.0;
    let mut parts: Vec<(Invoice, Money)> = Vec::new();
    for invoice in open
        .into_iter()
        .filter(|invoice| invoice.state.is_open() && invoice.customer == customer)
    {
        let part = left.min(invoice.open().0);
        if part > 0 {
            left -= part;
            parts.push((invoice, Money(part)));
        }
    }
    let mut shares = Vec::new();
    for (invoice, part) in &parts {
        shares.extend(shares_of(*part, &left_lines(db.read(), invoice.id)?));
    }
    // What is paid ahead is for what the draft says, what is paid beyond everything for all there
    // is of the reservation.
    let ahead = match reservation {
        Some(reservation) => match super::table::draft_of(db.read(), reservation)? {
            Some(draft) => super::table::lines(db.read(), draft.id)?,
            None => all_lines(db.read(), reservation)?,
        },
        None => Vec::new(),
    };
    shares.extend(shares_of(Money(left), &ahead));
    let (now, staff) = (db.now(), db.staff());
    let payment = Payment {
        id: PaymentId(0),
        kind: PaymentKind::Payment,
        invoice: invoice.or_else(|| parts.first().map(|(invoice, _)| invoice.id)),
        reservation,
        customer,
        amount: pay.amount,
        method: pay.method,
        reference: pay.reference.clone(),
        at: now,
        staff,
        taken_over: false,
    };
    let id = table::insert_payment(db, &payment)?;
    let event = db.publish(&Event::PaymentReceived(told(
        db.read(),
        settings,
        &Payment { id, ..payment },
        joined(shares),
    )?))?;
    let from = if pay.method == Method::Deposit {
        "DEPOSITS"
    } else {
        pay.method.word()
    };
    table::post(
        db,
        event,
        Some(customer),
        None,
        now,
        &[
            (from.to_owned(), pay.amount),
            ("RECEIVABLE".to_owned(), Money(-pay.amount.0)),
        ],
    )?;
    for (invoice, part) in parts {
        settle(db, settings, invoice.id, Some(id), part)?;
    }
    Ok(id)
}

fn told(
    db: Read<'_>,
    settings: &Settings,
    payment: &Payment,
    shares: Vec<TypeShare>,
) -> Fallible<Paid> {
    let invoice = match payment.invoice {
        Some(id) => super::table::invoice(db, id)?,
        None => None,
    };
    Ok(Paid {
        payment_id: payment.id,
        invoice_id: payment.invoice,
        invoice_number: invoice.as_ref().and_then(|invoice| invoice.number),
        invoice_reservation_id: invoice.and_then(|invoice| invoice.reservation),
        reservation_id: payment.reservation,
        customer_id: payment.customer,
        shares,
        amount: payment.amount,
        currency: settings.currency.code().to_owned(),
        method: payment.method.word().to_owned(),
    })
}

/// So much of an invoice is settled; the last cent makes it paid.
pub(super) fn settle(
    db: &mut Write<'_>,
    settings: &Settings,
    id: InvoiceId,
    payment: Option<PaymentId>,
    amount: Money,
) -> Fallible<()> {
    let invoice = super::table::invoice(db.read(), id)?
        .ok_or_else(|| anyhow::anyhow!("invoice {} is not there", id.0))?;
    if amount.0 != 0 {
        table::settle(db, id, payment, amount)?;
    }
    let paid = Money(invoice.paid.0 + amount.0);
    let state = if paid == invoice.total {
        InvoiceState::Paid
    } else {
        InvoiceState::PartlyPaid
    };
    super::table::set_paid(db, id, paid, state)?;
    if state == InvoiceState::Paid && invoice.total.0 >= 0 {
        db.publish(&Event::InvoicePaid(invoices::fact(
            settings,
            &invoice,
            invoice.total,
        )))?;
    }
    Ok(())
}

/// Uses what was paid ahead for a reservation, or given back on it, for its open invoices.
pub(super) fn use_prepaid(
    db: &mut Write<'_>,
    settings: &Settings,
    reservation: ReservationId,
) -> Fallible<()> {
    use_free(db, settings, reservation, |invoice| invoice.state.is_open())
}

/// Uses what is free of a reservation for its credit notes that ask again.
pub(super) fn settle_notes(
    db: &mut Write<'_>,
    settings: &Settings,
    reservation: ReservationId,
) -> Fallible<()> {
    use_free(db, settings, reservation, |invoice| {
        invoice.state.is_open() && invoice.kind == InvoiceKind::CreditNote
    })
}

fn use_free(
    db: &mut Write<'_>,
    settings: &Settings,
    reservation: ReservationId,
    is_meant: impl Fn(&Invoice) -> bool,
) -> Fallible<()> {
    for invoice in super::table::of_reservation(db.read(), reservation)?
        .into_iter()
        .filter(is_meant)
    {
        let free = table::prepaid(db.read(), reservation)?
            .min(table::credit(db.read(), invoice.customer)?)
            .min(invoice.open());
        if free.0 > 0 {
            settle(db, settings, invoice.id, None, free)?;
        }
    }
    Ok(())
}

/// Uses the customer's credit for an invoice: all that is open, or so much of it.
pub fn use_credit(
    db: &mut Write<'_>,
    settings: &Settings,
    id: InvoiceId,
    amount: Option<Money>,
) -> Outcome<Money> {
    let invoice = known(db.read(), id)?;
    if !invoice.state.is_open() {
        return Err(BillingRefusal::NotNow {
            called: invoice.called(),
            state: invoice.state,
            verb: "paid",
        }
        .into());
    }
    let credit = table::credit(db.read(), invoice.customer)?;
    let wanted = amount.unwrap_or(invoice.open().min(credit.max(Money(1))));
    checked_amount(settings, wanted)?;
    let say = |amount: Money| shown(settings.currency, amount);
    if wanted > invoice.open() {
        return Err(BillingRefusal::MoreThanOpen {
            called: invoice.called(),
            open: say(invoice.open()),
            wanted: say(wanted),
        }
        .into());
    }
    if wanted > credit {
        return Err(BillingRefusal::NoCredit {
            customer: customer_name(db.read(), invoice.customer)?,
            credit: say(credit),
            wanted: say(wanted),
        }
        .into());
    }
    settle(db, settings, id, None, wanted)?;
    Ok(wanted)
}

/// Money that goes back to a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refund {
    pub customer: CustomerId,
    /// Whose payment goes back, before any other of theirs.
    pub reservation: Option<ReservationId>,
    pub amount: Money,
    pub method: Method,
    pub reference: Option<Text>,
}

/// Gives back what a customer has to get: what was credited, or paid beyond what was asked. One
/// entry for each reservation with which the money lies; the first of them.
pub fn refund(db: &mut Write<'_>, settings: &Settings, refund: &Refund) -> Outcome<PaymentId> {
    checked_amount(settings, refund.amount)?;
    if !matches!(
        refund.method,
        Method::Cash | Method::Card | Method::Transfer
    ) {
        return Err(BillingRefusal::Method(refund.method.word()).into());
    }
    let credit = super::may_refund(db.read(), refund.customer)?;
    if refund.amount > credit {
        let (what, credit) = (
            shown(settings.currency, refund.amount),
            shown(settings.currency, credit),
        );
        return Err(BillingRefusal::NotOwed {
            what,
            customer: customer_name(db.read(), refund.customer)?,
            credit,
        }
        .into());
    }
    let mut first = None;
    for (reservation, amount) in lies_with(db.read(), refund, credit)? {
        let part = hand_back(
            db,
            settings,
            &Refund {
                amount,
                ..refund.clone()
            },
            reservation,
        )?;
        first = first.or(Some(part));
    }
    Ok(first.ok_or(BillingRefusal::NoAmount)?)
}

/// So much of a refund as lies with one reservation, or with none.
fn hand_back(
    db: &mut Write<'_>,
    settings: &Settings,
    refund: &Refund,
    reservation: Option<ReservationId>,
) -> Fallible<PaymentId> {
    let of = taken_back_last(
        db.read(),
        refund.customer,
        reservation.or(refund.reservation),
    )?;
    let shares = shares::given_back(db.read(), refund.customer, reservation, refund.amount)?;
    let (now, staff) = (db.now(), db.staff());
    let payment = Payment {
        id: PaymentId(0),
        kind: PaymentKind::Refund,
        invoice: of,
        reservation,
        customer: refund.customer,
        amount: refund.amount,
        method: refund.method,
        reference: refund.reference.clone(),
        at: now,
        staff,
        taken_over: false,
    };
    let id = table::insert_payment(db, &payment)?;
    let event = db.publish(&Event::PaymentRefunded(told(
        db.read(),
        settings,
        &Payment { id, ..payment },
        shares,
    )?))?;
    table::post(
        db,
        event,
        Some(refund.customer),
        None,
        now,
        &[
            ("RECEIVABLE".to_owned(), refund.amount),
            (refund.method.word().to_owned(), Money(-refund.amount.0)),
        ],
    )?;
    Ok(id)
}

/// With whom the money lies that goes back: what is named first, then the oldest reservations that
/// have more than they are asked for, then what lies with none, and last what was paid ahead, the
/// oldest first. A reservation never has to get back what was paid out.
fn lies_with(
    db: Read<'_>,
    refund: &Refund,
    credit: Money,
) -> Fallible<Vec<(Option<ReservationId>, Money)>> {
    let mut lying: Vec<(ReservationId, i64)> = Vec::new();
    for reservation in table::reservations_of_money(db, refund.customer)? {
        lying.push((reservation, table::prepaid(db, reservation)?.0));
    }
    let with_none = credit.0 - lying.iter().map(|(_, lies)| lies).sum::<i64>();
    let ids: Vec<ReservationId> = lying.iter().map(|(id, _)| *id).collect();
    let asked = super::sums_of_each(db, &ids)?;
    let spare = |id: &ReservationId, lies: i64| {
        lies - asked
            .get(id)
            .map_or(0, |(total, paid)| total.0 - paid.0)
            .max(0)
    };
    let named = lying
        .iter()
        .filter(|(id, _)| Some(*id) == refund.reservation)
        .map(|(id, lies)| (Some(*id), *lies));
    let over = lying.iter().map(|(id, lies)| (Some(*id), spare(id, *lies)));
    let ahead = lying.iter().map(|(id, lies)| (Some(*id), *lies));
    let (mut left, mut parts) = (
        refund.amount.0,
        BTreeMap::<Option<ReservationId>, i64>::new(),
    );
    for (of, most) in named.chain(over).chain([(None, with_none)]).chain(ahead) {
        let taken = parts.get(&of).copied().unwrap_or(0);
        let part = left.min(most - taken);
        if part > 0 {
            left -= part;
            parts.insert(of, taken + part);
        }
    }
    Ok(parts
        .into_iter()
        .map(|(of, part)| (of, Money(part)))
        .collect())
}

/// What the refund is of: what was taken back last, by a credit note or an invoice below zero.
fn taken_back_last(
    db: Read<'_>,
    customer: CustomerId,
    reservation: Option<ReservationId>,
) -> Fallible<Option<InvoiceId>> {
    let mut invoices = match reservation {
        Some(reservation) => super::table::of_reservation(db, reservation)?,
        None => super::table::of_customer(db, customer, i64::MAX)?,
    };
    invoices.sort_by_key(|invoice| std::cmp::Reverse(invoice.id));
    let is_below = |invoice: &&Invoice| {
        invoice.number.is_some() && invoice.total.0 < 0 && invoice.state != InvoiceState::Void
    };
    Ok(invoices.iter().find(is_below).map(|invoice| invoice.id))
}

/// Everything that a reservation was ever asked for and stands; of one that is off, what its last
/// invoice said.
fn all_lines(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<InvoiceLine>> {
    let mut invoices = super::table::of_reservation(db, reservation)?;
    invoices.retain(|invoice| invoice.kind == InvoiceKind::Invoice);
    let is_off =
        |invoice: &Invoice| matches!(invoice.state, InvoiceState::Void | InvoiceState::Credited);
    if invoices.iter().all(is_off) {
        invoices = invoices.pop().into_iter().collect();
    } else {
        invoices.retain(|invoice| !is_off(invoice));
    }
    let mut lines = Vec::new();
    for invoice in invoices {
        lines.extend(super::table::lines(db, invoice.id)?);
    }
    Ok(lines)
}

/// A payment of another program.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OldPayment {
    pub customer: CustomerId,
    pub reservation: Option<ReservationId>,
    /// What it was for, the whole of it.
    pub shares: Vec<TypeShare>,
    pub amount: Money,
    pub method: Method,
    pub reference: Option<Text>,
    pub at: Moment,
    pub staff: Option<StaffId>,
}

/// Takes a payment over as it was. Its rental was billed elsewhere, so it settles nothing here, is
/// nobody's credit, takes no number and lies in no till: it stands in the books as income of
/// before.
pub fn take_over(db: &mut Write<'_>, settings: &Settings, old: &OldPayment) -> Outcome<PaymentId> {
    if old.amount.0 != 0 {
        checked_amount(settings, old.amount)?;
    }
    let payment = Payment {
        id: PaymentId(0),
        kind: PaymentKind::Payment,
        invoice: None,
        reservation: old.reservation,
        customer: old.customer,
        amount: old.amount,
        method: old.method,
        reference: old.reference.clone(),
        at: old.at,
        staff: old.staff,
        taken_over: true,
    };
    let id = table::insert_payment(db, &payment)?;
    let event = db.publish_past(
        &Event::PaymentReceived(told(
            db.read(),
            settings,
            &Payment { id, ..payment },
            old.shares.clone(),
        )?),
        old.at,
        old.staff,
    )?;
    let income = [
        ("TAKEN OVER".to_owned(), old.amount),
        ("REVENUE TAKEN OVER".to_owned(), Money(-old.amount.0)),
    ];
    table::post(db, event, Some(old.customer), None, old.at, &income)?;
    Ok(id)
}
