//! Words that everyone shares: identities, tags, time, money, safe text, refusals. Pure: no SQL, no
//! clock, no files.

pub mod hours;
pub mod ids;
pub mod money;
pub mod refusal;
pub mod settings;
pub mod tag;
pub mod text;
pub mod time;
pub mod when;

pub use hours::OpenHours;
pub use ids::*;
pub use money::{Currency, Money};
pub use refusal::{Declined, Failure, Fallible, Refusal, Sought, Stop, at_the_counter};
pub use settings::Settings;
pub use tag::AssetTag;
pub use text::Text;
pub use time::{Clock, MOMENT_MAX, Moment, Period, ShopZone};
