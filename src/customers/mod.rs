//! Who rents.
//!
//! **Does** registers, updates, suspends and finds customers; keeps every version of a profile, so
//! that old papers show what was true then; what they want to be written about. **Owns**
//! `customer`, `customer_version`, `customer_search`, `customer_preference`. **Publishes**
//! `CustomerRegistered`, `CustomerUpdated`, `CustomerSuspended`, `CustomerReinstated`,
//! `CommunicationPreferencesUpdated`. **Hears** nothing.

mod model;
mod table;
#[cfg(test)]
mod tests;

pub use model::{ContactRules, Customer, CustomerRefusal, CustomerState, Profile};

use crate::events::{Event, Preferences};
use crate::kernel::{CustomerId, CustomerNumber, Failure, Fallible, Moment, Settings, Text};
use crate::store::{Invariant, Read, Write};
use std::collections::BTreeMap;

type Outcome<T> = Result<T, Failure<CustomerRefusal>>;

impl ContactRules {
    pub fn of(settings: &Settings) -> Self {
        ContactRules {
            email_required: settings.on("email_required"),
            phone_required: settings.on("phone_required"),
        }
    }
}

/// A record from another program: may lack what is asked of new customers today.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OldRecord {
    pub number: Option<CustomerNumber>,
    pub profile: Profile,
    pub reference: Option<Text>,
    pub registered_at: Option<Moment>,
    pub suspended_reason: Option<Text>,
}

pub fn register(db: &mut Write<'_>, profile: &Profile, rules: ContactRules) -> Outcome<CustomerId> {
    profile.checked(rules)?;
    let registered_at = db.now();
    insert(
        db,
        &OldRecord {
            number: None,
            profile: profile.clone(),
            reference: None,
            registered_at: None,
            suspended_reason: None,
        },
        registered_at,
    )
}

/// Takes over a record as it is, as long as it can be kept at all.
pub fn take_over(db: &mut Write<'_>, record: &OldRecord) -> Outcome<CustomerId> {
    record.profile.well_formed()?;
    let registered_at = record.registered_at.unwrap_or(db.now());
    insert(db, record, registered_at)
}

fn insert(db: &mut Write<'_>, record: &OldRecord, registered_at: Moment) -> Outcome<CustomerId> {
    refuse_taken_email(db.read(), &record.profile, None)?;
    let number = match record.number {
        Some(number) => {
            db.number_taken("customer", number.0)?;
            number
        }
        None => CustomerNumber(db.next_number("customer", 1)?),
    };
    let id = table::insert(db, number, record, registered_at)?;
    db.publish(&Event::CustomerRegistered {
        customer_id: id,
        number,
    })?;
    Ok(id)
}

/// Changes a profile; `seen` is the version the person saw while typing.
pub fn update(
    db: &mut Write<'_>,
    id: CustomerId,
    seen: i64,
    profile: &Profile,
    rules: ContactRules,
) -> Outcome<()> {
    profile.checked(rules)?;
    let before = known(db.read(), id)?;
    if before.version != seen {
        return Err(CustomerRefusal::ChangedElsewhere {
            number: before.number,
            found: before.version,
            seen,
        }
        .into());
    }
    let changed = profile.changed(&before.profile);
    if changed.is_empty() {
        return Ok(());
    }
    refuse_taken_email(db.read(), profile, Some(id))?;
    table::update(db, &before, profile)?;
    db.publish(&Event::CustomerUpdated {
        customer_id: id,
        version: before.version + 1,
        changed,
    })?;
    Ok(())
}

pub fn suspend(db: &mut Write<'_>, id: CustomerId, reason: &Text) -> Outcome<()> {
    let customer = known(db.read(), id)?;
    if customer.state == CustomerState::Suspended {
        return Err(CustomerRefusal::SuspendedAlready(customer.number).into());
    }
    if reason.is_empty() {
        return Err(CustomerRefusal::ReasonMissing.into());
    }
    table::set_state(db, id, CustomerState::Suspended, Some(reason))?;
    db.publish(&Event::CustomerSuspended {
        customer_id: id,
        reason_kind: "by hand".to_owned(),
    })?;
    Ok(())
}

pub fn reinstate(db: &mut Write<'_>, id: CustomerId) -> Outcome<()> {
    let customer = known(db.read(), id)?;
    if customer.state == CustomerState::Active {
        return Err(CustomerRefusal::NotSuspended(customer.number).into());
    }
    table::set_state(db, id, CustomerState::Active, None)?;
    db.publish(&Event::CustomerReinstated { customer_id: id })?;
    Ok(())
}

/// What a customer wants to be written about; everything, as long as nobody said otherwise.
pub fn preferences(db: Read<'_>, id: CustomerId) -> Fallible<Preferences> {
    Ok(table::preferences(db, id)?.unwrap_or(Preferences {
        marketing_email: true,
        sms: true,
        newsletter: true,
    }))
}

pub fn update_preferences(db: &mut Write<'_>, id: CustomerId, after: Preferences) -> Outcome<()> {
    known(db.read(), id)?;
    let before = preferences(db.read(), id)?;
    if before == after {
        return Ok(());
    }
    table::set_preferences(db, id, after)?;
    db.publish(&Event::CommunicationPreferencesUpdated {
        customer_id: id,
        before,
        after,
    })?;
    Ok(())
}

/// The guard of everything that hands gear to a customer.
pub fn may_rent(db: Read<'_>, id: CustomerId) -> Outcome<Customer> {
    let customer = known(db, id)?;
    match &customer.suspended_reason {
        Some(reason) => Err(CustomerRefusal::Suspended {
            number: customer.number,
            name: customer.profile.name.clone(),
            reason: reason.clone(),
        }
        .into()),
        None => Ok(customer),
    }
}

pub fn known(db: Read<'_>, id: CustomerId) -> Outcome<Customer> {
    table::by_id(db, id)?
        .ok_or_else(|| CustomerRefusal::Unknown(Text::new(&id.0.to_string())).into())
}

/// Finds the one customer meant by a reference of another program, a number, an e-mail address or
/// an exact name, in this order.
pub fn resolve(db: Read<'_>, text: &str) -> Outcome<Customer> {
    let text = Text::new(text);
    if let Some(customer) = by_code(db, text.as_str())? {
        return Ok(customer);
    }
    if text.as_str().contains('@')
        && let Some(customer) = table::by_email_key(db, &model::email_key(&text))?
    {
        return Ok(customer);
    }
    let mut named = table::by_name(db, &text)?;
    match named.len() {
        1 => Ok(named.remove(0)),
        0 => Err(CustomerRefusal::Unknown(text).into()),
        _ => {
            let candidates = named
                .iter()
                .take(5)
                .map(|customer| format!("{} {}", customer.number, customer.profile.name))
                .collect::<Vec<_>>()
                .join(", ");
            Err(CustomerRefusal::Ambiguous {
                text,
                candidates: Text::new(&candidates),
            }
            .into())
        }
    }
}

/// What a customer card can carry: another program's reference, or the number.
pub fn by_code(db: Read<'_>, text: &str) -> Fallible<Option<Customer>> {
    if let Some(customer) = table::by_reference(db, &Text::new(text))? {
        return Ok(Some(customer));
    }
    match CustomerNumber::parse(text) {
        Some(number) => table::by_number(db, number),
        None => Ok(None),
    }
}

pub fn by_reference(db: Read<'_>, reference: &Text) -> Fallible<Option<Customer>> {
    table::by_reference(db, reference)
}

pub fn by_number(db: Read<'_>, number: CustomerNumber) -> Fallible<Option<Customer>> {
    table::by_number(db, number)
}

pub fn by_email(db: Read<'_>, email: &Text) -> Fallible<Option<Customer>> {
    table::by_email_key(db, &model::email_key(email))
}

/// Customers of exactly this name, in any letter case and with or without accents.
pub fn named(db: Read<'_>, name: &Text) -> Fallible<Vec<Customer>> {
    table::by_name(db, name)
}

/// Customers whose phone number ends so.
pub fn by_phone_end(db: Read<'_>, digits: &str) -> Fallible<Vec<Customer>> {
    table::by_phone_end(db, digits)
}

/// Customers whose name, company, e-mail address or reference has words that begin so; at most
/// `limit`, unordered.
pub fn search(db: Read<'_>, words: &str, limit: i64) -> Fallible<Vec<Customer>> {
    table::search(db, words, limit)
}

pub fn list(db: Read<'_>, after: Option<CustomerNumber>, limit: i64) -> Fallible<Vec<Customer>> {
    table::list(db, after.map_or(i64::MIN, |number| number.0), limit)
}

pub fn count(db: Read<'_>) -> Fallible<i64> {
    table::count(db)
}

/// Names for showing, by id.
pub fn names(
    db: Read<'_>,
    ids: impl IntoIterator<Item = CustomerId>,
) -> Fallible<BTreeMap<CustomerId, Text>> {
    table::names(db, ids)
}

/// Who a customer was in an earlier version of their profile, for a paper that named them so.
pub fn profile_of(db: Read<'_>, id: CustomerId, version: i64) -> Outcome<Profile> {
    match table::old_profile(db, id, version)? {
        Some(profile) => Ok(profile),
        None => Ok(known(db, id)?.profile),
    }
}

/// Number and name of many customers, in one question.
pub fn labels(
    db: Read<'_>,
    ids: impl IntoIterator<Item = CustomerId>,
) -> Fallible<BTreeMap<CustomerId, (CustomerNumber, Text)>> {
    let ids: std::collections::BTreeSet<CustomerId> = ids.into_iter().collect();
    Ok(table::labels(db, &serde_json::to_string(&ids)?)?
        .into_iter()
        .collect())
}

/// The profile as it was at that moment: what an old entry of the history shows.
pub fn name_at(db: Read<'_>, id: CustomerId, at: Moment) -> Fallible<Option<Text>> {
    table::name_at(db, id, at)
}

fn refuse_taken_email(db: Read<'_>, profile: &Profile, except: Option<CustomerId>) -> Outcome<()> {
    let Some(email) = &profile.email else {
        return Ok(());
    };
    match table::by_email_key(db, &model::email_key(email))? {
        Some(other) if Some(other.id) != except => Err(CustomerRefusal::EmailTaken {
            email: email.clone(),
            number: other.number,
            name: other.profile.name,
        }
        .into()),
        _ => Ok(()),
    }
}

pub const INVARIANTS: &[Invariant] = table::INVARIANTS;
