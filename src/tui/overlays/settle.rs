//! What a return leaves: each fee with its amount to charge or to waive, what is paid now, what
//! becomes of the deposit.
//!
//! ```text
//! -- SETTLE  R-1021  Sam Okoro -------------------------------
//!    total 490.00 · paid 400.00 · owes 90.00 · deposit held 500.00
//!  > CAM-0020 late fee, 2 days x 45.00     > 90.00_
//!    CAM-0021 damage                       > 80 lens hood
//!    something else                        >
//!    from the deposit                      > 170
//!    pays now                              >
//!    deposit back                          > all
//!    Enter: charge 170.00 EUR · take 170.00 EUR from the deposit · give back 330.00 EUR of the deposit
//! ```

use crate::desk::{Proposal, Settling};
use crate::kernel::text::{fit, width};
use crate::kernel::{CustomerId, ReservationId};
use crate::tui::draw::{Strip, StripLine};
use tui_input::{Input, InputRequest};
use uuid::Uuid;

/// What a field decides.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decides {
    /// Whether a proposal is charged, by its place.
    Proposal(usize),
    SomethingElse,
    FromDeposit,
    Pays,
    DepositBack,
}

#[derive(Clone, Debug)]
pub struct SettleField {
    pub decides: Decides,
    pub label: String,
    pub value: Input,
    /// What stood in it before anybody typed.
    known: String,
    /// What stands in it was put there and not edited: the first letter takes its place.
    fresh: bool,
    /// Beside the empty field.
    pub hint: &'static str,
}

impl SettleField {
    pub fn new(decides: Decides, label: String, known: String, hint: &'static str) -> Self {
        SettleField {
            decides,
            label,
            value: Input::new(known.clone()),
            fresh: !known.is_empty(),
            known,
            hint,
        }
    }
}

impl SettleField {
    pub fn type_letter(&mut self, letter: char) {
        if std::mem::take(&mut self.fresh) {
            self.value = Input::default();
        }
        self.value.handle(InputRequest::InsertChar(letter));
    }

    pub fn edit(&mut self, edit: InputRequest) {
        self.fresh = false;
        self.value.handle(edit);
    }

    fn put(&mut self, text: String) {
        self.fresh = false;
        self.value = Input::new(text);
    }
}

/// What somebody typed into the fields of a strip, each by its label.
pub type Typed = Vec<(String, String)>;

#[derive(Clone, Debug)]
pub struct SettleStrip {
    pub command: Uuid,
    pub reservation: ReservationId,
    pub customer: CustomerId,
    pub title: String,
    /// How its money stands.
    pub lines: Vec<String>,
    pub proposals: Vec<Proposal>,
    pub fields: Vec<SettleField>,
    pub current: usize,
    /// What Enter does, or what is not understood.
    pub says: String,
    /// What `says` says: Enter does this and nothing else.
    pub shown: Option<Settling>,
}

const LABEL: usize = 38;

impl SettleStrip {
    pub fn field(&mut self) -> &mut SettleField {
        let last = self.fields.len() - 1;
        &mut self.fields[self.current.min(last)]
    }

    pub fn step(&mut self, forward: bool) {
        let count = self.fields.len();
        self.current = (self.current + if forward { 1 } else { count - 1 }) % count;
    }

    pub fn value(&self, decides: Decides) -> &str {
        self.fields
            .iter()
            .find(|field| field.decides == decides)
            .map_or("", |field| field.value.value().trim())
    }

    /// What was typed and differs from what stood there.
    pub fn typed(&self) -> Typed {
        self.fields
            .iter()
            .filter(|field| field.value.value() != field.known)
            .map(|field| (field.label.clone(), field.value.value().to_owned()))
            .collect()
    }

    /// Puts in again what was typed; the fields that are not there any more.
    pub fn take_over(&mut self, typed: &Typed) -> Vec<String> {
        let mut gone = Vec::new();
        for (label, text) in typed {
            match self.fields.iter_mut().find(|field| field.label == *label) {
                Some(field) => field.put(text.clone()),
                None => gone.push(label.clone()),
            }
        }
        gone
    }

    /// Lets the fee in this field go: what is typed behind it is the reason.
    pub fn waive(&mut self) {
        let field = self.field();
        if matches!(field.decides, Decides::Proposal(_))
            && !field.value.value().starts_with("waive")
        {
            field.put("waive ".to_owned());
        }
    }

    pub fn strip(&self) -> Strip {
        let mut lines: Vec<StripLine> = self
            .lines
            .iter()
            .map(|line| StripLine::plain(format!("   {line}")))
            .collect();
        for (place, field) in self.fields.iter().enumerate() {
            let here = place == self.current;
            let lead = format!(
                " {} {} > ",
                if here { '>' } else { ' ' },
                fit(&field.label, LABEL)
            );
            let cursor = here.then(|| width(&lead) + field.value.visual_cursor());
            let hint = if here && field.value.value().is_empty() {
                format!("  ({})", field.hint)
            } else {
                String::new()
            };
            lines.push(StripLine {
                text: format!("{lead}{}{hint}", field.value.value()),
                chosen: false,
                cursor,
            });
        }
        lines.push(StripLine::plain(format!("   {}", self.says)));
        let footer = "Enter do it   Tab next field   Ctrl+O waive   Esc leave it open".to_owned();
        Strip {
            title: self.title.clone(),
            lines,
            footer,
            whole: false,
            first: 0,
        }
    }
}
