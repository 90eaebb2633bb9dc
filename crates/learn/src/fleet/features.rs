//! From deviations to what a model reads of each cycle: levels and slopes over windows of several lengths, of each
//! signal and of the directions in which signals wear together.

use nalgebra::{DMatrix, SymmetricEigen};
use serde::{Deserialize, Serialize};

use super::{Normal, Record};
use crate::stats;

/// Cycles that a level is the mean of.
const LEVELS: [usize; 4] = [5, 10, 20, 40];
/// Cycles that a slope is fitted over.
const SLOPES: [usize; 3] = [10, 20, 40];
/// Cycles at the start of a record that are its own baseline, at most.
const BASELINE: usize = 20;
/// Cycles over which noise is taken out before directions are sought.
const SMOOTH: usize = 10;
/// Directions, at most.
const DIRECTIONS: usize = 3;
/// A smoothed signal varies this many times more than its noise alone would, or it says nothing.
const TELLING: f64 = 1.5;

/// How records become rows of features.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Features {
    normal: Normal,
    /// Signals that say something.
    signals: Vec<usize>,
    /// For each direction a factor a signal.
    directions: Vec<Direction>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Direction(#[serde(with = "crate::bits")] Vec<f64>);

impl Features {
    /// Finds signals and directions: those that vary more, smoothed, than noise from cycle to cycle explains. No label
    /// is looked at.
    pub fn fit(records: &[Record]) -> Self {
        let normal = Normal::fit(records);
        let all: Vec<Vec<Vec<f64>>> = records.iter().map(|r| normal.deviations(r)).collect();
        let width = records.first().map_or(0, |r| r.signals.len());
        let noise: Vec<f64> = (0..width).map(|s| noise(all.iter().filter_map(|d| d.get(s)))).collect();
        let smooth = |s: usize| -> Vec<f64> {
            let blocks = all.iter().filter_map(|d| d.get(s)).flat_map(|c| c.chunks_exact(SMOOTH));
            blocks.map(stats::mean).collect()
        };
        let smoothed: Vec<Vec<f64>> = (0..width).map(smooth).collect();
        let tells = |s: &usize| {
            let (Some(noise), Some(level)) = (noise.get(*s), smoothed.get(*s)) else { return false };
            *noise > 0.0 && stats::variance(level) * SMOOTH as f64 > TELLING * noise * noise
        };
        let signals: Vec<usize> = (0..width).filter(tells).collect();
        let scales: Vec<f64> = signals.iter().filter_map(|s| noise.get(*s).copied()).collect();
        let levels: Vec<&Vec<f64>> = signals.iter().filter_map(|s| smoothed.get(*s)).collect();
        Self { normal, directions: directions(&levels, &scales), signals }
    }

    /// How many features a row has.
    pub fn width(&self) -> usize {
        (self.signals.len() + self.directions.len()) * (LEVELS.len() + SLOPES.len() + 2) + 1
    }

    /// The signals that say something, and how many regimes there are.
    pub fn found(&self) -> (&[usize], usize) {
        (&self.signals, self.normal.regimes())
    }

    /// The signals that say something in standard deviations from what is usual, then what lies in each direction.
    fn channels(&self, record: &Record) -> Vec<Vec<f64>> {
        let all = self.normal.deviations(record);
        let mut channels: Vec<Vec<f64>> = self.signals.iter().filter_map(|s| all.get(*s).cloned()).collect();
        let along = |direction: &Direction, i: usize| -> f64 {
            direction.0.iter().zip(&channels).map(|(f, c)| f * c.get(i).copied().unwrap_or_default()).sum()
        };
        let directions: Vec<Vec<f64>> =
            self.directions.iter().map(|d| (0..record.cycles()).map(|i| along(d, i)).collect()).collect();
        channels.extend(directions);
        channels
    }

    /// The features after each of the record's cycles, looking back only.
    pub fn rows(&self, record: &Record) -> Vec<Vec<f64>> {
        let sums: Vec<Sums> = self.channels(record).iter().map(|c| Sums::of(c)).collect();
        (1..=record.cycles()).map(|end| self.row(&sums, end)).collect()
    }

    /// The features after the record's last cycle.
    pub fn last(&self, record: &Record) -> Vec<f64> {
        let sums: Vec<Sums> = self.channels(record).iter().map(|c| Sums::of(c)).collect();
        self.row(&sums, record.cycles())
    }

    fn row(&self, sums: &[Sums], end: usize) -> Vec<f64> {
        let mut row = Vec::with_capacity(self.width());
        row.push(end as f64);
        for channel in sums {
            row.extend(LEVELS.map(|w| channel.level(end.saturating_sub(w), end)));
            row.extend(SLOPES.map(|w| channel.slope(end.saturating_sub(w), end)));
            let baseline = channel.level(0, BASELINE.min(end.div_ceil(2)));
            row.push(channel.level(end.saturating_sub(SMOOTH), end) - baseline);
            row.push(channel.level(0, end));
        }
        row
    }
}

/// The standard deviation from cycle to cycle, trends left out.
fn noise<'a>(columns: impl Iterator<Item = &'a Vec<f64>>) -> f64 {
    let steps = |c: &'a Vec<f64>| c.iter().zip(c.iter().skip(1)).map(|(a, b)| b - a);
    stats::variance(&columns.flat_map(steps).collect::<Vec<f64>>()).sqrt() / 2.0_f64.sqrt()
}

/// The principal directions of the levels, in units of their noise: where the signal is largest against it.
fn directions(levels: &[&Vec<f64>], noise: &[f64]) -> Vec<Direction> {
    let (width, n) = (levels.len(), levels.first().map_or(0, |l| l.len()));
    if width == 0 || n < 2 {
        return Vec::new();
    }
    let column = |(level, noise): (&&Vec<f64>, &f64)| -> Vec<f64> {
        let centre = stats::mean(level);
        level.iter().map(|v| (v - centre) / noise).collect()
    };
    let cells: Vec<f64> = levels.iter().zip(noise).flat_map(column).collect();
    let scaled = DMatrix::from_vec(n, width, cells);
    let eigen = SymmetricEigen::new(scaled.tr_mul(&scaled) / n as f64);
    let mut order: Vec<(usize, f64)> = eigen.eigenvalues.iter().copied().enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let direction = |(place, value): &(usize, f64)| {
        let vector = eigen.eigenvectors.column(*place);
        // one sign for all machines of the world: the largest factor is positive
        let sign = vector.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).map_or(1.0, f64::signum);
        Direction(vector.iter().zip(noise).map(|(v, noise)| sign * v / noise / value.sqrt()).collect())
    };
    order.iter().take(DIRECTIONS).filter(|(_, value)| *value > 1e-9).map(direction).collect()
}

/// Running sums of a channel, so that any window's mean and slope are a few subtractions.
struct Sums {
    values: Vec<f64>,
    moments: Vec<f64>,
}

impl Sums {
    fn of(channel: &[f64]) -> Self {
        let running = |terms: &mut dyn Iterator<Item = f64>| {
            let mut sum = 0.0;
            std::iter::once(0.0)
                .chain(terms.map(|v| {
                    sum += v;
                    sum
                }))
                .collect::<Vec<f64>>()
        };
        Self {
            values: running(&mut channel.iter().copied()),
            moments: running(&mut channel.iter().enumerate().map(|(i, v)| i as f64 * v)),
        }
    }

    fn between(sums: &[f64], from: usize, to: usize) -> f64 {
        let at = |i: usize| sums.get(i).copied().unwrap_or_default();
        at(to) - at(from)
    }

    fn level(&self, from: usize, to: usize) -> f64 {
        Self::between(&self.values, from, to) / (to - from).max(1) as f64
    }

    /// Least squares, a cycle; 0 with fewer than 5 cycles.
    fn slope(&self, from: usize, to: usize) -> f64 {
        let n = to.saturating_sub(from) as f64;
        if n < 5.0 {
            return 0.0;
        }
        let middle = from as f64 + (n - 1.0) / 2.0;
        let moment = Self::between(&self.moments, from, to) - middle * Self::between(&self.values, from, to);
        moment / (n * (n * n - 1.0) / 12.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_slopes_of_a_line() {
        let sums = Sums::of(&(0..50).map(|i| 2.0 + 0.5 * f64::from(i)).collect::<Vec<f64>>());
        assert!((sums.slope(10, 30) - 0.5).abs() < 1e-9 && (sums.level(0, 3) - 2.5).abs() < 1e-9);
        assert!(sums.slope(0, 4).abs() < 1e-12 && sums.level(0, 0).abs() < 1e-12);
    }
}
