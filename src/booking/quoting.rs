//! What a hand-over comes to, before it is done.

use super::check_out::{CheckOut, Recipient, Thing, dues};
use super::placing::place;
use super::wants::Piece;
use super::{BookingRefusal, Outcome, prices, table};
use crate::catalog;
use crate::inventory::{self, Stock};
use crate::kernel::{Moment, Period, Settings, TypeId};
use crate::store::Read;
use prices::Bargain;
use std::collections::BTreeMap;

/// What all of it would cost once this is handed over; none where it would have no price.
pub fn quote_hand_over(
    db: Read<'_>,
    settings: &Settings,
    command: &CheckOut,
    now: Moment,
) -> Outcome<Option<prices::Quoted>> {
    let at = command.at.unwrap_or(now);
    let found = match command.to {
        Recipient::Reservation(id) => Some(super::reservation(db, id)?),
        Recipient::WalkIn(_) => None,
    };
    let mut handed: Vec<(Stock, i64)> = Vec::new();
    for thing in &command.things {
        match *thing {
            Thing::Item(id) => handed.push((
                Stock::Item(
                    inventory::known(db, id)
                        .map_err(|failure| failure.map(BookingRefusal::Stock))?,
                ),
                1,
            )),
            Thing::Bulk(type_id, quantity) => handed.extend(
                inventory::bulk_of_type(db, type_id)?.map(|bulk| (Stock::Bulk(bulk), quantity)),
            ),
        }
    }
    let placed = place(db, found.as_ref(), &command.swaps, command.extras, &handed)?;
    let dues = dues(db, settings, command, &placed, found.as_ref(), at)?;
    let lines = match &found {
        Some(found) => table::lines(db, found.id)?,
        None => Vec::new(),
    };
    let mut leaving: Vec<prices::Leaving> = Vec::new();
    let mut extra: BTreeMap<(TypeId, Moment), i64> = BTreeMap::new();
    for (part, due) in placed.iter().zip(dues) {
        match &part.line {
            Some(line) => leaving.push((line.id, part.thing.1, due)),
            None => *extra.entry((part.thing.0.type_id(), due)).or_default() += part.thing.1,
        }
    }
    let known = catalog::terms_of_many(
        db,
        &extra
            .keys()
            .map(|(type_id, _)| *type_id)
            .collect::<Vec<_>>(),
    )?;
    let joins = |((type_id, due), quantity): ((TypeId, Moment), i64)| Piece {
        want: 0,
        parent: None,
        type_id,
        type_name: known
            .get(&type_id)
            .map(|terms| terms.name.clone())
            .unwrap_or_default(),
        quantity,
        pin: None,
        window: Period {
            start: at,
            end: due.max(at.plus_minutes(1)),
        },
        turnaround_minutes: 0,
        is_kit: false,
        is_counted: false,
    };
    let pieces: Vec<Piece> = extra.into_iter().map(joins).collect();
    let standing = found
        .as_ref()
        .map(|found| (lines.as_slice(), found, leaving.as_slice()));
    let says = if found.as_ref().is_none_or(|found| found.total.is_none()) {
        command.says()
    } else {
        Bargain::default()
    };
    prices::quote_with(db, settings, standing, &pieces, &says, now)
}
