//! The counter on a terminal. Terminal events are stamped by a reader thread, assembled into keys
//! and scans, and handled one by one by the thread that owns the shop; at most one frame is drawn
//! for everything that was waiting.

pub mod input;
pub mod terminal;
mod escapes;
pub mod keymap;
pub mod place;
pub mod verdict;
pub mod theme;
pub mod draw;
mod draw_grid;
mod draw_keys;
pub mod grid;
pub mod screens;
pub mod overlays;
mod papers;
mod mails;
mod backups;
pub mod app;
mod acts;
pub mod plain;

use crate::kernel::Fallible;
use crate::shop::Shop;
use app::App;
use input::{Assembler, ScanRules};
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use terminal::{Screen, Wake};
use theme::Theme;

/// How the counter is opened.
pub struct Options {
    pub ascii: bool,
    pub staff_name: String,
    pub is_demo: bool,
    /// Where a crash leaves its report.
    pub crash_file: Option<PathBuf>,
}

/// Often enough for derived work and other windows, seldom enough to cost nothing.
const TICK: Duration = Duration::from_millis(250);
/// However much waits to be handled, what it led to so far is shown this often.
const FRAME_AT_LEAST_EVERY: Duration = Duration::from_millis(250);
const HEAD_EVERY: Duration = Duration::from_secs(1);
/// What was not done rings twice.
const BELL_PAUSE: Duration = Duration::from_millis(150);
const IDLE_BEFORE_CHECKPOINT: Duration = Duration::from_secs(1);

/// Opens the counter and stays until it is left; the exit code.
pub fn run(shop: Shop, options: Options) -> Fallible<i32> {
    let rules = ScanRules {
        gap: Duration::from_millis(shop.settings.value("scan_gap_ms").parse().unwrap_or(40)),
        length_min: shop.settings.value("scan_length").parse().unwrap_or(4),
        prefix: shop.settings.value("scan_prefix").chars().next(),
    };
    let theme = Theme::of_environment(options.ascii || shop.settings.on("ascii"));
    terminal::install_panic_hook(options.crash_file);
    let (sender, wakes) = mpsc::channel();
    terminal::spawn_signals(sender.clone())?;
    let mut screen = Screen::open()?;
    let reader = terminal::spawn_reader(sender)?;
    let mut app = App::new(shop, theme, options.staff_name)?;
    app.is_demo = options.is_demo;
    app.backs_up_daily = matches!(app.shop.clock, crate::kernel::Clock::Running(_));
    app.look_at_backups();
    let code = counter(&mut app, &mut screen, &wakes, rules, &reader);
    app.keep_typing();
    drop(screen);
    app.finish_sending();
    app.finish_backup();
    app.shop.close();
    Ok(code)
}

/// The pump. Leaves with an exit code: 0 by the staff member's wish, 128 + n on a signal, 129 when
/// the terminal is gone.
fn counter(
    app: &mut App,
    screen: &mut Screen,
    wakes: &Receiver<Wake>,
    rules: ScanRules,
    reader: &terminal::Reader,
) -> i32 {
    const HANG_UP: i32 = 129;
    let mut assembler = Assembler::new(rules);
    let (mut last_tick, mut last_head, mut last_input) =
        (Instant::now(), Instant::now(), Instant::now());
    let mut checkpointed = true;
    let mut bell_again: Option<Instant> = None;
    let mut minute = minute_of(app);
    let mut dirty = true;
    let mut drawn = Instant::now();
    loop {
        if dirty {
            app.settle();
            if screen.draw(|frame| app.draw(frame)).is_err() {
                return HANG_UP; // any error of a draw means that the terminal is gone
            }
            (dirty, drawn) = (false, Instant::now());
        }
        let deadline = [assembler.deadline(), bell_again]
            .into_iter()
            .flatten()
            .fold(last_tick + TICK, Instant::min);
        let first = match wakes.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(wake) => Some(wake),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => return HANG_UP,
        };
        // Everything that waits is taken before a frame is drawn, unless that takes long.
        let mut next = first;
        while let Some(wake) = next {
            match wake {
                Wake::Terminal(at, event) => {
                    last_input = Instant::now();
                    checkpointed = false;
                    dirty = true;
                    assembler.set_dialog(app.in_dialog());
                    for arrived in assembler.push(at, event) {
                        app.take(at, arrived);
                    }
                    if drawn.elapsed() > FRAME_AT_LEAST_EVERY {
                        app.settle();
                        if screen.draw(|frame| app.draw(frame)).is_err() {
                            return HANG_UP;
                        }
                        drawn = Instant::now();
                    }
                }
                Wake::Continued => {
                    let _ = screen.clear(); // a failing terminal shows at the next draw
                    dirty = true;
                }
                Wake::HangUp => return HANG_UP,
                Wake::Signal(number) => return 128 + number,
            }
            if app.leaving {
                return 0;
            }
            next = wakes.try_recv().ok();
        }
        let now = Instant::now();
        assembler.set_dialog(app.in_dialog());
        for arrived in assembler.expire(now) {
            app.take(now, arrived);
            dirty = true;
        }
        if app.leaving {
            return 0;
        }
        if now >= last_tick + TICK {
            last_tick = now;
            dirty |= tick(app, reader, now);
            let this_minute = minute_of(app);
            if this_minute != minute {
                minute = this_minute;
                app.look_at_backups();
                app.refresh();
                dirty = true;
            }
            if now >= last_head + HEAD_EVERY {
                last_head = now;
                let _ = app.shop.store.note_head(); // the note only ever lags
            }
            if !checkpointed && now >= last_input + IDLE_BEFORE_CHECKPOINT {
                checkpointed = true;
                let _ = app.shop.store.checkpoint(); // what is left is moved the next time
            }
        }
        if app.wants_redraw {
            app.wants_redraw = false;
            let _ = screen.clear();
            dirty = true;
        }
        match std::mem::take(&mut app.bells) {
            0 => {}
            rings => {
                let _ = screen.bell(); // a terminal that cannot ring has gone, which the next draw tells
                bell_again = (rings > 1).then(|| now + BELL_PAUSE);
            }
        }
        if bell_again.is_some_and(|at| now >= at) {
            bell_again = None;
            let _ = screen.bell();
        }
    }
}

fn tick(app: &mut App, reader: &terminal::Reader, now: Instant) -> bool {
    if reader.is_paste_overdue(now) {
        app.say_paste_overdue();
        return true;
    }
    match app.tick() {
        Ok(changed) => changed,
        Err(fault) => {
            app.say_fault(fault);
            true
        }
    }
}

fn minute_of(app: &App) -> i64 {
    app.shop.now().0.div_euclid(60)
}
