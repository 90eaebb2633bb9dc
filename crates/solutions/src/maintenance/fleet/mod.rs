//! How long a machine lasts, learned from machines of its kind that ran to failure. Tried on machines that it has not seen,
//! beside mean life less age and beside the path of the deviation from normal; used only where it is better than both.

mod prove;
mod words;

use gemba_learn::fleet::{Config, Fleet, Record};
use gemba_learn::life::Range;
use gemba_plant::{AssetId, Finding, FindingState, RemainingLife, Signal, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use prove::FleetProof;

/// What concludes; the number grows with what it finds.
pub const MODEL: &str = "fleet-life/2";
/// Runs to failure that are needed at least.
pub const RUNS_MIN: usize = 6;
/// Machines that they are of, at least.
pub const MACHINES_MIN: usize = 3;
/// Steps of a run that are needed at least, so that a trend is in it.
pub const STEPS_MIN: usize = 40;
/// A longer life than this share of the usual one is not told apart: a sound machine does not show how long it stays so.
const CAP: f64 = 0.6;
/// Of so many steps back so many must tell an end before there is a finding.
const LOOKED_AT: usize = 5;
const AGREE: usize = 3;
const DAY_US: f64 = 86_400e6;

/// A machine from its begin of use to its failure, or until now.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// The machine.
    pub asset: AssetId,
    /// When the last step ends.
    pub until: Timestamp,
    /// What was measured, a value a step: the same columns for all machines. NaN where nothing was.
    pub record: Record,
    /// The deviation from normal, a value a step; empty where it is not there.
    pub score: Vec<f64>,
}

/// Runs to failure of machines of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Runs<'a> {
    /// The runs.
    pub runs: &'a [Run],
    /// The length of a step, microseconds.
    pub step_us: i64,
    /// How probable it shall be that a range holds the truth.
    pub level: f64,
}

/// What was learned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FleetModel {
    fleet: Fleet,
    cap: f64,
    step_us: i64,
    level: f64,
    /// By how many of its widths a range is told wider on either side.
    margin: f64,
    /// How it did on machines that it had not seen.
    pub proof: FleetProof,
}

/// How long a machine lasts by what was learned of others. Nothing in it is a bare number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FleetLife {
    /// From when on it counts, microseconds since the epoch.
    pub from: i64,
    /// The range. Without an upper end, it is that or longer: so far from a failure machines look alike.
    pub left: RemainingLife,
    /// Ends of steps, microseconds, and the days that were told to be left after each, for a picture.
    pub times: Vec<i64>,
    /// Those days.
    pub values: Vec<f64>,
    /// All of it in words.
    pub says: String,
}

/// Why nothing was learned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unlearned {
    /// Too few runs: what is missing, in words.
    Missing(String),
    /// The model could not be fitted, and why.
    Failed(String),
    /// Whoever watches the progress wanted it to end.
    Stopped,
}

impl FleetModel {
    /// Learns, and tries what it learns on machines that it has not seen. `progress` is told the share that is done, and answers
    /// whether to go on.
    ///
    /// # Errors
    /// When there are too few runs, they do not fit together, or it was stopped.
    pub fn learn(runs: &Runs<'_>, progress: &dyn Fn(f64) -> bool) -> Result<Self, Unlearned> {
        let long: Vec<&Run> = runs.runs.iter().filter(|run| run.record.cycles() >= STEPS_MIN).collect();
        let mut machines: Vec<AssetId> = long.iter().map(|run| run.asset).collect();
        machines.sort_unstable();
        machines.dedup();
        if long.len() < RUNS_MIN || machines.len() < MACHINES_MIN {
            return Err(Unlearned::Missing(words::missing(long.len(), machines.len())));
        }
        let (proof, margin) = prove::prove(&long, &machines, runs, progress)?;
        let cap = cap(&long);
        let fleet = fit(&long, cap, runs.level)?;
        Ok(Self { fleet, cap, step_us: runs.step_us, level: runs.level, margin, proof })
    }

    /// The length of a step, microseconds: runs are to be read so.
    pub fn step_us(&self) -> i64 {
        self.step_us
    }

    /// How long a machine lasts after its run so far; none while the run is too short.
    pub fn tell(&self, run: &Run) -> Option<FleetLife> {
        let steps = run.record.cycles();
        if steps < STEPS_MIN / 2 {
            return None;
        }
        let places: Vec<usize> = (STEPS_MIN / 2..=steps).collect();
        let told = |steps: usize| self.days(self.fleet.predict(&run.record.until(steps)).expected);
        let back = |at: usize| self.step_us.saturating_mul(i64::try_from(steps - at).unwrap_or(i64::MAX));
        let left = self.left(&run.record);
        let mut life = FleetLife {
            from: run.until.micros(),
            left,
            times: places.iter().map(|at| run.until.micros().saturating_sub(back(*at))).collect(),
            values: places.iter().map(|at| told(*at)).collect(),
            says: String::new(),
        };
        life.says = words::says(&life, &self.proof);
        Some(life)
    }

    /// The range after a record, widened by what was missed on machines not seen; open above at the cap.
    fn left(&self, record: &Record) -> RemainingLife {
        let life = self.fleet.predict(record);
        let range = Range { lo: life.low, median: life.expected, hi: life.high, level: self.level };
        let wide = range.wider(self.margin);
        let hi = (wide.hi < self.cap).then(|| self.days(wide.hi));
        RemainingLife { days: self.days(life.expected), lo: self.days(wide.lo), hi, level: self.level }
    }

    /// A finding once the end lies within the horizon in most of the last steps; or that the open one is over.
    pub fn finding(
        &self,
        score: &Signal,
        (run, life): (&Run, &FleetLife),
        (open, horizon_days): (Option<&Finding>, f64),
    ) -> Option<Finding> {
        let steps = run.record.cycles();
        let near = |left: &RemainingLife| left.hi.is_some() && left.days <= horizon_days;
        let back = |back: &usize| near(&self.left(&run.record.until(steps.saturating_sub(*back))));
        let agree = (0..LOOKED_AT).filter(back).count();
        if near(&life.left) && (agree >= AGREE || open.is_some()) {
            return Some(words::finding(score, life, (&self.proof, open, horizon_days)));
        }
        let over =
            |open: &Finding| Finding { state: FindingState::Cleared, until: run.until.max(open.until), ..open.clone() };
        open.filter(|_| agree == 0).map(over)
    }

    fn days(&self, steps: f64) -> f64 {
        steps * self.step_us as f64 / DAY_US
    }
}

/// The steps beyond which lives are not told apart.
fn cap(runs: &[&Run]) -> f64 {
    let lives: Vec<f64> = runs.iter().map(|run| run.record.cycles() as f64).collect();
    (CAP * gemba_learn::stats::median(&lives)).max(1.0)
}

fn fit(runs: &[&Run], cap: f64, coverage: f64) -> Result<Fleet, Unlearned> {
    let records: Vec<Record> = runs.iter().map(|run| run.record.clone()).collect();
    let config = Config { cap, coverage, sound_cycles: cap / 4.0, ..Config::default() };
    Fleet::fit(&records, &config).map_err(|error| Unlearned::Failed(error.to_string()))
}
