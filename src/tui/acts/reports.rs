//! What keys do on Reports: Tab goes to the next, Left and Right by months, Enter to the rows
//! behind a bar, Ctrl+O to a file.

use crate::desk::{self, Asked};
use crate::exchange::sheet::csv_of;
use crate::files::{self, Existing};
use crate::kernel::{Fallible, Stop, Text};
use crate::tui::app::App;
use crate::tui::keymap::Verb;
use crate::tui::place::{Place, RowKey};
use crate::tui::screens;
use crate::tui::verdict::Verdict;

use std::path::PathBuf;

/// So many files of one name in one folder; then a person has to look after them.
const FILES_MAX: usize = 99;
const ALL_ROWS: i64 = 100_000;

impl App {
    pub(super) fn open_reports(&mut self) {
        let _ = self.shop.drain_all(); // what is not heard of yet is read without it
        self.open(Place::Reports(screens::first_report(&self.shop)));
    }

    fn report_shown(&self) -> Option<Asked> {
        if let Place::Reports(asked) = self.place {
            Some(asked)
        } else {
            None
        }
    }

    fn show_report(&mut self, asked: Asked) {
        self.place = Place::Reports(asked);
        self.selected = None;
        self.clear_box();
        self.say(Verdict::ready());
    }

    /// Whether Reports knows the verb.
    pub(super) fn report_verb(&mut self, verb: Verb) -> bool {
        if let (Place::Behind(..), Verb::More) = (&self.place, verb) {
            self.save_report();
            return true;
        }
        let Some(asked) = self.report_shown() else {
            return false;
        };
        match verb {
            Verb::NextSection => self.show_report(screens::next_report(asked, true)),
            Verb::PreviousSection => self.show_report(screens::next_report(asked, false)),
            Verb::Left => self.show_report(screens::moved_report(&self.shop, asked, false)),
            Verb::Right => self.show_report(screens::moved_report(&self.shop, asked, true)),
            Verb::Today => self.show_report(Asked {
                span: screens::first_report(&self.shop).span,
                ..asked
            }),
            Verb::More => self.save_report(),
            _ => return false,
        }
        true
    }

    /// Enter: a time that was typed is shown; an empty box opens the rows behind the bar.
    pub(super) fn enter_reports(&mut self, asked: Asked, typed: &str) {
        if typed.is_empty() {
            return self.open_bar(asked);
        }
        match desk::span_typed(&self.shop.settings, typed, self.shop.now()) {
            Some(span) => self.show_report(Asked {
                span: Some(span),
                ..asked
            }),
            None => self.resolve_typed(typed),
        }
    }

    fn open_bar(&mut self, asked: Asked) {
        let Some(RowKey::Bar(number)) = self.selected else {
            return;
        };
        let asked = screens::widened_report(&self.shop, asked);
        match desk::report(
            self.shop.read(),
            &self.shop.settings,
            asked,
            self.shop.now(),
        ) {
            Ok(made) => {
                if let Some(bar) = made.bars.get(number) {
                    let name = if bar.code.is_empty() {
                        bar.name.to_string()
                    } else {
                        format!("{} {}", bar.code, bar.name)
                    };
                    self.open(Place::Behind(asked, bar.key, name));
                }
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// What is shown, whole, as a file beside the shop's own.
    fn save_report(&mut self) {
        if self.shop.store.is_rehearsing() {
            return self.say(Verdict::attention(
                "a dry run saves nothing",
                "nothing changed",
            ));
        }
        match self.saved_report() {
            Ok((path, rows)) => self.say(Verdict::fine(format!(
                "{rows} row{} saved as {}",
                if rows == 1 { "" } else { "s" },
                Text::new(&path.to_string_lossy())
            ))),
            Err(fault) => self.say(Verdict::bad(
                format!(
                    "the report is not saved: {}",
                    crate::store::in_words(&fault)
                ),
                "Ctrl+O tries again",
            )),
        }
    }

    fn saved_report(&self) -> Fallible<(PathBuf, usize)> {
        let (db, settings, now) = (self.shop.read(), &self.shop.settings, self.shop.now());
        let plain = |figure: desk::Figure| match figure {
            desk::Figure::Money(amount) => amount
                .map(|amount| settings.currency.plain(amount))
                .unwrap_or_default(),
            desk::Figure::Percent(tenths) => tenths
                .map(|tenths| format!("{}.{}", tenths / 10, tenths % 10))
                .unwrap_or_default(),
            desk::Figure::Late(late) => late.minutes.to_string(),
            other => desk::figure_shown(settings, other),
        };
        let (asked, heads, rows) = match &self.place {
            Place::Behind(asked, key, _) => {
                let heads = [
                    "at",
                    "code",
                    "thing",
                    "customer",
                    "name",
                    "reservation",
                    "what",
                    "figure",
                ]
                .map(str::to_owned)
                .to_vec();
                let rows = desk::behind(db, settings, *asked, *key, ALL_ROWS, now)?
                    .into_iter()
                    .map(|row| {
                        let (number, name) = row
                            .customer
                            .map_or_else(Default::default, |(number, name)| {
                                (number, name.to_string())
                            });
                        vec![
                            row.at.rfc3339(),
                            row.code,
                            row.thing.to_string(),
                            number,
                            name,
                            row.number.unwrap_or_default(),
                            row.words,
                            plain(row.figure),
                        ]
                    });
                (*asked, heads, rows.collect::<Vec<_>>())
            }
            _ => {
                let Some(asked) = self
                    .report_shown()
                    .map(|asked| screens::widened_report(&self.shop, asked))
                else {
                    anyhow::bail!("no report is open")
                };
                let made = desk::report(db, settings, asked, now)?;
                let heads = ["code", "name"]
                    .into_iter()
                    .chain(made.columns.iter().copied())
                    .map(str::to_owned)
                    .collect();
                let rows = made.bars.iter().map(|bar| {
                    [bar.code.clone(), bar.name.to_string()]
                        .into_iter()
                        .chain(bar.figures.iter().map(|figure| plain(*figure)))
                        .collect()
                });
                (asked, heads, rows.collect())
            }
        };
        let folder = self
            .shop
            .store
            .path()
            .and_then(|path| path.parent())
            .map_or_else(|| PathBuf::from("reports"), |folder| folder.join("reports"));
        std::fs::create_dir_all(&folder)?;
        let span = asked.span.map(|span| desk::days_within(settings, span));
        let time = span
            .map(|(first, last)| format!("-{first}-{last}"))
            .unwrap_or_default();
        let bytes = csv_of(&heads, &rows)?;
        for number in 1..=FILES_MAX {
            let again = if number == 1 {
                String::new()
            } else {
                format!("-{number}")
            };
            let path = folder.join(format!("{}{time}{again}.csv", asked.kind.word()));
            match files::write_whole(&path, &bytes, Existing::Stays) {
                Ok(()) => return Ok((path, rows.len())),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error.into()),
            }
        }
        anyhow::bail!("there are {FILES_MAX} files of that name already")
    }
}
