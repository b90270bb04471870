//! Backups from the counter: a worker that only reads copies the file and checks the copy, once a
//! day by itself and whenever somebody asks; the counter is never kept waiting.

use crate::kernel::{Clock, Fallible, Moment};
use crate::shop::{Backup, Shop};
use crate::store::BackupKind;
use anyhow::anyhow;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::time::Duration;

/// A backup of each day.
const DAILY_SECONDS: i64 = 24 * 3600;
/// So old a newest backup is a danger.
const OLD_SECONDS: i64 = 48 * 3600;
/// What could not be made is tried again after so long.
const AGAIN_SECONDS: i64 = 3600;
/// Whoever leaves the counter waits so long for a copy on its way.
pub const LAST_COPY: Duration = Duration::from_secs(3);

/// A copy on its way.
pub struct Job {
    /// Somebody asked for it: what became of it is said in any case.
    pub asked: bool,
    answer: Receiver<Fallible<Backup>>,
}

impl Job {
    /// What became of it, once it is known.
    pub fn answer(&self) -> Option<Fallible<Backup>> {
        match self.answer.try_recv() {
            Ok(made) => Some(made),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(anyhow!("the backup was given up"))),
        }
    }

    /// The same, after a while at the most.
    pub fn last_answer(&self) -> Option<Fallible<Backup>> {
        self.answer.recv_timeout(LAST_COPY).ok()
    }
}

/// Begins a backup on a thread of its own, of the file as it is at that moment.
pub fn begin(shop: &Shop, asked: bool) -> Fallible<Job> {
    let path = shop
        .store
        .path()
        .ok_or_else(|| anyhow!("a shop without a file has no backup"))?
        .to_owned();
    let now = shop.now();
    let (says, answer) = channel();
    std::thread::Builder::new()
        .name("backup".to_owned())
        .spawn(move || {
            let made = Shop::look(&path, Clock::Fixed(now)).and_then(|shop| {
                if asked {
                    shop.backup(None, BackupKind::Asked)
                } else {
                    shop.back_up_daily()
                }
            });
            let _ = says.send(made); // nobody listens when the counter was left meanwhile
        })?;
    Ok(Job { asked, answer })
}

/// How the backups stand.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Age {
    /// When the newest was made; none: there is none.
    pub newest: Option<Moment>,
    /// When the shop's first entry was written.
    pub first: Option<Moment>,
    /// When the last try failed.
    pub failed: Option<Moment>,
}

impl Age {
    fn seconds(&self, now: Moment) -> Option<i64> {
        self.newest.or(self.first).map(|since| now.0 - since.0)
    }

    /// Whether today's copy is to be made now.
    pub fn is_due(&self, now: Moment) -> bool {
        let waits = self
            .failed
            .is_some_and(|failed| (0..AGAIN_SECONDS).contains(&(now.0 - failed.0)));
        let is_old = match self.newest {
            None => self.first.is_some(),
            Some(newest) => now.0 - newest.0 >= DAILY_SECONDS,
        };
        is_old && !waits
    }

    /// What the frame says of it, and whether it is a danger; nothing while all is well.
    pub fn in_words(&self, now: Moment) -> Option<(String, bool)> {
        let seconds = self
            .seconds(now)
            .filter(|seconds| *seconds > DAILY_SECONDS)?;
        let hours = seconds / 3600;
        let old = if hours < 48 {
            format!("{hours} h")
        } else {
            format!("{} days", hours / 24)
        };
        let words = match self.newest {
            Some(_) => format!("backup {old} old"),
            None => format!("no backup for {old}"),
        };
        Some((words, seconds > OLD_SECONDS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_made_once_a_day_and_its_age_is_shown_after_a_day_and_red_after_two() {
        const HOUR: i64 = 3600;
        let now = Moment(1_763_718_120);
        let ago = |hours: i64| Some(Moment(now.0 - hours * HOUR));
        let age = |newest, first, failed| Age {
            newest,
            first,
            failed,
        };
        for (age, is_due, words) in [
            (age(None, None, None), false, None),
            (age(None, ago(1), None), true, None),
            (age(ago(23), ago(900), None), false, None),
            (age(ago(24), ago(900), None), true, None),
            (
                age(ago(26), ago(900), ago(0)),
                false,
                Some(("backup 26 h old", false)),
            ),
            (
                age(ago(26), ago(900), ago(2)),
                true,
                Some(("backup 26 h old", false)),
            ),
            (
                age(ago(49), ago(900), None),
                true,
                Some(("backup 2 days old", true)),
            ),
            (
                age(None, ago(73), ago(0)),
                false,
                Some(("no backup for 3 days", true)),
            ),
        ] {
            assert_eq!(age.is_due(now), is_due, "{age:?}");
            let said = age.in_words(now);
            assert_eq!(
                said.as_ref().map(|(words, red)| (words.as_str(), *red)),
                words,
                "{age:?}"
            );
        }
    }
}
