//! The command line: every act of the counter as a subcommand, for scripts, other programs and
//! tests. This page holds the arguments, the match, and the one place where a refusal or a fault
//! becomes words and an exit code; each family of subcommands has its file.

mod answer;
mod back;
mod category;
mod charge;
mod counter;
mod customer;
mod desk;
mod discount;
mod equipment_type;
mod exchange;
mod free;
mod harm;
mod history;
mod init;
mod invoice;
mod item;
mod kit;
mod messages;
mod money;
mod nearest;
mod new_file;
mod out;
mod paper;
mod price;
mod promise;
mod promise_times;
mod promise_told;
mod rate;
mod report;
mod reservation;
mod set_aside;
mod settings;
mod shell;
mod staff;
mod today;
mod upkeep;
mod usage;
mod view;
mod who;

pub use answer::Answer;

use crate::desk::Consequence;
use crate::inventory::Condition;
use crate::kernel::when::{self, Lean};
use crate::kernel::{Clock, Declined, Failure, Moment, Refusal, Settings, Stop, Text, TypeId};
use crate::shop::{Shop, saved_already};
use crate::store::{self, Write};
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Parser, Subcommand};
use serde_json::{Value, json};
use std::ffi::OsString;
use std::io::Write as _;
use std::path::PathBuf;

pub const DONE: u8 = 0;
pub const REFUSED: u8 = 1;
pub const USAGE: u8 = 2;
pub const NOT_FOUND: u8 = 3;
pub const FAULT: u8 = 70;

/// The rental counter in a terminal: one program, one file, no network.
#[derive(Parser, Debug)]
#[command(name = "rentdesk", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    /// Without one, the counter opens.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What holds for every command; may stand before or after it.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Globals {
    /// The shop's file; without it, shop.db in this account's data folder.
    #[arg(long, global = true, value_name = "FILE", env = "RENTDESK_DB", hide_env_values = true, value_parser = OsStringValueParser::new().map(PathBuf::from))]
    pub db: Option<PathBuf>,
    /// Takes this time for the present, in the shop's zone: 2025-11-21T10:42:00Z, "2025-11-21
    /// 10:42".
    #[arg(
        long,
        global = true,
        value_name = "TIME",
        env = "RENTDESK_NOW",
        hide_env_values = true,
        allow_hyphen_values = true
    )]
    pub now: Option<String>,
    /// Prints one JSON document; a refusal is one too, on stderr.
    #[arg(long, global = true)]
    pub json: bool,
    /// Says who does it; every entry keeps the name.
    #[arg(long, global = true, value_name = "NAME")]
    pub staff: Option<String>,
    /// Keeps the counter's screen to ASCII.
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Opens the counter as a line program, for screen readers and scripts.
    #[arg(long, global = true)]
    pub plain: bool,
    /// Runs and answers, and saves nothing.
    #[arg(long, global = true)]
    pub dry_run: bool,
    /// Writes although the last entry bears a later time than the clock: the clock is right.
    #[arg(long, global = true)]
    pub accept_clock: bool,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Opens the counter on a filled demo shop in a temporary file.
    Demo,
    /// Makes a new shop.
    Init(init::Init),
    /// Takes over a list from another program: import items equipment.csv --map SKU=reference.
    Import(exchange::Import),
    /// Prints the shop's records as a list: export rentals --format json.
    Export(exchange::Export),
    /// The tree of categories.
    #[command(subcommand)]
    Category(category::Category),
    /// What can be rented: equipment types, their specs and rates.
    #[command(subcommand)]
    Type(equipment_type::Type),
    /// Types that are made of others.
    #[command(subcommand)]
    Kit(kit::Kit),
    /// What a type costs, from when on: rate set "Sony FX6 body" --daily 180 --weekly 720 --from
    /// 2026-01-01.
    #[command(subcommand)]
    Rate(rate::Rates),
    /// Charged days for days: a 4-day week, a weekend as one day.
    #[command(subcommand)]
    PriceTable(rate::Tables),
    /// The tax of each class, from when on.
    #[command(subcommand)]
    Tax(rate::Tax),
    /// What comes off: coupons, seasons, tiers, volume.
    #[command(subcommand)]
    Discount(discount::Discount),
    /// What it would cost, saving nothing: price --from "fri 9:00" --to "mon 10:00" --line 'Sony
    /// FX6 body*2' --why.
    Price(price::Price),
    /// The things themselves, each with its tag.
    #[command(subcommand)]
    Item(item::Item),
    /// Who rents.
    #[command(subcommand)]
    Customer(customer::Customer),
    /// What customers are written about: what waits, what was sent, what could not be.
    #[command(subcommand)]
    Messages(messages::Messages),
    /// Who works here.
    #[command(subcommand)]
    Staff(staff::Staff),
    /// The shop's settings.
    Settings(settings::SettingsArgs),
    /// What is free when, and who is in the way: free "Sony FX6 body" --from "fri 9:00" --to "mon
    /// 10:00" --qty 2.
    Free(free::Free),
    /// Reserves: reserve --customer C-0007 --from "fri 9:00" --to "mon 10:00" --line 'Sony FX6
    /// body*2' --confirm. A hold if nothing is said.
    Reserve(promise::Reserve),
    /// Makes a quote or a hold firm.
    Confirm(promise::Confirm),
    /// Makes a quote a hold, or a hold last longer: hold R-1042 --for 48h.
    Hold(promise::Hold),
    /// Changes a reservation, all of it or nothing: change R-1042 --to "tue 10:00" --set 1=3 --line
    /// 'Tripod*2' --drop 4.
    Change(promise::ChangeArgs),
    /// Prices a reservation by the rates and discounts of now; what was said by hand stays.
    Reprice(promise::Reprice),
    /// Cancels what has not gone out: cancel R-1042 --reason customer.
    Cancel(promise::Cancel),
    /// Moves the due time of what is out: extend R-1042 --to "wed 10:00", extend CAM-0012 --to +2d.
    Extend(promise::Extend),
    /// Says what of a reservation stands ready: pack R-1042 1 2=3, pack R-1042 --all.
    Pack(promise::Pack),
    /// Promises that cannot be kept as things stand, soonest first.
    Shortages(free::Shortages),
    /// Hands over: out --customer C-0007 --due "mon 10:00" CAM-0012 4*BAT-V150.
    Out(out::Out),
    /// Takes back: in CAM-0012, in LEN-0050 --condition unusable --note "front element scratched".
    In(back::In),
    /// Takes the last step of today back.
    Undo(desk::Undo),
    /// What is asked for: drafts that follow their reservations, issued, voided and credited
    /// invoices.
    #[command(subcommand)]
    Invoice(invoice::Invoice),
    /// Takes money: pay I-0012 120 --method card --reference 4471, pay R-1042 --issue --method
    /// cash.
    Pay(money::Pay),
    /// Gives money back that was credited or paid beyond what was asked: refund R-1042 80 --method
    /// cash.
    Refund(money::Refund),
    /// Money held for a reservation, apart from what it costs.
    #[command(subcommand)]
    Deposit(money::Deposit),
    /// What a return leaves to be settled, and charges it: charge R-1042, charge R-1042 --late,
    /// charge R-1042 --damage 80 --tag CAM-0012.
    Charge(charge::Charge),
    /// What a customer owes, and has to get.
    Balance(money::BalanceOf),
    /// A day's takings by method, and what was counted: till --counted 412.50.
    Till(money::Till),
    /// What is due today and tomorrow, what is overdue, what waits for somebody.
    Today,
    /// The day's paper for the shelves: what goes out, which items would do, what must come back
    /// first.
    PickList(paper::DayArgs),
    /// The day's paper of what is due back.
    ReturnsList(paper::DayArgs),
    /// What belongs to a reservation, to be ticked when it leaves and when it is back: checklist
    /// R-1042.
    Checklist(paper::ChecklistArgs),
    /// What the customer signs: contract R-1042 --print.
    Contract(paper::MoneyArgs),
    /// What was rented and paid: receipt R-1042 --slip.
    Receipt(paper::MoneyArgs),
    /// Tells who has an item, or who had it: who CAM-0012 --on "12 oct".
    Who(who::Who),
    /// Tells what happened, newest first.
    History(history::History),
    /// How the business goes, and what to do about it: report use --from 2025-10-01 --to
    /// 2025-10-31, report money --by category.
    Report(report::ReportArgs),
    /// Everything that is overdue now.
    Late,
    /// Reservations, newest first.
    List(reservation::List),
    /// One reservation with everything on it.
    Show(reservation::Show),
    /// The log of events and those who hear it.
    #[command(subcommand)]
    Outbox(upkeep::Outbox),
    /// Makes derived tables again from the log of events: rebuild history, rebuild all.
    Rebuild(upkeep::Rebuild),
    /// The log of events, oldest first.
    Events(upkeep::Events),
    /// Checks the file, every row, the chain of events and every rule.
    Check(upkeep::Check),
    /// Copies the shop's file and checks the copy: backup, backup /media/stick.
    Backup(upkeep::Backup),
    /// Puts a backup in the place of the shop's file: restore
    /// backup/shop-2025-11-21-094200-211-3fa2c0de.db. Without one, lists them.
    Restore(upkeep::Restore),
    /// Prints what a shell needs to complete commands: completions bash.
    Completions(shell::Completions),
    /// Prints the manual page.
    Man,
}

/// The machine's clock. Everything else is handed the time it has to use.
#[allow(clippy::disallowed_methods)] // the one place where the program meets the clock of the machine
fn system_now() -> Moment {
    Moment(chrono::Utc::now().timestamp())
}

/// Reads the arguments, does what they say, prints the answer. The exit code.
pub fn run(arguments: Vec<OsString>) -> u8 {
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => {
            return usage::misread(
                &error,
                arguments.iter().any(|argument| argument == "--json"),
            );
        }
    };
    let Cli { globals, command } = cli;
    match answer(command, &globals) {
        Ok(answer) => match (print(&globals, &answer), answer.refusal) {
            (DONE, Some(refusal)) => complain(&globals, &refusal.into()),
            (code, _) => code,
        },
        Err(stop) => complain(&globals, &stop),
    }
}

/// What the arguments ask for, done.
fn answer(command: Option<Command>, at: &Globals) -> Result<Answer, Stop> {
    let Some(command) = command else {
        return counter::counter(at).map(Answer::seen);
    };
    match command {
        Command::Demo => counter::demo(at).map(Answer::seen),
        Command::Init(command) => command.run(at),
        Command::Completions(command) => Ok(command.run()),
        Command::Man => shell::man(),
        Command::Import(command) => opened(at, |shop| command.run(shop)),
        Command::Export(command) => opened(at, |shop| command.run(at, shop)),
        Command::Category(command) => opened(at, |shop| command.run(shop)),
        Command::Type(command) => opened(at, |shop| command.run(shop)),
        Command::Kit(command) => opened(at, |shop| command.run(shop)),
        Command::Rate(command) => opened(at, |shop| command.run(shop)),
        Command::PriceTable(command) => opened(at, |shop| command.run(shop)),
        Command::Tax(command) => opened(at, |shop| command.run(shop)),
        Command::Discount(command) => opened(at, |shop| command.run(shop)),
        Command::Price(command) => opened(at, |shop| command.run(shop)),
        Command::Item(command) => opened(at, |shop| command.run(shop)),
        Command::Customer(command) => opened(at, |shop| command.run(shop)),
        Command::Messages(command) => opened(at, |shop| command.run(shop)),
        Command::Staff(command) => opened(at, |shop| command.run(shop)),
        Command::Settings(command) => opened(at, |shop| command.run(shop)),
        Command::Free(command) => opened(at, |shop| command.run(shop)),
        Command::Reserve(command) => opened(at, |shop| command.run(shop)),
        Command::Confirm(command) => opened(at, |shop| command.run(shop)),
        Command::Hold(command) => opened(at, |shop| command.run(shop)),
        Command::Change(command) => opened(at, |shop| command.run(shop)),
        Command::Reprice(command) => opened(at, |shop| command.run(shop)),
        Command::Cancel(command) => opened(at, |shop| command.run(shop)),
        Command::Extend(command) => opened(at, |shop| command.run(shop)),
        Command::Pack(command) => opened(at, |shop| command.run(shop)),
        Command::Shortages(command) => opened(at, |shop| command.run(shop)),
        Command::Out(command) => opened(at, |shop| command.run(shop)),
        Command::In(command) => opened(at, |shop| command.run(shop)),
        Command::Undo(command) => opened(at, |shop| command.run(shop)),
        Command::Today => opened(at, |shop| today::today(shop)),
        Command::Invoice(command) => opened(at, |shop| command.run(shop)),
        Command::Pay(command) => opened(at, |shop| command.run(shop)),
        Command::Refund(command) => opened(at, |shop| command.run(shop)),
        Command::Deposit(command) => opened(at, |shop| command.run(shop)),
        Command::Charge(command) => opened(at, |shop| command.run(shop)),
        Command::Balance(command) => opened(at, |shop| command.run(shop)),
        Command::Till(command) => opened(at, |shop| command.run(shop)),
        Command::PickList(command) => opened(at, |shop| command.pick(shop)),
        Command::ReturnsList(command) => opened(at, |shop| command.returns(shop)),
        Command::Checklist(command) => opened(at, |shop| command.run(shop)),
        Command::Contract(command) => opened(at, |shop| command.contract(shop)),
        Command::Receipt(command) => opened(at, |shop| command.receipt(shop)),
        Command::Who(command) => opened(at, |shop| command.run(shop)),
        Command::History(command) => opened(at, |shop| command.run(shop)),
        Command::Report(command) => opened(at, |shop| command.run(shop, at.json)),
        Command::Late => opened(at, |shop| reservation::late(shop)),
        Command::List(command) => opened(at, |shop| command.run(shop)),
        Command::Show(command) => opened(at, |shop| command.run(shop)),
        Command::Outbox(command) => opened(at, |shop| command.run(shop)),
        Command::Rebuild(command) => opened(at, |shop| command.run(shop)),
        Command::Events(command) => opened(at, |shop| command.run(shop)),
        Command::Check(command) => opened(at, |shop| command.run(shop)),
        Command::Restore(command) => command.run(at),
        Command::Backup(command) => opened(at, |shop| command.run(shop)),
    }
}

/// Opens the shop, lets the command at it, closes it whatever came of that.
fn opened(
    globals: &Globals,
    command: impl FnOnce(&mut Shop) -> Result<Answer, Stop>,
) -> Result<Answer, Stop> {
    let mut shop = open(globals)?;
    if !globals.json
        && let Some(alarm) = shop.store.alarm()?
    {
        say(&format!(
            "Warning: {alarm}. rentdesk restore puts a backup in its place; rentdesk check --accept REASON goes on without.\n"
        ));
    }
    let outcome = command(&mut shop).map_err(|stop| nearest::with_candidates(shop.read(), stop));
    if let Some(notice) = shop.take_notice() {
        say(&format!("Warning: {notice}.\n"));
    }
    // What is committed is saved, whatever fails after it.
    let saved = shop.saved() > 0 && !shop.store.is_rehearsing();
    shop.close();
    outcome.map_err(|stop| if saved { saved_already(stop) } else { stop })
}

/// Opens the shop that the options name, at the time and for the staff member they name.
fn open(globals: &Globals) -> Result<Shop, Stop> {
    let mut shop = Shop::open_at(&file(globals)?, |settings| clock(globals, settings))?;
    if globals.accept_clock {
        shop.accept_clock()?;
    }
    if globals.dry_run {
        shop.store.rehearse();
    }
    // Whoever asks changes nothing: what has lapsed by now is seen as lapsed, and a command that
    // writes takes it along.
    let _ = shop.suppose_lapsed();
    if let Some(name) = &globals.staff {
        shop.sign(name)?;
    }
    Ok(shop)
}

/// The time that was given, else the machine's; a demo shop keeps how far ahead its day is.
fn clock(globals: &Globals, settings: &Settings) -> Result<Clock, Stop> {
    let zone = &settings.zone;
    let Some(typed) = globals
        .now
        .as_deref()
        .filter(|typed| !typed.trim().is_empty())
    else {
        return Ok(match settings.clock_ahead_seconds {
            0 => Clock::Running(system_now),
            ahead => Clock::Ahead(system_now, ahead),
        });
    };
    let now = system_now();
    let read = when::read(typed, now, zone, Lean::Back).map_err(|why| {
        usage(
            Text::new(&why.0).to_string(),
            "--now takes a time like 2025-11-21T10:42:00Z",
        )
    })?;
    Ok(Clock::Fixed(match read {
        when::When::Day(day) => zone.day_start(day),
        when::When::Time(moment) => moment,
    }))
}

fn file(globals: &Globals) -> Result<PathBuf, Stop> {
    if let Some(path) = globals
        .db
        .as_ref()
        .filter(|path| !path.as_os_str().is_empty())
    {
        return Ok(path.clone());
    }
    directories::ProjectDirs::from("", "", "rentdesk")
        .map(|folders| folders.data_dir().join("shop.db"))
        .ok_or_else(|| {
            usage(
                "This account has no home folder",
                "name the shop's file with --db",
            )
        })
}

/// Runs one command in one transaction and answers from inside it, so that a rehearsal has
/// something to show.
fn act(
    shop: &mut Shop,
    command: impl FnOnce(&mut Write<'_>, &Settings) -> Result<Answer, Stop>,
) -> Result<Answer, Stop> {
    let settings = shop.settings.clone();
    shop.store.stop_supposing()?;
    let lapses = match shop.lapse_waits()? {
        Some(count) => {
            say(&format!(
                "Not expired yet: {count}, because the clock may be wrong. If the time is right, --accept-clock goes on with it.\n"
            ));
            false
        }
        None => true,
    };
    let (mut answer, mut declined) = (None, None);
    let done = shop.write(|db| {
        if lapses {
            crate::shop::lapse_within(db, &settings)
                .map_err(Stop::from)
                .map_err(|stop| mixed(stop, &mut declined))?;
        }
        answer = Some(command(db, &settings).map_err(|stop| mixed(stop, &mut declined))?);
        Ok::<(), Failure<Mixed>>(())
    });
    match (done, declined) {
        (Ok(()), _) => Ok(answer.expect("a command that was done has answered")),
        // The refusal itself, with whatever it has for programs.
        (Err(_), Some(declined)) => Err(Stop::Refused(declined)),
        (Err(stop), None) => Err(stop),
    }
}

/// Does something to the stock of some types and tells what it broke and what it mended; it is
/// never refused for what it breaks.
fn watched<T>(
    db: &mut Write<'_>,
    settings: &Settings,
    types: &[TypeId],
    work: impl FnOnce(&mut Write<'_>) -> Result<T, Stop>,
) -> Result<(T, Consequence), Stop> {
    let mut declined = None;
    match (
        crate::desk::watched(db, settings, types, |db| {
            work(db).map_err(|stop| mixed(stop, &mut declined))
        }),
        declined,
    ) {
        (Ok(done), _) => Ok(done),
        (Err(_), Some(declined)) => Err(Stop::Refused(declined)),
        (Err(failure), None) => Err(failure.into()),
    }
}

/// What an act on the stock broke and mended, a line each.
fn consequence_words(consequence: &Consequence) -> String {
    let hurts = consequence.hurts.iter().map(|hurt| format!("!! {hurt}\n"));
    hurts
        .chain(
            consequence
                .mends
                .iter()
                .map(|mend| format!("no longer: {mend}\n")),
        )
        .collect()
}

/// An answer with what the act did to promises.
fn with_consequence(answer: Answer, consequence: &Consequence) -> Answer {
    let Answer {
        mut json,
        text,
        code,
        refusal,
    } = answer;
    if let Some(fields) = json.as_object_mut() {
        fields.insert("hurts".to_owned(), json!(consequence.hurts));
        fields.insert("mends".to_owned(), json!(consequence.mends));
    }
    let text = if consequence.is_nothing() {
        text
    } else {
        format!("{}\n{}", text.trim_end(), consequence_words(consequence))
    };
    Answer {
        json,
        text,
        code,
        refusal,
    }
}

/// Any module's refusal, inside a transaction that holds commands of several.
#[derive(Debug)]
struct Mixed(Declined);

impl std::fmt::Display for Mixed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl Refusal for Mixed {
    fn hint(&self) -> String {
        self.0.hint.clone()
    }
    fn kind(&self) -> &'static str {
        self.0.kind
    }
    fn not_found(&self) -> bool {
        self.0.not_found
    }
}

fn mixed(stop: Stop, kept: &mut Option<Declined>) -> Failure<Mixed> {
    match stop {
        Stop::Refused(declined) => {
            *kept = Some(declined.clone());
            Failure::Refused(Mixed(declined))
        }
        Stop::Fault(fault) => Failure::Fault(fault),
    }
}

/// What was typed cannot be understood.
fn usage(message: impl Into<String>, hint: impl Into<String>) -> Stop {
    Declined::new("usage", message, hint).into()
}

/// `good`, `UNUSABLE`, `under maintenance`, `maintenance`
fn read_condition(typed: &str) -> Result<Condition, String> {
    match typed
        .trim()
        .to_lowercase()
        .replace(['-', ' '], "_")
        .as_str()
    {
        "good" | "ok" => Ok(Condition::Good),
        "unusable" | "broken" | "damaged" => Ok(Condition::Unusable),
        "under_maintenance" | "maintenance" | "bench" => Ok(Condition::UnderMaintenance),
        _ => Err("a condition is good, unusable or maintenance".to_owned()),
    }
}

/// A word of an enum, in any letter case.
fn read_word<W: store::Word + Copy>(all: &[W], typed: &str) -> Result<W, String> {
    let wanted = typed.trim().to_uppercase().replace(['-', ' '], "_");
    W::from_word(&wanted).ok_or_else(|| {
        format!(
            "it is one of {}",
            all.iter()
                .map(store::Word::word)
                .collect::<Vec<_>>()
                .join(", ")
        )
    })
}

fn print(globals: &Globals, answer: &Answer) -> u8 {
    if answer.json.is_null() && answer.text.is_empty() {
        return answer.code; // the counter has shown everything itself
    }
    let said = match (globals.json, globals.dry_run) {
        (true, _) => format!("{:#}\n", answer.json),
        (false, rehearsed) => {
            let end = if answer.text.is_empty() || answer.text.ends_with('\n') {
                ""
            } else {
                "\n"
            };
            format!(
                "{}{end}{}",
                answer.text,
                if rehearsed {
                    "Nothing was saved (dry run).\n"
                } else {
                    ""
                }
            )
        }
    };
    match std::io::stdout()
        .lock()
        .write_all(said.as_bytes())
        .and_then(|()| std::io::stdout().flush())
    {
        Ok(()) => answer.code,
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => answer.code, // `rentdesk list | head` has seen enough
        Err(error) => {
            say(&format!("The answer could not be printed: {error}\n"));
            FAULT
        }
    }
}

/// The exit code of what stopped a command.
fn code_of(stop: &Stop) -> u8 {
    match stop {
        Stop::Refused(declined) if declined.not_found => NOT_FOUND,
        Stop::Refused(declined) if declined.kind == "usage" => USAGE,
        Stop::Refused(_) => REFUSED,
        Stop::Fault(_) => FAULT,
    }
}

fn complain(globals: &Globals, stop: &Stop) -> u8 {
    if let Stop::Fault(fault) = stop
        && fault
            .chain()
            .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
            .any(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
    {
        return DONE; // `rentdesk --plain | head` has seen enough
    }
    match (stop, globals.json) {
        (Stop::Refused(no), true) => {
            let mut refused = json!({"kind": no.kind, "message": no.message, "hint": no.hint});
            if let (Some(fields), Some(Value::Object(details))) =
                (refused.as_object_mut(), &no.details)
            {
                fields.extend(details.clone());
            }
            say(&format!("{:#}\n", json!({ "refused": refused })));
        }
        (Stop::Refused(no), false) => say(&format!(
            "Refused: {}\nHint: {}\n",
            sentence(&no.message),
            no.hint
        )),
        (Stop::Fault(fault), true) => say(&format!(
            "{:#}\n",
            json!({"fault": {"message": store::in_words(fault), "chain": chain(fault)}})
        )),
        (Stop::Fault(fault), false) => {
            let causes: String = chain(fault)
                .iter()
                .map(|cause| format!("  {cause}\n"))
                .collect();
            let verdict = capital(store::verdict_of(fault));
            say(&format!(
                "{verdict}: {}\n{causes}",
                sentence(&store::in_words(fault))
            ));
        }
    }
    code_of(stop)
}

fn chain(fault: &anyhow::Error) -> Vec<String> {
    fault
        .chain()
        .map(|cause| Text::new(&cause.to_string()).to_string())
        .collect()
}

fn capital(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

/// Ended with a period, unless it ends in something people copy: an id, a tag, a path.
fn sentence(message: &str) -> String {
    let last = message.split_whitespace().next_back().unwrap_or_default();
    let is_id = last.contains(|c: char| c.is_ascii_digit()) && last.contains(char::is_alphabetic);
    let copied = last.ends_with(char::is_alphanumeric) && (is_id || last.contains(['/', '\\']));
    if copied || message.ends_with(['.', '!', '?']) {
        message.to_owned()
    } else {
        format!("{message}.")
    }
}

/// To stderr; where nobody reads it, there is nobody to tell.
fn say(words: &str) {
    let _ = std::io::stderr().lock().write_all(words.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_fit_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_period_ends_a_sentence_but_nothing_that_is_copied() {
        for (message, expect) in [
            (
                "There is no customer \"xqz\"",
                "There is no customer \"xqz\".",
            ),
            ("It is due Mon 24 Nov 10:00", "It is due Mon 24 Nov 10:00."),
            ("It is out with R-1042", "It is out with R-1042"),
            (
                "There is no shop at /home/ana/shop",
                "There is no shop at /home/ana/shop",
            ),
            ("Done.", "Done."),
        ] {
            assert_eq!(sentence(message), expect);
        }
    }
}
