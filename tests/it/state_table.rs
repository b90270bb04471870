//! State × command, as the requirements have it (case 32): exactly those transitions succeed, and a
//! refusal writes nothing.

use crate::house::{House, asked, hour, hours};
use rentdesk::booking::{
    self, CancelReason, Change, CheckIn, CheckOut, Edit, Extension, Firmness, Recipient,
    RentalOutcome, RentalState, ReservationState, Thing, Want,
};
use rentdesk::catalog::{Role, Tracking};
use rentdesk::inventory::{self, Condition, Lifecycle, Report};
use rentdesk::kernel::{ItemId, Moment, Period, RentalId, ReservationId, Text, TypeId};
use rentdesk::store::log;
use rentdesk::{catalog, customers, desk};
use std::collections::BTreeSet;

use ReservationState::{Active, Cancelled, Completed, Confirmed, Expired, Hold, Quote};

const STATES: [ReservationState; 7] = [
    Quote, Hold, Confirmed, Active, Completed, Cancelled, Expired,
];

/// A reservation of two lights and a stand in some state. Active: one light is out.
struct Scene {
    house: House,
    id: ReservationId,
    light: TypeId,
    lights: Vec<ItemId>,
    stands: Vec<ItemId>,
}

fn window() -> Period {
    hours(1, 6)
}

fn scene(state: ReservationState) -> Scene {
    let mut house = House::new();
    let (light, lights) = house.items("Light", 3);
    let (stand, stands) = house.items("Stand", 1);
    let firmness = match state {
        Quote => Firmness::Quote,
        Hold => Firmness::Hold(Some(hour(0).plus_minutes(30))),
        Expired => Firmness::Hold(Some(hour(0).plus_minutes(5))),
        _ => Firmness::Confirmed,
    };
    let id = house.reserve(
        firmness,
        window(),
        &[Want::of(light, 2), Want::of(stand, 1)],
    );
    let mut scene = Scene {
        house,
        id,
        light,
        lights,
        stands,
    };
    match state {
        Quote | Hold | Confirmed => {}
        Active => scene.house.out(id, &[Thing::Item(scene.lights[0])]),
        Completed => {
            scene.all_out();
            for item in scene.things() {
                scene.house.back(item);
            }
        }
        Cancelled => scene
            .house
            .must(|db, settings| desk::cancel(db, settings, id, CancelReason::Customer, None)),
        Expired => {
            scene.house.clock(hour(0).plus_minutes(5));
            scene.house.shop.lapse().unwrap();
        }
    }
    assert_eq!(scene.house.state(id), state);
    scene
}

impl Scene {
    fn things(&self) -> [ItemId; 3] {
        [self.lights[0], self.lights[1], self.stands[0]]
    }

    fn all_out(&mut self) {
        let things: Vec<Thing> = self
            .things()
            .into_iter()
            .filter(|item| self.house.open(*item).is_none())
            .map(Thing::Item)
            .collect();
        self.house.out(self.id, &things);
    }

    /// The rental that a scan would mean; of gear that never went out, one that there is not.
    fn rental(&self) -> Option<RentalId> {
        booking::rentals_of(self.house.shop.read(), self.id)
            .unwrap()
            .first()
            .map(|rental| rental.id)
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Act {
    Confirm,
    HoldLonger,
    ChangeEnd,
    ChangeMore,
    DropLine,
    Cancel,
    CheckOut,
    CheckIn,
    Lost,
    Extend,
    Shorten,
}

impl Act {
    fn on(self, scene: &mut Scene) -> Result<(), String> {
        let id = scene.id;
        let lines = scene.house.lines(id);
        let rental = scene.rental();
        let light = scene.lights[1];
        let change = |change: Change| {
            move |db: &mut rentdesk::store::Write<'_>, settings: &rentdesk::kernel::Settings| {
                desk::change(db, settings, id, &change)
            }
        };
        let due = |due: Moment| Extension {
            reservation: id,
            rentals: None,
            due,
            keep_short: false,
        };
        let house = &mut scene.house;
        match self {
            Act::Confirm => house.try_to(|db, settings| desk::confirm(db, settings, id, false)),
            Act::HoldLonger => {
                house.try_to(|db, settings| desk::hold(db, settings, id, Some(hour(1)), false))
            }
            Act::ChangeEnd => house.try_to(change(Change {
                window: Some(hours(1, 7)),
                ..Change::default()
            })),
            Act::ChangeMore => house.try_to(change(Change {
                edits: vec![Edit::Quantity(lines[0].id, 3)],
                ..Change::default()
            })),
            Act::DropLine => house.try_to(change(Change {
                edits: vec![Edit::Drop(lines[1].id)],
                ..Change::default()
            })),
            Act::Cancel => house.try_to(|db, settings| {
                desk::cancel(db, settings, id, CancelReason::Customer, None)
            }),
            Act::CheckOut => house.try_to(|db, settings| {
                desk::hand_over(
                    db,
                    settings,
                    &CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(light)]),
                )
                .map(drop)
            }),
            Act::CheckIn => match rental {
                Some(rental) => house.try_to(|db, settings| {
                    desk::take_back(db, settings, &CheckIn::plain(rental)).map(drop)
                }),
                None => Err("nothing of it is out".to_owned()),
            },
            Act::Lost => match rental {
                Some(rental) => house
                    .try_to(|db, _| booking::report_lost(db, rental, &Text::new("stolen on set"))),
                None => Err("nothing of it is out".to_owned()),
            },
            Act::Extend => house.try_to(|db, settings| desk::extend(db, settings, &due(hour(7)))),
            Act::Shorten => house.try_to(|db, settings| desk::extend(db, settings, &due(hour(3)))),
        }
    }
}

/// The state after, or None where it is refused, for each of the seven states; and what the log
/// tells of it.
type Row = (Act, [Option<ReservationState>; 7], &'static [&'static str]);

const TABLE: [Row; 11] = [
    (
        Act::Confirm,
        [
            Some(Confirmed),
            Some(Confirmed),
            None,
            None,
            None,
            None,
            None,
        ],
        &["ReservationConfirmed"],
    ),
    (
        Act::HoldLonger,
        [Some(Hold), Some(Hold), None, None, None, None, None],
        &["ReservationChanged"],
    ),
    // While gear is out, its due time moves with the end: the change tells of it too.
    (
        Act::ChangeEnd,
        [
            Some(Quote),
            Some(Hold),
            Some(Confirmed),
            Some(Active),
            None,
            None,
            None,
        ],
        &["RentalExtended", "ReservationChanged"],
    ),
    (
        Act::ChangeMore,
        [
            Some(Quote),
            Some(Hold),
            Some(Confirmed),
            Some(Active),
            None,
            None,
            None,
        ],
        &["ReservationChanged"],
    ),
    (
        Act::DropLine,
        [
            Some(Quote),
            Some(Hold),
            Some(Confirmed),
            Some(Active),
            None,
            None,
            None,
        ],
        &["ReservationChanged"],
    ),
    (
        Act::Cancel,
        [
            Some(Cancelled),
            Some(Cancelled),
            Some(Cancelled),
            None,
            None,
            None,
            None,
        ],
        &["ReservationCancelled"],
    ),
    (
        Act::CheckOut,
        [None, None, Some(Active), Some(Active), None, None, None],
        &["EquipmentCheckedOut", "ReservationActivated"],
    ),
    (
        Act::CheckIn,
        [None, None, None, Some(Active), None, None, None],
        &["EquipmentCheckedIn"],
    ),
    (
        Act::Lost,
        [None, None, None, Some(Active), None, None, None],
        &["EquipmentLost"],
    ),
    (
        Act::Extend,
        [None, None, None, Some(Active), None, None, None],
        &["RentalExtended"],
    ),
    (
        Act::Shorten,
        [None, None, None, Some(Active), None, None, None],
        &["RentalExtended"],
    ),
];

#[test]
fn case_32_exactly_the_transitions_of_the_table_succeed() {
    for (act, after, told) in TABLE {
        for (state, after) in STATES.into_iter().zip(after) {
            let mut scene = scene(state);
            let (before, seq) = (scene.house.bytes(), scene.house.seq());
            let outcome = act.on(&mut scene);
            match (after, outcome) {
                (Some(after), Ok(())) => {
                    assert_eq!(scene.house.state(scene.id), after, "{act:?} of {state:?}");
                    // What only gear that is out, or a first hand-over, tells of.
                    let expected: Vec<&str> = told
                        .iter()
                        .copied()
                        .filter(|kind| match *kind {
                            "RentalExtended" => state == Active,
                            "ReservationActivated" => state == Confirmed,
                            _ => true,
                        })
                        .collect();
                    assert_eq!(
                        scene.house.kinds_since(seq),
                        expected,
                        "{act:?} of {state:?}"
                    );
                }
                (None, Err(_)) => {
                    assert!(
                        before == scene.house.bytes(),
                        "{act:?} of {state:?} is refused, and yet something was written"
                    );
                    assert_eq!(scene.house.state(scene.id), state);
                }
                (Some(after), Err(refusal)) => {
                    panic!("{act:?} of {state:?} should lead to {after:?}: {refusal}")
                }
                (None, Ok(())) => panic!("{act:?} of {state:?} should be refused"),
            }
            scene.house.check();
        }
    }
}

#[test]
fn case_32_the_last_return_loss_or_dropped_line_completes() {
    for last in [Act::CheckIn, Act::Lost, Act::DropLine] {
        let mut scene = scene(Active);
        let line = scene.house.lines(scene.id)[0].clone();
        if last == Act::DropLine {
            scene.house.back(scene.lights[0]);
            let change = Change {
                edits: vec![Edit::Drop(line.id)],
                ..Change::default()
            };
            let id = scene.id;
            scene
                .house
                .must(|db, settings| desk::change(db, settings, id, &change));
            assert_eq!(
                scene.house.state(id),
                Active,
                "the stand is still to go out"
            );
        } else {
            scene.all_out();
            for item in [scene.lights[1], scene.stands[0]] {
                scene.house.back(item);
            }
        }
        let seq = scene.house.seq();
        last.on(&mut scene).unwrap();
        assert_eq!(scene.house.state(scene.id), Completed, "{last:?}");
        assert_eq!(
            scene.house.kinds_since(seq).last().map(String::as_str),
            Some("ReservationCompleted"),
            "{last:?}"
        );
        scene.house.check();
    }
}

#[test]
fn case_32_time_passes_by_all_but_a_hold_and_a_no_show() {
    for (at, expires) in [
        (hour(0).plus_minutes(30), Some(Hold)),
        (hour(6).plus_minutes(120), Some(Confirmed)),
    ] {
        for state in STATES {
            let mut scene = scene(state);
            scene.house.clock(at);
            let seq = scene.house.seq();
            let lapsed = scene.house.shop.lapse().unwrap();
            // A hold lapses long before anybody could call it a no-show.
            if Some(state) == expires || state == Hold {
                assert_eq!(
                    (lapsed, scene.house.state(scene.id)),
                    (1, Expired),
                    "{state:?}"
                );
                assert_eq!(scene.house.kinds_since(seq), ["ReservationExpired"]);
            } else {
                assert_eq!(
                    (lapsed, scene.house.state(scene.id)),
                    (0, state),
                    "{state:?}"
                );
                // What is out past its due time is told of; nothing becomes of it.
                let told: &[&str] = if state == Active && expires == Some(Confirmed) {
                    &["RentalOverdue"]
                } else {
                    &[]
                };
                assert_eq!(scene.house.kinds_since(seq), told, "{state:?}");
            }
            scene.house.check();
        }
    }
}

// Making a reservation --------------------------------------------------------------------------

#[test]
fn case_32_making_a_reservation_has_its_guards() {
    let firm = [Firmness::Quote, Firmness::Hold(None), Firmness::Confirmed];
    for (firmness, state, told) in [
        (Firmness::Quote, Quote, &["ReservationCreated"][..]),
        (Firmness::Hold(Some(hour(1))), Hold, &["ReservationCreated"]),
        (
            Firmness::Confirmed,
            Confirmed,
            &["ReservationCreated", "ReservationConfirmed"],
        ),
    ] {
        let mut house = House::new();
        let (light, _) = house.items("Light", 2);
        let seq = house.seq();
        let id = house.reserve(firmness, window(), &[Want::of(light, 2)]);
        assert_eq!(
            (house.state(id), house.kinds_since(seq)),
            (state, told.iter().map(|kind| (*kind).to_owned()).collect())
        );
        house.check();
    }
    let mut house = House::new();
    let (light, lights) = house.items("Light", 2);
    let (old, _) = house.items("Old", 2);
    let clamp = house.kind("Clamp", Tracking::Items, 0, Role::Accessory);
    house.item(clamp);
    house.must(|db, _| catalog::withdraw_type(db, old, &Text::new("too old")));
    let gone = house.customer("Gone");
    house.must(|db, _| customers::suspend(db, gone, &Text::new("owes")));
    let maya = Some(house.maya);
    let one = || vec![Want::of(light, 1)];
    let year_long = Period {
        start: hour(1),
        end: hour(1 + 401 * 24),
    };
    // Who, when, what; whether a quote is refused as well.
    let guarded = [
        (maya, window(), vec![], true),
        (maya, window(), vec![Want::of(light, 0)], true),
        (maya, hours(6, 6), one(), true),
        (
            maya,
            Period {
                start: hour(6),
                end: hour(1),
            },
            one(),
            true,
        ),
        (maya, hours(-1, 6), one(), true),
        (maya, year_long, one(), true),
        (maya, window(), vec![Want::of(old, 1)], true),
        (maya, window(), vec![Want::of(clamp, 1)], true),
        (
            maya,
            window(),
            vec![Want {
                quantity: 2,
                ..Want::item(light, lights[0])
            }],
            true,
        ),
        (
            maya,
            window(),
            vec![
                Want {
                    type_id: clamp,
                    ..Want::item(light, lights[0])
                },
                Want::of(light, 1),
            ],
            true,
        ),
        (Some(gone), window(), one(), true),
        (None, window(), one(), false),
        (maya, window(), vec![Want::of(light, 3)], false),
        (
            maya,
            window(),
            vec![Want::item(light, lights[0]), Want::item(light, lights[0])],
            false,
        ),
    ];
    for (customer, window, wants, refuses_quotes) in guarded {
        for firmness in firm {
            let new = asked(customer, firmness, window, &wants);
            if firmness == Firmness::Quote && !refuses_quotes {
                house.must(|db, settings| desk::reserve(db, settings, &new));
            } else {
                house.refused(|db, settings| desk::reserve(db, settings, &new));
            }
        }
    }
    for lapses in [hour(0), hour(-1), hour(2)] {
        let new = asked(maya, Firmness::Hold(Some(lapses)), window(), &one());
        assert!(
            house
                .refused(|db, settings| desk::reserve(db, settings, &new))
                .starts_with("A hold cannot end")
        );
    }
    let seq = house.seq();
    let id = house.walk_in(&[Thing::Item(lights[0]), Thing::Item(lights[1])], hour(5));
    assert_eq!(house.state(id), Active);
    assert_eq!(
        house.kinds_since(seq),
        [
            "ReservationCreated",
            "ReservationConfirmed",
            "EquipmentCheckedOut",
            "EquipmentCheckedOut",
            "ReservationActivated"
        ]
    );
    house.check();
}

#[test]
fn a_hand_over_before_its_day_needs_a_reason() {
    let mut house = House::new();
    let (light, lights) = house.items("Light", 1);
    let id = house.confirmed(hours(24, 48), &[Want::of(light, 1)]);
    let out = CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(lights[0])]);
    assert!(
        house
            .refused(|db, settings| desk::hand_over(db, settings, &out))
            .starts_with("R-1001 begins")
    );
    house.must(|db, settings| {
        desk::hand_over(
            db,
            settings,
            &CheckOut {
                early_reason: Some(Text::new("the van leaves tonight")),
                ..out
            },
        )
    });
    assert_eq!(house.state(id), Active);
    assert_eq!(house.free(light, hours(0, 24)), 0);
    house.check();
}

#[test]
fn a_hold_is_confirmed_and_handed_over_in_one_stroke() {
    let mut scene = scene(Hold);
    let (id, light) = (scene.id, scene.lights[0]);
    let out = CheckOut {
        confirm: true,
        ..CheckOut::plain(Recipient::Reservation(id), vec![Thing::Item(light)])
    };
    let seq = scene.house.seq();
    scene
        .house
        .must(|db, settings| desk::hand_over(db, settings, &out));
    assert_eq!(
        scene.house.kinds_since(seq),
        [
            "ReservationConfirmed",
            "EquipmentCheckedOut",
            "ReservationActivated"
        ]
    );
    scene.house.undo().unwrap();
    assert_eq!(scene.house.state(id), Confirmed);
    scene.house.check();
}

#[test]
fn the_same_command_twice_is_one() {
    let mut scene = scene(Hold);
    let (id, command, settings) = (
        scene.id,
        rentdesk::shop::fresh_command(),
        scene.house.shop.settings.clone(),
    );
    for _ in 0..2 {
        scene
            .house
            .shop
            .write_once(command, |db| desk::confirm(db, &settings, id, false))
            .unwrap();
    }
    let told = scene
        .house
        .kinds_since(0)
        .iter()
        .filter(|kind| *kind == "ReservationConfirmed")
        .count();
    assert_eq!((scene.house.state(id), told), (Confirmed, 1));
}

// Undo ------------------------------------------------------------------------------------------

/// Takes the newest act back; what it tells, all of it as the opposite of something.
fn undone(scene: &mut Scene) -> Vec<String> {
    let seq = scene.house.seq();
    scene.house.undo().unwrap();
    let told = log::events_after(scene.house.shop.read(), seq, i64::MAX).unwrap();
    assert!(
        told.iter().all(|event| event.reverses().is_some()),
        "an undo says what it reverses: {told:?}"
    );
    told.into_iter().map(|event| event.kind).collect()
}

#[test]
fn case_32_an_undo_leads_back() {
    // The act, the state before it, the state after its undo, what the undo tells.
    let table: [(Act, ReservationState, ReservationState, &[&str]); 16] = [
        (Act::Confirm, Quote, Quote, &["ReservationChanged"]),
        (Act::Confirm, Hold, Hold, &["ReservationChanged"]),
        (Act::HoldLonger, Quote, Quote, &["ReservationChanged"]),
        (Act::HoldLonger, Hold, Hold, &["ReservationChanged"]),
        (Act::ChangeEnd, Quote, Quote, &["ReservationChanged"]),
        (
            Act::ChangeEnd,
            Confirmed,
            Confirmed,
            &["ReservationChanged"],
        ),
        (
            Act::ChangeEnd,
            Active,
            Active,
            &["RentalExtended", "ReservationChanged"],
        ),
        (Act::ChangeMore, Hold, Hold, &["ReservationChanged"]),
        (Act::ChangeMore, Active, Active, &["ReservationChanged"]),
        (Act::DropLine, Confirmed, Confirmed, &["ReservationChanged"]),
        (Act::DropLine, Active, Active, &["ReservationChanged"]),
        (Act::Cancel, Quote, Quote, &["ReservationChanged"]),
        (Act::Cancel, Hold, Hold, &["ReservationChanged"]),
        (Act::Cancel, Confirmed, Confirmed, &["ReservationChanged"]),
        (
            Act::CheckOut,
            Confirmed,
            Confirmed,
            &["EquipmentCheckedIn", "ReservationChanged"],
        ),
        (Act::CheckIn, Active, Active, &["EquipmentCheckedOut"]),
    ];
    for (act, state, after, told) in table {
        let mut scene = scene(state);
        let before = booking::said(scene.house.shop.read(), scene.id).unwrap();
        act.on(&mut scene).unwrap();
        let said = undone(&mut scene);
        assert_eq!(scene.house.state(scene.id), after, "{act:?} of {state:?}");
        assert_eq!(said, told, "{act:?} of {state:?}");
        assert_eq!(
            booking::said(scene.house.shop.read(), scene.id).unwrap(),
            before,
            "{act:?} of {state:?}: it says again what it said"
        );
        scene.house.check();
    }
}

#[test]
fn case_32_an_undone_reservation_is_cancelled() {
    for (state, told) in [(Quote, 1), (Hold, 1), (Confirmed, 1)] {
        let mut scene = scene(state);
        assert_eq!(undone(&mut scene), ["ReservationCancelled"]);
        assert_eq!((scene.house.state(scene.id), told), (Cancelled, 1));
        assert_eq!(scene.house.free(scene.light, window()), 3);
    }
    let mut scene = scene(Confirmed);
    let sam = scene
        .house
        .walk_in(&[Thing::Item(scene.lights[2])], hour(4));
    assert_eq!(
        undone(&mut scene),
        ["EquipmentCheckedIn", "ReservationCancelled"]
    );
    assert_eq!(
        (scene.house.state(sam), scene.house.open(scene.lights[2])),
        (Cancelled, None)
    );
    scene.house.check();
}

#[test]
fn case_32_undoing_the_last_return_or_a_loss_opens_the_reservation_again() {
    let mut scene = scene(Confirmed);
    scene.all_out();
    for item in scene.things() {
        scene.house.back(item);
    }
    assert_eq!(scene.house.state(scene.id), Completed);
    assert_eq!(
        undone(&mut scene),
        ["EquipmentCheckedOut", "ReservationActivated"]
    );
    assert_eq!(scene.house.state(scene.id), Active);
    let lines = scene.house.lines(scene.id);
    assert_eq!(
        [lines[0].state, lines[1].state],
        [booking::LineState::Closed, booking::LineState::Out],
        "the stand is out again"
    );
    assert_eq!(undone(&mut scene), ["EquipmentCheckedOut"]);
    let rental = scene.house.open(scene.stands[0]).unwrap().id;
    let stand = scene.stands[0];
    scene.house.back(scene.lights[1]);
    scene.house.must(|db, _| {
        desk::judge(
            db,
            stand,
            Some(rental),
            &desk::Judgement::Lost(Text::new("stolen on set")),
        )
    });
    assert_eq!(scene.house.state(scene.id), Completed);
    assert_eq!(
        undone(&mut scene),
        [
            "EquipmentFound",
            "EquipmentCheckedOut",
            "ReservationActivated"
        ]
    );
    assert_eq!(
        (
            scene.house.state(scene.id),
            scene.house.known(stand).lifecycle
        ),
        (Active, Lifecycle::InService)
    );
    scene.house.check();
}

#[test]
fn case_32_an_undo_that_no_longer_fits_is_refused() {
    // Cancelled, given away, and the cancellation undone.
    let mut scene = scene(Confirmed);
    let (id, light) = (scene.id, scene.light);
    scene
        .house
        .must(|db, settings| desk::cancel(db, settings, id, CancelReason::Customer, None));
    let other = asked(
        Some(scene.house.sam),
        Firmness::Confirmed,
        window(),
        &[Want::of(light, 2)],
    );
    scene
        .house
        .must(|db, settings| booking::reserve(db, settings, &other));
    let said = scene
        .house
        .refused(|db, settings| desk::undo(db, settings, desk::Whose::Anyones));
    assert!(said.contains("2 x Light wanted, 1 of 3 free"), "{said}");
    scene.house.check();
}

#[test]
fn undoing_a_smaller_quantity_is_weighed_again() {
    let mut scene = scene(Confirmed);
    let (id, light) = (scene.id, scene.light);
    let line = scene.house.lines(id)[0].id;
    for change in [
        Change {
            edits: vec![Edit::Quantity(line, 1)],
            ..Change::default()
        },
        Change {
            edits: vec![Edit::Drop(line)],
            ..Change::default()
        },
        Change {
            window: Some(hours(1, 2)),
            ..Change::default()
        },
    ] {
        scene
            .house
            .must(|db, settings| desk::change(db, settings, id, &change));
        let other = asked(
            Some(scene.house.sam),
            Firmness::Confirmed,
            hours(3, 6),
            &[Want::of(light, 2)],
        );
        let other = scene
            .house
            .must(|db, settings| booking::reserve(db, settings, &other));
        let said = scene
            .house
            .refused(|db, settings| desk::undo(db, settings, desk::Whose::Anyones));
        assert!(
            said.contains("2 x Light wanted, 1 of 3 free"),
            "{change:?}: {said}"
        );
        scene
            .house
            .must(|db, _| booking::cancel(db, other, CancelReason::Other, None));
        scene.house.undo().unwrap();
        assert_eq!(scene.house.lines(id)[0].quantity, 2);
        scene.house.check();
    }
}

#[test]
fn undoing_a_shorter_rental_is_weighed_again() {
    let mut scene = scene(Confirmed);
    scene.all_out();
    let (id, light) = (scene.id, scene.light);
    Act::Shorten.on(&mut scene).unwrap();
    let other = asked(
        Some(scene.house.sam),
        Firmness::Confirmed,
        hours(4, 6),
        &[Want::of(light, 3)],
    );
    scene
        .house
        .must(|db, settings| booking::reserve(db, settings, &other));
    let before = booking::said(scene.house.shop.read(), id).unwrap();
    let said = scene
        .house
        .refused(|db, settings| desk::undo(db, settings, desk::Whose::Anyones));
    assert!(said.contains("R-1002 Sam Okoro"), "{said}");
    assert_eq!(booking::said(scene.house.shop.read(), id).unwrap(), before);
    scene.house.check();
}

#[test]
fn a_change_on_top_is_not_swept_away_by_an_undo() {
    let mut scene = scene(Confirmed);
    let id = scene.id;
    Act::ChangeMore.on(&mut scene).unwrap();
    // Another window changes it again, without a step of this one.
    let line = scene.house.lines(id)[0].id;
    scene.house.must(|db, settings| {
        booking::change(
            db,
            settings,
            id,
            &Change {
                edits: vec![Edit::Quantity(line, 1)],
                ..Change::default()
            },
        )
    });
    scene
        .house
        .refused(|db, settings| desk::undo(db, settings, desk::Whose::Anyones));
    assert_eq!(scene.house.lines(id)[0].quantity, 1);
}

#[test]
fn undoing_a_confirmation_leaves_a_quote_once_the_hold_would_have_lapsed() {
    for (at, state) in [
        (hour(0).plus_minutes(20), Hold),
        (hour(0).plus_minutes(40), Quote),
        (hour(1).plus_minutes(5), Quote),
    ] {
        let mut scene = scene(Hold);
        Act::Confirm.on(&mut scene).unwrap();
        scene.house.clock(at);
        scene.house.undo().unwrap();
        assert_eq!(scene.house.state(scene.id), state);
        scene.house.check();
    }
}

// Rentals and items -----------------------------------------------------------------------------

#[test]
fn case_32_the_table_of_rentals() {
    let states = [RentalState::Out, RentalState::Returned, RentalState::Lost];
    // The act, and the state after it for a rental that is out, returned, lost.
    let table: [(&str, [Option<RentalState>; 3]); 4] = [
        (
            "check-in",
            [
                Some(RentalState::Returned),
                None,
                Some(RentalState::Returned),
            ],
        ),
        ("report lost", [Some(RentalState::Lost), None, None]),
        ("extend", [Some(RentalState::Out), None, None]),
        (
            "undo",
            [
                Some(RentalState::Returned),
                Some(RentalState::Out),
                Some(RentalState::Out),
            ],
        ),
    ];
    for (act, after) in table {
        for (state, after) in states.into_iter().zip(after) {
            let mut house = House::new();
            let (_, lights) = house.items("Light", 1);
            let id = house.walk_in(&[Thing::Item(lights[0])], hour(5));
            let rental = house.open(lights[0]).unwrap().id;
            match state {
                RentalState::Out => {}
                RentalState::Returned => drop(house.back(lights[0])),
                RentalState::Lost => house.must(|db, _| {
                    desk::judge(
                        db,
                        lights[0],
                        Some(rental),
                        &desk::Judgement::Lost(Text::new("stolen")),
                    )
                }),
            }
            let before = house.bytes();
            let outcome = match act {
                "check-in" => house.try_to(|db, settings| {
                    desk::take_back(db, settings, &CheckIn::plain(rental)).map(drop)
                }),
                "report lost" => {
                    house.try_to(|db, _| booking::report_lost(db, rental, &Text::new("stolen")))
                }
                "extend" => house.try_to(|db, settings| {
                    desk::extend(
                        db,
                        settings,
                        &Extension {
                            reservation: id,
                            rentals: Some(vec![rental]),
                            due: hour(8),
                            keep_short: false,
                        },
                    )
                }),
                _ => house.undo().map(drop),
            };
            let found = booking::rental(house.shop.read(), rental).unwrap().unwrap();
            assert_eq!(
                (outcome.is_ok(), found.state),
                (after.is_some(), after.unwrap_or(state)),
                "{act} of {state:?}"
            );
            if after.is_none() {
                assert!(
                    before == house.bytes(),
                    "{act} of {state:?} is refused, and yet something was written"
                );
            }
            if (act, state) == ("undo", RentalState::Out) {
                assert_eq!(found.outcome, None, "an undone hand-over has no outcome");
            }
            if (act, state) == ("check-in", RentalState::Lost) {
                assert_eq!(
                    (
                        found.outcome,
                        house.known(lights[0]).lifecycle,
                        house.state(id)
                    ),
                    (Some(RentalOutcome::Fine), Lifecycle::InService, Completed)
                );
            }
            house.check();
        }
    }
}

#[test]
fn case_32_the_table_of_items() {
    let lives = [Lifecycle::InService, Lifecycle::Lost, Lifecycle::Retired];
    let table: [(&str, [Option<Lifecycle>; 3]); 7] = [
        (
            "report",
            [
                Some(Lifecycle::InService),
                Some(Lifecycle::Lost),
                Some(Lifecycle::Retired),
            ],
        ),
        ("report without a note", [None, None, None]),
        ("lost", [Some(Lifecycle::Lost), None, None]),
        ("found", [None, Some(Lifecycle::InService), None]),
        (
            "retire",
            [Some(Lifecycle::Retired), Some(Lifecycle::Retired), None],
        ),
        ("block", [Some(Lifecycle::InService), None, None]),
        ("check-out", [Some(Lifecycle::InService), None, None]),
    ];
    for (act, after) in table {
        for (life, after) in lives.into_iter().zip(after) {
            let mut house = House::new();
            let (_, lights) = house.items("Light", 1);
            let item = lights[0];
            match life {
                Lifecycle::InService => {}
                Lifecycle::Lost => {
                    house.must(|db, _| inventory::report_lost(db, item, &Text::new("gone"), None))
                }
                Lifecycle::Retired => {
                    house.must(|db, _| inventory::retire(db, item, &Text::new("worn out")))
                }
            }
            let before = house.bytes();
            let sam = house.sam;
            let note = Text::new("a reason");
            let outcome = match act {
                "report" => house.try_to(|db, _| {
                    inventory::report_condition(
                        db,
                        item,
                        &Report::plain(Condition::Unusable, Some(note)),
                    )
                    .map(drop)
                }),
                "report without a note" => house.try_to(|db, _| {
                    inventory::report_condition(db, item, &Report::plain(Condition::Unusable, None))
                        .map(drop)
                }),
                "lost" => house.try_to(|db, _| inventory::report_lost(db, item, &note, None)),
                "found" => house
                    .try_to(|db, _| inventory::found(db, item, Condition::Good, None, None, None)),
                "retire" => house.try_to(|db, _| inventory::retire(db, item, &note)),
                "block" => house.try_to(|db, _| {
                    inventory::block_item(db, item, hour(1), None, &note).map(drop)
                }),
                _ => house.try_to(|db, settings| {
                    desk::hand_over(
                        db,
                        settings,
                        &CheckOut::plain(Recipient::WalkIn(sam), vec![Thing::Item(item)]),
                    )
                    .map(drop)
                }),
            };
            assert_eq!(
                (outcome.is_ok(), house.known(item).lifecycle),
                (after.is_some(), after.unwrap_or(life)),
                "{act} of {life:?}: {outcome:?}"
            );
            if after.is_none() {
                assert!(
                    before == house.bytes(),
                    "{act} of {life:?} is refused, and yet something was written"
                );
            }
            house.check();
        }
    }
    // What is out is neither lost behind its customer's back nor retired.
    let mut house = House::new();
    let (_, lights) = house.items("Light", 1);
    house.walk_in(&[Thing::Item(lights[0])], hour(5));
    house.refused(|db, _| inventory::retire(db, lights[0], &Text::new("worn out")));
    house.refused(|db, _| inventory::report_lost(db, lights[0], &Text::new("gone"), None));
}

#[test]
fn a_retired_item_whose_lost_rental_comes_back_stays_retired() {
    let mut house = House::new();
    let (_, lights) = house.items("Light", 1);
    house.walk_in(&[Thing::Item(lights[0])], hour(5));
    let rental = house.open(lights[0]).unwrap().id;
    house.must(|db, _| booking::report_lost(db, rental, &Text::new("stolen")));
    house.must(|db, _| inventory::retire(db, lights[0], &Text::new("written off")));
    house.must(|db, settings| desk::take_back(db, settings, &CheckIn::plain(rental)));
    let found = booking::rental(house.shop.read(), rental).unwrap().unwrap();
    assert_eq!(
        (found.state, house.known(lights[0]).lifecycle),
        (RentalState::Returned, Lifecycle::Retired)
    );
    house.check();
}

// The file --------------------------------------------------------------------------------------

#[test]
fn the_file_knows_exactly_the_steps_of_the_table() {
    let mut wanted: BTreeSet<(String, String)> = BTreeSet::new();
    let mut step = |from: ReservationState, to: ReservationState| {
        if from != to {
            wanted.insert((word(from), word(to)));
        }
    };
    for (_, after, _) in TABLE {
        for (from, to) in STATES.into_iter().zip(after) {
            step(from, to.unwrap_or(from));
        }
    }
    // The last return, loss or dropped line; a tick.
    for (from, to) in [(Active, Completed), (Hold, Expired), (Confirmed, Expired)] {
        step(from, to);
    }
    // Undo: a reservation or a walk-in, a confirmation (an old hold becomes a quote), a hold, a
    // cancellation, an expiry, the first hand-over, the last return.
    for (from, to) in [
        (Quote, Cancelled),
        (Hold, Cancelled),
        (Confirmed, Cancelled),
        (Active, Cancelled),
        (Confirmed, Quote),
        (Confirmed, Hold),
        (Hold, Quote),
        (Cancelled, Quote),
        (Cancelled, Hold),
        (Cancelled, Confirmed),
        (Expired, Hold),
        (Expired, Confirmed),
        (Active, Confirmed),
        (Completed, Active),
        // A walk-in taken back in parts, of which the last is undone: what went out and came back
        // stays.
        (Active, Completed),
    ] {
        step(from, to);
    }
    let house = House::new();
    let steps: Vec<(String, String)> = house
        .shop
        .read()
        .rows(
            "SELECT from_state, to_state FROM reservation_step",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(steps.into_iter().collect::<BTreeSet<_>>(), wanted);
}

fn word(state: ReservationState) -> String {
    state.word().to_owned()
}

#[test]
fn while_gear_is_out_a_later_end_is_weighed_for_what_is_still_to_go_out() {
    let mut scene = scene(Active);
    let (id, light) = (scene.id, scene.light);
    scene.house.confirmed(hours(6, 8), &[Want::of(light, 2)]);
    let later = Change {
        window: Some(hours(1, 7)),
        ..Change::default()
    };
    let said = scene
        .house
        .refused(|db, settings| desk::change(db, settings, id, &later));
    assert!(said.contains("R-1002 Maya Chen"), "{said}");
    scene.house.must(|db, settings| {
        desk::change(
            db,
            settings,
            id,
            &Change {
                keep_short: true,
                ..later
            },
        )
    });
    assert_eq!(
        scene.house.short(),
        [(id, 1)],
        "who was promised later goes short"
    );
    scene.house.check();
}

#[test]
fn a_line_whose_item_breaks_keeps_its_promise_of_the_type() {
    let broken = Text::new("mount bent");
    for how in ["back", "judged", "judged after it came back", "lost"] {
        let mut house = House::new();
        let (light, lights) = house.items("Light", 2);
        let pinned = house.confirmed(hours(24, 48), &[Want::item(light, lights[0])]);
        if how != "lost" {
            house.walk_in(&[Thing::Item(lights[0])], hour(5));
        }
        let rental = house.open(lights[0]).map(|rental| rental.id);
        let unusable = desk::Judgement::Unusable(broken.clone());
        match how {
            "back" => {
                let command = CheckIn {
                    condition: Some(Condition::Unusable),
                    note: Some(broken.clone()),
                    ..CheckIn::plain(rental.unwrap())
                };
                house.must(|db, settings| desk::take_back(db, settings, &command));
            }
            "judged" => house.must(|db, _| desk::judge(db, lights[0], rental, &unusable)),
            "lost" => house.must(|db, _| {
                desk::judge(db, lights[0], None, &desk::Judgement::Lost(broken.clone()))
            }),
            _ => {
                let rental = house.back(lights[0]);
                house.must(|db, _| desk::judge(db, lights[0], Some(rental), &unusable));
            }
        }
        assert_eq!(
            (house.lines(pinned)[0].pin, house.short()),
            (None, vec![]),
            "{how}: the other light will do"
        );
        house.check();
    }
}
