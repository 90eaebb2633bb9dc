//! Jobs into windows: what doing costs against what waiting risks, under crew, parts and standing time.

use std::collections::BTreeMap;

use gemba_plant::{AssetPath, TimeRange, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::order::hours_between;
use super::worth::{money, percent};
use super::{Life, Part, search, slots};

/// A job to be placed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Job {
    /// The work order's number.
    pub id: u64,
    /// The machine.
    pub asset: AssetPath,
    /// One line.
    pub title: String,
    /// How long the machine stands still, hours.
    pub hours: f64,
    /// Whose work it is; empty for anybody.
    #[serde(default)]
    pub skill: String,
    /// How many people.
    pub people: u32,
    /// What it needs.
    #[serde(default)]
    pub parts: Vec<Part>,
    /// Labour and parts.
    #[serde(default)]
    pub cost: f64,
    /// What a failure costs; 0 when nobody has said: then only the due date counts.
    #[serde(default)]
    pub failure_cost: f64,
    /// Remaining life as it was told.
    #[serde(default)]
    pub life: Option<Life>,
    /// How long ago that was, hours.
    #[serde(default)]
    pub age_h: f64,
    /// By when it has to begin.
    #[serde(default)]
    pub due: Option<Timestamp>,
}

/// A time in which machines may be worked on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Window {
    /// What people call it: `night of 3 December`.
    pub name: String,
    /// Machines at or below this place; none for all.
    #[serde(default)]
    pub scope: Option<AssetPath>,
    /// From when to when.
    pub range: TimeRange,
    /// Production lost for each hour that a machine stands still; 0 in a planned stop.
    #[serde(default)]
    pub loss_per_hour: f64,
    /// Hours of work there are, by skill; a skill that is not named has no limit.
    #[serde(default)]
    pub crew_hours: BTreeMap<String, f64>,
}

/// Parts: when how many come in, by number. What is on hand came in long ago. A part that is not named is never short.
pub type Stock = BTreeMap<String, Vec<(Timestamp, f64)>>;

/// Why a window cannot take a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "why", rename_all = "snake_case")]
pub enum Obstacle {
    /// The window is for other machines.
    OtherMachines,
    /// The window is over or has begun.
    Past,
    /// The job does not fit into what is left of the window.
    TooShort,
    /// A part is not there by then.
    PartMissing {
        /// Its number.
        number: String,
    },
    /// The crew has no hours left.
    CrewFull {
        /// Whose hours.
        skill: String,
    },
}

/// A window that was weighed for a job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Considered {
    /// The window, by its place in the list.
    pub window: usize,
    /// Labour, parts and lost production.
    pub doing: f64,
    /// The chance of failing before the window times what a failure costs.
    pub waiting: f64,
    /// The chance of failing before the window, 0–1; none without a remaining life.
    pub chance: Option<f64>,
    /// Whether it is after the due date.
    pub late: bool,
    /// Why the window cannot take it, beside the other jobs of the plan.
    pub obstacle: Option<Obstacle>,
}

/// A job with its window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Placement {
    /// The work order's number.
    pub job: u64,
    /// The window by its place in the list; none when it stays out of the plan.
    pub window: Option<usize>,
    /// The job's own hours in that window, one after another on a machine.
    pub hours: Option<TimeRange>,
    /// In words.
    pub why: String,
    /// Every window that was weighed, in the order of the list.
    pub considered: Vec<Considered>,
}

/// A plan and what it is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Every job, in the order given.
    pub placements: Vec<Placement>,
    /// Expected cost of this plan.
    pub cost: f64,
    /// Expected cost of doing nothing until the last window ends.
    pub cost_of_waiting: f64,
    /// Expected cost of doing each job in the first window that is open to its machine, whoever else wants it.
    pub cost_of_haste: f64,
}

/// A difference in cost below this is none when it is told.
const LEAST: f64 = 0.5;

/// What a plan weighs of a job in a window, or of leaving it out (`None`): its expected cost, and `lateness` when it is late.
pub(super) fn weight((now, end): (Timestamp, Timestamp), job: &Job, window: Option<&Window>, lateness: f64) -> f64 {
    let late = job.due.is_some_and(|due| begin(window, end) > due);
    cost(now, job, window, end) + if late { lateness } else { 0.0 }
}

/// More than all jobs together can cost in the dearest windows: one due date is worth more than any saving, in any currency.
fn lateness(now: Timestamp, jobs: &[Job], windows: &[Window], end: Timestamp) -> f64 {
    let places = || windows.iter().map(Some).chain([None]);
    let dearest = |job: &Job| places().map(|window| cost(now, job, window, end)).fold(0.0, f64::max);
    1.0 + jobs.iter().map(dearest).sum::<f64>()
}

/// The expected cost of a job in a window, or of leaving it out (`None`): then it is still to be done, after `end`.
fn cost(now: Timestamp, job: &Job, window: Option<&Window>, end: Timestamp) -> f64 {
    let doing = job.cost + window.map_or(0.0, |w| w.loss_per_hour * job.hours);
    doing + chance(now, job, begin(window, end)).unwrap_or(0.0) * job.failure_cost
}

fn begin(window: Option<&Window>, end: Timestamp) -> Timestamp {
    window.map_or(end, |w| w.range.from)
}

/// The chance of failing before a job begins, 0–1; none without a remaining life.
pub(super) fn chance(now: Timestamp, job: &Job, begin: Timestamp) -> Option<f64> {
    job.life.map(|life| life.chance_from(job.age_h, hours_between(now, begin)))
}

/// Plans jobs into windows so that the expected cost is small: the job whose second-best window is worst goes first
/// (regret insertion, Potvin and Rousseau 1993), then jobs move and change places while that helps. The same input
/// gives the same plan. Costs are in `currency`.
pub fn plan(now: Timestamp, jobs: &[Job], windows: &[Window], stock: &Stock, currency: &str) -> Plan {
    let end = windows.iter().map(|w| w.range.to).max().unwrap_or(now);
    let lateness = lateness(now, jobs, windows, end);
    let problem = search::Problem { now, end, jobs, windows, stock, currency, lateness };
    let chosen = search::solve(&problem);
    let hours = slots::slots(&problem, &chosen);
    let placements = jobs.iter().enumerate().map(|(j, job)| {
        let considered = weigh(&problem, &chosen, j);
        let window = chosen.get(j).copied().flatten();
        let why = words(&problem, job, window, &considered);
        Placement { job: job.id, window, hours: hours.get(j).copied().flatten(), why, considered }
    });
    let placements = placements.collect();
    let soonest = |job: &Job| {
        let open = windows.iter().enumerate().filter(|(w, _)| problem.open(job, *w).is_none());
        open.map(|(_, window)| window).min_by_key(|window| window.range.from)
    };
    let haste = jobs.iter().map(|job| cost(now, job, soonest(job), end)).sum();
    let waiting = jobs.iter().map(|job| chance(now, job, end).unwrap_or(0.0) * job.failure_cost).sum();
    let total = jobs.iter().zip(&chosen).map(|(job, at)| cost(now, job, at.and_then(|w| windows.get(w)), end)).sum();
    Plan { placements, cost: total, cost_of_waiting: waiting, cost_of_haste: haste }
}

/// Every window for one job, beside where the other jobs are.
fn weigh(problem: &search::Problem<'_>, chosen: &[Option<usize>], j: usize) -> Vec<Considered> {
    let Some(job) = problem.jobs.get(j) else { return Vec::new() };
    let each = problem.windows.iter().enumerate().map(|(w, window)| {
        let chance = chance(problem.now, job, window.range.from);
        Considered {
            window: w,
            doing: job.cost + window.loss_per_hour * job.hours,
            waiting: chance.unwrap_or(0.0) * job.failure_cost,
            chance,
            late: job.due.is_some_and(|due| window.range.from > due),
            obstacle: problem.obstacle(chosen, j, w),
        }
    });
    each.collect()
}

/// Why it is where it is, in one or two sentences.
fn words(problem: &search::Problem<'_>, job: &Job, window: Option<usize>, considered: &[Considered]) -> String {
    let name = |w: usize| problem.windows.get(w).map_or("", |w| w.name.as_str());
    let Some(here) = window.and_then(|w| considered.iter().find(|c| c.window == w)) else {
        return left_out(problem, job, considered);
    };
    let cost = |amount: f64| money(amount, problem.currency);
    let risk = here.chance.map(|chance| {
        let worth = if job.failure_cost > 0.0 {
            format!(", an expected loss of {}", cost(here.waiting))
        } else {
            String::new()
        };
        format!("the chance of failing before it is {}{worth}", percent(chance))
    });
    let late = here.late.then(|| "after its due date: no earlier window can take it".to_owned());
    let doing = if here.doing > 0.0 {
        format!("{}: doing costs {}", name(here.window), cost(here.doing))
    } else {
        format!("{}: what doing costs is not known", name(here.window))
    };
    let text = [Some(doing), risk, late].into_iter().flatten().collect::<Vec<_>>().join("; ");
    let total = |c: &Considered| c.doing + c.waiting;
    let rival = considered
        .iter()
        .filter(|c| c.window != here.window && c.obstacle.is_none() && c.late == here.late)
        .min_by(|a, b| total(a).total_cmp(&total(b)));
    match rival {
        Some(rival) => {
            let more = total(rival) - total(here);
            let more = if more < LEAST { "as much".to_owned() } else { format!("{} more", cost(more)) };
            format!("{text}. Next best is {}, which costs {more}.", name(rival.window))
        }
        None => format!("{text}. No other window can take it."),
    }
}

fn left_out(problem: &search::Problem<'_>, job: &Job, considered: &[Considered]) -> String {
    if considered.is_empty() {
        return "There is no window.".to_owned();
    }
    if considered.iter().all(|c| c.obstacle.is_some()) {
        let missing = considered.iter().find_map(|c| match &c.obstacle {
            Some(Obstacle::PartMissing { number }) => Some(format!("part {number} is not there in time")),
            Some(Obstacle::CrewFull { skill }) => Some(format!("{skill} has no hours left")),
            Some(Obstacle::TooShort) => Some("it is longer than what is left of each window".to_owned()),
            _ => None,
        });
        return format!(
            "No window can take it: {}.",
            missing.unwrap_or_else(|| "none is open to this machine".to_owned())
        );
    }
    match chance(problem.now, job, problem.end) {
        Some(chance) => format!(
            "It can wait beyond the last window: the chance of failing until then is {}, less than what production loses in the windows there are.",
            percent(chance)
        ),
        None => "It can wait beyond the last window: it is not due before.".to_owned(),
    }
}
