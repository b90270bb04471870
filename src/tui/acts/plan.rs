//! What keys do on the Plan: the arrows walk days and rows, `+` and `-` open and close a type,
//! Enter opens what is here.

use crate::desk;
use crate::kernel::{ReservationNumber, TypeId};
use crate::tui::app::App;
use crate::tui::grid::{Grid, GridLine, PlanState, ROWS_MAX, STEPS};
use crate::tui::keymap::Verb;
use crate::tui::overlays::{Answer, Ask, Overlay};
use crate::tui::place::{Place, RowKey};
use crate::tui::screens::day_typed;
use crate::tui::verdict::Verdict;
use chrono::{Duration, NaiveDate};

/// So many reservations of one cell have a digit to choose them by.
const CHOICES_MAX: usize = 9;
/// The Plan walks over the years that a shop can write.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2098;

impl App {
    pub(super) fn open_plan(&mut self) {
        if self.place != Place::Plan {
            self.plan = PlanState {
                open: std::mem::take(&mut self.plan.open),
                ..PlanState::default()
            };
        }
        self.open(Place::Plan);
    }

    fn grid(&self) -> Option<&Grid> {
        self.page().grid.as_ref()
    }

    fn plan_line(&self) -> Option<&GridLine> {
        self.grid().and_then(|grid| grid.lines.get(grid.row))
    }

    /// The types that are marked, or the one under the cursor, and the cursor's day: what a
    /// reservation made from here begins with.
    pub(in crate::tui) fn plan_wanted(&self) -> Option<(Vec<TypeId>, NaiveDate)> {
        let grid = self.grid().filter(|_| self.place == Place::Plan)?;
        let mut types: Vec<TypeId> = self
            .marked
            .iter()
            .filter_map(|key| {
                if let RowKey::Type(id) = key {
                    Some(*id)
                } else {
                    None
                }
            })
            .collect();
        types.sort_unstable();
        if types.is_empty() {
            types.push(self.plan_line()?.type_id);
        }
        Some((types, *grid.days.get(grid.day)?))
    }

    /// Whether the Plan knows the verb; the cursor's cell is told in the verdict line.
    pub(super) fn plan_verb(&mut self, verb: Verb) -> bool {
        if self.place != Place::Plan {
            return false;
        }
        self.settle();
        let rows = self.grid().map_or(0, |grid| grid.lines.len());
        if !matches!(
            verb,
            Verb::Up
                | Verb::Down
                | Verb::Left
                | Verb::Right
                | Verb::PageUp
                | Verb::PageDown
                | Verb::Today
                | Verb::Back
        ) {
            self.plan.on_heading = false;
        }
        match verb {
            Verb::Up => self.plan_up(),
            Verb::Down if self.plan.on_heading => self.plan.on_heading = false,
            Verb::Down => self.plan_down(),
            Verb::Left => self.plan_days(-1),
            Verb::Right => self.plan_days(1),
            Verb::PageUp => self.plan_days(-7),
            Verb::PageDown => self.plan_days(7),
            Verb::First => self.plan.to_top(),
            Verb::NextSection => (0..rows.max(1)).for_each(|_| self.plan_scroll_down()),
            Verb::PreviousSection => {
                self.plan.top = (self.plan.top - i64::try_from(rows).unwrap_or(1)).max(0)
            }
            Verb::Last => self.plan_last(),
            Verb::Today => {
                self.clear_box();
                (self.plan.first, self.plan.day, self.plan.step) = (None, None, 0);
            }
            Verb::Increase | Verb::Decrease => self.plan_open(verb == Verb::Increase),
            Verb::Mark => {
                if let Some(key) = self.plan_line().map(|line| RowKey::Type(line.type_id)) {
                    if !self.marked.remove(&key) {
                        self.marked.insert(key);
                    }
                    self.plan_down();
                }
            }
            Verb::MarkAll => {
                let keys: Vec<RowKey> = self
                    .grid()
                    .map(|grid| {
                        grid.lines
                            .iter()
                            .map(|line| RowKey::Type(line.type_id))
                            .collect()
                    })
                    .unwrap_or_default();
                self.marked.extend(keys);
            }
            _ => return false,
        }
        self.say(Verdict::ready());
        true
    }

    fn plan_up(&mut self) {
        if self.plan.row > 0 {
            self.plan.row -= 1;
        } else if self.plan.skip > 0 {
            self.plan.skip -= 1;
        } else if self.plan.top > 0 {
            self.plan.top -= 1;
            self.plan.skip = usize::MAX; // its last row; the page knows how many it has
        } else {
            self.plan.on_heading = true; // above the first row of all
        }
    }

    fn plan_down(&mut self) {
        let rows = self.grid().map_or(0, |grid| grid.lines.len());
        if self.plan.row + 1 < rows {
            self.plan.row += 1;
        } else {
            self.plan_scroll_down();
        }
    }

    /// One row further, while there are rows below.
    fn plan_scroll_down(&mut self) {
        let Some(grid) = self.grid().filter(|grid| grid.more) else {
            return;
        };
        let height = grid.top_height;
        self.plan.skip += 1;
        if self.plan.skip >= height {
            (self.plan.top, self.plan.skip) = (self.plan.top + 1, 0);
        }
        self.refresh();
    }

    fn plan_last(&mut self) {
        let rows = self.grid().map_or(1, |grid| grid.lines.len());
        let found = crate::catalog::count_found(self.shop.read(), &self.plan.filter).unwrap_or(0);
        self.plan.to_top();
        self.plan.top = (found - i64::try_from(rows).unwrap_or(1)).max(0);
        self.plan.row = ROWS_MAX;
    }

    /// The cursor moves by days; the sight follows it.
    fn plan_days(&mut self, by: i64) {
        let Some((first, day, count)) = self.grid().and_then(|grid| {
            Some((
                *grid.days.first()?,
                *grid.days.get(grid.day)?,
                grid.days.len(),
            ))
        }) else {
            return;
        };
        let (by, count) = if self.plan.in_hours {
            (self.plan_steps(by), count / STEPS)
        } else {
            (by, count)
        };
        let Some(to) = day.checked_add_signed(Duration::days(by)) else {
            return;
        };
        let last = first + Duration::days(i64::try_from(count).unwrap_or(1).max(1) - 1);
        if by.abs() >= 7 {
            self.plan_show(first + Duration::days(by), to);
        } else if to < first {
            self.plan_show(to, to);
        } else if to > last {
            self.plan_show(first + (to - last), to);
        } else {
            self.plan.day = Some(to);
        }
    }

    /// The cursor moves by steps of a day, or by a day where it would move by a week: how many days
    /// that is.
    fn plan_steps(&mut self, by: i64) -> i64 {
        if by.abs() >= 7 {
            return by.signum();
        }
        let steps = i64::try_from(STEPS).unwrap_or(1);
        let to = i64::try_from(self.plan.step).unwrap_or(0) + by;
        self.plan.step = usize::try_from(to.rem_euclid(steps)).unwrap_or(0);
        to.div_euclid(steps)
    }

    /// Enter on the heading of a day: that day in steps of four hours, or whole days again.
    fn plan_zoom(&mut self) {
        let Some(day) = self
            .grid()
            .and_then(|grid| grid.days.get(grid.day).copied())
        else {
            return;
        };
        self.plan.in_hours = !self.plan.in_hours;
        (self.plan.step, self.plan.on_heading) = (0, false);
        self.plan_show(day, day);
        self.say(Verdict::ready());
    }

    fn plan_show(&mut self, first: NaiveDate, day: NaiveDate) {
        use chrono::Datelike;
        if YEARS.contains(&first.year()) && YEARS.contains(&day.year()) {
            (self.plan.first, self.plan.day) = (Some(first), Some(day));
        }
    }

    fn plan_open(&mut self, open: bool) {
        let Some((id, is_type)) = self
            .plan_line()
            .map(|line| (line.type_id, line.sign.is_some()))
        else {
            return;
        };
        if open {
            if self.plan.open.insert(id) {
                self.plan_show_items(id);
            }
        } else if self.plan.open.remove(&id) && !is_type {
            // The cursor goes to the type whose rows went away; it may be above the sight.
            let header = self.grid().and_then(|grid| {
                grid.lines
                    .iter()
                    .position(|line| line.type_id == id && line.sign.is_some())
            });
            self.plan.row = header.unwrap_or(0);
        }
        if self.plan.skip > 0 && !open {
            self.plan.skip = 0;
        }
    }

    /// The items of a type that was just opened come into sight, as many as fit below its own row.
    fn plan_show_items(&mut self, id: TypeId) {
        self.refresh();
        while self.plan.row > 0
            && self.grid().is_some_and(|grid| {
                grid.more && grid.lines.last().is_some_and(|line| line.type_id == id)
            })
        {
            self.plan.row -= 1;
            self.plan_scroll_down();
        }
    }

    /// Enter: a date jumps there, words stay as the filter, an empty box opens what is here.
    pub(super) fn enter_plan(&mut self, typed: &str) {
        self.settle();
        if typed.is_empty() && self.grid().is_some_and(|grid| grid.on_heading) {
            return self.plan_zoom();
        }
        if typed.is_empty() {
            return self.open_here();
        }
        if let Some(day) = day_typed(&self.shop, typed) {
            self.clear_box();
            self.plan_show(day, day);
            return self.say(Verdict::ready());
        }
        if self.grid().is_none_or(|grid| grid.lines.is_empty()) {
            let nothing = matches!(
                desk::typed(
                    self.shop.read(),
                    &self.shop.settings,
                    typed,
                    self.shop.now()
                ),
                Ok(desk::Answer::Nothing)
            );
            if nothing && !typed.contains("..") && ReservationNumber::parse(typed).is_none() {
                let words = self
                    .grid()
                    .map(|grid| {
                        grid.empty
                            .trim_end_matches("Esc clears")
                            .trim_end()
                            .to_owned()
                    })
                    .unwrap_or_default();
                return self.say(Verdict::attention(words, "Esc clears"));
            }
            return self.resolve_typed(typed);
        }
        self.plan.filter = typed.to_owned();
        self.clear_box();
        self.plan.to_top();
        self.say(Verdict::ready());
    }

    /// A reservation if there is one, a list of them if there are several, else the item or the
    /// type.
    fn open_here(&mut self) {
        let Some((grid, line)) = self
            .grid()
            .and_then(|grid| Some((grid, grid.lines.get(grid.row)?)))
        else {
            return;
        };
        let (here, line) = (grid.here.clone(), line.clone());
        match here.as_slice() {
            [(only, _)] => self.open(Place::Reservation(*only)),
            [] => match line.key {
                RowKey::Item(id) => self.open(Place::Item(id)),
                _ => self.open(Place::Gear(Some(line.type_id))),
            },
            several => {
                let choices = several
                    .iter()
                    .take(CHOICES_MAX)
                    .zip('1'..='9')
                    .map(|((id, words), digit)| {
                        (digit, words.clone(), Answer::OpenReservation(*id))
                    })
                    .collect();
                let more = several.len().saturating_sub(CHOICES_MAX);
                let lines = if more > 0 {
                    vec![format!("{more} more are not listed here")]
                } else {
                    Vec::new()
                };
                self.overlay = Some(Overlay::Ask(Ask {
                    title: format!("{}: WHO HAS IT", line.name.trim()),
                    lines,
                    choices,
                }));
            }
        }
    }

    /// Esc on the Plan shows whole days again, clears the filter before it leaves.
    pub(super) fn plan_clears_filter(&mut self) -> bool {
        if self.place == Place::Plan && self.plan.in_hours {
            self.plan_zoom();
            return true;
        }
        if self.place != Place::Plan || self.plan.filter.is_empty() {
            return false;
        }
        self.plan.filter.clear();
        self.plan.to_top();
        self.say(Verdict::ready());
        true
    }
}
