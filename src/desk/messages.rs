//! Whom an event is told to, and what the letter says when it is sent: notifications knows neither
//! reservations nor customers.

use super::views::refused_is_fault;
use crate::booking::{self, RentalState, ReservationState};
use crate::customers;
use crate::events::{Event, Recorded};
use crate::inventory;
use crate::kernel::settings::list_of;
use crate::kernel::{Fallible, Moment, ReservationId, Settings, Text};
use crate::notifications::{self, Envelope, Kind, Letter, Message, NewMessage, Template, told_by};
use crate::store::{Read, Write};

/// What happened longer ago is told to nobody: records that are taken over from another program, a
/// subscriber that was stopped for days.
const TOLD_WITHIN_DAYS: i64 = 2;
/// What is over is not told any more after so long.
const TRUE_FOR_DAYS: i64 = 7;

/// Subscriber `notifications`: a row for each customer to write to. What an event takes back is not
/// sent; and where nothing of it was sent, there is nothing to tell of the taking back.
pub fn on_message_event(db: &mut Write<'_>, event: &Recorded) -> Fallible<()> {
    let Some(fact) = &event.event else {
        return Ok(());
    };
    if let Some(undone) = event.reverses()
        && !notifications::take_back(db, undone)?
        && !matches!(fact, Event::ReservationCancelled { .. })
    {
        return Ok(());
    }
    if let Event::ReservationCancelled {
        reservation_id,
        reason_kind,
        ..
    } = fact
        && reason_kind == "undone"
        && !notifications::take_back_all(db, *reservation_id)?
    {
        return Ok(());
    }
    if event.at.0 < db.now().0 - TOLD_WITHIN_DAYS * 86_400 {
        return Ok(());
    }
    if let Event::EquipmentTypeWithdrawn { type_id, .. } = fact {
        for reservation in booking::promised(db.read(), *type_id)? {
            write(db, event, Template::Short, reservation)?;
        }
    }
    match told_by(fact) {
        Some(told) => write(db, event, told.template, told.reservation),
        None => Ok(()),
    }
}

fn write(
    db: &mut Write<'_>,
    event: &Recorded,
    template: Template,
    reservation: ReservationId,
) -> Fallible<()> {
    let customer = refused_is_fault(booking::reservation(db.read(), reservation))?.customer;
    notifications::write(
        db,
        &NewMessage {
            event: event.event_id,
            template,
            customer,
            reservation: Some(reservation),
        },
    )
}

/// What is to be done about a message now.
pub enum Ready {
    Send(Box<Envelope>, Letter),
    /// It is not sent, for this reason.
    Not(&'static str),
}

/// Puts a letter together, of what is so now, if it is still true, wanted, and there is somebody to
/// send it to.
pub fn letter(
    db: Read<'_>,
    settings: &Settings,
    message: &Message,
    now: Moment,
) -> Fallible<Ready> {
    if !list_of(settings.value("mail_about")).any(|word| word == message.template.name()) {
        return Ok(Ready::Not(
            "the shop does not write about this (settings mail_about)",
        ));
    }
    let Some(reservation) = message
        .reservation
        .map(|id| refused_is_fault(booking::reservation(db, id)))
        .transpose()?
    else {
        return Ok(Ready::Not("it is about no reservation"));
    };
    let Some(customer) = reservation
        .customer
        .map(|id| refused_is_fault(customers::known(db, id)))
        .transpose()?
    else {
        return Ok(Ready::Not("the reservation has no customer"));
    };
    if message.template.kind() == Kind::Marketing
        && !customers::preferences(db, customer.id)?.marketing_email
    {
        return Ok(Ready::Not("the customer wants no marketing mail"));
    }
    let Some(to) = customer.profile.email.clone() else {
        return Ok(Ready::Not("the customer has no e-mail address"));
    };
    let Some(lines) = still_true(db, settings, message, &reservation, now)? else {
        return Ok(Ready::Not("no longer true"));
    };
    let show = |moment: Moment| settings.zone.show(moment, now);
    let shop = Text::new(settings.value("name"));
    let letter = Letter {
        template: message.template,
        name: customer.profile.name.clone(),
        shop: shop.clone(),
        number: reservation.number.to_string(),
        from: show(reservation.start),
        to: show(reservation.end),
        lines,
    };
    let envelope = Envelope {
        shop,
        from: Text::new(settings.value("mail_from")),
        name: customer.profile.name,
        to,
        at: now,
    };
    Ok(Ready::Send(Box::new(envelope), letter))
}

/// The lines of the letter; None where what it tells is not so any more.
fn still_true(
    db: Read<'_>,
    settings: &Settings,
    message: &Message,
    reservation: &booking::Reservation,
    now: Moment,
) -> Fallible<Option<Vec<String>>> {
    use ReservationState::{Active, Cancelled, Completed, Confirmed, Expired, Hold, Quote};
    let (state, ahead) = (reservation.state, reservation.end > now);
    let fresh = message.created_at.0 > now.0 - TRUE_FOR_DAYS * 86_400;
    let holds = match message.template {
        Template::Confirmed => ahead && matches!(state, Confirmed | Active),
        Template::Changed => ahead && matches!(state, Confirmed | Active | Hold | Quote),
        Template::Cancelled => ahead && fresh && state == Cancelled,
        Template::Lapsed | Template::Missed => fresh && state == Expired,
        Template::Overdue => state == Active,
        Template::Short => ahead && state.claims(),
        Template::Thanks => fresh && state == Completed,
    };
    if !holds {
        return Ok(None);
    }
    let lines = match message.template {
        Template::Overdue => overdue(db, settings, reservation.id, now)?,
        Template::Short => missing(db, settings, reservation.id, now)?,
        _ => return Ok(Some(agreed(db, reservation.id)?)),
    };
    Ok((!lines.is_empty()).then_some(lines))
}

/// `2 x Sony FX6 body`, a kit as one line; of a cancelled reservation what it was of.
fn agreed(db: Read<'_>, id: ReservationId) -> Fallible<Vec<String>> {
    let lines = booking::lines(db, id)?
        .into_iter()
        .filter(|line| line.parent.is_none() && line.state != booking::LineState::Dropped);
    Ok(lines
        .map(|line| format!("{} x {}", line.quantity, line.type_name))
        .collect())
}

fn overdue(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    now: Moment,
) -> Fallible<Vec<String>> {
    let late = booking::rentals_of(db, id)?
        .into_iter()
        .filter(|rental| rental.state == RentalState::Out && rental.due_at < now)
        .collect::<Vec<_>>();
    let names = crate::catalog::names(db, late.iter().map(|rental| rental.type_id))?;
    late.iter()
        .map(|rental| {
            let name = names.get(&rental.type_id).map_or("", Text::as_str);
            let tag = rental
                .item
                .map(|item| refused_is_fault(inventory::known(db, item)))
                .transpose()?
                .map_or_else(String::new, |item| format!(" ({})", item.tag));
            Ok(format!(
                "{} x {name}{tag}, due {}",
                rental.quantity,
                settings.zone.show(rental.due_at, now)
            ))
        })
        .collect()
}

fn missing(
    db: Read<'_>,
    settings: &Settings,
    id: ReservationId,
    now: Moment,
) -> Fallible<Vec<String>> {
    let lines = booking::lines(db, id)?;
    let short = booking::shortages_of(db, settings, lines.iter().map(|line| line.type_id), now)?;
    let mine = short.iter().filter(|short| short.reservation == id);
    Ok(mine
        .filter_map(|short| {
            Some(format!(
                "{} x {}",
                short.missing,
                lines.iter().find(|line| line.id == short.line)?.type_name
            ))
        })
        .collect())
}
