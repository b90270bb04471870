//! What owner and clerk read about money: one total that adds up, words instead of signs, papers
//! that say what became of the deposit. Method: journeys on the demo shop and on the command line.

use crate::billing::cost;
use crate::cli;
use crate::counter::Counter;
use crate::house::{House, days};
use rentdesk::billing::{self, Method, Take};
use rentdesk::booking::{self, Thing, Want};
use rentdesk::desk;
use rentdesk::inventory;
use rentdesk::kernel::Money;
use rentdesk::print;

/// The rows below a section's title, as words and cents.
fn sums(screen: &str, title: &str) -> Vec<(String, i64)> {
    let rows = screen
        .lines()
        .skip_while(|line| !line.starts_with(&format!("-- {title}")))
        .skip(1)
        .take_while(|line| !line.starts_with("--") && !line.contains("F2 Out"));
    rows.filter_map(|line| {
        let (words, amount) = line.trim_start_matches([' ', '>']).rsplit_once("  ")?;
        Some((
            words.trim().to_owned(),
            amount.trim().replace([' ', '.'], "").parse().ok()?,
        ))
    })
    .collect()
}

#[test]
fn a_reservations_page_has_one_total_and_its_lines_add_up_to_it() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:deposit 300 cash<ret><ret>:charge 25 cleaning<ret><ret>:pay 100 card 4471<ret><ret>");
    let screen = counter.screen_at(100, 60);
    assert_eq!(
        screen
            .lines()
            .filter(|line| line.trim_start().starts_with("total "))
            .count(),
        2,
        "in the head, and below its lines:\n{screen}"
    );
    let rows = sums(&screen, "MONEY");
    let of = |word: &str| {
        rows.iter()
            .find(|(words, _)| words == word)
            .unwrap_or_else(|| panic!("{word}: {rows:?}\n{screen}"))
            .1
    };
    let above: i64 = rows
        .iter()
        .take_while(|(words, _)| words != "total")
        .map(|(_, amount)| amount)
        .sum();
    assert_eq!(
        (above, of("other charges"), of("paid")),
        (of("total"), 2_500, -10_000),
        "{screen}"
    );
    assert_eq!(of("owes"), of("total") + of("paid"));
    assert_eq!(of("deposit held, the customer's"), 30_000);
    counter.keys(":pay all cash<ret><ret>");
    assert!(
        sums(&counter.screen_at(100, 60), "MONEY").contains(&("owes nothing".to_owned(), 0)),
        "{}",
        counter.screen_at(100, 60)
    );
    counter.check();
}

#[test]
fn tax_that_is_in_the_prices_stands_below_the_total() {
    let mut house = House::new();
    let (kind, _) = house.items("Lamp", 1);
    let id = house.confirmed(days(1, 3), &[Want::of(kind, 1)]);
    cost(&mut house, id, &[10_000]);
    let lines = desk::money_lines(house.shop.read(), id, None)
        .unwrap()
        .unwrap();
    assert_eq!(
        lines.rows(),
        [
            ("rent", 10_000),
            ("total", 10_000),
            ("  of it tax 19 %", 1_597),
            ("owes", 10_000)
        ]
        .map(|(words, amount)| (words.to_owned(), Money(amount)))
    );
}

#[test]
fn a_balance_is_said_in_words_and_its_sign_is_for_programs() {
    let counter = cli::Counter::open();
    let stands = |counter: &cli::Counter| counter.run("balance C-0001").1;
    assert!(
        stands(&counter).contains("stands        owes nothing\n"),
        "{}",
        stands(&counter)
    );
    counter.run("pay R-1001 100 --method cash");
    assert!(
        stands(&counter).contains(" has 100.00 EUR in credit\n"),
        "{}",
        stands(&counter)
    );
    assert_eq!(counter.json("balance C-0001")["balance"], -100.0);
    counter.run("pay R-1001 40 --issue --method cash");
    assert!(
        stands(&counter).contains(" owes 400.00 EUR\n"),
        "{}",
        stands(&counter)
    );
}

#[test]
fn why_on_an_invoice_tells_how_its_lines_come_to_its_total() {
    let mut counter = Counter::demo();
    counter.keys("1007<ret>:charge 25 cleaning<ret><ret>:issue<ret><ret>:invoices<ret>");
    counter.keys("i-0001<ret>");
    assert_eq!(counter.app.page().title, "INVOICE  I-0001");
    counter.keys(":why<ret><pgdn>");
    let screen = counter.screen_at(100, 60);
    assert!(
        screen.contains("on I-0001:")
            && screen.contains("cleaning: 1 x 25.00 = 25.00")
            && screen.contains("a day x"),
        "{screen}"
    );
    assert!(
        screen.lines().any(|line| line.contains("total: ")
            && line.contains(" + 25.00 = ")
            && line.contains("EUR")),
        "{screen}"
    );
}

#[test]
fn what_all_lines_shall_cost_has_one_name() {
    let counter = cli::Counter::open();
    let total = |flag: &str| {
        counter.json(&format!("price --from \"mon 9:00\" --to \"wed 9:00\" --line \"Sony FX6 body\" {flag} 300 --reason friend"))["total"].clone()
    };
    assert_eq!(
        (total("--target"), total("--total")),
        (300.0.into(), 300.0.into())
    );
    let (_, help, _) = counter.run("price --help");
    assert!(
        help.contains("--target") && !help.contains("--total"),
        "{help}"
    );
}

#[test]
fn a_receipt_tells_when_all_was_back_what_was_kept_of_the_deposit_and_why_and_what_went_back() {
    let counter = cli::Counter::open();
    for line in [
        "deposit take R-1001 500 --method card --reference 4471",
        r#"in CAM-0012 4*BAT-V150 --now "2025-11-24 09:30" --condition unusable --note "lens mount bent""#,
        r#"pay R-1001 --issue --method cash --now "2025-11-24 09:40""#,
        r#"charge R-1001 --damage 80 --note "mount bent" --now "2025-11-24 09:40""#,
        r#"deposit keep R-1001 80 --reason "mount bent" --now "2025-11-24 09:45""#,
        r#"deposit return R-1001 --method cash --now "2025-11-24 09:50""#,
    ] {
        let (code, said, error) = counter.run(line);
        assert_eq!((code, error.as_str()), (0, ""), "{line}: {said}");
    }
    let (_, receipt, _) = counter.run(r#"receipt R-1001 --now "2025-11-24 10:00""#);
    let rows = [
        "all back today 09:30",
        "deposit Fri 21 Nov 10:42 card 4471",
        "kept of the deposit, for Damage: Sony FX6 body CAM-0012",
        "deposit given back today 09:50 cash",
    ];
    for row in rows {
        assert!(
            receipt.contains(row) || receipt.contains(&row.replace("today", "Mon 24 Nov")),
            "no {row} in\n{receipt}"
        );
    }
    assert!(
        receipt.contains("-80.00")
            && receipt.contains("-420.00")
            && !receipt.contains("deposit held"),
        "{receipt}"
    );
}

#[test]
fn a_receipt_tells_of_each_part_of_a_deposit_that_went_back_when_and_how() {
    let counter = cli::Counter::open();
    for line in [
        "deposit take R-1001 300 --method card --reference 4471",
        r#"in CAM-0012 4*BAT-V150 --now "2025-11-24 09:30""#,
        r#"deposit return R-1001 100 --method cash --now "2025-11-24 09:50""#,
        r#"deposit return R-1001 200 --method card --now "2025-11-25 10:01""#,
    ] {
        let (code, said, error) = counter.run(line);
        assert_eq!((code, error.as_str()), (0, ""), "{line}: {said}");
    }
    let (_, receipt, _) = counter.run(r#"receipt R-1001 --now "2025-11-26 10:00""#);
    let parts: Vec<String> = receipt
        .lines()
        .filter(|line| line.contains("deposit given back"))
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(
        parts,
        [
            "| deposit given back Mon 24 Nov 09:50 cash -100.00 |",
            "| deposit given back Tue 25 Nov 10:01 card -200.00 |"
        ],
        "{receipt}"
    );
}

#[test]
fn a_contract_counts_a_kit_as_one_item() {
    let mut house = House::new();
    let (camera, bodies) = house.items("Body", 1);
    let (lens, lenses) = house.items("Lens", 1);
    let kit = house.kind(
        "Interview kit",
        rentdesk::catalog::Tracking::Items,
        0,
        rentdesk::catalog::Role::Primary,
    );
    house.must(|db, _| inventory::make_kit(db, kit, &[(camera, 1), (lens, 1)]));
    let (panel, panels) = house.items("Panel", 1);
    let id = house.confirmed(days(0, 2), &[Want::of(kit, 1), Want::of(panel, 1)]);
    house.out(
        id,
        &[
            Thing::Item(bodies[0]),
            Thing::Item(lenses[0]),
            Thing::Item(panels[0]),
        ],
    );
    let maya = house.maya;
    house.must(|db, settings| {
        billing::take_deposit(
            db,
            settings,
            &Take {
                reservation: id,
                customer: maya,
                amount: Money(100),
                method: Method::Cash,
                reference: None,
            },
        )
        .map(|_| ())
    });
    let (settings, now) = (&house.shop.settings, house.shop.now());
    let paper = desk::contract_paper(house.shop.read(), id).unwrap();
    let text = print::text(&print::contract(settings, &paper, now, "Fri 08:02 Ana"), 80);
    assert!(
        text.contains("| 2 items") && text.contains("+ Body") && text.contains("+ Lens"),
        "{text}"
    );
    assert_eq!(booking::rentals_of(house.shop.read(), id).unwrap().len(), 3);
}

#[test]
fn the_demo_shop_has_taken_money_and_its_books_are_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut shop = rentdesk::exchange::demo::make(
        &folder.path().join("shop.db"),
        rentdesk::kernel::Clock::Fixed(crate::counter::friday()),
    )
    .unwrap();
    shop.sign("Ana").unwrap();
    let (db, settings, now) = (shop.read(), &shop.settings, shop.now());
    let invoices = billing::invoices(db, 100).unwrap();
    let states = |wanted: billing::InvoiceState| {
        invoices
            .iter()
            .filter(|invoice| invoice.state == wanted)
            .count()
    };
    assert!(
        states(billing::InvoiceState::Paid) >= 3
            && states(billing::InvoiceState::PartlyPaid) == 1
            && states(billing::InvoiceState::Issued) == 1
    );
    assert!(
        billing::open_invoices(db)
            .unwrap()
            .iter()
            .any(|invoice| invoice.due_at.is_some_and(|due| due < now)),
        "one is overdue"
    );
    let charges: Vec<billing::Charge> = invoices
        .iter()
        .filter_map(|invoice| invoice.reservation)
        .flat_map(|id| billing::charges_of(db, id).unwrap())
        .collect();
    assert!(
        charges
            .iter()
            .any(|charge| charge.state == billing::ChargeState::Waived)
            && charges
                .iter()
                .any(|charge| charge.kind == billing::LineKind::Damage)
    );
    let deposits = billing::deposits(db).unwrap();
    assert!(
        deposits.iter().any(|deposit| deposit.held().0 > 0)
            && deposits
                .iter()
                .any(|deposit| deposit.kept.0 > 0 && deposit.returned.0 > 0)
    );
    let asked = desk::Asked {
        kind: desk::ReportKind::Money,
        by: desk::By::Category,
        span: None,
    };
    let told = desk::report(db, settings, asked, now).unwrap();
    assert!(
        told.bars.len() > 3 && told.total.is_some_and(|total| total.0 > 500_000),
        "{told:?}"
    );
    let till = billing::till(db, settings, settings.zone.day(now)).unwrap();
    assert!(till.cash_expected().0 > 0, "cash came in today");
    let left = desk::unsettled(db, settings)
        .unwrap()
        .0
        .iter()
        .map(|left| left.number.to_string())
        .collect::<Vec<_>>();
    assert!(
        left.contains(&"R-1004".to_owned())
            && left.contains(&"R-1006".to_owned())
            && !left.contains(&"R-1001".to_owned()),
        "{left:?}"
    );
    assert_eq!(shop.check().unwrap(), []);
}
