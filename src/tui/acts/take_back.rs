//! Taking back: saved at the scan, never refused, and told in words the hands need.

use crate::booking::{self, BookingRefusal, Rental, RentalState};
use crate::desk;
use crate::inventory::{self, Lifecycle, Stock};
use crate::kernel::text::cut;
use crate::kernel::{CustomerId, Failure, Fallible, RentalId, Stop};
use crate::tui::app::{App, BoxMode, Way};
use crate::tui::place::{Place, PlaceKind, RowKey};
use crate::tui::verdict::Verdict;

/// A long name must not push out who brought it and where it goes.
const NAME_IN_VERDICT: usize = 40;

impl App {
    pub(super) fn customer_at_check_in(&mut self, id: CustomerId) {
        match self.waiting_for_customer.take() {
            Some((type_id, count)) => {
                if let Ok(Some(bulk)) = inventory::bulk_of_type(self.shop.read(), type_id) {
                    self.take_back(&Stock::Bulk(bulk), count, Some(id));
                }
            }
            None => self.go(Place::Customer(id)),
        }
    }

    /// A thing comes back: saved at this scan, whatever the hour and whoever brings it.
    pub(in crate::tui) fn take_back(
        &mut self,
        stock: &Stock,
        count: Option<i64>,
        customer: Option<CustomerId>,
    ) {
        self.of_scan(|app| app.take_back_scanned(stock, count, customer));
    }

    fn take_back_scanned(
        &mut self,
        stock: &Stock,
        count: Option<i64>,
        customer: Option<CustomerId>,
    ) {
        let now = self.shop.now();
        let rental = match desk::rental_of(
            self.shop.read(),
            &self.shop.settings,
            stock,
            customer,
            now,
        ) {
            Ok(rental) => rental,
            Err(Failure::Refused(refusal @ BookingRefusal::WhoBrings { .. })) => {
                if let Stock::Bulk(bulk) = stock {
                    self.waiting_for_customer = Some((bulk.type_id, count));
                }
                return self.say(Verdict::question(
                    refusal.to_string(),
                    "type who brings it, or scan their card",
                ));
            }
            Err(Failure::Refused(BookingRefusal::NotOut { .. })) if matches!(stock, Stock::Item(item) if item.lifecycle == Lifecycle::Lost) =>
            {
                return self.find_lost(stock);
            }
            Err(Failure::Refused(
                refusal @ (BookingRefusal::NotOut { .. } | BookingRefusal::NoneOut(_)),
            )) => {
                return self.say(Verdict::attention(refusal.to_string(), "nothing changed"));
            }
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        let out = match rental.item {
            Some(_) => 1,
            None => booking::open_bulk_rentals(self.shop.read(), rental.type_id)
                .unwrap_or_default()
                .iter()
                .filter(|open| open.customer == rental.customer)
                .map(|open| open.quantity)
                .sum(),
        };
        if count.is_none() && out > 1 {
            self.ask_how_many(
                BoxMode::HowMany {
                    type_id: rental.type_id,
                    way: Way::In,
                    rental: Some(rental.id),
                    of: out,
                },
                out,
            );
            return self.say(Verdict::question(
                format!("how many of {out} came back?"),
                "Enter takes the number · Esc none",
            ));
        }
        self.close_rental(&rental, count);
    }

    /// A thing that was missing from its shelf is in somebody's hand: nobody had it out, so nothing
    /// but the loss ends.
    fn find_lost(&mut self, stock: &Stock) {
        let Stock::Item(item) = stock else { return };
        let settings = self.shop.settings.clone();
        let (id, tag) = (item.id, item.tag.clone());
        match self.watched(id, |db| desk::find(db, &settings, id, None, None)) {
            Ok(consequence) => {
                let told = self.with_consequence(
                    id,
                    Verdict::fine(format!("FOUND  {tag} is no longer lost")),
                    &consequence,
                );
                self.say(Verdict {
                    text: format!("{} · Ctrl+Z", told.text),
                    ..told
                });
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    pub(super) fn close_rental(&mut self, rental: &Rental, count: Option<i64>) {
        let (settings, at) = (self.shop.settings.clone(), self.returned_at);
        let closed = self.shop.write(|db| match count {
            Some(count) if rental.item.is_none() => {
                desk::take_back_count(db, &settings, rental, count, at)
            }
            _ => desk::take_back(
                db,
                &settings,
                &booking::CheckIn {
                    at,
                    ..booking::CheckIn::plain(rental.id)
                },
            )
            .map(|id| vec![id]),
        });
        match closed {
            Ok(closed) => {
                for id in &closed {
                    self.back.retain(|known| known != id);
                    self.back.insert(0, *id);
                }
                if let Some(id) = closed.last() {
                    self.selected = Some(RowKey::Rental(*id));
                    let words = self.back_words(*id);
                    self.say(words);
                }
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    pub(super) fn back_words(&self, id: RentalId) -> Verdict {
        let told = || -> Fallible<Option<(Verdict, Rental)>> {
            let db = self.shop.read();
            let Some(rental) = booking::rental(db, id)? else {
                return Ok(None);
            };
            let row = desk::rental_rows(db, std::slice::from_ref(&rental))?.remove(0);
            let stop = desk::next_stop(db, &rental)?;
            let many = if rental.item.is_none() {
                format!("{} x ", rental.quantity)
            } else {
                String::new()
            };
            let late = rental.late(&self.shop.settings, self.shop.now());
            let left = booking::out_to(db, rental.customer)?.len();
            let rest = if left == 0 {
                String::new()
            } else {
                format!(" · {left} still out")
            };
            let words = format!(
                "BACK   {many}{}  {} · {} {}{rest}",
                row.tag,
                cut(row.thing.as_str(), NAME_IN_VERDICT),
                row.number,
                row.customer
            );
            Ok(Some((
                if let Some(late) = late {
                    Verdict::attention(format!("{words} · {} late", late.words()), stop)
                } else {
                    Verdict {
                        hint: stop,
                        ..Verdict::fine(words)
                    }
                },
                rental,
            )))
        };
        match told() {
            Ok(Some((verdict, _))) => verdict,
            Ok(None) => Verdict::fine("back"),
            Err(fault) => Verdict::of(&Stop::Fault(fault)),
        }
    }

    /// F3 takes the marked rows back, and shows the screen where scans do.
    pub(super) fn open_check_in(&mut self) {
        let mut marked: Vec<RentalId> = self
            .marked
            .iter()
            .filter_map(|key| {
                if let RowKey::Rental(id) = key {
                    Some(*id)
                } else {
                    None
                }
            })
            .collect();
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
        if let Some(Ok(item)) = item
            .map(|id| inventory::known(self.shop.read(), id))
            .filter(|item| item.as_ref().is_ok_and(|item| item.out))
        {
            self.take_back(&Stock::Item(item), None, None);
        }
    }

    pub(super) fn mark_selected(&mut self) {
        if let Some(key) = self.selected.clone().filter(|key| {
            matches!(key, RowKey::Rental(_))
                || (self.place.kind() == PlaceKind::Gear
                    && matches!(key, RowKey::Type(_) | RowKey::Item(_)))
        }) {
            if !self.marked.remove(&key) {
                self.marked.insert(key);
            }
            self.move_selection(1);
        }
    }

    pub(super) fn mark_all(&mut self) {
        let section = self.page().sections.iter().find(|section| {
            section
                .rows
                .iter()
                .any(|row| Some(&row.key) == self.selected.as_ref())
        });
        let keys: Vec<RowKey> = section
            .map(|section| {
                section
                    .rows
                    .iter()
                    .map(|row| row.key.clone())
                    .filter(|key| matches!(key, RowKey::Rental(_)))
                    .collect()
            })
            .unwrap_or_default();
        let count = keys.len();
        self.marked.extend(keys);
        self.say(Verdict::fine(format!(
            "{count} marked · F3 takes them back"
        )));
    }
}
