//! What a backtest tells.

use gemba_act::backtest::{Fate, Summary, Verdict};
use gemba_act::{LabelKind, LabelSource};
use gemba_plant::{AssetId, FindingKind};
use gemba_solutions::maintenance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Moment;

/// What would have been found, how early, and how often falsely; for one configuration or several side by side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BacktestReport {
    /// The version of Gemba whose operators ran.
    pub version: String,
    /// The first sample that was looked at.
    pub from: Option<Moment>,
    /// The last.
    pub to: Option<Moment>,
    /// How long before a known fault a finding may be its warning, s.
    pub horizon_s: u64,
    /// The assets that were looked at.
    pub assets: Vec<String>,
    /// What is known to have happened to them, in order of time.
    pub events: Vec<KnownEvent>,
    /// One run for each configuration.
    pub runs: Vec<BacktestRun>,
}

/// Where it stands that something happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventOrigin {
    /// A label.
    Label,
    /// A failure that was noted.
    Failure,
    /// A work order that was done: people were at work.
    WorkOrder,
    /// The backtest's own request.
    Request,
}

/// Something that is known to have happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KnownEvent {
    /// The asset.
    pub asset: AssetId,
    /// Where it stands.
    pub asset_path: String,
    /// What people call it.
    pub asset_name: String,
    /// When it began.
    pub t_start: Moment,
    /// When it was over.
    pub t_end: Moment,
    /// What it was.
    pub label: LabelKind,
    /// The failure mode.
    pub failure_mode: Option<String>,
    /// The part concerned.
    pub component: Option<String>,
    /// Who says so.
    pub source: LabelSource,
    /// Where that stands.
    pub origin: EventOrigin,
    /// Its number there; none for what came with the request.
    pub number: Option<u64>,
    /// In their words.
    pub note: String,
}

/// One configuration over the past.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BacktestRun {
    /// What people call it.
    pub name: String,
    /// The version that it is: settings and operators; empty in reports of programs that named none.
    #[serde(default)]
    pub digest: String,
    /// The whole configuration of the operators.
    pub config: maintenance::Config,
    /// The operators that found something, with their versions.
    pub models: Vec<String>,
    /// Samples that went through.
    pub samples: u64,
    /// Waveforms that went through.
    pub waveforms: u64,
    /// Calls that an operator failed; what it would have found then is not told.
    pub operator_faults: u64,
    /// How long it took, s.
    pub took_s: f64,
    /// For how long each asset was looked at.
    pub watched: Vec<WatchedAsset>,
    /// The figures.
    pub summary: Summary,
    /// What became of each known event, in the order of the report's events.
    pub events: Vec<EventOutcome>,
    /// What was found, in order of time: the first 2 000.
    pub findings: Vec<JudgedFinding>,
    /// Findings beyond those; they count in the figures.
    pub findings_beyond: u64,
}

/// For how long an asset was looked at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WatchedAsset {
    /// The asset.
    pub asset: AssetId,
    /// Where it stands.
    pub asset_path: String,
    /// Its first sample.
    pub from: Moment,
    /// Its last.
    pub to: Moment,
    /// Seconds with data, after learning.
    pub seconds: f64,
    /// When its monitor had learned; none when it never had, or has no monitor.
    pub learned: Option<Moment>,
}

/// What became of a known event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventOutcome {
    /// Found, missed …; none for what is no fault.
    pub fate: Option<Fate>,
    /// When it would have been told.
    pub found: Option<Moment>,
    /// Seconds from that to its begin; negative when it had begun before.
    pub lead_s: Option<f64>,
    /// Whether its failure mode was named; none when either side has none.
    pub named: Option<bool>,
    /// The findings that told of it, by place in the run's list.
    pub findings: Vec<usize>,
}

/// Something that would have been found, and what it was worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct JudgedFinding {
    /// The asset.
    pub asset: AssetId,
    /// Where it stands.
    pub asset_path: String,
    /// What makes it the same finding when it is reported again.
    pub key: String,
    /// What sort.
    pub kind: FindingKind,
    /// Since when the condition holds.
    pub since: Moment,
    /// When it would have been told.
    pub found: Moment,
    /// Until when it held; none when it held to the end.
    pub until: Option<Moment>,
    /// The worst severity, 0–1.
    pub severity: f64,
    /// One line.
    pub title: String,
    /// The likely failure mode.
    pub failure_mode: Option<String>,
    /// What concluded it.
    pub model: String,
    /// What it was worth.
    pub verdict: Verdict,
    /// The event it told of, by place in the report's list.
    pub event: Option<usize>,
    /// How often it came back soon after it was over; it counts once.
    #[serde(default)]
    pub returned: u32,
}
