//! Reservations by keys: written, changed, extended, cancelled, handed over; with the budgets of presses.

use crate::counter::{Counter, friday, holder, item};
use rentdesk::booking::{self, Firmness, NewReservation, Reservation, ReservationState, Want};
use rentdesk::desk;
use rentdesk::kernel::{Clock, Moment, Period};
use rentdesk::shop::Shop;
use rentdesk::{catalog, customers};

/// `2025-11-22 09:00` in Berlin, as days from Friday.
fn at(days: i64, hour: i64) -> Moment {
    Moment(friday().0 + days * 86_400 - (10 - hour) * 3600 - 42 * 60)
}

/// A reservation made as another program would make it.
fn reserved(shop: &mut Shop, who: &str, from: Moment, to: Moment, lines: &[(&str, i64)], firmness: Firmness) -> Reservation {
    let settings = shop.settings.clone();
    let customer = customers::resolve(shop.read(), who).unwrap().id;
    let wants = lines.iter().map(|(name, quantity)| Want::of(catalog::resolve_type(shop.read(), name).unwrap().id, *quantity)).collect();
    let new = NewReservation { customer: Some(customer), window: Period { start: from, end: to }, wants, firmness, note: None, keep_short: false, reference: None };
    let id = shop.write(|db| desk::reserve(db, &settings, &new)).unwrap();
    booking::reservation(shop.read(), id).unwrap()
}

fn again(counter: &Counter, found: &Reservation) -> Reservation {
    booking::reservation(counter.app.shop.read(), found.id).unwrap()
}

fn shown(counter: &Counter, moment: Moment) -> String {
    counter.app.shop.settings.zone.show(moment, friday())
}

/// The newest reservation and its lines as `quantity x name`.
fn newest(counter: &Counter) -> (Reservation, Vec<String>) {
    let db = counter.app.shop.read();
    let found = booking::list(db, None, 1000).unwrap().into_iter().max_by_key(|found| found.number).unwrap();
    let lines = booking::lines(db, found.id).unwrap();
    let lines = lines.iter().filter(|line| line.state != booking::LineState::Dropped).map(|line| format!("{} x {}", line.quantity, line.type_name)).collect();
    (found, lines)
}

#[test]
fn a_reservation_is_written_saved_and_undone() {
    let mut counter = Counter::demo();
    counter.keys("<f4>");
    assert!(counter.screen().contains("RESERVATION  new"), "{}", counter.screen());
    counter.keys("ines<ret>");
    assert!(counter.screen().contains("-- WHO   Ines Duarte · 0612 555 770"), "{}", counter.screen());
    counter.keys("<c-d>sat 9..mon 10");
    assert!(counter.screen().contains("Sat 22 Nov 09:00 -> Mon 24 Nov 10:00"), "it is echoed before Enter: {}", counter.screen());
    counter.keys("<ret>2*sachtler<ret>4*bat-v150<ret>");
    assert_eq!(counter.verdict(), "OK line 2: 4 x V-mount battery 150 Wh");
    counter.keys("+").scan("LEN-0049");
    assert_eq!(counter.verdict(), "OK line 3: 1 x LEN-0049 Sony 24-70 f/2.8 GM II, exactly this one");
    let screen = counter.screen();
    assert!(screen.contains("ok  2  V-mount battery 150 Wh") && screen.contains("LEN-0049 only") && screen.contains("S22 S23 M24"), "{screen}");
    counter.keys("<ret>");
    assert!(counter.verdict().starts_with("OK HOLD R-1014 until Sat 22 Nov 09:00 · 3 lines · Ctrl+Z"), "{}", counter.verdict());
    let (found, lines) = newest(&counter);
    assert_eq!((found.state, shown(&counter, found.end).as_str()), (ReservationState::Hold, "Mon 24 Nov 10:00"));
    assert_eq!(lines, ["2 x Sachtler Ace XL tripod", "5 x V-mount battery 150 Wh", "1 x Sony 24-70 f/2.8 GM II"]);
    assert!(desk::reservation_drafts(counter.app.shop.read()).unwrap().is_empty(), "the draft is gone when saved");
    counter.keys("<c-z>");
    assert!(counter.verdict().starts_with("OK UNDONE R-1014 made"), "{}", counter.verdict());
    assert_eq!(again(&counter, &found).state, ReservationState::Cancelled);
    counter.check();
}
