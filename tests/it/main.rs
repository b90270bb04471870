//! The one integration binary.
#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod crash;
mod file;
mod outbox;
mod properties;
