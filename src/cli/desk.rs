//! What `out` and `in` share: how the stock they name is read, and what is left with its reason.
//! And `rentdesk undo`.

use super::view::View;
use super::{Answer, act, nearest};
use crate::desk::{self, UndoRefusal};
use crate::inventory::{self, InventoryRefusal, Stock};
use crate::kernel::when::Lean;
use crate::kernel::{Declined, Failure, Moment, Settings, Stop, Text};
use crate::shop::Shop;
use crate::store::{Read, Write};
use chrono::NaiveTime;
use clap::Args;
use serde_json::{Value, json};

/// `4*BAT-V150` or `BAT-V150*4`: what was typed for a tag, and how many.
pub fn piece(typed: &str) -> (&str, Option<i64>) {
    let number = |word: &str| word.trim().parse::<i64>().ok();
    match typed.split_once('*') {
        Some((count, tag)) if number(count).is_some() && !tag.is_empty() => (tag, number(count)),
        Some((tag, count)) if number(count).is_some() && !tag.is_empty() => (tag, number(count)),
        _ => (typed, None),
    }
}

/// The stock a tag stands for, and how many of it are meant.
pub fn meant(db: Read<'_>, typed: &str) -> Result<(Stock, Option<i64>), Stop> {
    let (tag, quantity) = piece(typed);
    let stock = inventory::resolve(db, tag)
        .map_err(|failure| nearest::with_candidates(db, failure.into()))?;
    match (&stock, quantity) {
        (Stock::Item(item), Some(count)) if count != 1 => Err(Declined::new(
            "stock",
            format!("{} is one item, not {count}", item.tag),
            "leave out the number",
        )
        .into()),
        (_, Some(count)) if count < 1 => Err(InventoryRefusal::Quantity(count).into()),
        _ => Ok((stock, quantity)),
    }
}

/// A thing that was not done, with its reason.
#[derive(Clone)]
pub struct Left {
    pub typed: String,
    pub why: Declined,
}

impl Left {
    pub fn json(&self) -> Value {
        let mut left = json!({"tag": Text::new(&self.typed), "reason": self.why.message, "hint": self.why.hint});
        if let (Some(fields), Some(Value::Object(details))) =
            (left.as_object_mut(), &self.why.details)
        {
            fields.extend(details.clone());
        }
        left
    }

    pub fn text(&self) -> String {
        let (tag, _) = piece(&self.typed);
        let named = if self.why.message.starts_with(&tag.to_uppercase()) {
            String::new()
        } else {
            format!("{}: ", Text::new(&self.typed))
        };
        format!("  {named}{}; {}\n", self.why.message, self.why.hint)
    }
}

/// Sorts a refusal from a fault: the first is noted beside its tag, the second ends everything.
pub fn noted<T>(
    typed: &str,
    outcome: Result<T, Stop>,
    left: &mut Vec<Left>,
) -> Result<Option<T>, Stop> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(Stop::Refused(why)) => {
            left.push(Left {
                typed: typed.to_owned(),
                why,
            });
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

/// An instant; of a day alone, its first.
pub fn instant(view: &View<'_>, typed: &str, lean: Lean) -> Result<Moment, Stop> {
    Ok(view
        .when(typed, lean)?
        .at(&view.settings.zone, NaiveTime::MIN))
}

#[derive(Args, Debug)]
pub struct Undo {
    /// Where the last step has no undo: leaves it, and takes back the step before it, if that is
    /// about other things.
    #[arg(long)]
    step_before: bool,
}

impl Undo {
    /// One process, one act: the command line has no steps of its own and takes back the newest.
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let window = *shop.store.token();
        // What has lapsed by now lapses first, and is told of below: an undo must not take back
        // what nobody has seen.
        if !shop.store.is_rehearsing() {
            shop.store.stop_supposing()?;
            let signed = shop.staff.take();
            let _ = shop.lapse();
            shop.staff = signed;
        }
        act(shop, |db, settings| {
            let now = db.now();
            let whose = desk::Whose::Anyones;
            if self.step_before {
                let step = desk::step_before_final(db.read(), settings, now, &window, whose)?
                    .ok_or(UndoRefusal::NoStepBefore)?;
                return undone(db, settings, &step, |db| {
                    desk::undo_before_final(db, settings, whose, &step)
                });
            }
            let Some(step) = desk::last_step(db.read(), settings, now, &window, whose)? else {
                desk::undo(db, settings, whose)?;
                return Ok(Answer::new(json!({"undone": ""}), "Undone"));
            };
            // What lapsed as it began: nobody meant that.
            if step.lapse && step.here {
                return Err(Declined::new(
                    "undo",
                    format!("{} just now; nothing was undone", step.words),
                    "look at it; undo again brings it back",
                )
                .into());
            }
            match undone(db, settings, &step, |db| desk::undo_named(db, settings, whose, &step)) {
                Err(Stop::Refused(no)) => Err(Stop::Refused(match desk::step_before_final(db.read(), settings, now, &window, whose)? {
                    Some(before) => Declined { hint: format!("{}; undo --step-before leaves that, and takes back the step before it: {}", no.hint, before.words), ..no },
                    // What was given back has been promised to others since: an undo takes nothing
                    // from them.
                    None if no.hint.contains("--keep-short") => Declined { hint: "make it again, short if it must be: rentdesk reserve --copy … --keep-short".to_owned(), ..no },
                    None => no,
                })),
                done => done,
            }
        })
    }
}

/// A step taken back, with what that did to promises and what stands before it.
fn undone(
    db: &mut Write<'_>,
    settings: &Settings,
    step: &desk::StepWords,
    act: impl FnOnce(&mut Write<'_>) -> Result<i64, Failure<UndoRefusal>>,
) -> Result<Answer, Stop> {
    let (_, consequence) = super::watched(db, settings, &step.types, |db| Ok(act(db)?))?;
    let before = step
        .before
        .as_ref()
        .map_or_else(String::new, |before| format!(". The step before: {before}"));
    let answer = Answer::new(
        json!({"undone": step.words, "before": step.before}),
        format!("Undone: {}{before}", step.words),
    );
    Ok(super::with_consequence(answer, &consequence))
}

#[cfg(test)]
mod tests {
    use super::piece;

    #[test]
    fn a_number_beside_a_star_is_a_count() {
        for (typed, expect) in [
            ("4*BAT-V150", ("BAT-V150", Some(4))),
            ("BAT-V150*4", ("BAT-V150", Some(4))),
            ("CAM-0012", ("CAM-0012", None)),
            ("*CAM0012*", ("*CAM0012*", None)),
            ("4*", ("4*", None)),
            ("12*34", ("34", Some(12))),
        ] {
            assert_eq!(piece(typed), expect, "{typed}");
        }
    }
}
