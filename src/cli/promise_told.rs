//! What is said after a reservation was made, changed or ended: how it stands now, one line for
//! each line.

use super::Answer;
use super::answer::length;
use super::harm;
use super::reservation::{as_json, short_of};
use super::view::{View, closed_then, with_warnings};
use crate::booking::{self, Harm, Line, LineState, Reservation, ReservationState};
use crate::inventory;
use crate::kernel::{Fallible, ReservationId, Stop};

/// What was done, and what the shop should know of it.
pub fn saved(
    view: &View<'_>,
    id: ReservationId,
    done: Option<&str>,
    hurt: &[Harm],
) -> Result<Answer, Stop> {
    saved_of(view, id, done, Vec::new(), hurt)
}

/// The same, with warnings of its own first.
pub fn saved_of(
    view: &View<'_>,
    id: ReservationId,
    done: Option<&str>,
    mut warnings: Vec<String>,
    hurt: &[Harm],
) -> Result<Answer, Stop> {
    let found = booking::reservation(view.db, id)?;
    if found.state.is_open() {
        warnings.extend(closed(view, &found));
        warnings.extend(booking::relies_on(
            view.db,
            view.settings,
            &found,
            view.now,
        )?);
    }
    told(view, &found, done, &warnings, hurt)
}

/// ```text
/// HOLD R-1047 until Sat 22 Nov 09:00 · 1 kept short
///   Sat 22 Nov 09:00 to Mon 24 Nov 10:00 · Maya Chen C-0007
///   1  2 x Sony FX6 body
///   2  4 x V-lock 150
///   total 402.00 EUR
/// ```
pub fn told(
    view: &View<'_>,
    found: &Reservation,
    done: Option<&str>,
    warnings: &[String],
    hurt: &[Harm],
) -> Result<Answer, Stop> {
    let short = short_of(view, found)?;
    let until = found
        .hold_lapses_at
        .filter(|_| found.state == ReservationState::Hold)
        .map_or_else(String::new, |lapses| {
            format!(" until {}", view.show(lapses))
        });
    let mut parts = vec![format!("{} {}{until}", found.state.word(), found.number)];
    parts.extend(done.map(str::to_owned));
    if found.state == ReservationState::Cancelled {
        parts.extend(
            found
                .cancel_reason
                .as_ref()
                .map(|reason| format!("reason: {reason}")),
        );
    } else if !short.is_empty() {
        parts.push(format!("{} kept short", length(&short)));
    }
    let who = found
        .customer
        .map(|id| view.person(id))
        .transpose()?
        .map_or_else(String::new, |person| format!(" · {person}"));
    let mut text = format!(
        "{}\n  {} to {}{who}",
        parts.join(" · "),
        view.show(found.start),
        view.show(found.end)
    );
    let lines = booking::lines(view.db, found.id)?;
    for line in lines.iter().filter(|line| line.state != LineState::Dropped) {
        text.push_str(&format!(
            "\n  {}",
            line_in_words(view, found, &lines, line)?
        ));
    }
    if let Some(total) = found
        .total
        .filter(|_| found.state != ReservationState::Cancelled)
    {
        text.push_str(&format!(
            "\n  total {} {}",
            view.money_text(Some(total)),
            view.settings.currency.code()
        ));
    }
    let answer = harm::with_short(view, Answer::new(as_json(view, found)?, text), &short, hurt)?;
    Ok(with_warnings(answer, warnings))
}

/// `1  2 x Sony FX6 body`, under its kit further in; with the item that it names, and its own dates
/// where it has some.
fn line_in_words(
    view: &View<'_>,
    found: &Reservation,
    lines: &[Line],
    line: &Line,
) -> Fallible<String> {
    let number = booking::line_number(lines, line.id).unwrap_or_default();
    let under = if line.parent.is_some() { "  " } else { "" };
    let mut words = format!("{number}  {under}{} x {}", line.quantity, line.type_name);
    if let Some(tag) = line
        .pin
        .map(|item| inventory::tag_of(view.db, item))
        .transpose()?
        .flatten()
    {
        words.push_str(&format!(", only {tag}"));
    }
    if !line.is_kit && (line.start, line.end) != (found.start, found.end) {
        words.push_str(&format!(
            ", {} to {}",
            view.show(line.start),
            view.show(line.end)
        ));
    }
    Ok(words)
}

/// Where the window begins or ends while nobody is there. What is out has left already.
fn closed(view: &View<'_>, found: &Reservation) -> Vec<String> {
    let leaves = if found.state == ReservationState::Active {
        None
    } else {
        closed_then(view, "it leaves", found.start)
    };
    leaves
        .into_iter()
        .chain(closed_then(view, "it is due back", found.end))
        .collect()
}
