//! The only place that opens SQLite.
//!
//! **Does** opens, creates, locks, migrates, copies and proves the shop's file; hands out [`Read`] and [`Write`]; keeps the outbox as a
//! hash-chained log, the log of commands, the settings and the numbers. **Owns** `outbox`, `command_log`, `setting`, `sequence`.
//! **Publishes** nothing of its own. **Hears** nothing.

mod access;
pub mod check;
mod codec;
pub mod log;
pub mod schema;

pub use access::{Read, Signature, Write, rows_walked, walked_since};
pub use check::{Invariant, Problem};
pub use codec::{AsWord, Word};

use crate::kernel::{Failure, Fallible, Moment, Refusal, Settings, Text};
use anyhow::{Context, anyhow};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use serde::{Serialize, de::DeserializeOwned};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;
use uuid::Uuid;

/// Older libraries can corrupt a WAL file when two connections write and checkpoint at once (sqlite.org/wal.html#walresetbug).
const SQLITE_VERSION_MIN: i32 = 3_051_003;
const STATEMENTS_CACHED: usize = 128;
const LOCK_TRIES: usize = 100;

/// The shop's file, open.
pub struct Store {
    connection: Connection,
    path: Option<PathBuf>,
    reading_only: Option<StoreRefusal>,
    /// Tells this process from others inside the file.
    token: [u8; 16],
    rehearsing: bool,
    identity: Option<(u64, u64)>,
    alone: bool,
    _lock: Option<File>,
}

/// Why a file was not opened, or not written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum StoreRefusal {
    #[error("There is no shop at {0}")]
    Missing(Text),
    #[error("There is a file already at {0}")]
    Exists(Text),
    #[error("{0} is a folder, not a shop's file")]
    Folder(Text),
    #[error("{0} is empty (0 bytes), where a shop's file used to be")]
    ZeroBytes(Text),
    #[error("{0} is not a Rentdesk file")]
    Foreign(Text),
    #[error("{path} was written by a newer version: it has schema {found}, this one knows {known}")]
    Newer { path: Text, found: i64, known: i64 },
    #[error("{0} has a second name (a hard link), and two names would mean two logs")]
    HardLinked(Text),
    #[error("{0} lies on a network share, where SQLite cannot keep it whole")]
    NetworkShare(Text),
    #[error("Everybody on this machine can write into the folder of {0}")]
    OpenFolder(Text),
    #[error("{0} cannot be written here")]
    ReadOnly(Text),
    #[error("{path} cannot be opened: {why}")]
    Unreadable { path: Text, why: Text },
    #[error("{0} is being changed by another Rentdesk that needs it alone")]
    Locked(Text),
    #[error("{0} was moved, replaced or deleted while it was open")]
    Replaced(Text),
}

impl Refusal for StoreRefusal {
    fn hint(&self) -> String {
        match self {
            StoreRefusal::Missing(_) => "rentdesk init makes one, rentdesk demo shows a filled one".to_owned(),
            StoreRefusal::Exists(_) => "open it with --db, or name another file".to_owned(),
            StoreRefusal::Folder(path) => format!("name the file in it: {path}/shop.db"),
            StoreRefusal::ZeroBytes(_) => "put a backup in its place, or move it away and run rentdesk init".to_owned(),
            StoreRefusal::Foreign(_) => "check the path given with --db".to_owned(),
            StoreRefusal::Newer { .. } => "install the newer version; reading still works".to_owned(),
            StoreRefusal::HardLinked(_) => "remove the other name".to_owned(),
            StoreRefusal::NetworkShare(_) => "keep the file on a disk of this machine, and backups on the share".to_owned(),
            StoreRefusal::OpenFolder(_) => "chmod o-w the folder, or use a folder of your own".to_owned(),
            StoreRefusal::ReadOnly(_) => "check the permissions of the file and its folder".to_owned(),
            StoreRefusal::Unreadable { .. } => "look at the path, or restore a backup".to_owned(),
            StoreRefusal::Locked(_) => "wait for it to end, then try again".to_owned(),
            StoreRefusal::Replaced(_) => "close this window and open the shop again".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        "file"
    }

    fn not_found(&self) -> bool {
        matches!(self, StoreRefusal::Missing(_))
    }
}

impl<R: Refusal> From<rusqlite::Error> for Failure<R> {
    fn from(error: rusqlite::Error) -> Self {
        Failure::Fault(error.into())
    }
}

impl Store {
    /// Makes a new shop. Only this creates a file; nothing is ever written over.
    pub fn create(path: &Path, settings: &[(&str, &str)]) -> Result<Store, Failure<StoreRefusal>> {
        let shown = shown(path);
        if path.exists() {
            return Err(StoreRefusal::Exists(shown).into());
        }
        make_folder(path)?;
        refuse_place(path)?;
        let (lock, alone) = take_lock(path)?;
        let connection = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        restrict(path)?;
        let set_up = || -> Fallible<()> {
            connection.execute_batch("PRAGMA journal_mode = WAL")?;
            schema::migrate(&connection, schema::MIGRATIONS)?;
            connection.execute("INSERT INTO setting(name, value) VALUES ('shop_id', ?1)", [fresh_identity().to_string()])?;
            for (name, value) in settings {
                connection.execute("INSERT INTO setting(name, value) VALUES (?1, ?2)", [name, value])?;
            }
            Ok(())
        };
        if let Err(fault) = set_up() {
            drop(connection);
            let _ = fs::remove_file(path); // half a shop is worse than none, and it was made a moment ago
            return Err(Failure::Fault(fault.context(format!("while making {shown}"))));
        }
        Ok(Store { connection, path: Some(path.to_owned()), reading_only: None, token: token(), rehearsing: false, identity: identity(path), alone, _lock: Some(lock) })
    }

    /// Opens a shop, migrating an older file after a backup. A newer or read-only file opens for reading.
    pub fn open(path: &Path) -> Result<Store, Failure<StoreRefusal>> {
        Self::open_with(path, schema::MIGRATIONS)
    }

    /// As [`Self::open`], with the schema steps given: tests take a file through a step of their own.
    pub fn open_with(path: &Path, migrations: &[schema::Migration]) -> Result<Store, Failure<StoreRefusal>> {
        let path = fs::canonicalize(path).map_err(|_| StoreRefusal::Missing(shown(path)))?;
        let name = shown(&path);
        refuse_file(&path)?;
        refuse_place(&path)?;
        let (lock, alone) = take_lock(&path)?;
        let mut reading_only = None;
        let connection = match connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
            Ok(connection) if !connection.is_readonly("main").unwrap_or(false) => connection,
            _ => {
                reading_only = Some(StoreRefusal::ReadOnly(name.clone()));
                connect_reading(&path).map_err(|failure| if is_foreign(&failure) { StoreRefusal::Foreign(name.clone()).into() } else { failure })?
            }
        };
        let unreadable = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreRefusal::Foreign(name.clone()),
            _ => StoreRefusal::Unreadable { path: name.clone(), why: Text::new(&error.to_string()) },
        };
        let application: i64 = connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(unreadable)?;
        if application != schema::APPLICATION_ID {
            return Err(StoreRefusal::Foreign(name).into());
        }
        let found = schema::version(&connection)?;
        let known = schema::newest(migrations);
        if found > known {
            reading_only = Some(StoreRefusal::Newer { path: name.clone(), found, known });
        }
        let mut store = Store { connection, identity: identity(&path), path: Some(path), reading_only, token: token(), rehearsing: false, alone, _lock: Some(lock) };
        if found < known && store.reading_only.is_none() {
            store.backup(None).context("the backup before the schema step").map_err(Failure::Fault)?;
            schema::migrate(&store.connection, migrations).map_err(Failure::Fault)?;
        }
        if found <= known {
            let expected = schema::expected_fingerprint(migrations)?;
            if schema::fingerprint(&store.connection)? != expected {
                store.reading_only.get_or_insert(StoreRefusal::Unreadable { path: name, why: Text::new("its schema was changed by another program; a guard may be missing") });
            }
        }
        Ok(store)
    }

    fn over_copy(connection: Connection) -> Store {
        Store { connection, path: None, reading_only: None, token: token(), rehearsing: false, identity: None, alone: true, _lock: None }
    }

    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Why writing is refused, where it is.
    pub fn reading_only(&self) -> Option<&StoreRefusal> {
        self.reading_only.as_ref()
    }

    /// From now on nothing is kept: every command runs, answers and is rolled back (`--dry-run`).
    pub fn rehearse(&mut self) {
        self.rehearsing = true;
    }

    pub fn is_rehearsing(&self) -> bool {
        self.rehearsing
    }

    /// Whether no other window had the file open when this one opened it.
    pub fn was_alone(&self) -> bool {
        self.alone
    }

    pub fn token(&self) -> &[u8; 16] {
        &self.token
    }

    pub fn read(&self) -> Read<'_> {
        Read::new(&self.connection)
    }

    pub fn settings(&self) -> Fallible<Settings> {
        let values: BTreeMap<String, String> = self.read().rows("SELECT name, value FROM setting", [], |row| Ok((row.get(0)?, row.get(1)?)))?.into_iter().collect();
        Ok(Settings::from_values(values))
    }

    /// Changes with every commit of another process.
    pub fn data_version(&self) -> Fallible<i64> {
        Ok(self.connection.query_row("PRAGMA data_version", [], |row| row.get(0))?)
    }

    /// One command: BEGIN IMMEDIATE, commits only on `Ok`, takes everything back on any error. A command id that was seen before
    /// returns its first result and changes nothing.
    pub fn write<T, R>(&self, signature: Signature, command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>) -> Result<T, Failure<R>>
    where
        T: Serialize + DeserializeOwned,
    {
        if let Some(refusal) = &self.reading_only {
            return Err(Failure::Fault(anyhow!("{refusal}; {}", refusal.hint())));
        }
        self.begin(Durability::Full).map_err(Failure::Fault)?;
        let outcome = self.run(signature, command);
        match &outcome {
            Ok(_) if !self.rehearsing => self.end("COMMIT").map_err(Failure::Fault)?,
            _ => self.end("ROLLBACK").map_err(Failure::Fault)?,
        }
        outcome
    }

    fn run<T, R>(&self, signature: Signature, command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>) -> Result<T, Failure<R>>
    where
        T: Serialize + DeserializeOwned,
    {
        let fault = |error: anyhow::Error| Failure::Fault(error);
        let known =
            self.read().maybe("SELECT result FROM command_log WHERE command_id = ?1", [signature.command.as_bytes().as_slice()], |row| row.get::<_, String>(0)).map_err(fault)?;
        if let Some(result) = known {
            return serde_json::from_str(&result).context("while reading the first result of a repeated command").map_err(fault);
        }
        let mut db = Write::new(&self.connection, signature);
        let value = command(&mut db)?;
        let result = serde_json::to_string(&value).map_err(|error| fault(error.into()))?;
        db.execute(
            "INSERT INTO command_log(command_id, at, staff_id, result) VALUES (?1, ?2, ?3, ?4)",
            rusqlite::params![signature.command.as_bytes().as_slice(), signature.at, signature.staff, result],
        )
        .map_err(fault)?;
        Ok(value)
    }

    /// One slice of derived work: can be done again from the log, so it need not survive a power cut.
    pub fn project<T>(&self, at: Moment, work: impl FnOnce(&mut Write<'_>) -> Fallible<T>) -> Fallible<T> {
        self.begin(Durability::Normal)?;
        let outcome = work(&mut Write::new(&self.connection, Signature { at, staff: None, command: Uuid::nil() }));
        self.end(if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" })?;
        outcome
    }

    fn begin(&self, durability: Durability) -> Fallible<()> {
        if self.identity.is_some() && self.path.as_deref().and_then(identity) != self.identity {
            let refusal = StoreRefusal::Replaced(self.path.as_deref().map(shown).unwrap_or_default());
            return Err(anyhow!("{refusal}; {}", refusal.hint()));
        }
        // `synchronous` can only be changed between transactions.
        self.connection.execute_batch(match durability {
            Durability::Full => "PRAGMA synchronous = FULL",
            Durability::Normal => "PRAGMA synchronous = NORMAL",
        })?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let found = schema::version(&self.connection)?;
        if found > schema::newest(schema::MIGRATIONS) {
            self.connection.execute_batch("ROLLBACK")?;
            return Err(anyhow!("the file was updated by a newer version (schema {found}); please restart this window"));
        }
        Ok(())
    }

    fn end(&self, how: &str) -> Fallible<()> {
        if self.connection.is_autocommit() {
            return Ok(()); // SQLite has rolled back by itself, as it does when the disk is full
        }
        if let Err(error) = self.connection.execute_batch(how) {
            if !self.connection.is_autocommit() {
                let _ = self.connection.execute_batch("ROLLBACK");
            }
            return Err(anyhow::Error::new(error));
        }
        Ok(())
    }

    /// Moves finished pages from the log into the file, without waiting for anyone: for idle moments.
    pub fn checkpoint(&self) -> Fallible<()> {
        self.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
        Ok(())
    }

    /// Notes the newest event beside the file, so that a lost log is noticed. Never backwards.
    pub fn note_head(&self) -> Fallible<()> {
        let Some(path) = self.path.as_deref().filter(|_| self.reading_only.is_none() && !self.rehearsing) else { return Ok(()) };
        let head = log::head(self.read())?;
        if self.noted_head()?.is_some_and(|noted| noted.seq >= head.seq) {
            return Ok(());
        }
        let target = beside(path, "head");
        let temporary = beside(path, "head.new");
        fs::write(&temporary, format!("{} {}\n", head.seq, log::hex(&head.hash)))?;
        fs::rename(&temporary, &target)?;
        Ok(())
    }

    fn noted_head(&self) -> Fallible<Option<log::Head>> {
        let Some(path) = self.path.as_deref() else { return Ok(None) };
        match fs::read_to_string(beside(path, "head")) {
            Ok(text) => Ok(log::parse_head(&text).ok()),
            Err(_) => Ok(None),
        }
    }

    /// A verified copy in `folder` (by default `backup/` beside the file), named by date, last event and head.
    pub fn backup(&self, folder: Option<&Path>) -> Fallible<PathBuf> {
        let path = self.path.as_deref().context("a copy has no file to back up")?;
        let folder = folder.map_or_else(|| path.parent().unwrap_or(Path::new(".")).join("backup"), Path::to_owned);
        make_folders(&folder)?;
        let head = if schema::version(&self.connection)? > 0 { log::head(self.read())? } else { log::Head { seq: 0, hash: [0; 32] } };
        let stem = path.file_stem().map_or_else(|| "shop".to_owned(), |stem| stem.to_string_lossy().into_owned());
        let day: String = self.connection.query_row("SELECT strftime('%Y-%m-%d-%H%M%S', 'now')", [], |row| row.get(0))?;
        let target = folder.join(format!("{stem}-{day}-{}-{}.db", head.seq, log::hex(&head.hash[..4])));
        let temporary = target.with_extension("part");
        let _ = fs::remove_file(&temporary); // what a killed backup left behind
        let written = self.write_copy(&temporary);
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written.with_context(|| format!("while writing {}", target.display()))?;
        fs::rename(&temporary, &target)?;
        File::open(&folder)?.sync_all()?;
        Ok(target)
    }

    fn write_copy(&self, target: &Path) -> Fallible<()> {
        let source = self.path.as_deref().context("no file")?;
        let reader = connect(source, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        reader.execute("VACUUM INTO ?1", [target.to_string_lossy()])?;
        restrict(target)?;
        let copy = Connection::open_with_flags(target, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        anyhow::ensure!(verdict == "ok", "the copy is not whole: {verdict}");
        if schema::version(&copy)? > 0
            && let Some(problem) = log::verify(Read::new(&copy))?
        {
            anyhow::bail!("the copy's chain is broken: {problem}");
        }
        drop(copy);
        File::open(target)?.sync_all()?;
        Ok(())
    }

    /// Stops growing at this many pages: the disk that is full, for tests.
    pub fn limit_pages(&self, pages: i64) -> Fallible<i64> {
        Ok(self.connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |row| row.get(0))?)
    }

    /// The last words: everything into the file, the head noted.
    pub fn close(self) {
        if self.reading_only.is_none() {
            let _ = self.note_head(); // best effort: the note only ever lags, and the next start writes it
            let _ = self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        }
    }
}

enum Durability {
    Full,
    Normal,
}

/// What went wrong with the file, in words for the person at the counter.
pub fn in_words(fault: &anyhow::Error) -> String {
    let code = fault.chain().find_map(|cause| cause.downcast_ref::<rusqlite::Error>()).and_then(rusqlite::Error::sqlite_error_code);
    match code {
        Some(ErrorCode::DiskFull) => "the disk is full".to_owned(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => "another window is saving; try again".to_owned(),
        Some(ErrorCode::ReadOnly) => "the file is read-only".to_owned(),
        Some(ErrorCode::SystemIoFailure) => "the disk does not answer".to_owned(),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => "the file is damaged; run rentdesk check, then restore a backup".to_owned(),
        _ => Text::new(&fault.to_string()).to_string(),
    }
}

fn token() -> [u8; 16] {
    *fresh_identity().as_bytes()
}

/// An identity for this file or this process; events have theirs from [`Write::publish`].
fn fresh_identity() -> Uuid {
    Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext))
}

fn connect(path: &Path, flags: OpenFlags) -> Fallible<Connection> {
    anyhow::ensure!(rusqlite::version_number() >= SQLITE_VERSION_MIN, "SQLite {} is too old", rusqlite::version());
    let mut connection = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    configure(&mut connection)?;
    Ok(connection)
}

/// A file in WAL mode needs its helper files even to be read; where none can be made, it is read as it lies.
fn connect_reading(path: &Path) -> Result<Connection, Failure<StoreRefusal>> {
    let plain = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    if plain.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).is_ok() {
        return Ok(plain);
    }
    let uri = format!("file:{}?immutable=1", path.to_string_lossy().replace('%', "%25").replace('?', "%3f").replace('#', "%23"));
    Ok(connect(Path::new(&uri), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)?)
}

/// Bytes that are no database betray themselves as soon as a connection is set up.
fn is_foreign(failure: &Failure<StoreRefusal>) -> bool {
    let Failure::Fault(fault) = failure else { return false };
    fault.chain().any(|cause| cause.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code) == Some(ErrorCode::NotADatabase))
}

fn configure(connection: &mut Connection) -> Fallible<()> {
    connection.busy_handler(Some(wait_while_busy))?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_limit(rusqlite::limits::Limit::SQLITE_LIMIT_LENGTH, 10_000_000)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA recursive_triggers = ON; PRAGMA secure_delete = ON;
         PRAGMA wal_autocheckpoint = 16000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;
         PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cell_size_check = ON; PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON;",
    )?;
    Ok(())
}

/// Random naps of 0.5 to 4 ms, about two seconds in all: SQLite's own handler starves whoever comes second.
fn wait_while_busy(tries: i32) -> bool {
    let noise = u64::from(std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |time| time.subsec_nanos()));
    std::thread::sleep(Duration::from_micros(500 + noise / 7 % 3500));
    tries < 900
}

fn shown(path: &Path) -> Text {
    Text::new(&path.to_string_lossy())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(ending);
    path.with_file_name(name)
}

/// A shared lock that the kernel frees when the process dies, and whether nobody else held one. A file of its own: closing any
/// descriptor of the database would drop SQLite's locks on it (sqlite.org/howtocorrupt.html).
fn take_lock(path: &Path) -> Result<(File, bool), Failure<StoreRefusal>> {
    let lock_path = beside(path, "lock");
    let lock = match File::options().read(true).write(true).create(true).truncate(false).open(&lock_path) {
        Ok(lock) => lock,
        Err(_) => File::open(path.parent().unwrap_or(Path::new("/"))).map_err(|error| Failure::Fault(error.into()))?,
    };
    let alone = lock.try_lock().is_ok();
    if alone {
        lock.unlock().map_err(|error| Failure::Fault(error.into()))?;
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

fn refuse_file(path: &Path) -> Result<(), Failure<StoreRefusal>> {
    let about = fs::metadata(path).map_err(|error| StoreRefusal::Unreadable { path: shown(path), why: Text::new(&error.to_string()) })?;
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
fn refuse_place(path: &Path) -> Result<(), Failure<StoreRefusal>> {
    use std::os::unix::fs::MetadataExt;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mode = fs::metadata(folder).map_err(|error| Failure::Fault(error.into()))?.mode();
    const OTHERS_WRITE: u32 = 0o002;
    const STICKY: u32 = 0o1000;
    if mode & OTHERS_WRITE != 0 && mode & STICKY == 0 {
        return Err(StoreRefusal::OpenFolder(shown(path)).into());
    }
    #[cfg(target_os = "linux")]
    {
        // The magic numbers of statfs(2): NFS, SMB, SMB2, CIFS, AFS, 9P.
        const NETWORK: [i64; 6] = [0x6969, 0x517B, 0xFE53_4D42, 0xFF53_4D42, 0x5346_414F, 0x0102_1997];
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
fn refuse_place(_path: &Path) -> Result<(), Failure<StoreRefusal>> {
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), Failure<StoreRefusal>> {
    match path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => make_folders(folder).map_err(Failure::Fault),
        None => Ok(()),
    }
}

fn make_folders(folder: &Path) -> Fallible<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).with_context(|| format!("while making the folder {}", folder.display()))
}

#[cfg(unix)]
fn restrict(path: &Path) -> Fallible<()> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::set_permissions(path, fs::Permissions::from_mode(0o600))?)
}

#[cfg(not(unix))]
fn restrict(_path: &Path) -> Fallible<()> {
    Ok(())
}

#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|about| (about.dev(), about.ino()))
}

#[cfg(not(unix))]
fn identity(_path: &Path) -> Option<(u64, u64)> {
    None
}

/// What somebody types, as a question for the search index: every word quoted, each a beginning. `None` where no word is left.
pub fn match_words(typed: &str) -> Option<String> {
    let words: Vec<String> = typed.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).take(8).map(|word| format!("\"{word}\"*")).collect();
    (!words.is_empty()).then(|| words.join(" "))
}
