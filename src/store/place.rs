//! Where a shop's file may lie, who else is in it, and how it is opened.

use super::StoreRefusal;
use crate::files;
use crate::kernel::{Failure, Fallible, Text};
use anyhow::Context;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Older libraries can corrupt a WAL file when two connections write and checkpoint at once
/// (sqlite.org/wal.html#walresetbug).
const SQLITE_VERSION_MIN: i32 = 3_051_003;
const STATEMENTS_CACHED: usize = 256;
const LOCK_TRIES: usize = 100;

pub(super) fn connect(path: &Path, flags: OpenFlags) -> Fallible<Connection> {
    anyhow::ensure!(
        rusqlite::version_number() >= SQLITE_VERSION_MIN,
        "SQLite {} is too old",
        rusqlite::version()
    );
    let mut connection =
        Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&mut connection)?;
    Ok(connection)
}

/// A file in WAL mode needs its helper files even to be read; where none can be made, it is read as
/// it lies.
pub(super) fn connect_reading(path: &Path) -> Result<Connection, Failure<StoreRefusal>> {
    let plain = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY).and_then(answers);
    // A log with something in it belongs to what is read; without it the file would tell of an
    // earlier day.
    let has_log = fs::metadata(beside_wal(path)).is_ok_and(|about| about.len() > 0);
    if plain.is_ok() {
        return Ok(plain?);
    }
    if has_log {
        return connect_without_index(path)
            .or(plain)
            .map_err(Failure::Fault);
    }
    let uri = format!(
        "file:{}?immutable=1",
        path.to_string_lossy()
            .replace('%', "%25")
            .replace('?', "%3f")
            .replace('#', "%23")
    );
    Ok(connect(
        Path::new(&uri),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
    )?)
}

pub(super) fn answers(connection: Connection) -> Fallible<Connection> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(connection)
}

/// With the index of the log in memory alone, where there is no room for it beside the file: only
/// one process at a time can read in this way, and its end moves nothing.
fn connect_without_index(path: &Path) -> Fallible<Connection> {
    let connection = Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    connection.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    let mut connection = answers(connection)?;
    configure(&mut connection)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

/// Bytes that are no database betray themselves as soon as a connection is set up.
pub(super) fn is_foreign(failure: &Failure<StoreRefusal>) -> bool {
    let Failure::Fault(fault) = failure else {
        return false;
    };
    fault.chain().any(|cause| {
        cause
            .downcast_ref::<rusqlite::Error>()
            .and_then(rusqlite::Error::sqlite_error_code)
            == Some(ErrorCode::NotADatabase)
    })
}

pub(super) fn configure(connection: &mut Connection) -> Fallible<()> {
    connection.busy_handler(Some(wait_while_busy))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    // Plans do not depend on the values that are bound: otherwise a statement is planned anew
    // whenever one of them changes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, 10_000_000)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;",
    )?;
    Ok(())
}

/// Random naps of 0.5 to 4 ms, about two seconds in all: SQLite's own handler starves whoever comes
/// second.
pub(super) fn wait_while_busy(tries: i32) -> bool {
    let noise = u64::from(
        std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(0, |time| time.subsec_nanos()),
    );
    std::thread::sleep(Duration::from_micros(500 + noise / 7 % 3500));
    tries < 900
}

pub(super) fn shown(path: &Path) -> Text {
    Text::new(&path.to_string_lossy())
}

pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// Where a file really lies, also one that is not there yet: what belongs to it lies beside that.
pub fn real_path(path: &Path) -> PathBuf {
    if let Ok(real) = fs::canonicalize(path) {
        return real;
    }
    let path = match fs::read_link(path) {
        Ok(target) => files::folder_of(path).join(target),
        Err(_) => path.to_owned(),
    };
    match (fs::canonicalize(files::folder_of(&path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}

/// SQLite's own log, which it names without a dot.
pub(super) fn beside_wal(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    PathBuf::from(name)
}

/// A path as SQLite takes it, also where it is no text.
#[cfg(unix)]
pub(super) fn path_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

#[cfg(not(unix))]
pub(super) fn path_bytes(path: &Path) -> Vec<u8> {
    path.to_string_lossy().into_owned().into_bytes()
}

pub(super) fn beside_shm(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-shm");
    PathBuf::from(name)
}

/// A shared lock that the kernel frees when the process dies, and whether nobody else held one. A
/// file of its own: closing any descriptor of the database would drop SQLite's locks on it
/// (sqlite.org/howtocorrupt.html).
pub(super) fn take_lock(path: &Path) -> Result<(File, bool), Failure<StoreRefusal>> {
    let lock_path = beside(path, "lock");
    let lock = match files::open_lock(&lock_path) {
        Ok(lock) => lock,
        // Whoever may only read, or has no room for one more file, locks what is there.
        Err(_) => File::open(&lock_path)
            .or_else(|_| File::open(files::folder_of(path)))
            .map_err(|error| Failure::Fault(error.into()))?,
    };
    let alone = lock.try_lock().is_ok();
    if alone {
        lock.unlock()
            .map_err(|error| Failure::Fault(error.into()))?;
    }
    // Somebody else may just be asking whether they are alone, which takes an instant.
    for _ in 0..LOCK_TRIES {
        match lock.try_lock_shared() {
            Ok(()) => return Ok((lock, alone)),
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(Duration::from_millis(5)),
            Err(std::fs::TryLockError::Error(error)) => return Err(Failure::Fault(error.into())),
        }
    }
    Err(StoreRefusal::Locked(shown(path)).into())
}

pub(super) fn refuse_file(path: &Path) -> Result<(), Failure<StoreRefusal>> {
    let about = fs::metadata(path).map_err(|error| StoreRefusal::Unreadable {
        path: shown(path),
        why: Text::new(&error.to_string()),
    })?;
    if about.is_dir() {
        return Err(StoreRefusal::Folder(shown(path)).into());
    }
    if about.len() == 0 {
        return Err(StoreRefusal::ZeroBytes(shown(path)).into());
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if about.nlink() > 1 {
            return Err(StoreRefusal::HardLinked(shown(path)).into());
        }
    }
    Ok(())
}

#[cfg(unix)]
pub(super) fn refuse_place(path: &Path) -> Result<(), Failure<StoreRefusal>> {
    use std::os::unix::fs::MetadataExt;
    let folder = files::folder_of(path);
    let mode = fs::metadata(folder)
        .map_err(|error| Failure::Fault(error.into()))?
        .mode();
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
        return Err(StoreRefusal::OpenFolder(shown(path)).into());
    }
    #[cfg(target_os = "linux")]
    {
        // The magic numbers of statfs(2): NFS, SMB, SMB2, CIFS, AFS, 9P.
        const NETWORK: [i64; 6] = [
            0x6969,
            0x517B,
            0xFE53_4D42,
            0xFF53_4D42,
            0x5346_414F,
            0x0102_1997,
        ];
        #[allow(clippy::unnecessary_cast)] // its width differs between machines
        if let Ok(about) = rustix::fs::statfs(folder)
            && NETWORK.contains(&(about.f_type as i64 & 0xFFFF_FFFF))
        {
            return Err(StoreRefusal::NetworkShare(shown(path)).into());
        }
    }
    Ok(())
}

#[cfg(not(unix))]
pub(super) fn refuse_place(_path: &Path) -> Result<(), Failure<StoreRefusal>> {
    Ok(())
}

pub(super) fn make_folder(path: &Path) -> Result<(), Failure<StoreRefusal>> {
    match path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        Some(folder) => make_folders(folder).map_err(Failure::Fault),
        None => Ok(()),
    }
}

pub(super) fn make_folders(folder: &Path) -> Fallible<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .with_context(|| format!("while making the folder {}", folder.display()))
}

/// What tells a file from another one under its name: its device and its number there.
type Identity = Option<(u64, u64)>;

#[cfg(unix)]
fn identity(path: &Path) -> Identity {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path)
        .ok()
        .map(|about| (about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn identity(_path: &Path) -> Identity {
    None
}

/// The file with its log and the index of that: SQLite keeps all three open, whatever becomes of
/// their names, and two windows with two logs are two truths.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Identities {
    file: Identity,
    log: Identity,
    index: Identity,
}

impl Identities {
    pub fn of(path: &Path) -> Self {
        Identities {
            file: identity(path),
            log: identity(&beside_wal(path)),
            index: identity(&beside_shm(path)),
        }
    }

    /// What of it is no longer what was opened; nothing that did not exist then can be missing.
    pub fn lost(&self, now: &Identities) -> Option<&'static str> {
        let gone = |was: Identity, is: Identity| was.is_some() && was != is;
        if gone(self.file, now.file) {
            Some("")
        } else if gone(self.log, now.log) {
            Some("-wal")
        } else {
            gone(self.index, now.index).then_some("-shm")
        }
    }

    /// Takes note of what has come into being since.
    pub fn with(self, now: &Identities) -> Self {
        Identities {
            file: self.file.or(now.file),
            log: self.log.or(now.log),
            index: self.index.or(now.index),
        }
    }
}

/// Whether others than this account may put files into the folder of the shop.
#[cfg(unix)]
pub(super) fn others_may_write(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    // A group of one's own is nobody else.
    fs::metadata(files::folder_of(path)).is_ok_and(|about| {
        let is_own_group = about.gid() == rustix::process::getgid().as_raw();
        about.mode() & 0o002 != 0 || (about.mode() & 0o020 != 0 && !is_own_group)
    })
}

#[cfg(not(unix))]
pub(super) fn others_may_write(_path: &Path) -> bool {
    false
}
