//! Money by keys. Goal: a clerk takes, charges, waives, gives back and closes the till at the
//! counter, and always sees the amount before the Enter that moves it. Method: journeys on the demo
//! shop, and one law over all screens.

use crate::counter::{Counter, demo_shop, friday, holder};
use rentdesk::billing::{self, ChargeState, Invoice, InvoiceLine, InvoiceState, LineKind, TaxRow};
use rentdesk::booking;
use rentdesk::desk::{self, MoneyOf};
use rentdesk::kernel::{Clock, Money, ReservationId};

fn id(counter: &Counter, number: &str) -> ReservationId {
    booking::resolve(counter.app.shop.read(), number)
        .unwrap()
        .id
}

fn money(counter: &Counter, number: &str) -> MoneyOf {
    counter.app.shop.drain_all().unwrap();
    desk::money_of(counter.app.shop.read(), id(counter, number)).unwrap()
}

/// Total, paid, owed, deposit held, in cents.
fn stands(counter: &Counter, number: &str) -> (i64, i64, i64, i64) {
    let of = money(counter, number);
    (of.total.0, of.paid.0, of.owed().0, of.deposit_held.0)
}

fn accounts(counter: &Counter) -> Vec<(String, Money)> {
    billing::accounts(counter.app.shop.read()).unwrap()
}

/// Everything that would tell that money moved, was charged, waived or billed.
fn moved(counter: &Counter) -> (Vec<(String, Money)>, usize, usize, usize) {
    counter.app.shop.drain_all().unwrap();
    let db = counter.app.shop.read();
    let all = billing::invoices(db, i64::MAX).unwrap();
    let charges = all
        .iter()
        .filter_map(|invoice| invoice.reservation)
        .map(|id| billing::charges_of(db, id).unwrap().len())
        .sum();
    let numbered = all
        .iter()
        .filter(|invoice| invoice.number.is_some())
        .count();
    let ended = all
        .iter()
        .filter(|invoice| matches!(invoice.state, InvoiceState::Void | InvoiceState::Credited))
        .count();
    (accounts(counter), charges, numbered, ended)
}

#[test]
fn a_walk_in_is_paid_by_card_with_a_deposit_in_the_same_act() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("chen<ret><ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("to pay 80.00") && screen.contains("> pays now"),
        "{screen}"
    );
    counter.keys("all card 4471");
    assert_eq!(
        counter.verdict(),
        "?? hand over, and take 80.00 EUR by card 4471?"
    );
    counter.keys("<tab>500 cash<tab>Leo Park");
    assert_eq!(
        counter.verdict(),
        "?? hand over, and take 80.00 EUR by card 4471 and a deposit of 500.00 EUR in cash?"
    );
    assert_eq!(
        holder(&counter, "CAM-0012"),
        None,
        "until Enter nothing is done"
    );
    let before = accounts(&counter);
    counter.keys("<ret>");
    assert_eq!(
        counter.verdict(),
        "OK OUT 1 item to Maya Chen, due Sat 22 Nov 10:42 · R-1021 · paid 80.00 EUR by card 4471 · deposit 500.00 EUR in cash · Ctrl+Z"
    );
    assert_eq!(stands(&counter, "R-1021"), (8_000, 8_000, 0, 50_000));
    let note = booking::resolve(counter.app.shop.read(), "R-1021")
        .unwrap()
        .note;
    assert_eq!(
        note.map(|note| note.to_string()).as_deref(),
        Some("collected by Leo Park")
    );
    counter.keys("1021<ret>");
    assert!(
        counter
            .screen()
            .contains("   total 80.00 · paid 80.00 · owes 0.00 · deposit held 500.00"),
        "{}",
        counter.screen()
    );

    // One Ctrl+Z takes the gear back and gives the money back, and asks first.
    counter.keys("<c-z>");
    let screen = counter.screen();
    assert!(
        screen.contains("UNDO GIVES MONEY BACK")
            && screen.contains("80.00 EUR by card 4471")
            && screen.contains("500.00 EUR in cash"),
        "{screen}"
    );
    counter.keys("<esc>");
    assert_eq!(
        stands(&counter, "R-1021"),
        (8_000, 8_000, 0, 50_000),
        "Esc leaves it"
    );
    counter.keys("<c-z>u");
    assert!(
        counter
            .verdict()
            .starts_with("OK UNDONE out 1 item to Maya Chen, with 80.00 EUR by card 4471"),
        "{}",
        counter.verdict()
    );
    assert_eq!(
        (holder(&counter, "CAM-0012"), accounts(&counter)),
        (
            None,
            before
                .into_iter()
                .chain(zeros(&counter))
                .fold(Vec::new(), once)
        )
    );
    counter.check();
}

/// Accounts that were touched and stand at nothing again.
fn zeros(counter: &Counter) -> Vec<(String, Money)> {
    accounts(counter)
        .into_iter()
        .filter(|(_, amount)| amount.0 == 0)
        .collect()
}

fn once(mut all: Vec<(String, Money)>, account: (String, Money)) -> Vec<(String, Money)> {
    if !all.iter().any(|(name, _)| *name == account.0) {
        all.push(account);
    }
    all.sort();
    all
}

#[test]
fn what_is_typed_at_the_finish_is_kept_and_what_is_not_understood_takes_nothing() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("chen<ret><ret>306<ret>");
    assert_eq!(
        counter.verdict(),
        "BAD 306.00 EUR: how? · nothing went out yet"
    );
    assert!(
        counter.screen().contains("HAND OVER"),
        "{}",
        counter.screen()
    );
    counter.keys("<c-u>40 crad<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD \"crad\" is no way to pay"),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-u>40 cash<esc>");
    counter.scan("LEN-0049").keys("<ret>");
    assert!(
        counter.screen().contains("> 40 cash"),
        "{}",
        counter.screen()
    );
    counter.app.keep_typing();
    let mut counter = counter.killed_and_opened();
    counter.keys("<esc><ret>");
    assert_eq!(holder(&counter, "CAM-0012"), None);
    assert!(counter.screen().contains("2 items"), "{}", counter.screen());
    counter.check();
}

/// Sam Okoro's R-1007 is two days late. Their deposit is taken at the counter.
fn late_return(counter: &mut Counter) {
    counter.keys("1007<ret>:deposit 300 cash<ret>");
    assert_eq!(
        counter.verdict(),
        "?? take a deposit of 300.00 EUR in cash · Sam Okoro?"
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK DONE  a deposit of 300.00 EUR in cash taken"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>").scan("AUD-0003").scan("CAM-0020");
    assert_eq!(counter.app.page().title, "CHECK-IN");
}

#[test]
fn a_late_return_is_charged_and_the_deposit_goes_back_less_the_damage() {
    let mut counter = Counter::demo();
    let (rent, ..) = stands(&counter, "R-1007");
    late_return(&mut counter);
    counter.keys("!3lens mount bent<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("TO SETTLE")
            && screen.contains("CAM-0020 late fee, 2 days x 55.00 = 110.00")
            && screen.contains("CAM-0020 damage"),
        "{screen}"
    );
    assert!(screen.contains("deposit held 300.00"), "{screen}");
    counter.keys("<tab><ret>");
    let screen = counter.screen();
    assert!(screen.contains("SETTLE  R-1007  Sam Okoro"), "{screen}");
    let fields: Vec<&str> = screen
        .lines()
        .filter(|line| line.contains("  >") && !line.contains("Scan"))
        .collect();
    assert!(fields[0].contains("late fee"), "{fields:?}");
    // The fees stand with their amounts; the damage is typed, and comes out of the deposit.
    let damage = fields
        .iter()
        .position(|line| line.contains("CAM-0020 damage"))
        .unwrap();
    counter.keys(&"<tab>".repeat(damage)).keys("80 lens mount");
    let before = moved(&counter);
    counter
        .keys("<tab>".repeat(3).as_str())
        .keys("80<tab>all card 99");
    assert_eq!(moved(&counter), before, "typing moves nothing");
    counter.keys("<tab>all");
    assert_eq!(
        counter.verdict(),
        "?? charge 270.00 EUR · take 80.00 EUR from the deposit · take 570.00 EUR by card 99 · give back 220.00 EUR of the deposit?"
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().starts_with("OK SETTLED"),
        "{}\n{}",
        counter.verdict(),
        counter.screen()
    );
    let (total, paid, owed, held) = stands(&counter, "R-1007");
    assert!(
        total >= rent + 11_000 + 8_000 && paid == total,
        "{total} {paid}"
    );
    assert_eq!((owed, held), (0, 0));
    let charges = billing::charges_of(counter.app.shop.read(), id(&counter, "R-1007")).unwrap();
    assert!(
        charges
            .iter()
            .any(|charge| charge.kind == LineKind::Damage && charge.amount == Money(8_000)),
        "{charges:?}"
    );
    assert!(
        charges
            .iter()
            .any(|charge| charge.kind == LineKind::Late && charge.amount == Money(11_000)),
        "{charges:?}"
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().starts_with("OK 2 back"),
        "{}",
        counter.verdict()
    );
    counter.keys("<c-z>");
    assert!(
        counter.verdict().contains("this cannot be undone"),
        "{}",
        counter.verdict()
    );
    assert!(
        !counter.hint().is_empty() && !counter.hint().contains("rentdesk"),
        "{}",
        counter.hint()
    );
    counter.keys("<esc><esc>okoro<ret>");
    assert!(counter.screen().contains(" paid"), "{}", counter.screen());
    counter.check();
}

#[test]
fn what_is_typed_to_be_settled_stays_over_esc_and_a_crash() {
    let mut counter = Counter::demo();
    late_return(&mut counter);
    counter.keys("!3lens mount bent<ret>1007<ret>:settle<ret>");
    counter.keys("<c-u>90 agreed<esc>");
    assert!(
        !counter.screen().contains("90 agreed"),
        "{}",
        counter.screen()
    );
    counter.app.keep_typing();
    let mut counter = counter.killed_and_opened();
    counter.keys("1007<ret>:settle<ret>");
    assert!(
        counter.screen().contains("> 90 agreed"),
        "left with Esc, closed, opened: {}",
        counter.screen()
    );
    counter.keys("<tab>50 half");
    counter.app.keep_typing();
    let before = moved(&counter);
    let mut counter = counter.killed_and_opened();
    let screen = counter.screen();
    assert!(
        screen.contains("SETTLE  R-1007")
            && screen.contains("> 90 agreed")
            && screen.contains("50 half"),
        "{screen}"
    );
    assert_eq!(moved(&counter), before, "nothing was settled by it");
    counter.check();
}

#[test]
fn a_late_fee_is_waived_with_a_reason_that_is_kept() {
    let mut counter = Counter::demo();
    late_return(&mut counter);
    counter.keys("<tab><c-o>");
    assert!(counter.screen().contains("> waive"), "{}", counter.screen());
    counter.keys("<ret>");
    assert!(
        counter.verdict().starts_with("BAD") && counter.verdict().contains("waived why?"),
        "{}",
        counter.verdict()
    );
    // Both late fees are let go.
    counter.keys("storm on the road<tab><c-o>storm on the road<ret>");
    assert!(
        counter.verdict().starts_with("OK SETTLED  waive late fee"),
        "{}",
        counter.verdict()
    );
    let charges = billing::charges_of(counter.app.shop.read(), id(&counter, "R-1007")).unwrap();
    assert!(
        charges
            .iter()
            .all(|charge| charge.state == ChargeState::Waived
                && charge
                    .reason
                    .as_ref()
                    .is_some_and(|why| why.as_str() == "storm on the road")),
        "{charges:?}"
    );
    assert!(
        !counter.screen().contains("late fee,"),
        "it is not asked for again: {}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn a_return_that_leaves_a_fee_says_so_at_the_end() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0020").keys("<ret>");
    assert_eq!(
        counter.verdict(),
        "!! 1 back, all saved · to settle: R-1007 CAM-0020 late fee, 2 days x 55.00"
    );
    counter.keys("1007<ret>");
    assert!(
        counter.screen().contains("TO SETTLE"),
        "{}",
        counter.screen()
    );
    counter.keys(":settle<ret><ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK SETTLED  charge 110.00 EUR"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn an_invoice_is_issued_paid_credited_and_refunded() {
    let mut counter = Counter::demo();
    let (total, ..) = stands(&counter, "R-1007");
    let shown = counter.app.shop.settings.currency.show(Money(total));
    counter.keys("1007<ret>:invoices<ret>");
    assert!(
        counter.screen().contains("INVOICES  of Sam Okoro"),
        "{}",
        counter.screen()
    );
    counter.keys("1007<ret>");
    assert!(
        counter.screen().contains("INVOICE  draft") && counter.screen().contains("WHY THIS PRICE"),
        "{}",
        counter.screen()
    );
    counter.keys(":issue<ret>");
    assert!(
        counter.verdict().starts_with(&format!(
            "?? issue an invoice over {shown} EUR · Sam Okoro?"
        )),
        "{}",
        counter.verdict()
    );
    assert!(moved(&counter).2 == 0, "not before Enter");
    counter.keys("<ret>");
    assert!(
        counter.verdict().contains("I-0001"),
        "{}",
        counter.verdict()
    );
    counter.keys(":pay all transfer RF18<ret>");
    assert_eq!(
        counter.verdict(),
        format!("?? take {shown} EUR by transfer RF18 · Sam Okoro?")
    );
    counter.keys("<ret>");
    assert!(
        counter.screen().contains("paid · issued"),
        "{}",
        counter.screen()
    );
    counter.keys(":void<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD I-0001 is paid: it cannot be voided"),
        "{}",
        counter.verdict()
    );
    counter.keys("<esc>:credit agreed otherwise<ret>");
    assert!(
        counter.verdict().starts_with(&format!(
            "?? credit I-0001 over {shown} EUR (agreed otherwise)"
        )),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().contains("credit note I-0002"),
        "{}",
        counter.verdict()
    );
    counter.keys(":refund all cash<ret><ret>");
    assert!(
        counter
            .verdict()
            .starts_with(&format!("OK DONE  {shown} EUR in cash given back")),
        "{}",
        counter.verdict()
    );
    counter.keys(":invoices<ret>credited<ret>");
    assert!(
        counter
            .screen()
            .contains("nothing is asked for by it any more"),
        "{}",
        counter.screen()
    );
    counter.check();
}

#[test]
fn the_till_is_closed_with_what_was_counted() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:pay 40 cash<ret><ret>:till<ret>");
    assert!(
        counter.verdict().contains("cash 40.00"),
        "{}",
        counter.verdict()
    );
    counter.keys("38,50<ret>");
    assert_eq!(
        counter.verdict(),
        "?? close the till with 38.50 EUR counted, 40.00 EUR expected: 1.50 EUR missing?"
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().starts_with("OK DONE  the till closed"),
        "{}",
        counter.verdict()
    );
    counter.keys(":till<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("BAD till closed 10:42: 38.50 EUR counted"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn money_papers_are_printed_from_the_menu_and_by_their_words() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret><f9>");
    let screen = counter.screen();
    for paper in [
        "contract of R-1007",
        "receipt of R-1007",
        "invoice draft of R-1007",
        "quote of a reservation   (it is agreed",
    ] {
        assert!(screen.contains(paper), "{paper}\n{screen}");
    }
    counter.app.spooler.programs = Vec::new();
    counter.keys("<esc>:contract<ret>");
    for _ in 0..400 {
        std::thread::sleep(std::time::Duration::from_millis(25));
        counter.app.tick().unwrap();
        if counter.verdict().contains("saved as") {
            break;
        }
    }
    assert!(
        counter
            .folder
            .path()
            .join("paper")
            .join("contract-R-1007.pdf")
            .exists(),
        "{}",
        counter.verdict()
    );
    counter.keys(":receipt<ret>");
    assert!(
        counter.verdict().contains("receipt of R-1007"),
        "{}",
        counter.verdict()
    );
}

#[test]
fn the_same_derivation_stands_on_the_screen_and_on_the_contract() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:why<ret>");
    let screen = counter.screen();
    let shop = &counter.app.shop;
    let paper = desk::contract_paper(shop.read(), id(&counter, "R-1007")).unwrap();
    assert!(paper.why.len() > 3, "{:?}", paper.why);
    let text = rentdesk::print::text(
        &rentdesk::print::contract(&shop.settings, &paper, shop.now(), "Fri 10:42"),
        80,
    );
    let squeezed = |text: &str| {
        text.replace(['|', '\n'], " ")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    for words in &paper.why {
        assert!(screen.contains(words.trim()), "{words}\n{screen}");
        let number = words
            .split_once(". ")
            .filter(|(number, _)| number.chars().all(|c| c.is_ascii_digit()))
            .map_or(words.as_str(), |(_, name)| name);
        assert!(
            squeezed(&text).contains(&squeezed(number)),
            "{number}\n{text}"
        );
    }
}

#[test]
fn a_shop_with_a_printer_gets_its_contract_without_a_key_and_the_verdict_stands() {
    let mut counter = Counter::demo();
    counter.app.shop.change_setting("printer", "desk").unwrap();
    counter.app.shop.change_setting("deposit", "10%").unwrap();
    counter.app.spooler.programs = Vec::new();
    counter.scan("CAM-0012").keys("chen<ret><ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("[x] contract   [ ] receipt") && screen.contains("suggested 549.00"),
        "{screen}"
    );
    counter.keys("<tab>all cash<ret>");
    assert_eq!(
        counter.verdict(),
        "OK OUT 1 item to Maya Chen, due Sat 22 Nov 10:42 · R-1021 · deposit 549.00 EUR in cash · contract printing · Ctrl+Z"
    );
    let path = counter
        .folder
        .path()
        .join("paper")
        .join("contract-R-1021.pdf");
    for _ in 0..400 {
        std::thread::sleep(std::time::Duration::from_millis(25));
        counter.app.tick().unwrap();
        if counter.verdict().contains("saved as") {
            break;
        }
    }
    assert!(
        path.exists() && counter.verdict().contains("this machine has no"),
        "only what goes wrong is told: {}",
        counter.verdict()
    );
    counter.keys("1021<ret>:deposit back<ret>");
    assert_eq!(
        counter.verdict(),
        "?? give back the deposit of 549.00 EUR · Maya Chen?"
    );
    counter.keys("<ret>");
    assert_eq!(stands(&counter, "R-1021").3, 0);
    counter.keys("<c-z>");
    assert!(counter.hint().contains(":deposit"), "{}", counter.hint());
    counter.check();
}

#[test]
fn the_line_mode_shows_a_sum_before_the_line_that_moves_it() {
    let (shop, _folder) = demo_shop();
    let mut told = Vec::new();
    let lines = "CAM-0012\nchen\n\n80 card 4471\ntab\n200 cash\n\n1007\n:pay 40 cash\n\n:charge\n25 cleaning\n\n:quit\n";
    rentdesk::tui::plain::run(shop, "Ana".to_owned(), lines.as_bytes(), &mut told).unwrap();
    let told = String::from_utf8(told).unwrap();
    let mut rest = told.as_str();
    for words in [
        "?? hand over, and take 80.00 EUR by card 4471?",
        "?? hand over, and take 80.00 EUR by card 4471 and a deposit of 200.00 EUR in cash?",
        "OK OUT 1 item to Maya Chen",
        "?? take 40.00 EUR in cash - Sam Okoro?",
        "OK DONE  40.00 EUR in cash taken",
        "?? charge 25.00 EUR for cleaning - Sam Okoro?",
        "OK DONE  25.00 EUR for cleaning charged",
    ] {
        rest = rest
            .split_once(words)
            .unwrap_or_else(|| panic!("{words}\n{told}"))
            .1;
    }
}

/// Opens each screen, and what is selected on it.
const WAYS: &[(&str, &str)] = &[
    ("desk", ""),
    ("check-out", "<f2>"),
    ("check-in", "<f3>"),
    ("customers", "<f6>"),
    ("customer", "okoro<ret>"),
    ("reservation", "1007<ret>"),
    ("reserved", "1016<ret>"),
    ("editor", "<f4>ines<ret>2*fx6<ret>"),
    ("invoices", ":invoices<ret>"),
    ("invoice", "1007<ret>:invoices<ret>1007<ret>"),
    ("plan", "<f5>"),
    ("history", ":history<ret>"),
    ("reports", "<f12>"),
];

const WORDS: &[(&str, &str)] = &[
    ("pay", "12.34 cash"),
    ("pay", "all card 1"),
    ("deposit", "12.34 card 7"),
    ("deposit", "back"),
    ("refund", "12.34 cash"),
    ("charge", "12.34 cleaning"),
    ("charge", "damage 12.34 hood"),
    ("issue", ""),
    ("void", "a mistake"),
    ("credit", "a mistake"),
    ("till", "12.34"),
    ("settle", ""),
];

#[test]
fn no_path_moves_money_without_showing_the_amount_first() {
    for (screen, way) in WAYS {
        let mut counter = Counter::demo();
        counter.keys(way);
        for (word, typed) in WORDS {
            let before = moved(&counter);
            counter.keys(&format!(":{word}<ret>")).keys(typed);
            counter.scan("CAM-0099");
            assert_eq!(
                moved(&counter),
                before,
                "{screen} :{word}: neither typing nor a scan moves money"
            );
            let shown =
                |counter: &mut Counter| format!("{} {}", counter.verdict(), counter.screen());
            let mut seen = shown(&mut counter);
            for _ in 0..2 {
                let before = moved(&counter);
                counter.keys("<ret>");
                if moved(&counter) != before {
                    assert!(
                        seen.contains(" EUR"),
                        "{screen} :{word} {typed} moved money that was not shown:\n{seen}"
                    );
                    assert!(
                        typed.is_empty() || !typed.contains("12.34") || seen.contains("12.34 EUR"),
                        "{screen} :{word}:\n{seen}"
                    );
                    break;
                }
                seen = shown(&mut counter);
            }
            counter.keys("<esc><esc>");
            counter.keys("<esc><esc><esc>").keys(way);
        }
        counter.check();
    }
}

fn issued(counter: &Counter) -> Vec<(Invoice, Vec<InvoiceLine>, Vec<TaxRow>)> {
    let db = counter.app.shop.read();
    let all = billing::invoices(db, i64::MAX)
        .unwrap()
        .into_iter()
        .filter(|invoice| invoice.number.is_some());
    all.map(|invoice| {
        (
            Invoice {
                paid: Money(0),
                state: InvoiceState::Issued,
                ..invoice.clone()
            },
            billing::lines(db, invoice.id).unwrap(),
            billing::taxes(db, invoice.id).unwrap(),
        )
    })
    .collect()
}

#[test]
fn nothing_at_the_counter_changes_an_issued_invoice() {
    let mut counter = Counter::demo();
    counter.keys("1016<ret>:issue<ret><ret>");
    let first = issued(&counter);
    assert_eq!(first.len(), 1, "{}", counter.verdict());
    for way in [
        "1016<ret><c-d>+1<ret>",
        "1016<ret>:charge 25 cleaning<ret><ret>",
        "1016<ret><f4>+<ret>",
        "1016<ret>:discount<ret>10% regular<ret><ret>",
        "1016<ret>:target<ret>5 friend<ret><ret>",
        "1016<ret>:reprice<ret>",
        "1016<ret>:pay 10 cash<ret><ret>",
        "1016<ret>:deposit 10 cash<ret><ret>",
        "1016<ret>:issue<ret><ret>",
        "1016<ret>:note<ret>nothing<ret>",
        "<c-z>",
    ] {
        counter.keys("<esc><esc><esc><esc>").keys(way);
        counter.app.shop.drain_all().unwrap();
        let now = issued(&counter);
        assert_eq!(now[now.len() - 1], first[0], "{way}: {}", counter.verdict());
    }
    counter.check();
}

#[test]
fn the_clock_moves_a_late_fee_and_a_part_of_it_can_be_charged() {
    let mut counter = Counter::demo();
    counter.app.shop.clock = Clock::Fixed(friday().plus_minutes(24 * 60));
    counter.scan("CAM-0020").keys("1007<ret>");
    counter.keys("<esc>1007<ret>:settle<ret><c-u>50<ret>");
    assert!(
        counter
            .verdict()
            .starts_with("OK SETTLED  charge 50.00 EUR"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn what_is_more_than_owed_is_said_before_it_is_taken() {
    let mut counter = Counter::demo();
    counter.scan("CAM-0012").keys("chen<ret><ret>");
    counter.keys("700 card 4471");
    assert!(
        counter
            .verdict()
            .contains("take 700.00 EUR by card 4471? · 620.00 more than is owed, kept as credit"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert!(
        counter.verdict().starts_with("OK OUT"),
        "{}",
        counter.verdict()
    );
    counter.keys("chen<ret>");
    assert!(
        counter.screen().contains("   has 700.00 in credit · "),
        "{}",
        counter.screen()
    );
    // What goes back is said with what is owed then.
    counter.keys("<esc><esc>R-1021<ret>:refund<ret>");
    counter.keys("650 card 4471<ret>");
    assert!(
        counter
            .verdict()
            .contains("give back 650.00 EUR by card 4471 · then owes 30.00"),
        "{}",
        counter.verdict()
    );
    counter.check();
}

#[test]
fn less_than_a_cent_is_not_read_as_euros() {
    let mut counter = Counter::demo();
    let currency = counter.app.shop.settings.currency;
    let read = |text: &str| currency.read(text).map(|amount| amount.0);
    assert_eq!([read("0.005"), read("0,005"), read("-0.125")], [None; 3]);
    assert_eq!(
        [
            read("1.550"),
            read("1,550"),
            read("0.50"),
            read("0,500"),
            read("10.000")
        ],
        [
            Some(155_000),
            Some(155_000),
            Some(50),
            Some(50),
            Some(1_000_000)
        ]
    );
    let before = moved(&counter);
    counter.keys("1007<ret>:deposit 0.005 cash<ret>");
    assert!(
        counter.verdict().starts_with("BAD"),
        "{}",
        counter.verdict()
    );
    counter.keys("<ret>");
    assert_eq!(moved(&counter), before);
}

#[test]
fn where_room_is_short_the_last_scans_go_first() {
    let mut counter = Counter::demo();
    late_return(&mut counter);
    for rental in booking::rentals_of(counter.app.shop.read(), id(&counter, "R-1013")).unwrap() {
        if let Some(item) = rental.item {
            let tag = rentdesk::inventory::known(counter.app.shop.read(), item)
                .unwrap()
                .tag;
            counter.scan(tag.as_str());
        }
    }
    let small = counter.screen_at(60, 18);
    assert!(!small.contains("LAST SCANS"), "{small}");
    let [back, still, settle] = ["BACK JUST NOW", "STILL OUT", "TO SETTLE"]
        .map(|title| small.lines().position(|line| line.contains(title)).unwrap());
    assert!((still - back, settle - still) >= (4, 2), "{small}");
    assert_eq!(
        small.matches("R-1007 ").count(),
        3,
        "all of what they leave: {small}"
    );
    assert!(
        counter.screen().contains("LAST SCANS"),
        "{}",
        counter.screen()
    );
}

#[test]
fn the_verdict_of_a_hand_over_says_when_what_left_is_due() {
    let mut counter = Counter::demo();
    counter
        .scan("R-1014")
        .scan("BAT-V150")
        .keys("<ret><c-d>wed 15:00<ret><ret>");
    assert!(
        counter.screen().contains("due Wed 26 Nov 15:00"),
        "{}",
        counter.screen()
    );
    counter.keys("<ret>");
    assert!(
        counter
            .verdict()
            .contains("to Maya Chen, due Wed 26 Nov 15:00 · R-1014"),
        "{}\n{}",
        counter.verdict(),
        counter.screen()
    );
}

#[test]
fn what_is_open_is_listed_however_much_is_paid_since() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:issue<ret><ret><esc><esc>");
    assert_eq!(
        counter
            .app
            .shop
            .settings
            .currency
            .show(money(&counter, "R-1007").total),
        "380.00"
    );
    // Six hundred that are done with, written past the counter: nobody waits for so many to be
    // typed.
    let file = rusqlite::Connection::open(counter.folder.path().join("shop.db")).unwrap();
    file.execute_batch(
        "PRAGMA foreign_keys = OFF; DROP TRIGGER invoice_born_draft; DROP TRIGGER invoice_next_number;
         INSERT INTO invoice(number, kind, reservation_id, customer_id, customer_version, state, net, tax, total, paid, issued_at, created_at)
         WITH RECURSIVE n(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM n WHERE n < 601)
         SELECT n, 'INVOICE', i.reservation_id, i.customer_id, 1, 'PAID', 100, 0, 100, 100, i.issued_at, i.created_at FROM n, invoice i WHERE i.number = 1",
    )
    .unwrap();
    counter.keys(":invoices<ret>");
    let screen = counter.screen();
    assert!(
        screen.contains("I-0001") && screen.contains("draft") && screen.contains("380.00"),
        "{screen}"
    );
    counter.keys("i-0001");
    assert!(
        counter
            .screen()
            .contains("1 listed · owed on them 380.00 EUR"),
        "{}",
        counter.screen()
    );
    counter.keys("<c-u>i3");
    let screen = counter.screen();
    assert!(
        screen.contains("I-0003") && screen.contains("1 listed"),
        "an old one by its number: {screen}"
    );
}

#[test]
fn many_reservations_at_once_stand_as_each_does_alone() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:issue<ret><ret>:pay 100 card<ret><ret>:deposit 300 cash<ret><ret><esc>1010<ret>:pay 5 cash<ret><ret>");
    counter.app.shop.drain_all().unwrap();
    let db = counter.app.shop.read();
    let ids: Vec<ReservationId> = (1..30)
        .map(ReservationId)
        .filter(|id| booking::reservation(db, *id).is_ok())
        .collect();
    let twice: Vec<ReservationId> = ids.iter().chain(&ids).copied().collect(); // as a list of rentals names them
    let (sums, numbers) = (
        desk::paid_of_each(db, &twice).unwrap(),
        booking::numbers_of(db, &ids).unwrap(),
    );
    for id in &ids {
        let alone = desk::money_of(db, *id).unwrap();
        assert_eq!(
            (sums.get(id).copied().unwrap_or_default(), numbers[id]),
            (
                (alone.total, alone.paid),
                booking::number_of(db, *id).unwrap()
            )
        );
    }
    assert!(
        ids.len() > 10 && sums.values().filter(|(_, paid)| paid.0 > 0).count() >= 2,
        "{sums:?}"
    );
    let all = billing::deposits(db).unwrap();
    let theirs = billing::deposits_of_customer(db, all[0].customer).unwrap();
    assert_eq!((all.len(), theirs), (1, all));
}
