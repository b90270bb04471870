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
        Some(customer) => customers::names(db, [customer])?
            .remove(&customer)
            .unwrap_or_default(),
        None => crate::kernel::Text::default(),
    };
    let rows = desk::rental_rows(db, &booking::rentals_of(db, id)?)?
        .into_iter()
        .map(|row| {
            let rental = &row.rental;
            let (state, tone) = match (rental.state, rental.in_at) {
                (booking::RentalState::Out, _) => (
                    format!("OUT, {}", due_words(shop, rental.due_at)),
                    if rental.due_at < now {
                        Tone::Bad
                    } else {
                        Tone::Out
                    },
                ),
                (booking::RentalState::Lost, _) => ("LOST".to_owned(), Tone::Bad),
                (_, Some(back)) if rental.outcome.is_none() => (
                    format!("taken back by undo {}", zone.show(back, now)),
                    Tone::Past,
                ),
                (_, Some(back)) => (format!("back {}", zone.show(back, now)), Tone::Plain),
                _ => (String::new(), Tone::Plain),
            };
            let thing = row.in_place_of.as_ref().map_or_else(
                || row.thing.to_string(),
                |asked_for| format!("<> {} in place of {asked_for}", row.thing),
            );
            Row::new(
                RowKey::Rental(rental.id),
                [
                    row.tag.to_string(),
                    thing,
                    rental.quantity.to_string(),
                    state,
                ],
            )
            .toned(tone)
        })
        .collect();
    let mut head = vec![
        format!(
            "-- {name} · {} · {}{}",
            reservation.number,
            reservation.state.word(),
            why(shop, &reservation)
        ),
        format!(
            "   out {}   due {}",
            zone.show(reservation.start, now),
            zone.show(reservation.end, now)
        ),
    ];
    let price = match desk::agreed_price(db, &shop.settings, &reservation, now) {
        Ok(price) => price,
        Err(crate::kernel::Failure::Fault(fault)) => return Err(fault),
        Err(crate::kernel::Failure::Refused(_)) => None,
    };
    let money = desk::money_lines(db, id, price.as_ref())?;
    // One total: with what was paid once something was paid or charged, else what was agreed.
    let total = price.as_ref().map(|price| price.quoted.priced.total);
    let moved = money.as_ref().filter(|lines| {
        lines.money.paid.0 != 0 || lines.money.deposit_held.0 > 0 || Some(lines.total) != total
    });
    let stands = moved.and_then(|lines| desk::money_in_words(shop.settings.currency, &lines.money));
    let agreed = price.as_ref().map(|price| {
        desk::totals_in_words(&price.quoted.priced, shop.settings.currency).join(" · ")
    });
    head.extend(stands.or(agreed).map(|words| format!("   {words}")));
    if reservation.state.is_open() {
        let relied_on = booking::relies_on(db, &shop.settings, &reservation, shop.now())?;
        head.extend(relied_on.into_iter().map(|words| format!(" !! {words}")));
    }
    if let Some(price) = price.as_ref().filter(|price| !price.out_of_sync.is_empty()) {
        let lines: Vec<String> = price.out_of_sync.iter().map(ToString::to_string).collect();
        head.push(format!(
            "!! the rates have changed since for line {} · :reprice takes them",
            lines.join(", ")
        ));
    }
    head.extend(
        reservation
            .note
            .iter()
            .map(|note| format!(" ! note: {note}")),
    );
    let mut sections = lines(shop, &reservation, price.as_ref())?
        .into_iter()
        .collect::<Vec<_>>();
    sections.push(
        Section::new(
            "GEAR",
            &[
                column(9, 12, 0),
                column(14, 64, 0),
                number_column(3, 4, 1),
                column(12, 34, 0),
            ],
        )
        .rows(rows)
        .empty("nothing was handed over"),
    );
    let settle: Vec<Row> = super::check_in::settled_rows(shop, id)?
        .into_iter()
        .filter(|row| !matches!(row.key, RowKey::ToSettle(_, 0)))
        .collect();
    if !settle.is_empty() {
        sections.push(
            Section::new(
                "TO SETTLE",
                &[
                    column(8, 8, 1),
                    column(10, 22, 2),
                    column(44, 60, 0),
                    column(13, 13, 3),
                ],
            )
            .rows(settle),
        );
    }
    sections.extend(money.map(|lines| money_section(shop, &lines)));
    Ok(Page {
        title: format!("RESERVATION  {}", reservation.number),
        label: "Scan".to_owned(),
        hint: if reservation.state.claims()
            && reservation.state != booking::ReservationState::Active
        {
            "F2 hands it over · Enter on a line changes it"
        } else {
            "scan an item of it to take it back"
        }
        .to_owned(),
        head,
        sections,
        ..Page::default()
    })
}

/// How it adds up, a line each.
fn money_section(shop: &Shop, lines: &desk::MoneyLines) -> Section {
    let row = |(place, (words, amount)): (usize, (String, crate::kernel::Money))| {
        Row::new(
            RowKey::Words(place),
            [words, shop.settings.currency.show(amount)],
        )
    };
    Section::new("MONEY", &[column(24, 44, 0), number_column(9, 12, 0)])
        .rows(lines.rows().into_iter().enumerate().map(row).collect())
}

/// When it lapses, or why it ended.
fn why(shop: &Shop, found: &booking::Reservation) -> String {
    let lapses = found
        .hold_lapses_at
        .filter(|_| found.state == booking::ReservationState::Hold);
    let until =
        lapses.map(|lapses| format!(", lapses {}", shop.settings.zone.show(lapses, shop.now())));
    let reason = found
        .cancel_reason
        .as_ref()
        .map(|reason| format!(" ({reason})"));
    until.or(reason).unwrap_or_default()
}

/// Beside `SHORT 2: `, in the column of the state.
const WHY_WIDE: usize = 30;

/// What was promised, line by line; a hand-over without a reservation promised nothing.
fn lines(
    shop: &Shop,
    found: &booking::Reservation,
    price: Option<&desk::AgreedPrice>,
) -> Fallible<Option<Section>> {
    let (db, now) = (shop.read(), shop.now());
    let all = booking::lines(db, found.id)?;
    let lines: Vec<booking::Line> = all
        .iter()
        .filter(|line| line.state != booking::LineState::Dropped)
        .cloned()
        .collect();
    if lines.iter().all(|line| line.rank == 0) && found.state != booking::ReservationState::Quote {
        return Ok(None);
    }
    let short = booking::shortages_of(
        db,
        &shop.settings,
        lines
            .iter()
            .filter(|line| line.claimed > 0)
            .map(|line| line.type_id),
        now,
    )?;
    let mut rows = Vec::new();
    for line in &lines {
        let (handed, out) = booking::handed(db, line.id)?;
        let missing: i64 = short
            .iter()
            .filter(|short| short.line == line.id)
            .map(|short| short.missing)
            .max()
            .unwrap_or(0);
        let pin = match line.pin.map(|item| crate::inventory::known(db, item)) {
            Some(Ok(item)) => format!("{} only  ", item.tag),
            _ => String::new(),
        };
        let (mark, tone) = if missing > 0 {
            ("!!", Tone::Attention)
        } else {
            ("ok", Tone::Plain)
        };
        let name = match line.parent {
            Some(_) => format!("    + {pin}{}", line.type_name),
            None => format!(
                "{mark}{:>3}  {pin}{}",
                booking::line_number(&all, line.id).unwrap_or_default(),
                line.type_name
            ),
        };
        let state = match (missing, line.state) {
            (missing, _) if missing > 0 => {
                format!(
                    "SHORT {missing}: {}",
                    short
                        .iter()
                        .find(|short| short.line == line.id)
                        .map_or_else(String::new, |short| short.why_within(WHY_WIDE))
                )
            }
            (_, booking::LineState::Closed) => "all back".to_owned(),
            (_, booking::LineState::Out) => format!("{out} out"),
            (_, booking::LineState::PartlyOut) => {
                format!(
                    "{out} out, {} to go{}",
                    line.quantity - handed,
                    if line.packed > handed {
                        format!(", {} packed", line.packed - handed)
                    } else {
                        String::new()
                    }
                )
            }
            _ if line.packed > 0 => format!("packed {}/{}", line.packed, line.quantity),
            _ if found.state.claims() => "to go".to_owned(),
            _ => String::new(),
        };
        let mut cells = vec![name, line.quantity.to_string(), state];
        if let Some(price) = price {
            let place = price
                .quoted
                .rows
                .iter()
                .position(|row| row.line == Some(line.id));
            let cell = place
                .and_then(|place| price.quoted.priced.lines.get(place))
                .map(|line| desk::price_cell(line, shop.settings.currency));
            cells.insert(2, cell.unwrap_or_default());
        }
        rows.push(Row::new(RowKey::Line(line.id), cells).toned(tone));
        for short in short.iter().filter(|short| short.line == line.id) {
            for blocker in booking::in_the_way(db, &shop.settings, short, now)? {
                let words = booking::blocker_words(db, &shop.settings, &blocker, now)?;
                rows.push(Row::wide(
                    RowKey::Words(rows.len()),
                    format!("        {words}"),
                ));
            }
        }
    }
    let mut columns = vec![column(24, 56, 0), number_column(3, 4, 1), column(12, 40, 0)];
    let mut titles = vec!["QTY", "STATE"];
    if price.is_some() {
        columns.insert(2, number_column(8, 10, 1));
        titles.insert(1, "PRICE");
    }
    Ok(Some(
        Section::new("LINE", &columns).titled(&titles).rows(rows),
    ))
}
