//! Papers from the counter: a worker builds the page from reads of its own, saves it, and sends it
//! to the printer; the counter is never kept waiting, and writes on its tick that a pick list was
//! made.

use crate::desk;
use crate::kernel::{Clock, Fallible, InvoiceId, Moment, ReservationId, Text};
use crate::print::{self, DayKind, Document, PaperSize, Spooler};
use crate::shop::Shop;
use crate::store::log;
use anyhow::anyhow;
use chrono::NaiveDate;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};

/// What can be printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Paper {
    PickList(NaiveDate),
    ReturnsList(NaiveDate),
    Checklist(ReservationId),
    Contract(ReservationId),
    Receipt(ReservationId),
    Quote(ReservationId),
    Invoice(InvoiceId),
}

impl Paper {
    /// What it is called in a sentence.
    pub fn name(self, number: Option<&str>) -> String {
        let day = |day: NaiveDate| day.format("%a %-d %b");
        match self {
            Paper::PickList(date) => format!("pick list for {}", day(date)),
            Paper::ReturnsList(date) => format!("returns list for {}", day(date)),
            Paper::Checklist(_) => format!("checklist of {}", number.unwrap_or_default()),
            Paper::Contract(_) => format!("contract of {}", number.unwrap_or_default()),
            Paper::Receipt(_) => format!("receipt of {}", number.unwrap_or_default()),
            Paper::Quote(_) => format!("quote of {}", number.unwrap_or_default()),
            Paper::Invoice(_) => format!("invoice {}", number.unwrap_or_default()),
        }
    }
}

/// A pick list that is on paper or in a file: somebody walks by it, so that it was made is a fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Picked {
    pub date: NaiveDate,
    pub reservations: Vec<ReservationId>,
    /// How much the list knew.
    pub through_seq: i64,
}

/// What became of a paper.
#[derive(Debug)]
pub struct Made {
    pub saved: PathBuf,
    /// `Err` says why not, inside a sentence.
    pub printed: Result<(), String>,
    /// Characters that no face has.
    pub warning: Option<String>,
    pub picked: Option<Picked>,
}

/// A paper on its way.
pub struct Job {
    pub paper: Paper,
    /// Only what goes wrong is told: what stands in the verdict line is more important.
    pub quiet: bool,
    answer: Receiver<Fallible<Made>>,
}

impl Job {
    /// What became of it, once it is known.
    pub fn answer(&self) -> Option<Fallible<Made>> {
        match self.answer.try_recv() {
            Ok(made) => Some(made),
            Err(std::sync::mpsc::TryRecvError::Empty) => None,
            Err(std::sync::mpsc::TryRecvError::Disconnected) => {
                Some(Err(anyhow!("the paper was given up")))
            }
        }
    }
}

/// Begins a paper on a thread of its own, as things stand at that moment.
pub fn begin(
    shop: &Shop,
    paper: Paper,
    staff: Option<Text>,
    spooler: Spooler,
    quiet: bool,
) -> Fallible<Job> {
    let path = shop
        .store
        .path()
        .ok_or_else(|| anyhow!("a shop without a file prints nothing"))?
        .to_owned();
    let now = shop.now();
    let (says, answer) = channel();
    std::thread::Builder::new()
        .name("paper".to_owned())
        .spawn(move || {
            let made = make(&path, paper, now, staff.as_ref(), &spooler);
            let _ = says.send(made); // nobody listens when the counter was left meanwhile
        })?;
    Ok(Job {
        paper,
        quiet,
        answer,
    })
}

fn make(
    path: &Path,
    paper: Paper,
    now: Moment,
    staff: Option<&Text>,
    spooler: &Spooler,
) -> Fallible<Made> {
    let shop = Shop::look(path, Clock::Fixed(now))?;
    let settings = &shop.settings;
    let (document, name, picked) = document_of(&shop, paper, now, staff)?;
    let size = if settings.value("paper").eq_ignore_ascii_case("letter") {
        PaperSize::Letter
    } else {
        PaperSize::A4
    };
    let pages = print::pdf(&document, size)?;
    let folder = path
        .parent()
        .map_or_else(|| PathBuf::from("paper"), |folder| folder.join("paper"));
    let printer = Some(settings.value("printer")).filter(|printer| !printer.is_empty());
    let delivered = spooler.deliver(&pages.bytes, &folder, &name, printer)?;
    Ok(Made {
        saved: delivered.saved,
        printed: delivered.printed,
        warning: pages.warning(),
        picked,
    })
}

fn document_of(
    shop: &Shop,
    paper: Paper,
    now: Moment,
    staff: Option<&Text>,
) -> Fallible<(Document, String, Option<Picked>)> {
    let (db, settings) = (shop.read(), &shop.settings);
    let by = print::printed_by(settings, now, staff);
    Ok(match paper {
        Paper::PickList(date) => {
            let through_seq = log::last_seq(db)?;
            let list = desk::pick_list(db, settings, date, now)?;
            let reservations = list.blocks.iter().map(|block| block.reservation).collect();
            let document = print::day_list(settings, DayKind::Pick, date, &list, now, by)
                .document()
                .with_seal(&log::head(db)?.seal());
            (
                document,
                format!("pick-list-{date}.pdf"),
                Some(Picked {
                    date,
                    reservations,
                    through_seq,
                }),
            )
        }
        Paper::ReturnsList(date) => {
            let list = desk::returns_list(db, settings, date, now)?;
            (
                print::day_list(settings, DayKind::Returns, date, &list, now, by).document(),
                format!("returns-list-{date}.pdf"),
                None,
            )
        }
        Paper::Checklist(id) => {
            let list = desk::checklist(db, settings, id, now)?;
            (
                print::checklist(settings, &list, now, by).document(),
                format!("checklist-{}.pdf", list.number),
                None,
            )
        }
        Paper::Contract(id) => {
            let paper = desk::contract_paper(db, id)?;
            (
                print::contract(settings, &paper, now, &by),
                format!("contract-{}.pdf", paper.number),
                None,
            )
        }
        Paper::Receipt(id) => {
            let paper = desk::contract_paper(db, id)?;
            (
                print::receipt(settings, &paper, now, &by),
                format!("receipt-{}.pdf", paper.number),
                None,
            )
        }
        Paper::Quote(id) => {
            let paper = desk::contract_paper(db, id)?;
            (
                print::quote(settings, &paper, now, &by),
                format!("quote-{}.pdf", paper.number),
                None,
            )
        }
        Paper::Invoice(id) => {
            let paper = desk::invoice_paper(db, id)?;
            let name = if paper.number.is_empty() {
                format!("draft-{}", id.0)
            } else {
                paper.number.clone()
            };
            (
                print::invoice(settings, &paper, now, &by),
                format!("invoice-{name}.pdf"),
                None,
            )
        }
    })
}
