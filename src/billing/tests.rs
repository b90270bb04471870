//! The rules of money owed, as tables and properties.

use super::model::{
    InvoiceLine, LateCap, LateFee, LateRate, LateRules, LineKind, Taxed, half_up, late_fee, split,
    tax_rows,
};
use crate::kernel::{Moment, Money, Settings, Text};
use crate::pricing::{self, Units};
use proptest::prelude::*;

fn line(quantity: i64, each: i64, discount: i64, taxed: &Taxed) -> InvoiceLine {
    InvoiceLine {
        kind: LineKind::Rent,
        description: Text::new("thing"),
        type_id: None,
        line: None,
        rental: None,
        quantity,
        unit_price: Money(each),
        discount: Money(discount),
        taxed: taxed.clone(),
    }
}

fn taxed(percent: i64, gross: bool) -> Taxed {
    Taxed {
        class: "standard".to_owned(),
        percent,
        gross,
    }
}

#[test]
fn tax_is_of_the_sum_of_each_class() {
    // Three times 0.33 net at 19 %: 0.06 each would be 0.18, of the sum it is 0.19.
    let net = tax_rows(&[
        line(1, 33, 0, &taxed(1900, false)),
        line(1, 33, 0, &taxed(1900, false)),
        line(1, 33, 0, &taxed(1900, false)),
    ]);
    assert_eq!(
        (net[0].lines, net[0].net, net[0].tax),
        (Money(99), Money(99), Money(19))
    );
    // The contract of the handbook: 306.00 holds 48.86 at 19 %.
    let gross = tax_rows(&[
        line(2, 8000, 0, &taxed(1900, true)),
        line(1, 14_600, 0, &taxed(1900, true)),
    ]);
    assert_eq!(
        (gross[0].lines, gross[0].net, gross[0].tax),
        (Money(30_600), Money(25_714), Money(4_886))
    );
    let both = tax_rows(&[
        line(1, 1000, 100, &taxed(700, true)),
        line(1, 1000, 0, &Taxed::free()),
    ]);
    assert_eq!(
        both.iter()
            .map(|row| (row.taxed.percent, row.net.0, row.tax.0))
            .collect::<Vec<_>>(),
        [(0, 1000, 0), (700, 841, 59)]
    );
}

#[test]
fn late_days_are_days_of_rent_after_the_grace() {
    let settings = Settings::from_values(
        [("timezone".to_owned(), "Europe/Berlin".to_owned())]
            .into_iter()
            .collect(),
    );
    let zone = settings.zone;
    let at = |text: &str| {
        zone.moment(chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap())
            .unwrap()
    };
    let rules = |rate: LateRate, cap: Option<LateCap>| LateRules {
        grace_minutes: 30,
        rate,
        cap,
    };
    let check = |back: &str, pieces: i64, rules: LateRules, expect: Option<(i64, i64, bool)>| {
        let late = pricing::late(&settings, at("2025-11-24 10:00"), at(back));
        let fee = late_fee(
            &rules,
            late,
            Units::whole(late.map_or(0, |late| late.days)),
            pieces,
            Some(Money(4500)),
            Some(Money(100_000)),
        );
        assert_eq!(
            fee.map(
                |LateFee {
                     days,
                     amount,
                     capped,
                     ..
                 }| (days, amount.0, capped)
            ),
            expect,
            "{back}"
        );
    };
    let full = rules(LateRate::Percent(100), None);
    check("2025-11-24 09:00", 1, full, None);
    check("2025-11-24 10:30", 1, full, None);
    check("2025-11-24 10:31", 1, full, Some((1, 4500, false)));
    check("2025-11-25 10:00", 1, full, Some((1, 4500, false)));
    check("2025-11-26 11:00", 1, full, Some((2, 9000, false)));
    check("2025-11-26 11:00", 3, full, Some((2, 27_000, false)));
    check(
        "2025-11-26 11:00",
        1,
        rules(LateRate::Percent(150), None),
        Some((2, 13_500, false)),
    );
    check(
        "2025-11-26 11:00",
        1,
        rules(LateRate::Amount(Money(500)), None),
        Some((2, 1000, false)),
    );
    check(
        "2026-01-24 11:00",
        1,
        rules(LateRate::Percent(100), Some(LateCap::Days(10))),
        Some((61, 45_000, true)),
    );
    check(
        "2026-01-24 11:00",
        1,
        rules(LateRate::Percent(100), Some(LateCap::PercentOfValue(50))),
        Some((61, 50_000, true)),
    );
    check(
        "2025-11-26 11:00",
        1,
        rules(LateRate::Amount(Money(0)), None),
        None,
    );
    assert_eq!(
        late_fee(
            &full,
            pricing::late(&settings, Moment(0), Moment(864_000)),
            Units::whole(10),
            1,
            None,
            None
        ),
        None,
        "without a day rate there is no share of it"
    );
}

proptest! {
    #[test]
    fn what_is_split_is_whole(amount in -1_000_000_i64..1_000_000, weights in prop::collection::vec(-10_000_i64..10_000, 1..12)) {
        let shares = split(amount, &weights);
        prop_assert_eq!(shares.iter().sum::<i64>(), amount);
        prop_assert_eq!(shares.len(), weights.len());
    }

    #[test]
    fn shares_of_what_is_owed_are_within_a_cent(amount in 0_i64..1_000_000, weights in prop::collection::vec(1_i64..10_000, 1..12)) {
        let sum: i64 = weights.iter().sum();
        for (share, weight) in split(amount, &weights).iter().zip(&weights) {
            prop_assert!((share * sum - amount * weight).abs() < sum);
        }
    }

    #[test]
    fn net_and_tax_are_the_lines(lines in prop::collection::vec((1_i64..20, 0_i64..200_000, 0_i64..500, 0_usize..3, any::<bool>()), 1..20)) {
        let lines: Vec<InvoiceLine> = lines.iter().map(|(quantity, each, discount, percent, gross)| line(*quantity, *each, *discount, &taxed([0, 700, 1900][*percent], *gross))).collect();
        let rows = tax_rows(&lines);
        prop_assert_eq!(rows.iter().map(|row| row.lines.0).sum::<i64>(), lines.iter().map(|line| line.total().0).sum::<i64>());
        for row in &rows {
            prop_assert_eq!(row.lines.0, if row.taxed.gross { row.net.0 + row.tax.0 } else { row.net.0 });
            prop_assert!((row.tax.0 * 10_000 - row.net.0 * row.taxed.percent).abs() <= 10_000 + row.taxed.percent);
        }
        // A credit note is the same with the sign turned, to the cent.
        let back: Vec<InvoiceLine> = lines.iter().map(InvoiceLine::credited).collect();
        for (row, back) in rows.iter().zip(tax_rows(&back)) {
            prop_assert_eq!((row.net.0, row.tax.0), (-back.net.0, -back.tax.0));
        }
    }

    #[test]
    fn halves_round_away_from_zero(numerator in -1_000_000_i64..1_000_000, denominator in 1_i64..1000) {
        let rounded = i128::from(half_up(i128::from(numerator), i128::from(denominator)));
        prop_assert!((rounded * i128::from(denominator) - i128::from(numerator)).abs() * 2 <= i128::from(denominator));
        prop_assert_eq!(-rounded, i128::from(half_up(-i128::from(numerator), i128::from(denominator))));
    }
}
