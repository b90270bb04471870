//! The counter as a line program, for screen readers, slow lines and scripts: the same box, the
//! same answers, one line per input.

use super::app::App;
use super::draw::StripLine;
use super::place::RowKey;
use super::theme::Theme;
use crate::kernel::{Fallible, Text};
use crate::shop::Shop;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::io::{BufRead, Write};
use std::time::{Duration, Instant};

/// Reads lines until the end of input or `:quit`. A line is text and Enter; an empty line is Enter;
/// `:word` is a command; a number alone in angle marks, `<2>`, chooses that row; `esc` goes back;
/// `tab` is the next field.
pub fn run(
    shop: Shop,
    staff_name: String,
    mut input: impl BufRead,
    mut output: impl Write,
) -> Fallible<i32> {
    let mut app = App::new(
        shop,
        Theme {
            colour: false,
            ascii: true,
        },
        staff_name,
    )?;
    let mut clock = Instant::now();
    show(&app, &mut output)?;
    app.backs_up_daily = matches!(app.shop.clock, crate::kernel::Clock::Running(_));
    app.look_at_backups();
    let mut bytes = Vec::new();
    while input.read_until(b'\n', &mut bytes)? > 0 {
        clock += Duration::from_secs(3); // lines are apart: two equal ones are two acts
        // A byte that is no text is shown as one that cannot be read, and loses nothing else.
        let line = String::from_utf8_lossy(&bytes).into_owned();
        bytes.clear();
        let line = Text::new(line.trim_end_matches(['\n', '\r']));
        act(&mut app, line.as_str(), clock);
        let _ = app.shop.store.note_head(); // the note only ever lags
        app.go_on_with_backup();
        if app.leaving {
            break;
        }
        show(&app, &mut output)?;
    }
    app.finish_backup();
    app.shop.close();
    Ok(0)
}

fn act(app: &mut App, line: &str, at: Instant) {
    let press = |app: &mut App, code: KeyCode| {
        app.input(
            at,
            super::input::Input::Key(KeyEvent::new(code, KeyModifiers::NONE)),
        )
    };
    if line.eq_ignore_ascii_case("esc") {
        return press(app, KeyCode::Esc);
    }
    if let Some(row) = line
        .strip_prefix('<')
        .and_then(|rest| rest.strip_suffix('>'))
        .and_then(|number| number.parse::<usize>().ok())
    {
        app.choose_row(row);
        return press(app, KeyCode::Enter);
    }
    if line.eq_ignore_ascii_case("tab") && app.has_overlay() {
        return press(app, KeyCode::Tab);
    }
    if line.is_empty() && app.is_asking_about_money() {
        return press(app, KeyCode::Enter); // what was shown, exactly
    }
    if app.has_overlay()
        || line.starts_with(':')
        || matches!(line, "!" | "?" | "*" | "+" | "-" | ".")
    {
        if !app.has_overlay() {
            app.set_box(""); // what an earlier line left there
        }
        for character in line.chars() {
            press(app, KeyCode::Char(character));
        }
        // A question is answered by its letter alone; what is typed into needs its Enter.
        // A sum is shown before anything is done with it: the Enter is a line of its own.
        if (app.has_overlay() && !app.has_fields_of_money() && line.chars().count() != 1)
            || line.is_empty()
        {
            press(app, KeyCode::Enter);
        }
        return;
    }
    app.set_box(line);
    press(app, KeyCode::Enter);
}

fn show(app: &App, output: &mut impl Write) -> Fallible<()> {
    let verdict = app.verdict();
    let hint = if verdict.hint.is_empty() {
        String::new()
    } else {
        format!(" - {}", verdict.hint)
    };
    let said = format!("{} {}{hint}", verdict.word(), verdict.text).replace('·', "-");
    writeln!(output, "{}", said.trim())?;
    if let Some(lines) = app.overlay_lines() {
        for StripLine { text, .. } in lines {
            writeln!(output, "{}", text.replace('·', "-").trim_end())?;
        }
    } else {
        let page = app.page();
        writeln!(output, "{}", page.title)?;
        for head in &page.head {
            writeln!(output, "{}", head.replace('·', "-").trim())?;
        }
        let mut number = 0;
        for section in &page.sections {
            writeln!(output, "{}", section.title)?;
            for row in section.rows.iter().take(20) {
                let words: Vec<&str> = row
                    .cells
                    .iter()
                    .map(|cell| cell.trim())
                    .filter(|cell| !cell.is_empty())
                    .collect();
                if !matches!(row.key, RowKey::Words(_)) && !row.key.is_part() {
                    number += 1;
                    writeln!(output, "{number:>3}  {}", words.join("  "))?;
                } else {
                    writeln!(output, "     {}", words.join("  "))?;
                }
            }
        }
    }
    write!(output, "{}> ", app.page().label.to_lowercase())?;
    output.flush()?;
    Ok(())
}
