//! `rentdesk import` and `rentdesk export`: lists from other programs, and for them.

use super::answer::{Table, counted, grouped};
use super::new_file::Overwriting;
use super::view::View;
use super::{Answer, Globals, usage};
use crate::booking::BookingRefusal;
use crate::exchange::calendar;
use crate::exchange::columns::ListKind;
use crate::exchange::export::{self, ExportKind, Format};
use crate::exchange::import::{self, Created, ImportOptions, ImportReport};
use crate::kernel::when::{Lean, When};
use crate::kernel::{Declined, Period, Stop, Text};
use crate::shop::Shop;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Args, Debug)]
pub struct Import {
    /// What the list is of.
    ///
    /// Items may say what their type costs: hourly_rate, daily_rate, weekly_rate, period_rate with
    /// rental_days, minimum_charge (the least that one piece costs) and tax_class (one that `tax
    /// set` has made). A type that the shop has keeps its own terms.
    #[arg(value_enum)]
    kind: What,
    /// A CSV file or what a spreadsheet saves as text; - reads from stdin.
    file: PathBuf,
    /// Says what a column is, as often as needed: --map SKU=reference; --map Colour= leaves one
    /// out.
    #[arg(long = "map", value_name = "COL=FIELD", value_parser = read_map)]
    maps: Vec<(String, String)>,
    /// Makes counted stock of quantities instead of items with tags of their own.
    #[arg(long)]
    bulk: bool,
    /// Leaves rows with problems out instead of stopping.
    #[arg(long)]
    skip_problems: bool,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum What {
    Items,
    Customers,
    Rentals,
    Payments,
}

#[derive(Args, Debug)]
pub struct Export {
    /// What to list.
    #[arg(value_enum)]
    kind: Records,
    /// How; with --json it is json.
    #[arg(long, value_enum)]
    format: Option<Shape>,
    /// Writes a new file instead of printing; - prints.
    file: Option<PathBuf>,
    /// The same.
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    to: Option<PathBuf>,
    #[command(flatten)]
    over: Overwriting,
    /// Of reservations only those that are not over by then; a day alone means all of it.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// Of reservations only those that begin before then; a day alone means all of it.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Records {
    Items,
    Customers,
    Rentals,
    History,
    Reservations,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Shape {
    Csv,
    Json,
    /// iCalendar, for reservations.
    Ics,
}

fn read_map(typed: &str) -> Result<(String, String), String> {
    typed
        .rsplit_once('=')
        .map(|(column, field)| (column.trim().to_owned(), field.trim().to_owned()))
        .ok_or_else(|| "it is COL=FIELD".to_owned())
}

impl Import {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let bytes = read(&self.file)?;
        let kind = match self.kind {
            What::Items => ListKind::Items,
            What::Customers => ListKind::Customers,
            What::Rentals => ListKind::Rentals,
            What::Payments => ListKind::Payments,
        };
        let options = ImportOptions {
            maps: self.maps,
            dry_run: shop.store.is_rehearsing(),
            bulk: self.bulk,
            skip_problems: self.skip_problems,
        };
        let report = import::import(shop, kind, &bytes, &options)?;
        // The list is saved; what is made of it can be made at any time.
        let _ = shop.drain_all();
        let json = serde_json::to_value(&report).map_err(anyhow::Error::from)?;
        Ok(Answer::new(json, told(&report)).with_refusal(report.declined()))
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Stop> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin()
            .read_to_end(&mut bytes)
            .map_err(anyhow::Error::from)?;
        return Ok(bytes);
    }
    let shown = Text::new(&path.to_string_lossy());
    std::fs::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            Declined::missing(format!("There is no file {shown}"), "check the path").into()
        }
        _ => Declined::new(
            "file",
            format!("{shown} cannot be read: {error}"),
            "check the path and its permissions",
        )
        .into(),
    })
}

/// The most problems that are printed; `--json` has all of them.
const PROBLEMS_SHOWN: usize = 20;

fn told(report: &ImportReport) -> String {
    let mut columns = Table::new(&["COLUMN", "TAKEN FOR"]);
    for (name, taken_for) in &report.columns {
        columns.row([name.to_string(), taken_for.clone()]);
    }
    let mut problems = Table::new(&[">ROW", "COLUMN", "PROBLEM"]);
    for problem in report.problems.iter().take(PROBLEMS_SHOWN) {
        problems.row([
            problem.row.to_string(),
            Text::new(&problem.column).to_string(),
            Text::new(&problem.message).to_string(),
        ]);
    }
    let mut text = columns.text();
    if !problems.is_empty() {
        text.push_str(&format!("\n{}", problems.text()));
    }
    if report.problems.len() > PROBLEMS_SHOWN {
        text.push_str(&format!(
            "and {} more; --json has all of them\n",
            report.problems.len() - PROBLEMS_SHOWN
        ));
    }
    text.push('\n');
    text.extend(
        report
            .notes
            .iter()
            .map(|note| format!("{}\n", Text::new(note))),
    );
    text.push_str(&format!(
        "{}; {} skipped; {} out now",
        created(&report.created),
        counted(whole(report.skipped), "row", "rows"),
        grouped(report.out_now)
    ));
    text
}

fn created(created: &Created) -> String {
    let parts = [
        (created.types, "type", "types"),
        (created.items, "item", "items"),
        (created.bulk, "counted piece", "counted pieces"),
        (created.customers, "customer", "customers"),
        (created.rentals, "rental", "rentals"),
        (created.payments, "payment", "payments"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| counted(whole(*count), one, many))
        .collect();
    if parts.is_empty() {
        "Nothing new".to_owned()
    } else {
        format!("New: {}", parts.join(", "))
    }
}

fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl Export {
    pub fn run(self, globals: &Globals, shop: &Shop) -> Result<Answer, Stop> {
        shop.drain_all()?;
        let kind = match self.kind {
            Records::Items => ExportKind::Items,
            Records::Customers => ExportKind::Customers,
            Records::Rentals => ExportKind::Rentals,
            Records::History => ExportKind::History,
            Records::Reservations => ExportKind::Reservations,
        };
        let window = self.window(&View::of(shop), kind)?;
        let shape = self.format.unwrap_or(if globals.json {
            Shape::Json
        } else {
            Shape::Csv
        });
        let bytes = match shape {
            Shape::Ics if kind != ExportKind::Reservations => {
                return Err(usage(
                    "Only reservations are a calendar",
                    "rentdesk export reservations --format ics",
                ));
            }
            Shape::Ics => calendar::calendar(shop, window)?,
            Shape::Csv => export::export_in(shop, kind, Format::Csv, window)?,
            Shape::Json => export::export_in(shop, kind, Format::Json, window)?,
        };
        if let Some(path) = self
            .file
            .as_ref()
            .or(self.to.as_ref())
            .filter(|path| path.as_path() != Path::new("-"))
        {
            let shown = Text::new(&path.to_string_lossy());
            if shop.store.is_rehearsing() {
                self.over.check(path)?;
            } else {
                self.over.write(path, &bytes)?;
            }
            return Ok(Answer::new(
                json!({"file": shown, "bytes": bytes.len()}),
                format!(
                    "{}: {shown}",
                    if shop.store.is_rehearsing() {
                        "Would be written"
                    } else {
                        "Written"
                    }
                ),
            ));
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let json = if shape == Shape::Json {
            serde_json::from_str(&text).map_err(anyhow::Error::from)?
        } else {
            Value::String(text.clone())
        };
        Ok(Answer::new(json, text))
    }
}

impl Export {
    fn window(&self, view: &View<'_>, kind: ExportKind) -> Result<Period, Stop> {
        if kind != ExportKind::Reservations && (self.from.is_some() || self.until.is_some()) {
            return Err(usage(
                "Only reservations are exported by time",
                "leave out --from and --until",
            ));
        }
        let read = |typed: &Option<String>| {
            typed
                .as_deref()
                .map(|typed| view.when(typed, Lean::Ahead))
                .transpose()
        };
        let zone = &view.settings.zone;
        let start = match read(&self.from)? {
            None => Period::ALL.start,
            Some(When::Day(day)) => zone.day_start(day),
            Some(When::Time(moment)) => moment,
        };
        let end = match read(&self.until)? {
            None => Period::ALL.end,
            Some(When::Day(day)) => zone.day_period(day).end,
            Some(When::Time(moment)) => moment,
        };
        if end <= start {
            return Err(BookingRefusal::EndBeforeStart {
                start: view.show(start),
                end: view.show(end),
            }
            .into());
        }
        Ok(Period { start, end })
    }
}
