//! What the cells of a column look like: whether it can be what its heading does not say.

use super::cells::{DateOrder, day};
use crate::kernel::{AssetTag, Currency};

/// Whether at least nine in ten of the samples are so; a list has its slips.
pub(super) fn mostly(samples: &[&str], is_so: impl Fn(&str) -> bool) -> bool {
    samples.iter().filter(|sample| is_so(sample)).count() * 10 >= samples.len() * 9
}

pub(super) fn emails(samples: &[&str]) -> bool {
    mostly(samples, |cell| {
        !cell.contains(' ')
            && cell
                .split_once('@')
                .is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
    })
}

/// Codes as labels carry them: letters and digits, at most dashes between, and not a date.
pub(super) fn codes(samples: &[&str]) -> bool {
    let has = |cell: &str, is_so: fn(&char) -> bool| cell.chars().any(|c| is_so(&c));
    mostly(samples, |cell| {
        let plain = cell
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        plain
            && AssetTag::parse(cell).is_some()
            && has(cell, char::is_ascii_digit)
            && (has(cell, char::is_ascii_alphabetic) || (cell.len() >= 5 && !cell.contains('-')))
    }) && !dates(samples)
}

pub(super) fn unique_codes(samples: &[&str]) -> bool {
    let mut seen = std::collections::HashSet::new();
    samples.len() >= 2 && codes(samples) && samples.iter().all(|cell| seen.insert(*cell))
}

pub(super) fn dates(samples: &[&str]) -> bool {
    let order = DateOrder::of(samples.iter().copied());
    mostly(samples, |cell| day(cell, order).is_ok())
}

pub(super) fn money(samples: &[&str]) -> bool {
    let Some(currency) = Currency::parse("EUR") else {
        return false;
    };
    !samples.is_empty()
        && mostly(samples, |cell| {
            cell.contains(['$', '€', '£', '¥']) && currency.read(cell).is_some()
        })
}
