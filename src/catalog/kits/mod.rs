//! What belongs together: the components of a kit, the accessories that go along in a ratio, the
//! types accepted in another's place.

mod table;

use super::model::CatalogRefusal;
use super::{Outcome, names, type_details};
use crate::events::Event;
use crate::kernel::{Fallible, Text, TypeId};
use crate::store::{Invariant, Read, Write};
use std::collections::BTreeMap;

/// How deep kits may lie in each other: a kit of kits of kits of plain types.
pub const KIT_LEVELS_MAX: i64 = 3;

const QUANTITY_MAX: i64 = 1000;

/// So many of a type, in one kit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Component {
    pub type_id: TypeId,
    pub quantity: i64,
}

/// What goes along with a type: `quantity` of it for each begun `per` of the type.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accessory {
    pub type_id: TypeId,
    pub quantity: i64,
    pub per: i64,
    /// Whether it goes along unless somebody says no.
    pub by_default: bool,
}

impl Accessory {
    /// How many go along with so many of the type; a begun `per` counts whole.
    pub fn needed(&self, of: i64) -> i64 {
        if of <= 0 {
            return 0;
        }
        let begun = of / self.per + i64::from(of % self.per > 0);
        begun.saturating_mul(self.quantity)
    }
}

/// Says what a kit is made of, in place of what it was made of before; an empty list makes it a
/// plain type again. Reservations already written keep the components they were written with.
/// Whether there are things of the type itself, only inventory knows: see `inventory::make_kit`.
pub fn set_components(
    db: &mut Write<'_>,
    kit: TypeId,
    components: &[(TypeId, i64)],
) -> Outcome<()> {
    let found = in_catalogue(db.read(), kit)?;
    let mut wanted: BTreeMap<TypeId, i64> = BTreeMap::new();
    for (type_id, quantity) in components {
        let name = in_catalogue(db.read(), *type_id)?;
        let sum = wanted.entry(*type_id).or_default();
        *sum = sum.saturating_add(*quantity);
        if *quantity < 1 || *sum > QUANTITY_MAX {
            return Err(CatalogRefusal::ComponentQuantity {
                component: name,
                quantity: *quantity,
            }
            .into());
        }
        if *type_id == kit || holds(db.read(), *type_id, kit)? {
            return Err(CatalogRefusal::KitLoop {
                kit: found,
                component: name,
            }
            .into());
        }
    }
    let mut below = 0;
    for type_id in wanted.keys() {
        below = below.max(levels_below(db.read(), *type_id)?);
    }
    if !wanted.is_empty() && levels_above(db.read(), kit)? + 1 + below > KIT_LEVELS_MAX {
        return Err(CatalogRefusal::KitDeep(found).into());
    }
    let wanted: Vec<Component> = wanted
        .into_iter()
        .map(|(type_id, quantity)| Component { type_id, quantity })
        .collect();
    if wanted == self::components(db.read(), kit)? {
        return Ok(());
    }
    table::replace_components(db, kit, &wanted)?;
    changed(db, kit, "components")
}

/// What a kit is made of, one level down; nothing where the type is no kit.
pub fn components(db: Read<'_>, kit: TypeId) -> Fallible<Vec<Component>> {
    table::components(db, kit)
}

/// What so many of a type are in the end, by type and summed over all levels: itself, where it is
/// no kit.
pub fn exploded(db: Read<'_>, type_id: TypeId, quantity: i64) -> Fallible<Vec<(TypeId, i64)>> {
    let mut sums = BTreeMap::new();
    explode(db, type_id, quantity, KIT_LEVELS_MAX, &mut sums)?;
    Ok(sums.into_iter().collect())
}

fn explode(
    db: Read<'_>,
    type_id: TypeId,
    quantity: i64,
    levels: i64,
    sums: &mut BTreeMap<TypeId, i64>,
) -> Fallible<()> {
    let parts = table::components(db, type_id)?;
    if parts.is_empty() {
        let sum = sums.entry(type_id).or_default();
        *sum = sum.saturating_add(quantity);
        return Ok(());
    }
    anyhow::ensure!(
        levels > 0,
        "the kits in type {} lie deeper than {KIT_LEVELS_MAX} levels",
        type_id.0
    );
    for part in parts {
        explode(
            db,
            part.type_id,
            quantity.saturating_mul(part.quantity),
            levels - 1,
            sums,
        )?;
    }
    Ok(())
}

pub fn is_kit(db: Read<'_>, type_id: TypeId) -> Fallible<bool> {
    table::is_kit(db, type_id)
}

/// The kits that a type is a component of, one level up.
pub fn kits_of(db: Read<'_>, component: TypeId) -> Fallible<Vec<TypeId>> {
    table::kits_of(db, component)
}

/// Every kit of the catalogue, withdrawn ones left out, by name.
pub fn kits(db: Read<'_>) -> Fallible<Vec<TypeId>> {
    table::kits(db)
}

/// Whether `searched` lies anywhere inside a kit.
fn holds(db: Read<'_>, kit: TypeId, searched: TypeId) -> Fallible<bool> {
    for part in table::components(db, kit)? {
        if part.type_id == searched || holds(db, part.type_id, searched)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn levels_below(db: Read<'_>, type_id: TypeId) -> Fallible<i64> {
    let mut levels = 0;
    for part in table::components(db, type_id)? {
        levels = levels.max(1 + levels_below(db, part.type_id)?);
    }
    Ok(levels)
}

fn levels_above(db: Read<'_>, type_id: TypeId) -> Fallible<i64> {
    let mut levels = 0;
    for kit in table::kits_of(db, type_id)? {
        levels = levels.max(1 + levels_above(db, kit)?);
    }
    Ok(levels)
}

/// Says that `quantity` of an accessory go along with each begun `per` of a type; said again, the
/// new ratio counts.
pub fn set_accessory(
    db: &mut Write<'_>,
    type_id: TypeId,
    accessory: TypeId,
    quantity: i64,
    per: i64,
    by_default: bool,
) -> Outcome<()> {
    let name = in_catalogue(db.read(), type_id)?;
    let along = in_catalogue(db.read(), accessory)?;
    if type_id == accessory {
        return Err(CatalogRefusal::WithItself(name).into());
    }
    if is_kit(db.read(), accessory)? {
        return Err(CatalogRefusal::KitAlong(along).into());
    }
    if !(1..=QUANTITY_MAX).contains(&quantity) || !(1..=QUANTITY_MAX).contains(&per) {
        return Err(CatalogRefusal::Ratio {
            accessory: along,
            quantity,
            per,
        }
        .into());
    }
    let wanted = Accessory {
        type_id: accessory,
        quantity,
        per,
        by_default,
    };
    if accessories(db.read(), type_id)?.contains(&wanted) {
        return Ok(());
    }
    table::put_accessory(db, type_id, &wanted)?;
    changed(db, type_id, "accessories")
}

pub fn drop_accessory(db: &mut Write<'_>, type_id: TypeId, accessory: TypeId) -> Outcome<()> {
    if !accessories(db.read(), type_id)?
        .iter()
        .any(|known| known.type_id == accessory)
    {
        return Err(CatalogRefusal::NoAccessory {
            of: name_of(db.read(), type_id)?,
            accessory: name_of(db.read(), accessory)?,
        }
        .into());
    }
    table::drop_accessory(db, type_id, accessory)?;
    changed(db, type_id, "accessories")
}

pub fn accessories(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<Accessory>> {
    table::accessories(db, type_id)
}

/// Says that another type may be taken in a type's place; the other way round is said apart.
pub fn set_substitute(db: &mut Write<'_>, type_id: TypeId, substitute: TypeId) -> Outcome<()> {
    let name = in_catalogue(db.read(), type_id)?;
    in_catalogue(db.read(), substitute)?;
    if type_id == substitute {
        return Err(CatalogRefusal::WithItself(name).into());
    }
    if substitutes(db.read(), type_id)?.contains(&substitute) {
        return Ok(());
    }
    table::insert_substitute(db, type_id, substitute)?;
    changed(db, type_id, "substitutes")
}

pub fn drop_substitute(db: &mut Write<'_>, type_id: TypeId, substitute: TypeId) -> Outcome<()> {
    if !substitutes(db.read(), type_id)?.contains(&substitute) {
        return Err(CatalogRefusal::NoSubstitute {
            of: name_of(db.read(), type_id)?,
            substitute: name_of(db.read(), substitute)?,
        }
        .into());
    }
    table::drop_substitute(db, type_id, substitute)?;
    changed(db, type_id, "substitutes")
}

pub fn substitutes(db: Read<'_>, type_id: TypeId) -> Fallible<Vec<TypeId>> {
    table::substitutes(db, type_id)
}

fn changed(db: &mut Write<'_>, type_id: TypeId, what: &str) -> Outcome<()> {
    db.publish(&Event::EquipmentTypeChanged {
        type_id,
        changed: vec![what.to_owned()],
    })?;
    Ok(())
}

fn name_of(db: Read<'_>, type_id: TypeId) -> Fallible<Text> {
    Ok(names(db, [type_id])?.remove(&type_id).unwrap_or_default())
}

/// The name of a type that may be rented.
fn in_catalogue(db: Read<'_>, type_id: TypeId) -> Outcome<Text> {
    let found = type_details(db, type_id)?;
    if found.withdrawn {
        Err(CatalogRefusal::Withdrawn(found.details.name).into())
    } else {
        Ok(found.details.name)
    }
}

pub(super) const INVARIANTS: &[Invariant] = table::INVARIANTS;
