//! What it costs.
//!
//! **Does** keeps the rates of a type, each valid from a moment on. **Owns** `rate`. **Publishes** nothing. **Hears** nothing.

mod table;

use crate::kernel::{Fallible, Moment, Money, TypeId};
use crate::store::{Read, Write};

/// What one piece costs by the hour, day, week, or for the type's fixed rental period.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Rate {
    pub hourly: Option<Money>,
    pub daily: Option<Money>,
    pub weekly: Option<Money>,
    pub fixed: Option<Money>,
}

/// Sets the rate of a type from now on; an earlier one stays for what was agreed under it.
pub fn set_rate(db: &mut Write<'_>, of: TypeId, rate: Rate) -> Fallible<()> {
    let from = db.now();
    table::set(db, of, rate, from)
}

/// The rate valid at that moment.
pub fn rate_at(db: Read<'_>, of: TypeId, at: Moment) -> Fallible<Option<Rate>> {
    table::at(db, of, at)
}

/// Whether any rate was ever set.
pub fn has_rates(db: Read<'_>) -> Fallible<bool> {
    table::any(db)
}
