//! Money: integer minor units in the shop's one currency.

use serde::{Deserialize, Serialize};

/// An amount in minor units (cents); the currency is the shop's and stands in its settings.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug, Serialize, Deserialize,
)]
pub struct Money(pub i64);

/// Half-up, as a pencil rounds: `amount` × `times` / `per`. `None` beyond what an amount may be.
pub fn share(amount: Money, times: i64, per: i64) -> Option<Money> {
    let (product, per) = (i128::from(amount.0) * i128::from(times), i128::from(per));
    let rounded = (2 * product + per).div_euclid(2 * per);
    i64::try_from(rounded)
        .ok()
        .map(Money)
        .filter(|money| money.0.abs() <= MONEY_MAX)
}

/// Splits an amount in proportion to weights, exactly: what rounding leaves over goes to the
/// largest remainders, the first of equal ones first. Nothing where all weights are zero. Weights
/// are not negative.
pub fn spread(amount: Money, weights: &[i64]) -> Option<Vec<Money>> {
    let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if total <= 0 {
        return None;
    }
    let exact = |weight: &i64| i128::from(amount.0) * i128::from(*weight);
    let mut shares: Vec<i64> = Vec::with_capacity(weights.len());
    for weight in weights {
        shares.push(i64::try_from(exact(weight).div_euclid(total)).ok()?);
    }
    let mut left = amount.0 - shares.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(exact(&weights[*place]).rem_euclid(total)));
    for place in order {
        if left == 0 {
            break;
        }
        shares[place] += 1;
        left -= 1;
    }
    Some(shares.into_iter().map(Money).collect())
}

/// A currency of ISO 4217 and the digits behind its decimal point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Currency {
    code: [u8; 3],
    pub exponent: u32,
}

/// Above this an amount is a typing mistake; it keeps every product in range.
pub const MONEY_MAX: i64 = 1_000_000_000_000;

impl Currency {
    pub fn parse(code: &str) -> Option<Self> {
        let upper = code.trim().to_ascii_uppercase();
        let code: [u8; 3] = upper.as_bytes().try_into().ok()?;
        if !code.iter().all(u8::is_ascii_uppercase) {
            return None;
        }
        // The exponents of ISO 4217 that are not 2.
        let exponent = match &code {
            b"BIF" | b"CLP" | b"DJF" | b"GNF" | b"ISK" | b"JPY" | b"KMF" | b"KRW" | b"PYG"
            | b"RWF" | b"UGX" | b"UYI" | b"VND" | b"VUV" | b"XAF" | b"XOF" | b"XPF" => 0,
            b"BHD" | b"IQD" | b"JOD" | b"KWD" | b"LYD" | b"OMR" | b"TND" => 3,
            _ => 2,
        };
        Some(Currency { code, exponent })
    }

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or("EUR")
    }

    fn unit(self) -> i64 {
        10_i64.pow(self.exponent)
    }

    /// `1 550.00`, as it stands on a screen.
    pub fn show(self, amount: Money) -> String {
        let plain = self.plain(amount);
        let (whole, rest) = plain
            .split_once('.')
            .map_or((plain.as_str(), None), |(whole, rest)| (whole, Some(rest)));
        let (sign, digits) = whole
            .strip_prefix('-')
            .map_or(("", whole), |digits| ("-", digits));
        let mut grouped = String::new();
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                grouped.push(' ');
            }
            grouped.push(digit);
        }
        rest.map_or(format!("{sign}{grouped}"), |rest| {
            format!("{sign}{grouped}.{rest}")
        })
    }

    /// `1550.00`, as it stands in a file.
    pub fn plain(self, amount: Money) -> String {
        let sign = if amount.0 < 0 { "-" } else { "" };
        let (whole, part) = (
            amount.0.unsigned_abs() / self.unit().unsigned_abs(),
            amount.0.unsigned_abs() % self.unit().unsigned_abs(),
        );
        if self.exponent == 0 {
            format!("{sign}{whole}")
        } else {
            format!(
                "{sign}{whole}.{part:0digits$}",
                digits = self.exponent as usize
            )
        }
    }

    /// As [`Self::read`], but for what can be meant in two ways: `4.999` is five, or nearly five
    /// thousand. For what is kept and asked again later, by no one who could see it.
    pub fn read_exactly(self, text: &str) -> Option<Money> {
        let (_, body) = self.bare(text);
        let marks: Vec<char> = body.chars().filter(|c| matches!(c, '.' | ',')).collect();
        let last = body.rsplit(['.', ',']).next().unwrap_or_default();
        if marks.len() == 1 && last.len() == 3 && self.exponent != 3 {
            return None;
        }
        self.read(text)
    }

    /// Reads `1550`, `1,550.00`, `1.550,00`, `1 550.00`, `$1,550.00`, `89,90 €`. `None` where it is
    /// no amount, has digits below the minor unit, or marks its thousands where none are: what is
    /// typed is never guessed at.
    pub fn read(self, text: &str) -> Option<Money> {
        let (negative, body) = self.bare(text);
        if !body.starts_with(|c: char| c.is_ascii_digit() || c == '.' || c == ',') {
            return None;
        }
        let decimal = decimal_mark(body, self.exponent);
        let (whole, part) = match decimal.and_then(|mark| body.rsplit_once(mark)) {
            Some((whole, part)) => (whole, part),
            None => (body, ""),
        };
        let whole = ungrouped(whole)?;
        let significant = part.trim_end_matches('0');
        if part.chars().any(|c| !c.is_ascii_digit())
            || significant.len() > self.exponent as usize
            || (whole.is_empty() && part.is_empty())
            || whole.len() > 13
        {
            return None;
        }
        let mut minor: i64 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        for position in 0..self.exponent as usize {
            let digit = significant
                .as_bytes()
                .get(position)
                .map_or(0, |byte| i64::from(byte - b'0'));
            minor = minor.checked_mul(10)?.checked_add(digit)?;
        }
        (minor <= MONEY_MAX).then_some(Money(if negative { -minor } else { minor }))
    }

    /// An amount without its sign and without what the currency is called at either end.
    fn bare(self, text: &str) -> (bool, &str) {
        let (mut negative, mut body) = (false, text.trim());
        loop {
            let before = body;
            body = body
                .trim_matches(|c: char| c.is_whitespace() || matches!(c, '$' | '€' | '£' | '¥'));
            if !negative && let Some(rest) = body.strip_prefix('-') {
                (negative, body) = (true, rest);
            }
            for name in [self.code(), "kr.", "kr", "fr.", "fr", "rs.", "rs", "r"] {
                let is_name = |part: &str| part.eq_ignore_ascii_case(name);
                if let Some((front, rest)) = body.split_at_checked(name.len())
                    && is_name(front)
                {
                    body = rest;
                } else if let Some((rest, end)) = body
                    .len()
                    .checked_sub(name.len())
                    .and_then(|place| body.split_at_checked(place))
                    && is_name(end)
                {
                    body = rest;
                }
            }
            if body == before {
                return (negative, body);
            }
        }
    }
}

/// Digits without the marks of their thousands: one mark throughout, three digits behind the last,
/// two or three between (`1,00,000`).
fn ungrouped(whole: &str) -> Option<String> {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else {
        return Some(whole.to_owned());
    };
    if !matches!(mark, '.' | ',' | '\'' | ' ' | '\u{a0}' | '\u{202f}') {
        return None;
    }
    let groups: Vec<&str> = whole.split(mark).collect();
    let digits = groups
        .iter()
        .all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    let (first, rest) = groups.split_first()?;
    let (last, between) = rest.split_last()?;
    let fits = first.len() <= 3
        && !first.starts_with('0')
        && last.len() == 3
        && between
            .iter()
            .all(|group| group.len() == between[0].len() && (2..=3).contains(&group.len()));
    (digits && fits).then(|| groups.concat())
}

/// The last of `.` and `,` is the decimal mark, unless it can only be a thousands mark: it stands
/// more than once, or exactly three digits follow it and the currency has no three decimals
/// (`1,550`). No thousands begin with a zero: `0.005` is less than a cent.
fn decimal_mark(body: &str, exponent: u32) -> Option<char> {
    let mark = body.chars().rev().find(|c| matches!(c, '.' | ','))?;
    let both = body.contains('.') && body.contains(',');
    if body.matches(mark).count() > 1 {
        return None;
    }
    let (before, behind) = body.rsplit_once(mark)?;
    let thousands = behind.len() == 3 && exponent != 3 && !before.starts_with('0');
    (both || !thousands).then_some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_and_never_guessed_at() {
        let euro = Currency::parse("EUR").expect("a currency");
        for (text, expect) in [
            ("1550", Some(155_000)),
            ("1,550.00", Some(155_000)),
            ("1.550,00", Some(155_000)),
            ("1 550.00", Some(155_000)),
            ("1'550.50", Some(155_050)),
            ("1,00,000", Some(10_000_000)),
            ("$1,550.00", Some(155_000)),
            ("89,90 €", Some(8_990)),
            ("EUR 12", Some(1_200)),
            ("12eur", Some(1_200)),
            ("100 kr", Some(10_000)),
            ("-€ 5", Some(-500)),
            ("€-5", Some(-500)),
            (".5", Some(50)),
            ("5.", Some(500)),
            ("1,550", Some(155_000)),
            ("0,50", Some(50)),
            ("0.005", None),
            ("1e3", None),
            ("12a5", None),
            ("abc5", None),
            ("0x10", None),
            ("12.5.6", None),
            ("1234.567", None),
            ("15 50", None),
            ("5 USD", None),
            ("--5", None),
            ("1-5", None),
            ("١٢", None),
            ("", None),
            ("EUR", None),
            (".", None),
            ("99999999999999", None),
        ] {
            assert_eq!(euro.read(text).map(|amount| amount.0), expect, "{text}");
        }
        assert_eq!(
            Currency::parse("JPY").and_then(|yen| yen.read("1,550")),
            Some(Money(1_550))
        );
        assert_eq!(
            Currency::parse("TND").and_then(|dinar| dinar.read("1.550")),
            Some(Money(1_550))
        );
    }
}
