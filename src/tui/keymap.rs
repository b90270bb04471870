//! Every key of the counter, once: this table feeds dispatch, both key bars, the help, the palette
//! and the typed words.

use super::place::PlaceKind::{self, *};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// What a key or a typed word does. One meaning everywhere.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Verb {
    Enter,
    Back,
    Up,
    Down,
    Left,
    Right,
    PageUp,
    PageDown,
    First,
    Last,
    NextSection,
    PreviousSection,
    Help,
    Out,
    In,
    Reserve,
    Customers,
    Gear,
    Bench,
    Plan,
    Print,
    PrintAgain,
    Palette,
    More,
    Undo,
    Redo,
    Dates,
    Note,
    Extend,
    LastCustomer,
    Today,
    EmptyBox,
    TakeOff,
    Redraw,
    Quit,
    Mark,
    MarkAll,
    Increase,
    Decrease,
    Condition,
    Repeat,
    Desk,
    History,
    Reports,
    Log,
    NewItem,
    NewCustomer,
    Suspend,
    MakeQuote,
    MakeHold,
    Confirm,
    Cancel,
    Copy,
    Pack,
    Block,
    Unblock,
    Retire,
    Withdraw,
    Count,
    ScannerTest,
    KeyTest,
    CheckBooks,
    Backup,
    Restore,
    AcceptGap,
    AcceptClock,
    Why,
    Price,
    Discount,
    Target,
    Coupon,
    Reprice,
    Pay,
    Deposit,
    Refund,
    Charge,
    Settle,
    Invoices,
    Issue,
    Void,
    Credit,
    Till,
    PrintContract,
    PrintReceipt,
    PrintInvoice,
}

/// When a key counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    /// Function keys, Ctrl and editing keys: always.
    Always,
    /// Punctuation and Space: only as the first character of an empty box, so that text can never
    /// collide with a command.
    EmptyBox,
    /// No key of its own: a typed word and a row of the palette.
    Typed,
}

/// One row: everything there is to know about a verb.
pub struct Binding {
    pub verb: Verb,
    pub class: Class,
    pub keys: &'static [(KeyCode, KeyModifiers)],
    /// How the key is written.
    pub shown: &'static str,
    /// For the key bar.
    pub short: &'static str,
    /// For help and palette: one line.
    pub long: &'static str,
    /// The typed twin, without its colon.
    pub word: Option<&'static str>,
    /// On which screens the context row shows it.
    pub bar: &'static [PlaceKind],
}

const NONE: KeyModifiers = KeyModifiers::NONE;
const CTRL: KeyModifiers = KeyModifiers::CONTROL;
const ENTER: &[PlaceKind] = &[
    Desk,
    CheckOut,
    CheckIn,
    Customers,
    Customer,
    Gear,
    Item,
    Bench,
    Plan,
    History,
    Reservation,
    Reserve,
    Reports,
    Behind,
    Invoices,
    Invoice,
];

macro_rules! row {
    ($verb:ident, $class:ident, [$($key:expr),*], $shown:literal, $short:literal, $long:literal, $word:expr, $bar:expr) => {
        Binding { verb: Verb::$verb, class: Class::$class, keys: &[$($key),*], shown: $shown, short: $short, long: $long, word: $word, bar: $bar }
    };
}

/// The table. Its order is that of the help.
pub const BINDINGS: &[Binding] = &[
    row!(
        Enter,
        Always,
        [(KeyCode::Enter, NONE)],
        "Enter",
        "open",
        "find what is typed; empty box: open, or finish",
        None,
        ENTER
    ),
    row!(
        Back,
        Always,
        [(KeyCode::Esc, NONE)],
        "Esc",
        "back",
        "one step back; never loses anything",
        Some("back"),
        &[
            CheckIn,
            CheckOut,
            Customer,
            Item,
            History,
            Reservation,
            Reserve,
            Reports,
            Behind,
            Log,
            Scanner,
            Keys,
            Invoices,
            Invoice
        ]
    ),
    row!(
        Mark,
        EmptyBox,
        [(KeyCode::Char(' '), NONE)],
        "Space",
        "mark",
        "mark or unmark the row; on a reservation: packed",
        None,
        &[Customer, Gear, Plan, Reservation]
    ),
    row!(
        MarkAll,
        EmptyBox,
        [(KeyCode::Char('*'), NONE)],
        "*",
        "mark all",
        "mark all rows of this section",
        Some("all"),
        &[Customer]
    ),
    row!(
        Increase,
        EmptyBox,
        [(KeyCode::Char('+'), NONE)],
        "+",
        "more",
        "more of a count, or packed; on the Plan: open",
        None,
        &[CheckOut, Reserve, Plan]
    ),
    row!(
        Decrease,
        EmptyBox,
        [(KeyCode::Char('-'), NONE)],
        "-",
        "fewer",
        "fewer of a count, or packed; on the Plan: close",
        None,
        &[CheckOut, Reserve, Plan]
    ),
    row!(
        TakeOff,
        Always,
        [(KeyCode::Delete, NONE), (KeyCode::Char('x'), CTRL)],
        "Del",
        "take off",
        "take off; undo a return; cancel a reservation",
        Some("off"),
        &[CheckOut, CheckIn, Reservation, Reserve]
    ),
    row!(
        Condition,
        EmptyBox,
        [(KeyCode::Char('!'), NONE)],
        "!",
        "condition",
        "condition of a thing; ways out of a short line",
        Some("cond"),
        &[
            CheckOut,
            CheckIn,
            Customer,
            Gear,
            Item,
            Bench,
            Reservation,
            Reserve
        ]
    ),
    row!(
        Dates,
        Always,
        [(KeyCode::Char('d'), CTRL)],
        "Ctrl+D",
        "dates",
        "due time; returned earlier; a reservation; back on",
        Some("dates"),
        &[CheckOut, CheckIn, Bench, Reservation, Reserve]
    ),
    row!(
        Note,
        Always,
        [(KeyCode::Char('n'), CTRL)],
        "Ctrl+N",
        "note",
        "a note on check-out, reservation, customer or item",
        Some("note"),
        &[CheckOut, Customer, Item, Reservation, Reserve]
    ),
    row!(
        Extend,
        Always,
        [(KeyCode::Char('e'), CTRL)],
        "Ctrl+E",
        "extend",
        "what is out comes back later; Enter saves it",
        Some("extend"),
        &[Customer, Reservation]
    ),
    row!(
        NextSection,
        Always,
        [(KeyCode::Tab, NONE)],
        "Tab",
        "section",
        "next section or field",
        None,
        &[Desk, Gear, Reserve, Reports]
    ),
    row!(
        PreviousSection,
        Always,
        [
            (KeyCode::BackTab, KeyModifiers::SHIFT),
            (KeyCode::BackTab, NONE)
        ],
        "Shift+Tab",
        "section back",
        "previous section or field",
        None,
        &[]
    ),
    row!(
        LastCustomer,
        Always,
        [(KeyCode::Char('g'), CTRL)],
        "Ctrl+G",
        "last",
        "last customer; again: the one before",
        Some("last"),
        &[Desk]
    ),
    row!(
        Undo,
        Always,
        [(KeyCode::Char('z'), CTRL)],
        "Ctrl+Z",
        "undo",
        "undo the last step, by a reversing entry",
        Some("undo"),
        &[Desk, CheckIn]
    ),
    row!(
        Redo,
        Always,
        [(KeyCode::Char('y'), CTRL)],
        "Ctrl+Y",
        "redo",
        "do again what was undone last, if it still may be",
        Some("redo"),
        &[]
    ),
    row!(
        More,
        Always,
        [(KeyCode::Char('o'), CTRL)],
        "Ctrl+O",
        "more",
        "more for the selected row",
        Some("more"),
        &[
            Customers, Customer, Gear, Item, Bench, History, Reports, Behind, Invoices, Invoice
        ]
    ),
    row!(
        Up,
        Always,
        [(KeyCode::Up, NONE)],
        "Up",
        "up",
        "selection up; the box keeps the focus",
        None,
        &[]
    ),
    row!(
        Down,
        Always,
        [(KeyCode::Down, NONE)],
        "Down",
        "down",
        "selection down",
        None,
        &[]
    ),
    row!(
        Left,
        Always,
        [(KeyCode::Left, NONE)],
        "Left",
        "left",
        "in the text, a day back; on Reports a month",
        None,
        &[Reports]
    ),
    row!(
        Right,
        Always,
        [(KeyCode::Right, NONE)],
        "Right",
        "right",
        "in the text, a day ahead; on Reports a month",
        None,
        &[Reports]
    ),
    row!(
        PageUp,
        Always,
        [(KeyCode::PageUp, NONE)],
        "PgUp",
        "page up",
        "a page up; on the Plan: a week back",
        None,
        &[]
    ),
    row!(
        PageDown,
        Always,
        [(KeyCode::PageDown, NONE)],
        "PgDn",
        "page down",
        "a page down; on the Plan: a week ahead",
        None,
        &[Plan]
    ),
    row!(
        First,
        Always,
        [(KeyCode::Home, NONE)],
        "Home",
        "first",
        "first row",
        None,
        &[]
    ),
    row!(
        Last,
        Always,
        [(KeyCode::End, NONE)],
        "End",
        "last row",
        "last row",
        None,
        &[]
    ),
    row!(
        Out,
        Always,
        [(KeyCode::F(2), NONE)],
        "F2",
        "Out",
        "check-out",
        Some("out"),
        &[]
    ),
    row!(
        In,
        Always,
        [(KeyCode::F(3), NONE)],
        "F3",
        "In",
        "check-in, of the marked rows if any",
        Some("in"),
        &[]
    ),
    row!(
        Reserve,
        Always,
        [(KeyCode::F(4), NONE)],
        "F4",
        "Reserve",
        "reserve what is selected or marked; change this one",
        Some("reserve"),
        &[]
    ),
    row!(
        Plan,
        Always,
        [(KeyCode::F(5), NONE)],
        "F5",
        "Plan",
        "the plan: what is free on which day",
        Some("plan"),
        &[]
    ),
    row!(
        Customers,
        Always,
        [(KeyCode::F(6), NONE)],
        "F6",
        "Customers",
        "customers",
        Some("customers"),
        &[]
    ),
    row!(
        Gear,
        Always,
        [(KeyCode::F(7), NONE)],
        "F7",
        "Gear",
        "gear: scanning there only looks",
        Some("gear"),
        &[]
    ),
    row!(
        Bench,
        Always,
        [(KeyCode::F(8), NONE)],
        "F8",
        "Bench",
        "the bench: what is in repair",
        Some("bench"),
        &[]
    ),
    row!(
        Print,
        Always,
        [(KeyCode::F(9), NONE), (KeyCode::Char('p'), CTRL)],
        "F9",
        "Print",
        "papers: pick list, contract, invoice; Ctrl+P",
        Some("print"),
        &[Invoices, Invoice]
    ),
    row!(
        PrintAgain,
        Always,
        [(KeyCode::Char('r'), CTRL)],
        "Ctrl+R",
        "print again",
        "the last paper once more",
        Some("reprint"),
        &[]
    ),
    row!(
        Palette,
        EmptyBox,
        [(KeyCode::Char(':'), NONE)],
        ":",
        "commands",
        "all commands; Ctrl+K does the same anywhere",
        None,
        &[]
    ),
    row!(
        Help,
        EmptyBox,
        [(KeyCode::Char('?'), NONE)],
        "?",
        "help",
        "help for here; F1 does the same",
        Some("help"),
        &[]
    ),
    row!(
        Today,
        Always,
        [(KeyCode::Char('t'), CTRL)],
        "Ctrl+T",
        "today",
        "today; reads everything again",
        Some("today"),
        &[History, Plan, Reports]
    ),
    row!(
        EmptyBox,
        Always,
        [(KeyCode::Char('u'), CTRL)],
        "Ctrl+U",
        "empty",
        "empty the box",
        None,
        &[]
    ),
    row!(
        Repeat,
        EmptyBox,
        [(KeyCode::Char('.'), NONE)],
        ".",
        "repeat",
        "the last condition once more, on this row",
        None,
        &[]
    ),
    row!(
        Redraw,
        Always,
        [(KeyCode::Char('l'), CTRL)],
        "Ctrl+L",
        "redraw",
        "draw the screen again",
        None,
        &[]
    ),
    row!(
        Quit,
        Always,
        [(KeyCode::Char('c'), CTRL)],
        "Ctrl+C",
        "leave",
        "twice within two seconds: leave",
        Some("quit"),
        &[]
    ),
    row!(Desk, Typed, [], "", "Desk", "the Desk", Some("desk"), &[]),
    row!(
        History,
        Typed,
        [],
        "",
        "History",
        "who had what, when",
        Some("history"),
        &[]
    ),
    row!(
        Reports,
        Always,
        [(KeyCode::F(12), NONE)],
        "F12",
        "Reports",
        "how the business goes, and what to do about it",
        Some("reports"),
        &[]
    ),
    row!(
        Log,
        Typed,
        [],
        "",
        "Log",
        "all verdicts of today",
        Some("log"),
        &[]
    ),
    row!(
        NewCustomer,
        Typed,
        [],
        "",
        "new customer",
        "add a customer",
        Some("newcustomer"),
        &[]
    ),
    row!(
        NewItem,
        Typed,
        [],
        "",
        "new item",
        "add an item to a type",
        Some("newitem"),
        &[]
    ),
    row!(
        Suspend,
        Typed,
        [],
        "",
        "suspend",
        "suspend this customer, or reinstate",
        Some("suspend"),
        &[]
    ),
    row!(
        MakeQuote,
        Typed,
        [],
        "",
        "quote",
        "a quote: the reservation claims nothing",
        Some("quote"),
        &[]
    ),
    row!(
        MakeHold,
        Typed,
        [],
        "",
        "hold",
        "a hold: the reservation claims until it lapses",
        Some("hold"),
        &[]
    ),
    row!(
        Confirm,
        Typed,
        [],
        "",
        "confirm",
        "the reservation is confirmed",
        Some("confirm"),
        &[]
    ),
    row!(
        Cancel,
        Typed,
        [],
        "",
        "cancel",
        "cancel this reservation, with a reason",
        Some("cancel"),
        &[]
    ),
    row!(
        Copy,
        Typed,
        [],
        "",
        "copy",
        "a new reservation with the lines of this one",
        Some("copy"),
        &[]
    ),
    row!(
        Pack,
        Typed,
        [],
        "",
        "pack",
        "all of this reservation stands ready",
        Some("pack"),
        &[]
    ),
    row!(
        Why,
        Typed,
        [],
        "",
        "why",
        "how the price comes about, step by step",
        Some("why"),
        &[]
    ),
    row!(
        Price,
        Typed,
        [],
        "",
        "price",
        "price of the selected line by hand, with a reason",
        Some("price"),
        &[]
    ),
    row!(
        Discount,
        Typed,
        [],
        "",
        "discount",
        "a discount on the reservation, with a reason",
        Some("discount"),
        &[]
    ),
    row!(
        Target,
        Typed,
        [],
        "",
        "target",
        "what all lines together shall cost, with a reason",
        Some("target"),
        &[]
    ),
    row!(
        Coupon,
        Typed,
        [],
        "",
        "coupon",
        "a coupon's code on the reservation",
        Some("coupon"),
        &[]
    ),
    row!(
        Reprice,
        Typed,
        [],
        "",
        "reprice",
        "price the reservation by the rates of now",
        Some("reprice"),
        &[]
    ),
    row!(
        Pay,
        Typed,
        [],
        "",
        "pay",
        "take a payment, like :pay all card 4471",
        Some("pay"),
        &[]
    ),
    row!(
        Deposit,
        Typed,
        [],
        "",
        "deposit",
        "take a deposit, like :deposit 500 cash; or back",
        Some("deposit"),
        &[]
    ),
    row!(
        Refund,
        Typed,
        [],
        "",
        "refund",
        "give money back, like :refund 40 cash",
        Some("refund"),
        &[]
    ),
    row!(
        Charge,
        Typed,
        [],
        "",
        "charge",
        "charge something, like :charge 25 cleaning",
        Some("charge"),
        &[]
    ),
    row!(
        Settle,
        Typed,
        [],
        "",
        "settle",
        "what a return leaves: fees, damage, the deposit",
        Some("settle"),
        &[]
    ),
    row!(
        Invoices,
        Typed,
        [],
        "",
        "invoices",
        "invoices: who owes what",
        Some("invoices"),
        &[]
    ),
    row!(
        Issue,
        Typed,
        [],
        "",
        "issue",
        "issue the invoice; it never changes after that",
        Some("issue"),
        &[]
    ),
    row!(
        Void,
        Typed,
        [],
        "",
        "void",
        "take back an invoice of which nothing is paid",
        Some("void"),
        &[]
    ),
    row!(
        Credit,
        Typed,
        [],
        "",
        "credit",
        "take back a paid invoice, by a credit note",
        Some("credit"),
        &[]
    ),
    row!(
        Till,
        Typed,
        [],
        "",
        "till",
        "what the till should hold; close it as counted",
        Some("till"),
        &[]
    ),
    row!(
        PrintContract,
        Typed,
        [],
        "",
        "contract",
        "print the rental contract",
        Some("contract"),
        &[]
    ),
    row!(
        PrintReceipt,
        Typed,
        [],
        "",
        "receipt",
        "print the receipt",
        Some("receipt"),
        &[]
    ),
    row!(
        PrintInvoice,
        Typed,
        [],
        "",
        "invoice",
        "print the invoice",
        Some("invoice"),
        &[]
    ),
    row!(
        Block,
        Typed,
        [],
        "",
        "block",
        "set the selected item aside, with a reason",
        Some("block"),
        &[]
    ),
    row!(
        Unblock,
        Typed,
        [],
        "",
        "unblock",
        "put back what was set aside",
        Some("unblock"),
        &[]
    ),
    row!(
        Retire,
        Typed,
        [],
        "",
        "retire",
        "retire the selected item for good",
        Some("retire"),
        &[]
    ),
    row!(
        Withdraw,
        Typed,
        [],
        "",
        "withdraw",
        "withdraw the selected type, or bring it back",
        Some("withdraw"),
        &[]
    ),
    row!(
        Count,
        Typed,
        [],
        "",
        "count",
        "say how many of a counted type there are",
        Some("count"),
        &[]
    ),
    row!(
        CheckBooks,
        Typed,
        [],
        "",
        "check",
        "prove the books",
        Some("check"),
        &[]
    ),
    row!(
        Backup,
        Typed,
        [],
        "",
        "backup",
        "copy the shop's file and check the copy",
        Some("backup"),
        &[]
    ),
    row!(
        Restore,
        Typed,
        [],
        "",
        "restore",
        "backups: put one in the place of the file",
        Some("restore"),
        &[]
    ),
    row!(
        AcceptGap,
        Typed,
        [],
        "",
        "accept gap",
        "go on without missing events, with a reason",
        Some("accept"),
        &[]
    ),
    row!(
        AcceptClock,
        Typed,
        [],
        "",
        "accept clock",
        "the clock went back and is right: go on with it",
        Some("clock"),
        &[]
    ),
    row!(
        ScannerTest,
        Typed,
        [],
        "",
        "scanner test",
        "what your scanner sends",
        Some("scanner"),
        &[]
    ),
    row!(
        KeyTest,
        Typed,
        [],
        "",
        "key test",
        "what arrives when you press a key",
        Some("keys"),
        &[]
    ),
];

/// Typed words that take what stands behind them: `:pay 306 card 4471`, `:discount 10% regular`.
pub const WITH_WORDS: &[Verb] = &[
    Verb::Pay,
    Verb::Deposit,
    Verb::Refund,
    Verb::Charge,
    Verb::Void,
    Verb::Credit,
    Verb::Till,
    Verb::Price,
    Verb::Discount,
    Verb::Target,
    Verb::Coupon,
];

/// Second keys of a verb that is bound by its first character alone.
const TWINS: &[((KeyCode, KeyModifiers), Verb)] = &[
    ((KeyCode::F(1), NONE), Verb::Help),
    ((KeyCode::Char('k'), CTRL), Verb::Palette),
];

/// The fixed row at the foot, in this order.
pub const FIXED: &[Verb] = &[
    Verb::Out,
    Verb::In,
    Verb::Reserve,
    Verb::Plan,
    Verb::Customers,
    Verb::Gear,
    Verb::Bench,
    Verb::Print,
    Verb::Palette,
    Verb::Help,
];

pub fn binding(verb: Verb) -> Option<&'static Binding> {
    BINDINGS.iter().find(|binding| binding.verb == verb)
}

/// The verb of a key. `box_is_free` when the box takes tags and names and holds nothing: only then
/// punctuation commands.
pub fn verb_of(key: &KeyEvent, box_is_free: bool) -> Option<Verb> {
    let modifiers = if matches!(key.code, KeyCode::Char(_)) {
        key.modifiers - KeyModifiers::SHIFT
    } else {
        key.modifiers
    };
    let pressed = (key.code, modifiers);
    let known = |binding: &&Binding| {
        binding.keys.contains(&pressed)
            && (binding.class == Class::Always || (binding.class == Class::EmptyBox && box_is_free))
    };
    BINDINGS
        .iter()
        .find(known)
        .map(|binding| binding.verb)
        .or_else(|| {
            TWINS
                .iter()
                .find(|(twin, _)| *twin == pressed)
                .map(|(_, verb)| *verb)
        })
}

/// The verb of a typed word; any unique beginning is enough.
pub fn verb_of_word(word: &str) -> Result<Verb, Vec<&'static str>> {
    let word = word.trim().to_lowercase();
    let named: Vec<&Binding> = BINDINGS
        .iter()
        .filter(|binding| binding.word.is_some_and(|known| known.starts_with(&word)))
        .collect();
    match named.as_slice() {
        [only] => Ok(only.verb),
        several => match several
            .iter()
            .find(|binding| binding.word == Some(word.as_str()))
        {
            Some(exact) => Ok(exact.verb),
            None => Err(several.iter().filter_map(|binding| binding.word).collect()),
        },
    }
}
