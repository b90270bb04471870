//! Undo: the last step of anything, by a reversing entry. It survives a restart within the day.

mod redoing;
mod reversing;
mod words;

pub(super) use redoing::{Again, repeatable};
pub use redoing::{RedoRefusal, Redone, newest_of_all, redo, step_in_words, undone_words};

use super::promised::Verb;
use super::table;
use crate::billing::BillingRefusal;
use crate::booking::{self, BookingRefusal, HandedOver, Named, RentalOutcome, Said};
use crate::inventory::{Condition, InventoryRefusal};
use crate::kernel::{
    BlockId, CustomerId, DepositId, Failure, Fallible, ItemId, LineId, Moment, PaymentId, Refusal,
    RentalId, ReservationId, Settings, Text, TypeId,
};
use crate::store::{Read, Write};
use reversing::reverse;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;
use words::{About, about, describe, describe_bare};

/// A step, with what is needed to reverse it. `events`: everything it told; which of them an undo
/// takes back is found by kind and thing ([`booking::Told`]), never by place.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Act {
    CheckOut(HandedOver),
    /// A hand-over and the money that was taken with it: both go back.
    CheckOutPaid {
        out: HandedOver,
        payment: Option<PaymentId>,
        deposit: Option<DepositId>,
    },
    CheckIn {
        rental: RentalId,
        events: Vec<Uuid>,
        condition_before: Option<Condition>,
        was_lost: bool,
        /// It was taken back at another place than its own.
        #[serde(default)]
        moved: Option<Moved>,
    },
    Condition {
        item: ItemId,
        before: Condition,
        after: Condition,
        note_before: Option<Text>,
        /// What was wrong with it before, to be said again.
        trouble: Option<Text>,
        /// The return it was said of, as it was told before.
        revised: Option<Revision>,
        /// Of an older step.
        #[serde(default)]
        event: Option<Uuid>,
        #[serde(default)]
        events: Vec<Uuid>,
    },
    Lost {
        item: ItemId,
        rental: Option<RentalId>,
        /// Of an older step.
        #[serde(default)]
        event: Option<Uuid>,
        #[serde(default)]
        events: Vec<Uuid>,
    },
    /// A lost item that was here again, without a rental.
    Found {
        item: ItemId,
        before: Condition,
        reason: Option<Text>,
        events: Vec<Uuid>,
    },
    SetAside {
        block: BlockId,
        #[serde(default)]
        events: Vec<Uuid>,
    },
    /// A block that was ended before its time.
    NotAside {
        item: Option<ItemId>,
        type_id: TypeId,
        quantity: i64,
        start: Moment,
        end: Option<Moment>,
        reason: Option<Text>,
        #[serde(default)]
        events: Vec<Uuid>,
    },
    ExpectedBack {
        item: ItemId,
        before: Option<Moment>,
        after: Option<Moment>,
        #[serde(default)]
        events: Vec<Uuid>,
    },
    Reserve {
        reservation: ReservationId,
        /// As it was made.
        #[serde(default)]
        after: Option<Said>,
        /// Of an older step.
        #[serde(default)]
        event: Option<Uuid>,
        #[serde(default)]
        events: Vec<Uuid>,
    },
    Reservation {
        verb: Verb,
        before: Said,
        after: Said,
        #[serde(default)]
        events: Vec<Uuid>,
        /// Which lines of its types were short before it, and by how many.
        #[serde(default)]
        short: Vec<(LineId, i64)>,
    },
    /// How many of each line stood ready before.
    Packed {
        reservation: ReservationId,
        before: Vec<(LineId, i64)>,
    },
    Final(Final),
}

/// A step as it is kept: the act, and beside it the names that it took off lines.
#[derive(Debug)]
struct Kept {
    act: Act,
    unnamed: Vec<Named>,
    /// The command behind it, to be given once more; what hands money over has none.
    again: Option<Again>,
}

const UNNAMED: &str = "unnamed";
const AGAIN: &str = "again";

impl Kept {
    fn written(&self) -> Fallible<String> {
        let mut step = serde_json::to_value(&self.act)?;
        if let (Some(fields), false) = (step.as_object_mut(), self.unnamed.is_empty()) {
            fields.insert(UNNAMED.to_owned(), serde_json::to_value(&self.unnamed)?);
        }
        if let (Some(fields), Some(again)) = (step.as_object_mut(), &self.again) {
            fields.insert(AGAIN.to_owned(), serde_json::to_value(again)?);
        }
        Ok(serde_json::to_string(&step)?)
    }

    fn read(step: &str) -> Fallible<Kept> {
        let mut step: serde_json::Value = serde_json::from_str(step)?;
        let unnamed = step
            .as_object_mut()
            .and_then(|fields| fields.remove(UNNAMED))
            .map(serde_json::from_value)
            .transpose()?
            .unwrap_or_default();
        let again = step
            .as_object_mut()
            .and_then(|fields| fields.remove(AGAIN))
            .map(serde_json::from_value)
            .transpose()?;
        Ok(Kept {
            act: serde_json::from_value(step)?,
            unnamed,
            again,
        })
    }
}

/// What has no undo of its own: it stands in the way, so that nothing older is taken back in its
/// place.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Final {
    Retired(ItemId),
    Withdrawn(TypeId),
    BroughtBack(TypeId),
    Counted(TypeId),
    Kit(TypeId),
    Case(ItemId),
    Suspended(CustomerId),
    Reinstated(CustomerId),
    Rate(TypeId),
    PriceTable,
    Tax,
    Discount,
    Money(MoneyMove, CustomerId),
}

/// Where an item lay, and where it lies since.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Moved {
    pub from: Option<Text>,
    pub to: Text,
}

/// What was done about money: mended by an act of its own, which stands in the books beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum MoneyMove {
    Issued,
    Voided,
    Credited,
    Paid,
    CreditUsed,
    Refunded,
    DepositTaken,
    DepositReturned,
    DepositKept,
    Charged,
    Waived,
}

impl MoneyMove {
    fn words(self) -> &'static str {
        match self {
            MoneyMove::Issued => "invoice issued to",
            MoneyMove::Voided => "invoice voided of",
            MoneyMove::Credited => "invoice credited to",
            MoneyMove::Paid => "payment taken from",
            MoneyMove::CreditUsed => "credit used of",
            MoneyMove::Refunded => "refund given to",
            MoneyMove::DepositTaken => "deposit taken from",
            MoneyMove::DepositReturned => "deposit returned to",
            MoneyMove::DepositKept => "deposit kept of",
            MoneyMove::Charged => "charge made to",
            MoneyMove::Waived => "charge waived for",
        }
    }

    fn mended_by(self) -> &'static str {
        match self {
            MoneyMove::Issued => {
                "void it with :void, or :credit it once something is paid (rentdesk invoice void, credit)"
            }
            MoneyMove::Voided | MoneyMove::Credited => {
                "what its reservation says is on a draft again; charge anew what else is owed with :charge (rentdesk charge)"
            }
            MoneyMove::Paid | MoneyMove::CreditUsed => {
                "give it back with :refund; what is invoiced is credited first with :credit (rentdesk invoice credit, rentdesk refund)"
            }
            MoneyMove::Refunded => "take the payment again with :pay (rentdesk pay)",
            MoneyMove::DepositTaken => "return it with :deposit back (rentdesk deposit return)",
            MoneyMove::DepositReturned => "take it again with :deposit (rentdesk deposit take)",
            MoneyMove::DepositKept => {
                "give the money back with :refund; where it paid an invoice, :credit that first (rentdesk invoice credit, rentdesk refund)"
            }
            MoneyMove::Charged => {
                "issue the invoice it stands on with :issue, take that back with :void or :credit, and charge anew what is owed (rentdesk invoice issue, void, credit)"
            }
            MoneyMove::Waived => "charge it as an extra with :charge (rentdesk charge --extra)",
        }
    }
}

/// What a return said before somebody said more of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Revision {
    pub rental: RentalId,
    pub outcome: Option<RentalOutcome>,
    pub condition: Option<Condition>,
    pub note: Option<Text>,
    pub missing: Option<Text>,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum UndoRefusal {
    #[error("There is nothing of today to undo")]
    Nothing,
    #[error("{0}")]
    Lapsed(Text),
    #[error("{0}")]
    Booking(#[from] BookingRefusal),
    #[error("{0}")]
    Stock(#[from] InventoryRefusal),
    #[error("{0}")]
    Money(#[from] BillingRefusal),
    #[error("{tag} was reported {now} since")]
    ReportedSince {
        tag: crate::kernel::AssetTag,
        now: &'static str,
    },
    #[error("{words} at {at}: this cannot be undone")]
    Final {
        words: String,
        at: String,
        hint: &'static str,
    },
    /// The step that was named is not the last one any more.
    #[error("Meanwhile: {0}; nothing was undone")]
    Meanwhile(String),
    /// Somebody did more to it since.
    #[error("{0} since")]
    DoneSince(String),
    #[error("No step stands before it that could be undone by itself")]
    NoStepBefore,
}

impl Refusal for UndoRefusal {
    fn hint(&self) -> String {
        match self {
            UndoRefusal::Nothing => ":history shows what was done (rentdesk history)".to_owned(),
            UndoRefusal::Lapsed(_) => {
                "make a new one with its lines (rentdesk reserve --copy)".to_owned()
            }
            UndoRefusal::Booking(refusal) => refusal.hint(),
            UndoRefusal::Stock(refusal) => refusal.hint(),
            UndoRefusal::Money(refusal) => refusal.hint(),
            UndoRefusal::ReportedSince { .. } => "report its condition as it is now".to_owned(),
            UndoRefusal::Final { hint, .. } => (*hint).to_owned(),
            UndoRefusal::Meanwhile(_) => "undo again names that step (rentdesk undo)".to_owned(),
            UndoRefusal::DoneSince(_) => {
                "take that back first, or cancel it (rentdesk cancel)".to_owned()
            }
            UndoRefusal::NoStepBefore => {
                ":history shows what was done (rentdesk history)".to_owned()
            }
        }
    }
    fn kind(&self) -> &'static str {
        "undo"
    }
}

type Outcome<T> = Result<T, Failure<UndoRefusal>>;

pub(super) fn remember(db: &mut Write<'_>, act: Act) -> Fallible<()> {
    keep(
        db,
        &Kept {
            act,
            unnamed: Vec::new(),
            again: None,
        },
    )
}

fn keep(db: &mut Write<'_>, kept: &Kept) -> Fallible<()> {
    table::insert_step(db, &kept.written()?)
}

/// Does something and remembers it, with the names that it took off lines of these types: an undo
/// puts them on again.
pub(super) fn remembering<T, R>(
    db: &mut Write<'_>,
    types: impl IntoIterator<Item = TypeId>,
    act: impl FnOnce(&mut Write<'_>) -> Result<(T, Option<Act>), Failure<R>>,
) -> Result<T, Failure<R>> {
    let named = booking::named(db.read(), types).map_err(Failure::Fault)?;
    let (done, act) = act(db)?;
    if let Some(act) = act {
        let unnamed = booking::unnamed(db.read(), &named).map_err(Failure::Fault)?;
        keep(
            db,
            &Kept {
                act,
                unnamed,
                again: None,
            },
        )
        .map_err(Failure::Fault)?;
    }
    Ok(done)
}

/// Remembers what no undo takes back.
pub fn remember_final(db: &mut Write<'_>, what: Final) -> Fallible<()> {
    remember(db, Act::Final(what))
}

/// Whose steps an undo may take back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// This window's own, and those up to a step that was there before it opened; what lapsed by
    /// itself is nobody's.
    Mine {
        until: i64,
    },
    Anyones,
}

/// A step of today that stands, in words that name it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepWords {
    pub id: i64,
    pub words: String,
    /// The step that stands before it, of those that may be taken back.
    pub before: Option<String>,
    /// The types whose promises its undo may touch.
    pub types: Vec<TypeId>,
    /// What of money goes back with it: somebody must hand it out.
    pub money: Option<String>,
    /// A reservation lapsed by itself; `here`: noticed by this window.
    pub lapse: bool,
    pub here: bool,
}

/// What the next undo would take back.
pub fn last_step(
    db: Read<'_>,
    settings: &Settings,
    now: Moment,
    window: &[u8; 16],
    whose: Whose,
) -> Fallible<Option<StepWords>> {
    let Newest {
        step,
        before,
        stays,
    } = newest_of(db, settings, now, window, whose)?;
    let Some(Known { step, kept }) = step else {
        return Ok(None);
    };
    // What lapsed for good is passed by, and named.
    let passed = stays
        .first()
        .map_or_else(String::new, |why| format!(" ({why})"));
    Ok(Some(StepWords {
        id: step.id,
        words: format!("{}{passed}", describe(db, &kept.act)?),
        before: before
            .map(|before| describe(db, &before.kept.act))
            .transpose()?,
        types: types_of(db, &kept.act)?,
        money: gives_money_back(db, &kept.act)?,
        lapse: is_lapse(&kept.act),
        here: step.window == *window,
    }))
}

/// The types whose promises a return's undo may touch.
pub fn types_of_return(db: Read<'_>, rental: RentalId) -> Fallible<Vec<TypeId>> {
    types_of(
        db,
        &Act::CheckIn {
            rental,
            events: Vec::new(),
            condition_before: None,
            was_lost: false,
            moved: None,
        },
    )
}

fn types_of(db: Read<'_>, act: &Act) -> Fallible<Vec<TypeId>> {
    Ok(about(db, act)?
        .into_iter()
        .filter_map(|about| {
            if let About::Type(id) = about {
                Some(id)
            } else {
                None
            }
        })
        .collect())
}

struct Known {
    step: table::Step,
    kept: Kept,
}

/// The steps of today that stand, newest first.
fn standing(
    db: Read<'_>,
    settings: &Settings,
    now: Moment,
) -> Fallible<impl Iterator<Item = Fallible<Known>>> {
    let steps = table::steps(db, settings.zone.day_start(settings.zone.day(now)))?;
    Ok(steps.into_iter().map(|step| {
        Ok(Known {
            kept: Kept::read(&step.act)?,
            step,
        })
    }))
}

/// The newest step that an undo may take back, the one before it, and why what lapsed after it
/// stays so.
struct Newest {
    step: Option<Known>,
    before: Option<Known>,
    stays: Vec<String>,
}

fn newest_of(
    db: Read<'_>,
    settings: &Settings,
    now: Moment,
    window: &[u8; 16],
    whose: Whose,
) -> Fallible<Newest> {
    let mut newest = Newest {
        step: None,
        before: None,
        stays: Vec::new(),
    };
    let mut gone: BTreeMap<ReservationId, String> = BTreeMap::new();
    for known in standing(db, settings, now)? {
        let known = known?;
        if let (Some(why), Some(id)) = (
            lapsed_for_good(db, settings, &known.kept.act, now)?,
            promise_of(&known.kept.act),
        ) {
            if whose == Whose::Anyones && newest.step.is_none() {
                newest.stays.push(why.clone());
            }
            gone.insert(id, why);
            continue;
        }
        if !may_take_back(&known, window, whose) {
            continue;
        }
        // Nothing that was done to it before can be taken back either, and it stands in the way of
        // nothing else.
        if let Some(why) = promise_of(&known.kept.act).and_then(|id| gone.get(&id)) {
            if newest.step.is_none() && !newest.stays.contains(why) {
                newest.stays.push(why.clone());
            }
            continue;
        }
        if newest.step.is_none() {
            newest.step = Some(known);
        } else {
            newest.before = Some(known);
            break;
        }
    }
    Ok(newest)
}

/// The reservation that a step made, or changed.
fn promise_of(act: &Act) -> Option<ReservationId> {
    match act {
        Act::Reserve { reservation, .. } | Act::Packed { reservation, .. } => Some(*reservation),
        Act::Reservation { before, .. } => Some(before.reservation()),
        _ => None,
    }
}

fn is_lapse(act: &Act) -> bool {
    matches!(
        act,
        Act::Reservation {
            verb: Verb::Lapsed,
            ..
        }
    )
}

fn gives_money_back(db: Read<'_>, act: &Act) -> Fallible<Option<String>> {
    match act {
        Act::CheckOutPaid {
            out,
            payment,
            deposit,
        } => super::money::back_in_words(db, out.reservation, *payment, *deposit),
        _ => Ok(None),
    }
}

/// Why a lapse cannot be taken back: the reservation would lapse again at once. It stands in the
/// way of nothing else.
fn lapsed_for_good(
    db: Read<'_>,
    settings: &Settings,
    act: &Act,
    now: Moment,
) -> Fallible<Option<String>> {
    let Act::Reservation {
        verb: Verb::Lapsed,
        before,
        ..
    } = act
    else {
        return Ok(None);
    };
    match booking::reservation(db, before.reservation()) {
        Ok(found) => Ok(booking::stays_lapsed(settings, &found, before.state(), now)),
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refused(_)) => Ok(None),
    }
}

/// The newest step of today, whoever made it; 0 before the first.
pub fn newest_step(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<i64> {
    Ok(
        table::steps(db, settings.zone.day_start(settings.zone.day(now)))?
            .first()
            .map_or(0, |step| step.id),
    )
}

fn may_take_back(known: &Known, window: &[u8; 16], whose: Whose) -> bool {
    match whose {
        Whose::Anyones => true,
        Whose::Mine { until } => {
            !is_lapse(&known.kept.act) && (known.step.window == *window || known.step.id <= until)
        }
    }
}

/// Reverses the last step of today; its id.
pub fn undo(db: &mut Write<'_>, settings: &Settings, whose: Whose) -> Outcome<i64> {
    let newest = newest_of(db.read(), settings, db.now(), &db.window(), whose)?;
    undo_newest(db, settings, newest)
}

/// Reverses the step that somebody was shown, if it is the last one still and gives the same money
/// back.
pub fn undo_named(
    db: &mut Write<'_>,
    settings: &Settings,
    whose: Whose,
    named: &StepWords,
) -> Outcome<i64> {
    let newest = newest_of(db.read(), settings, db.now(), &db.window(), whose)?;
    match &newest.step {
        Some(other)
            if other.step.id != named.id
                || gives_money_back(db.read(), &other.kept.act)? != named.money =>
        {
            Err(UndoRefusal::Meanwhile(describe(db.read(), &other.kept.act)?).into())
        }
        _ => undo_newest(db, settings, newest),
    }
}

fn undo_newest(db: &mut Write<'_>, settings: &Settings, newest: Newest) -> Outcome<i64> {
    let Some(known) = newest.step else {
        let lapsed = newest.stays.into_iter().next();
        return Err(lapsed
            .map_or(UndoRefusal::Nothing, |why| {
                UndoRefusal::Lapsed(Text::new(&why))
            })
            .into());
    };
    if let Act::Final(what) = &known.kept.act {
        return Err(stands_in_the_way(db.read(), settings, &known.step, what)?.into());
    }
    take_back(db, settings, &known)
}

fn take_back(db: &mut Write<'_>, settings: &Settings, known: &Known) -> Outcome<i64> {
    if let Act::Reserve { reservation, .. } = &known.kept.act
        && let Some(words) = done_since(db.read(), settings, db.now(), known.step.id, *reservation)?
    {
        return Err(UndoRefusal::DoneSince(words).into());
    }
    reverse(db, settings, &known.kept.act)?;
    booking::name_again(db, settings, &known.kept.unnamed)?;
    table::mark_undone(db, known.step.id)?;
    Ok(known.step.id)
}

/// What somebody did to a reservation after a step, in words: it is not swept away with it.
fn done_since(
    db: Read<'_>,
    settings: &Settings,
    now: Moment,
    step: i64,
    reservation: ReservationId,
) -> Fallible<Option<String>> {
    for known in standing(db, settings, now)? {
        let Known { step: later, kept } = known?;
        let of_it = promise_of(&kept.act) == Some(reservation) && !is_lapse(&kept.act);
        if later.id > step && of_it {
            return Ok(Some(describe(db, &kept.act)?));
        }
    }
    Ok(None)
}

/// What has no undo, when it was done, and what can be done by hand.
fn stands_in_the_way(
    db: Read<'_>,
    settings: &Settings,
    step: &table::Step,
    what: &Final,
) -> Fallible<UndoRefusal> {
    let hint = match what {
        Final::Retired(_) => {
            "add it again with its tag if it is here after all (rentdesk item add)"
        }
        Final::Withdrawn(_) => "bring the type back: :withdraw on Gear (rentdesk type reinstate)",
        Final::BroughtBack(_) => "withdraw the type: :withdraw on Gear (rentdesk type withdraw)",
        Final::Counted(_) => {
            "give the count as it was: :count on Gear (rentdesk type edit --quantity)"
        }
        Final::Kit(_) => "say again what it is made of (rentdesk kit set)",
        Final::Case(_) => "say again what lies in it (rentdesk item case, pack or unpack)",
        Final::Suspended(_) => {
            "reinstate them on their page with :suspend (rentdesk customer reinstate)"
        }
        Final::Rate(_) => "set the rate as it was (rentdesk rate set)",
        Final::PriceTable => "choose the table as it was (rentdesk price-table use)",
        Final::Tax => "set the tax as it was (rentdesk tax set)",
        Final::Discount => "add it again, or withdraw it (rentdesk discount)",
        Final::Reinstated(_) => {
            "suspend them on their page with :suspend (rentdesk customer suspend)"
        }
        Final::Money(act, _) => act.mended_by(),
    };
    Ok(UndoRefusal::Final {
        words: describe(db, &Act::Final(*what))?,
        at: settings.zone.show_clock(step.at),
        hint,
    })
}

/// The newest step that can be taken back although later ones have no undo: those must be about
/// other things. Nothing where the newest step has an undo of its own.
pub fn step_before_final(
    db: Read<'_>,
    settings: &Settings,
    now: Moment,
    window: &[u8; 16],
    whose: Whose,
) -> Fallible<Option<StepWords>> {
    let (mut left, mut is_final) = (BTreeSet::new(), false);
    for known in standing(db, settings, now)? {
        let known = known?;
        if !may_take_back(&known, window, whose) {
            continue;
        }
        let act = &known.kept.act;
        let about = about(db, act)?;
        match act {
            Act::Final(_) => {
                left.extend(about);
                is_final = true;
            }
            _ if !is_final || !left.is_disjoint(&about) => return Ok(None),
            _ => {
                let (lapse, here) = (is_lapse(act), known.step.window == *window);
                let money = gives_money_back(db, act)?;
                return Ok(Some(StepWords {
                    id: known.step.id,
                    words: describe(db, act)?,
                    before: None,
                    types: types_of(db, act)?,
                    money,
                    lapse,
                    here,
                }));
            }
        }
    }
    Ok(None)
}

/// Takes back the step that [`step_before_final`] named; what has no undo stays.
pub fn undo_before_final(
    db: &mut Write<'_>,
    settings: &Settings,
    whose: Whose,
    named: &StepWords,
) -> Outcome<i64> {
    let window = db.window();
    let now = db.now();
    match step_before_final(db.read(), settings, now, &window, whose)? {
        Some(step) if (step.id, &step.money) == (named.id, &named.money) => {}
        Some(step) => return Err(UndoRefusal::Meanwhile(step.words).into()),
        None => return Err(UndoRefusal::NoStepBefore.into()),
    }
    for known in standing(db.read(), settings, now)? {
        let known = known?;
        if known.step.id == named.id {
            return take_back(db, settings, &known);
        }
    }
    Err(UndoRefusal::NoStepBefore.into())
}

/// Reverses the return of that very rental, today's latest, and with it what was said of the thing
/// afterwards.
pub fn undo_return(db: &mut Write<'_>, settings: &Settings, rental: RentalId) -> Outcome<i64> {
    let mut said_since = Vec::new();
    for known in standing(db.read(), settings, db.now())? {
        let known = known?;
        match &known.kept.act {
            Act::CheckIn {
                rental: known_rental,
                ..
            } if *known_rental == rental => {
                take_back(db, settings, &known)?;
                for later in said_since {
                    table::mark_undone(db, later)?;
                }
                return Ok(known.step.id);
            }
            Act::Condition {
                revised: Some(said),
                ..
            } if said.rental == rental => said_since.push(known.step.id),
            _ => {}
        }
    }
    Err(UndoRefusal::Nothing.into())
}
