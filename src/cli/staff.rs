//! `rentdesk staff`: who works here.

use super::answer::{Table, counted, length};
use super::{Answer, act};
use crate::kernel::{StaffNumber, Stop, Text};
use crate::shop::Shop;
use crate::staff;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Staff {
    /// Adds somebody: staff add "Ana".
    Add { name: String },
    /// Lists everybody.
    List,
}

impl Staff {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Staff::Add { name } => act(shop, |db, _| {
                let name = Text::new(&name);
                let number = StaffNumber(staff::add(db, &name)?.0);
                Ok(Answer::new(
                    json!({"staff": number, "name": name}),
                    format!("{number} {name} works here now."),
                ))
            }),
            Staff::List => {
                let members = staff::list(shop.read())?;
                let mut table = Table::new(&["NO.", "NAME"]);
                for member in &members {
                    table.row([
                        StaffNumber(member.id.0).to_string(),
                        member.name.to_string(),
                    ]);
                }
                let json = members.iter().map(|member| json!({"staff": StaffNumber(member.id.0), "name": member.name, "active": member.active})).collect::<Value>();
                Ok(Answer::new(
                    json,
                    table.text_or(
                        "Nobody is on the list yet; rentdesk staff add NAME adds somebody.",
                        &counted(length(&members), "person", "people"),
                    ),
                ))
            }
        }
    }
}
