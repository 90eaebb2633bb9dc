//! Metrics of anomaly scores against labels of every row. None of them adjusts points: a row counts as found
//! only when its own score says so.

mod period;
mod vus;

pub(crate) use period::period;
pub(crate) use vus::vus_pr;

/// The best F1 (0–1) over all thresholds, row by row.
pub(crate) fn best_f1(truth: &[bool], scores: &[f64]) -> f64 {
    let positives = count(truth);
    let f1 = |(hits, alarms): &(f64, f64)| 2.0 * hits / (alarms + positives).max(1.0);
    curve(truth, scores).iter().map(f1).fold(0.0, f64::max)
}

/// The average precision (0–1): precision at each threshold, weighted with what it adds to the recall; NaN
/// without an anomalous row.
pub(crate) fn average_precision(truth: &[bool], scores: &[f64]) -> f64 {
    let (mut before, mut sum) = (0.0, 0.0);
    for (hits, alarms) in curve(truth, scores) {
        sum += (hits - before) * hits / alarms;
        before = hits;
    }
    sum / count(truth)
}

/// The area under the receiver operating characteristic (0–1); NaN when all rows are of one kind.
pub(crate) fn auroc(truth: &[bool], scores: &[f64]) -> f64 {
    let positives = count(truth);
    let negatives = truth.len() as f64 - positives;
    let (mut before, mut sum) = ((0.0, 0.0), 0.0);
    for (hits, alarms) in curve(truth, scores) {
        let false_alarms = alarms - hits;
        sum += (false_alarms - before.1) * (hits + before.0) / 2.0;
        before = (hits, false_alarms);
    }
    sum / (positives * negatives)
}

/// Hits and alarms at each threshold that tells rows apart, from the highest score down; a score that is no
/// number counts as the lowest.
fn curve(truth: &[bool], scores: &[f64]) -> Vec<(f64, f64)> {
    let number = |s: &f64| if s.is_nan() { f64::NEG_INFINITY } else { *s };
    let mut rows: Vec<(f64, bool)> = scores.iter().map(number).zip(truth.iter().copied()).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut hits, mut alarms, mut points) = (0.0, 0.0, Vec::new());
    for ties in rows.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        hits += ties.iter().filter(|(_, anomalous)| *anomalous).count() as f64;
        alarms += ties.len() as f64;
        points.push((hits, alarms));
    }
    points
}

fn count(truth: &[bool]) -> f64 {
    truth.iter().filter(|t| **t).count() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_case_by_hand() {
        // ranked: hit, miss, hit+miss tied, miss
        let truth = [true, false, true, false, false];
        let scores = [0.9, 0.7, 0.5, 0.5, 0.1];
        // F1 of the thresholds: 2/3, 2/4, 4/6, 4/7
        assert!((best_f1(&truth, &scores) - 2.0 / 3.0).abs() < 1e-12);
        assert!((average_precision(&truth, &scores) - (0.5 + 0.5 * 2.0 / 4.0)).abs() < 1e-12);
        // six pairs: 3 won by the first; of the second 1 lost, 1 tied, 1 won
        assert!((auroc(&truth, &scores) - 4.5 / 6.0).abs() < 1e-12);
    }

    #[test]
    fn one_score_for_all_rows_is_worth_the_base_rate() {
        let truth: Vec<bool> = (0..10).map(|i| i < 3).collect();
        let scores = [f64::NAN; 10];
        assert!((average_precision(&truth, &scores) - 0.3).abs() < 1e-12);
        assert!((auroc(&truth, &scores) - 0.5).abs() < 1e-12);
        assert!((best_f1(&truth, &scores) - 6.0 / 13.0).abs() < 1e-12);
        assert!(auroc(&[false; 3], &[0.0; 3]).is_nan());
    }
}
