//! The Plan: types down, days across, the number free all day in each cell; a type opens into its
//! items.
//!
//! ```text
//!  TYPE / ITEM              OWN LOW  F  S  S  M
//!                                   21 22 23 24
//!  - Sony FX6 body            4  -1  1 -1 -1 -1
//!      CAM-0012 good                 O==O==O==O
//!      no tag yet, SHORT                r==r==r
//!  + Sony FX3 body            3   2  2  2  2  2
//! ```
//!
//! It reads what it shows: a page of types, the days in sight, and the items of the types that are
//! open.

mod cells;
mod detail;

use super::Session;
use crate::booking::{self, How, ItemBars};
use crate::kernel::text::{cut_apart, width};
use crate::kernel::when::{self, Lean};
use crate::kernel::{Fallible, Moment, Period, Text, TypeId};
use crate::shop::Shop;
use crate::tui::grid::{self, Cell, Grid, GridLine, PlanState, STEP_HOURS, STEPS};
use crate::tui::place::{Page, Row, RowKey, Section, column};
use crate::{catalog, inventory};
use cells::{bar_cells, number_cells};
use chrono::{Duration, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

/// A day that was typed to jump to, rather than words to filter by.
pub fn day_typed(shop: &Shop, typed: &str) -> Option<NaiveDate> {
    let typed = typed.trim();
    if typed.is_empty() || typed.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    when::read(typed, shop.now(), &shop.settings.zone, Lean::Ahead)
        .ok()
        .map(|when| when.day(&shop.settings.zone))
}

/// What the list is narrowed to.
struct Filter {
    short: bool,
    bench: bool,
    words: String,
}

impl Filter {
    fn of(text: &str) -> Self {
        let (flags, words): (Vec<&str>, Vec<&str>) = text
            .split_whitespace()
            .partition(|word| matches!(word.to_lowercase().as_str(), "short" | "bench"));
        let has = |flag: &str| flags.iter().any(|word| word.eq_ignore_ascii_case(flag));
        Filter {
            short: has("short"),
            bench: has("bench"),
            words: words.join(" "),
        }
    }

    /// A page of the types it leaves, by name.
    fn types(
        &self,
        shop: &Shop,
        days: &[Period],
        limit: usize,
        offset: i64,
    ) -> Fallible<Vec<(TypeId, Text)>> {
        let db = shop.read();
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        if !self.short && !self.bench {
            return catalog::names_page(db, &self.words, limit, offset);
        }
        let mut chosen: Option<BTreeSet<TypeId>> = None;
        if self.short {
            let found: Vec<TypeId> = booking::shortages(db, &shop.settings, shop.now())?
                .into_iter()
                .map(|short| short.type_id)
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect();
            let days = booking::timeline(db, &shop.settings, &found, days, shop.now())?;
            chosen = Some(
                days.into_iter()
                    .filter(|days| days.free.iter().any(|free| *free < 0))
                    .map(|days| days.type_id)
                    .collect(),
            );
        }
        if self.bench {
            let jobs = inventory::open_jobs(db)?.into_iter().map(|job| job.type_id);
            let blocks = inventory::open_blocks(db, shop.now())?
                .into_iter()
                .filter(|block| block.kind != inventory::BlockKind::Turnaround)
                .map(|block| block.type_id);
            let found: BTreeSet<TypeId> = jobs.chain(blocks).collect();
            chosen = Some(chosen.map_or(found.clone(), |chosen| {
                chosen.intersection(&found).copied().collect()
            }));
        }
        let mut named: Vec<(TypeId, Text)> = catalog::names(db, chosen.unwrap_or_default())?
            .into_iter()
            .collect();
        if !self.words.is_empty() {
            let found: BTreeSet<TypeId> = catalog::names_page(db, &self.words, -1, 0)?
                .into_iter()
                .map(|(id, _)| id)
                .collect();
            named.retain(|(id, _)| found.contains(id));
        }
        named.sort_by_key(|(_, name)| crate::kernel::text::folded(name.as_str()));
        Ok(named
            .into_iter()
            .skip(usize::try_from(offset).unwrap_or(0))
            .take(usize::try_from(limit).unwrap_or(0))
            .collect())
    }
}

/// A row before its cells: what it is.
enum Line {
    Type {
        id: TypeId,
        name: Text,
    },
    Item(TypeId, ItemBars),
    /// So many of a type in the kit above.
    Part {
        kit: TypeId,
        part: TypeId,
        each: i64,
        name: Text,
    },
}

/// The days in sight, and where the cursor is among them.
struct Sight {
    today: NaiveDate,
    days: Vec<NaiveDate>,
    periods: Vec<Period>,
    day: usize,
    /// Which columns are over.
    past: Vec<bool>,
}

impl Sight {
    fn of(shop: &Shop, state: &PlanState, count: usize) -> Self {
        let zone = &shop.settings.zone;
        let today = zone.day(shop.now());
        let first = state.first.unwrap_or(today);
        if state.in_hours {
            return Sight::in_hours(shop, state, first, count);
        }
        let days: Vec<NaiveDate> = (0..count)
            .map_while(|day| first.checked_add_signed(Duration::days(i64::try_from(day).ok()?)))
            .collect();
        let periods = days.iter().map(|day| zone.day_period(*day)).collect();
        let day = state
            .day
            .and_then(|day| usize::try_from((day - first).num_days()).ok())
            .unwrap_or(0)
            .min(days.len().saturating_sub(1));
        let past = days.iter().map(|day| *day < today).collect();
        Sight {
            today,
            days,
            periods,
            day,
            past,
        }
    }

    /// Four hours a column, of the wall clock: on the day that is an hour longer one of them is
    /// five.
    fn in_hours(shop: &Shop, state: &PlanState, first: NaiveDate, count: usize) -> Self {
        let (zone, now) = (&shop.settings.zone, shop.now());
        let steps = (0..count).map_while(|step| {
            first
                .checked_add_signed(Duration::days(i64::try_from(step / STEPS).ok()?))
                .map(|day| (day, step % STEPS))
        });
        let (mut days, mut periods) = (Vec::new(), Vec::new());
        for (day, step) in steps {
            let whole = zone.day_period(day);
            let at = |step: usize| {
                let hour = u32::try_from(step).unwrap_or(0) * STEP_HOURS;
                if hour == 0 {
                    whole.start
                } else {
                    day.and_hms_opt(hour, 0, 0)
                        .map_or(whole.end, |wall| zone.moment_or_later(wall))
                }
            };
            days.push(day);
            periods.push(Period {
                start: at(step),
                end: if step + 1 == STEPS {
                    whole.end
                } else {
                    at(step + 1)
                },
            });
        }
        let on = state
            .day
            .and_then(|day| usize::try_from((day - first).num_days()).ok())
            .unwrap_or(0);
        let day = (on * STEPS + state.step.min(STEPS - 1)).min(days.len().saturating_sub(1));
        let past = periods.iter().map(|period| period.end <= now).collect();
        Sight {
            today: zone.day(now),
            days,
            periods,
            day,
            past,
        }
    }

    fn span(&self) -> Period {
        let none = Period {
            start: Moment(0),
            end: Moment(0),
        };
        Period {
            start: self.periods.first().unwrap_or(&none).start,
            end: self.periods.last().unwrap_or(&none).end,
        }
    }
}

pub fn page(shop: &Shop, session: &Session<'_>) -> Fallible<Page> {
    let state = session.plan;
    let (columns, rows) = session.size;
    let (name_width, count) = grid::layout(columns as usize);
    let sight = Sight::of(shop, state, count);
    let typed = session.typed.trim();
    let jumps_to = day_typed(shop, typed);
    let text = if typed.is_empty() || jumps_to.is_some() {
        state.filter.as_str()
    } else {
        typed
    };
    let filter = Filter::of(text);
    let room = grid::room(columns, rows);
    let wanted = state.row.min(grid::ROWS_MAX).max(room) + 2;
    let mut top = state.top;
    let mut types = filter.types(shop, &sight.periods, wanted, top)?;
    if types.is_empty() && top > 0 {
        top = 0; // the list became shorter than where one was
        types = filter.types(shop, &sight.periods, wanted, 0)?;
    }
    let mut laid = laid_out(
        shop,
        state,
        &sight,
        types,
        room,
        if top == state.top { state.skip } else { 0 },
    )?;
    let lines = apart(
        shop,
        grid_lines(shop, &sight, std::mem::take(&mut laid.lines), &state.open)?,
        name_width,
    )?;
    let row = laid.row;
    let mut found = Grid {
        days: sight.days.clone(),
        in_hours: state.in_hours,
        on_heading: state.on_heading && row == 0 && state.top == 0,
        today: sight.today,
        row,
        day: sight.day,
        top: top + laid.types_above,
        skip: laid.skip,
        top_height: laid.top_height,
        more: laid.more,
        name_width,
        detail: String::new(),
        here: Vec::new(),
        empty: if text.is_empty() {
            "no gear yet   F7, then :newitem adds one".to_owned()
        } else {
            empty_words(text)
        },
        lines,
    };
    if found.on_heading {
        let day = shop.settings.zone.show_day(sight.days[sight.day]);
        found.detail = if state.in_hours {
            "Enter shows whole days again".to_owned()
        } else {
            format!("{day} · Enter shows it in steps of {STEP_HOURS} hours")
        };
    } else if let Some(line) = found.lines.get(row) {
        let bars = laid.bars.get(&row);
        let (detail, here) = detail::of_cell(
            shop,
            line,
            bars,
            &sight.words(shop, state),
            sight.periods[sight.day],
            (columns as usize).saturating_sub(4),
        )?;
        found.detail = detail;
        found.here = here;
    } else {
        found.detail = found.empty.clone();
    }
    let hint = match jumps_to {
        Some(day) => format!("Enter jumps to {}", shop.settings.zone.show_day(day)),
        None => "type to filter · a date jumps there · Enter opens".to_owned(),
    };
    let shown = found.lines.iter().map(plain_row).collect();
    let section = Section::new(
        "TYPE / ITEM",
        &[
            column(12, 30, 0),
            column(3, 4, 0),
            column(3, 4, 0),
            column(3, 180, 1),
        ],
    )
    .rows(shown)
    .empty(found.empty.clone());
    let title = format!(
        "PLAN  {text}{}{}",
        if text.is_empty() { "" } else { "  " },
        span_words(&sight)
    );
    Ok(Page {
        title,
        label: "Find".to_owned(),
        hint,
        sections: vec![section],
        grid: Some(found),
        ..Page::default()
    })
}

impl Sight {
    /// The cursor's column: `Mon 24`, `Mon 24 08:00`
    fn words(&self, shop: &Shop, state: &PlanState) -> String {
        let day = self.days[self.day].format("%a %-d");
        if state.in_hours {
            format!(
                "{day} {}",
                shop.settings.zone.show_clock(self.periods[self.day].start)
            )
        } else {
            day.to_string()
        }
    }
}

fn empty_words(text: &str) -> String {
    match text {
        "short" => "nothing is short in these days   Esc clears".to_owned(),
        "bench" => "everything works, nothing is set aside   Esc clears".to_owned(),
        _ => format!("no type matches \"{}\"   Esc clears", Text::new(text)),
    }
}

/// `21 Nov..5 Dec`
fn span_words(sight: &Sight) -> String {
    match (sight.days.first(), sight.days.last()) {
        (Some(first), Some(last)) => {
            format!("{}..{}", first.format("%-d %b"), last.format("%-d %b"))
        }
        _ => String::new(),
    }
}

/// For the line mode, and for what asks which rows there are.
fn plain_row(line: &GridLine) -> Row {
    let days: String = line.cells.iter().flat_map(|cell| cell.letters).collect();
    Row::new(
        line.key.clone(),
        [line.name.clone(), line.own.clone(), line.low.clone(), days],
    )
}

#[derive(Default)]
struct Laid {
    lines: Vec<Line>,
    /// The bars of the rows in sight that have some.
    bars: BTreeMap<usize, ItemBars>,
    /// How many types, and how many rows of the first one in sight, went above the sight.
    types_above: i64,
    skip: usize,
    top_height: usize,
    row: usize,
    more: bool,
}

/// The rows in sight: of each type its own, and those of its items where it is open. The cursor's
/// row is always among them: on a screen that became smaller the rows above it go.
fn laid_out(
    shop: &Shop,
    state: &PlanState,
    sight: &Sight,
    types: Vec<(TypeId, Text)>,
    room: usize,
    skip: usize,
) -> Fallible<Laid> {
    let wanted = state.row.min(grid::ROWS_MAX) + 1;
    let (mut all, mut starts) = (Vec::new(), Vec::new());
    let mut skip = skip;
    for (position, (id, name)) in types.into_iter().enumerate() {
        starts.push(all.len());
        all.push(Line::Type { id, name });
        if state.open.contains(&id) {
            all.extend(below(shop, id, sight.span())?);
        }
        if position == 0 {
            skip = skip.min(all.len() - 1);
        }
        if all.len() > skip + wanted.max(room) {
            break;
        }
    }
    let cursor = (skip + wanted - 1).min(all.len().saturating_sub(1));
    let first = skip.max((cursor + 1).saturating_sub(room));
    let above = starts
        .iter()
        .rposition(|start| *start <= first)
        .unwrap_or(0);
    let start = starts.get(above).copied().unwrap_or(0);
    let top_height = starts.get(above + 1).copied().unwrap_or(all.len()) - start;
    let more = all.len() > first + room;
    let lines: Vec<Line> = all.into_iter().skip(first).take(room).collect();
    let is_item = |(row, line): (usize, &Line)| {
        if let Line::Item(_, bars) = line {
            Some((row, bars.clone()))
        } else {
            None
        }
    };
    let bars = lines.iter().enumerate().filter_map(is_item).collect();
    Ok(Laid {
        bars,
        lines,
        types_above: i64::try_from(above).unwrap_or(0),
        skip: first - start,
        top_height,
        row: cursor - first.min(cursor),
        more,
    })
}

/// What stands below an open type: its items and what has none, or what a kit is made of.
fn below(shop: &Shop, id: TypeId, span: Period) -> Fallible<Vec<Line>> {
    let db = shop.read();
    let parts = catalog::components(db, id)?;
    if parts.is_empty() {
        return Ok(booking::bars(db, &shop.settings, id, span, shop.now())?
            .into_iter()
            .map(|bars| Line::Item(id, bars))
            .collect());
    }
    let names = catalog::names(db, parts.iter().map(|part| part.type_id))?;
    Ok(parts
        .into_iter()
        .map(|part| Line::Part {
            kit: id,
            part: part.type_id,
            each: part.quantity,
            name: names.get(&part.type_id).cloned().unwrap_or_default(),
        })
        .collect())
}

fn grid_lines(
    shop: &Shop,
    sight: &Sight,
    lines: Vec<Line>,
    open: &BTreeSet<TypeId>,
) -> Fallible<Vec<GridLine>> {
    let counted: Vec<TypeId> = lines
        .iter()
        .filter_map(|line| match line {
            Line::Type { id, .. } => Some(*id),
            Line::Part { part, .. } => Some(*part),
            Line::Item(..) => None,
        })
        .collect();
    let mut days = booking::timeline(
        shop.read(),
        &shop.settings,
        &counted,
        &sight.periods,
        shop.now(),
    )?
    .into_iter();
    let blank = |key: RowKey, type_id: TypeId, name: String| GridLine {
        key,
        type_id,
        sign: None,
        shown: name.clone(),
        name,
        own: String::new(),
        low: String::new(),
        is_short: false,
        cells: Vec::new(),
    };
    let mut made = Vec::with_capacity(lines.len());
    for (position, line) in lines.into_iter().enumerate() {
        made.push(match line {
            Line::Type { id, name } => {
                let sign = Some(if open.contains(&id) { '-' } else { '+' });
                with_numbers(
                    GridLine {
                        sign,
                        ..blank(RowKey::Type(id), id, name.to_string())
                    },
                    days.next(),
                    sight,
                )
            }
            Line::Part {
                kit, each, name, ..
            } => with_numbers(
                blank(RowKey::Words(position), kit, format!("  {each} x {name}")),
                days.next(),
                sight,
            ),
            Line::Item(type_id, bars) => {
                let key = bars
                    .item
                    .as_ref()
                    .map_or(RowKey::Words(position), |(id, _)| RowKey::Item(*id));
                let is_counted =
                    bars.item.is_none() && inventory::is_counted(shop.read(), type_id)?;
                let cells: Vec<Cell> = bar_cells(&bars, &sight.periods, shop.now());
                GridLine {
                    is_short: bars.short,
                    cells,
                    ..blank(key, type_id, name_of(&bars, is_counted))
                }
            }
        });
    }
    Ok(made)
}

/// Names that would be cut to the same letters as another's are cut elsewhere. All types of the
/// shop count, not those in sight: a name looks the same wherever the list stands.
fn apart(shop: &Shop, mut lines: Vec<GridLine>, columns: usize) -> Fallible<Vec<GridLine>> {
    const ALIKE_MAX: i64 = 60;
    for line in lines
        .iter_mut()
        .filter(|line| line.sign.is_some() && width(&line.name) > columns)
    {
        let beginning: String = line.name.chars().take(columns / 2).collect();
        let others = catalog::names_beginning(shop.read(), &beginning, ALIKE_MAX)?;
        let others: Vec<&str> = others.iter().map(Text::as_str).collect();
        line.shown = cut_apart(&line.name, &others, columns);
    }
    Ok(lines)
}

fn with_numbers(line: GridLine, days: Option<booking::TypeDays>, sight: &Sight) -> GridLine {
    let Some(days) = days else { return line };
    let ahead = sight
        .past
        .iter()
        .zip(&days.free)
        .filter(|(past, _)| !**past)
        .map(|(_, free)| *free);
    let low = ahead.min();
    let cells = number_cells(&days.free, &sight.past);
    GridLine {
        own: days.own.to_string(),
        low: low.map(|low| low.to_string()).unwrap_or_default(),
        is_short: low.is_some_and(|low| low < 0),
        cells,
        ..line
    }
}

/// `CAM-0012 good`, `no tag yet, SHORT`, `4 x R-1042`
fn name_of(bars: &ItemBars, is_counted: bool) -> String {
    let short = if bars.short { ", SHORT" } else { "" };
    let count = if bars.quantity > 1 || is_counted {
        format!("{} x ", bars.quantity)
    } else {
        String::new()
    };
    match (&bars.item, bars.bars.first()) {
        (Some((_, tag)), first) => {
            let aside = first.is_some_and(|bar| bar.how == How::SetAside) && bars.state == "good";
            format!(
                "  {tag} {}",
                if aside {
                    "set aside"
                } else {
                    state_word(bars.state)
                }
            )
        }
        (None, Some(bar)) if is_counted => format!(
            "  {count}{}{short}",
            bar.reservation.map_or_else(
                || bar.how.word().to_owned(),
                |(_, number)| number.to_string()
            )
        ),
        (None, _) => format!("  {count}no tag yet{short}"),
    }
}

fn state_word(state: &'static str) -> &'static str {
    match state {
        "unusable" | "under maintenance" => "bench",
        other => other,
    }
}
