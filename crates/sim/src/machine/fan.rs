//! A radial fan for the hall's air: fan laws against a duct with a damper and a filter.

use gemba_plant::{Nameplate, Role};

use super::bearing::{Damage, Housing};
use super::motor::Motor;
use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Lag, Wander};
use crate::spec::{gauge, waveform};
use crate::vibration::{BEARING_6309, Shaking};

const RATED_W: f64 = 30_000.0;
const RATED_RPM: f64 = 1_475.0;
/// Pressure at standstill of the air, Pa; loss in the fan, Pa/(m³/s)²; best flow, m³/s; efficiency.
const SHUTOFF_PA: f64 = 2_400.0;
const FAN_K: f64 = 5.0;
const BEST: f64 = 10.5;
const EFFICIENCY: f64 = 0.78;
/// Losses in duct, open damper and clean filter, Pa/(m³/s)².
const DUCT_K: f64 = 9.0;
const DAMPER_K: f64 = 2.0;
const FILTER_K: f64 = 1.6;
/// Blades of the rotor.
const BLADES: u32 = 9;
const NAME: &str = "fan-1";

#[derive(Debug)]
struct Fan {
    speed: Lag,
    damper: Lag,
    gusts: Wander,
    flow: Lag,
    filter_k: f64,
    motor: Motor,
    housing: Housing,
}

/// Flow in m³/s where fan and duct agree, at `speed` (share of rated) and duct loss `k`.
fn meet(speed: f64, k: f64) -> f64 {
    (SHUTOFF_PA * speed * speed / (FAN_K + k)).sqrt()
}

/// Shaft power, W.
fn shaft_w(flow: f64, speed: f64) -> f64 {
    let pressure = SHUTOFF_PA * speed * speed - FAN_K * flow * flow;
    let x = flow / (BEST * speed);
    pressure * BEST * speed / (EFFICIENCY * (2.0 - x.min(1.6)))
}

impl Machine for Fan {
    fn step(&mut self, around: &Surroundings<'_>) {
        let speed = self.speed.follow(around.by_product([0.90, 0.84, 0.96]), around.dt);
        let damper = self.damper.follow(around.by_product([0.75, 0.82, 0.70]) * around.load, around.dt);
        self.filter_k = FILTER_K * (1.0 + 7.0 * around.fault(NAME, K::CloggedFilter));
        let duct = (DUCT_K + DAMPER_K / (damper * damper)) * (1.0 + self.gusts.step(around.dt)) + self.filter_k;
        let turning = speed * (1.0 - self.motor.slip());
        let flow = self.flow.follow(meet(turning, duct), around.dt);
        let shaft = shaft_w(flow, turning) + self.housing.friction_w();
        self.motor.step(shaft, turning, 1.0, (around.ambient, around.thermal_dt));
        let heavy = around.fault(NAME, K::Unbalance);
        let n2 = turning * turning;
        let shake = Shaking {
            shaft_hz: 25.0 * turning,
            once: (0.9 + 6.5 * heavy) * n2,
            twice: (0.3 + 0.4 * heavy) * n2,
            mesh: 0.3 * n2,
            mesh_order: f64::from(BLADES),
            broadband: 0.8,
            ..Shaking::default()
        };
        let damage = Damage { outer: around.fault(NAME, K::BearingOuterRace), inner: 0.0, dry: 0.25 * heavy };
        self.housing.step(shake, turning, damage, (around.ambient, around.dt, around.thermal_dt));
    }

    fn read(&self, out: &mut Vec<f64>) {
        let turning = self.speed.value * (1.0 - self.motor.slip());
        let q = self.flow.value;
        let pressure = SHUTOFF_PA * turning * turning - FAN_K * q * q;
        out.extend([q * 3_600.0, pressure / 1e3, self.filter_k * q * q / 1e3, self.damper.value * 100.0]);
        out.extend([1_500.0 * turning, self.motor.power_w / 1e3, self.motor.current_a]);
        out.extend([self.housing.shaking().severity(), self.housing.celsius()]);
    }

    fn shaking(&self, _asset: usize) -> Shaking {
        self.housing.shaking()
    }
}

/// The fan of the plant.
pub(crate) fn unit(seed: u64) -> Unit {
    let signals = vec![
        gauge("flow", Role::Flow, "m3/h", (0.0, 60_000.0)).sensed(0, 120.0),
        gauge("pressure", Role::Pressure, "kPa", (0.0, 4.0)).sensed(3, 0.006),
        gauge("filter_pressure_drop", Role::Pressure, "kPa", (0.0, 2.0)).sensed(3, 0.002),
        gauge("damper", Role::Valve, "%", (0.0, 100.0)).sensed(1, 0.1),
        gauge("speed", Role::Speed, "/min", (0.0, 1_800.0)).sensed(0, 0.7),
        gauge("power", Role::Power, "kW", (0.0, 45.0)).sensed(2, 0.06),
        gauge("current", Role::Current, "A", (0.0, 100.0)).sensed(1, 0.15),
        gauge("vibration", Role::Vibration, "mm/s", (0.0, 30.0)).sensed(2, 0.03),
        gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)).sensed(1, 0.08),
        waveform("Fan bearing, radial, from a wireless sensor."),
    ];
    let fan = Fan {
        speed: Lag::new(0.9, 0.8),
        damper: Lag::new(0.75, 0.8),
        gusts: Wander::new(seed, "fan-1/gusts", 0.025, 1.0),
        flow: Lag::new(10.0, 0.5),
        filter_k: FILTER_K,
        motor: Motor::new(RATED_W),
        housing: Housing::new(seed, "fan-1/housing", 20.0),
    };
    Unit {
        assets: vec![machine(
            "utilities/fan-1",
            ("Hall fan 1", "fan"),
            Nameplate { blades: Some(BLADES), ..plate("RF-30", 30.0, RATED_RPM, &BEARING_6309) },
            signals,
        )],
        bearing: BEARING_6309,
        machine: Box::new(fan),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fan_laws_hold() {
        assert!((meet(0.7, 12.0) / meet(1.0, 12.0) - 0.7).abs() < 1e-12);
        let power = |n: f64| shaft_w(meet(n, 12.0), n);
        assert!((power(0.7) / power(1.0) - 0.343).abs() < 1e-12);
    }
}
