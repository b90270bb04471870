//! The verdict line: word, what, whose, what next. It stays until the next action.

use crate::kernel::{Declined, Moment, Stop, at_the_counter};
use crate::store;

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    Ready,
    Fine,
    /// Done, but look.
    Attention,
    /// A question is open.
    Question,
    /// Not done.
    Bad,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Verdict {
    pub severity: Severity,
    pub text: String,
    /// What to do next.
    pub hint: String,
}

/// An entry of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Said {
    pub at: Moment,
    pub verdict: Verdict,
    /// It is about a thing that was scanned, or whose tag was typed.
    pub of_scan: bool,
}

impl Verdict {
    pub fn ready() -> Self {
        Verdict {
            severity: Severity::Ready,
            text: "ready".to_owned(),
            hint: String::new(),
        }
    }

    pub fn fine(text: impl Into<String>) -> Self {
        Verdict {
            severity: Severity::Fine,
            text: text.into(),
            hint: String::new(),
        }
    }

    pub fn attention(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Verdict {
            severity: Severity::Attention,
            text: text.into(),
            hint: at_the_counter(&hint.into()),
        }
    }

    pub fn question(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Verdict {
            severity: Severity::Question,
            text: text.into(),
            hint: at_the_counter(&hint.into()),
        }
    }

    pub fn bad(text: impl Into<String>, hint: impl Into<String>) -> Self {
        Verdict {
            severity: Severity::Bad,
            text: text.into(),
            hint: at_the_counter(&hint.into()),
        }
    }

    pub fn refused(declined: &Declined) -> Self {
        Verdict::bad(declined.message.clone(), declined.hint.clone())
    }

    /// A refusal with its hint, or a fault in words.
    pub fn of(stop: &Stop) -> Self {
        match stop {
            Stop::Refused(declined) => Verdict::refused(declined),
            Stop::Fault(fault) => Verdict::bad(
                format!("{}: {}", store::verdict_of(fault), store::in_words(fault)),
                match store::verdict_of(fault) {
                    "not saved" => "nothing was changed; try again",
                    _ => "look at it before you do it again",
                },
            ),
        }
    }

    pub fn word(&self) -> &'static str {
        match self.severity {
            Severity::Ready => "",
            Severity::Fine => "OK",
            Severity::Attention => "!!",
            Severity::Question => "??",
            Severity::Bad => "BAD",
        }
    }
}
