//! Faulty sensors beside healthy ones: what stands in for them, and what is told from a change of the process.

use std::collections::BTreeMap;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{
    Batch, Evidence, Finding, FindingKind, FindingState, Quality, Role, Sample, Signal, SignalId, Timestamp,
};
use gemba_solutions::maintenance::{Config, Guard, NormalBehaviourConfig, computed_signals};

use super::maintenance::{fan, signal};

/// A value that is not sent.
pub(crate) const UNSENT: f64 = f64::INFINITY;
/// Where the flow's estimate goes.
const ESTIMATE: u32 = 102;

fn signals() -> Vec<Signal> {
    vec![
        signal(0, "load", Role::Load, "%"),
        signal(1, "flow", Role::Flow, "m3/h"),
        signal(2, "pressure", Role::Pressure, "bar"),
        signal(3, "power", Role::Power, "kW"),
        signal(4, "inlet_temperature", Role::ProcessTemperature, "Cel"),
        signal(5, "outlet_temperature", Role::ProcessTemperature, "Cel"),
    ]
}

fn guard() -> Guard {
    let normal = NormalBehaviourConfig { learn_s: 900, ..NormalBehaviourConfig::default() };
    let config = Config { normal, ..Config::default() };
    let ids: BTreeMap<String, SignalId> = computed_signals(&fan(), &signals())
        .into_iter()
        .zip(101..)
        .map(|(c, id)| (c.name, SignalId::new(id)))
        .collect();
    assert_eq!(ids["virtual/flow"], SignalId::new(ESTIMATE));
    Guard::for_asset(&fan(), &signals(), &config, &ids).unwrap()
}

/// Load drives flow; pressure, power and temperatures follow flow and the day.
fn row(random: &mut Random, i: usize, flow_loss: f64) -> Vec<f64> {
    let load = 50.0 + 20.0 * (i as f64 / 60.0).sin();
    let day = (i as f64 / 200.0).cos();
    let mut noise = |size: f64| size * random.normal();
    let flow = 0.5 * load + noise(0.1) - flow_loss;
    let inlet = 20.0 + 4.0 * day + noise(0.1);
    vec![
        load,
        flow + noise(0.2),
        2.0 + 0.05 * flow + noise(0.01),
        5.0 + 0.4 * flow + noise(0.05),
        inlet,
        inlet + 25.0 - 0.4 * flow + noise(0.1),
    ]
}

/// Whether a finding lays it on the sensor, or leaves open whose fault it is: until its sensor has been looked at for long
/// enough the monitor cannot know.
fn of_the_sensor(finding: &Finding) -> bool {
    finding.kind == FindingKind::SensorFault || finding.explanation.contains("either the sensor is off")
}

/// What came out: findings, and the samples of the flow's estimate.
#[derive(Default)]
pub(crate) struct Heard {
    pub(crate) findings: Vec<Finding>,
    estimates: Vec<Sample>,
}

impl Heard {
    /// Offers the row of second `i` to the operator and hears what it says.
    fn offer(&mut self, op: &mut Guard, i: usize, values: &[f64]) {
        let (time, mut out) = (Timestamp::from_secs(i64::try_from(i).unwrap()), Outlet::new());
        let sent = (0..).zip(values).filter(|(_, v)| v.to_bits() != UNSENT.to_bits());
        let samples = sent.map(|(id, v)| Sample::good(SignalId::new(id), time, *v));
        op.on_batch(time, &Batch::from_rows(&samples.collect::<Vec<_>>()), &mut out).unwrap();
        op.on_tick(time, &mut out).unwrap();
        for output in out.drain() {
            match output {
                Output::Finding(finding) => self.findings.push(*finding),
                Output::Samples(b) => self.estimates.extend(b.rows().filter(|s| s.signal == SignalId::new(ESTIMATE))),
                Output::Change(_) => {}
            }
        }
    }
}

/// Runs rows through the operator, spoiled by `change`.
pub(crate) fn run(
    op: &mut Guard,
    rows: std::ops::Range<usize>,
    loss: f64,
    change: impl Fn(usize, &mut Vec<f64>),
) -> Heard {
    let mut random = Random::new(rows.start as u64 + 11);
    let mut heard = Heard::default();
    for i in rows {
        let mut values = row(&mut random, i, loss);
        change(i, &mut values);
        heard.offer(op, i, &values);
    }
    heard
}

pub(crate) fn learned() -> Guard {
    let mut op = guard();
    let heard = run(&mut op, 0..2_000, 0.0, |_, _| {});
    assert!(heard.findings.is_empty() && heard.estimates.is_empty(), "{:?}", heard.findings);
    op
}

fn titles(heard: &Heard) -> Vec<&str> {
    let mut all: Vec<&str> = heard.findings.iter().map(|f| f.title.as_str()).collect();
    all.dedup();
    all
}

#[test]
fn an_estimate_takes_over_from_a_stuck_sensor_and_hands_back() {
    let mut op = learned();
    let stuck = run(&mut op, 2_000..2_400, 0.0, |_, row| row[1] = 31.5);
    let first = stuck.findings.iter().find(|f| f.key == "sensor:flow").unwrap();
    assert_eq!((first.kind, first.state), (FindingKind::SensorFault, FindingState::Active));
    for part in
        ["Sensor flow is stuck since 1970-01-01T00:33:", "stands in for it", "± 0.", "90 of 100 cases", "virtual/flow"]
    {
        assert!(first.explanation.contains(part), "{part}: {}", first.explanation);
    }
    assert!(first.evidence.iter().any(|e| matches!(e, Evidence::Comparison(c) if (c.measured - 31.5).abs() < 1e-9)));
    // the machine is not blamed for what the sensor makes up
    assert!(stuck.findings.iter().all(of_the_sensor), "{:?}", titles(&stuck));
    assert!(op.status().unwrap().score < 1.0, "{:?}", op.status());
    // the estimates are marked, and as good as was said
    assert!(stuck.estimates.len() > 330, "{}", stuck.estimates.len());
    assert!(stuck.estimates.iter().all(|s| s.quality == Quality::Uncertain && s.status == 0x4091_0000));
    let mut random = Random::new(2_011);
    let truth: BTreeMap<i64, f64> =
        (2_000..2_400).map(|i| (i64::try_from(i).unwrap(), row(&mut random, i, 0.0)[1])).collect();
    let near = stuck.estimates.iter().filter(|s| (s.value - truth[&(s.time.micros() / 1_000_000)]).abs() < 0.6).count();
    assert!(near * 100 > 85 * stuck.estimates.len(), "{near} of {}", stuck.estimates.len());
    // healthy again for a while
    let back = run(&mut op, 2_400..2_700, 0.0, |_, _| {});
    let last = back.findings.last().unwrap();
    assert_eq!((last.key.as_str(), last.state), ("sensor:flow", FindingState::Cleared), "{:?}", titles(&back));
    assert!(last.explanation.contains("its own values count from now on"), "{}", last.explanation);
    assert!((40..120).contains(&back.estimates.len()), "{}", back.estimates.len());
}

#[test]
fn a_change_of_the_process_is_still_seen_while_an_estimate_stands_in() {
    let mut op = learned();
    run(&mut op, 2_000..2_200, 0.0, |_, row| row[1] = 31.5);
    let heard = run(&mut op, 2_200..2_500, 6.0, |_, row| row[1] = 31.5);
    assert!(heard.findings.iter().any(|f| f.kind == FindingKind::Anomaly), "{:?}", titles(&heard));
}

#[test]
fn a_restart_in_between_changes_nothing() {
    let spoiled = |i: usize, row: &mut Vec<f64>| {
        if (2_010..2_150).contains(&i) {
            row[1] = 31.5;
        }
    };
    let through = run(&mut learned(), 2_000..2_400, 0.0, spoiled);
    let mut op = learned();
    let mut heard = Heard::default();
    let mut random = Random::new(2_011);
    for i in 2_000..2_400 {
        if [2_005, 2_090, 2_170].contains(&i) {
            let state = op.save();
            op = guard();
            op.restore(&state).unwrap();
        }
        let mut values = row(&mut random, i, 0.0);
        spoiled(i, &mut values);
        heard.offer(&mut op, i, &values);
    }
    assert_eq!((heard.findings, heard.estimates), (through.findings, through.estimates));
    assert!(guard().restore(b"nonsense").is_err() && guard().restore(&[0; 9]).is_err());
}

#[test]
fn an_estimate_takes_over_from_a_sensor_that_drifts_and_hands_back() {
    let mut op = learned();
    let drifting = run(&mut op, 2_000..2_600, 0.0, |i, row| row[1] += (i - 2_000) as f64 / 100.0);
    let first = drifting.findings.iter().find(|f| f.key == "sensor:flow");
    let first = first.unwrap_or_else(|| panic!("{:?}", titles(&drifting)));
    assert_eq!((first.title.as_str(), first.state), ("Sensor flow drifts", FindingState::Active));
    assert!(first.until < Timestamp::from_secs(2_400), "{:?}", first.until);
    for part in ["stands in for it", "± 0.", "90 of 100 cases", "virtual/flow"] {
        assert!(first.explanation.contains(part), "{part}: {}", first.explanation);
    }
    assert!(drifting.findings.iter().all(of_the_sensor), "{:?}", titles(&drifting));
    // the monitor goes on with the estimate, and is at peace
    assert!(op.status().unwrap().score < 1.0, "{:?}", op.status());
    assert!(drifting.estimates.len() > 200, "{}", drifting.estimates.len());
    let mut random = Random::new(2_011);
    let truth: Vec<f64> = (2_000..2_600).map(|i| row(&mut random, i, 0.0)[1]).collect();
    let off = |s: &&Sample| (s.value - truth[usize::try_from(s.time.micros() / 1_000_000).unwrap() - 2_000]).abs();
    let near = drifting.estimates.iter().filter(|s| off(s) < 0.6).count();
    assert!(near * 100 > 85 * drifting.estimates.len(), "{near} of {}", drifting.estimates.len());
    // the residual is back where it was
    let back = run(&mut op, 2_600..2_900, 0.0, |_, _| {});
    let last = back.findings.iter().rfind(|f| f.key == "sensor:flow").unwrap();
    assert_eq!(last.state, FindingState::Cleared, "{:?}", titles(&back));
    assert!((40..160).contains(&back.estimates.len()), "{}", back.estimates.len());
}

/// What a sensor is called in the end while it is spoilt so.
fn called(op: &mut Guard, key: &str, change: impl Fn(usize, &mut Vec<f64>)) -> &'static str {
    let state = op.save();
    let heard = run(op, 2_000..2_500, 0.0, change);
    *op = guard();
    op.restore(&state).unwrap();
    let said = heard.findings.iter().rfind(|f| f.key == key && f.state == FindingState::Active);
    let title = said.map_or("", |f| f.title.as_str());
    let words = ["noisy", "spikes", "drifts", "stuck", "times too", "exchanged", "usable"];
    words.into_iter().find(|w| title.contains(w)).unwrap_or("nothing")
}

/// Puts a value off; by more than any number, it stays where it is.
fn spoil(value: &mut f64, off: f64) {
    *value = if off.is_infinite() { 5.0 } else { *value + off };
}

#[test]
fn each_faulty_sensor_has_its_name_over_a_grid_of_cases() {
    /// How a value is spoilt: its row, the value, and a number that is drawn for the row.
    type Spoil = fn(usize, f64, f64) -> f64;
    let sizes = [0.2, 0.01, 0.05, 0.1, 0.1];
    let kinds: [(&str, [Spoil; 3]); 5] = [
        ("noisy", [|_, _, n| 4.0 * n, |_, _, n| 6.0 * n, |_, _, n| 10.0 * n]),
        (
            "spikes",
            [
                |i, _, _| if i % 13 == 0 { 60.0 } else { 0.0 },
                |i, _, _| if i % 29 < 2 { -60.0 } else { 0.0 },
                |i, _, _| if i % 47 < 3 { 60.0 } else { 0.0 },
            ],
        ),
        (
            "drifts",
            [
                |i, _, _| (i - 2_000) as f64 / 20.0,
                |i, _, _| (i - 2_000) as f64 / -10.0,
                |i, _, _| (i - 2_000) as f64 / 7.0,
            ],
        ),
        ("stuck", [|_, _, _| f64::INFINITY, |_, _, _| f64::INFINITY, |_, _, _| f64::INFINITY]),
        ("usable", [|_, _, _| f64::NAN, |_, _, _| f64::NAN, |_, _, _| f64::NAN]),
    ];
    let mut op = learned();
    let (mut right, mut all) = (0, 0);
    for (wanted, ways) in kinds {
        let mut row_of_table: BTreeMap<&str, usize> = BTreeMap::new();
        for (column, size) in (1..).zip(sizes) {
            let key = format!("sensor:{}", signals()[column].name);
            for way in ways {
                let name = called(&mut op, &key, |i, row| {
                    let off = size * way(i, row[column], noise(i + 10_000 * column));
                    spoil(&mut row[column], off);
                });
                *row_of_table.entry(name).or_default() += 1;
                (right, all) = (right + usize::from(name == wanted), all + 1);
            }
        }
        println!("{wanted:10} {row_of_table:?}");
    }
    for (column, gain) in [(2, 14.5038), (3, 10.0), (3, 0.1), (1, 3.6)] {
        let key = format!("sensor:{}", signals()[column].name);
        let name = called(&mut op, &key, |_, row| row[column] *= gain);
        println!("times {gain:5} {name}");
        (right, all) = (right + usize::from(name == "times too"), all + 1);
    }
    for key in ["sensor:inlet_temperature", "sensor:outlet_temperature"] {
        let name = called(&mut op, key, |_, row| row.swap(4, 5));
        (right, all) = (right + usize::from(name == "exchanged"), all + 1);
    }
    assert!(right * 100 >= 90 * all, "{right} of {all}");
}

#[test]
fn another_scale_is_named_with_its_factor_and_since_when() {
    let mut op = learned();
    let heard = run(&mut op, 2_000..2_200, 0.0, |_, row| row[2] *= 14.5038);
    let found = heard.findings.iter().rev().find(|f| f.key == "sensor:pressure").unwrap();
    assert_eq!(found.title, "Sensor pressure reads 14.5 times too high", "{:?}", titles(&heard));
    assert!(
        found.since <= Timestamp::from_secs(2_002) && found.since >= Timestamp::from_secs(1_998),
        "{:?}",
        found.since
    );
    assert!(found.explanation.contains("where the other signals make 2.7"), "{}", found.explanation);
    assert!(found.prescription[0].contains("scaling"), "{:?}", found.prescription);
    assert!(heard.findings.iter().all(of_the_sensor), "{:?}", titles(&heard));
    let back = run(&mut op, 2_200..2_400, 0.0, |_, _| {});
    assert_eq!(back.findings.last().unwrap().state, FindingState::Cleared, "{:?}", titles(&back));
    assert_eq!(back.findings.last().unwrap().title, found.title);
}

#[test]
fn fahrenheit_instead_of_celsius_is_said_so() {
    let heard = run(&mut learned(), 2_000..2_200, 0.0, |_, row| row[4] = row[4] * 1.8 + 32.0);
    let found = heard.findings.iter().rev().find(|f| f.key == "sensor:inlet_temperature").unwrap();
    assert_eq!(found.title, "Sensor inlet temperature reads °F instead of °C", "{:?}", titles(&heard));
}

#[test]
fn exchanged_sensors_are_both_named() {
    let mut op = learned();
    let heard = run(&mut op, 2_000..2_200, 0.0, |_, row| row.swap(4, 5));
    for key in ["sensor:inlet_temperature", "sensor:outlet_temperature"] {
        let found = heard.findings.iter().rev().find(|f| f.key == key).unwrap();
        assert!(found.title.ends_with("is exchanged with another"), "{}", found.title);
        assert_eq!(found.contributions.iter().map(|c| c.signal.get()).collect::<Vec<_>>(), [4, 5]);
    }
    let back = run(&mut op, 2_200..2_400, 0.0, |_, _| {});
    assert_eq!(
        back.findings.iter().filter(|f| f.state == FindingState::Cleared && f.key.starts_with("sensor:")).count(),
        2
    );
}

#[test]
fn a_change_of_the_process_is_never_called_a_scale_or_an_exchange() {
    type Change = fn(usize, &mut Vec<f64>);
    let changes: [Change; 4] = [
        // the machine delivers half, its sensor is as noisy as it was
        |i, row| row[1] = 0.25 * (50.0 + 20.0 * (i as f64 / 60.0).sin()) + 0.25 * noise(i),
        |_, row| row[1..4].iter_mut().for_each(|v| *v *= 0.6),
        |i, row| row[3] *= 1.0 + (i - 2_000) as f64 / 100.0,
        |_, row| row[5] += 30.0,
    ];
    let called =
        |heard: &Heard| heard.findings.iter().any(|f| f.title.contains("times too") || f.title.contains("exchanged"));
    for change in &changes {
        let heard = run(&mut learned(), 2_000..2_300, 0.0, change);
        assert!(!called(&heard) && !heard.findings.is_empty(), "{:?}", titles(&heard));
    }
    let loss = run(&mut learned(), 2_000..2_300, 6.0, |_, _| {});
    assert!(!called(&loss) && loss.findings.iter().any(|f| f.kind == FindingKind::Anomaly), "{:?}", titles(&loss));
}

/// A standard normal number for a row.
fn noise(i: usize) -> f64 {
    Random::new(i as u64 + 1_000).normal()
}
