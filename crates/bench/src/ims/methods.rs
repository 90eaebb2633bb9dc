//! Ours, and what it must beat.

use gemba_learn::peers::{Peers, Tier, Tuning};
use gemba_learn::random::Random;
use gemba_learn::stats;

use super::rig::Rig;

/// Says for each bearing, by row, whether it is in alarm.
pub(crate) type Method = fn(&Rig) -> Vec<Vec<bool>>;

/// Every method by name.
pub(crate) const ALL: &[(&str, Method)] =
    &[("gemba", gemba), ("three_sigma", three_sigma), ("always", always), ("never", never), ("random", random)];

/// The first day runs in, the second is learned.
const DAY_H: f64 = 24.0;
/// A rise by a fifth that lasts a day, or by a whole zone of ISO 10816 (its limits are 1.6 apart) that lasts three hours.
const SLOW: (f64, f64) = (24.0, 0.2);
const FAST: (f64, f64) = (3.0, 0.6);
/// A neighbour is heard with at most half its amplitude.
const COUPLING: f64 = 0.25;

fn gemba(rig: &Rig) -> Vec<Vec<bool>> {
    let day = rig.rows_in(DAY_H);
    let tiers = [SLOW, FAST].map(|(hours, rise)| Tier { rows: rig.rows_in(hours).max(2), rise });
    let tuning = Tuning { run_in: day, learn: day, tiers, coupling: COUPLING };
    let Ok(mut peers) = Peers::new(rig.bearings.len(), tuning) else { return never(rig) };
    let mut said = vec![Vec::with_capacity(rig.hours.len()); rig.bearings.len()];
    for i in 0..rig.hours.len() {
        let levels: Vec<f64> = rig.bearings.iter().map(|(_, l)| l.get(i).copied().unwrap_or(f64::NAN)).collect();
        let standing = peers.step(&levels);
        said.iter_mut().zip(standing).for_each(|(alarms, s)| alarms.push(s.active));
    }
    said
}

/// The usual: three standard deviations above the mean of the same two days, three rows of five, each bearing alone.
fn three_sigma(rig: &Rig) -> Vec<Vec<bool>> {
    let head = 2 * rig.rows_in(DAY_H);
    let alarms = |levels: &Vec<f64>| {
        let learned = levels.get(..head.min(levels.len())).unwrap_or_default();
        let limit = stats::mean(learned) + 3.0 * stats::variance(learned).sqrt();
        let mut recent = 0_u32;
        let alarm = |(i, level): (usize, &f64)| {
            recent = (recent << 1 | u32::from(*level > limit)) & 0b1_1111;
            i >= head && recent.count_ones() >= 3
        };
        levels.iter().enumerate().map(alarm).collect()
    };
    rig.bearings.iter().map(|(_, levels)| alarms(levels)).collect()
}

fn always(rig: &Rig) -> Vec<Vec<bool>> {
    vec![vec![true; rig.hours.len()]; rig.bearings.len()]
}

fn never(rig: &Rig) -> Vec<Vec<bool>> {
    vec![vec![false; rig.hours.len()]; rig.bearings.len()]
}

/// One row in a thousand changes its mind.
fn random(rig: &Rig) -> Vec<Vec<bool>> {
    let one = |number: u32| {
        let (mut random, mut on) = (Random::new(u64::from(number)), false);
        let mut row = || {
            on ^= random.unit() < 1e-3;
            on
        };
        rig.hours.iter().map(|_| row()).collect()
    };
    rig.bearings.iter().map(|(number, _)| one(*number)).collect()
}
