//! Friction and heat of a rolling bearing, and what its faults do to them.

use crate::dynamics::{Mass, Wander};
use crate::vibration::Shaking;

/// Time constant of a bearing housing's temperature in a real plant, in seconds.
const HOUSING_S: f64 = 1_200.0;
/// Friction heat of a healthy bearing at rated speed, in W.
const FRICTION_W: f64 = 60.0;

/// Faults of a bearing, 0–1 each.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Damage {
    pub(crate) outer: f64,
    pub(crate) inner: f64,
    pub(crate) dry: f64,
}

/// A bearing housing.
#[derive(Clone, Debug)]
pub(crate) struct Housing {
    mass: Mass,
    flutter: Wander,
    shaking: Shaking,
    friction_w: f64,
}

impl Housing {
    /// A housing that rests `rise` kelvin above its surroundings at rated speed.
    pub(crate) fn new(seed: u64, name: &str, rise: f64) -> Self {
        Self {
            mass: Mass::rising(22.0 + rise, FRICTION_W, rise, HOUSING_S),
            flutter: Wander::new(seed, name, 0.03, 0.8),
            shaking: Shaking::default(),
            friction_w: 0.0,
        }
    }

    /// Temperature in °C.
    pub(crate) fn celsius(&self) -> f64 {
        self.mass.celsius
    }

    /// Friction now, in W: a load for whatever drives the shaft.
    pub(crate) fn friction_w(&self) -> f64 {
        self.friction_w
    }

    /// What shakes it.
    pub(crate) fn shaking(&self) -> Shaking {
        self.shaking
    }

    /// Turns for `dt` at `speed` (share of rated) under what the machine itself shakes with.
    pub(crate) fn step(
        &mut self,
        base: Shaking,
        speed: f64,
        damage: Damage,
        (around, dt, thermal_dt): (f64, f64, f64),
    ) {
        let breath = 1.0 + self.flutter.step(dt);
        let friction = speed.powf(1.3) * (1.0 + 3.0 * damage.dry + 0.9 * damage.outer + 0.9 * damage.inner);
        self.friction_w = FRICTION_W * friction;
        self.mass.heat(self.friction_w, around, thermal_dt);
        self.shaking = Shaking {
            once: base.once * breath,
            twice: base.twice * breath,
            broadband: base.broadband * (1.0 + 2.5 * damage.dry) * breath,
            outer: base.outer + 160.0 * damage.outer * speed,
            inner: base.inner + 200.0 * damage.inner * speed,
            ..base
        };
    }
}
