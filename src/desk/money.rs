//! Money over the counter: how a reservation stands, and every act that takes, gives back or charges. An act is data, so that it can be
//! shown with its amount before anybody does it; each leaves a step behind, which says how it is mended.

use super::money_words::given_in_words;
use super::undo::{Final, MoneyMove, remember_final};
use super::views::refused_is_fault;
use crate::billing::{self, BillingRefusal, Deposit, InvoiceKind, InvoiceState, Issue, Method, NewCharge, Pay, PayFor, Refund, Take};
use crate::booking::{self, BookingRefusal};
use crate::catalog;
use crate::kernel::{Currency, CustomerId, DepositId, Failure, Fallible, InvoiceId, Money, PaymentId, Refusal, ReservationId, Settings, Text, TypeId};
use crate::store::{Read, Write};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// How the money of one reservation stands.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct MoneyOf {
    /// What is agreed and charged, issued or not.
    pub total: Money,
    pub paid: Money,
    pub deposit_held: Money,
    /// Those of which something is held.
    pub deposits: Vec<Deposit>,
}

impl MoneyOf {
    /// Below zero, the customer has something to get back.
    pub fn owed(&self) -> Money {
        Money(self.total.0 - self.paid.0)
    }
}

pub fn money_of(db: Read<'_>, reservation: ReservationId) -> Fallible<MoneyOf> {
    let mut of = MoneyOf::default();
    for invoice in billing::invoices_of(db, reservation)? {
        if invoice.kind == InvoiceKind::Invoice && !matches!(invoice.state, InvoiceState::Void | InvoiceState::Credited) {
            of.total.0 += invoice.total.0;
            of.paid.0 += invoice.paid.0;
        }
    }
    of.paid.0 += billing::prepaid(db, reservation)?.0;
    of.deposits = billing::deposits_of(db, reservation)?.into_iter().filter(|deposit| deposit.held().0 > 0).collect();
    of.deposit_held = Money(of.deposits.iter().map(|deposit| deposit.held().0).sum());
    Ok(of)
}

/// The total of many reservations and what is paid of it, as `money_of` says them.
pub fn paid_of_each(db: Read<'_>, reservations: &[ReservationId]) -> Fallible<BTreeMap<ReservationId, (Money, Money)>> {
    let mut sums = billing::sums_of_each(db, reservations)?;
    for (id, ahead) in billing::prepaid_of_each(db, reservations)? {
        sums.entry(id).or_default().1.0 += ahead.0;
    }
    Ok(sums)
}

/// What the shop asks as a deposit for these things, by its setting.
pub fn deposit_suggested(db: Read<'_>, settings: &Settings, things: impl IntoIterator<Item = (TypeId, i64)>) -> Fallible<Money> {
    let said = settings.value("deposit");
    let Some(percent) = said.strip_suffix('%').and_then(|percent| percent.trim().parse::<i64>().ok()) else {
        return Ok(settings.currency.read(said).unwrap_or_default());
    };
    let mut value = 0;
    for (type_id, quantity) in things {
        value += refused_is_fault(catalog::type_details(db, type_id))?.details.replacement_value.map_or(0, |value| value.0 * quantity);
    }
    Ok(crate::kernel::money::share(Money(value), percent, 100).unwrap_or_default())
}

/// Money that changes hands: how much, by what, and the number on the slip.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    pub amount: Money,
    pub method: Method,
    pub reference: Option<Text>,
}

/// What is taken in the same act as a hand-over. Nothing, unless somebody says an amount.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct AtHandOver {
    pub payment: Option<Given>,
    pub deposit: Option<Given>,
}

impl AtHandOver {
    pub fn is_nothing(&self) -> bool {
        self.payment.is_none() && self.deposit.is_none()
    }
}

/// Why money does not change hands.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum MoneyRefusal {
    #[error("{0}")]
    Booking(#[from] BookingRefusal),
    #[error("{0}")]
    Billing(#[from] BillingRefusal),
    #[error("{wanted} of the deposit is more than the {owed} that is owed")]
    MoreThanOwed { owed: String, wanted: String },
    #[error("{wanted} of the deposit is more than the {held} that is held")]
    MoreThanHeld { held: String, wanted: String },
}

impl Refusal for MoneyRefusal {
    fn hint(&self) -> String {
        match self {
            MoneyRefusal::Booking(refusal) => refusal.hint(),
            MoneyRefusal::Billing(refusal) => refusal.hint(),
            MoneyRefusal::MoreThanOwed { .. } => "charge the damage first, then take it from the deposit".to_owned(),
            MoneyRefusal::MoreThanHeld { .. } => "take no more than is held, and the rest as a payment".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            MoneyRefusal::Booking(refusal) => refusal.kind(),
            MoneyRefusal::Billing(refusal) => refusal.kind(),
            MoneyRefusal::MoreThanOwed { .. } | MoneyRefusal::MoreThanHeld { .. } => "billing",
        }
    }
}

type Outcome<T> = Result<T, Failure<MoneyRefusal>>;

fn lift(failure: Failure<BillingRefusal>) -> Failure<MoneyRefusal> {
    failure.map(MoneyRefusal::Billing)
}

fn shown(currency: Currency, amount: Money) -> String {
    format!("{} {}", currency.show(amount), currency.code())
}

pub(super) fn take_at_hand_over(db: &mut Write<'_>, settings: &Settings, reservation: ReservationId, money: &AtHandOver) -> Outcome<(Option<PaymentId>, Option<DepositId>)> {
    let found = booking::reservation(db.read(), reservation).map_err(|failure| failure.map(MoneyRefusal::Booking))?;
    let customer = found.customer.ok_or(BookingRefusal::CustomerMissing).map_err(MoneyRefusal::Booking)?;
    let mut payment = None;
    if let Some(Given { amount, method, reference }) = money.payment.clone() {
        payment = Some(billing::pay(db, settings, &Pay { towards: PayFor::Reservation(reservation, customer), amount, method, reference }).map_err(lift)?);
    }
    let mut deposit = None;
    if let Some(Given { amount, method, reference }) = money.deposit.clone() {
        deposit = Some(billing::take_deposit(db, settings, &Take { reservation, customer, amount, method, reference }).map_err(lift)?);
    }
    Ok((payment, deposit))
}

/// `, with 85.00 EUR by card 4471 and a deposit of 500.00 EUR in cash`
pub(super) fn taken_in_words(db: Read<'_>, reservation: ReservationId, payment: Option<PaymentId>, deposit: Option<DepositId>) -> Fallible<String> {
    let currency = db.settings()?.currency;
    let mut words = Vec::new();
    for paid in billing::payments_of(db, reservation)?.into_iter().filter(|known| Some(known.id) == payment) {
        words.push(given_in_words(currency, &Given { amount: paid.amount, method: paid.method, reference: paid.reference }));
    }
    for held in billing::deposits_of(db, reservation)?.into_iter().filter(|known| Some(known.id) == deposit) {
        words.push(format!("a deposit of {}", given_in_words(currency, &Given { amount: held.amount, method: held.method, reference: held.reference })));
    }
    Ok(if words.is_empty() { String::new() } else { format!(", with {}", words.join(" and ")) })
}

/// Gives back what was taken with a hand-over: by entries of their own, the way it came.
pub(super) fn give_back_taken(
    db: &mut Write<'_>,
    settings: &Settings,
    reservation: ReservationId,
    payment: Option<PaymentId>,
    deposit: Option<DepositId>,
) -> Result<(), Failure<BillingRefusal>> {
    if let Some(id) = deposit
        && billing::deposit(db.read(), id)?.held().0 > 0
    {
        billing::give_back(db, settings, id, None)?;
    }
    let paid = billing::payments_of(db.read(), reservation)?.into_iter().find(|known| Some(known.id) == payment);
    if let Some(paid) = paid {
        let back = Refund { customer: paid.customer, reservation: Some(reservation), amount: paid.amount, method: paid.method, reference: paid.reference };
        billing::refund(db, settings, &back)?;
    }
    Ok(())
}

/// One act on money, with everything that is to be known before it is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum MoneyAct {
    Pay {
        towards: PayFor,
        customer: CustomerId,
        given: Given,
    },
    Refund {
        customer: CustomerId,
        reservation: Option<ReservationId>,
        given: Given,
    },
    TakeDeposit {
        reservation: ReservationId,
        customer: CustomerId,
        given: Given,
    },
    /// All that is held of these, the way each came unless said otherwise.
    GiveDepositBack {
        deposits: Vec<DepositId>,
        customer: CustomerId,
        held: Money,
        method: Option<Method>,
    },
    Charge(NewCharge),
    Issue {
        invoice: InvoiceId,
        customer: CustomerId,
        total: Money,
        over_limit: bool,
    },
    Void {
        invoice: InvoiceId,
        customer: CustomerId,
        called: String,
        total: Money,
        reason: Text,
    },
    Credit {
        invoice: InvoiceId,
        customer: CustomerId,
        called: String,
        total: Money,
        reason: Text,
    },
    CloseTill {
        day: NaiveDate,
        counted: Money,
        expected: Money,
    },
}

pub fn act_on_money(db: &mut Write<'_>, settings: &Settings, act: &MoneyAct) -> Outcome<()> {
    let (done, customer) = match act {
        MoneyAct::Pay { towards, customer, given } => {
            let Given { amount, method, reference } = given.clone();
            billing::pay(db, settings, &Pay { towards: *towards, amount, method, reference }).map_err(lift)?;
            (MoneyMove::Paid, *customer)
        }
        MoneyAct::Refund { customer, reservation, given } => {
            let Given { amount, method, reference } = given.clone();
            billing::refund(db, settings, &Refund { customer: *customer, reservation: *reservation, amount, method, reference }).map_err(lift)?;
            (MoneyMove::Refunded, *customer)
        }
        MoneyAct::TakeDeposit { reservation, customer, given } => {
            let Given { amount, method, reference } = given.clone();
            billing::take_deposit(db, settings, &Take { reservation: *reservation, customer: *customer, amount, method, reference }).map_err(lift)?;
            (MoneyMove::DepositTaken, *customer)
        }
        MoneyAct::GiveDepositBack { deposits, customer, method, .. } => {
            for deposit in deposits {
                billing::give_back(db, settings, *deposit, *method).map_err(lift)?;
            }
            (MoneyMove::DepositReturned, *customer)
        }
        MoneyAct::Charge(new) => {
            billing::charge(db, settings, new).map_err(lift)?;
            (MoneyMove::Charged, new.customer)
        }
        MoneyAct::Issue { invoice, customer, over_limit, .. } => {
            billing::issue(db, settings, *invoice, Issue { over_limit: *over_limit }).map_err(lift)?;
            (MoneyMove::Issued, *customer)
        }
        MoneyAct::Void { invoice, customer, reason, .. } => {
            billing::void(db, settings, *invoice, reason).map_err(lift)?;
            (MoneyMove::Voided, *customer)
        }
        MoneyAct::Credit { invoice, customer, reason, .. } => {
            billing::credit(db, settings, *invoice, reason).map_err(lift)?;
            (MoneyMove::Credited, *customer)
        }
        MoneyAct::CloseTill { day, counted, .. } => {
            billing::close_till(db, settings, *day, *counted).map_err(lift)?;
            return Ok(()); // it moves nothing: there is nothing to take back
        }
    };
    Ok(remember_final(db, Final::Money(done, customer))?)
}

/// Everything that a return leaves to be settled, decided in one stroke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settling {
    pub reservation: ReservationId,
    pub customer: CustomerId,
    pub charges: Vec<NewCharge>,
    /// Each with its reason.
    pub waived: Vec<NewCharge>,
    /// So much of what is owed is taken from the deposit.
    pub from_deposit: Money,
    pub pays: Option<Given>,
    /// What is left of the deposit goes back: by a method of its own, or the way it came.
    pub gives_back: Option<Option<Method>>,
}

impl Settling {
    pub fn of(reservation: ReservationId, customer: CustomerId) -> Self {
        Settling { reservation, customer, charges: Vec::new(), waived: Vec::new(), from_deposit: Money(0), pays: None, gives_back: None }
    }

    pub fn is_nothing(&self) -> bool {
        *self == Settling::of(self.reservation, self.customer)
    }

    pub fn charged(&self) -> Money {
        Money(self.charges.iter().map(|charge| charge.amount().0).sum())
    }
}

/// Charges, waives, takes from the deposit, takes a payment and gives the rest of the deposit back: all of it, or nothing.
pub fn settle(db: &mut Write<'_>, settings: &Settings, what: &Settling) -> Outcome<()> {
    let customer = what.customer;
    for waived in &what.waived {
        billing::waive(db, waived).map_err(lift)?;
        remember_final(db, Final::Money(MoneyMove::Waived, customer))?;
    }
    for charge in &what.charges {
        billing::charge(db, settings, charge).map_err(lift)?;
        remember_final(db, Final::Money(MoneyMove::Charged, customer))?;
    }
    let of = money_of(db.read(), what.reservation)?;
    if what.from_deposit.0 > 0 {
        let say = |amount: Money| shown(settings.currency, amount);
        if what.from_deposit > of.deposit_held {
            return Err(MoneyRefusal::MoreThanHeld { held: say(of.deposit_held), wanted: say(what.from_deposit) }.into());
        }
        if what.from_deposit > of.owed() {
            return Err(MoneyRefusal::MoreThanOwed { owed: say(of.owed().max(Money(0))), wanted: say(what.from_deposit) }.into());
        }
        let mut left = what.from_deposit;
        for deposit in &of.deposits {
            let part = left.min(deposit.held());
            if part.0 > 0 {
                billing::pay_from_deposit(db, settings, deposit.id, part).map_err(lift)?;
                remember_final(db, Final::Money(MoneyMove::DepositKept, customer))?;
                left.0 -= part.0;
            }
        }
    }
    if let Some(Given { amount, method, reference }) = what.pays.clone() {
        billing::pay(db, settings, &Pay { towards: PayFor::Reservation(what.reservation, customer), amount, method, reference }).map_err(lift)?;
        remember_final(db, Final::Money(MoneyMove::Paid, customer))?;
    }
    if let Some(method) = what.gives_back {
        for deposit in money_of(db.read(), what.reservation)?.deposits {
            billing::give_back(db, settings, deposit.id, method).map_err(lift)?;
            remember_final(db, Final::Money(MoneyMove::DepositReturned, customer))?;
        }
    }
    Ok(())
}
