//! The counter's state, and where each input goes: to an overlay, to a prompt in the box, to a
//! verb, or into the text.

mod keys;
mod rows;

pub(super) use keys::edit_of;

use super::acts::Undone;
use super::draw::{self, Chrome};
use super::input::Input as Arrived;
use super::keymap::Verb;
use super::overlays::Overlay;
use super::overlays::palette::Palette;
use super::overlays::settle::Typed;
use super::place::{Page, Place, RowKey};
use super::theme::Theme;
use super::verdict::{Said, Severity, Verdict};
use crate::desk::{self, InHand, Judgement, ReservationDraft};
use crate::kernel::{
    CustomerId, Fallible, InvoiceId, Moment, Period, RentalId, ReservationId, TypeId,
};
use crate::shop::Shop;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::Instant;
use tui_input::Input;
use uuid::Uuid;

/// What the box is for right now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum BoxMode {
    Find,
    Due,
    Returned,
    Note(NoteOf),
    HowMany {
        type_id: TypeId,
        way: Way,
        rental: Option<RentalId>,
        of: i64,
    },
    /// When an item on the bench is expected back.
    BackOn(crate::kernel::ItemId),
    /// The next scan takes that thing off.
    TakeOff,
    /// From and to of the reservation that is being written.
    Window,
    /// From and to of a reservation.
    Dates(ReservationId),
    /// Until when what is out of it stays out.
    Extend(ReservationId),
    /// What is said of the price of the reservation that is being written.
    Bargain(Bargained),
    /// Of which day a list is printed.
    PaperDay {
        returns: bool,
    },
    /// A sum that is taken, given back or charged.
    Money(MoneyAsk),
}

/// What a sum in the box is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum MoneyAsk {
    Pay(Payer),
    Refund(Payer),
    Deposit(ReservationId),
    Charge(ReservationId),
    Issue(InvoiceId),
    Void(InvoiceId),
    Credit(InvoiceId),
    Till,
}

/// For what, or on whose account, money comes or goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Payer {
    Reservation(ReservationId),
    Customer(CustomerId),
    Invoice(InvoiceId),
}

/// Which part of the price is said by hand.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Bargained {
    Discount,
    Target,
    Coupon,
    /// Of a line, by its place in what is being written.
    Line(usize),
}

#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum NoteOf {
    CheckOut,
    Customer(CustomerId),
    Item(crate::kernel::ItemId),
    Reservation(ReservationId),
    /// The reservation that is being written.
    Draft,
    /// Why gear leaves before its day.
    Early,
    /// Why the shop goes on without events that are missing.
    Gap,
}

/// What Enter in the empty box does next, if nothing else is done before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NextEnter {
    /// Opens a reservation of that type, quantity and window.
    Reserve(TypeId, i64, Period),
    /// Shows the ways out of a line that is short.
    WaysOut(usize),
    /// Does what the verdict asks about, its amount in sight; the command id makes a doubled Enter
    /// one act.
    Money(Box<desk::MoneyAct>, Uuid),
    /// Puts that backup in the place of the file.
    Restore(std::path::PathBuf),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    Out,
    In,
}

const LOG_MAX: usize = 500;

/// What the counter was before the first character of a run, in case it turns out to be a scan.
pub(super) struct Checkpoint {
    pub(super) text: Input,
    pub(super) mode: BoxMode,
    pub(super) marked: HashSet<RowKey>,
    pub(super) overlay: Option<Overlay>,
    pub(super) offer_new: bool,
    pub(super) proposed: bool,
    pub(super) selected: Option<RowKey>,
}

pub struct App {
    pub shop: Shop,
    pub(super) place: Place,
    pub(super) before: Vec<Place>,
    pub(super) text: Input,
    pub(super) mode: BoxMode,
    pub(super) overlay: Option<Overlay>,
    pub(super) verdict: Verdict,
    /// What the last hand-over said: what becomes of its papers is said behind it.
    pub(super) handed: Option<String>,
    pub(super) log: VecDeque<Said>,
    /// What is said now is about a thing that was scanned, or whose tag was typed.
    pub(super) scanning: bool,
    pub(super) in_hand: InHand,
    /// The reservation that is being written, or was last.
    pub(super) editing: Option<ReservationDraft>,
    pub(super) next_enter: Option<NextEnter>,
    pub(super) back: Vec<RentalId>,
    pub(super) returned_at: Option<Moment>,
    pub(super) waiting_for_customer: Option<(TypeId, Option<i64>)>,
    pub(super) selected: Option<RowKey>,
    /// In which row, where one thing stands in several.
    selected_at: usize,
    pub(super) marked: HashSet<RowKey>,
    pub(super) recent: Vec<CustomerId>,
    pub(super) recent_shown: usize,
    pub(super) last_judgement: Option<Judgement>,
    pub(super) offer_new: bool,
    /// What stands in the box is a proposal: the first character typed takes its place.
    pub(super) proposed: bool,
    /// The newest step that was there when this window opened and was alone: those are its own to
    /// undo as well.
    pub(super) steps_before: i64,
    pub(super) undone: Undone,
    /// How many pieces were last laid in hand, and the newest step then: what came after it is
    /// undone first.
    pub(super) laid: (i64, i64),
    /// What was typed into settle strips that were left open.
    pub(super) settle_left: BTreeMap<ReservationId, Typed>,
    pub(super) waiting: VecDeque<String>,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) last_scan: Option<(String, Instant)>,
    leave_pressed: Option<Instant>,
    listening: bool,
    page: Page,
    /// Lines of the reservation being written whose answer has just become another: they stand out
    /// until the next key or tick.
    flashing: HashSet<RowKey>,
    /// Something has happened since the page was read.
    stale: bool,
    /// The page without what the typed text adds, while only text changes.
    rows: Option<(Place, Page)>,
    page_rows: usize,
    /// Columns and rows at the last draw.
    size: (u16, u16),
    pub(super) plan: super::grid::PlanState,
    /// A paper on its way, and the one made last.
    pub(super) printing: Option<super::papers::Job>,
    pub(super) last_paper: Option<super::papers::Paper>,
    /// A message on its way.
    sending: Option<super::mails::Sending>,
    /// Why messages cannot be sent, as it was told.
    sending_fault: Option<String>,
    /// A copy of the file on its way.
    pub(super) backing: Option<super::backups::Job>,
    pub(super) backup_age: super::backups::Age,
    /// The day's copy is made by itself: at a counter that somebody stands at.
    pub backs_up_daily: bool,
    /// Papers that come after the one on its way.
    pub(super) papers_next: VecDeque<super::papers::Paper>,
    pub spooler: crate::print::Spooler,
    pub(super) seen: Vec<String>,
    pub(super) typing_kept: String,
    pub theme: Theme,
    pub staff_name: String,
    pub is_demo: bool,
    pub bells: u8,
    pub wants_redraw: bool,
    pub leaving: bool,
}

impl App {
    pub fn new(shop: Shop, theme: Theme, staff_name: String) -> Fallible<Self> {
        let mut app = App {
            shop,
            place: Place::Desk,
            before: Vec::new(),
            text: Input::default(),
            mode: BoxMode::Find,
            overlay: None,
            verdict: Verdict::ready(),
            handed: None,
            log: VecDeque::new(),
            scanning: false,
            in_hand: InHand::default(),
            editing: None,
            next_enter: None,
            back: Vec::new(),
            returned_at: None,
            waiting_for_customer: None,
            selected: None,
            selected_at: 0,
            marked: HashSet::new(),
            recent: Vec::new(),
            recent_shown: 0,
            last_judgement: None,
            offer_new: false,
            proposed: false,
            steps_before: 0,
            undone: Undone::default(),
            laid: (0, 0),
            settle_left: BTreeMap::new(),
            waiting: VecDeque::new(),
            checkpoint: None,
            last_scan: None,
            leave_pressed: None,
            listening: true,
            page: Page::default(),
            flashing: HashSet::new(),
            stale: false,
            rows: None,
            page_rows: 10,
            size: (100, 30),
            plan: super::grid::PlanState::default(),
            printing: None,
            last_paper: None,
            sending: None,
            sending_fault: None,
            backing: None,
            backup_age: super::backups::Age::default(),
            backs_up_daily: false,
            papers_next: VecDeque::new(),
            spooler: crate::print::Spooler::default(),
            seen: Vec::new(),
            typing_kept: String::new(),
            theme,
            staff_name,
            is_demo: false,
            bells: 0,
            wants_redraw: false,
            leaving: false,
        };
        if app.shop.store.was_alone() {
            app.steps_before =
                desk::newest_step(app.shop.read(), &app.shop.settings, app.shop.now())?;
        }
        app.lapse()?;
        app.bring_back_typing();
        if let Some(refusal) = app.shop.store.reading_only() {
            app.verdict = Verdict::bad(
                format!("{refusal}; this window only reads"),
                crate::kernel::Refusal::hint(refusal),
            );
        }
        if let Some(warning) = app.shop.store.place_warning() {
            app.say(Verdict::attention(
                warning.to_string(),
                "keep it in a folder of your own (chmod go-w)",
            ));
        }
        if let Some(alarm) = app.shop.store.alarm()? {
            app.say(Verdict::bad(
                alarm.to_string(),
                ":restore puts a backup in its place · :accept goes on without, with a reason",
            ));
        }
        app.look_at_backups();
        app.refresh();
        Ok(app)
    }

    /// One input, in the order it arrived, and the rows it leads to.
    pub fn input(&mut self, at: Instant, arrived: Arrived) {
        self.take(at, arrived);
        self.settle();
    }

    /// One input, in the order it arrived. The rows are read when something looks at them: a
    /// scanner that empties its memory sends thousands of keys, and reading a long list again for
    /// each of them would freeze the counter.
    pub fn take(&mut self, at: Instant, arrived: Arrived) {
        let only_text = self.is_only_text(&arrived);
        self.flashing.clear();
        if !matches!(
            arrived,
            Arrived::RunStart | Arrived::Scan(_) | Arrived::UnterminatedRun(_)
        ) && !only_text
        {
            self.settle();
        }
        // What stands on the screen apart from the hits does not change while somebody types a
        // name.
        let types = only_text
            && self.overlay.is_none()
            && self.mode == BoxMode::Find
            && self.waiting.is_empty()
            && !matches!(self.place, Place::Keys | Place::Scanner);
        match arrived {
            Arrived::RunStart => {
                self.checkpoint = Some(Checkpoint {
                    text: self.text.clone(),
                    mode: self.mode.clone(),
                    marked: self.marked.clone(),
                    overlay: self.overlay.clone(),
                    offer_new: self.offer_new,
                    proposed: self.proposed,
                    selected: self.selected.clone(),
                });
                return;
            }
            Arrived::Key(key) => self.key(at, key),
            Arrived::Scan(code) => {
                self.roll_back();
                self.scan(at, &code);
            }
            Arrived::UnterminatedRun(code) => {
                // Without a terminator only a code that the shop knows is a scan; anything else is
                // text and stays.
                if self.knows(&code) {
                    self.roll_back();
                    self.scan(at, &code);
                }
            }
            Arrived::Paste(lines) => self.paste(at, lines),
            Arrived::Resize => self.wants_redraw = true,
            Arrived::Focus(listening) => self.listening = listening,
        }
        self.deliver_waiting();
        self.stale = true;
        if !types {
            self.rows = None;
        }
    }

    /// Letters and digits never look at a row, nor does what follows them in the box.
    fn is_only_text(&self, arrived: &Arrived) -> bool {
        matches!(arrived, Arrived::Key(KeyEvent { code: KeyCode::Char(character), modifiers, .. })
            if !modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) && (character.is_alphanumeric() || !self.text.value().is_empty()))
    }

    /// Reads the screen's rows again if something has happened since.
    pub fn settle(&mut self) {
        if self.stale {
            self.make_page();
        }
    }

    /// Whether letters choose now, which the assembler must know before the next key.
    pub fn in_dialog(&self) -> bool {
        self.overlay.as_ref().is_some_and(Overlay::is_dialog)
    }

    /// Says it, keeps it, and rings for what needs a look.
    pub(super) fn say(&mut self, verdict: Verdict) {
        let rings = match verdict.severity {
            Severity::Bad => 2,
            Severity::Attention | Severity::Question => 1,
            _ => 0,
        };
        if self.shop.settings.on("sound") {
            self.bells = self.bells.max(rings);
        }
        if verdict.severity != Severity::Ready {
            self.log.push_front(Said {
                at: self.shop.now(),
                verdict: verdict.clone(),
                of_scan: self.scanning,
            });
            self.log.truncate(LOG_MAX);
        }
        self.verdict = verdict;
    }

    /// Says the same with more words: it stays one entry of the log.
    pub(super) fn say_over(&mut self, verdict: Verdict) {
        if let Some(last) = self.log.front_mut() {
            last.verdict = verdict.clone();
        }
        self.verdict = verdict;
    }

    /// Does what a scan or a typed tag leads to: what is said of it stands among the last scans.
    pub(super) fn of_scan<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.scanning, true);
        let done = act(self);
        self.scanning = before;
        done
    }

    /// As [`Self::of_scan`], where the scan was asked about: the answer stands in the place of the
    /// question.
    pub(super) fn answer_of_scan<T>(&mut self, act: impl FnOnce(&mut Self) -> T) -> T {
        if let Some(question) = self.log.iter_mut().find(|said| said.of_scan) {
            question.of_scan = false;
        }
        self.of_scan(act)
    }

    pub(super) fn clear_box(&mut self) {
        self.text.reset();
        self.mode = BoxMode::Find;
        self.offer_new = false;
        self.proposed = false;
    }

    /// Asks for a count, with one in the box already.
    pub(super) fn ask_how_many(&mut self, mode: BoxMode, count: i64) {
        self.mode = mode;
        self.text = Input::new(count.to_string());
        self.proposed = true;
    }

    pub(super) fn go(&mut self, place: Place) {
        if self.place == place {
            return;
        }
        if let BoxMode::Note(of) = self.mode.clone()
            && !(matches!(of, NoteOf::Early | NoteOf::Gap) && self.text.value().trim().is_empty())
        {
            let note = self.text.value().to_owned();
            self.take_note(&of, &note); // whoever leaves in the middle of a note keeps it
        }
        if self.place == Place::CheckIn {
            self.returned_at = None; // a mode that nobody must forget ends with the screen
        }
        let left = std::mem::replace(&mut self.place, place);
        if self.place == Place::Desk {
            self.before.clear();
        } else {
            self.before.retain(|known| *known != self.place);
            self.before.push(left);
        }
        if let Place::Customer(id) = self.place {
            self.recent.retain(|known| *known != id);
            self.recent.insert(0, id);
            self.recent.truncate(20);
        }
        self.marked.clear();
        self.selected = None;
        self.clear_box();
    }

    pub(super) fn go_back(&mut self) {
        let place = self.before.pop().unwrap_or(Place::Desk);
        let kept = std::mem::take(&mut self.before);
        self.go(place);
        self.before = kept;
    }

    /// Once a second or so: derived work, other windows, what is being typed.
    pub fn tick(&mut self) -> Fallible<bool> {
        let ticked = self.shop.tick()?;
        let flashed = !self.flashing.is_empty();
        self.flashing.clear();
        let lapsed = self.lapse()?;
        self.keep_typing();
        let changed = ticked.changed_elsewhere || ticked.drained || lapsed;
        if changed {
            let before = self.short_lines();
            self.refresh();
            self.say_what_became_short(&before);
        }
        if let Some(notice) = self.shop.take_notice() {
            self.say(Verdict::attention(
                notice.to_string(),
                "look after the disk",
            ));
        }
        let told = self.take_paper() | self.go_on_with_backup();
        let sent = self.send_messages();
        if sent {
            self.refresh();
        }
        Ok(changed || told || flashed || sent)
    }

    /// What waits to be told to customers goes out beside the work; what nobody can send stands on
    /// the Desk. A fault of it is told once and keeps nothing else from being done.
    fn send_messages(&mut self) -> bool {
        match super::mails::go_on(&mut self.shop, &mut self.sending) {
            Ok(written) => {
                self.sending_fault = None;
                written
            }
            Err(crate::kernel::Stop::Fault(fault)) => {
                let words = crate::store::in_words(&fault);
                let is_new = self.sending_fault.as_ref() != Some(&words);
                if is_new {
                    self.say(Verdict::bad(
                        format!("messages are not sent: {words}"),
                        "the counter goes on; it is tried again",
                    ));
                    self.sending_fault = Some(words);
                }
                is_new
            }
            Err(crate::kernel::Stop::Refused(_)) => false, // a clock in doubt is asked about at the next write
        }
    }

    /// A copy on its way is waited for, a little.
    pub(super) fn finish_backup(&mut self) {
        if let Some(job) = self.backing.take() {
            let _ = job.last_answer(); // one that takes longer is begun again the next time
        }
    }

    pub(super) fn finish_sending(&mut self) {
        super::mails::finish(&mut self.shop, self.sending.take());
    }

    /// Holds and reservations whose time is over stop claiming; a clock that is in doubt is asked
    /// about at the next write.
    fn lapse(&mut self) -> Fallible<bool> {
        match self.shop.lapse() {
            Ok(count) => Ok(count > 0),
            Err(crate::kernel::Stop::Fault(fault)) => Err(fault),
            Err(crate::kernel::Stop::Refused(_)) => Ok(false),
        }
    }

    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let size = (frame.area().width, frame.area().height);
        if std::mem::replace(&mut self.size, size) != size
            && matches!(self.place, Place::Plan | Place::Desk | Place::Reports(_))
        {
            self.refresh(); // it shows as many days and types as fit
        }
        self.page_rows = (frame.area().height as usize).saturating_sub(8).max(1);
        let zone = &self.shop.settings.zone;
        let now = zone.local(self.shop.now());
        let shop_name = self.shop.settings.value("name");
        let shown_name = if self.is_demo {
            format!("DEMO {shop_name}")
        } else {
            shop_name.to_owned()
        };
        let keybar = self.shop.settings.value("keybar");
        let rehearsing = if self.shop.store.is_rehearsing() {
            " DRY RUN"
        } else {
            ""
        };
        let chrome = Chrome {
            shop: &shown_name,
            when_long: format!(
                "{}  {}{rehearsing}",
                now.format("%a %-d %b %Y"),
                now.format("%H:%M")
            ),
            when_short: format!("{}{rehearsing}", now.format("%a %-d %b %H:%M")),
            staff: self.staff_name.clone(),
            listening: self.listening,
            backup: self
                .backup_age
                .in_words(self.shop.now())
                .filter(|_| !self.is_demo),
            box_text: self.text.value(),
            box_cursor: self.text.visual_cursor(),
            verdict: &self.verdict,
            selected_row: self.selected_row(&self.page.keys()),
            marked: &self.marked,
            flashing: &self.flashing,
            kind: self.place.kind(),
            context_keys: keybar != "off",
            fixed_keys: keybar == "both",
            words: self.shop.settings.value("keys") == "words",
            waiting: self.waiting.len(),
            asking: self.mode != BoxMode::Find,
            strip: self
                .overlay
                .as_ref()
                .map(|overlay| overlay.strip(self.place.kind())),
        };
        draw::draw(frame, &self.page, &chrome, &self.theme);
        if self.theme.ascii {
            draw::keep_to_ascii(frame.buffer_mut());
        }
    }

    pub fn page(&self) -> &Page {
        &self.page
    }

    pub fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    pub fn place(&self) -> &Place {
        &self.place
    }

    pub fn box_text(&self) -> &str {
        self.text.value()
    }

    pub fn has_overlay(&self) -> bool {
        self.overlay.is_some()
    }

    /// Whether what is typed now goes into fields that an Enter would take or charge.
    pub fn has_fields_of_money(&self) -> bool {
        matches!(
            self.overlay,
            Some(Overlay::HandOver(_) | Overlay::Settle(_))
        )
    }

    /// Whether the next Enter does what the verdict asks about.
    pub fn is_asking_about_money(&self) -> bool {
        matches!(self.next_enter, Some(NextEnter::Money(..)))
    }

    /// What lies over the screen, as lines.
    pub fn overlay_lines(&self) -> Option<Vec<draw::StripLine>> {
        self.overlay
            .as_ref()
            .map(|overlay| overlay.strip(self.place.kind()).lines)
    }

    pub fn say_fault(&mut self, fault: anyhow::Error) {
        let verdict = Verdict::of(&crate::kernel::Stop::Fault(fault));
        if self.verdict != verdict {
            self.say(verdict); // a tick that fails again says nothing new
        }
    }

    pub fn say_paste_overdue(&mut self) {
        self.verdict = Verdict::attention("input waits for the end of a paste", "paste once more");
    }

    /// The text in the box becomes exactly this: for the line mode.
    pub fn set_box(&mut self, text: &str) {
        self.text = Input::new(text.to_owned());
        self.typed_changed();
        self.make_page();
    }

    pub(super) fn open_palette(&mut self) {
        let mut cannot = Vec::new();
        if self.marked.is_empty() && self.place.kind() == super::place::PlaceKind::Customer {
            cannot.push((Verb::In, "nothing is marked: opens Check-in".to_owned()));
        }
        if self.subject().is_none() {
            cannot.push((Verb::Condition, "no thing is selected".to_owned()));
        }
        if !matches!(self.place, Place::Customer(_)) {
            cannot.push((Verb::Suspend, "open a customer first".to_owned()));
        }
        if desk::newest_step(self.shop.read(), &self.shop.settings, self.shop.now()).ok() == Some(0)
        {
            cannot.push((Verb::Undo, "nothing of today to undo".to_owned()));
        }
        self.overlay = Some(Overlay::Palette(Palette::new(
            "COMMANDS",
            Vec::new(),
            cannot,
        )));
    }
}
