//! Deposits: held for the customer, given back, and only by being kept the shop's.

use super::table;
use crate::billing::charges::{NewCharge, charge};
use crate::billing::model::{Deposit, Invoice, InvoiceKind, InvoiceState, LineKind, Method};
use crate::billing::refusal::BillingRefusal;
use crate::billing::{
    Issue, Outcome, Pay, PayFor, checked_amount, customer_name, deposit, draft_of, issue, shown,
};
use crate::events::{DepositFact, Event};
use crate::kernel::{
    CustomerId, DepositId, InvoiceId, Money, PaymentId, RentalId, ReservationId, Settings, Text,
    TypeId,
};
use crate::store::{Read, Write};

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Take {
    pub reservation: ReservationId,
    pub customer: CustomerId,
    pub amount: Money,
    pub method: Method,
    pub reference: Option<Text>,
}

/// For what a part of a deposit is kept.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Kept {
    pub description: Text,
    pub reason: Text,
    /// What was damaged, where that is known.
    pub rental: Option<RentalId>,
    pub type_id: Option<TypeId>,
}

fn fact(
    settings: &Settings,
    of: &Deposit,
    amount: Money,
    kept: Option<Money>,
    method: Method,
) -> DepositFact {
    DepositFact {
        deposit_id: of.id,
        reservation_id: of.reservation,
        customer_id: of.customer,
        amount,
        kept,
        currency: settings.currency.code().to_owned(),
        method: method.word().to_owned(),
    }
}

/// So much of what is held of these, the oldest first; all of it where no amount is said.
pub fn parts_held(
    settings: &Settings,
    deposits: &[Deposit],
    amount: Option<Money>,
) -> Result<Vec<(DepositId, Money)>, BillingRefusal> {
    let all = Money(deposits.iter().map(|deposit| deposit.held().0).sum());
    let mut left = amount.unwrap_or(all);
    if left > all {
        return Err(BillingRefusal::MoreThanHeld {
            held: shown(settings.currency, all),
            wanted: shown(settings.currency, left),
        });
    }
    let mut parts = Vec::new();
    for deposit in deposits {
        let part = left.min(deposit.held());
        if part.0 > 0 {
            left.0 -= part.0;
            parts.push((deposit.id, part));
        }
    }
    Ok(parts)
}

fn refuse_method(method: Method) -> Result<(), BillingRefusal> {
    if matches!(method, Method::Cash | Method::Card | Method::Transfer) {
        Ok(())
    } else {
        Err(BillingRefusal::Method(method.word()))
    }
}

pub fn take_deposit(db: &mut Write<'_>, settings: &Settings, take: &Take) -> Outcome<DepositId> {
    checked_amount(settings, take.amount)?;
    refuse_method(take.method)?;
    let id = table::insert_deposit(
        db,
        take.reservation,
        take.customer,
        take.amount,
        take.method,
        take.reference.as_ref(),
    )?;
    let taken = deposit(db.read(), id)?;
    let event = db.publish(&Event::DepositTaken(fact(
        settings,
        &taken,
        take.amount,
        None,
        take.method,
    )))?;
    let now = db.now();
    table::post(
        db,
        event,
        Some(take.customer),
        None,
        now,
        &[
            (take.method.word().to_owned(), take.amount),
            ("DEPOSITS".to_owned(), Money(-take.amount.0)),
        ],
    )?;
    Ok(id)
}

/// Gives back what is held of a deposit, or so much of it, the way it came unless said otherwise.
/// How much that was.
pub fn give_back(
    db: &mut Write<'_>,
    settings: &Settings,
    id: DepositId,
    amount: Option<Money>,
    method: Option<Method>,
) -> Outcome<Money> {
    let held = deposit(db.read(), id)?;
    if held.held().0 <= 0 {
        return Err(BillingRefusal::DepositDone {
            amount: shown(settings.currency, held.amount),
        }
        .into());
    }
    let amount = amount.unwrap_or(held.held());
    checked_amount(settings, amount)?;
    if amount > held.held() {
        return Err(BillingRefusal::MoreThanHeld {
            held: shown(settings.currency, held.held()),
            wanted: shown(settings.currency, amount),
        }
        .into());
    }
    let method = method.unwrap_or(held.method);
    refuse_method(method)?;
    table::return_deposit(db, id, amount, method)?;
    let event = db.publish(&Event::DepositReturned(fact(
        settings, &held, amount, None, method,
    )))?;
    let now = db.now();
    table::post(
        db,
        event,
        Some(held.customer),
        None,
        now,
        &[
            ("DEPOSITS".to_owned(), amount),
            (method.word().to_owned(), Money(-amount.0)),
        ],
    )?;
    Ok(amount)
}

/// Keeps part of a deposit for damage: a line on the reservation's draft that the kept part pays.
/// Where nothing else waits to be billed, the invoice is issued and paid at once. The invoice.
pub fn keep(
    db: &mut Write<'_>,
    settings: &Settings,
    id: DepositId,
    amount: Money,
    kept: &Kept,
) -> Outcome<InvoiceId> {
    let Kept {
        description,
        reason,
        rental,
        type_id,
    } = kept;
    let held = deposit(db.read(), id)?;
    checked_amount(settings, amount)?;
    if reason.is_empty() {
        return Err(BillingRefusal::NoReason("Keeping part of a deposit").into());
    }
    if held.held().0 <= 0 {
        return Err(BillingRefusal::DepositDone {
            amount: shown(settings.currency, held.amount),
        }
        .into());
    }
    if amount > held.held() {
        return Err(BillingRefusal::MoreThanHeld {
            held: shown(settings.currency, held.held()),
            wanted: shown(settings.currency, amount),
        }
        .into());
    }
    refuse_others(db.read(), &held, held.customer)?;
    let waits = draft_of(db.read(), held.reservation)?.is_some();
    let new = NewCharge {
        reservation: held.reservation,
        customer: held.customer,
        rental: *rental,
        type_id: *type_id,
        kind: LineKind::Damage,
        description: description.clone(),
        quantity: 1,
        each: amount,
        reason: Some(reason.clone()),
    };
    let invoice = charge(db, settings, &new)?;
    if !waits {
        issue(db, settings, invoice, Issue { over_limit: true })?;
    }
    table::keep_of_deposit(db, id, amount)?;
    db.publish(&Event::DepositReturned(fact(
        settings,
        &held,
        Money(0),
        Some(amount),
        held.method,
    )))?;
    let towards = if waits {
        PayFor::Reservation(held.reservation, held.customer)
    } else {
        PayFor::Invoice(invoice)
    };
    super::receive(
        db,
        settings,
        &Pay {
            towards,
            amount,
            method: Method::Deposit,
            reference: None,
        },
    )?;
    Ok(invoice)
}

/// What a reservation is asked for is asked of somebody else than who gave the deposit.
fn refuse_others(db: Read<'_>, held: &Deposit, customer: CustomerId) -> Outcome<()> {
    let asked = |invoice: &Invoice| {
        invoice.kind == InvoiceKind::Invoice
            && (invoice.state == InvoiceState::Draft || invoice.state.is_open())
    };
    let others = crate::billing::table::of_reservation(db, held.reservation)?
        .into_iter()
        .filter(asked)
        .any(|invoice| invoice.customer != held.customer);
    if customer != held.customer || others {
        return Err(BillingRefusal::OthersDeposit {
            of: customer_name(db, held.customer)?,
        }
        .into());
    }
    Ok(())
}

/// Uses part of a deposit for what its reservation owes, that `customer` is asked for: the shop's
/// from now on, a payment like any other.
pub fn pay_from_deposit(
    db: &mut Write<'_>,
    settings: &Settings,
    id: DepositId,
    customer: CustomerId,
    amount: Money,
) -> Outcome<PaymentId> {
    let held = deposit(db.read(), id)?;
    refuse_others(db.read(), &held, customer)?;
    checked_amount(settings, amount)?;
    if held.held().0 <= 0 {
        return Err(BillingRefusal::DepositDone {
            amount: shown(settings.currency, held.amount),
        }
        .into());
    }
    if amount > held.held() {
        return Err(BillingRefusal::MoreThanHeld {
            held: shown(settings.currency, held.held()),
            wanted: shown(settings.currency, amount),
        }
        .into());
    }
    table::keep_of_deposit(db, id, amount)?;
    db.publish(&Event::DepositReturned(fact(
        settings,
        &held,
        Money(0),
        Some(amount),
        held.method,
    )))?;
    super::receive(
        db,
        settings,
        &Pay {
            towards: PayFor::Reservation(held.reservation, held.customer),
            amount,
            method: Method::Deposit,
            reference: None,
        },
    )
}
