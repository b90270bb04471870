//! Ctrl+Z: this window's last step; another window's, or the one before what has no undo, is asked about first.

use crate::desk;
use crate::kernel::Stop;
use crate::tui::app::App;
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::verdict::Verdict;

impl App {
    /// Takes back this window's last step; what another window did is named and asked about first.
    pub(super) fn undo(&mut self) {
        let mine = desk::Whose::Mine { until: self.steps_before };
        match self.next_undo(mine) {
            Ok(Some(step)) => self.undo_step(mine, &step.words),
            Ok(None) => match self.next_undo(desk::Whose::Anyones) {
                Ok(Some(step)) => {
                    self.overlay = Some(Overlay::Ask(Ask {
                        title: "ANOTHER WINDOW'S STEP".to_owned(),
                        lines: vec![step.words.clone()],
                        choices: vec![('U', "undo it all the same".to_owned(), Answer::UndoAnyones(step.words))],
                    }));
                }
                Ok(None) => self.undo_step(desk::Whose::Anyones, ""),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    fn next_undo(&self, whose: desk::Whose) -> crate::kernel::Fallible<Option<desk::StepWords>> {
        desk::last_step(self.shop.read(), &self.shop.settings, self.shop.now(), self.shop.store.token(), whose)
    }

    /// The words name people and are made outside the command, whose result is kept for ever.
    pub(super) fn undo_step(&mut self, whose: desk::Whose, words: &str) {
        let settings = self.shop.settings.clone();
        match self.shop.write(|db| desk::undo(db, &settings, whose)) {
            Ok(_) => self.say(Verdict::fine(format!("UNDONE {words}"))),
            Err(stop) => {
                let verdict = Verdict::of(&stop);
                let step = desk::step_before_final(self.shop.read(), &self.shop.settings, self.shop.now(), self.shop.store.token(), whose).ok().flatten();
                if let Some(step) = step {
                    // Nothing older is taken back in the place of what a hand may have meant: it is asked.
                    self.overlay = Some(Overlay::Ask(Ask {
                        title: "THE LAST STEP HAS NO UNDO".to_owned(),
                        lines: vec![verdict.text.clone(), verdict.hint.clone()],
                        choices: vec![('U', format!("leave that, and undo the step before it: {}", step.words), Answer::UndoBefore(step.id, step.words))],
                    }));
                }
                self.say(verdict);
            }
        }
    }

    pub(super) fn undo_before(&mut self, step: i64, words: &str) {
        let settings = self.shop.settings.clone();
        let mine = desk::Whose::Mine { until: self.steps_before };
        let known = desk::step_before_final(self.shop.read(), &settings, self.shop.now(), self.shop.store.token(), mine).ok().flatten();
        let whose = if known.is_some_and(|known| known.id == step) { mine } else { desk::Whose::Anyones };
        match self.shop.write(|db| desk::undo_before_final(db, &settings, whose, step)) {
            Ok(_) => self.say(Verdict::fine(format!("UNDONE {words}"))),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }
}
