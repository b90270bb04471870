//! Handing a mail to the shop's mail program. It waits, so it belongs outside any transaction.

use crate::kernel::Text;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const STDERR_MAX: u64 = 8192;
const NAP: Duration = Duration::from_millis(20);
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Runs the program with the mail on its input. `Err`: why it does not count as sent, in the program's own words where it had any; what
/// stands in `secrets` is not repeated.
pub fn deliver(program: &[String], mail: &[u8], patience: Duration, secrets: &[&Text]) -> Result<(), String> {
    let Some((name, arguments)) = program.split_first() else { return Err("no mail program is set".to_owned()) };
    let shown = Text::new(std::path::Path::new(name).file_name().unwrap_or_default().to_string_lossy().as_ref());
    let mut child = match Command::new(name).args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn() {
        Ok(child) => child,
        Err(problem) => return Err(format!("{shown} did not start: {problem}")),
    };
    // Both beside the wait: a program that reads nothing, or says much, must not hold the sender up.
    let (fed, is_fed) = mpsc::channel();
    if let Some(mut stdin) = child.stdin.take() {
        let mail = mail.to_vec();
        std::thread::spawn(move || {
            let _ = fed.send(stdin.write_all(&mail).and_then(|()| stdin.flush()).is_ok());
        });
    }
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
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if begun.elapsed() < patience => std::thread::sleep(NAP),
            Ok(None) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("{shown} gave no answer in {} s", patience.as_secs().max(1)));
            }
            Err(problem) => return Err(format!("{shown} was lost: {problem}")),
        }
    };
    if status.success() {
        // A program that is content without having read the mail has not sent it.
        return match is_fed.recv_timeout(LAST_WORDS) {
            Ok(true) => Ok(()),
            _ => Err(format!("{shown} did not take the mail")),
        };
    }
    let heard = said.recv_timeout(LAST_WORDS).unwrap_or_default();
    let heard = String::from_utf8_lossy(&heard);
    let line = heard.lines().map(Text::new).find(|line| !line.is_empty());
    let line = line.map(|line| secrets.iter().filter(|secret| !secret.is_empty()).fold(line.to_string(), |line, secret| line.replace(secret.as_str(), "…")));
    Err(line.map_or_else(|| format!("{shown} ended with {status}"), |line| format!("{shown} says \"{line}\"")))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn sh(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    #[test]
    fn what_became_of_a_mail_is_known() {
        let long = vec![b'x'; 300_000];
        let second = Duration::from_secs(20);
        assert_eq!(deliver(&sh("cat >/dev/null"), &long, second, &[]), Ok(()));
        let address = Text::new("maya@kite.example");
        assert_eq!(deliver(&sh("cat >/dev/null; echo 550 no maya@kite.example >&2; exit 1"), b"x", second, &[&address]), Err("sh says \"550 no …\"".to_owned()));
        assert_eq!(deliver(&sh("exec 0<&-; exit 0"), &long, second, &[]), Err("sh did not take the mail".to_owned()));
        assert_eq!(deliver(&sh("exec sleep 30"), b"x", Duration::from_millis(100), &[]), Err("sh gave no answer in 1 s".to_owned()));
        assert!(deliver(&["/no/such/program".to_owned()], b"x", second, &[]).unwrap_err().starts_with("program did not start"));
    }
}
