//! A machining spindle: parts are changed, roughed and finished; the tool wears with every part.

use gemba_plant::{Role, SignalKind};

use super::bearing::{Damage, Housing};
use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Lag, Wander};
use crate::spec::{PRODUCTS, STATES, gauge, state};
use crate::vibration::{BEARING_6205, Shaking};

/// Length of the three steps of a part in seconds: change, rough, finish.
const STEPS_S: [f64; 3] = [0.8, 1.3, 0.9];
/// Parts that a tool makes before it is changed.
const TOOL_PARTS: f64 = 20.0;
/// A tool counts as broken from this severity on.
const BROKEN: f64 = 0.3;
const RATED_NM: f64 = 40.0;
const NAME: &str = "spindle-1";

#[derive(Debug)]
struct Spindle {
    speed: Lag,
    torque: Lag,
    hardness: Wander,
    in_part_s: f64,
    parts: f64,
    wear: f64,
    shown_wear: f64,
    housing: Housing,
    product: usize,
}

impl Spindle {
    fn cutting(&self) -> bool {
        self.in_part_s >= STEPS_S[0]
    }

    /// Share of the product's cutting torque in this moment of the part.
    fn cut(&self) -> f64 {
        match self.in_part_s {
            t if t < STEPS_S[0] => 0.0,
            t if t < STEPS_S[0] + STEPS_S[1] => 1.0,
            _ => 0.45,
        }
    }

    fn turn_over(&mut self, around: &Surroundings<'_>) {
        self.in_part_s += around.dt;
        if self.product != around.product {
            self.product = around.product;
            self.wear = 0.0;
        }
        if self.in_part_s >= STEPS_S.iter().sum() {
            self.in_part_s = 0.0;
            self.parts += 1.0;
            self.wear = if self.wear + 1.0 / TOOL_PARTS > 1.0 { 0.0 } else { self.wear + 1.0 / TOOL_PARTS };
        }
    }

    fn power_w(&self) -> f64 {
        self.torque.value * self.speed.value / 60.0 * std::f64::consts::TAU / 0.88 + 600.0
    }
}

impl Machine for Spindle {
    fn step(&mut self, around: &Surroundings<'_>) {
        self.turn_over(around);
        let (worn, broken) = (around.fault(NAME, K::ToolWear), around.fault(NAME, K::ToolBreakage) > BROKEN);
        self.shown_wear = self.wear * 0.5 + 0.5 * worn;
        let speed = self.speed.follow(around.by_product([8_000.0, 6_500.0, 9_500.0]), around.dt);
        let force = 1.0 + 0.12 * self.wear + 0.8 * worn + self.hardness.step(around.dt);
        let cut = around.by_product([14.0, 18.0, 11.0]) * self.cut() * if broken { 0.12 } else { force };
        self.torque.follow(cut + 1.2, around.dt);
        let bite = self.cut() * if broken { 0.3 } else { 1.0 };
        let base = Shaking {
            shaft_hz: speed / 60.0,
            once: 0.5 + if broken { 2.5 } else { 0.0 },
            twice: 0.15,
            mesh: (0.5 + 1.6 * worn) * bite,
            mesh_order: 4.0,
            broadband: 1.0 + (1.5 + 4.0 * worn) * bite,
            ..Shaking::default()
        };
        self.housing.step(base, speed / 9_500.0, Damage::default(), (around.ambient, around.dt, around.thermal_dt));
    }

    fn read(&self, out: &mut Vec<f64>) {
        let phase = f64::from(u8::from(self.cutting()));
        out.extend([self.speed.value, self.torque.value, self.power_w() / 1e3, self.torque.value / RATED_NM * 100.0]);
        out.extend([self.housing.shaking().severity(), self.housing.celsius(), self.shown_wear * 100.0]);
        out.extend([self.parts, phase, self.product as f64]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        self.housing.shaking()
    }
}

/// The spindle of the plant.
pub(crate) fn unit(seed: u64) -> Unit {
    let signals = vec![
        gauge("speed", Role::Speed, "/min", (0.0, 15_000.0)).sensed(0, 3.0),
        gauge("torque", Role::Torque, "N.m", (0.0, 80.0)).sensed(2, 0.08),
        gauge("power", Role::Power, "kW", (0.0, 40.0)).sensed(2, 0.05),
        gauge("load", Role::Load, "%", (0.0, 200.0)).sensed(1, 0.2),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 30.0)).sensed(2, 0.03),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)).sensed(1, 0.08),
        gauge("tool_wear", Role::Wear, "%", (0.0, 100.0)).sensed(1, 0.0).every(1_000).says("Estimated by the control."),
        gauge("parts", Role::Count, "1", (0.0, 1e9)).of(SignalKind::Counter).sensed(0, 0.0).every(1_000),
        state("state", Role::OperatingState, STATES).every(200),
        state("product", Role::Product, PRODUCTS),
    ];
    let spindle = Spindle {
        speed: Lag::new(8_000.0, 0.4),
        torque: Lag::new(1.2, 0.15),
        hardness: Wander::new(seed, "spindle-1/hardness", 0.03, 1.0),
        in_part_s: 0.0,
        parts: 48_120.0,
        wear: 0.0,
        shown_wear: 0.0,
        housing: Housing::new(seed, "spindle-1/housing", 18.0),
        product: 0,
    };
    Unit {
        assets: vec![machine(
            "machining/spindle-1",
            ("Spindle 1", "cnc_spindle"),
            plate("MS-15", 15.0, 9_500.0, &BEARING_6205),
            signals,
        )],
        bearing: BEARING_6205,
        machine: Box::new(spindle),
    }
}
