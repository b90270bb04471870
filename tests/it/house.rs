//! A shop of a test's own making, on a real file with a fixed clock: its acts through the same
//! facades as the screens, each with its undo.

use crate::counter::friday;
use crate::properties::folder;
use rentdesk::booking::{
    self, BookingRefusal, CheckIn, CheckOut, Firmness, Line, NewReservation, Recipient, Rental,
    ReservationState, Thing, Want,
};
use rentdesk::catalog::{self, NewType, Role, Tracking};
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::desk;
use rentdesk::inventory::{self, Condition, Item, NewItem, Report};
use rentdesk::kernel::{
    Clock, CustomerId, Failure, ItemId, Moment, Period, Refusal, RentalId, ReservationId, Settings,
    Stop, Text, TypeId,
};
use rentdesk::shop::Shop;
use rentdesk::store::{Write, log};
use serde::{Serialize, de::DeserializeOwned};
use std::path::PathBuf;
use tempfile::TempDir;

pub struct House {
    pub shop: Shop,
    pub folder: TempDir,
    pub maya: CustomerId,
    pub sam: CustomerId,
}

/// What stands in the log since some moment, by kind.
pub type Kinds = Vec<String>;

/// So many hours after the clock's first reading.
pub fn hour(hours: i64) -> Moment {
    friday().plus_minutes(hours * 60)
}

pub fn hours(from: i64, to: i64) -> Period {
    Period {
        start: hour(from),
        end: hour(to),
    }
}

pub fn days(from: i64, to: i64) -> Period {
    hours(from * 24, to * 24)
}

impl House {
    pub fn new() -> Self {
        House::at(friday())
    }

    pub fn at(now: Moment) -> Self {
        let folder = folder();
        let mut shop = Shop::create(
            &folder.path().join("shop.db"),
            &[("timezone", "Europe/Berlin"), ("phone_required", "off")],
            Clock::Fixed(now),
        )
        .unwrap();
        let [maya, sam] = ["Maya Chen", "Sam Okoro"].map(|name| register(&mut shop, name));
        House {
            shop,
            folder,
            maya,
            sam,
        }
    }

    pub fn customer(&mut self, name: &str) -> CustomerId {
        register(&mut self.shop, name)
    }

    pub fn clock(&mut self, moment: Moment) {
        self.shop.clock = Clock::Fixed(moment);
    }

    // What there is
    // --------------------------------------------------------------------------------------------

    pub fn kind(
        &mut self,
        name: &str,
        tracking: Tracking,
        turnaround_minutes: i64,
        role: Role,
    ) -> TypeId {
        self.must(|db, _| {
            let category = catalog::category_at_path(db, "Lighting")?;
            catalog::add_type(
                db,
                &NewType {
                    turnaround_minutes,
                    role,
                    ..NewType::named(category, Text::new(name), tracking)
                },
            )
        })
    }

    pub fn item(&mut self, kind: TypeId) -> ItemId {
        self.must(|db, _| inventory::add_item(db, &NewItem::good(kind, None)))
    }

    pub fn items(&mut self, name: &str, count: usize) -> (TypeId, Vec<ItemId>) {
        let kind = self.kind(name, Tracking::Items, 0, Role::Primary);
        (kind, (0..count).map(|_| self.item(kind)).collect())
    }

    pub fn counted(&mut self, name: &str, quantity: i64) -> TypeId {
        let kind = self.kind(name, Tracking::Bulk, 0, Role::Primary);
        self.must(|db, _| inventory::add_bulk(db, kind, quantity, None, None));
        kind
    }

    // Acts
    // --------------------------------------------------------------------------------------------

    /// An act, or why it is refused: message and hint.
    pub fn try_to<T: Serialize + DeserializeOwned, R: Refusal>(
        &mut self,
        act: impl FnOnce(&mut Write<'_>, &Settings) -> Result<T, Failure<R>>,
    ) -> Result<T, String> {
        let settings = self.shop.settings.clone();
        match self.shop.write(|db| act(db, &settings)) {
            Ok(value) => Ok(value),
            Err(Stop::Refused(refusal)) => Err(format!("{} / {}", refusal.message, refusal.hint)),
            Err(Stop::Fault(fault)) => panic!("{fault:?}"),
        }
    }

    #[track_caller]
    pub fn must<T: Serialize + DeserializeOwned, R: Refusal>(
        &mut self,
        act: impl FnOnce(&mut Write<'_>, &Settings) -> Result<T, Failure<R>>,
    ) -> T {
        match self.try_to(act) {
            Ok(value) => value,
            Err(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// A refusal that leaves the file as it was, byte for byte.
    #[track_caller]
    pub fn refused<T: Serialize + DeserializeOwned, R: Refusal>(
        &mut self,
        act: impl FnOnce(&mut Write<'_>, &Settings) -> Result<T, Failure<R>>,
    ) -> String {
        let before = self.bytes();
        let Err(refusal) = self.try_to(act) else {
            panic!("it was not refused")
        };
        assert!(
            before == self.bytes(),
            "refused ({refusal}), and yet something was written"
        );
        refusal
    }

    #[track_caller]
    pub fn reserve(&mut self, firmness: Firmness, window: Period, wants: &[Want]) -> ReservationId {
        let new = asked(Some(self.maya), firmness, window, wants);
        self.must(|db, settings| desk::reserve(db, settings, &new))
    }

    #[track_caller]
    pub fn confirmed(&mut self, window: Period, wants: &[Want]) -> ReservationId {
        self.reserve(Firmness::Confirmed, window, wants)
    }

    /// What stands in the way of a confirmed reservation.
    #[track_caller]
    pub fn no_room(&mut self, window: Period, wants: &[Want]) -> String {
        let new = asked(Some(self.sam), Firmness::Confirmed, window, wants);
        self.refused(|db, settings| desk::reserve(db, settings, &new))
    }

    #[track_caller]
    pub fn out(&mut self, reservation: ReservationId, things: &[Thing]) {
        let command = CheckOut::plain(Recipient::Reservation(reservation), things.to_vec());
        self.must(|db, settings| desk::hand_over(db, settings, &command));
    }

    #[track_caller]
    pub fn walk_in(&mut self, things: &[Thing], due: Moment) -> ReservationId {
        let command = CheckOut {
            due: Some(due),
            ..CheckOut::plain(Recipient::WalkIn(self.sam), things.to_vec())
        };
        self.must(|db, settings| desk::hand_over(db, settings, &command))
    }

    #[track_caller]
    pub fn back(&mut self, item: ItemId) -> RentalId {
        let rental = self.open(item).expect("it is out").id;
        self.must(|db, settings| desk::take_back(db, settings, &CheckIn::plain(rental)))
    }

    #[track_caller]
    pub fn report(&mut self, item: ItemId, after: Condition, expected_back: Option<Moment>) {
        let note = (after != Condition::Good).then(|| Text::new("broken"));
        self.must(|db, _| {
            inventory::report_condition(
                db,
                item,
                &Report {
                    expected_back,
                    ..Report::plain(after, note)
                },
            )
        });
        let _ = self
            .shop
            .write(|db| desk::let_go(db, item).map_err(Failure::<BookingRefusal>::Fault))
            .unwrap();
    }

    /// Takes back the newest act of today.
    pub fn undo(&mut self) -> Result<i64, String> {
        self.try_to(|db, settings| desk::undo(db, settings, desk::Whose::Anyones))
    }

    // What is so
    // --------------------------------------------------------------------------------------------

    pub fn state(&self, id: ReservationId) -> ReservationState {
        booking::reservation(self.shop.read(), id).unwrap().state
    }

    pub fn lines(&self, id: ReservationId) -> Vec<Line> {
        booking::lines(self.shop.read(), id).unwrap()
    }

    pub fn open(&self, item: ItemId) -> Option<Rental> {
        booking::open_rental(self.shop.read(), item).unwrap()
    }

    pub fn known(&self, item: ItemId) -> Item {
        inventory::known(self.shop.read(), item).unwrap()
    }

    pub fn free(&self, kind: TypeId, window: Period) -> i64 {
        booking::free_count(
            self.shop.read(),
            &self.shop.settings,
            kind,
            window,
            None,
            self.shop.now(),
        )
        .unwrap()
    }

    pub fn asked(&self, kind: TypeId, quantity: i64, window: Period) -> booking::Answer {
        booking::availability(
            self.shop.read(),
            &self.shop.settings,
            kind,
            quantity,
            window,
            None,
            self.shop.now(),
        )
        .unwrap()
    }

    /// Who goes short, and by how many, once everything derived is up to date.
    pub fn short(&self) -> Vec<(ReservationId, i64)> {
        self.shop.drain_all().unwrap();
        booking::shortages(self.shop.read(), &self.shop.settings, self.shop.now())
            .unwrap()
            .into_iter()
            .map(|short| (short.reservation, short.missing))
            .collect()
    }

    pub fn seq(&self) -> i64 {
        log::last_seq(self.shop.read()).unwrap()
    }

    pub fn kinds_since(&self, seq: i64) -> Kinds {
        log::events_after(self.shop.read(), seq, i64::MAX)
            .unwrap()
            .into_iter()
            .map(|event| event.kind)
            .collect()
    }

    /// The file and its journal, as they lie on the disk.
    pub fn bytes(&self) -> Vec<Option<Vec<u8>>> {
        ["shop.db", "shop.db-wal"]
            .into_iter()
            .map(|name| std::fs::read(self.folder.path().join(name)).ok())
            .collect()
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("shop.db")
    }

    #[track_caller]
    pub fn check(&self) {
        assert_eq!(self.shop.check().unwrap(), []);
    }
}

pub fn asked(
    customer: Option<CustomerId>,
    firmness: Firmness,
    window: Period,
    wants: &[Want],
) -> NewReservation {
    NewReservation {
        customer,
        window,
        wants: wants.to_vec(),
        firmness,
        note: None,
        keep_short: false,
        reference: None,
        bargain: rentdesk::booking::Bargain::default(),
    }
}

fn register(shop: &mut Shop, name: &str) -> CustomerId {
    let rules = ContactRules {
        email_required: false,
        phone_required: false,
    };
    shop.write(|db| {
        customers::register(
            db,
            &Profile {
                name: Text::new(name),
                ..Profile::default()
            },
            rules,
        )
    })
    .unwrap()
}
