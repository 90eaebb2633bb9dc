use serde::{Deserialize, Serialize};

use super::judged::Judged;
use crate::cva::{Cva, Window};
use crate::level::{self, slow_share};

/// Rows that are stacked.
const PAST: usize = 3;
/// Stretches of the head that are left out in turn.
const FOLDS: usize = 5;
/// The share of rows in which a signal must have a value to take part.
const PRESENT_MIN: f64 = 0.9;
/// Rows times squared stacked values that are scored while learning: seconds on one core.
const WORK_MAX: usize = 2_000_000_000;
/// The smallest T² for each variate that is told apart.
const T2_MIN: f64 = 1e-9;

/// What always held between the signals, and how steadily: the logarithm of the mean square of the residual
/// variates of a [`Cva`]. States wander and are not judged, so that signals may wander together as far as they like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Relation {
    /// The columns that take part.
    pub(super) columns: Vec<usize>,
    model: Cva,
    /// One for each window length for which the head was long enough, with its limit.
    pub(super) levels: Vec<Judged>,
}

impl Relation {
    /// None where fewer than two signals move, or nothing steady holds between them.
    pub(super) fn fit(clean: &[Vec<f64>], windows: [usize; 2]) -> Option<Self> {
        let columns: Vec<usize> = (0..clean.len()).filter(|i| clean.get(*i).is_some_and(|c| takes_part(c))).collect();
        let table: Vec<Vec<f64>> = columns.iter().filter_map(|i| clean.get(*i).cloned()).collect();
        if columns.len() < 2 {
            return None;
        }
        let model = Cva::fit(&table, PAST).ok()?;
        let unseen = unseen(&table, &model)?;
        let slow = slow_share(&unseen, windows[0]);
        let levels: Vec<Judged> = windows.iter().filter_map(|n| Judged::fit(&unseen, *n, slow).ok()).collect();
        (model.states() < model.variates() && !levels.is_empty()).then_some(Self { columns, model, levels })
    }

    pub(super) fn window(&self) -> Window {
        Window::new(&self.model)
    }

    /// The value for the next row of all signals; NaN where one that takes part is missing.
    pub(super) fn value(&self, window: &mut Window, row: &[f64]) -> f64 {
        window.push(&self.model, self.columns.iter().map(|i| row.get(*i).copied().unwrap_or(f64::NAN)));
        value(&self.model, self.model.score(window.values()).residual)
    }

    /// How far each signal is off what the others make of it, and the standard deviation of that.
    pub(super) fn offsets(&self, window: &Window) -> impl Iterator<Item = (usize, f64, f64)> {
        self.columns.iter().zip(self.model.offsets(window.values(), true)).map(|(c, (off, sd))| (*c, off, sd))
    }
}

fn takes_part(column: &[f64]) -> bool {
    let present = column.iter().filter(|v| v.is_finite()).count() as f64;
    present >= PRESENT_MIN * column.len() as f64 && level::moves(column)
}

fn value(model: &Cva, residual: f64) -> f64 {
    let variates = model.variates().saturating_sub(model.states()).max(1) as f64;
    if residual.is_finite() { (residual / variates).max(T2_MIN).ln() } else { f64::NAN }
}

/// The values of rows that the scoring model had not seen: each fifth of the head by a model of the other four.
fn unseen(table: &[Vec<f64>], model: &Cva) -> Option<Vec<f64>> {
    let rows = table.iter().map(Vec::len).min().unwrap_or(0);
    let most = (WORK_MAX / model.variates().pow(2).max(1)).min(rows);
    let mut unseen = Vec::with_capacity(most);
    for fold in 0..FOLDS {
        let (from, to) = (rows * fold / FOLDS, rows * (fold + 1) / FOLDS);
        let other = model.without(table, &(from..to)).ok()?;
        let scored = from..to.min(from + most / FOLDS);
        let part: Vec<Vec<f64>> = table.iter().filter_map(|c| c.get(scored.clone()).map(<[f64]>::to_vec)).collect();
        unseen.extend(other.scores(&part).iter().map(|t| value(&other, t.residual)));
    }
    Some(unseen)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    #[test]
    fn a_sensor_that_rests_upon_a_step_has_nothing_to_do_with_others() {
        let mut random = Random::new(2);
        let fine: Vec<f64> = (0..3600).map(|_| (100.0 * (1.1 + 0.02 * random.normal())).round() / 100.0).collect();
        let coarse: Vec<f64> = (0..3600).map(|i| if i % 720 == 0 { 1.2 } else { 1.1 }).collect();
        let switched: Vec<f64> = (0..3600).map(|i| f64::from(u8::from(i / 300 % 2 == 0))).collect();
        assert!(takes_part(&fine) && takes_part(&switched) && !takes_part(&coarse) && !takes_part(&vec![1.1; 3600]));
    }
}
