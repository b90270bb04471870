//! Tiers: what points are worth, and when they stop counting.

use chrono::{Days, NaiveDate};

/// So many days a completed reservation counts, the day of its completion the first of them.
pub const COUNTS_DAYS: u64 = 365;
/// So many units of net rent are worth a point.
pub const UNITS_PER_POINT: i64 = 10;

/// What a customer has earned, by the points of the last 365 days.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum LoyaltyTier {
    Bronze,
    Silver,
    Gold,
}

impl LoyaltyTier {
    /// 100 is still Bronze, 500 still Silver.
    pub fn of(points: i64) -> Self {
        match points {
            ..=100 => LoyaltyTier::Bronze,
            101..=500 => LoyaltyTier::Silver,
            _ => LoyaltyTier::Gold,
        }
    }

    pub fn shown(self) -> &'static str {
        match self {
            LoyaltyTier::Bronze => "Bronze",
            LoyaltyTier::Silver => "Silver",
            LoyaltyTier::Gold => "Gold",
        }
    }

    /// As discount rules and programs say it.
    pub fn word(self) -> &'static str {
        match self {
            LoyaltyTier::Bronze => "BRONZE",
            LoyaltyTier::Silver => "SILVER",
            LoyaltyTier::Gold => "GOLD",
        }
    }
}

/// How a customer stands today.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Loyalty {
    pub tier: LoyaltyTier,
    /// Of the last 365 days.
    pub points: i64,
    /// The first day on which the tier is lower if nothing is added, and what it is then. Bronze
    /// never lapses.
    pub lapses: Option<(NaiveDate, LoyaltyTier)>,
}

/// The first day that still counts today.
pub fn counts_from(today: NaiveDate) -> NaiveDate {
    today
        .checked_sub_days(Days::new(COUNTS_DAYS - 1))
        .unwrap_or(NaiveDate::MIN)
}

/// `earned`: the day and the points of each completed reservation, in any order; what no longer
/// counts is left out.
pub fn loyalty(earned: &[(NaiveDate, i64)], today: NaiveDate) -> Loyalty {
    let mut counting: Vec<(NaiveDate, i64)> = earned
        .iter()
        .copied()
        .filter(|(day, _)| *day >= counts_from(today))
        .collect();
    counting.sort_unstable();
    let points: i64 = counting.iter().map(|(_, points)| points).sum();
    let tier = LoyaltyTier::of(points);
    let mut left = points;
    let mut lapses = None;
    for (position, (day, lost)) in counting.iter().enumerate() {
        left -= lost;
        let last_of_day = counting
            .get(position + 1)
            .is_none_or(|(next, _)| next != day);
        if last_of_day && LoyaltyTier::of(left) < tier {
            lapses = day
                .checked_add_days(Days::new(COUNTS_DAYS))
                .map(|day| (day, LoyaltyTier::of(left)));
            break;
        }
    }
    Loyalty {
        tier,
        points,
        lapses,
    }
}

/// Who is worth how much to the shop, among those who ever paid.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CustomerSegment {
    /// Among the tenth that paid most.
    HighValue,
    Regular,
    /// Nothing was paid yet, or all of it was given back.
    None,
}

impl CustomerSegment {
    pub fn shown(self) -> &'static str {
        match self {
            CustomerSegment::HighValue => "top tenth",
            CustomerSegment::Regular => "regular",
            CustomerSegment::None => "",
        }
    }
}
