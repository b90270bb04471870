//! Reservations as an iCalendar file (RFC 5545), for the calendars that people look at: one event
//! for each that claims gear or did.

use super::export::{asked_for, reservations_in};
use crate::booking::{self, ReservationState};
use crate::customers;
use crate::kernel::{Fallible, Period, Text};
use crate::shop::Shop;
use crate::store::log;
use anyhow::Context;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus, Property};

/// Holds, confirmed, active and completed reservations whose window touches the one asked for. An
/// event keeps its UID for as long as the shop lives, so that a calendar that takes the file again
/// replaces it.
pub fn calendar(shop: &Shop, window: Period) -> Fallible<Vec<u8>> {
    let db = shop.read();
    let shop_id = log::shop_id(db)?;
    let mut calendar = Calendar::empty();
    calendar.append_property(Property::new("VERSION", "2.0"));
    calendar.append_property(Property::new("PRODID", "-//Rentdesk//Rentdesk//EN"));
    calendar.append_property(Property::new("CALSCALE", "GREGORIAN"));
    calendar.append_property(Property::new("METHOD", "PUBLISH"));
    // What calendars show as its name; the crate's `name` writes a second property, whose text it
    // does not escape.
    calendar.append_property(Property::new("X-WR-CALNAME", shop.settings.value("name")));
    for found in reservations_in(db, window)? {
        let (status, category) = match found.state {
            ReservationState::Hold => (EventStatus::Tentative, "Hold"),
            ReservationState::Confirmed => (EventStatus::Confirmed, "Confirmed"),
            ReservationState::Active => (EventStatus::Confirmed, "Out"),
            ReservationState::Completed => (EventStatus::Confirmed, "Completed"),
            ReservationState::Quote | ReservationState::Cancelled | ReservationState::Expired => {
                continue;
            }
        };
        let name = match found.customer {
            Some(customer) => customers::names(db, [customer])?
                .remove(&customer)
                .unwrap_or_default(),
            None => Text::default(),
        };
        let things = asked_for(&booking::lines(db, found.id)?)
            .iter()
            .map(Text::to_string)
            .collect::<Vec<_>>()
            .join(", ");
        let mut event = Event::with_uid(&format!("{}.{shop_id}@rentdesk", found.number));
        event
            .timestamp(shop.now().utc())
            .starts(found.start.utc())
            .ends(found.end.utc())
            .summary(&format!("{} {name}: {things}", found.number))
            .status(status)
            .sequence(u32::try_from(found.version).unwrap_or(u32::MAX))
            .append_property(Property::new("CATEGORIES", category));
        calendar.push(event);
    }
    let mut text = String::new();
    std::fmt::write(&mut text, format_args!("{calendar}"))
        .context("the calendar could not be finished")?;
    Ok(text.into_bytes())
}
