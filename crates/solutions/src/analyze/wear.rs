//! Whether a machine wears over a table: an index of its health, and how long it lasts.

use gemba_learn::change::changes;
use gemba_learn::life::{Course, HealthIndex, Range, monotonicity, own_past, rising};
use gemba_learn::score::TrailingMean;
use gemba_learn::stats;
use gemba_learn::trend::Trend;

use super::clock::Times;
use super::look::Gauge;
use super::report::{Life, LifeTold, Series, Wear};

/// Points that the table is reduced to.
const POINTS: usize = 400;
/// Healthy points that are learned from at least.
const HEALTHY_MIN: usize = 6;
/// A value that spans so many times itself is taken as its logarithm.
const DECADES: f64 = 10.0;
/// How unlikely a signal of the index must be without a trend …
const SIGNAL_P: f64 = 0.01;
/// … and the index itself.
const INDEX_P: f64 = 1e-3;
/// How much of its movement a signal must keep when it is made to go one way.
const MONOTONE_MIN: f64 = 0.5;
/// How far from the healthy part, in its spreads, a signal must be at the end.
const SPREADS_MIN: f64 = 3.0;
/// The share of the table that is its end.
const END: usize = 10;
/// How sure it must be that the index rises at the end.
const RISING_MIN: f64 = 0.9;
/// The probability that a range shall hold with.
const LEVEL: f64 = 0.9;
/// Futures that are drawn.
const FUTURES: usize = 300;
/// Shares of the table at which it is asked what would have been told.
const ASKED: [f64; 6] = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// Rows at the end whose median is the level of the end.
const LAST: usize = 3;

/// A signal of the index, upwards, in spreads of the healthy part.
struct Worn<'a> {
    name: &'a str,
    path: Vec<f64>,
    monotone: f64,
}

/// The table's points: the middle row of each and its time in hours.
struct Points {
    block: usize,
    rows: Vec<usize>,
    hours: Vec<f64>,
    healthy: (usize, usize),
}

/// Looks for wear.
///
/// # Errors
/// In words, why there is none to be told of.
pub(super) fn wear(gauges: &[Gauge<'_>], (from, to): (usize, usize), times: &Times) -> Result<Wear, String> {
    let rows = gauges.first().map_or(0, |g| g.values.len());
    let block = rows.div_ceil(POINTS).max(1);
    let middles: Vec<usize> = (0..rows.div_ceil(block)).map(|i| (i * block + block / 2).min(rows - 1)).collect();
    let hours = middles.iter().map(|r| times.hours(*r)).collect();
    let points = Points { block, rows: middles, hours, healthy: (from.div_ceil(block), (to + 1) / block) };
    if points.healthy.1.saturating_sub(points.healthy.0) < HEALTHY_MIN {
        return Err("the healthy part is too short to tell what wear is".into());
    }
    let mut worn: Vec<Worn<'_>> = gauges.iter().filter_map(|g| one_way(g, &points)).collect();
    if worn.is_empty() {
        return Err("no signal goes one way, away from the healthy part, other than by steps".into());
    }
    worn.sort_by(|a, b| b.monotone.total_cmp(&a.monotone));
    let row = |i: usize| worn.iter().map(|w| w.path.get(i).copied().unwrap_or(f64::NAN)).collect::<Vec<f64>>();
    let healthy: Vec<Vec<f64>> = (points.healthy.0..points.healthy.1).map(row).collect();
    let index = HealthIndex::fit(&healthy, 0.5).map_err(|e| e.to_string())?;
    let path: Vec<f64> = (0..points.rows.len()).map(|i| index.of(&row(i))).collect();
    let known: Vec<usize> =
        (points.healthy.0..path.len()).filter(|i| path.get(*i).is_some_and(|v| v.is_finite())).collect();
    let pick = |values: &[f64]| known.iter().filter_map(|i| values.get(*i).copied()).collect::<Vec<f64>>();
    let (hours, path) = (pick(&points.hours), pick(&path));
    let trend = trend(&hours, &path).filter(|t| t.p_value <= INDEX_P && t.tau > 0.0);
    let lifted = lifted(&path);
    let course = Course::fit(&hours, &lifted).ok().filter(|c| c.rising() >= RISING_MIN);
    let (Some(trend), Some(course)) = (trend, course) else {
        return Err("signals have left the healthy part, but together they do not go on one way".into());
    };
    let smooth = smoothed(&path);
    let now = end(&path);
    let target = 2.0 * (course.level() - 1.0).max(now) + 1.0;
    let doubles =
        range(&course, (&hours, &lifted), target).unwrap_or(Life { lo: 0.0, median: None, hi: None, level: LEVEL });
    let rows: Vec<usize> = known.iter().filter_map(|i| points.rows.get(*i)).map(|row| row + 1).collect();
    let series = |path: Vec<f64>| {
        let values: Vec<Option<f64>> = path.into_iter().map(Some).collect();
        Series { rows: rows.clone(), low: values.clone(), high: values }
    };
    Ok(Wear {
        signals: worn.iter().map(|w| (w.name.to_owned(), w.monotone)).collect(),
        index: series(path.clone()),
        rising: series(rising(&path)),
        monotonicity: monotonicity(&smooth),
        p_value: trend.p_value,
        now,
        doubles,
        told: told(&hours, &lifted, &points, times),
    })
}

/// The signal upwards if it goes one way, away from the healthy part and not by steps alone.
fn one_way<'a>(gauge: &Gauge<'a>, points: &Points) -> Option<Worn<'a>> {
    let values: Vec<f64> = gauge.values.chunks(points.block).map(stats::median).collect();
    let finite = stats::finite(&values);
    let (low, high) = (stats::quantile(&finite, 0.0), stats::quantile(&finite, 1.0));
    let values: Vec<f64> =
        if low > 0.0 && high > DECADES * low { values.iter().map(|v| v.ln()).collect() } else { values };
    let healthy = values.get(points.healthy.0..points.healthy.1)?;
    let centre = stats::median(healthy);
    let spread = stats::mad_sigma(healthy).max(stats::variance(healthy).sqrt() * 0.5).max(centre.abs() * 1e-9);
    if spread <= 0.0 || healthy.iter().filter(|v| v.is_finite()).count() < HEALTHY_MIN {
        return None;
    }
    let z: Vec<f64> = values.iter().map(|v| (v - centre) / spread).collect();
    let last = z.get(z.len() - (z.len() / END).max(LAST).min(z.len())..)?;
    let up = stats::median(last).signum();
    let path: Vec<f64> = z.iter().map(|v| v * up).collect();
    if stats::median(last).abs() < SPREADS_MIN {
        return None;
    }
    let own = path.get(points.healthy.0..)?;
    trend(points.hours.get(points.healthy.0..)?, own).filter(|t| t.p_value <= SIGNAL_P && t.tau > 0.0)?;
    let monotone = monotonicity(&smoothed(own));
    (monotone >= MONOTONE_MIN).then_some(Worn { name: gauge.name, path, monotone })
}

/// The trend between the steps of a path.
fn trend(hours: &[f64], path: &[f64]) -> Option<Trend> {
    let steps: Vec<usize> = changes(path).iter().map(|c| c.at).collect();
    Trend::fit_between(hours, path, &steps).ok()
}

fn smoothed(path: &[f64]) -> Vec<f64> {
    let mut mean = TrailingMean::new((path.len() / 20).max(LAST));
    stats::finite(path).into_iter().map(|v| mean.push(v)).collect()
}

/// One above the index, so that growth by a rate shows on a logarithmic scale from the healthy part on.
fn lifted(path: &[f64]) -> Vec<f64> {
    path.iter().map(|v| v + 1.0).collect()
}

fn end(path: &[f64]) -> f64 {
    stats::median(path.get(path.len().saturating_sub(LAST)..).unwrap_or_default())
}

/// How long until a lifted path, which `course` is fitted to, is at `level`, from its end, by what it did so far and what
/// earlier ranges were worth; none when it is there already.
fn range(course: &Course, path: (&[f64], &[f64]), level: f64) -> Option<Life> {
    if course.level() >= level {
        return None;
    }
    let wider = own_past(course, path, LEVEL, 1).factor(LEVEL);
    let range = Range::of(&course.futures(level, FUTURES, 1), LEVEL).widened(wider);
    let told = |v: f64| v.is_finite().then_some(v);
    Some(Life { lo: told(range.lo)?, median: told(range.median), hi: told(range.hi), level: LEVEL })
}

/// What would have been told of the end of a lifted path at shares of it.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a length")]
fn told(hours: &[f64], lifted: &[f64], points: &Points, times: &Times) -> Vec<LifeTold> {
    let (failed, Some(over)) = (end(lifted), hours.last()) else { return Vec::new() };
    let ask = |share: &f64| {
        let cut = (lifted.len() as f64 * share) as usize;
        let now = *hours.get(cut.checked_sub(1)?)?;
        let path = (hours.get(..cut)?, lifted.get(..cut)?);
        let life = range(&Course::fit(path.0, path.1).ok()?, path, failed)?;
        let took = over - now;
        let place = points.hours.iter().position(|h| *h >= now)?;
        let covered = life.lo <= took && life.hi.is_none_or(|hi| took <= hi);
        Some(LifeTold { at: times.moment(*points.rows.get(place)?), life, took, covered })
    };
    ASKED.iter().filter_map(ask).collect()
}

#[cfg(test)]
mod tests {
    use gemba_learn::random::Random;

    use super::*;

    const DAYS: usize = 50;

    /// A run to failure: a row a day, 12 features of vibration of which eight grow.
    fn run(seed: u64, rate: f64) -> Vec<Vec<f64>> {
        let mut random = Random::new(seed);
        let feature = |f: usize| -> Vec<f64> {
            (0..DAYS)
                .map(|d| 2.0 + if f < 8 { 0.2 * (rate * d as f64).exp() } else { 0.0 } + 0.05 * random.normal())
                .collect()
        };
        (0..12).map(feature).collect()
    }

    fn look(features: &[Vec<f64>]) -> Result<Wear, String> {
        let names: Vec<String> = (0..features.len()).map(|f| format!("f{f}")).collect();
        let gauges: Vec<Gauge<'_>> = names.iter().zip(features).map(|(name, values)| Gauge { name, values }).collect();
        wear(&gauges, (0, 14), &Times::default())
    }

    #[test]
    fn a_run_to_failure_has_an_index_and_ranges_that_hold() {
        let (mut covered, mut asked) = (0, 0);
        for seed in 0..10 {
            let wear = look(&run(seed, 0.07)).unwrap();
            assert!(wear.signals.len() >= 6 && wear.signals.iter().all(|(name, _)| name.len() == 2), "{wear:?}");
            assert!(wear.monotonicity > 0.8 && wear.rising.low.is_sorted(), "{wear:?}");
            assert!(wear.doubles.lo > 0.0 && wear.doubles.median.is_some_and(|m| (4.0..30.0).contains(&m)), "{wear:?}");
            covered += wear.told.iter().filter(|t| t.covered).count();
            asked += wear.told.len();
        }
        assert!(asked >= 30 && covered * 10 >= asked * 8, "{covered} of {asked}");
    }

    #[test]
    fn what_does_not_wear_says_so() {
        let mut called = 0;
        for seed in 0..20 {
            called += usize::from(look(&run(seed, 0.0)).is_ok());
        }
        assert!(called <= 1, "{called} of 20");
        // a step in all signals is a change, no wear
        let mut stepped = run(3, 0.0);
        stepped.iter_mut().flat_map(|f| f.iter_mut().skip(30)).for_each(|v| *v += 2.0);
        assert!(look(&stepped).unwrap_err().contains("steps"));
    }
}
