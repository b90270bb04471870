//! Every string that enters the house becomes `Text`; only `Text` reaches a terminal, a page, a CSV
//! file or a log.

use serde::{Deserialize, Serialize};
use std::fmt;
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

/// One line, NFC, without control and bidi-override characters, without zero-width ones except a
/// joiner between letters, at most two marks on a letter, cut at 4,096 characters.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Debug, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Text(String);

/// The longest text that is kept, in characters.
pub const TEXT_LENGTH_MAX: usize = 4096;
const MARKS_PER_LETTER_MAX: usize = 2;

impl Text {
    pub fn new(raw: &str) -> Self {
        if raw.len() <= TEXT_LENGTH_MAX
            && raw
                .bytes()
                .all(|byte| byte.is_ascii_graphic() || byte == b' ')
            && !raw.starts_with(' ')
            && !raw.ends_with(' ')
            && !raw.contains("  ")
        {
            return Text(raw.to_owned()); // the common case, and what an import meets a hundred thousand times
        }
        Text(clean(raw))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn length(&self) -> usize {
        self.0.chars().count()
    }

    /// `None` where nothing is left after cleaning.
    pub fn filled(raw: &str) -> Option<Self> {
        let text = Text::new(raw);
        (!text.is_empty()).then_some(text)
    }
}

fn clean(raw: &str) -> String {
    let mut kept = String::with_capacity(raw.len().min(TEXT_LENGTH_MAX));
    let mut marks = 0;
    let mut count = 0;
    let mut characters = raw.nfc().peekable();
    let mut space_due = false;
    while let Some(c) = characters.next() {
        if c.is_whitespace() || c == '\u{0}' || c.is_control() {
            space_due = !kept.is_empty();
            continue;
        }
        if is_joiner(c) {
            let before = kept.chars().next_back().is_some_and(joins);
            let after = characters.peek().copied().is_some_and(joins);
            if !(before && after) || space_due {
                continue;
            }
        } else if is_hidden(c) {
            continue;
        }
        if is_combining_mark(c) {
            marks += 1;
            if marks > MARKS_PER_LETTER_MAX {
                continue;
            }
        } else {
            marks = 0;
        }
        if count + usize::from(space_due) >= TEXT_LENGTH_MAX {
            break;
        }
        if space_due {
            kept.push(' ');
            count += 1;
            space_due = false;
        }
        kept.push(c);
        count += 1;
    }
    // Dropping a character may have brought two together that compose: once more, so that cleaning
    // twice changes nothing.
    if kept.is_ascii() {
        kept
    } else {
        kept.nfc().collect()
    }
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}')
}

fn joins(c: char) -> bool {
    (c.is_alphabetic() || is_combining_mark(c) || (c as u32) >= 0x2190)
        && !is_hidden(c)
        && !is_joiner(c)
}

fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}'
        | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}' | '\u{E000}'..='\u{F8FF}')
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<String> for Text {
    fn from(raw: String) -> Self {
        Text::new(&raw)
    }
}

impl From<&str> for Text {
    fn from(raw: &str) -> Self {
        Text::new(raw)
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.0
    }
}

/// How many columns a terminal needs for it.
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// Exactly `columns` wide: cut at a whole character, or filled with spaces at the right.
pub fn fit(text: &str, columns: usize) -> String {
    let mut fitted = cut(text, columns);
    let missing = columns.saturating_sub(width(&fitted));
    fitted.extend(std::iter::repeat_n(' ', missing));
    fitted
}

/// Exactly `columns` wide, filled at the left: for numbers.
pub fn fit_right(text: &str, columns: usize) -> String {
    let shown = cut(text, columns);
    let missing = columns.saturating_sub(width(&shown));
    format!("{}{shown}", " ".repeat(missing))
}

/// At most `columns` wide, cut at a whole character; what was cut ends in a tilde, which every
/// terminal can show.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    if columns == 0 {
        return String::new();
    }
    let mut shown = String::new();
    let mut used = 0;
    for cluster in text.graphemes(true) {
        let wide = width(cluster);
        if used + wide > columns - 1 {
            break;
        }
        used += wide;
        shown.push_str(cluster);
    }
    shown.push('~');
    shown
}

/// At most `columns` wide, cut in the middle: of names that are alike, what tells them apart stands
/// at the end.
pub fn cut_inside(text: &str, columns: usize) -> String {
    const LEAST: usize = 12;
    if width(text) <= columns || columns < LEAST {
        return cut(text, columns);
    }
    let tail_columns = (columns - 1) * 2 / 5;
    let mut tail = Vec::new();
    let mut used = 0;
    for cluster in text.graphemes(true).rev() {
        used += width(cluster);
        if used > tail_columns {
            break;
        }
        tail.push(cluster);
    }
    let tail: String = tail.into_iter().rev().collect();
    // The head ends in the tilde that `cut` gives it.
    format!("{}{tail}", cut(text, columns - width(&tail)))
}

/// As [`cut_inside`], but so that it stays apart from each of the others: where the middle tells
/// them apart, it is shown.
pub fn cut_apart(text: &str, others: &[&str], columns: usize) -> String {
    let shown = cut_inside(text, columns);
    let same: Vec<&&str> = others
        .iter()
        .filter(|other| **other != text && cut_inside(other, columns) == shown)
        .collect();
    if same.is_empty() || columns < 12 {
        return shown;
    }
    let letters = |text: &str| text.graphemes(true).map(str::to_owned).collect::<Vec<_>>();
    let own = letters(text);
    let shared = same
        .iter()
        .map(|other| {
            own.iter()
                .zip(letters(other))
                .take_while(|(one, other)| *one == other)
                .count()
        })
        .min()
        .unwrap_or(0);
    // A beginning to know it by, then from the word, or the end of it, that is not the same.
    let head = cut(text, columns * 2 / 5 + 1);
    let back = own
        .iter()
        .take(shared)
        .rev()
        .take(6)
        .take_while(|letter| !letter.trim().is_empty())
        .count();
    let tail: String = own.iter().skip(shared - back).cloned().collect();
    format!("{head}{}", cut(&tail, columns - width(&head)))
}

/// `1 item`, `31 items`
pub fn several(count: i64, one: &str) -> String {
    if count == 1 {
        format!("1 {one}")
    } else {
        format!("{count} {one}s")
    }
}

/// For search: lower case, without marks.
pub fn folded(text: &str) -> String {
    text.nfd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}
