//! Lists from other programs become the shop's records, all of a list or nothing of it.
//!
//! A list is read and checked before anything is written: `items`, `customers`, `rentals` and
//! `payments` make a plan of it, with a problem for every cell that cannot be taken. The plan is
//! then carried out in one transaction, in which a refusal is a problem of its row as well. One
//! problem takes everything back, unless the person says that such rows may be left out. A row that
//! the shop has already is skipped without a word, so that importing a list twice changes nothing.

use super::columns::{Columns, ListKind};
use super::sheet::{Sheet, SheetRow};
use super::{customers, items, payments, rentals};
use crate::booking;
use crate::kernel::{Declined, Failure, Fallible, Moment, Refusal, Settings, Stop, Text};
use crate::shop::Shop;
use crate::store::{BackupKind, Copied, Read, Write, log};
use anyhow::Context;
use serde::Serialize;
use std::collections::HashSet;

/// What a person says about an import.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct ImportOptions {
    /// The pairs of `--map COL=FIELD`.
    pub maps: Vec<(String, String)>,
    /// Reports what would happen and keeps nothing.
    pub dry_run: bool,
    /// Quantities become bulk stock instead of items with tags of their own.
    pub bulk: bool,
    /// Rows with problems are left out instead of stopping the import.
    pub skip_problems: bool,
}

/// What an import did, or would do.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct ImportReport {
    pub created: Created,
    /// Rows that were left out: those the shop has already, and those with problems.
    pub skipped: usize,
    /// By row.
    pub problems: Vec<ImportProblem>,
    /// Each column and what it was taken for.
    pub columns: Vec<(Text, String)>,
    pub notes: Vec<String>,
    /// How many things are out after the import.
    pub out_now: i64,
    /// Whether anything was written.
    pub saved: bool,
    pub dry_run: bool,
    /// Whether problem rows were to be left out.
    #[serde(skip)]
    pub skips_problems: bool,
}

/// How much of everything is new.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Created {
    pub types: usize,
    pub items: usize,
    /// Things of bulk stock.
    pub bulk: usize,
    pub customers: usize,
    pub rentals: usize,
    pub payments: usize,
}

/// What is wrong with a row.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct ImportProblem {
    /// The line of the file on which the row begins.
    pub row: usize,
    /// The name of the column; empty where the whole row is meant.
    pub column: String,
    pub message: String,
}

impl ImportReport {
    /// Why nothing was saved, where problems are the reason.
    pub fn declined(&self) -> Option<Declined> {
        let rows: HashSet<usize> = self.problems.iter().map(|problem| problem.row).collect();
        let message = format!("{} problems; nothing was imported", rows_have(rows.len()));
        (!rows.is_empty() && !self.skips_problems).then(|| {
            Declined::new(
                "problems",
                message,
                "mend them, or --skip-problems leaves those rows out",
            )
        })
    }
}

/// The transaction is to be taken back, because this is a rehearsal, or rows have problems, or
/// nothing is new. Nobody sees it.
#[derive(Debug, thiserror::Error)]
#[error("nothing was imported")]
struct TakenBack;

impl Refusal for TakenBack {
    fn hint(&self) -> String {
        String::new()
    }
    fn kind(&self) -> &'static str {
        "import"
    }
}

pub fn import(
    shop: &mut Shop,
    kind: ListKind,
    bytes: &[u8],
    options: &ImportOptions,
) -> Result<ImportReport, Stop> {
    let sheet = Sheet::read(bytes)?;
    let columns = Columns::guess(kind, &sheet, &options.maps)?;
    let mut problems = Problems::default();
    let mut notes = [sheet.notes.clone(), columns.notes.clone()].concat();
    let settings = shop.settings.clone();
    let mut plan = {
        let list = List {
            sheet: &sheet,
            columns: &columns,
            db: shop.read(),
            settings: &settings,
            now: shop.now(),
            is_clock_running: !shop.clock.is_fixed(),
            bulk: options.bulk,
        };
        Plan::of(kind, &list, &mut problems, &mut notes)?
    };
    let may_save = |problems: &Problems| options.skip_problems || problems.is_empty();
    let keeps = !options.dry_run && !shop.store.is_rehearsing();
    if keeps && may_save(&problems) {
        back_up(shop)?;
    }
    let (mut created, mut out_now, mut taken_back) = (Created::default(), 0, false);
    let outcome = shop.write(|db| {
        created = plan.carry_out(db, &settings, &mut problems)?;
        out_now = booking::count_out(db.read())?;
        taken_back = !keeps || !may_save(&problems) || created == Created::default();
        if taken_back {
            Err(Failure::from(TakenBack))
        } else {
            Ok(())
        }
    });
    match outcome {
        Err(Stop::Refused(_)) if taken_back => {}
        outcome => outcome?,
    }
    let skips_problems = options.skip_problems;
    // A rehearsal tells what the sound rows would have brought.
    if taken_back && keeps {
        created = Created::default();
        out_now = booking::count_out(shop.read())?; // nothing was saved: a fault here is one
    }
    let bad_rows = if skips_problems {
        problems.rows.len()
    } else {
        0
    };
    let report = ImportReport {
        created,
        skipped: plan.skipped() + bad_rows,
        out_now,
        notes,
        saved: !taken_back,
        dry_run: !keeps,
        skips_problems,
        ..ImportReport::default()
    };
    Ok(ImportReport {
        problems: problems.by_row(),
        columns: columns.describe(),
        ..report
    })
}

/// A copy from before the import, where there is something to copy.
fn back_up(shop: &Shop) -> Fallible<()> {
    if shop.store.path().is_some() && log::last_seq(shop.read())? > 0 {
        shop.store
            .copy(None, BackupKind::BeforeImport, None)
            .and_then(Copied::keep)
            .context("the backup before the import; nothing was imported")?;
    }
    Ok(())
}

/// A list, understood, and the shop that it is to come into.
pub(super) struct List<'a> {
    pub sheet: &'a Sheet,
    pub columns: &'a Columns,
    pub db: Read<'a>,
    pub settings: &'a Settings,
    pub now: Moment,
    /// A fixed clock belongs to scripts and tests, in which records may lie ahead of it.
    pub is_clock_running: bool,
    pub bulk: bool,
}

impl<'a> List<'a> {
    /// The rows that can be trusted as they stand.
    pub fn rows(&self, problems: &mut Problems) -> Vec<&'a SheetRow> {
        let mut sound = Vec::with_capacity(self.sheet.rows.len());
        for row in &self.sheet.rows {
            match &row.problem {
                Some(problem) => problems.add(row.row, "", problem.clone()),
                None => sound.push(row),
            }
        }
        sound
    }

    /// Every cell of a field's column.
    pub fn column(&self, field: &'static str) -> impl Iterator<Item = &'a str> {
        let columns = self.columns;
        self.sheet
            .rows
            .iter()
            .map(move |row| columns.cell(row, field))
            .filter(|cell| !cell.is_empty())
    }
}

enum Plan {
    Items(items::ItemsPlan),
    Customers(customers::CustomersPlan),
    Rentals(rentals::RentalsPlan),
    Payments(payments::PaymentsPlan),
}

impl Plan {
    fn of(
        kind: ListKind,
        list: &List<'_>,
        problems: &mut Problems,
        notes: &mut Vec<String>,
    ) -> Fallible<Plan> {
        Ok(match kind {
            ListKind::Items => Plan::Items(items::ItemsPlan::of(list, problems, notes)?),
            ListKind::Customers => {
                Plan::Customers(customers::CustomersPlan::of(list, problems, notes)?)
            }
            ListKind::Rentals => Plan::Rentals(rentals::RentalsPlan::of(list, problems, notes)?),
            ListKind::Payments => {
                Plan::Payments(payments::PaymentsPlan::of(list, problems, notes)?)
            }
        })
    }

    fn carry_out(
        &mut self,
        db: &mut Write<'_>,
        settings: &Settings,
        problems: &mut Problems,
    ) -> Fallible<Created> {
        match self {
            Plan::Items(plan) => plan.carry_out(db, problems),
            Plan::Customers(plan) => plan.carry_out(db, problems),
            Plan::Rentals(plan) => plan.carry_out(db, settings, problems),
            Plan::Payments(plan) => plan.carry_out(db, settings, problems),
        }
    }

    /// Rows that the shop has already.
    fn skipped(&self) -> usize {
        match self {
            Plan::Items(plan) => plan.skipped,
            Plan::Customers(plan) => plan.skipped,
            Plan::Rentals(plan) => plan.skipped,
            Plan::Payments(plan) => plan.skipped,
        }
    }
}

/// What is wrong with the rows so far.
#[derive(Default)]
pub(super) struct Problems {
    list: Vec<ImportProblem>,
    rows: HashSet<usize>,
}

impl Problems {
    pub fn add(&mut self, row: usize, column: &str, message: impl Into<String>) {
        self.rows.insert(row);
        self.list.push(ImportProblem {
            row,
            column: column.to_owned(),
            message: message.into(),
        });
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    fn by_row(mut self) -> Vec<ImportProblem> {
        self.list.sort_by_key(|problem| problem.row);
        self.list
    }
}

/// The cells of one row on their way to values. What cannot be read becomes a problem and makes the
/// row unsound.
pub(super) struct RowCells<'a, 'p> {
    columns: &'a Columns,
    pub row: &'a SheetRow,
    problems: &'p mut Problems,
    pub is_sound: bool,
}

impl<'a, 'p> RowCells<'a, 'p> {
    pub fn new(columns: &'a Columns, row: &'a SheetRow, problems: &'p mut Problems) -> Self {
        RowCells {
            columns,
            row,
            problems,
            is_sound: true,
        }
    }

    pub fn cell(&self, field: &str) -> &'a str {
        self.columns.cell(self.row, field)
    }

    pub fn text(&self, field: &str) -> Option<Text> {
        Text::filled(self.cell(field))
    }

    /// The value of a filled cell.
    pub fn read<T>(
        &mut self,
        field: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match self.cell(field) {
            "" => None,
            cell => parse(cell)
                .map_err(|message| self.refuse(field, message))
                .ok(),
        }
    }

    /// As [`Self::read`], for a cell that must be filled; `says` names what is missing.
    pub fn required<T>(
        &mut self,
        field: &str,
        says: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if self.cell(field).is_empty() {
            self.refuse(field, format!("the {says} is empty"));
        }
        self.read(field, parse)
    }

    pub fn refuse(&mut self, field: &str, message: impl Into<String>) {
        self.is_sound = false;
        let column = self.columns.header(field).map_or("", Text::as_str);
        self.problems.add(self.row.row, column, message);
    }
}

/// `1 row has`, `3 rows have`.
pub(super) fn rows_have(count: usize) -> String {
    if count == 1 {
        "1 row has".to_owned()
    } else {
        format!("{count} rows have")
    }
}

/// A command's refusal as a sentence, which becomes a problem of its row; a fault stays one.
pub(super) fn said<T, R: Refusal>(outcome: Result<T, Failure<R>>) -> Fallible<Result<T, String>> {
    match outcome {
        Ok(value) => Ok(Ok(value)),
        Err(Failure::Refused(refusal)) => Ok(Err(refusal.to_string())),
        Err(Failure::Fault(fault)) => Err(fault),
    }
}
