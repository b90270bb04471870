//! What was handed over: a row for each item or count, out until it is back or lost.

mod table;

pub(super) use table::*;
