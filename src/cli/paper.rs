//! `rentdesk pick-list`, `returns-list` and `checklist`: the day on paper, in the terminal, in a
//! file or at the printer.

use super::new_file::Overwriting;
use super::view::{View, stamp};
use super::{Answer, act};
use crate::booking;
use crate::desk::{self, CheckPaper, DayPaper, StaleList};
use crate::events::Event;
use crate::kernel::when::Lean;
use crate::kernel::{Fallible, Settings, Stop, Text};
use crate::print::{self, DayKind, Document, PaperSize};
use crate::shop::Shop;
use chrono::NaiveDate;
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

#[derive(Args, Debug)]
pub struct Paper {
    /// Writes a new PDF.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["text", "print"])]
    pdf: Option<PathBuf>,
    /// Prints it here in 80 columns; this is what is done if nothing is said.
    #[arg(long, conflicts_with = "print")]
    text: bool,
    /// Prints it here in 42 columns, as receipt printers want it.
    #[arg(long, conflicts_with_all = ["pdf", "text", "print"])]
    slip: bool,
    /// Saves it in the folder paper beside the shop's file and sends it to the printer.
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    over: Overwriting,
}

#[derive(Args, Debug)]
pub struct DayArgs {
    /// The day; without it, today.
    #[arg(long, value_name = "DAY", allow_hyphen_values = true)]
    date: Option<String>,
    #[command(flatten)]
    paper: Paper,
}

/// The papers of one reservation that are about money.
#[derive(Args, Debug)]
pub struct MoneyArgs {
    /// Its number or another program's reference: R-1042.
    reservation: String,
    #[command(flatten)]
    paper: Paper,
}

#[derive(Args, Debug)]
pub struct ChecklistArgs {
    /// Its number or another program's reference: R-1042.
    reservation: String,
    #[command(flatten)]
    paper: Paper,
}

const TEXT_COLUMNS: usize = 80;
const SLIP_COLUMNS: usize = 42;

/// What became of a paper.
#[derive(Default)]
struct Made {
    text: String,
    file: Option<Text>,
    pages: Option<usize>,
    /// The printer took it; nothing where it was not asked.
    printed: Option<bool>,
    missing: Vec<char>,
}

impl Made {
    fn is_on_paper(&self) -> bool {
        self.file.is_some()
    }

    fn json(&self, mut of: Value) -> Value {
        if let Some(fields) = of.as_object_mut() {
            fields.insert("file".to_owned(), json!(self.file));
            fields.insert("pages".to_owned(), json!(self.pages));
            fields.insert("printed".to_owned(), json!(self.printed));
            fields.insert("missing_characters".to_owned(), json!(self.missing));
        }
        of
    }
}

fn size(settings: &Settings) -> PaperSize {
    if settings.value("paper").eq_ignore_ascii_case("letter") {
        PaperSize::Letter
    } else {
        PaperSize::A4
    }
}

impl Paper {
    /// Whether it was asked for at all, where an answer on the screen is usual.
    pub fn is_asked(&self) -> bool {
        self.pdf.is_some() || self.text || self.print || self.slip
    }

    /// An invoice on paper, beside what is told of it.
    pub fn invoice(
        &self,
        shop: &Shop,
        id: crate::kernel::InvoiceId,
        told: Value,
    ) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let paper = desk::invoice_paper(view.db, id)?;
        let document = print::invoice(view.settings, &paper, view.now, &printed(&view, shop)?);
        let name = if paper.number.is_empty() {
            format!("draft-{}", id.0)
        } else {
            paper.number.clone()
        };
        let made = self.make(shop, &document, &format!("invoice-{name}.pdf"))?;
        Ok(Answer::new(made.json(told), made.text))
    }

    /// Makes it as asked: on the screen, in a file, or in a file and at the printer. A rehearsal
    /// makes the pages and writes none.
    fn make(&self, shop: &Shop, document: &Document, name: &str) -> Result<Made, Stop> {
        if self.pdf.is_none() && !self.print {
            return Ok(Made {
                text: print::text(
                    document,
                    if self.slip {
                        SLIP_COLUMNS
                    } else {
                        TEXT_COLUMNS
                    },
                ),
                ..Made::default()
            });
        }
        let made = print::pdf(document, size(&shop.settings))?;
        let warning = made
            .warning()
            .map_or_else(String::new, |warning| format!("\n!! {warning}"));
        let pages = super::answer::counted(
            i64::try_from(made.pages).unwrap_or(i64::MAX),
            "page",
            "pages",
        );
        let mut told = Made {
            pages: Some(made.pages),
            missing: made.missing.clone(),
            ..Made::default()
        };
        if shop.store.is_rehearsing() {
            self.pdf
                .as_ref()
                .map_or(Ok(()), |path| self.over.check(path))?;
            told.text = format!("{pages} would be made{warning}");
            return Ok(told);
        }
        if let Some(path) = &self.pdf {
            self.over.write(path, &made.bytes)?;
            let shown = Text::new(&path.to_string_lossy());
            told.text = format!("Written: {shown}, {pages}{warning}");
            told.file = Some(shown);
            return Ok(told);
        }
        let folder = shop
            .store
            .path()
            .and_then(|path| path.parent())
            .map_or_else(|| PathBuf::from("paper"), |folder| folder.join("paper"));
        let printer = Some(shop.settings.value("printer")).filter(|printer| !printer.is_empty());
        let delivered = print::deliver(&made.bytes, &folder, name, printer)?;
        let shown = Text::new(&delivered.saved.to_string_lossy());
        told.text = match &delivered.printed {
            Ok(()) => format!("Printed: {pages}, saved as {shown}{warning}"),
            Err(why) => format!("!! paper not printed: {why} · saved as {shown}{warning}"),
        };
        told.printed = Some(delivered.printed.is_ok());
        told.file = Some(shown);
        Ok(told)
    }
}

/// Who prints it, for the head of the page.
fn printed(view: &View<'_>, shop: &Shop) -> Fallible<String> {
    let staff = view.staff_name(shop.staff)?;
    Ok(print::printed_by(view.settings, view.now, staff.as_ref()))
}

impl DayArgs {
    fn day(&self, view: &View<'_>) -> Result<NaiveDate, Stop> {
        Ok(match &self.date {
            Some(typed) => view.when(typed, Lean::Ahead)?.day(&view.settings.zone),
            None => view.settings.zone.day(view.now),
        })
    }

    pub fn pick(self, shop: &mut Shop) -> Result<Answer, Stop> {
        let (day, paper, through_seq, answer, made) = {
            let view = View::of(shop);
            let day = self.day(&view)?;
            let through_seq = shop.store.head()?.seq;
            let paper = desk::pick_list(view.db, view.settings, day, view.now)?;
            let list = print::day_list(
                view.settings,
                DayKind::Pick,
                day,
                &paper,
                view.now,
                printed(&view, shop)?,
            );
            let made = self.paper.make(
                shop,
                &list.document().with_seal(&shop.store.head()?.seal()),
                &format!("pick-list-{day}.pdf"),
            )?;
            let stale = desk::stale_pick_lists(view.db, view.settings, view.now)?
                .into_iter()
                .find(|stale| stale.day == day);
            let answer = with_stale(
                &view,
                Answer::new(made.json(day_json(day, &paper)), made.text.clone()),
                stale.as_ref(),
                made.is_on_paper(),
            );
            (day, paper, through_seq, answer, made)
        };
        if !made.is_on_paper() {
            return Ok(answer);
        }
        // On paper somebody walks by it: that it was made, and how much it knew, is a fact.
        let reservation_ids = paper.blocks.iter().map(|block| block.reservation).collect();
        act(shop, |db, _| {
            db.publish(&Event::PickListPrinted {
                date: day.to_string(),
                reservation_ids,
                through_seq,
            })?;
            Ok(answer)
        })
    }

    pub fn returns(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let day = self.day(&view)?;
        let paper = desk::returns_list(view.db, view.settings, day, view.now)?;
        let list = print::day_list(
            view.settings,
            DayKind::Returns,
            day,
            &paper,
            view.now,
            printed(&view, shop)?,
        );
        let made = self
            .paper
            .make(shop, &list.document(), &format!("returns-list-{day}.pdf"))?;
        Ok(Answer::new(made.json(day_json(day, &paper)), made.text))
    }
}

/// What an earlier list of the day does not know: this one takes its place, or it is still the one
/// that somebody walks by.
fn with_stale(
    view: &View<'_>,
    mut answer: Answer,
    stale: Option<&StaleList>,
    is_replaced: bool,
) -> Answer {
    if let Some(fields) = answer.json.as_object_mut() {
        fields.insert("stale".to_owned(), stale.map_or(Value::Null, stale_json));
    }
    if let Some(stale) = stale {
        let what = if is_replaced {
            "put this one in its place"
        } else {
            "--print makes it anew"
        };
        answer.text = format!(
            "{}\n!! {}: {what}",
            answer.text.trim_end(),
            stale.in_words(view.settings, view.now)
        );
    }
    answer
}

pub fn stale_json(stale: &StaleList) -> Value {
    let changed: Vec<Value> = stale
        .changed
        .iter()
        .map(|(_, number, what)| json!({"reservation": number, "what": what.to_uppercase()}))
        .collect();
    json!({"need": "STALE_PICK_LIST", "date": stale.day.to_string(), "printed": stamp(Some(stale.printed)), "changed": changed})
}

fn day_json(day: NaiveDate, paper: &DayPaper) -> Value {
    let blocks: Vec<Value> = paper
        .blocks
        .iter()
        .map(|block| {
            let rows: Vec<Value> = block
                .rows
                .iter()
                .map(|row| {
                    json!({
                        "shelf": row.shelf, "quantity": row.quantity, "type": row.thing, "tags": row.tags, "pinned": row.pinned, "packed": row.packed, "note": row.note,
                        "short": row.short, "to_come": row.to_come,
                    })
                })
                .collect();
            json!({
                "reservation": block.number, "customer_name": block.customer, "phone": block.phone, "time": stamp(Some(block.time)), "other_time": stamp(Some(block.other)), "lines": rows,
                "notes": block.notes,
            })
        })
        .collect();
    json!({"date": day.to_string(), "reservations": blocks, "short": paper.short, "first_back": paper.first_back})
}

impl ChecklistArgs {
    pub fn run(self, shop: &Shop) -> Result<Answer, Stop> {
        let view = View::of(shop);
        let found = booking::resolve(view.db, &self.reservation)?;
        let paper = desk::checklist(view.db, view.settings, found.id, view.now)?;
        let list = print::checklist(view.settings, &paper, view.now, printed(&view, shop)?);
        let made = self.paper.make(
            shop,
            &list.document(),
            &format!("checklist-{}.pdf", paper.number),
        )?;
        Ok(Answer::new(made.json(check_json(&paper)), made.text))
    }
}

fn check_json(paper: &CheckPaper) -> Value {
    let rows: Vec<Value> = paper
        .rows
        .iter()
        .map(|thing| {
            json!({
                "tag": thing.tag, "type": thing.thing, "serial": thing.serial, "quantity": thing.quantity, "contents": thing.contents, "out": thing.is_out, "back": thing.is_back,
                "wrong": thing.wrong,
            })
        })
        .collect();
    json!({"reservation": paper.number, "customer_name": paper.customer, "out": stamp(Some(paper.out)), "back": stamp(Some(paper.back)), "things": rows})
}

impl MoneyArgs {
    pub fn contract(self, shop: &Shop) -> Result<Answer, Stop> {
        self.on_paper(shop, "contract", print::contract)
    }

    pub fn receipt(self, shop: &Shop) -> Result<Answer, Stop> {
        self.on_paper(shop, "receipt", print::receipt)
    }

    fn on_paper(
        &self,
        shop: &Shop,
        name: &str,
        document: fn(&Settings, &desk::ContractPaper, crate::kernel::Moment, &str) -> Document,
    ) -> Result<Answer, Stop> {
        shop.drain_all()?;
        let view = View::of(shop);
        let found = booking::resolve(view.db, &self.reservation)?;
        let paper = desk::contract_paper(view.db, found.id)?;
        let document = document(view.settings, &paper, view.now, &printed(&view, shop)?);
        let made = self
            .paper
            .make(shop, &document, &format!("{name}-{}.pdf", paper.number))?;
        let rows: Vec<Value> = paper
            .rows
            .iter()
            .map(|row| {
                let tags: Vec<&Text> = row.tags.iter().map(|tag| &tag.tag).collect();
                json!({"type": row.thing, "quantity": row.quantity, "tags": tags, "value": view.money(row.value), "each": view.money(row.each), "price": view.money(row.price)})
            })
            .collect();
        let json = json!({
            "reservation": paper.number, "out": stamp(Some(paper.out)), "due": stamp(Some(paper.due)), "lines": rows, "total": view.money(paper.total), "tax": view.money(Some(paper.tax)),
            "paid": view.money(Some(paper.paid)), "deposit_held": view.money(Some(paper.deposit_held)), "currency": view.settings.currency.code(),
        });
        Ok(Answer::new(made.json(json), made.text))
    }
}
