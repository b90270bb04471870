//! How the times of a promise are said: the window of a reservation, its end, until when a hold keeps.

use super::view::View;
use crate::kernel::when::{Lean, When, length_minutes};
use crate::kernel::{Moment, Period, Stop};

/// The window that two words name.
pub fn window(view: &View<'_>, from: &str, to: &str) -> Result<Period, Stop> {
    let start = start(view, from)?;
    Ok(Period { start, end: end(view, to, start, start, start)? })
}

/// A day alone means when the shop opens, today alone means now.
fn start(view: &View<'_>, typed: &str) -> Result<Moment, Stop> {
    let zone = &view.settings.zone;
    Ok(match view.when(typed, Lean::Ahead)? {
        When::Time(moment) => moment,
        When::Day(day) if day == zone.day(view.now) => view.now,
        When::Day(day) => {
            let first = zone.day_start(day);
            let opens = view.settings.hours.next_open(zone, first);
            if zone.day(opens) == day { opens } else { first }
        }
    })
}

/// The end of what begins at `start`: `mon` is the first Monday after it, `+2d` is two days after `longer_than`, and a day alone has the
/// time of day of `like`. Today and tomorrow are what they are.
pub fn end(view: &View<'_>, typed: &str, start: Moment, longer_than: Moment, like: Moment) -> Result<Moment, Stop> {
    let zone = &view.settings.zone;
    let word = typed.trim().to_lowercase();
    let from = match word.as_str() {
        word if word.starts_with('+') => longer_than,
        word if is_of_now(word) => view.now,
        _ => start,
    };
    Ok(view.when_from(typed, from, Lean::Ahead)?.at(zone, zone.local(like).time()))
}

/// Words that mean the same whatever they stand beside.
pub fn is_of_now(typed: &str) -> bool {
    ["now", "today", "tmr", "tomorrow"].iter().any(|here| typed.trim().to_lowercase().starts_with(here))
}

/// `48h`, `3d`: so long from now; or a time.
pub fn hold_until(view: &View<'_>, typed: &str) -> Result<Moment, Stop> {
    match length_minutes(typed) {
        Some(minutes) => Ok(view.now.plus_minutes(minutes)),
        None => Ok(view.when(typed, Lean::Ahead)?.at(&view.settings.zone, view.settings.zone.local(view.now).time())),
    }
}
