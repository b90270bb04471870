//! Writing a reservation: what joins it, when, how firm, and the save.

use super::entering::{counted, key_of};
use crate::booking::{self, Firmness, Want};
use crate::desk::{self, Hit, ReservationDraft};
use crate::inventory::Stock;
use crate::kernel::{CustomerId, LineId, Moment, Period, ReservationId, Stop, TypeId, when};
use crate::shop::fresh_command;
use crate::tui::app::{App, BoxMode, NextEnter};
use crate::tui::place::{Place, RowKey};
use crate::tui::screens;
use crate::tui::verdict::Verdict;

impl App {
    /// F4: of what is marked or selected; on a reservation: that one; else what was begun, or a new
    /// one.
    pub(super) fn open_reserve(&mut self) {
        match self.place {
            Place::Reserve => {
                return self.say(Verdict::attention(
                    "this reservation is not saved yet",
                    "Enter saves · Esc leaves it on the Desk",
                ));
            }
            Place::Reservation(id) => return self.edit_reservation(id, None),
            _ => {}
        }
        let searched = !self.text.value().trim().is_empty();
        let mut chosen: Vec<RowKey> = self
            .marked
            .iter()
            .filter(|key| matches!(key, RowKey::Type(_) | RowKey::Item(_)))
            .cloned()
            .collect();
        chosen.sort_by_key(|key| self.page().keys().iter().position(|known| known == key));
        match (&self.place, self.selected.clone()) {
            (Place::Item(id), _) => chosen.push(RowKey::Item(*id)),
            (Place::Gear(_), Some(key)) if chosen.is_empty() => chosen.push(key),
            (Place::Customers, Some(key)) => chosen.push(key),
            (Place::Customer(id), _) => chosen.push(RowKey::Customer(*id)),
            (_, Some(key)) if searched => chosen.push(key),
            _ => {}
        }
        let mut draft = ReservationDraft::new(self.usual_window());
        if let Some((types, day)) = self.plan_wanted().filter(|_| self.place == Place::Plan) {
            let zone = &self.shop.settings.zone;
            let move_by = day - zone.day(draft.window.start);
            let moved = |moment: Moment| zone.moment_or_later(zone.local(moment) + move_by);
            if day > zone.day(self.shop.now()) {
                draft.window = Period {
                    start: moved(draft.window.start),
                    end: moved(draft.window.end),
                };
            }
            chosen = types.into_iter().map(RowKey::Type).collect();
        }
        for key in &chosen {
            match key {
                RowKey::Customer(id) => draft.customer = Some(*id),
                RowKey::Type(id) => {
                    draft.add(Want::of(*id, 1));
                }
                RowKey::Item(id) => {
                    if let Ok(item) = crate::inventory::known(self.shop.read(), *id) {
                        draft.add(Want::item(item.type_id, item.id));
                    }
                }
                _ => {}
            }
        }
        let blank = draft.customer.is_none() && draft.lines.is_empty();
        let parked = self
            .editing
            .as_ref()
            .and_then(|parked| parked.id)
            .filter(|_| blank);
        match parked.map(|id| desk::reservation_draft(self.shop.read(), id)) {
            Some(Ok(Some(parked))) => {
                self.begin(parked, Verdict::fine("as it was left · Enter saves"))
            }
            _ => self.begin(
                draft,
                Verdict::question(
                    "who, when and what?",
                    "type a name, Ctrl+D sets the dates, Enter saves",
                ),
            ),
        }
    }

    /// Tomorrow morning, for as long as gear usually stays out.
    pub(super) fn usual_window(&self) -> Period {
        desk::usual_window(&self.shop.settings, self.shop.now())
    }

    pub(super) fn begin(&mut self, draft: ReservationDraft, verdict: Verdict) {
        self.text.reset();
        self.editing = Some(draft);
        self.go(Place::Reserve);
        self.selected = None;
        self.say(verdict);
    }

    pub(super) fn begin_of(&mut self, type_id: TypeId, quantity: i64, window: Period) {
        let mut draft = ReservationDraft::new(window);
        draft.add(Want::of(type_id, quantity));
        self.begin(
            draft,
            Verdict::question("who is it for?", "type a name or scan a card"),
        );
    }

    /// `fx6 fri..mon`: the answer in one line; Enter makes a reservation of it.
    pub(super) fn say_free(&mut self, type_id: TypeId, quantity: i64, window: Period) {
        let (settings, now) = (&self.shop.settings, self.shop.now());
        let answer = match booking::availability(
            self.shop.read(),
            settings,
            type_id,
            quantity,
            window,
            None,
            now,
        ) {
            Ok(answer) => answer,
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        };
        let show = |moment: Moment| settings.zone.show(moment, now);
        let mut words = format!(
            "{} {} to {}: {} of {} free",
            self.type_name(type_id),
            show(window.start),
            show(window.end),
            answer.remaining,
            answer.total
        );
        let fits = answer.is_available();
        match booking::counted_on(self.shop.read(), settings, type_id, window, now) {
            Ok(counted) => {
                words.extend(counted.map(|counted| format!(" · {}", counted.words(settings, now))))
            }
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        }
        match answer
            .blockers
            .first()
            .filter(|_| !fits)
            .map(|blocker| booking::blocker_words(self.shop.read(), settings, blocker, now))
        {
            Some(Ok(who)) => words.push_str(&format!(" · {who}")),
            Some(Err(fault)) => return self.say(Verdict::of(&Stop::Fault(fault))),
            None => {}
        }
        words.extend(
            answer
                .next_window
                .map(|next| format!(" · fits {} to {}", show(next.start), show(next.end))),
        );
        words.extend(
            answer
                .instead
                .iter()
                .take(2)
                .map(|(_, name, free)| format!(" · {name}: {free} free")),
        );
        self.say(if fits {
            Verdict {
                hint: "Enter reserves it".to_owned(),
                ..Verdict::fine(words)
            }
        } else {
            Verdict::attention(words, "Enter reserves it all the same")
        });
        self.next_enter = Some(NextEnter::Reserve(type_id, quantity, window));
    }

    pub(super) fn edit_reservation(&mut self, id: ReservationId, line: Option<LineId>) {
        let begun = self.begun_change(id);
        match begun.map_or_else(|| desk::draft_of(self.shop.read(), id), Ok) {
            Ok(draft) => {
                let place = line.and_then(|line| {
                    draft
                        .lines
                        .iter()
                        .position(|known| known.line == Some(line))
                });
                self.begin(
                    draft,
                    Verdict::fine("what is changed counts when it is saved · Enter saves"),
                );
                self.selected = place.map(|line| RowKey::Wanted { line, part: 0 });
            }
            Err(failure) => self.say(Verdict::of(&failure.into())),
        }
    }

    /// A change of it that was begun and not saved, if nobody changed it otherwise since.
    fn begun_change(&self, id: ReservationId) -> Option<ReservationDraft> {
        let version = booking::reservation(self.shop.read(), id).ok()?.version;
        let drafts = desk::reservation_drafts(self.shop.read()).ok()?;
        drafts.into_iter().find(|draft| {
            draft
                .of
                .as_ref()
                .is_some_and(|of| of.reservation == id && of.version == version)
        })
    }

    pub(super) fn open_unsaved(&mut self, id: i64) {
        match desk::reservation_draft(self.shop.read(), id) {
            Ok(Some(draft)) => self.begin(draft, Verdict::fine("as it was left · Enter saves")),
            Ok(None) => self.say(Verdict::attention(
                "that reservation was saved elsewhere",
                "nothing to do",
            )),
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// Something of it changes: written down at once, so that nothing is lost.
    pub(super) fn edit(&mut self, act: impl FnOnce(&mut ReservationDraft)) {
        let now = self.shop.now();
        let Some(draft) = &mut self.editing else {
            return;
        };
        act(draft);
        draft.touched = true;
        draft.since.get_or_insert(now);
        if self.shop.store.is_rehearsing() || self.shop.store.reading_only().is_some() {
            return;
        }
        let draft = draft.clone();
        match self.shop.keep(|db| desk::keep_reservation(db, &draft)) {
            Ok(Some((id, version))) => {
                if let Some(draft) = &mut self.editing {
                    (draft.id, draft.version) = (Some(id), version);
                }
            }
            Ok(None) => {
                self.editing = None;
                self.go(Place::Desk);
                self.say(Verdict::bad("another window went on with this reservation, or saved it · the last change was not taken", "what is not saved stands on the Desk"));
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// Esc: what was typed waits; what nobody touched is gone.
    pub(super) fn leave_editor(&mut self) {
        let touched = self.editing.as_ref().is_some_and(|draft| draft.touched);
        if !touched {
            self.editing = None;
        }
        self.go_back();
        self.before.retain(|place| *place != Place::Reserve);
        self.say(if touched {
            Verdict::attention("not saved: it waits on the Desk", "F4 goes on")
        } else {
            Verdict::ready()
        });
    }

    pub(super) fn give_up(&mut self, id: i64) {
        let version = match desk::reservation_draft(self.shop.read(), id) {
            Ok(draft) => draft.map_or(0, |draft| draft.version),
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        };
        match self
            .shop
            .keep(|db| desk::forget_reservation(db, id, version))
        {
            Ok(_) => {
                if self
                    .editing
                    .as_ref()
                    .is_some_and(|draft| draft.id == Some(id))
                {
                    self.editing = None;
                }
                self.say(Verdict::fine("given up; nothing of it was promised"));
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// Enter with a name in the box: the chosen hit joins.
    pub(super) fn enter_editor(&mut self, typed: &str) {
        let (count, rest) = counted(typed);
        if !self.is_quantity(count) {
            return;
        }
        let has_customer = self
            .editing
            .as_ref()
            .is_some_and(|draft| draft.customer.is_some());
        let hits = match screens::editor_hits(&self.shop, rest, has_customer) {
            Ok(hits) => hits,
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        };
        let chosen = self.selected.clone().and_then(|key| {
            hits.iter()
                .find(|hit| key_of(hit).as_ref() == Some(&key))
                .cloned()
        });
        match chosen.or_else(|| hits.first().cloned()) {
            Some(hit) => {
                self.clear_box();
                self.join(hit, count);
            }
            None if matches!(
                when::halves(rest, self.shop.now(), &self.shop.settings.zone),
                Ok(Some(_))
            ) =>
            {
                self.mode = BoxMode::Window;
                self.take_window(rest);
            }
            None if self.offer_new => self.open_selected(),
            None => {
                self.offer_new = true;
                self.selected = None;
                self.say(Verdict::attention(
                    format!("nothing is called \"{rest}\" here"),
                    "Enter on a row below adds it · Esc clears",
                ));
            }
        }
    }

    /// What was named or scanned joins the reservation: a tag names that very item.
    pub(super) fn join(&mut self, hit: Hit, count: Option<i64>) {
        let (want, name) = match hit {
            Hit::Type(found) => (
                Want::of(found.id, count.unwrap_or(1)),
                found.details.name.to_string(),
            ),
            Hit::Stock(Stock::Bulk(bulk)) => (
                Want::of(bulk.type_id, count.unwrap_or(1)),
                self.type_name(bulk.type_id),
            ),
            Hit::Stock(Stock::Item(item)) => (
                Want::item(item.type_id, item.id),
                format!(
                    "{} {}, exactly this one",
                    item.tag,
                    self.type_name(item.type_id)
                ),
            ),
            Hit::Customer(customer) => return self.reserve_for(customer.id),
            Hit::Reservation(reservation) => return self.open(Place::Reservation(reservation.id)),
            Hit::Command(word) => return self.command_card(&word),
        };
        let mut place = None;
        self.edit(|draft| place = draft.add(want));
        match place {
            None if self.place == Place::Reserve => {
                self.say(Verdict::fine(format!("{name} is on it already")))
            }
            None => {}
            Some(line) => self.say_line(line, &name),
        }
    }

    pub(super) fn reserve_for(&mut self, id: CustomerId) {
        self.edit(|draft| draft.customer = Some(id));
        let Ok(customer) = crate::customers::known(self.shop.read(), id) else {
            return;
        };
        let name = &customer.profile.name;
        match (&customer.suspended_reason, &customer.profile.note) {
            (Some(reason), _) => self.say(Verdict::attention(
                format!("{name} is SUSPENDED: {reason}"),
                "nothing can be saved for them; :suspend on the customer reinstates",
            )),
            (None, Some(note)) => self.say(Verdict::attention(
                format!("{name} · {note}"),
                "Enter saves",
            )),
            (None, None) => self.say(Verdict::fine(format!("for {name}"))),
        }
    }

    /// What a line is, and whether it can be had.
    pub(super) fn say_line(&mut self, line: usize, name: &str) {
        self.selected = Some(RowKey::Wanted { line, part: 0 });
        let Some(draft) = &self.editing else { return };
        let quantity = draft.lines[line].want.quantity;
        match desk::weigh(
            self.shop.read(),
            &self.shop.settings,
            draft,
            self.shop.now(),
        ) {
            Ok(weighed) => {
                let number = draft.number_of(line, &weighed);
                let verdict = match weighed.short_of(line).next() {
                    Some(short) => Verdict::attention(
                        format!(
                            "line {number} is short {}: {} of {} {} free",
                            short.wanted - short.free,
                            short.free,
                            short.wanted,
                            short.type_name
                        ),
                        "! shows the ways out",
                    ),
                    None => Verdict::fine(format!("line {number}: {quantity} x {name}")),
                };
                self.say(verdict);
            }
            Err(failure) => self.say(Verdict::of(&failure.into())),
        }
    }

    /// The line of the selected row, or the only one.
    pub(super) fn chosen_line(&self) -> Option<usize> {
        match &self.selected {
            Some(RowKey::Wanted { line, .. }) => Some(*line),
            _ => None,
        }
    }

    /// + and -: of a line its quantity, of the state how firm it is.
    pub(super) fn change_wanted(&mut self, by: i64) {
        if self.selected == Some(RowKey::Firmness) {
            return self.turn_firmness(by);
        }
        let Some(line) = self.chosen_line() else {
            return self.say(Verdict::attention(
                "no line is selected",
                "choose a row with the arrows",
            ));
        };
        let Some(known) = self
            .editing
            .as_ref()
            .and_then(|draft| draft.lines.get(line))
        else {
            return;
        };
        if known.want.pin.is_some() && by > 0 {
            return self.say(Verdict::attention(
                "this line is one item with its own tag",
                "type the type's name for more",
            ));
        }
        if known.want.quantity + by < 1 {
            return self.drop_line();
        }
        let name = self.type_name(known.want.type_id);
        self.edit(|draft| {
            draft.lines[line].want.quantity += by;
            draft.lines[line].keep_short = false;
        });
        self.say_line(line, &name);
    }

    pub(super) fn drop_line(&mut self) {
        let Some(line) = self.chosen_line() else {
            return self.say(Verdict::attention(
                "no line is selected",
                "choose a row with the arrows",
            ));
        };
        let Some(known) = self
            .editing
            .as_ref()
            .and_then(|draft| draft.lines.get(line))
        else {
            return;
        };
        let (name, quantity) = (self.type_name(known.want.type_id), known.want.quantity);
        self.edit(|draft| {
            if draft.lines[line].line.is_some() {
                draft.lines[line].dropped = true;
            } else {
                draft.lines.remove(line);
            }
        });
        self.selected = None;
        self.say(Verdict::fine(format!(
            "{quantity} x {name} dropped · type it again to add it"
        )));
    }

    fn turn_firmness(&mut self, by: i64) {
        let Some(draft) = &self.editing else { return };
        let order = [Firmness::Quote, Firmness::Hold(None), Firmness::Confirmed];
        let rank = |firmness: Firmness| {
            order
                .iter()
                .position(|known| {
                    std::mem::discriminant(known) == std::mem::discriminant(&firmness)
                })
                .unwrap_or(0)
        };
        let least = draft.of.as_ref().map_or(0, |of| rank(of.firmness));
        let next = (rank(draft.firmness).saturating_add_signed(isize::try_from(by).unwrap_or(0)))
            .clamp(least, order.len() - 1);
        self.set_firmness(order[next]);
        self.selected = Some(RowKey::Firmness);
    }

    pub(super) fn set_firmness(&mut self, firmness: Firmness) {
        let Some(draft) = &self.editing else { return };
        let allowed = match (draft.of.as_ref().map(|of| of.firmness), firmness) {
            (Some(Firmness::Confirmed), Firmness::Quote | Firmness::Hold(_))
            | (Some(Firmness::Hold(_)), Firmness::Quote) => false,
            (Some(Firmness::Hold(until)), Firmness::Hold(None)) if until.is_some() => {
                return self.edit(|draft| draft.firmness = Firmness::Hold(until));
            }
            _ => true,
        };
        if !allowed {
            return self.say(Verdict::bad(
                "a promise cannot become less firm",
                "cancel it, or leave it as it is",
            ));
        }
        self.edit(|draft| draft.firmness = firmness);
        let words = match firmness {
            Firmness::Quote => "a quote: it holds nothing",
            Firmness::Hold(_) => "a hold: it keeps the gear until it lapses",
            Firmness::Confirmed => "confirmed: it keeps the gear",
        };
        self.say(Verdict::fine(words));
    }

    /// What was typed for the dates, as it is understood: shown before Enter.
    pub(in crate::tui) fn understood(&self) -> Option<String> {
        let typed = self.text.value().trim();
        if typed.is_empty() {
            return None;
        }
        let (zone, now) = (&self.shop.settings.zone, self.shop.now());
        match &self.mode {
            BoxMode::Window | BoxMode::Dates(_) => {
                let window = self.window_typed()?;
                Some(format!(
                    "{} -> {}",
                    zone.show(window.start, now),
                    zone.show(window.end, now)
                ))
            }
            BoxMode::PaperDay { .. } => Some(
                zone.show_day(
                    when::read(typed, now, zone, when::Lean::Ahead)
                        .ok()?
                        .day(zone),
                ),
            ),
            BoxMode::Money(ask) => self
                .money_act(*ask, typed)
                .ok()
                .map(|act| desk::act_in_words(self.shop.settings.currency, &act)),
            BoxMode::Extend(id) => Some(format!(
                "until {}",
                zone.show(self.extended(*id, typed)?.ok()?, now)
            )),
            _ => None,
        }
    }

    /// The window that is typed, if it can be meant.
    pub(super) fn window_typed(&self) -> Option<Period> {
        when::read_window(
            self.text.value().trim(),
            self.window_asked()?,
            self.shop.now(),
            &self.shop.settings.zone,
        )
        .ok()
    }

    fn window_asked(&self) -> Option<Period> {
        match &self.mode {
            BoxMode::Window => self.editing.as_ref().map(|draft| draft.window),
            BoxMode::Dates(id) => booking::reservation(self.shop.read(), *id)
                .ok()
                .map(|found| Period {
                    start: found.start,
                    end: found.end,
                }),
            _ => None,
        }
    }

    /// A typed window; what cannot be meant is said, and stays in the box.
    pub(super) fn read_window(&mut self, typed: &str) -> Option<Period> {
        let was = self.window_asked()?;
        let (settings, now) = (self.shop.settings.clone(), self.shop.now());
        match when::read_window(typed, was, now, &settings.zone) {
            Ok(window) => {
                let refused = if window.start == was.start {
                    None
                } else {
                    booking::may_begin(&settings, window, now).err()
                };
                match refused {
                    None if window.end > window.start => Some(window),
                    None => {
                        self.say(Verdict::bad(
                            format!(
                                "back {} is not after out {}",
                                settings.zone.show(window.end, now),
                                settings.zone.show(window.start, now)
                            ),
                            "type a later end",
                        ));
                        None
                    }
                    Some(refusal) => {
                        self.say(Verdict::of(&refusal.into()));
                        None
                    }
                }
            }
            Err(why) => {
                self.say(Verdict::bad(
                    why.0,
                    "for example fri 9..mon 18, or 25-27 nov",
                ));
                None
            }
        }
    }

    pub(super) fn take_window(&mut self, typed: &str) {
        let Some(window) = self.read_window(typed) else {
            return;
        };
        self.clear_box();
        self.edit(|draft| {
            draft.window = window;
            draft
                .lines
                .iter_mut()
                .for_each(|line| line.keep_short = false);
        });
        self.say_window(window);
        self.deliver_waiting();
    }

    pub(super) fn say_window(&mut self, window: Period) {
        let (zone, now) = (self.shop.settings.zone, self.shop.now());
        let words = format!(
            "out {}, back {}",
            zone.show(window.start, now),
            zone.show(window.end, now)
        );
        let short = self.first_short();
        let verdict = match (
            booking::closed_at(&self.shop.settings, window).first(),
            short,
        ) {
            (Some((at, open)), _) => Verdict::attention(
                format!("{words} · closed {}", zone.show(*at, now)),
                format!("next open {}", zone.show(*open, now)),
            ),
            (None, Some((_, number))) => Verdict::attention(
                format!("{words} · line {number} is short"),
                "! shows the ways out",
            ),
            (None, None) => Verdict::fine(words),
        };
        self.say(verdict);
    }

    /// Enter in the empty box: all of it, or nothing.
    pub(super) fn save_editing(&mut self) {
        let Some(draft) = self.editing.clone() else {
            return;
        };
        if draft.wanted().next().is_none() {
            return self.say(Verdict::bad(
                "nothing is asked for",
                "type a name, then Enter",
            ));
        }
        if draft.customer.is_none() && draft.firmness != Firmness::Quote {
            return self.say(Verdict::question(
                "who is it for?",
                "type a name or scan a card · :quote saves without",
            ));
        }
        let known_short = self.short_lines();
        let (settings, kept) = (
            self.shop.settings.clone(),
            draft.id.map(|id| (id, draft.version)),
        );
        let agreed = draft.of.as_ref().and_then(|of| {
            booking::frozen(
                self.shop.read(),
                &booking::reservation(self.shop.read(), of.reservation).ok()?,
            )
            .ok()
            .flatten()
        });
        let said = draft.said_of_price();
        let outcome = self.shop.write_once(fresh_command(), |db| {
            let id = desk::save_reservation(db, &settings, &draft)?;
            if let Some((id, version)) = kept
                && !desk::forget_reservation(db, id, version)?
            {
                return Err(booking::BookingRefusal::DraftElsewhere.into());
            }
            Ok::<_, crate::kernel::Failure<booking::BookingRefusal>>(id)
        });
        match outcome {
            Ok(id) => {
                self.editing = None;
                self.go(Place::Reservation(id));
                self.before.retain(|place| *place != Place::Reserve);
                let kept_short = draft.wanted().filter(|(_, line)| line.keep_short).count();
                let words = self.saved_words(id, kept_short, draft.of.is_some());
                self.say(self.with_given_up(id, agreed.as_ref(), &said, words));
            }
            Err(Stop::Refused(declined)) if declined.kind == "shortage" => {
                self.refresh();
                match self.first_short() {
                    Some((line, number)) => {
                        let how = if known_short.contains(&line) {
                            "is short"
                        } else {
                            "went short while you were typing"
                        };
                        self.say(Verdict::bad(
                            format!("line {number} {how}: {} · not saved", declined.message),
                            "Enter shows the ways out",
                        ));
                        self.selected = Some(RowKey::Wanted { line, part: 0 });
                        self.next_enter = Some(NextEnter::WaysOut(line));
                    }
                    None => self.say(Verdict::bad(
                        format!("{} · not saved", declined.message),
                        declined.hint,
                    )),
                }
            }
            Err(Stop::Refused(declined)) => self.say(Verdict::bad(
                format!("{} · not saved", declined.message),
                declined.hint,
            )),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// `HOLD R-1047 until Sat 22 Nov 09:00 · 4 lines · 1 kept short · Ctrl+Z`
    fn saved_words(&self, id: ReservationId, kept_short: usize, changed: bool) -> Verdict {
        let Ok(found) = booking::reservation(self.shop.read(), id) else {
            return Verdict::fine("saved · Ctrl+Z");
        };
        let (zone, now) = (&self.shop.settings.zone, self.shop.now());
        let lines = booking::lines(self.shop.read(), id)
            .unwrap_or_default()
            .iter()
            .filter(|line| line.parent.is_none() && line.state != booking::LineState::Dropped)
            .count();
        let until = |moment: Moment| format!(" until {}", zone.show(moment, now));
        let mut words = format!(
            "{} {}{}",
            found.state.word(),
            found.number,
            found.hold_lapses_at.map(until).unwrap_or_default()
        );
        if changed || found.hold_lapses_at.is_none() {
            words.push_str(&format!(
                " · {} to {}",
                zone.show(found.start, now),
                zone.show(found.end, now)
            ));
        }
        words.push_str(&format!(
            " · {lines} line{}",
            if lines == 1 { "" } else { "s" }
        ));
        if kept_short > 0 {
            words.push_str(&format!(" · {kept_short} kept short"));
        }
        words.push_str(&self.total_of(id));
        Verdict::fine(format!("{words} · Ctrl+Z"))
    }
}
