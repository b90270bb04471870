//! The money of the demo shop: what its customers paid, owe, left as a deposit and got back,
//! through the same commands as at the counter.

use crate::billing::{self, Issue, Kept, LineKind, Method, NewCharge, Pay, PayFor, Take};
use crate::booking::{self, Reservation};
use crate::kernel::{CustomerId, DepositId, Fallible, Money, Settings, Stop, Text};
use crate::pricing;
use crate::shop::Shop;
use anyhow::Context;
use chrono::NaiveTime;

const MONEY: &str = include_str!("../../assets/demo/money.csv");

/// One line of the list.
pub(super) struct Paid {
    pub day: i64,
    pub time: NaiveTime,
    what: String,
    of: String,
    amount: String,
    method: String,
    words: Text,
}

pub(super) fn acts() -> Fallible<Vec<Paid>> {
    let mut reader = csv::ReaderBuilder::new()
        .comment(Some(b'#'))
        .from_reader(MONEY.as_bytes());
    reader
        .records()
        .map(|record| {
            let record = record?;
            let cell = |position: usize| record.get(position).unwrap_or_default().to_owned();
            let time = NaiveTime::parse_from_str(&cell(1), "%H:%M")
                .with_context(|| format!("\"{}\" in the demo's money", cell(1)))?;
            Ok(Paid {
                day: cell(0).parse()?,
                time,
                what: cell(2),
                of: cell(3),
                amount: cell(4),
                method: cell(5),
                words: Text::new(&cell(6)),
            })
        })
        .collect()
}

pub(super) fn perform(shop: &mut Shop, act: &Paid) -> Result<(), Stop> {
    shop.drain_all()?; // what is owed follows what went out and came back
    let settings = shop.settings.clone();
    let found = booking::resolve(shop.read(), &act.of)?;
    let customer = found
        .customer
        .ok_or_else(|| anyhow::anyhow!("{} is nobody's", act.of))?;
    let reference = Some(act.words.clone()).filter(|words| !words.is_empty());
    match act.what.as_str() {
        "pay" => {
            let pay = Pay {
                towards: PayFor::Reservation(found.id, customer),
                amount: amount(shop, &settings, &found, &act.amount)?,
                method: method(&act.method),
                reference,
            };
            shop.write(|db| billing::pay(db, &settings, &pay)).map(drop)
        }
        "deposit" => {
            let amount = amount(shop, &settings, &found, &act.amount)?;
            let take = Take {
                reservation: found.id,
                customer,
                amount,
                method: method(&act.method),
                reference,
            };
            shop.write(|db| billing::take_deposit(db, &settings, &take))
                .map(drop)
        }
        "issue" => {
            let draft = billing::draft_of(shop.read(), found.id)?
                .with_context(|| format!("{} has no draft", act.of))?
                .id;
            shop.write(|db| billing::issue(db, &settings, draft, Issue::default()))
                .map(drop)
        }
        "keep" => {
            let (deposit, amount) = (
                held(shop, &found)?,
                amount(shop, &settings, &found, &act.amount)?,
            );
            let kept = Kept {
                description: Text::new(&format!("Damage: {}", act.words)),
                reason: act.words.clone(),
                ..Kept::default()
            };
            shop.write(|db| billing::keep(db, &settings, deposit, amount, &kept))
                .map(drop)
        }
        "return" => {
            let deposit = held(shop, &found)?;
            shop.write(|db| billing::give_back(db, &settings, deposit, None, None))
                .map(drop)
        }
        _ => late_fees(shop, &found, customer, &act.words)?
            .iter()
            .try_for_each(|fee| shop.write(|db| billing::waive(db, fee))),
    }
}

fn method(word: &str) -> Method {
    match word {
        "card" => Method::Card,
        "transfer" => Method::Transfer,
        _ => Method::Cash,
    }
}

/// What is typed, or all that the reservation owes.
fn amount(shop: &Shop, settings: &Settings, found: &Reservation, typed: &str) -> Fallible<Money> {
    if typed != "all" {
        return settings
            .currency
            .read(typed)
            .with_context(|| format!("\"{typed}\" in the demo's money"));
    }
    let (total, paid) = billing::sums_of_each(shop.read(), &[found.id])?
        .remove(&found.id)
        .unwrap_or_default();
    Ok(Money(
        total.0 - paid.0 - billing::prepaid(shop.read(), found.id)?.0,
    ))
}

fn held(shop: &Shop, found: &Reservation) -> Fallible<DepositId> {
    let deposits = billing::deposits_of(shop.read(), found.id)?;
    deposits
        .into_iter()
        .find(|deposit| deposit.held().0 > 0)
        .map(|deposit| deposit.id)
        .with_context(|| format!("{} holds no deposit", found.number))
}

/// A day for each thing that came back late: they are let go, and why is kept.
fn late_fees(
    shop: &Shop,
    found: &Reservation,
    customer: CustomerId,
    reason: &Text,
) -> Fallible<Vec<NewCharge>> {
    let mut fees = Vec::new();
    for rental in booking::rentals_of(shop.read(), found.id)?
        .into_iter()
        .filter(|rental| rental.late_minutes(&shop.settings, shop.now()) > 0)
    {
        let each = pricing::rate_at(shop.read(), rental.type_id, rental.out_at)?
            .and_then(|rate| rate.daily)
            .unwrap_or_default();
        fees.push(NewCharge {
            reservation: found.id,
            customer,
            rental: Some(rental.id),
            type_id: Some(rental.type_id),
            kind: LineKind::Late,
            description: Text::new("Late fee, 1 day late"),
            quantity: rental.quantity,
            each,
            reason: Some(reason.clone()),
        });
    }
    Ok(fees)
}
