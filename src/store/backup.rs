//! Copies of the file: written beside, looked at, then given their name, which bears the date, the
//! last event and its hash.

use super::place::{connect, make_folders, path_bytes};
use super::{Read, Store, log, schema};
use crate::files::{self, Draft, Existing};
use crate::kernel::{Fallible, Moment, Text};
use anyhow::{Context, bail, ensure};
use chrono::NaiveDateTime;
use rusqlite::{Connection, OpenFlags};
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// Why a copy was made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BackupKind {
    /// Somebody asked for it.
    Asked,
    /// By itself, once a day; kept by a rule.
    Daily,
    BeforeImport,
    BeforeUpgrade,
    /// From a window whose file was taken from under it.
    Rescued,
    /// Something is wrong in it, as in the file it is of.
    Flawed,
}

const KINDS: [(BackupKind, &str); 5] = [
    (BackupKind::Flawed, "with-errors"),
    (BackupKind::Daily, "daily"),
    (BackupKind::BeforeImport, "before-import"),
    (BackupKind::BeforeUpgrade, "before-upgrade"),
    (BackupKind::Rescued, "rescued"),
];
const TIME: &str = "%Y-%m-%d-%H%M%S";
/// How many copies of one second have a name of their own.
const SAME_NAME_MAX: usize = 100;
/// A copy is skipped where less than so many times the file is free.
const FREE_TIMES: u64 = 2;

/// A copy that stands in a folder.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BackupFile {
    pub path: PathBuf,
    pub at: Moment,
    /// The newest event in it, and the beginning of its hash.
    pub seq: i64,
    pub hash: String,
    pub bytes: u64,
    pub kind: BackupKind,
}

/// A copy that is written and not yet in its place.
pub struct Copied {
    draft: Draft,
    folder: PathBuf,
    of: PathBuf,
    at: Moment,
    pub head: log::Head,
    pub kind: BackupKind,
}

/// Where the copies of a file are, unless somebody says otherwise.
pub fn backup_folder(path: &Path) -> PathBuf {
    files::folder_of(path).join("backup")
}

/// `shop-2025-11-21-094200-211-3fa2c0de.daily.db`, its time in UTC.
pub(super) fn name(path: &Path, at: Moment, head: &log::Head, kind: BackupKind) -> OsString {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    let kind = KINDS
        .iter()
        .find(|(known, _)| *known == kind)
        .map_or_else(String::new, |(_, word)| format!(".{word}"));
    name.push(format!(
        "-{}-{}-{}{kind}.db",
        at.utc().format(TIME),
        head.seq,
        log::hex(&head.hash[..4])
    ));
    name
}

/// What a name says of a copy of this file; none where it is no copy of it.
fn read_name(path: &Path, stem: &str) -> Option<(Moment, i64, String, BackupKind)> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    let name = name.strip_suffix(".db")?;
    let (name, kind) = KINDS
        .iter()
        .find_map(|(kind, word)| Some((name.strip_suffix(word)?.strip_suffix('.')?, *kind)))
        .unwrap_or((name, BackupKind::Asked));
    let rest = name.strip_prefix(stem)?.strip_prefix('-')?;
    let (when, rest) = rest.split_at_checked("2025-11-21-094200".len())?;
    let at = NaiveDateTime::parse_from_str(when, TIME).ok()?;
    let mut parts = rest.strip_prefix('-')?.split('-');
    let (seq, hash) = (parts.next()?.parse().ok()?, parts.next()?.to_owned());
    Some((Moment(at.and_utc().timestamp()), seq, hash, kind))
}

/// The copies of a file in these folders, newest first.
pub fn backups_in(path: &Path, folders: &[PathBuf]) -> Vec<BackupFile> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let mut found: Vec<BackupFile> = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flat_map(|entries| entries.flatten())
        .filter_map(|entry| {
            let path = entry.path();
            let (at, seq, hash, kind) = read_name(&path, &stem)?;
            let bytes = entry.metadata().ok()?.len();
            Some(BackupFile {
                path,
                at,
                seq,
                hash,
                bytes,
                kind,
            })
        })
        .collect();
    found.sort_by(|a, b| (b.at, b.seq, &b.path).cmp(&(a.at, a.seq, &a.path)));
    found
}

impl Store {
    /// A copy in `folder` (by default `backup/` beside the file), of one moment; it has its place
    /// once it is kept. `at` says when; without it, the machine's clock does.
    pub fn copy(
        &self,
        folder: Option<&Path>,
        kind: BackupKind,
        at: Option<Moment>,
    ) -> Fallible<Copied> {
        let path = self
            .path
            .as_deref()
            .context("a copy has no file to back up")?;
        let folder = folder.map_or_else(|| backup_folder(path), Path::to_owned);
        make_folders(&folder)?;
        files::sweep(&folder);
        let size = fs::metadata(path).map_or(0, |about| about.len());
        if let Some(free) = files::free_bytes(&folder)
            && free < size.saturating_mul(FREE_TIMES)
        {
            bail!(
                "no copy was made: {} has only {} MB free, and the file has {} MB",
                folder.display(),
                free / 1_000_000,
                size / 1_000_000
            );
        }
        let at = at.unwrap_or(Moment(super::system_seconds()));
        let named = folder.join(name(
            path,
            at,
            &log::Head {
                seq: 0,
                hash: [0; 32],
            },
            kind,
        ));
        let draft = Draft::beside(&named)?;
        let reader = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        reader
            .execute("VACUUM INTO CAST(?1 AS TEXT)", [path_bytes(draft.path())])
            .with_context(|| format!("while copying into {}", folder.display()))?;
        drop(reader);
        let head = look_over(draft.path())?;
        Ok(Copied {
            of: path.to_owned(),
            folder,
            at,
            draft,
            head,
            kind,
        })
    }
}

/// Whether a file that nobody has open is whole, and its chain; its newest event.
pub(super) fn look_over(path: &Path) -> Fallible<log::Head> {
    let copy = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    ensure!(verdict == "ok", "the copy is not whole: {verdict}");
    if schema::version(&copy)? == 0 {
        return Ok(log::Head {
            seq: 0,
            hash: [0; 32],
        });
    }
    if let Some(problem) = log::verify(Read::new(&copy))? {
        bail!("the copy's chain is broken: {problem}");
    }
    log::head(Read::new(&copy))
}

impl Copied {
    /// Where it lies until it is kept, to be looked at.
    pub fn draft(&self) -> &Path {
        self.draft.path()
    }

    /// Takes its place, with its SHA-256 beside it; nothing that is there is written over.
    pub fn keep(self) -> Fallible<PathBuf> {
        let target = self
            .folder
            .join(name(&self.of, self.at, &self.head, self.kind));
        let draft = self.draft;
        let hash = sha256(draft.path())?;
        let target = (0..SAME_NAME_MAX)
            .map(|again| numbered(&target, again))
            .find(|target| !target.exists())
            .context("there are too many copies of this second")?;
        match draft.keep(&target, Existing::Stays) {
            Ok(()) => {}
            // Another process made the same copy in the same moment, and sums its own up.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(target),
            Err(error) => {
                return Err(error).with_context(|| format!("while writing {}", target.display()));
            }
        }
        write_sum(&target, &hash)?;
        Ok(target)
    }
}

/// `shop-….db`, `shop-…-2.db`, …: the same state twice in one second.
fn numbered(target: &Path, again: usize) -> PathBuf {
    if again == 0 {
        return target.to_owned();
    }
    // Before what it is: `shop-…-3fa2c0de-2.daily.db`.
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let kind = KINDS
        .iter()
        .map(|(_, word)| format!(".{word}.db"))
        .find(|end| name.ends_with(end.as_str()))
        .unwrap_or_else(|| ".db".to_owned());
    let stem = name.strip_suffix(kind.as_str()).unwrap_or(&name);
    target.with_file_name(format!("{stem}-{}{kind}", again + 1))
}

fn sum_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sha256");
    PathBuf::from(name)
}

fn write_sum(target: &Path, hash: &str) -> Fallible<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let line = format!("{hash}  {name}\n");
    files::write_whole(&sum_of(target), line.as_bytes(), Existing::Replaced)?;
    Ok(())
}

/// Of a finished copy only: opening a file that SQLite has open would cost it its locks.
pub(super) fn sha256(path: &Path) -> Fallible<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    Ok(log::hex(&hasher.finalize()))
}

/// Whether a copy is still what was written; none where no sum lies beside it.
pub(super) fn is_as_summed(path: &Path) -> Fallible<Option<bool>> {
    let Ok(noted) = fs::read_to_string(sum_of(path)) else {
        return Ok(None);
    };
    let noted = noted.split_whitespace().next().unwrap_or_default();
    Ok(Some(noted == sha256(path)?))
}

/// Puts a finished copy into a second folder, too.
pub fn copy_again(backup: &Path, folder: &Path) -> Fallible<PathBuf> {
    // A folder that is not there is a disk that is not plugged in.
    ensure!(folder.is_dir(), "{} is not there", folder.display());
    files::sweep(folder);
    let target = folder.join(backup.file_name().unwrap_or_default());
    if target.exists() {
        return Ok(target);
    }
    let mut draft = Draft::beside(&target)?;
    std::io::copy(&mut File::open(backup)?, &mut draft)?;
    let (made, wanted) = (sha256(draft.path())?, sha256(backup)?);
    ensure!(
        made == wanted,
        "the copy in {} is another one",
        folder.display()
    );
    draft.keep(&target, Existing::Replaced)?;
    write_sum(&target, &made)?;
    Ok(target)
}

/// Clears away a copy that the rule does not keep.
pub fn drop_backup(path: &Path) -> Fallible<()> {
    fs::remove_file(path)?;
    let _ = fs::remove_file(sum_of(path)); // it may have none
    Ok(())
}

/// What a copy is, for whoever chooses one.
pub fn kind_in_words(kind: BackupKind) -> Text {
    Text::new(match kind {
        BackupKind::Asked => "asked for",
        BackupKind::Daily => "daily",
        BackupKind::BeforeImport => "before an import",
        BackupKind::BeforeUpgrade => "before an upgrade",
        BackupKind::Rescued => "rescued",
        BackupKind::Flawed => "with errors",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_when_and_up_to_which_event_a_copy_was_made() {
        let head = log::Head {
            seq: 211,
            hash: [0x3f; 32],
        };
        let at = Moment(1_763_718_120);
        let shop = Path::new("/shop/my-shop.db");
        for (kind, expect) in [
            (
                BackupKind::Asked,
                "my-shop-2025-11-21-094200-211-3f3f3f3f.db",
            ),
            (
                BackupKind::Daily,
                "my-shop-2025-11-21-094200-211-3f3f3f3f.daily.db",
            ),
        ] {
            let made = name(shop, at, &head, kind);
            assert_eq!(made, expect);
            let made = PathBuf::from(made);
            for again in [made.clone(), numbered(&made, 1)] {
                assert_eq!(
                    read_name(&again, "my-shop"),
                    Some((at, 211, "3f3f3f3f".to_owned(), kind))
                );
            }
        }
        for other in [
            "my-shop.db",
            "my-shop-notes.db",
            "other-2025-11-21-094200-211-3f3f3f3f.db",
        ] {
            assert_eq!(read_name(Path::new(other), "my-shop"), None);
        }
    }
}
