//! Machines left out one by one (or in eight parts, where there are more), and asked of what the others taught.

use gemba_learn::life::{Misses, Range};
use gemba_learn::stats;
use gemba_plant::{AssetId, Signal, SignalId, Unit};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DAY_US, Run, Runs, STEPS_MIN, Unlearned, cap, fit};
use crate::maintenance::{Course, RemainingLifeConfig, health_outlook, monitor};

/// Parts that machines are dealt into, at most.
const PARTS: usize = 8;
/// Moments of a run at which it is asked, spread evenly over it.
const ASKED: usize = 10;
/// Answers of the path of the deviation from which it is compared at all.
const PATH_MIN: usize = 5;
/// The error must be this much below that of mean life less age, and lower on this share of runs: less may be luck.
const BELOW: f64 = 0.9;
const RUNS_BETTER: f64 = 2.0 / 3.0;
/// The last steps of a run whose deviation counts as that before the failure.
const BEFORE: usize = 5;

/// How what was learned did on machines that it had not seen, in days. Lives beyond the cap count as the cap, for all alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FleetProof {
    /// Runs to failure that were learned from.
    pub runs: u32,
    /// Machines that they are of.
    pub machines: u32,
    /// Questions that were asked.
    pub asked: u32,
    /// The mean error of what was learned, days.
    pub error_days: f64,
    /// The mean error of mean life less age, days: what anybody could say.
    pub naive_days: f64,
    /// The mean error of the path of the deviation from normal, days, where it spoke; none where that was too seldom.
    pub path_days: Option<f64>,
    /// The mean error of what was learned on the same questions.
    pub beside_path_days: Option<f64>,
    /// The share of runs on which what was learned was nearer than mean life less age.
    pub runs_better: f64,
    /// The share of ranges that held, as they stood, of ends within the cap; they are told as much wider as was missed.
    pub held: f64,
    /// The same with that widening.
    pub held_widened: f64,
    /// Whether it speaks.
    pub speaks: bool,
    /// Why, or why not.
    pub why: String,
}

/// A question with its answers, in steps.
#[derive(Clone, Copy, Debug)]
struct Answer {
    run: usize,
    machine: AssetId,
    truth: f64,
    /// Whether the end lay within the cap.
    near: bool,
    learned: Range,
    naive: f64,
    path: Option<f64>,
}

/// Asks every machine of what was learned without it.
pub(super) fn prove(
    long: &[&Run],
    machines: &[AssetId],
    runs: &Runs<'_>,
    progress: &dyn Fn(f64) -> bool,
) -> Result<(FleetProof, f64), Unlearned> {
    let parts = machines.len().min(PARTS);
    let part = |run: &Run| machines.iter().position(|asset| *asset == run.asset).unwrap_or_default() % parts;
    let mut answers = Vec::new();
    for own in 0..parts {
        // one more is fitted at the end, of all
        if !progress(own as f64 / (parts + 1) as f64) {
            return Err(Unlearned::Stopped);
        }
        let seen: Vec<&Run> = long.iter().copied().filter(|run| part(run) != own).collect();
        let asked = long.iter().enumerate().filter(|(_, run)| part(run) == own);
        answers.extend(ask(&seen, asked, runs)?);
    }
    let mut misses = Misses::default();
    for answer in answers.iter().filter(|a| a.near) {
        misses.add(answer.machine.get(), &answer.learned, answer.truth);
    }
    let margin = misses.margin(runs.level);
    Ok((judged(&answers, long.len(), (machines.len(), runs), margin), margin))
}

fn ask<'a>(
    seen: &[&Run],
    asked: impl Iterator<Item = (usize, &'a &'a Run)>,
    runs: &Runs<'_>,
) -> Result<Vec<Answer>, Unlearned> {
    let cap = cap(seen);
    let fleet = fit(seen, cap, runs.level)?;
    let lives: Vec<f64> = seen.iter().map(|run| run.record.cycles() as f64).collect();
    let (life, levels) = (stats::mean(&lives), levels(seen));
    let mut answers = Vec::new();
    for (place, run) in asked {
        let steps = run.record.cycles();
        for k in 0..ASKED {
            let at = STEPS_MIN / 2 + (steps - STEPS_MIN / 2) * k / ASKED;
            let (told, left) = (fleet.predict(&run.record.until(at)), (steps - at) as f64);
            answers.push(Answer {
                run: place,
                machine: run.asset,
                truth: left.min(cap),
                near: left < cap,
                learned: Range { lo: told.low, median: told.expected, hi: told.high, level: runs.level },
                naive: (life - at as f64).clamp(0.0, cap),
                path: path(run, at, (&levels, runs)).map(|left| left.min(cap)),
            });
        }
    }
    Ok(answers)
}

/// What the deviation came to before each failure.
fn levels(runs: &[&Run]) -> Vec<f64> {
    let last = |run: &&&Run| {
        let score = &run.score;
        stats::median(score.get(score.len().saturating_sub(BEFORE)..).unwrap_or_default())
    };
    runs.iter().map(|run| last(&run)).filter(|level| level.is_finite()).collect()
}

/// What the path of the deviation tells after so many steps, in steps; none where it is silent.
fn path(run: &Run, at: usize, (levels, runs): (&[f64], &Runs<'_>)) -> Option<f64> {
    let values = run.score.get(..at)?;
    let times: Vec<i64> = (0..).take(at).map(|k: i64| k.saturating_mul(runs.step_us)).collect();
    let score = Signal { unit: Unit::new("1"), ..Signal::gauge(SignalId::new(0), run.asset, monitor::SCORE) };
    let course = Course { score: &score, times: &times, values, levels, open: None };
    let config = RemainingLifeConfig { level: runs.level, ..RemainingLifeConfig::default() };
    Some(health_outlook(&course, &config)?.rul?.days * DAY_US / runs.step_us as f64)
}

fn judged(answers: &[Answer], runs: usize, (machines, of): (usize, &Runs<'_>), margin: f64) -> FleetProof {
    let days = |steps: f64| steps * of.step_us as f64 / DAY_US;
    let error = |of: &dyn Fn(&Answer) -> Option<f64>| {
        let all: Vec<f64> = answers.iter().filter_map(|a| Some((of(a)? - a.truth).abs())).collect();
        days(stats::mean(&all))
    };
    let (learned, naive) = (error(&|a| Some(a.learned.median)), error(&|a| Some(a.naive)));
    let spoke = answers.iter().filter(|a| a.path.is_some()).count() >= PATH_MIN;
    let path = spoke.then(|| error(&|a| a.path));
    let beside = spoke.then(|| error(&|a| a.path.map(|_| a.learned.median)));
    let of_run = |run: usize| answers.iter().filter(move |a| a.run == run);
    let off = |run: usize, of: &dyn Fn(&Answer) -> f64| of_run(run).map(|a| (of(a) - a.truth).abs()).sum::<f64>();
    let better = (0..runs).filter(|run| off(*run, &|a| a.learned.median) < off(*run, &|a| a.naive)).count();
    let near: Vec<&Answer> = answers.iter().filter(|a| a.near).collect();
    let held = |wider: f64| {
        near.iter().filter(|a| a.learned.wider(wider).covers(a.truth)).count() as f64 / near.len().max(1) as f64
    };
    let mut proof = FleetProof {
        runs: u32::try_from(runs).unwrap_or(u32::MAX),
        machines: u32::try_from(machines).unwrap_or(u32::MAX),
        asked: u32::try_from(answers.len()).unwrap_or(u32::MAX),
        error_days: learned,
        naive_days: naive,
        path_days: path,
        beside_path_days: beside,
        runs_better: better as f64 / runs.max(1) as f64,
        held: held(0.0),
        held_widened: held(margin),
        speaks: false,
        why: String::new(),
    };
    let over_path = path.zip(beside).is_none_or(|(path, learned)| learned < path);
    proof.speaks = learned < BELOW * naive && proof.runs_better >= RUNS_BETTER && over_path;
    proof.why = super::words::why(&proof, over_path);
    proof
}
