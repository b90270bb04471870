//! The Plan as data: rows of types and items, columns of days, and where the cursor stands. Made
//! from the shop by its screen, drawn without it.

use super::place::RowKey;
use crate::kernel::{ReservationId, TypeId};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// How a cell stands out.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum CellTone {
    #[default]
    Plain,
    /// None is free.
    Zero,
    Short,
    Past,
    Out,
    Promised,
    Bench,
}

/// One day of one row: three columns, the letter or the last digit in the middle.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cell {
    pub letters: [char; 3],
    pub tone: CellTone,
}

/// One row of the grid.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct GridLine {
    pub key: RowKey,
    /// The type it is, or belongs to.
    pub type_id: TypeId,
    /// `+` closed, `-` open; None: a row below a type.
    pub sign: Option<char>,
    pub name: String,
    /// The name as it stands in its column.
    pub shown: String,
    pub own: String,
    pub low: String,
    pub is_short: bool,
    pub cells: Vec<Cell>,
}

/// The whole grid, as far as it is in sight.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grid {
    pub days: Vec<NaiveDate>,
    /// Each column is four hours of its day, not all of it.
    pub in_hours: bool,
    /// The cursor is on the headings.
    pub on_heading: bool,
    pub today: NaiveDate,
    pub lines: Vec<GridLine>,
    /// The cursor: a row and a day, both counted from what is in sight.
    pub row: usize,
    pub day: usize,
    /// The first type in sight, counted from the first of the list, and how many of its rows are
    /// above the sight.
    pub top: i64,
    pub skip: usize,
    /// How many rows the first type in sight has, its own included.
    pub top_height: usize,
    /// There are rows below.
    pub more: bool,
    pub name_width: usize,
    /// What the verdict line says of the cursor's cell.
    pub detail: String,
    /// The reservations in the cursor's cell, in words.
    pub here: Vec<(ReservationId, String)>,
    /// What stands there when no type does.
    pub empty: String,
}

/// The cursor is never further from the first row in sight.
pub const ROWS_MAX: usize = 300;

/// Where somebody is on the Plan; it outlives the screen, so that coming back finds it as it was.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct PlanState {
    /// The first day in sight; None: today.
    pub first: Option<NaiveDate>,
    /// The cursor's day; None: the first in sight.
    pub day: Option<NaiveDate>,
    /// The days in steps of four hours.
    pub in_hours: bool,
    /// The cursor's step of its day.
    pub step: usize,
    /// The cursor is on the headings, above the first row.
    pub on_heading: bool,
    pub row: usize,
    pub top: i64,
    pub skip: usize,
    pub open: BTreeSet<TypeId>,
    /// What was typed and taken with Enter.
    pub filter: String,
}

impl PlanState {
    /// Back to the first row, as a list that has become another one asks.
    pub fn to_top(&mut self) {
        (self.row, self.top, self.skip) = (0, 0, 0);
    }

    /// What the page made of it: nothing points outside what there is.
    pub fn settle(&mut self, grid: &Grid) {
        (self.row, self.top, self.skip) = (grid.row, grid.top, grid.skip);
    }
}

/// So many steps has a day, of so many hours each.
pub const STEPS: usize = 6;
pub const STEP_HOURS: u32 = 4;

/// The columns before the first day: mark, cursor, sign and a space, the name, OWN, LOW, a space.
pub const fn lead_width(name_width: usize) -> usize {
    4 + name_width + 4 + 4 + 1
}

/// How wide the names are, and how many days fit, three columns each. Three weeks in sight are
/// enough where names are cut: of a wider screen the names get one half, the days the other; and
/// what no day can use is the names' too.
pub fn layout(columns: usize) -> (usize, usize) {
    const NAME_MAX: usize = 60;
    let name = match columns {
        100.. => (23 + (columns - 100) / 2).min(NAME_MAX),
        80.. => 21,
        60.. => 17,
        _ => 11,
    };
    let room = columns.saturating_sub(lead_width(name));
    let days = (room / 3).max(1);
    (name + room.saturating_sub(3 * days), days)
}

/// Which headings a screen of this height has room for: months, weekdays; and the legend.
pub fn headings(rows: usize) -> (bool, bool, bool) {
    (rows >= 28, rows >= 10, rows >= 20)
}

/// How many rows of the grid a screen has room for.
pub fn room(columns: u16, rows: u16) -> usize {
    let roomy = columns >= 60 && rows >= 18;
    let above = if roomy || (rows > 12 && columns >= 40) {
        3
    } else {
        2
    };
    let below = usize::from(columns >= 80 && rows >= 24) + usize::from(roomy);
    let (months, weekdays, legend) = headings(rows as usize);
    (rows as usize)
        .saturating_sub(
            above + below + 1 + usize::from(months) + usize::from(weekdays) + usize::from(legend),
        )
        .max(1)
}
