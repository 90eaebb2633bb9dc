//! Paths to a limit.

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{
    Batch, Evidence, Finding, FindingKind, FindingState, Limits, Role, Sample, Signal, SignalId, Timestamp,
};
use gemba_solutions::maintenance::{Course, DayZeroConfig, RemainingLife, RemainingLifeConfig, health, health_outlook};

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
fn a_limit_that_is_reached_stays_so_until_the_value_falls() {
    let mut op = operator();
    run(&mut op, (0, 24 * 54), warming);
    let beyond = run(&mut op, (24 * 54, 24 * 60), |_| 108.0);
    let last = beyond.last().unwrap();
    assert_eq!(last.state, FindingState::Active);
    assert!(last.title.contains("has reached its limit") && last.severity > 0.99, "{}", last.title);
    assert_eq!(last.rul.map(|life| (life.lo, life.days, life.hi)), Some((0.0, 0.0, Some(0.0))));
    let near = run(&mut op, (24 * 60, 24 * 63), |_| 103.0);
    assert!(near.iter().all(|f| f.state == FindingState::Active && f.title.contains("reached")), "just below it");
    let repaired = run(&mut op, (24 * 63, 24 * 65), |_| 60.0);
    assert_eq!(repaired.last().unwrap().state, FindingState::Cleared);
    assert_eq!(run(&mut operator(), (0, 24 * 10), |_| 108.0), vec![], "what was never on its way has no life to tell");
}

#[test]
fn what_falls_is_followed_to_the_low_limit_that_a_person_set() {
    let limits = Limits { low: Some(20.0), deadband: 1.0, ..Limits::default() };
    let flow = Signal { limits: Some(Box::new(limits)), ..signal(5, "flow", Role::Flow, "m3/h") };
    let mut op =
        RemainingLife::for_asset(&fan(), &[flow], &DayZeroConfig::default(), &RemainingLifeConfig::default()).unwrap();
    // steady for ten days, then half a cubic metre a day: 20 is reached on day 70
    let found = run(&mut op, (0, 24 * 50), |day| 50.0 - 0.5 * (day - 10.0).max(0.0));
    let last = found.last().unwrap();
    assert_eq!((last.key.as_str(), last.state), ("life:flow:low", FindingState::Active));
    let life = last.rul.unwrap();
    assert!(life.lo < 20.0 && life.hi.is_none_or(|hi| hi > 20.0) && (10.0..35.0).contains(&life.days), "{life:?}");
    assert!(last.explanation.contains("falling. 20 m³/h (set in the plant file) is its limit"), "{}", last.explanation);
    let Evidence::Degradation { ahead, threshold, .. } = &last.evidence[0] else { panic!("no path") };
    assert!((threshold - 20.0).abs() < 1e-9 && ahead.iter().all(|p| p.lo <= p.median && p.median <= p.hi));
    assert!(ahead[11].median < ahead[0].median);
}

/// What is concluded of a score by the hour: half of the limit for five days, then it grows by 0.3 a day.
fn look(levels: &[f64], open: Option<&Finding>, hours: usize) -> Option<Finding> {
    let mut random = Random::new(4);
    let score = signal(9, "monitor/score", Role::Other, "1");
    let value = |hour: i64| 0.5 + (hour as f64 - 120.0).max(0.0) / 80.0;
    let values: Vec<f64> = (0..232).map(|hour| value(hour) + 0.05 * random.normal()).collect();
    let times: Vec<i64> = (0..232).map(|hour| hour * 3_600_000_000).collect();
    let course = Course { score: &score, times: &times[..hours], values: &values[..hours], levels, open };
    health_outlook(&course, &RemainingLifeConfig::default())
}

/// A machine on its way to where two of its kind failed.
pub(crate) fn outlook() -> Vec<Finding> {
    look(&[4.0, 4.1], None, 232).into_iter().collect()
}

#[test]
fn a_deviation_that_grows_is_followed_to_where_others_failed_and_without_those_nothing_is_said() {
    let found = look(&[4.2, 3.8, 4.0, 0.6], None, 232).unwrap();
    let life = found.rul.unwrap();
    // from 1.9 to 4.0 at 0.3 a day
    assert!(life.lo < 7.0 && life.hi.is_none_or(|hi| hi > 7.0) && (4.0..11.0).contains(&life.days), "{life:?}");
    assert!(found.explanation.contains("3 of 4 recorded failures of this kind: 3.80 to 4.20"), "{}", found.explanation);
    assert_eq!(look(&[4.0], None, 232), None, "one failure is none");
    assert_eq!(look(&[4.0, 4.1, 0.3, 0.4, 0.2], None, 232), None, "failures that it does not show");
    assert_eq!(look(&[4.0, 4.1], None, 120), None, "no wear");
    let over = look(&[4.0, 4.1], Some(&found), 120).unwrap();
    assert_eq!((over.state, over.key.as_str()), (FindingState::Cleared, "life:health"));
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
