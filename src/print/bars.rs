//! A reservation's number as Code 128.

use barcoders::sym::code128::Code128;

/// The narrowest bar: three dots of a 203 dpi printer, and never less than two (0.2502 mm).
const MODULE: f32 = 0.3754;
const MODULE_MIN: f32 = 0.2503;
/// What the bars may take of a page's width before they are drawn narrower, and before they are
/// left out.
const WIDTH_MAX: f32 = 80.0;
/// Empty modules on each side, without which a scanner finds no beginning.
const QUIET: usize = 10;
const LENGTH_MAX: usize = 32;

pub(super) struct Bars {
    /// Black and white, from the left, without the quiet zones.
    pub modules: Vec<bool>,
    /// Millimetres.
    pub module: f32,
}

impl Bars {
    /// With its quiet zones.
    pub fn width(&self) -> f32 {
        (self.modules.len() + 2 * QUIET) as f32 * self.module
    }

    /// The black bars: where each begins and how wide it is, from the left edge of the quiet zone.
    pub fn black(&self) -> Vec<(f32, f32)> {
        let mut bars = Vec::new();
        let mut place = QUIET;
        for run in self.modules.chunk_by(|one, next| one == next) {
            if run.first() == Some(&true) {
                bars.push((place as f32 * self.module, run.len() as f32 * self.module));
            }
            place += run.len();
        }
        bars
    }
}

/// Only A–Z and 0–9 are drawn: they are the same on every scanner's keyboard. `None` where nothing
/// is left, or where the bars would be too wide to be scanned; the number stands beside them in
/// letters anyway.
pub(super) fn bars(code: &str) -> Option<Bars> {
    let code: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    // The library's check sum overflows in a very long one, which would not fit anyway.
    if code.is_empty() || code.len() > LENGTH_MAX {
        return None;
    }
    // The library picks the set of characters by a letter in front: U+0181 is set B.
    let drawn = Code128::new(format!("\u{181}{code}")).ok()?;
    let modules: Vec<bool> = drawn
        .encode()
        .into_iter()
        .map(|module| module == 1)
        .collect();
    [MODULE, MODULE_MIN]
        .into_iter()
        .map(|module| Bars {
            modules: modules.clone(),
            module,
        })
        .find(|bars| bars.width() <= WIDTH_MAX)
}
