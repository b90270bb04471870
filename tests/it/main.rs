//! The one integration binary.
#![allow(clippy::unwrap_used)] // clippy's `allow-unwrap-in-tests` does not reach the functions that tests share

mod cli;
mod counter;
mod exchange;
mod guards;
mod journeys;
mod laws;
mod properties;
mod pty;
mod screens;
mod terminal;
mod tidy;
