//! Sensors that are stuck, silent, spiking or noisy: kept apart from what the machine does.

use std::collections::BTreeMap;

use gemba_learn::sensor::{SensorFault, SensorNormal, SensorWatch};
use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{
    Asset, Batch, Evidence, Finding, FindingKind, FindingState, Sample, Signal, SignalId, SignalKind, TimeRange,
    Timestamp,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Error;

const NAME: &str = "sensor-health/1";

/// How sensors are watched.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct SensorHealthConfig {
    /// Values of each signal that it learns from, 100–1 000 000. Default 600.
    pub learn_values: usize,
    /// Values without a fault after which a finding is cleared, 1–100 000. Default 60.
    pub clear_after: usize,
}

impl Default for SensorHealthConfig {
    fn default() -> Self {
        Self { learn_values: 600, clear_after: 60 }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
enum Stage {
    Learning(#[serde(with = "gemba_learn::bits")] Vec<f64>),
    Watching(SensorWatch),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Sensor {
    stage: Stage,
    fault: Option<(SensorFault, Timestamp)>,
    calm: usize,
}

/// Watches each gauge of an asset for faults of the sensor itself.
#[derive(Debug)]
pub struct SensorHealth {
    signals: BTreeMap<SignalId, Signal>,
    config: SensorHealthConfig,
    sensors: BTreeMap<SignalId, Sensor>,
}

impl SensorHealth {
    /// None when the asset has no gauge that is measured.
    pub fn for_asset(_asset: &Asset, signals: &[Signal], config: &SensorHealthConfig) -> Option<Self> {
        let gauges = signals.iter().filter(|s| s.kind == SignalKind::Gauge && s.binding.is_some());
        let signals: BTreeMap<SignalId, Signal> = gauges.map(|s| (s.id, s.clone())).collect();
        (!signals.is_empty()).then(|| Self { signals, config: config.clone(), sensors: BTreeMap::new() })
    }

    fn step(&mut self, sample: Sample) -> Option<Finding> {
        let signal = self.signals.get(&sample.signal)?;
        let value = if sample.quality.usable() { sample.value } else { f64::NAN };
        let fresh = || Sensor { stage: Stage::Learning(Vec::new()), fault: None, calm: 0 };
        let sensor = self.sensors.entry(sample.signal).or_insert_with(fresh);
        let now = match &mut sensor.stage {
            Stage::Learning(values) => {
                values.extend(value.is_finite().then_some(value));
                if values.len() >= self.config.learn_values
                    && let Ok(normal) = SensorNormal::fit(values)
                {
                    sensor.stage = Stage::Watching(SensorWatch::new(normal));
                }
                return None;
            }
            Stage::Watching(watch) => watch.step(value),
        };
        match (now, sensor.fault) {
            (Some(fault), None) => {
                sensor.fault = Some((fault, sample.time));
                sensor.calm = 0;
                Some(finding(signal, fault, (sample.time, sample.time), FindingState::Active))
            }
            (Some(_), Some(_)) => {
                sensor.calm = 0;
                None
            }
            (None, Some((fault, since))) => {
                sensor.calm += 1;
                let over = sensor.calm >= self.config.clear_after;
                over.then(|| {
                    sensor.fault = None;
                    finding(signal, fault, (since, sample.time), FindingState::Cleared)
                })
            }
            (None, None) => None,
        }
    }
}

fn finding(signal: &Signal, fault: SensorFault, (since, now): (Timestamp, Timestamp), state: FindingState) -> Finding {
    let name = signal.name.replace(['_', '/'], " ");
    let (what, why) = match fault {
        SensorFault::Dropout => ("gives no usable value", "many values in a row were missing, bad or not a number"),
        SensorFault::Stuck => {
            ("is stuck", "it has repeated one value far longer than it ever did while it was learned")
        }
        SensorFault::Spike => ("spikes", "single values leave their neighbours far, and often"),
        SensorFault::Noise => ("is noisy", "most steps from value to value are several times what they were"),
    };
    Finding {
        asset: signal.asset,
        key: format!("sensor:{}", signal.name),
        kind: FindingKind::SensorFault,
        state,
        since,
        until: now,
        title: format!("Sensor {name} {what}"),
        explanation: format!("Sensor {name} {what}: {why}. This says nothing about the machine."),
        p_value: None,
        probability: 0.95,
        severity: 0.4,
        contributions: Vec::new(),
        evidence: vec![Evidence::Window { signal: signal.id, range: TimeRange::new(since, now), note: why.to_owned() }],
        failure_mode: None,
        prescription: vec!["check wiring, supply and mounting of the sensor".into()],
        rul: None,
        model: NAME.into(),
    }
}

impl Operator for SensorHealth {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        batch.rows().filter_map(|row| self.step(row)).for_each(|finding| out.finding(finding));
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        let sensors: Vec<_> = self.sensors.iter().collect();
        serde_json::to_vec(&sensors).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        let sensors: Vec<(SignalId, Sensor)> =
            serde_json::from_slice(state).map_err(|e| Error::State { operator: NAME, why: e.to_string() })?;
        self.sensors = sensors.into_iter().collect();
        Ok(())
    }
}
