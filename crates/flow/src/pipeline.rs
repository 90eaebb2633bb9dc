//! The engine itself: lanes, routes, and nothing that knows a clock or a thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gemba_plant::port::Output;
use gemba_plant::{AssetId, Batch, Payload, Timestamp, Waveform};

use crate::by_signal::BySignal;
use crate::checkpoint::Checkpoint;
use crate::config::{FlowConfig, LaneSpec};
use crate::lane::{Lane, end_of};
use crate::lanes::Lanes;
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
    lanes: Lanes,
    /// Signal to (seat of the lane, place in the lane).
    routes: BySignal<Vec<(usize, usize)>>,
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
            lanes: Lanes::default(),
            routes: BySignal::default(),
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
        lane.arrived = self.steady;
        if let Some((seat, mut old)) = self.lanes.remove(spec.asset) {
            lane.restore(&old.save());
            lane.arrived = old.arrived;
            self.unroute(seat, &old);
        }
        let signals = lane.signals().to_vec();
        let seat = self.lanes.insert(lane);
        for (place, signal) in signals.into_iter().enumerate() {
            self.routes.entry(signal.get()).push((seat, place));
        }
        Ok(())
    }

    /// Removes an asset with all that it held.
    pub fn remove_lane(&mut self, asset: AssetId) {
        if let Some((seat, old)) = self.lanes.remove(asset) {
            self.unroute(seat, &old);
        }
    }

    fn unroute(&mut self, seat: usize, lane: &Lane) {
        for signal in lane.signals() {
            self.routes.entry(signal.get()).retain(|(at, _)| *at != seat);
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
        for (_, seat) in touched {
            if let Some(lane) = self.lanes.at(seat) {
                out.append(&mut lane.run(&self.config, self.steady, &mut self.counters));
            }
        }
        out
    }

    /// Lets our clock pass: silent assets get what is held, and later ticks. To be called a few times per lateness.
    pub fn advance(&mut self, now: Timestamp) -> Vec<Produced> {
        self.pass(now);
        let mut out = Vec::new();
        for lane in self.lanes.iter_mut() {
            out.append(&mut lane.idle(&self.config, self.steady, &mut self.counters));
        }
        out
    }

    /// Delivers everything held: the end of a replay.
    pub fn finish(&mut self) -> Vec<Produced> {
        let mut out = Vec::new();
        for lane in self.lanes.iter_mut() {
            out.append(&mut lane.finish(&mut self.counters));
        }
        out
    }

    /// Delivers of each asset what is held up to its time, as if that were complete.
    pub fn deliver_to(&mut self, times: &BTreeMap<AssetId, Timestamp>) -> Vec<Produced> {
        let mut out = Vec::new();
        for lane in self.lanes.iter_mut() {
            if let Some(until) = times.get(&lane.asset) {
                out.append(&mut lane.deliver(*until, &mut self.counters));
            }
        }
        out
    }

    /// The states of all operators, watermarks and held rows. Operators that fail later restart from here.
    pub fn checkpoint(&mut self) -> Checkpoint {
        Checkpoint { lanes: self.lanes.iter_mut().map(|lane| (lane.asset, lane.save())).collect() }
    }

    /// Takes a checkpoint back, for the lanes that are set; others in it are passed over.
    pub fn restore(&mut self, checkpoint: &Checkpoint) {
        for lane in self.lanes.iter_mut() {
            if let Some(state) = checkpoint.lanes.get(&lane.asset) {
                lane.restore(state);
                lane.arrived = self.steady;
            }
        }
    }

    /// Takes from a checkpoint what is lacking, for the lanes that are set: a lane that has seen nothing takes all of it,
    /// in any other those operators that began with nothing take what they have learned there. Both are to have read
    /// the same rows ([`Pipeline::deliver_to`]).
    pub fn fill(&mut self, checkpoint: &Checkpoint) {
        for lane in self.lanes.iter_mut() {
            if let Some(state) = checkpoint.lanes.get(&lane.asset) {
                lane.fill(state);
                lane.arrived = self.steady;
            }
        }
    }

    /// How far the time of each asset is complete; one of which nothing was seen yet is not in it.
    pub fn watermarks(&self) -> BTreeMap<AssetId, Timestamp> {
        self.lanes.iter().filter_map(|lane| Some((lane.asset, lane.watermark()?))).collect()
    }

    /// Operators that know nothing of what was before: they are new, or what was saved of them was refused.
    pub fn anew(&self) -> Vec<(AssetId, String)> {
        let each = self.lanes.iter().flat_map(|lane| lane.slots.iter().map(|slot| (lane.asset, slot)));
        each.filter(|(_, slot)| slot.anew).map(|(asset, slot)| (asset, slot.name.to_string())).collect()
    }

    /// What went where so far.
    pub fn counters(&self) -> Counters {
        let slots = self.lanes.iter().flat_map(|lane| &lane.slots);
        let (faults, skipped) = slots.fold((0, 0), |(f, s), slot| (f + slot.faults, s + slot.skipped));
        Counters { faults, skipped, ..self.counters }
    }

    /// How the operators fare that ever failed.
    pub fn health(&self) -> Vec<Health> {
        let each = self.lanes.iter().flat_map(|lane| lane.slots.iter().map(|slot| (lane.asset, slot)));
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

    fn take_rows(&mut self, batch: &Batch, touched: &mut Vec<(AssetId, usize)>) {
        for row in batch.rows() {
            let Some(to) = self.routes.get(row.signal.get()).filter(|to| !to.is_empty()) else {
                self.counters.unrouted += 1;
                continue;
            };
            if row.time > row.ingest.plus(self.config.ahead_max()) {
                self.counters.ahead += 1;
                continue;
            }
            for (seat, place) in to {
                let Some(lane) = self.lanes.at(*seat) else { continue };
                lane.hold(*place, row, self.steady, &mut self.counters);
                if touched.last().is_none_or(|(_, last)| last != seat) {
                    touched.push((lane.asset, *seat));
                }
            }
        }
    }

    fn take_wave(&mut self, wave: &Waveform, touched: &mut Vec<(AssetId, usize)>) {
        let Some(to) = self.routes.get(wave.signal.get()).filter(|to| !to.is_empty()) else {
            self.counters.unrouted += 1;
            return;
        };
        if end_of(wave) > wave.ingest.plus(self.config.ahead_max()) {
            self.counters.ahead += 1;
            return;
        }
        for (seat, place) in to {
            let Some(lane) = self.lanes.at(*seat) else { continue };
            lane.hold_wave(*place, wave, &mut self.counters);
            touched.push((lane.asset, *seat));
        }
    }
}
