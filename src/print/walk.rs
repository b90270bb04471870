//! The order of one walk through the shop: by shelf as people count them, A2 before A10.

use crate::kernel::Text;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Which shelf comes first; what has no shelf comes last.
pub fn shelf_order(one: Option<&Text>, other: Option<&Text>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => natural(one.as_str(), other.as_str()),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// How many items are taken from each shelf, in the order of the walk. What has no shelf, or gives
/// nothing, is left out.
pub fn shelf_totals<'a>(
    things: impl IntoIterator<Item = (Option<&'a Text>, i64)>,
) -> Vec<(Text, i64)> {
    let mut totals: BTreeMap<&Text, i64> = BTreeMap::new();
    for (shelf, quantity) in things {
        if let (Some(shelf), true) = (shelf, quantity > 0) {
            let total = totals.entry(shelf).or_default();
            *total = total.saturating_add(quantity);
        }
    }
    let mut sorted: Vec<(Text, i64)> = totals
        .into_iter()
        .map(|(shelf, total)| (shelf.clone(), total))
        .collect();
    sorted.sort_by(|one, other| natural(one.0.as_str(), other.0.as_str()));
    sorted
}

/// Digits by their value, all else letter by letter without regard to case; the exact letters
/// decide a tie.
pub(super) fn natural(one: &str, other: &str) -> Ordering {
    let (mut left, mut right) = (one.chars().peekable(), other.chars().peekable());
    loop {
        let order = match (left.peek().copied(), right.peek().copied()) {
            (None, None) => return one.cmp(other),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) if a.is_ascii_digit() && b.is_ascii_digit() => {
                let (a, b) = (digits(&mut left), digits(&mut right));
                a.len().cmp(&b.len()).then_with(|| a.cmp(&b))
            }
            (Some(a), Some(b)) => {
                left.next();
                right.next();
                a.to_lowercase().cmp(b.to_lowercase())
            }
        };
        if order.is_ne() {
            return order;
        }
    }
}

/// The number ahead without its leading zeros: the longer one is then the greater, however long.
fn digits(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut number = String::new();
    while let Some(digit) = characters.next_if(char::is_ascii_digit) {
        if !(number.is_empty() && digit == '0') {
            number.push(digit);
        }
    }
    number
}
