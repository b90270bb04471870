//! Why the booking of gear is refused, and what to do next.

use super::promises::{Shortfall, WayOut};
use crate::kernel::{AssetTag, Refusal, ReservationNumber, Sought, Text};

/// Another item of the type that is on its shelf.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instead {
    pub tag: AssetTag,
    pub location: Option<Text>,
}

/// What does not fit, all of it together, and the ways out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lacking {
    pub short: Vec<Shortfall>,
    pub ways: Vec<WayOut>,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BookingRefusal {
    #[error("There is no reservation \"{0}\"")]
    Unknown(Text),
    /// `what` is told with its amount.
    #[error("{number} has {what} of {customer}: it stays theirs")]
    MoneyOfCustomer {
        number: ReservationNumber,
        what: String,
        customer: Text,
    },
    #[error("{number} is billed to {customer} by {invoices}, which names nobody else any more")]
    BilledToCustomer {
        number: ReservationNumber,
        invoices: String,
        customer: Text,
    },
    #[error("There is no line {line} to price")]
    NoLineToPrice { line: usize },
    #[error("{0}")]
    Customer(#[from] crate::customers::CustomerRefusal),
    #[error("{0}")]
    Stock(#[from] crate::inventory::InventoryRefusal),
    #[error("{0}")]
    Catalogue(#[from] crate::catalog::CatalogRefusal),
    #[error("{0}")]
    Pricing(#[from] crate::pricing::PricingRefusal),
    #[error("{tag} {type_name} is on the bench since {since}: {trouble}")]
    OnBench {
        tag: AssetTag,
        type_name: Text,
        since: String,
        trouble: Text,
        instead: Option<Instead>,
    },
    #[error("{tag} {type_name} is still out to {customer} {number}, due {due}")]
    StillOut {
        tag: AssetTag,
        type_name: Text,
        customer: Text,
        number: ReservationNumber,
        due: String,
        instead: Option<Instead>,
    },
    #[error("{tag} {type_name} is {state}")]
    Gone {
        tag: AssetTag,
        type_name: Text,
        state: &'static str,
        instead: Option<Instead>,
    },
    #[error("{type_name} is withdrawn")]
    Withdrawn { type_name: Text },
    #[error("{tag} {type_name}: {left} of {total} are here, {wanted} wanted")]
    TooFew {
        tag: AssetTag,
        type_name: Text,
        left: i64,
        total: i64,
        wanted: i64,
    },
    #[error("{0} is on the list twice")]
    Twice(AssetTag),
    #[error("Nothing is in hand")]
    NothingInHand,
    #[error("Due {due} is not after {out}")]
    DueBeforeOut { due: String, out: String },
    #[error("Due {due} is more than {} days away", super::reserve::STAY_DAYS_MAX)]
    DueTooFar { due: String },
    #[error("{time} is ahead of the clock")]
    InFuture { time: String },
    #[error("{time} is before it went out, {out}")]
    BeforeOut { time: String, out: String },
    #[error("{tag} was not out{last}")]
    NotOut { tag: AssetTag, last: String },
    #[error("{0} is not out, and nothing of it was lost")]
    NoneOut(AssetTag),
    #[error("{tag}: {out} are out, not {wanted}")]
    FewerOut {
        tag: AssetTag,
        out: i64,
        wanted: i64,
    },
    #[error("{tag} {type_name} is out to {who}")]
    WhoBrings {
        tag: AssetTag,
        type_name: Text,
        who: Text,
    },
    #[error("{number} is {state}")]
    NotActive {
        number: ReservationNumber,
        state: &'static str,
    },
    #[error("{tag} was out to {customer} from {from} to {until}")]
    OutThen {
        tag: AssetTag,
        customer: Text,
        from: String,
        until: String,
    },
    #[error("Another window went on with this check-out, or finished it")]
    DraftElsewhere,
    #[error("{0}")]
    CannotUndo(Text),
    #[error("Nothing is asked for")]
    NoLines,
    #[error("{type_name}: a quantity is 1 to 10000, not {quantity}")]
    Quantity { type_name: Text, quantity: i64 },
    #[error("{type_name} only goes along with other gear")]
    OnlyAccessory { type_name: Text },
    #[error("{tag} is one item, not {quantity}")]
    PinOfMany { tag: AssetTag, quantity: i64 },
    #[error("{tag} is no {type_name}")]
    PinOfAnother { tag: AssetTag, type_name: Text },
    #[error("The end, {end}, is not after the start, {start}")]
    EndBeforeStart { start: String, end: String },
    #[error("The start, {start}, is over")]
    StartPast { start: String },
    #[error(
        "{start} to {end} is longer than {} days, or beyond the year 2099",
        super::reserve::STAY_DAYS_MAX
    )]
    WindowTooLong { start: String, end: String },
    #[error("Nobody is named who takes it")]
    CustomerMissing,
    #[error(
        "A hold cannot end {lapses}: it must be later than now and no later than the start, {start}"
    )]
    HoldTime { lapses: String, start: String },
    /// What is short in words, the ways out in words, and both as they are.
    #[error("{}", .0.join("; "))]
    Short(Vec<String>, String, Box<Lacking>),
    #[error("{number} is {state}: it cannot be {verb}")]
    NotNow {
        number: ReservationNumber,
        state: &'static str,
        verb: &'static str,
    },
    #[error("{number} has gear out")]
    GearOut { number: ReservationNumber },
    #[error("The start of {number} cannot change: gear went out on it")]
    StartFixed { number: ReservationNumber },
    #[error("{number} has no line {line}")]
    NoLine {
        number: ReservationNumber,
        line: i64,
    },
    #[error("{number} would have no line left")]
    LastLine { number: ReservationNumber },
    #[error("{number} would be left with accessories only")]
    OnlyAccessoriesLeft { number: ReservationNumber },
    #[error("Line {line} of {number}: {handed} of it went out already")]
    LineHanded {
        number: ReservationNumber,
        line: i64,
        handed: i64,
    },
    #[error("{number} begins {start}; it can be handed over from {from}")]
    TooEarly {
        number: ReservationNumber,
        start: String,
        from: String,
    },
    #[error("{tag} {type_name} is not on {number}")]
    NotOnReservation {
        tag: AssetTag,
        type_name: Text,
        number: ReservationNumber,
        swap_for: Option<i64>,
    },
    #[error("{tag} {type_name} is promised to {who}")]
    PromisedTo {
        tag: AssetTag,
        type_name: Text,
        who: String,
        instead: Option<Instead>,
    },
    #[error("{tag} {type_name} lies in case {case}{is_out}")]
    InCase {
        tag: AssetTag,
        type_name: Text,
        case: AssetTag,
        is_out: &'static str,
        instead: Option<Instead>,
    },
    /// `what`: set aside, or not ready yet. `when`: from and until when, in words.
    #[error("{tag} {type_name} is {what}{when}: {reason}")]
    SetAside {
        tag: AssetTag,
        type_name: Text,
        what: &'static str,
        when: String,
        reason: Text,
        instead: Option<Instead>,
    },
    /// `when`: until when, in words.
    #[error(
        "{left} of {tag} {type_name} may leave, {wanted} wanted: {aside} are {what}{when}: {reason}"
    )]
    CountAside {
        tag: AssetTag,
        type_name: Text,
        left: i64,
        wanted: i64,
        aside: i64,
        what: &'static str,
        when: String,
        reason: Text,
    },
    #[error("{}", .0.join("; "))]
    Hurts(Vec<String>),
    #[error("{number} was changed elsewhere meanwhile")]
    ChangedElsewhere { number: ReservationNumber },
    #[error("{due} is over")]
    DuePast { due: String },
    #[error("Nothing of {number} is out")]
    NothingOut { number: ReservationNumber },
    #[error("Line {line}: {packed} cannot be packed of {quantity}")]
    PackedTooMany {
        line: i64,
        packed: i64,
        quantity: i64,
    },
    #[error("A cancellation needs a reason")]
    ReasonMissing,
}

impl Instead {
    fn in_words(&self) -> String {
        match &self.location {
            Some(location) => format!("{} is free, shelf {location}", self.tag),
            None => format!("{} is free", self.tag),
        }
    }
}

impl BookingRefusal {
    /// What would do in the place of what was refused: `CAM-0013 is free, shelf A3`.
    pub fn instead(&self) -> Option<String> {
        use BookingRefusal::*;
        match self {
            OnBench { instead, .. }
            | StillOut { instead, .. }
            | Gone { instead, .. }
            | PromisedTo { instead, .. }
            | InCase { instead, .. }
            | SetAside { instead, .. } => instead.as_ref().map(Instead::in_words),
            CountAside { left, .. } if *left > 0 => Some(format!("{left} may leave")),
            _ => None,
        }
    }
}

impl Refusal for BookingRefusal {
    fn hint(&self) -> String {
        use BookingRefusal::*;
        let or_else = |instead: &Option<Instead>, otherwise: &str| {
            instead
                .as_ref()
                .map_or_else(|| otherwise.to_owned(), Instead::in_words)
        };
        match self {
            Unknown(_) => "check the number (rentdesk list)".to_owned(),
            Customer(refusal) => refusal.hint(),
            Stock(refusal) => refusal.hint(),
            Catalogue(refusal) => refusal.hint(),
            Pricing(refusal) => refusal.hint(),
            OnBench { tag, instead, .. } => or_else(instead, &format!("no other is in; when it works again: F8 and scan it (rentdesk item condition {tag} good)")),
            StillOut { tag, instead, .. } => or_else(instead, &format!("take it back first: F3 and scan it (rentdesk in {tag})")),
            Gone { tag, state, instead, .. } if *state == "lost" => or_else(instead, &format!("it is in your hand? F3 and scan it (rentdesk item found {tag})")),
            Gone { instead, .. } => or_else(instead, "put it aside and ask"),
            Withdrawn { .. } => "choose another type, or bring it back if it is rented after all (rentdesk type reinstate)".to_owned(),
            TooFew { left, .. } => {
                if *left > 0 {
                    format!("take {left}")
                } else {
                    "none is on the shelf".to_owned()
                }
            }
            Twice(_) => "take one off".to_owned(),
            NothingInHand => "scan something first".to_owned(),
            DueBeforeOut { .. } => "give a later due time".to_owned(),
            DueTooFar { .. } => "give an earlier due time, and extend it later".to_owned(),
            InFuture { .. } => "give a time that is past".to_owned(),
            BeforeOut { .. } => "give a later time".to_owned(),
            NotOut { tag, .. } => format!("nothing changed; F7 and scan it tells its story (rentdesk history --item {tag})"),
            NoneOut(_) => "nothing changed; count the shelf if in doubt".to_owned(),
            FewerOut { out, .. } => format!("take back {out}"),
            WhoBrings { .. } => "say who brings it (--customer)".to_owned(),
            NotActive { .. } => "make a new check-out".to_owned(),
            OutThen { .. } => "check the times of both".to_owned(),
            DraftElsewhere => "nothing went out here; what is unfinished stands on the Desk".to_owned(),
            CannotUndo(_) => "mend it by hand".to_owned(),
            NoLines => "add what is wanted (--line 'TYPE*QTY')".to_owned(),
            Quantity { .. } => "give the number of pieces".to_owned(),
            OnlyAccessory { .. } => "add what it goes along with".to_owned(),
            PinOfMany { .. } => "give one line for each tag, or the type with a quantity".to_owned(),
            PinOfAnother { .. } => "check the label".to_owned(),
            EndBeforeStart { .. } => "give a later end".to_owned(),
            StartPast { .. } => "give a start that is still to come; gear that leaves now is handed over".to_owned(),
            WindowTooLong { .. } => "give an earlier end, and extend it later".to_owned(),
            CustomerMissing => "name a customer; only a quote may lack one".to_owned(),
            HoldTime { .. } => "give another length, or confirm it".to_owned(),
            Short(_, ways, _) => ways.clone(),
            NotNow { state, .. } if *state == "active" => "take the gear back first".to_owned(),
            NotNow { state, verb, .. } if *verb == "handed over" && (*state == "a hold" || *state == "a quote") => "confirm it first".to_owned(),
            NotNow { .. } => "make a new reservation, or copy this one".to_owned(),
            GearOut { .. } => "take the gear back first".to_owned(),
            StartFixed { .. } => "move the end, or make a new reservation".to_owned(),
            NoLine { number, .. } => format!("look at its lines (rentdesk show {number})"),
            LastLine { .. } => "cancel it instead".to_owned(),
            OnlyAccessoriesLeft { .. } => "drop what goes along too, or cancel it instead".to_owned(),
            LineHanded { .. } => "only what was not picked up yet can change".to_owned(),
            TooEarly { .. } => "give a reason to hand it over earlier (--early)".to_owned(),
            NotOnReservation { swap_for: Some(line), .. } => format!("swap it for line {line} (--swap TAG={line}), or add it as an extra (--extra)"),
            NotOnReservation { .. } => "add it as an extra (--extra), or put it back".to_owned(),
            PromisedTo { instead, .. } => or_else(instead, "take it anyway (--take-anyway), or put it back"),
            InCase { instead, .. } => format!("{}, or take it anyway (--take-anyway)", or_else(instead, "put it back")),
            SetAside { instead, .. } => format!("{}, or take it anyway (--take-anyway)", or_else(instead, "put it back")),
            CountAside { left: 0, .. } => "leave them, or take them anyway (--take-anyway)".to_owned(),
            CountAside { left, .. } => format!("take {left}, or take them anyway (--take-anyway)"),
            NoLineToPrice { .. } => "a line is named by its number".to_owned(),
            Hurts(_) => "do it anyway, and the others go short (--keep-short), or leave it".to_owned(),
            BilledToCustomer { .. } => "take the invoice back first, :void or :credit on it (rentdesk invoice void, rentdesk invoice credit)".to_owned(),
            MoneyOfCustomer { .. } => "give it back first, :deposit back or :refund there (rentdesk deposit return, rentdesk refund)".to_owned(),
            ChangedElsewhere { .. } => "look at it again, then save".to_owned(),
            DuePast { .. } => "give a time that is still to come".to_owned(),
            NothingOut { .. } => "change its dates instead".to_owned(),
            PackedTooMany { .. } => "count again".to_owned(),
            ReasonMissing => "say who cancelled: customer, shop, duplicate".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        use BookingRefusal::*;
        match self {
            Customer(refusal) => refusal.kind(),
            Stock(refusal) => refusal.kind(),
            Catalogue(refusal) => refusal.kind(),
            Pricing(refusal) => refusal.kind(),
            OnBench { .. } | Gone { .. } | Withdrawn { .. } => "not_rentable",
            StillOut { .. } | TooFew { .. } => "out",
            NotOut { .. } | NoneOut(_) | FewerOut { .. } => "not_out",
            CannotUndo(_) => "undo",
            Short(..) | Hurts(_) | PromisedTo { .. } => "shortage",
            InCase { .. } | SetAside { .. } | CountAside { .. } => "aside",
            _ => "booking",
        }
    }

    fn not_found(&self) -> bool {
        match self {
            BookingRefusal::Unknown(_) => true,
            BookingRefusal::Customer(refusal) => refusal.not_found(),
            BookingRefusal::Stock(refusal) => refusal.not_found(),
            BookingRefusal::Catalogue(refusal) => refusal.not_found(),
            BookingRefusal::Pricing(refusal) => refusal.not_found(),
            _ => false,
        }
    }

    fn sought(&self) -> Option<Sought> {
        match self {
            BookingRefusal::Customer(refusal) => refusal.sought(),
            BookingRefusal::Stock(refusal) => refusal.sought(),
            BookingRefusal::Catalogue(refusal) => refusal.sought(),
            _ => None,
        }
    }
}
