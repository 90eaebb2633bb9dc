//! How long a buffer VUS is averaged over: the period of the first signal, as TSB-AD takes it.

/// Rows that are looked at.
const ROWS_MAX: usize = 20_000;
/// The longest lag that is looked at.
const LAG_MAX: usize = 400;
/// Shorter lags are no period.
const LAG_MIN: usize = 3;
/// A period beyond this many rows above [`LAG_MIN`], or below 3 above it, is not believed …
const BEYOND_MIN: (usize, usize) = (3, 300);
/// … and stands for this one.
const FALLBACK: usize = 125;

/// The lag of the highest local maximum of the autocorrelation, rows; 125 when there is none to be believed.
pub(crate) fn period(values: &[f64]) -> usize {
    let values: Vec<f64> = values.iter().take(ROWS_MAX).map(|v| if v.is_finite() { *v } else { 0.0 }).collect();
    let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
    let centred: Vec<f64> = values.iter().map(|v| v - mean).collect();
    let at = |lag: usize| centred.iter().zip(centred.iter().skip(lag)).map(|(a, b)| a * b).sum::<f64>();
    let lags: Vec<f64> = (LAG_MIN..=LAG_MAX.min(centred.len().saturating_sub(1))).map(at).collect();
    let mut best: Option<(usize, f64)> = None;
    for (i, around) in lags.windows(3).enumerate() {
        if let [before, here, after] = around
            && before < here
            && here > after
            && best.is_none_or(|(_, highest)| *here > highest)
        {
            best = Some((i + 1, *here));
        }
    }
    let believed = |(i, _): &(usize, f64)| (BEYOND_MIN.0..=BEYOND_MIN.1).contains(i);
    best.filter(believed).map_or(FALLBACK, |(i, _)| i + LAG_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wave_has_its_period_and_a_constant_the_fallback() {
        let wave: Vec<f64> = (0..3000).map(|i| (f64::from(i) * std::f64::consts::TAU / 50.0).sin()).collect();
        assert_eq!(period(&wave), 50);
        assert_eq!(period(&[3.0; 500]), FALLBACK);
        assert_eq!(period(&[]), FALLBACK);
    }
}
