//! The report on a machine once it has been learned: how good its signals are, what was learned, how it compares with others
//! of its kind, what of it nothing watches. Every figure comes from what is stored.

mod learned;
mod peers;
mod quality;

use std::sync::Arc;
use std::time::Duration;

use gemba_plant::{Asset, AssetId, Role, Signal, SignalId, SignalKind, Template, TimeRange, Timestamp};
use gemba_solutions::maintenance::Baseline;
use schemars::JsonSchema;
use serde::Serialize;

use crate::health::{MachineHealth, ModeState, VibrationView};
use crate::node::blocking;
use crate::status::MonitorWord;
use crate::{Error, Moment, Node};
pub use learned::{LearnedBaseline, LearnedPhase};
pub use peers::PeerSignal;
pub use quality::{Grade, SignalQuality};

/// So much of the past is looked at, up to the last row that was learned from …
const SPAN: Duration = Duration::from_hours(24);
/// … or so many rows, where they are farther apart.
const ROWS: i64 = 2_000;
/// Columns in which a signal is read.
const COLUMNS: usize = 2_000;
/// Signals of an asset that are looked at: as many as can be read at once.
const SIGNALS_MAX: usize = 200;

/// The report on a machine.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct AssetReport {
    /// When it was made.
    pub made: Moment,
    /// The learned monitor.
    pub monitor: MonitorWord,
    /// How much of the learning is done, 0–1.
    pub progress: f64,
    /// From when on its data was looked at; none while there is none.
    pub from: Option<Moment>,
    /// Until when.
    pub to: Option<Moment>,
    /// The mean quality of its signals, 0–100; none while there is no data.
    pub quality: Option<f64>,
    /// The quality in a word.
    pub grade: Option<Grade>,
    /// How the quality is made, in words.
    pub formula: &'static str,
    /// The signals, the worst first.
    pub signals: Vec<SignalQuality>,
    /// What was learned; none while nothing is saved of it.
    pub learned: Option<LearnedBaseline>,
    /// Its signals beside those of other machines of its template.
    pub peers: Vec<PeerSignal>,
    /// Why it is not compared, or what the comparison leaves out; empty when there is nothing to say.
    pub peers_note: String,
    /// Vibration against ISO 10816-3, where the standard covers it.
    pub vibration: Vec<VibrationView>,
    /// Why vibration is not graded; empty when it is, or when there is none.
    pub ungraded: String,
    /// Ways in which such machines fail that nothing would show, or only in part.
    pub uncovered: Vec<Uncovered>,
    /// Roles that such machines usually have and that are not measured here.
    pub missing: Vec<Role>,
}

/// A way to fail that is not covered, or only in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Uncovered {
    /// What people call it.
    pub mode: String,
    /// Whether none of its symptoms is measured: it would not be seen.
    pub blind: bool,
    /// Roles of its symptoms that are not measured.
    pub missing: Vec<Role>,
}

impl Node {
    /// The report on a machine.
    ///
    /// # Errors
    /// When there is no such asset, or the state or the store cannot be read.
    pub async fn report(&self, asset: AssetId) -> Result<AssetReport, Error> {
        let catalogue = self.catalogue();
        let found = catalogue.asset(asset);
        let asset = found.ok_or_else(|| Error::NotFound { what: "asset", name: asset.to_string() })?.clone();
        let measured: Vec<Signal> = catalogue.signals_of(asset.id).filter(|s| is_measured(s)).cloned().collect();
        let (node, of) = (self.clone(), asset.clone());
        let (health, baseline) =
            blocking(move || Ok((node.health(of.id)?, learned::baseline(node.core(), &of)?))).await?;
        let range = self.looked_at(&measured, baseline.as_ref());
        let mut report = begun(self.now(), (&asset, &catalogue), &health, baseline);
        if let Some(range) = range {
            let shown: Vec<Signal> = measured.into_iter().take(SIGNALS_MAX).collect();
            report.signals = self.qualities(&asset, &shown, range).await?;
            (report.quality, report.grade) = quality::of_all(&report.signals);
            (report.from, report.to) = (Some(range.from.into()), Some(range.to.into()));
            (report.peers, report.peers_note) = self.beside_peers(&asset, &shown, range).await?;
        }
        Ok(report)
    }

    /// What of the past is looked at: the end of what was learned, or the newest there is.
    fn looked_at(&self, signals: &[Signal], baseline: Option<&Baseline>) -> Option<TimeRange> {
        let ranges = || baseline.into_iter().flat_map(|b| b.states.iter().filter_map(|state| state.range));
        let learned = ranges().map(|r| r.to).max();
        let newest = || signals.iter().filter_map(|s| self.store().last(s.id)).map(|last| last.time).max();
        let to = learned.or_else(newest)?.plus(Duration::from_micros(1));
        let step = baseline.map_or(0, |b| b.step_us);
        let rows = Duration::from_micros(u64::try_from(step.saturating_mul(ROWS)).unwrap_or(0));
        let from = to.minus(SPAN.max(rows));
        let first = ranges().map(|r| r.from).min();
        Some(TimeRange::new(first.map_or(from, |first| from.max(first)), to))
    }
}

/// Whether its samples are numbers that come from outside.
fn is_measured(signal: &Signal) -> bool {
    signal.binding.is_some() && !matches!(signal.kind, SignalKind::Waveform | SignalKind::Image)
}

/// What is known without any sample.
fn begun(
    now: Timestamp,
    (asset, catalogue): (&Asset, &Arc<gemba_plant::Catalogue>),
    health: &MachineHealth,
    baseline: Option<Baseline>,
) -> AssetReport {
    AssetReport {
        made: now.into(),
        monitor: health.monitor,
        progress: health.progress,
        from: None,
        to: None,
        quality: None,
        grade: None,
        formula: quality::FORMULA,
        signals: Vec::new(),
        learned: baseline.map(|b| learned::view(b, catalogue)),
        peers: Vec::new(),
        peers_note: "there is no data yet".into(),
        vibration: health.vibration.clone(),
        ungraded: health.ungraded.clone(),
        uncovered: uncovered(health),
        missing: missing(asset, catalogue.signals_of(asset.id)),
    }
}

/// Failure modes of which a symptom is not measured, those first that nothing would show.
fn uncovered(health: &MachineHealth) -> Vec<Uncovered> {
    let some = health.modes.iter().filter(|mode| !mode.missing.is_empty());
    let mut all: Vec<Uncovered> = some
        .map(|mode| Uncovered {
            mode: mode.name.clone(),
            blind: mode.state == ModeState::Blind,
            missing: mode.missing.clone(),
        })
        .collect();
    all.sort_by_key(|mode| !mode.blind);
    all
}

/// Roles of the template's usual signals that the asset has not.
fn missing<'a>(asset: &Asset, signals: impl Iterator<Item = &'a Signal>) -> Vec<Role> {
    let Some(template) = asset.template.as_deref().and_then(Template::named) else { return Vec::new() };
    let have: Vec<Role> = signals.filter(|s| !s.computed).map(|signal| signal.role).collect();
    let mut missing: Vec<Role> = Vec::new();
    for expected in template.signals {
        if !have.contains(&expected.role) && !missing.contains(&expected.role) {
            missing.push(expected.role);
        }
    }
    missing
}

/// Numbers of signals.
fn ids(signals: &[Signal]) -> Vec<SignalId> {
    signals.iter().map(|signal| signal.id).collect()
}
