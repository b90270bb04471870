//! `rentdesk free` and `rentdesk shortages`: what can be had when, who is in the way, who will be
//! disappointed.

use super::answer::{Table, counted, length};
use super::promise_times::window;
use super::view::{View, closed_then, stamp, with_warnings};
use super::{Answer, usage};
use crate::booking::{self, Blocker, Lacking, Piece, Shortage, Shortfall, Want, WayOut};
use crate::kernel::{AssetTag, Fallible, Moment, Period, ReservationId, Stop, Text, TypeId};
use crate::shop::Shop;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct Free {
    /// A type, a kit among them, or the tag of the very item.
    #[arg(value_name = "TYPE|TAG")]
    what: String,
    /// When it would leave: "fri 9:00"; a day alone means when the shop opens. Both ends at once:
    /// "tue 14 - thu 10".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: String,
    /// When it would be back: "mon 10:00"; a day alone means the time of day it leaves.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,
    /// How many.
    #[arg(long, value_name = "N", default_value_t = 1)]
    qty: i64,
}

#[derive(Args, Debug)]
pub struct Shortages {
    /// Only what is short at some time of that day.
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    date: Option<String>,
}

/// What is known of a question, of a type or of one item.
struct Told {
    type_id: TypeId,
    tag: Option<AssetTag>,
    window: Period,
    quantity: i64,
    remaining: i64,
    peak: i64,
    total: i64,
    owned: i64,
    proven: bool,
    blockers: Vec<Blocker>,
    next: Option<Period>,
    instead: Vec<(Text, i64)>,
}

impl Free {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let window = window(&view, &self.from, self.to.as_deref())?;
        if window.end <= window.start {
            return Err(booking::BookingRefusal::EndBeforeStart {
                start: view.show(window.start),
                end: view.show(window.end),
            }
            .into());
        }
        if self.qty < 1 {
            return Err(usage("A quantity is 1 or more", "give --qty a number"));
        }
        let want = booking::want_of(view.db, &self.what, self.qty)?;
        let told = match want.pin {
            Some(_) => of_item(&view, &want, window)?,
            None => of_type(&view, want.type_id, self.qty, window)?,
        };
        let closed = [
            closed_then(&view, "it would leave", window.start),
            closed_then(&view, "it would be back", window.end),
        ];
        let overdue = booking::counted_on(view.db, view.settings, want.type_id, window, view.now)?
            .map(|counted| counted.words(view.settings, view.now));
        Ok(with_warnings(
            answered(&view, &told)?,
            &closed
                .into_iter()
                .flatten()
                .chain(overdue)
                .collect::<Vec<_>>(),
        ))
    }
}

fn of_type(view: &View<'_>, type_id: TypeId, quantity: i64, window: Period) -> Result<Told, Stop> {
    let answer = booking::availability(
        view.db,
        view.settings,
        type_id,
        quantity,
        window,
        None,
        view.now,
    )?;
    Ok(Told {
        type_id,
        tag: None,
        window,
        quantity,
        remaining: answer.remaining,
        peak: answer.peak,
        total: answer.total,
        owned: if answer.is_available() {
            answer.quantity
        } else {
            answer.owned
        },
        proven: answer.proven,
        blockers: answer.blockers,
        next: answer.next_window,
        instead: answer
            .instead
            .into_iter()
            .map(|(_, name, free)| (name, free))
            .collect(),
    })
}

/// The very item: it is free or it is not, and another of its type may do.
fn of_item(view: &View<'_>, want: &Want, window: Period) -> Result<Told, Stop> {
    let want = Want {
        with_accessories: false,
        ..want.clone()
    };
    let pieces: Vec<Piece> = booking::pieces(view.db, std::slice::from_ref(&want), window)?;
    let short = booking::shortfalls(view.db, view.settings, &pieces, None, view.now)?;
    let tag = want
        .pin
        .map(|item| crate::inventory::tag_of(view.db, item))
        .transpose()?
        .flatten();
    let free = short.is_empty();
    let (mut blockers, mut next, mut instead, mut proven) = (Vec::new(), None, Vec::new(), true);
    if let Some(first) = short.first() {
        proven = first.proven;
        blockers = first
            .blockers
            .iter()
            .filter(|blocker| blocker.tag == tag)
            .cloned()
            .collect();
        if blockers.is_empty() {
            blockers.clone_from(&first.blockers);
        }
        next = booking::next_window(view.db, view.settings, &pieces, None, view.now)?;
        let others =
            booking::free_count(view.db, view.settings, want.type_id, window, None, view.now)?;
        if others > 0 {
            instead.push((view.type_name(want.type_id)?, others));
        }
    }
    let remaining = i64::from(free);
    Ok(Told {
        type_id: want.type_id,
        tag,
        window,
        quantity: want.quantity,
        remaining,
        peak: 1 - remaining,
        total: 1,
        owned: 1,
        proven,
        blockers,
        next,
        instead,
    })
}

fn answered(view: &View<'_>, told: &Told) -> Result<Answer, Stop> {
    let name = view.type_name(told.type_id)?;
    let is_available = told.remaining >= told.quantity;
    let json = json!({
        "type": name, "tag": told.tag, "from": stamp(Some(told.window.start)), "to": stamp(Some(told.window.end)), "quantity": told.quantity, "is_available": is_available,
        "remaining": told.remaining, "peak": told.peak, "total": told.total, "proven": told.proven, "blockers": blockers_json(view, &told.blockers)?,
        "next_window": told.next.map(window_json), "instead": told.instead.iter().map(|(name, free)| json!({"type": name, "free": free})).collect::<Vec<_>>(),
    });
    let thing = told
        .tag
        .as_ref()
        .map_or_else(|| name.to_string(), |tag| format!("{tag} {name}"));
    let mut text = format!(
        "{thing}: {} of {} free {} to {}",
        told.remaining,
        told.total,
        view.show(told.window.start),
        view.show(told.window.end)
    );
    if !is_available {
        text.push_str(&format!("; {} wanted", told.quantity));
        for blocker in &told.blockers {
            text.push_str(&format!(
                "\n  {}",
                booking::blocker_words(view.db, view.settings, blocker, view.now)?
            ));
        }
        text.push_str(&match told.next {
            _ if told.quantity > told.owned => format!("\nThe shop owns {}", told.owned),
            Some(window) => format!(
                "\nNext: {} to {}",
                view.show(window.start),
                view.show(window.end)
            ),
            None => "\nNext: no such window in the 400 days that follow".to_owned(),
        });
        let instead: Vec<String> = told
            .instead
            .iter()
            .map(|(name, free)| format!("{name} ({free} free)"))
            .collect();
        if !instead.is_empty() {
            text.push_str(&format!("\nInstead: {}", instead.join(", ")));
        }
    }
    if !told.proven {
        text.push_str("\nMore could not be proven to fit: too many reservations name their items.");
    }
    Ok(Answer::new(json, text))
}

fn window_json(window: Period) -> Value {
    json!({"from": stamp(Some(window.start)), "to": stamp(Some(window.end))})
}

fn blockers_json(view: &View<'_>, blockers: &[Blocker]) -> Fallible<Vec<Value>> {
    blockers
        .iter()
        .map(|blocker| {
            let customer = blocker.customer.map(|id| view.customer(id)).transpose()?.map(|(number, _)| number);
            Ok(json!({
                "reservation": blocker.reservation.map(|(_, number)| number), "customer": customer, "tag": blocker.tag, "until": stamp(blocker.until), "quantity": blocker.quantity,
                "how": blocker.how.word().to_uppercase().replace(' ', "_"),
            }))
        })
        .collect()
}

/// Everything that is short, with who is in the way, and the ways out. What is to be a new
/// reservation has its lines in the order they were weighed; of an old one those that it has
/// already are named, and one that would be added has no number yet.
pub fn lacking_json(
    view: &View<'_>,
    of: Option<ReservationId>,
    lacking: &Lacking,
) -> Fallible<Value> {
    let mut lines: Vec<(usize, booking::Line)> = match of {
        Some(id) => {
            let all = booking::lines(view.db, id)?;
            let number =
                |line: &booking::Line| booking::line_number(&all, line.id).unwrap_or_default();
            all.iter()
                .filter(|line| line.is_open() && !line.is_kit)
                .map(|line| (number(line), line.clone()))
                .collect()
        }
        None => Vec::new(),
    };
    let mut number_of = |short: &Shortfall| match of {
        None => Some(short.piece + 1),
        Some(_) => lines
            .iter()
            .position(|(_, line)| line.type_id == short.type_id)
            .map(|place| lines.remove(place).0),
    };
    let short = lacking.short.iter().map(|short| {
        Ok(json!({
            "line": number_of(short), "type": short.type_name, "wanted": short.wanted, "free": short.free, "total": short.total, "proven": short.proven,
            "blockers": blockers_json(view, &short.blockers)?,
        }))
    });
    let ways = lacking.ways.iter().map(|way| match way {
        WayOut::Instead { name, free, .. } => json!({"way": "INSTEAD", "type": name, "free": free}),
        WayOut::Window(window) => json!({"way": "WINDOW", "from": stamp(Some(window.start)), "to": stamp(Some(window.end))}),
        WayOut::Fewer(quantity) => json!({"way": "FEWER", "quantity": quantity}),
        WayOut::KeepShort => json!({"way": "KEEP_SHORT"}),
    });
    Ok(json!({"short": short.collect::<Fallible<Vec<_>>>()?, "ways": ways.collect::<Vec<_>>()}))
}

/// A column of causes that leaves the others their room.
const WHY_WIDE: usize = 36;

impl Shortages {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let day = self
            .date
            .as_deref()
            .map(|typed| view.when(typed, crate::kernel::when::Lean::Ahead))
            .transpose()?
            .map(|when| when.day(&view.settings.zone));
        let mut found = booking::shortages(view.db, view.settings, view.now)?;
        if let Some(day) = day {
            found.retain(|short| short.during.overlaps(&view.settings.zone.day_period(day)));
        }
        let mut table = Table::new(&[
            "R- NO.", "CUSTOMER", ">LINE", ">MISSING", "TYPE", "FROM", "TO", "WHY",
        ]);
        let mut rows = Vec::new();
        for short in &found {
            let row = shortage_json(&view, short)?;
            let customer = booking::reservation(view.db, short.reservation)?
                .customer
                .map(|id| view.person(id))
                .transpose()?
                .unwrap_or_default();
            table.row([
                view.number(short.reservation)?.to_string(),
                customer,
                row.get("line")
                    .and_then(Value::as_i64)
                    .unwrap_or_default()
                    .to_string(),
                short.missing.to_string(),
                view.type_name(short.type_id)?.to_string(),
                view.show(short.during.start),
                until(&view, short.during.end),
                short.why_within(WHY_WIDE),
            ]);
            rows.push(row);
        }
        let empty = if day.is_some() {
            "Nothing is short on that day."
        } else {
            "Nothing is short."
        };
        Ok(Answer::new(
            Value::Array(rows),
            table.text_or(
                empty,
                &format!("{} short", counted(length(&found), "line", "lines")),
            ),
        ))
    }
}

fn until(view: &View<'_>, moment: Moment) -> String {
    if moment < crate::kernel::MOMENT_MAX {
        view.show(moment)
    } else {
        "open".to_owned()
    }
}

/// The words of every cause, what weighs most first.
pub fn causes_json(short: &Shortage) -> Vec<&'static str> {
    short.causes.iter().map(|cause| cause.word()).collect()
}

pub fn shortage_json(view: &View<'_>, short: &Shortage) -> Result<Value, Stop> {
    let found = booking::reservation(view.db, short.reservation)?;
    let customer = found
        .customer
        .map(|id| view.customer(id))
        .transpose()?
        .map(|(number, _)| number);
    let line = booking::line_number(&booking::lines(view.db, found.id)?, short.line);
    Ok(json!({
        "type": view.type_name(short.type_id)?, "reservation": found.number, "customer": customer, "line": line, "from": stamp(Some(short.during.start)),
        "to": stamp(Some(short.during.end)), "missing": short.missing, "cause": short.cause().word(), "causes": causes_json(short),
    }))
}
