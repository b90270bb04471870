//! The three axes of an item, and what may change on each. Pure.

use crate::kernel::{
    AssetTag, BenchNumber, ItemId, Moment, Money, Refusal, ReportId, Sought, Text, TypeId,
};

crate::words_in_columns! {
    /// Whether a thing works; the guard of a check-out reads this, never a projection.
    Condition { Good = "GOOD", Unusable = "UNUSABLE", UnderMaintenance = "UNDER_MAINTENANCE" }
}

crate::words_in_columns! {
    /// Whether the shop has it at all.
    Lifecycle { InService = "IN_SERVICE", Lost = "LOST", Retired = "RETIRED" }
}

impl Lifecycle {
    /// As it stands in a sentence.
    pub fn shown(self) -> &'static str {
        match self {
            Lifecycle::InService => "in service",
            Lifecycle::Lost => "lost",
            Lifecycle::Retired => "retired",
        }
    }
}

impl Condition {
    /// As it stands on a screen.
    pub fn shown(self) -> &'static str {
        match self {
            Condition::Good => "good",
            Condition::Unusable => "unusable",
            Condition::UnderMaintenance => "under maintenance",
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewItem {
    pub type_id: TypeId,
    /// None: the next tag in the category's letters.
    pub tag: Option<AssetTag>,
    pub serial: Option<Text>,
    pub condition: Condition,
    pub location: Option<Text>,
    pub note: Option<Text>,
    pub reference: Option<Text>,
}

impl NewItem {
    pub fn good(type_id: TypeId, tag: Option<AssetTag>) -> Self {
        NewItem {
            type_id,
            tag,
            serial: None,
            condition: Condition::Good,
            location: None,
            note: None,
            reference: None,
        }
    }
}

/// One physical thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Item {
    pub id: ItemId,
    pub type_id: TypeId,
    pub tag: AssetTag,
    pub serial: Option<Text>,
    pub lifecycle: Lifecycle,
    pub condition: Condition,
    pub location: Option<Text>,
    pub note: Option<Text>,
    pub reference: Option<Text>,
    /// Whether a rental of it is open: its custody.
    pub out: bool,
}

/// Things of a type that are counted, with the code on their shelf's label.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BulkStock {
    pub type_id: TypeId,
    pub tag: AssetTag,
    pub quantity: i64,
    pub out: i64,
    pub location: Option<Text>,
}

/// What a tag's code stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Stock {
    Item(Item),
    Bulk(BulkStock),
}

/// How many of a type there are, by shown state.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    pub owned: i64,
    pub on_shelf: i64,
    pub out: i64,
    pub bench: i64,
    pub lost: i64,
}

/// A repair.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BenchJob {
    pub number: BenchNumber,
    pub item: ItemId,
    pub tag: AssetTag,
    pub type_id: TypeId,
    pub condition: Condition,
    pub trouble: Option<Text>,
    pub opened_at: Moment,
    pub expected_back: Option<Moment>,
    pub cost: Option<Money>,
    pub outcome: Option<Text>,
    pub closed_at: Option<Moment>,
    pub closed_by: Option<crate::kernel::StaffId>,
    pub rental: Option<crate::kernel::RentalId>,
}

/// What somebody saw on an item.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConditionReport {
    pub id: ReportId,
    pub item: ItemId,
    pub before: Condition,
    pub after: Condition,
    pub note: Option<Text>,
    pub at: Moment,
}

/// How an item came to be lost, retired, or in service again.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LifecycleChange {
    pub after: Lifecycle,
    pub reason: Option<Text>,
    pub at: Moment,
    pub staff: Option<crate::kernel::StaffId>,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum InventoryRefusal {
    #[error("There is nothing with the tag \"{0}\" here")]
    TagUnknown(Text),
    #[error("\"{0}\" cannot be a tag: letters, digits and - _ . / are, up to 32")]
    TagForm(Text),
    #[error("{tag} is the tag of {owner} already")]
    TagTaken { tag: AssetTag, owner: Text },
    #[error("Serial number {serial} is that of {tag} already")]
    SerialTaken { serial: Text, tag: AssetTag },
    #[error("{0} is a type whose things are counted, not tagged")]
    CountedType(Text),
    #[error("{0} is a type whose things carry tags")]
    TaggedType(Text),
    #[error("{0} is counted stock: it has no condition of its own")]
    CountedStock(AssetTag),
    #[error("A quantity is 1 to 100000, not {0}")]
    Quantity(i64),
    #[error("{tag}: {out} of them are out, so there cannot be only {wanted}")]
    BelowOut {
        tag: AssetTag,
        out: i64,
        wanted: i64,
    },
    #[error("\"{condition}\" needs a note that says what is wrong")]
    NoteMissing { condition: &'static str },
    #[error("Marking {tag} as {what} needs a reason")]
    ReasonMissing { tag: AssetTag, what: &'static str },
    #[error("{tag} is {state}")]
    NotInService { tag: AssetTag, state: &'static str },
    #[error("{0} is not lost")]
    NotLost(AssetTag),
    #[error("{0} is out; take it back first")]
    Out(AssetTag),
    #[error("{tag} has no open bench job")]
    NoJob { tag: AssetTag },
    #[error("{0} is a kit: only its components have things of their own")]
    KitType(Text),
    #[error("{name} has {owned} in stock, so it cannot be a kit")]
    KitWithStock { name: Text, owned: i64 },
    #[error("{tag} is {by} in that time")]
    Claimed { tag: AssetTag, by: &'static str },
    #[error("A block ends after it begins, after now and before 2100")]
    BlockWindow,
    #[error("{wanted} of {tag} cannot be blocked: there are {owned}")]
    BlockQuantity {
        tag: AssetTag,
        owned: i64,
        wanted: i64,
    },
    #[error("There is no block \"{0}\"")]
    BlockUnknown(Text),
    #[error("{0} is not blocked")]
    NotBlocked(AssetTag),
    #[error("{0} is blocked because it is under maintenance")]
    OnBench(AssetTag),
    #[error("{tag} is {condition}: only what is under maintenance is expected back")]
    NotOnBench {
        tag: AssetTag,
        condition: &'static str,
    },
    #[error("{tag} belongs into {case} already")]
    InCase { tag: AssetTag, case: AssetTag },
    #[error("{0} is a case itself, so it cannot lie in one")]
    CaseInCase(AssetTag),
    #[error("{0} belongs into no case")]
    NoCase(AssetTag),
    #[error(transparent)]
    Catalog(#[from] crate::catalog::CatalogRefusal),
}

impl Refusal for InventoryRefusal {
    fn hint(&self) -> String {
        use InventoryRefusal::*;
        match self {
            TagUnknown(_) => {
                "check the label, or add the item: Ctrl+O new item (rentdesk item add)".to_owned()
            }
            TagForm(_) => "for example CAM-0012".to_owned(),
            TagTaken { .. } => "use another tag".to_owned(),
            SerialTaken { .. } => "check both labels".to_owned(),
            CountedType(_) => {
                "change its count: :count on Gear (rentdesk type edit --quantity)".to_owned()
            }
            TaggedType(_) => "add one: Ctrl+O new item (rentdesk item add)".to_owned(),
            CountedStock(_) => {
                "lower its count instead: :count on Gear (rentdesk type edit --quantity)".to_owned()
            }
            Quantity(_) => "give the number of pieces".to_owned(),
            BelowOut { .. } => "take some back first".to_owned(),
            NoteMissing { .. } => "say what is wrong (--note)".to_owned(),
            ReasonMissing { .. } => "say why (--reason)".to_owned(),
            NotInService { state, tag } if *state == "lost" => {
                format!("if it is here again: F3 and scan it (rentdesk item found {tag})")
            }
            NotInService { .. } => {
                "a retired item stays retired; add it again if it really is back".to_owned()
            }
            NotLost(tag) => format!("F7 and scan it tells where it is (rentdesk item show {tag})"),
            Out(tag) => format!("F3 and scan it (rentdesk in {tag})"),
            NoJob { .. } => "report its condition first".to_owned(),
            KitType(name) => {
                format!("add to a component (rentdesk kit show \"{name}\" tells them)")
            }
            KitWithStock { .. } => "make a new type for the kit (rentdesk type add)".to_owned(),
            Claimed { tag, .. } => format!(
                "choose another item of its type; F7 and scan it tells where it is (rentdesk item show {tag})"
            ),
            BlockWindow => "give another start or end (--from, --to)".to_owned(),
            BlockQuantity { .. } => "give the number of pieces (--qty)".to_owned(),
            BlockUnknown(_) | NotBlocked(_) => "F8 lists what is (rentdesk item blocks)".to_owned(),
            OnBench(tag) => {
                format!("once it works again: F8 and scan it (rentdesk item condition {tag} good)")
            }
            NotOnBench { tag, .. } => {
                format!("report it first with ! (rentdesk item condition {tag} maintenance)")
            }
            InCase { case, .. } => {
                format!("say anew what belongs into that one (rentdesk item case {case})")
            }
            CaseInCase(_) => "name what lies in it instead".to_owned(),
            NoCase(_) => "put it into one (rentdesk item case CASE TAG)".to_owned(),
            Catalog(refusal) => refusal.hint(),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            InventoryRefusal::Catalog(refusal) => refusal.kind(),
            _ => "stock",
        }
    }

    fn not_found(&self) -> bool {
        match self {
            InventoryRefusal::Catalog(refusal) => refusal.not_found(),
            _ => matches!(
                self,
                InventoryRefusal::TagUnknown(_) | InventoryRefusal::BlockUnknown(_)
            ),
        }
    }

    fn sought(&self) -> Option<Sought> {
        match self {
            InventoryRefusal::TagUnknown(text) => Some(Sought::Item(text.clone())),
            InventoryRefusal::Catalog(refusal) => refusal.sought(),
            _ => None,
        }
    }
}

impl Stock {
    pub fn type_id(&self) -> TypeId {
        match self {
            Stock::Item(item) => item.type_id,
            Stock::Bulk(bulk) => bulk.type_id,
        }
    }

    pub fn tag(&self) -> &AssetTag {
        match self {
            Stock::Item(item) => &item.tag,
            Stock::Bulk(bulk) => &bulk.tag,
        }
    }
}

impl Item {
    /// The one word shown for it: retired > lost > out > under maintenance > unusable > in.
    pub fn state(&self) -> &'static str {
        match (self.lifecycle, self.out, self.condition) {
            (Lifecycle::Retired, ..) => "RETIRED",
            (Lifecycle::Lost, ..) => "LOST",
            (_, true, _) => "OUT",
            (_, _, Condition::UnderMaintenance) => "UNDER_MAINTENANCE",
            (_, _, Condition::Unusable) => "UNUSABLE",
            _ => "IN",
        }
    }

    /// Whether it could be handed over right now.
    pub fn can_leave(&self) -> bool {
        self.state() == "IN"
    }
}
