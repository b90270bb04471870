//! Check-out: what is in hand, staged until the finish.
//!
//! ```text
//! -- Maya Chen · 0612 555 019 · last out R-0988 -----------------
//!    due Sat 22 Nov 10:42                          Ctrl+D dates
//! -- IN HAND  2 items -------------------------------------------
//!  > CAM-0012   Sony FX6 body           1   good   due tomorrow 10:42
//! ```

use super::Session;
use crate::kernel::text::several;
use crate::kernel::{Failure, Fallible, Moment};
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column, number_column};
use crate::tui::verdict::{Said, Severity};
use crate::{billing, booking, customers, desk, inventory};

pub fn page(shop: &Shop, session: &Session<'_>) -> Fallible<Page> {
    let db = shop.read();
    let draft = session.in_hand;
    let mut rows = Vec::new();
    for (position, thing) in draft.things.iter().enumerate() {
        let details = super::type_of(shop, thing.type_id)?;
        let due = booking::due_of(
            &shop.settings,
            details.fixed_hours,
            draft.due.or(reserved_end(shop, session)),
            shop.now(),
        );
        if let Some(gone) = desk::gone_meanwhile(db, thing)? {
            let cells = [
                thing.tag.to_string(),
                details.name.to_string(),
                thing.quantity.to_string(),
                "NOT HERE".to_owned(),
                gone,
            ];
            rows.push(Row::new(RowKey::InHand(position), cells).toned(Tone::Bad));
            continue;
        }
        let (condition, note) = match thing.item.map(|id| inventory::known(db, id)) {
            Some(Ok(item)) if item.note.is_some() => ("good, note", item.note),
            Some(Ok(item)) => (item.condition.shown(), None),
            _ => ("counted", None),
        };
        let about = note.map_or_else(
            || format!("due {}", shop.settings.zone.show_near(due, shop.now())),
            |note| format!("\"{note}\""),
        );
        let row = Row::new(
            RowKey::InHand(position),
            [
                thing.tag.to_string(),
                details.name.to_string(),
                thing.quantity.to_string(),
                condition.to_owned(),
                about,
            ],
        );
        rows.push(if condition == "good, note" {
            row.toned(Tone::Attention)
        } else {
            row
        });
    }
    let count = draft.count();
    let lines = Section::new(
        format!("IN HAND  {}", super::items(count)),
        &[
            column(9, 12, 0),
            column(14, 40, 0),
            number_column(3, 4, 1),
            column(8, 11, 3),
            column(12, 30, 2),
        ],
    )
    .rows(rows)
    .empty("scan what goes out, or type its tag");
    let title = match draft.reservation.map(|id| booking::reservation(db, id)) {
        Some(Ok(reservation)) => format!("CHECK-OUT  {}", reservation.number),
        _ => "CHECK-OUT".to_owned(),
    };
    let reserved = match draft.reservation {
        Some(id) => super::reserved_lines::reserved(shop, id, draft)?,
        None => None,
    };
    let hint = match &reserved {
        Some(told) => {
            format!(
                "{} of {} in hand{}",
                told.complete,
                several(told.all as i64, "line"),
                if told.swaps > 0 {
                    format!(" · {} swapped", told.swaps)
                } else {
                    String::new()
                }
            )
        }
        None => format!("{} in hand", super::items(count)),
    };
    let mut sections: Vec<Section> = reserved.map(|told| told.section).into_iter().collect();
    sections.extend([lines, last_scans(shop, session)]);
    Ok(Page {
        title,
        label: "Scan".to_owned(),
        hint,
        head: vec![who(shop, session)?, due_line(shop, session)?],
        sections,
        ..Page::default()
    })
}

fn who(shop: &Shop, session: &Session<'_>) -> Fallible<String> {
    let Some(id) = session.in_hand.customer else {
        return Ok("-- who? type a name or scan a card".to_owned());
    };
    let customer = match customers::known(shop.read(), id) {
        Ok(customer) => customer,
        Err(_) => return Ok("-- who?".to_owned()),
    };
    let mut parts = vec![
        format!("-- {}", customer.profile.name),
        customer.number.to_string(),
    ];
    parts.extend(customer.profile.phone.as_ref().map(ToString::to_string));
    if let Some(reason) = &customer.suspended_reason {
        parts.push(format!("SUSPENDED: {reason}"));
    }
    let owes = billing::balance(shop.read(), &shop.settings, id, shop.now())?.owes;
    if owes.0 > 0 {
        parts.push(format!("owes {}", shop.settings.currency.show(owes)));
    }
    let out = booking::out_to(shop.read(), id)?;
    if !out.is_empty() {
        parts.push(format!("{} out already", super::items(out.len())));
    }
    if let Some(note) = &customer.profile.note {
        parts.push(format!("! {note}"));
    }
    Ok(parts.join(" · "))
}

fn due_line(shop: &Shop, session: &Session<'_>) -> Fallible<String> {
    let now = shop.now();
    let draft = session.in_hand;
    let due = match draft.due.or(reserved_end(shop, session)) {
        Some(due) => shop.settings.zone.show(due, now),
        None => format!(
            "{} (the usual)",
            shop.settings
                .zone
                .show(booking::due_of(&shop.settings, None, None, now), now)
        ),
    };
    let reserved = draft
        .reservation
        .and_then(|id| booking::reservation(shop.read(), id).ok())
        .and_then(|found| found.note);
    let notes: Vec<String> = [reserved.as_ref(), draft.note.as_ref()]
        .into_iter()
        .flatten()
        .map(ToString::to_string)
        .collect();
    let note = if notes.is_empty() {
        String::new()
    } else {
        format!("   note: {}", notes.join(" · "))
    };
    Ok(format!(
        "   due {due}{}   Ctrl+D changes it{note}",
        total(shop, session)?
    ))
}

/// ` · total 306.00`: what it comes to by now, as soon as it is known for whom.
fn total(shop: &Shop, session: &Session<'_>) -> Fallible<String> {
    let Some(command) = session
        .in_hand
        .command()
        .filter(|command| !command.things.is_empty())
    else {
        return Ok(String::new());
    };
    match desk::quote_hand_over(shop.read(), &shop.settings, &command, shop.now()) {
        Ok(quoted) => Ok(quoted.map_or_else(String::new, |quoted| {
            format!(
                " · total {}",
                shop.settings.currency.show(quoted.priced.total)
            )
        })),
        // Why it may not leave is said by the finish.
        Err(Failure::Refused(_)) => Ok(String::new()),
        Err(Failure::Fault(fault)) => Err(fault),
    }
}

/// When the reservation that goes out ends.
fn reserved_end(shop: &Shop, session: &Session<'_>) -> Option<Moment> {
    let found = booking::reservation(shop.read(), session.in_hand.reservation?).ok()?;
    Some(found.end).filter(|end| *end > shop.now())
}

/// What became of the last scans and typed tags: what a clerk who did not look can read up.
pub(super) fn last_scans(shop: &Shop, session: &Session<'_>) -> Section {
    let rows = session
        .log
        .iter()
        .filter(|said| said.of_scan)
        .take(6)
        .enumerate()
        .map(|(position, Said { at, verdict, .. })| {
            let tone = if verdict.severity == Severity::Bad {
                Tone::Bad
            } else {
                Tone::Plain
            };
            Row::new(
                RowKey::Words(position),
                [
                    clock(shop, *at),
                    verdict.word().to_owned(),
                    verdict.text.clone(),
                ],
            )
            .toned(tone)
        })
        .collect();
    Section::new(
        "LAST SCANS",
        &[column(8, 8, 2), column(3, 3, 0), column(20, 84, 1)],
    )
    .rows(rows)
    .empty("nothing was scanned yet")
}

fn clock(shop: &Shop, at: Moment) -> String {
    shop.settings.zone.local(at).format("%H:%M:%S").to_string()
}
