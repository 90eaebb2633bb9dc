//! Our detectors over a case, as they run in a plant: fitted once, then fed row by row.

use gemba_learn::Error;
use gemba_learn::deviation::{self, Deviation};
use gemba_learn::phases::{self, Phases};
use gemba_learn::score::{Score, TrailingMean};
use gemba_learn::stats;
use gemba_learn::windows::{self, Windows};

use super::{Case, Scored, Watch, row_of};
use crate::rig::Shipped;

/// The share of a recording that is its head, where a protocol knows no training file (TSB-AD).
const HEAD: f64 = 0.25;

/// How the scores of rows become those that are told: as means over `mean` rows, each told for the row `lag` rows
/// before the newest of them. With a lag of half the mean it is centred, with none it is causal.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) mean: usize,
    pub(crate) lag: usize,
}

impl Told {
    /// The mean around each row.
    pub(crate) const fn centred(mean: usize) -> Self {
        Self { mean, lag: mean / 2 }
    }

    /// The mean of each row and those before.
    pub(crate) const fn causal(mean: usize) -> Self {
        Self { mean, lag: 0 }
    }
}

/// Deviations of each signal from its level and from its recent mean.
pub(crate) fn deviation(case: &Case, told: Told) -> anyhow::Result<Scored> {
    let mut watch = Watch::start();
    let model = Deviation::fit(&case.train, deviation::Tuning::default())?;
    let train_s = watch.lap();
    let mut follow = model.follow();
    scored(case, told, (train_s, watch), |_, row| follow.step(row))
}

/// Distances of windows from healthy ones, summed over several views.
pub(crate) fn windows(case: &Case, views: &[windows::Tuning], told: Told) -> anyhow::Result<Scored> {
    let mut watch = Watch::start();
    let models = views.iter().map(|v| Windows::fit(&case.train, *v)).collect::<Result<Vec<Windows>, _>>()?;
    let train_s = watch.lap();
    let mut follows: Vec<windows::Follow<'_>> = models.iter().map(Windows::follow).collect();
    scored(case, told, (train_s, watch), |_, row| {
        let mut sum = Score { score: 0.0, contributions: vec![0.0; row.len()] };
        for follow in &mut follows {
            let part = follow.step(row)?;
            sum.score += part.score;
            sum.contributions.iter_mut().zip(part.contributions).for_each(|(s, p)| *s += p);
        }
        Ok(sum)
    })
}

/// Courses of the signals in each phase of a machine that works in steps.
pub(crate) fn phases(case: &Case, told: Told) -> anyhow::Result<Scored> {
    let mut watch = Watch::start();
    // without times the rows count
    let timed = goes_on(&case.train_times) && goes_on(&case.test_times);
    let counted: Vec<f64> = (0..case.train.iter().map(Vec::len).max().unwrap_or(0)).map(|i| i as f64).collect();
    let train_times = if timed { &case.train_times } else { &counted };
    let model = Phases::fit(train_times, &case.train, phases::Tuning::default())?;
    let train_s = watch.lap();
    let mut follow = model.follow();
    let time = |i: usize| if timed { case.test_times.get(i).copied().unwrap_or(f64::NAN) } else { i as f64 };
    scored(case, told, (train_s, watch), |i, row| follow.step(time(i), row))
}

/// What a user gets: every operator that a node makes, with its own budget. Where the time starts anew a run was recorded by
/// itself, and the machine was silent before it.
pub(crate) fn as_shipped(case: &Case) -> anyhow::Result<Scored> {
    let mut watch = Watch::start();
    let mut shipped = Shipped::new(case.test.len(), case.step_s.unwrap_or(1.0))?;
    for i in 0..case.train.iter().map(Vec::len).min().unwrap_or(0) {
        if starts_anew(&case.train_times, i) {
            shipped.pause();
        }
        shipped.step(&row_of(&case.train, i))?;
    }
    shipped.finish_learning()?;
    let train_s = watch.lap();
    let mut standing = Vec::with_capacity(case.rows());
    for i in 0..case.rows() {
        if starts_anew(&case.test_times, i) {
            shipped.pause();
        }
        standing.push(shipped.step(&row_of(&case.test, i))?);
    }
    let scores = standing.iter().map(|s| s.score).collect();
    let alarms = Some(standing.iter().map(|s| s.active).collect());
    Ok(Scored { scores, alarms, train_s, score_s: watch.lap(), ..Scored::default() })
}

fn starts_anew(times: &[f64], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| times.get(before));
    before.zip(times.get(at)).is_some_and(|(before, now)| now < before)
}

fn goes_on(times: &[f64]) -> bool {
    times.iter().all(|t| t.is_finite()) && times.windows(2).any(|w| w.first() < w.last())
}

/// What can be said where nothing better can be learned: how far each signal lies from its median in the rows to learn
/// from, or in all where there are none, in spreads; cut off, and summed.
pub(super) fn plain(case: &Case) -> Scored {
    const SPREADS_MAX: f64 = 12.0;
    let rows = |columns: &[Vec<f64>]| columns.iter().map(Vec::len).min().unwrap_or(0);
    let known = if rows(&case.train) > 1 { &case.train } else { &case.test };
    let usual = |column: &Vec<f64>| {
        let spread = stats::mad_sigma(column).max(stats::variance(column).sqrt());
        (stats::median(column), if spread > 0.0 { spread } else { 1.0 })
    };
    let usual: Vec<(f64, f64)> = known.iter().map(usual).collect();
    let far = |(value, (centre, spread)): (f64, &(f64, f64))| {
        let spreads = ((value - centre) / spread).abs().min(SPREADS_MAX);
        if spreads.is_finite() { spreads * spreads } else { 0.0 }
    };
    let score = |i: usize| row_of(&case.test, i).into_iter().zip(&usual).map(far).sum();
    Scored { scores: (0..case.rows()).map(score).collect(), ..Scored::default() }
}

/// Feeds the rows of a case one by one.
fn scored(
    case: &Case,
    told: Told,
    (train_s, mut watch): (f64, Watch),
    mut step: impl FnMut(usize, &[f64]) -> Result<Score, Error>,
) -> anyhow::Result<Scored> {
    let mut mean = TrailingMean::new(told.mean);
    let (mut means, mut contributions) = (Vec::with_capacity(case.rows()), Vec::with_capacity(case.rows()));
    for i in 0..case.rows() {
        let score = step(i, &row_of(&case.test, i))?;
        means.push(mean.push(score.score));
        contributions.push(score.contributions);
    }
    let last = means.last().copied().unwrap_or_default();
    let later = means.iter().copied().skip(told.lag).chain(std::iter::repeat(last));
    let scores = later.take(case.rows()).collect();
    Ok(Scored { scores, contributions, lag: told.lag, train_s, score_s: watch.lap(), ..Scored::default() })
}

/// The same recording with its own head as the rows to learn from: a quarter.
pub(crate) fn head(case: &Case) -> Case {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
    head_of(case, (case.test.first().map_or(0, Vec::len) as f64 * HEAD) as usize)
}

/// The same recording with its first rows as those to learn from.
pub(crate) fn head_of(case: &Case, rows: usize) -> Case {
    let first = |c: &Vec<f64>| c.iter().copied().take(rows).collect();
    Case { train: case.test.iter().map(first).collect(), train_times: first(&case.test_times), ..case.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lag_moves_the_mean_back_to_the_row_that_it_is_about() {
        let case = Case { test: vec![vec![0.0; 9]], truth: vec![false; 9], ..Case::default() };
        let peak = |told| {
            let said = scored(&case, told, (0.0, Watch::start()), |i, _| {
                Ok(Score { score: if i == 4 { 3.0 } else { 0.0 }, contributions: Vec::new() })
            });
            said.unwrap().scores.iter().map(|s| *s > 0.5).collect::<Vec<bool>>()
        };
        assert_eq!(peak(Told::centred(3)), [false, false, false, true, true, true, false, false, false]);
        assert_eq!(peak(Told::causal(3)), [false, false, false, false, true, true, true, false, false]);
    }

    #[test]
    fn the_head_is_a_quarter() {
        let case = Case { test: vec![(0..8).map(f64::from).collect()], test_times: vec![1.0; 8], ..Case::default() };
        assert_eq!(head(&case).train, [vec![0.0, 1.0]]);
        assert_eq!(head(&case).train_times, [1.0, 1.0]);
    }
}
