//! A reservation that is being written, with what is free for each of its lines.
//!
//! ```text
//! -- WHO   Ines Duarte · 0612 555 770 · 4 past rentals, never late ---
//! -- WHEN  out Sat 22 Nov 09:00  ->  back Mon 24 Nov 10:00   3 days --
//! -- LINE ------------------- QTY FREE -- NEXT 7 DAYS ----------------
//!                                         S22 S23 M24 T25 W26 T27 F28
//!  >!! 1  Sony FX6 body         2    1      1   1   1   4   4   4   1
//!         SHORT 1: CAM-0012 out R-1042 until Mon 24 Nov 10:00
//!         try:  a) 2 x Sony FX3 body   c) take 1   d) keep short
//! -- STATE -----------------------------------------------------------
//!    ( ) quote   (*) hold until Sat 22 Nov 09:00   ( ) confirmed
//! ```

use super::Session;
use crate::booking::{self, Firmness, Piece, Quoted, Shortfall, WayOut};
use crate::desk::{self, ReservationDraft, Weighed};
use crate::kernel::TypeId;
use crate::kernel::{Failure, Fallible, Moment, Period};
use crate::shop::Shop;
use crate::tui::place::{Page, Row, RowKey, Section, Tone, column, number_column};
use crate::{customers, inventory};
use std::collections::BTreeMap;

/// More lines than anyone reads at once are not counted day by day.
const COUNTED_MAX: usize = 40;
const DAYS: usize = 7;
/// As much room as a name gets of a screen of 80 columns, beside four days and a price.
const NAME_WIDE: usize = 34;
/// Under a line, words are broken so that they fit the narrowest full screen.
const WORDS_WIDE: usize = 68;

pub fn page(shop: &Shop, session: &Session<'_>) -> Fallible<Page> {
    let Some(draft) = session.editing else {
        return Ok(Page {
            title: "RESERVATION".to_owned(),
            label: "Add".to_owned(),
            ..Page::default()
        });
    };
    let now = shop.now();
    let (weighed, trouble) = match desk::weigh(shop.read(), &shop.settings, draft, now) {
        Ok(weighed) => (weighed, None),
        Err(Failure::Refused(refusal)) => (Weighed::default(), Some(format!("!! {refusal}"))),
        Err(Failure::Fault(fault)) => return Err(fault),
    };
    let (quoted, price_trouble) =
        match desk::price_draft(shop.read(), &shop.settings, draft, &weighed, now) {
            Ok(quoted) => (quoted, None),
            Err(Failure::Refused(refusal)) => (
                None,
                Some(format!("!! {refusal}")).filter(|_| trouble.is_none()),
            ),
            Err(Failure::Fault(fault)) => return Err(fault),
        };
    let number = draft
        .of
        .as_ref()
        .map_or_else(|| "new".to_owned(), |of| of.number.to_string());
    let changed = if draft.touched { "  (not saved)" } else { "" };
    let mut head = vec![who(shop, draft)?, when(shop, draft)];
    head.extend(closed(shop, draft));
    head.extend(overdue(shop, draft)?);
    head.extend(trouble);
    head.extend(price_trouble);
    let short: Vec<usize> = draft
        .wanted()
        .map(|(place, _)| place)
        .filter(|place| weighed.short_of(*place).next().is_some())
        .collect();
    let wanted = draft.wanted().count();
    let hint = format!(
        "{wanted} line{}{}",
        if wanted == 1 { "" } else { "s" },
        if short.is_empty() {
            String::new()
        } else {
            format!(" · {} short", short.len())
        }
    );
    Ok(Page {
        title: format!("RESERVATION  {number}{changed}"),
        label: "Add".to_owned(),
        hint: if wanted == 0 {
            "a name, 2*name, a kit, a customer, or scan a tag".to_owned()
        } else {
            hint
        },
        head,
        sections: vec![
            lines(shop, draft, &weighed, quoted.as_ref(), session.size.0)?,
            state(
                shop,
                draft,
                &weighed,
                &short,
                price(shop, draft, quoted.as_ref())?,
            ),
        ],
        ..Page::default()
    })
}

fn who(shop: &Shop, draft: &ReservationDraft) -> Fallible<String> {
    let Some(id) = draft.customer else {
        return Ok("-- WHO   type a name or scan a card; only a quote may lack one".to_owned());
    };
    let Ok(customer) = customers::known(shop.read(), id) else {
        return Ok("-- WHO".to_owned());
    };
    let mut parts = vec![format!("-- WHO   {}", customer.profile.name)];
    parts.extend(customer.profile.phone.as_ref().map(ToString::to_string));
    if let Some(reason) = &customer.suspended_reason {
        parts.push(format!("SUSPENDED: {reason}"));
    }
    let (rentals, late) = booking::count_of_customer(shop.read(), &shop.settings, id)?;
    parts.push(match (rentals, late) {
        (0, _) => "no rental yet".to_owned(),
        (rentals, 0) => format!(
            "{rentals} past rental{}, never late",
            if rentals == 1 { "" } else { "s" }
        ),
        (rentals, late) => format!(
            "{rentals} past rental{}, {late} late",
            if rentals == 1 { "" } else { "s" }
        ),
    });
    parts.extend(
        customer
            .profile
            .note
            .as_ref()
            .map(|note| format!("! {note}")),
    );
    Ok(parts.join(" · "))
}

fn when(shop: &Shop, draft: &ReservationDraft) -> String {
    let (zone, now) = (&shop.settings.zone, shop.now());
    let days = (zone.day(draft.window.end) - zone.day(draft.window.start)).num_days();
    let length = match days {
        0 => crate::kernel::time::lateness(draft.window.end.minutes_after(draft.window.start)),
        1 => "1 night".to_owned(),
        days => format!("{days} nights"),
    };
    format!(
        "-- WHEN  out {}  ->  back {}   {length}   Ctrl+D",
        zone.show(draft.window.start, now),
        zone.show(draft.window.end, now)
    )
}

fn closed(shop: &Shop, draft: &ReservationDraft) -> Vec<String> {
    let (zone, now) = (&shop.settings.zone, shop.now());
    booking::closed_at(&shop.settings, draft.window)
        .into_iter()
        .map(|(at, open)| {
            format!(
                "!! closed {} · next open {}",
                zone.show(at, now),
                zone.show(open, now)
            )
        })
        .collect()
}

/// What its lines rely on although it is overdue.
fn overdue(shop: &Shop, draft: &ReservationDraft) -> Fallible<Vec<String>> {
    let (db, now) = (shop.read(), shop.now());
    let own = draft.of.as_ref().map(|of| of.reservation);
    let mut wanted: BTreeMap<TypeId, i64> = BTreeMap::new();
    for (_, line) in draft.wanted() {
        *wanted.entry(line.want.type_id).or_default() += line.want.quantity;
    }
    let (window, mut words) = (draft.window, Vec::new());
    for (type_id, count) in wanted {
        let free = booking::free_count(db, &shop.settings, type_id, window, own, now)?;
        let said =
            booking::counted_on_in_words(db, &shop.settings, type_id, window, free - count, now)?;
        words.extend(said.map(|said| format!("!! {said}")));
    }
    Ok(words)
}

/// What stands under the lines: the sums, and whether the rates would say otherwise by now.
fn price(shop: &Shop, draft: &ReservationDraft, quoted: Option<&Quoted>) -> Fallible<Vec<String>> {
    let Some(quoted) = quoted else {
        return Ok(Vec::new());
    };
    let mut words: Vec<String> = Vec::new();
    for part in desk::totals_in_words(&quoted.priced, shop.settings.currency) {
        match words.last_mut().filter(|row| {
            crate::kernel::text::width(row) + 3 + crate::kernel::text::width(&part) <= WORDS_WIDE
        }) {
            Some(row) => row.push_str(&format!("   {part}")),
            None => words.push(part),
        }
    }
    if let Some(of) = &draft.of {
        match desk::would_give_up(
            shop.read(),
            &shop.settings,
            of.reservation,
            quoted,
            &draft.said_of_price(),
        ) {
            Ok(goes) => words.extend(
                goes.into_iter()
                    .map(|goes| format!("!! {goes} · :price, :target")),
            ),
            Err(Failure::Fault(fault)) => return Err(fault),
            Err(Failure::Refused(_)) => {}
        }
        let money = desk::money_of(shop.read(), of.reservation)?;
        if money.paid.0 != 0 || money.deposit_held.0 > 0 {
            let show = |amount| shop.settings.currency.show(amount);
            words.push(format!(
                "paid {} · deposit held {}",
                show(money.paid),
                show(money.deposit_held)
            ));
        }
    }
    let deposit = desk::deposit_suggested(
        shop.read(),
        &shop.settings,
        quoted
            .priced
            .lines
            .iter()
            .map(|line| (line.type_id, line.quantity)),
    )?;
    if deposit.0 > 0 {
        words.push(format!(
            "deposit {}, suggested at the hand-over",
            shop.settings.currency.show(deposit)
        ));
    }
    if let Some(of) = draft.of.as_ref().filter(|_| !draft.bargain.anew)
        && let Ok(found) = booking::reservation(shop.read(), of.reservation)
    {
        let stale = match booking::out_of_sync(shop.read(), &shop.settings, &found, shop.now()) {
            Ok(stale) => stale,
            Err(Failure::Fault(fault)) => return Err(fault),
            Err(Failure::Refused(_)) => Vec::new(),
        };
        if !stale.is_empty() {
            words.push(format!(
                "!! the rates of {} have changed since · :reprice takes them",
                if stale.len() == 1 {
                    "1 line".to_owned()
                } else {
                    format!("{} lines", stale.len())
                }
            ));
        }
    }
    Ok(words)
}

/// What a row's line costs, and whether it was taken for another row already.
fn price_of(
    shop: &Shop,
    quoted: Option<&Quoted>,
    taken: &mut Vec<usize>,
    place: usize,
    part: bool,
    type_id: crate::kernel::TypeId,
) -> Option<String> {
    let quoted = quoted?;
    let fits = |row: &booking::QuotedRow| {
        row.want == Some(place) && row.part == part && row.type_id == type_id
    };
    let at = quoted
        .rows
        .iter()
        .enumerate()
        .position(|(at, row)| fits(row) && !taken.contains(&at))?;
    taken.push(at);
    quoted
        .priced
        .lines
        .get(at)
        .map(|line| desk::price_cell(line, shop.settings.currency))
}

fn lines(
    shop: &Shop,
    draft: &ReservationDraft,
    weighed: &Weighed,
    quoted: Option<&Quoted>,
    screen: u16,
) -> Fallible<Section> {
    let mut taken = Vec::new();
    let days = days_from(shop, draft.window.start);
    let headings: Vec<String> = days.iter().map(|day| heading(shop, day.start)).collect();
    let mut rows = Vec::new();
    for (place, line) in draft.wanted() {
        let number = draft.number_of(place, weighed);
        if rows.is_empty() {
            rows.push(
                Row::new(
                    RowKey::Wanted {
                        line: place,
                        part: 1,
                    },
                    [
                        String::new(),
                        String::new(),
                        String::new(),
                        headings[..4].join(" "),
                        headings[4..].join(" "),
                    ],
                )
                .toned(Tone::Past),
            );
        }
        let counted = number < COUNTED_MAX;
        let mut part = 0;
        let own: Vec<(usize, &Piece)> = weighed
            .pieces
            .iter()
            .enumerate()
            .filter(|(_, piece)| piece.want == place)
            .collect();
        let short = weighed.short_of(place).next().is_some();
        if !own.iter().any(|(_, piece)| piece.parent.is_none()) {
            // Everything of it went out, or it cannot be counted.
            let name = super::type_of(shop, line.want.type_id)?.name;
            let cells = [
                format!("--{number:>3}  {name}"),
                line.want.quantity.to_string(),
                if line.line.is_some() {
                    "out".to_owned()
                } else {
                    String::new()
                },
            ];
            let price = price_of(shop, quoted, &mut taken, place, false, line.want.type_id);
            rows.push(Row::new(
                RowKey::Wanted { line: place, part },
                cells
                    .into_iter()
                    .chain([String::new(), String::new()])
                    .chain(price),
            ));
        }
        for (at, piece) in own {
            let shortfall = weighed.short.iter().find(|short| short.piece == at);
            let free = if counted {
                Some(shortfall.map_or_else(
                    || free_of(shop, draft, piece, piece.window),
                    |short| Ok(short.free),
                )?)
            } else {
                None
            };
            let strip = if counted {
                days.iter()
                    .map(|day| free_of(shop, draft, piece, *day).map(|free| format!("{free:>3}")))
                    .collect::<Fallible<Vec<_>>>()?
            } else {
                Vec::new()
            };
            let cut = strip.len().min(4);
            let name = named(
                shop,
                piece,
                if piece.parent.is_none() {
                    Some((number, short, line.keep_short))
                } else {
                    None
                },
            )?;
            let cells = [
                name,
                piece.quantity.to_string(),
                free.map(|free| free.to_string()).unwrap_or_default(),
                strip[..cut].join(" "),
                strip[cut..].join(" "),
            ];
            let bad = shortfall.is_some() || (piece.parent.is_none() && short);
            let price = price_of(
                shop,
                quoted,
                &mut taken,
                place,
                piece.parent.is_some(),
                piece.type_id,
            );
            rows.push(
                Row::new(
                    RowKey::Wanted { line: place, part },
                    cells.into_iter().chain(price),
                )
                .toned(if bad { Tone::Attention } else { Tone::Plain }),
            );
            part += 1;
            if let Some(shortfall) = shortfall {
                for words in wrapped(&short_words(shop, shortfall)?, WORDS_WIDE) {
                    rows.push(Row::wide(
                        RowKey::Wanted { line: place, part },
                        format!("        {words}"),
                    ));
                    part += 1;
                }
            }
        }
        if short && !line.keep_short {
            let words: Vec<String> = ways(shop, draft, weighed, place)?
                .iter()
                .map(|(letter, way)| {
                    format!(
                        "{letter}) {}",
                        way_words(shop, way, wanted_of(weighed, place))
                    )
                })
                .collect();
            for words in wrapped(&format!("try:  {}", words.join("   ")), WORDS_WIDE) {
                rows.push(Row::wide(
                    RowKey::Wanted { line: place, part },
                    format!("        {words}"),
                ));
                part += 1;
            }
        }
    }
    // The name needs its room more than the later days do.
    let widest = rows
        .iter()
        .filter(|row| !row.wide)
        .filter_map(|row| row.cells.first())
        .map(|name| crate::kernel::text::width(name))
        .max()
        .unwrap_or(0);
    let (least, later) = if quoted.is_some() { (24, 13) } else { (20, 11) };
    let name = if screen >= 80 {
        widest.clamp(least, NAME_WIDE)
    } else {
        least
    };
    let mut columns = vec![
        column(name, 44, 0),
        number_column(3, 4, 0),
        number_column(4, 5, 0),
        column(15, 15, 1),
        column(later, later, 4),
    ];
    columns.extend(quoted.map(|_| number_column(8, 10, 0)));
    let section = Section::new("LINE", &columns)
        .titled(if quoted.is_some() {
            &["QTY", "FREE", "NEXT 7 DAYS", "", "PRICE"]
        } else {
            &["QTY", "FREE", "NEXT 7 DAYS"]
        })
        .empty("nothing yet   type what is wanted: fx6, 2*fx6, a kit's name; or scan a tag");
    Ok(section.rows(rows))
}

/// `!! 1  Sony FX6 body`, or what belongs to it, indented.
fn named(shop: &Shop, piece: &Piece, top: Option<(usize, bool, bool)>) -> Fallible<String> {
    let pin = match piece.pin.map(|item| inventory::known(shop.read(), item)) {
        Some(Ok(item)) => format!("{} only  ", item.tag),
        _ => String::new(),
    };
    Ok(match top {
        Some((number, short, kept)) => {
            let mark = if short { "!!" } else { "ok" };
            let kept = if short && kept { "  KEPT SHORT" } else { "" };
            let kit = if piece.is_kit { "  (kit)" } else { "" };
            format!("{mark}{number:>3}  {pin}{}{kit}{kept}", piece.type_name)
        }
        None => format!("    + {}", piece.type_name),
    })
}

fn free_of(shop: &Shop, draft: &ReservationDraft, piece: &Piece, window: Period) -> Fallible<i64> {
    booking::free_count(
        shop.read(),
        &shop.settings,
        piece.type_id,
        window,
        draft.of.as_ref().map(|of| of.reservation),
        shop.now(),
    )
}

fn days_from(shop: &Shop, start: Moment) -> Vec<Period> {
    let zone = &shop.settings.zone;
    (0..DAYS)
        .map(|ahead| {
            zone.day_period(
                zone.day(start) + chrono::Duration::days(i64::try_from(ahead).unwrap_or(0)),
            )
        })
        .collect()
}

/// `S22`
fn heading(shop: &Shop, day: Moment) -> String {
    let day = shop.settings.zone.day(day);
    let letter: String = day.format("%a").to_string().chars().take(1).collect();
    format!("{letter}{}", day.format("%d"))
}

/// `SHORT 1: CAM-0012 out R-1042 Maya Chen until Mon 24 Nov 10:00`
fn short_words(shop: &Shop, short: &Shortfall) -> Fallible<String> {
    const CAUSES_MAX: usize = 4;
    let causes = short
        .blockers
        .iter()
        .take(CAUSES_MAX)
        .map(|blocker| booking::blocker_words(shop.read(), &shop.settings, blocker, shop.now()))
        .collect::<Fallible<Vec<_>>>()?;
    let more = short.blockers.len().saturating_sub(CAUSES_MAX);
    let more = if more > 0 {
        format!("; and {more} more")
    } else {
        String::new()
    };
    let causes = if causes.is_empty() {
        format!("there are {}", short.total)
    } else {
        causes.join("; ")
    };
    Ok(format!(
        "SHORT {}: {causes}{more}",
        short.wanted - short.free
    ))
}

fn wanted_of(weighed: &Weighed, line: usize) -> i64 {
    weighed
        .short_of(line)
        .next()
        .map_or(0, |short| short.wanted)
}

/// The ways out of a line that is short, each with its letter. What belongs to a kit or goes along
/// with other gear cannot be swapped alone.
pub fn ways(
    shop: &Shop,
    draft: &ReservationDraft,
    weighed: &Weighed,
    line: usize,
) -> Fallible<Vec<(char, WayOut)>> {
    let Some(short) = weighed.short_of(line).next() else {
        return Ok(Vec::new());
    };
    let alone = weighed.pieces[short.piece].parent.is_none();
    let ways = booking::ways_out(
        shop.read(),
        &shop.settings,
        &weighed.pieces,
        short,
        draft.of.as_ref().map(|of| of.reservation),
        shop.now(),
    )?;
    let fixed = draft.of.as_ref().is_some_and(|of| of.active);
    let ways = ways.into_iter().filter(|way| match way {
        WayOut::Instead { .. } | WayOut::Fewer(_) => alone,
        WayOut::Window(_) => !fixed,
        WayOut::KeepShort => true,
    });
    Ok(('a'..='z').zip(ways).collect())
}

pub fn way_words(shop: &Shop, way: &WayOut, wanted: i64) -> String {
    let (zone, now) = (&shop.settings.zone, shop.now());
    match way {
        WayOut::Instead { name, free, .. } => format!("{wanted} x {name} ({free} free)"),
        WayOut::Window(window) => format!(
            "{} to {}",
            zone.show(window.start, now),
            zone.show(window.end, now)
        ),
        WayOut::Fewer(count) => format!("take {count}"),
        WayOut::KeepShort => "keep short".to_owned(),
    }
}

fn state(
    shop: &Shop,
    draft: &ReservationDraft,
    weighed: &Weighed,
    short: &[usize],
    price: Vec<String>,
) -> Section {
    let (zone, now) = (&shop.settings.zone, shop.now());
    let mark = |on: bool| if on { "(*)" } else { "( )" };
    let was = draft.of.as_ref().map(|of| of.firmness);
    let mut parts = Vec::new();
    if matches!(was, None | Some(Firmness::Quote)) {
        parts.push(format!(
            "{} quote, holds nothing",
            mark(draft.firmness == Firmness::Quote)
        ));
    }
    if !matches!(was, Some(Firmness::Confirmed)) {
        let until = match draft.firmness {
            Firmness::Hold(Some(until)) => until,
            _ => now
                .plus_minutes(shop.settings.hold_minutes())
                .ceil_minute()
                .min(draft.window.start),
        };
        parts.push(format!(
            "{} hold until {}",
            mark(matches!(draft.firmness, Firmness::Hold(_))),
            zone.show(until, now)
        ));
    }
    let confirmed = if draft.of.as_ref().is_some_and(|of| of.active) {
        "active, gear is out"
    } else {
        "confirmed"
    };
    parts.push(format!(
        "{} {confirmed}",
        mark(draft.firmness == Firmness::Confirmed)
    ));
    let mut rows = vec![Row::wide(RowKey::Firmness, parts.join("   "))];
    rows.extend(
        price
            .into_iter()
            .enumerate()
            .map(|(place, words)| Row::wide(RowKey::Words(place + 2), words)),
    );
    rows.extend(
        draft
            .note
            .iter()
            .map(|note| Row::wide(RowKey::Words(1), format!("note: {note}"))),
    );
    let open = short
        .iter()
        .filter(|place| !draft.lines[**place].keep_short)
        .count();
    let title = match open {
        _ if weighed.pieces.is_empty() || draft.firmness == Firmness::Quote => {
            "STATE   + - changes it".to_owned()
        }
        0 => "STATE   + - changes it".to_owned(),
        open => format!(
            "STATE   {open} line{} short: ! shows the ways out; a quote saves as it is",
            if open == 1 { "" } else { "s" }
        ),
    };
    Section::new(title, &[column(20, 90, 0)]).rows(rows)
}

/// The lines that stood there before and have another answer now: whether they fit, and how many
/// are free.
pub fn answers_changed(before: &Page, now: &Page) -> Vec<RowKey> {
    let answers = |page: &Page| -> Vec<(RowKey, Option<bool>, Option<String>)> {
        let rows = page
            .sections
            .iter()
            .flat_map(|section| &section.rows)
            .filter(|row| !row.wide && row.tone != Tone::Past);
        let rows = rows.filter(|row| matches!(row.key, RowKey::Wanted { .. }));
        rows.map(|row| {
            (
                row.key.clone(),
                row.cells.first().map(|mark| mark.starts_with("!!")),
                row.cells.get(2).cloned(),
            )
        })
        .collect()
    };
    let known = answers(before);
    let changed = |row: &(RowKey, Option<bool>, Option<String>)| {
        known
            .iter()
            .find(|(key, ..)| *key == row.0)
            .is_some_and(|before| before != row)
    };
    answers(now)
        .into_iter()
        .filter(changed)
        .map(|(key, ..)| key)
        .collect()
}

/// Words in rows of at most so many columns.
pub fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut rows: Vec<String> = vec![String::new()];
    for word in text.split(' ') {
        let full = rows.last().is_some_and(|row| {
            !row.is_empty()
                && crate::kernel::text::width(row) + 1 + crate::kernel::text::width(word) > columns
        });
        if full {
            rows.push(format!("  {word}"));
        } else if let Some(row) = rows.last_mut() {
            if !row.is_empty() {
                row.push(' ');
            }
            row.push_str(word);
        }
    }
    rows
}
