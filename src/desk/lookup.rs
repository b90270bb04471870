//! The box resolver: what was typed or scanned, first match wins. An exact code always comes before
//! anything fuzzy.

use crate::booking::{self, Rental, RentalState, Reservation};
use crate::catalog::{self, EquipmentType};
use crate::customers::{self, Customer};
use crate::history::{self, Custody};
use crate::inventory::{self, Item, Stock};
use crate::kernel::text::folded;
use crate::kernel::when::{self, Lean, When};
use crate::kernel::{Fallible, ItemId, Moment, Period, ReservationNumber, Settings, Text};
use crate::store::Read;

/// One thing that was meant.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Hit {
    Stock(Stock),
    Reservation(Reservation),
    Customer(Customer),
    Type(EquipmentType),
    /// A printed command card, without its `X-`: `FINISH`.
    Command(String),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    One(Hit),
    /// Several things could be meant: a list, never a guess. The best stands first.
    Several(Vec<Hit>),
    /// Who had an item in a span of the past.
    WhoHad {
        item: Item,
        span: Period,
        custody: Option<Custody>,
    },
    /// What is free of a type in a window.
    Free {
        found: EquipmentType,
        window: Period,
    },
    Nothing,
}

impl Answer {
    fn of(mut hits: Vec<Hit>) -> Self {
        match hits.len() {
            0 => Answer::Nothing,
            1 => Answer::One(hits.remove(0)),
            _ => Answer::Several(hits),
        }
    }
}

/// A scan means exactly one code, or nothing: it never falls through to names.
pub fn scanned(db: Read<'_>, code: &str) -> Fallible<Answer> {
    Ok(Answer::of(exact(db, code, None)?))
}

/// What somebody typed and ended with Enter, or is still typing.
pub fn typed(db: Read<'_>, settings: &Settings, text: &str, now: Moment) -> Fallible<Answer> {
    let bare = bare_number(text);
    let hits = exact(db, text, bare)?;
    if !hits.is_empty() {
        return Ok(Answer::of(hits));
    }
    let digits = text.trim();
    if digits.len() >= 3
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b' ')
    {
        let by_phone: Vec<Hit> = customers::by_phone_end(db, &digits.replace(' ', ""))?
            .into_iter()
            .map(Hit::Customer)
            .collect();
        if !by_phone.is_empty() {
            return Ok(Answer::of(by_phone));
        }
    }
    if let Some(answer) = who_had(db, settings, text, now)? {
        return Ok(answer);
    }
    if let Some(answer) = free_then(db, settings, text, now)? {
        return Ok(answer);
    }
    fuzzy(db, text).map(Answer::of)
}

/// Tomorrow morning, for as long as gear usually stays out.
pub fn usual_window(settings: &Settings, now: Moment) -> Period {
    let zone = &settings.zone;
    let tomorrow = zone.day(now) + chrono::Duration::days(1);
    let nine = zone.moment_or_later(
        tomorrow.and_time(chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default()),
    );
    let start = settings.hours.next_open(zone, nine);
    Period {
        start,
        end: booking::due_of(settings, None, None, start),
    }
}

/// `fx6 fri..mon`, `fx6 tue 14 - thu 10`: words of a type and a window. One day alone is no window:
/// it could be anything.
fn free_then(
    db: Read<'_>,
    settings: &Settings,
    text: &str,
    now: Moment,
) -> Fallible<Option<Answer>> {
    for (place, _) in text.match_indices(' ') {
        let (words, dates) = text.split_at(place);
        if !matches!(when::halves(dates, now, &settings.zone), Ok(Some(_))) {
            continue;
        }
        let Ok(window) = when::read_window(dates, usual_window(settings, now), now, &settings.zone)
        else {
            continue;
        };
        let wanted = folded(words.trim());
        let types = catalog::search(db, words, 200)?
            .into_iter()
            .filter(|found| !found.withdrawn);
        let best = types.min_by_key(|found| {
            (
                rank(&folded(found.details.name.as_str()), &wanted),
                found.details.name.clone(),
            )
        });
        return Ok(best
            .filter(|_| window.end > window.start)
            .map(|found| Answer::Free { found, window }));
    }
    Ok(None)
}

/// Why words with a window (`fx6 31 nov..5 dec`) name nothing: the type, or one of its dates.
pub fn misread(db: Read<'_>, settings: &Settings, text: &str, now: Moment) -> Fallible<String> {
    let text = text.trim();
    let read =
        |dates: &str| when::read_window(dates, usual_window(settings, now), now, &settings.zone);
    let show = |moment: Moment| settings.zone.show(moment, now);
    let in_words = |window: Period| {
        format!(
            "the end, {}, is not after the start, {}",
            show(window.end),
            show(window.start)
        )
    };
    let window_at = text.find("..").unwrap_or(text.len());
    let (mut of_known_type, mut unknown) = (None, None);
    for (place, _) in text
        .match_indices(' ')
        .filter(|(place, _)| *place < window_at)
    {
        let (words, dates) = text.split_at(place);
        let found = read(dates);
        if catalog::search(db, words, 200)?
            .iter()
            .any(|found| !found.withdrawn)
        {
            of_known_type = Some(found.map_or_else(|why| why.0, in_words)); // the longest name that is known
        } else if found.is_ok() && unknown.is_none() {
            unknown = Some(format!("no type is called \"{}\"", Text::new(words)));
        }
    }
    Ok(of_known_type
        .or(unknown)
        .unwrap_or_else(|| format!("\"{}\" names no type and no dates", Text::new(text))))
}

/// Digits alone are a reservation's number when a person types them; a label that carries digits
/// alone is a tag.
fn bare_number(text: &str) -> Option<ReservationNumber> {
    let text = text.trim();
    (!text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok().map(ReservationNumber))?
}

/// Tags, serial numbers, reservations, customer cards, command cards: everything a label can carry.
fn exact(db: Read<'_>, text: &str, bare: Option<ReservationNumber>) -> Fallible<Vec<Hit>> {
    let text = Text::new(text);
    let mut hits: Vec<Hit> = inventory::candidates(db, text.as_str())?
        .into_iter()
        .map(Hit::Stock)
        .collect();
    if let Some(number) =
        ReservationNumber::parse(text.as_str()).or(bare.filter(|_| hits.is_empty()))
        && let Some(reservation) = booking::by_number(db, number)?
    {
        hits.push(Hit::Reservation(reservation));
    }
    if let Some(customer) = customers::by_code(db, text.as_str())? {
        hits.push(Hit::Customer(customer));
    }
    let code = crate::kernel::tag::code_of(text.as_str());
    if hits.is_empty()
        && text.as_str().to_ascii_uppercase().starts_with("X-")
        && let Some(command) = code.strip_prefix('X')
    {
        hits.push(Hit::Command(command.to_owned()));
    }
    Ok(hits)
}

/// `cam12 12 oct`: a tag and one past date.
fn who_had(db: Read<'_>, settings: &Settings, text: &str, now: Moment) -> Fallible<Option<Answer>> {
    let Some((tag, date)) = text.trim().split_once(' ') else {
        return Ok(None);
    };
    let Some(span) = span_of_question(settings, date, now) else {
        return Ok(None);
    };
    match inventory::candidates(db, tag)?.as_slice() {
        [Stock::Item(item)] => Ok(Some(Answer::WhoHad {
            item: item.clone(),
            span,
            custody: had_in(db, item.id, span, now)?,
        })),
        _ => Ok(None),
    }
}

/// The span a question about the past means: a day counts whole, a time is that instant.
pub fn span_of_question(settings: &Settings, text: &str, now: Moment) -> Option<Period> {
    match when::read(text, now, &settings.zone, Lean::Back).ok()? {
        When::Time(moment) => Period::new(moment, Moment(moment.0 + 1)),
        When::Day(day) => Some(settings.zone.day_period(day)),
    }
}

/// The last custody that had begun when the span ended. It was in force in the span if it was not
/// over at its start. Who has it now is asked of the item's own rental, who had it then of the
/// history: the two say the same.
pub fn had_in(db: Read<'_>, item: ItemId, span: Period, now: Moment) -> Fallible<Option<Custody>> {
    let last = Moment(span.end.0 - 1);
    if last < now {
        return history::who_had(db, item, last);
    }
    match booking::last_out(db, item)? {
        Some(rental) if rental.out_at > now => history::who_had(db, item, now),
        Some(rental) => Ok(Some(custody_of(db, &rental)?)),
        None => Ok(None),
    }
}

/// What a rental says of who has the thing, and until when.
fn custody_of(db: Read<'_>, rental: &Rental) -> Fallible<Custody> {
    let lost = rental.state == RentalState::Lost;
    let back = match rental.item.filter(|_| lost) {
        Some(item) => inventory::lost_at(db, item)?,
        None => rental.in_at,
    };
    Ok(Custody {
        customer: rental.customer,
        reservation: rental.reservation,
        number: booking::number_of(db, rental.reservation)?,
        rental: rental.id,
        out: rental.out_at,
        due: rental.due_at,
        back,
        lost,
        back_at: rental
            .in_location
            .clone()
            .filter(|_| !lost && rental.in_location != rental.out_location),
    })
}

/// How many hits a list under the box can show at the most.
const HITS_MAX: usize = 40;

fn fuzzy(db: Read<'_>, text: &str) -> Fallible<Vec<Hit>> {
    let wanted = folded(text.trim());
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut hits: Vec<(usize, String, Hit)> = Vec::new();
    for customer in customers::search(db, text, 200)? {
        let name = folded(customer.profile.name.as_str());
        hits.push((rank(&name, &wanted), name, Hit::Customer(customer)));
    }
    for found in catalog::search(db, text, 200)?
        .into_iter()
        .filter(|found| !found.withdrawn)
    {
        let name = folded(found.details.name.as_str());
        hits.push((rank(&name, &wanted) + 1, name, Hit::Type(found)));
    }
    if wanted.chars().any(|c| c.is_ascii_digit()) {
        for item in inventory::tags_beginning(db, text, 20)? {
            hits.push((0, item.tag.to_string(), Hit::Stock(Stock::Item(item))));
        }
    }
    hits.sort_by(|one, other| (one.0, &one.1).cmp(&(other.0, &other.1)));
    Ok(hits
        .into_iter()
        .take(HITS_MAX)
        .map(|(_, _, hit)| hit)
        .collect())
}

/// A name that begins so, before one with a word that does, before the rest.
fn rank(name: &str, wanted: &str) -> usize {
    if name.starts_with(wanted) {
        0
    } else if name
        .split(|c: char| !c.is_alphanumeric())
        .any(|word| word.starts_with(wanted))
    {
        2
    } else {
        4
    }
}
