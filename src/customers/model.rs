//! What a customer's record must hold. Pure.

use crate::kernel::{CustomerId, CustomerNumber, Moment, Refusal, Sought, Text};
use serde::{Deserialize, Serialize};

crate::words_in_columns! {
    /// Whether gear may go out to them.
    CustomerState { Active = "ACTIVE", Suspended = "SUSPENDED" }
}

/// What a person fills in.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Profile {
    pub name: Text,
    pub company: Option<Text>,
    pub email: Option<Text>,
    pub phone: Option<Text>,
    pub street: Option<Text>,
    pub city: Option<Text>,
    pub region: Option<Text>,
    pub postal_code: Option<Text>,
    pub country: Option<Text>,
    pub note: Option<Text>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Customer {
    pub id: CustomerId,
    pub number: CustomerNumber,
    pub profile: Profile,
    pub state: CustomerState,
    pub suspended_reason: Option<Text>,
    pub registered_at: Moment,
    pub version: i64,
    pub reference: Option<Text>,
}

/// What the shop's settings ask of a new customer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ContactRules {
    pub email_required: bool,
    pub phone_required: bool,
}

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum CustomerRefusal {
    #[error("A customer needs a name")]
    NameMissing,
    #[error("The name has {0} characters; 255 is the most")]
    NameTooLong(usize),
    #[error("A customer needs an e-mail address")]
    EmailMissing,
    #[error("\"{0}\" is not an e-mail address")]
    EmailForm(Text),
    #[error("{email} belongs to {number} {name} already")]
    EmailTaken {
        email: Text,
        number: CustomerNumber,
        name: Text,
    },
    #[error("A customer needs a phone number")]
    PhoneMissing,
    #[error("The phone number has {0} characters; 20 is the most")]
    PhoneTooLong(usize),
    #[error("The address lacks its {0}")]
    AddressPart(&'static str),
    #[error("There is no customer \"{0}\"")]
    Unknown(Text),
    #[error("\"{text}\" could be {candidates}")]
    Ambiguous { text: Text, candidates: Text },
    #[error("{number} {name} is suspended: {reason}")]
    Suspended {
        number: CustomerNumber,
        name: Text,
        reason: Text,
    },
    #[error("{0} is suspended already")]
    SuspendedAlready(CustomerNumber),
    #[error("{0} is not suspended")]
    NotSuspended(CustomerNumber),
    #[error("Suspending needs a reason")]
    ReasonMissing,
    #[error("{number} was changed in another window (version {found}, you saw {seen})")]
    ChangedElsewhere {
        number: CustomerNumber,
        found: i64,
        seen: i64,
    },
}

impl Refusal for CustomerRefusal {
    fn hint(&self) -> String {
        use CustomerRefusal::*;
        match self {
            NameMissing => "type the name".to_owned(),
            NameTooLong(_) => "shorten it".to_owned(),
            EmailMissing => {
                "type the address, or relax it (rentdesk settings set email_required off)"
                    .to_owned()
            }
            EmailForm(_) => "check it, or leave it empty".to_owned(),
            EmailTaken { number, .. } => format!("open {number} instead"),
            PhoneMissing => {
                "type the number, or relax it (rentdesk settings set phone_required off)".to_owned()
            }
            PhoneTooLong(_) => "leave out what is not needed to dial".to_owned(),
            AddressPart(_) => "fill in the whole address, or none of it".to_owned(),
            Unknown(_) => "look among the customers: F6 (rentdesk customer list)".to_owned(),
            Ambiguous { .. } => "use the number".to_owned(),
            Suspended { number, .. } => format!(
                "settle it, then :suspend on their page reinstates (rentdesk customer reinstate {number})"
            ),
            SuspendedAlready(_) | NotSuspended(_) => "nothing to do".to_owned(),
            ReasonMissing => "say why".to_owned(),
            ChangedElsewhere { .. } => "open it again and repeat the change".to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        "customer"
    }

    fn not_found(&self) -> bool {
        matches!(self, CustomerRefusal::Unknown(_))
    }

    fn sought(&self) -> Option<Sought> {
        match self {
            CustomerRefusal::Unknown(text) | CustomerRefusal::Ambiguous { text, .. } => {
                Some(Sought::Customer(text.clone()))
            }
            _ => None,
        }
    }
}

impl Profile {
    /// What people at the counter can be asked for now.
    pub fn checked(&self, rules: ContactRules) -> Result<(), CustomerRefusal> {
        self.well_formed()?;
        if rules.email_required && self.email.is_none() {
            return Err(CustomerRefusal::EmailMissing);
        }
        if rules.phone_required && self.phone.is_none() {
            return Err(CustomerRefusal::PhoneMissing);
        }
        let parts = [
            ("street", &self.street),
            ("city", &self.city),
            ("postal code", &self.postal_code),
            ("country", &self.country),
        ];
        if parts.iter().any(|(_, part)| part.is_some())
            && let Some((name, _)) = parts.iter().find(|(_, part)| part.is_none())
        {
            return Err(CustomerRefusal::AddressPart(name));
        }
        Ok(())
    }

    /// What even an old record must satisfy.
    pub fn well_formed(&self) -> Result<(), CustomerRefusal> {
        match self.name.length() {
            0 => return Err(CustomerRefusal::NameMissing),
            1..=255 => {}
            length => return Err(CustomerRefusal::NameTooLong(length)),
        }
        if let Some(phone) = self.phone.as_ref().filter(|phone| phone.length() > 20) {
            return Err(CustomerRefusal::PhoneTooLong(phone.length()));
        }
        match &self.email {
            Some(email) if !is_email(email.as_str()) => {
                Err(CustomerRefusal::EmailForm(email.clone()))
            }
            _ => Ok(()),
        }
    }

    /// The fields that differ, by name.
    pub fn changed(&self, other: &Profile) -> Vec<String> {
        let fields = [
            ("name", Some(&self.name) != Some(&other.name)),
            ("company", self.company != other.company),
            ("email", self.email != other.email),
            ("phone", self.phone != other.phone),
            ("street", self.street != other.street),
            ("city", self.city != other.city),
            ("region", self.region != other.region),
            ("postal_code", self.postal_code != other.postal_code),
            ("country", self.country != other.country),
            ("note", self.note != other.note),
        ];
        fields
            .iter()
            .filter(|(_, differs)| *differs)
            .map(|(name, _)| (*name).to_owned())
            .collect()
    }
}

/// One `@`, something before it, a dot inside what follows: the rest is the mail server's business.
fn is_email(text: &str) -> bool {
    match text.split_once('@') {
        Some((local, domain)) => {
            !local.is_empty()
                && !domain.contains('@')
                && !text.contains(' ')
                && text.len() <= 254
                && domain.split('.').count() >= 2
                && domain.split('.').all(|part| !part.is_empty())
        }
        None => false,
    }
}

/// The digits of a phone number, by whose end a customer is found.
pub(super) fn digits(phone: &Text) -> String {
    phone
        .as_str()
        .chars()
        .filter(char::is_ascii_digit)
        .collect()
}

pub(super) fn email_key(email: &Text) -> String {
    email.as_str().to_lowercase()
}
