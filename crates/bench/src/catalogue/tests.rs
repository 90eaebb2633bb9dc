//! A part of the suite as a test: floors that a regression would break. The seed is none of the suite's.

use gemba_sim::Fault;

use super::course::{Cost, DEMO, rounds};
use super::figures;

const SEED: u64 = 11;
/// So many faults of each machine, for the time that a debug build takes.
const ROUNDS: usize = 3;

#[test]
fn faults_are_found_named_and_blamed_as_on_the_benchmarks_page() {
    let faults: Vec<Fault> = rounds(&DEMO.faults(|_| true)).into_iter().take(ROUNDS).flatten().collect();
    let [outcomes, _] = DEMO.outcomes(&faults, SEED, &mut Cost::default()).unwrap();
    for outcome in &outcomes {
        println!("{outcome:?}");
    }
    let metrics = figures::of(&outcomes);
    println!("{metrics:#?}");
    for (name, least) in [("found", 0.9), ("first_name_right", 0.75), ("named", 0.85), ("blamed", 0.8), ("ended", 1.0)]
    {
        assert!(metrics[name] >= least, "{name}: {}", metrics[name]);
    }
    for (name, most) in [("delay_s", 16.0), ("misnamed", 0.15), ("findings", 1.6), ("alarms", 1.25)] {
        assert!(metrics[name] <= most, "{name}: {}", metrics[name]);
    }
}
