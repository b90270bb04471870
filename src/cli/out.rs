//! `rentdesk out`: hands over.

use super::answer::{Table, counted};
use super::desk::{Left, instant, meant, noted, piece};
use super::promise::{booked, line_of};
use super::view::{View, closed_then, filled, stamp, with_warnings};
use super::{Answer, REFUSED, act, harm, usage};
use crate::booking::{self, BookingRefusal, CheckOut, Recipient, Rental, Thing};
use crate::customers;
use crate::desk;
use crate::inventory::{self, Stock};
use crate::kernel::when::{Lean, When};
use crate::kernel::{
    AssetTag, Declined, Failure, ItemId, LineId, Moment, Settings, Stop, Text, TypeId,
};
use crate::shop::Shop;
use crate::store::{Read, Write};
use clap::Args;
use serde_json::json;

#[derive(Args, Debug)]
pub struct Out {
    /// What leaves: CAM-0012 LEN-0050 4*BAT-V150.
    #[arg(required_unless_present = "swaps", value_name = "TAG")]
    tags: Vec<String>,
    /// Who takes it, without a reservation.
    #[arg(
        long,
        required_unless_present = "reservation",
        conflicts_with = "reservation"
    )]
    customer: Option<String>,
    /// The reservation it goes out with, confirmed or with gear out already.
    #[arg(long)]
    reservation: Option<String>,
    /// An item that goes in the place of a line that asked for another type: --swap CAM-0020=1.
    #[arg(long = "swap", value_name = "TAG=N", requires = "reservation")]
    swaps: Vec<String>,
    /// What is on no line of the reservation goes too, as an extra.
    #[arg(long, requires = "reservation")]
    extra: bool,
    /// Although it is promised to others, who go short by it, is set aside, or lies in a case.
    #[arg(long)]
    take_anyway: bool,
    /// Confirms a hold in the same stroke.
    #[arg(long, requires = "reservation")]
    confirm: bool,
    /// Why it may leave before its day.
    #[arg(long, value_name = "REASON", requires = "reservation")]
    early: Option<String>,
    /// When it is due: "mon 10:00", +3d. A day alone means the time of day it leaves; without it,
    /// the shop's usual length.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    due: Option<String>,
    /// When it really left, for a hand-over that nobody recorded.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    #[arg(long)]
    note: Option<String>,
}

impl Out {
    /// What others were promised, or what is on no line, is left here with its reason, and the rest
    /// goes.
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let mut refused: Vec<Left> = Vec::new();
        loop {
            let mut culprit = None;
            match act(shop, |db, settings| {
                self.handed(db, settings, &refused, &mut culprit)
            }) {
                Err(Stop::Refused(why)) if culprit.is_some() => {
                    let code = culprit.as_ref().map(AssetTag::code).unwrap_or_default();
                    let of = |typed: &&String| {
                        inventory::resolve(shop.read(), piece(typed).0)
                            .is_ok_and(|stock| stock.tag().code() == code)
                    };
                    let typed = self
                        .all_tags()
                        .iter()
                        .filter(|typed| !refused.iter().any(|left| left.typed == **typed))
                        .find(of)
                        .cloned();
                    match typed {
                        Some(typed) => refused.push(Left { typed, why }),
                        None => return Err(why.into()),
                    }
                }
                outcome => return outcome,
            }
        }
    }

    /// What is named to leave, what goes in another's place included.
    fn all_tags(&self) -> Vec<String> {
        let mut tags = self.tags.clone();
        for swap in &self.swaps {
            let tag = swap
                .split_once('=')
                .map_or(swap.as_str(), |(tag, _)| tag)
                .trim();
            if !tags.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
                tags.push(tag.to_owned());
            }
        }
        tags
    }

    fn handed(
        &self,
        db: &mut Write<'_>,
        settings: &Settings,
        refused: &[Left],
        culprit: &mut Option<AssetTag>,
    ) -> Result<Answer, Stop> {
        let view = View::within(db, settings);
        let at = self
            .at
            .as_deref()
            .map(|typed| instant(&view, typed, Lean::Back))
            .transpose()?;
        let due = self
            .due
            .as_deref()
            .map(|typed| due(&view, typed, at.unwrap_or(view.now)))
            .transpose()?;
        let (to, known) = self.recipient(&view)?;
        let mut left: Vec<Left> = refused.to_vec();
        let tags: Vec<String> = view
            .named_once(&self.all_tags())?
            .into_iter()
            .filter(|typed| !refused.iter().any(|left| left.typed == *typed))
            .collect();
        let things = leaving(&view, &tags, at.unwrap_or(view.now), &mut left)?;
        if things.is_empty() {
            return Err(none_left(&left));
        }
        let command = CheckOut {
            due,
            at,
            note: filled(self.note.as_ref()),
            swaps: self.swapped(&view, to)?,
            extras: self.extra || self.reservation.is_none(),
            take_anyway: self.take_anyway,
            confirm: self.confirm,
            early_reason: filled(self.early.as_ref()),
            aside: if self.take_anyway {
                items_of(&things)
            } else {
                Vec::new()
            },
            aside_counts: if self.take_anyway {
                counts_of(&things)
            } else {
                Vec::new()
            },
            ..CheckOut::plain(to, things)
        };
        let of = if let Recipient::Reservation(id) = to {
            Some(id)
        } else {
            None
        };
        let types = types_of(db.read(), &command.things)?;
        let named = booking::named(db.read(), types.iter().copied())?;
        let done = harm::hurting(db, settings, &types, |db| {
            let outcome = desk::hand_over(db, settings, &command).inspect_err(|failure| {
                if let Failure::Refused(
                    BookingRefusal::NotOnReservation { tag, .. }
                    | BookingRefusal::PromisedTo { tag, .. }
                    | BookingRefusal::InCase { tag, .. }
                    | BookingRefusal::SetAside { tag, .. }
                    | BookingRefusal::CountAside { tag, .. },
                ) = failure
                {
                    *culprit = Some(tag.clone());
                }
            });
            booked(db, settings, of, outcome)
        });
        let (id, hurt) = done.map_err(|stop| match stop {
            // What keeps a confirmation short is said otherwise at the hand-over.
            Stop::Refused(no) => Stop::Refused(Declined {
                hint: no.hint.replace("--keep-short", "--take-anyway"),
                ..no
            }),
            fault => fault,
        })?;
        let rentals: Vec<Rental> = booking::rentals_of(db.read(), id)?
            .into_iter()
            .skip(known)
            .collect();
        let view = View::within(db, settings);
        let found = booking::reservation(db.read(), id)?;
        let own = super::reservation::short_of(&view, &found)?;
        let answer = harm::with_short(
            &view,
            went_out(&view, &found, &rentals, &left)?,
            &own,
            &hurt,
        )?;
        let mut dues: Vec<Moment> = rentals.iter().map(|rental| rental.due_at).collect();
        dues.sort_unstable();
        dues.dedup();
        let mut warnings: Vec<String> = dues
            .into_iter()
            .filter_map(|due| closed_then(&view, "due", due))
            .collect();
        for named in booking::unnamed(view.db, &named)? {
            warnings.push(booking::unnamed_in_words(
                view.db, settings, named, view.now,
            )?);
        }
        Ok(with_warnings(answer, &warnings))
    }

    fn swapped(&self, view: &View<'_>, to: Recipient) -> Result<Vec<(ItemId, LineId)>, Stop> {
        let Recipient::Reservation(id) = to else {
            return Ok(Vec::new());
        };
        let (found, lines) = (
            booking::reservation(view.db, id)?,
            booking::lines(view.db, id)?,
        );
        let read = |typed: &String| {
            let (tag, number) = typed
                .split_once('=')
                .and_then(|(tag, number)| Some((tag, number.trim().parse().ok()?)))
                .ok_or_else(|| {
                    usage(
                        format!("\"{}\" names no item and line", Text::new(typed)),
                        "give the tag and the number of the line: CAM-0020=1",
                    )
                })?;
            Ok((
                inventory::resolve_item(view.db, tag)?.id,
                line_of(&found, &lines, number)?,
            ))
        };
        self.swaps.iter().map(read).collect()
    }

    /// Who takes it, and how many rentals their reservation has already.
    fn recipient(&self, view: &View<'_>) -> Result<(Recipient, usize), Stop> {
        match (&self.customer, &self.reservation) {
            (Some(typed), _) => Ok((Recipient::WalkIn(customers::resolve(view.db, typed)?.id), 0)),
            (None, Some(typed)) => {
                let id = booking::resolve(view.db, typed)?.id;
                Ok((
                    Recipient::Reservation(id),
                    booking::rentals_of(view.db, id)?.len(),
                ))
            }
            (None, None) => Err(usage(
                "Nobody takes it",
                "say who: --customer C-0001, or --reservation R-1042",
            )),
        }
    }
}

fn types_of(db: Read<'_>, things: &[Thing]) -> Result<Vec<TypeId>, Stop> {
    things
        .iter()
        .map(|thing| match thing {
            Thing::Item(id) => Ok(inventory::known(db, *id)?.type_id),
            Thing::Bulk(type_id, _) => Ok(*type_id),
        })
        .collect()
}

/// What of the given tags may leave now; the others are left, each with its reason.
fn leaving(
    view: &View<'_>,
    tags: &[String],
    at: Moment,
    left: &mut Vec<Left>,
) -> Result<Vec<Thing>, Stop> {
    let mut things: Vec<Thing> = Vec::new();
    for typed in tags {
        let asked = meant(view.db, typed).and_then(|(stock, quantity)| {
            let quantity = quantity.unwrap_or(1);
            let before = things.iter().map(|thing| match (thing, &stock) {
                (Thing::Item(id), Stock::Item(item)) if *id == item.id => 1,
                (Thing::Bulk(id, count), Stock::Bulk(bulk)) if *id == bulk.type_id => *count,
                _ => 0,
            });
            let before: i64 = before.sum();
            if let (Stock::Item(item), 1..) = (&stock, before) {
                return Err(BookingRefusal::Twice(item.tag.clone()).into());
            }
            booking::may_leave(view.db, view.settings, &stock, before + quantity, at)?;
            Ok(match stock {
                Stock::Item(item) => Thing::Item(item.id),
                Stock::Bulk(bulk) => Thing::Bulk(bulk.type_id, quantity),
            })
        });
        things.extend(noted(typed, asked, left)?);
    }
    Ok(things)
}

fn items_of(things: &[Thing]) -> Vec<ItemId> {
    things
        .iter()
        .filter_map(|thing| {
            if let Thing::Item(item) = thing {
                Some(*item)
            } else {
                None
            }
        })
        .collect()
}

fn counts_of(things: &[Thing]) -> Vec<TypeId> {
    things
        .iter()
        .filter_map(|thing| {
            if let Thing::Bulk(type_id, _) = thing {
                Some(*type_id)
            } else {
                None
            }
        })
        .collect()
}

fn none_left(left: &[Left]) -> Stop {
    let Some(first) = left.first() else {
        return BookingRefusal::NothingInHand.into();
    };
    let message = left
        .iter()
        .map(|left| left.why.message.as_str())
        .collect::<Vec<_>>()
        .join("; ");
    Declined {
        message,
        not_found: left.iter().all(|left| left.why.not_found),
        ..first.why.clone()
    }
    .into()
}

fn went_out(
    view: &View<'_>,
    reservation: &booking::Reservation,
    rentals: &[Rental],
    left: &[Left],
) -> Result<Answer, Stop> {
    let mut table = Table::new(&["TAG", "TYPE", "DUE"]);
    let (mut tags, mut items) = (Vec::new(), Vec::new());
    for rental in rentals {
        let tag = view.tag_of(rental)?;
        let shown = if rental.item.is_none() {
            format!("{}*{tag}", rental.quantity)
        } else {
            tag.to_string()
        };
        table.row([
            shown,
            view.type_name(rental.type_id)?.to_string(),
            view.near(rental.due_at),
        ]);
        items.push(
            json!({"tag": tag, "quantity": rental.quantity, "due": stamp(Some(rental.due_at))}),
        );
        tags.push(tag);
    }
    let due = rentals.iter().map(|rental| rental.due_at).min();
    let customer = reservation
        .customer
        .map(|id| view.customer(id))
        .transpose()?;
    let who = customer
        .as_ref()
        .map_or_else(String::new, |(number, name)| format!("{name} {number}"));
    let json = json!({
        "reservation": reservation.number, "customer": customer.as_ref().map(|(number, _)| number), "due": stamp(due), "out": tags, "items": items,
        "not_out": left.iter().map(Left::json).collect::<Vec<_>>(),
    });
    let pieces: i64 = rentals.iter().map(|rental| rental.quantity).sum();
    let mut text = format!(
        "{} out to {who}, {}\n{}",
        counted(pieces, "item", "items"),
        reservation.number,
        table.text()
    );
    if !left.is_empty() {
        text.push_str(&format!(
            "Not out:\n{}",
            left.iter().map(Left::text).collect::<String>()
        ));
    }
    let answer = Answer::new(json, text);
    Ok(if left.is_empty() {
        answer
    } else {
        answer.with_code(REFUSED)
    })
}

/// A due time. A day alone means the time of day the gear leaves, as the shop's usual length does;
/// today alone means until midnight.
fn due(view: &View<'_>, typed: &str, at: Moment) -> Result<Moment, Stop> {
    let zone = &view.settings.zone;
    Ok(match view.when(typed, Lean::Ahead)? {
        When::Time(moment) => moment,
        When::Day(day) if day == zone.day(at) => zone.day_period(day).end,
        When::Day(day) => zone.moment_or_later(day.and_time(zone.local(at).time())),
    })
}
