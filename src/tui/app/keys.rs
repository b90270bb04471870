//! What a key press leads to: a strip, a verb, or the text.

use super::App;
use crate::desk;
use crate::tui::app::BoxMode;
use crate::tui::keymap::{self, Verb};
use crate::tui::overlays::Overlay;
use crate::tui::place::Place;
use crate::tui::verdict::Verdict;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::time::{Duration, Instant};
use tui_input::{Input, InputRequest};

const LEAVE_TWICE: Duration = Duration::from_secs(2);

impl App {
    pub(super) fn key(&mut self, at: Instant, key: KeyEvent) {
        if self.place == Place::Keys && key.code != KeyCode::Esc {
            self.seen
                .push(format!("{:?} {:?}", key.code, key.modifiers));
            return;
        }
        let quit = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        if quit {
            return self.leave(at);
        }
        self.leave_pressed = None;
        if key.code != KeyCode::Enter {
            self.next_enter = None;
        }
        if !matches!(key.code, KeyCode::Char(_)) {
            self.last_scan = None; // whoever went elsewhere in between means the scan anew
        }
        if self.overlay.is_some() {
            if !self.strip_key(&key) {
                self.overlay_key(key);
            }
            return;
        }
        let empty = self.text.value().is_empty();
        if !empty && self.edits_text(&key) {
            return;
        }
        let free = empty && self.mode == BoxMode::Find && self.place != Place::Scanner;
        match keymap::verb_of(&key, free) {
            Some(Verb::Enter) => self.enter(),
            Some(verb) => self.perform(verb),
            None => {
                if let KeyCode::Char(character) = key.code
                    && !key
                        .modifiers
                        .intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
                {
                    self.type_character(character);
                } else {
                    self.edits_text(&key);
                }
            }
        }
    }

    /// What is the same in every strip: a page of a list, emptying a field, and the bell for a
    /// letter that chooses nothing.
    pub(super) fn strip_key(&mut self, key: &KeyEvent) -> bool {
        let page = self.page_rows;
        let empties =
            key.code == KeyCode::Char('u') && key.modifiers.contains(KeyModifiers::CONTROL);
        match &mut self.overlay {
            Some(Overlay::Palette(palette)) if key.code == KeyCode::PageUp => {
                palette.chosen = palette.chosen.saturating_sub(page)
            }
            Some(Overlay::Palette(palette)) if key.code == KeyCode::PageDown => {
                palette.chosen = (palette.chosen + page).min(palette.rows().len().saturating_sub(1))
            }
            Some(Overlay::Palette(palette)) if empties => {
                (palette.input, palette.chosen) = (Input::default(), 0)
            }
            Some(Overlay::Form(form)) if empties => form.field().value.reset(),
            Some(Overlay::HandOver(strip)) if empties => strip.empty(),
            Some(Overlay::Settle(strip)) if empties => strip.field().value.reset(),
            Some(Overlay::Condition(strip)) if empties && !strip.is_choosing() => {
                strip.note.reset()
            }
            Some(Overlay::Ask(ask)) => {
                if let KeyCode::Char(letter) = key.code
                    && !ask
                        .choices
                        .iter()
                        .any(|(known, ..)| known.eq_ignore_ascii_case(&letter))
                    && self.shop.settings.on("sound")
                {
                    self.bells = self.bells.max(1);
                }
                return false;
            }
            _ => return false,
        }
        true
    }

    /// Editing keys act on the box while it has text, on the list while it is empty.
    pub(super) fn edits_text(&mut self, key: &KeyEvent) -> bool {
        match edit_of(key) {
            Some(request) => {
                self.proposed = false;
                self.text.handle(request);
                self.typed_changed();
                true
            }
            None => false,
        }
    }

    pub(in crate::tui) fn type_character(&mut self, character: char) {
        match &mut self.overlay {
            Some(Overlay::Form(form)) => {
                form.field()
                    .value
                    .handle(InputRequest::InsertChar(character));
            }
            Some(Overlay::HandOver(strip)) => strip.type_character(character),
            Some(Overlay::Settle(strip)) => {
                strip
                    .field()
                    .value
                    .handle(InputRequest::InsertChar(character));
            }
            Some(Overlay::Condition(strip)) if !strip.is_choosing() => {
                strip.note.handle(InputRequest::InsertChar(character));
            }
            Some(Overlay::Palette(palette)) => {
                palette.input.handle(InputRequest::InsertChar(character));
                palette.chosen = 0;
            }
            Some(_) => {}
            None => {
                if std::mem::take(&mut self.proposed) {
                    self.text.reset();
                }
                self.text.handle(InputRequest::InsertChar(character));
                self.typed_changed();
            }
        }
    }

    pub(super) fn typed_changed(&mut self) {
        self.offer_new = false;
        if self.text.value().is_empty() || self.mode == BoxMode::Find {
            self.selected = None; // the best hit is chosen anew
        }
    }

    pub(super) fn leave(&mut self, at: Instant) {
        if self
            .leave_pressed
            .is_some_and(|pressed| at.saturating_duration_since(pressed) < LEAVE_TWICE)
        {
            self.leaving = true;
            return;
        }
        self.leave_pressed = Some(at);
        let unfinished = desk::unfinished(self.shop.read()).map_or(0, |drafts| drafts.len());
        let words = if unfinished > 0 {
            format!("{unfinished} check-out not finished; it stays on the Desk")
        } else {
            "Ctrl+C once more leaves".to_owned()
        };
        self.say(Verdict::question(words, "Ctrl+C within two seconds leaves"));
    }
}

/// What an editing key asks of a text.
pub(in crate::tui) fn edit_of(key: &KeyEvent) -> Option<InputRequest> {
    match key.code {
        KeyCode::Backspace => Some(InputRequest::DeletePrevChar),
        KeyCode::Delete => Some(InputRequest::DeleteNextChar),
        KeyCode::Left => Some(InputRequest::GoToPrevChar),
        KeyCode::Right => Some(InputRequest::GoToNextChar),
        KeyCode::Home => Some(InputRequest::GoToStart),
        KeyCode::End => Some(InputRequest::GoToEnd),
        _ => None,
    }
}
