//! Whatever the machines of the virtual plant say, no operator fails: values that are none or beyond all measure, clocks that go
//! back, waveforms without samples.

use std::sync::Arc;
use std::time::Duration;

use gemba_flow::{FlowConfig, Pipeline};
use gemba_plant::{Batch, Payload, Quality, Sample, SignalId, Timestamp, Waveform};
use gemba_sim::{Plant, Scenario};
use gemba_solutions::maintenance::{Config, NormalBehaviourConfig};
use gemba_testkit::Seeded;

use crate::sensors::{lane, numbers, plant_config};

/// Everything has been learned by then.
const LEARNED_S: f64 = 240.0;
const END_S: f64 = 400.0;
/// One reading in so many is a lie.
const LIES: u64 = 12;

/// All machines with all their signals.
fn pipeline() -> Pipeline {
    let normal = NormalBehaviourConfig { learn_s: 200, step_ms: 500, ..NormalBehaviourConfig::default() };
    let config = Config { normal, ..Config::default() };
    let (assets, signals) = plant_config();
    let mut pipeline = Pipeline::new(FlowConfig { lateness_ms: 0, ..FlowConfig::default() });
    let mut numbers = numbers();
    for asset in assets {
        let own = signals.iter().filter(|s| s.asset == asset.id).cloned().collect();
        pipeline.set_lane(&lane(asset, own, &config, &mut numbers).0).unwrap();
    }
    pipeline
}

fn lie(random: &mut Seeded, sample: &mut Sample) {
    match random.next_u64() % 9 {
        0 => sample.value = f64::NAN,
        1 => sample.value = f64::INFINITY,
        2 => sample.value = f64::NEG_INFINITY,
        3 => sample.value = 1e300 * random.normal(),
        4 => sample.value = f64::MIN_POSITIVE,
        5 => sample.value = 0.0,
        6 => sample.value = -sample.value,
        7 => sample.quality = [Quality::Bad, Quality::Uncertain, Quality::Stale][(random.next_u64() % 3) as usize],
        _ => sample.time = sample.time.minus(Duration::from_secs(random.next_u64() % 7_200)),
    }
}

fn lie_in_waves(random: &mut Seeded, wave: &mut Waveform) {
    let samples = wave.samples.len();
    match random.next_u64() % 7 {
        0 => wave.samples = Arc::default(),
        1 => wave.samples = Arc::new([1.0]),
        2 => wave.samples = vec![0.0; samples].into(),
        3 => wave.samples = vec![f32::NAN; samples].into(),
        4 => wave.samples = wave.samples.iter().map(|s| s * f32::MAX).collect(),
        5 => wave.rate_hz = [1e-3, 1e12, 7.0][(random.next_u64() % 3) as usize],
        _ => wave.samples = wave.samples.iter().take(samples / 3 + 1).copied().collect(),
    }
}

/// Hears a plant that lies from a second on. What the operators said when they failed; they have to speak.
fn faults(seed: u64, from_s: f64) -> Vec<String> {
    let (mut pipeline, mut plant, mut random) = (pipeline(), Plant::new(seed, Scenario::demo()), Seeded::new(seed));
    let mut told = 0;
    let number = |signal: usize| SignalId::new(u32::try_from(signal).unwrap() + 1);
    while plant.seconds() < END_S {
        let update = plant.step(Duration::from_secs(1));
        let lying = plant.seconds() >= from_s;
        let (mut rows, mut waves) = (Vec::new(), Vec::new());
        for reading in &update.readings {
            let good = Sample::good(number(reading.signal), Timestamp::from_micros(reading.at_us), reading.value);
            let mut sample = Sample { quality: reading.quality, ..good };
            if lying && random.next_u64().is_multiple_of(LIES) {
                lie(&mut random, &mut sample);
            }
            rows.push(sample);
        }
        for block in &update.blocks {
            let (signal, start) = (number(block.signal), Timestamp::from_micros(block.at_us));
            let mut wave =
                Waveform { signal, start, ingest: start, rate_hz: block.rate_hz, samples: Arc::clone(&block.samples) };
            if lying && random.next_u64().is_multiple_of(2) {
                lie_in_waves(&mut random, &mut wave);
            }
            waves.push(wave);
        }
        let now = Timestamp::from_micros(update.readings.iter().map(|r| r.at_us).max().unwrap());
        told += pipeline.push(Payload::Samples(Batch::from_rows(&rows)), now).len();
        told += waves.into_iter().map(|wave| pipeline.push(Payload::Waveform(wave), now).len()).sum::<usize>();
    }
    assert!(told > 1_000, "{told} outputs");
    let failed = pipeline.health().into_iter().filter(|h| h.faults > 0);
    failed.map(|h| format!("{} of asset {}: {:?}", h.operator, h.asset, h.last_fault)).collect()
}

#[test]
fn no_operator_fails_whatever_it_learns_from() {
    assert_eq!(faults(3, 0.0), Vec::<String>::new());
}

#[test]
fn no_operator_fails_whatever_it_hears_once_it_has_learned() {
    assert_eq!(faults(4, LEARNED_S), Vec::<String>::new());
}
