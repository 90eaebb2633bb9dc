//! Tables with too few rows for the operators of a plant, say one a day: each signal by itself against the healthy rows.

use gemba_learn::level::{Level, slow_share};
use gemba_learn::stats;

use super::clock::Times;
use super::healthy::ROWS_MIN;
use super::report::Anomaly;
use super::watch::{Said, Watched};
use crate::maintenance::number;

/// Rows of a group by which it is told how much a signal wanders.
const GROUP: usize = 4;
/// False alarms that are expected in a whole table.
const FALSE_ALARMS: f64 = 1.0;
/// Rows within the limit that do not yet part two stretches.
const REST: usize = 2;
/// Signals that are named in words.
const NAMED_MAX: usize = 3;

/// What one signal does while all is well.
struct Known<'a> {
    signal: &'a Watched,
    level: Level,
    limit: f64,
}

/// Judges each row of each gauge against the spread of the healthy rows (a Student t prediction interval, wider for signals
/// that wander; one false alarm in the whole table).
pub(super) fn watch(signals: &[Watched], (from, to): (usize, usize), times: &Times, rows: usize) -> Said {
    let gauges: Vec<&Watched> = signals.iter().filter(|s| !s.state).collect();
    let judged = (rows.saturating_sub(to + 1 - from) * gauges.len()).max(1) as f64;
    let learn = |signal: &&Watched| {
        let head = signal.values.get(from..=to)?;
        let level = Level::fit(head, 1, slow_share(head, GROUP)).ok()?;
        Some((level, level.limit(FALSE_ALARMS / judged)))
    };
    let known: Vec<Known<'_>> =
        gauges.iter().filter_map(|s| learn(s).map(|(level, limit)| Known { signal: s, level, limit })).collect();
    let mut said = Said { score: vec![f64::NAN; rows], ..Said::default() };
    said.notes.push(forbidden(to + 1 - from, &known));
    let ratio =
        |k: &Known<'_>, row: usize| k.level.deviation(k.signal.values.get(row).copied().unwrap_or(f64::NAN)) / k.limit;
    for (row, score) in said.score.iter_mut().enumerate().filter(|(row, _)| *row < from || *row > to) {
        *score = known.iter().map(|k| ratio(k, row).abs()).fold(f64::NAN, f64::max);
    }
    let loud: Vec<usize> = (0..rows).filter(|r| said.score.get(*r).is_some_and(|s| *s > 1.0)).collect();
    for stretch in loud.chunk_by(|a, b| b - a <= REST + 1 && (*b < from || *a > to)) {
        said.anomalies.extend(anomaly(&known, stretch, &ratio, times));
    }
    said
}

/// What too few rows forbid, in words.
fn forbidden(rows: usize, known: &[Known<'_>]) -> String {
    let limits: Vec<f64> = known.iter().map(|k| k.limit).collect();
    let large = if limits.is_empty() {
        String::new()
    } else {
        format!(" What is told must lie {:.1} spreads of the healthy rows off.", stats::median(&limits))
    };
    format!(
        "{rows} healthy rows are too few to learn relations between signals, operating states and faults of sensors \
         ({ROWS_MIN} are needed): each row of each signal is judged by itself.{large}"
    )
}

fn anomaly(
    known: &[Known<'_>],
    stretch: &[usize],
    ratio: &dyn Fn(&Known<'_>, usize) -> f64,
    times: &Times,
) -> Option<Anomaly> {
    let (first, last) = (*stretch.first()?, *stretch.last()?);
    let part =
        |k: &Known<'_>| -> f64 { stretch.iter().map(|r| ratio(k, *r)).filter(|r| r.abs() > 1.0).map(|r| r * r).sum() };
    let total: f64 = known.iter().map(part).sum();
    let mut parts: Vec<(&Known<'_>, f64)> = known.iter().map(|k| (k, part(k) / total)).filter(|p| p.1 > 0.0).collect();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    let measured = |k: &Known<'_>| {
        let values: Vec<f64> = stretch.iter().filter_map(|r| k.signal.values.get(*r).copied()).collect();
        stats::median(&values)
    };
    let (lead, _) = parts.first()?;
    let way = if measured(lead) > lead.level.centre { "higher" } else { "lower" };
    let told = |(k, _): &(&Known<'_>, f64)| {
        let (half, unit) = (k.limit * k.level.scale, k.signal.unit.symbol());
        let [value, low, high] = [measured(k), k.level.centre - half, k.level.centre + half].map(|v| number(v, half));
        let gap = if unit.is_empty() { "" } else { " " };
        format!("{} is {value}{gap}{unit} (healthy: {low} to {high})", k.signal.name)
    };
    let worst = stretch.iter().flat_map(|r| known.iter().map(|k| ratio(k, *r).abs())).fold(1.0, f64::max);
    let p_value =
        known.iter().flat_map(|k| stretch.iter().map(|r| k.level.p_value(ratio(k, *r) * k.limit))).fold(1.0, f64::min);
    let more = if parts.len() > NAMED_MAX { format!(" and {} more", parts.len() - NAMED_MAX) } else { String::new() };
    Some(Anomaly {
        stretch: times.stretch(first, last),
        title: format!("{} is {way} than in the healthy rows", lead.signal.name),
        explanation: format!("{}{more}.", parts.iter().take(NAMED_MAX).map(told).collect::<Vec<_>>().join("; ")),
        p_value: Some(p_value),
        severity: (1.0 - 1.0 / worst).clamp(0.05, 1.0),
        contributions: parts.iter().map(|(k, share)| (k.signal.name.clone(), *share)).collect(),
        prescription: vec!["Compare with what was done at the machine around then.".into()],
        sensor: false,
    })
}
