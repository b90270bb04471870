//! Lists come in as other programs wrote them, and go out so that they come back the same.

use rentdesk::booking::{self, CheckIn, CheckOut, Recipient, Thing};
use rentdesk::catalog::{self, NewType, Tracking};
use rentdesk::customers::{self, OldRecord, Profile};
use rentdesk::exchange::columns::ListKind;
use rentdesk::exchange::export::{ExportKind, Format, export};
use rentdesk::exchange::import::{ImportOptions, ImportReport, import};
use rentdesk::history::{self, Filter, TallyBy};
use rentdesk::inventory::{self, Condition, NewItem, Report};
use rentdesk::kernel::{
    AssetTag, Clock, CustomerNumber, ItemId, Moment, Money, Period, Stop, Text,
};
use rentdesk::pricing::{self, Rate};
use rentdesk::shop::{SUBSCRIBERS, Shop};
use rusqlite::types::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

/// 21 Nov 2025 10:42 UTC.
pub const NOW: Moment = Moment(1_763_721_720);

/// A shop of its own; the folder goes with it.
pub struct Counter {
    pub shop: Shop,
    folder: TempDir,
}

pub fn counter(zone: &str, now: Moment) -> Counter {
    let folder = tempfile::tempdir().unwrap();
    let settings = [("name", "Test"), ("currency", "USD"), ("timezone", zone)];
    let shop = Shop::create(&folder.path().join("shop.db"), &settings, Clock::Fixed(now)).unwrap();
    Counter { shop, folder }
}

fn at(text: &str) -> Moment {
    Moment(
        chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S")
            .unwrap()
            .and_utc()
            .timestamp(),
    )
}

impl Counter {
    pub fn try_import(
        &mut self,
        kind: ListKind,
        list: impl AsRef<[u8]>,
        options: &ImportOptions,
    ) -> Result<ImportReport, Stop> {
        import(&mut self.shop, kind, list.as_ref(), options)
    }

    /// All derived work at once; nobody waits for the file here.
    pub fn drain(&self) {
        assert!(
            rentdesk::outbox::drain(
                &self.shop.store,
                SUBSCRIBERS,
                &self.shop.clock,
                Duration::from_secs(600)
            )
            .unwrap()
        );
    }

    /// Derived work done, and nothing wrong in the books.
    #[track_caller]
    pub fn check(&self) {
        self.drain();
        assert_eq!(self.shop.check().unwrap(), []);
    }

    /// Imports a list in which nothing is wrong.
    #[track_caller]
    pub fn import(&mut self, kind: ListKind, list: impl AsRef<[u8]>) -> ImportReport {
        let report = self
            .try_import(kind, list, &ImportOptions::default())
            .unwrap();
        assert_eq!(shown(&report), Vec::<String>::new());
        report
    }

    /// The problems of a list, as `row column: message`; nothing of it may have been kept.
    #[track_caller]
    fn problems(&mut self, kind: ListKind, list: impl AsRef<[u8]>) -> Vec<String> {
        let before = self.dump();
        let report = self
            .try_import(kind, list, &ImportOptions::default())
            .unwrap();
        assert!(
            report.declined().is_some() && !report.saved && report.created == Default::default(),
            "{report:?}"
        );
        assert_eq!(self.dump(), before);
        shown(&report)
    }

    /// Everything the file holds.
    fn dump(&self) -> Vec<String> {
        let db = self.shop.read();
        let tables: Vec<String> = db
            .rows(
                "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
                [],
                |row| row.get(0),
            )
            .unwrap();
        let mut dump = Vec::new();
        for table in tables {
            let values = |row: &rusqlite::Row<'_>| {
                (0..row.as_ref().column_count())
                    .map(|column| row.get::<_, Value>(column))
                    .collect::<rusqlite::Result<Vec<_>>>()
            };
            dump.extend(
                db.rows(&format!("SELECT * FROM {table}"), [], values)
                    .unwrap()
                    .into_iter()
                    .map(|values| format!("{table} {values:?}")),
            );
        }
        dump
    }

    fn csv(&self, kind: ExportKind) -> String {
        String::from_utf8(export(&self.shop, kind, Format::Csv).unwrap()).unwrap()
    }

    pub fn item(&self, tag: &str) -> inventory::Item {
        inventory::resolve_item(self.shop.read(), tag).unwrap()
    }

    fn backups(&self) -> usize {
        std::fs::read_dir(self.folder.path().join("backup")).map_or(0, |entries| {
            entries
                .flatten()
                .filter(|entry| {
                    entry
                        .path()
                        .extension()
                        .is_some_and(|ending| ending == "db")
                })
                .count()
        })
    }

    /// Exports everything and imports it into an empty shop of the same settings, which must then
    /// export the same.
    #[track_caller]
    pub fn round_trip(&self) -> Counter {
        let mut other = counter(self.shop.settings.zone.name(), self.shop.now());
        for (kind, exported) in KINDS {
            let list = self.csv(exported);
            if list.lines().count() == 1 {
                continue; // a list without rows is refused
            }
            assert_eq!(other.import(kind, &list).notes, Vec::<String>::new());
            let again = other.csv(exported);
            let differing = list
                .lines()
                .zip(again.lines())
                .find(|(before, after)| before != after);
            assert!(again == list, "{exported:?} differ: {differing:#?}");
        }
        other
    }

    /// A shop has its own lists already.
    #[track_caller]
    fn import_own_lists(&mut self) {
        self.check();
        for (kind, exported) in KINDS {
            let (list, before) = (self.csv(exported), self.dump());
            if list.lines().count() == 1 {
                continue;
            }
            let report = self.import(kind, list);
            assert_eq!((report.saved, report.skipped > 0), (false, true));
            assert!(self.dump() == before, "importing twice changes nothing");
        }
    }
}

const KINDS: [(ListKind, ExportKind); 3] = [
    (ListKind::Items, ExportKind::Items),
    (ListKind::Customers, ExportKind::Customers),
    (ListKind::Rentals, ExportKind::Rentals),
];

pub fn shown(report: &ImportReport) -> Vec<String> {
    report
        .problems
        .iter()
        .map(|problem| format!("{} {}: {}", problem.row, problem.column, problem.message))
        .collect()
}

fn data(name: &str) -> Vec<u8> {
    std::fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests/it/data")
            .join(name),
    )
    .unwrap()
}

#[test]
fn a_list_of_gear_comes_in_as_a_spreadsheet_wrote_it() {
    let mut counter = counter("UTC", NOW);
    let report = counter.import(ListKind::Items, data("gear.csv"));
    assert_eq!(
        (report.created.types, report.created.items, report.skipped),
        (2, 3, 0)
    );
    let db = counter.shop.read();
    let camera = counter.item("CAM-1");
    let details = catalog::type_details(db, camera.type_id).unwrap().details;
    assert_eq!(details.name.as_str(), "Sony \"FX6\" body, 4K");
    assert_eq!(
        details
            .contents
            .iter()
            .map(Text::as_str)
            .collect::<Vec<_>>(),
        ["body", "2 × battery", "\"D-tap\""]
    );
    assert_eq!(details.specs, [(Text::new("Weight"), Text::new("1.2 kg"))]);
    assert_eq!(details.replacement_value, Some(Money(599_900)));
    assert_eq!(
        catalog::category_paths(db).unwrap()[&details.category].as_str(),
        "Cameras > Cinema"
    );
    assert_eq!(
        pricing::rate_at(db, camera.type_id, NOW)
            .unwrap()
            .unwrap()
            .daily,
        Some(Money(155_000))
    );
    assert_eq!(counter.item("CAM-2").note, Some(Text::new("scratched")));
    let sandbag = counter.item("GEN-1");
    assert_eq!(
        pricing::rate_at(db, sandbag.type_id, NOW).unwrap(),
        None,
        "a rate of 0 is none"
    );
    assert!(
        !report.saved || counter.backups() == 0,
        "an empty shop needs no backup"
    );
    counter.check();
    counter.round_trip().import_own_lists();
}

#[test]
fn a_list_of_people_may_lack_what_is_asked_of_new_customers() {
    let mut counter = counter("Europe/Berlin", NOW);
    let report = counter.import(ListKind::Customers, data("people.txt"));
    assert_eq!(report.created.customers, 2);
    let first = customers::resolve(counter.shop.read(), "K1").unwrap();
    assert_eq!(
        (
            first.profile.name.as_str(),
            first.profile.phone,
            first.profile.region
        ),
        ("Jürgen Müßig", Some(Text::new("+49 30 1")), None)
    );
    let second = customers::resolve(counter.shop.read(), "Anais Noel").unwrap();
    assert_eq!(
        (second.profile.email, second.suspended_reason),
        (None, Some(Text::new("inactive in the imported list")))
    );
    counter.round_trip().import_own_lists();
    assert_eq!(
        counter.problems(ListKind::Customers, "id,name,email,phone\nK3,Eve,J@example.org,\nK4,Ann,ann@x.org,\nK5,Bob,ANN@x.org,\nK6,,no,\nK4,Joe,,123456789012345678901\n"),
        [
            "2 email: j@example.org belongs to C-0001 Jürgen Müßig already".replace("j@", "J@"),
            "4 email: ANN@x.org stands in row 3 already".to_owned(),
            "5 name: A customer needs a name".to_owned(),
            "6 phone: The phone number has 21 characters; 20 is the most".to_owned(),
            "6 id: \"K4\" stands in row 3 already".to_owned(),
        ]
    );
}

#[test]
fn every_problem_is_told_with_its_row_and_nothing_is_kept() {
    let mut counter = counter("UTC", NOW);
    let list = "tag,type,category,qty,day rate,serial\nA1,Lamp,Light,,5,S1\nA1,Lamp,Light,,5,S2\n%,Lamp,Light,,5,\nA3,Lamp,Light,,6,\nA4,Lamp,Light,3,5,\n,,Light,1,5,\nA5,Lamp,Light,,x,\n,Lamp,Light,,5,\nA6,Lamp,Light,,5,S1\nA7,Lamp,Light,,5,,,9\n";
    let problems = counter.problems(ListKind::Items, list);
    assert_eq!(
        problems,
        [
            "3 tag: A1 stands in row 2 already",
            "4 tag: \"%\" cannot be a tag: letters, digits and - _ . / + are, up to 32",
            "5 day rate: the rate per day of Lamp is 5.00 in row 2, 6.00 here",
            "6 qty: A4 is one thing, not 3; --bulk counts what has one label",
            "7 type: the equipment type is empty",
            "8 day rate: \"x\" is not an amount in USD",
            "9 qty: the quantity is empty",
            "10 : Serial number S1 is that of A1 already",
            "11 : row 11 has 8 cells, the header has 6",
        ]
    );
    let rehearsal = ImportOptions {
        dry_run: true,
        skip_problems: true,
        ..ImportOptions::default()
    };
    let before = counter.dump();
    let report = counter
        .try_import(ListKind::Items, list, &rehearsal)
        .unwrap();
    assert_eq!(
        (
            report.created.types,
            report.created.items,
            report.skipped,
            report.saved
        ),
        (1, 1, 9, false)
    );
    assert_eq!(counter.dump(), before, "a rehearsal keeps nothing");

    let options = ImportOptions {
        skip_problems: true,
        ..ImportOptions::default()
    };
    let report = counter.try_import(ListKind::Items, list, &options).unwrap();
    assert_eq!(
        (
            report.created.types,
            report.created.items,
            report.skipped,
            report.problems.len(),
            report.saved
        ),
        (1, 1, 9, 9, true)
    );
    assert_eq!(
        counter.problems(ListKind::Items, "tag,type,category\nA1,Stand,Grip\n"),
        ["2 tag: A1 belongs to Lamp already"]
    );
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        json["created"],
        serde_json::json!({"types": 1, "items": 1, "bulk": 0, "customers": 0, "rentals": 0, "payments": 0})
    );
    assert_eq!(
        json["problems"][0],
        serde_json::json!({"row": 3, "column": "tag", "message": "A1 stands in row 2 already"})
    );
}

#[test]
fn quantities_become_items_or_bulk_stock_and_are_topped_up() {
    let mut counter = counter("UTC", NOW);
    let list = "name,category,quantity\nClamp,Grip,3\nCable,Cable,0\n";
    assert_eq!(counter.import(ListKind::Items, list).created.items, 3);
    assert_eq!(counter.item("gri3").tag.as_str(), "GRI-0003");
    let again = counter.import(ListKind::Items, list);
    assert_eq!((again.skipped, again.saved), (2, false));
    assert_eq!(
        counter
            .import(ListKind::Items, "name,category,quantity\nClamp,grip,5\n")
            .created
            .items,
        2
    );
    assert_eq!(
        counter.problems(
            ListKind::Items,
            "name,category,quantity,bulk\nClamp,Grip,9,yes\n"
        ),
        ["2 quantity: Clamp has things with tags in the shop, this row counts it"]
    );
    // A copy is named by its second: the two imports that saved something may share one.
    assert!(
        (1..=2).contains(&counter.backups()),
        "only an import that saves something new takes a backup first"
    );

    let mut counted = self::counter("UTC", NOW);
    let options = ImportOptions {
        bulk: true,
        ..ImportOptions::default()
    };
    let report = counted
        .try_import(
            ListKind::Items,
            "tag,name,category,quantity\nSB,Sandbag,Grip,40\nC-1,C-stand,Grip,1\n,Cable,Cable,12\n",
            &options,
        )
        .unwrap();
    assert_eq!(
        (
            report.created.types,
            report.created.items,
            report.created.bulk
        ),
        (3, 1, 52)
    );
    let inventory::Stock::Bulk(sandbags) = inventory::resolve(counted.shop.read(), "sb").unwrap()
    else {
        panic!("counted")
    };
    assert_eq!(sandbags.quantity, 40);
    counted.round_trip().import_own_lists();
}

#[test]
fn rentals_are_told_in_the_order_of_time() {
    let mut counter = counter("Europe/Berlin", NOW);
    counter.import(
        ListKind::Items,
        "barcode,title,rental days,price\nM1,Alien,2,3\nM2,Alien,2,3\n",
    );
    counter.import(ListKind::Customers, "customer no,name\nC1,Ann\nC2,Ben\n");
    let list = "rental no,barcode,customer no,out,due,back,staff\n3,M1,C2,2025-11-03 09:00,,,Mia\n1,M1,C1,2025-11-01 10:00,2025-11-02,2025-11-03 09:00,Mia\n2,M2,C1,2025-11-01 11:00,,2025-11-01 12:00,Tom\n";
    let report = counter.import(ListKind::Rentals, list);
    assert_eq!((report.created.rentals, report.out_now), (3, 1));
    let wall = |moment: Moment| counter.shop.settings.zone.wall(moment);
    let told: Vec<String> = rentdesk::store::log::events_after(counter.shop.read(), 0, 1000)
        .unwrap()
        .into_iter()
        .filter(|event| event.kind.starts_with("EquipmentChecked"))
        .map(|event| {
            format!(
                "{} {}",
                event.kind.trim_start_matches("EquipmentChecked"),
                wall(event.at)
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "Out 2025-11-01 10:00:00",
            "Out 2025-11-01 11:00:00",
            "In 2025-11-01 12:00:00",
            "In 2025-11-03 09:00:00",
            "Out 2025-11-03 09:00:00"
        ]
    );
    let out = booking::open_rental(counter.shop.read(), counter.item("M1").id)
        .unwrap()
        .unwrap();
    assert_eq!(
        wall(out.due_at),
        "2025-11-05 09:00:00",
        "two days from the type"
    );
    let first = booking::resolve(counter.shop.read(), "1").unwrap();
    let due = booking::rentals_of(counter.shop.read(), first.id).unwrap()[0].due_at;
    assert_eq!(
        wall(due),
        "2025-11-02 23:59:00",
        "a due day lasts until its end"
    );
    counter.check();
    counter.round_trip().import_own_lists();

    let problems = counter.problems(
        ListKind::Rentals,
        "rental no,barcode,customer no,out,due,back\n4,M2,C1,2025-11-05 10:00,,2025-11-07 10:00\n5,M2,C2,2025-11-06 10:00,,2025-11-08 10:00\n6,M9,C1,2025-11-05 10:00,,\n7,M2,C9,2025-11-05 10:00,,\n8,M2,C1,,,\n9,M2,C1,2025-11-10 10:00,2025-11-09 10:00,\n10,M2,C1,2025-11-10 10:00,,2025-11-09 10:00\n11,M1,C1,2025-11-10 10:00,,\n3,M1,C2,2025-11-03 09:00,,\n",
    );
    assert_eq!(
        problems,
        [
            "3 : M2 was out to Ann from 2025-11-05 10:00:00 to 2025-11-07 10:00:00",
            "4 barcode: no item has the tag \"M9\"",
            "5 customer no: there is no customer \"C9\"",
            "6 out: the time it went out is empty",
            "7 : Due Sun 9 Nov 10:00 is not after Mon 10 Nov 10:00",
            "8 : Sun 9 Nov 10:00 is before it went out, Mon 10 Nov 10:00",
            "9 : M1 was out to Ben from 2025-11-03 09:00:00 to now, and is not back",
        ]
    );
    counter.shop.clock = Clock::Running(|| NOW);
    assert_eq!(
        counter.problems(
            ListKind::Rentals,
            "tag,customer,out\nM2,C1,2052-11-05 10:00\n"
        ),
        ["2 out: 2052-11-05 10:00:00 is ahead of the clock"]
    );
}

#[test]
fn numbers_that_are_taken_are_given_anew() {
    let mut counter = counter("UTC", NOW);
    counter.import(ListKind::Customers, "name,email\nAnn,ann@x.org\n");
    let report = counter.import(
        ListKind::Customers,
        "number,name,email\nC-0001,Ben,ben@x.org\nC-0007,Eve,eve@x.org\n",
    );
    assert_eq!(
        report.notes,
        ["1 row has a customer number that is taken in this shop; those customers get new ones"]
    );
    let number = |name: &str| {
        customers::resolve(counter.shop.read(), name)
            .unwrap()
            .number
    };
    assert_eq!(
        (number("Ben"), number("Eve")),
        (CustomerNumber(8), CustomerNumber(7))
    );
    counter.import(ListKind::Items, "tag,type\nA1,Lamp\nA2,Lamp\n");
    counter.import(
        ListKind::Rentals,
        "number,tag,customer,out,back\nR-1001,A1,Ann,2025-11-01 10:00,2025-11-02 10:00\n",
    );
    let report = counter.import(
        ListKind::Rentals,
        "number,tag,customer,out,back\nR-1001,A1,Ben,2025-11-03 10:00,\nR-1001,A2,Ben,2025-11-03 10:00,\nR-1001,A1,Ann,2025-11-01 10:00,2025-11-02 10:00\n"
            .replace(",Ann,", ",Ben,"),
    );
    assert_eq!((report.created.rentals, report.skipped), (2, 1));
    let rentals = booking::out_to(
        counter.shop.read(),
        customers::resolve(counter.shop.read(), "Ben").unwrap().id,
    )
    .unwrap();
    assert_eq!(rentals.len(), 2);
    assert_eq!(
        rentals[0].reservation, rentals[1].reservation,
        "they stay together"
    );
    counter.check();
}

/// A shop with one of everything that is hard to write into a list.
fn strange_shop() -> Counter {
    let mut counter = counter("Europe/Berlin", NOW);
    let settings = counter.shop.settings.clone();
    let text = |text: &str| Some(Text::new(text));
    let tag = |tag: &str| AssetTag::parse(tag).unwrap();
    counter
        .shop
        .write(
            |db| -> Result<(), rentdesk::kernel::Failure<catalog::CatalogRefusal>> {
                let nested = catalog::category_at_path(db, "Cameras > Cinema")?;
                let mut camera = NewType::named(
                    nested,
                    Text::new("=SUM(A1) \"FX6\"; 2\" | body"),
                    Tracking::Items,
                );
                camera.specs = [
                    "Title",
                    "title",
                    "spec:Title",
                    "4",
                    "Serial",
                    "Weight (kg)",
                    "@x.y",
                    "Lens-Mount",
                    "lens mount",
                ]
                .map(|name| (Text::new(name), Text::new("-1+2")))
                .to_vec();
                camera.contents = vec![Text::new("Cable; 5 m")];
                (
                    camera.fixed_hours,
                    camera.turnaround_minutes,
                    camera.reference,
                    camera.description,
                ) = (Some(36), 45, text("007"), text("+49 30 123456"));
                let camera = catalog::add_type(db, &camera)?;
                pricing::set_rate(
                    db,
                    camera,
                    Rate {
                        hourly: Some(Money(150)),
                        daily: None,
                        weekly: Some(Money(100_000)),
                        fixed: Some(Money(99)),
                        ..Rate::default()
                    },
                )?;
                let lamp = catalog::add_type(
                    db,
                    &NewType {
                        replacement_value: Some(Money(0)),
                        ..NewType::named(nested, Text::new("Lamp"), Tracking::Items)
                    },
                )?;
                pricing::set_rate(
                    db,
                    lamp,
                    Rate {
                        fixed: Some(Money(500)),
                        ..Rate::default()
                    },
                )?;
                let cable = catalog::add_type(
                    db,
                    &NewType::named(nested, Text::new("Cable"), Tracking::Bulk),
                )?;
                let used_up = catalog::add_type(
                    db,
                    &NewType::named(nested, Text::new("Used up"), Tracking::Bulk),
                )?;
                catalog::add_type(
                    db,
                    &NewType::named(nested, Text::new("Only a name"), Tracking::Items),
                )?;
                catalog::add_type(
                    db,
                    &NewType::named(nested, Text::new("Only counted"), Tracking::Bulk),
                )?;
                let old = catalog::add_type(
                    db,
                    &NewType::named(nested, Text::new("Lamp, old"), Tracking::Items),
                )?;
                let lift = |failure: rentdesk::kernel::Failure<inventory::InventoryRefusal>| {
                    anyhow::anyhow!("{failure:?}")
                };
                for (of, label) in [
                    (camera, "-X1"),
                    (lamp, "LAMP 1"),
                    (lamp, "LAMP 2"),
                    (lamp, "LAMP 3"),
                    (camera, "CAM-2"),
                    (old, "OLD-1"),
                ] {
                    inventory::add_item(
                        db,
                        &NewItem {
                            location: text("A3"),
                            ..NewItem::good(of, Some(tag(label)))
                        },
                    )
                    .map_err(lift)?;
                }
                inventory::add_item(
                    db,
                    &NewItem {
                        serial: text("=S"),
                        reference: text("r"),
                        note: text("its own"),
                        ..NewItem::good(lamp, None)
                    },
                )
                .map_err(lift)?;
                inventory::report_condition(
                    db,
                    ItemId(2),
                    &Report::plain(Condition::UnderMaintenance, text("fan noise")),
                )
                .map_err(lift)?;
                inventory::report_lost(db, ItemId(3), &Text::new("gone"), None).map_err(lift)?;
                inventory::retire(db, ItemId(4), &Text::new("old")).map_err(lift)?;
                inventory::add_bulk(db, cable, 40, Some(&tag("CAB")), None).map_err(lift)?;
                inventory::add_bulk(db, used_up, 1, Some(&tag("UP")), Some(&Text::new("B1")))
                    .map_err(lift)?;
                inventory::set_bulk_quantity(db, used_up, 0).map_err(lift)?;
                catalog::withdraw_type(db, old, &Text::new("old"))?;
                Ok(())
            },
        )
        .unwrap();
    counter
        .shop
        .write(|db| {
            let profile = Profile {
                name: Text::new("'Ann, \"A\""),
                company: text("@home"),
                phone: text("+491234567"),
                region: text("NRW"),
                ..Profile::default()
            };
            customers::take_over(
                db,
                &OldRecord {
                    number: Some(CustomerNumber(7)),
                    profile,
                    reference: None,
                    registered_at: Some(at("2010-10-31 00:30:00")),
                    suspended_reason: None,
                },
            )?;
            let profile = Profile {
                name: Text::new("Ben"),
                email: text("ben@x.org"),
                ..Profile::default()
            };
            customers::take_over(
                db,
                &OldRecord {
                    number: Some(CustomerNumber(3)),
                    profile,
                    reference: text("C-0007"),
                    registered_at: None,
                    suspended_reason: text("owes 90"),
                },
            )
            .map(|_| ())
        })
        .unwrap();
    let mut hand_over = |things: Vec<Thing>, moment: &str| {
        let [ann] = [customers::by_number(counter.shop.read(), CustomerNumber(7))
            .unwrap()
            .unwrap()
            .id];
        let command = CheckOut {
            due: Some(at("2025-11-25 10:00:00")),
            at: Some(at(moment)),
            ..CheckOut::plain(Recipient::WalkIn(ann), things)
        };
        counter
            .shop
            .write(|db| booking::check_out(db, &settings, &command))
            .unwrap()
    };
    let cable = Thing::Bulk(rentdesk::kernel::TypeId(3), 10);
    // In the night of 26 October 2025 two o'clock came twice; 01:30 UTC is its second half past
    // two.
    hand_over(
        vec![Thing::Item(ItemId(1)), Thing::Item(ItemId(5)), cable],
        "2025-10-26 01:30:00",
    );
    let rentals = booking::out_to(
        counter.shop.read(),
        customers::by_number(counter.shop.read(), CustomerNumber(7))
            .unwrap()
            .unwrap()
            .id,
    )
    .unwrap();
    let of = |item: i64| {
        rentals
            .iter()
            .find(|rental| rental.item == Some(ItemId(item)))
            .unwrap()
            .id
    };
    let bulk = rentals
        .iter()
        .find(|rental| rental.item.is_none())
        .unwrap()
        .id;
    counter
        .shop
        .write(|db| {
            booking::check_in(
                db,
                &settings,
                &CheckIn {
                    missing: text("cap"),
                    note: text("=late"),
                    condition: Some(Condition::Unusable),
                    ..CheckIn::plain(of(1))
                },
            )
        })
        .unwrap();
    counter
        .shop
        .write(|db| {
            booking::check_in(
                db,
                &settings,
                &CheckIn {
                    quantity: Some(4),
                    ..CheckIn::plain(bulk)
                },
            )
        })
        .unwrap();
    counter
        .shop
        .write(|db| booking::report_lost(db, of(5), &Text::new("stolen")))
        .unwrap();
    counter.drain();
    counter
}

#[test]
fn what_is_exported_comes_back_the_same() {
    let counter = strange_shop();
    counter.check();
    let items = counter.csv(ExportKind::Items);
    assert!(items.starts_with("tag,serial,type,category,"), "{items}");
    assert!(
        items.contains(",spec:Serial,spec:Title,Weight (kg),"),
        "{items}"
    );
    assert!(
        items.contains("\"'=SUM(A1) \"\"FX6\"\"; 2\"\" | body\""),
        "{items}"
    );
    assert!(
        counter
            .csv(ExportKind::Rentals)
            .contains(",2025-10-26T02:30:00+01:00,")
    );
    let mut other = counter.round_trip();
    other.import_own_lists();
    let of_ann = |counter: &Counter| {
        booking::count_of_customer(
            counter.shop.read(),
            &counter.shop.settings,
            customers::by_number(counter.shop.read(), CustomerNumber(7))
                .unwrap()
                .unwrap()
                .id,
        )
        .unwrap()
    };
    assert_eq!(
        (of_ann(&counter), of_ann(&other)),
        ((4, 0), (4, 0)),
        "although her number is Ben's reference"
    );

    let json: serde_json::Value =
        serde_json::from_slice(&export(&counter.shop, ExportKind::Items, Format::Json).unwrap())
            .unwrap();
    assert_eq!(
        (
            &json[0]["hourly_rate"],
            &json[0]["currency"],
            &json[0]["specs"]["title"]
        ),
        (&1.5.into(), &"USD".into(), &"-1+2".into())
    );
    let json: serde_json::Value =
        serde_json::from_slice(&export(&counter.shop, ExportKind::Rentals, Format::Json).unwrap())
            .unwrap();
    assert_eq!(json[0]["out"], "2025-10-26T01:30:00Z");
    let history = counter.csv(ExportKind::History);
    assert!(
        history.contains("EquipmentCheckedOut,'-X1,") && history.contains("\"'Ann, \"\"A\"\"\""),
        "{history}"
    );
}

#[test]
fn a_minimum_charge_and_a_tax_class_come_and_go_with_the_list_of_items() {
    let with_classes = || {
        let mut counter = counter("UTC", NOW);
        let classes = [("standard", 1_900), ("reduced", 700)]
            .map(|(class, percent)| (Text::new(class), pricing::Percent(percent)));
        for (class, percent) in classes {
            counter
                .shop
                .write(|db| pricing::set_tax(db, &class, percent, db.now()))
                .unwrap();
        }
        counter
    };
    let mut counter = with_classes();
    let list = "tag,type,daily_rate,minimum charge,Tax class\nB-1,Book,2.00,5.00,reduced\nB-2,Book,2.00,,\nL-1,Lamp,9.00,,\n";
    counter.import(ListKind::Items, list);
    let exported = counter.csv(ExportKind::Items);
    assert!(
        exported
            .lines()
            .next()
            .unwrap()
            .contains(",minimum_charge,tax_class,"),
        "{exported}"
    );
    assert!(
        exported
            .lines()
            .nth(1)
            .unwrap()
            .contains(",2.00,,,,5.00,reduced,"),
        "{exported}"
    );
    let mut other = with_classes();
    other.import(ListKind::Items, &exported);
    assert_eq!(other.csv(ExportKind::Items), exported, "byte for byte");

    let mut counter = with_classes();
    let wrong = "type,quantity,daily_rate,minimum_charge,tax_class\nBook,1,2,five,reduced\nLamp,1,9,,luxury\nDesk,1,9,3,standard\nDesk,1,9,4,reduced\n";
    let problems = counter.problems(ListKind::Items, wrong);
    let expected = [
        "2 minimum_charge: \"five\" is not an amount",
        "3 tax_class: there is no tax class \"luxury\"; set it first: rentdesk tax set \"luxury\" PERCENT",
        "5 minimum_charge: the minimum charge of Desk is 3.00 in row 4, 4.00 here",
    ];
    for words in expected {
        assert!(
            problems.iter().any(|problem| problem.contains(words)),
            "no {words} in {problems:#?}"
        );
    }
}

pub fn real(name: &str) -> Option<Vec<u8>> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    std::fs::read(path).ok()
}

#[test]
fn the_film_gear_house_comes_in_whole() {
    let Some(list) = real("film-gear/equipment.csv") else {
        return;
    };
    let mut counter = counter("America/Los_Angeles", NOW);
    let report = counter.import(ListKind::Items, &list);
    assert_eq!(
        (report.created.types, report.created.items, report.skipped),
        (1328, 2771, 0)
    );
    let db = counter.shop.read();
    assert_eq!(catalog::categories(db).unwrap().len(), 10);
    assert_eq!(
        catalog::all_types(db)
            .unwrap()
            .iter()
            .filter(|found| !found.details.contents.is_empty())
            .count(),
        442
    );
    counter.check();
    counter.round_trip().import_own_lists();
}

#[test]
fn the_movie_shop_comes_in_whole() {
    let lists =
        ["items", "customers", "rentals"].map(|name| real(&format!("movie-shop/{name}.csv")));
    let [Some(items), Some(people), Some(rentals)] = lists else {
        return;
    };
    let mut counter = counter("UTC", at("2006-02-22 00:00:00"));
    let report = counter.import(ListKind::Items, &items);
    assert_eq!((report.created.types, report.created.items), (958, 4581));
    assert_eq!(
        counter
            .import(ListKind::Customers, &people)
            .created
            .customers,
        599
    );
    let report = counter.import(ListKind::Rentals, &rentals);
    assert_eq!(
        (report.created.rentals, report.out_now, counter.backups()),
        (16_044, 183, 2)
    );
    counter.drain();
    figures(&counter);
    counter.round_trip();
    let again = counter.import(ListKind::Rentals, &rentals);
    assert_eq!((again.skipped, again.saved), (16_044, false));
    if let Some(payments) = real("movie-shop/payments.csv") {
        paid_in_whole(&mut counter, &payments);
    }
    take_everything_back(&mut counter);
    counter.check();
}

/// What `../shared/data/README.md` says of the movie shop.
fn figures(counter: &Counter) {
    let db = counter.shop.read();
    assert_eq!(catalog::categories(db).unwrap().len(), 16);
    assert_eq!(
        customers::list(db, None, i64::MAX)
            .unwrap()
            .iter()
            .filter(|customer| customer.suspended_reason.is_some())
            .count(),
        15
    );
    assert_eq!(
        booking::out_at(db, at("2005-07-15 12:00:00"))
            .unwrap()
            .len(),
        1328
    );
    assert_eq!(
        history::count(
            db,
            &Filter {
                kind: Some("EquipmentCheckedIn"),
                late: true,
                ..Filter::default()
            }
        )
        .unwrap(),
        8121
    );
    assert_eq!(
        booking::overdue(db, at("2006-02-18 00:00:00"))
            .unwrap()
            .len(),
        47
    );
    assert_eq!(
        booking::overdue(db, at("2006-02-22 00:00:00"))
            .unwrap()
            .len(),
        183
    );
    let disc = counter.item("M00367");
    let outs = Filter {
        item: Some(disc.id),
        kind: Some("EquipmentCheckedOut"),
        ..Filter::default()
    };
    let mut story: Vec<String> = history::entries(db, &outs, 100, 0)
        .unwrap()
        .into_iter()
        .map(|entry| {
            customers::known(db, entry.customer.unwrap())
                .unwrap()
                .reference
                .unwrap()
                .to_string()
        })
        .collect();
    story.reverse();
    assert_eq!(story[..4], ["C0130", "C0327", "C0207", "C0045"]);
    let custody = history::who_had(db, disc.id, at("2005-05-25 12:00:00"))
        .unwrap()
        .unwrap();
    assert_eq!(
        (custody.out, custody.back),
        (at("2005-05-24 22:53:30"), Some(at("2005-05-26 22:04:30")))
    );
    let rented = Filter {
        kind: Some("EquipmentCheckedOut"),
        ..Filter::default()
    };
    let (title, count) = history::tally(db, &rented, TallyBy::Type, 1).unwrap()[0];
    assert_eq!(
        (
            catalog::type_details(db, rentdesk::kernel::TypeId(title))
                .unwrap()
                .details
                .name
                .as_str(),
            count
        ),
        ("BUCKET BROTHERHOOD", 34)
    );
    let (customer, count) = history::tally(db, &rented, TallyBy::Customer, 1).unwrap()[0];
    assert_eq!(
        (
            customers::known(db, rentdesk::kernel::CustomerId(customer))
                .unwrap()
                .reference,
            count
        ),
        (Some(Text::new("C0148")), 46)
    );
}

fn take_everything_back(counter: &mut Counter) {
    let settings = counter.shop.settings.clone();
    let out = booking::due_in(
        counter.shop.read(),
        Period {
            start: Moment(0),
            end: at("2099-01-01 00:00:00"),
        },
    )
    .unwrap();
    assert_eq!(out.len(), 183);
    for rental in out {
        counter
            .shop
            .write(|db| booking::check_in(db, &settings, &CheckIn::plain(rental.id)))
            .unwrap();
    }
    assert_eq!(booking::count_out(counter.shop.read()).unwrap(), 0);
}

/// Every payment at its own time, for what its rental was of; the sums are those of
/// `../shared/data/README.md`.
fn paid_in_whole(counter: &mut Counter, payments: &[u8]) {
    let first = rentdesk::store::log::last_seq(counter.shop.read()).unwrap();
    let started = std::time::Instant::now();
    let report = counter.import(ListKind::Payments, payments);
    eprintln!("16,049 payments took {:?}", started.elapsed());
    assert_eq!(
        (report.created.payments, report.skipped, report.saved),
        (16_049, 0, true)
    );
    counter.drain();
    let db = counter.shop.read();
    let kinds: std::collections::HashMap<_, _> = catalog::all_types(db)
        .unwrap()
        .into_iter()
        .map(|found| (found.id, found.details.category))
        .collect();
    let names = catalog::category_paths(db).unwrap();
    let (mut total, mut by_category, mut by_customer) = (
        0,
        std::collections::BTreeMap::<String, i64>::new(),
        std::collections::BTreeMap::<i64, i64>::new(),
    );
    for event in rentdesk::store::log::events_after(db, first, i64::MAX).unwrap() {
        let Some(rentdesk::events::Event::PaymentReceived(paid)) = event.event else {
            panic!("{}", event.kind)
        };
        assert_eq!(
            paid.shares.iter().map(|share| share.amount.0).sum::<i64>(),
            paid.amount.0
        );
        total += paid.amount.0;
        *by_customer.entry(paid.customer_id.0).or_default() += paid.amount.0;
        for share in paid.shares {
            *by_category
                .entry(
                    share
                        .type_id
                        .map_or_else(String::new, |id| names[&kinds[&id]].to_string()),
                )
                .or_default() += share.amount.0;
        }
    }
    assert_eq!(total, 6_741_651);
    let best = |most: &i64, all: Vec<i64>| all.iter().max() == Some(most);
    assert!(
        best(&531_421, by_category.values().copied().collect()),
        "{by_category:?}"
    );
    assert_eq!(
        (by_category["Sports"], by_category["Sci-Fi"]),
        (531_421, 475_698)
    );
    assert!(best(&22_155, by_customer.values().copied().collect()));
    let accounts = rentdesk::billing::accounts(db).unwrap();
    assert_eq!(accounts.iter().map(|(_, amount)| amount.0).sum::<i64>(), 0);
    assert_eq!(
        accounts
            .iter()
            .find(|(name, _)| name == "REVENUE TAKEN OVER")
            .unwrap()
            .1
            .0,
        -6_741_651
    );
    // Nobody owes anything for it, nobody has credit by it, and no invoice number is used up.
    for customer in customers::list(db, None, i64::MAX).unwrap().iter().take(20) {
        assert_eq!(
            rentdesk::billing::balance(db, &counter.shop.settings, customer.id, counter.shop.now())
                .unwrap(),
            rentdesk::billing::Balance::default()
        );
    }
    let again = counter.import(ListKind::Payments, payments);
    assert_eq!((again.skipped, again.saved), (16_049, false));
}

#[test]
fn old_payments_that_do_not_fit_are_told_by_their_row() {
    let mut counter = counter("UTC", at("2006-02-22 00:00:00"));
    counter.import(
        ListKind::Items,
        "tag,title,category\nM1,ALIEN,Movie\nM2,BRAZIL,Movie\n",
    );
    counter.import(ListKind::Customers, "customer no,name\nC1,Ann\nC2,Bob\n");
    counter.import(ListKind::Rentals, "rental no,tag,customer,out,back\n76,M1,C1,2005-05-25 11:30,2005-05-26 10:00\n76,M2,C1,2005-05-25 11:30,2005-05-26 10:00\n");
    let list = "payment no,rental no,customer no,amount,paid,method\n1,76,C1,3.01,2005-05-25 11:30,cash\n2,76,,1.00,2005-05-26,barter\n3,,C2,5.00,2005-05-27,card\n";
    let wrong = format!(
        "{list}3,76,C1,1.00,2005-05-25,\n4,77,C1,1.00,2005-05-25,\n6,,,1.00,2005-05-25,\n7,76,C1,-1.00,2005-05-25,\n8,76,C1,,2005-05-25,\n9,76,C1,1.00,soon,\n"
    );
    let problems = counter.problems(ListKind::Payments, &wrong);
    insta::assert_snapshot!(problems.join("\n"), @r##"
    5 payment no: "3" stands in row 4 already
    6 rental no: there is no rental "77"
    7 customer no: neither a customer nor a rental says who paid
    8 amount: "-1.00" is below zero
    9 amount: the amount is empty
    10 paid: "soon" is not a date
    "##);
    let report = counter.import(ListKind::Payments, list);
    assert_eq!(
        (report.created.payments, report.notes.len()),
        (3, 1),
        "{:?}",
        report.notes
    );
    let id = customers::resolve(counter.shop.read(), "C1").unwrap().id;
    let paid = rentdesk::billing::payments_of_customer(counter.shop.read(), id).unwrap();
    assert_eq!(
        paid.iter()
            .map(|paid| (paid.amount.0, paid.method.word(), paid.taken_over))
            .collect::<Vec<_>>(),
        [(301, "CASH", true), (100, "OTHER", true)]
    );
    let shares = rentdesk::store::log::events_after(counter.shop.read(), 0, i64::MAX)
        .unwrap()
        .into_iter()
        .find_map(|event| match event.event {
            Some(rentdesk::events::Event::PaymentReceived(paid)) => Some(
                paid.shares
                    .iter()
                    .map(|share| share.amount.0)
                    .collect::<Vec<_>>(),
            ),
            _ => None,
        });
    assert_eq!(
        shares,
        Some(vec![151, 150]),
        "one payment for two things is shared out to the cent"
    );
    assert_eq!(counter.import(ListKind::Payments, list).skipped, 3);
    counter.check();
}
