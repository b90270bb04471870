//! F9: which paper, and what became of it.

use crate::desk;
use crate::kernel::when::{self, Lean};
use crate::kernel::{Failure, Fallible, InvoiceId, ReservationId, Text};
use crate::print::DayKind;
use crate::tui::app::{App, BoxMode};
use crate::tui::keymap::Verb;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::print::{Choice, PrintMenu};
use crate::tui::papers::{self, Made, Paper};
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::{Severity, Verdict};
use crate::{billing, booking};
use chrono::Duration;
use crossterm::event::{KeyCode, KeyEvent};
use tui_input::Input;

impl App {
    /// The reservation that is open, selected, under the Plan's cursor, or was open last.
    fn reservation_meant(&self) -> Option<ReservationId> {
        match (&self.place, &self.selected) {
            (Place::Reservation(id), _)
            | (_, Some(RowKey::Reservation(id) | RowKey::ToSettle(id, _))) => Some(*id),
            (Place::Invoice(id), _) | (_, Some(RowKey::Invoice(id))) => {
                billing::known(self.shop.read(), *id).ok()?.reservation
            }
            (_, Some(RowKey::Rental(id))) => self.reservation_of(*id),
            _ => {
                let here = self
                    .page()
                    .grid
                    .as_ref()
                    .and_then(|grid| grid.here.first())
                    .map(|(id, _)| *id);
                here.or_else(|| {
                    self.before.iter().rev().find_map(|place| {
                        if let Place::Reservation(id) = place {
                            Some(*id)
                        } else {
                            None
                        }
                    })
                })
            }
        }
    }

    pub(super) fn open_print_menu(&mut self) {
        let today = self.shop.settings.zone.day(self.shop.now());
        let named = |app: &App, paper: Paper| (Choice::Paper(paper), app.paper_name(paper));
        let first = [
            Paper::PickList(today),
            Paper::ReturnsList(today),
            Paper::PickList(today + Duration::days(1)),
        ];
        let mut rows: Vec<(Choice, String)> =
            first.into_iter().map(|paper| named(self, paper)).collect();
        // On the Plan a day is in sight already.
        if let Some((_, day)) = self.plan_wanted().filter(|(_, day)| *day != today) {
            rows.extend(
                [Paper::PickList(day), Paper::ReturnsList(day)].map(|paper| named(self, paper)),
            );
        }
        rows.push(match self.reservation_meant().map(Paper::Checklist) {
            Some(paper) => named(self, paper),
            None => (
                Choice::None("open a reservation first"),
                "checklist of a reservation".to_owned(),
            ),
        });
        for (paper, without) in self.money_papers() {
            rows.push(match paper {
                Ok(paper) => named(self, paper),
                Err(why) => (Choice::None(why), without.to_owned()),
            });
        }
        rows.push(match self.last_paper {
            Some(paper) => (
                Choice::Paper(paper),
                format!("the last paper again: {}   Ctrl+R", self.paper_name(paper)),
            ),
            None => (
                Choice::None("nothing was printed here yet"),
                "the last paper again   Ctrl+R".to_owned(),
            ),
        });
        rows.push((
            Choice::OfDay(DayKind::Pick),
            "pick list of another day".to_owned(),
        ));
        rows.push((
            Choice::OfDay(DayKind::Returns),
            "returns list of another day".to_owned(),
        ));
        self.overlay = Some(Overlay::Print(PrintMenu { rows, chosen: 0 }));
    }

    /// Contract, receipt, invoice and quote of the reservation that is meant, each or why there is
    /// none.
    fn money_papers(&self) -> [(Result<Paper, &'static str>, &'static str); 4] {
        const OPEN: &str = "open a reservation first";
        let of = self
            .reservation_meant()
            .and_then(|id| booking::reservation(self.shop.read(), id).ok());
        let is_quote = of
            .as_ref()
            .is_some_and(|found| found.state == booking::ReservationState::Quote);
        let agreed = |paper: fn(ReservationId) -> Paper| match &of {
            Some(_) if is_quote => Err("it is a quote: :confirm makes it firm"),
            Some(found) => Ok(paper(found.id)),
            None => Err(OPEN),
        };
        let quote = match &of {
            Some(found) if is_quote => Ok(Paper::Quote(found.id)),
            Some(_) => Err("it is agreed: the contract says the same"),
            None => Err(OPEN),
        };
        let invoice = match (self.invoice_meant(), &of) {
            (Some(id), _) => Ok(Paper::Invoice(id)),
            (None, Some(_)) => Err("nothing of it is billed"),
            (None, None) => Err(OPEN),
        };
        [
            (agreed(Paper::Contract), "contract of a reservation"),
            (agreed(Paper::Receipt), "receipt of a reservation"),
            (invoice, "invoice of a reservation"),
            (quote, "quote of a reservation"),
        ]
    }

    /// The invoice that is open or selected; else the newest one of the reservation, a draft last.
    fn invoice_meant(&self) -> Option<InvoiceId> {
        match (&self.place, &self.selected) {
            (Place::Invoice(id), _) | (_, Some(RowKey::Invoice(id))) => return Some(*id),
            _ => {}
        }
        let all = billing::invoices_of(self.shop.read(), self.reservation_meant()?).ok()?;
        let standing = |invoice: &&billing::Invoice| invoice.state != billing::InvoiceState::Void;
        all.iter()
            .rev()
            .filter(standing)
            .find(|invoice| invoice.number.is_some())
            .or_else(|| all.iter().rev().find(standing))
            .map(|invoice| invoice.id)
    }

    /// `:contract`, `:receipt`, `:invoice`
    pub(super) fn print_money_paper(&mut self, verb: Verb) {
        let [contract, receipt, invoice, _] = self.money_papers();
        let chosen = match verb {
            Verb::PrintContract => contract.0,
            Verb::PrintReceipt => receipt.0,
            _ => invoice.0,
        };
        match chosen {
            Ok(paper) => self.print(paper),
            Err(why) => self.say(Verdict::attention(
                format!("nothing to print: {why}"),
                "F9 lists the papers",
            )),
        }
    }

    /// After a hand-over: begun now, or after the one on its way, and told only where it goes
    /// wrong. Why it could not be begun.
    pub(super) fn print_quietly(&mut self, paper: Paper) -> Vec<String> {
        self.papers_next.push_back(paper);
        self.next_paper()
    }

    /// Begins what waits. What could not be begun, and why.
    fn next_paper(&mut self) -> Vec<String> {
        if self.shop.store.is_rehearsing() {
            self.papers_next.clear();
        }
        if self.printing.is_some() {
            return Vec::new();
        }
        // One that cannot be begun keeps no other back: it would come out behind a paper it has
        // nothing to do with.
        let mut failed: Vec<String> = Vec::new();
        while let Some(paper) = self.papers_next.pop_front() {
            match self.begin_paper(paper, true) {
                Ok(()) => break,
                Err(fault) => failed.push(format!(
                    "{} not printed: {}",
                    self.paper_name(paper),
                    crate::store::in_words(&fault)
                )),
            }
        }
        failed
    }

    fn begin_paper(&mut self, paper: Paper, quiet: bool) -> Fallible<()> {
        self.shop.drain_kept()?; // its sums follow the reservation
        self.last_paper = Some(paper);
        let staff = Text::filled(&self.staff_name);
        self.printing = Some(papers::begin(
            &self.shop,
            paper,
            staff,
            self.spooler.clone(),
            quiet,
        )?);
        Ok(())
    }

    fn paper_name(&self, paper: Paper) -> String {
        let number = match paper {
            Paper::Checklist(id) | Paper::Contract(id) | Paper::Receipt(id) | Paper::Quote(id) => {
                booking::number_of(self.shop.read(), id)
                    .ok()
                    .map(|number| number.to_string())
            }
            Paper::Invoice(id) => billing::known(self.shop.read(), id).ok().map(|invoice| {
                let of = invoice
                    .reservation
                    .and_then(|id| booking::number_of(self.shop.read(), id).ok());
                invoice.number.map_or_else(
                    || {
                        format!(
                            "draft{}",
                            of.map_or_else(String::new, |of| format!(" of {of}"))
                        )
                    },
                    |number| number.to_string(),
                )
            }),
            Paper::PickList(_) | Paper::ReturnsList(_) => None,
        };
        paper.name(number.as_deref())
    }

    pub(super) fn print_key(&mut self, mut menu: PrintMenu, key: KeyEvent) {
        let last = menu.rows.len().saturating_sub(1);
        match key.code {
            KeyCode::Up => menu.chosen = menu.chosen.saturating_sub(1),
            KeyCode::Down => menu.chosen = (menu.chosen + 1).min(last),
            KeyCode::Char(digit) => match digit
                .to_digit(10)
                .and_then(|digit| usize::try_from(digit).ok())
            {
                Some(number @ 1..) if number <= last + 1 => {
                    menu.chosen = number - 1;
                    return self.print_chosen(menu);
                }
                _ => {}
            },
            KeyCode::Enter => return self.print_chosen(menu),
            _ => {}
        }
        if let KeyCode::Char(character) = key.code
            && (character.is_alphabetic() || character == '+')
        {
            // A day that is typed is that of the list that is chosen.
            let kind = match menu.rows[menu.chosen].0 {
                Choice::Paper(Paper::ReturnsList(_)) | Choice::OfDay(DayKind::Returns) => {
                    DayKind::Returns
                }
                _ => DayKind::Pick,
            };
            return self.ask_paper_day(kind, &character.to_string());
        }
        self.overlay = Some(Overlay::Print(menu));
    }

    fn ask_paper_day(&mut self, kind: DayKind, typed: &str) {
        self.mode = BoxMode::PaperDay {
            returns: kind == DayKind::Returns,
        };
        self.text = Input::new(typed.to_owned());
        let what = if kind == DayKind::Returns {
            "returns list"
        } else {
            "pick list"
        };
        self.say(Verdict::question(
            format!("the {what} of which day?"),
            "sat, +3 or 24 nov; Enter prints it · Esc none",
        ));
    }

    pub(super) fn take_paper_day(&mut self, returns: bool, typed: &str) {
        let (zone, now) = (self.shop.settings.zone, self.shop.now());
        match when::read(typed, now, &zone, Lean::Ahead) {
            Ok(when) => {
                let day = when.day(&zone);
                self.clear_box();
                self.print(if returns {
                    Paper::ReturnsList(day)
                } else {
                    Paper::PickList(day)
                });
                self.deliver_waiting();
            }
            Err(why) => self.say(Verdict::bad(why.0, "for example sat, +3 or 24 nov")),
        }
    }

    fn print_chosen(&mut self, menu: PrintMenu) {
        match menu.rows[menu.chosen].0 {
            Choice::Paper(paper) => {
                self.print(paper);
                self.deliver_waiting();
            }
            Choice::OfDay(kind) => self.ask_paper_day(kind, ""),
            Choice::None(why) => {
                self.overlay = Some(Overlay::Print(menu));
                self.say(Verdict::attention(why, "Esc leaves the menu"));
            }
        }
    }

    pub(super) fn print_again(&mut self) {
        match self.last_paper {
            Some(paper) => self.print(paper),
            None => self.say(Verdict::attention(
                "nothing was printed here yet",
                "F9 lists the papers",
            )),
        }
    }

    /// Begins it; what became of it is told on the tick.
    fn print(&mut self, paper: Paper) {
        if self.shop.store.is_rehearsing() {
            return self.say(Verdict::attention(
                "a dry run prints nothing",
                "nothing changed",
            ));
        }
        if let Some(job) = &self.printing {
            let name = self.paper_name(job.paper);
            return self.say(Verdict::attention(
                format!("the {name} is still on its way"),
                "a moment",
            ));
        }
        match self.begin_paper(paper, false) {
            Ok(()) => {
                self.say(Verdict {
                    severity: Severity::Ready,
                    text: format!("{} goes to the printer", self.paper_name(paper)),
                    hint: String::new(),
                });
            }
            Err(fault) => self.say(Verdict::bad(
                format!("paper not printed: {}", crate::store::in_words(&fault)),
                "Ctrl+R tries again",
            )),
        }
    }

    /// What became of a paper, if it is known by now. True where something is to be told.
    pub(in crate::tui) fn take_paper(&mut self) -> bool {
        let Some((paper, quiet, made)) = self
            .printing
            .as_ref()
            .and_then(|job| Some((job.paper, job.quiet, job.answer()?)))
        else {
            return false;
        };
        self.printing = None;
        let name = self.paper_name(paper);
        let told = match made {
            Ok(made) => self.paper_told(&name, made),
            Err(fault) => Verdict::bad(
                format!(
                    "{name} not printed and not saved: {}",
                    crate::store::in_words(&fault)
                ),
                "Ctrl+R tries again",
            ),
        };
        if !quiet || told.severity > Severity::Fine {
            let ticked = if matches!(paper, Paper::Receipt(_)) {
                " · receipt printing"
            } else {
                " · contract printing"
            };
            if let Some(handed) = self
                .handed
                .as_mut()
                .filter(|handed| quiet && **handed == self.verdict.text)
            {
                *handed = handed.replace(ticked, "");
                self.verdict.text.clone_from(handed);
            }
            self.say_beside(told, quiet);
        }
        let failed = self.next_paper();
        if !failed.is_empty() {
            self.say_beside(
                Verdict::bad(failed.join(" · "), "F9 lists the papers"),
                quiet,
            );
        }
        true
    }

    /// What became of a paper that followed a hand-over stands behind what was handed over and
    /// paid, as long as nothing else was said.
    fn say_beside(&mut self, told: Verdict, quiet: bool) {
        let handed = self
            .handed
            .take()
            .filter(|handed| quiet && *handed == self.verdict.text);
        let Some(handed) = handed else {
            return self.say(told);
        };
        let text = format!("{handed} · {}", told.text);
        self.say(Verdict {
            severity: Severity::Attention,
            text: text.clone(),
            ..told
        });
        self.handed = Some(text);
    }

    fn paper_told(&mut self, name: &str, made: Made) -> Verdict {
        if let Some(picked) = &made.picked {
            let noted = self.shop.write(|db| {
                desk::note_pick_list(
                    db,
                    picked.date,
                    picked.reservations.clone(),
                    picked.through_seq,
                )
                .map_err(Failure::<booking::BookingRefusal>::Fault)
            });
            if let Err(stop) = noted {
                return Verdict {
                    text: format!(
                        "{name} is made, but that is not written: {}",
                        Verdict::of(&stop).text
                    ),
                    ..Verdict::of(&stop)
                };
            }
        }
        let saved = Text::new(&made.saved.to_string_lossy());
        match (made.printed, made.warning) {
            (Err(why), _) => Verdict::attention(
                format!("paper not printed: {why} · saved as {saved}"),
                "Ctrl+R tries again",
            ),
            (Ok(()), Some(warning)) => Verdict::attention(
                format!("{name} printed · {warning}"),
                format!("saved as {saved}"),
            ),
            (Ok(()), None) => Verdict::fine(format!("{name} printed")),
        }
    }
}
