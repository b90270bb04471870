//! Pick lists that are on paper and no longer true: somebody walks by them.

use super::day::waiting;
use crate::events::Event;
use crate::history::{self, Entry};
use crate::kernel::{Fallible, Moment, ReservationId, ReservationNumber, Settings};
use crate::store::{Read, log};
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The newest list of a day that was printed, and what it does not know.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaleList {
    pub day: NaiveDate,
    pub printed: Moment,
    /// Soonest changed first, each with the last that became of it. Never empty.
    pub changed: Vec<(ReservationId, ReservationNumber, &'static str)>,
}

/// Nobody walks by a list that was printed longer ago.
const PRINTED_WITHIN_DAYS: i64 = 7;
/// So many are named; of the others it is said how many they are.
const NAMED_MAX: usize = 3;

impl StaleList {
    /// `the pick list of Sat 22 Nov was printed 08:02; R-1047 changed since`
    pub fn in_words(&self, settings: &Settings, now: Moment) -> String {
        format!(
            "the pick list of {} was printed {}; {}",
            self.day.format("%a %-d %b"),
            self.when_printed(settings, now),
            self.what_changed()
        )
    }

    /// `08:02`, with its day where that is another.
    pub fn when_printed(&self, settings: &Settings, now: Moment) -> String {
        let zone = &settings.zone;
        if zone.day(self.printed) == zone.day(now) {
            zone.show_clock(self.printed)
        } else {
            zone.show(self.printed, now)
        }
    }

    /// `R-1047 changed, R-1050 new since`
    pub fn what_changed(&self) -> String {
        let mut words: Vec<String> = self
            .changed
            .iter()
            .take(NAMED_MAX)
            .map(|(_, number, what)| format!("{number} {what}"))
            .collect();
        words.extend(
            self.changed
                .len()
                .checked_sub(NAMED_MAX)
                .filter(|more| *more > 0)
                .map(|more| format!("{more} more")),
        );
        format!("{} since", words.join(", "))
    }
}

/// The lists of today and of later days that are on paper and do not tell what is so now.
pub fn stale_pick_lists(
    db: Read<'_>,
    settings: &Settings,
    now: Moment,
) -> Fallible<Vec<StaleList>> {
    let printed = history::pick_lists(
        db,
        settings.zone.day(now),
        now.plus_minutes(-PRINTED_WITHIN_DAYS * 24 * 60),
    )?;
    let mut stale = Vec::new();
    for (day, entry) in printed {
        stale.extend(stale_list(db, settings, day, &entry, now)?);
    }
    Ok(stale)
}

fn stale_list(
    db: Read<'_>,
    settings: &Settings,
    day: NaiveDate,
    printed: &Entry,
    now: Moment,
) -> Fallible<Option<StaleList>> {
    let fact = log::events_after(db, printed.seq - 1, 1)?
        .into_iter()
        .next()
        .and_then(|recorded| recorded.event);
    let Some(Event::PickListPrinted {
        reservation_ids,
        through_seq,
        ..
    }) = fact
    else {
        return Ok(None);
    };
    let since = history::promises_changed_since(db, through_seq)?;
    if since.is_empty() {
        return Ok(None);
    }
    let on_paper: BTreeSet<ReservationId> = reservation_ids.into_iter().collect();
    let now_on: BTreeSet<ReservationId> = waiting(db, settings, day, now)?
        .into_iter()
        .map(|(found, _)| found.id)
        .collect();
    let (mut order, mut last) = (Vec::new(), BTreeMap::new());
    for entry in since {
        let (Some(id), Some(number)) = (entry.reservation, entry.number) else {
            continue;
        };
        let is_of_day = on_paper.contains(&id) || now_on.contains(&id);
        if !is_of_day || entry.undone || takes_back_what_it_never_knew(db, &entry, through_seq)? {
            continue;
        }
        let what = match entry.kind.as_str() {
            "ReservationCancelled" => "cancelled",
            "ReservationExpired" => "lapsed",
            _ if !on_paper.contains(&id) => "new",
            _ => "changed",
        };
        if last.insert(id, what).is_none() {
            order.push((id, number));
        }
    }
    let changed: Vec<_> = order
        .into_iter()
        .filter_map(|(id, number)| Some((id, number, *last.get(&id)?)))
        .collect();
    Ok((!changed.is_empty()).then_some(StaleList {
        day,
        printed: printed.at,
        changed,
    }))
}

/// It undoes what was done after the list was made: together they change nothing on it.
fn takes_back_what_it_never_knew(db: Read<'_>, entry: &Entry, through_seq: i64) -> Fallible<bool> {
    let Some(undone) = entry
        .reverses
        .as_deref()
        .and_then(|id| Uuid::parse_str(id).ok())
    else {
        return Ok(false);
    };
    Ok(log::seq_of(db, undone)?.is_some_and(|seq| seq > through_seq))
}
