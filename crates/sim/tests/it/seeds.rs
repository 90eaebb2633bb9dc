//! The same seed gives the same plant.

use std::time::Duration;

use gemba_sim::{Plant, Scenario, Update};

/// Every bit of what a plant says in these cuts of time: readings, then blocks.
fn run(seed: u64, cuts: &[u64]) -> Vec<u64> {
    let mut plant = Plant::new(seed, Scenario::demo());
    let updates: Vec<Update> = cuts.iter().map(|ms| plant.step(Duration::from_millis(*ms))).collect();
    let readings = updates.iter().flat_map(|u| &u.readings);
    let readings = readings.flat_map(|r| [r.signal as u64, r.at_us.cast_unsigned(), r.value.to_bits()]);
    let samples = updates.iter().flat_map(|u| &u.blocks).flat_map(|b| b.samples.iter().map(|s| u64::from(s.to_bits())));
    readings.chain(samples).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_however_time_is_cut() {
    let whole = run(42, &[4_000]);
    assert!(whole == run(42, &[100; 40]));
    assert!(whole == run(42, &[33, 67, 150, 1_250, 2_499, 1]));
    assert!(whole.len() > 5 * 8_192);
}

#[test]
fn another_seed_gives_other_noise() {
    assert!(run(1, &[1_000]) != run(2, &[1_000]));
}
