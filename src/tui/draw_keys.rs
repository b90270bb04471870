//! The two rows of keys at the foot of a page, from the one key table.

use super::draw::Strip;
use super::keymap::{self, BINDINGS, FIXED};
use super::place::PlaceKind;
use crate::kernel::text::width;

pub(super) fn fixed_row(words: bool, columns: u16) -> String {
    let wide = columns >= 100;
    let parts: Vec<String> = FIXED
        .iter()
        .filter_map(|verb| keymap::binding(*verb))
        .map(|binding| {
            let name = match (words, binding.word) {
                (true, Some(word)) => return format!(":{word}"),
                _ => binding.shown,
            };
            if wide {
                format!("{name} {}", binding.short)
            } else {
                format!("{name}{}", binding.short)
            }
        })
        .collect();
    format!(" {}", parts.join(if wide || words { "  " } else { " " }))
}

/// The keys that do something here, as many as fit, the last word always being the help.
pub(super) fn context_row(
    kind: PlaceKind,
    columns: u16,
    strip: Option<&Strip>,
    asking: bool,
) -> String {
    if let Some(strip) = strip {
        return format!(" {}", strip.footer);
    }
    if asking {
        return " Enter take it   Ctrl+U empty   Esc leave it as it was".to_owned();
    }
    let mut text = String::new();
    for binding in BINDINGS
        .iter()
        .filter(|binding| binding.bar.contains(&kind))
    {
        let part = format!(" {} {}  ", binding.shown, short_for(binding, kind));
        if width(&text) + width(&part) <= columns as usize + 2 {
            text.push_str(&part);
        }
    }
    text.trim_end().to_owned()
}

/// What the key is called on this screen, where it is called otherwise.
fn short_for(binding: &keymap::Binding, kind: PlaceKind) -> &'static str {
    use keymap::Verb;
    match (binding.verb, kind) {
        (Verb::Enter, PlaceKind::CheckOut) => "finish",
        (Verb::Enter, PlaceKind::CheckIn) => "done",
        (Verb::Back, PlaceKind::CheckOut) => "park",
        (Verb::Dates, PlaceKind::CheckIn) => "returned earlier",
        (Verb::Dates, PlaceKind::Bench) => "back on",
        (Verb::TakeOff, PlaceKind::CheckIn) => "undo this one",
        (Verb::TakeOff, PlaceKind::Reservation) => "cancel",
        (Verb::TakeOff, PlaceKind::Reserve) => "drop line",
        (Verb::Enter, PlaceKind::Reserve) => "save",
        (Verb::Enter, PlaceKind::Reports) => "rows behind a bar",
        (Verb::NextSection, PlaceKind::Reports) => "report",
        (Verb::Left, PlaceKind::Reports) => "month back",
        (Verb::Right, PlaceKind::Reports) => "ahead",
        (Verb::Today, PlaceKind::Reports) => "now",
        (Verb::More, PlaceKind::Reports | PlaceKind::Behind) => "CSV",
        (Verb::Condition, PlaceKind::Reserve | PlaceKind::Reservation) => "fix short line",
        (Verb::Back, PlaceKind::Reserve) => "leave, kept",
        (Verb::Mark, PlaceKind::Reservation) => "packed",
        (Verb::Increase, PlaceKind::Plan) => "open row",
        (Verb::Decrease, PlaceKind::Plan) => "close",
        (Verb::PageDown, PlaceKind::Plan) => "week",
        _ => binding.short,
    }
}
