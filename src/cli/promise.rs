//! `rentdesk reserve`, `confirm`, `hold`, `change`, `cancel`, `extend` and `pack`: what is
//! promised, to whom, when.

use super::answer::counted;
use super::discount::read_off;
use super::kit::split_quantity;
use super::promise_times::{both, end, hold_until, window};
use super::promise_told::{saved, saved_of, told};
use super::reservation::why_of;
use super::view::{View, closed_then, filled};
use super::{Answer, act, free, harm, usage};
use crate::booking::{
    self, Bargain, BookingRefusal, CancelReason, Change, Edit, Extension, Firmness, Harm, Line,
    LineState, NewReservation, Rental, RentalState, Reservation, Want,
};
use crate::customers;
use crate::desk;
use crate::inventory::{self, Stock};
use crate::kernel::when::length_minutes;
use crate::kernel::{
    Declined, Failure, ItemId, LineId, Period, RentalId, ReservationId, ReservationNumber,
    Settings, Stop, Text,
};
use crate::pricing::ByHand;
use crate::shop::Shop;
use crate::store::{Word, Write};
use clap::Args;

#[derive(Args, Debug)]
pub struct Reserve {
    /// Who it is for; only a quote may lack one. With --copy, the same as then.
    #[arg(long)]
    customer: Option<String>,
    /// When the gear leaves: "fri 9:00"; a day alone means when the shop opens. Both ends at once:
    /// "tue 14 - thu 10".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: String,
    /// When it is due back: "mon 10:00"; a day alone means the time of day it leaves.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,
    /// A type, a kit among them, with a quantity, or the tag of the very item: --line 'Sony FX6
    /// body*2' --line LEN-0050.
    #[arg(
        long = "line",
        value_name = "TYPE*QTY|TAG",
        required_unless_present = "copy"
    )]
    lines: Vec<String>,
    /// Asks for what an earlier reservation asked for.
    #[arg(long, value_name = "RESERVATION")]
    copy: Option<String>,
    /// Claims nothing yet.
    #[arg(long, conflicts_with_all = ["hold", "confirm"])]
    quote: bool,
    /// Claims until it lapses: after 48h, or until a time; without a length the shop's usual one.
    /// This is what is made if nothing is said.
    #[arg(long, value_name = "DURATION|TIME", num_args = 0..=1, default_missing_value = "", conflicts_with = "confirm")]
    hold: Option<String>,
    /// Firm at once.
    #[arg(long)]
    confirm: bool,
    #[arg(long)]
    note: Option<String>,
    /// Saves it although something is short.
    #[arg(long)]
    keep_short: bool,
    /// Leaves out what usually goes along with the gear.
    #[arg(long)]
    no_accessories: bool,
    /// Its number in another program.
    #[arg(long)]
    reference: Option<String>,
    #[command(flatten)]
    said: SaidOfPrice,
    /// Tells how its price comes about.
    #[arg(long)]
    why: bool,
}

/// What is said of the price beside the rates.
#[derive(Args, Debug)]
pub struct SaidOfPrice {
    /// A coupon's code.
    #[arg(long = "coupon", value_name = "CODE")]
    coupons: Vec<String>,
    /// Off all of it, by hand: 10% or 20.00; 0 takes it away.
    #[arg(long, value_name = "PERCENT|AMOUNT", requires = "reason")]
    discount: Option<String>,
    /// What all lines together shall cost, by hand; 0 takes it away.
    #[arg(
        long,
        value_name = "AMOUNT",
        requires = "reason",
        conflicts_with = "discount",
        allow_hyphen_values = true
    )]
    target: Option<String>,
    /// What one piece of a line costs for the whole time, by hand: --price 1=150.00; --price 1=rate
    /// goes back to the rates.
    #[arg(long = "price", value_name = "LINE=AMOUNT", requires = "reason")]
    prices: Vec<String>,
    /// Off a line, by hand: --line-discount 1=10%; 1=0 takes it away.
    #[arg(long = "line-discount", value_name = "LINE=OFF", requires = "reason")]
    line_discounts: Vec<String>,
    /// Why something is priced by hand.
    #[arg(long)]
    reason: Option<String>,
}

impl SaidOfPrice {
    fn bargain(&self, view: &View<'_>) -> Result<Bargain, Stop> {
        let reason = Text::new(self.reason.as_deref().unwrap_or_default());
        let amount = |typed: &str| {
            let read = view.settings.currency.read(typed);
            read.ok_or_else(|| {
                usage(
                    format!(
                        "\"{}\" is not an amount in {}",
                        Text::new(typed),
                        view.settings.currency.code()
                    ),
                    "for example 49.90",
                )
            })
        };
        let mut bargain = Bargain::default();
        if !self.coupons.is_empty() {
            bargain.coupons = Some(
                self.coupons
                    .iter()
                    .filter_map(|code| Text::filled(code))
                    .collect(),
            );
        }
        if let Some(off) = &self.discount {
            bargain.off = Some(ByHand {
                value: read_off(view, off)?,
                reason: reason.clone(),
            });
        }
        if let Some(target) = &self.target {
            bargain.target = Some(ByHand {
                value: amount(target)?,
                reason: reason.clone(),
            });
        }
        for typed in &self.prices {
            let (number, price) = numbered(typed)?;
            let number = line_number(number)?;
            let price = if price.eq_ignore_ascii_case("rate") {
                None
            } else {
                Some(ByHand {
                    value: amount(price)?,
                    reason: reason.clone(),
                })
            };
            bargain.lines.insert(number, price);
        }
        for typed in &self.line_discounts {
            let (number, off) = numbered(typed)?;
            bargain.line_offs.insert(
                line_number(number)?,
                Some(ByHand {
                    value: read_off(view, off)?,
                    reason: reason.clone(),
                }),
            );
        }
        Ok(bargain)
    }
}

fn line_number(number: i64) -> Result<usize, Stop> {
    usize::try_from(number).map_err(|_| {
        usage(
            format!("There is no line {number}"),
            "rentdesk show lists the numbers",
        )
    })
}

#[derive(Args, Debug)]
pub struct Reprice {
    /// Its number or another program's reference: R-1042.
    reservation: String,
    /// Tells how its price comes about.
    #[arg(long)]
    why: bool,
}

#[derive(Args, Debug)]
pub struct Confirm {
    /// Its number or another program's reference: R-1042.
    reservation: String,
    /// Confirms it although something is short.
    #[arg(long)]
    keep_short: bool,
}

#[derive(Args, Debug)]
pub struct Hold {
    reservation: String,
    /// How long from now: 48h, 3d; without it the shop's usual length.
    #[arg(long = "for", value_name = "DURATION", conflicts_with = "until")]
    length: Option<String>,
    /// Until when: "thu 18:00".
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    until: Option<String>,
    #[arg(long)]
    keep_short: bool,
}

#[derive(Args, Debug)]
pub struct ChangeArgs {
    reservation: String,
    /// When the gear leaves; a day alone keeps the time of day.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    from: Option<String>,
    /// When it is due back; a day alone keeps the time of day.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: Option<String>,
    /// Adds a line: --line 'Sony FX6 body*2', --line LEN-0050.
    #[arg(long = "line", value_name = "TYPE*QTY|TAG")]
    lines: Vec<String>,
    /// Another quantity on a line, by its number: --set 1=3.
    #[arg(long = "set", value_name = "N=QTY")]
    sets: Vec<String>,
    /// Takes a line off, by its number.
    #[arg(long = "drop", value_name = "N")]
    drops: Vec<i64>,
    /// Names the very item of a line, or lets any do: --pin 1=CAM-0012, --pin 1=any.
    #[arg(long = "pin", value_name = "N=TAG|N=any")]
    pins: Vec<String>,
    /// It is for somebody else.
    #[arg(long)]
    customer: Option<String>,
    /// Another note; an empty word takes it away.
    #[arg(long)]
    note: Option<String>,
    /// Saves it although something is short.
    #[arg(long)]
    keep_short: bool,
    /// Added lines come without what usually goes along.
    #[arg(long)]
    no_accessories: bool,
    #[command(flatten)]
    said: SaidOfPrice,
    /// Tells how its price comes about.
    #[arg(long)]
    why: bool,
}

#[derive(Args, Debug)]
pub struct Cancel {
    reservation: String,
    /// Who cancelled, or why: customer, shop, duplicate, declined or other.
    #[arg(long, value_parser = read_reason)]
    reason: CancelReason,
    #[arg(long)]
    note: Option<String>,
}

#[derive(Args, Debug)]
pub struct Extend {
    /// A reservation, with tags of it if not all of it stays out; or tags alone: extend R-1042
    /// CAM-0012, extend CAM-0012.
    #[arg(required = true, value_name = "RESERVATION|TAG")]
    what: Vec<String>,
    /// The new due time: "mon 18:00", or so much longer: +2d; a day alone keeps the time of day.
    #[arg(long, value_name = "TIME", allow_hyphen_values = true)]
    to: String,
    /// Although others go short by it.
    #[arg(long)]
    keep_short: bool,
}

#[derive(Args, Debug)]
pub struct Pack {
    reservation: String,
    /// The lines that stand ready, by number, all of a line or so many: 1 2=3.
    #[arg(value_name = "N=QTY", required_unless_present = "all")]
    lines: Vec<String>,
    /// Everything on it stands ready.
    #[arg(long, conflicts_with = "lines")]
    all: bool,
}

fn read_reason(typed: &str) -> Result<CancelReason, String> {
    CancelReason::from_word(&typed.trim().to_lowercase()).ok_or_else(|| {
        format!(
            "it is one of {}",
            CancelReason::ALL
                .iter()
                .map(|reason| reason.word())
                .collect::<Vec<_>>()
                .join(", ")
        )
    })
}

/// A shortage names everything that is short and the ways out, for programs too.
pub fn booked<T>(
    db: &Write<'_>,
    settings: &Settings,
    of: Option<ReservationId>,
    outcome: Result<T, Failure<BookingRefusal>>,
) -> Result<T, Stop> {
    match outcome {
        Err(Failure::Refused(refusal)) => {
            let mut declined = match Stop::from(refusal.clone()) {
                Stop::Refused(declined) => declined,
                fault => return Err(fault),
            };
            if let BookingRefusal::Short(_, _, lacking) = &refusal {
                declined = Declined {
                    details: Some(free::lacking_json(
                        &View::within(db, settings),
                        of,
                        lacking,
                    )?),
                    ..declined
                };
            }
            Err(declined.into())
        }
        other => Ok(other?),
    }
}

fn wants(db: &Write<'_>, lines: &[String], no_accessories: bool) -> Result<Vec<Want>, Stop> {
    lines
        .iter()
        .map(|typed| {
            // `Tripod*2`, or as at the counter `2*BAT-V150`.
            let (named, quantity) = match split_quantity(typed) {
                (named, 1) if named == typed => typed
                    .split_once('*')
                    .and_then(|(count, tag)| Some((tag.trim(), count.trim().parse().ok()?)))
                    .unwrap_or((named, 1)),
                said => said,
            };
            let mut want = booking::want_of(db.read(), named, quantity)?;
            want.with_accessories &= !no_accessories;
            Ok(want)
        })
        .collect()
}

impl Reserve {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        act(shop, |db, settings| {
            let view = View::within(db, settings);
            let copied = self
                .copy
                .as_deref()
                .map(|typed| booking::resolve(db.read(), typed))
                .transpose()?;
            let customer = match &self.customer {
                Some(typed) => Some(customers::resolve(db.read(), typed)?.id),
                None => copied.as_ref().and_then(|copied| copied.customer),
            };
            let mut all = match &copied {
                Some(copied) => booking::wants_of(db.read(), copied.id)?,
                None => Vec::new(),
            };
            for want in &mut all {
                want.with_accessories &= !self.no_accessories;
            }
            all.extend(wants(db, &self.lines, self.no_accessories)?);
            let firmness = match (
                self.quote,
                self.confirm,
                self.hold.as_deref().map(str::trim),
            ) {
                (true, ..) => Firmness::Quote,
                (_, true, _) => Firmness::Confirmed,
                (_, _, None | Some("")) => Firmness::Hold(None),
                (_, _, Some(typed)) => Firmness::Hold(Some(hold_until(&view, typed)?)),
            };
            let new = NewReservation {
                customer,
                window: window(&view, &self.from, self.to.as_deref())?,
                wants: all,
                firmness,
                note: filled(self.note.as_ref()),
                keep_short: self.keep_short,
                reference: filled(self.reference.as_ref()),
                bargain: self.said.bargain(&view)?,
            };
            let types = harm::types_of(db.read(), &new.wants)?;
            let (id, hurt) = harm::hurting(db, settings, &types, |db| {
                let outcome = desk::reserve(db, settings, &new);
                booked(db, settings, None, outcome)
            })?;
            let view = View::within(db, settings);
            let answer = saved(&view, id, None, &hurt)?;
            if self.why {
                why_of(&view, id, answer)
            } else {
                Ok(answer)
            }
        })
    }
}

impl Confirm {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        act(shop, |db, settings| {
            let id = booking::resolve(db.read(), &self.reservation)?.id;
            let types = harm::types_on(db.read(), id)?;
            let ((), hurt) = harm::hurting(db, settings, &types, |db| {
                let outcome = desk::confirm(db, settings, id, self.keep_short);
                booked(db, settings, Some(id), outcome)
            })?;
            saved(&View::within(db, settings), id, None, &hurt)
        })
    }
}

impl Hold {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        act(shop, |db, settings| {
            let view = View::within(db, settings);
            let id = booking::resolve(db.read(), &self.reservation)?.id;
            let until = match &self.length {
                Some(typed) if length_minutes(typed).is_none() => {
                    return Err(usage(
                        format!("\"{}\" is not a length", Text::new(typed)),
                        "for example 48h or 3d",
                    ));
                }
                _ => self
                    .length
                    .as_ref()
                    .or(self.until.as_ref())
                    .map(|typed| hold_until(&view, typed))
                    .transpose()?,
            };
            let types = harm::types_on(db.read(), id)?;
            let ((), hurt) = harm::hurting(db, settings, &types, |db| {
                let outcome = desk::hold(db, settings, id, until, self.keep_short);
                booked(db, settings, Some(id), outcome)
            })?;
            saved(&View::within(db, settings), id, None, &hurt)
        })
    }
}

/// The line of a number as it stands in every answer.
pub fn line_of(reservation: &Reservation, lines: &[Line], number: i64) -> Result<LineId, Stop> {
    let place = number
        .checked_sub(1)
        .and_then(|place| usize::try_from(place).ok());
    let found = place
        .and_then(|place| lines.get(place))
        .filter(|line| line.state != LineState::Dropped);
    Ok(found.map(|line| line.id).ok_or(BookingRefusal::NoLine {
        number: reservation.number,
        line: number,
    })?)
}

/// `2=3`: a line's number and what is said of it.
fn numbered(typed: &str) -> Result<(i64, &str), Stop> {
    typed
        .split_once('=')
        .and_then(|(number, value)| Some((number.trim().parse().ok()?, value.trim())))
        .ok_or_else(|| {
            usage(
                format!("\"{}\" names no line", Text::new(typed)),
                "give the line's number, then what it shall be: 1=3",
            )
        })
}

fn count(typed: &str) -> Result<i64, Stop> {
    typed.parse().map_err(|_| {
        usage(
            format!("\"{}\" is not a number of pieces", Text::new(typed)),
            "for example 1=3",
        )
    })
}

impl ChangeArgs {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        act(shop, |db, settings| {
            let found = booking::resolve(db.read(), &self.reservation)?;
            let change = self.change(db, settings, &found)?;
            if change
                == (Change {
                    keep_short: self.keep_short,
                    ..Change::default()
                })
            {
                return Err(usage(
                    "Nothing is to change",
                    "say what: --from, --to, --line, --set, --drop, --pin, --customer, --note, --discount, --target, --price or --coupon",
                ));
            }
            let agreed = booking::frozen(db.read(), &found)?;
            let mut types = harm::types_on(db.read(), found.id)?;
            let added: Vec<Want> = change
                .edits
                .iter()
                .filter_map(|edit| {
                    if let Edit::Add(want) = edit {
                        Some(want.clone())
                    } else {
                        None
                    }
                })
                .collect();
            types.extend(harm::types_of(db.read(), &added)?);
            let ((), hurt) = harm::hurting(db, settings, &types, |db| {
                let outcome = desk::change(db, settings, found.id, &change);
                booked(db, settings, Some(found.id), outcome)
            })?;
            let view = View::within(db, settings);
            let answer = saved_of(
                &view,
                found.id,
                Some(&changed_in_words(&view, &found)?),
                given_up(&view, found.id, agreed.as_ref(), &change.bargain)?,
                &hurt,
            )?;
            if self.why {
                why_of(&view, found.id, answer)
            } else {
                Ok(answer)
            }
        })
    }

    fn change(
        &self,
        db: &Write<'_>,
        settings: &Settings,
        found: &Reservation,
    ) -> Result<Change, Stop> {
        let view = View::within(db, settings);
        let lines = booking::lines(db.read(), found.id)?;
        let (from, to) = match &self.from {
            Some(from) => both(&view, from, self.to.as_deref())
                .map(|(from, to)| (Some(from).filter(|from| !from.is_empty()), to))?,
            None => (None, self.to.clone()),
        };
        let window = match (from, to) {
            (None, None) => None,
            (from, to) => {
                let start = from.as_deref().map_or(Ok(found.start), |typed| {
                    end(&view, typed, view.now, view.now, found.start)
                })?;
                let end = to.as_deref().map_or(Ok(found.end), |typed| {
                    end(&view, typed, start.max(view.now), found.end, found.end)
                })?;
                Some(Period { start, end })
            }
        };
        let mut edits = Vec::new();
        for typed in &self.sets {
            let (number, quantity) = numbered(typed)?;
            edits.push(Edit::Quantity(
                line_of(found, &lines, number)?,
                count(quantity)?,
            ));
        }
        for number in &self.drops {
            edits.push(Edit::Drop(line_of(found, &lines, *number)?));
        }
        for typed in &self.pins {
            let (number, tag) = numbered(typed)?;
            let item: Option<ItemId> = if tag.eq_ignore_ascii_case("any") {
                None
            } else {
                Some(inventory::resolve_item(db.read(), tag)?.id)
            };
            edits.push(Edit::Pin(line_of(found, &lines, number)?, item));
        }
        edits.extend(
            wants(db, &self.lines, self.no_accessories)?
                .into_iter()
                .map(Edit::Add),
        );
        Ok(Change {
            window,
            edits,
            customer: self
                .customer
                .as_deref()
                .map(|typed| customers::resolve(db.read(), typed))
                .transpose()?
                .map(|customer| customer.id),
            note: self.note.as_ref().map(|note| Text::filled(note)),
            keep_short: self.keep_short,
            bargain: self.said.bargain(&view)?,
            seen: None,
        })
    }
}

/// What was agreed by hand and holds no more, each with how it is given again.
fn given_up(
    view: &View<'_>,
    id: ReservationId,
    agreed: Option<&booking::Frozen>,
    said: &Bargain,
) -> Result<Vec<String>, Stop> {
    let words = desk::given_up_by(view.db, view.settings, id, agreed, said)?;
    Ok(words
        .into_iter()
        .map(|words| format!("{words} · change --price or --target gives it one again"))
        .collect())
}

/// `changed`; of a hold that lapses earlier now, because it never does so past its start, since
/// when.
fn changed_in_words(view: &View<'_>, before: &Reservation) -> Result<String, Stop> {
    let after = booking::reservation(view.db, before.id)?;
    Ok(match (before.hold_lapses_at, after.hold_lapses_at) {
        (Some(was), Some(lapses)) if was != lapses => format!(
            "changed, lapses {} with its start, was {}",
            view.show(lapses),
            view.show(was)
        ),
        _ => "changed".to_owned(),
    })
}

impl Reprice {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        act(shop, |db, settings| {
            let found = booking::resolve(db.read(), &self.reservation)?;
            desk::reprice(db, settings, found.id)?;
            let view = View::within(db, settings);
            let after = booking::reservation(db.read(), found.id)?.total;
            let done = match (found.total, after) {
                (Some(was), Some(now)) if was != now => {
                    format!("was {}", view.money_text(Some(was)))
                }
                (_, Some(_)) => "its price stays".to_owned(),
                (_, None) => "nothing on it has a price".to_owned(),
            };
            let answer = saved(&view, found.id, Some(&done), &[])?;
            if self.why {
                why_of(&view, found.id, answer)
            } else {
                Ok(answer)
            }
        })
    }
}

impl Cancel {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        shop.drain_all()?; // what is paid follows the reservation
        act(shop, |db, settings| {
            let id = booking::resolve(db.read(), &self.reservation)?.id;
            let back = desk::to_give_back(db.read(), settings.currency, id)?;
            desk::cancel(
                db,
                settings,
                id,
                self.reason,
                filled(self.note.as_ref()).as_ref(),
            )?;
            let warnings: Vec<String> = back
                .into_iter()
                .map(|back| format!("{back} · refund and deposit return give it back"))
                .collect();
            saved_of(&View::within(db, settings), id, None, warnings, &[])
        })
    }
}

impl Extend {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        act(shop, |db, settings| {
            let view = View::within(db, settings);
            let (reservation, rentals) = self.meant(&view)?;
            let due = match &rentals {
                Some(rentals) => rentals.iter().map(|rental| rental.due_at).max(),
                None => open_rentals(&view, reservation)?
                    .iter()
                    .map(|rental| rental.due_at)
                    .max(),
            };
            let due = due.unwrap_or(view.now);
            let due = end(&view, &self.to, view.now, due.max(view.now), due)?;
            let ids: Option<Vec<RentalId>> = rentals
                .as_ref()
                .map(|rentals| rentals.iter().map(|rental| rental.id).collect());
            let agreed =
                booking::frozen(db.read(), &booking::reservation(db.read(), reservation)?)?;
            let types = harm::types_on(db.read(), reservation)?;
            let named = booking::named(db.read(), types.iter().copied())?;
            let extension = Extension {
                reservation,
                rentals: ids,
                due,
                keep_short: self.keep_short,
            };
            let ((), hurt) = harm::hurting(db, settings, &types, |db| {
                let outcome = desk::extend(db, settings, &extension);
                booked(db, settings, Some(reservation), outcome)
            })?;
            let view = View::within(db, settings);
            let all = match &rentals {
                Some(rentals) => rentals.iter().map(|rental| rental.quantity).sum(),
                None => open_rentals(&view, reservation)?
                    .iter()
                    .map(|rental| rental.quantity)
                    .sum(),
            };
            let hurt: Vec<Harm> = hurt
                .into_iter()
                .filter(|harm| harm.reservation != reservation)
                .collect();
            let mut warnings: Vec<String> = closed_then(&view, "it is due back", due)
                .into_iter()
                .collect();
            warnings.extend(given_up(
                &view,
                reservation,
                agreed.as_ref(),
                &Bargain::default(),
            )?);
            for named in booking::unnamed(view.db, &named)? {
                warnings.push(booking::unnamed_in_words(
                    view.db, settings, named, view.now,
                )?);
            }
            told(
                &view,
                &booking::reservation(view.db, reservation)?,
                Some(&format!(
                    "{} due {}",
                    counted(all, "item", "items"),
                    view.show(due)
                )),
                &warnings,
                &hurt,
            )
        })
    }

    /// The reservation, and the rentals of it if not all of it is meant.
    fn meant(&self, view: &View<'_>) -> Result<(ReservationId, Option<Vec<Rental>>), Stop> {
        let what = view.named_once(&self.what)?;
        let (first, rest) = what
            .split_first()
            .ok_or_else(|| usage("Nothing is named", "name a reservation or a tag"))?;
        let is_tag = ReservationNumber::parse(first).is_none()
            && !inventory::candidates(view.db, first)?.is_empty();
        let reservation = if is_tag {
            None
        } else {
            Some(booking::resolve(view.db, first).map_err(Stop::from)?.id)
        };
        let tags = if is_tag { what.as_slice() } else { rest };
        if let (Some(reservation), []) = (reservation, tags) {
            return Ok((reservation, None));
        }
        let mut rentals: Vec<Rental> = Vec::new();
        for typed in tags {
            let stock = inventory::resolve(view.db, typed)?;
            let open = match &stock {
                Stock::Item(item) => booking::open_rental(view.db, item.id)?
                    .into_iter()
                    .collect(),
                Stock::Bulk(bulk) => booking::open_bulk_rentals(view.db, bulk.type_id)?,
            };
            let of: Vec<Rental> = open
                .into_iter()
                .filter(|rental| reservation.is_none_or(|id| rental.reservation == id))
                .collect();
            if of.is_empty() {
                return Err(match reservation {
                    Some(id) => Declined::new(
                        "not_out",
                        format!("{} is not out with {}", stock.tag(), view.number(id)?),
                        format!("rentdesk show {} lists what is", view.number(id)?),
                    )
                    .into(),
                    None => BookingRefusal::NotOut {
                        tag: stock.tag().clone(),
                        last: String::new(),
                    }
                    .into(),
                });
            }
            // Counted stock that is named twice is meant once: all of it is moved.
            for rental in of {
                if !rentals.iter().any(|known| known.id == rental.id) {
                    rentals.push(rental);
                }
            }
        }
        let mut of: Vec<ReservationId> = rentals.iter().map(|rental| rental.reservation).collect();
        of.sort_unstable();
        of.dedup();
        match of.as_slice() {
            [one] => Ok((*one, Some(rentals))),
            _ => {
                let numbers = of
                    .iter()
                    .map(|id| Ok(view.number(*id)?.to_string()))
                    .collect::<Result<Vec<_>, Stop>>()?;
                Err(Declined::new(
                    "booking",
                    format!("These are out with {}", numbers.join(" and ")),
                    "extend one reservation at a time",
                )
                .into())
            }
        }
    }
}

fn open_rentals(view: &View<'_>, id: ReservationId) -> Result<Vec<Rental>, Stop> {
    Ok(booking::rentals_of(view.db, id)?
        .into_iter()
        .filter(|rental| rental.state == RentalState::Out)
        .collect())
}

impl Pack {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        act(shop, |db, settings| {
            let found = booking::resolve(db.read(), &self.reservation)?;
            let lines = booking::lines(db.read(), found.id)?;
            let quantity = |id: LineId| {
                lines
                    .iter()
                    .find(|line| line.id == id)
                    .map_or(0, |line| line.quantity)
            };
            let mut packed: Vec<(LineId, i64)> = Vec::new();
            if self.all {
                packed.extend(
                    lines
                        .iter()
                        .filter(|line| line.is_open() && !line.is_kit)
                        .map(|line| (line.id, line.quantity)),
                );
            }
            for typed in &self.lines {
                if typed.contains('=') {
                    let (number, value) = numbered(typed)?;
                    packed.push((line_of(&found, &lines, number)?, count(value)?));
                } else {
                    let number = typed.trim().parse().map_err(|_| {
                        usage(
                            format!("\"{}\" names no line", Text::new(typed)),
                            "give the line's number: 1, or 1=3",
                        )
                    })?;
                    let line = line_of(&found, &lines, number)?;
                    packed.push((line, quantity(line)));
                }
            }
            // What is made of others stands ready when they do.
            for (line, _) in &packed {
                if lines.iter().any(|known| known.id == *line && known.is_kit) {
                    return Err(usage(
                        "A kit is packed by its parts",
                        format!("rentdesk show {} lists their lines", found.number),
                    ));
                }
            }
            desk::pack(db, found.id, &packed)?;
            let ready: i64 = booking::lines(db.read(), found.id)?
                .iter()
                .filter(|line| line.state != LineState::Dropped && !line.is_kit)
                .map(|line| line.packed)
                .sum();
            let all: i64 = lines
                .iter()
                .filter(|line| line.state != LineState::Dropped && !line.is_kit)
                .map(|line| line.quantity)
                .sum();
            saved(
                &View::within(db, settings),
                found.id,
                Some(&format!("{ready} of {all} packed")),
                &[],
            )
        })
    }
}
