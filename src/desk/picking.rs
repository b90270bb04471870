//! What of a pick list lies where: the tags proposed from the soft plan, what is not here yet and
//! who has it. Made anew each time; nothing here is kept.

use super::lists::{Above, PaperRow};
use super::views::refused_is_fault;
use crate::booking::{self, Line, Rental, Reservation};
use crate::catalog;
use crate::customers;
use crate::inventory::{self, Item};
use crate::kernel::{
    Fallible, ItemId, LineId, Moment, RentalId, ReservationNumber, Settings, Text, TypeId,
};
use crate::store::Read;
use std::collections::BTreeMap;

/// The plan of each type, asked for once.
pub(super) struct Plans<'a> {
    db: Read<'a>,
    settings: &'a Settings,
    now: Moment,
    plans: BTreeMap<TypeId, BTreeMap<LineId, Vec<ItemId>>>,
}

impl<'a> Plans<'a> {
    pub fn new(db: Read<'a>, settings: &'a Settings, now: Moment) -> Self {
        Plans {
            db,
            settings,
            now,
            plans: BTreeMap::new(),
        }
    }

    pub fn of(&mut self, line: &Line) -> Fallible<Vec<ItemId>> {
        if !self.plans.contains_key(&line.type_id) {
            let plan = booking::plan_of(self.db, self.settings, line.type_id, self.now)?;
            self.plans.insert(line.type_id, plan);
        }
        Ok(self
            .plans
            .get(&line.type_id)
            .and_then(|plan| plan.get(&line.id))
            .cloned()
            .unwrap_or_default())
    }
}

/// One walk over a day's lines: what an earlier line takes, a later one does not find.
pub(super) struct Walk<'a> {
    plans: Plans<'a>,
    /// Counted stock that is still on its shelf.
    on_shelf: BTreeMap<TypeId, i64>,
    taken: BTreeMap<ItemId, ReservationNumber>,
    /// How many pieces of a rental are waited for already.
    waited_for: BTreeMap<RentalId, i64>,
    /// What must come back before it can go out, a sentence each.
    pub first_back: Vec<String>,
}

/// A line that is picked for.
pub(super) struct ToPick<'a> {
    pub found: &'a Reservation,
    pub line: &'a Line,
    pub lines: &'a [Line],
    pub left: i64,
    pub packed: i64,
    /// How many of them cannot be had at all.
    pub short: i64,
}

impl<'a> Walk<'a> {
    pub fn new(db: Read<'a>, settings: &'a Settings, now: Moment) -> Self {
        Walk {
            plans: Plans::new(db, settings, now),
            on_shelf: BTreeMap::new(),
            taken: BTreeMap::new(),
            waited_for: BTreeMap::new(),
            first_back: Vec::new(),
        }
    }

    pub fn row(&mut self, pick: &ToPick<'_>) -> Fallible<PaperRow> {
        let (db, line) = (self.plans.db, pick.line);
        let above = line
            .parent
            .and_then(|parent| pick.lines.iter().find(|above| above.id == parent));
        let row = PaperRow {
            quantity: pick.left,
            thing: line.type_name.clone(),
            packed: pick.packed,
            line: Some(line.id),
            of: above.map(|above| Above {
                line: above.id,
                quantity: above.quantity,
                name: above.type_name.clone(),
            }),
            note: above
                .map(|above| Text::new(&format!("for {}", above.type_name)))
                .or(contents(db, line.type_id)?.map(|parts| Text::new(&format!("+ {parts}")))),
            ..PaperRow::default()
        };
        match inventory::bulk_of_type(db, line.type_id)? {
            Some(bulk) => self.counted(pick, &bulk, row),
            None => self.tagged(pick, row),
        }
    }

    fn counted(
        &mut self,
        pick: &ToPick<'_>,
        bulk: &inventory::BulkStock,
        row: PaperRow,
    ) -> Fallible<PaperRow> {
        let on_shelf = self
            .on_shelf
            .entry(bulk.type_id)
            .or_insert((bulk.quantity - bulk.out).max(0));
        let short = pick.short.min(pick.left);
        let here = (pick.left - short).min(*on_shelf);
        *on_shelf -= here;
        let to_come = pick.left - short - here;
        let unknown = self.wait_for(pick, to_come + short)?.min(to_come);
        if unknown > 0 {
            let words = format!(
                "{unknown} x {}: {here} of {} are here",
                pick.line.type_name, pick.left
            );
            self.needed(pick, &words)?;
        }
        Ok(PaperRow {
            shelf: bulk.location.clone(),
            counted: true,
            short,
            to_come,
            ..row
        })
    }

    fn tagged(&mut self, pick: &ToPick<'_>, row: PaperRow) -> Fallible<PaperRow> {
        let db = self.plans.db;
        let proposed = match pick.line.pin {
            Some(item) => vec![item],
            None => self.plans.of(pick.line)?,
        };
        let items = proposed
            .iter()
            .map(|id| refused_is_fault(inventory::known(db, *id)))
            .collect::<Fallible<Vec<Item>>>()?;
        let mut here = 0;
        for item in &items {
            here += i64::from(self.takes(pick, item)?);
        }
        let unplanned = (pick.left - items.len() as i64).max(0);
        self.wait_for(pick, unplanned)?;
        let short = pick.short.max(unplanned).min(pick.left - here);
        Ok(PaperRow {
            shelf: items.iter().find_map(|item| item.location.clone()),
            pinned: pick.line.pin.is_some(),
            tags: items.into_iter().map(|item| item.tag).collect(),
            short,
            to_come: (pick.left - here - short).max(0),
            ..row
        })
    }

    /// Whether an item can be picked for this line; if not, what must come first is noted.
    fn takes(&mut self, pick: &ToPick<'_>, item: &Item) -> Fallible<bool> {
        let rental = booking::open_rental(self.plans.db, item.id)?;
        if let Some(rental) = rental {
            self.out_with(pick, &rental, 1)?;
            return Ok(false);
        }
        if !item.can_leave() {
            let why = if item.lifecycle == inventory::Lifecycle::InService {
                item.condition.shown()
            } else {
                item.lifecycle.shown()
            };
            self.needed(
                pick,
                &format!("{} {}: {why}", item.tag, pick.line.type_name),
            )?;
            return Ok(false);
        }
        if let Some(number) = self.taken.insert(item.id, pick.found.number) {
            self.needed(
                pick,
                &format!(
                    "{} {}: goes out with {number} first",
                    item.tag, pick.line.type_name
                ),
            )?;
            return Ok(false);
        }
        Ok(true)
    }

    /// Names who has pieces of the line's type out, those due first, until so many are found: how
    /// many nobody has.
    fn wait_for(&mut self, pick: &ToPick<'_>, pieces: i64) -> Fallible<i64> {
        let mut left = pieces;
        if left < 1 {
            return Ok(0);
        }
        for rental in booking::open_rentals_of_type(self.plans.db, pick.line.type_id)? {
            let free = rental.quantity - self.waited_for.get(&rental.id).copied().unwrap_or(0);
            let quantity = free.min(left);
            if quantity > 0 && rental.reservation != pick.found.id {
                self.out_with(pick, &rental, quantity)?;
                left -= quantity;
            }
            if left < 1 {
                break;
            }
        }
        Ok(left)
    }

    /// `CAM-0013 Sony FX6 body: Tom Reuter 0170 5550 (R-1002), due Sat 22 Nov 08:00; for R-1001
    /// Maya Chen`
    fn out_with(&mut self, pick: &ToPick<'_>, rental: &Rental, quantity: i64) -> Fallible<()> {
        let Plans {
            db, settings, now, ..
        } = self.plans;
        *self.waited_for.entry(rental.id).or_default() += quantity;
        let what = match rental.item {
            Some(item) => inventory::tag_of(db, item)?
                .map(|tag| tag.to_string())
                .unwrap_or_default(),
            None => format!("{quantity} x"),
        };
        let thing = catalog::names(db, [rental.type_id])?
            .remove(&rental.type_id)
            .unwrap_or_default();
        let person = refused_is_fault(customers::known(db, rental.customer))?.profile;
        let phone = person
            .phone
            .map_or_else(String::new, |phone| format!(" {phone}"));
        let due = if rental.due_at < now {
            "overdue since"
        } else {
            "due"
        };
        let number = booking::number_of(db, rental.reservation)?;
        self.needed(
            pick,
            &format!(
                "{what} {thing}: {}{phone} ({number}), {due} {}",
                person.name,
                settings.zone.show(rental.due_at, now)
            ),
        )
    }

    fn needed(&mut self, pick: &ToPick<'_>, words: &str) -> Fallible<()> {
        let name = match pick.found.customer {
            Some(id) => format!(
                " {}",
                refused_is_fault(customers::known(self.plans.db, id))?
                    .profile
                    .name
            ),
            None => String::new(),
        };
        self.first_back
            .push(format!("{words}; for {}{name}", pick.found.number));
        Ok(())
    }
}

fn contents(db: Read<'_>, type_id: TypeId) -> Fallible<Option<String>> {
    let parts = refused_is_fault(catalog::type_details(db, type_id))?
        .details
        .contents;
    Ok((!parts.is_empty()).then(|| {
        parts
            .iter()
            .map(Text::as_str)
            .collect::<Vec<_>>()
            .join(", ")
    }))
}
