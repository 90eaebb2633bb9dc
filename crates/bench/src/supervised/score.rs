//! Figures of classes and of numbers.

/// The share of rows named rightly, 0–1; NaN of none.
pub(crate) fn accuracy(truth: &[usize], said: &[usize]) -> f64 {
    let right = truth.iter().zip(said).filter(|(t, s)| t == s).count();
    right as f64 / truth.len() as f64
}

/// The mean of the classes' F1 over the classes that occur, 0–1.
pub(crate) fn macro_f1(truth: &[usize], said: &[usize]) -> f64 {
    let classes: std::collections::BTreeSet<usize> = truth.iter().copied().collect();
    let of = |class: usize| {
        let is = |all: &[usize]| all.iter().map(|c| *c == class).collect::<Vec<bool>>();
        f1(&is(truth), &is(said))
    };
    classes.iter().map(|c| of(*c)).sum::<f64>() / classes.len().max(1) as f64
}

/// F1 of alarms, 0–1.
pub(crate) fn f1(truth: &[bool], said: &[bool]) -> f64 {
    let both = truth.iter().zip(said).filter(|(t, s)| **t && **s).count();
    let any = truth.iter().filter(|t| **t).count() + said.iter().filter(|s| **s).count();
    if any > 0 { 2.0 * both as f64 / any as f64 } else { 0.0 }
}

/// How far the probabilities of all classes are from the truth: the mean over rows of the squared error (Brier 1950), 0–2.
pub(crate) fn brier(truth: &[usize], probabilities: &[Vec<f64>]) -> f64 {
    let row = |(class, said): (&usize, &Vec<f64>)| -> f64 {
        said.iter().enumerate().map(|(k, p)| (p - f64::from(u8::from(k == *class))).powi(2)).sum()
    };
    truth.iter().zip(probabilities).map(row).sum::<f64>() / truth.len() as f64
}

/// The score from which on alarms have the best F1; infinite when nothing is true.
pub(crate) fn best_threshold(truth: &[bool], scores: &[f64]) -> f64 {
    let mut order: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
    order.sort_by(|a, b| b.0.total_cmp(&a.0));
    let all = truth.iter().filter(|t| **t).count() as f64;
    let (mut seen, mut hits) = (0.0, 0.0);
    let (mut best, mut threshold) = (0.0, f64::INFINITY);
    for equal in order.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        seen += equal.len() as f64;
        hits += equal.iter().filter(|(_, t)| *t).count() as f64;
        let f1 = 2.0 * hits / (seen + all);
        if let Some((score, _)) = equal.first().filter(|_| f1 > best) {
            (best, threshold) = (f1, *score);
        }
    }
    threshold
}

/// The root of the mean square of what is missed.
pub(crate) fn rmse(truth: &[f64], said: &[f64]) -> f64 {
    (truth.iter().zip(said).map(|(t, s)| (t - s) * (t - s)).sum::<f64>() / truth.len() as f64).sqrt()
}

/// The mean of what is missed, without sign.
pub(crate) fn mae(truth: &[f64], said: &[f64]) -> f64 {
    truth.iter().zip(said).map(|(t, s)| (t - s).abs()).sum::<f64>() / truth.len() as f64
}

/// The share of the variance that is explained; below 0 when the mean is better.
pub(crate) fn r2(truth: &[f64], said: &[f64]) -> f64 {
    let centre = gemba_learn::stats::mean(truth);
    let wrong: f64 = truth.iter().zip(said).map(|(t, s)| (t - s) * (t - s)).sum();
    1.0 - wrong / truth.iter().map(|t| (t - centre) * (t - centre)).sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        let (truth, said) = ([true, true, false, false], [true, false, true, false]);
        assert!((f1(&truth, &said) - 0.5).abs() < 1e-12);
        assert!((best_threshold(&truth, &[0.9, 0.4, 0.5, 0.1]) - 0.4).abs() < 1e-12);
        assert!((accuracy(&[0, 1, 2, 2], &[0, 1, 1, 2]) - 0.75).abs() < 1e-12);
        // F1 of the classes: 1, 2/3, 2/3
        assert!((macro_f1(&[0, 1, 2, 2], &[0, 1, 1, 2]) - 7.0 / 9.0).abs() < 1e-12);
        assert!((brier(&[0, 1], &[vec![0.8, 0.2], vec![0.5, 0.5]]) - f64::midpoint(0.08, 0.5)).abs() < 1e-12);
        let (truth, said) = ([1.0, 2.0, 3.0], [1.0, 2.0, 5.0]);
        assert!((rmse(&truth, &said) - (4.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((mae(&truth, &said) - 2.0 / 3.0).abs() < 1e-12 && (r2(&truth, &said) + 1.0).abs() < 1e-12);
    }
}
