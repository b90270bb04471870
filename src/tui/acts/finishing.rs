//! The finish of a check-out: what it costs, what is taken with it, and which papers follow.

use crate::booking;
use crate::desk::{self, AtHandOver, Finish, Given};
use crate::kernel::{Failure, Fallible, Money, ReservationId, Stop, Text};
use crate::shop::fresh_command;
use crate::tui::app::App;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::hand_over::{DEPOSIT, HandOverStrip, PAYS};
use crate::tui::papers::Paper;
use crate::tui::verdict::Verdict;
use crossterm::event::{KeyCode, KeyEvent};

impl App {
    /// Opens the strip: what will happen, and fields that take nothing unless something is typed.
    pub(super) fn open_finish(&mut self, mut lines: Vec<String>) -> Result<(), Stop> {
        let (owed, held) = self.owed_at_finish()?;
        let suggested = self.deposit_at_finish()?;
        let show = |amount: Money| self.shop.settings.currency.show(amount);
        if let Some((paid, owed)) = owed {
            let held = if held.0 > 0 {
                format!(" · deposit held {}", show(held))
            } else {
                String::new()
            };
            lines.push(if owed.0 < 0 {
                format!(
                    "paid {} · has {} to get back{held}",
                    show(paid),
                    show(Money(-owed.0))
                )
            } else {
                format!("paid {} · to pay {}{held}", show(paid), show(owed))
            });
        }
        let owed = owed.map(|(_, owed)| owed).filter(|owed| owed.0 > 0);
        let suggested = Some(Money(suggested.0 - held.0)).filter(|left| left.0 > 0);
        let pays = if owed.is_some() {
            "all card 4471 · 40 cash; empty: nothing"
        } else {
            "40 cash; empty: nothing"
        };
        let deposit = suggested.map_or_else(
            || "200 cash; empty: none".to_owned(),
            |amount| format!("suggested {}: all card; empty: none", show(amount)),
        );
        let prints = !self.shop.settings.value("printer").is_empty();
        let mut strip = HandOverStrip::new(fresh_command(), lines, &self.in_hand.finish, prints)
            .hinted(pays.to_owned(), deposit);
        (strip.owed, strip.suggested) = (owed, suggested);
        self.say_finish(&strip);
        self.overlay = Some(Overlay::HandOver(Box::new(strip)));
        Ok(())
    }

    /// What is paid already, and what is to be paid once this is handed over; nothing where nothing
    /// has a price.
    fn owed_at_finish(&self) -> Result<(Option<(Money, Money)>, Money), Stop> {
        let Some(command) = self.in_hand.command() else {
            return Ok((None, Money(0)));
        };
        let (db, settings) = (self.shop.read(), &self.shop.settings);
        let quoted = match desk::quote_hand_over(db, settings, &command, self.shop.now()) {
            Ok(quoted) => quoted.map(|quoted| quoted.priced.total),
            Err(Failure::Refused(_)) => None, // why it may not leave is said by the finish itself
            Err(Failure::Fault(fault)) => return Err(fault.into()),
        };
        let Some(id) = self.in_hand.reservation else {
            return Ok((quoted.map(|total| (Money(0), total)), Money(0)));
        };
        let of = desk::money_of(db, id)?;
        let agreed = booking::reservation(db, id)?.total;
        let owed = quoted.map_or(of.owed(), |total| {
            Money(of.owed().0 + total.0 - agreed.map_or(0, |agreed| agreed.0))
        });
        let known = quoted.is_some() || of.total.0 != 0 || of.paid.0 != 0;
        Ok((known.then_some((of.paid, owed)), of.deposit_held))
    }

    fn deposit_at_finish(&self) -> Fallible<Money> {
        desk::deposit_suggested(
            self.shop.read(),
            &self.shop.settings,
            self.in_hand
                .things
                .iter()
                .map(|thing| (thing.type_id, thing.quantity)),
        )
    }

    /// One Enter is enough where nothing is open: everything in hand, nothing owed, nothing typed.
    pub(super) fn may_finish_fast(&self) -> bool {
        let complete = self.lines_words().is_none_or(|words| words.len() == 1);
        let owes = self
            .owed_at_finish()
            .is_ok_and(|(owed, _)| owed.is_some_and(|(_, owed)| owed.0 > 0));
        self.shop.settings.on("fast_finish")
            && complete
            && !owes
            && self.in_hand.finish == Finish::default()
    }

    /// What is typed into the strip, understood; else the field and what is wrong with it.
    fn money_of_strip(&self, strip: &HandOverStrip) -> Result<AtHandOver, (usize, String)> {
        let finish = strip.finish();
        let read = |typed: &str,
                    all: Option<Money>,
                    field: usize|
         -> Result<Option<Given>, (usize, String)> {
            if typed.is_empty() {
                Ok(None)
            } else {
                desk::read_given(self.shop.settings.currency, typed, all)
                    .map(Some)
                    .map_err(|why| (field, why))
            }
        };
        Ok(AtHandOver {
            payment: read(finish.pays.as_str(), strip.owed, PAYS)?,
            deposit: read(finish.deposit.as_str(), strip.suggested, DEPOSIT)?,
        })
    }

    /// `hand over, and take 306.00 EUR by card 4471?`
    fn say_finish(&mut self, strip: &HandOverStrip) {
        let currency = self.shop.settings.currency;
        self.verdict = match self.money_of_strip(strip) {
            Ok(money) if money.is_nothing() => {
                Verdict::question("hand over?", "Enter hands over · Esc keeps scanning")
            }
            Ok(money) => {
                let mut words: Vec<String> = money
                    .payment
                    .iter()
                    .map(|given| desk::given_in_words(currency, given))
                    .collect();
                words.extend(money.deposit.iter().map(|given| {
                    format!("a deposit of {}", desk::given_in_words(currency, given))
                }));
                let beyond = Money(
                    money.payment.as_ref().map_or(0, |given| given.amount.0)
                        - strip.owed.map_or(0, |owed| owed.0),
                );
                Verdict::question(
                    format!(
                        "hand over, and take {}?{}",
                        words.join(" and "),
                        desk::beyond_in_words(currency, beyond)
                    ),
                    "Enter does it · Esc keeps scanning",
                )
            }
            Err((field, why)) => Verdict::question(why, self.example_of(strip, field)),
        };
    }

    pub(super) fn hand_over_key(&mut self, mut strip: HandOverStrip, key: KeyEvent) {
        if key.code == KeyCode::Enter {
            return self.finish_strip(strip);
        }
        strip.key(&key);
        self.say_finish(&strip);
        self.overlay = Some(Overlay::HandOver(Box::new(strip)));
    }

    /// The second Enter, or the card that stands for it.
    pub(super) fn finish_strip(&mut self, mut strip: HandOverStrip) {
        match self.money_of_strip(&strip) {
            Ok(money) => {
                let command = strip.command;
                let typed = |given: &Option<Given>| {
                    given.as_ref().map_or_else(Text::default, |given| {
                        Text::new(&desk::given_as_typed(self.shop.settings.currency, given))
                    })
                };
                // `all` is what it said when it was shown, whatever happens meanwhile.
                self.in_hand.finish = Finish {
                    pays: typed(&money.payment),
                    deposit: typed(&money.deposit),
                    ..strip.finish()
                };
                self.overlay = Some(Overlay::HandOver(Box::new(strip)));
                self.hand_over(command);
            }
            Err((field, why)) => {
                strip.current = field;
                let example = self.example_of(&strip, field);
                self.overlay = Some(Overlay::HandOver(Box::new(strip)));
                self.say(Verdict::bad(
                    format!("{why} · nothing went out yet"),
                    format!("{example}; empty takes nothing"),
                ));
            }
        }
    }

    /// What was typed stays with what is in hand.
    pub(super) fn keep_finish(&mut self, strip: &HandOverStrip) {
        if strip.is_touched() || self.in_hand.finish != Finish::default() {
            self.in_hand.finish = strip.finish();
            self.keep_in_hand();
        }
    }

    /// What the finish takes: as it was shown, in figures.
    pub(super) fn money_in_hand(&self) -> Result<AtHandOver, Stop> {
        let strip = HandOverStrip::new(fresh_command(), Vec::new(), &self.in_hand.finish, false);
        self.money_of_strip(&strip).map_err(|(_, why)| {
            crate::kernel::Declined::new("usage", why, self.example(None)).into()
        })
    }

    fn example_of(&self, strip: &HandOverStrip, field: usize) -> String {
        self.example(if field == DEPOSIT {
            strip.suggested
        } else {
            strip.owed
        })
    }

    /// How money is typed, with the amount that is asked for where it is known: any other would
    /// read like what is owed.
    pub(super) fn example(&self, asked: Option<Money>) -> String {
        let amount = asked.filter(|asked| asked.0 > 0).map_or_else(
            || "40".to_owned(),
            |asked| self.shop.settings.currency.show(asked),
        );
        format!("{amount} cash, {amount} card 4471 or {amount} transfer")
    }

    /// `paid 306.00 EUR by card 4471 · deposit 500.00 EUR in cash`
    pub(super) fn taken_words(&self, money: &AtHandOver) -> String {
        let currency = self.shop.settings.currency;
        let mut words: Vec<String> = money
            .payment
            .iter()
            .map(|given| format!(" · paid {}", desk::given_in_words(currency, given)))
            .collect();
        words.extend(
            money
                .deposit
                .iter()
                .map(|given| format!(" · deposit {}", desk::given_in_words(currency, given))),
        );
        words.concat()
    }

    /// The papers that were ticked; what they are called, for the verdict, and those that could not
    /// be begun.
    pub(super) fn print_after_finish(
        &mut self,
        reservation: ReservationId,
        finish: &Finish,
    ) -> (String, Vec<String>) {
        let ticked = [
            (finish.contract, Paper::Contract(reservation), "contract"),
            (finish.receipt, Paper::Receipt(reservation), "receipt"),
        ];
        let (mut words, mut failed) = (String::new(), Vec::new());
        for (_, paper, name) in ticked.into_iter().filter(|(on, ..)| *on == Some(true)) {
            match self.print_quietly(paper) {
                why if why.is_empty() => words.push_str(&format!(" · {name} printing")),
                why => failed.extend(why),
            }
        }
        (words, failed)
    }
}
