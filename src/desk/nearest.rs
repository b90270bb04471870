//! What is called almost as somebody typed it: for a refusal that names what may have been meant.
//! The search is the one the screens use; where it finds nothing, words are left out or shortened
//! until it does.

use super::Hit;
use crate::inventory::{self, Stock};
use crate::kernel::text::folded;
use crate::kernel::{Fallible, Sought, tag};
use crate::store::Read;
use crate::{catalog, customers};

/// More than these are no help.
const NEAREST_MAX: usize = 5;
const SEARCHED_MAX: i64 = 200;
/// Shorter beginnings of a word are shared by anything.
const STEM_MIN: usize = 2;

/// What may have been meant, the nearest first.
pub fn nearest(db: Read<'_>, sought: &Sought) -> Fallible<Vec<Hit>> {
    Ok(match sought {
        Sought::Type(text)
            if tag::short_form(text.as_str()).is_some()
                && catalog::search(db, text.as_str(), 1)?.is_empty()
                && !things(db, text.as_str())?.is_empty() =>
        {
            things(db, text.as_str())?
                .into_iter()
                .map(Hit::Stock)
                .collect() // a label was meant
        }
        Sought::Type(text) => {
            let found = widened(text.as_str(), |words| {
                Ok(catalog::search(db, words, SEARCHED_MAX)?
                    .into_iter()
                    .filter(|found| !found.withdrawn)
                    .collect())
            })?;
            closest(text.as_str(), found, |found| found.details.name.to_string())
                .into_iter()
                .map(Hit::Type)
                .collect()
        }
        Sought::Customer(text) => {
            let found = widened(text.as_str(), |words| {
                customers::search(db, words, SEARCHED_MAX)
            })?;
            closest(text.as_str(), found, |found| found.profile.name.to_string())
                .into_iter()
                .map(Hit::Customer)
                .collect()
        }
        Sought::Item(text) => things(db, text.as_str())?
            .into_iter()
            .map(Hit::Stock)
            .collect(),
    })
}

/// What a code could mean where it means several things; else the tags that begin as it does.
fn things(db: Read<'_>, typed: &str) -> Fallible<Vec<Stock>> {
    let mut found = inventory::candidates(db, typed)?;
    let code = tag::code_of(typed);
    let mut stem = code.as_str();
    while found.is_empty() && stem.len() >= STEM_MIN {
        found = inventory::tags_beginning(db, stem, SEARCHED_MAX)?
            .into_iter()
            .map(Stock::Item)
            .collect();
        found.extend(
            inventory::all_bulk(db)?
                .into_iter()
                .filter(|bulk| bulk.tag.code().starts_with(stem))
                .map(Stock::Bulk),
        );
        stem = stem.get(..stem.len() - 1).unwrap_or_default();
    }
    Ok(closest(&code, found, |stock| stock.tag().code()))
}

/// Asks with all words, then with one left out, then with the beginning of one alone, and takes the
/// first answer there is.
fn widened<T>(typed: &str, search: impl Fn(&str) -> Fallible<Vec<T>>) -> Fallible<Vec<T>> {
    let found = search(typed)?;
    if !found.is_empty() {
        return Ok(found);
    }
    let words: Vec<&str> = typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > 1 {
        for left_out in (0..words.len()).rev() {
            let rest: Vec<&str> = words
                .iter()
                .enumerate()
                .filter(|(place, _)| *place != left_out)
                .map(|(_, word)| *word)
                .collect();
            let found = search(&rest.join(" "))?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    let letters: Vec<Vec<char>> = words.iter().map(|word| word.chars().collect()).collect();
    for length in (STEM_MIN..letters.iter().map(Vec::len).max().unwrap_or(0)).rev() {
        for word in letters.iter().filter(|word| word.len() > length) {
            let found = search(&word.iter().take(length).collect::<String>())?;
            if !found.is_empty() {
                return Ok(found);
            }
        }
    }
    Ok(Vec::new())
}

fn closest<T>(typed: &str, found: Vec<T>, name: impl Fn(&T) -> String) -> Vec<T> {
    let wanted: Vec<char> = folded(typed.trim()).chars().collect();
    let mut ranked: Vec<(usize, String, T)> = found
        .into_iter()
        .map(|thing| {
            let name = folded(&name(&thing));
            (
                distance(&wanted, &name.chars().collect::<Vec<_>>()),
                name,
                thing,
            )
        })
        .collect();
    ranked.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    ranked
        .into_iter()
        .take(NEAREST_MAX)
        .map(|(_, _, thing)| thing)
        .collect()
}

/// How many letters must change, come or go; what only goes on behind costs least.
fn distance(wanted: &[char], name: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=name.len()).collect();
    for (line, letter) in wanted.iter().enumerate() {
        let mut before = row[0];
        row[0] = (line + 1) * 4;
        for (column, other) in name.iter().enumerate() {
            let kept = before + if letter == other { 0 } else { 4 };
            before = row[column + 1];
            row[column + 1] = kept.min(before + 4).min(row[column] + 1);
        }
    }
    row[name.len()]
}
