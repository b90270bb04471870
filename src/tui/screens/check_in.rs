//! Check-in: what just came back, already saved, and what is still out for these customers.
//!
//! ```text
//! -- BACK JUST NOW (newest first, already saved) ----------------
//!  > CAM-0021   Sony FX3     R-1035 Dana Fox     good    shelf A3
//! -- STILL OUT for these customers ------------------------------
//!    Dana Fox   due today 12:00    2 left   BAT-V150 x2, LGT-0040
//! -- TO SETTLE --------------------------------------------------
//!    R-1021   Sam Okoro   CAM-0020 late fee, 2 days x 45.00 = 90.00
//! ```

use super::{Session, due_words};
use crate::desk::{self, RentalRow};
use crate::inventory::Condition;
use crate::kernel::text::several;
use crate::kernel::{CustomerId, Fallible, Money, RentalId, ReservationId};
use crate::shop::Shop;
use crate::tui::acts::proposal_label;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column};
use crate::{booking, customers};

/// More returns than anyone reads; the others are in the history.
const SHOWN_MAX: usize = 200;

pub fn page(shop: &Shop, session: &Session<'_>) -> Fallible<Page> {
    let db = shop.read();
    let mut rentals = Vec::new();
    for id in session.back.iter().take(SHOWN_MAX) {
        rentals.extend(booking::rental(db, *id)?);
    }
    let back = desk::rental_rows(db, &rentals)?;
    let mut customers: Vec<CustomerId> = Vec::new();
    for row in &back {
        if !customers.contains(&row.rental.customer) {
            customers.push(row.rental.customer);
        }
    }
    let benched = back
        .iter()
        .filter(|row| {
            row.rental
                .condition_in
                .is_some_and(|condition| condition != Condition::Good)
        })
        .count();
    let rows = back
        .iter()
        .map(|row| back_row(shop, row))
        .collect::<Fallible<Vec<Row>>>()?;
    let mut still = Vec::new();
    for customer in customers.iter().take(20) {
        still.extend(still_out(shop, *customer)?);
    }
    let hint = match (session.back.len(), customers.len(), benched) {
        (0, ..) => "scan what comes back".to_owned(),
        (back, customers, 0) => format!(
            "{back} back now · {}",
            several(customers as i64, "customer")
        ),
        (back, customers, benched) => format!(
            "{back} back now · {} · {benched} to the bench",
            several(customers as i64, "customer")
        ),
    };
    let label = session.returned_at.map_or_else(
        || "Scan".to_owned(),
        |at| format!("Returned {}", shop.settings.zone.show(at, shop.now())),
    );
    Ok(Page {
        title: "CHECK-IN".to_owned(),
        label,
        label_stands_out: session.returned_at.is_some(),
        hint,
        sections: vec![
            Section::new(
                "BACK JUST NOW (newest first, already saved)",
                &[
                    column(3, 3, 0),
                    column(9, 11, 0),
                    column(10, 28, 2),
                    column(8, 8, 4),
                    column(8, 22, 1),
                    column(8, 26, 0),
                    column(8, 16, 0),
                ],
            )
            .rows(rows)
            .empty("scan what comes back; each scan is saved at once"),
            Section::new(
                "STILL OUT for these customers",
                &[
                    column(10, 22, 0),
                    column(10, 20, 0),
                    column(8, 8, 0),
                    column(10, 50, 1),
                ],
            )
            .rows(still)
            .empty("nothing of theirs is out"),
            Section::new(
                "TO SETTLE",
                &[
                    column(8, 8, 1),
                    column(10, 22, 2),
                    column(44, 60, 0),
                    column(13, 13, 3),
                ],
            )
            .rows(to_settle(shop, session.back)?)
            .empty("nothing is to be settled"),
            super::check_out::last_scans(shop, session).spare(),
        ],
        ..Page::default()
    })
}

fn back_row(shop: &Shop, row: &RentalRow) -> Fallible<Row> {
    let rental = &row.rental;
    let late = rental.late(&shop.settings, shop.now());
    let mut how = rental.condition_in.map_or_else(
        || format!("{} counted", rental.quantity),
        |condition| condition.shown().to_owned(),
    );
    if let Some(parts) = &rental.missing {
        how = format!("part missing: {parts}");
    } else if let Some(note) = &rental.note {
        how = format!("{how} \"{note}\"");
    }
    if let Some(late) = late {
        how = format!("{how}, {} late", late.words());
    }
    let undone = rental.in_at.is_none();
    if undone {
        how = "undone".to_owned();
    }
    let bad = rental
        .condition_in
        .is_some_and(|condition| condition != Condition::Good);
    let (mark, tone) = match (undone, bad, late.is_some() || rental.missing.is_some()) {
        (true, ..) => ("--", Tone::Past),
        (_, true, _) => ("xx", Tone::Bad),
        (_, _, true) => ("!!", Tone::Attention),
        _ => ("ok", Tone::Plain),
    };
    let stop = if undone {
        "still out".to_owned()
    } else {
        desk::next_stop(shop.read(), rental)?
    };
    Ok(Row::new(
        RowKey::Rental(rental.id),
        [
            mark.to_owned(),
            row.tag.to_string(),
            row.thing.to_string(),
            row.number.to_string(),
            row.customer.to_string(),
            how,
            stop,
        ],
    )
    .toned(tone))
}

/// What these returns leave: each fee with its amount, then how the money of each reservation
/// stands.
pub fn to_settle(shop: &Shop, back: &[RentalId]) -> Fallible<Vec<Row>> {
    let db = shop.read();
    let mut rows = Vec::new();
    for id in desk::reservations_back(db, back)? {
        rows.extend(settled_rows(shop, id)?);
    }
    // What somebody must decide stands above what is only owed.
    rows.sort_by_key(|row| matches!(row.key, RowKey::ToSettle(_, 0)));
    Ok(rows)
}

/// The same of one reservation.
pub fn settled_rows(shop: &Shop, id: ReservationId) -> Fallible<Vec<Row>> {
    let (db, currency) = (shop.read(), shop.settings.currency);
    let number = booking::number_of(db, id)?.to_string();
    let customer = match booking::reservation(db, id) {
        Ok(found) => found.customer,
        Err(_) => None,
    };
    let name = customer
        .map(|id| customers::names(db, [id]))
        .transpose()?
        .and_then(|names| names.into_values().next())
        .unwrap_or_default()
        .to_string();
    let mut rows = Vec::new();
    for (place, proposal) in desk::to_settle(db, &shop.settings, id)?.iter().enumerate() {
        let amount = proposal.charge.amount();
        let what = proposal_label(currency, proposal);
        let what = if amount.0 > 0 {
            format!("{what} = {}", currency.show(amount))
        } else {
            what
        };
        let cells = [
            number.clone(),
            name.clone(),
            what,
            "Ctrl+O waives".to_owned(),
        ];
        rows.push(Row::new(RowKey::ToSettle(id, place + 1), cells).toned(Tone::Attention));
    }
    let of = desk::money_of(db, id)?;
    let mut words = match of.owed().0 {
        0 => Vec::new(),
        owed if owed > 0 => vec![format!(
            "owes {} of {}",
            currency.show(of.owed()),
            currency.show(of.total)
        )],
        owed => vec![format!("has {} to get back", currency.show(Money(-owed)))],
    };
    if of.deposit_held.0 > 0 {
        words.push(format!("deposit held {}", currency.show(of.deposit_held)));
    }
    if !words.is_empty() {
        rows.push(Row::new(
            RowKey::ToSettle(id, 0),
            [number, name, words.join(" · ")],
        ));
    }
    Ok(rows)
}

fn still_out(shop: &Shop, customer: CustomerId) -> Fallible<Option<Row>> {
    let out = booking::out_to(shop.read(), customer)?;
    let Some(first) = out.first() else {
        return Ok(None);
    };
    let rows = desk::rental_rows(shop.read(), &out)?;
    let tags = rows
        .iter()
        .map(|row| {
            if row.rental.quantity > 1 {
                format!("{} x{}", row.tag, row.rental.quantity)
            } else {
                row.tag.to_string()
            }
        })
        .collect::<Vec<_>>()
        .join(" ");
    let name = rows[0].customer.to_string();
    Ok(Some(Row::new(
        RowKey::Customer(customer),
        [
            name,
            due_words(shop, first.due_at),
            format!("{} left", out.len()),
            tags,
        ],
    )))
}
