//! The harness: a counter without a terminal, driven by keys and scans through the real event path,
//! with a clock of its own.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use rentdesk::exchange::demo;
use rentdesk::kernel::{AssetTag, Clock, Moment, ShopZone};
use rentdesk::shop::Shop;
use rentdesk::tui::app::App;
use rentdesk::tui::input::{Assembler, ScanRules};
use rentdesk::tui::theme::Theme;
use rentdesk::{booking, customers, inventory};
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tempfile::TempDir;

pub struct Counter {
    pub app: App,
    assembler: Assembler,
    at: Instant,
    /// Key presses so far, and triggers of the scanner.
    pub presses: usize,
    pub scans: usize,
    pub folder: TempDir,
}

/// Fri 21 Nov 2025 10:42 in Berlin, as in every drawing of the screens.
pub fn friday() -> Moment {
    let zone = ShopZone::parse("Europe/Berlin").expect("a zone");
    let wall = chrono::NaiveDate::from_ymd_opt(2025, 11, 21)
        .and_then(|day| day.and_hms_opt(10, 42, 0))
        .expect("a time");
    zone.moment(wall).expect("it exists")
}

/// The demo shop is made once and copied: its week is a few hundred commands.
fn demo_file() -> &'static Path {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    let folder = MADE.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let shop = demo::make_unpaid(&folder.path().join("shop.db"), Clock::Fixed(friday()))
            .expect("the demo shop");
        shop.close();
        folder
    });
    folder.path()
}

pub fn demo_shop() -> (Shop, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shop.db");
    std::fs::copy(demo_file().join("shop.db"), &path).expect("a copy");
    let mut shop = Shop::open(&path, Clock::Fixed(friday())).expect("the demo shop opens");
    shop.sign("Ana").expect("Ana works here");
    (shop, folder)
}

impl Counter {
    pub fn demo() -> Self {
        let (shop, folder) = demo_shop();
        Counter::over(shop, folder)
    }

    pub fn over(shop: Shop, folder: TempDir) -> Self {
        let app = App::new(
            shop,
            Theme {
                colour: false,
                ascii: false,
            },
            "Ana".to_owned(),
        )
        .expect("the counter opens");
        Counter {
            app,
            assembler: Assembler::new(ScanRules::default()),
            at: Instant::now(),
            presses: 0,
            scans: 0,
            folder,
        }
    }

    fn event(&mut self, event: Event) {
        self.assembler.set_dialog(self.app.in_dialog());
        for arrived in self.assembler.push(self.at, event) {
            self.app.input(self.at, arrived);
        }
    }

    /// Lets time pass, as between two keys of a hand.
    fn pass(&mut self, time: Duration) {
        self.at += time;
        self.assembler.set_dialog(self.app.in_dialog());
        for arrived in self.assembler.expire(self.at) {
            self.app.input(self.at, arrived);
        }
    }

    fn press(&mut self, code: KeyCode, modifiers: KeyModifiers) {
        self.presses += 1;
        self.event(Event::Key(KeyEvent::new(code, modifiers)));
        self.pass(Duration::from_millis(180));
    }

    /// `chen<ret>`, `<c-z>`, `<f2>`, `<esc>`, `<down>`, `<del>`, `<tab>`: keys as a hand presses
    /// them.
    pub fn keys(&mut self, script: &str) -> &mut Self {
        let mut rest = script.chars();
        while let Some(character) = rest.next() {
            if character != '<' {
                self.press(KeyCode::Char(character), KeyModifiers::NONE);
                continue;
            }
            let name: String = rest.by_ref().take_while(|c| *c != '>').collect();
            let (code, modifiers) = match name.as_str() {
                "ret" => (KeyCode::Enter, KeyModifiers::NONE),
                "esc" => (KeyCode::Esc, KeyModifiers::NONE),
                "tab" => (KeyCode::Tab, KeyModifiers::NONE),
                "up" => (KeyCode::Up, KeyModifiers::NONE),
                "down" => (KeyCode::Down, KeyModifiers::NONE),
                "del" => (KeyCode::Delete, KeyModifiers::NONE),
                "bs" => (KeyCode::Backspace, KeyModifiers::NONE),
                "left" => (KeyCode::Left, KeyModifiers::NONE),
                "right" => (KeyCode::Right, KeyModifiers::NONE),
                "home" => (KeyCode::Home, KeyModifiers::NONE),
                "end" => (KeyCode::End, KeyModifiers::NONE),
                "pgup" => (KeyCode::PageUp, KeyModifiers::NONE),
                "pgdn" => (KeyCode::PageDown, KeyModifiers::NONE),
                name => match (
                    name.strip_prefix("c-")
                        .and_then(|letter| letter.chars().next()),
                    name.strip_prefix('f')
                        .and_then(|number| number.parse().ok()),
                ) {
                    (Some(letter), _) => (KeyCode::Char(letter), KeyModifiers::CONTROL),
                    (_, Some(number)) => (KeyCode::F(number), KeyModifiers::NONE),
                    _ => panic!("no key <{name}>"),
                },
            };
            self.press(code, modifiers);
        }
        self
    }

    /// A scan as a scanner sends it: 2 ms a character, closed by Enter; then the hand reaches for
    /// the next thing.
    pub fn scan(&mut self, code: &str) -> &mut Self {
        self.scans += 1;
        self.burst(code);
        self.pass(Duration::from_millis(1600));
        self
    }

    /// The burst alone, with nothing after it.
    pub fn burst(&mut self, code: &str) {
        for character in code.chars() {
            self.event(Event::Key(KeyEvent::new(
                KeyCode::Char(character),
                KeyModifiers::NONE,
            )));
            self.at += Duration::from_millis(2);
        }
        self.event(Event::Key(KeyEvent::new(
            KeyCode::Enter,
            KeyModifiers::NONE,
        )));
    }

    pub fn screen_at(&mut self, columns: u16, rows: u16) -> String {
        let mut terminal =
            Terminal::new(TestBackend::new(columns, rows)).expect("a terminal in memory");
        terminal
            .draw(|frame| self.app.draw(frame))
            .expect("a frame");
        let buffer = terminal.backend().buffer().clone();
        (0..rows)
            .map(|y| {
                let line: String = (0..columns).map(|x| buffer[(x, y)].symbol()).collect();
                line.trim_end().to_owned()
            })
            .collect::<Vec<_>>()
            .join("\n")
    }

    pub fn screen(&mut self) -> String {
        self.screen_at(100, 30)
    }

    pub fn verdict(&self) -> String {
        let verdict = self.app.verdict();
        format!("{} {}", verdict.word(), verdict.text)
            .trim()
            .to_owned()
    }

    pub fn hint(&self) -> String {
        self.app.verdict().hint.clone()
    }

    /// The counter as it is after a kill and a new start: only the file is left.
    pub fn killed_and_opened(self) -> Self {
        let Counter { app, folder, .. } = self;
        drop(app); // without a word of goodbye: nothing is closed, kept or noted
        let mut shop = Shop::open(&folder.path().join("shop.db"), Clock::Fixed(friday()))
            .expect("it opens again");
        shop.sign("Ana").expect("Ana works here");
        Counter::over(shop, folder)
    }

    /// The books are whole: after every journey, once the derived work is done that a busy machine
    /// leaves for the tick.
    pub fn check(&self) {
        self.app.shop.drain_all().expect("derived work goes on");
        let problems = self.app.shop.check().expect("the check runs");
        assert!(problems.is_empty(), "{problems:?}");
    }
}

/// The item with that tag, as it stands.
pub fn item(counter: &Counter, tag: &str) -> inventory::Item {
    match inventory::by_code(
        counter.app.shop.read(),
        &AssetTag::parse(tag).expect("a tag").code(),
    )
    .expect("it reads")
    {
        Some(inventory::Stock::Item(item)) => item,
        other => panic!("{tag} is {other:?}"),
    }
}

/// Who has it, by name.
pub fn holder(counter: &Counter, tag: &str) -> Option<String> {
    let rental =
        booking::open_rental(counter.app.shop.read(), item(counter, tag).id).expect("it reads")?;
    Some(
        customers::known(counter.app.shop.read(), rental.customer)
            .ok()?
            .profile
            .name
            .to_string(),
    )
}
