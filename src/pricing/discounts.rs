//! What comes off: rules that hold, the best of those that do not stack, and each line's share.
//! Pure.
//!
//! All stackable rules together stand against each one that does not stack; what takes off more for
//! the whole reservation wins, and of equals the lower priority number. Percentages of one line are
//! added up and rounded once; an amount is spread over the lines it is for.

use super::model::{
    Ask, DiscountRule, LineOff, NewRule, Off, OffKind, Only, Percent, RuleKind, Unused,
};
use super::refusal::PricingRefusal;
use crate::kernel::money::{share, spread};
use crate::kernel::{CategoryId, Moment, Money, ShopZone, Text, TypeId};

/// A line as a rule looks at it.
pub struct Candidate<'a> {
    pub type_id: TypeId,
    /// From its own category upwards.
    pub categories: &'a [CategoryId],
    pub quantity: i64,
    pub days: i64,
    pub start: Moment,
    /// Its price was said by hand: that is the price, and no discount comes off it by itself.
    pub by_hand: bool,
    /// What a discount is counted from: the line after its own discount by hand.
    pub base: Money,
}

/// Something that could come off, and the lines it is for.
struct Offer {
    id: i64,
    kind: OffKind,
    name: Text,
    off: Off,
    stackable: bool,
    priority: i64,
    lines: Vec<usize>,
}

/// What comes off each line, and what was asked for and does not.
pub struct Taken {
    pub lines: Vec<Vec<LineOff>>,
    pub unused: Vec<Unused>,
}

/// The set that takes off most so far, and each line's share in each of its offers.
struct Best<'a> {
    /// What it takes off, then its lowest priority number, then its first rule: the smallest wins.
    rank: (std::cmp::Reverse<i64>, i64, i64),
    set: Vec<&'a Offer>,
    shares: Vec<Vec<Money>>,
}

/// A code as it is compared: `nov 10` is `NOV10`.
pub fn code_of(typed: &str) -> Text {
    Text::new(
        &typed
            .chars()
            .filter(|c| !c.is_whitespace())
            .flat_map(char::to_uppercase)
            .collect::<String>(),
    )
}

pub fn take(
    lines: &[Candidate<'_>],
    rules: &[DiscountRule],
    ask: &Ask,
    zone: &ShopZone,
) -> Result<Taken, PricingRefusal> {
    let mut unused = Vec::new();
    let offers = offers(lines, rules, ask, zone, &mut unused)?;
    let hand = ask.off.as_ref().map(|by_hand| Offer {
        id: 0,
        kind: OffKind::Reservation,
        name: by_hand.reason.clone(),
        off: by_hand.value,
        stackable: true,
        priority: 0,
        lines: (0..lines.len()).collect(),
    });
    // The stackable ones as one set, every other alone; what is taken by hand comes on top of any.
    let mut sets: Vec<Vec<&Offer>> = Vec::new();
    let stack: Vec<&Offer> = offers.iter().filter(|offer| offer.stackable).collect();
    if !stack.is_empty() {
        sets.push(stack);
    }
    sets.extend(
        offers
            .iter()
            .filter(|offer| !offer.stackable)
            .map(|offer| vec![offer]),
    );
    if sets.is_empty() {
        sets.push(Vec::new());
    }
    let mut best: Option<Best<'_>> = None;
    for set in sets {
        let set: Vec<&Offer> = hand.iter().chain(set).collect();
        let shares = shares(lines, &set).ok_or(PricingRefusal::TooMuch)?;
        let worth: i64 = shares.iter().flatten().map(|share| share.0).sum();
        let rules = || {
            set.iter()
                .filter(|offer| offer.kind != OffKind::Reservation)
        };
        let rank = (
            std::cmp::Reverse(worth),
            rules().map(|offer| offer.priority).min().unwrap_or(0),
            rules().map(|offer| offer.id).min().unwrap_or(0),
        );
        if best.as_ref().is_none_or(|best| rank < best.rank) {
            best = Some(Best { rank, set, shares });
        }
    }
    let Some(Best { set, shares, .. }) = best else {
        return Ok(Taken {
            lines: vec![Vec::new(); lines.len()],
            unused,
        });
    };
    let winners: Vec<&str> = set
        .iter()
        .filter(|offer| offer.id > 0)
        .map(|offer| offer.name.as_str())
        .collect();
    for offer in offers
        .iter()
        .filter(|offer| !set.iter().any(|taken| taken.id == offer.id))
    {
        unused.push(Unused {
            name: offer.name.clone(),
            why: format!(
                "does not go together with {}, which takes off as much or more",
                winners.join(" and ")
            ),
        });
    }
    let lines = lines.iter().zip(shares).map(|(line, shares)| {
        let of_line = set.iter().zip(shares).filter(|(_, share)| share.0 > 0);
        of_line
            .map(|(offer, amount)| LineOff {
                kind: offer.kind,
                name: offer.name.clone(),
                off: offer.off,
                base: line.base,
                amount,
            })
            .collect()
    });
    Ok(Taken {
        lines: lines.collect(),
        unused,
    })
}

/// The rules that hold for the question, in the order they were written.
fn offers(
    lines: &[Candidate<'_>],
    rules: &[DiscountRule],
    ask: &Ask,
    zone: &ShopZone,
    unused: &mut Vec<Unused>,
) -> Result<Vec<Offer>, PricingRefusal> {
    let live = |known: &&DiscountRule| {
        known.created_at <= ask.agreed && known.withdrawn_at.is_none_or(|at| at > ask.agreed)
    };
    let codes: Vec<Text> = ask
        .coupons
        .iter()
        .map(|typed| code_of(typed.as_str()))
        .collect();
    for code in &codes {
        let Some(known) = rules
            .iter()
            .filter(live)
            .find(|known| known.rule.code.as_ref() == Some(code))
        else {
            return Err(PricingRefusal::CouponUnknown(code.clone()));
        };
        if !is_valid(&known.rule, ask.agreed) {
            return Err(PricingRefusal::CouponNotValid {
                code: code.clone(),
                days: validity(&known.rule, zone),
            });
        }
    }
    let tier = ask.tier.as_ref().map(|tier| code_of(tier.as_str()));
    let mut offers = Vec::new();
    for known in rules.iter().filter(live) {
        let rule = &known.rule;
        let asked = match rule.kind {
            RuleKind::Coupon => rule.code.as_ref().is_some_and(|code| codes.contains(code)),
            RuleKind::Loyalty => {
                rule.tier.is_some() && rule.tier == tier && is_valid(rule, ask.agreed)
            }
            RuleKind::Volume => is_valid(rule, ask.agreed),
            RuleKind::Season => true,
        };
        if !asked || rule.off.is_nothing() {
            continue;
        }
        let may_come_off = |place: &usize| rule.kind == RuleKind::Coupon || !lines[*place].by_hand;
        match matching(lines, rule) {
            Ok(found) if !found.iter().any(may_come_off) => {}
            Ok(found) => offers.push(Offer {
                id: known.id,
                kind: match rule.kind {
                    RuleKind::Coupon => OffKind::Coupon,
                    RuleKind::Season => OffKind::Season,
                    RuleKind::Loyalty => OffKind::Loyalty,
                    RuleKind::Volume => OffKind::Volume,
                },
                name: rule.name.clone(),
                off: rule.off,
                stackable: rule.stackable,
                priority: rule.priority,
                lines: found.into_iter().filter(may_come_off).collect(),
            }),
            // What nobody asked for is not missed.
            Err(why) if rule.kind == RuleKind::Coupon => unused.push(Unused {
                name: rule.name.clone(),
                why,
            }),
            Err(_) => {}
        }
    }
    Ok(offers)
}

fn is_valid(rule: &NewRule, at: Moment) -> bool {
    rule.valid_from.is_none_or(|from| from <= at) && rule.valid_to.is_none_or(|to| at < to)
}

/// `Mon 1 Dec 2025 to Wed 31 Dec 2025`
pub fn validity(rule: &NewRule, zone: &ShopZone) -> String {
    let last = |to: Moment| zone.show_day(zone.day(to.plus_minutes(-1)));
    match (
        rule.valid_from.map(|from| zone.show_day(zone.day(from))),
        rule.valid_to.map(last),
    ) {
        (Some(from), Some(to)) => format!("{from} to {to}"),
        (Some(from), None) => format!("from {from} on"),
        (None, Some(to)) => format!("until {to}"),
        (None, None) => "always".to_owned(),
    }
}

/// The lines that a rule is for, or what they lack.
fn matching(lines: &[Candidate<'_>], rule: &NewRule) -> Result<Vec<usize>, String> {
    let fits = |line: &Candidate<'_>| {
        line.base.0 > 0
            && match rule.only {
                Some(Only::Type(id)) => line.type_id == id,
                Some(Only::Category(id)) => line.categories.contains(&id),
                None => true,
            }
            && (rule.kind != RuleKind::Season || is_valid(rule, line.start))
    };
    let mut found: Vec<usize> = (0..lines.len())
        .filter(|place| fits(&lines[*place]))
        .collect();
    if found.is_empty() {
        return Err("nothing here is what it is for".to_owned());
    }
    if let Some(days) = rule.minimum_days {
        found.retain(|place| lines[*place].days >= days);
        if found.is_empty() {
            return Err(format!("it needs {days} days or more"));
        }
    }
    let of = |part: fn(&Candidate<'_>) -> i64| {
        found.iter().map(|place| part(&lines[*place])).sum::<i64>()
    };
    if rule
        .minimum_quantity
        .is_some_and(|least| of(|line| line.quantity) < least)
    {
        return Err(format!(
            "it needs {} pieces or more",
            rule.minimum_quantity.unwrap_or_default()
        ));
    }
    if rule
        .minimum_total
        .is_some_and(|least| of(|line| line.base.0) < least.0)
    {
        return Err("what it is for costs too little".to_owned());
    }
    Ok(found)
}

/// What each offer of a set takes off each line; no line goes below zero. `None` beyond what an
/// amount may be.
fn shares(lines: &[Candidate<'_>], set: &[&Offer]) -> Option<Vec<Vec<Money>>> {
    let mut taken = vec![vec![Money(0); set.len()]; lines.len()];
    for (place, offer) in set.iter().enumerate() {
        let Off::Amount(amount) = offer.off else {
            continue;
        };
        let weights: Vec<i64> = offer.lines.iter().map(|line| lines[*line].base.0).collect();
        let most = Money(amount.0.min(weights.iter().sum()));
        for (line, part) in offer
            .lines
            .iter()
            .zip(spread(most, &weights).unwrap_or_default())
        {
            taken[*line][place] = part;
        }
    }
    for (number, line) in lines.iter().enumerate() {
        let percents: Vec<i64> = set
            .iter()
            .map(|offer| match offer.off {
                Off::Percent(Percent(percent)) if offer.lines.contains(&number) => percent,
                _ => 0,
            })
            .collect();
        // Once per line, whatever the number of percentages.
        let off = share(line.base, percents.iter().sum(), Percent::WHOLE)?;
        for (place, part) in spread(off, &percents)
            .unwrap_or_default()
            .into_iter()
            .enumerate()
        {
            taken[number][place] = Money(taken[number][place].0 + part.0);
        }
        let parts: Vec<i64> = taken[number].iter().map(|part| part.0).collect();
        if parts.iter().sum::<i64>() > line.base.0 {
            taken[number] = spread(line.base, &parts)?;
        }
    }
    Some(taken)
}
