//! The condition strip: six answers, then a note where one is needed.
//!
//! ```text
//! -- CONDITION  TRI-0008 Sachtler Ace · R-1029 Kite Studio · it left: good
//!    1 good                  goes back to its shelf
//!    3 unusable              leaves the shelf now; a bench job is opened
//!    note > pan lock broken_
//! ```

use crate::desk::Judgement;
use crate::kernel::{ItemId, RentalId, Text};
use crate::tui::draw::{Strip, StripLine};
use tui_input::Input;

#[derive(Clone, Debug)]
pub struct ConditionStrip {
    pub item: ItemId,
    pub rental: Option<RentalId>,
    pub title: String,
    pub choice: Option<usize>,
    pub note: Input,
    /// What the choice breaks or mends, said before it is saved.
    pub warns: Option<String>,
}

const CHOICES: [(&str, &str); 6] = [
    ("good", "goes back to its shelf"),
    (
        "good, but note",
        "goes back; the note shows at the next check-out",
    ),
    ("unusable", "leaves the shelf now; a bench job is opened"),
    (
        "under maintenance",
        "planned service; a bench job is opened",
    ),
    ("part missing", "which? the customer stays liable"),
    ("never came back / lost", "the item counts as lost"),
];

impl ConditionStrip {
    pub fn new(item: ItemId, rental: Option<RentalId>, title: String) -> Self {
        ConditionStrip {
            item,
            rental,
            title,
            choice: None,
            note: Input::default(),
            warns: None,
        }
    }

    pub fn is_choosing(&self) -> bool {
        self.choice.is_none()
    }

    pub fn choose(&mut self, digit: char) -> bool {
        match digit.to_digit(10) {
            Some(number @ 1..=6) => {
                self.choice = Some(number as usize - 1);
                true
            }
            _ => false,
        }
    }

    /// What was answered, or what is still missing.
    pub fn judgement(&self) -> Result<Judgement, &'static str> {
        let note = Text::filled(self.note.value());
        match (self.choice, note) {
            (None, _) => Err("choose 1 to 6"),
            (Some(0), _) => Ok(Judgement::Good),
            (Some(1), Some(note)) => Ok(Judgement::GoodButNote(note)),
            (Some(2), Some(note)) => Ok(Judgement::Unusable(note)),
            (Some(3), Some(note)) => Ok(Judgement::UnderMaintenance(note, None)),
            (Some(4), Some(note)) => Ok(Judgement::PartMissing(note)),
            (Some(_), Some(note)) => Ok(Judgement::Lost(note)),
            (Some(4), None) => Err("type which part is missing"),
            (Some(5), None) => Err("type what is known about it"),
            (Some(_), None) => Err("type what is wrong"),
        }
    }

    /// The choice as it would be saved, with words in place of those that are not typed yet.
    pub fn judgement_meant(&self) -> Option<Judgement> {
        self.choice?;
        let typed = ConditionStrip {
            note: Input::new(if self.note.value().trim().is_empty() {
                "?".to_owned()
            } else {
                self.note.value().to_owned()
            }),
            ..self.clone()
        };
        typed.judgement().ok()
    }

    pub fn strip(&self) -> Strip {
        let mut lines: Vec<StripLine> = CHOICES
            .iter()
            .enumerate()
            .map(|(position, (name, meaning))| StripLine {
                text: format!("   {} {name:<24} {meaning}", position + 1),
                chosen: self.choice == Some(position),
                cursor: None,
            })
            .collect();
        if self.choice.is_some() {
            let lead = "   note > ";
            lines.push(StripLine {
                text: format!("{lead}{}", self.note.value()),
                chosen: false,
                cursor: Some(lead.len() + self.note.visual_cursor()),
            });
        }
        lines.extend(
            self.warns
                .iter()
                .map(|warns| StripLine::plain(format!("   {warns}"))),
        );
        Strip {
            title: self.title.clone(),
            lines,
            footer: "1-6 choose   Enter save   Esc leave it as it is".to_owned(),
            whole: false,
            first: 0,
        }
    }
}
