//! Limits: when they speak, and when again.

use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{Batch, Evidence, Finding, FindingState, Limits, Role, Sample, Signal, SignalId, Timestamp};
use gemba_solutions::maintenance::{DayZeroConfig, DayZeroLimits, limit_keys};

use super::maintenance::{fan, findings, signal};

fn operator(signals: &[Signal]) -> DayZeroLimits {
    DayZeroLimits::for_asset(&fan(), signals, &DayZeroConfig::default()).unwrap()
}

/// A value every ten seconds from second `from` on.
fn run(op: &mut DayZeroLimits, from: i64, values: impl IntoIterator<Item = f64>) -> Vec<Finding> {
    let mut out = Outlet::new();
    for (i, value) in (0..).zip(values) {
        let time = Timestamp::from_secs(from + i * 10);
        op.on_batch(time, &Batch::from_rows(&[Sample::good(SignalId::new(5), time, value)]), &mut out).unwrap();
    }
    findings(&mut out)
}

fn bearing() -> Signal {
    signal(5, "bearing_temperature", Role::BearingTemperature, "Cel")
}

fn flow(limits: Limits) -> Signal {
    Signal { limits: Some(Box::new(limits)), ..signal(5, "flow", Role::Flow, "m3/h") }
}

fn said(found: &[Finding]) -> Vec<(&str, FindingState)> {
    found.iter().map(|f| (f.title.as_str(), f.state)).collect()
}

#[test]
fn a_bearing_that_gets_hotter_is_told_again_and_worse_beyond_the_danger_limit() {
    use FindingState::{Active, Cleared};
    let (warm, hot) = ("bearing temperature above 90 °C", "bearing temperature above 105 °C");
    let mut op = operator(&[bearing()]);
    let up = run(&mut op, 0, (0..2_000).map(|i| 80.0 + f64::from(i) * 0.02));
    let before: Vec<&Finding> = up.iter().filter(|f| f.title == warm).collect();
    assert!((8..=12).contains(&before.len()), "told at sensible steps: {}", before.len());
    assert!(before.windows(2).all(|w| w[0].severity < w[1].severity) && before.iter().all(|f| f.severity < 0.8));
    assert!(before[0].explanation.contains("is 90.") && before[before.len() - 1].explanation.contains("is 103."));
    let worse: Vec<&Finding> = up.iter().filter(|f| f.title == hot).collect();
    assert!(worse[0].severity > 0.9 && worse[0].explanation.contains("is 105."), "{}", worse[0].explanation);
    assert!(up.iter().all(|f| f.since == up[0].since && f.key == "day0:bearing_temperature" && f.state == Active));
    // inside the deadband nothing falls; noise on a step is not told each time
    assert_eq!(run(&mut op, 20_000, (0..5).map(|_| 119.0)), vec![]);
    let noisy = run(&mut op, 20_050, (0..600).map(|i| if i % 2 == 0 { 100.0 } else { 109.0 }));
    assert!(noisy.len() <= 102 && noisy.iter().all(|f| f.title == hot), "{}", noisy.len());
    let mut back = operator(&[bearing()]);
    back.restore(&op.save()).unwrap();
    assert_eq!(said(&run(&mut back, 30_000, [96.0; 5])), [(hot, Active), (warm, Active)], "after three readings");
    assert_eq!(said(&run(&mut back, 40_000, [82.0; 40])), [(warm, Active)], "between 81 and 90");
    let over = run(&mut back, 50_000, [80.9; 40]);
    assert_eq!(said(&over), [(hot, Cleared)]);
    assert!(over[0].explanation.contains("was at most 120.0"), "what it leaves behind is the worst: {:?}", over[0]);
}

#[test]
fn a_persons_limits_stand_in_for_the_standards_at_the_first_reading_and_with_their_own_deadband() {
    use FindingState::{Active, Cleared};
    let own = Limits { high: Some(70.0), low: Some(20.0), low_low: Some(10.0), deadband: 2.0, ..Limits::default() };
    let limited = Signal { limits: Some(Box::new(own.clone())), ..bearing() };
    let keys: Vec<String> = limit_keys(&fan(), &limited, &DayZeroConfig::default()).into_iter().collect();
    let name = "bearing_temperature";
    let expected =
        [format!("life:{name}"), format!("life:{name}:low"), format!("limit:{name}:high"), format!("limit:{name}:low")];
    assert_eq!(keys, expected);
    let mut op = operator(&[limited]);
    assert_eq!(said(&run(&mut op, 0, [95.0])), [("bearing temperature above 70 °C", Active)]);

    let mut op = operator(&[flow(own)]);
    let found = run(&mut op, 0, [50.0, 71.0, 69.0, 68.5, 67.9, 15.0, 9.0, 11.0, 12.5, 23.0]);
    assert_eq!(
        said(&found),
        [
            ("flow above 70 m³/h", Active),
            ("flow above 70 m³/h", Cleared),
            ("flow below 20 m³/h", Active),
            ("flow below 10 m³/h", Active),
            ("flow below 20 m³/h", Active),
            ("flow below 10 m³/h", Cleared)
        ]
    );
    assert_eq!((found[0].key.as_str(), found[2].key.as_str()), ("limit:flow:high", "limit:flow:low"));
    assert!(found[3].severity > found[2].severity);
    let Evidence::Limit { source, .. } = &found[0].evidence[0] else { panic!("no limit") };
    assert_eq!(source, "set in the plant file");
}

#[test]
fn a_limit_that_was_moved_ends_what_it_had_told() {
    let at = |high| flow(Limits { high: Some(high), ..Limits::default() });
    let mut op = operator(&[at(70.0)]);
    assert_eq!(run(&mut op, 0, [75.0]).len(), 1);
    let mut moved = operator(&[at(80.0)]);
    moved.restore(&op.save()).unwrap();
    assert_eq!(said(&run(&mut moved, 10, [75.0])), [("flow above 80 m³/h", FindingState::Cleared)]);
}
