//! The print menu: papers by number, today's pick list first, so that F9 and Enter print it.

use crate::tui::draw::{Strip, StripLine};
use crate::tui::papers::Paper;

#[derive(Clone, Debug)]
pub struct PrintMenu {
    /// The paper, or why there is none, with its words.
    pub rows: Vec<(Result<Paper, &'static str>, String)>,
    pub chosen: usize,
}

impl PrintMenu {
    pub fn strip(&self) -> Strip {
        let lines = self
            .rows
            .iter()
            .enumerate()
            .map(|(position, (paper, words))| {
                let why = paper.as_ref().err().map(|why| format!("   ({why})")).unwrap_or_default();
                let mark = if position == self.chosen { '>' } else { ' ' };
                StripLine { text: format!(" {mark} {}  {words}{why}", position + 1), chosen: position == self.chosen, cursor: None }
            })
            .collect();
        Strip { title: "PRINT".to_owned(), lines, footer: format!("Enter print   1-{} choose   Up Down   Esc leave", self.rows.len().min(9)), whole: false, first: 0 }
    }
}
