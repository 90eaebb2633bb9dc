//! The virtual plant through the operators that a node makes of it, in its own time: no clock, no sockets, no disk.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use gemba_flow::{FlowConfig, LaneSpec, Pipeline, Produced};
use gemba_plant::{Asset, Batch, Payload, Sample, Signal, SignalId, Timestamp, Waveform};
use gemba_sim::{Doors, Plant, configuration};
use gemba_solutions::maintenance::{Config, computed_signals, operators_for};

/// Numbers of computed signals begin here, above those of all that is measured.
const COMPUTED_FROM: u32 = 10_000;

/// The assets and signals of the plant, as an integrator would write them.
///
/// # Errors
/// When one of them has no valid path.
pub fn plant_config() -> anyhow::Result<(Vec<Asset>, Vec<Signal>)> {
    let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
    let spec = configuration(&Doors { opcua: at(4840), modbus: at(1502), broker: at(1883) })?;
    Ok((spec.assets, spec.signals))
}

/// Numbers for computed signals.
pub fn numbers() -> impl Iterator<Item = SignalId> {
    (COMPUTED_FROM..).map(SignalId::new)
}

/// The lane of a machine that hears these signals, and the numbers of what it computes, by name.
pub fn lane(
    asset: Asset,
    own: Vec<Signal>,
    config: &Config,
    numbers: &mut impl Iterator<Item = SignalId>,
) -> (LaneSpec, BTreeMap<String, SignalId>) {
    let names = computed_signals(&asset, &own).into_iter().map(|one| one.name);
    let computed: BTreeMap<String, SignalId> = names.zip(numbers).collect();
    let (id, signals, parts) = (asset.id, own.iter().map(|s| s.id).collect(), (config.clone(), computed.clone()));
    let make = Arc::new(move || operators_for(&asset, &own, &parts.0, &parts.1));
    (LaneSpec { asset: id, signals, make }, computed)
}

/// A virtual plant of which some machines are watched.
#[derive(Debug)]
pub struct Watched {
    /// The plant.
    pub plant: Plant,
    /// The operators.
    pub pipeline: Pipeline,
    /// Computed signals by number: `acme/north/water/pump-1/monitor/score`.
    pub names: BTreeMap<SignalId, String>,
}

impl Watched {
    /// Watches what `means` says: which signals of which machines.
    ///
    /// # Errors
    /// When the plant's configuration is none or operators cannot be made.
    pub fn new(
        plant: Plant,
        (config, flow): (&Config, FlowConfig),
        means: impl Fn(&Asset, &Signal) -> bool,
    ) -> anyhow::Result<Self> {
        let (assets, signals) = plant_config()?;
        let (mut pipeline, mut names, mut numbers) = (Pipeline::new(flow), BTreeMap::new(), numbers());
        for asset in assets {
            let watched = |s: &&Signal| s.asset == asset.id && means(&asset, s);
            let own: Vec<Signal> = signals.iter().filter(watched).cloned().collect();
            if own.is_empty() {
                continue;
            }
            let path = asset.path.clone();
            let (lane, computed) = lane(asset, own, config, &mut numbers);
            names.extend(computed.into_iter().map(|(name, id)| (id, format!("{path}/{name}"))));
            pipeline.set_lane(&lane)?;
        }
        Ok(Self { plant, pipeline, names })
    }

    /// Lets the plant run for `by` and takes what its sensors say, each signal by its number.
    ///
    /// # Errors
    /// When it has more signals than numbers.
    pub fn read(&mut self, by: Duration) -> anyhow::Result<(Vec<Sample>, Vec<Waveform>)> {
        let update = self.plant.step(by);
        let number = |signal: usize| anyhow::Ok(SignalId::new(u32::try_from(signal)? + 1));
        let sample = |r: &gemba_sim::Reading| {
            let good = Sample::good(number(r.signal)?, Timestamp::from_micros(r.at_us), r.value);
            Ok(Sample { quality: r.quality, ..good })
        };
        let wave = |block: gemba_sim::Block| {
            let start = Timestamp::from_micros(block.at_us);
            let (signal, rate_hz, samples) = (number(block.signal)?, block.rate_hz, block.samples);
            Ok(Waveform { signal, start, ingest: start, rate_hz, samples })
        };
        let rows = update.readings.iter().map(sample).collect::<anyhow::Result<_>>()?;
        Ok((rows, update.blocks.into_iter().map(wave).collect::<anyhow::Result<_>>()?))
    }

    /// Hands on what came together, and says what the operators made of it.
    ///
    /// # Errors
    /// When there is no row.
    pub fn push(&mut self, rows: &[Sample], waves: Vec<Waveform>) -> anyhow::Result<Vec<Produced>> {
        let now = rows.iter().map(|s| s.time).max().context("the plant said nothing")?;
        let waves = waves.into_iter().map(Payload::Waveform);
        let all = std::iter::once(Payload::Samples(Batch::from_rows(rows))).chain(waves);
        Ok(self.pipeline.push_all(all, now))
    }
}
