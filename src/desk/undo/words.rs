//! What a step is about, and how it is named.

use super::{Act, Final};
use crate::booking::{self, HandedOver};
use crate::customers;
use crate::inventory;
use crate::kernel::{CustomerId, Failure, Fallible, ItemId, RentalId, ReservationId, Text, TypeId};
use crate::store::Read;
use std::collections::BTreeSet;

/// What a step is about: two steps that share nothing of it do not depend on each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum About {
    Item(ItemId),
    Type(TypeId),
    Customer(CustomerId),
}

pub(super) fn about(db: Read<'_>, act: &Act) -> Fallible<BTreeSet<About>> {
    let mut all = BTreeSet::new();
    let item_and_type = |all: &mut BTreeSet<About>, item: ItemId| -> Fallible<()> {
        all.insert(About::Item(item));
        all.insert(About::Type(
            super::super::views::refused_is_fault(inventory::known(db, item))?.type_id,
        ));
        Ok(())
    };
    let reservation = |all: &mut BTreeSet<About>, id: ReservationId| -> Fallible<()> {
        let found = super::super::views::refused_is_fault(booking::reservation(db, id))?;
        all.extend(found.customer.map(About::Customer));
        for line in booking::lines(db, id)? {
            all.insert(About::Type(line.type_id));
            all.extend(line.pin.map(About::Item));
        }
        for rental in booking::rentals_of(db, id)? {
            all.insert(About::Type(rental.type_id));
            all.extend(rental.item.map(About::Item));
        }
        Ok(())
    };
    match act {
        Act::CheckOut(HandedOver {
            reservation: id, ..
        })
        | Act::CheckOutPaid {
            out: HandedOver {
                reservation: id, ..
            },
            ..
        }
        | Act::Reserve {
            reservation: id, ..
        }
        | Act::Packed {
            reservation: id, ..
        } => reservation(&mut all, *id)?,
        Act::Reservation { before, after, .. } => {
            reservation(&mut all, before.reservation())?;
            reservation(&mut all, after.reservation())?;
        }
        Act::CheckIn { rental, .. } => {
            if let Some(rental) = booking::rental(db, *rental)? {
                reservation(&mut all, rental.reservation)?;
            }
        }
        Act::Condition { item, .. }
        | Act::Lost { item, .. }
        | Act::Found { item, .. }
        | Act::ExpectedBack { item, .. } => item_and_type(&mut all, *item)?,
        Act::SetAside { block, .. } => {
            if let Some(block) = inventory::block(db, *block)? {
                all.insert(About::Type(block.type_id));
                all.extend(block.item.map(About::Item));
            }
        }
        Act::NotAside { item, type_id, .. } => {
            all.insert(About::Type(*type_id));
            all.extend(item.map(About::Item));
        }
        Act::Final(what) => match *what {
            Final::Retired(item) => {
                all.insert(About::Item(item));
            }
            Final::Case(item) => {
                item_and_type(&mut all, item)?;
                for content in inventory::contents(db, item)? {
                    item_and_type(&mut all, content.item)?;
                }
            }
            Final::Withdrawn(id) | Final::BroughtBack(id) | Final::Counted(id) | Final::Kit(id) => {
                all.insert(About::Type(id));
                all.extend(
                    crate::catalog::exploded(db, id, 1)?
                        .into_iter()
                        .map(|(part, _)| About::Type(part)),
                );
            }
            Final::Suspended(id) | Final::Reinstated(id) | Final::Money(_, id) => {
                all.insert(About::Customer(id));
            }
            // What was agreed before is frozen: nothing depends on it.
            Final::Rate(_) | Final::PriceTable | Final::Tax | Final::Discount => {}
        },
    }
    Ok(all)
}

/// Names are joined when it is shown, so that a step holds none.
pub(super) fn describe(db: Read<'_>, act: &Act) -> Fallible<String> {
    let money = match act {
        Act::CheckOutPaid {
            out,
            payment,
            deposit,
        } => super::super::money::taken_in_words(db, out.reservation, *payment, *deposit)?,
        _ => String::new(),
    };
    Ok(format!("{}{money}", describe_bare(db, act)?))
}

/// As [`describe`], without what became of the money.
pub(super) fn describe_bare(db: Read<'_>, act: &Act) -> Fallible<String> {
    let rental_words = |id: RentalId| -> Fallible<String> {
        let Some(rental) = booking::rental(db, id)? else {
            return Ok("a rental".to_owned());
        };
        let row = super::super::rental_rows(db, &[rental])?.remove(0);
        let count = if row.rental.item.is_none() {
            format!("{} x ", row.rental.quantity)
        } else {
            String::new()
        };
        Ok(format!("{count}{} ({})", row.tag, row.customer))
    };
    let tag = |item: ItemId| -> Fallible<String> {
        match inventory::known(db, item) {
            Ok(item) => Ok(item.tag.to_string()),
            Err(Failure::Fault(fault)) => Err(fault),
            Err(Failure::Refused(refusal)) => Ok(refusal.to_string()),
        }
    };
    let aside = |item: Option<ItemId>, type_id: TypeId| -> Fallible<String> {
        match item {
            Some(item) => tag(item),
            None => Ok(crate::catalog::names(db, [type_id])?
                .remove(&type_id)
                .unwrap_or_default()
                .to_string()),
        }
    };
    Ok(match act {
        Act::CheckOut(HandedOver {
            reservation,
            rentals,
            ..
        })
        | Act::CheckOutPaid {
            out:
                HandedOver {
                    reservation,
                    rentals,
                    ..
                },
            ..
        } => {
            let customer = match booking::reservation(db, *reservation)
                .ok()
                .and_then(|reservation| reservation.customer)
            {
                Some(id) => customers::names(db, [id])?.remove(&id).unwrap_or_default(),
                None => Text::default(),
            };
            let mut pieces = 0;
            for rental in rentals {
                pieces += booking::rental(db, *rental)?.map_or(1, |rental| rental.quantity);
            }
            format!(
                "out {pieces} item{} to {customer}",
                if pieces == 1 { "" } else { "s" }
            )
        }
        Act::CheckIn { rental, .. } => format!("back {}", rental_words(*rental)?),
        Act::Condition { item, after, .. } => format!("{} {}", tag(*item)?, after.shown()),
        Act::Lost { item, .. } => format!("{} lost", tag(*item)?),
        Act::Found { item, .. } => format!("{} found", tag(*item)?),
        Act::SetAside { block, .. } => match inventory::block(db, *block)? {
            Some(block) => format!("{} set aside", aside(block.item, block.type_id)?),
            None => "set aside".to_owned(),
        },
        Act::NotAside { item, type_id, .. } => {
            format!("{} no longer set aside", aside(*item, *type_id)?)
        }
        Act::ExpectedBack { item, .. } => format!("{} expected back", tag(*item)?),
        Act::Reserve { reservation, .. } => {
            format!("{} made", booking::number_of(db, *reservation)?)
        }
        Act::Packed { reservation, .. } => {
            format!("{} packed", booking::number_of(db, *reservation)?)
        }
        Act::Final(what) => match *what {
            Final::Retired(item) => format!("{} retired", tag(item)?),
            Final::Withdrawn(type_id) => format!("{} withdrawn", aside(None, type_id)?),
            Final::BroughtBack(type_id) => format!("{} brought back", aside(None, type_id)?),
            Final::Counted(type_id) => format!("{} counted anew", aside(None, type_id)?),
            Final::Kit(type_id) => format!("{} made of other parts", aside(None, type_id)?),
            Final::Case(item) => format!("{} packed otherwise", tag(item)?),
            Final::Rate(type_id) => format!("rate of {} set", aside(None, type_id)?),
            Final::PriceTable => "price tables changed".to_owned(),
            Final::Tax => "tax set".to_owned(),
            Final::Discount => "discounts changed".to_owned(),
            Final::Suspended(id) => format!(
                "{} suspended",
                customers::names(db, [id])?.remove(&id).unwrap_or_default()
            ),
            Final::Reinstated(id) => format!(
                "{} reinstated",
                customers::names(db, [id])?.remove(&id).unwrap_or_default()
            ),
            Final::Money(act, id) => format!(
                "{} {}",
                act.words(),
                customers::names(db, [id])?.remove(&id).unwrap_or_default()
            ),
        },
        Act::Reservation { verb, before, .. } => format!(
            "{} {}",
            booking::number_of(db, before.reservation())?,
            verb.word()
        ),
    })
}
