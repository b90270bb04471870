//! What is done to a reservation that stands: other dates, longer, firmer, cancelled, noted,
//! copied.

use crate::booking::{self, Bargain, CancelReason, Change, Extension, Frozen, ReservationState};
use crate::desk::{self, ReservationDraft};
use crate::kernel::text::several;
use crate::kernel::{Moment, Money, Period, RentalId, ReservationId, Stop, Text, when};
use crate::tui::app::{App, BoxMode, NextEnter};
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::{Severity, Verdict};
use std::collections::BTreeSet;
use tui_input::Input;

const HOW_DATES: &str = "fri 9..mon 18, ..mon or +3; Enter saves";

/// What was agreed about a price before an act.
struct Agreed {
    total: Option<Money>,
    frozen: Option<Frozen>,
}

impl App {
    /// The reservation that the screen is about; of a customer, the one whose row is selected.
    fn reservation_here(&self) -> Option<ReservationId> {
        match (&self.place, &self.selected) {
            (Place::Reservation(id), _) | (Place::Customer(_), Some(RowKey::Reservation(id))) => {
                Some(*id)
            }
            (Place::Customer(_), Some(RowKey::Rental(id))) => self.reservation_of(*id),
            _ => None,
        }
    }

    pub(super) fn reservation_of(&self, id: RentalId) -> Option<ReservationId> {
        booking::rental(self.shop.read(), id)
            .ok()
            .flatten()
            .map(|rental| rental.reservation)
    }

    pub(super) fn ask_dates_of(&mut self, id: ReservationId) {
        match booking::reservation(self.shop.read(), id) {
            Ok(found) if found.state.is_open() => {
                self.mode = BoxMode::Dates(id);
                self.text.reset();
                self.ask_dates_again(id);
                self.say(self.verdict.clone());
            }
            Ok(found) => self.say(Verdict::bad(
                format!("{} is {}", found.number, found.state.shown()),
                ":copy makes a new one with its lines",
            )),
            Err(failure) => self.say(Verdict::of(&failure.into())),
        }
    }

    /// What of the price by hand would go with the window that is typed, before Enter.
    pub(in crate::tui) fn ask_of_by_hand(&mut self) {
        let BoxMode::Dates(id) = self.mode else {
            return;
        };
        let goes = self
            .window_typed()
            .map_or_else(Vec::new, |window| self.would_give_up(id, window));
        if !goes.is_empty() {
            self.verdict = Verdict::question(
                goes.join(" · "),
                "Enter saves, :price gives it one again · Esc leaves it",
            );
        } else if self.verdict.severity == Severity::Question && self.verdict.hint != HOW_DATES {
            self.ask_dates_again(id);
        }
    }

    fn ask_dates_again(&mut self, id: ReservationId) {
        let Ok(found) = booking::reservation(self.shop.read(), id) else {
            return;
        };
        let (zone, now) = (&self.shop.settings.zone, self.shop.now());
        self.verdict = Verdict::question(
            format!(
                "{} to {}: other dates?",
                zone.show(found.start, now),
                zone.show(found.end, now)
            ),
            HOW_DATES,
        );
    }

    /// Saved at once if everything still fits, else the editor shows what would be short.
    pub(super) fn take_dates(&mut self, id: ReservationId, typed: &str) {
        let Some(window) = self.read_window(typed) else {
            return;
        };
        self.clear_box();
        self.move_to(id, window, false);
        self.deliver_waiting();
    }

    pub(super) fn move_to(&mut self, id: ReservationId, window: Period, anyway: bool) {
        let settings = self.shop.settings.clone();
        let change = Change {
            window: Some(window),
            keep_short: anyway,
            ..Change::default()
        };
        let before = self.agreed(id);
        match self
            .shop
            .write(|db| desk::change(db, &settings, id, &change))
        {
            Ok(()) => self.say_moved(id, &before),
            Err(Stop::Refused(declined)) if declined.kind == "shortage" => {
                let active = booking::reservation(self.shop.read(), id)
                    .is_ok_and(|found| found.state == ReservationState::Active);
                if active {
                    return self.ask_anyway(
                        "OTHERS WOULD GO SHORT",
                        &declined.message,
                        Answer::MoveAnyway(id, window),
                    );
                }
                match desk::draft_of(self.shop.read(), id) {
                    Ok(draft) => {
                        self.begin(draft, Verdict::ready());
                        self.edit(|draft| draft.window = window);
                        self.say(Verdict::bad(
                            format!("{} · not saved", declined.message),
                            "Enter shows the ways out",
                        ));
                        let weighed = self.editing.as_ref().map(|draft| {
                            desk::weigh(
                                self.shop.read(),
                                &self.shop.settings,
                                draft,
                                self.shop.now(),
                            )
                        });
                        if let Some(Ok(weighed)) = weighed
                            && let Some(short) = weighed.short.first()
                        {
                            let line = weighed.pieces[short.piece].want;
                            self.selected = Some(RowKey::Wanted { line, part: 0 });
                            self.next_enter = Some(NextEnter::WaysOut(line));
                        }
                    }
                    Err(failure) => self.say(Verdict::of(&failure.into())),
                }
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    fn agreed(&self, id: ReservationId) -> Agreed {
        let found = booking::reservation(self.shop.read(), id).ok();
        let frozen = found
            .as_ref()
            .and_then(|found| booking::frozen(self.shop.read(), found).ok().flatten());
        Agreed {
            total: found.and_then(|found| found.total),
            frozen,
        }
    }

    /// ` · 301.50 more, total 904.50`: what an act did to the price, if anything.
    fn now_costs(&self, id: ReservationId, before: &Agreed) -> String {
        let show = |amount: i64| self.shop.settings.currency.show(Money(amount));
        match (before.total, self.agreed(id).total) {
            (Some(before), Some(after)) if after > before => format!(
                " · {} more, total {}",
                show(after.0 - before.0),
                show(after.0)
            ),
            (Some(before), Some(after)) if after < before => format!(
                " · {} less, total {}",
                show(before.0 - after.0),
                show(after.0)
            ),
            _ => String::new(),
        }
    }

    /// What was agreed by hand and holds no more since an act: said before what else there is to
    /// say of it.
    pub(super) fn with_given_up(
        &self,
        id: ReservationId,
        before: Option<&Frozen>,
        said: &Bargain,
        verdict: Verdict,
    ) -> Verdict {
        match desk::given_up_by(self.shop.read(), &self.shop.settings, id, before, said) {
            Ok(words) if words.is_empty() => verdict,
            Ok(words) => Verdict::attention(
                format!("{} · {}", words.join(" · "), verdict.text),
                ":price gives a line one again, :target all of it",
            ),
            Err(failure) => Verdict::of(&failure.into()),
        }
    }

    /// What of the price by hand would go if a reservation got another window.
    pub(super) fn would_give_up(&self, id: ReservationId, window: Period) -> Vec<String> {
        let (settings, change) = (
            &self.shop.settings,
            Change {
                window: Some(window),
                ..Change::default()
            },
        );
        let quoted =
            booking::quote_change(self.shop.read(), settings, id, &change, self.shop.now());
        let Ok(Some(quoted)) = quoted else {
            return Vec::new();
        };
        desk::would_give_up(self.shop.read(), settings, id, &quoted, &change.bargain)
            .unwrap_or_default()
    }

    fn say_moved(&mut self, id: ReservationId, before: &Agreed) {
        let Ok(found) = booking::reservation(self.shop.read(), id) else {
            return;
        };
        let (zone, now) = (self.shop.settings.zone, self.shop.now());
        let words = format!(
            "{} out {}, back {}{} · Ctrl+Z",
            found.number,
            zone.show(found.start, now),
            zone.show(found.end, now),
            self.now_costs(id, before)
        );
        // What is out has left already: only its return can meet a closed door.
        let has_left = found.state == booking::ReservationState::Active;
        let closed = booking::closed_at(
            &self.shop.settings,
            Period {
                start: if has_left { found.end } else { found.start },
                end: found.end,
            },
        );
        let verdict = match closed.first() {
            Some((at, open)) => Verdict::attention(
                format!("{words} · closed {}", zone.show(*at, now)),
                format!("next open {}", zone.show(*open, now)),
            ),
            None => Verdict::fine(words),
        };
        self.say(self.with_given_up(id, before.frozen.as_ref(), &Bargain::default(), verdict));
    }

    fn ask_anyway(&mut self, title: &str, message: &str, answer: Answer) {
        self.overlay = Some(Overlay::Ask(Ask {
            title: title.to_owned(),
            lines: message.split("; ").map(str::to_owned).collect(),
            choices: vec![('A', "do it anyway: the others go short".to_owned(), answer)],
        }));
        self.say(Verdict::question(
            format!("{message} · not saved"),
            "[A] do it anyway · [Esc] leave it",
        ));
    }

    /// Ctrl+E: what is out stays out longer. On a customer: what is marked, else the reservation of
    /// the selected row, or the only one; on an item: that one.
    pub(super) fn ask_extend(&mut self) {
        let marked: BTreeSet<ReservationId> = self
            .marked
            .iter()
            .filter_map(|key| {
                if let RowKey::Rental(id) = key {
                    self.reservation_of(*id)
                } else {
                    None
                }
            })
            .collect();
        if marked.len() > 1 {
            return self.say(Verdict::bad(
                "what is marked is of more than one reservation",
                "mark what is of one; Space takes a mark off",
            ));
        }
        let here = self.reservation_here().filter(|id| {
            matches!(self.place, Place::Reservation(_)) || self.due_out_of(*id).is_some()
        });
        let id = marked
            .first()
            .copied()
            .or(here)
            .or_else(|| match self.place {
                Place::Customer(customer) => booking::out_to(self.shop.read(), customer)
                    .ok()
                    .and_then(|out| out.first().map(|rental| rental.reservation)),
                Place::Item(item) => booking::open_rental(self.shop.read(), item)
                    .ok()
                    .flatten()
                    .map(|rental| rental.reservation),
                _ => None,
            });
        let Some(id) = id else {
            return self.say(Verdict::attention(
                "there is nothing to extend here",
                "open a reservation or a customer with gear out",
            ));
        };
        let Some(due) = self.due_out_of(id) else {
            let number = booking::number_of(self.shop.read(), id)
                .map(|number| number.to_string())
                .unwrap_or_default();
            return self.say(Verdict::attention(
                format!("nothing of {number} is out"),
                "Ctrl+D changes its dates",
            ));
        };
        let number = booking::number_of(self.shop.read(), id)
            .map(|number| number.to_string())
            .unwrap_or_default();
        self.mode = BoxMode::Extend(id);
        self.text = Input::new("+1".to_owned());
        self.proposed = true;
        let of = self.only_of(id).map_or_else(String::new, |only| {
            format!(", {} of it,", several(only.len() as i64, "item"))
        });
        self.say(Verdict::question(
            format!(
                "{number}{of} due {}: until when?",
                self.shop.settings.zone.show(due, self.shop.now())
            ),
            "mon, +1 or fri 18:00; Enter saves",
        ));
    }

    /// What of a reservation is meant: the item that is looked at, or what is marked; none: all
    /// that is out of it.
    fn only_of(&self, id: ReservationId) -> Option<Vec<RentalId>> {
        let is_meant = |rental: &booking::Rental| match self.place {
            Place::Item(item) => rental.item == Some(item),
            _ => self.marked.contains(&RowKey::Rental(rental.id)),
        };
        let out = booking::rentals_of(self.shop.read(), id)
            .ok()?
            .into_iter()
            .filter(|rental| rental.state == booking::RentalState::Out);
        let meant: Vec<RentalId> = out.filter(is_meant).map(|rental| rental.id).collect();
        (!meant.is_empty()).then_some(meant)
    }

    /// When the last of what is meant of it, and is out, is due.
    fn due_out_of(&self, id: ReservationId) -> Option<Moment> {
        let only = self.only_of(id);
        let rentals = booking::rentals_of(self.shop.read(), id).ok()?.into_iter();
        let meant = rentals.filter(|rental| {
            rental.state == booking::RentalState::Out
                && only.as_ref().is_none_or(|only| only.contains(&rental.id))
        });
        meant.map(|rental| rental.due_at).max()
    }

    /// A new due time as it was typed: days on top count from the due time, days of the week from
    /// today.
    pub(super) fn extended(
        &self,
        id: ReservationId,
        typed: &str,
    ) -> Option<Result<Moment, when::NotATime>> {
        let due = self.due_out_of(id)?;
        let now = self.shop.now();
        let from = if typed.trim_start().starts_with('+') {
            due.max(now)
        } else {
            now
        };
        Some(when::read_ahead(typed, due, from, &self.shop.settings.zone))
    }

    pub(super) fn take_extend(&mut self, id: ReservationId, typed: &str) {
        match self.extended(id, typed) {
            Some(Ok(due)) => {
                self.clear_box();
                self.extend_to(id, due, false);
                self.deliver_waiting();
            }
            Some(Err(why)) => self.say(Verdict::bad(why.0, "for example mon, +1 or fri 18:00")),
            None => {
                self.clear_box();
                self.say(Verdict::attention(
                    "nothing of it is out any more",
                    "nothing changed",
                ));
            }
        }
    }

    pub(super) fn extend_to(&mut self, id: ReservationId, due: Moment, anyway: bool) {
        let settings = self.shop.settings.clone();
        let only = self.only_of(id);
        let extension = Extension {
            reservation: id,
            rentals: only.clone(),
            due,
            keep_short: anyway,
        };
        let before = self.agreed(id);
        match self
            .shop
            .write(|db| desk::extend(db, &settings, &extension))
        {
            Ok(()) => {
                self.marked.clear();
                let (zone, now) = (&settings.zone, self.shop.now());
                let number = booking::number_of(self.shop.read(), id)
                    .map(|number| number.to_string())
                    .unwrap_or_default();
                let out = booking::rentals_of(self.shop.read(), id)
                    .unwrap_or_default()
                    .into_iter()
                    .filter(|rental| rental.state == booking::RentalState::Out);
                let meant =
                    out.filter(|rental| only.as_ref().is_none_or(|only| only.contains(&rental.id)));
                let items = several(meant.map(|rental| rental.quantity).sum(), "item");
                let words = format!(
                    "{number} extended: {items} due {}{} · Ctrl+Z",
                    zone.show(due, now),
                    self.now_costs(id, &before)
                );
                let verdict = if settings.hours.is_open(zone, due) {
                    Verdict::fine(words)
                } else {
                    Verdict::attention(
                        format!("{words} · closed then"),
                        format!(
                            "next open {}",
                            zone.show(settings.hours.next_open(zone, due), now)
                        ),
                    )
                };
                self.say(self.with_given_up(
                    id,
                    before.frozen.as_ref(),
                    &Bargain::default(),
                    verdict,
                ));
            }
            Err(Stop::Refused(declined)) if declined.kind == "shortage" => self.ask_anyway(
                "OTHERS WOULD GO SHORT",
                &declined.message,
                Answer::ExtendAnyway(id, due),
            ),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// Del: a reason, in one letter.
    pub(super) fn ask_cancel(&mut self, id: ReservationId) {
        let found = match booking::reservation(self.shop.read(), id) {
            Ok(found) => found,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        if !matches!(
            found.state,
            ReservationState::Quote | ReservationState::Hold | ReservationState::Confirmed
        ) {
            let next = if found.state == ReservationState::Active {
                "take the gear back first"
            } else {
                ":copy makes a new one with its lines"
            };
            return self.say(Verdict::bad(
                format!(
                    "{} is {}: it cannot be cancelled",
                    found.number,
                    found.state.shown()
                ),
                next,
            ));
        }
        let name = found
            .customer
            .and_then(|id| {
                crate::customers::names(self.shop.read(), [id])
                    .ok()
                    .and_then(|mut names| names.remove(&id))
            })
            .unwrap_or_default();
        let (zone, now) = (&self.shop.settings.zone, self.shop.now());
        let choices = [
            ('C', "the customer", CancelReason::Customer),
            ('S', "the shop", CancelReason::Shop),
            ('D', "it was made twice", CancelReason::Duplicate),
            ('N', "a quote that was declined", CancelReason::Declined),
            ('O', "something else", CancelReason::Other),
        ];
        let mut lines = vec![format!(
            "{}, {} to {} · Ctrl+Z brings it back",
            found.state.shown(),
            zone.show(found.start, now),
            zone.show(found.end, now)
        )];
        match desk::to_give_back(self.shop.read(), self.shop.settings.currency, id) {
            Ok(back) => lines.extend(back),
            Err(fault) => return self.say(Verdict::of(&Stop::Fault(fault))),
        }
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("CANCEL {} {name}", found.number),
            lines,
            choices: choices
                .into_iter()
                .map(|(letter, words, reason)| {
                    (letter, words.to_owned(), Answer::Cancel(id, reason))
                })
                .collect(),
        }));
        self.say(Verdict::question(
            format!("{} {name}: who cancels?", found.number),
            "a letter cancels · Esc keeps it",
        ));
    }

    pub(super) fn cancel_reservation(&mut self, id: ReservationId, reason: CancelReason) {
        let number = booking::number_of(self.shop.read(), id)
            .map(|number| number.to_string())
            .unwrap_or_default();
        let settings = self.shop.settings.clone();
        let back = desk::to_give_back(self.shop.read(), settings.currency, id)
            .ok()
            .flatten();
        match self
            .shop
            .write(|db| desk::cancel(db, &settings, id, reason, None))
        {
            Ok(()) => {
                let words = format!("CANCELLED {number} ({})", reason.word());
                self.say(match back {
                    Some(back) => Verdict::attention(
                        format!("{words} · {back} · Ctrl+Z brings it back"),
                        ":refund, :deposit back",
                    ),
                    None => Verdict::fine(format!("{words} · Ctrl+Z brings it back")),
                });
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    pub(super) fn cancel_here(&mut self) {
        match self.reservation_here() {
            Some(id) => self.ask_cancel(id),
            None => self.say(Verdict::attention(
                "open a reservation first",
                "type its number",
            )),
        }
    }

    /// :confirm and :hold on a reservation act at once.
    pub(super) fn firm_here(&mut self, confirmed: bool) {
        let Some(id) = self.reservation_here() else {
            return self.say(Verdict::attention(
                "open a reservation first",
                "type its number",
            ));
        };
        let settings = self.shop.settings.clone();
        let outcome = if confirmed {
            self.shop
                .write(|db| desk::confirm(db, &settings, id, false))
        } else {
            self.shop
                .write(|db| desk::hold(db, &settings, id, None, false))
        };
        match outcome {
            Ok(()) => match booking::reservation(self.shop.read(), id) {
                Ok(found) => {
                    let until = found
                        .hold_lapses_at
                        .map(|until| {
                            format!(" until {}", settings.zone.show(until, self.shop.now()))
                        })
                        .unwrap_or_default();
                    self.say(Verdict::fine(format!(
                        "{} {}{until} · Ctrl+Z",
                        found.state.word(),
                        found.number
                    )));
                }
                Err(failure) => self.say(Verdict::of(&failure.into())),
            },
            Err(Stop::Refused(declined)) if declined.kind == "shortage" => {
                self.edit_reservation(id, None);
                self.set_firmness(if confirmed {
                    booking::Firmness::Confirmed
                } else {
                    booking::Firmness::Hold(None)
                });
                self.say(Verdict::bad(
                    format!("{} · not saved", declined.message),
                    "! shows the ways out",
                ));
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// :pack: everything of it that is still to go stands ready.
    pub(super) fn pack_here(&mut self) {
        let Some(id) = self.reservation_here() else {
            return self.say(Verdict::attention(
                "open a reservation first",
                "type its number",
            ));
        };
        let number = booking::number_of(self.shop.read(), id)
            .map(|number| number.to_string())
            .unwrap_or_default();
        match self.shop.write(|db| desk::pack_all(db, id)) {
            Ok(0) => self.say(Verdict::attention(
                format!("nothing of {number} is still to go"),
                "nothing changed",
            )),
            Ok(count) => self.say(Verdict::fine(format!(
                "PACKED {number}: {} ready",
                several(count, "item")
            ))),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// Space, + and - on a line: it stands ready, all of it or so many more; of a kit all its
    /// parts.
    pub(super) fn pack_line(&mut self, by: Option<i64>) {
        let (Place::Reservation(id), Some(RowKey::Line(line))) = (&self.place, &self.selected)
        else {
            return self.say(Verdict::attention(
                "no line is selected",
                "the arrows choose a line of the reservation",
            ));
        };
        let (id, chosen) = (*id, *line);
        let lines = booking::lines(self.shop.read(), id).unwrap_or_default();
        let Some(line) = lines.iter().find(|line| line.id == chosen) else {
            return;
        };
        if line.is_kit && by.is_some() {
            return self.say(Verdict::attention(
                format!(
                    "{} is a kit: its parts are packed one by one",
                    line.type_name
                ),
                "Space packs all of them",
            ));
        }
        let parts: Vec<(&booking::Line, i64)> = lines
            .iter()
            .filter(|part| {
                part.is_open()
                    && !part.is_kit
                    && if line.is_kit {
                        part.parent == Some(chosen)
                    } else {
                        part.id == chosen
                    }
            })
            .map(|part| {
                (
                    part,
                    booking::handed(self.shop.read(), part.id).map_or(0, |(handed, _)| handed),
                )
            })
            .collect();
        if parts.is_empty() {
            return self.say(Verdict::attention(
                format!("nothing of {} is still to go", line.type_name),
                "nothing changed",
            ));
        }
        let all = parts.iter().all(|(part, _)| part.packed >= part.quantity);
        let packed: Vec<_> = parts
            .iter()
            .map(|(part, handed)| {
                let to = match by {
                    Some(by) => (part.packed.max(*handed) + by).clamp(*handed, part.quantity),
                    None if all => *handed,
                    None => part.quantity,
                };
                (part.id, to)
            })
            .collect();
        let ready: i64 = packed
            .iter()
            .zip(&parts)
            .map(|((_, to), (_, handed))| to - handed)
            .sum();
        let left: i64 = parts
            .iter()
            .map(|(part, handed)| part.quantity - handed)
            .sum();
        let words = format!("PACKED {ready} of {left}  {} · Ctrl+Z", line.type_name);
        match self.shop.write(|db| desk::pack(db, id, &packed)) {
            Ok(()) => self.say(Verdict::fine(words)),
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// :copy: its lines once more, for the same customer, at another time.
    pub(super) fn copy_here(&mut self) {
        let Some(id) = self.reservation_here() else {
            return self.say(Verdict::attention(
                "open a reservation first",
                "type its number",
            ));
        };
        match (
            booking::reservation(self.shop.read(), id),
            booking::wants_of(self.shop.read(), id),
        ) {
            (Ok(found), Ok(wants)) => {
                let mut draft = ReservationDraft {
                    customer: found.customer,
                    ..ReservationDraft::new(self.usual_window())
                };
                for want in wants {
                    draft.add(want);
                }
                self.begin(
                    draft,
                    Verdict::question(
                        format!("the lines of {}, once more: when?", found.number),
                        "Ctrl+D sets the dates · Enter saves",
                    ),
                );
            }
            (Err(failure), _) | (_, Err(failure)) => self.say(Verdict::of(&failure.into())),
        }
    }

    pub(super) fn note_reservation(
        &mut self,
        id: ReservationId,
        note: Option<Text>,
    ) -> Result<(), Stop> {
        let settings = self.shop.settings.clone();
        self.shop.write(|db| {
            desk::change(
                db,
                &settings,
                id,
                &Change {
                    note: Some(note),
                    ..Change::default()
                },
            )
        })
    }
}
