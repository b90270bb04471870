//! `rentdesk category`: the tree that types hang in.

use super::answer::{Table, counted, length};
use super::view::View;
use super::{Answer, act, usage};
use crate::catalog::{self, PATH_MARK};
use crate::kernel::{CategoryId, Fallible, Stop, Text};
use crate::shop::Shop;
use clap::Subcommand;
use serde_json::{Value, json};

#[derive(Subcommand, Debug)]
pub enum Category {
    /// Adds a category: category add LED --under Light, or the whole path "Light > LED".
    Add {
        name: String,
        /// The category it lies in.
        #[arg(long, value_name = "CATEGORY")]
        under: Option<String>,
        /// What its tags begin with, 2 to 4 letters; without it they are chosen.
        #[arg(long)]
        letters: Option<String>,
    },
    /// Gives a category another name.
    Rename { category: String, name: String },
    /// Puts a category under another, or on top.
    Move {
        category: String,
        /// The category it shall lie in; without it, the top.
        #[arg(long, value_name = "CATEGORY")]
        under: Option<String>,
    },
    /// Takes an empty category away.
    Withdraw { category: String },
    /// Lists the tree.
    List,
}

impl Category {
    pub fn run(self, shop: &mut Shop) -> Result<Answer, Stop> {
        match self {
            Category::Add {
                name,
                under,
                letters,
            } => act(shop, |db, settings| {
                let id = if name.contains(PATH_MARK.trim()) {
                    if under.is_some() || letters.is_some() {
                        return Err(usage(
                            "A path stands alone",
                            "leave out --under and --letters, or name only the category",
                        ));
                    }
                    catalog::category_at_path(db, &name)?
                } else {
                    let parent = under
                        .as_deref()
                        .map(|under| catalog::resolve_category(db.read(), under))
                        .transpose()?
                        .map(|parent| parent.id);
                    catalog::add_category(db, &Text::new(&name), parent, letters.as_deref())?
                };
                told(&View::within(db, settings), id, "is a category now")
            }),
            Category::Rename { category, name } => act(shop, |db, settings| {
                let id = catalog::resolve_category(db.read(), &category)?.id;
                catalog::rename_category(db, id, &Text::new(&name))?;
                told(&View::within(db, settings), id, "is its name now")
            }),
            Category::Move { category, under } => act(shop, |db, settings| {
                let id = catalog::resolve_category(db.read(), &category)?.id;
                let parent = under
                    .as_deref()
                    .map(|under| catalog::resolve_category(db.read(), under))
                    .transpose()?
                    .map(|parent| parent.id);
                catalog::move_category(db, id, parent)?;
                told(&View::within(db, settings), id, "is where it lies now")
            }),
            Category::Withdraw { category } => act(shop, |db, settings| {
                let id = catalog::resolve_category(db.read(), &category)?.id;
                catalog::withdraw_category(db, id)?;
                told(&View::within(db, settings), id, "is withdrawn")
            }),
            Category::List => Ok(list(shop)?),
        }
    }
}

fn told(view: &View<'_>, id: CategoryId, what: &str) -> Result<Answer, Stop> {
    let category = catalog::category(view.db, id)?;
    let path = catalog::category_paths(view.db)?
        .remove(&id)
        .unwrap_or_default();
    let letters = &category.letters;
    Ok(Answer::new(
        json!({"category": path, "name": category.name, "letters": letters, "withdrawn": category.withdrawn}),
        format!("\"{path}\" {what}; its tags begin with {letters}."),
    ))
}

fn list(shop: &Shop) -> Fallible<Answer> {
    let db = shop.read();
    let paths = catalog::category_paths(db)?;
    let mut categories: Vec<_> = catalog::categories(db)?
        .into_iter()
        .filter(|category| !category.withdrawn)
        .collect();
    categories.sort_by_key(|category| paths.get(&category.id).cloned());
    let types = catalog::list(db, None, i64::MAX, 0)?;
    let mut table = Table::new(&["CATEGORY", "LETTERS", ">TYPES"]);
    let mut rows = Vec::new();
    for category in &categories {
        let path = paths.get(&category.id).cloned().unwrap_or_default();
        let depth = path.as_str().matches(PATH_MARK).count();
        let held = types
            .iter()
            .filter(|found| found.details.category == category.id)
            .count();
        table.row([
            format!("{}{}", "  ".repeat(depth), category.name),
            category.letters.clone(),
            held.to_string(),
        ]);
        rows.push(json!({"category": path, "name": category.name, "letters": category.letters, "types": held}));
    }
    let text = table.text_or(
        "No categories yet; rentdesk category add NAME makes one.",
        &counted(length(&categories), "category", "categories"),
    );
    Ok(Answer::new(Value::Array(rows), text))
}
