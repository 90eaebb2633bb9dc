//! How the node and its assets are.

use std::collections::BTreeMap;

use gemba_plant::{AlarmState, AssetId, FindingState, Priority, Quality, SignalKind, Timestamp};
use gemba_solutions::maintenance::monitor;
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::Core;
use crate::state::FindingFilter;
use crate::{Error, expiry};

/// Open findings looked at for the overview.
const FINDINGS_MAX: usize = 10_000;

/// How an asset is, without those below it.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct AssetState {
    /// The highest priority of its open alarms.
    pub alarm: Option<Priority>,
    /// Its open alarms.
    pub alarms: usize,
    /// Its findings that hold now and are not muted.
    pub findings: usize,
    /// The worst quality of its measured signals; none when nothing was ever measured.
    pub quality: Option<Quality>,
    /// Its learned monitor.
    pub monitor: MonitorState,
}

/// What the learned monitor of an asset does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MonitorWord {
    /// There is none.
    #[default]
    Off,
    /// It learns what is normal.
    Learning,
    /// It compares with what it learned.
    Watching,
}

/// Who is no longer as it was while learned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Drifted {
    /// The operation is one that the model does not know; where it knows it, the machine is as it was.
    Model,
    /// The operation is known, and the machine is off in it.
    Machine,
    /// Both: they cannot be told apart.
    Both,
}

impl Drifted {
    /// From the computed signal [`monitor::DRIFT`]; none when nobody has drifted.
    pub(crate) fn of(code: f64) -> Option<Self> {
        match code.round() {
            1.0 => Some(Self::Model),
            2.0 => Some(Self::Machine),
            3.0 => Some(Self::Both),
            _ => None,
        }
    }
}

/// How far the learned monitor of an asset is.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct MonitorState {
    /// Whether it watches.
    pub state: MonitorWord,
    /// How much of the learning is done, 0–1.
    pub progress: f64,
    /// The monitor's score as a share of its limit: above 1 it finds something.
    pub score: Option<f64>,
    /// When it last looked, by source time.
    pub at: Option<Timestamp>,
    /// Who has drifted of late; none when nobody has.
    pub drift: Option<Drifted>,
}

/// One check of the node's health.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Check {
    /// `disk`, `state`, `certificates` …
    pub name: String,
    /// Whether it is well.
    pub ok: bool,
    /// What was seen.
    pub detail: String,
    /// What to do when it is not well, or will not be soon.
    pub cure: String,
}

/// How the node is.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NodeStatus {
    /// The program's version.
    pub version: &'static str,
    /// Since when it runs.
    pub started: Timestamp,
    /// The store's figures.
    pub store: gemba_store::Stats,
    /// Resident memory, bytes; 0 where the system does not tell.
    pub memory_bytes: u64,
    /// Signals in the catalogue.
    pub signals: usize,
    /// Assets in the catalogue.
    pub assets: usize,
    /// Samples per second over all connections.
    pub rate_per_s: f64,
    /// What became of rows on their way to the operators; all 0 while nothing is watched.
    pub flow: gemba_flow::Counters,
    /// Health, check by check.
    pub checks: Vec<Check>,
}

impl Core {
    /// How every asset is, by id.
    pub(crate) fn asset_states(&self) -> Result<BTreeMap<AssetId, AssetState>, Error> {
        let catalogue = self.registry.catalogue();
        let mut states: BTreeMap<AssetId, AssetState> =
            catalogue.assets().map(|asset| (asset.id, AssetState::default())).collect();
        for alarm in self.alarms.open_now().into_iter().filter(|a| sounding(a.state)) {
            let state = states.entry(alarm.asset).or_default();
            state.alarms += 1;
            // the enum is ordered with the highest priority first
            state.alarm = Some(state.alarm.map_or(alarm.priority, |held| held.min(alarm.priority)));
        }
        let open = FindingFilter {
            state: Some(FindingState::Active),
            muted: Some(false),
            limit: FINDINGS_MAX,
            ..FindingFilter::default()
        };
        for finding in self.state.findings(&open)? {
            states.entry(finding.finding.asset).or_default().findings += 1;
        }
        for signal in catalogue.signals() {
            let Some(last) = self.store.last(signal.id) else { continue };
            let state = states.entry(signal.asset).or_default();
            match (signal.name.as_str(), &signal.binding) {
                (monitor::PROGRESS, None) => learned(&mut state.monitor, last.value),
                (monitor::SCORE, None) => {
                    state.monitor.score = last.value.is_finite().then_some(last.value);
                    state.monitor.at = Some(last.time);
                }
                (monitor::DRIFT, None) => state.monitor.drift = Drifted::of(last.value),
                // a waveform or picture is no sample: what stands here is only what the link said at its beginning
                (_, Some(_)) if matches!(signal.kind, SignalKind::Waveform | SignalKind::Image) => {}
                (_, Some(_)) => state.quality = Some(state.quality.map_or(last.quality, |held| held.max(last.quality))),
                _ => {}
            }
        }
        Ok(states)
    }

    /// Whether every asset is watched.
    fn operators(&self) -> Check {
        let (catalogue, aside) = (self.registry.catalogue(), self.aside.all());
        let names = aside.keys().filter_map(|id| Some(catalogue.asset(*id)?.path.to_string()));
        let (detail, cure) = match aside.len() {
            0 if !self.plan.file.maintenance.watch => ("nothing is watched: maintenance.watch is off".into(), ""),
            0 => ("every asset that has signals is watched".into(), ""),
            _ => (
                format!(
                    "not watched, because their operators cannot be made: {}",
                    names.collect::<Vec<_>>().join(", ")
                ),
                "look at what was changed last in their configuration; the alarm of each says why",
            ),
        };
        Check { name: "operators".into(), ok: aside.is_empty(), detail, cure: cure.into() }
    }

    /// How the node is.
    pub(crate) fn status(&self) -> NodeStatus {
        let catalogue = self.registry.catalogue();
        let connections = self.board.list(self);
        let stats = self.store.stats();
        let accepting = stats.state == gemba_store::Condition::Accepting;
        let disk = Check {
            name: "disk".into(),
            ok: accepting,
            detail: format!("{} MB free", stats.disk_free / 1_000_000),
            cure: if accepting {
                String::new()
            } else {
                "free space on the disk of the data folder; Gemba goes on by itself".into()
            },
        };
        let readable = self.state.read("checking the state", |c| c.query_row("SELECT 1", [], |_| Ok(())));
        let small = Check {
            name: "state".into(),
            ok: readable.is_ok(),
            cure: readable.as_ref().err().map_or("", |_| "look at the disk of the data folder, and at the log").into(),
            detail: readable.err().map_or_else(|| "readable".into(), |e| e.to_string()),
        };
        NodeStatus {
            version: env!("CARGO_PKG_VERSION"),
            started: self.started,
            memory_bytes: resident_bytes(),
            signals: catalogue.signals().count(),
            assets: catalogue.assets().count(),
            rate_per_s: connections.iter().map(|c| c.rate_per_s).sum(),
            flow: self.flow().map(|flow| flow.counters()).unwrap_or_default(),
            checks: [disk, small, self.operators()]
                .into_iter()
                .chain(expiry::overall(&self.plan, self.clock.now()))
                .collect(),
            store: stats,
        }
    }
}

fn learned(state: &mut MonitorState, progress: f64) {
    state.progress = progress;
    state.state = if progress < 1.0 { MonitorWord::Learning } else { MonitorWord::Watching };
}

/// Whether an alarm in this state calls for somebody now.
const fn sounding(state: AlarmState) -> bool {
    !matches!(
        state,
        AlarmState::Normal | AlarmState::Shelved | AlarmState::SuppressedByDesign | AlarmState::OutOfService
    )
}

/// Resident memory of this process, from the second number of `statm` in pages of 4 KiB.
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    statm.split_whitespace().nth(1).and_then(|pages| pages.parse::<u64>().ok()).map_or(0, |pages| pages * 4_096)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_drifted_is_read_from_the_computed_signal() {
        let all = [0.0, 1.0, 2.0, 3.0, f64::NAN].map(Drifted::of);
        assert_eq!(all, [None, Some(Drifted::Model), Some(Drifted::Machine), Some(Drifted::Both), None]);
    }
}
