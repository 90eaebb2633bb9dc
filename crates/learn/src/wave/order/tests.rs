use super::*;
use crate::random::Random;
use crate::wave::{Spectrum, Window};
use std::f64::consts::TAU;

const RATE: f64 = 5000.0;

/// Four seconds of a run-up from 20 to 40 Hz: speed, angle in turns.
fn run_up() -> (Vec<f64>, Vec<f64>) {
    let speed: Vec<f64> = (0..20_000).map(|i| 20.0 + 5.0 * f64::from(i) / RATE).collect();
    let angle = (0..20_000).map(|i| f64::from(i) / RATE).map(|t| 20.0 * t + 2.5 * t * t).collect();
    (speed, angle)
}

/// Third order with amplitude 2, and noise.
fn shaken(angle: &[f64]) -> Vec<f64> {
    let mut random = Random::new(4);
    angle.iter().map(|a| 2.0 * (TAU * 3.0 * a).sin() + 0.3 * random.normal()).collect()
}

/// The amplitude of the third order.
fn third(samples: &[f64], per_revolution: usize) -> f64 {
    let spectrum = Spectrum::through(Window::FlatTop, samples, per_revolution as f64).unwrap();
    spectrum.highest_near(3.0, 0.1).unwrap().1
}

#[test]
fn a_run_up_is_smeared_in_time_and_sharp_in_orders() {
    let (speed, angle) = run_up();
    let samples = shaken(&angle);
    assert!(Spectrum::of(&samples, RATE).unwrap().amplitudes.iter().all(|a| *a < 0.5));
    let (even, per) = Phase::from_speed(speed, RATE).resample(&samples).unwrap();
    assert_eq!(per, 250);
    assert!((third(&even, per) - 2.0).abs() < 0.03, "{}", third(&even, per));
}

#[test]
fn the_mean_revolution_keeps_the_shaft_and_leaves_the_rest() {
    let (speed, angle) = run_up();
    let slipping: Vec<f64> = angle.iter().map(|a| (TAU * 3.58 * a).sin()).collect();
    let samples: Vec<f64> = shaken(&angle).iter().zip(&slipping).map(|(a, b)| a + b).collect();
    let (even, per) = Phase::from_speed(speed, RATE).resample(&samples).unwrap();
    let mean = synchronous_average(&even, per).unwrap();
    assert!(mean.iter().fold(0.0_f64, |m, v| m.max(v.abs())) < 2.3);
    let rest = residual(&even, &mean);
    assert!(third(&rest, per) < 0.1);
    let spectrum = Spectrum::through(Window::FlatTop, &rest, per as f64).unwrap();
    assert!((spectrum.highest_near(3.58, 0.1).unwrap().1 - 1.0).abs() < 0.05);
    assert!(synchronous_average(&even[..10], per).is_none() && synchronous_average(&even, 0).is_none());
}

#[test]
fn a_shaft_that_stands_has_no_orders() {
    assert!(Phase::from_speed(vec![0.0; 100], RATE).resample(&[1.0; 100]).is_none());
    assert!(Phase::from_speed(vec![], RATE).resample(&[]).is_none());
}
