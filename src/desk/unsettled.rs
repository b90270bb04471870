//! What is left to be settled once gear is back: fees that nobody charged or waived, rent that is
//! owed, a deposit that is still held. It stays in sight until it is settled. Only a mark is kept;
//! what it comes to is read where it is known.

use super::money::money_of;
use super::table;
use super::to_settle::{is_to_settle, to_settle};
use super::views::refused_is_fault;
use crate::billing::{self, LineKind};
use crate::booking::{self, Reservation, ReservationState};
use crate::customers;
use crate::events::{Event, Recorded};
use crate::kernel::{
    Currency, CustomerId, Fallible, Moment, Money, RentalId, ReservationId, ReservationNumber,
    Settings, Text,
};
use crate::outbox;
use crate::store::{Read, Write, log};

/// One reservation of which something is left to be settled.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unsettled {
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub customer: CustomerId,
    pub name: Text,
    /// Its last return, or its end where nothing was handed over.
    pub since: Moment,
    /// What nobody charged or waived yet; an amount of zero is one that only a person can say.
    pub fees: Vec<(LineKind, Money)>,
    /// Zero while something of it is out: it may be asked for at the last return.
    pub owes: Money,
    pub deposit_held: Money,
}

/// So many at once; marks that turn out to be settled are passed over, up to so many.
const SHOWN_MAX: usize = 10;
const MARKS_MAX: usize = 40;

/// The newest first; and whether there are more, or may be: nobody looks beyond so many marks at
/// once.
pub fn unsettled(db: Read<'_>, settings: &Settings) -> Fallible<(Vec<Unsettled>, bool)> {
    let mut found = Vec::new();
    let marks = table::unsettled(db, MARKS_MAX)?;
    for (id, since) in &marks {
        let Some(one) = left_of(
            db,
            settings,
            &refused_is_fault(booking::reservation(db, *id))?,
            *since,
        )?
        else {
            continue;
        };
        if found.len() == SHOWN_MAX {
            return Ok((found, true));
        }
        found.push(one);
    }
    Ok((found, marks.len() == MARKS_MAX))
}

/// Of the newest marks those that say nothing any more, once all that was done stands in the
/// drafts.
pub fn marks_to_drop(db: Read<'_>, settings: &Settings) -> Fallible<Vec<ReservationId>> {
    let mut settled = Vec::new();
    for (id, since) in table::unsettled(db, MARKS_MAX)? {
        if left_of(
            db,
            settings,
            &refused_is_fault(booking::reservation(db, id))?,
            since,
        )?
        .is_none()
        {
            settled.push(id);
        }
    }
    let is_followed = outbox::heard(db, BILLING)? >= log::last_seq(db)?;
    Ok(if is_followed { settled } else { Vec::new() })
}

/// Looks again at these, and takes the marks off those of which nothing is left: they must not hide
/// what is.
pub fn drop_marks(db: &mut Write<'_>, marks: &[ReservationId]) -> Fallible<()> {
    marks.iter().try_for_each(|id| still_unsettled(db, *id))
}

impl Unsettled {
    /// `late fee 80.00 · owes 306.00 · deposit held 300.00`
    pub fn in_words(&self, currency: Currency) -> String {
        let mut words = Vec::new();
        match self.fees.as_slice() {
            [] => {}
            [(kind, amount)] if amount.0 > 0 => words.push(format!(
                "{} {} open",
                fee_word(*kind),
                currency.show(*amount)
            )),
            [(kind, _)] => words.push(format!("{} not settled", fee_word(*kind))),
            fees => words.push(format!("{} fees not settled", fees.len())),
        }
        if self.owes.0 > 0 {
            words.push(format!("owes {}", currency.show(self.owes)));
        }
        if self.deposit_held.0 > 0 {
            words.push(format!("deposit held {}", currency.show(self.deposit_held)));
        }
        words.join(" · ")
    }
}

fn fee_word(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Late => "late fee",
        LineKind::Damage => "damage",
        LineKind::Loss => "loss",
        _ => "charge",
    }
}

/// What is left of one. Where nothing was ever said of money (no price, no invoice, no deposit)
/// there is nothing to settle: an old record, or a shop that does not take money here.
fn left_of(
    db: Read<'_>,
    settings: &Settings,
    found: &Reservation,
    since: Moment,
) -> Fallible<Option<Unsettled>> {
    let Some(customer) = found.customer else {
        return Ok(None);
    };
    if found.total.is_none()
        && billing::invoices_of(db, found.id)?.is_empty()
        && billing::deposits_of(db, found.id)?.is_empty()
    {
        return Ok(None);
    }
    let fees: Vec<(LineKind, Money)> = to_settle(db, settings, found.id)?
        .iter()
        .map(|proposal| (proposal.charge.kind, proposal.charge.amount()))
        .collect();
    let is_over = matches!(
        found.state,
        ReservationState::Completed | ReservationState::Cancelled | ReservationState::Expired
    );
    let money = if is_over {
        money_of(db, found.id)?
    } else {
        Default::default()
    };
    let owes = money.owed().max(Money(0));
    if fees.is_empty() && owes.0 == 0 && money.deposit_held.0 == 0 {
        return Ok(None);
    }
    let name = customers::names(db, [customer])?
        .remove(&customer)
        .unwrap_or_default();
    Ok(Some(Unsettled {
        reservation: found.id,
        number: found.number,
        customer,
        name,
        since,
        fees,
        owes,
        deposit_held: money.deposit_held,
    }))
}

/// The subscriber that the drafts are written by.
const BILLING: &str = "billing";

/// Subscriber `unsettled`. Its marks are kept, not made again: they follow what is so now, which
/// events alone do not tell.
pub fn on_money_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let is_left = alone(&event.event)
        .map(|rental| left_at_return(db, rental))
        .transpose()?
        .unwrap_or(false);
    if is_left || matches!(&event.event, Some(Event::EquipmentCheckedIn(_))) {
        return Ok(());
    }
    let Some(reservation) = concerned(db.read(), event)? else {
        return Ok(());
    };
    // What an invoice says follows the event, too, and tells of it by no event of its own; until it
    // has, a mark that is too many does no harm: whoever reads it looks again.
    let is_followed = outbox::heard(db.read(), BILLING)? >= event.seq;
    look_at(db, reservation, is_followed)
}

/// The rental that an event tells of. One of many that come back together is looked at alone: what
/// is owed and held is asked for once nothing is out, and that is an event of its own, after the
/// last of them.
fn alone(event: &Option<Event>) -> Option<RentalId> {
    match event {
        Some(Event::EquipmentCheckedIn(fact)) => Some(fact.rental_id),
        Some(
            Event::EquipmentConditionUpdated { rental_id, .. }
            | Event::EquipmentLost { rental_id, .. },
        ) => *rental_id,
        _ => None,
    }
}

/// Whether this return alone leaves something; marked then.
fn left_at_return(db: &mut Write<'_>, rental: RentalId) -> Fallible<bool> {
    let Some(rental) = booking::rental(db.read(), rental)? else {
        return Ok(false);
    }; // told by others, and not of this shop
    let Some(since) = rental.in_at else {
        return Ok(false);
    };
    let settings = db.read().settings()?;
    let is_left = is_to_settle(db.read(), &settings, &rental)?;
    if is_left {
        table::mark_return(db, rental.reservation, since)?;
    } else {
        table::move_mark(db, rental.reservation, since)?;
    }
    Ok(is_left)
}

/// After an act on its money that no event tells of: a charge, a waiver.
pub fn still_unsettled(db: &mut Write<'_>, reservation: ReservationId) -> Fallible<()> {
    look_at(db, reservation, true)
}

fn look_at(db: &mut Write<'_>, reservation: ReservationId, may_settle: bool) -> Fallible<()> {
    let settings = db.read().settings()?;
    let Ok(found) = booking::reservation(db.read(), reservation) else {
        return Ok(());
    }; // told by others, and not of this shop
    let rentals = booking::rentals_of(db.read(), reservation)?;
    let since = rentals
        .iter()
        .filter_map(|rental| rental.in_at)
        .max()
        .unwrap_or(found.end.min(db.now()));
    match left_of(db.read(), &settings, &found, since)? {
        None if may_settle => table::mark_settled(db, reservation),
        _ => table::mark_unsettled(db, reservation, since),
    }
}

/// The reservation whose return or money an event tells of.
fn concerned(db: Read<'_>, event: &Recorded) -> Fallible<Option<ReservationId>> {
    let of_rental = |rental: Option<RentalId>| -> Fallible<Option<ReservationId>> {
        Ok(rental
            .map(|id| booking::rental(db, id))
            .transpose()?
            .flatten()
            .map(|rental| rental.reservation))
    };
    Ok(match &event.event {
        Some(Event::EquipmentCheckedOut(fact)) if event.reverses().is_some() => {
            Some(fact.reservation_id)
        }
        Some(
            Event::EquipmentConditionUpdated { rental_id, .. }
            | Event::EquipmentLost { rental_id, .. }
            | Event::EquipmentFound { rental_id, .. },
        ) => of_rental(*rental_id)?,
        Some(
            Event::ReservationCompleted { reservation_id, .. }
            | Event::ReservationCancelled { reservation_id, .. }
            | Event::ReservationExpired { reservation_id, .. }
            | Event::ReservationActivated { reservation_id, .. }
            | Event::ReservationChanged { reservation_id, .. },
        ) => Some(*reservation_id),
        Some(Event::PaymentReceived(paid) | Event::PaymentRefunded(paid)) => paid.reservation_id,
        Some(
            Event::InvoicePaid(fact) | Event::InvoiceVoided(fact) | Event::InvoiceCredited(fact),
        ) => fact.reservation_id,
        Some(Event::InvoiceIssued { reservation_id, .. }) => *reservation_id,
        Some(Event::DepositTaken(fact) | Event::DepositReturned(fact)) => Some(fact.reservation_id),
        _ => None,
    })
}
