//! The print menu: papers by number, today's pick list first, so that F9 and Enter print it.

use crate::print::DayKind;
use crate::tui::draw::{Strip, StripLine};
use crate::tui::papers::Paper;

/// What a row of the menu stands for.
#[derive(Clone, Copy, Debug)]
pub enum Choice {
    Paper(Paper),
    /// That list of a day that is asked for.
    OfDay(DayKind),
    /// There is none, and why.
    None(&'static str),
}

#[derive(Clone, Debug)]
pub struct PrintMenu {
    pub rows: Vec<(Choice, String)>,
    pub chosen: usize,
}

impl PrintMenu {
    pub fn strip(&self) -> Strip {
        let lines = self
            .rows
            .iter()
            .enumerate()
            .map(|(position, (paper, words))| {
                let why = if let Choice::None(why) = paper {
                    format!("   ({why})")
                } else {
                    String::new()
                };
                let mark = if position == self.chosen { '>' } else { ' ' };
                // A digit is one key: what comes after the ninth is reached by the arrows, or by
                // its day.
                let digit = if position < 9 {
                    (position + 1).to_string()
                } else {
                    " ".to_owned()
                };
                StripLine {
                    text: format!(" {mark} {digit}  {words}{why}"),
                    chosen: position == self.chosen,
                    cursor: None,
                }
            })
            .collect();
        Strip {
            title: "PRINT".to_owned(),
            lines,
            footer: format!(
                "Enter print   1-{} choose   sat, +3: of that day   Esc leave",
                self.rows.len().min(9)
            ),
            whole: false,
            first: 0,
        }
    }
}
