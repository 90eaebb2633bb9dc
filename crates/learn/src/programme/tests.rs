use super::*;
use crate::random::Random;

const STEP: i64 = 1_000_000;

/// A lift: it waits for an order, goes up, unloads, comes down; position, power, a gripper. A third signal wanders.
struct Lift {
    random: Random,
    rows: Vec<[f64; 4]>,
}

impl Lift {
    fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), rows: Vec::new() }
    }

    fn push(&mut self, position: f64, power: f64, gripper: bool) {
        let mut noise = |by: f64| by * self.random.normal();
        let row = [position + noise(0.3), power + noise(1.0), f64::from(u8::from(gripper)), 20.0 + noise(0.2)];
        self.rows.push(row);
    }

    /// A run; with `held` it stands so many rows in the middle.
    fn run(&mut self, held: usize, wait: bool) {
        for i in 0..20 {
            self.push(5.0 * f64::from(i), 60.0, true);
        }
        (0..6 + held).for_each(|_| self.push(100.0, 5.0, true));
        for i in 0..20 {
            self.push(100.0 - 5.0 * f64::from(i), 20.0, false);
        }
        let wait = if wait { 5 + self.random.bits() % 20 } else { 8 };
        (0..wait).for_each(|_| self.push(0.0, 0.0, false));
    }

    fn columns(&self) -> Vec<Vec<f64>> {
        (0..4).map(|c| self.rows.iter().map(|r| r[c]).collect()).collect()
    }
}

fn runs(seed: u64, n: usize, wait: bool) -> Lift {
    let mut lift = Lift::new(seed);
    (0..n).for_each(|_| lift.run(0, wait));
    lift
}

fn times(n: usize) -> Vec<i64> {
    (0..).map(|i| i * STEP).take(n).collect()
}

fn learned(wait: bool) -> Programme {
    let lift = runs(1, 60, wait);
    let (times, columns) = (times(lift.rows.len()), lift.columns());
    let found = find(&times, &columns, STEP).unwrap();
    assert!(found.runs >= 58 && found.explained > 0.6 && found.follows == [true, true, true, false], "{found:?}");
    Programme::fit((&times, &columns, STEP), &found, |run_s| run_s / (30.0 * 86_400.0)).unwrap()
}

fn verdicts(programme: &mut Programme, rows: &[[f64; 4]]) -> Vec<Verdict> {
    times(rows.len()).into_iter().zip(rows).map(|(t, r)| programme.step(t, r).unwrap()).collect()
}

#[test]
fn a_held_step_is_seen_when_it_is_held_and_ends_after_a_run_without() {
    for wait in [false, true] {
        let mut programme = learned(wait);
        let mut lift = runs(2, 10, wait);
        let from = lift.rows.len();
        lift.run(15, wait);
        let to = lift.rows.len();
        (0..6).for_each(|_| lift.run(0, wait));
        let said = verdicts(&mut programme, &lift.rows);
        let first = said.iter().position(|v| v.active).unwrap();
        assert!((from + 26..from + 40).contains(&first), "{first}, held from {}", from + 26);
        assert!(said[to..].iter().any(|v| v.changed && !v.active) && !said.last().unwrap().active);
        assert_eq!(said.iter().filter(|v| v.changed).count(), 2);
    }
}

#[test]
fn what_is_off_is_named_with_what_is_usual_at_that_point() {
    let mut programme = learned(true);
    let mut lift = runs(2, 10, true);
    let at = lift.rows.len() + 10;
    lift.run(0, true);
    lift.rows[at..at + 8].iter_mut().for_each(|r| r[1] = 20.0);
    verdicts(&mut programme, &lift.rows[..at + 4]);
    let worst = programme.offsets()[0];
    assert_eq!(worst.column, 1);
    assert!((worst.expected - 60.0).abs() < 2.0 && (worst.measured - 20.0).abs() < 1e-9 && worst.share > 0.8);
    assert!(programme.p_value() < 1e-3 && programme.begins_with().is_some());
}

#[test]
fn healthy_runs_keep_the_budget_and_a_machine_that_waits_for_hours_is_none() {
    let mut programme = learned(true);
    // four days of runs; one alarm in 30 days is allowed
    let said = verdicts(&mut programme, &runs(3, 6000, true).rows);
    assert!(said.iter().filter(|v| v.changed && v.active).count() <= 1);
    let mut lift = runs(4, 5, true);
    (0..7200).for_each(|_| lift.push(0.0, 0.0, false));
    (0..5).for_each(|_| lift.run(0, true));
    programme.rest();
    assert!(verdicts(&mut programme, &lift.rows).iter().all(|v| !v.active));
}

/// Three signals that swing together in about 300 s, with bursts.
fn swing(random: &mut Random, turn: &mut f64) -> [f64; 3] {
    *turn += std::f64::consts::TAU / 300.0 * (1.0 + 0.15 * random.normal());
    let mut burst = || -(1.0 - random.unit()).ln();
    [40.0 + 5.0 * turn.sin() + burst(), 20.0 - 3.0 * turn.sin() + burst(), 3.0 * turn.cos() + burst()]
}

#[test]
fn begins_that_bursts_make_up_or_hide_are_no_faults() {
    let (mut known, mut found) = (0, 0);
    for seed in 0..6 {
        let (mut random, mut turn) = (Random::new(seed), 0.0);
        let head: Vec<[f64; 3]> = (0..8000).map(|_| swing(&mut random, &mut turn)).collect();
        let columns: Vec<Vec<f64>> = (0..3).map(|c| head.iter().map(|r| r[c]).collect()).collect();
        let Some(programme) = find(&times(8000), &columns, STEP) else { continue };
        let rows = (&times(8000)[..], &columns[..], STEP);
        let mut programme = Programme::fit(rows, &programme, |run_s| run_s / (300.0 * 86_400.0)).unwrap();
        known += 1;
        for i in 8000..300_000 {
            let verdict = programme.step(i * STEP, &swing(&mut random, &mut turn)).unwrap();
            found += usize::from(verdict.changed && verdict.active);
        }
    }
    assert!(known >= 2 && found <= 1, "{found} found in {known} times three days");
}

#[test]
fn a_signal_that_warms_up_beside_the_programme_is_not_judged_by_it() {
    let mut programme = learned(true);
    let mut lift = runs(2, 100, true);
    let rows = lift.rows.len() as f64;
    lift.rows.iter_mut().enumerate().for_each(|(i, row)| row[3] += 40.0 * i as f64 / rows);
    assert!(verdicts(&mut programme, &lift.rows).iter().all(|v| !v.active));
}

#[test]
fn noise_wandering_and_a_single_level_have_no_programme() {
    let mut random = Random::new(5);
    let mut level = 0.0;
    let mut row = |_| {
        level = 0.98 * level + random.normal();
        [level, random.normal(), 5.0, level + random.normal()]
    };
    let rows: Vec<[f64; 4]> = (0..6000).map(&mut row).collect();
    let columns = Lift { random: Random::new(1), rows }.columns();
    assert_eq!(find(&times(6000), &columns, STEP), None);
    assert_eq!(find(&times(600), &[vec![5.0; 600]], STEP), None);
    assert_eq!(find(&[], &[], STEP), None);
}

#[test]
fn runs_that_are_recorded_one_by_one_begin_with_a_silence() {
    let mut random = Random::new(9);
    let (mut at, mut columns) = (Vec::new(), vec![Vec::new(); 2]);
    for run in 0..40_i64 {
        for i in 0..50_i64 {
            at.push((run * 500 + i) * STEP);
            let wave = (i as f64 * 0.3).sin();
            columns[0].push(wave + 0.05 * random.normal());
            columns[1].push(wave * wave + 0.05 * random.normal());
        }
    }
    let found = find(&at, &columns, STEP).unwrap();
    assert!(found.explained > 0.9, "{found:?}");
    assert_eq!(find(&at, &columns[..1], STEP), None);
    let mut programme = Programme::fit((&at, &columns, STEP), &found, |_| 1e-4).unwrap();
    let mut alarms = |from: usize, rows: usize, late: usize| {
        let row = |i: usize| [columns[0][i], columns[1][i]];
        let active = |i: &usize| programme.step(at[from + i], &row(from + i.saturating_sub(late))).unwrap().active;
        (0..rows).filter(active).count()
    };
    assert_eq!(alarms(0, 150, 0), 0);
    assert!(alarms(150, 50, 10) > 10);
}

#[test]
fn too_few_runs_rows_of_another_width_and_missing_values() {
    let lift = runs(1, 10, false);
    let (times, columns) = (times(lift.rows.len()), lift.columns());
    let found = find(&times, &columns, STEP).unwrap();
    assert!(Programme::fit((&times, &columns, STEP), &found, |_| 1e-4).is_err());
    let mut programme = learned(false);
    assert!(programme.step(0, &[1.0]).is_err());
    for i in 0..300 {
        assert!(programme.step(i * STEP, &[f64::NAN; 4]).unwrap().score.is_finite());
    }
    let saved = serde_json::to_string(&programme).unwrap();
    let again = serde_json::from_str::<Programme>(&saved).unwrap();
    assert!(serde_json::to_string(&again).unwrap() == saved, "NaN is not itself, its bytes are");
}
