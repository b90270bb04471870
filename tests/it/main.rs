//! The one integration binary: each module tells a part of the shop's day through facades, screens or the command line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop where it stands")]

mod exchange;
