//! Learns by itself what is normal for one asset, in each operating state, then watches.

mod beyond;
mod change;
mod config;
mod enter;
mod learned;
mod shown;
mod state;
mod words;

use std::collections::BTreeMap;
use std::time::Duration;

use gemba_learn::familiar::{Drift, Drifted};
use gemba_learn::grid::Grid;
use gemba_learn::normal::Verdict;
use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Sample, Signal, SignalId, SignalKind, Template, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::frame::{Memory as _, Rowwise, end};
use super::monitor;
use super::records::only;
use crate::Error;
use crate::analyze::tells_truth;
pub use config::NormalBehaviourConfig;
use enter::Sight;
pub use learned::{Baseline, LearnedState};
use shown::Shown;
pub(in crate::maintenance) use state::Trace;
use state::{Memory, Phase};
pub(crate) use words::{clock as said_time, label, number};

pub(super) const NAME: &str = "normal-behaviour/12";
/// The version of the saved state.
const STATE_VERSION: u32 = 5;
/// How many times less often than the score it is written how well the model fits.
const DRIFT_EVERY: i64 = 60;
/// The condition of a signal that is alone is told once it has lasted for so many-th of what was learned: what comes and goes
/// sooner is told by its records.
const LASTING: usize = 10;
/// How often a finding that goes on is reported again, µs.
const UPDATE_US: i64 = 5_000_000;

/// Whether a monitor learns or watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonitorState {
    /// It gathers healthy rows of the present operating state; day-0 limits protect meanwhile.
    Learning,
    /// It has learned the present operating state and watches.
    Watching,
}

/// Where a monitor stands.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct MonitorStatus {
    /// Learning or watching, in the present operating state.
    pub state: MonitorState,
    /// How much of the learning is done, 0–1.
    pub progress: f64,
    /// Operating states that were learned.
    pub states_known: usize,
    /// Since when it watches, by source time; none while nothing is learned.
    pub since: Option<Timestamp>,
    /// Score over limit at the last row; above 1 a condition begins.
    pub score: f64,
    /// Whether a condition holds.
    pub active: bool,
}

/// The learned monitor of one asset.
///
/// Signals of kind state part the rows into operating states, each learned by itself, but not those that say what is wrong
/// (`fault`, `alarm`, `label` …): a fault is no operating state. One that first shows when the asset has been watched
/// for long is told of, while it is learned. States that nobody names are found where the signals fall into groups that lie clearly apart and last. Set-points and the roles
/// speed, load and valve are drivers: they explain and are not judged. All other gauges are judged. Where it learned
/// for days or weeks, a level may depend on the time of day and week too, if the data shows it.
///
/// Writes the computed samples `monitor/score` (score over limit), `monitor/progress` (0–1), `monitor/context` (stability index
/// of what is asked of the machine) and `monitor/drift` (who has drifted) when it is given ids for them.
#[derive(Debug)]
pub struct NormalBehaviour {
    signals: Vec<Signal>,
    parts: Vec<Signal>,
    template: Option<&'static Template>,
    drivers: Vec<usize>,
    config: NormalBehaviourConfig,
    score_id: Option<SignalId>,
    progress_id: Option<SignalId>,
    context_id: Option<SignalId>,
    drift_id: Option<SignalId>,
    /// Whether there is but one signal.
    alone: bool,
    /// Memory of the row that is looked at.
    spare: Vec<f64>,
    memory: Memory,
}

/// Whether the signal says what is asked of the machine.
pub(super) fn is_driver(signal: &Signal) -> bool {
    signal.kind == SignalKind::SetPoint || signal.role.is_asked()
}

/// Whether the signal says how the machine runs, and not what is wrong with it.
pub(super) fn tells_state(signal: &Signal) -> bool {
    signal.kind == SignalKind::State && signal.binding.is_some() && !tells_truth(&signal.name)
}

/// Whether the signal goes into the rows.
pub(super) fn is_watched(signal: &Signal) -> bool {
    matches!(signal.kind, SignalKind::Gauge | SignalKind::SetPoint) && signal.binding.is_some()
}

impl NormalBehaviour {
    /// A monitor for an asset; none when it has no gauge to judge. `computed` gives the ids of computed signals by
    /// name, see [`super::computed_signals`].
    pub fn for_asset(
        asset: &Asset,
        signals: &[Signal],
        config: &NormalBehaviourConfig,
        computed: &BTreeMap<String, SignalId>,
    ) -> Option<Self> {
        let mut watched: Vec<Signal> = signals.iter().filter(|s| is_watched(s)).cloned().collect();
        watched.sort_by_key(|s| s.id);
        if watched.iter().all(is_driver) {
            return None;
        }
        let mut parts: Vec<Signal> = signals.iter().filter(|s| tells_state(s)).cloned().collect();
        parts.sort_by_key(|s| s.id);
        let drivers = (0..watched.len()).filter(|i| watched.get(*i).is_some_and(is_driver)).collect();
        let micros = |ms: u64| i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX);
        // states stand until they change, however long ago that was
        let grid = Grid::new(watched.len() + parts.len(), micros(config.step_ms), micros(config.hold_ms))
            .keeping(watched.len());
        Some(Self {
            signals: watched,
            parts,
            template: asset.template.as_deref().and_then(Template::named),
            drivers,
            config: config.clone(),
            score_id: computed.get(monitor::SCORE).copied(),
            progress_id: computed.get(monitor::PROGRESS).copied(),
            context_id: computed.get(monitor::CONTEXT).copied(),
            drift_id: computed.get(monitor::DRIFT).copied(),
            alone: only(signals).is_some(),
            spare: Vec::new(),
            memory: Memory::new(grid),
        })
    }

    /// Ends learning of the present operating state now: what was seen so far was healthy.
    ///
    /// # Errors
    /// When that was too little.
    pub fn finish_learning(&mut self) -> Result<(), Error> {
        let tuning = self.config.tuning();
        let newest = self.memory.last_row;
        if let Some((_, phase)) = self.memory.current.and_then(|i| self.memory.states.get_mut(i)) {
            phase.finish(&self.drivers, tuning)?;
            self.memory.watching_since.get_or_insert(newest);
        }
        Ok(())
    }

    /// Where it stands.
    pub fn status(&self) -> MonitorStatus {
        let memory = &self.memory;
        let gathered = match memory.current.and_then(|i| memory.states.get(i)) {
            Some((_, phase)) => phase.gathered(),
            None => Some(0),
        };
        MonitorStatus {
            state: if gathered.is_some() { MonitorState::Learning } else { MonitorState::Watching },
            progress: gathered
                .map_or(1.0, |rows| (rows as f64 / self.config.rows_of(&memory.grid).max(1) as f64).min(1.0)),
            states_known: memory.states.iter().map(|(_, p)| p.known()).sum(),
            since: memory.watching_since.map(Timestamp::from_micros),
            score: memory.score,
            active: memory.active,
        }
    }

    /// Since when something is found, and the signals whose level is not where it belongs.
    pub(super) fn suspicion(&self) -> Option<(Timestamp, Vec<SignalId>)> {
        let memory = &self.memory;
        // in a state that was just entered nothing is known of it yet
        let since = memory.finding.as_ref().filter(|_| !memory.moved)?.since;
        let (_, phase) = memory.current.and_then(|i| memory.states.get(i))?;
        let Phase::Watching { watch, .. } = phase else { return None };
        let loud = words::loud(watch.monitor()?).filter_map(|column| Some(self.signals.get(column)?.id));
        Some((since, loud.collect()))
    }

    /// Who has drifted in the present operating state, the model or the machine; none while it is learned.
    pub fn drift(&self) -> Option<Drift> {
        match self.memory.current.and_then(|i| self.memory.states.get(i)) {
            Some((_, Phase::Watching { familiar, .. })) => Some(familiar.drift()),
            _ => None,
        }
    }

    fn judge(&mut self, time: i64, row: &[f64], out: &mut Outlet) {
        let (values, parts) = row.split_at(self.signals.len().min(row.len()));
        self.memory.last_row = time;
        let sight = self.memory.sight(parts, values);
        if sight == Sight::Lost {
            self.memory.score = 0.0;
            return;
        }
        let fresh = sight == Sight::Known && self.memory.enter(parts, self.signals.len());
        self.tell_unseen(time, fresh, out);
        let enough = self.config.rows_of(&self.memory.grid);
        let Some((_, phase)) = self.memory.current.and_then(|i| self.memory.states.get_mut(i)) else { return };
        match phase {
            Phase::Learning { columns, times } => {
                times.push(time.div_euclid(1000) as f64);
                columns.iter_mut().zip(values).for_each(|(column, value)| column.push(*value));
                if phase.gathered().is_some_and(|n| n >= enough) {
                    match phase.finish(&self.drivers, self.config.tuning()) {
                        Ok(()) => self.memory.watching_since = self.memory.watching_since.or(Some(time)),
                        Err(_) => phase.halve(),
                    }
                }
                self.memory.score = 0.0;
            }
            Phase::Watching { watch, familiar, .. } => {
                let Ok(verdict) = watch.step(time, values) else { return };
                let learned = watch.monitor().map_or(0, |m| m.normal().rows());
                familiar.step(values, (verdict.known, verdict.active));
                self.memory.watched += 1;
                let verdict = if self.alone { self.memory.lasting(verdict, learned / LASTING) } else { verdict };
                let [_, long] = self.config.tuning().windows;
                (self.memory.score, self.memory.active) = (verdict.score, self.memory.hold(verdict, long));
                self.memory.trace.push(time, verdict.score, self.memory.active);
                self.report(time, verdict, out);
                if verdict.known {
                    self.changes(time, out);
                } else {
                    self.tell_beyond(time, out);
                }
            }
        }
    }

    fn report(&mut self, time: i64, verdict: Verdict, out: &mut Outlet) {
        let memory = &mut self.memory;
        if !memory.active {
            memory.shown = Shown::default();
            return end(&mut memory.finding, &mut memory.trace, time, out);
        }
        let now = Timestamp::from_micros(time);
        // while it only holds there is nothing new to tell
        let due = verdict.changed || time.saturating_sub(memory.last_update) >= UPDATE_US;
        if !verdict.active || !due {
            return;
        }
        let lasted = i64::try_from(memory.lasted).unwrap_or(0).saturating_mul(memory.grid.step_us());
        let began = Timestamp::from_micros(time.saturating_sub(lasted));
        let since = memory.finding.as_ref().map_or(began, |f| f.since);
        let Some((_, Phase::Watching { watch, .. })) = memory.current.and_then(|i| memory.states.get(i)) else {
            return;
        };
        let Some(monitor) = watch.monitor() else { return };
        let story = (&mut memory.shown, &memory.trace);
        if let Some(finding) = words::finding((&self.signals, self.template), monitor, (since, now), story) {
            memory.last_update = time;
            let finding = match memory.finding.take() {
                Some(held) => words::goes_on(*held, finding),
                None => finding,
            };
            memory.finding = Some(Box::new(finding.clone()));
            out.finding(finding);
        }
    }

    fn sample(&mut self, time: i64, out: &mut Outlet) {
        let every = i64::try_from(self.config.score_every_ms.saturating_mul(1000)).unwrap_or(i64::MAX);
        if time.saturating_sub(self.memory.last_sample) < every {
            return;
        }
        self.memory.last_sample = time;
        let status = self.status();
        let pairs = [(self.score_id, status.score), (self.progress_id, status.progress)];
        let late = time.saturating_sub(self.memory.last_drift) >= every.saturating_mul(DRIFT_EVERY);
        let drift = if late { self.drift() } else { None };
        let slow = drift.map(|drift| [(self.context_id, drift.psi), (self.drift_id, code(drift.who))]);
        if drift.is_some() {
            self.memory.last_drift = time;
        }
        for (id, value) in
            pairs.into_iter().chain(slow.into_iter().flatten()).filter_map(|(id, value)| id.map(|id| (id, value)))
        {
            out.sample(Sample::good(id, Timestamp::from_micros(time), value));
        }
    }
}

/// As `monitor/drift` has it: 0 nobody, 1 the model, 2 the machine, 3 both.
const fn code(who: Drifted) -> f64 {
    match who {
        Drifted::Nobody => 0.0,
        Drifted::Model => 1.0,
        Drifted::Machine => 2.0,
        Drifted::Both => 3.0,
    }
}

impl Rowwise for NormalBehaviour {
    fn grid(&mut self) -> &mut Grid {
        &mut self.memory.grid
    }

    fn spare(&mut self) -> &mut Vec<f64> {
        &mut self.spare
    }

    fn column(&self, signal: SignalId) -> Option<usize> {
        let part = || self.parts.binary_search_by_key(&signal, |s| s.id).ok().map(|i| i + self.signals.len());
        self.signals.binary_search_by_key(&signal, |s| s.id).ok().or_else(part)
    }

    fn row(&mut self, time: i64, row: &[f64], out: &mut Outlet) {
        self.judge(time, row, out);
        self.sample(time, out);
    }
}

impl Operator for NormalBehaviour {
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

    fn tick_every(&self) -> Option<Duration> {
        Some(Duration::from_millis(self.config.step_ms))
    }

    fn save(&self) -> Vec<u8> {
        self.memory.keep()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        self.memory.recall(NAME, state)
    }
}
