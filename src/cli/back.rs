//! `rentdesk in`: takes back.

use super::answer::{Table, counted};
use super::desk::{Left, instant, meant, noted};
use super::view::{View, filled};
use super::{Answer, NOT_FOUND, REFUSED, act, read_condition};
use crate::booking::{self, BookingRefusal, CheckIn};
use crate::customers;
use crate::desk::{self, Consequence};
use crate::inventory::{Condition, InventoryRefusal, Stock};
use crate::kernel::when::Lean;
use crate::kernel::{CustomerId, Declined, Moment, RentalId, Settings, Stop, Text};
use crate::pricing;
use crate::shop::Shop;
use crate::store::Write;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct In {
    /// What came back: CAM-0012 LEN-0050 4*BAT-V150.
    #[arg(required = true, value_name = "TAG")]
    tags: Vec<String>,
    /// How it came back: good, unusable or maintenance.
    #[arg(long, value_parser = read_condition)]
    condition: Option<Condition>,
    /// What is wrong with it.
    #[arg(long)]
    note: Option<String>,
    /// The parts that did not come back.
    #[arg(long, value_name = "PARTS")]
    missing: Option<String>,
    /// When it really came back: "thu 18:00".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    /// Who brings it, where counted stock is out to several.
    #[arg(long)]
    customer: Option<String>,
    /// Where it was taken back, if not where it belongs; an item is found there from now on.
    #[arg(long, value_name = "PLACE")]
    location: Option<String>,
}

/// What the line says about everything that came back with it.
struct Returned {
    condition: Option<Condition>,
    note: Option<Text>,
    missing: Option<Text>,
    at: Option<Moment>,
    customer: Option<CustomerId>,
    location: Option<Text>,
}

impl In {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let said = self.said(&View::of(shop))?;
        let (mut back, mut lines, mut left) = (
            Vec::new(),
            Table::new(&[
                "TAG",
                "TYPE",
                "FROM",
                "R- NO.",
                "LATE",
                "CONDITION",
                "GOES TO",
            ]),
            Vec::new(),
        );
        let tags = View::of(shop).named_once(&self.tags)?;
        for typed in &tags {
            let outcome = act(shop, |db, settings| {
                took_back(db, settings, typed, &said, &mut lines)
            });
            let outcome = outcome.map_err(|stop| told_what_is_saved(stop, typed, &back));
            if let Some(answer) = noted(typed, outcome, &mut left)? {
                back.extend(answer.json.as_array().cloned().unwrap_or_default());
            }
        }
        let mut text = lines.text();
        if !left.is_empty() {
            text.push_str(&format!(
                "Not back:\n{}",
                left.iter().map(Left::text).collect::<String>()
            ));
        }
        let said = |name: &str| {
            back.iter()
                .filter_map(|row| row.get(name)?.as_array())
                .flatten()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect()
        };
        text.push_str(&super::consequence_words(&Consequence {
            hurts: said("hurts"),
            mends: said("mends"),
        }));
        text.push_str(&format!(
            "{} back",
            counted(
                back.iter()
                    .filter_map(|row| row.get("quantity").and_then(Value::as_i64))
                    .sum(),
                "item",
                "items"
            )
        ));
        let code = match (
            left.is_empty(),
            back.is_empty() && left.iter().all(|left| left.why.not_found),
        ) {
            (true, _) => super::DONE,
            (false, true) => NOT_FOUND,
            (false, false) => REFUSED,
        };
        Ok(Answer::new(
            json!({"back": back, "not_back": left.iter().map(Left::json).collect::<Vec<_>>()}),
            text,
        )
        .with_code(code))
    }

    fn said(&self, view: &View<'_>) -> Result<Returned, Stop> {
        let said = Returned {
            condition: self.condition,
            note: filled(self.note.as_ref()),
            missing: filled(self.missing.as_ref()),
            at: self
                .at
                .as_deref()
                .map(|typed| instant(view, typed, Lean::Back))
                .transpose()?,
            location: filled(self.location.as_ref()),
            customer: self
                .customer
                .as_deref()
                .map(|typed| customers::resolve(view.db, typed))
                .transpose()?
                .map(|customer| customer.id),
        };
        match said.condition {
            Some(condition)
                if condition != Condition::Good
                    && said.note.is_none()
                    && said.missing.is_none() =>
            {
                Err(InventoryRefusal::NoteMissing {
                    condition: condition.shown(),
                }
                .into())
            }
            _ => Ok(said),
        }
    }
}

/// One tag back, in its own transaction; a count may close several rentals of the same stock.
fn took_back(
    db: &mut Write<'_>,
    settings: &Settings,
    typed: &str,
    said: &Returned,
    lines: &mut Table,
) -> Result<Answer, Stop> {
    let (stock, quantity) = meant(db.read(), typed)?;
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    let mut wanted = quantity;
    loop {
        let rental = match desk::rental_of(db.read(), settings, &stock, said.customer, db.now()) {
            Err(crate::kernel::Failure::Refused(BookingRefusal::NoneOut(tag)))
                if !rows.is_empty() =>
            {
                let all = quantity.unwrap_or_default();
                return Err(BookingRefusal::FewerOut {
                    tag,
                    out: all - wanted.unwrap_or_default(),
                    wanted: all,
                }
                .into());
            }
            outcome => outcome?,
        };
        if let (Some(brings), Stock::Item(item)) = (said.customer, &stock)
            && rental.customer != brings
        {
            let view = View::within(db, settings);
            let message = format!(
                "{} is out to {}, not to {}",
                item.tag,
                view.person(rental.customer)?,
                view.person(brings)?
            );
            return Err(Declined::new(
                "booking",
                message,
                "leave out --customer, and it comes back whoever brings it",
            )
            .into());
        }
        let now = wanted.map(|wanted| wanted.min(rental.quantity));
        let command = CheckIn {
            rental: rental.id,
            quantity: now,
            at: said.at,
            condition: said.condition,
            note: said.note.clone(),
            missing: said.missing.clone(),
            location: said.location.clone(),
        };
        let (closed, consequence) = super::watched(db, settings, &[rental.type_id], |db| {
            let closed = desk::take_back(db, settings, &command)?;
            if let Some(item) = rental.item {
                desk::let_go(db, item)?;
            }
            Ok(closed)
        })?;
        let (row, line) = one_back(&View::within(db, settings), closed, &consequence)?;
        rows.push(row);
        told.push(line);
        wanted = wanted.map(|wanted| wanted - now.unwrap_or_default());
        if wanted.is_none_or(|wanted| wanted <= 0) {
            break;
        }
    }
    for line in told {
        lines.row(line);
    }
    Ok(Answer::new(Value::Array(rows), ""))
}

fn one_back(
    view: &View<'_>,
    id: RentalId,
    consequence: &Consequence,
) -> Result<(Value, [String; 7]), Stop> {
    let rental = booking::rental(view.db, id)?
        .ok_or_else(|| anyhow::anyhow!("there is no rental {}", id.0))?;
    let (tag, number) = (view.tag_of(&rental)?, view.number(rental.reservation)?);
    let late = rental.late_minutes(view.settings, view.now);
    let stop = desk::next_stop(view.db, &rental)?;
    let shown = if rental.item.is_none() {
        format!("{}*{tag}", rental.quantity)
    } else {
        tag.to_string()
    };
    let line = [
        shown,
        view.type_name(rental.type_id)?.to_string(),
        view.person(rental.customer)?,
        number.to_string(),
        rental
            .late(view.settings, view.now)
            .map_or_else(String::new, pricing::Late::words),
        rental
            .condition_in
            .map_or_else(String::new, |condition| condition.shown().to_owned()),
        stop.clone(),
    ];
    let json = json!({
        "tag": tag, "quantity": rental.quantity, "reservation": number, "customer": view.customer(rental.customer)?.0, "late_minutes": late,
        "condition": rental.condition_in.map(|condition| condition.word()), "missing": rental.missing, "location": rental.in_location, "next_stop": stop,
        "hurts": consequence.hurts, "mends": consequence.mends,
    });
    Ok((json, line))
}

/// A fault in the middle must not hide what was saved before it.
fn told_what_is_saved(stop: Stop, typed: &str, back: &[Value]) -> Stop {
    match stop {
        Stop::Fault(fault) if !back.is_empty() => {
            let tags = back
                .iter()
                .filter_map(|row| row.get("tag").and_then(Value::as_str))
                .collect::<Vec<_>>()
                .join(", ");
            Stop::Fault(fault.context(format!(
                "{} and what follows it; back and saved before it: {tags}",
                Text::new(typed)
            )))
        }
        other => other,
    }
}
