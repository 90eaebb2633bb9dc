//! A storage lift that goes through the same programme run by run: what of it is a finding, and what is none.

use std::collections::BTreeMap;

use gemba_learn::random::Random;
use gemba_plant::port::{Operator, Outlet};
use gemba_plant::{
    Batch, Evidence, Finding, FindingState, Quality, Role, Sample, Signal, SignalId, SignalKind, Timestamp,
};
use gemba_solutions::maintenance::{Config, Guard, NormalBehaviourConfig};

use super::maintenance::{fan, findings, signal};

const LEARN_S: u64 = 1_800;

fn signals(product: bool) -> Vec<Signal> {
    let state = |id, name: &str, texts: [&str; 2]| {
        let states = texts.iter().map(|t| (*t).to_owned()).collect();
        Signal { kind: SignalKind::State, states, ..signal(id, name, Role::Other, "1") }
    };
    let mut all = vec![
        signal(0, "position", Role::Other, "cm"),
        signal(1, "motor_power", Role::Other, "W"),
        state(2, "gripper", ["open", "shut"]),
        signal(3, "oil_temperature", Role::ProcessTemperature, "Cel"),
    ];
    all.extend(product.then(|| state(4, "product", ["light", "heavy"])));
    all
}

/// What a run does: rows that it is held at the top, W on the way up, the code of the product.
#[derive(Clone, Copy)]
pub(crate) struct Run {
    pub(crate) held: u32,
    pub(crate) power: f64,
    pub(crate) product: f64,
}

pub(crate) const USUAL: Run = Run { held: 0, power: 60.0, product: 0.0 };
const HEAVY: Run = Run { held: 0, power: 95.0, product: 1.0 };

pub(crate) struct Lift {
    op: Guard,
    random: Random,
    second: i64,
    pub(crate) found: Vec<Finding>,
    out: Outlet,
    product: bool,
}

impl Lift {
    fn new(seed: u64, product: bool) -> Self {
        let normal = NormalBehaviourConfig { learn_s: LEARN_S, ..NormalBehaviourConfig::default() };
        let config = Config { normal, ..Config::default() };
        let op = Guard::for_asset(&fan(), &signals(product), &config, &BTreeMap::new()).unwrap();
        Self { op, random: Random::new(seed), second: 0, found: Vec::new(), out: Outlet::new(), product }
    }

    fn row(&mut self, (position, power, gripper): (f64, f64, bool), product: f64) {
        let time = Timestamp::from_secs(self.second);
        let mut noise = |by: f64| by * self.random.normal();
        let oil = 44.0 + noise(0.2);
        let mut values = vec![position + noise(0.3), power + noise(1.0), f64::from(u8::from(gripper)), oil];
        values.extend(self.product.then_some(product));
        let samples: Vec<Sample> = (0..).zip(values).map(|(id, v)| Sample::good(SignalId::new(id), time, v)).collect();
        self.op.on_batch(time, &Batch::from_rows(&samples), &mut self.out).unwrap();
        self.op.on_tick(time, &mut self.out).unwrap();
        self.found.extend(findings(&mut self.out).into_iter().filter(|f| f.key == "programme"));
        self.second += 1;
    }

    /// Nobody reads it for some seconds, fewer than a value stands for.
    fn lose_sight(&mut self, seconds: i64) -> &mut Self {
        let time = Timestamp::from_secs(self.second);
        let stale = |id| Sample { quality: Quality::Stale, ..Sample::good(SignalId::new(id), time, 55.0) };
        let marks = [0, 1, 3].map(stale); // a state stands until it changes
        self.op.on_batch(time, &Batch::from_rows(&marks), &mut self.out).unwrap();
        self.second += seconds;
        self
    }

    /// Runs, with waits of 5 to 24 s for the next order.
    pub(crate) fn run(&mut self, runs: usize, run: Run) -> &mut Self {
        for _ in 0..runs {
            (0..20).for_each(|i| self.row((5.0 * f64::from(i), run.power, true), run.product));
            (0..6 + run.held).for_each(|_| self.row((100.0, 5.0, true), run.product));
            (0..20).for_each(|i| self.row((100.0 - 5.0 * f64::from(i), 20.0, false), run.product));
            let wait = 5 + self.random.bits() % 20;
            self.stand(wait, run.product);
        }
        self
    }

    fn stand(&mut self, seconds: u64, product: f64) -> &mut Self {
        (0..seconds).for_each(|_| self.row((0.0, 0.0, false), product));
        self
    }

    fn titles(&self) -> Vec<&str> {
        self.found.iter().map(|f| f.title.as_str()).collect()
    }
}

/// A lift that has learned its programme.
pub(crate) fn learned(seed: u64) -> Lift {
    let mut lift = Lift::new(seed, false);
    lift.run(60, USUAL);
    assert_eq!(lift.titles(), Vec::<&str>::new());
    lift
}

#[test]
fn a_run_whose_end_nobody_saw_is_none_that_is_held() {
    let mut lift = learned(8);
    (0..12).for_each(|i| lift.row((5.0 * f64::from(i), 60.0, true), 0.0));
    lift.lose_sight(8).stand(6, 0.0).run(3, USUAL);
    let said: Vec<_> = lift.found.iter().map(|f| (f.since, f.explanation.as_str())).collect();
    assert!(said.is_empty(), "{said:?}");
}

#[test]
fn a_step_that_is_held_is_found_at_once_told_with_the_point_of_the_run_and_cleared() {
    let mut lift = learned(1);
    let began = lift.second + 26;
    lift.run(1, Run { held: 15, ..USUAL });
    let first = &lift.found[0];
    assert_eq!(first.state, FindingState::Active);
    let since = first.since.micros() / 1_000_000 - began;
    assert!((0..15).contains(&since), "{since} s: {}", first.explanation);
    assert_eq!(first.title, "Motor power is not where it belongs at this point of the run");
    assert!(first.explanation.contains("s after the run began") && first.explanation.contains("instead of"));
    assert!(first.p_value.unwrap() < 1e-4 && first.contributions[0].signal == SignalId::new(1));
    assert!(first.evidence.iter().any(|e| matches!(e, Evidence::Comparison(c) if c.signal == SignalId::new(1))));
    println!("{}", first.explanation);
    lift.run(4, USUAL);
    assert_eq!(lift.found.len(), 2, "{:?}", lift.titles());
    assert_eq!(lift.found[1].state, FindingState::Cleared);
}

#[test]
fn healthy_runs_and_a_machine_that_stands_are_no_fault() {
    let mut lift = learned(2);
    lift.run(200, USUAL).stand(7_200, 0.0).run(20, USUAL);
    assert_eq!(lift.titles(), Vec::<&str>::new());
}

#[test]
fn a_product_that_is_told_is_learned_by_itself_and_a_fault_is_found_in_either() {
    let mut lift = Lift::new(3, true);
    lift.run(60, USUAL).run(60, HEAVY).run(10, USUAL).run(10, HEAVY);
    assert_eq!(lift.titles(), Vec::<&str>::new());
    lift.run(1, Run { power: 60.0, ..HEAVY });
    assert_eq!(lift.titles(), ["Motor power is not where it belongs at this point of the run"]);
}

#[test]
fn a_machine_without_a_programme_is_left_alone() {
    let mut lift = Lift::new(4, false);
    for _ in 0..3_000 {
        let (up, power, shut) = (lift.random.unit(), lift.random.unit(), lift.random.unit() > 0.5);
        lift.row((100.0 * up, 60.0 * power, shut), 0.0);
    }
    assert_eq!(lift.titles(), Vec::<&str>::new());
}

#[test]
fn two_runs_and_a_restart_give_the_same_bytes() {
    let run = |restart: bool| {
        let mut lift = Lift::new(7, true);
        for (runs, run) in [(20, USUAL), (40, USUAL), (50, HEAVY), (1, Run { held: 15, ..HEAVY }), (3, HEAVY)] {
            lift.run(runs, run);
            if restart {
                let state = lift.op.save();
                lift.op = Lift::new(7, true).op;
                lift.op.restore(&state).unwrap();
            }
        }
        (lift.op.save(), lift.found)
    };
    let (state, found) = run(false);
    assert!(!found.is_empty());
    assert_eq!((state.clone(), found.clone()), run(false));
    let (again, seen) = run(true);
    // a finding that is held is saved as text: its numbers come back as near as that is exact
    let told = |found: &[Finding]| {
        found.iter().map(|f| (f.state, f.since, f.until, f.explanation.clone())).collect::<Vec<_>>()
    };
    assert_eq!(told(&seen), told(&found));
    assert!(again == state);
}
