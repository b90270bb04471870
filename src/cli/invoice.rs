//! `rentdesk invoice`: what is asked for, issued, voided and credited.

use super::answer::{Table, counted, facts, length};
use super::paper::Paper;
use super::view::{View, stamp};
use super::{Answer, act};
use crate::billing::{self, Invoice as Bill, InvoiceKind, InvoiceState, Issue, Part};
use crate::booking;
use crate::customers;
use crate::desk::{self, Final, MoneyMove};
use crate::kernel::{Declined, Fallible, InvoiceId, InvoiceNumber, Stop, Text};
use crate::shop::Shop;
use crate::store::Read;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Invoice {
    /// Invoices, newest first.
    List {
        /// Only what is still asked for, the longest due first.
        #[arg(long)]
        open: bool,
        /// Only those of a customer.
        #[arg(long)]
        customer: Option<String>,
        /// Only those of a reservation.
        #[arg(long, conflicts_with = "customer")]
        reservation: Option<String>,
        /// The most to list; 0 lists all.
        #[arg(long, default_value_t = 0)]
        limit: i64,
    },
    /// One invoice with its lines and what was paid of it: show I-0012, or the draft of R-1042.
    Show {
        /// I-0012, or a reservation: its draft, else its newest invoice.
        invoice: String,
        #[command(flatten)]
        paper: Paper,
    },
    /// Gives a draft the next number; from then on it never changes: issue R-1042.
    Issue {
        /// The reservation whose draft it is.
        reservation: String,
        /// Although the customer would owe more than the limit.
        #[arg(long)]
        over_limit: bool,
    },
    /// Takes back an invoice of which nothing is paid.
    Void {
        /// I-0012, or the reservation of a draft.
        invoice: String,
        #[arg(long)]
        reason: String,
    },
    /// Takes back an invoice of which something is paid, or one line of any, by a credit note; what
    /// was paid is owed back.
    Credit {
        /// I-0012.
        invoice: String,
        /// Only this line, by its number (invoice show).
        #[arg(long, value_name = "NUMBER")]
        line: Option<usize>,
        #[arg(long)]
        reason: String,
    },
}

/// The invoice of a number; of a reservation its draft, else its newest one.
pub fn invoice_of(db: Read<'_>, typed: &str) -> Result<Bill, Stop> {
    if InvoiceNumber::parse(typed).is_some() {
        return Ok(billing::resolve(db, typed)?);
    }
    let reservation = booking::resolve(db, typed)?;
    let newest = || billing::invoices_of(db, reservation.id).map(|mut all| all.pop());
    match billing::draft_of(db, reservation.id)?.map_or_else(newest, |draft| Ok(Some(draft)))? {
        Some(invoice) => Ok(invoice),
        None => Err(nothing(&reservation.number.to_string(), "invoice")),
    }
}

fn nothing(reservation: &str, what: &'static str) -> Stop {
    let hint = match what {
        "draft" => "look at its invoices (rentdesk invoice list --reservation)",
        _ => {
            "a price makes one; charge something (rentdesk charge), or take money on account (rentdesk pay)"
        }
    };
    Declined::missing(format!("{reservation} has no {what}"), hint).into()
}

/// The draft of a reservation.
pub fn draft_of(db: Read<'_>, typed: &str) -> Result<Bill, Stop> {
    if InvoiceNumber::parse(typed).is_some() {
        return Ok(billing::resolve(db, typed)?);
    }
    let reservation = booking::resolve(db, typed)?;
    billing::draft_of(db, reservation.id)?
        .ok_or_else(|| nothing(&reservation.number.to_string(), "draft"))
}

impl Invoice {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        shop.drain_all()?; // a draft follows its reservation by a subscriber
        match self {
            Invoice::List {
                open,
                customer,
                reservation,
                limit,
            } => {
                let view = View::of(shop);
                let mut found = match (customer, reservation) {
                    (Some(typed), _) => billing::invoices_of_customer(
                        view.db,
                        customers::resolve(view.db, &typed)?.id,
                        i64::MAX,
                    )?,
                    (None, Some(typed)) => {
                        let mut all =
                            billing::invoices_of(view.db, booking::resolve(view.db, &typed)?.id)?;
                        all.reverse();
                        all
                    }
                    (None, None) if open => billing::open_invoices(view.db)?,
                    (None, None) => billing::invoices(view.db, i64::MAX)?,
                };
                if open {
                    found.retain(|invoice| invoice.state.is_open());
                }
                listed(&view, found, limit)
            }
            Invoice::Show { invoice, paper } => {
                let view = View::of(shop);
                let id = invoice_of(view.db, &invoice)?.id;
                let answer = shown(&view, id)?;
                if paper.is_asked() {
                    paper.invoice(shop, id, answer.json)
                } else {
                    Ok(answer)
                }
            }
            Invoice::Issue {
                reservation,
                over_limit,
            } => act(shop, |db, settings| {
                let draft = draft_of(db.read(), &reservation)?;
                billing::issue(db, settings, draft.id, Issue { over_limit })?;
                desk::remember_final(db, Final::Money(MoneyMove::Issued, draft.customer))?;
                shown(&View::within(db, settings), draft.id)
            }),
            Invoice::Void { invoice, reason } => act(shop, |db, settings| {
                let found = invoice_of(db.read(), &invoice)?;
                desk::void(db, settings, found.id, &Text::new(&reason))?;
                desk::remember_final(db, Final::Money(MoneyMove::Voided, found.customer))?;
                let view = View::within(db, settings);
                let answer = shown(&view, found.id)?;
                told_let_go(&view, found.id, Part::All, answer)
            }),
            Invoice::Credit {
                invoice,
                line,
                reason,
            } => act(shop, |db, settings| {
                let found = invoice_of(db.read(), &invoice)?;
                let part = line.map_or(Part::All, Part::Line);
                desk::credit(db, settings, found.id, part, &Text::new(&reason))?;
                desk::remember_final(db, Final::Money(MoneyMove::Credited, found.customer))?;
                let view = View::within(db, settings);
                let note =
                    billing::credit_note_of(view.db, found.id)?.map_or(found.id, |note| note.id);
                let credit = billing::balance(view.db, settings, found.customer, view.now)?.credit;
                let answer = shown(&view, note)?;
                let mut answer = told_let_go(&view, found.id, part, answer)?;
                if let Some(fields) = answer.json.as_object_mut() {
                    fields.insert("refund_due".to_owned(), view.money(Some(credit)));
                }
                if credit.0 <= 0 {
                    return Ok(answer); // what was still asked for is asked for no more
                }
                answer.text = format!(
                    "{}\n  {} {} can be refunded (rentdesk refund), or used for another invoice.",
                    answer.text,
                    view.money_text(Some(credit)),
                    settings.currency.code()
                );
                Ok(answer)
            }),
        }
    }
}

/// What is given up with it, said at the end.
fn told_let_go(
    view: &View<'_>,
    id: InvoiceId,
    part: Part,
    mut answer: Answer,
) -> Result<Answer, Stop> {
    let let_go = desk::lets_go(view.db, id, part)?;
    if let Some(fields) = answer.json.as_object_mut() {
        fields.insert("rent_let_go".to_owned(), json!(let_go.is_some()));
    }
    if let Some(number) = let_go {
        answer.text = format!(
            "{}\n  The rent of {number} is let go: it is completed, nobody is asked for it again.",
            answer.text
        );
    }
    Ok(answer)
}

/// `invoice`, `credit note`, `draft`
pub fn kind_words(invoice: &Bill) -> &'static str {
    match (invoice.kind, invoice.state) {
        (InvoiceKind::CreditNote, _) => "credit note",
        (InvoiceKind::Invoice, InvoiceState::Draft) => "draft",
        (InvoiceKind::Invoice, _) => "invoice",
    }
}

fn listed(view: &View<'_>, mut found: Vec<Bill>, limit: i64) -> Result<Answer, Stop> {
    let all = length(&found);
    if limit > 0 {
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    let mut table = Table::new(&[
        "NUMBER", "KIND", "STATE", "R- NO.", ">TOTAL", ">OPEN", "DUE", "CUSTOMER",
    ]);
    let mut rows = Vec::new();
    for invoice in &found {
        let (number, name) = view.customer(invoice.customer)?;
        let reservation = invoice.reservation.map(|id| view.number(id)).transpose()?;
        table.row([
            invoice
                .number
                .map_or_else(String::new, |number| number.to_string()),
            kind_words(invoice).to_owned(),
            invoice.state.word().to_lowercase().replace('_', " "),
            reservation.map_or_else(String::new, |number| number.to_string()),
            view.money_text(Some(invoice.total)),
            if invoice.open().0 > 0 {
                view.money_text(Some(invoice.open()))
            } else {
                String::new()
            },
            invoice
                .due_at
                .filter(|_| invoice.state.is_open())
                .map_or_else(String::new, |due| {
                    view.settings.zone.show_day(view.settings.zone.day(due))
                }),
            format!("{name} {number}"),
        ]);
        rows.push(head_json(view, invoice)?);
    }
    let last = if length(&found) < all {
        format!("{} of {}", found.len(), counted(all, "invoice", "invoices"))
    } else {
        counted(all, "invoice", "invoices")
    };
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or("No invoice is like that.", &last),
    ))
}

pub fn head_json(view: &View<'_>, invoice: &Bill) -> Fallible<Value> {
    Ok(json!({
        "invoice": invoice.number, "kind": invoice.kind.word(), "state": invoice.state.word(), "reservation": invoice.reservation.map(|id| view.number(id)).transpose()?,
        "customer": view.customer(invoice.customer)?.0, "net": view.money(Some(invoice.net)), "tax": view.money(Some(invoice.tax)), "total": view.money(Some(invoice.total)),
        "paid": view.money(Some(invoice.paid)), "open": view.money(Some(invoice.open())), "currency": view.settings.currency.code(), "issued": stamp(invoice.issued_at), "due": stamp(invoice.due_at),
    }))
}

/// `19 %`, `7.7 %`
pub fn percent(hundredths: i64) -> String {
    let part = format!("{:02}", hundredths % 100);
    let part = part.trim_end_matches('0');
    format!(
        "{}{}{part} %",
        hundredths / 100,
        if part.is_empty() { "" } else { "." }
    )
}

/// An invoice whole.
pub fn shown(view: &View<'_>, id: InvoiceId) -> Result<Answer, Stop> {
    let invoice = billing::known(view.db, id)?;
    let mut json = head_json(view, &invoice)?;
    let credits = invoice
        .credits
        .map(|id| billing::known(view.db, id))
        .transpose()?
        .and_then(|credited| credited.number);
    let mut table = Table::new(&[">", "KIND", ">QTY", ">EACH", ">TOTAL", "WHAT"]);
    let mut lines = Vec::new();
    for (place, line) in billing::lines(view.db, id)?.iter().enumerate() {
        let discount = if line.discount.0 == 0 {
            String::new()
        } else {
            format!(" (less {})", view.money_text(Some(line.discount)))
        };
        table.row([
            (place + 1).to_string(),
            line.kind.word().to_lowercase(),
            line.quantity.to_string(),
            view.money_text(Some(line.unit_price)),
            view.money_text(Some(line.total())),
            format!("{}{discount}", line.description),
        ]);
        lines.push(json!({
            "line": place + 1, "kind": line.kind.word(), "description": line.description, "type": line.type_id.map(|id| view.type_name(id)).transpose()?, "quantity": line.quantity,
            "unit_price": view.money(Some(line.unit_price)), "discount": view.money(Some(line.discount)), "total": view.money(Some(line.total())), "tax_class": line.taxed.class,
            "tax_percent": json!(f64::from(i32::try_from(line.taxed.percent).unwrap_or(0)) / 100.0),
        }));
    }
    let taxes = billing::taxes(view.db, id)?;
    let settled = billing::settlements(view.db, id)?;
    if let Some(fields) = json.as_object_mut() {
        fields.insert("credits".to_owned(), json!(credits));
        fields.insert("reason".to_owned(), json!(invoice.reason));
        fields.insert("lines".to_owned(), Value::Array(lines));
        let tax = |row: &billing::TaxRow| json!({"tax_class": row.taxed.class, "tax_percent": f64::from(i32::try_from(row.taxed.percent).unwrap_or(0)) / 100.0, "net": view.money(Some(row.net)), "tax": view.money(Some(row.tax))});
        fields.insert(
            "taxes".to_owned(),
            Value::Array(taxes.iter().map(tax).collect()),
        );
        let paid = settled.iter().map(|part| {
            json!({"at": stamp(Some(part.at)), "amount": view.money(Some(part.amount)), "method": part.method.map_or("CREDIT", billing::Method::word), "reference": part.reference})
        });
        fields.insert("payments".to_owned(), Value::Array(paid.collect()));
    }
    let currency = view.settings.currency.code();
    let day = |moment| view.settings.zone.show_day(view.settings.zone.day(moment));
    let mut rows = vec![
        (
            "state",
            invoice.state.word().to_lowercase().replace('_', " "),
        ),
        (
            "why",
            invoice
                .reason
                .as_ref()
                .map_or_else(String::new, Text::to_string),
        ),
        (
            "credits",
            credits.map_or_else(String::new, |number| number.to_string()),
        ),
        ("customer", view.person(invoice.customer)?),
        (
            "reservation",
            invoice
                .reservation
                .map(|id| view.number(id))
                .transpose()?
                .map_or_else(String::new, |number| number.to_string()),
        ),
        ("issued", invoice.issued_at.map_or_else(String::new, day)),
        (
            "due",
            invoice
                .due_at
                .filter(|_| invoice.kind == InvoiceKind::Invoice)
                .map_or_else(String::new, day),
        ),
    ];
    for row in taxes.iter().filter(|row| row.taxed.percent > 0) {
        rows.push((
            "tax",
            format!(
                "{} {} on {}",
                percent(row.taxed.percent),
                view.money_text(Some(row.tax)),
                view.money_text(Some(row.net))
            ),
        ));
    }
    rows.push((
        "total",
        format!("{} {currency}", view.money_text(Some(invoice.total))),
    ));
    for part in &settled {
        let by = part
            .method
            .map_or("credit".to_owned(), |method| method.word().to_lowercase());
        let reference = part
            .reference
            .as_ref()
            .map_or_else(String::new, |reference| format!(" {reference}"));
        rows.push((
            "paid",
            format!(
                "{} {by}{reference}, {}",
                view.money_text(Some(part.amount)),
                view.show(part.at)
            ),
        ));
    }
    rows.push((
        "open",
        if invoice.state.is_open() {
            format!("{} {currency}", view.money_text(Some(invoice.open())))
        } else {
            String::new()
        },
    ));
    let title = match invoice.number {
        Some(number) => format!("{number} {}", kind_words(&invoice)),
        None => "Draft, no number yet".to_owned(),
    };
    let title = title.replace("draft", "invoice");
    Ok(Answer::new(
        json,
        format!("{}\n{}", facts(&title, &rows), indented(&table.text())),
    ))
}

fn indented(text: &str) -> String {
    text.lines()
        .map(|line| format!("  {line}\n"))
        .collect::<String>()
        .trim_end()
        .to_owned()
}
