//! What the text in the box could mean, as a list under it; the best stands first.

use crate::desk::{self, Answer, Hit, ReservationDraft};
use crate::inventory::{self, Stock};
use crate::kernel::Fallible;
use crate::shop::Shop;
use crate::tui::place::{Row, RowKey, Section, column};
use crate::{booking, catalog, customers};

/// `None` while nothing is typed. `offer_new`: Enter has been pressed and nothing was found, so
/// what could be made is listed. `editing`: what is found would join that reservation, so it is
/// said what of it is free then.
pub fn found(
    shop: &Shop,
    typed: &str,
    offer_new: bool,
    editing: Option<&ReservationDraft>,
) -> Fallible<Option<Section>> {
    let text = uncounted(typed);
    if text.is_empty() || text.starts_with(':') {
        return Ok(None);
    }
    if let Some(draft) = editing.filter(|_| !offer_new) {
        return to_add(shop, text, draft);
    }
    let hits = hits(shop, text)?;
    if hits.is_empty() && !offer_new {
        return Ok(None);
    }
    let mut rows = hits
        .iter()
        .filter_map(|hit| row(shop, hit).transpose())
        .collect::<Fallible<Vec<Row>>>()?;
    if rows.is_empty() {
        let customer = Row::new(
            RowKey::NewCustomer(text.to_owned()),
            [
                format!("+ new customer \"{text}\""),
                String::new(),
                String::new(),
            ],
        );
        let item = Row::new(
            RowKey::NewItem(text.to_owned()),
            [
                format!("+ new item with tag {}", text.to_uppercase()),
                String::new(),
                String::new(),
            ],
        );
        // People have no digits in their names, tags nearly always do.
        rows.extend(if text.chars().any(|c| c.is_ascii_digit()) {
            [item, customer]
        } else {
            [customer, item]
        });
    }
    let title = if hits.is_empty() {
        "NOTHING FOUND".to_owned()
    } else {
        format!("FOUND  {}", rows.len())
    };
    Ok(Some(
        Section::new(
            title,
            &[column(20, 44, 0), column(10, 16, 2), column(8, 30, 1)],
        )
        .rows(rows),
    ))
}

/// `4*bat` without its count.
fn uncounted(typed: &str) -> &str {
    let text = typed.trim();
    text.split_once('*')
        .map_or(text, |(count, rest)| {
            if count.trim().chars().all(|c| c.is_ascii_digit()) {
                rest
            } else {
                text
            }
        })
        .trim()
}

fn hits(shop: &Shop, text: &str) -> Fallible<Vec<Hit>> {
    Ok(
        match desk::typed(shop.read(), &shop.settings, text, shop.now())? {
            Answer::One(hit) => vec![hit],
            Answer::Several(hits) => hits,
            Answer::Free { found, .. } => vec![Hit::Type(found)],
            Answer::WhoHad { .. } | Answer::Nothing => Vec::new(),
        },
    )
}

/// What could join a reservation: gear before people once it is known who it is for.
pub fn editor_hits(shop: &Shop, text: &str, has_customer: bool) -> Fallible<Vec<Hit>> {
    let mut hits = hits(shop, text)?;
    hits.retain(|hit| !matches!(hit, Hit::Command(_)));
    if has_customer {
        hits.sort_by_key(|hit| matches!(hit, Hit::Customer(_)));
    }
    Ok(hits)
}

/// So many are counted while somebody types.
const COUNTED_MAX: usize = 8;

fn to_add(shop: &Shop, text: &str, draft: &ReservationDraft) -> Fallible<Option<Section>> {
    let db = shop.read();
    let hits = editor_hits(shop, text, draft.customer.is_some())?;
    let mut rows = Vec::new();
    for (place, hit) in hits.iter().enumerate() {
        let Some(mut row) = row(shop, hit)? else {
            continue;
        };
        let type_id = match hit {
            Hit::Type(found) => Some(found.id),
            Hit::Stock(stock) => Some(stock.type_id()),
            _ => None,
        };
        if let Some(type_id) = type_id.filter(|_| place < COUNTED_MAX) {
            let free = booking::free_count(
                db,
                &shop.settings,
                type_id,
                draft.window,
                draft.of.as_ref().map(|of| of.reservation),
                shop.now(),
            )?;
            let kit = if catalog::is_kit(db, type_id)? {
                "kit, ".to_owned()
            } else {
                format!("own {}, ", inventory::counts(db, type_id)?.owned)
            };
            let rate = crate::pricing::rate_at(db, type_id, shop.now())?
                .and_then(|rate| rate.daily)
                .map(|rate| format!("{}/day", shop.settings.currency.show(rate)));
            row.cells = vec![
                row.cells[0].clone(),
                format!("{kit}{free} free"),
                rate.unwrap_or_default(),
            ];
        }
        rows.push(row);
    }
    Ok((!rows.is_empty()).then(|| {
        Section::new(
            format!("ADD  {}   Enter adds the chosen one", rows.len()),
            &[column(20, 44, 0), column(14, 20, 1), column(8, 30, 2)],
        )
        .rows(rows)
    }))
}

fn row(shop: &Shop, hit: &Hit) -> Fallible<Option<Row>> {
    let db = shop.read();
    Ok(match hit {
        Hit::Customer(customer) => {
            let out = booking::out_to(db, customer.id)?.len();
            let phone = customer
                .profile
                .phone
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            let about = customer.suspended_reason.as_ref().map_or_else(
                || {
                    if out == 0 {
                        phone.clone()
                    } else {
                        format!("{out} out   {phone}")
                    }
                },
                |reason| format!("SUSPENDED: {reason}"),
            );
            Some(Row::new(
                RowKey::Customer(customer.id),
                [
                    customer.profile.name.to_string(),
                    customer.number.to_string(),
                    about,
                ],
            ))
        }
        Hit::Type(found) => {
            let counts = inventory::counts(db, found.id)?;
            Some(Row::new(
                RowKey::Type(found.id),
                [
                    found.details.name.to_string(),
                    "type".to_owned(),
                    format!("{} in, {} out", counts.on_shelf, counts.out),
                ],
            ))
        }
        Hit::Stock(Stock::Item(item)) => {
            let name = catalog::names(db, [item.type_id])?
                .remove(&item.type_id)
                .unwrap_or_default();
            Some(Row::new(
                RowKey::Item(item.id),
                [
                    format!("{} {name}", item.tag),
                    "item".to_owned(),
                    item.state().to_lowercase().replace('_', " "),
                ],
            ))
        }
        Hit::Stock(Stock::Bulk(bulk)) => {
            let name = catalog::names(db, [bulk.type_id])?
                .remove(&bulk.type_id)
                .unwrap_or_default();
            Some(Row::new(
                RowKey::Type(bulk.type_id),
                [
                    format!("{} {name}", bulk.tag),
                    "counted".to_owned(),
                    format!("{} of {} out", bulk.out, bulk.quantity),
                ],
            ))
        }
        Hit::Reservation(reservation) => {
            let name = match reservation.customer {
                Some(id) => customers::names(db, [id])?.remove(&id).unwrap_or_default(),
                None => crate::kernel::Text::default(),
            };
            Some(Row::new(
                RowKey::Reservation(reservation.id),
                [
                    format!("{} {name}", reservation.number),
                    "reservation".to_owned(),
                    reservation.state.word().to_lowercase(),
                ],
            ))
        }
        Hit::Command(_) => None,
    })
}
