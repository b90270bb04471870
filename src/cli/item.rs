//! `rentdesk item`: the things themselves.

use super::answer::{Table, counted, facts, grouped, length};
use super::equipment_type::read_tag;
use super::view::{View, filled, plain, revised, stamp};
use super::{Answer, act, read_condition, set_aside, usage, watched, with_consequence};
use crate::booking::{self, Rental};
use crate::catalog;
use crate::desk::{self, Final, Judgement};
use crate::history;
use crate::inventory::{
    self, BulkStock, Condition, InventoryRefusal, Lifecycle, LifecycleChange, NewItem, Stock,
};
use crate::kernel::when::{Lean, When};
use crate::kernel::{Declined, ItemId, Moment, Money, Stop, Text};
use crate::shop::Shop;
use crate::store::Write;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Item {
    /// Adds an item of a type: item add "Sony FX6 body" --tag CAM-0012 --serial 4011207.
    Add {
        #[arg(value_name = "TYPE")]
        equipment_type: String,
        /// The code on its label; without it the next one in the category's letters.
        #[arg(long)]
        tag: Option<String>,
        #[arg(long)]
        serial: Option<String>,
        /// good, unusable or maintenance.
        #[arg(long, value_parser = read_condition, default_value = "good")]
        condition: Condition,
        /// The shelf it lies on.
        #[arg(long)]
        location: Option<String>,
        #[arg(long)]
        note: Option<String>,
        /// Its number in another program.
        #[arg(long)]
        reference: Option<String>,
    },
    /// Changes what is written about an item; an empty word clears.
    Edit {
        tag: String,
        #[arg(long)]
        serial: Option<String>,
        #[arg(long)]
        location: Option<String>,
        #[arg(long)]
        note: Option<String>,
    },
    /// Lists the items by tag: item list --type "Sony FX6 body", item list --state out.
    List {
        #[arg(long = "type", value_name = "TYPE")]
        equipment_type: Option<String>,
        /// in, out, unusable, under_maintenance, lost or retired.
        #[arg(long, value_parser = read_state)]
        state: Option<String>,
    },
    /// Shows one item: where it is, how it is, since when.
    Show { tag: String },
    /// Reports what somebody saw: item condition CAM-0014 maintenance --note "fan noise".
    Condition {
        tag: String,
        /// good, unusable or maintenance.
        #[arg(value_parser = read_condition)]
        condition: Condition,
        /// What is wrong; needed for anything but good.
        #[arg(long)]
        note: Option<String>,
        /// When it should work again; an empty word says that nobody knows. On the bench already,
        /// no note is needed.
        #[arg(long, value_name = "TIME")]
        expected_back: Option<String>,
        /// What the repair cost, when it ends one.
        #[arg(long, value_name = "AMOUNT")]
        cost: Option<String>,
    },
    /// Sets an item, or part of a count, aside: item block CAM-0012 --from mon --to wed --reason
    /// "trade fair".
    Block {
        /// An item, or some of a count: 4*BAT-V150.
        #[arg(value_name = "TAG|N*TAG")]
        tag: String,
        /// Since when; a day alone means all of it. Without it, now.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// Until when; a day alone means to its end. Without it, until it is unblocked.
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        #[arg(long)]
        reason: String,
        /// How many of a count.
        #[arg(long, value_name = "QUANTITY")]
        qty: Option<i64>,
    },
    /// Ends a block: item unblock CAM-0012, or by its number where there are several: item unblock
    /// 4.
    Unblock {
        #[arg(value_name = "TAG|BLOCK")]
        block: String,
    },
    /// Lists what is blocked, under maintenance until a known time, or in turnaround.
    Blocks { tag: Option<String> },
    /// Says which items belong into a case, in place of those that did: item case CAS-0001 LEN-0050
    /// LEN-0051.
    Case {
        tag: String,
        #[arg(value_name = "CONTENT", required_unless_present = "empty")]
        contents: Vec<String>,
        /// Nothing does any more: it is a plain item again.
        #[arg(long, conflicts_with = "contents")]
        empty: bool,
    },
    /// Takes an item out of its case, or everything out of a case, so that it can be had by itself.
    Unpack { tag: String },
    /// Puts an item back into its case, or all that belongs into one.
    Pack { tag: String },
    /// Takes an item out of the shop for good.
    Retire {
        tag: String,
        #[arg(long)]
        reason: String,
    },
    /// Says that an item is gone; what is out ends as never returned.
    Lost {
        tag: String,
        #[arg(long)]
        reason: String,
    },
    /// Says that a lost item is here again.
    Found {
        tag: String,
        /// good, unusable or maintenance; without it as it was.
        #[arg(long, value_parser = read_condition)]
        condition: Option<Condition>,
        #[arg(long)]
        note: Option<String>,
    },
}

fn read_state(typed: &str) -> Result<String, String> {
    const STATES: [&str; 6] = [
        "IN",
        "OUT",
        "UNUSABLE",
        "UNDER_MAINTENANCE",
        "LOST",
        "RETIRED",
    ];
    let wanted = typed.trim().to_uppercase().replace(['-', ' '], "_");
    STATES
        .contains(&wanted.as_str())
        .then_some(wanted)
        .ok_or_else(|| format!("it is one of {}", STATES.join(", ").to_lowercase()))
}

impl Item {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Item::Add {
                equipment_type,
                tag,
                serial,
                condition,
                location,
                note,
                reference,
            } => act(shop, |db, settings| {
                let type_id = View::within(db, settings).resolve_type(&equipment_type)?.id;
                let tag = tag.as_deref().map(read_tag).transpose()?;
                let [serial, location, note, reference] =
                    [serial, location, note, reference].map(|typed| filled(typed.as_ref()));
                let new = NewItem {
                    type_id,
                    tag,
                    serial,
                    condition,
                    location,
                    note,
                    reference,
                };
                let (id, consequence) = watched(db, settings, &[type_id], |db| {
                    Ok(inventory::add_item(db, &new)?)
                })?;
                Ok(with_consequence(
                    shown(&View::within(db, settings), id)?,
                    &consequence,
                ))
            }),
            Item::Edit {
                tag,
                serial,
                location,
                note,
            } => act(shop, |db, settings| {
                let item = inventory::resolve_item(db.read(), &tag)?;
                let (serial, location, note) = (
                    revised(serial.as_ref(), item.serial),
                    revised(location.as_ref(), item.location),
                    revised(note.as_ref(), item.note),
                );
                inventory::edit_item(
                    db,
                    item.id,
                    serial.as_ref(),
                    location.as_ref(),
                    note.as_ref(),
                )?;
                shown(&View::within(db, settings), item.id)
            }),
            Item::List {
                equipment_type,
                state,
            } => list(shop, equipment_type.as_deref(), state.as_deref()),
            Item::Show { tag } => {
                shop.drain_all()?;
                let view = View::of(shop);
                match inventory::resolve(view.db, &tag)? {
                    Stock::Item(item) => shown(&view, item.id),
                    Stock::Bulk(bulk) => shown_bulk(&view, &bulk),
                }
            }
            Item::Condition {
                tag,
                condition,
                note,
                expected_back,
                cost,
            } => act(shop, |db, settings| {
                let item = inventory::resolve_item(db.read(), &tag)?;
                let view = View::within(db, settings);
                let when = expected_back
                    .as_deref()
                    .filter(|typed| !typed.trim().is_empty())
                    .map(|typed| view.when(typed, Lean::Ahead))
                    .transpose()?;
                let back = when.map(|when| when.at(&settings.zone, chrono::NaiveTime::MIN));
                let is_over = |when: When| {
                    if let When::Day(day) = when {
                        day < settings.zone.day(view.now)
                    } else {
                        back.is_some_and(|back| back <= view.now)
                    }
                };
                if when.is_some_and(is_over) {
                    let shown = back.map_or_else(String::new, |back| view.show(back));
                    return Err(Declined::new(
                        "time",
                        format!("{shown} is over: nothing can be expected back by then"),
                        "give a day that is still to come, or \"\" if nobody knows",
                    )
                    .into());
                }
                let cost = cost
                    .as_deref()
                    .map(|typed| view.read_money(typed))
                    .transpose()?
                    .flatten();
                let at_work = item.condition == Condition::UnderMaintenance
                    && condition == Condition::UnderMaintenance;
                let ((), consequence) = watched(db, settings, &[item.type_id], |db| {
                    if expected_back.is_some() && at_work && note.is_none() && cost.is_none() {
                        desk::expect_back(db, item.id, back)?;
                    } else {
                        report(db, item.id, condition, filled(note.as_ref()), back, cost)?;
                    }
                    desk::let_go(db, item.id)?;
                    Ok(())
                })?;
                Ok(with_consequence(
                    shown(&View::within(db, settings), item.id)?,
                    &consequence,
                ))
            }),
            Item::Block {
                tag,
                from,
                to,
                reason,
                qty,
            } => set_aside::block(
                shop,
                &set_aside::NewBlock {
                    tag: &tag,
                    from: from.as_deref(),
                    to: to.as_deref(),
                    reason: &reason,
                    quantity: qty,
                },
            ),
            Item::Unblock { block } => set_aside::unblock(shop, &block),
            Item::Blocks { tag } => set_aside::blocks(shop, tag.as_deref()),
            Item::Case {
                tag,
                contents,
                empty: _,
            } => set_aside::case(shop, &tag, &contents),
            Item::Unpack { tag } => set_aside::unpack(shop, &tag),
            Item::Pack { tag } => set_aside::pack(shop, &tag),
            Item::Retire { tag, reason } => act(shop, |db, settings| {
                let item = inventory::resolve_item(db.read(), &tag)?;
                let ((), consequence) = watched(db, settings, &[item.type_id], |db| {
                    inventory::retire(db, item.id, &Text::new(&reason))?;
                    desk::let_go(db, item.id)?;
                    Ok(desk::remember_final(db, Final::Retired(item.id))?)
                })?;
                Ok(with_consequence(
                    shown(&View::within(db, settings), item.id)?,
                    &consequence,
                ))
            }),
            Item::Lost { tag, reason } => act(shop, |db, settings| {
                let item = inventory::resolve_item(db.read(), &tag)?;
                let reason = Text::new(&reason);
                if reason.is_empty() {
                    return Err(InventoryRefusal::ReasonMissing {
                        tag: item.tag,
                        what: "lost",
                    }
                    .into());
                }
                let ((), consequence) = watched(db, settings, &[item.type_id], |db| {
                    desk::judge(db, item.id, None, &Judgement::Lost(reason))?;
                    desk::let_go(db, item.id)?;
                    Ok(())
                })?;
                Ok(with_consequence(
                    shown(&View::within(db, settings), item.id)?,
                    &consequence,
                ))
            }),
            Item::Found {
                tag,
                condition,
                note,
            } => act(shop, |db, settings| {
                let item = inventory::resolve_item(db.read(), &tag)?;
                let note = filled(note.as_ref());
                let ((), consequence) = watched(db, settings, &[item.type_id], |db| {
                    Ok(desk::find(db, settings, item.id, condition, note.as_ref())?)
                })?;
                Ok(with_consequence(
                    shown(&View::within(db, settings), item.id)?,
                    &consequence,
                ))
            }),
        }
    }
}

/// What somebody saw, as a step that can be undone; good ends the repair there may be.
fn report(
    db: &mut Write<'_>,
    id: ItemId,
    condition: Condition,
    note: Option<Text>,
    expected_back: Option<Moment>,
    cost: Option<Money>,
) -> Result<(), Stop> {
    if condition != Condition::UnderMaintenance && expected_back.is_some() {
        return Err(usage(
            "Only what is under maintenance is expected back",
            "leave out --expected-back, or report it as maintenance",
        ));
    }
    let at_work = inventory::open_job(db.read(), id)?.is_some();
    if !(at_work && condition == Condition::Good) && cost.is_some() {
        return Err(usage(
            "A cost belongs to the report that ends a repair",
            "leave out --cost, or report it as good once it is back from the bench",
        ));
    }
    let judgement = match (condition, note) {
        (Condition::Good, note) if at_work => {
            return Ok(desk::bench_done(db, id, note.as_ref(), cost)?);
        }
        (Condition::Good, None) => Judgement::Good,
        (Condition::Good, Some(note)) => Judgement::GoodButNote(note),
        (Condition::Unusable, Some(note)) => Judgement::Unusable(note),
        (Condition::UnderMaintenance, Some(note)) => {
            Judgement::UnderMaintenance(note, expected_back)
        }
        (_, None) => {
            return Err(InventoryRefusal::NoteMissing {
                condition: condition.shown(),
            }
            .into());
        }
    };
    Ok(desk::judge(db, id, None, &judgement)?)
}

fn list(shop: &Shop, equipment_type: Option<&str>, state: Option<&str>) -> Result<Answer, Stop> {
    let view = View::of(shop);
    let type_ids = equipment_type
        .map(|typed| view.resolve_any_type(typed))
        .transpose()?
        .map(|found| found.iter().map(|found| found.id).collect::<Vec<_>>());
    let mut items = inventory::all_items(view.db)?;
    items.retain(|item| {
        type_ids
            .as_ref()
            .is_none_or(|ids| ids.contains(&item.type_id))
            && state.is_none_or(|state| item.state() == state)
    });
    items.sort_by_key(|item| item.tag.code());
    let mut table = Table::new(&["TAG", "TYPE", "STATE", "CONDITION", "LOCATION", "SERIAL"]);
    let mut rows = Vec::new();
    for item in &items {
        let name = view.type_name(item.type_id)?;
        let shown = item.state().to_lowercase().replace('_', " ");
        table.row([
            item.tag.to_string(),
            name.to_string(),
            shown,
            item.condition.shown().to_owned(),
            plain(item.location.as_ref()),
            plain(item.serial.as_ref()),
        ]);
        rows.push(json!({
            "tag": item.tag, "type": name, "lifecycle": item.lifecycle.word(), "condition": item.condition.word(), "state": item.state(), "location": item.location, "serial": item.serial,
            "reference": item.reference,
        }));
    }
    let empty = if type_ids.is_none() && state.is_none() {
        "No items yet; rentdesk item add TYPE adds one."
    } else {
        "No item is like that."
    };
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or(empty, &counted(length(&items), "item", "items")),
    ))
}

fn shown(view: &View<'_>, id: ItemId) -> Result<Answer, Stop> {
    let item = inventory::known(view.db, id)?;
    let found = catalog::type_details(view.db, item.type_id)?;
    let path = view.path_of(&found)?;
    // What lies in a case is where the case is.
    let gone_with = inventory::gone_with_case(view.db, id)?;
    let rental = booking::open_rental(view.db, gone_with.as_ref().map_or(id, |case| case.id))?;
    let state = if gone_with.is_some() && item.state() == "IN" {
        "OUT"
    } else {
        item.state()
    };
    let (times, _) = booking::life_of(view.db, id, view.now)?;
    let held_by = rental
        .as_ref()
        .map(|rental| view.customer(rental.customer))
        .transpose()?;
    let number = rental
        .as_ref()
        .map(|rental| view.number(rental.reservation))
        .transpose()?;
    let flags: Vec<String> = history::flags_of(view.db, id)?
        .into_iter()
        .map(|flag| flag.flag)
        .collect();
    let job = inventory::open_job(view.db, id)?;
    let (blocks, blocked) = set_aside::blocked_words(view, &Stock::Item(item.clone()))?;
    let (contents, holds) = set_aside::contents_of(view, id)?;
    let gone = inventory::latest_change(view.db, id)?
        .filter(|change| change.after == item.lifecycle && item.lifecycle != Lifecycle::InService);
    let gone_by = gone
        .as_ref()
        .map(|change| view.staff_name(change.staff))
        .transpose()?
        .flatten();
    let case = inventory::case_of(view.db, id)?
        .map(|(case, packed)| Ok::<_, Stop>((inventory::known(view.db, case)?.tag, packed)))
        .transpose()?;
    let json = json!({
        "tag": item.tag, "type": found.details.name, "category": path, "lifecycle": item.lifecycle.word(), "condition": item.condition.word(), "state": state,
        "location": item.location, "held_by": held_by.as_ref().map(|(number, _)| number), "reservation": number, "due": stamp(rental.as_ref().map(|rental| rental.due_at)),
        "serial": item.serial, "note": item.note, "reference": item.reference, "times_out": times, "flags": flags, "blocks": blocks,
        "lifecycle_reason": gone.as_ref().and_then(|change| change.reason.clone()), "lifecycle_since": stamp(gone.as_ref().map(|change| change.at)),
        "lifecycle_by": gone_by, "contents": contents, "case": case.as_ref().map(|(tag, _)| tag), "packed": case.as_ref().is_some_and(|(_, packed)| *packed),
    });
    let whereabouts = match &rental {
        Some(rental) => format!(
            "{}{}",
            gone_with.map_or_else(String::new, |case| format!("in {}, ", case.tag)),
            out_to(view, rental)?
        ),
        None => item.state().to_lowercase().replace('_', " "),
    };
    let bench = job.map_or_else(String::new, |job| {
        let trouble = plain(job.trouble.as_ref());
        let back = job.expected_back.map_or_else(String::new, |moment| {
            format!(", expected back {}", view.near(moment))
        });
        format!(
            "{} since {}: {trouble}{back}",
            job.number,
            view.near(job.opened_at)
        )
    });
    let text = facts(
        &format!("{} {}", item.tag, found.details.name),
        &[
            ("state", whereabouts),
            (
                if gone.is_some() {
                    item.lifecycle.shown()
                } else {
                    "lost"
                },
                gone.as_ref().map_or_else(String::new, |change| {
                    gone_words(view, change, gone_by.as_ref())
                }),
            ),
            ("condition", item.condition.shown().to_owned()),
            ("bench", bench),
            ("set aside", blocked.join("; ")),
            (
                "case",
                case.map_or_else(String::new, |(tag, packed)| {
                    format!("{tag}{}", if packed { "" } else { ", unpacked" })
                }),
            ),
            ("holds", holds),
            ("category", path.to_string()),
            ("location", plain(item.location.as_ref())),
            ("serial", plain(item.serial.as_ref())),
            ("note", plain(item.note.as_ref())),
            ("reference", plain(item.reference.as_ref())),
            ("rented", counted(times, "time", "times")),
        ],
    );
    Ok(Answer::new(json, text))
}

/// `Fri 21 Nov 10:42 by Ana: dropped into the river`
fn gone_words(view: &View<'_>, change: &LifecycleChange, by: Option<&Text>) -> String {
    let by = by.map(|name| format!(" by {name}")).unwrap_or_default();
    let reason = change
        .reason
        .as_ref()
        .map(|reason| format!(": {reason}"))
        .unwrap_or_default();
    format!("{}{by}{reason}", view.show(change.at))
}

/// `out to Maya Chen C-0007, R-1042, due today 18:00`
fn out_to(view: &View<'_>, rental: &Rental) -> Result<String, Stop> {
    let late = rental
        .late(view.settings, view.now)
        .map_or_else(String::new, |late| format!(", {} late", late.words()));
    Ok(format!(
        "out to {}, {}, due {}{late}",
        view.person(rental.customer)?,
        view.number(rental.reservation)?,
        view.near(rental.due_at)
    ))
}

fn shown_bulk(view: &View<'_>, bulk: &BulkStock) -> Result<Answer, Stop> {
    let found = catalog::type_details(view.db, bulk.type_id)?;
    let path = view.path_of(&found)?;
    let (blocks, blocked) = set_aside::blocked_words(view, &Stock::Bulk(bulk.clone()))?;
    let mut holders = Vec::new();
    let mut lines = Vec::new();
    for rental in booking::open_bulk_rentals(view.db, bulk.type_id)? {
        let number = view.number(rental.reservation)?;
        lines.push(format!(
            "{} {}",
            grouped(rental.quantity),
            out_to(view, &rental)?
        ));
        holders.push(json!({"customer": view.customer(rental.customer)?.0, "reservation": number, "quantity": rental.quantity, "due": stamp(Some(rental.due_at))}));
    }
    let json = json!({
        "tag": bulk.tag, "type": found.details.name, "category": path, "lifecycle": "IN_SERVICE", "condition": "GOOD", "state": if bulk.out < bulk.quantity { "IN" } else { "OUT" },
        "location": bulk.location, "held_by": null, "due": null, "quantity": bulk.quantity, "out": bulk.out, "holders": holders,
        "blocks": blocks,
    });
    let mut rows = vec![
        (
            "stock",
            format!(
                "{} owned, {} in, {} out",
                grouped(bulk.quantity),
                grouped(bulk.quantity - bulk.out),
                grouped(bulk.out)
            ),
        ),
        ("category", path.to_string()),
        ("location", plain(bulk.location.as_ref())),
    ];
    rows.extend(lines.into_iter().map(|line| ("out", line)));
    rows.extend(blocked.into_iter().map(|line| ("set aside", line)));
    Ok(Answer::new(
        json,
        facts(&format!("{} {}", bulk.tag, found.details.name), &rows),
    ))
}
