//! Keys while something lies over the screen, and what its answer does: conditions, forms,
//! questions, the palette.

use crate::booking::{self, BookingRefusal};
use crate::customers::{self, CustomerRefusal};
use crate::desk::{self, Final, Judgement};
use crate::inventory::{self, Stock};
use crate::kernel::{Failure, Fallible, ItemId, RentalId, ReservationNumber, Stop, Text};
use crate::tui::app::{App, BoxMode, edit_of};
use crate::tui::keymap::binding;
use crate::tui::overlays::condition::ConditionStrip;
use crate::tui::overlays::form::{Form, FormKind};
use crate::tui::overlays::palette::Palette;
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::place::{Place, PlaceKind};
use crate::tui::verdict::{Severity, Verdict};
use crossterm::event::{KeyCode, KeyEvent};

impl App {
    pub(super) fn open_form(&mut self, form: Form) {
        self.text.reset();
        self.offer_new = false;
        self.overlay = Some(Overlay::Form(form));
        self.say(Verdict::ready());
    }

    pub(super) fn ask_about_consumer(&mut self, name: &str) {
        let error = self
            .shop
            .consumers()
            .ok()
            .and_then(|all| all.into_iter().find(|consumer| consumer.name == name))
            .and_then(|consumer| consumer.failure);
        let Some(failure) = error else { return };
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("{name} STOPPED BEFORE EVENT {}", failure.seq),
            lines: vec![
                failure.last_error.to_string(),
                "nothing is lost: it goes on from there".to_owned(),
            ],
            choices: vec![
                (
                    'R',
                    "try again now".to_owned(),
                    Answer::Retry(name.to_owned()),
                ),
                (
                    'S',
                    "skip this event, with a reason".to_owned(),
                    Answer::Skip(name.to_owned()),
                ),
            ],
        }));
    }

    pub(super) fn open_condition(&mut self, item: ItemId, rental: Option<RentalId>) {
        let title = || -> Fallible<String> {
            let card = desk::item_card(self.shop.read(), item, self.shop.now())?;
            let mut title = format!("CONDITION  {} {}", card.item.tag, card.found.details.name);
            if let Some(rental) = rental
                .map(|id| booking::rental(self.shop.read(), id))
                .transpose()?
                .flatten()
            {
                let left = rental
                    .condition_out
                    .map_or("", |condition| condition.shown());
                let row = desk::rental_rows(self.shop.read(), &[rental])?.remove(0);
                title.push_str(&format!(
                    " · {} {} · it left: {left}",
                    row.number, row.customer
                ));
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

    pub(super) fn judge(&mut self, item: ItemId, rental: Option<RentalId>, judgement: Judgement) {
        match self.watched(item, |db| {
            super::stock::judged(db, item, rental, &judgement)
        }) {
            Ok(consequence) => {
                let tag = inventory::known(self.shop.read(), item)
                    .map(|item| item.tag.to_string())
                    .unwrap_or_default();
                let job = inventory::open_job(self.shop.read(), item)
                    .ok()
                    .flatten()
                    .map(|job| format!(" · bench job {}", job.number))
                    .unwrap_or_default();
                let words = match &judgement {
                    Judgement::Good => "good again".to_owned(),
                    Judgement::GoodButNote(note) => format!("good, note \"{note}\""),
                    Judgement::Unusable(note) => format!("UNUSABLE, \"{note}\""),
                    Judgement::UnderMaintenance(note, _) => {
                        format!("UNDER MAINTENANCE, \"{note}\"")
                    }
                    Judgement::PartMissing(parts) => format!("part missing: {parts}"),
                    Judgement::Lost(_) => "counts as LOST".to_owned(),
                };
                self.overlay = None;
                self.last_judgement = Some(judgement);
                self.in_hand.things.retain(|thing| {
                    thing.item != Some(item)
                        || inventory::known(self.shop.read(), item)
                            .is_ok_and(|item| item.can_leave())
                });
                if self.in_hand.id.is_some() {
                    self.keep_in_hand();
                }
                let verdict = Verdict::fine(format!("{tag} {words}{job}"));
                let told = self.with_consequence(item, verdict, &consequence);
                self.say(if told.hint.is_empty() {
                    Verdict {
                        text: format!("{} · Ctrl+Z", told.text),
                        ..told
                    }
                } else {
                    told
                });
                self.deliver_waiting();
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    pub(super) fn suspend_or_reinstate(&mut self) {
        let Place::Customer(id) = self.place else {
            return self.say(Verdict::attention("open a customer first", "F6"));
        };
        let customer = match customers::known(self.shop.read(), id) {
            Ok(customer) => customer,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        if customer.suspended_reason.is_none() {
            return self.open_form(Form::new(FormKind::Suspend(id)));
        }
        match self.shop.write(|db| {
            customers::reinstate(db, id)?;
            Ok::<(), Failure<CustomerRefusal>>(desk::remember_final(db, Final::Reinstated(id))?)
        }) {
            Ok(()) => self.say(Verdict::fine(format!(
                "{} may rent again",
                customer.profile.name
            ))),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// A key while something is open over the screen.
    pub(in crate::tui) fn overlay_key(&mut self, key: KeyEvent) {
        let Some(overlay) = self.overlay.take() else {
            return;
        };
        if key.code == KeyCode::Esc {
            if let Overlay::HandOver(strip) = &overlay {
                self.keep_finish(strip);
            }
            if let Overlay::Settle(strip) = &overlay {
                self.keep_settling(strip);
            }
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
                self.overlay = Some(Overlay::Help {
                    first: first.min(crate::tui::keymap::BINDINGS.len()),
                });
            }
            Overlay::Told {
                title,
                lines,
                first,
            } => {
                let last = lines.len().saturating_sub(1);
                let first = match key.code {
                    KeyCode::Up => first.saturating_sub(1),
                    KeyCode::Down => first + 1,
                    KeyCode::PageUp => first.saturating_sub(10),
                    KeyCode::PageDown => first + 10,
                    KeyCode::Enter => return,
                    _ => first,
                };
                self.overlay = Some(Overlay::Told {
                    title,
                    lines,
                    first: first.min(last),
                });
            }
            Overlay::Palette(palette) => self.palette_key(palette, key),
            Overlay::Condition(strip) => self.condition_key(strip, key),
            Overlay::HandOver(strip) => self.hand_over_key(*strip, key),
            Overlay::Settle(strip) => self.settle_key(*strip, key),
            Overlay::Ask(ask) => match key.code {
                KeyCode::Char(letter) => match ask
                    .choices
                    .iter()
                    .find(|(known, ..)| known.eq_ignore_ascii_case(&letter))
                {
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
            Overlay::Print(menu) => self.print_key(menu, key),
        }
    }

    pub(super) fn palette_key(&mut self, mut palette: Palette, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => match palette.verb() {
                Some(verb) => {
                    let words = palette.words().map(str::to_owned);
                    if let Some(why) = palette.why_not(verb) {
                        let name = binding(verb).map_or("", |binding| binding.short);
                        let words = format!("{name}: {why}");
                        return self.say(Verdict::attention(words, "Esc"));
                    }
                    self.clear_box();
                    self.perform(verb);
                    if let (Some(words), BoxMode::Money(_) | BoxMode::Bargain(_)) =
                        (words, &self.mode)
                    {
                        self.text = tui_input::Input::new(words);
                        self.enter(); // asks, with the amount in sight
                    }
                }
                None => {
                    let typed = Text::new(palette.input.value());
                    self.say(Verdict::bad(
                        format!("there is no command \"{typed}\""),
                        ": lists them",
                    ));
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
            KeyCode::Char(character)
                if !key
                    .modifiers
                    .contains(crossterm::event::KeyModifiers::CONTROL) =>
            {
                palette
                    .input
                    .handle(tui_input::InputRequest::InsertChar(character));
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

    pub(super) fn condition_key(&mut self, mut strip: ConditionStrip, key: KeyEvent) {
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
                self.warn_in_strip();
            }
            KeyCode::Up | KeyCode::Down => {
                let now = strip.choice.unwrap_or(0);
                strip.choice = Some(if key.code == KeyCode::Up {
                    now.saturating_sub(1)
                } else {
                    (now + usize::from(strip.choice.is_some())).min(5)
                });
                self.overlay = Some(Overlay::Condition(strip));
                self.warn_in_strip();
            }
            KeyCode::Char(character)
                if !key
                    .modifiers
                    .contains(crossterm::event::KeyModifiers::CONTROL) =>
            {
                strip
                    .note
                    .handle(tui_input::InputRequest::InsertChar(character));
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

    pub(super) fn form_key(&mut self, mut form: Form, key: KeyEvent) {
        match key.code {
            KeyCode::Enter => return self.save_form(form),
            KeyCode::Tab | KeyCode::Down => form.step(true),
            KeyCode::BackTab | KeyCode::Up => form.step(false),
            KeyCode::Char(character)
                if !key
                    .modifiers
                    .contains(crossterm::event::KeyModifiers::CONTROL) =>
            {
                form.field()
                    .value
                    .handle(tui_input::InputRequest::InsertChar(character));
            }
            _ => {
                if let Some(edit) = edit_of(&key) {
                    form.field().value.handle(edit);
                }
            }
        }
        self.overlay = Some(Overlay::Form(form));
    }

    pub(super) fn save_form(&mut self, mut form: Form) {
        let foreseen = match form.kind {
            FormKind::Block(item) => Some(self.save_block(&mut form, item)),
            FormKind::Count(id) => Some(self.save_count(&mut form, id)),
            _ => None,
        };
        if let Some(foreseen) = foreseen {
            return match foreseen {
                Ok(Some(verdict)) => {
                    self.overlay = None;
                    self.say(verdict);
                    self.deliver_waiting();
                }
                Ok(None) => {
                    self.overlay = Some(Overlay::Form(form));
                    self.say(Verdict::question(
                        "this makes somebody short",
                        "Enter saves it all the same · Esc leaves it",
                    ));
                }
                Err(stop) => {
                    self.overlay = Some(Overlay::Form(form));
                    self.say(Verdict::of(&stop));
                }
            };
        }
        let outcome = match &form.kind {
            FormKind::Block(_) | FormKind::Count(_) => return,
            FormKind::Withdraw(id) => {
                let (id, reason) = (*id, Text::new(form.value("reason")));
                self.save_withdrawal(id, &reason)
            }
            FormKind::Retire(item) => {
                let (item, reason) = (*item, Text::new(form.value("reason")));
                self.save_retire(item, &reason)
            }
            FormKind::NewCustomer => self.add_customer(&form),
            FormKind::NewItem => self.add_item(&form),
            FormKind::Suspend(id) => {
                let (id, reason) = (*id, Text::new(form.value("reason")));
                let done = self.shop.write(|db| {
                    customers::suspend(db, id, &reason)?;
                    Ok::<(), Failure<CustomerRefusal>>(desk::remember_final(
                        db,
                        Final::Suspended(id),
                    )?)
                });
                done.map(|()| {
                    Verdict::fine("suspended: no gear goes out to them; everything can come back")
                })
            }
            FormKind::Skip(name) => {
                let (name, reason) = (name.clone(), Text::new(form.value("reason")));
                self.shop
                    .write(|db| crate::outbox::skip(db, crate::shop::SUBSCRIBERS, &name, &reason))
                    .map(|seq| Verdict::fine(format!("event {seq} skipped; the reason is kept")))
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

    pub(super) fn add_customer(&mut self, form: &Form) -> Result<Verdict, Stop> {
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
        let id = self
            .shop
            .write(|db| customers::register(db, &profile, rules))?;
        let number = customers::known(self.shop.read(), id)?.number;
        if self.place == Place::CheckOut {
            self.give_to(id);
        } else if self.place == Place::Reserve {
            self.reserve_for(id);
        } else {
            self.go(Place::Customer(id));
        }
        Ok(Verdict::fine(format!("{number} {} added", profile.name)))
    }

    pub(super) fn add_item(&mut self, form: &Form) -> Result<Verdict, Stop> {
        let tag = match form.value("tag").trim() {
            "" => None,
            typed => Some(
                crate::kernel::AssetTag::parse(typed)
                    .ok_or_else(|| inventory::InventoryRefusal::TagForm(Text::new(typed)))?,
            ),
        };
        let name = Text::new(form.value("type"));
        let category = Text::filled(form.value("category")).unwrap_or_else(|| Text::new("General"));
        let (serial, location) = (
            Text::filled(form.value("serial")),
            Text::filled(form.value("shelf")),
        );
        let id = self.shop.write(|db| {
            let known = crate::catalog::types_named(db.read(), name.as_str())?
                .into_iter()
                .find(|found| !found.withdrawn);
            let type_id = match known {
                Some(found) => found.id,
                None => {
                    let category = crate::catalog::category_at_path(db, category.as_str())
                        .map_err(|failure| failure.map(BookingRefusal::Catalogue))?;
                    let new = crate::catalog::NewType::named(
                        category,
                        name.clone(),
                        crate::catalog::Tracking::Items,
                    );
                    crate::catalog::add_type(db, &new)
                        .map_err(|failure| failure.map(BookingRefusal::Catalogue))?
                }
            };
            let new = inventory::NewItem {
                serial: serial.clone(),
                location: location.clone(),
                ..inventory::NewItem::good(type_id, tag.clone())
            };
            inventory::add_item(db, &new).map_err(|failure| failure.map(BookingRefusal::Stock))
        })?;
        let item = inventory::known(self.shop.read(), id)?;
        let number_like = ReservationNumber::parse(&item.tag.code()).is_some();
        if self.place.kind() == PlaceKind::Gear {
            self.go(Place::Gear(Some(item.type_id)));
        }
        let words = format!("{} {name} added", item.tag);
        Ok(if number_like {
            Verdict::attention(
                words,
                "its tag reads like a reservation number: consider another",
            )
        } else {
            Verdict::fine(words)
        })
    }

    pub(super) fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::OpenReservation(id) => self.open(Place::Reservation(id)),
            Answer::TakeBackAndAdd(id) => {
                let Ok(Some(rental)) = booking::rental(self.shop.read(), id) else {
                    return;
                };
                let settings = self.shop.settings.clone();
                let outcome = self.shop.write(|db| {
                    desk::take_back(db, &settings, &booking::CheckIn::plain(rental.id))
                });
                match (
                    outcome,
                    rental
                        .item
                        .map(|item| inventory::known(self.shop.read(), item)),
                ) {
                    (Ok(_), Some(Ok(item))) => {
                        let from =
                            desk::rental_rows(self.shop.read(), std::slice::from_ref(&rental))
                                .ok()
                                .and_then(|mut rows| rows.pop())
                                .map(|row| format!("{} {}", row.number, row.customer))
                                .unwrap_or_default();
                        self.answer_of_scan(|app| app.stage(&Stock::Item(item), None));
                        if self.verdict.severity <= Severity::Attention {
                            let words = format!("{} · taken back from {from}", self.verdict.text);
                            self.say_over(Verdict {
                                text: words,
                                ..self.verdict.clone()
                            });
                        }
                    }
                    (Err(stop), _) => self.say(Verdict::of(&stop)),
                    _ => {}
                }
            }
            Answer::Retry(name) => match self
                .shop
                .write(|db| crate::outbox::retry(db, crate::shop::SUBSCRIBERS, &name))
            {
                Ok(()) => self.say(Verdict::fine(format!("{name} tries again"))),
                Err(stop) => self.say(Verdict::of(&stop)),
            },
            Answer::Skip(name) => self.open_form(Form::new(FormKind::Skip(name))),
            Answer::UndoBefore(step) => self.undo_before(&step),
            Answer::Undo(whose, step) => self.undo_step(whose, &step),
            Answer::Way(line, way) => self.take_way(line, way),
            Answer::Take(taking) => self.take_answered(taking),
            Answer::HandOverAnyway => self.hand_over_anyway(),
            Answer::HandOverAside(tag) => self.hand_over_aside(&tag),
            Answer::Cancel(id, reason) => self.cancel_reservation(id, reason),
            Answer::ExtendAnyway(id, due) => self.extend_to(id, due, true),
            Answer::MoveAnyway(id, window) => self.move_to(id, window, true),
            Answer::GiveUp(id) => self.give_up(id),
            Answer::PutBack(id) => match self.put_back(id) {
                Ok(true) => self.say(Verdict::fine("put back; nothing of it was out")),
                Ok(false) => self.say(Verdict::attention(
                    "another window goes on with that check-out",
                    "nothing changed",
                )),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
        }
    }
}
