//! What the learned monitor has learned, out of what its operators have saved.

use std::sync::Arc;

use gemba_plant::{Asset, Catalogue, Signal, SignalId};
use gemba_solutions::maintenance::{self, Baseline};
use schemars::JsonSchema;
use serde::Serialize;

use crate::node::Core;
use crate::{Error, Moment};

/// What was learned of a machine.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LearnedBaseline {
    /// Rows that it was learned from, in all operating states; none where that was not kept.
    pub rows: Option<usize>,
    /// Rows that an operating state takes to be learned.
    pub rows_wanted: usize,
    /// Seconds between two rows.
    pub step_s: f64,
    /// Since when it is watched, by source time.
    pub watching_since: Option<Moment>,
    /// Operating states, in order of first sight.
    pub states: Vec<LearnedPhase>,
    /// Signals that are judged.
    pub judged: Vec<SignalId>,
    /// Signals that say what is asked of the machine; they explain and are not judged.
    pub drivers: Vec<SignalId>,
}

/// An operating state.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LearnedPhase {
    /// What its state signals say in it; empty where none parts the rows.
    pub name: String,
    /// Whether it is learned; else rows are gathered.
    pub learned: bool,
    /// Rows; none where that was not kept.
    pub rows: Option<usize>,
    /// When the first row was.
    pub from: Option<Moment>,
    /// When the last row was.
    pub to: Option<Moment>,
    /// Operating states that were found within it by how the signals lie; 0 while it is learned.
    pub found: usize,
}

/// What is saved of the monitor's learning; none when nothing is.
pub(super) fn baseline(core: &Core, asset: &Asset) -> Result<Option<Baseline>, Error> {
    let Some(kept) = core.state.lane(asset.id)? else { return Ok(None) };
    let catalogue = core.registry.catalogue();
    let (measured, computed): (Vec<&Signal>, Vec<&Signal>) =
        catalogue.signals_of(asset.id).partition(|signal| signal.binding.is_some());
    let measured: Vec<Signal> = measured.into_iter().cloned().collect();
    let computed = computed.into_iter().map(|signal| (signal.name.clone(), signal.id)).collect();
    let saved = |operator: &str| kept.saved(asset.id, operator);
    Ok(maintenance::baseline(asset, &measured, &core.settings(), &computed, saved))
}

pub(super) fn view(baseline: Baseline, catalogue: &Arc<Catalogue>) -> LearnedBaseline {
    let parted = baseline.states.iter().any(|state| !state.codes.is_empty());
    let states: Vec<LearnedPhase> = baseline
        .states
        .into_iter()
        .map(|state| LearnedPhase {
            name: if parted && state.codes.is_empty() { "all others".into() } else { name(&state.codes, catalogue) },
            learned: state.found > 0,
            rows: state.rows,
            from: state.range.map(|range| range.from.into()),
            to: state.range.map(|range| range.to.into()),
            found: state.found,
        })
        .collect();
    let learned = || states.iter().filter(|state| state.learned);
    let known = learned().next().is_some() && learned().all(|state| state.rows.is_some());
    LearnedBaseline {
        rows: known.then(|| learned().filter_map(|state| state.rows).sum()),
        rows_wanted: baseline.rows_wanted,
        step_s: baseline.step_us as f64 / 1e6,
        watching_since: baseline.watching_since.map(Moment),
        states,
        judged: baseline.judged,
        drivers: baseline.drivers,
    }
}

/// The code of a state signal that had no value yet.
const NEVER_TOLD: i64 = i64::MIN;

/// `mode is Execute, product is 7`.
fn name(codes: &[(SignalId, i64)], catalogue: &Catalogue) -> String {
    let one = |(id, code): &(SignalId, i64)| {
        let signal = catalogue.signal(*id)?;
        let text = usize::try_from(*code).ok().and_then(|at| signal.states.get(at).cloned());
        let text = text.unwrap_or_else(|| if *code == NEVER_TOLD { "not told".into() } else { code.to_string() });
        Some(format!("{} is {text}", signal.name.replace(['_', '/'], " ")))
    };
    codes.iter().filter_map(one).collect::<Vec<_>>().join(", ")
}
