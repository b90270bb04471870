//! Guards without noise: the names and fields that other programs read, and no hot question that
//! walks a whole table.

use crate::counter::Counter;
use rentdesk::events::{
    Agreed, CheckedIn, CheckedOut, DepositFact, Event, InvoiceFact, LineFact, LinePrice,
    NotificationFact, Paid, Preferences, TypeShare,
};
use rentdesk::kernel::{
    AssetTag, BlockId, CategoryId, CustomerId, CustomerNumber, DepositId, InvoiceId, InvoiceNumber,
    ItemId, LineId, MessageId, Moment, Money, PaymentId, RentalId, ReportId, ReservationId,
    ReservationNumber, StaffId, Text, TypeId,
};
use rentdesk::store;
use uuid::Uuid;

pub fn one_of_each() -> Vec<Event> {
    let (reservation_id, number, customer_id) =
        (ReservationId(1), ReservationNumber(1042), CustomerId(7));
    let (item_id, type_id, rental_id, line_id) = (ItemId(12), TypeId(3), RentalId(5), LineId(4));
    let asset_tag = AssetTag::parse("CAM-0012").expect("a tag");
    let at = Moment(1_763_718_120);
    let word = |text: &str| text.to_owned();
    let price = LinePrice {
        subtotal: None,
        each: Money(8_900),
        total: Money(17_800),
        gross: false,
        tax_class: word("standard"),
        tax_percent: 1_900,
    };
    let lines = vec![LineFact {
        line_id,
        type_id,
        quantity: 2,
        start: at,
        end: at,
        turnaround_minutes: 60,
        parent_line_id: None,
        pinned_item_id: Some(item_id),
        price: Some(price),
    }];
    let out = CheckedOut {
        rental_id,
        item_id: Some(item_id),
        asset_tag: asset_tag.clone(),
        type_id,
        count: 1,
        reservation_id,
        number,
        line_id,
        customer_id,
        out_at: at,
        due_at: at,
        turnaround_minutes: 60,
        condition_out: Some(word("GOOD")),
        location: Some(Text::new("A3")),
    };
    let back = CheckedIn {
        rental_id,
        item_id: Some(item_id),
        asset_tag: asset_tag.clone(),
        type_id,
        count: 1,
        reservation_id,
        number,
        customer_id,
        out_at: at,
        due_at: at,
        in_at: at,
        late_minutes: 90,
        condition_out: Some(word("GOOD")),
        condition_in: Some(word("UNUSABLE")),
        outcome: Some(word("FLAGGED")),
        location: Some(Text::new("harbour office")),
        out_location: Some(Text::new("A3")),
    };
    let currency = word("EUR");
    let invoice = InvoiceFact {
        invoice_id: InvoiceId(21),
        number: Some(InvoiceNumber(1001)),
        reservation_id: Some(reservation_id),
        customer_id,
        amount: Money(21_182),
        currency: currency.clone(),
    };
    let paid = Paid {
        payment_id: PaymentId(31),
        invoice_id: Some(InvoiceId(21)),
        invoice_number: Some(InvoiceNumber(1001)),
        invoice_reservation_id: Some(reservation_id),
        reservation_id: Some(reservation_id),
        customer_id,
        shares: vec![TypeShare {
            type_id: Some(type_id),
            amount: Money(10_000),
        }],
        amount: Money(10_000),
        currency: currency.clone(),
        method: word("CARD"),
    };
    let deposit = DepositFact {
        deposit_id: DepositId(41),
        reservation_id,
        customer_id,
        amount: Money(30_000),
        kept: Some(Money(5_000)),
        currency,
        method: word("CASH"),
    };
    let told = NotificationFact {
        message_id: MessageId(51),
        customer_id: Some(customer_id),
        reservation_id: Some(reservation_id),
        channel: word("EMAIL"),
        template: word("CONFIRMED"),
        attempts: 1,
    };
    let agreed = |state: &str| Agreed {
        state: word(state),
        customer_id: Some(customer_id),
        note: None,
        start: at,
        end: at,
        hold_lapses_at: Some(at),
        lines: lines.clone(),
        total: Some(Money(10_000)),
    };
    vec![
        Event::ReservationCreated {
            reservation_id,
            number,
            customer_id: Some(customer_id),
            state: word("CONFIRMED"),
            hold_lapses_at: None,
            lines: lines.clone(),
        },
        Event::ReservationConfirmed {
            reservation_id,
            number,
            customer_id,
            confirmed_at: at,
            lines: lines.clone(),
        },
        Event::ReservationChanged {
            reservation_id,
            number,
            customer_id: Some(customer_id),
            before: agreed("HOLD"),
            after: agreed("CONFIRMED"),
            price_delta: Some(Money(0)),
            reason_kind: word("by hand"),
            changed: vec![word("state"), word("note")],
            also_undone: vec![Uuid::from_u128(7)],
        },
        Event::ReservationCancelled {
            reservation_id,
            number,
            customer_id: Some(customer_id),
            also_undone: Vec::new(),
            previous_state: word("ACTIVE"),
            reason_kind: word("undone"),
            lines: lines.clone(),
        },
        Event::ReservationExpired {
            reservation_id,
            number,
            customer_id,
            kind: word("hold"),
            lines: lines.clone(),
        },
        Event::ReservationActivated {
            reservation_id,
            number,
            customer_id,
            first_out_at: at,
            also_undone: Vec::new(),
        },
        Event::ReservationCompleted {
            reservation_id,
            number,
            customer_id,
            completed_at: at,
        },
        Event::EquipmentCheckedOut(out),
        Event::EquipmentCheckedIn(back),
        Event::EquipmentConditionUpdated {
            item_id,
            asset_tag: asset_tag.clone(),
            type_id,
            before: word("GOOD"),
            after: word("UNUSABLE"),
            report_id: ReportId(9),
            rental_id: Some(rental_id),
            expected_back: Some(at),
            incomplete: false,
            reservation_id: Some(reservation_id),
            number: Some(number),
            customer_id: Some(customer_id),
        },
        Event::EquipmentAdded {
            item_id: Some(item_id),
            asset_tag: asset_tag.clone(),
            type_id,
            condition: Some(word("GOOD")),
            count: 1,
        },
        Event::EquipmentLost {
            item_id: Some(item_id),
            asset_tag: asset_tag.clone(),
            type_id,
            count: 1,
            rental_id: Some(rental_id),
            reason_kind: word("missing"),
            reservation_id: Some(reservation_id),
            number: Some(number),
            customer_id: Some(customer_id),
        },
        Event::EquipmentFound {
            item_id: Some(item_id),
            asset_tag: asset_tag.clone(),
            type_id,
            count: 1,
            rental_id: Some(rental_id),
            condition: word("GOOD"),
            reservation_id: Some(reservation_id),
            number: Some(number),
            customer_id: Some(customer_id),
        },
        Event::EquipmentRetired {
            item_id,
            asset_tag: asset_tag.clone(),
            type_id,
            reason_kind: word("by hand"),
        },
        Event::EquipmentBlocked {
            block_id: BlockId(4),
            item_id: Some(item_id),
            asset_tag: asset_tag.clone(),
            type_id,
            count: 1,
            kind: word("BLACKOUT"),
            start: at,
            end: Some(at),
        },
        Event::EquipmentUnblocked {
            block_id: BlockId(4),
            item_id: Some(item_id),
            asset_tag: asset_tag.clone(),
            type_id,
            at,
        },
        Event::RentalExtended {
            rental_id,
            item_id: Some(item_id),
            asset_tag,
            type_id,
            count: 1,
            reservation_id,
            number,
            customer_id,
            old_due: at,
            new_due: at,
            price_delta: Some(Money(500)),
        },
        Event::RentalOverdue {
            rental_id,
            item_id: Some(item_id),
            asset_tag: AssetTag::parse("CAM-0012").expect("a tag"),
            type_id,
            count: 1,
            reservation_id,
            number,
            customer_id,
            due_at: at,
            day: word("2025-11-21"),
        },
        Event::InvoiceIssued {
            invoice_id: InvoiceId(21),
            number: InvoiceNumber(1001),
            reservation_id: Some(reservation_id),
            customer_id,
            net: Money(17_800),
            tax: Money(3_382),
            total: Money(21_182),
            currency: word("EUR"),
        },
        Event::InvoicePaid(invoice.clone()),
        Event::InvoiceVoided(invoice.clone()),
        Event::InvoiceCredited(invoice),
        Event::PaymentReceived(paid.clone()),
        Event::PaymentRefunded(paid),
        Event::DepositTaken(deposit.clone()),
        Event::DepositReturned(deposit),
        Event::TillClosed {
            till_id: 5,
            day: word("2025-11-21"),
            expected: Money(40_200),
            counted: Money(40_000),
            currency: word("EUR"),
        },
        Event::FileAccepted {
            note_id: 3,
            how: "restored".to_owned(),
            noted_seq: 240,
            last_seq: 211,
        },
        Event::PickListPrinted {
            date: word("2025-11-21"),
            reservation_ids: vec![reservation_id],
            through_seq: 12,
        },
        Event::EquipmentTypeAdded {
            type_id,
            category_id: CategoryId(2),
            tracking: word("ITEMS"),
            turnaround_minutes: 60,
        },
        Event::EquipmentTypeChanged {
            type_id,
            changed: vec![word("name")],
        },
        Event::EquipmentTypeWithdrawn {
            type_id,
            reason_kind: word("by hand"),
        },
        Event::CustomerRegistered {
            customer_id,
            number: CustomerNumber(7),
        },
        Event::CustomerUpdated {
            customer_id,
            version: 2,
            changed: vec![word("phone")],
        },
        Event::CustomerSuspended {
            customer_id,
            reason_kind: word("by hand"),
        },
        Event::CustomerReinstated { customer_id },
        Event::CommunicationPreferencesUpdated {
            customer_id,
            before: Preferences {
                marketing_email: true,
                sms: true,
                newsletter: true,
            },
            after: Preferences {
                marketing_email: false,
                sms: true,
                newsletter: true,
            },
        },
        Event::NotificationSent(told.clone()),
        Event::NotificationFailed(told),
        Event::StaffAdded {
            staff_id: StaffId(1),
        },
    ]
}

#[test]
fn case_53_the_names_and_fields_of_events_are_pinned() {
    let lines: Vec<String> = one_of_each()
        .iter()
        .map(|event| {
            let (kind, payload) = event.encode().expect("it encodes");
            assert_eq!(
                Event::decode(&kind, &payload)
                    .expect("it can be read")
                    .as_ref(),
                Some(event),
                "what is written can be read"
            );
            format!("{kind} {payload}")
        })
        .collect();
    assert!(
        lines
            .iter()
            .map(|line| line.split(' ').next().expect("a kind"))
            .eq(Event::KINDS.iter().copied()),
        "every kind, in the order of the variants"
    );
    insta::assert_snapshot!("events", lines.join("\n"));
}

/// What a shop wrote under the first version of the payloads is read on, every kind of it.
#[test]
fn events_of_the_first_version_are_read() {
    let file = include_str!("data/events_of_version_1.txt");
    let mut kinds = Vec::new();
    for line in file.lines() {
        let (kind, payload) = line.split_once(' ').expect("a kind and its payload");
        let event = Event::decode(kind, payload).expect("it is read");
        assert!(event.is_some(), "{kind}");
        kinds.push(kind);
    }
    let later = ["FileAccepted"];
    let first: Vec<&str> = Event::KINDS
        .iter()
        .copied()
        .filter(|kind| !later.contains(kind))
        .collect();
    assert_eq!(kinds, first);
}

#[test]
fn an_event_of_a_newer_version_is_told_from_a_broken_one() {
    assert_eq!(
        Event::decode("DroneLanded", "{\"item_id\": 3}").ok(),
        Some(None)
    );
    assert!(Event::decode("StaffAdded", "{\"staff\": 3}").is_err());
}

/// The tables that grow with every day of the shop; a list of types or categories may be read as
/// one.
pub const GROWING: &[&str] = &[
    "reservation",
    "reservation_line",
    "rental",
    "history",
    "outbox",
    "command_log",
    "claim",
    "bulk_claim",
    "item",
    "customer",
    "customer_version",
    "condition_report",
    "bench_job",
    "item_change",
    "undo_step",
    "customer_rental",
    "customer_rental_part",
    "loyalty_entry",
    "out_span",
    "income",
];

/// What a clerk does a hundred times a day never walks through a table that grows.
#[test]
fn nothing_a_clerk_does_walks_a_whole_table() {
    let acts: &[(&str, &[&str])] = &[
        ("a scan out", &["<f2>", "scan CAM-0012"]),
        ("a scan in", &["<f3>", "scan CAM-0021"]),
        ("who had it", &["cam12 12 oct<ret>"]),
        ("the item's story", &["<f7>", "scan TRI-0008"]),
        ("a customer", &["kite<ret>"]),
    ];
    for (name, steps) in acts {
        let mut counter = Counter::demo();
        for (position, step) in steps.iter().enumerate() {
            let last = position + 1 == steps.len();
            let before = store::rows_walked();
            match step.strip_prefix("scan ") {
                Some(tag) => counter.scan(tag),
                None => counter.keys(step),
            };
            let walked: Vec<String> = store::walked_since(before)
                .into_iter()
                .filter(|sql| {
                    GROWING.iter().any(|table| {
                        sql.split_whitespace()
                            .collect::<Vec<_>>()
                            .windows(2)
                            .any(|pair| pair == ["FROM", *table])
                    })
                })
                .collect();
            assert!(!last || walked.is_empty(), "{name}: {walked:#?}");
        }
    }
}

/// A frame of the Plan reads what it shows: as many statements with 1,328 types as with 50, and no
/// walk over what grows.
#[test]
fn a_frame_of_the_plan_does_not_grow_with_the_shop() {
    let asked = |types: i64| {
        let mut counter = Counter::demo();
        add_types(&mut counter, types);
        counter.screen();
        counter.keys("<f5><pgdn>");
        let (before, statements) = (store::rows_walked(), store::statements_run());
        counter.keys("<right>");
        let walked = store::walked_since(before)
            .into_iter()
            .filter(|sql| {
                GROWING
                    .iter()
                    .any(|table| sql.contains(&format!("FROM {table} ")))
            })
            .collect::<Vec<_>>();
        assert!(walked.is_empty(), "{walked:#?}");
        store::statements_run() - statements
    };
    let (few, many) = (asked(50), asked(1328));
    assert_eq!(few, many, "statements per key");
    assert!(few < 400, "{few}");
}

fn add_types(counter: &mut Counter, count: i64) {
    use rentdesk::catalog::{self, NewType, Tracking};
    let made = counter.app.shop.write(|db| {
        let category = catalog::category_at_path(db, "Many")?;
        for number in 0..count {
            catalog::add_type(
                db,
                &NewType::named(
                    category,
                    rentdesk::kernel::Text::new(&format!("A thing {number:04}")),
                    Tracking::Items,
                ),
            )?;
        }
        Ok::<(), rentdesk::kernel::Failure<catalog::CatalogRefusal>>(())
    });
    assert!(made.is_ok());
    counter.app.refresh();
}
