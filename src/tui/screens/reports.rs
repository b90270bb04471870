//! Reports: one question at a time, bars with a number on each, and a sentence that says what to
//! do.
//!
//! ```text
//!    Money  [Use]  Late  Lost and damaged  Customers  Idle gear  Short days
//! -- USE BY TYPE  days out / days owned and fit  Oct 2025 · half up to 31 % ----
//!    Sony FX6 body         ########################................  86 %  80/93
//! -- RENTAL INCOME BY WEEK  ------------------------------- total 18 420.00 ----
//!    6 000 |          ##
//!    3 000 |    ##    ##    ##
//!        0 +--------------------
//!              w40   w41   w42
//! -- READ THIS ----------------------------------------------------------------
//!    Sony FX6 body was out 80 of 93 days, 86 %: buy one more, or hire one in.
//! ```
//!
//! Enter on a bar lists the rows behind it.

use super::Session;
use crate::desk::{self, Asked, Bar, BarKey, By, Figure, Opens, Report, ReportKind};
use crate::kernel::text::{fit, fit_right, width};
use crate::kernel::{Fallible, Money, Period};
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, column, number_column};
use chrono::{Datelike, Days};

/// So many rows behind a bar are on the screen; the file has them all.
const BEHIND_MAX: i64 = 500;
/// The income below a report: so many weeks.
const WEEKS: u64 = 8;
const CHART_ROWS: i64 = 4;
const NAME_WIDTH: usize = 24;

/// What the screen opens with: the month, or its last days' month where nothing is known of this
/// one.
pub fn first_asked(shop: &Shop) -> Asked {
    let month = desk::month_of(&shop.settings, shop.settings.zone.day(shop.now()));
    Asked {
        kind: ReportKind::Use,
        by: By::Week,
        span: Some(month),
    }
}

/// The next report in the row, or the one before; the income is told in four ways before the next.
pub fn next(asked: Asked, forward: bool) -> Asked {
    const WAYS: [By; 4] = [By::Week, By::Month, By::Category, By::Type];
    let way = WAYS.iter().position(|by| *by == asked.by).unwrap_or(0);
    if asked.kind == ReportKind::Money {
        let other = if forward {
            way.checked_add(1)
        } else {
            way.checked_sub(1)
        };
        if let Some(by) = other.and_then(|other| WAYS.get(other)) {
            return Asked { by: *by, ..asked };
        }
    }
    let all = ReportKind::ALL;
    let at = all.iter().position(|kind| *kind == asked.kind).unwrap_or(0);
    let kind = all[if forward {
        (at + 1) % all.len()
    } else {
        (at + all.len() - 1) % all.len()
    }];
    Asked {
        kind,
        by: if kind == ReportKind::Money && !forward {
            By::Type
        } else {
            By::Week
        },
        ..asked
    }
}

/// A month, or whatever length is shown, later or earlier.
pub fn moved(shop: &Shop, asked: Asked, forward: bool) -> Asked {
    let settings = &shop.settings;
    let Some(span) = asked.span else {
        return first_asked(shop);
    };
    let (first, last) = desk::days_within(settings, span);
    let month = desk::month_of(settings, first);
    if month == span {
        let near = if forward {
            last.checked_add_days(Days::new(1))
        } else {
            first.checked_sub_days(Days::new(1))
        };
        return near.map_or(asked, |day| Asked {
            span: Some(desk::month_of(settings, day)),
            ..asked
        });
    }
    // Something else than a month: to the month it ends in, or begins in.
    Asked {
        span: Some(desk::month_of(settings, if forward { last } else { first })),
        ..asked
    }
}

/// Months side by side: a year of them, up to the one that is shown.
pub fn widened(shop: &Shop, asked: Asked) -> Asked {
    let settings = &shop.settings;
    let Some(span) = asked
        .span
        .filter(|_| asked.kind == ReportKind::Money && asked.by == By::Month)
    else {
        return asked;
    };
    let (first, _) = desk::days_within(settings, span);
    let from = first
        .with_day(1)
        .and_then(|first| first.checked_sub_months(chrono::Months::new(11)));
    match from {
        Some(from) if desk::month_of(settings, first) == span => Asked {
            span: Some(Period {
                start: settings.zone.day_start(from),
                end: span.end,
            }),
            ..asked
        },
        _ => asked,
    }
}

pub fn page(shop: &Shop, session: &Session<'_>, asked: Asked) -> Fallible<Page> {
    let asked = widened(shop, asked);
    let made = desk::report(shop.read(), &shop.settings, asked, shop.now())?;
    let (columns, rows) = (usize::from(session.size.0), usize::from(session.size.1));
    let mut sections = vec![bars(shop, &made, columns)];
    // Where the rows do not suffice, the report is more than the income below it.
    if asked.kind != ReportKind::Money && rows >= 24 && columns >= 60 {
        sections.extend(income(shop, asked, columns)?);
    }
    if !made.advice.is_empty() {
        let room = columns.saturating_sub(6).max(20);
        let lines = made
            .advice
            .iter()
            .flat_map(|words| wrapped(words, room))
            .collect::<Vec<_>>();
        sections.push(
            Section::new("READ THIS", &[column(10, 100, 0)])
                .rows(words_of(lines))
                .whole(),
        );
    }
    let typed = session.typed.trim();
    let hint =
        match desk::span_typed(&shop.settings, typed, shop.now()).filter(|_| !typed.is_empty()) {
            Some(span) => format!("Enter shows {}", desk::span_shown(&shop.settings, span)),
            None => format!(
                "{}  (type a month, a year or date..date)",
                desk::span_shown(&shop.settings, made.span)
            ),
        };
    Ok(Page {
        title: "REPORTS".to_owned(),
        label: "Find".to_owned(),
        hint,
        head: vec![tabs(asked)],
        sections,
        ..Page::default()
    })
}

fn tabs(asked: Asked) -> String {
    let named = |kind: ReportKind| match (kind == asked.kind, kind) {
        (true, ReportKind::Money) => format!("[{} by {}]", kind.shown(), asked.by.word()),
        (true, _) => format!("[{}]", kind.shown()),
        (false, _) => kind.shown().to_owned(),
    };
    format!("   {}", ReportKind::ALL.map(named).join("  "))
}

fn words_of(lines: Vec<String>) -> Vec<Row> {
    lines
        .into_iter()
        .enumerate()
        .map(|(number, line)| Row::wide(RowKey::Chart(number), line))
        .collect()
}

fn wrapped(words: &str, room: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words.split(' ') {
        match lines.last_mut() {
            // A number and its percent sign stay together.
            Some(line) if width(line) + 1 + width(word) <= room || word.starts_with('%') => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// As long as the screen leaves room for: the names and the numbers stay.
fn bar_width(columns: usize) -> usize {
    match columns {
        100.. => 44,
        80..=99 => 24,
        _ => 10,
    }
}

fn bars(shop: &Shop, made: &Report, columns: usize) -> Section {
    let room = bar_width(columns);
    let rows = made.bars.iter().enumerate().map(|(number, bar)| {
        let name = if bar.code.is_empty() {
            bar.name.to_string()
        } else {
            format!("{} {}", bar.code, bar.name)
        };
        let [first, second] = numbers(shop, made, bar);
        Row::new(
            RowKey::Bar(number),
            [
                fit(&name, NAME_WIDTH).trim_end().to_owned(),
                drawn(bar.length, room),
                first,
                second,
            ],
        )
    });
    let title = match made.total {
        Some(total) => format!(
            "{} · total {}",
            made.title,
            shop.settings.currency.show(total)
        ),
        None => made.title.clone(),
    };
    Section::new(
        title,
        &[
            column(14, NAME_WIDTH, 0),
            column(room, room, 1),
            number_column(4, 12, 0),
            number_column(4, 20, 0),
        ],
    )
    .rows(rows.collect())
    .empty(nothing(shop, made))
}

fn drawn(length: i64, room: usize) -> String {
    let filled = usize::try_from(length).unwrap_or(0) * room / 1000;
    format!(
        "{}{}",
        "█".repeat(filled),
        "░".repeat(room - filled.min(room))
    )
}

/// Every bar has its number, and what that is made of.
fn numbers(shop: &Shop, made: &Report, bar: &Bar) -> [String; 2] {
    let at = |position: usize| {
        bar.figures
            .get(position)
            .map(|figure| desk::figure_shown(&shop.settings, *figure))
            .unwrap_or_default()
    };
    let count = |position: usize, one: &str, many: &str| match bar.figures.get(position) {
        Some(Figure::Count(count)) => format!("{count} {}", if *count == 1 { one } else { many }),
        _ => String::new(),
    };
    match (made.asked.kind, made.asked.by) {
        (ReportKind::Money, By::Week | By::Month) => [at(0), count(1, "payment", "payments")],
        (ReportKind::Money, By::Category) => [at(0), at(1)],
        (ReportKind::Money, By::Type) => [
            at(0),
            if at(3).is_empty() {
                count(4, "payment", "payments")
            } else {
                format!("{} of new", at(3))
            },
        ],
        (ReportKind::Use, _) => [at(0), format!("{}/{}", at(1), at(2))],
        (ReportKind::Late, _) => [at(0), format!("worst {}", at(2))],
        (ReportKind::Damage, _) => [
            at(0),
            if at(3) == "0" {
                count(1, "repair", "repairs")
            } else {
                format!("{} lost", at(3))
            },
        ],
        (ReportKind::Customers, _) => [at(0), at(1)],
        (ReportKind::Idle, _) => [format!("{}/{}", at(0), at(1)), count(2, "day", "days")],
        (ReportKind::Short, _) => [format!("{} d short", at(1)), format!("{} d all out", at(4))],
    }
}

/// One line and the key.
fn nothing(shop: &Shop, made: &Report) -> String {
    let zone = &shop.settings.zone;
    let what = match made.asked.kind {
        ReportKind::Money | ReportKind::Customers => "no payments",
        ReportKind::Late => "no late returns",
        ReportKind::Damage => "nothing lost or damaged",
        ReportKind::Idle => return "nothing has stood still for 90 days".to_owned(),
        ReportKind::Short => "nothing was short",
        ReportKind::Use => "no rentals",
    };
    let span = desk::span_shown(&shop.settings, made.span);
    match made.extent {
        None => format!("{what} yet"),
        Some(extent) if made.span.end <= extent.start => format!(
            "{what} in {span}; the first entry is of {} (Right)",
            zone.show_day(zone.day(extent.start))
        ),
        Some(extent) if made.span.start >= extent.end => format!(
            "{what} in {span}; the last entry is of {} (Left)",
            zone.show_day(desk::days_within(&shop.settings, extent).1)
        ),
        Some(_) => format!("{what} in {span}"),
    }
}

/// The weeks up to the end of what is shown, as columns.
fn income(shop: &Shop, asked: Asked, columns: usize) -> Fallible<Option<Section>> {
    let settings = &shop.settings;
    let end = asked
        .span
        .map_or(shop.now(), |span| span.end)
        .min(shop.now());
    let last = settings.zone.day(crate::kernel::Moment(end.0 - 1));
    let monday = last
        .checked_sub_days(Days::new(u64::from(last.weekday().num_days_from_monday())))
        .unwrap_or(last);
    let from = monday
        .checked_sub_days(Days::new(7 * (WEEKS - 1)))
        .unwrap_or(monday);
    let Some(span) = Period::new(settings.zone.day_start(from), end) else {
        return Ok(None);
    };
    let weeks = desk::report(
        shop.read(),
        settings,
        Asked {
            kind: ReportKind::Money,
            by: By::Week,
            span: Some(span),
        },
        shop.now(),
    )?;
    let amounts: Vec<i64> = weeks
        .bars
        .iter()
        .map(|bar| {
            if let Some(Figure::Money(Some(amount))) = bar.figures.first() {
                amount.0
            } else {
                0
            }
        })
        .collect();
    let total = settings.currency.show(weeks.total.unwrap_or(Money(0)));
    let title = format!("RENTAL INCOME BY WEEK · total {total}");
    let most = amounts.iter().copied().max().unwrap_or(0);
    if most <= 0 {
        return Ok(None);
    }
    let unit = settings.currency.read("1").map_or(100, |one| one.0).max(1);
    let step = round_step((most + CHART_ROWS - 1) / CHART_ROWS, unit);
    let label = |amount: i64| {
        settings
            .currency
            .show(Money(amount / unit * unit))
            .split('.')
            .next()
            .unwrap_or_default()
            .to_owned()
    };
    let wide = width(&label(step * CHART_ROWS)).max(6);
    let mut lines: Vec<String> = (1..=CHART_ROWS)
        .rev()
        .map(|level| {
            let cells: String = amounts
                .iter()
                .map(|amount| {
                    if *amount * 2 > (2 * level - 1) * step {
                        "    ██"
                    } else {
                        "      "
                    }
                })
                .collect();
            format!(
                "{} |{}",
                fit_right(&label(level * step), wide),
                cells.trim_end()
            )
        })
        .collect();
    lines.push(format!(
        "{} +{}",
        fit_right("0", wide),
        "-".repeat((amounts.len() * 6 + 4).min(columns.saturating_sub(wide + 6)))
    ));
    let names: String = weeks
        .bars
        .iter()
        .map(|bar| {
            fit_right(
                bar.name.as_str().split(' ').next_back().unwrap_or_default(),
                6,
            )
        })
        .collect();
    lines.push(format!("{}  {names}", " ".repeat(wide)));
    Ok(Some(
        Section::new(title, &[column(10, 100, 0)])
            .rows(words_of(lines))
            .whole(),
    ))
}

/// 1, 1.5, 2, 3, 4, 5, 6, 8 times a power of ten, in whole units: what a person counts by.
fn round_step(least: i64, unit: i64) -> i64 {
    let mut power = unit;
    loop {
        for tenths in [10, 15, 20, 30, 40, 50, 60, 80] {
            let step = power * tenths / 10;
            if step >= least && step % unit == 0 {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

/// The rows behind a bar.
pub fn behind(shop: &Shop, asked: Asked, key: BarKey, name: &str) -> Fallible<Page> {
    let now = shop.now();
    let zone = &shop.settings.zone;
    let found = desk::behind(shop.read(), &shop.settings, asked, key, BEHIND_MAX, now)?;
    let rows: Vec<Row> = found
        .iter()
        .map(|row| {
            let key = match row.opens {
                Opens::Rental(id) => RowKey::Rental(id),
                Opens::Reservation(id) => RowKey::Reservation(id),
                Opens::Item(id) => RowKey::Item(id),
                Opens::Customer(id) => RowKey::Customer(id),
                Opens::Type(id) => RowKey::Type(id),
            };
            let who = row
                .customer
                .as_ref()
                .map(|(_, name)| name.to_string())
                .unwrap_or_default();
            let figure = match row.figure {
                Figure::Days(seconds) => format!("{} d", desk::days_of(seconds)),
                Figure::Tenths(_) => {
                    format!("{} d", desk::figure_shown(&shop.settings, row.figure))
                }
                other => desk::figure_shown(&shop.settings, other),
            };
            Row::new(
                key,
                [
                    zone.day(row.at).format("%-d %b %Y").to_string(),
                    row.code.clone(),
                    row.thing.to_string(),
                    who,
                    row.words.clone(),
                    figure,
                ],
            )
        })
        .collect();
    let title = format!(
        "{}  {name}  {}",
        asked.kind.shown().to_uppercase(),
        rows.len()
    );
    let columns = [
        column(11, 11, 2),
        column(6, 11, 1),
        column(10, 30, 0),
        column(10, 22, 0),
        column(19, 26, 3),
        number_column(4, 12, 0),
    ];
    Ok(Page {
        title: "REPORTS".to_owned(),
        label: "Find".to_owned(),
        hint: "the rows behind the bar · Enter opens · Esc goes back".to_owned(),
        sections: vec![
            Section::new(title, &columns)
                .rows(rows)
                .empty("no rows behind it"),
        ],
        ..Page::default()
    })
}
