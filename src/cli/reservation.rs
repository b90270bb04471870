//! `rentdesk list`, `show` and `late`: reservations, and what of them is out.

use super::answer::{Table, counted, facts, length};
use super::view::{View, plain, stamp};
use super::{Answer, read_word};
use crate::booking::{
    self, Line, LineState, Rental, RentalState, Reservation, ReservationState, Shortage,
};
use crate::customers;
use crate::desk::{self, AgreedPrice};
use crate::inventory;
use crate::kernel::when::{Lean, When};
use crate::kernel::{
    AssetTag, Fallible, LineId, Moment, Money, Period, ReservationId, Stop, Text, TypeId,
};
use crate::pricing;
use crate::shop::Shop;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Args, Debug)]
pub struct List {
    /// Only those in this state: quote, hold, confirmed, active, completed, cancelled, expired.
    #[arg(long, value_parser = |typed: &str| read_word(ReservationState::ALL, typed))]
    state: Option<ReservationState>,
    /// Only those that had gear out at that instant, or at any time of that day: "15 jul 2005
    /// 12:00".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    on: Option<String>,
    /// Only those that are not over by then; a day alone means all of it.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// Only those that begin before then; a day alone means all of it.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,
    /// Only those of a customer.
    #[arg(long)]
    customer: Option<String>,
    /// The most to list; 0 lists all.
    #[arg(long, default_value_t = 0)]
    limit: i64,
}

/// What was handed over; of what is still to go out, what was asked for.
fn pieces_of(view: &View<'_>, id: ReservationId) -> Fallible<i64> {
    let handed = kept(&booking::rentals_of(view.db, id)?)
        .map(|rental| rental.quantity)
        .sum();
    if handed > 0 {
        return Ok(handed);
    }
    Ok(booking::lines(view.db, id)?
        .iter()
        .filter(|line| line.state != LineState::Dropped && !line.is_kit)
        .map(|line| line.quantity)
        .sum())
}

#[derive(Args, Debug)]
pub struct Show {
    /// Its number or another program's reference: R-1042.
    reservation: String,
    /// Tells how its price comes about.
    #[arg(long)]
    why: bool,
}

impl List {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        match &self.on {
            None => {
                let mut rows = booking::list(view.db, self.state, i64::MAX)?;
                self.narrow(&view, &mut rows)?;
                let all = length(&rows);
                let empty = if all == 0
                    && (self.state.is_some()
                        || self.from.is_some()
                        || self.to.is_some()
                        || self.customer.is_some())
                {
                    "No reservation is like that."
                } else {
                    "No reservations yet; rentdesk reserve makes one, rentdesk out --customer C TAG hands over at once."
                };
                let pieces = |id| pieces_of(&view, id);
                self.listed(
                    &view,
                    rows,
                    pieces,
                    &counted(all, "reservation", "reservations"),
                    empty,
                )
            }
            Some(typed) => {
                let mut out: BTreeMap<ReservationId, i64> = BTreeMap::new();
                for rental in booking::out_during(view.db, view.span(typed)?)? {
                    *out.entry(rental.reservation).or_default() += rental.quantity;
                }
                let mut rows = out
                    .keys()
                    .rev()
                    .map(|id| booking::reservation(view.db, *id).map_err(Stop::from))
                    .collect::<Result<Vec<_>, _>>()?;
                rows.retain(|found| self.state.is_none_or(|state| found.state == state));
                self.narrow(&view, &mut rows)?;
                let pieces: i64 = rows.iter().filter_map(|found| out.get(&found.id)).sum();
                let last = format!(
                    "{}, {} out",
                    counted(length(&rows), "reservation", "reservations"),
                    counted(pieces, "item", "items")
                );
                self.listed(
                    &view,
                    rows,
                    |id| Ok(out.get(&id).copied().unwrap_or_default()),
                    &last,
                    "Nothing was out then.",
                )
            }
        }
    }

    /// Keeps those of a customer, and those whose window touches the one asked for.
    fn narrow(&self, view: &View<'_>, rows: &mut Vec<Reservation>) -> Result<(), Stop> {
        if let Some(typed) = &self.customer {
            let customer = customers::resolve(view.db, typed)?.id;
            rows.retain(|found| found.customer == Some(customer));
        }
        let bound =
            |typed: &Option<String>, first: bool, otherwise: Moment| -> Result<Moment, Stop> {
                Ok(
                    match typed
                        .as_deref()
                        .map(|typed| view.when(typed, Lean::Ahead))
                        .transpose()?
                    {
                        None => otherwise,
                        Some(When::Day(day)) if first => view.settings.zone.day_start(day),
                        Some(When::Day(day)) => view.settings.zone.day_period(day).end,
                        Some(When::Time(moment)) => moment,
                    },
                )
            };
        let window = Period {
            start: bound(&self.from, true, Period::ALL.start)?,
            end: bound(&self.to, false, Period::ALL.end)?,
        };
        rows.retain(|found| {
            window.overlaps(&Period {
                start: found.start,
                end: found.end,
            })
        });
        Ok(())
    }

    fn listed(
        &self,
        view: &View<'_>,
        mut found: Vec<Reservation>,
        pieces: impl Fn(ReservationId) -> Fallible<i64>,
        last: &str,
        empty: &str,
    ) -> Result<Answer, Stop> {
        let all = length(&found);
        if self.limit > 0 {
            found.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        }
        let last = if length(&found) < all {
            format!("{} of {last}", found.len())
        } else {
            last.to_owned()
        };
        let mut table = Table::new(&["R- NO.", "STATE", "FROM", "TO", ">ITEMS", "CUSTOMER"]);
        let mut rows = Vec::new();
        for reservation in &found {
            let items = pieces(reservation.id)?;
            let person = reservation
                .customer
                .map(|id| view.person(id))
                .transpose()?
                .unwrap_or_default();
            let number = reservation
                .customer
                .map(|id| view.customer(id))
                .transpose()?
                .map(|(number, _)| number);
            table.row([
                reservation.number.to_string(),
                reservation.state.word().to_lowercase(),
                view.show(reservation.start),
                view.show(reservation.end),
                items.to_string(),
                person,
            ]);
            rows.push(json!({
                "reservation": reservation.number, "state": reservation.state.word(), "customer": number, "from": stamp(Some(reservation.start)), "to": stamp(Some(reservation.end)),
                "items": items, "hold_lapses": stamp(reservation.hold_lapses_at), "reference": reservation.reference,
            }));
        }
        Ok(Answer::new(Value::Array(rows), table.text_or(empty, &last)))
    }
}

/// Without what was taken back as if it had never been handed over.
fn kept(rentals: &[Rental]) -> impl Iterator<Item = &Rental> {
    rentals
        .iter()
        .filter(|rental| rental.state != RentalState::Returned || rental.outcome.is_some())
}

impl Show {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let found = booking::resolve(view.db, &self.reservation)?;
        let answer = shown(&view, &found)?;
        if self.why {
            why_of(&view, found.id, answer)
        } else {
            Ok(answer)
        }
    }
}

/// What of a reservation is short.
pub fn short_of(view: &View<'_>, reservation: &Reservation) -> Fallible<Vec<Shortage>> {
    if !reservation.state.claims() {
        return Ok(Vec::new());
    }
    let types: Vec<TypeId> = booking::lines(view.db, reservation.id)?
        .iter()
        .filter(|line| line.claimed > 0)
        .map(|line| line.type_id)
        .collect();
    let mut short = booking::shortages_of(view.db, view.settings, types, view.now)?;
    short.retain(|short| short.reservation == reservation.id);
    Ok(short)
}

/// A line with its number, which it keeps whatever becomes of the others, and what of it is out and
/// back.
struct Told {
    number: usize,
    line: Line,
    /// The number of the line it belongs under.
    parent: Option<usize>,
    pin: Option<AssetTag>,
    tags: Vec<AssetTag>,
    /// Of those the ones of another type, each with its type.
    swaps: Vec<(AssetTag, Text)>,
    out: i64,
    back: i64,
    lost: i64,
    short: i64,
}

fn told(view: &View<'_>, reservation: &Reservation) -> Fallible<Vec<Told>> {
    let rentals = booking::rentals_of(view.db, reservation.id)?;
    let rentals: Vec<&Rental> = kept(&rentals).collect();
    let swapped = booking::in_place_of(view.db, rentals.iter().map(|rental| rental.id))?;
    let short = short_of(view, reservation)?;
    let lines = booking::lines(view.db, reservation.id)?;
    let number_of = |id: LineId| booking::line_number(&lines, id);
    lines
        .iter()
        .map(|line| {
            let number = number_of(line.id).unwrap_or_default();
            let of_line: Vec<&Rental> = rentals
                .iter()
                .copied()
                .filter(|rental| rental.line == line.id)
                .collect();
            let count = |state: RentalState| -> i64 {
                of_line
                    .iter()
                    .filter(|rental| rental.state == state)
                    .map(|rental| rental.quantity)
                    .sum()
            };
            let mut tags = of_line
                .iter()
                .map(|rental| view.tag_of(rental))
                .collect::<Fallible<Vec<AssetTag>>>()?;
            tags.sort();
            tags.dedup();
            Ok(Told {
                number,
                parent: line.parent.and_then(number_of),
                pin: line
                    .pin
                    .map(|item| inventory::tag_of(view.db, item))
                    .transpose()?
                    .flatten(),
                tags,
                swaps: of_line
                    .iter()
                    .filter(|rental| swapped.contains_key(&rental.id))
                    .map(|rental| Ok((view.tag_of(rental)?, view.type_name(rental.type_id)?)))
                    .collect::<Fallible<_>>()?,
                out: count(RentalState::Out),
                back: count(RentalState::Returned),
                lost: count(RentalState::Lost),
                short: short
                    .iter()
                    .filter(|short| short.line == line.id)
                    .map(|short| short.missing)
                    .sum(),
                line: line.clone(),
            })
        })
        .collect()
}

/// One reservation for programs. A line's number is its place among all lines; one that was dropped
/// keeps its own.
pub fn as_json(view: &View<'_>, reservation: &Reservation) -> Result<Value, Stop> {
    let customer = reservation
        .customer
        .map(|id| view.customer(id))
        .transpose()?;
    let rows: Vec<Value> = told(view, reservation)?
        .iter()
        .map(|told| {
            let line = &told.line;
            json!({
                "line": told.number, "type": line.type_name, "quantity": line.quantity, "state": line.state.word(), "out": told.out, "back": told.back, "lost": told.lost,
                "from": stamp(Some(line.start)), "due": stamp(Some(line.end)), "tags": told.tags, "swaps": told.swaps.iter().map(|(tag, name)| json!({"tag": tag, "type": name})).collect::<Vec<_>>(), "pin": told.pin, "packed": line.packed, "short": told.short, "part_of": told.parent,
                "kit": line.is_kit, "each": view.money(line.price.as_ref().map(|price| price.each)), "total": view.money(line.price.as_ref().map(|price| price.total)),
                "tax_class": line.price.as_ref().map(|price| &price.tax_class), "tax_percent": line.price.as_ref().map(|price| hundredths(price.tax_percent)),
            })
        })
        .collect();
    Ok(json!({
        "reservation": reservation.number, "state": reservation.state.word(), "customer": customer.as_ref().map(|(number, _)| number), "customer_name": customer.as_ref().map(|(_, name)| name),
        "from": stamp(Some(reservation.start)), "to": stamp(Some(reservation.end)), "hold_lapses": stamp(reservation.hold_lapses_at), "lines": rows, "note": reservation.note,
        "cancel_reason": reservation.cancel_reason, "reference": reservation.reference, "total": view.money(reservation.total), "currency": view.settings.currency.code(),
    }))
}

/// 1900 is 19, 750 is 7.5.
#[allow(clippy::cast_precision_loss)] // a percentage is small
fn hundredths(count: i64) -> f64 {
    count as f64 / 100.0
}

/// How the price came about, under an answer and beside it for programs.
pub fn why_of(view: &View<'_>, id: ReservationId, mut answer: Answer) -> Result<Answer, Stop> {
    let found = booking::reservation(view.db, id)?;
    let why = match desk::agreed_price(view.db, view.settings, &found, view.now)? {
        Some(price) => desk::derivation(&price.quoted, view.settings.currency),
        None => vec!["nothing was agreed about its price".to_owned()],
    };
    answer.text = format!("{}\n\n{}", answer.text.trim_end(), why.join("\n"));
    if let Some(fields) = answer.json.as_object_mut() {
        fields.insert("why".to_owned(), json!(why));
    }
    Ok(answer)
}

/// What comes off and is added between the lines and the total, for programs.
fn price_json(view: &View<'_>, price: &AgreedPrice) -> Vec<(&'static str, Value)> {
    let priced = &price.quoted.priced;
    let money = |amount: Money| view.money(Some(amount));
    vec![
        ("subtotal", money(priced.subtotal)),
        ("discounts", priced.discounts.iter().map(|off| json!({"name": off.name, "kind": off.kind, "amount": money(off.amount)})).collect()),
        ("taxes", priced.taxes.iter().map(|tax| json!({"class": tax.class, "percent": hundredths(tax.percent.0), "net": money(tax.net), "tax": money(tax.tax)})).collect()),
        ("prices", json!(priced.prices)),
        ("out_of_sync", json!(price.out_of_sync)),
    ]
}

/// One reservation with its lines, each with what of it is out and back.
pub fn shown(view: &View<'_>, reservation: &Reservation) -> Result<Answer, Stop> {
    let mut json = as_json(view, reservation)?;
    let price = desk::agreed_price(view.db, view.settings, reservation, view.now)?;
    if let (Some(fields), Some(price)) = (json.as_object_mut(), &price) {
        fields.extend(
            price_json(view, price)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value)),
        );
    }
    let rentals = booking::rentals_of(view.db, reservation.id)?;
    let mut titles = vec![">LINE", ">QTY", "TYPE", ">PACKED", ">OUT", ">BACK"];
    titles.extend(price.as_ref().map(|_| ">PRICE"));
    titles.push("NOTE");
    let mut lines = Table::new(&titles);
    for told in told(view, reservation)? {
        let line = &told.line;
        let mut notes = Vec::new();
        match told.parent {
            _ if line.state == LineState::Dropped => notes.push("dropped".to_owned()),
            Some(parent) => notes.push(format!("with line {parent}")),
            None if line.is_kit => notes.push("kit".to_owned()),
            None => {}
        }
        notes.extend(told.pin.as_ref().map(|tag| format!("only {tag}")));
        notes.extend(
            told.swaps
                .iter()
                .map(|(tag, name)| format!("{tag} {name} went in its place")),
        );
        if told.short > 0 {
            notes.push(format!("{} short", told.short));
        }
        if told.lost > 0 {
            notes.push(format!("{} lost", told.lost));
        }
        if line.state != LineState::Dropped
            && !line.is_kit
            && (line.start, line.end) != (reservation.start, reservation.end)
        {
            notes.push(format!(
                "{} to {}",
                view.show(line.start),
                view.show(line.end)
            ));
        }
        let count = |count: i64| {
            if line.is_kit {
                String::new()
            } else {
                count.to_string()
            }
        };
        let name = if told.parent.is_some() {
            format!("  {}", line.type_name)
        } else {
            line.type_name.to_string()
        };
        let mut cells = vec![
            told.number.to_string(),
            line.quantity.to_string(),
            name,
            count(line.packed),
            count(told.out),
            count(told.back),
        ];
        if let Some(price) = &price {
            let place = price
                .quoted
                .rows
                .iter()
                .position(|row| row.line == Some(line.id));
            cells.push(
                place
                    .and_then(|place| price.quoted.priced.lines.get(place))
                    .map_or_else(String::new, |line| {
                        desk::price_cell(line, view.settings.currency)
                    }),
            );
        }
        cells.push(notes.join(", "));
        lines.row(cells);
    }
    let swapped = booking::in_place_of(view.db, rentals.iter().map(|rental| rental.id))?;
    let mut table = Table::new(&["TAG", "TYPE", "DUE", "STATE"]);
    for rental in kept(&rentals) {
        let tag = view.tag_of(rental)?;
        let tag = if rental.item.is_none() {
            format!("{}*{tag}", rental.quantity)
        } else {
            tag.to_string()
        };
        let instead = swapped
            .get(&rental.id)
            .map_or_else(String::new, |asked_for| {
                format!(", in place of {asked_for}")
            });
        table.row([
            tag,
            view.type_name(rental.type_id)?.to_string(),
            view.show(rental.due_at),
            format!("{}{instead}", standing(view, rental)),
        ]);
    }
    let customer = reservation
        .customer
        .map(|id| view.person(id))
        .transpose()?
        .unwrap_or_default();
    let title = facts(
        &format!(
            "{} {}",
            reservation.number,
            reservation.state.word().to_lowercase()
        ),
        &[
            ("customer", customer),
            ("from", view.show(reservation.start)),
            ("to", view.show(reservation.end)),
            (
                if reservation.state == ReservationState::Expired {
                    "lapsed"
                } else {
                    "lapses"
                },
                reservation
                    .hold_lapses_at
                    .map_or_else(String::new, |lapses| view.show(lapses)),
            ),
            ("cancelled", plain(reservation.cancel_reason.as_ref())),
            ("note", plain(reservation.note.as_ref())),
            ("reference", plain(reservation.reference.as_ref())),
        ],
    );
    let mut sums = String::new();
    if let Some(price) = &price {
        sums = format!(
            "{}\n",
            desk::totals_in_words(&price.quoted.priced, view.settings.currency).join(" · ")
        );
        if !price.out_of_sync.is_empty() {
            let numbers: Vec<String> = price.out_of_sync.iter().map(ToString::to_string).collect();
            sums.push_str(&format!(
                "!! out of sync with the rates of now: line {}; rentdesk reprice {}\n",
                numbers.join(", "),
                reservation.number
            ));
        }
    }
    let parts: Vec<String> = [format!("{}{sums}", lines.text()), table.text()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    Ok(Answer::new(json, format!("{title}\n{}", parts.join("\n"))))
}

/// `out`, `out, 2 days late`, `back Mon 24 Nov 10:00, good`, `lost`
fn standing(view: &View<'_>, rental: &Rental) -> String {
    let late = rental
        .late(view.settings, view.now)
        .map_or_else(String::new, |late| format!(", {} late", late.words()));
    match (rental.state, rental.in_at) {
        (RentalState::Lost, _) => "lost".to_owned(),
        (RentalState::Returned, Some(back)) => {
            format!(
                "back {}{}{late}",
                view.show(back),
                rental
                    .condition_in
                    .map_or_else(String::new, |condition| format!(", {}", condition.shown()))
            )
        }
        _ => format!("out{late}"),
    }
}

pub fn late(shop: &Shop) -> Result<Answer, Stop> {
    let view = View::of(shop);
    let rentals = booking::overdue(view.db, view.now)?;
    let mut table = Table::new(&["TAG", "TYPE", "DUE", "LATE", "R- NO.", "CUSTOMER"]);
    let mut rows = Vec::new();
    for rental in &rentals {
        let (tag, name, number) = (
            view.tag_of(rental)?,
            view.type_name(rental.type_id)?,
            view.number(rental.reservation)?,
        );
        let minutes = rental.late_minutes(view.settings, view.now);
        let shown_tag = if rental.item.is_none() {
            format!("{}*{tag}", rental.quantity)
        } else {
            tag.to_string()
        };
        table.row([
            shown_tag,
            name.to_string(),
            view.show(rental.due_at),
            rental
                .late(view.settings, view.now)
                .map_or_else(|| "since closing".to_owned(), pricing::Late::words),
            number.to_string(),
            view.person(rental.customer)?,
        ]);
        rows.push(json!({
            "tag": tag, "type": name, "quantity": rental.quantity, "customer": view.customer(rental.customer)?.0, "reservation": number, "due": stamp(Some(rental.due_at)), "late_minutes": minutes,
        }));
    }
    let pieces = rentals.iter().map(|rental| rental.quantity).sum();
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or(
            "Nothing is overdue.",
            &format!("{} overdue", counted(pieces, "item", "items")),
        ),
    ))
}
