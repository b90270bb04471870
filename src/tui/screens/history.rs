//! History: one box, words in any order, entries newest first.

use crate::desk;
use crate::history::{self, Filter};
use crate::kernel::Fallible;
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, column};

const LISTED_MAX: i64 = 300;

pub fn page(shop: &Shop, asked: &str) -> Fallible<Page> {
    let db = shop.read();
    let now = shop.now();
    let all = history::count(db, &Filter::default())?;
    let (told, matching) = match desk::entries_asked(db, &shop.settings, asked, now)? {
        Some(filter) => (
            desk::tell(db, history::entries(db, &filter, LISTED_MAX, 0)?)?,
            history::count(db, &filter)?,
        ),
        None => (Vec::new(), 0),
    };
    let rows: Vec<Row> = told
        .into_iter()
        .map(|told| {
            let number = told
                .entry
                .number
                .map(|number| number.to_string())
                .unwrap_or_default();
            Row::new(
                RowKey::Entry(told.entry.seq),
                [
                    shop.settings.zone.show(told.entry.at, now),
                    told.what,
                    told.thing,
                    told.who,
                    number,
                    told.by,
                ],
            )
        })
        .collect();
    let more = usize::try_from(matching)
        .unwrap_or(0)
        .saturating_sub(rows.len());
    let mut section = Section::new(
        "WHEN",
        &[
            column(16, 22, 1),
            column(18, 34, 0),
            column(11, 32, 0),
            column(13, 22, 0),
            column(7, 8, 2),
            column(4, 10, 3),
        ],
    )
    .titled(&["WHAT", "THING", "WHO", "NO.", "BY"])
    .empty(if asked.trim().is_empty() {
        "nothing has happened yet".to_owned()
    } else {
        format!(
            "no entry matches; without the filter there {} {all}   Esc clears",
            if all == 1 { "is" } else { "are" }
        )
    });
    section.more = more;
    let mut head = vec![format!(
        "   {matching} of {all} {}{}",
        if all == 1 { "entry" } else { "entries" },
        if asked.trim().is_empty() {
            String::new()
        } else {
            format!(" for \"{}\"", asked.trim())
        }
    )];
    if let Some(words) = desk::history_lag_words(db)? {
        head.push(format!("   {words}"));
    }
    Ok(Page {
        title: "HISTORY".to_owned(),
        label: "Find".to_owned(),
        hint: "item, customer, staff, R- no., date, date..date, late".to_owned(),
        head,
        sections: vec![section.rows(rows)],
        ..Page::default()
    })
}
