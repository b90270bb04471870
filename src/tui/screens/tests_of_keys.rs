//! The log of today's verdicts, and the two tests: what a scanner sends, what arrives when a key is
//! pressed.

use super::Session;
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column};
use crate::tui::verdict::{Said, Severity};

pub fn log(shop: &Shop, session: &Session<'_>) -> Page {
    let rows = session
        .log
        .iter()
        .enumerate()
        .map(|(position, Said { at, verdict, .. })| {
            let tone = if verdict.severity == Severity::Bad {
                Tone::Bad
            } else {
                Tone::Plain
            };
            let text = if verdict.hint.is_empty() {
                verdict.text.clone()
            } else {
                format!("{} · {}", verdict.text, verdict.hint)
            };
            Row::new(
                RowKey::Words(position),
                [
                    shop.settings.zone.local(*at).format("%H:%M:%S").to_string(),
                    verdict.word().to_owned(),
                    text,
                ],
            )
            .toned(tone)
        })
        .collect();
    Page {
        title: "LOG".to_owned(),
        label: "Scan".to_owned(),
        hint: "what was said since this window opened".to_owned(),
        sections: vec![
            Section::new(
                "VERDICTS, newest first",
                &[column(8, 8, 1), column(3, 3, 0), column(20, 200, 0)],
            )
            .rows(rows)
            .empty("nothing was said yet"),
        ],
        ..Page::default()
    }
}

pub fn scanner(session: &Session<'_>) -> Page {
    seen(
        session,
        "SCANNER TEST",
        "scan any label: what arrived, and how",
        "WHAT ARRIVED, newest first",
        "scan a label; then turn your scanner's own beep off, or down: it means nothing here",
    )
}

pub fn keys(session: &Session<'_>) -> Page {
    seen(
        session,
        "KEY TEST",
        "press any key; Esc twice leaves",
        "KEYS, newest first",
        "press a key",
    )
}

fn seen(session: &Session<'_>, title: &str, hint: &str, section: &str, empty: &str) -> Page {
    let rows = session
        .seen
        .iter()
        .rev()
        .enumerate()
        .map(|(position, words)| Row::new(RowKey::Words(position), [words.clone()]))
        .collect();
    Page {
        title: title.to_owned(),
        label: "Test".to_owned(),
        hint: hint.to_owned(),
        sections: vec![
            Section::new(section, &[column(20, 200, 0)])
                .rows(rows)
                .empty(empty),
        ],
        ..Page::default()
    }
}
