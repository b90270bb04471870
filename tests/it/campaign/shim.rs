//! The shim, built once, and a program that runs over it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use tempfile::TempDir;

/// The shared object; none where this machine has no C compiler or is no Linux.
pub fn built() -> Option<&'static Path> {
    static BUILT: OnceLock<Option<(TempDir, PathBuf)>> = OnceLock::new();
    BUILT
        .get_or_init(|| {
            if !cfg!(target_os = "linux") {
                return None;
            }
            let folder = tempfile::tempdir().ok()?;
            let object = folder.path().join("shim.so");
            let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/campaign/shim.c");
            let done = Command::new("cc")
                .args(["-shared", "-fPIC", "-O1", "-o"])
                .arg(&object)
                .arg(source)
                .args(["-ldl", "-lpthread"])
                .output()
                .ok()?;
            assert!(
                done.status.success(),
                "the shim is not built: {}",
                String::from_utf8_lossy(&done.stderr)
            );
            Some((folder, object))
        })
        .as_ref()
        .map(|(_, object)| object.as_path())
}

/// What the shim does to a process.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Meddling {
    Count,
    KillAt(u64),
    /// So many calls from there on fail.
    FailAt {
        call: u64,
        more: u64,
        errno: i32,
    },
    /// The sync of that number fails, once.
    FailSyncAt(u64),
}

/// Lets the process run over the shim; its calls count where they are about files in `folder`.
pub fn over(command: &mut Command, folder: &Path, meddling: Meddling) -> PathBuf {
    let count = folder.with_extension("calls");
    command
        .env("LD_PRELOAD", built().expect("the shim"))
        .env("RENTDESK_SHIM_DIR", folder);
    match meddling {
        Meddling::Count => {
            command.env("RENTDESK_SHIM_COUNT", &count);
        }
        Meddling::KillAt(call) => {
            command.env("RENTDESK_SHIM_KILL", call.to_string());
        }
        Meddling::FailAt { call, more, errno } => {
            command
                .env("RENTDESK_SHIM_FAIL", call.to_string())
                .env("RENTDESK_SHIM_MORE", more.to_string())
                .env("RENTDESK_SHIM_ERRNO", errno.to_string());
        }
        Meddling::FailSyncAt(call) => {
            command
                .env("RENTDESK_SHIM_ONLY", "sync")
                .env("RENTDESK_SHIM_FAIL", call.to_string());
        }
    }
    count
}
