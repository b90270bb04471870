//! Contract, receipt and invoice on paper: nothing cut, nothing forgotten, however many lines there
//! are.

use crate::billing::cost;
use crate::cli::Counter;
use crate::house::{House, days};
use rentdesk::billing::{self, Issue, Method, Pay, PayFor};
use rentdesk::booking::Want;
use rentdesk::desk;
use rentdesk::kernel::text::width;
use rentdesk::kernel::{Money, Text};
use rentdesk::print::{self, Document, PaperSize};

#[test]
fn the_papers_of_a_hand_over_in_words() {
    let counter = Counter::open();
    for line in [
        r#"settings set address "Hafenstr. 12, 20457 Hamburg""#,
        r#"settings set tax_number "DE 118 716""#,
        r#"settings set terms "Late from 30 minutes: one day. | Damage is charged at cost.""#,
        "charge R-1001 --extra 402 --note weekend",
        "deposit take R-1001 500 --method card --reference 4471",
        "pay R-1001 100 --method cash",
        "pay R-1001 202 --issue --method card --reference 8812",
    ] {
        let (code, _, stderr) = counter.run(line);
        assert_eq!((code, stderr.as_str()), (0, ""), "{line}");
    }
    let told = counter.transcript(&[
        "contract R-1001",
        "receipt R-1001 --slip",
        "invoice show I-0001 --text",
        "invoice show I-0001 --pdf one.pdf",
        "contract R-1001 --pdf two.pdf",
    ]);
    insta::assert_snapshot!(told, @r##"
    $ rentdesk contract R-1001
    +------------------------------------------------------------------------------+
    | North Light                                          RENTAL CONTRACT  R-1001 |
    | 5 items                                                    printed Fri 10:42 |
    +------------------------------------------------------------------------------+
    | North Light, Hafenstr. 12, 20457 Hamburg                                     |
    | tax no. DE 118 716                                                           |
    | Maya Chen                                                                    |
    | customer C-0001                                                 0612 555 120 |
    | out Fri 21 Nov 10:42                                    due Mon 24 Nov 10:00 |
    |  tag / serial  thing                         value new      each       price |
    |  CAM-0012      Sony FX6 body                              540.00      540.00 |
    |  (4011207)                                                                   |
    |  BAT-V150      4 x V-lock 150                               0.00        0.00 |
    +------------------------------------------------------------------------------+
    | Extra: weekend                                                        402.00 |
    | total                                                             942.00 EUR |
    | paid Fri 21 Nov 10:42 cash                                            100.00 |
    | paid Fri 21 Nov 10:42 card 8812                                       202.00 |
    | to pay                                                            640.00 EUR |
    | deposit Fri 21 Nov 10:42 card 4471                                    500.00 |
    | deposit held                                                      500.00 EUR |
    +------------------------------------------------------------------------------+
    | Late from 30 minutes: one day.                                               |
    | Damage is charged at cost.                                                   |
    +------------------------------------------------------------------------------+
    |  collected by ________________________                                       |
    |  I received these items complete and working.                                |
    |  signed ________________________  date __________                            |
    |  RETURNED date __________  time ______  [ ] complete  damage ______________  |
    |  [ ] deposit back  signed ____________________                               |
    +------------------------------------------------------------------------------+
    |      line                  how the price comes about                         |
    |  1.  1 x Sony FX6 body     2 whole days + 1 begun (23:18 h over, more than   |
    |                            half a day) = 3 days;  180.00 a day x 3 = 540.00; |
    |                            540.00 x 1 = 540.00                               |
    |  2.  4 x V-lock 150        no rate is set: nothing is charged;  0.00 x 4 =   |
    |                            0.00                                              |
    |                            sum: 540.00 = 540.00                              |
    +------------------------------------------------------------------------------+

    $ rentdesk receipt R-1001 --slip
    ------------------------------------------
    North Light                RECEIPT  R-1001
    5 items                  printed Fri 10:42
    ------------------------------------------
    North Light, Hafenstr. 12, 20457 Hamburg
    tax no. DE 118 716
    Maya Chen
    customer C-0001               0612 555 120
    out Fri 21 Nov 10:42  due Mon 24 Nov 10:00
     thing                               price
     Sony FX6 body                      540.00
       tag / serial:  CAM-0012  (4011207)
       each:  540.00
     4 x V-lock 150                       0.00
       tag / serial:  BAT-V150
       each:  0.00
    ------------------------------------------
    Extra: weekend                      402.00
    total                           942.00 EUR
    paid Fri 21 Nov 10:42 cash          100.00
    paid Fri 21 Nov 10:42 card 8812     202.00
    to pay                          640.00 EUR
    deposit Fri 21 Nov 10:42 card 4471  500.00
    deposit held                    500.00 EUR
    ------------------------------------------

    $ rentdesk invoice show I-0001 --text
    +------------------------------------------------------------------------------+
    | North Light                                                  INVOICE  I-0001 |
    | date Fri 21 Nov 2025                                       printed Fri 10:42 |
    +------------------------------------------------------------------------------+
    | North Light, Hafenstr. 12, 20457 Hamburg                                     |
    | tax no. DE 118 716                                                           |
    | Maya Chen                                                                    |
    | customer C-0001                                                       R-1001 |
    | rented Fri 21 Nov 10:42 to Mon 24 Nov 10:00                                  |
    |  what                                      qty          each           total |
    |  Sony FX6 body                               1        540.00          540.00 |
    |  V-lock 150                                  4          0.00            0.00 |
    |  Extra: weekend                              1        402.00          402.00 |
    +------------------------------------------------------------------------------+
    | total                                                             942.00 EUR |
    | paid Fri 21 Nov 10:42 paid ahead or credit                            100.00 |
    | paid Fri 21 Nov 10:42 card 8812                                       202.00 |
    | to pay, due Fri 5 Dec 2025                                        640.00 EUR |
    +------------------------------------------------------------------------------+

    $ rentdesk invoice show I-0001 --pdf one.pdf
    Written: one.pdf, 1 page

    $ rentdesk contract R-1001 --pdf two.pdf
    Written: two.pdf, 1 page
    "##);
}

/// A reservation of thirty lines with long names, billed and partly paid.
fn long(house: &mut House) -> (Document, Document, Document) {
    let wants: Vec<Want> =
        (0..30).map(|place| Want::of(house.items(&format!("Scheinwerfer Nr. {place:02} mit Tageslicht-Leuchtstoffröhren, Stativ und Zubehör im Koffer"), 2).0, 2)).collect();
    let id = house.confirmed(days(1, 4), &wants);
    let totals: Vec<i64> = (0..30).map(|place| 12_345_600 + place).collect();
    cost(house, id, &totals);
    let draft = billing::draft_of(house.shop.read(), id)
        .unwrap()
        .unwrap()
        .id;
    house.must(|db, settings| billing::issue(db, settings, draft, Issue::default()));
    let pay = Pay {
        towards: PayFor::Invoice(draft),
        amount: Money(12_345),
        method: Method::Card,
        reference: Some(Text::new("4471")),
    };
    house.must(|db, settings| billing::pay(db, settings, &pay));
    let (db, settings, now) = (house.shop.read(), &house.shop.settings, house.shop.now());
    let agreed = desk::contract_paper(db, id).unwrap();
    let invoice = print::invoice(
        settings,
        &desk::invoice_paper(db, draft).unwrap(),
        now,
        "Fri 08:02 Ana",
    );
    (
        print::contract(settings, &agreed, now, "Fri 08:02 Ana"),
        print::receipt(settings, &agreed, now, "Fri 08:02 Ana"),
        invoice,
    )
}

#[test]
fn thirty_lines_are_on_paper_whole() {
    let mut house = House::new();
    let (contract, receipt, invoice) = long(&mut house);
    for (name, document) in [
        ("contract", &contract),
        ("receipt", &receipt),
        ("invoice", &invoice),
    ] {
        for columns in [80, 42] {
            let text = print::text(document, columns);
            assert!(
                text.lines().all(|line| width(line) <= columns),
                "{name} at {columns}:\n{text}"
            );
            for place in 0..30 {
                assert!(
                    text.contains(&format!("Nr. {place:02}")),
                    "{name} at {columns} lacks line {place}:\n{text}"
                );
                assert!(
                    text.contains(&format!("123 456.{place:02}")),
                    "{name} at {columns} lacks the price of line {place}:\n{text}"
                );
            }
            assert!(
                text.contains("3 703 684.35 EUR") && text.contains("123.45"),
                "{name} at {columns}:\n{text}"
            );
        }
        for size in [PaperSize::A4, PaperSize::Letter] {
            let made = print::pdf(document, size).unwrap();
            assert!(
                made.pages >= 2 && made.missing.is_empty(),
                "{name}: {} pages, {:?}",
                made.pages,
                made.missing
            );
            if let Some(folder) = std::env::var_os("RENTDESK_PAPER") {
                std::fs::write(
                    std::path::Path::new(&folder).join(format!("{name}.pdf")),
                    &made.bytes,
                )
                .unwrap();
            }
        }
    }
    house.check();
}
