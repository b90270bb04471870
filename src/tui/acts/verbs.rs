//! Every verb of the key table, and the printed command cards that stand for some.

use crate::booking;
use crate::kernel::Stop;
use crate::tui::app::{App, Bargained};
use crate::tui::keymap::Verb;
use crate::tui::overlays::Overlay;
use crate::tui::overlays::form::{Form, FormKind};
use crate::tui::overlays::palette::Palette;
use crate::tui::place::{Place, PlaceKind, RowKey};
use crate::tui::verdict::Verdict;

impl App {
    /// A printed command card: a deliberate answer, also while a question is open.
    pub(in crate::tui) fn command_card(&mut self, word: &str) {
        self.settle();
        match (word, &mut self.overlay) {
            ("FINISH", Some(Overlay::HandOver(strip))) => {
                let strip = strip.clone();
                self.finish_strip(*strip);
            }
            ("FINISH", None) => self.enter_empty(),
            (word, Some(Overlay::Condition(strip))) if word.starts_with("COND") => {
                if let Some(digit) = word.chars().next_back() {
                    strip.choose(digit);
                }
                self.warn_in_strip();
            }
            (word, None) if word.starts_with("COND") => {
                self.perform(Verb::Condition);
                if let (Some(Overlay::Condition(strip)), Some(digit)) =
                    (&mut self.overlay, word.chars().next_back())
                {
                    strip.choose(digit);
                }
                self.warn_in_strip();
            }
            ("OUT", None) => self.perform(Verb::Out),
            ("IN", None) => self.perform(Verb::In),
            ("UNDO", None) => self.perform(Verb::Undo),
            ("ALL", None) => self.perform(Verb::MarkAll),
            _ => self.say(Verdict::bad(
                format!("the card X-{word} does nothing here"),
                "nothing changed",
            )),
        }
    }

    pub(in crate::tui) fn perform(&mut self, verb: Verb) {
        if self.plan_verb(verb) || self.report_verb(verb) {
            return;
        }
        match verb {
            Verb::Enter => self.enter(),
            Verb::Back => self.step_back(),
            Verb::Up => self.move_selection(-1),
            Verb::Down => self.move_selection(1),
            Verb::Left if self.selected == Some(RowKey::Firmness) => self.change_wanted(-1),
            Verb::Right if self.selected == Some(RowKey::Firmness) => self.change_wanted(1),
            Verb::Left | Verb::Right => {}
            Verb::PageUp => self.move_selection(-self.page_length()),
            Verb::PageDown => self.move_selection(self.page_length()),
            Verb::First => self.move_selection(isize::MIN / 2),
            Verb::Last => self.move_selection(isize::MAX / 2),
            Verb::NextSection => self.move_section(true),
            Verb::PreviousSection => self.move_section(false),
            Verb::Help => self.overlay = Some(Overlay::Help { first: 0 }),
            Verb::Out => self.open_check_out(),
            Verb::In => self.open_check_in(),
            Verb::Reserve => self.open_reserve(),
            Verb::Extend => self.ask_extend(),
            Verb::MakeQuote if self.place == Place::Reserve => {
                self.set_firmness(booking::Firmness::Quote)
            }
            Verb::MakeQuote => self.say(Verdict::attention("nothing is being reserved here", "F4")),
            Verb::MakeHold if self.place == Place::Reserve => {
                self.set_firmness(booking::Firmness::Hold(None))
            }
            Verb::MakeHold => self.firm_here(false),
            Verb::Confirm if self.place == Place::Reserve => {
                self.set_firmness(booking::Firmness::Confirmed)
            }
            Verb::Confirm => self.firm_here(true),
            Verb::Cancel => self.cancel_here(),
            Verb::Copy => self.copy_here(),
            Verb::Pack => self.pack_here(),
            Verb::Customers => self.open(Place::Customers),
            Verb::Gear => self.open(Place::Gear(None)),
            Verb::Bench => self.open(Place::Bench),
            Verb::Plan => self.open_plan(),
            Verb::Print => self.open_print_menu(),
            Verb::PrintAgain => self.print_again(),
            Verb::Desk => self.open(Place::Desk),
            Verb::History => self.open(Place::History(String::new())),
            Verb::Reports => self.open_reports(),
            Verb::Log => self.open(Place::Log),
            Verb::ScannerTest => self.open(Place::Scanner),
            Verb::KeyTest => self.open(Place::Keys),
            Verb::Palette => self.open_palette(),
            Verb::More => self.open_more(),
            Verb::Undo => self.undo(),
            Verb::Redo => self.redo(),
            Verb::Dates => self.ask_dates(),
            Verb::Note => self.ask_note(),
            Verb::LastCustomer => self.last_customer(),
            Verb::Today => {
                self.clear_box();
                self.say(Verdict::ready());
            }
            Verb::EmptyBox => {
                self.text.reset();
                self.offer_new = false;
            }
            Verb::TakeOff => self.take_off_selected(),
            Verb::Redraw => self.wants_redraw = true,
            Verb::Quit => self.leaving = true,
            Verb::Mark if matches!(self.place, Place::Reservation(_)) => self.pack_line(None),
            Verb::Mark => self.mark_selected(),
            Verb::MarkAll => self.mark_all(),
            Verb::Increase if self.place == Place::Reserve => self.change_wanted(1),
            Verb::Decrease if self.place == Place::Reserve => self.change_wanted(-1),
            Verb::Increase if matches!(self.place, Place::Reservation(_)) => {
                self.pack_line(Some(1))
            }
            Verb::Decrease if matches!(self.place, Place::Reservation(_)) => {
                self.pack_line(Some(-1))
            }
            Verb::Increase => self.change_count(1),
            Verb::Decrease => self.change_count(-1),
            Verb::Condition if self.place == Place::Reserve => self.open_ways(),
            Verb::Condition
                if matches!(
                    (&self.place, &self.selected),
                    (Place::Reservation(_), Some(RowKey::Line(_)))
                ) =>
            {
                self.open_ways_here()
            }
            Verb::Condition => match self.subject() {
                Some((item, rental)) => self.open_condition(item, rental),
                None => self.say(Verdict::attention(
                    "no thing with a tag is selected",
                    "choose a row with the arrows",
                )),
            },
            Verb::Repeat => match (self.subject(), self.last_judgement.clone()) {
                (Some((item, rental)), Some(judgement)) => self.judge(item, rental, judgement),
                _ => self.say(Verdict::attention(
                    "nothing to repeat here",
                    "! sets a condition",
                )),
            },
            Verb::NewItem => {
                let name = match self.place {
                    Place::Gear(Some(id)) => self.type_name(id),
                    _ => String::new(),
                };
                let form = Form::new(FormKind::NewItem).fill("type", &name);
                self.open_form(form);
            }
            Verb::NewCustomer => self.open_form(Form::new(FormKind::NewCustomer)),
            Verb::Block => self.open_block_form(),
            Verb::Unblock => self.unblock(),
            Verb::Retire => self.open_retire_form(),
            Verb::Withdraw => self.withdraw_or_bring_back(),
            Verb::Count => self.open_count_form(),
            Verb::Suspend => self.suspend_or_reinstate(),
            Verb::Why => self.show_why(),
            Verb::Discount => self.ask_bargain(Bargained::Discount),
            Verb::Target => self.ask_bargain(Bargained::Target),
            Verb::Coupon => self.ask_bargain(Bargained::Coupon),
            Verb::Price => self.ask_line_price(),
            Verb::Reprice => self.reprice_here(),
            Verb::Pay
            | Verb::Deposit
            | Verb::Refund
            | Verb::Charge
            | Verb::Issue
            | Verb::Void
            | Verb::Credit
            | Verb::Till => self.ask_money(verb),
            Verb::Settle => self.settle_here(),
            Verb::Invoices => self.open(Place::Invoices(self.customer_here())),
            Verb::PrintContract | Verb::PrintReceipt | Verb::PrintInvoice => {
                self.print_money_paper(verb)
            }
            Verb::CheckBooks => self.check_books(),
            Verb::Backup => self.begin_backup(),
            Verb::Restore => self.open(Place::Backups),
            Verb::AcceptGap => self.ask_accept_gap(),
            Verb::AcceptClock => match self.shop.accept_clock() {
                Ok(()) => self.say(Verdict::fine(
                    "this time is written from now on · do it again",
                )),
                Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
            },
        }
    }

    pub(super) fn open_more(&mut self) {
        if let Some(RowKey::ToSettle(id, place)) = self.selected {
            return self.open_settling(id, place, true);
        }
        let only = match self.place.kind() {
            PlaceKind::Customers => vec![
                Verb::NewCustomer,
                Verb::Suspend,
                Verb::Note,
                Verb::Out,
                Verb::History,
            ],
            PlaceKind::Customer => vec![
                Verb::Pay,
                Verb::Refund,
                Verb::Invoices,
                Verb::NewCustomer,
                Verb::Suspend,
                Verb::Note,
                Verb::Out,
                Verb::History,
            ],
            PlaceKind::Invoices | PlaceKind::Invoice => vec![
                Verb::Issue,
                Verb::Pay,
                Verb::PrintInvoice,
                Verb::Void,
                Verb::Credit,
                Verb::Refund,
                Verb::Till,
                Verb::Invoices,
            ],
            PlaceKind::Gear | PlaceKind::Item => {
                vec![
                    Verb::NewItem,
                    Verb::Condition,
                    Verb::Note,
                    Verb::Block,
                    Verb::Unblock,
                    Verb::Count,
                    Verb::Retire,
                    Verb::Withdraw,
                    Verb::History,
                ]
            }
            PlaceKind::Bench => vec![
                Verb::Condition,
                Verb::Dates,
                Verb::Block,
                Verb::Unblock,
                Verb::History,
            ],
            PlaceKind::Reservation => {
                let promise = [
                    Verb::Reserve,
                    Verb::Dates,
                    Verb::Extend,
                    Verb::Confirm,
                    Verb::MakeHold,
                    Verb::Cancel,
                    Verb::Copy,
                    Verb::Pack,
                    Verb::Why,
                    Verb::Reprice,
                ];
                let money = [
                    Verb::Pay,
                    Verb::Deposit,
                    Verb::Settle,
                    Verb::Charge,
                    Verb::Refund,
                    Verb::Issue,
                    Verb::PrintContract,
                    Verb::PrintReceipt,
                    Verb::PrintInvoice,
                ];
                promise
                    .into_iter()
                    .chain(money)
                    .chain([Verb::Note, Verb::Out])
                    .collect()
            }
            PlaceKind::Reserve => vec![
                Verb::MakeQuote,
                Verb::MakeHold,
                Verb::Confirm,
                Verb::Dates,
                Verb::Condition,
                Verb::Why,
                Verb::Price,
                Verb::Discount,
                Verb::Target,
                Verb::Coupon,
                Verb::Reprice,
                Verb::Note,
            ],
            PlaceKind::Plan => vec![Verb::Today, Verb::Gear, Verb::Bench, Verb::History],
            _ => vec![
                Verb::History,
                Verb::Invoices,
                Verb::Till,
                Verb::Log,
                Verb::NewCustomer,
                Verb::NewItem,
                Verb::CheckBooks,
                Verb::Backup,
                Verb::Restore,
                Verb::ScannerTest,
                Verb::KeyTest,
            ],
        };
        self.overlay = Some(Overlay::Palette(Palette::new("MORE", only, Vec::new())));
    }
}
