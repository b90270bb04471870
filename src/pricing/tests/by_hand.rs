//! What somebody said a line costs.

use super::*;

#[test]
fn a_price_by_hand_is_the_price_and_only_what_is_asked_for_comes_off_it() {
    let said = ListPrice {
        basis: Basis::Manual,
        steps: vec![Step::Manual {
            each: Money(10_000),
            reason: Text::new("an old friend"),
        }],
        ..list_of(10_000, "s", 0)
    };
    let lists = [said, list_of(5000, "s", 0)];
    let total = |rule: &dyn Fn(&mut NewRule), ask: &dyn Fn(&mut Ask)| {
        let mut known = percent(1, 10, true, 1);
        rule(&mut known.rule);
        let mut asked = ask_of(&[1, 2]);
        ask(&mut asked);
        settled(&asked, &lists, &[known], Prices::Gross).expect("a price")
    };
    let plain = |_: &mut Ask| {};
    let season = |rule: &mut NewRule| {
        (rule.kind, rule.valid_from, rule.valid_to) =
            (RuleKind::Season, Some(AGREED), Some(AGREED.plus_minutes(1)))
    };
    let tier =
        |rule: &mut NewRule| (rule.kind, rule.tier) = (RuleKind::Loyalty, Some(Text::new("GOLD")));
    let coupon =
        |rule: &mut NewRule| (rule.kind, rule.code) = (RuleKind::Coupon, Some(Text::new("NOV10")));
    for (what, priced, cents) in [
        ("volume", total(&|_| {}, &plain), 19_000),
        ("season", total(&season, &plain), 19_000),
        (
            "tier",
            total(&tier, &|ask| ask.tier = Some(Text::new("GOLD"))),
            19_000,
        ),
        (
            "coupon",
            total(&coupon, &|ask| ask.coupons = vec![Text::new("NOV10")]),
            18_000,
        ),
        (
            "by hand",
            total(&season, &|ask| {
                ask.off = Some(ByHand {
                    value: Off::Amount(Money(1000)),
                    reason: Text::new("late van"),
                })
            }),
            18_000,
        ),
    ] {
        assert_eq!(priced.total, Money(cents), "{what}");
        let why = why::line(&priced.lines[0], eur()).join("\n");
        assert!(
            why.contains("(an old friend); no season, tier or volume takes anything off it"),
            "{why}"
        );
    }
}
