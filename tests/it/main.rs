//! The one integration binary.
#![allow(clippy::unwrap_used)] // clippy's `allow-unwrap-in-tests` does not reach the functions that tests share

mod billing;
mod billing_cli;
mod bookings_cli;
mod cases;
mod cases_desk;
mod cli;
mod counter;
mod crash;
mod exchange;
mod file;
mod guards;
mod house;
mod journeys;
mod kernel;
mod laws;
mod mended_books;
mod mended_changes;
mod mended_counter;
mod mended_promises;
mod outbox;
mod plan_keys;
mod print;
mod promises;
mod properties;
mod pty;
mod reservations_keys;
mod races;
mod screens;
mod season;
mod state_table;
mod stock;
mod terminal;
mod tidy;
mod two_windows;
mod upgrade;
