//! How the times of a promise are said: the window of a reservation, its end, until when a hold
//! keeps.

use super::usage;
use super::view::View;
use crate::kernel::when::{self, Lean, When, length_minutes};
use crate::kernel::{Moment, Period, Stop, Text};

/// The window that two words name, or one that names both ends: `tue 14 - thu 10`.
pub fn window(view: &View<'_>, from: &str, to: Option<&str>) -> Result<Period, Stop> {
    let (from, to) = both(view, from, to)?;
    let to = to.ok_or_else(|| {
        usage(
            "It is not said when it comes back",
            "add --to, or give both at once: --from \"tue 14:00 - thu 10:00\"",
        )
    })?;
    let start = start(view, &from)?;
    Ok(Period {
        start,
        end: end(view, &to, start, start, start)?,
    })
}

/// The start and the end as they were typed, each by itself; a start that names both ends has none
/// beside it.
pub fn both(
    view: &View<'_>,
    from: &str,
    to: Option<&str>,
) -> Result<(String, Option<String>), Stop> {
    if to.is_some() {
        return Ok((from.to_owned(), to.map(str::to_owned)));
    }
    let halves = when::halves(from, view.now, &view.settings.zone).map_err(|why| {
        usage(
            Text::new(&why.0).to_string(),
            "for example \"tue 14:00 - thu 10:00\"",
        )
    })?;
    Ok(halves.map_or_else(
        || (from.to_owned(), None),
        |(first, last)| (first, Some(last).filter(|last| !last.is_empty())),
    ))
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

/// The end of what begins at `start`: `mon` is the first Monday after it, `+2d` is two days after
/// `longer_than`, and a day alone has the time of day of `like`. Today and tomorrow are what they
/// are.
pub fn end(
    view: &View<'_>,
    typed: &str,
    start: Moment,
    longer_than: Moment,
    like: Moment,
) -> Result<Moment, Stop> {
    let zone = &view.settings.zone;
    let word = typed.trim().to_lowercase();
    let from = match word.as_str() {
        word if word.starts_with('+') => longer_than,
        word if is_of_now(word) => view.now,
        _ => start,
    };
    Ok(view
        .when_from(typed, from, Lean::Ahead)?
        .at(zone, zone.local(like).time()))
}

/// Words that mean the same whatever they stand beside.
pub fn is_of_now(typed: &str) -> bool {
    ["now", "today", "tmr", "tomorrow"]
        .iter()
        .any(|here| typed.trim().to_lowercase().starts_with(here))
}

/// `48h`, `3d`: so long from now; or a time.
pub fn hold_until(view: &View<'_>, typed: &str) -> Result<Moment, Stop> {
    match length_minutes(typed) {
        Some(minutes) => Ok(view.now.plus_minutes(minutes)),
        None => Ok(view.when(typed, Lean::Ahead)?.at(
            &view.settings.zone,
            view.settings.zone.local(view.now).time(),
        )),
    }
}
