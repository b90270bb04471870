//! The shop's file as a whole: proved, copied, put back from a copy.

use super::{INVARIANTS, SUBSCRIBERS, Shop, fresh_command};
use crate::files;
use crate::kernel::{Clock, Declined, Failure, Fallible, Moment, Stop, Text};
use crate::store::{
    self, Alarm, BackupFile, BackupKind, GapRefusal, Keep, Problem, RestoreRefusal, Restored,
    Signature, Store, StoreRefusal, backup_folder, backups_in, log::Head,
};
use crate::{desk, outbox};
use anyhow::Context;
use std::path::{Path, PathBuf};

/// A copy of the shop, and what is wrong with what is in it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Backup {
    pub path: PathBuf,
    pub events: i64,
    pub problems: Vec<Problem>,
    /// Why it is not in the second folder, where there is one.
    pub second_fault: Option<Text>,
}

impl Shop {
    /// Proves the file, on a copy: every invariant, every row, and that every derived table is what
    /// its events make it.
    pub fn check(&self) -> Fallible<Vec<Problem>> {
        self.store.stop_supposing()?;
        // Of one moment, whatever other windows write meanwhile.
        match self.store.path().map(Store::look) {
            Some(Ok(look)) => prove(&look, &self.clock),
            _ => prove(&self.store, &self.clock),
        }
    }

    /// A copy in `folder` (by default beside the file), with everything that `check` finds in it.
    pub fn backup(&self, folder: Option<&Path>, kind: BackupKind) -> Fallible<Backup> {
        let mut copied = self.store.copy(folder, kind, None)?;
        let copy = Store::look(copied.draft()).map_err(|failure| match failure {
            Failure::Fault(fault) => fault,
            Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
        })?;
        let mut problems = prove(&copy, &self.clock)?;
        drop(copy);
        if let Some(alarm) = self.store.alarm()? {
            problems.push(Problem {
                invariant: "high-water mark",
                message: alarm.to_string(),
            });
        }
        if !problems.is_empty() {
            copied.kind = BackupKind::Flawed;
        }
        Ok(Backup {
            events: copied.head.seq,
            path: copied.keep()?,
            problems,
            second_fault: None,
        })
    }

    /// The copies there are, newest first: in `backup/` beside the file, and in the second folder.
    pub fn backups(&self) -> Vec<BackupFile> {
        let Some(path) = self.store.path() else {
            return Vec::new();
        };
        let mut folders = vec![backup_folder(path)];
        folders.extend(self.second_folder());
        backups_in(path, &folders)
    }

    /// When the newest sound copy beside the file was made; one that a wrong clock dated ahead says
    /// nothing.
    pub fn newest_backup(&self, now: Moment) -> Option<Moment> {
        let folder = backup_folder(self.store.path()?);
        backups_in(self.store.path()?, &[folder])
            .into_iter()
            .filter(|copy| !matches!(copy.kind, BackupKind::Flawed | BackupKind::Rescued))
            .map(|copy| copy.at)
            .find(|at| *at <= now)
    }

    pub fn second_folder(&self) -> Option<PathBuf> {
        let named = self.settings.value("backup_second_folder");
        (!named.is_empty()).then(|| PathBuf::from(named))
    }

    /// The day's copy, checked, in the second folder too, and those cleared away that the rule does
    /// not keep. For a worker thread: it only reads the file.
    pub fn back_up_daily(&self) -> Fallible<Backup> {
        if let Some(path) = self.store.path() {
            files::sweep(files::folder_of(path));
        }
        let mut made = self.backup(None, BackupKind::Daily)?;
        if !made.problems.is_empty() {
            return Ok(made); // while something is wrong no sound copy is cleared away
        }
        if let Some(folder) = self.second_folder()
            && let Err(fault) = store::copy_again(&made.path, &folder)
        {
            made.second_fault = Some(Text::new(&format!("{fault:#}")));
        }
        let keep = Keep {
            months: self
                .settings
                .value("backup_months")
                .parse()
                .unwrap_or_default(),
            ..Keep::default()
        };
        let mut daily: Vec<BackupFile> = self
            .backups()
            .into_iter()
            .filter(|copy| copy.kind == BackupKind::Daily)
            .collect();
        daily.reverse();
        let (second, first): (Vec<_>, Vec<_>) = daily.into_iter().partition(|copy| {
            self.second_folder()
                .is_some_and(|folder| copy.path.parent() == Some(folder.as_path()))
        });
        for copies in [first, second] {
            let days: Vec<_> = copies
                .iter()
                .map(|copy| self.settings.zone.day(copy.at))
                .collect();
            for place in store::to_drop(&days, keep) {
                store::drop_backup(&copies[place].path)?;
            }
        }
        Ok(made)
    }

    /// Puts a backup in the place of this shop's file, and says in the shop's own history that it
    /// was done. The file that was there stays beside it.
    pub fn restore(&mut self, backup: &Path) -> Result<Restored, Stop> {
        let path = self
            .store
            .path()
            .context("a copy has no file to be replaced")?
            .to_owned();
        self.refuse_rehearsal()?;
        prove_backup(&path, backup, &self.clock)?;
        let closed = std::mem::replace(&mut self.store, Store::in_memory()?);
        closed.close();
        let signature = Signature {
            at: self.now(),
            staff: self.staff,
            command: fresh_command(),
        };
        let outcome = Store::restore(&path, backup, signature);
        self.store = opened_again(&path)?;
        self.settings = self.store.settings()?;
        self.data_version = self.store.data_version()?;
        self.derive_again()?;
        Ok(outcome?)
    }

    /// What is done to the file itself cannot be taken back by a rollback.
    fn refuse_rehearsal(&self) -> Result<(), Stop> {
        if self.store.is_rehearsing() {
            let hint = "leave out --dry-run";
            return Err(Declined::new("rehearsal", "This cannot be rehearsed", hint).into());
        }
        Ok(())
    }

    /// Goes on without events that are missing, for a reason; the alarm ends.
    pub fn accept_gap(&mut self, reason: &Text) -> Result<Alarm, Stop> {
        self.refuse_rehearsal()?;
        let Some(alarm) = self.store.alarm()? else {
            return Err(GapRefusal::NoGap.into());
        };
        self.write(|db| Store::accept_gap(db, &alarm, reason))?;
        self.store.renew_head()?;
        Ok(alarm)
    }
}

/// Whether a backup may take the place of a file: whole, and nothing wrong in any row of it. One of
/// an older schema is looked at as far as its own proofs go. Its newest event.
pub fn prove_backup(path: &Path, backup: &Path, clock: &Clock) -> Result<Head, Stop> {
    let head = Store::prove_backup(path, backup)?;
    let copy = Store::look(backup)?;
    if copy.is_of_this_version()?
        && let Some(problem) = prove(&copy, clock)?.first()
    {
        return Err(RestoreRefusal::Broken {
            path: Text::new(&backup.to_string_lossy()),
            why: Text::new(&problem.message),
        }
        .into());
    }
    Ok(head)
}

/// Another window that came in a moment before is only asking.
fn opened_again(path: &Path) -> Result<Store, Failure<StoreRefusal>> {
    for _ in 0..20 {
        match Store::open(path) {
            Err(Failure::Refused(StoreRefusal::Locked(_))) => {
                std::thread::sleep(std::time::Duration::from_millis(100));
            }
            outcome => return outcome,
        }
    }
    Store::open(path)
}

fn prove(store: &Store, clock: &Clock) -> Fallible<Vec<Problem>> {
    let mut problems = store.problems(INVARIANTS)?;
    for broken in store.broken_seals()? {
        problems.push(Problem {
            invariant: "rows",
            message: desk::broken_row(store.read(), &broken)?,
        });
    }
    // Rows that cannot be read were told of by their seals, and are in nobody's way here.
    match desk::against_events(store.read()) {
        Ok(differences) => problems.extend(differences.into_iter().map(|message| Problem {
            invariant: "rows and events",
            message,
        })),
        Err(_) if !problems.is_empty() => {}
        Err(fault) => problems.push(Problem {
            invariant: "rows and events",
            message: format!("they could not be compared: {fault:#}"),
        }),
    }
    let copy = store.copy_in_memory()?;
    // What only lags is not wrong: the copy hears the rest first.
    outbox::drain_all(&copy, SUBSCRIBERS, clock)?;
    for subscriber in SUBSCRIBERS
        .iter()
        .filter(|subscriber| subscriber.is_projection())
    {
        let before = outbox::seal(copy.read(), subscriber)?;
        match outbox::rebuild(&copy, subscriber, clock.now()) {
            Ok(_) if outbox::seal(copy.read(), subscriber)? == before => {}
            Ok(_) => problems.push(Problem {
                invariant: "derived tables",
                message: format!(
                    "{} is not what its events make it; rentdesk rebuild {} mends it",
                    subscriber.name, subscriber.name
                ),
            }),
            Err(error) => problems.push(Problem {
                invariant: "derived tables",
                message: format!("{} cannot be made again: {error}", subscriber.name),
            }),
        }
    }
    for consumer in outbox::status(store.read(), SUBSCRIBERS)?
        .into_iter()
        .filter(|consumer| {
            consumer
                .failure
                .as_ref()
                .is_some_and(|failure| failure.parked)
        })
    {
        problems.push(Problem {
            invariant: "outbox",
            message: format!(
                "{} is parked before event {}",
                consumer.name,
                consumer.last_seq + 1
            ),
        });
    }
    Ok(problems)
}
