//! The bench: open repairs, newest first, and what was mended this week.

use crate::desk::{self, BenchRow};
use crate::inventory::{self, Condition};
use crate::kernel::{Fallible, Moment};
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column};

pub fn page(shop: &Shop) -> Fallible<Page> {
    let db = shop.read();
    let now = shop.now();
    let open = desk::bench_rows(db, inventory::open_jobs(db)?)?;
    let done = desk::bench_rows(db, inventory::jobs_closed_since(db, Moment(now.0 - 7 * 86_400))?)?;
    let open_rows: Vec<Row> = open.iter().map(|row| open_row(shop, row)).collect();
    let done_rows: Vec<Row> = done
        .iter()
        .map(|row| {
            let cost = row.job.cost.map(|cost| shop.settings.currency.show(cost)).unwrap_or_default();
            let when = row.job.closed_at.map(|at| shop.settings.zone.show(at, now)).unwrap_or_default();
            let outcome = row.job.outcome.clone().or(row.job.trouble.clone()).unwrap_or_default();
            Row::new(RowKey::Item(row.job.item), [row.job.number.to_string(), row.job.tag.to_string(), row.thing.to_string(), outcome.to_string(), when, cost]).toned(Tone::Past)
        })
        .collect();
    let columns = [column(8, 8, 1), column(9, 11, 0), column(10, 28, 2), column(10, 30, 0), column(6, 20, 1), column(6, 26, 3)];
    Ok(Page {
        title: "BENCH".to_owned(),
        label: "Scan".to_owned(),
        hint: "scan an item: report on it, or make it good again".to_owned(),
        sections: vec![
            Section::new(format!("OPEN  {}", open_rows.len()), &columns).rows(open_rows).empty("everything works"),
            Section::new(format!("DONE THIS WEEK  {}", done_rows.len()), &columns).rows(done_rows).empty("nothing was mended this week"),
        ],
        ..Page::default()
    })
}

fn open_row(shop: &Shop, row: &BenchRow) -> Row {
    let job = &row.job;
    let since = shop.settings.zone.show_near(job.opened_at, shop.now());
    let about = match (&job.expected_back, &row.from) {
        (Some(back), _) => format!("back ~{}", shop.settings.zone.show(*back, shop.now())),
        (None, Some((customer, number))) => format!("from {customer} {number}"),
        (None, None) if job.condition == Condition::UnderMaintenance => "under maintenance".to_owned(),
        _ => String::new(),
    };
    let trouble = job.trouble.clone().unwrap_or_default().to_string();
    Row::new(RowKey::Item(job.item), [job.number.to_string(), job.tag.to_string(), row.thing.to_string(), trouble, since, about]).toned(Tone::Bench)
}
