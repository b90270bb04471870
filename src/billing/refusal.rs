//! Why money does not move.

use super::model::InvoiceState;
use crate::kernel::{Refusal, Text};

/// Amounts are shown already, in the shop's currency.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BillingRefusal {
    #[error("There is no invoice \"{0}\"")]
    Unknown(Text),
    #[error("There is no deposit \"{0}\"")]
    NoDeposit(Text),
    #[error("{reservation} has no {what}")]
    Nothing {
        reservation: Text,
        what: &'static str,
    },
    #[error("{called} is {state}: it cannot be {verb}", state = state.shown())]
    NotNow {
        called: String,
        state: InvoiceState,
        verb: &'static str,
    },
    #[error("{0} is a credit note: what it gives back stays given back")]
    CreditNote(String),
    #[error("{called} has {lines} lines, none of number {place}")]
    NoLine {
        called: String,
        place: usize,
        lines: usize,
    },
    #[error("{0} is given back already")]
    LineDone(String),
    #[error("{0} asks for nothing")]
    LineAsksNothing(String),
    #[error("{left} is left of {called}, not {wanted}")]
    MoreThanLeft {
        called: String,
        left: String,
        wanted: String,
    },
    #[error("There is nothing on the draft")]
    Empty,
    #[error("{0} needs a reason")]
    NoReason(&'static str),
    #[error("An amount is more than zero")]
    NoAmount,
    #[error("A quantity is 1 or more, not {0}")]
    Quantity(i64),
    #[error("{0} is more than money comes in one sum")]
    TooMuch(String),
    #[error("{what} cannot be refunded: {customer} has {credit} to get back")]
    NotOwed {
        what: String,
        customer: Text,
        credit: String,
    },
    #[error("{0} has nothing to get back")]
    NothingOwed(Text),
    #[error("{customer} has {credit} of credit, not {wanted}")]
    NoCredit {
        customer: Text,
        credit: String,
        wanted: String,
    },
    #[error("{open} is open on {called}, not {wanted}")]
    MoreThanOpen {
        called: String,
        open: String,
        wanted: String,
    },
    #[error("Money does not come by {0}")]
    Method(&'static str),
    #[error("{customer} would owe {would}, above the limit of {limit}")]
    OverLimit {
        customer: Text,
        would: String,
        limit: String,
    },
    #[error("The deposit of {amount} is settled already")]
    DepositDone { amount: String },
    #[error("{held} of the deposit is held, not {wanted}")]
    MoreThanHeld { held: String, wanted: String },
    #[error("The deposit is of {of}: it pays for nobody else")]
    OthersDeposit { of: Text },
    #[error("This was {0} already")]
    ChargedAlready(&'static str),
    #[error("{what} is charged already: {amount}, {at}")]
    ChargedTheSame {
        what: Text,
        amount: String,
        at: String,
    },
    #[error("The till of {0} is closed already")]
    TillClosed(String),
    #[error("The till of {0} cannot be closed yet")]
    TillAhead(String),
}

impl Refusal for BillingRefusal {
    fn hint(&self) -> String {
        match self {
            BillingRefusal::Unknown(_) => "look which there are (rentdesk invoice list)".to_owned(),
            BillingRefusal::NoDeposit(_) => "look which are held (rentdesk deposit list)".to_owned(),
            BillingRefusal::Nothing { .. } => "look at its invoices (rentdesk invoice list)".to_owned(),
            BillingRefusal::NotNow { state, verb, .. } => match (state, *verb) {
                (InvoiceState::Draft, "credited") => "void the draft instead (rentdesk invoice void)",
                (InvoiceState::Draft, _) => "issue it first (rentdesk invoice issue)",
                (InvoiceState::PartlyPaid | InvoiceState::Paid, "voided") => "credit it: what was paid is owed back then (rentdesk invoice credit)",
                (InvoiceState::Issued, "credited") => "nothing is paid yet: void it, or credit one line (rentdesk invoice void, invoice credit --line)",
                (InvoiceState::Paid, "paid") => "take it on account of the customer (rentdesk pay C-0007 AMOUNT)",
                _ => "look what became of it (rentdesk invoice show)",
            }
            .to_owned(),
            BillingRefusal::CreditNote(_) => "charge anew what is owed after all (rentdesk charge)".to_owned(),
            BillingRefusal::NoLine { .. } | BillingRefusal::LineDone(_) | BillingRefusal::LineAsksNothing(_) => "look at its lines (rentdesk invoice show)".to_owned(),
            BillingRefusal::MoreThanLeft { .. } => "credit all that is left of it (rentdesk invoice credit)".to_owned(),
            BillingRefusal::Empty => "give the reservation a price, or charge something (rentdesk charge)".to_owned(),
            BillingRefusal::NoReason(_) => "say why (--reason)".to_owned(),
            BillingRefusal::NoAmount | BillingRefusal::Quantity(_) => "give what it is to be".to_owned(),
            BillingRefusal::TooMuch(_) => "look at the amount again".to_owned(),
            BillingRefusal::NotOwed { .. } | BillingRefusal::NothingOwed(_) => {
                "credit the invoice first (rentdesk invoice credit); a deposit is returned (rentdesk deposit return)".to_owned()
            }
            BillingRefusal::NoCredit { .. } => "look at the balance (rentdesk balance)".to_owned(),
            BillingRefusal::MoreThanOpen { .. } => "use no more than is open".to_owned(),
            BillingRefusal::Method(_) => "take cash, card or transfer (--method)".to_owned(),
            BillingRefusal::OverLimit { .. } => "take a payment first, or issue it anyway (--over-limit)".to_owned(),
            BillingRefusal::DepositDone { .. } => "take another (rentdesk deposit take)".to_owned(),
            BillingRefusal::MoreThanHeld { .. } => {
                "take no more than is held (rentdesk deposit list); what damage costs beyond it is charged (rentdesk charge --damage)".to_owned()
            }
            BillingRefusal::OthersDeposit { .. } => "give it back, and take one of the customer (rentdesk deposit return, deposit take)".to_owned(),
            BillingRefusal::ChargedAlready(_) => "look at its charges (rentdesk charge R-1042)".to_owned(),
            BillingRefusal::ChargedTheSame { .. } => "where it is a further one, say what it is for (rentdesk charge --note)".to_owned(),
            BillingRefusal::TillClosed(_) => "look at it (rentdesk till --date D)".to_owned(),
            BillingRefusal::TillAhead(_) => "close it when the day has begun".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            BillingRefusal::Unknown(_) | BillingRefusal::NoDeposit(_) => "not_found",
            BillingRefusal::OverLimit { .. } => "over_limit",
            BillingRefusal::NotNow { .. } | BillingRefusal::CreditNote(_) => "state",
            _ => "billing",
        }
    }

    fn not_found(&self) -> bool {
        matches!(
            self,
            BillingRefusal::Unknown(_) | BillingRefusal::NoDeposit(_)
        )
    }
}
