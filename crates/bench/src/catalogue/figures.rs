//! Outcomes pooled.

use std::collections::BTreeMap;

use super::course::Quiet;
use super::judge::Outcome;

/// A metric by name.
type Metrics = BTreeMap<String, f64>;

/// The metrics of some outcomes, one fault's or all; shares are 0–1.
pub(super) fn of(outcomes: &[Outcome]) -> Metrics {
    let share =
        |all: &[&Outcome], is: fn(&Outcome) -> bool| all.iter().filter(|o| is(o)).count() as f64 / all.len() as f64;
    let mean =
        |value: fn(&Outcome) -> usize| outcomes.iter().map(|o| value(o) as f64).sum::<f64>() / outcomes.len() as f64;
    let all: Vec<&Outcome> = outcomes.iter().collect();
    let nameable: Vec<&Outcome> = outcomes.iter().filter(|o| o.nameable).collect();
    let found: Vec<&Outcome> = outcomes.iter().filter(|o| o.found.is_some()).collect();
    let mut delays: Vec<f64> = found.iter().filter_map(|o| Some(o.found?.0)).collect();
    let mut severities: Vec<f64> = found.iter().filter_map(|o| Some(o.found?.1)).collect();
    let each = [
        ("faults", outcomes.len() as f64),
        ("found", share(&all, |o| o.found.is_some())),
        ("delay_s", quantile(&mut delays, 0.5)),
        ("delay_s_p90", quantile(&mut delays, 0.9)),
        ("severity_then", quantile(&mut severities, 0.5)),
        ("first_name_right", share(&nameable, |o| o.first_name == Some(true))),
        ("first_name_wrong", share(&nameable, |o| o.first_name == Some(false))),
        ("named", share(&nameable, |o| o.named.0)),
        ("misnamed", share(&nameable, |o| o.named.1)),
        ("blamed", share(&all, |o| o.blamed)),
        ("findings", mean(|o| o.findings.0)),
        ("findings_beside", mean(|o| o.findings.1)),
        ("alarms", mean(|o| o.alarms.0)),
        ("alarms_beside", mean(|o| o.alarms.1)),
        ("findings_after_repair", mean(|o| o.after)),
        ("ended", share(&found, |o| o.ended == Some(true))),
    ];
    each.into_iter().filter(|(_, value)| value.is_finite()).map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Adds what a quiet plant said.
pub(super) fn with_quiet(mut metrics: Metrics, all: &[Quiet]) -> Metrics {
    let days: f64 = all.iter().map(|q| q.asset_days).sum();
    let a_day = |count: fn(&Quiet) -> usize| all.iter().map(|q| count(q) as f64).sum::<f64>() / days;
    if days > 0.0 {
        metrics.insert("false_findings_asset_day".to_owned(), a_day(|q| q.findings));
        metrics.insert("false_alarms_asset_day".to_owned(), a_day(|q| q.alarms));
    }
    metrics
}

/// The value below which this share lies, the nearest one; NaN of none.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place among some values")]
fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let place = (share * values.len().saturating_sub(1) as f64).round() as usize;
    values.get(place).copied().unwrap_or(f64::NAN)
}
