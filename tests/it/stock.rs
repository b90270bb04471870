//! What can be rented and what there is of it: kits, accessories, substitutes, blocks, pins, counted promises and cases, through the facades.

use crate::counter::friday;
use crate::properties::folder;
use rentdesk::catalog::{self, Accessory, CatalogRefusal, Component, NewType, Role, Tracking};
use rentdesk::inventory::{self, NewItem};
use rentdesk::kernel::{Clock, Failure, Refusal, Stop, Text, TypeId};
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
        let shop = Shop::create(&folder.path().join("shop.db"), &[("timezone", "Europe/Berlin")], Clock::Fixed(friday())).unwrap();
        Stocked { shop, folder }
    }

    fn named(&mut self, name: &str, tracking: Tracking) -> TypeId {
        self.catalog(|db| {
            let category = catalog::category_at_path(db, "Lighting")?;
            catalog::add_type(db, &NewType::named(category, Text::new(name), tracking))
        })
    }

    fn types(&mut self, names: &[&str]) -> Vec<TypeId> {
        names.iter().map(|name| self.named(name, Tracking::Items)).collect()
    }

    fn catalog<T: Serialize + DeserializeOwned>(&mut self, command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<CatalogRefusal>>) -> T {
        self.shop.write(command).unwrap()
    }

    fn refused<T: Serialize + DeserializeOwned, R: Refusal>(&mut self, command: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>) -> String {
        match self.shop.write(command) {
            Err(Stop::Refused(refusal)) => format!("{} / {}", refusal.message, refusal.hint),
            Err(fault) => panic!("{fault:?}"),
            Ok(_) => panic!("it was not refused"),
        }
    }

    /// The last event: its kind and its payload.
    fn last(&self) -> String {
        log::events_after(self.shop.read(), 0, i64::MAX).unwrap().last().map(|event| format!("{} {}", event.kind, event.payload)).unwrap_or_default()
    }

    fn check(&self) {
        assert_eq!(self.shop.check().unwrap(), []);
    }
}

// Kits ---------------------------------------------------------------------------------------------------------------------------------

#[test]
fn a_kit_is_the_sum_of_what_lies_in_it() {
    let mut shop = Stocked::new();
    let [light, stand, cable, pair, studio] = shop.types(&["Light", "Stand", "Cable", "Pair of lights", "Studio"])[..] else { panic!() };
    shop.catalog(|db| catalog::set_components(db, pair, &[(light, 2), (stand, 2), (cable, 1), (cable, 1)]));
    assert_eq!(shop.last(), format!("EquipmentTypeChanged {{\"changed\":[\"components\"],\"type_id\":{}}}", pair.0));
    shop.catalog(|db| catalog::set_components(db, studio, &[(pair, 3), (light, 1)]));
    let read = shop.shop.read();
    assert_eq!(catalog::components(read, studio).unwrap(), [Component { type_id: light, quantity: 1 }, Component { type_id: pair, quantity: 3 }]);
    assert_eq!(catalog::exploded(read, studio, 2).unwrap(), [(light, 14), (stand, 12), (cable, 12)]);
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
    let [light, one, two, three, four] = shop.types(&["Light", "One", "Two", "Three", "Four"])[..] else { panic!() };
    shop.catalog(|db| catalog::set_components(db, two, &[(one, 1)]));
    shop.catalog(|db| catalog::set_components(db, three, &[(two, 1)]));
    for component in [one, two, three] {
        let name = ["Light", "One", "Two", "Three"][usize::try_from(component.0 - light.0).unwrap()];
        assert!(shop.refused(|db| catalog::set_components(db, one, &[(component, 1)])).starts_with(&format!("One cannot hold {name}, because it would lie inside itself")));
    }
    shop.catalog(|db| catalog::set_components(db, one, &[(light, 1)]));
    assert_eq!(catalog::exploded(shop.shop.read(), three, 5).unwrap(), [(light, 5)]);
    let deep = "would be a kit of kits deeper than 3 levels / name the components of the inner kits instead";
    assert_eq!(shop.refused(|db| catalog::set_components(db, four, &[(three, 1)])), format!("Four {deep}"), "from above");
    assert_eq!(shop.refused(|db| catalog::set_components(db, light, &[(four, 1)])), format!("Light {deep}"), "and from below");
    shop.catalog(|db| catalog::set_components(db, four, &[(two, 1)]));
    shop.check();
}

#[test]
fn a_kit_has_no_things_of_its_own_and_no_withdrawn_component() {
    let mut shop = Stocked::new();
    let [light, kit, gone] = shop.types(&["Light", "Kit", "Gone"])[..] else { panic!() };
    let cables = shop.named("Cables", Tracking::Bulk);
    shop.catalog(|db| catalog::withdraw_type(db, gone, &Text::new("sold")));
    assert!(shop.refused(|db| inventory::make_kit(db, kit, &[(gone, 1)])).starts_with("\"Gone\" is withdrawn"));
    assert!(shop.refused(|db| inventory::make_kit(db, kit, &[(light, 0)])).starts_with("A kit holds 1 to 1000 of a component, not 0 of Light"));
    shop.shop.write(|db| inventory::make_kit(db, kit, &[(light, 2)])).unwrap();
    assert!(shop.refused(|db| inventory::add_item(db, &NewItem::good(kit, None))).starts_with("Kit is a kit: only its components have things of their own"));
    shop.shop.write(|db| inventory::add_item(db, &NewItem::good(light, None))).unwrap();
    assert!(shop.refused(|db| inventory::make_kit(db, light, &[(kit, 1)])).starts_with("Light has 1 in stock, so it cannot be a kit"));
    shop.shop.write(|db| inventory::add_bulk(db, cables, 5, None, None)).unwrap();
    assert!(shop.refused(|db| inventory::make_kit(db, cables, &[(light, 1)])).starts_with("Cables has 5 in stock"));
    shop.shop.write(|db| inventory::set_bulk_quantity(db, cables, 0)).unwrap();
    shop.shop.write(|db| inventory::make_kit(db, cables, &[(light, 1)])).unwrap();
    assert!(shop.refused(|db| inventory::set_bulk_quantity(db, cables, 5)).starts_with("Cables is a kit"));
    shop.check();
}

// Accessories and substitutes ----------------------------------------------------------------------------------------------------------

#[test]
fn a_begun_ratio_counts_whole() {
    for (quantity, per, of, expect) in [(1, 1, 3, 3), (3, 1, 2, 6), (1, 4, 4, 1), (1, 4, 5, 2), (2, 3, 1, 2), (2, 3, 3, 2), (2, 3, 4, 4), (5, 2, 0, 0), (1000, 1, 1000, 1_000_000)]
    {
        let accessory = Accessory { type_id: TypeId(1), quantity, per, by_default: true };
        assert_eq!(accessory.needed(of), expect, "{quantity} per {per} for {of}");
    }
}

#[test]
fn what_goes_along_and_what_takes_its_place_are_said_and_taken_back() {
    let mut shop = Stocked::new();
    let [camera, battery, other] = shop.types(&["Camera", "Battery", "Other camera"])[..] else { panic!() };
    shop.catalog(|db| catalog::set_accessory(db, camera, battery, 3, 1, true));
    assert_eq!(shop.last(), format!("EquipmentTypeChanged {{\"changed\":[\"accessories\"],\"type_id\":{}}}", camera.0));
    shop.catalog(|db| catalog::set_accessory(db, camera, battery, 2, 1, false));
    assert_eq!(catalog::accessories(shop.shop.read(), camera).unwrap(), [Accessory { type_id: battery, quantity: 2, per: 1, by_default: false }]);
    shop.catalog(|db| catalog::set_substitute(db, camera, other));
    assert_eq!(catalog::substitutes(shop.shop.read(), camera).unwrap(), [other]);
    assert_eq!(catalog::substitutes(shop.shop.read(), other).unwrap(), [], "the other way round is said apart");
    assert!(shop.refused(|db| catalog::set_accessory(db, camera, battery, 0, 1, true)).starts_with("A ratio is 1 to 1000 of Battery for 1 to 1000 of the type, not 0 for 1"));
    assert!(shop.refused(|db| catalog::set_substitute(db, camera, camera)).starts_with("Camera cannot go along with itself"));
    shop.catalog(|db| catalog::drop_accessory(db, camera, battery));
    shop.catalog(|db| catalog::drop_substitute(db, camera, other));
    assert_eq!(shop.last(), format!("EquipmentTypeChanged {{\"changed\":[\"substitutes\"],\"type_id\":{}}}", camera.0));
    assert!(shop.refused(|db| catalog::drop_accessory(db, camera, battery)).starts_with("Battery does not go along with Camera"));
    assert!(shop.refused(|db| catalog::drop_substitute(db, camera, other)).starts_with("Other camera is not taken in place of Camera"));
    shop.check();
}

#[test]
fn a_type_may_be_an_accessory_only() {
    let mut shop = Stocked::new();
    let battery = shop.named("Battery", Tracking::Items);
    let before = catalog::type_details(shop.shop.read(), battery).unwrap().details;
    assert_eq!(before.role, Role::Primary);
    shop.catalog(|db| catalog::edit_type(db, battery, &NewType { role: Role::Accessory, ..before }));
    assert_eq!(catalog::type_details(shop.shop.read(), battery).unwrap().details.role, Role::Accessory);
    assert_eq!(shop.last(), format!("EquipmentTypeChanged {{\"changed\":[\"role\"],\"type_id\":{}}}", battery.0));
}
