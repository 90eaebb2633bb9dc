//! The virtual plant as a whole: machines, sensors, faults and time, without a clock.

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::{Level, Nameplate, Quality, SignalKind};

use crate::machine::{self, Surroundings, Unit};
use crate::sensor::Sensor;
use crate::spec::{AssetSpec, SignalSpec};
use crate::vibration::{Accelerometer, BLOCK, BLOCK_EVERY_S, Bearing, RATE_HZ};
use crate::{Fault, Replacement, Scenario, TruthEntry};

/// Length of one step of the physics, in milliseconds: ten steps a second.
pub const STEP_MS: u32 = 100;
const STEP_S: f64 = STEP_MS as f64 / 1e3;
/// The plant has been running for so long when it starts: everything is warm.
const WARM_UP_S: f64 = 300.0;
/// Heat flows at least so many times faster while it warms up.
const WARM_UP_PACE: f64 = 60.0;

/// What a sensor says. Signals are numbered through [`catalogue`], asset by asset, from 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The signal's number.
    pub signal: usize,
    /// Plant time in microseconds.
    pub at_us: i64,
    /// The value in the signal's unit; NaN when the quality is bad.
    pub value: f64,
    /// What the sensor thinks of it.
    pub quality: Quality,
}

/// A block of a waveform.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The signal's number.
    pub signal: usize,
    /// Plant time of the first sample, in microseconds.
    pub at_us: i64,
    /// Samples per second.
    pub rate_hz: f64,
    /// The samples in the signal's unit.
    pub samples: Arc<[f32]>,
}

/// What a step has brought: readings in order of time and signal, and blocks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Update {
    /// New readings.
    pub readings: Vec<Reading>,
    /// New blocks of waveforms.
    pub blocks: Vec<Block>,
}

/// A sensor with the number of its signal and the way to its truth.
#[derive(Debug)]
struct Probe {
    signal: usize,
    asset: String,
    name: &'static str,
    period_ms: i64,
    sensor: Sensor,
}

/// An accelerometer with the number of its signal and where it sits.
#[derive(Debug)]
struct Pickup {
    signal: usize,
    unit: usize,
    asset: usize,
    sensor: Accelerometer,
}

/// A plant: pure, seeded, in fixed steps. The same seed, scenario and total of steps give the same readings
/// byte for byte, however the time is cut.
#[derive(Debug)]
pub struct Plant {
    scenario: Scenario,
    units: Vec<Unit>,
    probes: Vec<Probe>,
    pickups: Vec<Pickup>,
    latest: Vec<Reading>,
    replaced: Vec<Replacement>,
    time_ms: i64,
    rest: Duration,
}

/// The assets of the plant, levels above the machines first, with their signals.
pub fn catalogue() -> Vec<AssetSpec> {
    levels().into_iter().chain(machine::all(0).into_iter().flat_map(|unit| unit.assets)).collect()
}

/// The paths of the assets that are one machine, such as a pump and its motor: what is wrong with one of them may show in the
/// others, and nowhere else.
pub fn machines() -> Vec<Vec<String>> {
    let paths = |unit: Unit| unit.assets.into_iter().map(|asset| asset.path).collect();
    machine::all(0).into_iter().map(paths).collect()
}

fn levels() -> Vec<AssetSpec> {
    let level = |path: &str, level, name| AssetSpec {
        path: path.to_owned(),
        level,
        name,
        template: None,
        nameplate: Nameplate::default(),
        door: None,
        signals: Vec::new(),
    };
    vec![
        level("acme", Level::Enterprise, "Acme"),
        level("acme/north", Level::Site, "North"),
        level("acme/north/water", Level::Area, "Water"),
        level("acme/north/utilities", Level::Area, "Utilities"),
        level("acme/north/machining", Level::Area, "Machining"),
        level("acme/north/heat", Level::Area, "Heat treatment"),
        level("acme/north/plastics", Level::Area, "Plastics"),
    ]
}

/// Where a sensor sits.
struct Seat {
    unit: usize,
    asset: usize,
    path: String,
    bearing: Bearing,
    spec: SignalSpec,
}

impl Seat {
    /// The signal's full name.
    fn name(&self) -> String {
        format!("{}/{}", self.path, self.spec.name)
    }
}

/// The seats of all sensors, in order of number.
fn seats(units: &[Unit]) -> Vec<Seat> {
    let assets = units
        .iter()
        .enumerate()
        .flat_map(|(unit, u)| u.assets.iter().enumerate().map(move |(asset, spec)| (unit, u, asset, spec)));
    let seat = |(unit, u, asset, of): (usize, &Unit, usize, &AssetSpec), spec: &SignalSpec| Seat {
        unit,
        asset,
        path: of.path.clone(),
        bearing: u.bearing,
        spec: *spec,
    };
    assets.flat_map(|at| at.3.signals.iter().map(move |spec| seat(at, spec))).collect()
}

impl Plant {
    /// A plant that has been running for a while.
    pub fn new(seed: u64, scenario: Scenario) -> Self {
        let units = machine::all(seed);
        let (mut probes, mut pickups) = (Vec::new(), Vec::new());
        for (signal, seat) in seats(&units).into_iter().enumerate() {
            if seat.spec.kind == SignalKind::Waveform {
                let sensor = Accelerometer::new(seed, &seat.name(), seat.bearing);
                pickups.push(Pickup { signal, unit: seat.unit, asset: seat.asset, sensor });
            } else {
                let sensor = Sensor::new(seed, &seat.name(), seat.spec);
                let period_ms = i64::from(seat.spec.period_ms.max(STEP_MS));
                probes.push(Probe { signal, asset: seat.path, name: seat.spec.name, period_ms, sensor });
            }
        }
        let (latest, replaced) = (Vec::new(), Vec::new());
        let mut plant = Self { scenario, units, probes, pickups, latest, replaced, time_ms: 0, rest: Duration::ZERO };
        plant.warm_up();
        plant.latest = plant.sense(&[], true);
        plant
    }

    fn warm_up(&mut self) {
        let pace = self.scenario.thermal_pace.max(WARM_UP_PACE);
        let steps = (WARM_UP_S / STEP_S).round();
        let mut step = -steps;
        while step < 0.0 {
            self.move_machines(step * STEP_S, pace, &[]);
            step += 1.0;
        }
    }

    /// The scenario it runs.
    pub fn scenario(&self) -> &Scenario {
        &self.scenario
    }

    /// Plant time in seconds; 0 at the start.
    pub fn seconds(&self) -> f64 {
        self.time_ms as f64 / 1e3
    }

    /// The last reading of every signal that is no waveform, in order of signal.
    pub fn values(&self) -> &[Reading] {
        &self.latest
    }

    /// What is really wrong at plant second `t`.
    pub fn truth(&self, t: f64) -> Vec<TruthEntry> {
        let standing =
            self.scenario.faults.iter().map(|fault| TruthEntry { fault: fault.clone(), severity: fault.severity(t) });
        standing.filter(|entry| entry.severity > 0.0).collect()
    }

    /// The parts that were worn out and put in anew since the start, oldest first.
    pub fn replaced(&self) -> &[Replacement] {
        &self.replaced
    }

    /// Moves on by `dt` in whole steps of [`STEP_MS`]; what is left over counts next time.
    pub fn step(&mut self, dt: Duration) -> Update {
        self.rest += dt;
        let mut update = Update::default();
        let step = Duration::from_millis(u64::from(STEP_MS));
        while self.rest >= step {
            self.rest -= step;
            self.advance(&mut update);
        }
        update
    }

    fn advance(&mut self, update: &mut Update) {
        self.time_ms += i64::from(STEP_MS);
        let t = self.seconds();
        let standing: Vec<(Fault, f64)> = self.truth(t).into_iter().map(|e| (e.fault, e.severity)).collect();
        self.move_machines(t, self.scenario.thermal_pace, &standing);
        let renewed = |unit: &Unit| Some(unit.assets.get(unit.machine.renewed()?)?.path.clone());
        let renewed: Vec<String> = self.units.iter().filter_map(renewed).collect();
        self.replaced.extend(renewed.into_iter().map(|asset| Replacement { asset, at_s: t }));
        for reading in self.sense(&standing, false) {
            if let Some(latest) = self.latest.iter_mut().find(|latest| latest.signal == reading.signal) {
                *latest = reading;
            }
            update.readings.push(reading);
        }
        if (t / BLOCK_EVERY_S).fract() < STEP_S / BLOCK_EVERY_S / 2.0 {
            update.blocks.extend(self.blocks());
        }
    }

    fn move_machines(&mut self, t: f64, pace: f64, standing: &[(Fault, f64)]) {
        for unit in &mut self.units {
            let mine = |fault: &Fault| unit.assets.iter().any(|asset| asset.path == fault.asset);
            let faults: Vec<(&Fault, f64)> = standing.iter().filter(|(f, _)| mine(f)).map(|(f, s)| (f, *s)).collect();
            unit.machine.step(&Surroundings {
                dt: STEP_S,
                thermal_dt: STEP_S * pace,
                ambient: self.scenario.ambient(t),
                load: self.scenario.load(t),
                ageing: self.scenario.ageing,
                product: self.scenario.product(t),
                faults: &faults,
            });
        }
    }

    /// Reads every sensor that is due.
    fn sense(&mut self, standing: &[(Fault, f64)], all: bool) -> Vec<Reading> {
        let mut truths = Vec::with_capacity(self.probes.len());
        self.units.iter().for_each(|unit| unit.machine.read(&mut truths));
        let (time_ms, mut readings) = (self.time_ms, Vec::new());
        for (probe, truth) in self.probes.iter_mut().zip(truths) {
            if !all && time_ms.rem_euclid(probe.period_ms) != 0 {
                continue;
            }
            let mine =
                |f: &Fault| f.kind.of_sensor() && f.asset == probe.asset && f.signal.as_deref() == Some(probe.name);
            let fault = standing.iter().find(|(f, _)| mine(f)).map(|(f, severity)| (f.kind, *severity));
            let (value, quality) = probe.sensor.read(truth, fault);
            readings.push(Reading { signal: probe.signal, at_us: time_ms * 1_000, value, quality });
        }
        readings
    }

    fn blocks(&mut self) -> Vec<Block> {
        let began_us = self.time_ms * 1_000 - BLOCK_US;
        let units = &self.units;
        let take = |pickup: &mut Pickup| {
            let shaking = units.get(pickup.unit)?.machine.shaking(pickup.asset);
            let samples = pickup.sensor.block(&shaking).into();
            Some(Block { signal: pickup.signal, at_us: began_us, rate_hz: RATE_HZ, samples })
        };
        self.pickups.iter_mut().filter_map(take).collect()
    }
}

/// Length of a block in microseconds.
#[allow(clippy::cast_possible_truncation, reason = "640 000 fits")]
const BLOCK_US: i64 = (BLOCK as f64 / RATE_HZ * 1e6) as i64;
