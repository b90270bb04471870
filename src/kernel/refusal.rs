//! A business "no" is a refusal, a breakdown is a fault; the two never mix.

use super::Text;
use std::fmt;

/// A business "no": its `Display` is one plain sentence with the facts.
pub trait Refusal: fmt::Display + fmt::Debug {
    /// The next key or step, as an imperative.
    fn hint(&self) -> String;
    /// A stable word for programs that branch on it.
    fn kind(&self) -> &'static str;
    /// Whether the thing named does not exist, which has an exit code of its own.
    fn not_found(&self) -> bool {
        false
    }
    /// What was named that is not there, or is there more than once: an edge can tell what is
    /// called almost so.
    fn sought(&self) -> Option<Sought> {
        None
    }
}

/// A name that somebody gave for a thing of the shop, and that did not lead to one thing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sought {
    Type(Text),
    Customer(Text),
    Item(Text),
}

/// Why a command did not happen.
#[derive(Debug)]
pub enum Failure<R> {
    Refused(R),
    Fault(anyhow::Error),
}

/// The answer of what can only break down, never refuse.
pub type Fallible<T> = anyhow::Result<T>;

impl<R: Refusal> From<R> for Failure<R> {
    fn from(refusal: R) -> Self {
        Failure::Refused(refusal)
    }
}

impl<R: Refusal> From<anyhow::Error> for Failure<R> {
    fn from(fault: anyhow::Error) -> Self {
        Failure::Fault(fault)
    }
}

impl<R> Failure<R> {
    /// Lifts another module's refusal into one's own.
    pub fn map<S>(self, lift: impl FnOnce(R) -> S) -> Failure<S> {
        match self {
            Failure::Refused(refusal) => Failure::Refused(lift(refusal)),
            Failure::Fault(fault) => Failure::Fault(fault),
        }
    }
}

/// A hint as the counter shows it. What only the command line understands stands in brackets and
/// stays there: `(rentdesk in CAM-0012)`, `(--take-anyway)`.
pub fn at_the_counter(hint: &str) -> String {
    let mut shown = String::new();
    let mut rest = hint;
    while let Some((before, after)) = rest.split_once(" (") {
        shown.push_str(before);
        match closed(after) {
            Some((inside, behind))
                if inside.starts_with("--") || inside.starts_with("rentdesk ") =>
            {
                rest = behind
            }
            _ => {
                shown.push_str(" (");
                rest = after;
            }
        }
    }
    shown + rest
}

/// What stands before the bracket that closes, and behind it: a name inside may have brackets of
/// its own.
fn closed(text: &str) -> Option<(&str, &str)> {
    let mut open = 0;
    for (at, character) in text.char_indices() {
        match character {
            '(' => open += 1,
            ')' if open == 0 => {
                let (inside, behind) = text.split_at(at);
                return Some((inside, behind.strip_prefix(')')?));
            }
            ')' => open -= 1,
            _ => {}
        }
    }
    None
}

/// A refusal with its module forgotten, as the edges (screen, command line) show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declined {
    pub kind: &'static str,
    pub message: String,
    pub hint: String,
    pub not_found: bool,
    /// Further fields for programs: what is short, and the ways out.
    pub details: Option<serde_json::Value>,
    /// What was named, until somebody has looked what is called almost so.
    pub sought: Option<Sought>,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Declined {
    pub fn new(kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Declined {
            kind,
            message: message.into(),
            hint: hint.into(),
            not_found: false,
            details: None,
            sought: None,
        }
    }

    pub fn missing(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Declined {
            kind: "not_found",
            message: message.into(),
            hint: hint.into(),
            not_found: true,
            details: None,
            sought: None,
        }
    }
}

/// What stops an act at an edge: some module's refusal, or a fault.
#[derive(Debug)]
pub enum Stop {
    Refused(Declined),
    Fault(anyhow::Error),
}

impl<R: Refusal> From<Failure<R>> for Stop {
    fn from(failure: Failure<R>) -> Self {
        match failure {
            Failure::Refused(refusal) => Stop::from(refusal),
            Failure::Fault(fault) => Stop::Fault(fault),
        }
    }
}

impl<R: Refusal> From<R> for Stop {
    fn from(refusal: R) -> Self {
        Stop::Refused(Declined {
            kind: refusal.kind(),
            message: refusal.to_string(),
            hint: refusal.hint(),
            not_found: refusal.not_found(),
            details: None,
            sought: refusal.sought(),
        })
    }
}

impl From<anyhow::Error> for Stop {
    fn from(fault: anyhow::Error) -> Self {
        Stop::Fault(fault)
    }
}

impl From<Declined> for Stop {
    fn from(declined: Declined) -> Self {
        Stop::Refused(declined)
    }
}

#[cfg(test)]
mod tests {
    use super::at_the_counter;

    #[test]
    fn the_counter_speaks_of_keys_and_not_of_commands() {
        for (hint, expect) in [
            (
                "take it back first: F3 and scan it (rentdesk in CAM-0012)",
                "take it back first: F3 and scan it",
            ),
            (
                "take it anyway (--take-anyway), or put it back",
                "take it anyway, or put it back",
            ),
            ("CAM-0013 is free (shelf A3)", "CAM-0013 is free (shelf A3)"),
            (
                "swap it for line 2 (--swap TAG=2), or add it as an extra (--extra)",
                "swap it for line 2, or add it as an extra",
            ),
            ("take 1 (of 2", "take 1 (of 2"),
            (
                "look what it is made of (rentdesk kit show \"FX6 kit (full)\")",
                "look what it is made of",
            ),
        ] {
            assert_eq!(at_the_counter(hint), expect);
        }
    }
}
