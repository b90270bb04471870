//! The till: what a day should have brought, by method, and what was counted.

use super::table;
use crate::billing::model::{Method, PaymentKind};
use crate::billing::refusal::BillingRefusal;
use crate::billing::{Outcome, shown};
use crate::events::Event;
use crate::kernel::{Fallible, MOMENT_MAX, Moment, Money, Settings, StaffId};
use crate::store::{Read, Write};
use chrono::NaiveDate;

/// Where the books keep what was counted more or less than expected.
const TILL_DIFFERENCE: &str = "TILL DIFFERENCE";

/// What came and went by one method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct TillRow {
    pub method: Method,
    pub received: Money,
    pub refunded: Money,
    pub deposits_taken: Money,
    pub deposits_returned: Money,
}

impl TillRow {
    pub fn expected(&self) -> Money {
        Money(self.received.0 - self.refunded.0 + self.deposits_taken.0 - self.deposits_returned.0)
    }
}

/// Cash that moved after the till of an earlier day was closed: it lies in the till of the next.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Carried {
    pub after: NaiveDate,
    /// Below zero where more went than came.
    pub amount: Money,
}

impl Carried {
    /// `after the till of Fri was closed`, with its date where a weekday alone says nothing.
    pub fn in_words(&self, day: NaiveDate) -> String {
        let is_near = (day - self.after).num_days() < 7;
        format!(
            "after the till of {} was closed",
            self.after.format(if is_near { "%a" } else { "%a %-d %b" })
        )
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Till {
    pub day: NaiveDate,
    /// Cash, card and transfer.
    pub rows: Vec<TillRow>,
    /// None where nothing moved after the closing before.
    pub carried: Option<Carried>,
    /// The cash that was counted, against what was expected then, when, and by whom.
    pub closed: Option<(Money, Money, Moment, Option<StaffId>)>,
}

impl Till {
    pub fn cash_expected(&self) -> Money {
        Money(cash_of(&self.rows).0 + self.carried.map_or(0, |carried| carried.amount.0))
    }
}

/// A day's takings, in the shop's zone, and what moved after the till before it was closed. What
/// was taken over from another program never lay in this till.
pub fn till(db: Read<'_>, settings: &Settings, day: NaiveDate) -> Fallible<Till> {
    let rows = rows_of(db, settings, day)?;
    let Some(count) = table::till_count(db, &day.to_string())? else {
        return Ok(Till {
            day,
            rows,
            carried: carried_to(db, settings, day)?,
            closed: None,
        });
    };
    let before = if count.carried.0 == 0 {
        None
    } else {
        table::till_count_before(db, &count.day, count.closed_at)?
    };
    let carried = before
        .map(|before| {
            Ok::<_, anyhow::Error>(Carried {
                after: before.day.parse()?,
                amount: count.carried,
            })
        })
        .transpose()?;
    Ok(Till {
        day,
        rows,
        carried,
        closed: Some((count.counted, count.expected, count.closed_at, count.staff)),
    })
}

/// What moved after the till before was closed, unless that of a later day was counted since, and
/// this with it.
fn carried_to(db: Read<'_>, settings: &Settings, day: NaiveDate) -> Fallible<Option<Carried>> {
    if table::is_counted_after(db, &day.to_string())? {
        return Ok(None);
    }
    let Some(before) = table::till_count_before(db, &day.to_string(), MOMENT_MAX)? else {
        return Ok(None);
    };
    let after = before.day.parse()?;
    let amount =
        Money(cash_of(&rows_of(db, settings, after)?).0 - (before.expected.0 - before.carried.0));
    Ok((amount.0 != 0).then_some(Carried { after, amount }))
}

fn cash_of(rows: &[TillRow]) -> Money {
    rows.iter()
        .find(|row| row.method == Method::Cash)
        .map_or(Money(0), TillRow::expected)
}

fn rows_of(db: Read<'_>, settings: &Settings, day: NaiveDate) -> Fallible<Vec<TillRow>> {
    let window = settings.zone.day_period(day);
    let payments = table::payments_in(db, window)?;
    let deposits = table::deposit_moves(db, window)?;
    let sum = |method: Method, kind: PaymentKind| {
        Money(
            payments
                .iter()
                .filter(|payment| {
                    !payment.taken_over && payment.method == method && payment.kind == kind
                })
                .map(|payment| payment.amount.0)
                .sum(),
        )
    };
    let held = |method: Method, taken: bool| {
        Money(
            deposits
                .iter()
                .filter(|(known, amount)| *known == method && (amount.0 > 0) == taken)
                .map(|(_, amount)| amount.0.abs())
                .sum(),
        )
    };
    Ok([Method::Cash, Method::Card, Method::Transfer]
        .map(|method| TillRow {
            method,
            received: sum(method, PaymentKind::Payment),
            refunded: sum(method, PaymentKind::Refund),
            deposits_taken: held(method, true),
            deposits_returned: held(method, false),
        })
        .to_vec())
}

/// Writes down the cash that was counted at the end of a day. What it is more, or less, than
/// expected goes into the books: it is what is returned, and from then on the cash of the books is
/// what was counted. Tills closed before schema 6 left their difference out of the books, where it
/// stays out: what was counted then is in their rows alone.
pub fn close_till(
    db: &mut Write<'_>,
    settings: &Settings,
    day: NaiveDate,
    counted: Money,
) -> Outcome<Money> {
    let till = till(db.read(), settings, day)?;
    if till.closed.is_some() {
        return Err(BillingRefusal::TillClosed(settings.zone.show_day(day)).into());
    }
    if day > settings.zone.day(db.now()) {
        return Err(BillingRefusal::TillAhead(settings.zone.show_day(day)).into());
    }
    if counted.0 < 0 || counted.0 > crate::kernel::money::MONEY_MAX {
        return Err(BillingRefusal::TooMuch(shown(settings.currency, counted)).into());
    }
    let expected = till.cash_expected();
    let difference = Money(counted.0 - expected.0);
    let till_id = table::insert_till_count(
        db,
        &day.to_string(),
        expected,
        till.carried.map_or(Money(0), |carried| carried.amount),
        counted,
    )?;
    let event = db.publish(&Event::TillClosed {
        till_id,
        day: day.to_string(),
        expected,
        counted,
        currency: settings.currency.code().to_owned(),
    })?;
    let now = db.now();
    table::post(
        db,
        event,
        None,
        None,
        now,
        &[
            ("CASH".to_owned(), difference),
            (TILL_DIFFERENCE.to_owned(), Money(-difference.0)),
        ],
    )?;
    Ok(difference)
}
