//! What Enter, a scan and every verb do at the counter.

use super::app::{App, BoxMode, NoteOf, Way, edit_of};
use super::keymap::{Verb, binding};
use super::overlays::condition::ConditionStrip;
use super::overlays::form::{Form, FormKind};
use super::overlays::palette::Palette;
use super::overlays::{Answer, Ask, Overlay};
use super::place::{Place, PlaceKind, RowKey};
use super::verdict::Verdict;
use crate::booking::{self, BookingRefusal, Rental, RentalState};
use crate::desk::{self, Hit, Judgement};
use crate::inventory::{self, Stock};
use crate::kernel::time::lateness;
use crate::kernel::when::{self, Lean};
use crate::kernel::{CustomerId, Failure, Fallible, ItemId, Moment, Period, Refusal, RentalId, ReservationNumber, Stop, Text};
use crate::shop::fresh_command;
use crate::{customers, history};
use crossterm::event::{KeyCode, KeyEvent};
use std::time::Instant;
use tui_input::Input;

impl App {
    /// Enter in the box: resolve what is typed; empty: finish, or open the selected row.
    pub(super) fn enter(&mut self) {
        let typed = self.text.value().trim().to_owned();
        match self.mode.clone() {
            BoxMode::Find => {}
            BoxMode::Due => return self.take_due(&typed),
            BoxMode::Returned => return self.take_returned(&typed),
            BoxMode::Note(of) => return self.take_note(&of, &typed),
            BoxMode::HowMany { type_id, way, rental, of } => return self.take_count(type_id, way, rental, of, &typed),
            BoxMode::TakeOff => {
                self.clear_box();
                return self.take_off_tag(&typed);
            }
        }
        if typed.is_empty() {
            return self.enter_empty();
        }
        if self.place.filters() {
            return self.enter_filtered(&typed);
        }
        if matches!(self.place, Place::Item(_))
            && let Some(span) = desk::span_of_question(&self.shop.settings, &typed, self.shop.now())
        {
            self.text.reset();
            return self.say_who_had_here(span);
        }
        self.resolve_typed(&typed);
    }

    fn enter_empty(&mut self) {
        match self.place {
            Place::CheckOut => self.finish(),
            Place::CheckIn => {
                let back = self.back.len();
                self.back.clear();
                self.go(Place::Desk);
                self.say(Verdict::fine(format!("{back} back, all saved · Ctrl+Z undoes the last")));
            }
            _ => self.open_selected(),
        }
    }

    /// On a screen that narrows its list, Enter opens what is selected; with nothing left it offers to add.
    fn enter_filtered(&mut self, typed: &str) {
        match self.selected.clone() {
            Some(RowKey::Words(_)) | None if self.place.kind() == PlaceKind::Customers => {
                self.offer_new = true;
                self.selected = None;
                self.say(Verdict::attention(format!("nobody called \"{typed}\""), "Enter adds a customer with that name"));
            }
            None => self.say(Verdict::attention(format!("nothing matches \"{typed}\""), "Esc clears")),
            Some(_) => self.open_selected(),
        }
    }

    fn resolve_typed(&mut self, typed: &str) {
        // A chosen row of the list under the box counts, unless the text is an exact code by itself.
        let (count, rest) = counted(typed);
        let now = self.shop.now();
        let answer = match desk::typed(self.shop.read(), &self.shop.settings, rest, now) {
            Ok(answer) => answer,
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        };
        match answer {
            desk::Answer::One(hit) => {
                self.text.reset();
                self.act(hit, count);
            }
            desk::Answer::WhoHad { item, span, custody } => {
                self.text.reset();
                let words = self.who_had_words(&item.tag.to_string(), span, custody.as_ref());
                self.say(words);
            }
            desk::Answer::Several(hits) => {
                let chosen = self.selected.clone().and_then(|key| hits.iter().find(|hit| key_of(hit).as_ref() == Some(&key)).cloned());
                let hit = chosen.unwrap_or_else(|| hits[0].clone());
                self.text.reset();
                self.act(hit, count);
            }
            desk::Answer::Nothing if self.offer_new => self.open_selected(),
            desk::Answer::Nothing => {
                self.offer_new = true;
                self.selected = None;
                self.say(Verdict::attention(format!("nothing is called \"{rest}\" here"), "Enter on a row below adds it · Esc clears"));
            }
        }
    }

    pub(super) fn act_on_scan(&mut self, code: &str) {
        if self.mode == BoxMode::TakeOff {
            self.clear_box();
            return self.take_off_tag(code);
        }
        match desk::scanned(self.shop.read(), code) {
            Ok(desk::Answer::One(hit)) => self.act(hit, None),
            Ok(desk::Answer::Several(_)) => {
                self.text = Input::new(code.to_owned());
                self.say(Verdict::question(format!("\"{}\" means more than one thing", Text::new(code)), "choose below with the arrows, then Enter"));
            }
            Ok(_) => {
                let shown = Text::new(code);
                self.say(Verdict::bad(format!("\"{shown}\" is no tag, reservation or card here"), "type it and press Enter to make an item with it"));
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// What a thing that was meant leads to, by where the counter stands.
    fn act(&mut self, hit: Hit, count: Option<i64>) {
        match (hit, self.place.kind()) {
            (Hit::Command(word), _) => self.command_card(Instant::now(), &word),
            (Hit::Stock(Stock::Item(item)), PlaceKind::Gear | PlaceKind::Item | PlaceKind::History) => {
                self.go(Place::Item(item.id));
                self.say(Verdict::fine(format!("{} {}, nothing changed", item.tag, item.state().to_lowercase().replace('_', " "))));
            }
            (Hit::Stock(Stock::Bulk(bulk)), PlaceKind::Gear | PlaceKind::Item | PlaceKind::History) => self.go(Place::Gear(Some(bulk.type_id))),
            (Hit::Stock(Stock::Item(item)), PlaceKind::Bench) => self.open_condition(item.id, None),
            (Hit::Stock(stock), PlaceKind::CheckIn) => self.take_back(&stock, count, None),
            (Hit::Stock(stock), PlaceKind::CheckOut) => self.stage(&stock, count),
            (Hit::Stock(stock), _) => self.obvious(&stock, count),
            (Hit::Customer(customer), PlaceKind::CheckOut) => self.give_to(customer.id),
            (Hit::Customer(customer), PlaceKind::CheckIn) => self.customer_at_check_in(customer.id),
            (Hit::Customer(customer), _) => self.go(Place::Customer(customer.id)),
            (Hit::Type(found), PlaceKind::CheckOut | PlaceKind::CheckIn) => self.name_free_items(&found),
            (Hit::Type(found), _) => self.go(Place::Gear(Some(found.id))),
            (Hit::Reservation(reservation), PlaceKind::CheckOut) if self.in_hand.customer.is_none() && reservation.state == booking::ReservationState::Active => {
                self.in_hand.customer = reservation.customer;
                self.in_hand.reservation = Some(reservation.id);
                self.keep_in_hand();
                self.say(Verdict::fine(format!("adding to {}", reservation.number)));
            }
            (Hit::Reservation(reservation), _) => self.go(Place::Reservation(reservation.id)),
        }
    }

    /// A scan on the Desk does the obvious thing: what is out comes back, what is in goes out.
    fn obvious(&mut self, stock: &Stock, count: Option<i64>) {
        if let Stock::Item(item) = stock {
            if self.place == Place::Desk && self.shop.settings.value("desk_scan") == "look" {
                self.go(Place::Item(item.id));
                return self.say(Verdict::fine(format!("{} {} · F2 hands out, F3 takes back", item.tag, item.state().to_lowercase())));
            }
            if item.out || (item.lifecycle == inventory::Lifecycle::Lost && matches!(booking::lost_rental(self.shop.read(), item.id), Ok(Some(_)))) {
                self.go(Place::CheckIn);
                return self.take_back(stock, count, None);
            }
        }
        let customer = match self.place {
            Place::Customer(id) => Some(id),
            _ => None,
        };
        let fresh = self.in_hand.is_empty();
        if fresh {
            self.in_hand.customer = customer;
        }
        let before = self.in_hand.count();
        self.stage(stock, count);
        if self.in_hand.count() > before || matches!(self.mode, BoxMode::HowMany { .. }) || self.overlay.is_some() {
            let (verdict, mode, text, proposed) = (self.verdict.clone(), self.mode.clone(), self.text.clone(), self.proposed);
            self.go(Place::CheckOut);
            (self.verdict, self.mode, self.text, self.proposed) = (verdict, mode, text, proposed);
        } else if fresh {
            self.in_hand.customer = None;
        }
    }

    /// A thing is laid on the counter to go out: kept at once, out at the finish.
    fn stage(&mut self, stock: &Stock, count: Option<i64>) {
        let now = self.shop.now();
        if let Stock::Item(item) = stock
            && self.in_hand.things.iter().any(|thing| thing.item == Some(item.id))
        {
            return self.say(Verdict::fine(format!("{} is in hand already", item.tag)));
        }
        if let (Stock::Bulk(bulk), None) = (stock, count) {
            let here = bulk.quantity - bulk.out - self.staged_count(bulk.type_id);
            if here < 1 {
                return self.say(Verdict::bad(format!("{}: none is on the shelf, {} are out", bulk.tag, bulk.out), "take some back first"));
            }
            self.ask_how_many(BoxMode::HowMany { type_id: bulk.type_id, way: Way::Out, rental: None, of: here }, 1);
            return self.say(Verdict::question(format!("{}: how many of the {here} here?", bulk.tag), "Enter takes the number · Esc none"));
        }
        let quantity = count.unwrap_or(1);
        let already = if let Stock::Bulk(bulk) = stock { self.staged_count(bulk.type_id) } else { 0 };
        match booking::may_leave(self.shop.read(), &self.shop.settings, stock, quantity + already, now) {
            Ok(()) => self.stage_fit(stock, quantity),
            Err(Failure::Refused(refusal @ BookingRefusal::StillOut { .. })) => self.ask_take_back(stock, &refusal),
            Err(failure) => {
                let stop = Stop::from(failure);
                let verdict = match stop {
                    Stop::Refused(declined) => Verdict::bad(format!("{} · not added", declined.message), declined.hint),
                    fault => Verdict::of(&fault),
                };
                self.say(verdict);
            }
        }
    }

    fn staged_count(&self, type_id: crate::kernel::TypeId) -> i64 {
        self.in_hand.things.iter().filter(|thing| thing.item.is_none() && thing.type_id == type_id).map(|thing| thing.quantity).sum()
    }

    fn stage_fit(&mut self, stock: &Stock, quantity: i64) {
        let now = self.shop.now();
        let (tag, item, type_id, about) = match stock {
            Stock::Item(item) => (item.tag.clone(), Some(item.id), item.type_id, item.note.as_ref().map(|note| format!(" · note: {note}")).unwrap_or_default()),
            Stock::Bulk(bulk) => (bulk.tag.clone(), None, bulk.type_id, String::new()),
        };
        match self.in_hand.things.iter_mut().find(|thing| thing.item.is_none() && item.is_none() && thing.type_id == type_id) {
            Some(counted) => counted.quantity += quantity,
            None => self.in_hand.things.push(desk::Staged { tag: tag.clone(), item, type_id, quantity, at: now }),
        }
        self.in_hand.since.get_or_insert(now);
        if !self.keep_in_hand() {
            return;
        }
        let name = self.type_name(type_id);
        let many = if item.is_none() { format!("{quantity} x ") } else { String::new() };
        let next = if self.in_hand.customer.is_none() { " · who takes it?" } else { "" };
        let words = format!("IN HAND   {many}{tag}  {name}{about}{next}");
        self.say(if about.is_empty() { Verdict::fine(words) } else { Verdict::attention(words, "look before it goes") });
        self.selected = Some(RowKey::InHand(self.in_hand.things.len() - 1));
    }

    fn type_name(&self, id: crate::kernel::TypeId) -> String {
        crate::catalog::names(self.shop.read(), [id]).ok().and_then(|mut names| names.remove(&id)).map(|name| name.to_string()).unwrap_or_default()
    }

    fn ask_take_back(&mut self, stock: &Stock, refusal: &BookingRefusal) {
        let Stock::Item(item) = stock else { return };
        let Ok(Some(open)) = booking::open_rental(self.shop.read(), item.id) else { return };
        self.say(Verdict::question(refusal.to_string(), format!("[B] take it back and add it here · [Esc] leave it · {}", refusal.hint())));
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("{} IS STILL OUT", item.tag),
            lines: vec![refusal.to_string()],
            choices: vec![('B', "take it back there, and add it here".to_owned(), Answer::TakeBackAndAdd(open.id))],
        }));
    }

    /// Writes what is in hand down; a crash brings it back.
    pub(super) fn keep_in_hand(&mut self) -> bool {
        let kept = if self.in_hand.is_empty() && self.in_hand.id.is_none() { Ok(None) } else { self.shop.keep(|db| desk::save(db, &self.in_hand)).map(Some) };
        match kept {
            Ok(id) => {
                self.in_hand.id = id.or(self.in_hand.id);
                true
            }
            Err(fault) => {
                self.say(Verdict::of(&Stop::Fault(fault)));
                false
            }
        }
    }

    fn give_to(&mut self, id: CustomerId) {
        let customer = match customers::known(self.shop.read(), id) {
            Ok(customer) => customer,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        self.in_hand.customer = Some(id);
        if !self.keep_in_hand() {
            return;
        }
        self.recent.retain(|known| *known != id);
        self.recent.insert(0, id);
        let name = &customer.profile.name;
        match (&customer.suspended_reason, &customer.profile.note) {
            (Some(reason), _) => self.say(Verdict::attention(format!("{name} is SUSPENDED: {reason}"), "the finish will be refused; :suspend on the customer reinstates")),
            (None, Some(note)) => self.say(Verdict::attention(format!("{name} · {note}"), "Enter finishes")),
            (None, None) => self.say(Verdict::fine(format!("{name} takes {} item{} · Enter finishes", self.in_hand.count(), if self.in_hand.count() == 1 { "" } else { "s" }))),
        }
    }

    fn customer_at_check_in(&mut self, id: CustomerId) {
        match self.waiting_for_customer.take() {
            Some((type_id, count)) => {
                if let Ok(Some(bulk)) = inventory::bulk_of_type(self.shop.read(), type_id) {
                    self.take_back(&Stock::Bulk(bulk), count, Some(id));
                }
            }
            None => self.go(Place::Customer(id)),
        }
    }

    fn name_free_items(&mut self, found: &crate::catalog::EquipmentType) {
        if let Ok(Some(bulk)) = inventory::bulk_of_type(self.shop.read(), found.id) {
            let stock = Stock::Bulk(bulk);
            return if self.place == Place::CheckOut { self.stage(&stock, None) } else { self.take_back(&stock, None, None) };
        }
        let free: Vec<String> =
            inventory::of_type(self.shop.read(), found.id).unwrap_or_default().iter().filter(|item| item.can_leave()).take(6).map(|item| item.tag.to_string()).collect();
        let words = if free.is_empty() { "none is in".to_owned() } else { format!("scan one: {}", free.join(" ")) };
        self.say(Verdict::attention(format!("{} is a type", found.details.name), words));
    }

    /// The finish: the first Enter shows what will happen, the second does it.
    fn finish(&mut self) {
        if self.in_hand.things.is_empty() {
            return self.say(Verdict::bad("nothing is in hand", "scan what goes out, or Esc"));
        }
        let Some(id) = self.in_hand.customer else {
            return self.say(Verdict::question("who takes it?", "type a name or scan a card"));
        };
        if self.shop.settings.on("fast_finish") {
            return self.hand_over(fresh_command());
        }
        let lines = match self.strip_lines(id) {
            Ok(lines) => lines,
            Err(stop) => return self.say(Verdict::of(&stop)),
        };
        self.overlay = Some(Overlay::HandOver { command: fresh_command(), lines });
        self.verdict = Verdict::question("hand over?", "Enter hands over · Esc keeps scanning");
    }

    fn strip_lines(&self, id: CustomerId) -> Result<Vec<String>, Stop> {
        let customer = customers::known(self.shop.read(), id)?;
        let now = self.shop.now();
        let zone = &self.shop.settings.zone;
        let tags: Vec<String> =
            self.in_hand.things.iter().map(|thing| if thing.item.is_none() { format!("{} x {}", thing.quantity, thing.tag) } else { thing.tag.to_string() }).collect();
        let mut dues: Vec<Moment> = Vec::new();
        for thing in &self.in_hand.things {
            let fixed = crate::catalog::type_details(self.shop.read(), thing.type_id).map_err(Stop::from)?.details.fixed_hours;
            dues.push(booking::due_of(&self.shop.settings, fixed, self.in_hand.due, now));
        }
        dues.sort_unstable();
        dues.dedup();
        let due = dues.iter().map(|due| zone.show(*due, now)).collect::<Vec<_>>().join(" and ");
        let profile = &customer.profile;
        let mut lines = vec![
            format!("{} item{} to {} {}", tags.len(), if tags.len() == 1 { "" } else { "s" }, customer.number, profile.name),
            tags.join("  "),
            format!("out {}   due {due}", zone.show(now, now)),
        ];
        if profile.phone.is_none() {
            lines.push("!! no phone number is known: ask for it, Ctrl+N on the customer keeps it".to_owned());
        }
        if let Some(reason) = &customer.suspended_reason {
            lines.push(format!("!! SUSPENDED: {reason}"));
        }
        lines.extend(self.in_hand.note.iter().map(|note| format!("note: {note}")));
        Ok(lines)
    }

    fn hand_over(&mut self, command: uuid::Uuid) {
        let Some(customer) = self.in_hand.customer else { return };
        let things = self.in_hand.things.iter().map(|thing| thing.item.map_or(booking::Thing::Bulk(thing.type_id, thing.quantity), booking::Thing::Item)).collect();
        let to = self.in_hand.reservation.map_or(booking::Recipient::WalkIn(customer), booking::Recipient::Reservation);
        let check_out = booking::CheckOut { to, things, due: self.in_hand.due, at: None, note: self.in_hand.note.clone() };
        let (settings, draft) = (self.shop.settings.clone(), self.in_hand.id);
        let outcome = self.shop.write_once(command, |db| {
            let reservation = desk::hand_over(db, &settings, &check_out)?;
            if let Some(draft) = draft {
                desk::forget(db, draft)?;
            }
            Ok::<_, Failure<BookingRefusal>>(reservation)
        });
        match outcome {
            Ok(reservation) => {
                let count = self.in_hand.count();
                self.in_hand = desk::InHand::default();
                self.overlay = None;
                self.back.clear();
                self.go(Place::Desk);
                let words = self.handed_words(reservation, count, customer);
                self.say(words);
            }
            Err(stop) => {
                self.overlay = None;
                self.say(Verdict::of(&stop));
            }
        }
    }

    fn handed_words(&self, reservation: crate::kernel::ReservationId, count: usize, customer: CustomerId) -> Verdict {
        let name = customers::names(self.shop.read(), [customer]).ok().and_then(|mut names| names.remove(&customer)).unwrap_or_default();
        let now = self.shop.now();
        let (number, due) = match booking::reservation(self.shop.read(), reservation) {
            Ok(found) => (found.number.to_string(), self.shop.settings.zone.show(found.end, now)),
            Err(_) => (String::new(), String::new()),
        };
        Verdict::fine(format!("OUT {count} item{} to {name}, due {due} · {number} · Ctrl+Z", if count == 1 { "" } else { "s" }))
    }

    /// A thing comes back: saved at this scan, whatever the hour and whoever brings it.
    pub(super) fn take_back(&mut self, stock: &Stock, count: Option<i64>, customer: Option<CustomerId>) {
        let now = self.shop.now();
        let rental = match desk::rental_of(self.shop.read(), &self.shop.settings, stock, customer, now) {
            Ok(rental) => rental,
            Err(Failure::Refused(refusal @ BookingRefusal::WhoBrings { .. })) => {
                if let Stock::Bulk(bulk) = stock {
                    self.waiting_for_customer = Some((bulk.type_id, count));
                }
                return self.say(Verdict::question(refusal.to_string(), "type who brings it, or scan their card"));
            }
            Err(Failure::Refused(refusal @ (BookingRefusal::NotOut { .. } | BookingRefusal::NoneOut(_)))) => {
                return self.say(Verdict::attention(refusal.to_string(), "nothing changed"));
            }
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        if rental.item.is_none() && count.is_none() && rental.quantity > 1 {
            self.ask_how_many(BoxMode::HowMany { type_id: rental.type_id, way: Way::In, rental: Some(rental.id), of: rental.quantity }, rental.quantity);
            return self.say(Verdict::question(format!("how many of {} came back?", rental.quantity), "Enter takes the number · Esc none"));
        }
        self.close_rental(&rental, count);
    }

    fn close_rental(&mut self, rental: &Rental, count: Option<i64>) {
        let command = booking::CheckIn { quantity: count, at: self.returned_at, ..booking::CheckIn::plain(rental.id) };
        let settings = self.shop.settings.clone();
        match self.shop.write(|db| desk::take_back(db, &settings, &command)) {
            Ok(id) => {
                self.back.retain(|known| *known != id);
                self.back.insert(0, id);
                self.selected = Some(RowKey::Rental(id));
                let words = self.back_words(id);
                self.say(words);
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn back_words(&self, id: RentalId) -> Verdict {
        let told = || -> Fallible<Option<(Verdict, Rental)>> {
            let db = self.shop.read();
            let Some(rental) = booking::rental(db, id)? else { return Ok(None) };
            let row = desk::rental_rows(db, std::slice::from_ref(&rental))?.remove(0);
            let stop = desk::next_stop(db, &rental)?;
            let many = if rental.item.is_none() { format!("{} x ", rental.quantity) } else { String::new() };
            let late = rental.late_minutes(self.shop.now());
            let left = booking::out_to(db, rental.customer)?.len();
            let rest = if left == 0 { String::new() } else { format!(" · {left} still out") };
            let words = format!("BACK   {many}{}  {} · {} {}{rest}", row.tag, row.thing, row.number, row.customer);
            Ok(Some((if late > 0 { Verdict::attention(format!("{words} · {} late", lateness(late)), stop) } else { Verdict { hint: stop, ..Verdict::fine(words) } }, rental)))
        };
        match told() {
            Ok(Some((verdict, _))) => verdict,
            Ok(None) => Verdict::fine("back"),
            Err(fault) => Verdict::of(&Stop::Fault(fault)),
        }
    }

    fn take_count(&mut self, type_id: crate::kernel::TypeId, way: Way, rental: Option<RentalId>, of: i64, typed: &str) {
        let count: Option<i64> = if typed.is_empty() && way == Way::In { Some(of) } else { typed.parse().ok() };
        let Some(count) = count.filter(|count| (1..=of).contains(count)) else {
            return self.say(Verdict::bad(format!("\"{}\" is not a number from 1 to {of}", Text::new(typed)), "type the number, or Esc"));
        };
        self.clear_box();
        match (way, rental) {
            (Way::Out, _) => {
                if let Ok(Some(bulk)) = inventory::bulk_of_type(self.shop.read(), type_id) {
                    self.stage(&Stock::Bulk(bulk), Some(count));
                }
            }
            (Way::In, Some(id)) => {
                if let Ok(Some(rental)) = booking::rental(self.shop.read(), id) {
                    self.close_rental(&rental, Some(count));
                }
            }
            (Way::In, None) => {}
        }
        self.deliver_waiting();
    }

    fn take_due(&mut self, typed: &str) {
        if typed.is_empty() {
            self.in_hand.due = None;
            self.clear_box();
            self.keep_in_hand();
            return self.say(Verdict::fine("due after the usual time"));
        }
        let now = self.shop.now();
        let zone = self.shop.settings.zone;
        match when::read(typed, now, &zone, Lean::Ahead) {
            Ok(time) => {
                let due = time.at(&zone, zone.local(now).time());
                if due <= now {
                    return self.say(Verdict::bad(format!("{} is over", zone.show(due, now)), "type a later time"));
                }
                self.in_hand.due = Some(due);
                self.clear_box();
                self.keep_in_hand();
                self.say(Verdict::fine(format!("due {}", zone.show(due, now))));
            }
            Err(why) => self.say(Verdict::bad(why.0, "for example fri 9:00, +3d or 2026-11-24")),
        }
        self.deliver_waiting();
    }

    fn take_returned(&mut self, typed: &str) {
        let now = self.shop.now();
        let zone = self.shop.settings.zone;
        if typed.is_empty() {
            self.returned_at = None;
            self.clear_box();
            return self.say(Verdict::fine("returns count from now"));
        }
        match when::read(typed, now, &zone, Lean::Back) {
            Ok(time) => {
                let at = time.at(&zone, zone.local(now).time());
                if at > now {
                    return self.say(Verdict::bad(format!("{} is ahead of the clock", zone.show(at, now)), "type a time that is past"));
                }
                self.returned_at = Some(at);
                self.clear_box();
                self.say(Verdict::attention(format!("what is scanned now was returned {}", zone.show(at, now)), "ends when this screen is left"));
            }
            Err(why) => self.say(Verdict::bad(why.0, "for example thu 18:00")),
        }
        self.deliver_waiting();
    }

    fn take_note(&mut self, of: &NoteOf, typed: &str) {
        let note = Text::filled(typed);
        let saved = match of {
            NoteOf::CheckOut => {
                self.in_hand.note = note;
                self.keep_in_hand();
                Ok(())
            }
            NoteOf::Customer(id) => self.note_customer(*id, note),
            NoteOf::Item(id) => {
                let id = *id;
                self.shop.write(|db| {
                    let item = inventory::known(db.read(), id)?;
                    inventory::edit_item(db, id, item.serial.as_ref(), item.location.as_ref(), note.as_ref())
                })
            }
        };
        match saved {
            Ok(()) => {
                self.clear_box();
                self.say(Verdict::fine("note kept"));
                self.deliver_waiting();
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// A note says nothing about contact data, so it is not held up by what is missing there.
    fn note_customer(&mut self, id: CustomerId, note: Option<Text>) -> Result<(), Stop> {
        self.shop.write(|db| {
            let customer = customers::known(db.read(), id)?;
            let profile = customers::Profile { note, ..customer.profile };
            customers::update(db, id, customer.version, &profile, customers::ContactRules { email_required: false, phone_required: false })
        })
    }

    fn take_off_tag(&mut self, typed: &str) {
        let code = crate::kernel::tag::code_of(typed);
        match self.in_hand.things.iter().position(|thing| thing.tag.code() == code) {
            Some(position) => self.take_off(position),
            None => self.say(Verdict::attention(format!("{} is not in hand", Text::new(typed)), "nothing changed")),
        }
    }

    fn take_off(&mut self, position: usize) {
        if position < self.in_hand.things.len() {
            let thing = self.in_hand.things.remove(position);
            self.keep_in_hand();
            self.say(Verdict::fine(format!("{} taken off · scan it again to add it", thing.tag)));
        }
    }

    fn open_selected(&mut self) {
        let Some(key) = self.selected.clone() else { return };
        match key {
            RowKey::Draft(id) => match desk::in_hand(self.shop.read(), id) {
                Ok(Some(draft)) => {
                    self.in_hand = draft;
                    self.go(Place::CheckOut);
                    self.say(Verdict::fine(format!("{} in hand, as it was left", self.in_hand.count())));
                }
                Ok(None) => self.say(Verdict::attention("that check-out was finished elsewhere", "nothing to do")),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
            RowKey::Consumer(name) => self.ask_about_consumer(&name),
            RowKey::Reservation(id) => self.go(Place::Reservation(id)),
            RowKey::Customer(id) if self.place == Place::CheckOut => self.give_to(id),
            RowKey::Customer(id) => self.go(Place::Customer(id)),
            RowKey::Type(id) => match self.place {
                Place::Gear(Some(open)) if open == id => self.move_section(true),
                Place::Gear(_) => {
                    // The list stays behind, so that Esc leads back to it.
                    self.go(Place::Gear(Some(id)));
                }
                _ => self.go(Place::Gear(Some(id))),
            },
            RowKey::Item(id) => self.go(Place::Item(id)),
            RowKey::Rental(id) => {
                if let Ok(Some(rental)) = booking::rental(self.shop.read(), id) {
                    self.go(rental.item.map_or(Place::Reservation(rental.reservation), Place::Item));
                }
            }
            RowKey::Entry(seq) => self.open_entry(seq),
            RowKey::NewCustomer(name) => self.open_form(Form::new(FormKind::NewCustomer).fill("name", &name).at("phone")),
            RowKey::NewItem(tag) => self.open_form(Form::new(FormKind::NewItem).fill("tag", &tag).at("type")),
            RowKey::InHand(_) | RowKey::Words(_) => {}
        }
    }

    fn open_form(&mut self, form: Form) {
        self.text.reset();
        self.offer_new = false;
        self.overlay = Some(Overlay::Form(form));
        self.say(Verdict::ready());
    }

    fn open_entry(&mut self, seq: i64) {
        if let Ok(Some(entry)) = history::entry(self.shop.read(), seq) {
            if let Some(reservation) = entry.reservation {
                self.go(Place::Reservation(reservation));
            } else if let Some(item) = entry.item {
                self.go(Place::Item(item));
            } else if let Some(customer) = entry.customer {
                self.go(Place::Customer(customer));
            } else if let Some(type_id) = entry.type_id {
                self.go(Place::Gear(Some(type_id)));
            }
        }
    }

    fn ask_about_consumer(&mut self, name: &str) {
        let error = self.shop.consumers().ok().and_then(|all| all.into_iter().find(|consumer| consumer.name == name)).and_then(|consumer| consumer.failure);
        let Some(failure) = error else { return };
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("{name} STOPPED BEFORE EVENT {}", failure.seq),
            lines: vec![failure.last_error.to_string(), "nothing is lost: it goes on from there".to_owned()],
            choices: vec![('R', "try again now".to_owned(), Answer::Retry(name.to_owned())), ('S', "skip this event, with a reason".to_owned(), Answer::Skip(name.to_owned()))],
        }));
    }

    /// The item a condition or a note would be about.
    pub(super) fn subject(&self) -> Option<(ItemId, Option<RentalId>)> {
        match (&self.selected, &self.place) {
            (Some(RowKey::Rental(id)), _) => booking::rental(self.shop.read(), *id).ok().flatten().and_then(|rental| rental.item.map(|item| (item, Some(rental.id)))),
            (Some(RowKey::Item(id)), _) => Some((*id, None)),
            (Some(RowKey::InHand(position)), _) => self.in_hand.things.get(*position).and_then(|thing| thing.item).map(|item| (item, None)),
            (_, Place::Item(id)) => Some((*id, None)),
            _ => None,
        }
    }

    fn open_condition(&mut self, item: ItemId, rental: Option<RentalId>) {
        let title = || -> Fallible<String> {
            let card = desk::item_card(self.shop.read(), item, self.shop.now())?;
            let mut title = format!("CONDITION  {} {}", card.item.tag, card.found.details.name);
            if let Some(rental) = rental.map(|id| booking::rental(self.shop.read(), id)).transpose()?.flatten() {
                let left = rental.condition_out.map_or("", |condition| condition.shown());
                let row = desk::rental_rows(self.shop.read(), &[rental])?.remove(0);
                title.push_str(&format!(" · {} {} · it left: {left}", row.number, row.customer));
            } else {
                title.push_str(&format!(" · now {}", card.item.condition.shown()));
            }
            Ok(title)
        };
        match title() {
            Ok(title) => {
                self.overlay = Some(Overlay::Condition(ConditionStrip::new(item, rental, title)));
                self.say(Verdict::ready());
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    fn judge(&mut self, item: ItemId, rental: Option<RentalId>, judgement: Judgement) {
        let outcome = self.shop.write(|db| desk::judge(db, item, rental, &judgement));
        match outcome {
            Ok(()) => {
                let tag = inventory::known(self.shop.read(), item).map(|item| item.tag.to_string()).unwrap_or_default();
                let job = inventory::open_job(self.shop.read(), item).ok().flatten().map(|job| format!(" · bench job {}", job.number)).unwrap_or_default();
                let words = match &judgement {
                    Judgement::Good => "good again".to_owned(),
                    Judgement::GoodButNote(note) => format!("good, note \"{note}\""),
                    Judgement::Unusable(note) => format!("UNUSABLE, \"{note}\""),
                    Judgement::UnderMaintenance(note, _) => format!("UNDER MAINTENANCE, \"{note}\""),
                    Judgement::PartMissing(parts) => format!("part missing: {parts}"),
                    Judgement::Lost(_) => "counts as LOST".to_owned(),
                };
                self.overlay = None;
                self.last_judgement = Some(judgement);
                self.in_hand.things.retain(|thing| thing.item != Some(item) || inventory::known(self.shop.read(), item).is_ok_and(|item| item.can_leave()));
                if self.in_hand.id.is_some() {
                    self.keep_in_hand();
                }
                self.say(Verdict::fine(format!("{tag} {words}{job} · Ctrl+Z")));
                self.deliver_waiting();
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn say_who_had_here(&mut self, span: Period) {
        let Place::Item(id) = self.place else { return };
        let Ok(item) = inventory::known(self.shop.read(), id) else { return };
        match desk::had_in(self.shop.read(), id, span, self.shop.now()) {
            Ok(custody) => {
                let words = self.who_had_words(&item.tag.to_string(), span, custody.as_ref());
                self.say(words);
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    fn who_had_words(&self, tag: &str, span: Period, custody: Option<&history::Custody>) -> Verdict {
        let now = self.shop.now();
        let zone = &self.shop.settings.zone;
        let day = zone.show_day(zone.day(span.start));
        let Some(custody) = custody else { return Verdict::fine(format!("{tag} on {day}: IN, it had never been out")) };
        let name = customers::name_at(self.shop.read(), custody.customer, custody.out).ok().flatten().unwrap_or_default();
        let to = custody.back.map_or_else(|| "now".to_owned(), |back| zone.show(back, now));
        let custody_words = format!("{} {}, {} to {to}", name, custody.number, zone.show(custody.out, now));
        if custody.back.is_none_or(|back| back > span.start) {
            Verdict::fine(format!("{tag} on {day}: OUT with {custody_words}"))
        } else {
            Verdict::fine(format!("{tag} on {day}: IN; last out with {custody_words}"))
        }
    }

    pub(super) fn is_counted(&self, code: &str) -> bool {
        matches!(desk::scanned(self.shop.read(), code), Ok(desk::Answer::One(Hit::Stock(Stock::Bulk(_)))))
    }

    /// A printed command card: a deliberate answer, also while a question is open.
    pub(super) fn command_card(&mut self, _at: Instant, word: &str) {
        self.settle();
        match (word, &mut self.overlay) {
            ("FINISH", Some(Overlay::HandOver { command, .. })) => {
                let command = *command;
                self.hand_over(command);
            }
            ("FINISH", None) => self.enter_empty(),
            (word, Some(Overlay::Condition(strip))) if word.starts_with("COND") => {
                if let Some(digit) = word.chars().next_back() {
                    strip.choose(digit);
                }
            }
            (word, None) if word.starts_with("COND") => {
                self.perform(Verb::Condition);
                if let (Some(Overlay::Condition(strip)), Some(digit)) = (&mut self.overlay, word.chars().next_back()) {
                    strip.choose(digit);
                }
            }
            ("OUT", None) => self.perform(Verb::Out),
            ("IN", None) => self.perform(Verb::In),
            ("UNDO", None) => self.perform(Verb::Undo),
            ("ALL", None) => self.perform(Verb::MarkAll),
            _ => self.say(Verdict::bad(format!("the card X-{word} does nothing here"), "nothing changed")),
        }
    }

    pub(super) fn perform(&mut self, verb: Verb) {
        match verb {
            Verb::Enter => self.enter(),
            Verb::Back => self.step_back(),
            Verb::Up => self.move_selection(-1),
            Verb::Down => self.move_selection(1),
            Verb::PageUp => self.move_selection(-self.page_length()),
            Verb::PageDown => self.move_selection(self.page_length()),
            Verb::First => self.move_selection(isize::MIN / 2),
            Verb::Last => self.move_selection(isize::MAX / 2),
            Verb::NextSection => self.move_section(true),
            Verb::PreviousSection => self.move_section(false),
            Verb::Help => self.overlay = Some(Overlay::Help { first: 0 }),
            Verb::Out => self.open_check_out(),
            Verb::In => self.open_check_in(),
            Verb::Customers => self.open(Place::Customers),
            Verb::Gear => self.open(Place::Gear(None)),
            Verb::Bench => self.open(Place::Bench),
            Verb::Desk => self.open(Place::Desk),
            Verb::History => self.open(Place::History(String::new())),
            Verb::Log => self.open(Place::Log),
            Verb::ScannerTest => self.open(Place::Scanner),
            Verb::KeyTest => self.open(Place::Keys),
            Verb::Palette => self.open_palette(),
            Verb::More => self.open_more(),
            Verb::Undo => self.undo(),
            Verb::Dates => self.ask_dates(),
            Verb::Note => self.ask_note(),
            Verb::LastCustomer => self.last_customer(),
            Verb::Today => {
                self.clear_box();
                self.say(Verdict::ready());
            }
            Verb::EmptyBox => {
                self.text.reset();
                self.offer_new = false;
            }
            Verb::TakeOff => self.take_off_selected(),
            Verb::Redraw => self.wants_redraw = true,
            Verb::Quit => self.leaving = true,
            Verb::Mark => self.mark_selected(),
            Verb::MarkAll => self.mark_all(),
            Verb::Increase => self.change_count(1),
            Verb::Decrease => self.change_count(-1),
            Verb::Condition => match self.subject() {
                Some((item, rental)) => self.open_condition(item, rental),
                None => self.say(Verdict::attention("no thing with a tag is selected", "choose a row with the arrows")),
            },
            Verb::Repeat => match (self.subject(), self.last_judgement.clone()) {
                (Some((item, rental)), Some(judgement)) => self.judge(item, rental, judgement),
                _ => self.say(Verdict::attention("nothing to repeat here", "! sets a condition")),
            },
            Verb::NewItem => {
                let name = match self.place {
                    Place::Gear(Some(id)) => self.type_name(id),
                    _ => String::new(),
                };
                let form = Form::new(FormKind::NewItem).fill("type", &name);
                self.open_form(form);
            }
            Verb::NewCustomer => self.open_form(Form::new(FormKind::NewCustomer)),
            Verb::Suspend => self.suspend_or_reinstate(),
            Verb::CheckBooks => self.check_books(),
        }
    }

    fn open(&mut self, place: Place) {
        self.go(place);
        self.say(Verdict::ready());
    }

    /// Esc: one step, and nothing is lost.
    fn step_back(&mut self) {
        if !self.text.value().is_empty() || self.mode != BoxMode::Find {
            self.clear_box();
            self.waiting_for_customer = None;
            self.say(Verdict::ready());
            return self.deliver_waiting();
        }
        if self.place == Place::CheckOut && !self.in_hand.is_empty() {
            if self.in_hand.things.is_empty() {
                self.forget_in_hand();
            } else {
                let count = self.in_hand.count();
                self.keep_in_hand();
                self.in_hand = desk::InHand::default();
                self.go(Place::Desk);
                return self.say(Verdict::attention(format!("{count} in hand stay on the Desk as unfinished"), "Enter there goes on"));
            }
        }
        if self.place == Place::CheckIn {
            self.back.clear();
        }
        self.go_back();
        self.say(Verdict::ready());
    }

    fn forget_in_hand(&mut self) {
        if let Some(id) = self.in_hand.id
            && let Err(fault) = self.shop.keep(|db| desk::forget(db, id))
        {
            self.say(Verdict::of(&Stop::Fault(fault)));
        }
        self.in_hand = desk::InHand::default();
    }

    fn open_check_out(&mut self) {
        let customer = match (&self.place, &self.selected) {
            (Place::Customer(id), _) => Some(*id),
            (Place::Customers, Some(RowKey::Customer(id))) => Some(*id),
            _ => None,
        };
        let item = match self.place {
            Place::Item(id) => Some(id),
            _ => None,
        };
        if self.in_hand.is_empty() {
            self.in_hand.customer = customer;
        }
        self.open(Place::CheckOut);
        if let Some(Ok(item)) = item.map(|id| inventory::known(self.shop.read(), id)) {
            self.stage(&Stock::Item(item), None);
        }
    }

    /// F3 takes the marked rows back, and shows the screen where scans do.
    fn open_check_in(&mut self) {
        let mut marked: Vec<RentalId> = self.marked.iter().filter_map(|key| if let RowKey::Rental(id) = key { Some(*id) } else { None }).collect();
        marked.sort_unstable();
        let item = match self.place {
            Place::Item(id) => Some(id),
            _ => None,
        };
        self.open(Place::CheckIn);
        for id in marked {
            if let Ok(Some(rental)) = booking::rental(self.shop.read(), id)
                && rental.state == RentalState::Out
            {
                self.close_rental(&rental, None);
            }
        }
        if let Some(Ok(item)) = item.map(|id| inventory::known(self.shop.read(), id)).filter(|item| item.as_ref().is_ok_and(|item| item.out)) {
            self.take_back(&Stock::Item(item), None, None);
        }
    }

    fn open_more(&mut self) {
        let only = match self.place.kind() {
            PlaceKind::Customers | PlaceKind::Customer => vec![Verb::NewCustomer, Verb::Suspend, Verb::Note, Verb::Out, Verb::History],
            PlaceKind::Gear | PlaceKind::Item => vec![Verb::NewItem, Verb::Condition, Verb::Note, Verb::History],
            PlaceKind::Bench => vec![Verb::Condition, Verb::History],
            _ => vec![Verb::History, Verb::Log, Verb::NewCustomer, Verb::NewItem, Verb::CheckBooks, Verb::ScannerTest, Verb::KeyTest],
        };
        self.overlay = Some(Overlay::Palette(Palette::new("MORE", only, Vec::new())));
    }

    fn undo(&mut self) {
        let settings = self.shop.settings.clone();
        match self.shop.write(|db| desk::undo(db, &settings)) {
            Ok(words) => self.say(Verdict::fine(format!("UNDONE {words}"))),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn ask_dates(&mut self) {
        match self.place {
            Place::CheckOut => {
                self.mode = BoxMode::Due;
                self.text.reset();
            }
            Place::CheckIn => {
                self.mode = BoxMode::Returned;
                self.text.reset();
            }
            _ => self.say(Verdict::attention("there is no date to set here", "Ctrl+D works on Check-out and Check-in")),
        }
    }

    fn ask_note(&mut self) {
        let (of, now) = match self.place {
            Place::CheckOut => (NoteOf::CheckOut, self.in_hand.note.clone()),
            Place::Customer(id) => (NoteOf::Customer(id), customers::known(self.shop.read(), id).ok().and_then(|customer| customer.profile.note)),
            Place::Item(id) => (NoteOf::Item(id), inventory::known(self.shop.read(), id).ok().and_then(|item| item.note)),
            _ => return self.say(Verdict::attention("there is nothing to note here", "open a customer or an item first")),
        };
        self.mode = BoxMode::Note(of);
        self.text = Input::new(now.unwrap_or_default().to_string());
    }

    fn last_customer(&mut self) {
        if self.recent.is_empty() {
            return self.say(Verdict::attention("no customer was open yet", "type a name"));
        }
        self.recent_shown = match self.place {
            Place::Customer(id) if self.recent.get(self.recent_shown) == Some(&id) => (self.recent_shown + 1) % self.recent.len(),
            _ => 0,
        };
        let order = self.recent.clone();
        let id = order[self.recent_shown];
        self.go(Place::Customer(id));
        self.recent = order;
    }

    fn take_off_selected(&mut self) {
        match (&self.place, self.selected.clone()) {
            (Place::CheckOut, Some(RowKey::InHand(position))) => self.take_off(position),
            (Place::CheckOut, _) => {
                self.mode = BoxMode::TakeOff;
                self.text.reset();
            }
            (Place::CheckIn, Some(RowKey::Rental(id))) => {
                let settings = self.shop.settings.clone();
                match self.shop.write(|db| desk::undo_return(db, &settings, id)) {
                    Ok(words) => self.say(Verdict::fine(format!("UNDONE {words}"))),
                    Err(stop) => self.say(Verdict::of(&stop)),
                }
            }
            (Place::Desk, Some(RowKey::Draft(id))) => {
                self.overlay = Some(Overlay::Ask(Ask {
                    title: "PUT BACK ON THE SHELF".to_owned(),
                    lines: vec!["this check-out was not finished; nothing of it is out".to_owned()],
                    choices: vec![('P', "put everything back and forget it".to_owned(), Answer::PutBack(id))],
                }));
            }
            _ => self.say(Verdict::attention("nothing to take off here", "choose a row with the arrows")),
        }
    }

    fn mark_selected(&mut self) {
        if let Some(key) = self.selected.clone().filter(|key| matches!(key, RowKey::Rental(_))) {
            if !self.marked.remove(&key) {
                self.marked.insert(key);
            }
            self.move_selection(1);
        }
    }

    fn mark_all(&mut self) {
        let section = self.page().sections.iter().find(|section| section.rows.iter().any(|row| Some(&row.key) == self.selected.as_ref()));
        let keys: Vec<RowKey> = section.map(|section| section.rows.iter().map(|row| row.key.clone()).filter(|key| matches!(key, RowKey::Rental(_))).collect()).unwrap_or_default();
        let count = keys.len();
        self.marked.extend(keys);
        self.say(Verdict::fine(format!("{count} marked · F3 takes them back")));
    }

    fn change_count(&mut self, by: i64) {
        let Some(RowKey::InHand(position)) = self.selected else { return self.say(Verdict::attention("no count is selected", "choose a row with the arrows")) };
        let Some(thing) = self.in_hand.things.get(position).cloned() else { return };
        if thing.item.is_some() {
            return self.say(Verdict::attention(format!("{} is one thing with its own tag", thing.tag), "Del takes it off"));
        }
        if thing.quantity + by < 1 {
            return self.take_off(position);
        }
        let Ok(Some(bulk)) = inventory::bulk_of_type(self.shop.read(), thing.type_id) else { return };
        if let Err(failure) = booking::may_leave(self.shop.read(), &self.shop.settings, &Stock::Bulk(bulk), thing.quantity + by, self.shop.now()) {
            return self.say(Verdict::of(&failure.into()));
        }
        self.in_hand.things[position].quantity += by;
        self.keep_in_hand();
        self.say(Verdict::fine(format!("{} x {}", thing.quantity + by, thing.tag)));
    }

    fn suspend_or_reinstate(&mut self) {
        let Place::Customer(id) = self.place else { return self.say(Verdict::attention("open a customer first", "F6")) };
        let customer = match customers::known(self.shop.read(), id) {
            Ok(customer) => customer,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        if customer.suspended_reason.is_none() {
            return self.open_form(Form::new(FormKind::Suspend(id)));
        }
        match self.shop.write(|db| customers::reinstate(db, id)) {
            Ok(()) => self.say(Verdict::fine(format!("{} may rent again", customer.profile.name))),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn check_books(&mut self) {
        match self.shop.check() {
            Ok(problems) if problems.is_empty() => self.say(Verdict::fine("the books are whole")),
            Ok(problems) => self.say(Verdict::bad(format!("{}: {}", problems[0].invariant, problems[0].message), format!("{} in all: rentdesk check lists them", problems.len()))),
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// A key while something is open over the screen.
    pub(super) fn overlay_key(&mut self, key: KeyEvent) {
        let Some(overlay) = self.overlay.take() else { return };
        if key.code == KeyCode::Esc {
            self.say(Verdict::ready());
            return self.deliver_waiting();
        }
        match overlay {
            Overlay::Help { first } => {
                let first = match key.code {
                    KeyCode::Up => first.saturating_sub(1),
                    KeyCode::Down => first + 1,
                    KeyCode::PageUp => first.saturating_sub(10),
                    KeyCode::PageDown => first + 10,
                    KeyCode::Enter => return,
                    _ => first,
                };
                self.overlay = Some(Overlay::Help { first: first.min(super::keymap::BINDINGS.len()) });
            }
            Overlay::Palette(palette) => self.palette_key(palette, key),
            Overlay::Condition(strip) => self.condition_key(strip, key),
            Overlay::HandOver { command, lines } => match key.code {
                KeyCode::Enter => {
                    self.overlay = Some(Overlay::HandOver { command, lines });
                    self.hand_over(command);
                    self.deliver_waiting();
                }
                _ => self.overlay = Some(Overlay::HandOver { command, lines }),
            },
            Overlay::Ask(ask) => match key.code {
                KeyCode::Char(letter) => match ask.choices.iter().find(|(known, ..)| known.eq_ignore_ascii_case(&letter)) {
                    Some((_, _, answer)) => {
                        let answer = answer.clone();
                        self.answer(answer);
                        self.deliver_waiting();
                    }
                    None => self.overlay = Some(Overlay::Ask(ask)),
                },
                _ => self.overlay = Some(Overlay::Ask(ask)),
            },
            Overlay::Form(form) => self.form_key(form, key),
        }
    }

    fn palette_key(&mut self, mut palette: Palette, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => match palette.verb() {
                Some(verb) => {
                    if let Some(why) = palette.why_not(verb) {
                        let name = binding(verb).map_or("", |binding| binding.short);
                        let words = format!("{name}: {why}");
                        return self.say(Verdict::attention(words, "Esc"));
                    }
                    self.clear_box();
                    self.perform(verb);
                }
                None => {
                    let typed = Text::new(palette.input.value());
                    self.say(Verdict::bad(format!("there is no command \"{typed}\""), ": lists them"));
                }
            },
            KeyCode::Up => {
                palette.chosen = palette.chosen.saturating_sub(1);
                self.overlay = Some(Overlay::Palette(palette));
            }
            KeyCode::Down => {
                palette.chosen = (palette.chosen + 1).min(palette.rows().len().saturating_sub(1));
                self.overlay = Some(Overlay::Palette(palette));
            }
            KeyCode::Char(character) if !key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL) => {
                palette.input.handle(tui_input::InputRequest::InsertChar(character));
                palette.chosen = 0;
                self.overlay = Some(Overlay::Palette(palette));
            }
            _ => {
                if let Some(edit) = edit_of(&key) {
                    palette.input.handle(edit);
                    palette.chosen = 0;
                }
                self.overlay = Some(Overlay::Palette(palette));
            }
        }
    }

    fn condition_key(&mut self, mut strip: ConditionStrip, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => match strip.judgement() {
                Ok(judgement) => {
                    let (item, rental) = (strip.item, strip.rental);
                    self.overlay = Some(Overlay::Condition(strip));
                    self.judge(item, rental, judgement);
                }
                Err(missing) => {
                    self.overlay = Some(Overlay::Condition(strip));
                    self.say(Verdict::question(missing, "Esc leaves it as it is"));
                }
            },
            KeyCode::Char(digit) if strip.is_choosing() => {
                strip.choose(digit);
                self.overlay = Some(Overlay::Condition(strip));
            }
            KeyCode::Up | KeyCode::Down => {
                let now = strip.choice.unwrap_or(0);
                strip.choice = Some(if key.code == KeyCode::Up { now.saturating_sub(1) } else { (now + usize::from(strip.choice.is_some())).min(5) });
                self.overlay = Some(Overlay::Condition(strip));
            }
            KeyCode::Char(character) if !key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL) => {
                strip.note.handle(tui_input::InputRequest::InsertChar(character));
                self.overlay = Some(Overlay::Condition(strip));
            }
            _ => {
                if let Some(edit) = edit_of(&key) {
                    strip.note.handle(edit);
                }
                self.overlay = Some(Overlay::Condition(strip));
            }
        }
    }

    fn form_key(&mut self, mut form: Form, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => return self.save_form(form),
            KeyCode::Tab | KeyCode::Down => form.step(true),
            KeyCode::BackTab | KeyCode::Up => form.step(false),
            KeyCode::Char(character) if !key.modifiers.contains(crossterm::event::KeyModifiers::CONTROL) => {
                form.field().value.handle(tui_input::InputRequest::InsertChar(character));
            }
            _ => {
                if let Some(edit) = edit_of(&key) {
                    form.field().value.handle(edit);
                }
            }
        }
        self.overlay = Some(Overlay::Form(form));
    }

    fn save_form(&mut self, form: Form) {
        let outcome = match &form.kind {
            FormKind::NewCustomer => self.add_customer(&form),
            FormKind::NewItem => self.add_item(&form),
            FormKind::Suspend(id) => {
                let (id, reason) = (*id, Text::new(form.value("reason")));
                self.shop.write(|db| customers::suspend(db, id, &reason)).map(|()| Verdict::fine("suspended: no gear goes out to them; everything can come back"))
            }
            FormKind::Skip(name) => {
                let (name, reason) = (name.clone(), Text::new(form.value("reason")));
                self.shop.write(|db| crate::outbox::skip(db, crate::shop::SUBSCRIBERS, &name, &reason)).map(|seq| Verdict::fine(format!("event {seq} skipped; the reason is kept")))
            }
        };
        match outcome {
            Ok(verdict) => {
                self.overlay = None;
                self.say(verdict);
                self.deliver_waiting();
            }
            Err(stop) => {
                self.overlay = Some(Overlay::Form(form));
                self.say(Verdict::of(&stop));
            }
        }
    }

    fn add_customer(&mut self, form: &Form) -> Result<Verdict, Stop> {
        let filled = |name: &str| Text::filled(form.value(name));
        let profile = customers::Profile {
            name: Text::new(form.value("name")),
            company: filled("company"),
            email: filled("e-mail"),
            phone: filled("phone"),
            street: filled("street"),
            city: filled("city"),
            region: None,
            postal_code: filled("postal code"),
            country: filled("country"),
            note: filled("note"),
        };
        let rules = customers::ContactRules::of(&self.shop.settings);
        let id = self.shop.write(|db| customers::register(db, &profile, rules))?;
        let number = customers::known(self.shop.read(), id)?.number;
        if self.place == Place::CheckOut {
            self.give_to(id);
        } else {
            self.go(Place::Customer(id));
        }
        Ok(Verdict::fine(format!("{number} {} added", profile.name)))
    }

    fn add_item(&mut self, form: &Form) -> Result<Verdict, Stop> {
        let tag = match form.value("tag").trim() {
            "" => None,
            typed => Some(crate::kernel::AssetTag::parse(typed).ok_or_else(|| inventory::InventoryRefusal::TagForm(Text::new(typed)))?),
        };
        let name = Text::new(form.value("type"));
        let category = Text::filled(form.value("category")).unwrap_or_else(|| Text::new("General"));
        let (serial, location) = (Text::filled(form.value("serial")), Text::filled(form.value("shelf")));
        let id = self.shop.write(|db| {
            let known = crate::catalog::types_named(db.read(), name.as_str())?.into_iter().find(|found| !found.withdrawn);
            let type_id = match known {
                Some(found) => found.id,
                None => {
                    let category = crate::catalog::category_at_path(db, category.as_str()).map_err(|failure| failure.map(BookingRefusal::Catalogue))?;
                    let new = crate::catalog::NewType::named(category, name.clone(), crate::catalog::Tracking::Items);
                    crate::catalog::add_type(db, &new).map_err(|failure| failure.map(BookingRefusal::Catalogue))?
                }
            };
            let new = inventory::NewItem { serial: serial.clone(), location: location.clone(), ..inventory::NewItem::good(type_id, tag.clone()) };
            inventory::add_item(db, &new).map_err(|failure| failure.map(BookingRefusal::Stock))
        })?;
        let item = inventory::known(self.shop.read(), id)?;
        let number_like = ReservationNumber::parse(&item.tag.code()).is_some();
        if self.place.kind() == PlaceKind::Gear {
            self.go(Place::Gear(Some(item.type_id)));
        }
        let words = format!("{} {name} added", item.tag);
        Ok(if number_like { Verdict::attention(words, "its tag reads like a reservation number: consider another") } else { Verdict::fine(words) })
    }

    fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::TakeBackAndAdd(id) => {
                let Ok(Some(rental)) = booking::rental(self.shop.read(), id) else { return };
                let settings = self.shop.settings.clone();
                let outcome = self.shop.write(|db| desk::take_back(db, &settings, &booking::CheckIn::plain(rental.id)));
                match (outcome, rental.item.map(|item| inventory::known(self.shop.read(), item))) {
                    (Ok(_), Some(Ok(item))) => self.stage(&Stock::Item(item), None),
                    (Err(stop), _) => self.say(Verdict::of(&stop)),
                    _ => {}
                }
            }
            Answer::Retry(name) => match self.shop.write(|db| crate::outbox::retry(db, crate::shop::SUBSCRIBERS, &name)) {
                Ok(()) => self.say(Verdict::fine(format!("{name} tries again"))),
                Err(stop) => self.say(Verdict::of(&stop)),
            },
            Answer::Skip(name) => self.open_form(Form::new(FormKind::Skip(name))),
            Answer::PutBack(id) => match self.shop.keep(|db| desk::forget(db, id)) {
                Ok(()) => self.say(Verdict::fine("put back; nothing of it was out")),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
        }
    }

    /// What is half typed, as one text; empty when nothing is.
    pub(super) fn typing(&self) -> String {
        let value = match &self.overlay {
            Some(Overlay::Form(form)) => {
                serde_json::json!({ "form": form.kind, "at": form.current, "fields": form.fields.iter().map(|field| field.value.value()).collect::<Vec<_>>() })
            }
            Some(Overlay::Condition(strip)) if !strip.note.value().is_empty() => {
                serde_json::json!({ "condition": strip.item, "rental": strip.rental, "title": strip.title, "choice": strip.choice, "note": strip.note.value() })
            }
            _ if self.text.value().trim().is_empty() || matches!(self.mode, BoxMode::HowMany { .. }) => return String::new(),
            _ => serde_json::json!({ "box": self.text.value(), "mode": self.mode, "in_hand": self.in_hand.id }),
        };
        value.to_string()
    }

    /// Brings back what was half typed when the program ended; while another window is open, it is that one's.
    pub(super) fn bring_back_typing(&mut self) {
        if !self.shop.store.was_alone() {
            return;
        }
        let Ok(Some(kept)) = desk::typing_kept(self.shop.read()) else { return };
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&kept) else { return };
        self.note_typing_kept(kept);
        if let Some(text) = value["box"].as_str() {
            let mode = serde_json::from_value(value["mode"].clone()).unwrap_or(BoxMode::Find);
            if self.go_where_it_was_typed(&mode, value["in_hand"].as_i64()) {
                self.mode = mode;
            }
            self.text = Input::new(text.to_owned());
        } else if let Ok(kind) = serde_json::from_value::<FormKind>(value["form"].clone()) {
            let mut form = Form::new(kind);
            for (field, text) in form.fields.iter_mut().zip(value["fields"].as_array().into_iter().flatten()) {
                field.value = Input::new(text.as_str().unwrap_or_default().to_owned());
            }
            form.current = value["at"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0).min(form.fields.len() - 1);
            self.overlay = Some(Overlay::Form(form));
        } else if let Ok(item) = serde_json::from_value::<ItemId>(value["condition"].clone()) {
            let rental = serde_json::from_value(value["rental"].clone()).ok().flatten();
            let mut strip = ConditionStrip::new(item, rental, value["title"].as_str().unwrap_or_default().to_owned());
            strip.choice = value["choice"].as_u64().and_then(|choice| usize::try_from(choice).ok()).filter(|choice| *choice < 6);
            strip.note = Input::new(value["note"].as_str().unwrap_or_default().to_owned());
            self.overlay = Some(Overlay::Condition(strip));
        } else {
            return;
        }
        self.say(Verdict::attention("what was being typed is back", "go on, or Esc"));
    }

    /// A note or a time belongs to a screen; without that screen, what was typed is only text.
    fn go_where_it_was_typed(&mut self, mode: &BoxMode, in_hand: Option<i64>) -> bool {
        match mode {
            BoxMode::Note(NoteOf::Customer(id)) => self.go(Place::Customer(*id)),
            BoxMode::Note(NoteOf::Item(id)) => self.go(Place::Item(*id)),
            BoxMode::Returned => self.go(Place::CheckIn),
            BoxMode::Note(NoteOf::CheckOut) | BoxMode::Due | BoxMode::TakeOff => match in_hand.map(|id| desk::in_hand(self.shop.read(), id)) {
                Some(Ok(Some(draft))) => {
                    self.in_hand = draft;
                    self.go(Place::CheckOut);
                }
                _ => return false,
            },
            BoxMode::Find | BoxMode::HowMany { .. } => return false,
        }
        true
    }
}

/// `4*bat` is four of `bat`.
fn counted(typed: &str) -> (Option<i64>, &str) {
    match typed.split_once('*') {
        Some((count, rest)) if !count.trim().is_empty() && count.trim().chars().all(|c| c.is_ascii_digit()) => (count.trim().parse().ok().filter(|count| *count > 0), rest.trim()),
        _ => (None, typed),
    }
}

/// The row that stands for a hit in the list under the box.
fn key_of(hit: &Hit) -> Option<RowKey> {
    match hit {
        Hit::Stock(Stock::Item(item)) => Some(RowKey::Item(item.id)),
        Hit::Stock(Stock::Bulk(bulk)) => Some(RowKey::Type(bulk.type_id)),
        Hit::Reservation(reservation) => Some(RowKey::Reservation(reservation.id)),
        Hit::Customer(customer) => Some(RowKey::Customer(customer.id)),
        Hit::Type(found) => Some(RowKey::Type(found.id)),
        Hit::Command(_) => None,
    }
}
