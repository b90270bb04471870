//! What a return leaves to be settled: lateness, damage, loss, missing parts. Proposed with its amount, charged only when somebody says so.

use super::views::refused_is_fault;
use crate::billing::{self, LateFee, LateRules, LineKind, NewCharge};
use crate::booking::{self, Rental, RentalOutcome, RentalState};
use crate::inventory::{self, Condition};
use crate::kernel::{AssetTag, Fallible, Moment, Money, RentalId, ReservationId, Settings, Text, TypeId};
use crate::store::Read;
use crate::{catalog, pricing};

/// Something that can be charged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    pub tag: AssetTag,
    /// Its amount is zero where only a person can say what it comes to.
    pub charge: NewCharge,
    pub late: Option<LateFee>,
}

struct Thing {
    tag: AssetTag,
    name: Text,
    daily: Option<Money>,
    value: Option<Money>,
}

fn thing(db: Read<'_>, rental: &Rental) -> Fallible<Thing> {
    let tag = match rental.item {
        Some(item) => refused_is_fault(inventory::known(db, item))?.tag,
        None => inventory::bulk_of_type(db, rental.type_id)?.map(|bulk| bulk.tag).ok_or_else(|| anyhow::anyhow!("rental {} is of no stock", rental.id.0))?,
    };
    let found = refused_is_fault(catalog::type_details(db, rental.type_id))?.details;
    Ok(Thing { tag, name: found.name, daily: day_rate(db, rental.type_id, found.fixed_hours, rental.out_at)?, value: found.replacement_value })
}

/// What a day costs: the day rate, or the share of a day in the rate of a fixed period.
fn day_rate(db: Read<'_>, type_id: TypeId, fixed_hours: Option<i64>, at: Moment) -> Fallible<Option<Money>> {
    let Some(rate) = pricing::rate_at(db, type_id, at)? else { return Ok(None) };
    let days = fixed_hours.map_or(1, |hours| (hours + 23) / 24).max(1);
    Ok(rate.daily.or(rate.fixed.map(|fixed| Money((fixed.0 * 2 + days) / (days * 2)))))
}

/// What came back of a reservation and is neither charged nor waived yet.
pub fn to_settle(db: Read<'_>, settings: &Settings, reservation: ReservationId) -> Fallible<Vec<Proposal>> {
    let mut open = seen_at_return(db, settings, reservation)?;
    let mut settled = Vec::new();
    for rental in open.iter().filter_map(|proposal| proposal.charge.rental) {
        settled.extend(billing::charges_of_rental(db, rental)?.into_iter().map(|charge| (Some(rental), charge.kind)));
    }
    open.retain(|proposal| !settled.contains(&(proposal.charge.rental, proposal.charge.kind)));
    Ok(open)
}

/// What came back of a reservation and may be charged, whether or not it is settled.
pub fn seen_at_return(db: Read<'_>, settings: &Settings, reservation: ReservationId) -> Fallible<Vec<Proposal>> {
    let rules = LateRules::of(settings);
    let mut proposals = Vec::new();
    for rental in booking::rentals_of(db, reservation)? {
        let undone = rental.state == RentalState::Returned && rental.outcome.is_none();
        if rental.state == RentalState::Out || undone || rental.outcome == Some(RentalOutcome::Forgiven) {
            continue;
        }
        let thing = thing(db, &rental)?;
        let mut propose = |kind: LineKind, what: &str, quantity: i64, each: Money, late: Option<LateFee>| {
            let description = Text::new(&format!("{what}: {} {}", thing.name, thing.tag));
            let charge =
                NewCharge { reservation, customer: rental.customer, rental: Some(rental.id), type_id: Some(rental.type_id), kind, description, quantity, each, reason: None };
            proposals.push(Proposal { tag: thing.tag.clone(), charge, late });
        };
        if let Some(fee) = rental.in_at.and_then(|back| billing::late_fee(&rules, &settings.zone, rental.due_at, back, rental.quantity, thing.daily, thing.value)) {
            // A cap may lie between two days: then the fee is one sum.
            let (quantity, each) = if fee.capped { (1, fee.amount) } else { (fee.days * rental.quantity, fee.rate) };
            let days = if fee.days == 1 { "1 day late".to_owned() } else { format!("{} days late", fee.days) };
            propose(LineKind::Late, &format!("Late fee, {days}{}", if fee.capped { ", capped" } else { "" }), quantity, each, Some(fee));
        }
        if rental.state == RentalState::Lost {
            propose(LineKind::Loss, "Replacement", rental.quantity, thing.value.unwrap_or_default(), None);
        } else if let Some(parts) = &rental.missing {
            propose(LineKind::Loss, &format!("Missing {parts}"), 1, Money(0), None);
        }
        let broke = rental.condition_in.is_some_and(|after| after == Condition::Unusable) && rental.condition_out != Some(Condition::Unusable);
        if broke {
            propose(LineKind::Damage, "Damage", 1, Money(0), None);
        }
    }
    Ok(proposals)
}

/// The reservations of these returns, in the order they came; more than anybody settles at once are left out.
pub fn reservations_back(db: Read<'_>, rentals: &[RentalId]) -> Fallible<Vec<ReservationId>> {
    const SETTLED_AT_ONCE_MAX: usize = 20;
    let mut found = Vec::new();
    for id in rentals {
        if let Some(rental) = booking::rental(db, *id)?.filter(|rental| !found.contains(&rental.reservation)) {
            found.push(rental.reservation);
        }
        if found.len() == SETTLED_AT_ONCE_MAX {
            break;
        }
    }
    Ok(found)
}

/// What the lateness of a rental that is still out comes to so far.
pub fn late_so_far(db: Read<'_>, settings: &Settings, rental: &Rental, now: Moment) -> Fallible<Option<LateFee>> {
    let thing = thing(db, rental)?;
    Ok(billing::late_fee(&LateRules::of(settings), &settings.zone, rental.due_at, now, rental.quantity, thing.daily, thing.value))
}
