//! The rules of money owed: what stands on an invoice, how it adds up, how an amount is shared out,
//! what being late costs.

use crate::events::{LineFact, LinePrice};
use crate::kernel::Fallible;
use crate::kernel::settings::Sum;
use crate::kernel::when::length_minutes;
use crate::kernel::{
    CustomerId, DepositId, InvoiceId, InvoiceNumber, LineId, Moment, Money, PaymentId, RentalId,
    ReservationId, Settings, StaffId, Text, TypeId,
};
use crate::pricing::{Late, Units};
use std::collections::BTreeMap;

crate::words_in_columns! {
    InvoiceState { Draft = "DRAFT", Issued = "ISSUED", PartlyPaid = "PARTLY_PAID", Paid = "PAID", Void = "VOID", Credited = "CREDITED" }
}

impl InvoiceState {
    pub fn shown(self) -> &'static str {
        match self {
            InvoiceState::Draft => "a draft",
            InvoiceState::Issued => "issued",
            InvoiceState::PartlyPaid => "partly paid",
            InvoiceState::Paid => "paid",
            InvoiceState::Void => "void",
            InvoiceState::Credited => "credited",
        }
    }

    /// Money is still asked for.
    pub fn is_open(self) -> bool {
        matches!(self, InvoiceState::Issued | InvoiceState::PartlyPaid)
    }
}

crate::words_in_columns! {
    InvoiceKind { Invoice = "INVOICE", CreditNote = "CREDIT_NOTE" }
}

crate::words_in_columns! {
    LineKind { Rent = "RENT", Late = "LATE", Damage = "DAMAGE", Loss = "LOSS", Extra = "EXTRA", Credit = "CREDIT" }
}

crate::words_in_columns! {
    /// How money changes hands. A deposit pays where part of it is kept; other is what an old list
    /// does not say.
    Method { Cash = "CASH", Card = "CARD", Transfer = "TRANSFER", Deposit = "DEPOSIT", Other = "OTHER" }
}

crate::words_in_columns! {
    PaymentKind { Payment = "PAYMENT", Refund = "REFUND" }
}

crate::words_in_columns! {
    ChargeState { Charged = "CHARGED", Waived = "WAIVED", TakenBack = "TAKEN_BACK" }
}

/// How an amount is taxed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Taxed {
    pub class: String,
    /// In hundredths: 19 % is 1900.
    pub percent: i64,
    /// Whether the amount holds the tax.
    pub gross: bool,
}

impl Taxed {
    /// Damages are not a supply: they bear no tax.
    pub fn free() -> Self {
        Taxed {
            class: "none".to_owned(),
            percent: 0,
            gross: true,
        }
    }

    fn of(price: &LinePrice) -> Self {
        Taxed {
            class: price.tax_class.clone(),
            percent: price.tax_percent.clamp(0, 10_000),
            gross: price.gross,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Invoice {
    pub id: InvoiceId,
    /// None: not issued yet.
    pub number: Option<InvoiceNumber>,
    pub kind: InvoiceKind,
    /// What a credit note takes back.
    pub credits: Option<InvoiceId>,
    pub reservation: Option<ReservationId>,
    pub customer: CustomerId,
    /// Whom it named when it was issued.
    pub customer_version: i64,
    pub state: InvoiceState,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    /// How much of it is settled.
    pub paid: Money,
    pub issued_at: Option<Moment>,
    pub due_at: Option<Moment>,
    pub issued_by: Option<StaffId>,
    pub reason: Option<Text>,
    pub created_at: Moment,
}

impl Invoice {
    /// What is still asked for.
    pub fn open(&self) -> Money {
        if self.state.is_open() {
            Money(self.total.0 - self.paid.0)
        } else {
            Money(0)
        }
    }

    /// Its number, or that it has none yet.
    pub fn called(&self) -> String {
        self.number
            .map_or_else(|| "the draft".to_owned(), |number| number.to_string())
    }
}

/// A line as it stands on an invoice, or is to stand on a draft.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoiceLine {
    pub kind: LineKind,
    pub description: Text,
    pub type_id: Option<TypeId>,
    pub line: Option<LineId>,
    pub rental: Option<RentalId>,
    pub quantity: i64,
    pub unit_price: Money,
    /// Taken off the quantity times the unit price.
    pub discount: Money,
    pub taxed: Taxed,
}

impl InvoiceLine {
    pub fn total(&self) -> Money {
        Money(self.quantity * self.unit_price.0 - self.discount.0)
    }

    /// The line of what was agreed; nothing where no price was.
    pub fn rent(fact: &LineFact, name: &Text) -> Option<Self> {
        let price = fact.price.as_ref()?;
        // Pieces that are kept for different times have no price of one piece in common.
        let (quantity, unit_price, description) = match price.subtotal {
            Some(subtotal) => (
                1,
                subtotal,
                Text::new(&format!(
                    "{name}, {} pieces, kept for different times",
                    fact.quantity
                )),
            ),
            None => (fact.quantity, price.each, name.clone()),
        };
        Some(InvoiceLine {
            kind: LineKind::Rent,
            description,
            type_id: Some(fact.type_id),
            line: Some(fact.line_id),
            rental: None,
            quantity,
            unit_price,
            discount: Money(quantity * unit_price.0 - price.total.0),
            taxed: Taxed::of(price),
        })
    }

    /// The same, to be given back.
    pub fn credited(&self) -> Self {
        InvoiceLine {
            kind: LineKind::Credit,
            unit_price: Money(-self.unit_price.0),
            discount: Money(-self.discount.0),
            ..self.clone()
        }
    }

    /// What the line is more, or less, than what was billed of it before.
    pub fn beyond(&self, billed: Money) -> Option<Self> {
        let difference = Money(self.total().0 - billed.0);
        if difference.0 == 0 {
            return None; // what costs nothing and was told once is not told again
        }
        if billed.0 == 0 {
            return Some(self.clone());
        }
        Some(InvoiceLine {
            kind: if difference.0 > 0 {
                LineKind::Rent
            } else {
                LineKind::Credit
            },
            description: Text::new(&format!("{}, changed", self.description)),
            quantity: 1,
            unit_price: difference,
            discount: Money(0),
            ..self.clone()
        })
    }
}

/// The tax of one class on an invoice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaxRow {
    pub taxed: Taxed,
    /// The sum of the lines as they stand.
    pub lines: Money,
    pub net: Money,
    pub tax: Money,
}

/// Lines are summed first, then taxed once per class: a tax on every line would come to other
/// cents.
pub fn tax_rows(lines: &[InvoiceLine]) -> Vec<TaxRow> {
    let mut sums: BTreeMap<Taxed, i64> = BTreeMap::new();
    for line in lines {
        *sums.entry(line.taxed.clone()).or_default() += line.total().0;
    }
    sums.into_iter()
        .map(|(taxed, sum)| {
            let (net, tax) = if taxed.gross {
                let net = half_up(i128::from(sum) * 10_000, 10_000 + i128::from(taxed.percent));
                (net, sum - net)
            } else {
                (
                    sum,
                    half_up(i128::from(sum) * i128::from(taxed.percent), 10_000),
                )
            };
            TaxRow {
                taxed,
                lines: Money(sum),
                net: Money(net),
                tax: Money(tax),
            }
        })
        .collect()
}

/// Rounded half up, away from zero.
pub fn half_up(numerator: i128, denominator: i128) -> i64 {
    let rounded = (numerator.abs() * 2 + denominator) / (denominator * 2);
    i64::try_from(if numerator < 0 { -rounded } else { rounded }).unwrap_or(i64::MAX)
}

/// An amount shared out in proportion to weights, to the last cent. Without any weight the first
/// has it all.
pub fn split(amount: i64, weights: &[i64]) -> Vec<i64> {
    let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if weights.is_empty() || sum == 0 {
        return weights
            .iter()
            .enumerate()
            .map(|(place, _)| if place == 0 { amount } else { 0 })
            .collect();
    }
    let exact = |weight: i64| {
        (
            i128::from(amount) * i128::from(weight) * sum.signum(),
            sum.abs(),
        )
    };
    let mut shares: Vec<i64> = weights
        .iter()
        .map(|weight| i64::try_from(exact(*weight).0.div_euclid(exact(*weight).1)).unwrap_or(0))
        .collect();
    let mut left = amount - shares.iter().sum::<i64>();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|place| {
        std::cmp::Reverse(
            exact(weights[*place])
                .0
                .rem_euclid(exact(weights[*place]).1),
        )
    });
    for place in order {
        if left == 0 {
            break;
        }
        shares[place] += 1;
        left -= 1;
    }
    shares
}

/// Money that came in or went out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Payment {
    pub id: PaymentId,
    pub kind: PaymentKind,
    pub invoice: Option<InvoiceId>,
    pub reservation: Option<ReservationId>,
    pub customer: CustomerId,
    pub amount: Money,
    pub method: Method,
    pub reference: Option<Text>,
    pub at: Moment,
    pub staff: Option<StaffId>,
    /// From another program: its rental was settled there.
    pub taken_over: bool,
}

/// So much of an invoice was settled: by a payment, or by what was paid ahead or given back, which
/// has no method.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    pub amount: Money,
    pub at: Moment,
    pub method: Option<Method>,
    pub reference: Option<Text>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Deposit {
    pub id: DepositId,
    pub reservation: ReservationId,
    pub customer: CustomerId,
    pub amount: Money,
    pub method: Method,
    pub reference: Option<Text>,
    pub taken_at: Moment,
    pub kept: Money,
    pub returned: Money,
    pub returned_at: Option<Moment>,
    pub return_method: Option<Method>,
}

impl Deposit {
    pub fn held(&self) -> Money {
        Money(self.amount.0 - self.kept.0 - self.returned.0)
    }
}

/// A part of a deposit that went back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DepositReturn {
    pub amount: Money,
    pub method: Method,
    pub at: Moment,
}

/// What was charged or waived beside the rent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Charge {
    pub id: i64,
    pub reservation: ReservationId,
    pub rental: Option<RentalId>,
    pub kind: LineKind,
    pub state: ChargeState,
    pub amount: Money,
    pub invoice: Option<InvoiceId>,
    pub reason: Option<Text>,
    pub at: Moment,
    pub staff: Option<StaffId>,
}

/// How a customer stands.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Balance {
    /// Open on issued invoices.
    pub owes: Money,
    /// Of it, past its due date.
    pub overdue: Money,
    /// Paid, and not used for anything yet.
    pub credit: Money,
    pub deposits_held: Money,
    /// On drafts, not asked for yet.
    pub drafted: Money,
    /// None: no limit.
    pub limit: Option<Money>,
}

impl Balance {
    /// What the customer is owing, less the credit; below zero, the shop owes them.
    pub fn balance(&self) -> Money {
        Money(self.owes.0 - self.credit.0)
    }
}

/// What being late costs in this shop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LateRules {
    pub grace_minutes: i64,
    pub rate: LateRate,
    pub cap: Option<LateCap>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LateRate {
    /// Of the type's rate for a day.
    Percent(i64),
    /// So much for each day and piece.
    Amount(Money),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum LateCap {
    Days(i64),
    /// Of what the thing costs new.
    PercentOfValue(i64),
}

impl LateRules {
    pub fn of(settings: &Settings) -> Fallible<Self> {
        let rate = match settings.sum("late_fee")? {
            Some(Sum::Percent(percent)) => LateRate::Percent(percent),
            Some(Sum::Amount(amount)) => LateRate::Amount(amount),
            None => LateRate::Amount(Money(0)),
        };
        let cap = settings.value("late_fee_max");
        let cap = match cap.strip_suffix('%') {
            Some(percent) => percent.trim().parse().ok().map(LateCap::PercentOfValue),
            None => length_minutes(cap).map(|minutes| LateCap::Days(minutes / (24 * 60))),
        };
        Ok(LateRules {
            grace_minutes: length_minutes(settings.value("late_grace")).unwrap_or(30),
            rate,
            cap,
        })
    }
}

/// What being late comes to: days times the rate, for all pieces.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LateFee {
    /// How late it is.
    pub days: i64,
    /// As the type's price table charges them.
    pub charged: Units,
    /// A day of one piece.
    pub rate: Money,
    pub amount: Money,
    /// The rules made it less than days times the rate.
    pub capped: bool,
}

impl LateFee {
    /// Each day of it costs the rate: else it is one sum.
    pub fn is_by_the_day(&self) -> bool {
        !self.capped && self.charged == Units::whole(self.days)
    }

    /// `2 days`, `4 days, charged as 3`
    pub fn days_words(&self) -> String {
        let days = format!("{} day{}", self.days, if self.days == 1 { "" } else { "s" });
        if self.charged == Units::whole(self.days) {
            days
        } else {
            format!("{days}, charged as {}", self.charged.number())
        }
    }
}

/// The days of a lateness, each at the rate. None: within the grace, or late without a price. A
/// table charges days of the day rate; an amount for a day is an amount for a day.
pub fn late_fee(
    rules: &LateRules,
    late: Option<Late>,
    charged: Units,
    pieces: i64,
    daily: Option<Money>,
    value: Option<Money>,
) -> Option<LateFee> {
    let late = late.filter(|late| late.minutes > rules.grace_minutes)?;
    let (rate, charged) = match rules.rate {
        LateRate::Amount(amount) => (amount, Units::whole(late.days)),
        LateRate::Percent(percent) => (
            Money(half_up(i128::from(daily?.0) * i128::from(percent), 100)),
            charged,
        ),
    };
    let of = |units: i64| half_up(i128::from(units) * i128::from(rate.0), 100);
    let full = of(charged.0);
    let most = match rules.cap {
        None => full,
        Some(LateCap::Days(most)) => of(charged.0.min(most * 100)),
        Some(LateCap::PercentOfValue(percent)) => value.map_or(full, |value| {
            half_up(i128::from(value.0) * i128::from(percent), 100)
        }),
    };
    let amount = full.min(most) * pieces;
    (amount > 0).then_some(LateFee {
        days: late.days,
        charged,
        rate,
        amount: Money(amount),
        capped: most < full,
    })
}
