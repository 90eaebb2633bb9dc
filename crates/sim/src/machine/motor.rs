//! A three-phase induction motor behind a frequency converter or on the mains.

use crate::dynamics::Mass;

/// Time constant of a winding in a real plant, in seconds.
const WINDING_S: f64 = 900.0;
/// Line voltage in V.
const VOLTS: f64 = 400.0;

/// A motor by its rated values.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Motor {
    rated_w: f64,
    slip_rated: f64,
    idle_a: f64,
    fixed_w: f64,
    load_loss_w: f64,
    pub(crate) winding: Mass,
    /// Electrical power in W.
    pub(crate) power_w: f64,
    /// Line current in A.
    pub(crate) current_a: f64,
    /// Share of rated torque.
    pub(crate) load: f64,
}

impl Motor {
    /// A motor of `rated_w` shaft power: 92 % efficient, magnetising current 35 % of rated, slip 2 %.
    pub(crate) fn new(rated_w: f64) -> Self {
        let losses = rated_w * (1.0 / 0.92 - 1.0);
        Self {
            rated_w,
            slip_rated: 0.02,
            idle_a: 0.35 * rated_w / 0.92 / (3_f64.sqrt() * VOLTS * 0.85),
            fixed_w: 0.35 * losses,
            load_loss_w: 0.65 * losses,
            winding: Mass::rising(70.0, losses, 65.0, WINDING_S),
            power_w: 0.0,
            current_a: 0.0,
            load: 0.0,
        }
    }

    /// Slip at the present load, as a share of synchronous speed.
    pub(crate) fn slip(&self) -> f64 {
        self.slip_rated * self.load
    }

    /// Delivers `shaft_w` at `speed` (share of rated) for one step; `cooling` is 1 when clean.
    pub(crate) fn step(&mut self, shaft_w: f64, speed: f64, cooling: f64, (ambient, thermal_dt): (f64, f64)) {
        self.load = if speed > 0.01 { shaft_w / self.rated_w / speed } else { 0.0 };
        let losses = if speed > 0.01 { self.fixed_w * speed + self.load_loss_w * self.load.powi(2) } else { 0.0 };
        self.power_w = shaft_w.max(0.0) + losses;
        let active = self.power_w / (3_f64.sqrt() * VOLTS);
        self.current_a = if speed > 0.01 { active.hypot(self.idle_a) } else { 0.0 };
        self.winding.heat(losses / cooling.max(0.05), ambient, thermal_dt);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rated_motor_has_rated_efficiency_and_settles_65_kelvin_warmer() {
        let mut motor = Motor::new(18_500.0);
        (0..200).for_each(|_| motor.step(18_500.0, 1.0, 1.0, (25.0, 60.0)));
        assert!((18_500.0 / motor.power_w - 0.92).abs() < 1e-6);
        assert!((motor.winding.celsius - 90.0).abs() < 0.1);
        assert!((motor.slip() - 0.02).abs() < 1e-9);
        let cosine = motor.power_w / (3_f64.sqrt() * VOLTS * motor.current_a);
        assert!((0.8..1.0).contains(&cosine), "{cosine}");
    }
}
