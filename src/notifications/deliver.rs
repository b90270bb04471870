//! Handing a mail to the shop's mail program. It waits, so it belongs outside any transaction.

use crate::kernel::Text;
use crate::programs;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Runs the program with the mail on its input. `Err`: why it does not count as sent, in the
/// program's own words where it had any; what stands in `secrets` is not repeated.
pub fn deliver(
    program: &[String],
    mail: &[u8],
    patience: Duration,
    secrets: &[&Text],
) -> Result<(), String> {
    let Some((name, arguments)) = program.split_first() else {
        return Err("no mail program is set".to_owned());
    };
    let shown = Text::new(
        std::path::Path::new(name)
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .as_ref(),
    );
    let child = match Command::new(name)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
    {
        Ok(child) => child,
        Err(problem) => return Err(format!("{shown} did not start: {problem}")),
    };
    let ended = programs::wait(child, shown.as_str(), mail, patience)?;
    if ended.status.success() {
        // A program that is content without having read the mail has not sent it.
        return if ended.was_fed {
            Ok(())
        } else {
            Err(format!("{shown} did not take the mail"))
        };
    }
    let line = ended.said.map(|line| {
        secrets
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(line.to_string(), |line, secret| {
                line.replace(secret.as_str(), "…")
            })
    });
    Err(line.map_or_else(
        || format!("{shown} ended with {}", ended.status),
        |line| format!("{shown} says \"{line}\""),
    ))
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
        assert_eq!(
            deliver(
                &sh("cat >/dev/null; echo 550 no maya@kite.example >&2; exit 1"),
                b"x",
                second,
                &[&address]
            ),
            Err("sh says \"550 no …\"".to_owned())
        );
        assert_eq!(
            deliver(&sh("exec 0<&-; exit 0"), &long, second, &[]),
            Err("sh did not take the mail".to_owned())
        );
        assert_eq!(
            deliver(&sh("exec sleep 30"), b"x", Duration::from_millis(100), &[]),
            Err("sh gave no answer in 1 s".to_owned())
        );
        assert!(
            deliver(&["/no/such/program".to_owned()], b"x", second, &[])
                .unwrap_err()
                .starts_with("program did not start")
        );
    }
}
