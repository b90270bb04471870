//! The counter's state, and where each input goes: to an overlay, to a prompt in the box, to a verb, or into the text.

use super::draw::{self, Chrome};
use super::input::Input as Arrived;
use super::keymap::{self, Verb};
use super::overlays::Overlay;
use super::overlays::palette::Palette;
use super::place::{Page, Place, RowKey};
use super::screens::{self, Session};
use super::theme::Theme;
use super::verdict::{Severity, Verdict};
use crate::desk::{self, InHand, Judgement, ReservationDraft};
use crate::kernel::{CustomerId, Fallible, Moment, Period, RentalId, ReservationId, TypeId};
use crate::shop::Shop;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Frame;
use serde::{Deserialize, Serialize};
use std::collections::{HashSet, VecDeque};
use std::time::{Duration, Instant};
use tui_input::{Input, InputRequest};

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
}

/// What Enter in the empty box does next, if nothing else is done before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum NextEnter {
    /// Opens a reservation of that type, quantity and window.
    Reserve(TypeId, i64, Period),
    /// Shows the ways out of a line that is short.
    WaysOut(usize),
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum Way {
    Out,
    In,
}

const LOG_MAX: usize = 500;
const LEAVE_TWICE: Duration = Duration::from_secs(2);

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
    pub(super) log: VecDeque<(Moment, Verdict)>,
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
    /// The newest step that was there when this window opened and was alone: those are its own to undo as well.
    pub(super) steps_before: i64,
    pub(super) waiting: VecDeque<String>,
    pub(super) checkpoint: Option<Checkpoint>,
    pub(super) last_scan: Option<(String, Instant)>,
    leave_pressed: Option<Instant>,
    listening: bool,
    page: Page,
    /// Lines of the reservation being written whose answer has just become another: they stand out until the next key or tick.
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
            log: VecDeque::new(),
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
            app.steps_before = desk::newest_step(app.shop.read(), &app.shop.settings, app.shop.now())?;
        }
        app.lapse()?;
        app.bring_back_typing();
        if let Some(refusal) = app.shop.store.reading_only() {
            app.verdict = Verdict::bad(format!("{refusal}; this window only reads"), crate::kernel::Refusal::hint(refusal));
        }
        app.refresh();
        Ok(app)
    }

    /// One input, in the order it arrived, and the rows it leads to.
    pub fn input(&mut self, at: Instant, arrived: Arrived) {
        self.take(at, arrived);
        self.settle();
    }

    /// One input, in the order it arrived. The rows are read when something looks at them: a scanner that empties its memory sends
    /// thousands of keys, and reading a long list again for each of them would freeze the counter.
    pub fn take(&mut self, at: Instant, arrived: Arrived) {
        let only_text = self.is_only_text(&arrived);
        self.flashing.clear();
        if !matches!(arrived, Arrived::RunStart | Arrived::Scan(_) | Arrived::UnterminatedRun(_)) && !only_text {
            self.settle();
        }
        // What stands on the screen apart from the hits does not change while somebody types a name.
        let types = only_text && self.overlay.is_none() && self.mode == BoxMode::Find && self.waiting.is_empty() && !matches!(self.place, Place::Keys | Place::Scanner);
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
                // Without a terminator only a code that the shop knows is a scan; anything else is text and stays.
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

    fn key(&mut self, at: Instant, key: KeyEvent) {
        if self.place == Place::Keys && key.code != KeyCode::Esc {
            self.seen.push(format!("{:?} {:?}", key.code, key.modifiers));
            return;
        }
        let quit = key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL);
        if quit {
            return self.leave(at);
        }
        self.leave_pressed = None;
        if key.code != KeyCode::Enter {
            self.next_enter = None;
        }
        if !matches!(key.code, KeyCode::Char(_)) {
            self.last_scan = None; // whoever went elsewhere in between means the scan anew
        }
        if self.overlay.is_some() {
            if !self.strip_key(&key) {
                self.overlay_key(key);
            }
            return;
        }
        let empty = self.text.value().is_empty();
        if !empty && self.edits_text(&key) {
            return;
        }
        let free = empty && self.mode == BoxMode::Find && self.place != Place::Scanner;
        match keymap::verb_of(&key, free) {
            Some(Verb::Enter) => self.enter(),
            Some(verb) => self.perform(verb),
            None => {
                if let KeyCode::Char(character) = key.code
                    && !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT)
                {
                    self.type_character(character);
                } else {
                    self.edits_text(&key);
                }
            }
        }
    }

    /// What is the same in every strip: a page of a list, emptying a field, and the bell for a letter that chooses nothing.
    fn strip_key(&mut self, key: &KeyEvent) -> bool {
        let page = self.page_rows;
        let empties = key.code == KeyCode::Char('u') && key.modifiers.contains(KeyModifiers::CONTROL);
        match &mut self.overlay {
            Some(Overlay::Palette(palette)) if key.code == KeyCode::PageUp => palette.chosen = palette.chosen.saturating_sub(page),
            Some(Overlay::Palette(palette)) if key.code == KeyCode::PageDown => palette.chosen = (palette.chosen + page).min(palette.rows().len().saturating_sub(1)),
            Some(Overlay::Palette(palette)) if empties => (palette.input, palette.chosen) = (Input::default(), 0),
            Some(Overlay::Form(form)) if empties => form.field().value.reset(),
            Some(Overlay::Condition(strip)) if empties && !strip.is_choosing() => strip.note.reset(),
            Some(Overlay::Ask(ask)) => {
                if let KeyCode::Char(letter) = key.code
                    && !ask.choices.iter().any(|(known, ..)| known.eq_ignore_ascii_case(&letter))
                    && self.shop.settings.on("sound")
                {
                    self.bells = self.bells.max(1);
                }
                return false;
            }
            _ => return false,
        }
        true
    }

    /// Editing keys act on the box while it has text, on the list while it is empty.
    fn edits_text(&mut self, key: &KeyEvent) -> bool {
        match edit_of(key) {
            Some(request) => {
                self.proposed = false;
                self.text.handle(request);
                self.typed_changed();
                true
            }
            None => false,
        }
    }

    pub(super) fn type_character(&mut self, character: char) {
        match &mut self.overlay {
            Some(Overlay::Form(form)) => {
                form.field().value.handle(InputRequest::InsertChar(character));
            }
            Some(Overlay::Condition(strip)) if !strip.is_choosing() => {
                strip.note.handle(InputRequest::InsertChar(character));
            }
            Some(Overlay::Palette(palette)) => {
                palette.input.handle(InputRequest::InsertChar(character));
                palette.chosen = 0;
            }
            Some(_) => {}
            None => {
                if std::mem::take(&mut self.proposed) {
                    self.text.reset();
                }
                self.text.handle(InputRequest::InsertChar(character));
                self.typed_changed();
            }
        }
    }

    fn typed_changed(&mut self) {
        self.offer_new = false;
        if self.text.value().is_empty() || self.mode == BoxMode::Find {
            self.selected = None; // the best hit is chosen anew
        }
    }

    fn leave(&mut self, at: Instant) {
        if self.leave_pressed.is_some_and(|pressed| at.saturating_duration_since(pressed) < LEAVE_TWICE) {
            self.leaving = true;
            return;
        }
        self.leave_pressed = Some(at);
        let unfinished = desk::unfinished(self.shop.read()).map_or(0, |drafts| drafts.len());
        let words = if unfinished > 0 { format!("{unfinished} check-out not finished; it stays on the Desk") } else { "Ctrl+C once more leaves".to_owned() };
        self.say(Verdict::question(words, "Ctrl+C within two seconds leaves"));
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
            self.log.push_front((self.shop.now(), verdict.clone()));
            self.log.truncate(LOG_MAX);
        }
        self.verdict = verdict;
    }

    /// Says the same with more words: it stays one entry of the log.
    pub(super) fn say_over(&mut self, verdict: Verdict) {
        if let Some((_, last)) = self.log.front_mut() {
            *last = verdict.clone();
        }
        self.verdict = verdict;
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
            && !(matches!(of, NoteOf::Early) && self.text.value().trim().is_empty())
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

    /// Reads the screen's rows again; drawing never does.
    pub fn refresh(&mut self) {
        self.rows = None;
        self.make_page();
    }

    fn make_page(&mut self) {
        self.stale = false;
        let typed = if self.mode == BoxMode::Find { self.text.value().to_owned() } else { String::new() };
        let session = Session {
            typed: &typed,
            in_hand: &self.in_hand,
            editing: self.editing.as_ref(),
            back: &self.back,
            returned_at: self.returned_at,
            log: &self.log,
            seen: &self.seen,
            plan: &self.plan,
            size: self.size,
        };
        let known = self.rows.take().filter(|(place, _)| *place == self.place && !place.filters());
        let made = match known {
            Some((_, page)) => Ok(page),
            None => screens::page(&self.place, &self.shop, &session),
        };
        match made {
            Ok(page) => {
                self.rows = Some((self.place.clone(), page.clone()));
                if self.place == Place::Reserve {
                    self.flashing.extend(screens::answers_changed(&self.page, &page));
                }
                self.page = page;
            }
            Err(fault) => self.verdict = Verdict::bad(format!("this cannot be shown: {}", crate::store::in_words(&fault)), "Esc goes back"),
        }
        if (!self.place.filters() && !matches!(self.place, Place::Item(_) | Place::Scanner | Place::Keys) || self.offer_new)
            && let Ok(Some(section)) = screens::found(&self.shop, &typed, self.offer_new, self.editing.as_ref().filter(|_| self.place == Place::Reserve))
        {
            self.page.sections.insert(0, section);
        }
        self.label_for_mode();
        if let Some(grid) = &self.page.grid {
            self.plan.settle(grid);
            self.selected_at = grid.row;
            self.selected = grid.lines.get(grid.row).map(|line| line.key.clone());
            if self.verdict.severity == Severity::Ready && self.overlay.is_none() {
                self.verdict.text = grid.detail.clone();
            }
        }
        let keys = self.page.keys();
        if !self.selected.as_ref().is_some_and(|key| keys.contains(key)) {
            let rests = |key: &RowKey| !matches!(key, RowKey::Words(_)) && !key.is_part();
            self.selected_at = keys.iter().position(rests).unwrap_or(0);
            self.selected = keys.get(self.selected_at).filter(|key| rests(key)).cloned();
        }
    }

    /// The place of the selected row among all rows; the same customer may stand in several.
    fn selected_row(&self, keys: &[RowKey]) -> Option<usize> {
        let key = self.selected.as_ref()?;
        if keys.get(self.selected_at) == Some(key) { Some(self.selected_at) } else { keys.iter().position(|known| known == key) }
    }

    fn select_row(&mut self, keys: &[RowKey], row: usize) {
        self.selected_at = row;
        self.selected = keys.get(row).cloned();
    }

    fn label_for_mode(&mut self) {
        let (label, hint) = match &self.mode {
            BoxMode::Find => return,
            BoxMode::Due => ("Due", "fri 9:00 · +3d · 2026-11-24 · empty: the usual"),
            BoxMode::Returned => ("Returned", "thu 18:00 · 9:30 · empty: now"),
            BoxMode::Note(_) => ("Note", "Enter keeps it · Esc leaves it as it was"),
            BoxMode::HowMany { .. } => ("How many", "Enter takes the number"),
            BoxMode::BackOn(_) => ("Back on", "fri · 28 nov · +2w · empty: nobody knows"),
            BoxMode::TakeOff => ("Take off", "scan what goes back on the shelf"),
            BoxMode::Window | BoxMode::Dates(_) => ("Dates", "fri 9..mon 18 · ..mon · +3"),
            BoxMode::Extend(_) => ("Until", "mon · +1 · fri 18:00"),
        };
        self.page.label = label.to_owned();
        self.page.label_stands_out = true;
        self.page.hint = self.understood().unwrap_or_else(|| hint.to_owned());
    }

    /// Once a second or so: derived work, other windows, what is being typed.
    pub fn tick(&mut self) -> Fallible<bool> {
        let ticked = self.shop.tick()?;
        let flashed = !self.flashing.is_empty();
        self.flashing.clear();
        let lapsed = self.lapse()?;
        self.keep_typing();
        if ticked.changed_elsewhere || ticked.drained || lapsed {
            let before = self.short_lines();
            self.refresh();
            self.say_what_became_short(&before);
        }
        Ok(self.take_paper() || flashed || ticked.changed_elsewhere || ticked.drained || lapsed)
    }

    /// Holds and reservations whose time is over stop claiming; a clock that is in doubt is asked about at the next write.
    fn lapse(&mut self) -> Fallible<bool> {
        match self.shop.lapse() {
            Ok(count) => Ok(count > 0),
            Err(crate::kernel::Stop::Fault(fault)) => Err(fault),
            Err(crate::kernel::Stop::Refused(_)) => Ok(false),
        }
    }

    pub fn draw(&mut self, frame: &mut Frame<'_>) {
        let size = (frame.area().width, frame.area().height);
        if std::mem::replace(&mut self.size, size) != size && self.place == Place::Plan {
            self.refresh(); // it shows as many days and types as fit
        }
        self.page_rows = (frame.area().height as usize).saturating_sub(8).max(1);
        let zone = &self.shop.settings.zone;
        let now = zone.local(self.shop.now());
        let shop_name = self.shop.settings.value("name");
        let shown_name = if self.is_demo { format!("DEMO {shop_name}") } else { shop_name.to_owned() };
        let keybar = self.shop.settings.value("keybar");
        let rehearsing = if self.shop.store.is_rehearsing() { " DRY RUN" } else { "" };
        let chrome = Chrome {
            shop: &shown_name,
            when_long: format!("{}  {}{rehearsing}", now.format("%a %-d %b %Y"), now.format("%H:%M")),
            when_short: format!("{}{rehearsing}", now.format("%a %-d %b %H:%M")),
            staff: self.staff_name.clone(),
            listening: self.listening,
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
            strip: self.overlay.as_ref().map(|overlay| overlay.strip(self.place.kind())),
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

    /// What lies over the screen, as lines.
    pub fn overlay_lines(&self) -> Option<Vec<draw::StripLine>> {
        self.overlay.as_ref().map(|overlay| overlay.strip(self.place.kind()).lines)
    }

    /// Selects a row by its number, counting those that stand for something, from 1.
    pub fn choose_row(&mut self, number: usize) {
        let keys = self.page.keys();
        let row = (0..keys.len()).filter(|row| !matches!(keys[*row], RowKey::Words(_)) && !keys[*row].is_part()).nth(number.saturating_sub(1));
        self.select_row(&keys, row.unwrap_or(keys.len()));
    }

    pub fn say_fault(&mut self, fault: anyhow::Error) {
        self.say(Verdict::of(&crate::kernel::Stop::Fault(fault)));
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

    pub(super) fn move_selection(&mut self, by: isize) {
        let keys: Vec<RowKey> = self.page.keys();
        if keys.is_empty() {
            return;
        }
        let now = self.selected_row(&keys).unwrap_or(0);
        let mut row = now.saturating_add_signed(by).min(keys.len() - 1);
        // What stands under a line belongs to it; at the edge the selection stays where it was.
        while keys[row].is_part() {
            match if by > 0 { row.checked_add(1).filter(|row| *row < keys.len()) } else { row.checked_sub(1) } {
                Some(next) => row = next,
                None => row = now,
            }
            if row == now {
                break;
            }
        }
        self.select_row(&keys, row);
    }

    pub(super) fn page_length(&self) -> isize {
        isize::try_from(self.page_rows).unwrap_or(10)
    }

    pub(super) fn move_section(&mut self, forward: bool) {
        let keys = self.page.keys();
        let mut firsts = Vec::new();
        let mut first = 0;
        for section in self.page.sections.iter().filter(|section| !section.rows.is_empty()) {
            firsts.push(first);
            first += section.rows.len();
        }
        if firsts.is_empty() {
            return;
        }
        let now = self.selected_row(&keys).unwrap_or(0);
        let place = firsts.iter().rposition(|first| *first <= now).unwrap_or(0);
        let next = if forward { (place + 1) % firsts.len() } else { (place + firsts.len() - 1) % firsts.len() };
        self.select_row(&keys, firsts[next]);
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
        if desk::newest_step(self.shop.read(), &self.shop.settings, self.shop.now()).ok() == Some(0) {
            cannot.push((Verb::Undo, "nothing of today to undo".to_owned()));
        }
        self.overlay = Some(Overlay::Palette(Palette::new("COMMANDS", Vec::new(), cannot)));
    }
}

/// What an editing key asks of a text.
pub(super) fn edit_of(key: &KeyEvent) -> Option<InputRequest> {
    match key.code {
        KeyCode::Backspace => Some(InputRequest::DeletePrevChar),
        KeyCode::Delete => Some(InputRequest::DeleteNextChar),
        KeyCode::Left => Some(InputRequest::GoToPrevChar),
        KeyCode::Right => Some(InputRequest::GoToNextChar),
        KeyCode::Home => Some(InputRequest::GoToStart),
        KeyCode::End => Some(InputRequest::GoToEnd),
        _ => None,
    }
}
