//! The cells of the grid: numbers for a type, letters and bars for an item.

use crate::booking::{Bar, How, ItemBars};
use crate::kernel::{Moment, Period};
use crate::tui::grid::{Cell, CellTone};

/// `1 `, `-1`, `12`, `99+`: the last digit in the middle column. A day that is over has no number:
/// nothing can be promised for it.
pub fn number_cells(free: &[i64], past: &[bool]) -> Vec<Cell> {
    free.iter()
        .zip(past)
        .map(|(free, past)| {
            let text = match free {
                _ if *past => String::new(),
                100.. => "99+".to_owned(),
                -99..=99 => free.to_string(),
                _ => "-99".to_owned(),
            };
            let text = if text.len() < 3 {
                format!("{text:>2} ")
            } else {
                text
            };
            let mut letters = [' '; 3];
            for (slot, letter) in letters.iter_mut().zip(text.chars()) {
                *slot = letter;
            }
            let tone = match free {
                _ if *past => CellTone::Past,
                ..=-1 => CellTone::Short,
                0 => CellTone::Zero,
                _ => CellTone::Plain,
            };
            Cell { letters, tone }
        })
        .collect()
}

/// The bar that stands in a day: of several the one that begins last, because the others are seen
/// on the days before.
pub fn bar_of_day<'a>(bars: &'a ItemBars, day: &Period) -> Option<&'a Bar> {
    bars.bars
        .iter()
        .filter(|bar| bar.window.overlaps(day))
        .max_by_key(|bar| bar.window.start)
}

/// `O==O==O`: a letter on each day that something has it, filled where it goes on over midnight.
pub fn bar_cells(bars: &ItemBars, days: &[Period], now: Moment) -> Vec<Cell> {
    let filled = |bar: &Bar| {
        !matches!(
            bar.how,
            How::Bench | How::SetAside | How::Lost | How::Turnaround | How::InCase
        )
    };
    let over = |midnight: Moment| {
        bars.bars
            .iter()
            .any(|bar| filled(bar) && bar.window.start < midnight && bar.window.end >= midnight)
    };
    days.iter()
        .enumerate()
        .map(|(position, day)| {
            let fill = |is_over: bool| if is_over { '=' } else { ' ' };
            let bar = bar_of_day(bars, day);
            let (letter, tone) = match bar {
                Some(bar) => letter_of(bar),
                None if day.end <= now => (' ', CellTone::Past),
                None if bars.item.is_some() => ('.', CellTone::Plain),
                None => (' ', CellTone::Plain),
            };
            let tone = if bars.short && bar.is_some() {
                CellTone::Short
            } else {
                tone
            };
            Cell {
                letters: [
                    fill(position > 0 && over(day.start)),
                    letter,
                    fill(over(day.end)),
                ],
                tone,
            }
        })
        .collect()
}

fn letter_of(bar: &Bar) -> (char, CellTone) {
    match bar.how {
        How::Out | How::Overdue => ('O', CellTone::Out),
        How::Hold | How::Confirmed if bar.pinned => ('P', CellTone::Promised),
        How::Hold => ('r', CellTone::Promised),
        How::Confirmed => ('R', CellTone::Promised),
        How::Bench | How::SetAside | How::Turnaround | How::Lost | How::InCase => {
            ('x', CellTone::Bench)
        }
    }
}
