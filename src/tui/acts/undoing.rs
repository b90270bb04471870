//! Ctrl+Z: this window's last step; another window's, what lapsed by itself, or the one before what
//! has no undo, is asked about first.

use super::stock::hurts_words;
use crate::booking;
use crate::desk::{self, Consequence, RedoRefusal, Redone, StepWords, UndoRefusal, Whose};
use crate::kernel::{Failure, Fallible, Stop, TypeId};
use crate::store::Write;
use crate::tui::app::App;
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::place::Place;
use crate::tui::verdict::Verdict;

/// What was undone here and can be done again.
#[derive(Default)]
pub(in crate::tui) struct Undone {
    /// The last one on top.
    steps: Vec<i64>,
    /// The newest step of all when that was: once another is done, they are past.
    by: i64,
    /// Doing again made something anew, to which the rest was not done.
    remade: bool,
}

impl App {
    /// Takes back this window's last step. What nobody here did is named and asked about first.
    pub(super) fn undo(&mut self) {
        let mine = Whose::Mine {
            until: self.steps_before,
        };
        let (own, newest) = match self
            .next_undo(mine)
            .and_then(|own| Ok((own, self.next_undo(Whose::Anyones)?)))
        {
            Ok(found) => found,
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        };
        if self.place == Place::CheckOut
            && !self.in_hand.things.is_empty()
            && own.as_ref().is_none_or(|own| own.id <= self.laid.1)
        {
            // The last thing that was done here is the scan, of which the file knows nothing yet.
            return self.take_off(self.in_hand.things.len() - 1);
        }
        match (own, newest) {
            // Nobody's act: which of the two a hand means is asked.
            (own, Some(newest))
                if newest.lapse && own.as_ref().is_none_or(|own| own.id < newest.id) =>
            {
                let mut choices = vec![(
                    'L',
                    "bring it back, if it fits still".to_owned(),
                    Answer::Undo(Whose::Anyones, newest.clone()),
                )];
                choices.extend(own.map(|own| {
                    (
                        'U',
                        format!("undo what was done here: {}", own.words),
                        Answer::Undo(mine, own),
                    )
                }));
                self.overlay = Some(Overlay::Ask(Ask {
                    title: "LAPSED SINCE".to_owned(),
                    lines: vec![newest.words],
                    choices,
                }));
            }
            (Some(own), _) if own.money.is_some() => {
                let lines = vec![
                    own.words.clone(),
                    "the gear counts as in again, and the money goes back the way it came"
                        .to_owned(),
                ];
                let choices = vec![(
                    'U',
                    "undo it, and give the money back".to_owned(),
                    Answer::Undo(mine, own),
                )];
                self.say(Verdict::question(
                    lines[0].clone(),
                    "[U] undoes it and gives the money back · [Esc] leaves it",
                ));
                self.overlay = Some(Overlay::Ask(Ask {
                    title: "UNDO GIVES MONEY BACK".to_owned(),
                    lines,
                    choices,
                }));
            }
            (Some(own), _) => self.undo_step(mine, &own),
            (None, Some(newest)) => {
                self.overlay = Some(Overlay::Ask(Ask {
                    title: "ANOTHER WINDOW'S STEP".to_owned(),
                    lines: vec![newest.words.clone()],
                    choices: vec![(
                        'U',
                        "undo it all the same".to_owned(),
                        Answer::Undo(Whose::Anyones, newest),
                    )],
                }));
            }
            (None, None) => {
                let settings = self.shop.settings.clone();
                if let Err(stop) = self
                    .shop
                    .write(|db| desk::undo(db, &settings, Whose::Anyones))
                {
                    self.say(Verdict::of(&stop));
                }
            }
        }
    }

    fn next_undo(&self, whose: Whose) -> Fallible<Option<StepWords>> {
        desk::last_step(
            self.shop.read(),
            &self.shop.settings,
            self.shop.now(),
            self.shop.store.token(),
            whose,
        )
    }

    /// Takes back the step that was named, if it is the last one still.
    pub(super) fn undo_step(&mut self, whose: Whose, step: &StepWords) {
        let settings = self.shop.settings.clone();
        let done = self.taken_back(&step.types, |db| {
            desk::undo_named(db, &settings, whose, step)
        });
        let refused = match done {
            Ok(consequence) => {
                self.leave_what_is_off();
                return self.say(undone(&step.words, step.before.as_deref(), &consequence));
            }
            Err(stop) => Verdict::of(&stop),
        };
        let before = desk::step_before_final(
            self.shop.read(),
            &self.shop.settings,
            self.shop.now(),
            self.shop.store.token(),
            whose,
        )
        .ok()
        .flatten();
        if let Some(before) = before {
            // Nothing older is taken back in the place of what a hand may have meant: it is asked.
            self.overlay = Some(Overlay::Ask(Ask {
                title: "THE LAST STEP HAS NO UNDO".to_owned(),
                lines: vec![refused.text.clone(), refused.hint.clone()],
                choices: vec![(
                    'U',
                    format!("leave that, and undo the step before it: {}", before.words),
                    Answer::UndoBefore(before),
                )],
            }));
        }
        self.say(refused);
    }

    /// A check-out of a reservation that is none any more has nothing to go on with.
    fn leave_what_is_off(&mut self) {
        let is_off = |id| {
            booking::reservation(self.shop.read(), id).is_ok_and(|found| !found.state.is_open())
        };
        if self.place == Place::CheckOut
            && self.in_hand.things.is_empty()
            && self.in_hand.reservation.is_some_and(is_off)
        {
            self.forget_in_hand();
            self.go(Place::Desk);
        }
    }

    pub(super) fn undo_before(&mut self, step: &StepWords) {
        let settings = self.shop.settings.clone();
        let mine = Whose::Mine {
            until: self.steps_before,
        };
        let known = desk::step_before_final(
            self.shop.read(),
            &settings,
            self.shop.now(),
            self.shop.store.token(),
            mine,
        )
        .ok()
        .flatten();
        let whose = if known.is_some_and(|known| known.id == step.id) {
            mine
        } else {
            Whose::Anyones
        };
        match self.taken_back(&step.types, |db| {
            desk::undo_before_final(db, &settings, whose, step)
        }) {
            Ok(consequence) => self.say(undone(&step.words, None, &consequence)),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// What was undone can be done again until something else is done.
    fn note_undone(&mut self, step: i64) {
        let newest = desk::newest_of_all(self.shop.read()).unwrap_or(0);
        if newest != self.undone.by {
            self.undone.steps.clear();
        }
        self.undone.steps.push(step);
        (self.undone.by, self.undone.remade) = (newest, false);
    }

    /// Does again what was undone last, with all that the act itself asks.
    pub(super) fn redo(&mut self) {
        let settings = self.shop.settings.clone();
        let newest = desk::newest_of_all(self.shop.read()).unwrap_or(0);
        let step = self
            .undone
            .steps
            .last()
            .copied()
            .filter(|_| newest == self.undone.by);
        let known = match step
            .map(|step| desk::undone_words(self.shop.read(), step))
            .transpose()
        {
            Ok(known) => step.zip(known.flatten()),
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        };
        let Some((step, (_, types))) = known else {
            return self.say(Verdict::attention(
                "nothing was undone here that could be done again",
                "Ctrl+Z undoes; what was done since stands",
            ));
        };
        let mut seen = Consequence::default();
        let done = self.shop.write(|db| {
            let (redone, consequence) = desk::watched(db, &settings, &types, |db| {
                desk::redo(db, &settings, step, newest)
            })?;
            seen = consequence;
            Ok::<Redone, Failure<RedoRefusal>>(redone)
        });
        match done {
            Ok(redone) => {
                self.undone.steps.pop();
                self.undone.by = redone.step;
                self.undone.remade |= redone.anew;
                let told = Verdict::fine(format!(
                    "DONE AGAIN {} · Ctrl+Z",
                    desk::step_in_words(self.shop.read(), redone.step).unwrap_or_default()
                ));
                self.say(if seen.hurts.is_empty() {
                    told
                } else {
                    Verdict::attention(
                        format!("{} · now short: {}", told.text, hurts_words(&seen.hurts)),
                        "",
                    )
                });
            }
            Err(Stop::Refused(declined)) if self.undone.remade => {
                // What it was done to is another one now: the step below it must not wait behind it
                // for ever.
                self.undone.steps.pop();
                self.say(Verdict::bad(
                    declined.message,
                    "what Ctrl+Y made anew is not what it was done to: do it by hand",
                ));
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// Takes something back and tells whom that hurts. The words name people: they are carried past
    /// the command, whose result is kept for ever.
    pub(super) fn taken_back(
        &mut self,
        types: &[TypeId],
        act: impl FnOnce(&mut Write<'_>) -> Result<i64, Failure<UndoRefusal>>,
    ) -> Result<Consequence, Stop> {
        let settings = self.shop.settings.clone();
        let mut seen = Consequence::default();
        let step = self.shop.write(|db| {
            let (id, consequence) = desk::watched(db, &settings, types, act)?;
            seen = consequence;
            Ok::<i64, Failure<UndoRefusal>>(id)
        })?;
        self.note_undone(step);
        Ok(seen)
    }
}

/// `UNDONE back CAM-0032 (Maya Chen)`, whom it hurts, and what stands before it.
pub(super) fn undone(words: &str, before: Option<&str>, consequence: &Consequence) -> Verdict {
    let before = before.map_or_else(String::new, |before| format!("before it: {before}"));
    if consequence.hurts.is_empty() {
        return Verdict {
            hint: before,
            ..Verdict::fine(format!("UNDONE {words}"))
        };
    }
    Verdict {
        hint: before,
        ..Verdict::attention(
            format!(
                "UNDONE {words} · now short: {}",
                hurts_words(&consequence.hurts)
            ),
            "",
        )
    }
}
