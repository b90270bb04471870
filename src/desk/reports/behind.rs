//! The rows behind a bar: no number without them.

use super::gear_by::{idle_before, name_of};
use super::{About, Asked, BarKey, Figure, ReportKind, span_of};
use crate::analytics::{self, Income, Of, Span};
use crate::kernel::{
    CustomerId, Fallible, ItemId, Moment, Money, RentalId, ReservationId, Settings, Text, TypeId,
};
use crate::pricing::{self, Late};
use crate::store::Read;
use crate::{booking, catalog, customers, inventory};

/// What a row leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Opens {
    Rental(RentalId),
    Reservation(ReservationId),
    Item(ItemId),
    Customer(CustomerId),
    Type(TypeId),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BehindRow {
    pub at: Moment,
    /// A tag, or the number of a bench job.
    pub code: String,
    pub thing: Text,
    /// Number and name.
    pub customer: Option<(String, Text)>,
    pub number: Option<String>,
    pub words: String,
    pub figure: Figure,
    pub opens: Opens,
}

/// Number and name of a customer, and the number of a reservation.
type Who = (Option<(String, Text)>, Option<String>);

/// The rows behind a bar of a report, the latest first.
pub fn behind(
    db: Read<'_>,
    settings: &Settings,
    asked: Asked,
    key: BarKey,
    limit: i64,
    now: Moment,
) -> Fallible<Vec<BehindRow>> {
    db.at_once(|| {
        let span = span_of(asked, analytics::extent(db)?, now);
        let about = About {
            db,
            settings,
            now,
            span,
        };
        match (asked.kind, key) {
            (ReportKind::Money | ReportKind::Customers, key) => of_income(&about, key, limit),
            (ReportKind::Use, BarKey::Type(Some(id))) => of_use(&about, id, limit),
            (ReportKind::Late, BarKey::Customer(id)) => of_late(&about, id, limit),
            (ReportKind::Damage, BarKey::Item(id)) => of_damage(&about, None, Some(id)),
            (ReportKind::Damage, BarKey::Type(Some(id))) => of_damage(&about, Some(id), None),
            (ReportKind::Idle, BarKey::Type(Some(id))) => of_idle(&about, id, limit),
            (ReportKind::Short, BarKey::Type(Some(id))) => {
                let mut rows = of_shortage(&about, id)?;
                rows.extend(of_use(&about, id, limit)?);
                Ok(rows)
            }
            _ => Ok(Vec::new()),
        }
    })
}

fn of_income(about: &About<'_>, key: BarKey, limit: i64) -> Fallible<Vec<BehindRow>> {
    let found = match key {
        BarKey::Time(period) => analytics::income(about.db, None, None, period, limit)?,
        BarKey::Customer(id) => analytics::income(about.db, None, Some(id), about.span, limit)?,
        BarKey::Type(id) => analytics::income(about.db, Some(&[id]), None, about.span, limit)?,
        BarKey::Category(category) => {
            let all = catalog::all_types(about.db)?;
            let of = match category {
                Some(id) => all
                    .iter()
                    .filter(|found| found.details.category == id)
                    .map(|found| Some(found.id))
                    .collect(),
                None => vec![None],
            };
            analytics::income(about.db, Some(&of), None, about.span, limit)?
        }
        BarKey::Item(_) => Vec::new(),
    };
    let names = catalog::names(about.db, found.iter().filter_map(|income| income.type_id))?;
    let labels = customers::labels(about.db, found.iter().map(|income| income.customer))?;
    let row = |income: Income| BehindRow {
        at: income.at,
        code: String::new(),
        thing: income
            .type_id
            .map_or_else(|| Text::new("of no type"), |id| name_of(&names, id)),
        customer: labels
            .get(&income.customer)
            .map(|(number, name)| (number.to_string(), name.clone())),
        number: None,
        words: if income.amount.0 < 0 {
            "refunded".to_owned()
        } else {
            "paid".to_owned()
        },
        figure: Figure::Money(Some(income.amount)),
        opens: income
            .reservation
            .map_or(Opens::Customer(income.customer), Opens::Reservation),
    };
    Ok(found.into_iter().map(row).collect())
}

fn of_spans(
    about: &About<'_>,
    found: Vec<Span>,
    figure: impl Fn(&Span) -> Figure,
) -> Fallible<Vec<BehindRow>> {
    let names = catalog::names(about.db, found.iter().map(|span| span.type_id))?;
    let labels = customers::labels(about.db, found.iter().map(|span| span.customer))?;
    let tags = inventory::tags(about.db, found.iter().filter_map(|span| span.item))?;
    let show = |moment: Moment| about.settings.zone.show(moment, about.now);
    let row = |span: Span| BehindRow {
        at: span.out,
        code: span.item.map_or_else(
            || format!("{} x", span.quantity),
            |item| tags.get(&item).map(ToString::to_string).unwrap_or_default(),
        ),
        thing: name_of(&names, span.type_id),
        customer: labels
            .get(&span.customer)
            .map(|(number, name)| (number.to_string(), name.clone())),
        number: Some(span.number.to_string()),
        words: match (span.back, span.lost) {
            (_, true) => "lost".to_owned(),
            (Some(back), _) => format!("back {}", show(back)),
            (None, _) => format!("out, due {}", show(span.due)),
        },
        figure: figure(&span),
        opens: Opens::Rental(span.rental),
    };
    Ok(found.into_iter().map(row).collect())
}

fn of_use(about: &About<'_>, id: TypeId, limit: i64) -> Fallible<Vec<BehindRow>> {
    let Some(past) = about.past() else {
        return Ok(Vec::new());
    };
    let found = analytics::spans(
        about.db,
        Of {
            type_id: Some(id),
            customer: None,
        },
        past,
        limit,
    )?;
    of_spans(about, found, |span| {
        Figure::Tenths(span.quantity * (span.ended.min(past.end).0 - span.out.max(past.start).0))
    })
}

fn of_late(about: &About<'_>, id: CustomerId, limit: i64) -> Fallible<Vec<BehindRow>> {
    of_spans(
        about,
        analytics::late_spans(about.db, id, about.span, limit)?,
        |span| {
            let late = span
                .back
                .and_then(|back| pricing::late(about.settings, span.due, back));
            Figure::Late(late.unwrap_or(Late {
                minutes: span.late_minutes,
                days: 1,
            }))
        },
    )
}

fn of_damage(
    about: &About<'_>,
    of_type: Option<TypeId>,
    of_item: Option<ItemId>,
) -> Fallible<Vec<BehindRow>> {
    let mut rows = Vec::new();
    let types = about.types()?;
    let name = |id: TypeId| {
        types
            .get(&id)
            .map(|details| details.name.clone())
            .unwrap_or_default()
    };
    let who = |rental: Option<RentalId>| -> Fallible<Who> {
        let Some(span) = rental
            .map(|rental| analytics::span(about.db, rental))
            .transpose()?
            .flatten()
        else {
            return Ok((None, None));
        };
        let label = customers::labels(about.db, [span.customer])?
            .remove(&span.customer)
            .map(|(number, name)| (number.to_string(), name));
        Ok((label, Some(span.number.to_string())))
    };
    if let Some(item) = of_item {
        for job in inventory::jobs_of(about.db, item)?
            .into_iter()
            .filter(|job| about.span.contains(job.opened_at))
        {
            let (customer, number) = who(job.rental)?;
            let words = [
                job.trouble.map(|words| words.to_string()),
                job.outcome.map(|words| words.to_string()),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(" · ");
            rows.push(BehindRow {
                at: job.opened_at,
                code: job.number.to_string(),
                thing: name(job.type_id),
                customer,
                number,
                words,
                figure: Figure::Money(job.cost),
                opens: Opens::Item(item),
            });
        }
    }
    for loss in analytics::losses(about.db, about.span)?
        .into_iter()
        .filter(|loss| loss.item == of_item && of_type.is_none_or(|id| id == loss.type_id))
    {
        let (customer, number) = who(loss.rental)?;
        let value = types
            .get(&loss.type_id)
            .and_then(|details| details.replacement_value)
            .map(|value| Money(value.0 * loss.quantity));
        rows.push(BehindRow {
            at: loss.at,
            code: String::new(),
            thing: name(loss.type_id),
            customer,
            number,
            words: format!("{} lost", loss.quantity),
            figure: Figure::Money(value),
            opens: loss.item.map_or(Opens::Type(loss.type_id), Opens::Item),
        });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.at));
    Ok(rows)
}

fn of_idle(about: &About<'_>, id: TypeId, limit: i64) -> Fallible<Vec<BehindRow>> {
    let mut found = analytics::idle(about.db, idle_before(about.span, about.now))?;
    found.retain(|idle| idle.type_id == id);
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let tags = inventory::tags(about.db, found.iter().map(|idle| idle.item))?;
    let names = catalog::names(about.db, [id])?;
    let row = |idle: analytics::Idle| BehindRow {
        at: idle.since,
        code: tags
            .get(&idle.item)
            .map(ToString::to_string)
            .unwrap_or_default(),
        thing: name_of(&names, id),
        customer: None,
        number: None,
        words: "on the shelf since".to_owned(),
        figure: Figure::Days(about.now.0 - idle.since.0),
        opens: Opens::Item(idle.item),
    };
    Ok(found.into_iter().map(row).collect())
}

fn of_shortage(about: &About<'_>, id: TypeId) -> Fallible<Vec<BehindRow>> {
    let names = catalog::names(about.db, [id])?;
    let mut rows = Vec::new();
    for short in booking::shortages_of(about.db, about.settings, [id], about.now)? {
        let found = super::super::views::refused_is_fault(booking::reservation(
            about.db,
            short.reservation,
        ))?;
        let customer = found
            .customer
            .map(|id| customers::labels(about.db, [id]).map(|mut labels| labels.remove(&id)))
            .transpose()?
            .flatten();
        rows.push(BehindRow {
            at: short.during.start,
            code: format!("{} short", short.missing),
            thing: name_of(&names, id),
            customer: customer.map(|(number, name)| (number.to_string(), name)),
            number: Some(found.number.to_string()),
            words: short.why(),
            figure: Figure::Days(short.during.end.0 - short.during.start.0),
            opens: Opens::Reservation(short.reservation),
        });
    }
    Ok(rows)
}
