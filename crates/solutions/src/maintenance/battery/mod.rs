//! How long a battery lasts: its capacity cycle by cycle, as it is delivered or counted from its current, and how many
//! cycles and days it has until the capacity is too small.

mod discharge;
mod end;
mod outlook;
mod words;

use std::collections::BTreeMap;

use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Role, Sample, Signal, SignalId, SignalKind, Timestamp, Unit};
use serde::{Deserialize, Serialize};

use super::ComputedSignal;
use crate::Error;
use discharge::Discharges;
pub use end::{EndOfLife, end_of_life};
pub(in crate::maintenance) use outlook::within;
pub use outlook::{CAPACITY_KEY, CapacityLife, CapacityRun, Told, capacity_outlook};

/// Who counts cycles, and who concludes from them.
pub(super) const NAME: &str = "capacity-fade/2";
/// The template of batteries.
pub const TEMPLATE: &str = "battery";
/// The computed signal: one value a cycle.
pub const COMPUTED: &str = "battery/capacity";

/// What the cycles of a battery are read from.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reads {
    /// A signal whose every new value is a cycle.
    Capacity(SignalId),
    /// Current in units of so many amperes, and voltage where it is measured.
    Current(SignalId, f64, Option<SignalId>),
}

impl Reads {
    /// A capacity goes before a state of health, both before the current; none when nothing of it is measured.
    fn of(asset: &Asset, signals: &[Signal]) -> Option<(Self, Unit)> {
        let measured = || signals.iter().filter(|s| s.kind == SignalKind::Gauge && s.binding.is_some());
        let role = |role: Role| measured().find(|s| s.role == role);
        if let Some(given) = role(Role::Capacity).or_else(|| role(Role::StateOfHealth)) {
            return Some((Self::Capacity(given.id), given.unit.clone()));
        }
        let current = role(Role::Current).filter(|_| asset.template.as_deref() == Some(TEMPLATE))?;
        let amperes = match current.unit.ucum() {
            "A" => 1.0,
            "mA" => 1e-3,
            "kA" => 1e3,
            _ => return None,
        };
        let voltage = role(Role::Voltage).map(|s| s.id);
        Some((Self::Current(current.id, amperes, voltage), Unit::new("A.h")))
    }
}

/// What the learned monitor watches of a battery whose capacity is followed; none of other assets. Age is its normal life:
/// it moves how long charges and discharges last, and what voltage and charge are to each other, and is told by the
/// capacity. That leaves its temperatures, in the states that are named.
pub(super) fn beside_age(asset: &Asset, signals: &[Signal]) -> Option<Vec<Signal>> {
    let followed = asset.template.as_deref() == Some(TEMPLATE) && Reads::of(asset, signals).is_some();
    let heat = |role| {
        use Role::{AmbientTemperature, BearingTemperature, ProcessTemperature, WindingTemperature};
        matches!(role, AmbientTemperature | BearingTemperature | ProcessTemperature | WindingTemperature)
    };
    let stays = |s: &&Signal| s.kind != SignalKind::Gauge || heat(s.role);
    followed.then(|| signals.iter().filter(stays).cloned().collect())
}

/// The computed signal of a battery.
pub(super) fn computed(asset: &Asset, signals: &[Signal]) -> Option<ComputedSignal> {
    let (_, unit) = Reads::of(asset, signals)?;
    let description = "capacity of each full cycle: as it is delivered, or counted from the current".to_owned();
    Some(ComputedSignal { name: COMPUTED.to_owned(), role: Role::Other, unit, description, limits: None })
}

/// Writes the capacity of each cycle of a battery.
#[derive(Debug)]
pub struct BatteryCycles {
    reads: Reads,
    out: SignalId,
    memory: Memory,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Memory {
    last: Option<f64>,
    discharges: Discharges,
}

impl BatteryCycles {
    /// None when no capacity, state of health or current of a battery is measured, or what it writes has no id.
    pub fn for_asset(asset: &Asset, signals: &[Signal], computed: &BTreeMap<String, SignalId>) -> Option<Self> {
        let (reads, _) = Reads::of(asset, signals)?;
        Some(Self { reads, out: *computed.get(COMPUTED)?, memory: Memory::default() })
    }

    /// The capacity of a cycle that a sample ends, and when it ended.
    fn step(&mut self, sample: &Sample) -> Option<(Timestamp, f64)> {
        let memory = &mut self.memory;
        match self.reads {
            Reads::Capacity(signal) if signal == sample.signal && sample.value > 0.0 => {
                let known = memory.last.replace(sample.value);
                (known.map(f64::to_bits) != Some(sample.value.to_bits())).then_some((sample.time, sample.value))
            }
            Reads::Current(signal, amperes, _) if signal == sample.signal => {
                memory.discharges.current(sample.time, sample.value * amperes)
            }
            Reads::Current(_, _, Some(voltage)) if voltage == sample.signal => {
                memory.discharges.voltage(sample.value);
                None
            }
            _ => None,
        }
    }
}

impl Operator for BatteryCycles {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        for sample in batch.rows().filter(|s| s.quality.usable() && s.value.is_finite()) {
            if let Some((time, capacity)) = self.step(&sample) {
                out.sample(Sample::good(self.out, time, capacity));
            }
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        serde_json::to_vec(&self.memory).unwrap_or_default()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        self.memory = serde_json::from_slice(state).map_err(|e| Error::State { operator: NAME, why: e.to_string() })?;
        Ok(())
    }
}
