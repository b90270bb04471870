//! `rentdesk charge`: what a return leaves to be settled, shown before it is charged.

use super::answer::{Table, counted, length};
use super::invoice::shown;
use super::view::{View, filled};
use super::{Answer, act, usage};
use crate::billing::{self, ChargeState, LineKind, NewCharge};
use crate::booking::{self, BookingRefusal, Reservation};
use crate::desk::{self, Final, MoneyMove, Proposal};
use crate::inventory;
use crate::kernel::{CustomerId, Money, Stop, Text};
use crate::shop::Shop;
use clap::Args;
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct Charge {
    /// The reservation; without anything else, what of it is to be settled is shown.
    reservation: String,
    /// Charges what came back late.
    #[arg(long)]
    late: bool,
    /// Charges so much for damage.
    #[arg(long, value_name = "AMOUNT")]
    damage: Option<String>,
    /// Charges so much for a part that did not come back.
    #[arg(long, value_name = "AMOUNT")]
    missing: Option<String>,
    /// Charges what is lost with what it costs new, or with the amount given.
    #[arg(long, value_name = "AMOUNT", num_args = 0..=1, default_missing_value = "")]
    lost: Option<String>,
    /// Charges so much for anything else; --note says what.
    #[arg(long, value_name = "AMOUNT")]
    extra: Option<String>,
    /// Of this thing alone.
    #[arg(long)]
    tag: Option<String>,
    /// What the invoice says of it.
    #[arg(long)]
    note: Option<String>,
    /// Lets what would be charged go, for this reason; without a kind, the late fees.
    #[arg(long, value_name = "REASON")]
    waive: Option<String>,
}

impl Charge {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        let asks = !(self.late
            || self.damage.is_some()
            || self.missing.is_some()
            || self.lost.is_some()
            || self.extra.is_some()
            || self.waive.is_some());
        if asks {
            let view = View::of(shop);
            let found = booking::resolve(view.db, &self.reservation)?;
            return proposed(&view, &found);
        }
        act(shop, |db, settings| {
            let found = booking::resolve(db.read(), &self.reservation)?;
            let customer = found.customer.ok_or(BookingRefusal::CustomerMissing)?;
            let charges = self.charges(&View::within(db, settings), &found, customer)?;
            if charges.is_empty() {
                return Err(billing::BillingRefusal::Nothing {
                    reservation: Text::new(&found.number.to_string()),
                    what: "such thing to settle",
                }
                .into());
            }
            let mut draft = None;
            for charge in &charges {
                if self.waive.is_some() {
                    billing::waive(db, charge)?;
                } else {
                    draft = Some(desk::charge(db, settings, charge)?);
                }
            }
            desk::still_unsettled(db, found.id)?;
            desk::remember_final(
                db,
                Final::Money(
                    if draft.is_some() {
                        MoneyMove::Charged
                    } else {
                        MoneyMove::Waived
                    },
                    customer,
                ),
            )?;
            match draft {
                Some(draft) => shown(&View::within(db, settings), draft),
                None => proposed(&View::within(db, settings), &found),
            }
        })
    }

    /// What is to be charged, each with its amount.
    fn charges(
        &self,
        view: &View<'_>,
        found: &Reservation,
        customer: CustomerId,
    ) -> Result<Vec<NewCharge>, Stop> {
        let wanted = match &self.tag {
            Some(tag) => Some(inventory::resolve(view.db, tag)?.tag().clone()),
            None => None,
        };
        let reason = filled(self.waive.as_ref());
        let is_wanted =
            |proposal: &Proposal| wanted.as_ref().is_none_or(|tag| proposal.tag == *tag);
        let (mut proposals, mut seen) = (
            desk::to_settle(view.db, view.settings, found.id)?,
            desk::seen_at_return(view.db, view.settings, found.id)?,
        );
        proposals.retain(is_wanted);
        seen.retain(is_wanted);
        let of_kind = |kind: LineKind| {
            proposals
                .iter()
                .filter(move |proposal| proposal.charge.kind == kind)
        };
        let note = |charge: &NewCharge| {
            self.note.as_ref().map_or_else(
                || charge.description.clone(),
                |note| Text::new(&format!("{}: {note}", charge.description)),
            )
        };
        let mut charges = Vec::new();
        let any_amount = self.damage.is_some()
            || self.missing.is_some()
            || self.lost.is_some()
            || self.extra.is_some();
        if self.late || (self.waive.is_some() && !any_amount) {
            charges.extend(of_kind(LineKind::Late).map(|proposal| proposal.charge.clone()));
        }
        if let Some(typed) = &self.lost {
            let each = view.read_money(typed)?;
            for proposal in of_kind(LineKind::Loss) {
                let each = each.unwrap_or(proposal.charge.each);
                if each.0 == 0 {
                    return Err(usage(
                        format!("What {} costs new is not known", proposal.tag),
                        "give the amount: --lost 1200",
                    ));
                }
                charges.push(NewCharge {
                    each,
                    ..proposal.charge.clone()
                });
            }
        }
        for (typed, kind, words) in [
            (&self.damage, LineKind::Damage, "Damage"),
            (&self.missing, LineKind::Loss, "Missing part"),
            (&self.extra, LineKind::Extra, "Extra"),
        ] {
            let Some(typed) = typed else { continue };
            let each = view.read_money(typed)?.unwrap_or(Money(0));
            // What was seen at the return is charged as that; what was seen later, as what it is
            // said to be.
            let known = of_kind(kind)
                .next()
                .filter(|_| wanted.is_some() || of_kind(kind).count() == 1);
            let charge = match known {
                Some(proposal) => NewCharge {
                    each,
                    quantity: 1,
                    description: note(&proposal.charge),
                    ..proposal.charge.clone()
                },
                None => {
                    // Somebody else may have charged just that meanwhile.
                    if let (Some(other), true) = (
                        seen.iter().find(|proposal| proposal.charge.kind == kind),
                        self.waive.is_none(),
                    ) {
                        let again = NewCharge {
                            each,
                            quantity: 1,
                            description: note(&other.charge),
                            ..other.charge.clone()
                        };
                        billing::refuse_the_same(view.db, view.settings, &again)?;
                    }
                    let tag = wanted
                        .as_ref()
                        .map_or_else(String::new, |tag| format!(" {tag}"));
                    let said = self
                        .note
                        .as_ref()
                        .map_or_else(String::new, |note| format!(": {note}"));
                    let description = Text::new(&format!("{words}{tag}{said}"));
                    NewCharge {
                        reservation: found.id,
                        customer,
                        rental: None,
                        type_id: None,
                        kind,
                        description,
                        quantity: 1,
                        each,
                        reason: None,
                    }
                }
            };
            charges.push(charge);
        }
        for charge in &mut charges {
            charge.reason = reason.clone();
        }
        Ok(charges)
    }
}

/// What is to be settled, and what was.
fn proposed(view: &View<'_>, found: &Reservation) -> Result<Answer, Stop> {
    let mut table = Table::new(&["TAG", "KIND", ">AMOUNT", "WHAT"]);
    let mut open = Vec::new();
    let proposals: Vec<Proposal> = desk::to_settle(view.db, view.settings, found.id)?;
    for proposal in &proposals {
        let charge = &proposal.charge;
        let amount = Some(charge.amount()).filter(|amount| amount.0 > 0);
        let days = proposal.late.map_or_else(String::new, |fee| {
            format!(
                ", {} x {}",
                fee.charged.number(),
                view.money_text(Some(fee.rate))
            )
        });
        table.row([
            proposal.tag.to_string(),
            charge.kind.word().to_lowercase(),
            amount.map_or_else(|| "?".to_owned(), |amount| view.money_text(Some(amount))),
            format!("{}{days}", charge.description),
        ]);
        open.push(json!({
            "tag": proposal.tag, "kind": charge.kind.word(), "amount": view.money(amount), "description": charge.description, "days": proposal.late.map(|fee| fee.days),
            "rate": view.money(proposal.late.map(|fee| fee.rate)), "capped": proposal.late.is_some_and(|fee| fee.capped),
        }));
    }
    let mut done = Vec::new();
    let mut told = String::new();
    for charge in billing::charges_of(view.db, found.id)? {
        let (word, staff) = (
            charge.state.word().to_lowercase().replace('_', " "),
            view.staff_name(charge.staff)?,
        );
        let why = charge
            .reason
            .as_ref()
            .map_or_else(String::new, |reason| format!(": {reason}"));
        let who = staff
            .as_ref()
            .map_or_else(String::new, |name| format!(" by {name}"));
        told.push_str(&format!(
            "{word} {} {}, {}{who}{why}\n",
            charge.kind.word().to_lowercase(),
            view.money_text(Some(charge.amount)),
            view.show(charge.at)
        ));
        done.push(json!({
            "kind": charge.kind.word(), "state": charge.state.word(), "amount": view.money(Some(charge.amount)), "reason": charge.reason, "staff": staff,
            "waived": charge.state == ChargeState::Waived, "at": super::view::stamp(Some(charge.at)),
        }));
    }
    let mut running = Vec::new();
    for rental in booking::rentals_of(view.db, found.id)?
        .iter()
        .filter(|rental| rental.state == booking::RentalState::Out)
    {
        let Some(fee) = desk::late_so_far(view.db, view.settings, rental, view.now)? else {
            continue;
        };
        let tag = view.tag_of(rental)?;
        told.push_str(&format!(
            "still out {tag}: late fee so far {}, {} x {}\n",
            view.money_text(Some(fee.amount)),
            fee.charged.number(),
            view.money_text(Some(fee.rate))
        ));
        running.push(json!({"tag": tag, "days": fee.days, "rate": view.money(Some(fee.rate)), "amount": view.money(Some(fee.amount)), "capped": fee.capped}));
    }
    let json = json!({"reservation": found.number, "still_out": running, "to_settle": Value::Array(open), "settled": done, "currency": view.settings.currency.code()});
    let text = table.text_or(
        &format!("{} leaves nothing to be settled.", found.number),
        &format!(
            "{} to settle",
            counted(length(&proposals), "thing", "things")
        ),
    );
    Ok(Answer::new(json, format!("{}\n{told}", text.trim_end())))
}
