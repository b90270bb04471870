//! A power cut: of what was not synced any part may be on the disk, torn at 512 bytes, in any
//! order; what was synced is there.

use crate::properties::Dice;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const SECTOR: usize = 512;

/// One call, as the shim wrote it down.
pub enum Call {
    Created(String),
    Written(String, u64, Vec<u8>),
    Truncated(String, u64),
    Synced(String),
    Removed(String),
    Renamed(String, String),
    /// A line was printed: a promise.
    Said(String),
}

pub fn read(log: &Path) -> Vec<Call> {
    let bytes = fs::read(log).expect("the record");
    let mut calls = Vec::new();
    let mut rest = bytes.as_slice();
    let take = |rest: &mut &[u8], count: usize| {
        let (head, tail) = rest.split_at(count);
        *rest = tail;
        head.to_vec()
    };
    while !rest.is_empty() {
        let what = take(&mut rest, 1)[0];
        let length = u32::from_le_bytes(take(&mut rest, 4).try_into().expect("four")) as usize;
        let path = String::from_utf8(take(&mut rest, length)).expect("a path");
        let at = u64::from_le_bytes(take(&mut rest, 8).try_into().expect("eight"));
        let count = u64::from_le_bytes(take(&mut rest, 8).try_into().expect("eight")) as usize;
        let mut more = || take(&mut rest, count);
        calls.push(match what {
            b'C' => Call::Created(path),
            b'W' => Call::Written(path, at, more()),
            b'T' => Call::Truncated(path, at),
            b'S' => Call::Synced(path),
            b'U' => Call::Removed(path),
            b'R' => {
                let to = String::from_utf8(more()).expect("a path");
                Call::Renamed(path, to)
            }
            b'A' => Call::Said(String::from_utf8_lossy(&more()).into_owned()),
            other => panic!("a call {other}"),
        });
    }
    calls
}

/// A file as it is on the disk for certain, and what was done to it since it was synced.
#[derive(Clone, Default)]
struct Disk {
    sure: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Clone)]
enum Change {
    Written(u64, Vec<u8>),
    Truncated(u64),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        match self {
            Change::Truncated(size) => bytes.resize(*size as usize, 0),
            Change::Written(at, new) => {
                let end = *at as usize + new.len();
                if bytes.len() < end {
                    bytes.resize(end, 0);
                }
                bytes[*at as usize..end].copy_from_slice(new);
            }
        }
    }
}

impl Disk {
    fn sync(&mut self) {
        for change in std::mem::take(&mut self.since) {
            change.apply(&mut self.sure);
        }
    }

    /// As it may be after the cut.
    fn after_cut(&self, dice: &mut Dice) -> Vec<u8> {
        let mut bytes = self.sure.clone();
        for change in &self.since {
            match change {
                Change::Truncated(_) if dice.one_in(2) => change.apply(&mut bytes),
                Change::Truncated(_) => {}
                Change::Written(at, new) => {
                    for (number, sector) in new.chunks(SECTOR).enumerate() {
                        if dice.one_in(2) {
                            let at = at + (number * SECTOR) as u64;
                            Change::Written(at, sector.to_vec()).apply(&mut bytes);
                        }
                    }
                }
            }
        }
        bytes
    }
}

/// The files after a cut behind the first `count` calls, and what had been promised by then.
pub fn cut(
    before: &BTreeMap<String, Vec<u8>>,
    calls: &[Call],
    dice: &mut Dice,
) -> (BTreeMap<String, Vec<u8>>, Vec<String>) {
    let mut disk: BTreeMap<String, Disk> = before
        .iter()
        .map(|(path, bytes)| {
            let disk = Disk {
                sure: bytes.clone(),
                since: Vec::new(),
            };
            (path.clone(), disk)
        })
        .collect();
    let mut said = Vec::new();
    for call in calls {
        match call {
            Call::Created(path) => {
                disk.entry(path.clone()).or_default();
            }
            Call::Written(path, at, bytes) => disk
                .entry(path.clone())
                .or_default()
                .since
                .push(Change::Written(*at, bytes.clone())),
            Call::Truncated(path, size) => disk
                .entry(path.clone())
                .or_default()
                .since
                .push(Change::Truncated(*size)),
            Call::Synced(path) => {
                if let Some(file) = disk.get_mut(path) {
                    file.sync();
                }
            }
            Call::Removed(path) => {
                disk.remove(path);
            }
            Call::Renamed(from, to) => {
                if let Some(file) = disk.remove(from) {
                    disk.insert(to.clone(), file);
                }
            }
            Call::Said(line) => said.push(line.clone()),
        }
    }
    let files = disk
        .into_iter()
        .map(|(path, file)| (path, file.after_cut(dice)))
        .collect();
    (files, said)
}
