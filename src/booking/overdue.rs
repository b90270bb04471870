//! What is counted as free although it is overdue: gear that is late is expected back by then, and
//! whoever relies on it is told that it is not back yet.

use super::model::{LineState, Reservation};
use super::promises::free_count;
use super::table;
use crate::kernel::{Fallible, Moment, Period, ReservationId, Settings, Text, TypeId};
use crate::store::Read;
use crate::{catalog, customers, inventory};

/// Gear of a type that is overdue, and counted as back in a window.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CountedOn {
    pub type_name: Text,
    pub count: i64,
    pub owned: i64,
    /// The longest overdue.
    pub since: Moment,
    pub customer: Text,
}

impl CountedOn {
    /// `1 of 1 Sony FX6 is overdue since Tue 3 Nov 10:00 (Ann Lee)`
    pub fn words(&self, settings: &Settings, now: Moment) -> String {
        format!(
            "{} of {} {} {} overdue since {} ({}{})",
            self.count,
            self.owned,
            self.type_name,
            if self.count == 1 { "is" } else { "are" },
            settings.zone.show(self.since, now),
            self.customer,
            if self.count == 1 { "" } else { " and others" }
        )
    }
}

/// What of a type is overdue and yet counted as free in a window.
pub fn counted_on(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    window: Period,
    now: Moment,
) -> Fallible<Option<CountedOn>> {
    if window.start < settings.overdue_until(now) {
        return Ok(None); // it is counted as out
    }
    let mut overdue = table::open_rentals_of_type(db, type_id)?;
    overdue.retain(|rental| rental.due_at < now);
    let Some(first) = overdue.first() else {
        return Ok(None);
    };
    Ok(Some(CountedOn {
        type_name: catalog::names(db, [type_id])?
            .remove(&type_id)
            .unwrap_or_default(),
        count: overdue.iter().map(|rental| rental.quantity).sum(),
        owned: inventory::owned(db, type_id)?,
        since: first.due_at,
        customer: customers::names(db, [first.customer])?
            .remove(&first.customer)
            .unwrap_or_default(),
    }))
}

/// The same in words, where so many that are left are too few without what is overdue.
pub fn counted_on_in_words(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    window: Period,
    left: i64,
    now: Moment,
) -> Fallible<Option<String>> {
    Ok(counted_on(db, settings, type_id, window, now)?
        .filter(|counted| left < counted.count)
        .map(|counted| counted.words(settings, now)))
}

/// What a reservation relies on that is overdue, each in words.
pub fn relies_on(
    db: Read<'_>,
    settings: &Settings,
    found: &Reservation,
    now: Moment,
) -> Fallible<Vec<String>> {
    let mut words = Vec::new();
    for line in table::lines(db, found.id)?
        .iter()
        .filter(|line| line.state == LineState::Open && !line.is_kit)
    {
        let window = line.claimed_window();
        let wanted = if line.claimed > 0 { 0 } else { line.quantity };
        let left = free_count(db, settings, line.type_id, window, NOTHING_LEFT_OUT, now)? - wanted;
        let said = counted_on_in_words(db, settings, line.type_id, window, left, now)?;
        words.extend(said.filter(|said| !words.contains(said)));
    }
    Ok(words)
}

/// What it claims itself is counted as taken.
const NOTHING_LEFT_OUT: Option<ReservationId> = None;
