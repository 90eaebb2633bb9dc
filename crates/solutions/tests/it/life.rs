//! Paths to a limit.

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{Batch, Evidence, Finding, FindingKind, FindingState, Role, Sample, SignalId, Timestamp};
use gemba_solutions::maintenance::{DayZeroConfig, RemainingLife, RemainingLifeConfig, health};

use super::maintenance::{fan, findings, signal};

pub(crate) fn operator() -> RemainingLife {
    let signals =
        [signal(5, "bearing_temperature", Role::BearingTemperature, "Cel"), signal(6, "flow", Role::Flow, "m3/h")];
    RemainingLife::for_asset(&fan(), &signals, &DayZeroConfig::default(), &RemainingLifeConfig::default()).unwrap()
}

/// A value every ten minutes from hour `from` to hour `to`.
pub(crate) fn run(op: &mut RemainingLife, (from, to): (i64, i64), at: impl Fn(f64) -> f64) -> Vec<Finding> {
    let (mut random, mut out, mut all) = (Random::new(3), Outlet::new(), Vec::new());
    for i in from * 6..to * 6 {
        let time = Timestamp::from_secs(i * 600);
        let value = at(i as f64 / 144.0) + 0.3 * random.normal();
        let batch = Batch::from_rows(&[Sample::good(SignalId::new(5), time, value)]);
        op.on_batch(time, &batch, &mut out).unwrap();
        all.extend(findings(&mut out));
    }
    all
}

/// Warm days, cold nights.
fn swing(day: f64) -> f64 {
    3.0 * (std::f64::consts::TAU * day).sin()
}

#[test]
fn a_machine_that_only_swings_has_no_end() {
    let mut op = operator();
    assert_eq!(run(&mut op, (0, 24 * 40), |day| 60.0 + swing(day)), vec![]);
}

/// Steady for ten days, then a degree a day: 105 °C is reached on day 55.
pub(crate) fn warming(day: f64) -> f64 {
    60.0 + (day - 10.0).max(0.0)
}

#[test]
fn what_rises_has_a_range_of_life_that_holds_and_is_over_when_repaired() {
    let mut op = operator();
    let found = run(&mut op, (0, 24 * 40), warming);
    let last = found.last().unwrap();
    assert_eq!(
        (last.kind, last.state, last.key.as_str()),
        (FindingKind::Degradation, FindingState::Active, "life:bearing_temperature")
    );
    assert!(last.since < Timestamp::from_secs(86_400 * 30), "{:?}", last.since);
    let life = last.rul.unwrap();
    assert!(life.lo < 15.0 && life.hi.is_none_or(|hi| hi > 15.0) && life.days > 7.0 && life.days < 30.0, "{life:?}");
    let path = last.evidence.iter().find(|e| matches!(e, Evidence::Degradation { .. })).unwrap();
    let Evidence::Degradation { times, values, threshold, ahead, .. } = path else { panic!("no path") };
    assert!((threshold - 105.0).abs() < 1e-9 && times.len() == values.len() && times.len() <= 241);
    assert!(ahead.iter().all(|p| p.lo <= p.median && p.median <= p.hi && p.time > times[times.len() - 1]));
    assert!(last.explanation.contains("of 100") && last.title.contains("105"), "{}", last.explanation);
    // two thirds of the way to 105 °C are gone, as the formula says
    let left = health(found.iter().rev().take(1), true).unwrap();
    assert!((30.0..60.0).contains(&left), "{left}");
    let repaired = run(&mut op, (24 * 40, 24 * 42), |_| 60.0);
    assert_eq!(repaired.last().unwrap().state, FindingState::Cleared);
}

#[test]
fn a_restart_changes_nothing() {
    let (mut one, mut two) = (operator(), operator());
    run(&mut one, (0, 24 * 30), warming);
    run(&mut two, (0, 24 * 30), warming);
    let mut back = operator();
    back.restore(&two.save()).unwrap();
    assert_eq!(run(&mut one, (24 * 30, 24 * 31), warming), run(&mut back, (24 * 30, 24 * 31), warming));
    assert!(operator().restore(b"nonsense").is_err());
}

#[test]
fn health_is_pending_until_something_watches_and_ignores_sensors() {
    assert_eq!(health([].iter(), false), None);
    assert_eq!(health([].iter(), true), Some(100.0));
    let found = run(&mut operator(), (0, 24 * 40), warming);
    let mut broken = found.last().unwrap().clone();
    broken.kind = FindingKind::SensorFault;
    assert_eq!(health([broken].iter(), true), Some(100.0));
}

#[test]
fn a_finding_stored_before_remaining_life_existed_still_reads() {
    let stored = r#"{"asset":1,"key":"k","kind":"limit","state":"active","since":0,"until":0,"title":"","explanation":"",
        "p_value":null,"probability":1.0,"severity":0.5,"contributions":[],"evidence":[],"failure_mode":null,
        "prescription":[],"model":"m/1"}"#;
    let finding: Finding = serde_json::from_str(stored).unwrap();
    assert_eq!(finding.rul, None);
}
