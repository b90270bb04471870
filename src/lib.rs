//! Rentdesk, the rental counter in a terminal. The map of the house; ARCHITECTURE.md walks through it.

pub mod exchange;
pub mod kernel;
pub mod tui;
