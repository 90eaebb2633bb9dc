//! A belt conveyor and the gearbox that drives it.

use gemba_plant::{GearStage, Nameplate, Role, SignalKind};

use super::bearing::{Damage, Housing};
use super::motor::Motor;
use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Lag, Mass, Wander};
use crate::spec::{PRODUCTS, gauge, state, waveform};
use crate::vibration::{BEARING_6205, Shaking};

const RATED_W: f64 = 5_500.0;
/// Belt speed at rated motor speed, m/s.
const BELT_M_S: f64 = 0.9;
/// Pull of the empty belt and of each kilogram on it, N.
const EMPTY_N: f64 = 1_500.0;
const PER_KG_N: f64 = 3.2;
/// Length of the belt, m; distance between two parts, m.
const LENGTH_M: f64 = 18.0;
const GAP_M: f64 = 0.6;
/// Efficiency of the gearbox; teeth of its pinion and of the wheel.
const EFFICIENCY: f64 = 0.95;
const STAGE: GearStage = GearStage { driving: 23, driven: 97 };

#[derive(Debug)]
struct Conveyor {
    speed: Lag,
    mass: Lag,
    uneven: Wander,
    belt: f64,
    pull: f64,
    moved_m: f64,
    motor: Motor,
    oil: Mass,
    input: Housing,
    product: usize,
}

impl Machine for Conveyor {
    fn step(&mut self, around: &Surroundings<'_>) {
        let speed = self.speed.follow(around.by_product([0.88, 0.95, 0.80]), around.dt);
        let kilograms = self.mass.follow(around.by_product([420.0, 300.0, 520.0]) * around.load, around.dt);
        let slip = around.fault("conveyor-1", K::BeltSlip);
        let (worn, dry) = (around.fault("gearbox-1", K::GearWear), around.fault("gearbox-1", K::LubricationLoss));
        let turning = speed * (1.0 - self.motor.slip());
        self.belt = BELT_M_S * turning * (1.0 - 0.22 * slip * (1.0 + 0.3 * self.uneven.value));
        self.pull = (EMPTY_N + PER_KG_N * kilograms) * (1.0 + self.uneven.step(around.dt));
        let belt_w = self.pull * BELT_M_S * turning * (1.0 - 0.08 * slip);
        let loss_w = belt_w * (1.0 / EFFICIENCY - 1.0) * (1.0 + 1.2 * worn + 2.5 * dry) + 60.0 * turning;
        self.motor.step(belt_w + loss_w, turning, 1.0, (around.ambient, around.thermal_dt));
        self.oil.heat(loss_w, around.ambient, around.thermal_dt);
        self.moved_m += self.belt * around.dt;
        self.product = around.product;
        let load = self.motor.load;
        let base = Shaking {
            shaft_hz: 25.0 * turning,
            once: 0.5 + 0.5 * worn,
            twice: 0.2,
            mesh: (0.6 + 2.8 * worn) * (0.4 + 0.6 * load),
            mesh_order: f64::from(STAGE.driving),
            broadband: 0.8 + 1.5 * worn,
            ..Shaking::default()
        };
        let damage = Damage { dry: dry + 0.2 * worn, ..Damage::default() };
        self.input.step(base, turning, damage, (around.ambient, around.dt, around.thermal_dt));
    }

    fn read(&self, out: &mut Vec<f64>) {
        let turning = self.speed.value * (1.0 - self.motor.slip());
        out.extend([self.belt, self.motor.power_w / 1e3, self.motor.current_a, self.motor.load * 100.0]);
        out.extend([self.mass.value, self.motor.winding.celsius, (self.moved_m / GAP_M).floor(), self.product as f64]);
        let torque = self.motor.load * RATED_W / (25.0 * std::f64::consts::TAU);
        out.extend([1_500.0 * turning, torque, self.oil.celsius]);
        out.extend([self.input.shaking().severity(), self.input.celsius()]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        self.input.shaking()
    }
}

/// The conveyor of the plant and its gearbox.
pub(crate) fn unit(seed: u64) -> Unit {
    let belt = vec![
        gauge("speed", Role::Speed, "m/s", (0.0, 2.0)).sensed(3, 0.002).says("Speed of the belt."),
        gauge("power", Role::Power, "kW", (0.0, 10.0)).sensed(3, 0.012),
        gauge("current", Role::Current, "A", (0.0, 25.0)).sensed(2, 0.03),
        gauge("load", Role::Load, "%", (0.0, 200.0)).sensed(1, 0.2).says("Share of the motor's rated torque."),
        gauge("mass", Role::Other, "kg", (0.0, 1_000.0)).sensed(0, 2.0).says("Weight on the belt."),
        gauge("winding_temperature", Role::WindingTemperature, "Cel", (-20.0, 200.0)).sensed(1, 0.1),
        gauge("parts", Role::Count, "1", (0.0, 1e9)).of(SignalKind::Counter).sensed(0, 0.0).every(1_000),
        state("product", Role::Product, PRODUCTS),
    ];
    let gear = vec![
        gauge("speed", Role::Speed, "/min", (0.0, 1_800.0)).sensed(0, 0.7).says("Input shaft."),
        gauge("torque", Role::Torque, "N.m", (0.0, 80.0)).sensed(2, 0.08).says("Input shaft."),
        gauge("oil_temperature", Role::ProcessTemperature, "Cel", (-20.0, 150.0)).sensed(1, 0.1),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 30.0)).sensed(2, 0.02),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)).sensed(1, 0.08),
        waveform("Input bearing, radial, from a wireless sensor."),
    ];
    let conveyor = Conveyor {
        speed: Lag::new(0.88, 0.6),
        mass: Lag::new(420.0, LENGTH_M / BELT_M_S / 12.0),
        uneven: Wander::new(seed, "conveyor-1/uneven", 0.02, 0.9),
        belt: 0.79,
        pull: EMPTY_N,
        moved_m: 120_000.0,
        motor: Motor::new(RATED_W),
        oil: Mass::rising(52.0, 180.0, 30.0, 1_500.0),
        input: Housing::new(seed, "gearbox-1/housing", 18.0),
        product: 0,
    };
    Unit {
        assets: vec![
            machine(
                "machining/conveyor-1",
                ("Conveyor 1", "conveyor"),
                plate("BC-18", 5.5, 1_460.0, &BEARING_6205),
                belt,
            ),
            machine(
                "machining/gearbox-1",
                ("Gearbox of conveyor 1", "gearbox"),
                Nameplate { gears: vec![STAGE], ..plate("GB-20", 5.5, 1_460.0, &BEARING_6205) },
                gear,
            ),
        ],
        bearing: BEARING_6205,
        machine: Box::new(conveyor),
    }
}
