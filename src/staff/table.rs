//! The SQL of `staff_member`.

use super::StaffMember;
use crate::kernel::{Fallible, StaffId, Text};
use crate::store::{Read, Write};
use rusqlite::Row;

fn member(row: &Row<'_>) -> rusqlite::Result<StaffMember> {
    Ok(StaffMember {
        id: row.get(0)?,
        name: row.get(1)?,
        active: row.get(2)?,
    })
}

pub(super) fn insert(db: &mut Write<'_>, name: &Text, key: &str) -> Fallible<StaffId> {
    let now = db.now();
    Ok(StaffId(db.insert(
        "INSERT INTO staff_member(name, name_key, active, created_at) VALUES (?1, ?2, 1, ?3)",
        (name, key, now),
    )?))
}

pub(super) fn by_key(db: Read<'_>, key: &str) -> Fallible<Option<StaffMember>> {
    db.maybe(
        "SELECT id, name, active FROM staff_member WHERE name_key = ?1",
        [key],
        member,
    )
}

pub(super) fn all(db: Read<'_>) -> Fallible<Vec<StaffMember>> {
    db.rows(
        "SELECT id, name, active FROM staff_member ORDER BY name_key",
        [],
        member,
    )
}
