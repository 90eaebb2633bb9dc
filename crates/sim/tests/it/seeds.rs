//! The same seed gives the same plant.

use std::time::Duration;

use gemba_sim::{Plant, Scenario, Update};

/// Every bit of an update.
fn bits(update: &Update) -> Vec<u64> {
    let readings = update.readings.iter().flat_map(|r| [r.signal as u64, r.at_us.cast_unsigned(), r.value.to_bits()]);
    let blocks = update.blocks.iter().flat_map(|b| b.samples.iter().map(|s| u64::from(s.to_bits())));
    readings.chain(blocks).collect()
}

fn run(seed: u64, cuts: &[u64]) -> Vec<u64> {
    let mut plant = Plant::new(seed, Scenario::demo());
    cuts.iter().flat_map(|ms| bits(&plant.step(Duration::from_millis(*ms)))).collect()
}

#[test]
fn the_same_seed_gives_the_same_bytes_however_time_is_cut() {
    let whole = run(42, &[4_000]);
    assert_eq!(whole, run(42, &[100; 40]));
    assert_eq!(whole, run(42, &[33, 67, 150, 1_250, 2_499, 1]));
    assert!(whole.len() > 5 * 8_192);
}

#[test]
fn another_seed_gives_other_noise() {
    assert_ne!(run(1, &[1_000]), run(2, &[1_000]));
}
