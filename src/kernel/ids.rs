//! Identities. Rows have integer keys; people say numbers (`R-1042`), which are types of their own,
//! so that neither is taken for the other.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! row_ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        pub struct $name(pub i64);
    )*};
}

row_ids! {
    CategoryId, TypeId, ItemId, CustomerId, ReservationId, LineId, RentalId, StaffId, ReportId, BenchJobId, ClaimId, BlockId, InvoiceId, PaymentId, DepositId, MessageId,
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident $letter:literal),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(pub i64);

        impl $name {
            pub const LETTER: char = $letter;

            /// Reads `R-1042`, `r1042` or `R 1042`; bare digits are not a number of this kind.
            pub fn parse(text: &str) -> Option<Self> {
                let text = text.trim();
                let rest = text.strip_prefix($letter).or_else(|| text.strip_prefix($letter.to_ascii_lowercase()))?;
                let digits = rest.trim_start_matches(['-', ' ']);
                (!digits.is_empty() && digits.len() <= 12 && digits.bytes().all(|byte| byte.is_ascii_digit()))
                    .then(|| digits.parse().ok().map(Self))?
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}-{:04}", $letter, self.0)
            }
        }

        impl From<$name> for String {
            fn from(number: $name) -> String {
                number.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(&text).ok_or_else(|| format!("\"{text}\" is not a number like {}-1042", $letter))
            }
        }
    )*};
}

numbers! {
    /// What people call a reservation: `R-1042`.
    ReservationNumber 'R',
    /// What people call a customer: `C-0007`.
    CustomerNumber 'C',
    /// What people call a bench job: `B-0212`.
    BenchNumber 'B',
    /// What stands on an invoice: `I-1001`; given when it is issued, without gaps.
    InvoiceNumber 'I',
    /// What stands on a staff card: `S-0001`.
    StaffNumber 'S',
}
