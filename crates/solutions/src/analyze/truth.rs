//! Columns in which somebody wrote what was wrong: never a signal, but what the findings are measured against.

use gemba_learn::stats;

use super::clock::Times;
use super::report::{Anomaly, Marked};
use super::table::Column;

/// Words that name such a column wherever they stand in its name.
const WORDS: [&str; 23] = [
    "label",
    "labels",
    "anomaly",
    "anomalies",
    "anomalous",
    "fault",
    "faults",
    "faulty",
    "failure",
    "failures",
    "failed",
    "attack",
    "attacks",
    "att",
    "changepoint",
    "changepoints",
    "outlier",
    "defect",
    "abnormal",
    "alarm",
    "alarms",
    "error",
    "errors",
];
/// Words that do so only where they are the whole name.
const NAMES: [&str; 7] = ["target", "class", "y", "rul", "ttf", "remainingusefullife", "timetofailure"];
/// Names that say how long it still lasted: any numbers may stand there.
const LIVES: [&str; 4] = ["rul", "ttf", "remainingusefullife", "timetofailure"];
/// Different values that a column of this kind may have.
const VALUES_MAX: usize = 30;
/// Texts that say that all is well.
const WELL: [&str; 11] =
    ["normal", "ok", "good", "none", "healthy", "no", "benign", "0", "fine", "unworn", "no failure"];
/// Marks of single rows name a moment: a hundredth of the table around it counts as it, and at least a row.
const NEAR_PART: usize = 100;

/// Whether the name says that somebody wrote here what was wrong: `anomaly`, `Machine failure`, `ATT_FLAG`, `faultType`.
pub fn tells_truth(name: &str) -> bool {
    let words = words(name);
    let whole: String = words.concat();
    NAMES.contains(&whole.as_str())
        || WORDS.contains(&whole.as_str())
        || words.iter().any(|w| WORDS.contains(&w.as_str()))
}

/// The words of a name in small letters: cut where a small letter is followed by a capital, and at what is no letter.
fn words(name: &str) -> Vec<String> {
    let (mut words, mut last): (Vec<String>, Option<char>) = (Vec::new(), None);
    for letter in name.chars() {
        if letter.is_alphanumeric() {
            let begins = last.is_none_or(|l| !l.is_alphanumeric() || (l.is_lowercase() && letter.is_uppercase()));
            if begins {
                words.push(String::new());
            }
            words.iter_mut().last().into_iter().for_each(|word| word.extend(letter.to_lowercase()));
        }
        last = Some(letter);
    }
    words
}

impl Column {
    /// Whether it holds what was wrong, by its name and because it has few different values.
    pub(super) fn is_truth(&self, name: &str) -> bool {
        let whole: String = words(name).concat();
        tells_truth(name) && (LIVES.contains(&whole.as_str()) || self.has_few_values())
    }

    fn has_few_values(&self) -> bool {
        let mut different: Vec<f64> = Vec::new();
        for value in self.states().into_iter().filter(|v| v.is_finite()) {
            if !different.contains(&value) {
                different.push(value);
            }
            if different.len() > VALUES_MAX {
                return false;
            }
        }
        true
    }

    /// Which rows are marked as wrong; none when no value can be told for well, or nothing or everything is marked.
    fn marked(&self) -> Option<Vec<bool>> {
        let states = self.states();
        let text = |code: f64| self.texts.iter().zip(1_u32..).find(|(_, c)| (-f64::from(*c)).total_cmp(&code).is_eq());
        let well = |value: f64| match text(value) {
            Some((text, _)) => WELL.contains(&text.trim().to_lowercase().as_str()),
            // below zero stands what nobody looked at
            None => value <= 0.0,
        };
        let marked: Vec<bool> = states.iter().map(|v| v.is_finite() && !well(*v)).collect();
        let wrong = marked.iter().filter(|m| **m).count();
        (wrong > 0 && wrong < states.iter().filter(|v| v.is_finite()).count()).then_some(marked)
    }
}

/// First and last row of every run.
fn runs(marked: &[bool]) -> Vec<(usize, usize)> {
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for (row, _) in marked.iter().enumerate().filter(|(_, m)| **m) {
        match runs.last_mut() {
            Some((_, to)) if *to + 1 == row => *to = row,
            _ => runs.push((row, row)),
        }
    }
    runs
}

/// How what was found goes together with a column that tells the truth; none where the column marks nothing.
pub(super) fn agreement(
    (name, column): (&str, &Column),
    (from, to): (usize, usize),
    (found, times): (&[Anomaly], &Times),
) -> Option<Marked> {
    let marked = column.marked()?;
    let runs = runs(&marked);
    let moments = stats::median(&runs.iter().map(|(from, to)| (to - from) as f64).collect::<Vec<_>>()) < 1.0;
    let near = if moments { (marked.len() / NEAR_PART).max(1) } else { 0 };
    let found: Vec<(usize, usize)> =
        found.iter().map(|a| (a.stretch.from.row.saturating_sub(1), a.stretch.to.row.saturating_sub(1))).collect();
    let touch = |(a, b): &(usize, usize), (c, d): &(usize, usize)| *a <= d + near && *c <= b + near;
    let begins = |(a, _): &(usize, usize), (c, d): &(usize, usize)| a.abs_diff(*c) <= near || a.abs_diff(*d) <= near;
    let meets = |a: &(usize, usize), b: &(usize, usize)| if moments { begins(a, b) } else { touch(a, b) };
    let judged: Vec<(usize, usize)> = runs.iter().copied().filter(|(_, end)| *end < from || *end > to).collect();
    let hit = judged.iter().filter(|run| found.iter().any(|f| meets(run, f))).count();
    let right = found.iter().filter(|f| runs.iter().any(|run| meets(run, f))).count();
    let mut rows = [[0_usize; 2]; 2];
    for (row, truth) in marked.iter().enumerate().filter(|(row, _)| *row < from || *row > to) {
        let said = found.iter().any(|(a, b)| (*a..=*b).contains(&row));
        if let Some(cell) = rows.get_mut(usize::from(*truth)).and_then(|r| r.get_mut(usize::from(said))) {
            *cell += 1;
        }
    }
    let [[calm, false_rows], [missed, true_rows]] = rows;
    let share = |part: usize, rest: usize| (part + rest > 0).then(|| part as f64 / (part + rest) as f64);
    Some(Marked {
        column: name.to_owned(),
        moments,
        rows: marked.iter().filter(|m| **m).count(),
        in_healthy: marked.get(from..=to).unwrap_or_default().iter().filter(|m| **m).count(),
        periods: judged.len(),
        periods_found: hit,
        found: found.len(),
        found_right: right,
        precision: share(true_rows, false_rows).filter(|_| !moments),
        recall: share(true_rows, missed).filter(|_| !moments),
        false_alarm_share: share(false_rows, calm).filter(|_| !moments),
        first_missed: judged
            .iter()
            .find(|run| !found.iter().any(|f| meets(run, f)))
            .map(|(from, _)| times.moment(*from)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_tell_the_truth_are_known() {
        for name in [
            "anomaly",
            "Label",
            "Machine failure",
            "ATT_FLAG",
            "faultType",
            "change_point",
            "CHANGEPOINT",
            "Target",
            "is_anomaly",
        ] {
            assert!(tells_truth(name), "{name}");
        }
        for name in ["Target_Speed", "Class_A_current", "default", "attenuation", "mode", "status", "yaw"] {
            assert!(!tells_truth(name), "{name}");
        }
        let current = Column { numbers: (0..100).map(|i| f64::from(i) * 0.37).collect(), ..Column::default() };
        assert!(!current.is_truth("fault current") && current.is_truth("RUL"));
    }

    #[test]
    fn agreement_counts_periods_and_rows_outside_the_healthy_part() {
        let mut numbers = vec![0.0; 100];
        (50..60).chain(80..90).for_each(|r| numbers[r] = 1.0);
        numbers[5] = -999.0;
        let column = Column { numbers, ..Column::default() };
        let times = Times::default();
        let found = Anomaly { stretch: times.stretch(52, 61), ..Anomaly::default() };
        let got = agreement(("anomaly", &column), (0, 29), (&[found], &times)).unwrap();
        assert_eq!((got.rows, got.periods, got.periods_found, got.found_right), (20, 2, 1, 1));
        assert_eq!((got.precision, got.recall), (Some(0.8), Some(0.4)));
        assert_eq!(got.first_missed.map(|m| m.row), Some(81));
        let same = Column { numbers: vec![0.0; 50], ..Column::default() };
        assert!(agreement(("anomaly", &same), (0, 9), (&[], &times)).is_none());
        let words = Column {
            header: "kind".into(),
            numbers: vec![f64::NAN; 4],
            texts: vec!["Normal".into(), "leak".into()],
            codes: vec![1, 1, 2, 1],
        };
        assert_eq!(words.marked().unwrap(), [false, false, true, false]);
    }
}
