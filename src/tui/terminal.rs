//! The terminal, in and out: the screen is opened and always given back (by hand, on drop, after a
//! panic, by a signal), and two threads bring keys and signals to the UI loop over one channel. The
//! measured facts behind the odd parts are in RELIABILITY, section 0: only the reader may ask
//! crossterm for anything, a terminal that is gone must neither spin nor block, and a panic hook
//! that prints with `eprintln!` ends in SIGABRT. The state is static because a terminal is: the
//! panic hook and the signal thread have no other way to reach it.

use super::escapes;
use anyhow::{Context, ensure};
use crossterm::event::{
    self, DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange, Event,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen,
    disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, execute, queue, style};
use ratatui::backend::CrosstermBackend;
use ratatui::layout::{Position, Rect};
use ratatui::{Frame, Terminal};
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};
use std::mem::ManuallyDrop;
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, TryLockError, mpsc};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

const POLL: Duration = Duration::from_millis(250);
/// What came in one packet is read already; a poll of no time at all would not look at it.
const SAME_PACKET: Duration = Duration::from_millis(1);
/// A poll that overstays by this much waits for the end of a paste that got lost.
const PASTE_OVERDUE: Duration = Duration::from_secs(2);
/// The largest frame fits, so a frame is one write.
const FRAME_BYTES: usize = 64 * 1024;

static OPEN: AtomicBool = AtomicBool::new(false);
static UI_THREAD: OnceLock<ThreadId> = OnceLock::new();
/// Held while something is written to the screen, so that a stop does not fall into the middle of a
/// frame.
static PEN: Mutex<()> = Mutex::new(());

/// What wakes the UI loop.
#[derive(Debug)]
pub enum Wake {
    /// An event, and when it arrived.
    Terminal(Instant, Event),
    /// The terminal is gone: keep the draft and leave.
    HangUp,
    /// SIGHUP, SIGTERM or SIGINT: keep the draft and leave with 128 + n, within half a second.
    Signal(i32),
    /// The process was stopped and goes on: `clear` and draw.
    Continued,
}

/// The screen while the counter runs. An error from any of its methods means that the terminal is
/// gone: treat it as `Wake::HangUp`, do not try again.
pub struct Screen {
    /// Never dropped: the drop of `Terminal` prints with `eprintln!` where the terminal is gone,
    /// which panics there, and the drop of its writer would put the rest of a frame over the
    /// shell's prompt.
    terminal: ManuallyDrop<Terminal<CrosstermBackend<BufWriter<Stdout>>>>,
}

impl Screen {
    /// Opens the screen on the thread that calls; that thread is the UI thread from now on.
    pub fn open() -> anyhow::Result<Screen> {
        ensure!(
            io::stdin().is_terminal() && io::stdout().is_terminal(),
            "The counter needs a terminal, and input or output is none. Commands like `rentdesk check` work without one; `rentdesk --help` lists them."
        );
        UI_THREAD.get_or_init(|| thread::current().id());
        OPEN.store(true, Ordering::SeqCst);
        let opened = enter().and_then(|()| {
            Terminal::new(CrosstermBackend::new(BufWriter::with_capacity(
                FRAME_BYTES,
                io::stdout(),
            )))
        });
        if opened.is_err() {
            restore();
        }
        let terminal = opened
            .context("The terminal does not let the counter draw. Try another terminal window.")?;
        Ok(Screen {
            terminal: ManuallyDrop::new(terminal),
        })
    }

    /// Draws what has changed, in one synchronized update.
    pub fn draw(&mut self, render: impl FnOnce(&mut Frame)) -> io::Result<()> {
        let _pen = pen()?;
        queue!(self.terminal.backend_mut(), BeginSynchronizedUpdate)?;
        self.terminal.draw(render)?;
        execute!(self.terminal.backend_mut(), EndSynchronizedUpdate)
    }

    /// Forgets what the screen shows, so that the next `draw` paints all of it. Not
    /// `Terminal::clear`: that one asks the terminal for the cursor position and waits for the
    /// reader's lock.
    pub fn clear(&mut self) -> io::Result<()> {
        let _pen = pen()?;
        let size = self.terminal.size()?;
        self.terminal.resize(Rect::from((Position::ORIGIN, size)))
    }

    pub fn bell(&mut self) -> io::Result<()> {
        let _pen = pen()?;
        let backend = self.terminal.backend_mut();
        backend.write_all(b"\x07")?;
        Write::flush(backend)
    }

    /// Gives the terminal back. Nothing is drawn afterwards.
    pub fn restore(&mut self) {
        restore();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore();
    }
}

/// The right to write. An error once the terminal has been given back, so that nothing lands on the
/// shell's screen.
fn pen() -> io::Result<MutexGuard<'static, ()>> {
    let pen = PEN.lock().unwrap_or_else(PoisonError::into_inner);
    if OPEN.load(Ordering::SeqCst) {
        Ok(pen)
    } else {
        Err(io::ErrorKind::BrokenPipe.into())
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide
    )
}

/// Safe from any thread and as often as you like. Raw mode goes first, because a dead terminal can
/// block the rest.
fn restore() {
    if !OPEN.swap(false, Ordering::SeqCst) {
        return;
    }
    #[cfg(unix)]
    let _ = rustix::termios::tcflush(io::stdin(), rustix::termios::QueueSelector::IFlush); // a scan on its way out is no shell command
    let _ = disable_raw_mode();
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableBracketedPaste,
        style::ResetColor,
        style::SetAttribute(style::Attribute::Reset),
        LeaveAlternateScreen,
        cursor::Show
    );
}

/// Replaces the panic hook, ratatui's included. A panic of the UI thread gives the terminal back
/// and names the report; a worker's only writes the report, because the screen is still in use. The
/// report holds no values.
pub fn install_panic_hook(crash_file: Option<PathBuf>) {
    std::panic::set_hook(Box::new(move |info| {
        let is_ui = UI_THREAD
            .get()
            .is_none_or(|ui| *ui == thread::current().id());
        let report = crash_file
            .as_deref()
            .filter(|path| write_report(path, info, is_ui).is_ok());
        if OPEN.load(Ordering::SeqCst) && !is_ui {
            return;
        }
        restore();
        let mut stderr = io::stderr();
        let _ = match report {
            Some(path) => writeln!(
                stderr,
                "Rentdesk met a fault of its own and stopped. What is saved is safe. The report is in {}",
                path.display()
            ),
            None => writeln!(
                stderr,
                "Rentdesk met a fault of its own and stopped at {}. What is saved is safe.",
                place(info)
            ),
        };
    }));
}

fn write_report(path: &Path, info: &PanicHookInfo, is_ui: bool) -> io::Result<()> {
    let thread = if is_ui { "counter" } else { "worker" };
    let message = info
        .payload()
        .downcast_ref::<&'static str>()
        .copied()
        .unwrap_or("(not kept: it may hold the shop's data)");
    let mut file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)?;
    file.write_all(
        format!(
            "rentdesk {}\nplace: {}\nthread: {thread}\nmessage: {message}\n\n",
            env!("CARGO_PKG_VERSION"),
            place(info)
        )
        .as_bytes(),
    )
}

fn place(info: &PanicHookInfo) -> String {
    info.location()
        .map_or_else(|| "an unknown place".to_owned(), ToString::to_string)
}

/// The thread that reads the terminal. It is the only one that may call crossterm's `poll` and
/// `read`.
pub struct Reader {
    began: Instant,
    polled_ms: Arc<AtomicU64>,
}

impl Reader {
    /// The end of a paste is lost, and every key since is swallowed until a paste comes whole.
    pub fn is_paste_overdue(&self, now: Instant) -> bool {
        let polled = self.began + Duration::from_millis(self.polled_ms.load(Ordering::Relaxed));
        now.saturating_duration_since(polled) > POLL + PASTE_OVERDUE
    }
}

/// Starts the reader once the screen is open. It ends with the channel, or with the terminal after
/// a `HangUp`.
pub fn spawn_reader(sender: mpsc::Sender<Wake>) -> io::Result<Reader> {
    let reader = Reader {
        began: Instant::now(),
        polled_ms: Arc::default(),
    };
    let (began, polled_ms) = (reader.began, Arc::clone(&reader.polled_ms));
    thread::Builder::new()
        .name("reader".to_owned())
        .spawn(move || {
            let next = || -> io::Result<Option<Event>> {
                polled_ms.store(
                    u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
                    Ordering::Relaxed,
                );
                if event::poll(POLL)? {
                    event::read().map(Some)
                } else {
                    is_there().map(|()| None)
                }
            };
            loop {
                let sent = match next() {
                    Ok(Some(event)) => send(&sender, event),
                    Ok(None) => Ok(()),
                    Err(_) => return drop(sender.send(Wake::HangUp)),
                };
                if sent.is_err() {
                    return;
                }
            }
        })?;
    Ok(reader)
}

/// An event, stamped; after an Esc also what came in the same packet, as the key that it was.
fn send(sender: &mpsc::Sender<Wake>, event: Event) -> Result<(), mpsc::SendError<Wake>> {
    let at = Instant::now();
    let mut after = Vec::new();
    while escapes::is_escape(&event)
        && escapes::goes_on(&after)
        && event::poll(SAME_PACKET).unwrap_or(false)
    {
        match event::read() {
            Ok(next) => after.push(next),
            Err(_) => break, // the next poll meets it again
        }
    }
    sender.send(Wake::Terminal(at, event))?;
    let after = escapes::key_of(&after).map_or(after, |key| vec![key]);
    after
        .into_iter()
        .try_for_each(|event| sender.send(Wake::Terminal(at, event)))
}

/// crossterm takes the end of the input of a closed terminal for silence, and would look for it as
/// fast as it can.
fn is_there() -> io::Result<()> {
    #[cfg(unix)]
    rustix::termios::tcgetattr(io::stdin())?;
    Ok(())
}

/// Starts the thread that answers signals. Call it before the screen is opened, so that no signal
/// finds the terminal raw and nobody at home.
#[cfg(unix)]
pub fn spawn_signals(sender: mpsc::Sender<Wake>) -> io::Result<()> {
    use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP};
    let mut signals =
        signal_hook::iterator::Signals::new([SIGHUP, SIGTERM, SIGINT, SIGTSTP, SIGCONT])?;
    thread::Builder::new()
        .name("signals".to_owned())
        .spawn(move || {
            for signal in signals.forever() {
                match signal {
                    SIGTSTP => stop(&sender),
                    SIGCONT => go_on(pen_within(POLL), &sender), // after SIGSTOP, of which nobody is told
                    _ => leave(signal, &sender),
                }
            }
        })?;
    Ok(())
}

/// Windows ends a console program by itself.
#[cfg(not(unix))]
pub fn spawn_signals(_sender: mpsc::Sender<Wake>) -> io::Result<()> {
    Ok(())
}

/// Leaves within a second, even if the UI thread hangs in a write to a terminal that nobody reads.
#[cfg(unix)]
fn leave(signal: i32, sender: &mpsc::Sender<Wake>) -> ! {
    const UI_LEAVES: Duration = Duration::from_millis(500);
    const RESTORE: Duration = Duration::from_millis(200);
    let _ = sender.send(Wake::Signal(signal));
    thread::sleep(UI_LEAVES);
    let (done, restored) = mpsc::channel();
    let _ = thread::Builder::new().spawn(move || {
        let _pen = pen_within(RESTORE / 2);
        restore();
        let _ = done.send(());
    });
    let _ = restored.recv_timeout(RESTORE);
    signal_hook::low_level::exit(128 + signal)
}

#[cfg(unix)]
fn stop(sender: &mpsc::Sender<Wake>) {
    let pen = pen_within(POLL);
    let was_open = OPEN.load(Ordering::SeqCst);
    restore();
    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP); // returns when the process goes on
    OPEN.store(was_open, Ordering::SeqCst);
    go_on(pen, sender);
}

/// Raw mode is left first, because crossterm believes that it is still on. The pen is put down
/// last: until then nothing is drawn on the shell's screen.
#[cfg(unix)]
fn go_on(pen: Option<MutexGuard<'static, ()>>, sender: &mpsc::Sender<Wake>) {
    if OPEN.load(Ordering::SeqCst) {
        let _ = disable_raw_mode();
        let _ = enter();
        let _ = sender.send(Wake::Continued);
    }
    drop(pen);
}

/// Not longer: the thread that holds the pen may never put it down.
#[cfg(unix)]
fn pen_within(limit: Duration) -> Option<MutexGuard<'static, ()>> {
    let until = Instant::now() + limit;
    loop {
        match PEN.try_lock() {
            Ok(pen) => return Some(pen),
            Err(TryLockError::Poisoned(poisoned)) => return Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => {
                thread::sleep(Duration::from_millis(5))
            }
            Err(TryLockError::WouldBlock) => return None,
        }
    }
}
