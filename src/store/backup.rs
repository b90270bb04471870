//! Verified copies: written beside, proved, then renamed.

use super::place::{connect, make_folders, restrict};
use super::{Read, Store, log, schema};
use crate::kernel::Fallible;
use anyhow::Context;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

impl Store {
    /// A verified copy in `folder` (by default `backup/` beside the file), named by date, last
    /// event and head.
    pub fn backup(&self, folder: Option<&Path>) -> Fallible<PathBuf> {
        self.stop_supposing()?;
        let path = self
            .path
            .as_deref()
            .context("a copy has no file to back up")?;
        let folder = folder.map_or_else(
            || path.parent().unwrap_or(Path::new(".")).join("backup"),
            Path::to_owned,
        );
        make_folders(&folder)?;
        let head = if schema::version(&self.connection)? > 0 {
            log::head(self.read())?
        } else {
            log::Head {
                seq: 0,
                hash: [0; 32],
            }
        };
        let stem = path.file_stem().map_or_else(
            || "shop".to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        );
        let day: String =
            self.connection
                .query_row("SELECT strftime('%Y-%m-%d-%H%M%S', 'now')", [], |row| {
                    row.get(0)
                })?;
        let target = folder.join(format!(
            "{stem}-{day}-{}-{}.db",
            head.seq,
            log::hex(&head.hash[..4])
        ));
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
        let copy = Connection::open_with_flags(
            target,
            OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
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
}
