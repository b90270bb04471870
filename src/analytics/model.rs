//! When nothing of a type was left.

use crate::kernel::{Moment, Period};

/// The times of a period in which as many were out as there were fit to go out, and there were
/// some. `outs`: from, until, how many; `fit`: since when how many more, or fewer. Neither in any
/// order.
pub fn nothing_left(
    outs: &[(Moment, Moment, i64)],
    fit: &[(Moment, i64)],
    period: Period,
) -> Vec<Period> {
    // At one instant what ends comes first: back-to-back rentals leave no gap, and need none.
    let mut changes: Vec<(Moment, i64, i64)> =
        fit.iter().map(|(at, count)| (*at, 0, *count)).collect();
    for (from, until, count) in outs {
        changes.push((*from, *count, 0));
        changes.push((*until, -count, 0));
    }
    changes.sort_unstable();
    let (mut out, mut owned) = (0, 0);
    let mut since: Option<Moment> = None;
    let mut found: Vec<Period> = Vec::new();
    let mut changes = changes.into_iter().peekable();
    while let Some((at, more_out, more_fit)) = changes.next() {
        out += more_out;
        owned += more_fit;
        if changes.peek().is_some_and(|(next, ..)| *next == at) {
            continue;
        }
        match (since, owned > 0 && out >= owned) {
            (None, true) => since = Some(at),
            (Some(began), false) => {
                found.push(Period {
                    start: began,
                    end: at,
                });
                since = None;
            }
            _ => {}
        }
    }
    found.extend(since.map(|began| Period {
        start: began,
        end: period.end,
    }));
    let within = |span: Period| Period::new(span.start.max(period.start), span.end.min(period.end));
    found.into_iter().filter_map(within).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_while_all_that_is_fit_is_out() {
        let at = Moment;
        let span = |from: i64, until: i64| Period {
            start: at(from),
            end: at(until),
        };
        let all = span(0, 100);
        let check = |outs: &[(i64, i64, i64)], fit: &[(i64, i64)], expect: &[(i64, i64)]| {
            let outs: Vec<_> = outs
                .iter()
                .map(|(from, until, count)| (at(*from), at(*until), *count))
                .collect();
            let fit: Vec<_> = fit
                .iter()
                .map(|(from, count)| (at(*from), *count))
                .collect();
            assert_eq!(
                nothing_left(&outs, &fit, all),
                expect
                    .iter()
                    .map(|(from, until)| span(*from, *until))
                    .collect::<Vec<_>>()
            );
        };
        check(&[(10, 20, 1), (15, 30, 1)], &[(0, 2)], &[(15, 20)]);
        check(&[(10, 20, 1), (20, 30, 1)], &[(0, 1)], &[(10, 30)]);
        check(&[(10, 20, 1)], &[(0, 2), (12, -1)], &[(12, 20)]);
        check(&[(50, 4_000, 3)], &[(0, 3)], &[(50, 100)]);
        check(&[], &[(0, 1), (5, -1)], &[]);
    }
}
