//! Machines that go through a programme, run by run: a row is judged by how long the run has lasted.
//!
//! Whether there is a programme, and what its runs begin with, is found without being told; where none shows this stays
//! silent and costs next to nothing. What stands for many runs (a product, a recipe) parts the runs, each is learned by
//! itself.

mod gather;
mod state;
mod words;

use gemba_learn::grid::Grid;
use gemba_learn::normal::Verdict;
use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Asset, Batch, Signal, SignalId, SignalKind, Template, Timestamp};

use super::NormalBehaviourConfig;
use super::frame::{Memory as _, Rowwise, end};
use crate::analyze::tells_truth;
use state::{Memory, Stage};

pub(super) const NAME: &str = "programme/3";
/// How often a finding that goes on is reported again, µs.
const UPDATE_US: i64 = 60_000_000;
/// The share of the asset's budget of false alarms that programmes may use on top.
const BUDGET_SHARE: f64 = 0.1;

/// Watches the programme of one asset.
#[derive(Debug)]
pub(super) struct Programmes {
    /// Gauges and set-points by id, then states by id.
    signals: Vec<Signal>,
    gauges: usize,
    template: Option<&'static Template>,
    config: NormalBehaviourConfig,
    /// Memory of the row that is looked at.
    spare: Vec<f64>,
    memory: Memory,
}

impl Programmes {
    /// None when the asset has no signal that could tell a run.
    pub(super) fn for_asset(asset: &Asset, signals: &[Signal], config: &NormalBehaviourConfig) -> Option<Self> {
        let takes = |s: &&Signal| {
            let state = s.kind == SignalKind::State && !tells_truth(&s.name);
            s.binding.is_some() && (state || matches!(s.kind, SignalKind::Gauge | SignalKind::SetPoint))
        };
        let mut own: Vec<Signal> = signals.iter().filter(takes).cloned().collect();
        own.sort_by_key(|s| (s.kind == SignalKind::State, s.id));
        let gauges = own.iter().take_while(|s| s.kind != SignalKind::State).count();
        let micros = |ms: u64| i64::try_from(ms.saturating_mul(1000)).unwrap_or(i64::MAX);
        let grid = Grid::new(own.len(), micros(config.step_ms), micros(config.hold_ms)).keeping(gauges);
        let memory = Memory::new(grid);
        let template = asset.template.as_deref().and_then(Template::named);
        let config = config.clone();
        (!own.is_empty()).then(|| Self { signals: own, gauges, template, config, spare: Vec::new(), memory })
    }

    /// What was seen so far was healthy: where it shows a programme, it is watched from now on, else none is looked for.
    pub(super) fn finish_learning(&mut self) {
        self.learn(0);
        self.memory.give_up();
    }

    fn learn(&mut self, enough: usize) {
        if let Some(Stage::Gathering(gathered)) = self.memory.stage() {
            let learned = gathered.learn(&self.signals, enough, |run_s| self.config.alpha(BUDGET_SHARE, run_s));
            self.memory.take(learned);
        }
    }

    /// The score over its limit at the last row; 0 where no programme is known.
    pub(super) fn score(&self) -> f64 {
        self.memory.score
    }

    fn judge(&mut self, time: i64, row: &[f64], out: &mut Outlet) {
        if let Some(Stage::Gathering(gathered)) = self.memory.stage()
            && gathered.push(time, row)
        {
            return self.learn(self.config.rows());
        }
        let Some(Stage::Watching { programme, every, skipped }) = self.memory.stage() else { return };
        *skipped += 1;
        if *skipped < *every {
            return;
        }
        *skipped = 0;
        // states stand until they change: while nothing else is known, nor is the run
        let nothing = self.gauges > 0 && row.iter().take(self.gauges).all(|value| value.is_nan());
        let unknown = if nothing { vec![f64::NAN; row.len()] } else { Vec::new() };
        let Ok(verdict) = programme.step(time, if nothing { &unknown } else { row }) else { return };
        self.memory.score = verdict.score;
        self.memory.trace.push(time, verdict.score, verdict.active);
        self.report(time, verdict, out);
    }

    fn report(&mut self, time: i64, verdict: Verdict, out: &mut Outlet) {
        if !verdict.active {
            return self.clear(time, out);
        }
        let memory = &mut self.memory;
        let due = memory.finding.is_none() || time.saturating_sub(memory.told) >= UPDATE_US;
        // while it only holds there is nothing new to tell
        if !due || verdict.score <= 1.0 {
            return;
        }
        let now = Timestamp::from_micros(time);
        let since = memory.finding.as_ref().map_or(now, |f| f.since);
        if let Some(finding) = words::finding((&self.signals, self.template), memory, (since, now)) {
            self.memory.told = time;
            self.memory.finding = Some(Box::new(finding.clone()));
            out.finding(finding);
        }
    }

    /// Ends what was found, if anything was.
    fn clear(&mut self, time: i64, out: &mut Outlet) {
        end(&mut self.memory.finding, &mut self.memory.trace, time, out);
    }
}

impl Rowwise for Programmes {
    fn grid(&mut self) -> &mut Grid {
        &mut self.memory.grid
    }

    fn spare(&mut self) -> &mut Vec<f64> {
        &mut self.spare
    }

    fn column(&self, signal: SignalId) -> Option<usize> {
        let (gauges, states) = self.signals.split_at_checked(self.gauges)?;
        let state = || states.binary_search_by_key(&signal, |s| s.id).ok().map(|i| i + self.gauges);
        gauges.binary_search_by_key(&signal, |s| s.id).ok().or_else(state)
    }

    fn row(&mut self, time: i64, row: &[f64], out: &mut Outlet) {
        if self.memory.enter(row) {
            self.clear(time, out);
        }
        self.judge(time, row, out);
    }
}

impl Operator for Programmes {
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
