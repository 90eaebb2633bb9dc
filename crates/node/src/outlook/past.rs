//! Machines of a kind as runs from the begin of use to the failure, or until now, in equal steps of the same columns.

use std::collections::{BTreeMap, BTreeSet};

use gemba_act::work::Failure;
use gemba_learn::fleet::Record;
use gemba_learn::stats;
use gemba_plant::{Asset, AssetId, Catalogue, Role, Signal, SignalKind, Timestamp};
use gemba_solutions::maintenance::fleet::Run;
use gemba_solutions::maintenance::monitor;
use gemba_solutions::maintenance::reliability::{Span, spans};
use serde::{Deserialize, Serialize};

use super::index::score;
use super::sparse::{STEPS_MAX, Sparse};
use crate::Error;
use crate::node::Core;

/// Steps of the middle run, and the shortest step.
const STEPS: i64 = 150;
const STEP_MIN_US: i64 = 60_000_000;
/// Columns at most: the first by name.
const COLUMNS_MAX: usize = 24;
/// A run of which less than this share was measured is none.
const MEASURED: f64 = 0.5;
/// Runs at most, the newest.
const RUNS_MAX: usize = 60;
/// How runs of a kind are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Layout {
    /// What the columns are called, the same for all machines.
    columns: Vec<String>,
    /// Length of a step, microseconds.
    pub(super) step_us: i64,
}

/// The machines of a template.
pub(super) fn of_kind<'a>(catalogue: &'a Catalogue, kind: &str) -> Vec<&'a Asset> {
    catalogue.assets().filter(|asset| asset.template.as_deref() == Some(kind)).collect()
}

/// The uses of a kind that ended with a failure, the newest at most.
pub(super) fn failed(assets: &[&Asset], events: &[Failure], now: Timestamp) -> Vec<(AssetId, Span)> {
    let own = |asset: &&Asset| {
        let spans = spans(events, asset.id, (None, now)).into_iter().filter(|span| span.failed);
        spans.map(|span| (asset.id, span)).collect::<Vec<_>>()
    };
    let mut all: Vec<(AssetId, Span)> = assets.iter().flat_map(own).collect();
    all.sort_by_key(|(_, span)| span.to);
    all.split_off(all.len().saturating_sub(RUNS_MAX))
}

impl Layout {
    /// The columns that every machine with a run has, in steps that the middle run has 150 of; none when there is none.
    pub(super) fn of(catalogue: &Catalogue, failed: &[(AssetId, Span)]) -> Option<Self> {
        let machines: BTreeSet<AssetId> = failed.iter().map(|(asset, _)| *asset).collect();
        let mut named =
            machines.iter().map(|asset| columns(catalogue, *asset).into_keys().collect::<BTreeSet<String>>());
        let first = named.next()?;
        let common = named.fold(first, |common, own| common.intersection(&own).cloned().collect());
        let lives: Vec<f64> =
            failed.iter().map(|(_, s)| s.to.micros().saturating_sub(s.from.micros()) as f64).collect();
        #[allow(clippy::cast_possible_truncation, reason = "microseconds of a life")]
        let life = stats::median(&lives) as i64;
        // whole seconds, so that a new run does not move every step
        let step_us = (life / STEPS).max(STEP_MIN_US) / 1_000_000 * 1_000_000;
        let columns: Vec<String> = common.into_iter().take(COLUMNS_MAX).collect();
        (!columns.is_empty()).then_some(Self { columns, step_us })
    }

    /// Reads a run; none when a column is missing there, or too little was measured.
    pub(super) fn read(
        &self,
        core: &Core,
        (asset, span): (AssetId, Span),
        sparse: &mut Sparse,
    ) -> Result<Option<Run>, Error> {
        let catalogue = core.registry.catalogue();
        let own = columns(&catalogue, asset);
        let signals: Option<Vec<Signal>> = self.columns.iter().map(|name| own.get(name).cloned()).collect();
        let Some(mut signals) = signals else { return Ok(None) };
        let deviation = score(&catalogue, asset).cloned();
        let scored = deviation.is_some();
        signals.extend(deviation);
        let steps = span.to.micros().saturating_sub(span.from.micros()) / self.step_us;
        let rows = usize::try_from(steps).unwrap_or(0).min(STEPS_MAX);
        let from = span.from.micros();
        let mut values = sparse.read(core, &signals, (from, self.step_us, rows))?;
        let score = if scored { values.pop().unwrap_or_default() } else { Vec::new() };
        let cells = values.iter().map(Vec::len).sum::<usize>().max(1);
        let measured = values.iter().flatten().filter(|v| v.is_finite()).count();
        if (measured as f64) < MEASURED * cells as f64 {
            return Ok(None);
        }
        let (settings, signals) = self.parted(values, &own);
        let until = from.saturating_add(self.step_us.saturating_mul(i64::try_from(rows).unwrap_or(0)));
        let record = Record { settings, signals };
        Ok(Some(Run { asset, until: Timestamp::from_micros(until), record, score }))
    }

    /// Set-points say in which regime it runs, all else is judged.
    fn parted(&self, values: Vec<Vec<f64>>, own: &BTreeMap<String, Signal>) -> (Vec<Vec<f64>>, Vec<Vec<f64>>) {
        let set = |name: &String| own.get(name).is_some_and(|s| s.kind == SignalKind::SetPoint);
        let (settings, signals): (Vec<_>, Vec<_>) = self.columns.iter().zip(values).partition(|(name, _)| set(name));
        let only = |named: Vec<(&String, Vec<f64>)>| named.into_iter().map(|(_, column)| column).collect();
        (only(settings), only(signals))
    }

    /// What it is, for a version.
    pub(super) fn named(&self) -> String {
        format!("{} {}", self.columns.join(","), self.step_us)
    }
}

/// What a machine measures, by a name that its like share: the role where only one signal has it, else the name.
fn columns(catalogue: &Catalogue, asset: AssetId) -> BTreeMap<String, Signal> {
    let numbers = |s: &&Signal| {
        matches!(s.kind, SignalKind::Gauge | SignalKind::SetPoint) && !s.name.starts_with(monitor::PREFIX)
    };
    let own: Vec<&Signal> = catalogue.signals_of(asset).filter(numbers).collect();
    let alone = |s: &Signal| s.role != Role::Other && own.iter().filter(|o| o.role == s.role).count() == 1;
    let named = |s: &&Signal| {
        let name = if alone(s) { format!("{:?}", s.role) } else { s.name.clone() };
        (name, Signal::clone(s))
    };
    own.iter().map(named).collect()
}
