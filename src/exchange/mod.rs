//! Lists that come from other programs and go to them.
//!
//! The first half is pure: bytes become a sheet (`sheet`), its columns get a meaning (`columns`),
//! its cells become typed values (`cells`). The second half makes a shop's records of them
//! (`import`, with one file for each kind of list) and lists of a shop's records (`export`), which
//! come back unchanged.

pub mod sheet;
mod records;

pub mod columns;
mod fields;
mod samples;
mod payment_fields;

pub mod cells;

mod customers;
mod items;
mod payments;
mod rentals;

pub mod import;

pub mod calendar;
pub mod export;
pub mod demo;
mod demo_money;
