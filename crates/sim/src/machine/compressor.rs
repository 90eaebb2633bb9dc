//! A speed-controlled screw compressor with its receiver, the consumers of the plant, and their leaks.

use gemba_plant::{Role, SignalKind};

use super::bearing::{Damage, Housing};
use super::motor::Motor;
use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Controller, Lag, Mass, Wander};
use crate::spec::{PRODUCTS, gauge, state};
use crate::vibration::{BEARING_6309, Shaking};

const RATED_W: f64 = 75_000.0;
/// Free air delivered at rated speed, m³/min.
const DELIVERY: f64 = 13.0;
/// Volume of the receiver and the network, m³.
const RECEIVER_M3: f64 = 3.0;
/// Wanted pressure, bar over air.
const WANTED_BAR: f64 = 7.0;
/// Air that leaks at [`WANTED_BAR`] when the leak is at its worst, m³/min.
const LEAK: f64 = 3.4;
/// Isothermal efficiency.
const EFFICIENCY: f64 = 0.62;
const NAME: &str = "compressor-1";

#[derive(Debug)]
struct Compressor {
    controller: Controller,
    speed: Lag,
    demand: Lag,
    restless: Wander,
    pressure: f64,
    delivered: f64,
    filter_drop: f64,
    motor: Motor,
    oil: Mass,
    housing: Housing,
    energy_kwh: f64,
    product: usize,
}

impl Compressor {
    /// Shaft power for `q` m³/min against `pressure` with `inlet` kPa lost before the screw, W.
    fn shaft_w(q: f64, pressure: f64, inlet: f64) -> f64 {
        let suction = 1.013 - inlet / 100.0;
        q / 60.0 * 1.013e5 * ((pressure + 1.013) / suction).ln() / EFFICIENCY
    }
}

impl Machine for Compressor {
    fn step(&mut self, around: &Surroundings<'_>) {
        let clog = around.fault(NAME, K::CloggedFilter);
        let wanted = around.by_product([8.6, 7.4, 9.6]) * around.load;
        let demand = self.demand.follow(wanted, around.dt) * (1.0 + self.restless.step(around.dt));
        let leak = LEAK * around.fault(NAME, K::AirLeak) * self.pressure / WANTED_BAR;
        let duty = self.controller.step((WANTED_BAR - self.pressure) / WANTED_BAR, around.dt);
        let speed = self.speed.follow(0.3 + 0.7 * duty, around.dt);
        self.filter_drop = 1.6 * (1.0 + 4.0 * clog) * speed * speed;
        self.delivered = DELIVERY * speed * (1.0 - self.filter_drop / 101.3);
        self.pressure = (self.pressure + (self.delivered - demand - leak) / 60.0 / RECEIVER_M3 * around.dt).max(0.0);
        let shaft_w = Self::shaft_w(self.delivered, self.pressure, self.filter_drop) + self.housing.friction_w();
        self.motor.step(shaft_w, speed, 1.0, (around.ambient, around.thermal_dt));
        self.oil.heat(0.85 * shaft_w, around.ambient, around.thermal_dt);
        self.energy_kwh += self.motor.power_w / 1e3 * around.dt / 3_600.0;
        self.product = around.product;
        let shake = Shaking {
            shaft_hz: 49.2 * speed,
            once: 1.1 * speed * speed,
            twice: 0.4 * speed * speed,
            mesh: 0.7 * speed,
            mesh_order: 4.0,
            broadband: 2.0,
            ..Shaking::default()
        };
        self.housing.step(shake, speed, Damage::default(), (around.ambient, around.dt, around.thermal_dt));
    }

    fn read(&self, out: &mut Vec<f64>) {
        out.extend([self.pressure, self.delivered, 2_950.0 * self.speed.value, self.motor.power_w / 1e3]);
        out.extend([self.motor.current_a, self.motor.load * 100.0, self.oil.celsius, self.filter_drop]);
        out.extend([self.housing.shaking().severity(), self.housing.celsius(), self.energy_kwh, self.product as f64]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        self.housing.shaking()
    }
}

/// The compressor of the plant.
pub(crate) fn unit(seed: u64) -> Unit {
    let signals = vec![
        gauge("discharge_pressure", Role::DischargePressure, "bar", (0.0, 16.0)).sensed(2, 0.01).says("Receiver."),
        gauge("flow", Role::Flow, "m3/min", (0.0, 20.0)).sensed(2, 0.04).says("Free air delivered."),
        gauge("speed", Role::Speed, "/min", (0.0, 3_600.0)).sensed(0, 1.0),
        gauge("power", Role::Power, "kW", (0.0, 120.0)).sensed(1, 0.15),
        gauge("current", Role::Current, "A", (0.0, 250.0)).sensed(1, 0.3),
        gauge("load", Role::Load, "%", (0.0, 150.0)).sensed(1, 0.1).says("Share of rated torque."),
        gauge("oil_temperature", Role::ProcessTemperature, "Cel", (-20.0, 150.0)).sensed(1, 0.1),
        gauge("inlet_filter_drop", Role::Pressure, "kPa", (0.0, 20.0)).sensed(2, 0.02),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 30.0)).sensed(2, 0.03),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)).sensed(1, 0.08),
        gauge("energy", Role::Energy, "kW.h", (0.0, 1e9)).of(SignalKind::Counter).sensed(1, 0.0).every(1_000),
        state("product", Role::Product, PRODUCTS),
    ];
    let compressor = Compressor {
        controller: Controller::new(60.0, 4.0, 0.5),
        speed: Lag::new(0.65, 0.6),
        demand: Lag::new(8.6, 1.0),
        restless: Wander::new(seed, "compressor-1/demand", 0.02, 1.2),
        pressure: WANTED_BAR,
        delivered: 8.6,
        filter_drop: 1.0,
        motor: Motor::new(RATED_W),
        oil: Mass::rising(72.0, 0.85 * 50_000.0, 50.0, 700.0),
        housing: Housing::new(seed, "compressor-1/housing", 35.0),
        energy_kwh: 184_200.0,
        product: 0,
    };
    Unit {
        assets: vec![machine(
            "utilities/compressor-1",
            ("Compressor 1", "compressor"),
            plate("SC-75", 75.0, 2_950.0, &BEARING_6309),
            signals,
        )],
        bearing: BEARING_6309,
        machine: Box::new(compressor),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compression_needs_a_realistic_specific_power() {
        let specific = Compressor::shaft_w(10.0, 7.0, 1.5) / 1e3 / 10.0;
        assert!((5.0..6.5).contains(&specific), "{specific} kW/(m3/min)");
    }
}
