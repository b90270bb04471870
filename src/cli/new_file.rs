//! Files that a command writes: a new one, or with `--overwrite` in the place of one that is there.

use crate::files::{self, Existing};
use crate::kernel::{Declined, Stop, Text};
use clap::Args;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::Path;

#[derive(Args, Debug)]
pub struct Overwriting {
    /// Takes the place of a file that is there already.
    #[arg(long)]
    overwrite: bool,
}

const SHOP_FILE: &[u8; 15] = b"SQLite format 3";
/// What lies beside a shop's file and is part of it.
const BESIDE: [&str; 8] = [
    "-wal",
    "-shm",
    "-journal",
    ".lock",
    ".head",
    ".sender",
    ".turn",
    ".restoring",
];

impl Overwriting {
    /// Whether it may be written, without writing it: for a rehearsal.
    pub fn check(&self, path: &Path) -> Result<(), Stop> {
        let shown = Text::new(&path.to_string_lossy());
        if !path.exists() {
            return Ok(());
        }
        if !self.overwrite {
            return Err(Declined::new(
                "file",
                format!("There is a file already at {shown}"),
                "name another file, or write over it (--overwrite)",
            )
            .into());
        }
        if !path.is_file() || is_of_a_shop(path) {
            return Err(Declined::new(
                "file",
                format!("{shown} is not written over: it is no list and no paper"),
                "name another file",
            )
            .into());
        }
        Ok(())
    }

    /// All of it or nothing: what was there stays until the new file is complete.
    pub fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), Stop> {
        self.check(path)?;
        let shown = Text::new(&path.to_string_lossy());
        let cannot = |error: std::io::Error| match error.kind() {
            ErrorKind::AlreadyExists => Declined::new(
                "file",
                format!("There is a file already at {shown}"),
                "name another file, or write over it (--overwrite)",
            ),
            _ => Declined::new(
                "file",
                format!("{shown} cannot be written: {}", files::in_words(&error)),
                files::hint(&error),
            ),
        };
        // A link keeps pointing to its file, which is the one that is replaced.
        let (path, existing) = if path.exists() {
            (path.canonicalize().map_err(cannot)?, Existing::Replaced)
        } else {
            (path.to_owned(), Existing::Stays)
        };
        files::write_whole(&path, bytes, existing).map_err(|error| cannot(error).into())
    }
}

/// A shop's file, or one that lies beside it and belongs to it.
fn is_of_a_shop(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let belongs = BESIDE
        .iter()
        .filter_map(|end| name.strip_suffix(end))
        .any(|shop| Path::new(shop).exists());
    let mut head = [0; SHOP_FILE.len()];
    belongs
        || File::open(path)
            .and_then(|mut file| file.read_exact(&mut head))
            .is_ok_and(|()| head == *SHOP_FILE)
}
