//! Rows for the screens: ids joined with the names that people read.

use crate::booking::{self, Rental};
use crate::catalog::{self, EquipmentType};
use crate::customers::{self, Customer};
use crate::history;
use crate::inventory::{self, BenchJob, Counts, Item};
use crate::kernel::{
    AssetTag, CustomerId, Failure, Fallible, ItemId, Moment, Money, ReservationId,
    ReservationNumber, Text, TypeId,
};
use crate::pricing;
use crate::store::Read;
use std::collections::BTreeMap;

/// A rental with its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RentalRow {
    pub rental: Rental,
    pub tag: AssetTag,
    pub thing: Text,
    /// What its line asked for, where this is something else.
    pub in_place_of: Option<Text>,
    pub customer: Text,
    pub number: ReservationNumber,
    pub location: Option<Text>,
}

pub fn rental_rows(db: Read<'_>, rentals: &[Rental]) -> Fallible<Vec<RentalRow>> {
    let names = customers::names(db, rentals.iter().map(|rental| rental.customer))?;
    let types = catalog::names(db, rentals.iter().map(|rental| rental.type_id))?;
    let mut swapped = booking::in_place_of(db, rentals.iter().map(|rental| rental.id))?;
    let mut numbers: BTreeMap<ReservationId, ReservationNumber> = BTreeMap::new();
    rentals
        .iter()
        .map(|rental| {
            let number = match numbers.get(&rental.reservation) {
                Some(number) => *number,
                None => {
                    let number =
                        refused_is_fault(booking::reservation(db, rental.reservation))?.number;
                    numbers.insert(rental.reservation, number);
                    number
                }
            };
            let (tag, location) = match rental.item {
                Some(item) => refused_is_fault(inventory::known(db, item))
                    .map(|item| (item.tag, item.location))?,
                None => inventory::bulk_of_type(db, rental.type_id)?
                    .map(|bulk| (bulk.tag, bulk.location))
                    .ok_or_else(|| anyhow::anyhow!("rental {} has no stock", rental.id.0))?,
            };
            Ok(RentalRow {
                rental: rental.clone(),
                tag,
                thing: types.get(&rental.type_id).cloned().unwrap_or_default(),
                in_place_of: swapped.remove(&rental.id),
                customer: names.get(&rental.customer).cloned().unwrap_or_default(),
                number,
                location,
            })
        })
        .collect()
}

/// What is known to exist and does not is a breakdown, not a "no".
pub(super) fn refused_is_fault<T, R: crate::kernel::Refusal>(
    outcome: Result<T, Failure<R>>,
) -> Fallible<T> {
    outcome.map_err(|failure| match failure {
        Failure::Fault(fault) => fault,
        Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
    })
}

/// A type with its counts, for Gear.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeRow {
    pub found: EquipmentType,
    pub category: Text,
    pub counts: Counts,
    pub rate: Option<Money>,
    pub location: Option<Text>,
}

pub fn type_rows(db: Read<'_>, types: Vec<EquipmentType>, now: Moment) -> Fallible<Vec<TypeRow>> {
    let categories: BTreeMap<_, _> = catalog::categories(db)?
        .into_iter()
        .map(|category| (category.id, category.name))
        .collect();
    types
        .into_iter()
        .map(|found| {
            let rate = pricing::rate_at(db, found.id, now)?
                .and_then(|rate| rate.daily.or(rate.fixed).or(rate.hourly).or(rate.weekly));
            let location = match inventory::bulk_of_type(db, found.id)? {
                Some(bulk) => bulk.location,
                None => inventory::of_type(db, found.id)?
                    .into_iter()
                    .find_map(|item| item.location),
            };
            Ok(TypeRow {
                category: categories
                    .get(&found.details.category)
                    .cloned()
                    .unwrap_or_default(),
                counts: inventory::counts(db, found.id)?,
                rate,
                location,
                found,
            })
        })
        .collect()
}

/// Everything about one item but its story.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ItemCard {
    pub item: Item,
    pub found: EquipmentType,
    pub out: Option<RentalRow>,
    pub job: Option<BenchJob>,
    pub flags: Vec<history::Flag>,
    pub rentals: i64,
    pub minutes_out: i64,
    pub repairs: i64,
}

pub fn item_card(db: Read<'_>, id: ItemId, now: Moment) -> Fallible<ItemCard> {
    let item = refused_is_fault(inventory::known(db, id))?;
    let found = refused_is_fault(catalog::type_details(db, item.type_id))?;
    let gone_with = refused_is_fault(inventory::gone_with_case(db, id))?;
    let out = match booking::open_rental(db, gone_with.map_or(id, |case| case.id))? {
        Some(rental) => Some(rental_rows(db, &[rental])?.remove(0)),
        None => None,
    };
    let (rentals, minutes_out) = booking::life_of(db, id, now)?;
    let jobs = inventory::jobs_of(db, id)?;
    Ok(ItemCard {
        item,
        found,
        out,
        job: inventory::open_job(db, id)?,
        flags: history::flags_of(db, id)?,
        rentals,
        minutes_out,
        repairs: jobs.iter().filter(|job| job.closed_at.is_some()).count() as i64,
    })
}

/// Everything about one customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CustomerCard {
    pub customer: Customer,
    pub out: Vec<RentalRow>,
    pub past: Vec<RentalRow>,
    pub rentals: i64,
    pub late: i64,
}

pub fn customer_card(db: Read<'_>, id: CustomerId) -> Fallible<CustomerCard> {
    let settings = &db.settings()?;
    let customer = refused_is_fault(customers::known(db, id))?;
    let (rentals, late) = booking::count_of_customer(db, settings, id)?;
    Ok(CustomerCard {
        customer,
        out: rental_rows(db, &booking::out_to(db, id)?)?,
        past: rental_rows(db, &booking::past_of(db, id, 60)?)?,
        rentals,
        late,
    })
}

/// A bench job with its names.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BenchRow {
    pub job: BenchJob,
    pub thing: Text,
    /// Who it came back from, if a return opened the job.
    pub from: Option<(Text, ReservationNumber)>,
}

pub fn bench_rows(db: Read<'_>, jobs: Vec<BenchJob>) -> Fallible<Vec<BenchRow>> {
    let types: BTreeMap<TypeId, Text> = catalog::names(db, jobs.iter().map(|job| job.type_id))?;
    jobs.into_iter()
        .map(|job| {
            let from = match job
                .rental
                .map(|id| booking::rental(db, id))
                .transpose()?
                .flatten()
            {
                Some(rental) => Some(rental_rows(db, &[rental])?.remove(0))
                    .map(|row| (row.customer, row.number)),
                None => None,
            };
            Ok(BenchRow {
                thing: types.get(&job.type_id).cloned().unwrap_or_default(),
                job,
                from,
            })
        })
        .collect()
}
