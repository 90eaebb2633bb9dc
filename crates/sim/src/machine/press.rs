//! An injection moulding press: a shot every few seconds, figures that stand once per shot.

use gemba_plant::{Role, SignalKind};

use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Controller, Lag, Wander};
use crate::random::Rng;
use crate::spec::{PRODUCTS, STATES, SignalSpec, gauge, state};
use crate::vibration::{BEARING_6205, Shaking};

/// Heating power of a barrel zone, W; heat capacity, J/K; loss, W/K.
const HEATER_W: f64 = 4_000.0;
const CAPACITY: f64 = 12_000.0;
const LOSS: f64 = 7.0;
/// Wanted barrel temperatures, °C.
const WANTED: [f64; 2] = [215.0, 230.0];
/// Share of a shot in which the drives work, and how much longer they do when the ejector sticks.
const WORKING: f64 = 0.55;
const STICKING: f64 = 0.25;
const NAME: &str = "press-1";

/// The figures of one shot.
#[derive(Clone, Copy, Debug)]
struct Shot {
    cycle_s: f64,
    peak_bar: f64,
    hold_bar: f64,
    cushion_mm: f64,
    fill_s: f64,
}

#[derive(Debug)]
struct Press {
    barrel: [(f64, Controller, f64); 2],
    mould: Lag,
    oil: Lag,
    power: Lag,
    draught: Wander,
    rng: Rng,
    in_shot_s: f64,
    shot: Shot,
    shots: f64,
    product: usize,
    sticking: f64,
}

impl Press {
    /// The figures of the shot that begins: warmer melt fills faster under less pressure.
    fn shoot(&mut self, around: &Surroundings<'_>) -> Shot {
        let leak = around.fault(NAME, K::CheckRingWear);
        let cold = (WANTED[1] - self.barrel[1].0) / 10.0;
        let mut scatter = |share: f64| 1.0 + share * (1.0 + 2.0 * leak) * self.rng.normal();
        Shot {
            cycle_s: around.by_product([3.0, 2.6, 3.4]) * scatter(0.004),
            peak_bar: around.by_product([840.0, 760.0, 930.0]) * (1.0 - 0.14 * leak + 0.05 * cold) * scatter(0.005),
            hold_bar: around.by_product([420.0, 390.0, 460.0]) * (1.0 - 0.10 * leak) * scatter(0.005),
            cushion_mm: (6.0 - 4.2 * leak) * scatter(0.02),
            fill_s: around.by_product([0.62, 0.55, 0.71]) * (1.0 + 0.10 * leak + 0.03 * cold) * scatter(0.006),
        }
    }

    fn heat(&mut self, burnt: f64, (ambient, dt): (f64, f64)) {
        for (number, (celsius, controller, heater_w)) in self.barrel.iter_mut().enumerate() {
            let wanted = WANTED.get(number).copied().unwrap_or_default();
            let left = if number == 1 { 1.0 - 0.75 * burnt } else { 1.0 };
            *heater_w = HEATER_W * left * controller.step((wanted - *celsius) / 40.0, dt);
            let melt = 350.0 + 90.0 * self.draught.value;
            *celsius += (*heater_w - melt - LOSS * (*celsius - ambient)) / CAPACITY * dt;
        }
    }

    fn working(&self) -> bool {
        self.in_shot_s < WORKING * (1.0 + STICKING * self.sticking) * self.shot.cycle_s
    }
}

impl Machine for Press {
    fn step(&mut self, around: &Surroundings<'_>) {
        self.in_shot_s += around.dt;
        if self.in_shot_s >= self.shot.cycle_s {
            self.in_shot_s = 0.0;
            self.shots += 1.0;
            self.product = around.product;
            self.shot = self.shoot(around);
        }
        self.sticking = around.fault(NAME, K::EjectorSticking);
        self.draught.step(around.dt);
        self.heat(around.fault(NAME, K::HeaterFailure), (around.ambient, around.thermal_dt));
        self.mould.follow(around.by_product([58.0, 56.0, 60.0]) + 0.05 * (around.ambient - 22.0), around.thermal_dt);
        self.oil.follow(44.0 + 0.3 * (around.ambient - 22.0), around.thermal_dt);
        let heaters: f64 = self.barrel.iter().map(|(_, _, watts)| *watts).sum();
        let drives = self.shot.peak_bar / 840.0 * 26e3 * WORKING;
        self.power.follow(heaters + drives + 2_500.0, around.dt);
    }

    fn read(&self, out: &mut Vec<f64>) {
        let shot = self.shot;
        out.extend([shot.cycle_s, shot.peak_bar, shot.hold_bar, shot.cushion_mm, shot.fill_s]);
        out.extend([self.barrel[0].0, self.barrel[1].0, self.mould.value, self.oil.value, self.power.value / 1e3]);
        out.extend([self.shots, f64::from(u8::from(self.working())), self.product as f64]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        Shaking::default()
    }
}

const fn warmth(name: &'static str) -> SignalSpec {
    gauge(name, Role::ProcessTemperature, "Cel", (0.0, 400.0)).sensed(1, 0.1)
}

/// The press of the plant.
pub(crate) fn unit(seed: u64) -> Unit {
    let per_shot = |name, role, unit, high| gauge(name, role, unit, (0.0, high));
    let signals = vec![
        per_shot("cycle_time", Role::Other, "s", 60.0).sensed(3, 0.0).says("Length of the shot."),
        per_shot("peak_pressure", Role::Pressure, "bar", 2_500.0)
            .sensed(0, 0.0)
            .says("Highest melt pressure of the shot."),
        per_shot("hold_pressure", Role::Pressure, "bar", 2_500.0).sensed(0, 0.0),
        per_shot("cushion", Role::Position, "mm", 50.0).sensed(2, 0.0).says("Melt left before the screw."),
        per_shot("fill_time", Role::Other, "s", 10.0).sensed(3, 0.0),
        warmth("barrel_1_temperature"),
        warmth("barrel_2_temperature"),
        warmth("mould_temperature"),
        warmth("oil_temperature"),
        gauge("power", Role::Power, "kW", (0.0, 80.0)).sensed(2, 0.06),
        gauge("shots", Role::Count, "1", (0.0, 1e9)).of(SignalKind::Counter).sensed(0, 0.0).every(1_000),
        state("state", Role::OperatingState, STATES).every(200),
        state("product", Role::Product, PRODUCTS),
    ];
    let zone = |wanted| (wanted, Controller::new(1.5, 120.0, 0.45), 1_800.0);
    let press = Press {
        barrel: WANTED.map(zone),
        mould: Lag::new(58.0, 300.0),
        oil: Lag::new(44.0, 900.0),
        power: Lag::new(20e3, 1.0),
        draught: Wander::new(seed, "press-1/draught", 1.0, 2.0),
        rng: Rng::named(seed, "press-1/shots"),
        in_shot_s: 0.0,
        shot: Shot { cycle_s: 3.0, peak_bar: 840.0, hold_bar: 420.0, cushion_mm: 6.0, fill_s: 0.62 },
        shots: 730_200.0,
        product: 0,
        sticking: 0.0,
    };
    Unit {
        assets: vec![machine(
            "plastics/press-1",
            ("Press 1", "injection_press"),
            plate("IP-200", 30.0, 1_460.0, &BEARING_6205),
            signals,
        )],
        bearing: BEARING_6205,
        machine: Box::new(press),
    }
}
