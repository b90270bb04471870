//! The reports: each one chart of bars with a number on every bar, one sentence that says what to
//! do, and the rows behind each bar.

mod behind;
mod customers_by;
mod gear_by;
mod money_by;

pub use behind::{BehindRow, Opens, behind};

use crate::analytics;
use crate::catalog;
use crate::kernel::{
    CategoryId, CustomerId, Fallible, ItemId, Moment, Money, Period, Settings, Text, TypeId,
};
use crate::pricing::Late;
use crate::store::Read;
use chrono::{Datelike, Days, NaiveDate};
use std::collections::BTreeMap;

/// So many days on the shelf are worth a question.
pub const IDLE_DAYS: i64 = 90;
const DAY_SECONDS: i64 = 86_400;

/// The reports there are, in the order of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReportKind {
    Money,
    Use,
    Late,
    Damage,
    Customers,
    Idle,
    Short,
}

impl ReportKind {
    pub const ALL: [ReportKind; 7] = [
        ReportKind::Money,
        ReportKind::Use,
        ReportKind::Late,
        ReportKind::Damage,
        ReportKind::Customers,
        ReportKind::Idle,
        ReportKind::Short,
    ];

    /// As it is asked for.
    pub fn word(self) -> &'static str {
        match self {
            ReportKind::Money => "money",
            ReportKind::Use => "use",
            ReportKind::Late => "late",
            ReportKind::Damage => "damage",
            ReportKind::Customers => "customers",
            ReportKind::Idle => "idle",
            ReportKind::Short => "short",
        }
    }

    /// As it stands among the others.
    pub fn shown(self) -> &'static str {
        match self {
            ReportKind::Money => "Money",
            ReportKind::Use => "Use",
            ReportKind::Late => "Late",
            ReportKind::Damage => "Lost and damaged",
            ReportKind::Customers => "Customers",
            ReportKind::Idle => "Idle gear",
            ReportKind::Short => "Short days",
        }
    }
}

/// What the bars of the money stand for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    Week,
    Month,
    Category,
    Type,
}

impl By {
    pub fn word(self) -> &'static str {
        match self {
            By::Week => "week",
            By::Month => "month",
            By::Category => "category",
            By::Type => "type",
        }
    }
}

/// A report, and what of time it is about; none: all there is, or what the report is usually about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    pub kind: ReportKind,
    pub by: By,
    pub span: Option<Period>,
}

/// What a bar is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BarKey {
    Time(Period),
    /// None: of no category, because of no type.
    Category(Option<CategoryId>),
    Type(Option<TypeId>),
    Customer(CustomerId),
    Item(ItemId),
}

/// A number, and what it is a number of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Figure {
    Count(i64),
    Money(Option<Money>),
    /// In tenths.
    Percent(Option<i64>),
    /// Seconds, shown as days.
    Days(i64),
    /// Seconds, shown as days to the tenth.
    Tenths(i64),
    Late(Late),
}

/// One bar.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Bar {
    pub key: BarKey,
    /// A tag or a customer's number, where it has one.
    pub code: String,
    pub name: Text,
    /// Of a thousand.
    pub length: i64,
    /// One for each of the report's columns.
    pub figures: Vec<Figure>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Report {
    pub asked: Asked,
    /// What of time it is about, in the end.
    pub span: Period,
    pub title: String,
    pub columns: &'static [&'static str],
    pub bars: Vec<Bar>,
    pub total: Option<Money>,
    /// What to do about it.
    pub advice: Vec<String>,
    /// When there was anything at all, where there is nothing here.
    pub extent: Option<Period>,
}

pub fn report(db: Read<'_>, settings: &Settings, asked: Asked, now: Moment) -> Fallible<Report> {
    db.at_once(|| {
        let extent = analytics::extent(db)?;
        let about = About {
            db,
            settings,
            now,
            span: span_of(asked, extent, now),
        };
        let mut made = match asked.kind {
            ReportKind::Money => money_by::money(&about, asked.by)?,
            ReportKind::Use => gear_by::used(&about)?,
            ReportKind::Late => customers_by::late(&about)?,
            ReportKind::Damage => gear_by::damage(&about)?,
            ReportKind::Customers => customers_by::value(&about)?,
            ReportKind::Idle => gear_by::idle(&about)?,
            ReportKind::Short => gear_by::short(&about)?,
        };
        scale(&mut made.bars);
        Ok(Report {
            asked,
            span: about.span,
            title: made.title,
            columns: made.columns,
            bars: made.bars,
            total: made.total,
            advice: made.advice,
            extent,
        })
    })
}

/// Without a time: use of the last 30 days, what was short in the last 90, of everything else all
/// there is.
fn span_of(asked: Asked, extent: Option<Period>, now: Moment) -> Period {
    let last = |days: i64| Period {
        start: Moment(now.0 - days * DAY_SECONDS),
        end: now,
    };
    match (asked.span, asked.kind) {
        (Some(span), _) => span,
        (None, ReportKind::Use) => last(30),
        (None, ReportKind::Short | ReportKind::Idle) => last(IDLE_DAYS),
        (None, _) => extent.unwrap_or(last(30)),
    }
}

/// What every report is made of.
struct About<'a> {
    db: Read<'a>,
    settings: &'a Settings,
    now: Moment,
    span: Period,
}

#[derive(Default)]
struct Made {
    title: String,
    columns: &'static [&'static str],
    bars: Vec<Bar>,
    total: Option<Money>,
    advice: Vec<String>,
}

impl About<'_> {
    /// The part of the time that is over: nothing is known of the rest.
    fn past(&self) -> Option<Period> {
        Period::new(self.span.start, self.span.end.min(self.now))
    }

    fn money(&self, amount: Money) -> String {
        self.settings.currency.show(amount)
    }

    /// Name, category and value of every type.
    fn types(&self) -> Fallible<BTreeMap<TypeId, catalog::NewType>> {
        Ok(catalog::all_types(self.db)?
            .into_iter()
            .map(|found| (found.id, found.details))
            .collect())
    }
}

/// The longest bar is the whole width, but where a bar is a part of something.
fn scale(bars: &mut [Bar]) {
    let size = |bar: &Bar| match bar.figures.first() {
        Some(Figure::Money(amount)) => amount.map_or(0, |amount| amount.0),
        Some(
            Figure::Count(count)
            | Figure::Days(count)
            | Figure::Tenths(count)
            | Figure::Late(Late { minutes: count, .. }),
        ) => *count,
        Some(Figure::Percent(_)) | None => 0,
    };
    let most = bars.iter().map(size).max().unwrap_or(0);
    for bar in bars {
        bar.length = match bar.figures.first() {
            Some(Figure::Percent(percent)) => percent.unwrap_or(0).clamp(0, 1000),
            _ if most > 0 => (size(bar).max(0) * 1000 / most).max(i64::from(size(bar) > 0)),
            _ => 0,
        };
    }
}

/// In tenths of a percent, half-up.
fn percent(part: i64, whole: i64) -> Option<i64> {
    (whole > 0).then(|| {
        i64::try_from(
            (2 * i128::from(part) * 1000 + i128::from(whole)).div_euclid(2 * i128::from(whole)),
        )
        .unwrap_or(i64::MAX)
    })
}

fn whole_percent(tenths: i64) -> i64 {
    (tenths + 5).div_euclid(10)
}

/// Tenths of a day, half-up.
pub fn day_tenths(seconds: i64) -> i64 {
    days_of(seconds * 10)
}

/// `5.4`
fn tenths_shown(seconds: i64) -> String {
    let tenths = day_tenths(seconds);
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// Whole days, half-up.
pub fn days_of(seconds: i64) -> i64 {
    (seconds + DAY_SECONDS / 2).div_euclid(DAY_SECONDS)
}

/// `1 day`, `4 days`
fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A number as it stands on a screen.
pub fn figure_shown(settings: &Settings, figure: Figure) -> String {
    match figure {
        Figure::Count(count) => count.to_string(),
        Figure::Money(amount) => {
            amount.map_or_else(String::new, |amount| settings.currency.show(amount))
        }
        Figure::Percent(tenths) => {
            tenths.map_or_else(String::new, |tenths| format!("{} %", whole_percent(tenths)))
        }
        Figure::Days(seconds) => days_of(seconds).to_string(),
        Figure::Tenths(seconds) => tenths_shown(seconds),
        Figure::Late(late) => late.words(),
    }
}

/// `Oct 2025`, `2025`, `1 Oct - 14 Nov 2025`: the days from the first to the last.
pub fn span_shown(settings: &Settings, span: Period) -> String {
    let (first, last) = days_within(settings, span);
    let next = last.checked_add_days(Days::new(1)).unwrap_or(last);
    if (first.day(), next.day()) == (1, 1) {
        if (first.year(), first.month()) == (last.year(), last.month()) {
            return first.format("%b %Y").to_string();
        }
        if (first.month(), last.month()) == (1, 12) && first.year() == last.year() {
            return first.year().to_string();
        }
    }
    if first == last {
        return settings.zone.show_day(first);
    }
    let year = if first.year() == last.year() {
        String::new()
    } else {
        format!(" {}", first.year())
    };
    format!(
        "{}{year} - {}",
        first.format("%-d %b"),
        last.format("%-d %b %Y")
    )
}

/// The first and the last day of a time.
pub fn days_within(settings: &Settings, span: Period) -> (NaiveDate, NaiveDate) {
    let first = settings.zone.day(span.start);
    (first, settings.zone.day(Moment(span.end.0 - 1)).max(first))
}

/// The month that a day lies in.
pub fn month_of(settings: &Settings, day: NaiveDate) -> Period {
    let first = day.with_day(1).unwrap_or(day);
    months_later(settings, first, 1)
}

/// From a first of a month, so many months.
fn months_later(settings: &Settings, first: NaiveDate, months: u32) -> Period {
    let next = first
        .checked_add_months(chrono::Months::new(months))
        .unwrap_or(first);
    Period {
        start: settings.zone.day_start(first),
        end: settings.zone.day_start(next),
    }
}

/// `oct 2025`, `2025-10`, `2025`, `1 oct..14 nov`, `12 oct`: the time that somebody means; none
/// where the words mean no time.
pub fn span_typed(settings: &Settings, typed: &str, now: Moment) -> Option<Period> {
    let typed = typed.trim().to_lowercase();
    let today = settings.zone.day(now);
    let words: Vec<&str> = typed
        .split([' ', '-'])
        .filter(|word| !word.is_empty())
        .collect();
    let year_of = |word: &str| {
        word.parse::<i32>()
            .ok()
            .filter(|year| word.len() == 4 && (1990..=2098).contains(year))
    };
    let month_named = |word: &str| {
        let names = [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ];
        (1..)
            .zip(names)
            .find(|(_, name)| word.len() >= 3 && name.starts_with(word))
            .map(|(number, _)| number)
    };
    let month_numbered = |word: &str| {
        word.parse::<u32>()
            .ok()
            .filter(|month| (1..=12).contains(month))
    };
    let month = |year: i32, month: u32| {
        NaiveDate::from_ymd_opt(year, month, 1).map(|first| months_later(settings, first, 1))
    };
    match words.as_slice() {
        [year] if year_of(year).is_some() => NaiveDate::from_ymd_opt(year_of(year)?, 1, 1)
            .map(|first| months_later(settings, first, 12)),
        [name] if month_named(name).is_some() => {
            let number = month_named(name)?;
            month(
                if number > today.month() {
                    today.year() - 1
                } else {
                    today.year()
                },
                number,
            )
        }
        [name, year] if month_named(name).is_some() && year_of(year).is_some() => {
            month(year_of(year)?, month_named(name)?)
        }
        [year, number] if year_of(year).is_some() && month_numbered(number).is_some() => {
            month(year_of(year)?, month_numbered(number)?)
        }
        _ => {
            let (first, last) = crate::kernel::when::read_days(
                &typed,
                now,
                &settings.zone,
                crate::kernel::when::Lean::Back,
            )
            .ok()?;
            Some(Period {
                start: settings.zone.day_start(first),
                end: settings.zone.day_period(last).end,
            })
        }
    }
}
