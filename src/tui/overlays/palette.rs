//! All commands in one list: type to narrow it, Enter runs. A command that cannot run keeps its
//! place and says why.

use crate::kernel::text::fit;
use crate::tui::draw::{Strip, StripLine};
use crate::tui::keymap::{BINDINGS, Binding, Verb, WITH_WORDS, verb_of_word};
use nucleo_matcher::pattern::{AtomKind, CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use tui_input::Input;

#[derive(Clone, Debug)]
pub struct Palette {
    pub input: Input,
    pub chosen: usize,
    pub title: &'static str,
    /// Only these, for "more"; empty: all that have a word.
    pub only: Vec<Verb>,
    pub cannot: Vec<(Verb, String)>,
}

impl Palette {
    pub fn new(title: &'static str, only: Vec<Verb>, cannot: Vec<(Verb, String)>) -> Self {
        Palette {
            input: Input::default(),
            chosen: 0,
            title,
            only,
            cannot,
        }
    }

    /// The rows, best match first; in the table's order while nothing is typed.
    pub fn rows(&self) -> Vec<&'static Binding> {
        let listed = BINDINGS.iter().filter(|binding| {
            if self.only.is_empty() {
                binding.word.is_some()
            } else {
                self.only.contains(&binding.verb)
            }
        });
        let typed = self.typed();
        if typed.is_empty() {
            return listed.collect();
        }
        let mut matcher = Matcher::new(Config::DEFAULT);
        // Letters may be left out of a command's word; in what it does each typed word must stand,
        // or a slip would find something everywhere.
        let [of_word, of_all] = [AtomKind::Fuzzy, AtomKind::Substring]
            .map(|kind| Pattern::new(typed, CaseMatching::Ignore, Normalization::Smart, kind));
        let mut buffer = Vec::new();
        let mut scored: Vec<(u32, usize, &Binding)> = listed
            .enumerate()
            .filter_map(|(position, binding)| {
                let words = format!(
                    "{} {} {}",
                    binding.word.unwrap_or_default(),
                    binding.short,
                    binding.long
                );
                let starts = u32::from(
                    binding
                        .word
                        .is_some_and(|word| word.starts_with(&typed.to_lowercase())),
                ) * 10_000;
                let whole = u32::from(binding.word == Some(typed)) * 10_000;
                let word = of_word.score(
                    Utf32Str::new(binding.word.unwrap_or(binding.short), &mut buffer),
                    &mut matcher,
                );
                let score =
                    word.max(of_all.score(Utf32Str::new(&words, &mut buffer), &mut matcher))?;
                Some((score + starts + whole, position, binding))
            })
            .collect();
        scored.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)));
        scored.into_iter().map(|(_, _, binding)| binding).collect()
    }

    /// The command; what stands behind one that takes words is not searched for.
    fn typed(&self) -> &str {
        let typed = self.input.value().trim();
        if self.words().is_some() {
            typed.split_whitespace().next().unwrap_or_default()
        } else {
            typed
        }
    }

    /// What stands behind a command that takes words: `306 card 4471` of `pay 306 card 4471`.
    pub fn words(&self) -> Option<&str> {
        let (word, rest) = self.input.value().trim().split_once(char::is_whitespace)?;
        WITH_WORDS
            .iter()
            .any(|verb| verb_of_word(word) == Ok(*verb))
            .then_some(rest.trim())
    }

    /// What Enter runs: a typed word that is clear, else the chosen row.
    pub fn verb(&self) -> Option<Verb> {
        let typed = self.typed();
        if self.chosen == 0
            && !typed.is_empty()
            && let Ok(verb) = verb_of_word(typed)
        {
            return Some(verb);
        }
        self.rows().get(self.chosen).map(|binding| binding.verb)
    }

    pub fn why_not(&self, verb: Verb) -> Option<&str> {
        self.cannot
            .iter()
            .find(|(known, _)| *known == verb)
            .map(|(_, why)| why.as_str())
    }

    pub fn strip(&self) -> Strip {
        let lead = " : ";
        let mut lines = vec![StripLine {
            text: format!("{lead}{}", self.input.value()),
            chosen: false,
            cursor: Some(lead.len() + self.input.visual_cursor()),
        }];
        let rows = self.rows();
        if rows.is_empty() {
            lines.push(StripLine::plain("   no command matches; Esc closes"));
        }
        lines.extend(rows.iter().enumerate().map(|(position, binding)| {
            let says = self
                .why_not(binding.verb)
                .map_or_else(|| binding.long.to_owned(), |why| format!("({why})"));
            let word = binding.word.unwrap_or(binding.short);
            StripLine {
                text: format!(
                    " {} {}{}{says}",
                    if position == self.chosen { '>' } else { ' ' },
                    fit(word, 14),
                    fit(binding.shown, 10)
                ),
                chosen: position == self.chosen,
                cursor: None,
            }
        }));
        Strip {
            title: self.title.to_owned(),
            lines,
            footer: "type to narrow   Up Down   Enter run   Esc close".to_owned(),
            whole: true,
            first: 0,
        }
    }
}
