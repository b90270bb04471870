//! Gear: what the shop owns, by type, and one item with its story. Scanning here only looks.

use super::{Session, due_words};
use crate::inventory::Condition;
use crate::kernel::text::several;
use crate::kernel::{Fallible, ItemId, TypeId};
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column, number_column};
use crate::{booking, catalog, desk, history, inventory, pricing};

const LISTED_MAX: i64 = 200;
const STORY_MAX: i64 = 200;

pub fn list(shop: &Shop, session: &Session<'_>, of: Option<TypeId>) -> Fallible<Page> {
    let db = shop.read();
    let typed = session.typed.trim();
    let total = catalog::count_types(db)?;
    let found = match of {
        Some(id) if typed.is_empty() => catalog::type_details(db, id).ok().into_iter().collect(),
        _ if typed.is_empty() => catalog::list(db, None, LISTED_MAX, 0)?,
        _ => {
            // What is withdrawn is only shown where nothing else is meant.
            let (gone, there): (Vec<_>, Vec<_>) = catalog::search(db, typed, LISTED_MAX)?
                .into_iter()
                .partition(|found| found.withdrawn);
            if there.is_empty() { gone } else { there }
        }
    };
    let shown = i64::try_from(found.len()).unwrap_or(0);
    let rows: Vec<Row> = desk::type_rows(db, found, shop.now())?
        .into_iter()
        .map(|row| {
            let rate = row
                .rate
                .map(|rate| shop.settings.currency.show(rate))
                .unwrap_or_default();
            let location = row
                .location
                .map(|location| location.to_string())
                .unwrap_or_default();
            let counts = row.counts;
            let number = |count: i64| count.to_string();
            Row::new(
                RowKey::Type(row.found.id),
                [
                    format!(
                        "{}{}",
                        row.found.details.name,
                        if row.found.withdrawn {
                            "  WITHDRAWN"
                        } else {
                            ""
                        }
                    ),
                    row.category.to_string(),
                    number(counts.owned),
                    number(counts.on_shelf),
                    number(counts.out),
                    number(counts.bench),
                    rate,
                    location,
                ],
            )
            .toned(if counts.on_shelf == 0 && counts.owned > 0 {
                Tone::Out
            } else {
                Tone::Plain
            })
        })
        .collect();
    let mut types = Section::new(
        "TYPE",
        &[
            column(16, 42, 0),
            column(8, 16, 4),
            number_column(4, 5, 1),
            number_column(3, 4, 0),
            number_column(3, 4, 0),
            number_column(3, 5, 2),
            number_column(7, 9, 5),
            column(4, 10, 3),
        ],
    )
    .titled(&["", "OWN", "IN", "OUT", "BENCH", "RATE", "WHERE"])
    .empty(if total == 0 {
        "no gear yet   :newitem adds one; a whole list comes in by: rentdesk import items FILE"
            .to_owned()
    } else {
        format!("no type matches \"{typed}\"   Esc clears")
    });
    if typed.is_empty() && of.is_none() {
        types.more = usize::try_from(total - shown).unwrap_or(0);
    }
    let mut sections = vec![types.rows(rows)];
    let chosen = of.or_else(|| match sections[0].rows.as_slice() {
        [only] => match only.key {
            RowKey::Type(id) => Some(id),
            _ => None,
        },
        _ => None,
    });
    if let Some(id) = chosen {
        sections.push(items_of(shop, id)?);
    }
    let rate = of.map(|id| rate_line(shop, id)).transpose()?.flatten();
    let head = if typed.is_empty() {
        rate.into_iter().collect()
    } else {
        vec![format!(
            "   {shown} of {} match \"{typed}\"",
            several(total, "type")
        )]
    };
    Ok(Page {
        title: "GEAR".to_owned(),
        label: "Find".to_owned(),
        hint: "scanning here only looks, it changes nothing".to_owned(),
        head,
        sections,
        ..Page::default()
    })
}

/// `   rate 80.00 a day · 320.00 a week · at least 50.00 · tax standard`; none where the type has no rate.
fn rate_line(shop: &Shop, id: TypeId) -> Fallible<Option<String>> {
    let Some(version) = pricing::version_at(shop.read(), id, shop.now())? else {
        return Ok(None);
    };
    let (settings, rate) = (&shop.settings, version.rate);
    let show = |amount| settings.currency.show(amount);
    let units = [
        ("an hour", rate.hourly),
        ("a day", rate.daily),
        ("a week", rate.weekly),
        ("a period", rate.fixed),
    ];
    let mut words: Vec<String> = units
        .iter()
        .filter_map(|(unit, amount)| amount.map(|amount| format!("{} {unit}", show(amount))))
        .collect();
    words.extend(
        rate.minimum
            .map(|minimum| format!("at least {}", show(minimum))),
    );
    if !pricing::taxes(shop.read())?.is_empty() {
        words.push(format!(
            "tax {}",
            version
                .tax_class
                .as_ref()
                .map_or_else(|| settings.value("tax_class"), |class| class.as_str())
        ));
    }
    Ok(Some(format!("   rate {}", words.join(" · "))))
}

fn items_of(shop: &Shop, id: TypeId) -> Fallible<Section> {
    let db = shop.read();
    let name = catalog::names(db, [id])?.remove(&id).unwrap_or_default();
    let mut rows = Vec::new();
    for item in inventory::of_type(db, id)? {
        let about = if item.out {
            match booking::open_rental(db, item.id)? {
                Some(rental) => {
                    let row = desk::rental_rows(db, &[rental])?.remove(0);
                    format!(
                        "{} {}, {}",
                        row.customer,
                        row.number,
                        due_words(shop, row.rental.due_at)
                    )
                }
                None => String::new(),
            }
        } else if item.condition != Condition::Good {
            inventory::open_job(db, item.id)?
                .map(|job| {
                    format!(
                        "{} \"{}\" since {}",
                        job.number,
                        job.trouble.unwrap_or_default(),
                        shop.settings.zone.show(job.opened_at, shop.now())
                    )
                })
                .unwrap_or_default()
        } else if history::flags_of(db, item.id)?
            .iter()
            .any(|flag| flag.flag == "INCOMPLETE")
        {
            "PART MISSING".to_owned()
        } else {
            item.note
                .as_ref()
                .map(|note| format!("\"{note}\""))
                .unwrap_or_default()
        };
        let location = item
            .location
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        rows.push(
            Row::new(
                RowKey::Item(item.id),
                [
                    item.tag.to_string(),
                    state_words(item.state()),
                    item.condition.shown().to_owned(),
                    location,
                    about,
                ],
            )
            .toned(tone_of(item.state())),
        );
    }
    if let Some(bulk) = inventory::bulk_of_type(db, id)? {
        let location = bulk
            .location
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default();
        rows.push(Row::new(
            RowKey::Words(0),
            [
                bulk.tag.to_string(),
                "COUNTED".to_owned(),
                format!("{} of {} here", bulk.quantity - bulk.out, bulk.quantity),
                location,
                String::new(),
            ],
        ));
    }
    Ok(Section::new(
        format!("{name}: items"),
        &[
            column(9, 12, 0),
            column(7, 11, 0),
            column(4, 17, 2),
            column(4, 10, 3),
            column(10, 50, 1),
        ],
    )
    .rows(rows)
    .empty("no items yet   Ctrl+O new item adds one"))
}

/// A state as it stands on a screen: what is in repair is on the bench.
fn state_words(state: &str) -> String {
    match state {
        "UNDER_MAINTENANCE" | "UNUSABLE" => "BENCH".to_owned(),
        other => other.to_owned(),
    }
}

fn tone_of(state: &str) -> Tone {
    match state {
        "OUT" => Tone::Out,
        "UNDER_MAINTENANCE" | "UNUSABLE" => Tone::Bench,
        "LOST" => Tone::Bad,
        "RETIRED" => Tone::Past,
        _ => Tone::Plain,
    }
}

pub fn item(shop: &Shop, id: ItemId) -> Fallible<Page> {
    let db = shop.read();
    let now = shop.now();
    let zone = &shop.settings.zone;
    let card = desk::item_card(db, id, now)?;
    let item = &card.item;
    let mut facts = vec![format!("-- {}", card.found.details.name)];
    facts.extend(
        item.serial
            .as_ref()
            .map(|serial| format!("serial {serial}")),
    );
    facts.extend(
        item.location
            .as_ref()
            .map(|location| format!("home {location}")),
    );
    let mut present = format!(
        "   now  {}, {}",
        state_words(item.state()),
        item.condition.shown()
    );
    if let Some(out) = &card.out {
        present.push_str(&format!(
            " · with {} {}, {}",
            out.customer,
            out.number,
            due_words(shop, out.rental.due_at)
        ));
    }
    if item.lifecycle != inventory::Lifecycle::InService
        && let Some(change) = inventory::latest_change(db, id)?
    {
        let by = match change.staff {
            Some(staff) => crate::staff::names(db)?
                .remove(&staff)
                .map(|name| format!(" by {name}"))
                .unwrap_or_default(),
            None => String::new(),
        };
        let reason = change
            .reason
            .map(|reason| format!(": {reason}"))
            .unwrap_or_default();
        present.push_str(&format!(" since {}{by}{reason}", zone.show(change.at, now)));
    }
    if let Some(job) = &card.job {
        present.push_str(&format!(
            " · {} \"{}\" since {}",
            job.number,
            job.trouble.clone().unwrap_or_default(),
            zone.show(job.opened_at, now)
        ));
    }
    for block in inventory::blocks_of_item(db, id)?
        .into_iter()
        .filter(|block| {
            block.kind == inventory::BlockKind::Blackout && block.end.is_none_or(|end| end > now)
        })
    {
        let from = if block.start > now {
            format!(" from {}", zone.show(block.start, now))
        } else {
            String::new()
        };
        let until = block.end.map_or_else(
            || ", open end".to_owned(),
            |end| format!(" until {}", zone.show(end, now)),
        );
        present.push_str(&format!(
            " · SET ASIDE{from}{until} \"{}\"",
            block.reason.unwrap_or_default()
        ));
    }
    if card.flags.iter().any(|flag| flag.flag == "INCOMPLETE") {
        present.push_str(" · PART MISSING");
    }
    let days = card.minutes_out / (24 * 60);
    let mut head = vec![
        facts.join(" · "),
        present,
        format!(
            "   life {} · {} out · {}",
            several(card.rentals, "rental"),
            several(days, "day"),
            several(card.repairs, "repair")
        ),
    ];
    head.extend(rate_line(shop, item.type_id)?);
    if !card.found.details.contents.is_empty() {
        head.push(format!(
            "   with {}",
            card.found
                .details
                .contents
                .iter()
                .map(|part| part.as_str())
                .collect::<Vec<_>>()
                .join(", ")
        ));
    }
    if let Some(note) = &item.note {
        head.push(format!(" ! note: {note}"));
    }
    let filter = history::Filter {
        item: Some(id),
        ..history::Filter::default()
    };
    let rows = desk::tell(db, history::entries(db, &filter, STORY_MAX, 0)?)?
        .into_iter()
        .map(|told| {
            let number = told
                .entry
                .number
                .map(|number| number.to_string())
                .unwrap_or_default();
            Row::new(
                RowKey::Entry(told.entry.seq),
                [
                    zone.show(told.entry.at, now),
                    told.what,
                    number,
                    told.who,
                    told.by,
                ],
            )
        })
        .collect::<Vec<_>>();
    let mut story = Section::new(
        "HISTORY (newest first)",
        &[
            column(12, 22, 1),
            column(12, 34, 0),
            column(8, 8, 3),
            column(10, 24, 0),
            column(4, 12, 4),
        ],
    )
    .empty("no story yet");
    if let Some(words) = desk::history_lag_words(db)? {
        head.push(format!(" !! {words}"));
    }
    story.more = usize::try_from(history::count(db, &filter)?)
        .unwrap_or(0)
        .saturating_sub(rows.len());
    Ok(Page {
        title: format!("ITEM  {}", item.tag),
        label: "Date".to_owned(),
        hint: "type a date to see who had it then".to_owned(),
        head,
        sections: vec![story.rows(rows)],
        ..Page::default()
    })
}
