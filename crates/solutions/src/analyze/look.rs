//! What can be seen in the columns themselves: series for charts, changes of level, relations, drifts.

use gemba_learn::change::changes;
use gemba_learn::relate::{Relation, ranks, relate};
use gemba_learn::stats;
use gemba_learn::trend::Trend;

use super::clock::Times;
use super::report::{ChangePoint, Drift, Series, SignalRelation};
use crate::maintenance::number;

/// Points of a chart.
const POINTS: usize = 500;
/// Changes that are listed.
const CHANGES_MAX: usize = 30;
/// Points that relations are computed from.
const RELATION_POINTS: usize = 2_000;
/// Signals that are related with each other: the first ones.
const RELATED_MAX: usize = 40;
/// The largest lag that is looked at, in points and as a share of them.
const LAG_MAX: (usize, usize) = (50, 20);
/// A relation is worth a line from this correlation on.
const CORRELATION_MIN: f64 = 0.6;
/// How many relations of strangers may be listed, of all pairs and lags that are looked at.
const CHANCE: f64 = 0.05;
/// With fewer healthy rows relations are read from all rows.
const RELATED_ROWS_MIN: usize = 60;
/// Relations that are listed.
const RELATIONS_MAX: usize = 20;
/// How unlikely a drift must be by chance.
const DRIFT_P: f64 = 1e-3;
/// How far a drift must reach, in spreads of the healthy part.
const DRIFT_SPREADS: f64 = 2.0;
/// How far a forecast looks ahead, as a share of the table …
const AHEAD: f64 = 0.25;
/// … and how far the search for the end of the healthy band.
const AHEAD_MAX: f64 = 5.0;
/// With which probability a forecast holds.
const PROBABILITY: f64 = 0.9;

/// A signal lies beyond its healthy values by more than this share of their range …
const BEYOND: f64 = 0.1;
/// … in more than this share of the other rows, to be worth a line.
const BEYOND_ROWS: f64 = 0.05;

/// A gauge.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauge<'a> {
    pub(super) name: &'a str,
    pub(super) values: &'a [f64],
}

/// A series of at most 500 points.
pub(super) fn series(values: &[f64]) -> Series {
    let bucket = values.len().div_ceil(POINTS).max(1);
    let mut series = Series::default();
    for (i, part) in values.chunks(bucket).enumerate() {
        let present = || part.iter().copied().filter(|v| v.is_finite());
        let fold = |pick: fn(f64, f64) -> f64| present().reduce(pick);
        series.rows.push(i * bucket + part.len().div_ceil(2));
        series.low.push(fold(f64::min));
        series.high.push(fold(f64::max));
    }
    series
}

/// In words, the signal that lies beyond all of its healthy values in most of the other rows; none where none does so for a good
/// part of them. What was seen, no test: of a signal that wanders nobody knows whether it is chance.
pub(super) fn beyond(gauges: &[Gauge<'_>], (from, to): (usize, usize)) -> Option<String> {
    let outside = gauges.iter().filter_map(|g| Some((g.name, outside(g.values, (from, to))?)));
    let (name, (share, [low, high])) = outside.max_by(|a, b| a.1.0.total_cmp(&b.1.0))?;
    let [low, high] = [low, high].map(|v| number(v, high - low));
    Some(format!(
        "{name} lies beyond all of its healthy values ({low} to {high}) in {:.0} % of the other rows.",
        100.0 * share
    ))
}

/// The share of the other rows that lie beyond all healthy values, and the range of these; none where it is small.
fn outside(values: &[f64], (from, to): (usize, usize)) -> Option<(f64, [f64; 2])> {
    let healthy = stats::finite(values.get(from..=to)?);
    let [low, high] = [0.0, 1.0].map(|q| stats::quantile(&healthy, q));
    let margin = BEYOND * (high - low);
    let others = values.iter().take(from).chain(values.iter().skip(to + 1)).filter(|v| v.is_finite());
    let (mut rows, mut there) = (0_u32, 0_u32);
    for value in others {
        rows += 1;
        there += u32::from(*value > high + margin || *value < low - margin);
    }
    let share = f64::from(there) / f64::from(rows.max(1));
    (share > BEYOND_ROWS).then_some((share, [low, high]))
}

/// The changes of level of all gauges, the largest first. Of a signal that drifts, those that its drift does not explain.
pub(super) fn change_points(gauges: &[Gauge<'_>], drifts: &[Drift], times: &Times) -> Vec<ChangePoint> {
    let of = |g: &Gauge<'_>| -> Vec<ChangePoint> {
        let slope = drifts.iter().find(|d| d.signal == g.name).map_or(0.0, |d| d.slope);
        let level: Vec<f64> = g.values.iter().enumerate().map(|(r, v)| v - slope * times.hours(r)).collect();
        let point = |c: gemba_learn::change::Change| {
            let drifted = slope * times.hours(c.at);
            ChangePoint {
                signal: g.name.to_owned(),
                at: times.moment(c.at),
                before: c.before + drifted,
                after: c.after + drifted,
                spreads: c.spreads,
            }
        };
        changes(&level).into_iter().map(point).collect()
    };
    let mut all: Vec<ChangePoint> = gauges.iter().flat_map(of).collect();
    all.sort_by(|a, b| b.spreads.total_cmp(&a.spreads));
    all.truncate(CHANGES_MAX);
    all
}

/// The rows that relations are read from: the healthy ones; all of them where those are too few.
pub(super) fn related((from, to): (usize, usize), rows: usize) -> (usize, usize) {
    if to + 1 - from < RELATED_ROWS_MIN { (0, rows.saturating_sub(1)) } else { (from, to) }
}

/// What goes together in some rows beyond chance, the strongest first.
pub(super) fn relations(gauges: &[Gauge<'_>], (from, to): (usize, usize), step_s: Option<f64>) -> Vec<SignalRelation> {
    let block = (to + 1 - from).div_ceil(RELATION_POINTS).max(1);
    let reduced = |g: &Gauge<'_>| -> Vec<f64> {
        let healthy = g.values.get(from..=to).unwrap_or_default();
        ranks(&healthy.chunks(block).map(stats::mean).collect::<Vec<_>>())
    };
    let ranked: Vec<(&str, Vec<f64>)> = gauges.iter().take(RELATED_MAX).map(|g| (g.name, reduced(g))).collect();
    let (mut all, signals) = (Vec::new(), ranked.len());
    for (i, (first, a)) in ranked.iter().enumerate() {
        for (second, b) in ranked.iter().skip(i + 1) {
            let lag_max = LAG_MAX.0.min(a.len() / LAG_MAX.1);
            let looked_at = (signals * (signals - 1) / 2 * (2 * lag_max + 1)) as f64;
            let beyond = |r: &Relation| r.correlation.abs() >= CORRELATION_MIN && r.p_value * looked_at <= CHANCE;
            let Some(found) = relate(a, b, lag_max).filter(beyond) else { continue };
            let (first, second) = if found.lag < 0 { (second, first) } else { (first, second) };
            let lag_rows = found.lag.unsigned_abs() * block;
            all.push(SignalRelation {
                first: (*first).to_owned(),
                second: (*second).to_owned(),
                correlation: found.correlation,
                p_value: found.p_value,
                lag_rows,
                lag_s: step_s.map(|s| s * lag_rows as f64),
            });
        }
    }
    all.sort_by(|a, b| b.correlation.abs().total_cmp(&a.correlation.abs()));
    all.truncate(RELATIONS_MAX);
    all
}

/// What drifts over the whole table, between its changes of level: the surest first.
pub(super) fn drifts(gauges: &[Gauge<'_>], (from, to): (usize, usize), times: &Times) -> Vec<Drift> {
    let rows = gauges.first().map_or(0, |g| g.values.len());
    let hours: Vec<f64> = (0..rows).map(|r| times.hours(r)).collect();
    let span = hours.last().copied().unwrap_or(0.0);
    let of = |g: &Gauge<'_>| {
        let between = |level: &[f64]| {
            let steps: Vec<usize> = changes(level).iter().map(|c| c.at).collect();
            Trend::fit_between(&hours, g.values, &steps).ok().filter(|t| t.p_value <= DRIFT_P)
        };
        // a ramp is cut into steps: of those only they count that the drift does not explain
        let slope = between(g.values)?.slope;
        let level: Vec<f64> = g.values.iter().zip(&hours).map(|(v, h)| v - slope * h).collect();
        let trend = between(&level)?;
        let healthy = g.values.get(from..=to)?;
        let spread = stats::mad_sigma(healthy).max(stats::variance(healthy).sqrt() * 0.1);
        let change = trend.slope * span;
        if change.abs() < DRIFT_SPREADS * spread {
            return None;
        }
        let ahead = trend.forecast(span * (1.0 + AHEAD), PROBABILITY);
        Some(Drift {
            signal: g.name.to_owned(),
            change,
            slope: trend.slope,
            p_value: trend.p_value,
            ahead: span * AHEAD,
            forecast: [ahead.low, ahead.value, ahead.high],
            leaves_band: leaves(&trend, span, (stats::quantile(healthy, 0.0), stats::quantile(healthy, 1.0))),
        })
    };
    let mut all: Vec<Drift> = gauges.iter().filter_map(of).collect();
    all.sort_by(|a, b| a.p_value.total_cmp(&b.p_value).then(b.change.abs().total_cmp(&a.change.abs())));
    all
}

/// When the drift leaves the band: soonest and latest, after the end.
fn leaves(trend: &Trend, span: f64, (low, high): (f64, f64)) -> Option<(f64, Option<f64>)> {
    const STEPS: u32 = 500;
    let outside = |value: f64| value < low || value > high;
    let step = |i: u32| span * AHEAD_MAX * f64::from(i) / f64::from(STEPS);
    if outside(trend.at(span)) {
        return None;
    }
    let up = trend.slope > 0.0;
    let reach = |soon: bool| {
        (0..=STEPS).map(step).find(|t| {
            let ahead = trend.forecast(span + t, PROBABILITY);
            outside(if up == soon { ahead.high } else { ahead.low }) && (soon || outside(ahead.value))
        })
    };
    reach(true).map(|soonest| (soonest, reach(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, f: impl Fn(f64) -> f64) -> Vec<f64> {
        (0..n).map(|i| f(i as f64) + (i as f64 * 12.9898).sin() * 0.5).collect()
    }

    #[test]
    fn a_series_keeps_the_extremes() {
        let mut values = vec![1.0; 10_000];
        values[5_000] = 9.0;
        values[7_000] = f64::NAN;
        let series = series(&values);
        assert_eq!(series.rows.len(), 500);
        assert!(series.high.contains(&Some(9.0)) && series.low.iter().all(|v| *v == Some(1.0)));
        assert_eq!(super::series(&[f64::NAN; 3]).low, [None, None, None]);
    }

    #[test]
    fn a_drift_is_told_with_its_end() {
        let values = wave(2000, |t| 0.01 * t);
        let gauges = [Gauge { name: "wear", values: &values }];
        let found = drifts(&gauges, (0, 1999), &Times::default());
        assert!((found[0].change - 20.0).abs() < 0.5, "{found:?}");
        // the healthy part is the whole table: the line leaves its band soon after the end
        let (soonest, latest) = found[0].leaves_band.unwrap();
        assert!(soonest < 200.0 && latest.is_some_and(|l| l > soonest), "{found:?}");
        let calm = wave(2000, |_| 3.0);
        assert!(drifts(&[Gauge { name: "calm", values: &calm }], (0, 600), &Times::default()).is_empty());
    }

    #[test]
    fn what_was_never_seen_healthy_is_said() {
        let swing = wave(2000, |t| 2.0 * (t / 30.0).sin() + if t >= 1500.0 { 4.0 } else { 0.0 });
        let calm = wave(2000, |t| 2.0 * (t / 30.0).sin());
        let gauges = [Gauge { name: "calm", values: &calm }, Gauge { name: "swing", values: &swing }];
        let told = beyond(&gauges, (0, 799)).unwrap();
        assert!(told.starts_with("swing lies beyond all of its healthy values (-2"), "{told}");
        assert_eq!(beyond(&gauges[..1], (0, 799)), None);
        assert_eq!(beyond(&gauges, (0, 1999)), None, "no other rows");
    }

    #[test]
    fn a_step_is_a_change_and_a_drift_is_none() {
        let stepped = wave(2000, |t| if t < 1200.0 { 3.0 } else { 9.0 });
        let drifting = wave(2000, |t| 0.005 * t);
        let gauges = [Gauge { name: "step", values: &stepped }, Gauge { name: "wear", values: &drifting }];
        let found = drifts(&gauges, (0, 600), &Times::default());
        assert_eq!(found.iter().map(|d| d.signal.as_str()).collect::<Vec<_>>(), ["wear"], "{found:?}");
        let changes = change_points(&gauges, &found, &Times::default());
        assert_eq!(changes.iter().map(|c| c.signal.as_str()).collect::<Vec<_>>(), ["step"], "{changes:?}");
    }

    #[test]
    fn relations_say_who_comes_first() {
        let first = wave(1000, |t| 3.0 * (t * 0.37).sin() + (t * 0.11).cos());
        let mut second = vec![0.0; 6];
        second.extend(first.iter().take(994).map(|v| -v));
        let gauges = [Gauge { name: "b", values: &second }, Gauge { name: "a", values: &first }];
        let found = relations(&gauges, (0, 999), Some(2.0));
        assert_eq!((found[0].first.as_str(), found[0].lag_rows, found[0].lag_s), ("a", 6, Some(12.0)));
        assert!(found[0].correlation < -0.9);
    }
}
