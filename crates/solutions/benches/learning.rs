//! What learning and watching cost: an hour and some of assets with ten signals at 1 Hz through the operators that a
//! node gives them, behind the engine that hands the rows on.
//!
//! `cargo bench -p gemba-solutions [-- ASSETS [SECONDS]]` prints nanoseconds of processor a value while learning, for the
//! rows in which models are fitted, and while watching, and the memory of an asset at either end.
#![allow(clippy::print_stdout, reason = "a benchmark's figures go to the terminal")]

use std::collections::BTreeMap;
use std::sync::Arc;

use gemba_flow::{FlowConfig, LaneSpec, Pipeline};
use gemba_learn::random::Random;
use gemba_plant::{
    Asset, AssetId, AssetPath, Batch, Binding, Level, Nameplate, Payload, Role, Sample, Signal, SignalId, SignalKind,
    Timestamp, Unit,
};
use gemba_solutions::maintenance::{self, computed_signals, operators_for};

/// Measured signals of an asset; behind them come the computed ones.
const SIGNALS: u32 = 10;
/// Numbers that an asset may use for its signals.
const NUMBERS: u32 = 100;
/// Seconds that arrive together.
const TOGETHER: i64 = 10;
/// Seconds of which the cost is told together.
const STRETCH: i64 = 300;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let numbers: Vec<i64> = std::env::args().filter_map(|a| a.parse().ok()).collect();
    let assets = numbers.first().and_then(|n| u32::try_from(*n).ok()).unwrap_or(10).max(1);
    let seconds = numbers.get(1).copied().unwrap_or(5_400);
    let mut pipeline = Pipeline::new(FlowConfig::default());
    for asset in 0..assets {
        pipeline.set_lane(&lane(asset)?)?;
    }
    let (mut plant, mut outputs, empty) = (Plant::new(assets), 0, resident_kb());
    println!("{:>9} {:>12} {:>14}", "until, s", "ns a value", "KB an asset");
    let (mut spent, mut whole) = (0.0, 0.0);
    for from in (0..seconds).step_by(usize::try_from(TOGETHER).unwrap_or(1)) {
        let batch = plant.batch(from);
        let begun = processor_s();
        outputs += pipeline.push(Payload::Samples(batch), Timestamp::from_secs(from)).len();
        spent += processor_s() - begun;
        if (from + TOGETHER) % STRETCH == 0 {
            let each = spent * 1e9 / f64::from(assets * SIGNALS) / STRETCH as f64;
            let memory = (resident_kb() - empty) / f64::from(assets);
            println!("{:>9} {each:>12.0} {memory:>14.1}", from + TOGETHER);
            whole += std::mem::take(&mut spent);
        }
    }
    let values = f64::from(assets * SIGNALS) * seconds as f64;
    println!("in all {:.0} ns a value, {outputs} outputs", whole * 1e9 / values);
    let begun = processor_s();
    let saved = pipeline.checkpoint().to_bytes().len();
    let took = (processor_s() - begun) * 1e3 / f64::from(assets);
    println!("checkpoint {:.1} KB and {took:.2} ms an asset", saved as f64 / 1e3 / f64::from(assets));
    Ok(())
}

/// What this thread has computed so far, s: another program beside it does not count. 0 where the system does not tell.
fn processor_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Memory of this process; 0 where the system does not tell.
fn resident_kb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|l| l.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0.0)
}

/// An asset as line protocol registers it: gauges, of which nothing is known but the name.
fn lane(number: u32) -> Result<LaneSpec, gemba_plant::PathError> {
    let id = AssetId::new(number);
    let signal = |place: u32, name: String, binding: Option<Binding>| Signal {
        id: SignalId::new(number * NUMBERS + place),
        asset: id,
        name,
        kind: SignalKind::Gauge,
        role: Role::Other,
        unit: Unit::new(""),
        range: None,
        decimals: None,
        states: Vec::new(),
        description: String::new(),
        limits: None,
        bands: Vec::new(),
        quiet_in: Vec::new(),
        computed: false,
        binding,
    };
    let bound = |place: u32| Some(Binding { connection: "bench".into(), address: place.to_string() });
    let signals: Vec<Signal> =
        (0..SIGNALS).map(|place| signal(place, format!("signal_{place}"), bound(place))).collect();
    let asset = Asset {
        id,
        path: AssetPath::new("plant/machine")?,
        level: Level::Asset,
        name: String::new(),
        template: None,
        nameplate: Nameplate::default(),
        learning: None,
    };
    let names = computed_signals(&asset, &signals).into_iter().map(|c| c.name);
    let computed: BTreeMap<String, SignalId> =
        (SIGNALS..).zip(names).map(|(place, name)| (name, SignalId::new(number * NUMBERS + place))).collect();
    let measured = signals.iter().map(|s| s.id).collect();
    let config = maintenance::Config::default();
    let make = Arc::new(move || operators_for(&asset, &signals, &config, &computed));
    Ok(LaneSpec { asset: id, signals: measured, make })
}

/// The shape of plant-1000 (`docs/benchmarks/speed.md`): what wanders, jumps, counts and stands, with few decimals.
struct Plant {
    random: Random,
    assets: Vec<[f64; SIGNALS as usize]>,
}

impl Plant {
    fn new(assets: u32) -> Self {
        let first = [600.0, 400.0, 500.0, 300.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        Self { random: Random::new(42), assets: vec![first; assets as usize] }
    }

    /// The next seconds, as they come in.
    fn batch(&mut self, from: i64) -> Batch {
        let mut rows = Vec::new();
        for second in from..from + TOGETHER {
            for (number, asset) in (0..).zip(&mut self.assets) {
                step(&mut self.random, asset, second);
                let scales = [10.0, 10.0, 100.0, 10.0, 100.0, 1000.0, 1.0, 1.0, 1.0, 1.0];
                for ((place, mantissa), scale) in (0..).zip(asset.iter()).zip(scales) {
                    let id = SignalId::new(number * NUMBERS + place);
                    rows.push(Sample::good(id, Timestamp::from_secs(second), mantissa / scale));
                }
            }
        }
        Batch::from_rows(&rows)
    }
}

/// The next second of an asset, in units of its signals' decimals.
fn step(random: &mut Random, asset: &mut [f64; SIGNALS as usize], second: i64) {
    let mut throw = |span: f64| (random.unit() * (2.0 * span + 1.0)).floor() - span;
    let [warm, warmer, pressure, flow, current, vibration, speed, valve, count, state] = asset;
    *warm += if throw(9.0).abs() < 0.5 { throw(1.0) } else { 0.0 };
    *warmer += if throw(9.0).abs() < 0.5 { throw(1.0) } else { 0.0 };
    *pressure += throw(1.0);
    *flow += throw(1.0);
    *current = if (second / 30) % 2 == 0 { 1_200.0 } else { 2_400.0 } + throw(2.0);
    *vibration = 1_200.0 + throw(15.0);
    *speed = 1_480.0 + throw(1.0);
    *valve = if second % 60 == 0 { 50.0 + throw(50.0) } else { *valve };
    *count += 1.0;
    *state = if second % 300 == 0 { throw(3.0) } else { *state };
}
