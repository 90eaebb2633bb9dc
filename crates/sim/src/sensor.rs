//! What a sensor makes of the truth: noise, resolution, range, and its own faults.

use gemba_plant::{Quality, SignalKind};

use crate::random::Rng;
use crate::{FaultKind, SignalSpec};

/// One sensor.
#[derive(Clone, Debug)]
pub(crate) struct Sensor {
    spec: SignalSpec,
    rng: Rng,
    last: f64,
}

/// Share of values that a fully spiking sensor throws far off.
const SPIKE_SHARE: f64 = 0.1;
/// How much a fully noisy sensor multiplies its noise by.
const NOISE_FACTOR: f64 = 20.0;
/// How far a fully drifted sensor is off, as a share of its range.
const DRIFT_SHARE: f64 = 0.2;
/// A dropout takes a reading with this probability at full severity.
const DROPOUT_SHARE: f64 = 0.9;

impl Sensor {
    pub(crate) fn new(seed: u64, name: &str, spec: SignalSpec) -> Self {
        Self { spec, rng: Rng::named(seed, name), last: f64::NAN }
    }

    /// The reading for `truth`. Every call draws the same number of random values, so that a fault of
    /// one sensor changes nothing elsewhere.
    pub(crate) fn read(&mut self, truth: f64, fault: Option<(FaultKind, f64)>) -> (f64, Quality) {
        let (noise, lot) = (self.spec.noise * self.rng.normal(), self.rng.uniform());
        let span = self.spec.range.high - self.spec.range.low;
        let raw = match fault {
            Some((FaultKind::SensorStuck, _)) if self.last.is_finite() => return (self.last, Quality::Good),
            Some((FaultKind::SensorDropout, severity)) if lot < severity * DROPOUT_SHARE => {
                return (f64::NAN, Quality::Bad);
            }
            Some((FaultKind::SensorSpike, severity)) if lot < severity * SPIKE_SHARE => truth + 0.4 * span,
            Some((FaultKind::SensorDrift, severity)) => truth + noise + severity * DRIFT_SHARE * span,
            Some((FaultKind::SensorNoise, severity)) => truth + noise * (1.0 + NOISE_FACTOR * severity),
            _ => truth + noise,
        };
        self.last = self.resolve(raw);
        (self.last, Quality::Good)
    }

    /// Clamped to the instrument's range (counters are not), rounded to its resolution.
    fn resolve(&self, raw: f64) -> f64 {
        let range = self.spec.range;
        let clamped = if self.spec.kind == SignalKind::Counter { raw } else { raw.clamp(range.low, range.high) };
        let scale = 10_f64.powi(i32::from(self.spec.decimals));
        (clamped * scale).round() / scale
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::gauge;
    use gemba_plant::Role;

    fn sensor() -> Sensor {
        Sensor::new(1, "x", gauge("x", Role::Other, "bar", (0.0, 10.0)).sensed(2, 0.05))
    }

    #[test]
    fn readings_are_rounded_clamped_and_noisy() {
        let mut s = sensor();
        let all: Vec<f64> = (0..100).map(|_| s.read(5.0, None).0).collect();
        assert!(all.iter().all(|v| ((v * 100.0).round() / 100.0 - v).abs() < 1e-12 && (v - 5.0).abs() < 0.5));
        assert!(all.windows(2).any(|w| w[0].to_bits() != w[1].to_bits()));
        assert!((s.read(99.0, None).0 - 10.0).abs() < 1e-12);
    }

    #[test]
    fn each_fault_of_a_sensor_does_what_its_name_says() {
        let mut s = sensor();
        let before = s.read(5.0, None).0;
        assert_eq!(s.read(7.0, Some((FaultKind::SensorStuck, 1.0))), (before, Quality::Good));
        assert!((s.read(5.0, Some((FaultKind::SensorDrift, 1.0))).0 - 7.0).abs() < 0.5);
        let share = |s: &mut Sensor, kind, hit: fn(&(f64, Quality)) -> bool| {
            (0..1_000).filter(|_| hit(&s.read(5.0, Some((kind, 1.0))))).count()
        };
        assert!((50..200).contains(&share(&mut s, FaultKind::SensorSpike, |r| r.0 > 8.0)));
        assert!((800..990).contains(&share(&mut s, FaultKind::SensorDropout, |r| r.1 == Quality::Bad)));
        assert!(share(&mut s, FaultKind::SensorNoise, |r| (r.0 - 5.0).abs() > 0.5) > 300);
    }
}
