//! How a customer stands with the shop, in one line.

use crate::crm::{self, Loyalty};
use crate::kernel::{CustomerId, Fallible, Moment, Money, Settings};
use crate::outbox;
use crate::store::{Read, log};

/// Tier, points, what was paid less what was given back, and how often.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    pub loyalty: Loyalty,
    pub value: Money,
    pub rentals: i64,
    pub segment: crm::CustomerSegment,
    /// The last event it knows of, where there are newer ones.
    pub up_to: Option<i64>,
}

pub fn standing(
    db: Read<'_>,
    settings: &Settings,
    customer: CustomerId,
    now: Moment,
) -> Fallible<Standing> {
    db.at_once(|| {
        let known = outbox::heard(db, "loyalty")?.min(outbox::heard(db, "lifetime-value")?);
        Ok(Standing {
            loyalty: crm::loyalty(db, settings, customer, now)?,
            value: crm::lifetime_value(db, customer)?.map_or(Money(0), |value| value.value),
            rentals: crm::count_rentals(db, customer)?,
            segment: crm::segment(db, customer)?,
            up_to: (known < log::last_seq(db)?).then_some(known),
        })
    })
}

impl Standing {
    /// `Gold · 640 points · 8 214.00 · 31 rentals`, the day a tier lapses, and up to which event it
    /// is known.
    pub fn in_words(&self, settings: &Settings) -> String {
        let rentals = format!(
            "{} rental{}",
            self.rentals,
            if self.rentals == 1 { "" } else { "s" }
        );
        let points = format!(
            "{} point{}",
            self.loyalty.points,
            if self.loyalty.points == 1 { "" } else { "s" }
        );
        let mut words = format!(
            "{} · {points} · {} · {rentals}",
            self.loyalty.tier.shown(),
            settings.currency.show(self.value)
        );
        if let Some((day, then)) = self.loyalty.lapses {
            words.push_str(&format!(
                " · {} from {}",
                then.shown(),
                day.format("%-d %b %Y")
            ));
        }
        if let Some(seq) = self.up_to {
            words.push_str(&format!(" · up to event {seq}"));
        }
        words
    }
}
