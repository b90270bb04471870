//! Money and two windows: what a review of the settling, the deposits and the undo of paid
//! hand-overs found, as journeys. Goal: no cent goes back twice, is charged twice or is used where
//! nobody was asked. Method: the demo shop, two windows on one file, the books looked at.

use crate::billing::cost;
use crate::cli;
use crate::counter::{Counter, holder};
use crate::house::{House, days};
use crate::two_windows::second_window;
use rentdesk::billing::{self, Kept, LineKind, Method, NewCharge, Pay, PayFor, Take};
use rentdesk::booking::{self, Change, Want};
use rentdesk::desk::{self, MoneyOf, Settling};
use rentdesk::events::Event;
use rentdesk::history::{self, Filter};
use rentdesk::kernel::{CustomerId, DepositId, Money, ReservationId, Stop, Text};
use rentdesk::store::log;

/// What stands on an account of the books, in cents.
fn account(counter: &Counter, name: &str) -> i64 {
    counter.app.shop.drain_all().unwrap();
    billing::accounts(counter.app.shop.read())
        .unwrap()
        .into_iter()
        .find(|(known, _)| known == name)
        .map_or(0, |(_, amount)| amount.0)
}

/// Maya Chen has 200.00 of credit, and took a camera that she paid with 80.00 by card.
fn paid_hand_over() -> Counter {
    let mut counter = Counter::demo();
    counter
        .keys("chen<ret>:pay 200 cash<ret><ret><esc><esc>")
        .scan("CAM-0012")
        .keys("chen<ret><ret>all card 4471<ret>");
    assert!(
        counter.verdict().contains("paid 80.00 EUR by card 4471"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        (account(&counter, "CASH"), account(&counter, "CARD")),
        (20_000, 8_000)
    );
    counter
}

#[test]
fn undo_of_a_paid_hand_over_gives_nothing_back_that_another_window_gave_back() {
    let mut first = paid_hand_over();
    let mut second = second_window(&first);
    first.keys("<c-z>");
    assert!(
        first.screen().contains("UNDO GIVES MONEY BACK"),
        "{}",
        first.screen()
    );
    second.keys("1021<ret>:refund 80 card 4471<ret><ret>");
    assert!(
        second
            .verdict()
            .starts_with("OK DONE  80.00 EUR by card 4471 given back"),
        "{}",
        second.verdict()
    );
    // What was asked is not what it would be now.
    first.keys("u");
    assert!(
        first
            .verdict()
            .starts_with("BAD Meanwhile: out 1 item to Maya Chen; 80.00 EUR by card 4471 stays"),
        "{}",
        first.verdict()
    );
    assert_eq!(holder(&first, "CAM-0012").as_deref(), Some("Maya Chen"));
    first.keys("<esc><c-z>");
    assert!(
        first
            .verdict()
            .starts_with("OK UNDONE out 1 item to Maya Chen; 80.00 EUR by card 4471 stays taken"),
        "{}",
        first.verdict()
    );
    assert_eq!(
        (
            holder(&first, "CAM-0012"),
            account(&first, "CASH"),
            account(&first, "CARD")
        ),
        (None, 20_000, 0)
    );
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
    assert_eq!(
        (
            holder(&first, "CAM-0012"),
            account(&first, "CASH"),
            account(&first, "CARD")
        ),
        (None, 20_000, 8_000)
    );
    first.check();
}

/// R-1007 of Sam Okoro is back late with a bent mount, 300.00 of deposit held, in two windows.
fn back_broken() -> (Counter, Counter) {
    let mut first = Counter::demo();
    first
        .keys("1007<ret>:deposit 300 cash<ret><ret><esc>")
        .scan("AUD-0003")
        .scan("CAM-0020")
        .keys("!3lens mount bent<ret><ret>");
    let second = second_window(&first);
    (first, second)
}

fn of_1007(counter: &Counter) -> MoneyOf {
    counter.app.shop.drain_all().unwrap();
    desk::money_of(
        counter.app.shop.read(),
        booking::resolve(counter.app.shop.read(), "R-1007")
            .unwrap()
            .id,
    )
    .unwrap()
}

/// To the field of the settle strip with these words.
fn to_field(counter: &mut Counter, words: &str) {
    for _ in 0..10 {
        if counter
            .screen()
            .lines()
            .any(|line| line.trim_start().starts_with("> ") && line.contains(words))
        {
            return;
        }
        counter.keys("<tab>");
    }
    panic!("no field {words}\n{}", counter.screen());
}

#[test]
fn settling_does_what_was_shown_or_shows_it_again() {
    let (mut first, mut second) = back_broken();
    first.keys("1007<ret>:settle<ret>");
    to_field(&mut first, "pays now");
    first.keys("all card 99");
    to_field(&mut first, "deposit goes back");
    first.keys("all");
    let shown = first.verdict();
    assert!(
        shown.contains("give back 300.00 EUR of the deposit?"),
        "{shown}"
    );
    let owed = of_1007(&first).owed();
    second.keys("1007<ret>:charge 50 cleaning<ret><ret>:deposit 500 cash<ret><ret>");
    let before = (account(&first, "CARD"), of_1007(&first));
    first.keys("<ret>");
    assert!(
        first.verdict().starts_with("!! this changed meanwhile"),
        "{}",
        first.verdict()
    );
    assert!(
        first.hint().contains("give back 800.00 EUR of the deposit")
            && first.screen().contains("deposit held 800.00"),
        "{}\n{}",
        first.hint(),
        first.screen()
    );
    assert_eq!(
        (account(&first, "CARD"), of_1007(&first)),
        before,
        "nothing but what was shown"
    );
    first.keys("<ret>");
    assert!(
        first.verdict().starts_with("OK SETTLED")
            && first.verdict().contains("give back 800.00 EUR"),
        "{}",
        first.verdict()
    );
    let after = of_1007(&first);
    assert_eq!((after.owed(), after.deposit_held), (Money(0), Money(0)));
    assert!(account(&first, "CARD") >= owed.0 + 5_000);
    first.check();
}

#[test]
fn damage_is_charged_once_by_two_windows() {
    let (mut first, mut second) = back_broken();
    for counter in [&mut first, &mut second] {
        counter.keys("1007<ret>:settle<ret>");
        to_field(counter, "CAM-0020 damage");
        counter.keys("80 lens mount");
    }
    // What the first shows, before the second settles it all.
    let id = booking::resolve(first.app.shop.read(), "R-1007")
        .unwrap()
        .id;
    let proposals = desk::to_settle(first.app.shop.read(), &first.app.shop.settings, id).unwrap();
    let damage = proposals
        .into_iter()
        .find(|proposal| proposal.charge.kind == LineKind::Damage)
        .unwrap()
        .charge;
    second.keys("<ret>");
    assert!(
        second.verdict().starts_with("OK SETTLED"),
        "{}",
        second.verdict()
    );
    first.keys("<ret>");
    assert!(
        first
            .verdict()
            .contains("CAM-0020 damage is settled · nothing was done yet"),
        "{}",
        first.verdict()
    );
    let charged = |counter: &Counter| {
        billing::charges_of(counter.app.shop.read(), id)
            .unwrap()
            .iter()
            .filter(|charge| charge.kind == LineKind::Damage)
            .count()
    };
    assert_eq!(charged(&first), 1);
    // The write itself refuses it, too.
    let settings = first.app.shop.settings.clone();
    let what = Settling {
        charges: vec![NewCharge {
            each: Money(8_000),
            ..damage.clone()
        }],
        ..Settling::of(id, damage.customer, of_1007(&first))
    };
    let refused = first
        .app
        .shop
        .write(|db| desk::settle(db, &settings, &what))
        .unwrap_err();
    assert!(
        matches!(&refused, Stop::Refused(no) if no.message.starts_with("Damage: ") && no.message.ends_with(" was settled meanwhile")),
        "{refused:?}"
    );
    let waived = Settling {
        waived: vec![NewCharge {
            reason: Some(Text::new("kind")),
            ..damage.clone()
        }],
        ..Settling::of(id, damage.customer, of_1007(&first))
    };
    assert!(
        first
            .app
            .shop
            .write(|db| desk::settle(db, &settings, &waived))
            .is_err()
    );
    assert_eq!(charged(&first), 1);
    first.check();
}

fn on_deposit(house: &mut House, id: ReservationId, customer: CustomerId) -> DepositId {
    let take = Take {
        reservation: id,
        customer,
        amount: Money(30_000),
        method: Method::Cash,
        reference: None,
    };
    house.must(|db, settings| billing::take_deposit(db, settings, &take))
}

#[test]
fn a_reservation_with_money_of_its_customer_goes_to_nobody_else() {
    let mut house = House::new();
    let kind = house.items("Lamp", 2).0;
    let id = house.confirmed(days(1, 3), &[Want::of(kind, 1)]);
    let (maya, sam) = (house.maya, house.sam);
    let deposit = on_deposit(&mut house, id, maya);
    let to_sam = Change {
        customer: Some(sam),
        ..Change::default()
    };
    let said = house.refused(|db, settings| desk::change(db, settings, id, &to_sam));
    assert!(
        said.starts_with("R-1001 has a deposit of 300.00 EUR of Maya Chen: it stays theirs"),
        "{said}"
    );
    house.must(|db, settings| billing::give_back(db, settings, deposit, None, None));
    house.must(|db, settings| desk::change(db, settings, id, &to_sam));
    // Nor by an undo, once the new customer paid for it.
    let ahead = Pay {
        towards: PayFor::Reservation(id, sam),
        amount: Money(4_000),
        method: Method::Card,
        reference: None,
    };
    house.must(|db, settings| billing::pay(db, settings, &ahead));
    let said = house.undo().unwrap_err();
    assert!(
        said.starts_with("R-1001 has a payment of 40.00 EUR of Sam Okoro: it stays theirs"),
        "{said}"
    );
    house.check();
}

#[test]
fn a_deposit_pays_for_nobody_but_who_gave_it() {
    let mut house = House::new();
    let kind = house.items("Lamp", 2).0;
    let id = house.confirmed(days(1, 3), &[Want::of(kind, 1)]);
    let (maya, sam) = (house.maya, house.sam);
    let deposit = on_deposit(&mut house, id, maya);
    house.must(|db, settings| {
        booking::change(
            db,
            settings,
            id,
            &Change {
                customer: Some(sam),
                ..Change::default()
            },
        )
    });
    cost(&mut house, id, &[9_000]);
    let kept = Kept {
        description: Text::new("Hood"),
        reason: Text::new("broken"),
        ..Kept::default()
    };
    for said in [
        house.refused(|db, settings| {
            billing::pay_from_deposit(db, settings, deposit, sam, Money(9_000)).map(drop)
        }),
        house.refused(|db, settings| {
            billing::pay_from_deposit(db, settings, deposit, maya, Money(9_000)).map(drop)
        }),
        house.refused(|db, settings| billing::keep(db, settings, deposit, Money(9_000), &kept)),
    ] {
        assert!(
            said.starts_with("The deposit is of Maya Chen: it pays for nobody else"),
            "{said}"
        );
    }
    assert_eq!(
        billing::deposit(house.shop.read(), deposit).unwrap().held(),
        Money(30_000)
    );
    house.check();
}

#[test]
fn what_is_kept_of_a_deposit_is_told_once() {
    let mut house = House::new();
    let kind = house.items("Lamp", 2).0;
    let id = house.confirmed(days(1, 3), &[Want::of(kind, 1)]);
    let maya = house.maya;
    let deposit = on_deposit(&mut house, id, maya);
    let kept = Kept {
        description: Text::new("Hood"),
        reason: Text::new("broken"),
        ..Kept::default()
    };
    house.must(|db, settings| billing::keep(db, settings, deposit, Money(8_000), &kept));
    house.must(|db, settings| billing::give_back(db, settings, deposit, None, None));
    house.shop.drain_all().unwrap();
    let told: Vec<(i64, Option<Money>)> = log::events_after(house.shop.read(), 0, i64::MAX)
        .unwrap()
        .into_iter()
        .filter_map(|event| {
            if let Some(Event::DepositReturned(fact)) = event.event {
                Some((fact.amount.0, fact.kept))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(told, [(0, Some(Money(8_000))), (22_000, None)]);
    let entries = history::entries(
        house.shop.read(),
        &Filter {
            customers: Some(vec![maya]),
            ..Filter::default()
        },
        50,
        0,
    )
    .unwrap();
    let said: Vec<String> = desk::tell(house.shop.read(), entries)
        .unwrap()
        .into_iter()
        .map(|told| told.what)
        .filter(|what| what.contains("deposit"))
        .collect();
    let has = |words: &str| said.iter().any(|what| what == words);
    assert!(
        has("80.00 EUR of the deposit kept") && has("deposit given back, 220.00 EUR cash"),
        "{said:?}"
    );
}

#[test]
fn the_rent_of_what_stands_is_not_voided_with_a_charge() {
    let shop = cli::Counter::open();
    shop.run("charge R-1001 --extra 25 --note cleaning");
    let (code, _, stderr) = shop.run("undo");
    assert!(
        code != 0 && stderr.contains("invoice issue") && !stderr.contains("void the draft"),
        "{stderr}"
    );
    let (code, _, stderr) = shop.run("invoice void R-1001 --reason wrong");
    assert!(
        code != 0
            && stderr.contains("The draft holds the rent of R-1001, which stands")
            && stderr.contains("cancel the reservation"),
        "{stderr}"
    );
    assert_eq!(shop.json("invoice show R-1001")["state"], "DRAFT");
    shop.run("invoice issue R-1001");
    let (code, _, stderr) = shop.run("invoice void I-0001 --reason wrong");
    assert_eq!(
        (code, stderr.as_str()),
        (0, ""),
        "what was issued may be taken back"
    );
}

#[test]
fn what_is_kept_for_the_one_thing_that_broke_is_not_proposed_again() {
    let shop = cli::Counter::open();
    shop.run("deposit take R-1001 500 --method cash");
    shop.run(r#"in CAM-0012 --condition unusable --note "lens mount bent""#);
    let damage = || {
        shop.json("charge R-1001")["to_settle"]
            .to_string()
            .contains("DAMAGE")
    };
    assert!(damage());
    shop.run(r#"deposit keep R-1001 80 --reason "mount bent""#);
    assert!(!damage(), "{}", shop.json("charge R-1001"));
    let (_, _, stderr) = shop.run("undo");
    assert!(stderr.contains("where it paid an invoice"), "{stderr}");
}
