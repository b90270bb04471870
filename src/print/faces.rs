//! Letters become glyphs: which face knows them, in which direction they run, how wide they are.
//!
//! Noto Sans is inside the program. Letters it lacks are looked for in the machine's own fonts;
//! what nobody has is set as a question mark and remembered, because a box on paper says nothing.

use harfrust::{Direction, ShapeOptions, ShaperData, UnicodeBuffer};
use krilla::text::{Font, GlyphId, KrillaGlyph};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};
use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use unicode_bidi::{BidiInfo, Level};
use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

const REGULAR: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Regular.ttf");
const BOLD: &[u8] = include_bytes!("../../assets/fonts/NotoSans-Bold.ttf");

/// Letters of one face in one direction, ready to be drawn. Widths are in parts of the letters'
/// size.
pub(super) struct Run {
    pub font: Font,
    pub glyphs: Vec<KrillaGlyph>,
    pub text: String,
    pub width: f32,
}

pub(super) struct Faces {
    /// Regular, bold, then what the machine had.
    faces: Vec<Face>,
    set: HashMap<(bool, String), Rc<Vec<Run>>>,
    /// Which face sets a letter beyond ASCII, and as what.
    chosen: HashMap<(bool, String), (usize, String)>,
    missing: BTreeSet<char>,
}

struct Face {
    font: Font,
    bytes: Bytes,
    index: u32,
    shaping: ShaperData,
    units_per_em: f32,
}

enum Bytes {
    Ours(&'static [u8]),
    Found(Arc<Vec<u8>>),
}

impl Bytes {
    fn as_slice(&self) -> &[u8] {
        match self {
            Bytes::Ours(bytes) => bytes,
            Bytes::Found(bytes) => bytes,
        }
    }
}

impl Face {
    fn new(bytes: Bytes, index: u32) -> Option<Self> {
        let data = match &bytes {
            Bytes::Ours(bytes) => (*bytes).into(),
            Bytes::Found(bytes) => Arc::clone(bytes).into(),
        };
        let font = Font::new(data, index)?;
        let shaping = ShaperData::new(&FontRef::from_index(bytes.as_slice(), index).ok()?);
        let units_per_em = font.units_per_em().max(1.0);
        Some(Face {
            font,
            bytes,
            index,
            shaping,
            units_per_em,
        })
    }

    fn font_ref(&self) -> Option<FontRef<'_>> {
        FontRef::from_index(self.bytes.as_slice(), self.index).ok()
    }

    fn covers(&self, cluster: &str) -> bool {
        self.font_ref().is_some_and(|font| knows(&font, cluster))
    }
}

/// Whether the font has a glyph for each letter of the cluster, put together or taken apart.
fn knows(font: &FontRef<'_>, cluster: &str) -> bool {
    let letters = font.charmap();
    let knows = |c: char| is_silent(c) || letters.map(c).is_some_and(|glyph| glyph.to_u32() != 0);
    cluster.chars().all(knows) || cluster.nfd().all(knows)
}

/// Letters that only tell their neighbours how to look: no font needs a glyph for them.
fn is_silent(c: char) -> bool {
    matches!(c, '\u{200C}' | '\u{200D}' | '\u{FE00}'..='\u{FE0F}')
}

impl Faces {
    /// Faces for `texts`: our own, and from the `folders` whichever know what ours lack. The
    /// folders are only read where needed.
    pub fn new<'t>(
        texts: impl IntoIterator<Item = &'t str>,
        folders: &dyn Fn() -> Vec<PathBuf>,
    ) -> Option<Self> {
        let faces = vec![
            Face::new(Bytes::Ours(REGULAR), 0)?,
            Face::new(Bytes::Ours(BOLD), 0)?,
        ];
        let mut wanted = BTreeSet::new();
        for text in texts {
            for cluster in text.graphemes(true).filter(|cluster| !cluster.is_ascii()) {
                if wanted.len() < WANTED_MAX
                    && !wanted.contains(cluster)
                    && !faces.iter().all(|face| face.covers(cluster))
                {
                    wanted.insert(cluster.to_owned());
                }
            }
        }
        let mut faces = Faces {
            faces,
            set: HashMap::new(),
            chosen: HashMap::new(),
            missing: BTreeSet::new(),
        };
        if !wanted.is_empty() {
            faces.search(wanted, &folders());
        }
        Some(faces)
    }

    /// What no face could set, so far.
    pub fn missing(&self) -> Vec<char> {
        self.missing.iter().copied().collect()
    }

    /// In parts of the letters' size.
    pub fn width(&mut self, text: &str, bold: bool) -> f32 {
        self.set(text, bold).iter().map(|run| run.width).sum()
    }

    /// The runs of a text from left to right, as they are seen.
    pub fn set(&mut self, text: &str, bold: bool) -> Rc<Vec<Run>> {
        let key = (bold, text.to_owned());
        if let Some(known) = self.set.get(&key) {
            return Rc::clone(known);
        }
        let runs = Rc::new(self.shape(text, bold));
        self.set.insert(key, Rc::clone(&runs));
        runs
    }

    fn shape(&mut self, text: &str, bold: bool) -> Vec<Run> {
        // Each letter with its marks gets a face; what nobody has becomes a question mark.
        let mut shown = String::new();
        let mut clusters: Vec<(Range<usize>, usize)> = Vec::new();
        for cluster in text.graphemes(true) {
            let (face, cluster) = self.face_for(cluster, bold);
            let start = shown.len();
            shown.push_str(&cluster);
            clusters.push((start..shown.len(), face));
        }
        let bidi = BidiInfo::new(&shown, Some(Level::ltr()));
        let mut runs = Vec::new();
        for paragraph in &bidi.paragraphs {
            let (levels, seen) = bidi.visual_runs(paragraph, paragraph.range.clone());
            for range in seen {
                let to_the_left = levels.get(range.start).is_some_and(Level::is_rtl);
                let mut parts = parts(&shown, &clusters, &range);
                if to_the_left {
                    parts.reverse();
                }
                for (part, face) in parts {
                    if let (Some(face), Some(letters)) = (self.faces.get(face), shown.get(part)) {
                        runs.extend(face.shape(letters, to_the_left));
                    }
                }
            }
        }
        runs
    }

    fn face_for(&mut self, cluster: &str, bold: bool) -> (usize, String) {
        if cluster.is_ascii() {
            return (usize::from(bold), cluster.to_owned());
        }
        let key = (bold, cluster.to_owned());
        if let Some(chosen) = self.chosen.get(&key) {
            return chosen.clone();
        }
        let chosen = self.choose(cluster, bold);
        self.chosen.insert(key, chosen.clone());
        chosen
    }

    /// The face that has the whole cluster, else the one that has its letter without its marks.
    fn choose(&mut self, cluster: &str, bold: bool) -> (usize, String) {
        let own = usize::from(bold);
        let order = || {
            std::iter::once(own)
                .chain(2..self.faces.len())
                .chain(std::iter::once(1 - own))
        };
        let has = |place: &usize, letters: &str| {
            self.faces
                .get(*place)
                .is_some_and(|face| face.covers(letters))
        };
        if let Some(face) = order().find(|place| has(place, cluster)) {
            return (face, cluster.to_owned());
        }
        let first: String = cluster.chars().take(1).collect();
        let found = order().find(|place| has(place, &first));
        let face = found.unwrap_or(own);
        let (mut shown, mut lacking) = (String::new(), Vec::new());
        for c in cluster.chars() {
            if has(&face, c.encode_utf8(&mut [0; 4])) {
                shown.push(c);
            } else {
                lacking.push(c);
            }
        }
        // One question mark for the cluster, from our own face where the other lacks even that.
        self.missing.extend(lacking);
        match found {
            Some(face) if has_question_mark(&self.faces, face) => (face, shown + "?"),
            _ => (own, "?".to_owned()),
        }
    }

    fn search(&mut self, mut wanted: BTreeSet<String>, folders: &[PathBuf]) {
        // A letter whose marks nobody has is still worth a face.
        let letters: Vec<String> = wanted
            .iter()
            .filter_map(|cluster| cluster.chars().next())
            .map(String::from)
            .collect();
        wanted.extend(
            letters
                .into_iter()
                .filter(|letter| !self.faces.iter().any(|face| face.covers(letter))),
        );
        let mut bytes_left = BYTES_READ_MAX;
        for path in font_files(folders) {
            if wanted.is_empty() {
                return;
            }
            let Ok(about) = fs::metadata(&path) else {
                continue;
            };
            if !about.is_file() || about.len() > BYTES_FILE_MAX || about.len() > bytes_left {
                continue;
            }
            bytes_left -= about.len();
            let Ok(bytes) = fs::read(&path) else { continue };
            let bytes = Arc::new(bytes);
            for index in 0..FACES_IN_FILE_MAX {
                let Ok(font) = FontRef::from_index(&bytes, index) else {
                    break;
                };
                let known: Vec<String> = wanted
                    .iter()
                    .filter(|cluster| knows(&font, cluster) && draws(&font, cluster))
                    .cloned()
                    .collect();
                if known.is_empty() {
                    continue;
                }
                if let Some(face) = Face::new(Bytes::Found(Arc::clone(&bytes)), index) {
                    self.faces.push(face);
                    wanted.retain(|cluster| !known.contains(cluster));
                }
            }
        }
    }
}

fn has_question_mark(faces: &[Face], face: usize) -> bool {
    faces.get(face).is_some_and(|face| face.covers("?"))
}

/// The stretches of `range` that have one face and one script: a shaper knows the rules of one
/// script at a time.
fn parts(
    shown: &str,
    clusters: &[(Range<usize>, usize)],
    range: &Range<usize>,
) -> Vec<(Range<usize>, usize)> {
    let mut parts: Vec<(Range<usize>, usize, u32)> = Vec::new();
    for (place, face) in clusters
        .iter()
        .filter(|(place, _)| place.start >= range.start && place.start < range.end)
    {
        let end = place.end.min(range.end);
        let script = shown
            .get(place.clone())
            .and_then(|cluster| cluster.chars().next())
            .map_or(0, script);
        match parts.last_mut() {
            Some((before, same_face, same_script))
                if *same_face == *face
                    && (script == 0 || *same_script == 0 || script == *same_script) =>
            {
                before.end = end;
                *same_script = script.max(*same_script);
            }
            _ => parts.push((place.start..end, *face, script)),
        }
    }
    parts
        .into_iter()
        .map(|(range, face, _)| (range, face))
        .collect()
}

/// A number for each script with rules of its own; 0 for all that get along with any.
fn script(c: char) -> u32 {
    match c as u32 {
        0x0590..=0x05FF | 0xFB1D..=0xFB4F => 1,
        0x0600..=0x06FF | 0x0750..=0x077F | 0x0870..=0x08FF | 0xFB50..=0xFDFF | 0xFE70..=0xFEFF => {
            2
        }
        0x0700..=0x074F | 0x0780..=0x086F => 3,
        // Devanagari to Tibetan, 128 letters each.
        code @ 0x0900..=0x0FFF => 10 + code / 0x80,
        code @ (0x1000..=0x109F | 0x1780..=0x18AF) => 100 + code / 0x100,
        code if char::from_u32(code).is_some_and(char::is_alphabetic) => 4,
        _ => 0,
    }
}

impl Face {
    fn shape(&self, text: &str, to_the_left: bool) -> Option<Run> {
        let font = self.font_ref()?;
        let mut buffer = UnicodeBuffer::new();
        buffer.push_str(text);
        buffer.set_direction(if to_the_left {
            Direction::RightToLeft
        } else {
            Direction::LeftToRight
        });
        buffer.guess_segment_properties();
        let shaped = self
            .shaping
            .shaper(&font)
            .build()
            .shape(buffer, ShapeOptions::new());
        let starts: BTreeSet<usize> = shaped
            .glyph_infos()
            .iter()
            .map(|info| info.cluster as usize)
            .collect();
        let em = |units: i32| units as f32 / self.units_per_em;
        let mut width = 0.0;
        let mut glyphs = Vec::with_capacity(shaped.len());
        for (info, place) in shaped.glyph_infos().iter().zip(shaped.glyph_positions()) {
            let start = info.cluster as usize;
            let end = starts
                .range(start + 1..)
                .next()
                .copied()
                .unwrap_or(text.len());
            width += em(place.x_advance);
            let glyph = GlyphId::new(info.glyph_id);
            glyphs.push(KrillaGlyph::new(
                glyph,
                em(place.x_advance),
                em(place.x_offset),
                em(place.y_offset),
                em(place.y_advance),
                start..end,
                None,
            ));
        }
        Some(Run {
            font: self.font.clone(),
            glyphs,
            text: text.to_owned(),
            width,
        })
    }
}

const WANTED_MAX: usize = 4096;
const FILES_MAX: usize = 5000;
const DEPTH_MAX: usize = 8;
const FACES_IN_FILE_MAX: u32 = 32;
const BYTES_FILE_MAX: u64 = 64 << 20;
const BYTES_READ_MAX: u64 = 768 << 20;

/// Where systems keep their fonts.
pub(super) fn system_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        "/System/Library/Fonts",
        "/Library/Fonts",
        "C:\\Windows\\Fonts",
    ]
    .map(PathBuf::from)
    .into();
    if let Some(home) = std::env::home_dir() {
        folders.extend(
            [".local/share/fonts", ".fonts", "Library/Fonts"].map(|folder| home.join(folder)),
        );
    }
    folders
}

/// The font files below, upright and of usual weight first, then by name, so that the same machine
/// always prints the same.
fn font_files(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in folders {
        collect(folder, DEPTH_MAX, &mut found);
    }
    let mut keyed: Vec<(u8, PathBuf)> = found
        .into_iter()
        .map(|path| (oddness(&path), path))
        .filter(|(oddness, _)| *oddness < u8::MAX)
        .collect();
    keyed.sort();
    keyed.dedup();
    keyed.into_iter().map(|(_, path)| path).collect()
}

fn collect(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    let mut entries: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    entries.sort();
    for path in entries {
        if found.len() >= FILES_MAX {
            return;
        }
        if path.is_dir() {
            if depth > 0 {
                collect(&path, depth - 1, found);
            }
        } else if path.extension().is_some_and(|ending| {
            ["ttf", "otf", "ttc", "otc"]
                .iter()
                .any(|known| ending.eq_ignore_ascii_case(known))
        }) {
            found.push(path);
        }
    }
}

/// How far from plain text letters a file's name sounds. A font that has a box for everything is
/// none.
fn oddness(path: &Path) -> u8 {
    let name = path
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| name.contains(word));
    if says(&["lastresort", "last-resort", "adobeblank", "notdef", "emoji"]) {
        return u8::MAX;
    }
    let styled = says(&[
        "bold",
        "italic",
        "oblique",
        "light",
        "thin",
        "black",
        "condensed",
        "heavy",
        "medium",
    ]);
    let special =
        says(&["mono", "math", "symbol", "serif", "icon", "unifont"]) && !says(&["sansserif"]);
    u8::from(styled) * 2 + u8::from(special)
}

/// Whether the font has something to draw for each letter: some map all there is to nothing, and
/// pictures of letters cannot be set.
fn draws(font: &FontRef<'_>, cluster: &str) -> bool {
    let (letters, outlines) = (font.charmap(), font.outline_glyphs());
    let draws = |c: char| {
        let glyph = letters.map(c).and_then(|glyph| outlines.get(glyph));
        let mut pen = Strokes(0);
        glyph.is_some_and(|glyph| {
            glyph
                .draw(
                    DrawSettings::unhinted(Size::new(16.0), LocationRef::default()),
                    &mut pen,
                )
                .is_ok()
                && pen.0 > 0
        })
    };
    let counts = |c: &char| !c.is_whitespace() && !is_silent(*c);
    cluster.chars().filter(counts).all(draws) || cluster.nfd().filter(counts).all(draws)
}

struct Strokes(usize);

impl OutlinePen for Strokes {
    fn move_to(&mut self, _: f32, _: f32) {}
    fn line_to(&mut self, _: f32, _: f32) {
        self.0 += 1;
    }
    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
        self.0 += 1;
    }
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        self.0 += 1;
    }
    fn close(&mut self) {}
}
