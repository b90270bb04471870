//! What can be rented and what there is of it: kits, accessories, substitutes, blocks, pins,
//! counted promises and cases, through the facades.

use crate::counter::friday;
use crate::properties::folder;
use rentdesk::catalog::{self, Accessory, CatalogRefusal, Component, NewType, Role, Tracking};
use rentdesk::customers::{self, ContactRules, Profile};
use rentdesk::inventory::{self, BlockKind, Condition, InventoryRefusal, NewItem, Report};
use rentdesk::kernel::{
    BlockId, Clock, Failure, ItemId, LineId, Moment, Period, Refusal, RentalId, Stop, Text, TypeId,
};
use rentdesk::shop::Shop;
use rentdesk::store::{Write, log};
use serde::{Serialize, de::DeserializeOwned};
use tempfile::TempDir;

struct Stocked {
    shop: Shop,
    #[allow(dead_code, reason = "the folder lives as long as the shop")]
    folder: TempDir,
}

impl Stocked {
    fn new() -> Self {
        let folder = folder();
        let shop = Shop::create(
            &folder.path().join("shop.db"),
            &[("timezone", "Europe/Berlin")],
            Clock::Fixed(friday()),
        )
        .unwrap();
        Stocked { shop, folder }
    }

    fn named(&mut self, name: &str, tracking: Tracking) -> TypeId {
        self.catalog(|db| {
            let category = catalog::category_at_path(db, "Lighting")?;
            catalog::add_type(db, &NewType::named(category, Text::new(name), tracking))
        })
    }

    fn types(&mut self, names: &[&str]) -> Vec<TypeId> {
        names
            .iter()
            .map(|name| self.named(name, Tracking::Items))
            .collect()
    }

    fn catalog<T: Serialize + DeserializeOwned>(
        &mut self,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<CatalogRefusal>>,
    ) -> T {
        self.shop.write(command).unwrap()
    }

    fn refused<T: Serialize + DeserializeOwned, R: Refusal>(
        &mut self,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
    ) -> String {
        match self.shop.write(command) {
            Err(Stop::Refused(refusal)) => format!("{} / {}", refusal.message, refusal.hint),
            Err(fault) => panic!("{fault:?}"),
            Ok(_) => panic!("it was not refused"),
        }
    }

    fn stock<T: Serialize + DeserializeOwned>(
        &mut self,
        command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<InventoryRefusal>>,
    ) -> T {
        self.shop.write(command).unwrap()
    }

    fn items(&mut self, name: &str, count: usize) -> (TypeId, Vec<ItemId>) {
        let type_id = self.named(name, Tracking::Items);
        (
            type_id,
            (0..count)
                .map(|_| self.stock(|db| inventory::add_item(db, &NewItem::good(type_id, None))))
                .collect(),
        )
    }

    fn counted(&mut self, name: &str, quantity: i64) -> TypeId {
        let type_id = self.named(name, Tracking::Bulk);
        self.stock(|db| inventory::add_bulk(db, type_id, quantity, None, None));
        type_id
    }

    /// A line of a confirmed reservation that claims so many of a type, or pins an item.
    fn line(
        &mut self,
        type_id: TypeId,
        quantity: i64,
        window: Period,
        pinned: Option<ItemId>,
    ) -> LineId {
        let contact = ContactRules {
            email_required: false,
            phone_required: false,
        };
        let customer = self
            .shop
            .write(|db| {
                customers::register(
                    db,
                    &Profile {
                        name: Text::new("Maya Chen"),
                        ..Profile::default()
                    },
                    contact,
                )
            })
            .unwrap();
        self.stock(|db| {
            let reservation = db.insert(
                "INSERT INTO reservation(number, customer_id, state, start_at, end_at, version, created_at) SELECT coalesce(max(number), 0) + 1, ?1, 'CONFIRMED', ?2, ?3, 1, ?2 FROM reservation",
                (customer, window.start, window.end),
            )?;
            Ok(LineId(db.insert(
                "INSERT INTO reservation_line(reservation_id, shop_id, type_id, type_name, quantity, start_at, end_at, turnaround_minutes, claimed_qty, state, pinned_item_id)
                 VALUES (?1, 1, ?2, 'x', ?3, ?4, ?5, 0, ?3, 'OPEN', ?6)",
                (reservation, type_id, quantity, window.start, window.end, pinned),
            )?))
        })
    }

    fn at(&mut self, moment: Moment) {
        self.shop.clock = Clock::Fixed(moment);
    }

    /// What `check` finds, by invariant.
    fn problems(&self) -> Vec<&'static str> {
        self.shop
            .check()
            .unwrap()
            .into_iter()
            .map(|problem| problem.invariant)
            .collect()
    }

    /// The last event: its kind and its payload.
    fn last(&self) -> String {
        log::events_after(self.shop.read(), 0, i64::MAX)
            .unwrap()
            .last()
            .map(|event| format!("{} {}", event.kind, event.payload))
            .unwrap_or_default()
    }

    /// Nothing is broken. The lines of these tests were written past the commands, so that no event
    /// told of them: what is short is counted again first, and what is out is out with nobody.
    fn check(&self) {
        self.shop.rebuild("shortages").unwrap();
        let problems: Vec<_> = self
            .shop
            .check()
            .unwrap()
            .into_iter()
            .filter(|problem| !problem.message.ends_with("stands for no rental"))
            .collect();
        assert_eq!(problems, []);
    }
}

/// So many hours after now.
fn hour(hours: i64) -> Moment {
    friday().plus_minutes(hours * 60)
}

fn hours(from: i64, to: i64) -> Period {
    Period {
        start: hour(from),
        end: hour(to),
    }
}

// Kits ------------------------------------------------------------------------------------------

#[test]
fn a_kit_is_the_sum_of_what_lies_in_it() {
    let mut shop = Stocked::new();
    let [light, stand, cable, pair, studio] =
        shop.types(&["Light", "Stand", "Cable", "Pair of lights", "Studio"])[..]
    else {
        panic!()
    };
    shop.catalog(|db| {
        catalog::set_components(db, pair, &[(light, 2), (stand, 2), (cable, 1), (cable, 1)])
    });
    assert_eq!(
        shop.last(),
        format!(
            "EquipmentTypeChanged {{\"type_id\":{},\"changed\":[\"components\"]}}",
            pair.0
        )
    );
    shop.catalog(|db| catalog::set_components(db, studio, &[(pair, 3), (light, 1)]));
    let read = shop.shop.read();
    assert_eq!(
        catalog::components(read, studio).unwrap(),
        [
            Component {
                type_id: light,
                quantity: 1
            },
            Component {
                type_id: pair,
                quantity: 3
            }
        ]
    );
    assert_eq!(
        catalog::exploded(read, studio, 2).unwrap(),
        [(light, 14), (stand, 12), (cable, 12)]
    );
    assert_eq!(catalog::exploded(read, light, 2).unwrap(), [(light, 2)]);
    assert_eq!(catalog::kits_of(read, light).unwrap(), [pair, studio]);
    assert_eq!(catalog::kits(read).unwrap(), [pair, studio]);
    assert!(catalog::is_kit(read, studio).unwrap() && !catalog::is_kit(read, light).unwrap());
    shop.catalog(|db| catalog::set_components(db, studio, &[]));
    assert!(!catalog::is_kit(shop.shop.read(), studio).unwrap());
    shop.check();
}

#[test]
fn a_kit_lies_neither_in_itself_nor_deeper_than_three_levels() {
    let mut shop = Stocked::new();
    let [light, one, two, three, four] = shop.types(&["Light", "One", "Two", "Three", "Four"])[..]
    else {
        panic!()
    };
    shop.catalog(|db| catalog::set_components(db, two, &[(one, 1)]));
    shop.catalog(|db| catalog::set_components(db, three, &[(two, 1)]));
    for component in [one, two, three] {
        let name =
            ["Light", "One", "Two", "Three"][usize::try_from(component.0 - light.0).unwrap()];
        assert!(
            shop.refused(|db| catalog::set_components(db, one, &[(component, 1)]))
                .starts_with(&format!(
                    "One cannot hold {name}, because it would lie inside itself"
                ))
        );
    }
    shop.catalog(|db| catalog::set_components(db, one, &[(light, 1)]));
    assert_eq!(
        catalog::exploded(shop.shop.read(), three, 5).unwrap(),
        [(light, 5)]
    );
    let deep = "would be a kit of kits deeper than 3 levels / name the components of the inner kits instead";
    assert_eq!(
        shop.refused(|db| catalog::set_components(db, four, &[(three, 1)])),
        format!("Four {deep}"),
        "from above"
    );
    assert_eq!(
        shop.refused(|db| catalog::set_components(db, light, &[(four, 1)])),
        format!("Light {deep}"),
        "and from below"
    );
    shop.catalog(|db| catalog::set_components(db, four, &[(two, 1)]));
    shop.check();
}

#[test]
fn a_kit_has_no_things_of_its_own_and_no_withdrawn_component() {
    let mut shop = Stocked::new();
    let [light, kit, gone] = shop.types(&["Light", "Kit", "Gone"])[..] else {
        panic!()
    };
    let cables = shop.named("Cables", Tracking::Bulk);
    shop.catalog(|db| catalog::withdraw_type(db, gone, &Text::new("sold")));
    assert!(
        shop.refused(|db| inventory::make_kit(db, kit, &[(gone, 1)]))
            .starts_with("\"Gone\" is withdrawn")
    );
    assert!(
        shop.refused(|db| inventory::make_kit(db, kit, &[(light, 0)]))
            .starts_with("A kit holds 1 to 1000 of a component, not 0 of Light")
    );
    shop.shop
        .write(|db| inventory::make_kit(db, kit, &[(light, 2)]))
        .unwrap();
    assert!(
        shop.refused(|db| inventory::add_item(db, &NewItem::good(kit, None)))
            .starts_with("Kit is a kit: only its components have things of their own")
    );
    shop.shop
        .write(|db| inventory::add_item(db, &NewItem::good(light, None)))
        .unwrap();
    assert!(
        shop.refused(|db| inventory::make_kit(db, light, &[(kit, 1)]))
            .starts_with("Light has 1 in stock, so it cannot be a kit")
    );
    shop.shop
        .write(|db| inventory::add_bulk(db, cables, 5, None, None))
        .unwrap();
    assert!(
        shop.refused(|db| inventory::make_kit(db, cables, &[(light, 1)]))
            .starts_with("Cables has 5 in stock")
    );
    shop.shop
        .write(|db| inventory::set_bulk_quantity(db, cables, 0))
        .unwrap();
    shop.shop
        .write(|db| inventory::make_kit(db, cables, &[(light, 1)]))
        .unwrap();
    assert!(
        shop.refused(|db| inventory::set_bulk_quantity(db, cables, 5))
            .starts_with("Cables is a kit")
    );
    shop.check();
}

// Accessories and substitutes -------------------------------------------------------------------

#[test]
fn a_begun_ratio_counts_whole() {
    for (quantity, per, of, expect) in [
        (1, 1, 3, 3),
        (3, 1, 2, 6),
        (1, 4, 4, 1),
        (1, 4, 5, 2),
        (2, 3, 1, 2),
        (2, 3, 3, 2),
        (2, 3, 4, 4),
        (5, 2, 0, 0),
        (1000, 1, 1000, 1_000_000),
    ] {
        let accessory = Accessory {
            type_id: TypeId(1),
            quantity,
            per,
            by_default: true,
        };
        assert_eq!(
            accessory.needed(of),
            expect,
            "{quantity} per {per} for {of}"
        );
    }
}

#[test]
fn what_goes_along_and_what_takes_its_place_are_said_and_taken_back() {
    let mut shop = Stocked::new();
    let [camera, battery, other] = shop.types(&["Camera", "Battery", "Other camera"])[..] else {
        panic!()
    };
    shop.catalog(|db| catalog::set_accessory(db, camera, battery, 3, 1, true));
    assert_eq!(
        shop.last(),
        format!(
            "EquipmentTypeChanged {{\"type_id\":{},\"changed\":[\"accessories\"]}}",
            camera.0
        )
    );
    shop.catalog(|db| catalog::set_accessory(db, camera, battery, 2, 1, false));
    assert_eq!(
        catalog::accessories(shop.shop.read(), camera).unwrap(),
        [Accessory {
            type_id: battery,
            quantity: 2,
            per: 1,
            by_default: false
        }]
    );
    shop.catalog(|db| catalog::set_substitute(db, camera, other));
    assert_eq!(
        catalog::substitutes(shop.shop.read(), camera).unwrap(),
        [other]
    );
    assert_eq!(
        catalog::substitutes(shop.shop.read(), other).unwrap(),
        [],
        "the other way round is said apart"
    );
    assert!(
        shop.refused(|db| catalog::set_accessory(db, camera, battery, 0, 1, true))
            .starts_with("A ratio is 1 to 1000 of Battery for 1 to 1000 of the type, not 0 for 1")
    );
    assert!(
        shop.refused(|db| catalog::set_substitute(db, camera, camera))
            .starts_with("Camera cannot go along with itself")
    );
    shop.catalog(|db| catalog::drop_accessory(db, camera, battery));
    shop.catalog(|db| catalog::drop_substitute(db, camera, other));
    assert_eq!(
        shop.last(),
        format!(
            "EquipmentTypeChanged {{\"type_id\":{},\"changed\":[\"substitutes\"]}}",
            camera.0
        )
    );
    assert!(
        shop.refused(|db| catalog::drop_accessory(db, camera, battery))
            .starts_with("Battery does not go along with Camera")
    );
    assert!(
        shop.refused(|db| catalog::drop_substitute(db, camera, other))
            .starts_with("Other camera is not taken in place of Camera")
    );
    shop.check();
}

#[test]
fn a_type_may_be_an_accessory_only() {
    let mut shop = Stocked::new();
    let battery = shop.named("Battery", Tracking::Items);
    let before = catalog::type_details(shop.shop.read(), battery)
        .unwrap()
        .details;
    assert_eq!(before.role, Role::Primary);
    shop.catalog(|db| {
        catalog::edit_type(
            db,
            battery,
            &NewType {
                role: Role::Accessory,
                ..before
            },
        )
    });
    assert_eq!(
        catalog::type_details(shop.shop.read(), battery)
            .unwrap()
            .details
            .role,
        Role::Accessory
    );
    assert_eq!(
        shop.last(),
        format!(
            "EquipmentTypeChanged {{\"type_id\":{},\"changed\":[\"role\"]}}",
            battery.0
        )
    );
}

// Blocks ----------------------------------------------------------------------------------------

#[test]
fn a_block_is_told_and_ended() {
    let mut shop = Stocked::new();
    let (type_id, items) = shop.items("Light", 2);
    let why = Text::new("fair");
    let block = shop.stock(|db| {
        inventory::block_item(
            db,
            items[0],
            Moment(hour(1).0 + 5),
            Some(Moment(hour(5).0 + 5)),
            &why,
        )
    });
    let told = shop.last();
    assert!(
        told.starts_with("EquipmentBlocked")
            && told.contains("\"kind\":\"BLACKOUT\"")
            && !told.contains("fair"),
        "{told}"
    );
    let known = inventory::block(shop.shop.read(), block).unwrap().unwrap();
    assert_eq!(
        (known.kind, known.item, known.quantity, known.live),
        (BlockKind::Blackout, Some(items[0]), 1, true)
    );
    assert_eq!(
        (known.start, known.end),
        (hour(1), Some(hour(5).plus_minutes(1))),
        "to the minute, and nothing of it is cut off"
    );
    let open = shop.stock(|db| inventory::block_item(db, items[0], hour(9), None, &why));
    assert_eq!(
        inventory::block(shop.shop.read(), open)
            .unwrap()
            .unwrap()
            .end,
        None
    );
    assert!(shop.last().contains("\"end\":null"));
    assert_eq!(
        inventory::blocks_of_item(shop.shop.read(), items[0])
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        inventory::blocks_of_type(shop.shop.read(), type_id)
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        inventory::open_blocks(shop.shop.read(), hour(6))
            .unwrap()
            .iter()
            .map(|block| block.id)
            .collect::<Vec<_>>(),
        [open]
    );
    shop.check();
    shop.stock(|db| inventory::unblock(db, open));
    assert!(shop.last().starts_with("EquipmentUnblocked"));
    assert!(
        shop.refused(|db| inventory::unblock(db, open))
            .starts_with("There is no block \"2\" / F8 lists what is (rentdesk item blocks)")
    );
    assert!(
        shop.refused(|db| inventory::unblock(db, BlockId(99)))
            .starts_with("There is no block \"99\"")
    );
    let item = items[1];
    let block = |from, to, reason: &'static str| {
        move |db: &mut Write<'_>| inventory::block_item(db, item, from, to, &Text::new(reason))
    };
    assert!(
        shop.refused(block(hour(2), Some(hour(2)), "fair"))
            .starts_with("A block ends after it begins")
    );
    assert!(
        shop.refused(block(hour(-3), Some(hour(0)), "fair"))
            .starts_with("A block ends after it begins, after now")
    );
    assert!(
        shop.refused(block(hour(2), None, ""))
            .ends_with("as blocked needs a reason / say why (--reason)")
    );
    shop.check();
}

#[test]
fn a_block_of_a_count_is_of_so_many() {
    let mut shop = Stocked::new();
    let (cables, (lights, _)) = (shop.counted("Cables", 20), shop.items("Light", 1));
    let why = Text::new("being tested");
    assert!(
        shop.refused(|db| inventory::block_count(db, cables, 21, hour(1), None, &why))
            .starts_with("21 of LIG-0001 cannot be blocked: there are 20")
    );
    assert!(
        shop.refused(|db| inventory::block_count(db, lights, 1, hour(1), None, &why))
            .starts_with("Light is a type whose things carry tags")
    );
    let block = shop.stock(|db| inventory::block_count(db, cables, 5, hour(1), None, &why));
    assert!(shop.last().contains("\"count\":5") && shop.last().contains("\"item_id\":null"));
    shop.stock(|db| inventory::unblock(db, block));
    assert_eq!(
        inventory::blocks_of_type(shop.shop.read(), cables).unwrap(),
        []
    );
    shop.check();
}

#[test]
fn a_block_keeps_pins_out_and_facts_win_over_it() {
    let mut shop = Stocked::new();
    let (type_id, items) = shop.items("Light", 1);
    let item = items[0];
    let block = shop
        .stock(|db| inventory::block_item(db, item, hour(10), Some(hour(20)), &Text::new("fair")));
    let line = shop.line(type_id, 1, hours(19, 30), Some(item));
    assert!(
        shop.refused(|db| inventory::pin(db, item, line, hours(19, 30)))
            .starts_with("LIG-0001 is blocked in that time")
    );
    shop.stock(|db| inventory::pin(db, item, line, hours(20, 30)));
    assert_eq!(
        inventory::pins_in(shop.shop.read(), item, hours(0, 21)).unwrap(),
        [(line, hours(20, 30))]
    );
    // A block over a pin is accepted, and takes no claim; nobody can be promised the item in it all
    // the same.
    let over = shop
        .stock(|db| inventory::block_item(db, item, hour(25), Some(hour(40)), &Text::new("fair")));
    shop.check();
    assert!(
        shop.refused(|db| inventory::pin(db, item, line, hours(35, 36)))
            .starts_with("LIG-0001 is blocked in that time")
    );
    shop.stock(|db| inventory::unblock(db, over));
    // It goes out through its block, which still stands.
    shop.stock(|db| Ok(inventory::claim_out(db, item, RentalId(1), hours(0, 15))?));
    assert!(
        inventory::block(shop.shop.read(), block)
            .unwrap()
            .unwrap()
            .live
    );
    let refusal = shop.refused(|db| inventory::pin(db, item, line, hours(14, 16)));
    assert!(
        refusal.starts_with("LIG-0001 is out in that time"),
        "{refusal}"
    );
    shop.stock(|db| Ok(inventory::release_out(db, RentalId(1))?));
    shop.check();
}

#[test]
fn the_file_itself_refuses_a_second_pin() {
    let mut shop = Stocked::new();
    let (type_id, items) = shop.items("Light", 1);
    let line = shop.line(type_id, 1, hours(1, 5), Some(items[0]));
    let other = shop.line(type_id, 1, hours(4, 9), Some(items[0]));
    shop.stock(|db| inventory::pin(db, items[0], line, hours(1, 5)));
    assert!(
        shop.refused(|db| inventory::pin(db, items[0], other, hours(4, 9)))
            .starts_with(
                "LIG-0001 is promised to another reservation in that time / choose another item"
            )
    );
    let attack = "INSERT INTO claim(item_id, kind, source, start_at, end_at, live) VALUES (?1, 'pin', ?2, ?3, ?4, 1)";
    let Err(Stop::Fault(fault)) = shop.shop.write(|db| {
        Ok::<_, Failure<InventoryRefusal>>(db.execute(attack, (items[0], other, hour(4), hour(9)))?)
    }) else {
        panic!("it got in")
    };
    assert!(format!("{fault:#}").contains("item_claimed"), "{fault:#}");
    shop.stock(|db| inventory::pin(db, items[0], other, hours(5, 9)));
    shop.check();
    assert_eq!(
        shop.stock(|db| Ok(inventory::release_pins(db, items[0], Some(hours(5, 6)))?)),
        [other]
    );
    shop.stock(|db| Ok(inventory::unpin(db, line)?));
    assert_eq!(
        inventory::pins_in(shop.shop.read(), items[0], Period::ALL).unwrap(),
        []
    );
    shop.stock(|db| inventory::pin(db, items[0], LineId(77), hours(1, 5)));
    assert_eq!(
        shop.problems(),
        ["promises and claims"],
        "a pin of no line is found"
    );
}

#[test]
fn what_breaks_is_lost_or_retired_loses_its_pins() {
    let bad = |after, expected_back| Report {
        expected_back,
        ..Report::plain(after, Text::filled("dead"))
    };
    type Act<'a> = &'a dyn Fn(&mut Write<'_>, ItemId) -> Result<(), Failure<InventoryRefusal>>;
    let left = |command: Act<'_>| {
        let mut shop = Stocked::new();
        let (type_id, items) = shop.items("Light", 1);
        for (from, to) in [(1, 5), (30, 40)] {
            let line = shop.line(type_id, 1, hours(from, to), Some(items[0]));
            shop.stock(|db| inventory::pin(db, items[0], line, hours(from, to)));
        }
        shop.stock(|db| command(db, items[0]));
        shop.check();
        inventory::pins_in(shop.shop.read(), items[0], Period::ALL)
            .unwrap()
            .len()
    };
    assert_eq!(
        left(
            &|db, item| inventory::report_condition(db, item, &bad(Condition::Unusable, None))
                .map(drop)
        ),
        0
    );
    assert_eq!(
        left(&|db, item| inventory::report_condition(
            db,
            item,
            &bad(Condition::UnderMaintenance, None)
        )
        .map(drop)),
        0
    );
    assert_eq!(
        left(&|db, item| inventory::report_condition(
            db,
            item,
            &bad(Condition::UnderMaintenance, Some(hour(20)))
        )
        .map(drop)),
        1,
        "it will be back for the second"
    );
    assert_eq!(
        left(&|db, item| inventory::report_condition(
            db,
            item,
            &Report::plain(Condition::Good, None)
        )
        .map(drop)),
        2
    );
    assert_eq!(
        left(&|db, item| inventory::report_lost(db, item, &Text::new("gone"), None)),
        0
    );
    assert_eq!(
        left(&|db, item| inventory::retire(db, item, &Text::new("sold"))),
        0
    );
}

// The bench -------------------------------------------------------------------------------------

#[test]
fn the_block_of_an_item_on_the_bench_follows_its_job() {
    let mut shop = Stocked::new();
    let (_, items) = shop.items("Light", 1);
    let item = items[0];
    let blocked = |shop: &Stocked| {
        let blocks = inventory::blocks_of_item(shop.shop.read(), item).unwrap();
        blocks
            .iter()
            .map(|block| (block.kind, block.end.unwrap()))
            .collect::<Vec<_>>()
    };
    let report = |after, expected_back| Report {
        expected_back,
        ..Report::plain(after, Text::filled("fan noise"))
    };
    shop.stock(|db| {
        inventory::report_condition(
            db,
            item,
            &report(Condition::UnderMaintenance, Some(Moment(hour(50).0 + 1))),
        )
    });
    assert_eq!(
        blocked(&shop),
        [(BlockKind::Maintenance, hour(50).plus_minutes(1))]
    );
    shop.stock(|db| inventory::set_expected_back(db, item, Some(hour(20))));
    assert_eq!(
        blocked(&shop),
        [(BlockKind::Maintenance, hour(20))],
        "replaced, not added"
    );
    let told = shop.last();
    assert!(
        told.starts_with("EquipmentConditionUpdated")
            && told.contains("\"before\":\"UNDER_MAINTENANCE\"")
            && told.contains(&format!("\"expected_back\":{}", hour(20).0)),
        "{told}"
    );
    shop.stock(|db| {
        inventory::report_condition(db, item, &report(Condition::UnderMaintenance, None))
    });
    assert_eq!(
        blocked(&shop),
        [(BlockKind::Maintenance, hour(20))],
        "more said of it, the date stays"
    );
    assert!(
        shop.last()
            .contains(&format!("\"expected_back\":{}", hour(20).0))
    );
    shop.check();
    let block = inventory::blocks_of_item(shop.shop.read(), item).unwrap()[0].id;
    assert!(
        shop.refused(|db| inventory::unblock(db, block))
            .starts_with("LIG-0001 is blocked because it is under maintenance / once it works again: F8 and scan it (rentdesk item condition LIG-0001 good)")
    );
    shop.stock(|db| inventory::set_expected_back(db, item, None));
    assert_eq!(blocked(&shop), []);
    shop.stock(|db| inventory::set_expected_back(db, item, Some(hour(-2))));
    assert_eq!(blocked(&shop), [], "a date that is past blocks nothing");
    shop.stock(|db| inventory::set_expected_back(db, item, Some(hour(20))));
    shop.stock(|db| inventory::report_lost(db, item, &Text::new("gone"), None));
    assert_eq!(blocked(&shop), []);
    shop.stock(|db| inventory::found(db, item, Condition::UnderMaintenance, None, None, None));
    assert_eq!(blocked(&shop), [(BlockKind::Maintenance, hour(20))]);
    shop.stock(|db| inventory::report_condition(db, item, &report(Condition::Unusable, None)));
    assert_eq!(blocked(&shop), []);
    assert!(
        shop.refused(|db| inventory::set_expected_back(db, item, None))
            .starts_with("LIG-0001 is unusable: only what is under maintenance is expected back")
    );
    shop.stock(|db| inventory::report_condition(db, item, &report(Condition::Good, None)));
    shop.stock(|db| {
        inventory::report_condition(
            db,
            item,
            &report(Condition::UnderMaintenance, Some(hour(50))),
        )
    });
    shop.stock(|db| inventory::block_item(db, item, hour(60), None, &Text::new("fair")));
    shop.stock(|db| inventory::retire(db, item, &Text::new("sold")));
    assert_eq!(blocked(&shop), []);
    shop.check();
}

// Turnaround ------------------------------------------------------------------------------------

#[test]
fn what_came_back_rests_for_its_turnaround() {
    let mut shop = Stocked::new();
    let (type_id, items) = shop.items("Light", 3);
    let live = |shop: &Stocked| {
        inventory::blocks_of_type(shop.shop.read(), type_id)
            .unwrap()
            .iter()
            .map(|block| block.item.unwrap())
            .collect::<Vec<_>>()
    };
    let rest = |item, from, minutes, rental| {
        move |db: &mut Write<'_>| {
            Ok(inventory::rest(
                db,
                type_id,
                Some(item),
                1,
                from,
                minutes,
                RentalId(rental),
            )?)
        }
    };
    let before = shop.last();
    shop.stock(rest(items[0], hour(0), 0, 1));
    shop.stock(rest(items[0], hour(-5), 60, 1));
    assert_eq!(live(&shop), [], "nothing to do, or over already");
    shop.stock(rest(items[0], hour(0), 60, 1));
    shop.stock(rest(items[1], hour(0), 120, 2));
    shop.stock(rest(items[2], hour(0), 180, 3));
    assert_eq!(live(&shop), items);
    assert_eq!(shop.last(), before, "it is no event of its own");
    shop.stock(|db| Ok(inventory::end_rest(db, RentalId(2))?));
    shop.stock(|db| Ok(inventory::end_rest_of_item(db, items[2])?));
    assert_eq!(live(&shop), [items[0]]);
    shop.at(hour(1));
    shop.stock(rest(items[1], hour(1), 60, 4));
    assert_eq!(
        live(&shop),
        [items[1]],
        "the rest that is over is ended on the way"
    );
    shop.check();
}

// Counted promises ------------------------------------------------------------------------------

fn promised(shop: &Stocked) -> Vec<(i64, i64)> {
    shop.shop.read().rows("SELECT source, quantity FROM bulk_claim WHERE kind = 'line' AND live = 1 ORDER BY source", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap()
}

#[test]
fn promises_of_a_count_shrink_for_facts_newest_first_and_only_where_they_are_in_the_way() {
    let mut shop = Stocked::new();
    let cables = shop.counted("Cables", 10);
    let windows = [hours(0, 10), hours(5, 15), hours(20, 30)];
    let lines: Vec<LineId> = [6, 4, 10]
        .iter()
        .zip(windows)
        .map(|(quantity, window)| shop.line(cables, *quantity, window, None))
        .collect();
    for (line, (quantity, window)) in lines.iter().zip([6, 4, 10].into_iter().zip(windows)) {
        shop.stock(|db| {
            Ok(inventory::promise_bulk(
                db, cables, *line, quantity, window,
            )?)
        });
    }
    let room = |shop: &Stocked, from, to| {
        inventory::bulk_room(shop.shop.read(), cables, hours(from, to)).unwrap()
    };
    assert_eq!(
        [
            room(&shop, 0, 5),
            room(&shop, 0, 6),
            room(&shop, 10, 20),
            room(&shop, 15, 20),
            room(&shop, 29, 40)
        ],
        [4, 0, 6, 10, 0]
    );
    let Err(Stop::Fault(fault)) = shop.shop.write(|db| {
        Ok::<_, Failure<InventoryRefusal>>(inventory::promise_bulk(
            db,
            cables,
            lines[0],
            5,
            hours(0, 5),
        )?)
    }) else {
        panic!("it got in")
    };
    assert!(format!("{fault:#}").contains("over_capacity"), "{fault:#}");
    shop.check();
    // Five go out until after 10: at 0 four fit, at 5 none do.
    shop.stock(|db| {
        Ok(inventory::claim_bulk(
            db,
            cables,
            RentalId(9),
            5,
            hours(0, 12),
        )?)
    });
    assert_eq!(
        promised(&shop),
        [(lines[0].0, 5), (lines[2].0, 10)],
        "one of the first, all of the second, none of the third"
    );
    assert_eq!(
        inventory::bulk_of_type(shop.shop.read(), cables)
            .unwrap()
            .unwrap()
            .out,
        5,
        "a promise is not out"
    );
    assert_eq!(
        shop.problems(),
        ["rentals and claims"],
        "what is out here is out with nobody"
    );
    shop.stock(|db| inventory::set_bulk_quantity(db, cables, 8));
    assert_eq!(promised(&shop), [(lines[0].0, 3), (lines[2].0, 8)]);
    let refusal = shop.refused(|db| inventory::set_bulk_quantity(db, cables, 4));
    assert!(
        refusal.contains("5 of them are out, so there cannot be only 4"),
        "{refusal}"
    );
    assert_eq!(
        promised(&shop),
        [(lines[0].0, 3), (lines[2].0, 8)],
        "a refusal changes nothing"
    );
    shop.stock(|db| Ok(inventory::release_bulk(db, RentalId(9), 0)?));
    shop.stock(|db| Ok(inventory::release_bulk_promise(db, lines[2])?));
    assert_eq!(promised(&shop), [(lines[0].0, 3)]);
    shop.check();
    shop.stock(|db| {
        Ok(inventory::promise_bulk(
            db,
            cables,
            lines[1],
            5,
            hours(20, 21),
        )?)
    });
    assert_eq!(
        shop.problems(),
        ["promises and claims"],
        "a promise above what its line claims is found"
    );
}

#[test]
fn room_is_made_in_one_window_and_never_at_the_cost_of_what_is_out() {
    let mut shop = Stocked::new();
    let cables = shop.counted("Cables", 10);
    let line = shop.line(cables, 4, hours(5, 15), None);
    shop.stock(|db| {
        Ok(inventory::claim_bulk(
            db,
            cables,
            RentalId(1),
            6,
            hours(0, 10),
        )?)
    });
    shop.stock(|db| Ok(inventory::promise_bulk(db, cables, line, 4, hours(5, 15))?));
    assert_eq!(
        shop.stock(|db| Ok(inventory::make_room(db, cables, hours(15, 20), 10)?)),
        []
    );
    assert_eq!(
        shop.stock(|db| Ok(inventory::make_room(db, cables, hours(0, 20), 1)?)),
        [line]
    );
    assert_eq!(promised(&shop), [(line.0, 3)]);
    assert_eq!(
        shop.stock(|db| Ok(inventory::make_room(db, cables, hours(0, 20), 9)?)),
        [line]
    );
    assert_eq!(
        (
            promised(&shop),
            inventory::bulk_room(shop.shop.read(), cables, hours(0, 20)).unwrap()
        ),
        (vec![], 4),
        "what is out stays"
    );
    shop.stock(|db| Ok(inventory::release_bulk(db, RentalId(1), 0)?));
    shop.check();
}

// Cases -----------------------------------------------------------------------------------------

#[test]
fn what_lies_in_a_case_is_the_cases() {
    let mut shop = Stocked::new();
    let (_, cases) = shop.items("Case", 2);
    let (lens, lenses) = shop.items("Lens", 3);
    shop.stock(|db| inventory::set_case(db, cases[0], &[lenses[0], lenses[1], lenses[0]]));
    assert_eq!(
        shop.last(),
        format!(
            "EquipmentTypeChanged {{\"type_id\":{},\"changed\":[\"case\"]}}",
            lens.0
        )
    );
    let read = |shop: &Stocked| inventory::packed_items(shop.shop.read(), lens).unwrap();
    assert_eq!(read(&shop), lenses[..2]);
    assert_eq!(
        inventory::case_of(shop.shop.read(), lenses[0]).unwrap(),
        Some((cases[0], true))
    );
    shop.stock(|db| inventory::unpack(db, lenses[0]));
    assert_eq!(read(&shop), [lenses[1]]);
    let inside = inventory::contents(shop.shop.read(), cases[0]).unwrap();
    assert_eq!(
        inside
            .iter()
            .map(|content| (content.tag.to_string(), content.packed))
            .collect::<Vec<_>>(),
        [
            ("LIG-0003".to_owned(), false),
            ("LIG-0004".to_owned(), true)
        ]
    );
    for (case, content, says) in [
        (
            cases[1],
            lenses[0],
            "LIG-0003 belongs into LIG-0001 already / say anew what belongs into that one (rentdesk item case LIG-0001)",
        ),
        (
            cases[1],
            cases[0],
            "LIG-0001 is a case itself, so it cannot lie in one",
        ),
        (
            cases[1],
            cases[1],
            "LIG-0002 is a case itself, so it cannot lie in one",
        ),
        (
            lenses[0],
            lenses[2],
            "LIG-0003 belongs into LIG-0001 already",
        ),
    ] {
        let said = shop.refused(|db| inventory::set_case(db, case, &[content]));
        assert!(said.starts_with(says), "{said}");
    }
    assert!(
        shop.refused(|db| inventory::unpack(db, lenses[2]))
            .starts_with("LIG-0005 belongs into no case")
    );
    shop.stock(|db| {
        Ok(inventory::claim_out(
            db,
            lenses[2],
            RentalId(1),
            hours(0, 5),
        )?)
    });
    assert!(
        shop.refused(|db| inventory::set_case(db, cases[1], &[lenses[2]]))
            .starts_with("LIG-0005 is out; take it back first")
    );
    shop.stock(|db| Ok(inventory::release_out(db, RentalId(1))?));
    shop.stock(|db| inventory::pack(db, lenses[0]));
    let told = shop
        .shop
        .read()
        .one("SELECT count(*) FROM outbox", [], |row| {
            row.get::<_, i64>(0)
        })
        .unwrap();
    shop.stock(|db| inventory::pack(db, lenses[0]));
    shop.stock(|db| inventory::set_case(db, cases[0], &lenses[..2]));
    assert_eq!(
        shop.shop
            .read()
            .one("SELECT count(*) FROM outbox", [], |row| row
                .get::<_, i64>(0))
            .unwrap(),
        told,
        "nothing is told where nothing changed"
    );
    shop.check();
    shop.stock(|db| inventory::retire(db, lenses[0], &Text::new("sold")));
    assert_eq!(
        inventory::contents(shop.shop.read(), cases[0])
            .unwrap()
            .len(),
        1
    );
    assert!(
        shop.refused(|db| inventory::set_case(db, cases[1], &[lenses[0]]))
            .starts_with("LIG-0003 is retired")
    );
    shop.stock(|db| inventory::retire(db, cases[0], &Text::new("sold")));
    assert_eq!(read(&shop), []);
    shop.check();
}

// The guards and the self-check -----------------------------------------------------------------

/// Whatever is promised, taken out, given back and found missing: no fact is ever stopped by a
/// promise, and the room is what a count of every hour says.
#[test]
fn no_promise_of_a_count_ever_stops_a_fact() {
    let mut shop = Stocked::new();
    let cables = shop.counted("Cables", 12);
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut roll = |below: i64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(seed >> 33).unwrap() % below
    };
    let claims = |shop: &Stocked, kind: &str| -> Vec<(i64, i64, Period)> {
        let sql = "SELECT source, quantity, start_at, end_at FROM bulk_claim WHERE live = 1 AND (kind = ?1 OR ?1 = 'any') ORDER BY id";
        shop.shop
            .read()
            .rows(sql, [kind], |row| {
                Ok((
                    row.get(0)?,
                    row.get(1)?,
                    Period {
                        start: row.get(2)?,
                        end: row.get(3)?,
                    },
                ))
            })
            .unwrap()
    };
    let peak = |claims: &[(i64, i64, Period)], window: Period| {
        let at = |moment| {
            claims
                .iter()
                .filter(|(_, _, taken)| taken.contains(moment))
                .map(|(_, quantity, _)| quantity)
                .sum::<i64>()
        };
        (0..40)
            .map(hour)
            .filter(|moment| window.contains(*moment))
            .map(at)
            .max()
            .unwrap_or(0)
    };
    for step in 1..=400 {
        let from = roll(30);
        let window = hours(from, from + 1 + roll(9));
        let owned = inventory::bulk_of_type(shop.shop.read(), cables)
            .unwrap()
            .unwrap()
            .quantity;
        let room = inventory::bulk_room(shop.shop.read(), cables, window).unwrap();
        assert_eq!(
            room,
            owned - peak(&claims(&shop, "any"), window),
            "step {step}"
        );
        let out = claims(&shop, "out");
        let all_out: i64 = out.iter().map(|(_, quantity, _)| quantity).sum();
        match roll(5) {
            0 | 1 if room > 0 => {
                let quantity = 1 + roll(room);
                let line = shop.line(cables, quantity, window, None);
                shop.stock(|db| Ok(inventory::promise_bulk(db, cables, line, quantity, window)?));
            }
            2 if owned > peak(&out, window) && all_out < 20 => {
                let quantity = 1 + roll(owned - peak(&out, window));
                shop.stock(|db| {
                    Ok(inventory::claim_bulk(
                        db,
                        cables,
                        RentalId(step),
                        quantity,
                        window,
                    )?)
                });
            }
            3 if !out.is_empty() => {
                let (rental, quantity, _) =
                    out[usize::try_from(roll(i64::try_from(out.len()).unwrap())).unwrap()];
                let left = roll(quantity);
                shop.stock(|db| Ok(inventory::release_bulk(db, RentalId(rental), left)?));
            }
            4 => {
                let wanted = (all_out + roll(12)).max(1);
                shop.stock(|db| inventory::set_bulk_quantity(db, cables, wanted));
            }
            _ => {}
        }
    }
    assert!(
        !promised(&shop).is_empty() && !claims(&shop, "out").is_empty(),
        "the walk has not died out"
    );
    shop.check();
}

#[test]
fn check_finds_what_no_command_does() {
    let kit = "INSERT INTO kit_component(kit_type_id, component_type_id, quantity) VALUES (1, 2, 1), (2, 1, 1)";
    let claim = "INSERT INTO claim(item_id, kind, source, start_at, end_at, live) VALUES (1, 'block', 9, 1800000000, 1800000060, 1)";
    let block = |kind: &str, type_id: i64, item: i64| {
        format!(
            "INSERT INTO item_block(shop_id, type_id, item_id, quantity, kind, start_at, end_at, reason, live, created_at) VALUES (1, {type_id}, {item}, 1, '{kind}', 0, 60, 'x', 1, 0)"
        )
    };
    let case = "INSERT INTO case_content(item_id, case_item_id, type_id, packed) VALUES (1, 2, 1, 1), (2, 3, 2, 1)";
    let stray =
        "INSERT INTO case_content(item_id, case_item_id, type_id, packed) VALUES (1, 2, 2, 1)";
    for (wrong, found) in [
        (kit, "kits"),
        (claim, "blocks and claims"),
        (&block("MAINTENANCE", 1, 1), "blocks"),
        (&block("BLACKOUT", 2, 1), "blocks"),
        (case, "cases"),
        (stray, "cases"),
    ] {
        let mut shop = Stocked::new();
        for name in ["Light", "Stand"] {
            shop.items(name, 2);
        }
        shop.check();
        shop.stock(|db| Ok(db.execute(wrong, [])?));
        let problems = shop.problems();
        assert!(
            !problems.is_empty() && problems.iter().all(|problem| *problem == found),
            "{wrong}: {problems:?}"
        );
    }
}
