use super::*;
use crate::random::Random;

fn healthy(seed: u64, n: usize) -> Vec<f64> {
    let mut random = Random::new(seed);
    (0..n).map(|_| 50.0 + (10.0 * random.normal()).round() / 10.0).collect()
}

fn found(values: impl IntoIterator<Item = f64>) -> Vec<SensorFault> {
    let mut watch = SensorWatch::new(SensorNormal::fit(&healthy(1, 600)).unwrap());
    let mut faults: Vec<SensorFault> = values.into_iter().filter_map(|v| watch.step(v)).collect();
    faults.dedup();
    faults
}

#[test]
fn a_healthy_sensor_is_left_alone() {
    assert_eq!(found(healthy(2, 100_000)), vec![]);
}

#[test]
fn each_fault_is_named() {
    assert_eq!(found(healthy(3, 100).into_iter().chain([51.0; 60])), vec![SensorFault::Stuck]);
    assert_eq!(found([f64::NAN; 60]), vec![SensorFault::Dropout]);
    let spiky = healthy(4, 300).into_iter().enumerate().map(|(i, v)| if i % 15 == 0 { v + 60.0 } else { v });
    assert_eq!(found(spiky), vec![SensorFault::Spike]);
    let noisy = healthy(5, 300).into_iter().map(|v| 50.0 + (v - 50.0) * 20.0);
    assert!(found(noisy).contains(&SensorFault::Noise));
}

#[test]
fn what_is_counted_on_the_way_is_what_is_there() {
    let normal = SensorNormal::fit(&healthy(1, 600)).unwrap();
    let mut watch = SensorWatch::new(normal);
    for (i, value) in healthy(8, 1_000).into_iter().enumerate() {
        let value = if i % 7 == 0 { value + 60.0 } else { 50.0 + (value - 50.0) * 5.0 };
        watch.step(value);
        let newest = &watch.window[watch.window.len().saturating_sub(WINDOW)..];
        let counted = (normal.large_bends(newest), normal.count_spikes(newest));
        assert_eq!((watch.large, watch.spikes), counted, "value {i}");
        let back: SensorWatch = serde_json::from_str(&serde_json::to_string(&watch).unwrap()).unwrap();
        assert_eq!(back, watch);
    }
}

/// A law of noise with standard deviation 1, about.
#[derive(Clone, Copy, Debug)]
enum Law {
    Normal,
    /// Student's t with three degrees of freedom.
    Heavy,
}

impl Law {
    fn draw(self, random: &mut Random) -> f64 {
        let normal = random.normal();
        match self {
            Self::Normal => normal,
            Self::Heavy => {
                let square: f64 = (0..3).map(|_| random.normal().powi(2)).sum();
                normal / square.sqrt()
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum Spoilt {
    Not,
    Noise(f64),
    /// So many values off, one time in so many.
    Spikes(usize, usize),
    Stuck,
    Missing,
    /// So many standard deviations in 100 values.
    Drift(f64),
    Jump(f64),
}

/// The offsets that spikes of so many values, one time in so many, put on values.
struct Spikes {
    left: usize,
    off: f64,
}

impl Spikes {
    fn next(&mut self, (values, one_in): (usize, usize), lot: f64) -> f64 {
        let share = lot * one_in as f64;
        if self.left == 0 && share < 1.0 {
            (self.left, self.off) = (values, if share < 0.5 { 40.0 } else { -40.0 });
        }
        let off = if self.left > 0 { self.off } else { 0.0 };
        self.left = self.left.saturating_sub(1);
        off
    }
}

/// What a sensor is first called that follows a wave with noise, within 2000 values after it was spoilt.
fn called(law: Law, fault: Spoilt, seed: u64) -> Option<SensorFault> {
    let mut random = Random::new(seed);
    let wave = |i: usize| 50.0 + 5.0 * (i as f64 / 80.0).sin();
    let rounded = |v: f64| (v * 100.0).round() / 100.0;
    let head: Vec<f64> = (0..600).map(|i| rounded(wave(i) + law.draw(&mut random))).collect();
    let mut watch = SensorWatch::new(SensorNormal::fit(&head).unwrap());
    let mut spikes = Spikes { left: 0, off: 0.0 };
    let mut first = None;
    for i in 600..3_600 {
        let (noise, lot) = (law.draw(&mut random), random.unit());
        let since = i as f64 - 1_600.0;
        let value = match fault {
            _ if since < 0.0 => wave(i) + noise,
            Spoilt::Not => wave(i) + noise,
            Spoilt::Noise(times) => wave(i) + noise * times,
            Spoilt::Stuck => 50.0,
            Spoilt::Missing => f64::NAN,
            Spoilt::Drift(pace) => wave(i) + noise + pace * since / 100.0,
            Spoilt::Jump(by) => wave(i) + noise + by,
            Spoilt::Spikes(width, one_in) => wave(i) + noise + spikes.next((width, one_in), lot),
        };
        first = first.or(watch.step(rounded(value)));
    }
    first
}

#[test]
fn each_fault_has_its_name_over_a_grid_of_cases() {
    let rows: [(&str, Option<SensorFault>, &[Spoilt]); 5] = [
        (
            "healthy, drifting or jumping",
            None,
            &[Spoilt::Not, Spoilt::Drift(0.3), Spoilt::Drift(2.0), Spoilt::Drift(10.0), Spoilt::Jump(30.0)],
        ),
        (
            "noisy",
            Some(SensorFault::Noise),
            &[Spoilt::Noise(3.0), Spoilt::Noise(4.0), Spoilt::Noise(6.0), Spoilt::Noise(10.0)],
        ),
        (
            "spiking",
            Some(SensorFault::Spike),
            &[
                Spoilt::Spikes(1, 10),
                Spoilt::Spikes(1, 30),
                Spoilt::Spikes(1, 100),
                Spoilt::Spikes(2, 10),
                Spoilt::Spikes(2, 30),
                Spoilt::Spikes(2, 100),
                Spoilt::Spikes(3, 15),
                Spoilt::Spikes(3, 30),
                Spoilt::Spikes(3, 100),
            ],
        ),
        ("stuck", Some(SensorFault::Stuck), &[Spoilt::Stuck]),
        ("missing", Some(SensorFault::Dropout), &[Spoilt::Missing]),
    ];
    for (name, wanted, cases) in rows {
        for case in cases {
            for law in [Law::Normal, Law::Heavy] {
                let all: Vec<Option<SensorFault>> = (0..20).map(|seed| called(law, *case, 100 + seed)).collect();
                let right = all.iter().filter(|c| **c == wanted).count();
                println!("{name:30} {case:?} {law:?}: {right} of 20");
                assert!(right >= 18, "{name} {case:?} {law:?}: {all:?}");
            }
        }
    }
}

#[test]
fn a_jump_of_the_process_is_no_sensor_fault() {
    assert_eq!(found(healthy(6, 200).into_iter().chain(healthy(7, 200).into_iter().map(|v| v + 30.0))), vec![]);
}

#[test]
fn noise_that_swells_and_ebbs_by_itself_is_seldom_a_fault() {
    let mut told = 0;
    for seed in 0..10 {
        let mut random = Random::new(900 + seed);
        let mut swell = 0.0_f64;
        let mut next = || {
            swell = 0.98 * swell + 0.2 * random.normal();
            (100.0 * (50.0 + swell.exp() * random.normal())).round() / 100.0
        };
        let head: Vec<f64> = (0..600).map(|_| next()).collect();
        let mut watch = SensorWatch::new(SensorNormal::fit(&head).unwrap());
        let mut calm = 60;
        for _ in 0..6_000 {
            let found = watch.step(next()).is_some();
            told += usize::from(found && calm >= 60);
            calm = if found { 0 } else { calm + 1 };
        }
    }
    println!("{told} in 60 000 values");
    assert!(told <= 28, "{told}");
}
