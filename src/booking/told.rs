//! What an act told, found again by what it tells: never by its place among what was published.

use crate::events::Event;
use crate::kernel::{BlockId, Fallible, ItemId, RentalId, ReservationId};
use crate::store::{Read, log};
use uuid::Uuid;

/// The events of one act, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Told(Vec<(Uuid, Event)>);

impl Told {
    /// Those of these that are there and that this version can read.
    pub fn of(db: Read<'_>, events: &[Uuid]) -> Fallible<Told> {
        let mut told = Vec::new();
        for id in events {
            if let Some(event) = log::event(db, *id)?.and_then(|recorded| recorded.event) {
                told.push((*id, event));
            }
        }
        Ok(Told(told))
    }

    /// The first that is so.
    pub fn first(&self, is_so: impl Fn(&Event) -> bool) -> Option<Uuid> {
        self.0
            .iter()
            .find(|(_, event)| is_so(event))
            .map(|(id, _)| *id)
    }

    pub fn out(&self, rental: RentalId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::EquipmentCheckedOut(out) if out.rental_id == rental),
        )
    }

    pub fn back(&self, rental: RentalId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::EquipmentCheckedIn(back) if back.rental_id == rental),
        )
    }

    pub fn extended(&self, rental: RentalId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::RentalExtended { rental_id, .. } if *rental_id == rental),
        )
    }

    pub fn condition(&self, item: ItemId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::EquipmentConditionUpdated { item_id, .. } if *item_id == item),
        )
    }

    pub fn lost(&self, item: ItemId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::EquipmentLost { item_id, .. } if *item_id == Some(item)),
        )
    }

    pub fn found(&self, item: ItemId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::EquipmentFound { item_id, .. } if *item_id == Some(item)),
        )
    }

    pub fn blocked(&self, block: BlockId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::EquipmentBlocked { block_id, .. } if *block_id == block),
        )
    }

    /// The end of a block, of an act that ended one.
    pub fn unblocked(&self) -> Option<Uuid> {
        self.first(|event| matches!(event, Event::EquipmentUnblocked { .. }))
    }

    pub fn created(&self, reservation: ReservationId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::ReservationCreated { reservation_id, .. } if *reservation_id == reservation),
        )
    }

    pub fn activated(&self, reservation: ReservationId) -> Option<Uuid> {
        self.first(
            |event| matches!(event, Event::ReservationActivated { reservation_id, .. } if *reservation_id == reservation),
        )
    }

    /// Everything that was told of the reservation itself, not of what is out of it.
    pub fn of_reservation(&self, reservation: ReservationId) -> Vec<Uuid> {
        self.0
            .iter()
            .filter(|(_, event)| event.aggregate() == ("reservation", reservation.0))
            .map(|(id, _)| *id)
            .collect()
    }

    /// The changes of it alone.
    pub fn changes_of(&self, reservation: ReservationId) -> Vec<Uuid> {
        self.0
            .iter()
            .filter(|(_, event)| {
                matches!(event, Event::ReservationChanged { reservation_id, .. } if *reservation_id == reservation)
            })
            .map(|(id, _)| *id)
            .collect()
    }
}
