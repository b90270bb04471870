//! `:pay`, `:deposit`, `:refund`, `:charge`, `:issue`, `:void`, `:credit`, `:till`: the box asks
//! how much, the verdict says what will be done with its amount, and only the Enter after that does
//! it.

use crate::billing::{self, InvoiceState, LineKind, NewCharge, Part, PayFor};
use crate::booking::{self, BookingRefusal};
use crate::customers;
use crate::desk::{self, MoneyAct};
use crate::kernel::{CustomerId, Declined, InvoiceId, Money, ReservationId, Stop, Text};
use crate::shop::fresh_command;
use crate::tui::app::{App, BoxMode, MoneyAsk, NextEnter, Payer};
use crate::tui::keymap::Verb;
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::Verdict;
use uuid::Uuid;

fn typed_wrong(message: impl Into<String>, hint: &str) -> Stop {
    Declined::new("usage", message, hint).into()
}

impl App {
    /// The reservation that money is about: the one that is open or selected.
    pub(super) fn reservation_of_money(&self) -> Option<ReservationId> {
        match (&self.selected, &self.place) {
            (Some(RowKey::Reservation(id) | RowKey::ToSettle(id, _)), _)
            | (_, Place::Reservation(id)) => Some(*id),
            (Some(RowKey::Rental(rental)), _) => booking::rental(self.shop.read(), *rental)
                .ok()
                .flatten()
                .map(|rental| rental.reservation),
            (_, Place::Reserve) => self
                .editing
                .as_ref()
                .and_then(|draft| draft.of.as_ref())
                .map(|of| of.reservation),
            _ => match self.invoice_here() {
                Some(id) => billing::known(self.shop.read(), id)
                    .ok()
                    .and_then(|invoice| invoice.reservation),
                None => self
                    .in_hand
                    .reservation
                    .filter(|_| self.place == Place::CheckOut),
            },
        }
    }

    fn invoice_here(&self) -> Option<InvoiceId> {
        match (&self.selected, &self.place) {
            (Some(RowKey::Invoice(id)), _) | (_, Place::Invoice(id)) => Some(*id),
            _ => None,
        }
    }

    pub(super) fn customer_here(&self) -> Option<CustomerId> {
        match (&self.place, &self.selected) {
            (Place::Customer(id), _) | (Place::Customers, Some(RowKey::Customer(id))) => Some(*id),
            (Place::Reservation(id), _) => booking::reservation(self.shop.read(), *id)
                .ok()
                .and_then(|found| found.customer),
            _ => None,
        }
    }

    /// An invoice asks for itself, a customer's page for all of theirs, anything else for its
    /// reservation.
    fn payer_here(&self) -> Option<Payer> {
        if let Place::Customer(id) = self.place {
            return Some(match &self.selected {
                Some(RowKey::Reservation(reservation)) => Payer::Reservation(*reservation),
                _ => Payer::Customer(id),
            });
        }
        let open = |id: &InvoiceId| {
            billing::known(self.shop.read(), *id).is_ok_and(|invoice| invoice.state.is_open())
        };
        self.invoice_here()
            .filter(open)
            .map(Payer::Invoice)
            .or_else(|| self.reservation_of_money().map(Payer::Reservation))
            .or_else(|| self.customer_here().map(Payer::Customer))
            .or_else(|| {
                self.invoice_here()
                    .and_then(|id| billing::known(self.shop.read(), id).ok())
                    .map(|invoice| Payer::Customer(invoice.customer))
            })
    }

    /// The draft that is open, or that of the reservation.
    fn draft_here(&self) -> Option<InvoiceId> {
        let of = |id| {
            billing::draft_of(self.shop.read(), id)
                .ok()
                .flatten()
                .map(|draft| draft.id)
        };
        self.invoice_here()
            .or_else(|| self.reservation_of_money().and_then(of))
    }

    /// The invoice that is to be taken back: the one that is open or selected, or the only one of
    /// the reservation. Several are listed.
    fn taken_back_here(&mut self, verb: Verb) -> Result<Option<InvoiceId>, Verdict> {
        let (None, Some(reservation)) = (self.invoice_here(), self.reservation_of_money()) else {
            return Ok(self.invoice_here());
        };
        let read = || -> Result<_, Stop> {
            let db = self.shop.read();
            let mut standing = desk::standing_invoices(db, reservation)?;
            standing.retain(|invoice| verb == Verb::Void || invoice.number.is_some());
            Ok((standing, booking::reservation(db, reservation)?))
        };
        let (standing, of) = read().map_err(|stop| Verdict::of(&stop))?;
        match standing.as_slice() {
            [] => Err(Verdict::attention(
                format!("{} has no invoice that stands", of.number),
                ":invoices lists them",
            )),
            [only] => Ok(Some(only.id)),
            several => {
                let words = format!("{} has {} invoices: which one?", of.number, several.len());
                self.open(Place::Invoices(of.customer));
                self.set_box(&of.number.to_string());
                Err(Verdict::question(
                    words,
                    format!(
                        "choose it, then :{} again · Esc leaves it",
                        if verb == Verb::Void { "void" } else { "credit" }
                    ),
                ))
            }
        }
    }

    pub(super) fn ask_money(&mut self, verb: Verb) {
        let _ = self.shop.drain_kept(); // what is owed follows the reservation; a subscriber that stopped stands on the Desk
        let ask = match verb {
            Verb::Pay => self.payer_here().map(MoneyAsk::Pay),
            Verb::Refund => self.payer_here().map(MoneyAsk::Refund),
            Verb::Deposit => self.reservation_of_money().map(MoneyAsk::Deposit),
            Verb::Charge => self.reservation_of_money().map(MoneyAsk::Charge),
            Verb::Issue => self.draft_here().map(MoneyAsk::Issue),
            Verb::Void | Verb::Credit => match self.taken_back_here(verb) {
                Ok(found) => found.map(if verb == Verb::Void {
                    MoneyAsk::Void
                } else {
                    MoneyAsk::Credit
                }),
                Err(said) => return self.say(said),
            },
            _ => Some(MoneyAsk::Till),
        };
        let Some(ask) = ask else {
            return self.say(match verb {
                Verb::Void | Verb::Credit => {
                    Verdict::attention("no invoice is open or selected", ":invoices lists them")
                }
                Verb::Issue => {
                    Verdict::attention("no draft is here to be issued", ":invoices lists them")
                }
                Verb::Pay | Verb::Refund => Verdict::attention(
                    "whose money?",
                    "open a reservation, a customer or an invoice first",
                ),
                _ => Verdict::attention(
                    "no reservation is open or selected",
                    "open it first: type its number",
                ),
            });
        };
        match self.question_of(ask) {
            Ok(words) => {
                self.mode = BoxMode::Money(ask);
                self.text.reset();
                if let (MoneyAsk::Issue(_), Ok(act)) = (ask, self.money_act(ask, "")) {
                    return self.ask_to_do(act);
                }
                self.say(Verdict::question(words, "Esc leaves it"));
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn shown(&self, amount: Money) -> String {
        format!(
            "{} {}",
            self.shop.settings.currency.show(amount),
            self.shop.settings.currency.code()
        )
    }

    fn name_of(&self, customer: CustomerId) -> Result<String, Stop> {
        Ok(customers::names(self.shop.read(), [customer])?
            .remove(&customer)
            .unwrap_or_default()
            .to_string())
    }

    /// `R-1042 Maya Chen`, and whose it is.
    fn reservation_words(&self, id: ReservationId) -> Result<(String, CustomerId), Stop> {
        let found = booking::reservation(self.shop.read(), id)?;
        let customer = found.customer.ok_or(BookingRefusal::CustomerMissing)?;
        Ok((
            format!("{} {}", found.number, self.name_of(customer)?),
            customer,
        ))
    }

    fn payer_words(&self, payer: Payer) -> Result<(String, CustomerId), Stop> {
        match payer {
            Payer::Reservation(id) => self.reservation_words(id),
            Payer::Customer(id) => Ok((self.name_of(id)?, id)),
            Payer::Invoice(id) => {
                let invoice = billing::known(self.shop.read(), id)?;
                Ok((
                    format!("{} {}", invoice.called(), self.name_of(invoice.customer)?),
                    invoice.customer,
                ))
            }
        }
    }

    fn towards(&self, payer: Payer) -> Result<PayFor, Stop> {
        Ok(match payer {
            Payer::Reservation(id) => PayFor::Reservation(id, self.reservation_words(id)?.1),
            Payer::Customer(id) => PayFor::Customer(id),
            Payer::Invoice(id) => PayFor::Invoice(id),
        })
    }

    /// What is asked for by now.
    fn owed_by(&self, payer: Payer) -> Result<Money, Stop> {
        Ok(desk::owed_towards(
            self.shop.read(),
            &self.shop.settings,
            self.towards(payer)?,
            self.shop.now(),
        )?)
    }

    /// What the box asks, with the amounts that stand.
    fn question_of(&self, ask: MoneyAsk) -> Result<String, Stop> {
        let db = self.shop.read();
        let called = |id: InvoiceId| -> Result<String, Stop> {
            let invoice = billing::known(db, id)?;
            Ok(format!(
                "{} over {} of {}",
                invoice.called(),
                self.shown(invoice.total),
                self.name_of(invoice.customer)?
            ))
        };
        Ok(match ask {
            MoneyAsk::Pay(payer) => {
                let owed = self.owed_by(payer)?;
                let stands = if owed.0 > 0 {
                    format!("owes {}", self.shown(owed))
                } else {
                    "owes nothing".to_owned()
                };
                format!(
                    "{} {stands}: how much, and how?",
                    self.payer_words(payer)?.0
                )
            }
            MoneyAsk::Refund(payer) => {
                let (words, customer) = self.payer_words(payer)?;
                let credit = billing::to_give_back(db, customer, self.money_lies_with(payer)?)?;
                format!(
                    "{words} has {} to get back: how much, and how?",
                    self.shown(credit)
                )
            }
            MoneyAsk::Deposit(id) => {
                let of = desk::money_of(db, id)?;
                let held = if of.deposit_held.0 > 0 {
                    format!("{} is held", self.shown(of.deposit_held))
                } else {
                    "nothing is held".to_owned()
                };
                format!(
                    "deposit of {}, {held}: how much, and how?",
                    self.reservation_words(id)?.0
                )
            }
            MoneyAsk::Charge(id) => format!(
                "charge {}: how much, and what for?",
                self.reservation_words(id)?.0
            ),
            MoneyAsk::Issue(id) => format!("issue {}?", called(id)?),
            MoneyAsk::Void(id) => {
                desk::may_void(db, id)?;
                format!("void {}: why?", called(id)?)
            }
            MoneyAsk::Credit(id) => match billing::may_credit_part(db, id)? {
                unpaid if unpaid.state == InvoiceState::Issued => format!(
                    "credit of {}: which line, and why? Nothing is paid: :void takes all of it",
                    called(id)?
                ),
                _ => format!(
                    "credit {}: why? 2 and a reason is its line 2 alone",
                    called(id)?
                ),
            },
            MoneyAsk::Till => {
                let till = billing::till(
                    db,
                    &self.shop.settings,
                    self.shop.settings.zone.day(self.shop.now()),
                )?;
                let rows: Vec<String> = till
                    .rows
                    .iter()
                    .map(|row| {
                        format!(
                            "{} {}",
                            row.method.word().to_lowercase(),
                            self.shop.settings.currency.show(row.expected())
                        )
                    })
                    .collect();
                match till.closed {
                    Some((counted, expected, at, _)) => {
                        let words = format!(
                            "till closed {}: {} counted, {} expected",
                            self.shop.settings.zone.show_clock(at),
                            self.shown(counted),
                            self.shown(expected)
                        );
                        return Err(typed_wrong(words, "it opens again tomorrow"));
                    }
                    None => format!(
                        "till of today: {}{}how much cash is in it?",
                        rows.join(", "),
                        self.carried_words(&till)
                    ),
                }
            }
        })
    }

    /// ` · after the till of Fri was closed  40.00 · 120.00 cash expected: `
    fn carried_words(&self, till: &billing::Till) -> String {
        let show = |amount| self.shop.settings.currency.show(amount);
        let words = |carried: billing::Carried| {
            format!(
                " · {}  {} · {} cash expected: ",
                carried.in_words(till.day),
                show(carried.amount),
                show(till.cash_expected())
            )
        };
        till.carried
            .map_or_else(|| " expected · ".to_owned(), words)
    }

    fn money_lies_with(&self, payer: Payer) -> Result<Option<ReservationId>, Stop> {
        Ok(match payer {
            Payer::Reservation(id) => Some(id),
            Payer::Customer(_) => None,
            Payer::Invoice(id) => billing::known(self.shop.read(), id)?.reservation,
        })
    }

    /// What is typed, as an act: nothing is done by it.
    pub(super) fn money_act(&self, ask: MoneyAsk, typed: &str) -> Result<MoneyAct, Stop> {
        let (db, currency) = (self.shop.read(), self.shop.settings.currency);
        let given = |all: Option<Money>| {
            desk::read_given(currency, typed, all)
                .map_err(|why| typed_wrong(why, &self.example(all)))
        };
        let reason = || {
            if typed.is_empty() {
                Err(typed_wrong(
                    "a reason is needed: it stays with the invoice",
                    "type it, Enter goes on · Esc leaves it",
                ))
            } else {
                Ok(Text::new(typed))
            }
        };
        Ok(match ask {
            MoneyAsk::Pay(payer) => {
                let owed = self.owed_by(payer)?;
                let given = given(Some(owed))?;
                let customer = self.payer_words(payer)?.1;
                MoneyAct::Pay {
                    towards: self.towards(payer)?,
                    customer,
                    beyond: Money(given.amount.0 - owed.0.max(0)),
                    given,
                }
            }
            MoneyAsk::Refund(payer) => {
                let customer = self.payer_words(payer)?.1;
                let reservation = self.money_lies_with(payer)?;
                let given = given(Some(billing::to_give_back(db, customer, reservation)?))?;
                MoneyAct::Refund {
                    customer,
                    reservation,
                    then_owes: desk::then_owed(db, reservation, given.amount)?,
                    given,
                }
            }
            MoneyAsk::Deposit(id) => {
                let customer = self.reservation_words(id)?.1;
                let Some(back) = desk::read_back(currency, typed) else {
                    return Ok(MoneyAct::TakeDeposit {
                        reservation: id,
                        customer,
                        given: given(None)?,
                    });
                };
                let desk::DepositBack { amount, method } = back.map_err(|why| {
                    typed_wrong(why, "back, back cash, 100 back or 100 back card")
                })?;
                let of = desk::money_of(db, id)?;
                if of.deposit_held.0 == 0 {
                    return Err(typed_wrong("no deposit is held", "Esc leaves it"));
                }
                let deposits = billing::parts_held(&self.shop.settings, &of.deposits, amount)?;
                let stays = amount.map_or(Money(0), |amount| Money(of.deposit_held.0 - amount.0));
                MoneyAct::GiveDepositBack {
                    deposits,
                    customer,
                    stays,
                    method,
                }
            }
            MoneyAsk::Charge(id) => {
                let customer = self.reservation_words(id)?.1;
                let new = charge_typed(currency, id, customer, typed)
                    .map_err(|why| typed_wrong(why, "25 cleaning, or damage 80 lens hood"))?;
                billing::refuse_the_same(db, &self.shop.settings, &new)?;
                MoneyAct::Charge(new)
            }
            MoneyAsk::Issue(id) => {
                let draft = billing::known(db, id)?;
                MoneyAct::Issue {
                    invoice: id,
                    customer: draft.customer,
                    total: draft.total,
                    over_limit: false,
                }
            }
            MoneyAsk::Void(id) => {
                let invoice = billing::known(db, id)?;
                MoneyAct::Void {
                    invoice: id,
                    customer: invoice.customer,
                    called: invoice.called(),
                    total: invoice.total,
                    reason: reason()?,
                }
            }
            MoneyAsk::Credit(id) => {
                let (part, why) = part_typed(typed);
                let total = desk::may_credit(db, &self.shop.settings, id, part)?;
                if why.is_empty() {
                    return Err(typed_wrong(
                        "a reason is needed: it stays with the invoice",
                        "type it, Enter goes on · Esc leaves it",
                    ));
                }
                let invoice = billing::known(db, id)?;
                MoneyAct::Credit {
                    invoice: id,
                    customer: invoice.customer,
                    called: invoice.called(),
                    part,
                    total,
                    reason: Text::new(why),
                }
            }
            MoneyAsk::Till => {
                let day = self.shop.settings.zone.day(self.shop.now());
                let counted = currency
                    .read(typed)
                    .filter(|counted| counted.0 >= 0)
                    .ok_or_else(|| {
                        typed_wrong(
                            format!("\"{}\" is not an amount", Text::new(typed)),
                            "the cash, as it was counted: 412.50",
                        )
                    })?;
                MoneyAct::CloseTill {
                    day,
                    counted,
                    expected: billing::till(db, &self.shop.settings, day)?.cash_expected(),
                }
            }
        })
    }

    /// Says what would be done; the next Enter does exactly that.
    fn ask_to_do(&mut self, act: MoneyAct) {
        let words = desk::act_in_words(self.shop.settings.currency, &act);
        let whose = match &act {
            MoneyAct::CloseTill { .. } => None,
            MoneyAct::Charge(new) => Some(new.customer),
            MoneyAct::Pay { customer, .. }
            | MoneyAct::Refund { customer, .. }
            | MoneyAct::TakeDeposit { customer, .. }
            | MoneyAct::GiveDepositBack { customer, .. }
            | MoneyAct::Issue { customer, .. }
            | MoneyAct::Void { customer, .. }
            | MoneyAct::Credit { customer, .. } => Some(*customer),
        };
        let whose = whose
            .and_then(|customer| self.name_of(customer).ok())
            .map_or_else(String::new, |name| format!(" · {name}"));
        let whose = format!("{}{whose}", self.let_go_words(&act));
        let after = if matches!(act, MoneyAct::Issue { .. } | MoneyAct::Credit { .. }) {
            "; it never changes after that"
        } else {
            ""
        };
        self.next_enter = Some(NextEnter::Money(Box::new(act), fresh_command()));
        self.say(Verdict::question(
            format!("{words}{whose}?"),
            format!("Enter does it{after} · Esc leaves it"),
        ));
    }

    /// Enter in the box: first it is asked, with the amount in sight; the same once more does it.
    pub(super) fn take_money(&mut self, ask: MoneyAsk, typed: &str) {
        let asked = self.next_enter.take();
        let act = match self.money_act(ask, typed) {
            Ok(act) => act,
            Err(stop) => return self.say(Verdict::of(&stop)),
        };
        match asked {
            Some(NextEnter::Money(known, command)) if same(&known, &act) => {
                self.do_money(*known, command)
            }
            _ => self.ask_to_do(act),
        }
    }

    fn do_money(&mut self, act: MoneyAct, command: Uuid) {
        let settings = self.shop.settings.clone();
        match self
            .shop
            .write_once(command, |db| desk::act_on_money(db, &settings, &act))
        {
            Ok(()) => {
                self.clear_box();
                let words = self.done_words(&act);
                self.say(words);
                self.deliver_waiting();
            }
            Err(Stop::Refused(declined)) if declined.kind == "over_limit" => {
                if let MoneyAct::Issue {
                    invoice,
                    customer,
                    total,
                    ..
                } = act
                {
                    self.next_enter = Some(NextEnter::Money(
                        Box::new(MoneyAct::Issue {
                            invoice,
                            customer,
                            total,
                            over_limit: true,
                        }),
                        fresh_command(),
                    ));
                    self.say(Verdict::question(
                        format!("{}: issue it anyway?", declined.message),
                        "Enter issues it above the limit · Esc leaves the draft",
                    ));
                }
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// `DONE  306.00 EUR by card 4471 taken · total 306.00 · paid 306.00 · owes 0.00`
    fn done_words(&self, act: &MoneyAct) -> Verdict {
        let words = desk::done_in_words(self.shop.settings.currency, act);
        let number = match act {
            MoneyAct::Issue { invoice, .. } => billing::known(self.shop.read(), *invoice)
                .map(|invoice| format!(" · {}", invoice.called()))
                .unwrap_or_default(),
            MoneyAct::Credit { invoice, .. } => {
                match billing::credit_note_of(self.shop.read(), *invoice) {
                    Ok(Some(note))
                        if billing::may_refund(self.shop.read(), note.customer).is_ok() =>
                    {
                        format!(
                            " · credit note {}, :refund gives the money back",
                            note.called()
                        )
                    }
                    Ok(Some(note)) => format!(" · credit note {}", note.called()),
                    _ => String::new(),
                }
            }
            _ => String::new(),
        };
        let about = match act {
            MoneyAct::Pay {
                towards: PayFor::Reservation(id, _),
                ..
            }
            | MoneyAct::TakeDeposit {
                reservation: id, ..
            } => self.money_words(*id),
            MoneyAct::Charge(new) => self.money_words(new.reservation),
            _ => None,
        };
        let again = match act {
            MoneyAct::Void { invoice, .. } | MoneyAct::Credit { invoice, .. } => {
                self.drafted_again(*invoice).unwrap_or_default()
            }
            _ => String::new(),
        };
        let again = format!("{}{again}", self.let_go_words(act));
        Verdict::fine(format!(
            "DONE  {words}{number}{again}{}",
            about.map_or_else(String::new, |about| format!(" · {about}"))
        ))
    }

    /// What is given up with an invoice that is taken back.
    fn let_go_words(&self, act: &MoneyAct) -> String {
        let (id, part) = match act {
            MoneyAct::Void { invoice, .. } => (*invoice, Part::All),
            MoneyAct::Credit { invoice, part, .. } => (*invoice, *part),
            _ => return String::new(),
        };
        desk::lets_go(self.shop.read(), id, part)
            .ok()
            .flatten()
            .map_or_else(String::new, |number| {
                format!(" · the rent of {number} is let go")
            })
    }

    /// What its reservation still says, where that stands on a draft now.
    fn drafted_again(&self, invoice: InvoiceId) -> Option<String> {
        let db = self.shop.read();
        let reservation = billing::known(db, invoice).ok()?.reservation?;
        let draft = billing::draft_of(db, reservation).ok()??;
        Some(format!(
            " · on the draft of its reservation: {}",
            self.shown(draft.total)
        ))
    }

    /// `total 306.00 · paid 306.00 · owes 0.00 · deposit held 500.00`; nothing where there is no
    /// money.
    pub(super) fn money_words(&self, id: ReservationId) -> Option<String> {
        desk::money_of(self.shop.read(), id)
            .ok()
            .and_then(|of| desk::money_in_words(self.shop.settings.currency, &of))
    }
}

/// The same act; whether it goes above the limit was asked apart.
fn same(asked: &MoneyAct, typed: &MoneyAct) -> bool {
    match (asked, typed) {
        (
            MoneyAct::Issue {
                invoice: one,
                total: was,
                ..
            },
            MoneyAct::Issue {
                invoice: other,
                total: is,
                ..
            },
        ) => (one, was) == (other, is),
        _ => asked == typed,
    }
}

/// `goodwill` is all of it, as `all goodwill` is; `2 waived` is its line 2.
fn part_typed(typed: &str) -> (Part, &str) {
    let (first, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    match first.parse() {
        Ok(place) => (Part::Line(place), rest.trim()),
        Err(_) if first.eq_ignore_ascii_case("all") => (Part::All, rest.trim()),
        Err(_) => (Part::All, typed),
    }
}

/// `25 cleaning` is an extra, `damage 80 lens hood` is damage.
pub(super) fn charge_typed(
    currency: crate::kernel::Currency,
    reservation: ReservationId,
    customer: CustomerId,
    typed: &str,
) -> Result<NewCharge, String> {
    let (first, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let (kind, said) = if first.eq_ignore_ascii_case("damage") {
        (LineKind::Damage, rest.trim())
    } else {
        (LineKind::Extra, typed)
    };
    let (amount, words) = said.split_once(char::is_whitespace).unwrap_or((said, ""));
    let each = currency
        .read(amount)
        .filter(|each| each.0 > 0)
        .ok_or_else(|| format!("\"{}\" is not an amount", Text::new(amount)))?;
    let words = words.trim();
    if words.is_empty() {
        return Err("what is it for? It stands on the invoice".to_owned());
    }
    let description = if kind == LineKind::Damage {
        Text::new(&format!("Damage: {words}"))
    } else {
        Text::new(words)
    };
    Ok(NewCharge {
        reservation,
        customer,
        rental: None,
        type_id: None,
        kind,
        description,
        quantity: 1,
        each,
        reason: None,
    })
}
