//! Lists that come from other programs and go to them. What stands here is the pure half of the import: bytes become a sheet
//! (`sheet`), its columns get a meaning (`columns`), its cells become typed values (`cells`). No database, no files, no clock.

pub mod sheet;

pub mod columns;
mod fields;

pub mod cells;
