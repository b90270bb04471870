//! The day at a glance: what someone must act on, what comes back, what is overdue.

use super::draft;
use super::stale_list::{StaleList, stale_pick_lists};
use super::unsettled::{Unsettled, unsettled};
use super::views::{RentalRow, refused_is_fault, rental_rows};
use crate::booking::{self, Cause, ReservationState, Shortage};
use crate::customers;
use crate::history::{self, Filter};
use crate::inventory::{self, Item};
use crate::kernel::{
    AssetTag, CustomerId, Fallible, ItemId, LineId, MessageId, Moment, ReservationId,
    ReservationNumber, Settings, Text, TypeId,
};
use crate::notifications::{self, MessageState};
use crate::outbox::ConsumerState;
use crate::store::Read;
use std::collections::{BTreeMap, BTreeSet};

/// What someone must act on; clearing the cause clears the row.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Need {
    Unfinished {
        draft: i64,
        customer: Option<Text>,
        items: usize,
        since: Option<Moment>,
    },
    /// A reservation that was begun and not saved.
    Unsaved {
        draft: i64,
        number: Option<ReservationNumber>,
        customer: Option<Text>,
        lines: usize,
        since: Option<Moment>,
    },
    /// A reservation with a line of which not everything can be had.
    Short {
        reservation: ReservationId,
        number: ReservationNumber,
        name: Text,
        start: Moment,
        thing: Text,
        wanted: i64,
        free: i64,
        short: Shortage,
        /// Its other lines that are short.
        more: usize,
    },
    HoldLapses {
        reservation: ReservationId,
        number: ReservationNumber,
        name: Text,
        at: Moment,
    },
    /// Confirmed, its time has come, and nobody came.
    Uncollected {
        reservation: ReservationId,
        number: ReservationNumber,
        name: Text,
        phone: Option<Text>,
        start: Moment,
        /// Its window is over: it lapses, or completes, after the no-show time.
        over: Option<Moment>,
        /// What never left of one that was begun.
        rest: Option<String>,
    },
    /// Back, and promised again so soon that it must not wait on the floor.
    Wanted {
        reservation: ReservationId,
        number: ReservationNumber,
        name: Text,
        start: Moment,
        tag: AssetTag,
        thing: Text,
    },
    /// A hold that lapsed, or gear that nobody fetched, since yesterday: it ended by itself, and
    /// somebody may ask for it.
    Lapsed {
        reservation: ReservationId,
        number: ReservationNumber,
        name: Text,
        phone: Option<Text>,
        at: Moment,
        was_hold: bool,
    },
    /// A pick list that is on paper and does not know what changed since.
    StaleList(StaleList),
    /// A message that nobody will send unless somebody says so.
    Unsent {
        message: MessageId,
        name: Text,
        about: String,
        of: Option<(ReservationId, ReservationNumber)>,
        is_dead: bool,
        error: Text,
    },
    /// A setting that cannot be read.
    Setting { name: &'static str, value: Text },
    /// What is derived stands still before an event; parked: it is not tried again by itself.
    Stopped {
        consumer: String,
        seq: i64,
        error: Text,
        parked: bool,
    },
}

/// One reservation's gear that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DueRow {
    pub reservation: ReservationId,
    pub number: ReservationNumber,
    pub customer: CustomerId,
    pub name: Text,
    pub phone: Option<Text>,
    pub due: Moment,
    pub out: usize,
    pub back: usize,
    pub what: String,
    /// Somebody else goes short from then on because it is late.
    pub needed: Option<Moment>,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Board {
    pub needs: Vec<Need>,
    pub back_today: Vec<DueRow>,
    pub overdue: Vec<DueRow>,
    pub tomorrow: Vec<DueRow>,
    /// What returns left to be settled, the newest first.
    pub unsettled: Vec<Unsettled>,
    /// There are more of these than anybody settles at once.
    pub more_unsettled: bool,
}

pub fn board(
    db: Read<'_>,
    settings: &Settings,
    consumers: &[ConsumerState],
    now: Moment,
) -> Fallible<Board> {
    let today = settings.zone.day_period(settings.zone.day(now));
    let tomorrow = settings
        .zone
        .day_period(settings.zone.day(now) + chrono::Duration::days(1));
    let overdue = booking::overdue(db, now)?;
    let short = booking::shortages(db, settings, now)?;
    let mut overdue_rows = grouped(db, rental_rows(db, &overdue)?)?;
    for row in &mut overdue_rows {
        let types: Vec<_> = overdue
            .iter()
            .filter(|rental| rental.reservation == row.reservation)
            .map(|rental| rental.type_id)
            .collect();
        row.needed = short
            .iter()
            .filter(|short| {
                short.causes.contains(&Cause::Overdue) && types.contains(&short.type_id)
            })
            .map(|short| short.during.start)
            .min();
    }
    let mut due_today = booking::due_in(db, today)?;
    due_today.retain(|rental| rental.due_at >= now);
    let (unsettled, more_unsettled) = unsettled(db, settings)?;
    Ok(Board {
        needs: needs(db, settings, consumers, &short, now)?,
        back_today: grouped(db, rental_rows(db, &due_today)?)?,
        overdue: overdue_rows,
        tomorrow: grouped(db, rental_rows(db, &booking::due_in(db, tomorrow)?)?)?,
        unsettled,
        more_unsettled,
    })
}

fn needs(
    db: Read<'_>,
    settings: &Settings,
    consumers: &[ConsumerState],
    short: &[Shortage],
    now: Moment,
) -> Fallible<Vec<Need>> {
    let mut needs = Vec::new();
    for unfinished in draft::unfinished(db)?
        .into_iter()
        .filter(|draft| !draft.things.is_empty())
    {
        let customer = match unfinished.customer {
            Some(id) => customers::names(db, [id])?.remove(&id),
            None => None,
        };
        needs.push(Need::Unfinished {
            draft: unfinished.id.unwrap_or_default(),
            customer,
            items: unfinished.count(),
            since: unfinished.since,
        });
    }
    for unsaved in super::reservation_drafts(db)? {
        let customer = match unsaved.customer {
            Some(id) => customers::names(db, [id])?.remove(&id),
            None => None,
        };
        let number = unsaved.of.as_ref().map(|of| of.number);
        needs.push(Need::Unsaved {
            draft: unsaved.id.unwrap_or_default(),
            number,
            customer,
            lines: unsaved.wanted().count(),
            since: unsaved.since,
        });
    }
    for consumer in consumers {
        if let Some(failure) = &consumer.failure {
            needs.push(Need::Stopped {
                consumer: consumer.name.clone(),
                seq: failure.seq,
                error: failure.last_error.clone(),
                parked: failure.parked,
            });
        }
    }
    for (name, value) in settings.unreadable() {
        needs.push(Need::Setting { name, value });
    }
    needs.extend(unsent(db)?);
    needs.extend(shortages(db, short)?);
    needs.extend(
        stale_pick_lists(db, settings, now)?
            .into_iter()
            .map(Need::StaleList),
    );
    needs.extend(wanted_soon(db, settings, now)?);
    needs.extend(lapsing(db, settings, now)?);
    needs.extend(lapsed(db, settings, now)?);
    Ok(needs)
}

/// More than a screen could show; `rentdesk messages list` has the others.
const UNSENT_MAX: i64 = 5;

fn unsent(db: Read<'_>) -> Fallible<Vec<Need>> {
    let stuck = notifications::stuck(db, UNSENT_MAX)?;
    let names = customers::names(db, stuck.iter().filter_map(|message| message.customer))?;
    let mut needs = Vec::new();
    for message in stuck {
        needs.push(Need::Unsent {
            message: message.id,
            name: message
                .customer
                .and_then(|id| names.get(&id).cloned())
                .unwrap_or_else(|| Text::new("nobody")),
            about: message.template.name(),
            of: message
                .reservation
                .map(|id| Ok::<_, anyhow::Error>((id, booking::number_of(db, id)?)))
                .transpose()?,
            is_dead: message.state == MessageState::Dead,
            error: message.error.unwrap_or_default(),
        });
    }
    Ok(needs)
}

/// What lapsed by itself is told until the end of the next day, so many at the most.
const LAPSED_MAX: i64 = 10;

fn lapsed(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<Vec<Need>> {
    let yesterday = settings.zone.day(now) - chrono::Duration::days(1);
    let filter = Filter {
        kind: Some("ReservationExpired"),
        from: Some(settings.zone.day_start(yesterday)),
        ..Filter::default()
    };
    let mut needs = Vec::new();
    for entry in history::entries(db, &filter, LAPSED_MAX, 0)? {
        let Some(id) = entry.reservation else {
            continue;
        };
        let found = refused_is_fault(booking::reservation(db, id))?;
        if found.state != ReservationState::Expired {
            continue; // taken back since
        }
        let person = found
            .customer
            .map(|id| refused_is_fault(customers::known(db, id)))
            .transpose()?
            .map(|person| person.profile);
        let was_hold = entry.detail.as_deref() == Some("hold");
        needs.push(Need::Lapsed {
            reservation: id,
            number: found.number,
            name: person
                .as_ref()
                .map(|person| person.name.clone())
                .unwrap_or_default(),
            phone: person.and_then(|person| person.phone),
            at: if was_hold {
                found.hold_lapses_at.unwrap_or(entry.at)
            } else {
                found.start
            },
            was_hold,
        });
    }
    Ok(needs)
}

/// How soon after its return a thing is wanted again for somebody to be told.
const SOON_MINUTES: i64 = 24 * 60;
const RETURNS_MAX: i64 = 500;

/// Things that came back within a day and are needed within a day, where nothing else on the shelf
/// will do and nobody has packed them.
fn wanted_soon(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<Vec<Need>> {
    let filter = Filter {
        kind: Some("EquipmentCheckedIn"),
        from: Some(now.plus_minutes(-SOON_MINUTES)),
        ..Filter::default()
    };
    let mut back: BTreeMap<TypeId, Vec<Item>> = BTreeMap::new();
    let returns = history::entries(db, &filter, RETURNS_MAX, 0)?;
    let mut ids: Vec<ItemId> = returns
        .into_iter()
        .filter(|entry| !entry.undone && entry.reverses.is_none())
        .filter_map(|entry| entry.item)
        .collect();
    let mut seen = BTreeSet::new();
    ids.retain(|id| seen.insert(*id));
    let mut known: BTreeMap<ItemId, Item> = inventory::known_of(db, &ids)?
        .into_iter()
        .map(|item| (item.id, item))
        .collect();
    for item in ids
        .iter()
        .filter_map(|id| known.remove(id))
        .filter(Item::can_leave)
    {
        back.entry(item.type_id).or_default().push(item);
    }
    if back.is_empty() {
        return Ok(Vec::new());
    }
    let mut on_shelf: BTreeMap<TypeId, i64> = BTreeMap::new();
    let mut plans = BTreeMap::new();
    for (type_id, items) in &back {
        let others = inventory::of_type(db, *type_id)?
            .iter()
            .filter(|item| item.can_leave() && !items.iter().any(|back| back.id == item.id))
            .count();
        on_shelf.insert(*type_id, i64::try_from(others).unwrap_or(i64::MAX));
        plans.insert(*type_id, booking::plan_of(db, settings, *type_id, now)?);
    }
    let today = settings.zone.day(now);
    let mut needs = Vec::new();
    for day in [today, today + chrono::Duration::days(1)] {
        for (found, lines) in super::day::waiting(db, settings, day, now)?
            .into_iter()
            .filter(|(found, _)| found.start <= now.plus_minutes(SOON_MINUTES))
        {
            for line in lines.iter().filter(|line| line.is_open() && !line.is_kit) {
                let (Some(items), Some(others)) =
                    (back.get_mut(&line.type_id), on_shelf.get_mut(&line.type_id))
                else {
                    continue;
                };
                let (left, packed) = super::day::left_of(db, line)?;
                let mut wanted = left - packed;
                if line.pin.is_none() {
                    let from_others = wanted.min(*others);
                    (*others, wanted) = (*others - from_others, wanted - from_others);
                }
                let planned = plans
                    .get(&line.type_id)
                    .and_then(|plan| plan.get(&line.id))
                    .cloned()
                    .unwrap_or_default();
                while wanted > 0 {
                    let fits = |item: &Item| {
                        line.pin
                            .map_or(planned.contains(&item.id), |pin| pin == item.id)
                    };
                    let Some(place) = items.iter().position(fits).or(
                        if line.pin.is_none() && !items.is_empty() {
                            Some(0)
                        } else {
                            None
                        },
                    ) else {
                        break;
                    };
                    let (item, (number, name, start)) = (items.remove(place), whose(db, found.id)?);
                    needs.push(Need::Wanted {
                        reservation: found.id,
                        number,
                        name,
                        start,
                        tag: item.tag,
                        thing: line.type_name.clone(),
                    });
                    wanted -= 1;
                }
            }
        }
    }
    Ok(needs)
}

/// More than a screen could show; the rest is on the Plan.
const SHORT_MAX: usize = 20;

/// One row per reservation that is short, soonest first.
fn shortages(db: Read<'_>, short: &[Shortage]) -> Fallible<Vec<Need>> {
    let mut lines: BTreeMap<ReservationId, BTreeSet<LineId>> = BTreeMap::new();
    for short in short {
        lines
            .entry(short.reservation)
            .or_default()
            .insert(short.line);
    }
    let mut needs = Vec::new();
    for short in short {
        let Some(lines) = lines.remove(&short.reservation) else {
            continue;
        };
        if needs.len() == SHORT_MAX {
            break;
        }
        let (Some(line), (number, name, start)) = (
            booking::line(db, short.line)?,
            whose(db, short.reservation)?,
        ) else {
            continue;
        };
        needs.push(Need::Short {
            reservation: short.reservation,
            number,
            name,
            start,
            thing: line.type_name,
            wanted: line.claimed,
            free: (line.claimed - short.missing).max(0),
            short: short.clone(),
            more: lines.len() - 1,
        });
    }
    Ok(needs)
}

fn whose(db: Read<'_>, id: ReservationId) -> Fallible<(ReservationNumber, Text, Moment)> {
    let found = refused_is_fault(booking::reservation(db, id))?;
    let name = match found.customer {
        Some(customer) => customers::names(db, [customer])?
            .remove(&customer)
            .unwrap_or_default(),
        None => Text::default(),
    };
    Ok((found.number, name, found.start))
}

/// How long somebody may be late to fetch gear before the Desk says so.
const PATIENCE_MINUTES: i64 = 60;

/// More than anybody rings in a day.
const NOT_PICKED_UP_MAX: i64 = 50;

/// `1 x Sony FX6 body, 2 x Tripod`: what never left.
fn rest_in_words(db: Read<'_>, id: ReservationId) -> Fallible<Option<String>> {
    let words: Vec<String> = booking::never_left(db, id)?
        .iter()
        .map(|(line, count)| format!("{count} x {}", line.type_name))
        .collect();
    Ok((!words.is_empty()).then(|| words.join(", ")))
}

/// Holds that lapse today, and what was not picked up.
fn lapsing(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<Vec<Need>> {
    let today = settings.zone.day_period(settings.zone.day(now));
    let mut needs = Vec::new();
    for found in booking::holds_lapsing_by(db, today.end)? {
        let (number, name, _) = whose(db, found.id)?;
        needs.push(Need::HoldLapses {
            reservation: found.id,
            number,
            name,
            at: found.hold_lapses_at.unwrap_or(found.start),
        });
    }
    for found in booking::not_picked_up(db, now, PATIENCE_MINUTES, NOT_PICKED_UP_MAX)? {
        let person = found
            .customer
            .map(|id| refused_is_fault(customers::known(db, id)))
            .transpose()?
            .map(|person| person.profile);
        let begun = found.state == ReservationState::Active;
        let rest = match begun {
            true => rest_in_words(db, found.id)?,
            false => None,
        };
        needs.push(Need::Uncollected {
            reservation: found.id,
            number: found.number,
            name: person
                .as_ref()
                .map(|person| person.name.clone())
                .unwrap_or_default(),
            phone: person.and_then(|person| person.phone),
            start: found.start,
            over: (found.end <= now).then_some(found.end),
            rest,
        });
    }
    Ok(needs)
}

/// One row per reservation, in the order its first thing is due.
fn grouped(db: Read<'_>, rows: Vec<RentalRow>) -> Fallible<Vec<DueRow>> {
    let mut due: Vec<(DueRow, Vec<(Text, i64)>)> = Vec::new();
    let mut place = BTreeMap::new();
    for row in rows {
        let position = match place.get(&row.rental.reservation) {
            Some(position) => *position,
            None => {
                let phone = refused_is_fault(customers::known(db, row.rental.customer))?
                    .profile
                    .phone;
                let all = booking::rentals_of(db, row.rental.reservation)?;
                let is_back = |rental: &&booking::Rental| {
                    rental.state == booking::RentalState::Returned && rental.outcome.is_some()
                };
                let back = all
                    .iter()
                    .filter(is_back)
                    .map(|rental| usize::try_from(rental.quantity).unwrap_or_default())
                    .sum();
                let new = DueRow {
                    reservation: row.rental.reservation,
                    number: row.number,
                    customer: row.rental.customer,
                    name: row.customer.clone(),
                    phone,
                    due: row.rental.due_at,
                    out: 0,
                    back,
                    what: String::new(),
                    needed: None,
                };
                place.insert(row.rental.reservation, due.len());
                due.push((new, Vec::new()));
                due.len() - 1
            }
        };
        let (head, things) = &mut due[position];
        head.out += usize::try_from(row.rental.quantity).unwrap_or_default();
        match things.iter_mut().find(|(thing, _)| *thing == row.thing) {
            Some((_, count)) => *count += row.rental.quantity,
            None => things.push((row.thing, row.rental.quantity)),
        }
    }
    Ok(due
        .into_iter()
        .map(|(mut head, things)| {
            head.what = things
                .iter()
                .map(|(thing, count)| {
                    if *count > 1 {
                        format!("{thing} x{count}")
                    } else {
                        thing.to_string()
                    }
                })
                .collect::<Vec<_>>()
                .join(", ");
            head
        })
        .collect())
}
