//! The few pieces of dynamics that every machine is built from.

use crate::random::Rng;

/// What follows its target with a time constant.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lag {
    pub(crate) value: f64,
    tau_s: f64,
}

impl Lag {
    pub(crate) const fn new(value: f64, tau_s: f64) -> Self {
        Self { value, tau_s }
    }

    /// Moves towards `target` for `dt` seconds, exactly (no limit on the step).
    pub(crate) fn follow(&mut self, target: f64, dt: f64) -> f64 {
        self.value += (target - self.value) * (1.0 - (-dt / self.tau_s).exp());
        self.value
    }
}

/// A heat capacity with one way out: `C dT/dt = P − G (T − T_around)`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mass {
    /// Temperature in °C.
    pub(crate) celsius: f64,
    /// Heat capacity in J/K.
    pub(crate) capacity: f64,
    /// Heat conductance to the surroundings in W/K.
    pub(crate) conductance: f64,
}

impl Mass {
    /// A mass with the time constant `tau_s` that rests `rise` kelvin above its surroundings at `watts`.
    pub(crate) fn rising(celsius: f64, watts: f64, rise: f64, tau_s: f64) -> Self {
        let conductance = watts / rise;
        Self { celsius, capacity: conductance * tau_s, conductance }
    }

    /// Heats with `watts` for `dt` seconds; returns the heat given to the surroundings, in W.
    pub(crate) fn heat(&mut self, watts: f64, around: f64, dt: f64) -> f64 {
        let rest = around + watts / self.conductance;
        self.celsius += (rest - self.celsius) * (1.0 - (-dt * self.conductance / self.capacity).exp());
        (self.celsius - around) * self.conductance
    }
}

/// A random disturbance with mean 0, deviation `sigma` and correlation time `tau_s` (Ornstein-Uhlenbeck).
#[derive(Clone, Debug)]
pub(crate) struct Wander {
    pub(crate) value: f64,
    sigma: f64,
    tau_s: f64,
    rng: Rng,
}

impl Wander {
    pub(crate) fn new(seed: u64, name: &str, sigma: f64, tau_s: f64) -> Self {
        Self { value: 0.0, sigma, tau_s, rng: Rng::named(seed, name) }
    }

    pub(crate) fn step(&mut self, dt: f64) -> f64 {
        let keep = (-dt / self.tau_s).exp();
        self.value = self.value * keep + self.sigma * (1.0 - keep * keep).sqrt() * self.rng.normal();
        self.value
    }
}

/// A proportional-integral controller with output limits and conditional integration.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Controller {
    gain: f64,
    integral_s: f64,
    sum: f64,
}

impl Controller {
    pub(crate) const fn new(gain: f64, integral_s: f64, output: f64) -> Self {
        Self { gain, integral_s, sum: output }
    }

    /// The output, 0–1, for this error.
    pub(crate) fn step(&mut self, error: f64, dt: f64) -> f64 {
        let output = (self.gain * error + self.sum).clamp(0.0, 1.0);
        let next = (self.sum + self.gain * error * dt / self.integral_s).clamp(0.0, 1.0);
        let saturated = (output >= 1.0 && error > 0.0) || (output <= 0.0 && error < 0.0);
        if !saturated {
            self.sum = next;
        }
        output
    }
}

/// 0 below `from`, 1 above `to`, smooth between (works for `from > to` as well).
pub(crate) fn smoothstep(from: f64, to: f64, x: f64) -> f64 {
    let s = ((x - from) / (to - from)).clamp(0.0, 1.0);
    s * s * (3.0 - 2.0 * s)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mass_rests_where_heat_in_equals_heat_out() {
        let mut mass = Mass::rising(20.0, 500.0, 40.0, 600.0);
        let out = (0..200).map(|_| mass.heat(500.0, 20.0, 60.0)).last().unwrap();
        assert!((mass.celsius - 60.0).abs() < 1e-3 && (out - 500.0).abs() < 1e-2);
    }

    #[test]
    fn a_lag_does_not_depend_on_the_step() {
        let (mut coarse, mut fine) = (Lag::new(0.0, 3.0), Lag::new(0.0, 3.0));
        coarse.follow(1.0, 1.0);
        (0..100).for_each(|_| {
            fine.follow(1.0, 0.01);
        });
        assert!((coarse.value - fine.value).abs() < 1e-12);
    }

    #[test]
    fn wander_keeps_its_deviation() {
        let mut wander = Wander::new(1, "w", 2.0, 1.0);
        let values: Vec<f64> = (0..200_000).map(|_| wander.step(0.1)).collect();
        let rms = (values.iter().map(|v| v * v).sum::<f64>() / values.len() as f64).sqrt();
        assert!((rms - 2.0).abs() < 0.1, "{rms}");
    }
}
