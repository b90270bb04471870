//! How much alike two types are, as far as their names say: the same kind of thing, for the same
//! mount, of about the same size. Pure.
//!
//! A shop names its types as it likes; where the names say nothing of these, nothing is taken from
//! them.

use crate::kernel::text::folded;
use std::collections::BTreeSet;

/// Words for what a thing is. What serves another thing stands before it: a lens cap is a cap, the
/// grid of a softbox a grid.
const KINDS: &[(&str, &[&str])] = &[
    ("cap", &["cap", "caps"]),
    ("hood", &["hood"]),
    (
        "extension",
        &["extension tube", "head extension", "extension"],
    ),
    ("extender", &["extender", "teleconverter", "converter"]),
    ("adapter", &["adapter", "adaptor"]),
    ("lens tube", &["lens tube", "degree lens"]),
    ("grid", &["grid", "eggcrate"]),
    ("barndoor", &["barndoor", "barndoors"]),
    ("snoot", &["snoot"]),
    ("speedring", &["speedring", "speed ring"]),
    ("attachment", &["head attachment"]),
    ("filter", &["filter", "polarizer"]),
    ("cable", &["cable", "cord"]),
    ("charger", &["charger"]),
    ("plate", &["plate"]),
    ("battery", &["battery", "batteries", "v lock"]),
    ("clamp", &["clamp"]),
    ("stand", &["stand", "c stand"]),
    ("monopod", &["monopod"]),
    ("tripod", &["tripod", "sticks"]),
    ("ball head", &["ball head", "fluid head", "geared head"]),
    ("fabric", &["fabric", "overhead"]),
    ("softbox", &["softbox", "octabank", "octa"]),
    ("umbrella", &["umbrella", "para"]),
    ("beauty dish", &["beauty dish"]),
    ("reflector", &["reflector", "reflector disc"]),
    ("monitor", &["monitor"]),
    ("microphone", &["microphone", "mic", "lavalier"]),
    ("recorder", &["recorder"]),
    ("projection", &["projection lens", "spotlight mount"]),
    ("ringflash", &["ringflash"]),
    ("fresnel", &["fresnel"]),
    ("hmi", &["hmi"]),
    ("led", &["led", "monolight", "sky panel", "skypanel"]),
    ("tungsten", &["tungsten"]),
    ("head", &["head", "prohead"]),
    ("lens", &["lens"]),
    ("camera", &["body", "camera", "eos"]),
];

/// What one thing fits and another does not: a lens its camera, a battery its plate.
const MOUNTS: &[(&str, &[&str])] = &[
    ("gold mount", &["gold mount"]),
    ("v mount", &["v mount", "v lock"]),
    ("pl", &["pl"]),
    ("rf", &["rf"]),
    ("ef", &["ef", "ts e", "canon lens"]),
    ("nikon z", &["lens z", "nikon z"]),
    ("nikon f", &["nikon lens", "nikon f"]),
    ("gfx", &["gfx"]),
    ("hasselblad h", &["hc", "hcd", "hasselblad h"]),
    ("hasselblad v", &["cf", "cfe", "cfi"]),
    ("contax 645", &["645af"]),
    ("contax g", &["contax lens g"]),
    ("leica m", &["leica m"]),
    ("leica s", &["leica s"]),
    ("mamiya rz67", &["rz67"]),
    ("sony e", &["fe", "sony e"]),
    ("ef", &["canon"]),
];

/// Two things of one size by this measure are alike as long as neither is more than so many times
/// the other.
const SIZE_RATIO_MAX: f64 = 2.5;

/// How much one type would do in the place of another, the more the better; `None` where it would
/// not: another kind of thing, another mount, another size.
pub fn likeness(wanted: &str, other: &str) -> Option<i64> {
    let (one, other) = (Spoken::of(wanted), Spoken::of(other));
    if one.kind != other.kind {
        return None;
    }
    let mount = match (one.mount, other.mount) {
        (Some(one), Some(other)) if one != other => return None,
        (Some(_), Some(_)) => 3,
        _ => 0,
    };
    let mut score = mount * 100 + 40 * one.words.intersection(&other.words).count().min(4) as i64;
    for (wanted, other) in [
        (one.watts, other.watts),
        (one.millimetres, other.millimetres),
    ] {
        if let (Some(wanted), Some(other)) = (wanted, other) {
            let ratio = (wanted / other).max(other / wanted);
            if ratio > SIZE_RATIO_MAX {
                return None;
            }
            score += 400 - (ratio.ln() / SIZE_RATIO_MAX.ln() * 400.0) as i64;
        }
    }
    Some(score)
}

/// What a name says.
struct Spoken {
    kind: Option<&'static str>,
    mount: Option<&'static str>,
    watts: Option<f64>,
    /// Of a zoom the middle.
    millimetres: Option<f64>,
    words: BTreeSet<String>,
}

impl Spoken {
    fn of(name: &str) -> Self {
        let folded = folded(name);
        let words: Vec<&str> = folded
            .split(|c: char| !(c.is_alphanumeric() || c == '.'))
            .filter(|word| !word.is_empty())
            .collect();
        let spaced = format!(" {} ", words.join(" "));
        let says = |wanted: &[&str]| {
            wanted
                .iter()
                .any(|wanted| spaced.contains(&format!(" {wanted} ")))
        };
        let millimetres = length_of(&folded);
        // `85mm f/1.4` is a lens even where nobody wrote so.
        let stop = folded
            .split(|c: char| c.is_whitespace() || c == '|')
            .any(|word| {
                word.strip_prefix("f/")
                    .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
            });
        let named = KINDS
            .iter()
            .find(|(_, words)| says(words))
            .map(|(kind, _)| *kind);
        let kind =
            if stop && millimetres.is_some() && matches!(named, None | Some("camera" | "head")) {
                Some("lens")
            } else {
                named
            };
        let has_mount = matches!(
            kind,
            Some("lens" | "extender" | "extension" | "adapter" | "battery" | "plate" | "charger")
        );
        Spoken {
            kind,
            mount: MOUNTS
                .iter()
                .find(|(_, words)| has_mount && says(words))
                .map(|(mount, _)| *mount),
            watts: words.iter().find_map(|word| watts_of(word)),
            millimetres: millimetres.filter(|_| kind == Some("lens")),
            words: words
                .iter()
                .filter(|word| word.len() > 1 && **word != "kit")
                .map(|word| (*word).to_owned())
                .collect(),
        }
    }
}

/// `600w`, `1.8k`, `600d`, `1200x`, `12kw`
fn watts_of(word: &str) -> Option<f64> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = digits.parse().ok().filter(|number| *number > 0.0)?;
    match word.get(digits.len()..)? {
        "w" | "ws" => Some(number),
        "k" | "kw" if number < 30.0 => Some(number * 1000.0),
        // LED makers name a lamp by its watts: 300x, 600d, 1000c.
        "d" | "x" | "c" if number >= 60.0 => Some(number),
        _ => None,
    }
}

/// `50mm`, `24-70mm`
fn length_of(name: &str) -> Option<f64> {
    let before = name
        .match_indices("mm")
        .filter_map(|(place, _)| name.get(..place))
        .find(|before| before.ends_with(|c: char| c.is_ascii_digit()))?;
    let typed = before
        .rsplit(|c: char| !(c.is_ascii_digit() || c == '-' || c == '.'))
        .next()?;
    let ends: Vec<f64> = typed
        .split('-')
        .filter_map(|number| number.parse().ok())
        .filter(|number| *number > 0.0)
        .collect();
    match ends.as_slice() {
        [one] => Some(*one),
        [wide, long] => Some((wide * long).sqrt()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Who of the others would do, the best first.
    fn ranked<'a>(wanted: &str, others: &[&'a str]) -> Vec<&'a str> {
        let mut alike: Vec<(i64, &str)> = others
            .iter()
            .filter_map(|other| Some((-likeness(wanted, other)?, *other)))
            .collect();
        alike.sort_by_key(|(score, _)| *score);
        alike.into_iter().map(|(_, name)| name).collect()
    }

    /// Names as a rental house for film and photography writes them.
    const LENSES: &[&str] = &[
        "Canon | Extender | EF 2X II",
        "Canon | Extension Tube | EF 12",
        "Canon Lens | EF 50mm f/1.2L USM | Kit",
        "Canon Lens | EF 24mm f/1.4L II USM | Kit",
        "Canon Lens | EF 300mm f/2.8L IS USM | Kit",
        "Canon | Lens | RF 35mm f/1.8 Macro IS STM",
        "Nikon Lens | 24mm f/1.4G ED | Kit",
        "Zeiss | Otus | 85mm F/1.4 | Canon | Kit",
        "Leica | M | 28mm f/2 Summicron ASPH | Kit",
        "Contax Lens G 35mm f/2 Zeiss T* Planar",
    ];

    const LIGHTS: &[&str] = &[
        "Aputure | 1200X | Storm | Blair | Bi-Color | LED",
        "Aputure | 300X | LED Kit",
        "Aputure | 80C | Blair | Storm LED",
        "Aputure | STORM 400x | Tunable White LED Monolight",
        "Aputure | Spotlight MAX | 50 Degree Lens",
        "Arri | Fresnel | 300W | Head | Tungsten",
        "Arri | Fresnel Compact | Head | 2000W | Tungsten | 2K",
        "Chimera | Small | Softbox | White | Kit",
        "Chimera | Softbox | Grid | Small | 40 Degree",
        "Arri | M18 | 1.8K | HMI | Kit",
    ];

    #[test]
    fn what_is_offered_instead_would_do() {
        for (wanted, others, expect) in [
            (
                "Canon Lens | EF 35mm f/1.4L USM II | Kit",
                LENSES,
                &[
                    "Canon Lens | EF 50mm f/1.2L USM | Kit",
                    "Canon Lens | EF 24mm f/1.4L II USM | Kit",
                    "Zeiss | Otus | 85mm F/1.4 | Canon | Kit",
                ][..],
            ),
            (
                "Canon | Lens | RF 50mm f/1.2 L USM-Kit",
                LENSES,
                &["Canon | Lens | RF 35mm f/1.8 Macro IS STM"],
            ),
            (
                "Nikon Lens | 17-35mm f/2.8D ED | Kit",
                LENSES,
                &["Nikon Lens | 24mm f/1.4G ED | Kit"],
            ),
            (
                "Canon | Extender | EF 1.4X II",
                LENSES,
                &["Canon | Extender | EF 2X II"],
            ),
            (
                "Aputure | 600D | LED Kit",
                LIGHTS,
                &[
                    "Aputure | STORM 400x | Tunable White LED Monolight",
                    "Aputure | 1200X | Storm | Blair | Bi-Color | LED",
                    "Aputure | 300X | LED Kit",
                ],
            ),
            (
                "Arri | Fresnel | 650W | Head | Tungsten",
                LIGHTS,
                &["Arri | Fresnel | 300W | Head | Tungsten"],
            ),
            (
                "Chimera | Medium | Softbox | White | Kit",
                LIGHTS,
                &["Chimera | Small | Softbox | White | Kit"],
            ),
            (
                "Chimera | Softbox | Grid | Large | 40 Degree",
                LIGHTS,
                &["Chimera | Softbox | Grid | Small | 40 Degree"],
            ),
            (
                "Anton Bauer | Battery | Dionic | HC | Gold Mount",
                &[
                    "Anton Bauer | Battery | Digital 90 | V Mount",
                    "Anton Bauer | Battery | Digital 90 | Gold Mount",
                    "Anton Bauer | Adapter Plate SO-XLR for Gold Mount Batteries",
                ],
                &["Anton Bauer | Battery | Digital 90 | Gold Mount"],
            ),
            (
                "Manfrotto | Ball Head | Large | Kit",
                &[
                    "Manfrotto | Monopod | Video | Kit",
                    "Profoto | Pro Head | 250W",
                ],
                &[],
            ),
            (
                "Sony FX6 body",
                &["Sony FX3 body", "FX6 top handle"],
                &["Sony FX3 body"],
            ),
            (
                "Apple Box | Half",
                &["Apple Box | Quarter", "Cucoloris | 24x36 | Wood"],
                &["Apple Box | Quarter", "Cucoloris | 24x36 | Wood"],
            ),
        ] {
            assert_eq!(ranked(wanted, others), expect, "{wanted}");
        }
    }
}
