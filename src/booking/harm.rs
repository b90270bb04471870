//! What an act does to the promises of others: who is short after it and was not before.

use super::promises::{Shortage, shortages_of};
use super::refusal::BookingRefusal;
use super::{Outcome, table};
use crate::customers;
use crate::kernel::{Failure, Fallible, Moment, ReservationId, Settings, TypeId};
use crate::store::{Read, Write};

/// A promise that an act would break, or break further.
pub type Harm = Shortage;

/// What is short of these types now, to be compared with what is short afterwards.
pub struct Before(Vec<Shortage>, Vec<TypeId>);

pub fn before(db: Read<'_>, settings: &Settings, types: impl IntoIterator<Item = TypeId>, now: Moment) -> Fallible<Before> {
    let types: Vec<TypeId> = types.into_iter().collect();
    Ok(Before(shortages_of(db, settings, types.iter().copied(), now)?, types))
}

impl Before {
    /// What is short now and was not, or by more than it was. Nobody is hurt by his own act.
    pub fn harm(&self, db: Read<'_>, settings: &Settings, own: Option<ReservationId>, now: Moment) -> Fallible<Vec<Harm>> {
        let after = shortages_of(db, settings, self.1.iter().copied(), now)?;
        Ok(after
            .into_iter()
            .filter(|short| Some(short.reservation) != own)
            .filter_map(|short| {
                let known = self.0.iter().find(|known| known.line == short.line).map_or(0, |known| known.missing);
                (short.missing > known).then(|| Harm { missing: short.missing - known, ..short })
            })
            .collect())
    }

    /// What was short and is not any more, or by less.
    pub fn mended(&self, db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<Vec<Harm>> {
        let after = shortages_of(db, settings, self.1.iter().copied(), now)?;
        Ok(self
            .0
            .iter()
            .filter_map(|known| {
                let left = after.iter().find(|short| short.line == known.line).map_or(0, |short| short.missing);
                (left < known.missing).then(|| Harm { missing: known.missing - left, ..known.clone() })
            })
            .collect())
    }
}

/// `R-1047 Ines Duarte Sat 22 Nov 09:00 would be short 1 x Sony FX6 body`
pub fn in_words(db: Read<'_>, settings: &Settings, harm: &Harm, now: Moment) -> Fallible<String> {
    let found = table::reservation(db, harm.reservation)?;
    let name = match found.as_ref().and_then(|found| found.customer) {
        Some(customer) => customers::names(db, [customer])?.remove(&customer).unwrap_or_default(),
        None => Default::default(),
    };
    let number = found.as_ref().map_or_else(String::new, |found| found.number.to_string());
    let start = found.as_ref().map_or(harm.during.start, |found| found.start);
    let thing = crate::catalog::names(db, [harm.type_id])?.remove(&harm.type_id).unwrap_or_default();
    Ok(format!("{number} {name} {} short {} x {thing}", settings.zone.show(start, now), harm.missing))
}

/// Refuses an act that hurts others, unless somebody was told and chose it.
pub(super) fn refuse_harm(db: &mut Write<'_>, settings: &Settings, before: &Before, own: Option<ReservationId>, chosen: bool) -> Outcome<()> {
    let policy = settings.value("short");
    if policy == "warn" || (chosen && policy != "forbid") {
        return Ok(());
    }
    let now = db.now();
    let harm = before.harm(db.read(), settings, own, now)?;
    if harm.is_empty() {
        return Ok(());
    }
    let words = harm.iter().map(|harm| in_words(db.read(), settings, harm, now)).collect::<Fallible<Vec<_>>>()?;
    Err(Failure::Refused(BookingRefusal::Hurts(words)))
}
