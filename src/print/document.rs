//! What a paper says, before anybody decides where it stands: sections, tables, boxes to tick. Both
//! renderers read it.

use crate::kernel::Text;

/// One paper. Its head stands on every page.
#[derive(Clone, Default, Debug)]
pub struct Document {
    pub shop: Text,
    /// `PICK LIST`
    pub title: Text,
    /// What the title is about: the day, the reservation.
    pub subject: Text,
    /// `4 reservations, 31 items, first at 10:00`
    pub summary: Text,
    /// When and by whom: `Fri 08:02 Ana`.
    pub printed: Text,
    pub sections: Vec<Section>,
}

/// What belongs together: it begins on a new page where it would fit on one, but not on what is
/// left of this one.
#[derive(Clone, Default, Debug)]
pub struct Section {
    /// What the bars at its top right say; plain text has none.
    pub bars: Option<String>,
    pub headings: Vec<Heading>,
    pub table: Option<Table>,
    /// Lines below the table.
    pub foot: Vec<Vec<Piece>>,
}

#[derive(Clone, Default, Debug)]
pub struct Heading {
    pub left: Vec<Piece>,
    pub right: Vec<Piece>,
    /// In larger letters.
    pub strong: bool,
}

#[derive(Clone, Default, Debug)]
pub struct Table {
    pub columns: Vec<Column>,
    pub rows: Vec<TableRow>,
}

#[derive(Clone, Debug)]
pub struct Column {
    pub title: Text,
    /// How much of the width it gets, beside the other columns.
    pub share: usize,
    pub align: Align,
    /// On narrow paper its cells stand below the row instead of beside the others.
    pub gives_way: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Align {
    Left,
    Right,
}

#[derive(Clone, Default, Debug)]
pub struct TableRow {
    /// One for each column, in their order; what is missing is empty.
    pub cells: Vec<Vec<Piece>>,
    /// A continuation of the row above: no line between them, and no page. Its last cell runs on
    /// over the columns that it leaves out.
    pub continues: bool,
}

/// The smallest thing that is set on paper.
#[derive(Clone, Debug)]
pub enum Piece {
    /// May be broken between words.
    Words(Text),
    /// Is never broken: a tag, a number with its unit.
    Whole(Text),
    /// A box to tick, with what it stands for.
    Tick { ticked: bool, label: Text },
    /// A line to write on, so many letters long.
    Blank(usize),
}

impl Piece {
    pub fn words(text: impl AsRef<str>) -> Self {
        Piece::Words(Text::new(text.as_ref()))
    }

    pub fn whole(text: impl AsRef<str>) -> Self {
        Piece::Whole(Text::new(text.as_ref()))
    }

    pub fn tick(ticked: bool, label: impl AsRef<str>) -> Self {
        Piece::Tick {
            ticked,
            label: Text::new(label.as_ref()),
        }
    }
}

impl Column {
    pub fn new(title: &str, share: usize) -> Self {
        Column {
            title: Text::new(title),
            share,
            align: Align::Left,
            gives_way: false,
        }
    }

    /// For numbers.
    pub fn to_the_right(self) -> Self {
        Column {
            align: Align::Right,
            ..self
        }
    }

    pub fn giving_way(self) -> Self {
        Column {
            gives_way: true,
            ..self
        }
    }
}

impl Table {
    /// The columns' widths where `width` is there for them and `gap` stands between two.
    pub(super) fn widths(&self, width: f32, gap: f32) -> Vec<f32> {
        let shares: usize = self.columns.iter().map(|column| column.share).sum();
        let room = (width - gap * self.columns.len().saturating_sub(1) as f32).max(0.0);
        self.columns
            .iter()
            .map(|column| room * column.share as f32 / shares.max(1) as f32)
            .collect()
    }
}

impl Document {
    /// The seal of the newest event, at the end of the paper: a file that is put back, or written
    /// anew, betrays itself.
    pub fn with_seal(mut self, seal: &str) -> Self {
        self.sections.push(Section {
            foot: vec![vec![Piece::words(format!(
                "seal {seal}   (rentdesk check --seal compares it with the file)"
            ))]],
            ..Section::default()
        });
        self
    }

    /// Every text that is set, for the search for a font that knows its letters.
    pub(super) fn texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = [
            &self.shop,
            &self.title,
            &self.subject,
            &self.summary,
            &self.printed,
        ]
        .iter()
        .map(|text| text.as_str())
        .collect();
        for section in &self.sections {
            let headings = section
                .headings
                .iter()
                .flat_map(|heading| heading.left.iter().chain(&heading.right));
            let cells = section
                .table
                .iter()
                .flat_map(|table| table.rows.iter())
                .flat_map(|row| row.cells.iter().flatten());
            let titles = section
                .table
                .iter()
                .flat_map(|table| table.columns.iter())
                .map(|column| column.title.as_str());
            texts.extend(titles);
            texts.extend(
                headings
                    .chain(cells)
                    .chain(section.foot.iter().flatten())
                    .filter_map(Piece::text),
            );
        }
        texts
    }
}

impl Piece {
    fn text(&self) -> Option<&str> {
        match self {
            Piece::Words(text) | Piece::Whole(text) | Piece::Tick { label: text, .. } => {
                Some(text.as_str())
            }
            Piece::Blank(_) => None,
        }
    }
}
