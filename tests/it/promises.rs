//! The promise of a type, against an oracle that shares nothing with the program's arithmetic: it
//! reads the plain rows (lines, rentals, items, blocks) and counts moment by moment, and where
//! items differ it tries each item for each claim until all fit or none is left.
//!
//! Every act is the product's own command. What is **accepted** must fit in the rows that it left:
//! at every moment of what grew, all that is busy and promised, in full, is no more than there is;
//! and an assignment of items exists for the promises that are kept (first promised first) together
//! with what grew. What is **refused** is done all the same, kept short, and then must *not* fit,
//! or somebody else goes short by it. After every act who is short, what is free, and the plan of
//! tags must be what the oracle says.
//!
//! An ordinary run is 10,000 acts (about a minute), always the same. `RENTDESK_PROMISES=1000000`
//! makes a campaign of its own dice, `RENTDESK_PROMISES_SEED=N` picks them: every shop has a seed
//! of its own, which a failure prints with all that was done in that shop.
//! `RENTDESK_PROMISES_TELL=1` says what did not fit.

use crate::house::House;
use crate::properties::Dice;
use rentdesk::booking::{
    self, BookingRefusal, CancelReason, Change, CheckIn, CheckOut, Edit, Extension, Firmness,
    NewReservation, Recipient, Thing, Want,
};
use rentdesk::catalog::{self, Role, Tracking};
use rentdesk::desk;
use rentdesk::inventory::{self, Condition};
use rentdesk::kernel::{
    Failure, Fallible, ItemId, LineId, Moment, Period, Refusal, RentalId, ReservationId, Settings,
    Text, TypeId,
};
use rentdesk::store::Write;
use serde::{Serialize, de::DeserializeOwned};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Instant;

const MINUTE: i64 = 60;
const ACTS_PER_SHOP: usize = 200;

// The rows --------------------------------------------------------------------------------------

#[derive(Clone, PartialEq, Eq, Debug)]
struct Row {
    id: i64,
    reservation: i64,
    kind: i64,
    quantity: i64,
    start: i64,
    end: i64,
    turnaround: i64,
    state: String,
    is_kit: bool,
    pin: Option<i64>,
    rank: i64,
    reservation_state: String,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Rented {
    id: i64,
    line: i64,
    reservation: i64,
    kind: i64,
    item: Option<i64>,
    quantity: i64,
    out: i64,
    due: i64,
    free: i64,
    state: String,
    counts: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Blocked {
    kind: i64,
    item: Option<i64>,
    quantity: i64,
    start: i64,
    end: i64,
    bench: bool,
}

/// What the file says, as plain lists.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Rows {
    lines: Vec<Row>,
    rentals: Vec<Rented>,
    blocks: Vec<Blocked>,
    /// Item, type, lifecycle, condition, whether it lies in a case.
    items: Vec<(i64, i64, String, String, bool)>,
    stock: Vec<(i64, i64)>,
}

impl Rows {
    fn read(house: &House) -> Rows {
        let db = house.shop.read();
        let line = |row: &rusqlite::Row<'_>| {
            Ok(Row {
                id: row.get(0)?,
                reservation: row.get(1)?,
                kind: row.get(2)?,
                quantity: row.get(3)?,
                start: row.get(4)?,
                end: row.get(5)?,
                turnaround: row.get(6)?,
                state: row.get(7)?,
                is_kit: row.get(8)?,
                pin: row.get(9)?,
                rank: row.get(10)?,
                reservation_state: row.get(11)?,
            })
        };
        let rented = |row: &rusqlite::Row<'_>| {
            Ok(Rented {
                id: row.get(0)?,
                line: row.get(1)?,
                reservation: row.get(2)?,
                kind: row.get(3)?,
                item: row.get(4)?,
                quantity: row.get(5)?,
                out: row.get(6)?,
                due: row.get(7)?,
                free: row.get(8)?,
                state: row.get(9)?,
                counts: row.get(10)?,
            })
        };
        let blocked = |row: &rusqlite::Row<'_>| {
            Ok(Blocked {
                kind: row.get(0)?,
                item: row.get(1)?,
                quantity: row.get(2)?,
                start: row.get(3)?,
                end: row.get(4)?,
                bench: row.get(5)?,
            })
        };
        Rows {
            lines: db
                .rows(
                    "SELECT l.id, l.reservation_id, l.type_id, l.quantity, l.start_at, l.end_at, l.turnaround_minutes, l.state, l.is_kit, l.pinned_item_id, l.rank, v.state
                       FROM reservation_line l JOIN reservation v ON v.id = l.reservation_id ORDER BY l.rank, l.id",
                    [],
                    line,
                )
                .unwrap(),
            rentals: db
                .rows(
                    "SELECT id, line_id, reservation_id, type_id, item_id, quantity, out_at, due_at, free_at, state, state <> 'RETURNED' OR outcome IS NOT NULL FROM rental",
                    [],
                    rented,
                )
                .unwrap(),
            blocks: db.rows("SELECT type_id, item_id, quantity, start_at, end_at, kind = 'MAINTENANCE' FROM item_block WHERE live = 1", [], blocked).unwrap(),
            items: db
                .rows("SELECT id, type_id, lifecycle, condition, EXISTS (SELECT 1 FROM case_content c WHERE c.item_id = item.id AND c.packed = 1) FROM item", [], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
                })
                .unwrap(),
            stock: db.rows("SELECT type_id, quantity FROM bulk_stock", [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap(),
        }
    }

    fn handed(&self, line: i64) -> i64 {
        self.rentals
            .iter()
            .filter(|rental| rental.line == line && rental.counts)
            .map(|rental| rental.quantity)
            .sum()
    }

    /// What a line still waits for, whether its reservation claims or not.
    fn waits(&self, line: &Row) -> i64 {
        if matches!(line.state.as_str(), "OPEN" | "PARTLY_OUT") && !line.is_kit {
            line.quantity - self.handed(line.id)
        } else {
            0
        }
    }

    fn of(&self, reservation: i64) -> impl Iterator<Item = &Row> {
        self.lines
            .iter()
            .filter(move |line| line.reservation == reservation)
    }
}

fn claims(state: &str) -> bool {
    matches!(state, "HOLD" | "CONFIRMED" | "ACTIVE")
}

// The oracle ------------------------------------------------------------------------------------

/// So many of a type for a window, or one very item.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Claim {
    start: i64,
    end: i64,
    quantity: i64,
    pin: Option<i64>,
}

/// An item, and the times it is away.
type Away = (i64, Vec<(i64, i64)>);

/// One type as it stands, from now on.
#[derive(Debug)]
struct World {
    now: i64,
    total: i64,
    /// None where the type is counted: the items, each with the times it is away.
    items: Option<Vec<Away>>,
    /// What is away of a count.
    away: Vec<Claim>,
    /// First promised first.
    promises: Vec<(i64, Claim)>,
}

fn world(rows: &Rows, kind: i64, except: Option<i64>, now: i64, late_until: i64) -> World {
    let here = |(_, of, life, condition, packed): &(i64, i64, String, String, bool), id: i64| {
        let comes_back = rows
            .blocks
            .iter()
            .any(|block| block.bench && block.item == Some(id) && block.end < 4_102_444_800);
        *of == kind
            && life == "IN_SERVICE"
            && !packed
            && (condition == "GOOD" || (condition == "UNDER_MAINTENANCE" && comes_back))
    };
    let counted = rows
        .stock
        .iter()
        .find(|(of, _)| *of == kind)
        .map(|(_, quantity)| *quantity);
    let mut items: Vec<(i64, Vec<(i64, i64)>)> = rows
        .items
        .iter()
        .filter(|item| here(item, item.0))
        .map(|item| (item.0, Vec::new()))
        .collect();
    let mut away = Vec::new();
    let mut take = |item: Option<i64>, start: i64, end: i64, quantity: i64| {
        let start = start.max(now);
        if end <= start {
            return;
        }
        match item {
            Some(item) => {
                if let Some((_, busy)) = items.iter_mut().find(|(id, _)| *id == item) {
                    busy.push((start, end));
                }
            }
            None => away.push(Claim {
                start,
                end,
                quantity,
                pin: None,
            }),
        }
    };
    for block in rows.blocks.iter().filter(|block| block.kind == kind) {
        let end = if block.bench && block.end <= now {
            late_until
        } else {
            block.end
        };
        take(block.item, block.start, end, block.quantity);
    }
    for rental in rows
        .rentals
        .iter()
        .filter(|rental| rental.kind == kind && rental.state == "OUT")
    {
        let end = if rental.due < now {
            rental.free.max(late_until)
        } else {
            rental.free
        };
        take(rental.item, rental.out, end, rental.quantity);
    }
    let promises = rows.lines.iter().filter(|line| {
        line.kind == kind && claims(&line.reservation_state) && Some(line.reservation) != except
    });
    let promises = promises
        .filter_map(|line| claim_of(rows, line, now).map(|claim| (line.id, claim)))
        .collect();
    World {
        now,
        total: counted.unwrap_or(items.len() as i64),
        items: counted.is_none().then_some(items),
        away,
        promises,
    }
}

fn claim_of(rows: &Rows, line: &Row, now: i64) -> Option<Claim> {
    let claim = Claim {
        start: line.start.max(now),
        end: line.end + line.turnaround * MINUTE,
        quantity: rows.waits(line),
        pin: line.pin,
    };
    (claim.quantity > 0 && claim.end > claim.start).then_some(claim)
}

impl World {
    fn busy_at(&self, at: i64) -> i64 {
        let items = self
            .items
            .iter()
            .flatten()
            .filter(|(_, busy)| busy.iter().any(|(start, end)| *start <= at && at < *end))
            .count() as i64;
        items + taken_at(&self.away, at)
    }

    fn moments(&self, more: &[Claim]) -> BTreeSet<i64> {
        let items = self
            .items
            .iter()
            .flatten()
            .flat_map(|(_, busy)| busy.iter().map(|(start, _)| *start));
        let claims = self
            .away
            .iter()
            .chain(self.promises.iter().map(|(_, claim)| claim))
            .chain(more)
            .map(|claim| claim.start);
        items.chain(claims).chain([self.now]).collect()
    }

    /// Whether these fit beside everything.
    fn fits(&self, wishes: &[Claim]) -> bool {
        let wishes: Vec<Claim> = wishes
            .iter()
            .map(|wish| Claim {
                start: wish.start.max(self.now),
                ..*wish
            })
            .filter(|wish| wish.quantity > 0 && wish.end > wish.start)
            .collect();
        let promised: Vec<Claim> = self.promises.iter().map(|(_, claim)| *claim).collect();
        let full = |at: &i64| {
            taken_at(&wishes, *at) == 0
                || self.busy_at(*at) + taken_at(&promised, *at) + taken_at(&wishes, *at)
                    <= self.total
        };
        if !self.moments(&wishes).iter().all(full) {
            return false;
        }
        match &self.items {
            None => true,
            Some(items) => {
                let kept = self
                    .kept()
                    .into_iter()
                    .zip(&promised)
                    .map(|(quantity, claim)| Claim { quantity, ..*claim });
                assign(items, &kept.chain(wishes).collect::<Vec<_>>())
            }
        }
    }

    /// Per promise, how much of it is kept.
    fn kept(&self) -> Vec<i64> {
        let mut kept: Vec<Claim> = Vec::new();
        for (_, promise) in &self.promises {
            let mut quantity = promise.quantity;
            while quantity > 0 {
                kept.push(Claim {
                    quantity,
                    ..*promise
                });
                let fits = match &self.items {
                    Some(items) => assign(items, &kept),
                    None => self.moments(&[]).iter().all(|at| {
                        *at < promise.start
                            || *at >= promise.end
                            || self.busy_at(*at) + taken_at(&kept, *at) <= self.total
                    }),
                };
                if fits {
                    break;
                }
                kept.pop();
                quantity -= 1;
            }
            if quantity == 0 {
                kept.push(Claim {
                    quantity: 0,
                    ..*promise
                });
            }
        }
        kept.iter().map(|claim| claim.quantity).collect()
    }

    fn short(&self) -> BTreeMap<i64, i64> {
        self.promises
            .iter()
            .zip(self.kept())
            .filter(|((_, claim), kept)| *kept < claim.quantity)
            .map(|((line, claim), kept)| (*line, claim.quantity - kept))
            .collect()
    }

    /// How many more could be promised for a window.
    fn most(&self, start: i64, end: i64) -> i64 {
        (1..=self.total)
            .take_while(|quantity| {
                self.fits(&[Claim {
                    start,
                    end,
                    quantity: *quantity,
                    pin: None,
                }])
            })
            .last()
            .unwrap_or(0)
    }
}

fn taken_at(claims: &[Claim], at: i64) -> i64 {
    claims
        .iter()
        .filter(|claim| claim.start <= at && at < claim.end)
        .map(|claim| claim.quantity)
        .sum()
}

/// Tries every item for every unit, by start. What failed before with the items free at the same
/// times fails again.
fn assign(items: &[(i64, Vec<(i64, i64)>)], claims: &[Claim]) -> bool {
    let free = |busy: &[(i64, i64)], start: i64, end: i64| {
        busy.iter().all(|(from, to)| end <= *from || *to <= start)
    };
    let mut rows: Vec<Vec<(i64, i64)>> = items.iter().map(|(_, busy)| busy.clone()).collect();
    let mut units: Vec<(i64, i64)> = Vec::new();
    for claim in claims.iter().filter(|claim| claim.quantity > 0) {
        let Some(pin) = claim.pin else {
            units.extend((0..claim.quantity).map(|_| (claim.start, claim.end)));
            continue;
        };
        match items.iter().position(|(id, _)| *id == pin) {
            Some(row) if claim.quantity == 1 && free(&rows[row], claim.start, claim.end) => {
                rows[row].push((claim.start, claim.end))
            }
            _ => return false,
        }
    }
    units.sort_unstable();
    fn place(
        units: &[(i64, i64)],
        rows: &[Vec<(i64, i64)>],
        until: &mut [i64],
        failed: &mut HashSet<(usize, Vec<i64>)>,
    ) -> bool {
        let Some(((start, end), rest)) = units.split_first() else {
            return true;
        };
        let key = (
            units.len(),
            until.iter().map(|at| *at.max(start)).collect::<Vec<i64>>(),
        );
        if failed.contains(&key) {
            return false;
        }
        for row in 0..rows.len() {
            let before = until[row];
            if before <= *start
                && rows[row]
                    .iter()
                    .all(|(from, to)| end <= from || to <= start)
            {
                until[row] = *end;
                if place(rest, rows, until, failed) {
                    return true;
                }
                until[row] = before;
            }
        }
        failed.insert(key);
        false
    }
    place(
        &units,
        &rows,
        &mut vec![i64::MIN; rows.len()],
        &mut HashSet::new(),
    )
}

// A shop's life ---------------------------------------------------------------------------------

struct Life {
    house: House,
    dice: Dice,
    seed: u64,
    kinds: Vec<TypeId>,
    kit: TypeId,
    cable: TypeId,
    case: ItemId,
    told: Vec<String>,
    counts: BTreeMap<&'static str, usize>,
}

impl Drop for Life {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "RENTDESK_PROMISES_SEED={} RENTDESK_PROMISES={ACTS_PER_SHOP}",
                self.seed
            );
            for (number, told) in self.told.iter().enumerate() {
                eprintln!("{number:4} {told}");
            }
        }
    }
}

impl Life {
    fn new(seed: u64) -> Life {
        let mut dice = Dice(seed);
        // Some days before a change of the clocks, in either direction.
        let begin = [1_774_602_000, 1_761_300_000, 1_763_721_720][dice.below(3)];
        let mut house = House::at(Moment(begin));
        let mut kinds = Vec::new();
        for (number, turnaround) in [0, 60, 1440].into_iter().enumerate() {
            let kind = house.kind(
                &format!("Kind {number}"),
                Tracking::Items,
                turnaround,
                Role::Primary,
            );
            for _ in 0..dice.between(1, 4) {
                house.item(kind);
            }
            kinds.push(kind);
        }
        let accessory = house.kind("Charger", Tracking::Items, 0, Role::Accessory);
        for _ in 0..dice.between(2, 4) {
            house.item(accessory);
        }
        let cable = house.counted("Cable", dice.between(3, 9));
        let kit = house.kind("Kit", Tracking::Items, 0, Role::Primary);
        let (first, second) = (kinds[0], kinds[1]);
        house.must(|db, _| inventory::make_kit(db, kit, &[(first, 1), (second, 1), (cable, 2)]));
        house.must(|db, _| catalog::set_accessory(db, second, accessory, 1, 2, true));
        // A case, with an item of another type in it.
        let (flight, cases) = house.items("Flight case", 2);
        kinds.push(flight);
        let content = house.item(kinds[2]);
        house.must(|db, _| inventory::set_case(db, cases[0], &[content]));
        kinds.push(accessory);
        kinds.push(cable);
        Life {
            house,
            dice,
            seed,
            kinds,
            kit,
            cable,
            case: cases[0],
            told: Vec::new(),
            counts: BTreeMap::new(),
        }
    }

    fn now(&self) -> i64 {
        self.house.shop.now().0
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn late_until(&self) -> i64 {
        let zone = self.house.shop.settings.zone;
        zone.day_start(zone.day(self.house.shop.now()) + chrono::Duration::days(2))
            .0
    }

    fn world(&self, rows: &Rows, kind: i64, except: Option<i64>) -> World {
        world(
            rows,
            kind,
            except,
            self.now().div_euclid(MINUTE) * MINUTE,
            self.late_until(),
        )
    }

    fn short(&self, rows: &Rows) -> BTreeMap<i64, i64> {
        self.kinds
            .iter()
            .flat_map(|kind| self.world(rows, kind.0, None).short())
            .collect()
    }

    fn act<T: Serialize + DeserializeOwned, R: Refusal>(
        &mut self,
        act: impl FnOnce(&mut Write<'_>, &Settings) -> Result<T, Failure<R>>,
    ) -> Result<T, String> {
        let outcome = self.house.try_to(act);
        let said = outcome
            .as_ref()
            .err()
            .map_or("done", String::as_str)
            .chars()
            .take(150)
            .collect::<String>();
        if let Some(last) = self.told.last_mut() {
            last.push_str(" => ");
            last.push_str(&said);
        }
        outcome
    }

    fn tell(&mut self, what: String) {
        let wall = self.house.shop.settings.zone.wall(self.house.shop.now());
        self.told.push(format!("{wall}  {what}"));
    }

    /// A window from soon on, mostly on whole hours and often across the change of the clocks.
    fn window(&mut self) -> Period {
        let start = self.now() + self.dice.between(6, 3 * 24 * 60) * MINUTE;
        let start = if self.dice.one_in(3) {
            start
        } else {
            start.div_euclid(3600) * 3600 + 3600
        };
        let hours = if self.dice.one_in(3) {
            self.dice.between(1, 12)
        } else {
            self.dice.between(6, 72)
        };
        Period {
            start: Moment(start).floor_minute(),
            end: Moment(start).floor_minute().plus_minutes(hours * 60),
        }
    }

    fn item_of(&mut self, kind: TypeId) -> Option<ItemId> {
        let items = inventory::of_type(self.house.shop.read(), kind).unwrap();
        self.dice.pick(&items).map(|item| item.id)
    }

    fn wants(&mut self) -> Vec<Want> {
        let mut wants = Vec::new();
        for _ in 0..1 + self.dice.below(3) {
            let kind = match self.dice.below(8) {
                0 => self.kit,
                1 => self.cable,
                place => self.kinds[place % 4],
            };
            let mut want = Want::of(
                kind,
                if kind == self.cable {
                    self.dice.between(1, 6)
                } else {
                    self.dice.between(1, 2)
                },
            );
            if kind != self.kit && kind != self.cable && self.dice.one_in(5) {
                (want.pin, want.quantity) = (self.item_of(kind), 1);
            }
            want.with_accessories = !self.dice.one_in(4);
            wants.push(want);
        }
        wants
    }

    fn some_reservation(&mut self, states: &[&str]) -> Option<i64> {
        let rows = Rows::read(&self.house);
        let all: BTreeSet<i64> = rows
            .lines
            .iter()
            .filter(|line| states.contains(&line.reservation_state.as_str()))
            .map(|line| line.reservation)
            .collect();
        self.dice
            .pick(&all.into_iter().collect::<Vec<_>>())
            .copied()
    }

    /// The types of which a reservation claims more than it did, and whether all of them fit in the
    /// rows as they are now.
    fn fits(&self, before: &Rows, after: &Rows, reservation: i64) -> bool {
        let now = self.now().div_euclid(MINUTE) * MINUTE;
        let grows = |line: &Row| {
            let Some(old) = before.lines.iter().find(|old| old.id == line.id) else {
                return true;
            };
            let old_quantity = if old.state == "DROPPED" {
                0
            } else {
                old.quantity
            };
            !claims(&old.reservation_state)
                || line.quantity > old_quantity
                || line.start < old.start
                || line.end > old.end
                || (line.pin.is_some() && line.pin != old.pin)
        };
        // What is out already, and stays out longer, claims nothing more: it is weighed by whom it
        // hurts.
        let kinds: BTreeSet<i64> = after
            .of(reservation)
            .filter(|line| after.waits(line) > 0 && !line.is_kit && grows(line))
            .map(|line| line.kind)
            .collect();
        kinds.into_iter().all(|kind| {
            let wishes: Vec<Claim> = after
                .of(reservation)
                .filter(|line| line.kind == kind)
                .filter_map(|line| claim_of(after, line, now))
                .collect();
            let world = self.world(after, kind, Some(reservation));
            let fits = world.fits(&wishes);
            if !fits && std::env::var_os("RENTDESK_PROMISES_TELL").is_some() {
                eprintln!("kind {kind}: {wishes:?} do not fit in {world:?}");
            }
            fits
        })
    }

    /// Whether others than this reservation, or lines of its own that ask for no more, are short by
    /// more than before, or lost the item that they named.
    fn hurts(&self, before: &Rows, after: &Rows, own: i64, own_too: bool) -> bool {
        self.hurts_of(&self.kinds, before, after, own, own_too)
    }

    fn hurts_of(
        &self,
        kinds: &[TypeId],
        before: &Rows,
        after: &Rows,
        own: i64,
        own_too: bool,
    ) -> bool {
        let short = |rows: &Rows| -> BTreeMap<i64, i64> {
            kinds
                .iter()
                .flat_map(|kind| self.world(rows, kind.0, None).short())
                .collect()
        };
        let (was, is) = (short(before), short(after));
        let foreign = |line: &i64| {
            after
                .lines
                .iter()
                .any(|row| row.id == *line && row.reservation != own)
        };
        let same = |line: &i64| {
            before.lines.iter().any(|old| {
                old.id == *line
                    && after
                        .lines
                        .iter()
                        .any(|new| new.id == *line && asks_the_same(old, new))
            })
        };
        let shorter = is.iter().any(|(line, missing)| {
            (foreign(line) || (own_too && same(line)))
                && *missing > was.get(line).copied().unwrap_or(0)
        });
        let unpinned = before.lines.iter().any(|old| {
            old.pin.is_some()
                && foreign(&old.id)
                && after
                    .lines
                    .iter()
                    .any(|new| new.id == old.id && new.pin.is_none())
        });
        if (shorter || unpinned) && std::env::var_os("RENTDESK_PROMISES_TELL").is_some() {
            let of = |line: &i64| {
                after
                    .lines
                    .iter()
                    .find(|row| row.id == *line)
                    .map(|row| (row.reservation, row.kind))
            };
            let places: Vec<_> = is
                .keys()
                .chain(was.keys())
                .map(|line| (*line, of(line)))
                .collect();
            eprintln!(
                "short before {was:?}, after {is:?}, unpinned {unpinned}; of reservation and kind {places:?}"
            );
        }
        shorter || unpinned
    }

    /// An act that claims more: judged by what it left, or by what it would have left.
    fn weighed(
        &mut self,
        reservation: Option<i64>,
        act: impl Fn(&mut Write<'_>, &Settings, bool) -> Result<ReservationId, Failure<BookingRefusal>>,
    ) {
        let before = Rows::read(&self.house);
        match self.act(|db, settings| act(db, settings, false)) {
            Ok(id) => {
                let after = Rows::read(&self.house);
                let is_claiming = after.of(id.0).any(|line| claims(&line.reservation_state));
                assert!(
                    !is_claiming || self.fits(&before, &after, id.0),
                    "accepted, and does not fit"
                );
                // What is given back may go to the first in the order, and so pass by one behind
                // him: that hurts nobody who counted on it.
                assert!(
                    !(reservation.is_none() || moved(&before, &after))
                        || !self.hurts(&before, &after, id.0, true),
                    "accepted, and somebody else goes short by it"
                );
                if let Some(held) = reservation.filter(|held| {
                    before
                        .of(*held)
                        .any(|line| line.reservation_state == "HOLD")
                        && after
                            .of(*held)
                            .any(|line| line.reservation_state == "CONFIRMED")
                }) {
                    let short = self.short(&after);
                    assert!(
                        !after.of(held).any(|line| short.contains_key(&line.id)),
                        "confirmed, and short"
                    );
                }
                self.count("accepted");
            }
            Err(refusal) => {
                assert!(
                    before == Rows::read(&self.house),
                    "refused, and yet rows changed"
                );
                match self.act(|db, settings| act(db, settings, true)) {
                    Ok(id) => {
                        let after = Rows::read(&self.house);
                        let short = self.short(&after);
                        let own = after.of(id.0).any(|line| short.contains_key(&line.id));
                        let held = before.of(id.0).any(|line| line.reservation_state == "HOLD")
                            && after
                                .of(id.0)
                                .any(|line| line.reservation_state == "CONFIRMED");
                        let reason = !self.fits(&before, &after, id.0)
                            || (moved(&before, &after) && self.hurts(&before, &after, id.0, true))
                            || (held && own)
                            || refusal.contains("is set aside from");
                        assert!(reason, "refused, and it would have fitted: {refusal}");
                        self.count("refused");
                        if !self.dice.one_in(4) {
                            self.undo();
                        }
                    }
                    Err(_) => {
                        assert!(
                            !refusal.contains(" free: ") || refusal.contains("cannot"),
                            "refused although it may be kept short: {refusal}"
                        );
                        self.count("refused by a guard");
                    }
                }
            }
        }
    }

    fn undo(&mut self) {
        self.tell("undo".to_owned());
        let before = Rows::read(&self.house);
        let acts = self
            .house
            .shop
            .read()
            .rows(
                "SELECT act FROM undo_step WHERE undone_at IS NULL",
                [],
                |row| row.get::<_, String>(0),
            )
            .unwrap();
        match self.act(|db, settings| desk::undo(db, settings, desk::Whose::Anyones)) {
            Ok(_) => {
                let after = Rows::read(&self.house);
                let changed: BTreeSet<i64> = after
                    .lines
                    .iter()
                    .filter(|line| !before.lines.contains(line))
                    .map(|line| line.reservation)
                    .collect();
                for reservation in changed {
                    let was = before
                        .of(reservation)
                        .next()
                        .map(|line| line.reservation_state.clone())
                        .unwrap_or_default();
                    // What is out again, or not out after all, is a fact.
                    let dues: Vec<_> = before
                        .rentals
                        .iter()
                        .filter(|rental| rental.reservation == reservation)
                        .map(|rental| (rental.id, &rental.state))
                        .collect();
                    let facts = after
                        .rentals
                        .iter()
                        .filter(|rental| rental.reservation == reservation)
                        .any(|rental| !dues.contains(&(rental.id, &rental.state)));
                    let left = self
                        .house
                        .shop
                        .read()
                        .rows(
                            "SELECT act FROM undo_step WHERE undone_at IS NULL",
                            [],
                            |row| row.get::<_, String>(0),
                        )
                        .unwrap();
                    // What was short before the act may be short again.
                    let was_short = acts
                        .iter()
                        .any(|act| !left.contains(act) && act.contains("\"short\":[["));
                    // What is named again hurts nobody; whatever else was so stays so.
                    let named = after.of(reservation).all(|line| {
                        before.lines.iter().any(|old| {
                            old.id == line.id
                                && Row {
                                    pin: old.pin,
                                    ..line.clone()
                                } == *old
                        })
                    });
                    let (was_missing, missing) = (self.short(&before), self.short(&after));
                    // What went out, or is out again, may hurt more than the name does; what works
                    // again goes to the first in the order.
                    let stood = before.items == after.items
                        && before.rentals.iter().all(|old| {
                            after
                                .rentals
                                .iter()
                                .any(|new| new.id == old.id && new.state == old.state)
                        });
                    let named = named
                        && (!stood
                            || missing.iter().all(|(line, missing)| {
                                *missing <= was_missing.get(line).copied().unwrap_or(0)
                            }));
                    if !facts
                        && !was_short
                        && !named
                        && after
                            .of(reservation)
                            .any(|line| claims(&line.reservation_state))
                        && was != "COMPLETED"
                    {
                        let fits = self.fits(&before, &after, reservation);
                        if !fits && std::env::var_os("RENTDESK_PROMISES_TELL").is_some() {
                            let old = |line: &&Row| before.lines.iter().any(|old| old == *line);
                            eprintln!(
                                "said again {:?}, short before {was_missing:?}, after {missing:?}",
                                after
                                    .of(reservation)
                                    .filter(|line| !old(line))
                                    .collect::<Vec<_>>()
                            );
                        }
                        assert!(fits, "undone, and what is said again does not fit");
                    }
                }
                self.count("undone");
            }
            Err(_) => self.count("undo refused"),
        }
    }

    fn reserve(&mut self) {
        let (window, wants) = (self.window(), self.wants());
        let firmness = match self.dice.below(5) {
            0 => Firmness::Quote,
            1 | 2 => Firmness::Hold(None),
            _ => Firmness::Confirmed,
        };
        self.tell(format!(
            "reserve {firmness:?} {}..{} {}",
            window.start.0,
            window.end.0,
            shown(&wants)
        ));
        let new = NewReservation {
            customer: Some(self.house.maya),
            window,
            wants,
            firmness,
            note: None,
            keep_short: false,
            reference: None,
            bargain: rentdesk::booking::Bargain::default(),
        };
        self.weighed(None, |db, settings, keep_short| {
            desk::reserve(
                db,
                settings,
                &NewReservation {
                    keep_short,
                    ..new.clone()
                },
            )
        });
    }

    fn confirm(&mut self) {
        let Some(id) = self.some_reservation(&["QUOTE", "HOLD"]) else {
            return;
        };
        let to_hold = self.dice.one_in(3);
        self.tell(format!("{} {id}", if to_hold { "hold" } else { "confirm" }));
        let reservation = ReservationId(id);
        self.weighed(Some(id), |db, settings, keep_short| {
            if to_hold {
                desk::hold(db, settings, reservation, None, keep_short)?
            } else {
                desk::confirm(db, settings, reservation, keep_short)?
            };
            Ok(reservation)
        });
    }

    fn change(&mut self) {
        let Some(id) = self.some_reservation(&["QUOTE", "HOLD", "CONFIRMED", "ACTIVE"]) else {
            return;
        };
        let found = booking::reservation(self.house.shop.read(), ReservationId(id)).unwrap();
        let lines = self.house.lines(ReservationId(id));
        let Some(line) = self.dice.pick(&lines).cloned() else {
            return;
        };
        let mut change = Change::default();
        match self.dice.below(6) {
            0 | 1 => {
                let end =
                    Moment(found.end.0.max(self.now() + 3600) + self.dice.between(-20, 30) * 3600)
                        .max(Moment(self.now() + 1200))
                        .ceil_minute();
                let start =
                    if found.state == booking::ReservationState::Active || self.dice.one_in(2) {
                        found.start
                    } else {
                        self.window().start
                    };
                change.window = Some(Period {
                    start,
                    end: end.max(start.plus_minutes(60)),
                });
            }
            2 => change
                .edits
                .push(Edit::Quantity(line.id, self.dice.between(1, 4))),
            3 => change
                .edits
                .extend(self.wants().into_iter().take(1).map(Edit::Add)),
            4 => change.edits.push(Edit::Drop(line.id)),
            _ => {
                let pin = if self.dice.one_in(3) || line.is_kit || line.quantity != 1 {
                    None
                } else {
                    self.item_of(line.type_id)
                };
                change.edits.push(Edit::Pin(line.id, pin));
            }
        }
        self.tell(format!(
            "change {id} {:?} {:?}",
            change.window.map(|window| (window.start.0, window.end.0)),
            change.edits
        ));
        self.weighed(Some(id), |db, settings, keep_short| {
            desk::change(
                db,
                settings,
                ReservationId(id),
                &Change {
                    keep_short,
                    ..change.clone()
                },
            )?;
            Ok(ReservationId(id))
        });
    }

    fn extend(&mut self) {
        let Some(id) = self.some_reservation(&["ACTIVE"]) else {
            return;
        };
        let rows = Rows::read(&self.house);
        let out: Vec<RentalId> = rows
            .rentals
            .iter()
            .filter(|rental| rental.reservation == id && rental.state == "OUT")
            .map(|rental| RentalId(rental.id))
            .collect();
        let Some(one) = self.dice.pick(&out).copied() else {
            return;
        };
        let rentals = self.dice.one_in(2).then(|| vec![one]);
        let due = Moment(self.now() + self.dice.between(10, 4 * 24 * 60) * MINUTE).ceil_minute();
        self.tell(format!("extend {id} {rentals:?} to {}", due.0));
        self.judged_by_harm(id, true, |db, settings, anyway| {
            desk::extend(
                db,
                settings,
                &Extension {
                    reservation: ReservationId(id),
                    rentals: rentals.clone(),
                    due,
                    keep_short: anyway,
                },
            )?;
            Ok(ReservationId(id))
        });
    }

    fn out(&mut self) {
        let walk_in = self.dice.one_in(3);
        let id = self.some_reservation(&["CONFIRMED", "ACTIVE", "HOLD"]);
        let (to, id) = match id {
            Some(id) if !walk_in => (Recipient::Reservation(ReservationId(id)), id),
            _ => (Recipient::WalkIn(self.house.sam), 0),
        };
        let mut things = Vec::new();
        let mut swaps = Vec::new();
        let lines = if id == 0 {
            Vec::new()
        } else {
            self.house.lines(ReservationId(id))
        };
        for _ in 0..1 + self.dice.below(3) {
            let wanted: Vec<TypeId> = lines
                .iter()
                .filter(|line| line.is_open() && !line.is_kit)
                .map(|line| line.type_id)
                .collect();
            let kind = if self.dice.one_in(5) {
                None
            } else {
                self.dice.pick(&wanted).copied()
            };
            let kind = kind.unwrap_or_else(|| self.kinds[self.dice.0 as usize % self.kinds.len()]);
            if kind == self.cable {
                things.push(Thing::Bulk(kind, self.dice.between(1, 3)));
            } else if let Some(item) = self.item_of(kind) {
                if let Some(line) = self.dice.pick(&lines).filter(|_| lines.len() > 1).cloned()
                    && self.dice.one_in(6)
                    && line.is_open()
                    && !line.is_kit
                {
                    swaps.push((item, line.id));
                }
                things.push(Thing::Item(item));
            }
        }
        let early_reason = self.dice.one_in(2).then(|| Text::new("the van leaves now"));
        let due = (id == 0 || self.dice.one_in(6)).then(|| {
            Moment(self.now() + self.dice.between(30, 3 * 24 * 60) * MINUTE).ceil_minute()
        });
        let command = CheckOut {
            due,
            swaps,
            extras: self.dice.one_in(2),
            confirm: true,
            early_reason,
            ..CheckOut::plain(to, things)
        };
        self.tell(format!(
            "out {to:?} {:?} due {:?} swaps {:?} extras {}",
            command.things,
            command.due.map(|due| due.0),
            command.swaps,
            command.extras
        ));
        self.judged_by_harm(id, false, |db, settings, anyway| {
            desk::hand_over(
                db,
                settings,
                &CheckOut {
                    take_anyway: anyway,
                    ..command.clone()
                },
            )
        });
    }

    /// An act that takes from others: accepted only if it hurts nobody, refused only if it does.
    /// Whoever stands at the counter and takes one thing in place of another knows what he does to
    /// the rest of his own reservation; whoever telephones to keep it longer may not.
    fn judged_by_harm(
        &mut self,
        own: i64,
        own_too: bool,
        act: impl Fn(&mut Write<'_>, &Settings, bool) -> Result<ReservationId, Failure<BookingRefusal>>,
    ) {
        let before = Rows::read(&self.house);
        match self.act(|db, settings| act(db, settings, false)) {
            Ok(id) => {
                let after = Rows::read(&self.house);
                assert!(
                    !self.hurts_of(&taken(&before, &after), &before, &after, id.0, own_too),
                    "accepted, and somebody goes short by it"
                );
                self.count("taken");
            }
            Err(refusal) => {
                assert!(
                    before == Rows::read(&self.house),
                    "refused, and yet rows changed"
                );
                match self.act(|db, settings| act(db, settings, true)) {
                    Ok(id) => {
                        let after = Rows::read(&self.house);
                        let short = self.short(&before);
                        let held = before.of(own).any(|line| {
                            line.reservation_state == "HOLD" && short.contains_key(&line.id)
                        });
                        // Its own block stands against a longer stay, although it hurts nobody.
                        let aside = refusal.contains("is set aside from");
                        assert!(
                            self.hurts_of(&taken(&before, &after), &before, &after, id.0, own_too)
                                || held
                                || aside,
                            "refused, and it hurts nobody: {refusal}"
                        );
                        self.count("taken anyway");
                        if !self.dice.one_in(4) {
                            self.undo();
                        }
                    }
                    Err(_) => self.count("not to be had"),
                }
            }
        }
    }

    fn back(&mut self) {
        let rows = Rows::read(&self.house);
        let out: Vec<&Rented> = rows
            .rentals
            .iter()
            .filter(|rental| {
                rental.state == "OUT" || (rental.state == "LOST" && rental.item.is_some())
            })
            .collect();
        let Some(rental) = self.dice.pick(&out).copied().cloned() else {
            return;
        };
        let mut command = CheckIn::plain(RentalId(rental.id));
        if rental.item.is_none() && rental.quantity > 1 && self.dice.one_in(2) {
            command.quantity = Some(self.dice.between(1, rental.quantity));
        }
        if rental.item.is_some() && self.dice.one_in(4) {
            command.condition = Some(
                [
                    Condition::Unusable,
                    Condition::UnderMaintenance,
                    Condition::Good,
                ][self.dice.below(3)],
            );
            command.note = Some(Text::new("pan lock broken"));
        }
        if self.dice.one_in(5) && rental.state == "OUT" {
            command.at = Some(Moment(
                (self.now() - self.dice.between(0, 300) * MINUTE).max(rental.out),
            ));
        }
        self.tell(format!(
            "back {} {:?} {:?} {:?}",
            rental.id,
            command.quantity,
            command.condition,
            command.at.map(|at| at.0)
        ));
        let outcome = self.act(|db, settings| desk::take_back(db, settings, &command));
        assert!(
            outcome.is_ok() || rental.state == "LOST",
            "a return is a fact: {outcome:?}"
        );
        self.count("back");
    }

    /// What happens to the stock.
    fn fact(&mut self) {
        let kind = self.kinds[self.dice.below(self.kinds.len())];
        let reason = Text::new("a reason");
        if kind == self.cable {
            let blocks: Vec<_> = inventory::blocks_of_type(self.house.shop.read(), kind).unwrap();
            match self.dice.below(4) {
                0 | 1 => {
                    let quantity = self.dice.between(0, 10);
                    self.tell(format!("count {quantity}"));
                    let _ = self.act(|db, _| inventory::set_bulk_quantity(db, kind, quantity));
                }
                2 => {
                    let (window, quantity) = (self.window(), self.dice.between(1, 3));
                    self.tell(format!(
                        "block {quantity} cables {}..{}",
                        window.start.0, window.end.0
                    ));
                    let _ = self.act(|db, _| {
                        desk::set_count_aside(
                            db,
                            kind,
                            quantity,
                            window.start,
                            Some(window.end),
                            &reason,
                        )
                    });
                }
                _ => {
                    if let Some(block) = self.dice.pick(&blocks).cloned() {
                        self.tell(format!("unblock {}", block.id.0));
                        let _ = self.act(|db, _| desk::end_set_aside(db, block.id));
                    }
                }
            }
            return;
        }
        let Some(item) = self.item_of(kind) else {
            return;
        };
        let act = self.dice.below(12);
        let window = self.window();
        let back = self
            .dice
            .one_in(2)
            .then(|| Moment(self.now() + self.dice.between(-60, 3 * 24 * 60) * MINUTE));
        self.tell(format!(
            "fact {act} about item {} of kind {} {:?} {}..{}",
            item.0,
            kind.0,
            back.map(|back| back.0),
            window.start.0,
            window.end.0
        ));
        let until = (!self.dice.one_in(5)).then_some(window.end);
        let open = self.house.open(item).map(|rental| rental.id);
        let let_go = |db: &mut Write<'_>| -> Fallible<Vec<LineId>> { desk::let_go(db, item) };
        let _ = match act {
            0..=6 => {
                let judgement = match act {
                    0..=2 => desk::Judgement::Good,
                    3 => desk::Judgement::Unusable(reason.clone()),
                    4 | 5 => desk::Judgement::UnderMaintenance(reason.clone(), back),
                    _ => desk::Judgement::Lost(reason.clone()),
                };
                self.act(|db, _| {
                    desk::judge(db, item, open, &judgement)?;
                    let_go(db).map(drop).map_err(Failure::Fault)
                })
            }
            7 => {
                self.act(|db, settings| desk::find(db, settings, item, Some(Condition::Good), None))
            }
            8 if self.dice.one_in(3) => self.act(|db, _| {
                inventory::retire(db, item, &reason)?;
                let_go(db).map(drop).map_err(Failure::Fault)
            }),
            8 | 9 => {
                self.act(|db, _| desk::set_aside(db, item, window.start, until, &reason).map(drop))
            }
            10 => {
                let blocks = inventory::blocks_of_item(self.house.shop.read(), item).unwrap();
                match self.dice.pick(&blocks).cloned() {
                    Some(block) => self.act(|db, _| desk::end_set_aside(db, block.id)),
                    None => Ok(()),
                }
            }
            _ => {
                let content = inventory::contents(self.house.shop.read(), self.case).unwrap();
                match content.first().cloned() {
                    Some(content) if content.packed => {
                        self.act(|db, _| inventory::unpack(db, content.item))
                    }
                    Some(content) => self.act(|db, _| inventory::pack(db, content.item)),
                    None => Ok(()),
                }
            }
        };
        self.count("facts");
    }

    fn time(&mut self) {
        let minutes = if self.dice.one_in(3) {
            self.dice.between(60, 2 * 24 * 60)
        } else {
            self.dice.between(1, 240)
        };
        self.house
            .clock(self.house.shop.now().plus_minutes(minutes));
        self.tell(format!("{minutes} minutes pass"));
        self.house.shop.lapse().unwrap();
        self.house.shop.tick().unwrap();
    }

    fn step(&mut self) {
        match self.dice.below(22) {
            0..=5 => self.reserve(),
            6 => self.confirm(),
            7..=9 => self.change(),
            10 => {
                if let Some(id) = self.some_reservation(&["QUOTE", "HOLD", "CONFIRMED"]) {
                    self.tell(format!("cancel {id}"));
                    self.act(|db, settings| {
                        desk::cancel(
                            db,
                            settings,
                            ReservationId(id),
                            CancelReason::Customer,
                            None,
                        )
                    })
                    .unwrap();
                }
            }
            11..=13 => self.out(),
            14 | 15 => self.back(),
            16 => self.extend(),
            17 | 18 => self.fact(),
            19 => self.undo(),
            _ => self.time(),
        }
        self.compare();
    }

    /// What the program says of now, and what the oracle does.
    fn compare(&mut self) {
        self.house.shop.drain_all().unwrap();
        let rows = Rows::read(&self.house);
        let (read, settings, now) = (
            self.house.shop.read(),
            &self.house.shop.settings,
            self.house.shop.now(),
        );
        let said: BTreeMap<i64, i64> = booking::shortages(read, settings, now)
            .unwrap()
            .into_iter()
            .map(|short| (short.line.0, short.missing))
            .collect();
        assert_eq!(said, self.short(&rows), "who is short");
        if !self.told.len().is_multiple_of(2) {
            return;
        }
        let kind = self.kinds[self.dice.below(self.kinds.len())];
        let window = self.window();
        let (read, settings) = (self.house.shop.read(), &self.house.shop.settings);
        let turnaround = catalog::turnaround_of(read, kind).unwrap() * MINUTE;
        let world = self.world(&rows, kind.0, None);
        let most = world.most(window.start.0, window.end.0 + turnaround);
        let asked = if self.told.len().is_multiple_of(8) {
            most + 1
        } else {
            1
        };
        let answer = booking::availability(read, settings, kind, asked, window, None, now).unwrap();
        assert_eq!(
            (answer.remaining, answer.proven),
            (most, true),
            "what is free of {} in {}..{}",
            kind.0,
            window.start.0,
            window.end.0
        );
        if let Some(next) = answer.next_window {
            let claim = Claim {
                start: next.start.0,
                end: next.end.0 + turnaround,
                quantity: asked,
                pin: None,
            };
            assert!(world.fits(&[claim]), "the next window does not fit");
        }
        // The plan serves every promise with as much as is kept of it, and no item twice.
        let plan = booking::plan_of(read, settings, kind, now).unwrap();
        let mut rows_taken: BTreeMap<i64, Vec<(i64, i64)>> =
            world.items.iter().flatten().cloned().collect();
        for ((line, claim), kept) in world.promises.iter().zip(world.kept()) {
            let items = plan.get(&LineId(*line)).cloned().unwrap_or_default();
            assert_eq!(
                items.len() as i64,
                if world.items.is_some() { kept } else { 0 },
                "the plan of line {line}"
            );
            assert!(
                claim
                    .pin
                    .is_none_or(|pin| items.iter().all(|item| item.0 == pin)),
                "the plan keeps pins"
            );
            for item in items {
                let taken = rows_taken
                    .get_mut(&item.0)
                    .expect("an item that can be had");
                assert!(
                    taken
                        .iter()
                        .all(|(start, end)| claim.end <= *start || *end <= claim.start),
                    "the plan uses an item twice"
                );
                taken.push((claim.start, claim.end));
            }
        }
    }
}

/// Whether a line wants afterwards what it wanted before.
fn asks_the_same(old: &Row, new: &Row) -> bool {
    // What it named may have been taken from it by the very act: then it asks for less, and is hurt
    // all the more.
    let names = new.pin.is_none() || new.pin == old.pin;
    (old.quantity, old.start, old.end) == (new.quantity, new.start, new.end)
        && names
        && claims(&old.reservation_state)
}

/// Of what more is out, or for another time. What a line gives back, because another kind went in
/// its place, goes to the first in the order, and may so pass by one behind him.
fn taken(before: &Rows, after: &Rows) -> Vec<TypeId> {
    let kinds: BTreeSet<i64> = after
        .rentals
        .iter()
        .filter(|rental| !before.rentals.contains(rental))
        .map(|rental| rental.kind)
        .collect();
    kinds.into_iter().map(TypeId).collect()
}

/// Whether gear that is out is due at another time.
fn moved(before: &Rows, after: &Rows) -> bool {
    before.rentals.iter().any(|old| {
        after
            .rentals
            .iter()
            .any(|new| new.id == old.id && new.due != old.due)
    })
}

fn shown(wants: &[Want]) -> String {
    wants
        .iter()
        .map(|want| {
            format!(
                "{}*{}{}{}",
                want.type_id.0,
                want.quantity,
                want.pin
                    .map_or(String::new(), |pin| format!(" pin {}", pin.0)),
                if want.with_accessories { "+" } else { "" }
            )
        })
        .collect::<Vec<_>>()
        .join(", ")
}

#[test]
fn case_13_no_promise_is_made_that_cannot_be_kept_and_none_is_refused_that_can() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|value| value.parse::<u64>().ok())
    };
    let acts = number("RENTDESK_PROMISES");
    let seed = number("RENTDESK_PROMISES_SEED").unwrap_or_else(|| match acts {
        None => 1,
        Some(_) => std::time::SystemTime::now()
            .duration_since(std::time::UNIX_EPOCH)
            .map_or(1, |time| time.as_nanos() as u64 / 1000),
    });
    let acts = acts.unwrap_or(10_000) as usize;
    let started = Instant::now();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    for shop in 0..acts.div_ceil(ACTS_PER_SHOP) {
        let mut life = Life::new(seed.wrapping_add(shop as u64));
        for act in 0..ACTS_PER_SHOP {
            life.step();
            if act + 1 == ACTS_PER_SHOP {
                life.house.check();
            }
        }
        for (what, count) in std::mem::take(&mut life.counts) {
            *counts.entry(what).or_default() += count;
        }
    }
    println!(
        "seed {seed}: {acts} acts, {counts:?}, {:.1} s",
        started.elapsed().as_secs_f64()
    );
    if acts >= 10_000 {
        for what in [
            "accepted",
            "refused",
            "taken",
            "taken anyway",
            "undone",
            "back",
            "facts",
        ] {
            assert!(
                counts.get(what).copied().unwrap_or(0) * 200 > acts,
                "hardly any \"{what}\": {counts:?}"
            );
        }
    }
}
