//! `rentdesk customer`: who rents.

use super::answer::{Table, counted, facts, length};
use super::view::{View, plain, revised, stamp};
use super::{Answer, act};
use crate::booking::{self, Rental, RentalState};
use crate::customers::{self, ContactRules, Profile};
use crate::desk::{self, Final, Standing};
use crate::events::Preferences;
use crate::kernel::text::folded;
use crate::kernel::{CustomerId, Stop, Text};
use crate::shop::Shop;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Customer {
    /// Adds a customer: customer add "Maya Chen" --phone "0612 555 120".
    Add {
        name: String,
        #[command(flatten)]
        fields: Fields,
    },
    /// Changes a customer; what is not named stays, and an empty word clears.
    Edit {
        customer: String,
        #[arg(long)]
        name: Option<String>,
        #[command(flatten)]
        fields: Fields,
    },
    /// Lists the customers, all or those that have words beginning so: customer list maya.
    List { words: Vec<String> },
    /// Shows one customer with what is out to them.
    Show { customer: String },
    /// Lists what a customer has and had, newest first.
    Rentals {
        customer: String,
        /// The most to list; 0 lists all.
        #[arg(long, default_value_t = 0)]
        limit: i64,
    },
    /// Says what a customer wants to be written about, beside what their reservations need:
    /// preferences C-0007 --marketing off.
    Preferences {
        customer: String,
        /// Thanks, offers.
        #[arg(long, value_name = "ON|OFF", value_parser = on_or_off)]
        marketing: Option<bool>,
        #[arg(long, value_name = "ON|OFF", value_parser = on_or_off)]
        sms: Option<bool>,
        #[arg(long, value_name = "ON|OFF", value_parser = on_or_off)]
        newsletter: Option<bool>,
    },
    /// Stops handing gear to a customer.
    Suspend {
        customer: String,
        #[arg(long)]
        reason: String,
    },
    /// Hands gear to a customer again.
    Reinstate { customer: String },
}

/// What may be said of a customer beside the name.
#[derive(Args, Debug)]
pub struct Fields {
    #[arg(long)]
    company: Option<String>,
    #[arg(long)]
    email: Option<String>,
    #[arg(long)]
    phone: Option<String>,
    #[arg(long)]
    street: Option<String>,
    #[arg(long)]
    city: Option<String>,
    #[arg(long)]
    region: Option<String>,
    #[arg(long)]
    postal_code: Option<String>,
    #[arg(long)]
    country: Option<String>,
    #[arg(long)]
    note: Option<String>,
}

impl Fields {
    fn applied(&self, before: Profile) -> Profile {
        Profile {
            name: before.name,
            company: revised(self.company.as_ref(), before.company),
            email: revised(self.email.as_ref(), before.email),
            phone: revised(self.phone.as_ref(), before.phone),
            street: revised(self.street.as_ref(), before.street),
            city: revised(self.city.as_ref(), before.city),
            region: revised(self.region.as_ref(), before.region),
            postal_code: revised(self.postal_code.as_ref(), before.postal_code),
            country: revised(self.country.as_ref(), before.country),
            note: revised(self.note.as_ref(), before.note),
        }
    }
}

impl Customer {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Customer::Add { name, fields } => act(shop, |db, settings| {
                let profile = fields.applied(Profile {
                    name: Text::new(&name),
                    ..Profile::default()
                });
                let id = customers::register(db, &profile, ContactRules::of(settings))?;
                shown(&View::within(db, settings), id, None)
            }),
            Customer::Edit {
                customer,
                name,
                fields,
            } => act(shop, |db, settings| {
                let found = customers::resolve(db.read(), &customer)?;
                let mut profile = fields.applied(found.profile);
                if let Some(name) = &name {
                    profile.name = Text::new(name);
                }
                customers::update(
                    db,
                    found.id,
                    found.version,
                    &profile,
                    ContactRules::of(settings),
                )?;
                shown(&View::within(db, settings), found.id, None)
            }),
            Customer::List { words } => list(shop, &words.join(" ")),
            Customer::Show { customer } => {
                shop.drain_all()?;
                let view = View::of(shop);
                let id = customers::resolve(view.db, &customer)?.id;
                let standing = desk::standing(view.db, view.settings, id, view.now)?;
                shown(&view, id, Some(&standing))
            }
            Customer::Rentals { customer, limit } => rentals(shop, &customer, limit),
            Customer::Preferences {
                customer,
                marketing,
                sms,
                newsletter,
            } => act(shop, |db, _| {
                let found = customers::resolve(db.read(), &customer)?;
                let before = customers::preferences(db.read(), found.id)?;
                let after = Preferences {
                    marketing_email: marketing.unwrap_or(before.marketing_email),
                    sms: sms.unwrap_or(before.sms),
                    newsletter: newsletter.unwrap_or(before.newsletter),
                };
                customers::update_preferences(db, found.id, after)?;
                let word = |on: bool| if on { "on" } else { "off" }.to_owned();
                let json = json!({"customer": found.number, "marketing": after.marketing_email, "sms": after.sms, "newsletter": after.newsletter});
                let rows = [
                    ("marketing", word(after.marketing_email)),
                    ("sms", word(after.sms)),
                    ("newsletter", word(after.newsletter)),
                ];
                Ok(Answer::new(
                    json,
                    facts(&format!("{} {}", found.number, found.profile.name), &rows),
                ))
            }),
            Customer::Suspend { customer, reason } => act(shop, |db, settings| {
                let id = customers::resolve(db.read(), &customer)?.id;
                customers::suspend(db, id, &Text::new(&reason))?;
                desk::remember_final(db, Final::Suspended(id))?;
                shown(&View::within(db, settings), id, None)
            }),
            Customer::Reinstate { customer } => act(shop, |db, settings| {
                let id = customers::resolve(db.read(), &customer)?.id;
                customers::reinstate(db, id)?;
                desk::remember_final(db, Final::Reinstated(id))?;
                shown(&View::within(db, settings), id, None)
            }),
        }
    }
}

fn on_or_off(typed: &str) -> Result<bool, String> {
    match typed.trim().to_lowercase().as_str() {
        "on" | "yes" => Ok(true),
        "off" | "no" => Ok(false),
        _ => Err("on or off".to_owned()),
    }
}

fn list(shop: &Shop, words: &str) -> Result<Answer, Stop> {
    let view = View::of(shop);
    let everybody = words.trim().is_empty();
    let mut found = if everybody {
        customers::list(view.db, None, i64::MAX)?
    } else {
        customers::search(view.db, words, 10_000)?
    };
    if !everybody {
        found.sort_by_key(|customer| folded(customer.profile.name.as_str()));
    }
    let mut table = Table::new(&["NO.", "NAME", "COMPANY", "PHONE", "E-MAIL", "STATE"]);
    let mut rows = Vec::new();
    for customer in &found {
        let profile = &customer.profile;
        let state = if customer.suspended_reason.is_some() {
            "suspended"
        } else {
            ""
        };
        table.row([
            customer.number.to_string(),
            profile.name.to_string(),
            plain(profile.company.as_ref()),
            plain(profile.phone.as_ref()),
            plain(profile.email.as_ref()),
            state.to_owned(),
        ]);
        rows.push(json!({
            "customer": customer.number, "name": profile.name, "company": profile.company, "email": profile.email, "phone": profile.phone, "state": customer.state.word(), "reference": customer.reference,
        }));
    }
    let empty = if everybody {
        "No customers yet; rentdesk customer add NAME adds one.".to_owned()
    } else {
        format!("Nobody is called \"{}\".", Text::new(words))
    };
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or(&empty, &counted(length(&found), "customer", "customers")),
    ))
}

/// `standing`: none in the transaction that changes the customer, which nobody has heard of yet.
fn shown(view: &View<'_>, id: CustomerId, standing: Option<&Standing>) -> Result<Answer, Stop> {
    let customer = customers::known(view.db, id)?;
    let profile = &customer.profile;
    let (rentals, late) = booking::count_of_customer(view.db, view.settings, id)?;
    let mut out = Vec::new();
    let mut lines = Vec::new();
    for rental in booking::out_to(view.db, id)? {
        let (tag, number) = (view.tag_of(&rental)?, view.number(rental.reservation)?);
        let overdue = rental.late_minutes(view.settings, view.now);
        let late = rental
            .late(view.settings, view.now)
            .map_or_else(String::new, |late| format!(", {} late", late.words()));
        lines.push(format!(
            "{tag} {}, {number}, due {}{late}",
            view.type_name(rental.type_id)?,
            view.near(rental.due_at)
        ));
        out.push(json!({"tag": tag, "quantity": rental.quantity, "reservation": number, "due": stamp(Some(rental.due_at)), "late_minutes": overdue}));
    }
    let mut json = json!({
        "customer": customer.number, "name": profile.name, "company": profile.company, "email": profile.email, "phone": profile.phone, "street": profile.street, "city": profile.city,
        "region": profile.region, "postal_code": profile.postal_code, "country": profile.country, "note": profile.note, "state": customer.state.word(),
        "suspended_reason": customer.suspended_reason, "registered": stamp(Some(customer.registered_at)), "reference": customer.reference, "rentals": rentals, "late": late, "out": out,
    });
    if let (Some(standing), Some(fields)) = (standing, json.as_object_mut()) {
        fields.insert("tier".to_owned(), json!(standing.loyalty.tier.word()));
        fields.insert("points".to_owned(), json!(standing.loyalty.points));
        fields.insert(
            "tier_until".to_owned(),
            json!(standing.loyalty.lapses.map(|(day, _)| day)),
        );
        fields.insert("value".to_owned(), view.money(Some(standing.value)));
        fields.insert("currency".to_owned(), json!(view.settings.currency.code()));
        fields.insert("known_up_to".to_owned(), json!(standing.up_to));
    }
    let address = [
        &profile.street,
        &profile.postal_code,
        &profile.city,
        &profile.region,
        &profile.country,
    ]
    .into_iter()
    .flatten()
    .map(Text::to_string)
    .collect::<Vec<_>>()
    .join(", ");
    let mut rows = vec![
        (
            "standing",
            standing.map_or_else(String::new, |standing| standing.in_words(view.settings)),
        ),
        ("suspended", plain(customer.suspended_reason.as_ref())),
        ("company", plain(profile.company.as_ref())),
        ("phone", plain(profile.phone.as_ref())),
        ("e-mail", plain(profile.email.as_ref())),
        ("address", address),
        ("note", plain(profile.note.as_ref())),
        ("reference", plain(customer.reference.as_ref())),
        (
            "customer",
            format!(
                "since {}",
                view.settings
                    .zone
                    .show_day(view.settings.zone.day(customer.registered_at))
            ),
        ),
        (
            "rentals",
            format!(
                "{}, {late} of them late",
                counted(rentals, "rental", "rentals")
            ),
        ),
    ];
    rows.extend(lines.into_iter().map(|line| ("out", line)));
    Ok(Answer::new(
        json,
        facts(&format!("{} {}", customer.number, profile.name), &rows),
    ))
}

fn rentals(shop: &Shop, typed: &str, limit: i64) -> Result<Answer, Stop> {
    let view = View::of(shop);
    let customer = customers::resolve(view.db, typed)?;
    let mut rentals: Vec<Rental> = booking::out_to(view.db, customer.id)?;
    rentals.extend(booking::past_of(view.db, customer.id, i64::MAX)?);
    rentals.sort_by_key(|rental| std::cmp::Reverse((rental.out_at, rental.id)));
    let all = length(&rentals);
    if limit > 0 {
        rentals.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    let mut table = Table::new(&["OUT", "TAG", "TYPE", "R- NO.", "DUE", "BACK"]);
    let mut rows = Vec::new();
    for rental in &rentals {
        let (tag, name, number) = (
            view.tag_of(rental)?,
            view.type_name(rental.type_id)?,
            view.number(rental.reservation)?,
        );
        let shown_tag = if rental.item.is_none() {
            format!("{}*{tag}", rental.quantity)
        } else {
            tag.to_string()
        };
        table.row([
            view.show(rental.out_at),
            shown_tag,
            name.to_string(),
            number.to_string(),
            view.show(rental.due_at),
            ended(&view, rental),
        ]);
        rows.push(json!({
            "tag": tag, "type": name, "quantity": rental.quantity, "reservation": number, "state": rental.state.word(), "out": stamp(Some(rental.out_at)), "due": stamp(Some(rental.due_at)),
            "back": stamp(rental.in_at), "late_minutes": rental.late_minutes(view.settings, view.now), "condition": rental.condition_in.map(|condition| condition.word()), "outcome": rental.outcome.map(|outcome| outcome.word()),
            "reference": rental.reference,
        }));
    }
    let name = &customer.profile.name;
    let last = if length(&rentals) < all {
        format!("{} of {}", rentals.len(), counted(all, "rental", "rentals"))
    } else {
        counted(all, "rental", "rentals")
    };
    Ok(Answer::new(
        Value::Array(rows),
        table.text_or(
            &format!("{name} {} has rented nothing yet.", customer.number),
            &last,
        ),
    ))
}

/// How a rental stands: `out`, `lost`, or when it came back and how late.
fn ended(view: &View<'_>, rental: &Rental) -> String {
    let late = rental
        .late(view.settings, view.now)
        .map_or_else(String::new, |late| format!(", {} late", late.words()));
    match (rental.state, rental.in_at) {
        (RentalState::Lost, _) => "lost".to_owned(),
        (_, Some(back)) => format!("{}{late}", view.show(back)),
        (_, None) => format!("out{late}"),
    }
}
