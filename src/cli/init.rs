//! `rentdesk init`: a new shop, empty or with the categories of a trade.

use super::{Answer, Globals, act, clock, file};
use crate::catalog;
use crate::kernel::Currency;
use crate::kernel::settings::checked;
use crate::kernel::{Settings, Stop, Text};
use crate::shop::Shop;
use crate::store::StoreRefusal;
use clap::{Args, ValueEnum};
use serde_json::json;
use std::collections::BTreeMap;

#[derive(Args, Debug)]
pub struct Init {
    /// The shop's name, as it stands on every screen.
    #[arg(long)]
    name: String,
    /// The one currency of every amount, by its three letters.
    #[arg(long, default_value = "EUR")]
    currency: String,
    /// The shop's time zone, like Europe/Berlin; without it, that of this machine.
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Begins with the categories and habits of a trade.
    #[arg(long, value_enum)]
    preset: Option<Preset>,
}

#[derive(Clone, Copy, ValueEnum, Debug)]
enum Preset {
    /// Cameras, lenses, light, audio, grip.
    Film,
    /// Discs and games, due after two days.
    Movie,
    /// Cars, vans, bicycles, trailers.
    Vehicle,
    /// Power tools, garden, ladders.
    Tool,
}

/// What a trade begins with: its habits, and its categories with the letters of their tags.
struct Trade {
    settings: &'static [(&'static str, &'static str)],
    categories: &'static [(&'static str, &'static str)],
}

impl Preset {
    fn trade(self) -> Trade {
        match self {
            Preset::Film => Trade {
                settings: &[],
                categories: &[
                    ("Camera", "CAM"),
                    ("Lens", "LEN"),
                    ("Light", "LIT"),
                    ("Audio", "AUD"),
                    ("Grip", "GRP"),
                    ("Power", "BAT"),
                    ("Monitor", "MON"),
                    ("Cable", "CBL"),
                ],
            },
            Preset::Movie => Trade {
                settings: &[("due_after", "2d")],
                categories: &[("Movie", "MOV"), ("Series", "SER"), ("Game", "GAM")],
            },
            Preset::Vehicle => Trade {
                settings: &[],
                categories: &[
                    ("Car", "CAR"),
                    ("Van", "VAN"),
                    ("Bicycle", "BIC"),
                    ("Trailer", "TRL"),
                ],
            },
            Preset::Tool => Trade {
                settings: &[],
                categories: &[
                    ("Power tool", "PWT"),
                    ("Hand tool", "HND"),
                    ("Garden", "GRD"),
                    ("Ladder", "LAD"),
                    ("Cleaning", "CLN"),
                    ("Measuring", "MSR"),
                ],
            },
        }
    }
}

impl Init {
    pub fn run(self, globals: &Globals) -> Result<Answer, Stop> {
        let path = file(globals)?;
        let trade = self.preset.map_or(
            Trade {
                settings: &[],
                categories: &[],
            },
            Preset::trade,
        );
        let zone = self.timezone.clone().unwrap_or_else(machine_zone);
        let code = self.currency.to_uppercase();
        let currency = Currency::parse(&code)
            .or_else(|| Currency::parse("EUR"))
            .expect("EUR is a currency"); // what is none is refused below
        let mut settings = vec![
            checked("name", &self.name, currency)?,
            checked("currency", &code, currency)?,
            checked("timezone", &zone, currency)?,
        ];
        settings.extend(
            trade
                .settings
                .iter()
                .map(|(name, value)| checked(name, value, currency))
                .collect::<Result<Vec<_>, _>>()?,
        );
        let values: Vec<(&str, &str)> = settings
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let shown = Text::new(&path.to_string_lossy());
        let clock = clock(globals, &understood(&values))?;
        if globals.dry_run {
            if path.exists() {
                return Err(StoreRefusal::Exists(shown).into());
            }
        } else {
            Shop::create_filled(&path, &values, clock, |shop| fill(shop, trade.categories))?
                .close();
        }
        let categories: Vec<&str> = trade.categories.iter().map(|(name, _)| *name).collect();
        let (name, currency, zone) = (&settings[0].1, &settings[1].1, &settings[2].1);
        let next = if categories.is_empty() {
            "rentdesk category add NAME makes the first category"
        } else {
            "rentdesk type add NAME --category CATEGORY adds what can be rented"
        };
        Ok(Answer::new(
            json!({"shop": name, "file": shown, "currency": currency, "timezone": zone, "categories": categories}),
            format!("{name} is open: {currency}, {zone}, in {shown}\nNext: {next}."),
        ))
    }
}

/// Settings as they will be read from the file.
fn understood(values: &[(&str, &str)]) -> Settings {
    Settings::from_values(
        values
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect::<BTreeMap<_, _>>(),
    )
}

fn machine_zone() -> String {
    iana_time_zone::get_timezone()
        .ok()
        .filter(|zone| crate::kernel::ShopZone::parse(zone).is_some())
        .unwrap_or_else(|| "UTC".to_owned())
}

fn fill(shop: &mut Shop, categories: &[(&str, &str)]) -> Result<(), Stop> {
    if categories.is_empty() {
        return Ok(());
    }
    act(shop, |db, _| {
        for (name, letters) in categories {
            catalog::add_category(db, &Text::new(name), None, Some(letters))?;
        }
        Ok(Answer::new(json!(null), ""))
    })?;
    Ok(())
}
