//! Health from 0 to 100.

use gemba_plant::{Finding, FindingKind, FindingState, TimeRange, Timestamp};

/// Where a value stands on its way from healthy to failed: `100 · (failed − value) / (failed − healthy)`, within
/// 0–100. None when the way has no length or no direction upwards.
///
/// ```
/// use gemba_solutions::maintenance::condition;
///
/// // 2.1 mm/s when healthy, zone D from 7.1 mm/s
/// assert_eq!(condition(3.1, 2.1, 7.1), Some(80.0));
/// assert_eq!(condition(9.0, 2.1, 7.1), Some(0.0));
/// assert_eq!(condition(9.0, 7.1, 7.1), None);
/// ```
pub fn condition(value: f64, healthy: f64, failed: f64) -> Option<f64> {
    let share = (failed - value) / (failed - healthy);
    (failed > healthy && share.is_finite()).then(|| 100.0 * share.clamp(0.0, 1.0))
}

/// What merely differs from what was learned takes so much at most: how far it is from usual says nothing of how far it is
/// to a limit.
const UNUSUAL_MOST: f64 = 0.5;
/// And so much where it shows as a failure of such a machine does.
const NAMED_MOST: f64 = 0.8;

/// What a finding takes off the health of its machine, 0–1: severity × probability, of what differs from what was learned a
/// half at most, four fifths where it fits a failure mode. None for faults of sensors and of data: they say nothing about the machine.
///
/// ```
/// # use gemba_plant::{AssetId, Finding, FindingKind, FindingState, Timestamp};
/// use gemba_solutions::maintenance::taken;
///
/// # let finding = Finding { asset: AssetId::new(1), key: String::new(), kind: FindingKind::Anomaly,
/// #     state: FindingState::Active, since: Timestamp::MIN, until: Timestamp::MIN, title: String::new(),
/// #     explanation: String::new(), p_value: None, probability: 1.0, severity: 0.99, contributions: vec![],
/// #     evidence: vec![], failure_mode: None, prescription: vec![], rul: None, model: String::new() };
/// // a pump that stood while it was learned, and is switched on
/// assert_eq!(taken(&finding), Some(0.5));
/// assert_eq!(taken(&Finding { failure_mode: Some("cavitation".into()), ..finding.clone() }), Some(0.8));
/// assert_eq!(taken(&Finding { kind: FindingKind::Limit, ..finding.clone() }), Some(0.99));
/// assert_eq!(taken(&Finding { kind: FindingKind::SensorFault, ..finding }), None);
/// ```
pub fn taken(finding: &Finding) -> Option<f64> {
    let most = match (finding.kind, &finding.failure_mode) {
        (FindingKind::SensorFault | FindingKind::DataQuality, _) => return None,
        (FindingKind::Anomaly, None) => UNUSUAL_MOST,
        (FindingKind::Anomaly, Some(_)) => NAMED_MOST,
        (FindingKind::Limit | FindingKind::Degradation, _) => 1.0,
    };
    Some((finding.severity.clamp(0.0, 1.0) * finding.probability.clamp(0.0, 1.0)).min(most))
}

/// The health of an asset: `100 · (1 − worst)`, where `worst` is the most that one of its active findings [takes](taken).
/// `watched` is whether anything has learned to judge the asset; without that, and without a finding, there is no health:
/// none, not 100.
pub fn health<'a>(findings: impl Iterator<Item = &'a Finding>, watched: bool) -> Option<f64> {
    let active = findings.filter(|f| f.state == FindingState::Active);
    match active.filter_map(taken).reduce(f64::max) {
        Some(worst) => Some(100.0 * (1.0 - worst)),
        None => watched.then_some(100.0),
    }
}

/// What a finding about the machine took off its health, and while.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Took {
    /// From when to when it held.
    pub range: TimeRange,
    /// What it [took](taken), 0–1.
    pub share: f64,
}

/// [`health`] over time within a range: each change, the first at its begin. `watched` is from when on anything judges the
/// asset; before that, and without a finding, there is no health.
pub fn health_over_time(took: &[Took], watched: Timestamp, within: TimeRange) -> Vec<(Timestamp, Option<f64>)> {
    let ends = took.iter().flat_map(|t| [t.range.from, t.range.to]).chain([watched]);
    let mut times: Vec<Timestamp> = ends.filter(|at| within.contains(*at)).chain([within.from]).collect();
    times.sort_unstable();
    times.dedup();
    let at = |time: Timestamp| {
        let worst = took.iter().filter(|t| t.range.contains(time)).map(|t| t.share).reduce(f64::max);
        worst.map(|worst| 100.0 * (1.0 - worst).clamp(0.0, 1.0)).or((watched <= time).then_some(100.0))
    };
    let mut all: Vec<(Timestamp, Option<f64>)> = times.into_iter().map(|time| (time, at(time))).collect();
    all.dedup_by(|next, last| next.1 == last.1);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_finding_of_each_moment_counts() {
        let at = Timestamp::from_secs;
        let took = |from, to, share| Took { range: TimeRange::new(at(from), at(to)), share };
        let all = [took(20, 60, 0.5), took(30, 40, 0.8), took(50, 90, 0.2)];
        let known = |from: i64| health_over_time(&all, at(from), TimeRange::new(at(0), at(100)));
        let want =
            [(0, None), (10, Some(100.0)), (20, Some(50.0)), (30, Some(20.0)), (40, Some(50.0)), (60, Some(80.0))];
        let told: Vec<(Timestamp, Option<f64>)> = want.iter().map(|(t, h)| (at(*t), *h)).collect();
        let close = |a: &Option<f64>, b: &Option<f64>| a.zip(*b).map_or(*a == *b, |(a, b)| (a - b).abs() < 1e-9);
        let found = known(10);
        assert!(found.iter().zip(&told).all(|(a, b)| a.0 == b.0 && close(&a.1, &b.1)), "{found:?}");
        assert_eq!(found.last().unwrap(), &(at(90), Some(100.0)));
        assert_eq!(known(1000).last().unwrap(), &(at(90), None), "nothing watched");
    }
}
