//! What is half typed: kept so that a closed terminal loses nothing, and brought back at the next
//! start.

use crate::desk;
use crate::kernel::{ItemId, ReservationId};
use crate::tui::app::{App, BoxMode, MoneyAsk, NoteOf, Payer};
use crate::tui::overlays::Overlay;
use crate::tui::overlays::condition::ConditionStrip;
use crate::tui::overlays::form::{Form, FormKind};
use crate::tui::overlays::settle::Typed;
use crate::tui::place::Place;
use crate::tui::verdict::Verdict;
use tui_input::Input;

impl App {
    /// What is half typed, as one text; empty when nothing is.
    pub(in crate::tui) fn typing(&self) -> String {
        let value = match &self.overlay {
            Some(Overlay::Form(form)) => {
                serde_json::json!({ "form": form.kind, "at": form.current, "fields": form.fields.iter().map(|field| field.value.value()).collect::<Vec<_>>() })
            }
            Some(Overlay::HandOver(strip)) if strip.is_touched() => {
                serde_json::json!({ "finish": strip.finish(), "in_hand": self.in_hand.id })
            }
            Some(Overlay::Settle(strip)) if !strip.typed().is_empty() => {
                serde_json::json!({ "settle": strip.reservation, "at": strip.current, "typed": strip.typed(), "settle_left": self.left_strips() })
            }
            Some(Overlay::Condition(strip)) if !strip.note.value().is_empty() => {
                serde_json::json!({ "condition": strip.item, "rental": strip.rental, "title": strip.title, "choice": strip.choice, "note": strip.note.value() })
            }
            _ if self.text.value().trim().is_empty()
                || matches!(self.mode, BoxMode::HowMany { .. }) =>
            {
                if self.settle_left.is_empty() {
                    return String::new();
                }
                serde_json::json!({ "settle_left": self.left_strips() })
            }
            _ => {
                serde_json::json!({ "box": self.text.value(), "mode": self.mode, "in_hand": self.in_hand.id, "settle_left": self.left_strips() })
            }
        };
        value.to_string()
    }

    /// A key of JSON is a word: a list keeps the numbers.
    fn left_strips(&self) -> Vec<(ReservationId, Typed)> {
        self.settle_left
            .iter()
            .map(|(id, typed)| (*id, typed.clone()))
            .collect()
    }

    /// Brings back what was half typed when the program ended; while another window is open, it is
    /// that one's.
    pub(in crate::tui) fn bring_back_typing(&mut self) {
        if !self.shop.store.was_alone() {
            return;
        }
        let Ok(Some(kept)) = desk::typing_kept(self.shop.read()) else {
            return;
        };
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&kept) else {
            return;
        };
        self.note_typing_kept(kept);
        self.settle_left.extend(
            serde_json::from_value::<Vec<(ReservationId, Typed)>>(value["settle_left"].clone())
                .unwrap_or_default(),
        );
        if let Some(text) = value["box"].as_str() {
            let mode = serde_json::from_value(value["mode"].clone()).unwrap_or(BoxMode::Find);
            if self.go_where_it_was_typed(&mode, value["in_hand"].as_i64()) {
                self.mode = mode;
            }
            self.text = Input::new(text.to_owned());
        } else if let Ok(kind) = serde_json::from_value::<FormKind>(value["form"].clone()) {
            let mut form = Form::new(kind);
            for (field, text) in form
                .fields
                .iter_mut()
                .zip(value["fields"].as_array().into_iter().flatten())
            {
                field.value = Input::new(text.as_str().unwrap_or_default().to_owned());
            }
            form.current = value["at"]
                .as_u64()
                .and_then(|at| usize::try_from(at).ok())
                .unwrap_or(0)
                .min(form.fields.len() - 1);
            self.overlay = Some(Overlay::Form(form));
        } else if let Ok(finish) = serde_json::from_value::<desk::Finish>(value["finish"].clone()) {
            if !self.go_where_it_was_typed(&BoxMode::Due, value["in_hand"].as_i64()) {
                return;
            }
            self.in_hand.finish = finish;
        } else if let Ok(id) = serde_json::from_value::<ReservationId>(value["settle"].clone()) {
            self.settle_left.insert(
                id,
                serde_json::from_value(value["typed"].clone()).unwrap_or_default(),
            );
            let at = value["at"]
                .as_u64()
                .and_then(|at| usize::try_from(at).ok())
                .unwrap_or(0);
            self.go(Place::Reservation(id));
            self.open_settling(id, at + 1, false);
        } else if let Ok(item) = serde_json::from_value::<ItemId>(value["condition"].clone()) {
            let rental = serde_json::from_value(value["rental"].clone())
                .ok()
                .flatten();
            let mut strip = ConditionStrip::new(
                item,
                rental,
                value["title"].as_str().unwrap_or_default().to_owned(),
            );
            strip.choice = value["choice"]
                .as_u64()
                .and_then(|choice| usize::try_from(choice).ok())
                .filter(|choice| *choice < 6);
            strip.note = Input::new(value["note"].as_str().unwrap_or_default().to_owned());
            self.overlay = Some(Overlay::Condition(strip));
        } else {
            return;
        }
        self.say(Verdict::attention(
            "what was being typed is back",
            "go on, or Esc",
        ));
    }

    /// A note or a time belongs to a screen; without that screen, what was typed is only text.
    pub(super) fn go_where_it_was_typed(&mut self, mode: &BoxMode, in_hand: Option<i64>) -> bool {
        match mode {
            BoxMode::Note(NoteOf::Gap) => self.go(Place::Desk),
            BoxMode::Note(NoteOf::Customer(id)) => self.go(Place::Customer(*id)),
            BoxMode::Note(NoteOf::Item(id)) => self.go(Place::Item(*id)),
            BoxMode::BackOn(id) => self.go(Place::Item(*id)),
            BoxMode::Returned => self.go(Place::CheckIn),
            BoxMode::Dates(id) | BoxMode::Extend(id) | BoxMode::Note(NoteOf::Reservation(id)) => {
                self.go(Place::Reservation(*id))
            }
            BoxMode::Window | BoxMode::Bargain(_) | BoxMode::Note(NoteOf::Draft) => {
                match desk::reservation_drafts(self.shop.read())
                    .ok()
                    .and_then(|mut drafts| drafts.pop())
                {
                    Some(draft) => {
                        self.editing = Some(draft);
                        self.go(Place::Reserve);
                    }
                    None => return false,
                }
            }
            BoxMode::Note(NoteOf::CheckOut | NoteOf::Early) | BoxMode::Due | BoxMode::TakeOff => {
                match in_hand.map(|id| desk::in_hand(self.shop.read(), id)) {
                    Some(Ok(Some(draft))) => {
                        self.in_hand = draft;
                        self.go(Place::CheckOut);
                    }
                    _ => return false,
                }
            }
            BoxMode::Money(ask) => match *ask {
                MoneyAsk::Pay(Payer::Reservation(id))
                | MoneyAsk::Refund(Payer::Reservation(id))
                | MoneyAsk::Deposit(id)
                | MoneyAsk::Charge(id) => self.go(Place::Reservation(id)),
                MoneyAsk::Pay(Payer::Customer(id)) | MoneyAsk::Refund(Payer::Customer(id)) => {
                    self.go(Place::Customer(id))
                }
                MoneyAsk::Pay(Payer::Invoice(id))
                | MoneyAsk::Refund(Payer::Invoice(id))
                | MoneyAsk::Issue(id)
                | MoneyAsk::Void(id)
                | MoneyAsk::Credit(id) => self.go(Place::Invoice(id)),
                MoneyAsk::Till => {}
            },
            BoxMode::Find | BoxMode::HowMany { .. } => return false,
            BoxMode::PaperDay { .. } => {}
        }
        true
    }

    /// What is half typed, so that a closed terminal loses nothing; written only when it changed.
    pub fn keep_typing(&mut self) {
        let now = self.typing();
        if now != self.typing_kept
            && self.shop.store.reading_only().is_none()
            && !self.shop.store.is_rehearsing()
        {
            let kept = self
                .shop
                .keep(|db| desk::keep_typing(db, if now.is_empty() { None } else { Some(&now) }));
            if kept.is_ok() {
                self.typing_kept = now;
            }
        }
    }

    pub(in crate::tui) fn note_typing_kept(&mut self, text: String) {
        self.typing_kept = text;
    }
}
