//! False alarms, at a threshold that comes from the rows to learn from alone: a second model learns two thirds of them, and
//! one in a hundred of the others may lie above.

use gemba_learn::conformal::Calibration;
use gemba_learn::stats;

use super::{Case, Method, Scored, run};

/// The share of rows that may be false alarms.
const BUDGET: f64 = 0.01;
/// Of the rows to learn from, thirds that the second model learns; the last one sets the threshold.
const LEARNED: usize = 2;
const THIRDS: usize = 3;
/// Seconds of a day.
const DAY_S: f64 = 86_400.0;

/// `far`: the share of healthy rows that are alarms, %; `found`: that of anomalies with an alarm in them, 0–1; where the
/// time from row to row is known `false_alarms_per_day`, alarms without a break counting once, and `delay_s`, the median
/// time from the begin of an anomaly that is found to its first alarm, as it is told. Nothing where there are too few rows.
pub(super) fn figures(method: Method, case: &Case, said: &Scored) -> Vec<(String, f64)> {
    let Some(alarms) = alarms(method, case, said) else { return Vec::new() };
    let row = |i: usize| (case.truth.get(i).copied().unwrap_or(false), alarms.get(i).copied().unwrap_or(false));
    let count = |wanted: (bool, bool)| (0..case.rows()).filter(|i| row(*i) == wanted).count() as f64;
    let (false_rows, healthy) = (count((false, true)), count((false, true)) + count((false, false)));
    let begins = |i: &usize, wanted: (bool, bool)| row(*i) == wanted && (*i == 0 || row(*i - 1) != wanted);
    let delays: Vec<Option<usize>> = anomalies(&case.truth)
        .into_iter()
        .map(|(from, to)| alarms.get(from..to).and_then(|a| a.iter().position(|a| *a)))
        .collect();
    let found: Vec<f64> = delays.iter().flatten().map(|d| (d + said.lag) as f64).collect();
    let mut all = vec![
        ("far".to_owned(), 100.0 * false_rows / healthy.max(1.0)),
        ("found".to_owned(), found.len() as f64 / delays.len().max(1) as f64),
    ];
    if let Some(step_s) = case.step_s {
        let false_alarms = (0..case.rows()).filter(|i| begins(i, (false, true))).count() as f64;
        all.push(("false_alarms_per_day".to_owned(), false_alarms * DAY_S / (healthy.max(1.0) * step_s)));
        all.push(("delay_s".to_owned(), stats::median(&found) * step_s));
    }
    all
}

/// Whether each row is an alarm.
fn alarms(method: Method, case: &Case, said: &Scored) -> Option<Vec<bool>> {
    if let Some(alarm) = said.constant {
        return Some(vec![alarm; case.rows()]);
    }
    if said.alarms.is_some() {
        return said.alarms.clone();
    }
    let held = run(method, &held_back(case)).ok()?;
    let limit = Calibration::new(&held.scores).ok()?.limit(BUDGET)?;
    Some(said.scores.iter().map(|s| *s > limit).collect())
}

/// The rows to learn from alone: the last third is scored by what the others taught.
fn held_back(case: &Case) -> Case {
    let cut = |c: &Vec<f64>| c.len() * LEARNED / THIRDS;
    let head = |c: &Vec<f64>| c.iter().copied().take(cut(c)).collect::<Vec<f64>>();
    let tail = |c: &Vec<f64>| c.iter().copied().skip(cut(c)).collect::<Vec<f64>>();
    let test: Vec<Vec<f64>> = case.train.iter().map(tail).collect();
    Case {
        name: case.name.clone(),
        train: case.train.iter().map(head).collect(),
        train_times: head(&case.train_times),
        test_times: tail(&case.train_times),
        truth: vec![false; test.first().map_or(0, Vec::len)],
        test,
        ..Case::default()
    }
}

/// The first row of each anomaly and the one after its last.
fn anomalies(truth: &[bool]) -> Vec<(usize, usize)> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    for at in (0..truth.len()).filter(|i| truth.get(*i) == Some(&true)) {
        match found.last_mut().filter(|(_, to)| *to == at) {
            Some((_, to)) => *to = at + 1,
            None => found.push((at, at + 1)),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_is_of_rows_to_learn_from_and_alarms_without_a_break_are_one() {
        let scores = |case: &Case| Ok(Scored { scores: case.test[0].clone(), lag: 1, ..Scored::default() });
        let mut test = vec![0.5; 100];
        for i in [10, 11, 30, 52, 53] {
            test[i] = 2.0;
        }
        let case = Case {
            // scores of the last third go up to 1
            train: vec![(0..600).map(|i| if i < 400 { 9.0 } else { f64::from(i - 400) / 199.0 }).collect()],
            test: vec![test],
            truth: (0..100).map(|i| (50..60).contains(&i) || i >= 95).collect(),
            step_s: Some(60.0),
            ..Case::default()
        };
        let said = scores(&case).unwrap();
        let all = figures(scores, &case, &said);
        let value = |name: &str| all.iter().find(|(n, _)| n == name).unwrap().1;
        assert!((value("far") - 300.0 / 85.0).abs() < 1e-9 && (value("found") - 0.5).abs() < 1e-9);
        assert!((value("false_alarms_per_day") - 2.0 * 1440.0 / 85.0).abs() < 1e-9, "{all:?}");
        assert!((value("delay_s") - 180.0).abs() < 1e-9, "two rows after its begin, told a row later");
        let always = Scored { constant: Some(true), ..said };
        assert!((figures(scores, &case, &always)[0].1 - 100.0).abs() < 1e-9);
        assert!(figures(scores, &Case { train: vec![vec![1.0; 30]], ..case }, &Scored::default()).is_empty());
    }
}
