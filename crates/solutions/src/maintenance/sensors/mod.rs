//! Sensors that are stuck, silent, spiking, noisy, drifting, on another scale or exchanged: kept apart from what the machine does.
//! While one is, what the other signals make of it takes its place, with an interval.

mod relations;
mod scales;
mod silence;
mod state;
mod turns;
mod words;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::time::Duration;

use gemba_learn::cross::{Estimate, SKILL_MIN};
use gemba_learn::sensor::SensorFault;
use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{
    Asset, Batch, BatchBuilder, Direction, FindingState, Quality, Role, Sample, Signal, SignalId, SignalKind, Template,
    Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::normal::NormalBehaviourConfig;
use super::{ComputedSignal, normal};
use crate::Error;
use relations::{Agreement, Relations};
use state::{Sensor, Trouble};

pub(super) const NAME: &str = "sensor-health/7";
/// How often a finding that goes on is reported again, µs.
const UPDATE_US: i64 = 60_000_000;
/// The status of an estimate: OPC UA's `UncertainSubstituteValue` (OPC 10000-4).
const SUBSTITUTE: u32 = 0x4091_0000;
/// Values without a fault that contradict the estimate count so many times less towards healthy again.
const CONTRADICTED: usize = 10;
/// Rows for which a sensor must have contradicted the others to be called drifting: other faults have their name by then.
const DRIFT_ROWS: i64 = 90;
/// The most gauges of an asset that get a signal for their estimate.
const ESTIMATES_MAX: usize = 64;

/// How sensors are watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SensorHealthConfig {
    /// Values of each signal that it learns from at least, 100–1 000 000, however long the monitor learns. Default 600.
    pub learn_values: usize,
    /// Values without a fault after which a finding is cleared, 1–100 000. Default 60.
    pub clear_after: usize,
}

impl Default for SensorHealthConfig {
    fn default() -> Self {
        Self { learn_values: 600, clear_after: 60 }
    }
}

/// The signals into which estimates are written.
pub(super) fn computed(signals: &[Signal]) -> Vec<ComputedSignal> {
    let gauges: Vec<&Signal> = signals.iter().filter(|s| is_sensor(s)).collect();
    let related = signals.iter().filter(|s| normal::is_watched(s)).count() > 1 && gauges.len() <= ESTIMATES_MAX;
    let one = |s: &&Signal| ComputedSignal {
        name: virtual_name(s),
        role: s.role,
        unit: s.unit.clone(),
        description: format!("{}, estimated from the other signals while its sensor is faulty", normal::label(s)),
        limits: None,
    };
    if related { gauges.iter().map(one).collect() } else { Vec::new() }
}

fn is_sensor(signal: &Signal) -> bool {
    signal.kind == SignalKind::Gauge && signal.binding.is_some()
}

fn virtual_name(signal: &Signal) -> String {
    format!("virtual/{}", signal.name)
}

/// Watches each gauge of an asset for faults of the sensor itself.
///
/// With [relations](Self::with_relations) it also sees what only shows beside the other signals, and estimates what a
/// faulty sensor should read; with [ids for them](Self::with_estimates) it writes these estimates.
#[derive(Debug)]
pub struct SensorHealth {
    signals: BTreeMap<SignalId, Signal>,
    template: Option<&'static Template>,
    /// Those of each connection.
    lines: Vec<Vec<SignalId>>,
    /// What tells the operating state.
    states: Vec<SignalId>,
    config: SensorHealthConfig,
    /// How long it learns at least, µs.
    lasting: i64,
    /// Where estimates are written.
    estimates: BTreeMap<SignalId, SignalId>,
    sensors: BTreeMap<SignalId, Sensor>,
    relations: Option<Relations>,
    suspicion: Option<(Timestamp, Vec<SignalId>)>,
    /// What stands for silent sensors and was not handed on yet.
    spoken: Vec<Sample>,
}

impl SensorHealth {
    /// None when the asset has no gauge that is measured.
    pub fn for_asset(asset: &Asset, signals: &[Signal], config: &SensorHealthConfig) -> Option<Self> {
        let signals: BTreeMap<SignalId, Signal> =
            signals.iter().filter(|s| is_sensor(s)).map(|s| (s.id, s.clone())).collect();
        let (estimates, sensors) = (BTreeMap::new(), BTreeMap::new());
        let mut lines: BTreeMap<&str, Vec<SignalId>> = BTreeMap::new();
        for (id, signal) in &signals {
            let connection = signal.binding.as_ref().map_or("", |b| b.connection.as_str());
            lines.entry(connection).or_default().push(*id);
        }
        let lines = lines.into_values().collect();
        (!signals.is_empty()).then(|| Self {
            template: asset.template.as_deref().and_then(Template::named),
            signals,
            lines,
            states: Vec::new(),
            config: config.clone(),
            lasting: 0,
            estimates,
            sensors,
            relations: None,
            suspicion: None,
            spoken: Vec::new(),
        })
    }

    /// Learns for as long as the monitor does, and on its rows what the signals make of each other.
    #[must_use]
    pub fn with_relations(mut self, signals: &[Signal], config: &NormalBehaviourConfig) -> Self {
        self.lasting = i64::try_from(config.learn_s.saturating_mul(1_000_000)).unwrap_or(i64::MAX);
        self.relations = Relations::new(signals, config);
        self.states = signals.iter().filter(|s| normal::tells_state(s)).map(|s| s.id).collect();
        self
    }

    /// Writes estimates to the signals with these ids, by name; see [`super::computed_signals`].
    #[must_use]
    pub fn with_estimates(mut self, computed: &BTreeMap<String, SignalId>) -> Self {
        let own = self.signals.values().filter_map(|s| Some((s.id, *computed.get(&virtual_name(s))?)));
        self.estimates = own.collect();
        self
    }

    /// What was seen so far was healthy: sensors of which enough was seen are watched from now on.
    pub(super) fn finish_learning(&mut self) {
        self.lasting = 0;
        self.sensors.values_mut().for_each(|s| s.finish(self.config.learn_values));
    }

    /// Takes samples, and hands them on as they can be believed.
    pub(super) fn look(&mut self, batch: &Batch, out: &mut Outlet) -> Batch {
        let mut believed: Option<BatchBuilder> = None;
        for (place, sample) in batch.rows().enumerate() {
            self.relate(sample, out);
            let doubted = self.step(sample, out);
            if (doubted || !self.spoken.is_empty()) && believed.is_none() {
                let mut before = BatchBuilder::with_capacity(batch.len());
                before.extend(&batch.slice(0, place));
                believed = Some(before);
            }
            if let Some(believed) = &mut believed {
                self.spoken.drain(..).for_each(|spoken| believed.push(spoken));
                believed.push(if doubted { self.instead(sample) } else { sample });
            }
        }
        believed.map_or_else(|| batch.clone(), |mut believed| believed.finish())
    }

    /// What the monitor finds: since when, and whose level is not where it belongs.
    pub(super) fn suspect(&mut self, suspicion: Option<(Timestamp, Vec<SignalId>)>) {
        self.suspicion = suspicion;
    }

    /// A sensor that alone keeps the others from fitting each other, for as long as a fault of its own takes to be named, and
    /// that shows nothing which a failure of such a machine shows alone: a bearing that becomes hot is no sensor that drifts.
    /// Where the others make enough of it, an estimate stands in from now on.
    fn drifting(&self, time: i64) -> Option<(SignalId, Timestamp)> {
        let (since, loud) = self.suspicion.as_ref()?;
        let relations = self.relations.as_ref().filter(|r| r.rows_from(*since, time) >= DRIFT_ROWS)?;
        let id = relations.lone(time)?;
        let known = relations.skill(id).is_some_and(|skill| skill >= SKILL_MIN);
        let free = self.sensors.values().all(|s| s.trouble.is_none());
        let own = known && free && loud.iter().all(|other| *other == id);
        (own && !self.shows_failure(id)).then_some((id, *since))
    }

    /// Whether what a signal reads, beside what the others make of it, is what a failure of the machine may show alone.
    fn shows_failure(&self, id: SignalId) -> bool {
        let read = self.relations.as_ref().and_then(|r| r.read(id).zip(r.made_of(id)));
        let (Some((read, made)), Some(template), Some(signal)) = (read, self.template, self.signals.get(&id)) else {
            return false;
        };
        let way = if read < made { Direction::Down } else { Direction::Up };
        template.shows_alone(signal.role, way) == Some(true)
    }

    /// Time has come this far. What stands for silent sensors.
    pub(super) fn tick(&mut self, now: Timestamp, out: &mut Outlet) -> Batch {
        self.rows(now.micros(), out);
        Batch::from_rows(&std::mem::take(&mut self.spoken))
    }

    fn relate(&mut self, sample: Sample, out: &mut Outlet) {
        if self.states.contains(&sample.signal) {
            self.relations.iter_mut().for_each(|r| r.turns.hear(sample));
        }
        let Some(column) = self.relations.as_mut().and_then(|r| r.arrive(sample)) else { return };
        let time = sample.time.micros();
        self.rows(time.saturating_sub(1), out);
        let value = if sample.quality.usable() { sample.value } else { f64::NAN };
        self.relations.iter_mut().for_each(|r| r.put(column, time, value));
    }

    /// Looks at the rows of all signals that are complete up to `until`.
    fn rows(&mut self, until: i64, out: &mut Outlet) {
        while let Some(time) = self.relations.as_mut().and_then(|r| r.next_row(until)) {
            self.row(time, out);
        }
    }

    /// A row of all signals that is complete.
    fn row(&mut self, time: i64, out: &mut Outlet) {
        let doubted = self.doubted();
        let Some(relations) = &mut self.relations else { return };
        let now = Timestamp::from_micros(time);
        let found = relations.row(time, &doubted, self.template);
        let concerned = found.map(|(repair, _)| relations.concerned(&repair)).unwrap_or_default();
        match found.filter(|_| concerned.iter().all(|id| self.open_to_repair(*id))) {
            Some((repair, since)) => {
                self.relations.iter_mut().for_each(|r| r.believe(repair));
                self.begin(&concerned, (Trouble::Beside(repair), Timestamp::from_micros(since)), now, out);
            }
            None => match self.drifting(time) {
                Some((id, since)) => self.begin(&[id], (Trouble::Drift, since), now, out),
                None => self.update(time, out),
            },
        }
        self.silence(time, out);
        self.write(time, out);
    }

    /// A fault that a sensor shows by itself stays what it is, unless it is what noise becomes on another scale.
    fn open_to_repair(&self, id: SignalId) -> bool {
        let held = self.sensors.get(&id).and_then(|s| s.trouble);
        held.is_none_or(|(t, _)| matches!(t, Trouble::Own(SensorFault::Noise | SensorFault::Spike) | Trouble::Drift))
    }

    /// Looks at a sample by itself. Whether its sensor is found faulty now.
    fn step(&mut self, sample: Sample, out: &mut Outlet) -> bool {
        let value = if sample.quality.usable() { sample.value } else { f64::NAN };
        let sensor = match self.sensors.entry(sample.signal) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(_) if !self.signals.contains_key(&sample.signal) => return false,
            Entry::Vacant(new) => new.insert(Sensor::new()),
        };
        sensor.pulse.hear();
        let own = sensor.own((sample.time.micros(), value), (self.config.learn_values, self.lasting));
        let known = sensor.trouble.is_some();
        let own = own.filter(|fault| known || !self.explained(*fault, sample.signal));
        let Some(sensor) = self.sensors.get_mut(&sample.signal) else { return false };
        match (own, sensor.trouble) {
            (None, None) => return false,
            (Some(fault), None | Some((Trouble::Drift, _)))
            | (Some(fault @ SensorFault::Noise), Some((Trouble::Own(SensorFault::Spike), _))) => {
                self.begin(&[sample.signal], (Trouble::Own(fault), sample.time), sample.time, out);
            }
            (own, Some((trouble, _))) => {
                let agreement = self.relations.as_ref().map_or(Agreement::Unknown, |r| r.agreement(sample.signal));
                sensor.calm(trouble, (own, value.is_finite()), agreement);
                if sensor.calm >= self.config.clear_after.saturating_mul(CONTRADICTED) {
                    self.end(sample.signal, sample.time, out);
                }
            }
        }
        self.sensors.get(&sample.signal).is_some_and(|s| s.trouble.is_some())
    }

    /// Whether the process makes a sensor lively: others of the asset are livelier than ever with it, or it measures what
    /// swings the more the larger it is.
    fn explained(&self, fault: SensorFault, id: SignalId) -> bool {
        if !matches!(fault, SensorFault::Noise | SensorFault::Spike) {
            return false;
        }
        let mut others = self.sensors.iter().filter(|(other, s)| **other != id && s.trouble.is_none());
        let louder = || {
            let role = self.signals.get(&id).map(|s| s.role);
            role == Some(Role::Vibration) && self.sensors.get(&id).is_some_and(Sensor::is_louder)
        };
        others.any(|(_, s)| s.is_restless()) || louder()
    }

    fn begin(&mut self, ids: &[SignalId], (trouble, since): (Trouble, Timestamp), now: Timestamp, out: &mut Outlet) {
        for id in ids {
            let sensor = self.sensors.entry(*id).or_insert_with(Sensor::new);
            // what becomes clearer has been there for longer
            let since = sensor.trouble.map_or(since, |(_, held)| held.min(since));
            (sensor.trouble, sensor.calm, sensor.told) = (Some((trouble, since)), 0, now.micros());
        }
        self.doubt();
        for id in ids {
            self.tell(*id, (now, FindingState::Active), out);
        }
    }

    /// Has the others estimate what is faulty now.
    fn doubt(&mut self) {
        let doubted = self.doubted();
        if let Some(relations) = &mut self.relations {
            relations.doubt(&doubted);
        }
    }

    fn end(&mut self, id: SignalId, now: Timestamp, out: &mut Outlet) {
        self.tell(id, (now, FindingState::Cleared), out);
        if let Some(sensor) = self.sensors.get_mut(&id) {
            (sensor.trouble, sensor.calm) = (None, 0);
        }
        self.doubt();
    }

    /// Tells again, now and then, how things stand with those that are faulty.
    fn update(&mut self, time: i64, out: &mut Outlet) {
        let due: Vec<SignalId> = self
            .sensors
            .iter_mut()
            .filter(|(_, s)| s.trouble.is_some() && time.saturating_sub(s.told) >= UPDATE_US)
            .map(|(id, s)| {
                s.told = time;
                *id
            })
            .collect();
        for id in due {
            self.tell(id, (Timestamp::from_micros(time), FindingState::Active), out);
        }
    }

    fn tell(&self, id: SignalId, (now, state): (Timestamp, FindingState), out: &mut Outlet) {
        let trouble = self.sensors.get(&id).and_then(|s| s.trouble);
        let (Some(signal), Some((trouble, since))) = (self.signals.get(&id), trouble) else { return };
        let said = words::Said { signal, trouble, since, now, state, relations: self.relations.as_ref() };
        out.finding(said.finding());
    }

    fn doubted(&self) -> Vec<SignalId> {
        self.sensors.iter().filter(|(_, s)| s.trouble.is_some()).map(|(id, _)| *id).collect()
    }

    /// What stands for a sample of a faulty sensor: for the monitor, which trusts what is good, an estimate is.
    fn instead(&self, sample: Sample) -> Sample {
        match self.estimate(sample.signal) {
            Some(e) => Sample { value: e.value, quality: Quality::Good, status: SUBSTITUTE, ..sample },
            None => Sample { value: f64::NAN, quality: Quality::Bad, ..sample },
        }
    }

    fn estimate(&self, id: SignalId) -> Option<Estimate> {
        self.relations.as_ref().and_then(|r| r.estimate(id))
    }

    fn write(&self, time: i64, out: &mut Outlet) {
        if !self.relations.as_ref().is_some_and(Relations::estimates) {
            return;
        }
        for (id, target) in &self.estimates {
            if let Some(e) = self.estimate(*id) {
                let sample = Sample::good(*target, Timestamp::from_micros(time), e.value);
                out.sample(Sample { quality: Quality::Uncertain, status: SUBSTITUTE, ..sample });
            }
        }
    }
}

impl Operator for SensorHealth {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        self.look(batch, out);
        Ok(())
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut Outlet) -> Result<(), BoxFault> {
        self.tick(now, out);
        Ok(())
    }

    fn tick_every(&self) -> Option<Duration> {
        self.relations.as_ref().map(Relations::step)
    }

    fn save(&self) -> Vec<u8> {
        let sensors: Vec<_> = self.sensors.iter().collect();
        serde_json::to_vec(&(sensors, &self.relations)).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let fail = |why: String| BoxFault::from(Error::State { operator: NAME, why });
        let (sensors, relations): (Vec<(SignalId, Sensor)>, Option<Relations>) =
            serde_json::from_slice(state).map_err(|e| fail(e.to_string()))?;
        let same = match (&self.relations, &relations) {
            (Some(own), Some(saved)) => own.like(saved),
            (None, None) => true,
            _ => false,
        };
        if !same {
            return Err(fail("it is of another version or asset".into()));
        }
        self.sensors = sensors.into_iter().filter(|(id, _)| self.signals.contains_key(id)).collect();
        self.relations = relations;
        Ok(())
    }
}
