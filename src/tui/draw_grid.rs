//! Draws the grid of the Plan: three columns a day, headings above, the legend below. It sees
//! neither the shop nor a clock.

use super::grid::{CellTone, Grid, GridLine, STEP_HOURS, STEPS, headings, lead_width};
use super::place::RowKey;
use super::theme::Theme;
use crate::kernel::text::{cut_inside, fit, fit_right};
use chrono::{Datelike, NaiveDate};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use std::collections::HashSet;

const LEGENDS: [&str; 3] = [
    " O out   R confirmed   r hold   P pinned   x bench   . free   number = free all day   -1 = short",
    " O out  R confirmed  r hold  P pinned  x bench  . free  n = free  -1 = short",
    " O out  R sure  r hold  x bench  . free  -1 short",
];

/// `screen_rows`: the height of the whole screen, which decides about headings.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    grid: &Grid,
    screen_rows: u16,
    marked: &HashSet<RowKey>,
    theme: &Theme,
) {
    let (months, weekdays, legend) = headings(screen_rows as usize);
    let mut rows = area.rows();
    let mut below = area.rows().rev();
    let buffer = frame.buffer_mut();
    if legend && let Some(row) = below.next().filter(|row| row.y > area.y) {
        let more = if grid.more { "   ... more below" } else { "" };
        let text = LEGENDS
            .iter()
            .find(|text| text.len() + more.len() <= area.width as usize)
            .unwrap_or(&LEGENDS[2]);
        put(buffer, row, &format!("{text}{more}"), theme.dim());
    }
    let last = if legend {
        area.bottom().saturating_sub(1)
    } else {
        area.bottom()
    };
    draw_headings(buffer, &mut rows, grid, (months, weekdays), theme);
    let mut rows = rows
        .filter(|row| row.y < last)
        .collect::<Vec<_>>()
        .into_iter();
    if grid.lines.is_empty() {
        if let Some(row) = rows.next() {
            put(buffer, row, &format!("    {}", grid.empty), Style::new());
        }
        return;
    }
    // The verdict may have taken more rows than the grid was made for: the cursor's row stays in
    // sight.
    let first = (grid.row + 1).saturating_sub(rows.len().max(1));
    for (position, line) in grid.lines.iter().enumerate().skip(first) {
        let Some(row) = rows.next() else { break };
        draw_line(
            buffer,
            row,
            grid,
            line,
            position == grid.row && !grid.on_heading,
            marked.contains(&line.key),
            theme,
        );
    }
}

/// Some letters of a day's name.
fn letters(day: NaiveDate, format: &str, from: usize, count: usize) -> String {
    day.format(format)
        .to_string()
        .chars()
        .skip(from)
        .take(count)
        .collect()
}

fn put(buffer: &mut Buffer, row: Rect, text: &str, style: Style) {
    buffer.set_stringn(
        row.x,
        row.y,
        fit(text, row.width as usize),
        row.width as usize,
        style,
    );
}

fn draw_headings(
    buffer: &mut Buffer,
    rows: &mut impl Iterator<Item = Rect>,
    grid: &Grid,
    (months, weekdays): (bool, bool),
    theme: &Theme,
) {
    let lead = |titled: bool| {
        if titled {
            format!(
                "    {}{}{} ",
                fit("TYPE / ITEM", grid.name_width),
                fit_right("OWN", 4),
                fit_right("LOW", 4)
            )
        } else {
            " ".repeat(lead_width(grid.name_width))
        }
    };
    let mut titled = true;
    let mut heading = |buffer: &mut Buffer, is_last: bool, cell: &dyn Fn(usize) -> String| {
        let Some(row) = rows.next() else { return };
        let mut text = lead(std::mem::take(&mut titled));
        for day in 0..grid.days.len() {
            text.push_str(&cell(day));
        }
        if is_last && grid.on_heading {
            text.replace_range(1..2, ">"); // the lead is blank there
        }
        put(buffer, row, text.trim_end(), theme.rule());
        let chosen = if grid.on_heading {
            theme.selected()
        } else {
            Style::new().add_modifier(Modifier::BOLD)
        };
        let x = row.x.saturating_add(
            u16::try_from(lead_width(grid.name_width) + 3 * grid.day).unwrap_or(u16::MAX),
        );
        if x < row.right() {
            buffer.set_style(
                Rect {
                    x,
                    width: 2.min(row.right() - x),
                    ..row
                },
                chosen,
            );
        }
    };
    if grid.in_hours {
        // The day is named over its first two steps, the hour stands over each.
        let of_day = |column: usize| column % STEPS;
        if months {
            heading(buffer, false, &|column| {
                if of_day(column) == 0 {
                    letters(grid.days[column], "%b", 0, 3)
                } else {
                    "   ".to_owned()
                }
            });
        }
        if weekdays {
            heading(buffer, false, &|column| match of_day(column) {
                0 => letters(grid.days[column], "%a", 0, 3),
                1 => format!("{:>3}", grid.days[column].day()),
                _ => "   ".to_owned(),
            });
        }
        return heading(buffer, true, &|column| {
            format!("{:>2} ", of_day(column) * STEP_HOURS as usize)
        });
    }
    if months {
        // A month's name is as wide as a day, begins at the letter of its first day, and stands on
        // whole days.
        heading(buffer, false, &|day| {
            let begins = day == 0 || grid.days[day].day() == 1;
            let name_before = day > 0 && (day == 1 || grid.days[day - 1].day() == 1);
            match (begins, name_before) {
                (true, _) => format!(" {}", letters(grid.days[day], "%b", 0, 2)),
                (_, true) => format!("{}  ", letters(grid.days[day - 1], "%b", 2, 1)),
                _ => "   ".to_owned(),
            }
        });
    }
    if weekdays {
        heading(buffer, false, &|day| {
            format!(" {} ", letters(grid.days[day], "%a", 0, 1))
        });
    }
    heading(buffer, true, &|day| format!("{:>2} ", grid.days[day].day()));
}

fn draw_line(
    buffer: &mut Buffer,
    row: Rect,
    grid: &Grid,
    line: &GridLine,
    is_chosen: bool,
    is_marked: bool,
    theme: &Theme,
) {
    let lead = format!(
        "{}{}{} ",
        if is_marked { '*' } else { ' ' },
        if is_chosen { '>' } else { ' ' },
        line.sign.unwrap_or(' ')
    );
    let text = format!(
        "{lead}{}{}{}",
        fit(&cut_inside(&line.shown, grid.name_width), grid.name_width),
        fit_right(&line.own, 4),
        fit_right(&line.low, 4)
    );
    put(buffer, row, &text, Style::new());
    if is_chosen {
        let width = u16::try_from(4 + grid.name_width)
            .unwrap_or(row.width)
            .min(row.width);
        buffer.set_style(Rect { width, ..row }, theme.selected());
    }
    if line.is_short && line.sign.is_some() {
        let x = row
            .x
            .saturating_add(u16::try_from(4 + grid.name_width + 4).unwrap_or(u16::MAX));
        if x < row.right() {
            buffer.set_style(
                Rect {
                    x,
                    width: 4.min(row.right() - x),
                    ..row
                },
                Style::new().add_modifier(Modifier::BOLD),
            );
        }
    }
    let start = row
        .x
        .saturating_add(u16::try_from(lead_width(grid.name_width)).unwrap_or(u16::MAX));
    for (position, cell) in line.cells.iter().enumerate() {
        let here = is_chosen && position == grid.day;
        let style = style_of(cell.tone, here, theme);
        for (offset, letter) in cell.letters.iter().enumerate() {
            let x = start.saturating_add(u16::try_from(position * 3 + offset).unwrap_or(u16::MAX));
            if x >= row.right() {
                return;
            }
            // Without colour the sign of a shortage is doubled by a mark of its own.
            let letter =
                if theme.ascii && cell.tone == CellTone::Short && offset == 2 && *letter == ' ' {
                    '!'
                } else {
                    *letter
                };
            let style = if offset == 2 && !here {
                style.remove_modifier(Modifier::REVERSED)
            } else {
                style
            };
            buffer[(x, row.y)].set_char(letter).set_style(style);
        }
    }
}

fn style_of(tone: CellTone, here: bool, theme: &Theme) -> Style {
    let style = theme.cell(tone);
    match (here, tone) {
        (false, _) => style,
        // What stands out already stands out otherwise under the cursor.
        (true, CellTone::Short) => style
            .remove_modifier(Modifier::REVERSED)
            .add_modifier(Modifier::UNDERLINED | Modifier::BOLD),
        (true, _) => style.add_modifier(Modifier::REVERSED),
    }
}
