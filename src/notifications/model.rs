//! What is worth a message, and how a letter reads. Pure.

use crate::events::{Agreed, Event, LineFact};
use crate::kernel::{CustomerId, MessageId, Moment, Refusal, ReservationId, Text};
use uuid::Uuid;

crate::words_in_columns! {
    /// What a message is about.
    Kind { Reservation = "RESERVATION", Invoice = "INVOICE", System = "SYSTEM", Marketing = "MARKETING" }
}

crate::words_in_columns! {
    /// How it reaches somebody.
    Channel { Email = "EMAIL", Sms = "SMS", Notice = "NOTICE" }
}

crate::words_in_columns! {
    /// Pending → sent; pending → failed, tried again, → dead; or suppressed.
    MessageState { Pending = "PENDING", Sent = "SENT", Failed = "FAILED", Dead = "DEAD", Suppressed = "SUPPRESSED" }
}

crate::words_in_columns! {
    /// What a letter says.
    Template {
        Confirmed = "CONFIRMED", Changed = "CHANGED", Cancelled = "CANCELLED", Lapsed = "LAPSED", Missed = "MISSED", Overdue = "OVERDUE", Short = "SHORT", Thanks = "THANKS",
    }
}

impl Template {
    pub fn kind(self) -> Kind {
        if self == Template::Thanks {
            Kind::Marketing
        } else {
            Kind::Reservation
        }
    }

    /// As the setting `mail_about` names it.
    pub fn name(self) -> String {
        self.word().to_lowercase()
    }

    /// Whether a letter of this one, sent later, says what the other would: each is put together
    /// when it is sent.
    pub fn says(self, other: Template) -> bool {
        matches!(
            (self, other),
            (Template::Confirmed | Template::Changed, Template::Changed)
                | (Template::Overdue, Template::Overdue)
        )
    }

    fn text(self) -> &'static str {
        match self {
            Template::Confirmed => include_str!("../../assets/messages/confirmed.txt"),
            Template::Changed => include_str!("../../assets/messages/changed.txt"),
            Template::Cancelled => include_str!("../../assets/messages/cancelled.txt"),
            Template::Lapsed => include_str!("../../assets/messages/lapsed.txt"),
            Template::Missed => include_str!("../../assets/messages/missed.txt"),
            Template::Overdue => include_str!("../../assets/messages/overdue.txt"),
            Template::Short => include_str!("../../assets/messages/short.txt"),
            Template::Thanks => include_str!("../../assets/messages/thanks.txt"),
        }
    }
}

/// A message as it is kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Message {
    pub id: MessageId,
    pub event: Uuid,
    pub template: Template,
    pub channel: Channel,
    pub customer: Option<CustomerId>,
    pub reservation: Option<ReservationId>,
    pub state: MessageState,
    pub attempts: i64,
    pub sending: bool,
    pub next_attempt_at: Option<Moment>,
    pub sent_at: Option<Moment>,
    pub error: Option<Text>,
    pub created_at: Moment,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotificationRefusal {
    #[error("There is no message {}", .0.0)]
    Unknown(MessageId),
    #[error("Message {} was sent already", .0.0)]
    SentAlready(MessageId),
    #[error("Message {} waits to be sent", .0.0)]
    WaitsAlready(MessageId),
    #[error("Message {} is being sent", .0.0)]
    Sending(MessageId),
    #[error("Message {} is not to be sent already", .0.0)]
    DroppedAlready(MessageId),
    #[error("Dropping a message needs a reason")]
    ReasonMissing,
    #[error("Messages are being sent by another program")]
    SenderBusy,
}

impl Refusal for NotificationRefusal {
    fn hint(&self) -> String {
        match self {
            NotificationRefusal::Unknown(_)
            | NotificationRefusal::SentAlready(_)
            | NotificationRefusal::DroppedAlready(_) => {
                "rentdesk messages list shows them".to_owned()
            }
            NotificationRefusal::WaitsAlready(_) => "rentdesk messages send sends it".to_owned(),
            NotificationRefusal::Sending(_) | NotificationRefusal::SenderBusy => {
                "wait a minute, then look again (rentdesk messages list)".to_owned()
            }
            NotificationRefusal::ReasonMissing => "say why (--reason)".to_owned(),
        }
    }
    fn kind(&self) -> &'static str {
        "message"
    }
    fn not_found(&self) -> bool {
        matches!(self, NotificationRefusal::Unknown(_))
    }
}

/// What an event has to tell a customer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Told {
    pub template: Template,
    pub reservation: ReservationId,
    /// None: whoever the reservation belongs to.
    pub customer: Option<CustomerId>,
}

/// The message that an event asks for by itself.
pub fn told_by(event: &Event) -> Option<Told> {
    let told = |template, reservation: &ReservationId, customer| {
        Some(Told {
            template,
            reservation: *reservation,
            customer,
        })
    };
    match event {
        Event::ReservationConfirmed {
            reservation_id,
            customer_id,
            ..
        } => told(Template::Confirmed, reservation_id, Some(*customer_id)),
        Event::ReservationChanged {
            reservation_id,
            customer_id,
            before,
            after,
            ..
        } if is_news(before, after) => told(Template::Changed, reservation_id, *customer_id),
        Event::ReservationCancelled {
            reservation_id,
            previous_state,
            ..
        } if previous_state != "QUOTE" => told(Template::Cancelled, reservation_id, None),
        Event::ReservationExpired {
            reservation_id,
            customer_id,
            kind,
            ..
        } => told(
            if kind == "hold" {
                Template::Lapsed
            } else {
                Template::Missed
            },
            reservation_id,
            Some(*customer_id),
        ),
        Event::RentalOverdue {
            reservation_id,
            customer_id,
            ..
        } => told(Template::Overdue, reservation_id, Some(*customer_id)),
        Event::ReservationCompleted {
            reservation_id,
            customer_id,
            ..
        } => told(Template::Thanks, reservation_id, Some(*customer_id)),
        _ => None,
    }
}

/// A customer who was promised something is promised something else now, or again.
fn is_news(before: &Agreed, after: &Agreed) -> bool {
    let firm = |agreed: &Agreed| matches!(agreed.state.as_str(), "CONFIRMED" | "ACTIVE");
    let things = |agreed: &Agreed| {
        agreed
            .lines
            .iter()
            .map(|line: &LineFact| (line.type_id, line.quantity, line.start, line.end))
            .collect::<Vec<_>>()
    };
    let again = matches!(before.state.as_str(), "CANCELLED" | "EXPIRED")
        && (firm(after) || after.state == "HOLD");
    let taken_back = firm(before) && matches!(after.state.as_str(), "HOLD" | "QUOTE");
    again
        || taken_back
        || (firm(before)
            && firm(after)
            && ((before.start, before.end) != (after.start, after.end)
                || things(before) != things(after)))
}

/// 10 s after the first try, 15 hours in all until the eighth, a tenth more or less.
pub(super) fn next_attempt(now: Moment, attempts: i64, id: MessageId) -> Moment {
    let base = 10 * attempts.clamp(1, 8).pow(4);
    Moment(now.0 + base + base * (id.0.rem_euclid(21) - 10) / 100)
}

/// What fills a template.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Letter {
    pub template: Template,
    pub name: Text,
    pub shop: Text,
    pub number: String,
    pub from: String,
    pub to: String,
    pub lines: Vec<String>,
}

/// The subject and the text. What is filled in is never read as part of the template.
pub fn render(letter: &Letter) -> (String, String) {
    let lines: String = letter
        .lines
        .iter()
        .map(|line| format!("  - {line}\n"))
        .collect();
    let value = |name: &str| match name {
        "name" => Some(letter.name.as_str()),
        "shop" => Some(letter.shop.as_str()),
        "number" => Some(letter.number.as_str()),
        "from" => Some(letter.from.as_str()),
        "to" => Some(letter.to.as_str()),
        "lines" => Some(lines.trim_end()),
        _ => None,
    };
    let mut filled = String::new();
    let mut rest = letter.template.text();
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        rest = match behind.split_once('}') {
            Some((name, after)) if value(name).is_some() => {
                filled.push_str(value(name).unwrap_or_default());
                after
            }
            _ => {
                filled.push('{');
                behind
            }
        };
    }
    filled.push_str(rest);
    let (subject, text) = filled.split_once("\n\n").unwrap_or((filled.as_str(), ""));
    (
        subject.trim_start_matches("Subject:").trim().to_owned(),
        text.to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_filled_and_says_nothing_of_itself() {
        for template in Template::ALL {
            let letter = Letter {
                template: *template,
                name: Text::new("Maya {shop} Chen"),
                shop: Text::new("North Light"),
                number: "R-1042".to_owned(),
                from: "Fri 21 Nov 09:00".to_owned(),
                to: "Mon 24 Nov 10:00".to_owned(),
                lines: vec!["2 x Sony FX6 body".to_owned()],
            };
            let (subject, text) = render(&letter);
            assert!(
                subject.contains("R-1042")
                    && !subject.contains('{')
                    && !subject.contains("Subject"),
                "{subject}"
            );
            assert!(
                text.starts_with("Dear Maya {shop} Chen,\n"),
                "what is filled in is not read again: {text}"
            );
            assert!(
                text.trim_end().ends_with("North Light")
                    && !text.contains("{lines}")
                    && !text.contains("{number}"),
                "{text}"
            );
        }
    }

    #[test]
    fn eight_tries_take_most_of_a_day() {
        let mut now = Moment(0);
        for attempts in 1..8 {
            let next = next_attempt(now, attempts, MessageId(10));
            assert!(next > now);
            now = next;
        }
        assert!((10 * 3600..20 * 3600).contains(&now.0), "{}", now.0);
    }
}
