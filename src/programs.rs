//! Another program, waited for with patience: its end, and its own words where it has any.
//!
//! It waits, so it belongs outside any transaction and off the thread that draws.

use crate::kernel::Text;
use std::io::{Read, Write};
use std::process::{Child, ExitStatus};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const STDERR_MAX: u64 = 8192;
const NAP: Duration = Duration::from_millis(20);
const LAST_WORDS: Duration = Duration::from_millis(500);

/// How a program ended.
pub struct Ended {
    pub status: ExitStatus,
    /// Whether it took all of its input; one that has none took all of it.
    pub was_fed: bool,
    /// The first line it said on stderr.
    pub said: Option<Text>,
}

/// Feeds the child and waits for its end; after `patience` it is ended. `Err`: why it has no end of
/// its own, beginning with `name`.
pub fn wait(
    mut child: Child,
    name: &str,
    input: &[u8],
    patience: Duration,
) -> Result<Ended, String> {
    // Both beside the wait: a program that reads nothing, or says much, must not hold us up, and a
    // grandchild may keep a pipe open.
    let is_fed = child.stdin.take().map(|mut stdin| {
        let (fed, is_fed) = mpsc::channel();
        let input = input.to_vec();
        std::thread::spawn(move || {
            let _ = fed.send(stdin.write_all(&input).and_then(|()| stdin.flush()).is_ok());
        });
        is_fed
    });
    let (says, said) = mpsc::channel();
    if let Some(stderr) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut heard = Vec::new();
            let mut stderr = stderr.take(STDERR_MAX);
            let _ = stderr.read_to_end(&mut heard);
            let _ = says.send(heard);
            let _ = std::io::copy(&mut stderr.into_inner(), &mut std::io::sink());
        });
    }
    let begun = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => {
                let was_fed =
                    is_fed.is_none_or(|is_fed| is_fed.recv_timeout(LAST_WORDS).unwrap_or(false));
                return Ok(Ended {
                    status,
                    was_fed,
                    said: None,
                });
            }
            Ok(Some(status)) => {
                let heard = said.recv_timeout(LAST_WORDS).unwrap_or_default();
                let said = String::from_utf8_lossy(&heard)
                    .lines()
                    .map(Text::new)
                    .find(|line| !line.is_empty());
                return Ok(Ended {
                    status,
                    was_fed: false,
                    said,
                });
            }
            Ok(None) if begun.elapsed() < patience => std::thread::sleep(NAP),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!(
                    "{name} gave no answer in {} s",
                    patience.as_secs().max(1)
                ));
            }
            Err(problem) => return Err(format!("{name} was lost: {problem}")),
        }
    }
}
