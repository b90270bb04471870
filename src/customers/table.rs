//! The SQL of `customer`, `customer_version`, `customer_search`, `customer_preference`.

use super::OldRecord;
use super::model::{self, Customer, CustomerState, Profile};
use crate::events::Preferences;
use crate::kernel::text::folded;
use crate::kernel::{CustomerId, CustomerNumber, Fallible, Moment, Text};
use crate::store::{AsWord, Invariant, Read, Write};
use rusqlite::{Row, named_params};
use std::collections::BTreeMap;

pub(super) const INVARIANTS: &[Invariant] = &[Invariant {
    name: "customer search",
    sql: "SELECT 'customer C-' || number || ' cannot be found by name' FROM customer WHERE id NOT IN (SELECT rowid FROM customer_search)",
}];

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, number, name, company, email, phone, street, city, region, postal_code, country, note, state, suspended_reason, registered_at, version, reference FROM customer ",
            $rest
        )
    };
}

fn customer(row: &Row<'_>) -> rusqlite::Result<Customer> {
    let profile = Profile {
        name: row.get(2)?,
        company: row.get(3)?,
        email: row.get(4)?,
        phone: row.get(5)?,
        street: row.get(6)?,
        city: row.get(7)?,
        region: row.get(8)?,
        postal_code: row.get(9)?,
        country: row.get(10)?,
        note: row.get(11)?,
    };
    Ok(Customer {
        id: row.get(0)?,
        number: row.get(1)?,
        profile,
        state: row.get::<_, AsWord<CustomerState>>(12)?.0,
        suspended_reason: row.get(13)?,
        registered_at: row.get(14)?,
        version: row.get(15)?,
        reference: row.get(16)?,
    })
}

pub(super) fn insert(
    db: &mut Write<'_>,
    number: CustomerNumber,
    record: &OldRecord,
    registered_at: Moment,
) -> Fallible<CustomerId> {
    let now = db.now();
    let profile = &record.profile;
    let state = if record.suspended_reason.is_some() {
        CustomerState::Suspended
    } else {
        CustomerState::Active
    };
    let id = CustomerId(db.insert(
        "INSERT INTO customer(number, name, company, email, email_key, phone, phone_digits, street, city, region, postal_code, country, note, state, suspended_reason, registered_at, version, reference, created_at)
         VALUES (:number, :name, :company, :email, :email_key, :phone, :phone_digits, :street, :city, :region, :postal_code, :country, :note, :state, :suspended_reason, :registered_at, 1, :reference, :now)",
        named_params! {
            ":number": number, ":name": profile.name, ":company": profile.company, ":email": profile.email, ":email_key": profile.email.as_ref().map(model::email_key),
            ":phone": profile.phone, ":phone_digits": profile.phone.as_ref().map(model::digits), ":street": profile.street, ":city": profile.city, ":region": profile.region,
            ":postal_code": profile.postal_code, ":country": profile.country, ":note": profile.note, ":state": AsWord(state), ":suspended_reason": record.suspended_reason,
            ":registered_at": registered_at, ":reference": record.reference, ":now": now,
        },
    )?);
    index(db, id, profile, record.reference.as_ref())?;
    Ok(id)
}

fn index(
    db: &mut Write<'_>,
    id: CustomerId,
    profile: &Profile,
    reference: Option<&Text>,
) -> Fallible<()> {
    db.execute("DELETE FROM customer_search WHERE rowid = ?1", [id])?;
    db.execute(
        "INSERT INTO customer_search(rowid, name, company, email, reference) VALUES (?1, ?2, ?3, ?4, ?5)",
        (id, &profile.name, &profile.company, &profile.email, reference),
    )?;
    Ok(())
}

pub(super) fn update(db: &mut Write<'_>, before: &Customer, profile: &Profile) -> Fallible<()> {
    let now = db.now();
    let old = serde_json::to_string(&before.profile)?;
    let from: Moment = db.read().one(
        "SELECT coalesce(max(to_at), ?2) FROM customer_version WHERE customer_id = ?1",
        (before.id, before.registered_at),
        |row| row.get(0),
    )?;
    db.execute("INSERT INTO customer_version(customer_id, version, profile, from_at, to_at) VALUES (?1, ?2, ?3, ?4, ?5)", (before.id, before.version, old, from, now))?;
    db.execute(
        "UPDATE customer SET name = :name, company = :company, email = :email, email_key = :email_key, phone = :phone, phone_digits = :phone_digits, street = :street,
                city = :city, region = :region, postal_code = :postal_code, country = :country, note = :note, version = version + 1 WHERE id = :id",
        named_params! {
            ":name": profile.name, ":company": profile.company, ":email": profile.email, ":email_key": profile.email.as_ref().map(model::email_key), ":phone": profile.phone,
            ":phone_digits": profile.phone.as_ref().map(model::digits), ":street": profile.street, ":city": profile.city, ":region": profile.region,
            ":postal_code": profile.postal_code, ":country": profile.country, ":note": profile.note, ":id": before.id,
        },
    )?;
    index(db, before.id, profile, before.reference.as_ref())
}

pub(super) fn set_state(
    db: &mut Write<'_>,
    id: CustomerId,
    state: CustomerState,
    reason: Option<&Text>,
) -> Fallible<()> {
    db.execute("UPDATE customer SET state = ?2, suspended_reason = ?3, version = version + 1 WHERE id = ?1", (id, AsWord(state), reason))?;
    Ok(())
}

pub(super) fn preferences(db: Read<'_>, id: CustomerId) -> Fallible<Option<Preferences>> {
    db.maybe(
        "SELECT marketing_email, sms, newsletter FROM customer_preference WHERE customer_id = ?1",
        [id],
        |row| {
            Ok(Preferences {
                marketing_email: row.get(0)?,
                sms: row.get(1)?,
                newsletter: row.get(2)?,
            })
        },
    )
}

pub(super) fn set_preferences(db: &mut Write<'_>, id: CustomerId, to: Preferences) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "INSERT INTO customer_preference(customer_id, marketing_email, sms, newsletter, changed_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT(customer_id) DO UPDATE SET marketing_email = excluded.marketing_email, sms = excluded.sms, newsletter = excluded.newsletter, changed_at = excluded.changed_at",
        (id, to.marketing_email, to.sms, to.newsletter, now),
    )?;
    Ok(())
}

pub(super) fn by_id(db: Read<'_>, id: CustomerId) -> Fallible<Option<Customer>> {
    db.maybe(select!("WHERE id = ?1"), [id], customer)
}

pub(super) fn by_number(db: Read<'_>, number: CustomerNumber) -> Fallible<Option<Customer>> {
    db.maybe(select!("WHERE number = ?1"), [number], customer)
}

pub(super) fn by_reference(db: Read<'_>, reference: &Text) -> Fallible<Option<Customer>> {
    db.maybe(select!("WHERE reference = ?1"), [reference], customer)
}

pub(super) fn by_email_key(db: Read<'_>, key: &str) -> Fallible<Option<Customer>> {
    db.maybe(select!("WHERE email_key = ?1"), [key], customer)
}

/// Exact names, in any letter case and with or without accents; narrowed by the search index first.
pub(super) fn by_name(db: Read<'_>, name: &Text) -> Fallible<Vec<Customer>> {
    let wanted = folded(name.as_str());
    let mut found = search(db, name.as_str(), 500)?;
    found.retain(|customer| folded(customer.profile.name.as_str()) == wanted);
    Ok(found)
}

pub(super) fn by_phone_end(db: Read<'_>, digits: &str) -> Fallible<Vec<Customer>> {
    db.rows(
        select!("WHERE substr(phone_digits, -length(?1)) = ?1 LIMIT 20"),
        [digits],
        customer,
    )
}

pub(super) fn search(db: Read<'_>, words: &str, limit: i64) -> Fallible<Vec<Customer>> {
    let Some(question) = crate::store::match_words(words) else {
        return Ok(Vec::new());
    };
    db.rows(select!("WHERE id IN (SELECT rowid FROM customer_search WHERE customer_search MATCH ?1 LIMIT ?2)"), (question, limit), customer)
}

pub(super) fn list(db: Read<'_>, after: i64, limit: i64) -> Fallible<Vec<Customer>> {
    db.rows(
        select!("WHERE number > ?1 ORDER BY number LIMIT ?2"),
        (after, limit),
        customer,
    )
}

pub(super) fn count(db: Read<'_>) -> Fallible<i64> {
    db.one("SELECT count(*) FROM customer", [], |row| row.get(0))
}

/// `ids`: a JSON array.
pub(super) fn labels(
    db: Read<'_>,
    ids: &str,
) -> Fallible<Vec<(CustomerId, (CustomerNumber, Text))>> {
    db.rows("SELECT c.id, c.number, c.name FROM json_each(?1) AS w CROSS JOIN customer c ON c.id = w.value", [ids], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))
}

pub(super) fn names(
    db: Read<'_>,
    ids: impl IntoIterator<Item = CustomerId>,
) -> Fallible<BTreeMap<CustomerId, Text>> {
    let mut names = BTreeMap::new();
    for id in ids {
        if let std::collections::btree_map::Entry::Vacant(slot) = names.entry(id)
            && let Some(name) =
                db.maybe("SELECT name FROM customer WHERE id = ?1", [id], |row| {
                    row.get::<_, Text>(0)
                })?
        {
            slot.insert(name);
        }
    }
    Ok(names)
}

pub(super) fn old_profile(db: Read<'_>, id: CustomerId, version: i64) -> Fallible<Option<Profile>> {
    let old = db.maybe(
        "SELECT profile FROM customer_version WHERE customer_id = ?1 AND version = ?2",
        (id, version),
        |row| row.get::<_, String>(0),
    )?;
    Ok(old
        .map(|profile| serde_json::from_str(&profile))
        .transpose()?)
}

pub(super) fn name_at(db: Read<'_>, id: CustomerId, at: Moment) -> Fallible<Option<Text>> {
    let old = db.maybe("SELECT profile FROM customer_version WHERE customer_id = ?1 AND to_at > ?2 ORDER BY version LIMIT 1", (id, at), |row| row.get::<_, String>(0))?;
    match old {
        Some(profile) => Ok(Some(serde_json::from_str::<Profile>(&profile)?.name)),
        None => db.maybe("SELECT name FROM customer WHERE id = ?1", [id], |row| {
            row.get(0)
        }),
    }
}
