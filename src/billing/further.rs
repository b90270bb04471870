//! What further invoices gave back of one that is taken back. A line that was billed with 200.00
//! and made 100.00 by a further invoice is worth 100.00: whoever takes back its 200.00 takes back
//! the 100.00 that were given back, too, or more would go out than ever came in.

use super::crediting::{comes_to, left_of};
use super::invoices::end_if_empty;
use super::model::{Invoice, InvoiceKind, InvoiceLine, InvoiceState, LineKind};
use super::table;
use crate::kernel::{Fallible, InvoiceId, LineId, Money, ReservationId};
use crate::store::{Read, Write};
use std::collections::BTreeMap;

#[derive(Clone, Default, Debug)]
pub(super) struct Further {
    /// Lines of issued invoices below zero, each with its id.
    pub issued: Vec<(Invoice, Vec<(i64, InvoiceLine)>)>,
    /// Lines of a draft that say the same.
    drafted: Vec<(InvoiceId, i64)>,
}

type Given = (Invoice, i64, InvoiceLine);

impl Further {
    /// What is asked for again with them, below zero.
    pub fn asks_again(&self, db: Read<'_>) -> Fallible<Money> {
        let mut sum = 0;
        for (invoice, lines) in &self.issued {
            sum += comes_to(db, invoice, lines)?.0;
        }
        Ok(Money(sum))
    }

    /// A draft gives back nothing that is taken back already.
    pub fn leave_draft(&self, db: &mut Write<'_>) -> Fallible<()> {
        for (draft, line) in &self.drafted {
            table::remove_line(db, *draft, *line)?;
            table::add_up(db, *draft)?;
            end_if_empty(db, *draft)?;
        }
        Ok(())
    }

    fn add(&mut self, (invoice, id, line): Given) {
        if invoice.state == InvoiceState::Draft {
            return self.drafted.push((invoice.id, id));
        }
        match self
            .issued
            .iter_mut()
            .find(|(known, _)| known.id == invoice.id)
        {
            Some((_, lines)) => lines.push((id, line)),
            None => self.issued.push((invoice, vec![(id, line)])),
        }
    }
}

/// What would be given back twice were these lines of an invoice taken back.
pub(super) fn given_back(
    db: Read<'_>,
    of: &Invoice,
    lines: &[(i64, InvoiceLine)],
) -> Fallible<Further> {
    let mut found = Further::default();
    let Some(reservation) = of.reservation else {
        return Ok(found);
    };
    let mut given = all_given(db, reservation, of.id)?;
    let mut taken: BTreeMap<LineId, i64> = BTreeMap::new();
    for (_, line) in lines {
        match (line.line, line.rental) {
            (Some(id), _) => *taken.entry(id).or_default() += line.total().0,
            // A charge was taken back by a line of its own, later.
            (None, Some(_)) => {
                let is_its = |(invoice, _, back): &Given| {
                    let same = (back.line, back.rental, back.type_id, back.total().0)
                        == (None, line.rental, line.type_id, -line.total().0);
                    same && invoice.id > of.id
                };
                if let Some(at) = given.iter().position(is_its) {
                    found.add(given.remove(at));
                }
            }
            (None, None) => {}
        }
    }
    let billed = table::billed(db, reservation)?;
    for (id, taken) in taken {
        let mut stands = billed
            .iter()
            .find(|(known, ..)| *known == id)
            .map_or(0, |(_, sum, _)| sum.0)
            - taken;
        let of_line = |(_, _, line): &&Given| line.line == Some(id);
        let (drafted, issued): (Vec<&Given>, Vec<&Given>) = given
            .iter()
            .filter(of_line)
            .partition(|(invoice, ..)| invoice.state == InvoiceState::Draft);
        drafted
            .into_iter()
            .filter(|(_, _, line)| stands + line.total().0 < 0)
            .for_each(|given| found.add(given.clone()));
        for given in issued {
            if stands >= 0 {
                break;
            }
            stands -= given.2.total().0;
            found.add(given.clone());
        }
    }
    Ok(found)
}

/// Every line of a reservation's other invoices that stands and gives something back, the newest
/// first.
fn all_given(db: Read<'_>, reservation: ReservationId, but: InvoiceId) -> Fallible<Vec<Given>> {
    let mut given = Vec::new();
    for invoice in table::of_reservation(db, reservation)?.into_iter().rev() {
        let stands = invoice.kind == InvoiceKind::Invoice
            && !matches!(invoice.state, InvoiceState::Void | InvoiceState::Credited);
        if stands && invoice.id != but {
            let below = left_of(db, &invoice)?
                .into_iter()
                .filter(|(_, line)| line.kind == LineKind::Credit && line.total().0 < 0);
            given.extend(below.map(|(id, line)| (invoice.clone(), id, line)));
        }
    }
    Ok(given)
}
