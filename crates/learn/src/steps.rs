//! A machine that works in steps and waits between them for as long as it takes, watched in three ways at once: what a
//! window of the last rows is made of in the signals' own units, where the large ones rule; the same with all signals
//! equally large; and what principal components leave over of the rows, which knows which signals go together. Each
//! counts by the logarithm of its ratio to what is typical of healthy windows, so that none needs a scale and none
//! outvotes the others.

use crate::pca::Pca;
use crate::score::{Score, TrailingMean};
use crate::windows::{self, Measure, Scale, Shape, Windows};
use crate::{Error, stats};

/// Share of variance that the principal components keep.
const SHARE: f64 = 0.9;
/// Values of more than this, in standard deviations, count as this much to the components.
const LIMIT: f64 = 12.0;
/// A ratio to what is typical counts as no less than this: windows that were learned from have distance 0.
const RATIO_MIN: f64 = 0.01;

/// How long the windows are, and how many are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuning {
    /// Rows of a window.
    pub rows: usize,
    /// Most prototypes that each of two views keeps.
    pub prototypes: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { rows: 20, prototypes: 500 }
    }
}

/// What was learned while all was well.
#[derive(Clone, Debug)]
pub struct Steps {
    views: Vec<Windows>,
    measures: Vec<Measure>,
    components: Pca,
    /// The median over healthy windows of the root mean square of what the components leave over.
    typical: f64,
    rows: usize,
}

impl Steps {
    /// Learns from healthy rows, given as one column for each signal.
    ///
    /// # Errors
    /// As [`Windows::fit`] and [`Pca::fit`].
    pub fn fit(columns: &[Vec<f64>], tuning: Tuning) -> Result<Self, Error> {
        let Tuning { rows, prototypes } = tuning;
        let units =
            windows::Tuning { rows, prototypes, scale: Scale::Unit, shape: Shape::Together, limit: f64::INFINITY };
        let largest = windows::Tuning { scale: Scale::Largest, limit: 2.0, ..units };
        let views = [units, largest].map(|t| Windows::fit(columns, t)).into_iter().collect::<Result<Vec<_>, _>>()?;
        let measures: Vec<Measure> = columns.iter().map(|c| Measure::fit(c, Scale::Spread)).collect();
        let scaled = |(c, m): (&Vec<f64>, &Measure)| c.iter().map(|v| m.apply(*v, LIMIT)).collect();
        let scaled: Vec<Vec<f64>> = columns.iter().zip(&measures).map(scaled).collect();
        let components = Pca::fit(&scaled, SHARE)?;
        let mut mean = TrailingMean::new(rows);
        let mut errors = Vec::new();
        for at in 0..scaled.iter().map(Vec::len).min().unwrap_or(0) {
            let row: Vec<f64> = scaled.iter().filter_map(|c| c.get(at).copied()).collect();
            errors.push(mean.push(components.score(&row)?.1).max(0.0).sqrt());
        }
        let median = stats::median(&errors);
        Ok(Self { views, measures, components, typical: if median > 0.0 { median } else { 1.0 }, rows })
    }

    /// Begins to follow the machine.
    pub fn follow(&self) -> Follow<'_> {
        let views = self.views.iter().map(Windows::follow).collect();
        Follow { model: self, views, errors: TrailingMean::new(self.rows) }
    }
}

/// Follows a machine row by row.
#[derive(Clone, Debug)]
pub struct Follow<'a> {
    model: &'a Steps,
    views: Vec<windows::Follow<'a>>,
    errors: TrailingMean,
}

impl Follow<'_> {
    /// Scores the window that ends with this row: the mean logarithm of the ratios to what is typical, 0 where healthy.
    /// Each view's contributions sum to 1.
    ///
    /// # Errors
    /// When the row has another width.
    pub fn step(&mut self, row: &[f64]) -> Result<Score, Error> {
        let mut parts = self.views.iter_mut().map(|v| v.step(row)).collect::<Result<Vec<Score>, _>>()?;
        let scaled: Vec<f64> = row.iter().zip(&self.model.measures).map(|(v, m)| m.apply(*v, LIMIT)).collect();
        let error = self.errors.push(self.model.components.score(&scaled)?.1).max(0.0).sqrt();
        let contributions = self.model.components.q_contributions(&scaled);
        parts.push(Score { score: error / self.model.typical, contributions });
        let mut said = Score { score: 0.0, contributions: vec![0.0; row.len()] };
        for part in &parts {
            said.score += part.score.max(RATIO_MIN).ln() / parts.len() as f64;
            let sum = part.contributions.iter().sum::<f64>();
            if sum > 0.0 {
                said.contributions.iter_mut().zip(&part.contributions).for_each(|(s, c)| *s += c / sum);
            }
        }
        Ok(said)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    /// A drive that goes and comes back, a sensor that follows it, a gripper that is shut on the way, waits of any length.
    fn robot(cycles: usize, seed: u64) -> Vec<[f64; 3]> {
        let mut random = Random::new(seed);
        let mut rows = Vec::new();
        for _ in 0..cycles {
            let wait = 10 + (random.bits() % 20) as usize;
            rows.extend((0..wait).map(|_| [0.0, 0.0, 0.0]));
            rows.extend((0..40).map(|i| {
                let drive = 1000.0 * (std::f64::consts::TAU * f64::from(i) / 40.0).sin();
                [drive, 0.01 * drive, f64::from(u8::from((10..30).contains(&i)))]
            }));
        }
        for row in &mut rows {
            row[0] += 5.0 * random.normal();
            row[1] += 0.05 * random.normal();
        }
        rows
    }

    fn scores(model: &Steps, rows: &[[f64; 3]]) -> Vec<Score> {
        let mut follow = model.follow();
        rows.iter().map(|r| follow.step(r).unwrap()).collect()
    }

    #[test]
    fn a_held_drive_and_a_sensor_that_left_it_stand_out() {
        let columns =
            |rows: &[[f64; 3]]| (0..3).map(|c| rows.iter().map(|r| r[c]).collect()).collect::<Vec<Vec<f64>>>();
        let model = Steps::fit(&columns(&robot(60, 1)), Tuning { rows: 12, prototypes: 200 }).unwrap();
        let healthy = robot(20, 2);
        let calm = scores(&model, &healthy)[12..].iter().map(|s| s.score).fold(f64::NEG_INFINITY, f64::max);
        let mut held = healthy.clone();
        held[500..520].iter_mut().for_each(|r| r[0] = 2500.0);
        let peak = scores(&model, &held)[500..530].iter().map(|s| s.score).fold(f64::NEG_INFINITY, f64::max);
        assert!(peak > calm + 0.5, "{peak} after {calm}");
        let mut left = healthy;
        left[500..520].iter_mut().for_each(|r| r[1] += 15.0);
        let said = scores(&model, &left);
        let top = said[500..530].iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap();
        assert!(top.score > calm + 0.2, "{} after {calm}", top.score);
        assert!(model.follow().step(&[1.0]).is_err() && Steps::fit(&[vec![1.0; 5]], Tuning::default()).is_err());
    }
}
