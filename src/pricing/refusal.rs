//! Why a price cannot be said, or a rate, tax, table or discount cannot be set.

use crate::catalog::CatalogRefusal;
use crate::kernel::{Refusal, Text};

#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PricingRefusal {
    #[error("{0}")]
    Catalogue(CatalogRefusal),
    #[error("A quantity is 1 to 10000, not {0}")]
    Quantity(i64),
    #[error("A price needs an end after its start")]
    Window,
    #[error("A price by hand is 0 or more")]
    ManualPrice,
    #[error("What is priced or taken off by hand needs a reason")]
    ReasonMissing,
    #[error("A total by hand is more than 0")]
    Target,
    #[error("There is nothing priced to spread a total over")]
    TargetOverNothing,
    #[error("A discount takes off 0 to 100 %, or an amount")]
    Discount,
    #[error("There is no coupon \"{0}\"")]
    CouponUnknown(Text),
    #[error("The coupon {code} is valid {days}")]
    CouponNotValid { code: Text, days: String },
    #[error("The amount is beyond what can be charged")]
    TooMuch,
    #[error("A rate names a price by the hour, day, week or fixed period")]
    RateEmpty,
    #[error("A price is more than 0")]
    NotPositive,
    #[error("There is no tax class \"{0}\"")]
    TaxUnknown(Text),
    #[error("A tax class has a name of 1 to 40 characters")]
    TaxName,
    #[error("There is no price table \"{0}\"")]
    TableUnknown(Text),
    #[error("There is a price table \"{0}\" already, and prices were agreed by it")]
    TableKnown(Text),
    #[error("That is no price table: {0}")]
    TableRule(String),
    #[error("There is no discount {0}")]
    RuleUnknown(i64),
    #[error("The discount \"{0}\" is withdrawn already")]
    RuleWithdrawn(Text),
    #[error("There is a coupon {0} already")]
    CodeKnown(Text),
    #[error("There is a discount \"{0}\" already")]
    RuleKnown(Text),
    #[error("A discount needs a name of 1 to 100 characters")]
    RuleName,
    #[error("A discount is over after it begins")]
    RuleDays,
    #[error("A season needs its days")]
    SeasonDays,
    #[error("A condition is more than 0")]
    Condition,
}

impl Refusal for PricingRefusal {
    fn hint(&self) -> String {
        match self {
            PricingRefusal::Catalogue(refusal) => return refusal.hint(),
            PricingRefusal::Quantity(_) => "leave the line out where nothing is wanted",
            PricingRefusal::Window => "give a later end",
            PricingRefusal::ManualPrice | PricingRefusal::Target => "give an amount like 49.90",
            PricingRefusal::ReasonMissing => "say why with --reason",
            PricingRefusal::TargetOverNothing => {
                "set a rate first: rentdesk rate set TYPE --daily 25"
            }
            PricingRefusal::Discount => "for example 10% or 20.00",
            PricingRefusal::CouponUnknown(_)
            | PricingRefusal::CouponNotValid { .. }
            | PricingRefusal::RuleUnknown(_)
            | PricingRefusal::RuleWithdrawn(_) => "rentdesk discount list shows them",
            PricingRefusal::TooMuch => "check the quantity, the dates and the rate",
            PricingRefusal::RateEmpty => "give --hourly, --daily, --weekly or --fixed",
            PricingRefusal::NotPositive => "an empty amount takes a price away: --hourly \"\"",
            PricingRefusal::TaxUnknown(_) => {
                "rentdesk tax set CLASS PERCENT makes it; rentdesk tax list shows them"
            }
            PricingRefusal::TaxName => "for example standard or reduced",
            PricingRefusal::TableUnknown(_) => "rentdesk price-table list shows them",
            PricingRefusal::TableKnown(_) => {
                "give the new one another name, then rentdesk price-table use NAME"
            }
            PricingRefusal::TableRule(_) => {
                "for example \"1=1, 2=2, 3=3, 4-7=4, repeat\" or \"1=1, 2=1.7, then 0.5\""
            }
            PricingRefusal::CodeKnown(_) => "withdraw it first, or choose another code",
            PricingRefusal::RuleKnown(_) => {
                "withdraw it first, or choose another name (rentdesk discount list)"
            }
            PricingRefusal::RuleName => "for example \"Winter\"",
            PricingRefusal::RuleDays => "give a --to that is not before --from",
            PricingRefusal::SeasonDays => "give --from and --to, or --code, --tier or a condition",
            PricingRefusal::Condition => "give a number of 1 or more",
        }
        .to_string()
    }

    fn kind(&self) -> &'static str {
        match self {
            PricingRefusal::Catalogue(refusal) => refusal.kind(),
            _ => "pricing",
        }
    }

    fn not_found(&self) -> bool {
        match self {
            PricingRefusal::Catalogue(refusal) => refusal.not_found(),
            _ => matches!(
                self,
                PricingRefusal::TaxUnknown(_)
                    | PricingRefusal::TableUnknown(_)
                    | PricingRefusal::RuleUnknown(_)
                    | PricingRefusal::CouponUnknown(_)
            ),
        }
    }
}
