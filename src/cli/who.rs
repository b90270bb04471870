//! `rentdesk who`: who has an item, or had it then.

use super::Answer;
use super::view::{View, stamp};
use crate::history::Custody;
use crate::inventory::{self, Stock};
use crate::kernel::when::{Lean, When};
use crate::kernel::{Declined, Fallible, Moment, Period, Stop};
use crate::shop::Shop;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct Who {
    tag: String,
    /// A day or an instant that has passed: "12 oct", "2025-10-12 14:00". A day counts whole.
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    on: Option<String>,
}

/// When somebody asks about, in words and in JSON.
struct Asked {
    span: Period,
    json: Value,
    /// `On Sat 22 Nov 2025 `, or nothing for the present.
    lead: String,
    verb: &'static str,
}

impl Who {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        let view = View::of(shop);
        let item = match inventory::resolve(view.db, &self.tag)? {
            Stock::Item(item) => item,
            Stock::Bulk(bulk) => {
                return Err(Declined::new(
                    "stock",
                    format!("{} is counted stock, which has no one holder", bulk.tag),
                    format!("rentdesk item show {} lists them", bulk.tag),
                )
                .into());
            }
        };
        let asked = self.asked(&view)?;
        // What lies in a case now is with whoever has the case now; where it lay earlier was never
        // written down.
        let gone_with = if self.on.is_none() {
            inventory::gone_with_case(view.db, item.id)?
        } else {
            None
        };
        let custody = crate::desk::had_in(
            view.db,
            gone_with.as_ref().map_or(item.id, |case| case.id),
            asked.span,
            view.now,
        )?;
        let held = custody
            .as_ref()
            .filter(|custody| custody.back.is_none_or(|back| back > asked.span.start));
        let number = held
            .map(|held| view.customer(held.customer))
            .transpose()?
            .map(|(number, _)| number);
        let is_lost = held.is_none() && custody.as_ref().is_some_and(|before| before.lost);
        let state = match held {
            Some(_) => "OUT",
            None if is_lost => "LOST",
            None => "IN",
        };
        // Who has it now is known by its own rental; only the past may have a hole.
        let is_past = asked.span.end <= view.now;
        let lag = crate::desk::history_lag(view.db)?.filter(|_| is_past);
        let mut json = json!({
            "tag": item.tag, "on": asked.json, "state": state, "customer": number, "reservation": held.map(|held| held.number),
            "out": stamp(held.map(|held| held.out)), "due": stamp(held.map(|held| held.due)), "back": stamp(held.and_then(|held| held.back)),
            "back_at": held.and_then(|held| held.back_at.clone()),
        });
        let inside = gone_with.map_or_else(String::new, |case| format!(", in {},", case.tag));
        let subject = format!("{}{}{inside} {}", asked.lead, item.tag, asked.verb);
        let text = match (held, &custody) {
            (Some(held), _) => format!("{subject} with {}", told(&view, held)?),
            (None, Some(before)) if before.lost => {
                format!("{subject} lost; it was with {}", told(&view, before)?)
            }
            (None, Some(before)) => format!(
                "{subject} not out; before that it was with {}",
                told(&view, before)?
            ),
            (None, None) => format!("{subject} not out, and had not been before."),
        };
        let text = match lag {
            Some((heard, last)) => {
                json["history_known"] = json!(heard);
                json["history_of"] = json!(last);
                let words = crate::desk::history_lag_words(view.db)?.unwrap_or_default();
                format!("{text}\n{words}")
            }
            None => text,
        };
        Ok(Answer::new(json, text))
    }

    fn asked(&self, view: &View<'_>) -> Result<Asked, Stop> {
        let zone = &view.settings.zone;
        let instant = |moment: Moment| Period {
            start: moment,
            end: Moment(moment.0 + 1),
        };
        let asked = match self
            .on
            .as_deref()
            .map(|typed| view.when(typed, Lean::Back))
            .transpose()?
        {
            None => Asked {
                span: instant(view.now),
                json: json!(view.now.rfc3339()),
                lead: String::new(),
                verb: "is",
            },
            Some(When::Time(moment)) => Asked {
                span: instant(moment),
                json: json!(moment.rfc3339()),
                lead: format!("On {} ", view.show(moment)),
                verb: "was",
            },
            Some(When::Day(day)) => Asked {
                span: zone.day_period(day),
                json: json!(day.to_string()),
                lead: format!("On {} ", zone.show_day(day)),
                verb: "was",
            },
        };
        if asked.span.start > view.now {
            return Err(Declined::new(
                "time",
                "That is ahead of the clock",
                "give a day or an instant that has passed",
            )
            .into());
        }
        Ok(asked)
    }
}

/// `Maya Chen C-0007, R-0988: out Fri 10 Oct 09:20, due Mon 13 Oct 10:00, back Mon 13 Oct 17:40`
fn told(view: &View<'_>, custody: &Custody) -> Fallible<String> {
    let ended = if custody.lost { "lost" } else { "back" };
    let back = custody.back.map_or_else(
        || {
            if custody.lost {
                "lost".to_owned()
            } else {
                "not back yet".to_owned()
            }
        },
        |back| {
            format!(
                "{ended} {}{}",
                view.show(back),
                custody
                    .back_at
                    .as_ref()
                    .map_or_else(String::new, |place| format!(" at {place}"))
            )
        },
    );
    Ok(format!(
        "{}, {}: out {}, due {}, {back}.",
        view.person(custody.customer)?,
        custody.number,
        view.show(custody.out),
        view.show(custody.due)
    ))
}
