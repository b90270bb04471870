//! The one integration binary: what people and programs see of Rentdesk from outside.

#![allow(clippy::unwrap_used)] // a test that cannot go on has failed

mod cli;
