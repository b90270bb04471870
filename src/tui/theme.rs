//! Colour only repeats what a word says: the sixteen ANSI colours on the terminal's own background,
//! or none at all.

use super::grid::CellTone;
use super::place::Tone;
use ratatui::style::{Color, Modifier, Style};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Theme {
    pub colour: bool,
    pub ascii: bool,
}

impl Theme {
    /// NO_COLOR with any value, or a terminal that says it is dumb: none.
    pub fn of_environment(ascii: bool) -> Self {
        let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        let narrow =
            locale.is_some_and(|locale| !locale.to_lowercase().replace('-', "").contains("utf8"));
        Theme {
            colour: !set("NO_COLOR") && !dumb,
            ascii: ascii || narrow,
        }
    }

    pub fn title(&self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    pub fn rule(&self) -> Style {
        if self.colour {
            Style::new().fg(Color::DarkGray)
        } else {
            Style::new()
        }
    }

    pub fn selected(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub fn dim(&self) -> Style {
        if self.colour {
            Style::new().fg(Color::DarkGray)
        } else {
            Style::new()
        }
    }

    pub fn stands_out(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
    }

    pub fn tone(&self, tone: Tone) -> Style {
        match (tone, self.colour) {
            (Tone::Plain, _) => Style::new(),
            (Tone::Out, true) => Style::new().fg(Color::Blue),
            (Tone::Out, false) => Style::new().add_modifier(Modifier::BOLD),
            (Tone::Attention, true) => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            (Tone::Attention, false) => {
                Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD)
            }
            (Tone::Bad, true) => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            (Tone::Bad, false) => Style::new().add_modifier(Modifier::BOLD),
            (Tone::Bench, true) => Style::new().fg(Color::Magenta),
            (Tone::Bench, false) => Style::new(),
            (Tone::Past, true) => Style::new().fg(Color::DarkGray),
            (Tone::Past, false) => Style::new(),
        }
    }

    pub fn cell(&self, tone: CellTone) -> Style {
        match (tone, self.colour) {
            (CellTone::Plain, _) => Style::new(),
            (CellTone::Zero, _) => Style::new().add_modifier(Modifier::BOLD),
            (CellTone::Short, true) => Style::new()
                .fg(Color::Red)
                .add_modifier(Modifier::REVERSED | Modifier::BOLD),
            (CellTone::Short, false) => {
                Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD)
            }
            (CellTone::Past, _) => self.dim(),
            (CellTone::Out, _) => self.tone(Tone::Out),
            (CellTone::Promised, true) => Style::new().fg(Color::Cyan),
            (CellTone::Promised, false) => Style::new(),
            (CellTone::Bench, _) => self.tone(Tone::Bench),
        }
    }

    pub fn verdict(&self, severity: super::verdict::Severity) -> Style {
        use super::verdict::Severity::*;
        match (severity, self.colour) {
            (Ready | Fine, _) => Style::new(),
            (Attention | Question, true) => Style::new().fg(Color::Black).bg(Color::Yellow),
            (Attention | Question, false) => {
                Style::new().add_modifier(Modifier::UNDERLINED | Modifier::BOLD)
            }
            (Bad, true) => Style::new()
                .fg(Color::White)
                .bg(Color::Red)
                .add_modifier(Modifier::BOLD),
            (Bad, false) => Style::new().add_modifier(Modifier::REVERSED | Modifier::BOLD),
        }
    }
}
