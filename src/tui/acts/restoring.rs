//! `:backup`, `:restore`, `:accept`: the shop's file, its copies, and what is missing in it.

use crate::desk;
use crate::kernel::{Stop, Text};
use crate::shop::Backup;
use crate::store::Store;
use crate::tui::app::{App, BoxMode, NextEnter, NoteOf};
use crate::tui::backups;
use crate::tui::overlays::Overlay;
use crate::tui::place::Place;
use crate::tui::screens;
use crate::tui::verdict::Verdict;
use std::path::Path;

/// A line of what is told, on the narrowest screen.
const LINE_MAX: usize = 74;

impl App {
    pub(super) fn begin_backup(&mut self) {
        if self.backing.is_some() {
            return self.say(Verdict::attention(
                "a backup is being made already",
                "its answer comes here",
            ));
        }
        match backups::begin(&self.shop, true) {
            Ok(job) => {
                self.backing = Some(job);
                self.say(Verdict::fine("making a backup · you can go on"));
            }
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// The day's backup by itself, and what became of the last one. Whether anything was said.
    pub(in crate::tui) fn go_on_with_backup(&mut self) -> bool {
        let now = self.shop.now();
        if let Some(job) = self.backing.take() {
            let Some(answer) = job.answer() else {
                self.backing = Some(job);
                return false;
            };
            return self.take_backup(answer, job.asked);
        }
        let is_due = self.backs_up_daily
            && self.backup_age.is_due(now)
            && self.shop.store.reading_only().is_none();
        if is_due {
            match backups::begin(&self.shop, false) {
                Ok(job) => self.backing = Some(job),
                Err(_) => self.backup_age.failed = Some(now), // tried again, and its age is in sight
            }
        }
        false
    }

    pub(in crate::tui) fn take_backup(
        &mut self,
        answer: anyhow::Result<Backup>,
        asked: bool,
    ) -> bool {
        self.look_at_backups();
        match answer {
            Ok(made) if made.problems.is_empty() => {
                self.backup_age.failed = None;
                if let Some(fault) = &made.second_fault {
                    self.say(Verdict::bad(
                        format!("the backup is not in the second folder: {fault}"),
                        "the first copy was made and checked; plug the disk in, then :backup",
                    ));
                    return true;
                }
                if asked {
                    self.say(Verdict::fine(format!(
                        "backup made and checked, with {} events: {}",
                        made.events,
                        made.path.to_string_lossy()
                    )));
                }
                asked
            }
            Ok(made) => {
                self.say(Verdict::bad(
                    format!(
                        "the backup has what is wrong in the shop's file: {}",
                        Text::new(&made.problems[0].message)
                    ),
                    ":check tells all of it · :restore puts an older backup in its place",
                ));
                true
            }
            Err(fault) => {
                self.backup_age.failed = Some(self.shop.now());
                self.say(Verdict::bad(
                    format!("no backup was made: {fault:#}"),
                    "keep working; Rentdesk will try again in an hour",
                ));
                true
            }
        }
    }

    /// How old the newest copy is.
    pub(in crate::tui) fn look_at_backups(&mut self) {
        if !self.backs_up_daily {
            return; // a demo, or a time that somebody gave: no days pass
        }
        let now = self.shop.now();
        self.backup_age.newest = self.shop.newest_backup(now);
        self.backup_age.first = crate::store::log::events_after(self.shop.read(), 0, 1)
            .ok()
            .and_then(|first| first.first().map(|event| event.at));
    }

    /// Asks whether a backup is to take the place of the file; only the Enter after that does it.
    pub(super) fn ask_restore(&mut self, backup: &Path) {
        let Some(path) = self.shop.store.path().map(Path::to_owned) else {
            return;
        };
        if self.backing.is_some() {
            return self.say(Verdict::attention(
                "a backup is being made",
                "wait for its answer, then try again",
            ));
        }
        let head = match Store::prove_backup(&path, backup) {
            Ok(head) => head,
            Err(failure) => return self.say(Verdict::of(&failure.into())),
        };
        let lost = self
            .shop
            .store
            .lost_by(backup)
            .map(|lost| desk::lost_in_words(&lost));
        let lost = match lost {
            Ok(words) if words == "nothing" => "nothing would be lost".to_owned(),
            Ok(words) => format!("{words} would be lost"),
            Err(_) => "what would be lost cannot be read".to_owned(),
        };
        self.say(Verdict::question(
            format!("restore this backup of {} events? {lost}", head.seq),
            "Enter restores it · Esc cancels",
        ));
        self.next_enter = Some(NextEnter::Restore(backup.to_owned()));
    }

    pub(super) fn restore(&mut self, backup: &Path) {
        match self.shop.restore(backup) {
            Ok(restored) => {
                let words =
                    desk::restored_in_words(&self.shop.settings, self.shop.now(), &restored);
                self.forget_all();
                self.look_at_backups();
                self.go(Place::Desk);
                self.say(Verdict::attention(
                    words.lines().next().unwrap_or_default().to_owned(),
                    "Esc closes",
                ));
                self.overlay = Some(Overlay::Told {
                    title: "A BACKUP WAS RESTORED",
                    lines: words
                        .lines()
                        .flat_map(|line| screens::wrapped(line, LINE_MAX))
                        .collect(),
                    first: 0,
                });
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
        self.refresh();
    }

    /// What this window had in hand belongs to the file that was there.
    fn forget_all(&mut self) {
        self.in_hand = desk::InHand::default();
        self.editing = None;
        self.back.clear();
        self.settle_left.clear();
        self.clear_box();
    }

    pub(super) fn ask_accept_gap(&mut self) {
        match self.shop.store.alarm() {
            Ok(Some(alarm)) => {
                self.clear_box();
                self.mode = BoxMode::Note(NoteOf::Gap);
                self.say(Verdict::question(
                    format!("{alarm}. Why do you go on without?"),
                    "type the reason, Enter saves it · Esc cancels · :restore puts a backup in its place",
                ));
            }
            Ok(None) => self.say(Verdict::attention(
                "no event is missing here",
                ":check looks at the whole file",
            )),
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }
}
