//! `rentdesk today`: what is due today and tomorrow, what is overdue, what waits for somebody.

use super::Answer;
use super::answer::{Table, counted, length};
use super::free::{causes_json, shortage_json};
use super::view::{View, stamp};
use crate::booking;
use crate::desk::{self, DueRow, Need, OutRow, Unsettled};
use crate::kernel::{Fallible, Moment, Period, Stop, Text};
use crate::pricing;
use crate::shop::Shop;
use serde_json::{Value, json};

pub fn today(shop: &Shop) -> Result<Answer, Stop> {
    shop.drop_marks()?;
    let view = View::of(shop);
    let board = desk::board(view.db, view.settings, &shop.consumers()?, view.now)?;
    let out = crate::booking::count_out(view.db)?;
    let needs: Vec<(Value, String)> = board.needs.iter().map(|need| needed(&view, need)).collect();
    let mut text = format!(
        "{}, {} out\n",
        view.settings
            .zone
            .show_day(view.settings.zone.day(view.now)),
        counted(out, "item", "items")
    );
    if !needs.is_empty() {
        text.push_str("\nTo do\n");
        text.extend(needs.iter().map(|(_, line)| format!("{line}\n")));
    }
    let zone = &view.settings.zone;
    let today = zone.day_period(zone.day(view.now));
    let going = desk::going_out(view.db, view.settings, zone.day(view.now), view.now)?;
    text.push_str(&format!(
        "\nGoing out today: {}\n",
        if going.is_empty() {
            "nothing".to_owned()
        } else {
            counted(length(&going), "reservation", "reservations")
        }
    ));
    text.push_str(&going_table(&view, &going).text());
    let mut short = booking::shortages(view.db, view.settings, view.now)?;
    short.retain(|short| {
        short.during.overlaps(&Period {
            start: view.now,
            ..today
        })
    });
    if !short.is_empty() {
        text.push_str("\nShort today\n");
        for short in &short {
            text.push_str(&format!(
                "{}: {}\n",
                booking::harm_in_words(view.db, view.settings, short, view.now)?,
                short.why()
            ));
        }
    }
    let lapsing = booking::holds_lapsing_by(view.db, Moment(today.end.0 - 1))?;
    let mut holds = Vec::new();
    if !lapsing.is_empty() {
        text.push_str("\nHolds that lapse today\n");
    }
    for hold in &lapsing {
        let person = hold
            .customer
            .map(|id| view.person(id))
            .transpose()?
            .unwrap_or_default();
        let lapses = hold
            .hold_lapses_at
            .map_or_else(String::new, |lapses| format!(" {}", view.near(lapses)));
        text.push_str(&format!(
            "{} {person}{lapses} (rentdesk confirm {})\n",
            hold.number, hold.number
        ));
        let customer = hold
            .customer
            .map(|id| view.customer(id))
            .transpose()?
            .map(|(number, _)| number);
        holds.push(json!({"reservation": hold.number, "customer": customer, "hold_lapses": stamp(hold.hold_lapses_at), "from": stamp(Some(hold.start))}));
    }
    for (title, rows) in [
        ("Overdue", &board.overdue),
        ("Back today", &board.back_today),
        ("Back tomorrow", &board.tomorrow),
    ] {
        text.push_str(&format!(
            "\n{title}: {}\n",
            if rows.is_empty() {
                "nothing".to_owned()
            } else {
                counted(length(rows), "reservation", "reservations")
            }
        ));
        text.push_str(&due_table(&view, rows).text());
    }
    if !board.unsettled.is_empty() {
        let more = if board.more_unsettled {
            ", the newest first; there are more"
        } else {
            ""
        };
        text.push_str(&format!(
            "\nTo settle: {}{more}\n",
            counted(length(&board.unsettled), "reservation", "reservations")
        ));
        text.push_str(&unsettled_table(&view, &board.unsettled).text());
    }
    let rows = |rows: &[DueRow]| {
        rows.iter()
            .map(|row| due_json(&view, row))
            .collect::<Fallible<Vec<Value>>>()
    };
    let going = going
        .iter()
        .map(|row| going_json(&view, row))
        .collect::<Fallible<Vec<Value>>>()?;
    let short = short
        .iter()
        .map(|short| shortage_json(&view, short))
        .collect::<Result<Vec<Value>, Stop>>()?;
    let json = json!({
        "day": zone.day(view.now).to_string(), "out": out, "needs": needs.iter().map(|(json, _)| json).collect::<Vec<_>>(), "going_out": going, "short": short, "lapsing": holds,
        "overdue": rows(&board.overdue)?, "back_today": rows(&board.back_today)?, "tomorrow": rows(&board.tomorrow)?,
        "to_settle": board.unsettled.iter().map(|left| unsettled_json(&view, left)).collect::<Fallible<Vec<_>>>()?, "more_to_settle": board.more_unsettled,
    });
    Ok(Answer::new(json, text))
}

fn unsettled_table(view: &View<'_>, left: &[Unsettled]) -> Table {
    let mut table = Table::new(&["BACK", "R- NO.", "CUSTOMER", "LEFT TO SETTLE"]);
    for left in left {
        table.row([
            view.near(left.since),
            left.number.to_string(),
            left.name.to_string(),
            left.in_words(view.settings.currency),
        ]);
    }
    table
}

fn unsettled_json(view: &View<'_>, left: &Unsettled) -> Fallible<Value> {
    let fees: Vec<Value> = left.fees.iter().map(|(kind, amount)| json!({"kind": kind.word(), "amount": view.money(Some(*amount).filter(|amount| amount.0 > 0))})).collect();
    Ok(json!({
        "reservation": left.number, "customer": view.customer(left.customer)?.0, "name": left.name, "since": stamp(Some(left.since)), "fees": fees, "owes": view.money(Some(left.owes)),
        "deposit_held": view.money(Some(left.deposit_held)), "currency": view.settings.currency.code(),
    }))
}

fn going_table(view: &View<'_>, rows: &[OutRow]) -> Table {
    let mut table = Table::new(&[
        "FROM", "R- NO.", "CUSTOMER", "PHONE", ">ITEMS", ">PACKED", "STATE", "WHAT",
    ]);
    for row in rows {
        let phone = row.phone.as_ref().map_or_else(String::new, Text::to_string);
        let short = if row.short > 0 {
            format!(", {} short", row.short)
        } else {
            String::new()
        };
        let state = format!("{}{short}", row.state.word().to_lowercase());
        table.row([
            view.near(row.start),
            row.number.to_string(),
            row.name.to_string(),
            phone,
            row.items.to_string(),
            row.packed.to_string(),
            state,
            row.what.clone(),
        ]);
    }
    table
}

fn going_json(view: &View<'_>, row: &OutRow) -> Fallible<Value> {
    Ok(json!({
        "reservation": row.number, "customer": row.customer.map(|id| view.customer(id)).transpose()?.map(|(number, _)| number), "name": row.name, "phone": row.phone,
        "state": row.state.word(), "hold_lapses": stamp(row.lapses), "from": stamp(Some(row.start)), "to": stamp(Some(row.end)), "items": row.items, "packed": row.packed,
        "short": row.short, "what": row.what,
    }))
}

fn needed(view: &View<'_>, need: &Need) -> (Value, String) {
    match need {
        Need::Unfinished {
            customer,
            items,
            since,
            ..
        } => {
            let who = customer
                .as_ref()
                .map_or_else(|| "nobody yet".to_owned(), Text::to_string);
            let when =
                since.map_or_else(String::new, |since| format!(", begun {}", view.near(since)));
            (
                json!({"need": "UNFINISHED", "items": items, "since": stamp(*since)}),
                format!(
                    "unfinished check-out: {} for {who}{when}",
                    counted(i64::try_from(*items).unwrap_or(i64::MAX), "item", "items")
                ),
            )
        }
        Need::Unsaved {
            number,
            customer,
            lines,
            since,
            ..
        } => {
            let who = customer
                .as_ref()
                .map_or_else(|| "nobody yet".to_owned(), Text::to_string);
            let of = number.map_or_else(
                || "a new reservation".to_owned(),
                |number| format!("changes of {number}"),
            );
            let when =
                since.map_or_else(String::new, |since| format!(", begun {}", view.near(since)));
            (
                json!({"need": "UNSAVED", "reservation": number, "lines": lines, "since": stamp(*since)}),
                format!("not saved: {of} for {who}{when}"),
            )
        }
        Need::Short {
            number,
            name,
            start,
            thing,
            wanted,
            free,
            short,
            ..
        } => (
            json!({"need": "SHORT", "reservation": number, "type": thing, "quantity": wanted, "free": free, "cause": short.cause().word(), "causes": causes_json(short), "from": stamp(Some(*start))}),
            format!(
                "short: {number} {name} {} needs {wanted} x {thing}, {free} free ({})",
                view.near(*start),
                short.why()
            ),
        ),
        Need::HoldLapses {
            number, name, at, ..
        } => (
            json!({"need": "HOLD_LAPSES", "reservation": number, "at": stamp(Some(*at))}),
            format!("hold lapses {}: {number} {name}", view.near(*at)),
        ),
        Need::Uncollected {
            number,
            name,
            start,
            over,
            rest,
            ..
        } => (
            json!({"need": "UNCOLLECTED", "reservation": number, "from": stamp(Some(*start)), "over": stamp(*over), "never_left": rest}),
            match (rest, over) {
                (Some(rest), _) => format!("not picked up: {number} {name}, {rest} never left"),
                (None, Some(end)) => format!(
                    "not picked up: {number} {name}, its window ended {}",
                    view.near(*end)
                ),
                (None, None) => {
                    format!("not picked up since {}: {number} {name}", view.near(*start))
                }
            },
        ),
        Need::Wanted {
            number,
            name,
            start,
            tag,
            thing,
            ..
        } => (
            json!({"need": "WANTED", "reservation": number, "tag": tag, "type": thing, "from": stamp(Some(*start))}),
            format!(
                "wanted again: {tag} {thing} is back, {number} {name} needs it {}",
                view.near(*start)
            ),
        ),
        Need::Lapsed {
            number,
            name,
            phone,
            at,
            was_hold,
            ..
        } => {
            let phone = phone
                .as_ref()
                .map(|phone| format!(", {phone}"))
                .unwrap_or_default();
            let (kind, what) = if *was_hold {
                ("HOLD", "hold lapsed")
            } else {
                ("NO_SHOW", "nobody came")
            };
            (
                json!({"need": "LAPSED", "reservation": number, "kind": kind, "at": stamp(Some(*at))}),
                format!("lapsed: {number} {name}: {what} {}{phone}", view.near(*at)),
            )
        }
        Need::StaleList(stale) => (
            super::paper::stale_json(stale),
            format!(
                "{} (rentdesk pick-list --date {} --print)",
                stale.in_words(view.settings, view.now),
                stale.day
            ),
        ),
        Need::Unsent {
            message,
            name,
            about,
            of,
            is_dead,
            error,
        } => {
            let number = of.map(|(_, number)| number);
            let what = number.map_or_else(|| about.clone(), |number| format!("{about}, {number}"));
            let became = if *is_dead {
                "failed for good"
            } else {
                "was interrupted"
            };
            (
                json!({"need": "UNSENT", "message": message.0, "about": about, "reservation": number, "state": if *is_dead { "DEAD" } else { "FAILED" }, "error": error}),
                format!(
                    "message to {name} {became} ({what}): {error} (rentdesk messages retry {})",
                    message.0
                ),
            )
        }
        Need::Setting { name, value } => (
            json!({"need": "SETTING", "setting": name, "value": value}),
            format!(
                "the setting {name} says \"{value}\", which cannot be read (rentdesk settings set {name})"
            ),
        ),
        Need::Stopped {
            consumer,
            seq,
            error,
            parked,
        } => (
            json!({"need": if *parked { "PARKED" } else { "STOPPED" }, "consumer": consumer, "seq": seq, "error": error}),
            format!(
                "{consumer} {} before event {seq}: {error} (rentdesk outbox retry {consumer})",
                if *parked {
                    "is parked"
                } else {
                    "stopped, and is tried again by itself,"
                }
            ),
        ),
    }
}

fn due_table(view: &View<'_>, rows: &[DueRow]) -> Table {
    let mut table = Table::new(&[
        "DUE", "R- NO.", "CUSTOMER", "PHONE", ">OUT", ">BACK", "WHAT",
    ]);
    for row in rows {
        let phone = row.phone.as_ref().map_or_else(String::new, Text::to_string);
        table.row([
            view.near(row.due),
            row.number.to_string(),
            row.name.to_string(),
            phone,
            row.out.to_string(),
            row.back.to_string(),
            row.what.clone(),
        ]);
    }
    table
}

fn due_json(view: &View<'_>, row: &DueRow) -> Fallible<Value> {
    let late = pricing::late(view.settings, row.due, view.now).map_or(0, |late| late.minutes);
    Ok(json!({
        "reservation": row.number, "customer": view.customer(row.customer)?.0, "name": row.name, "phone": row.phone, "due": stamp(Some(row.due)), "late_minutes": late, "out": row.out, "back": row.back,
        "what": row.what,
    }))
}
