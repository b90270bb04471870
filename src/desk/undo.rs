//! Undo: the last step of anything, by a reversing entry. It survives a restart within the day.

use super::promised::Verb;
use super::table;
use crate::booking::{self, Altered, BookingRefusal, HandedOver, Named, RentalOutcome, Said};
use crate::customers;
use crate::inventory::{self, Condition, InventoryRefusal, Report};
use crate::kernel::{BlockId, CustomerId, Failure, Fallible, ItemId, LineId, Moment, Refusal, RentalId, ReservationId, Settings, Text, TypeId};
use crate::store::{Read, Write};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A step, with what is needed to reverse it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Act {
    CheckOut(HandedOver),
    /// `events`: the return itself first, then what it said about the item.
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
        event: Option<Uuid>,
    },
    Lost {
        item: ItemId,
        rental: Option<RentalId>,
        event: Option<Uuid>,
    },
    /// A lost item that was here again, without a rental; `events`: the find, then what it said of the condition.
    Found {
        item: ItemId,
        before: Condition,
        reason: Option<Text>,
        events: Vec<Uuid>,
    },
    SetAside {
        block: BlockId,
    },
    /// A block that was ended before its time.
    NotAside {
        item: Option<ItemId>,
        type_id: TypeId,
        quantity: i64,
        start: Moment,
        end: Option<Moment>,
        reason: Option<Text>,
    },
    ExpectedBack {
        item: ItemId,
        before: Option<Moment>,
        after: Option<Moment>,
    },
    Reserve {
        reservation: ReservationId,
        /// As it was made.
        #[serde(default)]
        after: Option<Said>,
        event: Option<Uuid>,
    },
    Reservation {
        verb: Verb,
        before: Said,
        after: Said,
        /// What told of it, in that order.
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
}

const UNNAMED: &str = "unnamed";

impl Kept {
    fn written(&self) -> Fallible<String> {
        let mut step = serde_json::to_value(&self.act)?;
        if let (Some(fields), false) = (step.as_object_mut(), self.unnamed.is_empty()) {
            fields.insert(UNNAMED.to_owned(), serde_json::to_value(&self.unnamed)?);
        }
        Ok(serde_json::to_string(&step)?)
    }

    fn read(step: &str) -> Fallible<Kept> {
        let mut step: serde_json::Value = serde_json::from_str(step)?;
        let unnamed = step.as_object_mut().and_then(|fields| fields.remove(UNNAMED)).map(serde_json::from_value).transpose()?.unwrap_or_default();
        Ok(Kept { act: serde_json::from_value(step)?, unnamed })
    }
}

/// What has no undo of its own: it stands in the way, so that nothing older is taken back in its place.
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
            MoneyMove::Issued => "void it, or credit it once something is paid (rentdesk invoice void, credit)",
            MoneyMove::Voided | MoneyMove::Credited => "charge anew what is owed after all (rentdesk charge)",
            MoneyMove::Paid | MoneyMove::CreditUsed => "credit the invoice and refund the money (rentdesk invoice credit, rentdesk refund)",
            MoneyMove::Refunded => "take the payment again (rentdesk pay)",
            MoneyMove::DepositTaken => "return the deposit (rentdesk deposit return)",
            MoneyMove::DepositReturned => "take the deposit again (rentdesk deposit take)",
            MoneyMove::DepositKept => "credit its invoice and refund the money (rentdesk invoice credit, rentdesk refund)",
            MoneyMove::Charged => "void the draft it stands on, or credit the invoice (rentdesk invoice void, credit)",
            MoneyMove::Waived => "charge it as an extra (rentdesk charge --extra)",
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
    #[error("{tag} was reported {now} since")]
    ReportedSince { tag: crate::kernel::AssetTag, now: &'static str },
    #[error("{words} at {at}: this cannot be undone")]
    Final { words: String, at: String, hint: &'static str },
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
            UndoRefusal::Lapsed(_) => "make a new one with its lines (rentdesk reserve --copy)".to_owned(),
            UndoRefusal::Booking(refusal) => refusal.hint(),
            UndoRefusal::Stock(refusal) => refusal.hint(),
            UndoRefusal::ReportedSince { .. } => "report its condition as it is now".to_owned(),
            UndoRefusal::Final { hint, .. } => (*hint).to_owned(),
            UndoRefusal::Meanwhile(_) => "undo again names that step (rentdesk undo)".to_owned(),
            UndoRefusal::DoneSince(_) => "take that back first, or cancel it (rentdesk cancel)".to_owned(),
            UndoRefusal::NoStepBefore => ":history shows what was done (rentdesk history)".to_owned(),
        }
    }
    fn kind(&self) -> &'static str {
        "undo"
    }
}

type Outcome<T> = Result<T, Failure<UndoRefusal>>;

pub(super) fn remember(db: &mut Write<'_>, act: Act) -> Fallible<()> {
    keep(db, &Kept { act, unnamed: Vec::new() })
}

fn keep(db: &mut Write<'_>, kept: &Kept) -> Fallible<()> {
    table::insert_step(db, &kept.written()?)
}

/// Does something and remembers it, with the names that it took off lines of these types: an undo puts them on again.
pub(super) fn remembering<T, R>(
    db: &mut Write<'_>,
    types: impl IntoIterator<Item = TypeId>,
    act: impl FnOnce(&mut Write<'_>) -> Result<(T, Option<Act>), Failure<R>>,
) -> Result<T, Failure<R>> {
    let named = booking::named(db.read(), types).map_err(Failure::Fault)?;
    let (done, act) = act(db)?;
    if let Some(act) = act {
        let unnamed = booking::unnamed(db.read(), &named).map_err(Failure::Fault)?;
        keep(db, &Kept { act, unnamed }).map_err(Failure::Fault)?;
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
    /// This window's own, and those up to a step that was there before it opened; what lapsed by itself is nobody's.
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
    /// A reservation lapsed by itself; `here`: noticed by this window.
    pub lapse: bool,
    pub here: bool,
}

/// What the next undo would take back.
pub fn last_step(db: Read<'_>, settings: &Settings, now: Moment, window: &[u8; 16], whose: Whose) -> Fallible<Option<StepWords>> {
    let Newest { step, before, stays } = newest_of(db, settings, now, window, whose)?;
    let Some(Known { step, kept }) = step else { return Ok(None) };
    // What lapsed for good is passed by, and named.
    let passed = stays.first().map_or_else(String::new, |why| format!(" ({why})"));
    Ok(Some(StepWords {
        id: step.id,
        words: format!("{}{passed}", describe(db, &kept.act)?),
        before: before.map(|before| describe(db, &before.kept.act)).transpose()?,
        types: types_of(db, &kept.act)?,
        lapse: is_lapse(&kept.act),
        here: step.window == *window,
    }))
}

/// The types whose promises a return's undo may touch.
pub fn types_of_return(db: Read<'_>, rental: RentalId) -> Fallible<Vec<TypeId>> {
    types_of(db, &Act::CheckIn { rental, events: Vec::new(), condition_before: None, was_lost: false, moved: None })
}

fn types_of(db: Read<'_>, act: &Act) -> Fallible<Vec<TypeId>> {
    Ok(about(db, act)?.into_iter().filter_map(|about| if let About::Type(id) = about { Some(id) } else { None }).collect())
}

struct Known {
    step: table::Step,
    kept: Kept,
}

/// The steps of today that stand, newest first.
fn standing(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<impl Iterator<Item = Fallible<Known>>> {
    let steps = table::steps(db, settings.zone.day_start(settings.zone.day(now)))?;
    Ok(steps.into_iter().map(|step| Ok(Known { kept: Kept::read(&step.act)?, step })))
}

/// The newest step that an undo may take back, the one before it, and why what lapsed after it stays so.
struct Newest {
    step: Option<Known>,
    before: Option<Known>,
    stays: Vec<String>,
}

fn newest_of(db: Read<'_>, settings: &Settings, now: Moment, window: &[u8; 16], whose: Whose) -> Fallible<Newest> {
    let mut newest = Newest { step: None, before: None, stays: Vec::new() };
    let mut gone: BTreeMap<ReservationId, String> = BTreeMap::new();
    for known in standing(db, settings, now)? {
        let known = known?;
        if let (Some(why), Some(id)) = (lapsed_for_good(db, settings, &known.kept.act, now)?, promise_of(&known.kept.act)) {
            if whose == Whose::Anyones && newest.step.is_none() {
                newest.stays.push(why.clone());
            }
            gone.insert(id, why);
            continue;
        }
        if !may_take_back(&known, window, whose) {
            continue;
        }
        // Nothing that was done to it before can be taken back either, and it stands in the way of nothing else.
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
    matches!(act, Act::Reservation { verb: Verb::Lapsed, .. })
}

/// Why a lapse cannot be taken back: the reservation would lapse again at once. It stands in the way of nothing else.
fn lapsed_for_good(db: Read<'_>, settings: &Settings, act: &Act, now: Moment) -> Fallible<Option<String>> {
    let Act::Reservation { verb: Verb::Lapsed, before, .. } = act else { return Ok(None) };
    match booking::reservation(db, before.reservation()) {
        Ok(found) => Ok(booking::stays_lapsed(settings, &found, before.state(), now)),
        Err(Failure::Fault(fault)) => Err(fault),
        Err(Failure::Refused(_)) => Ok(None),
    }
}

/// The newest step of today, whoever made it; 0 before the first.
pub fn newest_step(db: Read<'_>, settings: &Settings, now: Moment) -> Fallible<i64> {
    Ok(table::steps(db, settings.zone.day_start(settings.zone.day(now)))?.first().map_or(0, |step| step.id))
}

fn may_take_back(known: &Known, window: &[u8; 16], whose: Whose) -> bool {
    match whose {
        Whose::Anyones => true,
        Whose::Mine { until } => !is_lapse(&known.kept.act) && (known.step.window == *window || known.step.id <= until),
    }
}

/// Reverses the last step of today; its id.
pub fn undo(db: &mut Write<'_>, settings: &Settings, whose: Whose) -> Outcome<i64> {
    let newest = newest_of(db.read(), settings, db.now(), &db.window(), whose)?;
    undo_newest(db, settings, newest)
}

/// Reverses the step that somebody was shown, if it is the last one still.
pub fn undo_named(db: &mut Write<'_>, settings: &Settings, whose: Whose, named: i64) -> Outcome<i64> {
    let newest = newest_of(db.read(), settings, db.now(), &db.window(), whose)?;
    match &newest.step {
        Some(other) if other.step.id != named => Err(UndoRefusal::Meanwhile(describe(db.read(), &other.kept.act)?).into()),
        _ => undo_newest(db, settings, newest),
    }
}

fn undo_newest(db: &mut Write<'_>, settings: &Settings, newest: Newest) -> Outcome<i64> {
    let Some(known) = newest.step else {
        let lapsed = newest.stays.into_iter().next();
        return Err(lapsed.map_or(UndoRefusal::Nothing, |why| UndoRefusal::Lapsed(Text::new(&why))).into());
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
fn done_since(db: Read<'_>, settings: &Settings, now: Moment, step: i64, reservation: ReservationId) -> Fallible<Option<String>> {
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
fn stands_in_the_way(db: Read<'_>, settings: &Settings, step: &table::Step, what: &Final) -> Fallible<UndoRefusal> {
    let hint = match what {
        Final::Retired(_) => "add it again with its tag if it is here after all (rentdesk item add)",
        Final::Withdrawn(_) => "bring the type back (rentdesk type reinstate)",
        Final::BroughtBack(_) => "withdraw the type (rentdesk type withdraw)",
        Final::Counted(_) => "give the count as it was (rentdesk type edit --quantity)",
        Final::Kit(_) => "say again what it is made of (rentdesk kit set)",
        Final::Case(_) => "say again what lies in it (rentdesk item case, pack or unpack)",
        Final::Suspended(_) => "reinstate them on their page with :suspend (rentdesk customer reinstate)",
        Final::Rate(_) => "set the rate as it was (rentdesk rate set)",
        Final::PriceTable => "choose the table as it was (rentdesk price-table use)",
        Final::Tax => "set the tax as it was (rentdesk tax set)",
        Final::Discount => "add it again, or withdraw it (rentdesk discount)",
        Final::Reinstated(_) => "suspend them on their page with :suspend (rentdesk customer suspend)",
        Final::Money(act, _) => act.mended_by(),
    };
    Ok(UndoRefusal::Final { words: describe(db, &Act::Final(*what))?, at: settings.zone.show_clock(step.at), hint })
}

/// The newest step that can be taken back although later ones have no undo: those must be about other things. Nothing where the newest
/// step has an undo of its own.
pub fn step_before_final(db: Read<'_>, settings: &Settings, now: Moment, window: &[u8; 16], whose: Whose) -> Fallible<Option<StepWords>> {
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
                return Ok(Some(StepWords { id: known.step.id, words: describe(db, act)?, before: None, types: types_of(db, act)?, lapse, here }));
            }
        }
    }
    Ok(None)
}

/// Takes back the step that [`step_before_final`] named; what has no undo stays.
pub fn undo_before_final(db: &mut Write<'_>, settings: &Settings, whose: Whose, named: i64) -> Outcome<i64> {
    let window = db.window();
    let now = db.now();
    match step_before_final(db.read(), settings, now, &window, whose)? {
        Some(step) if step.id == named => {}
        Some(step) => return Err(UndoRefusal::Meanwhile(step.words).into()),
        None => return Err(UndoRefusal::NoStepBefore.into()),
    }
    for known in standing(db.read(), settings, now)? {
        let known = known?;
        if known.step.id == named {
            return take_back(db, settings, &known);
        }
    }
    Err(UndoRefusal::NoStepBefore.into())
}

/// What a step is about: two steps that share nothing of it do not depend on each other.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum About {
    Item(ItemId),
    Type(TypeId),
    Customer(CustomerId),
}

fn about(db: Read<'_>, act: &Act) -> Fallible<BTreeSet<About>> {
    let mut all = BTreeSet::new();
    let item_and_type = |all: &mut BTreeSet<About>, item: ItemId| -> Fallible<()> {
        all.insert(About::Item(item));
        all.insert(About::Type(super::views::refused_is_fault(inventory::known(db, item))?.type_id));
        Ok(())
    };
    let reservation = |all: &mut BTreeSet<About>, id: ReservationId| -> Fallible<()> {
        let found = super::views::refused_is_fault(booking::reservation(db, id))?;
        all.extend(found.customer.map(About::Customer));
        for line in booking::lines(db, id)? {
            all.insert(About::Type(line.type_id));
            all.extend(line.pin.map(About::Item));
        }
        for rental in booking::rentals_of(db, id)? {
            all.insert(About::Type(rental.type_id));
            all.extend(rental.item.map(About::Item));
        }
        Ok(())
    };
    match act {
        Act::CheckOut(HandedOver { reservation: id, .. }) | Act::Reserve { reservation: id, .. } | Act::Packed { reservation: id, .. } => reservation(&mut all, *id)?,
        Act::Reservation { before, after, .. } => {
            reservation(&mut all, before.reservation())?;
            reservation(&mut all, after.reservation())?;
        }
        Act::CheckIn { rental, .. } => {
            if let Some(rental) = booking::rental(db, *rental)? {
                reservation(&mut all, rental.reservation)?;
            }
        }
        Act::Condition { item, .. } | Act::Lost { item, .. } | Act::Found { item, .. } | Act::ExpectedBack { item, .. } => item_and_type(&mut all, *item)?,
        Act::SetAside { block } => {
            if let Some(block) = inventory::block(db, *block)? {
                all.insert(About::Type(block.type_id));
                all.extend(block.item.map(About::Item));
            }
        }
        Act::NotAside { item, type_id, .. } => {
            all.insert(About::Type(*type_id));
            all.extend(item.map(About::Item));
        }
        Act::Final(what) => match *what {
            Final::Retired(item) => {
                all.insert(About::Item(item));
            }
            Final::Case(item) => {
                item_and_type(&mut all, item)?;
                for content in inventory::contents(db, item)? {
                    item_and_type(&mut all, content.item)?;
                }
            }
            Final::Withdrawn(id) | Final::BroughtBack(id) | Final::Counted(id) | Final::Kit(id) => {
                all.insert(About::Type(id));
                all.extend(crate::catalog::exploded(db, id, 1)?.into_iter().map(|(part, _)| About::Type(part)));
            }
            Final::Suspended(id) | Final::Reinstated(id) | Final::Money(_, id) => {
                all.insert(About::Customer(id));
            }
            // What was agreed before is frozen: nothing depends on it.
            Final::Rate(_) | Final::PriceTable | Final::Tax | Final::Discount => {}
        },
    }
    Ok(all)
}

/// Reverses the return of that very rental, today's latest, and with it what was said of the thing afterwards.
pub fn undo_return(db: &mut Write<'_>, settings: &Settings, rental: RentalId) -> Outcome<i64> {
    let mut said_since = Vec::new();
    for known in standing(db.read(), settings, db.now())? {
        let known = known?;
        match &known.kept.act {
            Act::CheckIn { rental: known_rental, .. } if *known_rental == rental => {
                take_back(db, settings, &known)?;
                for later in said_since {
                    table::mark_undone(db, later)?;
                }
                return Ok(known.step.id);
            }
            Act::Condition { revised: Some(said), .. } if said.rental == rental => said_since.push(known.step.id),
            _ => {}
        }
    }
    Err(UndoRefusal::Nothing.into())
}

fn reverse(db: &mut Write<'_>, settings: &Settings, act: &Act) -> Outcome<()> {
    let stock_says = |failure: Failure<InventoryRefusal>| failure.map(UndoRefusal::Stock);
    let booking_says = |failure: Failure<BookingRefusal>| failure.map(UndoRefusal::Booking);
    match act {
        Act::CheckOut(done) => {
            booking::undo_check_out(db, settings, done).map_err(booking_says)?;
            for item in &done.unpacked {
                back_into_case(db, *item)?;
            }
            Ok(())
        }
        Act::CheckIn { rental, events, condition_before, was_lost, moved } => {
            let returned = booking::rental(db.read(), *rental)?;
            booking::undo_check_in(db, settings, *rental, events.first().copied()).map_err(booking_says)?;
            if let (Some(item), Some(moved)) = (returned.as_ref().and_then(|rental| rental.item), moved) {
                // Carried elsewhere since: there it stays.
                if inventory::known(db.read(), item).map_err(stock_says)?.location.as_ref() == Some(&moved.to) {
                    inventory::put_at(db, item, moved.from.as_ref()).map_err(stock_says)?;
                }
            }
            let incomplete = returned.as_ref().is_some_and(|rental| rental.missing.is_some());
            if let (Some(item), Some(before)) = (returned.and_then(|rental| rental.item), condition_before) {
                // The report follows the return, and the find of a lost item.
                back_to(db, item, *before, incomplete, events.get(1 + usize::from(*was_lost)).copied())?;
                if *was_lost {
                    booking::report_lost(db, *rental, &Text::new("undone")).map_err(booking_says)?;
                }
            }
            Ok(())
        }
        Act::Condition { item, before, after, note_before, trouble, revised, event } => {
            let now = inventory::known(db.read(), *item).map_err(|failure| failure.map(UndoRefusal::Stock))?;
            if now.condition != *after {
                return Err(UndoRefusal::ReportedSince { tag: now.tag, now: now.condition.shown() }.into());
            }
            inventory::edit_item(db, *item, now.serial.as_ref(), now.location.as_ref(), note_before.as_ref()).map_err(|failure| failure.map(UndoRefusal::Stock))?;
            if let Some(said) = revised {
                booking::restore_revision(db, said.rental, said.outcome, said.condition, said.note.as_ref(), said.missing.as_ref()).map_err(booking_says)?;
            }
            let note = (*before != Condition::Good).then(|| trouble.clone().unwrap_or_else(|| Text::new("undone")));
            let incomplete = revised.as_ref().is_some_and(|said| said.missing.is_some());
            let again = Report { rental: revised.as_ref().map(|said| said.rental), incomplete, ..Report::plain(*before, note) };
            inventory::report_reversing(db, *item, &again, *event).map_err(|failure| failure.map(UndoRefusal::Stock))?;
            booking::let_go_of(db, *item)?;
            Ok(())
        }
        Act::SetAside { block } => {
            // Ended since, and set aside again by an undo: that one stands for it.
            let again = |known: &inventory::Block| -> Fallible<Option<BlockId>> {
                if known.live {
                    return Ok(None);
                }
                let all = match known.item {
                    Some(item) => inventory::blocks_of_item(db.read(), item)?,
                    None => inventory::blocks_of_type(db.read(), known.type_id)?,
                };
                let same = |other: &inventory::Block| {
                    other.kind == known.kind && (other.item, other.quantity) == (known.item, known.quantity) && (other.start, other.end) == (known.start, known.end)
                };
                Ok(all.into_iter().find(same).map(|other| other.id))
            };
            let stands = match inventory::block(db.read(), *block)? {
                Some(known) => again(&known)?,
                None => None,
            };
            let ended = stands.unwrap_or(*block);
            inventory::unblock(db, ended).map_err(stock_says)?;
            if let Some(block) = inventory::block(db.read(), ended)? {
                booking::guard_again(db, block.type_id)?;
            }
            Ok(())
        }
        Act::NotAside { item, type_id, quantity, start, end, reason } => {
            let reason = reason.clone().unwrap_or_else(|| Text::new("undone"));
            match item {
                Some(item) => inventory::block_item(db, *item, *start, *end, &reason).map_err(stock_says)?,
                None => inventory::block_count(db, *type_id, *quantity, *start, *end, &reason).map_err(stock_says)?,
            };
            Ok(())
        }
        Act::ExpectedBack { item, before, after } => {
            let now = inventory::known(db.read(), *item).map_err(stock_says)?;
            if inventory::open_job(db.read(), *item)?.and_then(|job| job.expected_back) != *after {
                return Err(UndoRefusal::ReportedSince { tag: now.tag, now: now.condition.shown() }.into());
            }
            inventory::set_expected_back(db, *item, *before).map_err(stock_says)?;
            booking::let_go_of(db, *item)?;
            Ok(())
        }
        Act::Packed { reservation, before } => {
            let lines = booking::lines(db.read(), *reservation)?;
            for (line, packed) in before {
                let most = lines.iter().find(|known| known.id == *line).map_or(*packed, |known| known.quantity);
                booking::pack(db, *reservation, *line, (*packed).min(most)).map_err(booking_says)?;
            }
            Ok(())
        }
        // Nobody asks for it: whoever reverses a step has looked what it is.
        Act::Final(what) => Err(anyhow::anyhow!("{what:?} has no undo").into()),
        Act::Found { item, before, reason, events } => {
            back_to(db, *item, *before, false, events.get(1).copied())?;
            let reason = reason.clone().unwrap_or_else(|| Text::new("undone"));
            inventory::lost_again(db, *item, &reason, events.first().copied()).map_err(stock_says)?;
            booking::let_go_of(db, *item)?;
            Ok(())
        }
        Act::Reserve { reservation, after, event } => booking::undo_reserve(db, *reservation, after.as_ref(), *event).map_err(booking_says),
        Act::Reservation { before, after, events, short, .. } => booking::restore(db, settings, &Altered { before, after, told: events, short }).map_err(booking_says),
        Act::Lost { item, rental, event } => match rental {
            Some(rental) => booking::undo_lost(db, settings, *rental, *event).map_err(booking_says),
            None => {
                let condition = inventory::known(db.read(), *item).map_err(|failure| failure.map(UndoRefusal::Stock))?.condition;
                inventory::found(db, *item, condition, None, None, *event).map_err(|failure| failure.map(UndoRefusal::Stock))?;
                booking::let_go_of(db, *item)?;
                Ok(())
            }
        },
    }
}

/// Into its case again, unless that was given other contents or is away by now.
fn back_into_case(db: &mut Write<'_>, item: ItemId) -> Outcome<()> {
    if let Some((case, false)) = inventory::case_of(db.read(), item)? {
        let case = inventory::known(db.read(), case).map_err(|failure| failure.map(UndoRefusal::Stock))?;
        if !case.out && case.lifecycle == inventory::Lifecycle::InService {
            inventory::pack(db, item).map_err(|failure| failure.map(UndoRefusal::Stock))?;
        }
    }
    Ok(())
}

/// The condition an item had, if it is another one now, or if parts of it were called missing.
fn back_to(db: &mut Write<'_>, item: ItemId, before: Condition, incomplete: bool, event: Option<Uuid>) -> Outcome<()> {
    let now = inventory::known(db.read(), item).map_err(|failure| failure.map(UndoRefusal::Stock))?;
    if now.condition == before && !incomplete { Ok(()) } else { report(db, item, before, event) }
}

fn report(db: &mut Write<'_>, item: ItemId, before: Condition, event: Option<Uuid>) -> Outcome<()> {
    let note = (before != Condition::Good).then(|| Text::new("undone"));
    inventory::report_reversing(db, item, &Report::plain(before, note), event).map_err(|failure| failure.map(UndoRefusal::Stock))?;
    booking::let_go_of(db, item)?;
    Ok(())
}

/// Names are joined when it is shown, so that a step holds none.
fn describe(db: Read<'_>, act: &Act) -> Fallible<String> {
    let rental_words = |id: RentalId| -> Fallible<String> {
        let Some(rental) = booking::rental(db, id)? else { return Ok("a rental".to_owned()) };
        let row = super::rental_rows(db, &[rental])?.remove(0);
        let count = if row.rental.item.is_none() { format!("{} x ", row.rental.quantity) } else { String::new() };
        Ok(format!("{count}{} ({})", row.tag, row.customer))
    };
    let tag = |item: ItemId| -> Fallible<String> {
        match inventory::known(db, item) {
            Ok(item) => Ok(item.tag.to_string()),
            Err(Failure::Fault(fault)) => Err(fault),
            Err(Failure::Refused(refusal)) => Ok(refusal.to_string()),
        }
    };
    let aside = |item: Option<ItemId>, type_id: TypeId| -> Fallible<String> {
        match item {
            Some(item) => tag(item),
            None => Ok(crate::catalog::names(db, [type_id])?.remove(&type_id).unwrap_or_default().to_string()),
        }
    };
    Ok(match act {
        Act::CheckOut(HandedOver { reservation, rentals, .. }) => {
            let customer = match booking::reservation(db, *reservation).ok().and_then(|reservation| reservation.customer) {
                Some(id) => customers::names(db, [id])?.remove(&id).unwrap_or_default(),
                None => Text::default(),
            };
            format!("out {} item{} to {customer}", rentals.len(), if rentals.len() == 1 { "" } else { "s" })
        }
        Act::CheckIn { rental, .. } => format!("back {}", rental_words(*rental)?),
        Act::Condition { item, after, .. } => format!("{} {}", tag(*item)?, after.shown()),
        Act::Lost { item, .. } => format!("{} lost", tag(*item)?),
        Act::Found { item, .. } => format!("{} found", tag(*item)?),
        Act::SetAside { block } => match inventory::block(db, *block)? {
            Some(block) => format!("{} set aside", aside(block.item, block.type_id)?),
            None => "set aside".to_owned(),
        },
        Act::NotAside { item, type_id, .. } => format!("{} no longer set aside", aside(*item, *type_id)?),
        Act::ExpectedBack { item, .. } => format!("{} expected back", tag(*item)?),
        Act::Reserve { reservation, .. } => format!("{} made", booking::number_of(db, *reservation)?),
        Act::Packed { reservation, .. } => format!("{} packed", booking::number_of(db, *reservation)?),
        Act::Final(what) => match *what {
            Final::Retired(item) => format!("{} retired", tag(item)?),
            Final::Withdrawn(type_id) => format!("{} withdrawn", aside(None, type_id)?),
            Final::BroughtBack(type_id) => format!("{} brought back", aside(None, type_id)?),
            Final::Counted(type_id) => format!("{} counted anew", aside(None, type_id)?),
            Final::Kit(type_id) => format!("{} made of other parts", aside(None, type_id)?),
            Final::Case(item) => format!("{} packed otherwise", tag(item)?),
            Final::Rate(type_id) => format!("rate of {} set", aside(None, type_id)?),
            Final::PriceTable => "price tables changed".to_owned(),
            Final::Tax => "tax set".to_owned(),
            Final::Discount => "discounts changed".to_owned(),
            Final::Suspended(id) => format!("{} suspended", customers::names(db, [id])?.remove(&id).unwrap_or_default()),
            Final::Reinstated(id) => format!("{} reinstated", customers::names(db, [id])?.remove(&id).unwrap_or_default()),
            Final::Money(act, id) => format!("{} {}", act.words(), customers::names(db, [id])?.remove(&id).unwrap_or_default()),
        },
        Act::Reservation { verb, before, .. } => format!("{} {}", booking::number_of(db, before.reservation())?, verb.word()),
    })
}
