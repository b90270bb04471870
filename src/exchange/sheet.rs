//! A list as it comes: bytes of some encoding, cells divided by some mark, become a header and rows
//! of clean text.
//!
//! The reader is our own and not the csv crate's, because a person mends the list by the line a
//! message names: it counts lines that end in CR alone, and it notices a quotation mark that is
//! never closed instead of swallowing the rest of the list.

use super::records::Records;
use crate::kernel::text::{TEXT_LENGTH_MAX, folded};
use crate::kernel::{Fallible, Refusal, Text};
use std::borrow::Cow;
use std::collections::HashMap;

/// A list: its column names and its rows, each exactly as wide as the header.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sheet {
    pub headers: Vec<Text>,
    pub rows: Vec<SheetRow>,
    /// What the reader had to decide, in whole sentences, for the person to see.
    pub notes: Vec<String>,
}

/// One row of a list. Rows without a single filled cell are not kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SheetRow {
    /// The line of the file on which the row begins; the first line is 1.
    pub row: usize,
    pub cells: Vec<Text>,
    /// The lines of the cells that held more than one (`Text` is one line), by column; kit contents
    /// are listed that way.
    pub lines: Vec<(usize, Vec<Text>)>,
    /// Why the row cannot be trusted as it stands: most often a separator inside a cell has shifted
    /// it.
    pub problem: Option<String>,
}

/// Before a column name of our own export: a fact of the type, whatever its name looks like, to the
/// letter.
pub(super) const SPEC_MARK: &str = "spec:";
/// The largest list that is read, in bytes: it is held in memory.
pub const SHEET_BYTES_MAX: usize = 200 * 1024 * 1024;
/// The widest list that is read; beyond it the file is not a list.
const COLUMNS_MAX: usize = 1000;
const SEPARATORS: [u8; 4] = [b'\t', b';', b',', b'|'];
const SNIFFED_BYTES: usize = 256 * 1024;
const SNIFFED_ROWS: usize = 100;

/// Why a file could not be read as a list.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum SheetRefusal {
    #[error("the file is empty")]
    Empty,
    #[error("the file has column names and no rows below them")]
    OnlyHeader,
    #[error("the first row holds no column names, but \"{0}\"")]
    NoHeader(Text),
    #[error("two columns have the name \"{name}\": column {first} and column {second}")]
    TwoColumns {
        name: Text,
        first: usize,
        second: usize,
    },
    #[error("the first row has {0} cells, which is no list")]
    TooWide(usize),
    #[error("the quotation mark opened in line {0} is never closed")]
    OpenQuote(usize),
    #[error("the file is {0}, not CSV")]
    NotCsv(&'static str),
    #[error("the file is not text")]
    Binary,
    #[error("the file has {0} MB; a list may have 200")]
    TooLarge(usize),
}

impl Refusal for SheetRefusal {
    fn hint(&self) -> String {
        match self {
            SheetRefusal::Empty | SheetRefusal::OnlyHeader => {
                "check that the other program exported its rows"
            }
            SheetRefusal::NoHeader(_) => {
                "put a row of column names on top, such as tag, type, category"
            }
            SheetRefusal::TwoColumns { .. } => "rename one of them in the file",
            SheetRefusal::TooWide(_) => "save the list as CSV with one row per line",
            SheetRefusal::OpenQuote(_) => {
                "close it in the file, or write it twice where it belongs to the text"
            }
            SheetRefusal::NotCsv("a spreadsheet") => "open it and save the sheet as CSV (UTF-8)",
            SheetRefusal::NotCsv(_) | SheetRefusal::Binary => {
                "export the list as CSV from the program that made it"
            }
            SheetRefusal::TooLarge(_) => {
                "split the list into several files, each with the column names on top"
            }
        }
        .to_owned()
    }
    fn kind(&self) -> &'static str {
        "list"
    }
}

impl Sheet {
    pub fn read(bytes: &[u8]) -> Result<Sheet, SheetRefusal> {
        if bytes.len() > SHEET_BYTES_MAX {
            return Err(SheetRefusal::TooLarge(bytes.len().div_ceil(1024 * 1024)));
        }
        let mut notes = Vec::new();
        let text = decoded(bytes, &mut notes)?;
        let text = text.trim_start_matches('\u{feff}');
        foreign(text)?;
        let mut records = Records::new(text);
        match named_separator(text) {
            Some((separator, line)) => {
                records.separator = separator;
                records.skip_line(line);
            }
            None => records.separator = sniffed(text),
        }
        let mut cells = Vec::new();
        let headers = loop {
            match records.next(&mut cells)? {
                None => return Err(SheetRefusal::Empty),
                Some(_) if is_blank(&cells) => {}
                Some(_) => break header(&cells)?,
            }
        };
        let rows = rows(&mut records, &headers, &mut notes)?;
        if rows.is_empty() {
            return Err(SheetRefusal::OnlyHeader);
        }
        Ok(named(headers, rows, notes))
    }
}

/// Bytes of UTF-8, of UTF-16 with its mark, or of the Windows code page, which takes whatever is
/// left.
fn decoded<'a>(bytes: &'a [u8], notes: &mut Vec<String>) -> Result<Cow<'a, str>, SheetRefusal> {
    for (magic, what) in [
        (b"PK\x03\x04".as_slice(), "a spreadsheet"),
        (b"PK\x05\x06", "a spreadsheet"),
        (b"\xD0\xCF\x11\xE0", "a spreadsheet"),
        (b"SQLite format 3\0", "an SQLite database"),
        (b"%PDF", "a PDF"),
        (b"\x1F\x8B", "a compressed file"),
    ] {
        if bytes.starts_with(magic) {
            return Err(SheetRefusal::NotCsv(what));
        }
    }
    let utf16 = if bytes.starts_with(&[0xFF, 0xFE]) {
        Some(encoding_rs::UTF_16LE)
    } else if bytes.starts_with(&[0xFE, 0xFF]) {
        Some(encoding_rs::UTF_16BE)
    } else {
        None
    };
    let text = if let Some(encoding) = utf16 {
        let (text, strange) = encoding.decode_with_bom_removal(bytes);
        if strange {
            notes.push(
                "some characters of the file are damaged and were read as \u{fffd}".to_owned(),
            );
        }
        text
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        Cow::Borrowed(text)
    } else {
        notes.push(
            "the file is not UTF-8 and was read as Windows code page 1252; check the accents"
                .to_owned(),
        );
        encoding_rs::WINDOWS_1252
            .decode_without_bom_handling(bytes)
            .0
    };
    let sample = || text.chars().take(8192);
    let strange = sample()
        .filter(|c| *c < ' ' && !matches!(c, '\t' | '\r' | '\n' | '\u{b}' | '\u{c}' | '\u{1a}'))
        .count();
    if text.contains('\0') || strange * 100 > sample().count() {
        Err(SheetRefusal::Binary)
    } else {
        Ok(text)
    }
}

/// Text that is text, but of another kind.
fn foreign(text: &str) -> Result<(), SheetRefusal> {
    let start: String = text
        .trim_start()
        .chars()
        .take(64)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    if start.is_empty() {
        return Err(SheetRefusal::Empty);
    }
    if ["<!doctype", "<html", "<table", "<head"]
        .iter()
        .any(|tag| start.starts_with(tag))
    {
        return Err(SheetRefusal::NotCsv("a web page (HTML)"));
    }
    if start.starts_with("<?xml") {
        return Err(SheetRefusal::NotCsv("XML"));
    }
    if start.starts_with('{')
        || start
            .strip_prefix('[')
            .is_some_and(|rest| rest.trim_start().starts_with('{'))
    {
        return Err(SheetRefusal::NotCsv("JSON"));
    }
    Ok(())
}

/// The separator an Excel list names in a first line of its own (`sep=;`), and that line's length.
fn named_separator(text: &str) -> Option<(u8, usize)> {
    let line = text.split(['\r', '\n']).next()?;
    let inner = line.trim_matches([' ', '"']);
    let named = inner
        .strip_prefix("sep=")
        .or_else(|| inner.strip_prefix("SEP="))
        .or_else(|| inner.strip_prefix("Sep="))?;
    match named.as_bytes() {
        [separator] if separator.is_ascii() && !separator.is_ascii_alphanumeric() => {
            Some((*separator, line.len()))
        }
        _ => None,
    }
}

/// The separator under which most of the first rows are as wide as the first one; a mark that is
/// missing from the first row, where the column names stand, divides nothing. Between equals the
/// wider list wins, then the rarer mark.
fn sniffed(text: &str) -> u8 {
    let start = text
        .get(..text.floor_char_boundary(SNIFFED_BYTES))
        .unwrap_or(text);
    let mut best = (b',', 0);
    for separator in SEPARATORS {
        let mut records = Records::new(start);
        records.separator = separator;
        let mut cells = Vec::new();
        let mut columns = 0;
        let mut alike = 0;
        let mut seen = 0;
        while seen < SNIFFED_ROWS && matches!(records.next(&mut cells), Ok(Some(_))) {
            if is_blank(&cells) {
                continue;
            }
            if seen == 0 {
                columns = cells.len();
            }
            alike += usize::from(cells.len() == columns);
            seen += 1;
        }
        let score = alike * columns.saturating_sub(1);
        if score > best.1 {
            best = (separator, score);
        }
    }
    best.0
}

fn is_blank(cells: &[Cow<'_, str>]) -> bool {
    cells.iter().all(|cell| cell.trim().is_empty())
}

fn header(cells: &[Cow<'_, str>]) -> Result<Vec<Text>, SheetRefusal> {
    if cells.len() > COLUMNS_MAX {
        return Err(SheetRefusal::TooWide(cells.len()));
    }
    let headers: Vec<Text> = cells
        .iter()
        .map(|cell| Text::new(plain_cell(cell)))
        .collect();
    let is_data = |name: &Text| {
        !name.as_str().starts_with(SPEC_MARK)
            && name
                .as_str()
                .split_once('@')
                .is_some_and(|(_, host)| host.contains('.'))
    };
    if let Some(data) = headers.iter().find(|name| is_data(name)) {
        return Err(SheetRefusal::NoHeader(data.clone()));
    }
    if !headers
        .iter()
        .any(|name| name.as_str().chars().any(char::is_alphabetic))
    {
        return Err(SheetRefusal::NoHeader(
            headers
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or_default(),
        ));
    }
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (column, name) in headers
        .iter()
        .enumerate()
        .filter(|(_, name)| !name.is_empty())
    {
        let key = if name.as_str().starts_with(SPEC_MARK) {
            name.to_string()
        } else {
            header_key(name.as_str())
        };
        if let Some(first) = seen.insert(key, column) {
            return Err(SheetRefusal::TwoColumns {
                name: name.clone(),
                first: first + 1,
                second: column + 1,
            });
        }
    }
    Ok(headers)
}

fn rows(
    records: &mut Records<'_>,
    headers: &[Text],
    notes: &mut Vec<String>,
) -> Result<Vec<SheetRow>, SheetRefusal> {
    let mut rows = Vec::new();
    let mut cells = Vec::new();
    while let Some(row) = records.next(&mut cells)? {
        let mut read = SheetRow {
            row,
            cells: Vec::with_capacity(headers.len()),
            lines: Vec::new(),
            problem: None,
        };
        for (column, raw) in cells.iter().enumerate().take(headers.len()) {
            let raw = plain_cell(raw);
            if raw.len() > TEXT_LENGTH_MAX && raw.chars().count() > TEXT_LENGTH_MAX {
                notes.push(format!(
                    "row {row}: \"{}\" has more than {TEXT_LENGTH_MAX} characters and was cut",
                    headers[column]
                ));
            }
            if raw.trim().contains(['\r', '\n']) {
                read.lines.push((
                    column,
                    raw.split(['\r', '\n']).filter_map(Text::filled).collect(),
                ));
            }
            read.cells.push(Text::new(raw));
        }
        let beyond = cells
            .iter()
            .skip(headers.len())
            .any(|cell| !cell.trim().is_empty());
        if beyond {
            read.problem = Some(format!(
                "row {row} has {} cells, the header has {}",
                cells.len(),
                headers.len()
            ));
        }
        if beyond || read.cells.iter().any(|cell| !cell.is_empty()) {
            read.cells.resize(headers.len(), Text::default());
            rows.push(read);
        }
    }
    Ok(rows)
}

/// Columns without a name get one by their place; those at the end that hold nothing either are
/// dropped (spreadsheets add them).
fn named(mut headers: Vec<Text>, mut rows: Vec<SheetRow>, mut notes: Vec<String>) -> Sheet {
    let holds = |rows: &[SheetRow], column: usize| {
        rows.iter()
            .any(|row| row.cells.get(column).is_some_and(|cell| !cell.is_empty()))
    };
    let width = (0..headers.len())
        .rev()
        .find(|column| !headers[*column].is_empty() || holds(&rows, *column))
        .map_or(0, |last| last + 1);
    if width < headers.len() {
        headers.truncate(width);
        for row in &mut rows {
            row.cells.truncate(width);
        }
    }
    for (column, name) in headers
        .iter_mut()
        .enumerate()
        .filter(|(_, name)| name.is_empty())
    {
        *name = unnamed(column);
        if holds(&rows, column) {
            notes.push(format!("column {} has no name", column + 1));
        }
    }
    Sheet {
        headers,
        rows,
        notes,
    }
}

/// What a column without a name is called.
pub(super) fn unnamed(column: usize) -> Text {
    Text::new(&format!("column {}", column + 1))
}

/// The words of a column name: lower case, without accents, divided at punctuation and at
/// `assetTag`; `#` reads as `no`.
pub(super) fn header_words(header: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in header.chars() {
        let fresh = c.is_uppercase() && before_lower;
        before_lower = c.is_lowercase();
        if matches!(c, '#' | '№') {
            words.extend(["no".to_owned(), String::new()]);
            continue;
        }
        let is_letter = c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
        if fresh || !is_letter {
            words.push(String::new());
        }
        if let (true, Some(word)) = (is_letter, words.last_mut()) {
            word.push(c);
        }
    }
    words
        .iter()
        .filter(|word| !word.is_empty())
        .map(|word| folded(word))
        .collect()
}

/// What two column names are compared by: `Asset Tag`, `asset_tag` and `assetTag` are one.
pub(super) fn header_key(header: &str) -> String {
    let words = header_words(header);
    if words.is_empty() {
        header.trim().to_owned()
    } else {
        words.concat()
    }
}

/// Lines under their headings, as a file that a spreadsheet may open.
pub fn csv_of(heads: &[String], rows: &[Vec<String>]) -> Fallible<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(heads)?;
    for row in rows {
        writer.write_record(row.iter().map(|cell| safe_cell(cell)))?;
    }
    Ok(writer.into_inner()?)
}

/// A cell for a CSV file that a spreadsheet may open: text that it would take for a formula gets an
/// apostrophe in front (OWASP, CSV Injection); numbers stay numbers. A plus and seven or more
/// digits are a telephone number, which a spreadsheet would mangle.
pub fn safe_cell(text: &str) -> String {
    if is_formula(text.trim_start_matches('\'')) && !is_number(text) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// The cell as it was before `safe_cell`. An apostrophe more than was there is taken off, so that
/// text which began with one returns.
fn plain_cell(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

/// The signs of OWASP's list, with the full-width ones that a Japanese spreadsheet takes for them.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

fn is_number(text: &str) -> bool {
    let Some(digits) = text.strip_prefix(['+', '-']) else {
        return false;
    };
    let (whole, part) = digits
        .split_once(['.', ','])
        .map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let is_digits = |text: &str| {
        (1..=15).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_phone = text.starts_with('+') && part.is_none() && whole.len() >= 7;
    is_digits(whole) && part.is_none_or(is_digits) && !is_phone
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The list as one line a row: `row: cell/cell`, with a problem behind `!`; a refusal as its
    /// two sentences.
    fn shown(bytes: &[u8]) -> String {
        match Sheet::read(bytes) {
            Err(refusal) => format!("! {refusal} > {}", refusal.hint()),
            Ok(sheet) => {
                let cells =
                    |cells: &[Text]| cells.iter().map(Text::as_str).collect::<Vec<_>>().join("/");
                let mut shown = vec![cells(&sheet.headers)];
                for row in &sheet.rows {
                    let problem = row
                        .problem
                        .as_ref()
                        .map_or(String::new(), |problem| format!(" ! {problem}"));
                    shown.push(format!("{}: {}{problem}", row.row, cells(&row.cells)));
                }
                shown.extend(sheet.notes.iter().map(|note| format!("({note})")));
                shown.join("\n")
            }
        }
    }

    #[track_caller]
    fn check(bytes: impl AsRef<[u8]>, expect: &str) {
        assert_eq!(shown(bytes.as_ref()), expect);
    }

    #[test]
    fn lists_of_every_make_are_read() {
        check("tag,type\nA1,Lamp\n", "tag/type\n2: A1/Lamp");
        check(
            "\u{feff}tag,type\r\nA1,Lamp\r\n\r\n,\r\n",
            "tag/type\n2: A1/Lamp",
        );
        check(
            "tag;price, net\rA1;1,50\rA2;2,50",
            "tag/price, net\n2: A1/1,50\n3: A2/2,50",
        );
        check(
            "\n\ntag\ttype\nA1\tA, b; c | d\n",
            "tag/type\n4: A1/A, b; c | d",
        );
        check("tag|type\nA1|Lamp, 48\"\n", "tag/type\n2: A1/Lamp, 48\"");
        check("sep=;\r\na,b;c\r\n1,5;2\r\n", "a,b/c\n3: 1,5/2");
        check("sep=\t\na\tb\n1\t2\n", "a/b\n3: 1/2");
        check(
            "Name,Rate\n\"Halo | 48x48\"\"\",\"$1,000\"\nA | B | C,2\n",
            "Name/Rate\n2: Halo | 48x48\"/$1,000\n3: A | B | C/2",
        );
        check(
            "a,b\n\"two\r\nlines\",1\n\n2, \"x, y\" \n",
            "a/b\n2: two lines/1\n5: 2/x, y",
        );
        check("tag\nA1\n", "tag\n2: A1");
        check(
            "tag,'=x,b\n'=1,'-x,''@\n'a,'',-5\n",
            "tag/=x/b\n2: =1/-x/'@\n3: 'a/''/-5",
        );
    }

    #[test]
    fn encodings_are_told_apart() {
        check(
            b"name,city\nM\xfcller,K\xf6ln \x80\n",
            "name/city\n2: Müller/Köln €\n(the file is not UTF-8 and was read as Windows code page 1252; check the accents)",
        );
        check("name,city\nMüller,Köln\n", "name/city\n2: Müller/Köln");
        let utf16 = |order: fn(u16) -> [u8; 2]| {
            "\u{feff}name;city\r\nMüller;東京\r\n"
                .encode_utf16()
                .flat_map(order)
                .collect::<Vec<u8>>()
        };
        check(utf16(u16::to_le_bytes), "name/city\n2: Müller/東京");
        check(utf16(u16::to_be_bytes), "name/city\n2: Müller/東京");
    }

    #[test]
    fn rows_of_another_width_are_padded_or_named() {
        check(
            "a,b,c\n1\n1,2,3,,\n1,2,3,4\n",
            "a/b/c\n2: 1//\n3: 1/2/3\n4: 1/2/3 ! row 4 has 4 cells, the header has 3",
        );
        check(
            "a,,c,,\n1,2,3,,\n",
            "a/column 2/c\n2: 1/2/3\n(column 2 has no name)",
        );
    }

    #[test]
    fn what_is_no_list_is_refused() {
        check(
            "",
            "! the file is empty > check that the other program exported its rows",
        );
        check(
            "\u{feff}\r\n \n",
            "! the file is empty > check that the other program exported its rows",
        );
        check(
            "tag,type\n\n",
            "! the file has column names and no rows below them > check that the other program exported its rows",
        );
        check(
            "1,2\n3,4\n",
            "! the first row holds no column names, but \"1\" > put a row of column names on top, such as tag, type, category",
        );
        check(
            "Ann,ann@x.org\nBob,bob@x.org\n",
            "! the first row holds no column names, but \"ann@x.org\" > put a row of column names on top, such as tag, type, category",
        );
        check(
            "Tag,type,TAG\n1,2,3\n",
            "! two columns have the name \"TAG\": column 1 and column 3 > rename one of them in the file",
        );
        check(
            "a,b\n1,2\n\"3,4\n5,6\n",
            "! the quotation mark opened in line 3 is never closed > close it in the file, or write it twice where it belongs to the text",
        );
        check(
            b"PK\x03\x04\x14\0",
            "! the file is a spreadsheet, not CSV > open it and save the sheet as CSV (UTF-8)",
        );
        check(
            b"SQLite format 3\0\x10",
            "! the file is an SQLite database, not CSV > export the list as CSV from the program that made it",
        );
        check(
            "%PDF-1.7",
            "! the file is a PDF, not CSV > export the list as CSV from the program that made it",
        );
        check(
            "\n<!DOCTYPE html>",
            "! the file is a web page (HTML), not CSV > export the list as CSV from the program that made it",
        );
        check(
            "[ {\"a\": 1}]",
            "! the file is JSON, not CSV > export the list as CSV from the program that made it",
        );
        check(
            b"a,b\n1,\0\n",
            "! the file is not text > export the list as CSV from the program that made it",
        );
        check(
            b"\x89\x01\x02\x03\x04\x05abc",
            "! the file is not text > export the list as CSV from the program that made it",
        );
        check(
            "a,".repeat(2000),
            "! the first row has 2001 cells, which is no list > save the list as CSV with one row per line",
        );
    }

    #[test]
    fn lines_of_a_cell_are_kept_beside_it() {
        let sheet = Sheet::read(b"name,contents\nKit,\"body\r\n\r\nlens\"\n").expect("a list");
        assert_eq!(
            sheet.rows[0].lines,
            [(1, vec![Text::new("body"), Text::new("lens")])]
        );
        assert_eq!(sheet.rows[0].cells[1].as_str(), "body lens");
    }

    #[test]
    fn only_what_a_spreadsheet_would_run_gets_an_apostrophe() {
        for (text, expect) in [
            ("=1+1", "'=1+1"),
            ("-5", "-5"),
            ("+3.5", "+3.5"),
            ("-5+cmd|' /C calc'!A0", "'-5+cmd|' /C calc'!A0"),
            ("+358401234567", "'+358401234567"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("'=x", "''=x"),
            ("'tis", "'tis"),
            ("a=b", "a=b"),
            ("", ""),
            ("-", "'-"),
        ] {
            assert_eq!(safe_cell(text), expect);
        }
    }

    proptest! {
        #[test]
        fn what_was_exported_comes_back(
            table in prop::collection::vec(prop::collection::vec("(['=+@\t\r\n\"|;, -]|[a-c0-9é＝]){0,8}", 3), 1..12),
            separator in prop::sample::select(SEPARATORS.to_vec()),
            crlf in any::<bool>(),
        ) {
            let terminator = if crlf { csv::Terminator::CRLF } else { csv::Terminator::Any(b'\n') };
            let mut writer = csv::WriterBuilder::new().delimiter(separator).terminator(terminator).from_writer(Vec::new());
            writer.write_record(["key", "one", "two", "three"]).expect("a record");
            for row in &table {
                let cells: Vec<String> = std::iter::once("k".to_owned()).chain(row.iter().map(|cell| safe_cell(cell))).collect();
                writer.write_record(&cells).expect("a record");
            }
            let sheet = Sheet::read(&writer.into_inner().expect("bytes")).expect("a list");
            for (row, expect) in sheet.rows.iter().zip(&table) {
                let found: Vec<&Text> = row.cells.iter().skip(1).collect();
                let expect: Vec<Text> = expect.iter().map(|cell| Text::new(cell)).collect();
                prop_assert_eq!(found, expect.iter().collect::<Vec<_>>());
            }
            prop_assert_eq!(sheet.rows.len(), table.len());
        }

        #[test]
        fn no_bytes_break_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(sheet) = Sheet::read(&bytes) {
                prop_assert!(sheet.rows.iter().all(|row| row.cells.len() == sheet.headers.len()));
            }
        }

        #[test]
        fn an_apostrophe_comes_off_as_it_went_on(text in "\\PC{0,12}") {
            let safe = safe_cell(&text);
            prop_assert_eq!(plain_cell(&safe), text.as_str());
        }
    }
}
