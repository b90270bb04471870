use super::bars::bars;
use super::document::{Document, Piece, Section};
use super::faces::Faces;
use super::flow::Mark;
use super::pages::{HEIGHT, Ink, WIDTH, head, pages};
use super::pdf::pdf_with_fonts;
use super::walk::natural;
use super::{Align, Column, PaperSize, Table, TableRow};
use crate::kernel::Text;
use std::cmp::Ordering;
use std::io::Write;
use std::path::Path;

fn own_faces() -> Faces {
    Faces::new([], &Vec::new).unwrap()
}

/// A font with letters that ours lacks. Where the machine has none, that is said past the test
/// runner, which would swallow it.
fn dejavu() -> Option<Vec<u8>> {
    let font = std::fs::read("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf").ok();
    if font.is_none() {
        let mut past_the_runner = std::io::stderr();
        writeln!(past_the_runner, "SKIPPED: this machine has no DejaVu Sans, so letters from the machine's fonts were not tested").unwrap();
    }
    font
}

#[test]
fn shelves_come_in_the_order_of_a_walk() {
    let shelves = [
        "",
        "1",
        "02",
        "A",
        "A2",
        "a2",
        "A2b",
        "A02-1",
        "A3",
        "A10",
        "A10-2",
        "A10-10",
        "B1",
        "C99999999999999999999998",
        "C99999999999999999999999",
        "Ä1",
    ];
    for (place, one) in shelves.iter().enumerate() {
        assert_eq!(natural(one, one), Ordering::Equal);
        for other in shelves.iter().skip(place + 1) {
            let order = natural(one, other);
            assert_eq!(natural(other, one), order.reverse(), "{one} and {other}");
        }
    }
    for pair in [
        ["A2", "A10"],
        ["a2", "A10"],
        ["A2", "B1"],
        ["A10-2", "A10-10"],
        ["C99999999999999999999998", "C99999999999999999999999"],
        ["02", "A"],
        ["A", "A2"],
    ] {
        assert_eq!(natural(pair[0], pair[1]), Ordering::Less, "{pair:?}");
    }
}

/// Code 128, set B: each character its place in the table of the standard, a check character, and
/// the stop.
#[test]
fn bars_are_what_the_standard_says() {
    let drawn = bars("r-1042").unwrap();
    let shown: String = drawn
        .modules
        .iter()
        .map(|black| if *black { '1' } else { '0' })
        .collect();
    let [start, r, one, zero, four, two, stop] = [
        "11010010000",
        "11000101110",
        "10011100110",
        "10011101100",
        "11001001110",
        "11001110010",
        "1100011101011",
    ];
    // (104 + 1*50 + 2*17 + 3*16 + 4*20 + 5*18) modulo 103 = 97
    let check = "11110101000";
    assert_eq!(
        shown,
        [start, r, one, zero, four, two, check, stop].concat()
    );
}

#[test]
fn bars_can_be_scanned_or_are_left_out() {
    for length in [0, 1, 2, 5, 10, 16, 20, 25, 32, 33, 10_000] {
        let Some(bars) = bars(&"7".repeat(length)) else {
            assert!(length == 0 || length > 20, "{length}");
            continue;
        };
        assert!(
            bars.module >= 2.0 * 25.4 / 203.0,
            "two dots of a 203 dpi printer"
        );
        let black = bars.black();
        let (first, last) = (black.first().unwrap(), black.last().unwrap());
        assert!(
            first.0 >= 9.99 * bars.module && bars.width() - last.0 - last.1 >= 9.99 * bars.module,
            "ten modules of quiet"
        );
        assert!(
            black
                .iter()
                .all(|(_, width)| *width >= bars.module * 0.99 && *width <= bars.module * 4.01)
        );
        assert!(bars.width() < WIDTH / 2.0);
    }
    assert!(bars("---").is_none());
}

#[test]
fn a_letter_keeps_its_marks() {
    let mut faces = own_faces();
    let (bare, marked) = (faces.set("q", false), faces.set("q\u{303}", false));
    assert_eq!(
        (marked.len(), marked[0].text.as_str(), marked[0].width),
        (1, "q\u{303}", bare[0].width)
    );
    assert!(faces.missing().is_empty());
    // A mark that nobody has, on a letter that is known: the letter stays, and the mark is told.
    let odd = faces.set("q\u{1abe}\u{1dff}x", false);
    assert!(
        odd[0].text.starts_with('q') && odd[0].text.ends_with('x'),
        "{}",
        odd[0].text
    );
}

#[test]
fn what_the_program_lacks_is_taken_from_the_machine() {
    let document = Document {
        shop: Text::new("שלום مرحبا"),
        ..Document::default()
    };
    let print = |folder: &Path| {
        pdf_with_fonts(std::slice::from_ref(&document), PaperSize::A4, &|| {
            vec![folder.to_owned()]
        })
        .unwrap()
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(
        folder.path().join("broken.ttf"),
        [0, 1, 0, 0, 0, 255, 7, 7, 7],
    )
    .unwrap();
    std::fs::write(folder.path().join("empty.otf"), []).unwrap();
    assert_eq!(print(folder.path()).missing.len(), 9, "nine letters");

    let Some(font) = dejavu() else { return };
    std::fs::write(folder.path().join("LastResort.ttf"), &font).unwrap();
    assert_eq!(
        print(folder.path()).missing.len(),
        9,
        "a font of boxes is none"
    );
    std::fs::create_dir(folder.path().join("below")).unwrap();
    std::fs::write(folder.path().join("below").join("Usual.TTF"), &font).unwrap();
    assert!(print(folder.path()).missing.is_empty());
}

#[test]
fn lines_that_run_to_the_left_are_shaped_so() {
    let Some(font) = dejavu() else { return };
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.ttf"), &font).unwrap();
    let text = "ab שלום 42";
    let mut faces = Faces::new([text], &|| vec![folder.path().to_owned()]).unwrap();
    let runs = faces.set(text, false);
    let seen: Vec<&str> = runs
        .iter()
        .map(|run| run.text.trim())
        .filter(|text| !text.is_empty())
        .collect();
    assert_eq!(seen, ["ab", "42", "שלום"]);
    // The first letter of the word is the last glyph, at the right.
    let hebrew = runs.iter().find(|run| run.text.contains('ש')).unwrap();
    let places: Vec<usize> = hebrew
        .glyphs
        .iter()
        .map(|glyph| glyph.text_range.start)
        .collect();
    assert!(places.is_sorted_by(|one, next| one > next), "{places:?}");
}

fn section(rows: usize) -> Section {
    let cell = |text: &str| vec![Piece::words(text)];
    let rows = (0..rows)
        .map(|_| TableRow {
            cells: vec![cell("A1"), cell("12")],
            continues: false,
        })
        .collect();
    let columns = vec![
        Column::new("shelf", 1),
        Column {
            align: Align::Right,
            ..Column::new("qty", 1)
        },
    ];
    Section {
        bars: Some("R1042".to_owned()),
        headings: Vec::new(),
        table: Some(Table { columns, rows }),
        foot: vec![vec![Piece::Blank(10)]],
    }
}

#[test]
fn a_section_is_cut_only_where_it_is_longer_than_a_page() {
    let document = Document {
        sections: (0..60)
            .map(|number| section(number % 11))
            .chain([section(120), section(2)])
            .collect(),
        ..Document::default()
    };
    let mut faces = own_faces();
    let pages = pages(&document, &mut faces);
    let tops: f32 = head(&document, 1, 1, &mut faces)
        .iter()
        .map(|strip| strip.height)
        .sum();
    let mut cut = 0;
    for page in &pages {
        assert!(tops + page.strips.iter().map(|strip| strip.height).sum::<f32>() <= HEIGHT + 0.01);
        let inks = || page.strips.iter().flat_map(|strip| &strip.inks);
        let begun = inks().filter(|ink| matches!(ink, Ink::Bars(_))).count();
        let blank = |ink: &&Ink| matches!(ink, Ink::Line { line, .. } if line.placed.iter().any(|placed| placed.mark == Mark::Blank));
        cut += usize::from(begun != inks().filter(blank).count());
    }
    // The long one begins on one page and ends on another; only those two may not balance.
    assert_eq!(cut, 2);
}

#[test]
fn numbers_end_under_each_other() {
    let mut faces = own_faces();
    let mut document = Document {
        sections: vec![section(2)],
        ..Document::default()
    };
    if let Some(table) = &mut document.sections[0].table {
        table.rows[0].cells[1] = vec![Piece::words("7")];
    }
    let ends: Vec<f32> = pages(&document, &mut faces)[0]
        .strips
        .iter()
        .flat_map(|strip| &strip.inks)
        .filter_map(|ink| match ink {
            Ink::Line { line, .. } if line.placed.iter().any(|placed| matches!(&placed.mark, Mark::Words(words) if words == "7" || words == "12")) => Some(line.width()),
            _ => None,
        })
        .collect();
    assert_eq!(ends.len(), 2);
    assert!(
        (ends[0] - WIDTH).abs() < 0.01 && (ends[1] - WIDTH).abs() < 0.01,
        "{ends:?}"
    );
}

#[test]
fn an_amount_in_thousands_is_never_broken() {
    let words = "the deposit of your contract comes to no more and no less than = 1 393.41 EUR by 21 Nov 2025 with 2 100 000.00 in it";
    for width in 24..80 {
        let section = Section {
            foot: vec![vec![Piece::words(words)]],
            ..Section::default()
        };
        let set = super::text::text(
            &Document {
                sections: vec![section],
                ..Document::default()
            },
            width,
        );
        assert!(
            set.contains("1 393.41") && set.contains("2 100 000.00"),
            "{width}:\n{set}"
        );
    }
}
