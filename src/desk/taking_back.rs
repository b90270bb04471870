//! An invoice taken back: void where nothing is paid of it, else credited. What its reservation
//! still says is drafted anew in the same act, as long as its rent can still change; of one that is
//! completed it is let go.

use super::money::{MoneyRefusal, Outcome, lift};
use crate::billing::{self, Invoice, InvoiceKind, InvoiceState, LineKind, Part, Rent};
use crate::booking::{self, ReservationState};
use crate::kernel::{
    Fallible, InvoiceId, InvoiceNumber, Money, ReservationId, ReservationNumber, Settings, Text,
};
use crate::store::{Read, Write};

/// Whether an invoice can be voided. Not the draft that holds the rent of a reservation that can
/// still change: it would be drafted again.
pub fn may_void(db: Read<'_>, id: InvoiceId) -> Outcome<Invoice> {
    let invoice = billing::may_void(db, id).map_err(lift)?;
    if let (InvoiceState::Draft, Some(of)) = (invoice.state, invoice.reservation) {
        let found =
            booking::reservation(db, of).map_err(|failure| failure.map(MoneyRefusal::Booking))?;
        if found.state.claims()
            && billing::lines(db, id)?
                .iter()
                .any(|line| line.kind == LineKind::Rent)
        {
            return Err(MoneyRefusal::RentStands(found.number).into());
        }
    }
    Ok(invoice)
}

/// The reservation whose rent is let go for good when this of an invoice is taken back: one that is
/// completed.
pub fn lets_go(db: Read<'_>, id: InvoiceId, part: Part) -> Fallible<Option<ReservationNumber>> {
    let Some(of) = super::views::refused_is_fault(billing::known(db, id))?.reservation else {
        return Ok(None);
    };
    let found = super::views::refused_is_fault(booking::reservation(db, of))?;
    let lines = billing::lines(db, id)?;
    let taken = match part {
        Part::All => lines.as_slice(),
        Part::Line(place) => lines
            .get(place.saturating_sub(1)..place)
            .unwrap_or_default(),
    };
    let rent = found.state == ReservationState::Completed
        && taken.iter().any(|line| line.kind == LineKind::Rent);
    Ok(rent.then_some(found.number))
}

/// Whether so much of an invoice can be credited, and what it comes to.
pub fn may_credit(db: Read<'_>, settings: &Settings, id: InvoiceId, part: Part) -> Outcome<Money> {
    Ok(billing::may_credit(db, settings, id, part).map_err(lift)?.1)
}

/// The invoices of a reservation that stand, the draft among them, oldest first.
pub fn standing_invoices(db: Read<'_>, reservation: ReservationId) -> Fallible<Vec<Invoice>> {
    let mut standing = billing::standing(db, reservation)?;
    standing.retain(|invoice| {
        invoice.kind == InvoiceKind::Invoice && invoice.state != InvoiceState::Credited
    });
    Ok(standing)
}

/// Voids an invoice.
pub fn void(db: &mut Write<'_>, settings: &Settings, id: InvoiceId, reason: &Text) -> Outcome<()> {
    let invoice = may_void(db.read(), id)?;
    billing::void(db, settings, id, reason).map_err(lift)?;
    draft_again(db, &invoice)
}

/// Credits an invoice, or a line of it. The credit note.
pub fn credit(
    db: &mut Write<'_>,
    settings: &Settings,
    id: InvoiceId,
    part: Part,
    reason: &Text,
) -> Outcome<InvoiceNumber> {
    let invoice = billing::known(db.read(), id).map_err(lift)?;
    let note = billing::credit(db, settings, id, part, reason).map_err(lift)?;
    draft_again(db, &invoice)?;
    Ok(note)
}

/// What the reservation says and no invoice asks for any more stands on its draft; rent that is
/// over is let go.
fn draft_again(db: &mut Write<'_>, taken_back: &Invoice) -> Outcome<()> {
    let Some(id) = taken_back.reservation else {
        return Ok(());
    };
    let found = booking::reservation(db.read(), id)
        .map_err(|failure| failure.map(MoneyRefusal::Booking))?;
    let rent = if found.state.claims() {
        Rent::Open
    } else {
        Rent::Over
    };
    if let (Some(customer), true) = (
        found.customer,
        found.state.claims() || found.state == ReservationState::Completed,
    ) {
        let said = booking::facts(db.read(), id)?;
        billing::follow(db, id, customer, &said, rent)?;
    }
    Ok(())
}
