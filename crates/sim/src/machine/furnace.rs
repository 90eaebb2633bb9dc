//! A continuous furnace: three heated zones, the product that passes them, walls that lose heat.

use gemba_plant::{Role, SignalKind};

use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Controller, Lag, Wander};
use crate::spec::{PRODUCTS, SignalSpec, gauge, state};
use crate::vibration::{BEARING_6205, Shaking};

/// Heating power of a zone, W; heat capacity, J/K; loss through the walls, W/K; exchange between zones, W/K.
const HEATER_W: f64 = 60_000.0;
const CAPACITY: f64 = 160_000.0;
const WALL: f64 = 20.0;
const NEXT: f64 = 40.0;
/// Wanted temperature, °C.
const WANTED: [f64; 3] = [780.0, 820.0, 850.0];
/// Heat capacity of the product in J/(kg K); how far it comes up to a zone's temperature.
const PRODUCT_J: f64 = 600.0;
const UPTAKE: f64 = 0.6;
const NAME: &str = "furnace-1";

/// One heated zone.
#[derive(Clone, Copy, Debug)]
struct Zone {
    celsius: f64,
    controller: Controller,
    heater_w: f64,
}

#[derive(Debug)]
struct Furnace {
    zones: [Zone; 3],
    throughput: Lag,
    uneven: Wander,
    product_celsius: f64,
    ambient: f64,
    energy_kwh: f64,
    product: usize,
    /// Heat to walls and to the product in the last step, W: for the balance.
    walls_w: f64,
    to_product_w: f64,
}

impl Furnace {
    /// One step of all zones; `flow` is the product in kg/s.
    fn heat(&mut self, flow: f64, broken: f64, (ambient, dt): (f64, f64)) {
        let [first, second, third] = self.zones.map(|zone| zone.celsius);
        let neighbours = [second - first, first + third - 2.0 * second, second - third];
        let mut product = ambient;
        (self.walls_w, self.to_product_w) = (0.0, 0.0);
        for (number, zone) in self.zones.iter_mut().enumerate() {
            let wanted = WANTED.get(number).copied().unwrap_or_default();
            let left = if number == 1 { 1.0 - 0.65 * broken } else { 1.0 };
            zone.heater_w = HEATER_W * left * zone.controller.step((wanted - zone.celsius) / 100.0, dt);
            let after = product + UPTAKE * (zone.celsius - product);
            let into_product = flow * PRODUCT_J * (after - product);
            let into_walls = WALL * (zone.celsius - ambient);
            let between = NEXT * neighbours.get(number).copied().unwrap_or_default();
            zone.celsius += (zone.heater_w - into_product - into_walls + between) / CAPACITY * dt;
            self.walls_w += into_walls;
            self.to_product_w += into_product;
            product = after;
        }
        self.product_celsius = product;
    }

    fn power_w(&self) -> f64 {
        self.zones.iter().map(|zone| zone.heater_w).sum()
    }
}

impl Machine for Furnace {
    fn step(&mut self, around: &Surroundings<'_>) {
        let wanted = around.by_product([380.0, 330.0, 430.0]) * around.load;
        let kg_h = self.throughput.follow(wanted, around.dt) * (1.0 + self.uneven.step(around.dt));
        self.heat(kg_h / 3_600.0, around.fault(NAME, K::HeaterFailure), (around.ambient, around.thermal_dt));
        self.energy_kwh += self.power_w() / 1e3 * around.dt / 3_600.0;
        (self.ambient, self.product) = (around.ambient, around.product);
    }

    fn read(&self, out: &mut Vec<f64>) {
        out.extend(self.zones.map(|zone| zone.celsius));
        out.extend(self.zones.map(|zone| zone.heater_w / 1e3));
        out.extend([WANTED[1], self.product_celsius, self.throughput.value * (1.0 + self.uneven.value)]);
        out.extend([self.power_w() / 1e3, self.energy_kwh, self.ambient, self.product as f64]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        Shaking::default()
    }
}

const fn zone(name: &'static str) -> SignalSpec {
    gauge(name, Role::ProcessTemperature, "Cel", (0.0, 1_200.0)).sensed(1, 0.2)
}

const fn heater(name: &'static str) -> SignalSpec {
    gauge(name, Role::Power, "kW", (0.0, 80.0)).sensed(2, 0.08)
}

fn new(seed: u64) -> Furnace {
    let zone = |number: usize| Zone {
        celsius: WANTED.get(number).copied().unwrap_or_default(),
        controller: Controller::new(3.0, 500.0, 0.45),
        heater_w: 0.45 * HEATER_W,
    };
    Furnace {
        zones: [zone(0), zone(1), zone(2)],
        throughput: Lag::new(380.0, 1.2),
        uneven: Wander::new(seed, "furnace-1/uneven", 0.03, 1.5),
        product_celsius: 790.0,
        ambient: 22.0,
        energy_kwh: 912_400.0,
        product: 0,
        walls_w: 0.0,
        to_product_w: 0.0,
    }
}

/// The furnace of the plant.
pub(crate) fn unit(seed: u64) -> Unit {
    let signals = vec![
        zone("zone_1_temperature"),
        zone("zone_2_temperature"),
        zone("zone_3_temperature"),
        heater("zone_1_power"),
        heater("zone_2_power"),
        heater("zone_3_power"),
        gauge("set_point", Role::SetPoint, "Cel", (0.0, 1_200.0)).of(SignalKind::SetPoint).sensed(0, 0.0).every(1_000),
        zone("product_temperature").says("Of the product that leaves."),
        gauge("throughput", Role::Flow, "kg/h", (0.0, 1_000.0)).sensed(1, 1.0),
        gauge("power", Role::Power, "kW", (0.0, 200.0)).sensed(1, 0.2),
        gauge("energy", Role::Energy, "kW.h", (0.0, 1e9)).of(SignalKind::Counter).sensed(1, 0.0).every(1_000),
        gauge("ambient_temperature", Role::AmbientTemperature, "Cel", (-30.0, 60.0)).sensed(1, 0.05).every(1_000),
        state("product", Role::Product, PRODUCTS),
    ];
    Unit {
        assets: vec![machine(
            "heat/furnace-1",
            ("Furnace 1", "furnace"),
            plate("CF-180", 180.0, 1_460.0, &BEARING_6205),
            signals,
        )],
        bearing: BEARING_6205,
        machine: Box::new(new(seed)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_rest_all_heat_goes_into_walls_and_product_and_zones_are_as_wanted() {
        let mut furnace = new(1);
        (0..40_000).for_each(|_| furnace.heat(0.105, 0.0, (22.0, 1.0)));
        let balance = furnace.power_w() - furnace.walls_w - furnace.to_product_w;
        assert!(balance.abs() < 50.0, "{balance} W are missing");
        for (zone, wanted) in furnace.zones.iter().zip(WANTED) {
            assert!((zone.celsius - wanted).abs() < 1.0, "{} instead of {wanted}", zone.celsius);
        }
    }

    #[test]
    fn with_burnt_out_elements_zone_2_cools_while_its_heater_gives_all_it_has() {
        let mut furnace = new(1);
        (0..40_000).for_each(|_| furnace.heat(0.105, 1.0, (22.0, 1.0)));
        assert!(furnace.zones[1].celsius < WANTED[1] - 20.0);
        assert!((furnace.zones[1].heater_w - 0.35 * HEATER_W).abs() < 1.0);
    }
}
