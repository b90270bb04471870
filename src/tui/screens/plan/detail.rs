//! What the verdict line says of the cursor's cell, and what Enter opens there.

use super::cells::bar_of_day;
use crate::booking::{self, Bar, Blocker, How, ItemBars};
use crate::customers;
use crate::kernel::text::{cut, width};
use crate::kernel::{CustomerId, Fallible, Period, ReservationId, Text};
use crate::shop::Shop;
use crate::tui::grid::GridLine;
use crate::tui::place::RowKey;
use std::collections::BTreeMap;

type Here = Vec<(ReservationId, String)>;

/// `Mon 24: FX6 body short 1 to 10:00, then 3 free · out R-1042 Maya Chen`, in so much room.
pub fn of_cell(
    shop: &Shop,
    line: &GridLine,
    bars: Option<&ItemBars>,
    day: &str,
    period: Period,
    room: usize,
) -> Fallible<(String, Here)> {
    if let Some(bars) = bars {
        let (words, here) = of_item(shop, bars, &period)?;
        return Ok((
            cut(&format!("{day}: {} {words}", line.name.trim()), room),
            here,
        ));
    }
    let RowKey::Type(type_id) = line.key else {
        return Ok((format!("{day}: {}", line.name.trim()), Vec::new()));
    };
    let detail = booking::day_detail(shop.read(), &shop.settings, type_id, period, shop.now())?;
    if detail.steps.is_empty() {
        return Ok((
            cut(&format!("{day}: {}, over", line.name), room),
            Vec::new(),
        ));
    }
    let names = customers::names(
        shop.read(),
        detail
            .blockers
            .iter()
            .filter_map(|blocker| blocker.customer),
    )?;
    let mut steps = steps_words(shop, &detail.steps);
    let counted = booking::counted_on(shop.read(), &shop.settings, type_id, period, shop.now())?;
    if let Some(counted) = counted {
        steps = format!(
            "{steps} · {} overdue since {}",
            counted.count,
            shop.settings.zone.show(counted.since, shop.now())
        );
    }
    let whole = format!(
        "{day}: {} {steps}{}",
        line.name,
        who_words(&detail.blockers, &names)
    );
    // Where that does not fit, the customers' names go: the number finds them, and Enter opens it.
    // The type's own name is nowhere else.
    let words = if width(&whole) <= room {
        whole
    } else {
        format!(
            "{day}: {} {steps}{}",
            line.name,
            who_words(&detail.blockers, &BTreeMap::new())
        )
    };
    let mut here: Here = Vec::new();
    for blocker in &detail.blockers {
        if let Some((id, _)) = blocker.reservation
            && !here.iter().any(|(known, _)| *known == id)
        {
            let until = blocker
                .until
                .map(|until| format!(", until {}", shop.settings.zone.show(until, shop.now())))
                .unwrap_or_default();
            here.push((id, format!("{}{until}", blocker_words(blocker, &names))));
        }
    }
    Ok((cut(&words, room), here))
}

/// ` · out R-1042 Maya Chen, hold R-1047 Ines Duarte`
fn who_words(blockers: &[Blocker], names: &BTreeMap<CustomerId, Text>) -> String {
    let mut named: Vec<String> = Vec::new();
    for blocker in blockers {
        let short = short_words(blocker, names);
        if !named.contains(&short) {
            named.push(short);
        }
    }
    if named.is_empty() {
        String::new()
    } else {
        format!(" · {}", named.join(", "))
    }
}

/// `short 1 to 10:00, then 3 free`
fn steps_words(shop: &Shop, steps: &[(crate::kernel::Moment, i64)]) -> String {
    const SHOWN_MAX: usize = 3;
    let free = |free: i64| {
        if free < 0 {
            format!("short {}", -free)
        } else {
            format!("{free} free")
        }
    };
    let [(_, only)] = steps else {
        let mut parts: Vec<String> = steps
            .windows(2)
            .take(SHOWN_MAX)
            .map(|pair| {
                format!(
                    "{} to {}",
                    free(pair[0].1),
                    shop.settings.zone.show_clock(pair[1].0)
                )
            })
            .collect();
        match steps.last() {
            Some((_, last)) if steps.len() <= SHOWN_MAX + 1 => {
                parts.push(format!("then {}", free(*last)))
            }
            _ => parts.push("then it changes again".to_owned()),
        }
        return parts.join(", ");
    };
    if *only < 0 {
        format!("{} all day", free(*only))
    } else {
        free(*only)
    }
}

/// How, and whose: `out R-1042 Maya Chen`, `on the bench CAM-0014`.
fn short_words(blocker: &Blocker, names: &BTreeMap<CustomerId, Text>) -> String {
    match &blocker.reservation {
        Some(_) => blocker_words(
            &Blocker {
                tag: None,
                quantity: 1,
                ..blocker.clone()
            },
            names,
        ),
        None => blocker_words(blocker, names),
    }
}

fn blocker_words(blocker: &Blocker, names: &BTreeMap<CustomerId, Text>) -> String {
    let mut words = blocker.how.word().to_owned();
    if blocker.quantity > 1 {
        words.push_str(&format!(" {} x", blocker.quantity));
    }
    if let Some(tag) = &blocker.tag {
        words.push_str(&format!(" {tag}"));
    }
    if let Some((_, number)) = blocker.reservation {
        words.push_str(&format!(" {number}"));
    }
    if let Some(name) = blocker.customer.and_then(|id| names.get(&id)) {
        words.push_str(&format!(" {name}"));
    }
    words
}

fn of_item(shop: &Shop, bars: &ItemBars, period: &Period) -> Fallible<(String, Here)> {
    let now = shop.now();
    let touching: Vec<&Bar> = bars
        .bars
        .iter()
        .filter(|bar| bar.window.overlaps(period))
        .collect();
    let Some(last) = bar_of_day(bars, period) else {
        return Ok((
            if period.end <= now {
                "· over"
            } else {
                "· free"
            }
            .to_owned(),
            Vec::new(),
        ));
    };
    let names = customers::names(shop.read(), touching.iter().filter_map(|bar| bar.customer))?;
    let words_of = |bar: &Bar| {
        let number = bar
            .reservation
            .map(|(_, number)| format!(" {number}"))
            .unwrap_or_default();
        let name = bar
            .customer
            .and_then(|id| names.get(&id))
            .map(|name| format!(" {name}"))
            .unwrap_or_default();
        let pinned = if bar.pinned { ", this very item" } else { "" };
        let until = match bar.how {
            _ if bar.window.end >= crate::kernel::MOMENT_MAX => String::new(),
            How::Overdue => ", was due before".to_owned(),
            _ => format!(" to {}", shop.settings.zone.show(bar.window.end, now)),
        };
        format!("{}{number}{name}{until}{pinned}", bar.how.word())
    };
    let mut here: Here = Vec::new();
    for bar in std::iter::once(last).chain(touching.iter().copied().filter(|bar| *bar != last)) {
        if let Some((id, _)) = bar.reservation
            && !here.iter().any(|(known, _)| *known == id)
        {
            here.push((id, words_of(bar)));
        }
    }
    Ok((
        format!(
            "· {}",
            touching
                .iter()
                .map(|bar| words_of(bar))
                .collect::<Vec<_>>()
                .join(", ")
        ),
        here,
    ))
}
