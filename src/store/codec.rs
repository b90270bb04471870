//! How the words of the house stand in a column.

use crate::kernel::*;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ToSql, ToSqlOutput, ValueRef};

macro_rules! integers {
    ($($name:ident),* $(,)?) => {$(
        impl ToSql for $name {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::from(self.0))
            }
        }
        impl FromSql for $name {
            fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
                value.as_i64().map(Self)
            }
        }
    )*};
}

integers! {
    CategoryId, TypeId, ItemId, CustomerId, ReservationId, LineId, RentalId, StaffId, ReportId, BenchJobId, ClaimId, BlockId, MessageId, InvoiceId, PaymentId,
    DepositId, ReservationNumber, CustomerNumber, BenchNumber, InvoiceNumber, StaffNumber, Moment, Money,
}

impl ToSql for Text {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for Text {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str().map(Text::new)
    }
}

impl ToSql for AssetTag {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.as_str()))
    }
}

impl FromSql for AssetTag {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let shown = value.as_str()?;
        AssetTag::parse(shown).ok_or_else(|| {
            FromSqlError::Other(format!("\"{}\" cannot be a tag", Text::new(shown)).into())
        })
    }
}

/// Lets an enum whose words stand in a CHECK be read and written by those words.
#[macro_export]
macro_rules! words_in_columns {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$variant_doc])* #[serde(rename = $word)] $variant),* }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),*];

            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),* }
            }

            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some($name::$variant),)* _ => None }
            }
        }

        impl $crate::store::Word for $name {
            fn word(&self) -> &'static str {
                $name::word(*self)
            }
            fn from_word(word: &str) -> Option<Self> {
                $name::from_word(word)
            }
        }
    };
}

/// An enum that stands in a column by its word.
pub trait Word: Sized {
    fn word(&self) -> &'static str;
    fn from_word(word: &str) -> Option<Self>;
}

/// Carries a [`Word`] into and out of a statement.
pub struct AsWord<W>(pub W);

impl<W: Word> ToSql for AsWord<W> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::from(self.0.word()))
    }
}

impl<W: Word> FromSql for AsWord<W> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let word = value.as_str()?;
        W::from_word(word).map(AsWord).ok_or_else(|| {
            FromSqlError::Other(format!("unknown word \"{}\"", Text::new(word)).into())
        })
    }
}
