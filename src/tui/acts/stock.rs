//! What is done to the stock itself: set aside, retired, expected back; and what that does to
//! promises, before it is saved and after.

use crate::booking::BookingRefusal;
use crate::catalog;
use crate::desk::{self, Consequence, Final, Judgement};
use crate::inventory::{self, Block, BlockKind, InventoryRefusal};
use crate::kernel::when::{self, Lean};
use crate::kernel::{Failure, Fallible, ItemId, Moment, Stop, Text, TypeId};
use crate::store::Write;
use crate::tui::app::{App, BoxMode};
use crate::tui::overlays::Overlay;
use crate::tui::overlays::form::{Form, FormKind};
use crate::tui::place::{Place, RowKey};
use crate::tui::verdict::{Severity, Verdict};
use std::collections::BTreeSet;
use tui_input::Input;

type Outcome<T> = Result<T, Failure<BookingRefusal>>;

fn lift(failure: Failure<InventoryRefusal>) -> Failure<BookingRefusal> {
    failure.map(BookingRefusal::Stock)
}

/// A judgement, and the pins it takes off.
pub(super) fn judged(
    db: &mut Write<'_>,
    item: ItemId,
    rental: Option<crate::kernel::RentalId>,
    judgement: &Judgement,
) -> Outcome<()> {
    desk::judge(db, item, rental, judgement)?;
    desk::let_go(db, item)?;
    Ok(())
}

fn retired(db: &mut Write<'_>, item: ItemId, reason: &Text) -> Outcome<()> {
    inventory::retire(db, item, reason).map_err(lift)?;
    desk::let_go(db, item)?;
    Ok(desk::remember_final(db, Final::Retired(item))?)
}

fn withdrawn(db: &mut Write<'_>, type_id: TypeId, reason: &Text) -> Outcome<()> {
    catalog::withdraw_type(db, type_id, reason)
        .map_err(|failure| failure.map(BookingRefusal::Catalogue))?;
    Ok(desk::remember_final(db, Final::Withdrawn(type_id))?)
}

fn counted(db: &mut Write<'_>, type_id: TypeId, quantity: i64) -> Outcome<()> {
    let before = inventory::bulk_of_type(db.read(), type_id)?.map(|bulk| bulk.quantity);
    inventory::set_bulk_quantity(db, type_id, quantity).map_err(lift)?;
    if before == Some(quantity) {
        Ok(())
    } else {
        Ok(desk::remember_final(db, Final::Counted(type_id))?)
    }
}

/// `R-1047 Ines Duarte …, and 2 more`
pub(super) fn hurts_words(hurts: &[String]) -> String {
    match hurts {
        [] => String::new(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first}, and {} more", rest.len()),
    }
}

/// Where a sentence is about one thing, its tag stands in it once.
fn of_it(words: &str) -> String {
    let mut told = String::new();
    for (place, part) in words.split(" without the ").enumerate() {
        match part
            .split_once(" it named")
            .filter(|(tag, _)| place > 0 && !tag.contains(' '))
        {
            Some((_, rest)) => told.push_str(&format!(" which named it{rest}")),
            None if place > 0 => told.push_str(&format!(" without the {part}")),
            None => told.push_str(part),
        }
    }
    told
}

/// What an act would do cannot be told.
fn unseen(fault: &anyhow::Error) -> String {
    format!("whom it hurts cannot be told: {fault}")
}

impl App {
    fn type_of_item(&self, item: ItemId) -> Vec<TypeId> {
        inventory::known(self.shop.read(), item)
            .map(|item| vec![item.type_id])
            .unwrap_or_default()
    }

    /// What an act would do to the promises of some types: it is done, looked at, and taken back.
    fn foresee<T>(
        &self,
        types: &[TypeId],
        act: impl FnOnce(&mut Write<'_>) -> Outcome<T>,
    ) -> Fallible<Option<Consequence>> {
        let settings = &self.shop.settings;
        self.shop.foresee(|db| {
            desk::watched(db, settings, types, act).map(|(_, consequence)| consequence)
        })
    }

    /// Whom an act would hurt; what cannot be read is told in their place.
    fn hurts_of<T>(
        &self,
        types: &[TypeId],
        act: impl FnOnce(&mut Write<'_>) -> Outcome<T>,
    ) -> Vec<String> {
        match self.foresee(types, act) {
            Ok(seen) => seen.map(|seen| seen.hurts).unwrap_or_default(),
            Err(fault) => vec![unseen(&fault)],
        }
    }

    /// Does something to an item and tells what it broke and mended.
    pub(super) fn watched(
        &mut self,
        item: ItemId,
        act: impl FnOnce(&mut Write<'_>) -> Outcome<()>,
    ) -> Result<Consequence, Stop> {
        let types = self.type_of_item(item);
        self.watched_types(&types, act)
    }

    /// As [`Self::watched`], of whole types. The words name customers: they are carried past the
    /// command, which is kept with its result.
    fn watched_types(
        &mut self,
        types: &[TypeId],
        act: impl FnOnce(&mut Write<'_>) -> Outcome<()>,
    ) -> Result<Consequence, Stop> {
        let settings = self.shop.settings.clone();
        let mut seen = Consequence::default();
        self.shop.write(|db| {
            let ((), consequence) = desk::watched(db, &settings, types, act)?;
            seen = consequence;
            Ok::<(), Failure<BookingRefusal>>(())
        })?;
        Ok(seen)
    }

    /// The condition strip says what its choice breaks or mends, before anything is saved.
    pub(super) fn warn_in_strip(&mut self) {
        let Some(Overlay::Condition(strip)) = &self.overlay else {
            return;
        };
        let (item, rental) = (strip.item, strip.rental);
        let seen = strip.judgement_meant().map(|judgement| {
            self.foresee(&self.type_of_item(item), |db| {
                judged(db, item, rental, &judgement)
            })
        });
        let seen = match seen.transpose() {
            Ok(seen) => Ok(seen.flatten()),
            Err(fault) => Err(unseen(&fault)),
        };
        let words = seen.map(|seen| {
            seen.map(
                |seen| match (seen.hurts.as_slice(), seen.mends.as_slice()) {
                    ([], []) => "nothing becomes short".to_owned(),
                    ([], mends) => format!("mends: {}", hurts_words(mends)),
                    (hurts, _) => format!("warns: {}", of_it(&hurts_words(hurts))),
                },
            )
        });
        let words = words.unwrap_or_else(Some);
        if let Some(Overlay::Condition(strip)) = &mut self.overlay {
            strip.warns = words;
        }
    }

    /// Adds to a verdict what the act broke and what it mended.
    pub(super) fn with_consequence(
        &self,
        item: ItemId,
        verdict: Verdict,
        consequence: &Consequence,
    ) -> Verdict {
        let told = self.with_consequence_of(&self.type_of_item(item), verdict, consequence);
        Verdict {
            text: of_it(&told.text),
            ..told
        }
    }

    fn with_consequence_of(
        &self,
        types: &[TypeId],
        verdict: Verdict,
        consequence: &Consequence,
    ) -> Verdict {
        if consequence.is_nothing() {
            return verdict;
        }
        let db = self.shop.read();
        let short = crate::booking::shortages_of(
            db,
            &self.shop.settings,
            types.iter().copied(),
            self.shop.now(),
        )
        .unwrap_or_default();
        let still: BTreeSet<String> = short
            .iter()
            .filter_map(|short| crate::booking::number_of(db, short.reservation).ok())
            .map(|number| number.to_string())
            .collect();
        let mended: BTreeSet<&str> = consequence
            .mends
            .iter()
            .filter_map(|words| words.split(' ').next())
            .collect();
        let mut text = verdict.text;
        for number in mended {
            text.push_str(&format!(
                " · {number} is {}",
                if still.contains(number) {
                    "less short"
                } else {
                    "no longer short"
                }
            ));
        }
        if consequence.hurts.is_empty() {
            return Verdict { text, ..verdict };
        }
        text.push_str(&format!(
            " · now short: {}",
            hurts_words(&consequence.hurts)
        ));
        Verdict {
            severity: verdict.severity.max(Severity::Attention),
            text,
            hint: "F5 shows the days · Ctrl+Z".to_owned(),
        }
    }

    pub(super) fn open_block_form(&mut self) {
        let Some((item, tag)) = self.item_meant() else {
            return;
        };
        let mut form = Form::new(FormKind::Block(item)).fill("from", "now");
        form.title = format!("SET {tag} ASIDE");
        self.open_form(form.at("to"));
    }

    pub(super) fn open_retire_form(&mut self) {
        let Some((item, tag)) = self.item_meant() else {
            return;
        };
        let mut form = Form::new(FormKind::Retire(item));
        form.title = format!("RETIRE {tag} FOR GOOD  (this cannot be undone)");
        let reason = Text::new("foreseen");
        form.warns = self
            .hurts_of(&self.type_of_item(item), |db| retired(db, item, &reason))
            .iter()
            .map(|words| of_it(words))
            .collect();
        self.open_form(form);
    }

    fn item_meant(&mut self) -> Option<(ItemId, String)> {
        let found = self
            .subject()
            .and_then(|(item, _)| inventory::known(self.shop.read(), item).ok());
        if found.is_none() {
            self.say(Verdict::attention(
                "no thing with a tag is selected",
                "choose a row with the arrows",
            ));
        }
        found.map(|item| (item.id, item.tag.to_string()))
    }

    /// The first Enter of a form that hurts somebody says whom; the second saves.
    pub(super) fn save_block(
        &mut self,
        form: &mut Form,
        item: ItemId,
    ) -> Result<Option<Verdict>, Stop> {
        let now = self.shop.now();
        let zone = self.shop.settings.zone;
        let moment = |typed: &str| {
            when::read(typed, now, &zone, Lean::Ahead)
                .map(|when| when.at(&zone, chrono::NaiveTime::MIN))
        };
        let read = |name: &str| match form.value(name).trim() {
            "" => Ok(None),
            typed => moment(typed).map(Some).map_err(|why| {
                crate::kernel::Declined::new(
                    "time",
                    why.0,
                    "for example mon 9:00, +3d or 2026-11-24; an empty end is open",
                )
            }),
        };
        let (start, end) = (
            read("from")?.unwrap_or(now).max(now.floor_minute()),
            read("to")?,
        );
        let reason = Text::new(form.value("reason"));
        let hurts: Vec<String> = self
            .hurts_of(&self.type_of_item(item), |db| {
                desk::set_aside(db, item, start, end, &reason)
            })
            .iter()
            .map(|words| of_it(words))
            .collect();
        if hurts != form.warns {
            form.warns = hurts;
            if !form.warns.is_empty() {
                return Ok(None);
            }
        }
        let consequence = self.watched(item, |db| {
            desk::set_aside(db, item, start, end, &reason).map(|_| ())
        })?;
        let until = end.map_or_else(
            || "until somebody ends it".to_owned(),
            |end| format!("until {}", zone.show(end, now)),
        );
        let tag = inventory::known(self.shop.read(), item)
            .map(|item| item.tag.to_string())
            .unwrap_or_default();
        Ok(Some(self.with_consequence(
            item,
            Verdict::fine(format!("{tag} set aside {until} · Ctrl+Z")),
            &consequence,
        )))
    }

    pub(super) fn save_retire(&mut self, item: ItemId, reason: &Text) -> Result<Verdict, Stop> {
        let consequence = self.watched(item, |db| retired(db, item, reason))?;
        let tag = inventory::known(self.shop.read(), item)
            .map(|item| item.tag.to_string())
            .unwrap_or_default();
        let told =
            self.with_consequence(item, Verdict::fine(format!("{tag} retired")), &consequence);
        Ok(Verdict {
            hint: told.hint.replace(" · Ctrl+Z", ""),
            ..told
        })
    }

    /// The type that is selected, or whose items are listed.
    fn type_meant(&mut self) -> Option<(TypeId, String)> {
        let meant = match (&self.selected, &self.place) {
            (Some(RowKey::Type(id)), _) | (_, Place::Gear(Some(id))) => Some(*id),
            (Some(RowKey::Item(item)), _) | (_, Place::Item(item)) => {
                self.type_of_item(*item).first().copied()
            }
            _ => None,
        };
        if meant.is_none() {
            self.say(Verdict::attention("no type is selected", "F7 lists them"));
        }
        meant.map(|id| (id, self.type_name(id)))
    }

    /// :withdraw: what is out still comes back, nothing more is promised; of a withdrawn type the
    /// other way round.
    pub(super) fn withdraw_or_bring_back(&mut self) {
        let Some((id, name)) = self.type_meant() else {
            return;
        };
        if catalog::type_details(self.shop.read(), id).is_ok_and(|found| found.withdrawn) {
            let done = self.watched_types(&[id], |db| {
                catalog::reinstate_type(db, id)
                    .map_err(|failure| failure.map(BookingRefusal::Catalogue))?;
                Ok(desk::remember_final(db, Final::BroughtBack(id))?)
            });
            return match done {
                Ok(consequence) => {
                    let told = self.with_consequence_of(
                        &[id],
                        Verdict::fine(format!("{name} can be promised and handed out again")),
                        &consequence,
                    );
                    self.say(told);
                }
                Err(stop) => self.say(Verdict::of(&stop)),
            };
        }
        let mut form = Form::new(FormKind::Withdraw(id));
        form.title = format!("WITHDRAW {name}  (what is out still comes back)");
        let reason = Text::new("foreseen");
        form.warns = self.hurts_of(&[id], |db| withdrawn(db, id, &reason));
        self.open_form(form);
    }

    pub(super) fn save_withdrawal(&mut self, id: TypeId, reason: &Text) -> Result<Verdict, Stop> {
        let consequence = self.watched_types(&[id], |db| withdrawn(db, id, reason))?;
        let name = self.type_name(id);
        let told = self.with_consequence_of(
            &[id],
            Verdict::fine(format!(
                "{name} is withdrawn · :withdraw once more brings it back"
            )),
            &consequence,
        );
        Ok(Verdict {
            hint: told.hint.replace(" · Ctrl+Z", ""),
            ..told
        })
    }

    /// :count: how many there are of what is counted, after a purchase or a loss.
    pub(super) fn open_count_form(&mut self) {
        let Some((id, name)) = self.type_meant() else {
            return;
        };
        match inventory::bulk_of_type(self.shop.read(), id) {
            Ok(Some(bulk)) => {
                let mut form =
                    Form::new(FormKind::Count(id)).fill("quantity", &bulk.quantity.to_string());
                form.title = format!(
                    "HOW MANY {} {name} THERE ARE  ({} out, {} here)",
                    bulk.tag,
                    bulk.out,
                    bulk.quantity - bulk.out
                );
                self.open_form(form);
            }
            Ok(None) => self.say(Verdict::attention(
                format!("{name} is not counted: each has its tag"),
                "Ctrl+O new item, or retire one",
            )),
            Err(fault) => self.say(Verdict::of(&Stop::Fault(fault))),
        }
    }

    /// The first Enter of a count that hurts somebody says whom; the second saves.
    pub(super) fn save_count(
        &mut self,
        form: &mut Form,
        id: TypeId,
    ) -> Result<Option<Verdict>, Stop> {
        let typed = form.value("quantity").trim().to_owned();
        let quantity: i64 = typed.parse().map_err(|_| {
            crate::kernel::Declined::new(
                "quantity",
                format!("\"{}\" is not a number", Text::new(&typed)),
                "type how many there are",
            )
        })?;
        let hurts = self.hurts_of(&[id], |db| counted(db, id, quantity));
        if hurts != form.warns {
            form.warns = hurts;
            if !form.warns.is_empty() {
                return Ok(None);
            }
        }
        let consequence = self.watched_types(&[id], |db| counted(db, id, quantity))?;
        let name = self.type_name(id);
        let told = self.with_consequence_of(
            &[id],
            Verdict::fine(format!("{quantity} x {name} in all")),
            &consequence,
        );
        Ok(Some(Verdict {
            hint: told.hint.replace(" · Ctrl+Z", ""),
            ..told
        }))
    }

    /// Ends the block of the item that is meant: the one that runs now, else the next.
    pub(super) fn unblock(&mut self) {
        let Some((item, tag)) = self.item_meant() else {
            return;
        };
        let now = self.shop.now();
        let blocks: Vec<Block> =
            inventory::blocks_of_item(self.shop.read(), item).unwrap_or_default();
        let Some(block) = blocks.into_iter().find(|block| {
            block.kind == BlockKind::Blackout && block.end.is_none_or(|end| end > now)
        }) else {
            return self.say(Verdict::attention(
                format!("{tag} is not set aside"),
                "F8 lists what is",
            ));
        };
        match self.watched(item, |db| desk::end_set_aside(db, block.id)) {
            Ok(consequence) => {
                let told = self.with_consequence(
                    item,
                    Verdict::fine(format!("{tag} is no longer set aside")),
                    &consequence,
                );
                self.say(Verdict {
                    text: format!("{} · Ctrl+Z", told.text),
                    ..told
                });
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    /// Ctrl+D on the Bench and on an item: when it is expected back.
    pub(super) fn ask_back_on(&mut self) {
        let Some((item, _)) = self.item_meant() else {
            return;
        };
        let known = inventory::open_job(self.shop.read(), item).ok().flatten();
        if known.is_none() {
            return self.say(Verdict::attention(
                "it is not on the bench",
                "! reports what is wrong with it",
            ));
        }
        self.mode = BoxMode::BackOn(item);
        self.text = Input::default();
    }

    pub(super) fn take_back_on(&mut self, item: ItemId, typed: &str) {
        let now = self.shop.now();
        let zone = self.shop.settings.zone;
        let at: Option<Moment> = match typed {
            "" => None,
            typed => match when::read(typed, now, &zone, Lean::Ahead) {
                Ok(when::When::Day(day)) if day < zone.day(now) => {
                    return self.say(Verdict::bad(
                        format!("{} is over", zone.show_day(day)),
                        "type a day that is still to come",
                    ));
                }
                Ok(when::When::Time(moment)) if moment <= now => {
                    return self.say(Verdict::bad(
                        format!("{} is over", zone.show(moment, now)),
                        "type a later time",
                    ));
                }
                Ok(when) => Some(when.at(
                    &zone,
                    chrono::NaiveTime::from_hms_opt(9, 0, 0).unwrap_or_default(),
                )),
                Err(why) => {
                    return self.say(Verdict::bad(
                        why.0,
                        "for example fri, 28 nov or +2w; empty: nobody knows",
                    ));
                }
            },
        };
        match self.watched(item, |db| desk::expect_back(db, item, at)) {
            Ok(consequence) => {
                self.clear_box();
                let tag = inventory::known(self.shop.read(), item)
                    .map(|item| item.tag.to_string())
                    .unwrap_or_default();
                let when = at.map_or_else(
                    || "expected back, nobody knows when".to_owned(),
                    |at| format!("expected back {}", zone.show(at, now)),
                );
                let told = self.with_consequence(
                    item,
                    Verdict::fine(format!("{tag} {when}")),
                    &consequence,
                );
                self.say(Verdict {
                    text: format!("{} · Ctrl+Z", told.text),
                    ..told
                });
                self.deliver_waiting();
            }
            Err(stop) => self.say(Verdict::of(&stop)),
        }
    }

    pub(super) fn is_about_an_item(&self) -> bool {
        matches!(self.place, Place::Bench | Place::Item(_))
    }
}
