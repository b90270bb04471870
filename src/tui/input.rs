//! Tells the scanner from the hand. A scanner is a keyboard that types 2 to 40 ms apart and ends
//! with Enter, LF, Tab, ETX or nothing; a clerk is slower. The assembler looks at nothing but the
//! times of the keys, so it needs no clock and no terminal, and recorded traces test it. Every
//! printable is shown at once, so the hand never waits for it; when a run turns out to be a scan,
//! the app takes the field back to what it was at `RunStart`. In a dialog, where letters choose, a
//! letter waits one gap first, and a burst never answers.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use std::time::{Duration, Instant};

/// A run this long and without a hiccup is not typed by a hand.
const MACHINE_LENGTH_MIN: usize = 6;
/// The longest hiccup of a Bluetooth scanner inside a scan, and the silence after which a run is
/// over.
const SILENCE: Duration = Duration::from_millis(80);
/// How long a run that began with STX or the prefix waits for its end.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long after a scan further terminators belong to it.
const SWALLOW: Duration = Duration::from_millis(150);
/// No hand presses Enter twice within this; a key that is held, or a CR with its LF, does.
const HELD: Duration = Duration::from_millis(60);

/// What the shop's scanner does; the scanner test in the settings finds it out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ScanRules {
    /// The longest time between two characters of one scan.
    pub gap: Duration,
    /// A shorter run is text, whatever its speed.
    pub length_min: usize,
    /// A character that begins a scan for certain, at any speed; it is no part of the code.
    pub prefix: Option<char>,
}

impl Default for ScanRules {
    fn default() -> Self {
        ScanRules {
            gap: Duration::from_millis(40),
            length_min: 4,
            prefix: None,
        }
    }
}

/// What reached the counter. Every printable `Key`, `Scan` and `UnterminatedRun` belongs to the
/// latest `RunStart`, also in a dialog, so going back to that checkpoint is always right.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// A key as it was pressed, `kind` always `Press`; LF alone is Enter.
    Key(KeyEvent),
    /// A new run begins: the app remembers the field that has the focus, and its text.
    RunStart,
    /// The run was a scan: the field goes back to the checkpoint, the code to the router.
    Scan(String),
    /// A run at scanner speed that just stopped. It is a scan only if it is exactly a known code;
    /// otherwise its text stays.
    UnterminatedRun(String),
    /// A bracketed paste without its empty lines; one line is typed text.
    Paste(Vec<String>),
    Resize,
    Focus(bool),
}

/// Consecutive printables that may turn out to be a scan.
struct Run {
    text: String,
    /// Characters in `text`, and those of them since the last hiccup.
    length: usize,
    part: usize,
    last: Instant,
    /// The key a dialog gets if nothing follows.
    first: Option<KeyEvent>,
    /// `RunStart` was sent, so the field shows the run.
    shown: bool,
    /// STX or the prefix came first.
    certain: bool,
    /// It began within a gap after a scan, too soon for a hand: part of a scanner's memory upload,
    /// however short.
    uploaded: bool,
    hiccup: bool,
}

impl Run {
    fn is_lone(&self) -> bool {
        !self.shown && !self.certain && self.length == 1
    }

    fn is_machine(&self) -> bool {
        self.length >= MACHINE_LENGTH_MIN && !self.hiccup
    }
}

pub struct Assembler {
    rules: ScanRules,
    dialog: bool,
    run: Option<Run>,
    scanned: Option<Instant>,
    swallow_until: Option<Instant>,
    entered: Option<Instant>,
}

impl Assembler {
    pub fn new(rules: ScanRules) -> Self {
        Assembler {
            rules,
            dialog: false,
            run: None,
            scanned: None,
            swallow_until: None,
            entered: None,
        }
    }

    /// A dialog chooses by letters. Said again at every change; a run that is under way keeps its
    /// character.
    pub fn set_dialog(&mut self, open: bool) {
        self.dialog = open;
    }

    /// `at` is when the event arrived, not when it is looked at: a slow draw must not make a
    /// scanner look like a hand.
    pub fn push(&mut self, at: Instant, event: Event) -> Vec<Input> {
        let mut out = Vec::new();
        if self.silent_after().is_some_and(|end| at > end) {
            self.end_in_silence(&mut out);
        }
        match event {
            Event::Key(key) => self.key(at, key, &mut out),
            Event::Paste(text) => {
                self.break_run(&mut out);
                let lines: Vec<String> = text
                    .split(['\r', '\n'])
                    .filter(|line| !line.is_empty())
                    .map(str::to_owned)
                    .collect();
                if !lines.is_empty() {
                    out.push(Input::Paste(lines));
                }
            }
            Event::Resize(..) => out.push(Input::Resize),
            Event::FocusGained => out.push(Input::Focus(true)),
            Event::FocusLost => out.push(Input::Focus(false)),
            Event::Mouse(_) => {}
        }
        out
    }

    /// When `expire` has something to say, if no event comes first.
    pub fn deadline(&self) -> Option<Instant> {
        let run = self.run.as_ref()?;
        if run.is_lone() || run.certain || run.is_machine() {
            self.silent_after()
        } else {
            None
        }
    }

    /// Called once the deadline has passed and every event that arrived before it has been pushed.
    pub fn expire(&mut self, at: Instant) -> Vec<Input> {
        let mut out = Vec::new();
        if self.silent_after().is_some_and(|end| at >= end) {
            self.end_in_silence(&mut out);
        }
        out
    }

    fn key(&mut self, at: Instant, key: KeyEvent, out: &mut Vec<Input>) {
        let key = match key.kind {
            KeyEventKind::Press => key,
            KeyEventKind::Repeat if repeats(&key) => KeyEvent {
                kind: KeyEventKind::Press,
                ..key
            },
            KeyEventKind::Repeat | KeyEventKind::Release => return,
        };
        match Stroke::of(&key) {
            Stroke::Printable(c) if self.rules.prefix == Some(c) => {
                self.start_certain(at, out);
                if !self.dialog {
                    self.show(key, out);
                }
            }
            Stroke::Printable(c) => self.printable(at, c, key, out),
            Stroke::Stx => self.start_certain(at, out),
            Stroke::Enter => {
                self.terminator(at, KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE), out)
            }
            Stroke::Tab => self.terminator(at, key, out),
            Stroke::Etx => self.etx(at, key, out),
            Stroke::Separator if self.in_burst(at) => self.extend_burst(at),
            Stroke::Separator | Stroke::Other => {
                self.break_run(out);
                out.push(Input::Key(key));
            }
        }
    }

    fn printable(&mut self, at: Instant, c: char, key: KeyEvent, out: &mut Vec<Input>) {
        let (gap, dialog) = (self.rules.gap, self.dialog);
        match &mut self.run {
            Some(run) if run.certain || since(at, run.last) <= gap => {}
            Some(run) if run.part >= 2 && since(at, run.last) <= SILENCE && run.shown != dialog => {
                run.hiccup = true;
                run.part = 0;
            }
            _ => self.run = Some(self.new_run(at, Some(key))),
        }
        let Some(run) = &mut self.run else { return };
        run.text.push(c);
        run.length += 1;
        run.part += 1;
        run.last = at;
        if !dialog && (run.shown || run.length == 1) {
            self.show(key, out);
        }
    }

    fn show(&mut self, key: KeyEvent, out: &mut Vec<Input>) {
        self.begin(out);
        out.push(Input::Key(key));
    }

    /// A dialog's field is not touched before a run is over, but its checkpoint must be a fresh
    /// one.
    fn begin(&mut self, out: &mut Vec<Input>) {
        if let Some(run) = &mut self.run
            && !run.shown
        {
            run.shown = true;
            out.push(Input::RunStart);
        }
    }

    fn new_run(&mut self, at: Instant, first: Option<KeyEvent>) -> Run {
        self.swallow_until = None;
        let uploaded = self
            .scanned
            .is_some_and(|scanned| since(at, scanned) <= self.rules.gap);
        Run {
            text: String::new(),
            length: 0,
            part: 0,
            last: at,
            first,
            shown: false,
            certain: false,
            uploaded,
            hiccup: false,
        }
    }

    fn start_certain(&mut self, at: Instant, out: &mut Vec<Input>) {
        if self
            .run
            .as_ref()
            .is_some_and(|run| run.certain && run.length > 0)
        {
            self.scan(at, out); // the terminator of the scan before is missing
        }
        self.break_run(out);
        let run = self.new_run(at, None);
        self.run = Some(Run {
            certain: true,
            ..run
        });
    }

    fn terminator(&mut self, at: Instant, key: KeyEvent, out: &mut Vec<Input>) {
        if self.is_scan(at) {
            return self.scan(at, out);
        }
        if self
            .run
            .as_ref()
            .is_some_and(|run| !run.shown && run.length > 0)
        {
            self.run = None; // a burst too short for a code, in a dialog: its Enter must not confirm
            self.swallow_until = Some(at + SWALLOW);
            return;
        }
        self.run = None;
        if self.swallows(at) {
            return;
        }
        if key.code == KeyCode::Enter {
            let held = self
                .entered
                .is_some_and(|entered| since(at, entered) <= HELD);
            self.entered = Some(at);
            if held {
                return;
            }
        }
        out.push(Input::Key(key));
    }

    /// ETX ends a scan like Enter does. Near a burst it is never the Ctrl+C that leaves.
    fn etx(&mut self, at: Instant, key: KeyEvent, out: &mut Vec<Input>) {
        if self.is_scan(at) {
            self.scan(at, out);
        } else if self.in_burst(at) {
            self.extend_burst(at);
        } else if !self.swallows(at) {
            self.break_run(out);
            out.push(Input::Key(key));
        }
    }

    fn is_scan(&self, at: Instant) -> bool {
        self.run.as_ref().is_some_and(|run| {
            let length_min = if run.certain || run.uploaded {
                1
            } else {
                self.rules.length_min
            };
            run.length >= length_min && (self.in_burst(at) || run.is_machine())
        })
    }

    fn in_burst(&self, at: Instant) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.certain || since(at, run.last) <= self.rules.gap)
    }

    fn extend_burst(&mut self, at: Instant) {
        if let Some(run) = &mut self.run {
            run.last = at;
        }
    }

    fn swallows(&self, at: Instant) -> bool {
        self.swallow_until.is_some_and(|until| at <= until)
    }

    fn scan(&mut self, at: Instant, out: &mut Vec<Input>) {
        self.begin(out);
        if let Some(run) = self.run.take() {
            out.push(Input::Scan(run.text));
        }
        self.scanned = Some(at);
        self.swallow_until = Some(at + SWALLOW);
    }

    fn silent_after(&self) -> Option<Instant> {
        let run = self.run.as_ref()?;
        let silence = match run {
            run if run.certain => PATIENCE,
            run if run.is_lone() => self.rules.gap,
            _ => SILENCE.max(self.rules.gap),
        };
        Some(run.last + silence)
    }

    fn end_in_silence(&mut self, out: &mut Vec<Input>) {
        let ended = self.silent_after();
        if self.run.as_ref().is_some_and(|run| {
            run.is_machine() || (run.certain && run.length >= MACHINE_LENGTH_MIN)
        }) {
            self.begin(out);
            if let Some(run) = self.run.take() {
                out.push(Input::UnterminatedRun(run.text));
            }
            self.swallow_until = ended.map(|ended| ended + SWALLOW); // a terminator that comes late must not finish a check-out
        }
        self.break_run(out);
    }

    /// The run is over and was no scan. What a dialog held back is given to it if it was one key,
    /// and dropped otherwise.
    fn break_run(&mut self, out: &mut Vec<Input>) {
        if let Some(run) = self.run.take()
            && run.is_lone()
            && let Some(key) = run.first
        {
            out.extend([Input::RunStart, Input::Key(key)]);
        }
    }
}

/// What a key is to a scan.
enum Stroke {
    Printable(char),
    Enter,
    Tab,
    Stx,
    Etx,
    Separator,
    Other,
}

impl Stroke {
    fn of(key: &KeyEvent) -> Self {
        let modifiers = key.modifiers.difference(KeyModifiers::SHIFT);
        let alt_gr = cfg!(windows) && modifiers == KeyModifiers::CONTROL | KeyModifiers::ALT;
        match key.code {
            KeyCode::Char(c) if !c.is_control() && (modifiers.is_empty() || alt_gr) => {
                Stroke::Printable(c)
            }
            KeyCode::Enter if modifiers.is_empty() => Stroke::Enter,
            KeyCode::Tab if modifiers.is_empty() => Stroke::Tab,
            KeyCode::Char(c) if modifiers == KeyModifiers::CONTROL => {
                match c.to_ascii_lowercase() {
                    'j' => Stroke::Enter,
                    'b' => Stroke::Stx,
                    'c' => Stroke::Etx,
                    '4'..='7' => Stroke::Separator, // FS, GS, RS, US as raw mode delivers them
                    _ => Stroke::Other,
                }
            }
            _ => Stroke::Other,
        }
    }
}

/// A held letter types and a held arrow moves; a held Enter, Esc or command happens once.
fn repeats(key: &KeyEvent) -> bool {
    let moves = matches!(
        key.code,
        KeyCode::Up
            | KeyCode::Down
            | KeyCode::Left
            | KeyCode::Right
            | KeyCode::PageUp
            | KeyCode::PageDown
            | KeyCode::Backspace
            | KeyCode::Delete
    );
    moves || matches!(Stroke::of(key), Stroke::Printable(_))
}

fn since(at: Instant, earlier: Instant) -> Duration {
    at.saturating_duration_since(earlier)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One assembler under a trace, as the wedge or the hand sent it. `^` is RunStart, `[..]` a
    /// scan, `{..}` an unterminated run.
    struct Desk {
        assembler: Assembler,
        now: Instant,
        /// Whether the loop wakes at the deadline, or is busy and only sees the next event.
        wakes: bool,
        seen: String,
    }

    impl Desk {
        fn new(rules: ScanRules, wakes: bool) -> Self {
            Desk {
                assembler: Assembler::new(rules),
                now: Instant::now(),
                wakes,
                seen: String::new(),
            }
        }

        /// Every key comes `gap_ms` after the one before it.
        fn send(&mut self, gap_ms: u64, keys: &str) {
            for c in keys.chars() {
                self.now += Duration::from_millis(gap_ms);
                if self.wakes {
                    self.wake();
                }
                let inputs = self.assembler.push(self.now, Event::Key(key(c)));
                self.note(inputs);
            }
        }

        fn wake(&mut self) {
            while let Some(deadline) = self
                .assembler
                .deadline()
                .filter(|deadline| *deadline < self.now)
            {
                let inputs = self.assembler.expire(deadline);
                self.note(inputs);
            }
        }

        fn rest(mut self) -> String {
            self.now += Duration::from_secs(5);
            self.wake();
            self.seen
        }

        fn note(&mut self, inputs: Vec<Input>) {
            for input in inputs {
                self.seen += &match input {
                    Input::RunStart => "^".to_owned(),
                    Input::Scan(code) => format!("[{code}]"),
                    Input::UnterminatedRun(text) => format!("{{{text}}}"),
                    Input::Key(key) => match (key.code, key.modifiers) {
                        (KeyCode::Char(c), KeyModifiers::CONTROL) => format!("<C-{c}>"),
                        (KeyCode::Char(c), _) => c.to_string(),
                        (code, _) => format!("<{code}>"),
                    },
                    other => format!("{other:?}"),
                };
            }
        }
    }

    /// Bytes as crossterm's raw mode delivers them.
    fn key(c: char) -> KeyEvent {
        let control = |c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL);
        match c {
            '\r' => KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE),
            '\t' => KeyEvent::new(KeyCode::Tab, KeyModifiers::NONE),
            '\x1b' => KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE),
            '\n' => control('j'),
            '\x02' => control('b'),
            '\x03' => control('c'),
            '\x04' => control('d'),
            '\x1d' => control('5'),
            c if c.is_uppercase() => KeyEvent::new(KeyCode::Char(c), KeyModifiers::SHIFT),
            c => KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE),
        }
    }

    type Trace = (&'static str, &'static [(u64, &'static str)], &'static str);

    fn check(rules: ScanRules, dialog: bool, traces: &[Trace]) {
        for (name, trace, expected) in traces {
            for wakes in [true, false] {
                let mut desk = Desk::new(rules, wakes);
                desk.assembler.set_dialog(dialog);
                trace
                    .iter()
                    .for_each(|(gap_ms, keys)| desk.send(*gap_ms, keys));
                assert_eq!(desk.rest(), *expected, "{name}, wakes: {wakes}");
            }
        }
    }

    #[test]
    fn a_scan_is_told_from_typing() {
        let traces: &[Trace] = &[
            ("2 ms, CR", &[(2, "CAM-0001\r")], "^CAM-0001[CAM-0001]"),
            ("8 ms, LF", &[(8, "CAM-0001\n")], "^CAM-0001[CAM-0001]"),
            (
                "16 ms, CRLF",
                &[(16, "CAM-0001\r\n")],
                "^CAM-0001[CAM-0001]",
            ),
            (
                "exactly the gap",
                &[(40, "CAM-0001\r")],
                "^CAM-0001[CAM-0001]",
            ),
            ("Tab", &[(8, "CAM-0001\t")], "^CAM-0001[CAM-0001]"),
            (
                "doubled CR and Tab",
                &[(8, "CAM-0001\r"), (70, "\r\t")],
                "^CAM-0001[CAM-0001]",
            ),
            ("no terminator", &[(8, "CAM-0001")], "^CAM-0001{CAM-0001}"),
            ("no terminator, too short", &[(8, "CAM01")], "^CAM01"),
            (
                "terminator after the silence",
                &[(8, "CAM-0001"), (120, "\r")],
                "^CAM-0001{CAM-0001}",
            ),
            (
                "terminator late by a hiccup",
                &[(8, "CAM-0001"), (60, "\r")],
                "^CAM-0001[CAM-0001]",
            ),
            (
                "STX, ETX",
                &[(8, "\x02CAM-0001\x03")],
                "^CAM-0001[CAM-0001]",
            ),
            (
                "STX, ETX, CR",
                &[(8, "\x02CAM-0001\x03\r")],
                "^CAM-0001[CAM-0001]",
            ),
            ("STX, any speed and length", &[(300, "\x02A1\r")], "^A1[A1]"),
            (
                "STX, no end, next STX",
                &[(8, "\x02CAM-1\x02CAM-2\r")],
                "^CAM-1[CAM-1]^CAM-2[CAM-2]",
            ),
            (
                "STX alone is given up",
                &[(8, "\x02AB"), (2500, "\r")],
                "^AB<Enter>",
            ),
            (
                "ETX as terminator",
                &[(8, "CAM-0001\x03")],
                "^CAM-0001[CAM-0001]",
            ),
            ("CR, ETX", &[(8, "CAM-0001\r\x03")], "^CAM-0001[CAM-0001]"),
            (
                "ETX inside a short burst",
                &[(8, "AB\x03C1\r")],
                "^ABC1[ABC1]",
            ),
            ("Ctrl+C alone", &[(8, "ab"), (300, "\x03")], "^ab<C-c>"),
            (
                "Ctrl+C later after a scan",
                &[(8, "CAM-0001\r"), (400, "\x03")],
                "^CAM-0001[CAM-0001]<C-c>",
            ),
            ("LF alone", &[(8, "\n")], "<Enter>"),
            ("GS inside", &[(8, "010403\x1d21\r")], "^01040321[01040321]"),
            ("GS alone", &[(8, "\x1d")], "<C-5>"),
            (
                "Code 39 stars",
                &[(8, "*CAM0012*\r")],
                "^*CAM0012*[*CAM0012*]",
            ),
            (
                "two scans 120 ms apart",
                &[(8, "CAM-0001\r"), (120, "L"), (8, "EN-0002\r")],
                "^CAM-0001[CAM-0001]^LEN-0002[LEN-0002]",
            ),
            (
                "memory upload, short tag",
                &[(0, "CAM-0001\rK12\rK13\r")],
                "^CAM-0001[CAM-0001]^K12[K12]^K13[K13]",
            ),
            (
                "Bluetooth, one hiccup",
                &[(35, "CAM-"), (60, "0"), (35, "001\r")],
                "^CAM-0001[CAM-0001]",
            ),
            (
                "Bluetooth, hiccup before the last",
                &[(35, "CAM-000"), (80, "1"), (35, "\r")],
                "^CAM-0001[CAM-0001]",
            ),
            (
                "Bluetooth, hiccup, no terminator",
                &[(35, "CAM-"), (60, "0"), (35, "001")],
                "^CAM-0001",
            ),
            (
                "hiccup too long",
                &[(35, "CAM"), (90, "0"), (35, "001\r")],
                "^CAM^0001[0001]",
            ),
            (
                "STX survives any hiccup",
                &[(35, "\x02CAM-"), (300, "0"), (35, "001\r")],
                "^CAM-0001[CAM-0001]",
            ),
            ("slow typist", &[(110, "ana\r")], "^a^n^a<Enter>"),
            (
                "slow typist, long name",
                &[(90, "anaruiz\r")],
                "^a^n^a^r^u^i^z<Enter>",
            ),
            (
                "roll of three, human Enter",
                &[(25, "the"), (90, "\r")],
                "^the<Enter>",
            ),
            ("roll of three, fast Enter", &[(25, "the\r")], "^the<Enter>"),
            (
                "roll of four, human Enter",
                &[(25, "then"), (60, "\r")],
                "^then<Enter>",
            ),
            (
                "short code, CRLF: one Enter",
                &[(8, "AB\r\n")],
                "^AB<Enter>",
            ),
            (
                "Enter held, seen as presses",
                &[(30, "\r\r\r\r")],
                "<Enter>",
            ),
            ("Enter twice by hand", &[(150, "\r\r")], "<Enter><Enter>"),
            (
                "scan into a half-typed note",
                &[(120, "b"), (500, "C"), (8, "AM-0001\r"), (500, "c")],
                "^b^CAM-0001[CAM-0001]^c",
            ),
            (
                "letter right after a scan",
                &[(8, "CAM-0001\ra"), (200, "\r")],
                "^CAM-0001[CAM-0001]^a<Enter>",
            ),
            (
                "a command breaks the run",
                &[(8, "CAM\x04-001\r")],
                "^CAM<C-d>^-001[-001]",
            ),
        ];
        check(ScanRules::default(), false, traces);
    }

    #[test]
    fn a_prefix_makes_a_scan_certain() {
        let traces: &[Trace] = &[
            ("fast", &[(8, "~CAM-0001\r")], "^~CAM-0001[CAM-0001]"),
            ("any speed", &[(500, "~A1\r")], "^~A1[A1]"),
            (
                "glued",
                &[(8, "~CAM-1~CAM-2\r")],
                "^~CAM-1[CAM-1]^~CAM-2[CAM-2]",
            ),
            ("no end", &[(8, "~CAM-0001")], "^~CAM-0001{CAM-0001}"),
            ("given up with Esc", &[(300, "~5\x1b\r")], "^~5<Esc><Enter>"),
        ];
        check(
            ScanRules {
                prefix: Some('~'),
                ..ScanRules::default()
            },
            false,
            traces,
        );
    }

    #[test]
    fn a_dialog_is_answered_by_single_keys_only() {
        let traces: &[Trace] = &[
            ("one key", &[(8, "y")], "^y"),
            ("two keys by hand", &[(90, "n2")], "^n^2"),
            ("key, then Enter by hand", &[(90, "y\r")], "^y<Enter>"),
            ("key, Esc at once", &[(8, "y\x1b")], "^y<Esc>"),
            ("scan", &[(8, "CAM-0001\r\n")], "^[CAM-0001]"),
            (
                "scan with a hiccup",
                &[(35, "CAM-"), (60, "0"), (35, "00Y\r")],
                "^[CAM-000Y]",
            ),
            ("scan without terminator", &[(8, "CAM-0001")], "^{CAM-0001}"),
            ("burst without meaning", &[(8, "yes")], ""),
            ("short burst with CRLF", &[(8, "Y\r\n")], ""),
            ("STX, one character", &[(8, "\x02Y\x03\r")], "^[Y]"),
            (
                "scan, then an answer",
                &[(8, "CAM-0001\r"), (300, "y")],
                "^[CAM-0001]^y",
            ),
        ];
        check(ScanRules::default(), true, traces);
    }

    #[test]
    fn a_dialog_that_opens_or_closes_during_a_scan_does_not_cut_it() {
        let mut desk = Desk::new(ScanRules::default(), true);
        desk.send(8, "CAM");
        desk.assembler.set_dialog(true);
        desk.send(8, "-0001\rLEN-");
        desk.assembler.set_dialog(false);
        desk.send(8, "0002\r");
        assert_eq!(desk.rest(), "^CAM[CAM-0001]^[LEN-0002]");
    }

    #[test]
    fn five_hundred_tags_at_once_are_five_hundred_scans() {
        for dialog in [false, true] {
            let mut assembler = Assembler::new(ScanRules::default());
            assembler.set_dialog(dialog);
            let (at, tags) = (
                Instant::now(),
                (1..=500).map(|n| format!("CAM-{n:04}")).collect::<Vec<_>>(),
            );
            let inputs = tags
                .iter()
                .flat_map(|tag| format!("{tag}\r").chars().map(key).collect::<Vec<_>>())
                .flat_map(|key| assembler.push(at, Event::Key(key)));
            let scans: Vec<String> = inputs
                .filter_map(|input| {
                    if let Input::Scan(code) = input {
                        Some(code)
                    } else {
                        None
                    }
                })
                .collect();
            assert_eq!(scans, tags);
        }
    }

    #[test]
    fn held_and_released_keys() {
        let mut assembler = Assembler::new(ScanRules::default());
        let mut kind = |code, kind| {
            assembler
                .push(
                    Instant::now(),
                    Event::Key(KeyEvent::new_with_kind(code, KeyModifiers::NONE, kind)),
                )
                .len()
        };
        assert_eq!(kind(KeyCode::Enter, KeyEventKind::Press), 1);
        assert_eq!(kind(KeyCode::Enter, KeyEventKind::Repeat), 0);
        assert_eq!(kind(KeyCode::Enter, KeyEventKind::Release), 0);
        assert_eq!(kind(KeyCode::Char('a'), KeyEventKind::Press), 2);
        assert_eq!(kind(KeyCode::Char('a'), KeyEventKind::Repeat), 1);
        assert_eq!(kind(KeyCode::Char('a'), KeyEventKind::Release), 0);
        assert_eq!(kind(KeyCode::Down, KeyEventKind::Repeat), 1);
    }

    #[test]
    fn a_paste_is_split_in_lines() {
        let mut assembler = Assembler::new(ScanRules::default());
        let mut paste = |text: &str| assembler.push(Instant::now(), Event::Paste(text.to_owned()));
        assert_eq!(
            paste("Ana Ruiz\r"),
            [Input::Paste(vec!["Ana Ruiz".to_owned()])]
        );
        assert_eq!(
            paste("A\r\nB\rC\n\nD"),
            [Input::Paste(
                ["A", "B", "C", "D"].map(str::to_owned).to_vec()
            )]
        );
        assert_eq!(paste("\r\n"), []);
    }
}
