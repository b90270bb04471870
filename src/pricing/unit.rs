//! What one piece costs for its window: every way of counting that its rate allows is tried and the
//! cheapest is taken. Pure.

use super::days::{self, DayCount, DayRules};
use super::model::{Basis, Charge, ChargeUnit, ListPrice, Percent, Rate, Step, Units};
use super::tables::PriceTable;
use crate::kernel::money::share;
use crate::kernel::{Money, OpenHours, Period, ShopZone, Text};

const WEEK_DAYS: i64 = 7;

/// What the price of a piece is looked up in.
pub struct Terms<'a> {
    pub zone: &'a ShopZone,
    pub hours: &'a OpenHours,
    pub rules: DayRules,
    pub table: Option<&'a PriceTable>,
    /// The type's fixed rental period.
    pub fixed_hours: Option<i64>,
    pub tax_class: Text,
    pub tax_percent: Percent,
}

/// One way of counting: its steps, its charges, their sum.
struct Way {
    steps: Vec<Step>,
    charges: Vec<Charge>,
    each: Money,
}

impl Terms<'_> {
    /// The price of one piece. `None` where it is beyond what an amount may be.
    pub fn list_price(&self, rate: Option<Rate>, window: Period) -> Option<ListPrice> {
        let rules = DayRules {
            weekend_as_one: self.rules.weekend_as_one
                || self.table.is_some_and(|table| table.weekend_as_one),
            ..self.rules
        };
        let count = days::count(self.zone, self.hours, rules, window);
        let days = count.days;
        let Some(rate) = rate.filter(|rate| !rate.is_empty()) else {
            return Some(self.plain(Basis::Unpriced, Step::Unpriced, days));
        };
        let mut ways = self.ways(&rate, window, &count)?;
        // Of those that cost the same the longest unit, which they stand in the order of.
        let cheapest = (0..ways.len()).min_by_key(|place| ways[*place].each)?;
        let taken = ways.remove(cheapest);
        let mut steps = taken.steps;
        if taken.charges.len() > 1 {
            steps.push(Step::Sum {
                parts: taken.charges.iter().map(|charge| charge.amount).collect(),
                each: taken.each,
            });
        }
        steps.extend(ways.iter().map(|way| Step::Dearer {
            units: way.charges.iter().map(|charge| charge.unit).collect(),
            each: way.each,
        }));
        let mut each = taken.each;
        if let Some(minimum) = rate.minimum.filter(|minimum| *minimum > each) {
            steps.push(Step::Minimum { minimum });
            each = minimum;
        }
        Some(ListPrice {
            charges: taken.charges,
            each,
            steps,
            ..self.plain(Basis::Rates, Step::Unpriced, days)
        })
    }

    /// A price by hand.
    pub fn manual(&self, each: Money, reason: &Text, window: Period) -> ListPrice {
        let days = days::count(self.zone, self.hours, self.rules, window).days;
        ListPrice {
            each,
            ..self.plain(
                Basis::Manual,
                Step::Manual {
                    each,
                    reason: reason.clone(),
                },
                days,
            )
        }
    }

    /// No price of its own: part of a set, or a kit priced by its parts.
    pub fn nothing(&self, basis: Basis, window: Period) -> ListPrice {
        let days = days::count(self.zone, self.hours, self.rules, window).days;
        self.plain(
            basis,
            if basis == Basis::Included {
                Step::Included
            } else {
                Step::ByParts
            },
            days,
        )
    }

    fn plain(&self, basis: Basis, step: Step, days: i64) -> ListPrice {
        ListPrice {
            basis,
            charges: Vec::new(),
            each: Money(0),
            days,
            tax_class: self.tax_class.clone(),
            tax_percent: self.tax_percent,
            steps: vec![step],
        }
    }

    /// Every way, the longest unit first.
    fn ways(&self, rate: &Rate, window: Period, count: &DayCount) -> Option<Vec<Way>> {
        let mut ways = Vec::new();
        if let Some(price) = rate.fixed {
            let periods = self.fixed_hours.map_or(1, |hours| {
                days::periods(self.zone, self.rules, window, hours)
            });
            ways.push(way(
                vec![Step::Periods {
                    hours: self.fixed_hours,
                    periods,
                }],
                &[(ChargeUnit::Fixed, price, Units::whole(periods))],
            )?);
        }
        if let Some(weekly) = rate.weekly {
            ways.extend(self.weekly(weekly, rate.daily, count)?);
        }
        if let Some(daily) = rate.daily {
            let mut steps = vec![Step::Days {
                count: count.clone(),
            }];
            let units = self.charged(count.days, &mut steps);
            ways.push(way(steps, &[(ChargeUnit::Day, daily, units)])?);
        }
        if let Some(hourly) = rate.hourly {
            let (minutes, hours) = days::hours(window);
            ways.push(way(
                vec![Step::Hours { minutes, hours }],
                &[(ChargeUnit::Hour, hourly, Units::whole(hours))],
            )?);
        }
        Some(ways)
    }

    /// Begun weeks; and whole weeks with the days left over, where there is a price for a day.
    fn weekly(&self, weekly: Money, daily: Option<Money>, count: &DayCount) -> Option<Vec<Way>> {
        let (weeks, days) = (count.days / WEEK_DAYS, count.days % WEEK_DAYS);
        let counted = Step::Days {
            count: count.clone(),
        };
        let begun = weeks + i64::from(days > 0);
        let mut ways = vec![way(
            vec![
                counted.clone(),
                Step::Weeks {
                    weeks: begun,
                    days: 0,
                },
            ],
            &[(ChargeUnit::Week, weekly, Units::whole(begun))],
        )?];
        if let Some(daily) = daily.filter(|_| weeks > 0 && days > 0) {
            let mut steps = vec![counted, Step::Weeks { weeks, days }];
            let units = self.charged(days, &mut steps);
            ways.push(way(
                steps,
                &[
                    (ChargeUnit::Week, weekly, Units::whole(weeks)),
                    (ChargeUnit::Day, daily, units),
                ],
            )?);
        }
        Some(ways)
    }

    fn charged(&self, days: i64, steps: &mut Vec<Step>) -> Units {
        let Some(table) = self.table else {
            return Units::whole(days);
        };
        let charged = table.charged(days);
        steps.push(Step::Table {
            name: table.name.clone(),
            days,
            charged,
        });
        charged
    }
}

fn way(mut steps: Vec<Step>, charged: &[(ChargeUnit, Money, Units)]) -> Option<Way> {
    let mut charges = Vec::with_capacity(charged.len());
    let mut each = Money(0);
    for (unit, unit_price, units) in charged {
        let amount = share(*unit_price, units.0, 100)?;
        let charge = Charge {
            unit: *unit,
            unit_price: *unit_price,
            units: *units,
            amount,
        };
        steps.push(Step::Charged { charge });
        charges.push(charge);
        each = Money(each.0 + amount.0);
    }
    Some(Way {
        steps,
        charges,
        each,
    })
}
