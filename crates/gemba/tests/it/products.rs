//! A fault of the demo that goes on while product follows product is not found anew with each.

use gemba_plant::{Finding, FindingState, Timestamp};
use gemba_sim::{Fault, Scenario};

use crate::sensors::run_until;

/// As `gemba demo` learns: for 20 s, a row each 200 ms.
const LEARNING: (u64, u64) = (20, 200);
const ONSET_S: f64 = 330.0;
const REPAIRED_S: f64 = 530.0;

/// The demo with the first of its faults of this name alone.
fn demo(id: &str) -> Scenario {
    let demo = Scenario::demo();
    let first = |fault: &&Fault| fault.id == id && fault.onset_s < 1_000.0;
    Scenario { faults: demo.faults.iter().filter(first).cloned().collect(), ..demo }
}

#[test]
fn a_heater_that_fails_while_products_change_each_six_seconds_is_not_found_anew_with_each() {
    let heard = run_until(700.0, demo("furnace-1-heater-failure"), LEARNING, |_, _| {});
    let own: Vec<&Finding> = heard.findings.iter().filter(|f| f.key == "normal-behaviour").collect();
    let over: Vec<&&Finding> = own.iter().filter(|f| f.state == FindingState::Cleared).collect();
    println!("told {} times, over {} times", own.len(), over.len());
    let seconds = |time: Timestamp| time.millis() as f64 / 1e3;
    for finding in &over {
        println!("{:.1} to {:.1} s: {}", seconds(finding.since), seconds(finding.until), finding.title);
    }
    // once while the fault is small and shows in one product only, then for as long as it lasts; before, once a product
    assert!((1..=2).contains(&over.len()), "it ended {} times", over.len());
    let (first, last) = (over[0].since, over[over.len() - 1].until);
    assert!(seconds(first) > ONSET_S && seconds(first) < ONSET_S + 60.0, "{first:?}");
    assert!(seconds(last) > REPAIRED_S && seconds(last) < REPAIRED_S + 60.0, "{last:?}");
}

/// What is found of the battery, at which nothing breaks, in so many seconds of the demo.
fn battery(seconds: f64) -> Vec<Finding> {
    let none = Fault {
        id: "agv-1-battery-nothing".into(),
        asset: "acme/north/machining/agv-1-battery".into(),
        severity_max: 0.0,
        ..Scenario::demo().faults[0].clone()
    };
    let heard = run_until(seconds, Scenario { faults: vec![none], ..Scenario::demo() }, LEARNING, |_, _| {});
    for finding in &heard.findings {
        println!("{} {:?} {} {}", finding.since.millis() / 1000, finding.state, finding.key, finding.title);
    }
    heard.findings
}

#[test]
fn a_battery_that_is_emptied_and_filled_all_the_time_and_ages_is_no_finding_but_of_its_capacity() {
    assert!(battery(2_400.0).is_empty());
}
