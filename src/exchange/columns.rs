//! Which column of a list means what. The tables in `fields` say what can be meant.
//!
//! A column finds its meaning in this order; what is found first stays:
//! 1. the person said so (`--map COL=FIELD`);
//! 2. its name is one the field is known by, letter case, accents and punctuation aside; then the
//!    same without what stands in brackets and without a currency (`Day rate (EUR)`);
//! 3. its name holds such a name: two words or more anywhere (`rental price per day`), the longest
//!    first, one word only at the end (`mobile phone`) and only where the word says enough by
//!    itself (`ONLY_WHOLE` lists those that do not);
//! 4. its values look like what is still missing. A column with a name of its own is judged by its
//!    values only for a required field or a tag: a column of dollars may be anything.
//!
//! Within a step the table's order decides, then the order of the field's names, then that of the
//! columns.

use super::fields::{CURRENCY_WORDS, ONLY_WHOLE};
pub use super::fields::{Field, ListKind};
use super::samples::money;
use super::sheet::{SPEC_MARK, Sheet, SheetRow, header_key, header_words, unnamed};
use crate::kernel::{Refusal, Text};
use std::fmt::Write as _;

/// What one column is taken for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Mapped {
    /// The field of this name.
    Field(&'static str),
    /// A fact of the equipment type, kept under the column's name.
    Spec(Text),
    Ignored,
}

/// The columns of one list, understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Columns {
    pub kind: ListKind,
    pub headers: Vec<Text>,
    /// One per header.
    pub mapped: Vec<Mapped>,
    /// What was left out or guessed, in whole sentences.
    pub notes: Vec<String>,
    /// Per field of the kind's table, its column.
    places: Vec<Option<usize>>,
}

/// Why the columns of a list could not be understood.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ColumnsRefusal {
    #[error("the list has no column \"{named}\"")]
    NoColumn { named: Text, headers: Vec<Text> },
    #[error("{kind} have no field \"{named}\"", kind = kind.word())]
    NoField { named: Text, kind: ListKind },
    #[error("two columns are mapped to {field}: \"{first}\" and \"{second}\"")]
    Twice {
        field: &'static str,
        first: Text,
        second: Text,
    },
    #[error("no column holds the {says}; the columns are {columns}", columns = listed(headers))]
    Missing {
        field: &'static str,
        says: &'static str,
        headers: Vec<Text>,
    },
}

impl Refusal for ColumnsRefusal {
    fn hint(&self) -> String {
        match self {
            ColumnsRefusal::NoColumn { headers, .. } => {
                format!("its columns are {}", listed(headers))
            }
            ColumnsRefusal::NoField { kind, .. } => {
                let mut hint = "write one of ".to_owned();
                for field in kind.fields() {
                    let _ = write!(hint, "{}, ", field.name);
                }
                hint + if *kind == ListKind::Items {
                    "spec, or - to leave the column out"
                } else {
                    "or - to leave the column out"
                }
            }
            ColumnsRefusal::Twice { field, second, .. } => format!(
                "keep one of the two, and leave the other out: --map \"{second}=-\" instead of \"{second}={field}\""
            ),
            ColumnsRefusal::Missing { field, .. } => format!(
                "name it with --map COL={field}, where COL is a column's name or its place, counted from 1"
            ),
        }
    }
    fn kind(&self) -> &'static str {
        "columns"
    }
}

/// At most twelve names, so that the sentence stays one.
fn listed(headers: &[Text]) -> String {
    let mut names: Vec<String> = headers
        .iter()
        .take(12)
        .map(|name| format!("\"{name}\""))
        .collect();
    if headers.len() > names.len() {
        names.push(format!("{} more", headers.len() - names.len()));
    }
    names.join(", ")
}

/// A column while its meaning is sought.
struct Candidate {
    key: String,
    core_key: String,
    core_words: Vec<String>,
    /// Set as soon as nobody may take it any more.
    taken: bool,
}

impl Columns {
    /// `maps` holds the pairs of `--map COL=FIELD`.
    pub fn guess(
        kind: ListKind,
        sheet: &Sheet,
        maps: &[(String, String)],
    ) -> Result<Columns, ColumnsRefusal> {
        let mut guess = Guess::new(kind, sheet);
        guess.by_maps(maps)?;
        guess.by_name(|candidate, name| candidate.key == header_key(name));
        guess.by_name(|candidate, name| candidate.core_key == header_key(name));
        guess.by_part_of_name();
        guess.by_values();
        guess.finish()
    }

    /// Each column and what it is taken for, so that a person sees what was understood.
    pub fn describe(&self) -> Vec<(Text, String)> {
        let meaning = |mapped: &Mapped| match mapped {
            Mapped::Field(name) => self
                .kind
                .fields()
                .iter()
                .find(|field| field.name == *name)
                .map_or(*name, |field| field.says)
                .to_owned(),
            Mapped::Spec(_) => "kept as a fact of the type".to_owned(),
            Mapped::Ignored => "left out".to_owned(),
        };
        self.headers
            .iter()
            .cloned()
            .zip(self.mapped.iter().map(meaning))
            .collect()
    }

    fn place(&self, field: &str) -> Option<usize> {
        let at = self
            .kind
            .fields()
            .iter()
            .position(|known| known.name == field);
        debug_assert!(at.is_some(), "{} have no field {field}", self.kind.word());
        self.places.get(at?).copied().flatten()
    }

    pub fn has(&self, field: &str) -> bool {
        self.place(field).is_some()
    }

    /// The name of the field's column in the list, for a message about one of its cells.
    pub fn header(&self, field: &str) -> Option<&Text> {
        self.headers.get(self.place(field)?)
    }

    /// The field's cell; empty where the list has no such column.
    pub fn cell<'a>(&self, row: &'a SheetRow, field: &str) -> &'a str {
        self.place(field)
            .and_then(|column| row.cells.get(column))
            .map_or("", Text::as_str)
    }

    /// The kit contents of the row, which may stand on lines of their own in the cell.
    pub fn contents(&self, row: &SheetRow) -> Vec<Text> {
        let cell = self.cell(row, "contents");
        let lines = self
            .place("contents")
            .and_then(|column| row.lines.iter().find(|(place, _)| *place == column));
        match lines {
            Some((_, lines)) if !cell.contains('|') => lines
                .iter()
                .flat_map(|line| super::cells::contents(line.as_str()))
                .collect(),
            _ => super::cells::contents(cell),
        }
    }

    /// The row's facts of the type, in the order of the columns, without empty ones.
    pub fn specs(&self, row: &SheetRow) -> Vec<(Text, Text)> {
        let filled = |(mapped, cell): (&Mapped, &Text)| match mapped {
            Mapped::Spec(name) if !cell.is_empty() => Some((name.clone(), cell.clone())),
            _ => None,
        };
        self.mapped
            .iter()
            .zip(&row.cells)
            .filter_map(filled)
            .collect()
    }
}

struct Guess<'a> {
    kind: ListKind,
    sheet: &'a Sheet,
    candidates: Vec<Candidate>,
    mapped: Vec<Option<Mapped>>,
    places: Vec<Option<usize>>,
    notes: Vec<String>,
}

impl<'a> Guess<'a> {
    fn new(kind: ListKind, sheet: &'a Sheet) -> Self {
        let candidate = |header: &Text| {
            let core_words = core_words(header.as_str());
            Candidate {
                key: header_key(header.as_str()),
                core_key: core_words.concat(),
                core_words,
                taken: marked_spec(kind, header).is_some(),
            }
        };
        let candidates: Vec<Candidate> = sheet.headers.iter().map(candidate).collect();
        let mapped = sheet
            .headers
            .iter()
            .map(|header| marked_spec(kind, header))
            .collect();
        Guess {
            kind,
            sheet,
            mapped,
            candidates,
            places: vec![None; kind.fields().len()],
            notes: Vec::new(),
        }
    }

    fn take(&mut self, field: usize, column: usize) {
        self.candidates[column].taken = true;
        self.places[field] = Some(column);
        self.mapped[column] = Some(Mapped::Field(self.kind.fields()[field].name));
    }

    /// A second word about the same column replaces the first, as the last option on a command line
    /// does.
    fn by_maps(&mut self, maps: &[(String, String)]) -> Result<(), ColumnsRefusal> {
        let headers = &self.sheet.headers;
        let mut said: Vec<Option<&str>> = vec![None; headers.len()];
        for (named, field) in maps {
            let key = header_key(named);
            let by_place = || {
                named
                    .trim()
                    .parse::<usize>()
                    .ok()
                    .and_then(|place| place.checked_sub(1))
                    .filter(|place| *place < headers.len())
            };
            let column = self
                .candidates
                .iter()
                .position(|candidate| candidate.key == key)
                .or_else(by_place);
            let column = column.ok_or_else(|| ColumnsRefusal::NoColumn {
                named: Text::new(named),
                headers: headers.clone(),
            })?;
            said[column] = Some(field.trim());
        }
        for (column, field) in said
            .into_iter()
            .enumerate()
            .filter_map(|(column, field)| Some((column, field?)))
        {
            self.candidates[column].taken = true;
            let place = self
                .kind
                .fields()
                .iter()
                .position(|known| header_key(known.name) == header_key(field));
            match (field, place) {
                ("-", _) => self.mapped[column] = Some(Mapped::Ignored),
                (_, Some(place)) => match self.places[place] {
                    Some(first) => {
                        return Err(ColumnsRefusal::Twice {
                            field: self.kind.fields()[place].name,
                            first: headers[first].clone(),
                            second: headers[column].clone(),
                        });
                    }
                    None => self.take(place, column),
                },
                ("spec", None) if self.kind == ListKind::Items => {
                    self.mapped[column] = Some(Mapped::Spec(headers[column].clone()))
                }
                _ => {
                    return Err(ColumnsRefusal::NoField {
                        named: Text::new(field),
                        kind: self.kind,
                    });
                }
            }
        }
        Ok(())
    }

    fn by_name(&mut self, is_meant: impl Fn(&Candidate, &str) -> bool) {
        for (place, field) in self.kind.fields().iter().enumerate() {
            if self.places[place].is_some() {
                continue;
            }
            let column = field.headers.iter().find_map(|name| {
                self.candidates
                    .iter()
                    .position(|candidate| !candidate.taken && is_meant(candidate, name))
            });
            if let Some(column) = column {
                self.take(place, column);
            }
        }
    }

    fn by_part_of_name(&mut self) {
        let mut names: Vec<(usize, Vec<String>)> = Vec::new();
        for (place, field) in self.kind.fields().iter().enumerate() {
            names.extend(field.headers.iter().map(|name| (place, header_words(name))));
        }
        names.sort_by_key(|(_, words)| std::cmp::Reverse(words.len()));
        for (place, words) in names {
            if self.places[place].is_some() {
                continue;
            }
            let holds = |candidate: &Candidate| match words.as_slice() {
                [word] => {
                    candidate.core_words.last() == Some(word)
                        && !ONLY_WHOLE.contains(&word.as_str())
                }
                words => candidate
                    .core_words
                    .windows(words.len())
                    .any(|window| window == words),
            };
            if let Some(column) = self
                .candidates
                .iter()
                .position(|candidate| !candidate.taken && holds(candidate))
            {
                self.take(place, column);
            }
        }
    }

    fn by_values(&mut self) {
        for (place, field) in self.kind.fields().iter().enumerate() {
            let Some(looks_like) = field.looks_like.filter(|_| self.places[place].is_none()) else {
                continue;
            };
            // Codes in a list of types with quantities are the types' numbers, not the labels of
            // single things.
            let counts = field.name == "tag" && self.kind == ListKind::Items;
            if counts && (self.holds("quantity") || self.holds("reference")) {
                continue;
            }
            let wanted = field.required || counts;
            let column = (0..self.candidates.len()).find(|column| {
                let is_open = !self.candidates[*column].taken
                    && (wanted || self.sheet.headers[*column] == unnamed(*column));
                let samples: Vec<&str> = if is_open {
                    self.samples(*column)
                } else {
                    Vec::new()
                };
                !samples.is_empty() && looks_like(&samples)
            });
            if let Some(column) = column {
                self.notes.push(format!(
                    "column \"{}\" was taken for the {} because of its values",
                    self.sheet.headers[column], field.says
                ));
                self.take(place, column);
            }
        }
        self.money_without_name();
    }

    /// A column without a name in which every value carries a currency is the day rate, if the list
    /// names no rate at all.
    fn money_without_name(&mut self) {
        let rates = ["daily_rate", "hourly_rate", "weekly_rate", "period_rate"];
        if self.kind != ListKind::Items || rates.iter().any(|rate| self.holds(rate)) {
            return;
        }
        let open: Vec<usize> = (0..self.candidates.len())
            .filter(|column| {
                !self.candidates[*column].taken && self.sheet.headers[*column] == unnamed(*column)
            })
            .collect();
        let Some(place) = self
            .kind
            .fields()
            .iter()
            .position(|field| field.name == "daily_rate")
        else {
            return;
        };
        if let Some(column) = open
            .into_iter()
            .find(|column| money(&self.samples(*column)))
        {
            self.notes.push(format!(
                "column \"{}\" was taken for the rate per day because of its values",
                self.sheet.headers[column]
            ));
            self.take(place, column);
        }
    }

    fn holds(&self, field: &str) -> bool {
        self.kind
            .fields()
            .iter()
            .position(|known| known.name == field)
            .is_some_and(|place| self.places[place].is_some())
    }

    /// The first 200 filled cells of a column.
    fn samples(&self, column: usize) -> Vec<&'a str> {
        self.sheet
            .rows
            .iter()
            .filter_map(|row| row.cells.get(column))
            .map(Text::as_str)
            .filter(|cell| !cell.is_empty())
            .take(200)
            .collect()
    }

    fn finish(mut self) -> Result<Columns, ColumnsRefusal> {
        if self.kind == ListKind::Customers
            && !["name", "first_name", "last_name", "company"]
                .iter()
                .any(|field| self.holds(field))
        {
            return Err(ColumnsRefusal::Missing {
                field: "name",
                says: "name of the customer",
                headers: self.sheet.headers.clone(),
            });
        }
        if let Some((_, field)) = self
            .kind
            .fields()
            .iter()
            .enumerate()
            .find(|(place, field)| field.required && self.places[*place].is_none())
        {
            return Err(ColumnsRefusal::Missing {
                field: field.name,
                says: field.says,
                headers: self.sheet.headers.clone(),
            });
        }
        let mut mapped = Vec::with_capacity(self.mapped.len());
        for (column, found) in self.mapped.iter_mut().enumerate() {
            let header = &self.sheet.headers[column];
            let is_filled = || {
                self.sheet
                    .rows
                    .iter()
                    .any(|row| row.cells.get(column).is_some_and(|cell| !cell.is_empty()))
            };
            mapped.push(match found.take() {
                Some(found) => found,
                None if self.kind == ListKind::Items
                    && (is_filled() || *header != unnamed(column)) =>
                {
                    Mapped::Spec(header.clone())
                }
                None => {
                    if is_filled() {
                        self.notes.push(format!(
                            "column \"{header}\" means nothing here and was left out"
                        ));
                    }
                    Mapped::Ignored
                }
            });
        }
        Ok(Columns {
            kind: self.kind,
            headers: self.sheet.headers.clone(),
            mapped,
            notes: self.notes,
            places: self.places,
        })
    }
}

/// What a column of our own export says outright: `spec:Weight`.
fn marked_spec(kind: ListKind, header: &Text) -> Option<Mapped> {
    let name = header
        .as_str()
        .strip_prefix(SPEC_MARK)
        .and_then(Text::filled)
        .filter(|_| kind == ListKind::Items)?;
    Some(Mapped::Spec(name))
}

/// The words of a name without what stands in brackets and without a currency at the end.
fn core_words(header: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut outside = String::new();
    for c in header.chars() {
        match c {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            c if depth == 0 => outside.push(c),
            _ => {}
        }
    }
    let mut words = header_words(&outside);
    while words.len() > 1
        && words
            .last()
            .is_some_and(|word| CURRENCY_WORDS.contains(&word.as_str()))
    {
        words.pop();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::cells::{self, DateOrder};
    use crate::kernel::Currency;
    use std::path::Path;

    fn shown(kind: ListKind, list: &str, maps: &[(&str, &str)]) -> String {
        let maps: Vec<(String, String)> = maps
            .iter()
            .map(|(column, field)| ((*column).to_owned(), (*field).to_owned()))
            .collect();
        let sheet = Sheet::read(list.as_bytes()).expect("a list");
        match Columns::guess(kind, &sheet, &maps) {
            Err(refusal) => format!("! {refusal} > {}", refusal.hint()),
            Ok(columns) => meanings(&columns),
        }
    }

    fn meanings(columns: &Columns) -> String {
        let meaning = |mapped: &Mapped| match mapped {
            Mapped::Field(name) => (*name).to_owned(),
            Mapped::Spec(name) => format!("spec {name}"),
            Mapped::Ignored => "-".to_owned(),
        };
        columns
            .mapped
            .iter()
            .map(meaning)
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[track_caller]
    fn check(kind: ListKind, list: &str, maps: &[(&str, &str)], expect: &str) {
        assert_eq!(shown(kind, list, maps), expect);
    }

    #[test]
    fn columns_are_known_by_their_names() {
        use ListKind::{Customers, Items, Rentals};
        check(
            Items,
            "Asset Tag,Product_Name,CATEGORY\n1,2,3\n",
            &[],
            "tag, type, category",
        );
        check(
            Items,
            "assetTag;Bezeichnung;Stück;Tagespreis\n1;2;3;4\n",
            &[],
            "tag, type, quantity, daily_rate",
        );
        check(
            Items,
            "Name,Type,Day rate (EUR)\n1,2,3\n",
            &[],
            "type, category, daily_rate",
        );
        check(
            Items,
            "Type,Rental price per day,Rental price per week in EUR\n1,2,3\n",
            &[],
            "type, daily_rate, weekly_rate",
        );
        check(
            Items,
            "title,purchase price,tax rate,rating\n1,2,3,4\n",
            &[],
            "type, spec purchase price, spec tax rate, spec rating",
        );
        check(
            Items,
            "Asset Name,Asset Tag,Model,Model No.,Category,Manufacturer,Serial,Location\na,b,c,d,e,f,g,h\n",
            &[],
            "spec Asset Name, tag, type, spec Model No., category, spec Manufacturer, serial, location",
        );
        check(
            Items,
            "tag,type,category,lifecycle,condition,bulk,code,turnaround_minutes\na,b,c,d,e,f,g,h\n",
            &[],
            "tag, type, category, lifecycle, condition, bulk, code, turnaround_minutes",
        );
        check(
            Customers,
            "Number,Customer #,Full Name,E-Mail,Primary mobile phone,VAT number\n1,2,3,4,5,6\n",
            &[],
            "number, reference, name, email, phone, -",
        );
        check(
            Customers,
            "Vorname,Nachname,Straße,PLZ,Ort,Land\n1,2,3,4,5,6\n",
            &[],
            "first_name, last_name, street, postal_code, city, country",
        );
        check(
            Rentals,
            "number,Tag,Customer,Checked out at,Due back,Returned at,colour\n1,2,3,4,5,6,7\n",
            &[],
            "number, tag, customer, out, due, back, -",
        );
    }

    #[test]
    fn columns_are_known_by_their_values() {
        use ListKind::{Customers, Items, Rentals};
        check(
            Items,
            "Etikett,Name\nM-001,Lamp\nM-002,Lamp\n",
            &[],
            "tag, type",
        );
        check(
            Items,
            "Etikett,Name,Quantity\nM-001,Lamp,2\nM-002,Lamp,3\n",
            &[],
            "spec Etikett, type, quantity",
        );
        check(
            Items,
            "Name,,Deposit\nLamp,$5.00,$50\nStand,$3,$20\n",
            &[],
            "type, daily_rate, spec Deposit",
        );
        check(
            Customers,
            "Name,\nAnn,ann@x.org\nBob,bob@x.org\n",
            &[],
            "name, email",
        );
        check(
            Rentals,
            "Thing,Client,When\nM1,C1,2024-01-02\nM1,C2,2024-02-03\n",
            &[],
            "tag, customer, out",
        );
    }

    #[test]
    fn a_person_has_the_last_word() {
        use ListKind::{Customers, Items};
        let list = "a,b,title\n1,2,3\n";
        check(
            Items,
            list,
            &[("A", "tag"), ("2", "-"), ("title", "type")],
            "tag, -, type",
        );
        check(
            Items,
            list,
            &[("b", "type"), ("title", "spec")],
            "spec a, type, spec title",
        );
        check(Items, list, &[("b", "type")], "spec a, type, spec title");
        check(
            Items,
            list,
            &[("b", "tag"), ("b", "Daily-Rate")],
            "spec a, daily_rate, type",
        );
        check(
            Items,
            list,
            &[("c", "tag")],
            "! the list has no column \"c\" > its columns are \"a\", \"b\", \"title\"",
        );
        check(
            Items,
            list,
            &[("4", "tag")],
            "! the list has no column \"4\" > its columns are \"a\", \"b\", \"title\"",
        );
        check(
            Customers,
            list,
            &[("a", "spec")],
            "! customers have no field \"spec\" > write one of number, reference, name, first_name, last_name, company, email, phone, street, city, state, postal_code, country, active, suspended_reason, since, note, or - to leave the column out",
        );
        check(
            Items,
            list,
            &[("a", "tag"), ("b", "tag")],
            "! two columns are mapped to tag: \"a\" and \"b\" > keep one of the two, and leave the other out: --map \"b=-\" instead of \"b=tag\"",
        );
    }

    #[test]
    fn what_is_missing_is_asked_for() {
        use ListKind::{Customers, Items, Rentals};
        let hint = |field: &str| {
            format!(
                "name it with --map COL={field}, where COL is a column's name or its place, counted from 1"
            )
        };
        check(
            Items,
            "tag,colour\nA1,red\n",
            &[],
            &format!(
                "! no column holds the equipment type; the columns are \"tag\", \"colour\" > {}",
                hint("type")
            ),
        );
        check(
            Customers,
            "email,city\na@b.c,Ulm\n",
            &[],
            &format!(
                "! no column holds the name of the customer; the columns are \"email\", \"city\" > {}",
                hint("name")
            ),
        );
        check(
            Rentals,
            "tag,out\nA1,2024-01-02\n",
            &[],
            &format!(
                "! no column holds the customer who rented; the columns are \"tag\", \"out\" > {}",
                hint("customer")
            ),
        );
    }

    #[test]
    fn cells_are_found_by_field() {
        let sheet = Sheet::read(b"Name,Includes,colour,size\nKit,\"body\nlens; cap\",red,\n")
            .expect("a list");
        let columns = Columns::guess(ListKind::Items, &sheet, &[]).expect("columns");
        let row = &sheet.rows[0];
        assert_eq!(
            (
                columns.cell(row, "type"),
                columns.cell(row, "tag"),
                columns.has("tag")
            ),
            ("Kit", "", false)
        );
        assert_eq!(
            columns.specs(row),
            [(Text::new("colour"), Text::new("red"))]
        );
        assert_eq!(
            columns.contents(row),
            [Text::new("body"), Text::new("lens"), Text::new("cap")]
        );
        assert_eq!(columns.header("contents"), Some(&Text::new("Includes")));
        assert_eq!(
            columns.describe()[0],
            (Text::new("Name"), "equipment type".to_owned())
        );
    }

    #[test]
    fn no_name_stands_for_two_fields_by_mistake() {
        for kind in [
            ListKind::Items,
            ListKind::Customers,
            ListKind::Rentals,
            ListKind::Payments,
        ] {
            let mut seen = std::collections::HashMap::new();
            for field in kind.fields() {
                for name in field.headers {
                    if let Some(other) = seen.insert(header_key(name), field.name) {
                        // A list with a name and a type has its categories under "type".
                        assert!(
                            (other == "type" && field.name == "category") || other == field.name,
                            "{name}: {other} and {}",
                            field.name
                        );
                    }
                }
            }
        }
    }

    /// The two shops' lists that nobody wrote for Rentdesk; skipped where the checkout has no data
    /// beside it.
    #[test]
    fn the_lists_of_two_real_shops_are_understood() {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
        if !data.exists() {
            return;
        }
        for (kind, file, rows, expect) in [
            (
                ListKind::Items,
                "movie-shop/items.csv",
                4581,
                "tag, type, category, description, spec length_minutes, spec rating, rental_days, period_rate, replacement_value, location",
            ),
            (
                ListKind::Customers,
                "movie-shop/customers.csv",
                599,
                "reference, first_name, last_name, email, phone, street, state, city, postal_code, country, active, since",
            ),
            (
                ListKind::Rentals,
                "movie-shop/rentals.csv",
                16044,
                "reference, tag, customer, out, due, back, staff",
            ),
            (
                ListKind::Payments,
                "movie-shop/payments.csv",
                16049,
                "reference, rental, customer, amount, at",
            ),
            (
                ListKind::Items,
                "film-gear/equipment.csv",
                1328,
                "reference, type, category, quantity, daily_rate, contents",
            ),
        ] {
            let sheet =
                Sheet::read(&std::fs::read(data.join(file)).expect("the file")).expect("a list");
            let columns = Columns::guess(kind, &sheet, &[]).expect("columns");
            assert_eq!(
                (meanings(&columns).as_str(), sheet.rows.len()),
                (expect, rows),
                "{file}"
            );
            assert_eq!(
                (&sheet.notes, &columns.notes),
                (&Vec::new(), &Vec::new()),
                "{file}"
            );
            assert!(sheet.rows.iter().all(|row| row.problem.is_none()), "{file}");
            every_cell_is_readable(&sheet, &columns);
        }
    }

    fn every_cell_is_readable(sheet: &Sheet, columns: &Columns) {
        let zone = crate::kernel::ShopZone::parse("America/New_York").expect("a zone");
        let currency = Currency::parse("USD").expect("a currency");
        let mut things = 0;
        let dates: &[&str] = match columns.kind {
            ListKind::Items => &[],
            ListKind::Customers => &["since"],
            ListKind::Rentals => &["out", "due", "back"],
            ListKind::Payments => &["at"],
        };
        for row in &sheet.rows {
            for date in dates
                .iter()
                .map(|field| columns.cell(row, field))
                .filter(|cell| !cell.is_empty())
            {
                cells::time(date, DateOrder::Iso, &zone).expect("a time");
            }
            if columns.kind == ListKind::Items {
                for rate in ["daily_rate", "period_rate", "replacement_value"]
                    .map(|field| columns.cell(row, field))
                    .into_iter()
                    .filter(|cell| !cell.is_empty())
                {
                    cells::price(rate, currency).expect("a price");
                }
                things += if columns.has("quantity") {
                    cells::quantity(columns.cell(row, "quantity")).expect("a quantity")
                } else {
                    1
                };
            }
            if columns.kind == ListKind::Customers {
                cells::switch(columns.cell(row, "active")).expect("a switch");
            }
        }
        assert!([0, 4581, 2771].contains(&things));
    }
}
