//! A backup takes the place of the file. The file that was there stays, with its log, under another
//! name: what was in it can still be looked at.

use super::backup::{is_as_summed, look_over};
use super::place::{beside, beside_shm, beside_wal, connect, path_bytes, real_path, shown};
use super::{Signature, Store, StoreRefusal, log, schema};
use crate::files::{self, Draft, Existing};
use crate::kernel::{Failure, Fallible, Moment, Refusal, Text};
use anyhow::Context;
use rusqlite::OpenFlags;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// What a restore did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Restored {
    /// Where the file is that was there before; none where there was none.
    pub aside: Option<PathBuf>,
    /// The newest event of the backup.
    pub head: log::Head,
    /// The newest event that was known of before.
    pub before: Option<log::Head>,
    /// What was in the file and is not in the backup, by kind; none where the file cannot be read.
    pub lost: Option<Lost>,
}

/// Events that are in one file and not in another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lost {
    /// The last event that both have, and the last of this file.
    pub common: i64,
    pub last: i64,
    pub first_at: Option<Moment>,
    pub last_at: Option<Moment>,
    pub kinds: Vec<(String, i64)>,
}

/// Why a backup was not put in place.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum RestoreRefusal {
    #[error(transparent)]
    File(StoreRefusal),
    #[error("{0} is the shop's own file")]
    Same(Text),
    #[error("{0} is not what was written: its SHA-256 is another one")]
    Altered(Text),
    #[error("{path} is not whole: {why}")]
    Broken { path: Text, why: Text },
    #[error("{path} is of another shop")]
    OtherShop { path: Text },
    #[error("The shop is open elsewhere: {0}")]
    Open(Text),
}

impl Refusal for RestoreRefusal {
    fn hint(&self) -> String {
        match self {
            RestoreRefusal::File(StoreRefusal::Missing(_)) => {
                "look which there are (rentdesk restore, :restore)".to_owned()
            }
            RestoreRefusal::File(refusal) => refusal.hint(),
            RestoreRefusal::Same(_) => "name a backup".to_owned(),
            RestoreRefusal::Altered(_) | RestoreRefusal::Broken { .. } => {
                "take an older backup".to_owned()
            }
            RestoreRefusal::OtherShop { .. } => {
                "open it by itself (--db), or choose another backup".to_owned()
            }
            RestoreRefusal::Open(_) => "close that window, then try again".to_owned(),
        }
    }
    fn kind(&self) -> &'static str {
        "file"
    }
    fn not_found(&self) -> bool {
        matches!(self, RestoreRefusal::File(refusal) if refusal.not_found())
    }
}

/// Of what a file has after an event, how much of each kind, and from when to when.
fn events_since(store: &Store, seq: i64) -> Fallible<Lost> {
    let kinds = store.read().rows(
        "SELECT kind, count(*) FROM outbox WHERE seq > ?1 GROUP BY kind ORDER BY count(*) DESC, kind",
        [seq],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let (first_at, last_at) = store.read().one(
        "SELECT min(occurred_at), max(occurred_at) FROM outbox WHERE seq > ?1",
        [seq],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    Ok(Lost {
        common: seq,
        last: log::last_seq(store.read())?,
        first_at,
        last_at,
        kinds,
    })
}

impl Store {
    /// What would go if that backup took the place of this file: all after the last event that both
    /// have. Their chains are one until there, so that it is found by halving.
    pub fn lost_by(&self, backup: &Path) -> Fallible<Lost> {
        let other = Store::look(backup).map_err(|failure| match failure {
            Failure::Fault(fault) => fault,
            Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
        })?;
        let (mut same, mut differs) = (
            0,
            log::last_seq(self.read())?.min(log::last_seq(other.read())?) + 1,
        );
        while differs - same > 1 {
            let middle = same + (differs - same) / 2;
            if log::hash_of(self.read(), middle)? == log::hash_of(other.read(), middle)? {
                same = middle;
            } else {
                differs = middle;
            }
        }
        events_since(self, same)
    }

    /// Looks whether a backup may take the place of the file at `path`; its newest event.
    pub fn prove_backup(path: &Path, backup: &Path) -> Result<log::Head, Failure<RestoreRefusal>> {
        let name = shown(backup);
        let broken = |fault: anyhow::Error| RestoreRefusal::Broken {
            path: name.clone(),
            why: Text::new(&super::in_words(&fault)),
        };
        match fs::metadata(backup) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(RestoreRefusal::File(StoreRefusal::Missing(name)).into());
            }
            Ok(about) if about.is_dir() => {
                return Err(RestoreRefusal::File(StoreRefusal::Folder(name)).into());
            }
            _ => {}
        }
        let real = |path: &Path| fs::canonicalize(path).ok();
        if real(backup).is_some() && real(backup) == real(path) {
            return Err(RestoreRefusal::Same(name).into());
        }
        if is_as_summed(backup)? == Some(false) {
            return Err(RestoreRefusal::Altered(name).into());
        }
        let copy = Store::look(backup).map_err(|failure| match failure {
            Failure::Refused(refusal) => Failure::Refused(RestoreRefusal::File(refusal)),
            Failure::Fault(fault) => Failure::Refused(broken(fault)),
        })?;
        let application: i64 = copy
            .connection
            .query_row("PRAGMA application_id", [], |row| row.get(0))
            .map_err(|error| broken(error.into()))?;
        if application != schema::APPLICATION_ID {
            return Err(RestoreRefusal::File(StoreRefusal::Foreign(name)).into());
        }
        let (found, known) = (
            schema::version(&copy.connection)?,
            schema::newest(schema::MIGRATIONS),
        );
        if found > known {
            let newer = StoreRefusal::Newer {
                path: name,
                found,
                known,
            };
            return Err(RestoreRefusal::File(newer).into());
        }
        let theirs = log::shop_id(copy.read()).map_err(&broken)?;
        let ours = Store::look(path)
            .ok()
            .and_then(|store| log::shop_id(store.read()).ok());
        if ours.is_some_and(|ours| ours != theirs) {
            return Err(RestoreRefusal::OtherShop { path: name }.into());
        }
        drop(copy);
        Ok(look_over(backup).map_err(broken)?)
    }

    /// Puts a backup in the place of the file, which nobody may have open, with an entry that says
    /// so. Either all of it is done, or the file is where it was: a process that dies half-way
    /// leaves a mark, and the next one brings the file back.
    pub fn restore(
        path: &Path,
        backup: &Path,
        signature: Signature,
    ) -> Result<Restored, Failure<RestoreRefusal>> {
        let path = &real_path(path);
        let head = Self::prove_backup(path, backup)?;
        let lock = files::open_lock(&beside(path, "lock"))
            .map_err(|error| Failure::Fault(error.into()))?;
        if lock.try_lock().is_err() {
            return Err(RestoreRefusal::Open(windows_on(path)).into());
        }
        let before = Store::look(path)
            .ok()
            .and_then(|store| newest_known(&store).ok().flatten());
        let draft = copy_of(path, backup).map_err(Failure::Fault)?;
        let reason = Text::new(&backup.file_name().unwrap_or_default().to_string_lossy());
        note_in_draft(draft.path(), signature, before.unwrap_or(head), &reason)
            .map_err(Failure::Fault)?;
        let aside = put_aside(path, signature.at).map_err(Failure::Fault)?;
        if let Err(error) = draft.keep(path, Existing::Stays) {
            bring_back(aside.as_deref(), path);
            return Err(Failure::Fault(
                anyhow::Error::new(error)
                    .context("the backup was not put in place; nothing has changed"),
            ));
        }
        let _ = fs::remove_file(mark_of(path)); // where it stays, the next one to open takes it away
        let lost = aside
            .as_deref()
            .and_then(|aside| Store::look(aside).ok())
            .and_then(|store| store.lost_by(backup).ok());
        Ok(Restored {
            aside,
            head,
            before,
            lost,
        })
    }

    /// Whoever died while a backup was put in place left the file under another name: it comes
    /// back. Costs a look for a file that is hardly ever there.
    pub(super) fn finish_interrupted_restore(path: &Path) -> Result<(), Failure<StoreRefusal>> {
        let path = &real_path(path);
        let mark = mark_of(path);
        let Ok(aside) = fs::read(&mark) else {
            return Ok(());
        };
        let lock = files::open_lock(&beside(path, "lock"))
            .map_err(|error| Failure::Fault(error.into()))?;
        if lock.try_lock().is_err() {
            return if path.exists() {
                Ok(()) // it is in place; who put it there is just ending
            } else {
                Err(StoreRefusal::Locked(shown(path)).into())
            };
        }
        let aside = path.with_file_name(name_of(&aside));
        if !path.exists() && aside.exists() {
            bring_back(Some(&aside), path);
        } else {
            let _ = fs::remove_file(&mark);
        }
        Ok(())
    }
}

#[cfg(unix)]
fn name_of(bytes: &[u8]) -> std::ffi::OsString {
    std::os::unix::ffi::OsStringExt::from_vec(bytes.to_vec())
}

#[cfg(not(unix))]
fn name_of(bytes: &[u8]) -> std::ffi::OsString {
    String::from_utf8_lossy(bytes).into_owned().into()
}

fn mark_of(path: &Path) -> PathBuf {
    beside(path, "restoring")
}

/// The entry of the restore is in the file before anybody sees it.
fn note_in_draft(
    draft: &Path,
    signature: Signature,
    before: log::Head,
    reason: &Text,
) -> Fallible<()> {
    let connection = connect(draft, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    connection.execute_batch("PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF")?;
    if schema::version(&connection)? < schema::newest(schema::MIGRATIONS) {
        schema::migrate(&connection, schema::MIGRATIONS)?;
        super::seal::seal_all(&connection)?;
    }
    let store = Store {
        is_draft: true,
        ..Store::over(connection)?
    };
    store
        .write(signature, |db| {
            super::note_restored(db, before, reason).map_err(Failure::<RestoreRefusal>::Fault)
        })
        .map_err(|failure| match failure {
            Failure::Fault(fault) => fault,
            Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
        })
}

/// The newest event that the file or the note beside it knows of.
fn newest_known(store: &Store) -> Fallible<Option<log::Head>> {
    let head = log::head(store.read())?;
    let noted = store.noted_head()?;
    Ok([Some(head), noted]
        .into_iter()
        .flatten()
        .max_by_key(|head| head.seq))
}

fn copy_of(path: &Path, backup: &Path) -> Fallible<Draft> {
    files::sweep(files::folder_of(path));
    let draft = Draft::beside(path)?;
    let reader = connect(backup, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    reader
        .execute("VACUUM INTO CAST(?1 AS TEXT)", [path_bytes(draft.path())])
        .context("while copying the backup")?;
    Ok(draft)
}

/// What lies beside a shop's file and goes with it: its log, the index of that, the note.
fn with_file(path: &Path) -> [PathBuf; 3] {
    [beside_wal(path), beside_shm(path), beside(path, "head")]
}

/// The file and what belongs to it, under a name of its own; none where there is no file. Its log
/// goes in any case: beside another file it would be poison.
fn put_aside(path: &Path, at: Moment) -> Fallible<Option<PathBuf>> {
    let stamp = at.utc().format("%Y-%m-%d-%H%M%S");
    let aside = (1..100)
        .map(|again| match again {
            1 => beside(path, &format!("before-restore-{stamp}")),
            again => beside(path, &format!("before-restore-{stamp}-{again}")),
        })
        .find(|aside| !aside.exists())
        .context("there are too many files put aside in this second")?;
    let name = path_bytes(Path::new(aside.file_name().unwrap_or_default()));
    files::write_whole(&mark_of(path), &name, Existing::Replaced)?;
    let was_there = match files::rename_new(path, &aside) {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => {
            let _ = fs::remove_file(mark_of(path));
            return Err(error).context("while putting the file aside");
        }
    };
    for (from, to) in with_file(path).iter().zip(with_file(&aside)) {
        match fs::rename(from, to) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                bring_back(was_there.then_some(aside.as_path()), path);
                return Err(error).context("while putting the file's log aside");
            }
        }
    }
    if let Err(error) = files::sync_folder(path) {
        bring_back(was_there.then_some(aside.as_path()), path);
        return Err(error).context("while putting the file aside");
    }
    Ok(was_there.then_some(aside))
}

/// The log first: a file without its own is not what it was.
fn bring_back(aside: Option<&Path>, path: &Path) {
    if let Some(aside) = aside {
        for (from, to) in with_file(aside).iter().zip(with_file(path)) {
            let _ = fs::rename(from, to); // it may have none
        }
        if files::rename_new(aside, path).is_err() {
            return; // the mark stays, and the next one to open tries again
        }
    }
    let _ = files::sync_folder(path);
    let _ = fs::remove_file(mark_of(path));
}

/// Who else has the shop open, as far as this machine tells.
fn windows_on(path: &Path) -> Text {
    let found = lock_holders(&beside(path, "lock")).join(", ");
    Text::new(if found.is_empty() {
        "another window"
    } else {
        &found
    })
}

/// Linux lists who holds which lock, by process and file.
#[cfg(target_os = "linux")]
fn lock_holders(lock: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let Ok(about) = File::open(lock).and_then(|file| file.metadata()) else {
        return Vec::new();
    };
    let wanted = format!(":{}", about.ino());
    let own = std::process::id().to_string();
    let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
    let mut holders: Vec<String> = locks
        .lines()
        .filter_map(|line| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let (kind, pid, file) = (words.get(1)?, words.get(4)?, words.get(5)?);
            (*kind == "FLOCK" && file.ends_with(&wanted) && *pid != own).then(|| {
                let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
                let command = String::from_utf8_lossy(&command).replace('\0', " ");
                format!("process {pid} ({})", command.trim())
            })
        })
        .collect();
    holders.sort();
    holders.dedup();
    holders
}

#[cfg(not(target_os = "linux"))]
fn lock_holders(lock: &Path) -> Vec<String> {
    let _ = File::open(lock);
    Vec::new()
}
