//! Money on the command line: a day at the counter, in its words and shapes.

use crate::cli::{Counter, shape};
use serde_json::json;

/// Maya has a camera and four batteries out with R-1001, due Monday 10:00.
#[test]
fn a_day_of_money_in_words() {
    let counter = Counter::open();
    let told = counter.transcript(&[
        "invoice list",
        "invoice show R-1001",
        r#"charge R-1001 --extra 402 --note "weekend, as agreed""#,
        "deposit take R-1001 500 --method card --reference 4471",
        "pay R-1001 100 --method cash",
        "pay R-1001 --issue --method card --reference 8812",
        "invoice show R-1001",
        r#"invoice void I-0001 --reason "wrong customer""#,
        "undo",
        r#"in CAM-0012 --now "2025-11-26 18:00" --condition unusable --note "lens mount bent""#,
        "charge R-1001",
        r#"charge R-1001 --late --damage 80 --note "mount""#,
        r#"deposit keep R-1001 80.50 --reason "mount bent""#,
        "deposit return R-1001",
        "balance C-0001",
        "pay R-1001 --issue --method cash",
        r#"invoice credit I-0001 --reason "goodwill""#,
        "refund R-1001 942.01 --method cash",
        "refund R-1001 942 --method cash",
        "invoice list",
        "till",
        "till --counted 300",
        "till --counted 300",
        "check",
    ]);
    insta::assert_snapshot!(told, @r##"
    $ rentdesk invoice list
    NUMBER  KIND   STATE  R- NO.   TOTAL  OPEN  DUE  CUSTOMER
            draft  draft  R-1001  540.00             Maya Chen C-0001
    1 invoice

    $ rentdesk invoice show R-1001
    Draft, no number yet
      state        draft
      customer     Maya Chen C-0001
      reservation  R-1001
      total        540.00 EUR
         KIND  QTY    EACH   TOTAL  WHAT
      1  rent    1  540.00  540.00  Sony FX6 body
      2  rent    4    0.00    0.00  V-lock 150

    $ rentdesk charge R-1001 --extra 402 --note "weekend, as agreed"
    Draft, no number yet
      state        draft
      customer     Maya Chen C-0001
      reservation  R-1001
      total        942.00 EUR
         KIND   QTY    EACH   TOTAL  WHAT
      1  rent     1  540.00  540.00  Sony FX6 body
      2  rent     4    0.00    0.00  V-lock 150
      3  extra    1  402.00  402.00  Extra: weekend, as agreed

    $ rentdesk deposit take R-1001 500 --method card --reference 4471
    Deposit #1 of R-1001
      customer  Maya Chen C-0001
      taken     500.00 card 4471, Fri 21 Nov 10:42
      held      500.00

    $ rentdesk pay R-1001 100 --method cash
    100.00 EUR taken from Maya Chen C-0001.
      the draft over 942.00 is not issued yet (rentdesk invoice issue)
      owes nothing · credit 100.00 · deposit held 500.00 · on drafts 942.00

    $ rentdesk pay R-1001 --issue --method card --reference 8812
    842.00 EUR taken from Maya Chen C-0001.
      I-0001 is paid
      owes nothing · deposit held 500.00

    $ rentdesk invoice show R-1001
    I-0001 invoice
      state        paid
      customer     Maya Chen C-0001
      reservation  R-1001
      issued       Fri 21 Nov 2025
      due          Fri 5 Dec 2025
      total        942.00 EUR
      paid         100.00 credit, Fri 21 Nov 10:42
      paid         842.00 card 8812, Fri 21 Nov 10:42
         KIND   QTY    EACH   TOTAL  WHAT
      1  rent     1  540.00  540.00  Sony FX6 body
      2  rent     4    0.00    0.00  V-lock 150
      3  extra    1  402.00  402.00  Extra: weekend, as agreed

    $ rentdesk invoice void I-0001 --reason "wrong customer"
    Refused: I-0001 is paid: it cannot be voided.
    Hint: credit it: what was paid is owed back then (rentdesk invoice credit)
    [exit 1]

    $ rentdesk undo
    Refused: payment taken from Maya Chen at 10:42: this cannot be undone.
    Hint: give it back with :refund; what is invoiced is credited first with :credit (rentdesk invoice credit, rentdesk refund)
    [exit 1]

    $ rentdesk in CAM-0012 --now "2025-11-26 18:00" --condition unusable --note "lens mount bent"
    TAG       TYPE           FROM              R- NO.  LATE    CONDITION  GOES TO
    CAM-0012  Sony FX6 body  Maya Chen C-0001  R-1001  2 days  unusable   BENCH
    1 item back

    $ rentdesk charge R-1001
    TAG       KIND    AMOUNT  WHAT
    CAM-0012  late    360.00  Late fee, 2 days late: Sony FX6 body CAM-0012, 2 x 180.00
    CAM-0012  damage       ?  Damage: Sony FX6 body CAM-0012
    2 things to settle
    charged extra 402.00, Fri 21 Nov 10:42

    $ rentdesk charge R-1001 --late --damage 80 --note "mount"
    Draft, no number yet
      state        draft
      customer     Maya Chen C-0001
      reservation  R-1001
      total        440.00 EUR
         KIND    QTY    EACH   TOTAL  WHAT
      1  late      2  180.00  360.00  Late fee, 2 days late: Sony FX6 body CAM-0012
      2  damage    1   80.00   80.00  Damage: Sony FX6 body CAM-0012: mount

    $ rentdesk deposit keep R-1001 80.50 --reason "mount bent"
    Deposit #1 of R-1001
      customer  Maya Chen C-0001
      taken     500.00 card 4471, Fri 21 Nov 10:42
      kept      80.50
      held      419.50
      on the draft, which it pays when that is issued

    $ rentdesk deposit return R-1001
    Deposit #1 of R-1001
      customer  Maya Chen C-0001
      taken     500.00 card 4471, Fri 21 Nov 10:42
      kept      80.50
      returned  419.50
      held      0.00

    $ rentdesk balance C-0001
    C-0001 Maya Chen
      stands        has 80.50 EUR in credit
      on drafts     520.50 EUR

    $ rentdesk pay R-1001 --issue --method cash
    440.00 EUR taken from Maya Chen C-0001.
      I-0001 is paid
      I-0002 is paid
      owes nothing

    $ rentdesk invoice credit I-0001 --reason "goodwill"
    I-0003 credit note
      state        paid
      credits      I-0001
      customer     Maya Chen C-0001
      reservation  R-1001
      issued       Fri 21 Nov 2025
      total        -942.00 EUR
      paid         -942.00 credit, Fri 21 Nov 10:42
         KIND    QTY     EACH    TOTAL  WHAT
      1  credit    1  -540.00  -540.00  Sony FX6 body
      2  credit    4     0.00     0.00  V-lock 150
      3  credit    1  -402.00  -402.00  Extra: weekend, as agreed
      942.00 EUR can be refunded (rentdesk refund), or used for another invoice.

    $ rentdesk refund R-1001 942.01 --method cash
    Refused: 942.01 EUR cannot be refunded: Maya Chen has 942.00 EUR to get back.
    Hint: credit the invoice first (rentdesk invoice credit); a deposit is returned (rentdesk deposit return)
    [exit 1]

    $ rentdesk refund R-1001 942 --method cash
    942.00 EUR given back to Maya Chen C-0001.
      owes nothing · on drafts 540.00

    $ rentdesk invoice list
    NUMBER  KIND         STATE     R- NO.    TOTAL  OPEN  DUE  CUSTOMER
            draft        draft     R-1001   540.00             Maya Chen C-0001
    I-0003  credit note  paid      R-1001  -942.00             Maya Chen C-0001
    I-0002  invoice      paid      R-1001   520.50             Maya Chen C-0001
    I-0001  invoice      credited  R-1001   942.00             Maya Chen C-0001
    4 invoices

    $ rentdesk till
    Till of Fri 21 Nov 2025
    METHOD    RECEIVED  REFUNDED  DEPOSITS IN  DEPOSITS OUT  EXPECTED
    cash        540.00    942.00         0.00          0.00   -402.00
    card        842.00      0.00       500.00        419.50    922.50
    transfer      0.00      0.00         0.00          0.00      0.00
    Cash is not counted yet (rentdesk till --counted AMOUNT).

    $ rentdesk till --counted 300
    Till of Fri 21 Nov 2025
    METHOD    RECEIVED  REFUNDED  DEPOSITS IN  DEPOSITS OUT  EXPECTED
    cash        540.00    942.00         0.00          0.00   -402.00
    card        842.00      0.00       500.00        419.50    922.50
    transfer      0.00      0.00         0.00          0.00      0.00
    Cash counted Fri 21 Nov 10:42: 300.00, 702.00 too much.

    $ rentdesk till --counted 300
    Refused: The till of Fri 21 Nov 2025 is closed already.
    Hint: look at it (rentdesk till --date D)
    [exit 1]

    $ rentdesk check
    The books are right: 31 events proved.
    There is no backup yet (rentdesk backup).
    "##);
}

#[test]
fn programs_find_the_same_names() {
    let counter = Counter::open();
    counter.run("charge R-1001 --extra 402 --note weekend");
    counter.run("deposit take R-1001 500 --method cash");
    let golden: String = [
        "invoice list",
        "invoice show R-1001",
        "pay R-1001 20 --method cash --dry-run",
        "pay R-1001 --issue --method cash --dry-run",
        "deposit list",
        "deposit return R-1001 --dry-run",
        "balance C-0001",
        "till",
        "charge R-1001",
    ]
    .iter()
    .map(|line| format!("{line}: {}\n", shape(&counter.json(line))))
    .collect();
    insta::assert_snapshot!(golden.trim_end(), @r##"
    invoice list: [{currency, customer, due, invoice, issued, kind, net, open, paid, reservation, state, tax, total}]
    invoice show R-1001: {credits, currency, customer, due, invoice, issued, kind, lines [{description, discount, kind, line, quantity, tax_class, tax_percent, total, type, unit_price}], net, open, paid, payments, reason, reservation, state, tax, taxes [{net, tax, tax_class, tax_percent}], total}
    pay R-1001 20 --method cash --dry-run: {amount, balance, credit, currency, customer, deposits_held, drafted, limit, method, overdue, owes, payment}
    pay R-1001 --issue --method cash --dry-run: {amount, balance, credit, currency, customer, deposits_held, drafted, limit, method, overdue, owes, payment}
    deposit list: [{amount, currency, customer, deposit, held, kept, method, reference, reservation, returned, returned_at, taken}]
    deposit return R-1001 --dry-run: {amount, currency, customer, deposit, held, kept, method, reference, reservation, returned, returned_at, taken}
    balance C-0001: {balance, credit, currency, customer, deposits_held, drafted, limit, open, overdue, owes}
    till: {carried, cash_expected, closed, currency, day, methods [{deposits_returned, deposits_taken, expected, method, received, refunded}]}
    charge R-1001: {currency, reservation, settled [{amount, at, kind, reason, staff, state, waived}], still_out, to_settle}
    "##);
    let invoice = counter.json("invoice show R-1001");
    assert_eq!(
        (
            &invoice["total"],
            &invoice["currency"],
            &invoice["state"],
            &invoice["invoice"]
        ),
        (&json!(942.0), &json!("EUR"), &json!("DRAFT"), &json!(null))
    );
}

#[test]
fn a_rehearsal_moves_no_money() {
    let counter = Counter::open();
    counter.run("charge R-1001 --extra 402 --note weekend");
    counter.run("deposit take R-1001 500 --method cash");
    counter.run("pay C-0001 30 --method cash");
    let state = || {
        (
            counter.json("events --limit 0"),
            counter.json("invoice list"),
            counter.json("balance C-0001"),
            counter.json("till"),
        )
    };
    let before = state();
    for line in [
        "charge R-1001 --damage 10",
        "invoice issue R-1001",
        "charge R-1001 --extra 5 --note tape",
        "pay R-1001 --issue --method cash",
        "deposit keep R-1001 5 --reason scratch",
        "deposit return R-1001",
        "till --counted 500",
        "refund C-0001 --method cash",
    ] {
        let (code, stdout, stderr) = counter.run(&format!("{line} --dry-run"));
        assert!(
            code == 0 && stderr.is_empty() && stdout.ends_with("Nothing was saved (dry run).\n"),
            "{line}: {code}\n{stdout}{stderr}"
        );
        assert_eq!(state(), before, "{line}");
    }
}
