//! Mean and spread of every window of a series, exact however far its values range.

use crate::stats;

/// A spread below this share of the series' largest distance from its mean is none.
const SPREAD_MIN: f64 = 1e-10;

/// Number, mean and sum of squares about the mean of a stretch.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn of(value: f64) -> Self {
        Self { count: 1.0, mean: value, squares: 0.0 }
    }

    /// Both stretches together (Chan, Golub, LeVeque 1979).
    fn and(self, other: Self) -> Self {
        let count = self.count + other.count;
        if count <= 0.0 {
            return self;
        }
        let apart = other.mean - self.mean;
        Self {
            count,
            mean: self.mean + apart * other.count / count,
            squares: self.squares + other.squares + apart * apart * self.count * other.count / count,
        }
    }
}

/// A series about its mean, what is missing replaced by it, and what each of its windows is about.
#[derive(Clone, Debug)]
pub(super) struct Windows {
    /// The values, as many as the series has.
    pub(super) values: Vec<f64>,
    /// The mean of each window.
    pub(super) means: Vec<f64>,
    /// The square root of each window's sum of squares about its mean; 0 where it is constant.
    pub(super) norms: Vec<f64>,
    /// Whether each window has all its values.
    pub(super) whole: Vec<bool>,
}

impl Windows {
    /// All windows of `rows` values, the first one at each place; none when the series is shorter.
    pub(super) fn of(series: &[f64], rows: usize) -> Self {
        let centre = stats::mean(series);
        let values: Vec<f64> = series.iter().map(|v| if v.is_finite() { v - centre } else { 0.0 }).collect();
        let least = SPREAD_MIN * values.iter().fold(0.0_f64, |most, v| most.max(v.abs())) * (rows as f64).sqrt();
        let moments = moments(&values, rows);
        let norm = |m: &Moments| Some(m.squares.sqrt()).filter(|n| *n > least).unwrap_or(0.0);
        Self {
            means: moments.iter().map(|m| m.mean).collect(),
            norms: moments.iter().map(norm).collect(),
            whole: whole(series, rows),
            values,
        }
    }
}

/// Every window joined from the end of one block of `rows` values and the begin of the next: nothing is ever taken
/// away again, so nothing cancels.
fn moments(values: &[f64], rows: usize) -> Vec<Moments> {
    if rows == 0 || values.len() < rows {
        return Vec::new();
    }
    let (mut begins, mut ends) = (Vec::with_capacity(values.len()), Vec::with_capacity(values.len()));
    for block in values.chunks(rows) {
        let grow = |sum: &mut Moments, value: &f64| {
            *sum = sum.and(Moments::of(*value));
            Some(*sum)
        };
        begins.extend(block.iter().scan(Moments::default(), grow));
        let backwards: Vec<Moments> = block.iter().rev().scan(Moments::default(), grow).collect();
        ends.extend(backwards.into_iter().rev());
    }
    let lasts = begins.into_iter().skip(rows - 1);
    let join = |((at, end), begin): ((usize, Moments), Moments)| if at % rows == 0 { begin } else { end.and(begin) };
    ends.into_iter().enumerate().zip(lasts).map(join).collect()
}

fn whole(series: &[f64], rows: usize) -> Vec<bool> {
    let mut run = 0_usize;
    let runs = series.iter().map(|v| {
        run = if v.is_finite() { run + 1 } else { 0 };
        run >= rows
    });
    runs.skip(rows.saturating_sub(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn every_window_is_as_if_computed_alone_even_beside_a_spike() {
        let mut random = Random::new(3);
        let mut series: Vec<f64> = (0..200).map(|_| 5.0 + random.normal()).collect();
        series[90] = 1e9;
        let found = Windows::of(&series, 16);
        assert_eq!((found.norms.len(), found.whole.len()), (185, 185));
        for (at, window) in series.windows(16).enumerate().filter(|(at, _)| !(75..=90).contains(at)) {
            let norm = (stats::variance(window) * 15.0).sqrt();
            assert!((found.norms[at] / norm - 1.0).abs() < 1e-6, "{at}: {} {norm}", found.norms[at]);
        }
        assert!(Windows::of(&series[..5], 16).norms.is_empty());
    }

    #[test]
    fn a_missing_value_spoils_the_windows_that_hold_it_and_no_other() {
        let mut series = vec![1.0; 10];
        series[4] = f64::NAN;
        assert_eq!(Windows::of(&series, 3).whole, [true, true, false, false, false, true, true, true]);
        assert!(Windows::of(&series, 3).norms.iter().all(|n| *n <= 0.0));
    }
}
