//! The code on an item's label, as a scanner types it.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An asset tag: shown as it was written (`CAM-0012`), compared by its code (`CAM0012`), because a
/// scanner with the wrong keyboard layout breaks punctuation first and labels are printed without
/// it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AssetTag {
    shown: String,
}

/// The longest tag a label can carry in Code 128 at a readable width.
pub const TAG_LENGTH_MAX: usize = 32;

impl AssetTag {
    pub fn parse(raw: &str) -> Option<Self> {
        let shown = raw.trim().to_uppercase();
        let sound = shown
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./ +#".contains(c));
        let code = code_of(&shown);
        (sound && !code.is_empty() && shown.len() <= TAG_LENGTH_MAX).then_some(AssetTag { shown })
    }

    pub fn numbered(letters: &str, number: i64) -> Self {
        AssetTag {
            shown: format!("{letters}-{number:04}"),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.shown
    }

    /// Only A–Z and 0–9, in upper case: what two tags are compared by.
    pub fn code(&self) -> String {
        code_of(&self.shown)
    }
}

/// The code of whatever a scanner sent: Code 39 stars and the AIM prefix taken off, upper case,
/// only A–Z and 0–9 kept.
pub fn code_of(raw: &str) -> String {
    let mut raw = raw.trim();
    raw = raw.strip_prefix("]C1").unwrap_or(raw);
    if let Some(inner) = raw
        .strip_prefix('*')
        .and_then(|rest| rest.strip_suffix('*'))
    {
        raw = inner;
    }
    raw.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect()
}

/// A tag typed short: letters, then the number without its zeros (`cam12` for CAM-0012). `None`
/// where it is not of that shape.
pub fn short_form(raw: &str) -> Option<(String, i64)> {
    let code = code_of(raw);
    let letters: String = code.chars().take_while(char::is_ascii_alphabetic).collect();
    let digits: String = code.chars().skip(letters.len()).collect();
    (!letters.is_empty()
        && !digits.is_empty()
        && digits.len() <= 9
        && digits.bytes().all(|byte| byte.is_ascii_digit()))
    .then(|| digits.parse().ok().map(|number| (letters, number)))?
}

impl fmt::Display for AssetTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

impl From<AssetTag> for String {
    fn from(tag: AssetTag) -> String {
        tag.shown
    }
}

impl TryFrom<String> for AssetTag {
    type Error = String;
    fn try_from(raw: String) -> Result<Self, String> {
        AssetTag::parse(&raw).ok_or_else(|| format!("\"{raw}\" cannot be a tag"))
    }
}
