//! The real program on a pseudo-terminal: a scanner's bursts, signals, a line that is cut, a crash, odd sizes, odd text.
#![cfg(unix)]

use super::terminal::{Shop, rentdesk};
use rustix::process::Signal;
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

// ---- the scanner ---------------------------------------------------------------------------------------------------------------

#[test]
fn a_scan_is_one_scan_whatever_ends_it() {
    for end in ["\r", "\n", "\r\n", "\t", "\x03"] {
        let shop = Shop::demo();
        let mut counter = shop.open();
        counter.wait_for("DESK");
        counter.send(format!("CAM-0012{end}"));
        counter.wait_for("1 item in hand");
        counter.fence();
        counter.wait_for("IN HAND   CAM-0012");
        counter.lacks("2 items");
        counter.send(format!("CAM-0013{end}"));
        counter.wait_for("2 items in hand");
        counter.fence();
        counter.lacks("HAND OVER");
    }
}

#[test]
fn five_hundred_tags_come_back_in_one_burst_in_their_order() {
    let shop = Shop::empty();
    let tags: Vec<String> = (0..500).map(|number| format!("BOX-{:04}", (number * 7) % 500 + 1)).collect();
    let rows: String = tags.iter().map(|tag| format!("{tag},Box,Boxes\n")).collect();
    shop.import("items", &format!("tag,type,category\n{rows}"));
    shop.import("customers", "name,phone\nAna Ruiz,0612 555 000\n");
    let mut out = vec!["--now", "2025-11-20 09:00", "out", "--customer", "Ana Ruiz"];
    out.extend(tags.iter().map(String::as_str));
    shop.run(&out);
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.press("\x1bOR"); // F3
    counter.wait_for("CHECK-IN");
    counter.send(tags.iter().map(|tag| format!("{tag}\r")).collect::<String>());
    counter.wait_for("500 back now");
    counter.leave();
    assert_eq!(shop.tags("in"), tags);
}

#[test]
fn five_hundred_tags_go_out_in_one_burst_in_their_order() {
    let shop = Shop::empty();
    let tags: Vec<String> = (0..500).map(|number| format!("BOX-{:04}", (number * 7) % 500 + 1)).collect();
    let rows: String = tags.iter().map(|tag| format!("{tag},Box,Boxes\n")).collect();
    shop.import("items", &format!("tag,type,category\n{rows}"));
    shop.import("customers", "name,phone\nAna Ruiz,0612 555 000\n");
    let mut counter = shop.open();
    counter.wait_for("DESK");
    counter.send(tags.iter().map(|tag| format!("{tag}\r")).collect::<String>());
    counter.wait_for("500 items in hand");
    counter.fence();
    counter.type_slowly("ana");
    counter.press("\r");
    counter.wait_for("Ana Ruiz takes 500 items");
    counter.press("\r");
    counter.wait_for("hand over?");
    counter.press("\r");
    counter.wait_for("OUT 500 items to Ana Ruiz");
    counter.leave();
    assert_eq!(shop.tags("out"), tags);
}
