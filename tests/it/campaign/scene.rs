//! What the campaign does to a shop: a command that writes, on a file that is ready for it, and what
//! the file may say afterwards.

use super::shim::{self, Meddling};
use crate::file_truth::{Place, told};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

pub const NOW: &str = "2025-11-21T09:42:00Z";

/// How many of eight at once may succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Winners {
    One,
    Some,
    All,
}

/// A command that writes.
#[derive(Clone, Copy, Debug)]
pub struct Act {
    pub name: &'static str,
    /// Its words, parted by bars; `{file}` is a list beside the shop, `{backup}` a backup of it.
    pub line: &'static str,
    pub winners: Winners,
    /// It begins with no shop, or with one of an older schema.
    pub begins: Begins,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begins {
    Ready,
    Nothing,
    Older,
}

const fn act(name: &'static str, line: &'static str, winners: Winners) -> Act {
    Act {
        name,
        line,
        winners,
        begins: Begins::Ready,
    }
}

/// Every family of commands that write.
pub const ACTS: &[Act] = &[
    act(
        "reserve",
        "reserve|--customer|Ann Lee|--from|sat 10:00|--to|sun 10:00|--line|Sony FX6*2|--confirm",
        Winners::One,
    ),
    act(
        "out",
        "out|--customer|Ann Lee|--due|mon 10:00|CAM-0001|2*BAT-V150",
        Winners::Some,
    ),
    act("in", "in|CAM-0003", Winners::Some),
    act("undo", "undo", Winners::Some),
    act("invoice issue", "invoice|issue|R-1001", Winners::One),
    act("pay", "pay|R-1001|50|--method|cash", Winners::Some),
    act("till", "till|--counted|30", Winners::One),
    act("import", "import|customers|{file}", Winners::All),
    act("backup", "backup", Winners::All),
    act("restore", "restore|{backup}", Winners::Some),
    Act {
        name: "init",
        line: "init|--name|North Light|--timezone|Europe/Berlin|--preset|film",
        winners: Winners::One,
        begins: Begins::Nothing,
    },
    Act {
        name: "first open after an update",
        line: "who|CAM-0001",
        winners: Winners::All,
        begins: Begins::Older,
    },
];

/// A folder with everything in it that the acts need, made once.
pub struct Stage {
    pub ready: Place,
}

impl Stage {
    pub fn new() -> Self {
        let ready = Place::shop();
        ready.lines(&[
            "type|add|V-lock 150|--category|Power|--bulk|--quantity|20|--tag|BAT-V150",
            "item|add|Sony FX6|--tag|CAM-0003",
            "out|--customer|Bob Orr|--due|mon 10:00|CAM-0003|3*BAT-V150",
            "charge|R-1001|--extra|25|--note|cleaning",
            "pay|R-1001|30|--method|cash",
            "backup",
            "item|add|Sony FX6|--tag|CAM-0004",
            "item|retire|CAM-0004|--reason|sold",
            "customer|add|Cy Ng",
            "out|--customer|Cy Ng|--due|mon 10:00|BAT-V150",
            "outbox|drain",
        ]);
        fs::write(
            ready.folder.path().join("people.csv"),
            "name,phone\nDi Fox,0612 555 130\nEve Ray,0612 555 131\n",
        )
        .expect("a list");
        Stage { ready }
    }

    /// A copy of the stage for one try.
    pub fn set(&self, act: &Act) -> Try {
        let folder = crate::properties::folder();
        let file = folder.path().join("shop.db");
        match act.begins {
            Begins::Nothing => {}
            Begins::Older => {
                let older = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/data/schema-8.db");
                fs::copy(older, &file).expect("a copy");
            }
            Begins::Ready => {
                for ending in ["", ".head"] {
                    fs::copy(
                        self.ready.beside(ending),
                        folder.path().join(format!("shop.db{ending}")),
                    )
                    .expect("a copy");
                }
            }
        }
        let line = act
            .line
            .replace(
                "{file}",
                &self
                    .ready
                    .folder
                    .path()
                    .join("people.csv")
                    .to_string_lossy(),
            )
            .replace("{backup}", &self.ready.backups()[0].to_string_lossy());
        Try {
            folder,
            words: line.split('|').map(str::to_owned).collect(),
        }
    }
}

pub struct Try {
    pub folder: TempDir,
    pub words: Vec<String>,
}

impl Try {
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
        command
            .args(&self.words)
            .env("RENTDESK_DB", self.file())
            .env("RENTDESK_NOW", NOW)
            .stdin(Stdio::null());
        command
    }

    pub fn run(&self, meddling: Option<Meddling>) -> (i32, String) {
        let mut command = self.command();
        if let Some(meddling) = meddling {
            shim::over(&mut command, self.folder.path(), meddling);
        }
        told(command.output().expect("the program"))
    }

    pub fn also(&self, words: &[&str]) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rentdesk"));
        command
            .args(words)
            .env("RENTDESK_DB", self.file())
            .env("RENTDESK_NOW", NOW)
            .stdin(Stdio::null());
        told(command.output().expect("the program"))
    }

    /// What the log of the file tells, without ids that differ from run to run; none where there is
    /// no shop. What is derived is derived first, as the next window would.
    pub fn says(&self) -> Option<Vec<String>> {
        // Whoever died in a restore left the file under another name, until somebody comes.
        let is_on_its_way = self.folder.path().join("shop.db.restoring").exists();
        if !self.file().exists() && !is_on_its_way {
            return None;
        }
        let (code, said) = self.also(&["outbox", "drain"]);
        assert_eq!(code, 0, "after {:?}: {said}", self.words);
        let file = Connection::open(self.file()).expect("the file");
        let says = file
            .prepare(
                "SELECT kind || ' ' || aggregate || ' ' || aggregate_id FROM outbox ORDER BY seq",
            )
            .expect("a log")
            .query_map([], |row| row.get(0))
            .expect("rows")
            .collect::<Result<Vec<String>, _>>()
            .expect("rows");
        Some(says)
    }

    /// What `check` finds, as a list of sentences.
    pub fn problems(&self) -> Vec<String> {
        if !self.file().exists() {
            return Vec::new();
        }
        let (code, said) = self.also(&["check", "--json"]);
        if code == 0 {
            return Vec::new();
        }
        let json: serde_json::Value = serde_json::from_str(&said).unwrap_or_default();
        match json["problems"].as_array() {
            Some(problems) => problems.iter().map(ToString::to_string).collect(),
            None => vec![said],
        }
    }
}
