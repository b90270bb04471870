//! The counter in a terminal: what comes in from the keyboard and the scanner, and how the screen is opened and given back.

pub mod input;
pub mod terminal;
