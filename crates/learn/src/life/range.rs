use serde::{Deserialize, Serialize};

/// How long it lasts: with probability `level` between `lo` and `hi`. The unit is that of the times given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Range {
    /// The low end.
    pub lo: f64,
    /// As often less as more.
    pub median: f64,
    /// The high end; infinite when it cannot be told.
    pub hi: f64,
    /// How often the truth lies between the ends, 0–1.
    pub level: f64,
}

impl Range {
    /// The central range of equally likely lives, of which some may be infinite. NaN throughout when there is none.
    pub fn of(lives: &[f64], level: f64) -> Self {
        let mut sorted: Vec<f64> = lives.iter().copied().filter(|life| !life.is_nan()).collect();
        sorted.sort_by(f64::total_cmp);
        let outside = (1.0 - level) / 2.0;
        let at = |q| quantile(&sorted, q);
        Self { lo: at(outside), median: at(0.5), hi: at(1.0 - outside), level }
    }

    /// Whether the truth lies inside.
    pub fn covers(&self, life: f64) -> bool {
        self.lo <= life && life <= self.hi
    }

    /// The same range with both ends moved away from the median, as ratios, by the factor `by`: 1 leaves it, 2 turns
    /// "half to double" into "a quarter to four times". A low end of zero stays.
    #[must_use]
    pub fn widened(&self, by: f64) -> Self {
        let stretch = |end: f64| self.median * (end / self.median).powf(by);
        let end = |end: f64| if end > 0.0 && end.is_finite() && self.median > 0.0 { stretch(end) } else { end };
        Self { lo: end(self.lo), hi: end(self.hi), ..*self }
    }
}

/// As `stats::quantile_sorted`, but infinity is a value: it is never averaged with its neighbour.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a position inside a slice, not negative")]
fn quantile(sorted: &[f64], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let position = q.clamp(0.0, 1.0) * last as f64;
    let (low, high) = (position.floor() as usize, position.ceil() as usize);
    match (sorted.get(low), sorted.get(high)) {
        (Some(a), Some(b)) if a.is_finite() && b.is_finite() => a + (b - a) * (position - low as f64),
        (Some(a), Some(b)) => {
            if position.fract() < 0.5 {
                *a
            } else {
                *b
            }
        }
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_lives_may_have_no_end() {
        let range = Range::of(&[3.0, 1.0, 2.0, f64::INFINITY, 4.0], 0.9);
        assert!((range.median - 3.0).abs() < 1e-12 && range.hi.is_infinite() && range.lo < 1.5);
        assert!(range.covers(1e9) && !range.covers(0.5));
        assert!(Range::of(&[], 0.9).median.is_nan());
    }

    #[test]
    fn it_widens_as_a_ratio() {
        let wide = Range { lo: 5.0, median: 10.0, hi: 40.0, level: 0.9 }.widened(2.0);
        assert!((wide.lo - 2.5).abs() < 1e-12 && (wide.hi - 160.0).abs() < 1e-9);
    }
}
