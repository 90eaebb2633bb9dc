//! An asset with a single signal, which swings and bursts: what of it is a finding, and what is none.

use std::collections::BTreeMap;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{Evidence, Finding, FindingState, Role, SignalId};
use gemba_solutions::maintenance::{Config, Guard, NormalBehaviourConfig};

use super::maintenance::{batch, fan, findings, signal};

pub(crate) struct Meter {
    op: Guard,
    random: Random,
    second: usize,
    pub(crate) found: Vec<Finding>,
}

fn guard(gauges: u32) -> Guard {
    let signals: Vec<_> = (0..gauges).map(|id| signal(id, "flow", Role::Other, "m3/h")).collect();
    let normal = NormalBehaviourConfig { learn_s: 1_800, ..NormalBehaviourConfig::default() };
    Guard::for_asset(&fan(), &signals, &Config { normal, ..Config::default() }, &BTreeMap::new()).unwrap()
}

impl Meter {
    fn new(seed: u64) -> Self {
        Self { op: guard(1), random: Random::new(seed), second: 0, found: Vec::new() }
    }

    /// Seconds of a flow that swings and has heavy tails, this much higher than usual.
    pub(crate) fn run(&mut self, seconds: usize, higher: f64) -> &mut Self {
        let mut out = Outlet::new();
        for _ in 0..seconds {
            let swing = 5.0 * (self.second as f64 * std::f64::consts::TAU / 700.0).sin();
            let burst = -(1.0 - self.random.unit()).ln();
            let batch = batch(self.second, &[40.0 + swing + burst + higher]);
            let now = batch.rows().next().unwrap().time;
            self.op.on_batch(now, &batch, &mut out).unwrap();
            self.op.on_tick(now, &mut out).unwrap();
            self.found.extend(findings(&mut out));
            self.second += 1;
        }
        self
    }

    fn told(&self, key: &str) -> Vec<&Finding> {
        self.found.iter().filter(|f| f.key == key).collect()
    }
}

/// A meter that has learned.
pub(crate) fn learned(seed: u64) -> Meter {
    let mut meter = Meter::new(seed);
    meter.run(1_800, 0.0);
    meter
}

#[test]
fn a_jump_is_found_at_once_named_with_its_record_and_cleared() {
    let mut meter = learned(1);
    meter.run(3_600, 0.0).run(3, 40.0);
    let told = meter.told("record");
    let first = told[0];
    assert_eq!(
        (first.title.as_str(), first.state),
        ("Flow jumped higher than it did in a long time", FindingState::Active)
    );
    assert!((0..3).contains(&(first.since.micros() / 1_000_000 - 5_400)), "{}", first.explanation);
    assert!(first.p_value.unwrap() < 1e-6 && first.contributions[0].signal == SignalId::new(0));
    assert!(
        first.evidence.iter().any(|e| matches!(e, Evidence::Comparison(c) if c.measured > 75.0 && c.expected < 50.0))
    );
    println!("{}", first.explanation);
    meter.run(600, 0.0);
    assert_eq!(meter.told("record").last().unwrap().state, FindingState::Cleared);
}

#[test]
fn swings_and_bursts_keep_the_budget_and_what_stays_is_told_by_the_monitor_too() {
    let mut begun = 0;
    for seed in 0..3 {
        let mut meter = learned(seed);
        meter.run(2 * 86_400, 0.0);
        begun += meter.found.iter().filter(|f| f.state == FindingState::Active && f.since == f.until).count();
    }
    // six days, one in thirty is allowed
    assert!(begun <= 1, "{begun} begun in 6 days");
    let mut meter = learned(9);
    meter.run(1_200, 2_000.0);
    let told = meter.told("normal-behaviour");
    let (since, until) = (told[0].since.micros() / 1_000_000, told[0].until.micros() / 1_000_000);
    assert!(since < 1_830 && until - since >= 180, "{since} {until}");
}

#[test]
fn an_asset_with_more_signals_has_no_records_and_a_restart_gives_the_same_bytes() {
    let mut out = Outlet::new();
    let mut many = guard(2);
    for second in 0..4_000 {
        let higher = if second == 3_000 { 1e3 } else { 0.0 };
        let value = 5.0 * (second as f64 / 100.0).sin() + higher;
        let batch = batch(second, &[value, 2.0 * value]);
        many.on_batch(batch.rows().next().unwrap().time, &batch, &mut out).unwrap();
    }
    assert!(findings(&mut out).iter().all(|f| f.key != "record"));
    let run = |restart: bool| {
        let mut meter = Meter::new(5);
        for (seconds, higher) in [(1_000, 0.0), (3_000, 0.0), (2, 40.0), (100, 0.0)] {
            meter.run(seconds, higher);
            if restart {
                let state = meter.op.save();
                meter.op = guard(1);
                meter.op.restore(&state).unwrap();
            }
        }
        (meter.op.save(), meter.found)
    };
    let (once, again) = (run(false), run(true));
    assert!(!once.1.is_empty() && once == again);
}
