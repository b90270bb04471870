//! What an act does to the promises of others: who is short after it and was not before.

use super::model::RentalState;
use super::promises::{Shortage, shortages_of};
use super::refusal::BookingRefusal;
use super::{Outcome, table};
use crate::customers;
use crate::inventory;
use crate::kernel::{
    BlockId, Failure, Fallible, ItemId, LineId, Moment, RentalId, ReservationId, Settings, TypeId,
};
use crate::store::{Read, Write};
use std::collections::BTreeSet;

/// A promise that an act would break, or break further.
pub type Harm = Shortage;

/// What is short of these types now, to be compared with what is short afterwards.
pub struct Before(Vec<Shortage>, Vec<TypeId>);

pub fn before(
    db: Read<'_>,
    settings: &Settings,
    types: impl IntoIterator<Item = TypeId>,
    now: Moment,
) -> Fallible<Before> {
    let types: Vec<TypeId> = types.into_iter().collect();
    Ok(Before(
        shortages_of(db, settings, types.iter().copied(), now)?,
        types,
    ))
}

/// Every type that an act on a reservation may touch: those of its lines, and of what is out of it
/// in another type's place.
pub fn types_of(db: Read<'_>, id: ReservationId) -> Fallible<BTreeSet<TypeId>> {
    let mut types: BTreeSet<TypeId> = table::lines(db, id)?
        .into_iter()
        .map(|line| line.type_id)
        .collect();
    types.extend(
        table::rentals_of(db, id)?
            .into_iter()
            .filter(|rental| rental.state == RentalState::Out)
            .map(|rental| rental.type_id),
    );
    Ok(types)
}

/// An open line, and the item that it names.
pub type Named = (LineId, ItemId);

/// The open lines of these types that name an item.
pub fn named(db: Read<'_>, types: impl IntoIterator<Item = TypeId>) -> Fallible<Vec<Named>> {
    let mut named = Vec::new();
    for type_id in types.into_iter().collect::<BTreeSet<TypeId>>() {
        named.extend(
            table::pinned_lines(db, type_id)?
                .into_iter()
                .filter_map(|line| Some((line.id, line.pin?))),
        );
    }
    Ok(named)
}

/// Which of these are open still, and name nothing any more.
pub fn unnamed(db: Read<'_>, named: &[Named]) -> Fallible<Vec<Named>> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let lines: Vec<LineId> = named.iter().map(|(line, _)| *line).collect();
    let unnamed: BTreeSet<LineId> = table::open_without_name(db, &serde_json::to_string(&lines)?)?
        .into_iter()
        .collect();
    Ok(named
        .iter()
        .copied()
        .filter(|(line, _)| unnamed.contains(line))
        .collect())
}

/// Names items again that an act took off their lines, where the line waits still, nothing else has
/// the item, and nobody goes short.
pub fn name_again(db: &mut Write<'_>, settings: &Settings, unnamed: &[Named]) -> Fallible<()> {
    let now = db.now();
    for &(id, item) in unnamed {
        let Some(line) =
            table::line(db.read(), id)?.filter(|line| line.claimed > 0 && line.pin.is_none())
        else {
            continue;
        };
        let was = before(db.read(), settings, [line.type_id], now)?;
        match inventory::pin(db, item, id, line.claimed_window()) {
            Ok(()) => table::set_pin(db, id, Some(item))?,
            Err(Failure::Refused(_)) => continue,
            Err(Failure::Fault(fault)) => return Err(fault),
        }
        if !was.harm(db.read(), settings, None, now)?.is_empty() {
            inventory::unpin(db, id)?;
            table::set_pin(db, id, None)?;
        }
    }
    Ok(())
}

/// `R-1047 Ines Duarte Sat 22 Nov 09:00 without the CAM-0012 it named`
pub fn unnamed_in_words(
    db: Read<'_>,
    settings: &Settings,
    (line, item): Named,
    now: Moment,
) -> Fallible<String> {
    let Some(line) = table::line(db, line)? else {
        return Ok(String::new());
    };
    let tag = inventory::tag_of(db, item)?.map_or_else(String::new, |tag| tag.to_string());
    Ok(format!(
        "{} without the {tag} it named",
        who(db, settings, line.reservation, line.start, now)?
    ))
}

/// What is out beyond the start of a block of its own.
pub type OutIntoBlock = (RentalId, BlockId);

/// Everything of these types that is out beyond the start of a block of its own.
pub fn out_into_blocks(db: Read<'_>, types: &[TypeId]) -> Fallible<Vec<OutIntoBlock>> {
    let mut found = Vec::new();
    for type_id in types.iter().copied().collect::<BTreeSet<TypeId>>() {
        let mut blocks = inventory::blocks_of_type(db, type_id)?;
        blocks.retain(|block| block.kind == inventory::BlockKind::Blackout && block.item.is_some());
        if blocks.is_empty() {
            continue;
        }
        for rental in table::open_rentals_of_type(db, type_id)? {
            found.extend(
                blocks
                    .iter()
                    .filter(|block| block.item == rental.item && block.start < rental.due_at)
                    .map(|block| (rental.id, block.id)),
            );
        }
    }
    Ok(found)
}

/// `CAM-0012 is out to Maya Chen, R-1042, until Mon 24 Nov 12:00`
pub fn out_into_block_in_words(
    db: Read<'_>,
    settings: &Settings,
    (rental, _): OutIntoBlock,
    now: Moment,
) -> Fallible<String> {
    let Some(rental) = table::rental(db, rental)? else {
        return Ok(String::new());
    };
    let tag = super::check_in::tag_of(db, &rental)?;
    let name = customers::names(db, [rental.customer])?
        .remove(&rental.customer)
        .unwrap_or_default();
    Ok(format!(
        "{tag} is out to {name}, {}, until {}",
        table::number_of(db, rental.reservation)?,
        settings.zone.show(rental.due_at, now)
    ))
}

impl Before {
    /// What is short by now, to be kept: each line, and by how many.
    pub fn missing(&self) -> Vec<(LineId, i64)> {
        self.0
            .iter()
            .map(|short| (short.line, short.missing))
            .collect()
    }

    /// Whether nobody is short that was not so now, or in those days, by as much.
    pub(super) fn no_shorter(
        &self,
        db: Read<'_>,
        settings: &Settings,
        then: &[(LineId, i64)],
        now: Moment,
    ) -> Fallible<bool> {
        let after = shortages_of(db, settings, self.1.iter().copied(), now)?;
        Ok(after.iter().all(|short| {
            let known = self
                .0
                .iter()
                .find(|known| known.line == short.line)
                .map_or(0, |known| known.missing);
            let then = then
                .iter()
                .find(|(line, _)| *line == short.line)
                .map_or(0, |(_, missing)| *missing);
            short.missing <= known.max(then)
        }))
    }

    /// What is short now and was not, or by more than it was. Nobody is hurt by his own act.
    pub fn harm(
        &self,
        db: Read<'_>,
        settings: &Settings,
        own: Option<ReservationId>,
        now: Moment,
    ) -> Fallible<Vec<Harm>> {
        let after = shortages_of(db, settings, self.1.iter().copied(), now)?;
        Ok(after
            .into_iter()
            .filter(|short| Some(short.reservation) != own)
            .filter_map(|short| {
                let known = self
                    .0
                    .iter()
                    .find(|known| known.line == short.line)
                    .map_or(0, |known| known.missing);
                (short.missing > known).then(|| Harm {
                    missing: short.missing - known,
                    ..short
                })
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
                let left = after
                    .iter()
                    .find(|short| short.line == known.line)
                    .map_or(0, |short| short.missing);
                (left < known.missing).then(|| Harm {
                    missing: known.missing - left,
                    ..known.clone()
                })
            })
            .collect())
    }
}

/// `R-1047 Ines Duarte Sat 22 Nov 09:00 would be short 1 x Sony FX6 body`
pub fn in_words(db: Read<'_>, settings: &Settings, harm: &Harm, now: Moment) -> Fallible<String> {
    let thing = crate::catalog::names(db, [harm.type_id])?
        .remove(&harm.type_id)
        .unwrap_or_default();
    Ok(format!(
        "{} short {} x {thing}",
        who(db, settings, harm.reservation, harm.during.start, now)?,
        harm.missing
    ))
}

/// `R-1047 Ines Duarte Sat 22 Nov 09:00`
fn who(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    start: Moment,
    now: Moment,
) -> Fallible<String> {
    let found = table::reservation(db, id)?;
    let name = match found.as_ref().and_then(|found| found.customer) {
        Some(customer) => customers::names(db, [customer])?
            .remove(&customer)
            .unwrap_or_default(),
        None => Default::default(),
    };
    let number = found
        .as_ref()
        .map_or_else(String::new, |found| found.number.to_string());
    let start = found.as_ref().map_or(start, |found| found.start);
    Ok(format!(
        "{number} {name} {}",
        settings.zone.show(start, now)
    ))
}

/// Refuses an act that hurts others, or that something else stands against, unless somebody was
/// told and chose it.
pub(super) fn refuse_harm(
    db: &mut Write<'_>,
    settings: &Settings,
    before: &Before,
    against: Vec<String>,
    chosen: bool,
) -> Outcome<()> {
    let policy = settings.value("short");
    if policy == "warn" || (chosen && policy != "forbid") {
        return Ok(());
    }
    let now = db.now();
    let harm = before.harm(db.read(), settings, None, now)?;
    if harm.is_empty() && against.is_empty() {
        return Ok(());
    }
    let mut words = against;
    for harm in &harm {
        words.push(in_words(db.read(), settings, harm, now)?);
    }
    Err(Failure::Refused(BookingRefusal::Hurts(words)))
}
