//! `rentdesk out`, `in`, `undo` and `today`: what the counter does all day.

use super::answer::{Table, counted, length};
use super::free::shortage_json;
use super::promise::{booked, line_of};
use super::view::{View, closed_then, filled, stamp, with_warnings};
use super::{Answer, NOT_FOUND, REFUSED, act, read_condition, usage};
use super::{harm, nearest};
use crate::booking::{self, BookingRefusal, CheckIn, CheckOut, Recipient, Rental, Thing};
use crate::customers;
use crate::desk::{self, Consequence, DueRow, Need, OutRow, UndoRefusal};
use crate::inventory::{self, Condition, InventoryRefusal, Stock};
use crate::kernel::time::lateness;
use crate::kernel::when::{Lean, When};
use crate::kernel::{AssetTag, CustomerId, Declined, Failure, Fallible, ItemId, LineId, Moment, Period, RentalId, Settings, Stop, Text, TypeId};
use crate::shop::Shop;
use crate::store::{Read, Write};
use chrono::NaiveTime;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct Out {
    /// What leaves: CAM-0012 LEN-0050 4*BAT-V150.
    #[arg(required_unless_present = "swaps", value_name = "TAG")]
    tags: Vec<String>,
    /// Who takes it, without a reservation.
    #[arg(long, required_unless_present = "reservation", conflicts_with = "reservation")]
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
    /// When it is due: "mon 10:00", +3d. A day alone means the time of day it leaves; without it, the shop's usual length.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    due: Option<String>,
    /// When it really left, for a hand-over that nobody recorded.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    at: Option<String>,
    #[arg(long)]
    note: Option<String>,
}

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
}

/// `4*BAT-V150` or `BAT-V150*4`: what was typed for a tag, and how many.
pub fn piece(typed: &str) -> (&str, Option<i64>) {
    let number = |word: &str| word.trim().parse::<i64>().ok();
    match typed.split_once('*') {
        Some((count, tag)) if number(count).is_some() && !tag.is_empty() => (tag, number(count)),
        Some((tag, count)) if number(count).is_some() && !tag.is_empty() => (tag, number(count)),
        _ => (typed, None),
    }
}

/// The stock a tag stands for, and how many of it are meant.
fn meant(db: Read<'_>, typed: &str) -> Result<(Stock, Option<i64>), Stop> {
    let (tag, quantity) = piece(typed);
    let stock = inventory::resolve(db, tag).map_err(|failure| nearest::with_candidates(db, failure.into()))?;
    match (&stock, quantity) {
        (Stock::Item(item), Some(count)) if count != 1 => Err(Declined::new("stock", format!("{} is one item, not {count}", item.tag), "leave out the number").into()),
        (_, Some(count)) if count < 1 => Err(InventoryRefusal::Quantity(count).into()),
        _ => Ok((stock, quantity)),
    }
}

/// A thing that was not done, with its reason.
#[derive(Clone)]
struct Left {
    typed: String,
    why: Declined,
}

impl Left {
    fn json(&self) -> Value {
        let mut left = json!({"tag": Text::new(&self.typed), "reason": self.why.message, "hint": self.why.hint});
        if let (Some(fields), Some(Value::Object(details))) = (left.as_object_mut(), &self.why.details) {
            fields.extend(details.clone());
        }
        left
    }

    fn text(&self) -> String {
        let (tag, _) = piece(&self.typed);
        let named = if self.why.message.starts_with(&tag.to_uppercase()) { String::new() } else { format!("{}: ", Text::new(&self.typed)) };
        format!("  {named}{}; {}\n", self.why.message, self.why.hint)
    }
}

/// Sorts a refusal from a fault: the first is noted beside its tag, the second ends everything.
fn noted<T>(typed: &str, outcome: Result<T, Stop>, left: &mut Vec<Left>) -> Result<Option<T>, Stop> {
    match outcome {
        Ok(done) => Ok(Some(done)),
        Err(Stop::Refused(why)) => {
            left.push(Left { typed: typed.to_owned(), why });
            Ok(None)
        }
        Err(fault) => Err(fault),
    }
}

impl Out {
    /// What others were promised, or what is on no line, is left here with its reason, and the rest goes.
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let mut refused: Vec<Left> = Vec::new();
        loop {
            let mut culprit = None;
            match act(shop, |db, settings| self.handed(db, settings, &refused, &mut culprit)) {
                Err(Stop::Refused(why)) if culprit.is_some() => {
                    let code = culprit.as_ref().map(AssetTag::code).unwrap_or_default();
                    let of = |typed: &&String| inventory::resolve(shop.read(), piece(typed).0).is_ok_and(|stock| stock.tag().code() == code);
                    let typed = self.all_tags().iter().filter(|typed| !refused.iter().any(|left| left.typed == **typed)).find(of).cloned();
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
            let tag = swap.split_once('=').map_or(swap.as_str(), |(tag, _)| tag).trim();
            if !tags.iter().any(|known| known.eq_ignore_ascii_case(tag)) {
                tags.push(tag.to_owned());
            }
        }
        tags
    }

    fn handed(&self, db: &mut Write<'_>, settings: &Settings, refused: &[Left], culprit: &mut Option<AssetTag>) -> Result<Answer, Stop> {
        let view = View::within(db, settings);
        let at = self.at.as_deref().map(|typed| instant(&view, typed, Lean::Back)).transpose()?;
        let due = self.due.as_deref().map(|typed| due(&view, typed, at.unwrap_or(view.now))).transpose()?;
        let (to, known) = self.recipient(&view)?;
        let mut left: Vec<Left> = refused.to_vec();
        let tags: Vec<String> = self.all_tags().into_iter().filter(|typed| !refused.iter().any(|left| left.typed == *typed)).collect();
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
            aside: if self.take_anyway { items_of(&things) } else { Vec::new() },
            ..CheckOut::plain(to, things)
        };
        let of = if let Recipient::Reservation(id) = to { Some(id) } else { None };
        let types = types_of(db.read(), &command.things)?;
        let done = harm::hurting(db, settings, &types, |db| {
            let outcome = desk::hand_over(db, settings, &command).inspect_err(|failure| {
                if let Failure::Refused(
                    BookingRefusal::NotOnReservation { tag, .. }
                    | BookingRefusal::PromisedTo { tag, .. }
                    | BookingRefusal::InCase { tag, .. }
                    | BookingRefusal::SetAside { tag, .. },
                ) = failure
                {
                    *culprit = Some(tag.clone());
                }
            });
            booked(db, settings, of, outcome)
        });
        let (id, hurt) = done.map_err(|stop| match stop {
            // What keeps a confirmation short is said otherwise at the hand-over.
            Stop::Refused(no) => Stop::Refused(Declined { hint: no.hint.replace("--keep-short", "--take-anyway"), ..no }),
            fault => fault,
        })?;
        let rentals: Vec<Rental> = booking::rentals_of(db.read(), id)?.into_iter().skip(known).collect();
        let view = View::within(db, settings);
        let found = booking::reservation(db.read(), id)?;
        let own = super::reservation::short_of(&view, &found)?;
        let answer = harm::with_short(&view, went_out(&view, &found, &rentals, &left)?, &own, &hurt)?;
        let mut dues: Vec<Moment> = rentals.iter().map(|rental| rental.due_at).collect();
        dues.sort_unstable();
        dues.dedup();
        Ok(with_warnings(answer, &dues.into_iter().filter_map(|due| closed_then(&view, "due", due)).collect::<Vec<_>>()))
    }

    fn swapped(&self, view: &View<'_>, to: Recipient) -> Result<Vec<(ItemId, LineId)>, Stop> {
        let Recipient::Reservation(id) = to else { return Ok(Vec::new()) };
        let (found, lines) = (booking::reservation(view.db, id)?, booking::lines(view.db, id)?);
        let read = |typed: &String| {
            let (tag, number) = typed
                .split_once('=')
                .and_then(|(tag, number)| Some((tag, number.trim().parse().ok()?)))
                .ok_or_else(|| usage(format!("\"{}\" names no item and line", Text::new(typed)), "give the tag and the number of the line: CAM-0020=1"))?;
            Ok((inventory::resolve_item(view.db, tag)?.id, line_of(&found, &lines, number)?))
        };
        self.swaps.iter().map(read).collect()
    }

    /// Who takes it, and how many rentals their reservation has already.
    fn recipient(&self, view: &View<'_>) -> Result<(Recipient, usize), Stop> {
        match (&self.customer, &self.reservation) {
            (Some(typed), _) => Ok((Recipient::WalkIn(customers::resolve(view.db, typed)?.id), 0)),
            (None, Some(typed)) => {
                let id = booking::resolve(view.db, typed)?.id;
                Ok((Recipient::Reservation(id), booking::rentals_of(view.db, id)?.len()))
            }
            (None, None) => Err(usage("Nobody takes it", "say who: --customer C-0001, or --reservation R-1042")),
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
fn leaving(view: &View<'_>, tags: &[String], at: Moment, left: &mut Vec<Left>) -> Result<Vec<Thing>, Stop> {
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
    things.iter().filter_map(|thing| if let Thing::Item(item) = thing { Some(*item) } else { None }).collect()
}

fn none_left(left: &[Left]) -> Stop {
    let Some(first) = left.first() else { return BookingRefusal::NothingInHand.into() };
    let message = left.iter().map(|left| left.why.message.as_str()).collect::<Vec<_>>().join("; ");
    Declined { message, not_found: left.iter().all(|left| left.why.not_found), ..first.why.clone() }.into()
}

fn went_out(view: &View<'_>, reservation: &booking::Reservation, rentals: &[Rental], left: &[Left]) -> Result<Answer, Stop> {
    let mut table = Table::new(&["TAG", "TYPE", "DUE"]);
    let (mut tags, mut items) = (Vec::new(), Vec::new());
    for rental in rentals {
        let tag = view.tag_of(rental)?;
        let shown = if rental.item.is_none() { format!("{}*{tag}", rental.quantity) } else { tag.to_string() };
        table.row([shown, view.type_name(rental.type_id)?.to_string(), view.near(rental.due_at)]);
        items.push(json!({"tag": tag, "quantity": rental.quantity, "due": stamp(Some(rental.due_at))}));
        tags.push(tag);
    }
    let due = rentals.iter().map(|rental| rental.due_at).min();
    let customer = reservation.customer.map(|id| view.customer(id)).transpose()?;
    let who = customer.as_ref().map_or_else(String::new, |(number, name)| format!("{name} {number}"));
    let json = json!({
        "reservation": reservation.number, "customer": customer.as_ref().map(|(number, _)| number), "due": stamp(due), "out": tags, "items": items,
        "not_out": left.iter().map(Left::json).collect::<Vec<_>>(),
    });
    let pieces: i64 = rentals.iter().map(|rental| rental.quantity).sum();
    let mut text = format!("{} out to {who}, {}\n{}", counted(pieces, "item", "items"), reservation.number, table.text());
    if !left.is_empty() {
        text.push_str(&format!("Not out:\n{}", left.iter().map(Left::text).collect::<String>()));
    }
    let answer = Answer::new(json, text);
    Ok(if left.is_empty() { answer } else { answer.with_code(REFUSED) })
}

/// An instant; of a day alone, its first.
fn instant(view: &View<'_>, typed: &str, lean: Lean) -> Result<Moment, Stop> {
    Ok(view.when(typed, lean)?.at(&view.settings.zone, NaiveTime::MIN))
}

/// A due time. A day alone means the time of day the gear leaves, as the shop's usual length does; today alone means until midnight.
fn due(view: &View<'_>, typed: &str, at: Moment) -> Result<Moment, Stop> {
    let zone = &view.settings.zone;
    Ok(match view.when(typed, Lean::Ahead)? {
        When::Time(moment) => moment,
        When::Day(day) if day == zone.day(at) => zone.day_period(day).end,
        When::Day(day) => zone.moment_or_later(day.and_time(zone.local(at).time())),
    })
}

/// What the line says about everything that came back with it.
struct Returned {
    condition: Option<Condition>,
    note: Option<Text>,
    missing: Option<Text>,
    at: Option<Moment>,
    customer: Option<CustomerId>,
}

impl In {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let said = self.said(&View::of(shop))?;
        let (mut back, mut lines, mut left) = (Vec::new(), Table::new(&["TAG", "TYPE", "FROM", "R- NO.", "LATE", "CONDITION", "GOES TO"]), Vec::new());
        for typed in &self.tags {
            let outcome = act(shop, |db, settings| took_back(db, settings, typed, &said, &mut lines));
            let outcome = outcome.map_err(|stop| told_what_is_saved(stop, typed, &back));
            if let Some(answer) = noted(typed, outcome, &mut left)? {
                back.extend(answer.json.as_array().cloned().unwrap_or_default());
            }
        }
        let mut text = lines.text();
        if !left.is_empty() {
            text.push_str(&format!("Not back:\n{}", left.iter().map(Left::text).collect::<String>()));
        }
        let said = |name: &str| back.iter().filter_map(|row| row.get(name)?.as_array()).flatten().filter_map(Value::as_str).map(str::to_owned).collect();
        text.push_str(&super::consequence_words(&Consequence { hurts: said("hurts"), mends: said("mends") }));
        text.push_str(&format!("{} back", counted(back.iter().filter_map(|row| row.get("quantity").and_then(Value::as_i64)).sum(), "item", "items")));
        let code = match (left.is_empty(), back.is_empty() && left.iter().all(|left| left.why.not_found)) {
            (true, _) => super::DONE,
            (false, true) => NOT_FOUND,
            (false, false) => REFUSED,
        };
        Ok(Answer::new(json!({"back": back, "not_back": left.iter().map(Left::json).collect::<Vec<_>>()}), text).with_code(code))
    }

    fn said(&self, view: &View<'_>) -> Result<Returned, Stop> {
        let said = Returned {
            condition: self.condition,
            note: filled(self.note.as_ref()),
            missing: filled(self.missing.as_ref()),
            at: self.at.as_deref().map(|typed| instant(view, typed, Lean::Back)).transpose()?,
            customer: self.customer.as_deref().map(|typed| customers::resolve(view.db, typed)).transpose()?.map(|customer| customer.id),
        };
        match said.condition {
            Some(condition) if condition != Condition::Good && said.note.is_none() && said.missing.is_none() => {
                Err(InventoryRefusal::NoteMissing { condition: condition.shown() }.into())
            }
            _ => Ok(said),
        }
    }
}

/// One tag back, in its own transaction; a count may close several rentals of the same stock.
fn took_back(db: &mut Write<'_>, settings: &Settings, typed: &str, said: &Returned, lines: &mut Table) -> Result<Answer, Stop> {
    let (stock, quantity) = meant(db.read(), typed)?;
    let (mut rows, mut told) = (Vec::new(), Vec::new());
    let mut wanted = quantity;
    loop {
        let rental = match desk::rental_of(db.read(), settings, &stock, said.customer, db.now()) {
            Err(crate::kernel::Failure::Refused(BookingRefusal::NoneOut(tag))) if !rows.is_empty() => {
                let all = quantity.unwrap_or_default();
                return Err(BookingRefusal::FewerOut { tag, out: all - wanted.unwrap_or_default(), wanted: all }.into());
            }
            outcome => outcome?,
        };
        let now = wanted.map(|wanted| wanted.min(rental.quantity));
        let command = CheckIn { rental: rental.id, quantity: now, at: said.at, condition: said.condition, note: said.note.clone(), missing: said.missing.clone() };
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

fn one_back(view: &View<'_>, id: RentalId, consequence: &Consequence) -> Result<(Value, [String; 7]), Stop> {
    let rental = booking::rental(view.db, id)?.ok_or_else(|| anyhow::anyhow!("there is no rental {}", id.0))?;
    let (tag, number) = (view.tag_of(&rental)?, view.number(rental.reservation)?);
    let late = rental.late_minutes(view.now);
    let stop = desk::next_stop(view.db, &rental)?;
    let shown = if rental.item.is_none() { format!("{}*{tag}", rental.quantity) } else { tag.to_string() };
    let line = [
        shown,
        view.type_name(rental.type_id)?.to_string(),
        view.person(rental.customer)?,
        number.to_string(),
        if late > 0 { lateness(late) } else { String::new() },
        rental.condition_in.map_or_else(String::new, |condition| condition.shown().to_owned()),
        stop.clone(),
    ];
    let json = json!({
        "tag": tag, "quantity": rental.quantity, "reservation": number, "customer": view.customer(rental.customer)?.0, "late_minutes": late,
        "condition": rental.condition_in.map(|condition| condition.word()), "missing": rental.missing, "next_stop": stop,
        "hurts": consequence.hurts, "mends": consequence.mends,
    });
    Ok((json, line))
}

/// A fault in the middle must not hide what was saved before it.
fn told_what_is_saved(stop: Stop, typed: &str, back: &[Value]) -> Stop {
    match stop {
        Stop::Fault(fault) if !back.is_empty() => {
            let tags = back.iter().filter_map(|row| row.get("tag").and_then(Value::as_str)).collect::<Vec<_>>().join(", ");
            Stop::Fault(fault.context(format!("{} and what follows it; back and saved before it: {tags}", Text::new(typed))))
        }
        other => other,
    }
}

#[derive(Args, Debug)]
pub struct Undo {
    /// Where the last step has no undo: leaves it, and takes back the step before it, if that is about other things.
    #[arg(long)]
    step_before: bool,
}

impl Undo {
    /// One process, one act: the command line has no steps of its own and takes back the newest.
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let window = *shop.store.token();
        act(shop, |db, settings| {
            let now = db.now();
            let whose = desk::Whose::Anyones;
            if self.step_before {
                let step = desk::step_before_final(db.read(), settings, now, &window, whose)?.ok_or(UndoRefusal::NoStepBefore)?;
                return undone(db, settings, &step, |db| desk::undo_before_final(db, settings, whose, step.id));
            }
            let Some(step) = desk::last_step(db.read(), settings, now, &window, whose)? else {
                desk::undo(db, settings, whose)?;
                return Ok(Answer::new(json!({"undone": ""}), "Undone"));
            };
            // What lapsed as it began: nobody meant that.
            if step.lapse && step.here {
                return Err(Declined::new("undo", format!("{} just now; nothing was undone", step.words), "look at it; undo again brings it back").into());
            }
            match undone(db, settings, &step, |db| desk::undo_named(db, settings, whose, step.id)) {
                Err(Stop::Refused(no)) => Err(Stop::Refused(match desk::step_before_final(db.read(), settings, now, &window, whose)? {
                    Some(before) => Declined { hint: format!("{}; undo --step-before leaves that, and takes back the step before it: {}", no.hint, before.words), ..no },
                    // What was given back has been promised to others since: an undo takes nothing from them.
                    None if no.hint.contains("--keep-short") => Declined { hint: "make it again, short if it must be: rentdesk reserve --copy … --keep-short".to_owned(), ..no },
                    None => no,
                })),
                done => done,
            }
        })
    }
}

/// A step taken back, with what that did to promises and what stands before it.
fn undone(db: &mut Write<'_>, settings: &Settings, step: &desk::StepWords, act: impl FnOnce(&mut Write<'_>) -> Result<i64, Failure<UndoRefusal>>) -> Result<Answer, Stop> {
    let (_, consequence) = super::watched(db, settings, &step.types, |db| Ok(act(db)?))?;
    let before = step.before.as_ref().map_or_else(String::new, |before| format!(". The step before: {before}"));
    let answer = Answer::new(json!({"undone": step.words, "before": step.before}), format!("Undone: {}{before}", step.words));
    Ok(super::with_consequence(answer, &consequence))
}

pub fn today(shop: &Shop) -> Result<Answer, Stop> {
    let view = View::of(shop);
    let board = desk::board(view.db, view.settings, &shop.consumers()?, view.now)?;
    let out = crate::booking::count_out(view.db)?;
    let needs: Vec<(Value, String)> = board.needs.iter().map(|need| needed(&view, need)).collect();
    let mut text = format!("{}, {} out\n", view.settings.zone.show_day(view.settings.zone.day(view.now)), counted(out, "item", "items"));
    if !needs.is_empty() {
        text.push_str("\nTo do\n");
        text.extend(needs.iter().map(|(_, line)| format!("{line}\n")));
    }
    let zone = &view.settings.zone;
    let today = zone.day_period(zone.day(view.now));
    let going = desk::going_out(view.db, view.settings, zone.day(view.now), view.now)?;
    text.push_str(&format!("\nGoing out today: {}\n", if going.is_empty() { "nothing".to_owned() } else { counted(length(&going), "reservation", "reservations") }));
    text.push_str(&going_table(&view, &going).text());
    let mut short = booking::shortages(view.db, view.settings, view.now)?;
    short.retain(|short| short.during.overlaps(&Period { start: view.now, ..today }));
    if !short.is_empty() {
        text.push_str("\nShort today\n");
        for short in &short {
            text.push_str(&format!("{}: {}\n", booking::harm_in_words(view.db, view.settings, short, view.now)?, short.cause.shown()));
        }
    }
    let lapsing = booking::holds_lapsing_by(view.db, Moment(today.end.0 - 1))?;
    let mut holds = Vec::new();
    if !lapsing.is_empty() {
        text.push_str("\nHolds that lapse today\n");
    }
    for hold in &lapsing {
        let person = hold.customer.map(|id| view.person(id)).transpose()?.unwrap_or_default();
        let lapses = hold.hold_lapses_at.map_or_else(String::new, |lapses| format!(" {}", view.near(lapses)));
        text.push_str(&format!("{} {person}{lapses} (rentdesk confirm {})\n", hold.number, hold.number));
        let customer = hold.customer.map(|id| view.customer(id)).transpose()?.map(|(number, _)| number);
        holds.push(json!({"reservation": hold.number, "customer": customer, "hold_lapses": stamp(hold.hold_lapses_at), "from": stamp(Some(hold.start))}));
    }
    for (title, rows) in [("Overdue", &board.overdue), ("Back today", &board.back_today), ("Back tomorrow", &board.tomorrow)] {
        text.push_str(&format!("\n{title}: {}\n", if rows.is_empty() { "nothing".to_owned() } else { counted(length(rows), "reservation", "reservations") }));
        text.push_str(&due_table(&view, rows).text());
    }
    let rows = |rows: &[DueRow]| rows.iter().map(|row| due_json(&view, row)).collect::<Fallible<Vec<Value>>>();
    let going = going.iter().map(|row| going_json(&view, row)).collect::<Fallible<Vec<Value>>>()?;
    let short = short.iter().map(|short| shortage_json(&view, short)).collect::<Result<Vec<Value>, Stop>>()?;
    let json = json!({
        "day": zone.day(view.now).to_string(), "out": out, "needs": needs.iter().map(|(json, _)| json).collect::<Vec<_>>(), "going_out": going, "short": short, "lapsing": holds,
        "overdue": rows(&board.overdue)?, "back_today": rows(&board.back_today)?, "tomorrow": rows(&board.tomorrow)?,
    });
    Ok(Answer::new(json, text))
}

fn going_table(view: &View<'_>, rows: &[OutRow]) -> Table {
    let mut table = Table::new(&["FROM", "R- NO.", "CUSTOMER", "PHONE", ">ITEMS", ">PACKED", "STATE", "WHAT"]);
    for row in rows {
        let phone = row.phone.as_ref().map_or_else(String::new, Text::to_string);
        let short = if row.short > 0 { format!(", {} short", row.short) } else { String::new() };
        let state = format!("{}{short}", row.state.word().to_lowercase());
        table.row([view.near(row.start), row.number.to_string(), row.name.to_string(), phone, row.items.to_string(), row.packed.to_string(), state, row.what.clone()]);
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
        Need::Unfinished { customer, items, since, .. } => {
            let who = customer.as_ref().map_or_else(|| "nobody yet".to_owned(), Text::to_string);
            let when = since.map_or_else(String::new, |since| format!(", begun {}", view.near(since)));
            (
                json!({"need": "UNFINISHED", "items": items, "since": stamp(*since)}),
                format!("unfinished check-out: {} for {who}{when}", counted(i64::try_from(*items).unwrap_or(i64::MAX), "item", "items")),
            )
        }
        Need::Unsaved { number, customer, lines, since, .. } => {
            let who = customer.as_ref().map_or_else(|| "nobody yet".to_owned(), Text::to_string);
            let of = number.map_or_else(|| "a new reservation".to_owned(), |number| format!("changes of {number}"));
            let when = since.map_or_else(String::new, |since| format!(", begun {}", view.near(since)));
            (json!({"need": "UNSAVED", "reservation": number, "lines": lines, "since": stamp(*since)}), format!("not saved: {of} for {who}{when}"))
        }
        Need::Short { number, name, start, thing, wanted, free, cause, .. } => (
            json!({"need": "SHORT", "reservation": number, "type": thing, "quantity": wanted, "free": free, "cause": cause.word(), "from": stamp(Some(*start))}),
            format!("short: {number} {name} {} needs {wanted} x {thing}, {free} free ({})", view.near(*start), cause.shown()),
        ),
        Need::HoldLapses { number, name, at, .. } => {
            (json!({"need": "HOLD_LAPSES", "reservation": number, "at": stamp(Some(*at))}), format!("hold lapses {}: {number} {name}", view.near(*at)))
        }
        Need::Uncollected { number, name, start, .. } => {
            (json!({"need": "UNCOLLECTED", "reservation": number, "from": stamp(Some(*start))}), format!("not collected since {}: {number} {name}", view.near(*start)))
        }
        Need::Wanted { number, name, start, tag, thing, .. } => (
            json!({"need": "WANTED", "reservation": number, "tag": tag, "type": thing, "from": stamp(Some(*start))}),
            format!("wanted again: {tag} {thing} is back, {number} {name} needs it {}", view.near(*start)),
        ),
        Need::Lapsed { number, name, phone, at, was_hold, .. } => {
            let phone = phone.as_ref().map(|phone| format!(", {phone}")).unwrap_or_default();
            let (kind, what) = if *was_hold { ("HOLD", "hold lapsed") } else { ("NO_SHOW", "nobody came") };
            (json!({"need": "LAPSED", "reservation": number, "kind": kind, "at": stamp(Some(*at))}), format!("lapsed: {number} {name}: {what} {}{phone}", view.near(*at)))
        }
        Need::Parked { consumer, seq, error } => (
            json!({"need": "PARKED", "consumer": consumer, "seq": seq, "error": error}),
            format!("{consumer} is parked before event {seq}: {error} (rentdesk outbox retry {consumer})"),
        ),
    }
}

fn due_table(view: &View<'_>, rows: &[DueRow]) -> Table {
    let mut table = Table::new(&["DUE", "R- NO.", "CUSTOMER", "PHONE", ">OUT", ">BACK", "WHAT"]);
    for row in rows {
        let phone = row.phone.as_ref().map_or_else(String::new, Text::to_string);
        table.row([view.near(row.due), row.number.to_string(), row.name.to_string(), phone, row.out.to_string(), row.back.to_string(), row.what.clone()]);
    }
    table
}

fn due_json(view: &View<'_>, row: &DueRow) -> Fallible<Value> {
    let late = view.now.minutes_after(row.due);
    Ok(json!({
        "reservation": row.number, "customer": view.customer(row.customer)?.0, "name": row.name, "phone": row.phone, "due": stamp(Some(row.due)), "late_minutes": late, "out": row.out, "back": row.back,
        "what": row.what,
    }))
}

#[cfg(test)]
mod tests {
    use super::piece;

    #[test]
    fn a_number_beside_a_star_is_a_count() {
        for (typed, expect) in [
            ("4*BAT-V150", ("BAT-V150", Some(4))),
            ("BAT-V150*4", ("BAT-V150", Some(4))),
            ("CAM-0012", ("CAM-0012", None)),
            ("*CAM0012*", ("*CAM0012*", None)),
            ("4*", ("4*", None)),
            ("12*34", ("34", Some(12))),
        ] {
            assert_eq!(piece(typed), expect, "{typed}");
        }
    }
}
