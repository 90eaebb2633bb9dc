//! What is a sensor's fault and what the process does: doors that tell changes only, vibrations that swell, noise that all share.

use std::collections::BTreeMap;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{Batch, Finding, FindingKind, FindingState, Role, Sample, Signal, SignalId, Timestamp};
use gemba_solutions::maintenance::{Config, Guard, NormalBehaviourConfig};

use super::maintenance::{fan, signal};
use super::sensors::{UNSENT, learned, run};

#[test]
fn a_sensor_that_says_nothing_new_while_others_go_on_is_stuck_for_as_long_as_that_lasts() {
    let mut op = learned();
    let silent = run(&mut op, 2_000..2_600, 0.0, |_, row| row[1] = UNSENT);
    let first = silent.findings.first().unwrap();
    assert_eq!((first.title.as_str(), first.kind), ("Sensor flow is stuck", FindingKind::SensorFault));
    assert!((1_998..=2_002).contains(&(first.since.micros() / 1_000_000)), "{first:?}");
    assert!((2_028..2_040).contains(&(first.until.micros() / 1_000_000)), "{first:?}");
    let closed = silent.findings.iter().filter(|f| f.state == FindingState::Cleared).count();
    assert!(closed == 0 && silent.findings.iter().all(|f| f.key == "sensor:flow"), "{:?}", silent.findings);
    let back = run(&mut op, 2_600..2_900, 0.0, |_, _| {});
    assert_eq!(back.findings.last().unwrap().state, FindingState::Cleared);
}

#[test]
fn a_link_that_is_lost_and_a_machine_that_stands_make_no_sensor_stuck() {
    let lost = run(&mut learned(), 2_000..2_600, 0.0, |_, row| row.fill(UNSENT));
    assert!(lost.findings.iter().all(|f| f.kind != FindingKind::SensorFault), "{:?}", lost.findings);
    // one still speaks of five, the driver aside
    let stands = run(&mut learned(), 2_000..2_600, 0.0, |_, row| row[1..5].fill(UNSENT));
    assert!(stands.findings.iter().all(|f| f.kind != FindingKind::SensorFault), "{:?}", stands.findings);
}

/// What is told of a fan whose second signal has this role, when after learning each signal swings as many times as `lively`
/// says, and reads as much more.
fn told(role: Role, lively: [f64; 3], more: [f64; 3]) -> Vec<Finding> {
    let unit = if role == Role::Vibration { "mm/s" } else { "bar" };
    let signals: Vec<Signal> = vec![
        signal(0, "power", Role::Power, "kW"),
        signal(1, "second", role, unit),
        signal(2, "flow", Role::Flow, "m3/h"),
    ];
    let normal = NormalBehaviourConfig { learn_s: 900, ..NormalBehaviourConfig::default() };
    let config = Config { normal, ..Config::default() };
    let mut op = Guard::for_asset(&fan(), &signals, &config, &BTreeMap::new()).unwrap();
    let (mut random, mut findings) = (Random::new(5), Vec::new());
    for i in 0..2_500 {
        let (time, mut out) = (Timestamp::from_secs(i), Outlet::new());
        let spoilt = i >= 2_000;
        let samples: Vec<Sample> = (0..3)
            .map(|at: usize| {
                let (times, off) = if spoilt { (lively[at], more[at]) } else { (1.0, 0.0) };
                let id = SignalId::new(u32::try_from(at).unwrap());
                Sample::good(id, time, 5.0 + off + 0.1 * times * random.normal())
            })
            .collect();
        op.on_batch(time, &Batch::from_rows(&samples), &mut out).unwrap();
        op.on_tick(time, &mut out).unwrap();
        let found = out.drain().into_iter().filter_map(|o| if let Output::Finding(f) = o { Some(*f) } else { None });
        findings.extend(found);
    }
    findings
}

fn sensor(findings: &[Finding]) -> Vec<&str> {
    findings.iter().filter(|f| f.kind == FindingKind::SensorFault).map(|f| f.title.as_str()).collect()
}

#[test]
fn a_vibration_that_swells_is_the_machine_s_and_one_that_only_gets_noisier_the_sensor_s() {
    let swells = told(Role::Vibration, [1.0, 6.0, 1.0], [0.0, 10.0, 0.0]);
    assert!(sensor(&swells).is_empty() && !swells.is_empty(), "{swells:?}");
    let noisier = told(Role::Vibration, [1.0, 6.0, 1.0], [0.0, -0.5, 0.0]);
    assert!(sensor(&noisier).contains(&"Sensor second is noisy"), "{noisier:?}");
    let pressure = told(Role::Pressure, [1.0, 6.0, 1.0], [0.0, 10.0, 0.0]);
    assert!(sensor(&pressure).contains(&"Sensor second is noisy"), "{pressure:?}");
}

#[test]
fn what_several_signals_share_is_no_sensor_s_noise() {
    let alone = told(Role::Pressure, [1.0, 6.0, 1.0], [0.0; 3]);
    assert!(sensor(&alone).contains(&"Sensor second is noisy"), "{alone:?}");
    let shared = told(Role::Pressure, [6.0, 6.0, 1.0], [0.0; 3]);
    assert!(sensor(&shared).is_empty(), "{:?}", sensor(&shared));
}
