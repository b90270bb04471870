//! `rentdesk settings`: what the shop decides for itself.

use super::Answer;
use super::answer::Table;
use crate::kernel::Stop;
use crate::kernel::settings::{SETTINGS, checked};
use crate::shop::Shop;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

#[derive(Args, Debug)]
pub struct SettingsArgs {
    #[command(subcommand)]
    command: Option<SettingsCommand>,
}

#[derive(Subcommand, Debug)]
enum SettingsCommand {
    /// Lists every setting with its value and its meaning.
    List,
    /// Changes one: settings set due_after 2d.
    Set {
        name: String,
        #[arg(allow_hyphen_values = true)]
        value: String,
    },
}

impl SettingsArgs {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self.command {
            None | Some(SettingsCommand::List) => Ok(list(shop)),
            Some(SettingsCommand::Set { name, value }) => {
                let (name, value) = checked(&name, &value, shop.settings.currency)?;
                let before = shop.settings.value(name).to_owned();
                shop.change_setting(name, value.as_str())?;
                Ok(Answer::new(
                    json!({"setting": name, "before": before, "value": value}),
                    format!("{name} is \"{value}\" now, it was \"{before}\"."),
                ))
            }
        }
    }
}

fn list(shop: &Shop) -> Answer {
    let mut table = Table::new(&["SETTING", "VALUE", "MEANING"]);
    for setting in SETTINGS {
        table.row([
            setting.name.to_owned(),
            shop.settings.value(setting.name).to_owned(),
            setting.meaning.to_owned(),
        ]);
    }
    let json: Value = SETTINGS
        .iter()
        .map(|setting| json!({"setting": setting.name, "value": shop.settings.value(setting.name), "default": setting.default, "takes": setting.takes, "meaning": setting.meaning}))
        .collect();
    Answer::new(
        json,
        format!(
            "{}rentdesk settings set NAME VALUE changes one.",
            table.text()
        ),
    )
}
