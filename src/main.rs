//! Parse, run, exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077)); // a shop's file, its copies and lists are its owner's alone
    ExitCode::from(rentdesk::cli::run(std::env::args_os().collect()))
}
