//! A row that is not what the program wrote, named as somebody at the counter would name it: by
//! thing and person.

use crate::kernel::{
    CustomerId, Fallible, InvoiceId, ItemId, LineId, Moment, RentalId, ReservationId, Settings,
    Text, TypeId,
};
use crate::store::seal::{Broken, Wrong};
use crate::store::{Lost, Read, Restored};
use crate::{billing, booking, catalog, customers, inventory};
use std::collections::BTreeSet;

/// `rental 17 (CAM-0012, R-1042, Maya Chen) was changed by something other than Rentdesk`
pub fn broken_row(db: Read<'_>, broken: &Broken) -> Fallible<String> {
    let what = match broken.wrong {
        Wrong::Changed => "was changed",
        Wrong::Added => "was added",
        Wrong::Removed => "was removed",
    };
    Ok(format!(
        "{} {what} by something other than Rentdesk",
        row_in_words(db, broken)
    ))
}

/// `rental 17 (CAM-0012, R-1042, C-0007 Maya Chen)`
pub(super) fn row_in_words(db: Read<'_>, broken: &Broken) -> String {
    let table = broken.table.replace('_', " ");
    let named = named(db, broken);
    let named = if named.is_empty() {
        String::new()
    } else {
        format!(" ({})", named.join(", "))
    };
    format!("{table} {}{named}", Text::new(&broken.key))
}

/// What the row is about, each thing once. A broken row may name what is not there.
fn named(db: Read<'_>, broken: &Broken) -> Vec<String> {
    let mut about = About {
        db,
        words: Vec::new(),
        seen: BTreeSet::new(),
    };
    if let Some(id) = broken.id {
        about.add(&format!("{}_id", broken.table), id);
    }
    for (column, id) in &broken.links {
        about.add(column, *id);
    }
    let mut words = about.words;
    if let Some(name) = &broken.name {
        let name = Text::new(name).to_string();
        if !words.iter().any(|known| known.contains(&name)) {
            words.insert(0, name);
        }
    }
    words
}

struct About<'a> {
    db: Read<'a>,
    words: Vec<String>,
    seen: BTreeSet<(String, i64)>,
}

impl About<'_> {
    fn add(&mut self, column: &str, id: i64) {
        let kind = [
            "line_id",
            "rental_id",
            "reservation_id",
            "customer_id",
            "invoice_id",
            "item_id",
            "type_id",
        ]
        .into_iter()
        .find(|kind| column.ends_with(kind))
        .unwrap_or(column);
        if !self.seen.insert((kind.to_owned(), id)) {
            return;
        }
        match kind {
            "item_id" => {
                if let Ok(item) = inventory::known(self.db, ItemId(id)) {
                    self.words.push(item.tag.to_string());
                }
            }
            "type_id" => {
                let names = catalog::names(self.db, [TypeId(id)]).unwrap_or_default();
                self.words.extend(names.values().map(ToString::to_string));
            }
            "customer_id" => {
                let labels = customers::labels(self.db, [CustomerId(id)]).unwrap_or_default();
                self.words.extend(
                    labels
                        .values()
                        .map(|(number, name)| format!("{number} {name}")),
                );
            }
            "reservation_id" => {
                if let Ok(found) = booking::reservation(self.db, ReservationId(id)) {
                    self.words.push(found.number.to_string());
                    if let Some(customer) = found.customer {
                        self.add("customer_id", customer.0);
                    }
                }
            }
            "line_id" => {
                if let Ok(Some(line)) = booking::line(self.db, LineId(id)) {
                    self.add("type_id", line.type_id.0);
                    self.add("reservation_id", line.reservation.0);
                }
            }
            "rental_id" => {
                if let Ok(Some(rental)) = booking::rental(self.db, RentalId(id)) {
                    match rental.item {
                        Some(item) => self.add("item_id", item.0),
                        None => self.add("type_id", rental.type_id.0),
                    }
                    self.add("reservation_id", rental.reservation.0);
                    self.add("customer_id", rental.customer.0);
                }
            }
            "invoice_id" => {
                if let Ok(invoice) = billing::known(self.db, InvoiceId(id)) {
                    self.words
                        .extend(invoice.number.map(|number| number.to_string()));
                    self.add("customer_id", invoice.customer.0);
                }
            }
            _ => {}
        }
    }
}

/// `2 check-outs, 1 return, 1 payment and 5 other entries`
pub fn lost_in_words(lost: &Lost) -> String {
    const WORDS: [(&str, &str, &str); 8] = [
        ("EquipmentCheckedOut", "check-out", "check-outs"),
        ("EquipmentCheckedIn", "return", "returns"),
        ("ReservationCreated", "new reservation", "new reservations"),
        (
            "ReservationChanged",
            "changed reservation",
            "changed reservations",
        ),
        ("PaymentReceived", "payment", "payments"),
        ("PaymentRefunded", "refund", "refunds"),
        ("DepositTaken", "deposit", "deposits"),
        ("CustomerRegistered", "new customer", "new customers"),
    ];
    let count_of = |kind: &str| {
        lost.kinds
            .iter()
            .find(|(known, _)| known == kind)
            .map_or(0, |(_, count)| *count)
    };
    let all: i64 = lost.kinds.iter().map(|(_, count)| count).sum();
    let mut words = Vec::new();
    let mut told = 0;
    for (kind, one, many) in WORDS {
        let count = count_of(kind);
        told += count;
        if count > 0 {
            words.push(format!("{count} {}", if count == 1 { one } else { many }));
        }
    }
    if all > told {
        let other = all - told;
        words.push(format!(
            "{other} other {}",
            if other == 1 { "entry" } else { "entries" }
        ));
    }
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

/// What a restore did, in two sentences.
pub fn restored_in_words(settings: &Settings, now: Moment, restored: &Restored) -> String {
    let show = |at: Option<Moment>| {
        at.map_or_else(String::new, |at| settings.zone.show(at, now).to_string())
    };
    let events = match restored.head.seq {
        1 => "1 event".to_owned(),
        count => format!("{count} events"),
    };
    let before = restored.before.map_or(0, |before| before.seq);
    let lost = match &restored.lost {
        // The file had lost some itself, which the note beside it knew of.
        Some(lost) if before > lost.last => format!(
            "Lost since: events {} to {before}, of which the file still had {}",
            lost.common + 1,
            lost_in_words(lost)
        ),
        Some(lost) if lost.kinds.is_empty() => "Nothing was lost".to_owned(),
        Some(lost) => format!(
            "Lost since, from {} to {}: {}",
            show(lost.first_at),
            show(lost.last_at),
            lost_in_words(lost)
        ),
        None if before > restored.head.seq => {
            format!("Lost since: events {} to {before}", restored.head.seq + 1)
        }
        None => "The file that was there cannot be read, so what was lost is not known".to_owned(),
    };
    let aside = restored.aside.as_ref().map_or_else(String::new, |aside| {
        format!(
            "\nThe file that was there is kept beside it:\n{}",
            Text::new(&aside.file_name().unwrap_or_default().to_string_lossy())
        )
    });
    format!("Restored, with {events}. {lost}.{aside}")
}
