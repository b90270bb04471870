//! The days of the Plan against the ledger asked once per day, on shops made at random.

use super::*;
use crate::booking::{
    CheckOut, Firmness, NewReservation, Recipient, Thing, Want, check_out, reserve,
};
use crate::catalog::{self, NewType, Tracking};
use crate::customers::{self, ContactRules, Profile};
use crate::inventory::NewItem;
use crate::kernel::{Failure, Text};
use crate::store::{Signature, Store, Write};
use proptest::prelude::*;
use uuid::Uuid;

const NOW: i64 = 1_763_718_120;

fn hour(hours: i64) -> Moment {
    Moment(NOW).floor_minute().plus_minutes(hours * 60)
}

fn write<T: serde::Serialize + serde::de::DeserializeOwned, R: crate::kernel::Refusal>(
    store: &Store,
    at: Moment,
    act: impl FnOnce(&mut Write<'_>) -> Result<T, Failure<R>>,
) -> Result<T, Failure<R>> {
    store.write(
        Signature {
            at,
            staff: None,
            command: Uuid::new_v7(uuid::Timestamp::now(uuid::NoContext)),
        },
        act,
    )
}

/// What somebody did: out, reserved, pinned, set aside.
type Act = (u8, i64, i64, i64);

fn a_shop(acts: &[Act], turnaround: i64) -> (Store, Vec<TypeId>, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::create(
        &folder.path().join("shop.db"),
        &[("timezone", "Europe/Berlin")],
    )
    .unwrap();
    let settings = store.settings().unwrap();
    let past = hour(-200);
    let types: Vec<TypeId> = [
        ("Camera", Tracking::Items),
        ("Battery", Tracking::Bulk),
        ("Kit", Tracking::Items),
    ]
    .into_iter()
    .map(|(name, tracking)| {
        write(&store, past, |db| {
            let category = catalog::category_at_path(db, "Gear")?;
            catalog::add_type(
                db,
                &NewType {
                    turnaround_minutes: turnaround,
                    ..NewType::named(category, Text::new(name), tracking)
                },
            )
        })
        .unwrap()
    })
    .collect();
    let items: Vec<ItemId> = (0..3)
        .map(|_| {
            write(&store, past, |db| {
                inventory::add_item(db, &NewItem::good(types[0], None))
            })
            .unwrap()
        })
        .collect();
    write(&store, past, |db| {
        inventory::add_bulk(db, types[1], 6, None, None)
    })
    .unwrap();
    write(&store, past, |db| {
        inventory::make_kit(db, types[2], &[(types[0], 1), (types[1], 2)])
    })
    .unwrap();
    let profile = Profile {
        name: Text::new("Maya Chen"),
        phone: Text::filled("0612"),
        ..Profile::default()
    };
    let customer = write(&store, past, |db| {
        customers::register(
            db,
            &profile,
            ContactRules {
                email_required: false,
                phone_required: false,
            },
        )
    })
    .unwrap();
    for &(what, start, length, which) in acts {
        let place = which as usize % items.len();
        let window = Period {
            start: hour(start),
            end: hour(start + length),
        };
        let wanted = match what {
            0 => Some(Want::of(types[which as usize % 3], 1 + which % 2)),
            1 => Some(Want::item(types[0], items[place])),
            _ => None,
        };
        // What the shop refuses did not happen.
        match (what, wanted) {
            (_, Some(want)) => {
                let new = NewReservation {
                    customer: Some(customer),
                    window,
                    wants: vec![want],
                    firmness: Firmness::Confirmed,
                    note: None,
                    keep_short: true,
                    reference: None,
                    bargain: crate::booking::Bargain::default(),
                };
                let _ = write(&store, hour(-1), |db| reserve(db, &settings, &new));
            }
            (2, _) => {
                let thing = if which % 2 == 0 {
                    Thing::Item(items[place])
                } else {
                    Thing::Bulk(types[1], 2)
                };
                let command = CheckOut {
                    due: Some(hour(start - 60)),
                    ..CheckOut::plain(Recipient::WalkIn(customer), vec![thing])
                };
                let _ = write(&store, hour(-100), |db| check_out(db, &settings, &command));
            }
            _ => {
                let _ = write(&store, hour(-1), |db| {
                    inventory::block_item(
                        db,
                        items[place],
                        window.start,
                        Some(window.end),
                        &Text::new("trade fair"),
                    )
                });
            }
        }
    }
    (store, types, folder)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_days_are_what_the_ledger_says_of_each(acts in prop::collection::vec((0u8..4, 1i64..150, 2i64..60, 0i64..6), 0..10), turnaround in prop::sample::select(vec![0i64, 90]), first in -3i64..3) {
        let (store, types, _folder) = a_shop(&acts, turnaround);
        let (db, now, settings) = (store.read(), Moment(NOW), store.settings().unwrap());
        let today = settings.zone.day(now);
        let days: Vec<Period> = (first..first + 10).map(|day| settings.zone.day_period(today + chrono::Duration::days(day))).collect();
        let look = Look::new(&settings, now, None);
        let found = timeline(db, &settings, &types, &days, now).unwrap();
        let alone = |type_id: TypeId, day: &Period| ledger(db, type_id, Span::All, look).unwrap().free(*day);
        for (type_id, own, found) in [(types[0], 3, &found[0]), (types[1], 6, &found[1])] {
            let free: Vec<i64> = days.iter().map(|day| alone(type_id, day)).collect();
            prop_assert_eq!(found, &TypeDays { type_id, own, free });
        }
        let kit: Vec<i64> = days.iter().map(|day| alone(types[0], day).min(alone(types[1], day).div_euclid(2))).collect();
        prop_assert_eq!(&found[2], &TypeDays { type_id: types[2], own: 3, free: kit });
        for (day, free) in days.iter().zip(&found[0].free).filter(|(day, _)| day.end > now) {
            let detail = day_detail(db, &settings, types[0], *day, now).unwrap();
            prop_assert_eq!(detail.steps.iter().map(|(_, free)| *free).min(), Some(*free));
        }
        let rows = bars(db, &settings, types[0], Period { start: days[0].start, end: days[9].end }, now).unwrap();
        prop_assert_eq!(rows.iter().filter(|row| row.item.is_some()).count(), 3, "each item has its row");
        for row in rows.iter().filter(|row| row.item.is_some()) {
            prop_assert!(row.bars.windows(2).all(|pair| pair[0].window.end <= pair[1].window.start || pair[0].how == How::Overdue || pair[1].how == How::SetAside || pair[0].how == How::SetAside), "{:?}", row);
        }
    }
}
