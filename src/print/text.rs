//! A document as plain text: for `lp`, a terminal, a mail. 80 columns as it is meant, fewer where
//! the paper is narrow.

use super::document::{Document, Piece, Section};
use super::flow::{Line, Mark, Measure, fill, heading, table};
use crate::kernel::text::width as columns_of;

const WIDTH_MIN: usize = 24;
/// Narrower paper gets no frame, and its tables put cells below their rows.
const NARROW: usize = 60;

/// The document in lines of at most `width` columns, every line ended. It holds no control
/// characters but those line ends.
pub fn text(document: &Document, width: usize) -> String {
    let mut page = Page {
        width: width.max(WIDTH_MIN),
        lines: Vec::new(),
    };
    page.head(document);
    for section in &document.sections {
        page.section(section);
    }
    page.rule();
    page.lines
        .iter()
        .flat_map(|line| [line.as_str(), "\n"])
        .collect()
}

struct Page {
    width: usize,
    lines: Vec<String>,
}

impl Page {
    fn narrow(&self) -> bool {
        self.width < NARROW
    }

    fn inner(&self) -> f32 {
        (if self.narrow() {
            self.width
        } else {
            self.width - 4
        }) as f32
    }

    fn rule(&mut self) {
        self.lines.push(if self.narrow() {
            "-".repeat(self.width)
        } else {
            format!("+{}+", "-".repeat(self.width - 2))
        });
    }

    fn put(&mut self, set: impl IntoIterator<Item = Line>) {
        for line in set {
            let shown = drawn(&line);
            let framed = if self.narrow() {
                shown
            } else {
                format!(
                    "| {shown}{} |",
                    " ".repeat((self.width - 4).saturating_sub(columns_of(&shown)))
                )
            };
            self.lines.push(framed);
        }
    }

    fn put_heading(&mut self, left: &[Piece], right: &[Piece]) {
        let inner = self.inner();
        let set = measured(|measure| heading(left, right, inner, measure));
        self.put(set);
    }

    fn head(&mut self, document: &Document) {
        self.rule();
        let title = [
            Piece::Words(document.title.clone()),
            Piece::Words(document.subject.clone()),
        ];
        self.put_heading(&[Piece::Words(document.shop.clone())], &title);
        self.put_heading(
            &[Piece::Words(document.summary.clone())],
            &[Piece::words(format!("printed {}", document.printed))],
        );
    }

    fn section(&mut self, section: &Section) {
        self.rule();
        let (inner, narrow) = (self.inner(), self.narrow());
        for line in &section.headings {
            self.put_heading(&line.left, &line.right);
        }
        if let Some(rows) = section
            .table
            .as_ref()
            .filter(|table| !table.rows.is_empty())
        {
            let set = measured(|measure| table(rows, inner - 1.0, narrow, measure));
            let lines = set
                .titles
                .into_iter()
                .chain(set.rows.into_iter().flat_map(|row| row.lines));
            self.put(lines.map(|line| line.shifted(1.0)));
        }
        for line in &section.foot {
            let set = measured(|measure| fill(line, inner - 1.0, measure));
            self.put(set.into_iter().map(|line| line.shifted(1.0)));
        }
    }
}

fn measured<T>(set: impl FnOnce(&mut Measure<'_>) -> T) -> T {
    set(&mut Measure {
        words: &mut |words| columns_of(words) as f32,
        space: 1.0,
        tick: 3.0,
        letter: 1.0,
        gap: 1.0,
        whole_columns: true,
    })
}

fn drawn(line: &Line) -> String {
    let mut shown = String::new();
    for placed in &line.placed {
        let missing = (placed.x as usize).saturating_sub(columns_of(&shown));
        shown.extend(std::iter::repeat_n(' ', missing));
        match &placed.mark {
            Mark::Words(words) => shown.push_str(words),
            Mark::Tick(ticked) => shown.push_str(if *ticked { "[x]" } else { "[ ]" }),
            Mark::Blank => shown.extend(std::iter::repeat_n('_', placed.width as usize)),
        }
    }
    shown
}
