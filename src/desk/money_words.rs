//! Money as people type it and read it: the same words stand before an act and after it.

use super::money::{Given, MoneyAct, MoneyOf, Settling};
use crate::billing::{LineKind, Method, Part};
use crate::kernel::{Currency, Fallible, Money, ReservationId, Text};
use crate::store::Read;

/// Reads `306 card 4471`, `306,50 cash`, `all transfer`. `all` is what is asked for. What cannot be
/// meant comes back as a sentence.
pub fn read_given(currency: Currency, typed: &str, all: Option<Money>) -> Result<Given, String> {
    let mut words = typed.split_whitespace();
    let said = words.next().unwrap_or_default();
    let amount = if said.eq_ignore_ascii_case("all") {
        all.filter(|all| all.0 > 0)
            .ok_or_else(|| "nothing is asked for: type an amount".to_owned())?
    } else {
        currency
            .read(said)
            .filter(|amount| amount.0 > 0)
            .ok_or_else(|| format!("\"{}\" is not an amount", Text::new(said)))?
    };
    let by = words.next().unwrap_or_default();
    let method = method_of(by).ok_or_else(|| match by {
        "" => format!("{} {}: how?", currency.show(amount), currency.code()),
        by => format!("\"{}\" is no way to pay", Text::new(by)),
    })?;
    Ok(Given {
        amount,
        method,
        reference: Text::filled(&words.collect::<Vec<_>>().join(" ")),
    })
}

/// What of a deposit goes back: all of it where no amount is said, the way it came where no method
/// is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DepositBack {
    pub amount: Option<Money>,
    pub method: Option<Method>,
}

/// Reads `back`, `back cash`, `100 back`, `back 100 card`. None: nothing is said to go back.
pub fn read_back(currency: Currency, typed: &str) -> Option<Result<DepositBack, String>> {
    let mut words: Vec<&str> = typed.split_whitespace().collect();
    let at = words
        .iter()
        .take(2)
        .position(|word| word.eq_ignore_ascii_case("back"))?;
    words.remove(at);
    let amount = words
        .first()
        .and_then(|word| currency.read(word))
        .filter(|amount| amount.0 > 0);
    if amount.is_some() {
        words.remove(0);
    }
    Some(match words.as_slice() {
        [] => Ok(DepositBack {
            amount,
            method: None,
        }),
        [by] => method_of(by)
            .map(|method| DepositBack {
                amount,
                method: Some(method),
            })
            .ok_or_else(|| format!("\"{}\" is no way to give it back", Text::new(by))),
        more => Err(format!(
            "\"{}\" is not understood",
            Text::new(&more.join(" "))
        )),
    })
}

/// Cash, card or transfer, by any beginning that is clear.
pub fn method_of(typed: &str) -> Option<Method> {
    let typed = typed.to_lowercase();
    let meant: Vec<Method> = [Method::Cash, Method::Card, Method::Transfer]
        .into_iter()
        .filter(|method| !typed.is_empty() && method.word().to_lowercase().starts_with(&typed))
        .collect();
    if let [only] = meant.as_slice() {
        Some(*only)
    } else {
        None
    }
}

fn by(method: Method) -> &'static str {
    match method {
        Method::Cash => "in cash",
        Method::Card => "by card",
        Method::Transfer => "by transfer",
        Method::Deposit => "from the deposit",
        Method::Other => "otherwise",
    }
}

/// `306.00 EUR by card 4471`
pub fn given_in_words(currency: Currency, given: &Given) -> String {
    let reference = given
        .reference
        .as_ref()
        .map_or_else(String::new, |reference| format!(" {reference}"));
    format!(
        "{} {} {}{reference}",
        currency.show(given.amount),
        currency.code(),
        by(given.method)
    )
}

/// The same as somebody would type it, with its amount in figures.
pub fn given_as_typed(currency: Currency, given: &Given) -> String {
    let reference = given
        .reference
        .as_ref()
        .map_or_else(String::new, |reference| format!(" {reference}"));
    format!(
        "{} {}{reference}",
        currency.plain(given.amount),
        given.method.word().to_lowercase()
    )
}

/// `take 306.00 EUR by card 4471`: what an act will do, with its amount, said before Enter.
pub fn act_in_words(currency: Currency, act: &MoneyAct) -> String {
    let Said {
        verb, what, tail, ..
    } = said_of(currency, act);
    format!("{verb} {what}{tail}")
}

/// `306.00 EUR by card 4471 taken`: what has become of it.
pub fn done_in_words(currency: Currency, act: &MoneyAct) -> String {
    let Said {
        what, done, tail, ..
    } = said_of(currency, act);
    format!("{what} {done}{tail}")
}

/// What an act is called before and after it is done.
struct Said {
    verb: &'static str,
    what: String,
    done: &'static str,
    tail: String,
}

fn said_of(currency: Currency, act: &MoneyAct) -> Said {
    let show = |amount: Money| format!("{} {}", currency.show(amount), currency.code());
    let said = |verb, what: String, done| Said {
        verb,
        what,
        done,
        tail: String::new(),
    };
    match act {
        MoneyAct::Pay { given, beyond, .. } => Said {
            tail: beyond_in_words(currency, *beyond),
            ..said("take", given_in_words(currency, given), "taken")
        },
        MoneyAct::Refund {
            given, then_owes, ..
        } => {
            let tail = if then_owes.0 > 0 {
                format!(" · then owes {}", currency.show(*then_owes))
            } else {
                String::new()
            };
            Said {
                tail,
                ..said("give back", given_in_words(currency, given), "given back")
            }
        }
        MoneyAct::TakeDeposit { given, .. } => said(
            "take",
            format!("a deposit of {}", given_in_words(currency, given)),
            "taken",
        ),
        MoneyAct::GiveDepositBack {
            deposits,
            stays,
            method,
            ..
        } => {
            let amount = show(Money(deposits.iter().map(|(_, amount)| amount.0).sum()));
            let way = method.map_or_else(String::new, |method| format!(" {}", by(method)));
            if stays.0 > 0 {
                Said {
                    tail: format!(", {} stays held", show(*stays)),
                    ..said(
                        "give back",
                        format!("{amount} of the deposit{way}"),
                        "given back",
                    )
                }
            } else {
                said(
                    "give back",
                    format!("the deposit of {amount}{way}"),
                    "given back",
                )
            }
        }
        MoneyAct::Charge(new) => said(
            "charge",
            format!("{} for {}", show(new.amount()), new.description),
            "charged",
        ),
        MoneyAct::Issue {
            total, over_limit, ..
        } => Said {
            tail: if *over_limit {
                ", above the limit".to_owned()
            } else {
                String::new()
            },
            ..said(
                "issue",
                format!("an invoice over {}", show(*total)),
                "issued",
            )
        },
        MoneyAct::Void {
            called,
            total,
            reason,
            ..
        } => Said {
            tail: format!(" ({reason})"),
            ..said("void", format!("{called} over {}", show(*total)), "voided")
        },
        MoneyAct::Credit {
            called,
            part: Part::Line(place),
            total,
            reason,
            ..
        } => Said {
            tail: format!(" ({reason})"),
            ..said(
                "credit",
                format!("line {place} of {called}, {}", show(*total)),
                "credited",
            )
        },
        MoneyAct::Credit {
            called,
            total,
            reason,
            ..
        } => Said {
            tail: format!(" ({reason})"),
            ..said(
                "credit",
                format!("{called} over {}", show(*total)),
                "credited",
            )
        },
        MoneyAct::CloseTill {
            counted, expected, ..
        } => {
            let difference = match counted.0 - expected.0 {
                0 => "as expected".to_owned(),
                more if more > 0 => format!("{} too much", show(Money(more))),
                less => format!("{} missing", show(Money(-less))),
            };
            Said {
                tail: format!(
                    " with {} counted, {} expected: {difference}",
                    show(*counted),
                    show(*expected)
                ),
                ..said("close", "the till".to_owned(), "closed")
            }
        }
    }
}

/// ` · 97.00 more than is owed, kept as credit`: what somebody gives beyond what is asked for, said
/// before it is taken.
pub fn beyond_in_words(currency: Currency, beyond: Money) -> String {
    if beyond.0 > 0 {
        format!(
            " · {} more than is owed, kept as credit",
            currency.show(beyond)
        )
    } else {
        String::new()
    }
}

/// `total 306.00 · paid 306.00 · owes 0.00 · deposit held 500.00`; nothing where there is no money.
pub fn money_in_words(currency: Currency, of: &MoneyOf) -> Option<String> {
    let show = |amount: Money| currency.show(amount);
    let mut words = Vec::new();
    if of.total.0 != 0 || of.paid.0 != 0 {
        words.push(format!("total {}", show(of.total)));
        words.push(format!("paid {}", show(of.paid)));
        words.push(if of.owed().0 < 0 {
            format!("{} to get back", show(Money(-of.owed().0)))
        } else {
            format!("owes {}", show(of.owed()))
        });
    }
    if of.deposit_held.0 > 0 {
        words.push(format!("deposit held {}", show(of.deposit_held)));
    }
    (!words.is_empty()).then(|| words.join(" · "))
}

/// What settling does, act by act.
pub fn settling_in_words(currency: Currency, what: &Settling) -> Vec<String> {
    let show = |amount: Money| format!("{} {}", currency.show(amount), currency.code());
    let mut words = Vec::new();
    if what.charged().0 > 0 {
        words.push(format!("charge {}", show(what.charged())));
    }
    words.extend(what.waived.iter().map(|waived| {
        let kind = match waived.kind {
            LineKind::Late => "late fee",
            LineKind::Damage => "damage",
            LineKind::Loss => "loss",
            _ => "charge",
        };
        format!(
            "waive {kind}{}",
            if waived.amount().0 > 0 {
                format!(" {}", show(waived.amount()))
            } else {
                String::new()
            }
        )
    }));
    if what.from_deposit.0 > 0 {
        words.push(format!("take {} from the deposit", show(what.from_deposit)));
    }
    words.extend(
        what.pays
            .as_ref()
            .map(|given| format!("take {}", given_in_words(currency, given))),
    );
    words.extend(what.gives_back.as_ref().map(|back| {
        let way = back
            .method
            .map_or_else(String::new, |method| format!(" {}", by(method)));
        format!("give back {} of the deposit{way}", show(back.amount()))
    }));
    words
}

/// What of a reservation's money there is to give back if nothing of it is rented: `510.00 and a
/// deposit of 100.00 to give back`.
pub fn to_give_back(
    db: Read<'_>,
    currency: Currency,
    id: ReservationId,
) -> Fallible<Option<String>> {
    let of = super::money_of(db, id)?;
    let paid = Some(currency.show(of.paid)).filter(|_| of.paid.0 > 0);
    let held = Some(format!("a deposit of {}", currency.show(of.deposit_held)))
        .filter(|_| of.deposit_held.0 > 0);
    let parts: Vec<String> = paid.into_iter().chain(held).collect();
    Ok((!parts.is_empty()).then(|| format!("{} to give back", parts.join(" and "))))
}
