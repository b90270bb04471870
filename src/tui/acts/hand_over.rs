//! Handing over: what is laid on the counter, who takes it, and the finish.

use crate::booking::{self, BookingRefusal};
use crate::customers;
use crate::desk::{self, MoneyRefusal};
use crate::inventory::{self, Stock};
use crate::kernel::text::several;
use crate::kernel::{CustomerId, Failure, Fallible, Moment, Period, RentalId, Stop, Text};
use crate::shop::fresh_command;
use crate::tui::app::{App, BoxMode, Way};
use crate::tui::overlays::{Answer, Ask, Overlay, Taking};
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::{Severity, Verdict};
use std::collections::BTreeSet;

impl App {
    /// A thing is laid on the counter to go out: kept at once, out at the finish.
    pub(super) fn stage(&mut self, stock: &Stock, count: Option<i64>) {
        self.of_scan(|app| app.stage_scanned(stock, count));
    }

    fn stage_scanned(&mut self, stock: &Stock, count: Option<i64>) {
        let now = self.shop.now();
        if let Stock::Item(item) = stock
            && self
                .in_hand
                .things
                .iter()
                .any(|thing| thing.item == Some(item.id))
        {
            return self.say(Verdict::fine(format!("{} is in hand already", item.tag)));
        }
        if let (Stock::Bulk(bulk), None) = (stock, count) {
            let here = bulk.quantity - bulk.out - self.staged_count(bulk.type_id);
            if here < 1 {
                return self.say(Verdict::bad(
                    format!("{}: none is on the shelf, {} are out", bulk.tag, bulk.out),
                    "take some back first",
                ));
            }
            let reserved = self.still_reserved(bulk.type_id);
            self.ask_how_many(
                BoxMode::HowMany {
                    type_id: bulk.type_id,
                    way: Way::Out,
                    rental: None,
                    of: here,
                },
                reserved.clamp(1, here),
            );
            let to_go = if reserved > 0 {
                format!("{reserved} to go, ")
            } else {
                String::new()
            };
            return self.say(Verdict::question(
                format!("{}: {to_go}how many of the {here} here?", bulk.tag),
                "Enter takes the number · Esc none",
            ));
        }
        let quantity = count.unwrap_or(1);
        let already = if let Stock::Bulk(bulk) = stock {
            self.staged_count(bulk.type_id)
        } else {
            0
        };
        match booking::may_leave(
            self.shop.read(),
            &self.shop.settings,
            stock,
            quantity + already,
            now,
        ) {
            Ok(()) => {
                let item = if let Stock::Item(item) = stock {
                    Some(item.id)
                } else {
                    None
                };
                self.lay_down(
                    stock,
                    Taking {
                        item,
                        type_id: stock.type_id(),
                        quantity,
                        swap: None,
                        extra: false,
                        anyway: false,
                        aside: false,
                    },
                );
            }
            Err(Failure::Refused(refusal @ BookingRefusal::StillOut { .. })) => {
                self.ask_take_back(stock, &refusal)
            }
            Err(failure) => {
                let stop = Stop::from(failure);
                let verdict = match stop {
                    Stop::Refused(declined) => {
                        Verdict::bad(format!("{} · not added", declined.message), declined.hint)
                    }
                    fault => Verdict::of(&fault),
                };
                self.say(verdict);
            }
        }
    }

    pub(super) fn staged_count(&self, type_id: crate::kernel::TypeId) -> i64 {
        self.in_hand
            .things
            .iter()
            .filter(|thing| thing.item.is_none() && thing.type_id == type_id)
            .map(|thing| thing.quantity)
            .sum()
    }

    pub(super) fn stage_fit(&mut self, stock: &Stock, quantity: i64) {
        let now = self.shop.now();
        let (tag, item, type_id, about) = match stock {
            Stock::Item(item) => {
                let missing = crate::history::flags_of(self.shop.read(), item.id)
                    .is_ok_and(|flags| flags.iter().any(|flag| flag.flag == "INCOMPLETE"));
                let missing = if missing { " · PART MISSING" } else { "" };
                let note = item
                    .note
                    .as_ref()
                    .map(|note| format!(" · note: {note}"))
                    .unwrap_or_default();
                (
                    item.tag.clone(),
                    Some(item.id),
                    item.type_id,
                    format!("{missing}{note}"),
                )
            }
            Stock::Bulk(bulk) => (bulk.tag.clone(), None, bulk.type_id, String::new()),
        };
        match self
            .in_hand
            .things
            .iter_mut()
            .find(|thing| thing.item.is_none() && item.is_none() && thing.type_id == type_id)
        {
            Some(counted) => counted.quantity += quantity,
            None => self.in_hand.things.push(desk::Staged {
                tag: tag.clone(),
                item,
                type_id,
                quantity,
                at: now,
            }),
        }
        self.in_hand.since.get_or_insert(now);
        if !self.keep_in_hand() {
            return;
        }
        let name = self.type_name(type_id);
        let many = if item.is_none() {
            format!("{quantity} x ")
        } else {
            String::new()
        };
        let next = if self.in_hand.customer.is_none() {
            " · who takes it?"
        } else {
            ""
        };
        let words = format!("IN HAND   {many}{tag}  {name}{about}{next}");
        self.say(if about.is_empty() {
            Verdict::fine(words)
        } else {
            Verdict::attention(words, "look before it goes")
        });
        self.selected = Some(RowKey::InHand(self.in_hand.things.len() - 1));
    }

    pub(super) fn type_name(&self, id: crate::kernel::TypeId) -> String {
        crate::catalog::names(self.shop.read(), [id])
            .ok()
            .and_then(|mut names| names.remove(&id))
            .map(|name| name.to_string())
            .unwrap_or_default()
    }

    pub(super) fn ask_take_back(&mut self, stock: &Stock, refusal: &BookingRefusal) {
        let Stock::Item(item) = stock else { return };
        let Ok(Some(open)) = booking::open_rental(self.shop.read(), item.id) else {
            return;
        };
        self.say(Verdict::question(
            refusal.to_string(),
            format!(
                "{}[B] take it back and add it here · [Esc] leave it",
                refusal
                    .instead()
                    .map(|words| format!("{words} · "))
                    .unwrap_or_default()
            ),
        ));
        self.overlay = Some(Overlay::Ask(Ask {
            title: format!("{} IS STILL OUT", item.tag),
            lines: vec![refusal.to_string()],
            choices: vec![(
                'B',
                "take it back there, and add it here".to_owned(),
                Answer::TakeBackAndAdd(open.id),
            )],
        }));
    }

    /// Writes what is in hand down; a crash brings it back. False where it was not kept, and the
    /// verdict says why.
    pub(in crate::tui) fn keep_in_hand(&mut self) -> bool {
        if self.shop.store.is_rehearsing() {
            return true; // a dry run keeps nothing, not even what is in hand
        }
        if self.in_hand.is_empty() && self.in_hand.note.is_none() {
            self.forget_in_hand(); // what holds nothing is not unfinished
            return true;
        }
        match self.shop.keep(|db| desk::save(db, &self.in_hand)) {
            Ok(Some((id, version))) => {
                (self.in_hand.id, self.in_hand.version) = (Some(id), version);
                let pieces = self.in_hand.things.iter().map(|thing| thing.quantity).sum();
                if pieces != self.laid.0 {
                    self.laid = (
                        pieces,
                        desk::newest_of_all(self.shop.read()).unwrap_or(self.laid.1),
                    );
                }
                true
            }
            Ok(None) => {
                self.in_hand = desk::InHand::default();
                self.go(Place::Desk);
                self.say(Verdict::bad("another window went on with this check-out, or finished it · the last scan was not added", "what is unfinished stands on the Desk"));
                false
            }
            Err(fault) => {
                self.say(Verdict::of(&Stop::Fault(fault)));
                false
            }
        }
    }

    /// An unfinished check-out is gone on with: what of it went out elsewhere meanwhile is told
    /// now, not at the finish.
    pub(super) fn say_as_left(&mut self) {
        let gone = |thing: &desk::Staged| {
            desk::gone_meanwhile(self.shop.read(), thing)
                .ok()
                .flatten()
                .map(|why| format!("{} {why}", thing.tag))
        };
        let gone: Vec<String> = self.in_hand.things.iter().filter_map(gone).collect();
        let words = format!("{} in hand, as it was left", self.in_hand.count());
        self.say(match gone.is_empty() {
            true => Verdict::fine(words),
            false => Verdict::attention(
                format!("{words}, but {}", gone.join(", ")),
                "Del takes off what is not here",
            ),
        });
    }

    /// Puts an unfinished check-out back on the shelf; false where another window goes on with it.
    pub(super) fn put_back(&mut self, id: i64) -> Fallible<bool> {
        let mine = self.in_hand.id == Some(id);
        let version = if mine {
            self.in_hand.version
        } else {
            desk::in_hand(self.shop.read(), id)?.map_or(0, |draft| draft.version)
        };
        let gone = self.shop.keep(|db| desk::forget(db, id, version))?;
        if gone && mine {
            self.in_hand = desk::InHand::default();
        }
        Ok(gone)
    }

    pub(super) fn give_to(&mut self, id: CustomerId) {
        let customer = match customers::known(self.shop.read(), id) {
            Ok(customer) => customer,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        let theirs = self.in_hand.reservation.is_none_or(|reservation| {
            booking::reservation(self.shop.read(), reservation)
                .is_ok_and(|found| found.customer == Some(id))
        });
        if !theirs {
            self.in_hand.reservation = None; // somebody else takes it: a reservation of their own
        }
        self.in_hand.customer = Some(id);
        if !self.keep_in_hand() {
            return;
        }
        self.recent.retain(|known| *known != id);
        self.recent.insert(0, id);
        let name = &customer.profile.name;
        match (&customer.suspended_reason, &customer.profile.note) {
            (Some(reason), _) => self.say(Verdict::attention(
                format!("{name} is SUSPENDED: {reason}"),
                "the finish will be refused; :suspend on their page reinstates",
            )),
            (None, Some(note)) => self.say(Verdict::attention(
                format!("{name} · {note}"),
                "Enter finishes",
            )),
            (None, None) => self.say(Verdict::fine(format!(
                "{name} takes {} · Enter finishes",
                several(self.in_hand.count() as i64, "item")
            ))),
        }
    }

    pub(super) fn name_free_items(
        &mut self,
        found: &crate::catalog::EquipmentType,
        count: Option<i64>,
    ) {
        if let Ok(Some(bulk)) = inventory::bulk_of_type(self.shop.read(), found.id) {
            let stock = Stock::Bulk(bulk);
            return if self.place == Place::CheckOut {
                self.stage(&stock, count)
            } else {
                self.take_back(&stock, count, None)
            };
        }
        let now = self.shop.now();
        let window = Period {
            start: now,
            end: now.plus_minutes(self.shop.settings.due_after_minutes.max(1)),
        };
        let free: Vec<String> = booking::free_alone(self.shop.read(), found.id, window)
            .unwrap_or_default()
            .iter()
            .take(6)
            .map(|item| item.tag.to_string())
            .collect();
        let words = if free.is_empty() {
            "none is in".to_owned()
        } else {
            format!("scan one: {}", free.join(" "))
        };
        self.say(Verdict::attention(
            format!("{} is a type", found.details.name),
            words,
        ));
    }

    /// The finish: the first Enter shows what will happen, the second does it.
    pub(super) fn finish(&mut self) {
        if self.in_hand.things.is_empty() {
            return self.say(Verdict::bad(
                "nothing is in hand",
                "scan what goes out, or Esc",
            ));
        }
        let Some(id) = self.in_hand.customer else {
            return self.say(Verdict::question(
                "who takes it?",
                "type a name or scan a card",
            ));
        };
        if !self.reason_is_known() {
            return;
        }
        if self.may_finish_fast() {
            return self.hand_over(fresh_command());
        }
        if let Err(stop) = self
            .strip_lines(id)
            .and_then(|lines| self.open_finish(lines))
        {
            self.say(Verdict::of(&stop));
        }
    }

    pub(super) fn strip_lines(&self, id: CustomerId) -> Result<Vec<String>, Stop> {
        let customer = customers::known(self.shop.read(), id)?;
        let now = self.shop.now();
        let zone = &self.shop.settings.zone;
        let tags: Vec<String> = self
            .in_hand
            .things
            .iter()
            .map(|thing| {
                if thing.item.is_none() {
                    format!("{} x {}", thing.quantity, thing.tag)
                } else {
                    thing.tag.to_string()
                }
            })
            .collect();
        let reserved = self
            .in_hand
            .reservation
            .and_then(|id| booking::reservation(self.shop.read(), id).ok())
            .map(|found| found.end)
            .filter(|end| *end > now);
        let mut dues: Vec<Moment> = Vec::new();
        for thing in &self.in_hand.things {
            let fixed = crate::catalog::type_details(self.shop.read(), thing.type_id)
                .map_err(Stop::from)?
                .details
                .fixed_hours;
            dues.push(booking::due_of(
                &self.shop.settings,
                fixed,
                self.in_hand.due.or(reserved),
                now,
            ));
        }
        dues.sort_unstable();
        dues.dedup();
        let due = dues
            .iter()
            .map(|due| zone.show(*due, now))
            .collect::<Vec<_>>()
            .join(" and ");
        let profile = &customer.profile;
        let mut lines = vec![
            format!(
                "{} to {} {}",
                several(self.in_hand.count() as i64, "item"),
                customer.number,
                profile.name
            ),
            tags.join("  "),
            format!("out {}   due {due}", zone.show(now, now)),
        ];
        let closed = dues.iter().filter_map(|due| self.closed_words(*due));
        lines.extend(closed.map(|closed| format!("!! {closed} (Ctrl+D moves it)")));
        lines.extend(self.lines_words().into_iter().flatten());
        lines.extend(self.price_words()?);
        if profile.phone.is_none() {
            lines.push(
                "!! no phone number is known: ask for it, Ctrl+N on the customer keeps it"
                    .to_owned(),
            );
        }
        if let Some(reason) = &customer.suspended_reason {
            lines.push(format!("!! SUSPENDED: {reason}"));
        }
        lines.extend(self.in_hand.note.iter().map(|note| format!("note: {note}")));
        Ok(lines)
    }

    /// `due Sun 23 Nov 10:42: closed, opens Mon 24 Nov 09:00`
    pub(super) fn closed_words(&self, due: Moment) -> Option<String> {
        let (settings, now) = (&self.shop.settings, self.shop.now());
        let zone = &settings.zone;
        (!settings.hours.is_open(zone, due)).then(|| {
            format!(
                "due {}: closed, opens {}",
                zone.show(due, now),
                zone.show(settings.hours.next_open(zone, due), now)
            )
        })
    }

    pub(super) fn hand_over(&mut self, command: uuid::Uuid) {
        let Some(customer) = self.in_hand.customer else {
            return;
        };
        if self.scans_waiting() > 0 {
            // What was scanned meanwhile belongs to this check-out; on the Desk it would mean
            // something else.
            self.verdict = Verdict::question(
                format!("{} scanned meanwhile", super::scans(self.scans_waiting())),
                "Esc takes it in, then Enter · nothing was handed over yet",
            );
            return;
        }
        let Some(check_out) = self.in_hand.command() else {
            return;
        };
        let money = match self.money_in_hand() {
            Ok(money) => money,
            Err(stop) => return self.say(Verdict::of(&stop)),
        };
        let (settings, draft) = (
            self.shop.settings.clone(),
            self.in_hand.id.map(|id| (id, self.in_hand.version)),
        );
        let before: Vec<RentalId> = self
            .in_hand
            .reservation
            .and_then(|id| booking::rentals_of(self.shop.read(), id).ok())
            .unwrap_or_default()
            .iter()
            .map(|one| one.id)
            .collect();
        let mut aside = None;
        let outcome = self.shop.write_once(command, |db| {
            let reservation =
                desk::hand_over_paid(db, &settings, &check_out, &money).inspect_err(|failure| {
                    if let Failure::Refused(MoneyRefusal::Booking(
                        BookingRefusal::InCase { tag, .. }
                        | BookingRefusal::SetAside { tag, .. }
                        | BookingRefusal::CountAside { tag, .. },
                    )) = failure
                    {
                        aside = Some(tag.clone());
                    }
                })?;
            if let Some((draft, version)) = draft
                && !desk::forget(db, draft, version)?
            {
                return Err(MoneyRefusal::Booking(BookingRefusal::DraftElsewhere).into());
            }
            Ok::<_, Failure<MoneyRefusal>>(reservation)
        });
        match outcome {
            Ok(reservation) => {
                let (count, finish) = (self.in_hand.count(), self.in_hand.finish.clone());
                self.in_hand = desk::InHand::default();
                self.overlay = None;
                self.back.clear();
                self.go(Place::Desk);
                let (papers, failed) = self.print_after_finish(reservation, &finish);
                let more = format!("{}{papers}", self.taken_words(&money));
                let mut words = self.handed_words(reservation, &before, count, customer, &more);
                if !failed.is_empty() {
                    words = Verdict {
                        severity: Severity::Attention,
                        text: format!("{} · {}", words.text, failed.join(" · ")),
                        hint: "F9 lists the papers".to_owned(),
                    };
                }
                self.handed = Some(words.text.clone());
                self.say(words);
            }
            Err(Stop::Refused(declined)) if aside.is_some() => {
                self.overlay = None;
                if let Some(tag) = aside {
                    self.ask_hand_over_aside(tag, &declined.message);
                }
            }
            Err(Stop::Refused(declined)) if declined.kind == "shortage" => {
                self.overlay = None;
                self.ask_hand_over_anyway(&declined.message);
            }
            Err(stop) => {
                self.overlay = None;
                self.say(Verdict::of(&stop));
            }
        }
    }

    /// The due times are those of what just left: a finish may say another than the reservation
    /// does.
    fn handed_words(
        &self,
        reservation: crate::kernel::ReservationId,
        before: &[RentalId],
        count: usize,
        customer: CustomerId,
        more: &str,
    ) -> Verdict {
        let name = customers::names(self.shop.read(), [customer])
            .ok()
            .and_then(|mut names| names.remove(&customer))
            .unwrap_or_default();
        let now = self.shop.now();
        let number = booking::number_of(self.shop.read(), reservation)
            .map_or_else(|_| String::new(), |number| number.to_string());
        let rentals = booking::rentals_of(self.shop.read(), reservation).unwrap_or_default();
        let dues: BTreeSet<Moment> = rentals
            .iter()
            .filter(|rental| !before.contains(&rental.id))
            .map(|rental| rental.due_at)
            .collect();
        let due = dues
            .into_iter()
            .map(|due| self.shop.settings.zone.show(due, now))
            .collect::<Vec<_>>()
            .join(" and ");
        Verdict::fine(format!(
            "OUT {} to {name}, due {due} · {number}{more} · Ctrl+Z",
            several(count as i64, "item")
        ))
    }

    pub(super) fn take_off_tag(&mut self, typed: &str) {
        let code = crate::kernel::tag::code_of(typed);
        match self
            .in_hand
            .things
            .iter()
            .position(|thing| thing.tag.code() == code)
        {
            Some(position) => self.take_off(position),
            None => self.say(Verdict::attention(
                format!("{} is not in hand", Text::new(typed)),
                "nothing changed",
            )),
        }
    }

    pub(super) fn take_off(&mut self, position: usize) {
        if position < self.in_hand.things.len() {
            let thing = self.in_hand.things.remove(position);
            self.in_hand
                .swaps
                .retain(|(item, _)| Some(*item) != thing.item);
            self.in_hand.aside.retain(|item| Some(*item) != thing.item);
            self.in_hand
                .aside_counts
                .retain(|type_id| thing.item.is_some() || *type_id != thing.type_id);
            self.keep_in_hand();
            self.say(Verdict::fine(format!(
                "{} taken off · scan it again to add it",
                thing.tag
            )));
        }
    }

    pub(super) fn forget_in_hand(&mut self) {
        if let Some(id) = self.in_hand.id
            && let Err(fault) = self.put_back(id)
        {
            self.say(Verdict::of(&Stop::Fault(fault)));
        }
        self.in_hand = desk::InHand {
            due: self.in_hand.due,
            ..desk::InHand::default()
        };
    }

    pub(super) fn open_check_out(&mut self) {
        if let Place::Reservation(id) = self.place {
            return self.hand_over_reservation(id);
        }
        let customer = match (&self.place, &self.selected) {
            (Place::Customer(id), _) => Some(*id),
            (Place::Customers, Some(RowKey::Customer(id))) => Some(*id),
            _ => None,
        };
        let item = match self.place {
            Place::Item(id) => Some(id),
            _ => None,
        };
        self.make_room_for(customer);
        self.open(Place::CheckOut);
        if let Some(Ok(item)) = item.map(|id| inventory::known(self.shop.read(), id)) {
            self.stage(&Stock::Item(item), None);
        }
    }

    /// A new check-out for that customer, if what is in hand is another's: that one stays on the
    /// Desk as unfinished.
    pub(super) fn make_room_for(&mut self, customer: Option<CustomerId>) {
        if customer.is_some()
            && self.in_hand.customer.is_some()
            && self.in_hand.customer != customer
        {
            self.in_hand = desk::InHand::default();
        }
        if self.in_hand.is_empty() {
            self.in_hand.customer = customer;
        }
    }

    pub(super) fn change_count(&mut self, by: i64) {
        let Some(RowKey::InHand(position)) = self.selected else {
            return self.say(Verdict::attention(
                "no count is selected",
                "choose a row with the arrows",
            ));
        };
        let Some(thing) = self.in_hand.things.get(position).cloned() else {
            return;
        };
        if thing.item.is_some() {
            return self.say(Verdict::attention(
                format!("{} is one thing with its own tag", thing.tag),
                "Del takes it off",
            ));
        }
        if thing.quantity + by < 1 {
            return self.take_off(position);
        }
        let Ok(Some(bulk)) = inventory::bulk_of_type(self.shop.read(), thing.type_id) else {
            return;
        };
        if let Err(failure) = booking::may_leave(
            self.shop.read(),
            &self.shop.settings,
            &Stock::Bulk(bulk),
            thing.quantity + by,
            self.shop.now(),
        ) {
            return self.say(Verdict::of(&failure.into()));
        }
        self.in_hand.things[position].quantity += by;
        self.keep_in_hand();
        self.say(Verdict::fine(format!(
            "{} x {}",
            thing.quantity + by,
            thing.tag
        )));
    }
}
