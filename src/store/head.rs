//! The note of the newest event, beside the file: what tells that a log was lost, or that an older
//! copy stands in the place of the file.
//!
//! The note only ever goes forward along the file's own chain. A file that does not continue it
//! raises an alarm that stays until somebody says why ([`Store::accept_gap`]) or puts a backup in
//! its place; until then the note is kept as the witness that it is.

use super::log::{self, Head};
use super::place::beside;
use super::{Store, Write};
use crate::events::Event;
use crate::files::Draft;
use crate::kernel::{Failure, Fallible, Refusal, Text};
use std::fmt;
use std::fs;
use std::io::Write as _;

/// The file does not continue what was noted beside it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Alarm {
    /// It ends before the event that was noted.
    Missing { noted: Head, last: i64 },
    /// The event of that number is another one: it went on from before.
    Other { noted: Head },
}

impl fmt::Display for Alarm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Alarm::Missing { noted, last } => {
                let (count, are) = match noted.seq - last {
                    1 => ("1 event".to_owned(), "is"),
                    count => (format!("{count} events"), "are"),
                };
                write!(
                    f,
                    "{count} {are} missing: the file ended at {last}, the note beside it at {}",
                    noted.seq
                )
            }
            Alarm::Other { noted } => write!(
                f,
                "event {} is not the one that was noted beside the file: an older copy went on from before it",
                noted.seq
            ),
        }
    }
}

/// Why a gap was not accepted.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum GapRefusal {
    #[error("No event is missing here")]
    NoGap,
    #[error("Going on without the missing events needs a reason")]
    NoReason,
}

impl Refusal for GapRefusal {
    fn hint(&self) -> String {
        match self {
            GapRefusal::NoGap => "rentdesk check looks at the whole file".to_owned(),
            GapRefusal::NoReason => "say why, as in: the laptop was stolen".to_owned(),
        }
    }
    fn kind(&self) -> &'static str {
        "file"
    }
}

impl Store {
    /// What the note says against the file, if anything.
    pub fn alarm(&self) -> Fallible<Option<Alarm>> {
        let Some((noted, ended)) = self.note()? else {
            return Ok(None);
        };
        let last = log::last_seq(self.read())?;
        let continues = noted.seq == 0
            || (noted.seq <= last && log::hash_of(self.read(), noted.seq)? == Some(noted.hash));
        if continues {
            return Ok(None);
        }
        // What is written from now on does not make less of what is missing.
        if ended.is_none() && noted.seq > last && self.lock.is_some() && !self.supposing.get() {
            let _ = self.write_note(&noted, Some(last)); // who may only read counts from what is there
        }
        Ok(Some(match ended {
            Some(last) => Alarm::Missing { noted, last },
            None if noted.seq > last => Alarm::Missing { noted, last },
            None => Alarm::Other { noted },
        }))
    }

    /// Notes the newest event, where the file continues what was noted.
    pub fn note_head(&self) -> Fallible<()> {
        if self.reading_only.is_some()
            || self.rehearsing
            || self.supposing.get()
            || self.lost.get().is_some()
        {
            return Ok(());
        }
        let head = log::head(self.read())?;
        let noted = self.noted_head()?;
        // Another window may have noted a newer one meanwhile: never backwards.
        if noted.is_some_and(|noted| noted.seq >= head.seq) || self.alarm()?.is_some() {
            return Ok(());
        }
        self.write_head(&head)
    }

    /// Goes on without the events that are missing: an entry of the shop's own history says so, and
    /// why.
    pub fn accept_gap(
        db: &mut Write<'_>,
        alarm: &Alarm,
        reason: &Text,
    ) -> Result<(), Failure<GapRefusal>> {
        if reason.is_empty() {
            return Err(GapRefusal::NoReason.into());
        }
        let (Alarm::Missing { noted, .. } | Alarm::Other { noted }) = *alarm;
        note_in_file(db, "ACCEPTED", noted, reason)?;
        Ok(())
    }

    /// Takes the file as it is from here on; only after [`Self::accept_gap`] or a restore.
    pub fn renew_head(&self) -> Fallible<()> {
        self.write_head(&log::head(self.read())?)
    }

    /// `seq hash shop`: a note of another shop must not be taken for this one's.
    pub(super) fn write_head(&self, head: &Head) -> Fallible<()> {
        self.write_note(head, None)
    }

    fn write_note(&self, head: &Head, ended: Option<i64>) -> Fallible<()> {
        let Some(path) = self.path.as_deref() else {
            return Ok(());
        };
        let target = beside(path, "head");
        let mut draft = Draft::beside(&target)?;
        let ended = ended.map_or_else(String::new, |ended| format!(" {ended}"));
        draft.write_all(
            format!(
                "{} {} {}{ended}\n",
                head.seq,
                log::hex(&head.hash),
                log::shop_id(self.read())?
            )
            .as_bytes(),
        )?;
        draft.keep_lightly(&target)?;
        Ok(())
    }

    pub(super) fn noted_head(&self) -> Fallible<Option<Head>> {
        Ok(self.note()?.map(|(head, _)| head))
    }

    fn note(&self) -> Fallible<Option<(Head, Option<i64>)>> {
        let Some(path) = self.path.as_deref() else {
            return Ok(None);
        };
        let noted = match &self.noted_then {
            Some(then) => then.clone(),
            None => fs::read_to_string(beside(path, "head")).ok(),
        };
        Ok(noted.and_then(|text| {
            let shop = log::shop_id(self.read()).ok()?;
            log::parse_head(&text, &shop).unwrap_or(None)
        }))
    }
}

/// A backup took the place of a file that knew of more.
pub fn note_restored(db: &mut Write<'_>, before: Head, reason: &Text) -> Fallible<()> {
    note_in_file(db, "RESTORED", before, reason)
}

/// What happened to the file itself, as a row with its reason and an event without.
fn note_in_file(db: &mut Write<'_>, how: &str, noted: Head, reason: &Text) -> Fallible<()> {
    let last_seq = log::last_seq(db.read())?;
    let (now, staff) = (db.now(), db.staff());
    let note_id = db.insert(
        "INSERT INTO file_note(at, staff_id, how, noted_seq, noted_hash, last_seq, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        rusqlite::params![
            now,
            staff,
            how,
            noted.seq,
            noted.hash.as_slice(),
            last_seq,
            reason
        ],
    )?;
    db.publish(&Event::FileAccepted {
        note_id,
        how: how.to_lowercase(),
        noted_seq: noted.seq,
        last_seq,
    })?;
    Ok(())
}
