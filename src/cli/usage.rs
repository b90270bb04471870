//! Arguments that the parser does not take: its help and its corrections are good, so a person
//! reads them as they are, and a program gets the same in one document.

use super::{DONE, USAGE, say};
use crate::kernel::Text;
use serde_json::{Value, json};

pub fn misread(error: &clap::Error, as_json: bool) -> u8 {
    if error.use_stderr() && as_json {
        say(&format!(
            "{:#}\n",
            json!({ "refused": refusal(&error.to_string()) })
        ));
    } else {
        let _ = error.print(); // a closed pipe is no fault
    }
    if error.use_stderr() { USAGE } else { DONE }
}

/// What was said, taken apart: the sentence with what it lists, the tips, how the command is
/// called.
fn refusal(shown: &str) -> Value {
    let (said, called) = shown.split_once("Usage: ").unwrap_or((shown, ""));
    let (mut message, mut list, mut tips) = (String::new(), Vec::new(), Vec::new());
    for line in said
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with("For more information"))
    {
        if message.is_empty() {
            message = line.trim_start_matches("error: ").to_owned();
        } else if let Some(tip) = line.strip_prefix("tip: ") {
            tips.push(Text::new(tip));
        } else {
            list.push(line.to_owned());
        }
    }
    if !list.is_empty() {
        message = format!("{message} {}", list.join(", "));
    }
    let usage = called.lines().next().unwrap_or_default().trim();
    let command: Vec<&str> = usage
        .split(' ')
        .take_while(|word| !word.starts_with(['-', '<', '[']))
        .collect();
    let help = format!(
        "{} --help",
        if command.is_empty() {
            "rentdesk".to_owned()
        } else {
            command.join(" ")
        }
    );
    let hint = tips.first().map_or(help, Text::to_string);
    json!({"kind": "usage", "message": Text::new(&message), "hint": hint, "tips": tips, "usage": Text::new(usage)})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_told_what_a_person_is() {
        let lacking = "error: the following required arguments were not provided:\n  --from <TIME>\n  --to <TIME>\n\nUsage: rentdesk free --from <TIME> <TYPE|TAG>\n\nFor more information, try '--help'.\n";
        let told = refusal(lacking);
        assert_eq!(
            told["message"],
            "the following required arguments were not provided: --from <TIME>, --to <TIME>"
        );
        assert_eq!(
            (told["hint"].as_str(), told["usage"].as_str()),
            (
                Some("rentdesk free --help"),
                Some("rentdesk free --from <TIME> <TYPE|TAG>")
            )
        );
        let unknown = "error: unrecognized subcommand 'fre'\n\n  tip: some similar subcommands exist: 'free', 'reserve'\n\nUsage: rentdesk [OPTIONS] [COMMAND]\n\nFor more information, try '--help'.\n";
        let told = refusal(unknown);
        assert_eq!(
            (told["message"].as_str(), told["hint"].as_str()),
            (
                Some("unrecognized subcommand 'fre'"),
                Some("some similar subcommands exist: 'free', 'reserve'")
            )
        );
        assert_eq!(told["tips"].as_array().map(Vec::len), Some(1));
    }
}
