//! What a customer wants, taken apart into what claims gear: a kit into its components, a type and
//! what goes along with it.

use super::Outcome;
use super::availability::Wish;
use super::refusal::BookingRefusal;
use crate::catalog::{self, Role, Tracking};
use crate::inventory::{self, Lifecycle, Stock};
use crate::kernel::{Failure, ItemId, Period, Text, TypeId};
use crate::store::Read;
use serde::{Deserialize, Serialize};

/// One thing a customer asks for. A kit is a type; a pin names the very item.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Want {
    pub type_id: TypeId,
    pub quantity: i64,
    pub pin: Option<ItemId>,
    /// What usually goes along with it, too.
    pub with_accessories: bool,
}

impl Want {
    pub fn of(type_id: TypeId, quantity: i64) -> Self {
        Want {
            type_id,
            quantity,
            pin: None,
            with_accessories: true,
        }
    }

    pub fn item(type_id: TypeId, item: ItemId) -> Self {
        Want {
            type_id,
            quantity: 1,
            pin: Some(item),
            with_accessories: true,
        }
    }
}

/// A line as it will stand on the reservation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Piece {
    /// Which want it comes from.
    pub want: usize,
    /// The line above it: the kit it is part of, or what it goes along with.
    pub parent: Option<usize>,
    pub type_id: TypeId,
    pub type_name: Text,
    pub quantity: i64,
    pub pin: Option<ItemId>,
    pub window: Period,
    pub turnaround_minutes: i64,
    /// Its components claim; the line itself does not.
    pub is_kit: bool,
    /// Its things are counted, not tagged: asked of pieces that are to be written.
    pub is_counted: bool,
}

impl Piece {
    /// The time it keeps gear from others, turnaround included.
    pub fn claimed(&self) -> Period {
        Period {
            start: self.window.start,
            end: self.window.end.plus_minutes(self.turnaround_minutes),
        }
    }

    pub(super) fn wish(&self) -> Wish {
        Wish {
            window: self.claimed(),
            quantity: self.quantity,
            pin: self.pin,
        }
    }
}

/// The most of one type on one line.
const QUANTITY_MAX: i64 = 10_000;

/// The lines that these wants become over a window.
pub fn pieces(db: Read<'_>, wants: &[Want], window: Period) -> Outcome<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut only_accessories = None;
    let mut has_primary = false;
    let wanted: Vec<TypeId> = wants.iter().map(|want| want.type_id).collect();
    let known = catalog::terms_of_many(db, &wanted)?;
    for (place, want) in wants.iter().enumerate() {
        let Some(found) = known.get(&want.type_id).cloned() else {
            return Err(lift(
                catalog::CatalogRefusal::TypeUnknown(Text::new(&want.type_id.0.to_string())).into(),
            ));
        };
        if !(1..=QUANTITY_MAX).contains(&want.quantity) {
            return Err(BookingRefusal::Quantity {
                type_name: found.name,
                quantity: want.quantity,
            }
            .into());
        }
        if found.withdrawn {
            return Err(BookingRefusal::Withdrawn {
                type_name: found.name,
            }
            .into());
        }
        match found.role {
            Role::Accessory => only_accessories = only_accessories.or(Some(found.name.clone())),
            Role::Primary => has_primary = true,
        }
        if let Some(item) = want.pin {
            may_be_pinned(db, want, item, &found.name)?;
        }
        let components = if found.is_kit {
            catalog::exploded(db, want.type_id, want.quantity)?
        } else {
            Vec::new()
        };
        let along = if want.with_accessories && found.has_accessories {
            along_with(db, want)?
        } else {
            Vec::new()
        };
        let parent = pieces.len();
        pieces.push(Piece {
            want: place,
            parent: None,
            type_id: want.type_id,
            type_name: found.name,
            quantity: want.quantity,
            pin: want.pin,
            window,
            turnaround_minutes: if found.is_kit {
                0
            } else {
                found.turnaround_minutes
            },
            is_kit: found.is_kit,
            is_counted: found.tracking == Tracking::Bulk,
        });
        for (type_id, quantity) in components.into_iter().chain(along) {
            let part = catalog::terms(db, type_id).map_err(lift)?;
            if part.withdrawn {
                return Err(BookingRefusal::Withdrawn {
                    type_name: part.name,
                }
                .into());
            }
            pieces.push(Piece {
                want: place,
                parent: Some(parent),
                type_id,
                type_name: part.name,
                quantity,
                pin: None,
                window,
                turnaround_minutes: part.turnaround_minutes,
                is_kit: false,
                is_counted: part.tracking == Tracking::Bulk,
            });
        }
    }
    match only_accessories {
        Some(type_name) if !has_primary => Err(BookingRefusal::OnlyAccessory { type_name }.into()),
        _ => Ok(pieces),
    }
}

fn lift(failure: Failure<catalog::CatalogRefusal>) -> Failure<BookingRefusal> {
    failure.map(BookingRefusal::Catalogue)
}

fn along_with(db: Read<'_>, want: &Want) -> Outcome<Vec<(TypeId, i64)>> {
    Ok(catalog::accessories(db, want.type_id)?
        .into_iter()
        .filter(|accessory| accessory.by_default)
        .map(|accessory| (accessory.type_id, accessory.needed(want.quantity)))
        .collect())
}

fn may_be_pinned(db: Read<'_>, want: &Want, item: ItemId, type_name: &Text) -> Outcome<()> {
    let item = inventory::known(db, item).map_err(|failure| failure.map(BookingRefusal::Stock))?;
    if want.quantity != 1 {
        return Err(BookingRefusal::PinOfMany {
            tag: item.tag,
            quantity: want.quantity,
        }
        .into());
    }
    if item.type_id != want.type_id {
        return Err(BookingRefusal::PinOfAnother {
            tag: item.tag,
            type_name: type_name.clone(),
        }
        .into());
    }
    match item.lifecycle {
        Lifecycle::InService => Ok(()),
        Lifecycle::Lost => Err(BookingRefusal::Gone {
            tag: item.tag,
            type_name: type_name.clone(),
            state: "lost",
            instead: None,
        }
        .into()),
        Lifecycle::Retired => Err(BookingRefusal::Gone {
            tag: item.tag,
            type_name: type_name.clone(),
            state: "retired",
            instead: None,
        }
        .into()),
    }
}

/// What a tag or a type's name asks for: a tag pins that item, the code of counted stock and a name
/// ask for the type.
pub fn want_of(db: Read<'_>, text: &str, quantity: i64) -> Outcome<Want> {
    match inventory::candidates(db, text)?.as_slice() {
        [Stock::Item(item)] => {
            return Ok(Want {
                quantity,
                ..Want::item(item.type_id, item.id)
            });
        }
        [Stock::Bulk(bulk)] => return Ok(Want::of(bulk.type_id, quantity)),
        _ => {}
    }
    Ok(Want::of(
        catalog::resolve_type(db, text).map_err(lift)?.id,
        quantity,
    ))
}
