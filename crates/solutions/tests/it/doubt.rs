//! Where nobody can be sure who is at fault, and what is not known: the words leave both open, or say by what they decide.

use std::collections::BTreeMap;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{Asset, Batch, Finding, FindingKind, Quality, Role, Sample, Signal, SignalId, SignalKind, Timestamp};
use gemba_solutions::maintenance::{Config, Guard, MonitorState, NormalBehaviour, NormalBehaviourConfig};

use super::maintenance::{batch, fan, findings, row, signal, signals};

fn monitor(asset: &Asset, signals: &[Signal]) -> NormalBehaviour {
    let config = NormalBehaviourConfig { learn_s: 600, ..NormalBehaviourConfig::default() };
    NormalBehaviour::for_asset(asset, signals, &config, &BTreeMap::new()).unwrap()
}

/// What is found last when `rows` of values follow a healthy head.
fn last(op: &mut dyn Operator, values: impl Fn(&mut Random, usize) -> Vec<f64>) -> Finding {
    let (mut random, mut out) = (Random::new(5), Outlet::new());
    for i in 0..1200 {
        let now = Timestamp::from_secs(i64::try_from(i).unwrap());
        op.on_batch(now, &batch(i, &values(&mut random, i)), &mut out).unwrap();
        op.on_tick(now, &mut out).unwrap();
    }
    findings(&mut out).pop().unwrap()
}

/// The pressure of the fan by itself, `off` bar beside what all others say.
fn pressure(asset: &Asset, off: f64) -> Finding {
    let values = |random: &mut Random, i| row(random, i, 0.0, if i < 1000 { 0.0 } else { off }).to_vec();
    last(&mut monitor(asset, &signals()), values)
}

#[test]
fn what_a_failure_shows_alone_is_not_laid_on_the_sensor() {
    // a filter that clogs raises the pressure before the flow falls; nothing lowers the pressure alone
    let found = pressure(&fan(), 0.4);
    assert_eq!((found.kind, found.title.as_str()), (FindingKind::Anomaly, "Pressure no longer fits the other signals"));
    assert!(found.explanation.contains("above what the other signals make of it"), "{}", found.explanation);
    assert!(found.explanation.contains("either the sensor is off"), "{}", found.explanation);
    assert_eq!(found.failure_mode.as_deref(), Some("clogged_filter"));
    assert!(found.prescription[0].contains("second instrument"), "{:?}", found.prescription);
    let found = pressure(&fan(), -0.4);
    assert_eq!(
        (found.kind, found.title.as_str()),
        (FindingKind::SensorFault, "Pressure contradicts the other signals")
    );
    assert!(found.explanation.contains("no failure that is known"), "{}", found.explanation);
}

#[test]
fn of_a_machine_of_which_nothing_is_known_both_are_open() {
    let found = pressure(&Asset { template: None, ..fan() }, -0.4);
    assert_eq!((found.kind, found.failure_mode.as_deref()), (FindingKind::Anomaly, None));
    assert!(found.explanation.contains("a drive that is held"), "{}", found.explanation);
    assert!(found.prescription[0].contains("does it do what is measured?"), "{:?}", found.prescription);
}

#[test]
fn a_signal_that_drifts_as_a_failure_makes_it_stays_the_machines() {
    let normal = NormalBehaviourConfig { learn_s: 600, ..NormalBehaviourConfig::default() };
    let config = Config { normal, ..Config::default() };
    let drifted = |per_row: f64| {
        let mut op = Guard::for_asset(&fan(), &signals(), &config, &BTreeMap::new()).unwrap();
        let off = |i: usize| per_row * i.saturating_sub(900) as f64;
        last(&mut op, |random, i| row(random, i, 0.0, off(i)).to_vec())
    };
    assert_eq!(drifted(-0.002).title, "Sensor pressure drifts");
    assert_eq!(drifted(0.002).title, "Pressure no longer fits the other signals");
}

#[test]
fn a_machine_that_shakes_less_is_news_and_no_warning() {
    let all = [
        signal(0, "load", Role::Load, "%"),
        signal(1, "vibration", Role::Vibration, "mm/s"),
        signal(2, "bearing_temperature", Role::BearingTemperature, "Cel"),
    ];
    let shaken = |by: f64| {
        let values = |random: &mut Random, i: usize| {
            let (load, by) = (50.0 + 20.0 * (i as f64 / 60.0).sin(), if i < 1000 { 0.0 } else { by });
            vec![
                load,
                3.0 + 0.01 * load + 0.1 * random.normal() + by,
                50.0 + 0.2 * load + 0.3 * random.normal() + 3.0 * by,
            ]
        };
        last(&mut monitor(&fan(), &all), values)
    };
    let (less, more) = (shaken(-2.0), shaken(2.0));
    assert!(less.severity <= 0.3 && more.severity > 0.6, "{} {}", less.severity, more.severity);
    assert!(less.title.contains("lower") && less.explanation.contains("it was repaired"), "{}", less.explanation);
    assert!(more.title.contains("higher") && !more.explanation.contains("it was repaired"), "{}", more.explanation);
}

#[test]
fn a_state_that_nobody_reads_any_more_is_no_operating_state() {
    let mut all = signals();
    all.push(Signal { kind: SignalKind::State, ..signal(4, "mode", Role::OperatingState, "") });
    let config = NormalBehaviourConfig {
        step_ms: 60_000,
        hold_ms: 300_000,
        learn_s: 300 * 60,
        ..NormalBehaviourConfig::default()
    };
    let mut op = NormalBehaviour::for_asset(&fan(), &all, &config, &BTreeMap::new()).unwrap();
    let (mut random, mut out) = (Random::new(7), Outlet::new());
    for i in 0..4_100 {
        let mut values = row(&mut random, i, 0.0, 0.0).to_vec();
        // the link is lost; when it is back the state is told last
        values.extend((!(4_000..4_010).contains(&i)).then_some(1.0));
        op.on_batch(Timestamp::MIN, &batch(i * 60, &values), &mut out).unwrap();
        if i == 3_999 {
            let at = Timestamp::from_secs(i64::try_from(i * 60 + 1).unwrap());
            let stale = |id| Sample { quality: Quality::Stale, ..Sample::good(SignalId::new(id), at, 1.0) };
            op.on_batch(Timestamp::MIN, &Batch::from_rows(&(0..5).map(stale).collect::<Vec<_>>()), &mut out).unwrap();
        }
    }
    assert_eq!(findings(&mut out), vec![]);
    assert_eq!((op.status().states_known, op.status().state), (1, MonitorState::Watching));
    // not told again for an hour, while values come: it is what it was, and watched
    let at = |i: usize| Timestamp::from_secs(i64::try_from(i * 60).unwrap());
    let stale = Sample { quality: Quality::Stale, ..Sample::good(SignalId::new(4), at(4_100), 1.0) };
    op.on_batch(Timestamp::MIN, &Batch::from_rows(&[stale]), &mut out).unwrap();
    for i in 4_101..4_260 {
        op.on_batch(
            Timestamp::MIN,
            &batch(i * 60, &row(&mut random, i, if i < 4_200 { 0.0 } else { 3.0 }, 0.0)),
            &mut out,
        )
        .unwrap();
    }
    let found = findings(&mut out);
    assert!(found.iter().all(|f| f.since >= at(4_200)) && !found.is_empty(), "{found:?}");
}
