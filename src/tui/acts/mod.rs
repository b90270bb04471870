//! What Enter, a scan and every verb do at the counter. What belongs to one act has its file.

mod entering;
mod fulfilling;
mod finishing;
mod hand_over;
mod money;
mod plan;
mod take_back;
mod printing;
mod prompts;
mod pricing;
mod questions;
mod reports;
mod restoring;
mod reservation;
mod reserving;
mod scanning;
mod settling;
mod stock;
mod typing;
mod undoing;
mod verbs;
mod ways;

pub(super) use settling::proposal_label;
pub(super) use undoing::Undone;

use crate::booking::{self};
use crate::desk::{self, Hit};
use crate::inventory::{self, Stock};
use crate::kernel::text::several;
use crate::kernel::{ItemId, Period, RentalId, Stop};
use crate::tui::app::{App, BoxMode};
use crate::tui::overlays::form::{Form, FormKind};
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::Verdict;
use crate::{customers, history};

impl App {
    pub(super) fn open_selected(&mut self) {
        let Some(key) = self.selected.clone() else {
            return;
        };
        match key {
            RowKey::Draft(id) => match desk::in_hand(self.shop.read(), id) {
                Ok(Some(draft)) => {
                    self.in_hand = draft;
                    self.go(Place::CheckOut);
                    self.say_as_left();
                }
                Ok(None) => self.say(Verdict::attention(
                    "that check-out was finished elsewhere",
                    "nothing to do",
                )),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
            RowKey::Unsaved(id) => self.open_unsaved(id),
            RowKey::Line(line) => {
                if let Place::Reservation(id) = self.place {
                    self.edit_reservation(id, Some(line));
                }
            }
            RowKey::Consumer(name) => self.ask_about_consumer(&name),
            RowKey::Reservation(id) => self.go(Place::Reservation(id)),
            RowKey::Invoice(id) => self.go(Place::Invoice(id)),
            RowKey::Backup(path) => self.ask_restore(&path),
            RowKey::ToSettle(id, place) => self.open_settling(id, place, false),
            RowKey::Customer(id) if self.place == Place::CheckOut => self.give_to(id),
            RowKey::Customer(id) if self.place == Place::Reserve => self.reserve_for(id),
            RowKey::Customer(id) => self.go(Place::Customer(id)),
            RowKey::Type(id) => match self.place {
                Place::Gear(Some(open)) if open == id => self.move_section(true),
                Place::Gear(_) => {
                    // The list stays behind, so that Esc leads back to it.
                    self.go(Place::Gear(Some(id)));
                }
                _ => self.go(Place::Gear(Some(id))),
            },
            RowKey::Item(id) => self.go(Place::Item(id)),
            RowKey::Rental(id) => {
                if let Ok(Some(rental)) = booking::rental(self.shop.read(), id) {
                    self.go(rental
                        .item
                        .map_or(Place::Reservation(rental.reservation), Place::Item));
                }
            }
            RowKey::Entry(seq) => self.open_entry(seq),
            RowKey::NewCustomer(name) => self.open_form(
                Form::new(FormKind::NewCustomer)
                    .fill("name", &name)
                    .at("phone"),
            ),
            RowKey::NewItem(tag) => {
                self.open_form(Form::new(FormKind::NewItem).fill("tag", &tag).at("type"))
            }
            RowKey::InHand(_)
            | RowKey::Words(_)
            | RowKey::Wanted { .. }
            | RowKey::Firmness
            | RowKey::Bar(_)
            | RowKey::Chart(_) => {}
        }
    }

    pub(super) fn open_entry(&mut self, seq: i64) {
        if let Ok(Some(entry)) = history::entry(self.shop.read(), seq) {
            if let Some(reservation) = entry.reservation {
                self.go(Place::Reservation(reservation));
            } else if let Some(item) = entry.item {
                self.go(Place::Item(item));
            } else if let Some(customer) = entry.customer {
                self.go(Place::Customer(customer));
            } else if let Some(type_id) = entry.type_id {
                self.go(Place::Gear(Some(type_id)));
            }
        }
    }

    /// The item a condition or a note would be about.
    pub(in crate::tui) fn subject(&self) -> Option<(ItemId, Option<RentalId>)> {
        match (&self.selected, &self.place) {
            (Some(RowKey::Rental(id)), _) => booking::rental(self.shop.read(), *id)
                .ok()
                .flatten()
                .and_then(|rental| rental.item.map(|item| (item, Some(rental.id)))),
            (Some(RowKey::Item(id)), _) => Some((*id, None)),
            (Some(RowKey::InHand(position)), _) => self
                .in_hand
                .things
                .get(*position)
                .and_then(|thing| thing.item)
                .map(|item| (item, None)),
            (_, Place::Item(id)) => Some((*id, None)),
            _ => None,
        }
    }

    pub(super) fn say_who_had_here(&mut self, span: Period) {
        let Place::Item(id) = self.place else { return };
        let Ok(item) = inventory::known(self.shop.read(), id) else {
            return;
        };
        match desk::had_in(self.shop.read(), id, span, self.shop.now()) {
            Ok(custody) => {
                let words = self.who_had_words(&item.tag.to_string(), span, custody.as_ref());
                self.say(words);
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    pub(super) fn who_had_words(
        &self,
        tag: &str,
        span: Period,
        custody: Option<&history::Custody>,
    ) -> Verdict {
        let now = self.shop.now();
        let zone = &self.shop.settings.zone;
        let day = zone.show_day(zone.day(span.start));
        // Who has it now is known by its own rental; only the past may have a hole.
        let lag = if span.end <= now {
            desk::history_lag_words(self.shop.read())
        } else {
            Ok(None)
        };
        let lag = match lag {
            Ok(words) => words.map_or_else(String::new, |words| format!(" · {words}")),
            Err(fault) => return Verdict::of(&Stop::Fault(fault)),
        };
        let Some(custody) = custody else {
            return Verdict::fine(format!("{tag} on {day}: IN, it had never been out{lag}"));
        };
        let name = customers::name_at(self.shop.read(), custody.customer, custody.out)
            .ok()
            .flatten()
            .unwrap_or_default();
        let to = custody.back.map_or_else(
            || format!("now, due {}", zone.show(custody.due, now)),
            |back| {
                let ended = if custody.lost { "lost " } else { "" };
                format!("{ended}{}", zone.show(back, now))
            },
        );
        let custody_words = format!(
            "{} {}, {} to {to}",
            name,
            custody.number,
            zone.show(custody.out, now)
        );
        if custody.back.is_none_or(|back| back > span.start) {
            Verdict::fine(format!("{tag} on {day}: OUT with {custody_words}{lag}"))
        } else {
            let state = if custody.lost { "LOST" } else { "IN" };
            Verdict::fine(format!(
                "{tag} on {day}: {state}; last out with {custody_words}{lag}"
            ))
        }
    }

    pub(in crate::tui) fn is_counted(&self, code: &str) -> bool {
        matches!(
            desk::scanned(self.shop.read(), code),
            Ok(desk::Answer::One(Hit::Stock(Stock::Bulk(_))))
        )
    }

    pub(super) fn open(&mut self, place: Place) {
        self.go(place);
        self.say(Verdict::ready());
    }

    /// Esc: one step, and nothing is lost.
    pub(super) fn step_back(&mut self) {
        if !self.text.value().is_empty() || self.mode != BoxMode::Find {
            self.clear_box();
            self.waiting_for_customer = None;
            self.say(Verdict::ready());
            return self.deliver_waiting();
        }
        if self.plan_clears_filter() {
            return;
        }
        if self.place == Place::CheckOut && !self.in_hand.is_empty() {
            if self.in_hand.things.is_empty() {
                self.forget_in_hand();
            } else {
                let count = self.in_hand.count();
                self.keep_in_hand();
                self.in_hand = desk::InHand::default();
                self.go(Place::Desk);
                return self.say(Verdict::attention(
                    format!("{count} in hand stay on the Desk as unfinished"),
                    "Enter there goes on",
                ));
            }
        }
        if self.place == Place::Reserve {
            return self.leave_editor();
        }
        if self.place == Place::CheckIn {
            self.back.clear();
        }
        self.go_back();
        self.say(Verdict::ready());
    }

    pub(super) fn last_customer(&mut self) {
        if self.recent.is_empty() {
            return self.say(Verdict::attention(
                "no customer was open yet",
                "type a name",
            ));
        }
        self.recent_shown = match self.place {
            Place::Customer(id) if self.recent.get(self.recent_shown) == Some(&id) => {
                (self.recent_shown + 1) % self.recent.len()
            }
            _ => 0,
        };
        let order = self.recent.clone();
        let id = order[self.recent_shown];
        self.go(Place::Customer(id));
        self.recent = order;
    }

    pub(super) fn take_off_selected(&mut self) {
        match (&self.place, self.selected.clone()) {
            (Place::CheckOut, Some(RowKey::InHand(position))) => self.take_off(position),
            (Place::CheckOut, _) => {
                self.mode = BoxMode::TakeOff;
                self.text.reset();
            }
            (Place::CheckIn, Some(RowKey::Rental(id))) => {
                let settings = self.shop.settings.clone();
                let types = desk::types_of_return(self.shop.read(), id).unwrap_or_default();
                let words = booking::rental(self.shop.read(), id)
                    .ok()
                    .flatten()
                    .and_then(|rental| desk::rental_rows(self.shop.read(), &[rental]).ok())
                    .and_then(|mut rows| rows.pop());
                let words = words
                    .map(|row| format!("back {} ({})", row.tag, row.customer))
                    .unwrap_or_default();
                match self.taken_back(&types, |db| desk::undo_return(db, &settings, id)) {
                    Ok(consequence) => self.say(undoing::undone(&words, None, &consequence)),
                    Err(stop) => self.say(Verdict::of(&stop)),
                }
            }
            (Place::Reserve, _) => self.drop_line(),
            (Place::Reservation(id), _) => {
                let id = *id;
                self.ask_cancel(id);
            }
            (Place::Desk, Some(RowKey::Unsaved(id))) => {
                self.overlay = Some(Overlay::Ask(Ask {
                    title: "GIVE UP THIS RESERVATION".to_owned(),
                    lines: vec!["it was not saved; nothing of it is promised".to_owned()],
                    choices: vec![(
                        'G',
                        "give it up, with everything that was typed".to_owned(),
                        Answer::GiveUp(id),
                    )],
                }));
            }
            (Place::Desk, Some(RowKey::Draft(id))) => {
                self.overlay = Some(Overlay::Ask(Ask {
                    title: "PUT BACK ON THE SHELF".to_owned(),
                    lines: vec!["this check-out was not finished; nothing of it is out".to_owned()],
                    choices: vec![(
                        'P',
                        "put everything back and forget it".to_owned(),
                        Answer::PutBack(id),
                    )],
                }));
            }
            _ => self.say(Verdict::attention(
                "nothing to take off here",
                "choose a row with the arrows",
            )),
        }
    }

    pub(super) fn check_books(&mut self) {
        match self.shop.check() {
            Ok(problems) if problems.is_empty() => self.say(Verdict::fine("the books are whole")),
            Ok(problems) => {
                self.say(Verdict::bad(
                    format!(
                        "the books are not whole: {}",
                        several(problems.len() as i64, "problem")
                    ),
                    "Up Down scroll · Esc closes; keep a copy of the file, and ask",
                ));
                let lines = problems
                    .into_iter()
                    .map(|problem| format!("{}: {}", problem.invariant, problem.message))
                    .collect();
                self.overlay = Some(Overlay::Told {
                    title: "WHAT IS WRONG WITH THE BOOKS",
                    lines,
                    first: 0,
                });
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }
}

fn scans(count: usize) -> String {
    format!("{count} scan{}", if count == 1 { "" } else { "s" })
}
