//! `rentdesk pay`, `refund`, `deposit`, `balance` and `till`: money that moves, and how it stands.

use super::answer::{Table, counted, facts, length};
use super::invoice::shown;
use super::view::{View, filled, stamp};
use super::{Answer, act, usage};
use crate::billing::{
    self, Deposit as Held, Invoice, InvoiceState, Issue, Kept, LineKind, Method, Pay as Payment,
    PayFor, Refund as GivenBack, Take,
};
use crate::booking::{self, BookingRefusal, Reservation};
use crate::customers;
use crate::desk::{self, Final, MoneyMove};
use crate::kernel::when::{Lean, When};
use crate::kernel::{
    CustomerId, CustomerNumber, DepositId, Failure, Fallible, InvoiceNumber, Money, Refusal,
    Settings, Stop, Text,
};
use crate::shop::Shop;
use crate::store::{Read, Write};
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

/// By which money changes hands at the counter.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
pub enum By {
    Cash,
    Card,
    Transfer,
}

impl By {
    fn method(self) -> Method {
        match self {
            By::Cash => Method::Cash,
            By::Card => Method::Card,
            By::Transfer => Method::Transfer,
        }
    }
}

#[derive(Args, Debug)]
pub struct Pay {
    /// An invoice, a reservation or a customer: I-0012, R-1042, C-0007.
    of: String,
    /// How much; what is more than is asked for becomes the customer's credit. Without one, what is
    /// open.
    amount: Option<String>,
    #[arg(long, value_enum, required_unless_present = "credit")]
    method: Option<By>,
    /// The number on the card's slip or of the transfer.
    #[arg(long)]
    reference: Option<String>,
    /// Issues the reservation's draft first.
    #[arg(long)]
    issue: bool,
    /// Uses the customer's credit instead of new money.
    #[arg(long, conflicts_with = "method")]
    credit: bool,
}

#[derive(Args, Debug)]
pub struct Refund {
    /// Whose money goes back: R-1042, I-0012, C-0007.
    of: String,
    /// How much. Without it, all that is to be given back.
    amount: Option<String>,
    #[arg(long, value_enum)]
    method: By,
    #[arg(long)]
    reference: Option<String>,
}

#[derive(Subcommand, Debug)]
pub enum Deposit {
    /// Takes a deposit: take R-1042 500 --method card --reference 4471.
    Take {
        reservation: String,
        amount: String,
        #[arg(long, value_enum)]
        method: By,
        #[arg(long)]
        reference: Option<String>,
    },
    /// Gives back what is held of it, or so much: return R-1042 200.
    Return {
        /// The reservation, or the deposit's number in the list.
        of: String,
        /// How much. Without it, all that is held.
        amount: Option<String>,
        /// Without it, the way it came.
        #[arg(long, value_enum)]
        method: Option<By>,
    },
    /// Keeps part of it for damage, as a line on an invoice that it pays: keep R-1042 80 --reason
    /// "lens hood broken".
    Keep {
        /// The reservation, or the deposit's number in the list.
        of: String,
        amount: String,
        #[arg(long)]
        reason: String,
    },
    /// What is held, newest first.
    List {
        /// Those that were given back or kept, too.
        #[arg(long)]
        all: bool,
    },
}

#[derive(Args, Debug)]
pub struct BalanceOf {
    customer: String,
}

#[derive(Args, Debug)]
pub struct Till {
    /// The day; without it, today.
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    date: Option<String>,
    /// Closes the day with so much cash counted.
    #[arg(long, value_name = "AMOUNT")]
    counted: Option<String>,
}

/// What somebody names who gives or gets money.
enum Named {
    Invoice(Invoice),
    Reservation(Reservation, CustomerId),
    Customer(CustomerId),
}

fn named(db: Read<'_>, typed: &str) -> Result<Named, Stop> {
    if InvoiceNumber::parse(typed).is_some() {
        return Ok(Named::Invoice(billing::resolve(db, typed)?));
    }
    if CustomerNumber::parse(typed).is_some() {
        return Ok(Named::Customer(customers::resolve(db, typed)?.id));
    }
    match booking::resolve(db, typed) {
        Ok(found) => {
            let customer = found.customer.ok_or(BookingRefusal::CustomerMissing)?;
            Ok(Named::Reservation(found, customer))
        }
        Err(Failure::Refused(refusal)) if refusal.not_found() => {
            match customers::resolve(db, typed) {
                Ok(customer) => Ok(Named::Customer(customer.id)),
                Err(Failure::Refused(other)) if other.not_found() => Err(refusal.into()),
                Err(failure) => Err(failure.into()),
            }
        }
        Err(failure) => Err(failure.into()),
    }
}

fn amount(view: &View<'_>, typed: &str) -> Result<Money, Stop> {
    view.read_money(typed)?
        .ok_or_else(|| usage("An amount is needed", "for example 49.90"))
}

impl Pay {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        act(shop, |db, settings| {
            let found = named(db.read(), &self.of)?;
            if self.issue {
                self.issue_draft(db, settings, &found)?;
            }
            let typed = self
                .amount
                .as_deref()
                .map(|typed| amount(&View::within(db, settings), typed))
                .transpose()?;
            if self.credit {
                return self.use_credit(db, settings, &found, typed);
            }
            let Some(by) = self.method else {
                return Err(usage("How is it paid?", "--method cash, card or transfer"));
            };
            let wanted = match typed {
                Some(amount) => amount,
                None => what_is_open(db.read(), settings, &found, db.now())?,
            };
            let (towards, customer) = match &found {
                Named::Invoice(invoice) => (PayFor::Invoice(invoice.id), invoice.customer),
                Named::Reservation(reservation, customer) => {
                    (PayFor::Reservation(reservation.id, *customer), *customer)
                }
                Named::Customer(customer) => (PayFor::Customer(*customer), *customer),
            };
            let id = billing::pay(
                db,
                settings,
                &Payment {
                    towards,
                    amount: wanted,
                    method: by.method(),
                    reference: filled(self.reference.as_ref()),
                },
            )?;
            desk::remember_final(db, Final::Money(MoneyMove::Paid, customer))?;
            let said = format!(
                "{} {} taken from",
                settings.currency.show(wanted),
                settings.currency.code()
            );
            moved(
                &View::within(db, settings),
                &found,
                customer,
                &json!({"payment": id.0, "amount": View::within(db, settings).money(Some(wanted)), "method": by.method().word()}),
                &said,
            )
        })
    }

    fn issue_draft(
        &self,
        db: &mut Write<'_>,
        settings: &Settings,
        found: &Named,
    ) -> Result<(), Stop> {
        let Named::Reservation(reservation, customer) = found else {
            return Err(usage(
                "--issue is for a reservation",
                "rentdesk pay R-1042 --issue --method cash",
            ));
        };
        if let Some(draft) = billing::draft_of(db.read(), reservation.id)? {
            billing::issue(db, settings, draft.id, Issue { over_limit: true })?; // it is paid in the same stroke
            desk::remember_final(db, Final::Money(MoneyMove::Issued, *customer))?;
        }
        Ok(())
    }

    fn use_credit(
        &self,
        db: &mut Write<'_>,
        settings: &Settings,
        found: &Named,
        typed: Option<Money>,
    ) -> Result<Answer, Stop> {
        let invoice = match found {
            Named::Invoice(invoice) => invoice.id,
            Named::Reservation(reservation, _) => {
                match billing::invoices_of(db.read(), reservation.id)?
                    .into_iter()
                    .find(|invoice| invoice.state.is_open())
                {
                    Some(invoice) => invoice.id,
                    None => {
                        return Err(billing::BillingRefusal::Nothing {
                            reservation: Text::new(&self.of),
                            what: "open invoice",
                        }
                        .into());
                    }
                }
            }
            Named::Customer(_) => {
                return Err(usage(
                    "Credit is used for an invoice",
                    "rentdesk pay I-0012 --credit",
                ));
            }
        };
        let customer = billing::known(db.read(), invoice)?.customer;
        billing::use_credit(db, settings, invoice, typed)?;
        desk::remember_final(db, Final::Money(MoneyMove::CreditUsed, customer))?;
        shown(&View::within(db, settings), invoice)
    }
}

fn what_is_open(
    db: Read<'_>,
    settings: &Settings,
    found: &Named,
    now: crate::kernel::Moment,
) -> Fallible<Money> {
    Ok(match found {
        Named::Invoice(invoice) => invoice.open(),
        Named::Reservation(reservation, _) => Money(
            billing::invoices_of(db, reservation.id)?
                .iter()
                .map(|invoice| invoice.open().0)
                .sum(),
        ),
        Named::Customer(customer) => billing::balance(db, settings, *customer, now)?.owes,
    })
}

/// What was done, and how the customer stands now.
fn moved(
    view: &View<'_>,
    found: &Named,
    customer: CustomerId,
    fact: &Value,
    said: &str,
) -> Result<Answer, Stop> {
    let balance = billing::balance(view.db, view.settings, customer, view.now)?;
    let mut json = balance_json(view, customer, &balance)?;
    if let (Some(fields), Some(more)) = (json.as_object_mut(), fact.as_object()) {
        fields.extend(more.clone());
    }
    let invoices = match found {
        Named::Invoice(invoice) => vec![billing::known(view.db, invoice.id)?],
        Named::Reservation(reservation, _) => billing::invoices_of(view.db, reservation.id)?,
        Named::Customer(_) => Vec::new(),
    };
    let mut told = vec![format!("{said} {}.", view.person(customer)?)];
    for invoice in invoices
        .iter()
        .filter(|invoice| !matches!(invoice.state, InvoiceState::Void))
    {
        told.push(match (invoice.number, invoice.open().0) {
            (None, _) => format!(
                "  the draft over {} is not issued yet (rentdesk invoice issue)",
                view.money_text(Some(invoice.total))
            ),
            (Some(number), 0) => format!("  {number} is {}", invoice.state.shown()),
            (Some(number), _) => format!(
                "  {number} is {}, {} of {} open",
                invoice.state.shown(),
                view.money_text(Some(invoice.open())),
                view.money_text(Some(invoice.total))
            ),
        });
    }
    told.push(format!("  {}", balance_words(view, &balance)));
    Ok(Answer::new(json, told.join("\n")))
}

fn balance_json(
    view: &View<'_>,
    customer: CustomerId,
    balance: &billing::Balance,
) -> Fallible<Value> {
    Ok(json!({
        "customer": view.customer(customer)?.0, "balance": view.money(Some(balance.balance())), "owes": view.money(Some(balance.owes)), "overdue": view.money(Some(balance.overdue)),
        "credit": view.money(Some(balance.credit)), "deposits_held": view.money(Some(balance.deposits_held)), "drafted": view.money(Some(balance.drafted)), "limit": view.money(balance.limit),
        "currency": view.settings.currency.code(),
    }))
}

/// `owes 206.00 EUR`, `has 100.00 EUR in credit`, `owes nothing`: as the screens say it, without a
/// sign to be read the wrong way round.
fn stands_in_words(view: &View<'_>, balance: Money) -> String {
    let currency = view.settings.currency;
    match balance.0 {
        0 => "owes nothing".to_owned(),
        owed if owed > 0 => format!("owes {} {}", currency.show(balance), currency.code()),
        credit => format!(
            "has {} {} in credit",
            currency.show(Money(-credit)),
            currency.code()
        ),
    }
}

fn balance_words(view: &View<'_>, balance: &billing::Balance) -> String {
    let mut words = vec![if balance.owes.0 == 0 {
        "owes nothing".to_owned()
    } else {
        format!("owes {}", view.money_text(Some(balance.owes)))
    }];
    for (amount, what) in [
        (balance.overdue, "of it overdue"),
        (balance.credit, "credit"),
        (balance.deposits_held, "deposit held"),
        (balance.drafted, "on drafts"),
    ] {
        if amount.0 != 0 {
            words.push(format!("{what} {}", view.money_text(Some(amount))));
        }
    }
    words.join(" · ")
}

impl Refund {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        act(shop, |db, settings| {
            let found = named(db.read(), &self.of)?;
            let (customer, reservation) = match &found {
                Named::Invoice(invoice) => (invoice.customer, invoice.reservation),
                Named::Reservation(reservation, customer) => (*customer, Some(reservation.id)),
                Named::Customer(customer) => (*customer, None),
            };
            let wanted = match &self.amount {
                Some(typed) => amount(&View::within(db, settings), typed)?,
                None => billing::to_give_back(db.read(), customer, reservation)?,
            };
            let refund = GivenBack {
                customer,
                reservation,
                amount: wanted,
                method: self.method.method(),
                reference: filled(self.reference.as_ref()),
            };
            let id = billing::refund(db, settings, &refund)?;
            desk::remember_final(db, Final::Money(MoneyMove::Refunded, customer))?;
            let said = format!(
                "{} {} given back to",
                settings.currency.show(wanted),
                settings.currency.code()
            );
            let view = View::within(db, settings);
            moved(
                &view,
                &Named::Customer(customer),
                customer,
                &json!({"refund": id.0, "amount": view.money(Some(wanted)), "method": self.method.method().word()}),
                &said,
            )
        })
    }
}

impl Deposit {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        match self {
            Deposit::Take {
                reservation,
                amount: typed,
                method,
                reference,
            } => act(shop, |db, settings| {
                let found = booking::resolve(db.read(), &reservation)?;
                let customer = found.customer.ok_or(BookingRefusal::CustomerMissing)?;
                let wanted = amount(&View::within(db, settings), &typed)?;
                let take = Take {
                    reservation: found.id,
                    customer,
                    amount: wanted,
                    method: method.method(),
                    reference: filled(reference.as_ref()),
                };
                let id = billing::take_deposit(db, settings, &take)?;
                desk::remember_final(db, Final::Money(MoneyMove::DepositTaken, customer))?;
                one_deposit(&View::within(db, settings), id)
            }),
            Deposit::Return {
                of,
                amount: typed,
                method,
            } => act(shop, |db, settings| {
                let held = held_deposits(db.read(), &of)?;
                let wanted = typed
                    .as_deref()
                    .map(|typed| amount(&View::within(db, settings), typed))
                    .transpose()?;
                let mut parts = billing::parts_held(settings, &held, wanted)?;
                if parts.is_empty() {
                    parts.push((held[0].id, held[0].amount)); // its own refusal says what became of it
                }
                for (deposit, amount) in parts {
                    billing::give_back(
                        db,
                        settings,
                        deposit,
                        Some(amount),
                        method.map(By::method),
                    )?;
                    desk::remember_final(
                        db,
                        Final::Money(MoneyMove::DepositReturned, held[0].customer),
                    )?;
                }
                one_deposit(&View::within(db, settings), held[0].id)
            }),
            Deposit::Keep {
                of,
                amount: typed,
                reason,
            } => act(shop, |db, settings| {
                let held = held_deposits(db.read(), &of)?.remove(0);
                let wanted = amount(&View::within(db, settings), &typed)?;
                let why = Text::new(&reason);
                // One thing broke: it is for that, and nobody is asked to charge it again.
                let mut broke = desk::to_settle(db.read(), settings, held.reservation)?;
                broke.retain(|proposal| proposal.charge.kind == LineKind::Damage);
                let thing = if let [only] = broke.as_slice() {
                    (only.charge.rental, only.charge.type_id)
                } else {
                    (None, None)
                };
                let kept = Kept {
                    description: Text::new(&format!("Kept of the deposit: {why}")),
                    reason: why,
                    rental: thing.0,
                    type_id: thing.1,
                };
                let invoice = billing::keep(db, settings, held.id, wanted, &kept)?;
                desk::remember_final(db, Final::Money(MoneyMove::DepositKept, held.customer))?;
                let view = View::within(db, settings);
                let mut answer = one_deposit(&view, held.id)?;
                let invoice = billing::known(view.db, invoice)?;
                if let Some(fields) = answer.json.as_object_mut() {
                    fields.insert("invoice".to_owned(), json!(invoice.number));
                }
                let on = if invoice.number.is_some() {
                    format!("{}, which is {}", invoice.called(), invoice.state.shown())
                } else {
                    "the draft, which it pays when that is issued".to_owned()
                };
                answer.text = format!("{}\n  on {on}", answer.text);
                Ok(answer)
            }),
            Deposit::List { all } => deposits(&View::of(shop), all),
        }
    }
}

/// The deposits of a reservation of which something is held, or the one of a number.
fn held_deposits(db: Read<'_>, typed: &str) -> Result<Vec<Held>, Stop> {
    if let Some(id) = typed
        .strip_prefix('#')
        .and_then(|digits| digits.parse().ok())
    {
        return Ok(vec![billing::deposit(db, DepositId(id))?]);
    }
    let reservation = booking::resolve(db, typed)?;
    let mut all = billing::deposits_of(db, reservation.id)?;
    match (all.iter().any(|deposit| deposit.held().0 > 0), all.pop()) {
        (true, Some(last)) => {
            all.push(last);
            all.retain(|deposit| deposit.held().0 > 0);
            Ok(all)
        }
        (false, Some(last)) => Ok(vec![last]), // its own refusal says what became of it
        (_, None) => Err(billing::BillingRefusal::NoDeposit(Text::new(&format!(
            "of {}",
            reservation.number
        )))
        .into()),
    }
}

fn deposit_json(view: &View<'_>, deposit: &Held) -> Fallible<Value> {
    Ok(json!({
        "deposit": deposit.id.0, "reservation": view.number(deposit.reservation)?, "customer": view.customer(deposit.customer)?.0, "amount": view.money(Some(deposit.amount)),
        "held": view.money(Some(deposit.held())), "kept": view.money(Some(deposit.kept)), "returned": view.money(Some(deposit.returned)), "currency": view.settings.currency.code(),
        "method": deposit.method.word(), "reference": deposit.reference, "taken": stamp(Some(deposit.taken_at)), "returned_at": stamp(deposit.returned_at),
    }))
}

fn one_deposit(view: &View<'_>, id: DepositId) -> Result<Answer, Stop> {
    let deposit = billing::deposit(view.db, id)?;
    let some = |amount: Money| {
        if amount.0 == 0 {
            String::new()
        } else {
            view.money_text(Some(amount))
        }
    };
    let reference = deposit
        .reference
        .as_ref()
        .map_or_else(String::new, |reference| format!(" {reference}"));
    let rows = [
        ("customer", view.person(deposit.customer)?),
        (
            "taken",
            format!(
                "{} {}{reference}, {}",
                view.money_text(Some(deposit.amount)),
                deposit.method.word().to_lowercase(),
                view.show(deposit.taken_at)
            ),
        ),
        ("kept", some(deposit.kept)),
        ("returned", some(deposit.returned)),
        ("held", view.money_text(Some(deposit.held()))),
    ];
    Ok(Answer::new(
        deposit_json(view, &deposit)?,
        facts(
            &format!(
                "Deposit #{} of {}",
                deposit.id.0,
                view.number(deposit.reservation)?
            ),
            &rows,
        ),
    ))
}

fn deposits(view: &View<'_>, all: bool) -> Result<Answer, Stop> {
    let mut table = Table::new(&[
        "NO.", "R- NO.", ">AMOUNT", ">HELD", ">KEPT", "METHOD", "TAKEN", "CUSTOMER",
    ]);
    let mut rows = Vec::new();
    let found: Vec<Held> = billing::deposits(view.db)?
        .into_iter()
        .filter(|deposit| all || deposit.held().0 > 0)
        .collect();
    for deposit in &found {
        table.row([
            format!("#{}", deposit.id.0),
            view.number(deposit.reservation)?.to_string(),
            view.money_text(Some(deposit.amount)),
            view.money_text(Some(deposit.held())),
            if deposit.kept.0 > 0 {
                view.money_text(Some(deposit.kept))
            } else {
                String::new()
            },
            deposit.method.word().to_lowercase(),
            view.show(deposit.taken_at),
            view.person(deposit.customer)?,
        ]);
        rows.push(deposit_json(view, deposit)?);
    }
    let held = Money(found.iter().map(|deposit| deposit.held().0).sum());
    let last = format!(
        "{}, {} {} held",
        counted(length(&found), "deposit", "deposits"),
        view.money_text(Some(held)),
        view.settings.currency.code()
    );
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or("No deposit is held.", &last),
    ))
}

impl BalanceOf {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        let view = View::of(shop);
        let customer = customers::resolve(view.db, &self.customer)?;
        let balance = billing::balance(view.db, view.settings, customer.id, view.now)?;
        let mut json = balance_json(&view, customer.id, &balance)?;
        let currency = view.settings.currency.code();
        let money = |amount: Money| format!("{} {currency}", view.money_text(Some(amount)));
        let some = |amount: Money| {
            if amount.0 == 0 {
                String::new()
            } else {
                money(amount)
            }
        };
        let mut rows = vec![
            ("stands", stands_in_words(&view, balance.balance())),
            (
                "open",
                some(Money(if balance.credit.0 > 0 {
                    balance.owes.0
                } else {
                    0
                })),
            ),
            ("overdue", some(balance.overdue)),
            (
                "credit",
                some(Money(if balance.owes.0 > 0 {
                    balance.credit.0
                } else {
                    0
                })),
            ),
            ("deposit held", some(balance.deposits_held)),
            ("on drafts", some(balance.drafted)),
            ("limit", balance.limit.map_or_else(String::new, money)),
        ];
        let mut open = Vec::new();
        for invoice in billing::invoices_of_customer(view.db, customer.id, i64::MAX)?
            .iter()
            .filter(|invoice| invoice.state.is_open())
        {
            let due = invoice.due_at.map_or_else(String::new, |due| {
                format!(
                    ", due {}",
                    view.settings.zone.show_day(view.settings.zone.day(due))
                )
            });
            rows.push((
                "open",
                format!(
                    "{} {} of {}{due}",
                    invoice.called(),
                    view.money_text(Some(invoice.open())),
                    view.money_text(Some(invoice.total))
                ),
            ));
            open.push(super::invoice::head_json(&view, invoice)?);
        }
        if let Some(fields) = json.as_object_mut() {
            fields.insert("open".to_owned(), Value::Array(open));
        }
        Ok(Answer::new(
            json,
            facts(
                &format!("{} {}", customer.number, customer.profile.name),
                &rows,
            ),
        ))
    }
}

impl Till {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let day = {
            let view = View::of(shop);
            match self
                .date
                .as_deref()
                .map(|typed| view.when(typed, Lean::Back))
                .transpose()?
            {
                None => view.settings.zone.day(view.now),
                Some(When::Day(day)) => day,
                Some(When::Time(moment)) => view.settings.zone.day(moment),
            }
        };
        match &self.counted {
            None => told_till(&View::of(shop), day),
            Some(typed) => act(shop, |db, settings| {
                let counted = amount(&View::within(db, settings), typed)?;
                billing::close_till(db, settings, day, counted)?;
                told_till(&View::within(db, settings), day)
            }),
        }
    }
}

fn told_till(view: &View<'_>, day: chrono::NaiveDate) -> Result<Answer, Stop> {
    let till = billing::till(view.db, view.settings, day)?;
    let mut table = Table::new(&[
        "METHOD",
        ">RECEIVED",
        ">REFUNDED",
        ">DEPOSITS IN",
        ">DEPOSITS OUT",
        ">EXPECTED",
    ]);
    let mut rows = Vec::new();
    for row in &till.rows {
        let shown = [
            row.received,
            row.refunded,
            row.deposits_taken,
            row.deposits_returned,
            row.expected(),
        ]
        .map(|amount| view.money_text(Some(amount)));
        table.row(std::iter::once(row.method.word().to_lowercase()).chain(shown));
        rows.push(json!({
            "method": row.method.word(), "received": view.money(Some(row.received)), "refunded": view.money(Some(row.refunded)), "deposits_taken": view.money(Some(row.deposits_taken)),
            "deposits_returned": view.money(Some(row.deposits_returned)), "expected": view.money(Some(row.expected())),
        }));
    }
    let carried = till.carried.map_or_else(String::new, |carried| {
        format!(
            "{}  {}\ncash expected  {}\n",
            carried.in_words(day),
            view.money_text(Some(carried.amount)),
            view.money_text(Some(till.cash_expected()))
        )
    });
    let (mut last, mut closed) = (
        "Cash is not counted yet (rentdesk till --counted AMOUNT).".to_owned(),
        Value::Null,
    );
    if let Some((counted, expected, at, staff)) = till.closed {
        let difference = Money(counted.0 - expected.0);
        let words = match difference.0 {
            0 => "as expected".to_owned(),
            more if more > 0 => format!("{} too much", view.money_text(Some(difference))),
            _ => format!("{} missing", view.money_text(Some(Money(-difference.0)))),
        };
        let by = view.staff_name(staff)?;
        let who = by
            .as_ref()
            .map_or_else(String::new, |name| format!(" by {name}"));
        last = format!(
            "Cash counted {}: {}, {words}{who}.",
            view.show(at),
            view.money_text(Some(counted))
        );
        if till.cash_expected() != expected {
            last = format!(
                "{last}\n!! {} of cash moved since.",
                view.money_text(Some(Money(till.cash_expected().0 - expected.0)))
            );
        }
        closed = json!({"counted": view.money(Some(counted)), "expected": view.money(Some(expected)), "difference": view.money(Some(difference)), "at": stamp(Some(at)), "staff": by});
    }
    let after = till.carried.map(|carried| json!({"after": carried.after.to_string(), "amount": view.money(Some(carried.amount))}));
    let json = json!({
        "day": day.to_string(), "methods": rows, "carried": after, "cash_expected": view.money(Some(till.cash_expected())), "currency": view.settings.currency.code(),
        "closed": closed,
    });
    Ok(Answer::new(
        json,
        format!(
            "Till of {}\n{}{carried}{last}",
            view.settings.zone.show_day(day),
            table.text()
        ),
    ))
}
