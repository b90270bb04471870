//! The Desk: what someone must act on, what goes out and comes back, what is overdue.
//!
//! ```text
//! -- NEEDS YOU  1 -----------------------------------------------
//!  > unfinished   Leo Park          3 items in hand since 10:31
//! -- COMING BACK TODAY  1 ---------------------------------------
//!    by 12:00     R-1035  Dana Fox  4 items  all still out
//! -- OVERDUE  1 -------------------------------------------------
//!    2 days       R-1021  Sam Okoro 2 items  Sony FX3, F8n
//! ```

use super::{Session, items};
use crate::desk::{self, DueRow, Need};
use crate::kernel::Fallible;
use crate::kernel::time::lateness;
use crate::shop::Shop;
use crate::tui::place::{Column, Page, Row, RowKey, Section, Tone, column};

const DUE: &[Column] = &[column(9, 11, 0), column(8, 8, 0), column(12, 20, 0), column(7, 8, 1), column(10, 36, 2), column(12, 16, 5)];

pub fn page(shop: &Shop, _session: &Session<'_>) -> Fallible<Page> {
    let now = shop.now();
    let board = desk::board(shop.read(), &shop.settings, &shop.consumers()?, now)?;
    let zone = &shop.settings.zone;
    let needs: Vec<Row> = board.needs.iter().map(|need| need_row(shop, need)).collect();
    let back = due_rows(&board.back_today, |row| format!("by {}", zone.show_clock(row.due)));
    let overdue = due_rows(&board.overdue, |row| lateness(now.minutes_after(row.due)));
    let tomorrow = due_rows(&board.tomorrow, |row| format!("by {}", zone.show_clock(row.due)));
    let day = zone.day(now) + chrono::Duration::days(1);
    let sections = vec![
        Section::new(format!("NEEDS YOU  {}", needs.len()), &[column(11, 13, 0), column(10, 26, 0), column(16, 50, 1)]).rows(needs).empty("nothing needs you"),
        Section::new(format!("COMING BACK TODAY  {}", back.len()), DUE).rows(back).empty("nothing comes back today"),
        Section::new(format!("OVERDUE  {}", overdue.len()), DUE).rows(overdue.into_iter().map(|row| row.toned(Tone::Bad)).collect()).empty("nothing is overdue"),
        Section::new(format!("TOMORROW  {}   {} back", day.format("%a %-d %b"), tomorrow.len()), DUE).rows(tomorrow).empty("nothing comes back tomorrow   F2 hands out"),
    ];
    Ok(Page { title: "DESK".to_owned(), label: "Scan".to_owned(), hint: "scan a tag · type a name, phone, R- no.".to_owned(), sections, ..Page::default() })
}

fn need_row(shop: &Shop, need: &Need) -> Row {
    match need {
        Need::Unfinished { draft, customer, items: count, since } => {
            let who = customer.as_ref().map_or_else(|| "nobody yet".to_owned(), ToString::to_string);
            let since = since.map(|since| format!(" since {}", shop.settings.zone.show_clock(since))).unwrap_or_default();
            Row::new(RowKey::Draft(*draft), ["! unfinished".to_owned(), who, format!("{} in hand{since}, check-out not finished", items(*count))]).toned(Tone::Attention)
        }
        Need::Unsaved { draft, number, customer, lines, since } => {
            let who = customer.as_ref().map_or_else(|| "nobody yet".to_owned(), ToString::to_string);
            let of = number.map_or_else(|| "new reservation".to_owned(), |number| format!("changes of {number}"));
            let since = since.map(|since| format!(" since {}", shop.settings.zone.show_clock(since))).unwrap_or_default();
            let lines = format!("{lines} line{}", if *lines == 1 { "" } else { "s" });
            Row::new(RowKey::Unsaved(*draft), ["! not saved".to_owned(), who, format!("{of}, {lines}{since}")]).toned(Tone::Attention)
        }
        Need::Parked { consumer, seq, error } => {
            Row::new(RowKey::Consumer(consumer.clone()), ["! stopped".to_owned(), consumer.clone(), format!("before event {seq}: {error}")]).toned(Tone::Bad)
        }
    }
}

fn due_rows(rows: &[DueRow], when: impl Fn(&DueRow) -> String) -> Vec<Row> {
    rows.iter()
        .map(|row| {
            let out = row.out + row.back;
            let what = if row.back == 0 { row.what.clone() } else { format!("{} back, {} out: {}", row.back, row.out, row.what) };
            let phone = row.phone.as_ref().map(ToString::to_string).unwrap_or_default();
            Row::new(RowKey::Customer(row.customer), [when(row), row.number.to_string(), row.name.to_string(), items(out), what, phone])
        })
        .collect()
}
