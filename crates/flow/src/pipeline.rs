//! The engine itself: lanes, routes, and nothing that knows a clock or a thread.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::Output;
use gemba_plant::{AssetId, Batch, Payload, Timestamp, Waveform};

use crate::checkpoint::Checkpoint;
use crate::config::{FlowConfig, LaneSpec};
use crate::lane::{Lane, end_of};
use crate::{Counters, Error, Health};

/// Our clock may move at most this far between two calls; more is a jump of the clock or a stopped process, and
/// says nothing about how long a source has been silent.
const STEP_MAX: Duration = Duration::from_secs(1);

/// Something that an operator has handed on.
#[derive(Clone, Debug, PartialEq)]
pub struct Produced {
    /// The operator's asset.
    pub asset: AssetId,
    /// The operator's name.
    pub operator: Arc<str>,
    /// The event time at which it was called.
    pub time: Timestamp,
    /// What.
    pub output: Output,
}

/// Runs the operators of any number of assets. See the crate's documentation for what it promises.
pub struct Pipeline {
    config: FlowConfig,
    lanes: BTreeMap<AssetId, Lane>,
    /// Signal to (lane, place in the lane). Looked up, never iterated.
    routes: HashMap<u32, Vec<(AssetId, usize)>>,
    counters: Counters,
    /// Our clock without its jumps.
    steady: Duration,
    now: Option<Timestamp>,
}

impl std::fmt::Debug for Pipeline {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipeline")
            .field("lanes", &self.lanes.len())
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl Pipeline {
    /// A pipeline without lanes.
    pub fn new(config: FlowConfig) -> Self {
        Self {
            config,
            lanes: BTreeMap::new(),
            routes: HashMap::new(),
            counters: Counters::default(),
            steady: Duration::ZERO,
            now: None,
        }
    }

    /// Adds an asset, or replaces it: operators with the same name keep their state.
    ///
    /// # Errors
    /// When two operators share a name or one panics while it is made; nothing has changed then.
    pub fn set_lane(&mut self, spec: &LaneSpec) -> Result<(), Error> {
        let mut lane = Lane::new(spec, &self.config)?;
        if let Some(mut old) = self.lanes.remove(&spec.asset) {
            lane.restore(&old.save());
            self.unroute(&old);
        }
        for (place, signal) in lane.signals().iter().enumerate() {
            self.routes.entry(signal.get()).or_default().push((spec.asset, place));
        }
        self.lanes.insert(spec.asset, lane);
        Ok(())
    }

    /// Removes an asset with all that it held.
    pub fn remove_lane(&mut self, asset: AssetId) {
        if let Some(old) = self.lanes.remove(&asset) {
            self.unroute(&old);
        }
    }

    fn unroute(&mut self, lane: &Lane) {
        for signal in lane.signals() {
            if let Some(to) = self.routes.get_mut(&signal.get()) {
                to.retain(|(asset, _)| *asset != lane.asset);
            }
        }
    }

    /// Takes a payload and delivers what it makes complete. `now` is our clock.
    pub fn push(&mut self, payload: Payload, now: Timestamp) -> Vec<Produced> {
        self.push_all([payload], now)
    }

    /// Takes payloads that came together: none makes another late.
    pub fn push_all(&mut self, payloads: impl IntoIterator<Item = Payload>, now: Timestamp) -> Vec<Produced> {
        self.pass(now);
        let mut touched = Vec::new();
        for payload in payloads {
            self.counters.taken += payload.len() as u64;
            match payload {
                Payload::Samples(batch) => self.take_rows(&batch, &mut touched),
                Payload::Waveform(wave) => self.take_wave(&wave, &mut touched),
                Payload::Frame(_) => self.counters.unrouted += 1,
            }
        }
        touched.sort_unstable();
        touched.dedup();
        let mut out = Vec::new();
        for asset in touched {
            if let Some(lane) = self.lanes.get_mut(&asset) {
                out.append(&mut lane.run(&self.config, self.steady, &mut self.counters));
            }
        }
        out
    }

    /// Lets our clock pass: silent assets get what is held, and later ticks. To be called a few times per lateness.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Produced> {
        self.pass(now);
        let mut out = Vec::new();
        for lane in self.lanes.values_mut() {
            out.append(&mut lane.idle(&self.config, self.steady, &mut self.counters));
        }
        out
    }

    /// Delivers everything held: the end of a replay.
    pub fn finish(&mut self) -> Vec<Produced> {
        let mut out = Vec::new();
        for lane in self.lanes.values_mut() {
            out.append(&mut lane.finish(&mut self.counters));
        }
        out
    }

    /// The states of all operators, watermarks and held rows. Operators that fail later restart from here.
    pub fn checkpoint(&mut self) -> Checkpoint {
        Checkpoint { lanes: self.lanes.iter_mut().map(|(asset, lane)| (*asset, lane.save())).collect() }
    }

    /// Takes a checkpoint back, for the lanes that are set; others in it are passed over.
    pub fn restore(&mut self, checkpoint: &Checkpoint) {
        for (asset, lane) in &mut self.lanes {
            if let Some(state) = checkpoint.lanes.get(asset) {
                lane.restore(state);
            }
        }
    }

    /// What went where so far.
    pub fn counters(&self) -> Counters {
        let slots = self.lanes.values().flat_map(|lane| &lane.slots);
        let (faults, skipped) = slots.fold((0, 0), |(f, s), slot| (f + slot.faults, s + slot.skipped));
        Counters { faults, skipped, ..self.counters }
    }

    /// How the operators fare that ever failed.
    pub fn health(&self) -> Vec<Health> {
        let each = self.lanes.values().flat_map(|lane| lane.slots.iter().map(|slot| (lane.asset, slot)));
        each.filter(|(_, slot)| slot.faults > 0 || slot.last_fault.is_some())
            .map(|(asset, slot)| Health {
                asset,
                operator: slot.name.to_string(),
                faults: slot.faults,
                skipped: slot.skipped,
                resting: slot.resting(),
                last_fault: slot.last_fault.clone(),
            })
            .collect()
    }

    fn pass(&mut self, now: Timestamp) {
        let step = self.now.map_or(Duration::ZERO, |before| now.since(before));
        self.steady = self.steady.saturating_add(step.min(STEP_MAX));
        self.now = Some(now);
    }

    fn take_rows(&mut self, batch: &Batch, touched: &mut Vec<AssetId>) {
        for row in batch.rows() {
            let Some(to) = self.routes.get(&row.signal.get()).filter(|to| !to.is_empty()) else {
                self.counters.unrouted += 1;
                continue;
            };
            if row.time > row.ingest.plus(self.config.ahead_max()) {
                self.counters.ahead += 1;
                continue;
            }
            for (asset, place) in to {
                let Some(lane) = self.lanes.get_mut(asset) else { continue };
                lane.hold(*place, row, &mut self.counters);
                if touched.last() != Some(asset) {
                    touched.push(*asset);
                }
            }
        }
    }

    fn take_wave(&mut self, wave: &Waveform, touched: &mut Vec<AssetId>) {
        let Some(to) = self.routes.get(&wave.signal.get()).filter(|to| !to.is_empty()) else {
            self.counters.unrouted += 1;
            return;
        };
        if end_of(wave) > wave.ingest.plus(self.config.ahead_max()) {
            self.counters.ahead += 1;
            return;
        }
        for (asset, place) in to {
            let Some(lane) = self.lanes.get_mut(asset) else { continue };
            lane.hold_wave(*place, wave, &mut self.counters);
            touched.push(*asset);
        }
    }
}
