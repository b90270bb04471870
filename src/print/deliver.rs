//! Getting a paper out of the house: saved first, then printed. It waits, so it belongs on a worker
//! thread.

use crate::files::{self, Existing};
use crate::kernel::{Fallible, Text};
use crate::programs;
use anyhow::Context;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// What became of a paper. It is saved in any case, so that a printer's refusal loses nothing.
#[derive(Debug)]
pub struct Delivered {
    pub saved: PathBuf,
    /// `Err` says why not, in the spooler's own words where it had any: `lp says "no such
    /// printer"`. It stands inside a sentence.
    pub printed: Result<(), String>,
}

/// The programs that take a file to a printer, and how long they may think about it.
#[derive(Clone, Debug)]
pub struct Spooler {
    /// The first that exists is used. Whichever is named `lpr` takes its printer by `-P`, any other
    /// by `-d`.
    pub programs: Vec<PathBuf>,
    pub patience: Duration,
}

impl Default for Spooler {
    fn default() -> Self {
        Spooler {
            programs: vec!["lp".into(), "lpr".into()],
            patience: Duration::from_secs(30),
        }
    }
}

/// Saves the paper and sends it to the printer (`None`: the machine's default). Fails only where it
/// could not even be saved.
pub fn deliver(
    bytes: &[u8],
    folder: &Path,
    name: &str,
    printer: Option<&str>,
) -> Fallible<Delivered> {
    Spooler::default().deliver(bytes, folder, name, printer)
}

/// Sends a file to the printer through `lp` or `lpr`.
pub fn print_file(path: &Path, printer: Option<&str>) -> Result<(), String> {
    Spooler::default().print_file(path, printer)
}

impl Spooler {
    pub fn deliver(
        &self,
        bytes: &[u8],
        folder: &Path,
        name: &str,
        printer: Option<&str>,
    ) -> Fallible<Delivered> {
        let saved = save(bytes, folder, name)?;
        let printed = self.print_file(&saved, printer);
        Ok(Delivered { saved, printed })
    }

    pub fn print_file(&self, path: &Path, printer: Option<&str>) -> Result<(), String> {
        // A whole path begins with no dash, so that no program takes it for an option.
        let path = path
            .canonicalize()
            .map_err(|problem| format!("{} cannot be read: {problem}", path.display()))?;
        for program in &self.programs {
            let name = program.file_stem().unwrap_or_default().to_string_lossy();
            let mut command = Command::new(program);
            if let Some(printer) = printer.filter(|printer| !printer.trim().is_empty()) {
                command
                    .arg(if name == "lpr" { "-P" } else { "-d" })
                    .arg(printer);
            }
            command
                .arg(&path)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::piped());
            match command.spawn() {
                Ok(child) => return printed(child, &name, self.patience),
                Err(problem) if problem.kind() == std::io::ErrorKind::NotFound => {}
                Err(problem) => return Err(format!("{name} did not start: {problem}")),
            }
        }
        let names: Vec<String> = self
            .programs
            .iter()
            .map(|program| {
                program
                    .file_stem()
                    .unwrap_or_default()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
        Err(format!("this machine has no {}", names.join(" and no ")))
    }
}

fn printed(child: Child, name: &str, patience: Duration) -> Result<(), String> {
    let ended = programs::wait(child, name, &[], patience)?;
    if ended.status.success() {
        return Ok(());
    }
    Err(ended.said.map_or_else(
        || format!("{name} ended with {}", ended.status),
        |line| format!("{name} says \"{line}\""),
    ))
}

/// Writes the paper into `folder` (made where it is missing), readable by nobody else, whole or not
/// at all. A paper of the same name is replaced.
pub fn save(bytes: &[u8], folder: &Path, name: &str) -> Fallible<PathBuf> {
    make_folder(folder).with_context(|| format!("while making {}", folder.display()))?;
    let name = file_name(name);
    let target = folder.join(&name);
    files::sweep(folder);
    files::write_whole(&target, bytes, Existing::Replaced)
        .map_err(|error| anyhow::anyhow!("{}", files::in_words(&error)).context(error))
        .with_context(|| format!("while saving {}", target.display()))?;
    Ok(target)
}

fn make_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// File systems end names at 255 bytes; a draft's name is longer by its numbers.
const NAME_BYTES_MAX: usize = 120;

/// Letters, digits, dots, dashes and underscores: a name that every file system takes, that leads
/// into no other folder and hides nowhere.
fn file_name(name: &str) -> String {
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending))
            if (1..=4).contains(&ending.len())
                && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) =>
        {
            (stem, format!(".{ending}"))
        }
        _ => (name, String::new()),
    };
    let stem = Text::new(stem);
    let mut kept = String::new();
    for c in stem.as_str().chars().map(|c| {
        if c.is_alphanumeric() || matches!(c, '.' | '_' | '-') {
            c
        } else {
            '-'
        }
    }) {
        let again = c == '-' && kept.ends_with('-');
        if !again && kept.len() + c.len_utf8() <= NAME_BYTES_MAX {
            kept.push(c);
        }
    }
    let kept = kept.trim_matches(|c| matches!(c, '.' | '-'));
    const RESERVED: &[&str] = &["CON", "PRN", "AUX", "NUL"];
    let first = kept
        .split('.')
        .next()
        .unwrap_or_default()
        .to_ascii_uppercase();
    let device = RESERVED.contains(&first.as_str())
        || (first.len() == 4 && (first.starts_with("COM") || first.starts_with("LPT")));
    let stem = if kept.is_empty() {
        "paper".to_owned()
    } else if device {
        format!("paper-{kept}")
    } else {
        kept.to_owned()
    };
    stem + &ending
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn a_file_name_leads_nowhere_else() {
        for (asked, given) in [
            ("pick-list-2025-11-21.pdf", "pick-list-2025-11-21.pdf"),
            ("../../etc/passwd", "etc-passwd"),
            ("R-1042 Müßig & Łódź.pdf", "R-1042-Müßig-Łódź.pdf"),
            ("", "paper"),
            ("...", "paper"),
            (".pdf", "paper.pdf"),
            ("con.pdf", "paper-con.pdf"),
            ("a\0b\n.pdf", "a-b.pdf"),
            ("C:\\x\\y.pdf", "C-x-y.pdf"),
        ] {
            assert_eq!(file_name(asked), given, "{asked:?}");
        }
        assert!(file_name(&"x".repeat(10_000)).len() < 200);
        assert!(file_name(&("中".repeat(10_000) + ".pdf")).ends_with(".pdf"));
    }
}
