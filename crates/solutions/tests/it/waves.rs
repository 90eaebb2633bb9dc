//! Waveforms of machines that no standard grades, of gears, of motors, of machines that stand.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::sync::Arc;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{
    Asset, Band, BandQuantity, BandUnit, Batch, Evidence, Finding, FindingKind, FindingState, GearStage, Limits,
    Nameplate, Role, Sample, Signal, SignalId, SignalKind, Timestamp, Waveform,
};
use gemba_solutions::maintenance::{Config, NormalBehaviourConfig, WaveformFeatures, computed_signals, limit_keys};

use crate::maintenance::{fan, findings, signal};

const RATE: f64 = 5_120.0;
const SHAFT: f64 = 24.5;
const WAVE: SignalId = SignalId::new(7);
const SPEED: SignalId = SignalId::new(8);

fn machine(template: &str, nameplate: Nameplate) -> Asset {
    Asset { template: Some(template.into()), nameplate: Nameplate { speed_rpm: Some(1470.0), ..nameplate }, ..fan() }
}

fn signals(role: Role, unit: &str) -> [Signal; 2] {
    let wave = Signal { kind: SignalKind::Waveform, ..signal(7, "wave", role, unit) };
    [wave, signal(8, "speed", Role::Speed, "/min")]
}

fn operator(asset: &Asset, role: Role, unit: &str) -> WaveformFeatures {
    built(asset, &signals(role, unit))
}

fn built(asset: &Asset, all: &[Signal; 2]) -> WaveformFeatures {
    let ids: BTreeMap<String, SignalId> =
        computed_signals(asset, all).into_iter().zip(100..).map(|(c, id)| (c.name, SignalId::new(id))).collect();
    let normal = NormalBehaviourConfig { learn_s: 1_800, ..NormalBehaviourConfig::default() };
    WaveformFeatures::for_asset(asset, all, &Config { normal, ..Config::default() }, &ids).unwrap()
}

/// A second of acceleration: velocities, mm/s peak, at frequencies, and white noise; all a few per cent up and down.
fn shaking(random: &mut Random, lines: &[(f64, f64)], noise: f64) -> Vec<f64> {
    let swing = 1.0 + 0.05 * random.normal();
    let sample = |i: u32, random: &mut Random| {
        let t = f64::from(i) / RATE;
        let tones = lines.iter().map(|(hz, v)| v * 1e-3 * TAU * hz * (TAU * hz * t).cos());
        swing * tones.sum::<f64>() + noise * random.normal()
    };
    (0..5120).map(|i| sample(i, random)).collect()
}

/// One block a minute, the speed, r/min, a second before it.
struct Run {
    op: WaveformFeatures,
    random: Random,
    minute: i64,
    out: Outlet,
}

impl Run {
    fn new(op: WaveformFeatures) -> Self {
        Self { op, random: Random::new(21), minute: 0, out: Outlet::new() }
    }

    fn block(&mut self, rpm: Option<f64>, rate_hz: f64, samples: &[f64]) {
        let start = Timestamp::from_secs(60 * self.minute);
        self.minute += 1;
        if let Some(rpm) = rpm {
            let before = Timestamp::from_micros(start.micros() - 1_000_000);
            self.op.on_batch(start, &Batch::from_rows(&[Sample::good(SPEED, before, rpm)]), &mut self.out).unwrap();
        }
        #[allow(clippy::cast_possible_truncation, reason = "a waveform is of f32")]
        let samples: Arc<[f32]> = samples.iter().map(|v| *v as f32).collect();
        let wave = Waveform { signal: WAVE, start, ingest: start, rate_hz, samples };
        self.op.on_waveform(start, &wave, &mut self.out).unwrap();
    }

    fn shake(&mut self, blocks: u32, lines: &[(f64, f64)], noise: f64) -> Vec<Finding> {
        for _ in 0..blocks {
            let samples = shaking(&mut self.random, lines, noise);
            self.block(Some(60.0 * SHAFT), RATE, &samples);
        }
        findings(&mut self.out)
    }
}

const USUAL: &[(f64, f64)] = &[(SHAFT, 1.0), (2.0 * SHAFT, 0.4)];

#[test]
fn a_pump_that_begins_to_cavitate_is_held_against_its_own_past() {
    let mut run = Run::new(operator(&machine("pump", Nameplate::default()), Role::VibrationWaveform, "m/s2"));
    assert_eq!(run.shake(400, USUAL, 1.0), vec![]);
    let found = run.shake(3, USUAL, 6.0);
    let last = found.last().unwrap();
    assert_eq!((last.kind, last.failure_mode.as_deref()), (FindingKind::Anomaly, Some("cavitation")), "{last:?}");
    assert!(last.explanation.contains("waveforms of the healthy machine") && last.p_value.unwrap() < 1e-2, "{last:?}");
    assert!(last.prescription.iter().any(|step| step.contains("suction") || step.contains("flow")), "{last:?}");
    let over = run.shake(5, USUAL, 1.0);
    assert_eq!(over.last().unwrap().state, FindingState::Cleared);
}

#[test]
fn teeth_that_wear_are_named_by_their_mesh() {
    let gears = vec![GearStage { driving: 17, driven: 53 }];
    let asset = machine("gearbox", Nameplate { gears, ..Nameplate::default() });
    let mut run = Run::new(operator(&asset, Role::VibrationWaveform, "m/s2"));
    let mesh = 17.0 * SHAFT;
    let with =
        |height: f64| [USUAL, &[(mesh, height), (mesh - SHAFT, 0.4 * height), (mesh + SHAFT, 0.4 * height)]].concat();
    assert_eq!(run.shake(60, &with(0.3), 0.5), vec![]);
    let found = run.shake(3, &with(1.5), 0.5);
    let last = found.last().unwrap();
    assert_eq!(last.failure_mode.as_deref(), Some("gear_wear"), "{}", last.explanation);
    assert!(last.explanation.contains("GMF") && last.title.contains("velocity above 10x"), "{last:?}");
    assert!(last.prescription.iter().any(|step| step.contains("oil sample")));
}

#[test]
fn a_graded_machine_has_changed_long_before_its_limit() {
    let asset = machine("fan", fan().nameplate);
    let mut run = Run::new(operator(&asset, Role::VibrationWaveform, "m/s2"));
    assert_eq!(run.shake(60, USUAL, 0.3), vec![]);
    // 1.7 mm/s r.m.s. in zone B, which ends at 2.8; 0.7 more than usual is a quarter of that
    let found = run.shake(3, &[(SHAFT, 2.4), (2.0 * SHAFT, 0.4)], 0.3);
    let last = found.last().unwrap();
    assert_eq!(last.failure_mode.as_deref(), Some("unbalance"), "{}", last.explanation);
    assert!(last.explanation.contains("ISO 10816-3:2009 group 2 rigid"), "{}", last.explanation);
}

#[test]
fn a_fault_that_shows_while_it_is_learned_is_not_learned() {
    let mut run = Run::new(operator(&machine("fan", fan().nameplate), Role::VibrationWaveform, "m/s2"));
    assert_eq!(run.shake(20, USUAL, 0.3), vec![]);
    // the first two of them are told of by the third
    let limit = run.shake(8, &[(SHAFT, 7.0), (2.0 * SHAFT, 0.4)], 0.3);
    assert!(limit.iter().all(|f| f.kind == FindingKind::Limit) && !limit.is_empty(), "{limit:?}");
    run.shake(40, USUAL, 0.3);
    let found = run.shake(3, &[(SHAFT, 2.4), (2.0 * SHAFT, 0.4)], 0.3);
    assert!(found.iter().any(|f| f.key == "change:wave"), "{found:?}");
}

#[test]
fn other_speeds_are_learned_apart_and_a_shaft_that_stands_is_not_judged() {
    let mut run = Run::new(operator(&machine("compressor", Nameplate::default()), Role::VibrationWaveform, "m/s2"));
    run.shake(60, USUAL, 0.3);
    for _ in 0..10 {
        let faster = shaking(&mut run.random, &[(40.0, 4.0)], 0.3);
        run.block(Some(2400.0), RATE, &faster);
    }
    assert_eq!(findings(&mut run.out), vec![], "a new speed is learned first");
    for _ in 0..10 {
        let hammered = shaking(&mut run.random, &[(SHAFT, 9.0)], 9.0);
        run.block(Some(0.0), RATE, &hammered);
    }
    for _ in 0..10 {
        // nobody tells the speed any more: two minutes later it is not known
        run.minute += 3;
        let unknown = shaking(&mut run.random, &[(SHAFT, 9.0)], 9.0);
        run.block(None, RATE, &unknown);
    }
    assert_eq!(findings(&mut run.out), vec![]);
    assert!(!run.shake(3, &[(SHAFT, 9.0)], 0.3).is_empty());
}

/// Ten seconds at 1 kHz of a 4-pole motor with 3 % slip.
fn current(random: &mut Random, bars: f64) -> Vec<f64> {
    let wave = |hz: f64, t: f64| (TAU * hz * t).sin();
    let at = |t: f64| 8.0 * (wave(50.0, t) + bars * (wave(47.0, t) + 0.7 * wave(53.0, t)));
    (0..10_000).map(|i| at(f64::from(i) / 1000.0) + 0.02 * random.normal()).collect()
}

#[test]
fn broken_bars_are_read_out_of_a_motors_current() {
    let mut run = Run::new(operator(&machine("motor", Nameplate::default()), Role::Current, "A"));
    for bars in [0.0, 0.0, 0.0, 0.015, 0.015, 0.015] {
        let samples = current(&mut run.random, bars);
        run.block(Some(1455.0), 1000.0, &samples);
    }
    let found = findings(&mut run.out);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].failure_mode.as_deref(), Some("broken_rotor_bar"), "{}", found[0].explanation);
    assert!(found[0].explanation.contains("(1 − 2s)·f at 47.0"), "{}", found[0].explanation);
    assert_eq!(found[0].evidence.len(), 2);
    // the rated speed does not tell the slip
    let mut blind = Run::new(operator(&machine("motor", Nameplate::default()), Role::Current, "A"));
    for _ in 0..5 {
        let samples = current(&mut blind.random, 0.015);
        blind.block(None, 1000.0, &samples);
    }
    assert_eq!(findings(&mut blind.out), vec![]);
}

#[test]
fn a_restart_in_the_middle_changes_nothing() {
    let asset = machine("pump", Nameplate::default());
    let fresh = || operator(&asset, Role::VibrationWaveform, "m/s2");
    let mut through = Run::new(fresh());
    let mut stopped = Run::new(fresh());
    for cut in [20_u32, 40, 3, 2] {
        let loud = if cut < 10 { 6.0 } else { 1.0 };
        let text = |found: Vec<Finding>| found.into_iter().map(|f| (f.title, f.since)).collect::<Vec<_>>();
        assert_eq!(text(through.shake(cut, USUAL, loud)), text(stopped.shake(cut, USUAL, loud)));
        let state = stopped.op.save();
        stopped.op = fresh();
        stopped.op.restore(&state).unwrap();
    }
    assert!(fresh().restore(b"nonsense").is_err());
}

#[test]
fn bands_become_signals_with_names_and_units() {
    let asset = machine("pump", Nameplate::default());
    let made = computed_signals(&asset, &signals(Role::VibrationWaveform, "m/s2"));
    let unit = |name: &str| made.iter().find(|c| c.name == name).map(|c| c.unit.ucum().to_owned());
    for (name, ..) in gemba_learn::wave::ORDER_BANDS {
        assert_eq!(unit(&format!("wave/{name}")).as_deref(), Some("mm/s"), "{name}");
    }
    assert_eq!(unit("wave/acceleration_high").as_deref(), Some("m/s2"));
    let mut run = Run::new(operator(&asset, Role::VibrationWaveform, "m/s2"));
    let samples = shaking(&mut run.random, USUAL, 0.3);
    run.block(Some(60.0 * SHAFT), RATE, &samples);
    let sent = run.out.drain();
    let Some(Output::Samples(batch)) = sent.first() else { panic!("{sent:?}") };
    let id = made.iter().position(|c| c.name == "wave/velocity_1x").unwrap();
    let id = SignalId::new(100 + u32::try_from(id).unwrap());
    let value = batch.rows().find(|s| s.signal == id).unwrap().value;
    assert!((value - 0.707).abs() < 0.15, "{value}");
}

/// A motor with three current waveforms, its operator, and where its negative sequence is written.
fn motor() -> (WaveformFeatures, SignalId) {
    let wave = |id: u32| Signal {
        kind: SignalKind::Waveform,
        ..signal(id, &format!("current_l{}", id - 10), Role::Current, "A")
    };
    let all = [wave(11), wave(12), wave(13)];
    let asset = machine("motor", Nameplate::default());
    let ids: BTreeMap<String, SignalId> =
        computed_signals(&asset, &all).into_iter().zip(100..).map(|(c, id)| (c.name, SignalId::new(id))).collect();
    let normal = NormalBehaviourConfig { learn_s: 1_800, ..NormalBehaviourConfig::default() };
    let op = WaveformFeatures::for_asset(&asset, &all, &Config { normal, ..Config::default() }, &ids).unwrap();
    (op, ids["phases/negative_sequence"])
}

/// Half a second of the three currents at 2 kHz at minute `minute`: a supply 0.5 % unequal makes 3 %; a short adds to a phase.
fn phases(op: &mut WaveformFeatures, random: &mut Random, minute: i64, short: (usize, f64), out: &mut Outlet) {
    let (load, begin) = (20.0 * (1.0 + 0.02 * random.normal()), random.unit());
    for phase in 0..3 {
        let own = if phase == 0 { 1.09 } else { 1.0 } + if phase == short.0 { short.1 } else { 0.0 };
        #[allow(clippy::cast_possible_truncation, reason = "a waveform is of f32")]
        let sample = |i: u32, random: &mut Random| {
            let turns = 49.9 * (f64::from(i) / 2_000.0 + begin) - phase as f64 / 3.0;
            (load * own * (TAU * turns).sin() + 0.1 * random.normal()) as f32
        };
        let samples: Arc<[f32]> = (0..1_000).map(|i| sample(i, random)).collect();
        let start = Timestamp::from_secs(60 * minute);
        let id = SignalId::new(11 + u32::try_from(phase).unwrap());
        let wave = Waveform { signal: id, start, ingest: start, rate_hz: 2_000.0, samples };
        op.on_waveform(start, &wave, out).unwrap();
    }
}

#[test]
fn a_short_between_turns_moves_the_negative_sequence_and_an_unequal_supply_is_usual() {
    let (mut op, written) = motor();
    let (mut random, mut out) = (Random::new(5), Outlet::new());
    (0..200).for_each(|minute| phases(&mut op, &mut random, minute, (1, 0.0), &mut out));
    let mut said = out.drain();
    let samples = said.iter().filter_map(|o| if let Output::Samples(b) = o { Some(b.rows()) } else { None });
    let negative: Vec<f64> = samples.flatten().filter(|s| s.signal == written).map(|s| s.value).collect();
    assert!(negative.len() == 200 && negative.iter().all(|v| (2.0..4.0).contains(v)), "{negative:?}");
    said.retain(|o| matches!(o, Output::Finding(_)));
    assert_eq!(said, vec![]);
    let mut restored = motor().0;
    restored.restore(&op.save()).unwrap();
    (200..203).for_each(|minute| phases(&mut restored, &mut random, minute, (1, 0.12), &mut out));
    let found = findings(&mut out);
    let last = found.last().unwrap();
    assert_eq!((last.key.as_str(), last.failure_mode.as_deref()), ("phases", Some("stator_winding")), "{last:?}");
    assert_eq!(last.title, "Motor currents have become unequal: current l2 draws more");
    assert!(last.probability > 0.9 && last.p_value.unwrap() < 1e-3 && !last.evidence.is_empty(), "{last:?}");
    assert!(last.prescription[0].contains("three voltages"), "{:?}", last.prescription);
    (203..208).for_each(|minute| phases(&mut restored, &mut random, minute, (1, 0.0), &mut out));
    assert_eq!(findings(&mut out).last().unwrap().state, FindingState::Cleared);
}

#[test]
fn grossly_unequal_currents_need_no_past() {
    let (mut op, _) = motor();
    let (mut random, mut out) = (Random::new(6), Outlet::new());
    (0..3).for_each(|minute| phases(&mut op, &mut random, minute, (2, -0.5), &mut out));
    let found = findings(&mut out);
    assert_eq!(found[0].failure_mode.as_deref(), Some("phase_loss"), "{found:?}");
    assert!(found[0].explanation.contains("IEC 60034-1"), "{}", found[0].explanation);
}

#[test]
fn a_band_that_a_person_marked_has_a_trend_and_alarms_at_its_limits() {
    let asset = machine("pump", Nameplate::default());
    let limits = Limits { high: Some(0.5), high_high: Some(0.9), deadband: 0.05, ..Limits::default() };
    let (unit, of) = (BandUnit::Orders, BandQuantity::Velocity);
    let band = Band { name: "blades".into(), from: 5.5, to: 6.5, unit, of, limits: Some(limits) };
    let [wave, speed] = signals(Role::VibrationWaveform, "m/s2");
    let all = [Signal { bands: vec![band], ..wave }, speed];
    let made = computed_signals(&asset, &all);
    let (place, told) = made.iter().enumerate().find(|(_, c)| c.name == "wave/band_blades").unwrap();
    let id = SignalId::new(100 + u32::try_from(place).unwrap());
    assert_eq!((told.unit.ucum(), told.limits.as_ref().and_then(|l| l.high)), ("mm/s", Some(0.5)));

    let mut run = Run::new(built(&asset, &all));
    let blades = |height: f64| [USUAL, &[(6.0 * SHAFT, height)]].concat();
    assert_eq!(run.shake(3, &blades(0.3), 0.2), vec![]);
    let up = run.shake(1, &blades(1.0), 0.2);
    let first = up.first().unwrap();
    assert_eq!((first.title.as_str(), first.kind), ("wave band blades above 0.5 mm/s", FindingKind::Limit));
    let words = "set in the plant file for the velocity r.m.s. from 5.5 to 6.5 turns of the shaft";
    assert!(first.explanation.contains("the limit is 0.5 mm/s") && first.explanation.contains(words), "{first:?}");
    let Some(Evidence::Limit { signal, measured, limit, .. }) = first.evidence.first() else { panic!("{first:?}") };
    assert!(*signal == id && (*measured - 0.707).abs() < 0.15 && (*limit - 0.5).abs() < 1e-9, "{first:?}");
    assert!(first.explanation.contains(&format!("is {measured:.3} mm/s")), "in as many digits as it takes");
    let gauge = Signal { limits: told.limits.clone().map(Box::new), ..signal_named("wave/band_blades", id) };
    assert!(limit_keys(&asset, &gauge, &Config::default().day_zero).contains(&first.key), "{}", first.key);

    // it goes on after a restart, is told worse beyond the outer limit, and ends below the deadband
    let state = run.op.save();
    run.op = built(&asset, &all);
    run.op.restore(&state).unwrap();
    assert_eq!(run.shake(1, &blades(2.0), 0.2).first().unwrap().title, "wave band blades above 0.9 mm/s");
    assert_eq!(run.shake(1, &blades(0.3), 0.2).first().unwrap().state, FindingState::Cleared);
    // a shaft that stands has no orders
    let samples = shaking(&mut run.random, &blades(2.0), 0.2);
    run.block(Some(0.0), RATE, &samples);
    let sent = run.out.drain();
    let rows = sent.iter().filter_map(|o| if let Output::Samples(b) = o { Some(b.rows()) } else { None });
    assert_eq!(rows.flatten().filter(|s| s.signal == id).count(), 0);
}

fn signal_named(name: &str, id: SignalId) -> Signal {
    Signal { id, ..signal(7, name, Role::Other, "mm/s") }
}
