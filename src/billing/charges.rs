//! What is charged beside the rent: lateness, damage, loss. It stands on the reservation's draft,
//! or on a further one.

use super::model::{Charge, ChargeState, InvoiceLine, InvoiceState, LineKind, Taxed};
use super::refusal::BillingRefusal;
use super::{Outcome, checked_amount, invoices, table};
use crate::kernel::{
    CustomerId, Fallible, InvoiceId, Money, RentalId, ReservationId, Settings, Text, TypeId,
};
use crate::store::{Read, Write};

/// A charge as somebody decided it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewCharge {
    pub reservation: ReservationId,
    pub customer: CustomerId,
    pub rental: Option<RentalId>,
    pub type_id: Option<TypeId>,
    pub kind: LineKind,
    pub description: Text,
    pub quantity: i64,
    /// One of it.
    pub each: Money,
    pub reason: Option<Text>,
}

impl NewCharge {
    pub fn amount(&self) -> Money {
        Money(self.quantity * self.each.0)
    }
}

/// Puts a charge on the reservation's draft; where that is issued already, on a further one. The
/// draft.
pub fn charge(db: &mut Write<'_>, settings: &Settings, new: &NewCharge) -> Outcome<InvoiceId> {
    if new.quantity < 1 {
        return Err(BillingRefusal::Quantity(new.quantity).into());
    }
    checked_amount(settings, new.each)?;
    checked_amount(settings, new.amount())?;
    refuse_twice(db, new.rental, new.kind)?;
    let draft = match table::draft_of(db.read(), new.reservation)? {
        Some(draft) => draft.id,
        None => invoices::new_draft(db, new.reservation, new.customer)?,
    };
    // Lateness is more rent and taxed like it; damage and loss are made good, which is no supply.
    let taxed = match (new.kind, new.type_id) {
        (LineKind::Late | LineKind::Extra, Some(type_id)) => {
            table::taxed_of(db.read(), new.reservation, type_id)?.unwrap_or_else(Taxed::free)
        }
        _ => Taxed::free(),
    };
    let line = InvoiceLine {
        kind: new.kind,
        description: new.description.clone(),
        type_id: new.type_id,
        line: None,
        rental: new.rental,
        quantity: new.quantity,
        unit_price: new.each,
        discount: Money(0),
        taxed,
    };
    let line = table::add_line(db, draft, &line)?;
    table::add_up(db, draft)?;
    write_down(db, new, ChargeState::Charged, Some((draft, line)))?;
    Ok(draft)
}

/// Lets a charge go, for a reason that is kept.
pub fn waive(db: &mut Write<'_>, new: &NewCharge) -> Outcome<()> {
    if new.reason.as_ref().is_none_or(Text::is_empty) {
        return Err(BillingRefusal::NoReason("Waiving a charge").into());
    }
    refuse_twice(db, new.rental, new.kind)?;
    Ok(write_down(db, new, ChargeState::Waived, None)?)
}

/// The same thing charged twice, as by two people who saw the same return, is refused: a further
/// one says what it is for.
pub fn refuse_the_same(db: Read<'_>, settings: &Settings, new: &NewCharge) -> Outcome<()> {
    for charge in table::charges_of(db, new.reservation)? {
        let same = (charge.state, charge.kind, charge.rental, charge.amount)
            == (ChargeState::Charged, new.kind, new.rental, new.amount());
        let Some(invoice) = charge.invoice.filter(|_| same) else {
            continue;
        };
        if table::lines(db, invoice)?
            .iter()
            .any(|line| line.kind == new.kind && line.description == new.description)
        {
            let at = settings.zone.show(charge.at, charge.at);
            return Err(BillingRefusal::ChargedTheSame {
                what: new.description.clone(),
                amount: super::shown(settings.currency, charge.amount),
                at,
            }
            .into());
        }
    }
    Ok(())
}

fn write_down(
    db: &mut Write<'_>,
    new: &NewCharge,
    state: ChargeState,
    on: Option<(InvoiceId, i64)>,
) -> Fallible<()> {
    let (at, staff) = (db.now(), db.staff());
    let charge = Charge {
        id: 0,
        reservation: new.reservation,
        rental: new.rental,
        kind: new.kind,
        state,
        amount: new.amount(),
        invoice: on.map(|(invoice, _)| invoice),
        reason: new.reason.clone(),
        at,
        staff,
    };
    table::insert_charge(db, &charge, on.map(|(_, line)| line))?;
    Ok(())
}

/// A rental is late once and lost once; damage may be found more than once.
fn refuse_twice(db: &Write<'_>, rental: Option<RentalId>, kind: LineKind) -> Outcome<()> {
    let (Some(rental), LineKind::Late | LineKind::Loss) = (rental, kind) else {
        return Ok(());
    };
    match table::charges_of_rental(db.read(), rental)?
        .into_iter()
        .find(|(charge, _)| charge.kind == kind)
    {
        Some((charge, _)) if charge.state == ChargeState::Waived => {
            Err(BillingRefusal::ChargedAlready("waived").into())
        }
        Some(_) => Err(BillingRefusal::ChargedAlready("charged").into()),
        None => Ok(()),
    }
}

/// What a charge stood on is undone: it comes off the draft, or is given back on a further one.
pub(super) fn take_back(db: &mut Write<'_>, rental: RentalId, kinds: &[LineKind]) -> Fallible<()> {
    for (charge, line) in table::charges_of_rental(db.read(), rental)?
        .into_iter()
        .filter(|(charge, _)| kinds.contains(&charge.kind))
    {
        let (Some(invoice), ChargeState::Charged) = (charge.invoice, charge.state) else {
            continue;
        };
        let Some(invoice) = table::invoice(db.read(), invoice)? else {
            continue;
        };
        match invoice.state {
            InvoiceState::Draft => {
                if let Some(line) = line {
                    table::remove_line(db, invoice.id, line)?;
                }
                table::add_up(db, invoice.id)?;
                invoices::end_if_empty(db, invoice.id)?;
            }
            InvoiceState::Void | InvoiceState::Credited => {}
            InvoiceState::Issued | InvoiceState::PartlyPaid | InvoiceState::Paid => {
                let draft = match table::draft_of(db.read(), charge.reservation)? {
                    Some(draft) => draft.id,
                    None => invoices::new_draft(db, charge.reservation, invoice.customer)?,
                };
                for charged in table::lines(db.read(), invoice.id)?
                    .iter()
                    .filter(|line| line.rental == Some(rental) && line.kind == charge.kind)
                {
                    let back = charged.credited();
                    table::add_line(
                        db,
                        draft,
                        &InvoiceLine {
                            description: Text::new(&format!("{}, taken back", back.description)),
                            ..back
                        },
                    )?;
                }
                table::add_up(db, draft)?;
            }
        }
        table::take_charge_back(db, charge.id)?;
    }
    Ok(())
}
