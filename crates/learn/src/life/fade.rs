//! How long a level that fades lasts yet: by what others did from the same level on, and by its own trend.

use super::{Cover, Range, Similar};
use crate::stats;

/// A level that fades, one value a step (a cell's capacity by cycle, a state of health by day); NaN where there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FadePath {
    /// Paths of one group were treated alike; only those tell of each other.
    pub group: usize,
    /// The levels, oldest first.
    pub levels: Vec<f64>,
}

/// A step that gave less than this share of its neighbours was broken off.
const BROKEN_OFF: f64 = 0.9;
/// Neighbours on either side.
const NEAR: usize = 3;

impl FadePath {
    /// What was known after so many steps, without those that were broken off.
    #[must_use]
    pub fn until(&self, steps: usize) -> Self {
        let head = self.levels.get(..steps.min(self.levels.len())).unwrap_or_default();
        let near = |i: usize| head.get(i.saturating_sub(NEAR)..(i + NEAR + 1).min(head.len())).unwrap_or_default();
        let kept = |(i, c): (usize, &f64)| if *c >= BROKEN_OFF * stats::median(near(i)) { *c } else { f64::NAN };
        Self { group: self.group, levels: head.iter().enumerate().map(kept).collect() }
    }

    /// The first step, from 1, below a level whose neighbours are too.
    pub fn end(&self, level: f64) -> Option<usize> {
        let clean = self.until(usize::MAX).levels;
        let near = |i: usize| clean.get(i.saturating_sub(1)..(i + 2).min(clean.len())).unwrap_or_default();
        let below = |(i, c): (usize, &f64)| *c < level && stats::median(near(i)) < level;
        clean.iter().enumerate().find(|pair| below(*pair)).map(|(i, _)| i + 1)
    }

    /// The level now: the median of the last steps.
    pub fn now(&self) -> f64 {
        stats::median(self.last(NOW))
    }

    fn last(&self, steps: usize) -> &[f64] {
        self.levels.get(self.levels.len().saturating_sub(steps)..).unwrap_or_default()
    }
}

/// Levels now are the median of so many steps; trends are read from so many.
const NOW: usize = 5;
const RECENT: usize = 30;

/// Steps from the last one to `end` by the median slope (Theil 1950, Sen 1968) from the median, straight on; none when it does
/// not fall.
pub fn straight_on(levels: &[f64], end: f64) -> Option<f64> {
    let points: Vec<(f64, f64)> =
        levels.iter().enumerate().filter(|(_, c)| c.is_finite()).map(|(i, c)| (i as f64, *c)).collect();
    let later = |i: usize| points.get(i + 1..).unwrap_or_default();
    let pairs = points.iter().enumerate().flat_map(|(i, a)| later(i).iter().map(move |b| (b.1 - a.1) / (b.0 - a.0)));
    let slope = stats::median(&pairs.collect::<Vec<f64>>());
    let offset = stats::median(&points.iter().map(|(i, c)| c - slope * i).collect::<Vec<f64>>());
    (slope < 0.0).then(|| ((end - offset) / slope - (levels.len() as f64 - 1.0)).max(0.0))
}

/// What two ways to predict were worth on other paths: what others took from the same level on, and the own trend straight
/// on. Each other path is asked at many of its steps when it would come to a level that it did come to later; that gives
/// each way a bias and a variance, as logarithms, and the range (conformal).
#[derive(Clone, Debug, Default)]
pub struct Fade {
    others: Vec<FadePath>,
    ways: [Worth; 2],
    cover: Cover,
    level: f64,
}

/// How far a way was off: mean and variance of the logarithm of predicted over true. Before anything was tried, by a
/// factor e^±0.7 either way, which counts like three tries.
#[derive(Clone, Copy, Debug)]
struct Worth {
    bias: f64,
    variance: f64,
}

const BEFORE: f64 = 0.5;
const BEFORE_COUNTS: f64 = 3.0;

impl Default for Worth {
    fn default() -> Self {
        Self { bias: 0.0, variance: BEFORE }
    }
}

impl Worth {
    fn of(errors: &[f64]) -> Self {
        let n = errors.len() as f64;
        let bias = errors.iter().sum::<f64>() / (n + BEFORE_COUNTS);
        let squares: f64 = errors.iter().map(|e| (e - bias) * (e - bias)).sum();
        Self { bias, variance: (squares + BEFORE * BEFORE_COUNTS) / (n + BEFORE_COUNTS) }
    }
}

/// A range of e^±0.1, to be widened by what was missed.
const NARROW: f64 = 0.1;
/// One more step, so that the last steps have a logarithm.
const ONE: f64 = 1.0;

/// A path asked for a level, what is known of others, and how many steps it took.
struct Try<'a> {
    head: FadePath,
    others: Vec<&'a FadePath>,
    end: f64,
    took: f64,
}

impl Fade {
    /// Learns from others, for ranges that hold with probability `level`. Without others only the own trend speaks.
    pub fn learn(others: &[FadePath], level: f64) -> Self {
        let tries: Vec<Try<'_>> = (0..others.len()).flat_map(|own| tries(others, own)).collect();
        let worth = |way: &dyn Fn(&Try<'_>) -> Option<f64>| {
            let errors = tries.iter().filter_map(|t| Some(((way(t)? + ONE) / (t.took + ONE)).ln()));
            Worth::of(&errors.collect::<Vec<f64>>())
        };
        let by_others = worth(&|t| similar(&t.others, &t.head, t.end));
        let by_trend = worth(&|t| trend(&t.head, t.end));
        let mut learned = Self { others: others.to_vec(), ways: [by_others, by_trend], cover: Cover::default(), level };
        for one in &tries {
            if let Some(median) = learned.median(&one.others, &one.head, one.end) {
                learned.cover.add(&learned.around(median), one.took + ONE);
            }
        }
        learned
    }

    /// Steps from the last of `path` until it comes to `end`.
    pub fn left(&self, path: &FadePath, end: f64) -> Option<Range> {
        let others: Vec<&FadePath> = self.others.iter().collect();
        let wide = self.around(self.median(&others, path, end)?).widened(self.cover.factor(self.level));
        Some(Range { lo: (wide.lo - ONE).max(0.0), median: wide.median - ONE, hi: wide.hi - ONE, level: self.level })
    }

    /// The same by others alone.
    pub fn by_others(&self, path: &FadePath, end: f64) -> Option<f64> {
        similar(&self.others.iter().collect::<Vec<_>>(), path, end)
    }

    /// Tries that the range was learned from, and the share of them that a factor of e^±0.1 would have held.
    pub fn tried(&self) -> (usize, Option<f64>) {
        (self.cover.len(), self.cover.share())
    }

    /// The mean of both ways, as logarithms, each less its bias and by what it was worth; one way alone where the other is
    /// silent.
    fn median(&self, others: &[&FadePath], head: &FadePath, end: f64) -> Option<f64> {
        let (mut sum, mut weights) = (0.0, 0.0);
        let ways = [similar(others, head, end), trend(head, end)];
        for (left, worth) in ways.into_iter().zip(&self.ways) {
            let Some(left) = left else { continue };
            let weight = 1.0 / worth.variance;
            (sum, weights) = (sum + weight * ((left + ONE).ln() - worth.bias), weights + weight);
        }
        (weights > 0.0).then(|| ((sum / weights).exp() - ONE).max(0.0))
    }

    fn around(&self, median: f64) -> Range {
        let of = |by: f64| (median + ONE) * by.exp();
        Range { lo: of(-NARROW), median: median + ONE, hi: of(NARROW), level: self.level }
    }
}

/// What others of the group took from the same level on: the median.
fn similar(others: &[&FadePath], head: &FadePath, end: f64) -> Option<f64> {
    let alike = others.iter().filter(|other| other.group == head.group);
    let heads: Vec<Vec<f64>> = alike.map(|other| other.until(usize::MAX).levels).collect();
    let lives = Similar::new(heads.iter().map(Vec::as_slice)).lives(head.now(), end);
    (!lives.is_empty()).then(|| stats::median(&lives))
}

/// The own trend of the last steps, straight on.
fn trend(head: &FadePath, end: f64) -> Option<f64> {
    straight_on(head.last(RECENT), end)
}

/// Steps at which a path is asked, how far on the level lies that is asked for, and the least there is to predict.
const ASKED_FROM: usize = 30;
const ASKED_EVERY: usize = 10;
const AHEAD: [f64; 3] = [1.15, 1.3, 1.5];
const LEFT_MIN: usize = 4;

fn tries(paths: &[FadePath], own: usize) -> Vec<Try<'_>> {
    let Some(path) = paths.get(own) else { return Vec::new() };
    let others: Vec<&FadePath> = paths.iter().enumerate().filter(|(i, _)| *i != own).map(|(_, p)| p).collect();
    let mut all = Vec::new();
    for steps in (ASKED_FROM..path.levels.len()).step_by(ASKED_EVERY) {
        let head = path.until(steps);
        for ahead in AHEAD {
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a step's number")]
            let later = (steps as f64 * ahead) as usize;
            if later > path.levels.len() {
                continue;
            }
            let end = path.until(later).now();
            let Some(took) = path.end(end).filter(|e| *e >= steps + LEFT_MIN) else { continue };
            all.push(Try { head: head.clone(), others: others.clone(), end, took: (took - steps) as f64 });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;

    fn path(first: f64, pace: f64, steps: u32, seed: u64) -> FadePath {
        let mut random = Random::new(seed);
        let level = |i: u32| first - pace * f64::from(i) + 0.003 * random.normal();
        FadePath { group: 0, levels: (0..steps).map(level).collect() }
    }

    #[test]
    fn others_and_the_own_trend_tell_the_end_with_a_range_that_holds() {
        let mut held = 0;
        for seed in 0..20_u64 {
            let others: Vec<FadePath> =
                (0..5_u32).map(|k| path(1.9, 0.0036 + 0.0003 * f64::from(k), 170, 100 * seed + u64::from(k))).collect();
            let whole = path(1.9, 0.0042, 170, 100 * seed + 50);
            let left = Fade::learn(&others, 0.9).left(&whole.until(80), 1.4).unwrap();
            let truth = whole.end(1.4).unwrap() as f64 - 80.0;
            assert!((left.median - truth).abs() < 12.0, "{left:?} {truth}");
            held += u32::from(left.covers(truth));
        }
        assert!(held >= 17, "{held} of 20");
    }

    #[test]
    fn alone_it_has_its_own_trend_and_what_does_not_fall_has_no_end() {
        let alone = Fade::learn(&[], 0.9);
        let left = alone.left(&path(1.0, 0.002, 60, 1), 0.7).unwrap();
        assert!((left.median - 91.0).abs() < 15.0 && alone.tried().0 == 0, "{left:?}");
        assert!(alone.left(&FadePath { group: 0, levels: vec![1.0; 40] }, 0.7).is_none());
        let other = FadePath { group: 1, ..path(1.0, 0.002, 160, 2) };
        assert!(Fade::learn(&[other], 0.9).by_others(&path(1.0, 0.002, 60, 1), 0.8).is_none(), "treated otherwise");
    }

    #[test]
    fn a_step_that_was_broken_off_is_no_end() {
        let broken = FadePath { group: 0, levels: vec![1.5, 1.39, 1.5, 1.45, 1.39, 1.38, 1.41, 1.37] };
        assert_eq!((broken.end(1.4), broken.end(1.0)), (Some(5), None));
        let mut levels = vec![1.5; 9];
        levels[4] = 0.3;
        assert!(FadePath { group: 0, levels }.until(9).levels[4].is_nan());
    }
}
