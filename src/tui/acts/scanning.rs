//! Scans: where a code goes, what waits while a question is open, and lists of codes that are
//! pasted.

use crate::desk;
use crate::kernel::text::TEXT_LENGTH_MAX;
use crate::tui::app::{App, BoxMode};
use crate::tui::overlays::Overlay;
use crate::tui::place::Place;
use crate::tui::verdict::{Severity, Verdict};
use std::time::{Duration, Instant};
use tui_input::Input;

/// The most scans that wait while a question is open, and the most codes of one paste: more than a
/// scanner's memory holds.
const CODES_MAX: usize = 5000;
/// Triggers get held: the same tag again so soon is the same scan.
const SAME_SCAN: Duration = Duration::from_millis(1500);

impl App {
    /// A code from a scanner. It never confirms, closes or submits: while anything is open it waits
    /// in sight.
    pub fn scan(&mut self, at: Instant, code: &str) {
        match self.place {
            Place::Scanner => {
                let readable: String = code
                    .chars()
                    .map(|c| if c.is_control() { '^' } else { c })
                    .collect();
                self.seen.push(format!(
                    "a scan of {} characters: {readable}",
                    code.chars().count()
                ));
                return;
            }
            Place::Keys => {
                self.seen.push(format!("scan {code}"));
                return;
            }
            _ => {}
        }
        if let Some(Overlay::Form(form)) = &mut self.overlay
            && form.field().takes_scan
        {
            form.field().value = Input::new(code.to_owned());
            return;
        }
        // A command card is a deliberate answer, also to an open question.
        if let Ok(desk::Answer::One(desk::Hit::Command(word))) =
            desk::scanned(self.shop.read(), code)
        {
            self.command_card(&word);
            return;
        }
        let code_alone = crate::kernel::tag::code_of(code);
        if matches!(self.overlay, Some(Overlay::HandOver(_)))
            && self
                .in_hand
                .things
                .iter()
                .any(|thing| thing.item.is_some() && thing.tag.code() == code_alone)
        {
            self.verdict = Verdict::question(
                format!("{code} is in hand already · hand over?"),
                "Enter hands over · Esc keeps scanning",
            );
            return;
        }
        if self.overlay.is_some() || !matches!(self.mode, BoxMode::Find | BoxMode::TakeOff) {
            if self.waiting.len() < CODES_MAX {
                self.waiting.push_back(code.to_owned());
                self.bells = self.bells.max(u8::from(self.waiting.len() == 1));
            } else {
                self.say(Verdict::bad(
                    format!(
                        "{CODES_MAX} scans wait already · {} was not taken",
                        crate::kernel::Text::new(code)
                    ),
                    "answer what is open, then scan it again",
                ));
            }
            return;
        }
        let again = self.last_scan.as_ref().is_some_and(|(last, when)| {
            last == code && at.saturating_duration_since(*when) < SAME_SCAN
        });
        self.last_scan = Some((code.to_owned(), at));
        if again && !self.is_counted(code) {
            if self.verdict.severity == Severity::Fine {
                self.of_scan(|app| {
                    app.say(Verdict::fine(format!(
                        "{code} same tag again, counted once"
                    )))
                });
            } // what needs a look, or was not done, stays
            return;
        }
        self.act_on_scan(code);
    }

    pub(in crate::tui) fn scans_waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Hands over the scans that waited, in their order, until one of them opens a question again.
    pub(in crate::tui) fn deliver_waiting(&mut self) {
        while self.overlay.is_none() && matches!(self.mode, BoxMode::Find) {
            let Some(code) = self.waiting.pop_front() else {
                break;
            };
            self.act_on_scan(&code);
        }
    }

    /// One line is typed text; several are codes, each answered in its order.
    pub(in crate::tui) fn paste(&mut self, at: Instant, lines: Vec<String>) {
        match lines.as_slice() {
            [] => {}
            [one] => {
                for character in crate::kernel::Text::new(one).as_str().chars() {
                    self.type_character(character);
                }
                if one.chars().count() > TEXT_LENGTH_MAX {
                    self.say(Verdict::attention(
                        format!(
                            "only the first {TEXT_LENGTH_MAX} characters of the paste were taken"
                        ),
                        "Ctrl+U empties the box",
                    ));
                }
            }
            several => {
                let (mut found, mut unknown) = (0, 0);
                for code in several.iter().take(CODES_MAX) {
                    if self.knows(code) {
                        found += 1
                    } else {
                        unknown += 1
                    }
                    self.last_scan = None;
                    self.scan(at, code.trim());
                }
                if several.len() > CODES_MAX {
                    self.say(Verdict::bad(
                        format!(
                            "{} lines: only the first {CODES_MAX} were taken",
                            several.len()
                        ),
                        "paste the rest by itself",
                    ));
                } else if unknown > 0 {
                    self.say(Verdict::attention(
                        format!(
                            "{} codes: {found} found, {unknown} unknown",
                            found + unknown
                        ),
                        "each is in the :log",
                    ));
                }
            }
        }
    }

    pub(in crate::tui) fn knows(&mut self, code: &str) -> bool {
        match desk::scanned(self.shop.read(), code) {
            Ok(answer) => answer != desk::Answer::Nothing,
            Err(_) => false,
        }
    }

    pub(in crate::tui) fn roll_back(&mut self) {
        if let Some(checkpoint) = self.checkpoint.take() {
            self.text = checkpoint.text;
            self.mode = checkpoint.mode;
            self.marked = checkpoint.marked;
            self.overlay = checkpoint.overlay;
            self.offer_new = checkpoint.offer_new;
            self.proposed = checkpoint.proposed;
            self.selected = checkpoint.selected;
        }
    }
}
