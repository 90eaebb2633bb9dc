//! Whatever the machines of the virtual plant say, no operator fails: values that are none or beyond all measure, clocks that go
//! back, waveforms without samples.

use std::sync::Arc;
use std::time::Duration;

use gemba_bench::virtual_plant::Watched;
use gemba_flow::FlowConfig;
use gemba_plant::{Quality, Sample, Waveform};
use gemba_sim::{Plant, Scenario};
use gemba_solutions::maintenance::{Config, NormalBehaviourConfig};
use gemba_testkit::Seeded;

/// Everything has been learned by then.
const LEARNED_S: f64 = 240.0;
const END_S: f64 = 400.0;
/// One reading in so many is a lie.
const LIES: u64 = 12;

/// All machines with all their signals.
fn watched(seed: u64) -> Watched {
    let normal = NormalBehaviourConfig { learn_s: 200, step_ms: 500, ..NormalBehaviourConfig::default() };
    let config = Config { normal, ..Config::default() };
    let flow = FlowConfig { lateness_ms: 0, ..FlowConfig::default() };
    Watched::new(Plant::new(seed, Scenario::demo()), (&config, flow), |_, _| true).unwrap()
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
    let (mut watched, mut random) = (watched(seed), Seeded::new(seed));
    let mut told = 0;
    while watched.plant.seconds() < END_S {
        let (mut rows, mut waves) = watched.read(Duration::from_secs(1)).unwrap();
        if watched.plant.seconds() >= from_s {
            let mut often = |every: u64| random.next_u64().is_multiple_of(every);
            let lies: Vec<bool> = rows.iter().map(|_| often(LIES)).collect();
            let wavy: Vec<bool> = waves.iter().map(|_| often(2)).collect();
            rows.iter_mut().zip(lies).filter(|(_, lies)| *lies).for_each(|(sample, _)| lie(&mut random, sample));
            waves.iter_mut().zip(wavy).filter(|(_, lies)| *lies).for_each(|(w, _)| lie_in_waves(&mut random, w));
        }
        told += watched.push(&rows, waves).unwrap().len();
    }
    assert!(told > 1_000, "{told} outputs");
    let failed = watched.pipeline.health().into_iter().filter(|h| h.faults > 0);
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
