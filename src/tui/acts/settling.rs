//! What a return leaves to be settled: fees charged or waived, the deposit, a payment; all in one
//! stroke, every amount in sight before it.

use super::money::charge_typed;
use crate::billing::{self, LineKind, NewCharge};
use crate::booking::{self, BookingRefusal};
use crate::desk::{self, GivesBack, MoneyOf, Proposal, Settling};
use crate::kernel::text::cut;
use crate::kernel::{Currency, DepositId, Fallible, Money, ReservationId, Stop, Text};
use crate::shop::fresh_command;
use crate::tui::app::App;
use crate::tui::keymap::{self, Verb};
use crate::tui::overlays::Overlay;
use crate::tui::overlays::settle::{Decides, SettleField, SettleStrip};
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::Verdict;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Why what is typed is not understood, and in which field.
type Wrong = (Decides, String);

impl App {
    /// `:settle`: of the reservation that is open or selected.
    pub(super) fn settle_here(&mut self) {
        match self.reservation_of_money() {
            Some(id) => self.open_settling(id, 1, false),
            None => self.say(Verdict::attention(
                "no reservation is open or selected",
                "open it first: type its number",
            )),
        }
    }

    /// Opens the strip at a proposal, by its place from 1; to be waived, if that was asked.
    pub(super) fn open_settling(&mut self, id: ReservationId, place: usize, waives: bool) {
        let _ = self.shop.drain_kept(); // what is owed follows the return; a subscriber that stopped stands on the Desk
        match self.settle_strip(id) {
            Ok(mut strip) => {
                strip.current = place.saturating_sub(1).min(strip.fields.len() - 1);
                if place == 0 {
                    strip.current = strip
                        .fields
                        .iter()
                        .position(|field| matches!(field.decides, Decides::Pays))
                        .unwrap_or(0);
                }
                if let Some(typed) = self.settle_left.get(&id) {
                    strip.take_over(typed);
                }
                if waives {
                    strip.waive();
                }
                self.clear_box();
                self.show_settling(strip);
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn settle_strip(&self, id: ReservationId) -> Result<SettleStrip, Stop> {
        let (db, settings) = (self.shop.read(), &self.shop.settings);
        let found = booking::reservation(db, id)?;
        let customer = found.customer.ok_or(BookingRefusal::CustomerMissing)?;
        let name = crate::customers::names(db, [customer])?
            .remove(&customer)
            .unwrap_or_default();
        let of = desk::money_of(db, id)?;
        let proposals = desk::to_settle(db, settings, id)?;
        let mut fields: Vec<SettleField> = Vec::new();
        for (place, proposal) in proposals.iter().enumerate() {
            let amount = proposal.charge.amount();
            let known = if amount.0 > 0 {
                settings.currency.plain(amount)
            } else {
                String::new()
            };
            let hint = if proposal.late.is_some() {
                "an amount, or waive and why; empty: later"
            } else {
                "80 what broke, or waive and why; empty: later"
            };
            fields.push(SettleField::new(
                Decides::Proposal(place),
                proposal_label(settings.currency, proposal),
                known,
                hint,
            ));
        }
        let mut field = |decides, label: &str, hint| {
            fields.push(SettleField::new(
                decides,
                label.to_owned(),
                String::new(),
                hint,
            ))
        };
        field(
            Decides::SomethingElse,
            "something else",
            "25 cleaning · damage 80 lens hood",
        );
        if of.deposit_held.0 > 0 {
            field(
                Decides::FromDeposit,
                "taken from the deposit",
                "80, or all that is owed",
            );
        }
        field(Decides::Pays, "pays now", "all card 4471 · 40 cash");
        if of.deposit_held.0 > 0 {
            field(
                Decides::DepositBack,
                "deposit goes back",
                "all: the way it came · all cash",
            );
        }
        let lines = vec![
            desk::money_in_words(settings.currency, &of)
                .unwrap_or_else(|| "nothing was agreed about a price".to_owned()),
        ];
        let title = format!("SETTLE  {}  {name}", found.number);
        Ok(SettleStrip {
            command: fresh_command(),
            reservation: id,
            customer,
            title,
            lines,
            proposals,
            fields,
            current: 0,
            says: String::new(),
            shown: None,
        })
    }

    fn show_settling(&mut self, mut strip: SettleStrip) {
        let settling = self.settling_of(&strip);
        strip.shown = settling.as_ref().ok().map(|(what, _)| what.clone());
        (strip.says, self.verdict) = match settling {
            Ok((what, _)) if what.is_nothing() => (
                "Enter: nothing is decided yet".to_owned(),
                Verdict::question("what is charged, waived, paid?", "Enter, or Esc"),
            ),
            Ok((what, owed)) => {
                let words = desk::settling_in_words(self.shop.settings.currency, &what).join(" · ");
                let currency = self.shop.settings.currency;
                let beyond = if what.pays.is_some() {
                    desk::beyond_in_words(currency, Money(-owed.0))
                } else {
                    String::new()
                };
                let rest = if owed.0 > 0 {
                    format!(" · then owes {}", currency.show(owed))
                } else {
                    beyond
                };
                (
                    format!("Enter: {words}{rest}"),
                    Verdict::question(format!("{words}?"), "Enter, or Esc"),
                )
            }
            Err((_, why)) => (why.clone(), Verdict::question(why, "Enter, or Esc")),
        };
        self.overlay = Some(Overlay::Settle(Box::new(strip)));
    }

    pub(super) fn settle_key(&mut self, mut strip: SettleStrip, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => return self.settle_all(strip),
            KeyCode::Tab | KeyCode::Down => strip.step(true),
            KeyCode::BackTab | KeyCode::Up => strip.step(false),
            _ if keymap::verb_of(&key, false) == Some(Verb::More) => strip.waive(),
            KeyCode::Char(character) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                strip.field().type_letter(character);
            }
            _ => {
                if let Some(edit) = crate::tui::app::edit_of(&key) {
                    strip.field().edit(edit);
                }
            }
        }
        self.show_settling(strip);
    }

    /// What was typed stays with its reservation until it is settled.
    pub(super) fn keep_settling(&mut self, strip: &SettleStrip) {
        match strip.typed() {
            typed if typed.is_empty() => self.settle_left.remove(&strip.reservation),
            typed => self.settle_left.insert(strip.reservation, typed),
        };
    }

    /// Does what was shown, or shows what it has become meanwhile.
    fn settle_all(&mut self, mut strip: SettleStrip) {
        let _ = self.shop.drain_kept(); // what another window did may not have reached the drafts yet
        let what = match self.settling_of(&strip) {
            Ok((what, _)) => what,
            Err((field, why)) => {
                strip.current = strip
                    .fields
                    .iter()
                    .position(|known| known.decides == field)
                    .unwrap_or(0);
                self.show_settling(strip);
                return self.say(Verdict::bad(
                    format!("{why} · nothing is settled yet"),
                    "mend it, then Enter · Esc leaves it open",
                ));
            }
        };
        if strip.shown.as_ref() != Some(&what) {
            return self.show_settling_anew(&strip);
        }
        if what.is_nothing() {
            self.show_settling(strip);
            return self.say(Verdict::question(
                "nothing is decided",
                "type an amount, waive and a reason, or Esc",
            ));
        }
        let (settings, command, id) =
            (self.shop.settings.clone(), strip.command, strip.reservation);
        match self
            .shop
            .write_once(command, |db| desk::settle(db, &settings, &what))
        {
            Ok(()) => {
                self.overlay = None;
                self.settle_left.remove(&id);
                // An Enter after it ends the check-in, and does not open the same again.
                self.selected = self
                    .back
                    .first()
                    .map(|rental| RowKey::Rental(*rental))
                    .filter(|_| self.place == Place::CheckIn);
                let words = desk::settling_in_words(settings.currency, &what).join(" · ");
                let stands = self
                    .money_words(id)
                    .map_or_else(String::new, |stands| format!(" · {stands}"));
                self.say(Verdict::fine(format!("SETTLED  {words}{stands}")));
                self.deliver_waiting();
            }
            Err(Stop::Refused(declined)) if declined.kind == "meanwhile" => {
                self.show_settling_anew(&strip)
            }
            Err(stop) => {
                self.show_settling(strip);
                self.say(Verdict::of(&stop));
            }
        }
    }

    /// The strip as things stand now, with what was typed where it still belongs; the next Enter
    /// does what it says then.
    fn show_settling_anew(&mut self, old: &SettleStrip) {
        let mut strip = match self.settle_strip(old.reservation) {
            Ok(strip) => strip,
            Err(stop) => {
                self.overlay = Some(Overlay::Settle(Box::new(old.clone())));
                return self.say(Verdict::of(&stop));
            }
        };
        let gone = strip.take_over(&old.typed());
        strip.current = old
            .fields
            .get(old.current)
            .and_then(|field| {
                strip
                    .fields
                    .iter()
                    .position(|known| known.label == field.label)
            })
            .unwrap_or(0);
        self.show_settling(strip);
        let gone = if gone.is_empty() {
            String::new()
        } else {
            format!(", {} is settled", gone.join(" and "))
        };
        let hint = format!(
            "{} · Enter does that now · Esc leaves it open",
            self.verdict.text
        );
        self.say(Verdict::attention(
            format!("this changed meanwhile{gone} · nothing was done yet"),
            hint,
        ));
    }

    /// What is typed, understood: what is to be done, and what is owed then.
    fn settling_of(&self, strip: &SettleStrip) -> Result<(Settling, Money), Wrong> {
        let currency = self.shop.settings.currency;
        let of = desk::money_of(self.shop.read(), strip.reservation)
            .map_err(|fault| (Decides::Pays, Verdict::of(&Stop::Fault(fault)).text))?;
        let mut what = Settling::of(strip.reservation, strip.customer, of.clone());
        for (place, proposal) in strip.proposals.iter().enumerate() {
            let decides = Decides::Proposal(place);
            match decided(currency, proposal, strip.value(decides)).map_err(|why| (decides, why))? {
                Some(waived) if waived.reason.is_some() => what.waived.push(waived),
                charged => what.charges.extend(charged),
            }
        }
        let extra = strip.value(Decides::SomethingElse);
        if !extra.is_empty() {
            let new = charge_typed(currency, strip.reservation, strip.customer, extra)
                .map_err(|why| (Decides::SomethingElse, why))?;
            billing::refuse_the_same(self.shop.read(), &self.shop.settings, &new)
                .map_err(|no| (Decides::SomethingElse, further_one(&no.into())))?;
            what.charges.push(new);
        }
        let owed = Money(of.owed().0 + what.charged().0);
        what.from_deposit = from_deposit(currency, strip.value(Decides::FromDeposit), &of, owed)
            .map_err(|why| (Decides::FromDeposit, why))?;
        let owed = Money(owed.0 - what.from_deposit.0);
        let pays = strip.value(Decides::Pays);
        if !pays.is_empty() {
            what.pays = Some(
                desk::read_given(currency, pays, Some(owed)).map_err(|why| (Decides::Pays, why))?,
            );
        }
        what.gives_back = gives_back(
            strip.value(Decides::DepositBack),
            of.deposits_left(what.from_deposit),
        )
        .map_err(|why| (Decides::DepositBack, why))?;
        let paid = what.pays.as_ref().map_or(0, |given| given.amount.0);
        Ok((what, Money(owed.0 - paid)))
    }

    /// What the returns of this visit leave undecided: `R-1021 late fee 90.00`.
    pub(super) fn left_to_settle(&self) -> Option<String> {
        let left = || -> Fallible<Vec<String>> {
            let db = self.shop.read();
            let mut words = Vec::new();
            for id in desk::reservations_back(db, &self.back)? {
                let mut proposals = desk::to_settle(db, &self.shop.settings, id)?;
                proposals.retain(|proposal| {
                    proposal
                        .charge
                        .rental
                        .is_some_and(|rental| self.back.contains(&rental))
                });
                let (number, currency) = (booking::number_of(db, id)?, self.shop.settings.currency);
                let sum = Money(
                    proposals
                        .iter()
                        .map(|proposal| proposal.charge.amount().0)
                        .sum(),
                );
                match proposals.as_slice() {
                    [] => {}
                    [only] => words.push(format!("{number} {}", proposal_label(currency, only))),
                    several => words.push(format!(
                        "{number} {} fees{}",
                        several.len(),
                        if sum.0 > 0 {
                            format!(", {}", currency.show(sum))
                        } else {
                            String::new()
                        }
                    )),
                }
            }
            Ok(words)
        };
        let words = left().ok().filter(|words| !words.is_empty())?;
        let more = if words.len() > 2 {
            format!(" and {} more", words.len() - 2)
        } else {
            String::new()
        };
        Some(format!(
            "{}{more}",
            words.iter().take(2).cloned().collect::<Vec<_>>().join(", ")
        ))
    }
}

/// The same was charged already; what it is for makes it a further one.
fn further_one(why: &Stop) -> String {
    match why {
        Stop::Refused(no) => format!("{}; a further one says what it is for", no.message),
        fault => Verdict::of(fault).text,
    }
}

/// `CAM-0020 late fee, 2 days x 45.00`
pub(in crate::tui) fn proposal_label(currency: Currency, proposal: &Proposal) -> String {
    let charge = &proposal.charge;
    let what = match (charge.kind, &proposal.late) {
        (_, Some(fee)) => {
            let days = fee.days_words();
            let pieces = charge.quantity / fee.days.max(1);
            let count = if pieces > 1 && fee.is_by_the_day() {
                format!("{pieces} x ")
            } else {
                String::new()
            };
            // What the cap leaves of it is the amount itself, which stands beside.
            if fee.capped {
                format!("late {days} x {}, capped", currency.show(fee.rate))
            } else {
                format!("late fee, {count}{days} x {}", currency.show(fee.rate))
            }
        }
        (LineKind::Damage, _) => "damage".to_owned(),
        (LineKind::Loss, _) => cut(
            charge
                .description
                .as_str()
                .split(':')
                .next()
                .unwrap_or_default(),
            26,
        )
        .to_lowercase(),
        (kind, _) => kind.word().to_lowercase(),
    };
    format!("{} {what}", proposal.tag)
}

/// An amount, what it is for, or `waive` and why.
fn decided(
    currency: Currency,
    proposal: &Proposal,
    typed: &str,
) -> Result<Option<NewCharge>, String> {
    if typed.is_empty() {
        return Ok(None);
    }
    let (first, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
    let rest = rest.trim();
    if first.eq_ignore_ascii_case("waive") {
        let reason = Text::filled(rest)
            .ok_or_else(|| format!("{}: waived why? The reason is kept", proposal.tag))?;
        return Ok(Some(NewCharge {
            reason: Some(reason),
            ..proposal.charge.clone()
        }));
    }
    let amount = currency
        .read(first)
        .filter(|amount| amount.0 >= 0)
        .ok_or_else(|| {
            format!(
                "{}: \"{}\" is not an amount",
                proposal.tag,
                Text::new(first)
            )
        })?;
    if amount.0 == 0 {
        return Err(format!("{}: 0 is waived with a reason", proposal.tag));
    }
    let as_proposed = amount == proposal.charge.amount();
    let description = if rest.is_empty() {
        proposal.charge.description.clone()
    } else {
        Text::new(&format!("{}: {rest}", proposal.charge.description))
    };
    let (quantity, each) = if as_proposed {
        (proposal.charge.quantity, proposal.charge.each)
    } else {
        (1, amount)
    };
    Ok(Some(NewCharge {
        quantity,
        each,
        description,
        ..proposal.charge.clone()
    }))
}

fn from_deposit(
    currency: Currency,
    typed: &str,
    of: &MoneyOf,
    owed: Money,
) -> Result<Money, String> {
    if typed.is_empty() {
        return Ok(Money(0));
    }
    let most = of.deposit_held.min(owed.max(Money(0)));
    let amount = if typed.eq_ignore_ascii_case("all") {
        most
    } else {
        currency
            .read(typed)
            .filter(|amount| amount.0 > 0)
            .ok_or_else(|| format!("\"{}\" is not an amount", Text::new(typed)))?
    };
    if amount > most || amount.0 == 0 {
        return Err(format!(
            "{} can be taken from the deposit, for what is owed",
            currency.show(most)
        ));
    }
    Ok(amount)
}

fn gives_back(typed: &str, deposits: Vec<(DepositId, Money)>) -> Result<Option<GivesBack>, String> {
    let mut words = typed.split_whitespace();
    let Some(first) = words.next() else {
        return Ok(None);
    };
    let by = if ["all", "back", "yes"]
        .iter()
        .any(|word| first.eq_ignore_ascii_case(word))
    {
        words.next()
    } else {
        Some(first)
    };
    let method = by
        .map(|by| {
            desk::method_of(by)
                .ok_or_else(|| format!("\"{}\" is no way to give it back", Text::new(by)))
        })
        .transpose()?;
    if deposits.is_empty() {
        return Err("nothing of the deposit is left to go back".to_owned());
    }
    Ok(Some(GivesBack { method, deposits }))
}
