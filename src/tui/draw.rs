//! Draws a page: row 1 title, row 2 box, row 3 verdict, the lists, the keys. Neither the shop nor a
//! clock is in its reach.

use super::draw_keys::{context_row, fixed_row};
use super::place::{Column, Page, PlaceKind, RowKey, Section};
use super::theme::Theme;
use super::verdict::{Severity, Verdict};
use crate::kernel::text::{cut, fit, fit_right, width};
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Paragraph};
use std::collections::HashSet;
use unicode_normalization::UnicodeNormalization;

/// What stands around the lists.
pub struct Chrome<'a> {
    pub shop: &'a str,
    pub when_long: String,
    pub when_short: String,
    pub staff: String,
    pub listening: bool,
    /// How old the newest backup is, where that is worth a word, and whether it is a danger.
    pub backup: Option<(String, bool)>,
    pub box_text: &'a str,
    /// Columns from the start of the text to the cursor.
    pub box_cursor: usize,
    pub verdict: &'a Verdict,
    /// Counted over the rows of all sections.
    pub selected_row: Option<usize>,
    pub marked: &'a HashSet<RowKey>,
    /// Rows that stand out for a moment, because what they say has changed by itself.
    pub flashing: &'a HashSet<RowKey>,
    pub kind: PlaceKind,
    pub context_keys: bool,
    pub fixed_keys: bool,
    /// `:out` in place of F2.
    pub words: bool,
    pub waiting: usize,
    pub strip: Option<Strip>,
    /// The box asks for a count, a time or a note.
    pub asking: bool,
}

/// An overlay: in the lower part of the screen, or over all of the body.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Strip {
    pub title: String,
    pub lines: Vec<StripLine>,
    pub footer: String,
    pub whole: bool,
    /// The first line shown, where a person scrolls.
    pub first: usize,
}

#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct StripLine {
    pub text: String,
    pub chosen: bool,
    /// The column of the cursor, where this line is being typed into.
    pub cursor: Option<usize>,
}

impl StripLine {
    pub fn plain(text: impl Into<String>) -> Self {
        StripLine {
            text: text.into(),
            chosen: false,
            cursor: None,
        }
    }
}

/// The sizes below which parts of the frame go.
const FIXED_KEYS_FROM: (u16, u16) = (80, 24);
const KEYS_AND_TITLE_FROM: (u16, u16) = (60, 18);
const LIST_FROM: (u16, u16) = (40, 6);

fn at_least(area: Rect, size: (u16, u16)) -> bool {
    area.width >= size.0 && area.height >= size.1
}

pub fn draw(frame: &mut Frame<'_>, page: &Page, chrome: &Chrome<'_>, theme: &Theme) {
    let area = frame.area();
    if area.width == 0 || area.height == 0 {
        return;
    }
    let mut rest = area;
    let roomy = at_least(area, KEYS_AND_TITLE_FROM);
    if roomy || (area.height > 12 && area.width >= LIST_FROM.0) {
        let row = take_top(&mut rest, 1);
        line(
            frame,
            row,
            title(page, chrome, row.width),
            match &chrome.backup {
                _ if !chrome.listening => theme.stands_out(),
                Some((_, true)) => theme.verdict(Severity::Bad),
                _ => theme.title(),
            },
        );
    }
    let box_row = take_top(&mut rest, 1);
    draw_box(frame, box_row, page, chrome, theme);
    draw_verdict(frame, &mut rest, chrome, theme);
    if !at_least(area, LIST_FROM) {
        return;
    }
    if chrome.fixed_keys && at_least(area, FIXED_KEYS_FROM) {
        let row = take_bottom(&mut rest, 1);
        line(frame, row, fixed_row(chrome.words, row.width), theme.dim());
    }
    if chrome.context_keys && roomy {
        let row = take_bottom(&mut rest, 1);
        line(
            frame,
            row,
            context_row(chrome.kind, row.width, chrome.strip.as_ref(), chrome.asking),
            Style::new(),
        );
    }
    match &chrome.strip {
        Some(strip) if strip.whole => draw_strip(frame, rest, strip, theme),
        Some(strip) => {
            let strip = if area.height >= WRAPS_FROM {
                &fitted(strip, area.width as usize)
            } else {
                strip
            };
            const BODY_STAYS_FROM: u16 = 6;
            let room = if rest.height < BODY_STAYS_FROM {
                rest.height
            } else {
                rest.height - 2
            };
            let wanted = u16::try_from(strip.lines.len() + 1)
                .unwrap_or(u16::MAX)
                .min(room);
            let below = take_bottom(&mut rest, wanted);
            draw_body(frame, rest, page, chrome, theme);
            draw_strip(frame, below, strip, theme);
        }
        None => draw_body(frame, rest, page, chrome, theme),
    }
}

fn take_top(rest: &mut Rect, height: u16) -> Rect {
    let taken = Rect {
        height: height.min(rest.height),
        ..*rest
    };
    rest.y += taken.height;
    rest.height -= taken.height;
    taken
}

fn take_bottom(rest: &mut Rect, height: u16) -> Rect {
    let height = height.min(rest.height);
    rest.height -= height;
    Rect {
        y: rest.y + rest.height,
        height,
        ..*rest
    }
}

fn line(frame: &mut Frame<'_>, area: Rect, text: String, style: Style) {
    if area.height > 0 && area.width > 0 {
        frame.render_widget(
            Paragraph::new(Line::styled(fit(&text, area.width as usize), style)),
            area,
        );
    }
}

fn title(page: &Page, chrome: &Chrome<'_>, columns: u16) -> String {
    let columns = columns as usize;
    if !chrome.listening {
        return " NOT LISTENING: scans go to another window".to_owned();
    }
    let staff = if chrome.staff.is_empty() {
        String::new()
    } else {
        format!("   {}", chrome.staff)
    };
    let backup = chrome
        .backup
        .as_ref()
        .map_or_else(String::new, |(words, is_danger)| {
            format!("{}{words}   ", if *is_danger { "!! " } else { "" })
        });
    let right = if columns >= 100 && backup.is_empty() {
        format!("{}{staff} ", chrome.when_long)
    } else {
        format!("{backup}{}{staff} ", chrome.when_short)
    };
    let room = columns.saturating_sub(width(&right));
    let name = cut(chrome.shop, (room / 2).saturating_sub(2));
    let middle = cut(&page.title, room.saturating_sub(width(&name) + 4));
    let start = ((columns.saturating_sub(width(&middle))) * 2 / 5)
        .min(room.saturating_sub(width(&middle)))
        .max(width(&name) + 3);
    let mut text = fit(&format!(" {name}"), start);
    text.push_str(&middle);
    let gap = columns.saturating_sub(width(&text) + width(&right));
    format!("{text}{}{right}", " ".repeat(gap))
}

fn draw_box(frame: &mut Frame<'_>, area: Rect, page: &Page, chrome: &Chrome<'_>, theme: &Theme) {
    if area.height == 0 {
        return;
    }
    let label = format!(" {} > ", page.label);
    let columns = area.width as usize;
    let room = columns.saturating_sub(width(&label) + 1).max(1);
    let (shown, cursor) = visible_part(chrome.box_text, chrome.box_cursor, room);
    let waiting = match chrome.waiting {
        0 => String::new(),
        1 => "1 scan waiting".to_owned(),
        count => format!("{count} scans waiting"),
    };
    let hint = if waiting.is_empty() {
        page.hint.clone()
    } else {
        waiting
    };
    let used = width(&label) + width(&shown) + 1;
    let mut spans = vec![
        Span::styled(
            label.clone(),
            if page.label_stands_out {
                theme.stands_out()
            } else {
                theme.title()
            },
        ),
        Span::raw(shown),
    ];
    if used + width(&hint) + 2 <= columns {
        spans.push(Span::raw(" ".repeat(columns - used - width(&hint))));
        spans.push(Span::styled(hint, theme.dim()));
    }
    frame.render_widget(Paragraph::new(Line::from(spans)), area);
    if chrome
        .strip
        .as_ref()
        .is_none_or(|strip| strip.lines.iter().all(|line| line.cursor.is_none()))
    {
        let x = area
            .x
            .saturating_add(u16::try_from(width(&label) + cursor).unwrap_or(u16::MAX));
        frame.set_cursor_position(Position::new(x.min(area.right().saturating_sub(1)), area.y));
    }
}

/// The part of a long text that holds the cursor, and where it stands in it.
fn visible_part(text: &str, cursor: usize, room: usize) -> (String, usize) {
    if width(text) <= room {
        return (text.to_owned(), cursor);
    }
    let mut skipped = 0;
    let mut shown = String::new();
    for character in text.chars() {
        let wide = width(character.encode_utf8(&mut [0; 4]));
        if skipped + room <= cursor {
            skipped += wide;
            continue;
        }
        if width(&shown) + wide > room {
            break;
        }
        shown.push(character);
    }
    (shown, cursor.saturating_sub(skipped))
}

fn draw_verdict(frame: &mut Frame<'_>, rest: &mut Rect, chrome: &Chrome<'_>, theme: &Theme) {
    let verdict = chrome.verdict;
    let style = theme.verdict(verdict.severity);
    let columns = rest.width as usize;
    let word = verdict.word();
    let lead = if word.is_empty() {
        "   ".to_owned()
    } else {
        format!(" {word}  ")
    };
    let joined = if verdict.hint.is_empty() {
        verdict.text.clone()
    } else {
        format!("{} · {}", verdict.text, verdict.hint)
    };
    let tall = verdict.severity == Severity::Bad && rest.height >= 8;
    if tall {
        let mut rows = wrapped(&joined, columns.saturating_sub(width(&lead) + 1), 3);
        rows.resize(3, String::new());
        for (position, text) in rows.into_iter().enumerate() {
            let row = take_top(rest, 1);
            let lead = if position == 0 {
                lead.clone()
            } else {
                " ".repeat(width(&lead))
            };
            line(frame, row, format!("{lead}{text}"), style);
        }
        return;
    }
    let room = columns.saturating_sub(width(&lead) + 1);
    if width(&joined) > room && rest.height >= 10 {
        for (position, text) in wrapped(&joined, room, 2).into_iter().enumerate() {
            let row = take_top(rest, 1);
            let lead = if position == 0 {
                lead.clone()
            } else {
                " ".repeat(width(&lead))
            };
            line(frame, row, format!("{lead}{text}"), style);
        }
        return;
    }
    let row = take_top(rest, 1);
    line(frame, row, format!("{lead}{joined}"), style);
}

/// Whatever was drawn, in the letters that every terminal has: each cell keeps its place.
pub fn keep_to_ascii(buffer: &mut Buffer) {
    for cell in buffer
        .content
        .iter_mut()
        .filter(|cell| !cell.symbol().is_ascii())
    {
        let letter = cell.symbol().nfd().next().unwrap_or('?');
        let plain = match letter {
            '·' | '–' | '—' => '-',
            'Ł' => 'L',
            'ł' => 'l',
            'Ø' => 'O',
            'ø' => 'o',
            'Æ' => 'A',
            'æ' => 'a',
            'Đ' => 'D',
            'đ' => 'd',
            'ß' => 's',
            'ı' => 'i',
            '‘' | '’' => '\'',
            '█' => '#',
            '░' => '.',
            letter if letter.is_ascii() => letter,
            _ => '?',
        };
        cell.set_char(plain);
    }
}

/// Words over several rows; what does not fit the last one is cut.
fn wrapped(text: &str, columns: usize, rows_max: usize) -> Vec<String> {
    let mut rows: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let row = rows.last_mut().expect("there is a first row");
        if row.is_empty() {
            row.push_str(word);
        } else if width(row) + 1 + width(word) <= columns || rows.len() == rows_max {
            let row = rows.last_mut().expect("there is a first row");
            row.push(' ');
            row.push_str(word);
        } else {
            rows.push(word.to_owned());
        }
    }
    rows.into_iter().map(|row| cut(&row, columns)).collect()
}

/// A line of a screen's head takes no more rows than these, and one on a low screen, where the list
/// needs them.
const HEAD_ROWS_MAX: usize = 2;
const WRAPS_FROM: u16 = 20;

/// A line over as many rows as it needs, those below the first indented.
fn hanging(text: &str, columns: usize, rows_max: usize) -> Vec<String> {
    if width(text) <= columns || rows_max < 2 {
        return vec![text.to_owned()];
    }
    let words = text.trim_start();
    let indent = width(text) - width(words);
    let deeper = indent.max(1) + 2;
    let rows = wrapped(words, columns.saturating_sub(deeper + 1).max(1), rows_max);
    rows.into_iter()
        .enumerate()
        .map(|(position, row)| {
            format!(
                "{}{row}",
                " ".repeat(if position == 0 { indent } else { deeper })
            )
        })
        .collect()
}

/// A strip whose words are all to be read, whatever the width: what does not fit goes on below.
fn fitted(strip: &Strip, columns: usize) -> Strip {
    let lines = strip.lines.iter().flat_map(|shown| match shown {
        StripLine {
            cursor: None,
            chosen: false,
            text,
        } => hanging(text, columns, 4)
            .into_iter()
            .map(StripLine::plain)
            .collect(),
        other => vec![other.clone()],
    });
    Strip {
        lines: lines.collect(),
        ..strip.clone()
    }
}

fn draw_body(frame: &mut Frame<'_>, area: Rect, page: &Page, chrome: &Chrome<'_>, theme: &Theme) {
    if let Some(grid) = &page.grid {
        return super::draw_grid::draw(
            frame,
            area,
            grid,
            frame.area().height,
            chrome.marked,
            theme,
        );
    }
    let mut rest = area;
    for head in &page.head {
        if rest.height <= 3 {
            break;
        }
        for words in hanging(
            head,
            rest.width as usize,
            if frame.area().height >= WRAPS_FROM {
                HEAD_ROWS_MAX
            } else {
                1
            },
        ) {
            let row = take_top(&mut rest, 1);
            line(frame, row, words, Style::new());
        }
    }
    let mut before = 0;
    let chosen: Vec<Option<usize>> = page
        .sections
        .iter()
        .map(|section| {
            let first = before;
            before += section.rows.len();
            chrome
                .selected_row
                .and_then(|row| row.checked_sub(first))
                .filter(|row| *row < section.rows.len())
        })
        .collect();
    let heights = shared_out(&page.sections, rest.height as usize, &chosen);
    for ((section, height), chosen) in page.sections.iter().zip(heights).zip(chosen) {
        let part = take_top(&mut rest, u16::try_from(height).unwrap_or(u16::MAX));
        draw_section(frame, part, section, chosen, chrome, theme);
    }
}

/// Each section gets its heading and two rows, the rest is shared out in order; the one with the
/// selection is always in sight.
fn shared_out(sections: &[Section], total: usize, chosen: &[Option<usize>]) -> Vec<usize> {
    let needs: Vec<usize> = sections
        .iter()
        .map(|section| {
            1 + section
                .rows
                .len()
                .max(usize::from(!section.empty.is_empty()))
                + usize::from(section.more > 0)
        })
        .collect();
    let mut heights = vec![0; sections.len()];
    let mut left = total;
    let mut order: Vec<usize> = (0..sections.len()).collect();
    order.sort_by_key(|position| chosen[*position].is_none());
    let (spare, order): (Vec<usize>, Vec<usize>) = order
        .into_iter()
        .partition(|position| sections[*position].spare && chosen[*position].is_none());
    for position in order {
        let first = needs[position].min(3).min(left);
        if first >= 2 || first == needs[position] {
            heights[position] = first;
            left -= first;
        }
    }
    // What is only something whole comes before the rest of a long list; where it finds no room,
    // others get its rows.
    for (position, _) in sections
        .iter()
        .enumerate()
        .filter(|(_, section)| section.whole)
    {
        let missing = needs[position] - heights[position];
        if missing <= left && needs[position] <= heights[position] + left {
            heights[position] = needs[position];
            left -= missing;
        } else {
            left += std::mem::take(&mut heights[position]);
        }
    }
    // What can be spared comes behind a heading and five rows of each other.
    for position in spare {
        for (height, need) in heights
            .iter_mut()
            .zip(&needs)
            .filter(|(height, _)| **height > 0)
        {
            let more = need.min(&6).saturating_sub(*height).min(left);
            *height += more;
            left -= more;
        }
        let first = needs[position].min(3).min(left);
        if first == needs[position].min(3) {
            heights[position] = first;
            left -= first;
        }
    }
    for (height, need) in heights.iter_mut().zip(&needs) {
        if *height > 0 {
            let more = (need - *height).min(left);
            *height += more;
            left -= more;
        }
    }
    heights
}

fn draw_section(
    frame: &mut Frame<'_>,
    area: Rect,
    section: &Section,
    chosen: Option<usize>,
    chrome: &Chrome<'_>,
    theme: &Theme,
) {
    let mut rest = area;
    let heading = take_top(&mut rest, 1);
    let columns = as_filled(section);
    let widths = widths(
        &columns,
        &widest(section),
        (area.width as usize).saturating_sub(5),
    );
    line(
        frame,
        heading,
        heading_of(section, &columns, &widths, heading.width as usize),
        theme.rule(),
    );
    if section.rows.is_empty() {
        if rest.height > 0 {
            let row = take_top(&mut rest, 1);
            line(frame, row, format!("    {}", section.empty), Style::new());
        }
        return;
    }
    let room = rest.height as usize;
    let all = section.rows.len() + section.more;
    let listed = if all <= room {
        room
    } else {
        room.saturating_sub(1).max(1)
    };
    let first = chosen.map_or(0, |chosen| (chosen + 1).saturating_sub(listed));
    for (position, row) in section.rows.iter().enumerate().skip(first).take(listed) {
        let area = take_top(&mut rest, 1);
        let is_chosen = chosen == Some(position);
        let lead = format!(
            " {}{} ",
            if is_chosen { '>' } else { ' ' },
            if chrome.marked.contains(&row.key) {
                '*'
            } else {
                ' '
            }
        );
        let text = if row.wide {
            row.cells.concat()
        } else {
            cells(&row.cells, &columns, &widths)
        };
        let style = match (chrome.flashing.contains(&row.key), is_chosen) {
            (true, _) => theme.tone(row.tone).patch(theme.stands_out()),
            (false, true) => theme.tone(row.tone).patch(theme.selected()),
            (false, false) => theme.tone(row.tone),
        };
        line(frame, area, format!("{lead}{text}"), style);
    }
    let hidden = all - section.rows.len().saturating_sub(first).min(listed);
    if hidden > 0 && rest.height > 0 {
        let row = take_top(&mut rest, 1);
        line(frame, row, format!("    ... {hidden} more"), theme.dim());
    }
}

/// The rule over a section; with titles over its columns where it has them.
fn heading_of(section: &Section, columns: &[Column], widths: &[usize], wide: usize) -> String {
    if section.titles.is_empty() || section.rows.is_empty() {
        return rule(&section.title, wide);
    }
    let mut titles = vec![section.title.clone()];
    titles.extend(section.titles.iter().map(|title| (*title).to_owned()));
    rule(&ruled(&cells(&titles, columns, widths)), wide)
}

/// A rule runs through the wide gaps between titles: three spaces or more keep one at each end.
fn ruled(titles: &str) -> String {
    let mut text = String::new();
    let mut gap = 0;
    for character in titles.chars() {
        if character == ' ' {
            gap += 1;
            continue;
        }
        match gap {
            0..=2 => text.push_str(&" ".repeat(gap)),
            wide => text.push_str(&format!(" {} ", "-".repeat(wide - 2))),
        }
        gap = 0;
        text.push(character);
    }
    text
}

fn rule(title: &str, columns: usize) -> String {
    let text = format!("-- {title} ");
    let missing = columns.saturating_sub(width(&text));
    format!("{text}{}", "-".repeat(missing))
}

/// How wide the widest cell of each column is.
fn widest(section: &Section) -> Vec<usize> {
    (0..section.columns.len())
        .map(|position| {
            section
                .rows
                .iter()
                .filter(|row| !row.wide)
                .filter_map(|row| row.cells.get(position))
                .map(|cell| width(cell))
                .max()
                .unwrap_or(0)
                .max(
                    position
                        .checked_sub(1)
                        .and_then(|position| section.titles.get(position))
                        .map_or(1, |title| width(title)),
                )
        })
        .collect()
}

/// No column is wider than what stands in it: the room goes where the words are.
fn as_filled(section: &Section) -> Vec<Column> {
    section
        .columns
        .iter()
        .zip(widest(section))
        .map(|(column, widest)| Column {
            least: column.least.min(widest),
            best: column.best.min(widest),
            ..*column
        })
        .collect()
}

/// Give every least width, drop what gives up first while they do not fit, spend what is spare in
/// order: up to the best width of each, then up to what its words need.
fn widths(columns: &[Column], widest: &[usize], room: usize) -> Vec<usize> {
    let mut kept: Vec<bool> = vec![true; columns.len()];
    let used = |kept: &[bool], width: &dyn Fn(&Column) -> usize| -> usize {
        columns
            .iter()
            .zip(kept)
            .filter(|(_, kept)| **kept)
            .map(|(column, _)| width(column) + 2)
            .sum()
    };
    while used(&kept, &|column| column.least) > room + 2 {
        let victim = (0..columns.len())
            .filter(|position| kept[*position])
            .max_by_key(|position| columns[*position].gives_up);
        match victim {
            Some(position) if kept.iter().filter(|kept| **kept).count() > 1 => {
                kept[position] = false
            }
            _ => break,
        }
    }
    let mut widths: Vec<usize> = columns
        .iter()
        .zip(&kept)
        .map(|(column, kept)| if *kept { column.least } else { 0 })
        .collect();
    let mut spare = (room + 2).saturating_sub(used(&kept, &|column| column.least));
    let mut order: Vec<usize> = (0..columns.len())
        .filter(|position| kept[*position])
        .collect();
    order.sort_by_key(|position| columns[*position].gives_up);
    for wanted in [
        columns.iter().map(|column| column.best).collect::<Vec<_>>(),
        widest.to_vec(),
    ] {
        for position in &order {
            let more = wanted[*position]
                .saturating_sub(widths[*position])
                .min(spare);
            widths[*position] += more;
            spare -= more;
        }
    }
    widths
}

fn cells(cells: &[String], columns: &[Column], widths: &[usize]) -> String {
    let mut text = String::new();
    for ((cell, column), wide) in cells.iter().zip(columns).zip(widths) {
        if *wide == 0 {
            continue;
        }
        text.push_str(&if column.right {
            fit_right(cell, *wide)
        } else {
            fit(cell, *wide)
        });
        text.push_str("  ");
    }
    text.trim_end().to_owned()
}

fn draw_strip(frame: &mut Frame<'_>, area: Rect, strip: &Strip, theme: &Theme) {
    if area.height == 0 {
        return;
    }
    frame.render_widget(Clear, area);
    let mut rest = area;
    let heading = take_top(&mut rest, 1);
    let room = rest.height as usize;
    let all = strip.lines.len();
    let chosen = strip
        .lines
        .iter()
        .rposition(|line| line.chosen || line.cursor.is_some())
        .unwrap_or(0);
    let first = (chosen + 1)
        .saturating_sub(room)
        .max(strip.first.min(all.saturating_sub(room)));
    let title = if all > room {
        format!(
            "{}   {}-{} of {all}",
            strip.title,
            first + 1,
            (first + room).min(all)
        )
    } else {
        strip.title.clone()
    };
    line(
        frame,
        heading,
        rule(&title, heading.width as usize),
        theme.title(),
    );
    for shown in strip.lines.iter().skip(first) {
        if rest.height == 0 {
            break;
        }
        let row = take_top(&mut rest, 1);
        let style = if shown.chosen {
            theme.selected()
        } else {
            Style::new()
        };
        let Some(cursor) = shown.cursor else {
            line(frame, row, shown.text.clone(), style);
            continue;
        };
        let (text, cursor) = visible_part(
            &shown.text,
            cursor,
            (row.width as usize).saturating_sub(1).max(1),
        ); // what is being typed is in sight
        line(frame, row, text, style);
        let x = row
            .x
            .saturating_add(u16::try_from(cursor).unwrap_or(u16::MAX))
            .min(row.right().saturating_sub(1));
        frame.set_cursor_position(Position::new(x, row.y));
    }
}
