//! A short form: fields one under the other; Tab moves, Enter saves, and what is refused keeps what
//! was typed.

use crate::kernel::text::fit;
use crate::tui::draw::{Strip, StripLine};
use serde::{Deserialize, Serialize};
use tui_input::Input;

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum FormKind {
    NewCustomer,
    NewItem,
    Suspend(crate::kernel::CustomerId),
    Skip(String),
    Block(crate::kernel::ItemId),
    Retire(crate::kernel::ItemId),
    Withdraw(crate::kernel::TypeId),
    Count(crate::kernel::TypeId),
}

#[derive(Clone, Debug)]
pub struct Form {
    pub kind: FormKind,
    pub title: String,
    pub fields: Vec<Field>,
    pub current: usize,
    /// Whom it hurts, said before it is saved.
    pub warns: Vec<String>,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: &'static str,
    pub value: Input,
    /// A scan goes into it rather than waiting.
    pub takes_scan: bool,
}

impl Form {
    pub fn new(kind: FormKind) -> Self {
        let (title, names): (&str, &[&'static str]) = match &kind {
            FormKind::NewCustomer => (
                "NEW CUSTOMER",
                &[
                    "name",
                    "phone",
                    "e-mail",
                    "company",
                    "street",
                    "postal code",
                    "city",
                    "country",
                    "note",
                ],
            ),
            FormKind::NewItem => ("NEW ITEM", &["tag", "type", "category", "serial", "shelf"]),
            FormKind::Suspend(_) => ("SUSPEND", &["reason"]),
            FormKind::Skip(_) => ("SKIP THE EVENT", &["reason"]),
            FormKind::Block(_) => ("SET ASIDE", &["from", "to", "reason"]),
            FormKind::Retire(_) => ("RETIRE FOR GOOD", &["reason"]),
            FormKind::Withdraw(_) => ("WITHDRAW", &["reason"]),
            FormKind::Count(_) => ("HOW MANY THERE ARE", &["quantity"]),
        };
        let fields = names
            .iter()
            .map(|name| Field {
                name,
                value: Input::default(),
                takes_scan: matches!(*name, "tag" | "serial"),
            })
            .collect();
        Form {
            kind,
            title: title.to_owned(),
            fields,
            current: 0,
            warns: Vec::new(),
        }
    }

    pub fn fill(mut self, name: &str, value: &str) -> Self {
        if let Some(field) = self.fields.iter_mut().find(|field| field.name == name) {
            field.value = Input::new(value.to_owned());
        }
        self
    }

    /// Puts the cursor into a field.
    pub fn at(mut self, name: &str) -> Self {
        self.current = self
            .fields
            .iter()
            .position(|field| field.name == name)
            .unwrap_or(0);
        self
    }

    pub fn value(&self, name: &str) -> &str {
        self.fields
            .iter()
            .find(|field| field.name == name)
            .map_or("", |field| field.value.value())
    }

    pub fn step(&mut self, forward: bool) {
        let count = self.fields.len();
        self.current = (self.current + if forward { 1 } else { count - 1 }) % count;
    }

    pub fn field(&mut self) -> &mut Field {
        let last = self.fields.len() - 1;
        &mut self.fields[self.current.min(last)]
    }

    pub fn strip(&self) -> Strip {
        let mut lines: Vec<StripLine> = self
            .fields
            .iter()
            .enumerate()
            .map(|(position, field)| {
                let lead = format!(
                    " {} {} > ",
                    if position == self.current { '>' } else { ' ' },
                    fit(field.name, 12)
                );
                let cursor = (position == self.current)
                    .then(|| crate::kernel::text::width(&lead) + field.value.visual_cursor());
                StripLine {
                    text: format!("{lead}{}", field.value.value()),
                    chosen: false,
                    cursor,
                }
            })
            .collect();
        lines.extend(
            self.warns
                .iter()
                .map(|warns| StripLine::plain(format!("   warns: {warns}"))),
        );
        Strip {
            title: self.title.clone(),
            lines,
            footer: "Enter save   Tab next field   Esc leave (nothing is saved)".to_owned(),
            whole: false,
            first: 0,
        }
    }
}
