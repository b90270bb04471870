//! Where the counter is, and what a screen shows: plain data, made from the shop by a screen and
//! drawn without it.

use crate::desk::{Asked, BarKey};
use crate::kernel::{CustomerId, InvoiceId, ItemId, LineId, RentalId, ReservationId, TypeId};

/// The screens there are.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum PlaceKind {
    Desk,
    CheckOut,
    CheckIn,
    Customers,
    Customer,
    Gear,
    Item,
    Bench,
    Plan,
    History,
    Reservation,
    Reserve,
    Reports,
    /// The rows behind a bar.
    Behind,
    Invoices,
    Invoice,
    Backups,
    Log,
    Scanner,
    Keys,
}

/// A screen, and what it is about.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Place {
    Desk,
    CheckOut,
    CheckIn,
    Customers,
    Customer(CustomerId),
    /// All types, or one and its items.
    Gear(Option<TypeId>),
    Item(ItemId),
    Bench,
    Plan,
    /// What was asked for last.
    History(String),
    Reservation(ReservationId),
    /// The reservation that is being written.
    Reserve,
    Reports(Asked),
    /// The rows behind a bar of a report, and what it is called.
    Behind(Asked, BarKey, String),
    /// All invoices, or those of a customer.
    Invoices(Option<CustomerId>),
    Invoice(InvoiceId),
    /// The copies of the shop's file.
    Backups,
    Log,
    Scanner,
    Keys,
}

impl Place {
    pub fn kind(&self) -> PlaceKind {
        match self {
            Place::Desk => PlaceKind::Desk,
            Place::CheckOut => PlaceKind::CheckOut,
            Place::CheckIn => PlaceKind::CheckIn,
            Place::Customers => PlaceKind::Customers,
            Place::Customer(_) => PlaceKind::Customer,
            Place::Gear(_) => PlaceKind::Gear,
            Place::Item(_) => PlaceKind::Item,
            Place::Bench => PlaceKind::Bench,
            Place::Plan => PlaceKind::Plan,
            Place::History(_) => PlaceKind::History,
            Place::Reservation(_) => PlaceKind::Reservation,
            Place::Reserve => PlaceKind::Reserve,
            Place::Reports(_) => PlaceKind::Reports,
            Place::Behind(..) => PlaceKind::Behind,
            Place::Invoices(_) => PlaceKind::Invoices,
            Place::Invoice(_) => PlaceKind::Invoice,
            Place::Backups => PlaceKind::Backups,
            Place::Log => PlaceKind::Log,
            Place::Scanner => PlaceKind::Scanner,
            Place::Keys => PlaceKind::Keys,
        }
    }

    /// Whether what is typed narrows the list as it is typed.
    pub fn filters(&self) -> bool {
        matches!(
            self,
            Place::Customers
                | Place::Gear(_)
                | Place::Plan
                | Place::History(_)
                | Place::Invoices(_)
        )
    }
}

/// What a row stands for: what Enter opens, what a verb acts on.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum RowKey {
    Draft(i64),
    /// A reservation that was begun and not saved.
    Unsaved(i64),
    /// A line of the reservation that is being written; part 0 is the line itself, the others stand
    /// under it.
    Wanted {
        line: usize,
        part: usize,
    },
    /// How firm it will be.
    Firmness,
    /// A line of a reservation.
    Line(LineId),
    Consumer(String),
    Reservation(ReservationId),
    Customer(CustomerId),
    Type(TypeId),
    Item(ItemId),
    Rental(RentalId),
    /// A thing in hand, by its place.
    InHand(usize),
    Invoice(InvoiceId),
    /// A copy of the shop's file.
    Backup(std::path::PathBuf),
    /// What a return leaves to be settled on a reservation; place 0 is how its money stands, the
    /// others are proposals.
    ToSettle(ReservationId, usize),
    /// An entry of the history.
    Entry(i64),
    NewCustomer(String),
    NewItem(String),
    /// A bar of a report, by its place.
    Bar(usize),
    /// A line of a chart, or of words below it.
    Chart(usize),
    /// Only to be read.
    Words(usize),
}

impl RowKey {
    /// Whether the selection may rest on it: not on what stands under a line, or over all of them.
    pub fn is_part(&self) -> bool {
        matches!(self, RowKey::Chart(_)) || matches!(self, RowKey::Wanted { part, .. } if *part > 0)
    }
}

/// How a row stands out: always by a word in it, colour only repeats it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Tone {
    #[default]
    Plain,
    Out,
    Attention,
    Bad,
    Bench,
    Past,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub key: RowKey,
    pub tone: Tone,
    pub cells: Vec<String>,
    /// Its first cell runs over all columns.
    pub wide: bool,
}

impl Row {
    pub fn new(key: RowKey, cells: impl IntoIterator<Item = String>) -> Self {
        Row {
            key,
            tone: Tone::Plain,
            cells: cells.into_iter().collect(),
            wide: false,
        }
    }

    /// Words that run over all columns.
    pub fn wide(key: RowKey, words: impl Into<String>) -> Self {
        Row {
            key,
            tone: Tone::Plain,
            cells: vec![words.into()],
            wide: true,
        }
    }

    pub fn toned(mut self, tone: Tone) -> Self {
        self.tone = tone;
        self
    }
}

/// A column: its least and its best width, and what is given up first (the highest number).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Column {
    pub least: usize,
    pub best: usize,
    pub gives_up: u8,
    pub right: bool,
}

pub const fn column(least: usize, best: usize, gives_up: u8) -> Column {
    Column {
        least,
        best,
        gives_up,
        right: false,
    }
}

pub const fn number_column(least: usize, best: usize, gives_up: u8) -> Column {
    Column {
        least,
        best,
        gives_up,
        right: true,
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Section {
    pub title: String,
    /// Titles over the columns from the second on, drawn into the rule; the section's own title
    /// stands over the first.
    pub titles: Vec<&'static str>,
    pub columns: Vec<Column>,
    pub rows: Vec<Row>,
    /// What stands there when no row does: one line and the key.
    pub empty: String,
    /// Rows beyond those that were read.
    pub more: usize,
    /// It is there whole, or not at all.
    pub whole: bool,
    /// Where room is short, it is the first to go.
    pub spare: bool,
}

impl Section {
    pub fn new(title: impl Into<String>, columns: &[Column]) -> Self {
        Section {
            title: title.into(),
            titles: Vec::new(),
            columns: columns.to_vec(),
            rows: Vec::new(),
            empty: String::new(),
            more: 0,
            whole: false,
            spare: false,
        }
    }

    pub fn titled(mut self, titles: &[&'static str]) -> Self {
        self.titles = titles.to_vec();
        self
    }

    pub fn whole(mut self) -> Self {
        self.whole = true;
        self
    }

    pub fn spare(mut self) -> Self {
        self.spare = true;
        self
    }

    pub fn rows(mut self, rows: Vec<Row>) -> Self {
        self.rows = rows;
        self
    }

    pub fn empty(mut self, words: impl Into<String>) -> Self {
        self.empty = words.into();
        self
    }
}

/// A whole screen, as data.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Page {
    pub title: String,
    pub label: String,
    /// The label stands out: a mode that stays until it is left.
    pub label_stands_out: bool,
    pub hint: String,
    /// Lines between the verdict and the lists.
    pub head: Vec<String>,
    pub sections: Vec<Section>,
    /// Drawn in place of the sections, which say the same in lines.
    pub grid: Option<super::grid::Grid>,
}

impl Page {
    pub fn keys(&self) -> Vec<RowKey> {
        self.sections
            .iter()
            .flat_map(|section| section.rows.iter().map(|row| row.key.clone()))
            .collect()
    }
}
