//! What is said of a price by hand, and how a price came about.

use crate::booking::{self, Quoted};
use crate::desk::{self, HandPrice, ReservationDraft};
use crate::kernel::{Failure, Stop, Text};
use crate::pricing::{ByHand, Off, Percent};
use crate::tui::app::{App, Bargained, BoxMode};
use crate::tui::overlays::Overlay;
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::Verdict;

impl App {
    /// `:why`: each figure of the price that stands on the screen.
    pub(super) fn show_why(&mut self) {
        let (settings, now) = (&self.shop.settings, self.shop.now());
        if let Place::Invoice(id) = self.place {
            return match desk::why_of_invoice(self.shop.read(), settings, id, now) {
                Ok(lines) => self.show_derivation(lines),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            };
        }
        let quoted: Result<Option<Quoted>, Stop> = match self.place {
            Place::Reserve => self
                .editing
                .as_ref()
                .map_or(Ok(None), |draft| self.priced(draft)),
            Place::Reservation(id) => booking::reservation(self.shop.read(), id)
                .and_then(|found| desk::agreed_price(self.shop.read(), settings, &found, now))
                .map(|price| price.map(|price| price.quoted))
                .map_err(Stop::from),
            Place::CheckOut => match self.in_hand.command() {
                Some(command) => desk::quote_hand_over(self.shop.read(), settings, &command, now)
                    .map_err(Stop::from),
                None => Ok(None),
            },
            _ => {
                return self.say(Verdict::attention(
                    "no price stands here",
                    "open a reservation or an invoice first",
                ));
            }
        };
        match quoted {
            Ok(Some(quoted)) => {
                self.show_derivation(desk::derivation(&quoted, self.shop.settings.currency))
            }
            Ok(None) => self.say(Verdict::attention(
                "nothing is agreed about a price here",
                ":price gives the selected line one, :target all lines together",
            )),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn show_derivation(&mut self, lines: Vec<String>) {
        self.overlay = Some(Overlay::Told {
            title: "WHY THIS PRICE",
            lines,
            first: 0,
        });
        self.say(Verdict::ready());
    }

    fn priced(&self, draft: &ReservationDraft) -> Result<Option<Quoted>, Stop> {
        let (settings, now) = (&self.shop.settings, self.shop.now());
        let weighed = desk::weigh(self.shop.read(), settings, draft, now)?;
        Ok(desk::price_draft(
            self.shop.read(),
            settings,
            draft,
            &weighed,
            now,
        )?)
    }

    /// What is said of a price is said where the reservation is written: one that stands is opened
    /// for a change.
    fn is_writing(&mut self) -> bool {
        if let Place::Reservation(id) = self.place {
            let line = match self.selected {
                Some(RowKey::Line(line)) => Some(line),
                _ => None,
            };
            self.edit_reservation(id, line);
            return self.place == Place::Reserve;
        }
        if self.place != Place::Reserve {
            self.say(Verdict::attention("nothing is being reserved here", "F4"));
        }
        self.place == Place::Reserve
    }

    pub(super) fn ask_bargain(&mut self, what: Bargained) {
        if self.is_writing() {
            self.text.reset();
            self.mode = BoxMode::Bargain(what);
        }
    }

    pub(super) fn ask_line_price(&mut self) {
        if !self.is_writing() {
            return;
        }
        let only = || {
            self.editing.as_ref().and_then(|draft| {
                draft
                    .wanted()
                    .map(|(place, _)| place)
                    .next()
                    .filter(|_| draft.wanted().count() == 1)
            })
        };
        match self.chosen_line().or_else(only) {
            Some(line) => self.ask_bargain(Bargained::Line(line)),
            None => self.say(Verdict::attention(
                "no line is selected",
                "choose a row with the arrows",
            )),
        }
    }

    /// `:reprice`: here it counts when it is saved, on a reservation that stands at once.
    pub(super) fn reprice_here(&mut self) {
        match self.place {
            Place::Reserve => self.try_bargain(|draft| draft.bargain.anew = true),
            Place::Reservation(id) => {
                let (settings, before) = (
                    self.shop.settings.clone(),
                    booking::reservation(self.shop.read(), id)
                        .ok()
                        .and_then(|found| found.total),
                );
                match self.shop.write(|db| desk::reprice(db, &settings, id)) {
                    Ok(()) => {
                        let after = booking::reservation(self.shop.read(), id)
                            .ok()
                            .and_then(|found| found.total);
                        let show = |amount| self.shop.settings.currency.show(amount);
                        self.say(match (before, after) {
                            (Some(was), Some(now)) if was != now => Verdict::fine(format!(
                                "total {} now, it was {} · Ctrl+Z",
                                show(now),
                                show(was)
                            )),
                            (_, Some(now)) => Verdict::fine(format!(
                                "priced by the rates of now: total {}",
                                show(now)
                            )),
                            (_, None) => Verdict::attention(
                                "nothing on it has a price",
                                ":price gives the selected line one, :target all lines together",
                            ),
                        });
                    }
                    Err(stop) => self.say(Verdict::of(&stop)),
                }
            }
            _ => self.say(Verdict::attention(
                "no price stands here",
                "open a reservation or an invoice first",
            )),
        }
    }

    /// `10% regular customer`: how much, and why.
    pub(super) fn take_bargain(&mut self, what: Bargained, typed: &str) {
        if what == Bargained::Coupon {
            let code = Text::filled(typed);
            return self
                .try_bargain(|draft| draft.bargain.coupons = Some(code.into_iter().collect()));
        }
        let (said, reason) = typed
            .split_once(char::is_whitespace)
            .map_or((typed, ""), |(said, rest)| (said, rest.trim()));
        let (said, reason) = match reason.strip_prefix('%') {
            Some(rest) => (format!("{said}%"), Text::new(rest.trim())),
            None => (said.to_owned(), Text::new(reason)),
        };
        if let Bargained::Line(line) = what
            && said.eq_ignore_ascii_case("rate")
        {
            return self.try_bargain(|draft| draft.lines[line].price = Some(HandPrice::Rates));
        }
        let amount = self
            .shop
            .settings
            .currency
            .read(&said)
            .filter(|amount| amount.0 >= 0);
        let off = match (said.strip_suffix('%'), amount) {
            (Some(percent), _) => Percent::read(percent).map(Off::Percent),
            (None, amount) => amount.map(Off::Amount),
        };
        let known = match what {
            Bargained::Discount => off.is_some(),
            Bargained::Line(_) => amount.is_some() || off.is_some(),
            _ => amount.is_some(),
        };
        if !known {
            return self.say(Verdict::bad(
                format!("\"{}\" is not an amount", Text::new(&said)),
                "an amount first, then the reason · Esc leaves it",
            ));
        }
        let takes_away = off.is_some_and(Off::is_nothing) && !matches!(what, Bargained::Line(_));
        if reason.is_empty() && !takes_away {
            return self.say(Verdict::bad(
                "a reason is needed: it stands with the price",
                "type it behind the amount · Esc leaves it",
            ));
        }
        self.try_bargain(|draft| match (what, off, amount) {
            (Bargained::Discount, Some(value), _) => {
                draft.bargain.off = Some(ByHand { value, reason });
                draft.bargain.target = None;
            }
            (Bargained::Target, _, Some(value)) => {
                let takes_away = value.0 == 0 && draft.of.is_none();
                draft.bargain.target = Some(ByHand { value, reason }).filter(|_| !takes_away);
                draft.bargain.off = None;
            }
            (Bargained::Line(line), Some(value @ Off::Percent(_)), _) => {
                draft.lines[line].price = Some(HandPrice::Off(ByHand { value, reason }))
            }
            (Bargained::Line(line), _, Some(value)) => {
                draft.lines[line].price = Some(HandPrice::Amount(ByHand { value, reason }))
            }
            _ => {}
        });
    }

    /// Says something of the price, if a price comes of it.
    fn try_bargain(&mut self, act: impl FnOnce(&mut ReservationDraft)) {
        let Some(mut draft) = self.editing.clone() else {
            return;
        };
        act(&mut draft);
        match self.priced(&draft) {
            Ok(quoted) => {
                let (bargain, lines) = (draft.bargain, draft.lines);
                self.clear_box();
                self.edit(|draft| (draft.bargain, draft.lines) = (bargain, lines));
                let currency = self.shop.settings.currency;
                self.say(match quoted {
                    Some(quoted) => match quoted.priced.unused.first() {
                        Some(unused) => Verdict::attention(
                            format!(
                                "total {} · {} takes nothing off: {}",
                                currency.show(quoted.priced.total),
                                unused.name,
                                unused.why
                            ),
                            ":why",
                        ),
                        None => Verdict::fine(format!(
                            "total {} · :why shows how",
                            currency.show(quoted.priced.total)
                        )),
                    },
                    None => Verdict::fine("it counts once something is wanted"),
                });
                self.deliver_waiting();
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// What all of it will cost, for the finish; nothing where it has no price.
    pub(super) fn price_words(&self) -> Result<Option<String>, Stop> {
        let Some(command) = self.in_hand.command() else {
            return Ok(None);
        };
        match desk::quote_hand_over(
            self.shop.read(),
            &self.shop.settings,
            &command,
            self.shop.now(),
        ) {
            Ok(quoted) => Ok(quoted.map(|quoted| {
                desk::totals_in_words(&quoted.priced, self.shop.settings.currency).join(" · ")
            })),
            // Why it may not leave is said by the finish itself.
            Err(Failure::Refused(_)) => Ok(None),
            Err(Failure::Fault(fault)) => Err(fault.into()),
        }
    }

    /// The price of what is being written, for its page.
    pub(super) fn total_of(&self, id: crate::kernel::ReservationId) -> String {
        let total = booking::reservation(self.shop.read(), id)
            .ok()
            .and_then(|found| found.total);
        total.map_or_else(String::new, |total| {
            format!(" · total {}", self.shop.settings.currency.show(total))
        })
    }
}
