//! What Enter, a scan and every verb do at the counter. What belongs to one act has its file.

mod fulfilling;
mod hand_over;
mod plan;
mod take_back;
mod printing;
mod prompts;
mod questions;
mod reservation;
mod reserving;
mod scanning;
mod stock;
mod typing;
mod ways;

use crate::booking::{self};
use crate::desk::{self, Hit};
use crate::inventory::{self, Stock};
use crate::kernel::{ItemId, Period, RentalId, ReservationNumber, Stop, Text};
use crate::tui::app::{App, BoxMode, NextEnter};
use crate::tui::keymap::Verb;
use crate::tui::overlays::form::{Form, FormKind};
use crate::tui::overlays::palette::Palette;
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::place::{Place, PlaceKind, RowKey};
use crate::tui::verdict::Verdict;
use crate::{customers, history};
use tui_input::Input;

impl App {
    /// Enter in the box: resolve what is typed; empty: finish, or open the selected row.
    pub(in crate::tui) fn enter(&mut self) {
        let typed = self.text.value().trim().to_owned();
        match self.mode.clone() {
            BoxMode::Find => {}
            BoxMode::Due => return self.take_due(&typed),
            BoxMode::Returned => return self.take_returned(&typed),
            BoxMode::Note(of) => return self.take_note(&of, &typed),
            BoxMode::Window => return self.take_window(&typed),
            BoxMode::Dates(id) => return self.take_dates(id, &typed),
            BoxMode::Extend(id) => return self.take_extend(id, &typed),
            BoxMode::HowMany { type_id, way, rental, of } => return self.take_count(type_id, way, rental, of, &typed),
            BoxMode::BackOn(item) => return self.take_back_on(item, &typed),
            BoxMode::TakeOff => {
                self.clear_box();
                return self.take_off_tag(&typed);
            }
        }
        if self.place == Place::Plan {
            return self.enter_plan(&typed);
        }
        if typed.is_empty() {
            return self.enter_empty();
        }
        if self.place == Place::Reserve {
            return self.enter_editor(&typed);
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

    pub(super) fn enter_empty(&mut self) {
        match self.next_enter.take() {
            Some(NextEnter::Reserve(type_id, quantity, window)) => return self.begin_of(type_id, quantity, window),
            Some(NextEnter::WaysOut(line)) => return self.show_ways(line),
            None => {}
        }
        match self.place {
            Place::CheckOut => self.finish(),
            Place::Reserve => self.save_editing(),
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
    pub(super) fn enter_filtered(&mut self, typed: &str) {
        let no_row = matches!(self.selected, Some(RowKey::Words(_)) | None);
        if no_row && matches!(desk::scanned(self.shop.read(), typed), Ok(desk::Answer::One(_) | desk::Answer::Several(_))) {
            return self.resolve_typed(typed); // a whole code is never a name that nobody has
        }
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

    /// Whether so many can be meant; if not, it is said.
    pub(super) fn is_quantity(&mut self, count: Option<i64>) -> bool {
        let fits = count.is_none_or(|count| (1..=COUNT_MAX).contains(&count));
        if !fits {
            self.say(Verdict::bad(format!("a quantity is 1 to {COUNT_MAX}"), "type the count before the *, for example 4*bat"));
        }
        fits
    }

    pub(super) fn resolve_typed(&mut self, typed: &str) {
        // A chosen row of the list under the box counts, unless the text is an exact code by itself.
        let (count, rest) = counted(typed);
        if !self.is_quantity(count) {
            return;
        }
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
            desk::Answer::Free { found, window } => {
                self.text.reset();
                self.say_free(found.id, count.unwrap_or(1), window);
            }
            desk::Answer::Several(hits) => {
                let chosen = self.selected.clone().and_then(|key| hits.iter().find(|hit| key_of(hit).as_ref() == Some(&key)).cloned());
                let hit = chosen.unwrap_or_else(|| hits[0].clone());
                self.text.reset();
                self.act(hit, count);
            }
            desk::Answer::Nothing if ReservationNumber::parse(rest).is_some() => {
                self.say(Verdict::bad(format!("there is no reservation {}", rest.to_uppercase()), "check the number · Esc clears"))
            }
            desk::Answer::Nothing if rest.contains("..") => match desk::misread(self.shop.read(), &self.shop.settings, rest, now) {
                Ok(why) => self.say(Verdict::bad(why, "for example fx6 fri..mon · Esc clears")),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
            desk::Answer::Nothing if self.offer_new => self.open_selected(),
            desk::Answer::Nothing => {
                self.offer_new = true;
                self.selected = None;
                self.say(Verdict::attention(format!("nothing is called \"{rest}\" here"), "Enter on a row below adds it · Esc clears"));
            }
        }
    }

    pub(in crate::tui) fn act_on_scan(&mut self, code: &str) {
        if self.mode == BoxMode::TakeOff {
            self.clear_box();
            return self.take_off_tag(code);
        }
        // `3*` before the scan, or printed before the code.
        let (printed, code) = counted(code);
        let typed = self.text.value().trim().strip_suffix('*').filter(|count| !count.trim().is_empty()).and_then(|count| counted(&format!("{count}*")).0);
        if typed.is_some() {
            self.text.reset();
        }
        let count = printed.or(typed);
        if !self.is_quantity(count) {
            return;
        }
        match desk::scanned(self.shop.read(), code) {
            Ok(desk::Answer::One(Hit::Reservation(found))) if matches!(self.place.kind(), PlaceKind::Desk | PlaceKind::CheckOut) && self.may_go_out(&found) => {
                self.hand_over_reservation(found.id)
            }
            Ok(desk::Answer::One(hit)) => self.act(hit, count),
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
    pub(super) fn act(&mut self, hit: Hit, count: Option<i64>) {
        match (hit, self.place.kind()) {
            (Hit::Command(word), _) => self.command_card(&word),
            (hit, PlaceKind::Reserve) => self.join(hit, count),
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
            (Hit::Customer(customer), _) => self.open(Place::Customer(customer.id)),
            (Hit::Type(found), PlaceKind::CheckOut | PlaceKind::CheckIn) => self.name_free_items(&found, count),
            (Hit::Type(found), PlaceKind::Desk) if count.is_some() => match inventory::bulk_of_type(self.shop.read(), found.id) {
                Ok(Some(bulk)) => self.obvious(&Stock::Bulk(bulk), count),
                _ => self.go(Place::Gear(Some(found.id))),
            },
            (Hit::Type(found), _) => self.open(Place::Gear(Some(found.id))),
            (Hit::Reservation(reservation), PlaceKind::CheckOut) if reservation.state.claims() => self.hand_over_reservation(reservation.id),
            (Hit::Reservation(reservation), _) => self.open(Place::Reservation(reservation.id)),
        }
    }

    /// A scan on the Desk does the obvious thing: what is out comes back, what is in goes out.
    pub(super) fn obvious(&mut self, stock: &Stock, count: Option<i64>) {
        if let Stock::Item(item) = stock {
            if self.place == Place::Desk && self.shop.settings.value("desk_scan") == "look" {
                self.go(Place::Item(item.id));
                return self.say(Verdict::fine(format!("{} {} · F2 hands out, F3 takes back", item.tag, item.state().to_lowercase())));
            }
            if item.out || (item.lifecycle != inventory::Lifecycle::InService && matches!(booking::lost_rental(self.shop.read(), item.id), Ok(Some(_)))) {
                self.go(Place::CheckIn);
                return self.take_back(stock, count, None);
            }
        }
        if let Place::Reservation(id) = self.place
            && booking::reservation(self.shop.read(), id).is_ok_and(|found| found.state.claims())
        {
            self.hand_over_reservation(id);
            if self.place == Place::CheckOut {
                self.stage(stock, count);
            }
            return;
        }
        let customer = match self.place {
            Place::Customer(id) => Some(id),
            _ => None,
        };
        self.make_room_for(customer);
        let fresh = self.in_hand.things.is_empty();
        let before = self.in_hand.count();
        self.stage(stock, count);
        if self.in_hand.count() > before || matches!(self.mode, BoxMode::HowMany { .. }) || self.overlay.is_some() {
            let (verdict, mode, text, proposed) = (self.verdict.clone(), self.mode.clone(), self.text.clone(), self.proposed);
            self.go(Place::CheckOut);
            (self.verdict, self.mode, self.text, self.proposed) = (verdict, mode, text, proposed);
        } else if fresh && self.in_hand.id.is_none() {
            self.in_hand.customer = None;
        }
    }

    pub(super) fn open_selected(&mut self) {
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
            RowKey::Unsaved(id) => self.open_unsaved(id),
            RowKey::Line(line) => {
                if let Place::Reservation(id) = self.place {
                    self.edit_reservation(id, Some(line));
                }
            }
            RowKey::Consumer(name) => self.ask_about_consumer(&name),
            RowKey::Reservation(id) => self.go(Place::Reservation(id)),
            RowKey::Customer(id) if self.place == Place::CheckOut => self.give_to(id),
            RowKey::Customer(id) if self.place == Place::Reserve => self.reserve_for(id),
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
            RowKey::InHand(_) | RowKey::Words(_) | RowKey::Wanted { .. } | RowKey::Firmness => {}
        }
    }

    pub(super) fn open_entry(&mut self, seq: i64) {
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

    /// The item a condition or a note would be about.
    pub(in crate::tui) fn subject(&self) -> Option<(ItemId, Option<RentalId>)> {
        match (&self.selected, &self.place) {
            (Some(RowKey::Rental(id)), _) => booking::rental(self.shop.read(), *id).ok().flatten().and_then(|rental| rental.item.map(|item| (item, Some(rental.id)))),
            (Some(RowKey::Item(id)), _) => Some((*id, None)),
            (Some(RowKey::InHand(position)), _) => self.in_hand.things.get(*position).and_then(|thing| thing.item).map(|item| (item, None)),
            (_, Place::Item(id)) => Some((*id, None)),
            _ => None,
        }
    }

    pub(super) fn say_who_had_here(&mut self, span: Period) {
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

    pub(super) fn who_had_words(&self, tag: &str, span: Period, custody: Option<&history::Custody>) -> Verdict {
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

    pub(in crate::tui) fn is_counted(&self, code: &str) -> bool {
        matches!(desk::scanned(self.shop.read(), code), Ok(desk::Answer::One(Hit::Stock(Stock::Bulk(_)))))
    }

    /// A printed command card: a deliberate answer, also while a question is open.
    pub(in crate::tui) fn command_card(&mut self, word: &str) {
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
                self.warn_in_strip();
            }
            (word, None) if word.starts_with("COND") => {
                self.perform(Verb::Condition);
                if let (Some(Overlay::Condition(strip)), Some(digit)) = (&mut self.overlay, word.chars().next_back()) {
                    strip.choose(digit);
                }
                self.warn_in_strip();
            }
            ("OUT", None) => self.perform(Verb::Out),
            ("IN", None) => self.perform(Verb::In),
            ("UNDO", None) => self.perform(Verb::Undo),
            ("ALL", None) => self.perform(Verb::MarkAll),
            _ => self.say(Verdict::bad(format!("the card X-{word} does nothing here"), "nothing changed")),
        }
    }

    pub(in crate::tui) fn perform(&mut self, verb: Verb) {
        if self.plan_verb(verb) {
            return;
        }
        match verb {
            Verb::Enter => self.enter(),
            Verb::Back => self.step_back(),
            Verb::Up => self.move_selection(-1),
            Verb::Down => self.move_selection(1),
            Verb::Left if self.selected == Some(RowKey::Firmness) => self.change_wanted(-1),
            Verb::Right if self.selected == Some(RowKey::Firmness) => self.change_wanted(1),
            Verb::Left | Verb::Right => {}
            Verb::PageUp => self.move_selection(-self.page_length()),
            Verb::PageDown => self.move_selection(self.page_length()),
            Verb::First => self.move_selection(isize::MIN / 2),
            Verb::Last => self.move_selection(isize::MAX / 2),
            Verb::NextSection => self.move_section(true),
            Verb::PreviousSection => self.move_section(false),
            Verb::Help => self.overlay = Some(Overlay::Help { first: 0 }),
            Verb::Out => self.open_check_out(),
            Verb::In => self.open_check_in(),
            Verb::Reserve => self.open_reserve(),
            Verb::Extend => self.ask_extend(),
            Verb::MakeQuote if self.place == Place::Reserve => self.set_firmness(booking::Firmness::Quote),
            Verb::MakeQuote => self.say(Verdict::attention("nothing is being reserved here", "F4")),
            Verb::MakeHold if self.place == Place::Reserve => self.set_firmness(booking::Firmness::Hold(None)),
            Verb::MakeHold => self.firm_here(false),
            Verb::Confirm if self.place == Place::Reserve => self.set_firmness(booking::Firmness::Confirmed),
            Verb::Confirm => self.firm_here(true),
            Verb::Cancel => self.cancel_here(),
            Verb::Copy => self.copy_here(),
            Verb::Pack => self.pack_here(),
            Verb::Customers => self.open(Place::Customers),
            Verb::Gear => self.open(Place::Gear(None)),
            Verb::Bench => self.open(Place::Bench),
            Verb::Plan => self.open_plan(),
            Verb::Print => self.open_print_menu(),
            Verb::PrintAgain => self.print_again(),
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
            Verb::Increase if self.place == Place::Reserve => self.change_wanted(1),
            Verb::Decrease if self.place == Place::Reserve => self.change_wanted(-1),
            Verb::Increase => self.change_count(1),
            Verb::Decrease => self.change_count(-1),
            Verb::Condition if self.place == Place::Reserve => self.open_ways(),
            Verb::Condition if matches!((&self.place, &self.selected), (Place::Reservation(_), Some(RowKey::Line(_)))) => self.open_ways_here(),
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
            Verb::Block => self.open_block_form(),
            Verb::Unblock => self.unblock(),
            Verb::Retire => self.open_retire_form(),
            Verb::Suspend => self.suspend_or_reinstate(),
            Verb::CheckBooks => self.check_books(),
            Verb::AcceptClock => match self.shop.accept_clock() {
                Ok(()) => self.say(Verdict::fine("this time is written from now on · do it again")),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
        }
    }

    pub(super) fn open(&mut self, place: Place) {
        self.go(place);
        self.say(Verdict::ready());
    }

    /// Esc: one step, and nothing is lost.
    pub(super) fn step_back(&mut self) {
        if !self.text.value().is_empty() || self.mode != BoxMode::Find {
            self.clear_box();
            self.waiting_for_customer = None;
            self.say(Verdict::ready());
            return self.deliver_waiting();
        }
        if self.plan_clears_filter() {
            return;
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
        if self.place == Place::Reserve {
            return self.leave_editor();
        }
        if self.place == Place::CheckIn {
            self.back.clear();
        }
        self.go_back();
        self.say(Verdict::ready());
    }

    pub(super) fn open_more(&mut self) {
        let only = match self.place.kind() {
            PlaceKind::Customers | PlaceKind::Customer => vec![Verb::NewCustomer, Verb::Suspend, Verb::Note, Verb::Out, Verb::History],
            PlaceKind::Gear | PlaceKind::Item => vec![Verb::NewItem, Verb::Condition, Verb::Note, Verb::Block, Verb::Unblock, Verb::Retire, Verb::History],
            PlaceKind::Bench => vec![Verb::Condition, Verb::Dates, Verb::Block, Verb::Unblock, Verb::History],
            PlaceKind::Reservation => vec![Verb::Reserve, Verb::Dates, Verb::Extend, Verb::Confirm, Verb::MakeHold, Verb::Cancel, Verb::Copy, Verb::Pack, Verb::Note, Verb::Out],
            PlaceKind::Reserve => vec![Verb::MakeQuote, Verb::MakeHold, Verb::Confirm, Verb::Dates, Verb::Condition, Verb::Note],
            PlaceKind::Plan => vec![Verb::Today, Verb::Gear, Verb::Bench, Verb::History],
            _ => vec![Verb::History, Verb::Log, Verb::NewCustomer, Verb::NewItem, Verb::CheckBooks, Verb::ScannerTest, Verb::KeyTest],
        };
        self.overlay = Some(Overlay::Palette(Palette::new("MORE", only, Vec::new())));
    }

    /// Takes back this window's last step; what another window did is named and asked about first.
    pub(super) fn undo(&mut self) {
        let mine = desk::Whose::Mine { until: self.steps_before };
        match self.next_undo(mine) {
            Ok(Some(step)) => self.undo_step(mine, &step.words),
            Ok(None) => match self.next_undo(desk::Whose::Anyones) {
                Ok(Some(step)) => {
                    self.overlay = Some(Overlay::Ask(Ask {
                        title: "ANOTHER WINDOW'S STEP".to_owned(),
                        lines: vec![step.words.clone()],
                        choices: vec![('U', "undo it all the same".to_owned(), Answer::UndoAnyones(step.words))],
                    }));
                }
                Ok(None) => self.undo_step(desk::Whose::Anyones, ""),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    fn next_undo(&self, whose: desk::Whose) -> crate::kernel::Fallible<Option<desk::StepWords>> {
        desk::last_step(self.shop.read(), &self.shop.settings, self.shop.now(), self.shop.store.token(), whose)
    }

    /// The words name people and are made outside the command, whose result is kept for ever.
    pub(super) fn undo_step(&mut self, whose: desk::Whose, words: &str) {
        let settings = self.shop.settings.clone();
        match self.shop.write(|db| desk::undo(db, &settings, whose)) {
            Ok(_) => self.say(Verdict::fine(format!("UNDONE {words}"))),
            Err(stop) => {
                let verdict = Verdict::of(&stop);
                let step = desk::step_before_final(self.shop.read(), &self.shop.settings, self.shop.now(), self.shop.store.token(), whose).ok().flatten();
                if let Some(step) = step {
                    // Nothing older is taken back in the place of what a hand may have meant: it is asked.
                    self.overlay = Some(Overlay::Ask(Ask {
                        title: "THE LAST STEP HAS NO UNDO".to_owned(),
                        lines: vec![verdict.text.clone(), verdict.hint.clone()],
                        choices: vec![('U', format!("leave that, and undo the step before it: {}", step.words), Answer::UndoBefore(step.id, step.words))],
                    }));
                }
                self.say(verdict);
            }
        }
    }

    pub(super) fn undo_before(&mut self, step: i64, words: &str) {
        let settings = self.shop.settings.clone();
        let whose = desk::Whose::Mine { until: self.steps_before };
        match self.shop.write(|db| desk::undo_before_final(db, &settings, whose, step)) {
            Ok(_) => self.say(Verdict::fine(format!("UNDONE {words}"))),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    pub(super) fn last_customer(&mut self) {
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

    pub(super) fn take_off_selected(&mut self) {
        match (&self.place, self.selected.clone()) {
            (Place::CheckOut, Some(RowKey::InHand(position))) => self.take_off(position),
            (Place::CheckOut, _) => {
                self.mode = BoxMode::TakeOff;
                self.text.reset();
            }
            (Place::CheckIn, Some(RowKey::Rental(id))) => {
                let settings = self.shop.settings.clone();
                let words =
                    booking::rental(self.shop.read(), id).ok().flatten().and_then(|rental| desk::rental_rows(self.shop.read(), &[rental]).ok()).and_then(|mut rows| rows.pop());
                let words = words.map(|row| format!("back {} ({})", row.tag, row.customer)).unwrap_or_default();
                match self.shop.write(|db| desk::undo_return(db, &settings, id)) {
                    Ok(_) => self.say(Verdict::fine(format!("UNDONE {words}"))),
                    Err(stop) => self.say(Verdict::of(&stop)),
                }
            }
            (Place::Reserve, _) => self.drop_line(),
            (Place::Reservation(id), _) => {
                let id = *id;
                self.ask_cancel(id);
            }
            (Place::Desk, Some(RowKey::Unsaved(id))) => {
                self.overlay = Some(Overlay::Ask(Ask {
                    title: "GIVE UP THIS RESERVATION".to_owned(),
                    lines: vec!["it was not saved; nothing of it is promised".to_owned()],
                    choices: vec![('G', "give it up, with everything that was typed".to_owned(), Answer::GiveUp(id))],
                }));
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

    pub(super) fn check_books(&mut self) {
        match self.shop.check() {
            Ok(problems) if problems.is_empty() => self.say(Verdict::fine("the books are whole")),
            Ok(problems) => self.say(Verdict::bad(format!("{}: {}", problems[0].invariant, problems[0].message), format!("{} in all: rentdesk check lists them", problems.len()))),
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }
}

/// The most that a count before a name can be.
const COUNT_MAX: i64 = 10_000;

/// `4*bat` is four of `bat`. The count is as it was typed: 0 and more than anybody has are for [`App::is_quantity`] to refuse.
fn counted(typed: &str) -> (Option<i64>, &str) {
    match typed.split_once('*') {
        Some((count, rest)) if !count.trim().is_empty() && count.trim().chars().all(|c| c.is_ascii_digit()) => (Some(count.trim().parse().unwrap_or(i64::MAX)), rest.trim()),
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

fn scans(count: usize) -> String {
    format!("{count} scan{}", if count == 1 { "" } else { "s" })
}
