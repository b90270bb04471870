//! A shop in a folder of its own, and the real program on a pseudo-terminal over it: a scanner's
//! and a clerk's bytes go in, the screen that a terminal would show comes out. Nothing here waits a
//! fixed time for the program: a wait ends with what was waited for, and a fence (`fence`) proves
//! that everything sent before has been handled.
#![cfg(unix)]

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub const RENTDESK: &str = env!("CARGO_BIN_EXE_rentdesk");
pub const NOW: &str = "2025-11-21 10:42";
/// Generous: a machine that is busy must not fail a test.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than the gap inside a scan and than a held key's, so that keys this far apart come from a
/// hand.
const HAND: Duration = Duration::from_millis(65);
/// So long after a scan, a control character belongs to it.
pub const AFTER_SCAN: Duration = Duration::from_millis(170);

/// The program as the tests call it: no variable of the caller's shell reaches it.
pub fn rentdesk() -> Command {
    let mut command = Command::new(RENTDESK);
    command
        .env_clear()
        .env("RENTDESK_NOW", NOW)
        .env("LANG", "C.UTF-8")
        .env("TZ", "Europe/Berlin");
    command
}

/// A shop's file in a folder of its own.
pub struct Shop {
    folder: TempDir,
}

impl Shop {
    /// Forty items, fifteen customers, a busy week.
    pub fn demo() -> Shop {
        static DEMO: OnceLock<Vec<u8>> = OnceLock::new();
        let demo = DEMO.get_or_init(|| {
            let shop = Shop::nowhere();
            let made = rentdesk()
                .arg("--db")
                .arg(shop.path())
                .args(["--plain", "demo"])
                .stdin(Stdio::null())
                .output()
                .expect("the program starts");
            assert!(
                made.status.success(),
                "{}",
                String::from_utf8_lossy(&made.stderr)
            );
            std::fs::read(shop.path()).expect("the demo lies where --db says")
        });
        let shop = Shop::nowhere();
        std::fs::write(shop.path(), demo).expect("the folder can be written");
        shop
    }

    /// A shop with nothing in it.
    pub fn empty() -> Shop {
        let shop = Shop::nowhere();
        shop.run(&["init", "--name", "Test", "--timezone", "Europe/Berlin"]);
        shop
    }

    fn nowhere() -> Shop {
        Shop {
            folder: TempDir::new().expect("there is room for a folder"),
        }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    pub fn output(&self, arguments: &[&str]) -> Output {
        rentdesk()
            .arg("--db")
            .arg(self.path())
            .args(arguments)
            .stdin(Stdio::null())
            .output()
            .expect("the program starts")
    }

    /// Runs a subcommand that has to succeed; what it printed.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments);
        assert!(
            output.status.success(),
            "{arguments:?}: {}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("answers are UTF-8")
    }

    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let mut all = vec!["--json"];
        all.extend(arguments);
        serde_json::from_str(&self.run(&all)).expect("--json prints JSON")
    }

    /// Takes a list over from a file.
    pub fn import(&self, kind: &str, csv: &str) {
        let path = self.folder.path().join(format!("{kind}.csv"));
        std::fs::write(&path, csv).expect("the folder can be written");
        self.run(&["import", kind, &path.to_string_lossy()]);
    }

    /// The tags of the entries of one kind, in the order in which they happened.
    pub fn tags(&self, event: &str) -> Vec<String> {
        let told = self.json(&["history", "--limit", "0", "--event", event]);
        let entries = told.as_array().expect("the history is a list");
        entries
            .iter()
            .rev()
            .map(|entry| entry["tag"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Whether an item is out, by the books.
    pub fn is_out(&self, tag: &str) -> bool {
        self.run(&["item", "list"])
            .lines()
            .any(|line| line.starts_with(tag) && line.split_whitespace().any(|word| word == "out"))
    }

    pub fn open(&self) -> Terminal {
        Terminal::start(&self.path(), &[], &[], (100, 30))
    }

    pub fn open_with(
        &self,
        arguments: &[&str],
        environment: &[(&str, &str)],
        size: (u16, u16),
    ) -> Terminal {
        Terminal::start(&self.path(), arguments, environment, size)
    }
}

struct Seen {
    parser: vt100::Parser,
    /// Everything that the program ever wrote.
    bytes: Vec<u8>,
    closed: bool,
}

/// What the reading thread and the test share.
#[derive(Clone)]
struct Glass {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    stop: Arc<AtomicBool>,
}

impl Glass {
    fn look(&self) -> MutexGuard<'_, Seen> {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How a program ended.
#[derive(Debug)]
pub struct Ended {
    pub code: u32,
    /// Time on the processor, user and system, since it started.
    pub cpu: Duration,
}

pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    pid: Pid,
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    reader: Option<JoinHandle<()>>,
    glass: Glass,
}

impl Terminal {
    pub fn start(
        shop: &std::path::Path,
        arguments: &[&str],
        environment: &[(&str, &str)],
        size: (u16, u16),
    ) -> Terminal {
        let pair = native_pty_system()
            .openpty(pty_size(size))
            .expect("there is a pseudo-terminal");
        no_end_of_file(&*pair.master);
        let mut command = CommandBuilder::new(RENTDESK);
        command.env_clear();
        for (name, value) in [
            ("RENTDESK_NOW", NOW),
            ("LANG", "C.UTF-8"),
            ("TZ", "Europe/Berlin"),
            ("TERM", "xterm-256color"),
        ]
        .iter()
        .chain(environment)
        {
            command.env(name, value);
        }
        command.arg("--db");
        command.arg(shop);
        command.args(arguments);
        command.cwd(shop.parent().expect("a file lies in a folder"));
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let pid = child
            .process_id()
            .and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?))
            .expect("a process has a number");
        let parser = vt100::Parser::new(at_least_one(size.1), at_least_one(size.0), 0);
        let glass = Glass {
            seen: Arc::new((
                Mutex::new(Seen {
                    parser,
                    bytes: Vec::new(),
                    closed: false,
                }),
                Condvar::new(),
            )),
            stop: Arc::default(),
        };
        let (from, into) = (
            pair.master
                .try_clone_reader()
                .expect("the terminal can be read"),
            glass.clone(),
        );
        let reader = thread::spawn(move || watch(from, &into));
        let writer = pair
            .master
            .take_writer()
            .expect("the terminal can be written");
        Terminal {
            child,
            pid,
            master: Some(pair.master),
            writer: Some(writer),
            reader: Some(reader),
            glass,
        }
    }

    /// Writes all of it at once, as a scanner does.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) {
        let writer = self.writer.as_mut().expect("the terminal is there");
        writer
            .write_all(bytes.as_ref())
            .and_then(|()| writer.flush())
            .expect("the program takes input");
    }

    /// One key, and its frame: `\x1b` alone is Esc only if nothing follows at once.
    pub fn press(&mut self, key: &str) {
        let before = self.frames();
        self.send(key);
        self.wait_until("a frame after a key", |seen| frames(&seen.bytes) > before);
        thread::sleep(HAND);
    }

    /// Key after key, apart like those of a hand: each is shown before the next.
    pub fn type_slowly(&mut self, text: &str) {
        for character in text.chars() {
            self.press(character.encode_utf8(&mut [0; 4]));
        }
    }

    pub fn escape(&mut self) {
        self.press("\x1b");
    }

    /// Everything sent before has been handled when this returns: the news that the window lost and
    /// got the focus comes after it.
    pub fn fence(&mut self) {
        self.send("\x1b[O");
        self.wait_for("NOT LISTENING");
        self.send("\x1b[I");
        self.wait_until("the title again", |seen| {
            !text(&seen.parser).contains("NOT LISTENING")
        });
    }

    #[track_caller]
    pub fn wait_for(&self, wanted: &str) {
        self.wait_until(&format!("\"{wanted}\""), |seen| {
            text(&seen.parser).contains(wanted)
        });
    }

    #[track_caller]
    pub fn lacks(&self, unwanted: &str) {
        let screen = self.screen();
        assert!(
            !screen.contains(unwanted),
            "\"{unwanted}\" stands on the screen:\n{screen}"
        );
    }

    #[track_caller]
    fn wait_until(&self, what: &str, arrived: impl Fn(&Seen) -> bool) {
        let until = Instant::now() + PATIENCE;
        let mut seen = self.glass.look();
        while !arrived(&seen) {
            let left = until.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero() && !seen.closed,
                "waited for {what}, and the screen{} is:\n{}",
                if seen.closed { " at the end" } else { "" },
                text(&seen.parser)
            );
            seen = self
                .glass
                .seen
                .1
                .wait_timeout(seen, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// The rows of the screen as they stand now.
    pub fn screen(&self) -> String {
        text(&self.glass.look().parser)
    }

    /// Every byte that the program wrote.
    pub fn bytes(&self) -> Vec<u8> {
        self.glass.look().bytes.clone()
    }

    pub fn wrote(&self, wanted: &str) -> bool {
        let seen = self.glass.look();
        seen.bytes
            .windows(wanted.len())
            .any(|part| part == wanted.as_bytes())
    }

    /// Waits until these bytes were written.
    #[track_caller]
    pub fn wait_wrote(&self, wanted: &str) {
        self.wait_until(&format!("the bytes {wanted:?}"), |seen| {
            seen.bytes
                .windows(wanted.len())
                .any(|part| part == wanted.as_bytes())
        });
    }

    fn frames(&self) -> usize {
        frames(&self.glass.look().bytes)
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        self.glass
            .look()
            .parser
            .set_size(at_least_one(size.1), at_least_one(size.0));
        self.master
            .as_ref()
            .expect("the terminal is there")
            .resize(pty_size(size))
            .expect("the size can be set");
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(self.pid, signal).expect("the program can be signalled");
    }

    /// Whether the program is stopped, as by Ctrl+Z in a shell.
    #[cfg(target_os = "linux")]
    pub fn wait_stopped(&self) {
        let until = Instant::now() + PATIENCE;
        while state_and_cpu(self.pid).0 != 'T' {
            assert!(Instant::now() < until, "the program does not stop");
            thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn cpu(&self) -> Duration {
        state_and_cpu(self.pid).1
    }

    /// The window is closed, or the line is cut: nobody holds the other end any more.
    pub fn hang_up(&mut self) {
        self.glass.stop.store(true, Ordering::SeqCst);
        if let Some(master) = &self.master {
            let size = master.get_size().expect("a terminal has a size");
            let _ = master.resize(PtySize {
                cols: size.cols + 1,
                ..size
            }); // the frame that follows wakes the reading thread
        }
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reading thread ends");
        }
        self.writer = None;
        self.master = None;
    }

    /// Waits for the end.
    #[track_caller]
    pub fn ended(&mut self, within: Duration) -> Ended {
        let until = Instant::now() + within;
        loop {
            let (state, cpu) = state_and_cpu(self.pid);
            if state == 'Z'
                || !cfg!(target_os = "linux")
                    && self
                        .child
                        .try_wait()
                        .expect("a child can be asked")
                        .is_some()
            {
                let status = self.child.wait().expect("a child can be waited for");
                if let Some(reader) = self.reader.take() {
                    reader.join().expect("the reading thread ends");
                }
                return Ended {
                    code: status.exit_code(),
                    cpu,
                };
            }
            assert!(
                Instant::now() < until,
                "still there after {within:?}:\n{}",
                self.screen()
            );
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// Ctrl+C twice, as a clerk leaves.
    #[track_caller]
    pub fn leave(&mut self) {
        thread::sleep(AFTER_SCAN);
        self.press("\x03");
        self.send("\x03");
        assert_eq!(self.ended(PATIENCE).code, 0);
    }

    /// As if the machine had gone: nothing of the program runs afterwards.
    pub fn kill(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn watch(mut from: Box<dyn Read + Send>, glass: &Glass) {
    let mut buffer = [0; 65536];
    loop {
        let count = from.read(&mut buffer).unwrap_or(0); // a terminal without a program is an error on Linux, an end elsewhere
        let mut seen = glass.look();
        let (fresh, _) = buffer.split_at(count);
        seen.parser.process(fresh);
        seen.bytes.extend_from_slice(fresh);
        seen.closed = count == 0;
        glass.seen.1.notify_all();
        if count == 0 || glass.stop.load(Ordering::SeqCst) {
            return;
        }
    }
}

fn text(parser: &vt100::Parser) -> String {
    let screen = parser.screen();
    let columns = screen.size().1.get();
    let rows: Vec<String> = screen
        .rows(0, columns)
        .map(|row| row.trim_end().to_owned())
        .collect();
    rows.join("\n")
}

/// Each frame is one synchronized update.
fn frames(bytes: &[u8]) -> usize {
    bytes
        .windows(8)
        .filter(|part| *part == b"\x1b[?2026l")
        .count()
}

fn at_least_one(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number).unwrap_or(NonZeroU16::MIN)
}

fn pty_size((cols, rows): (u16, u16)) -> PtySize {
    PtySize {
        rows,
        cols,
        pixel_width: 0,
        pixel_height: 0,
    }
}

/// portable-pty types Enter and the end-of-file character when its writer goes, unless there is
/// none: a closed window types nothing.
fn no_end_of_file(master: &dyn MasterPty) {
    use rustix::fs::{Mode, OFlags};
    use rustix::termios::{OptionalActions, SpecialCodeIndex, tcgetattr, tcsetattr};
    let name = master.tty_name().expect("a terminal has a name");
    let terminal = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty())
        .expect("the terminal can be opened");
    let mut settings = tcgetattr(&terminal).expect("a terminal has settings");
    settings.special_codes[SpecialCodeIndex::VEOF] = 0;
    tcsetattr(&terminal, OptionalActions::Now, &settings).expect("a terminal takes settings");
}

/// The letter of the state and the time on the processor; a process that ended keeps both until it
/// is waited for.
#[cfg(target_os = "linux")]
fn state_and_cpu(pid: Pid) -> (char, Duration) {
    const TICKS_PER_SECOND: u64 = 100;
    let stat =
        std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero())).unwrap_or_default();
    let (_, after) = stat.rsplit_once(") ").unwrap_or_default();
    let fields: Vec<&str> = after.split(' ').collect();
    let ticks = |place: usize| {
        fields
            .get(place)
            .and_then(|field| field.parse::<u64>().ok())
            .unwrap_or(0)
    };
    (
        after.chars().next().unwrap_or('Z'),
        Duration::from_millis((ticks(11) + ticks(12)) * 1000 / TICKS_PER_SECOND),
    )
}

#[cfg(not(target_os = "linux"))]
fn state_and_cpu(_pid: Pid) -> (char, Duration) {
    ('?', Duration::ZERO)
}
