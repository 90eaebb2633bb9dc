use super::*;
use crate::random::Random;
use crate::score::Score;

/// A robot that picks and places: position (mm), gripper, light barrier. A step is rows to go and what is set.
#[derive(Clone, Copy)]
struct Step {
    rows: usize,
    to: f64,
    gripper: bool,
    barrier: bool,
}

const CYCLE: [Step; 6] = [
    Step { rows: 10, to: 0.0, gripper: false, barrier: true },
    Step { rows: 5, to: 0.0, gripper: true, barrier: true },
    Step { rows: 20, to: 100.0, gripper: true, barrier: false },
    Step { rows: 6, to: 100.0, gripper: false, barrier: false },
    Step { rows: 20, to: 0.0, gripper: false, barrier: false },
    Step { rows: 3, to: 0.0, gripper: false, barrier: false },
];

struct Machine {
    random: Random,
    rows: Vec<[f64; 3]>,
    at: f64,
}

impl Machine {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), rows: Vec::new(), at: 0.0 }
    }

    fn step(&mut self, step: Step) {
        let from = self.at;
        for i in 1..=step.rows {
            let share = i as f64 / step.rows as f64;
            self.at = from + (step.to - from) * share;
            let seen = self.at + 0.5 * self.random.normal();
            self.rows.push([seen, f64::from(u8::from(step.gripper)), f64::from(u8::from(step.barrier))]);
        }
    }

    /// Cycles with waits for parts of 5 to 25 rows.
    fn run(&mut self, cycles: usize) -> &mut Self {
        for _ in 0..cycles {
            let wait = 5 + usize::try_from(self.random.bits() % 20).unwrap();
            self.step(Step { rows: wait, to: 0.0, gripper: false, barrier: false });
            for step in CYCLE {
                self.step(step);
            }
        }
        self
    }

    fn times(&self) -> Vec<f64> {
        (0..self.rows.len()).map(|i| i as f64 * 0.05).collect()
    }

    fn columns(&self) -> Vec<Vec<f64>> {
        (0..3).map(|c| self.rows.iter().map(|r| r[c]).collect()).collect()
    }
}

fn learned() -> Phases {
    let mut machine = Machine::new(1);
    machine.run(30);
    Phases::fit(&machine.times(), &machine.columns(), Tuning::default()).unwrap()
}

fn scores(model: &Phases, machine: &Machine) -> Vec<Score> {
    let mut follow = model.follow();
    machine.times().iter().zip(&machine.rows).map(|(t, r)| follow.step(*t, r).unwrap()).collect()
}

/// The highest score of an undisturbed machine, and the highest after a fault with its row of contributions.
fn worst(fault: impl Fn(&mut Machine)) -> (f64, Score) {
    let model = learned();
    let mut machine = Machine::new(2);
    machine.run(10);
    let calm = machine.rows.len();
    fault(&mut machine);
    let all = scores(&model, &machine);
    let highest = |s: &[Score]| s.iter().max_by(|a, b| a.score.total_cmp(&b.score)).unwrap().clone();
    // when the first phase began is not known to who begins to follow in the middle of it
    (highest(&all[30..calm]).score, highest(&all[calm..]))
}

#[test]
fn words_are_found_and_a_healthy_machine_is_quiet() {
    let model = learned();
    assert_eq!((model.bits(), model.words()), (2, 4));
    let (calm, again) = worst(|m| {
        m.run(10);
    });
    assert!(calm < 60.0 && again.score < 60.0, "{calm} {}", again.score);
}

#[test]
fn a_step_that_takes_too_long_is_late_and_off_its_course() {
    let (calm, slow) = worst(|m| m.step(Step { rows: 40, to: 100.0, gripper: true, barrier: false }));
    assert!(slow.score > 2.0 * calm, "{} after {calm}", slow.score);
}

#[test]
fn a_missing_gripper_signal_is_off_the_course_of_its_word() {
    let (calm, missing) = worst(|m| m.step(Step { rows: 20, to: 100.0, gripper: false, barrier: true }));
    assert!(missing.score > 3.0 * calm, "{} after {calm}", missing.score);
}

#[test]
fn a_wait_that_never_ends_is_late_and_the_bits_are_named() {
    let (calm, stuck) = worst(|m| m.step(Step { rows: 300, to: 0.0, gripper: false, barrier: true }));
    assert!(stuck.score > 3.0 * calm, "{} after {calm}", stuck.score);
    assert!(stuck.contributions[1] + stuck.contributions[2] > 0.9 * stuck.score, "{stuck:?}");
}

#[test]
fn runs_that_start_their_clock_anew_are_compared_by_it() {
    let mut machine = Machine::new(3);
    for step in CYCLE.repeat(20) {
        machine.step(step);
    }
    let length = machine.rows.len() / 20;
    let times: Vec<f64> = (0..machine.rows.len()).map(|i| (i % length) as f64 * 0.05).collect();
    let position = machine.columns().swap_remove(0);
    let model = Phases::fit(&times, std::slice::from_ref(&position), Tuning::default()).unwrap();
    assert_eq!((model.bits(), model.words()), (0, 1));
    let mut follow = model.follow();
    let calm = times.iter().zip(&position).map(|(t, v)| follow.step(*t, &[*v]).unwrap().score).fold(0.0, f64::max);
    // the same run, but it stands still for ten rows on the way and is late from then on
    let held = (0..length).map(|i| position[if i < 25 { i } else { i.saturating_sub(10).max(25) }]);
    let late: Vec<f64> = held.enumerate().map(|(i, v)| follow.step(i as f64 * 0.05, &[v]).unwrap().score).collect();
    assert!(calm < 40.0 && late[34] > 3.0 * calm && late[50] > 3.0 * calm, "{calm} {late:?}");
    assert!(late[20] < 40.0);
}

#[test]
fn a_value_that_is_not_known_is_no_deviation() {
    let model = learned();
    let mut machine = Machine::new(2);
    machine.run(10);
    let known = scores(&model, &machine);
    machine.rows.iter_mut().for_each(|row| row[0] = f64::NAN);
    for (row, (blind, known)) in scores(&model, &machine).iter().zip(&known).enumerate() {
        assert!(blind.contributions[0] == 0.0 && blind.score <= known.score, "row {row}: {blind:?} {known:?}");
    }
}

#[test]
fn too_little_is_refused() {
    let columns = vec![vec![0.0; 60]];
    assert!(Phases::fit(&[0.0; 60], &columns, Tuning::default()).is_err());
    assert!(Phases::fit(&[0.0, 1.0], &columns, Tuning::default()).is_err());
    let times: Vec<f64> = (0..60).map(f64::from).collect();
    let model = Phases::fit(&times, &columns, Tuning::default()).unwrap();
    assert!(model.follow().step(0.0, &[0.0, 1.0]).is_err());
}
