//! One reader of amounts for every door: what a setting says is money of the shop, or is refused;
//! what cannot be read is said aloud, and never counts as nothing.

use crate::house::{House, hour};
use crate::quoting::rate;
use rentdesk::booking::Thing;
use rentdesk::desk;
use rentdesk::kernel::settings::{self, Sum};
use rentdesk::kernel::{Currency, Failure, Money, Settings};

#[test]
fn a_setting_takes_the_amounts_that_its_currency_has() {
    for (currency, name, value, taken) in [
        ("EUR", "late_fee", "4.999", false),
        ("EUR", "deposit", "200.125", false),
        ("EUR", "credit_limit", "0.001", false),
        ("EUR", "late_fee", "5.00", true),
        ("EUR", "late_fee", "5", true),
        ("EUR", "deposit", "1,200.50", true),
        ("EUR", "deposit", "-5", false),
        ("EUR", "deposit", "banana", false),
        ("EUR", "deposit", "10%", true),
        ("EUR", "deposit", "", true),
        ("JPY", "late_fee", "500", true),
        ("JPY", "late_fee", "5.50", false),
        ("KWD", "late_fee", "4.999", true),
    ] {
        let checked = settings::checked(name, value, Currency::parse(currency).unwrap());
        assert_eq!(checked.is_ok(), taken, "{currency} {name} {value}");
    }
}

fn written(name: &str, value: &str) -> Settings {
    Settings::from_values([(name.to_owned(), value.to_owned())].into_iter().collect())
}

#[test]
fn what_cannot_be_read_never_counts_as_nothing() {
    assert_eq!(
        written("deposit", "200").sum("deposit").unwrap(),
        Some(Sum::Amount(Money(20_000)))
    );
    assert_eq!(
        written("late_fee", "50%").sum("late_fee").unwrap(),
        Some(Sum::Percent(50))
    );
    assert_eq!(written("deposit", "").sum("deposit").unwrap(), None);
    for name in ["late_fee", "deposit", "credit_limit"] {
        let settings = written(name, "4.999");
        let fault = settings.sum(name).unwrap_err().to_string();
        assert!(fault.contains("no amount in EUR"), "{fault}");
        assert_eq!(settings.unreadable().len(), 1, "{name}");
    }
    // The default of any other holds, and that is said, too.
    for (name, value) in [
        ("grace", "soon"),
        ("pickup_after", "25:00"),
        ("prices", "half"),
    ] {
        assert_eq!(written(name, value).unreadable()[0].0, name);
    }
}

#[test]
fn a_setting_that_cannot_be_read_stops_what_asks_for_it_and_needs_somebody() {
    let mut house = House::new();
    let (kind, items) = house.items("Camera", 1);
    rate(&mut house, kind, 10_000);
    house.walk_in(&[Thing::Item(items[0])], hour(24));
    house.must(|db, _| {
        db.set_setting("late_fee", "4.999")
            .map_err(Failure::<rentdesk::booking::BookingRefusal>::Fault)
    });
    house.shop.settings = house.shop.store.settings().unwrap();
    let rental = house.open(items[0]).unwrap();
    let fee = desk::late_so_far(
        house.shop.read(),
        &house.shop.settings,
        &rental,
        hour(24 * 5),
    );
    assert!(fee.unwrap_err().to_string().contains("late_fee"));
    let board = desk::board(
        house.shop.read(),
        &house.shop.settings,
        &house.shop.consumers().unwrap(),
        house.shop.now(),
    )
    .unwrap();
    assert!(board.needs.iter().any(|need| matches!(
        need,
        desk::Need::Setting {
            name: "late_fee",
            ..
        }
    )));
}
