//! A list of gear. Rows of one name in one category are one type; each row is a thing with its tag,
//! or a number of things without.
//!
//! - A tag that the shop knows under the same type is there already. Things without tags are
//!   counted: the row brings what is missing.
//! - What a type costs must not differ between its rows. Other facts of the type are taken from the
//!   first row that has them.
//! - A `reference` that stands on two rows of the list names a type, otherwise the item of its row;
//!   in a list without tags it names the type. A `type_reference` column, as our own export has it,
//!   leaves nothing to guess.

use super::cells::{self, ConditionWord, QUANTITY_MAX};
use super::columns::Columns;
use super::import::{Created, List, Problems, RowCells, rows_have, said};
use crate::catalog::{self, NewType, PATH_MARK, Tracking};
use crate::inventory::{self, Condition, Lifecycle, NewItem, Report};
use crate::kernel::text::folded;
use crate::kernel::{AssetTag, CategoryId, Fallible, Money, Settings, Text, TypeId};
use crate::pricing::{self, Rate};
use crate::store::{Read, Write};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Where gear without a category goes.
const NO_CATEGORY: &str = "General";
/// Why an item is lost, retired or broken, where the list does not say.
pub(super) const IMPORTED: &str = "imported";
const BULK_MAX: i64 = 100_000;

pub(super) struct ItemsPlan {
    types: Vec<PlannedType>,
    additions: Vec<Addition>,
    pub skipped: usize,
}

/// A type of the list, with what its rows say of it.
struct PlannedType {
    row: usize,
    path: String,
    details: NewType,
    charges: Charges,
    /// With the row that says so; none: the shop's own.
    tax_class: Option<(Text, usize)>,
    is_withdrawn: bool,
    /// In the shop already, or made by this import.
    id: Option<TypeId>,
    /// Its things in the shop that no tag of this list names, and that no row has accounted for
    /// yet.
    unnamed_left: Option<i64>,
    bulk_row: Option<usize>,
}

/// What a type costs, in minor units, and for how many hours; each with the row that says so.
type Charges = [Option<(i64, usize)>; 6];
const CHARGES: [(&str, &str); 6] = [
    ("hourly_rate", "rate per hour"),
    ("daily_rate", "rate per day"),
    ("weekly_rate", "rate per week"),
    ("period_rate", "rate"),
    ("minimum_charge", "minimum charge"),
    ("rental_days", "rental period"),
];

/// What one row adds.
struct Addition {
    row: usize,
    planned: usize,
    what: What,
}

enum What {
    /// The type alone: the shop has none of it.
    Nothing,
    Things(Box<Things>),
    Bulk {
        quantity: i64,
        label: Option<AssetTag>,
        location: Option<Text>,
    },
}

struct Things {
    count: i64,
    item: NewItem,
    condition: Condition,
    trouble: Option<Text>,
    lifecycle: Lifecycle,
}

/// What the whole list says, known before the first row is taken.
struct Reader<'a, 'l> {
    list: &'l List<'a>,
    /// In which row each tag stands first.
    tags: HashMap<String, usize>,
    references_name_items: bool,
    /// The paths of categories as they are spelled, by what they are compared by.
    paths: HashMap<String, String>,
    category_ids: BTreeMap<CategoryId, String>,
    types: HashMap<(String, String, bool), usize>,
    /// Columns whose values differ between the rows of a type, with the first row that does.
    differing: BTreeMap<String, usize>,
}

impl ItemsPlan {
    pub fn of(list: &List<'_>, problems: &mut Problems, notes: &mut Vec<String>) -> Fallible<Self> {
        let mut plan = ItemsPlan {
            types: Vec::new(),
            additions: Vec::new(),
            skipped: 0,
        };
        let mut reader = Reader::new(list)?;
        for row in list.rows(problems) {
            let mut cells = RowCells::new(list.columns, row, problems);
            reader.take(&mut plan, &mut cells)?;
        }
        for (column, row) in reader.differing {
            notes.push(format!("\"{column}\" differs between things of one type, first in row {row}; a type keeps its first value"));
        }
        let empty = plan
            .additions
            .iter()
            .filter(|addition| matches!(addition.what, What::Nothing))
            .count();
        // In our own export that is said by a row of its own.
        if empty > 0 && !list.columns.has("lifecycle") {
            notes.push(format!(
                "{} quantity 0; the type comes without things",
                rows_have(empty)
            ));
        }
        Ok(plan)
    }

    pub fn carry_out(&mut self, db: &mut Write<'_>, problems: &mut Problems) -> Fallible<Created> {
        let mut created = Created::default();
        note_tags(db, &self.additions)?;
        let mut categories = HashMap::new();
        for addition in &self.additions {
            let planned = &mut self.types[addition.planned];
            let outcome = match planned.id {
                Some(id) => Ok(id),
                None => made(db, planned, &mut categories)?.inspect(|_| created.types += 1),
            };
            let outcome = match outcome {
                Ok(id) => add(db, id, &addition.what, &mut created)?,
                Err(message) => Err(message),
            };
            if let Err(message) = outcome {
                problems.add(addition.row, "", message);
            }
        }
        Ok(created)
    }
}

/// Generated tags must not meet those of the list; the highest of each letters says it for all.
fn note_tags(db: &mut Write<'_>, additions: &[Addition]) -> Fallible<()> {
    let mut highest: BTreeMap<String, (i64, &AssetTag)> = BTreeMap::new();
    for addition in additions {
        let tag = match &addition.what {
            What::Things(things) => things.item.tag.as_ref(),
            What::Bulk { label, .. } => label.as_ref(),
            What::Nothing => None,
        };
        let Some(tag) = tag else { continue };
        if let Some((letters, number)) =
            crate::kernel::tag::short_form(tag.as_str()).filter(|(_, number)| *number < 1_000_000)
        {
            let known = highest.entry(letters).or_insert((number, tag));
            if number > known.0 {
                *known = (number, tag);
            }
        }
    }
    highest
        .values()
        .try_for_each(|(_, tag)| inventory::note_tag_seen(db, tag))
}

/// Makes a type with its category and its rate.
fn made(
    db: &mut Write<'_>,
    planned: &mut PlannedType,
    categories: &mut HashMap<String, CategoryId>,
) -> Fallible<Result<TypeId, String>> {
    let category = match categories.get(&planned.path) {
        Some(category) => *category,
        None => match said(catalog::category_at_path(db, &planned.path))? {
            Ok(category) => *categories.entry(planned.path.clone()).or_insert(category),
            Err(message) => return Ok(Err(message)),
        },
    };
    planned.details.category = category;
    let id = match said(catalog::add_type(db, &planned.details))? {
        Ok(id) => id,
        Err(message) => return Ok(Err(message)),
    };
    planned.id = Some(id);
    let [hourly, daily, weekly, fixed, minimum, _] = planned
        .charges
        .map(|charge| charge.map(|(amount, _)| Money(amount)));
    let rate = Rate {
        hourly,
        daily,
        weekly,
        fixed,
        minimum,
    };
    let tax_class = planned.tax_class.as_ref().map(|(class, _)| class);
    if rate != Rate::default() || tax_class.is_some() {
        let from = db.now();
        if let Err(message) = said(pricing::set_rate_from(db, id, rate, tax_class, from))? {
            return Ok(Err(message));
        }
    }
    // At once, so that a type of the same name that is still rented can be made.
    if planned.is_withdrawn {
        return Ok(said(catalog::withdraw_type(db, id, &Text::new(IMPORTED)))?.map(|()| id));
    }
    Ok(Ok(id))
}

fn add(
    db: &mut Write<'_>,
    id: TypeId,
    what: &What,
    created: &mut Created,
) -> Fallible<Result<(), String>> {
    match what {
        What::Nothing => Ok(Ok(())),
        What::Bulk {
            quantity,
            label,
            location,
        } => {
            let outcome = said(inventory::add_bulk(
                db,
                id,
                (*quantity).max(1),
                label.as_ref(),
                location.as_ref(),
            ))?;
            if outcome.is_ok() {
                created.bulk += usize::try_from(*quantity).unwrap_or(0);
            }
            // A stock that is used up still has its label.
            if outcome.is_ok() && *quantity == 0 {
                said(inventory::set_bulk_quantity(db, id, 0))
            } else {
                Ok(outcome)
            }
        }
        What::Things(things) => {
            for _ in 0..things.count {
                if let Err(message) = add_item(db, id, things)? {
                    return Ok(Err(message));
                }
                created.items += 1;
            }
            Ok(Ok(()))
        }
    }
}

fn add_item(db: &mut Write<'_>, type_id: TypeId, things: &Things) -> Fallible<Result<(), String>> {
    let item = match said(inventory::add_item(
        db,
        &NewItem {
            type_id,
            ..things.item.clone()
        },
    ))? {
        Ok(item) => item,
        Err(message) => return Ok(Err(message)),
    };
    if things.condition != Condition::Good {
        let trouble = things
            .trouble
            .clone()
            .or_else(|| things.item.note.clone())
            .unwrap_or(Text::new(IMPORTED));
        if let Err(message) = said(inventory::report_condition(
            db,
            item,
            &Report::plain(things.condition, Some(trouble)),
        ))? {
            return Ok(Err(message));
        }
    }
    let reason = Text::new(IMPORTED);
    match things.lifecycle {
        Lifecycle::InService => Ok(Ok(())),
        Lifecycle::Lost => said(inventory::report_lost(db, item, &reason, None)),
        Lifecycle::Retired => said(inventory::retire(db, item, &reason)),
    }
}

impl<'a, 'l> Reader<'a, 'l> {
    fn new(list: &'l List<'a>) -> Fallible<Self> {
        let mut tags = HashMap::new();
        for row in &list.sheet.rows {
            for tag in ["tag", "code"].map(|field| list.columns.cell(row, field)) {
                tags.entry(crate::kernel::tag::code_of(tag))
                    .or_insert(row.row);
            }
        }
        let mut references = HashSet::new();
        let repeats = list
            .column("reference")
            .any(|reference| !references.insert(reference));
        let references_name_items =
            list.columns.has("type_reference") || (list.columns.has("tag") && !repeats);
        let category_ids: BTreeMap<CategoryId, String> = catalog::category_paths(list.db)?
            .into_iter()
            .map(|(id, path)| (id, path.to_string()))
            .collect();
        let paths = category_ids
            .values()
            .map(|path| (folded(path), path.clone()))
            .collect();
        Ok(Reader {
            list,
            tags,
            references_name_items,
            paths,
            category_ids,
            types: HashMap::new(),
            differing: BTreeMap::new(),
        })
    }

    /// Takes one row into the plan.
    fn take(&mut self, plan: &mut ItemsPlan, cells: &mut RowCells<'_, '_>) -> Fallible<()> {
        let Some(name) = cells.required("type", "equipment type", |cell| Ok(Text::new(cell)))
        else {
            return Ok(());
        };
        let path = self.path(cells);
        let is_withdrawn = cells.read("withdrawn", cells::switch).unwrap_or(false);
        let (charges, details) = self.type_of(cells, name);
        let (Some((what, tracking)), true) = (self.what(cells), cells.is_sound) else {
            return Ok(());
        };
        let key = (folded(&path), folded(details.name.as_str()), is_withdrawn);
        let planned = match self.types.get(&key) {
            Some(planned) => *planned,
            None => {
                let known = self.known_type(&key)?;
                let details = NewType {
                    tracking: known.map_or(tracking, |(_, tracking)| tracking),
                    ..details.clone()
                };
                let id = known.map(|(id, _)| id);
                let new = PlannedType {
                    row: cells.row.row,
                    path,
                    details,
                    charges,
                    tax_class: None,
                    is_withdrawn,
                    id,
                    unnamed_left: None,
                    bulk_row: None,
                };
                plan.types.push(new);
                *self.types.entry(key).or_insert(plan.types.len() - 1)
            }
        };
        if !matches!(what, What::Nothing) {
            refuse_mixed(&plan.types[planned], cells, tracking);
        }
        self.settle(&mut plan.types[planned], cells, &charges, &details);
        self.settle_tax(&mut plan.types[planned], cells)?;
        if !cells.is_sound {
            return Ok(());
        }
        match self.still_missing(&mut plan.types[planned], cells, what)? {
            Some(what) => plan.additions.push(Addition {
                row: cells.row.row,
                planned,
                what,
            }),
            None => plan.skipped += usize::from(cells.is_sound),
        }
        Ok(())
    }

    /// The category's path as the shop or the first row of the list spells it.
    fn path(&mut self, cells: &mut RowCells<'_, '_>) -> String {
        let names: Vec<Text> = cells
            .cell("category")
            .split(PATH_MARK.trim())
            .map(Text::new)
            .collect();
        let path = match names.as_slice() {
            [only] if only.is_empty() => NO_CATEGORY.to_owned(),
            names => names
                .iter()
                .map(Text::as_str)
                .collect::<Vec<_>>()
                .join(PATH_MARK),
        };
        if path != NO_CATEGORY
            && names
                .iter()
                .any(|name| name.is_empty() || name.length() > 100)
        {
            cells.refuse("category", "a category needs a name of 1 to 100 characters");
        }
        self.paths.entry(folded(&path)).or_insert(path).clone()
    }

    /// What the row says of its type.
    fn type_of(&self, cells: &mut RowCells<'_, '_>, name: Text) -> (Charges, NewType) {
        let list = self.list;
        let price = |cells: &mut RowCells<'_, '_>, field| {
            cells.read(field, |cell| cells::price(cell, list.settings.currency))
        };
        let amount = |cells: &mut RowCells<'_, '_>, field| {
            price(cells, field)
                .map(|money| money.0)
                .filter(|amount| *amount > 0)
        };
        let (hourly, mut daily, weekly, mut fixed) = (
            amount(cells, "hourly_rate"),
            amount(cells, "daily_rate"),
            amount(cells, "weekly_rate"),
            amount(cells, "period_rate"),
        );
        let hours = cells.read("rental_days", cells::rental_hours);
        if hours.is_none() && !list.columns.has("daily_rate") {
            daily = fixed.take();
        }
        let row = cells.row.row;
        let charges = [
            hourly,
            daily,
            weekly,
            fixed,
            amount(cells, "minimum_charge"),
            hours,
        ]
        .map(|charge| charge.map(|charge| (charge, row)));
        let reference = if self.references_name_items {
            cells.text("type_reference")
        } else {
            cells.text("reference")
        };
        let details = NewType {
            description: cells.text("description"),
            specs: list.columns.specs(cells.row),
            contents: list.columns.contents(cells.row),
            fixed_hours: hours,
            turnaround_minutes: cells
                .read("turnaround_minutes", |cell| cells::stock(cell, 43_200))
                .unwrap_or(0),
            replacement_value: price(cells, "replacement_value"),
            reference,
            ..NewType::named(CategoryId(0), name, Tracking::Items)
        };
        if let Err(refusal) = details.checked() {
            cells.refuse("type", refusal.to_string());
        }
        (charges, details)
    }

    /// What the row brings, and how things of its type are kept. `None` where it cannot be read.
    fn what(&self, cells: &mut RowCells<'_, '_>) -> Option<(What, Tracking)> {
        let parse_tag = |cell: &str| {
            AssetTag::parse(cell).ok_or_else(|| {
                format!("\"{cell}\" cannot be a tag: letters, digits and - _ . / + are, up to 32")
            })
        };
        let (tag, code) = (cells.read("tag", parse_tag), cells.read("code", parse_tag));
        for (field, tag) in [("tag", &tag), ("code", &code)] {
            if let Some(tag) = tag
                && let Some(first) = self
                    .tags
                    .get(&tag.code())
                    .filter(|first| **first != cells.row.row)
            {
                cells.refuse(field, format!("{tag} stands in row {first} already"));
            }
        }
        let counts = self.list.columns.has("quantity")
            && (cells.cell("tag").is_empty() || !cells.cell("quantity").is_empty());
        let quantity = if counts {
            cells.required("quantity", "quantity", |cell| cells::stock(cell, BULK_MAX))?
        } else {
            1
        };
        let is_bulk = cells
            .read("bulk", cells::switch)
            .unwrap_or(self.list.bulk && (tag.is_none() || quantity > 1));
        let location = cells.text("location");
        if is_bulk {
            let label = code.or(tag);
            let what = if quantity == 0 && label.is_none() {
                What::Nothing
            } else {
                What::Bulk {
                    quantity,
                    label,
                    location,
                }
            };
            return Some((what, Tracking::Bulk));
        }
        if quantity > QUANTITY_MAX {
            cells.refuse(
                "quantity",
                format!("the quantity is {quantity}; at most {QUANTITY_MAX} of a type are kept"),
            );
        }
        if let Some(tag) = tag.as_ref().filter(|_| quantity != 1) {
            cells.refuse(
                "quantity",
                format!("{tag} is one thing, not {quantity}; --bulk counts what has one label"),
            );
        }
        if quantity == 0 {
            return Some((What::Nothing, Tracking::Items));
        }
        let serial = cells.text("serial");
        if let Some(serial) = serial.as_ref().filter(|_| quantity > 1) {
            cells.refuse(
                "quantity",
                format!("{serial} is the serial number of one thing, not of {quantity}"),
            );
        }
        let reference = cells
            .text("reference")
            .filter(|_| self.references_name_items && quantity == 1);
        let item = NewItem {
            serial,
            location,
            note: cells.text("note"),
            reference,
            ..NewItem::good(TypeId(0), tag)
        };
        let condition = cells
            .read("condition", cells::condition)
            .map_or(Condition::Good, condition_of);
        let lifecycle = cells
            .read("lifecycle", lifecycle)
            .unwrap_or(Lifecycle::InService);
        let things = Things {
            count: quantity,
            item,
            condition,
            trouble: cells.text("trouble"),
            lifecycle,
        };
        Some((What::Things(Box::new(things)), Tracking::Items))
    }

    /// The shop's type of this name in this category.
    fn known_type(
        &self,
        (path, name, is_withdrawn): &(String, String, bool),
    ) -> Fallible<Option<(TypeId, Tracking)>> {
        let is_it = |found: &catalog::EquipmentType| {
            found.withdrawn == *is_withdrawn
                && self
                    .category_ids
                    .get(&found.details.category)
                    .is_some_and(|known| folded(known) == *path)
        };
        let found = catalog::types_named(self.list.db, name)?
            .into_iter()
            .find(is_it);
        Ok(found.map(|found| (found.id, found.details.tracking)))
    }

    /// Brings what a row says of its type together with what earlier rows said.
    fn settle(
        &mut self,
        planned: &mut PlannedType,
        cells: &mut RowCells<'_, '_>,
        charges: &Charges,
        details: &NewType,
    ) {
        // A type that the shop has keeps its own terms.
        if planned.id.is_some() {
            return;
        }
        for ((known, new), (field, says)) in planned.charges.iter().zip(charges).zip(CHARGES) {
            if let (Some((known, row)), Some((new, _))) = (known, new)
                && known != new
            {
                let [known, new] =
                    [*known, *new].map(|value| charge(self.list.settings, field, value));
                cells.refuse(
                    field,
                    format!(
                        "the {says} of {} is {known} in row {row}, {new} here",
                        planned.details.name
                    ),
                );
            }
        }
        if !cells.is_sound {
            return;
        }
        for (known, new) in planned.charges.iter_mut().zip(charges) {
            *known = known.or(*new);
        }
        planned.details.fixed_hours = planned.details.fixed_hours.or(details.fixed_hours);
        for column in differing(&mut planned.details, details, self.list.columns) {
            self.differing.entry(column).or_insert(cells.row.row);
        }
    }

    /// A tax class must be one that the shop has, and the same on every row of a type.
    fn settle_tax(&self, planned: &mut PlannedType, cells: &mut RowCells<'_, '_>) -> Fallible<()> {
        let Some(class) = cells.text("tax_class").filter(|_| planned.id.is_none()) else {
            return Ok(());
        };
        if !pricing::has_class(self.list.db, &class)? {
            cells.refuse("tax_class", format!("there is no tax class \"{class}\"; set it first: rentdesk tax set \"{class}\" PERCENT"));
            return Ok(());
        }
        match &planned.tax_class {
            Some((known, row)) if *known != class => {
                let message = format!(
                    "the tax class of {} is {known} in row {row}, {class} here",
                    planned.details.name
                );
                cells.refuse("tax_class", message);
            }
            Some(_) => {}
            None => planned.tax_class = Some((class, cells.row.row)),
        }
        Ok(())
    }

    /// What the shop lacks of a row; `None` if it has everything.
    fn still_missing(
        &self,
        planned: &mut PlannedType,
        cells: &mut RowCells<'_, '_>,
        what: What,
    ) -> Fallible<Option<What>> {
        let db = self.list.db;
        let tag = match &what {
            What::Things(things) => things.item.tag.as_ref(),
            What::Bulk { label, .. } => label.as_ref(),
            What::Nothing => return Ok(planned.id.is_none().then_some(what)),
        };
        if let Some(tag) = tag
            && let Some(owner) = inventory::by_code(db, &tag.code())?
        {
            let owner = owner.type_id();
            if Some(owner) != planned.id {
                let owner = catalog::names(db, [owner])?
                    .remove(&owner)
                    .unwrap_or_default();
                cells.refuse("tag", format!("{tag} belongs to {owner} already"));
            }
            return Ok(None);
        }
        match what {
            What::Bulk { .. } => {
                if let Some(first) = planned.bulk_row.replace(cells.row.row) {
                    cells.refuse(
                        "quantity",
                        format!("{} is counted in row {first} already", planned.details.name),
                    );
                }
                let is_there = planned
                    .id
                    .map(|id| inventory::bulk_of_type(db, id))
                    .transpose()?
                    .flatten()
                    .is_some();
                Ok((!is_there).then_some(what))
            }
            What::Things(mut things) => {
                if let (Some(id), Some(serial)) = (planned.id, &things.item.serial)
                    && let Some(other) = inventory::of_type(db, id)?
                        .into_iter()
                        .find(|item| item.serial.as_ref() == Some(serial))
                {
                    if things.item.tag.is_some() {
                        cells.refuse(
                            "serial",
                            format!("{serial} belongs to {} already", other.tag),
                        );
                    }
                    return Ok(None);
                }
                if things.item.tag.is_none() {
                    let left = match planned.unnamed_left {
                        Some(left) => left,
                        None => self.unnamed(db, planned.id)?,
                    };
                    let there = left.min(things.count);
                    planned.unnamed_left = Some(left - there);
                    things.count -= there;
                }
                Ok((things.count > 0).then_some(What::Things(things)))
            }
            What::Nothing => Ok(None),
        }
    }

    /// How many things of a type the shop has that no tag of this list names.
    fn unnamed(&self, db: Read<'_>, id: Option<TypeId>) -> Fallible<i64> {
        let Some(id) = id else { return Ok(0) };
        let count = inventory::of_type(db, id)?
            .iter()
            .filter(|item| !self.tags.contains_key(&item.tag.code()))
            .count();
        Ok(i64::try_from(count)?)
    }
}

/// A type is counted or its things have tags; it cannot be both.
fn refuse_mixed(planned: &PlannedType, cells: &mut RowCells<'_, '_>, tracking: Tracking) {
    if planned.details.tracking == tracking {
        return;
    }
    let (is, wants) = if tracking == Tracking::Bulk {
        ("has things with tags", "counts it")
    } else {
        ("is counted", "brings things with tags")
    };
    let place = if planned.id.is_some() {
        "in the shop".to_owned()
    } else {
        format!("in row {}", planned.row)
    };
    cells.refuse(
        "quantity",
        format!("{} {is} {place}, this row {wants}", planned.details.name),
    );
}

/// Fills what is open in `known` from `new`; the columns whose values differ.
fn differing(known: &mut NewType, new: &NewType, columns: &Columns) -> Vec<String> {
    let mut differs = Vec::new();
    let header = |field: &str| columns.header(field).map_or(field, Text::as_str).to_owned();
    let mut settle =
        |field: &str, known: &mut Option<Text>, new: &Option<Text>| match (known.as_ref(), new) {
            (None, Some(_)) => known.clone_from(new),
            (Some(before), Some(after)) if before != after => differs.push(header(field)),
            _ => {}
        };
    settle("description", &mut known.description, &new.description);
    settle("reference", &mut known.reference, &new.reference);
    for (name, value) in &new.specs {
        match known.specs.iter().find(|(other, _)| other == name) {
            None => known.specs.push((name.clone(), value.clone())),
            Some((_, before)) if before != value => differs.push(name.to_string()),
            Some(_) => {}
        }
    }
    match (known.replacement_value, new.replacement_value) {
        (None, after) => known.replacement_value = after,
        (Some(before), Some(after)) if before != after => differs.push(header("replacement_value")),
        _ => {}
    }
    if known.contents.is_empty() {
        known.contents.clone_from(&new.contents);
    } else if !new.contents.is_empty() && known.contents != new.contents {
        differs.push(header("contents"));
    }
    differs
}

/// A charge as a sentence names it.
fn charge(settings: &Settings, field: &str, value: i64) -> String {
    match field {
        "rental_days" if value % 24 == 0 => format!("{} days", value / 24),
        "rental_days" => format!("{value} hours"),
        _ => settings.currency.show(Money(value)),
    }
}

pub(super) fn condition_of(word: ConditionWord) -> Condition {
    match word {
        ConditionWord::Good => Condition::Good,
        ConditionWord::Unusable => Condition::Unusable,
        ConditionWord::UnderMaintenance => Condition::UnderMaintenance,
    }
}

fn lifecycle(cell: &str) -> Result<Lifecycle, String> {
    match folded(cell).replace('_', " ").as_str() {
        "in service" | "active" => Ok(Lifecycle::InService),
        "lost" | "missing" | "stolen" => Ok(Lifecycle::Lost),
        "retired" | "sold" | "scrapped" | "disposed" => Ok(Lifecycle::Retired),
        _ => Err(format!(
            "\"{cell}\" is not known here; in service, lost and retired are"
        )),
    }
}
