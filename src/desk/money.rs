//! Money over the counter: how a reservation stands, and every act that takes, gives back or
//! charges. An act is data, so that it can be shown with its amount before anybody does it; each
//! leaves a step behind, which says how it is mended.

use super::money_words::given_in_words;
use super::taking_back::{credit, may_credit, void};
use super::to_settle::to_settle;
use super::undo::{Final, MoneyMove, remember_final};
use super::unsettled::still_unsettled;
use super::views::refused_is_fault;
use crate::billing::{
    self, BillingRefusal, Deposit, InvoiceKind, Issue, Method, NewCharge, Part, Pay, PayFor,
    Payment, Refund, Take,
};
use crate::booking::{self, BookingRefusal};
use crate::catalog;
use crate::kernel::settings::Sum;
use crate::kernel::{
    Currency, CustomerId, DepositId, Failure, Fallible, InvoiceId, Moment, Money, PaymentId,
    Refusal, ReservationId, ReservationNumber, Settings, Text, TypeId,
};
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

    /// What is held of each deposit once so much of them is taken, the oldest first.
    pub fn deposits_left(&self, mut taken: Money) -> Vec<(DepositId, Money)> {
        let mut left = Vec::new();
        for deposit in &self.deposits {
            let part = taken.min(deposit.held());
            taken.0 -= part.0;
            if part < deposit.held() {
                left.push((deposit.id, Money(deposit.held().0 - part.0)));
            }
        }
        left
    }
}

pub fn money_of(db: Read<'_>, reservation: ReservationId) -> Fallible<MoneyOf> {
    let mut of = MoneyOf::default();
    for invoice in billing::standing(db, reservation)? {
        of.total.0 += invoice.total.0;
        of.paid.0 += invoice.paid.0;
    }
    of.paid.0 += billing::prepaid(db, reservation)?.0;
    of.deposits = billing::deposits_of(db, reservation)?
        .into_iter()
        .filter(|deposit| deposit.held().0 > 0)
        .collect();
    of.deposit_held = Money(of.deposits.iter().map(|deposit| deposit.held().0).sum());
    Ok(of)
}

/// A reservation on which money of its customer lies goes to nobody else: it would pay nothing for
/// them. Nor one that is billed to them: an issued invoice names whom it names.
pub(super) fn refuse_other_customer(
    db: Read<'_>,
    reservation: ReservationId,
    customer: Option<CustomerId>,
) -> Result<(), Failure<BookingRefusal>> {
    let found = booking::reservation(db, reservation)?;
    let Some(from) = found
        .customer
        .filter(|from| customer.is_some_and(|to| to != *from))
    else {
        return Ok(());
    };
    let billed: Vec<String> = billing::standing(db, reservation)?
        .into_iter()
        .filter(|invoice| {
            invoice.kind == InvoiceKind::Invoice
                && invoice.number.is_some()
                && invoice.customer == from
        })
        .map(|invoice| invoice.called())
        .collect();
    let name = crate::customers::names(db, [from])?
        .remove(&from)
        .unwrap_or_default();
    if !billed.is_empty() {
        return Err(BookingRefusal::BilledToCustomer {
            number: found.number,
            invoices: billed.join(" and "),
            customer: name,
        }
        .into());
    }
    let (held, ahead) = (
        money_of(db, reservation)?.deposit_held,
        billing::prepaid(db, reservation)?,
    );
    let currency = db.settings()?.currency;
    let words = [(held, "a deposit"), (ahead, "a payment")]
        .into_iter()
        .filter(|(amount, _)| amount.0 > 0);
    let words: Vec<String> = words
        .map(|(amount, what)| format!("{what} of {}", shown(currency, amount)))
        .collect();
    if words.is_empty() {
        return Ok(());
    }
    Err(BookingRefusal::MoneyOfCustomer {
        number: found.number,
        what: words.join(" and "),
        customer: name,
    }
    .into())
}

/// The total of many reservations and what is paid of it, as `money_of` says them.
pub fn paid_of_each(
    db: Read<'_>,
    reservations: &[ReservationId],
) -> Fallible<BTreeMap<ReservationId, (Money, Money)>> {
    let mut sums = billing::sums_of_each(db, reservations)?;
    for (id, ahead) in billing::prepaid_of_each(db, reservations)? {
        sums.entry(id).or_default().1.0 += ahead.0;
    }
    Ok(sums)
}

/// What the shop asks as a deposit for these things, by its setting.
pub fn deposit_suggested(
    db: Read<'_>,
    settings: &Settings,
    things: impl IntoIterator<Item = (TypeId, i64)>,
) -> Fallible<Money> {
    let percent = match settings.sum("deposit")? {
        None => return Ok(Money(0)),
        Some(Sum::Amount(amount)) => return Ok(amount),
        Some(Sum::Percent(percent)) => percent,
    };
    let mut value = 0;
    for (type_id, quantity) in things {
        value += refused_is_fault(catalog::type_details(db, type_id))?
            .details
            .replacement_value
            .map_or(0, |value| value.0 * quantity);
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
    #[error("The draft holds the rent of {0}, which stands")]
    RentStands(ReservationNumber),
    #[error("{0} was settled meanwhile")]
    SettledMeanwhile(Text),
    #[error("The money stands otherwise than it was shown")]
    StandsOtherwise,
}

impl Refusal for MoneyRefusal {
    fn hint(&self) -> String {
        match self {
            MoneyRefusal::Booking(refusal) => refusal.hint(),
            MoneyRefusal::Billing(refusal) => refusal.hint(),
            MoneyRefusal::MoreThanOwed { .. } => "charge the damage first, then take it from the deposit".to_owned(),
            MoneyRefusal::MoreThanHeld { .. } => "take no more than is held, and the rest as a payment".to_owned(),
            MoneyRefusal::RentStands(_) => {
                "cancel the reservation, or change what it costs: its draft follows; a wrong charge goes with the invoice, issued and then credited (rentdesk cancel, rentdesk invoice issue)"
                    .to_owned()
            }
            MoneyRefusal::SettledMeanwhile(_) => "nothing was done: :settle shows what is left (rentdesk charge)".to_owned(),
            MoneyRefusal::StandsOtherwise => "nothing was done: look at the amounts again".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            MoneyRefusal::Booking(refusal) => refusal.kind(),
            MoneyRefusal::Billing(refusal) => refusal.kind(),
            MoneyRefusal::SettledMeanwhile(_) | MoneyRefusal::StandsOtherwise => "meanwhile",
            MoneyRefusal::RentStands(_) => "state",
            MoneyRefusal::MoreThanOwed { .. } | MoneyRefusal::MoreThanHeld { .. } => "billing",
        }
    }
}

pub(super) type Outcome<T> = Result<T, Failure<MoneyRefusal>>;

pub(super) fn lift(failure: Failure<BillingRefusal>) -> Failure<MoneyRefusal> {
    failure.map(MoneyRefusal::Billing)
}

fn shown(currency: Currency, amount: Money) -> String {
    format!("{} {}", currency.show(amount), currency.code())
}

pub(super) fn take_at_hand_over(
    db: &mut Write<'_>,
    settings: &Settings,
    reservation: ReservationId,
    money: &AtHandOver,
) -> Outcome<(Option<PaymentId>, Option<DepositId>)> {
    let found = booking::reservation(db.read(), reservation)
        .map_err(|failure| failure.map(MoneyRefusal::Booking))?;
    let customer = found
        .customer
        .ok_or(BookingRefusal::CustomerMissing)
        .map_err(MoneyRefusal::Booking)?;
    let mut payment = None;
    if let Some(Given {
        amount,
        method,
        reference,
    }) = money.payment.clone()
    {
        payment = Some(
            billing::pay(
                db,
                settings,
                &Pay {
                    towards: PayFor::Reservation(reservation, customer),
                    amount,
                    method,
                    reference,
                },
            )
            .map_err(lift)?,
        );
    }
    let mut deposit = None;
    if let Some(Given {
        amount,
        method,
        reference,
    }) = money.deposit.clone()
    {
        deposit = Some(
            billing::take_deposit(
                db,
                settings,
                &Take {
                    reservation,
                    customer,
                    amount,
                    method,
                    reference,
                },
            )
            .map_err(lift)?,
        );
    }
    Ok((payment, deposit))
}

/// Of the money that was taken with a hand-over, what an undo gives back now. A payment that an
/// invoice used, or that was given back since, stays where it is.
struct GoesBack {
    payment: Option<Payment>,
    stays: Option<Payment>,
    deposit: Option<Deposit>,
}

fn goes_back(
    db: Read<'_>,
    reservation: ReservationId,
    payment: Option<PaymentId>,
    deposit: Option<DepositId>,
) -> Fallible<GoesBack> {
    let paid = billing::payments_of(db, reservation)?
        .into_iter()
        .find(|known| Some(known.id) == payment);
    let free = paid
        .as_ref()
        .map(|paid| billing::is_free(db, paid))
        .transpose()?
        .unwrap_or_default();
    let (payment, stays) = if free { (paid, None) } else { (None, paid) };
    let deposit = billing::deposits_of(db, reservation)?
        .into_iter()
        .find(|known| Some(known.id) == deposit && known.held().0 > 0);
    Ok(GoesBack {
        payment,
        stays,
        deposit,
    })
}

fn given_with(currency: Currency, paid: &Payment) -> String {
    given_in_words(
        currency,
        &Given {
            amount: paid.amount,
            method: paid.method,
            reference: paid.reference.clone(),
        },
    )
}

/// `85.00 EUR by card 4471 and a deposit of 500.00 EUR in cash`: what an undo of the hand-over
/// gives back. None: nothing.
pub(super) fn back_in_words(
    db: Read<'_>,
    reservation: ReservationId,
    payment: Option<PaymentId>,
    deposit: Option<DepositId>,
) -> Fallible<Option<String>> {
    let currency = db.settings()?.currency;
    let back = goes_back(db, reservation, payment, deposit)?;
    let mut words: Vec<String> = back
        .payment
        .iter()
        .map(|paid| given_with(currency, paid))
        .collect();
    words.extend(back.deposit.map(|held| {
        let given = Given {
            amount: held.held(),
            method: held.method,
            reference: held.reference,
        };
        format!("a deposit of {}", given_in_words(currency, &given))
    }));
    Ok((!words.is_empty()).then(|| words.join(" and ")))
}

/// `, with 85.00 EUR by card 4471`, and what of it an undo does not give back.
pub(super) fn taken_in_words(
    db: Read<'_>,
    reservation: ReservationId,
    payment: Option<PaymentId>,
    deposit: Option<DepositId>,
) -> Fallible<String> {
    let currency = db.settings()?.currency;
    let with = back_in_words(db, reservation, payment, deposit)?
        .map_or_else(String::new, |words| format!(", with {words}"));
    let stays = goes_back(db, reservation, payment, deposit)?
        .stays
        .map_or_else(String::new, |paid| {
            format!(
                "; {} stays taken: an invoice used it, or it was given back since",
                given_with(currency, &paid)
            )
        });
    Ok(format!("{with}{stays}"))
}

/// Gives back what was taken with a hand-over: by entries of their own, the way it came.
pub(super) fn give_back_taken(
    db: &mut Write<'_>,
    settings: &Settings,
    reservation: ReservationId,
    payment: Option<PaymentId>,
    deposit: Option<DepositId>,
) -> Result<(), Failure<BillingRefusal>> {
    let back = goes_back(db.read(), reservation, payment, deposit)?;
    if let Some(held) = back.deposit {
        billing::give_back(db, settings, held.id, None, None)?;
    }
    if let Some(paid) = back.payment {
        let back = Refund {
            customer: paid.customer,
            reservation: Some(reservation),
            amount: paid.amount,
            method: paid.method,
            reference: paid.reference,
        };
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
        /// What of it is more than is owed: it is the customer's credit.
        beyond: Money,
    },
    Refund {
        customer: CustomerId,
        reservation: Option<ReservationId>,
        given: Given,
        /// What the reservation owes once it is given back.
        then_owes: Money,
    },
    TakeDeposit {
        reservation: ReservationId,
        customer: CustomerId,
        given: Given,
    },
    /// So much of each, the way it came unless said otherwise.
    GiveDepositBack {
        deposits: Vec<(DepositId, Money)>,
        customer: CustomerId,
        /// What stays held.
        stays: Money,
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
        part: Part,
        total: Money,
        reason: Text,
    },
    CloseTill {
        day: NaiveDate,
        counted: Money,
        expected: Money,
    },
}

/// What is owed, asked of the same that a payment is for.
pub fn owed_towards(
    db: Read<'_>,
    settings: &Settings,
    towards: PayFor,
    now: Moment,
) -> Outcome<Money> {
    Ok(match towards {
        PayFor::Reservation(id, _) => money_of(db, id)?.owed(),
        PayFor::Customer(id) => billing::balance(db, settings, id, now)?.owes,
        PayFor::Invoice(id) => billing::known(db, id).map_err(lift)?.open(),
    })
}

/// What a reservation owes once so much is given back of what lies with it; of a customer without
/// one the balance says it.
pub fn then_owed(
    db: Read<'_>,
    reservation: Option<ReservationId>,
    amount: Money,
) -> Fallible<Money> {
    let Some(id) = reservation else {
        return Ok(Money(0));
    };
    Ok(Money(
        money_of(db, id)?.owed().0 + amount.min(billing::prepaid(db, id)?).0,
    ))
}

/// What is held by the reservation of these deposits once so much of each went back.
fn then_held(db: Read<'_>, deposits: &[(DepositId, Money)]) -> Outcome<Money> {
    let Some((first, _)) = deposits.first() else {
        return Ok(Money(0));
    };
    let of = billing::deposit(db, *first).map_err(lift)?.reservation;
    Ok(Money(
        money_of(db, of)?.deposit_held.0 - deposits.iter().map(|(_, amount)| amount.0).sum::<i64>(),
    ))
}

/// Whose it was when it was shown, and is: nobody is charged what another pays.
fn of_whom_it_was_shown(
    db: Read<'_>,
    reservation: ReservationId,
    customer: CustomerId,
) -> Outcome<()> {
    let found = booking::reservation(db, reservation)
        .map_err(|failure| failure.map(MoneyRefusal::Booking))?;
    match found.customer {
        Some(stands) if stands != customer => Err(MoneyRefusal::StandsOtherwise.into()),
        _ => Ok(()),
    }
}

/// The same of an act on money, whatever it names.
fn of_whom_the_act_was_shown(db: Read<'_>, act: &MoneyAct) -> Outcome<()> {
    let of_invoice = |id: InvoiceId, customer: CustomerId| {
        let stands = billing::known(db, id).map_err(lift)?.customer;
        if stands == customer {
            Ok(())
        } else {
            Err(MoneyRefusal::StandsOtherwise.into())
        }
    };
    match act {
        MoneyAct::Pay {
            towards: PayFor::Reservation(id, _),
            customer,
            ..
        }
        | MoneyAct::TakeDeposit {
            reservation: id,
            customer,
            ..
        } => of_whom_it_was_shown(db, *id, *customer),
        MoneyAct::Charge(new) => of_whom_it_was_shown(db, new.reservation, new.customer),
        MoneyAct::Pay {
            towards: PayFor::Invoice(id),
            customer,
            ..
        }
        | MoneyAct::Issue {
            invoice: id,
            customer,
            ..
        } => of_invoice(*id, *customer),
        _ => Ok(()),
    }
}

/// Every amount that was shown holds when it is done, or nothing is done.
fn as_shown(db: Read<'_>, settings: &Settings, act: &MoneyAct, now: Moment) -> Outcome<()> {
    let total = |id: InvoiceId| {
        billing::known(db, id)
            .map(|invoice| invoice.total)
            .map_err(lift)
    };
    let (shown, stands) = match act {
        MoneyAct::Pay {
            towards,
            given,
            beyond,
            ..
        } => (
            *beyond,
            Money(given.amount.0 - owed_towards(db, settings, *towards, now)?.0.max(0)),
        ),
        MoneyAct::Refund {
            reservation,
            given,
            then_owes,
            ..
        } => (*then_owes, then_owed(db, *reservation, given.amount)?),
        MoneyAct::GiveDepositBack {
            deposits, stays, ..
        } => (*stays, then_held(db, deposits)?),
        MoneyAct::Issue {
            invoice,
            total: shown,
            ..
        }
        | MoneyAct::Void {
            invoice,
            total: shown,
            ..
        } => (*shown, total(*invoice)?),
        MoneyAct::Credit {
            invoice,
            part,
            total,
            ..
        } => (*total, may_credit(db, settings, *invoice, *part)?),
        MoneyAct::CloseTill { day, expected, .. } => (
            *expected,
            billing::till(db, settings, *day)?.cash_expected(),
        ),
        MoneyAct::TakeDeposit { .. } | MoneyAct::Charge(_) => return Ok(()),
    };
    if shown == stands {
        Ok(())
    } else {
        Err(MoneyRefusal::StandsOtherwise.into())
    }
}

/// Charges; the same once more is refused, whoever saw it.
pub fn charge(db: &mut Write<'_>, settings: &Settings, new: &NewCharge) -> Outcome<InvoiceId> {
    billing::refuse_the_same(db.read(), settings, new).map_err(lift)?;
    billing::charge(db, settings, new).map_err(lift)
}

pub fn act_on_money(db: &mut Write<'_>, settings: &Settings, act: &MoneyAct) -> Outcome<()> {
    of_whom_the_act_was_shown(db.read(), act)?;
    as_shown(db.read(), settings, act, db.now())?;
    let (done, customer) = match act {
        MoneyAct::Pay {
            towards,
            customer,
            given,
            ..
        } => {
            let Given {
                amount,
                method,
                reference,
            } = given.clone();
            billing::pay(
                db,
                settings,
                &Pay {
                    towards: *towards,
                    amount,
                    method,
                    reference,
                },
            )
            .map_err(lift)?;
            (MoneyMove::Paid, *customer)
        }
        MoneyAct::Refund {
            customer,
            reservation,
            given,
            ..
        } => {
            let Given {
                amount,
                method,
                reference,
            } = given.clone();
            billing::refund(
                db,
                settings,
                &Refund {
                    customer: *customer,
                    reservation: *reservation,
                    amount,
                    method,
                    reference,
                },
            )
            .map_err(lift)?;
            (MoneyMove::Refunded, *customer)
        }
        MoneyAct::TakeDeposit {
            reservation,
            customer,
            given,
        } => {
            let Given {
                amount,
                method,
                reference,
            } = given.clone();
            billing::take_deposit(
                db,
                settings,
                &Take {
                    reservation: *reservation,
                    customer: *customer,
                    amount,
                    method,
                    reference,
                },
            )
            .map_err(lift)?;
            (MoneyMove::DepositTaken, *customer)
        }
        MoneyAct::GiveDepositBack {
            deposits,
            customer,
            method,
            ..
        } => {
            for (deposit, amount) in deposits {
                billing::give_back(db, settings, *deposit, Some(*amount), *method).map_err(lift)?;
            }
            (MoneyMove::DepositReturned, *customer)
        }
        MoneyAct::Charge(new) => {
            charge(db, settings, new)?;
            still_unsettled(db, new.reservation)?;
            (MoneyMove::Charged, new.customer)
        }
        MoneyAct::Issue {
            invoice,
            customer,
            over_limit,
            ..
        } => {
            billing::issue(
                db,
                settings,
                *invoice,
                Issue {
                    over_limit: *over_limit,
                },
            )
            .map_err(lift)?;
            (MoneyMove::Issued, *customer)
        }
        MoneyAct::Void {
            invoice,
            customer,
            reason,
            ..
        } => {
            void(db, settings, *invoice, reason)?;
            (MoneyMove::Voided, *customer)
        }
        MoneyAct::Credit {
            invoice,
            customer,
            part,
            reason,
            ..
        } => {
            credit(db, settings, *invoice, *part, reason)?;
            (MoneyMove::Credited, *customer)
        }
        MoneyAct::CloseTill { day, counted, .. } => {
            billing::close_till(db, settings, *day, *counted).map_err(lift)?;
            return Ok(()); // it is no customer's: a count of another day mends it
        }
    };
    Ok(remember_final(db, Final::Money(done, customer))?)
}

/// Everything that a return leaves to be settled, decided in one stroke.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settling {
    pub reservation: ReservationId,
    pub customer: CustomerId,
    /// How its money stood when this was shown: its amounts hold for nothing else.
    pub stood: MoneyOf,
    pub charges: Vec<NewCharge>,
    /// Each with its reason.
    pub waived: Vec<NewCharge>,
    /// So much of what is owed is taken from the deposit.
    pub from_deposit: Money,
    pub pays: Option<Given>,
    pub gives_back: Option<GivesBack>,
}

/// What is left of the deposits goes back: by a method of its own, or the way each came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GivesBack {
    pub method: Option<Method>,
    pub deposits: Vec<(DepositId, Money)>,
}

impl GivesBack {
    pub fn amount(&self) -> Money {
        Money(self.deposits.iter().map(|(_, amount)| amount.0).sum())
    }
}

impl Settling {
    pub fn of(reservation: ReservationId, customer: CustomerId, stood: MoneyOf) -> Self {
        Settling {
            reservation,
            customer,
            stood,
            charges: Vec::new(),
            waived: Vec::new(),
            from_deposit: Money(0),
            pays: None,
            gives_back: None,
        }
    }

    pub fn is_nothing(&self) -> bool {
        *self == Settling::of(self.reservation, self.customer, self.stood.clone())
    }

    pub fn charged(&self) -> Money {
        Money(self.charges.iter().map(|charge| charge.amount().0).sum())
    }
}

/// What is charged or waived of a rental must be open still: another window may have settled it.
fn refuse_settled(db: Read<'_>, settings: &Settings, what: &Settling) -> Outcome<()> {
    let open = to_settle(db, settings, what.reservation)?;
    let is_open = |wanted: &NewCharge| {
        wanted.rental.is_none()
            || open
                .iter()
                .any(|open| (open.charge.rental, open.charge.kind) == (wanted.rental, wanted.kind))
    };
    match what
        .charges
        .iter()
        .chain(&what.waived)
        .find(|wanted| !is_open(wanted))
    {
        Some(wanted) => Err(MoneyRefusal::SettledMeanwhile(wanted.description.clone()).into()),
        None => Ok(()),
    }
}

/// Charges, waives, takes from the deposit, takes a payment and gives the rest of the deposit back:
/// all of it as it was shown, or nothing.
pub fn settle(db: &mut Write<'_>, settings: &Settings, what: &Settling) -> Outcome<()> {
    let customer = what.customer;
    refuse_settled(db.read(), settings, what)?;
    of_whom_it_was_shown(db.read(), what.reservation, customer)?;
    if money_of(db.read(), what.reservation)? != what.stood {
        return Err(MoneyRefusal::StandsOtherwise.into());
    }
    for waived in &what.waived {
        billing::waive(db, waived).map_err(lift)?;
        remember_final(db, Final::Money(MoneyMove::Waived, customer))?;
    }
    for new in &what.charges {
        // What was seen at a return is open still, as was asked above; anything else may be what
        // somebody else charged.
        if new.rental.is_none() {
            charge(db, settings, new)?;
        } else {
            billing::charge(db, settings, new).map_err(lift)?;
        }
        remember_final(db, Final::Money(MoneyMove::Charged, customer))?;
    }
    let of = money_of(db.read(), what.reservation)?;
    let customer = booking::reservation(db.read(), what.reservation)
        .map_err(|failure| failure.map(MoneyRefusal::Booking))?
        .customer
        .unwrap_or(customer);
    if what.from_deposit.0 > 0 {
        let say = |amount: Money| shown(settings.currency, amount);
        if what.from_deposit > of.deposit_held {
            return Err(MoneyRefusal::MoreThanHeld {
                held: say(of.deposit_held),
                wanted: say(what.from_deposit),
            }
            .into());
        }
        if what.from_deposit > of.owed() {
            return Err(MoneyRefusal::MoreThanOwed {
                owed: say(of.owed().max(Money(0))),
                wanted: say(what.from_deposit),
            }
            .into());
        }
        let mut left = what.from_deposit;
        for deposit in &of.deposits {
            let part = left.min(deposit.held());
            if part.0 > 0 {
                billing::pay_from_deposit(db, settings, deposit.id, customer, part)
                    .map_err(lift)?;
                remember_final(db, Final::Money(MoneyMove::DepositKept, customer))?;
                left.0 -= part.0;
            }
        }
    }
    if let Some(Given {
        amount,
        method,
        reference,
    }) = what.pays.clone()
    {
        billing::pay(
            db,
            settings,
            &Pay {
                towards: PayFor::Reservation(what.reservation, customer),
                amount,
                method,
                reference,
            },
        )
        .map_err(lift)?;
        remember_final(db, Final::Money(MoneyMove::Paid, customer))?;
    }
    if let Some(GivesBack { method, deposits }) = &what.gives_back {
        let held: Vec<(DepositId, Money)> = money_of(db.read(), what.reservation)?
            .deposits
            .iter()
            .map(|deposit| (deposit.id, deposit.held()))
            .collect();
        if held != *deposits {
            return Err(MoneyRefusal::StandsOtherwise.into());
        }
        for (deposit, amount) in deposits {
            billing::give_back(db, settings, *deposit, Some(*amount), *method).map_err(lift)?;
            remember_final(db, Final::Money(MoneyMove::DepositReturned, customer))?;
        }
    }
    Ok(still_unsettled(db, what.reservation)?)
}
