//! VUS-PR: the volume under the surface of range-based precision-recall curves (Paparrizos et al., "Volume Under
//! the Surface", PVLDB 15, 2022), in the form that TSB-AD publishes (Liu and Paparrizos, NeurIPS 2024).
//!
//! For each buffer length w of 0 … L rows, labels get slopes of w/2 rows on both sides, √(1 − d/w) at distance d.
//! At 250 thresholds, spread evenly over the ranks of the scores, a row of a slope counts only where it is
//! alarmed: with B the sum of alarmed slopes, TP = hits + B, recall = TP / (P + B/2), times the share of the
//! widened anomalies that are touched at all (existence); precision = TP / alarms. The area is the sum of
//! precision over steps of recall; VUS-PR is its mean over w.

/// Thresholds on the curve, as published.
const THRESHOLDS: usize = 250;

/// VUS-PR (0–1) with buffers of 0 … `buffer` rows; NaN without an anomalous row.
pub(crate) fn vus_pr(truth: &[bool], scores: &[f64], buffer: usize) -> f64 {
    let segments = segments(truth);
    if segments.is_empty() {
        return f64::NAN;
    }
    let ranks = ranks(scores);
    let alarms = cumulated(ranks.iter().map(|r| (*r, 1.0)));
    let hits = cumulated(ranks.iter().zip(truth).filter(|(_, t)| **t).map(|(r, _)| (*r, 1.0)));
    let positives = truth.iter().filter(|t| **t).count() as f64;
    let slopes = slope_rows(&segments, truth.len(), buffer / 2);
    let area = |width: usize| {
        let labels = slopes.iter().map(|s| (ranks.get(s.row).copied().unwrap_or(THRESHOLDS), s.label(width)));
        let (extra, existence) = (cumulated(labels), existence(&segments, &ranks, width / 2));
        let (mut before, mut area) = (0.0, 0.0);
        for ((hits, alarms), (extra, existence)) in hits.iter().zip(&alarms).zip(extra.iter().zip(&existence)) {
            let found = hits + extra;
            let recall = (found / (positives + extra / 2.0)).min(1.0) * existence;
            area += (recall - before) * found / alarms.max(1.0);
            before = recall;
        }
        area
    };
    (0..=buffer).map(area).sum::<f64>() / (buffer as f64 + 1.0)
}

/// First and last row of each anomaly.
fn segments(truth: &[bool]) -> Vec<(usize, usize)> {
    let mut at = 0;
    let mut found = Vec::new();
    for run in truth.chunk_by(|a, b| a == b) {
        if run.first() == Some(&true) {
            found.push((at, at + run.len() - 1));
        }
        at += run.len();
    }
    found
}

/// For each row the first of the descending thresholds that alarms it.
fn ranks(scores: &[f64]) -> Vec<usize> {
    let scores: Vec<f64> = scores.iter().map(|s| if s.is_nan() { f64::NEG_INFINITY } else { *s }).collect();
    let mut sorted = scores.clone();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let last = sorted.len().saturating_sub(1);
    let place = |j: usize| j * last / (THRESHOLDS - 1);
    let thresholds: Vec<f64> = (0..THRESHOLDS).filter_map(|j| sorted.get(place(j)).copied()).collect();
    scores.iter().map(|s| thresholds.partition_point(|t| t > s)).collect()
}

/// The sum of all weights with a rank up to each threshold.
fn cumulated(weights: impl Iterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut sums = vec![0.0; THRESHOLDS];
    for (rank, weight) in weights {
        if let Some(sum) = sums.get_mut(rank) {
            *sum += weight;
        }
    }
    let mut total = 0.0;
    for sum in &mut sums {
        total += *sum;
        *sum = total;
    }
    sums
}

/// A row near an anomaly, and how far it is from the ones before and after it.
#[derive(Clone, Copy, Debug)]
struct SlopeRow {
    row: usize,
    after: usize,
    before: usize,
}

impl SlopeRow {
    fn label(&self, width: usize) -> f64 {
        let side = |d: usize| if d <= width / 2 { (1.0 - d as f64 / width as f64).sqrt() } else { 0.0 };
        (side(self.after) + side(self.before)).min(1.0)
    }
}

/// The rows outside anomalies that lie at most `reach` from one.
fn slope_rows(segments: &[(usize, usize)], rows: usize, reach: usize) -> Vec<SlopeRow> {
    const FAR: usize = usize::MAX;
    let ends = std::iter::once(None).chain(segments.iter().map(|s| Some(s.1)));
    let starts = segments.iter().map(|s| Some(s.0)).chain(std::iter::once(None));
    let mut found = Vec::new();
    for (end, start) in ends.zip(starts) {
        let gap = end.map_or(0, |e| e + 1)..start.unwrap_or(rows);
        let near_end = gap.start..gap.end.min(gap.start.saturating_add(if end.is_some() { reach } else { 0 }));
        let near_start = gap.end.saturating_sub(if start.is_some() { reach } else { 0 }).max(near_end.end)..gap.end;
        found.extend(near_end.chain(near_start).map(|row| SlopeRow {
            row,
            after: end.map_or(FAR, |e| row - e),
            before: start.map_or(FAR, |s| s - row),
        }));
    }
    found
}

/// The share of anomalies, widened by `reach` and joined where they then touch, that each threshold alarms.
fn existence(segments: &[(usize, usize)], ranks: &[usize], reach: usize) -> Vec<f64> {
    let mut joined: Vec<(usize, usize)> = Vec::with_capacity(segments.len());
    for (start, end) in segments {
        let (start, end) = (start.saturating_sub(reach), (end + reach).min(ranks.len().saturating_sub(1)));
        match joined.last_mut() {
            Some(last) if last.1 >= start => last.1 = end,
            _ => joined.push((start, end)),
        }
    }
    let share = 1.0 / joined.len() as f64;
    let first = |(start, end): &(usize, usize)| ranks.get(*start..=*end).and_then(|r| r.iter().min().copied());
    cumulated(joined.iter().filter_map(first).map(|rank| (rank, share)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Labels and scores whose VUS-PR by the published program is quoted in a public test.
    #[test]
    fn the_published_program_agrees() {
        let truth: Vec<bool> = (0..64).map(|i| (10..15).contains(&i) || (38..44).contains(&i)).collect();
        let mut scores: Vec<f64> = (0..64).map(|i| 0.02 + 0.16 * f64::from(i) / 63.0).collect();
        scores[9..16].copy_from_slice(&[0.25, 0.55, 0.72, 0.91, 0.84, 0.63, 0.31]);
        scores[37..45].copy_from_slice(&[0.22, 0.48, 0.68, 0.93, 0.87, 0.79, 0.56, 0.29]);
        scores[53] = 0.62;
        assert!((vus_pr(&truth, &scores, 11) - 0.975_068_870_523_415_8).abs() < 1e-12);
    }

    #[test]
    fn without_buffer_a_perfect_score_is_one_and_a_constant_one_the_base_rate() {
        let truth: Vec<bool> = (0..1000).map(|i| (100..150).contains(&i)).collect();
        let perfect: Vec<f64> = truth.iter().map(|t| f64::from(u8::from(*t))).collect();
        assert!((vus_pr(&truth, &perfect, 0) - 1.0).abs() < 1e-12);
        assert!((vus_pr(&truth, &[0.5; 1000], 0) - 0.05).abs() < 1e-12);
        assert!(vus_pr(&[false; 10], &[0.0; 10], 3).is_nan());
    }

    #[test]
    fn neighbouring_anomalies_share_their_slopes() {
        // at width 4 both slopes reach row 2, two rows from the first and one from the second anomaly
        let rows = slope_rows(&[(0, 0), (3, 4)], 6, 2);
        let labels: Vec<(usize, f64)> = rows.iter().map(|r| (r.row, r.label(4))).collect();
        let near = 0.75_f64.sqrt();
        assert_eq!(labels, [(1, 1.0), (2, 1.0), (5, near)]);
        assert!(rows[2].label(1) < 1e-12);
        assert_eq!(existence(&[(0, 0), (3, 4)], &[0, 9, 9, 3, 3, 9], 2)[..1].to_vec(), [1.0]);
        assert_eq!(existence(&[(0, 0), (3, 4)], &[0, 9, 9, 3, 3, 9], 1)[2..4].to_vec(), [0.5, 1.0]);
    }
}
