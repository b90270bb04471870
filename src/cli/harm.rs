//! Whom an act hurt that was done all the same: an answer repeats it, for a person and for a
//! program.

use super::Answer;
use super::free::shortage_json;
use super::view::View;
use crate::booking::{self, Harm, Want};
use crate::catalog;
use crate::kernel::{Fallible, MOMENT_MAX, ReservationId, Settings, Stop, TypeId};
use crate::store::{Read, Write};
use serde_json::{Value, json};

/// The types that wants ask for, a kit's components and what goes along among them.
pub fn types_of(db: Read<'_>, wants: &[Want]) -> Fallible<Vec<TypeId>> {
    let mut types = Vec::new();
    for want in wants {
        types.push(want.type_id);
        types.extend(
            catalog::exploded(db, want.type_id, 1)?
                .into_iter()
                .map(|(part, _)| part),
        );
        types.extend(
            catalog::accessories(db, want.type_id)?
                .into_iter()
                .map(|along| along.type_id),
        );
    }
    Ok(types)
}

/// The types on a reservation, those that are out of it in another's place among them.
pub fn types_on(db: Read<'_>, id: ReservationId) -> Fallible<Vec<TypeId>> {
    Ok(booking::types_of(db, id)?.into_iter().collect())
}

/// Does it, and says who is short by it and was not before.
pub fn hurting<T>(
    db: &mut Write<'_>,
    settings: &Settings,
    types: &[TypeId],
    act: impl FnOnce(&mut Write<'_>) -> Result<T, Stop>,
) -> Result<(T, Vec<Harm>), Stop> {
    let now = db.now();
    let mut types = types.to_vec();
    types.sort_unstable();
    types.dedup();
    let before = booking::before_harm(db.read(), settings, types, now)?;
    let done = act(db)?;
    Ok((done, before.harm(db.read(), settings, None, now)?))
}

/// `R-1047 Ines Duarte Sat 22 Nov 09:00 short 1 x Sony FX6 body until Mon 24 Nov 10:00`
pub fn in_words(view: &View<'_>, harm: &Harm) -> Fallible<String> {
    let until = if harm.during.end < MOMENT_MAX {
        format!(" until {}", view.show(harm.during.end))
    } else {
        String::new()
    };
    Ok(format!(
        "{}{until}",
        booking::harm_in_words(view.db, view.settings, harm, view.now)?
    ))
}

/// An answer with what it leaves short of its own reservation, and with the others that go short by
/// it.
pub fn with_short(
    view: &View<'_>,
    answer: Answer,
    own: &[Harm],
    hurt: &[Harm],
) -> Result<Answer, Stop> {
    let others: Vec<&Harm> = hurt
        .iter()
        .filter(|harm| !own.iter().any(|own| own.reservation == harm.reservation))
        .collect();
    let words = others
        .iter()
        .map(|harm| in_words(view, harm))
        .collect::<Fallible<Vec<String>>>()?;
    let mut answer = answer;
    if let Some(fields) = answer.json.as_object_mut() {
        fields.insert("hurts".to_owned(), json!(words));
        let short = own
            .iter()
            .chain(others.iter().copied())
            .map(|harm| shortage_json(view, harm))
            .collect::<Result<Vec<Value>, Stop>>()?;
        fields.insert("short".to_owned(), json!(short));
    }
    for harm in own {
        answer.text = format!("{}\n!! {}", answer.text.trim_end(), in_words(view, harm)?);
    }
    for word in &words {
        answer.text = format!("{}\n!! {word}", answer.text.trim_end());
    }
    Ok(answer)
}
