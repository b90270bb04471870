//! The Desk: what someone must act on, what goes out and comes back, what is overdue.
//!
//! ```text
//! -- NEEDS YOU  1 -----------------------------------------------
//!  > unfinished   Leo Park          3 items in hand since 10:31
//! -- COMING BACK TODAY  1 ---------------------------------------
//!    by 12:00     R-1035  Dana Fox  4 items  all still out
//! -- OVERDUE  1 -------------------------------------------------
//!    2 days       R-1021  Sam Okoro 2 items  Sony FX3, F8n
//! -- TO SETTLE  1 -----------------------------------------------
//!    back Sun     R-1007  Sam Okoro late fee 100.00 open · owes 306.00
//! ```

use super::{Session, items};
use crate::booking::ReservationState;
use crate::desk::{self, Board, DueRow, Need, OutRow};
use crate::kernel::text::width;
use crate::kernel::{Fallible, Moment};
use crate::pricing;
use crate::shop::Shop;
use crate::tui::place::{Column, Page, Row, RowKey, Section, Tone, column};

const DUE: &[Column] = &[
    column(9, 11, 0),
    column(8, 8, 0),
    column(12, 20, 0),
    column(7, 8, 1),
    column(10, 36, 2),
    column(12, 16, 5),
];
const LATE: &[Column] = &[
    column(9, 11, 0),
    column(8, 8, 0),
    column(12, 20, 0),
    column(11, 11, 1),
    column(7, 8, 2),
    column(10, 36, 3),
    column(12, 16, 5),
];
const LEFT: &[Column] = &[
    column(9, 11, 2),
    column(8, 8, 0),
    column(12, 20, 0),
    column(38, 60, 0),
];

pub fn page(shop: &Shop, session: &Session<'_>) -> Fallible<Page> {
    let (db, settings, now) = (shop.read(), &shop.settings, shop.now());
    let board = desk::board(db, settings, &shop.consumers()?, now)?;
    let zone = &settings.zone;
    let today = zone.day(now);
    let day = today + chrono::Duration::days(1);
    let mut needs: Vec<Row> = board
        .needs
        .iter()
        .map(|need| need_row(shop, need, session.size.0))
        .collect();
    let who = needs
        .iter()
        .filter_map(|row| row.cells.get(1))
        .map(|who| width(who))
        .max()
        .unwrap_or(0)
        .min(WHO_WIDE);
    for (row, need) in needs.iter_mut().zip(&board.needs) {
        if let (Need::Short { short, .. }, Some(what)) = (need, row.cells.get_mut(2)) {
            let room =
                usize::from(session.size.0).saturating_sub(BEFORE_WHO + who + width(what) + 5);
            let why = short.why_within(room);
            if session.size.0 >= ROOMY_FROM || width(&why) <= room {
                what.push_str(&format!(" ({why})"));
            }
        }
    }
    if let Some(alarm) = shop.store.alarm()? {
        let words = [
            alarm.to_string(),
            ":restore a backup, or :accept it with a reason".to_owned(),
        ];
        needs.push(
            Row::new(
                RowKey::Words(0),
                ["! file".to_owned()].into_iter().chain(words),
            )
            .toned(Tone::Bad),
        );
    }
    if let Some(count) = shop.lapse_waits()? {
        let words = [
            format!("{count} promises"),
            "would lapse at once: is the clock right? :clock goes on with it".to_owned(),
        ];
        needs.push(
            Row::new(
                RowKey::Words(0),
                ["! clock?".to_owned()].into_iter().chain(words),
            )
            .toned(Tone::Bad),
        );
    }
    let out = out_rows(shop, &desk::going_out(db, settings, today, now)?);
    let out_tomorrow = out_rows(shop, &desk::going_out(db, settings, day, now)?);
    let back = due_rows(&board.back_today, |row| {
        format!("by {}", zone.show_clock(row.due))
    });
    let back_tomorrow = due_rows(&board.tomorrow, |row| {
        format!("by {}", zone.show_clock(row.due))
    });
    let overdue: Vec<Row> = due_rows(&board.overdue, |row| {
        pricing::late_words(settings, row.due, now)
            .unwrap_or_else(|| format!("since {}", zone.show_clock(row.due)))
    })
    .into_iter()
    .zip(&board.overdue)
    .map(|(mut row, due)| {
        row.cells.insert(
            3,
            due.needed
                .map(|from| format!("needed {}!", zone.day(from.max(now)).format("%a")))
                .unwrap_or_default(),
        );
        row.toned(Tone::Bad)
    })
    .collect();
    let title = format!(
        "TOMORROW  {}   {} out · {} back",
        day.format("%a %-d %b"),
        out_tomorrow.len(),
        back_tomorrow.len()
    );
    let tomorrow: Vec<Row> = out_tomorrow.into_iter().chain(back_tomorrow).collect();
    let unsettled = unsettled_rows(shop, &board);
    let mut sections = vec![
        Section::new(
            format!("NEEDS YOU  {}", needs.len()),
            &[column(11, 13, 0), column(10, 30, 0), column(16, 56, 1)],
        )
        .rows(needs)
        .empty("nothing needs you"),
        Section::new(format!("GOING OUT TODAY  {}", out.len()), DUE)
            .rows(out)
            .empty("nothing goes out today   F4 makes a reservation"),
        Section::new(format!("COMING BACK TODAY  {}", back.len()), DUE)
            .rows(back)
            .empty("nothing comes back today"),
        Section::new(format!("OVERDUE  {}", overdue.len()), LATE)
            .rows(overdue)
            .empty("nothing is overdue"),
        Section::new(title, DUE)
            .rows(tomorrow)
            .empty("nothing goes out or comes back tomorrow   F4 makes a reservation"),
    ];
    if !unsettled.is_empty() {
        let more = if board.more_unsettled { "+" } else { "" };
        sections.insert(
            4,
            Section::new(format!("TO SETTLE  {}{more}", unsettled.len()), LEFT).rows(unsettled),
        );
    }
    Ok(Page {
        title: "DESK".to_owned(),
        label: "Scan".to_owned(),
        hint: "scan a tag · type a name, phone, R- no.".to_owned(),
        sections,
        ..Page::default()
    })
}

/// Enter opens what is to be settled: at the first fee, or at what is paid.
fn unsettled_rows(shop: &Shop, board: &Board) -> Vec<Row> {
    board
        .unsettled
        .iter()
        .map(|left| {
            let place = usize::from(!left.fees.is_empty());
            let cells = [
                day_words(shop, left.since),
                left.number.to_string(),
                left.name.to_string(),
                left.in_words(shop.settings.currency),
            ];
            Row::new(RowKey::ToSettle(left.reservation, place), cells)
        })
        .collect()
}

fn out_rows(shop: &Shop, rows: &[OutRow]) -> Vec<Row> {
    let (zone, now) = (&shop.settings.zone, shop.now());
    rows.iter()
        .map(|row| {
            let day = zone.day(row.start);
            let early = if day < zone.day(now) {
                format!("{} ", day.format("%a"))
            } else {
                String::new()
            };
            let (state, tone) = match (row.short, row.state) {
                (short, _) if short > 0 => (format!("SHORT {short}"), Tone::Attention),
                (_, ReservationState::Hold) => ("hold".to_owned(), Tone::Plain),
                (_, ReservationState::Active) => ("part is out".to_owned(), Tone::Out),
                _ if row.packed > 0 => {
                    (format!("packed {}/{}", row.packed, row.items), Tone::Plain)
                }
                _ if day > zone.day(now) => ("ok".to_owned(), Tone::Plain),
                _ => ("not packed".to_owned(), Tone::Plain),
            };
            let count = format!(
                "{} item{}",
                row.items,
                if row.items == 1 { "" } else { "s" }
            );
            let cells = [
                format!("{early}{}", zone.show_clock(row.start)),
                row.number.to_string(),
                row.name.to_string(),
                count,
                row.what.clone(),
                state,
            ];
            Row::new(RowKey::Reservation(row.reservation), cells).toned(tone)
        })
        .collect()
}

/// Below this width what can be seen elsewhere is left out, so that nothing is cut in the middle.
const ROOMY_FROM: u16 = 100;

/// The columns of a row before whose it is, and what that takes at the most.
const BEFORE_WHO: usize = 19;
const WHO_WIDE: usize = 30;

fn need_row(shop: &Shop, need: &Need, wide: u16) -> Row {
    let roomy = wide >= ROOMY_FROM;
    match need {
        Need::Unfinished {
            draft,
            customer,
            items: count,
            since,
        } => {
            let who = customer
                .as_ref()
                .map_or_else(|| "nobody yet".to_owned(), ToString::to_string);
            let since = since
                .map(|since| format!(" since {}", shop.settings.zone.show_clock(since)))
                .unwrap_or_default();
            Row::new(
                RowKey::Draft(*draft),
                [
                    "! unfinished".to_owned(),
                    who,
                    format!("{} in hand{since}, check-out not finished", items(*count)),
                ],
            )
            .toned(Tone::Attention)
        }
        Need::Unsaved {
            draft,
            number,
            customer,
            lines,
            since,
        } => {
            let who = customer
                .as_ref()
                .map_or_else(|| "nobody yet".to_owned(), ToString::to_string);
            let of = number.map_or_else(
                || "new reservation".to_owned(),
                |number| format!("changes of {number}"),
            );
            let since = since
                .map(|since| format!(" since {}", shop.settings.zone.show_clock(since)))
                .unwrap_or_default();
            let lines = format!("{lines} line{}", if *lines == 1 { "" } else { "s" });
            Row::new(
                RowKey::Unsaved(*draft),
                [
                    "! not saved".to_owned(),
                    who,
                    format!("{of}, {lines}{since}"),
                ],
            )
            .toned(Tone::Attention)
        }
        Need::Short {
            reservation,
            number,
            name,
            start,
            thing,
            wanted,
            free,
            more,
            ..
        } => {
            let who = if roomy {
                format!("{number} {name}")
            } else {
                format!("{number} {}", day_words(shop, *start))
            };
            let others = if *more > 0 {
                format!(" +{more} more")
            } else {
                String::new()
            };
            let what = format!("needs {wanted} x {thing}, {free} free{others}");
            let what = if roomy {
                format!("{} {what}", day_words(shop, *start))
            } else {
                what
            };
            Row::new(
                RowKey::Reservation(*reservation),
                ["! shortage".to_owned(), who, what],
            )
            .toned(Tone::Attention)
        }
        Need::HoldLapses {
            reservation,
            number,
            name,
            at,
        } => Row::new(
            RowKey::Reservation(*reservation),
            [
                "! hold lapses".to_owned(),
                format!("{number} {name}"),
                shop.settings.zone.show_near(*at, shop.now()),
            ],
        )
        .toned(Tone::Attention),
        Need::Uncollected {
            reservation,
            number,
            name,
            phone,
            start,
            over,
            rest,
        } => {
            let phone = phone
                .as_ref()
                .map(|phone| format!(" · {phone}"))
                .unwrap_or_default();
            let near = |moment: Moment| shop.settings.zone.show_near(moment, shop.now());
            let what = match (rest, over) {
                (Some(rest), _) => format!("{rest} never left{phone}"),
                (None, Some(end)) => format!("its window ended {}{phone}", near(*end)),
                (None, None) => format!(
                    "{}since {}{phone}",
                    if roomy { "nobody came " } else { "" },
                    near(*start)
                ),
            };
            Row::new(
                RowKey::Reservation(*reservation),
                [
                    "! not picked up".to_owned(),
                    format!("{number} {name}"),
                    what,
                ],
            )
            .toned(Tone::Attention)
        }
        Need::Wanted {
            reservation,
            number,
            name,
            start,
            tag,
            thing,
        } => {
            let (who, what) = (
                format!("{number} {}", day_words(shop, *start)),
                format!(
                    "{tag} is back, needed {} · {thing} · {name}",
                    shop.settings.zone.show_clock(*start)
                ),
            );
            Row::new(
                RowKey::Reservation(*reservation),
                ["! wanted".to_owned(), who, what],
            )
            .toned(Tone::Attention)
        }
        Need::Lapsed {
            reservation,
            number,
            name,
            phone,
            at,
            was_hold,
        } => {
            let phone = phone
                .as_ref()
                .map(|phone| format!(" · {phone}"))
                .unwrap_or_default();
            let what = format!(
                "{} {}{phone}",
                if *was_hold {
                    "hold lapsed"
                } else {
                    "nobody came"
                },
                shop.settings.zone.show_near(*at, shop.now())
            );
            Row::new(
                RowKey::Reservation(*reservation),
                ["lapsed".to_owned(), format!("{number} {name}"), what],
            )
        }
        Need::StaleList(stale) => {
            let who = if roomy {
                format!("list of {} is on paper", stale.day.format("%a %-d %b"))
            } else {
                format!("of {}", stale.day.format("%a %-d %b"))
            };
            let printed = if roomy {
                format!(
                    "printed {}; ",
                    stale.when_printed(&shop.settings, shop.now())
                )
            } else {
                String::new()
            };
            let key = stale
                .changed
                .first()
                .map_or(RowKey::Words(1), |(id, ..)| RowKey::Reservation(*id));
            Row::new(
                key,
                [
                    "! pick list".to_owned(),
                    who,
                    format!("{printed}{} · F9 prints it again", stale.what_changed()),
                ],
            )
            .toned(Tone::Attention)
        }
        Need::Unsent {
            message,
            name,
            about,
            of,
            is_dead,
            error,
        } => {
            let what = of.map_or_else(|| about.clone(), |(_, number)| format!("{about} {number}"));
            let became = if *is_dead { "failed" } else { "interrupted" };
            let how = format!("messages retry {}", message.0);
            let words = if roomy {
                format!(
                    "message {became}{}: {error} · rentdesk {how}",
                    if *is_dead { " for good" } else { "" }
                )
            } else {
                format!("{became} · {how}")
            };
            let key = of.map_or(RowKey::Words(2), |(id, _)| RowKey::Reservation(id));
            Row::new(
                key,
                ["! not sent".to_owned(), format!("{name} · {what}"), words],
            )
            .toned(Tone::Attention)
        }
        Need::Setting { name, value } => Row::new(
            RowKey::Words(3),
            [
                "! setting".to_owned(),
                (*name).to_owned(),
                format!("\"{value}\" cannot be read · rentdesk settings set {name}"),
            ],
        )
        .toned(Tone::Bad),
        Need::Stopped {
            consumer,
            seq,
            error,
            parked,
        } => Row::new(
            RowKey::Consumer(consumer.clone()),
            [
                "! stopped".to_owned(),
                consumer.clone(),
                format!(
                    "before event {seq}{}: {error}",
                    if *parked {
                        ""
                    } else {
                        ", tried again by itself"
                    }
                ),
            ],
        )
        .toned(Tone::Bad),
    }
}

fn due_rows(rows: &[DueRow], when: impl Fn(&DueRow) -> String) -> Vec<Row> {
    rows.iter()
        .map(|row| {
            let out = row.out + row.back;
            let what = if row.back == 0 {
                row.what.clone()
            } else {
                format!("{} back, {} out: {}", row.back, row.out, row.what)
            };
            let phone = row
                .phone
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            Row::new(
                RowKey::Customer(row.customer),
                [
                    when(row),
                    row.number.to_string(),
                    row.name.to_string(),
                    items(out),
                    what,
                    phone,
                ],
            )
        })
        .collect()
}

/// `tomorrow`, `Sat 22 Nov`
fn day_words(shop: &Shop, moment: Moment) -> String {
    let zone = &shop.settings.zone;
    match (zone.day(moment) - zone.day(shop.now())).num_days() {
        -1 => "yesterday".to_owned(),
        0 => "today".to_owned(),
        1 => "tomorrow".to_owned(),
        _ => zone.day(moment).format("%a %-d %b").to_string(),
    }
}
