//! `rentdesk report`: how the business goes, with a sentence on what to do and the rows behind
//! every number.

use super::answer::{Table, counted, grouped, length};
use super::new_file::Overwriting;
use super::view::{View, stamp};
use super::{Answer, usage};
use crate::booking;
use crate::desk::{self, Asked, Bar, BehindRow, By, Figure, Report, ReportKind};
use crate::exchange::sheet::csv_of;
use crate::kernel::text::folded;
use crate::kernel::{Declined, Period, Stop, Text};
use crate::shop::Shop;
use chrono::NaiveDate;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value, json};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct ReportArgs {
    /// Income, use of gear, late returns, customers by value, gear that lies idle, what is short
    /// and what to buy next, loss and damage.
    #[arg(value_enum)]
    kind: Kind,
    /// From this day on. Without a time: use of the last 30 days, short of the last 90, of the
    /// others all there is.
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    from: Option<String>,
    /// Up to this day, which still counts.
    #[arg(long, value_name = "DATE", allow_hyphen_values = true)]
    to: Option<String>,
    /// What the income is told by [default: month].
    #[arg(long, value_enum)]
    by: Option<Told>,
    /// Lists the rows behind one bar, named as in the report: report money --by category --rows
    /// Sports.
    #[arg(long, value_name = "NAME")]
    rows: Option<String>,
    /// The most to list; 0 lists all [default: 50; all with --csv and --json].
    #[arg(long)]
    limit: Option<usize>,
    /// Writes it to a new file instead of printing it.
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    #[command(flatten)]
    over: Overwriting,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Debug)]
enum Kind {
    Use,
    Money,
    Late,
    Customers,
    Idle,
    Short,
    Damage,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Told {
    Week,
    Month,
    Category,
    Type,
}

/// More rows than that behind one bar are a list of their own: `export`.
const BEHIND_MAX: i64 = 100_000;

impl ReportArgs {
    pub fn run(self, shop: &Shop, as_json: bool) -> Result<Answer, Stop> {
        shop.drain_all()?;
        let view = View::of(shop);
        let asked = self.asked(&view)?;
        let made = desk::report(view.db, view.settings, asked, view.now)?;
        let (heads, rows, answer) = match &self.rows {
            Some(named) => {
                let bar = bar_named(&made, named)?;
                let rows =
                    desk::behind(view.db, view.settings, asked, bar.key, BEHIND_MAX, view.now)?;
                behind_answer(&view, &made, bar, &rows, self.most(as_json))
            }
            None => report_answer(&view, &made, self.most(as_json)),
        };
        let Some(path) = &self.csv else {
            return Ok(answer);
        };
        if shop.store.is_rehearsing() {
            self.over.check(path)?;
        } else {
            self.over.write(path, &csv_of(&heads, &rows)?)?;
        }
        let (shown, count) = (Text::new(&path.to_string_lossy()), length(&rows));
        Ok(Answer::new(
            json!({"csv": shown, "rows": count}),
            format!("{} in {shown}", counted(count, "row", "rows")),
        ))
    }

    fn most(&self, as_json: bool) -> usize {
        match self.limit {
            Some(0) => usize::MAX,
            Some(limit) => limit,
            None if as_json => usize::MAX,
            None => 50,
        }
    }

    fn asked(&self, view: &View<'_>) -> Result<Asked, Stop> {
        let kind = match self.kind {
            Kind::Use => ReportKind::Use,
            Kind::Money => ReportKind::Money,
            Kind::Late => ReportKind::Late,
            Kind::Customers => ReportKind::Customers,
            Kind::Idle => ReportKind::Idle,
            Kind::Short => ReportKind::Short,
            Kind::Damage => ReportKind::Damage,
        };
        if self.by.is_some() && kind != ReportKind::Money {
            return Err(usage(
                format!("The report on {} has no --by", kind.word()),
                "report money --by week, month, category or type",
            ));
        }
        let by = match self.by {
            Some(Told::Week) => By::Week,
            None | Some(Told::Month) => By::Month,
            Some(Told::Category) => By::Category,
            Some(Told::Type) => By::Type,
        };
        let from = self
            .from
            .as_deref()
            .map(|typed| view.span(typed))
            .transpose()?
            .map(|span| span.start);
        let to = self
            .to
            .as_deref()
            .map(|typed| view.span(typed))
            .transpose()?
            .map(|span| span.end);
        let span = if from.is_none() && to.is_none() {
            None
        } else {
            let extent = crate::analytics::extent(view.db)?.unwrap_or(Period {
                start: view.now,
                end: view.now,
            });
            let (start, end) = (
                from.unwrap_or(extent.start),
                to.unwrap_or(extent.end.max(view.now)),
            );
            Some(Period::new(start, end).ok_or_else(|| {
                booking::BookingRefusal::EndBeforeStart {
                    start: view.show(start),
                    end: view.show(end),
                }
            })?)
        };
        Ok(Asked { kind, by, span })
    }
}

fn bar_named<'a>(made: &'a Report, named: &str) -> Result<&'a Bar, Stop> {
    // `C0526` is C-0526, `2005-07` is Jul 2005.
    let plain = |text: &str| {
        folded(text)
            .chars()
            .filter(|character| *character != '-')
            .collect::<String>()
    };
    let month = NaiveDate::parse_from_str(&format!("{}-01", named.trim()), "%Y-%m-%d")
        .map(|day| day.format("%b %Y").to_string());
    let wanted = plain(month.as_deref().unwrap_or(Text::new(named).as_str()));
    let is_it = |bar: &&Bar| {
        (!bar.code.is_empty() && plain(&bar.code) == wanted) || plain(bar.name.as_str()) == wanted
    };
    made.bars.iter().find(is_it).ok_or_else(|| {
        let known: Vec<String> = made
            .bars
            .iter()
            .take(3)
            .map(|bar| {
                if bar.code.is_empty() {
                    bar.name.to_string()
                } else {
                    bar.code.clone()
                }
            })
            .collect();
        let hint = if known.is_empty() {
            "there is nothing in it".to_owned()
        } else {
            format!("for example {}", known.join(", "))
        };
        Declined::new(
            "report",
            format!("The report has nothing called \"{}\"", Text::new(named)),
            hint,
        )
        .into()
    })
}

type Cells = (Vec<String>, Vec<Vec<String>>, Answer);

fn report_answer(view: &View<'_>, made: &Report, most: usize) -> Cells {
    let has_codes = made.bars.iter().any(|bar| !bar.code.is_empty());
    let code_head = if made.asked.kind == ReportKind::Damage {
        "tag"
    } else {
        "customer"
    };
    let mut heads: Vec<String> = if has_codes {
        vec![code_head.to_owned()]
    } else {
        Vec::new()
    };
    heads.extend(
        ["name".to_owned()]
            .into_iter()
            .chain(made.columns.iter().map(|column| (*column).to_owned())),
    );
    let cells = made.bars.iter().map(|bar| {
        let mut cells: Vec<String> = if has_codes {
            vec![bar.code.clone()]
        } else {
            Vec::new()
        };
        cells.push(bar.name.to_string());
        cells.extend(bar.figures.iter().map(|figure| as_cell(view, *figure)));
        cells
    });
    let cells: Vec<Vec<String>> = cells.collect();
    let rows: Vec<Value> = made
        .bars
        .iter()
        .take(most)
        .map(|bar| {
            let mut row = Map::new();
            if has_codes {
                row.insert(code_head.to_owned(), json!(bar.code));
            }
            row.insert("name".to_owned(), json!(bar.name));
            row.extend(
                made.columns
                    .iter()
                    .zip(&bar.figures)
                    .map(|(column, figure)| ((*column).to_owned(), as_json(view, *figure))),
            );
            Value::Object(row)
        })
        .collect();
    let json = json!({
        "report": made.asked.kind.word(), "by": (made.asked.kind == ReportKind::Money).then(|| made.asked.by.word()), "from": stamp(Some(made.span.start)),
        "to": stamp(Some(made.span.end)), "currency": view.settings.currency.code(), "total": view.money(made.total), "rows": rows, "advice": made.advice,
    });
    // What a bar is called stands at the left, its numbers at the right.
    let named = 1 + usize::from(has_codes);
    let titles: Vec<String> = heads
        .iter()
        .enumerate()
        .map(|(column, head)| {
            format!(
                "{}{}",
                if column < named { "" } else { ">" },
                head.replace('_', " ").to_uppercase()
            )
        })
        .collect();
    let mut table = Table::new(&titles.iter().map(String::as_str).collect::<Vec<_>>());
    for bar in made.bars.iter().take(most) {
        let mut cells: Vec<String> = if has_codes {
            vec![bar.code.clone()]
        } else {
            Vec::new()
        };
        cells.push(bar.name.to_string());
        cells.extend(
            bar.figures
                .iter()
                .map(|figure| desk::figure_shown(view.settings, *figure)),
        );
        table.row(cells);
    }
    let text = if made.bars.is_empty() {
        format!("{}\nNothing{}.", made.title, nothing_because(view, made))
    } else {
        let shown = made.bars.len().min(most);
        let all = length(&made.bars);
        let count = if shown < made.bars.len() {
            format!(
                "{} of {}",
                grouped(length(&made.bars[..shown])),
                counted(all, "row", "rows")
            )
        } else {
            counted(all, "row", "rows")
        };
        let total = made
            .total
            .map(|total| format!(", {} in all", view.settings.currency.show(total)))
            .unwrap_or_default();
        format!(
            "{}\n{}{count}{total}\n{}",
            made.title,
            table.text(),
            made.advice.join("\n")
        )
    };
    (heads, cells, Answer::new(json, text.trim_end()))
}

fn nothing_because(view: &View<'_>, made: &Report) -> String {
    match made.extent {
        Some(extent) if !extent.overlaps(&made.span) => {
            let (first, last) = desk::days_within(view.settings, extent);
            format!(
                " then: what the shop knows is from {} to {}",
                view.settings.zone.show_day(first),
                view.settings.zone.show_day(last)
            )
        }
        Some(_) => String::new(),
        None => " yet".to_owned(),
    }
}

fn behind_answer(
    view: &View<'_>,
    made: &Report,
    bar: &Bar,
    found: &[BehindRow],
    most: usize,
) -> Cells {
    let heads = [
        "at",
        "code",
        "thing",
        "customer",
        "name",
        "reservation",
        "what",
        "figure",
    ]
    .map(str::to_owned)
    .to_vec();
    let cells = |row: &BehindRow| {
        let (number, name) = row
            .customer
            .clone()
            .map_or_else(Default::default, |(number, name)| {
                (number, name.to_string())
            });
        [
            row.at.rfc3339(),
            row.code.clone(),
            row.thing.to_string(),
            number,
            name,
            row.number.clone().unwrap_or_default(),
            row.words.clone(),
            as_cell(view, row.figure),
        ]
        .to_vec()
    };
    let rows: Vec<Value> = found
        .iter()
        .take(most)
        .map(|row| {
            json!({
                "at": stamp(Some(row.at)), "code": row.code, "thing": row.thing, "customer": row.customer.as_ref().map(|(number, _)| number), "name": row.customer.as_ref().map(|(_, name)| name),
                "reservation": row.number, "what": Text::new(&row.words), "figure": as_json(view, row.figure),
            })
        })
        .collect();
    let mut table = Table::new(&["WHEN", "CODE", "THING", "WHO", "R- NO.", "WHAT", ">NUMBER"]);
    for row in found.iter().take(most) {
        let who = row
            .customer
            .as_ref()
            .map(|(number, name)| format!("{name} {number}"))
            .unwrap_or_default();
        let number = row.number.clone().unwrap_or_default();
        table.row([
            view.show(row.at),
            row.code.clone(),
            row.thing.to_string(),
            who,
            number,
            row.words.clone(),
            desk::figure_shown(view.settings, row.figure),
        ]);
    }
    let all = counted(length(found), "row", "rows");
    let count = if found.len() > most {
        format!("{} of {all}", grouped(i64::try_from(most).unwrap_or(0)))
    } else {
        all
    };
    let name = if bar.code.is_empty() {
        bar.name.to_string()
    } else {
        format!("{} {}", bar.code, bar.name)
    };
    let json = json!({"report": made.asked.kind.word(), "of": name, "from": stamp(Some(made.span.start)), "to": stamp(Some(made.span.end)), "rows": rows});
    let text = table.text_or(
        "There are no rows behind it.",
        &format!("{count} behind {name}"),
    );
    (
        heads,
        found.iter().map(cells).collect(),
        Answer::new(json, text),
    )
}

fn in_tenths(tenths: i64) -> Value {
    json!(
        format!("{}.{}", tenths / 10, tenths % 10)
            .parse::<f64>()
            .unwrap_or_default()
    )
}

fn as_json(view: &View<'_>, figure: Figure) -> Value {
    match figure {
        Figure::Count(count) => json!(count),
        Figure::Money(amount) => view.money(amount),
        Figure::Percent(tenths) => tenths.map_or(Value::Null, in_tenths),
        Figure::Tenths(seconds) => in_tenths(desk::day_tenths(seconds)),
        Figure::Days(seconds) => json!(desk::days_of(seconds)),
        Figure::Late(late) => json!(late.minutes),
    }
}

fn as_cell(view: &View<'_>, figure: Figure) -> String {
    match as_json(view, figure) {
        Value::Null => String::new(),
        _ if matches!(figure, Figure::Money(_)) => match figure {
            Figure::Money(Some(amount)) => view.settings.currency.plain(amount),
            _ => String::new(),
        },
        value => value.to_string(),
    }
}
