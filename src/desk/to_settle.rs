//! What a return leaves to be settled: lateness, damage, loss, missing parts. Proposed with its
//! amount, charged only when somebody says so.

use super::views::refused_is_fault;
use crate::billing::{self, Charge, ChargeState, LateFee, LateRules, LineKind, NewCharge};
use crate::booking::{self, Rental, RentalOutcome, RentalState};
use crate::catalog;
use crate::inventory::{self, Condition};
use crate::kernel::{
    AssetTag, Fallible, Moment, Money, RentalId, ReservationId, Settings, Text, TypeId,
};
use crate::pricing::{self, PriceTable};
use crate::store::Read;
use std::collections::{BTreeMap, BTreeSet};

/// Something that can be charged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Proposal {
    pub tag: AssetTag,
    /// Its amount is zero where only a person can say what it comes to.
    pub charge: NewCharge,
    pub late: Option<LateFee>,
}

/// What is asked for a type when something of it comes back late, broken or not at all.
#[derive(Clone)]
struct Asked {
    name: Text,
    daily: Option<Money>,
    value: Option<Money>,
    table: Option<PriceTable>,
}

/// `2 days late`, `4 days late, charged as 3`
fn late_days_words(fee: &LateFee) -> String {
    let words = fee.days_words();
    match words.split_once(',') {
        Some((days, charged)) => format!("{days} late,{charged}"),
        None => format!("{words} late"),
    }
}

fn tag_of(db: Read<'_>, rental: &Rental) -> Fallible<AssetTag> {
    match rental.item {
        Some(item) => Ok(refused_is_fault(inventory::known(db, item))?.tag),
        None => inventory::bulk_of_type(db, rental.type_id)?
            .map(|bulk| bulk.tag)
            .ok_or_else(|| anyhow::anyhow!("rental {} is of no stock", rental.id.0)),
    }
}

fn asked_for(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
    out_at: Moment,
) -> Fallible<Asked> {
    let found = refused_is_fault(catalog::type_details(db, type_id))?.details;
    Ok(Asked {
        name: found.name,
        daily: day_rate(db, type_id, found.fixed_hours, out_at)?,
        value: found.replacement_value,
        table: pricing::table_of(db, settings, type_id)?,
    })
}

/// What a day costs: the day rate, or the share of a day in the rate of a fixed period.
fn day_rate(
    db: Read<'_>,
    type_id: TypeId,
    fixed_hours: Option<i64>,
    at: Moment,
) -> Fallible<Option<Money>> {
    let Some(rate) = pricing::rate_at(db, type_id, at)? else {
        return Ok(None);
    };
    let days = fixed_hours.map_or(1, |hours| (hours + 23) / 24).max(1);
    Ok(rate.daily.or(rate
        .fixed
        .map(|fixed| Money((fixed.0 * 2 + days) / (days * 2)))))
}

/// What came back of a reservation and is neither charged nor waived yet.
pub fn to_settle(
    db: Read<'_>,
    settings: &Settings,
    reservation: ReservationId,
) -> Fallible<Vec<Proposal>> {
    let mut open = seen_at_return(db, settings, reservation)?;
    if !open.is_empty() {
        without_settled(&mut open, &billing::charges_of(db, reservation)?);
    }
    Ok(open)
}

/// Whether something of one return is neither charged nor waived yet.
pub(super) fn is_to_settle(db: Read<'_>, settings: &Settings, rental: &Rental) -> Fallible<bool> {
    let mut open = Seen::new(db, settings)?.at_return_of(rental)?;
    if !open.is_empty() {
        without_settled(&mut open, &billing::charges_of_rental(db, rental.id)?);
    }
    Ok(!open.is_empty())
}

fn without_settled(open: &mut Vec<Proposal>, charges: &[Charge]) {
    let settled: BTreeSet<(Option<RentalId>, &str)> = charges
        .iter()
        .filter(|charge| charge.state != ChargeState::TakenBack)
        .map(|charge| (charge.rental, charge.kind.word()))
        .collect();
    open.retain(|proposal| {
        !settled.contains(&(proposal.charge.rental, proposal.charge.kind.word()))
    });
}

/// What came back of a reservation and may be charged, whether or not it is settled.
pub fn seen_at_return(
    db: Read<'_>,
    settings: &Settings,
    reservation: ReservationId,
) -> Fallible<Vec<Proposal>> {
    let mut seen = Seen::new(db, settings)?;
    let mut proposals = Vec::new();
    for rental in booking::rentals_of(db, reservation)? {
        proposals.extend(seen.at_return_of(&rental)?);
    }
    Ok(proposals)
}

/// Looks at returns. What is asked for a type is read once, and only where something is proposed:
/// most of what comes back is in time and whole.
struct Seen<'a> {
    db: Read<'a>,
    settings: &'a Settings,
    rules: LateRules,
    asked: BTreeMap<(TypeId, Moment), Asked>,
}

impl<'a> Seen<'a> {
    fn new(db: Read<'a>, settings: &'a Settings) -> Fallible<Self> {
        Ok(Seen {
            db,
            settings,
            rules: LateRules::of(settings)?,
            asked: BTreeMap::new(),
        })
    }

    fn asked_for(&mut self, rental: &Rental) -> Fallible<Asked> {
        let key = (rental.type_id, rental.out_at);
        if let Some(known) = self.asked.get(&key) {
            return Ok(known.clone());
        }
        let asked = asked_for(self.db, self.settings, rental.type_id, rental.out_at)?;
        self.asked.insert(key, asked.clone());
        Ok(asked)
    }

    fn at_return_of(&mut self, rental: &Rental) -> Fallible<Vec<Proposal>> {
        let undone = rental.state == RentalState::Returned && rental.outcome.is_none();
        if rental.state == RentalState::Out
            || undone
            || rental.outcome == Some(RentalOutcome::Forgiven)
        {
            return Ok(Vec::new());
        }
        let late = rental.in_at.filter(|back| *back > rental.due_at);
        let broke = rental
            .condition_in
            .is_some_and(|after| after == Condition::Unusable)
            && rental.condition_out != Some(Condition::Unusable);
        if late.is_none() && !broke && rental.state != RentalState::Lost && rental.missing.is_none()
        {
            return Ok(Vec::new());
        }
        let (tag, asked) = (tag_of(self.db, rental)?, self.asked_for(rental)?);
        let mut proposals = Vec::new();
        let mut propose =
            |kind: LineKind, what: &str, quantity: i64, each: Money, late: Option<LateFee>| {
                let description = Text::new(&format!("{what}: {} {tag}", asked.name));
                let (reservation, customer) = (rental.reservation, rental.customer);
                let charge = NewCharge {
                    reservation,
                    customer,
                    rental: Some(rental.id),
                    type_id: Some(rental.type_id),
                    kind,
                    description,
                    quantity,
                    each,
                    reason: None,
                };
                proposals.push(Proposal {
                    tag: tag.clone(),
                    charge,
                    late,
                });
            };
        if let Some(fee) = late.and_then(|back| {
            billing::late_fee(
                &self.rules,
                pricing::late(self.settings, rental.due_at, back),
                pricing::charged_late(self.settings, asked.table.as_ref(), rental.due_at, back),
                rental.quantity,
                asked.daily,
                asked.value,
            )
        }) {
            // A cap or a table may lie between two days: then the fee is one sum.
            let (quantity, each) = if fee.is_by_the_day() {
                (fee.days * rental.quantity, fee.rate)
            } else {
                (1, fee.amount)
            };
            let days = late_days_words(&fee);
            propose(
                LineKind::Late,
                &format!(
                    "Late fee, {days}{}",
                    if fee.capped { ", capped" } else { "" }
                ),
                quantity,
                each,
                Some(fee),
            );
        }
        if rental.state == RentalState::Lost {
            propose(
                LineKind::Loss,
                "Replacement",
                rental.quantity,
                asked.value.unwrap_or_default(),
                None,
            );
        } else if let Some(parts) = &rental.missing {
            propose(
                LineKind::Loss,
                &format!("Missing {parts}"),
                1,
                Money(0),
                None,
            );
        }
        if broke {
            propose(LineKind::Damage, "Damage", 1, Money(0), None);
        }
        Ok(proposals)
    }
}

/// The reservations of these returns, in the order they came; more than anybody settles at once are
/// left out.
pub fn reservations_back(db: Read<'_>, rentals: &[RentalId]) -> Fallible<Vec<ReservationId>> {
    const SETTLED_AT_ONCE_MAX: usize = 20;
    let mut found = Vec::new();
    for id in rentals {
        if let Some(rental) =
            booking::rental(db, *id)?.filter(|rental| !found.contains(&rental.reservation))
        {
            found.push(rental.reservation);
        }
        if found.len() == SETTLED_AT_ONCE_MAX {
            break;
        }
    }
    Ok(found)
}

/// What the lateness of a rental that is still out comes to so far.
pub fn late_so_far(
    db: Read<'_>,
    settings: &Settings,
    rental: &Rental,
    now: Moment,
) -> Fallible<Option<LateFee>> {
    let asked = asked_for(db, settings, rental.type_id, rental.out_at)?;
    Ok(billing::late_fee(
        &LateRules::of(settings)?,
        pricing::late(settings, rental.due_at, now),
        pricing::charged_late(settings, asked.table.as_ref(), rental.due_at, now),
        rental.quantity,
        asked.daily,
        asked.value,
    ))
}
