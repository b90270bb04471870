//! What Enter and a scan lead to: what was meant, and what the place makes of it.

use crate::booking;
use crate::desk::{self, Hit};
use crate::inventory::{self, Stock};
use crate::kernel::{ReservationNumber, Stop, Text};
use crate::tui::app::{App, BoxMode, NextEnter, NoteOf};
use crate::tui::place::{Place, PlaceKind, RowKey};
use crate::tui::verdict::Verdict;
use tui_input::Input;

impl App {
    /// Enter in the box: resolve what is typed; empty: finish, or open the selected row.
    pub(in crate::tui) fn enter(&mut self) {
        let typed = self.text.value().trim().to_owned();
        match self.mode.clone() {
            BoxMode::Find => {}
            BoxMode::Due => return self.take_due(&typed),
            BoxMode::Returned => return self.take_returned(&typed),
            BoxMode::Note(of) => {
                self.take_note(&of, &typed);
                // The reason was asked by the finish: it goes on.
                if matches!(of, NoteOf::Early)
                    && self.mode == BoxMode::Find
                    && self.overlay.is_none()
                {
                    self.finish();
                }
                return;
            }
            BoxMode::Window => return self.take_window(&typed),
            BoxMode::Dates(id) => return self.take_dates(id, &typed),
            BoxMode::Extend(id) => return self.take_extend(id, &typed),
            BoxMode::Bargain(what) => return self.take_bargain(what, &typed),
            BoxMode::Money(ask) => return self.take_money(ask, &typed),
            BoxMode::HowMany {
                type_id,
                way,
                rental,
                of,
            } => return self.take_count(type_id, way, rental, of, &typed),
            BoxMode::PaperDay { returns } => return self.take_paper_day(returns, &typed),
            BoxMode::BackOn(item) => return self.take_back_on(item, &typed),
            BoxMode::TakeOff => {
                self.clear_box();
                return self.take_off_tag(&typed);
            }
        }
        if self.place == Place::Plan {
            return self.enter_plan(&typed);
        }
        if let Place::Reports(asked) = self.place {
            return self.enter_reports(asked, &typed);
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
            Some(NextEnter::Reserve(type_id, quantity, window)) => {
                return self.begin_of(type_id, quantity, window);
            }
            Some(NextEnter::WaysOut(line)) => return self.show_ways(line),
            Some(NextEnter::Restore(backup)) => return self.restore(&backup),
            Some(NextEnter::Money(..)) | None => {} // money is asked for in a mode of its own
        }
        match self.place {
            Place::CheckOut => self.finish(),
            Place::Reserve => self.save_editing(),
            Place::CheckIn if matches!(self.selected, Some(RowKey::ToSettle(..))) => {
                self.open_selected()
            }
            Place::CheckIn => {
                let left = self.left_to_settle();
                let back = self.back.len();
                self.back.clear();
                self.go(Place::Desk);
                let words = format!("{back} back, all saved");
                self.say(match left {
                    Some(left) => Verdict::attention(
                        format!("{words} · to settle: {left}"),
                        "below, under TO SETTLE · Ctrl+Z undoes the last",
                    ),
                    None => Verdict::fine(format!("{words} · Ctrl+Z undoes the last")),
                });
            }
            _ => self.open_selected(),
        }
    }

    /// On a screen that narrows its list, Enter opens what is selected; with nothing left it offers
    /// to add.
    pub(super) fn enter_filtered(&mut self, typed: &str) {
        let no_row = matches!(self.selected, Some(RowKey::Words(_)) | None);
        if no_row
            && matches!(
                desk::scanned(self.shop.read(), typed),
                Ok(desk::Answer::One(_) | desk::Answer::Several(_))
            )
        {
            return self.resolve_typed(typed); // a whole code is never a name that nobody has
        }
        match self.selected.clone() {
            Some(RowKey::Words(_)) | None if self.place.kind() == PlaceKind::Customers => {
                self.offer_new = true;
                self.selected = None;
                self.say(Verdict::attention(
                    format!("nobody called \"{typed}\""),
                    "Enter adds a customer with that name",
                ));
            }
            None => self.say(Verdict::attention(
                format!("nothing matches \"{typed}\""),
                "Esc clears",
            )),
            Some(_) => self.open_selected(),
        }
    }

    /// Whether so many can be meant; if not, it is said.
    pub(super) fn is_quantity(&mut self, count: Option<i64>) -> bool {
        let fits = count.is_none_or(|count| (1..=COUNT_MAX).contains(&count));
        if !fits {
            self.say(Verdict::bad(
                format!("a quantity is 1 to {COUNT_MAX}"),
                "type the count before the *, for example 4*bat",
            ));
        }
        fits
    }

    pub(super) fn resolve_typed(&mut self, typed: &str) {
        // A chosen row of the list under the box counts, unless the text is an exact code by
        // itself.
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
            desk::Answer::WhoHad {
                item,
                span,
                custody,
            } => {
                self.text.reset();
                let words = self.who_had_words(&item.tag.to_string(), span, custody.as_ref());
                self.say(words);
            }
            desk::Answer::Free { found, window } => {
                self.text.reset();
                self.say_free(found.id, count.unwrap_or(1), window);
            }
            desk::Answer::Several(hits) => {
                let chosen = self.selected.clone().and_then(|key| {
                    hits.iter()
                        .find(|hit| key_of(hit).as_ref() == Some(&key))
                        .cloned()
                });
                let hit = chosen.unwrap_or_else(|| hits[0].clone());
                self.text.reset();
                self.act(hit, count);
            }
            desk::Answer::Nothing if ReservationNumber::parse(rest).is_some() => {
                self.say(Verdict::bad(
                    format!("there is no reservation {}", rest.to_uppercase()),
                    "check the number · Esc clears",
                ))
            }
            desk::Answer::Nothing if rest.contains("..") => {
                match desk::misread(self.shop.read(), &self.shop.settings, rest, now) {
                    Ok(why) => self.say(Verdict::bad(why, "for example fx6 fri..mon · Esc clears")),
                    Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
                }
            }
            desk::Answer::Nothing if self.offer_new => self.open_selected(),
            desk::Answer::Nothing => {
                self.offer_new = true;
                self.selected = None;
                self.say(Verdict::attention(
                    format!("nothing is called \"{rest}\" here"),
                    "Enter on a row below adds it · Esc clears",
                ));
            }
        }
    }

    pub(in crate::tui) fn act_on_scan(&mut self, code: &str) {
        self.of_scan(|app| app.act_on_code(code));
    }

    fn act_on_code(&mut self, code: &str) {
        if self.mode == BoxMode::TakeOff {
            self.clear_box();
            return self.take_off_tag(code);
        }
        // `3*` before the scan, or printed before the code.
        let (printed, code) = counted(code);
        let typed = self
            .text
            .value()
            .trim()
            .strip_suffix('*')
            .filter(|count| !count.trim().is_empty())
            .and_then(|count| counted(&format!("{count}*")).0);
        if typed.is_some() {
            self.text.reset();
        }
        let count = printed.or(typed);
        if !self.is_quantity(count) {
            return;
        }
        match desk::scanned(self.shop.read(), code) {
            Ok(desk::Answer::One(Hit::Reservation(found)))
                if matches!(self.place.kind(), PlaceKind::Desk | PlaceKind::CheckOut)
                    && self.may_go_out(&found) =>
            {
                self.hand_over_reservation(found.id)
            }
            Ok(desk::Answer::One(hit)) => self.act(hit, count),
            Ok(desk::Answer::Several(_)) => {
                self.text = Input::new(code.to_owned());
                self.say(Verdict::question(
                    format!("\"{}\" means more than one thing", Text::new(code)),
                    "choose below with the arrows, then Enter",
                ));
            }
            Ok(_) => {
                let shown = Text::new(code);
                self.say(Verdict::bad(
                    format!("\"{shown}\" is no tag, reservation or card here"),
                    "type it and press Enter to make an item with it",
                ));
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// What a thing that was meant leads to, by where the counter stands.
    pub(super) fn act(&mut self, hit: Hit, count: Option<i64>) {
        match (hit, self.place.kind()) {
            (Hit::Command(word), _) => self.command_card(&word),
            (hit, PlaceKind::Reserve) => self.join(hit, count),
            (
                Hit::Stock(Stock::Item(item)),
                PlaceKind::Gear | PlaceKind::Item | PlaceKind::History,
            ) => {
                self.go(Place::Item(item.id));
                self.say(Verdict::fine(format!(
                    "{} {}, nothing changed",
                    item.tag,
                    item.state().to_lowercase().replace('_', " ")
                )));
            }
            (
                Hit::Stock(Stock::Bulk(bulk)),
                PlaceKind::Gear | PlaceKind::Item | PlaceKind::History,
            ) => self.go(Place::Gear(Some(bulk.type_id))),
            (Hit::Stock(Stock::Item(item)), PlaceKind::Bench) => self.open_condition(item.id, None),
            (Hit::Stock(stock), PlaceKind::CheckIn) => self.take_back(&stock, count, None),
            (Hit::Stock(stock), PlaceKind::CheckOut) => self.stage(&stock, count),
            (Hit::Stock(stock), _) => self.obvious(&stock, count),
            (Hit::Customer(customer), PlaceKind::CheckOut) => self.give_to(customer.id),
            (Hit::Customer(customer), PlaceKind::CheckIn) => self.customer_at_check_in(customer.id),
            (Hit::Customer(customer), _) => self.open(Place::Customer(customer.id)),
            (Hit::Type(found), PlaceKind::CheckOut | PlaceKind::CheckIn) => {
                self.name_free_items(&found, count)
            }
            (Hit::Type(found), PlaceKind::Desk) if count.is_some() => {
                match inventory::bulk_of_type(self.shop.read(), found.id) {
                    Ok(Some(bulk)) => self.obvious(&Stock::Bulk(bulk), count),
                    _ => self.go(Place::Gear(Some(found.id))),
                }
            }
            (Hit::Type(found), _) => self.open(Place::Gear(Some(found.id))),
            (Hit::Reservation(reservation), PlaceKind::CheckOut) if reservation.state.claims() => {
                self.hand_over_reservation(reservation.id)
            }
            (Hit::Reservation(reservation), _) => self.open(Place::Reservation(reservation.id)),
        }
    }

    /// A scan on the Desk does the obvious thing: what is out comes back, what is in goes out.
    pub(super) fn obvious(&mut self, stock: &Stock, count: Option<i64>) {
        if let Stock::Item(item) = stock {
            if self.place == Place::Desk && self.shop.settings.value("desk_scan") == "look" {
                self.go(Place::Item(item.id));
                return self.say(Verdict::fine(format!(
                    "{} {} · F2 hands out, F3 takes back",
                    item.tag,
                    item.state().to_lowercase()
                )));
            }
            if item.out
                || (item.lifecycle != inventory::Lifecycle::InService
                    && matches!(booking::lost_rental(self.shop.read(), item.id), Ok(Some(_))))
            {
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
        if self.in_hand.count() > before
            || matches!(self.mode, BoxMode::HowMany { .. })
            || self.overlay.is_some()
        {
            let (verdict, mode, text, proposed) = (
                self.verdict.clone(),
                self.mode.clone(),
                self.text.clone(),
                self.proposed,
            );
            self.go(Place::CheckOut);
            (self.verdict, self.mode, self.text, self.proposed) = (verdict, mode, text, proposed);
        } else if fresh && self.in_hand.id.is_none() {
            self.in_hand.customer = None;
        }
    }
}

/// The most that a count before a name can be.
const COUNT_MAX: i64 = 10_000;

/// `4*bat` is four of `bat`. The count is as it was typed: 0 and more than anybody has are for
/// [`App::is_quantity`] to refuse.
pub(super) fn counted(typed: &str) -> (Option<i64>, &str) {
    match typed.split_once('*') {
        Some((count, rest)) if is_count(count) => {
            (Some(count.trim().parse().unwrap_or(i64::MAX)), rest.trim())
        }
        // As the command line writes it.
        Some((rest, count)) if is_count(count) => {
            (Some(count.trim().parse().unwrap_or(i64::MAX)), rest.trim())
        }
        _ => (None, typed),
    }
}

fn is_count(part: &str) -> bool {
    !part.trim().is_empty() && part.trim().bytes().all(|byte| byte.is_ascii_digit())
}

/// The row that stands for a hit in the list under the box.
pub(super) fn key_of(hit: &Hit) -> Option<RowKey> {
    match hit {
        Hit::Stock(Stock::Item(item)) => Some(RowKey::Item(item.id)),
        Hit::Stock(Stock::Bulk(bulk)) => Some(RowKey::Type(bulk.type_id)),
        Hit::Reservation(reservation) => Some(RowKey::Reservation(reservation.id)),
        Hit::Customer(customer) => Some(RowKey::Customer(customer.id)),
        Hit::Type(found) => Some(RowKey::Type(found.id)),
        Hit::Command(_) => None,
    }
}
