//! A driverless vehicle's battery: driven empty and charged again, a tour each 18 s, and older with each.
//!
//! Voltage `U = OCV(s) − I R` (discharging `I` above 0). Charge is lost with what went through the cells and with heat,
//! `Q = B exp(−E/(k T)) A^0.55` of the charge `A` that was given (Wang et al., J. Power Sources 196, 2011, 3942), and the inner
//! resistance grows with it. Nobody waits years for that: see [`PACE`]. When it is worn out a new one is put in.

use gemba_plant::{Nameplate, Role};

use super::{Machine, Surroundings, Unit, machine};
use crate::dynamics::{Lag, Mass, Wander};
use crate::spec::{PRODUCTS, SignalSpec, gauge, state};
use crate::vibration::{BEARING_6205, Shaking};

/// How many times faster than in a vehicle the battery is emptied and filled: a tour of 36 minutes takes 18 s.
const PACE: f64 = 120.0;
/// A tour begins each so many seconds: when all three products of the demo have run.
const TOUR_S: f64 = 18.0;
/// The tour has so much behind it when the plant begins to warm up, so that one begins at plant second 0.
const BEGUN_S: f64 = 6.0;
/// Charge of the new battery, ampere seconds of the plant: 30 Ah in the vehicle.
const WHOLE_AS: f64 = 30.0 * 3_600.0 / PACE;
/// Cells in a row; a cell is empty and full at these volts.
const CELLS: f64 = 14.0;
const EMPTY_V: f64 = 3.0;
const FULL_V: f64 = 4.2;
/// Inner resistance of the new battery, Ω.
const RESISTANCE: f64 = 0.020;
/// Amperes on a tour; while charging; and the least, at which it is full.
const DRIVE_A: f64 = 100.0;
const CHARGE_A: f64 = 130.0;
const FULL_A: f64 = 15.0;
/// The exponent of age, and what a tour in the vehicle at 35 °C makes of it: a fifth is lost after 2 000 of them.
const AGE_EXPONENT: f64 = 0.55;
const TOURS: f64 = 2_000.0;
const LOST: f64 = 0.2;
const AT_K: f64 = 308.15;
/// Activation energy over the gas constant, K.
const ACTIVATION_K: f64 = 31_500.0 / 8.314;
/// By how much the resistance grows for each share of the charge that is lost.
const GROWS: f64 = 2.0;
/// The battery has been on so many tours when it is put in: the law of age has no begin.
const RUN_IN: f64 = 20.0;
/// The share of its charge that is lost when it is replaced: a tour then takes out less than four fifths of what the
/// nameplate says, of which heat and the end of the discharge have cost the rest.
const WORN_OUT: f64 = 0.165;
/// The share of its charge that is in a battery when it is put in.
const DELIVERED: f64 = 0.9;

/// What the vehicle does.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Doing {
    Waits,
    Drives,
    Charges,
}

#[derive(Debug)]
struct Vehicle {
    clock_s: f64,
    doing: Doing,
    /// Charge in it, As.
    charge: f64,
    /// Tours at 35 °C that age it as much as what it went through.
    aged: f64,
    /// Amperes that flow out.
    amperes: Lag,
    uneven: Wander,
    cells: Mass,
    product: usize,
    /// It was replaced in the last step.
    renewed: bool,
}

impl Vehicle {
    /// The share of its charge that is lost.
    fn lost(&self) -> f64 {
        LOST * (self.aged / TOURS).powf(AGE_EXPONENT)
    }

    /// What it can hold now, As.
    fn whole(&self) -> f64 {
        WHOLE_AS * (1.0 - self.lost())
    }

    fn resistance(&self) -> f64 {
        RESISTANCE * (1.0 + GROWS * self.lost())
    }

    /// Volts without current: steep where it is nearly empty.
    fn rest_v(&self) -> f64 {
        let share = (self.charge / self.whole()).clamp(0.0, 1.0);
        CELLS * (3.35 + 0.85 * share - 0.35 * (-share / 0.04).exp())
    }

    fn volts(&self) -> f64 {
        self.rest_v() - self.amperes.value * self.resistance()
    }

    /// A new battery of the same make.
    fn replace(&mut self) {
        self.aged = RUN_IN;
        self.charge = DELIVERED * WHOLE_AS;
    }

    /// What it does next, and the amperes that it wants to flow out.
    fn decide(&mut self, around: &Surroundings<'_>) -> f64 {
        let before = self.clock_s;
        self.clock_s = (self.clock_s + around.dt).rem_euclid(TOUR_S);
        let full_a = (CELLS * FULL_V - self.rest_v()) / self.resistance();
        let begins = self.clock_s < before;
        self.renewed = begins && self.lost() >= WORN_OUT;
        if self.renewed {
            self.replace();
        }
        self.doing = match self.doing {
            // it is put in instead of a tour
            _ if self.renewed => Doing::Waits,
            _ if begins => Doing::Drives,
            Doing::Drives if self.volts() <= CELLS * EMPTY_V => Doing::Charges,
            Doing::Charges if full_a <= FULL_A => Doing::Waits,
            same => same,
        };
        match self.doing {
            Doing::Waits => 0.0,
            Doing::Drives => DRIVE_A * around.by_product([1.0, 1.06, 0.95]) * (1.0 + self.uneven.value),
            Doing::Charges => -full_a.clamp(0.0, CHARGE_A),
        }
    }
}

impl Machine for Vehicle {
    fn step(&mut self, around: &Surroundings<'_>) {
        self.uneven.step(around.dt);
        let wanted = self.decide(around);
        let amperes = self.amperes.follow(wanted, around.dt);
        self.charge = (self.charge - amperes * around.dt).clamp(0.0, self.whole());
        let kelvin = self.cells.celsius + 273.15;
        let heat = (-ACTIVATION_K * (1.0 / kelvin - 1.0 / AT_K) / AGE_EXPONENT).exp();
        self.aged += around.ageing * heat * amperes.max(0.0) * around.dt / WHOLE_AS;
        self.cells.heat(amperes * amperes * self.resistance(), around.ambient, around.thermal_dt);
        self.product = around.product;
    }

    fn read(&self, out: &mut Vec<f64>) {
        let doing = match self.doing {
            Doing::Waits => 0.0,
            Doing::Drives => 1.0,
            Doing::Charges => 2.0,
        };
        out.extend([-self.amperes.value, self.volts(), self.cells.celsius, 100.0 * self.charge / self.whole()]);
        out.extend([doing, self.product as f64]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        Shaking::default()
    }

    fn renewed(&self) -> Option<usize> {
        self.renewed.then_some(0)
    }
}

const CURRENT: SignalSpec = gauge("current", Role::Current, "A", (-300.0, 300.0)).sensed(1, 0.3).every(100).says(
    "Below 0 while it drives. This battery runs 120 times faster than one in a vehicle, a tour of 36 minutes in 18 s, so its \
     ampere hours are a 120th of the vehicle's; in the demo it also ages five times as much with each tour.",
);

/// The battery of the plant's driverless vehicle.
pub(crate) fn unit(seed: u64) -> Unit {
    let signals = vec![
        CURRENT,
        gauge("voltage", Role::Voltage, "V", (0.0, 80.0)).sensed(2, 0.02).every(100),
        gauge("temperature", Role::ProcessTemperature, "Cel", (-20.0, 80.0)).sensed(1, 0.05).says("Of the cells."),
        gauge("state_of_charge", Role::Other, "%", (0.0, 101.0)).sensed(1, 0.1).says("Of what it can hold now."),
        // with the current: what changed a second ago is another state by then
        state("state", Role::OperatingState, &["waiting", "driving", "charging"]).every(100),
        state("product", Role::Product, PRODUCTS),
    ];
    let vehicle = Vehicle {
        clock_s: BEGUN_S,
        doing: Doing::Waits,
        charge: DELIVERED * WHOLE_AS,
        aged: RUN_IN,
        amperes: Lag::new(0.0, 0.15),
        uneven: Wander::new(seed, "agv-1/load", 0.02, 0.8),
        cells: Mass::rising(32.0, 150.0, 10.0, 3_600.0),
        product: 0,
        renewed: false,
    };
    let nameplate = Nameplate {
        manufacturer: Some("Acme Virtual Machines".into()),
        model: Some("LI-48-30 in fast motion".into()),
        serial_number: Some("AVM-LI-48-30-001".into()),
        capacity_ah: Some(30.0 / PACE),
        ..Nameplate::default()
    };
    Unit {
        assets: vec![machine(
            "machining/agv-1-battery",
            ("Battery of AGV 1 (in fast motion)", "battery"),
            nameplate,
            signals,
        )],
        bearing: BEARING_6205,
        machine: Box::new(vehicle),
    }
}
