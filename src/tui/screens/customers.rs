//! Customers: the list, those with gear out first, and one customer with everything they have and
//! had.

use super::{Session, due_words, items};
use crate::kernel::text::several;
use crate::kernel::{CustomerId, Fallible, Money, ReservationId};
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column, number_column};
use crate::{billing, booking, customers, desk};
use chrono::Datelike;

const LISTED_MAX: i64 = 200;

pub fn list(shop: &Shop, session: &Session<'_>) -> Fallible<Page> {
    let db = shop.read();
    let typed = session.typed.trim();
    let (found, title) = if typed.is_empty() {
        let mut found = Vec::new();
        for (id, ..) in booking::customers_with_gear(db, LISTED_MAX)? {
            found.extend(customers::known(db, id).ok());
        }
        for customer in customers::list(db, None, LISTED_MAX)? {
            if !found.iter().any(|known| known.id == customer.id) {
                found.push(customer);
            }
        }
        (found, format!("CUSTOMERS  {}", customers::count(db)?))
    } else {
        let mut found = customers::search(db, typed, LISTED_MAX)?;
        found.extend(
            customers::by_code(db, typed)?
                .filter(|one| !found.iter().any(|known| known.id == one.id)),
        );
        if typed.len() >= 3 && typed.chars().all(|c| c.is_ascii_digit()) {
            found.extend(customers::by_phone_end(db, typed)?);
        }
        let title = format!("CUSTOMERS matching \"{typed}\"  {}", found.len());
        (found, title)
    };
    let mut rows = Vec::new();
    for customer in found {
        let out = booking::out_to(db, customer.id)?;
        let gear = match out.first() {
            Some(first) => format!("{} out, {}", out.len(), due_words(shop, first.due_at)),
            None => String::new(),
        };
        let late = out.first().is_some_and(|first| first.due_at < shop.now());
        let tone = if customer.suspended_reason.is_some() || late {
            Tone::Bad
        } else {
            Tone::Plain
        };
        let about = customer
            .suspended_reason
            .as_ref()
            .map(|reason| format!("SUSPENDED: {reason}"))
            .unwrap_or(gear);
        let phone = customer
            .profile
            .phone
            .as_ref()
            .or(customer.profile.email.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default();
        rows.push(
            Row::new(
                RowKey::Customer(customer.id),
                [
                    customer.number.to_string(),
                    customer.profile.name.to_string(),
                    about,
                    phone,
                ],
            )
            .toned(tone),
        );
    }
    let total = customers::count(db)?;
    let mut section = Section::new(
        title,
        &[
            column(8, 8, 1),
            column(14, 30, 0),
            column(10, 34, 0),
            column(10, 22, 2),
        ],
    )
    .empty(if typed.is_empty() {
        "no customers yet   type a name and press Enter to add one".to_owned()
    } else {
        format!("nobody called \"{typed}\"   Enter adds a customer with that name")
    });
    if typed.is_empty() {
        section.more = usize::try_from(total)
            .unwrap_or(0)
            .saturating_sub(rows.len());
    }
    Ok(Page {
        title: "CUSTOMERS".to_owned(),
        label: "Find".to_owned(),
        hint: "name, phone, mail · Enter opens".to_owned(),
        sections: vec![section.rows(rows)],
        ..Page::default()
    })
}

pub fn one(shop: &Shop, id: CustomerId) -> Fallible<Page> {
    let card = desk::customer_card(shop.read(), id)?;
    let now = shop.now();
    let zone = &shop.settings.zone;
    let profile = &card.customer.profile;
    let mut contact: Vec<String> = vec![card.customer.number.to_string()];
    contact.extend(
        profile
            .phone
            .iter()
            .chain(&profile.email)
            .chain(&profile.company)
            .map(ToString::to_string),
    );
    let address: Vec<&str> = [
        &profile.street,
        &profile.postal_code,
        &profile.city,
        &profile.country,
    ]
    .into_iter()
    .flatten()
    .map(|part| part.as_str())
    .collect();
    if !address.is_empty() {
        contact.push(address.join(", "));
    }
    let mut head = vec![format!("-- {}", contact.join(" · "))];
    let manner = match (card.rentals, card.late) {
        (0, _) => "no rentals yet".to_owned(),
        (rentals, 0) => format!("never late, {}", several(rentals, "rental")),
        (rentals, late) => format!("{late} of {} late", several(rentals, "rental")),
    };
    head.push(format!(
        "   {manner} · since {}",
        zone.show_day(zone.day(card.customer.registered_at))
    ));
    head.push(format!(
        "   {}",
        desk::standing(shop.read(), &shop.settings, id, now)?.in_words(&shop.settings)
    ));
    head.extend(money_line(shop, id)?);
    if let Some(reason) = &card.customer.suspended_reason {
        head.push(format!(" !! SUSPENDED: {reason}"));
    }
    if let Some(note) = &profile.note {
        head.push(format!(" ! note (shown at check-out): {note}"));
    }
    let out = card
        .out
        .iter()
        .map(|row| {
            let tone = if row.rental.due_at < now {
                Tone::Bad
            } else {
                Tone::Plain
            };
            let count = if row.rental.quantity > 1 {
                format!("x{}", row.rental.quantity)
            } else {
                String::new()
            };
            Row::new(
                RowKey::Rental(row.rental.id),
                [
                    row.tag.to_string(),
                    row.thing.to_string(),
                    count,
                    row.number.to_string(),
                    due_words(shop, row.rental.due_at),
                ],
            )
            .toned(tone)
        })
        .collect::<Vec<_>>();
    // The hour of what is long over tells nobody anything.
    let day = |moment: crate::kernel::Moment| {
        let then = zone.day(moment);
        if then.year() == zone.day(now).year() {
            then.format("%a %-d %b").to_string()
        } else {
            then.format("%-d %b %Y").to_string()
        }
    };
    // What it came to stands once, on the first row of a reservation.
    let reservations: Vec<ReservationId> =
        card.past.iter().map(|row| row.rental.reservation).collect();
    let paid = desk::paid_of_each(shop.read(), &reservations)?;
    let mut told = Vec::new();
    let mut sums = Vec::new();
    for row in &card.past {
        let first = !told.contains(&row.rental.reservation);
        told.push(row.rental.reservation);
        sums.push(if first {
            paid.get(&row.rental.reservation)
                .map_or_else(String::new, |(total, paid)| paid_words(shop, *total, *paid))
        } else {
            String::new()
        });
    }
    let past = card
        .past
        .iter()
        .zip(sums)
        .map(|(row, sum)| {
            let rental = &row.rental;
            let end = rental
                .in_at
                .map_or_else(|| "never came back".to_owned(), &day);
            let late = rental.late(&shop.settings, now);
            let how = match (&rental.missing, rental.condition_in, rental.in_at) {
                (Some(parts), ..) => format!("part missing: {parts}"),
                (_, _, None) => "LOST".to_owned(),
                (_, Some(condition), _) if Some(condition) != rental.condition_out => {
                    condition.shown().to_owned()
                }
                _ => late.map_or_else(
                    || "on time".to_owned(),
                    |late| format!("{} late", late.words()),
                ),
            };
            let tone = if how == "on time" {
                Tone::Plain
            } else {
                Tone::Attention
            };
            Row::new(
                RowKey::Rental(rental.id),
                [
                    row.number.to_string(),
                    day(rental.out_at),
                    end,
                    format!("{} {}", row.tag, row.thing),
                    how,
                    sum,
                ],
            )
            .toned(tone)
        })
        .collect::<Vec<_>>();
    let more = usize::try_from(card.rentals)
        .unwrap_or(0)
        .saturating_sub(past.len() + out.len());
    let mut past_section = Section::new(
        "PAST",
        &[
            column(8, 8, 3),
            column(10, 22, 0),
            column(10, 22, 2),
            column(12, 40, 1),
            column(11, 24, 2),
            number_column(11, 24, 0),
        ],
    )
    .rows(past)
    .empty("nothing yet");
    past_section.more = more;
    Ok(Page {
        title: format!("CUSTOMER  {}", profile.name),
        label: "Scan".to_owned(),
        hint: format!(
            "scan hands out to {} · an item they have comes back",
            profile.name
        ),
        head,
        sections: vec![
            Section::new(
                format!("OUT NOW  {}", items(out.len())),
                &[
                    column(9, 12, 0),
                    column(12, 40, 0),
                    column(3, 4, 3),
                    column(8, 8, 2),
                    column(12, 26, 0),
                ],
            )
            .rows(out)
            .empty("nothing is out   scan something to hand it out"),
            reserved(shop, id)?,
            past_section,
        ],
        ..Page::default()
    })
}

/// `owes 90.00 · deposit held 500.00 (R-1042) · limit 2 000.00`; nothing where no money ever was.
fn money_line(shop: &Shop, id: CustomerId) -> Fallible<Option<String>> {
    let (db, settings) = (shop.read(), &shop.settings);
    let show = |amount: Money| settings.currency.show(amount);
    let of = billing::balance(db, settings, id, shop.now())?;
    // In words: a sign says nobody at a counter who owes whom.
    let balance = of.balance();
    let mut words = vec![match balance.0 {
        0 => format!("balance {}", show(balance)),
        more if more > 0 => format!("owes {}", show(balance)),
        _ => format!("has {} in credit", show(Money(-balance.0))),
    }];
    if of.overdue.0 > 0 {
        words.push(format!("{} of it OVERDUE", show(of.overdue)));
    }
    if of.drafted.0 != 0 {
        words.push(format!("on drafts {}", show(of.drafted)));
    }
    if of.deposits_held.0 > 0 {
        let held: Vec<ReservationId> = billing::deposits_of_customer(db, id)?
            .into_iter()
            .filter(|deposit| deposit.held().0 > 0)
            .map(|deposit| deposit.reservation)
            .collect();
        let numbers: Vec<String> = booking::numbers_of(db, &held)?
            .into_values()
            .rev()
            .map(|number| number.to_string())
            .collect();
        words.push(format!(
            "deposit held {} ({})",
            show(of.deposits_held),
            numbers.join(", ")
        ));
    }
    words.extend(of.limit.map(|limit| format!("limit {}", show(limit))));
    let plain = of
        == billing::Balance {
            limit: of.limit,
            ..billing::Balance::default()
        };
    Ok((!plain || of.limit.is_some()).then(|| format!("   {}", words.join(" · "))))
}

/// What a reservation came to: `402.00 paid`, `owes 90.00 of 402.00`.
fn paid_words(shop: &Shop, total: Money, paid: Money) -> String {
    let show = |amount: Money| shop.settings.currency.show(amount);
    match Money(total.0 - paid.0) {
        Money(0) if total.0 == 0 => String::new(),
        Money(0) => format!("{} paid", show(total)),
        owed if owed == total => format!("owes {}", show(total)),
        owed if owed.0 > 0 => format!("owes {} of {}", show(owed), show(total)),
        owed => format!("gets {} back", show(Money(-owed.0))),
    }
}

/// What of theirs is still to come, soonest first.
fn reserved(shop: &Shop, id: CustomerId) -> Fallible<Section> {
    const LOOKED_AT_MAX: i64 = 200;
    let (db, zone, now) = (shop.read(), &shop.settings.zone, shop.now());
    let mut ahead: Vec<booking::Reservation> = booking::reservations_of(db, id, LOOKED_AT_MAX)?;
    ahead.retain(|found| found.state.is_open() && found.state != booking::ReservationState::Active);
    ahead.sort_by_key(|found| (found.start, found.number));
    let mut rows = Vec::new();
    for found in ahead {
        let what = desk::lines_in_words(&booking::lines(db, found.id)?);
        let total = found
            .total
            .map_or_else(String::new, |total| shop.settings.currency.show(total));
        let cells = [
            found.number.to_string(),
            found.state.word().to_lowercase(),
            format!(
                "{} to {}",
                zone.show(found.start, now),
                zone.show(found.end, now)
            ),
            what,
            total,
        ];
        rows.push(Row::new(RowKey::Reservation(found.id), cells));
    }
    let columns = [
        column(8, 8, 0),
        column(9, 9, 2),
        column(20, 38, 1),
        column(10, 40, 0),
        number_column(8, 10, 2),
    ];
    Ok(Section::new(format!("RESERVED  {}", rows.len()), &columns)
        .rows(rows)
        .empty("nothing is reserved   F4 makes a reservation"))
}
