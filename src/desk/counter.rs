//! The acts of the counter: each is one command and one step that can be undone.

use super::money::{self, AtHandOver, MoneyRefusal};
use super::tiers;
use super::undo::{self, Act, Again, Revision};
use crate::booking::{self, BookingRefusal, CheckIn, CheckOut, HandedOver, Rental, RentalState};
use crate::inventory::{self, Condition, InventoryRefusal, Lifecycle, Report, Stock};
use crate::kernel::{
    BlockId, CustomerId, Failure, Fallible, ItemId, Moment, Money, RentalId, ReservationId,
    Settings, Text, TypeId,
};
use crate::store::{Read, Write};
use crate::{catalog, customers};

type Outcome<T> = Result<T, Failure<BookingRefusal>>;

/// What all of it would cost once this is handed over; none where it would have no price.
pub fn quote_hand_over(
    db: Read<'_>,
    settings: &Settings,
    command: &CheckOut,
    now: Moment,
) -> Outcome<Option<booking::Quoted>> {
    booking::quote_hand_over(
        db,
        settings,
        &tiers::of_hand_over(db, settings, command, now)?,
        now,
    )
}

/// Hands everything over and remembers how to take it back.
pub fn hand_over(
    db: &mut Write<'_>,
    settings: &Settings,
    command: &CheckOut,
) -> Outcome<ReservationId> {
    undo::repeatable(db, Again::HandOver(command.clone()), |db| {
        let before = Before::of(db, command)?;
        undo::remembering(db, before.types.clone(), |db| {
            let done = handed(db, settings, command, before)?;
            Ok((done.reservation, Some(Act::CheckOut(done))))
        })
    })
}

/// The same with the money that changes hands over the counter: one act, and one step that takes
/// the gear back and gives the money back.
pub fn hand_over_paid(
    db: &mut Write<'_>,
    settings: &Settings,
    command: &CheckOut,
    money: &AtHandOver,
) -> Result<ReservationId, Failure<MoneyRefusal>> {
    let booking_says = |failure: Failure<BookingRefusal>| failure.map(MoneyRefusal::Booking);
    if money.is_nothing() {
        return hand_over(db, settings, command).map_err(booking_says);
    }
    let before = Before::of(db, command).map_err(booking_says)?;
    undo::remembering(db, before.types.clone(), |db| {
        let out = handed(db, settings, command, before).map_err(booking_says)?;
        let reservation = out.reservation;
        let (payment, deposit) = money::take_at_hand_over(db, settings, reservation, money)?;
        Ok((
            reservation,
            Some(Act::CheckOutPaid {
                out,
                payment,
                deposit,
            }),
        ))
    })
}

/// What stood before a hand-over, for its undo.
struct Before {
    reservation: Option<booking::Reservation>,
    rentals: usize,
    types: Vec<TypeId>,
    rests: Vec<BlockId>,
    packed: Vec<ItemId>,
}

impl Before {
    fn of(db: &Write<'_>, command: &CheckOut) -> Outcome<Before> {
        let reservation = match command.to {
            booking::Recipient::Reservation(id) => Some(booking::reservation(db.read(), id)?),
            booking::Recipient::WalkIn(_) => None,
        };
        let rentals = reservation.as_ref().map_or(Ok(0), |before| {
            booking::rentals_of(db.read(), before.id).map(|rentals| rentals.len())
        })?;
        let mut before = Before {
            reservation,
            rentals,
            types: Vec::new(),
            rests: Vec::new(),
            packed: Vec::new(),
        };
        for thing in &command.things {
            let booking::Thing::Item(item) = thing else {
                continue;
            };
            before
                .types
                .push(inventory::known(db.read(), *item).map_err(lift)?.type_id);
            let blocks = inventory::blocks_of_item(db.read(), *item)?;
            before.rests.extend(
                blocks
                    .into_iter()
                    .filter(|block| block.kind == inventory::BlockKind::Turnaround)
                    .map(|block| block.id),
            );
            if let Some((_, true)) = inventory::case_of(db.read(), *item)? {
                before.packed.push(*item);
            }
        }
        Ok(before)
    }
}

fn handed(
    db: &mut Write<'_>,
    settings: &Settings,
    command: &CheckOut,
    before: Before,
) -> Outcome<HandedOver> {
    let command = &tiers::of_hand_over(db.read(), settings, command, db.now())?;
    let published = db.published().len();
    let reservation = booking::check_out(db, settings, command)?;
    let rentals: Vec<RentalId> = booking::rentals_of(db.read(), reservation)?
        .into_iter()
        .skip(before.rentals)
        .map(|rental| rental.id)
        .collect();
    let events = db.published().split_off(published);
    let told = booking::Told::of(db.read(), &events)?;
    let after = booking::reservation(db.read(), reservation)?;
    let mut unpacked = Vec::new();
    for item in before.packed {
        // What went with its case still lies in it.
        if let Some((_, false)) = inventory::case_of(db.read(), item)? {
            unpacked.push(item);
        }
    }
    Ok(HandedOver {
        reservation,
        activated: told.activated(reservation),
        created: told.created(reservation),
        events,
        end: before
            .reservation
            .as_ref()
            .map(|before| (before.end, after.end)),
        note: before.reservation.map(|before| (before.note, after.note)),
        rentals,
        rests: before.rests,
        unpacked,
    })
}

/// Takes one thing, or a count, back.
pub fn take_back(db: &mut Write<'_>, settings: &Settings, command: &CheckIn) -> Outcome<RentalId> {
    undo::repeatable(db, Again::TakeBack(command.clone()), |db| {
        let published = db.published().len();
        let before =
            match booking::rental(db.read(), command.rental)?.and_then(|rental| rental.item) {
                Some(item) => Some(inventory::known(db.read(), item).map_err(lift)?),
                None => None,
            };
        let was_lost = before
            .as_ref()
            .is_some_and(|item| item.lifecycle == Lifecycle::Lost);
        undo::remembering(db, before.as_ref().map(|item| item.type_id), |db| {
            let rental = booking::check_in(db, settings, command)?;
            let events = db.published().split_off(published);
            let moved = before
                .as_ref()
                .zip(command.location.as_ref())
                .map(|(item, to)| undo::Moved {
                    from: item.location.clone(),
                    to: to.clone(),
                });
            Ok((
                rental,
                Some(Act::CheckIn {
                    rental,
                    events,
                    condition_before: before.as_ref().map(|item| item.condition),
                    was_lost,
                    moved,
                }),
            ))
        })
    })
}

fn lift(failure: Failure<InventoryRefusal>) -> Failure<BookingRefusal> {
    failure.map(BookingRefusal::Stock)
}

/// The open rental that a thing on the counter belongs to. Never asks for a reservation; asks for
/// the customer only where a count of the same stock is out to several.
pub fn rental_of(
    db: Read<'_>,
    settings: &Settings,
    stock: &Stock,
    customer: Option<CustomerId>,
    now: Moment,
) -> Outcome<Rental> {
    match stock {
        Stock::Item(item) => {
            if let Some(open) = booking::open_rental(db, item.id)? {
                return Ok(open);
            }
            if item.lifecycle != Lifecycle::InService
                && let Some(lost) = booking::lost_rental(db, item.id)?
            {
                return Ok(lost);
            }
            let shelf = item
                .location
                .as_ref()
                .map(|location| format!(", shelf {location}"))
                .unwrap_or_default();
            let last = match booking::last_return(db, item.id)?.and_then(|rental| rental.in_at) {
                Some(back) => format!(" (last: back {}{shelf})", settings.zone.show(back, now)),
                None => format!(" (it has never been out{shelf})"),
            };
            Err(BookingRefusal::NotOut {
                tag: item.tag.clone(),
                last,
            }
            .into())
        }
        Stock::Bulk(bulk) => {
            let mut open = booking::open_bulk_rentals(db, bulk.type_id)?;
            if let Some(customer) = customer {
                open.retain(|rental| rental.customer == customer);
            }
            let several = open
                .iter()
                .any(|rental| rental.customer != open[0].customer);
            if several {
                let names = customers::names(db, open.iter().map(|rental| rental.customer))?;
                let who = names
                    .values()
                    .map(Text::as_str)
                    .collect::<Vec<_>>()
                    .join(", ");
                let type_name = catalog::type_details(db, bulk.type_id)
                    .map_err(|failure| failure.map(BookingRefusal::Catalogue))?
                    .details
                    .name;
                return Err(BookingRefusal::WhoBrings {
                    tag: bulk.tag.clone(),
                    type_name,
                    who: Text::new(&who),
                }
                .into());
            }
            if open.is_empty() {
                Err(BookingRefusal::NoneOut(bulk.tag.clone()).into())
            } else {
                Ok(open.remove(0))
            }
        }
    }
}

/// Where a thing that came back goes, in words the hands need.
pub fn next_stop(db: Read<'_>, rental: &Rental) -> Fallible<String> {
    let location = match rental.item {
        Some(item) => match inventory::known(db, item) {
            Ok(item) if item.condition != Condition::Good => return Ok("BENCH".to_owned()),
            Ok(item) => item.location,
            Err(Failure::Fault(fault)) => return Err(fault),
            Err(Failure::Refused(_)) => None,
        },
        None => inventory::bulk_of_type(db, rental.type_id)?.and_then(|bulk| bulk.location),
    };
    Ok(location.map_or_else(
        || "its shelf".to_owned(),
        |location| format!("shelf {location}"),
    ))
}

/// What the condition strip says of a thing: its six rows.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
pub enum Judgement {
    Good,
    GoodButNote(Text),
    Unusable(Text),
    UnderMaintenance(Text, Option<Moment>),
    PartMissing(Text),
    Lost(Text),
}

/// Records what somebody found out about a thing; `rental` is the one it came back from, or is out
/// with.
pub fn judge(
    db: &mut Write<'_>,
    item: ItemId,
    rental: Option<RentalId>,
    judgement: &Judgement,
) -> Outcome<()> {
    undo::repeatable(
        db,
        Again::Judge {
            item,
            rental,
            judgement: judgement.clone(),
        },
        |db| {
            let before = inventory::known(db.read(), item).map_err(lift)?;
            let rental = match rental {
                Some(id) => booking::rental(db.read(), id)?,
                None => booking::open_rental(db.read(), item)?,
            };
            if let Judgement::Lost(reason) = judgement {
                let open = booking::open_rental(db.read(), item)?; // whoever has it now never brought it back, whatever row was chosen
                return lose(db, item, open.as_ref(), reason);
            }
            let trouble = trouble_of(db.read(), &before)?;
            let published = db.published().len();
            let (condition, note, missing, expected_back) = match judgement {
                Judgement::Good => (Condition::Good, None, None, None),
                Judgement::GoodButNote(note) => (Condition::Good, Some(note), None, None),
                Judgement::Unusable(note) => (Condition::Unusable, Some(note), None, None),
                Judgement::UnderMaintenance(note, until) => {
                    (Condition::UnderMaintenance, Some(note), None, *until)
                }
                Judgement::PartMissing(parts) => (before.condition, None, Some(parts), None),
                Judgement::Lost(_) => (before.condition, None, None, None), // answered above
            };
            undo::remembering(db, [before.type_id], |db| {
                match rental
                    .as_ref()
                    .filter(|rental| rental.state == RentalState::Returned)
                {
                    Some(returned) => {
                        booking::revise_check_in(db, returned.id, condition, note, missing)?
                    }
                    None => {
                        let report = Report {
                            after: condition,
                            note: note.or(missing).cloned(),
                            expected_back,
                            cost: None,
                            rental: rental
                                .as_ref()
                                .map(|rental| booking::of_rental(db.read(), rental))
                                .transpose()?,
                            incomplete: missing.is_some(),
                        };
                        inventory::report_condition(db, item, &report).map_err(lift)?;
                        booking::let_go_of(db, item)?;
                    }
                }
                if let Judgement::GoodButNote(note) = judgement {
                    inventory::edit_item(
                        db,
                        item,
                        before.serial.as_ref(),
                        before.location.as_ref(),
                        Some(note),
                    )
                    .map_err(lift)?;
                }
                let events = db.published().split_off(published);
                let revised = rental
                    .filter(|rental| rental.state == RentalState::Returned)
                    .map(|rental| Revision {
                        rental: rental.id,
                        outcome: rental.outcome,
                        condition: rental.condition_in,
                        note: rental.note,
                        missing: rental.missing,
                    });
                let act = Act::Condition {
                    item,
                    before: before.condition,
                    after: condition,
                    note_before: before.note.clone(),
                    trouble,
                    revised,
                    event: None,
                    events,
                };
                Ok(((), Some(act)))
            })
        },
    )
}

/// What is wrong with a thing that is not good, so that an undo can say it again.
fn trouble_of(db: Read<'_>, item: &inventory::Item) -> Fallible<Option<Text>> {
    if item.condition == Condition::Good {
        Ok(None)
    } else {
        Ok(inventory::open_job(db, item.id)?.and_then(|job| job.trouble))
    }
}

fn lose(db: &mut Write<'_>, item: ItemId, rental: Option<&Rental>, reason: &Text) -> Outcome<()> {
    let published = db.published().len();
    let open = rental.filter(|rental| rental.state == RentalState::Out);
    let type_id = inventory::known(db.read(), item).map_err(lift)?.type_id;
    undo::remembering(db, [type_id], |db| {
        match open {
            Some(open) => booking::report_lost(db, open.id, reason)?,
            None => {
                inventory::report_lost(db, item, reason, None).map_err(lift)?;
                booking::let_go_of(db, item)?;
            }
        }
        let events = db.published().split_off(published);
        Ok((
            (),
            Some(Act::Lost {
                item,
                rental: open.map(|rental| rental.id),
                event: None,
                events,
            }),
        ))
    })
}

/// A lost item is here again. Who lost it is no longer liable for it: the rental ends with the
/// find.
pub fn find(
    db: &mut Write<'_>,
    settings: &Settings,
    item: ItemId,
    condition: Option<Condition>,
    note: Option<&Text>,
) -> Outcome<()> {
    if let Some(lost) = booking::lost_rental(db.read(), item)? {
        take_back(
            db,
            settings,
            &CheckIn {
                condition,
                note: note.cloned(),
                ..CheckIn::plain(lost.id)
            },
        )?;
        return Ok(());
    }
    let before = inventory::known(db.read(), item).map_err(lift)?;
    let reason = inventory::latest_change(db.read(), item)?.and_then(|change| change.reason);
    let published = db.published().len();
    inventory::found(
        db,
        item,
        condition.unwrap_or(before.condition),
        note,
        None,
        None,
    )
    .map_err(lift)?;
    booking::let_go_of(db, item)?;
    let events = db.published().split_off(published);
    Ok(undo::remember(
        db,
        Act::Found {
            item,
            before: before.condition,
            reason,
            events,
        },
    )?)
}

/// The repair is over: good again, with what it cost.
pub fn bench_done(
    db: &mut Write<'_>,
    item: ItemId,
    note: Option<&Text>,
    cost: Option<Money>,
) -> Outcome<()> {
    let before = inventory::known(db.read(), item).map_err(lift)?;
    if inventory::open_job(db.read(), item)?.is_none() {
        return Err(BookingRefusal::Stock(InventoryRefusal::NoJob { tag: before.tag }).into());
    }
    let trouble = trouble_of(db.read(), &before)?;
    let published = db.published().len();
    inventory::report_condition(
        db,
        item,
        &Report {
            cost,
            ..Report::plain(Condition::Good, note.cloned())
        },
    )
    .map_err(lift)?;
    booking::let_go_of(db, item)?;
    let events = db.published().split_off(published);
    Ok(undo::remember(
        db,
        Act::Condition {
            item,
            before: before.condition,
            after: Condition::Good,
            note_before: before.note,
            trouble,
            revised: None,
            event: None,
            events,
        },
    )?)
}

/// Takes back a count that one customer may have under several rentals: the one that is due first
/// is closed first.
pub fn take_back_count(
    db: &mut Write<'_>,
    settings: &Settings,
    first: &Rental,
    count: i64,
    at: Option<Moment>,
) -> Outcome<Vec<RentalId>> {
    let open: Vec<Rental> = booking::open_bulk_rentals(db.read(), first.type_id)?
        .into_iter()
        .filter(|rental| rental.customer == first.customer)
        .collect();
    let out: i64 = open.iter().map(|rental| rental.quantity).sum();
    if count < 1 || count > out {
        let tag = match inventory::bulk_of_type(db.read(), first.type_id)? {
            Some(bulk) => bulk.tag,
            None => return Err(anyhow::anyhow!("rental {} has no stock", first.id.0).into()),
        };
        return Err(BookingRefusal::FewerOut {
            tag,
            out,
            wanted: count,
        }
        .into());
    }
    let mut left = count;
    let mut closed = Vec::new();
    for rental in open {
        let part = left.min(rental.quantity);
        if part > 0 {
            closed.push(take_back(
                db,
                settings,
                &CheckIn {
                    quantity: Some(part),
                    at,
                    ..CheckIn::plain(rental.id)
                },
            )?);
            left -= part;
        }
    }
    Ok(closed)
}
