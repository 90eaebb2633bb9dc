//! Health from 0 to 100.

use gemba_plant::{Finding, FindingKind, FindingState};

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

/// The health of an asset: `100 · (1 − worst)`, where `worst` is the largest severity × probability of its active
/// findings about the machine (faults of sensors and of data say nothing about it). `watched` is whether anything has
/// learned to judge the asset; without that, and without a finding, there is no health: none, not 100.
pub fn health<'a>(findings: impl Iterator<Item = &'a Finding>, watched: bool) -> Option<f64> {
    let about_the_machine = |f: &&Finding| {
        f.state == FindingState::Active && !matches!(f.kind, FindingKind::SensorFault | FindingKind::DataQuality)
    };
    let worst = findings.filter(about_the_machine).map(|f| f.severity * f.probability).reduce(f64::max);
    match worst {
        Some(worst) => Some(100.0 * (1.0 - worst).clamp(0.0, 1.0)),
        None => watched.then_some(100.0),
    }
}
