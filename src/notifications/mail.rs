//! A letter as a mail: RFC 5322, headers encoded, UTF-8.

use super::Message;
use crate::kernel::{Moment, Text};
use lettre::Message as Mail;
use lettre::address::Address;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use std::time::{Duration, SystemTime};

/// Between whom, and when.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Envelope {
    pub shop: Text,
    pub from: Text,
    pub name: Text,
    pub to: Text,
    pub at: Moment,
}

/// The bytes of the mail. `Err`: which address cannot be written to, in words that do not repeat
/// it.
pub fn mail(
    message: &Message,
    envelope: &Envelope,
    subject: &str,
    text: &str,
) -> Result<Vec<u8>, String> {
    let from: Address = envelope.from.as_str().parse().map_err(|_| {
        "the shop's own address cannot be used (rentdesk settings set mail_from)".to_owned()
    })?;
    let to: Address = envelope
        .to
        .as_str()
        .parse()
        .map_err(|_| "the customer's address cannot be written to".to_owned())?;
    // Made from the event, so that whoever gets a mail twice sees that it is one.
    let id = format!("<{}.{}@{}>", message.event, message.id.0, from.domain());
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    Mail::builder()
        .from(Mailbox::new(Some(envelope.shop.to_string()), from))
        .to(Mailbox::new(Some(envelope.name.to_string()), to))
        .subject(Text::new(subject).to_string())
        .date(SystemTime::UNIX_EPOCH + Duration::from_secs(envelope.at.0.unsigned_abs()))
        .message_id(Some(id))
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
        .singlepart(
            SinglePart::builder()
                .header(ContentType::TEXT_PLAIN)
                .body(text.to_owned()),
        )
        .map(|mail| mail.formatted())
        .map_err(|error| format!("the mail cannot be put together: {error}"))
}

#[cfg(test)]
mod tests {
    use super::super::{Channel, Message, MessageState, Template};
    use super::*;
    use crate::kernel::MessageId;

    fn message() -> Message {
        Message {
            id: MessageId(7),
            event: uuid::Uuid::nil(),
            template: Template::Confirmed,
            channel: Channel::Email,
            customer: None,
            reservation: None,
            state: MessageState::Pending,
            attempts: 0,
            sending: false,
            next_attempt_at: None,
            sent_at: None,
            error: None,
            created_at: Moment(0),
        }
    }

    #[test]
    fn a_hostile_name_adds_no_header_and_no_recipient() {
        for evil in [
            "Maya\r\nBcc: all@evil.example",
            "Maya\nSubject: other\n\nbody",
            "\"Maya\" <x@evil.example>, b@evil.example",
            "Müller\u{2028}X: y",
            "=?utf-8?q?Bcc:_x?=",
            "a\0b",
        ] {
            let envelope = Envelope {
                shop: Text::new(evil),
                from: Text::new("desk@northlight.example"),
                name: Text::new(evil),
                to: Text::new("maya@kite.example"),
                at: Moment(1_763_718_120),
            };
            let bytes = mail(&message(), &envelope, evil, "Grüße\n.\nfrom us\n").unwrap();
            let mail = String::from_utf8(bytes).unwrap();
            let head = mail.split_once("\r\n\r\n").unwrap().0;
            let names: Vec<&str> = head
                .split("\r\n")
                .filter(|line| !line.starts_with([' ', '\t']))
                .map(|line| line.split_once(':').unwrap().0)
                .collect();
            let mut sorted = names.clone();
            sorted.sort_unstable();
            assert_eq!(
                sorted,
                [
                    "Auto-Submitted",
                    "Content-Transfer-Encoding",
                    "Content-Type",
                    "Date",
                    "From",
                    "MIME-Version",
                    "Message-ID",
                    "Subject",
                    "To"
                ],
                "{evil:?}: {mail}"
            );
            let mut to = head.split("\r\nTo: ").nth(1).unwrap().to_owned();
            to.truncate(to.find("\r\nSubject").unwrap_or(to.len()));
            assert!(to.contains("<maya@kite.example>"), "{to}");
            // Whatever else stands there is inside quotes or encoded: no second address.
            let outside: String = to.split('"').step_by(2).collect();
            assert_eq!(
                outside.matches('@').count() - usize::from(outside.contains("=40")),
                1,
                "{to}"
            );
            assert!(head.is_ascii(), "{head}");
        }
    }

    #[test]
    fn an_address_that_is_none_is_not_written_to_and_not_repeated() {
        for evil in [
            "maya@kite.example, all@evil.example",
            "maya",
            "<maya@kite.example>",
            "maya@kite.example\r\nBcc: x@y.example",
        ] {
            let envelope = Envelope {
                shop: Text::new("North Light"),
                from: Text::new("desk@northlight.example"),
                name: Text::new("Maya"),
                to: Text::new(evil),
                at: Moment(0),
            };
            let why = mail(&message(), &envelope, "Hello", "text").unwrap_err();
            assert!(!why.contains("maya") && !why.contains("evil"), "{why}");
        }
    }
}
