//! The one integration binary: each module tells a part of the shop's day through facades, screens or the command line.

mod exchange;
