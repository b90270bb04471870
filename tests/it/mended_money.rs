//! Money and two windows: what a review of the settling, the deposits and the undo of paid hand-overs found, as journeys. Goal: no cent goes
//! back twice, is charged twice or is used where nobody was asked. Method: the demo shop, two windows on one file, the books looked at.

use crate::counter::{Counter, holder};
use crate::two_windows::second_window;
use rentdesk::billing;

/// What stands on an account of the books, in cents.
fn account(counter: &Counter, name: &str) -> i64 {
    counter.app.shop.drain_all().unwrap();
    billing::accounts(counter.app.shop.read()).unwrap().into_iter().find(|(known, _)| known == name).map_or(0, |(_, amount)| amount.0)
}

/// Maya Chen has 200.00 of credit, and took a camera that she paid with 80.00 by card.
fn paid_hand_over() -> Counter {
    let mut counter = Counter::demo();
    counter.keys("chen<ret>:pay 200 cash<ret><ret><esc><esc>").scan("CAM-0012").keys("chen<ret><ret>all card 4471<ret>");
    assert!(counter.verdict().contains("paid 80.00 EUR by card 4471"), "{}", counter.verdict());
    assert_eq!((account(&counter, "CASH"), account(&counter, "CARD")), (20_000, 8_000));
    counter
}

#[test]
fn undo_of_a_paid_hand_over_gives_nothing_back_that_another_window_gave_back() {
    let mut first = paid_hand_over();
    let mut second = second_window(&first);
    first.keys("<c-z>");
    assert!(first.screen().contains("UNDO GIVES MONEY BACK"), "{}", first.screen());
    second.keys("1021<ret>:refund 80 card 4471<ret><ret>");
    assert!(second.verdict().starts_with("OK DONE  give back 80.00 EUR by card 4471"), "{}", second.verdict());
    // What was asked is not what it would be now.
    first.keys("u");
    assert!(first.verdict().starts_with("BAD Meanwhile: out 1 item to Maya Chen; 80.00 EUR by card 4471 stays"), "{}", first.verdict());
    assert_eq!(holder(&first, "CAM-0012").as_deref(), Some("Maya Chen"));
    first.keys("<esc><c-z>");
    assert!(first.verdict().starts_with("OK UNDONE out 1 item to Maya Chen; 80.00 EUR by card 4471 stays taken"), "{}", first.verdict());
    assert_eq!((holder(&first, "CAM-0012"), account(&first, "CASH"), account(&first, "CARD")), (None, 20_000, 0));
    first.check();
}

#[test]
fn undo_of_a_paid_hand_over_leaves_the_money_that_an_invoice_used() {
    let mut first = paid_hand_over();
    let mut second = second_window(&first);
    second.keys("1021<ret>:issue<ret><ret>");
    assert!(second.verdict().contains("I-0001"), "{}", second.verdict());
    first.keys("<c-z>");
    assert!(first.verdict().starts_with("OK UNDONE out 1 item to Maya Chen; 80.00 EUR by card 4471 stays taken: an invoice used it"), "{}", first.verdict());
    assert_eq!((holder(&first, "CAM-0012"), account(&first, "CASH"), account(&first, "CARD")), (None, 20_000, 8_000));
    first.check();
}
