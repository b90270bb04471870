//! The rows of the screen: read again after each change, and the selection that walks over them.

use super::{App, Bargained, BoxMode, MoneyAsk};
use crate::tui::place::{Place, RowKey};
use crate::tui::screens::{self, Session};
use crate::tui::verdict::{Severity, Verdict};

impl App {
    /// Reads the screen's rows again; drawing never does.
    pub fn refresh(&mut self) {
        self.rows = None;
        self.make_page();
    }

    pub(super) fn make_page(&mut self) {
        self.stale = false;
        let typed = if self.mode == BoxMode::Find {
            self.text.value().to_owned()
        } else {
            String::new()
        };
        let session = Session {
            typed: &typed,
            in_hand: &self.in_hand,
            editing: self.editing.as_ref(),
            back: &self.back,
            returned_at: self.returned_at,
            log: &self.log,
            seen: &self.seen,
            plan: &self.plan,
            size: self.size,
        };
        let known = self
            .rows
            .take()
            .filter(|(place, _)| *place == self.place && !place.filters());
        let made = match known {
            Some((_, page)) => Ok(page),
            None => screens::page(&self.place, &self.shop, &session),
        };
        match made {
            Ok(page) => {
                self.rows = Some((self.place.clone(), page.clone()));
                if self.place == Place::Reserve {
                    self.flashing
                        .extend(screens::answers_changed(&self.page, &page));
                }
                self.page = page;
            }
            Err(fault) => {
                self.verdict = Verdict::bad(
                    format!("this cannot be shown: {}", crate::store::in_words(&fault)),
                    "Esc goes back",
                )
            }
        }
        if (!self.place.filters()
            && !matches!(self.place, Place::Item(_) | Place::Scanner | Place::Keys)
            || self.offer_new)
            && let Ok(Some(section)) = screens::found(
                &self.shop,
                &typed,
                self.offer_new,
                self.editing
                    .as_ref()
                    .filter(|_| self.place == Place::Reserve),
            )
        {
            self.page.sections.insert(0, section);
        }
        self.label_for_mode();
        if let Some(grid) = &self.page.grid {
            self.plan.settle(grid);
            self.selected_at = grid.row;
            self.selected = grid.lines.get(grid.row).map(|line| line.key.clone());
            if self.verdict.severity == Severity::Ready && self.overlay.is_none() {
                self.verdict.text = grid.detail.clone();
            }
        }
        let keys = self.page.keys();
        if !self.selected.as_ref().is_some_and(|key| keys.contains(key)) {
            let rests = |key: &RowKey| !matches!(key, RowKey::Words(_)) && !key.is_part();
            self.selected_at = keys.iter().position(rests).unwrap_or(0);
            self.selected = keys.get(self.selected_at).filter(|key| rests(key)).cloned();
        }
    }

    /// The place of the selected row among all rows; the same customer may stand in several.
    pub(super) fn selected_row(&self, keys: &[RowKey]) -> Option<usize> {
        let key = self.selected.as_ref()?;
        if keys.get(self.selected_at) == Some(key) {
            Some(self.selected_at)
        } else {
            keys.iter().position(|known| known == key)
        }
    }

    pub(super) fn select_row(&mut self, keys: &[RowKey], row: usize) {
        self.selected_at = row;
        self.selected = keys.get(row).cloned();
    }

    pub(super) fn label_for_mode(&mut self) {
        let (label, hint) = match &self.mode {
            BoxMode::Find => return,
            BoxMode::Due => ("Due", "fri 9:00 · +3d · 2026-11-24 · empty: the usual"),
            BoxMode::Returned => ("Returned", "thu 18:00 · 9:30 · empty: now"),
            BoxMode::Note(_) => ("Note", "Enter keeps it · Esc leaves it as it was"),
            BoxMode::HowMany { .. } => ("How many", "Enter takes the number"),
            BoxMode::BackOn(_) => ("Back on", "fri · 28 nov · +2w · empty: nobody knows"),
            BoxMode::TakeOff => ("Take off", "scan what goes back on the shelf"),
            BoxMode::PaperDay { .. } => ("Of", "sat · +3 · 24 nov"),
            BoxMode::Window | BoxMode::Dates(_) => ("Dates", "fri 9..mon 18 · ..mon · +3"),
            BoxMode::Extend(_) => ("Until", "mon · +1 · fri 18:00"),
            BoxMode::Bargain(Bargained::Discount) => {
                ("Discount", "10% and why · 20.00 and why · 0 takes it away")
            }
            BoxMode::Bargain(Bargained::Target) => ("Total", "400.00 and why · 0 takes it away"),
            BoxMode::Bargain(Bargained::Coupon) => ("Coupon", "its code · empty: none"),
            BoxMode::Money(MoneyAsk::Pay(_)) => ("Pay", "all card 4471 · 40 cash · 40 transfer"),
            BoxMode::Money(MoneyAsk::Refund(_)) => ("Refund", "40 cash · all transfer"),
            BoxMode::Money(MoneyAsk::Deposit(_)) => ("Deposit", "500 card 4471 · back · back cash"),
            BoxMode::Money(MoneyAsk::Charge(_)) => ("Charge", "25 cleaning · damage 80 lens hood"),
            BoxMode::Money(MoneyAsk::Issue(_)) => {
                ("Issue", "Enter issues it · Esc leaves the draft")
            }
            BoxMode::Money(MoneyAsk::Void(_) | MoneyAsk::Credit(_)) => {
                ("Reason", "why, then Enter")
            }
            BoxMode::Money(MoneyAsk::Till) => ("Counted", "the cash in the till, then Enter"),
            BoxMode::Bargain(Bargained::Line(_)) => (
                "Price each",
                "150.00 and why, 10% and why · rate: by the rates",
            ),
        };
        self.page.label = label.to_owned();
        self.page.label_stands_out = true;
        self.ask_of_by_hand();
        self.page.hint = self.understood().unwrap_or_else(|| hint.to_owned());
    }

    /// Selects a row by its number, counting those that stand for something, from 1.
    pub fn choose_row(&mut self, number: usize) {
        let keys = self.page.keys();
        let row = (0..keys.len())
            .filter(|row| !matches!(keys[*row], RowKey::Words(_)) && !keys[*row].is_part())
            .nth(number.saturating_sub(1));
        self.select_row(&keys, row.unwrap_or(keys.len()));
    }

    pub(in crate::tui) fn move_selection(&mut self, by: isize) {
        let keys: Vec<RowKey> = self.page.keys();
        if keys.is_empty() {
            return;
        }
        let now = self.selected_row(&keys).unwrap_or(0);
        let last = keys
            .iter()
            .rposition(|key| !key.is_part())
            .unwrap_or(now)
            .max(now);
        let mut row = now.saturating_add_signed(by).min(last);
        // What stands under a line belongs to it; at the edge the selection stays where it was.
        while keys[row].is_part() {
            match if by > 0 {
                row.checked_add(1).filter(|row| *row < keys.len())
            } else {
                row.checked_sub(1)
            } {
                Some(next) => row = next,
                None => row = now,
            }
            if row == now {
                break;
            }
        }
        self.select_row(&keys, row);
    }

    pub(in crate::tui) fn page_length(&self) -> isize {
        isize::try_from(self.page_rows).unwrap_or(10)
    }

    pub(in crate::tui) fn move_section(&mut self, forward: bool) {
        let keys = self.page.keys();
        let mut firsts = Vec::new();
        let mut first = 0;
        for section in self
            .page
            .sections
            .iter()
            .filter(|section| !section.rows.is_empty())
        {
            firsts.push(first);
            first += section.rows.len();
        }
        if firsts.is_empty() {
            return;
        }
        let now = self.selected_row(&keys).unwrap_or(0);
        let place = firsts.iter().rposition(|first| *first <= now).unwrap_or(0);
        let next = if forward {
            (place + 1) % firsts.len()
        } else {
            (place + firsts.len() - 1) % firsts.len()
        };
        self.select_row(&keys, firsts[next]);
    }
}
