//! `rentdesk list`, `show` and `late`: reservations, and what of them is out.

use super::answer::{Table, counted, facts, length};
use super::view::{View, plain, stamp};
use super::{Answer, read_word};
use crate::booking::{self, Line, LineState, Rental, RentalState, Reservation, ReservationState};
use crate::kernel::time::lateness;
use crate::kernel::{AssetTag, Fallible, ReservationId, Stop};
use crate::shop::Shop;
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;

#[derive(Args, Debug)]
pub struct List {
    /// Only those in this state: active, completed, cancelled.
    #[arg(long, value_parser = |typed: &str| read_word(ReservationState::ALL, typed))]
    state: Option<ReservationState>,
    /// Only those that had gear out at that instant, or at any time of that day: "15 jul 2005 12:00".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    on: Option<String>,
    /// The most to list; 0 lists all.
    #[arg(long, default_value_t = 0)]
    limit: i64,
}

#[derive(Args, Debug)]
pub struct Show {
    /// Its number or another program's reference: R-1042.
    reservation: String,
}

impl List {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        match &self.on {
            None => {
                let rows = booking::list(view.db, self.state, i64::MAX)?;
                let all = length(&rows);
                let pieces = |id| Ok(kept(&booking::rentals_of(view.db, id)?).map(|rental| rental.quantity).sum());
                self.listed(&view, rows, pieces, &counted(all, "reservation", "reservations"), "No reservations yet; rentdesk out --customer C TAG hands over and makes one.")
            }
            Some(typed) => {
                let mut out: BTreeMap<ReservationId, i64> = BTreeMap::new();
                for rental in booking::out_during(view.db, view.span(typed)?)? {
                    *out.entry(rental.reservation).or_default() += rental.quantity;
                }
                let mut rows = out.keys().rev().map(|id| booking::reservation(view.db, *id).map_err(Stop::from)).collect::<Result<Vec<_>, _>>()?;
                rows.retain(|found| self.state.is_none_or(|state| found.state == state));
                let pieces: i64 = rows.iter().filter_map(|found| out.get(&found.id)).sum();
                let last = format!("{}, {} out", counted(length(&rows), "reservation", "reservations"), counted(pieces, "item", "items"));
                self.listed(&view, rows, |id| Ok(out.get(&id).copied().unwrap_or_default()), &last, "Nothing was out then.")
            }
        }
    }

    fn listed(&self, view: &View<'_>, mut found: Vec<Reservation>, pieces: impl Fn(ReservationId) -> Fallible<i64>, last: &str, empty: &str) -> Result<Answer, Stop> {
        let all = length(&found);
        if self.limit > 0 {
            found.truncate(usize::try_from(self.limit).unwrap_or(usize::MAX));
        }
        let last = if length(&found) < all { format!("{} of {last}", found.len()) } else { last.to_owned() };
        let mut table = Table::new(&["R- NO.", "STATE", "FROM", "TO", ">ITEMS", "CUSTOMER"]);
        let mut rows = Vec::new();
        for reservation in &found {
            let items = pieces(reservation.id)?;
            let person = reservation.customer.map(|id| view.person(id)).transpose()?.unwrap_or_default();
            let number = reservation.customer.map(|id| view.customer(id)).transpose()?.map(|(number, _)| number);
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
                "items": items, "reference": reservation.reference,
            }));
        }
        Ok(Answer::new(Value::Array(rows), table.text_or(empty, &last)))
    }
}

/// Without what was taken back as if it had never been handed over.
fn kept(rentals: &[Rental]) -> impl Iterator<Item = &Rental> {
    rentals.iter().filter(|rental| rental.state != RentalState::Returned || rental.outcome.is_some())
}

impl Show {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        shown(&view, &booking::resolve(view.db, &self.reservation)?)
    }
}

/// One reservation with its lines, each with what of it is out and back.
pub fn shown(view: &View<'_>, reservation: &Reservation) -> Result<Answer, Stop> {
    let rentals = booking::rentals_of(view.db, reservation.id)?;
    let rentals: Vec<&Rental> = kept(&rentals).collect();
    let lines: Vec<Line> = booking::lines(view.db, reservation.id)?.into_iter().filter(|line| line.state != LineState::Dropped).collect();
    let mut rows = Vec::new();
    for (line, number) in lines.iter().zip(1..) {
        let of_line: Vec<&Rental> = rentals.iter().copied().filter(|rental| rental.line == line.id).collect();
        let count = |state: RentalState| -> i64 { of_line.iter().filter(|rental| rental.state == state).map(|rental| rental.quantity).sum() };
        let mut tags = of_line.iter().map(|rental| view.tag_of(rental)).collect::<Fallible<Vec<AssetTag>>>()?;
        tags.sort();
        tags.dedup();
        rows.push(json!({
            "line": number, "type": line.type_name, "quantity": line.quantity, "state": line.state.word(), "out": count(RentalState::Out), "back": count(RentalState::Returned),
            "lost": count(RentalState::Lost), "due": stamp(Some(line.end)), "tags": tags,
        }));
    }
    let customer = reservation.customer.map(|id| view.customer(id)).transpose()?;
    let json = json!({
        "reservation": reservation.number, "state": reservation.state.word(), "customer": customer.as_ref().map(|(number, _)| number), "customer_name": customer.as_ref().map(|(_, name)| name),
        "from": stamp(Some(reservation.start)), "to": stamp(Some(reservation.end)), "lines": rows, "note": reservation.note, "cancel_reason": reservation.cancel_reason,
        "reference": reservation.reference,
    });
    let mut table = Table::new(&["TAG", "TYPE", "DUE", "STATE"]);
    for rental in rentals {
        let tag = view.tag_of(rental)?;
        let tag = if rental.item.is_none() { format!("{}*{tag}", rental.quantity) } else { tag.to_string() };
        table.row([tag, view.type_name(rental.type_id)?.to_string(), view.show(rental.due_at), standing(view, rental)]);
    }
    let title = facts(
        &format!("{} {}", reservation.number, reservation.state.word().to_lowercase()),
        &[
            ("customer", customer.map_or_else(String::new, |(number, name)| format!("{name} {number}"))),
            ("from", view.show(reservation.start)),
            ("to", view.show(reservation.end)),
            ("cancelled", plain(reservation.cancel_reason.as_ref())),
            ("note", plain(reservation.note.as_ref())),
            ("reference", plain(reservation.reference.as_ref())),
        ],
    );
    Ok(Answer::new(json, format!("{title}\n{}", table.text())))
}

/// `out`, `out, 2 days late`, `back Mon 24 Nov 10:00, good`, `lost`
fn standing(view: &View<'_>, rental: &Rental) -> String {
    let late = rental.late_minutes(view.now);
    let late = if late > 0 { format!(", {} late", lateness(late)) } else { String::new() };
    match (rental.state, rental.in_at) {
        (RentalState::Lost, _) => "lost".to_owned(),
        (RentalState::Returned, Some(back)) => {
            format!("back {}{}{late}", view.show(back), rental.condition_in.map_or_else(String::new, |condition| format!(", {}", condition.shown())))
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
        let (tag, name, number) = (view.tag_of(rental)?, view.type_name(rental.type_id)?, view.number(rental.reservation)?);
        let minutes = rental.late_minutes(view.now);
        let shown_tag = if rental.item.is_none() { format!("{}*{tag}", rental.quantity) } else { tag.to_string() };
        table.row([shown_tag, name.to_string(), view.show(rental.due_at), lateness(minutes), number.to_string(), view.person(rental.customer)?]);
        rows.push(json!({
            "tag": tag, "type": name, "quantity": rental.quantity, "customer": view.customer(rental.customer)?.0, "reservation": number, "due": stamp(Some(rental.due_at)), "late_minutes": minutes,
        }));
    }
    let pieces = rentals.iter().map(|rental| rental.quantity).sum();
    Ok(Answer::new(Value::Array(rows), table.text_or("Nothing is overdue.", &format!("{} overdue", counted(pieces, "item", "items")))))
}
