//! Setting pieces into lines, and cells into rows: the same for a page and for plain text, which
//! differ only in how they measure.

use super::document::{Align, Piece, Table};
use unicode_segmentation::UnicodeSegmentation;

/// How wide things are, in the renderer's own unit (millimetres, or columns of a terminal).
pub(super) struct Measure<'m> {
    pub words: &'m mut dyn FnMut(&str) -> f32,
    pub space: f32,
    pub tick: f32,
    /// One letter of a line to write on.
    pub letter: f32,
    /// Between two columns of a table.
    pub gap: f32,
    /// Columns of a terminal are whole.
    pub whole_columns: bool,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Mark {
    Words(String),
    Tick(bool),
    Blank,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) struct Placed {
    pub x: f32,
    pub width: f32,
    pub mark: Mark,
}

#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Line {
    pub placed: Vec<Placed>,
}

impl Line {
    pub fn width(&self) -> f32 {
        self.placed.last().map_or(0.0, |last| last.x + last.width)
    }

    pub fn shifted(mut self, by: f32) -> Self {
        for placed in &mut self.placed {
            placed.x += by;
        }
        self
    }
}

/// The lines of a table's row, and whether they belong to the row above.
pub(super) struct SetRow {
    pub lines: Vec<Line>,
    pub continues: bool,
}

pub(super) struct SetTable {
    pub titles: Vec<Line>,
    pub rows: Vec<SetRow>,
}

/// How far a hard break looks ahead: no line of paper holds more letters.
const LETTERS_AHEAD: usize = 256;
/// Sums of widths are rounded.
const SLACK: f32 = 0.01;

/// `pieces` one after the other in lines of `width`. What must stay whole stays whole unless it is
/// wider than a line itself.
pub(super) fn fill(pieces: &[Piece], width: f32, measure: &mut Measure<'_>) -> Vec<Line> {
    let mut filler = Filler {
        width,
        lines: Vec::new(),
        line: Line::default(),
        bare_tick_before: false,
        measure,
    };
    for piece in pieces {
        match piece {
            Piece::Words(text) => filler.words(text.as_str()),
            Piece::Whole(text) => filler.whole(text.as_str()),
            Piece::Tick { ticked, label } => filler.tick(*ticked, label.as_str()),
            Piece::Blank(letters) => filler.blank(*letters),
        }
    }
    filler.finish()
}

struct Filler<'f, 'm> {
    width: f32,
    lines: Vec<Line>,
    line: Line,
    /// Boxes without a label stand closer together than other pieces.
    bare_tick_before: bool,
    measure: &'f mut Measure<'m>,
}

impl Filler<'_, '_> {
    fn end_line(&mut self) {
        if !self.line.placed.is_empty() {
            self.lines.push(std::mem::take(&mut self.line));
        }
    }

    /// Where something so wide goes: on this line behind the gap, or at the start of the next.
    fn room(&mut self, width: f32, gap: f32) -> f32 {
        if self.line.placed.is_empty() {
            return 0.0;
        }
        let x = self.line.width() + gap;
        if x + width <= self.width + SLACK {
            return x;
        }
        self.end_line();
        0.0
    }

    fn put(&mut self, mark: Mark, width: f32, gap: f32) {
        let x = self.room(width, gap);
        self.line.placed.push(Placed { x, width, mark });
    }

    fn words(&mut self, text: &str) {
        let mut gap = 2.0 * self.measure.space;
        let mut begun = None;
        for word in unbroken(text) {
            for (number, part) in self.parts(&word).into_iter().enumerate() {
                if number > 0 {
                    self.end_line();
                }
                self.bare_tick_before = false;
                let wide = (self.measure.words)(&part);
                let x = self.room(wide, gap);
                // A word behind one of the same piece joins it: they are set, and may be read out,
                // as one.
                match self.line.placed.last_mut() {
                    Some(Placed {
                        mark: Mark::Words(before),
                        width,
                        x: from,
                    }) if begun == Some(self.lines.len()) => {
                        before.push(' ');
                        before.push_str(&part);
                        *width = x + wide - *from;
                    }
                    _ => self.line.placed.push(Placed {
                        x,
                        width: wide,
                        mark: Mark::Words(part),
                    }),
                }
                begun = Some(self.lines.len());
                gap = self.measure.space;
            }
        }
    }

    fn whole(&mut self, text: &str) {
        let wide = (self.measure.words)(text);
        if wide > self.width + SLACK {
            self.words(text);
        } else if !text.is_empty() {
            self.put(Mark::Words(text.to_owned()), wide, 2.0 * self.measure.space);
            self.bare_tick_before = false;
        }
    }

    fn tick(&mut self, ticked: bool, label: &str) {
        let tick = self.measure.tick;
        let bare = label.is_empty();
        let gap = if bare && self.bare_tick_before {
            1.0
        } else {
            2.0
        } * self.measure.space;
        if bare {
            self.put(Mark::Tick(ticked), tick, gap);
        } else {
            let (space, wide) = (self.measure.space, (self.measure.words)(label));
            let x = self.room(tick + space + wide, gap);
            self.line.placed.push(Placed {
                x,
                width: tick,
                mark: Mark::Tick(ticked),
            });
            if x + tick + space + wide <= self.width + SLACK {
                self.line.placed.push(Placed {
                    x: x + tick + space,
                    width: wide,
                    mark: Mark::Words(label.to_owned()),
                });
            } else {
                self.words(label);
            }
        }
        self.bare_tick_before = bare;
    }

    fn blank(&mut self, letters: usize) {
        let wide = (letters as f32 * self.measure.letter).min(self.width.max(0.0));
        self.put(Mark::Blank, wide, self.measure.space);
        self.bare_tick_before = false;
    }

    /// A word wider than a line, in pieces that fit: never inside a letter with its marks, and at
    /// least one letter each.
    fn parts(&mut self, word: &str) -> Vec<String> {
        if (self.measure.words)(word) <= self.width + SLACK {
            return vec![word.to_owned()];
        }
        let letters: Vec<&str> = word.graphemes(true).collect();
        let mut rest = letters.as_slice();
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (mut fits, mut too_many) = (1, rest.len().min(LETTERS_AHEAD) + 1);
            while fits + 1 < too_many {
                let tried = fits.midpoint(too_many);
                if (self.measure.words)(&rest.iter().take(tried).copied().collect::<String>())
                    <= self.width + SLACK
                {
                    fits = tried;
                } else {
                    too_many = tried;
                }
            }
            let (part, after) = rest.split_at(fits);
            parts.push(part.concat());
            rest = after;
        }
        parts
    }

    fn finish(mut self) -> Vec<Line> {
        self.end_line();
        self.lines
    }
}

/// The words of a text, an amount in thousands (`1 393.41`) as one: broken, it would read as
/// another.
fn unbroken(text: &str) -> Vec<String> {
    let is_group = |word: &str| word.bytes().take_while(u8::is_ascii_digit).count() == 3;
    let may_go_on = |word: &str| {
        let digits = word
            .rsplit(' ')
            .next()
            .unwrap_or_default()
            .trim_start_matches(['-', '+', '(']);
        (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
    };
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match words.last_mut() {
            Some(before) if is_group(word) && may_go_on(before) => {
                before.push(' ');
                before.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// `left` at the left and `right` at the right edge of its first line, or below it where that takes
/// fewer lines.
pub(super) fn heading(
    left: &[Piece],
    right: &[Piece],
    width: f32,
    measure: &mut Measure<'_>,
) -> Vec<Line> {
    let mut set_right = fill(right, width, measure);
    let taken = set_right.first().map_or(0.0, Line::width);
    let mut below = fill(left, width, measure);
    if set_right.len() == 1 {
        let mut beside = fill(
            left,
            (width - taken - 2.0 * measure.space).max(0.0),
            measure,
        );
        if beside.len() <= below.len() + 1 {
            beside.resize_with(beside.len().max(1), Line::default);
            if let (Some(line), Some(first)) = (set_right.pop(), beside.first_mut()) {
                first.placed.extend(line.shifted(width - taken).placed);
            }
            return beside;
        }
    }
    let to_the_right = |line: Line| {
        let by = (width - line.width()).max(0.0);
        line.shifted(by)
    };
    below.extend(set_right.into_iter().map(to_the_right));
    below
}

/// The table's rows in `width`. On narrow paper, and where a tag is wider than its column, a cell
/// stands below its row.
pub(super) fn table(
    table: &Table,
    width: f32,
    narrow: bool,
    measure: &mut Measure<'_>,
) -> SetTable {
    let beside: Vec<bool> = table
        .columns
        .iter()
        .map(|column| !(narrow && column.gives_way))
        .collect();
    let kept = Table {
        columns: table
            .columns
            .iter()
            .zip(&beside)
            .filter(|(_, beside)| **beside)
            .map(|(column, _)| column.clone())
            .collect(),
        rows: Vec::new(),
    };
    let mut widths = kept.widths(width, measure.gap);
    if measure.whole_columns {
        in_whole_columns(&mut widths, width, measure.gap);
    }
    // Where each column begins and how wide it is; `None` stands below.
    let mut x = 0.0;
    let mut kept_widths = widths.into_iter();
    let mut places: Vec<Option<(f32, f32)>> = Vec::new();
    for beside in &beside {
        let place = if *beside { kept_widths.next() } else { None };
        places.push(place.map(|wide| (x, wide)));
        x += place.map_or(0.0, |wide| wide + measure.gap);
    }
    let mut titles = Vec::new();
    for (column, place) in table.columns.iter().zip(&places) {
        if let Some((x, wide)) = place {
            let cell = fill(&[Piece::Words(column.title.clone())], *wide, measure);
            merge(&mut titles, aligned(cell, column.align, *x, *wide));
        }
    }
    let mut rows = Vec::new();
    for row in &table.rows {
        let mut lines = Vec::new();
        let mut below = Vec::new();
        let runs_on = (row.continues && row.cells.len() < table.columns.len())
            .then(|| row.cells.len().saturating_sub(1));
        for (number, ((column, place), cell)) in table
            .columns
            .iter()
            .zip(&places)
            .zip(&row.cells)
            .enumerate()
        {
            let place = if runs_on == Some(number) {
                place.map(|(x, _)| (x, width - x))
            } else {
                *place
            };
            match place {
                Some((x, wide)) if widest_whole(cell, measure) <= wide + SLACK => {
                    let set = fill(cell, wide, measure);
                    merge(&mut lines, aligned(set, column.align, x, wide));
                }
                _ if cell.is_empty() => {}
                _ => {
                    let title = Piece::words(format!("{}:", column.title));
                    let cell: Vec<Piece> = (!row.continues)
                        .then_some(title)
                        .into_iter()
                        .chain(cell.iter().cloned())
                        .collect();
                    let indent = 2.0 * measure.space;
                    below.extend(
                        fill(&cell, width - indent, measure)
                            .into_iter()
                            .map(|line| line.shifted(indent)),
                    );
                }
            }
        }
        lines.extend(below);
        if lines.is_empty() {
            lines.push(Line::default());
        }
        rows.push(SetRow {
            lines,
            continues: row.continues,
        });
    }
    SetTable { titles, rows }
}

/// Rounded down, and what that leaves over is given to the widest.
fn in_whole_columns(widths: &mut [f32], width: f32, gap: f32) {
    for wide in widths.iter_mut() {
        *wide = wide.floor();
    }
    let used = widths.iter().sum::<f32>() + gap * widths.len().saturating_sub(1) as f32;
    if let Some(widest) = widths.iter_mut().max_by(|one, other| one.total_cmp(other)) {
        *widest += (width - used).max(0.0);
    }
}

fn widest_whole(cell: &[Piece], measure: &mut Measure<'_>) -> f32 {
    let mut widest = 0.0_f32;
    for piece in cell {
        widest = widest.max(match piece {
            Piece::Whole(text) => (measure.words)(text.as_str()),
            Piece::Tick { label, .. } if label.is_empty() => measure.tick,
            Piece::Tick { label, .. } => {
                measure.tick + measure.space + (measure.words)(label.as_str())
            }
            Piece::Words(_) | Piece::Blank(_) => 0.0,
        });
    }
    widest
}

fn aligned(lines: Vec<Line>, align: Align, x: f32, width: f32) -> Vec<Line> {
    let shift = |line: Line| {
        let by = match align {
            Align::Left => x,
            Align::Right => x + (width - line.width()).max(0.0),
        };
        line.shifted(by)
    };
    lines.into_iter().map(shift).collect()
}

/// A cell's lines beside those of the cells before it.
fn merge(lines: &mut Vec<Line>, cell: Vec<Line>) {
    if lines.len() < cell.len() {
        lines.resize_with(cell.len(), Line::default);
    }
    for (line, more) in lines.iter_mut().zip(cell) {
        line.placed.extend(more.placed);
    }
}
