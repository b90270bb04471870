//! Sections become strips across the page, and strips become pages. All in millimetres, from the
//! content box's top left.
//!
//! A strip is never cut; a row of strips, and a section, only where it is taller than a page.

use super::bars::{Bars, bars};
use super::document::{Document, Piece, Section};
use super::faces::Faces;
use super::flow::{Line, Measure, SetRow, fill, heading, table};
use std::rc::Rc;

/// The part of a page that both A4 and Letter have inside margins of 12 mm.
pub(super) const WIDTH: f32 = 186.0;
pub(super) const HEIGHT: f32 = 255.0;
pub(super) const MARGIN: f32 = 12.0;

pub(super) const MM_PER_POINT: f32 = 25.4 / 72.0;

/// A box to tick.
pub(super) const TICK: f32 = 3.6;
pub(super) const BARS_HEIGHT: f32 = 10.0;
const HAIRLINE: f32 = 0.1;
const STROKE: f32 = 0.4;

#[derive(Clone, Copy, Debug)]
pub(super) struct Letters {
    /// Points.
    pub size: f32,
    pub bold: bool,
    /// From one line to the next, millimetres.
    pub leading: f32,
}

pub(super) const BODY: Letters = Letters {
    size: 9.5,
    bold: false,
    leading: 5.0,
};
pub(super) const STRONG: Letters = Letters {
    size: 12.5,
    bold: true,
    leading: 6.2,
};
const PLAIN: Letters = Letters {
    size: 10.5,
    bold: false,
    leading: 5.2,
};
const TITLE: Letters = Letters {
    size: 15.0,
    bold: true,
    leading: 7.4,
};
const SHOP: Letters = Letters {
    size: 12.5,
    bold: true,
    leading: 7.4,
};
const SMALL: Letters = Letters {
    size: 7.5,
    bold: false,
    leading: 3.8,
};

#[derive(Clone)]
pub(super) enum Ink {
    Line {
        line: Line,
        letters: Letters,
        x: f32,
    },
    /// A line across, at the strip's top.
    Rule { x: f32, width: f32, thick: f32 },
    /// At the right edge, from the strip's top down.
    Bars(Rc<Bars>),
}

#[derive(Clone, Default)]
pub(super) struct Strip {
    pub height: f32,
    pub inks: Vec<Ink>,
}

type Strips = Vec<Strip>;

/// A page's strips, from below its head.
#[derive(Default)]
pub(super) struct Page {
    pub strips: Strips,
    used: f32,
}

struct Laid {
    /// The head with the first row, then row by row. What is in one stays on one page where it can.
    groups: Vec<Strips>,
    /// What stands above the rest of a section on the next page.
    again: Strips,
}

fn height(strips: &[Strip]) -> f32 {
    strips.iter().map(|strip| strip.height).sum()
}

pub(super) fn measured<T>(
    faces: &mut Faces,
    letters: Letters,
    set: impl FnOnce(&mut Measure<'_>) -> T,
) -> T {
    let em = letters.size * MM_PER_POINT;
    let space = faces.width(" ", letters.bold) * em;
    let letter = faces.width("n", letters.bold) * em;
    set(&mut Measure {
        words: &mut |words| faces.width(words, letters.bold) * em,
        space,
        tick: TICK,
        letter,
        gap: 3.0,
        whole_columns: false,
    })
}

/// The strips at the top of page `number` of `all`: shop, title, what it holds, when it was printed
/// and by whom.
pub(super) fn head(document: &Document, number: usize, all: usize, faces: &mut Faces) -> Strips {
    let subject = shortened(document.subject.as_str(), WIDTH * 0.4, TITLE, faces);
    let title = [Piece::Words(document.title.clone()), Piece::whole(subject)];
    let title = measured(faces, TITLE, |measure| fill(&title, WIDTH * 0.7, measure))
        .into_iter()
        .next()
        .unwrap_or_default();
    let shop = shortened(
        document.shop.as_str(),
        WIDTH - title.width() - 6.0,
        SHOP,
        faces,
    );
    let shop = measured(faces, SHOP, |measure| {
        fill(&[Piece::words(shop)], WIDTH, measure)
    })
    .into_iter()
    .next()
    .unwrap_or_default();
    let printed = shortened(
        &format!("printed {}", document.printed),
        WIDTH * 0.45,
        BODY,
        faces,
    );
    let right = [
        Piece::whole(printed),
        Piece::whole(format!("page {number} of {all}")),
    ];
    let right = measured(faces, BODY, |measure| fill(&right, WIDTH, measure))
        .into_iter()
        .next()
        .unwrap_or_default();
    let summary = shortened(
        document.summary.as_str(),
        WIDTH - right.width() - 6.0,
        BODY,
        faces,
    );

    let mut first = Strip {
        height: TITLE.leading,
        inks: Vec::new(),
    };
    let x = WIDTH - title.width();
    first.inks.push(Ink::Line {
        line: shop,
        letters: SHOP,
        x: 0.0,
    });
    first.inks.push(Ink::Line {
        line: title,
        letters: TITLE,
        x,
    });
    let mut second = Strip {
        height: BODY.leading + 1.6,
        inks: Vec::new(),
    };
    let x = WIDTH - right.width();
    second.inks.push(Ink::Line {
        line: right,
        letters: BODY,
        x,
    });
    if let Some(line) = measured(faces, BODY, |measure| {
        fill(&[Piece::words(summary)], WIDTH, measure)
    })
    .into_iter()
    .next()
    {
        second.inks.push(Ink::Line {
            line,
            letters: BODY,
            x: 0.0,
        });
    }
    vec![first, second]
}

/// On one line of the head there is no second: what is too long ends in dots.
fn shortened(text: &str, width: f32, letters: Letters, faces: &mut Faces) -> String {
    measured(faces, letters, |measure| {
        if (measure.words)(text) <= width {
            return text.to_owned();
        }
        let dots = (measure.words)("...");
        let first = fill(&[Piece::words(text)], width - dots, measure)
            .into_iter()
            .next();
        let words = first
            .into_iter()
            .flat_map(|line| line.placed)
            .find_map(|placed| match placed.mark {
                super::flow::Mark::Words(words) => Some(words),
                _ => None,
            });
        words.unwrap_or_default() + "..."
    })
}

/// The document's pages, as yet without their heads.
pub(super) fn pages(document: &Document, faces: &mut Faces) -> Vec<Page> {
    let room = HEIGHT - height(&head(document, 1, 1, faces));
    let mut pages = vec![Page::default()];
    for section in &document.sections {
        place(lay(section, faces), room, &mut pages);
    }
    pages
}

fn place(laid: Laid, room: f32, pages: &mut Vec<Page>) {
    let whole: f32 = laid.groups.iter().map(|group| height(group)).sum();
    let used = |pages: &[Page]| pages.last().map_or(0.0, |page| page.used);
    if whole <= room && used(pages) + whole > room {
        pages.push(Page::default());
    }
    for (number, group) in laid.groups.into_iter().enumerate() {
        let tall = height(&group);
        if used(pages) + tall > room && used(pages) > 0.0 {
            pages.push(Page::default());
            if number > 0 && height(&laid.again) + tall <= room {
                laid.again
                    .iter()
                    .cloned()
                    .for_each(|strip| put(strip, pages));
            }
        }
        for strip in group {
            if used(pages) + strip.height > room && used(pages) > 0.0 {
                pages.push(Page::default());
            }
            put(strip, pages);
        }
    }
}

fn put(strip: Strip, pages: &mut [Page]) {
    if let Some(page) = pages.last_mut() {
        page.used += strip.height;
        page.strips.push(strip);
    }
}

fn lay(section: &Section, faces: &mut Faces) -> Laid {
    let top = Strip {
        height: 2.2,
        inks: vec![Ink::Rule {
            x: 0.0,
            width: WIDTH,
            thick: STROKE,
        }],
    };
    let bars = section.bars.as_deref().and_then(bars).map(Rc::new);
    let beside_bars = WIDTH - bars.as_ref().map_or(0.0, |bars| bars.width());
    let mut opening = vec![top.clone()];
    for line in &section.headings {
        let letters = if line.strong { STRONG } else { PLAIN };
        let set = measured(faces, letters, |measure| {
            heading(&line.left, &line.right, beside_bars, measure)
        });
        opening.extend(set.into_iter().map(|line| strip_of(line, letters, 0.0)));
    }
    if let Some(bars) = bars {
        let taken = height(opening.get(1..).unwrap_or_default());
        if let Some(first) = opening.get_mut(1) {
            first.inks.push(Ink::Bars(bars));
        } else {
            opening.push(Strip {
                height: 0.0,
                inks: vec![Ink::Bars(bars)],
            });
        }
        opening.push(Strip {
            height: (BARS_HEIGHT + 1.0 - taken).max(0.0),
            inks: Vec::new(),
        });
    }

    let mut again = vec![top];
    // On a paper that begins with the shop's own address, what goes on is whose it is.
    if let Some(first) = section
        .headings
        .iter()
        .find(|heading| heading.strong)
        .or(section.headings.first())
    {
        let mut left = first.left.clone();
        left.push(Piece::whole("(continued)"));
        let set = measured(faces, STRONG, |measure| heading(&left, &[], WIDTH, measure));
        again.extend(
            set.into_iter()
                .take(2)
                .map(|line| strip_of(line, STRONG, 0.0)),
        );
    }

    let mut groups = vec![opening];
    if let Some(rows) = section
        .table
        .as_ref()
        .filter(|table| !table.rows.is_empty())
    {
        let titles = measured(faces, SMALL, |measure| table(rows, WIDTH, false, measure)).titles;
        let titles: Strips = titles
            .into_iter()
            .map(|line| strip_of(line, SMALL, 0.0))
            .collect();
        again.extend(titles.iter().cloned());
        let set = measured(faces, BODY, |measure| table(rows, WIDTH, false, measure));
        for (number, row) in set.rows.into_iter().enumerate() {
            let joins = row.continues || number == 0;
            let mut strips = row_strips(row, number);
            match groups.last_mut().filter(|_| joins) {
                Some(group) => {
                    if number == 0 {
                        group.extend(titles.iter().cloned());
                    }
                    group.append(&mut strips);
                }
                None => groups.push(strips),
            }
        }
    }
    for (number, line) in section.foot.iter().enumerate() {
        let set = measured(faces, BODY, |measure| fill(line, WIDTH, measure));
        let mut strips: Strips = set
            .into_iter()
            .map(|line| strip_of(line, BODY, 0.0))
            .collect();
        if number == 0 {
            strips.insert(
                0,
                Strip {
                    height: 1.0,
                    inks: Vec::new(),
                },
            );
        }
        groups.push(strips);
    }
    if let Some(last) = groups.last_mut() {
        last.push(Strip {
            height: 4.0,
            inks: Vec::new(),
        });
    }
    Laid { groups, again }
}

fn strip_of(line: Line, letters: Letters, x: f32) -> Strip {
    Strip {
        height: letters.leading,
        inks: vec![Ink::Line { line, letters, x }],
    }
}

/// A hairline above each row leads the eye from the shelf to the boxes.
fn row_strips(row: SetRow, number: usize) -> Strips {
    const ABOVE: f32 = 0.9;
    let rule = Ink::Rule {
        x: 0.0,
        width: WIDTH,
        thick: HAIRLINE,
    };
    let mut strips = Vec::new();
    if !row.continues || number == 0 {
        strips.push(Strip {
            height: ABOVE,
            inks: vec![rule],
        });
    }
    strips.extend(row.lines.into_iter().map(|line| strip_of(line, BODY, 0.0)));
    strips
}
