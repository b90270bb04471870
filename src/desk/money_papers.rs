//! What an invoice, a rental contract and a receipt say, composed for the page.

use super::views::refused_is_fault;
use crate::billing::{self, InvoiceKind, InvoiceState, LineKind};
use crate::booking::{self, LineState, Rental, RentalState};
use crate::catalog;
use crate::customers::{self, Profile};
use crate::inventory;
use crate::kernel::{
    CustomerNumber, Failure, Fallible, InvoiceId, LineId, Moment, Money, ReservationId,
    ReservationNumber, Text,
};
use crate::store::Read;

/// An invoice, a credit note, or a draft of one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct InvoicePaper {
    pub title: &'static str,
    /// `I-0012`; empty on a draft.
    pub number: String,
    /// The number of what a credit note takes back.
    pub credits: Option<String>,
    pub reservation: Option<ReservationNumber>,
    /// From when to when it was rented.
    pub rented: Option<(Moment, Moment)>,
    pub customer: CustomerNumber,
    /// Name, company, street, place: as they were when it was issued.
    pub to: Vec<Text>,
    pub issued: Option<Moment>,
    pub due: Option<Moment>,
    pub lines: Vec<PaperLine>,
    /// Whether the amounts of the lines hold the tax.
    pub gross: bool,
    pub taxes: Vec<PaperTax>,
    pub net: Money,
    pub tax: Money,
    pub total: Money,
    pub payments: Vec<PaperPayment>,
    pub open: Money,
    /// It asks for nothing any more: void, credited.
    pub ended: Option<&'static str>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperLine {
    pub what: Text,
    pub quantity: i64,
    pub each: Money,
    pub discount: Money,
    pub total: Money,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperTax {
    /// In hundredths: 19 % is 1900.
    pub percent: i64,
    pub net: Money,
    pub tax: Money,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PaperPayment {
    pub amount: Money,
    pub at: Moment,
    /// `card 4471`
    pub how: String,
}

/// Where somebody lives, a line each.
fn address(profile: &Profile) -> Vec<Text> {
    let joined = |parts: [&Option<Text>; 3]| {
        Text::new(
            &parts
                .into_iter()
                .flatten()
                .map(Text::as_str)
                .collect::<Vec<_>>()
                .join(" "),
        )
    };
    let lines = [
        Some(profile.name.clone()),
        profile.company.clone(),
        profile.street.clone(),
        Some(joined([
            &profile.postal_code,
            &profile.city,
            &profile.region,
        ])),
        profile.country.clone(),
    ];
    lines
        .into_iter()
        .flatten()
        .filter(|line| !line.is_empty())
        .collect()
}

fn how(method: Option<billing::Method>, reference: Option<&Text>) -> String {
    let word = method.map_or_else(
        || "paid ahead or credit".to_owned(),
        |method| method.word().to_lowercase(),
    );
    reference.map_or_else(|| word.clone(), |reference| format!("{word} {reference}"))
}

pub fn invoice_paper(db: Read<'_>, id: InvoiceId) -> Fallible<InvoicePaper> {
    let invoice = refused_is_fault(billing::known(db, id))?;
    let customer = refused_is_fault(customers::known(db, invoice.customer))?;
    let profile = match invoice.number {
        Some(_) => refused_is_fault(customers::profile_of(
            db,
            invoice.customer,
            invoice.customer_version,
        ))?,
        None => customer.profile,
    };
    let reservation = invoice
        .reservation
        .map(|id| refused_is_fault(booking::reservation(db, id)))
        .transpose()?;
    let lines = billing::lines(db, id)?;
    let credits = match invoice.credits {
        Some(id) => refused_is_fault(billing::known(db, id))?.number,
        None => None,
    };
    let title = match (invoice.kind, invoice.number) {
        (InvoiceKind::CreditNote, _) => "CREDIT NOTE",
        (InvoiceKind::Invoice, None) => "DRAFT INVOICE",
        (InvoiceKind::Invoice, Some(_)) => "INVOICE",
    };
    let payments = billing::settlements(db, id)?
        .into_iter()
        .map(|part| PaperPayment {
            amount: part.amount,
            at: part.at,
            how: how(part.method, part.reference.as_ref()),
        });
    Ok(InvoicePaper {
        title,
        number: invoice
            .number
            .map_or_else(String::new, |number| number.to_string()),
        credits: credits.map(|number| number.to_string()),
        rented: reservation.as_ref().map(|found| (found.start, found.end)),
        reservation: reservation.map(|found| found.number),
        customer: customer.number,
        to: address(&profile),
        issued: invoice.issued_at,
        due: invoice
            .due_at
            .filter(|_| invoice.kind == InvoiceKind::Invoice),
        gross: lines.iter().all(|line| line.taxed.gross),
        lines: lines
            .iter()
            .map(|line| PaperLine {
                what: line.description.clone(),
                quantity: line.quantity,
                each: line.unit_price,
                discount: line.discount,
                total: line.total(),
            })
            .collect(),
        taxes: billing::taxes(db, id)?
            .into_iter()
            .map(|row| PaperTax {
                percent: row.taxed.percent,
                net: row.net,
                tax: row.tax,
            })
            .collect(),
        net: invoice.net,
        tax: invoice.tax,
        total: invoice.total,
        payments: payments.collect(),
        open: invoice.open(),
        ended: match invoice.state {
            InvoiceState::Void => Some("void"),
            InvoiceState::Credited => Some("credited"),
            _ => None,
        },
    })
}

/// What is handed over, on what terms, and what was paid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContractPaper {
    pub number: ReservationNumber,
    pub customer: CustomerNumber,
    pub to: Vec<Text>,
    pub phone: Option<Text>,
    pub out: Moment,
    pub due: Moment,
    pub rows: Vec<ContractRow>,
    /// What is charged beside the rent, and lines that were billed and dropped.
    pub charges: Vec<PaperLine>,
    pub tax: Money,
    pub total: Option<Money>,
    pub paid: Money,
    pub payments: Vec<PaperPayment>,
    pub deposits: Vec<PaperPayment>,
    pub deposits_back: Vec<PaperPayment>,
    /// What of the deposits paid for something, and for what.
    pub deposit_kept: Money,
    pub kept_for: Vec<Text>,
    pub deposit_held: Money,
    /// When the last of it came back; none while something is out.
    pub back: Option<Moment>,
    /// Of everything whose value is known.
    pub value: Money,
    /// How the price came about: the same lines as on the screen.
    pub why: Vec<String>,
}

/// One thing that was handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContractTag {
    /// Of counted stock its code.
    pub tag: Text,
    pub serial: Option<Text>,
    /// Where it is due at another time than the paper says at its head.
    pub due: Option<Moment>,
    /// Where it came back at another time than the last of it.
    pub back: Option<Moment>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContractRow {
    pub thing: Text,
    pub quantity: i64,
    pub tags: Vec<ContractTag>,
    /// What one costs new.
    pub value: Option<Money>,
    /// None where its pieces have no price of one in common.
    pub each: Option<Money>,
    pub price: Option<Money>,
    /// Part of a kit, or along with another.
    pub along: bool,
    /// Listed under its kit, which is one item.
    pub in_kit: bool,
}

pub fn contract_paper(db: Read<'_>, id: ReservationId) -> Fallible<ContractPaper> {
    let found = refused_is_fault(booking::reservation(db, id))?;
    let settings = db.settings()?;
    let agreed = match super::agreed_price(db, &settings, &found, found.start) {
        Ok(price) => price.map(|price| price.quoted),
        Err(Failure::Fault(fault)) => return Err(fault),
        Err(Failure::Refused(_)) => None,
    };
    let customer = found
        .customer
        .map(|id| refused_is_fault(customers::known(db, id)))
        .transpose()?;
    let standing = billing::standing(db, id)?;
    let mut billed = Vec::new();
    for invoice in &standing {
        billed.extend(billing::lines(db, invoice.id)?);
    }
    let (mut rows, mut shown) = (Vec::new(), Vec::new());
    let rentals = booking::rentals_of(db, id)?;
    let handed: Vec<&Rental> = rentals
        .iter()
        .filter(|rental| rental.state != RentalState::Returned || rental.outcome.is_some())
        .collect();
    let is_back =
        !handed.is_empty() && handed.iter().all(|rental| rental.state != RentalState::Out);
    let back = handed
        .iter()
        .filter_map(|rental| rental.in_at)
        .max()
        .filter(|_| is_back);
    let lines = booking::lines(db, id)?;
    let kits: Vec<LineId> = lines
        .iter()
        .filter(|line| line.is_kit)
        .map(|line| line.id)
        .collect();
    for line in lines
        .into_iter()
        .filter(|line| line.state != LineState::Dropped)
    {
        let mut tags = Vec::new();
        for rental in handed.iter().filter(|rental| rental.line == line.id) {
            let back = rental.in_at.filter(|at| Some(*at) != back);
            let due = Some(rental.due_at)
                .filter(|due| rental.state == RentalState::Out && *due != found.end);
            tags.push(match rental.item {
                Some(item) => {
                    let item = refused_is_fault(inventory::known(db, item))?;
                    ContractTag {
                        tag: Text::new(item.tag.as_str()),
                        serial: item.serial,
                        due,
                        back,
                    }
                }
                None => {
                    let tag = inventory::bulk_of_type(db, rental.type_id)?
                        .map_or_else(Text::default, |bulk| Text::new(bulk.tag.as_str()));
                    ContractTag {
                        tag,
                        serial: None,
                        due,
                        back,
                    }
                }
            });
        }
        shown.push(line.id);
        let own: Vec<&billing::InvoiceLine> = billed
            .iter()
            .filter(|known| known.line == Some(line.id))
            .collect();
        // What is not billed, as a quote is not, costs what was said.
        let said = agreed
            .as_ref()
            .filter(|_| billed.is_empty())
            .and_then(|quoted| {
                let place = quoted
                    .rows
                    .iter()
                    .position(|row| row.line == Some(line.id))?;
                quoted
                    .priced
                    .lines
                    .get(place)
                    .filter(|priced| priced.total.0 > 0)
            });
        rows.push(ContractRow {
            value: refused_is_fault(catalog::type_details(db, line.type_id))?
                .details
                .replacement_value,
            thing: line.type_name,
            quantity: line.quantity,
            tags,
            each: match own.as_slice() {
                [] => said
                    .filter(|priced| priced.apart.is_empty())
                    .map(|priced| priced.list.each),
                [only] if only.quantity == line.quantity => Some(only.unit_price),
                _ => None, // kept for different times, or changed after it was billed
            },
            price: (!own.is_empty())
                .then(|| Money(own.iter().map(|line| line.total().0).sum()))
                .or(said.map(|priced| priced.total)),
            along: line.parent.is_some(),
            in_kit: line.parent.is_some_and(|parent| kits.contains(&parent)),
        });
    }
    let deposits = billing::deposits_of(db, id)?;
    let paid = billing::payments_of(db, id)?
        .into_iter()
        .filter(|payment| !payment.taken_over)
        .collect::<Vec<_>>();
    let sign = |payment: &billing::Payment| {
        if payment.kind == billing::PaymentKind::Refund {
            -payment.amount.0
        } else {
            payment.amount.0
        }
    };
    let out = handed.iter().map(|rental| rental.out_at).min();
    let kept = Money(deposits.iter().map(|deposit| deposit.kept.0).sum());
    let charged = billed.iter().filter(|line| {
        matches!(
            line.kind,
            LineKind::Late | LineKind::Damage | LineKind::Loss | LineKind::Extra
        )
    });
    Ok(ContractPaper {
        number: found.number,
        customer: customer
            .as_ref()
            .map_or(CustomerNumber(0), |customer| customer.number),
        to: customer
            .as_ref()
            .map(|customer| address(&customer.profile))
            .unwrap_or_default(),
        phone: customer.and_then(|customer| customer.profile.phone),
        out: out.unwrap_or(found.start),
        due: found.end,
        charges: billed
            .iter()
            .filter(|line| {
                line.line
                    .map_or(line.kind != LineKind::Rent, |id| !shown.contains(&id))
            })
            .map(|line| PaperLine {
                what: line.description.clone(),
                quantity: line.quantity,
                each: line.unit_price,
                discount: line.discount,
                total: line.total(),
            })
            .collect(),
        tax: match &agreed {
            Some(quoted) if standing.is_empty() => quoted.agreement.tax,
            _ => Money(standing.iter().map(|invoice| invoice.tax.0).sum()),
        },
        total: match &agreed {
            Some(quoted) if standing.is_empty() => Some(quoted.priced.total),
            _ => (!standing.is_empty())
                .then(|| Money(standing.iter().map(|invoice| invoice.total.0).sum())),
        },
        why: agreed.as_ref().map_or_else(Vec::new, |quoted| {
            super::derivation(quoted, settings.currency)
        }),
        paid: Money(paid.iter().map(sign).sum()),
        payments: paid
            .iter()
            .map(|payment| PaperPayment {
                amount: Money(sign(payment)),
                at: payment.at,
                how: how(Some(payment.method), payment.reference.as_ref()),
            })
            .collect(),
        deposit_held: Money(deposits.iter().map(|deposit| deposit.held().0).sum()),
        deposits: deposits
            .iter()
            .map(|deposit| PaperPayment {
                amount: deposit.amount,
                at: deposit.taken_at,
                how: how(Some(deposit.method), deposit.reference.as_ref()),
            })
            .collect(),
        deposits_back: billing::deposit_returns(db, id)?
            .into_iter()
            .map(|part| PaperPayment {
                amount: Money(-part.amount.0),
                at: part.at,
                how: how(Some(part.method), None),
            })
            .collect(),
        kept_for: charged
            .filter(|_| kept.0 > 0)
            .map(|line| line.description.clone())
            .collect(),
        deposit_kept: kept,
        back,
        value: Money(
            rows.iter()
                .map(|row| row.value.map_or(0, |value| value.0 * row.quantity))
                .sum(),
        ),
        rows,
    })
}
