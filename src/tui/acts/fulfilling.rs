//! Handing over what was reserved: which line a scan fulfils, what is asked when it fulfils none or
//! was promised to others.

use crate::booking::{self, BookingRefusal, LineState, ReservationState, Thing};
use crate::desk;
use crate::inventory::{self, Stock};
use crate::kernel::text::several;
use crate::kernel::{
    AssetTag, Failure, ItemId, LineId, Moment, Period, ReservationId, Stop, TypeId,
};
use crate::shop::fresh_command;
use crate::tui::app::{App, BoxMode, NoteOf};
use crate::tui::overlays::{Answer, Ask, Overlay, Taking};
use crate::tui::place::Place;
use crate::tui::verdict::Verdict;

impl App {
    /// F2 on a reservation, or its code on the Desk: its lines stand on Check-out, to be scanned.
    pub(super) fn hand_over_reservation(&mut self, id: ReservationId) {
        let found = match booking::reservation(self.shop.read(), id) {
            Ok(found) => found,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        if !found.state.claims() {
            let next = if found.state == ReservationState::Quote {
                ":confirm makes it firm first"
            } else {
                ":copy makes a new one with its lines"
            };
            return self.say(Verdict::bad(
                format!(
                    "{} is {}: it cannot be handed over",
                    found.number,
                    found.state.shown()
                ),
                next,
            ));
        }
        let begun = desk::unfinished(self.shop.read())
            .unwrap_or_default()
            .into_iter()
            .find(|draft| draft.reservation == Some(id));
        let joins = self.in_hand.reservation.is_none()
            && !self.in_hand.things.is_empty()
            && self.place == Place::CheckOut
            && self
                .in_hand
                .customer
                .is_none_or(|known| Some(known) == found.customer);
        match begun {
            Some(draft) if self.in_hand.reservation != Some(id) => self.in_hand = draft,
            Some(_) => {}
            None if joins => {
                (self.in_hand.customer, self.in_hand.reservation) = (found.customer, Some(id));
                if !self.keep_in_hand() {
                    return;
                }
            }
            None => {
                self.in_hand = desk::InHand {
                    customer: found.customer,
                    reservation: Some(id),
                    ..desk::InHand::default()
                }
            }
        }
        self.go(Place::CheckOut);
        let now = self.shop.now();
        let open = self.open_lines(id).len();
        let name = found
            .customer
            .and_then(|id| {
                crate::customers::names(self.shop.read(), [id])
                    .ok()
                    .and_then(|mut names| names.remove(&id))
            })
            .unwrap_or_default();
        if open == 0 {
            return self.say(Verdict::fine(format!("adding to {}", found.number)));
        }
        let words = format!(
            "{} {name}: {} to go",
            found.number,
            several(open as i64, "line")
        );
        let from = self.shop.settings.early_out_from(found.start);
        self.say(if now < from && found.state != ReservationState::Active {
            Verdict::attention(
                format!(
                    "{words}, but it begins {}",
                    self.shop.settings.zone.show(found.start, now)
                ),
                "the finish asks for a reason",
            )
        } else if found.state == ReservationState::Hold {
            Verdict::attention(format!("{words}; it is a hold"), "the finish confirms it")
        } else {
            Verdict {
                hint: "scan what goes out".to_owned(),
                ..Verdict::fine(words)
            }
        });
    }

    /// A reservation whose code was scanned goes out if its day has come; else it is shown.
    pub(super) fn may_go_out(&self, found: &booking::Reservation) -> bool {
        let open = !self.open_lines(found.id).is_empty();
        open && match found.state {
            ReservationState::Active => true,
            ReservationState::Hold | ReservationState::Confirmed => {
                self.shop.now() >= self.shop.settings.early_out_from(found.start)
            }
            _ => false,
        }
    }

    fn open_lines(&self, id: ReservationId) -> Vec<booking::Line> {
        booking::lines(self.shop.read(), id)
            .unwrap_or_default()
            .into_iter()
            .filter(|line| line.is_open() && !line.is_kit && line.state != LineState::Dropped)
            .collect()
    }

    fn things_in_hand(&self) -> Vec<Thing> {
        self.in_hand
            .things
            .iter()
            .map(|thing| {
                thing
                    .item
                    .map_or(Thing::Bulk(thing.type_id, thing.quantity), Thing::Item)
            })
            .collect()
    }

    /// When what is in hand is due.
    fn due_in_hand(&self, stock: &Stock) -> Moment {
        let now = self.shop.now();
        let reserved = self
            .in_hand
            .reservation
            .and_then(|id| booking::reservation(self.shop.read(), id).ok())
            .map(|found| found.end)
            .filter(|end| *end > now);
        let fixed = crate::catalog::type_details(self.shop.read(), stock.type_id())
            .ok()
            .and_then(|found| found.details.fixed_hours);
        booking::due_of(
            &self.shop.settings,
            fixed,
            self.in_hand.due.or(reserved),
            now,
        )
    }

    /// A thing that may leave joins what is in hand, unless it is on no line or others were
    /// promised it: then one question is asked.
    pub(super) fn lay_down(&mut self, stock: &Stock, taking: Taking) {
        let thing = taking
            .item
            .map_or(Thing::Bulk(taking.type_id, taking.quantity), Thing::Item);
        let mut things: Vec<Thing> = self.things_in_hand();
        things.push(thing);
        let mut swaps = self.in_hand.swaps.clone();
        if let (Some(item), Some(line)) = (taking.item, taking.swap) {
            swaps.push((item, line));
        }
        let mut extras = 0;
        if let Some(id) = self.in_hand.reservation.filter(|_| taking.swap.is_none()) {
            match booking::placed_on(self.shop.read(), id, &things, &swaps) {
                Ok(placed) => {
                    extras = placed.last().map_or(0, |parts| {
                        parts
                            .iter()
                            .filter(|(line, _)| line.is_none())
                            .map(|(_, count)| count)
                            .sum()
                    })
                }
                Err(failure) => return self.say(Verdict::of(&failure.into())),
            }
            if extras > 0 && !taking.extra && self.ask_beyond(stock, &taking, id, &things, &swaps) {
                return;
            }
            if extras > 0 && !taking.extra {
                match booking::swap_for(self.shop.read(), id, &things, &swaps) {
                    Ok(Some(line)) => return self.ask_swap(stock, taking, id, line),
                    Ok(None) => {}
                    Err(failure) => return self.say(Verdict::of(&failure.into())),
                }
            }
        }
        let told = taking.aside
            || (taking.item.is_none() && self.in_hand.aside_counts.contains(&taking.type_id));
        if !told {
            let window = Period {
                start: self.shop.now(),
                end: self.due_in_hand(stock),
            };
            let already = if taking.item.is_none() {
                self.staged_count(taking.type_id)
            } else {
                0
            };
            match booking::may_go_alone(
                self.shop.read(),
                &self.shop.settings,
                stock,
                already + taking.quantity,
                window,
                self.shop.now(),
            ) {
                Ok(()) => {}
                Err(Failure::Refused(refusal)) => return self.ask_take_aside(taking, &refusal),
                Err(Failure::Fault(fault)) => return self.say(Verdict::of(&Stop::Fault(fault))),
            }
        }
        if !self.in_hand.take_anyway && !taking.anyway {
            let due = self.due_in_hand(stock);
            match booking::would_hurt(
                self.shop.read(),
                &self.shop.settings,
                &things,
                due,
                self.in_hand.reservation,
                self.shop.now(),
            ) {
                Ok(()) => {}
                Err(Failure::Refused(refusal)) => return self.ask_take_anyway(taking, &refusal),
                Err(Failure::Fault(fault)) => return self.say(Verdict::of(&Stop::Fault(fault))),
            }
        }
        self.in_hand.swaps = swaps;
        self.in_hand.take_anyway |= taking.anyway;
        if taking.aside {
            self.may_leave_aside(taking.item, taking.type_id);
        }
        self.stage_fit(stock, taking.quantity);
        if self.verdict.severity < crate::tui::verdict::Severity::Question {
            let on = match taking.swap {
                Some(line) => format!(" · swapped for line {}", self.line_number(line)),
                None if extras > 0 => self.on_line().map_or_else(
                    || " · extra".to_owned(),
                    |line| format!(" · line {}, and {extras} extra", self.line_number(line)),
                ),
                None => self
                    .on_line()
                    .map(|line| format!(" · line {}", self.line_number(line)))
                    .unwrap_or_default(),
            };
            if !on.is_empty() {
                let words = Verdict {
                    text: format!("{}{on}", self.verdict.text),
                    ..self.verdict.clone()
                };
                self.say_over(words);
            }
        }
    }

    /// How many of a count the reservation in hand still waits for.
    pub(super) fn still_reserved(&self, type_id: TypeId) -> i64 {
        let Some(id) = self.in_hand.reservation else {
            return 0;
        };
        let left = |line: &booking::Line| {
            line.quantity
                - booking::handed(self.shop.read(), line.id).map_or(0, |(handed, _)| handed)
        };
        let reserved: i64 = self
            .open_lines(id)
            .iter()
            .filter(|line| line.type_id == type_id && line.pin.is_none())
            .map(left)
            .sum();
        (reserved - self.staged_count(type_id)).max(0)
    }

    /// A count goes beyond what is reserved of it: one question about what is more.
    fn ask_beyond(
        &mut self,
        stock: &Stock,
        taking: &Taking,
        id: ReservationId,
        things: &[Thing],
        swaps: &[(ItemId, LineId)],
    ) -> bool {
        let placed = booking::placed_on(self.shop.read(), id, things, swaps)
            .ok()
            .and_then(|placed| placed.into_iter().last())
            .unwrap_or_default();
        let reserved: i64 = placed
            .iter()
            .filter(|(line, _)| line.is_some())
            .map(|(_, count)| count)
            .sum();
        if taking.item.is_some() || reserved == 0 {
            return false;
        }
        let more = taking.quantity - reserved;
        let (name, number) = (
            self.type_name(stock.type_id()),
            booking::number_of(self.shop.read(), id)
                .map(|number| number.to_string())
                .unwrap_or_default(),
        );
        let are = if reserved == 1 { "is" } else { "are" };
        let words = format!(
            "{} {name}: {reserved} {are} reserved on {number}, {} wanted; {more} more as an extra?",
            stock.tag(),
            taking.quantity
        );
        let choices = vec![
            (
                'A',
                format!("add {more} more as an extra"),
                Answer::Take(Taking {
                    extra: true,
                    ..taking.clone()
                }),
            ),
            (
                'O',
                format!("only the {reserved} that {are} reserved"),
                Answer::Take(Taking {
                    quantity: reserved,
                    ..taking.clone()
                }),
            ),
        ];
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("MORE THAN {number} HAS"),
            lines: vec![words.clone()],
            choices,
        }));
        self.say(Verdict::question(
            words,
            format!("[A]dd {more} as extra · [O]nly the {reserved} · [Esc] none"),
        ));
        true
    }

    /// The line that the newest thing in hand fulfils.
    fn on_line(&self) -> Option<LineId> {
        let id = self.in_hand.reservation?;
        let placed = booking::placed_on(
            self.shop.read(),
            id,
            &self.things_in_hand(),
            &self.in_hand.swaps,
        )
        .ok()?;
        placed.last()?.first()?.0
    }

    /// As people count the lines of a reservation.
    pub(super) fn line_number(&self, id: LineId) -> usize {
        let Ok(Some(line)) = booking::line(self.shop.read(), id) else {
            return 0;
        };
        let lines = booking::lines(self.shop.read(), line.reservation).unwrap_or_default();
        booking::line_number(&lines, id).unwrap_or_default()
    }

    fn ask_swap(&mut self, stock: &Stock, taking: Taking, id: ReservationId, line: LineId) {
        let number = booking::number_of(self.shop.read(), id)
            .map(|number| number.to_string())
            .unwrap_or_default();
        let name = self.type_name(stock.type_id());
        let wanted = booking::line(self.shop.read(), line)
            .ok()
            .flatten()
            .map(|line| line.type_name.to_string())
            .unwrap_or_default();
        let place = self.line_number(line);
        let words = format!("{} {name} is not on {number}", stock.tag());
        let mut choices = Vec::new();
        if taking.item.is_some() {
            choices.push((
                'S',
                format!("swap it for line {place}, {wanted}"),
                Answer::Take(Taking {
                    swap: Some(line),
                    ..taking.clone()
                }),
            ));
        }
        let swap = if taking.item.is_some() {
            format!("[S]wap for line {place} · ")
        } else {
            String::new()
        };
        choices.push((
            'A',
            "add it as an extra".to_owned(),
            Answer::Take(Taking {
                extra: true,
                ..taking
            }),
        ));
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("NOT ON {number}"),
            lines: vec![words.clone()],
            choices,
        }));
        self.say(Verdict::question(
            words,
            format!("{swap}[A]dd as extra · [Esc] put it back"),
        ));
    }

    fn ask_take_anyway(&mut self, taking: Taking, refusal: &BookingRefusal) {
        let instead = refusal.instead();
        if self.shop.settings.value("short") == "forbid" {
            return self.say(Verdict::bad(
                format!("{refusal} · not added"),
                instead.unwrap_or_else(|| "put it back".to_owned()),
            ));
        }
        self.ask_take(
            refusal,
            "PROMISED TO OTHERS",
            Answer::Take(Taking {
                anyway: true,
                ..taking
            }),
            "take it anyway: the other goes short",
        );
    }

    /// It lies in a case, or is set aside: asked for each thing.
    fn ask_take_aside(&mut self, taking: Taking, refusal: &BookingRefusal) {
        let title = if matches!(refusal, BookingRefusal::InCase { .. }) {
            "LIES IN A CASE"
        } else {
            "SET ASIDE"
        };
        self.ask_take(
            refusal,
            title,
            Answer::Take(Taking {
                aside: true,
                ..taking
            }),
            "take it anyway",
        );
    }

    /// One question: it was promised to others, or should stay; what would do in its place is
    /// named.
    fn ask_take(&mut self, refusal: &BookingRefusal, title: &str, answer: Answer, choice: &str) {
        let instead = refusal.instead();
        let lines = std::iter::once(refusal.to_string())
            .chain(instead.clone())
            .collect();
        self.overlay = Some(Overlay::Ask(Ask {
            title: title.to_owned(),
            lines,
            choices: vec![('T', choice.to_owned(), answer)],
        }));
        let instead = instead
            .map(|words| format!("{words} · "))
            .unwrap_or_default();
        self.say(Verdict::attention(
            format!("{refusal} · not added"),
            format!("{instead}[T]ake anyway · [Esc] put it back"),
        ));
    }

    /// It was set aside, or packed, after its scan.
    pub(super) fn ask_hand_over_aside(&mut self, tag: AssetTag, message: &str) {
        self.overlay = Some(Overlay::Ask(Ask {
            title: "NOT TO LEAVE ALONE".to_owned(),
            lines: vec![message.to_owned()],
            choices: vec![('T', "take it anyway".to_owned(), Answer::HandOverAside(tag))],
        }));
        self.say(Verdict::attention(
            format!("{message} · nothing went out yet"),
            "[T]ake anyway · [Esc] keep scanning",
        ));
    }

    /// Somebody was told that it is set aside, or lies in a case.
    fn may_leave_aside(&mut self, item: Option<ItemId>, type_id: TypeId) {
        match item {
            Some(item) => self.in_hand.aside.push(item),
            None => self.in_hand.aside_counts.push(type_id),
        }
    }

    pub(super) fn hand_over_aside(&mut self, tag: &AssetTag) {
        if let Some((item, type_id)) = self
            .in_hand
            .things
            .iter()
            .find(|thing| thing.tag == *tag)
            .map(|thing| (thing.item, thing.type_id))
        {
            self.may_leave_aside(item, type_id);
        }
        if self.keep_in_hand() {
            self.hand_over(fresh_command());
        }
    }

    /// The answer to one of these questions.
    pub(super) fn take_answered(&mut self, taking: Taking) {
        let stock = match taking.item {
            Some(item) => inventory::known(self.shop.read(), item)
                .ok()
                .map(Stock::Item),
            None => inventory::bulk_of_type(self.shop.read(), taking.type_id)
                .ok()
                .flatten()
                .map(Stock::Bulk),
        };
        let Some(stock) = stock else { return };
        if self.place != Place::CheckOut {
            self.go(Place::CheckOut);
        }
        self.answer_of_scan(|app| app.lay_down(&stock, taking));
    }

    /// Before its day a reason is asked for, once. False while it is missing.
    pub(super) fn reason_is_known(&mut self) -> bool {
        let Some(found) = self
            .in_hand
            .reservation
            .and_then(|id| booking::reservation(self.shop.read(), id).ok())
        else {
            return true;
        };
        let (settings, now) = (&self.shop.settings, self.shop.now());
        let from = settings.early_out_from(found.start);
        if found.state == ReservationState::Active
            || now >= from
            || self.in_hand.early_reason.is_some()
        {
            return true;
        }
        let words = format!(
            "{} begins {}: why does it leave now?",
            found.number,
            settings.zone.show(found.start, now)
        );
        self.mode = BoxMode::Note(NoteOf::Early);
        self.text.reset();
        self.say(Verdict::question(
            words,
            "type the reason, Enter goes on · Esc keeps scanning",
        ));
        false
    }

    /// Others would go short: one question, and the same hand-over again.
    pub(super) fn ask_hand_over_anyway(&mut self, message: &str) {
        if self.shop.settings.value("short") == "forbid" {
            return self.say(Verdict::bad(
                format!("{message} · nothing went out"),
                "Del takes it off",
            ));
        }
        self.overlay = Some(Overlay::Ask(Ask {
            title: "OTHERS WOULD GO SHORT".to_owned(),
            lines: message.split("; ").map(str::to_owned).collect(),
            choices: vec![('T', "take it anyway".to_owned(), Answer::HandOverAnyway)],
        }));
        self.say(Verdict::attention(
            format!("{message} · nothing went out yet"),
            "[T]ake anyway · [Esc] keep scanning",
        ));
    }

    pub(super) fn hand_over_anyway(&mut self) {
        self.in_hand.take_anyway = true;
        if self.keep_in_hand() {
            self.hand_over(fresh_command());
        }
    }

    /// What the finish strip says of the lines.
    pub(super) fn lines_words(&self) -> Option<Vec<String>> {
        let id = self.in_hand.reservation?;
        let placed = booking::placed_on(
            self.shop.read(),
            id,
            &self.things_in_hand(),
            &self.in_hand.swaps,
        )
        .ok()?;
        let lines = self.open_lines(id);
        if lines.is_empty() {
            return None;
        }
        let have = |line: &booking::Line| -> i64 {
            placed
                .iter()
                .flatten()
                .filter(|(on, _)| *on == Some(line.id))
                .map(|(_, count)| count)
                .sum()
        };
        let left = |line: &booking::Line| {
            line.quantity
                - booking::handed(self.shop.read(), line.id).map_or(0, |(handed, _)| handed)
        };
        let open: Vec<String> = lines
            .iter()
            .filter(|line| have(line) < left(line))
            .map(|line| format!("{} x {}", left(line) - have(line), line.type_name))
            .collect();
        let count = format!(
            "{} of {} in hand",
            lines.len() - open.len(),
            several(lines.len() as i64, "line")
        );
        if open.is_empty() {
            return Some(vec![format!("{count} · complete")]);
        }
        Some(vec![
            format!("{count}; what is open stays on the reservation and can go later"),
            format!("open: {}", open.join(", ")),
        ])
    }
}
