//! Remaining life by what others of the kind did from the same level on.

use super::monotone::falling;
use crate::stats;

/// Others that went down the same way: one level a step (a cell's capacity by cycle), the older the lower.
#[derive(Clone, Debug, PartialEq)]
pub struct Similar {
    paths: Vec<Vec<f64>>,
}

/// Levels are smoothed over so many steps before they are made to fall.
const SMOOTH: usize = 5;

impl Similar {
    /// From the paths of others. Each is smoothed and made to fall (the nearest falling path in least squares, by
    /// pooling adjacent violators; Robertson, Wright and Dykstra 1988): a level that comes back is a rest, not repair.
    pub fn new<'a>(paths: impl Iterator<Item = &'a [f64]>) -> Self {
        Self { paths: paths.map(|path| falling(&smooth(path))).collect() }
    }

    /// How many steps each of the others that passed both levels took from `level` down to `threshold`.
    pub fn lives(&self, level: f64, threshold: f64) -> Vec<f64> {
        let took = |path: &Vec<f64>| Some(passes(path, threshold)? - passes(path, level)?);
        self.paths.iter().filter_map(took).map(|steps| steps.max(0.0)).collect()
    }
}

fn smooth(path: &[f64]) -> Vec<f64> {
    let half = SMOOTH / 2;
    let near = |i: usize| path.get(i.saturating_sub(half)..(i + half + 1).min(path.len())).unwrap_or_default();
    (0..path.len()).map(|i| stats::median(near(i))).filter(|v| v.is_finite()).collect()
}

/// The step, between two if need be, at which a falling path passes a level; none when it begins below or never does.
fn passes(path: &[f64], level: f64) -> Option<f64> {
    let after = path.iter().position(|v| *v < level).filter(|i| *i > 0)?;
    let (above, below) = (path.get(after - 1)?, path.get(after)?);
    Some(after as f64 - 1.0 + (above - level) / (above - below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_others_tell_how_long_it_takes() {
        let slow: Vec<f64> = (0..100).map(|i| 2.0 - 0.01 * f64::from(i)).collect();
        let fast: Vec<f64> = (0..50).map(|i| 2.0 - 0.02 * f64::from(i)).collect();
        let short = vec![2.0, 1.99, 1.98];
        let others = Similar::new([slow.as_slice(), &fast, &short].into_iter());
        let lives = others.lives(1.7, 1.4);
        assert_eq!(lives.len(), 2);
        assert!((lives[0] - 30.0).abs() < 0.1 && (lives[1] - 15.0).abs() < 0.1, "{lives:?}");
        assert!(others.lives(3.0, 1.4).is_empty(), "nobody began above 3");
    }
}
