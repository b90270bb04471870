//! What lies over a screen until it is answered. While one is open, scans wait.

pub mod condition;
pub mod form;
pub mod hand_over;
pub mod palette;
pub mod print;
pub mod settle;

use super::draw::{Strip, StripLine};
use super::keymap::{BINDINGS, Class};
use super::place::PlaceKind;
use crate::booking::{CancelReason, WayOut};
use crate::desk::{StepWords, Whose};
use crate::kernel::text::fit;
use crate::kernel::{
    AssetTag, ItemId, LineId, Moment, Period, RentalId, ReservationId, TypeId, at_the_counter,
};

#[derive(Clone, Debug)]
pub enum Overlay {
    Help {
        first: usize,
    },
    Palette(palette::Palette),
    Condition(condition::ConditionStrip),
    /// The finish of a check-out: the first Enter opened it, the second hands over.
    HandOver(Box<hand_over::HandOverStrip>),
    /// What a return leaves to be settled.
    Settle(Box<settle::SettleStrip>),
    /// Lines to be read: how a price came about, what is wrong with the books.
    Told {
        title: &'static str,
        lines: Vec<String>,
        first: usize,
    },
    Ask(Ask),
    Form(form::Form),
    Print(print::PrintMenu),
}

/// One question with its answers, each a letter.
#[derive(Clone, Debug)]
pub struct Ask {
    pub title: String,
    pub lines: Vec<String>,
    pub choices: Vec<(char, String, Answer)>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// Take it back from whoever has it, and add it to what is in hand.
    TakeBackAndAdd(RentalId),
    Retry(String),
    Skip(String),
    PutBack(i64),
    /// The step that was named, of mine or of anyone's.
    Undo(Whose, StepWords),
    /// The step before what has no undo.
    UndoBefore(StepWords),
    /// What becomes of a line that is short in the reservation that is being written.
    Way(usize, WayOut),
    Take(Taking),
    HandOverAnyway,
    Cancel(ReservationId, CancelReason),
    /// Longer, although others go short by it.
    ExtendAnyway(ReservationId, Moment),
    MoveAnyway(ReservationId, Period),
    /// The draft of a reservation is given up.
    GiveUp(i64),
    OpenReservation(ReservationId),
    /// At the finish: it goes although it is set aside, or lies in a case.
    HandOverAside(AssetTag),
}

/// A thing that is to join what is in hand, with what was answered about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Taking {
    pub item: Option<ItemId>,
    pub type_id: TypeId,
    pub quantity: i64,
    /// It goes in the place of that line.
    pub swap: Option<LineId>,
    pub extra: bool,
    /// Others were promised it.
    pub anyway: bool,
    /// It is set aside, or lies in a case.
    pub aside: bool,
}

impl Overlay {
    /// Whether letters choose here: then a scan's first letter must not.
    pub fn is_dialog(&self) -> bool {
        match self {
            Overlay::Ask(_) | Overlay::Print(_) | Overlay::Help { .. } | Overlay::Told { .. } => {
                true
            }
            Overlay::Condition(strip) => strip.is_choosing(),
            Overlay::Palette(_) | Overlay::Form(_) | Overlay::HandOver(_) | Overlay::Settle(_) => {
                false
            }
        }
    }

    pub fn strip(&self, kind: PlaceKind) -> Strip {
        match self {
            Overlay::Help { first } => help(kind, *first),
            Overlay::Palette(palette) => palette.strip(),
            Overlay::Condition(strip) => strip.strip(),
            Overlay::HandOver(strip) => strip.strip(),
            Overlay::Settle(strip) => strip.strip(),
            Overlay::Told {
                title,
                lines,
                first,
            } => Strip {
                title: (*title).to_owned(),
                lines: lines
                    .iter()
                    .map(|line| StripLine::plain(format!("   {line}")))
                    .collect(),
                footer: "Up Down PgUp PgDn scroll   Esc close".to_owned(),
                whole: true,
                first: (*first).min(lines.len().saturating_sub(1)),
            },
            Overlay::Ask(ask) => {
                let mut lines: Vec<StripLine> = ask
                    .lines
                    .iter()
                    .map(|line| StripLine::plain(format!("   {}", at_the_counter(line))))
                    .collect();
                lines.extend(
                    ask.choices.iter().map(|(letter, words, _)| {
                        StripLine::plain(format!("   [{letter}] {words}"))
                    }),
                );
                Strip {
                    title: ask.title.clone(),
                    lines,
                    footer: "a letter chooses   Esc leave it".to_owned(),
                    whole: false,
                    first: 0,
                }
            }
            Overlay::Form(form) => form.strip(),
            Overlay::Print(menu) => menu.strip(),
        }
    }
}

/// This screen's keys first, then all of them.
fn help(kind: PlaceKind, first: usize) -> Strip {
    let row = |shown: &str, word: Option<&str>, long: &str| {
        let word = word.map(|word| format!(":{word}")).unwrap_or_default();
        StripLine::plain(format!("   {}{}{long}", fit(shown, 11), fit(&word, 14)))
    };
    let here = BINDINGS
        .iter()
        .filter(|binding| binding.bar.contains(&kind));
    let others = BINDINGS
        .iter()
        .filter(|binding| !binding.bar.contains(&kind));
    let mut lines = vec![StripLine::plain("   ON THIS SCREEN")];
    lines.extend(here.map(|binding| row(binding.shown, binding.word, binding.long)));
    lines.push(StripLine::plain("   EVERYWHERE"));
    lines.extend(others.map(|binding| {
        row(
            if binding.class == Class::Typed {
                ""
            } else {
                binding.shown
            },
            binding.word,
            binding.long,
        )
    }));
    lines.push(StripLine::plain("   n* before a tag or name sets a quantity: 4*bat · letters and digits are always text for the box"));
    let first = first.min(lines.len().saturating_sub(1));
    Strip {
        title: "HELP".to_owned(),
        lines,
        first,
        footer: "Up Down PgUp PgDn scroll   Esc close".to_owned(),
        whole: true,
    }
}
