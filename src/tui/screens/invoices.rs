//! Invoices: who owes what; and one invoice with its lines, what was paid of it, and how its price
//! came about.
//!
//! ```text
//! -- NO. --- CUSTOMER -------- R- NO. - STATE --------- TOTAL ----- PAID ----- OWED --
//!  > I-0002  Maya Chen         R-1042   partly paid    306.00     100.00     206.00
//!    draft   Dana Fox          R-1035   draft          120.00       0.00     120.00
//! ```

use super::Session;
use crate::billing::{self, Invoice, InvoiceKind, InvoiceState};
use crate::kernel::{
    CustomerId, Failure, Fallible, InvoiceId, InvoiceNumber, Money, ReservationId, Text,
};
use crate::shop::Shop;
use crate::store::Read;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column, number_column};
use crate::{booking, customers, desk};
use std::collections::BTreeMap;

/// More than anyone reads of what is done with; what is older is found by its number, or on its
/// customer.
const LISTED_MAX: i64 = 500;

fn called(invoice: &Invoice) -> String {
    invoice
        .number
        .map_or_else(|| "draft".to_owned(), |number| number.to_string())
}

/// In a list a draft is called by its state.
fn state_words(invoice: &Invoice) -> &'static str {
    match (invoice.kind, invoice.state) {
        (InvoiceKind::CreditNote, _) => "credit note",
        (_, InvoiceState::Draft) => "draft",
        (_, state) => state.shown(),
    }
}

/// What is to be paid of it: of a draft, what is not paid ahead.
fn owed(invoice: &Invoice, prepaid: &BTreeMap<ReservationId, Money>) -> (Money, Money) {
    if invoice.state != InvoiceState::Draft {
        return (invoice.paid, invoice.open());
    }
    let ahead = invoice
        .reservation
        .and_then(|id| prepaid.get(&id))
        .copied()
        .unwrap_or_default()
        .min(invoice.total)
        .max(Money(0));
    (ahead, Money(invoice.total.0 - ahead.0))
}

/// What somebody owes comes first and is there whole, then the newest of what is done with; an
/// older one is found by its number.
fn listed(db: Read<'_>, typed: &str) -> Fallible<Vec<Invoice>> {
    let mut all = billing::open_invoices(db)?;
    all.extend(billing::drafts(db)?);
    all.extend(billing::closed_invoices(db, LISTED_MAX)?);
    match billing::resolve(db, typed) {
        Ok(found) if !all.iter().any(|known| known.id == found.id) => all.push(found),
        Err(Failure::Fault(fault)) => return Err(fault),
        _ => {}
    }
    Ok(all)
}

pub fn list(shop: &Shop, session: &Session<'_>, of: Option<CustomerId>) -> Fallible<Page> {
    let db = shop.read();
    let all = match of {
        Some(customer) => billing::invoices_of_customer(db, customer, LISTED_MAX)?,
        None => listed(db, session.typed)?,
    };
    let reservations: Vec<ReservationId> = all
        .iter()
        .filter_map(|invoice| invoice.reservation)
        .collect();
    let numbers = booking::numbers_of(db, &reservations)?;
    let drafted: Vec<ReservationId> = all
        .iter()
        .filter(|invoice| invoice.state == InvoiceState::Draft)
        .filter_map(|invoice| invoice.reservation)
        .collect();
    let prepaid = billing::prepaid_of_each(db, &drafted)?;
    let names = customers::names(db, all.iter().map(|invoice| invoice.customer))?;
    let typed = session.typed.trim().to_lowercase();
    let show = |amount: Money| shop.settings.currency.show(amount);
    let (mut rows, mut sum) = (Vec::new(), 0);
    for invoice in all
        .iter()
        .filter(|invoice| invoice.number.is_some() || invoice.state != InvoiceState::Void)
    {
        let name = names
            .get(&invoice.customer)
            .map(Text::to_string)
            .unwrap_or_default();
        let reservation = invoice
            .reservation
            .and_then(|id| numbers.get(&id))
            .map_or_else(String::new, ToString::to_string);
        let (paid, open) = owed(invoice, &prepaid);
        let words = format!(
            "{} {name} {reservation} {} {}",
            called(invoice),
            state_words(invoice),
            if open.0 > 0 { "open owes" } else { "" }
        )
        .to_lowercase();
        let is_named = invoice.number.is_some() && invoice.number == InvoiceNumber::parse(&typed);
        if !is_named && !typed.split_whitespace().all(|word| words.contains(word)) {
            continue;
        }
        sum += open.0;
        let overdue = invoice.state.is_open() && invoice.due_at.is_some_and(|due| due < shop.now());
        let state = if overdue {
            "OVERDUE"
        } else {
            state_words(invoice)
        }
        .to_owned();
        let tone = match invoice.state {
            _ if overdue => Tone::Bad,
            InvoiceState::Void | InvoiceState::Credited => Tone::Past,
            _ => Tone::Plain,
        };
        let cells = [
            called(invoice),
            name,
            reservation,
            state,
            show(invoice.total),
            show(paid),
            if open.0 == 0 {
                String::new()
            } else {
                show(open)
            },
        ];
        rows.push(Row::new(RowKey::Invoice(invoice.id), cells).toned(tone));
    }
    let whose = of
        .map(|id| customers::names(db, [id]))
        .transpose()?
        .and_then(|names| names.into_values().next())
        .map_or_else(String::new, |name| format!("  of {name}"));
    let count = rows.len();
    let columns = [
        column(7, 8, 0),
        column(12, 30, 1),
        column(7, 7, 3),
        column(11, 20, 2),
        number_column(9, 11, 2),
        number_column(9, 11, 4),
        number_column(9, 11, 0),
    ];
    let section = Section::new("NO.", &columns)
        .titled(&["CUSTOMER", "R- NO.", "STATE", "TOTAL", "PAID", "OWED"])
        .rows(rows)
        .empty(if typed.is_empty() {
            "no invoice yet   a reservation with a price makes one".to_owned()
        } else {
            format!("no invoice matches \"{typed}\"   Esc clears")
        });
    Ok(Page {
        title: format!("INVOICES{whose}"),
        label: "Find".to_owned(),
        hint: "number, customer, R- no., draft, open, paid".to_owned(),
        head: vec![format!(
            "   {count} listed · owed on them {} {}",
            show(Money(sum)),
            shop.settings.currency.code()
        )],
        sections: vec![section],
        ..Page::default()
    })
}

pub fn one(shop: &Shop, id: InvoiceId) -> Fallible<Page> {
    let (db, zone, now) = (shop.read(), &shop.settings.zone, shop.now());
    let paper = desk::invoice_paper(db, id)?;
    let invoice = match billing::known(db, id) {
        Ok(invoice) => invoice,
        Err(Failure::Fault(fault)) => return Err(fault),
        Err(Failure::Refused(refusal)) => anyhow::bail!("{refusal}"),
    };
    let show = |amount: Money| shop.settings.currency.show(amount);
    let name = customers::names(db, [invoice.customer])?
        .remove(&invoice.customer)
        .unwrap_or_default();
    let (paid, open) = owed(
        &invoice,
        &billing::prepaid_of_each(db, invoice.reservation.as_slice())?,
    );
    let mut parts = vec![format!("-- {} · {}", name, state_words(&invoice))];
    parts.extend(
        invoice
            .issued_at
            .map(|at| format!("issued {}", zone.show_day(zone.day(at)))),
    );
    parts.extend(
        invoice
            .due_at
            .filter(|_| invoice.state.is_open())
            .map(|at| format!("due {}", zone.show_day(zone.day(at)))),
    );
    parts.extend(
        paper
            .credits
            .as_ref()
            .map(|number| format!("takes back {number}")),
    );
    parts.extend(
        invoice
            .reason
            .as_ref()
            .map(|reason| format!("\"{reason}\"")),
    );
    let taxes: Vec<String> = paper
        .taxes
        .iter()
        .filter(|row| row.percent > 0)
        .map(|row| {
            format!(
                "tax {} % of {}: {}",
                row.percent / 100,
                show(row.net),
                show(row.tax)
            )
        })
        .collect();
    let mut head = vec![
        parts.join(" · "),
        format!(
            "   total {} {} · paid {} · owes {}",
            show(invoice.total),
            shop.settings.currency.code(),
            show(paid),
            show(open)
        ),
    ];
    if !taxes.is_empty() {
        head.push(format!(
            "   {}{}",
            if paper.gross { "in it: " } else { "" },
            taxes.join(" · ")
        ));
    }
    head.push(
        match invoice.state {
            InvoiceState::Draft => "   not issued: it follows its reservation · :issue gives it its number · :pay takes money ahead",
            InvoiceState::Issued => "   issued: it does not change any more · :pay · :void takes it back · :credit one line of it",
            InvoiceState::PartlyPaid | InvoiceState::Paid => "   it does not change any more · :credit takes it, or one line, back by a note of its own",
            InvoiceState::Void | InvoiceState::Credited => "   nothing is asked for by it any more",
        }
        .to_owned(),
    );
    let mut place = 0;
    let numbered = invoice.number.is_some() && invoice.credits.is_none(); // :credit names a line by its number
    let mut row = |cells: Vec<String>| {
        place += 1;
        Row::new(RowKey::Words(place), cells)
    };
    let lines: Vec<Row> = paper
        .lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let number = if numbered {
                format!("{}  ", at + 1)
            } else {
                String::new()
            };
            let less = if line.discount.0 == 0 {
                String::new()
            } else {
                format!("  (less {})", show(line.discount))
            };
            row(vec![
                format!("{number}{}{less}", line.what),
                line.quantity.to_string(),
                show(line.each),
                show(line.total),
            ])
        })
        .collect();
    let payments: Vec<Row> = paper
        .payments
        .iter()
        .map(|part| {
            row(vec![
                zone.show(part.at, now),
                part.how.clone(),
                show(part.amount),
            ])
        })
        .collect();
    let mut sections = Vec::new();
    if let Some(of) = invoice.reservation {
        let found = booking::number_of(db, of)?;
        sections.push(
            Section::new("RESERVATION", &[column(8, 8, 0), column(10, 40, 0)]).rows(vec![
                Row::new(
                    RowKey::Reservation(of),
                    [found.to_string(), name.to_string()],
                ),
            ]),
        );
    }
    sections.push(
        Section::new(
            "LINE",
            &[
                column(24, 60, 0),
                number_column(3, 5, 2),
                number_column(9, 11, 1),
                number_column(9, 11, 0),
            ],
        )
        .titled(&["QTY", "EACH", "TOTAL"])
        .rows(lines),
    );
    if !payments.is_empty() {
        sections.push(
            Section::new(
                "PAID",
                &[
                    column(14, 22, 1),
                    column(10, 40, 0),
                    number_column(9, 11, 0),
                ],
            )
            .rows(payments),
        );
    }
    let why = desk::why_of_invoice(db, &shop.settings, id, now)?;
    if !why.is_empty() {
        let rows = why.into_iter().map(|words| row(vec![words])).collect();
        sections.push(Section::new("WHY THIS PRICE", &[column(30, 96, 0)]).rows(rows));
    }
    Ok(Page {
        title: format!(
            "INVOICE  {}",
            if paper.number.is_empty() {
                "draft"
            } else {
                paper.number.as_str()
            }
        ),
        label: "Scan".to_owned(),
        hint: "Ctrl+O more: issue, pay, void, credit, print".to_owned(),
        head,
        sections,
        ..Page::default()
    })
}
