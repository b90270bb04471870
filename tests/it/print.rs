//! Paper: what the lists say, that they break over pages where they should, that their letters and
//! bars can be read, and what is said when a printer does not print.

use proptest::prelude::*;
use rentdesk::kernel::Text;
use rentdesk::kernel::text::width;
use rentdesk::print::{
    Block, CheckRow, Checklist, DayKind, DayList, PaperSize, Printed, Row, Spooler, pdf, pdf_run,
    save, shelf_totals, text,
};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

fn row(shelf: &str, quantity: i64, thing: &str, tags: &[&str]) -> Row {
    Row {
        shelf: Text::filled(shelf),
        quantity,
        thing: Text::new(thing),
        tags: tags.iter().map(|tag| Text::new(tag)).collect(),
        ..Row::default()
    }
}

fn block(number: &str, time: &str, customer: &str, rows: Vec<Row>) -> Block {
    Block {
        number: number.to_owned(),
        bars: number.replace('-', ""),
        time: time.to_owned(),
        customer: Text::new(customer),
        phone: Text::filled("0612 555 019"),
        other_time: "back Mon 24 Nov 10:00".to_owned(),
        rows,
        notes: Vec::new(),
    }
}

fn list(kind: DayKind, blocks: Vec<Block>) -> DayList {
    let shelves = shelf_totals(
        blocks
            .iter()
            .flat_map(|block| &block.rows)
            .map(|row| (row.shelf.as_ref(), row.quantity)),
    );
    DayList {
        kind,
        shop: Text::new("North Light Rentals"),
        day: "Fri 21 Nov 2025".to_owned(),
        printed: "Fri 08:02 Ana".to_owned(),
        blocks,
        shelves,
        short_items: 0,
        items_to_come: 0,
        short: Vec::new(),
        first_back: Vec::new(),
    }
}

/// A morning as the manual shows it.
fn pick_list() -> DayList {
    let mut chen = block(
        "R-1042",
        "10:00",
        "Maya Chen",
        vec![
            row("C1", 4, "V-mount battery 150", &[]),
            row("A10", 1, "Sony 24-70 GM II", &["LEN-0049", "LEN-0051"]),
            row(
                "A3",
                2,
                "Sony FX6 body",
                &["CAM-0012", "CAM-0013", "CAM-0014"],
            ),
            row("B2", 1, "Sennheiser G4 set", &["AUD-0007"]),
            row("", 40, "Sandbag", &[]),
        ],
    );
    chen.rows[0].counted = true;
    chen.rows[0].packed = 3;
    chen.rows[2].note = Text::filled("+ charger");
    chen.rows[3].pinned = true;
    chen.rows[3].note = Text::filled("fresh cells");
    chen.rows[4].counted = true;
    chen.notes = vec![Text::new("assistant Leo may collect")];
    let okafor = block(
        "R-1047",
        "11:30",
        "Sam Okafor",
        vec![row("C4", 1, "Aputure 600d", &[])],
    );
    let mut list = list(DayKind::Pick, vec![chen, okafor]);
    list.short = vec![Text::new(
        "1 Aputure 600d for R-1047: LGT-0031 in repair until Tue 25 Nov",
    )];
    list.first_back = vec![Text::new(
        "LEN-0050 Sony 24-70 GM II: Ines Duarte 0612 555 020 (R-1035), due 12:00; for R-1047 Sam Okafor",
    )];
    list.shelves.retain(|(shelf, _)| shelf.as_str() != "C4");
    list.short_items = 1;
    list
}

fn returns_list() -> DayList {
    let mut chen = block(
        "R-1035",
        "12:00",
        "Maya Chen",
        vec![
            row("A10", 2, "Sony 24-70 GM II", &["LEN-0049", "LEN-0050"]),
            row("C1", 4, "V-mount battery 150", &[]),
        ],
    );
    chen.rows[0].packed = 1;
    chen.rows[1].counted = true;
    chen.other_time = "out Wed 19 Nov 09:10".to_owned();
    chen.notes = vec![Text::new("late since Thu 20 Nov 10:00: ring first")];
    list(DayKind::Returns, vec![chen])
}

fn checklist() -> Checklist {
    let texts = |words: &[&str]| words.iter().map(|word| Text::new(word)).collect::<Vec<_>>();
    Checklist {
        shop: Text::new("North Light Rentals"),
        number: "R-1042".to_owned(),
        bars: "R1042".to_owned(),
        customer: Text::new("Maya Chen"),
        out: "Fri 21 Nov 10:44".to_owned(),
        back: "Mon 24 Nov 10:00".to_owned(),
        rows: vec![
            CheckRow {
                tag: Text::new("CAM-0012"),
                thing: Text::new("Sony FX6 #1"),
                serial: Text::filled("5510023"),
                quantity: 1,
                contents: texts(&["charger", "2 CFexpress", "strap"]),
                out_ok: true,
                ..CheckRow::default()
            },
            CheckRow {
                tag: Text::new("BAT-V150"),
                thing: Text::new("V-mount 150"),
                quantity: 4,
                out_ok: true,
                ..CheckRow::default()
            },
            CheckRow {
                tag: Text::new("LEN-0049"),
                thing: Text::new("Sony 24-70 GM II"),
                quantity: 1,
                out_ok: true,
                back_ok: true,
                wrong: Text::filled("lens cap missing"),
                ..CheckRow::default()
            },
        ],
        foot: texts(&[
            "shop: 0612 555 000",
            "late fee from 10:30: one day",
            "damaged? please tell us",
        ]),
        printed: "Fri 10:44 Ana".to_owned(),
    }
}

#[test]
fn a_pick_list_in_text() {
    insta::assert_snapshot!(text(&pick_list().document(), 80));
}

#[test]
fn a_returns_list_in_text() {
    insta::assert_snapshot!(text(&returns_list().document(), 80));
}

#[test]
fn a_checklist_in_text() {
    insta::assert_snapshot!(text(&checklist().document(), 80));
}

#[test]
fn a_pick_list_on_a_receipt_roll() {
    insta::assert_snapshot!(text(&pick_list().document(), 42));
}

#[test]
fn a_day_without_work_says_so() {
    insta::assert_snapshot!(text(&list(DayKind::Pick, Vec::new()).document(), 80));
}

/// The answer of a program that reads PDF or bars, or `None` where this machine has none: then the
/// test says what it did not look at, past the test runner, which would swallow it.
fn ask(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(
                output.status.success() || program == "zbarimg",
                "{program}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(_) => {
            let mut past_the_runner = std::io::stderr();
            writeln!(
                past_the_runner,
                "SKIPPED: {program} is not installed, so a part of the paper tests was not run"
            )
            .unwrap();
            None
        }
    }
}

struct Sheet {
    printed: Printed,
    path: String,
    folder: TempDir,
}

fn sheet(printed: Printed) -> Sheet {
    let folder = tempfile::tempdir().unwrap();
    let path = save(&printed.bytes, folder.path(), "paper.pdf")
        .unwrap()
        .to_str()
        .unwrap()
        .to_owned();
    Sheet {
        printed,
        path,
        folder,
    }
}

impl Sheet {
    /// The text of each page.
    fn read(&self) -> Option<Vec<String>> {
        let read = ask("pdftotext", &["-layout", &self.path, "-"])?;
        Some(read.split_terminator('\u{c}').map(str::to_owned).collect())
    }

    /// What a scanner reads from the pages as a label printer's dots show them.
    fn scan(&self) -> Option<Vec<String>> {
        let stem = self.folder.path().join("page");
        ask(
            "pdftoppm",
            &[
                "-r",
                "203",
                "-gray",
                "-png",
                &self.path,
                stem.to_str().unwrap(),
            ],
        )?;
        let mut images: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        images.retain(|path| path.extension().is_some_and(|ending| ending == "png"));
        assert_eq!(images.len(), self.printed.pages);
        let images: Vec<&str> = images.iter().map(|path| path.to_str().unwrap()).collect();
        let mut read: Vec<String> = ask(
            "zbarimg",
            &[&["-q", "--nodbus"], images.as_slice()].concat(),
        )?
        .lines()
        .map(str::to_owned)
        .collect();
        read.sort();
        Some(read)
    }
}

#[test]
fn a_page_has_the_papers_size() {
    for (paper, size) in [
        (PaperSize::A4, "595.276 x 841.89 pts (A4)"),
        (PaperSize::Letter, "612 x 792 pts (letter)"),
    ] {
        let sheet = sheet(pdf(&pick_list().document(), paper).unwrap());
        assert!(sheet.printed.bytes.starts_with(b"%PDF"));
        assert_eq!((sheet.printed.pages, sheet.printed.missing.len()), (1, 0));
        if let Some(about) = ask("pdfinfo", &[&sheet.path]) {
            let line = |name: &str| {
                about
                    .lines()
                    .find(|line| line.starts_with(name))
                    .unwrap()
                    .to_owned()
            };
            assert!(line("Page size").ends_with(size), "{about}");
            assert!(line("Pages").ends_with(" 1"), "{about}");
            assert!(
                line("Title").ends_with("PICK LIST Fri 21 Nov 2025"),
                "{about}"
            );
        }
    }
}

#[test]
fn a_page_says_what_the_text_says() {
    for document in [
        pick_list().document(),
        returns_list().document(),
        checklist().document(),
    ] {
        let Some(pages) = sheet(pdf(&document, PaperSize::A4).unwrap()).read() else {
            return;
        };
        let read: Vec<&str> = pages
            .iter()
            .flat_map(|page| page.split_whitespace())
            .collect();
        let drawn = |word: &&str| {
            !word.chars().all(|c| "|+-_[]x".contains(c))
                && !word.starts_with("[x")
                && !word.contains("__")
        };
        for word in text(&document, 80).split_whitespace().filter(drawn) {
            assert!(read.contains(&word), "{word} is missing in {pages:?}");
        }
    }
}

#[test]
fn names_of_any_alphabet_of_ours_can_be_read() {
    let names = ["Müßig", "Łódź", "Ελένη", "Добрый", "Nguyễn", "q\u{303}a"];
    let list = list(
        DayKind::Pick,
        names
            .iter()
            .map(|name| {
                block(
                    "R-1042",
                    "10:00",
                    name,
                    vec![row("A1", 1, name, &["CAM-0012"])],
                )
            })
            .collect(),
    );
    let sheet = sheet(pdf(&list.document(), PaperSize::A4).unwrap());
    assert!(sheet.printed.missing.is_empty());
    if let Some(pages) = sheet.read() {
        for name in names {
            assert_eq!(
                pages.concat().matches(name).count(),
                2,
                "{name} in {pages:?}"
            );
        }
    }
}

#[test]
fn the_longest_tag_stands_whole_on_the_page() {
    let tags = ["W".repeat(32), format!("CAM-{}", "0".repeat(28))];
    let mut list = list(
        DayKind::Pick,
        vec![block(
            "R-1042",
            "10:00",
            "Maya Chen",
            vec![row(
                "A1",
                2,
                "Sony FX6 body",
                &[&tags[0], &tags[1], "CAM-0012"],
            )],
        )],
    );
    for (kind, pinned) in [
        (DayKind::Pick, false),
        (DayKind::Pick, true),
        (DayKind::Returns, false),
    ] {
        list.kind = kind;
        list.blocks[0].rows[0].pinned = pinned;
        let Some(pages) = sheet(pdf(&list.document(), PaperSize::A4).unwrap()).read() else {
            return;
        };
        for tag in &tags {
            assert!(pages[0].contains(tag.as_str()), "{pages:?}");
        }
    }
}

#[test]
fn a_character_that_no_font_has_is_told_and_never_a_box() {
    let list = list(
        DayKind::Pick,
        vec![block(
            "R-1042",
            "10:00",
            "Zed \u{378}\u{378} Zuma",
            vec![row("A1", 1, "Lamp \u{379}", &["LGT-0001"])],
        )],
    );
    let sheet = sheet(pdf(&list.document(), PaperSize::A4).unwrap());
    assert_eq!(sheet.printed.missing, ['\u{378}', '\u{379}']);
    assert_eq!(
        sheet.printed.warning().unwrap(),
        "No font on this machine has \u{378} (U+0378), \u{379} (U+0379): \"?\" stands on the paper."
    );
    if let Some(pages) = sheet.read() {
        assert!(
            pages[0].contains("Zed ?? Zuma") && pages[0].contains("Lamp ?"),
            "{pages:?}"
        );
    }
}

#[test]
fn forty_reservations_break_between_themselves() {
    let rows = |number: usize| {
        (0..number % 7 + 1)
            .map(|row_number| {
                row(
                    "A1",
                    1,
                    &format!("Thing {row_number}"),
                    &["CAM-0012", "CAM-0013"],
                )
            })
            .collect()
    };
    let blocks = (0..40)
        .map(|number| {
            block(
                &format!("R-{}", 1000 + number),
                "10:00",
                "Maya Chen",
                rows(number),
            )
        })
        .collect();
    let sheet = sheet(pdf(&list(DayKind::Pick, blocks).document(), PaperSize::Letter).unwrap());
    assert!(sheet.printed.pages > 3);
    if let Some(pages) = sheet.read() {
        assert_eq!(pages.len(), sheet.printed.pages);
        for (number, page) in pages.iter().enumerate() {
            assert!(
                page.contains(&format!("page {} of {}", number + 1, pages.len())),
                "{page}"
            );
            assert!(
                page.contains("North Light Rentals")
                    && page.contains("PICK LIST")
                    && page.contains("printed Fri 08:02 Ana"),
                "{page}"
            );
            assert_eq!(
                page.matches("R-10").count(),
                page.matches("packed by").count(),
                "a reservation is cut: {page}"
            );
        }
        assert_eq!(pages.concat().matches("R-10").count(), 40);
    }
    if let Some(read) = sheet.scan() {
        assert_eq!(
            read,
            (0..40)
                .map(|number| format!("CODE-128:R{}", 1000 + number))
                .collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_reservation_longer_than_a_page_goes_on_under_its_name() {
    let rows = (0..150)
        .map(|number| row(&format!("A{number}"), 1, "Lamp", &["LGT-0001"]))
        .collect();
    let mut list = list(
        DayKind::Returns,
        vec![block("R-1042", "10:00", "Maya Chen", rows)],
    );
    list.shelves = Vec::new();
    let sheet = sheet(pdf(&list.document(), PaperSize::A4).unwrap());
    assert!(sheet.printed.pages >= 3);
    if let Some(pages) = sheet.read() {
        assert!(
            pages
                .iter()
                .all(|page| page.contains("R-1042") && page.contains("what")),
            "{pages:?}"
        );
        assert_eq!(
            pages.concat().matches("(continued)").count(),
            sheet.printed.pages - 1
        );
        assert_eq!(pages.concat().matches("LGT-0001").count(), 150);
    }
    if let Some(read) = sheet.scan() {
        assert_eq!(read, ["CODE-128:R1042"]);
    }
}

#[test]
fn several_checklists_are_one_job_and_count_their_own_pages() {
    let mut second = checklist();
    second.number = "R-1043".to_owned();
    second.bars = "R1043".to_owned();
    let sheet =
        sheet(pdf_run(&[checklist().document(), second.document()], PaperSize::A4).unwrap());
    assert_eq!(sheet.printed.pages, 2);
    if let Some(pages) = sheet.read() {
        assert!(
            pages.iter().all(|page| page.contains("page 1 of 1")),
            "{pages:?}"
        );
    }
    if let Some(read) = sheet.scan() {
        assert_eq!(read, ["CODE-128:R1042", "CODE-128:R1043"]);
    }
}

#[test]
fn no_input_breaks_the_paper() {
    let long = "W".repeat(10_000);
    let words = "very long name ".repeat(400);
    let marks = "e\u{301}\u{323}".repeat(2_000);
    let mut hard = list(DayKind::Pick, Vec::new());
    for name in [
        "",
        "\u{200b}",
        "\u{301}",
        &long,
        &words,
        &marks,
        "\u{1b}[31mred",
        "שלום\u{202e}",
        "👩\u{200d}👩\u{200d}👧 中文",
    ] {
        let mut block = block(
            name,
            name,
            name,
            vec![
                row(name, i64::MAX, name, &[name, "CAM-0012"]),
                row("", -5, name, &[]),
            ],
        );
        block.rows[0].note = Text::filled(name);
        block.rows[0].packed = i64::MIN;
        block.rows[1].counted = true;
        block.notes = vec![Text::new(name)];
        block.other_time = name.to_owned();
        hard.blocks.push(block);
    }
    hard.shop = Text::new(&long);
    hard.day = words.clone();
    hard.printed = long.clone();
    hard.short = vec![Text::new(&words)];
    for kind in [DayKind::Pick, DayKind::Returns] {
        hard.kind = kind;
        let printed = pdf(&hard.document(), PaperSize::A4).unwrap();
        assert!(printed.pages > 1);
        for columns in [0, 24, 42, 60, 80] {
            check_lines(&text(&hard.document(), columns), columns.max(24));
        }
    }
    let empty = Checklist {
        rows: vec![CheckRow::default()],
        ..Checklist::default()
    };
    assert_eq!(pdf(&empty.document(), PaperSize::Letter).unwrap().pages, 1);
    check_lines(&text(&Checklist::default().document(), 80), 80);
    assert_eq!(pdf_run(&[], PaperSize::A4).unwrap().pages, 0);
}

#[track_caller]
fn check_lines(shown: &str, columns: usize) {
    for line in shown.lines() {
        assert!(width(line) <= columns, "{} columns: {line}", width(line));
        assert!(!line.contains(char::is_control), "{line:?}");
        if columns >= 60 {
            assert_eq!(width(line), columns, "{line}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_tag_stands_whole_on_its_line(
        name in "\\PC{0,60}",
        tags in prop::collection::vec("[A-Z]{1,6}-[0-9]{1,25}", 0..6),
        shelf in "[A-Z]{0,3}[0-9]{0,20}",
        pinned: bool,
        columns in prop::sample::select(vec![42_usize, 60, 80, 132]),
    ) {
        let mut row = row(&shelf, 3, &name, &tags.iter().map(String::as_str).collect::<Vec<_>>());
        row.pinned = pinned;
        for kind in [DayKind::Pick, DayKind::Returns] {
            let shown = text(&list(kind, vec![block("R-1042", "10:00", &name, vec![row.clone()])]).document(), columns);
            check_lines(&shown, columns);
            for tag in &tags {
                prop_assert!(shown.lines().any(|line| line.contains(tag.as_str())), "{} in {}", tag, shown);
            }
        }
    }
}

/// A printer program of our own. Another process writes it: while this one holds it open, a test
/// that forks beside us would keep it busy.
#[cfg(unix)]
fn program(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join(name);
    let made = Command::new("sh")
        .args([
            "-c",
            "printf '#!/bin/sh\n%s\n' \"$1\" > \"$2\" && chmod 755 \"$2\"",
            "sh",
            script,
        ])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    path
}

#[cfg(unix)]
fn spooler(programs: Vec<PathBuf>, patience_ms: u64) -> Spooler {
    Spooler {
        programs,
        patience: Duration::from_millis(patience_ms),
    }
}

#[test]
#[cfg(unix)]
fn paper_goes_to_the_printer_that_was_named() {
    let folder = tempfile::tempdir().unwrap();
    for (name, option) in [("lp", "-d"), ("lpr", "-P")] {
        let lp = program(folder.path(), name, "printf '%s\\n' \"$@\" > \"$0.asked\"");
        let delivered = spooler(vec![folder.path().join("absent"), lp], 20_000)
            .deliver(b"%PDF", folder.path(), "list.pdf", Some("Front; rm -r /"))
            .unwrap();
        assert_eq!(delivered.printed, Ok(()));
        let asked = std::fs::read_to_string(folder.path().join(format!("{name}.asked"))).unwrap();
        assert_eq!(
            asked,
            format!(
                "{option}\nFront; rm -r /\n{}\n",
                delivered.saved.canonicalize().unwrap().display()
            )
        );
    }
}

#[test]
#[cfg(unix)]
fn a_printer_that_refuses_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lp = program(
        folder.path(),
        "lp",
        "echo; echo 'lp: Error - \u{1b}[1mno default destination available.' >&2; echo more >&2; exit 1",
    );
    let delivered = spooler(vec![lp], 20_000)
        .deliver(b"%PDF", folder.path(), "list.pdf", None)
        .unwrap();
    assert_eq!(
        delivered.printed,
        Err("lp says \"lp: Error - [1mno default destination available.\"".to_owned())
    );
    assert_eq!(std::fs::read(delivered.saved).unwrap(), b"%PDF");

    let silent = program(folder.path(), "silent", "exit 3");
    let refused = spooler(vec![silent], 20_000)
        .print_file(&folder.path().join("list.pdf"), None)
        .unwrap_err();
    assert_eq!(refused, "silent ended with exit status: 3");
}

#[test]
#[cfg(unix)]
fn a_printer_that_never_answers_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let lp = program(folder.path(), "lp", "exec sleep 600");
    let delivered = spooler(vec![lp], 50)
        .deliver(b"%PDF", folder.path(), "list.pdf", None)
        .unwrap();
    assert_eq!(
        delivered.printed,
        Err("lp gave no answer in 1 s".to_owned())
    );
}

#[test]
#[cfg(unix)]
fn a_machine_without_a_printer_program_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let delivered = spooler(
        vec![folder.path().join("lp"), folder.path().join("lpr")],
        50,
    )
    .deliver(b"%PDF", folder.path(), "list.pdf", None)
    .unwrap();
    assert_eq!(
        delivered.printed,
        Err("this machine has no lp and no lpr".to_owned())
    );
}

#[test]
fn paper_is_saved_whole_and_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let papers = folder.path().join("papers").join("2025");
    let first = save(b"first", &papers, "../R-1042 Müßig.pdf").unwrap();
    assert_eq!(first, papers.join("R-1042-Müßig.pdf"));
    assert_eq!(save(b"second", &papers, "R-1042 Müßig.pdf").unwrap(), first);
    assert_eq!(std::fs::read(&first).unwrap(), b"second");
    assert_eq!(
        std::fs::read_dir(&papers).unwrap().count(),
        1,
        "nothing half written is left behind"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(
            first.metadata().unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            papers.metadata().unwrap().permissions().mode() & 0o777,
            0o700
        );
    }
    let problem = save(b"x", &first, "list.pdf").unwrap_err();
    assert!(
        format!("{problem:#}").starts_with("while making "),
        "{problem:#}"
    );
}
