//! The checklist of one reservation: it goes into the case, is ticked when the gear leaves and
//! again when it is back.

use super::document::{Column, Document, Heading, Piece, Section, Table, TableRow};
use crate::kernel::Text;

#[derive(Clone, Default, Debug)]
pub struct Checklist {
    pub shop: Text,
    /// `R-1042`
    pub number: String,
    /// What the bars say: the number with only A–Z and 0–9.
    pub bars: String,
    pub customer: Text,
    /// `Fri 21 Nov 10:44`
    pub out: String,
    /// `Mon 24 Nov 10:00`
    pub back: String,
    pub rows: Vec<CheckRow>,
    /// What the customer should know, a line each.
    pub foot: Vec<Text>,
    /// `Fri 08:02 Ana`
    pub printed: String,
}

#[derive(Clone, Default, Debug)]
pub struct CheckRow {
    /// The item's tag, or bulk stock's code.
    pub tag: Text,
    pub thing: Text,
    pub serial: Option<Text>,
    pub quantity: i64,
    /// What belongs into it and is counted with it.
    pub contents: Vec<Text>,
    pub out_ok: bool,
    pub back_ok: bool,
    pub wrong: Option<Text>,
}

impl Checklist {
    pub fn document(&self) -> Document {
        let items = self
            .rows
            .iter()
            .fold(0_i64, |items, row| items.saturating_add(row.quantity));
        let columns = vec![
            Column::new("tag", 14),
            Column::new("thing", 21),
            Column::new("serial", 10).giving_way(),
            Column::new("OUT ok", 10).giving_way(),
            Column::new("BACK ok", 10).giving_way(),
            Column::new("what is wrong", 16).giving_way(),
        ];
        let reservation = Section {
            bars: Some(self.bars.clone()),
            headings: vec![
                Heading {
                    left: vec![
                        Piece::whole(&self.number),
                        Piece::Words(self.customer.clone()),
                    ],
                    right: Vec::new(),
                    strong: true,
                },
                Heading {
                    left: vec![
                        Piece::whole(format!("out {}", self.out)),
                        Piece::whole(format!("back {}", self.back)),
                    ],
                    ..Heading::default()
                },
            ],
            table: Some(Table {
                columns,
                rows: self.rows.iter().flat_map(table_rows).collect(),
            }),
            foot: self
                .foot
                .iter()
                .map(|line| vec![Piece::Words(line.clone())])
                .collect(),
        };
        Document {
            shop: self.shop.clone(),
            title: Text::new("CHECKLIST"),
            subject: Text::new(&self.number),
            summary: Text::new(&if items == 1 {
                "1 item".to_owned()
            } else {
                format!("{items} items")
            }),
            printed: Text::new(&self.printed),
            sections: vec![reservation],
        }
    }
}

/// The thing itself and, below it, what belongs into it.
fn table_rows(row: &CheckRow) -> Vec<TableRow> {
    let several = row.quantity != 1;
    let thing = if several {
        Piece::words(format!("{} x {}", row.thing, row.quantity))
    } else {
        Piece::Words(row.thing.clone())
    };
    let wrong = row.wrong.clone().map_or(Piece::Blank(14), Piece::Words);
    let cells = vec![
        vec![Piece::Whole(row.tag.clone())],
        vec![thing],
        row.serial.iter().cloned().map(Piece::Words).collect(),
        vec![tick(row.out_ok, row.quantity, several)],
        vec![tick(row.back_ok, row.quantity, several)],
        vec![wrong],
    ];
    let mut rows = vec![TableRow {
        cells,
        continues: false,
    }];
    if !row.contents.is_empty() {
        let contents = row
            .contents
            .iter()
            .map(Text::as_str)
            .collect::<Vec<_>>()
            .join(", ");
        let all = row.contents.len() as i64;
        let cells = vec![
            Vec::new(),
            vec![Piece::words(contents)],
            Vec::new(),
            vec![count(row.out_ok, all)],
            vec![count(row.back_ok, all)],
            Vec::new(),
        ];
        rows.push(TableRow {
            cells,
            continues: true,
        });
    }
    rows
}

fn tick(done: bool, quantity: i64, several: bool) -> Piece {
    match (several, done) {
        (false, _) => Piece::tick(done, ""),
        (true, true) => Piece::tick(true, quantity.to_string()),
        (true, false) => Piece::tick(false, format!("__/{quantity}")),
    }
}

fn count(done: bool, all: i64) -> Piece {
    Piece::whole(if done {
        format!("{all}/{all}")
    } else {
        format!("__/{all}")
    })
}
