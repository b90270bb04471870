//! `rentdesk item block`, `unblock`, `blocks`, `case`, `pack`, `unpack`: what is taken out of what
//! can be promised, and what comes back.

use super::answer::{Table, counted, facts, length};
use super::view::{View, plain, stamp};
use super::{Answer, act, usage, watched, with_consequence};
use crate::desk::{self, Final};
use crate::inventory::{self, Block, BlockKind, InventoryRefusal, Item, Stock};
use crate::kernel::when::{Lean, When};
use crate::kernel::{AssetTag, BlockId, Declined, Fallible, ItemId, Moment, Stop, Text, TypeId};
use crate::shop::Shop;
use serde_json::{Value, json};

/// What `item block` was told.
pub struct NewBlock<'a> {
    pub tag: &'a str,
    pub from: Option<&'a str>,
    pub to: Option<&'a str>,
    pub reason: &'a str,
    pub quantity: Option<i64>,
}

pub fn block(shop: &mut Shop, new: &NewBlock<'_>) -> Result<Answer, Stop> {
    act(shop, |db, settings| {
        let view = View::within(db, settings);
        // `4*BAT-V150`, as everywhere a count is named.
        let (tag, counted) = super::desk::piece(new.tag);
        if counted.is_some()
            && new
                .quantity
                .is_some_and(|quantity| Some(quantity) != counted)
        {
            return Err(usage(
                format!(
                    "{} are meant, or {}",
                    counted.unwrap_or_default(),
                    new.quantity.unwrap_or_default()
                ),
                "say how many once",
            ));
        }
        let stock = inventory::resolve(db.read(), tag)?;
        let quantity = new.quantity.or(counted).filter(|quantity| {
            !(counted == Some(1) && *quantity == 1 && matches!(stock, Stock::Item(_)))
        });
        let start = new
            .from
            .map(|typed| view.when(typed, Lean::Ahead))
            .transpose()?
            .map_or(view.now, |when| first_of(&view, when));
        // `mon` is the first one after it begins.
        let ends = |typed: &str| {
            if super::promise_times::is_of_now(typed) {
                view.when(typed, Lean::Ahead)
            } else {
                view.when_from(typed, start, Lean::Ahead)
            }
        };
        let end = new
            .to
            .map(ends)
            .transpose()?
            .map(|when| end_of(&view, when));
        let reason = Text::new(new.reason);
        let (id, consequence) = watched(db, settings, &[stock.type_id()], |db| {
            match (&stock, quantity) {
                (Stock::Item(_), Some(_)) => Err(usage(
                    "A quantity belongs to counted stock",
                    "it is one item: leave out the number",
                )),
                (Stock::Bulk(bulk), None) => Err(usage(
                    format!("{} is counted: how many of it are blocked", bulk.tag),
                    format!("say how many: 4*{}, or --qty 4", bulk.tag),
                )),
                (Stock::Item(item), None) => Ok(desk::set_aside(db, item.id, start, end, &reason)?),
                (Stock::Bulk(bulk), Some(quantity)) => Ok(desk::set_count_aside(
                    db,
                    bulk.type_id,
                    quantity,
                    start,
                    end,
                    &reason,
                )?),
            }
        })?;
        let view = View::within(db, settings);
        let block = inventory::block(db.read(), id)?
            .ok_or_else(|| anyhow::anyhow!("block {} was just written", id.0))?;
        let answer = Answer::new(
            as_json(&view, &block)?,
            format!(
                "{} is blocked {}: {reason}. Block {}",
                counted_tag(&block, stock.tag()),
                window_words(&view, &block),
                id.0
            ),
        );
        Ok(with_consequence(answer, &consequence))
    })
}

/// A day alone means all of it.
fn first_of(view: &View<'_>, when: When) -> Moment {
    match when {
        When::Day(day) => view.settings.zone.day_start(day),
        When::Time(moment) => moment,
    }
}

fn end_of(view: &View<'_>, when: When) -> Moment {
    match when {
        When::Day(day) => view.settings.zone.day_period(day).end,
        When::Time(moment) => moment,
    }
}

/// `CAM-0012`, `5*BAT-V150`
fn counted_tag(block: &Block, tag: &AssetTag) -> String {
    if block.item.is_some() {
        tag.to_string()
    } else {
        format!("{}*{tag}", block.quantity)
    }
}

/// `from Mon 24 Nov 09:00 to Wed 26 Nov 00:00`
fn window_words(view: &View<'_>, block: &Block) -> String {
    let end = block.end.map_or_else(
        || "until it is unblocked".to_owned(),
        |end| format!("to {}", view.show(end)),
    );
    format!("from {} {end}", view.show(block.start))
}

fn as_json(view: &View<'_>, block: &Block) -> Result<Value, Stop> {
    let tag = inventory::tag_of_block(view.db, block)?;
    Ok(json!({
        "block": block.id, "tag": tag, "type": view.type_name(block.type_id)?, "quantity": block.quantity, "kind": block.kind.word(), "from": stamp(Some(block.start)),
        "to": stamp(block.end), "reason": block.reason,
    }))
}

/// Ends a block named by its number, or the only one that a tag's thing has.
pub fn unblock(shop: &mut Shop, named: &str) -> Result<Answer, Stop> {
    act(shop, |db, settings| {
        let view = View::within(db, settings);
        let block = the_block(&view, named)?;
        let tag = inventory::tag_of_block(db.read(), &block)?;
        let ((), consequence) = watched(db, settings, &[block.type_id], |db| {
            Ok(desk::end_set_aside(db, block.id)?)
        })?;
        let view = View::within(db, settings);
        let answer = Answer::new(
            as_json(&view, &block)?,
            format!(
                "{} is not blocked any more: block {} has ended.",
                counted_tag(&block, &tag),
                block.id.0
            ),
        );
        Ok(with_consequence(answer, &consequence))
    })
}

fn the_block(view: &View<'_>, named: &str) -> Result<Block, Stop> {
    let digits = named
        .trim()
        .trim_start_matches(['B', 'b'])
        .trim_start_matches(['-', ' ']);
    let number = digits.parse().ok().map(BlockId);
    let stock = match (
        inventory::by_code(view.db, &crate::kernel::tag::code_of(named))?,
        number,
    ) {
        (Some(stock), _) => Some(stock),
        (None, Some(_)) => None,
        (None, None) => Some(inventory::resolve(view.db, named)?),
    };
    if let Some(stock) = stock {
        let mut blocks = blocks_of(view, &stock)?;
        return match blocks.len() {
            0 => Err(InventoryRefusal::NotBlocked(stock.tag().clone()).into()),
            1 => Ok(blocks.remove(0)),
            _ => {
                let numbers: Vec<String> = blocks
                    .iter()
                    .map(|block| format!("{} {}", block.id.0, window_words(view, block)))
                    .collect();
                let first = blocks.first().map_or(0, |block| block.id.0);
                let message = format!(
                    "{} has {} blocks: {}",
                    stock.tag(),
                    blocks.len(),
                    numbers.join(", ")
                );
                Err(Declined::new(
                    "stock",
                    message,
                    format!("name one by its number: rentdesk item unblock {first}"),
                )
                .into())
            }
        };
    }
    let found = number
        .map(|id| inventory::block(view.db, id))
        .transpose()?
        .flatten();
    Ok(found
        .filter(|block| block.live)
        .ok_or_else(|| InventoryRefusal::BlockUnknown(Text::new(named)))?)
}

/// The blocks of a thing that hold or will; a count's are those of its type.
fn blocks_of(view: &View<'_>, stock: &Stock) -> Fallible<Vec<Block>> {
    let mut blocks = match stock {
        Stock::Item(item) => inventory::blocks_of_item(view.db, item.id)?,
        Stock::Bulk(bulk) => inventory::blocks_of_type(view.db, bulk.type_id)?,
    };
    blocks.retain(|block| {
        block.kind == BlockKind::Maintenance || block.end.is_none_or(|end| end > view.now)
    });
    Ok(blocks)
}

/// What of a thing is set aside, each in a few words: `blocked from … to …: fair (block 4)`.
pub fn blocked_words(view: &View<'_>, stock: &Stock) -> Fallible<(Value, Vec<String>)> {
    let blocks = blocks_of(view, stock)?;
    let rows = blocks
        .iter()
        .map(|block| {
            json!({"block": block.id, "kind": block.kind.word(), "quantity": block.quantity, "from": stamp(Some(block.start)), "to": stamp(block.end), "reason": block.reason})
        })
        .collect();
    // The time on the bench is told with its job.
    let words = blocks
        .iter()
        .filter(|block| block.kind != BlockKind::Maintenance)
        .map(|block| {
            let count = if block.item.is_none() {
                format!("{} ", block.quantity)
            } else {
                String::new()
            };
            let reason = block
                .reason
                .as_ref()
                .map_or_else(String::new, |reason| format!(": {reason}"));
            format!(
                "{count}{} {}{reason} (block {})",
                block.kind.shown(),
                window_words(view, block),
                block.id.0
            )
        });
    Ok((Value::Array(rows), words.collect()))
}

pub fn blocks(shop: &Shop, tag: Option<&str>) -> Result<Answer, Stop> {
    let view = View::of(shop);
    let found = match tag {
        Some(tag) => blocks_of(&view, &inventory::resolve(view.db, tag)?)?,
        None => inventory::open_blocks(view.db, view.now)?,
    };
    let mut table = Table::new(&[
        ">BLOCK", "TAG", "TYPE", ">QTY", "WHY", "FROM", "TO", "REASON",
    ]);
    let mut rows = Vec::new();
    for block in &found {
        table.row([
            block.id.0.to_string(),
            inventory::tag_of_block(view.db, block)?.to_string(),
            view.type_name(block.type_id)?.to_string(),
            block.quantity.to_string(),
            block.kind.shown().to_owned(),
            view.show(block.start),
            block
                .end
                .map_or_else(|| "open".to_owned(), |end| view.show(end)),
            plain(block.reason.as_ref()),
        ]);
        rows.push(as_json(&view, block)?);
    }
    let text = table.text_or(
        "Nothing is blocked; rentdesk item block TAG --reason TEXT blocks it.",
        &counted(length(&rows), "block", "blocks"),
    );
    Ok(Answer::new(Value::Array(rows), text))
}

/// Says what belongs into a case.
pub fn case(shop: &mut Shop, tag: &str, items: &[String]) -> Result<Answer, Stop> {
    act(shop, |db, settings| {
        let case = inventory::resolve_item(db.read(), tag)?;
        let items = items
            .iter()
            .map(|typed| Ok(inventory::resolve_item(db.read(), typed)?.id))
            .collect::<Result<Vec<ItemId>, Stop>>()?;
        let mut types: Vec<TypeId> = inventory::contents(db.read(), case.id)?
            .iter()
            .map(|content| content.type_id)
            .collect();
        for item in &items {
            types.push(inventory::known(db.read(), *item)?.type_id);
        }
        let ((), consequence) = watched(db, settings, &types, |db| {
            inventory::set_case(db, case.id, &items)?;
            Ok(desk::remember_final(db, Final::Case(case.id))?)
        })?;
        let view = View::within(db, settings);
        let answer = case_shown(&view, &case)?;
        Ok(with_consequence(answer, &consequence))
    })
}

/// Takes an item out of its case, or all items out of a case.
pub fn unpack(shop: &mut Shop, tag: &str) -> Result<Answer, Stop> {
    act(shop, |db, settings| {
        let (case, items) = case_and_items(&View::within(db, settings), tag)?;
        let types: Vec<TypeId> = items.iter().map(|(_, type_id)| *type_id).collect();
        let ((), consequence) = watched(db, settings, &types, |db| {
            for (id, _) in &items {
                inventory::unpack(db, *id)?;
            }
            Ok(desk::remember_final(db, Final::Case(case.id))?)
        })?;
        let view = View::within(db, settings);
        let answer = case_shown(&view, &case)?;
        Ok(with_consequence(answer, &consequence))
    })
}

/// Puts an item back into its case, or all that belongs into one.
pub fn pack(shop: &mut Shop, tag: &str) -> Result<Answer, Stop> {
    act(shop, |db, settings| {
        let (case, items) = case_and_items(&View::within(db, settings), tag)?;
        let types: Vec<TypeId> = items.iter().map(|(_, type_id)| *type_id).collect();
        let ((), consequence) = watched(db, settings, &types, |db| {
            for (id, _) in &items {
                inventory::pack(db, *id)?;
            }
            Ok(desk::remember_final(db, Final::Case(case.id))?)
        })?;
        let view = View::within(db, settings);
        let answer = case_shown(&view, &case)?;
        Ok(with_consequence(answer, &consequence))
    })
}

/// The case that a tag names, with all that belongs into it; or the case of an item, with that item
/// alone.
fn case_and_items(view: &View<'_>, tag: &str) -> Result<(Item, Vec<(ItemId, TypeId)>), Stop> {
    let item = inventory::resolve_item(view.db, tag)?;
    let contents = inventory::contents(view.db, item.id)?;
    if !contents.is_empty() {
        return Ok((
            item,
            contents
                .into_iter()
                .map(|content| (content.item, content.type_id))
                .collect(),
        ));
    }
    match inventory::case_of(view.db, item.id)? {
        Some((case, _)) => Ok((
            inventory::known(view.db, case)?,
            vec![(item.id, item.type_id)],
        )),
        None => Err(InventoryRefusal::NoCase(item.tag).into()),
    }
}

/// A case with what belongs into it: as JSON, and in words.
pub fn contents_of(view: &View<'_>, case: ItemId) -> Fallible<(Value, String)> {
    let contents = inventory::contents(view.db, case)?;
    let rows = contents.iter().map(|content| Ok(json!({"tag": content.tag, "type": view.type_name(content.type_id)?, "packed": content.packed})));
    let words: Vec<String> = contents
        .iter()
        .map(|content| {
            format!(
                "{}{}",
                content.tag,
                if content.packed { "" } else { " (unpacked)" }
            )
        })
        .collect();
    Ok((
        Value::Array(rows.collect::<Fallible<Vec<_>>>()?),
        words.join(", "),
    ))
}

fn case_shown(view: &View<'_>, case: &Item) -> Result<Answer, Stop> {
    let (contents, words) = contents_of(view, case.id)?;
    let name = view.type_name(case.type_id)?;
    let holds = if words.is_empty() {
        "nothing".to_owned()
    } else {
        words
    };
    Ok(Answer::new(
        json!({"case": case.tag, "type": name, "contents": contents}),
        facts(&format!("{} {name}", case.tag), &[("holds", holds)]),
    ))
}
