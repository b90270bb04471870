//! The words that everyone shares, under any input.

use proptest::prelude::*;
use rentdesk::kernel::text::{TEXT_LENGTH_MAX, cut, fit, fit_right, folded, width};
use rentdesk::kernel::{AssetTag, Currency, Moment, Money, Period, Text, money, tag};

/// Letters, and everything that people paste and attackers send: controls, escapes, bidirectional
/// marks, zero-width characters, stacks of combining marks, joined emoji, wide characters.
fn hostile() -> impl Strategy<Value = String> {
    const PIECES: &[&str] = &[
        "a",
        "Ä",
        "ß",
        "İ",
        " ",
        "  ",
        "\t",
        "\r\n",
        "\u{0}",
        "\u{7}",
        "\u{1b}[31m",
        "\u{1b}]52;c;eA==\u{7}",
        "\u{85}",
        "\u{9b}2J",
        "\u{202e}",
        "\u{2066}",
        "\u{200b}",
        "\u{200d}",
        "\u{200c}",
        "\u{feff}",
        "\u{301}",
        "\u{308}\u{301}\u{327}",
        "e\u{301}",
        "\u{334}\u{334}\u{334}\u{334}",
        "👩\u{200d}👩\u{200d}👧",
        "🇩🇪",
        "東京",
        "한",
        "\u{1112}\u{1161}\u{11ab}",
        "ｱ",
        "\u{3164}",
        "\u{e000}",
        "\u{fe0f}",
        "❤\u{fe0f}",
        "\u{2028}",
        "\u{e0041}",
        "नि",
        "ﷺ",
    ];
    let piece = prop_oneof![
        prop::sample::select(PIECES).prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
        "\\PC{0,4}"
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn cleaning_a_text_twice_changes_nothing(raw in hostile()) {
        let once = Text::new(&raw);
        prop_assert_eq!(&Text::new(once.as_str()), &once);
        prop_assert!(once.length() <= TEXT_LENGTH_MAX);
        prop_assert!(!once.as_str().chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c) || ('\u{2066}'..='\u{2069}').contains(&c) || c == '\u{200b}'), "{:?}", once);
        prop_assert_eq!(once.as_str().trim(), once.as_str());
    }

    #[test]
    fn fitting_is_exact_to_the_column(raw in hostile(), columns in 0_usize..40) {
        // Whatever reached the screen without being cleaned must not move what stands beside it
        // either.
        for text in [raw.as_str(), Text::new(&raw).as_str()] {
            for shown in [fit(text, columns), fit_right(text, columns)] {
                prop_assert_eq!(width(&shown), columns, "{:?} of {:?}", shown, text);
            }
            prop_assert!(width(&cut(text, columns)) <= columns);
        }
    }

    #[test]
    fn folding_twice_changes_nothing(raw in hostile()) {
        let once = folded(&raw);
        prop_assert_eq!(folded(&once), once);
    }

    #[test]
    fn an_amount_that_is_written_is_read_back(minor in -money::MONEY_MAX..=money::MONEY_MAX, code in prop::sample::select(vec!["EUR", "USD", "JPY", "KWD", "CHF"])) {
        let currency = Currency::parse(code).expect("a currency");
        let amount = Money(minor);
        prop_assert_eq!(currency.read(&currency.plain(amount)), Some(amount));
        prop_assert_eq!(currency.read(&currency.show(amount)), Some(amount));
    }

    #[test]
    fn reading_an_amount_never_guesses_and_never_panics(text in prop_oneof![hostile(), "[-+$€£ ]{0,2}[0-9.,' ]{0,20}[-A-Za-z€]{0,4}"]) {
        for code in ["EUR", "JPY", "KWD"] {
            let currency = Currency::parse(code).expect("a currency");
            if let Some(amount) = currency.read(&text) {
                prop_assert!(amount.0.abs() <= money::MONEY_MAX);
                prop_assert_eq!(currency.read(&currency.plain(amount)), Some(amount));
            }
        }
    }

    #[test]
    fn a_tag_is_found_by_its_code_however_it_is_scanned(raw in "[a-zA-Z0-9._/ +#-]{0,40}", marks in "[-_. /]{0,3}") {
        let Some(parsed) = AssetTag::parse(&raw) else {
            prop_assert!(tag::code_of(&raw).is_empty() || raw.trim().len() > tag::TAG_LENGTH_MAX);
            return Ok(());
        };
        let code = parsed.code();
        prop_assert!(!code.is_empty() && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        prop_assert_eq!(&tag::code_of(&code), &code);
        for scanned in [format!("*{code}*"), format!("]C1{code}"), code.to_lowercase(), format!("{marks}{raw}{marks}"), format!("{code}\r")] {
            prop_assert_eq!(&tag::code_of(&scanned), &code, "{}", scanned);
        }
        prop_assert_eq!(AssetTag::parse(parsed.as_str()), Some(parsed));
    }

    #[test]
    fn any_scan_has_a_plain_code(raw in hostile()) {
        let code = tag::code_of(&raw);
        prop_assert!(code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()));
        let _ = (AssetTag::parse(&raw), tag::short_form(&raw));
    }

    #[test]
    fn windows_overlap_when_they_share_a_minute_and_touch_without(start in 0_i64..60, length in 1_i64..20, other_start in 0_i64..60, other_length in 1_i64..20) {
        let window = |start: i64, length: i64| Period::new(Moment(start), Moment(start + length)).expect("a window");
        let (one, other) = (window(start, length), window(other_start, other_length));
        let shared = (0..100).any(|at| one.contains(Moment(at)) && other.contains(Moment(at)));
        prop_assert_eq!(one.overlaps(&other), shared);
        prop_assert_eq!(other.overlaps(&one), shared);
        prop_assert!(!one.overlaps(&window(start + length, 5)), "back to back is no overlap");
        prop_assert_eq!(Period::new(Moment(start), Moment(start)), None);
    }
}
