//! The composition root: one shop, open. Who hears what stands on this page.

mod file;

pub use file::{Backup, prove_backup};

use crate::kernel::{
    Clock, Declined, Failure, Fallible, Moment, Refusal, Settings, StaffId, Stop, Text,
};
use crate::outbox::{self, ConsumerState, Subscriber};
use crate::store::{
    InDoubt, Invariant, Read, SavedAlready, Signature, Store, StoreRefusal, Write, check, schema,
};
use crate::{
    analytics, billing, booking, catalog, crm, customers, desk, history, inventory, notifications,
    staff,
};
use anyhow::Context;
use serde::{Serialize, de::DeserializeOwned};
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// Who hears: every subscriber hears every event, in order, and each has its own cursor.
pub const SUBSCRIBERS: &[Subscriber] = &[
    Subscriber {
        name: "history",
        on_event: history::on_event,
        truncate: history::truncate_history,
        tables: history::HISTORY_TABLES,
    },
    Subscriber {
        name: "condition-flags",
        on_event: history::on_condition_event,
        truncate: history::truncate_flags,
        tables: history::FLAG_TABLES,
    },
    Subscriber {
        name: "shortages",
        on_event: booking::on_promise_event,
        truncate: booking::truncate_shortages,
        tables: booking::SHORTAGE_TABLES,
    },
    Subscriber {
        name: "notifications",
        on_event: desk::on_message_event,
        truncate: |_| Ok(()),
        tables: &[],
    },
    Subscriber {
        name: "billing",
        on_event: billing::on_event,
        truncate: billing::truncate,
        tables: &[],
    },
    Subscriber {
        name: "loyalty",
        on_event: crm::on_loyalty_event,
        truncate: crm::truncate_loyalty,
        tables: crm::LOYALTY_TABLES,
    },
    Subscriber {
        name: "lifetime-value",
        on_event: crm::on_value_event,
        truncate: crm::truncate_value,
        tables: crm::VALUE_TABLES,
    },
    Subscriber {
        name: "analytics",
        on_event: analytics::on_event,
        truncate: analytics::truncate,
        tables: analytics::TABLES,
    },
    Subscriber {
        name: "unsettled",
        on_event: desk::on_money_event,
        truncate: |_| Ok(()),
        tables: &[],
    },
];

/// What prices ask for: made again before the first of them is quoted, not slice by slice.
const ASKED_BY_PRICES: &str = "loyalty";

/// Every event counts the types it touches as they stand: who goes short stays in sight until then.
const COUNTED_ANEW: &str = "shortages";

/// What must always hold, each asked by its owner.
const INVARIANTS: &[&[Invariant]] = &[
    check::INVARIANTS,
    check::BINDING_INVARIANTS,
    outbox::INVARIANTS,
    customers::INVARIANTS,
    catalog::INVARIANTS,
    catalog::KIT_INVARIANTS,
    inventory::INVARIANTS,
    inventory::BLOCK_INVARIANTS,
    inventory::CASE_INVARIANTS,
    booking::INVARIANTS,
    notifications::INVARIANTS,
    billing::INVARIANTS,
    billing::LEDGER_INVARIANTS,
];

/// A slice of derived work on the tick, so that keys are never kept waiting.
const TICK_SLICE: Duration = Duration::from_millis(5);

/// So many may lapse at once without anybody being asked.
const LAPSE_UNASKED: usize = 20;
/// A shop may be closed so long; after more, the clock is asked about first.
const BELIEVED_PAUSE_DAYS: i64 = 7;

pub struct Shop {
    pub store: Store,
    pub clock: Clock,
    pub settings: Settings,
    pub staff: Option<StaffId>,
    data_version: i64,
    /// Events up to here may bear later times than the clock.
    accepted_clock_before: Option<i64>,
    /// Marks of what is to be settled were looked at since this window opened.
    marks_seen: bool,
    /// What happened to the file, and is not told yet.
    notice: Option<Text>,
    /// How many commands were saved here.
    saved: usize,
}

/// What a tick found.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Ticked {
    /// Another window wrote: what is on the screen may be old.
    pub changed_elsewhere: bool,
    /// Derived rows were written.
    pub drained: bool,
}

impl Shop {
    pub fn create(path: &Path, settings: &[(&str, &str)], clock: Clock) -> Result<Shop, Stop> {
        Shop::over(Store::create(path, settings)?, clock)
    }

    /// Makes a shop and lets things happen in it before anybody can see it: a shop that is begun
    /// and not whole is none.
    pub fn create_filled(
        path: &Path,
        settings: &[(&str, &str)],
        clock: Clock,
        fill: impl FnOnce(&mut Shop) -> Result<(), Stop>,
    ) -> Result<Shop, Stop> {
        let (store, draft) = Store::begin_new(path, settings)?;
        let mut shop = Shop::over(store, clock)?;
        fill(&mut shop)?;
        shop.drain_all()?;
        let clock = shop.clock;
        Store::put_in_place(shop.store, draft, path)?;
        Shop::open(path, clock).map_err(saved_already)
    }

    pub fn open(path: &Path, clock: Clock) -> Result<Shop, Stop> {
        Shop::over(Store::open(path)?, clock)
    }

    /// As [`Self::open`], at a time that can be read only in the shop's own zone: what is left of
    /// derived work is done at that time already.
    pub fn open_at(
        path: &Path,
        clock: impl FnOnce(&Settings) -> Result<Clock, Stop>,
    ) -> Result<Shop, Stop> {
        let store = Store::open(path)?;
        let clock = clock(&store.settings()?)?;
        Shop::over(store, clock)
    }

    /// The shop as it is at this moment, only to be read: for a worker thread.
    pub fn look(path: &Path, clock: Clock) -> Fallible<Shop> {
        let store = Store::look(path).map_err(|failure| match failure {
            Failure::Fault(fault) => fault,
            Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
        })?;
        let settings = store.settings()?;
        Ok(Shop {
            store,
            clock,
            settings,
            staff: None,
            data_version: 0,
            accepted_clock_before: None,
            marks_seen: true,
            notice: None,
            saved: 0,
        })
    }

    fn over(store: Store, clock: Clock) -> Result<Shop, Stop> {
        let settings = store.settings()?;
        let data_version = store.data_version()?;
        let shop = Shop {
            store,
            clock,
            settings,
            staff: None,
            data_version,
            accepted_clock_before: None,
            marks_seen: false,
            notice: None,
            saved: 0,
        };
        if shop.writable().is_ok() {
            // What the last process left. Where it cannot be written now (a full disk), reading
            // goes on; the tick tries again, and `check` tells of what is not as it should be.
            let _ = shop
                .derive_again()
                .and_then(|()| outbox::drain(&shop.store, SUBSCRIBERS, &shop.clock, TICK_SLICE));
        }
        Ok(shop)
    }

    /// After a schema step what is derived is made again from the first event: a newer version may
    /// say it in other words. What is kept (drafts, messages, marks) hears nothing twice.
    fn derive_again(&self) -> Fallible<()> {
        let version = schema::newest(schema::MIGRATIONS);
        if schema::is_derived_under(self.read(), version)? {
            return Ok(());
        }
        let (at_once, by_and_by): (Vec<&Subscriber>, Vec<_>) = SUBSCRIBERS
            .iter()
            .filter(|one| one.is_projection())
            .partition(|one| one.name == ASKED_BY_PRICES);
        for subscriber in at_once {
            let _ = outbox::rebuild(&self.store, subscriber, self.now()); // what cannot be made again stays as it is, and `check` tells of it
        }
        self.store.project(self.now(), |db| {
            for subscriber in by_and_by {
                if subscriber.name == COUNTED_ANEW {
                    outbox::hear_again(db, subscriber)?
                } else {
                    outbox::begin_again(db, subscriber)?
                }
            }
            schema::note_derived_under(db, version)
        })
    }

    pub fn now(&self) -> Moment {
        self.clock.now()
    }

    pub fn read(&self) -> Read<'_> {
        self.store.read()
    }

    fn writable(&self) -> Result<(), StoreRefusal> {
        self.store
            .reading_only()
            .map_or(Ok(()), |refusal| Err(refusal.clone()))
    }

    /// A command of its own: one transaction, committed only on `Ok`, then everything derived is
    /// brought up to date.
    pub fn write<T, R>(
        &mut self,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
    ) -> Result<T, Stop>
    where
        T: Serialize + DeserializeOwned,
        R: Refusal,
    {
        self.write_once(fresh_command(), command)
    }

    /// As [`Self::write`], under an id that was made before: repeating it returns the first result
    /// and has no second effect.
    pub fn write_once<T, R>(
        &mut self,
        id: Uuid,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
    ) -> Result<T, Stop>
    where
        T: Serialize + DeserializeOwned,
        R: Refusal,
    {
        self.writable()?;
        self.refuse_turned_back_clock()?;
        let signature = Signature {
            at: self.now(),
            staff: self.staff,
            command: id,
        };
        let outcome = self.store.write(signature, command);
        let value = if self.store.is_in_doubt() {
            self.after_doubt(&signature)?
        } else {
            outcome?
        };
        if !self.store.is_rehearsing() {
            self.saved += 1;
            // The command is saved; derived rows that cannot be written now are written on the
            // tick.
            let _ = outbox::drain(&self.store, SUBSCRIBERS, &self.clock, TICK_SLICE);
        }
        Ok(value)
    }

    /// The disk failed while a command was saved: the file is opened again, and what is in it is the
    /// answer.
    fn after_doubt<T: DeserializeOwned>(&mut self, signature: &Signature) -> Fallible<T> {
        self.store.reopen().context(InDoubt)?;
        self.data_version = self.store.data_version()?;
        let kept = self.store.result_of(signature)?;
        let result = kept.context(
            "the disk failed while this was saved; the file was opened again and is whole, and nothing of this is in it",
        )?;
        self.notice = Some(Text::new(
            "the disk failed while this was saved; the file was opened again and is whole, and this is in it",
        ));
        Ok(serde_json::from_str(&result)?)
    }

    /// What happened to the file since it was last asked for.
    pub fn take_notice(&mut self) -> Option<Text> {
        self.notice.take()
    }

    /// How many commands this window has saved.
    pub fn saved(&self) -> usize {
        self.saved
    }

    /// What a command would come to: it is done, told of, and taken back whole. None where it is
    /// refused, or nothing may be written; a breakdown is told as one.
    pub fn foresee<T, R>(
        &self,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
    ) -> Fallible<Option<T>> {
        if self.writable().is_err() {
            return Ok(None);
        }
        let signature = Signature {
            at: self.now(),
            staff: self.staff,
            command: fresh_command(),
        };
        let mut seen = None;
        let taken_back: Result<(), Failure<R>> = self.store.write(signature, |db| {
            seen = Some(command(db)?);
            Err(Failure::Fault(anyhow::anyhow!("only looked at")))
        });
        match taken_back {
            Err(Failure::Fault(fault)) if seen.is_none() => Err(fault),
            _ => Ok(seen),
        }
    }

    /// Keeps work in progress: no command, no event, nothing that anyone else reads.
    pub fn keep<T>(&self, work: impl FnOnce(&mut Write<'_>) -> Fallible<T>) -> Fallible<T> {
        self.store.project(self.now(), work)
    }

    /// A clock that was set back (an empty battery) would date everything wrongly; a few minutes
    /// are ordinary.
    fn refuse_turned_back_clock(&self) -> Result<(), Stop> {
        let Some(last) = crate::store::log::last_written_at(self.read())? else {
            return Ok(());
        };
        let behind = last.minutes_after(self.now());
        if behind <= 10
            || self.clock.is_fixed()
            || self.accepted_clock_before.is_some_and(|seq| {
                crate::store::log::last_seq(self.read()).is_ok_and(|last| last <= seq)
            })
        {
            return Ok(());
        }
        let message = format!(
            "The clock went back {} since the last entry, {}",
            crate::kernel::time::lateness(behind),
            self.settings.zone.show(last, self.now())
        );
        Err(Declined::new("clock", message, "if the time shown is right, :clock (or --accept-clock) goes on with it; else set the machine's clock").into())
    }

    /// Somebody looked at the clock and found it right: what was written ahead of it no longer
    /// stops anyone here.
    pub fn accept_clock(&mut self) -> Fallible<()> {
        self.accepted_clock_before = Some(crate::store::log::last_seq(self.read())?);
        Ok(())
    }

    /// Derived work that is left, and what other windows did.
    pub fn tick(&mut self) -> Fallible<Ticked> {
        let mut ticked = Ticked::default();
        self.store.refuse_lost()?;
        if self.store.is_in_doubt() {
            self.store.reopen()?;
        }
        let version = self.store.data_version()?;
        if version != self.data_version {
            self.data_version = version;
            self.settings = self.store.settings()?;
            ticked.changed_elsewhere = true;
        }
        let mut is_done = true;
        if self.writable().is_ok()
            && outbox::status(self.read(), SUBSCRIBERS)?
                .iter()
                .any(|consumer| consumer.lag > 0)
        {
            is_done = outbox::drain(&self.store, SUBSCRIBERS, &self.clock, TICK_SLICE)?;
            ticked.drained = true;
        }
        if is_done && (ticked.drained || ticked.changed_elsewhere || !self.marks_seen) {
            self.marks_seen = true;
            self.drop_marks()?;
        }
        Ok(ticked)
    }

    /// Marks of what turns out to be settled go, so that they do not hide what is not.
    pub fn drop_marks(&self) -> Fallible<()> {
        if self.writable().is_err() || self.store.is_rehearsing() {
            return Ok(());
        }
        let settled = desk::marks_to_drop(self.read(), &self.settings)?;
        if settled.is_empty() {
            Ok(())
        } else {
            self.keep(|db| desk::drop_marks(db, &settled))
        }
    }

    /// Holds whose time is over and reservations that nobody came for stop claiming, and what
    /// became overdue is told of: on every tick, and once before the first screen for the time that
    /// the desk was closed. How many. A clock that jumped far ahead is not believed for many at
    /// once.
    pub fn lapse(&mut self) -> Result<usize, Stop> {
        let waiting = booking::has_lapsed(self.read(), &self.settings, self.now())?;
        let overdue = booking::untold_overdue(self.read(), self.now())?;
        if waiting + overdue == 0 || self.writable().is_err() || self.lapse_waits()?.is_some() {
            return Ok(0);
        }
        let settings = self.settings.clone();
        self.write(|db| lapse_within(db, &settings))
    }

    /// Reads from now on see what has lapsed by the shop's time as lapsed, and nothing of it is
    /// kept: for a question about a time that somebody gave.
    pub fn suppose_lapsed(&self) -> Fallible<()> {
        if self.writable().is_err()
            || booking::has_lapsed(self.read(), &self.settings, self.now())? == 0
        {
            return Ok(());
        }
        match self
            .store
            .suppose(self.now(), |db| desk::lapse(db, &self.settings).map(drop))
        {
            Err(Failure::Fault(fault)) => Err(fault),
            _ => Ok(()),
        }
    }

    /// How many would lapse or be told of as overdue at once, where somebody is to look at the
    /// clock first: they are many, or the last entry is so old that it may have jumped ahead.
    pub fn lapse_waits(&self) -> Fallible<Option<usize>> {
        if self.clock.is_fixed() || self.accepted_clock_before.is_some() {
            return Ok(None);
        }
        let waiting = booking::has_lapsed(self.read(), &self.settings, self.now())?;
        let overdue = booking::untold_overdue(self.read(), self.now())?;
        let many = waiting > LAPSE_UNASKED || overdue > LAPSE_UNASKED;
        let asks = many || (waiting + overdue > 0 && self.clock_is_in_doubt()?);
        Ok(asks.then_some(waiting.max(overdue)))
    }

    /// The last entry is so old that the clock may have jumped ahead, and nobody said that it is
    /// right.
    fn clock_is_in_doubt(&self) -> Fallible<bool> {
        let last = crate::store::log::last_written_at(self.read())?;
        Ok(last.is_some_and(|last| self.now().0 - last.0 > BELIEVED_PAUSE_DAYS * 86_400))
    }

    /// What is kept beside the reservations, to the end: drafts, messages, marks. What is only
    /// derived may still be on its way.
    pub fn drain_kept(&self) -> Fallible<()> {
        let kept: Vec<Subscriber> = SUBSCRIBERS
            .iter()
            .filter(|subscriber| !subscriber.is_projection())
            .copied()
            .collect();
        if self.writable().is_ok() && !self.store.is_rehearsing() {
            outbox::drain_all(&self.store, &kept, &self.clock)
        } else {
            Ok(())
        }
    }

    /// All derived work, to the end.
    pub fn drain_all(&self) -> Fallible<()> {
        if self.writable().is_ok() && !self.store.is_rehearsing() {
            outbox::drain_all(&self.store, SUBSCRIBERS, &self.clock)
        } else {
            Ok(())
        }
    }

    pub fn consumers(&self) -> Fallible<Vec<ConsumerState>> {
        outbox::status(self.read(), SUBSCRIBERS)
    }

    pub fn change_setting(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        let (name, value) = crate::kernel::settings::checked(name, value, self.settings.currency)?;
        if name == "currency"
            && value.as_str() != self.settings.currency.code()
            && (catalog::has_values(self.read())? || crate::pricing::has_rates(self.read())?)
        {
            return Err(Declined::new(
                "setting",
                "There are amounts in the shop's currency already",
                "amounts are not converted; start a new shop for another currency",
            )
            .into());
        }
        if name == "price_table"
            && !value.is_empty()
            && crate::pricing::price_table(self.read(), value.as_str())?.is_none()
        {
            return Err(crate::pricing::PricingRefusal::TableUnknown(value).into());
        }
        self.write(|db| {
            db.set_setting(name, value.as_str())
                .map_err(Failure::<crate::kernel::settings::SettingRefusal>::Fault)
        })?;
        self.settings = self.store.settings()?;
        Ok(())
    }

    /// From here on every entry says that this staff member made it.
    pub fn sign(&mut self, name: &str) -> Result<(), Stop> {
        self.staff = Some(staff::by_name(self.read(), name)?.id);
        Ok(())
    }

    /// Makes one subscriber's tables again, or all.
    pub fn rebuild(&self, name: &str) -> Result<Vec<(&'static str, i64)>, Stop> {
        self.writable()?;
        let chosen: Vec<&Subscriber> = SUBSCRIBERS
            .iter()
            .filter(|subscriber| name == "all" || subscriber.name == name)
            .collect();
        if chosen.is_empty() {
            return Err(outbox::OutboxRefusal::Unknown(Text::new(name)).into());
        }
        if let [kept] = chosen.as_slice()
            && !kept.is_projection()
        {
            return Err(outbox::OutboxRefusal::Kept(Text::new(kept.name)).into());
        }
        self.drain_all()?;
        Ok(chosen
            .into_iter()
            .filter(|subscriber| subscriber.is_projection())
            .map(|subscriber| {
                Ok((
                    subscriber.name,
                    outbox::rebuild(&self.store, subscriber, self.now())?,
                ))
            })
            .collect::<Fallible<Vec<_>>>()?)
    }

    pub fn close(self) {
        self.store.close();
    }
}

/// A new identity for a command, made when its form opens.
pub fn fresh_command() -> Uuid {
    Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext))
}

/// A breakdown after something was saved says so.
pub fn saved_already(stop: Stop) -> Stop {
    match stop {
        Stop::Fault(fault) => Stop::Fault(fault.context(SavedAlready)),
        refused => refused,
    }
}

/// What lapses by now, and what became overdue, in the transaction of whoever writes.
pub fn lapse_within(
    db: &mut Write<'_>,
    settings: &Settings,
) -> Result<usize, Failure<booking::BookingRefusal>> {
    let lapsed = desk::lapse(db, settings)?;
    booking::tell_overdue(db, settings)?;
    Ok(lapsed)
}
