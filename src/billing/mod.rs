//! What is owed, paid and held.
//!
//! **Does** drafts an invoice from what a reservation says and keeps the draft true; issues, voids
//! and credits; takes payments, deposits and charges; counts the till. An issued invoice never
//! changes: what is agreed later stands on a further one. Money moves by journals that sum to zero.
//! **Owns** `invoice`, `invoice_line`, `invoice_tax`, `invoice_step`, `payment`, `settlement`,
//! `deposit`, `deposit_return`, `journal`, `posting`, `charge`, `till_count`, `billing_heard`.
//! **Publishes** `Invoice…`, `Payment…`, `Deposit…`. **Hears** `Reservation…`, and the check-outs,
//! returns and finds that take back what a charge stood on. Its drafts are state, not a projection:
//! an event is heard once, and a rebuild changes nothing.

mod charges;
mod crediting;
mod further;
mod invoices;
mod ledger;
mod model;
mod on_event;
mod refusal;
mod table;
#[cfg(test)]
mod tests;

pub use charges::{NewCharge, charge, refuse_the_same, waive};
pub use crediting::{Part, credit, may_credit, may_credit_part};
pub use invoices::{Issue, Rent, follow, issue, may_void, void};
pub use ledger::deposits::{
    Kept, Take, give_back, keep, parts_held, pay_from_deposit, take_deposit,
};
pub use ledger::till::{Carried, Till, TillRow, close_till, till};
pub use ledger::{OldPayment, Pay, PayFor, Refund, pay, refund, take_over, use_credit};
pub use model::{
    Balance, Charge, ChargeState, Deposit, DepositReturn, Invoice, InvoiceKind, InvoiceLine,
    InvoiceState, LateCap, LateFee, LateRate, LateRules, LineKind, Method, Payment, PaymentKind,
    Settlement, TaxRow, Taxed, late_fee, split, tax_rows,
};
pub use on_event::on_event;
pub use refusal::BillingRefusal;

use crate::kernel::settings::Sum;
use crate::kernel::{
    Currency, CustomerId, DepositId, Failure, Fallible, InvoiceId, InvoiceNumber, Moment, Money,
    RentalId, ReservationId, Settings, Text,
};
use crate::store::{Invariant, Read, Write};
use ledger::table as money;
use std::collections::BTreeMap;

type Outcome<T> = Result<T, Failure<BillingRefusal>>;

pub const INVARIANTS: &[Invariant] = table::INVARIANTS;
pub const LEDGER_INVARIANTS: &[Invariant] = money::INVARIANTS;

/// Nothing to empty: drafts are not made again from the events.
pub fn truncate(_db: &mut Write<'_>) -> Fallible<()> {
    Ok(())
}

pub fn known(db: Read<'_>, id: InvoiceId) -> Outcome<Invoice> {
    table::invoice(db, id)?
        .ok_or_else(|| BillingRefusal::Unknown(Text::new(&id.0.to_string())).into())
}

/// The invoice of a number, `I-0012`.
pub fn resolve(db: Read<'_>, typed: &str) -> Outcome<Invoice> {
    let found = InvoiceNumber::parse(typed)
        .map(|number| table::by_number(db, number))
        .transpose()?
        .flatten();
    found.ok_or_else(|| BillingRefusal::Unknown(Text::new(typed)).into())
}

pub fn lines(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<InvoiceLine>> {
    table::lines(db, id)
}

pub fn taxes(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<TaxRow>> {
    table::taxes(db, id)
}

/// What of an invoice was settled when, oldest first.
pub fn settlements(db: Read<'_>, id: InvoiceId) -> Fallible<Vec<Settlement>> {
    money::settlements(db, id)
}

/// Oldest first.
pub fn invoices_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Invoice>> {
    table::of_reservation(db, reservation)
}

/// Those that stand, the draft among them, and the credit notes of lines of them: what they come to
/// together is asked for. An invoice that is credited is over with its notes once they are paid.
/// Oldest first.
pub fn standing(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Invoice>> {
    let all = table::of_reservation(db, reservation)?;
    let open: Vec<InvoiceId> = all
        .iter()
        .filter(|note| note.state.is_open())
        .filter_map(|note| note.credits)
        .collect();
    let over = |invoice: &Invoice| {
        invoice.state == InvoiceState::Void
            || (invoice.state == InvoiceState::Credited && !open.contains(&invoice.id))
    };
    let credited: Vec<InvoiceId> = all
        .iter()
        .filter(|invoice| over(invoice))
        .map(|invoice| invoice.id)
        .collect();
    Ok(all
        .into_iter()
        .filter(|invoice| {
            !over(invoice) && invoice.credits.is_none_or(|of| !credited.contains(&of))
        })
        .collect())
}

pub fn draft_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Option<Invoice>> {
    table::draft_of(db, reservation)
}

/// Newest first.
pub fn invoices_of_customer(
    db: Read<'_>,
    customer: CustomerId,
    limit: i64,
) -> Fallible<Vec<Invoice>> {
    table::of_customer(db, customer, limit)
}

/// Newest first.
pub fn invoices(db: Read<'_>, limit: i64) -> Fallible<Vec<Invoice>> {
    table::list(db, limit)
}

/// What is still asked for, the longest due first.
pub fn open_invoices(db: Read<'_>) -> Fallible<Vec<Invoice>> {
    table::open(db)
}

/// Newest first.
pub fn drafts(db: Read<'_>) -> Fallible<Vec<Invoice>> {
    table::drafts(db)
}

/// What has a number and nothing is asked for by any more, newest first.
pub fn closed_invoices(db: Read<'_>, limit: i64) -> Fallible<Vec<Invoice>> {
    table::closed(db, limit)
}

pub fn credit_note_of(db: Read<'_>, id: InvoiceId) -> Fallible<Option<Invoice>> {
    table::credit_note_of(db, id)
}

/// Oldest first.
pub fn payments_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Payment>> {
    money::payments_of_reservation(db, reservation)
}

/// Oldest first.
/// Every payment and refund there is: for the self-check.
pub fn all_payments(db: Read<'_>) -> Fallible<Vec<Payment>> {
    money::all_payments(db)
}

pub fn payments_of_customer(db: Read<'_>, customer: CustomerId) -> Fallible<Vec<Payment>> {
    money::payments_of_customer(db, customer)
}

/// Every payment that came from another program, in the order it was taken over.
pub fn taken_over(db: Read<'_>) -> Fallible<Vec<Payment>> {
    money::taken_over(db)
}

/// What was paid for a reservation and not used for its invoices yet.
pub fn prepaid(db: Read<'_>, reservation: ReservationId) -> Fallible<Money> {
    Ok(money::prepaid(db, reservation)?.max(Money(0)))
}

/// Whether a payment is free to go back whole: no invoice used it, and nothing was given back since
/// that may have been it.
pub fn is_free(db: Read<'_>, payment: &Payment) -> Fallible<bool> {
    let Some(reservation) = payment.reservation else {
        return Ok(false);
    };
    let may_be_it = |later: &Payment| {
        later.kind == PaymentKind::Refund
            && later.id.0 > payment.id.0
            && later.reservation.is_none_or(|of| of == reservation)
    };
    Ok(money::settled_by(db, payment.id)?.0 == 0
        && money::prepaid(db, reservation)? >= payment.amount
        && money::credit(db, payment.customer)? >= payment.amount
        && !money::payments_of_customer(db, payment.customer)?
            .iter()
            .any(may_be_it))
}

/// What a customer has to get back, where that is anything: never more than they paid and did not
/// get back yet.
pub fn may_refund(db: Read<'_>, customer: CustomerId) -> Outcome<Money> {
    let credit = money::credit(db, customer)?.min(money::came_in(db, customer)?);
    if credit.0 > 0 {
        Ok(credit)
    } else {
        Err(BillingRefusal::NothingOwed(customer_name(db, customer)?).into())
    }
}

/// What goes back where no amount is named: of a reservation what was paid beyond what it is asked
/// for, else what was paid ahead; of a customer all there is. The customer's other money stays
/// where it lies.
pub fn to_give_back(
    db: Read<'_>,
    customer: CustomerId,
    reservation: Option<ReservationId>,
) -> Outcome<Money> {
    let credit = may_refund(db, customer)?;
    let Some(id) = reservation else {
        return Ok(credit);
    };
    let (total, paid) = sums_of_each(db, &[id])?.remove(&id).unwrap_or_default();
    let ahead = money::prepaid(db, id)?;
    let over = Money(paid.0 + ahead.0 - total.0);
    let own = if over.0 > 0 { over } else { ahead };
    if own.0 <= 0 {
        return Err(BillingRefusal::NothingOwed(Text::new("This reservation")).into());
    }
    Ok(own.min(credit))
}

/// The same of many, in one question.
pub fn prepaid_of_each(
    db: Read<'_>,
    reservations: &[ReservationId],
) -> Fallible<BTreeMap<ReservationId, Money>> {
    money::prepaid_of_each(db, &serde_json::to_string(reservations)?)
}

/// What stands on the invoices of many reservations, drafts among them: the total, and what is paid
/// of it.
pub fn sums_of_each(
    db: Read<'_>,
    reservations: &[ReservationId],
) -> Fallible<BTreeMap<ReservationId, (Money, Money)>> {
    table::sums_of_each(db, &serde_json::to_string(reservations)?)
}

pub fn deposit(db: Read<'_>, id: DepositId) -> Outcome<Deposit> {
    money::deposit(db, id)?
        .ok_or_else(|| BillingRefusal::NoDeposit(Text::new(&id.0.to_string())).into())
}

/// Oldest first.
pub fn deposits_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Deposit>> {
    money::deposits_of(db, reservation)
}

/// Oldest first.
pub fn deposits_of_customer(db: Read<'_>, customer: CustomerId) -> Fallible<Vec<Deposit>> {
    money::deposits_of_customer(db, customer)
}

/// The parts in which they went back, oldest first.
pub fn deposit_returns(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<DepositReturn>> {
    money::deposit_returns(db, reservation)
}

/// Newest first.
pub fn deposits(db: Read<'_>) -> Fallible<Vec<Deposit>> {
    money::deposits(db)
}

pub fn charges_of(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Charge>> {
    table::charges_of(db, reservation)
}

/// What stands charged or waived for one rental.
pub fn charges_of_rental(db: Read<'_>, rental: RentalId) -> Fallible<Vec<Charge>> {
    Ok(table::charges_of_rental(db, rental)?
        .into_iter()
        .map(|(charge, _)| charge)
        .collect())
}

/// Every account of the books and what stands on it: they sum to zero.
pub fn accounts(db: Read<'_>) -> Fallible<Vec<(String, Money)>> {
    money::accounts(db)
}

pub fn balance(
    db: Read<'_>,
    settings: &Settings,
    customer: CustomerId,
    now: Moment,
) -> Fallible<Balance> {
    let (owes, overdue) = table::open_sums(db, customer, now)?;
    let held = money::deposits_of_customer(db, customer)?
        .iter()
        .map(|deposit| deposit.held().0)
        .sum();
    Ok(Balance {
        owes,
        overdue,
        credit: money::credit(db, customer)?,
        deposits_held: Money(held),
        drafted: table::drafted_sum(db, customer)?,
        limit: match settings.sum("credit_limit")? {
            Some(Sum::Amount(limit)) => Some(limit),
            _ => None,
        },
    })
}

/// `402.00 EUR`
fn shown(currency: Currency, amount: Money) -> String {
    format!("{} {}", currency.show(amount), currency.code())
}

fn customer_name(db: Read<'_>, customer: CustomerId) -> Fallible<Text> {
    Ok(crate::customers::names(db, [customer])?
        .remove(&customer)
        .unwrap_or_default())
}

/// More than a counter takes in one sum is a typing mistake.
fn checked_amount(settings: &Settings, amount: Money) -> Result<(), BillingRefusal> {
    if amount.0 <= 0 {
        return Err(BillingRefusal::NoAmount);
    }
    if amount.0 > crate::kernel::money::MONEY_MAX {
        Err(BillingRefusal::TooMuch(shown(settings.currency, amount)))
    } else {
        Ok(())
    }
}
