//! One reservation: its lines, and what of it is out or back.

use super::due_words;
use crate::kernel::{Fallible, ReservationId};
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column, number_column};
use crate::{booking, customers, desk};

pub fn page(shop: &Shop, id: ReservationId) -> Fallible<Page> {
    let db = shop.read();
    let now = shop.now();
    let zone = &shop.settings.zone;
    let reservation = match booking::reservation(db, id) {
        Ok(reservation) => reservation,
        Err(crate::kernel::Failure::Fault(fault)) => return Err(fault),
        Err(crate::kernel::Failure::Refused(refusal)) => anyhow::bail!("{refusal}"),
    };
    let name = match reservation.customer {
        Some(customer) => customers::names(db, [customer])?.remove(&customer).unwrap_or_default(),
        None => crate::kernel::Text::default(),
    };
    let rows = desk::rental_rows(db, &booking::rentals_of(db, id)?)?
        .into_iter()
        .map(|row| {
            let rental = &row.rental;
            let (state, tone) = match (rental.state, rental.in_at) {
                (booking::RentalState::Out, _) => (format!("OUT, {}", due_words(shop, rental.due_at)), if rental.due_at < now { Tone::Bad } else { Tone::Out }),
                (booking::RentalState::Lost, _) => ("LOST".to_owned(), Tone::Bad),
                (_, Some(back)) if rental.outcome.is_none() => (format!("taken back by undo {}", zone.show(back, now)), Tone::Past),
                (_, Some(back)) => (format!("back {}", zone.show(back, now)), Tone::Plain),
                _ => (String::new(), Tone::Plain),
            };
            Row::new(RowKey::Rental(rental.id), [row.tag.to_string(), row.thing.to_string(), rental.quantity.to_string(), state]).toned(tone)
        })
        .collect();
    let mut head = vec![
        format!("-- {name} · {} · {}", reservation.number, reservation.state.word()),
        format!("   out {}   due {}", zone.show(reservation.start, now), zone.show(reservation.end, now)),
    ];
    head.extend(reservation.note.iter().map(|note| format!(" ! note: {note}")));
    Ok(Page {
        title: format!("RESERVATION  {}", reservation.number),
        label: "Scan".to_owned(),
        hint: "scan an item of it to take it back".to_owned(),
        head,
        sections: vec![Section::new("GEAR", &[column(9, 12, 0), column(14, 44, 0), number_column(3, 4, 1), column(12, 34, 0)]).rows(rows).empty("nothing was handed over")],
        ..Page::default()
    })
}
