//! Pages drawn as a PDF, A4 or Letter.

use super::document::Document;
use super::faces::{Faces, system_folders};
use super::flow::{Line, Mark};
use super::pages::{
    BARS_HEIGHT, Ink, Letters, MARGIN, MM_PER_POINT, Strip, TICK, WIDTH, head, pages,
};
use crate::kernel::Fallible;
use anyhow::Context;
use krilla::error::KrillaError;
use krilla::geom::{PathBuilder, Point, Rect};
use krilla::metadata::Metadata;
use krilla::page::PageSettings;
use krilla::surface::Surface;
use std::path::PathBuf;

#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum PaperSize {
    #[default]
    A4,
    Letter,
}

impl PaperSize {
    /// Width and height in millimetres.
    fn millimetres(self) -> (f32, f32) {
        match self {
            PaperSize::A4 => (210.0, 297.0),
            PaperSize::Letter => (215.9, 279.4),
        }
    }
}

/// A finished PDF.
#[derive(Debug)]
pub struct Printed {
    pub bytes: Vec<u8>,
    pub pages: usize,
    /// Characters that no font on this machine has; question marks stand in their places.
    pub missing: Vec<char>,
}

impl Printed {
    /// What to tell whoever printed it, where something is missing.
    pub fn warning(&self) -> Option<String> {
        const NAMED_MAX: usize = 8;
        let named: Vec<String> = self
            .missing
            .iter()
            .take(NAMED_MAX)
            .map(|c| format!("{c} (U+{:04X})", *c as u32))
            .collect();
        let more = self.missing.len().saturating_sub(NAMED_MAX);
        let more = if more > 0 {
            format!(" and {more} more")
        } else {
            String::new()
        };
        (!named.is_empty()).then(|| {
            format!(
                "No font on this machine has {}{more}: \"?\" stands on the paper.",
                named.join(", ")
            )
        })
    }
}

/// The document as a PDF. It may search the machine's fonts, so it belongs on a worker thread.
pub fn pdf(document: &Document, paper: PaperSize) -> Fallible<Printed> {
    pdf_run(std::slice::from_ref(document), paper)
}

/// Several documents in one PDF, each beginning on its own page one.
pub fn pdf_run(documents: &[Document], paper: PaperSize) -> Fallible<Printed> {
    pdf_with_fonts(documents, paper, &system_folders)
}

/// Fonts beside our own come from `folders`, which are asked for only where a letter is lacking.
pub(super) fn pdf_with_fonts(
    documents: &[Document],
    paper: PaperSize,
    folders: &dyn Fn() -> Vec<PathBuf>,
) -> Fallible<Printed> {
    match draw(documents, paper, folders)? {
        Ok(printed) => Ok(printed),
        // A found font that cannot be embedded: better question marks than no paper.
        Err(KrillaError::Font(..)) => draw(documents, paper, &Vec::new)?.map_err(unwritten),
        Err(problem) => Err(unwritten(problem)),
    }
}

fn unwritten(problem: KrillaError) -> anyhow::Error {
    anyhow::anyhow!("the PDF could not be written: {problem}")
}

fn draw(
    documents: &[Document],
    paper: PaperSize,
    folders: &dyn Fn() -> Vec<PathBuf>,
) -> Fallible<Result<Printed, KrillaError>> {
    let texts = documents.iter().flat_map(Document::texts);
    let mut faces = Faces::new(texts, folders).context("the program's own fonts cannot be read")?;
    let (width, height) = paper.millimetres();
    let mut out = krilla::Document::new();
    if let Some(first) = documents.first() {
        out.set_metadata(
            Metadata::new()
                .title(format!("{} {}", first.title, first.subject))
                .creator("Rentdesk".to_owned())
                .language("en".to_owned()),
        );
    }
    let mut drawn = 0;
    for document in documents {
        let pages = pages(document, &mut faces);
        for (number, page) in pages.iter().enumerate() {
            let settings = PageSettings::from_wh(width / MM_PER_POINT, height / MM_PER_POINT)
                .context("a page has a size")?;
            let mut sheet = out.start_page_with(settings);
            let head = head(document, number + 1, pages.len(), &mut faces);
            let mut surface = sheet.surface();
            let mut ink = Sheet {
                surface: &mut surface,
                left: (width - WIDTH) / 2.0,
                faces: &mut faces,
            };
            ink.strips(head.iter().chain(&page.strips));
            surface.finish();
            sheet.finish();
            drawn += 1;
        }
    }
    Ok(out.finish().map(|bytes| Printed {
        bytes,
        pages: drawn,
        missing: faces.missing(),
    }))
}

struct Sheet<'s, 'd> {
    surface: &'s mut Surface<'d>,
    /// Where the content box begins.
    left: f32,
    faces: &'s mut Faces,
}

impl Sheet<'_, '_> {
    fn point(&self, x: f32, y: f32) -> (f32, f32) {
        ((self.left + x) / MM_PER_POINT, (MARGIN + y) / MM_PER_POINT)
    }

    fn strips<'p>(&mut self, strips: impl Iterator<Item = &'p Strip>) {
        let mut y = 0.0;
        for strip in strips {
            self.strip(strip, y);
            y += strip.height;
        }
    }

    fn strip(&mut self, strip: &Strip, y: f32) {
        for ink in &strip.inks {
            match ink {
                Ink::Line { line, letters, x } => self.line(line, *letters, *x, y),
                Ink::Rule { x, width, thick } => self.rectangles(&[(*x, y, *width, *thick)]),
                Ink::Bars(bars) => {
                    let left = WIDTH - bars.width();
                    let black: Vec<_> = bars
                        .black()
                        .into_iter()
                        .map(|(x, width)| (left + x, y, width, BARS_HEIGHT))
                        .collect();
                    self.rectangles(&black);
                }
            }
        }
    }

    fn line(&mut self, line: &Line, letters: Letters, x: f32, y: f32) {
        // Three quarters down a line stand the letters of all our sizes well between their
        // neighbours.
        let baseline = y + letters.leading * 0.75;
        for placed in &line.placed {
            let x = x + placed.x;
            match &placed.mark {
                Mark::Words(words) => self.words(words, letters, x, baseline),
                Mark::Tick(ticked) => self.tick(*ticked, x, baseline + 0.5 - TICK),
                Mark::Blank => self.rectangles(&[(x, baseline + 0.4, placed.width, 0.2)]),
            }
        }
    }

    fn words(&mut self, words: &str, letters: Letters, x: f32, baseline: f32) {
        let mut x = x;
        for run in self.faces.set(words, letters.bold).iter() {
            let (at, down) = self.point(x, baseline);
            self.surface.draw_glyphs(
                Point::from_xy(at, down),
                &run.glyphs,
                run.font.clone(),
                &run.text,
                letters.size,
                false,
            );
            x += run.width * letters.size * MM_PER_POINT;
        }
    }

    fn tick(&mut self, ticked: bool, x: f32, y: f32) {
        const THICK: f32 = 0.25;
        self.rectangles(&[
            (x, y, TICK, THICK),
            (x, y + TICK - THICK, TICK, THICK),
            (x, y, THICK, TICK),
            (x + TICK - THICK, y, THICK, TICK),
        ]);
        if ticked {
            let (low, high, half) = (0.8, TICK - 0.8, 0.16);
            for cross in [[(low, low), (high, high)], [(low, high), (high, low)]] {
                let [(x0, y0), (x1, y1)] = cross;
                let side = if y0 < y1 { half } else { -half };
                self.polygon(&[
                    (x + x0 + half, y + y0 - side),
                    (x + x1 + half, y + y1 - side),
                    (x + x1 - half, y + y1 + side),
                    (x + x0 - half, y + y0 + side),
                ]);
            }
        }
    }

    fn polygon(&mut self, corners: &[(f32, f32)]) {
        let mut path = PathBuilder::new();
        for (number, (x, y)) in corners.iter().enumerate() {
            let (x, y) = self.point(*x, *y);
            if number == 0 {
                path.move_to(x, y)
            } else {
                path.line_to(x, y)
            }
        }
        path.close();
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }

    /// Black, as one path: x, y, width, height.
    fn rectangles(&mut self, rectangles: &[(f32, f32, f32, f32)]) {
        let mut path = PathBuilder::new();
        for (x, y, width, height) in rectangles {
            let ((x, y), (wide, tall)) = (
                self.point(*x, *y),
                (width / MM_PER_POINT, height / MM_PER_POINT),
            );
            if let Some(rectangle) = Rect::from_xywh(x, y, wide, tall) {
                path.push_rect(rectangle);
            }
        }
        if let Some(path) = path.finish() {
            self.surface.draw_path(&path);
        }
    }
}
