//! What a price is made of, as it is asked for, answered and frozen on a line. Pure.

use super::days::DayCount;
use crate::kernel::{CategoryId, Currency, Moment, Money, Period, Text, TypeId};
use serde::{Deserialize, Serialize};

/// The shape in which [`PricedLine`] is written on a line; a later shape reads the earlier ones.
pub const FROZEN_VERSION: u32 = 1;

/// What one piece costs by the hour, day, week, or for the type's fixed rental period, and what it
/// costs at least.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Rate {
    pub hourly: Option<Money>,
    pub daily: Option<Money>,
    pub weekly: Option<Money>,
    pub fixed: Option<Money>,
    /// The least that one piece costs for its whole window.
    pub minimum: Option<Money>,
}

impl Rate {
    pub fn is_empty(&self) -> bool {
        self.hourly.is_none()
            && self.daily.is_none()
            && self.weekly.is_none()
            && self.fixed.is_none()
    }
}

/// A rate as it stands in the shop's file: from when on, and since when that is known.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RateVersion {
    pub type_id: TypeId,
    pub rate: Rate,
    /// None: the class that the setting `tax_class` names.
    pub tax_class: Option<Text>,
    pub from: Moment,
    pub known_since: Moment,
}

/// Hundredths of a percent: 19 % is 1900.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
pub struct Percent(pub i64);

/// Hundredths of a charged hour, day, week or period: a table may charge 1.7 days.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
pub struct Units(pub i64);

impl Percent {
    pub const WHOLE: i64 = 10_000;

    /// Reads `19`, `7.5`, `10 %`; 0 to 100.
    pub fn read(text: &str) -> Option<Self> {
        hundredths(text.trim().trim_end_matches('%').trim_end())
            .map(Percent)
            .filter(|percent| percent.0 <= Self::WHOLE)
    }

    /// `7.5`
    pub fn number(self) -> String {
        shown_hundredths(self.0)
    }
}

impl Units {
    pub fn whole(count: i64) -> Self {
        Units(count.saturating_mul(100))
    }

    /// Reads `4`, `1.7`, `0.25`.
    pub fn read(text: &str) -> Option<Self> {
        hundredths(text.trim()).map(Units)
    }

    pub fn number(self) -> String {
        shown_hundredths(self.0)
    }
}

fn hundredths(text: &str) -> Option<i64> {
    let text = text.replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 6 || part.len() > 2 || !digits(whole) || !digits(part) {
        return None;
    }
    Some(whole.parse::<i64>().ok()? * 100 + format!("{part:0<2}").parse::<i64>().ok()?)
}

fn shown_hundredths(hundredths: i64) -> String {
    let plain = format!("{}.{:02}", hundredths / 100, hundredths % 100);
    plain.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What is charged: the unit that was really used.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ChargeUnit {
    Hour,
    Day,
    Week,
    /// The type's fixed rental period.
    Fixed,
}

impl ChargeUnit {
    pub fn word(self) -> &'static str {
        match self {
            ChargeUnit::Hour => "hour",
            ChargeUnit::Day => "day",
            ChargeUnit::Week => "week",
            ChargeUnit::Fixed => "period",
        }
    }
}

/// Unit price × charged units, rounded half-up.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Charge {
    pub unit: ChargeUnit,
    pub unit_price: Money,
    pub units: Units,
    pub amount: Money,
}

/// Where the price of a piece comes from.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Basis {
    Rates,
    /// By hand, with a reason.
    Manual,
    /// Part of a kit that is priced as a set.
    Included,
    /// A kit that is priced by its parts.
    ByParts,
    /// No rate is set: it costs nothing until one is.
    Unpriced,
}

/// One step of a derivation; [`super::why::step`] says it so that a person with a pencil can
/// follow.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Step {
    Days {
        count: DayCount,
    },
    Table {
        name: Text,
        days: i64,
        charged: Units,
    },
    Hours {
        minutes: i64,
        hours: i64,
    },
    /// `hours` of one period; none: one price however long.
    Periods {
        hours: Option<i64>,
        periods: i64,
    },
    Weeks {
        weeks: i64,
        days: i64,
    },
    Charged {
        charge: Charge,
    },
    Sum {
        parts: Vec<Money>,
        each: Money,
    },
    /// What another way of counting would have cost.
    Dearer {
        units: Vec<ChargeUnit>,
        each: Money,
    },
    Minimum {
        minimum: Money,
    },
    Manual {
        each: Money,
        reason: Text,
    },
    Included,
    ByParts,
    Unpriced,
}

/// What one piece costs for its whole window, before discounts.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ListPrice {
    pub basis: Basis,
    pub charges: Vec<Charge>,
    /// One piece for the whole window.
    pub each: Money,
    /// Days as they were counted, before any table.
    pub days: i64,
    pub tax_class: Text,
    pub tax_percent: Percent,
    pub steps: Vec<Step>,
}

/// How much comes off.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Off {
    Percent(Percent),
    Amount(Money),
}

crate::words_in_columns! {
    /// Why a rule takes something off.
    RuleKind {
        /// Whoever names its code.
        Coupon = "COUPON",
        /// Rentals that start in its days.
        Season = "SEASON",
        /// Customers of a tier.
        Loyalty = "LOYALTY",
        /// Enough of it, or long enough.
        Volume = "VOLUME",
    }
}

/// What took something off a line.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OffKind {
    /// By hand, off the line.
    Line,
    /// By hand, off the reservation.
    Reservation,
    Coupon,
    Season,
    Loyalty,
    Volume,
}

/// A discount's share in a line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct LineOff {
    pub kind: OffKind,
    pub name: Text,
    pub off: Off,
    /// What it is counted from.
    pub base: Money,
    pub amount: Money,
}

/// Some pieces of a line that are kept for another time than the others: one of two lights was
/// extended.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Apart {
    pub quantity: i64,
    pub window: Period,
    pub list: ListPrice,
}

/// A line's share in a total that was agreed by hand.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TargetShare {
    pub total: Money,
    /// What the total is spread over: all lines before it.
    pub of: Money,
    pub base: Money,
    pub share: Money,
    pub reason: Text,
}

/// The price of a line: the form in which it is frozen. Amounts are minor units of the shop's
/// currency, net or gross as `prices` says.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PricedLine {
    pub version: u32,
    pub type_id: TypeId,
    pub quantity: i64,
    pub window: Period,
    pub parent: Option<usize>,
    pub prices: Prices,
    pub list: ListPrice,
    /// Those of its pieces that are kept for another time than the line says; the rest is kept for
    /// that.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<Apart>,
    /// One piece × quantity, for each time that pieces are kept.
    pub subtotal: Money,
    pub discounts: Vec<LineOff>,
    pub target: Option<TargetShare>,
    pub total: Money,
}

crate::words_in_columns! {
    /// Whether prices hold the tax or it is added to them.
    Prices { Net = "NET", Gross = "GROSS" }
}

/// The tax of one class at one rate, counted once from the sum of its lines.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct TaxTotal {
    pub class: Text,
    pub percent: Percent,
    pub net: Money,
    pub tax: Money,
}

/// What a discount takes off in all.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct DiscountTotal {
    pub kind: OffKind,
    pub name: Text,
    pub amount: Money,
}

/// A discount that was asked for or would apply, and does not.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unused {
    pub name: Text,
    pub why: String,
}

/// The answer to an [`Ask`]. `sum` is that of the lines' totals, to the cent; `net` + all taxes =
/// `total`, and `total` is `sum` where prices are gross, `net` where they are net.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Priced {
    pub prices: Prices,
    pub lines: Vec<PricedLine>,
    /// Before discounts.
    pub subtotal: Money,
    pub discounts: Vec<DiscountTotal>,
    pub unused: Vec<Unused>,
    pub sum: Money,
    pub net: Money,
    pub taxes: Vec<TaxTotal>,
    pub total: Money,
}

/// Something by hand, with its mandatory reason.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct ByHand<T> {
    pub value: T,
    pub reason: Text,
}

/// One line of a question.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AskLine {
    pub type_id: TypeId,
    pub quantity: i64,
    pub window: Period,
    pub is_kit: bool,
    /// The place of the line it belongs to: its kit, or what it goes along with.
    pub parent: Option<usize>,
    /// What one piece costs for the whole window, whatever the rates say.
    pub manual: Option<ByHand<Money>>,
    /// It is said of every piece, also of those that are kept for another time.
    pub manual_for_all: bool,
    pub off: Option<ByHand<Off>>,
    /// The price agreed earlier, for a line whose type and window are as they were then: rates and
    /// tables are not looked at again.
    pub keep: Option<ListPrice>,
    /// What was known then counts for its rate and tax; none: when all of it is agreed.
    pub known: Option<Moment>,
    /// Those of its pieces that are kept for another time, fewer than all: how many, for how long,
    /// and the price agreed for that earlier.
    pub apart: Vec<(i64, Period, Option<ListPrice>)>,
    /// What it was agreed to cost of a total by hand that does not hold for all lines any more: it
    /// costs that.
    pub share: Option<TargetShare>,
}

impl AskLine {
    pub fn of(type_id: TypeId, quantity: i64, window: Period) -> Self {
        AskLine {
            type_id,
            quantity,
            window,
            is_kit: false,
            parent: None,
            manual: None,
            manual_for_all: false,
            off: None,
            keep: None,
            known: None,
            apart: Vec::new(),
            share: None,
        }
    }
}

/// A question about prices. The same question has the same answer for as long as only later rates,
/// taxes and discounts are added.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ask {
    pub lines: Vec<AskLine>,
    /// When it is agreed: what was known then counts.
    pub agreed: Moment,
    /// The customer's loyalty tier.
    pub tier: Option<Text>,
    pub coupons: Vec<Text>,
    /// Off the whole reservation, beside whatever rules take off.
    pub off: Option<ByHand<Off>>,
    /// What all lines together shall cost, in place of every other discount on the reservation.
    pub target: Option<ByHand<Money>>,
    /// Net or gross as agreed earlier; none: as the shop's setting says.
    pub prices: Option<Prices>,
}

impl Ask {
    pub fn of(lines: Vec<AskLine>, agreed: Moment) -> Self {
        Ask {
            lines,
            agreed,
            tier: None,
            coupons: Vec::new(),
            off: None,
            target: None,
            prices: None,
        }
    }
}

/// What a discount rule is limited to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Only {
    Type(TypeId),
    /// And the categories below it.
    Category(CategoryId),
}

/// A rule as somebody writes it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewRule {
    pub name: Text,
    pub kind: RuleKind,
    /// Of a coupon.
    pub code: Option<Text>,
    /// Of a loyalty rule.
    pub tier: Option<Text>,
    pub off: Off,
    /// Whether it adds to other stackable ones; one that does not stands alone.
    pub stackable: bool,
    /// The lower number wins where two take off the same.
    pub priority: i64,
    /// A coupon, loyalty and volume rule is asked at the agreement, a season's at the start of the
    /// rental.
    pub valid_from: Option<Moment>,
    /// The first moment at which it is over.
    pub valid_to: Option<Moment>,
    pub minimum_total: Option<Money>,
    pub minimum_days: Option<i64>,
    pub minimum_quantity: Option<i64>,
    pub only: Option<Only>,
}

/// A rule as it stands in the shop's file; it is never changed, only withdrawn.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DiscountRule {
    pub id: i64,
    pub rule: NewRule,
    pub created_at: Moment,
    pub withdrawn_at: Option<Moment>,
}

/// A tax rate from a day on.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaxRate {
    pub class: Text,
    pub percent: Percent,
    pub from: Moment,
    pub known_since: Moment,
}

impl Off {
    pub fn is_nothing(self) -> bool {
        matches!(self, Off::Percent(Percent(0)) | Off::Amount(Money(0)))
    }

    /// `10 %`, `20.00`
    pub fn words(self, currency: Currency) -> String {
        match self {
            Off::Percent(percent) => format!("{} %", percent.number()),
            Off::Amount(amount) => currency.show(amount),
        }
    }
}

impl PricedLine {
    /// Whether the rates would say something else today: the price is out of sync.
    pub fn out_of_sync(&self, today: &PricedLine) -> bool {
        let facts = |line: &PricedLine| {
            let apart: Vec<(i64, Money)> = line
                .apart
                .iter()
                .map(|apart| (apart.quantity, apart.list.each))
                .collect();
            (
                line.list.each,
                line.list.charges.clone(),
                line.list.tax_class.clone(),
                line.list.tax_percent,
                line.prices,
                apart,
            )
        };
        self.list.basis != Basis::Manual && facts(self) != facts(today)
    }

    /// The price agreed, for pricing the line again without looking at today's rates: only where
    /// its type and window are the same, be it of some of its pieces.
    pub fn kept_for(&self, type_id: TypeId, window: Period) -> Option<ListPrice> {
        let of = |known: &Period, list: &ListPrice| {
            (*known == window && !matches!(list.basis, Basis::Unpriced)).then(|| list.clone())
        };
        if self.type_id != type_id {
            return None;
        }
        of(&self.window, &self.list).or_else(|| {
            self.apart
                .iter()
                .find_map(|apart| of(&apart.window, &apart.list))
        })
    }

    /// How many of its pieces are kept for as long as the line says.
    pub fn together(&self) -> i64 {
        self.quantity - self.apart.iter().map(|apart| apart.quantity).sum::<i64>()
    }

    /// The discount by hand on the line itself, for pricing it again.
    pub fn off_by_hand(&self) -> Option<ByHand<Off>> {
        let off = self
            .discounts
            .iter()
            .find(|off| off.kind == OffKind::Line)?;
        Some(ByHand {
            value: off.off,
            reason: off.name.clone(),
        })
    }

    /// The price by hand, for pricing the line again.
    pub fn manual(&self) -> Option<ByHand<Money>> {
        self.list.steps.iter().find_map(|step| match step {
            Step::Manual { each, reason } => Some(ByHand {
                value: *each,
                reason: reason.clone(),
            }),
            _ => None,
        })
    }

    /// As it is stored.
    pub fn freeze(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("a price is plain data")
    }

    /// As [`Self::freeze`] wrote it.
    pub fn thaw(frozen: &serde_json::Value) -> anyhow::Result<PricedLine> {
        let version = frozen.get("version").and_then(serde_json::Value::as_u64);
        anyhow::ensure!(
            version.is_some_and(|version| version <= u64::from(FROZEN_VERSION)),
            "a price of a newer shape: {version:?}"
        );
        Ok(serde_json::from_value(frozen.clone())?)
    }
}
