//! A water chiller: a cooled loop, a compressor that holds its temperature, a condenser that fouls.
//!
//! `P = Q/COP`, `COP = 0.45 · T_evaporator/(T_condenser − T_evaporator)` in kelvin.

use gemba_plant::{Role, SignalKind};

use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Controller, Lag, Wander};
use crate::spec::{PRODUCTS, gauge, state};
use crate::vibration::{BEARING_6309, Shaking};

/// Largest cooling power, W.
const COOLING_W: f64 = 160_000.0;
/// Flow of the loop in kg/s, heat capacity of its water in J/(kg K), and of all that hangs on it in J/K.
const LOOP_KG_S: f64 = 5.0;
const WATER: f64 = 4_186.0;
const LOOP_J_K: f64 = 1.5e6;
/// Wanted supply temperature, °C.
const WANTED: f64 = 7.0;
const KELVIN: f64 = 273.15;
const NAME: &str = "chiller-1";

#[derive(Debug)]
struct Chiller {
    controller: Controller,
    restless: Wander,
    heat_w: Lag,
    cooling_w: f64,
    back: f64,
    supply: f64,
    condenser: f64,
    power_w: f64,
    product: usize,
}

impl Chiller {
    /// Electrical power for `cooling_w`, W.
    fn power(cooling_w: f64, evaporator: f64, condenser: f64) -> f64 {
        let cop = 0.45 * (evaporator + KELVIN) / (condenser - evaporator).max(5.0);
        cooling_w / cop + 1_500.0
    }

    fn evaporator(&self) -> f64 {
        self.supply - 2.0 - 3.0 * self.cooling_w / COOLING_W
    }
}

impl Machine for Chiller {
    fn step(&mut self, around: &Surroundings<'_>) {
        let wanted = around.by_product([92e3, 80e3, 102e3]) * around.load;
        let heat = self.heat_w.follow(wanted, around.dt) * (1.0 + self.restless.step(around.dt));
        let error = (self.supply - WANTED) / 10.0;
        self.cooling_w = COOLING_W * self.controller.step(error, around.thermal_dt);
        self.back += (heat - self.cooling_w) / LOOP_J_K * around.thermal_dt;
        self.supply = self.back - self.cooling_w / (LOOP_KG_S * WATER);
        let fouling = around.fault(NAME, K::CondenserFouling);
        let rise = (9.0 + 16.0 * fouling) * (self.cooling_w + self.power_w) / 120e3;
        self.condenser += (around.ambient + 6.0 + rise - self.condenser) * (around.thermal_dt / 120.0).min(1.0);
        self.power_w = Self::power(self.cooling_w, self.evaporator(), self.condenser);
        self.product = around.product;
    }

    fn read(&self, out: &mut Vec<f64>) {
        let low = 2.93 * (0.034_5 * self.evaporator()).exp();
        let high = 7.7 * (0.027_3 * (self.condenser - 30.0)).exp();
        out.extend([self.supply, self.back, WANTED, LOOP_KG_S * 3.6, low - 1.013, high - 1.013]);
        out.extend([self.condenser, self.power_w / 1e3, self.cooling_w / COOLING_W * 100.0, self.product as f64]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        Shaking::default()
    }
}

/// The chiller of the plant.
pub(crate) fn unit(seed: u64) -> Unit {
    let degrees = |name, says| gauge(name, Role::ProcessTemperature, "Cel", (-20.0, 100.0)).sensed(2, 0.02).says(says);
    let bar = |name, role| gauge(name, role, "bar", (-1.0, 30.0)).sensed(2, 0.015);
    let signals = vec![
        degrees("supply_temperature", "Cold water to the consumers."),
        degrees("return_temperature", "Warm water from the consumers."),
        gauge("set_point", Role::SetPoint, "Cel", (0.0, 20.0)).of(SignalKind::SetPoint).sensed(1, 0.0).every(1_000),
        gauge("flow", Role::Flow, "m3/h", (0.0, 40.0)).sensed(2, 0.04),
        bar("suction_pressure", Role::SuctionPressure),
        bar("discharge_pressure", Role::DischargePressure),
        degrees("condenser_temperature", "Condensing temperature."),
        gauge("power", Role::Power, "kW", (0.0, 80.0)).sensed(2, 0.05),
        gauge("load", Role::Load, "%", (0.0, 100.0)).sensed(1, 0.1).says("Share of the largest cooling power."),
        state("product", Role::Product, PRODUCTS),
    ];
    let chiller = Chiller {
        controller: Controller::new(0.5, 400.0, 0.58),
        restless: Wander::new(seed, "chiller-1/heat", 0.012, 1.5),
        heat_w: Lag::new(92e3, 1.5),
        cooling_w: 92e3,
        back: 11.4,
        supply: WANTED,
        condenser: 36.0,
        power_w: 25e3,
        product: 0,
    };
    Unit {
        assets: vec![machine(
            "utilities/chiller-1",
            ("Chiller 1", "chiller"),
            plate("CH-160", 45.0, 2_950.0, &BEARING_6309),
            signals,
        )],
        bearing: BEARING_6309,
        machine: Box::new(chiller),
    }
}
