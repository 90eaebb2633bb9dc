//! The virtual battery is worn out and replaced: what is told of it before, at once and after, without waiting for the demo.

use std::time::Duration;

use gemba_bench::virtual_plant::{lane, numbers, plant_config};
use gemba_flow::{FlowConfig, Pipeline};
use gemba_plant::port::Output;
use gemba_plant::{Asset, Batch, Finding, FindingState, Payload, Sample, Signal, SignalKind, Timestamp, Unit};
use gemba_sim::{Plant, Scenario};
use gemba_solutions::maintenance::battery::{COMPUTED, CapacityRun, Told, capacity_outlook, end_of_life};
use gemba_solutions::maintenance::{Config, NormalBehaviourConfig, RemainingLifeConfig};

const BATTERY: &str = "acme/north/machining/agv-1-battery";
/// Some 115 tours from new to worn out, and 36 of the next one.
const AGEING: f64 = 12.0;
const AFTER_S: f64 = 650.0;

/// What came of the battery, and when it was replaced, s.
struct Lived {
    asset: Asset,
    signals: Vec<Signal>,
    /// The signal of the capacities.
    counted: Signal,
    cycles: Vec<(Timestamp, f64)>,
    replaced_s: f64,
}

fn live() -> Lived {
    let (assets, signals) = plant_config().unwrap();
    let asset = assets.into_iter().find(|asset| asset.path.as_str() == BATTERY).unwrap();
    let own: Vec<Signal> = signals.into_iter().filter(|signal| signal.asset == asset.id).collect();
    let normal = NormalBehaviourConfig { learn_s: 200, step_ms: 500, ..NormalBehaviourConfig::default() };
    let config = Config { normal, ..Config::default() };
    let (spec, computed) = lane(asset.clone(), own.clone(), &config, &mut numbers());
    let mut pipeline = Pipeline::new(FlowConfig { lateness_ms: 0, ..FlowConfig::default() });
    pipeline.set_lane(&spec).unwrap();
    let counted = Signal { id: computed[COMPUTED], name: COMPUTED.into(), unit: Unit::new("A.h"), ..own[0].clone() };
    let mut cycles = Vec::new();
    let mut plant = Plant::new(7, Scenario { faults: Vec::new(), ageing: AGEING, ..Scenario::demo() });
    while plant.replaced().first().is_none_or(|one| plant.seconds() < one.at_s + AFTER_S) {
        assert!(plant.seconds() < 3_000.0, "it lasts for ever");
        let update = plant.step(Duration::from_secs(1));
        let mine = update.readings.iter().filter_map(|reading| {
            let id = u32::try_from(reading.signal + 1).unwrap();
            let signal = own.iter().find(|s| s.id.get() == id && s.kind != SignalKind::Waveform)?;
            let sample = Sample::good(signal.id, Timestamp::from_micros(reading.at_us), reading.value);
            Some(Sample { quality: reading.quality, ..sample })
        });
        let rows: Vec<Sample> = mine.collect();
        let now = rows.iter().map(|s| s.time).max().unwrap();
        for one in pipeline.push(Payload::Samples(Batch::from_rows(&rows)), now) {
            if let Output::Samples(batch) = one.output {
                cycles.extend(batch.rows().filter(|s| s.signal == counted.id).map(|s| (s.time, s.value)));
            }
        }
    }
    let replaced_s = plant.replaced()[0].at_s;
    Lived { asset, signals: own, counted, cycles, replaced_s }
}

impl Lived {
    /// The cycles of the old battery, or the first `count` of the new one.
    fn run(&self, new: Option<usize>) -> CapacityRun {
        let at = Timestamp::from_micros((self.replaced_s * 1e6) as i64);
        let of = |(time, _): &&(Timestamp, f64)| (*time >= at) == new.is_some();
        let (times, levels): (Vec<Timestamp>, Vec<f64>) =
            self.cycles.iter().filter(of).take(new.unwrap_or(usize::MAX)).copied().unzip();
        let end = end_of_life(&self.asset, &self.signals, &self.counted, &levels).unwrap();
        CapacityRun { group: 0, times, levels, end }
    }

    fn told(&self, now: &CapacityRun, before: &[CapacityRun], open: Option<&Finding>) -> Told {
        capacity_outlook(&self.counted, now, before, (&RemainingLifeConfig::default(), open))
    }
}

#[test]
fn a_battery_that_is_replaced_begins_anew_and_its_past_tells_of_the_next() {
    let lived = live();
    let old = lived.run(None);
    let worn = lived.told(&old, &[], None);
    let open = worn.finding.unwrap_or_else(|| panic!("{}", worn.missing));
    println!("{} cycles: {}", old.levels.len(), open.explanation);
    assert!(open.state == FindingState::Active && worn.life.unwrap().health < 10.0, "{}", open.explanation);

    // no charge is counted that was half of the old battery's and half of the new one's
    let whole = old.end.whole;
    let new = lived.run(Some(usize::MAX));
    let [low, high] = [f64::min, f64::max].map(|pick| new.levels.iter().copied().reduce(pick).unwrap() / whole);
    assert!(new.levels.len() >= 30 && low > 0.8 && high < 1.05, "{} cycles, {low} to {high}", new.levels.len());

    // what was found is over with the first cycle; how long the new one lasts is told from the thirtieth on
    let first = lived.told(&lived.run(Some(1)), std::slice::from_ref(&old), Some(&open));
    assert_eq!(first.finding.map(|finding| finding.state), Some(FindingState::Cleared));
    assert!(first.life.is_none() && first.missing.starts_with("1 cycle was counted"), "{}", first.missing);
    let next = lived.told(&new, std::slice::from_ref(&old), None);
    let life = next.life.unwrap_or_else(|| panic!("{}", next.missing));
    println!("{}", life.says);
    assert!(life.done as usize == new.levels.len() && life.health > 20.0, "{}", life.says);
    let left = (old.levels.len() - new.levels.len()) as f64;
    // one battery says nothing of how often a range holds: that it is of this battery and not of the one before
    assert!(life.cycles.lo < left && left < 2.0 * life.cycles.hi, "{left} of {}", life.says);
}
