//! What a question needs from the file, read once for all its lines, and the answer made of it by
//! the pure rules.

use super::days::DayRules;
use super::model::{
    Ask, AskLine, Basis, ListPrice, Percent, Priced, Prices, Rate, RateVersion, TaxRate,
};
use super::refusal::PricingRefusal;
use super::settle::{Listed, settle};
use super::tables::PriceTable;
use super::unit::Terms;
use super::{Outcome, table};
use crate::catalog;
use crate::kernel::{CategoryId, Failure, Fallible, Moment, Money, Period, Settings, Text, TypeId};
use crate::store::Read;
use std::collections::{BTreeMap, BTreeSet};

/// The most of one type on one line.
const QUANTITY_MAX: i64 = 10_000;

crate::words_in_columns! {
    /// What a price table can be chosen for, beside the shop.
    Scope { Type = "TYPE", Category = "CATEGORY" }
}

/// A type as a price looks at it.
struct OfType {
    categories: Vec<CategoryId>,
    fixed_hours: Option<i64>,
    rates: Vec<RateVersion>,
}

/// What the file says that may bear on a question: six statements, however many lines.
struct Book {
    types: BTreeMap<TypeId, OfType>,
    taxes: Vec<TaxRate>,
    tables: Vec<PriceTable>,
    uses: Vec<(Scope, i64, Text)>,
}

pub(super) fn price(db: Read<'_>, settings: &Settings, ask: &Ask) -> Outcome<Priced> {
    checked(ask)?;
    let book = Book::read(db, ask)?;
    let mut sets: BTreeMap<usize, BTreeSet<TypeId>> = BTreeMap::new();
    for (place, line) in ask
        .lines
        .iter()
        .enumerate()
        .filter(|(_, line)| is_set(&book, line, line.known.unwrap_or(ask.agreed)))
    {
        sets.insert(place, only_along(db, line.type_id)?);
    }
    let mut listed = Vec::with_capacity(ask.lines.len());
    for (place, line) in ask.lines.iter().enumerate() {
        let in_set = line
            .parent
            .and_then(|parent| sets.get(&parent))
            .is_some_and(|along| !along.contains(&line.type_id));
        let has_parts = line.is_kit
            && !sets.contains_key(&place)
            && ask.lines.iter().any(|part| part.parent == Some(place));
        let list = list_price(
            &book,
            settings,
            line,
            line.known.unwrap_or(ask.agreed),
            in_set,
            has_parts,
        )
        .ok_or(PricingRefusal::TooMuch)?;
        let along = |(_, window, keep): &(i64, Period, Option<ListPrice>)| {
            let manual = line.manual.clone().filter(|_| line.manual_for_all);
            let piece = AskLine {
                window: *window,
                keep: keep.clone(),
                manual,
                ..line.clone()
            };
            let found = list_price(
                &book,
                settings,
                &piece,
                line.known.unwrap_or(ask.agreed),
                in_set,
                has_parts,
            )?;
            // A line has one tax: that of its start, as it was known when it was agreed.
            Some(ListPrice {
                tax_class: list.tax_class.clone(),
                tax_percent: list.tax_percent,
                ..found
            })
        };
        let apart = line
            .apart
            .iter()
            .map(along)
            .collect::<Option<Vec<_>>>()
            .ok_or(PricingRefusal::TooMuch)?;
        let categories = book
            .types
            .get(&line.type_id)
            .map(|known| known.categories.clone())
            .unwrap_or_default();
        listed.push(Listed {
            list,
            apart,
            categories,
        });
    }
    let of_shop = if settings.value("prices") == "net" {
        Prices::Net
    } else {
        Prices::Gross
    };
    let prices = ask.prices.unwrap_or(of_shop);
    Ok(settle(
        ask,
        listed,
        &table::rules(db)?,
        prices,
        &settings.zone,
    )?)
}

fn checked(ask: &Ask) -> Result<(), PricingRefusal> {
    for line in &ask.lines {
        if !(1..=QUANTITY_MAX).contains(&line.quantity) {
            return Err(PricingRefusal::Quantity(line.quantity));
        }
        if line.window.end <= line.window.start
            || line
                .apart
                .iter()
                .any(|(_, window, _)| window.end <= window.start)
        {
            return Err(PricingRefusal::Window);
        }
        let apart: i64 = line.apart.iter().map(|(quantity, ..)| *quantity).sum();
        if line.apart.iter().any(|(quantity, ..)| *quantity < 1) || apart >= line.quantity {
            return Err(PricingRefusal::Quantity(line.quantity - apart));
        }
        if line
            .manual
            .as_ref()
            .is_some_and(|manual| manual.value.0 < 0)
        {
            return Err(PricingRefusal::ManualPrice);
        }
    }
    let reasons = ask.lines.iter().flat_map(|line| {
        line.manual
            .iter()
            .map(|manual| &manual.reason)
            .chain(line.off.iter().map(|off| &off.reason))
    });
    let reasons = reasons
        .chain(ask.off.iter().map(|off| &off.reason))
        .chain(ask.target.iter().map(|target| &target.reason));
    if reasons.into_iter().any(Text::is_empty) {
        return Err(PricingRefusal::ReasonMissing);
    }
    for off in ask
        .lines
        .iter()
        .filter_map(|line| line.off.as_ref())
        .chain(&ask.off)
    {
        super::checked_off(off.value)?;
    }
    Ok(())
}

/// Whether a kit has a price as a set: by hand, as it was agreed, or a rate of its own.
fn is_set(book: &Book, line: &AskLine, agreed: Moment) -> bool {
    let rated = || {
        book.types
            .get(&line.type_id)
            .is_some_and(|known| valid_at(&known.rates, line.window.start, agreed).is_some())
    };
    line.is_kit
        && (line.manual.is_some()
            || line
                .keep
                .as_ref()
                .map_or_else(rated, |kept| kept.basis != Basis::ByParts))
}

/// What goes along with a kit without being part of it, and so is not in its price. A part that the
/// kit no longer has stays a part of what was reserved with it.
fn only_along(db: Read<'_>, kit: TypeId) -> Fallible<BTreeSet<TypeId>> {
    let mut along: BTreeSet<TypeId> = catalog::accessories(db, kit)?
        .into_iter()
        .map(|accessory| accessory.type_id)
        .collect();
    if !along.is_empty() {
        for (part, _) in catalog::exploded(db, kit, 1)? {
            along.remove(&part);
        }
    }
    Ok(along)
}

fn list_price(
    book: &Book,
    settings: &Settings,
    line: &AskLine,
    agreed: Moment,
    in_set: bool,
    has_parts: bool,
) -> Option<ListPrice> {
    if let (None, Some(kept)) = (&line.manual, &line.keep) {
        return Some(kept.clone());
    }
    let known = book.types.get(&line.type_id)?;
    let version = valid_at(&known.rates, line.window.start, agreed);
    let tax_class = version
        .and_then(|version| version.tax_class.clone())
        .unwrap_or_else(|| Text::new(settings.value("tax_class")));
    let tax_percent = tax_at(&book.taxes, &tax_class, line.window.start, agreed);
    let table = book.table_for(settings, line.type_id, known);
    let terms = Terms {
        zone: &settings.zone,
        hours: &settings.hours,
        rules: DayRules::of(settings),
        table,
        fixed_hours: known.fixed_hours,
        tax_class,
        tax_percent,
    };
    match &line.manual {
        Some(manual) => Some(terms.manual(manual.value, &manual.reason, line.window)),
        None if in_set => Some(terms.nothing(Basis::Included, line.window)),
        None if has_parts => Some(terms.nothing(Basis::ByParts, line.window)),
        None => terms.list_price(version.map(|version| version.rate), line.window),
    }
}

/// The version for a rental that starts at `start`, as it was known when agreed. What was entered
/// only later, or holds only from the agreement on (a type set up today for gear that left this
/// morning), is better than no price.
pub(super) fn valid_at(
    versions: &[RateVersion],
    start: Moment,
    agreed: Moment,
) -> Option<&RateVersion> {
    best(versions, start, agreed, |version| {
        (version.from, version.known_since)
    })
}

fn tax_at(taxes: &[TaxRate], class: &Text, start: Moment, agreed: Moment) -> Percent {
    let of_class: Vec<&TaxRate> = taxes.iter().filter(|tax| tax.class == *class).collect();
    best(&of_class, start, agreed, |tax| (tax.from, tax.known_since))
        .map_or(Percent(0), |tax| tax.percent)
}

fn best<T>(
    versions: &[T],
    start: Moment,
    agreed: Moment,
    dates: impl Fn(&T) -> (Moment, Moment),
) -> Option<&T> {
    let possible = versions
        .iter()
        .filter(|version| dates(version).0 <= start.max(agreed));
    possible.max_by_key(|version| {
        let (from, known) = dates(version);
        (from <= start, known <= agreed, from, known)
    })
}

impl Book {
    fn read(db: Read<'_>, ask: &Ask) -> Outcome<Book> {
        let above: BTreeMap<CategoryId, Option<CategoryId>> = catalog::categories(db)?
            .into_iter()
            .map(|category| (category.id, category.parent))
            .collect();
        let asked: Vec<TypeId> = ask
            .lines
            .iter()
            .map(|line| line.type_id)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut types = BTreeMap::new();
        for (type_id, terms) in catalog::terms_of_many(db, &asked)? {
            let mut categories = vec![terms.category];
            while let Some(next) = categories
                .last()
                .and_then(|last| above.get(last).copied().flatten())
                .filter(|next| !categories.contains(next))
            {
                categories.push(next);
            }
            types.insert(
                type_id,
                OfType {
                    categories,
                    fixed_hours: terms.fixed_hours,
                    rates: Vec::new(),
                },
            );
        }
        if let Some(unknown) = asked.iter().find(|asked| !types.contains_key(asked)) {
            return Err(lift(PricingRefusal::Catalogue(
                catalog::CatalogRefusal::TypeUnknown(Text::new(&unknown.0.to_string())),
            )));
        }
        for version in table::rates_of_many(db, &asked)? {
            if let Some(of) = types.get_mut(&version.type_id) {
                of.rates.push(version);
            }
        }
        Ok(Book {
            types,
            taxes: table::taxes(db)?,
            tables: tables(db)?,
            uses: table::uses(db)?,
        })
    }

    /// The type's own table, that of the nearest category, or the shop's.
    fn table_for(
        &self,
        settings: &Settings,
        type_id: TypeId,
        known: &OfType,
    ) -> Option<&PriceTable> {
        let used = |scope: Scope, of: i64| {
            self.uses
                .iter()
                .find(|(known, id, _)| (*known, *id) == (scope, of))
                .map(|(.., name)| name.as_str())
        };
        let by_category = || {
            known
                .categories
                .iter()
                .find_map(|category| used(Scope::Category, category.0))
        };
        let name = used(Scope::Type, type_id.0)
            .or_else(by_category)
            .unwrap_or_else(|| settings.value("price_table"));
        self.tables.iter().find(|table| table.name.as_str() == name)
    }
}

/// The price table that a type goes by, if it goes by one.
pub fn table_of(
    db: Read<'_>,
    settings: &Settings,
    type_id: TypeId,
) -> Fallible<Option<PriceTable>> {
    let uses = table::uses(db)?;
    if uses.is_empty() && settings.value("price_table").is_empty() {
        return Ok(None);
    }
    let window = Period {
        start: Moment(0),
        end: Moment(1),
    };
    let ask = Ask::of(vec![AskLine::of(type_id, 1, window)], Moment(0));
    let book = match Book::read(db, &ask) {
        Ok(book) => book,
        Err(Failure::Fault(fault)) => return Err(fault),
        Err(Failure::Refused(_)) => return Ok(None),
    };
    Ok(book
        .types
        .get(&type_id)
        .and_then(|known| book.table_for(settings, type_id, known).cloned()))
}

/// Every price table of the shop, by name.
pub(super) fn tables(db: Read<'_>) -> Fallible<Vec<PriceTable>> {
    table::tables(db)?
        .into_iter()
        .map(|(name, rule)| {
            PriceTable::parse(&name, &rule)
                .map_err(|why| anyhow::anyhow!("price table {name}: {why}"))
        })
        .collect()
}

/// The lines of a question for types and quantities: a kit is followed by its parts, unless it has
/// a price as a set.
pub(super) fn lines_of(
    db: Read<'_>,
    wants: &[(TypeId, i64)],
    window: Period,
) -> Outcome<Vec<AskLine>> {
    let mut lines = Vec::new();
    for (type_id, quantity) in wants {
        let parent = lines.len();
        let is_kit = catalog::is_kit(db, *type_id)?;
        lines.push(AskLine {
            is_kit,
            ..AskLine::of(*type_id, *quantity, window)
        });
        if is_kit && (1..=QUANTITY_MAX).contains(quantity) {
            for (part, quantity) in catalog::exploded(db, *type_id, *quantity)? {
                lines.push(AskLine {
                    parent: Some(parent),
                    ..AskLine::of(part, quantity, window)
                });
            }
        }
    }
    Ok(lines)
}

/// Whether a rate by the day is no cheaper than by the hour for a whole day, which is worth a word.
pub(super) fn warning(rate: &Rate) -> Option<String> {
    let (hourly, daily) = (rate.hourly?, rate.daily?);
    (daily > Money(hourly.0.saturating_mul(24))).then(|| {
        "a day costs more than 24 hours: whoever keeps it a day pays by the hour".to_owned()
    })
}

pub(super) fn lift(refusal: PricingRefusal) -> Failure<PricingRefusal> {
    Failure::Refused(refusal)
}
