//! What a command answers: the same facts as text for a person and as JSON for a program.

use crate::kernel::Declined;
use crate::kernel::text::{fit, fit_right, width};
use serde_json::Value;

/// The answer of one command.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    pub json: Value,
    pub text: String,
    /// 0, or 1 where part of what was asked was not done.
    pub code: u8,
    /// Why nothing was done, where there is still something to print: the problems of a list.
    pub refusal: Option<Declined>,
}

impl Answer {
    pub fn new(json: Value, text: impl Into<String>) -> Self {
        Answer {
            json,
            text: text.into(),
            code: super::DONE,
            refusal: None,
        }
    }

    /// Of the counter, which has shown everything on its screen: only the exit code is left.
    pub fn seen(code: u8) -> Self {
        Answer::new(Value::Null, "").with_code(code)
    }

    pub fn with_code(self, code: u8) -> Self {
        Answer { code, ..self }
    }

    pub fn with_refusal(self, refusal: Option<Declined>) -> Self {
        Answer { refusal, ..self }
    }
}

/// No column but the last is wider than this; `--json` has everything.
const CELL_WIDTH_MAX: usize = 44;

/// Rows under headings, each column as wide as its widest cell. A heading that begins with `>`
/// stands over numbers, at the right.
pub struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(heads: &[&str]) -> Self {
        Table {
            heads: heads.iter().map(|head| (*head).to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The table, each line ended; nothing where there are no rows.
    pub fn text(&self) -> String {
        if self.rows.is_empty() {
            return String::new();
        }
        let heads: Vec<String> = self
            .heads
            .iter()
            .map(|head| head.trim_start_matches('>').to_owned())
            .collect();
        let widths: Vec<usize> = (0..heads.len())
            .map(|column| {
                std::iter::once(&heads)
                    .chain(&self.rows)
                    .filter_map(|row| row.get(column))
                    .map(|cell| width(cell))
                    .max()
                    .unwrap_or(0)
                    .min(CELL_WIDTH_MAX)
            })
            .collect();
        let line = |cells: &Vec<String>| {
            let mut line = String::new();
            for (column, cell) in cells.iter().enumerate() {
                let right = self
                    .heads
                    .get(column)
                    .is_some_and(|head| head.starts_with('>'));
                let columns = widths.get(column).copied().unwrap_or(0);
                if column > 0 {
                    line.push_str("  ");
                }
                line.push_str(&match (right, column + 1 == heads.len()) {
                    (true, _) => fit_right(cell, columns),
                    (false, true) => cell.clone(),
                    (false, false) => fit(cell, columns),
                });
            }
            format!("{}\n", line.trim_end())
        };
        std::iter::once(&heads)
            .chain(&self.rows)
            .map(line)
            .collect()
    }

    /// The table and a last line that counts it, or the sentence for an empty one.
    pub fn text_or(&self, empty: &str, counted: &str) -> String {
        if self.is_empty() {
            empty.to_owned()
        } else {
            format!("{}{counted}", self.text())
        }
    }
}

/// Labels and values under a title; a value that is empty is left out.
pub fn facts(title: &str, rows: &[(&str, String)]) -> String {
    let columns = rows
        .iter()
        .map(|(label, _)| width(label))
        .max()
        .unwrap_or(0);
    let lines: String = rows
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| format!("\n  {}  {value}", fit(label, columns)))
        .collect();
    format!("{title}{lines}")
}

/// `8,121`
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut shown = if number < 0 {
        "-".to_owned()
    } else {
        String::new()
    };
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
}

/// `1 entry`, `8,121 entries`
pub fn counted(number: i64, one: &str, many: &str) -> String {
    format!(
        "{} {}",
        grouped(number),
        if number == 1 { one } else { many }
    )
}

/// The number of rows, for counting.
pub fn length<T>(rows: &[T]) -> i64 {
    i64::try_from(rows.len()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_a_terminal_shows() {
        let mut table = Table::new(&["TAG", ">COUNT", "NAME"]);
        table.row([
            "CAM-0001".to_owned(),
            "7".to_owned(),
            "Élan 東京".to_owned(),
        ]);
        table.row(["東京".to_owned(), "1234567".to_owned(), "x".to_owned()]);
        assert_eq!(
            table.text(),
            "TAG         COUNT  NAME\nCAM-0001        7  Élan 東京\n東京      1234567  x\n"
        );
        assert_eq!(Table::new(&["A"]).text_or("Nothing.", "1"), "Nothing.");
    }

    #[test]
    fn numbers_are_grouped() {
        for (number, expect) in [
            (0, "0"),
            (999, "999"),
            (1328, "1,328"),
            (1_000_000, "1,000,000"),
            (-16044, "-16,044"),
        ] {
            assert_eq!(grouped(number), expect);
        }
        assert_eq!(counted(1, "entry", "entries"), "1 entry");
    }
}
