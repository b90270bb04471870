//! What the columns of a list can mean: one table per kind of list, with what other programs call each field and, for some, what its
//! values look like. A new name for a field is one word here.

use super::cells::{DateOrder, day};
use crate::kernel::{AssetTag, Currency};

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ListKind {
    Items,
    Customers,
    Rentals,
    Payments,
}

/// One thing a column can mean.
pub struct Field {
    pub name: &'static str,
    /// What it means, as it stands in the report and in the manual.
    pub says: &'static str,
    /// What lists call it; earlier names win.
    pub headers: &'static [&'static str],
    pub required: bool,
    pub looks_like: Option<fn(&[&str]) -> bool>,
}

pub(super) const fn field(name: &'static str, says: &'static str, headers: &'static [&'static str]) -> Field {
    Field { name, says, headers, required: false, looks_like: None }
}

impl Field {
    pub(super) const fn required(self) -> Field {
        Field { required: true, ..self }
    }

    pub(super) const fn like(self, looks_like: fn(&[&str]) -> bool) -> Field {
        Field { looks_like: Some(looks_like), ..self }
    }
}

const ITEMS: &[Field] = &[
    field(
        "tag",
        "asset tag or barcode",
        &[
            "tag",
            "asset tag",
            "barcode",
            "bar code",
            "label",
            "asset",
            "asset no",
            "asset number",
            "asset id",
            "asset code",
            "inventory no",
            "inventory number",
            "inventory code",
            "inventory tag",
            "tag number",
            "tag no",
            "identifier",
            "qr code",
            "qr",
            "rfid",
            "inventarnummer",
            "inventarnr",
            "strichcode",
        ],
    )
    .like(unique_codes),
    field("serial", "serial number", &["serial", "serial number", "serial no", "s n", "seriennummer", "numero de serie"]),
    field(
        "type",
        "equipment type",
        &[
            "equipment type",
            "title",
            "equipment name",
            "product name",
            "item name",
            "type name",
            "equipment",
            "name",
            "type",
            "product",
            "model",
            "model name",
            "article",
            "article name",
            "asset name",
            "item",
            "bezeichnung",
            "artikel",
            "gerat",
            "designation",
            "nom",
        ],
    )
    .required(),
    field(
        "category",
        "category",
        &["category", "category name", "product group", "item category", "group", "genre", "department", "folder", "type", "kategorie", "warengruppe", "categorie"],
    ),
    field("description", "description of the type", &["description", "desc", "details", "summary", "beschreibung"]),
    field(
        "quantity",
        "number of things",
        &[
            "quantity",
            "qty",
            "count",
            "on hand",
            "quantity on hand",
            "in stock",
            "stock",
            "stock quantity",
            "total quantity",
            "pieces",
            "pcs",
            "units",
            "number of units",
            "menge",
            "anzahl",
            "bestand",
            "stuck",
            "quantite",
        ],
    ),
    field(
        "daily_rate",
        "rate per day",
        &[
            "daily rate",
            "day rate",
            "daily",
            "price per day",
            "rate per day",
            "per day",
            "day price",
            "daily price",
            "price day",
            "rate day",
            "1 day",
            "price 1 day",
            "tagespreis",
            "preis pro tag",
            "prix par jour",
        ],
    ),
    field(
        "hourly_rate",
        "rate per hour",
        &["hourly rate", "hour rate", "hourly", "price per hour", "rate per hour", "per hour", "hourly price", "hour price", "price hour", "stundenpreis"],
    ),
    field(
        "weekly_rate",
        "rate per week",
        &["weekly rate", "week rate", "weekly", "price per week", "rate per week", "per week", "weekly price", "week price", "price week", "wochenpreis"],
    ),
    field(
        "period_rate",
        "rate for the rental days",
        &[
            "rental rate",
            "period rate",
            "rental price",
            "rental fee",
            "price per rental",
            "price per period",
            "hire rate",
            "hire price",
            "price",
            "rate",
            "rent",
            "fee",
            "mietpreis",
        ],
    ),
    field(
        "rental_days",
        "rental days the rate is for",
        &["rental days", "rental period days", "rental period", "rental duration", "period days", "loan days", "days", "mietdauer"],
    ),
    field(
        "replacement_value",
        "replacement value",
        &[
            "replacement value",
            "replacement cost",
            "replacement price",
            "replacement",
            "value new",
            "new value",
            "insured value",
            "insurance value",
            "value",
            "wiederbeschaffungswert",
            "neuwert",
            "wert",
        ],
    ),
    field("contents", "what the kit holds", &["contents", "includes", "included", "kit contents", "content", "what is included", "components", "inhalt", "contenu"]),
    field(
        "reference",
        "number in the other program",
        &[
            "reference",
            "sku",
            "article no",
            "article number",
            "item no",
            "item number",
            "item id",
            "product id",
            "product no",
            "product code",
            "equipment id",
            "part number",
            "part no",
            "ref",
            "id",
            "no",
            "artikelnummer",
            "artikelnr",
        ],
    ),
    field(
        "location",
        "place or shelf",
        &[
            "location",
            "shelf",
            "store",
            "place",
            "storage location",
            "storage",
            "warehouse",
            "bin",
            "room",
            "default location",
            "branch",
            "lagerort",
            "standort",
            "regal",
            "emplacement",
        ],
    ),
    field("condition", "condition", &["condition", "item condition", "zustand", "etat"]),
    field("note", "note", &["note", "notes", "remark", "remarks", "comment", "comments", "notiz", "notizen", "bemerkung", "bemerkungen", "remarque"]),
    field("lifecycle", "active, sold, lost or retired", &["lifecycle", "life cycle"]),
    field("bulk", "counted instead of tagged", &["bulk", "is bulk", "bulk stock"]),
    field("code", "code on the bulk stock's label", &["code", "label code", "bulk code"]),
    field("turnaround_minutes", "minutes between two rentals", &["turnaround minutes", "turnaround", "buffer minutes"]),
    field("trouble", "what is wrong with it", &["trouble"]),
    field("type_reference", "number of the type in the other program", &["type reference"]),
    field("withdrawn", "whether the type is no longer rented", &["withdrawn"]),
];

const CUSTOMERS: &[Field] = &[
    field("number", "customer number of this shop", &["number"]),
    field(
        "reference",
        "customer number in the other program",
        &[
            "customer no",
            "customer id",
            "customer number",
            "customer code",
            "customer ref",
            "reference",
            "client id",
            "client no",
            "client number",
            "member no",
            "member id",
            "member number",
            "account no",
            "account number",
            "id",
            "ref",
            "no",
            "nr",
            "kundennummer",
            "kundennr",
        ],
    ),
    field("name", "name", &["name", "full name", "customer name", "customer", "client", "client name", "contact name", "member", "display name", "contact"]),
    field("first_name", "first name", &["first name", "given name", "forename", "firstname", "vorname", "prenom"]),
    field("last_name", "last name", &["last name", "surname", "family name", "lastname", "nachname", "nom de famille"]),
    field("company", "company", &["company", "company name", "organisation", "organization", "business", "business name", "firm", "firma", "societe"]),
    field("email", "e-mail address", &["email", "e mail", "mail", "email address", "e mail address", "mail address", "courriel"]).like(emails),
    field(
        "phone",
        "telephone",
        &["phone", "phone number", "telephone", "telephone number", "mobile", "mobile phone", "mobile number", "cell", "cell phone", "tel", "telefon", "handy", "mobil"],
    ),
    field("street", "street", &["street", "street address", "address", "address 1", "address line 1", "address1", "strasse", "straße", "adresse", "rue"]),
    field("city", "city", &["city", "town", "suburb", "ort", "stadt", "ville"]),
    field("state", "state or district", &["state", "district", "region", "county", "province", "bundesland"]),
    field("postal_code", "postal code", &["postal code", "postcode", "post code", "zip", "zip code", "plz", "postleitzahl", "code postal"]),
    field("country", "country", &["country", "country name", "land", "pays"]),
    field("active", "whether they may rent", &["active", "is active", "enabled", "aktiv", "actif"]),
    field("suspended_reason", "why they may not rent", &["suspended reason", "reason suspended", "suspension reason", "blocked reason", "block reason"]),
    field(
        "since",
        "customer since",
        &[
            "since",
            "customer since",
            "member since",
            "created",
            "created at",
            "created on",
            "create date",
            "date created",
            "registered",
            "signup date",
            "joined",
            "seit",
            "kunde seit",
        ],
    ),
    field("note", "note", &["note", "notes", "remark", "remarks", "comment", "comments", "notiz", "notizen", "bemerkung", "bemerkungen", "remarque"]),
];

const RENTALS: &[Field] = &[
    field("number", "reservation number of this shop", &["number", "reservation"]),
    field(
        "reference",
        "rental number in the other program",
        &[
            "rental no",
            "rental id",
            "rental number",
            "rental",
            "reference",
            "booking no",
            "booking id",
            "booking number",
            "booking",
            "order no",
            "order id",
            "order number",
            "order",
            "contract no",
            "contract number",
            "transaction id",
            "id",
            "ref",
            "no",
        ],
    ),
    field(
        "tag",
        "asset tag or barcode",
        &[
            "tag",
            "asset tag",
            "barcode",
            "bar code",
            "label",
            "asset",
            "asset no",
            "asset number",
            "asset id",
            "asset code",
            "item",
            "item no",
            "item number",
            "item id",
            "item tag",
            "inventory no",
            "inventory number",
            "inventory id",
            "equipment",
            "strichcode",
            "inventarnummer",
        ],
    )
    .required()
    .like(codes),
    field(
        "customer",
        "customer who rented",
        &[
            "customer no",
            "customer number",
            "customer id",
            "customer code",
            "customer",
            "customer reference",
            "customer email",
            "customer name",
            "member no",
            "member number",
            "member id",
            "member",
            "client no",
            "client id",
            "client",
            "borrower",
            "renter",
            "rented by",
            "hirer",
            "kundennummer",
            "kundennr",
            "kunde",
        ],
    )
    .required(),
    field(
        "out",
        "time it went out",
        &[
            "out",
            "checked out",
            "check out",
            "checked out at",
            "out at",
            "date out",
            "time out",
            "out date",
            "checkout",
            "checkout date",
            "checkout at",
            "rental date",
            "rented",
            "rented at",
            "start",
            "start date",
            "starts at",
            "pickup",
            "pick up",
            "picked up",
            "pickup date",
            "from",
            "date from",
            "loaned",
            "ausgabe",
            "von",
        ],
    )
    .required()
    .like(dates),
    field(
        "due",
        "time it was due back",
        &[
            "due",
            "due date",
            "due at",
            "due back",
            "return due",
            "expected back",
            "expected return",
            "expected checkin",
            "expected checkin date",
            "return by",
            "end",
            "end date",
            "ends at",
            "until",
            "to",
            "date to",
            "bis",
            "fallig",
        ],
    ),
    field(
        "back",
        "time it came back",
        &[
            "back",
            "returned",
            "returned at",
            "return date",
            "date returned",
            "return",
            "in",
            "date in",
            "time in",
            "in at",
            "back at",
            "checked in",
            "checked in at",
            "check in",
            "checkin",
            "checkin date",
            "return at",
            "ruckgabe",
            "zuruck",
        ],
    ),
    field(
        "staff",
        "staff member who handed it over",
        &["staff", "staff member", "staff name", "employee", "clerk", "operator", "checked out by", "issued by", "handled by", "served by", "user", "mitarbeiter"],
    ),
    field("staff_in", "staff member who took it back", &["staff in", "checked in by", "received by"]),
    field("quantity", "how many", &["quantity", "qty", "count", "pieces", "menge", "anzahl"]),
    field("missing", "parts that did not come back", &["missing", "missing parts"]),
    field("condition_out", "condition when it went out", &["condition out", "out condition", "condition before", "checkout condition"]),
    field("condition_in", "condition when it came back", &["condition in", "in condition", "condition back", "return condition", "condition after", "checkin condition"]),
    field("outcome", "how it ended", &["outcome", "result"]),
    field("note", "note", &["note", "notes", "remark", "remarks", "comment", "comments", "notiz", "bemerkung"]),
];

/// Words that name a field only where they are the whole name: `tax rate` is no rate, `VAT number` no number, `due back` not back.
pub(super) const ONLY_WHOLE: &[&str] = &[
    "id",
    "no",
    "nr",
    "ref",
    "number",
    "code",
    "in",
    "out",
    "back",
    "from",
    "to",
    "end",
    "start",
    "label",
    "asset",
    "item",
    "value",
    "price",
    "rate",
    "fee",
    "rent",
    "stock",
    "count",
    "store",
    "place",
    "bin",
    "group",
    "type",
    "order",
    "rental",
    "result",
    "return",
    "contact",
    "member",
    "user",
    "active",
    "created",
    "days",
    "daily",
    "units",
    "land",
    "replacement",
    "reference",
    "content",
];

pub(super) const CURRENCY_WORDS: &[&str] = &["eur", "usd", "gbp", "chf", "cad", "aud", "net", "gross", "netto", "brutto"];

impl ListKind {
    pub fn fields(self) -> &'static [Field] {
        match self {
            ListKind::Items => ITEMS,
            ListKind::Customers => CUSTOMERS,
            ListKind::Rentals => RENTALS,
            ListKind::Payments => super::payment_fields::PAYMENTS,
        }
    }

    /// As it stands on the command line and in sentences.
    pub fn word(self) -> &'static str {
        match self {
            ListKind::Items => "items",
            ListKind::Customers => "customers",
            ListKind::Rentals => "rentals",
            ListKind::Payments => "payments",
        }
    }
}

/// Whether at least nine in ten of the samples are so; a list has its slips.
fn mostly(samples: &[&str], is_so: impl Fn(&str) -> bool) -> bool {
    samples.iter().filter(|sample| is_so(sample)).count() * 10 >= samples.len() * 9
}

fn emails(samples: &[&str]) -> bool {
    mostly(samples, |cell| !cell.contains(' ') && cell.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.')))
}

/// Codes as labels carry them: letters and digits, at most dashes between, and not a date.
fn codes(samples: &[&str]) -> bool {
    let has = |cell: &str, is_so: fn(&char) -> bool| cell.chars().any(|c| is_so(&c));
    mostly(samples, |cell| {
        let plain = cell.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
        plain && AssetTag::parse(cell).is_some() && has(cell, char::is_ascii_digit) && (has(cell, char::is_ascii_alphabetic) || (cell.len() >= 5 && !cell.contains('-')))
    }) && !dates(samples)
}

fn unique_codes(samples: &[&str]) -> bool {
    let mut seen = std::collections::HashSet::new();
    samples.len() >= 2 && codes(samples) && samples.iter().all(|cell| seen.insert(*cell))
}

fn dates(samples: &[&str]) -> bool {
    let order = DateOrder::of(samples.iter().copied());
    mostly(samples, |cell| day(cell, order).is_ok())
}

pub(super) fn money(samples: &[&str]) -> bool {
    let Some(currency) = Currency::parse("EUR") else { return false };
    !samples.is_empty() && mostly(samples, |cell| cell.contains(['$', '€', '£', '¥']) && currency.read(cell).is_some())
}
