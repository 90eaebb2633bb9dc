//! An asset with a single signal: nothing but its own past tells what is normal, so it is told when that is surpassed.
//!
//! The monitor judges levels against what was learned once; of a signal that swings by the day, bursts or has heavy tails
//! that promises little, and no other signal explains it. Here the newest values are asked for records
//! ([`gemba_learn::record`]): how far a value is off the values just before, and a short mean off a longer time, compared with
//! what either did in a memory that moves on.

mod words;

use gemba_learn::grid::Grid;
use gemba_learn::packed::Packed;
use gemba_learn::record::{Break, RecordWatch};
use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Batch, Finding, Signal, SignalId, Timestamp};
use serde::{Deserialize, Serialize};

use super::NormalBehaviourConfig;
use super::frame::{self, Memory as _, Rowwise, end};
use super::normal::{Trace, is_driver, is_watched};

pub(super) const NAME: &str = "records/2";
/// The version of the saved state.
const STATE_VERSION: u32 = 1;
/// Rows that are learned from at most: a record stands for six times as many.
const LEARN_MAX: usize = 10_000;

/// How far it is.
#[derive(Debug, Serialize, Deserialize)]
enum Stage {
    /// Healthy values.
    Gathering(Packed),
    /// Watching.
    Watching(Box<RecordWatch>),
}

/// Everything that changes while the operator runs.
#[derive(Debug, Serialize, Deserialize)]
struct Memory {
    version: u32,
    grid: Grid,
    stage: Stage,
    /// The score over its limit while a finding holds, else 0.
    #[serde(with = "gemba_learn::bits::one")]
    score: f64,
    trace: Trace,
    finding: Option<Box<Finding>>,
    /// Rows since the record was broken.
    since: usize,
}

/// Watches the only signal of an asset.
#[derive(Debug)]
pub(super) struct Records {
    signal: Signal,
    config: NormalBehaviourConfig,
    /// Memory of the row that is looked at.
    spare: Vec<f64>,
    memory: Memory,
}

impl Records {
    /// None when the asset has not exactly one signal that is watched, or that says what is asked of the machine.
    pub(super) fn for_asset(signals: &[Signal], config: &NormalBehaviourConfig) -> Option<Self> {
        let signal = only(signals)?.clone();
        let micros = |ms: u64| i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX);
        let memory = Memory {
            version: STATE_VERSION,
            grid: Grid::new(1, micros(config.step_ms), micros(config.hold_ms)),
            stage: Stage::Gathering(Packed::default()),
            score: 0.0,
            trace: Trace::default(),
            finding: None,
            since: 0,
        };
        Some(Self { signal, config: config.clone(), spare: Vec::new(), memory })
    }

    /// What was seen so far was healthy; where that is too little it goes on.
    pub(super) fn finish_learning(&mut self) {
        let Stage::Gathering(values) = &self.memory.stage else { return };
        if let Ok(mut watch) = RecordWatch::new(values.len()) {
            for value in values.values() {
                watch.step(value);
            }
            self.memory.stage = Stage::Watching(Box::new(watch));
        }
    }

    /// The score over its limit while a finding holds.
    pub(super) fn score(&self) -> f64 {
        self.memory.score
    }

    fn value(&mut self, time: i64, value: f64, out: &mut Outlet) {
        let alpha = self.config.alpha(1.0, self.config.step_ms as f64 / 1000.0);
        match &mut self.memory.stage {
            Stage::Gathering(values) => {
                values.push(value);
                if values.len() >= self.config.rows().min(LEARN_MAX) {
                    self.finish_learning();
                }
            }
            Stage::Watching(watch) => {
                let broken = watch.judge(value);
                let (limit, rest) = (watch.limit(alpha), watch.rest());
                let ratio = broken.map_or(0.0, |b| b.score / limit.max(f64::MIN_POSITIVE));
                let p_value = broken.map_or(1.0, |b| watch.p_value(b.score));
                let memory = &mut self.memory;
                memory.trace.push(time, ratio, memory.finding.is_some());
                memory.since = memory.since.saturating_add(1);
                match broken.filter(|_| ratio > 1.0) {
                    Some(broken) => self.tell(time, (broken, ratio, p_value), out),
                    None if memory.since >= rest => self.clear(time, out),
                    None => {}
                }
            }
        }
    }

    fn tell(&mut self, time: i64, broken: (Break, f64, f64), out: &mut Outlet) {
        let memory = &mut self.memory;
        let now = Timestamp::from_micros(time);
        let since = memory.finding.as_ref().map_or(now, |f| f.since);
        let finding = words::finding(&self.signal, broken, (since, now), &memory.trace);
        let (_, ratio, _) = broken;
        (memory.score, memory.since) = (ratio, 0);
        memory.finding = Some(Box::new(finding.clone()));
        out.finding(finding);
    }

    /// Ends what was found, if anything was.
    fn clear(&mut self, time: i64, out: &mut Outlet) {
        self.memory.score = 0.0;
        end(&mut self.memory.finding, &mut self.memory.trace, time, out);
    }
}

/// The only signal that is watched, where it does not say what is asked of the machine.
pub(super) fn only(signals: &[Signal]) -> Option<&Signal> {
    let mut watched = signals.iter().filter(|s| is_watched(s));
    let first = watched.next().filter(|s| !is_driver(s))?;
    watched.next().is_none().then_some(first)
}

impl frame::Memory for Memory {
    fn like(&self, other: &Self) -> bool {
        self.version == other.version
    }
}

impl Rowwise for Records {
    fn grid(&mut self) -> &mut Grid {
        &mut self.memory.grid
    }

    fn spare(&mut self) -> &mut Vec<f64> {
        &mut self.spare
    }

    fn column(&self, signal: SignalId) -> Option<usize> {
        (signal == self.signal.id).then_some(0)
    }

    fn row(&mut self, time: i64, row: &[f64], out: &mut Outlet) {
        if let Some(value) = row.first().copied().filter(|v| v.is_finite()) {
            self.value(time, value, out);
        }
    }
}

impl Operator for Records {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        self.take(batch, out);
        Ok(())
    }

    fn on_tick(&mut self, now: Timestamp, out: &mut Outlet) -> Result<(), BoxFault> {
        self.rows(now.micros(), out);
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        self.memory.keep()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        self.memory.recall(NAME, state)
    }
}
