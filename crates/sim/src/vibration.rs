//! Vibration of a rotor and its bearing: the waveform, and the severity that follows from it.
//!
//! Severity and waveform come from the same numbers, so that whoever integrates the waveform finds the
//! severity again.

use std::f64::consts::{PI, TAU};

use crate::random::Rng;

/// A rolling bearing's geometry.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bearing {
    /// Its designation.
    pub designation: &'static str,
    /// Number of rolling elements.
    pub elements: u32,
    /// Diameter of a rolling element in mm.
    pub ball_mm: f64,
    /// Pitch diameter in mm.
    pub pitch_mm: f64,
}

/// Deep-groove ball bearing 6205 (geometry of the CWRU bearing data centre).
pub const BEARING_6205: Bearing = Bearing { designation: "6205", elements: 9, ball_mm: 7.94, pitch_mm: 39.04 };
/// Deep-groove ball bearing 6309 (nominal: the pitch is the mean of bore 45 mm and outer diameter 100 mm).
pub const BEARING_6309: Bearing = Bearing { designation: "6309", elements: 8, ball_mm: 17.46, pitch_mm: 72.5 };

impl Bearing {
    /// Ball passing frequency of the outer race in Hz, contact angle 0: `N/2 · f (1 − d/D)`.
    pub fn outer_race_hz(&self, shaft_hz: f64) -> f64 {
        f64::from(self.elements) / 2.0 * shaft_hz * (1.0 - self.ball_mm / self.pitch_mm)
    }

    /// Ball passing frequency of the inner race in Hz, contact angle 0: `N/2 · f (1 + d/D)`.
    pub fn inner_race_hz(&self, shaft_hz: f64) -> f64 {
        f64::from(self.elements) / 2.0 * shaft_hz * (1.0 + self.ball_mm / self.pitch_mm)
    }
}

/// Samples per second of every waveform.
pub const RATE_HZ: f64 = 12_800.0;
/// Samples in a waveform: 0.64 s, lines 1.56 Hz apart.
pub const BLOCK: usize = 8_192;
/// Seconds between two waveforms of an accelerometer.
pub(crate) const BLOCK_EVERY_S: f64 = 2.0;

/// The housing's resonance that impacts excite, in Hz, and its damping ratio.
const RESONANCE_HZ: f64 = 3_200.0;
const DAMPING: f64 = 0.04;
/// The band of severity (ISO 10816-3), in Hz.
const BAND_HZ: (f64, f64) = (10.0, 1_000.0);
/// How far the time between impacts strays because rolling elements slip, as a share.
const SLIP: f64 = 0.008;

/// What shakes a bearing housing at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Shaking {
    /// Rotation in Hz.
    pub(crate) shaft_hz: f64,
    /// Velocity at once per turn, mm/s r.m.s.
    pub(crate) once: f64,
    /// Velocity at twice per turn, mm/s r.m.s.
    pub(crate) twice: f64,
    /// Velocity at the frequency of blades or teeth, mm/s r.m.s., and how often that is per turn.
    pub(crate) mesh: f64,
    pub(crate) mesh_order: f64,
    /// Broadband acceleration, m/s² r.m.s.
    pub(crate) broadband: f64,
    /// Height of impacts from the outer and the inner race, m/s².
    pub(crate) outer: f64,
    pub(crate) inner: f64,
}

impl Shaking {
    /// Severity: velocity in 10–1000 Hz, mm/s r.m.s.
    ///
    /// White acceleration of density `2σ²/f_s` integrates to `v² = density/4π² · (1/10 − 1/1000)`. A ring-down of
    /// height `A` at `ω` is, far below resonance, a pulse of area `A/ω`; repeated, its lines sum up to
    /// `v = A/ω/√12`.
    pub(crate) fn severity(&self) -> f64 {
        let density = 2.0 * self.broadband.powi(2) / RATE_HZ;
        let broad = density / (4.0 * PI * PI) * (1.0 / BAND_HZ.0 - 1.0 / BAND_HZ.1) * 1e6;
        let impacts = (self.outer.powi(2) + 0.5 * self.inner.powi(2)) / (TAU * RESONANCE_HZ).powi(2) / 12.0 * 1e6;
        let mesh = if self.mesh_order * self.shaft_hz <= BAND_HZ.1 { self.mesh.powi(2) } else { 0.0 };
        (self.once.powi(2) + self.twice.powi(2) + mesh + broad + impacts).sqrt()
    }
}

/// An accelerometer on a bearing housing.
#[derive(Clone, Debug)]
pub(crate) struct Accelerometer {
    pub(crate) bearing: Bearing,
    rng: Rng,
    turns: f64,
    rings: [Ring; 2],
}

/// Impacts of one race: time to the next one, and the ringing state (acceleration and its quadrature).
#[derive(Clone, Copy, Debug, Default)]
struct Ring {
    next_s: f64,
    state: (f64, f64),
}

impl Ring {
    /// One sample on; a new impact when its time has come.
    fn step(&mut self, height: f64, every_s: f64, rng: &mut Rng) -> f64 {
        let dt = 1.0 / RATE_HZ;
        let decay = (-DAMPING * TAU * RESONANCE_HZ * dt).exp();
        let (sin, cos) = (TAU * RESONANCE_HZ * dt).sin_cos();
        let (a, b) = self.state;
        self.state = ((a * cos + b * sin) * decay, (b * cos - a * sin) * decay);
        self.next_s -= dt;
        if self.next_s <= 0.0 {
            self.state.1 += height;
            self.next_s += every_s * (1.0 + SLIP * rng.normal()).max(0.5);
        }
        self.state.0
    }
}

impl Accelerometer {
    pub(crate) fn new(seed: u64, name: &str, bearing: Bearing) -> Self {
        Self { bearing, rng: Rng::named(seed, name), turns: 0.0, rings: [Ring::default(); 2] }
    }

    /// The next block, in m/s². A shaft that stands gives broadband noise alone.
    pub(crate) fn block(&mut self, shaking: &Shaking) -> Vec<f32> {
        (0..BLOCK).map(|_| self.sample(shaking)).collect()
    }

    #[allow(clippy::cast_possible_truncation, reason = "an accelerometer resolves less than an f32 does")]
    fn sample(&mut self, s: &Shaking) -> f32 {
        self.turns = (self.turns + s.shaft_hz / RATE_HZ).fract();
        let angle = TAU * self.turns;
        let tone = |velocity: f64, order: f64| {
            velocity * 1e-3 * std::f64::consts::SQRT_2 * TAU * s.shaft_hz * order * (order * angle).sin()
        };
        let smooth = tone(s.once, 1.0) + tone(s.twice, 2.0) + tone(s.mesh, s.mesh_order.round());
        let noise = s.broadband * self.rng.normal();
        let [outer, inner] = &mut self.rings;
        let mut impacts = 0.0;
        if s.shaft_hz > 0.0 {
            impacts += outer.step(s.outer, 1.0 / self.bearing.outer_race_hz(s.shaft_hz), &mut self.rng);
            let load_zone = 0.5 + 0.5 * angle.cos();
            impacts += inner.step(s.inner * load_zone, 1.0 / self.bearing.inner_race_hz(s.shaft_hz), &mut self.rng);
        }
        ((smooth + noise + impacts) * 1e3).round() as f32 / 1e3
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Power of `x` at `hz` (Goertzel), amplitude squared.
    fn line(x: &[f64], hz: f64) -> f64 {
        let w = TAU * hz / RATE_HZ;
        let (re, im) = x.iter().enumerate().fold((0.0, 0.0), |(re, im), (i, v)| {
            let (s, c) = (w * i as f64).sin_cos();
            (re + v * c, im + v * s)
        });
        (re * re + im * im) * (2.0 / x.len() as f64).powi(2)
    }

    /// Velocity r.m.s. in 10–1000 Hz by adding up the lines of the block, mm/s.
    fn integrated(block: &[f32]) -> f64 {
        let x: Vec<f64> = block.iter().map(|v| f64::from(*v)).collect();
        let df = RATE_HZ / BLOCK as f64;
        let lines = (7..=640).map(|k| (f64::from(k) * df, line(&x, f64::from(k) * df)));
        lines.map(|(hz, power)| power / 2.0 / (TAU * hz).powi(2)).sum::<f64>().sqrt() * 1e3
    }

    fn healthy() -> Shaking {
        Shaking { shaft_hz: 50.0, once: 1.2, twice: 0.4, broadband: 1.0, ..Shaking::default() }
    }

    #[test]
    fn bearing_frequencies_match_the_published_example() {
        let hz = 1797.0 / 60.0;
        assert!((BEARING_6205.outer_race_hz(hz) - 107.364).abs() < 0.01);
        assert!((BEARING_6205.inner_race_hz(hz) - 162.186).abs() < 0.01);
    }

    #[test]
    fn the_severity_is_found_again_by_integrating_the_waveform() {
        let bearing = Shaking { outer: 120.0, ..healthy() };
        for shaking in [healthy(), bearing, Shaking { mesh: 0.8, mesh_order: 7.0, ..healthy() }] {
            let mut sensor = Accelerometer::new(1, "a", BEARING_6205);
            let blocks: Vec<f64> = (0..4).map(|_| integrated(&sensor.block(&shaking)).powi(2)).collect();
            let measured = (blocks.iter().sum::<f64>() / 4.0).sqrt();
            let ratio = measured / shaking.severity();
            assert!((ratio - 1.0).abs() < 0.15, "{shaking:?}: {measured} against {}", shaking.severity());
        }
    }

    #[test]
    fn an_outer_race_fault_stands_in_the_envelope_at_its_frequency() {
        let mut sensor = Accelerometer::new(3, "a", BEARING_6205);
        let block = sensor.block(&Shaking { outer: 60.0, ..healthy() });
        let squared: Vec<f64> = block.windows(2).map(|w| f64::from(w[1] - w[0]).powi(2)).collect();
        let mean = squared.iter().sum::<f64>() / squared.len() as f64;
        let envelope: Vec<f64> = squared.iter().map(|v| v - mean).collect();
        let peak =
            (400..4000).map(|i| f64::from(i) * 0.1).max_by(|a, b| line(&envelope, *a).total_cmp(&line(&envelope, *b)));
        let want = BEARING_6205.outer_race_hz(50.0);
        assert!((peak.unwrap() / want - 1.0).abs() < 0.02, "{peak:?} against {want}");
    }
}
