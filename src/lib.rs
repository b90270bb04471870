//! Rentdesk, the rental counter in a terminal. The map of the house, in reading order;
//! ARCHITECTURE.md walks through it.

pub mod kernel;
pub mod events;
pub mod store;
pub mod files;
pub mod programs;
pub mod outbox;

pub mod customers;
pub mod staff;
pub mod catalog;
pub mod pricing;
pub mod inventory;
pub mod booking;
pub mod billing;
pub mod history;
pub mod notifications;
pub mod crm;
pub mod analytics;
pub mod desk;

pub mod shop;

pub mod print;
pub mod exchange;
pub mod tui;
pub mod cli;
