//! The SQL of `rate`.

use super::Rate;
use crate::kernel::{Fallible, Moment, TypeId};
use crate::store::{Read, Write};

pub(super) fn set(db: &mut Write<'_>, of: TypeId, rate: Rate, from: Moment) -> Fallible<()> {
    let now = db.now();
    db.execute(
        "INSERT INTO rate(type_id, hourly, daily, weekly, fixed, effective_from, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT(type_id, effective_from) DO UPDATE SET hourly = excluded.hourly, daily = excluded.daily, weekly = excluded.weekly, fixed = excluded.fixed",
        (of, rate.hourly, rate.daily, rate.weekly, rate.fixed, from, now),
    )?;
    Ok(())
}

pub(super) fn at(db: Read<'_>, of: TypeId, at: Moment) -> Fallible<Option<Rate>> {
    db.maybe("SELECT hourly, daily, weekly, fixed FROM rate WHERE type_id = ?1 AND effective_from <= ?2 ORDER BY effective_from DESC LIMIT 1", (of, at), |row| {
        Ok(Rate { hourly: row.get(0)?, daily: row.get(1)?, weekly: row.get(2)?, fixed: row.get(3)? })
    })
}

pub(super) fn any(db: Read<'_>) -> Fallible<bool> {
    db.one("SELECT EXISTS (SELECT 1 FROM rate)", [], |row| row.get(0))
}
