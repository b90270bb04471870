//! How people, things, times and amounts stand in an answer, and how they are named in arguments.

use super::usage;
use crate::booking::{self, Rental};
use crate::catalog::{self, EquipmentType};
use crate::customers;
use crate::inventory;
use crate::kernel::when::{self, Lean, When};
use crate::kernel::{
    AssetTag, CustomerId, CustomerNumber, Failure, Fallible, Moment, Money, Period, Refusal,
    ReservationId, ReservationNumber, Settings, StaffId, Stop, Text, TypeId,
};
use crate::shop::Shop;
use crate::staff;
use crate::store::{Read, Write};
use serde_json::{Value, json};
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

/// The shop as an answer sees it: inside a command's transaction, or outside any.
pub struct View<'a> {
    pub db: Read<'a>,
    pub settings: &'a Settings,
    pub now: Moment,
    people: RefCell<BTreeMap<CustomerId, (CustomerNumber, Text)>>,
    types: RefCell<BTreeMap<TypeId, Text>>,
    numbers: RefCell<BTreeMap<ReservationId, ReservationNumber>>,
    staff: OnceCell<BTreeMap<StaffId, Text>>,
}

impl<'a> View<'a> {
    pub fn of(shop: &'a Shop) -> Self {
        View::new(shop.read(), &shop.settings, shop.now())
    }

    pub fn within(db: &Write<'a>, settings: &'a Settings) -> Self {
        View::new(db.read(), settings, db.now())
    }

    fn new(db: Read<'a>, settings: &'a Settings, now: Moment) -> Self {
        View {
            db,
            settings,
            now,
            people: RefCell::default(),
            types: RefCell::default(),
            numbers: RefCell::default(),
            staff: OnceCell::new(),
        }
    }

    /// `Fri 21 Nov 10:42`
    pub fn show(&self, moment: Moment) -> String {
        self.settings.zone.show(moment, self.now)
    }

    /// `today 18:00`
    pub fn near(&self, moment: Moment) -> String {
        self.settings.zone.show_near(moment, self.now)
    }

    pub fn money(&self, amount: Option<Money>) -> Value {
        amount.map_or(Value::Null, |amount| {
            json!(
                self.settings
                    .currency
                    .plain(amount)
                    .parse::<f64>()
                    .unwrap_or_default()
            )
        })
    }

    pub fn money_text(&self, amount: Option<Money>) -> String {
        amount.map_or_else(String::new, |amount| self.settings.currency.show(amount))
    }

    /// What is named, each item once: a tag that is named twice is one. Counts of counted stock stay
    /// as they are, they add up.
    pub fn named_once(&self, typed: &[String]) -> Fallible<Vec<String>> {
        let (mut once, mut seen) = (Vec::new(), Vec::new());
        for tag in typed {
            if let [inventory::Stock::Item(item)] = inventory::candidates(self.db, tag)?.as_slice()
            {
                if seen.contains(&item.id) {
                    continue;
                }
                seen.push(item.id);
            }
            once.push(tag.clone());
        }
        Ok(once)
    }

    /// An amount as it was typed; nothing where it is empty.
    pub fn read_money(&self, typed: &str) -> Result<Option<Money>, Stop> {
        if typed.trim().is_empty() {
            return Ok(None);
        }
        match self.settings.currency.read(typed) {
            Some(amount) if amount.0 >= 0 => Ok(Some(amount)),
            _ => Err(usage(
                format!(
                    "\"{}\" is not an amount in {}",
                    Text::new(typed),
                    self.settings.currency.code()
                ),
                "for example 49.90",
            )),
        }
    }

    pub fn when(&self, typed: &str, lean: Lean) -> Result<When, Stop> {
        self.when_from(typed, self.now, lean)
    }

    /// As [`Self::when`], as somebody says it who speaks of another moment.
    pub fn when_from(&self, typed: &str, from: Moment, lean: Lean) -> Result<When, Stop> {
        when::read(typed, from, &self.settings.zone, lean).map_err(|why| {
            usage(
                Text::new(&why.0).to_string(),
                "for example \"fri 9:00\", +3d, 2026-11-24 or 2026-11-24T09:00:00Z",
            )
        })
    }

    /// The instants that somebody means: one, or all of a day.
    pub fn span(&self, typed: &str) -> Result<Period, Stop> {
        Ok(match self.when(typed, Lean::Back)? {
            When::Day(day) => self.settings.zone.day_period(day),
            When::Time(moment) => Period {
                start: moment,
                end: Moment(moment.0 + 1),
            },
        })
    }

    pub fn customer(&self, id: CustomerId) -> Fallible<(CustomerNumber, Text)> {
        if let Some(known) = self.people.borrow().get(&id) {
            return Ok(known.clone());
        }
        let found = surely(customers::known(self.db, id))?;
        let named = (found.number, found.profile.name);
        self.people.borrow_mut().insert(id, named.clone());
        Ok(named)
    }

    /// `Maya Chen C-0007`
    pub fn person(&self, id: CustomerId) -> Fallible<String> {
        let (number, name) = self.customer(id)?;
        Ok(format!("{name} {number}"))
    }

    pub fn type_name(&self, id: TypeId) -> Fallible<Text> {
        if let Some(name) = self.types.borrow().get(&id) {
            return Ok(name.clone());
        }
        let name = surely(catalog::type_details(self.db, id))?.details.name;
        self.types.borrow_mut().insert(id, name.clone());
        Ok(name)
    }

    pub fn number(&self, id: ReservationId) -> Fallible<ReservationNumber> {
        if let Some(number) = self.numbers.borrow().get(&id) {
            return Ok(*number);
        }
        let number = surely(booking::reservation(self.db, id))?.number;
        self.numbers.borrow_mut().insert(id, number);
        Ok(number)
    }

    pub fn staff_name(&self, id: Option<StaffId>) -> Fallible<Option<Text>> {
        let Some(id) = id else { return Ok(None) };
        if self.staff.get().is_none() {
            let _ = self.staff.set(staff::names(self.db)?); // it was empty a moment ago
        }
        Ok(self.staff.get().and_then(|names| names.get(&id)).cloned())
    }

    /// The tag of what a rental is of: the item's own, or that of its counted stock.
    pub fn tag_of(&self, rental: &Rental) -> Fallible<AssetTag> {
        match rental.item {
            Some(item) => Ok(surely(inventory::known(self.db, item))?.tag),
            None => inventory::bulk_of_type(self.db, rental.type_id)?
                .map(|bulk| bulk.tag)
                .ok_or_else(|| {
                    anyhow::anyhow!("rental {} has neither item nor stock", rental.id.0)
                }),
        }
    }

    pub fn path_of(&self, found: &EquipmentType) -> Fallible<Text> {
        Ok(catalog::category_paths(self.db)?
            .remove(&found.details.category)
            .unwrap_or_default())
    }

    /// The type of a reference or an exact name, or of a tag of its things.
    pub fn resolve_type(&self, typed: &str) -> Result<EquipmentType, Stop> {
        let refusal = match catalog::resolve_type(self.db, typed) {
            Ok(found) => return Ok(found),
            Err(Failure::Refused(refusal)) => refusal,
            Err(fault) => return Err(fault.into()),
        };
        if refusal.not_found() {
            let code = crate::kernel::tag::code_of(typed);
            if let Some(stock) = inventory::by_code(self.db, &code)? {
                return Ok(catalog::type_details(self.db, stock.type_id())?);
            }
        }
        Err(refusal.into())
    }

    /// As [`Self::resolve_type`]; a withdrawn type is found too, because its story stays.
    pub fn resolve_any_type(&self, typed: &str) -> Result<Vec<EquipmentType>, Stop> {
        let mut found = catalog::types_with_reference(self.db, &Text::new(typed))?;
        if found.is_empty() {
            found = catalog::types_named(self.db, Text::new(typed).as_str())?;
        }
        if found.is_empty() {
            Ok(vec![self.resolve_type(typed)?])
        } else {
            Ok(found)
        }
    }
}

/// A moment at which nobody is in the shop, in words: worth a word, never a refusal.
pub fn closed_then(view: &View<'_>, what: &str, moment: Moment) -> Option<String> {
    let settings = view.settings;
    (!settings.hours.is_open(&settings.zone, moment)).then(|| {
        format!(
            "{what} {}, when the shop is closed; it opens {}",
            view.show(moment),
            view.show(settings.hours.next_open(&settings.zone, moment))
        )
    })
}

/// Warnings under an answer, and beside it for programs.
pub fn with_warnings(answer: super::Answer, warnings: &[String]) -> super::Answer {
    let mut answer = answer;
    if let Some(fields) = answer.json.as_object_mut() {
        fields.insert("warnings".to_owned(), json!(warnings));
    }
    for warning in warnings {
        answer.text = format!("{}\n!! {warning}", answer.text.trim_end());
    }
    answer
}

/// A row that another row names must be there: its absence is a fault, not a refusal.
pub fn surely<T, R: Refusal>(outcome: Result<T, Failure<R>>) -> Fallible<T> {
    outcome.map_err(|failure| match failure {
        Failure::Fault(fault) => fault,
        Failure::Refused(refusal) => anyhow::anyhow!("{refusal}"),
    })
}

/// An instant in JSON.
pub fn stamp(moment: Option<Moment>) -> Value {
    moment.map_or(Value::Null, |moment| json!(moment.rfc3339()))
}

/// What was typed for a field: `None` leaves it, an empty word clears it.
pub fn revised(typed: Option<&String>, before: Option<Text>) -> Option<Text> {
    match typed {
        None => before,
        Some(typed) => Text::filled(typed),
    }
}

pub fn filled(typed: Option<&String>) -> Option<Text> {
    typed.and_then(|typed| Text::filled(typed))
}

/// A text that may be missing, for a line of a table.
pub fn plain(text: Option<&Text>) -> String {
    text.map_or_else(String::new, Text::to_string)
}
