//! Data in, pages out: what the counter prints, as a PDF and as plain text.
//!
//! A caller fills a [`DayList`] or a [`Checklist`] and asks it for its [`Document`], the one form
//! that both renderers know. Another paper is another file that makes a `Document`; the pages need
//! not know of it. Nothing here reads the shop, the clock or SQL.

mod day_list;
mod checklist;
mod from_desk;
mod money;

mod document;
mod walk;

mod flow;
mod text;
mod pdf;
mod pages;
mod faces;
mod bars;

mod deliver;

#[cfg(test)]
mod tests;

pub use checklist::{CheckRow, Checklist};
pub use day_list::{Above, Block, DayKind, DayList, Row};
pub use deliver::{Delivered, Spooler, deliver, print_file, save};
pub use document::{Align, Column, Document, Heading, Piece, Section, Table, TableRow};
pub use from_desk::{checklist, day_list, printed_by};
pub use money::{contract, invoice, quote, receipt};
pub use pdf::{PaperSize, Printed, pdf, pdf_run};
pub use text::text;
pub use walk::{shelf_order, shelf_totals};
