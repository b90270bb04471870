//! The backups there are; Enter asks, and Enter again puts one in the place of the shop's file.
//!
//! ```text
//! -- BACKUP ------------ EVENTS ----- SIZE - WHY -----------------------------------
//!  > Thu 20 Nov 18:00        211   410 kB   daily
//!    Wed 19 Nov 18:00        180   402 kB   daily
//! ```

use crate::kernel::Fallible;
use crate::shop::Shop;
use crate::store::{kind_in_words, log};
use crate::tui::place::{Page, Row, RowKey, Section, column, number_column};

pub fn page(shop: &Shop) -> Fallible<Page> {
    let now = shop.now();
    let rows: Vec<Row> = shop
        .backups()
        .into_iter()
        .map(|copy| {
            let folder = copy
                .path
                .parent()
                .map_or_else(String::new, |folder| folder.to_string_lossy().into_owned());
            let cells = [
                shop.settings.zone.show(copy.at, now).to_string(),
                copy.seq.to_string(),
                format!("{} kB", copy.bytes / 1000),
                kind_in_words(copy.kind).to_string(),
                folder,
            ];
            Row::new(RowKey::Backup(copy.path), cells)
        })
        .collect();
    let columns = [
        column(18, 26, 0),
        number_column(6, 8, 2),
        number_column(8, 11, 3),
        column(8, 16, 1),
        column(10, 40, 4),
    ];
    let section = Section::new("BACKUP", &columns)
        .titled(&["EVENTS", "SIZE", "WHY", "FOLDER"])
        .rows(rows)
        .empty("no backup yet   :backup makes one".to_owned());
    let file = shop
        .store
        .path()
        .map_or_else(String::new, |path| path.to_string_lossy().into_owned());
    Ok(Page {
        title: "BACKUPS".to_owned(),
        label: "Find".to_owned(),
        hint: "Enter restores the selected one, after a question".to_owned(),
        head: vec![format!(
            "   {file} has {} events now",
            log::last_seq(shop.read())?
        )],
        sections: vec![section],
        ..Page::default()
    })
}
