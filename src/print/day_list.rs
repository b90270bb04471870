//! The day's paper: what to take from which shelf, or what is to come back.

use super::document::{Column, Document, Heading, Piece, Section, Table, TableRow};
use super::walk::{natural, shelf_order};
use crate::kernel::Text;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DayKind {
    Pick,
    Returns,
}

#[derive(Clone, Debug)]
pub struct DayList {
    pub kind: DayKind,
    pub shop: Text,
    /// `Fri 21 Nov 2025`
    pub day: String,
    /// `Fri 08:02 Ana`
    pub printed: String,
    /// One for each reservation, in the order they are due.
    pub blocks: Vec<Block>,
    /// How many items each shelf gives, for one walk.
    pub shelves: Vec<(Text, i64)>,
    /// How many items no shelf gives: those that are short, and those that must come back first.
    pub short_items: i64,
    pub items_to_come: i64,
    /// What is short today, a line each.
    pub short: Vec<Text>,
    /// What must come back before it can go out, a line each.
    pub first_back: Vec<Text>,
}

#[derive(Clone, Default, Debug)]
pub struct Block {
    /// `R-1042`
    pub number: String,
    /// What the bars say: the number with only A–Z and 0–9, `R1042`.
    pub bars: String,
    /// When it goes out, or is due: `10:00`.
    pub time: String,
    pub customer: Text,
    pub phone: Option<Text>,
    /// The other end of it: `back Mon 24 Nov 10:00`.
    pub other_time: String,
    pub rows: Vec<Row>,
    /// What the counter should know: who may collect, a warning.
    pub notes: Vec<Text>,
}

#[derive(Clone, Default, Debug)]
pub struct Row {
    pub shelf: Option<Text>,
    pub quantity: i64,
    pub thing: Text,
    /// To pick: the items that would do. To come back: the items that are out.
    pub tags: Vec<Text>,
    /// Bulk stock: counted, without tags.
    pub counted: bool,
    pub note: Option<Text>,
    /// How many of the quantity are done already: their boxes are ticked.
    pub packed: i64,
    /// Only the tags named will do.
    pub pinned: bool,
    /// Which line it is, so that others can stand under it.
    pub line: Option<i64>,
    pub of: Option<Above>,
}

/// What a row belongs to: it stands under it.
#[derive(Clone, Debug)]
pub struct Above {
    pub line: i64,
    pub quantity: i64,
    pub name: Text,
}

/// More boxes than this are one box and a line for the count.
const BOXES_MAX: i64 = 8;

const SHORT: &str = "SHORT TODAY";
const FIRST_BACK: &str = "STILL TO COME BACK FIRST";

impl DayList {
    pub fn document(&self) -> Document {
        // A shop without shelves has the room for names.
        let has_shelves = self
            .blocks
            .iter()
            .flat_map(|block| &block.rows)
            .any(|row| row.shelf.is_some());
        let mut sections: Vec<Section> = self
            .blocks
            .iter()
            .map(|block| section(self.kind, block, has_shelves))
            .collect();
        if sections.is_empty() {
            let nothing = match self.kind {
                DayKind::Pick => "Nothing goes out on this day.",
                DayKind::Returns => "Nothing is due back on this day.",
            };
            sections.push(Section {
                foot: vec![vec![Piece::words(nothing)]],
                ..Section::default()
            });
        }
        sections.extend(self.last_sections());
        Document {
            shop: self.shop.clone(),
            title: Text::new(match self.kind {
                DayKind::Pick => "PICK LIST",
                DayKind::Returns => "RETURNS",
            }),
            subject: Text::new(&self.day),
            summary: Text::new(&self.summary()),
            printed: Text::new(&self.printed),
            sections,
        }
    }

    fn summary(&self) -> String {
        let items = self
            .blocks
            .iter()
            .flat_map(|block| &block.rows)
            .fold(0_i64, |items, row| items.saturating_add(row.quantity));
        let mut summary = format!(
            "{}, {}",
            counted(self.blocks.len() as i64, "reservation"),
            counted(items, "item")
        );
        if let Some(first) = self.blocks.first() {
            summary.push_str(match self.kind {
                DayKind::Pick => ", first at ",
                DayKind::Returns => ", first due ",
            });
            summary.push_str(&first.time);
        }
        summary
    }

    /// The shelves of the walk, and what the day lacks: they stand at the end, each kept together.
    fn last_sections(&self) -> Vec<Section> {
        let mut sections = Vec::new();
        if !self.shelves.is_empty() {
            let mut shelves = self.shelves.clone();
            shelves.sort_by(|one, other| natural(one.0.as_str(), other.0.as_str()));
            let totals = shelves
                .iter()
                .map(|(shelf, items)| Piece::whole(format!("{shelf}: {}", counted(*items, "item"))))
                .collect();
            let title = match self.kind {
                DayKind::Pick => "BY SHELF, FOR ONE WALK",
                DayKind::Returns => "BY SHELF, TO PUT AWAY",
            };
            let apart = [
                ("not there, short", self.short_items),
                ("not there, to come back first", self.items_to_come),
            ];
            let apart: Vec<Piece> = apart
                .into_iter()
                .filter(|(_, items)| *items > 0)
                .map(|(why, items)| Piece::whole(format!("{why}: {}", counted(items, "item"))))
                .collect();
            let foot = [totals, apart]
                .into_iter()
                .filter(|pieces: &Vec<Piece>| !pieces.is_empty())
                .collect();
            sections.push(Section {
                headings: vec![title_line(title)],
                foot,
                ..Section::default()
            });
        }
        for (title, lines) in [(SHORT, &self.short), (FIRST_BACK, &self.first_back)] {
            if !lines.is_empty() {
                let foot = lines
                    .iter()
                    .map(|line| vec![Piece::Words(line.clone())])
                    .collect();
                sections.push(Section {
                    headings: vec![title_line(title)],
                    foot,
                    ..Section::default()
                });
            }
        }
        if self.kind == DayKind::Pick {
            // Said, because a list without it could also be one that was not asked.
            let none = [(SHORT, &self.short), (FIRST_BACK, &self.first_back)]
                .into_iter()
                .filter(|(_, lines)| lines.is_empty());
            let line: Vec<Piece> = none
                .map(|(title, _)| Piece::whole(format!("{title}: none")))
                .collect();
            if !line.is_empty() {
                sections.push(Section {
                    headings: vec![Heading {
                        left: line,
                        ..Heading::default()
                    }],
                    ..Section::default()
                });
            }
        }
        sections
    }
}

fn title_line(title: &str) -> Heading {
    Heading {
        left: vec![Piece::words(title)],
        strong: true,
        ..Heading::default()
    }
}

/// Rows that are walked together: one by itself, or a kit's.
struct Group<'a> {
    head: Option<&'a Above>,
    rows: Vec<&'a Row>,
}

fn by_walk(one: &Row, other: &Row) -> std::cmp::Ordering {
    shelf_order(one.shelf.as_ref(), other.shelf.as_ref())
        .then_with(|| natural(one.thing.as_str(), other.thing.as_str()))
}

/// In the order of the walk; what belongs together stays so, and is met where its first part lies.
fn grouped(rows: &[Row]) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    for row in rows.iter().filter(|row| row.of.is_none()) {
        groups.push(Group {
            head: None,
            rows: vec![row],
        });
    }
    for row in rows {
        let Some(above) = &row.of else { continue };
        let holds = |group: &&mut Group<'_>| {
            group.head.is_some_and(|head| head.line == above.line)
                || group.rows[0].line == Some(above.line)
        };
        match groups.iter_mut().find(holds) {
            Some(group) => group.rows.push(row),
            None => groups.push(Group {
                head: Some(above),
                rows: vec![row],
            }),
        }
    }
    for group in &mut groups {
        // The gear itself stays above what goes along with it.
        let first = usize::from(group.head.is_none());
        group.rows[first..].sort_by(|one, other| by_walk(one, other));
    }
    groups.sort_by(|one, other| by_walk(one.rows[0], other.rows[0]));
    groups
}

fn section(kind: DayKind, block: &Block, has_shelves: bool) -> Section {
    let mut rows = Vec::new();
    for group in grouped(&block.rows) {
        if let Some(head) = group.head {
            rows.push(TableRow {
                cells: vec![
                    Vec::new(),
                    vec![Piece::whole(head.quantity.to_string())],
                    vec![Piece::words(format!("{}:", head.name))],
                ],
                continues: false,
            });
        }
        for row in group.rows {
            rows.extend(table_rows(kind, row));
        }
    }
    if !has_shelves {
        rows.iter_mut().for_each(|row| drop(row.cells.remove(0)));
    }
    let mut foot: Vec<Vec<Piece>> = block
        .notes
        .iter()
        .map(|note| vec![Piece::words(format!("! {note}"))])
        .collect();
    let (done, checked) = match kind {
        DayKind::Pick => ("packed by", "checked"),
        DayKind::Returns => ("in by", "put away"),
    };
    foot.push(vec![
        Piece::whole(done),
        Piece::Blank(10),
        Piece::whole(checked),
        Piece::Blank(10),
    ]);
    Section {
        bars: Some(block.bars.clone()),
        headings: vec![
            Heading {
                left: vec![
                    Piece::whole(&block.time),
                    Piece::whole(&block.number),
                    Piece::Words(block.customer.clone()),
                ],
                right: Vec::new(),
                strong: true,
            },
            Heading {
                left: block.phone.iter().cloned().map(Piece::Whole).collect(),
                right: vec![Piece::whole(&block.other_time)],
                strong: false,
            },
        ],
        table: Some(Table {
            columns: columns(kind, has_shelves),
            rows,
        }),
        foot,
    }
}

fn columns(kind: DayKind, has_shelves: bool) -> Vec<Column> {
    let mut columns = vec![
        Column::new("shelf", 6),
        Column::new("qty", 4).to_the_right(),
        Column::new("what", 28),
    ];
    match kind {
        DayKind::Pick => {
            columns.push(Column::new("take one of", 23).giving_way());
            columns.push(Column::new("packed", 15).giving_way());
        }
        DayKind::Returns => columns.push(Column::new("back", 38).giving_way()),
    }
    if !has_shelves {
        columns.remove(0);
    }
    columns
}

/// What is taken, and below it what is to be known of it. A long list of what lies in its box is on
/// the checklist; here it takes one line.
fn table_rows(kind: DayKind, row: &Row) -> Vec<TableRow> {
    let thing = if row.of.is_some() {
        Piece::words(format!("+ {}", row.thing))
    } else {
        Piece::Words(row.thing.clone())
    };
    let mut cells = vec![
        row.shelf.iter().cloned().map(Piece::Whole).collect(),
        vec![Piece::whole(row.quantity.to_string())],
        vec![thing],
    ];
    match kind {
        DayKind::Pick => {
            cells.push(candidates(row));
            cells.push(boxes(row));
        }
        DayKind::Returns if row.counted || row.tags.is_empty() => cells.push(boxes(row)),
        DayKind::Returns => {
            let back = usize::try_from(row.packed).unwrap_or(0);
            cells.push(
                row.tags
                    .iter()
                    .enumerate()
                    .map(|(place, tag)| Piece::tick(place < back, tag.as_str()))
                    .collect(),
            );
        }
    }
    let mut rows = vec![TableRow {
        cells,
        continues: false,
    }];
    if let Some(note) = &row.note {
        rows.push(TableRow {
            cells: vec![
                Vec::new(),
                Vec::new(),
                vec![Piece::words(shortened(note.as_str()))],
            ],
            continues: true,
        });
    }
    rows
}

/// `+ charger, strap, and 7 more`: as many of a list's parts as one line holds.
fn shortened(note: &str) -> String {
    const LETTERS_MAX: usize = 48;
    let parts: Vec<&str> = note.split(", ").collect();
    let mut shown = 0;
    let mut letters = 0;
    for part in &parts {
        letters += part.chars().count() + 2;
        if letters > LETTERS_MAX {
            break;
        }
        shown += 1;
    }
    if shown == parts.len() || !note.starts_with('+') {
        return note.to_owned();
    }
    let shown = shown.max(1);
    format!(
        "{}, and {} more",
        parts[..shown].join(", "),
        parts.len() - shown
    )
}

fn candidates(row: &Row) -> Vec<Piece> {
    if row.counted {
        return vec![Piece::whole("(count)")];
    }
    let mut cell: Vec<Piece> = row.tags.iter().cloned().map(Piece::Whole).collect();
    if let (true, Some(first), Some(tag)) = (row.pinned, cell.first_mut(), row.tags.first()) {
        *first = Piece::whole(format!("only {tag}"));
    }
    if cell.is_empty() {
        vec![Piece::whole("-")]
    } else {
        cell
    }
}

/// A box for each, the first ones ticked; many of them are one box and the count.
fn boxes(row: &Row) -> Vec<Piece> {
    if row.quantity > BOXES_MAX {
        let done = row.packed >= row.quantity;
        return vec![Piece::tick(
            done,
            if done {
                row.quantity.to_string()
            } else {
                format!("____/{}", row.quantity)
            },
        )];
    }
    (0..row.quantity)
        .map(|place| Piece::tick(place < row.packed, ""))
        .collect()
}

/// `1 item`, `31 items`
fn counted(number: i64, one: &str) -> String {
    if number == 1 {
        format!("1 {one}")
    } else {
        format!("{number} {one}s")
    }
}
