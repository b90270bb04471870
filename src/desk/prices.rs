//! What a reservation costs, with whatever explains it: one text for the screen, the command line
//! and the papers.

use crate::billing::{self, LineKind};
use crate::booking::{
    self, Bargain, BookingRefusal, Frozen, LineState, Quoted, QuotedRow, Reservation,
};
use crate::kernel::{
    Currency, Failure, Fallible, InvoiceId, LineId, Moment, Money, ReservationId, Settings,
};
use crate::pricing::{Basis, Percent, Priced, PricedLine, Prices, why};
use crate::store::Read;

/// The price of a reservation that stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AgreedPrice {
    pub quoted: Quoted,
    /// The numbers of the lines that the rates would price otherwise today.
    pub out_of_sync: Vec<usize>,
}

/// What was agreed, and what of it the rates would say otherwise today; none where nothing was
/// agreed.
pub fn agreed_price(
    db: Read<'_>,
    settings: &Settings,
    found: &Reservation,
    now: Moment,
) -> Result<Option<AgreedPrice>, Failure<BookingRefusal>> {
    let (Some(priced), Some(frozen)) = (
        booking::agreed_price(db, found)?,
        booking::frozen(db, found)?,
    ) else {
        return Ok(None);
    };
    let lines = booking::lines(db, found.id)?;
    let number_of = |id| booking::line_number(&lines, id).unwrap_or_default();
    let rows = lines
        .iter()
        .filter(|line| line.state != LineState::Dropped && frozen.lines.contains_key(&line.id))
        .map(|line| QuotedRow {
            number: number_of(line.id),
            name: line.type_name.clone(),
            type_id: line.type_id,
            line: Some(line.id),
            want: None,
            part: line.parent.is_some(),
        })
        .collect();
    let today = if found.state.is_open() {
        booking::out_of_sync(db, settings, found, now)?
    } else {
        Vec::new()
    };
    let out_of_sync = today.into_iter().map(number_of).collect();
    Ok(Some(AgreedPrice {
        quoted: Quoted {
            priced,
            agreement: frozen.agreement,
            rows,
        },
        out_of_sync,
    }))
}

/// How each figure came about: the same lines stand on the screen, in an answer and on the
/// contract.
pub fn derivation(quoted: &Quoted, currency: Currency) -> Vec<String> {
    let names: Vec<(usize, String)> = quoted
        .rows
        .iter()
        .map(|row| (row.number, row.name.to_string()))
        .collect();
    why::numbered(&quoted.priced, currency, &names)
}

/// The derivation of what was agreed for a reservation; nothing where nothing was.
fn why_of(
    db: Read<'_>,
    settings: &Settings,
    reservation: Option<ReservationId>,
    now: Moment,
) -> Fallible<Vec<String>> {
    let Some(id) = reservation else {
        return Ok(Vec::new());
    };
    let price =
        booking::reservation(db, id).and_then(|found| agreed_price(db, settings, &found, now));
    match price {
        Ok(price) => Ok(price.map_or_else(Vec::new, |price| {
            derivation(&price.quoted, settings.currency)
        })),
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refused(_)) => Ok(Vec::new()),
    }
}

/// How an invoice comes to its total: how the rent came about, then each of its lines, the taxes,
/// the total.
pub fn why_of_invoice(
    db: Read<'_>,
    settings: &Settings,
    id: InvoiceId,
    now: Moment,
) -> Fallible<Vec<String>> {
    let Ok(invoice) = billing::known(db, id) else {
        return Ok(Vec::new());
    };
    let lines = billing::lines(db, id)?;
    let show = |amount: Money| settings.currency.show(amount);
    let mut words = if lines.iter().any(|line| line.kind == LineKind::Rent) {
        why_of(db, settings, invoice.reservation, now)?
    } else {
        Vec::new()
    };
    words.push(format!("on {}:", invoice.called()));
    for line in &lines {
        let less = if line.discount.0 == 0 {
            String::new()
        } else {
            format!(" - {}", show(line.discount))
        };
        words.push(format!(
            "   {}: {} x {}{less} = {}",
            line.description,
            line.quantity,
            show(line.unit_price),
            show(line.total())
        ));
    }
    let taxes = billing::taxes(db, id)?;
    for row in taxes.iter().filter(|row| row.tax.0 != 0) {
        let percent = Percent(row.taxed.percent).number();
        words.push(if row.taxed.gross {
            format!(
                "   {} with {percent} % tax: {} without it + {} tax",
                show(row.lines),
                show(row.net),
                show(row.tax)
            )
        } else {
            format!(
                "   {percent} % tax on {} = {}",
                show(row.net),
                show(row.tax)
            )
        });
    }
    let parts: Vec<String> = lines
        .iter()
        .map(|line| show(line.total()))
        .chain(
            taxes
                .iter()
                .filter(|row| !row.taxed.gross && row.tax.0 != 0)
                .map(|row| show(row.tax)),
        )
        .collect();
    words.push(format!(
        "   total: {} = {} {}",
        parts.join(" + ").replace("+ -", "- "),
        show(invoice.total),
        settings.currency.code()
    ));
    Ok(words)
}

/// `subtotal 244.00`, `Loyalty -12.20`, `total 231.80 EUR`
pub fn totals(priced: &Priced, currency: Currency) -> Vec<String> {
    let show = |amount: Money| currency.show(amount);
    let mut words = Vec::new();
    if priced.subtotal != priced.total {
        words.push(format!("subtotal {}", show(priced.subtotal)));
    }
    words.extend(
        priced
            .discounts
            .iter()
            .map(|off| format!("{} -{}", off.name, show(off.amount))),
    );
    if let Some(target) = priced.lines.iter().find_map(|line| line.target.as_ref()) {
        words.push(format!(
            "by hand ({}) {}",
            target.reason,
            show(Money(target.total.0 - target.of.0))
        ));
    }
    if priced.prices == Prices::Net {
        words.extend(priced.taxes.iter().map(|tax| {
            format!(
                "tax {} {} % {}",
                tax.class,
                tax.percent.number(),
                show(tax.tax)
            )
        }));
    }
    words.push(format!("total {} {}", show(priced.total), currency.code()));
    if priced.prices == Prices::Gross {
        words.extend(priced.taxes.iter().map(|tax| {
            format!(
                "tax {} {} % in it {}",
                tax.class,
                tax.percent.number(),
                show(tax.tax)
            )
        }));
    }
    words
}

/// What of a price was said by hand and holds no more after an act: `line 2 was 15.00 by hand
/// (regular), now 45.00 by the rates`. What the act itself said of the price is not repeated.
pub fn given_up(
    before: &Frozen,
    after: &[(usize, LineId, &PricedLine)],
    said: &Bargain,
    currency: Currency,
) -> Vec<String> {
    let show = |amount: Money| currency.show(amount);
    let mut words = Vec::new();
    for (number, line, is) in after
        .iter()
        .filter(|(number, ..)| !said.lines.contains_key(number))
    {
        let Some(was) = before.lines.get(line) else {
            continue;
        };
        if let Some(manual) = was.manual().filter(|_| {
            is.manual().is_none()
                || is
                    .apart
                    .iter()
                    .any(|apart| apart.list.basis != Basis::Manual)
        }) {
            let longer = is
                .apart
                .iter()
                .map(|apart| apart.list.each)
                .find(|_| is.manual().is_some());
            words.push(format!(
                "line {number} was {} by hand ({}), now {} by the rates",
                show(manual.value),
                manual.reason,
                show(longer.unwrap_or(is.list.each))
            ));
        }
    }
    let lost = || {
        after.iter().filter_map(|(number, line, is)| {
            Some((
                *number,
                before
                    .lines
                    .get(line)?
                    .target
                    .as_ref()
                    .filter(|_| is.target.is_none())?,
                is.total,
            ))
        })
    };
    if said.target.is_some() || said.off.is_some() {
        return words;
    }
    if after.iter().all(|(.., is)| is.target.is_none())
        && let (Some((_, share, _)), true) = (lost().next(), lost().count() > 1)
    {
        let total = Money(after.iter().map(|(.., is)| is.total.0).sum());
        words.push(format!(
            "all of it was {} by hand ({}), now {} by the rates",
            show(share.total),
            share.reason,
            show(total)
        ));
        return words;
    }
    words.extend(lost().map(|(number, share, total)| {
        format!(
            "line {number} was {} of {} by hand ({}), now {} by the rates",
            show(share.share),
            show(share.total),
            share.reason,
            show(total)
        )
    }));
    words
}

/// The same of an act that is done: what was frozen before it is no more.
pub fn given_up_by(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    before: Option<&Frozen>,
    said: &Bargain,
) -> Result<Vec<String>, Failure<BookingRefusal>> {
    let (Some(before), Some(after)) =
        (before, booking::frozen(db, &booking::reservation(db, id)?)?)
    else {
        return Ok(Vec::new());
    };
    let lines = booking::lines(db, id)?;
    let live = lines.iter().filter(|line| line.state != LineState::Dropped);
    let after: Vec<(usize, LineId, &PricedLine)> = live
        .filter_map(|line| {
            Some((
                booking::line_number(&lines, line.id)?,
                line.id,
                after.lines.get(&line.id)?,
            ))
        })
        .collect();
    Ok(given_up(before, &after, said, settings.currency))
}

/// The same of a change that is not done yet.
pub fn would_give_up(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    quoted: &Quoted,
    said: &Bargain,
) -> Result<Vec<String>, Failure<BookingRefusal>> {
    let Some(before) = booking::frozen(db, &booking::reservation(db, id)?)? else {
        return Ok(Vec::new());
    };
    let rows = quoted.rows.iter().zip(&quoted.priced.lines);
    let after: Vec<(usize, LineId, &PricedLine)> = rows
        .filter_map(|(row, line)| Some((row.number, row.line?, line)))
        .collect();
    Ok(given_up(&before, &after, said, settings.currency))
}

/// What stands in the price column of a line: the line before what comes off the whole.
pub fn price_cell(line: &PricedLine, currency: Currency) -> String {
    match line.list.basis {
        Basis::Rates | Basis::Manual => currency.show(line.subtotal),
        Basis::Included => "in set".to_owned(),
        Basis::ByParts => String::new(),
        Basis::Unpriced => "no rate".to_owned(),
    }
}
