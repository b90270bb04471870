//! A name that leads to nothing is refused with what is called almost so, for a person and for a
//! program.

use crate::desk::{self, Hit};
use crate::inventory::Stock;
use crate::kernel::{Declined, Fallible, Stop};
use crate::store::Read;
use serde_json::{Value, json};

/// The refusal with its candidates: `did you mean "Sony FX6 body" or "Sony FX3 body"?`
pub fn with_candidates(db: Read<'_>, stop: Stop) -> Stop {
    let Stop::Refused(declined) = stop else {
        return stop;
    };
    match told(db, declined) {
        Ok(declined) => declined.into(),
        Err(fault) => Stop::Fault(fault),
    }
}

fn told(db: Read<'_>, declined: Declined) -> Fallible<Declined> {
    let Some(sought) = declined.sought.clone() else {
        return Ok(declined);
    };
    let hits = desk::nearest(db, &sought)?;
    let mut candidates = Vec::new();
    let mut words = Vec::new();
    for hit in &hits {
        let (word, json) = one(db, hit)?;
        words.push(word);
        candidates.push(json);
    }
    let hint = match words.split_last() {
        Some((last, [])) if declined.not_found => format!("did you mean {last}?"),
        Some((last, rest)) if declined.not_found => {
            format!("did you mean {} or {last}?", rest.join(", "))
        }
        _ => declined.hint,
    };
    Ok(Declined {
        hint,
        details: Some(json!({ "candidates": candidates })),
        sought: None,
        ..declined
    })
}

fn one(db: Read<'_>, hit: &Hit) -> Fallible<(String, Value)> {
    Ok(match hit {
        Hit::Type(found) => (
            format!("\"{}\"", found.details.name),
            json!({"type": found.details.name}),
        ),
        Hit::Customer(found) => (
            format!("{} {}", found.number, found.profile.name),
            json!({"customer": found.number, "name": found.profile.name}),
        ),
        Hit::Stock(stock) => {
            let name = crate::catalog::names(db, [stock.type_id()])?
                .remove(&stock.type_id())
                .unwrap_or_default();
            let serial = match stock {
                Stock::Item(item) => item.serial.clone(),
                Stock::Bulk(_) => None,
            };
            (
                format!("{} {name}", stock.tag()),
                json!({"tag": stock.tag(), "type": name, "serial": serial}),
            )
        }
        Hit::Reservation(found) => (
            found.number.to_string(),
            json!({"reservation": found.number}),
        ),
        Hit::Command(word) => (format!("X-{word}"), json!({"command": word})),
    })
}
