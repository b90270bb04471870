//! What is short in the reservation that is being written, and the ways out of it.

use crate::booking::{self, Want, WayOut};
use crate::desk;
use crate::kernel::Stop;
use crate::tui::app::App;
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::place::{Place, RowKey};
use crate::tui::screens;
use crate::tui::verdict::Verdict;
use std::collections::BTreeSet;

impl App {
    /// The first line that is short and that nobody chose to keep so: its place and its number.
    pub(super) fn first_short(&self) -> Option<(usize, usize)> {
        let draft = self.editing.as_ref()?;
        let weighed = desk::weigh(
            self.shop.read(),
            &self.shop.settings,
            draft,
            self.shop.now(),
        )
        .ok()?;
        draft
            .wanted()
            .find(|(place, line)| !line.keep_short && weighed.short_of(*place).next().is_some())
            .map(|(place, _)| (place, draft.number_of(place, &weighed)))
    }

    /// The lines that the screen shows as short.
    pub(in crate::tui) fn short_lines(&self) -> BTreeSet<usize> {
        let rows = self
            .page()
            .sections
            .iter()
            .flat_map(|section| &section.rows);
        rows.filter_map(|row| match row.key {
            RowKey::Wanted { line, part: 0 }
                if row.cells.first().is_some_and(|cell| cell.starts_with("!!")) =>
            {
                Some(line)
            }
            _ => None,
        })
        .collect()
    }

    /// Another window took what a line here was shown to have.
    pub(in crate::tui) fn say_what_became_short(&mut self, before: &BTreeSet<usize>) {
        if self.place != Place::Reserve {
            return;
        }
        let after = self.short_lines();
        let Some(draft) = &self.editing else { return };
        let weighed = match desk::weigh(
            self.shop.read(),
            &self.shop.settings,
            draft,
            self.shop.now(),
        ) {
            Ok(weighed) => weighed,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        let number = |line: usize| draft.number_of(line, &weighed);
        let became: Vec<String> = after
            .difference(before)
            .map(|line| number(*line).to_string())
            .collect();
        let fits: Vec<String> = before
            .difference(&after)
            .map(|line| number(*line).to_string())
            .collect();
        match (became.is_empty(), fits.is_empty()) {
            (false, _) => self.say(Verdict::attention(
                format!("line {} became short", became.join(", ")),
                "! shows the ways out",
            )),
            (true, false) => self.say(Verdict::fine(format!("line {} fits now", fits.join(", ")))),
            _ => {}
        }
    }

    /// `!`: the ways out of the chosen line, or of the first that is short.
    pub(super) fn open_ways(&mut self) {
        let chosen = self
            .chosen_line()
            .filter(|line| self.short_lines().contains(line));
        match chosen.or_else(|| self.first_short().map(|(line, _)| line)) {
            Some(line) => self.show_ways(line),
            None => self.say(Verdict::fine("no line is short")),
        }
    }

    /// `!` on a line of a reservation that stands: the change begins there.
    pub(super) fn open_ways_here(&mut self) {
        let (Place::Reservation(id), Some(RowKey::Line(line))) =
            (self.place.clone(), self.selected.clone())
        else {
            return;
        };
        self.edit_reservation(id, Some(line));
        if self.place == Place::Reserve {
            self.refresh();
            self.open_ways();
        }
    }

    pub(super) fn show_ways(&mut self, line: usize) {
        let Some(draft) = self.editing.clone() else {
            return;
        };
        let weighed = match desk::weigh(
            self.shop.read(),
            &self.shop.settings,
            &draft,
            self.shop.now(),
        ) {
            Ok(weighed) => weighed,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        let Some(short) = weighed.short_of(line).next() else {
            return self.say(Verdict::fine("that line fits now"));
        };
        let number = draft.number_of(line, &weighed);
        let told = booking::shortfall_in_words(
            self.shop.read(),
            &self.shop.settings,
            &weighed.pieces,
            short,
            self.shop.now(),
        );
        match (told, screens::ways(&self.shop, &draft, &weighed, line)) {
            (Ok(told), Ok(ways)) => {
                let choices = ways
                    .into_iter()
                    .map(|(letter, way)| {
                        (
                            letter,
                            screens::way_words(&self.shop, &way, short.wanted),
                            Answer::Way(line, way),
                        )
                    })
                    .collect();
                self.overlay = Some(Overlay::Ask(Ask {
                    title: format!(
                        "LINE {number} IS SHORT {}: {}",
                        short.wanted - short.free,
                        short.type_name
                    ),
                    lines: vec![told],
                    choices,
                }));
                self.say(Verdict::question(
                    format!("what becomes of line {number}?"),
                    "a letter chooses · Esc leaves it",
                ));
            }
            (Err(fault), _) | (_, Err(fault)) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    pub(super) fn take_way(&mut self, line: usize, way: WayOut) {
        match way {
            WayOut::Instead { type_id, name, .. } => {
                let mut place = None;
                self.edit(|draft| {
                    let quantity = draft.lines[line].want.quantity;
                    if draft.lines[line].line.is_some() {
                        draft.lines[line].dropped = true;
                        place = draft.add(Want::of(type_id, quantity));
                    } else {
                        draft.lines[line].want = Want::of(type_id, quantity);
                        place = Some(line);
                    }
                });
                if let Some(place) = place {
                    self.say_line(place, name.as_str());
                }
            }
            WayOut::Window(window) => {
                self.edit(|draft| draft.window = window);
                self.say_window(window);
            }
            WayOut::Fewer(count) => {
                let name = self
                    .editing
                    .as_ref()
                    .map(|draft| self.type_name(draft.lines[line].want.type_id))
                    .unwrap_or_default();
                self.edit(|draft| draft.lines[line].want.quantity = count);
                self.say_line(line, &name);
            }
            WayOut::KeepShort => {
                self.edit(|draft| draft.lines[line].keep_short = true);
                self.say(Verdict::attention(
                    "kept short: it stands under NEEDS YOU until it is mended",
                    "Enter saves",
                ));
            }
        }
    }
}
