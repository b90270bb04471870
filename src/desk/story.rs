//! The history as people read it: sentences and names, made when they are shown.

use crate::history::{Entry, Filter};
use crate::kernel::text::folded;
use crate::kernel::time::{ShopZone, lateness};
use crate::kernel::when::{self, Lean};
use crate::kernel::{Fallible, Moment, ReservationNumber, Settings, Text, TypeId};
use crate::store::{Read, log};
use crate::{booking, catalog, customers, inventory, outbox, pricing, staff};
use std::collections::BTreeMap;

/// One entry with its names, as they were then.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    pub entry: Entry,
    /// `back, good, 2 hours late`
    pub what: String,
    /// `CAM-0012 Sony FX6 body`
    pub thing: String,
    pub who: String,
    pub by: String,
}

/// How far the history knows what happened, where that is not to the end: up to which event, and
/// how many there are.
pub fn history_lag(db: Read<'_>) -> Fallible<Option<(i64, i64)>> {
    let (heard, last) = (outbox::heard(db, "history")?, log::last_seq(db)?);
    Ok((heard < last).then_some((heard, last)))
}

/// The same as a sentence, for under an answer that may lack something.
pub fn history_lag_words(db: Read<'_>) -> Fallible<Option<String>> {
    Ok(history_lag(db)?.map(|(heard, last)| {
        format!("The history knows everything up to event {heard} of {last}.")
    }))
}

pub fn tell(db: Read<'_>, entries: Vec<Entry>) -> Fallible<Vec<Told>> {
    let types = catalog::names(db, entries.iter().filter_map(|entry| entry.type_id))?;
    let staff = staff::names(db)?;
    let settings = db.settings()?;
    let swapped = booking::in_place_of(
        db,
        entries
            .iter()
            .filter(|entry| entry.kind == "EquipmentCheckedOut")
            .filter_map(|entry| entry.rental),
    )?;
    let mut names: BTreeMap<_, Text> = BTreeMap::new();
    entries
        .into_iter()
        .map(|entry| {
            let who = match entry.customer {
                Some(customer) => match names.get(&(customer, entry.at)) {
                    Some(name) => name.clone(),
                    None => {
                        let name = customers::name_at(db, customer, entry.at)?.unwrap_or_default();
                        names.insert((customer, entry.at), name.clone());
                        name
                    }
                },
                None => Text::default(),
            };
            let type_name = entry
                .type_id
                .and_then(|id| types.get(&id))
                .map_or("", Text::as_str);
            let thing = match (&entry.tag, entry.quantity) {
                (Some(tag), Some(count)) if entry.item.is_none() => {
                    format!("{count} x {tag} {type_name}")
                }
                (Some(tag), _) => format!("{tag} {type_name}"),
                (None, _) => type_name.to_owned(),
            };
            let by = entry
                .staff
                .and_then(|id| staff.get(&id))
                .map(ToString::to_string)
                .unwrap_or_default();
            let in_place_of = entry
                .rental
                .filter(|_| entry.kind == "EquipmentCheckedOut")
                .and_then(|rental| swapped.get(&rental));
            Ok(Told {
                what: with_due(
                    with_swap(with_what_was_said(db, &settings, &entry)?, in_place_of),
                    &settings.zone,
                    &entry,
                ),
                thing,
                who: who.to_string(),
                by,
                entry,
            })
        })
        .collect()
}

/// `out, good, in place of Sony 24-70`
fn with_swap(words: String, in_place_of: Option<&Text>) -> String {
    let Some(asked_for) = in_place_of else {
        return words;
    };
    let (words, later) = words
        .strip_suffix(UNDONE_SINCE)
        .map_or((words.as_str(), ""), |words| (words, UNDONE_SINCE));
    format!("{words}, in place of {asked_for}{later}")
}

/// `extended, due Mon 9:00`: to which time; of an undo, the time that holds again.
fn with_due(words: String, zone: &ShopZone, entry: &Entry) -> String {
    let Some(due) = entry.due_at.filter(|_| entry.kind == "RentalExtended") else {
        return words;
    };
    let (words, later) = words
        .strip_suffix(UNDONE_SINCE)
        .map_or((words.as_str(), ""), |words| (words, UNDONE_SINCE));
    format!("{words}, due {}{later}", zone.show(due, entry.at))
}

/// The sentence, with what somebody wrote about the thing: what is wrong with it, why it was
/// retired.
fn with_what_was_said(db: Read<'_>, settings: &Settings, entry: &Entry) -> Fallible<String> {
    if let Some(undone) = reversed(db, settings, entry)? {
        return Ok(undone);
    }
    let (words, Some(item)) = (sentence(settings, entry), entry.item) else {
        return Ok(sentence(settings, entry));
    };
    let said = match (
        entry.kind.as_str(),
        entry
            .condition_after
            .as_deref()
            .and_then(inventory::Condition::from_word),
    ) {
        _ if entry.reverses.is_some() => None,
        ("EquipmentConditionUpdated", Some(after)) => {
            inventory::note_at(db, item, after, entry.at)?
        }
        ("EquipmentLost", _) => {
            inventory::reason_at(db, item, inventory::Lifecycle::Lost, entry.at)?
        }
        ("EquipmentRetired", _) => {
            inventory::reason_at(db, item, inventory::Lifecycle::Retired, entry.at)?
        }
        _ => None,
    };
    let (words, later) = words
        .strip_suffix(UNDONE_SINCE)
        .map_or((words.as_str(), ""), |words| (words, UNDONE_SINCE));
    Ok(match said {
        Some(said)
            if entry.condition_before == entry.condition_after
                && entry.kind == "EquipmentConditionUpdated"
                && entry.detail.is_none() =>
        {
            format!("noted: {said}{later}")
        }
        Some(said) => format!("{words}: {said}{later}"),
        None => format!("{words}{later}"),
    })
}

const UNDONE_SINCE: &str = " (undone)";

/// Whose opposite says by itself what was taken back.
const SAID_BY_THE_OPPOSITE: &[&str] = &[
    "EquipmentCheckedOut",
    "EquipmentCheckedIn",
    "EquipmentConditionUpdated",
    "RentalExtended",
];

/// What was taken back, in its own words.
fn reversed(db: Read<'_>, settings: &Settings, entry: &Entry) -> Fallible<Option<String>> {
    let Some(undone) = entry
        .reverses
        .as_deref()
        .filter(|_| !SAID_BY_THE_OPPOSITE.contains(&entry.kind.as_str()))
        .and_then(|id| uuid::Uuid::parse_str(id).ok())
    else {
        return Ok(None);
    };
    let first = match log::seq_of(db, undone)? {
        Some(seq) => crate::history::entry(db, seq)?,
        None => None,
    };
    Ok(first.map(|first| {
        let first = Entry {
            undone: false,
            reverses: None,
            ..first
        };
        let words = sentence(settings, &first);
        format!(
            "undone: {words}{}",
            if entry.undone { UNDONE_SINCE } else { "" }
        )
    }))
}

/// What happened, in a few words.
pub fn sentence(settings: &Settings, entry: &Entry) -> String {
    let condition = |word: &Option<String>| {
        word.as_deref()
            .map(|word| word.to_lowercase().replace('_', " "))
    };
    let undone = if entry.reverses.is_some() {
        "undone: "
    } else {
        ""
    };
    let detail = entry.detail.as_deref().unwrap_or_default();
    let words = match entry.kind.as_str() {
        // The opposite was published; what a person did was to take the first back.
        "EquipmentCheckedOut" if entry.reverses.is_some() => "back".to_owned(),
        "EquipmentCheckedIn" if entry.reverses.is_some() => "out".to_owned(),
        "EquipmentCheckedOut" => format!(
            "out{}",
            condition(&entry.condition_before)
                .map(|word| format!(", {word}"))
                .unwrap_or_default()
        ),
        "EquipmentCheckedIn" => {
            let mut words = format!(
                "back{}",
                condition(&entry.condition_after)
                    .map(|word| format!(", {word}"))
                    .unwrap_or_default()
            );
            if let Some(minutes) = entry.late_minutes.filter(|minutes| *minutes > 0) {
                let counted = entry
                    .due_at
                    .zip(entry.in_at)
                    .and_then(|(due, back)| pricing::late_words(settings, due, back));
                let late = counted.unwrap_or_else(|| lateness(minutes));
                words.push_str(&format!(", {late} late"));
            }
            if let Some(place) = &entry.location {
                words.push_str(&format!(", at {place}"));
            }
            words
        }
        "EquipmentConditionUpdated" if detail == "incomplete" => "part missing".to_owned(),
        "EquipmentConditionUpdated" if entry.condition_before == entry.condition_after => {
            format!(
                "still {}",
                condition(&entry.condition_after).unwrap_or_default()
            )
        }
        "EquipmentConditionUpdated" => format!(
            "{} -> {}",
            condition(&entry.condition_before).unwrap_or_default(),
            condition(&entry.condition_after).unwrap_or_default()
        ),
        "EquipmentAdded" => "added".to_owned(),
        "EquipmentLost" => format!("lost, {detail}"),
        "EquipmentFound" => "found".to_owned(),
        "EquipmentRetired" => "retired".to_owned(),
        "EquipmentTypeAdded" => "type added".to_owned(),
        "EquipmentTypeChanged" => format!("type changed: {detail}"),
        "EquipmentTypeWithdrawn" => "type withdrawn".to_owned(),
        "ReservationCreated" => "reservation made".to_owned(),
        "ReservationConfirmed" => "confirmed".to_owned(),
        "ReservationChanged" if detail.is_empty() => "reservation changed".to_owned(),
        "ReservationChanged" if detail == "note" => "its note changed".to_owned(),
        "ReservationChanged" => format!("reservation changed: {detail}"),
        "ReservationCancelled" => format!("cancelled, {detail}"),
        "ReservationExpired" if detail == "hold" => "hold lapsed".to_owned(),
        "ReservationExpired" => "nobody came".to_owned(),
        "EquipmentBlocked" => "set aside".to_owned(),
        "EquipmentUnblocked" => "no longer set aside".to_owned(),
        "RentalExtended" => "extended".to_owned(),
        "RentalOverdue" => "overdue".to_owned(),
        "InvoiceIssued" => format!("invoice issued, {detail}"),
        "InvoicePaid" => format!("invoice paid, {detail}"),
        "InvoiceVoided" => format!("invoice void, {detail}"),
        "InvoiceCredited" => format!("credited, {detail}"),
        "PaymentReceived" => format!("paid {detail}"),
        "PaymentRefunded" => format!("refunded {detail}"),
        "DepositTaken" => format!("deposit taken, {detail}"),
        "DepositReturned" => match detail.strip_suffix(" kept") {
            Some(kept) => format!("{kept} of the deposit kept"),
            None => format!("deposit given back, {detail}"),
        },
        "TillClosed" => format!("till closed, {detail}"),
        "PickListPrinted" => {
            let day = detail.parse::<chrono::NaiveDate>().map_or_else(
                |_| detail.to_owned(),
                |day| day.format("%a %-d %b").to_string(),
            );
            format!("pick list for {day} printed")
        }
        "FileAccepted" => match detail.split(' ').collect::<Vec<_>>().as_slice() {
            ["restored", noted, last] => {
                format!("a backup was restored ({noted} events before, {last} in it)")
            }
            [_, noted, last] => {
                format!("missing events accepted: {noted} known, {last} here")
            }
            _ => "the file was accepted as it is".to_owned(),
        },
        "ReservationActivated" => "begun".to_owned(),
        "ReservationCompleted" => "complete".to_owned(),
        "CustomerRegistered" => "customer added".to_owned(),
        "CustomerUpdated" if detail == "note" => "the customer's note changed".to_owned(),
        "CustomerUpdated" => format!("customer changed: {detail}"),
        "CustomerSuspended" => "suspended".to_owned(),
        "CustomerReinstated" => "reinstated".to_owned(),
        "CommunicationPreferencesUpdated" => format!("what to write about: {detail}"),
        "NotificationSent" => format!("message sent: {detail}"),
        "NotificationFailed" => format!("message not sent: {detail}"),
        "StaffAdded" => format!("staff added {detail}"),
        other => other.to_owned(),
    };
    let later = if entry.undone { UNDONE_SINCE } else { "" };
    format!("{undone}{words}{later}")
}

/// What the History box asks for: words in any order, each an item, a reservation, a staff member,
/// a date or range, `late`, or a word of a customer or type. `None` where a word fits nothing, so
/// that nothing can be found.
pub fn entries_asked(
    db: Read<'_>,
    settings: &Settings,
    asked: &str,
    now: Moment,
) -> Fallible<Option<Filter>> {
    let mut filter = Filter::default();
    let mut words: Vec<&str> = asked.split_whitespace().collect();
    take_dates(settings, &mut words, now, &mut filter);
    let everyone = staff::list(db)?;
    let mut rest: Vec<&str> = Vec::new();
    for word in words {
        if word.eq_ignore_ascii_case("late") {
            filter.late = true;
        } else if let Some(number) = ReservationNumber::parse(word) {
            filter.number = Some(number);
        } else if let [inventory::Stock::Item(item)] = inventory::candidates(db, word)?.as_slice() {
            filter.item = Some(item.id);
        } else if let Some(member) = everyone
            .iter()
            .find(|member| folded(member.name.as_str()) == folded(word))
        {
            filter.staff = Some(member.id);
        } else {
            rest.push(word);
        }
    }
    if rest.is_empty() {
        return Ok(Some(filter));
    }
    let phrase = rest.join(" ");
    let types: Vec<TypeId> = catalog::search(db, &phrase, 500)?
        .into_iter()
        .map(|found| found.id)
        .collect();
    if !types.is_empty() {
        filter.type_ids = Some(types);
        return Ok(Some(filter));
    }
    let found = customers::search(db, &phrase, 500)?;
    if !found.is_empty() {
        filter.customers = Some(found.into_iter().map(|customer| customer.id).collect());
        return Ok(Some(filter));
    }
    split_words(db, &rest, filter)
}

/// Some words may be of a type and the others of a customer: `fx6 chen`.
fn split_words(db: Read<'_>, words: &[&str], mut filter: Filter) -> Fallible<Option<Filter>> {
    let (mut of_type, mut of_customer) = (Vec::new(), Vec::new());
    for word in words {
        if !catalog::search(db, word, 1)?.is_empty() {
            of_type.push(*word);
        } else if !customers::search(db, word, 1)?.is_empty() {
            of_customer.push(*word);
        } else {
            return Ok(None);
        }
    }
    if !of_type.is_empty() {
        filter.type_ids = Some(
            catalog::search(db, &of_type.join(" "), 500)?
                .into_iter()
                .map(|found| found.id)
                .collect(),
        );
    }
    if !of_customer.is_empty() {
        filter.customers = Some(
            customers::search(db, &of_customer.join(" "), 500)?
                .into_iter()
                .map(|customer| customer.id)
                .collect(),
        );
    }
    Ok(Some(filter))
}

/// Takes the longest run of words that reads as a date or a range out of the question.
fn take_dates(settings: &Settings, words: &mut Vec<&str>, now: Moment, filter: &mut Filter) {
    for length in (1..=words.len().min(5)).rev() {
        for start in 0..=words.len() - length {
            let phrase = words[start..start + length].join(" ");
            let bare_number = length == 1 && phrase.chars().all(|c| c.is_ascii_digit());
            if bare_number {
                continue;
            }
            if let Ok((first, last)) = when::read_days(&phrase, now, &settings.zone, Lean::Back) {
                filter.from = Some(settings.zone.day_start(first));
                filter.to = Some(settings.zone.day_start(last + chrono::Duration::days(1)));
                words.drain(start..start + length);
                return;
            }
        }
    }
}
