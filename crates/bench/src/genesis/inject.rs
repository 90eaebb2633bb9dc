//! Faults of a machine that works in steps, put into a recording of a healthy one.

use gemba_learn::random::Random;

use crate::scored::{Case, head};

/// The seed of where the faults are.
const SEED: u64 = 18;
/// Rows of a fault.
const ROWS: usize = 17;
/// Faults of each kind in a recording.
const EACH: usize = 1;
/// The share at the beginning of a recording that stays healthy.
const HEALTHY: f64 = 0.3;
/// How often a place is sought that is far enough from the other faults and where something moves.
const TRIES: usize = 1000;

/// Changes the rows from one on; false where the fault would change nothing.
type Fault = fn(&mut [Vec<f64>], usize) -> bool;

const FAULTS: [Fault; 4] = [stretched, missing, swapped, frozen];

/// The recording with one fault of each kind in it.
pub(super) fn faults(mut case: Case) -> Case {
    let mut random = Random::new(SEED);
    let rows = case.test.first().map_or(0, Vec::len);
    case.truth = vec![false; rows];
    let spread = rows as f64 * (1.0 - HEALTHY) - 4.0 * ROWS as f64;
    for fault in FAULTS.iter().cycle().take(FAULTS.len() * EACH) {
        for _ in 0..TRIES {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the rows")]
            let at = (rows as f64 * HEALTHY + random.unit() * spread.max(0.0)) as usize;
            let clear = case.truth.iter().skip(at.saturating_sub(10 * ROWS)).take(20 * ROWS).all(|t| !*t);
            if clear && fault(&mut case.test, at) {
                case.truth.iter_mut().skip(at).take(ROWS).for_each(|t| *t = true);
                break;
            }
        }
    }
    head(&case)
}

fn two_values(column: &[f64]) -> bool {
    let first = column.first().copied().unwrap_or(f64::NAN);
    let other = column.iter().copied().find(|v| (v - first).abs() > 0.0);
    other.is_some_and(|other| column.iter().all(|v| (v - first).abs() <= 0.0 || (v - other).abs() <= 0.0))
}

/// How many signals move from row to row there, most of the time.
fn moving(columns: &[Vec<f64>], at: usize) -> bool {
    let moves = |c: &&Vec<f64>| {
        let part = c.get(at..at + ROWS).unwrap_or_default();
        part.windows(2).filter(|w| w.first() != w.last()).count() > ROWS / 2
    };
    columns.iter().filter(moves).count() * 4 > columns.len()
}

/// The first half of the rows at half the speed; the rows after it are lost.
fn stretched(columns: &mut [Vec<f64>], at: usize) -> bool {
    let found = moving(columns, at);
    for column in columns.iter_mut().filter(|_| found) {
        let part: Vec<f64> = column.iter().skip(at).take(ROWS).copied().collect();
        let slow = part.iter().flat_map(|v| [*v, *v]);
        column.iter_mut().skip(at).take(ROWS).zip(slow).for_each(|(v, s)| *v = s);
    }
    found
}

/// A signal of two values does not tell what it should.
fn missing(columns: &mut [Vec<f64>], at: usize) -> bool {
    let steady = |c: &&mut Vec<f64>| {
        let part = c.get(at..at + ROWS).unwrap_or_default();
        two_values(c) && part.len() == ROWS && part.iter().all(|v| *v > 0.5)
    };
    let Some(column) = columns.iter_mut().find(|c| steady(c)) else { return false };
    column.iter_mut().skip(at).take(ROWS).for_each(|v| *v = 0.0);
    true
}

/// What comes next comes first.
fn swapped(columns: &mut [Vec<f64>], at: usize) -> bool {
    let found = moving(columns, at);
    for column in columns.iter_mut().filter(|_| found) {
        if let Some(part) = column.get_mut(at..at + ROWS) {
            part.rotate_left(ROWS / 2);
        }
    }
    found
}

/// All signals that are not of two values stay as they are.
fn frozen(columns: &mut [Vec<f64>], at: usize) -> bool {
    let found = moving(columns, at);
    for column in columns.iter_mut().filter(|c| found && !two_values(c)) {
        let value = column.get(at).copied().unwrap_or_default();
        column.iter_mut().skip(at).take(ROWS).for_each(|v| *v = value);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_changes_what_is_labelled_and_nothing_else() {
        let wave = |i: usize| if (i / 17).is_multiple_of(2) { (i % 17) as f64 } else { 3.0 };
        let columns = vec![
            (0..3000).map(wave).collect(),
            (0..3000_usize).map(|i| f64::from(u8::from((i / 40).is_multiple_of(2)))).collect(),
        ];
        let healthy = Case { test: columns, ..Case::default() };
        let case = faults(healthy.clone());
        let changed = |i: usize| (0..2).any(|c| (case.test[c][i] - healthy.test[c][i]).abs() > 0.0);
        assert!(case.truth.iter().filter(|t| **t).count() >= 2 * ROWS);
        assert!((0..3000).filter(|i| changed(*i)).all(|i| case.truth[i]));
        assert!(case.truth[..900].iter().all(|t| !t));
        assert_eq!(case.train[0].len(), 750);
    }
}
