//! Files that are written whole or not at all, beside their place and then moved into it.
//!
//! A draft has a name that nobody else has, is made with `O_EXCL` (which follows no planted link),
//! can be read by nobody else, and is locked while it is written, so that what a dead process left
//! behind can be told from what a living one is writing.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

const DRAFT: &str = ".part";
/// A draft is made and then locked: one that is younger may not be locked yet.
const DRAFT_AGE_MIN: Duration = Duration::from_secs(60);
/// File systems end names at 255 bytes.
const NAME_BYTES_MAX: usize = 180;

/// A file that is being written. Dropped before it is kept, it is gone.
#[derive(Debug)]
pub struct Draft {
    file: File,
    path: PathBuf,
    kept: bool,
}

/// What becomes of a file that stands in the place already.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Existing {
    /// It stays, and the draft is not kept: `AlreadyExists`.
    Stays,
    Replaced,
}

impl Draft {
    /// A new and empty file in the folder of `target`.
    pub fn beside(target: &Path) -> io::Result<Draft> {
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let name: String = name.chars().take(NAME_BYTES_MAX / 4).collect();
        let unique = uuid::Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)).simple();
        let path = target.with_file_name(format!(".{name}.{unique}{DRAFT}"));
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let draft = Draft {
            file,
            path,
            kept: false,
        };
        draft.file.try_lock().map_err(io::Error::from)?;
        Ok(draft)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes its place whole, but perhaps not before a power cut: for notes that may lag.
    pub fn keep_lightly(mut self, target: &Path) -> io::Result<()> {
        fs::rename(&self.path, target)?;
        self.kept = true;
        Ok(())
    }

    /// Takes its place, durably: written, moved, and the folder written.
    pub fn keep(mut self, target: &Path, existing: Existing) -> io::Result<()> {
        self.file.sync_all()?;
        match existing {
            Existing::Replaced => fs::rename(&self.path, target)?,
            Existing::Stays => rename_new(&self.path, target)?,
        }
        let durable = sync_folder(target);
        // What is told as not written must not be there; what it replaced cannot come back.
        self.kept = durable.is_ok()
            || existing == Existing::Replaced
            || fs::rename(target, &self.path).is_err();
        durable
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if !self.kept {
            let _ = fs::remove_file(&self.path); // its name is its own: it can be nobody else's
        }
    }
}

/// A small file that lies beside a shop's, to be locked: opened or made, never through a link.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options
            .mode(0o600)
            .custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    }
    options.open(path)
}

/// Writes a file whole or not at all.
pub fn write_whole(target: &Path, bytes: &[u8], existing: Existing) -> io::Result<()> {
    let mut draft = Draft::beside(target)?;
    draft.write_all(bytes)?;
    draft.keep(target, existing)
}

/// Moves a file to a name that nobody has.
pub fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            // What this file system cannot do in one step is done in two.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {}
            done => return done.map_err(io::Error::from),
        }
    }
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

/// A name that was given, moved or taken away survives a power cut once its folder is written.
/// Windows writes its folders by itself, and lets nobody open one.
pub fn sync_folder(of: &Path) -> io::Result<()> {
    if cfg!(windows) {
        return Ok(());
    }
    File::open(folder_of(of))?.sync_all()
}

pub fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Clears away the drafts in a folder whose writers are dead; how many.
pub fn sweep(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| is_draft(path) && is_abandoned(path) && fs::remove_file(path).is_ok())
        .count()
}

fn is_draft(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.strip_prefix('.')
        .and_then(|name| name.strip_suffix(DRAFT))
        .and_then(|name| name.rsplit_once('.'))
        .is_some_and(|(_, unique)| {
            unique.len() == 32 && unique.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
}

fn is_abandoned(path: &Path) -> bool {
    let is_young = fs::symlink_metadata(path)
        .and_then(|about| about.modified())
        .map(|at| at.elapsed().unwrap_or_default() < DRAFT_AGE_MIN)
        .unwrap_or(true);
    if is_young {
        return false;
    }
    match File::open(path).map(|file| file.try_lock()) {
        Ok(Ok(())) => true,
        Ok(Err(TryLockError::WouldBlock | TryLockError::Error(_))) => false,
        Err(_) => false,
    }
}

/// How many bytes an ordinary account can still write there; none where nobody can tell.
pub fn free_bytes(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let about = rustix::fs::statvfs(folder).ok()?;
        Some(about.f_bavail.saturating_mul(about.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

/// What keeps a file from being written, for a person: the cause, not its symptom.
pub fn in_words(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "the disk is full".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the disk is read-only".to_owned(),
        ErrorKind::PermissionDenied => "this account may not write there".to_owned(),
        ErrorKind::NotFound => "its folder is not there".to_owned(),
        _ => error.to_string(),
    }
}

/// The next step that goes with the cause.
pub fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space, then try again",
        ErrorKind::PermissionDenied => "check the permissions of the folder",
        _ => "check the folder",
    }
}
