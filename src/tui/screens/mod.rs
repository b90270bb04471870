//! The screens: each makes its page from the shop, once per change, and never while drawing.

mod backups;
mod bench;
mod check_in;
mod check_out;
mod customers;
mod desk;
mod editor;
mod found;
mod gear;
mod history;
mod invoices;
mod plan;
mod reports;
mod reservation;
mod reserved_lines;
mod tests_of_keys;

pub use editor::{answers_changed, way_words, ways, wrapped};
pub use found::{editor_hits, found};
pub use plan::day_typed;
pub use reports::{
    first_asked as first_report, moved as moved_report, next as next_report,
    widened as widened_report,
};

use super::place::{Page, Place};
use super::verdict::Said;
use crate::desk::{InHand, ReservationDraft};
use crate::kernel::text::several;
use crate::kernel::{Fallible, Moment, RentalId};
use crate::shop::Shop;
use std::collections::VecDeque;

/// What a screen knows besides the shop.
pub struct Session<'a> {
    pub typed: &'a str,
    pub in_hand: &'a InHand,
    pub editing: Option<&'a ReservationDraft>,
    /// Returns of this visit to the Check-in screen, newest first.
    pub back: &'a [RentalId],
    pub returned_at: Option<Moment>,
    pub log: &'a VecDeque<Said>,
    /// What the scanner and key tests have seen.
    pub seen: &'a [String],
    pub plan: &'a crate::tui::grid::PlanState,
    /// Columns and rows of the screen, for a page that reads only what it shows.
    pub size: (u16, u16),
}

pub fn page(place: &Place, shop: &Shop, session: &Session<'_>) -> Fallible<Page> {
    match place {
        Place::Desk => desk::page(shop, session),
        Place::CheckOut => check_out::page(shop, session),
        Place::CheckIn => check_in::page(shop, session),
        Place::Customers => customers::list(shop, session),
        Place::Customer(id) => customers::one(shop, *id),
        Place::Gear(of) => gear::list(shop, session, *of),
        Place::Item(id) => gear::item(shop, *id),
        Place::Bench => bench::page(shop),
        Place::Plan => plan::page(shop, session),
        Place::History(asked) => history::page(
            shop,
            if session.typed.is_empty() {
                asked
            } else {
                session.typed
            },
        ),
        Place::Reservation(id) => reservation::page(shop, *id),
        Place::Reserve => editor::page(shop, session),
        Place::Reports(asked) => reports::page(shop, session, *asked),
        Place::Behind(asked, key, name) => reports::behind(shop, *asked, *key, name),
        Place::Invoices(of) => invoices::list(shop, session, *of),
        Place::Invoice(id) => invoices::one(shop, *id),
        Place::Backups => backups::page(shop),
        Place::Log => Ok(tests_of_keys::log(shop, session)),
        Place::Scanner => Ok(tests_of_keys::scanner(session)),
        Place::Keys => Ok(tests_of_keys::keys(session)),
    }
}

/// `due today 18:00`, or `2 days late`.
fn due_words(shop: &Shop, due: Moment) -> String {
    let now = shop.now();
    match crate::pricing::late_words(&shop.settings, due, now) {
        Some(late) => format!("{late} late"),
        None => format!("due {}", shop.settings.zone.show_near(due, now)),
    }
}

fn items(count: usize) -> String {
    several(count as i64, "item")
}

/// A type that something in the shop names, so it is there.
fn type_of(shop: &Shop, id: crate::kernel::TypeId) -> Fallible<crate::catalog::NewType> {
    match crate::catalog::type_details(shop.read(), id) {
        Ok(found) => Ok(found.details),
        Err(crate::kernel::Failure::Fault(fault)) => Err(fault),
        Err(crate::kernel::Failure::Refused(refusal)) => Err(anyhow::anyhow!("{refusal}")),
    }
}
