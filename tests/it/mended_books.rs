//! What reviewers found wrong in the books, each as the shop would meet it.

use crate::counter::Counter;
use crate::exchange;
use rentdesk::booking::{self, CheckIn, RentalState};
use rentdesk::desk::{self, Judgement};
use rentdesk::exchange::columns::ListKind;
use rentdesk::exchange::import::ImportOptions;
use rentdesk::history;
use rentdesk::inventory::{self, InventoryRefusal, Item, Lifecycle};
use rentdesk::kernel::{Clock, Failure, RentalId, Stop, Text};
use rentdesk::outbox;
use rentdesk::shop::{SUBSCRIBERS, Shop, fresh_command};
use rentdesk::store::log;
use std::process::Command;

fn state(counter: &Counter, rental: RentalId) -> RentalState {
    booking::rental(counter.app.shop.read(), rental)
        .unwrap()
        .unwrap()
        .state
}

fn said<T>(outcome: Result<T, Stop>) -> String {
    match outcome {
        Err(Stop::Refused(refusal)) => refusal.to_string(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("it was not refused"),
    }
}

/// CAM-0012 out to Maya Chen.
fn handed_out() -> (Counter, Item, RentalId) {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("chen<ret><ret><ret>");
    let item = crate::counter::item(&counter, "CAM-0012");
    let rental = booking::open_rental(counter.app.shop.read(), item.id)
        .unwrap()
        .unwrap()
        .id;
    (counter, item, rental)
}

/// The same, and lost since.
fn lost() -> (Counter, Item, RentalId) {
    let (mut counter, item, rental) = handed_out();
    counter
        .app
        .shop
        .write(|db| desk::judge(db, item.id, None, &Judgement::Lost(Text::new("gone"))))
        .unwrap();
    assert_eq!(state(&counter, rental), RentalState::Lost);
    (counter, item, rental)
}

fn rentdesk(counter: &Counter, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_rentdesk"))
        .args(arguments)
        .env("RENTDESK_DB", counter.folder.path().join("shop.db"))
        .env("RENTDESK_NOW", "2025-11-21T09:42:00Z")
        .env("RENTDESK_STAFF", "Ana")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_is_out_is_not_lost_behind_the_customers_back() {
    let (mut counter, item, rental) = handed_out();
    let outcome = counter.app.shop.write(|db| {
        inventory::report_lost(db, item.id, &Text::new("gone"), None)
            .map_err(|failure: Failure<InventoryRefusal>| failure)
    });
    assert_eq!(said(outcome), "CAM-0012 is out; take it back first");
    // A file that an earlier version wrote: the check tells, and the return mends it.
    counter
        .app
        .shop
        .write(|db| -> Result<(), Failure<InventoryRefusal>> {
            Ok(db
                .execute(
                    "UPDATE item SET lifecycle = 'LOST' WHERE id = ?1",
                    [item.id],
                )
                .map(|_| ())?)
        })
        .unwrap();
    assert_eq!(
        counter.app.shop.check().unwrap()[0].message,
        format!("CAM-0012 is LOST, and out with rental {}", rental.0)
    );
    counter.scan("CAM-0012");
    assert_eq!(crate::counter::item(&counter, "CAM-0012").state(), "IN");
    counter.check();
}

#[test]
fn found_ends_the_rental_under_which_it_was_lost() {
    let (counter, _, rental) = lost();
    rentdesk(
        &counter,
        &[
            "item",
            "found",
            "CAM-0012",
            "--condition",
            "unusable",
            "--note",
            "wet",
        ],
    );
    assert_eq!(
        (
            state(&counter, rental),
            crate::counter::item(&counter, "CAM-0012").state()
        ),
        (RentalState::Returned, "UNUSABLE")
    );
    counter.check();
    rentdesk(&counter, &["undo"]);
    assert_eq!(
        (
            state(&counter, rental),
            crate::counter::item(&counter, "CAM-0012").state()
        ),
        (RentalState::Lost, "LOST")
    );
    counter.check();
}

#[test]
fn what_was_retired_after_its_loss_comes_back_retired() {
    let (mut counter, item, rental) = lost();
    counter
        .app
        .shop
        .write(|db| inventory::retire(db, item.id, &Text::new("written off")))
        .unwrap();
    rentdesk(&counter, &["in", "CAM-0012"]);
    assert_eq!(
        (
            state(&counter, rental),
            crate::counter::item(&counter, "CAM-0012").lifecycle
        ),
        (RentalState::Returned, Lifecycle::Retired)
    );
    counter.check();
    let again = counter.app.shop.settings.clone();
    let outcome = counter
        .app
        .shop
        .write(|db| booking::check_in(db, &again, &CheckIn::plain(rental)));
    assert!(said(outcome).starts_with("CAM-0012 was not out"));
}

/// A shop with two lamps, Ann and Ben.
fn with_lamps() -> exchange::Counter {
    let mut shop = exchange::counter("UTC", exchange::NOW);
    shop.import(
        ListKind::Customers,
        "name,email\nAnn,ann@x.org\nBen,ben@x.org\n",
    );
    shop.import(ListKind::Items, "tag,type\nA1,Lamp\nA2,Lamp\n");
    shop
}

#[test]
fn what_a_list_calls_lost_is_lost() {
    let mut shop = with_lamps();
    shop.import(
        ListKind::Rentals,
        "tag,customer,out,due,back,outcome\nA1,Ann,2025-11-01 10:00,2025-11-02 10:00,,lost\nA2,Ann,2025-11-01 10:00,2025-11-02 10:00,,lost\nA2,Ben,2025-11-05 10:00,2025-11-06 10:00,,\n",
    );
    assert_eq!(
        (shop.item("A1").state(), shop.item("A2").state()),
        ("LOST", "OUT"),
        "who has it now shows that it was found"
    );
    shop.check();
    let flags: Vec<String> = history::flags_of(shop.shop.read(), shop.item("A1").id)
        .unwrap()
        .into_iter()
        .map(|flag| flag.flag)
        .collect();
    assert_eq!(flags, ["LOST"]);
    shop.round_trip().check();
    let report = shop
        .try_import(
            ListKind::Rentals,
            "tag,customer,out\nA1,Ben,2025-11-10 10:00\n",
            &ImportOptions::default(),
        )
        .unwrap();
    assert_eq!(exchange::shown(&report), ["2 : A1 Lamp is lost"]);
    shop.check();
}

#[test]
fn a_row_left_out_is_not_taken_over() {
    let mut shop = with_lamps();
    let list = format!(
        "tag,customer,out,back,staff\nA1,Ann,2025-11-01 10:00,2025-11-02 10:00,{}\nA2,Ann,2025-11-01 10:00,2025-11-02 10:00,Mia\n",
        "x".repeat(101)
    );
    let report = shop
        .try_import(
            ListKind::Rentals,
            list,
            &ImportOptions {
                skip_problems: true,
                ..ImportOptions::default()
            },
        )
        .unwrap();
    assert_eq!(
        (
            report.created.rentals,
            report.skipped,
            report.problems.len()
        ),
        (1, 1, 1)
    );
    assert_eq!(booking::all_rentals(shop.shop.read()).unwrap().len(), 1);
    shop.check();
}

#[test]
fn more_rows_of_a_reservation_join_it() {
    let mut shop = with_lamps();
    let first = "number,tag,customer,out,back\nR-1042,A1,Ann,2025-11-01 10:00,2025-11-02 10:00\n";
    shop.import(ListKind::Rentals, first);
    let report = shop.import(
        ListKind::Rentals,
        format!("{first}R-1042,A2,Ann,2025-11-01 10:00,\n"),
    );
    assert_eq!(
        (report.created.rentals, report.skipped, report.notes),
        (1, 1, vec![])
    );
    let rentals = booking::all_rentals(shop.shop.read()).unwrap();
    assert_eq!(rentals[0].reservation, rentals[1].reservation);
    shop.check();
}

#[test]
fn a_second_word_keeps_what_the_first_said() {
    let (mut counter, item, rental) = handed_out();
    counter.scan("CAM-0012");
    let judge = |counter: &mut Counter, judgement: Judgement| {
        counter
            .app
            .shop
            .write(|db| desk::judge(db, item.id, Some(rental), &judgement))
            .unwrap()
    };
    judge(
        &mut counter,
        Judgement::GoodButNote(Text::new("sand in the mount")),
    );
    judge(&mut counter, Judgement::PartMissing(Text::new("charger")));
    let before = booking::rental(counter.app.shop.read(), rental)
        .unwrap()
        .unwrap();
    judge(&mut counter, Judgement::Unusable(Text::new("cracked")));
    judge(&mut counter, Judgement::Good);
    let now = booking::rental(counter.app.shop.read(), rental)
        .unwrap()
        .unwrap();
    assert_eq!(
        (now.missing, now.note),
        (Some(Text::new("charger")), Some(Text::new("cracked"))),
        "the customer stays liable"
    );
    counter
        .app
        .shop
        .write(|db| {
            booking::restore_revision(
                db,
                rental,
                before.outcome,
                before.condition_in,
                before.note.as_ref(),
                before.missing.as_ref(),
            )
        })
        .unwrap();
    assert_eq!(
        booking::rental(counter.app.shop.read(), rental)
            .unwrap()
            .unwrap(),
        before
    );
    assert_eq!(before.note, Some(Text::new("sand in the mount")));
    counter.check();
}

#[test]
fn a_new_shop_where_another_lay_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (file, head) = (
        folder.path().join("shop.db"),
        folder.path().join("shop.db.head"),
    );
    for note in [
        format!("9 {}\n", "ab".repeat(32)),
        format!(
            "9 {} 0198c5a0-0000-7000-8000-000000000000\n",
            "ab".repeat(32)
        ),
    ] {
        std::fs::write(&head, &note).unwrap();
        let shop =
            Shop::create(&file, &[("timezone", "UTC")], Clock::Fixed(exchange::NOW)).unwrap();
        assert_eq!(shop.check().unwrap(), []);
        std::fs::write(&head, &note).unwrap();
        let is_older = note.split_whitespace().count() == 2;
        assert_eq!(
            shop.check().unwrap().is_empty(),
            !is_older,
            "a note without a shop may be this one's"
        );
        shop.store.note_head().unwrap();
        assert_eq!(
            std::fs::read_to_string(&head).unwrap().starts_with("9 "),
            is_older
        );
        shop.close();
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn an_event_that_cannot_be_read_stops_its_hearers_and_one_that_is_unknown_does_not() {
    let mut shop = with_lamps();
    let mut tell = |kind: &str| {
        shop.shop
            .write(|db| -> Result<(), Failure<InventoryRefusal>> {
                let seq = log::last_seq(db.read())? + 1;
                let command = db.command().as_bytes().to_vec();
                let values = (seq, fresh_command().as_bytes().to_vec(), kind, command, vec![0_u8; 32]);
                db.execute(
                    "INSERT INTO outbox(seq, event_id, kind, version, aggregate, aggregate_id, occurred_at, staff_id, command_id, payload, hash)
                     VALUES (?1, ?2, ?3, 1, 'staff', '1', 1763721720, NULL, ?4, '{\"staff\": 1}', ?5)",
                    values,
                )?;
                Ok(())
            })
            .unwrap();
        log::last_seq(shop.shop.read()).unwrap()
    };
    tell("DroneLanded");
    let broken = tell("StaffAdded");
    outbox::drain_all(&shop.shop.store, SUBSCRIBERS, &shop.shop.clock).unwrap();
    for stopped in outbox::status(shop.shop.read(), SUBSCRIBERS).unwrap() {
        let failure = stopped.failure.unwrap();
        assert_eq!(
            (stopped.last_seq, failure.seq),
            (broken - 1, broken),
            "{}",
            stopped.name
        );
        assert!(
            failure
                .last_error
                .as_str()
                .starts_with(&format!("event {broken} (StaffAdded) cannot be read: ")),
            "{}",
            failure.last_error
        );
    }
}
