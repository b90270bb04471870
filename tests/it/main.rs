//! The one integration binary.

mod counter;
mod journeys;
mod laws;
mod screens;
mod tidy;
