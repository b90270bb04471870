//! Who works here.
//!
//! **Does** keeps the names of staff members, so that every entry says who made it. **Owns**
//! `staff_member`. **Publishes** `StaffAdded`. **Hears** nothing.

mod table;

use crate::events::Event;
use crate::kernel::text::folded;
use crate::kernel::{Failure, Fallible, Refusal, StaffId, Text};
use crate::store::{Read, Write};
use std::collections::BTreeMap;

/// Somebody who works at the counter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StaffMember {
    pub id: StaffId,
    pub name: Text,
    pub active: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StaffRefusal {
    #[error("A staff member needs a name of 1 to 100 characters")]
    Name,
    #[error("{0} is on the list already")]
    Known(Text),
    #[error("Nobody called \"{0}\" works here")]
    Unknown(Text),
}

impl Refusal for StaffRefusal {
    fn hint(&self) -> String {
        match self {
            StaffRefusal::Name => "give a name".to_owned(),
            StaffRefusal::Known(_) => "use another name, for example with an initial".to_owned(),
            StaffRefusal::Unknown(name) => format!("rentdesk staff add \"{name}\" adds them"),
        }
    }
    fn kind(&self) -> &'static str {
        "staff"
    }
    fn not_found(&self) -> bool {
        matches!(self, StaffRefusal::Unknown(_))
    }
}

pub fn add(db: &mut Write<'_>, name: &Text) -> Result<StaffId, Failure<StaffRefusal>> {
    if name.is_empty() || name.length() > 100 {
        return Err(StaffRefusal::Name.into());
    }
    if table::by_key(db.read(), &folded(name.as_str()))?.is_some() {
        return Err(StaffRefusal::Known(name.clone()).into());
    }
    let id = table::insert(db, name, &folded(name.as_str()))?;
    db.publish(&Event::StaffAdded { staff_id: id })?;
    Ok(id)
}

/// The staff member of that name, added if the shop did not know them: old records name people who
/// left long ago.
pub fn find_or_add(db: &mut Write<'_>, name: &Text) -> Result<StaffId, Failure<StaffRefusal>> {
    match table::by_key(db.read(), &folded(name.as_str()))? {
        Some(member) => Ok(member.id),
        None => add(db, name),
    }
}

pub fn by_name(db: Read<'_>, name: &str) -> Result<StaffMember, Failure<StaffRefusal>> {
    table::by_key(db, &folded(name.trim()))?
        .ok_or_else(|| StaffRefusal::Unknown(Text::new(name)).into())
}

pub fn list(db: Read<'_>) -> Fallible<Vec<StaffMember>> {
    table::all(db)
}

/// Names for showing, by id.
pub fn names(db: Read<'_>) -> Fallible<BTreeMap<StaffId, Text>> {
    Ok(table::all(db)?
        .into_iter()
        .map(|member| (member.id, member.name))
        .collect())
}
