//! The finish of a check-out: who takes what, what it costs, and four fields that take nothing
//! unless something is typed.
//!
//! ```text
//! -- HAND OVER -----------------------------------------------
//!    2 items to C-0001 Maya Chen
//!    total 306.00 EUR · paid 0.00 · to pay 306.00
//!  > pays now     > 306 card 4471_
//!    deposit      >                    (suggested 500.00)
//!    collected by >
//!    paper        > [x] contract   [ ] receipt
//!  Enter hand over   Tab next field   Esc keep scanning
//! ```

use crate::desk::Finish;
use crate::kernel::text::{fit, width};
use crate::kernel::{Money, Text};
use crate::tui::draw::{Strip, StripLine};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tui_input::{Input, InputRequest};
use uuid::Uuid;

#[derive(Clone, Debug)]
pub struct HandOverStrip {
    /// Makes a doubled Enter one act.
    pub command: Uuid,
    /// What is handed over to whom, and what it costs.
    pub lines: Vec<String>,
    /// What `all` means in each field of money.
    pub owed: Option<Money>,
    pub suggested: Option<Money>,
    fields: [Input; 3],
    /// Beside the empty fields.
    hints: [String; 3],
    pub contract: bool,
    pub receipt: bool,
    pub current: usize,
}

const NAMES: [&str; 3] = ["pays now", "deposit", "collected by"];
pub const PAYS: usize = 0;
pub const DEPOSIT: usize = 1;
const COLLECTED: usize = 2;
const CONTRACT: usize = 3;
const RECEIPT: usize = 4;
const STOPS: usize = 5;

impl HandOverStrip {
    pub fn new(command: Uuid, lines: Vec<String>, finish: &Finish, contract: bool) -> Self {
        let field = |text: &Text| Input::new(text.to_string());
        HandOverStrip {
            command,
            lines,
            owed: None,
            suggested: None,
            fields: [
                field(&finish.pays),
                field(&finish.deposit),
                field(&finish.collected_by),
            ],
            hints: Default::default(),
            contract: finish.contract.unwrap_or(contract),
            receipt: finish.receipt.unwrap_or(false),
            current: PAYS,
        }
    }

    pub fn hinted(mut self, pays: String, deposit: String) -> Self {
        self.hints = [pays, deposit, "empty: the customer".to_owned()];
        self
    }

    pub fn finish(&self) -> Finish {
        let text = |place: usize| Text::new(self.fields[place].value().trim());
        Finish {
            pays: text(PAYS),
            deposit: text(DEPOSIT),
            collected_by: text(COLLECTED),
            contract: Some(self.contract),
            receipt: Some(self.receipt),
        }
    }

    pub fn is_touched(&self) -> bool {
        self.fields
            .iter()
            .any(|field| !field.value().trim().is_empty())
    }

    pub fn empty(&mut self) {
        if let Some(field) = self.fields.get_mut(self.current) {
            field.reset();
        }
    }

    pub fn type_character(&mut self, character: char) {
        match self.current {
            CONTRACT if character == ' ' => self.contract = !self.contract,
            RECEIPT if character == ' ' => self.receipt = !self.receipt,
            current => {
                if let Some(field) = self.fields.get_mut(current) {
                    field.handle(InputRequest::InsertChar(character));
                }
            }
        }
    }

    pub fn key(&mut self, key: &KeyEvent) {
        match key.code {
            KeyCode::Tab | KeyCode::Down => self.current = (self.current + 1) % STOPS,
            KeyCode::BackTab | KeyCode::Up => self.current = (self.current + STOPS - 1) % STOPS,
            KeyCode::Char(character) if !key.modifiers.contains(KeyModifiers::CONTROL) => {
                self.type_character(character)
            }
            _ => {
                if let (Some(edit), Some(field)) = (
                    crate::tui::app::edit_of(key),
                    self.fields.get_mut(self.current),
                ) {
                    field.handle(edit);
                }
            }
        }
    }

    pub fn strip(&self) -> Strip {
        let lead = |place: usize, name: &str| {
            format!(
                " {} {} > ",
                if place == self.current { '>' } else { ' ' },
                fit(name, 12)
            )
        };
        let mut lines: Vec<StripLine> = self
            .lines
            .iter()
            .map(|line| StripLine::plain(format!("   {line}")))
            .collect();
        for (place, field) in self.fields.iter().enumerate() {
            let lead = lead(place, NAMES[place]);
            let cursor = (place == self.current).then(|| width(&lead) + field.visual_cursor());
            let hint = if field.value().is_empty() && !self.hints[place].is_empty() {
                format!("  ({})", self.hints[place])
            } else {
                String::new()
            };
            lines.push(StripLine {
                text: format!("{lead}{}{hint}", field.value()),
                chosen: false,
                cursor,
            });
        }
        let tick = |on: bool, name: &str| format!("[{}] {name}", if on { 'x' } else { ' ' });
        let lead = lead(self.current.max(CONTRACT), "paper");
        let (contract, receipt) = (
            tick(self.contract, "contract"),
            tick(self.receipt, "receipt"),
        );
        let cursor = match self.current {
            CONTRACT => Some(width(&lead) + 1),
            RECEIPT => Some(width(&lead) + width(&contract) + 4),
            _ => None,
        };
        lines.push(StripLine {
            text: format!("{lead}{contract}   {receipt}"),
            chosen: false,
            cursor,
        });
        let footer = if self.current < CONTRACT {
            "Enter hand over   Tab next field   Esc keep scanning"
        } else {
            "Enter hand over   Space tick   Tab next field   Esc keep scanning"
        };
        Strip {
            title: "HAND OVER".to_owned(),
            lines,
            footer: footer.to_owned(),
            whole: false,
            first: 0,
        }
    }
}
