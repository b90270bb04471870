//! What the box asks for besides a search: a count, a due time, a time of return, a note.

use crate::booking::{self};
use crate::customers;
use crate::inventory::{self, Stock};
use crate::kernel::when::{self, Lean};
use crate::kernel::{CustomerId, RentalId, Stop, Text};
use crate::tui::app::{App, BoxMode, NoteOf, Way};
use crate::tui::place::Place;
use crate::tui::verdict::Verdict;
use tui_input::Input;

impl App {
    pub(super) fn take_count(
        &mut self,
        type_id: crate::kernel::TypeId,
        way: Way,
        rental: Option<RentalId>,
        of: i64,
        typed: &str,
    ) {
        let count: Option<i64> = if typed.is_empty() && way == Way::In {
            Some(of)
        } else {
            typed.parse().ok()
        };
        let Some(count) = count.filter(|count| (1..=of).contains(count)) else {
            return self.say(Verdict::bad(
                format!("\"{}\" is not a number from 1 to {of}", Text::new(typed)),
                "type the number, or Esc",
            ));
        };
        self.clear_box();
        self.answer_of_scan(|app| match (way, rental) {
            (Way::Out, _) => {
                if let Ok(Some(bulk)) = inventory::bulk_of_type(app.shop.read(), type_id) {
                    app.stage(&Stock::Bulk(bulk), Some(count));
                }
            }
            (Way::In, Some(id)) => {
                if let Ok(Some(rental)) = booking::rental(app.shop.read(), id) {
                    app.close_rental(&rental, Some(count));
                }
            }
            (Way::In, None) => {}
        });
        self.deliver_waiting();
    }

    pub(super) fn take_due(&mut self, typed: &str) {
        if typed.is_empty() {
            self.in_hand.due = None;
            self.clear_box();
            self.keep_in_hand();
            return self.say(Verdict::fine("due after the usual time"));
        }
        let now = self.shop.now();
        let zone = self.shop.settings.zone;
        match when::read(typed, now, &zone, Lean::Ahead) {
            Ok(time) => {
                let due = time.at(&zone, zone.local(now).time());
                if due <= now {
                    return self.say(Verdict::bad(
                        format!("{} is over", zone.show(due, now)),
                        "type a later time",
                    ));
                }
                self.in_hand.due = Some(due);
                self.clear_box();
                self.keep_in_hand();
                match self.closed_words(due) {
                    Some(closed) => self.say(Verdict::attention(closed, "Ctrl+D moves it")),
                    None => self.say(Verdict::fine(format!("due {}", zone.show(due, now)))),
                }
            }
            Err(why) => self.say(Verdict::bad(
                why.0,
                "for example fri 9:00, +3d or 2026-11-24",
            )),
        }
        self.deliver_waiting();
    }

    pub(super) fn take_returned(&mut self, typed: &str) {
        let now = self.shop.now();
        let zone = self.shop.settings.zone;
        if typed.is_empty() {
            self.returned_at = None;
            self.clear_box();
            return self.say(Verdict::fine("returns count from now"));
        }
        match when::read(typed, now, &zone, Lean::Back) {
            Ok(time) => {
                let at = time.at(&zone, zone.local(now).time());
                if at > now {
                    return self.say(Verdict::bad(
                        format!("{} is ahead of the clock", zone.show(at, now)),
                        "type a time that is past",
                    ));
                }
                self.returned_at = Some(at);
                self.clear_box();
                self.say(Verdict::attention(
                    format!("what is scanned now was returned {}", zone.show(at, now)),
                    "ends when this screen is left",
                ));
            }
            Err(why) => self.say(Verdict::bad(why.0, "for example thu 18:00")),
        }
        self.deliver_waiting();
    }

    pub(in crate::tui) fn take_note(&mut self, of: &NoteOf, typed: &str) {
        let note = Text::filled(typed);
        if matches!(of, NoteOf::Early) && note.is_none() {
            return self.say(Verdict::bad(
                "a reason is needed: it leaves before its day",
                "type the reason, Enter goes on · Esc keeps scanning",
            ));
        }
        let saved = match of {
            NoteOf::Gap => match self.shop.accept_gap(&note.clone().unwrap_or_default()) {
                Ok(alarm) => {
                    self.clear_box();
                    return self.say(Verdict::fine(format!(
                        "accepted, with your reason: {alarm}"
                    )));
                }
                Err(stop) => Err(stop),
            },
            NoteOf::CheckOut => {
                self.in_hand.note = note;
                self.keep_in_hand();
                Ok(())
            }
            NoteOf::Draft => {
                self.edit(|draft| draft.note = note);
                Ok(())
            }
            NoteOf::Early => {
                self.in_hand.early_reason = note;
                self.keep_in_hand();
                Ok(())
            }
            NoteOf::Reservation(id) => self.note_reservation(*id, note),
            NoteOf::Customer(id) => self.note_customer(*id, note),
            NoteOf::Item(id) => {
                let id = *id;
                self.shop.write(|db| {
                    let item = inventory::known(db.read(), id)?;
                    inventory::edit_item(
                        db,
                        id,
                        item.serial.as_ref(),
                        item.location.as_ref(),
                        note.as_ref(),
                    )
                })
            }
        };
        match saved {
            Ok(()) => {
                self.clear_box();
                self.say(Verdict::fine("note kept"));
                self.deliver_waiting();
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// A note says nothing about contact data, so it is not held up by what is missing there.
    pub(super) fn note_customer(&mut self, id: CustomerId, note: Option<Text>) -> Result<(), Stop> {
        self.shop.write(|db| {
            let customer = customers::known(db.read(), id)?;
            let profile = customers::Profile {
                note,
                ..customer.profile
            };
            customers::update(
                db,
                id,
                customer.version,
                &profile,
                customers::ContactRules {
                    email_required: false,
                    phone_required: false,
                },
            )
        })
    }

    pub(super) fn ask_dates(&mut self) {
        match self.place {
            _ if self.is_about_an_item() => self.ask_back_on(),
            Place::CheckOut => {
                self.mode = BoxMode::Due;
                self.text.reset();
            }
            Place::CheckIn => {
                self.mode = BoxMode::Returned;
                self.text.reset();
            }
            Place::Reserve => {
                self.mode = BoxMode::Window;
                self.text.reset();
            }
            Place::Reservation(id) => self.ask_dates_of(id),
            _ => self.say(Verdict::attention(
                "there is no date to set here",
                "Ctrl+D works on a reservation, on Check-out and Check-in",
            )),
        }
    }

    pub(super) fn ask_note(&mut self) {
        let (of, now) = match self.place {
            Place::CheckOut => (NoteOf::CheckOut, self.in_hand.note.clone()),
            Place::Reserve => (
                NoteOf::Draft,
                self.editing.as_ref().and_then(|draft| draft.note.clone()),
            ),
            Place::Reservation(id) => (
                NoteOf::Reservation(id),
                booking::reservation(self.shop.read(), id)
                    .ok()
                    .and_then(|found| found.note),
            ),
            Place::Customer(id) => (
                NoteOf::Customer(id),
                customers::known(self.shop.read(), id)
                    .ok()
                    .and_then(|customer| customer.profile.note),
            ),
            Place::Item(id) => (
                NoteOf::Item(id),
                inventory::known(self.shop.read(), id)
                    .ok()
                    .and_then(|item| item.note),
            ),
            _ => {
                return self.say(Verdict::attention(
                    "there is nothing to note here",
                    "open a customer or an item first",
                ));
            }
        };
        self.mode = BoxMode::Note(of);
        self.text = Input::new(now.unwrap_or_default().to_string());
    }
}
