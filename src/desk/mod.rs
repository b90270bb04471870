//! What the counter asks, composed from the facades: one question of the desk, one function.
//!
//! **Does** hands over and takes back with an undo for each, keeps what is in hand until the
//! finish, resolves whatever is typed or scanned into the box, gathers what stands on the screens,
//! and keeps in sight what is left to be settled. **Owns** `draft`, `undo_step`, `unsettled`.
//! **Publishes** nothing. **Hears** returns and money (`unsettled`), and what customers are written
//! about.

mod broken_rows;
mod by_events;
mod counter;
mod day;
mod draft;
mod lists;
mod lookup;
mod messages;
mod money;
mod money_lines;
mod money_papers;
mod money_words;
mod nearest;
mod picking;
mod prices;
mod promised;
mod reports;
mod reservation_draft;
mod set_aside;
mod stale_list;
mod standing;
mod story;
mod table;
mod taking_back;
mod tiers;
mod to_settle;
mod today;
mod undo;
mod unsettled;
mod views;

pub use broken_rows::{broken_row, lost_in_words, restored_in_words};
pub use by_events::against_events;
pub use counter::{
    Judgement, bench_done, find, hand_over, hand_over_paid, judge, next_stop, quote_hand_over,
    rental_of, take_back, take_back_count,
};
pub use day::{OutRow, going_out, in_words as lines_in_words, pack_all};
pub use draft::{
    Finish, InHand, Staged, forget, gone_meanwhile, in_hand, keep_typing, save,
    typing as typing_kept, unfinished,
};
pub use lists::{
    Above, CheckPaper, CheckThing, DayPaper, PaperBlock, PaperRow, checklist, note_pick_list,
    pick_list, returns_list,
};
pub use lookup::{Answer, Hit, had_in, misread, scanned, span_of_question, typed, usual_window};
pub use messages::{Ready, letter, on_message_event};
pub use money::{
    AtHandOver, Given, GivesBack, MoneyAct, MoneyOf, MoneyRefusal, Settling, act_on_money, charge,
    deposit_suggested, money_of, owed_towards, paid_of_each, settle, then_owed,
};
pub use money_lines::{MoneyLines, money_lines};
pub use money_papers::{
    ContractPaper, ContractRow, ContractTag, InvoicePaper, PaperLine, PaperPayment, PaperTax,
    contract_paper, invoice_paper,
};
pub use money_words::{
    DepositBack, act_in_words, beyond_in_words, done_in_words, given_as_typed, given_in_words,
    method_of, money_in_words, read_back, read_given, settling_in_words, to_give_back,
};
pub use nearest::nearest;
pub use prices::{
    AgreedPrice, agreed_price, derivation, given_up_by, price_cell, totals as totals_in_words,
    why_of_invoice, would_give_up,
};
pub use promised::{
    Consequence, Verb, cancel, change, confirm, extend, hold, lapse, let_go, pack, reprice,
    reserve, watched,
};
pub use reports::{
    Asked, Bar, BarKey, BehindRow, By, Figure, Opens, Report, ReportKind, behind, day_tenths,
    days_of, days_within, figure_shown, month_of, report, span_shown, span_typed,
};
pub use reservation_draft::{
    Changing, DraftLine, HandPrice, ReservationDraft, Weighed, draft_of, forget_reservation,
    keep_reservation, price_draft, reservation_draft, reservation_drafts, save_reservation, weigh,
};
pub use set_aside::{end_set_aside, expect_back, set_aside, set_count_aside};
pub use stale_list::{StaleList, stale_pick_lists};
pub use standing::{Standing, standing};
pub use story::{Told, entries_asked, history_lag, history_lag_words, sentence, tell};
pub use taking_back::{credit, lets_go, may_credit, may_void, standing_invoices, void};
pub use tiers::tier_of;
pub use to_settle::{Proposal, late_so_far, reservations_back, seen_at_return, to_settle};
pub use today::{Board, DueRow, Need, board};
pub use undo::{
    Final, MoneyMove, RedoRefusal, Redone, StepWords, UndoRefusal, Whose, last_step, newest_of_all,
    newest_step, redo, remember_final, step_before_final, step_in_words, types_of_return, undo,
    undo_before_final, undo_named, undo_return, undone_words,
};
pub use unsettled::{
    Unsettled, drop_marks, marks_to_drop, on_money_event, still_unsettled, unsettled,
};
pub use views::{
    BenchRow, CustomerCard, ItemCard, RentalRow, TypeRow, bench_rows, customer_card, item_card,
    rental_rows, type_rows,
};
