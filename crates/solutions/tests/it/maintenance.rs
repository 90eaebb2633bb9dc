use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{
    Asset, AssetId, AssetPath, Batch, Binding, Finding, FindingKind, FindingState, Level, LimitRule, Nameplate,
    Quality, Role, Sample, Signal, SignalId, SignalKind, Support, Template, Timestamp, Unit, Waveform,
};
use gemba_solutions::maintenance::{
    Config, DayZeroConfig, DayZeroLimits, MonitorState, NormalBehaviour, NormalBehaviourConfig, SensorHealth,
    SensorHealthConfig, WaveformFeatures, computed_signals, operators_for,
};

pub(crate) fn fan() -> Asset {
    Asset {
        id: AssetId::new(1),
        path: AssetPath::new("acme/fan-1").unwrap(),
        level: Level::Asset,
        name: String::new(),
        template: Some("fan".into()),
        nameplate: Nameplate {
            power_kw: Some(90.0),
            speed_rpm: Some(1797.0),
            support: Some(Support::Rigid),
            bearing: Some("6205-2RS".into()),
            ..Nameplate::default()
        },
        learning: None,
    }
}

pub(crate) fn signal(id: u32, name: &str, role: Role, unit: &str) -> Signal {
    Signal {
        id: SignalId::new(id),
        asset: AssetId::new(1),
        name: name.into(),
        kind: SignalKind::Gauge,
        role,
        unit: Unit::new(unit),
        range: None,
        decimals: None,
        states: Vec::new(),
        description: String::new(),
        limits: None,
        bands: Vec::new(),
        quiet_in: Vec::new(),
        computed: false,
        binding: Some(Binding { connection: "plc".into(), address: name.into() }),
    }
}

pub(crate) fn signals() -> Vec<Signal> {
    vec![
        signal(0, "load", Role::Load, "%"),
        signal(1, "flow", Role::Flow, "m3/h"),
        signal(2, "pressure", Role::Pressure, "bar"),
        signal(3, "power", Role::Power, "kW"),
    ]
}

/// Load drives flow; pressure and power follow flow.
pub(crate) fn row(random: &mut Random, i: usize, flow_loss: f64, pressure_error: f64) -> [f64; 4] {
    let load = 50.0 + 20.0 * (i as f64 / 60.0).sin();
    let flow = 0.5 * load + 0.3 * random.normal() - flow_loss;
    [load, flow, 2.0 + 0.05 * flow + 0.01 * random.normal() + pressure_error, 5.0 + 0.4 * flow + 0.05 * random.normal()]
}

pub(crate) fn batch(i: usize, values: &[f64]) -> Batch {
    let time = Timestamp::from_secs(i64::try_from(i).unwrap());
    let samples: Vec<Sample> = (0..).zip(values).map(|(id, v)| Sample::good(SignalId::new(id), time, *v)).collect();
    Batch::from_rows(&samples)
}

pub(crate) fn findings(out: &mut Outlet) -> Vec<Finding> {
    out.drain().into_iter().filter_map(|o| if let Output::Finding(f) = o { Some(*f) } else { None }).collect()
}

pub(crate) fn monitor() -> NormalBehaviour {
    let config = NormalBehaviourConfig { learn_s: 600, ..NormalBehaviourConfig::default() };
    let ids = BTreeMap::from([("monitor/score".to_owned(), SignalId::new(90))]);
    NormalBehaviour::for_asset(&fan(), &signals(), &config, &ids).unwrap()
}

/// Runs rows `from..to` of seed `seed` through the operator.
fn run(op: &mut NormalBehaviour, rows: std::ops::Range<usize>, flow_loss: f64, pressure_error: f64) -> Vec<Finding> {
    let mut random = Random::new(rows.start as u64 + 1);
    let mut out = Outlet::new();
    let mut all = Vec::new();
    for i in rows {
        let now = Timestamp::from_secs(i64::try_from(i).unwrap());
        op.on_batch(now, &batch(i, &row(&mut random, i, flow_loss, pressure_error)), &mut out).unwrap();
        op.on_tick(now, &mut out).unwrap();
        all.extend(findings(&mut out));
    }
    all
}

#[test]
fn a_healthy_day_makes_no_finding() {
    let mut op = monitor();
    assert_eq!(run(&mut op, 0..86_400, 0.0, 0.0), vec![]);
    assert_eq!(op.status().state, MonitorState::Watching);
}

#[test]
fn a_process_change_is_an_anomaly_with_the_right_contributions_and_clears() {
    let mut op = monitor();
    run(&mut op, 0..1000, 0.0, 0.0);
    let found = run(&mut op, 1000..1200, 3.0, 0.0);
    let last = found.last().unwrap();
    assert_eq!((last.kind, last.state), (FindingKind::Anomaly, FindingState::Active));
    assert_eq!(found[0].since, last.since);
    assert!(last.since < Timestamp::from_secs(1030), "{:?}", last.since);
    let share: f64 = last.contributions.iter().map(|c| c.share).sum();
    assert!(share <= 1.0 + 1e-9 && last.contributions.len() == 3, "{:?}", last.contributions);
    // flow, pressure and power fall with the load where it was: a fan's belt slips
    assert_eq!(last.failure_mode.as_deref(), Some("belt_slip"), "{}", last.explanation);
    assert!(last.explanation.contains("below what is normal") && last.p_value.unwrap() < 1e-4, "{}", last.explanation);
    let cleared = run(&mut op, 1200..1500, 0.0, 0.0);
    assert_eq!(cleared.last().unwrap().state, FindingState::Cleared);
    assert!(!op.status().active);
}

#[test]
fn a_lying_sensor_is_told_from_a_process_change() {
    let mut op = monitor();
    run(&mut op, 0..1000, 0.0, 0.0);
    let found = run(&mut op, 1000..1200, 0.0, -0.4);
    let last = found.last().unwrap();
    assert_eq!(last.kind, FindingKind::SensorFault, "{}", last.explanation);
    assert!(last.title.contains("Pressure"), "{}", last.title);
}

/// Three signals that wander with a load that nobody measures.
fn unled(random: &mut Random, i: usize, off: f64) -> [f64; 4] {
    let load = (i as f64 / 90.0).sin() + 0.5 * (i as f64 / 37.0).cos();
    let noise = |random: &mut Random| 0.05 * random.normal();
    [
        f64::NAN,
        30.0 + 4.0 * load + noise(random) - off,
        5.0 + 0.5 * load + 0.1 * noise(random),
        12.0 + 2.0 * load + noise(random),
    ]
}

#[test]
fn signals_that_wander_together_and_no_longer_fit_are_a_finding_that_names_the_one() {
    let gauges: Vec<Signal> = signals().into_iter().skip(1).collect();
    let config = NormalBehaviourConfig { learn_s: 1200, ..NormalBehaviourConfig::default() };
    let mut op = NormalBehaviour::for_asset(&fan(), &gauges, &config, &BTreeMap::new()).unwrap();
    let (mut random, mut out) = (Random::new(6), Outlet::new());
    for i in 0..8000 {
        op.on_batch(Timestamp::MIN, &batch(i, &unled(&mut random, i, 0.0)), &mut out).unwrap();
    }
    assert_eq!(findings(&mut out), vec![]);
    for i in 8000..8100 {
        op.on_batch(Timestamp::MIN, &batch(i, &unled(&mut random, i, 1.0)), &mut out).unwrap();
    }
    let found = findings(&mut out);
    let last = found.last().unwrap();
    assert_eq!((last.title.as_str(), last.kind), ("Flow no longer fits the other signals", FindingKind::Anomaly));
    assert!(last.since < Timestamp::from_secs(8015), "{:?}", last.since);
    assert!(last.explanation.contains("below what the other signals make of it"), "{}", last.explanation);
    assert!(last.contributions[0].share > 0.5, "{:?}", last.contributions);
}

#[test]
fn save_and_restore_at_any_point_changes_nothing() {
    for cut in [1, 300, 599, 700, 1100, 1250] {
        let mut through = monitor();
        let mut stopped = monitor();
        let mut random = Random::new(9);
        let (mut a, mut b) = (Outlet::new(), Outlet::new());
        for i in 0..1400 {
            if i == cut {
                let state = stopped.save();
                stopped = monitor();
                stopped.restore(&state).unwrap();
            }
            let loss = if (1050..1200).contains(&i) { 3.0 } else { 0.0 };
            let data = batch(i, &row(&mut random, i, loss, 0.0));
            through.on_batch(Timestamp::MIN, &data, &mut a).unwrap();
            stopped.on_batch(Timestamp::MIN, &data, &mut b).unwrap();
        }
        let text = |out: &mut Outlet| {
            let (mut words, mut scores) = (Vec::new(), Vec::new());
            for output in out.drain() {
                match output {
                    Output::Finding(f) => words.push((f.title, f.explanation, f.state)),
                    Output::Samples(s) => scores.push(s),
                    Output::Change(_) => {}
                }
            }
            (words, scores)
        };
        assert_eq!(text(&mut a), text(&mut b), "cut at {cut}");
    }
    assert!(monitor().restore(b"nonsense").is_err());
}

#[test]
fn nonsense_from_a_source_is_survived() {
    let mut op = monitor();
    run(&mut op, 0..1000, 0.0, 0.0);
    let mut out = Outlet::new();
    for (i, value) in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MAX, f64::MIN_POSITIVE].iter().enumerate() {
        op.on_batch(Timestamp::MIN, &batch(1000 + i, &[*value; 4]), &mut out).unwrap();
    }
    let bad = Sample { quality: Quality::Bad, ..Sample::good(SignalId::new(1), Timestamp::from_secs(1010), 1e9) };
    op.on_batch(Timestamp::MIN, &Batch::from_rows(&[bad]), &mut out).unwrap();
    let flood: Vec<Sample> =
        (0..1_000_000).map(|_| Sample::good(SignalId::new(1), Timestamp::from_secs(1011), 25.0)).collect();
    op.on_batch(Timestamp::MIN, &Batch::from_rows(&flood), &mut out).unwrap();
    assert!(op.status().score.is_finite());
}

#[test]
fn a_new_operating_state_is_learned_not_alarmed() {
    let mut all = signals();
    all.push(Signal { kind: SignalKind::State, ..signal(4, "mode", Role::OperatingState, "") });
    let config = NormalBehaviourConfig { learn_s: 300, ..NormalBehaviourConfig::default() };
    let mut op = NormalBehaviour::for_asset(&fan(), &all, &config, &BTreeMap::new()).unwrap();
    let (mut random, mut out) = (Random::new(2), Outlet::new());
    for i in 0..1200 {
        let mode = f64::from(u8::from(i >= 500));
        let mut values = row(&mut random, i, 8.0 * mode, 0.0).to_vec();
        values.push(mode);
        op.on_batch(Timestamp::MIN, &batch(i, &values), &mut out).unwrap();
    }
    assert_eq!(findings(&mut out), vec![]);
    assert_eq!(op.status().states_known, 2);
}

/// The fan with a state signal, learned and watched for over a day at a row a minute.
fn commissioned(name: &str) -> NormalBehaviour {
    let mut all = signals();
    all.push(Signal { kind: SignalKind::State, ..signal(4, name, Role::OperatingState, "") });
    let config = NormalBehaviourConfig {
        step_ms: 60_000,
        hold_ms: 60_000,
        learn_s: 300 * 60,
        score_every_ms: 60_000,
        ..NormalBehaviourConfig::default()
    };
    NormalBehaviour::for_asset(&fan(), &all, &config, &BTreeMap::new()).unwrap()
}

/// Minutes `rows` in a state, with a loss of flow.
fn minutes(op: &mut NormalBehaviour, rows: std::ops::Range<usize>, state: f64, flow_loss: f64) -> Vec<Finding> {
    let (mut random, mut out, mut all) = (Random::new(rows.start as u64 + 9), Outlet::new(), Vec::new());
    for i in rows {
        let mut values = row(&mut random, i, flow_loss, 0.0).to_vec();
        values.push(state);
        op.on_batch(Timestamp::MIN, &batch(i * 60, &values), &mut out).unwrap();
        all.extend(findings(&mut out));
    }
    all
}

#[test]
fn a_state_that_first_shows_late_is_told_of_until_it_is_left_or_learned() {
    let mut op = commissioned("mode");
    assert_eq!(minutes(&mut op, 0..4000, 0.0, 0.0), vec![]);
    let found = minutes(&mut op, 4000..4010, 7.0, 8.0);
    assert_eq!((found.len(), found[0].kind, found[0].state), (1, FindingKind::DataQuality, FindingState::Active));
    assert!(found[0].title.ends_with("Mode = 7") && found[0].severity < 0.2, "{}", found[0].title);
    let left = minutes(&mut op, 4010..4020, 0.0, 0.0);
    assert_eq!((left.len(), left[0].state), (1, FindingState::Cleared));
    assert!(!left[0].explanation.contains("learned as normal"), "{}", left[0].explanation);
    // it is no news again, and what follows another new one says that it was learned
    let found = minutes(&mut op, 4020..4400, 8.0, 8.0);
    assert_eq!(found.iter().map(|f| f.state).collect::<Vec<_>>(), [FindingState::Active, FindingState::Cleared]);
    assert!(found[1].explanation.contains("learned as normal"), "{}", found[1].explanation);
}

#[test]
fn a_fault_that_lasts_over_changes_of_product_is_one_finding() {
    let mut op = commissioned("product");
    for turn in 0..40 {
        minutes(&mut op, turn * 30..turn * 30 + 30, (turn % 3) as f64, 0.0);
    }
    assert_eq!(op.status().states_known, 3);
    let states = |op: &mut NormalBehaviour, turns: std::ops::Range<usize>, loss: f64| -> Vec<FindingState> {
        let found = turns.flat_map(|turn| minutes(op, turn * 30..turn * 30 + 30, (turn % 3) as f64, loss));
        found.filter(|f| f.key == "normal-behaviour").map(|f| f.state).collect()
    };
    assert_eq!(states(&mut op, 40..60, 0.0), vec![]);
    let found = states(&mut op, 60..80, 3.0);
    assert!(!found.is_empty() && found.iter().all(|state| *state == FindingState::Active), "{found:?}");
    assert!(op.status().active);
    // two products without it are proof that it is over
    let over = states(&mut op, 80..83, 0.0);
    assert_eq!(over.iter().filter(|state| **state == FindingState::Cleared).count(), 1, "{over:?}");
    assert!(!op.status().active);
}

#[test]
fn a_fault_flag_parts_no_operating_states() {
    let mut op = commissioned("fault_code");
    assert_eq!(minutes(&mut op, 0..700, 0.0, 0.0), vec![]);
    let found = minutes(&mut op, 700..900, 3.0, 3.0);
    assert!(found.iter().any(|f| f.kind == FindingKind::Anomaly), "the fault is judged, not learned: {found:?}");
}

#[test]
fn states_beyond_sixteen_are_learned_and_watched_together() {
    let mut op = commissioned("step");
    for state in 0..40 {
        minutes(&mut op, state * 20..state * 20 + 20, state as f64, 0.0);
    }
    // 25 of them are one to the monitor, which has learned it by now
    assert_eq!(minutes(&mut op, 800..1000, 30.0, 0.0), vec![]);
    assert_eq!(op.status().state, MonitorState::Watching);
    assert!(!minutes(&mut op, 1000..1200, 31.0, 4.0).is_empty());
}

#[test]
fn drift_of_the_model_is_told_from_drift_of_the_machine() {
    use gemba_learn::familiar::Drifted;
    let mut op = monitor();
    run(&mut op, 0..2000, 0.0, 0.0);
    assert_eq!(op.drift().unwrap().who, Drifted::Nobody, "{:?}", op.drift());
    // more load than ever learned, and all follows it as it did
    let (mut random, mut out) = (Random::new(4), Outlet::new());
    for i in 2000..2600 {
        let load = 62.0 + 12.0 * (i as f64 / 60.0).sin();
        let flow = 0.5 * load + 0.3 * random.normal();
        let values =
            [load, flow, 2.0 + 0.05 * flow + 0.01 * random.normal(), 5.0 + 0.4 * flow + 0.05 * random.normal()];
        op.on_batch(Timestamp::MIN, &batch(i, &values), &mut out).unwrap();
    }
    let drift = op.drift().unwrap();
    assert!(drift.who == Drifted::Model && drift.column == Some(0) && findings(&mut out).is_empty(), "{drift:?}");
    // the load as learned, and the flow is short
    let mut op = monitor();
    run(&mut op, 0..1200, 0.0, 0.0);
    run(&mut op, 1200..1600, 3.0, 0.0);
    assert_eq!(op.drift().unwrap().who, Drifted::Machine, "{:?}", op.drift());
}

#[test]
fn vibration_is_graded_after_three_of_five_readings_and_not_for_pumps() {
    let vibration = [signal(1, "vibration", Role::Vibration, "mm/s")];
    let mut op = DayZeroLimits::for_asset(&fan(), &vibration, &DayZeroConfig::default()).unwrap();
    let mut out = Outlet::new();
    for (i, value) in [3.0, 1.0, 3.0, 1.0].iter().enumerate() {
        op.on_batch(Timestamp::MIN, &batch(i, &[0.0, *value]), &mut out).unwrap();
    }
    assert_eq!(findings(&mut out), vec![]);
    op.on_batch(Timestamp::MIN, &batch(5, &[0.0, 3.0]), &mut out).unwrap();
    let found = findings(&mut out);
    assert!(found[0].explanation.contains("ISO 10816-3:2009 group 2 rigid"), "{}", found[0].explanation);
    let pump = Asset { template: Some("pump".into()), ..fan() };
    assert!(DayZeroLimits::for_asset(&pump, &vibration, &DayZeroConfig::default()).is_none());
    let undeclared = [signal(1, "vibration", Role::Vibration, "")];
    assert!(DayZeroLimits::for_asset(&fan(), &undeclared, &DayZeroConfig::default()).is_none());
}

#[test]
fn a_stuck_sensor_is_found_and_cleared() {
    let mut op = SensorHealth::for_asset(&fan(), &signals(), &SensorHealthConfig::default()).unwrap();
    let (mut random, mut out) = (Random::new(3), Outlet::new());
    for i in 0..1000 {
        let mut values = row(&mut random, i, 0.0, 0.0);
        if (700..800).contains(&i) {
            values[2] = 3.25;
        }
        op.on_batch(Timestamp::MIN, &batch(i, &values), &mut out).unwrap();
    }
    let found = findings(&mut out);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!((found[0].key.as_str(), found[1].state), ("sensor:pressure", FindingState::Cleared));
}

/// What a fan's waveform feature operator hands on while the outer race of its bearing is damaged.
pub(crate) fn damaged_race() -> Vec<Output> {
    let wave_signal = Signal { kind: SignalKind::Waveform, ..signal(7, "vibration", Role::VibrationWaveform, "m/s2") };
    let all = [wave_signal];
    let ids: BTreeMap<String, SignalId> =
        computed_signals(&fan(), &all).into_iter().zip(100..).map(|(c, id)| (c.name, SignalId::new(id))).collect();
    assert!(ids.contains_key("vibration/velocity_rms"));
    let mut op = WaveformFeatures::for_asset(&fan(), &all, &Config::default(), &ids).unwrap();
    let (mut random, mut out) = (Random::new(4), Outlet::new());
    for block in 0..6 {
        #[allow(clippy::cast_possible_truncation, reason = "a waveform is of f32")]
        let samples: Vec<f32> = (0..12_000)
            .map(|i| {
                let t = f64::from(i) / 12_000.0;
                let since = (t * 107.36).fract() / 107.36;
                let ring = 4.0 * (-since * 800.0).exp() * (std::f64::consts::TAU * 3000.0 * since).sin();
                (ring + random.normal()) as f32
            })
            .collect();
        let start = Timestamp::from_secs(block * 60);
        let samples: Arc<[f32]> = samples.into();
        let wave = Waveform { signal: SignalId::new(7), start, ingest: start, rate_hz: 12_000.0, samples };
        op.on_waveform(start, &wave, &mut out).unwrap();
    }
    out.drain()
}

#[test]
fn a_damaged_outer_race_is_named_from_waveforms() {
    let outputs = damaged_race();
    let samples = outputs.iter().filter(|o| matches!(o, Output::Samples(b) if b.len() == 10)).count();
    assert_eq!(samples, 6);
    let found = outputs.iter().find_map(|o| if let Output::Finding(f) = o { Some(f) } else { None }).unwrap();
    assert_eq!(found.failure_mode.as_deref(), Some("bearing_outer_race"));
}

#[test]
fn too_much_vibration_is_explained_by_the_lines_that_carry_it() {
    let wave_signal = Signal { kind: SignalKind::Waveform, ..signal(7, "vibration", Role::VibrationWaveform, "m/s2") };
    let all = [wave_signal];
    let ids: BTreeMap<String, SignalId> =
        computed_signals(&fan(), &all).into_iter().zip(100..).map(|(c, id)| (c.name, SignalId::new(id))).collect();
    let mut op = WaveformFeatures::for_asset(&fan(), &all, &Config::default(), &ids).unwrap();
    let (mut random, mut out) = (Random::new(5), Outlet::new());
    for block in 0..3 {
        // 7 mm/s peak at 29.95 Hz, 4.9 r.m.s.: zone D of a group 2 machine on a rigid support begins at 4.5
        let omega = std::f64::consts::TAU * 29.95;
        #[allow(clippy::cast_possible_truncation, reason = "a waveform is of f32")]
        let sample = |i: u32| (7e-3 * omega * (omega * f64::from(i) / 12_000.0).cos() + 0.1 * random.normal()) as f32;
        let samples: Arc<[f32]> = (0..12_000).map(sample).collect();
        let start = Timestamp::from_secs(block * 60);
        let wave = Waveform { signal: SignalId::new(7), start, ingest: start, rate_hz: 12_000.0, samples };
        op.on_waveform(start, &wave, &mut out).unwrap();
    }
    let found = findings(&mut out);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].failure_mode.as_deref(), Some("unbalance"), "{}", found[0].explanation);
    assert!(found[0].explanation.contains("1× (30.0 Hz, 4.9"), "{}", found[0].explanation);
    assert!(found[0].prescription.iter().any(|step| step.contains("balance the rotor")));
}

#[test]
fn an_asset_gets_the_operators_that_fit_it() {
    let names: Vec<String> = operators_for(&fan(), &signals(), &Config::default(), &BTreeMap::new())
        .iter()
        .map(|o| o.name().to_owned())
        .collect();
    assert_eq!(names, ["monitor-and-sensors/11"]);
}

#[test]
fn the_templates_agree_with_the_limits_that_are_watched() {
    for template in Template::all() {
        let asset = Asset { template: Some(template.name.into()), ..fan() };
        for expected in template.signals.iter().filter(|s| s.kind == SignalKind::Gauge) {
            let listed = template.limits.iter().any(|l| l.role == expected.role);
            let all = [signal(1, expected.name, expected.role, expected.unit)];
            let watched = DayZeroLimits::for_asset(&asset, &all, &DayZeroConfig::default()).is_some();
            assert_eq!(listed, watched, "{}: {}", template.name, expected.name);
        }
        let d = DayZeroConfig::default();
        for limit in template.limits {
            let LimitRule::Fixed { warn, alarm } = limit.rule else { continue };
            let bearing = limit.role == Role::BearingTemperature;
            let set =
                if bearing { [d.bearing_warn_c, d.bearing_danger_c] } else { [d.winding_warn_c, d.winding_danger_c] };
            assert!([warn, alarm].map(f64::to_bits) == set.map(f64::to_bits), "{}: {:?}", template.name, limit.role);
        }
    }
}

#[test]
fn a_template_reads_as_json() {
    let fan = serde_json::to_value(Template::named("fan")).unwrap();
    assert_eq!(fan["limits"][0]["rule"], "iso10816_3");
    assert_eq!(fan["limits"][1]["warn"], 90.0);
    assert_eq!(fan["failure_modes"][0]["symptoms"][0], serde_json::json!({"role": "vibration", "direction": "up"}));
}
