//! Which part of a table is taken for healthy.

use gemba_learn::change::changes;

use super::clock::Times;
use crate::Error;

/// Rows from which the operators of a plant can learn: six windows of forty rows.
pub(super) const ROWS_MIN: usize = 240;
/// The fewest rows that anything is learned from.
const ROWS_LEAST: usize = 8;
/// A healthy part that was found is at least this share of the table, so that it is no accident …
const SHARE_MIN: f64 = 0.1;
/// … and at most this one, so that enough is left to judge.
const SHARE_MAX: f64 = 0.4;
/// The share of the table that is taken where nothing stays as it is.
const SHARE_ELSE: f64 = 0.3;
/// A level that changes by so many spreads ends a calm part.
const SPREADS: f64 = 3.0;

/// How the healthy part is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Healthy {
    /// Found: the first calm part.
    #[default]
    Detect,
    /// From row to row, both included, the first is 1.
    Rows(usize, usize),
    /// From a share of the table to another, 0–1.
    Shares(f64, f64),
    /// From a time to another, µs since the epoch.
    Times(i64, i64),
}

/// First and last row (from 0), and why these.
pub(super) type Choice = (usize, usize, String);

/// Chooses the rows.
pub(super) fn choose(wish: Healthy, times: &Times, gauges: &[&[f64]], rows: usize) -> Result<Choice, Error> {
    let fail = |why: String| Err(Error::Table { why, cure: "name a part that the table has, like 1..400".into() });
    let named = |from: usize, to: usize| (from, to, "named".to_owned());
    let (from, to, why) = match wish {
        Healthy::Detect => return Ok(detect(gauges, rows)),
        Healthy::Rows(from, to) => named(from.saturating_sub(1), to.saturating_sub(1)),
        Healthy::Shares(from, to) => named(share(rows, from), share(rows, to).saturating_sub(1)),
        Healthy::Times(..) if !times.timed() => return fail("the table has no times to name a part by".into()),
        Healthy::Times(from, to) => named(times.row_at(from), times.row_at(to).saturating_sub(1)),
    };
    let to = to.min(rows.saturating_sub(1));
    if from >= rows || to < from {
        return fail(format!("the healthy part named holds none of the {rows} rows"));
    }
    Ok((from, to, why))
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a row count")]
fn share(rows: usize, share: f64) -> usize {
    (rows as f64 * share.clamp(0.0, 1.0)) as usize
}

/// The first part between changes of level that is long enough.
fn detect(gauges: &[&[f64]], rows: usize) -> Choice {
    let mut bounds: Vec<usize> = gauges
        .iter()
        .flat_map(|values| changes(values))
        .filter(|c| c.spreads >= SPREADS)
        .map(|c| c.at)
        .chain([0, rows])
        .collect();
    bounds.sort_unstable();
    let least = ROWS_MIN.min(share(rows, SHARE_ELSE)).max(ROWS_LEAST);
    let enough = share(rows, SHARE_MIN).max(least);
    let calm = bounds.windows(2).find_map(|w| {
        let (from, to) = (*w.first()?, *w.get(1)?);
        (to - from >= enough).then_some((from, to))
    });
    let end = |from: usize, length: usize| (from + length.max(least)).min(rows).saturating_sub(1);
    if let Some((from, to)) = calm {
        let end = end(from, (to - from).min(share(rows, SHARE_MAX)));
        return (from, end.min(to - 1), "the first part in which no signal changes its level".into());
    }
    let why = "the head of the table, because no part is calm: name a better one if you know it";
    (0, end(0, share(rows, SHARE_ELSE)), why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(n: usize, at: usize) -> Vec<f64> {
        (0..n).map(|i| (i as f64 * 12.9).sin() + if i < at { 20.0 } else { 0.0 }).collect()
    }

    #[test]
    fn the_first_calm_part_is_taken() {
        let late = step(1000, 600);
        let (from, to, _) = detect(&[&late], 1000);
        assert_eq!((from, to), (0, 399));
        // a start-up of 50 rows is no calm part
        let early = step(1000, 50);
        let (from, to, _) = detect(&[&early], 1000);
        assert!(from.abs_diff(50) <= 10 && to == from + 399, "{from} {to}");
    }

    #[test]
    fn of_few_rows_some_are_taken() {
        let (from, to, _) = detect(&[&step(60, 50)], 60);
        assert_eq!((from, to), (0, 23));
        let (from, to, _) = detect(&[], 20);
        assert_eq!((from, to), (0, 7));
    }

    #[test]
    fn what_is_named_is_taken_or_refused() {
        let times = Times::default();
        let choose = |wish| choose(wish, &times, &[], 1000).map(|(from, to, _)| (from, to)).map_err(|e| e.to_string());
        assert_eq!(choose(Healthy::Rows(1, 400)), Ok((0, 399)));
        assert_eq!(choose(Healthy::Rows(900, 5000)), Ok((899, 999)));
        assert_eq!(choose(Healthy::Shares(0.1, 0.5)), Ok((100, 499)));
        assert!(choose(Healthy::Rows(2000, 3000)).unwrap_err().contains("none of the 1000 rows"));
        assert!(choose(Healthy::Times(0, 1)).unwrap_err().contains("no times"));
    }
}
