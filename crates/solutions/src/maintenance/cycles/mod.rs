//! Machines that repeat a cycle: how long its phases last, and how signals go within them.
//!
//! Whether there is a cycle is found without being told; where none is clear this stays silent. Each product (or recipe,
//! or whatever state stays for many cycles) is learned by itself, a machine that stands is not judged.

mod state;
mod words;

use gemba_learn::cycles::Row;
use gemba_plant::port::{BoxFault, Operator, Outlet};
use gemba_plant::{Batch, Quality, Signal, SignalId, SignalKind, Timestamp};

use super::NormalBehaviourConfig;
use super::frame::{Memory as _, end};
use state::{Known, Memory, Stage};

pub(super) const NAME: &str = "cycles/2";
/// The version of the saved state.
const STATE_VERSION: u32 = 1;
/// How often a finding that goes on is reported again, µs.
const UPDATE_US: i64 = 60_000_000;
/// Rows of the learning, about; and the fewest that are learned from.
const ROWS: u64 = 800;
const ROWS_MIN: usize = 240;
/// The share of the asset's budget of false alarms that cycles may use on top.
const BUDGET_SHARE: f64 = 0.1;

/// Watches the cycle of one asset.
#[derive(Debug)]
pub(super) struct Cycles {
    signals: Vec<Signal>,
    config: NormalBehaviourConfig,
    memory: Memory,
}

impl Cycles {
    /// None when no signal could tell phases.
    pub(super) fn for_asset(signals: &[Signal], config: &NormalBehaviourConfig) -> Option<Self> {
        let takes = |s: &&Signal| {
            matches!(s.kind, SignalKind::Gauge | SignalKind::State | SignalKind::SetPoint) && s.binding.is_some()
        };
        let mut own: Vec<Signal> = signals.iter().filter(takes).cloned().collect();
        own.sort_by_key(|s| s.id);
        let memory = Memory::new(&own, config);
        (!own.is_empty()).then(|| Self { signals: own, config: config.clone(), memory })
    }

    fn take(&mut self, column: usize, time: i64, value: f64, out: &mut Outlet) {
        let found = match &mut self.memory.stage {
            Stage::Looking(finder) => match finder.push(column, time, value) {
                Some(clock) => return self.memory.choose(clock, &self.signals, &self.config),
                None => None,
            },
            Stage::Choosing { cutter, .. } | Stage::Cutting { cutter, .. } => cutter.push(column, time, value),
        };
        if self.memory.enter(column, value) {
            self.clear(time, out);
        }
        if let Some(row) = found {
            self.row(&row, out);
        }
    }

    fn row(&mut self, row: &Row, out: &mut Outlet) {
        if let Stage::Choosing { .. } = self.memory.stage {
            return self.memory.choosing(row, &self.signals, &self.config);
        }
        let values = self.memory.values(row, &self.signals);
        let config = &self.config;
        let Some(known) = self.memory.known() else { return };
        match known {
            Known::Learning { columns, seconds } => {
                columns.resize_with(values.len(), Default::default);
                columns.iter_mut().zip(&values).for_each(|(c, v)| c.push(*v));
                *seconds += (row.to - row.from) as f64 / 1e6;
                if *seconds >= config.learn_s as f64 && columns.first().is_some_and(|c| c.len() >= ROWS_MIN) {
                    let plan = self.memory.plan();
                    if let Some(known) = self.memory.known() {
                        known.finish(&plan, |row_s| config.alpha(BUDGET_SHARE, row_s));
                    }
                }
            }
            Known::Watching(usual) => {
                let Ok(score) = usual.step(&values) else { return };
                let active = usual.is_active();
                self.memory.trace.push(row.to, score, active);
                if active {
                    self.report(row, out);
                } else {
                    self.clear(row.to, out);
                }
            }
            Known::Hopeless => {}
        }
    }

    fn report(&mut self, row: &Row, out: &mut Outlet) {
        let memory = &self.memory;
        if memory.finding.is_some() && row.to.saturating_sub(memory.told) < UPDATE_US {
            return;
        }
        let began = || {
            let rows = memory.watching().map_or(0, |(_, usual)| usual.window());
            let lasted = i64::try_from(rows).unwrap_or(0).saturating_mul(row.to.saturating_sub(row.from));
            Timestamp::from_micros(row.to.saturating_sub(lasted))
        };
        let since = memory.finding.as_ref().map_or_else(began, |f| f.since);
        if let Some(finding) = words::finding(&self.signals, memory, (since, Timestamp::from_micros(row.to))) {
            self.memory.told = row.to;
            self.memory.finding = Some(Box::new(finding.clone()));
            out.finding(finding);
        }
    }

    /// Ends what was found, if anything was.
    fn clear(&mut self, time: i64, out: &mut Outlet) {
        end(&mut self.memory.finding, &mut self.memory.trace, time, out);
    }

    fn column(&self, signal: SignalId) -> Option<usize> {
        self.signals.binary_search_by_key(&signal, |s| s.id).ok()
    }
}

impl Operator for Cycles {
    fn name(&self) -> &str {
        NAME
    }

    fn on_batch(&mut self, _now: Timestamp, batch: &Batch, out: &mut Outlet) -> Result<(), BoxFault> {
        for sample in batch.rows() {
            if let Some(column) = self.column(sample.signal) {
                let value = if sample.quality == Quality::Good { sample.value } else { f64::NAN };
                self.take(column, sample.time.micros(), value, out);
            }
        }
        Ok(())
    }

    fn save(&self) -> Vec<u8> {
        self.memory.keep()
    }

    fn restore(&mut self, state: &[u8]) -> Result<(), BoxFault> {
        self.memory.recall(NAME, state)
    }
}
