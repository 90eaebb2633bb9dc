//! Centrifugal pumps: pump curve against system curve, cavitation, wear, a filter and a sticking valve.
//!
//! Head of the pump `H = a n² (1 − loss) − b Q²`, of the system `H = H_static + (k_pipe + k_valve/x² + k_filter + k_suction)
//! Q²` with `n` the share of rated speed and `x` the opening of the valve; efficiency `η₀ x (2 − x)` with
//! `x = Q/(n Q_best)`. Without static head this is the affinity laws.

use gemba_plant::{Nameplate, Role, SignalKind};

use super::bearing::{Damage, Housing};
use super::motor::Motor;
use super::{Machine, Surroundings, Unit, machine, plate};
use crate::FaultKind as K;
use crate::dynamics::{Controller, Lag, Wander, smoothstep};
use crate::spec::{PRODUCTS, SignalSpec, gauge, state, waveform};
use crate::vibration::{BEARING_6309, Shaking};

/// Bar per metre of water.
const BAR_PER_M: f64 = 0.098_1;
/// Weight of water, N/m³.
const WEIGHT: f64 = 9_810.0;
/// Head of the air above the tank less the vapour pressure, m.
const AIR_M: f64 = 10.1;
/// Level of the tank above the pump, m.
const TANK_M: f64 = 4.0;
/// Rated speed, r/min.
const SYNCHRONOUS: f64 = 3_000.0;
const BLADES: u32 = 7;

/// Heads in m, flows in m³/h.
#[derive(Clone, Copy, Debug)]
struct Hydraulics {
    shutoff: f64,
    curve_k: f64,
    best: f64,
    efficiency: f64,
    fixed: f64,
    pipe_k: f64,
    valve_k: f64,
    suction_k: f64,
}

/// What stands in the way of the water at one moment.
#[derive(Clone, Copy, Debug)]
struct Path {
    speed: f64,
    opening: f64,
    filter_k: f64,
    strainer: f64,
    wear: f64,
    cavitation: f64,
}

impl Path {
    /// The share of its head that the pump still makes.
    fn keeps(&self) -> f64 {
        (1.0 - 0.22 * self.wear) * (1.0 - 0.3 * self.cavitation)
    }
}

impl Hydraulics {
    /// Where the two curves meet, m³/h.
    fn flow(&self, path: &Path) -> f64 {
        let lift = self.shutoff * path.speed.powi(2) * path.keeps() - self.fixed;
        let loss = self.curve_k + self.pipe_k + self.valve_k / path.opening.max(0.05).powi(2) + path.filter_k;
        (lift.max(0.0) / (loss + self.suction_k * path.strainer)).sqrt()
    }

    /// Head that the pump makes at `flow`, m.
    fn head(&self, flow: f64, path: &Path) -> f64 {
        self.shutoff * path.speed.powi(2) * path.keeps() - self.curve_k * flow * flow
    }

    /// Shaft power, W.
    fn power(&self, flow: f64, path: &Path) -> f64 {
        let x = (flow / (self.best * path.speed)).clamp(0.0, 1.6);
        let share = self.efficiency * (2.0 - x) * (1.0 - 0.12 * path.wear - 0.1 * path.cavitation);
        WEIGHT * (self.best * path.speed / 3_600.0) * self.head(flow, path) / share
    }

    /// Head at the suction flange, m over air.
    fn suction(&self, flow: f64, strainer: f64) -> f64 {
        TANK_M - self.suction_k * strainer * flow * flow
    }

    /// How much it cavitates, 0–1: the head there is against the head it needs (rising with flow).
    fn cavitation(&self, flow: f64, strainer: f64) -> f64 {
        let there = AIR_M + self.suction(flow, strainer);
        let needed = 2.5 + 2.2 * (flow / self.best).powi(2);
        smoothstep(1.6 * needed, 0.8 * needed, there)
    }
}

/// How a pump is run.
#[derive(Clone, Debug)]
enum Duty {
    /// Speed and valve follow the product.
    Recipe { speed: [f64; 3], opening: [f64; 3] },
    /// The valve holds a flow that follows the product; a filter stands behind the pump.
    FlowControl { set: [f64; 3], controller: Controller },
}

/// A pump with its motor.
#[derive(Debug)]
pub(crate) struct Pump {
    name: &'static str,
    water: Hydraulics,
    duty: Duty,
    motor: Motor,
    drive_end: Housing,
    driven_end: Housing,
    demand: Wander,
    speed: Lag,
    opening: Lag,
    stem: f64,
    flow: Lag,
    set: f64,
    cavitation: f64,
    path: Path,
    product: usize,
}

impl Pump {
    fn new(seed: u64, name: &'static str, water: Hydraulics, duty: Duty) -> Self {
        let path = Path { speed: 0.97, opening: 0.7, filter_k: 0.0, strainer: 1.0, wear: 0.0, cavitation: 0.0 };
        Self {
            name,
            water,
            duty,
            motor: Motor::new(18_500.0),
            drive_end: Housing::new(seed, &format!("{name}/motor-housing"), 24.0),
            driven_end: Housing::new(seed, &format!("{name}/pump-housing"), 22.0),
            demand: Wander::new(seed, &format!("{name}/demand"), 0.012, 1.5),
            speed: Lag::new(0.97, 0.5),
            opening: Lag::new(0.7, 0.7),
            stem: 0.7,
            flow: Lag::new(80.0, 0.6),
            set: 0.0,
            cavitation: 0.0,
            path,
            product: 0,
        }
    }

    /// Where the controller wants speed and valve.
    fn command(&mut self, around: &Surroundings<'_>) -> (f64, f64) {
        match &mut self.duty {
            Duty::Recipe { speed, opening } => {
                self.set = around.by_product(*opening) * around.load;
                (around.by_product(*speed), self.set)
            }
            Duty::FlowControl { set, controller } => {
                self.set = around.by_product(*set) * around.load;
                let error = (self.set - self.flow.value) / self.water.best;
                (1.0, 0.2 + 0.8 * controller.step(error, around.dt))
            }
        }
    }

    /// The valve's stem: follows the command, or sticks until the force is large enough and then jumps.
    fn move_valve(&mut self, command: f64, stiction: f64, dt: f64) {
        if stiction <= 0.0 || (command - self.stem).abs() > 0.10 * stiction {
            self.stem = command;
        }
        self.opening.follow(self.stem, dt);
    }

    fn shake(&self) -> Shaking {
        // the shaft's own, without what the motor slips
        let n = self.path.speed;
        Shaking {
            shaft_hz: SYNCHRONOUS / 60.0 * n,
            once: 0.9 * n * n,
            twice: 0.35 * n * n,
            mesh: 0.35 * n * n * (1.0 + 0.8 * (self.flow.value / self.water.best - 1.0).abs()),
            mesh_order: f64::from(BLADES),
            broadband: 1.2 + 6.0 * self.cavitation + 1.5 * self.path.wear,
            ..Shaking::default()
        }
    }
}

impl Machine for Pump {
    fn step(&mut self, around: &Surroundings<'_>) {
        let (speed, opening) = self.command(around);
        let fault = |kind| around.fault(self.name, kind);
        let motor_name = format!("{}-motor", self.name);
        let motor_fault = |kind| around.fault(&motor_name, kind);
        let strainer = 1.0 + 16.0 * fault(K::Cavitation);
        let (wear, clog, stiction) = (fault(K::ImpellerWear), fault(K::CloggedFilter), fault(K::ValveStiction));
        self.product = around.product;
        self.move_valve(opening, stiction, around.dt);
        let speed = self.speed.follow(speed, around.dt) * (1.0 - self.motor.slip());
        let filter_k = if matches!(self.duty, Duty::FlowControl { .. }) { 0.0006 * (1.0 + 9.0 * clog) } else { 0.0 };
        let opening = self.opening.value * (1.0 + self.demand.step(around.dt));
        self.path = Path { speed, opening, filter_k, strainer, wear, cavitation: self.cavitation };
        let flow = self.flow.follow(self.water.flow(&self.path), around.dt);
        let cavitation = self.water.cavitation(flow, strainer);
        self.cavitation += (cavitation - self.cavitation) * (around.dt / 0.5).min(1.0);
        let shaft_w = self.water.power(flow, &self.path) + self.driven_end.friction_w() + self.drive_end.friction_w();
        let cooling = 1.0 - 0.55 * motor_fault(K::CoolingLoss);
        self.motor.step(shaft_w, speed, cooling, (around.ambient, around.thermal_dt));
        let times = (around.ambient, around.dt, around.thermal_dt);
        let dry = fault(K::LubricationLoss) + 0.35 * self.cavitation;
        let damage = Damage { outer: fault(K::BearingOuterRace), inner: fault(K::BearingInnerRace), dry };
        self.driven_end.step(self.shake(), speed, damage, times);
        let bent = motor_fault(K::Misalignment);
        let motor_shake =
            Shaking { mesh: 0.1, once: 0.7 + 0.6 * bent, twice: 0.3 + 2.6 * bent, broadband: 0.9, ..self.shake() };
        let damage = Damage {
            outer: motor_fault(K::BearingOuterRace),
            inner: motor_fault(K::BearingInnerRace),
            dry: motor_fault(K::LubricationLoss) + 0.2 * bent,
        };
        self.drive_end.step(motor_shake, speed, damage, times);
    }

    fn read(&self, out: &mut Vec<f64>) {
        let suction = self.water.suction(self.flow.value, self.path.strainer);
        let filter = self.path.filter_k * self.flow.value.powi(2);
        let discharge = suction + self.water.head(self.flow.value, &self.path);
        let rpm = SYNCHRONOUS * self.path.speed;
        out.extend([self.flow.value, suction * BAR_PER_M, discharge * BAR_PER_M]);
        if matches!(self.duty, Duty::FlowControl { .. }) {
            out.extend([self.set, filter * BAR_PER_M]);
        }
        out.extend([self.opening.value * 100.0, rpm, self.motor.power_w / 1e3]);
        out.extend([self.driven_end.shaking().severity(), self.driven_end.celsius(), self.product as f64]);
        if matches!(self.duty, Duty::Recipe { .. }) {
            let torque = self.motor.load * 18_500.0 / (SYNCHRONOUS / 60.0 * std::f64::consts::TAU);
            out.extend([self.motor.current_a, self.motor.power_w / 1e3, torque, rpm]);
            out.extend([self.motor.winding.celsius, self.drive_end.celsius(), self.drive_end.shaking().severity()]);
        }
    }

    fn shaking(&self, asset: usize) -> Shaking {
        if asset == 0 { self.driven_end.shaking() } else { self.drive_end.shaking() }
    }
}

const FLOW: SignalSpec = gauge("flow", Role::Flow, "m3/h", (0.0, 150.0)).sensed(1, 0.25).says("Flow behind the pump.");
const SUCTION: SignalSpec = gauge("suction_pressure", Role::SuctionPressure, "bar", (-1.0, 2.0)).sensed(3, 0.004);
const DISCHARGE: SignalSpec = gauge("discharge_pressure", Role::DischargePressure, "bar", (0.0, 10.0)).sensed(2, 0.012);
const VALVE: SignalSpec = gauge("valve", Role::Valve, "%", (0.0, 100.0)).sensed(1, 0.1).says("Opening of the valve.");
const SPEED: SignalSpec = gauge("speed", Role::Speed, "/min", (0.0, 3_600.0)).sensed(0, 1.0);
const POWER: SignalSpec = gauge("power", Role::Power, "kW", (0.0, 30.0)).sensed(2, 0.04).says("Electrical power.");
const VIBRATION: SignalSpec =
    gauge("vibration", Role::Vibration, "mm/s", (0.0, 30.0)).sensed(2, 0.03).says("Velocity 10-1000 Hz, r.m.s.");
const BEARING: SignalSpec =
    gauge("bearing_temperature", Role::BearingTemperature, "Cel", (-20.0, 150.0)).sensed(1, 0.08);
const PRODUCT: SignalSpec = state("product", Role::Product, PRODUCTS);

fn pump_plate(model: &str) -> Nameplate {
    Nameplate { blades: Some(BLADES), ..plate(model, 18.5, 2_950.0, &BEARING_6309) }
}

/// Pump 1 with its motor: speed and valve follow the product.
pub(crate) fn first(seed: u64) -> Unit {
    let water = Hydraulics {
        shutoff: 66.0,
        curve_k: 0.001_6,
        best: 90.0,
        efficiency: 0.76,
        fixed: 9.0,
        pipe_k: 0.002_2,
        valve_k: 0.001_3,
        suction_k: 0.000_12,
    };
    let duty = Duty::Recipe { speed: [0.97, 0.92, 1.0], opening: [0.70, 0.82, 0.60] };
    let on_pump = vec![
        FLOW,
        SUCTION,
        DISCHARGE,
        VALVE,
        SPEED,
        POWER,
        VIBRATION,
        BEARING,
        PRODUCT,
        waveform("Pump bearing, radial."),
    ];
    let on_motor = vec![
        gauge("current", Role::Current, "A", (0.0, 60.0)).sensed(1, 0.1).says("Line current, mean of the phases."),
        POWER,
        gauge("torque", Role::Torque, "N.m", (0.0, 100.0)).sensed(1, 0.2).says("Shaft torque from the converter."),
        SPEED,
        gauge("winding_temperature", Role::WindingTemperature, "Cel", (-20.0, 200.0)).sensed(1, 0.1),
        BEARING,
        VIBRATION,
        waveform("Motor drive end, radial."),
    ];
    Unit {
        assets: vec![
            machine("water/pump-1", ("Pump 1", "pump"), pump_plate("CP-90"), on_pump),
            machine("water/pump-1-motor", ("Motor of pump 1", "motor"), motor_plate(), on_motor),
        ],
        bearing: BEARING_6309,
        machine: Box::new(Pump::new(seed, "pump-1", water, duty)),
    }
}

fn motor_plate() -> Nameplate {
    Nameplate { shaft_height_mm: Some(160.0), pole_pairs: Some(1), ..plate("IM-18", 18.5, 2_940.0, &BEARING_6309) }
}

/// Pump 2: its valve holds the flow, a filter stands behind it.
pub(crate) fn second(seed: u64) -> Unit {
    let water = Hydraulics {
        shutoff: 62.0,
        curve_k: 0.001_6,
        best: 85.0,
        efficiency: 0.75,
        fixed: 7.0,
        pipe_k: 0.001_8,
        valve_k: 0.001_1,
        suction_k: 0.000_12,
    };
    let duty = Duty::FlowControl { set: [78.0, 66.0, 84.0], controller: Controller::new(1.2, 1.6, 0.6) };
    let set = gauge("flow_set", Role::SetPoint, "m3/h", (0.0, 150.0)).of(SignalKind::SetPoint).sensed(1, 0.0);
    let filter = gauge("filter_pressure_drop", Role::Pressure, "bar", (0.0, 5.0)).sensed(3, 0.003);
    let signals = vec![
        FLOW,
        SUCTION,
        DISCHARGE,
        set,
        filter,
        VALVE,
        SPEED,
        POWER,
        VIBRATION,
        BEARING,
        PRODUCT,
        waveform("Pump bearing, radial."),
    ];
    Unit {
        assets: vec![machine("water/pump-2", ("Pump 2", "pump"), pump_plate("CP-85"), signals)],
        bearing: BEARING_6309,
        machine: Box::new(Pump::new(seed, "pump-2", water, duty)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: Hydraulics = Hydraulics {
        shutoff: 60.0,
        curve_k: 0.001_6,
        best: 90.0,
        efficiency: 0.75,
        fixed: 0.0,
        pipe_k: 0.003,
        valve_k: 0.001,
        suction_k: 0.000_1,
    };

    fn path(speed: f64) -> Path {
        Path { speed, opening: 0.7, filter_k: 0.0, strainer: 1.0, wear: 0.0, cavitation: 0.0 }
    }

    #[test]
    fn without_static_head_the_affinity_laws_hold() {
        let (full, slow) = (path(1.0), path(0.8));
        let (q1, q2) = (FREE.flow(&full), FREE.flow(&slow));
        assert!((q2 / q1 - 0.8).abs() < 1e-12);
        assert!((FREE.head(q2, &slow) / FREE.head(q1, &full) - 0.64).abs() < 1e-12);
        assert!((FREE.power(q2, &slow) / FREE.power(q1, &full) - 0.512).abs() < 1e-12);
    }

    #[test]
    fn shaft_power_is_hydraulic_power_over_an_efficiency_below_its_peak() {
        let full = path(1.0);
        let q = FREE.flow(&full);
        let hydraulic = WEIGHT * q / 3_600.0 * FREE.head(q, &full);
        let efficiency = hydraulic / FREE.power(q, &full);
        assert!((0.6..=0.75).contains(&efficiency), "{efficiency}");
    }

    #[test]
    fn a_clogged_strainer_makes_it_cavitate_and_a_clean_one_does_not() {
        assert!(FREE.cavitation(90.0, 1.0) < 0.01);
        assert!(FREE.cavitation(80.0, 17.0) > 0.5);
    }
}
