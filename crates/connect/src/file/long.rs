//! Long tables, one value a row: told by themselves, and turned into a column for each signal.

use std::collections::{BTreeMap, BTreeSet};

use super::cell::Cell;

/// Names of the column with the signals' names, in small letters and digits only …
const TAGS: [&str; 20] = [
    "tag",
    "tagname",
    "signal",
    "signalname",
    "name",
    "variable",
    "sensor",
    "sensorid",
    "sensorname",
    "parameter",
    "channel",
    "point",
    "pointname",
    "measurement",
    "metric",
    "item",
    "key",
    "messstelle",
    "kanal",
    "attribute",
];
/// … of the column with the values …
const VALUES: [&str; 9] = ["value", "val", "wert", "messwert", "reading", "v", "data", "valor", "valeur"];
/// … and of columns that may stand beside them.
const BESIDE: [&str; 9] = ["quality", "q", "status", "unit", "units", "id", "index", "einheit", "good"];
/// Share of rows that hold what a long table holds there.
const SHARE: (usize, usize) = (9, 10);
/// The most signals.
const SIGNALS_MAX: usize = 10_000;
/// A value stands for its signal for so many of the signal's own steps.
const HOLD_STEPS: i64 = 5;
/// Rows of equal times are kept as they are when this share of their cells has a value.
const FILLED: (usize, usize) = (3, 5);

/// The columns with the names and the values of a long table; none when it is none.
pub(super) fn find(columns: &[String], head: &[Vec<Cell>], time: usize) -> Option<(usize, usize)> {
    let bare: Vec<String> =
        columns.iter().map(|c| c.chars().filter(|l| l.is_alphanumeric()).collect::<String>().to_lowercase()).collect();
    let most = |column: usize, fits: fn(&Cell) -> bool| {
        let fitting = head.iter().filter(|row| row.get(column).is_some_and(fits)).count();
        !head.is_empty() && fitting * SHARE.1 >= head.len() * SHARE.0
    };
    // a time of day is no name
    let is_name = |cell: &Cell| matches!(cell, Cell::Text(text) if text.contains(char::is_alphabetic));
    let is_text = |column: &usize| most(*column, is_name);
    let is_number = |column: &usize| most(*column, |cell| matches!(cell, Cell::Number(_) | Cell::Empty));
    let others: Vec<usize> = (0..columns.len()).filter(|i| *i != time).collect();
    let named =
        |names: &[&str]| others.iter().copied().find(|i| bare.get(*i).is_some_and(|n| names.contains(&n.as_str())));
    if let Some((tag, value)) = named(&TAGS).zip(named(&VALUES)) {
        let beside = |i: &usize| bare.get(*i).is_some_and(|n| BESIDE.contains(&n.as_str()));
        let rest = others.iter().filter(|i| **i != tag && **i != value).all(|i| beside(i) || is_text(i));
        return (is_text(&tag) && rest).then_some((tag, value));
    }
    let [a, b] = others.as_slice() else { return None };
    let (tag, value) = if is_text(a) && is_number(b) { (*a, *b) } else { (*b, *a) };
    (is_text(&tag) && is_number(&value) && interleaved(head, time, tag)).then_some((tag, value))
}

/// Whether most rows share their time with another one that has another name.
fn interleaved(head: &[Vec<Cell>], time: usize, tag: usize) -> bool {
    let together = |w: &[Vec<Cell>]| match w {
        [a, b] => a.get(time) == b.get(time) && a.get(tag) != b.get(tag),
        _ => false,
    };
    head.windows(2).filter(|w| together(w)).count() * 5 >= head.len() * 2
}

/// Values as they come, for a table with a column for each signal.
#[derive(Debug, Default)]
pub(super) struct Pivot {
    known: BTreeMap<String, usize>,
    names: Vec<String>,
    /// Which signal, and its value, in each row.
    entries: Vec<(usize, f64)>,
}

impl Pivot {
    /// Takes the cells of the next row.
    ///
    /// # Errors
    /// When there are too many signals.
    pub(super) fn push(&mut self, name: Option<&Cell>, value: Option<&Cell>) -> Result<(), String> {
        let name = match name {
            Some(Cell::Text(name)) => name.clone(),
            Some(Cell::Number(number)) => number.to_string(),
            _ => String::new(),
        };
        let next = self.names.len();
        let signal = *self.known.entry(name.clone()).or_insert(next);
        if signal == next {
            self.names.push(name);
        }
        let number = if let Some(Cell::Number(x)) = value { *x } else { f64::NAN };
        self.entries.push((signal, number));
        if next > SIGNALS_MAX {
            Err(format!("names more than {SIGNALS_MAX} signals; cut it into parts"))
        } else {
            Ok(())
        }
    }

    /// The times of the rows and a column for each signal. `times` are those of the entries. Where signals have times of
    /// their own, rows are as far apart as the values of the quickest signal, and a value stands until the next one,
    /// five steps of its signal at most.
    pub(super) fn finish(self, times: &[Option<i64>]) -> (Vec<i64>, Vec<(String, Vec<f64>)>) {
        let mut by_signal: Vec<Vec<(i64, f64)>> = vec![Vec::new(); self.names.len()];
        for ((signal, value), time) in self.entries.iter().zip(times) {
            if let (Some(own), Some(time)) = (by_signal.get_mut(*signal), time) {
                own.push((*time, *value));
            }
        }
        for own in &mut by_signal {
            own.sort_by_key(|(time, _)| *time);
        }
        let own_steps: Vec<i64> = by_signal.iter().map(|own| step(own)).collect();
        let distinct: BTreeSet<i64> = times.iter().flatten().copied().collect();
        let entries: usize = by_signal.iter().map(Vec::len).sum();
        let cells = distinct.len() * self.names.len();
        let together = entries * FILLED.1 >= cells * FILLED.0;
        let quickest = own_steps.iter().copied().filter(|s| *s > 0).min();
        let (rows, hold): (Vec<i64>, bool) = match (together, quickest, distinct.first(), distinct.last()) {
            (false, Some(step), Some(first), Some(last)) => {
                let count = (last - first) / step;
                ((0..=count).map(|i| first + i * step).collect(), true)
            }
            _ => (distinct.into_iter().collect(), false),
        };
        let column = |((name, own), step): ((String, Vec<(i64, f64)>), i64)| {
            let hold = if hold { step.saturating_mul(HOLD_STEPS) } else { 0 };
            (name, laid(&rows, &own, hold))
        };
        let columns = self.names.into_iter().zip(by_signal).zip(own_steps).map(column).collect();
        (rows, columns)
    }
}

/// The median time from value to value.
fn step(own: &[(i64, f64)]) -> i64 {
    let mut steps: Vec<i64> =
        own.windows(2).filter_map(|w| Some(w.get(1)?.0 - w.first()?.0)).filter(|s| *s > 0).collect();
    steps.sort_unstable();
    steps.get(steps.len() / 2).copied().unwrap_or(0)
}

/// The last value at each row, if it is not older than `hold`.
fn laid(rows: &[i64], own: &[(i64, f64)], hold: i64) -> Vec<f64> {
    let mut next = 0;
    let value = |row: &i64| {
        while own.get(next).is_some_and(|(time, _)| time <= row) {
            next += 1;
        }
        let last = next.checked_sub(1).and_then(|i| own.get(i));
        last.filter(|(time, _)| row - time <= hold).map_or(f64::NAN, |(_, value)| *value)
    };
    rows.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(time: f64, tag: &str, value: f64) -> Vec<Cell> {
        vec![Cell::Number(time), Cell::Text(tag.into()), Cell::Number(value)]
    }

    #[test]
    fn long_tables_are_told_from_wide_ones() {
        let named = |names: [&str; 3]| names.map(str::to_owned);
        let together: Vec<Vec<Cell>> =
            (0..20).map(|i| row(f64::from(i / 2), if i % 2 == 0 { "a" } else { "b" }, 1.0)).collect();
        let apart: Vec<Vec<Cell>> = (0..20).map(|i| row(f64::from(i), "auto", 1.0)).collect();
        assert_eq!(find(&named(["time", "Tag Name", "Value"]), &apart, 0), Some((1, 2)));
        assert_eq!(find(&named(["time", "c2", "c3"]), &together, 0), Some((1, 2)));
        assert_eq!(find(&named(["time", "mode", "flow"]), &apart, 0), None);
        let wide = ["time", "name", "value", "flow"].map(str::to_owned);
        let rows = vec![vec![Cell::Number(0.0), Cell::Text("x".into()), Cell::Number(1.0), Cell::Number(2.0)]];
        assert_eq!(find(&wide, &rows, 0), None);
    }

    #[test]
    fn values_are_laid_beside_each_other() {
        let lay = |entries: &[(i64, &str, f64)]| {
            let mut pivot = Pivot::default();
            for (_, tag, value) in entries {
                pivot.push(Some(&Cell::Text((*tag).into())), Some(&Cell::Number(*value))).unwrap();
            }
            pivot.finish(&entries.iter().map(|e| Some(e.0)).collect::<Vec<_>>())
        };
        let (rows, columns) = lay(&[(2, "a", 3.0), (1, "a", 1.0), (1, "b", 2.0), (2, "b", 4.0)]);
        assert_eq!((rows, columns), (vec![1, 2], vec![("a".into(), vec![1.0, 3.0]), ("b".into(), vec![2.0, 4.0])]));
        let quick = (0..40).map(|i| (i * 10, "q", i as f64));
        let slow = (0..4).map(|i| (i * 100 + 3, "s", i as f64));
        let (rows, columns) = lay(&quick.chain(slow).collect::<Vec<_>>());
        assert_eq!((rows.len(), rows[1]), (40, 10));
        assert!(
            columns[1].1[0].is_nan() && columns[1].1[39] > 2.5 && columns[1].1.iter().skip(1).all(|v| v.is_finite())
        );
    }
}
