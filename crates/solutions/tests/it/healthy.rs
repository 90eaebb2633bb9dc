//! Machines that are well, and one that shakes more for good: no sensor of theirs is said to be set anew or rewired.

use std::collections::BTreeMap;
use std::f64::consts::TAU;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet, Output};
use gemba_plant::{Asset, Batch, Finding, FindingKind, Role, Sample, Signal, SignalId, SignalKind, Timestamp};
use gemba_solutions::maintenance::{Config, Guard};

use super::maintenance::{fan, signal};

/// What follows its target with a time constant of so many rows.
struct Lag(f64, f64);

impl Lag {
    fn to(&mut self, target: f64) -> f64 {
        self.1 += (target - self.1) * (1.0 - (-1.0 / self.0).exp());
        self.1
    }
}

/// What wanders about 0 within so many rows, as far as this.
struct Wander(f64, f64, f64);

impl Wander {
    fn next(&mut self, random: &mut Random) -> f64 {
        let keep = (-1.0 / self.0).exp();
        self.2 = keep * self.2 + self.1 * (1.0 - keep * keep).sqrt() * random.normal();
        self.2
    }
}

/// What is found on a machine whose rows, so many seconds apart, come from `next`.
fn found(
    template: Option<&str>,
    signals: &[Signal],
    (rows, step_s): (i64, i64),
    next: &mut dyn FnMut(i64) -> Vec<f64>,
) -> Vec<Finding> {
    let asset = Asset { template: template.map(Into::into), ..fan() };
    let mut op = Guard::for_asset(&asset, signals, &Config::default(), &BTreeMap::new()).unwrap();
    let mut found = Vec::new();
    for i in 0..rows {
        let (time, mut out) = (Timestamp::from_secs(i * step_s), Outlet::new());
        let samples: Vec<Sample> =
            (0..).zip(next(i * step_s)).map(|(id, value)| Sample::good(SignalId::new(id), time, value)).collect();
        op.on_batch(time, &Batch::from_rows(&samples), &mut out).unwrap();
        op.on_tick(time, &mut out).unwrap();
        found.extend(
            out.drain()
                .into_iter()
                .filter_map(|o| if let Output::Finding(finding) = o { Some(*finding) } else { None }),
        );
    }
    found
}

/// The titles that say that a sensor was set anew or rewired.
fn of_sensors(found: &[Finding]) -> Vec<&str> {
    let words = ["times too", "instead of", "exchanged"];
    let told = |f: &&Finding| f.key.starts_with("sensor:") && words.iter().any(|word| f.title.contains(word));
    let mut titles: Vec<&str> = found.iter().filter(told).map(|f| f.title.as_str()).collect();
    titles.dedup();
    titles
}

/// A pump that runs while `on` says so.
fn pump(seed: u64, hours: i64, on: impl Fn(i64) -> bool) -> Vec<Finding> {
    let signals = [
        signal(0, "flow", Role::Flow, "m3/h"),
        signal(1, "suction", Role::SuctionPressure, "bar"),
        signal(2, "discharge", Role::DischargePressure, "bar"),
        signal(3, "power", Role::Power, "kW"),
        signal(4, "vibration", Role::Vibration, "mm/s"),
        signal(5, "bearing_temp", Role::BearingTemperature, "Cel"),
    ];
    let mut random = Random::new(seed);
    let (mut demand, mut head) = (Wander(30.0, 0.02, 0.0), Wander(60.0, 0.02, 0.0));
    let (mut run, mut warm) = (Lag(0.5, f64::from(u8::from(on(0)))), Lag(90.0, 22.0));
    found(Some("pump"), &signals, (hours * 360, 10), &mut |t| {
        let (q, x) = (1.0 + demand.next(&mut random), run.to(f64::from(u8::from(on(t)))));
        let air = 20.0 + 6.0 * (TAU * t as f64 / 86_400.0).sin();
        let suction = 1.2 + 0.9 * head.next(&mut random) - 0.1 * (q * x).powi(2);
        let vibration = (1.8 + 0.4 * (q - 1.0).powi(2) + 0.6 * (q - 0.9).abs()) * x;
        let bearing = warm.to(air + 26.0 * (0.4 + 0.6 * q) * x);
        let mut n = || random.normal();
        vec![
            100.0 * q * x * (1.0 + 0.006 * n()) + 0.05 * n() * (1.0 - x),
            suction + 0.01 * n(),
            1.2 + (6.5 - 1.5 * q * q) * x * x + 0.03 * n(),
            (6.0 + 9.0 * q) * x * (1.0 + 0.005 * n()) + 0.01 * n().abs(),
            vibration * (1.0 + 0.04 * n()) + 0.02 * n().abs(),
            bearing + 0.1 * n(),
        ]
    })
}

#[test]
fn a_pump_that_stood_while_it_was_learned_and_starts_has_no_sensor_set_anew() {
    for seed in 0..3 {
        assert_eq!(of_sensors(&pump(seed, 30, |t| (6..22).contains(&(t / 3_600 % 24)))), [""; 0], "{seed}");
    }
}

#[test]
fn a_pump_that_ran_while_it_was_learned_and_stands_at_night_has_no_sensor_set_anew() {
    for seed in 0..3 {
        assert_eq!(of_sensors(&pump(seed, 30, |t| !(10..18).contains(&(t / 3_600 % 24)))), [""; 0], "{seed}");
    }
}

#[test]
fn a_tank_that_is_filled_now_and_then_has_no_sensor_set_anew() {
    let signals = [
        signal(0, "level", Role::Level, "%"),
        signal(1, "pump_power", Role::Power, "kW"),
        signal(2, "outflow", Role::Flow, "m3/h"),
    ];
    for seed in 0..3 {
        let mut random = Random::new(seed);
        let (mut level, mut on, mut power, mut draw) = (55.0, false, Lag(2.0, 0.0), Wander(600.0, 0.2, 0.0));
        let told = found(None, &signals, (14 * 1_800, 2), &mut |_| {
            let out = 10.0 * (1.0 + draw.next(&mut random));
            on = level < 30.0 || on && level <= 80.0;
            let x = power.to(f64::from(u8::from(on)));
            level += 20.0 / 3_600.0 * (30.0 * x - out);
            let mut n = || random.normal();
            vec![level + 0.1 * n(), 7.5 * x * (1.0 + 0.01 * n()), out + 0.1 * n()]
        });
        assert_eq!(of_sensors(&told), [""; 0], "{seed}");
    }
}

/// A batch reactor whose stirrer stands while it is empty; its step is told or not.
fn batches(seed: u64, told: bool) -> Vec<Finding> {
    let mut signals = vec![
        signal(0, "temp", Role::ProcessTemperature, "Cel"),
        signal(1, "jacket", Role::ProcessTemperature, "Cel"),
        signal(2, "level", Role::Level, "%"),
        signal(3, "stirrer", Role::Power, "kW"),
        signal(4, "pressure", Role::Pressure, "bar"),
    ];
    if told {
        signals.push(Signal { kind: SignalKind::State, ..signal(5, "step", Role::OperatingState, "") });
    }
    let mut random = Random::new(seed);
    let (mut phase, mut rows, mut temp, mut jacket, mut level) = (0_usize, 0, 25.0_f64, Lag(18.0, 25.0), 0.0_f64);
    found(None, &signals, (20 * 720, 5), &mut |_| {
        // idle, fill, heat, react, cool, empty
        let over = [rows > 120, rows >= 120, temp >= 80.0, rows >= 360, temp <= 35.0, rows >= 96][phase];
        (phase, rows) = if over { ((phase + 1) % 6, 0) } else { (phase, rows + 1) };
        let wall = jacket.to([25.0, 25.0, 120.0, if temp > 80.5 { 88.0 } else { 100.0 }, 12.0, 25.0][phase]);
        let held = if level > 5.0 { 0.3 + 0.7 * level / 80.0 } else { 0.2 * 0.3 };
        temp += 5.0 / 700.0 * (wall - temp) * held;
        level = (level + [0.0, 0.667, 0.0, 0.0, 0.0, -0.833][phase]).clamp(0.0, 80.0);
        let stirrer = (1.5 + 0.05 * level) * if (1..=4).contains(&phase) { 1.0 } else { 0.02 };
        let mut n = || random.normal();
        let pressure = 1.0 + 0.012 * (temp - 25.0).max(0.0) + 0.005 * n();
        let mut row =
            vec![temp + 0.1 * n(), wall + 0.15 * n(), level + 0.1 * n(), stirrer * (1.0 + 0.01 * n()), pressure];
        row.extend(told.then_some(phase as f64));
        row
    })
}

#[test]
fn a_stirrer_that_is_switched_with_its_batch_is_no_sensor_on_another_scale() {
    for (seed, told) in [(0, true), (1, true), (2, false), (3, false)] {
        assert_eq!(of_sensors(&batches(seed, told)), [""; 0], "{seed} {told}");
    }
}

#[test]
fn a_vibration_that_rises_for_good_is_the_machines() {
    let signals = [
        signal(0, "power", Role::Power, "kW"),
        signal(1, "speed", Role::Speed, "/min"),
        signal(2, "motor_temp", Role::WindingTemperature, "Cel"),
        signal(3, "vibration", Role::Vibration, "mm/s"),
    ];
    for template in [Some("conveyor"), None] {
        let mut random = Random::new(5);
        let (mut load, mut run, mut warm) = (Wander(120.0, 0.15, 0.0), Lag(3.0, 1.0), Lag(1_500.0, 55.0));
        let found = found(template, &signals, (3 * 3_600, 1), &mut |t| {
            let (load, x) = (load.next(&mut random), run.to(f64::from(u8::from(t % 1_100 < 950))));
            let power = (2.0 + 6.0 * (0.6 + load).max(0.0)) * x;
            let more = if t < 2 * 3_600 + 300 { 0.0 } else { 0.9 };
            let heat = warm.to(25.0 + 5.0 * power);
            let mut n = || random.normal();
            vec![
                power * (1.0 + 0.01 * n()) + 0.02 * n().abs(),
                72.0 * x + 0.1 * n(),
                heat + 0.1 * n(),
                (1.4 + 0.3 * load + more) * x * (1.0 + 0.05 * n()) + 0.02 * n().abs(),
            ]
        });
        assert_eq!(of_sensors(&found), [""; 0], "{template:?}");
        let told = |f: &Finding| f.kind == FindingKind::Anomaly && f.title.starts_with("Vibration");
        assert!(found.iter().any(told), "{:?}", found.iter().map(|f| &f.title).collect::<Vec<_>>());
    }
}
